package app

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/report"
)

// ControlFilter says of which reimbursements the control adds up the ways: of a run, else of the days from From to To, both in it. Blank:
// the last 30 days up to today.
type ControlFilter struct {
	From civil.Date `json:"from"`
	To   civil.Date `json:"to"`
	Run  string     `json:"run"`
}

// ControlWay is what became of the money of reimbursements, of one or of those of a day, run and currency. Amounts are positive. Reimbursed
// is Credits and Reversed; it is what was Invoiced, which is Paid, Otherwise, Reversed and Open.
type ControlWay struct {
	Date           civil.Date `json:"date"`
	Run            string     `json:"run"`    // blank: brought in
	Number         string     `json:"number"` // of the reimbursement; blank of a sum
	Currency       string     `json:"currency"`
	Reimbursements int        `json:"reimbursements"`
	Credits        string     `json:"credits"`
	Reimbursed     string     `json:"reimbursed"`
	Invoiced       string     `json:"invoiced"`
	Reversed       string     `json:"reversed"`
	Paid           string     `json:"paid"`
	Otherwise      string     `json:"otherwise"` // settled with something else of the vendor
	Open           string     `json:"open"`
	CameBack       string     `json:"came_back"` // of Open: it was paid, and the payment failed
	Off            string     `json:"off"`       // 0.00, or something is wrong
}

// ControlAccount is a ledger account of customers or vendors held against its open items, in the accounting currency, debits less credits.
type ControlAccount struct {
	Account string   `json:"account"`
	Side    string   `json:"side" enum:"customer,vendor"`
	Ledger  string   `json:"ledger"`
	Items   string   `json:"items"`
	Off     string   `json:"off"`
	Parties []string `json:"parties"` // that make the difference
}

// Control holds against each other what must be the same: credits, reimbursements, vendor invoices and payments; control accounts and open
// items; bank accounts and their statements.
type Control struct {
	From     civil.Date       `json:"from"`
	To       civil.Date       `json:"to"`
	Run      string           `json:"run"`
	Currency string           `json:"accounting_currency"`
	Right    bool             `json:"right"`
	Ways     []ControlWay     `json:"ways"`
	Off      []ControlWay     `json:"off"` // the reimbursements that are off
	NOff     int              `json:"off_count"`
	Accounts []ControlAccount `json:"accounts"`
	Banks    []BankControl    `json:"banks"` // those that have a statement
	Without  []string         `json:"without_statement"`
}

const controlledDays = 30

// Control makes the control of a company. A run that is not there is [fault.NotFound].
func (a *App) Control(ctx context.Context, call Call, f ControlFilter) (*Control, error) {
	if err := plain("run", f.Run); err != nil {
		return nil, err
	}
	var view *Control
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		f.To = orToday(f.To, tx)
		if f.From.IsZero() {
			f.From = f.To.AddDays(1 - controlledDays)
		}
		if f.From > f.To {
			return fault.New(fault.Invalid, "the days from %s to %s are none; expected a first day that is not after the last", f.From, f.To).In("from")
		}
		x, err := report.ControlOf(ctx, tx, c, report.ControlFilter{From: f.From, To: f.To, Run: f.Run})
		if err != nil {
			return err
		}
		view, err = viewControl(c, f, x)
		return err
	})
	return view, err
}

func viewControl(c *ledger.Company, f ControlFilter, x *report.Control) (*Control, error) {
	own, err := money.CurrencyOf(c.Currency.Code)
	if err != nil {
		return nil, err
	}
	view := &Control{
		From: f.From, To: f.To, Run: f.Run, Currency: own.Code, Right: x.Right(), NOff: x.NOff,
		Ways: []ControlWay{}, Off: []ControlWay{}, Accounts: []ControlAccount{}, Banks: []BankControl{}, Without: []string{},
	}
	for to, all := range map[*[]ControlWay][]*report.Way{&view.Ways: x.Ways, &view.Off: x.Off} {
		for _, w := range all {
			row, err := viewWay(w)
			if err != nil {
				return nil, err
			}
			*to = append(*to, row)
		}
	}
	for _, h := range x.Accounts {
		view.Accounts = append(view.Accounts, ControlAccount{h.Account, string(h.Side), own.Format(h.Ledger), own.Format(h.Items), own.Format(h.Ledger - h.Items), append([]string{}, h.Parties...)})
	}
	for i := range x.Banks {
		if x.Banks[i].Control == nil {
			view.Without = append(view.Without, x.Banks[i].Account.Code)
			continue
		}
		row := BankControl{Entries: []BankEntry{}, Lines: []BankLine{}}
		row.fill(&x.Banks[i].Account, x.Banks[i].Control)
		view.Banks = append(view.Banks, row)
	}
	return view, nil
}

func viewWay(w *report.Way) (ControlWay, error) {
	cur, err := money.CurrencyOf(w.Currency)
	return ControlWay{
		Date: w.Date, Run: w.Run, Number: w.Number, Currency: w.Currency, Reimbursements: w.Reimbursements, Credits: cur.Format(w.Credits), Reimbursed: cur.Format(w.Reimbursed),
		Invoiced: cur.Format(w.Invoiced), Reversed: cur.Format(w.Reversed), Paid: cur.Format(w.Paid), Otherwise: cur.Format(w.Otherwise), Open: cur.Format(w.Open),
		CameBack: cur.Format(w.CameBack), Off: cur.Format(w.Off()),
	}, err
}
