package app

import (
	"context"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/report"
)

// ChainNode is a document that money went through. Amounts are positive; of a voucher of a payment and a bank line, what came in is.
type ChainNode struct {
	Stage    string     `json:"stage" enum:"credit,invoice,payment,voucher,bank_line"`
	Name     string     `json:"name"` // number of the voucher; name of the payment or the line
	Type     string     `json:"type"` // of the voucher, kind of the payment or the line
	Date     civil.Date `json:"date"`
	Party    string     `json:"party"`
	Text     string     `json:"text"`
	Currency string     `json:"currency"`
	Amount   string     `json:"amount"`
	State    string     `json:"state"` // open or closed of an invoice, status of a payment, open or reconciled of a line
	Asked    bool       `json:"asked"` // the chain was asked for by it
}

// ChainJoin says that money went from one document to another. Live is what of the amount still stands: what was taken back does not, nor
// what was paid by a payment that failed.
type ChainJoin struct {
	Stage    string `json:"stage"` // of From
	From     string `json:"from"`
	To       string `json:"to"`
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
	Live     string `json:"live"`
}

// Chain is where the money of a document came from and where it went, from credits to lines of bank statements.
type Chain struct {
	Of    string      `json:"of"`
	Nodes []ChainNode `json:"nodes"`
	Joins []ChainJoin `json:"joins"`
	Cut   bool        `json:"cut"` // there is more than is shown
}

const mostJoined = 1000 // joins of a stage that a chain shows

// Chain gives the chain of a voucher, a vendor payment, or a line of a bank statement, by its number or name.
func (a *App) Chain(ctx context.Context, call Call, name string) (*Chain, error) {
	if err := plain("name", name); err != nil {
		return nil, err
	}
	view := &Chain{Of: name, Nodes: []ChainNode{}, Joins: []ChainJoin{}}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		x, err := report.ChainOf(ctx, tx, c, name, mostJoined)
		if err != nil {
			return err
		}
		view.Cut = x.Cut
		for _, n := range x.Nodes {
			if n.Asked {
				view.Of = n.Name
			}
			amount, err := formatted(n.Currency, n.Amount)
			if err != nil {
				return err
			}
			view.Nodes = append(view.Nodes, ChainNode{n.Stage.String(), n.Name, n.Type, n.Date, n.Party, n.Text, n.Currency, amount, n.State, n.Asked})
		}
		for _, j := range x.Joins {
			amount, err := formatted(j.Currency, j.Amount)
			if err != nil {
				return err
			}
			live, err := formatted(j.Currency, j.Live)
			if err != nil {
				return err
			}
			view.Joins = append(view.Joins, ChainJoin{j.From.Stage.String(), j.From.Name, j.To.Name, j.Currency, amount, live})
		}
		return nil
	})
	return view, err
}

// Stage gives the documents of a stage.
func (c *Chain) Stage(stage string) []ChainNode {
	return slices.DeleteFunc(slices.Clone(c.Nodes), func(n ChainNode) bool { return n.Stage != stage })
}

// formatted writes an amount of a currency; a voucher without entries has none.
func formatted(currency string, amount money.Amount) (string, error) {
	if currency == "" {
		return "", nil
	}
	c, err := money.CurrencyOf(currency)
	if err != nil {
		return "", err
	}
	return c.Format(amount), nil
}
