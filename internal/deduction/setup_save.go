package deduction

import (
	"context"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// SaveType makes or changes a type.
func (s *Setup) SaveType(ctx context.Context, tx *db.Tx, c *ledger.Company, t Type) error {
	if err := cleanCode("type", t.Code); err != nil {
		return err
	}
	if err := named("name", t.Name); err != nil {
		return err
	}
	if !slices.Contains(TypeKinds, string(t.Kind)) {
		return oneOf("kind", string(t.Kind), TypeKinds)
	}
	if err := checkHold(t.Hold); err != nil {
		return err
	}
	if t.Offset != "" {
		if err := mainAccount(c, "offset_account", t.Offset); err != nil {
			return err
		}
	} else if t.Hold == OnSuspense {
		return fault.New(fault.Invalid, "deductions of the type %s are held in suspense, which needs an offset account", t.Code).In("offset_account").ByRule("no_offset_account")
	}
	for _, r := range s.Reasons {
		if r.Type == t.Code && r.Hold == OnSuspense && t.Offset == "" {
			return fault.New(fault.Invalid, "deductions of the reason %s are held in suspense, which needs an offset account of their type", r.Code).In("offset_account").ByRule("no_offset_account")
		}
	}
	s.Types[t.Code] = t
	_, err := tx.Exec(ctx, `insert into deduction_type (company, code, name, kind, hold, offset_account) values ($1, $2, $3, $4, $5, $6)
		on conflict (company, code) do update set name = excluded.name, kind = excluded.kind, hold = excluded.hold, offset_account = excluded.offset_account`,
		tx.Company, t.Code, t.Name, string(t.Kind), string(t.Hold), t.Offset)
	return err
}

// RemoveType takes a type away that nothing refers to.
func (s *Setup) RemoveType(ctx context.Context, tx *db.Tx, code string) error {
	if _, ok := s.Types[code]; !ok {
		return fault.New(fault.NotFound, "there is no deduction type %q", code)
	}
	err := unused(ctx, tx, "the deduction type "+code, "change it instead", code, map[string]string{
		"deduction_reason where company = $1 and type = $2":  "a reason has it",
		"deduction where company = $1 and type = $2":         "deductions have it",
		"payment_deduction where company = $1 and type = $2": "lines of payment journals have it",
	})
	if err != nil {
		return err
	}
	delete(s.Types, code)
	_, err = tx.Exec(ctx, "delete from deduction_type where company = $1 and code = $2", tx.Company, code)
	return err
}

// SaveReason makes or changes a reason.
func (s *Setup) SaveReason(ctx context.Context, tx *db.Tx, c *ledger.Company, r Reason) error {
	if err := s.checkReason(c, r); err != nil {
		return err
	}
	s.Reasons[r.Code] = r
	_, err := tx.Exec(ctx, `insert into deduction_reason (company, code, name, grp, type, account, plan, hold, evidence, owner, team, small_amount, credit_check, active)
		values ($1, $2, $3, $4, nullif($5, ''), $6, $7, $8, $9, $10, $11, $12, $13, $14)
		on conflict (company, code) do update set name = excluded.name, grp = excluded.grp, type = excluded.type, account = excluded.account, plan = excluded.plan, hold = excluded.hold,
		evidence = excluded.evidence, owner = excluded.owner, team = excluded.team, small_amount = excluded.small_amount, credit_check = excluded.credit_check, active = excluded.active`,
		tx.Company, r.Code, r.Name, r.Group, r.Type, r.Account, r.Plan, string(r.Hold), strings.Join(r.Evidence, ","), r.Owner, r.Team, r.Small, r.CreditCheck, r.Active)
	return err
}

func (s *Setup) checkReason(c *ledger.Company, r Reason) error {
	for _, err := range []error{
		cleanCode("reason", r.Code), named("name", r.Name), short("group", r.Group, longestCode), short("owner", r.Owner, longestCode), short("team", r.Team, longestCode),
		checkHold(r.Hold), checkEvidence(r.Evidence),
	} {
		if err != nil {
			return err
		}
	}
	t, ok := s.Types[r.Type]
	switch {
	case !ok && r.Type != "":
		return fault.New(fault.Invalid, "there is no deduction type %q", r.Type).In("type")
	case ok && r.Hold == OnSuspense && t.Offset == "":
		return fault.New(fault.Invalid, "deductions of the reason %s are held in suspense, but their type %s has no offset account", r.Code, r.Type).In("hold").ByRule("no_offset_account")
	case r.Plan != "" && s.Plans[r.Plan] == nil:
		return fault.New(fault.Invalid, "there is no accrual plan %q", r.Plan).In("plan")
	case r.Small < 0:
		return fault.New(fault.Invalid, "the small amount is negative").In("small_amount")
	case r.Small > 0 && r.Account == "":
		return fault.New(fault.Invalid, "small amounts are written off at once, which needs the reason's account").In("account")
	case r.Account != "":
		return anyAccount(c, "account", r.Account)
	}
	return nil
}

// RemoveReason takes a reason away that nothing refers to.
func (s *Setup) RemoveReason(ctx context.Context, tx *db.Tx, code string) error {
	if _, ok := s.Reasons[code]; !ok {
		return fault.New(fault.NotFound, "there is no deduction reason %q", code)
	}
	err := unused(ctx, tx, "the deduction reason "+code, "make it inactive instead", code, map[string]string{
		"deduction_code where company = $1 and reason = $2":                                 "codes stand for it",
		"dispute_rule where company = $1 and reason = $2":                                   "a dispute rule is for it",
		"write_off_limit where company = $1 and scope = 'reason' and code = $2":             "a limit is for it",
		"parameter where company = $1 and name = 'unearned_discount_reason' and value = $2": "the parameter unearned_discount_reason names it",
		"deduction where company = $1 and reason = $2":                                      "deductions have it",
		"payment_deduction where company = $1 and reason = $2":                              "lines of payment journals have it",
		"resolution where company = $1 and reason = $2":                                     "resolutions have it",
	})
	if err != nil {
		return err
	}
	delete(s.Reasons, code)
	_, err = tx.Exec(ctx, "delete from deduction_reason where company = $1 and code = $2", tx.Company, code)
	return err
}

// SaveLimit makes or changes a limit. Whether the customer or user that it names exists, the caller knows.
func (s *Setup) SaveLimit(ctx context.Context, tx *db.Tx, l Limit) error {
	switch {
	case !slices.Contains(LimitScopes, l.Scope):
		return oneOf("scope", l.Scope, LimitScopes)
	case (l.Scope == "company") != (l.Code == ""):
		return fault.New(fault.Invalid, "the scope %s stands with the code %q; the company has none, others need one", l.Scope, l.Code).In("code")
	case l.Amount < 0:
		return fault.New(fault.Invalid, "the limit is negative; 0 allows nothing").In("amount")
	case l.Scope == "reason" && s.Reasons[l.Code].Code == "":
		return fault.New(fault.Invalid, "there is no deduction reason %q", l.Code).In("code")
	}
	if l.Code != "" {
		if err := cleanCode("code", l.Code); err != nil {
			return err
		}
	}
	s.Limits[Limit{Scope: l.Scope, Code: l.Code}] = l.Amount
	_, err := tx.Exec(ctx, "insert into write_off_limit (company, scope, code, amount) values ($1, $2, $3, $4) on conflict (company, scope, code) do update set amount = excluded.amount",
		tx.Company, l.Scope, l.Code, l.Amount)
	return err
}

// RemoveLimit takes a limit away.
func (s *Setup) RemoveLimit(ctx context.Context, tx *db.Tx, scope, code string) error {
	delete(s.Limits, Limit{Scope: scope, Code: code})
	n, err := tx.Exec(ctx, "delete from write_off_limit where company = $1 and scope = $2 and code = $3", tx.Company, scope, code)
	return gone(n, err, "there is no limit of %s %s", scope, code)
}

// gone says that nothing was there to be taken away.
func gone(n int64, err error, format string, args ...any) error {
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, format, args...)
	}
	return err
}

// SaveRule makes or changes a dispute rule. Whether its customer exists, the caller knows.
func (s *Setup) SaveRule(ctx context.Context, tx *db.Tx, x Rule) error {
	if err := s.checkRule(x); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into dispute_rule (company, customer, reason, from_date, to_date, window_days, window_from, earliest_days, attempts, answer_days, evidence)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		on conflict (company, customer, reason, from_date) do update set to_date = excluded.to_date, window_days = excluded.window_days, window_from = excluded.window_from,
		earliest_days = excluded.earliest_days, attempts = excluded.attempts, answer_days = excluded.answer_days, evidence = excluded.evidence`,
		tx.Company, x.Customer, x.Reason, x.From, orNull(x.To), x.Window, x.WindowFrom, x.Earliest, x.Attempts, x.Answer, strings.Join(x.Evidence, ","))
	s.Rules = append(slices.DeleteFunc(s.Rules, x.same), x)
	return err
}

// same says whether two rules are one row.
func (x Rule) same(y Rule) bool {
	return x.Customer == y.Customer && x.Reason == y.Reason && x.From == y.From
}

const mostDays = 36500

func (s *Setup) checkRule(x Rule) error {
	if _, ok := s.Reasons[x.Reason]; !ok && x.Reason != "" {
		return noReason(x.Reason)
	}
	if err := checkDates(x.From, x.To); err != nil {
		return err
	}
	if !slices.Contains(WindowFroms, x.WindowFrom) {
		return oneOf("window_from", x.WindowFrom, WindowFroms)
	}
	for _, n := range []struct {
		field string
		days  int
	}{{"window_days", x.Window}, {"earliest_days", x.Earliest}, {"attempts", x.Attempts}, {"answer_days", x.Answer}} {
		if n.days < 0 || n.days > mostDays {
			return fault.New(fault.Invalid, "%d is out of range; expected 0 to %d", n.days, mostDays).In(n.field)
		}
	}
	if x.Earliest > x.Window {
		return fault.New(fault.Invalid, "a dispute can be filed after %d days, but the window ends after %d", x.Earliest, x.Window).In("earliest_days")
	}
	for _, y := range s.Rules {
		if x.Customer == y.Customer && x.Reason == y.Reason && x.From != y.From && overlap(x.From, x.To, y.From, y.To) {
			return fault.New(fault.Invalid, "there is such a rule from %s to %s already; their dates must not overlap", y.From, until(y.To)).In("from").ByRule("overlap")
		}
	}
	return checkEvidence(x.Evidence)
}

// RemoveRule takes a dispute rule away.
func (s *Setup) RemoveRule(ctx context.Context, tx *db.Tx, x Rule) error {
	s.Rules = slices.DeleteFunc(s.Rules, x.same)
	n, err := tx.Exec(ctx, "delete from dispute_rule where company = $1 and customer = $2 and reason = $3 and from_date = $4", tx.Company, x.Customer, x.Reason, x.From)
	return gone(n, err, "there is no such dispute rule from %s", x.From)
}

// SaveParty makes or changes how a customer's deductions are treated. Whether the customer exists, the caller knows.
func (s *Setup) SaveParty(ctx context.Context, tx *db.Tx, p Party) error {
	if err := short("owner", p.Owner, longestCode); err != nil {
		return err
	}
	var small any
	if p.Small != nil {
		if *p.Small < 0 {
			return fault.New(fault.Invalid, "the small amount is negative").In("small_amount")
		}
		small = *p.Small
	}
	s.Parties[p.Customer] = p
	_, err := tx.Exec(ctx, `insert into deduction_party (company, customer, owner, small_amount) values ($1, $2, $3, $4)
		on conflict (company, customer) do update set owner = excluded.owner, small_amount = excluded.small_amount`, tx.Company, p.Customer, p.Owner, small)
	return err
}

// RemoveParty takes away how a customer's deductions are treated.
func (s *Setup) RemoveParty(ctx context.Context, tx *db.Tx, customer int64) error {
	delete(s.Parties, customer)
	n, err := tx.Exec(ctx, "delete from deduction_party where company = $1 and customer = $2", tx.Company, customer)
	return gone(n, err, "the customer's deductions are treated as all are")
}

// SaveSubstate makes or changes a state of work of the company's own.
func (s *Setup) SaveSubstate(ctx context.Context, tx *db.Tx, x Substate) error {
	if err := cleanCode("substate", x.Code); err != nil {
		return err
	}
	if err := named("name", x.Name); err != nil {
		return err
	}
	if !slices.Contains(Works, string(x.Work)) {
		return oneOf("work", string(x.Work), Works)
	}
	s.Substates[x.Code] = x
	_, err := tx.Exec(ctx, `insert into work_substate (company, code, work, name) values ($1, $2, $3, $4)
		on conflict (company, code) do update set work = excluded.work, name = excluded.name`, tx.Company, x.Code, string(x.Work), x.Name)
	return err
}

// RemoveSubstate takes a state of work away that no deduction is in.
func (s *Setup) RemoveSubstate(ctx context.Context, tx *db.Tx, code string) error {
	err := unused(ctx, tx, "the state of work "+code, "move them first", code, map[string]string{"deduction where company = $1 and substate = $2": "deductions are in it"})
	if err != nil {
		return err
	}
	delete(s.Substates, code)
	n, err := tx.Exec(ctx, "delete from work_substate where company = $1 and code = $2", tx.Company, code)
	return gone(n, err, "there is no state of work %q", code)
}

// SaveTerms makes or changes terms of payment. Documents that are posted keep their due dates.
func (s *Setup) SaveTerms(ctx context.Context, tx *db.Tx, t Terms) error {
	if err := cleanCode("terms", t.Code); err != nil {
		return err
	}
	if err := named("name", t.Name); err != nil {
		return err
	}
	for field, days := range map[string]int{"net_days": t.NetDays, "discount_days": t.DiscountDays} {
		if days < 0 || days > mostDays {
			return fault.New(fault.Invalid, "%d is out of range; expected 0 to %d", days, mostDays).In(field)
		}
	}
	rate, err := DiscountRate(t.DiscountRate)
	if err != nil {
		return err
	}
	if t.DiscountDays > t.NetDays || rate.IsZero() && t.DiscountDays != 0 {
		return fault.New(fault.Invalid, "%d days of discount do not fit %d days net and a rate of %s percent", t.DiscountDays, t.NetDays, rate).In("discount_days")
	}
	t.DiscountRate = rate.String()
	s.Terms[t.Code] = t
	_, err = tx.Exec(ctx, `insert into payment_terms (company, code, name, net_days, discount_days, discount_rate) values ($1, $2, $3, $4, $5, $6)
		on conflict (company, code) do update set name = excluded.name, net_days = excluded.net_days, discount_days = excluded.discount_days, discount_rate = excluded.discount_rate`,
		tx.Company, t.Code, t.Name, t.NetDays, t.DiscountDays, t.DiscountRate)
	return err
}

// DiscountRate reads a rate of discount, a decimal of percent from 0 to 100, without trailing zeros; blank is 0.
func DiscountRate(text string) (decimal.Decimal, error) {
	if text == "" {
		return decimal.Zero, nil
	}
	d, err := decimal.Parse(text)
	if err != nil || strings.Trim(text, "0123456789.") != "" || d.Cmp(decimal.Hundred) > 0 || d.Scale() > 6 {
		return decimal.Zero, fault.New(fault.Invalid, "%q is no rate of discount; expected percent from 0 to 100, such as 2 or 1.5", text).In("discount_rate")
	}
	return d.Trim(0), nil
}

// RemoveTerms takes terms of payment away that no customer has.
func (s *Setup) RemoveTerms(ctx context.Context, tx *db.Tx, code string) error {
	err := unused(ctx, tx, "the terms of payment "+code, "give them others first", code, map[string]string{"customer where company = $1 and terms = $2": "customers have them"})
	if err != nil {
		return err
	}
	delete(s.Terms, code)
	n, err := tx.Exec(ctx, "delete from payment_terms where company = $1 and code = $2", tx.Company, code)
	return gone(n, err, "there are no terms of payment %q", code)
}
