package app

import (
	"cmp"
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// EntryFilter names the entries of an account.
type EntryFilter struct {
	Account  string // ledger account as written; else main account: all ledger accounts of it
	From, To civil.Date
}

// EntryRow is one entry of an account.
type EntryRow struct {
	Date             civil.Date `json:"date"`
	Voucher          string     `json:"voucher"`
	Type             string     `json:"type"`
	Account          string     `json:"account"`
	Party            string     `json:"party"`
	Text             string     `json:"text"`
	Currency         string     `json:"currency"`
	Debit            string     `json:"debit"`
	Credit           string     `json:"credit"`
	AccountingDebit  string     `json:"accounting_debit"`
	AccountingCredit string     `json:"accounting_credit"`
}

// Entries gives the entries of an account, the newest date first, and on a date in the order in which they were posted.
func (a *App) Entries(ctx context.Context, call Call, f EntryFilter, p Page) (Part[EntryRow], error) {
	var after *ledger.EntryPlace
	part := Part[EntryRow]{Items: []EntryRow{}}
	err := a.ofAccount(ctx, call, f, p, "entries", &after, func(ctx context.Context, tx *db.Tx, c *ledger.Company, by ledger.EntryFilter, limit int) error {
		entries, at, err := ledger.ListEntries(ctx, tx, c, by, after, limit)
		if err != nil {
			return err
		}
		if at != nil {
			part.Next = next("entries", at)
		}
		part.Items, err = viewEntries(ctx, tx, c, entries)
		return err
	})
	return part, err
}

// ofAccount runs a query about the account of a filter.
func (a *App) ofAccount(ctx context.Context, call Call, f EntryFilter, p Page, list string, after any, fn func(context.Context, *db.Tx, *ledger.Company, ledger.EntryFilter, int) error) error {
	limit, err := p.open(list, after)
	if f.Account == "" {
		err = cmp.Or(err, error(fault.New(fault.Invalid, "name an account: a main account, or a ledger account as written").In("account")))
	}
	if err := cmp.Or(err, plain("account", f.Account), inOrder(f.From, f.To)); err != nil {
		return err
	}
	return query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		by := ledger.EntryFilter{From: f.From, To: f.To}
		if by.Accounts, err = c.AccountsLike(f.Account); err != nil {
			return inField(err, "account")
		}
		return fn(ctx, tx, c, by, limit)
	})
}

// inOrder refuses dates of which the first comes after the last; a blank one is no bound.
func inOrder(from, to civil.Date) error {
	if !to.IsZero() && from > to {
		return fault.New(fault.Invalid, "the dates from %s to %s are none; the first comes after the last", from, to).In("from")
	}
	return nil
}

func viewEntries(ctx context.Context, tx *db.Tx, c *ledger.Company, entries []ledger.ListedEntry) ([]EntryRow, error) {
	parties := []int64{}
	for i := range entries {
		if id := entries[i].Party; id != 0 {
			parties = append(parties, id)
		}
	}
	codes, err := party.Codes(ctx, tx, parties)
	if err != nil {
		return nil, err
	}
	rows := make([]EntryRow, 0, len(entries))
	for i := range entries {
		e := &entries[i]
		cur, err := money.CurrencyOf(e.Currency)
		if err != nil {
			return nil, err
		}
		row := EntryRow{Date: e.Date, Voucher: e.Number, Type: e.Type.String(), Account: e.Account.Written, Party: codes[e.Party], Text: e.Text, Currency: e.Currency}
		row.Debit, row.Credit = sides(cur, e.Amount)
		row.AccountingDebit, row.AccountingCredit = sides(c.Currency, e.Accounting)
		rows = append(rows, row)
	}
	return rows, nil
}

// AccountDay is what an account moved on one day, in accounting currency.
type AccountDay struct {
	Date    civil.Date `json:"date"`
	Account string     `json:"account"`
	Debit   string     `json:"debit"`
	Credit  string     `json:"credit"`
}

// AccountDays gives the sums of an account by day, the newest first: what the trial balance is made of.
func (a *App) AccountDays(ctx context.Context, call Call, f EntryFilter, p Page) (Part[AccountDay], error) {
	var after *ledger.DayPlace
	part := Part[AccountDay]{Items: []AccountDay{}}
	err := a.ofAccount(ctx, call, f, p, "days", &after, func(ctx context.Context, tx *db.Tx, c *ledger.Company, by ledger.EntryFilter, limit int) error {
		days, at, err := ledger.ListDays(ctx, tx, by, after, limit)
		for _, d := range days {
			part.Items = append(part.Items, AccountDay{d.Date, d.Account, c.Currency.Format(d.Debit), c.Currency.Format(d.Credit)})
		}
		if at != nil {
			part.Next = next("days", at)
		}
		return err
	})
	return part, err
}
