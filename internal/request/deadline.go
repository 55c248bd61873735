package request

import (
	"context"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/outbox"
)

// The clocks of a request that others are told of, as they are told.
const (
	ByLaw     = "refund_by"  // of the customer's jurisdiction
	ByService = "service_by" // the company's own service level
)

// Passed is the threshold of a deadline that has passed.
const Passed = -1

// Deadline is a clock of a request that comes due within the days of notice, or has passed.
type Deadline struct {
	request   *Request
	clock     string
	due       civil.Date
	threshold int // days of notice, or [Passed]
}

const untold = ` and r.due <= $2 and r.id > $3 and r.state in ('submitted', 'in_review', 'more_information', 'on_hold', 'approved', 'posted', 'in_payment', 'returned')
	and (select count(*) from deadline_told t where t.company = r.company and t.subject = r.code and t.threshold = -1 and t.clock in ('refund_by', 'service_by')) < 2`

// Deadlines gives the deadlines of requests that are not paid, of which nobody was told at their threshold, at most so many. A clock that comes due
// within the days of notice is near; notice of 0 days tells only of what has passed. The days are those of the company's books (UTC).
func Deadlines(ctx context.Context, tx *db.Tx, c *ledger.Company, notice, limit int) (all []Deadline, err error) {
	const window = 200
	today := tx.Today()
	for last := int64(0); len(all) < limit; {
		ids, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, "select r.id from request r where r.company = $1"+untold+" order by r.id limit $4", tx.Company, today.AddDays(notice), last, window)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			x, err := ByID(ctx, tx, id)
			if err != nil {
				return nil, err
			}
			clocks, err := x.clocks(ctx, tx, c, today)
			if err != nil {
				return nil, err
			}
			for _, d := range x.near(clocks, today, notice) {
				there, err := d.there(ctx, tx)
				if err != nil {
					return nil, err
				}
				if !there {
					all = append(all, d)
				}
			}
			last = id
		}
		if len(ids) < window {
			break
		}
	}
	return all[:min(len(all), limit)], nil
}

// clocks gives the days by which a request is to be paid. While its credits are open they are reckoned anew; afterwards what was kept holds.
func (x *Request) clocks(ctx context.Context, tx *db.Tx, c *ledger.Company, today civil.Date) (map[string]civil.Date, error) {
	if x.State.Marks() {
		t, err := x.Clock(ctx, tx, c, today)
		return map[string]civil.Date{ByLaw: t.RefundBy, ByService: t.ServiceBy}, err
	}
	days := ServiceDays(c)
	if days > 0 && x.Due == civil.FromTime(instant(x.SubmittedAt)).AddDays(days) {
		return map[string]civil.Date{ByService: x.Due}, nil
	}
	return map[string]civil.Date{ByLaw: x.Due}, nil
}

// near gives the clocks that are due within the notice or have passed, each at its threshold.
func (x *Request) near(clocks map[string]civil.Date, today civil.Date, notice int) (all []Deadline) {
	for _, clock := range []string{ByLaw, ByService} {
		due := clocks[clock]
		switch {
		case due.IsZero():
		case due < today:
			all = append(all, Deadline{x, clock, due, Passed})
		case notice > 0 && due.Sub(today) <= notice:
			all = append(all, Deadline{x, clock, due, notice})
		}
	}
	return slices.Clip(all)
}

func (d *Deadline) there(ctx context.Context, tx *db.Tx) (told bool, err error) {
	err = tx.Row(ctx, "select exists (select 1 from deadline_told where company = $1 and clock = $2 and subject = $3 and due = $4 and threshold = $5)", tx.Company, d.clock, d.request.Code, d.due.String(), d.threshold).Scan(&told)
	return told, err
}

// deadlineTold is what the outbox tells of a deadline.
type deadlineTold struct {
	Clock    string     `json:"clock"`
	Due      civil.Date `json:"due"`
	Days     int        `json:"days"` // until it, or since it
	Customer string     `json:"customer"`
	Amount   string     `json:"amount"`
	Currency string     `json:"currency"`
	State    State      `json:"state"`
}

// Tell tells of a deadline those who made and submitted the request, once for each threshold; false says that somebody else did.
func (d *Deadline) Tell(ctx context.Context, tx *db.Tx) (bool, error) {
	x := d.request
	n, err := tx.Exec(ctx, "insert into deadline_told (company, clock, subject, due, threshold) values ($1, $2, $3, $4, $5) on conflict do nothing", tx.Company, d.clock, x.Code, d.due.String(), d.threshold)
	if err != nil || n == 0 {
		return false, err
	}
	cur, err := money.CurrencyOf(x.Currency)
	if err != nil {
		return false, err
	}
	kind, days := outbox.DeadlineNear, d.due.Sub(tx.Today())
	if d.threshold == Passed {
		kind, days = outbox.DeadlinePassed, -days
	}
	who := []string{x.CreatedBy}
	if x.SubmittedBy != "" {
		who = append(who, x.SubmittedBy)
	}
	return true, outbox.Add(tx, kind, x.Code, deadlineTold{d.clock, d.due, days, x.CustomerCode, cur.Format(x.Amount), x.Currency, x.State}, who...)
}
