package deduction

import (
	"cmp"
	"slices"
	"sort"

	"quittance/internal/money"
)

// Bounds of the search: what a credit is compared with, and what is kept for a deduction. Everything grows with the number of
// deductions and of credits, never with their product.
const (
	alike      = 64 // deductions of the same amount, or of the same number, that a credit is compared with: those nearest in date
	nearby     = 16 // deductions of a near amount, and as many of the same customer, and of the family, that are nearest in date
	kept       = 8  // best credits kept for a deduction
	keptSmall  = 10 // smaller ones kept to be added up
	mostParts  = 3  // credits that may be added up
	mostRounds = 3  // how often those are searched for again whose credits went to others
)

// Fit is a way to resolve a deduction: by credits that are taken together, or by a plan.
type Fit struct {
	Credits []*Offered
	Plan    *OfferedPlan
	Amounts []money.Amount // of each credit, or of the plan
	Points  Points
	Score   int
}

// Takes gives what of the deduction it resolves.
func (f *Fit) Takes() (sum money.Amount) {
	for _, a := range f.Amounts {
		sum += a
	}
	return sum
}

// Match is what was found for a deduction.
type Match struct {
	Wanted *Wanted
	Fit    *Fit   // nil: nothing
	Why    string // of nothing: no_credit, marked, taken (its credits fit others better), below (the threshold)
	Best   int    // the score of the best, though below

	fits  []single // the best credits, the best first
	small []single // smaller ones, the best first
	seen  *Offered
	taken bool
	more  bool // credits above the threshold may have been let go
}

// single is a credit that may fit a deduction by itself, and what of it would be taken.
type single struct {
	credit *Offered
	amount money.Amount
	score  int
}

// search is what is looked at together: families with their open deductions, past which their open credits stream.
type search struct {
	all     []*Match
	by      map[searchKey]*familyIndex
	family  func(customer int64) int64
	related func(a, b int64) bool
	plans   func(*Wanted) []*Fit       // plans that fit
	given   map[creditKey]money.Amount // of credits: proposed for other deductions, or given in an earlier round
	credits int64                      // looked at
}

type searchKey struct {
	family   int64
	currency string
}

type creditKey struct {
	party, voucher int64
	currency       string
}

func (o *Offered) key() creditKey { return creditKey{o.Party, o.Voucher, o.Currency} }

// familyIndex finds the deductions of a family and currency that a credit may fit.
type familyIndex struct {
	amounts   map[money.Amount][]*Match // each by date
	sorted    []*Match                  // by amount
	numbers   map[string][]*Match       // each by date
	customers map[int64][]*Match        // each by date
	dated     []*Match                  // all by date
	offered   int
	marked    int // wholly
	gone      int // given to others wholly
}

// newSearch makes the indexes of deductions. family names the family of a customer; the credits of a family are offered to its own
// deductions, but only to those of customers who are related closely enough to settle with each other.
func newSearch(wanted []*Wanted, family func(customer int64) int64, related func(a, b int64) bool) *search {
	s := &search{by: map[searchKey]*familyIndex{}, family: family, related: related, given: map[creditKey]money.Amount{}}
	slices.SortFunc(wanted, func(a, b *Wanted) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.ID, b.ID)) })
	for _, w := range wanted {
		w.refer()
		m := &Match{Wanted: w}
		s.all = append(s.all, m)
		k := searchKey{family(w.Customer), w.Currency}
		x := s.by[k]
		if x == nil {
			x = &familyIndex{amounts: map[money.Amount][]*Match{}, numbers: map[string][]*Match{}, customers: map[int64][]*Match{}}
			s.by[k] = x
		}
		x.add(m)
	}
	for _, x := range s.by {
		slices.SortStableFunc(x.sorted, func(a, b *Match) int { return cmp.Compare(a.Wanted.Amount, b.Wanted.Amount) })
	}
	return s
}

func (x *familyIndex) add(m *Match) {
	w := m.Wanted
	x.amounts[w.Amount] = append(x.amounts[w.Amount], m)
	x.customers[w.Customer] = append(x.customers[w.Customer], m)
	x.sorted, x.dated = append(x.sorted, m), append(x.dated, m)
	for _, keys := range [][]string{w.claims, w.invoices, w.notes, w.own} {
		for _, k := range keys {
			if l := x.numbers[k]; len(l) == 0 || l[len(l)-1] != m {
				x.numbers[k] = append(l, m)
			}
		}
	}
}

// offer compares a credit with the deductions that it may fit.
func (s *search) offer(o *Offered) {
	x := s.by[searchKey{s.family(o.Party), o.Currency}]
	if x == nil {
		return
	}
	s.credits++
	x.offered++
	if o.Marked >= o.Open {
		x.marked++
		return
	}
	if o.used = s.given[o.key()]; o.Left() <= 0 {
		x.gone++
		return
	}
	o.refer()
	x.each(o, func(m *Match, numbers bool) {
		if m.seen != o && m.Fit == nil && s.related(m.Wanted.Customer, o.Party) {
			m.seen = o
			m.consider(o, numbers)
		}
	})
}

// each calls fn with the deductions that a credit may fit, some of them more than once: first those that have a number of it.
func (x *familyIndex) each(o *Offered, fn func(m *Match, numbers bool)) {
	some := func(l []*Match, most int, numbers bool) {
		for _, m := range nearest(l, o, most) {
			fn(m, numbers)
		}
	}
	for _, keys := range [][]string{o.numbers, o.texts} {
		for _, k := range keys {
			some(x.numbers[k], alike, true)
		}
	}
	some(x.amounts[o.Left()], alike, true)
	some(x.customers[o.Party], nearby, false)
	if len(x.dated) > len(x.customers[o.Party]) {
		some(x.dated, nearby, false)
	}
	from := sort.Search(len(x.sorted), func(i int) bool { return x.sorted[i].Wanted.Amount >= o.Left()-o.Left()/100 })
	for i := from; i < len(x.sorted) && i < from+nearby && near(x.sorted[i].Wanted.Amount, o.Left()); i++ {
		fn(x.sorted[i], false)
	}
}

// nearest gives those deductions of a list by date that are nearest in date to a credit, at most so many.
func nearest(l []*Match, o *Offered, most int) []*Match {
	if len(l) <= most {
		return l
	}
	at := sort.Search(len(l), func(i int) bool { return l[i].Wanted.Date >= o.Date })
	from := min(max(0, at-most/2), len(l)-most)
	return l[from : from+most]
}

// consider keeps a credit when it is among the best for the deduction.
func (m *Match) consider(o *Offered, numbers bool) {
	x := weigh(m.Wanted, o, numbers)
	f := single{o, min(o.Left(), m.Wanted.Amount), x.score()}
	m.fits = keep(m.fits, f, kept)
	if f.amount < m.Wanted.Amount {
		m.small = keep(m.small, f, keptSmall)
	}
}

// keep puts a credit at its place among the best, and lets the last one go when they are too many.
func keep(best []single, f single, most int) []single {
	at, _ := slices.BinarySearchFunc(best, f, func(a, b single) int {
		return cmp.Or(cmp.Compare(b.score, a.score), earlier(a.credit, b.credit))
	})
	if at >= most {
		return best
	}
	best = slices.Insert(best, at, f)
	return best[:min(len(best), most)]
}

// earlier orders credits: by date, then voucher, then party.
func earlier(a, b *Offered) int {
	return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Voucher, b.Voucher), cmp.Compare(a.Party, b.Party))
}

// fit makes a fit of one credit.
func (m *Match) fit(x single) *Fit {
	p := Score(m.Wanted, x.credit)
	return &Fit{Credits: []*Offered{x.credit}, Amounts: []money.Amount{x.amount}, Points: p, Score: p.Score()}
}

// better orders fits: by score, then those of fewer parts, then the older and earlier credits, then by plan.
func better(a, b *Fit) int {
	if c := cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(len(a.Credits), len(b.Credits))); c != 0 {
		return c
	}
	for i, x := range a.Credits {
		if c := earlier(x, b.Credits[i]); c != 0 {
			return c
		}
	}
	if a.Plan != nil && b.Plan != nil {
		return cmp.Compare(a.Plan.Plan.Code, b.Plan.Plan.Code)
	}
	return 0
}

// sums adds the sets of smaller credits that are together exactly what remains. There are at most keptSmall of them, so that the sets
// are few.
func (m *Match) sums() (fits []*Fit) {
	var pick func(from int, left money.Amount, parts []single)
	pick = func(from int, left money.Amount, parts []single) {
		if left == 0 && len(parts) > 1 {
			fits = append(fits, m.together(parts))
			return
		}
		if left <= 0 || len(parts) == mostParts {
			return
		}
		for i := from; i < len(m.small); i++ {
			pick(i+1, left-m.small[i].amount, append(parts[:len(parts):len(parts)], m.small[i]))
		}
	}
	pick(0, m.Wanted.Amount, nil)
	return fits
}

// together makes a fit of several credits.
func (m *Match) together(parts []single) *Fit {
	f := &Fit{}
	var points []Points
	for _, x := range slices.SortedFunc(slices.Values(parts), func(a, b single) int { return earlier(a.credit, b.credit) }) {
		f.Credits, f.Amounts = append(f.Credits, x.credit), append(f.Amounts, x.amount)
		points = append(points, Score(m.Wanted, x.credit))
	}
	f.Points = scoreSum(points)
	f.Score = f.Points.Score()
	return f
}

// ranked gives everything that may fit a deduction, the best first.
func (s *search) ranked(m *Match) []*Fit {
	all := m.sums()
	for _, x := range m.fits {
		all = append(all, m.fit(x))
	}
	if s.plans != nil {
		all = append(all, s.plans(m.Wanted)...)
	}
	slices.SortStableFunc(all, better)
	return all
}

// choice is a fit for a deduction, to be given out in the order of the scores.
type choice struct {
	m *Match
	f *Fit
}

// assign gives credits and plans to deductions, the best fits first, so that none is given more than it has: a fit counts only while
// all of its parts are left. It says whether some deductions lost their credits to others, so that searching again may find more.
func (s *search) assign(least int) (again bool) {
	var all []choice
	for _, m := range s.all {
		if m.Fit != nil {
			continue
		}
		m.Best, m.taken, m.more = 0, false, len(m.fits) == kept && m.fits[kept-1].score >= least
		for _, f := range s.ranked(m) {
			m.Best = max(m.Best, f.Score)
			if f.Score >= least {
				all = append(all, choice{m, f})
			}
		}
		m.fits, m.small, m.seen = nil, nil, nil
	}
	slices.SortStableFunc(all, func(a, b choice) int {
		return cmp.Or(better(a.f, b.f), cmp.Compare(a.m.Wanted.ID, b.m.Wanted.ID))
	})
	for _, c := range all {
		switch {
		case c.m.Fit != nil:
		case !c.f.left():
			c.m.taken = true
		default:
			s.take(c.f)
			c.m.Fit = c.f
		}
	}
	for _, m := range s.all {
		again = again || m.Fit == nil && m.taken && m.more
	}
	return again
}

// left says whether everything that the fit takes is still there.
func (f *Fit) left() bool {
	for i, o := range f.Credits {
		if o.Left() < f.Amounts[i] {
			return false
		}
	}
	return f.Plan == nil || f.Plan.Left >= f.Amounts[0]
}

func (s *search) take(f *Fit) {
	for i, o := range f.Credits {
		o.used += f.Amounts[i]
		s.given[o.key()] = o.used
	}
	if f.Plan != nil {
		f.Plan.Left -= f.Amounts[0]
	}
}

// rounds searches: stream offers all credits, and does so again for deductions whose credits went to others, a few times at most.
func (s *search) rounds(least int, stream func(offer func(*Offered)) error) error {
	for range mostRounds {
		for _, x := range s.by {
			x.offered, x.marked, x.gone = 0, 0, 0
		}
		s.credits = 0
		if err := stream(s.offer); err != nil {
			return err
		}
		if !s.assign(least) {
			break
		}
	}
	s.explain()
	return nil
}

// explain says of every deduction without a fit why there is none.
func (s *search) explain() {
	for _, m := range s.all {
		if m.Fit != nil {
			continue
		}
		x := s.by[searchKey{s.family(m.Wanted.Customer), m.Wanted.Currency}]
		switch {
		case m.taken:
			m.Why = "taken"
		case m.Best > 0:
			m.Why = "below"
		case x.offered > 0 && x.offered == x.marked:
			m.Why = "marked"
		case x.offered > 0 && x.offered == x.marked+x.gone:
			m.Why = "taken"
		case x.offered > 0:
			m.Why = "below"
		default:
			m.Why = "no_credit"
		}
	}
}
