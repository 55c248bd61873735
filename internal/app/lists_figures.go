package app

import (
	"context"
)

// Figures are what the home page shows of a company, as of an instant not long ago.
type Figures struct {
	AsOf           string           `json:"as_of"`
	Pending        bool             `json:"pending"` // being added up for the first time: nothing else is known yet
	CreditsByAge   []AgeBand        `json:"credits_by_age"`
	CreditsByFund  []FundFigure     `json:"credits_by_fund"` // by balancing dimension value
	BalancesByFund []FundFigure     `json:"balances_by_fund"`
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

// Figures gives the figures of the home page. They are kept a while, since they go through all that is open.
func (a *App) Figures(ctx context.Context, call Call) (*Figures, error) { return nil, unbuilt() }
