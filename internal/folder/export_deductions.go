package folder

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"quittance/internal/deduction"
)

// deductions writes the set-up of deductions.
func (x *exporter) deductions(ctx context.Context) error {
	s, err := deduction.LoadSetup(ctx, x.tx, x.c)
	if err != nil {
		return err
	}
	d := x.d
	for _, code := range slices.Sorted(maps.Keys(s.Terms)) {
		t := s.Terms[code]
		d.PaymentTerms = append(d.PaymentTerms, PaymentTerms{Terms: code, Name: t.Name, NetDays: t.NetDays, DiscountDays: t.DiscountDays, DiscountRate: t.DiscountRate})
	}
	for _, code := range slices.Sorted(maps.Keys(s.Types)) {
		t := s.Types[code]
		d.DeductionTypes = append(d.DeductionTypes, DeductionType{Type: code, Name: t.Name, Kind: string(t.Kind), Hold: string(t.Hold), OffsetAccount: t.Offset})
	}
	for _, code := range slices.Sorted(maps.Keys(s.Plans)) {
		p := s.Plans[code]
		d.AccrualPlans = append(d.AccrualPlans, AccrualPlan{Plan: code, Name: p.Name, Account: p.Account, From: p.From, To: p.To, PayOver: p.PayOver, PayOverLimit: p.PayOverLimit})
		for _, y := range p.Parties {
			d.AccrualPlanCustomers = append(d.AccrualPlanCustomers, AccrualPlanCustomer{Plan: code, Scope: y.Scope, Code: y.Code})
		}
	}
	for _, code := range slices.Sorted(maps.Keys(s.Reasons)) {
		r := s.Reasons[code]
		d.DeductionReasons = append(d.DeductionReasons, DeductionReason{
			Reason: code, Name: r.Name, Group: r.Group, Type: r.Type, Account: r.Account, Plan: r.Plan, Hold: string(r.Hold), Evidence: strings.Join(r.Evidence, " "),
			Owner: r.Owner, Team: r.Team, SmallAmount: r.Small, CreditCheck: r.CreditCheck, Active: r.Active,
		})
	}
	x.deductionsByCustomer(s)
	for _, code := range slices.Sorted(maps.Keys(s.Substates)) {
		y := s.Substates[code]
		d.WorkSubstates = append(d.WorkSubstates, WorkSubstate{Substate: code, Work: string(y.Work), Name: y.Name})
	}
	return nil
}

// deductionsByCustomer writes what may be of a customer: codes, limits, dispute rules, treatment.
func (x *exporter) deductionsByCustomer(s *deduction.Setup) {
	d := x.d
	for _, y := range s.Codes {
		d.DeductionCodes = append(d.DeductionCodes, DeductionCode{
			Customer: x.customers[y.Customer].Code, List: y.List, Code: y.Theirs, From: y.From, To: y.To, Reason: y.Reason, ConfirmedBy: y.ConfirmedBy, ConfirmedAt: time.UnixMicro(y.ConfirmedAt).UTC(),
		})
	}
	slices.SortStableFunc(d.DeductionCodes, func(a, b DeductionCode) int { return cmp.Compare(a.Customer, b.Customer) })
	for l, amount := range s.Limits {
		d.WriteOffLimits = append(d.WriteOffLimits, WriteOffLimit{Scope: l.Scope, Code: l.Code, Amount: amount})
	}
	slices.SortFunc(d.WriteOffLimits, func(a, b WriteOffLimit) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Code, b.Code))
	})
	for _, y := range s.Rules {
		d.DisputeRules = append(d.DisputeRules, DisputeRule{
			Customer: x.customers[y.Customer].Code, Reason: y.Reason, From: y.From, To: y.To, WindowDays: y.Window, WindowFrom: y.WindowFrom, EarliestDays: y.Earliest,
			Attempts: y.Attempts, AnswerDays: y.Answer, Evidence: strings.Join(y.Evidence, " "),
		})
	}
	slices.SortStableFunc(d.DisputeRules, func(a, b DisputeRule) int { return cmp.Compare(a.Customer, b.Customer) })
	for id, p := range s.Parties {
		d.DeductionCustomers = append(d.DeductionCustomers, DeductionCustomer{Customer: x.customers[id].Code, Owner: p.Owner, SmallAmount: p.Small})
	}
	slices.SortFunc(d.DeductionCustomers, func(a, b DeductionCustomer) int { return cmp.Compare(a.Customer, b.Customer) })
}

// accruals writes what was accrued, by plan.
func (x *exporter) accruals(ctx context.Context) error {
	all, err := deduction.Accruals(ctx, x.tx)
	if err != nil || len(all) == 0 {
		return err
	}
	s, err := deduction.LoadSetup(ctx, x.tx, x.c)
	if err != nil {
		return err
	}
	codes := map[int64]string{}
	for _, p := range s.Plans {
		codes[p.ID] = p.Code
	}
	for _, a := range all {
		x.d.Accruals = append(x.d.Accruals, Accrual{
			Plan: codes[a.Plan], Accrual: int(a.Number), Date: a.Date, Amount: a.Amount, Voucher: x.numbers[a.Voucher], Text: a.Text, Actor: a.Actor, At: time.UnixMicro(a.At).UTC(),
		})
	}
	slices.SortStableFunc(x.d.Accruals, func(a, b Accrual) int { return cmp.Compare(a.Plan, b.Plan) })
	return nil
}
