package app

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
)

// Figures are what the home page shows of a company, as of an instant not long ago. They are shared: read only.
type Figures struct {
	AsOf           string           `json:"as_of"`
	Pending        bool             `json:"pending"`          // being added up for the first time: nothing else is known yet
	CreditsByAge   []AgeBand        `json:"credits_by_age"`   // open credits of customers, by age after their date
	CreditsByFund  []FundFigure     `json:"credits_by_fund"`  // open credits of customers, by balancing dimension value
	BalancesByFund []FundFigure     `json:"balances_by_fund"` // everything open of customers, likewise
	Customers      int64            `json:"customers"`
	InCredit       int64            `json:"customers_in_credit"`
	PayableOpen    []AmountIn       `json:"payable_open"` // open vendor invoices, positive
	Marks          int64            `json:"marks"`
	Runs           map[string]int64 `json:"runs"` // by state
}

// FundFigure is a sum for a value of the balancing dimensions, in accounting currency.
type FundFigure struct {
	Fund   string `json:"fund"`
	Name   string `json:"name"`
	Debit  string `json:"debit"`
	Credit string `json:"credit"`
	Items  int64  `json:"items"`
}

// Figures gives the figures of the home page. They go through all that is open, so that they are made in the background and kept a while:
// at most a minute, less when they were quick to make.
func (a *App) Figures(ctx context.Context, call Call) (*Figures, error) {
	var company int64
	var code string
	err := query(ctx, a, call, identity.Read, func(_ context.Context, _ *db.Tx, c *ledger.Company) error {
		company, code = c.ID, c.Code
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a.figures.get(ctx, company, code)
}
