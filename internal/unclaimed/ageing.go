package unclaimed

import (
	"context"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Aged is an open credit with its age, its clock and its dormancy.
type Aged struct {
	*Candidate
	Days      int
	Bucket    Bucket
	Clock     *Clock // nil: no row holds
	Requested civil.Date
	Times
	Due     civil.Date // the first of what is to be done: refund, good faith, report; zero: nothing
	Overdue bool
}

// BucketSum is what is open of an age in a currency.
type BucketSum struct {
	Bucket   Bucket
	Currency string
	Credits  int64
	Overdue  int64
	Amount   money.Amount
}

// Age looks at every open credit that is selected, and calls fn with each, by customer. The sums are by bucket and currency.
func Age(ctx context.Context, tx *db.Tx, c *ledger.Company, s Selection, fn func(*Aged) error) ([]BucketSum, error) {
	clocks, err := Clocks(ctx, tx)
	if err != nil {
		return nil, err
	}
	s.Kind = Credit
	sums := map[[2]string]*BucketSum{}
	var part []*Candidate
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		defer func() { part = part[:0] }()
		owners := make([]int64, len(part))
		for i, y := range part {
			owners[i] = y.Owner
		}
		contacts, err := contactsOf(ctx, tx, sorted(owners), s.On)
		if err != nil {
			return err
		}
		for _, y := range part {
			x, err := aged(y, clocks, contacts[y.Owner], s.On)
			if err != nil {
				return err
			}
			add(sums, x)
			if err := fn(x); err != nil {
				return err
			}
		}
		return nil
	}
	err = Look(ctx, tx, c, s, func(y *Candidate) error {
		if part = append(part, y); len(part) < chunk {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	var all []BucketSum
	for _, b := range Buckets() {
		for _, x := range sums {
			if x.Bucket == b {
				all = append(all, *x)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b BucketSum) int {
		if a.Bucket != b.Bucket {
			return 0
		}
		return strings.Compare(a.Currency, b.Currency)
	})
	return all, err
}

// aged works out the age and the clock of a credit. The request that counts is the first that names it, or all, since it arose.
func aged(y *Candidate, clocks []Clock, contacts []Contact, on civil.Date) (*Aged, error) {
	x := &Aged{Candidate: y, Days: on.Sub(y.Arose), Clock: ClockFor(clocks, y.Place.Jurisdiction, on)}
	x.Bucket = BucketOf(x.Days)
	for _, k := range contacts { // by date
		if k.How == ByRequest && k.Date >= y.Arose && (k.Voucher == 0 || k.Voucher == y.Target) {
			x.Requested = k.Date
			break
		}
	}
	if x.Clock != nil {
		var err error
		if x.Times, err = x.Clock.On(y.Arose, x.Requested, y.Amount, on); err != nil {
			return nil, err
		}
	}
	report := y.Report
	if y.Stage != EscheatDue && y.Stage != LetterDue && y.Stage != ReplyOpen && y.Stage != BeforeLetters {
		report = 0
	}
	for _, day := range []civil.Date{x.RefundBy, x.GoodFaithBy, report} {
		if day != 0 && (x.Due == 0 || day < x.Due) {
			x.Due = day
		}
	}
	x.Overdue = x.Due != 0 && x.Due < on
	return x, nil
}

func add(sums map[[2]string]*BucketSum, x *Aged) {
	k := [2]string{string(x.Bucket), x.Currency}
	if sums[k] == nil {
		sums[k] = &BucketSum{Bucket: x.Bucket, Currency: x.Currency}
	}
	s := sums[k]
	s.Credits++
	s.Amount += x.Amount
	if x.Overdue {
		s.Overdue++
	}
}

// ByUrgency orders credits: overdue first, then by what is due, then the oldest.
func ByUrgency(a, b *Aged) int {
	due := func(x *Aged) civil.Date {
		if x.Due == 0 {
			return civil.Of(9999, 12, 31)
		}
		return x.Due
	}
	if a.Overdue != b.Overdue {
		if a.Overdue {
			return -1
		}
		return 1
	}
	for _, d := range []int{due(a).Sub(due(b)), a.Arose.Sub(b.Arose), strings.Compare(a.Code, b.Code), strings.Compare(a.Document, b.Document)} {
		if d != 0 {
			return d
		}
	}
	return strings.Compare(a.Currency, b.Currency)
}

// sorted gives ids in order, each once.
func sorted(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}
