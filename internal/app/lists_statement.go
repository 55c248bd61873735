package app

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// StatementLine is what a voucher moved on a party's account, and the balance after it; debit positive.
type StatementLine struct {
	Date     civil.Date `json:"date"`
	Voucher  string     `json:"voucher"`
	Type     string     `json:"type"`
	Text     string     `json:"text"`
	Currency string     `json:"currency"`
	Debit    string     `json:"debit"`
	Credit   string     `json:"credit"`
	Balance  string     `json:"balance"`
}

// Statement is the account of a party between two dates, by currency, date and voucher.
type Statement struct {
	Party   string          `json:"party"`
	From    civil.Date      `json:"from"`
	To      civil.Date      `json:"to"`
	Opening []AmountIn      `json:"opening"` // by currency; debit positive
	Lines   []StatementLine `json:"lines"`
	Closing []AmountIn      `json:"closing"`
}

// AmountIn is an amount in a currency.
type AmountIn struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

const longestStatement = 5000 // lines

// Statement gives the account of a party; blank dates are no bounds. A longer one than 5,000 lines is [fault.Refused].
func (a *App) Statement(ctx context.Context, call Call, side openitem.Side, code string, from, to civil.Date) (*Statement, error) {
	if err := cmp.Or(plain("party", code), inOrder(from, to)); err != nil {
		return nil, err
	}
	s := &Statement{Party: code, From: from, To: to, Opening: []AmountIn{}, Lines: []StatementLine{}, Closing: []AmountIn{}}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		id, err := partyID(ctx, tx, side, code)
		if err != nil {
			return err
		}
		var before []openitem.Balance
		if !from.IsZero() {
			if before, err = openitem.BalancesBefore(ctx, tx, side, id, from); err != nil {
				return err
			}
		}
		moved, err := openitem.Movements(ctx, tx, side, id, from, to, longestStatement+1)
		if err != nil {
			return err
		}
		if len(moved) > longestStatement {
			return fault.New(fault.Refused, "the account of %s has more than %d lines between these dates; ask for fewer days at a time", code, longestStatement).ByRule("statement_too_long").In("from")
		}
		return s.fill(before, moved)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// fill writes balances and movements.
func (s *Statement) fill(before []openitem.Balance, moved []openitem.Movement) error {
	balances := map[string]money.Amount{}
	for _, b := range before {
		balances[b.Currency] = b.Amount
	}
	for _, m := range moved {
		if _, known := balances[m.Currency]; !known {
			balances[m.Currency] = 0
		}
	}
	var err error
	if s.Opening, err = amountsIn(balances); err != nil {
		return err
	}
	for _, m := range moved {
		cur, err := money.CurrencyOf(m.Currency)
		if err != nil {
			return err
		}
		if balances[m.Currency], err = money.Add(balances[m.Currency], m.Debit-m.Credit); err != nil {
			return err
		}
		s.Lines = append(s.Lines, StatementLine{
			Date: m.Date, Voucher: m.Number, Type: m.Type.String(), Text: m.Text, Currency: m.Currency,
			Debit: cur.Format(m.Debit), Credit: cur.Format(m.Credit), Balance: cur.Format(balances[m.Currency]),
		})
	}
	s.Closing, err = amountsIn(balances)
	return err
}

// amountsIn writes amounts by currency.
func amountsIn(sums map[string]money.Amount) ([]AmountIn, error) {
	all := []AmountIn{}
	for _, code := range slices.Sorted(maps.Keys(sums)) {
		cur, err := money.CurrencyOf(code)
		if err != nil {
			return nil, err
		}
		all = append(all, AmountIn{code, cur.Format(sums[code])})
	}
	return all, nil
}
