package app

import (
	"context"

	"quittance/internal/bank"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// BankControl holds a bank account's statements against its ledger account: ledger less outstanding, with unreconciled lines, entries
// posted later and the opening balance of the first statement, makes the statement's balance.
type BankControl struct {
	Bank         string      `json:"bank"`
	Account      string      `json:"account"`
	Currency     string      `json:"currency"`
	Date         civil.Date  `json:"date"` // end of the last statement up to the date asked for
	Ledger       string      `json:"ledger"`
	Outstanding  string      `json:"outstanding"`
	Unreconciled string      `json:"unreconciled"`
	Later        string      `json:"posted_later"`
	Opening      string      `json:"first_opening"`
	Statement    string      `json:"statement"`
	Off          string      `json:"off"` // 0.00, or something is wrong
	Entries      []BankEntry `json:"entries"`
	Lines        []BankLine  `json:"lines"`
	NEntries     int         `json:"entries_count"`
	NLines       int         `json:"lines_count"`
}

const mostControlled = 1000 // entries, and lines, that a control names

// BankControl makes the control of a bank account on a date (blank: today).
func (a *App) BankControl(ctx context.Context, call Call, code string, date civil.Date) (*BankControl, error) {
	row := &BankControl{Entries: []BankEntry{}, Lines: []BankLine{}}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if err := plain("bank", code); err != nil {
			return err
		}
		b, err := payout.FindBank(ctx, tx, code)
		if err != nil {
			return err
		}
		x, err := bank.Hold(ctx, tx, &b, orToday(date, tx), mostControlled)
		if err != nil {
			return err
		}
		row.fill(&b, x)
		return nil
	})
	return row, err
}

func (row *BankControl) fill(b *payout.BankAccount, x *bank.Control) {
	c := money.MustCurrency(b.Currency)
	row.Bank, row.Account, row.Currency, row.Date, row.NEntries, row.NLines = b.Code, b.Account, b.Currency, x.Date, x.NEntries, x.NLines
	row.Ledger, row.Outstanding, row.Unreconciled, row.Later = c.Format(x.Ledger), c.Format(x.Outstanding), c.Format(x.Unreconciled), c.Format(x.Later)
	row.Opening, row.Statement, row.Off = c.Format(x.Opening), c.Format(x.Statement), c.Format(x.Off)
	for i := range x.Entries {
		row.Entries = append(row.Entries, viewEntry(c, &x.Entries[i]))
	}
	for i := range x.Lines {
		row.Lines = append(row.Lines, viewBankLine(c, &x.Lines[i]))
	}
}
