package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/party"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// lookAtDeductionSetup runs fn with the set-up of deductions and the codes of the customers that it names, by id.
func (a *App) lookAtDeductionSetup(ctx context.Context, call Call, fn func(ctx context.Context, s *deductionSetup, customers map[int64]string) error) error {
	return query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		s, err := loadDeductionSetup(ctx, tx, c)
		if err != nil {
			return err
		}
		named := map[int64]bool{}
		for _, x := range s.Codes {
			named[x.Customer] = true
		}
		for _, x := range s.Rules {
			named[x.Customer] = true
		}
		for id := range s.Parties {
			named[id] = true
		}
		delete(named, 0)
		found, err := party.CustomersByID(ctx, tx, slices.Sorted(maps.Keys(named)))
		if err != nil {
			return err
		}
		customers := map[int64]string{}
		for id, x := range found {
			customers[id] = x.Code
		}
		return fn(ctx, s, customers)
	})
}

// DeductionSetup gives the set-up of deductions.
func (a *App) DeductionSetup(ctx context.Context, call Call) (*DeductionSetup, error) {
	var view *DeductionSetup
	err := a.lookAtDeductionSetup(ctx, call, func(ctx context.Context, s *deductionSetup, customers map[int64]string) error {
		view = &DeductionSetup{Currency: s.c.Currency.Code, Limits: []WriteOffLimit{}, Rules: []DisputeRule{}, Customers: []DeductionCustomer{}, Discounts: []DiscountAccount{}}
		view.kinds(s)
		if err := view.plans(ctx, s); err != nil {
			return err
		}
		view.others(s, customers)
		view.lists(s)
		return nil
	})
	return view, err
}

// viewed gives rows by their code.
func viewed[V, R any](all map[string]V, view func(V) R) []R {
	rows := []R{}
	for _, code := range sortedKeys(all) {
		rows = append(rows, view(all[code]))
	}
	return rows
}

func (v *DeductionSetup) kinds(s *deductionSetup) {
	v.Types = viewed(s.Types, func(t deduction.Type) DeductionType {
		return DeductionType{Type: t.Code, Name: t.Name, Treat: string(t.Kind), Hold: string(t.Hold), Offset: t.Offset}
	})
	v.Reasons = viewed(s.Reasons, func(r deduction.Reason) DeductionReason {
		return DeductionReason{
			Reason: r.Code, Name: r.Name, Group: r.Group, Type: r.Type, Account: r.Account, Plan: r.Plan, Hold: string(r.Hold), Evidence: r.Evidence, Owner: r.Owner, Team: r.Team,
			Small: s.c.Currency.Format(r.Small), CreditCheck: r.CreditCheck, Active: r.Active,
		}
	})
	v.Substates = viewed(s.Substates, func(x deduction.Substate) WorkSubstate {
		return WorkSubstate{Substate: x.Code, Work: string(x.Work), Name: x.Name}
	})
	v.Terms = viewed(s.Terms, func(t deduction.Terms) PaymentTerms {
		return PaymentTerms{Terms: t.Code, Name: t.Name, NetDays: t.NetDays, DiscountDays: t.DiscountDays, DiscountRate: t.DiscountRate}
	})
}

func (v *DeductionSetup) plans(ctx context.Context, s *deductionSetup) error {
	balances, err := deduction.Balances(ctx, s.tx)
	cur := s.c.Currency
	v.Plans = viewed(s.Plans, func(p *deduction.Plan) AccrualPlan {
		b := balances[p.ID]
		row := AccrualPlan{
			Plan: p.Code, Name: p.Name, Account: p.Account, From: p.From, To: p.To, PayOver: p.PayOver, PayOverLimit: cur.Format(p.PayOverLimit), Customers: []PlanCustomer{},
			Accrued: cur.Format(b.Accrued), Used: cur.Format(b.Used), Unused: cur.Format(b.Unused()),
		}
		for _, x := range p.Parties {
			row.Customers = append(row.Customers, PlanCustomer(x))
		}
		return row
	})
	return err
}

func (v *DeductionSetup) others(s *deductionSetup, customers map[int64]string) {
	for l, amount := range s.Limits {
		v.Limits = append(v.Limits, WriteOffLimit{Scope: l.Scope, Code: l.Code, Amount: s.c.Currency.Format(amount)})
	}
	slices.SortFunc(v.Limits, func(a, b WriteOffLimit) int {
		return cmp.Or(cmp.Compare(slices.Index(deduction.LimitScopes, a.Scope), slices.Index(deduction.LimitScopes, b.Scope)), cmp.Compare(a.Code, b.Code))
	})
	for _, x := range s.Rules {
		v.Rules = append(v.Rules, DisputeRule{
			Customer: customers[x.Customer], Reason: x.Reason, From: x.From, To: x.To, Window: x.Window, WindowFrom: x.WindowFrom, Earliest: x.Earliest,
			Attempts: x.Attempts, Answer: x.Answer, Evidence: x.Evidence,
		})
	}
	slices.SortFunc(v.Rules, func(a, b DisputeRule) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.From, b.From))
	})
	for id, p := range s.Parties {
		row := DeductionCustomer{Customer: customers[id], Owner: p.Owner}
		if p.Small != nil {
			row.Small = s.c.Currency.Format(*p.Small)
		}
		v.Customers = append(v.Customers, row)
	}
	slices.SortFunc(v.Customers, func(a, b DeductionCustomer) int { return cmp.Compare(a.Customer, b.Customer) })
	for _, p := range s.c.Profiles {
		if p.Ledger == ledger.CustomerControl && p.DiscountMain != "" {
			v.Discounts = append(v.Discounts, DiscountAccount{Scope: p.Scope, Code: p.Code, Account: p.DiscountMain})
		}
	}
	slices.SortFunc(v.Discounts, func(a, b DiscountAccount) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Code, b.Code))
	})
}

func (v *DeductionSetup) lists(s *deductionSetup) {
	for _, l := range deduction.Lists() {
		row := StandardList{List: l.Code, Name: l.Name, Version: l.Version, Source: l.Source, Codes: len(l.Codes)}
		for _, x := range l.Codes {
			if _, ok := s.Taken(l.Code, x.Code, s.tx.Today()); ok {
				row.Taken++
			}
		}
		v.Lists = append(v.Lists, row)
	}
}

// CodeFilter narrows the list of reason codes.
type CodeFilter struct {
	Customer string // of this customer; blank: of all
	List     string // of this standard list
	Reason   string // mapped to this reason
	Search   string // whose code begins so
}

func (f CodeFilter) keeps(x *DeductionCode) bool {
	return (f.Customer == "" || x.Customer == f.Customer) && (f.List == "" || x.List == f.List) && (f.Reason == "" || x.Reason == f.Reason) &&
		strings.HasPrefix(strings.ToUpper(x.Code), strings.ToUpper(f.Search))
}

// codePlace is where a page of codes ends.
type codePlace struct {
	Customer, List, Code string
	From                 civil.Date
}

func (p codePlace) compare(q codePlace) int {
	return cmp.Or(cmp.Compare(p.Customer, q.Customer), cmp.Compare(p.List, q.List), cmp.Compare(p.Code, q.Code), cmp.Compare(p.From, q.From))
}

func (r *DeductionCode) place() codePlace { return codePlace{r.Customer, r.List, r.Code, r.From} }

// DeductionCodes lists customers' reason codes and those of standard lists, by customer, list, code and date.
func (a *App) DeductionCodes(ctx context.Context, call Call, f CodeFilter, p Page) (Part[DeductionCode], error) {
	part := Part[DeductionCode]{Items: []DeductionCode{}}
	var after codePlace
	limit, err := p.open("deduction_codes", &after)
	if err := cmp.Or(err, plain("customer", f.Customer), plain("list", f.List), plain("reason", f.Reason), plain("search", f.Search)); err != nil {
		return part, err
	}
	err = a.lookAtDeductionSetup(ctx, call, func(_ context.Context, s *deductionSetup, customers map[int64]string) error {
		var all []DeductionCode
		for _, x := range s.Codes {
			row := DeductionCode{
				Customer: customers[x.Customer], List: x.List, Code: x.Theirs, From: x.From, To: x.To, Reason: x.Reason, ConfirmedBy: x.ConfirmedBy, ConfirmedAt: instant(x.ConfirmedAt),
			}
			if f.keeps(&row) && (p.After == "" || row.place().compare(after) > 0) {
				all = append(all, row)
			}
		}
		slices.SortFunc(all, func(a, b DeductionCode) int { return a.place().compare(b.place()) })
		if len(all) > limit {
			all = all[:limit]
			part.Next = next("deduction_codes", all[limit-1].place())
		}
		part.Items = append(part.Items, all...)
		return nil
	})
	return part, err
}

// StandardCodes gives the codes of a standard list, by code.
func (a *App) StandardCodes(ctx context.Context, call Call, list string) ([]StandardCode, error) {
	codes := []StandardCode{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		l, err := deduction.FindList(list)
		if err != nil {
			return err
		}
		s, err := deduction.LoadSetup(ctx, tx, c)
		if err != nil {
			return err
		}
		for _, x := range l.Codes {
			row := StandardCode{Code: x.Code, Group: x.Group, Name: x.Name}
			row.Reason, _ = s.Taken(list, x.Code, tx.Today())
			codes = append(codes, row)
		}
		return nil
	})
	return codes, err
}

// Find gives a copy of the row of the set-up that has the key of the given one; nil when there is none. Codes are not part of it.
func (v *DeductionSetup) Find(row DeductionSetupRow) DeductionSetupRow {
	for _, known := range v.Rows() {
		if known.Kind() == row.Kind() && known.key() == row.key() {
			return known
		}
	}
	return nil
}

// Rows gives copies of all rows, list by list.
func (v *DeductionSetup) Rows() (all []DeductionSetupRow) {
	for _, x := range v.Types {
		all = append(all, &x)
	}
	for _, x := range v.Reasons {
		all = append(all, &x)
	}
	for _, x := range v.Plans {
		all = append(all, &x)
	}
	for _, x := range v.Limits {
		all = append(all, &x)
	}
	for _, x := range v.Rules {
		all = append(all, &x)
	}
	for _, x := range v.Customers {
		all = append(all, &x)
	}
	for _, x := range v.Substates {
		all = append(all, &x)
	}
	for _, x := range v.Terms {
		all = append(all, &x)
	}
	for _, x := range v.Discounts {
		all = append(all, &x)
	}
	return all
}
