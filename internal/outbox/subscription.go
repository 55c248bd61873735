package outbox

import (
	"context"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/text"
)

// How is how a user wants to be told.
type How string

// The ways, as stored.
const (
	ByMail   How = "mail"
	ByDigest How = "digest" // once a day, together
	Not      How = "off"
)

// Subscription says how a user wants to be told of a kind of events.
type Subscription struct {
	User     string
	Kind     string // pattern
	How      How
	Everyone bool // also of events that are not meant for the user
}

// Subscribe keeps a subscription, or changes the one of the same user and kind.
func Subscribe(ctx context.Context, tx *db.Tx, s Subscription) error {
	switch s.How {
	case ByMail, ByDigest, Not:
	default:
		return fault.New(fault.Invalid, "%q is no way to be told; expected mail, digest or off", s.How).In("how")
	}
	if err := CheckKinds([]string{s.Kind}); err != nil {
		return err
	}
	u, err := identity.Find(ctx, tx, s.User)
	if err != nil {
		return err
	}
	if u.Email == "" && s.How != Not {
		return fault.New(fault.Refused, "the user %s has no e-mail address", s.User).ByRule("no_address")
	}
	if err := catchUp(ctx, tx); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into subscription (company, app_user, kind, how, everyone) values ($1, $2, $3, $4, $5)
		on conflict (company, app_user, kind) do update set how = excluded.how, everyone = excluded.everyone`, tx.Company, s.User, s.Kind, string(s.How), number(s.Everyone))
	return err
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Unsubscribe takes a subscription away, so that what holds without one holds again: mails of events that are meant for the user.
func Unsubscribe(ctx context.Context, tx *db.Tx, user, kind string) error {
	n, err := tx.Exec(ctx, "delete from subscription where company = $1 and app_user = $2 and kind = $3", tx.Company, user, kind)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "%s has no subscription to %s", user, kind)
	}
	return err
}

// Subscriptions gives the subscriptions of a user, or of all when the name is blank.
func Subscriptions(ctx context.Context, tx *db.Tx, user string) ([]Subscription, error) {
	return db.List(ctx, tx, func(r *db.Rows, s *Subscription) error {
		var everyone int64
		err := r.Scan(&s.User, &s.Kind, &s.How, &everyone)
		s.Everyone = everyone == 1
		return err
	}, "select app_user, kind, how, everyone from subscription where company = $1 and ($2 = '' or app_user = $2) order by app_user, kind", tx.Company, user)
}

// SetLanguage says in which language a user reads mails.
func SetLanguage(ctx context.Context, tx *db.Tx, user, code string) error {
	codes := []string{}
	for _, l := range text.Languages() {
		if l.Code == code {
			n, err := tx.Exec(ctx, "update app_user set language = $1 where name = $2", code, user)
			if err == nil && n == 0 {
				err = fault.New(fault.NotFound, "there is no user %q", user)
			}
			return err
		}
		codes = append(codes, l.Code)
	}
	return fault.New(fault.Invalid, "mails are not written in %q; expected one of %s", code, strings.Join(codes, ", ")).In("language")
}

// Language gives the language of a user's mails.
func Language(ctx context.Context, tx *db.Tx, user string) (code string, err error) {
	err = tx.Row(ctx, "select language from app_user where name = $1", user).Scan(&code)
	return code, err
}

// how gives how a user is told of an event, by the subscriptions of that user: the one that names the kind stands before the one that names its
// noun, and that one before *.
func how(all []Subscription, e *Event, concerned bool) How {
	best, chosen := -1, Subscription{How: ByMail}
	for _, s := range all {
		if weight := strings.Count(s.Kind, ".")*100 + len(s.Kind) - strings.Count(s.Kind, "*"); Fits(s.Kind, e.Kind) && weight > best {
			best, chosen = weight, s
		}
	}
	if !concerned && !chosen.Everyone {
		return Not
	}
	return chosen.How
}
