package deduction

import (
	"slices"
	"strconv"

	"quittance/internal/civil"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Wanted is an open deduction as the search for matches sees it.
type Wanted struct {
	ID, Customer   int64
	Number         string
	Currency       string
	Amount         money.Amount // what remains
	Date           civil.Date   // of the capture
	Type, Reason   string
	Plan           string // of the deduction itself
	Group          string // of the customer
	CustomerCode   string
	Claim, Invoice string // numbers: the customer's for it, and that of the document it was taken from
	Note           string
	Funds          []string // balancing values of where it is held, sorted; nil: not known
	Classes        []int64  // billing classifications, sorted

	claims, invoices, notes, own []string // keys, see [References]
}

// refer makes the keys by which credits are found.
func (w *Wanted) refer() {
	w.claims, w.invoices, w.notes, w.own = References(w.Claim, false), References(w.Invoice, false), References(w.Note, true), References(w.Number, false)
}

// Offered is an open credit as the search sees it: the open items of one party in one voucher and currency.
type Offered struct {
	Party, Voucher int64
	Number         string
	Type           ledger.Type
	Text           string
	Currency       string
	Date           civil.Date
	Open           money.Amount // positive
	Marked         money.Amount
	Funds          []string // as of [Wanted]
	Classes        []int64

	numbers, texts []string // keys
	used           money.Amount
}

// refer makes the keys by which deductions are found.
func (o *Offered) refer() {
	o.numbers, o.texts = References(o.Number, false), References(o.Text, true)
}

// Left gives what is open, not marked, and not given to another deduction by the same search.
func (o *Offered) Left() money.Amount { return o.Open - o.Marked - o.used }

// OfferedPlan is a plan, and what its accrual has left: each search takes from it what it proposes.
type OfferedPlan struct {
	Plan *Plan
	Left money.Amount
}

// Point is a part of a score: for what, how many points, what fits (a word of the program), and what exactly it was.
type Point struct {
	Reason string `json:"reason"`
	Points int    `json:"points"`
	Detail string `json:"detail"`
	Value  string `json:"value,omitempty"`
}

// Points are the reasons of a score.
type Points []Point

// Score gives their sum, between 0 and 100.
func (p Points) Score() (sum int) {
	for _, x := range p {
		sum += x.Points
	}
	return sum
}

// The most that each reason counts; those of a credit add up to 100, and so do those of a plan.
const (
	sameCustomer, sameFamily                                          = 15, 8
	amountExact, amountSum, amountNear, amountPart                    = 40, 34, 24, 10
	refClaim, refInvoice, refNote, refNumber, refSimilar              = 30, 25, 20, 30, 8
	dateNear, dateDays                                                = 10, 90 // the points fall to none after so many days
	fundSame, classSame                                               = 3, 2
	planNamed, planOfReason                                           = 45, 40
	planParty, planGroup, planAll                                     = 20, 15, 10
	planCovers, planPart, planText                                    = 25, 10, 10
	nearPercent                                          money.Amount = 1 // how far an amount may be off to be near
)

// weighed is a score before it is told: the points of each reason, and what they are for.
type weighed struct {
	party, amount, reference, date, account, class int

	fits, refers, number string
	off                  money.Amount
	days                 int
}

func (x *weighed) score() int { return x.party + x.amount + x.reference + x.date + x.account + x.class }

// weigh scores a credit for a deduction: the same values give the same points. Without numbers, what their numbers have in common is not
// looked for: the index of numbers has not brought them together.
func weigh(w *Wanted, o *Offered, numbers bool) (x weighed) {
	x.party = sameFamily
	if w.Customer == o.Party {
		x.party = sameCustomer
	}
	x.off = o.Left() - w.Amount
	x.amount, x.fits = weighAmount(w.Amount, o.Left())
	if numbers {
		x.reference, x.refers, x.number = weighReference(w, o)
	}
	if x.reference == 0 && x.amount >= amountNear { // a misprint alone says nothing
		if x.number = longer(similar(w.claims, o.numbers), similar(w.claims, o.texts), similar(w.invoices, o.texts)); x.number != "" {
			x.reference, x.refers = refSimilar, "similar"
		}
	}
	x.days = max(w.Date.Sub(o.Date), o.Date.Sub(w.Date))
	x.date = max(0, dateNear-dateNear*x.days/dateDays)
	if w.Funds != nil && slices.Equal(w.Funds, o.Funds) {
		x.account = fundSame
	}
	if slices.Equal(w.Classes, o.Classes) {
		x.class = classSame
	}
	return x
}

// Score scores a credit for a deduction, and says why: those reasons that count, that of the amount always.
func Score(w *Wanted, o *Offered) Points {
	x := weigh(w, o, true)
	who, off := "customer", ""
	if w.Customer != o.Party {
		who = "family"
	}
	if cur, err := money.CurrencyOf(w.Currency); err == nil && x.off != 0 {
		off = cur.Format(x.off)
	}
	p := Points{{"party", x.party, who, ""}, {"amount", x.amount, x.fits, off}}
	for _, y := range []Point{
		{"reference", x.reference, x.refers, x.number},
		{"date", x.date, "days", strconv.Itoa(x.days)},
		{"account", x.account, "same", ""},
		{"classification", x.class, "same", ""},
	} {
		if y.Points > 0 {
			p = append(p, y)
		}
	}
	return p
}

// weighAmount compares what a credit has with what remains of the deduction. Part of a larger credit is worth as much as a smaller one
// that covers all but a little.
func weighAmount(wanted, has money.Amount) (points int, fits string) {
	switch {
	case has <= 0:
		return 0, "nothing"
	case has == wanted:
		return amountExact, "exact"
	case near(wanted, has):
		return amountNear, "near"
	case has > wanted:
		return amountPart, "larger"
	}
	share, _ := money.Part(amountPart, has, wanted) // is at most amountPart
	return int(share), "smaller"
}

// near says whether an amount is so close to what is wanted that the difference may be a slip.
func near(wanted, has money.Amount) bool {
	most, err := money.Part(wanted, nearPercent, 100)
	return err == nil && (has-wanted).Abs() <= most
}

// weighReference gives the best of what the numbers have in common.
func weighReference(w *Wanted, o *Offered) (points int, refers, number string) {
	best := func(n int, what, value string) {
		if value != "" && n > points {
			points, refers, number = n, what, value
		}
	}
	best(refClaim, "claim", longer(common(w.claims, o.numbers), common(w.claims, o.texts)))
	best(refNumber, "deduction", common(w.own, o.texts))
	best(refInvoice, "invoice", common(w.invoices, o.texts))
	best(refNote, "note", longer(common(w.notes, o.numbers), common(w.notes, o.texts)))
	return points, refers, number
}

// longer gives the longest of the texts.
func longer(texts ...string) (longest string) {
	for _, t := range texts {
		if len(t) > len(longest) {
			longest = t
		}
	}
	return longest
}

// scoreSum scores credits that are together exactly what remains: of everything but the amount, as many points as the least of them has.
func scoreSum(parts []Points) Points {
	least := Points{{"amount", amountSum, "sum", strconv.Itoa(len(parts))}}
	for _, x := range parts[0] {
		if x.Reason == "amount" {
			continue
		}
		everywhere := true
		for _, other := range parts[1:] {
			at := slices.IndexFunc(other, func(y Point) bool { return y.Reason == x.Reason })
			if everywhere = at >= 0; !everywhere {
				break
			}
			if other[at].Points < x.Points {
				x = other[at]
			}
		}
		if everywhere {
			least = append(least, x)
		}
	}
	return least
}

// ScorePlan scores an accrual plan for a deduction, whose reason names the plan ofReason, and says how much of it the plan can take. A
// plan that does not cover the customer and the date, or has nothing left, has no points.
func ScorePlan(w *Wanted, o *OfferedPlan, ofReason string) (Points, money.Amount) {
	p, left := o.Plan, o.Left
	if w.Date < p.From || w.Date > p.To {
		return nil, 0
	}
	var points Points
	for _, x := range p.Parties {
		got := 0
		switch {
		case x.Scope == "party" && x.Code == w.CustomerCode:
			got = planParty
		case x.Scope == "group" && x.Code == w.Group:
			got = planGroup
		case x.Scope == "all":
			got = planAll
		}
		if points == nil && got > 0 || points != nil && got > points[0].Points {
			points = Points{{"party", got, x.Scope, x.Code}}
		}
	}
	if points == nil {
		return nil, 0
	}
	switch p.Code {
	case w.Plan:
		points = append(points, Point{"plan", planNamed, "named", p.Code})
	case ofReason:
		points = append(points, Point{"plan", planOfReason, "reason", w.Reason})
	}
	if code := References(p.Code, false); common(code, w.claims)+common(code, w.notes) != "" {
		points = append(points, Point{"reference", planText, "plan", p.Code})
	}
	switch {
	case left >= w.Amount:
		return append(points, Point{"amount", planCovers, "covered", ""}), w.Amount
	case left > 0:
		return append(points, Point{"amount", planPart, "part", ""}), left
	}
	return nil, 0 // what may be paid over the accrual is for a person to decide
}
