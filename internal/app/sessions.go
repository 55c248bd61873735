package app

import (
	"context"
	"time"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
)

// Sessions gives the store of the sessions of the pages.
func (a *App) Sessions() identity.Sessions { return identity.Sessions{DB: a.db} }

// Now is the instant of the program's clock.
func (a *App) Now() time.Time { return a.now() }

// InSession gives the user who signed in earlier, as the user is now. The session has ended ([fault.Unauthenticated]) when the user was
// shut out, got another password, or ended all sessions since.
func (a *App) InSession(ctx context.Context, name, stamp string) (u *identity.User, err error) {
	err = a.db.Read(ctx, a.scope(Call{}), func(ctx context.Context, tx *db.Tx) error {
		u, err = identity.InSession(ctx, tx, name, stamp)
		return err
	})
	return u, plainer(err)
}

// HasUsers says whether there is a user yet; without one nobody can sign in, and the first is made by a code.
func (a *App) HasUsers(ctx context.Context) (any bool, err error) {
	err = a.db.Read(ctx, a.scope(Call{}), func(ctx context.Context, tx *db.Tx) error {
		any, err = identity.Any(ctx, tx)
		return err
	})
	return any, plainer(err)
}

// mine is a command on the actor's own account, which needs no permission, but no token may give it.
func mine(call Call, name string) (command, error) {
	if call.Actor.Token {
		return command{}, fault.New(fault.Denied, "%s acts by a token, which neither signs out nor changes a password; sign in by password", call.Actor.Name).ByRule("by_token")
	}
	return command{name: name, noCompany: true, open: true}, nil
}

// SignOut records that the actor ends a session, or, everywhere, all sessions.
func (a *App) SignOut(ctx context.Context, call Call, everywhere bool) error {
	call.Key = ""
	cmd, err := mine(call, "sign_out")
	if err != nil {
		return err
	}
	_, err = do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if !everywhere {
			return call.Actor.Name, nil, true, nil
		}
		u, err := identity.Find(ctx, tx, call.Actor.Name)
		if err != nil {
			return "", nil, false, err
		}
		return call.Actor.Name, map[string]any{"everywhere": true}, true, identity.EndSessions(ctx, tx, u)
	})
	return err
}

// ChangePassword gives the actor another password; the old one must be told, and counts as an attempt to sign in. Other sessions and all
// tokens of the actor end; the user as it is now is given, for the session that goes on.
func (a *App) ChangePassword(ctx context.Context, call Call, old, password, from string) (*identity.User, error) {
	call.Key = ""
	name := call.Actor.Name
	cmd, err := mine(call, "user.own_password")
	if err != nil {
		return nil, err
	}
	if err := identity.CheckPassword(name, password); err != nil {
		return nil, err
	}
	if _, err := a.SignIn(ctx, name, old, from); err != nil {
		if fault.RuleOf(err) == "wrong_password" {
			err = fault.New(fault.Invalid, "the old password is wrong").In("old").ByRule("wrong_old_password")
		}
		return nil, err
	}
	hash, err := a.hash(name, password)
	if err != nil {
		return nil, err
	}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *identity.User, error) {
		u, err := identity.Find(ctx, tx, name)
		if err != nil {
			return "", nil, nil, err
		}
		if err := identity.SetPassword(ctx, tx, u, hash); err != nil {
			return "", nil, nil, err
		}
		u, err = identity.Find(ctx, tx, name)
		return name, nil, u, err
	})
}

// SignInAs gives the user to whom a person belongs whom an identity provider has proved; the first time the two are linked. It is
// recorded as what it was; nobody who fits is [fault.Unauthenticated].
func (a *App) SignInAs(ctx context.Context, p identity.Stranger, from string) (*identity.User, error) {
	call := Call{Actor: identity.Actor{Name: "sign-in"}}
	cmd := command{name: "sign_in.provider", noCompany: true, open: true}
	u, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *identity.User, error) {
		u, linked, err := identity.Meet(ctx, tx, p)
		if err != nil {
			return "", nil, nil, err
		}
		detail, subject := map[string]any{"from": from, "issuer": p.Issuer, "subject": p.Subject, "linked": linked}, ""
		if u != nil {
			subject = u.Name
			detail["refused"] = u.Disabled
		} else {
			detail["refused"] = true
		}
		return subject, detail, u, nil
	})
	if err != nil {
		return nil, err
	}
	if u == nil || u.Disabled {
		return nil, identity.Unknown()
	}
	return u, nil
}
