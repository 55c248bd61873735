package journal

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// unearnedReason is the parameter that names the reason of discounts that were taken and not earned.
const unearnedReason = "unearned_discount_reason"

// unearnedOf gives what of an application is deducted as a discount that was not earned.
func (x *LineEditor) unearnedOf(application int) (sum money.Amount) {
	of, _ := x.DeductionsOf(application)
	for _, d := range of {
		if x.isUnearned(d) {
			sum += d.Amount
		}
	}
	return sum
}

func (x *LineEditor) isUnearned(d *Deduction) bool {
	reason := x.e.c.Parameters[unearnedReason]
	return reason != "" && d.Reason == reason
}

// deduct gives the deductions of the line when those of an application are to be unearned and rest: those of unearned discounts make up
// the one, the others the other; the last takes up the difference, and one that comes to nothing goes.
func (x *LineEditor) deduct(a *Application, unearned, rest money.Amount) ([]*Deduction, error) {
	reason := x.e.c.Parameters[unearnedReason]
	if reason == "" { // nothing tells them apart
		unearned, rest = 0, unearned+rest
	}
	var keep, discounts, rests []*Deduction
	for _, d := range x.Deductions {
		one := *d
		switch {
		case d.Application != a.N:
			keep = append(keep, d)
		case x.isUnearned(d):
			discounts = append(discounts, &one)
		default:
			rests = append(rests, &one)
		}
	}
	next := x.nextDeduction()
	for _, part := range []struct {
		had    []*Deduction
		to     money.Amount
		reason string
	}{{discounts, unearned, reason}, {rests, rest, ""}} {
		made := level(part.had, part.to)
		if missing := part.to - sum(made); missing > 0 {
			d := &Deduction{N: next, Application: a.N, Customer: a.Customer, Reason: part.reason, Amount: missing}
			next++
			if err := x.complete(d); err != nil {
				return nil, err
			}
			made = append(made, d)
		}
		keep = append(keep, made...)
	}
	slices.SortFunc(keep, func(a, b *Deduction) int { return cmp.Compare(a.N, b.N) })
	return keep, nil
}

// level brings the sum of deductions to an amount: the last takes up the difference. With none there is nothing to bring.
func level(all []*Deduction, to money.Amount) []*Deduction {
	if n := len(all); n > 0 {
		all[n-1].Amount += to - sum(all)
		for n > 0 && all[n-1].Amount <= 0 {
			over := all[n-1].Amount
			if all, n = all[:n-1], n-1; n > 0 {
				all[n-1].Amount += over
			}
		}
	}
	return all
}

func sum(all []*Deduction) (s money.Amount) {
	for _, d := range all {
		s += d.Amount
	}
	return s
}

func (x *LineEditor) nextDeduction() int {
	n := 1
	for _, d := range x.Deductions {
		n = max(n, d.N+1)
	}
	return n
}

// complete fills in what a deduction leaves blank: the reason by the customer's code, type, account and plan by the reason. It is
// refused when it names what does not exist.
func (x *LineEditor) complete(d *Deduction) error {
	s := x.e.Setup
	if d.Reason == "" && d.TheirCode != "" {
		d.Reason, _ = s.ReasonFor(d.Customer, d.TheirCode, x.Date)
	}
	if d.Reason != "" {
		r, ok := s.Reasons[d.Reason]
		if !ok || !r.Active {
			return fault.New(fault.Invalid, "there is no active deduction reason %q", d.Reason).In("reason")
		}
		if d.Type == "" {
			d.Type = r.Type
		}
		switch s.Types[d.Type].Kind {
		case deduction.WriteOff:
			d.Account = cmp.Or(d.Account, r.Account)
		case deduction.AccrualPlan:
			d.Plan = cmp.Or(d.Plan, r.Plan)
		}
	}
	if d.Type == "" {
		d.Type = unresolved(s)
	}
	t, ok := s.Types[d.Type]
	switch {
	case d.Type == "":
		return fault.New(fault.Refused, "there is no type of deduction that is unresolved; set one up first: quittance deduction-setup").In("type").ByRule("no_deduction_type")
	case !ok:
		return fault.New(fault.Invalid, "there is no deduction type %q", d.Type).In("type")
	case d.Allowed && t.Kind == deduction.Unresolved:
		return fault.New(fault.Refused, "a deduction of type %s is unresolved and cannot be allowed; give it a type that says what becomes of it", d.Type).In("allowed").ByRule("unresolved_allowed")
	case d.Plan != "" && s.Plans[d.Plan] == nil:
		return fault.New(fault.Invalid, "there is no accrual plan %q", d.Plan).In("plan")
	}
	if d.Account != "" {
		if _, main := x.e.c.Accounts[d.Account]; !main {
			if _, err := x.e.c.Parse(d.Account); err != nil {
				return err
			}
		}
	}
	return nil
}

// unresolved gives the type of deductions of which nothing is known: the first one by code that is unresolved; blank when there is none.
func unresolved(s *deduction.Setup) string {
	for _, code := range slices.Sorted(maps.Keys(s.Types)) {
		if s.Types[code].Kind == deduction.Unresolved {
			return code
		}
	}
	return ""
}

// Deduct adds a deduction: a stand-alone one, or one of a document that its application leaves open.
func (x *LineEditor) Deduct(ctx context.Context, d Deduction) (*Deduction, error) {
	if d.Amount <= 0 {
		return nil, fault.New(fault.Invalid, "a deduction has an amount above zero").In("amount")
	}
	if err := x.place(ctx, &d); err != nil {
		return nil, err
	}
	d.N = x.nextDeduction()
	if err := x.complete(&d); err != nil {
		return nil, err
	}
	x.Deductions = append(x.Deductions, &d)
	return &d, nil
}

// place sees that a new deduction is one that the line can have.
func (x *LineEditor) place(ctx context.Context, d *Deduction) error {
	if d.Application == 0 {
		if d.Customer == 0 {
			d.Customer = x.Customer
		}
		_, err := x.relative(ctx, d.Customer)
		return err
	}
	a := x.Application(d.Application)
	switch {
	case a == nil:
		return fault.New(fault.NotFound, "line %d has no application %d", x.Line.Line, d.Application).In("application")
	case a.Credit:
		return fault.New(fault.Refused, "%s is a credit, of which nothing is deducted", a.Number).In("application").ByRule("credit_deducted")
	case !a.LeaveOpen:
		return fault.New(fault.Refused, "all that line %d leaves of %s is deducted already; split a deduction of it, or change what is paid", x.Line.Line, a.Number).In("application").ByRule("deducted_already")
	}
	d.Customer = a.Customer
	doc, err := x.find(ctx, a.Customer, a.Number)
	if err != nil {
		return err
	}
	return x.fits(doc, x.Takes(a)+d.Amount)
}

// ChangeDeduction changes what a deduction says. The amount (0: as it is) can change of a stand-alone one, and of one of a document
// that is left open; those of the others change with what is paid and by [LineEditor.Split].
func (x *LineEditor) ChangeDeduction(ctx context.Context, n int, to Deduction) (*Deduction, error) {
	d, err := x.deduction(n)
	if err != nil {
		return nil, err
	}
	to.N, to.Application = d.N, d.Application
	if to.Amount == 0 {
		to.Amount = d.Amount
	}
	if a := x.Application(d.Application); a != nil {
		to.Customer = a.Customer
		if to.Amount != d.Amount && !a.LeaveOpen {
			return nil, fault.New(fault.Refused, "deduction %d is what line %d leaves of %s; change what is paid, or split it", n, x.Line.Line, a.Number).In("amount").ByRule("deducted_already")
		}
		doc, err := x.find(ctx, a.Customer, a.Number)
		if err != nil {
			return nil, err
		}
		if err := x.fits(doc, x.Takes(a)-d.Amount+to.Amount); err != nil {
			return nil, err
		}
	} else if err := x.place(ctx, &to); err != nil {
		return nil, err
	}
	if to.Amount < 0 {
		return nil, fault.New(fault.Invalid, "a deduction has an amount above zero").In("amount")
	}
	if err := x.complete(&to); err != nil {
		return nil, err
	}
	*d = to
	return d, nil
}

// RemoveDeduction takes a deduction out that no application makes.
func (x *LineEditor) RemoveDeduction(n int) error {
	d, err := x.deduction(n)
	if err != nil {
		return err
	}
	if a := x.Application(d.Application); a != nil && !a.LeaveOpen {
		return fault.New(fault.Refused, "deduction %d is what line %d leaves of %s; change what is paid, or leave the rest open", n, x.Line.Line, a.Number).ByRule("deducted_already")
	}
	x.Deductions = slices.DeleteFunc(x.Deductions, func(o *Deduction) bool { return o.N == n })
	return nil
}

// Split takes a part of a deduction as one of its own, which says the same; the rest stays, and so the sum.
func (x *LineEditor) Split(n int, amount money.Amount) (*Deduction, error) {
	d, err := x.deduction(n)
	if err != nil {
		return nil, err
	}
	if amount <= 0 || amount >= d.Amount {
		return nil, fault.New(fault.Invalid, "deduction %d is split into two amounts above zero; give less than all of it", n).In("amount")
	}
	part := *d
	part.N, part.Amount = x.nextDeduction(), amount
	d.Amount -= amount
	x.Deductions = append(x.Deductions, &part)
	return &part, nil
}

func (x *LineEditor) deduction(n int) (*Deduction, error) {
	for _, d := range x.Deductions {
		if d.N == n {
			return d, nil
		}
	}
	return nil, fault.New(fault.NotFound, "line %d has no deduction %d", x.Line.Line, n)
}
