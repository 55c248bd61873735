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

func keysOf(name, from string) []string { return []string{"user:" + name, "from:" + from} }

// MustWait refuses with [fault.Limited] a sign-in while its user name, or its address, must wait after too many failures.
func MustWait(ctx context.Context, tx *db.Tx, name, from string) error {
	var until int64
	keys := keysOf(name, from)
	err := tx.Row(ctx, "select coalesce(max(until), 0) from sign_in_failure where key in ($1, $2)", keys[0], keys[1]).Scan(&until)
	if wait := time.UnixMicro(until).Sub(tx.Now); err == nil && wait > 0 {
		err = fault.New(fault.Limited, "too many sign-ins failed; try again in %s", wait.Round(time.Second)).ByRule("sign_in_throttled")
	}
	return err
}

// Verify gives the user who signs in by name and password; [Wrong] when either is wrong or the user is shut out. It takes as long
// when there is no such user. It is slow on purpose, so it stands outside of writing units.
func Verify(ctx context.Context, tx *db.Tx, name, password string) (*User, error) {
	u, err := Find(ctx, tx, name)
	if fault.CodeOf(err) == fault.NotFound {
		u = &User{Disabled: true}
	} else if err != nil {
		return nil, err
	}
	ok, err := matches(password, u.password)
	switch {
	case err != nil:
		return nil, err
	case !ok || u.Disabled:
		return nil, Wrong()
	}
	return u, nil
}

// Failed notes a failed sign-in.
func Failed(ctx context.Context, tx *db.Tx, name, from string) error {
	for i, key := range keysOf(name, from) {
		free := freeTries
		if i == 1 {
			free = freeTriesAddress
		}
		var failures int
		err := tx.Row(ctx, `insert into sign_in_failure (key, failures, until) values ($1, 1, 0)
			on conflict (key) do update set failures = sign_in_failure.failures + 1 returning failures`, key).Scan(&failures)
		if err != nil {
			return err
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

// Succeeded forgets the failures of a user name. Those of the address stay, since anybody could clear them with one account of his own.
func Succeeded(ctx context.Context, tx *db.Tx, name string) error {
	_, err := tx.Exec(ctx, "delete from sign_in_failure where key = $1", "user:"+name)
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
