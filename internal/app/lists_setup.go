package app

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
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
func (a *App) Setup(ctx context.Context, call Call) (*Setup, error) {
	var s *Setup
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		s = setUpOf(c)
		names, err := ledger.ClassificationNames(ctx, tx)
		if err != nil {
			return err
		}
		for _, code := range slices.Sorted(maps.Keys(names)) {
			s.Classifications = append(s.Classifications, SetupNamed{code, names[code]})
		}
		series, err := ledger.AllSeries(ctx, tx)
		for _, b := range series {
			s.Series = append(s.Series, SetupSeries{b.Series, b.Number(b.First)})
		}
		return err
	})
	return s, err
}

// setUpOf gives what of the set-up stands in memory, in the order of the codes.
func setUpOf(c *ledger.Company) *Setup {
	s := &Setup{
		Company: c.Code, Name: c.Name, Country: c.Country, Currency: c.Currency.Code, AccountFormat: c.Format,
		Dimensions: []SetupDimension{}, Accounts: []SetupAccount{}, Rules: []SetupRule{}, Profiles: []SetupProfile{}, Classifications: []SetupNamed{}, Rates: []SetupRate{}, Series: []SetupSeries{},
	}
	for _, p := range folder.ParameterInfos() {
		s.Parameters = append(s.Parameters, SetupParameter{p.Name, c.Parameters[p.Name], p.Default, p.Meaning})
	}
	for _, d := range c.Dimensions {
		view := SetupDimension{d.Name, d.Balancing, []SetupNamed{}}
		for _, v := range slices.Sorted(maps.Keys(c.Values[d.Name])) {
			view.Values = append(view.Values, SetupNamed{v, c.Values[d.Name][v]})
		}
		s.Dimensions = append(s.Dimensions, view)
	}
	for _, code := range slices.Sorted(maps.Keys(c.Accounts)) {
		x := c.Accounts[code]
		s.Accounts = append(s.Accounts, SetupAccount{code, x.Name, x.Type, string(x.Control)})
	}
	for _, r := range c.Rules {
		s.Rules = append(s.Rules, SetupRule{r.Dimension, r.Value, r.Counter, r.DueFrom, r.DueTo})
	}
	slices.SortFunc(s.Rules, func(x, y SetupRule) int {
		return cmp.Or(cmp.Compare(x.Dimension, y.Dimension), cmp.Compare(x.Value, y.Value), cmp.Compare(x.Counter, y.Counter))
	})
	for _, p := range c.Profiles {
		s.Profiles = append(s.Profiles, SetupProfile{string(p.Ledger), p.Scope, p.Code, p.Summary, p.WriteOffMain})
	}
	slices.SortFunc(s.Profiles, func(x, y SetupProfile) int {
		return cmp.Or(cmp.Compare(x.Ledger, y.Ledger), cmp.Compare(x.Scope, y.Scope), cmp.Compare(x.Code, y.Code))
	})
	c.EachRate(func(currency string, date civil.Date, rate money.Rate) {
		s.Rates = append(s.Rates, SetupRate{currency, date, rate.String()})
	})
	return s
}

// SetParameter sets a parameter of the company; a blank value takes it back to its default. An unknown parameter, or a value that it
// cannot have, is [fault.Invalid].
func (a *App) SetParameter(ctx context.Context, call Call, name, value string) error {
	if err := cmp.Or(plain("name", name), plain("value", value)); err != nil {
		return err
	}
	cmd := command{name: "parameter.set", permission: identity.SetUp, input: []string{name, value}}
	_, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, bool, error) {
		detail := map[string]string{"was": c.Parameters[name], "value": value}
		if value != "" {
			if err := folder.CheckParameter(ctx, tx, c, name, value); err != nil {
				return "", nil, false, err
			}
			if err := fitsDeductions(ctx, tx, c, name, value); err != nil {
				return "", nil, false, err
			}
			return name, detail, true, ledger.SaveParameter(ctx, tx, name, value)
		}
		if err := cmp.Or(folder.CheckParameterName(name), fitsDeductions(ctx, tx, c, name, value)); err != nil {
			return "", nil, false, err
		}
		return name, detail, true, ledger.RemoveParameter(ctx, tx, name)
	})
	return err
}

// fitsDeductions refuses a parameter that would not fit the set-up of deductions.
func fitsDeductions(ctx context.Context, tx *db.Tx, c *ledger.Company, name, value string) error {
	s, err := deduction.LoadSetup(ctx, tx, c)
	if err != nil {
		return err
	}
	changed := *c // the company is shared
	changed.Parameters = maps.Clone(c.Parameters)
	changed.Parameters[name] = value
	before := folder.CheckDeductionParameters(c, s)
	if err = folder.CheckDeductionParameters(&changed, s); fault.RuleOf(err) == fault.RuleOf(before) && before != nil {
		return nil // it is no worse than it was
	}
	var e *fault.Error
	if errors.As(err, &e) {
		e.Field = "value" // of the form that sets it
	}
	return err
}

// HoldRequest asks for a change of what keeps a party from being reimbursed or paid; nil leaves it.
type HoldRequest struct {
	Side           openitem.Side
	Party          string
	Hold           *bool // vendors: blocked
	DoNotReimburse *bool
	Reason         string
}

// SetHold changes what keeps a party from being reimbursed or paid, with a reason for the audit trail. A proposed run notices: what it
// means to pay is planned afresh when it is posted.
func (a *App) SetHold(ctx context.Context, call Call, req HoldRequest) error {
	switch {
	case strings.TrimSpace(req.Reason) == "":
		return fault.New(fault.Invalid, "a change of what keeps %s from being reimbursed or paid needs a reason", req.Party).In("reason")
	case req.Hold == nil && req.DoNotReimburse == nil:
		return fault.New(fault.Invalid, "nothing is to change: say what is to be set or taken away").In("hold")
	case req.Side == openitem.Vendors && req.DoNotReimburse != nil:
		return fault.New(fault.Invalid, "a vendor is blocked or not; only a customer is not to be reimbursed").In("do_not_reimburse")
	}
	if err := cmp.Or(plain("party", req.Party), plain("reason", req.Reason)); err != nil {
		return err
	}
	cmd := command{name: req.Side.String() + ".hold", permission: identity.SetUp, input: req}
	_, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		detail := map[string]any{"reason": req.Reason}
		if req.Hold != nil {
			detail["hold"] = *req.Hold
		}
		if req.DoNotReimburse != nil {
			detail["do_not_reimburse"] = *req.DoNotReimburse
		}
		id, err := partyID(ctx, tx, req.Side, req.Party)
		if err != nil {
			return "", nil, false, err
		}
		if req.Side == openitem.Vendors {
			return req.Party, detail, true, party.Block(ctx, tx, id, *req.Hold)
		}
		return req.Party, detail, true, party.SetHold(ctx, tx, id, req.Hold, req.DoNotReimburse)
	})
	return err
}
