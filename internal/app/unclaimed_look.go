package app

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/unclaimed"
)

const mostLooked = 20_000 // properties that one part of a list looks at

// errEnough ends a look at properties before its end.
var errEnough = errors.New("app: enough was looked at")

// due says whether only what is due is asked for, which old property alone can be.
func (s UnclaimedSelection) due() bool {
	if len(s.Stages) == 0 {
		return !s.All
	}
	return !slices.ContainsFunc(s.Stages, func(x unclaimed.Stage) bool { return x != unclaimed.EscheatDue && x != unclaimed.LetterDue })
}

// UnclaimedItems gives a part of what may be unclaimed, in the order of owners, payments after credits. A part looks at 20,000
// properties at most, so that it may have fewer items than asked for, and still a next.
func (a *App) UnclaimedItems(ctx context.Context, call Call, s UnclaimedSelection, p Page) (Part[UnclaimedItem], error) {
	const list = "unclaimed items"
	part := Part[UnclaimedItem]{Items: []UnclaimedItem{}}
	var after unclaimed.Cursor
	limit, err := p.open(list, &after)
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		looked, last := 0, after
		err := s.look(ctx, tx, c, after, func(y *unclaimed.Candidate) error {
			if len(part.Items) == limit || looked == mostLooked {
				if len(s.Documents) == 0 { // what is named is not gone through by parts
					part.Next = next(list, last)
				}
				return errEnough
			}
			looked++
			last = y.Cursor()
			if s.wants(y) {
				part.Items = append(part.Items, viewUnclaimed(y))
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	})
	return part, err
}

// UnclaimedFigures says how much stands where on a day.
type UnclaimedFigures struct {
	Date   civil.Date           `json:"date"`
	Looked int64                `json:"looked"` // properties
	More   bool                 `json:"more"`   // there are more than were looked at
	Sums   []UnclaimedSum       `json:"sums"`   // by stage, jurisdiction and currency
	Owed   []UnclaimedLiability `json:"owed"`   // by liability account
}

// UnclaimedSum is how much stands at a stage in a jurisdiction.
type UnclaimedSum struct {
	Stage        unclaimed.Stage `json:"stage"`
	Jurisdiction string          `json:"jurisdiction"` // blank: none is known
	Currency     string          `json:"currency"`
	Items        int64           `json:"items"`
	Late         int64           `json:"late"` // of them
	Amount       string          `json:"amount"`
	First        civil.Date      `json:"first"` // the first report day of them; blank: none
}

// UnclaimedFigures adds up what may be unclaimed, by stage and jurisdiction; it looks at most properties (0: all).
func (a *App) UnclaimedFigures(ctx context.Context, call Call, s UnclaimedSelection, most int) (*UnclaimedFigures, error) {
	f := &UnclaimedFigures{Sums: []UnclaimedSum{}, Owed: []UnclaimedLiability{}}
	if err := s.check(); err != nil {
		return nil, err
	}
	s.All, s.Stages = true, nil
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		f.Date = orToday(s.Date, tx)
		sums, amounts := map[[3]string]*UnclaimedSum{}, map[[3]string]money.Amount{}
		err := s.look(ctx, tx, c, unclaimed.Cursor{}, func(y *unclaimed.Candidate) error {
			if most > 0 && f.Looked == int64(most) {
				f.More = true
				return errEnough
			}
			f.Looked++
			if !s.wants(y) {
				return nil
			}
			k := [3]string{string(y.Stage), y.Place.Jurisdiction, y.Currency}
			if sums[k] == nil {
				sums[k] = &UnclaimedSum{Stage: y.Stage, Jurisdiction: y.Place.Jurisdiction, Currency: y.Currency}
			}
			x := sums[k]
			x.Items++
			if y.Late {
				x.Late++
			}
			if y.Report != 0 && (x.First == 0 || y.Report < x.First) {
				x.First = y.Report
			}
			amounts[k] += y.Amount
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		order := unclaimed.Stages()
		for _, k := range slices.SortedFunc(maps.Keys(sums), func(a, b [3]string) int {
			return cmp.Or(slices.Index(order, unclaimed.Stage(a[0]))-slices.Index(order, unclaimed.Stage(b[0])), cmp.Compare(a[1], b[1]), cmp.Compare(a[2], b[2]))
		}) {
			x := sums[k]
			x.Amount = amountOf(x.Currency, amounts[k])
			f.Sums = append(f.Sums, *x)
		}
		f.Owed, err = liabilities(ctx, tx, c)
		return err
	})
	return f, err
}

// AgedCredits gives a part of the open credits of customers (or of one), in the order of customers, with their age and clocks on a day
// (blank: today).
func (a *App) AgedCredits(ctx context.Context, call Call, owner string, on civil.Date, p Page) (Part[AgedCredit], error) {
	const list = "aged credits"
	part := Part[AgedCredit]{Items: []AgedCredit{}}
	var after unclaimed.Cursor
	limit, err := p.open(list, &after)
	if err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		id, err := ownerByCode(ctx, tx, owner)
		if err != nil {
			return err
		}
		last := after
		_, err = unclaimed.Age(ctx, tx, c, unclaimed.Selection{On: orToday(on, tx), Owner: id, After: after}, func(x *unclaimed.Aged) error {
			if len(part.Items) == limit {
				part.Next = next(list, last)
				return errEnough
			}
			last = x.Cursor()
			part.Items = append(part.Items, viewAged(x))
			return nil
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	})
	return part, err
}

// keptPart gives a part of a list of what was made, the newest first: get gives those before an id, and where it goes on.
func keptPart[T, V any](ctx context.Context, a *App, call Call, list string, p Page, get func(ctx context.Context, tx *db.Tx, before int64, limit int) ([]T, int64, error), view func(*T) V) (Part[V], error) {
	var before struct {
		ID int64 `json:"i"`
	}
	part := Part[V]{Items: []V{}}
	limit, err := p.open(list, &before)
	if err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, at, err := get(ctx, tx, before.ID, limit)
		for i := range all {
			part.Items = append(part.Items, view(&all[i]))
		}
		if before.ID = at; at != 0 {
			part.Next = next(list, before)
		}
		return err
	})
	return part, err
}

// UnclaimedLetters gives the batches of letters, the newest first.
func (a *App) UnclaimedLetters(ctx context.Context, call Call, p Page) (Part[UnclaimedLetters], error) {
	return keptPart(ctx, a, call, "unclaimed letters", p, unclaimed.ListLetters, viewLetters)
}

// UnclaimedReports gives the reports, the newest first.
func (a *App) UnclaimedReports(ctx context.Context, call Call, p Page) (Part[UnclaimedReport], error) {
	return keptPart(ctx, a, call, "unclaimed reports", p, unclaimed.Reports, viewReport)
}

// UnclaimedRemittances gives what was paid to jurisdictions, the newest first.
func (a *App) UnclaimedRemittances(ctx context.Context, call Call, p Page) (Part[UnclaimedRemittance], error) {
	return keptPart(ctx, a, call, "unclaimed remittances", p, unclaimed.Remittances, viewUnclaimedRemittance)
}

// UnclaimedRemittance gives what was paid to a jurisdiction at once.
func (a *App) UnclaimedRemittance(ctx context.Context, call Call, code string) (v *UnclaimedRemittance, err error) {
	if err := plain("remittance", code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		r, err := unclaimed.FindRemittance(ctx, tx, code)
		if err == nil {
			v = new(viewUnclaimedRemittance(r))
		}
		return err
	})
	return v, err
}
