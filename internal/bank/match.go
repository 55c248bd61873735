package bank

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/xrash/smetrics"

	"quittance/internal/format/statement"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// Rules says how lines are matched.
type Rules struct {
	Reconcile int // the score from which a line is reconciled by itself
	Propose   int // the score from which a match is proposed
	Tolerance money.Amount
}

// Candidate is a match: what a line may be.
type Candidate struct {
	Line    int   // index of the line
	Entries []int // indexes of the entries; of a return, the payment that comes back
	Score   int
	Reasons []string
	Return  bool // a payment comes back: it is told, never reconciled
	Paid    bool // Entries are indexes of what was reconciled before
}

// How far a match by amount alone may be away in time, and how many are looked at.
const (
	daysBefore  = 5
	daysAfter   = 15
	daysOfCheck = 200
	mostLooked  = 20 // entries of one amount, or one reference, that a line is compared with
	leastRef    = 4  // letters of a text that may be a reference
)

// Match gives the best match of each line that has one, in the order of the lines; an entry is in one match at most. paid are entries of
// payments that were reconciled before, which may come back. Work grows with lines and entries, not with their product: everything is
// found by number, reference, file or amount, and at most mostLooked are compared; what was passed over is said in the reasons.
func Match(lines []Line, entries, paid []Entry, rules Rules) []Candidate {
	m := newMatcher(lines, entries, paid, rules)
	var all []Candidate
	for i := range lines {
		all = append(all, m.of(i)...)
	}
	slices.SortStableFunc(all, func(a, b Candidate) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Line, b.Line)) })
	taken := make([]bool, len(entries))
	best := make([]*Candidate, len(lines))
	for i := range all {
		c := &all[i]
		if old := best[c.Line]; old != nil {
			if old.Score == c.Score && !slices.Equal(old.Entries, c.Entries) {
				old.Score = min(old.Score, max(rules.Reconcile-1, 0))
				old.Reasons = append(old.Reasons, "another one fits as well")
			}
			continue
		}
		if c.Score < rules.Propose || !c.Paid && slices.ContainsFunc(c.Entries, func(e int) bool { return taken[e] }) {
			continue
		}
		best[c.Line] = c
		for _, e := range c.Entries {
			if !c.Paid && !c.Return {
				taken[e] = true
			}
		}
	}
	var out []Candidate
	for _, c := range best {
		if c != nil {
			out = append(out, *c)
		}
	}
	return out
}

type matcher struct {
	lines    []Line
	entries  []Entry
	paid     []Entry
	rules    Rules
	byCheck  map[string][]int
	byRef    map[string][]int
	byAmount map[money.Amount][]int
	files    map[int64]*fileTotal
	byTotal  map[money.Amount][]*fileTotal
	byCode   map[string]*fileTotal
	paidRef  map[string][]int
}

// fileTotal is the open payments of a payment file.
type fileTotal struct {
	code    string
	entries []int
	sum     money.Amount
}

func newMatcher(lines []Line, entries, paid []Entry, rules Rules) *matcher {
	m := &matcher{
		lines: lines, entries: entries, paid: paid, rules: rules, byCheck: map[string][]int{}, byRef: map[string][]int{}, byAmount: map[money.Amount][]int{},
		files: map[int64]*fileTotal{}, byTotal: map[money.Amount][]*fileTotal{}, byCode: map[string]*fileTotal{}, paidRef: map[string][]int{},
	}
	for i := range entries {
		e := &entries[i]
		m.byAmount[e.Amount] = append(m.byAmount[e.Amount], i)
		for _, ref := range e.refs() {
			m.byRef[ref] = append(m.byRef[ref], i)
		}
		if e.Check != "" {
			m.byCheck[number(e.Check)] = append(m.byCheck[number(e.Check)], i)
		} else if e.File != 0 && e.Reverses == 0 {
			f := m.files[e.File]
			if f == nil {
				f = &fileTotal{code: e.FileCode}
				m.files[e.File] = f
				m.byCode[reference(e.FileCode)] = f
			}
			f.entries, f.sum = append(f.entries, i), f.sum+e.Amount
		}
	}
	for _, f := range m.files {
		m.byTotal[f.sum] = append(m.byTotal[f.sum], f)
	}
	for i := range paid {
		for _, ref := range append(paid[i].refs(), number(paid[i].Check)) {
			if ref != "" {
				m.paidRef[ref] = append(m.paidRef[ref], i)
			}
		}
	}
	return m
}

// refs gives the references by which a bank entry is known.
func (e *Entry) refs() []string {
	all := []string{reference(e.Number)}
	for _, r := range []string{e.Ref, e.Name} {
		if r != "" {
			all = append(all, reference(r))
		}
	}
	if e.Payment == 0 {
		all = append(all, words([]string{e.Text})...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// reference gives a reference as it is compared: letters and digits.
func reference(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, s)
}

// number gives a check number without leading zeros.
func number(s string) string { return strings.TrimLeft(reference(s), "0") }

// words gives what may be a reference in texts: words with a digit.
func words(texts []string) []string {
	var all []string
	for _, text := range texts {
		for _, w := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:()[]\"?", r) }) {
			if r := reference(w); len(r) >= leastRef && strings.ContainsFunc(r, unicode.IsDigit) {
				all = append(all, r)
			}
		}
	}
	return all
}

// refs gives the references that a line tells: those in fields of their own, then words of its texts.
func (l *Line) refs() []string {
	var all []string
	for _, r := range l.Detail.References {
		if x := reference(r); x != "" {
			all = append(all, x)
		}
	}
	all = append(all, words(l.Detail.Texts)...)
	slices.Sort(all)
	return slices.Compact(all)
}

// of gives the matches of a line that are worth comparing.
func (m *matcher) of(i int) []Candidate {
	l := &m.lines[i]
	refs := l.refs()
	found := map[int]Candidate{}
	add := func(e, score int, reasons ...string) {
		if m.entries[e].Status.Failed() && m.entries[e].Reverses == 0 && m.entries[e].Status != payout.Returned {
			score, reasons = min(score, max(m.rules.Reconcile-1, 0)), append(reasons, "but the payment is "+string(m.entries[e].Status))
		}
		if old, has := found[e]; !has || old.Score < score {
			found[e] = Candidate{Line: i, Entries: []int{e}, Score: score, Reasons: reasons}
		}
	}
	if l.Detail.Check != "" {
		m.eachOf(m.byCheck[number(l.Detail.Check)], func(e int) { m.byNumber(l, e, 100, "check number "+l.Detail.Check, add) })
	}
	for _, ref := range refs {
		m.eachOf(m.byRef[ref], func(e int) { m.byNumber(l, e, 98, "reference "+ref, add) })
	}
	if len(found) == 0 {
		m.byAmounts(l, add)
	}
	all := m.batches(i, refs)
	if l.Detail.Return != "" || l.Kind == statement.Return {
		all = append(all, m.returns(i, refs)...)
	}
	at := make([]int, 0, len(found))
	for e := range found {
		at = append(at, e)
	}
	slices.Sort(at)
	for _, e := range at {
		all = append(all, found[e])
	}
	return all
}

// eachOf looks at the first of a bucket.
func (m *matcher) eachOf(bucket []int, fn func(e int)) {
	for _, e := range bucket[:min(len(bucket), mostLooked)] {
		fn(e)
	}
}

// byNumber scores an entry that a line names.
func (m *matcher) byNumber(l *Line, e, score int, why string, add func(int, int, ...string)) {
	x := &m.entries[e]
	off := l.Amount - x.Amount
	switch {
	case (l.Amount < 0) != (x.Amount < 0):
	case off == 0:
		add(e, score, why, "amount")
	case off.Abs() <= m.rules.Tolerance:
		add(e, min(85, max(m.rules.Reconcile-1, 0)), why, "amount within the tolerance")
	default:
		add(e, min(60, max(m.rules.Reconcile-1, 0)), why, "but another amount")
	}
}

// byAmounts scores entries of the very amount near in time, by how near they are, and by the name.
func (m *matcher) byAmounts(l *Line, add func(int, int, ...string)) {
	bucket := m.byAmount[l.Amount]
	from, _ := slices.BinarySearchFunc(bucket, l, func(e int, l *Line) int { return cmp.Compare(m.entries[e].Date, l.Booked.AddDays(-daysOfCheck)) })
	if from == len(bucket) || !slices.IsSortedFunc(bucket[from:min(len(bucket), from+mostLooked)], func(a, b int) int { return cmp.Compare(m.entries[a].Date, m.entries[b].Date) }) {
		from = 0
	}
	m.eachOf(bucket[from:], func(e int) {
		x := &m.entries[e]
		days, after := l.Booked.Sub(x.Date), daysAfter
		if x.Check != "" {
			after = daysOfCheck
			if l.Detail.Check != "" {
				return // another check
			}
		}
		if days < -daysBefore || days > after {
			return
		}
		score, reasons := 65-min(max(days, -days), 15), []string{"amount", fmt.Sprintf("%d days apart", max(days, -days))}
		if x.Payee != "" && l.Detail.Party != "" {
			if s := smetrics.JaroWinkler(strings.ToUpper(x.Payee), strings.ToUpper(l.Detail.Party), 0.7, 4); s >= 0.9 {
				score, reasons = score+20, append(reasons, "name "+x.Payee)
			}
		}
		if len(bucket) == 1 {
			score, reasons = score+5, append(reasons, "the only one of this amount")
		}
		if len(bucket) > mostLooked {
			reasons = append(reasons, fmt.Sprintf("%d have this amount, %d were compared", len(bucket), mostLooked))
		}
		add(e, score, reasons...)
	})
}

// batches gives the payment files that a line may be, and the entries that its transactions name one by one.
func (m *matcher) batches(i int, refs []string) (all []Candidate) {
	l := &m.lines[i]
	for _, ref := range refs {
		if f := m.byCode[ref]; f != nil && f.sum == l.Amount {
			return []Candidate{{Line: i, Entries: f.entries, Score: 99, Reasons: []string{"payment file " + f.code, "its total"}}}
		}
	}
	if l.Detail.Count > 1 && len(refs) > 1 {
		var those []int
		var sum money.Amount
		for _, ref := range refs {
			if b := m.byRef[ref]; len(b) == 1 && !slices.Contains(those, b[0]) {
				those, sum = append(those, b[0]), sum+m.entries[b[0]].Amount
			}
		}
		if len(those) > 1 && sum == l.Amount {
			slices.Sort(those)
			return []Candidate{{Line: i, Entries: those, Score: 98, Reasons: []string{fmt.Sprintf("references of %d payments", len(those)), "their total"}}}
		}
	}
	for _, f := range m.byTotal[l.Amount] {
		days := l.Booked.Sub(m.entries[f.entries[0]].Date)
		if len(f.entries) < 2 || days < -daysBefore || days > daysAfter {
			continue
		}
		c := Candidate{Line: i, Entries: f.entries, Score: 85, Reasons: []string{"total of payment file " + f.code}}
		if l.Detail.Count == int64(len(f.entries)) {
			c.Score, c.Reasons = 95, append(c.Reasons, "number of payments")
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Candidate) int { return cmp.Compare(a.Entries[0], b.Entries[0]) })
	return all[:min(len(all), mostLooked)]
}

// returns gives the payments that a line says came back: told, not reconciled. Once that is noted, the line is the payment's mirror.
func (m *matcher) returns(i int, refs []string) (all []Candidate) {
	l := &m.lines[i]
	if l.Detail.Check != "" {
		refs = append(slices.Clone(refs), number(l.Detail.Check))
	}
	seen := map[[2]int]bool{}
	tell := func(of []Entry, e int, paid bool) {
		x := &of[e]
		if x.Payment == 0 || x.Reverses != 0 || x.Amount != -l.Amount || (x.Status != payout.Posted && x.Status != payout.Cleared) {
			return
		}
		key := [2]int{e, 0}
		if paid {
			key[1] = 1
		}
		if !seen[key] {
			seen[key] = true
			all = append(all, Candidate{Line: i, Entries: []int{e}, Score: 97, Return: true, Paid: paid, Reasons: []string{"payment " + x.Name + " came back", strings.TrimSpace("the bank says " + l.Detail.Return)}})
		}
	}
	for _, ref := range refs {
		m.eachOf(m.byRef[ref], func(e int) { tell(m.entries, e, false) })
		m.eachOf(m.byCheck[ref], func(e int) { tell(m.entries, e, false) })
		m.eachOf(m.paidRef[ref], func(e int) { tell(m.paid, e, true) })
	}
	return all
}
