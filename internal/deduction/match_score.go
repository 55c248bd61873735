package deduction

import (
	"fmt"
	"slices"

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

// Score scores a credit for a deduction: the same values give the same points.
func Score(w *Wanted, o *Offered) Points {
	p := make(Points, 0, 6)
	if w.Customer == o.Party {
		p = append(p, Point{"party", sameCustomer, "customer", ""})
	} else {
		p = append(p, Point{"party", sameFamily, "family", ""})
	}
	p = append(p, scoreAmount(w, o.Left()))
	for _, x := range []Point{scoreReference(w, o), scoreDate(w.Date, o.Date)} {
		if x.Points > 0 {
			p = append(p, x)
		}
	}
	if w.Funds != nil && slices.Equal(w.Funds, o.Funds) {
		p = append(p, Point{"account", fundSame, "same", ""})
	}
	if slices.Equal(w.Classes, o.Classes) {
		p = append(p, Point{"classification", classSame, "same", ""})
	}
	return p
}

// scoreAmount compares what a credit has with what remains of the deduction. Part of a larger credit is worth as much as a smaller one
// that covers all but a little.
func scoreAmount(w *Wanted, has money.Amount) Point {
	cur, _ := money.CurrencyOf(w.Currency)
	off := (has - w.Amount).Abs()
	switch {
	case off == 0:
		return Point{"amount", amountExact, "exact", ""}
	case near(w.Amount, has):
		return Point{"amount", amountNear, "near", cur.Format(has - w.Amount)}
	case has > w.Amount:
		return Point{"amount", amountPart, "larger", cur.Format(off)}
	case has <= 0:
		return Point{"amount", 0, "nothing", ""}
	}
	share, _ := money.Part(amountPart, has, w.Amount)
	return Point{"amount", int(share), "smaller", cur.Format(off)}
}

// near says whether an amount is so close to what is wanted that the difference may be a slip.
func near(wanted, has money.Amount) bool {
	most, err := money.Part(wanted, nearPercent, 100)
	return err == nil && (has-wanted).Abs() <= most
}

// scoreReference gives the best of what the numbers have in common.
func scoreReference(w *Wanted, o *Offered) (best Point) {
	for _, x := range []struct {
		points int
		detail string
		value  string
	}{
		{refClaim, "claim", longer(common(w.claims, o.numbers), common(w.claims, o.texts))},
		{refNumber, "deduction", common(w.own, o.texts)},
		{refInvoice, "invoice", common(w.invoices, o.texts)},
		{refNote, "note", longer(common(w.notes, o.numbers), common(w.notes, o.texts))},
	} {
		if x.value != "" && x.points > best.Points {
			best = Point{"reference", x.points, x.detail, x.value}
		}
	}
	if best.Points > 0 {
		return best
	}
	if x := longer(similar(w.claims, o.numbers), similar(w.claims, o.texts), similar(w.invoices, o.texts)); x != "" {
		return Point{"reference", refSimilar, "similar", x}
	}
	return best
}

func longer(texts ...string) (longest string) {
	for _, t := range texts {
		if len(t) > len(longest) {
			longest = t
		}
	}
	return longest
}

// scoreDate gives fewer points the more days lie between.
func scoreDate(a, b civil.Date) Point {
	days := a.Sub(b)
	if days < 0 {
		days = -days
	}
	return Point{"date", max(0, dateNear-dateNear*days/dateDays), "days", fmt.Sprint(days)}
}

// scoreSum scores credits that are together exactly what remains: of everything but the amount, as many points as the least of them has.
func scoreSum(parts []Points) Points {
	least := Points{{"amount", amountSum, "sum", fmt.Sprint(len(parts))}}
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

// ScorePlan scores an accrual plan for a deduction, and says how much of it the plan can take; left is what its accrual has left after
// what the same search gave to others. A plan that does not cover the customer and the date has no points.
func ScorePlan(w *Wanted, p *Plan, ofReason string, left money.Amount) (Points, money.Amount) {
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
	if common(References(p.Code, false), append(slices.Clone(w.claims), w.notes...)) != "" {
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
