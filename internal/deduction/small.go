package deduction

import (
	"maps"
	"slices"

	"quittance/internal/money"
)

// Small says whether capture writes a deduction off at once because it is small, and as which type and to which account: accounting is
// its amount in accounting currency, before what is written off already with it, which counts too. The customer's threshold (or its
// parent's) counts, else the reason's; 0 is never. A deduction without a reason, of a reason that has ended, already allowed, on its way
// to a plan, over the limits, or without an account to write off to is left as it is. Source: deduction rules, 5.
func (s *Setup) Small(d *Deduction, accounting, before money.Amount) (typ, account string, small bool) {
	r, known := s.Reasons[d.Reason]
	if !known || !r.Active || d.Allowed || d.State == Claim || d.Plan != "" || s.Types[d.Type].Kind == AccrualPlan {
		return "", "", false
	}
	most := r.Small
	if own := s.party(d.Customer).Small; own != nil {
		most = *own
	}
	if accounting <= 0 || accounting+before > most {
		return "", "", false
	}
	if l := s.limit(s.limited[d.Customer], d.Reason, d.CreatedBy); l != nil && accounting+before > l.Amount {
		return "", "", false
	}
	account = d.Account
	if account == "" {
		account = r.Account
	}
	typ = s.writeOffType(d.Type, r.Type)
	return typ, account, typ != "" && account != ""
}

// writeOffType gives the first of the types that is a write-off, else the first such one by code; blank when there is none.
func (s *Setup) writeOffType(types ...string) string {
	for _, code := range append(types, slices.Sorted(maps.Keys(s.Types))...) {
		if s.Types[code].Kind == WriteOff {
			return code
		}
	}
	return ""
}
