package identity

import (
	"context"
	"errors"
	"strconv"
	"time"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// Sessions keeps the sessions of the pages: a store for scs. The token in the cookie is known by its digest only; what a session holds
// is opaque here. It opens its own units, since a session is no business of any company.
type Sessions struct{ DB *db.DB }

func (s Sessions) scope() db.Scope {
	return db.Scope{Actor: "session", Now: time.Now().UTC().Truncate(time.Microsecond)}
}

// FindCtx gives what the session holds, unless it has ended.
func (s Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	scope := s.scope()
	err = s.DB.Read(ctx, scope, func(ctx context.Context, tx *db.Tx) error {
		return tx.Row(ctx, "select data from session where digest = $1 and expires_at > $2", Digest(token), scope.Micros()).Scan(&data)
	})
	if errors.Is(err, db.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitCtx stores what the session holds, until its expiry, and sweeps some that have ended.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.DB.Together(ctx, s.scope(), func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "delete from session where digest in (select digest from session where expires_at <= $1 order by expires_at limit 100)", tx.Micros()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into session (digest, data, expires_at) values ($1, $2, $3)
			on conflict (digest) do update set data = excluded.data, expires_at = excluded.expires_at`, Digest(token), data, expiry.UnixMicro())
		return err
	})
}

// DeleteCtx ends a session.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.DB.Together(ctx, s.scope(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "delete from session where digest = $1", Digest(token))
		return err
	})
}

// Find, Commit and Delete are for the interface of scs, which calls those with a context instead.
func (s Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// Stamp is what a session remembers of its user: when it differs, the session has ended.
func (u *User) Stamp() string {
	return strconv.FormatInt(u.Version, 10) + "." + strconv.FormatInt(u.sessions, 10)
}

// InSession gives the user of a session; one who is shut out, or whose stamp is another one now, is [fault.Unauthenticated].
func InSession(ctx context.Context, tx *db.Tx, name, stamp string) (*User, error) {
	u, err := Known(ctx, tx, name)
	if err == nil && (u == nil || u.Disabled || u.Stamp() != stamp) {
		err = fault.New(fault.Unauthenticated, "the session has ended; sign in again").ByRule("session_ended")
	}
	return u, err
}

// EndSessions ends all sessions of a user; tokens stay.
func EndSessions(ctx context.Context, tx *db.Tx, u *User) error {
	_, err := tx.Exec(ctx, "update app_user set session_version = session_version + 1 where id = $1", u.ID)
	return err
}
