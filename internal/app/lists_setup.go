package app

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/openitem"
)

// Setup is the set-up of a company.
type Setup struct {
	Company         string           `json:"company"`
	Name            string           `json:"name"`
	Country         string           `json:"country"`
	Currency        string           `json:"currency"`
	AccountFormat   string           `json:"account_format"`
	Parameters      []SetupParameter `json:"parameters"`
	Dimensions      []SetupDimension `json:"dimensions"`
	Accounts        []SetupAccount   `json:"accounts"`
	Rules           []SetupRule      `json:"balancing_rules"`
	Profiles        []SetupProfile   `json:"posting_profiles"`
	Classifications []SetupNamed     `json:"billing_classifications"`
	Rates           []SetupRate      `json:"exchange_rates"`
	Series          []SetupSeries    `json:"number_series"`
}

// SetupParameter is a parameter with its value (blank: Default holds) and what it means.
type SetupParameter struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Meaning string `json:"meaning"`
}

// SetupDimension is a financial dimension with its values.
type SetupDimension struct {
	Name      string       `json:"name"`
	Balancing bool         `json:"balancing"`
	Values    []SetupNamed `json:"values"`
}

// SetupNamed is a code with its name.
type SetupNamed struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// SetupAccount is a main account.
type SetupAccount struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	Type    string `json:"type"`
	Control string `json:"control"`
}

// SetupRule is a balancing rule.
type SetupRule struct {
	Dimension string `json:"dimension"`
	Value     string `json:"value"`
	Counter   string `json:"counter_value"`
	DueFrom   string `json:"due_from_account"`
	DueTo     string `json:"due_to_account"`
}

// SetupProfile is a posting profile.
type SetupProfile struct {
	Ledger   string `json:"ledger"`
	Scope    string `json:"scope"`
	Code     string `json:"code"`
	Summary  string `json:"summary_account"`
	WriteOff string `json:"write_off_account"`
}

// SetupRate is an exchange rate: accounting currency per unit.
type SetupRate struct {
	Currency string     `json:"currency"`
	Date     civil.Date `json:"date"`
	Rate     string     `json:"rate"`
}

// SetupSeries is a number series with the number that comes next.
type SetupSeries struct {
	Series string `json:"series"`
	Next   string `json:"next"`
}

// Setup gives the set-up of the company.
func (a *App) Setup(ctx context.Context, call Call) (*Setup, error) { return nil, unbuilt() }

// SetParameter sets a parameter of the company; a blank value takes it back to its default. An unknown parameter, or a value that it
// cannot have, is [fault.Invalid].
func (a *App) SetParameter(ctx context.Context, call Call, name, value string) error {
	return unbuilt()
}

// HoldRequest asks for a change of what keeps a party from being reimbursed or paid; nil leaves it.
type HoldRequest struct {
	Side           openitem.Side
	Party          string
	Hold           *bool // vendors: blocked
	DoNotReimburse *bool
	Reason         string
}

// SetHold changes what keeps a party from being reimbursed or paid, with a reason for the audit trail.
func (a *App) SetHold(ctx context.Context, call Call, req HoldRequest) error { return unbuilt() }
