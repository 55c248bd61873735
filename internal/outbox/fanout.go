package outbox

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"quittance/internal/db"
	"quittance/internal/identity"
)

const (
	mailLane   = "mail"
	digestHour = 6 // UTC, of the day's digests
)

// delivered are the columns of a new delivery.
var delivered = []string{"company", "id", "lane", "channel", "webhook", "app_user", "kind", "event", "seq", "state", "why", "attempts", "tries", "replays", "next_at", "made_at", "ended_at"}

// addDelivery adds a delivery to a batch over [delivered], to a webhook or to a user. event is nil for a message of its own.
func addDelivery(b *db.Batch, tx *db.Tx, w *Webhook, user string, kind Kind, event *Event, seq int64) (id string, err error) {
	u, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	b.Int(tx.Company).Text(u.String())
	if w != nil {
		b.Text(w.lane()).Text("webhook").Int(w.ID).Text("")
	} else {
		b.Text(mailLane).Text("mail").Null().Text(user)
	}
	b.Text(string(kind))
	if event != nil {
		b.Text(event.ID).Int(event.Seq)
	} else {
		b.Text("").Int(seq)
	}
	b.Text("waiting").Text("").Int(0).Int(0).Int(0).Int(tx.Micros()).Int(tx.Micros()).Int(0)
	return u.String(), nil
}

func addLane(ctx context.Context, tx *db.Tx, lane string) error {
	_, err := tx.Exec(ctx, "insert into delivery_lane (company, lane, worker, leased_until, not_before, failures) values ($1, $2, '', 0, 0, 0) on conflict do nothing", tx.Company, lane)
	return err
}

// fanOut makes the deliveries of events that got their places.
func fanOut(ctx context.Context, tx *db.Tx, events []Event) error {
	hooks, err := Webhooks(ctx, tx)
	if err != nil {
		return err
	}
	hooks = slices.DeleteFunc(hooks, func(w Webhook) bool { return !w.Enabled })
	readers, err := readersOf(ctx, tx, events)
	if err != nil {
		return err
	}
	deliveries := tx.Batch("delivery", delivered...)
	digests := tx.Batch("digest_item", "company", "app_user", "event", "due_at", "delivery")
	mails := 0
	for i := range events {
		e := &events[i]
		for j := range hooks {
			if !fitsAny(hooks[j].Kinds, e.Kind) {
				continue
			}
			if _, err := addDelivery(deliveries, tx, &hooks[j], "", e.Kind, e, 0); err != nil {
				return err
			}
		}
		for _, r := range readers {
			if r.name == e.Actor {
				continue // who did it knows
			}
			switch how(r.wants, e, slices.Contains(e.Concerns, r.name)) {
			case ByMail:
				mails++
				if _, err := addDelivery(deliveries, tx, nil, r.name, e.Kind, e, 0); err != nil {
					return err
				}
			case ByDigest:
				digests.Int(tx.Company).Text(r.name).Text(e.ID).Int(nextDigest(tx.Now).UnixMicro()).Text("")
			}
		}
	}
	if mails > 0 {
		if err := addLane(ctx, tx, mailLane); err != nil {
			return err
		}
	}
	if err := deliveries.Flush(ctx); err != nil {
		return err
	}
	return digests.Flush(ctx)
}

// nextDigest gives when the next digests are made.
func nextDigest(now time.Time) time.Time {
	now = now.UTC()
	at := time.Date(now.Year(), now.Month(), now.Day(), digestHour, 0, 0, 0, time.UTC)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// reader is a user who may get mails of a company.
type reader struct {
	name  string
	wants []Subscription
}

// readersOf gives the users whom some of the events may be meant for.
func readersOf(ctx context.Context, tx *db.Tx, events []Event) ([]reader, error) {
	all, err := Subscriptions(ctx, tx, "")
	if err != nil {
		return nil, err
	}
	of := map[string][]Subscription{}
	for _, s := range all {
		of[s.User] = append(of[s.User], s)
	}
	for i := range events {
		for _, name := range events[i].Concerns {
			if _, some := of[name]; !some {
				of[name] = nil
			}
		}
	}
	if len(of) == 0 {
		return nil, nil
	}
	var code string
	if err := tx.Row(ctx, "select code from company where id = $1", tx.Company).Scan(&code); err != nil {
		return nil, err
	}
	users, err := identity.Users(ctx, tx)
	if err != nil {
		return nil, err
	}
	var readers []reader
	for i := range users {
		if wants, some := of[users[i].Name]; some && reads(&users[i], code) {
			readers = append(readers, reader{users[i].Name, wants})
		}
	}
	return readers, nil
}

// reads says whether a user may get mails of the company with the code.
func reads(u *identity.User, code string) bool {
	return !u.Disabled && u.Email != "" && u.Actor().AllowIn(code, identity.Read) == nil
}

// MakeDigests makes a mail of what waits for each user's digest and is due, and says how many mails they are.
func MakeDigests(ctx context.Context, tx *db.Tx) (n int, err error) {
	names, err := db.List(ctx, tx, func(r *db.Rows, name *string) error { return r.Scan(name) },
		"select distinct app_user from digest_item where company = $1 and delivery = '' and due_at <= $2 order by app_user", tx.Company, tx.Micros())
	if err != nil || len(names) == 0 {
		return 0, err
	}
	if err := addLane(ctx, tx, mailLane); err != nil {
		return 0, err
	}
	seq, err := lastSeq(ctx, tx)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		b := tx.Batch("delivery", delivered...)
		id, err := addDelivery(b, tx, nil, name, Digest, nil, seq)
		if err != nil {
			return 0, err
		}
		taken, err := tx.Exec(ctx, "update digest_item set delivery = $1 where company = $2 and app_user = $3 and delivery = ''", id, tx.Company, name)
		if err != nil {
			return 0, err
		}
		if taken == 0 { // another worker was first
			continue
		}
		if err := b.Flush(ctx); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

func lastSeq(ctx context.Context, tx *db.Tx) (seq int64, err error) {
	err = tx.Row(ctx, "select coalesce(max(seq), 0) from event_feed where company = $1", tx.Company).Scan(&seq)
	return seq, err
}
