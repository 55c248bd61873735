package app

import (
	"context"
	"slices"
	"time"

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
	Password              string `json:"-"` // no digest of it may be kept with the idempotency key
	Grants                []identity.Grant
}

func (r UserRequest) user() *identity.User {
	return &identity.User{Name: r.Name, FullName: r.FullName, Email: r.Email, Grants: r.Grants}
}

// AddUser makes a user.
func (a *App) AddUser(ctx context.Context, call Call, req UserRequest) (*identity.User, error) {
	return do(ctx, a, call, everywhere("user.add", identity.Administer, req), func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *identity.User, error) {
		u := req.user()
		if err := known(ctx, tx, req.Grants); err != nil {
			return "", nil, nil, err
		}
		return u.Name, map[string]any{"roles": u.Grants}, u, identity.Add(ctx, tx, u, req.Password)
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

// SetDisabled shuts a user out, with all sessions and tokens, or lets the user in again.
func (a *App) SetDisabled(ctx context.Context, call Call, name string, disabled bool) (*identity.User, error) {
	return a.changeUser(ctx, call, "user.disable", name, disabled, map[string]any{"disabled": disabled}, func(ctx context.Context, tx *db.Tx, u *identity.User) error {
		u.Disabled = disabled
		return identity.SetDisabled(ctx, tx, u, disabled)
	})
}

// SetPassword gives a user another password, as an administrator; sessions and tokens of the user end.
func (a *App) SetPassword(ctx context.Context, call Call, name, password string) error {
	_, err := a.changeUser(ctx, call, "user.password", name, nil, nil, func(ctx context.Context, tx *db.Tx, u *identity.User) error {
		return identity.SetPassword(ctx, tx, u, password)
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

// SignIn gives the user who signs in by name and password from an address. It is recorded, as success or as failure; after too
// many failures it must wait ([fault.Limited]).
func (a *App) SignIn(ctx context.Context, name, password, from string) (*identity.User, error) {
	call := Call{Actor: identity.Actor{Name: "sign-in"}}
	var u *identity.User
	err := a.db.Read(ctx, a.scope(call), func(ctx context.Context, tx *db.Tx) error { return identity.MustWait(ctx, tx, name, from) })
	if err == nil {
		err = a.db.Read(ctx, a.scope(call), func(ctx context.Context, tx *db.Tx) (err error) {
			u, err = identity.Verify(ctx, tx, name, password)
			return err
		})
	}
	wrong := fault.RuleOf(err) == "wrong_password"
	if err != nil && !wrong {
		return nil, plainer(err)
	}
	detail := map[string]any{"from": from}
	cmd := command{name: "sign_in", noCompany: true, open: true}
	subject := name
	if wrong {
		cmd.name = "sign_in.failed"
	} else {
		call.Actor.Name = u.Name
	}
	_, rerr := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if wrong {
			return subject, detail, false, identity.Failed(ctx, tx, name, from)
		}
		return subject, detail, true, identity.Succeeded(ctx, tx, name)
	})
	if err == nil {
		err = rerr
	}
	if err != nil {
		return nil, plainer(err)
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

// FirstUser makes the first user, an administrator of every company, by the set-up code.
func (a *App) FirstUser(ctx context.Context, code string, req UserRequest) (*identity.User, error) {
	req.Grants = []identity.Grant{{Role: identity.Administrator}}
	cmd := command{name: "user.first", noCompany: true, open: true}
	return do(ctx, a, Call{Actor: identity.Actor{Name: req.Name}}, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *identity.User, error) {
		if err := identity.UseSetupCode(ctx, tx, code); err != nil {
			return "", nil, nil, err
		}
		if req.Password == "" {
			return "", nil, nil, identity.CheckPassword(req.Name, req.Password)
		}
		u := req.user()
		return u.Name, map[string]any{"roles": u.Grants}, u, identity.Add(ctx, tx, u, req.Password)
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
	name, cmd := own(call, req.User, "token.create")
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

// own gives the user whom a command on tokens is about: the actor, who needs no permission for it, or another one.
func own(call Call, user, name string) (string, command) {
	if user == "" || user == call.Actor.Name {
		return call.Actor.Name, command{name: name, noCompany: true, open: call.Actor.Scopes == nil, permission: identity.Administer}
	}
	return user, everywhere(name, identity.Administer, nil)
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
		user, cmd = own(call, "", "token.revoke")
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
