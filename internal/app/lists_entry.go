package app

import (
	"context"

	"quittance/internal/civil"
)

// EntryFilter names the entries of an account.
type EntryFilter struct {
	Account  string // ledger account as written, or main account: all ledger accounts of it
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

// Entries gives the entries of an account, the newest date first.
func (a *App) Entries(ctx context.Context, call Call, f EntryFilter, p Page) (Part[EntryRow], error) {
	return Part[EntryRow]{}, unbuilt()
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
	return Part[AccountDay]{}, unbuilt()
}
