package request

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/secret"
)

// What happened to a request about its links.
const (
	WasLinked   = "link_made"
	WasUnlinked = "links_revoked"
)

// Link leads a customer without an account to the status page of a request. It is signed, and nothing keeps it.
type Link struct {
	Company, Request int64
	Revoked          int64     // how often the links of the request had been revoked when it was made: once more, and it is void
	Until            time.Time // of whole seconds
}

const (
	linkVersion = 1
	linkMAC     = 32  // bytes
	linkMost    = 200 // letters
	mostLinked  = 365 // days
)

// Token writes the link, signed. Source of the form: one byte of version, then company, request, revocations and Unix seconds as
// variable-length integers, then HMAC-SHA256 of all that, in base64url.
func (l Link) Token(keys *secret.Keyring) (string, error) {
	data := []byte{linkVersion}
	for _, n := range []int64{l.Company, l.Request, l.Revoked, l.Until.Unix()} {
		data = binary.AppendVarint(data, n)
	}
	mac, err := keys.SignLink(data)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(data, mac...)), nil
}

// ReadLink reads a link, and says whether it is signed as it must be and not over.
func ReadLink(keys *secret.Keyring, token string, now time.Time) (l Link, good bool) {
	if len(token) > linkMost {
		return l, false
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(text) <= 1+linkMAC || text[0] != linkVersion {
		return l, false
	}
	data, mac := text[:len(text)-linkMAC], text[len(text)-linkMAC:]
	if !keys.CheckLink(data, mac) {
		return l, false
	}
	var until int64
	rest := data[1:]
	for _, to := range []*int64{&l.Company, &l.Request, &l.Revoked, &until} {
		n, size := binary.Varint(rest)
		if size <= 0 {
			return l, false
		}
		*to, rest = n, rest[size:]
	}
	l.Until = time.Unix(until, 0).UTC()
	return l, len(rest) == 0 && now.Before(l.Until)
}

// Link makes a link that is valid for days, and notes who did. A draft has none: its customer asked for nothing yet.
func (x *Request) Link(ctx context.Context, tx *db.Tx, days int) (l Link, err error) {
	switch {
	case x.State == Draft:
		return l, refused("request_state", "the request %s is a draft; hand it in before its customer is told of it", x.Code)
	case days < 1 || days > mostLinked:
		return l, refused("link_days", "a link is valid for 1 to %d days, not %d", mostLinked, days).In("days")
	}
	l = Link{Company: tx.Company, Request: x.ID, Until: tx.Now.AddDate(0, 0, days).Truncate(time.Second)}
	if l.Revoked, err = revocations(ctx, tx, x.ID); err != nil {
		return l, err
	}
	return l, x.tell(ctx, tx, WasLinked, x.State, "until "+l.Until.Format(time.DateOnly))
}

// Unlink makes all links of the request void.
func (x *Request) Unlink(ctx context.Context, tx *db.Tx, why string) error {
	if err := reasoned(why, "revoking links"); err != nil {
		return err
	}
	return x.tell(ctx, tx, WasUnlinked, x.State, why)
}

func revocations(ctx context.Context, tx *db.Tx, request int64) (n int64, err error) {
	err = tx.Row(ctx, "select count(*) from request_event where company = $1 and request = $2 and what = 'links_revoked'", tx.Company, request).Scan(&n)
	return n, err
}

// Follow gives the request of a link that was read; false when it was revoked, or leads nowhere. The unit is that of its company.
func (l Link) Follow(ctx context.Context, tx *db.Tx) (*Request, bool, error) {
	x, err := ByID(ctx, tx, l.Request)
	if errors.Is(err, db.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	n, err := revocations(ctx, tx, x.ID)
	return x, n == l.Revoked, err
}

// Stage is where a refund is, for its customer.
type Stage string

// The stages, in the order of a refund that goes well; the last two are beside it.
const (
	Received    Stage = "received"
	Checking    Stage = "checking"
	Granted     Stage = "granted"
	Preparing   Stage = "preparing" // the payment
	Sent        Stage = "sent"
	PaidOut     Stage = "paid_out" // it is on the bank's statement
	CameBack    Stage = "came_back"
	EndedUnpaid Stage = "ended"
)

// StageOf says where a refund in the state is; what goes on inside the house is not told.
func StageOf(s State) Stage {
	switch s {
	case Draft, Submitted:
		return Received
	case InReview, MoreInformation, OnHold:
		return Checking
	case Approved:
		return Granted
	case Posted, InPayment:
		return Preparing
	case Paid:
		return Sent
	case Cleared:
		return PaidOut
	case Returned:
		return CameBack
	}
	return EndedUnpaid
}

// Reached gives the days on which a request first came to each stage, since it last began anew.
func (x *Request) Reached(ctx context.Context, tx *db.Tx) (map[Stage]civil.Date, error) {
	events, err := Events(ctx, tx, x.ID)
	days := map[Stage]civil.Date{}
	for _, e := range events {
		if e.What != WasChanged {
			continue
		}
		s := StageOf(e.To)
		if e.To == Submitted && e.From != Draft { // a change in the house: it was received before
			delete(days, Granted)
			continue
		}
		if _, known := days[s]; !known || s != Received {
			days[s] = civil.FromTime(instant(e.At))
		}
	}
	return days, err
}

// PaidBy gives the kind of the newest payment of a request, such as check; blank when there is none.
func (x *Request) PaidBy(ctx context.Context, tx *db.Tx) (kind string, err error) {
	err = tx.Row(ctx, `select m.kind from request_reimbursement k join vendor_payment_item i on i.company = k.company and i.voucher = k.voucher join vendor_payment p on p.company = i.company and p.id = i.payment
		join payment_method m on m.company = p.company and m.code = p.method where k.company = $1 and k.request = $2 and p.status in ('posted', 'cleared') order by p.id desc limit 1`, tx.Company, x.ID).Scan(&kind)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return kind, err
}
