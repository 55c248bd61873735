package deduction

import (
	"context"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

const (
	mostShown   = 25 // fits shown of one deduction
	mostLeftOut = 50 // and credits that are left out
)

// Candidates are what may fit one deduction, and what is left out.
type Candidates struct {
	Wanted  *Wanted
	Best    *Match // what the search would propose
	Fits    []*Fit // the best first, those below the threshold too
	LeftOut []LeftOut
}

// LeftOut is a credit that is not looked at for a deduction, and why: marked, proposed (for other deductions), payment, deduction,
// family (it is not related closely enough), currency.
type LeftOut struct {
	Credit *Offered
	Why    string
	Detail string // who marked it
}

// Candidates searches for one open deduction.
func (x *MatchSearch) Candidates(ctx context.Context, tx *db.Tx, c *ledger.Company, d *Deduction) (*Candidates, error) {
	wanted, err := x.wanted(ctx, tx, c, "d.id", []int64{d.ID})
	if err != nil {
		return nil, err
	}
	if len(wanted) == 0 {
		return nil, fault.New(fault.Refused, "deduction %s has nothing open to be matched, or something of it waits for approval", d.Number).ByRule("nothing_open")
	}
	f, err := familiesOf(ctx, tx, []int64{d.Customer})
	if err != nil {
		return nil, err
	}
	given, err := proposedElsewhere(ctx, tx, f.members, []int64{d.ID})
	if err != nil {
		return nil, err
	}
	found := &Candidates{Wanted: wanted[0]}
	s := newSearch(wanted, f.of, f.related)
	s.plans, s.given = x.plansFor(c), given
	err = eachCredit(ctx, tx, c, f.members, func(o *Offered) {
		why := leftOut(o, wanted[0], f, given[o.key()])
		if why == "" || why == "marked" || why == "proposed" { // which explains that there is nothing
			s.offer(o)
		}
		if why != "" && len(found.LeftOut) < mostLeftOut {
			found.LeftOut = append(found.LeftOut, LeftOut{Credit: o, Why: why})
		}
	})
	if err != nil {
		return nil, err
	}
	found.Best = s.all[0]
	if found.Fits = s.ranked(found.Best); len(found.Fits) > mostShown {
		found.Fits = found.Fits[:mostShown]
	}
	s.assign(x.scores.Propose)
	s.explain()
	return found, found.tellMarks(ctx, tx, f)
}

// leftOut says why a credit is not looked at for a deduction; blank when it is.
func leftOut(o *Offered, w *Wanted, f *families, given money.Amount) string {
	switch why := reasonLeftOut(o); {
	case why != "":
		return why
	case o.Currency != w.Currency:
		return "currency"
	case !f.related(w.Customer, o.Party):
		return "family"
	case o.Marked >= o.Open:
		return "marked"
	case o.Open-o.Marked-given <= 0:
		return "proposed"
	}
	return ""
}

// tellMarks says of the credits that are marked who holds the marks.
func (x *Candidates) tellMarks(ctx context.Context, tx *db.Tx, f *families) error {
	if !slices.ContainsFunc(x.LeftOut, func(l LeftOut) bool { return l.Why == "marked" }) {
		return nil
	}
	marks, err := openitem.MarksOf(ctx, tx, openitem.PartiesOf(f.members))
	if err != nil {
		return err
	}
	for i := range x.LeftOut {
		l := &x.LeftOut[i]
		at := slices.IndexFunc(marks, func(m openitem.Mark) bool {
			return m.Party == l.Credit.Party && m.Voucher == l.Credit.Voucher
		})
		if l.Why == "marked" && at >= 0 {
			l.Detail = marks[at].Who()
		}
	}
	return nil
}

// Proposal is a saved part of a match: a credit or a plan for a deduction.
type Proposal struct {
	Deduction                int64
	Number, Customer, Reason string
	Currency                 string
	Remaining                money.Amount
	Kind                     string
	Party, Voucher, Text     string
	Type                     ledger.Type
	Plan                     string
	Amount                   money.Amount
	Score                    int
	Reasons                  string // JSON of [Points]
}

// MatchFilter narrows the list of proposals.
type MatchFilter struct {
	Customer int64 // 0: all
	Least    int   // score
}

// Proposals gives the saved proposals of open deductions whose id is after the given one, of at most so many deductions, by id.
func Proposals(ctx context.Context, tx *db.Tx, f MatchFilter, after int64, limit int) ([]Proposal, error) {
	from := "deduction_match m join deduction d on d.company = m.company and d.id = m.deduction"
	if f.Customer != 0 { // by the customer's open deductions, which are few
		from = "deduction d join deduction_match m on m.company = d.company and m.deduction = d.id"
	}
	ids, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) },
		"select m.deduction from "+from+` where m.company = $1 and d.company = $1 and m.deduction > $2 and m.n = 1 and m.score >= $3 and ($4 = 0 or d.customer = $4) and d.closed_at is null
			order by m.deduction limit $5`, tx.Company, after, f.Least, f.Customer, limit)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return ProposalsOf(ctx, tx, ids)
}

// ProposalsOf gives the saved proposals of deductions, by id.
func ProposalsOf(ctx context.Context, tx *db.Tx, ids []int64) ([]Proposal, error) {
	those, arg := tx.Among("m.deduction", "$2", ids)
	return db.List(ctx, tx, func(r *db.Rows, p *Proposal) error {
		return r.Scan(&p.Deduction, &p.Number, &p.Customer, &p.Reason, &p.Currency, &p.Remaining, &p.Kind, &p.Party, &p.Voucher, &p.Text, &p.Type, &p.Plan, &p.Amount, &p.Score, &p.Reasons)
	}, `select m.deduction, d.number, c.code, d.reason, d.currency, d.amount - d.resolved - d.split, m.kind, coalesce(p.code, ''), coalesce(v.number, ''), coalesce(v.text, ''), coalesce(v.type, 0),
			coalesce(a.code, ''), m.amount, m.score, m.reasons
		from deduction_match m join deduction d on d.company = m.company and d.id = m.deduction join customer c on c.company = m.company and c.id = d.customer
		left join customer p on p.company = m.company and p.id = m.party left join voucher v on v.company = m.company and v.id = m.voucher
		left join accrual_plan a on a.company = m.company and a.id = m.plan
		where m.company = $1 and d.closed_at is null and `+those+" order by m.deduction, m.n", tx.Company, arg)
}
