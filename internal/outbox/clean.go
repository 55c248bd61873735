package outbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"quittance/internal/db"
)

// Cleaned is what was taken out of the log.
type Cleaned struct {
	Events     int64 `json:"events"`
	Deliveries int64 `json:"deliveries"`
	Attempts   int64 `json:"attempts"`
	Reports    int64 `json:"reports"` // with their files
}

// Any says whether something was.
func (c *Cleaned) Any() bool { return c.Events+c.Deliveries+c.Attempts+c.Reports > 0 }

// mostCleaned is how many events, and how many deliveries of none, are taken out in one go.
const mostCleaned = 200

// An event goes with all its deliveries, or not at all, so that none is ever told anew under another id: it stays while one of them waits, is dead (a
// person is to deal with it), or is younger than the day.
const oldEvents = `select e.id from event e where e.company = $1 and e.id < $2 and e.at < $3 and e.seq is not null
	and not exists (select 1 from delivery d where d.company = e.company and d.event = e.id and (d.state in ('waiting', 'dead') or d.made_at >= $3 or d.ended_at >= $3))
	and not exists (select 1 from digest_item i where i.company = e.company and i.event = e.id and (i.delivery = '' or exists (select 1 from delivery d
		where d.company = i.company and d.id = i.delivery and (d.state in ('waiting', 'dead') or d.made_at >= $3 or d.ended_at >= $3))))`

// oldDeliveries are those of no event: tests, digests and reports.
const oldDeliveries = `select d.id from delivery d where d.company = $1 and d.id < $2 and d.made_at < $3 and d.ended_at < $3 and d.event = '' and d.state in ('delivered', 'cancelled')`

// ids of UUIDv7 are in the order of their time: what is older than a moment has a smaller one. A day is added, since clocks of processes differ.
func idBefore(at time.Time) string {
	ms := at.Add(24 * time.Hour).UnixMilli()
	return fmt.Sprintf("%08x-%04x-", ms>>16, ms&0xffff)
}

// Old says whether something of the unit's company may be taken out of the log that is older than a moment.
func Old(ctx context.Context, tx *db.Tx, before time.Time) (some bool, err error) {
	err = tx.Row(ctx, "select exists ("+oldEvents+") or exists ("+oldDeliveries+")", tx.Company, idBefore(before), before.UnixMicro()).Scan(&some)
	return some, err
}

// Clean takes the oldest of what is older than a moment out of the log, and of what needs nobody any more: it was delivered, or there was nobody to
// deliver it to. What waits and what is dead stays.
func Clean(ctx context.Context, tx *db.Tx, before time.Time) (c Cleaned, err error) {
	events, err := listed(ctx, tx, oldEvents+fmt.Sprintf(" order by e.id limit %d", mostCleaned), before)
	if err != nil {
		return c, err
	}
	others, err := listed(ctx, tx, oldDeliveries+fmt.Sprintf(" order by d.id limit %d", mostCleaned), before)
	if err != nil {
		return c, err
	}
	// The states are looked at again, since somebody may replay meanwhile.
	for _, x := range []struct {
		n    *int64
		ids  []string
		from string
	}{
		{&c.Attempts, events, "delivery_attempt where company = $1 and delivery in (select id from delivery where company = $1 and event in (%s))"},
		{&c.Deliveries, events, "delivery where company = $1 and event in (%s) and state in ('delivered', 'cancelled')"},
		{nil, events, "digest_item where company = $1 and event in (%s)"},
		{&c.Events, events, "event where company = $1 and id in (%s) and not exists (select 1 from delivery d where d.company = event.company and d.event = event.id)"},
		{&c.Attempts, others, "delivery_attempt where company = $1 and delivery in (%s)"},
		{nil, others, "digest_item where company = $1 and delivery in (%s)"},
		{&c.Deliveries, others, "delivery where company = $1 and id in (%s) and state in ('delivered', 'cancelled')"},
	} {
		n, err := deleted(ctx, tx, x.from, x.ids)
		if err != nil {
			return c, err
		}
		if x.n != nil {
			*x.n += n
		}
	}
	c.Reports, err = tx.Exec(ctx, "delete from report_mail where company = $1 and made_at < $2 and not exists (select 1 from delivery d where d.company = report_mail.company and d.report = report_mail.id and d.report <> '')", tx.Company, before.UnixMicro())
	return c, err
}

func listed(ctx context.Context, tx *db.Tx, query string, before time.Time) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, id *string) error { return r.Scan(id) }, query, tx.Company, idBefore(before), before.UnixMicro())
}

// deleted deletes the rows that name one of the ids.
func deleted(ctx context.Context, tx *db.Tx, from string, ids []string) (int64, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	args, places := []any{tx.Company}, make([]string, len(ids))
	for i, id := range ids {
		args, places[i] = append(args, id), fmt.Sprintf("$%d", i+2)
	}
	return tx.Exec(ctx, "delete from "+fmt.Sprintf(from, strings.Join(places, ", ")), args...)
}
