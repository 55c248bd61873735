package app

import (
	"context"
	"slices"
	"time"

	"quittance/internal/audit"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
)

// everywhere is a command that is about no company: who gives it must have the permission in every company.
func everywhere(name string, p identity.Permission, input any) command {
	return command{name: name, permission: p, input: input, noCompany: true}
}

// UserRequest asks for a user. A blank password makes one who cannot sign in by password yet.
type UserRequest struct {
	Name, FullName, Email string
	Password              string `json:"-"`
	Grants                []identity.Grant
}

func (r UserRequest) user() *identity.User {
	return &identity.User{Name: r.Name, FullName: r.FullName, Email: r.Email, Grants: r.Grants}
}

// hash gives what is stored of a password. Hashing is slow and takes much memory on purpose, so few do it at once, and none inside a
// unit.
func (a *App) hash(name, password string) (string, error) {
	a.hashing <- struct{}{}
	defer func() { <-a.hashing }()
	return identity.Hash(name, password)
}

// AddUser makes a user. It is not repeatable by an idempotency key, since no digest of the password is kept: the name is what it is
// known by.
func (a *App) AddUser(ctx context.Context, call Call, req UserRequest) (*identity.User, error) {
	call.Key = ""
	cmd, hash := everywhere("user.add", identity.Administer, nil), ""
	if err := cmd.allow(call.Actor); err != nil {
		return nil, err
	}
	if req.Password != "" {
		var err error
		if hash, err = a.hash(req.Name, req.Password); err != nil {
			return nil, err
		}
	}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *identity.User, error) {
		u := req.user()
		if err := known(ctx, tx, req.Grants); err != nil {
			return "", nil, nil, err
		}
		return u.Name, map[string]any{"roles": u.Grants}, u, identity.Add(ctx, tx, u, hash)
	})
}

// known refuses roles in companies that do not exist.
func known(ctx context.Context, tx *db.Tx, grants []identity.Grant) error {
	codes, err := ledger.CompanyCodes(ctx, tx)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if g.Company != "" && !slices.Contains(codes, g.Company) {
			return fault.New(fault.NotFound, "there is no company %q", g.Company).In("roles")
		}
	}
	return nil
}

// SetRoles replaces the roles of a user.
func (a *App) SetRoles(ctx context.Context, call Call, name string, grants []identity.Grant) (*identity.User, error) {
	return a.changeUser(ctx, call, "user.roles", name, grants, map[string]any{"roles": grants}, func(ctx context.Context, tx *db.Tx, u *identity.User) error {
		if err := known(ctx, tx, grants); err != nil {
			return err
		}
		return identity.SetGrants(ctx, tx, u, grants)
	})
}

// SetEmail gives a user another address for mails, blank: none: user.email.
func (a *App) SetEmail(ctx context.Context, call Call, name, email string) (*identity.User, error) {
	if err := plain("email", email); err != nil {
		return nil, err
	}
	return a.changeUser(ctx, call, "user.email", name, email, map[string]any{"email": email}, func(ctx context.Context, tx *db.Tx, u *identity.User) error {
		return identity.SetEmail(ctx, tx, u, email)
	})
}

// SetDisabled shuts a user out, with all sessions and tokens, or lets the user in again.
func (a *App) SetDisabled(ctx context.Context, call Call, name string, disabled bool) (*identity.User, error) {
	return a.changeUser(ctx, call, "user.disable", name, disabled, map[string]any{"disabled": disabled}, func(ctx context.Context, tx *db.Tx, u *identity.User) error {
		return identity.SetDisabled(ctx, tx, u, disabled)
	})
}

// SetPassword gives a user another password, as an administrator; sessions and tokens of the user end.
func (a *App) SetPassword(ctx context.Context, call Call, name, password string) error {
	call.Key = "" // setting it twice sets it once
	if err := call.Actor.AllowIn("", identity.Administer); err != nil {
		return err
	}
	hash, err := a.hash(name, password)
	if err != nil {
		return err
	}
	_, err = a.changeUser(ctx, call, "user.password", name, nil, nil, func(ctx context.Context, tx *db.Tx, u *identity.User) error {
		return identity.SetPassword(ctx, tx, u, hash)
	})
	return err
}

func (a *App) changeUser(ctx context.Context, call Call, command, name string, input, detail any, change func(context.Context, *db.Tx, *identity.User) error) (*identity.User, error) {
	return do(ctx, a, call, everywhere(command, identity.Administer, []any{name, input}), func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *identity.User, error) {
		u, err := identity.Find(ctx, tx, name)
		if err != nil {
			return "", nil, nil, err
		}
		return name, detail, u, change(ctx, tx, u)
	})
}

// Users gives all users, by name.
func (a *App) Users(ctx context.Context, call Call) (users []identity.User, err error) {
	err = a.queryEverywhere(ctx, call, identity.Administer, func(ctx context.Context, tx *db.Tx) error {
		users, err = identity.Users(ctx, tx)
		return err
	})
	return users, err
}

// queryEverywhere is query for what is about no company.
func (a *App) queryEverywhere(ctx context.Context, call Call, p identity.Permission, fn db.Work) error {
	if err := call.Actor.AllowIn("", p); err != nil {
		return err
	}
	return plainer(a.db.Read(ctx, a.scope(call), fn))
}

// SignIn gives the user who signs in by name and password from an address. It is counted before it is known whether it succeeds, and
// recorded as what it was; after too many failures it must wait ([fault.Limited]).
func (a *App) SignIn(ctx context.Context, name, password, from string) (*identity.User, error) {
	ctx = context.WithoutCancel(ctx) // who hangs up is counted too
	call := Call{Actor: identity.Actor{Name: "sign-in"}}
	var u *identity.User
	err := a.db.Unit(ctx, a.scope(call), func(ctx context.Context, tx *db.Tx) (err error) {
		if err := identity.Attempt(ctx, tx, name, from); err != nil {
			return err
		}
		u, err = identity.Known(ctx, tx, name)
		return err
	})
	if err != nil {
		return nil, plainer(err)
	}
	a.hashing <- struct{}{}
	ok, err := identity.Matches(u, password)
	<-a.hashing
	if err != nil {
		return nil, plainer(err)
	}
	cmd, subject := command{name: "sign_in.failed", noCompany: true, open: true}, ""
	if u != nil { // what was typed as a name may be a password
		subject = u.Name
	}
	if ok {
		cmd.name, call.Actor.Name = "sign_in", u.Name
	}
	_, err = do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		detail := map[string]any{"from": from}
		if !ok {
			return subject, detail, false, nil
		}
		return subject, detail, true, identity.Succeeded(ctx, tx, u.Name, from)
	})
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, identity.Wrong()
	}
	return u, nil
}

// SetupCode makes the code by which the first user can be made; it is blank when there are users.
func (a *App) SetupCode(ctx context.Context) (code string, err error) {
	err = a.db.Unit(ctx, a.scope(Call{}), func(ctx context.Context, tx *db.Tx) error {
		code, err = identity.SetupCode(ctx, tx)
		return err
	})
	return code, plainer(err)
}

// UserAudit gives the newest records of what is about no company: users, tokens, sign-ins.
func (a *App) UserAudit(ctx context.Context, call Call, limit int) (records []audit.Record, err error) {
	err = a.queryEverywhere(ctx, call, identity.Administer, func(ctx context.Context, tx *db.Tx) error {
		records, err = audit.List(ctx, tx, limit)
		return err
	})
	return records, err
}

// FirstUser makes the first user, an administrator of every company, by the set-up code.
func (a *App) FirstUser(ctx context.Context, code string, req UserRequest) (*identity.User, error) {
	req.Grants = []identity.Grant{{Role: identity.Administrator}}
	hash, err := a.hash(req.Name, req.Password)
	if err != nil {
		return nil, err
	}
	cmd := command{name: "user.first", noCompany: true, open: true}
	return do(ctx, a, Call{Actor: identity.Actor{Name: req.Name}}, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *identity.User, error) {
		if err := identity.UseSetupCode(ctx, tx, code); err != nil {
			return "", nil, nil, err
		}
		u := req.user()
		return u.Name, map[string]any{"roles": u.Grants}, u, identity.Add(ctx, tx, u, hash)
	})
}

// TokenRequest asks for an API token of a user.
type TokenRequest struct {
	User    string // blank: the actor
	Name    string
	Scopes  []identity.Permission // nil: all that the user may
	Company string                // blank: wherever the user may
	Days    int
}

// MadeToken is a token with its text, which is shown this once.
type MadeToken struct {
	identity.Token
	Text string `json:"token"`
}

// CreateToken makes an API token: of the actor, or of another user when the actor administers users. It is not repeatable by an
// idempotency key, since the token's text is not kept.
func (a *App) CreateToken(ctx context.Context, call Call, req TokenRequest) (*MadeToken, error) {
	call.Key = ""
	name, cmd, err := own(call, req.User, "token.create")
	if err != nil {
		return nil, err
	}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *MadeToken, error) {
		u, err := identity.Find(ctx, tx, name)
		if err != nil {
			return "", nil, nil, err
		}
		if req.Company != "" {
			if err := known(ctx, tx, []identity.Grant{{Company: req.Company}}); err != nil {
				return "", nil, nil, err
			}
		}
		m := &MadeToken{Token: identity.Token{Name: req.Name, Scopes: req.Scopes, Company: req.Company}}
		m.Text, err = identity.CreateToken(ctx, tx, u, &m.Token, time.Duration(req.Days)*24*time.Hour)
		return name, map[string]any{"token": m.ID, "scopes": m.Scopes, "company": m.Company, "expires": m.Expires}, m, err
	})
}

// own gives the user whom a command on tokens is about: the actor, who needs no permission for it, or another one. A token makes and
// revokes no tokens of its own user, or it could widen itself.
func own(call Call, user, name string) (string, command, error) {
	if user != "" && user != call.Actor.Name {
		return user, everywhere(name, identity.Administer, nil), nil
	}
	if call.Actor.Token {
		return "", command{}, fault.New(fault.Denied, "%s acts by a token, and a token neither makes nor revokes tokens; sign in by password, or ask an administrator", call.Actor.Name).ByRule("by_token")
	}
	return call.Actor.Name, command{name: name, noCompany: true, open: true}, nil
}

// Tokens gives the tokens of a user, or of all when the user is blank and the actor administers users.
func (a *App) Tokens(ctx context.Context, call Call, user string) (tokens []identity.Token, err error) {
	read := func(ctx context.Context, tx *db.Tx) error {
		tokens, err = identity.Tokens(ctx, tx, user)
		return err
	}
	if user != "" && user == call.Actor.Name {
		err = plainer(a.db.Read(ctx, a.scope(call), read))
	} else {
		err = a.queryEverywhere(ctx, call, identity.Administer, read)
	}
	return tokens, err
}

// RevokeToken ends a token at once: one of the actor's own, or any when the actor administers users.
func (a *App) RevokeToken(ctx context.Context, call Call, id int64) error {
	user, cmd := "", everywhere("token.revoke", identity.Administer, id)
	if call.Actor.AllowIn("", identity.Administer) != nil {
		var err error
		if user, cmd, err = own(call, "", "token.revoke"); err != nil {
			return err
		}
		cmd.input = id
	}
	_, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		return call.Actor.Name, map[string]any{"token": id}, true, identity.Revoke(ctx, tx, user, id)
	})
	return err
}

// Bearer gives who acts by an API token; one that is not valid is [fault.Unauthenticated].
func (a *App) Bearer(ctx context.Context, token string) (actor identity.Actor, err error) {
	err = a.db.Read(ctx, a.scope(Call{}), func(ctx context.Context, tx *db.Tx) error {
		actor, err = identity.Bearer(ctx, tx, token)
		return err
	})
	return actor, plainer(err)
}
