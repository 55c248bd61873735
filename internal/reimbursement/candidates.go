package reimbursement

import (
	"context"
	"fmt"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// DefaultPolicy gives the policy that the company's parameters set for the date.
func DefaultPolicy(c *ledger.Company, date civil.Date) (Policy, error) {
	p := Policy{Date: date, Netting: Gross, DeductionsBlock: true}
	get := func(name string, set func(string) error) error {
		v := c.Parameters[name]
		if v == "" {
			return nil
		}
		if err := set(v); err != nil {
			return fault.New(fault.Invalid, "the parameter %s of company %s is %q: %v", name, c.Code, v, err).In(name)
		}
		return nil
	}
	yes := func(b *bool) func(string) error {
		return func(v string) error { *b = v == "yes"; return nil }
	}
	for _, e := range []struct {
		name string
		set  func(string) error
	}{
		{"minimum_reimbursement", func(v string) (err error) { p.Minimum, err = c.Currency.Parse(v); return err }},
		{"include_outstanding_debits", yes(&p.IncludeDebits)},
		{"separate_by_classification", yes(&p.Separate)},
		{"netting", func(v string) error { p.Netting = Netting(v); return nil }},
		{"summarize_customer", yes(&p.Summarize)},
		{"minimum_age_days", func(v string) error { _, err := fmt.Sscanf(v, "%d", &p.MinimumAge); return err }},
		{"deductions_block", yes(&p.DeductionsBlock)},
	} {
		if err := get(e.name, e.set); err != nil {
			return p, err
		}
	}
	return p, nil
}

// checkPolicy refuses a run before it does anything: bad values, unknown classifications, a period that is not open.
func checkPolicy(c *ledger.Company, p Policy, roles []string) error {
	switch {
	case p.Minimum < 0:
		return fault.New(fault.Invalid, "the minimum reimbursement is negative").In("minimum")
	case p.MinimumAge < 0:
		return fault.New(fault.Invalid, "the minimum age is negative").In("minimum_age")
	case p.Netting != Gross && p.Netting != Net && p.Netting != NetDue:
		return fault.New(fault.Invalid, "%q is no kind of netting; expected gross, net or net_due", p.Netting).In("netting")
	case p.Date.IsZero():
		return fault.New(fault.Invalid, "the run has no date").In("date")
	}
	for _, code := range p.Classifications {
		if _, ok := c.Classifications[code]; !ok {
			return fault.New(fault.Invalid, "there is no billing classification %q", code).In("classifications")
		}
	}
	for _, m := range []ledger.Module{ledger.ModuleReceivable, ledger.ModulePayable} {
		if err := c.CheckPeriod(p.Date, m, roles); err != nil {
			return err
		}
	}
	return nil
}

// newPlanner prepares what is the same for all customers of a run.
func newPlanner(ctx context.Context, tx *db.Tx, c *ledger.Company, s Selection, p Policy) (*planner, error) {
	pl := &planner{c: c, policy: p, currency: s.Currency, beside: s.Beside, dropped: new(bool), payables: map[[2]string]ledger.Account{}}
	if len(s.Parts) > 0 {
		pl.parts = map[portion]money.Amount{}
		for _, x := range s.Parts {
			pl.parts[portion{x.Number, x.Line}] += x.Amount
		}
	}
	if s.Payee != "" {
		v, err := party.FindVendor(ctx, tx, s.Payee)
		if err != nil {
			return nil, err
		}
		pl.payee = &v
	}
	if len(s.Credits) > 0 {
		pl.credits = map[string]bool{}
		for _, n := range s.Credits {
			pl.credits[n] = true
		}
	}
	if len(p.Classifications) > 0 {
		pl.classes = map[int64]bool{}
		for _, code := range p.Classifications {
			pl.classes[c.Classifications[code]] = true
		}
	}
	code := c.Parameters["one_time_vendor_template"]
	if code == "" {
		return pl, nil
	}
	v, err := party.FindVendor(ctx, tx, code)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return nil, err
	}
	if err == nil && v.OneTime == party.Template && !v.Blocked {
		pl.template = &v
	}
	return pl, nil
}

// checkSelection refuses customers, groups and credits that do not exist, and a run date before the latest settlement of a
// selected credit.
func checkSelection(ctx context.Context, tx *db.Tx, c *ledger.Company, s Selection, p Policy) error {
	for _, x := range s.Customers {
		if !strings.Contains(x, "..") {
			if _, err := party.FindCustomer(ctx, tx, x); err != nil {
				return err
			}
		}
	}
	for _, g := range s.Groups {
		var has bool
		if err := tx.Row(ctx, "select exists (select 1 from customer where company = $1 and grp = $2)", tx.Company, g).Scan(&has); err != nil {
			return err
		}
		if !has {
			return fault.New(fault.NotFound, "no customer is in the group %q", g).In("groups")
		}
	}
	for _, n := range s.Credits {
		v, err := ledger.Lookup(ctx, tx, n)
		if err != nil {
			return err
		}
		items, err := openitem.OfVouchers(ctx, tx, c, []int64{v.ID})
		if err != nil {
			return err
		}
		credit := false
		for _, it := range items {
			credit = credit || (it.Side == openitem.Customers && it.Amount < 0)
		}
		if !credit {
			return fault.New(fault.Refused, "%s is not a credit of a customer", n).In("credits").ByRule("not_a_credit")
		}
	}
	return checkSettledLater(ctx, tx, c, s, p)
}

// checkSettledLater is the second half of rule E8: open amounts are those of now, so a run may not be dated before the
// latest settlement, or undoing, of a credit it would take.
func checkSettledLater(ctx context.Context, tx *db.Tx, c *ledger.Company, s Selection, p Policy) error {
	latest, err := openitem.LatestSettlement(ctx, tx)
	if err != nil || latest <= p.Date {
		return err
	}
	pl, err := newPlanner(ctx, tx, c, s, p)
	if err != nil {
		return err
	}
	r := newReader(c, s, nil)
	for {
		subjects, err := r.next(ctx, tx)
		if err != nil || len(subjects) == 0 {
			return err
		}
		ids := make([]int64, len(subjects))
		for i, sub := range subjects {
			ids[i] = sub.Customer.ID
		}
		after, err := openitem.SettledAfter(ctx, tx, p.Date, openitem.PartiesOf(ids))
		if err != nil {
			return err
		}
		for _, sub := range subjects {
			for _, it := range sub.Items {
				d, ok := after[[2]int64{it.Voucher, int64(it.Line)}]
				if !ok || it.Open >= 0 || (pl.credits != nil && !pl.credits[it.Number]) || (pl.currency != "" && pl.currency != it.Currency) {
					continue
				}
				return fault.New(fault.Refused, "the run is dated %s, but the credit %s of customer %s was settled on %s; date the run then or later", p.Date, it.Number, sub.Customer.Code, d).ByRule("settled_later").In("date")
			}
		}
	}
}

// where writes the selection as conditions on customer c and open credit o, with arguments from $from.
func (s Selection) where(from int) (conditions string, args []any) {
	var b strings.Builder
	arg := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", from+len(args)-1) }
	list := func(values []string, one func(string) string) {
		if len(values) == 0 {
			return
		}
		parts := make([]string, len(values))
		for i, v := range values {
			parts[i] = one(v)
		}
		b.WriteString(" and (" + strings.Join(parts, " or ") + ")")
	}
	list(s.Customers, func(v string) string {
		if lo, hi, ok := strings.Cut(v, ".."); ok {
			return "(c.code >= " + arg(lo) + " and c.code <= " + arg(hi) + ")"
		}
		return "c.code = " + arg(v)
	})
	list(s.Groups, func(v string) string { return "c.grp = " + arg(v) })
	if len(s.Credits) == 0 {
		return b.String(), args // whoever has no open credit is dropped when the items are read
	}
	numbers := make([]string, len(s.Credits))
	for i, n := range s.Credits {
		numbers[i] = arg(n)
	}
	b.WriteString(" and c.id in (select o.party from open_item o join voucher v on v.company = o.company and v.id = o.voucher where o.company = $1 and o.side = 1 and o.open < 0 and v.number in (" + strings.Join(numbers, ", ") + "))")
	return b.String(), args
}
