package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"quittance/internal/db"
	"quittance/internal/fault"
)

const (
	tokenPrefix   = "qtk_" // so that scanners find tokens that went astray
	tokenBytes    = 32
	tokenLongest  = 366 * 24 * time.Hour // that a token may be valid
	tokenNameMost = 80                   // characters
)

// Token is what is known of an API token; the token itself is shown once, when it is made.
type Token struct {
	ID      int64        `json:"id"`
	User    string       `json:"user"`
	Name    string       `json:"name"`
	Scopes  []Permission `json:"scopes"`  // nil: all that its user may
	Company string       `json:"company"` // blank: wherever its user may
	Created time.Time    `json:"created"`
	Expires time.Time    `json:"expires"`
	Revoked *time.Time   `json:"revoked,omitempty"`
}

// NewSecret gives a secret of 256 random bits as text behind the prefix, and its digest.
func NewSecret(prefix string) (text string, digest []byte) {
	b := make([]byte, tokenBytes)
	_, _ = rand.Read(b) // never fails
	text = prefix + base64.RawURLEncoding.EncodeToString(b)
	return text, Digest(text)
}

// Digest gives the SHA-256 of a secret. A secret of 256 random bits needs no slower one.
func Digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// CreateToken makes a token of the user, which ends after the given time, and gives it.
func CreateToken(ctx context.Context, tx *db.Tx, u *User, t *Token, life time.Duration) (text string, err error) {
	switch {
	case t.Name == "" || len([]rune(t.Name)) > tokenNameMost:
		return "", fault.New(fault.Invalid, "the token needs a name of at most %d characters, such as the program that will use it", tokenNameMost).In("name")
	case life <= 0 || life > tokenLongest:
		return "", fault.New(fault.Invalid, "a token is valid for some days, at most %d", int(tokenLongest.Hours()/24)).In("days")
	}
	if t.Scopes != nil && len(t.Scopes) == 0 {
		return "", fault.New(fault.Invalid, "a token without any permission is of no use; name some, or none at all to mean all that its user may").In("scopes")
	}
	for _, p := range t.Scopes {
		if !slices.Contains(Permissions(), p) {
			return "", fault.New(fault.Invalid, "there is no permission %q; expected some of %s", p, joined(Permissions())).In("scopes")
		}
	}
	text, digest := NewSecret(tokenPrefix)
	if t.ID, err = tx.NewID(ctx); err != nil {
		return "", err
	}
	t.User, t.Created, t.Expires = u.Name, tx.Now, tx.Now.Add(life)
	_, err = tx.Exec(ctx, "insert into api_token (id, app_user, user_version, name, hash, scopes, company, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		t.ID, u.ID, u.Version, t.Name, digest, joined(t.Scopes), t.Company, t.Created.UnixMicro(), t.Expires.UnixMicro())
	return text, err
}

func joined(all []Permission) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = string(p)
	}
	return strings.Join(texts, ",")
}

// Tokens gives the tokens of a user, or of all users when the name is blank, the newest first.
func Tokens(ctx context.Context, tx *db.Tx, user string) ([]Token, error) {
	return db.List(ctx, tx, func(r *db.Rows, t *Token) error {
		var scopes string
		var created, expires, revoked int64
		if err := r.Scan(&t.ID, &t.User, &t.Name, &scopes, &t.Company, &created, &expires, &revoked); err != nil {
			return err
		}
		t.Scopes, t.Created, t.Expires = permissionsOf(scopes), time.UnixMicro(created).UTC(), time.UnixMicro(expires).UTC()
		if revoked != 0 {
			at := time.UnixMicro(revoked).UTC()
			t.Revoked = &at
		}
		return nil
	}, "select t.id, u.name, t.name, t.scopes, t.company, t.created_at, t.expires_at, coalesce(t.revoked_at, 0) from api_token t join app_user u on u.id = t.app_user where $1 = '' or u.name = $1 order by t.id desc", user)
}

func permissionsOf(text string) []Permission {
	if text == "" {
		return nil
	}
	var all []Permission
	for p := range strings.SplitSeq(text, ",") {
		all = append(all, Permission(p))
	}
	return all
}

// Revoke ends a token at once; one that is no token of the user (any user, when the name is blank) is [fault.NotFound].
func Revoke(ctx context.Context, tx *db.Tx, user string, id int64) error {
	n, err := tx.Exec(ctx, "update api_token set revoked_at = $1 where id = $2 and revoked_at is null and app_user in (select id from app_user where $3 = '' or name = $3)", tx.Micros(), id, user)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "there is no token %d that could be revoked", id)
	}
	return err
}

// Bearer gives who acts by a token; one that is unknown, revoked or over, or whose user is shut out, is [fault.Unauthenticated].
func Bearer(ctx context.Context, tx *db.Tx, text string) (Actor, error) {
	var u User
	var scopes, company string
	err := tx.Row(ctx, `select u.id, u.name, t.scopes, t.company from api_token t join app_user u on u.id = t.app_user
		where t.hash = $1 and t.revoked_at is null and t.expires_at > $2 and u.disabled = $3 and u.version = t.user_version`, Digest(text), tx.Micros(), false).Scan(&u.ID, &u.Name, &scopes, &company)
	if errors.Is(err, db.ErrNoRows) {
		return Actor{}, fault.New(fault.Unauthenticated, "the token is not valid: it is unknown, revoked or over, or its user may no longer sign in; make another one").ByRule("bad_token")
	}
	if err != nil {
		return Actor{}, err
	}
	if err := u.readGrants(ctx, tx); err != nil {
		return Actor{}, err
	}
	a := u.Actor()
	a.Scopes, a.Only, a.Token = permissionsOf(scopes), company, true
	return a, nil
}
