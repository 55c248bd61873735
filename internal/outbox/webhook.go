package outbox

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"time"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/secret"
)

// Webhook is an address that is told of events.
type Webhook struct {
	ID       int64
	URL      string
	Note     string
	Kinds    []string // patterns; none: all kinds
	Enabled  bool
	Why      string // the program disabled it; blank: it did not
	MadeBy   string
	MadeAt   time.Time
	OldUntil time.Time // the secret of before the last rotation signs too, until then; zero: there is none
	Removed  bool
	current  sealed
	old      sealed
}

// sealed is a secret as it is stored.
type sealed struct {
	keyID string
	box   []byte
}

const (
	secretPrefix = "whsec_" // of Standard Webhooks
	secretBytes  = 32
	mostURL      = 2000
	mostWebhooks = 50 // of a company
)

// NewWebhookSecret gives a new secret, as it is shown once.
func NewWebhookSecret() string {
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw)
	return secretPrefix + base64.StdEncoding.EncodeToString(raw)
}

// secretOf reads a secret.
func secretOf(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, secretPrefix))
	if err != nil || len(raw) < 16 {
		return nil, fault.New(fault.Invalid, "that is no secret of a webhook; expected whsec_ and base64")
	}
	return raw, nil
}

func (w *Webhook) context(company int64) string { return fmt.Sprintf("webhook:%d:%d", company, w.ID) }

// seal makes a secret the current one.
func (w *Webhook) seal(tx *db.Tx, keys *secret.Keyring, text string) error {
	id, box, err := keys.Seal([]byte(text), w.context(tx.Company))
	w.current = sealed{id, box}
	return err
}

// Secrets gives the secrets that sign at a moment, the current one first.
func (w *Webhook) Secrets(company int64, keys *secret.Keyring, at time.Time) (all []string, err error) {
	for i, s := range []sealed{w.current, w.old} {
		if i > 0 && (s.keyID == "" || !at.Before(w.OldUntil)) {
			continue
		}
		text, err := keys.Open(s.keyID, s.box, w.context(company))
		if err != nil {
			return nil, err
		}
		all = append(all, string(text))
	}
	return all, nil
}

// CheckURL refuses with [fault.Invalid] what is no address of a webhook. local says that a host is inside the network, where http will do;
// whether it may be called at all is found out when it is.
func CheckURL(text string, local func(host string) bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || len(text) > mostURL || strings.ContainsAny(text, " \t\r\n"):
		return fault.New(fault.Invalid, "%q is no address of a webhook; expected https://host/path of at most %d characters", text, mostURL).In("url")
	case u.User != nil || u.Fragment != "":
		return fault.New(fault.Invalid, "the address of a webhook has no user, password or #fragment; what proves who sends is the signature").In("url")
	case u.Scheme != "https" && (u.Scheme != "http" || !local(u.Hostname())):
		return fault.New(fault.Invalid, "the address of a webhook begins with https://; http:// only for an address of the machine or of your network").In("url")
	}
	return nil
}

// AddWebhook stores a webhook, enabled, and gives its secret. It is told of nothing that happened before, unless that is replayed.
func AddWebhook(ctx context.Context, tx *db.Tx, keys *secret.Keyring, w *Webhook) (text string, err error) {
	if err := CheckKinds(w.Kinds); err != nil {
		return "", err
	}
	var n int64
	if err := tx.Row(ctx, "select count(*) from webhook where company = $1 and removed_at = 0", tx.Company).Scan(&n); err != nil {
		return "", err
	}
	if n >= mostWebhooks {
		return "", fault.New(fault.Limited, "the company has %d webhooks already; remove one first", n).ByRule("too_many_webhooks")
	}
	if err := catchUp(ctx, tx); err != nil {
		return "", err
	}
	if w.ID, err = tx.NewID(ctx); err != nil {
		return "", err
	}
	text = NewWebhookSecret()
	if err := w.seal(tx, keys, text); err != nil {
		return "", err
	}
	w.Enabled, w.MadeBy, w.MadeAt = true, tx.Actor, tx.Now
	_, err = tx.Exec(ctx, `insert into webhook (company, id, url, note, kinds, enabled, why, key_id, sealed, old_key_id, old_sealed, old_until, made_by, made_at, removed_at)
		values ($1, $2, $3, $4, $5, 1, '', $6, $7, '', $8, 0, $9, $10, 0)`,
		tx.Company, w.ID, w.URL, w.Note, list(w.Kinds), w.current.keyID, w.current.box, []byte{}, w.MadeBy, tx.Micros())
	if err != nil {
		return "", err
	}
	return text, addLane(ctx, tx, w.lane())
}

func (w *Webhook) lane() string { return fmt.Sprintf("webhook:%d", w.ID) }

// SaveWebhook changes address, note, kinds, and whether it is enabled. What was disabled is told of nothing that happened meanwhile, unless it
// is replayed.
func SaveWebhook(ctx context.Context, tx *db.Tx, w *Webhook) error {
	if err := CheckKinds(w.Kinds); err != nil {
		return err
	}
	if err := catchUp(ctx, tx); err != nil {
		return err
	}
	enabled := 0
	if w.Enabled {
		enabled, w.Why = 1, ""
	}
	if _, err := tx.Exec(ctx, "update webhook set url = $1, note = $2, kinds = $3, enabled = $4, why = $5 where company = $6 and id = $7", w.URL, w.Note, list(w.Kinds), enabled, w.Why, tx.Company, w.ID); err != nil {
		return err
	}
	return wake(ctx, tx, w.lane())
}

// RotateWebhook gives a webhook a new secret; the one of before signs beside it for the time given.
func RotateWebhook(ctx context.Context, tx *db.Tx, keys *secret.Keyring, w *Webhook, both time.Duration) (text string, err error) {
	w.old, w.OldUntil = w.current, tx.Now.Add(both)
	text = NewWebhookSecret()
	if err := w.seal(tx, keys, text); err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, "update webhook set key_id = $1, sealed = $2, old_key_id = $3, old_sealed = $4, old_until = $5 where company = $6 and id = $7",
		w.current.keyID, w.current.box, w.old.keyID, w.old.box, w.OldUntil.UnixMicro(), tx.Company, w.ID)
	return text, err
}

// RemoveWebhook takes a webhook away; what waits for it is cancelled. Its deliveries stay in the log.
func RemoveWebhook(ctx context.Context, tx *db.Tx, w *Webhook) error {
	if _, err := tx.Exec(ctx, "update webhook set enabled = 0, removed_at = $1 where company = $2 and id = $3", tx.Micros(), tx.Company, w.ID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "update delivery set state = 'cancelled', why = 'the webhook was removed', ended_at = $1 where company = $2 and lane = $3 and state = 'waiting'", tx.Micros(), tx.Company, w.lane())
	return err
}

const selectWebhook = "select id, url, note, kinds, enabled, why, key_id, sealed, old_key_id, old_sealed, old_until, made_by, made_at, removed_at from webhook"

func scanWebhook(r *db.Rows, w *Webhook) error {
	var kinds string
	var enabled, until, made, removed int64
	err := r.Scan(&w.ID, &w.URL, &w.Note, &kinds, &enabled, &w.Why, &w.current.keyID, &w.current.box, &w.old.keyID, &w.old.box, &until, &w.MadeBy, &made, &removed)
	if err != nil {
		return err
	}
	w.Enabled, w.Removed, w.MadeAt = enabled == 1, removed != 0, time.UnixMicro(made).UTC()
	if until != 0 {
		w.OldUntil = time.UnixMicro(until).UTC()
	}
	w.Kinds, err = unlist(kinds)
	return err
}

// Webhooks gives the webhooks of the unit's company that were not removed, by age.
func Webhooks(ctx context.Context, tx *db.Tx) ([]Webhook, error) {
	return db.List(ctx, tx, scanWebhook, selectWebhook+" where company = $1 and removed_at = 0 order by id", tx.Company)
}

// FindWebhook gives a webhook that was not removed.
func FindWebhook(ctx context.Context, tx *db.Tx, id int64) (*Webhook, error) {
	w, err := webhookOf(ctx, tx, id)
	if err == nil && (w == nil || w.Removed) {
		err = fault.New(fault.NotFound, "there is no webhook %d; see: quittance webhooks", id)
	}
	return w, err
}

// webhookOf gives a webhook, removed or not; nil when there was none.
func webhookOf(ctx context.Context, tx *db.Tx, id int64) (*Webhook, error) {
	found, err := db.List(ctx, tx, scanWebhook, selectWebhook+" where company = $1 and id = $2", tx.Company, id)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// RotateKeys seals the secrets of webhooks that another key sealed with the current one, and says how many they were.
func RotateKeys(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (n int, err error) {
	cur := keys.Current()
	all, err := db.List(ctx, tx, scanWebhook, selectWebhook+" where company = $1 and (key_id <> $2 or old_key_id not in ('', $2))", tx.Company, cur)
	if err != nil {
		return 0, err
	}
	for i := range all {
		w := &all[i]
		for _, s := range []*sealed{&w.current, &w.old} {
			if s.keyID == "" || s.keyID == cur {
				continue
			}
			if s.keyID, s.box, err = keys.Reseal(s.keyID, s.box, w.context(tx.Company)); err != nil {
				return 0, err
			}
		}
		if _, err := tx.Exec(ctx, "update webhook set key_id = $1, sealed = $2, old_key_id = $3, old_sealed = $4 where company = $5 and id = $6", w.current.keyID, w.current.box, w.old.keyID, w.old.box, tx.Company, w.ID); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// TryKeys says with which keys the secrets of webhooks are sealed.
func TryKeys(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (secret.Uses, error) {
	all, err := db.List(ctx, tx, scanWebhook, selectWebhook+" where company = $1", tx.Company)
	uses := secret.Uses{}
	for i := range all {
		for _, s := range []sealed{all[i].current, all[i].old} {
			if s.keyID == "" {
				continue
			}
			if uses[s.keyID] == nil {
				uses[s.keyID] = &secret.Use{}
			}
			if uses[s.keyID].Values++; uses[s.keyID].Values <= secret.Tries {
				uses[s.keyID].Try(keys, s.keyID, s.box, all[i].context(tx.Company))
			}
		}
	}
	return uses, err
}
