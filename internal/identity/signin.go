package identity

import (
	"context"
	"errors"
	"time"

	"quittance/internal/db"
	"quittance/internal/fault"
)

const (
	freeTries        = 5                // failures of one user name before it must wait
	freeTriesAddress = 50               // the same for one address, from which many may sign in
	longestWait      = 15 * time.Minute // after any number of failures
	setupLife        = 30 * time.Minute
	setupPrefix      = "setup-"
)

// Wrong is what is said when a sign-in fails, whatever was wrong.
func Wrong() error {
	return fault.New(fault.Unauthenticated, "the user name or the password is wrong").ByRule("wrong_password")
}

// keysOf gives the keys under which attempts are counted. A name that nobody can have counts as one.
func keysOf(name, from string) []string {
	if !userName.MatchString(name) {
		name = "?"
	}
	return []string{"user:" + name, "from:" + from}
}

// Attempt counts an attempt to sign in, before it is known whether it succeeds, and refuses it with [fault.Limited] while its user
// name, or its address, must wait after too many. What is older than the longest wait is forgotten.
func Attempt(ctx context.Context, tx *db.Tx, name, from string) error {
	if _, err := tx.Exec(ctx, "delete from sign_in_failure where last < $1", tx.Now.Add(-longestWait).UnixMicro()); err != nil {
		return err
	}
	for i, key := range keysOf(name, from) {
		free := freeTries
		if i == 1 {
			free = freeTriesAddress
		}
		var failures int
		var until int64
		err := tx.Row(ctx, `insert into sign_in_failure (key, failures, until, last) values ($1, 1, 0, $2)
			on conflict (key) do update set failures = sign_in_failure.failures + 1, last = excluded.last returning failures, until`, key, tx.Micros()).Scan(&failures, &until)
		if err != nil {
			return err
		}
		if wait := time.UnixMicro(until).Sub(tx.Now); wait > 0 {
			return fault.New(fault.Limited, "too many sign-ins failed; try again in %s", wait.Round(time.Second)).ByRule("sign_in_throttled")
		}
		if failures < free {
			continue
		}
		wait := min(time.Second<<min(failures-free, 20), longestWait)
		if _, err := tx.Exec(ctx, "update sign_in_failure set until = $1 where key = $2", tx.Now.Add(wait).UnixMicro(), key); err != nil {
			return err
		}
	}
	return nil
}

// Matches says whether the password is the user's; nil is nobody, which takes as long. It is slow on purpose, so it stands outside of
// units.
func Matches(u *User, password string) (bool, error) {
	if u == nil {
		u = &User{Disabled: true}
	}
	ok, err := matches(password, u.password)
	return ok && !u.Disabled, err
}

// Known gives the user with the name, nil when there is none.
func Known(ctx context.Context, tx *db.Tx, name string) (*User, error) {
	if !userName.MatchString(name) {
		return nil, nil
	}
	u, err := Find(ctx, tx, name)
	if fault.CodeOf(err) == fault.NotFound {
		return nil, nil
	}
	return u, err
}

// Succeeded forgets the attempts of a user name, and this one of the address; the others of the address stay, since anybody could clear
// them with one account of his own.
func Succeeded(ctx context.Context, tx *db.Tx, name, from string) error {
	if _, err := tx.Exec(ctx, "delete from sign_in_failure where key = $1", keysOf(name, from)[0]); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "update sign_in_failure set failures = failures - 1, until = 0 where key = $1", keysOf(name, from)[1])
	return err
}

// SetupCode makes a code by which the first user can be made, once, within half an hour; earlier ones end. When there are users
// already it is blank.
func SetupCode(ctx context.Context, tx *db.Tx) (string, error) {
	if any, err := Any(ctx, tx); err != nil || any {
		return "", err
	}
	if _, err := tx.Exec(ctx, "delete from setup_code"); err != nil {
		return "", err
	}
	text, digest := NewSecret(setupPrefix)
	_, err := tx.Exec(ctx, "insert into setup_code (hash, expires_at) values ($1, $2)", digest, tx.Now.Add(setupLife).UnixMicro())
	return text, err
}

// UseSetupCode takes the code; one that is wrong, over, used, or too late because there are users already, is [fault.Unauthenticated].
func UseSetupCode(ctx context.Context, tx *db.Tx, code string) error {
	bad := fault.New(fault.Unauthenticated, "the set-up code is not valid: it is wrong, older than %d minutes, or used; start the server again for another one", int(setupLife.Minutes())).In("code").ByRule("bad_setup_code")
	if any, err := Any(ctx, tx); err != nil || any {
		return errors.Join(err, bad)
	}
	n, err := tx.Exec(ctx, "delete from setup_code where hash = $1 and expires_at > $2", Digest(code), tx.Micros())
	if err == nil && n == 0 {
		return bad
	}
	return err
}
