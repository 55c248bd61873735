package deduction

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Parameters of the desk.
const (
	OwnerParameter = "deduction_owner"         // who owns what neither customer nor reason gives to somebody
	CostParameter  = "deduction_handling_cost" // of working on one deduction, accounting currency
)

// Route gives the owner and the team of a deduction: the owner by the customer (or its parent), else the reason, else the company.
func (s *Setup) Route(c *ledger.Company, customer int64, reason string) (owner, team string) {
	r := s.Reasons[reason]
	owner = s.party(customer).Owner
	if owner == "" {
		owner = r.Owner
	}
	if owner == "" {
		owner = c.Parameters[OwnerParameter]
	}
	return owner, r.Team
}

// Needs gives the types of evidence that a deduction needs: those of its reason and those of its dispute rule, in the order of
// [EvidenceTypes].
func (s *Setup) Needs(d *Deduction, w Span) []string {
	needs := []string{}
	for _, t := range EvidenceTypes {
		if slices.Contains(s.Reasons[d.Reason].Evidence, t) || slices.Contains(w.Evidence, t) {
			needs = append(needs, t)
		}
	}
	return needs
}

// Missing gives what is needed and not there.
func Missing(needs, has []string) []string {
	return slices.DeleteFunc(slices.Clone(needs), func(t string) bool { return slices.Contains(has, t) })
}

// basis is what the derived columns of deductions are made from.
type basis struct {
	setup    *Setup
	cost     money.Amount // accounting currency
	company  *ledger.Company
	vouchers map[int64]voucherDates
	evidence map[int64][]string // types, by deduction
	rates    map[customerReason]int
}

type voucherDates struct{ date, due civil.Date }

// customerReason is a customer and a reason.
type customerReason struct {
	customer int64
	reason   string
}

// Derive computes anew what is derived of deductions and stands in columns for the worklist: the end of the window, the expected value
// (by the win rates of now), and whether all evidence is there. Who changes a deduction calls it before [Update]. A new one has no evidence of its own yet, so that
// it may have an ID or none.
func Derive(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, ds ...*Deduction) error {
	b, err := readBasis(ctx, tx, c, s, ds)
	for _, d := range ds {
		if err != nil {
			return err
		}
		_, err = b.derive(d)
	}
	return err
}

// SpanOf gives what the dispute rule says of a deduction, and the types of evidence that it has, its root's included.
func SpanOf(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction) (Span, []string, error) {
	b, err := readBasis(ctx, tx, c, s, []*Deduction{d})
	if err != nil {
		return Span{}, nil, err
	}
	return b.span(d), b.has(d), nil
}

func readBasis(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, ds []*Deduction) (*basis, error) {
	b := &basis{setup: s, company: c, vouchers: map[int64]voucherDates{}, evidence: map[int64][]string{}, rates: map[customerReason]int{}}
	if text := c.Parameters[CostParameter]; text != "" {
		var err error
		if b.cost, err = c.Currency.Parse(text); err != nil {
			return nil, err
		}
	}
	vouchers, ids := map[int64]bool{}, map[int64]bool{}
	for _, d := range ds {
		vouchers[d.Invoice], vouchers[d.Payment], ids[d.ID], ids[d.Root] = true, true, true, true
		b.rates[customerReason{d.Customer, d.Reason}] = 0
	}
	delete(vouchers, 0)
	delete(ids, 0)
	if err := b.readVouchers(ctx, tx, slices.Sorted(maps.Keys(vouchers))); err != nil {
		return nil, err
	}
	if err := b.readEvidence(ctx, tx, slices.Sorted(maps.Keys(ids))); err != nil {
		return nil, err
	}
	rates := NewRates()
	for p := range b.rates {
		rate, err := rates.Of(ctx, tx, p.customer, p.reason)
		if err != nil {
			return nil, err
		}
		b.rates[p] = rate
	}
	return b, nil
}

func (b *basis) readVouchers(ctx context.Context, tx *db.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	those, arg := tx.Among("v.id", "$2", ids)
	return tx.Each(ctx, `select v.id, v.date, (select min(e.due_date) from entry e where e.company = v.company and e.voucher = v.id and e.party is not null)
		from voucher v where v.company = $1 and `+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		b.vouchers[r.Int64(0)] = voucherDates{r.Date(1), r.Date(2)}
		return nil
	})
}

func (b *basis) readEvidence(ctx context.Context, tx *db.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	those, arg := tx.Among("deduction", "$2", ids)
	return tx.Each(ctx, "select deduction, type from deduction_evidence where company = $1 and "+those+" order by deduction, id", []any{tx.Company, arg}, func(r *db.Rows) error {
		b.evidence[r.Int64(0)] = append(b.evidence[r.Int64(0)], r.Text(1))
		return nil
	})
}

func (b *basis) span(d *Deduction) Span {
	invoice, payment := b.vouchers[d.Invoice], b.vouchers[d.Payment]
	return Window(b.setup.Rules, b.setup.whose(d.Customer), d.Reason, Dates{Invoice: invoice.date, Due: invoice.due, Payment: payment.date, Capture: d.Captured})
}

// has gives the types of evidence of a deduction: what is attached to its root is there for it too.
func (b *basis) has(d *Deduction) []string {
	if d.Root == d.ID {
		return b.evidence[d.ID]
	}
	return slices.Concat(b.evidence[d.ID], b.evidence[d.Root])
}

// derive says whether something changed.
func (b *basis) derive(d *Deduction) (bool, error) {
	w := b.span(d)
	cost, err := b.costIn(d.Currency, d.Captured)
	if err != nil {
		return false, err
	}
	expected := money.Amount(0) // nothing is to be won of what is over
	if d.workable() {
		if expected, err = Expect(d.Remaining(), b.rates[customerReason{d.Customer, d.Reason}], cost); err != nil {
			return false, err
		}
	}
	ready := len(Missing(b.setup.Needs(d, w), b.has(d))) == 0
	changed := d.Expires != w.Expires || d.Expected != expected || d.Ready != ready
	d.Expires, d.Expected, d.Ready = w.Expires, expected, ready
	return changed, nil
}

// costIn gives the handling cost in a currency, by the rate of the date; without a rate there is none.
func (b *basis) costIn(currency string, date civil.Date) (money.Amount, error) {
	if b.cost == 0 || currency == b.company.Currency.Code {
		return b.cost, nil
	}
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return 0, err
	}
	rate, err := b.company.Rate(currency, date)
	if err != nil {
		return 0, nil //nolint:nilerr // what it costs is not known
	}
	const unit = 1_000_000
	in, err := rate.Convert(unit, cur, b.company.Currency)
	if err != nil || in == 0 {
		return 0, err
	}
	return money.Part(b.cost, unit, in)
}

const someAtOnce = 2000 // deductions that are derived together

// Refresh derives anew all open deductions, after what they are derived from has changed: dispute rules, evidence that reasons need,
// the handling cost; or since win rates have changed with what was resolved. It says how many changed. Their versions stay: nobody
// worked on them.
func Refresh(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup) (changed int, err error) {
	if err := s.ReadHeads(ctx, tx); err != nil {
		return 0, err
	}
	for after := int64(0); ; {
		ds, err := db.List(ctx, tx, func(r *db.Rows, p **Deduction) error {
			*p = &Deduction{}
			return Scan(r, *p)
		}, "select "+columns+" from deduction where company = $1 and id > $2 and closed_at is null order by id limit "+fmt.Sprint(someAtOnce), tx.Company, after)
		if err != nil {
			return changed, err
		}
		b, err := readBasis(ctx, tx, c, s, ds)
		if err != nil {
			return changed, err
		}
		for _, d := range ds {
			differs, err := b.derive(d)
			if err == nil && differs {
				changed++
				_, err = tx.Exec(ctx, "update deduction set expires = $1, expected = $2, ready = $3 where company = $4 and id = $5", orNull(d.Expires), d.Expected, d.Ready, tx.Company, d.ID)
			}
			if err != nil {
				return changed, err
			}
		}
		if len(ds) < someAtOnce {
			return changed, nil
		}
		after = ds[len(ds)-1].ID
	}
}
