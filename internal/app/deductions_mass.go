package app

import (
	"cmp"
	"context"
	"fmt"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// MassDeductions is a change of many deductions: those named, or those that pass the filter; with exactly one of what to do.
type MassDeductions struct {
	Numbers []string         `json:"numbers,omitempty"`
	Filter  *DeductionFilter `json:"filter,omitempty"`
	Update  *DeductionUpdate `json:"update,omitempty"`  // owner, reason, work, follow-up, priority, team, comment
	Approve bool             `json:"approve,omitempty"` // what is proposed and awaits approval
	Resolve *MassResolve     `json:"resolve,omitempty"`
}

// MassResolve resolves all that remains of each deduction by one line.
type MassResolve struct {
	Kind    string     `json:"kind"`              // write_off, accrual_plan, return, chargeback
	Account string     `json:"account,omitempty"` // blank: the deduction's, else the reason's
	Plan    string     `json:"plan,omitempty"`    // blank: the deduction's, else the reason's
	Reason  string     `json:"reason,omitempty"`
	Text    string     `json:"text,omitempty"`
	Date    civil.Date `json:"date"` // of posting
}

// MassItem is what a mass change does, would do or did to one deduction.
type MassItem struct {
	Number    string `json:"number"`
	Customer  string `json:"customer"`
	Currency  string `json:"currency"`
	Remaining string `json:"remaining"` // before
	OK        bool   `json:"ok"`
	What      string `json:"what"` // what happens to it, for a person
	Rule      string `json:"rule"` // that forbids it
	Error     string `json:"error"`
}

// MassResult is the result of a mass change, or of its preview.
type MassResult struct {
	Items []MassItem             `json:"items"`
	Done  int                    `json:"done"`
	Not   int                    `json:"not"`
	Sums  []DeductionCurrencySum `json:"sums"` // of what is done
}

const (
	massMost   = 5000 // deductions that one mass change may be about
	massAtOnce = 200  // that are updated by one command
)

// PreviewMassDeductions says of each deduction what [App.MassDeductions] would do, or why not.
func (a *App) PreviewMassDeductions(ctx context.Context, call Call, m MassDeductions) (*MassResult, error) {
	rows, err := a.massRows(ctx, call, &m)
	if err != nil {
		return nil, err
	}
	if m.Update != nil {
		return a.massUpdate(ctx, call, rows, m.Update, true)
	}
	return m.each(rows, func(row DeductionRow) (string, error) {
		if m.Approve {
			e, err := a.PreviewApproveDeduction(ctx, call, DecideRequest{Deduction: row.Number})
			return massSays(e, err)
		}
		e, err := a.PreviewResolveDeduction(ctx, call, m.Resolve.request(row))
		return massSays(e, err)
	})
}

// MassDeductions changes many deductions, each by itself: one that is refused holds up no other. Resolutions and approvals are a command
// each, by the one way that a single one takes; updates are some hundreds a command.
func (a *App) MassDeductions(ctx context.Context, call Call, m MassDeductions) (*MassResult, error) {
	rows, err := a.massRows(ctx, call, &m)
	if err == nil && m.Filter != nil && call.Key != "" {
		rows, err = a.sameRows(ctx, call, &m, rows)
	}
	if err != nil {
		return nil, err
	}
	if m.Update != nil {
		return a.massUpdate(ctx, call, rows, m.Update, false)
	}
	return m.each(rows, func(row DeductionRow) (string, error) {
		one := call
		if call.Key != "" {
			one.Key = call.Key + "/" + row.Number
		}
		if m.Approve {
			o, err := a.ApproveDeduction(ctx, one, DecideRequest{Deduction: row.Number})
			return outcomeSays(o, err)
		}
		o, err := a.ResolveDeduction(ctx, one, m.Resolve.request(row))
		return outcomeSays(o, err)
	})
}

// check refuses a mass change that does nothing, or more than one thing.
func (m *MassDeductions) check() error {
	things := 0
	for _, asked := range []bool{m.Update != nil, m.Approve, m.Resolve != nil} {
		if asked {
			things++
		}
	}
	switch {
	case things != 1:
		return fault.New(fault.Invalid, "say one thing to do: update, approve or resolve").ByRule("mass_one_thing")
	case (len(m.Numbers) > 0) == (m.Filter != nil):
		return fault.New(fault.Invalid, "name deductions by their numbers, or say which by a filter").In("numbers").ByRule("mass_which")
	case len(m.Numbers) > massMost:
		return tooMany(len(m.Numbers))
	case m.Resolve != nil && m.Resolve.Kind != string(deduction.ByWriteOff) && m.Resolve.Kind != string(deduction.ByPlan) && m.Resolve.Kind != string(deduction.ByReturn) && m.Resolve.Kind != string(deduction.ByChargeback):
		return fault.New(fault.Invalid, "%q cannot be done to many at once; expected write_off, accrual_plan, return or chargeback", m.Resolve.Kind).In("resolve.kind").ByRule("mass_kind")
	}
	for _, n := range m.Numbers {
		if err := plain("numbers", n); err != nil {
			return err
		}
	}
	return nil
}

func tooMany(n int) error {
	return fault.New(fault.Limited, "%d deductions are too many for one mass change; take at most %d at a time", n, massMost).In("numbers").ByRule("mass_too_many")
}

// permission is what the mass change needs.
func (m *MassDeductions) permission() identity.Permission {
	if m.Approve {
		return identity.Approve
	}
	return identity.Deduct
}

// sameRows keeps under the key which deductions the filter meant, so that the same request again is about the same ones.
func (a *App) sameRows(ctx context.Context, call Call, m *MassDeductions, rows []DeductionRow) ([]DeductionRow, error) {
	cmd := command{name: "deduction.mass", permission: m.permission(), input: m}
	numbers, err := do(ctx, a, call, cmd, func(context.Context, *db.Tx, *ledger.Company) (string, any, []string, error) {
		return fmt.Sprintf("%d deductions", len(rows)), m, numbersOf(rows), nil
	})
	if err != nil {
		return nil, err
	}
	named := *m
	named.Filter, named.Numbers = nil, numbers
	if len(numbers) == 0 {
		return nil, nil
	}
	return a.massRows(ctx, call, &named)
}

// massRows finds the deductions that a mass change is about.
func (a *App) massRows(ctx context.Context, call Call, m *MassDeductions) ([]DeductionRow, error) {
	if err := cmp.Or(call.Actor.Allow(m.permission()), m.check()); err != nil {
		return nil, err
	}
	if m.Filter != nil {
		if err := m.Filter.plain(); err != nil {
			return nil, err
		}
	}
	var rows []DeductionRow
	err := query(ctx, a, call, m.permission(), func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		numbers := m.Numbers
		if m.Filter != nil {
			by, err := m.Filter.filter(ctx, tx, c)
			if err != nil {
				return err
			}
			if numbers, err = deduction.Numbers(ctx, tx, by, massMost); err != nil {
				return err
			}
			if len(numbers) > massMost {
				return tooMany(len(numbers))
			}
		}
		rows, err = rowsByNumber(ctx, tx, numbers)
		return err
	})
	return rows, err
}

// rowsByNumber shows deductions in the order of their numbers given; one that is not there is [fault.NotFound].
func rowsByNumber(ctx context.Context, tx *db.Tx, numbers []string) ([]DeductionRow, error) {
	found, err := deduction.ByNumber(ctx, tx, numbers)
	if err != nil {
		return nil, err
	}
	ds := make([]*deduction.Deduction, 0, len(numbers))
	seen := map[string]bool{}
	for _, n := range numbers {
		d := found[n]
		if d == nil {
			return nil, fault.New(fault.NotFound, "there is no deduction %q", n).In("numbers")
		}
		if !seen[n] {
			ds = append(ds, d)
		}
		seen[n] = true
	}
	return viewDeductions(ctx, tx, ds)
}

// request asks for the resolution of all that remains of a deduction.
func (r *MassResolve) request(row DeductionRow) ResolveRequest {
	return ResolveRequest{Deduction: row.Number, Date: r.Date, Lines: []ResolveLine{{Kind: r.Kind, Amount: row.Remaining, Account: r.Account, Plan: r.Plan, Reason: r.Reason, Text: r.Text}}}
}

func massSays(e *DeductionEffect, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return outcomeSays(e.Outcome, nil)
}

// outcomeSays says what a resolution comes to: keys of texts, as mass.KEY.
func outcomeSays(o *DeductionOutcome, err error) (string, error) {
	switch {
	case err != nil:
		return "", err
	case o.Proposed:
		return "proposed", nil
	}
	return "resolved", nil
}

// each does something to each deduction and gathers what became of it.
func (m *MassDeductions) each(rows []DeductionRow, one func(DeductionRow) (string, error)) (*MassResult, error) {
	r := &MassResult{Items: []MassItem{}, Sums: []DeductionCurrencySum{}}
	for _, row := range rows {
		what, err := one(row)
		if err := r.add(row, what, err); err != nil {
			return r, err
		}
	}
	return r, r.sum(rows)
}

// add notes what became of a deduction. What is no refusal ends it all.
func (r *MassResult) add(row DeductionRow, what string, err error) error {
	item := MassItem{Number: row.Number, Customer: row.Customer, Currency: row.Currency, Remaining: row.Remaining, OK: err == nil, What: what}
	if err != nil {
		switch fault.CodeOf(err) {
		case fault.Invalid, fault.NotFound, fault.Conflict, fault.Refused, fault.Denied:
			item.Rule, item.Error = fault.RuleOf(err), err.Error()
		default:
			return err
		}
	}
	if r.Items = append(r.Items, item); item.OK {
		r.Done++
	} else {
		r.Not++
	}
	return nil
}

// sum adds up what is done.
func (r *MassResult) sum(rows []DeductionRow) error {
	at := map[string]int{}
	sums := [][3]money.Sum{}
	for i, item := range r.Items {
		if !item.OK {
			continue
		}
		cur, err := money.CurrencyOf(item.Currency)
		if err != nil {
			return err
		}
		n, known := at[cur.Code]
		if !known {
			n = len(r.Sums)
			at[cur.Code] = n
			r.Sums, sums = append(r.Sums, DeductionCurrencySum{Currency: cur.Code}), append(sums, [3]money.Sum{})
		}
		r.Sums[n].Count++
		for j, text := range []string{rows[i].Amount, rows[i].Remaining, rows[i].Expected} {
			x, err := cur.Parse(text)
			if err != nil {
				return err
			}
			sums[n][j].Add(x)
		}
	}
	for n := range r.Sums {
		cur := money.MustCurrency(r.Sums[n].Currency)
		for j, to := range []*string{&r.Sums[n].Amount, &r.Sums[n].Remaining, &r.Sums[n].Expected} {
			total, err := sums[n][j].Total()
			if err != nil {
				return err
			}
			*to = cur.Format(total)
		}
	}
	return nil
}

// massUpdate updates deductions, some hundreds a command: what is refused of one is found before anything of it is written.
func (a *App) massUpdate(ctx context.Context, call Call, rows []DeductionRow, u *DeductionUpdate, look bool) (*MassResult, error) {
	all := &MassResult{Items: []MassItem{}, Sums: []DeductionCurrencySum{}}
	for n := 0; n < len(rows); n += massAtOnce {
		some := rows[n:min(n+massAtOnce, len(rows))]
		one := call
		if call.Key != "" {
			one.Key = fmt.Sprintf("%s/%d", call.Key, n)
		}
		cmd := command{name: "deduction.mass", permission: identity.Deduct, input: []any{numbersOf(some), u}}
		work := func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *MassResult, error) {
			r, err := updateSome(ctx, tx, c, some, u)
			return fmt.Sprintf("%d deductions", len(some)), u, r, err
		}
		var r *MassResult
		var err error
		if look {
			r, err = try(ctx, a, one, cmd, work)
		} else {
			r, err = do(ctx, a, one, cmd, work)
		}
		if err != nil {
			return all, err
		}
		all.Items, all.Done, all.Not = append(all.Items, r.Items...), all.Done+r.Done, all.Not+r.Not
	}
	return all, all.sum(rows)
}

func numbersOf(rows []DeductionRow) []string {
	numbers := make([]string, len(rows))
	for i := range rows {
		numbers[i] = rows[i].Number
	}
	return numbers
}

// updateSome updates deductions in one unit.
func updateSome(ctx context.Context, tx *db.Tx, c *ledger.Company, rows []DeductionRow, u *DeductionUpdate) (*MassResult, error) {
	s, err := deduction.LoadSetup(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	r := &MassResult{Items: []MassItem{}}
	given := owners{}
	for _, row := range rows {
		x, err := onDesk(ctx, tx, c, s, row.Number, 0)
		if err != nil {
			return nil, err
		}
		err = u.refuses(ctx, tx, x)
		what := ""
		if err == nil {
			if err = u.apply(ctx, tx, x); err != nil { // what was written goes with the unit
				return nil, err
			}
			given.note(x)
			if what = "changed"; x.before.Version == x.d.Version && u.Comment == "" {
				what = "unchanged"
			}
		}
		if err := r.add(row, what, err); err != nil {
			return nil, err
		}
	}
	return r, given.tell(tx)
}

// refuses says why a deduction cannot be updated so, writing nothing.
func (u DeductionUpdate) refuses(ctx context.Context, tx *db.Tx, x *desk) error {
	copied := *x.d
	y := *x
	y.d = &copied
	return u.change(ctx, tx, &y)
}
