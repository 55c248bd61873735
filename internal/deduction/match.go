package deduction

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// MatchScores are the thresholds of the search: from Apply on a match may be applied, from Propose on it is proposed.
type MatchScores struct{ Apply, Propose int }

// Scores gives the thresholds of the company.
func Scores(c *ledger.Company) MatchScores {
	return MatchScores{number(c, "match_apply_score", 90), number(c, "match_propose_score", 50)}
}

func number(c *ledger.Company, parameter string, unset int) int {
	n := unset
	if text := c.Parameters[parameter]; text != "" {
		_, _ = fmt.Sscan(text, &n) // checked when it was set
	}
	return n
}

// MatchSearch searches for open credits and plans that fit open deductions. It writes nothing; see [SaveMatches].
type MatchSearch struct {
	s      *Setup
	plans  []*OfferedPlan
	scores MatchScores
}

// NewMatchSearch begins a search. What it proposes of the accruals of plans counts for as long as it is used.
func NewMatchSearch(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup) (*MatchSearch, error) {
	balances, err := Balances(ctx, tx)
	if err != nil {
		return nil, err
	}
	x := &MatchSearch{s: s, scores: Scores(c)}
	for _, p := range s.Plans {
		x.plans = append(x.plans, &OfferedPlan{p, balances[p.ID].Unused()})
	}
	slices.SortFunc(x.plans, func(a, b *OfferedPlan) int { return cmp.Compare(a.Plan.Code, b.Plan.Code) })
	return x, nil
}

// plansFor gives the plans that fit a deduction. Accruals are kept in accounting currency, so that others have none.
func (x *MatchSearch) plansFor(c *ledger.Company) func(w *Wanted) (fits []*Fit) {
	return func(w *Wanted) (fits []*Fit) {
		for _, p := range x.plans {
			points, amount := ScorePlan(w, p, x.s.Reasons[w.Reason].Plan)
			if points != nil && w.Currency == c.Currency.Code {
				fits = append(fits, &Fit{Plan: p, Amounts: []money.Amount{amount}, Points: points, Score: points.Score()})
			}
		}
		return fits
	}
}

// CustomersToMatch gives customers with open deductions that are held (claims are not) whose id is after the given one, at most so many, by id.
func CustomersToMatch(ctx context.Context, tx *db.Tx, after int64, limit int) ([]int64, error) {
	return db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) },
		"select distinct customer from deduction where company = $1 and closed_at is null and state = 'held' and hold <> '' and customer > $2 order by customer limit $3", tx.Company, after, limit)
}

// CountToMatch counts the open deductions that are held.
func CountToMatch(ctx context.Context, tx *db.Tx) (n int64, err error) {
	err = tx.Row(ctx, "select count(*) from deduction where company = $1 and closed_at is null and state = 'held' and hold <> ''", tx.Company).Scan(&n)
	return n, err
}

// Customers searches for all open deductions of the families of customers; families one of whose members with open deductions comes at or
// before the id after were searched before, and are left out. It gives the number of credits looked at too.
func (x *MatchSearch) Customers(ctx context.Context, tx *db.Tx, c *ledger.Company, customers []int64, after int64) ([]*Match, int64, error) {
	f, err := familiesOf(ctx, tx, customers)
	if err != nil {
		return nil, 0, err
	}
	wanted, err := x.wanted(ctx, tx, c, "d.customer", f.members)
	if err != nil {
		return nil, 0, err
	}
	first := map[int64]int64{}
	for _, w := range wanted {
		if id, known := first[f.of(w.Customer)]; !known || w.Customer < id {
			first[f.of(w.Customer)] = w.Customer
		}
	}
	f.keep(func(root int64) bool { return first[root] > after })
	wanted = slices.DeleteFunc(wanted, func(w *Wanted) bool { return first[f.of(w.Customer)] <= after })
	return x.search(ctx, tx, c, f, wanted, nil)
}

// Only searches for some open deductions; what is proposed for others of their families stays, and is not proposed again.
func (x *MatchSearch) Only(ctx context.Context, tx *db.Tx, c *ledger.Company, ids []int64) ([]*Match, int64, error) {
	wanted, err := x.wanted(ctx, tx, c, "d.id", ids)
	if err != nil {
		return nil, 0, err
	}
	f, err := familiesOf(ctx, tx, customersOf(wanted))
	if err != nil {
		return nil, 0, err
	}
	given, err := proposedElsewhere(ctx, tx, f.members, ids)
	if err != nil {
		return nil, 0, err
	}
	return x.search(ctx, tx, c, f, wanted, given)
}

func customersOf(wanted []*Wanted) (ids []int64) {
	for _, w := range wanted {
		ids = append(ids, w.Customer)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (x *MatchSearch) search(ctx context.Context, tx *db.Tx, c *ledger.Company, f *families, wanted []*Wanted, given map[creditKey]money.Amount) ([]*Match, int64, error) {
	if len(wanted) == 0 {
		return nil, 0, nil
	}
	s := newSearch(wanted, f.of, f.related)
	s.plans = x.plansFor(c)
	for k, v := range given {
		s.given[k] = v
	}
	var credits int64
	err := s.rounds(x.scores.Propose, func(offer func(*Offered)) error {
		err := eachCredit(ctx, tx, c, f.members, func(o *Offered) {
			if reasonLeftOut(o) == "" {
				offer(o)
			}
		})
		credits = max(credits, s.credits)
		return err
	})
	return s.all, credits, err
}

const wantedColumns = `d.id, d.number, d.customer, d.currency, d.amount - d.resolved - d.split, d.captured, d.type, d.reason, d.plan, d.claim, d.note, c.code, c.grp, coalesce(v.number, ''),
	coalesce(o.account, 0), coalesce(o.classification, 0)`

// wanted gives the open deductions that are held of customers, or with ids, for which nothing waits for approval.
func (x *MatchSearch) wanted(ctx context.Context, tx *db.Tx, c *ledger.Company, column string, ids []int64) ([]*Wanted, error) {
	those, arg := tx.Among(column, "$2", ids)
	var all []*Wanted
	err := tx.Each(ctx, "select "+wantedColumns+` from deduction d join customer c on c.company = d.company and c.id = d.customer join deduction r on r.company = d.company and r.id = d.root
		left join voucher v on v.company = d.company and v.id = d.invoice
		left join open_item o on o.company = d.company and o.side = 1 and o.party = r.holder and o.voucher = r.voucher
		where d.company = $1 and d.closed_at is null and d.state = 'held' and d.hold <> '' and d.amount > d.resolved + d.split and `+those+`
			and not exists (select 1 from resolution p where p.company = d.company and p.deduction = d.id and p.state = 'proposed')
		order by d.id`, []any{tx.Company, arg}, func(r *db.Rows) error {
		w := &Wanted{}
		var account, class int64
		err := r.Scan(&w.ID, &w.Number, &w.Customer, &w.Currency, &w.Amount, &w.Date, &w.Type, &w.Reason, &w.Plan, &w.Claim, &w.Note, &w.CustomerCode, &w.Group, &w.Invoice, &account, &class)
		if n := len(all); n > 0 && all[n-1].ID == w.ID {
			w = all[n-1]
		} else {
			all = append(all, w)
		}
		addPlace(c, account, class, &w.Funds, &w.Classes)
		return err
	})
	return all, err
}

// eachCredit calls fn with the open credits of customers, one document after the other, each by party and voucher.
func eachCredit(ctx context.Context, tx *db.Tx, c *ledger.Company, members []int64, fn func(*Offered)) error {
	where, args := openitem.PartiesOf(members).Where(tx, "o.party", 2)
	inside := map[int64]bool{}
	for _, id := range members {
		inside[id] = true
	}
	var last *Offered
	err := tx.Each(ctx, `select o.party, o.voucher, o.currency, o.number, o.date, o.open, o.marked, o.account, coalesce(o.classification, 0), v.type, v.text
		from open_item o join voucher v on v.company = o.company and v.id = o.voucher
		where o.company = $1 and o.side = 1 and o.open < 0 and `+where+" order by o.party, o.voucher, o.currency, o.line", append([]any{tx.Company}, args...), func(r *db.Rows) error {
		party, voucher, currency := r.Int64(0), r.Int64(1), r.Text(2)
		if !inside[party] {
			return nil
		}
		if last == nil || last.Party != party || last.Voucher != voucher || last.Currency != currency {
			if last != nil {
				fn(last)
			}
			last = &Offered{Party: party, Voucher: voucher, Currency: currency, Number: r.Text(3), Date: r.Date(4), Type: ledger.Type(r.Int64(9)), Text: r.Text(10)}
		}
		last.Open -= money.Amount(r.Int64(5))
		last.Marked += money.Amount(r.Int64(6))
		addPlace(c, r.Int64(7), r.Int64(8), &last.Funds, &last.Classes)
		return nil
	})
	if last != nil && err == nil {
		fn(last)
	}
	return err
}

// addPlace notes the balancing values of an account and a classification among those that are there, sorted.
func addPlace(c *ledger.Company, account, class int64, funds *[]string, classes *[]int64) {
	a, known := c.ByID(account)
	if !known {
		return
	}
	fund := c.Balancing(a)
	if at, found := slices.BinarySearch(*funds, fund); !found {
		*funds = slices.Insert(*funds, at, fund)
	}
	if at, found := slices.BinarySearch(*classes, class); !found {
		*classes = slices.Insert(*classes, at, class)
	}
}

// reasonLeftOut says why a credit is none that a deduction is matched with: a payment is paired as a payback, and what deductions
// themselves made is no credit of the customer. Blank when it is one.
func reasonLeftOut(o *Offered) string {
	switch o.Type {
	case ledger.Payment, ledger.Reimbursement:
		return "payment"
	case ledger.Deduction, ledger.Resolution:
		return "deduction"
	}
	return ""
}

// proposedElsewhere gives what of the credits of customers is proposed for other open deductions than those with the ids.
func proposedElsewhere(ctx context.Context, tx *db.Tx, members, ids []int64) (map[creditKey]money.Amount, error) {
	given := map[creditKey]money.Amount{}
	where, args := openitem.PartiesOf(members).Where(tx, "m.party", 2)
	err := tx.Each(ctx, `select m.deduction, m.party, m.voucher, d.currency, m.amount from deduction_match m join deduction d on d.company = m.company and d.id = m.deduction
		where m.company = $1 and m.kind = 'credit' and d.closed_at is null and `+where, append([]any{tx.Company}, args...), func(r *db.Rows) error {
		if !slices.Contains(ids, r.Int64(0)) {
			given[creditKey{r.Int64(1), r.Int64(2), r.Text(3)}] += money.Amount(r.Int64(4))
		}
		return nil
	})
	return given, err
}

// SaveMatches saves what was found as proposals, instead of those that were there for the same deductions.
func SaveMatches(ctx context.Context, tx *db.Tx, matches []*Match) error {
	ids := make([]int64, len(matches))
	for i, m := range matches {
		ids[i] = m.Wanted.ID
	}
	those, arg := tx.Among("deduction", "$2", ids)
	if _, err := tx.Exec(ctx, "delete from deduction_match where company = $1 and "+those, tx.Company, arg); err != nil {
		return err
	}
	b := tx.Batch("deduction_match", "company", "deduction", "n", "kind", "party", "voucher", "plan", "amount", "score", "reasons", "at")
	for _, m := range matches {
		if m.Fit == nil {
			continue
		}
		reasons, err := json.Marshal(m.Fit.Points)
		if err != nil {
			return err
		}
		for i, a := range m.Fit.Amounts {
			b.Int(tx.Company).Int(m.Wanted.ID).Int(int64(i + 1))
			if m.Fit.Plan != nil {
				b.Text("plan").Null().Null().Int(m.Fit.Plan.Plan.ID)
			} else {
				b.Text("credit").Int(m.Fit.Credits[i].Party).Int(m.Fit.Credits[i].Voucher).Null()
			}
			b.Int(int64(a)).Int(int64(m.Fit.Score)).Text(string(reasons)).Int(tx.Micros())
		}
	}
	return b.Flush(ctx)
}

// DropMatches drops the proposals of deductions that are not open any more.
func DropMatches(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `delete from deduction_match where company = $1 and not exists (
		select 1 from deduction d where d.company = deduction_match.company and d.id = deduction_match.deduction and d.closed_at is null)`, tx.Company)
	return err
}

// DropMatchesOf drops the proposals of a deduction.
func DropMatchesOf(ctx context.Context, tx *db.Tx, deduction int64) error {
	_, err := tx.Exec(ctx, "delete from deduction_match where company = $1 and deduction = $2", tx.Company, deduction)
	return err
}

// Lines gives the lines that resolve the deduction by what was found for it.
func (m *Match) Lines() (lines []Line) {
	for i, a := range m.Fit.Amounts {
		if m.Fit.Plan != nil {
			lines = append(lines, Line{Kind: ByPlan, Amount: a, Plan: m.Fit.Plan.Plan.Code, Automatic: true})
			continue
		}
		o := m.Fit.Credits[i]
		lines = append(lines, Line{Kind: ByMatch, Amount: a, Credit: o.Number, Party: o.Party, Automatic: true})
	}
	return lines
}
