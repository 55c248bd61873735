package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
)

// UserOf names a user.
type UserOf struct {
	Name string `path:"name" maxLength:"40" doc:"By which the user signs in."`
}

// NewUser asks for a user.
type NewUser struct {
	Name     string           `json:"name" maxLength:"40" doc:"2 to 40 small letters, digits, dots, hyphens or underscores, a letter first." example:"ann.lee"`
	FullName string           `json:"full_name,omitempty" maxLength:"250"`
	Email    string           `json:"email,omitempty" maxLength:"250"`
	Password string           `json:"password,omitempty" maxLength:"1000" writeOnly:"true" doc:"Without it, the user cannot sign in by password yet."`
	Roles    []identity.Grant `json:"roles,omitempty" maxItems:"1000" doc:"In a company, or (blank) in all."`
}

// Roles are the roles of a user.
type Roles struct {
	Roles []identity.Grant `json:"roles" maxItems:"1000" doc:"In a company, or (blank) in all; none takes all away."`
}

// Password is another password.
type Password struct {
	Password string `json:"password" maxLength:"1000" writeOnly:"true"`
}

// Disabled says whether a user is shut out.
type Disabled struct {
	Disabled bool `json:"disabled"`
}

func users(d *door) {
	add(d, operation{
		id: "list-users", method: http.MethodGet, path: "/users", tag: "Access", permission: identity.Administer,
		summary: "Users", about: "By name, with their roles.",
	}, func(ctx context.Context, in *struct{ Paged }) (*page[identity.User], error) {
		all, err := d.app.Users(ctx, d.call(ctx, "", ""))
		return pageOf(ctx, cut(all, func(u *identity.User) string { return u.Name }, in.Paged), err)
	})
	add(d, operation{
		id: "get-user", method: http.MethodGet, path: "/users/{name}", tag: "Access", permission: identity.Administer, tagged: true,
		summary: "A user",
	}, func(ctx context.Context, in *struct {
		UserOf
		NoneMatch
	},
	) (*single[identity.User], error) {
		u, err := d.user(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *u)
	})
	add(d, operation{
		id: "add-user", method: http.MethodPost, path: "/users", tag: "Access", permission: identity.Administer, status: http.StatusCreated,
		summary: "Add a user", about: "An idempotency key has no effect: no digest of the password is kept. A name can be given once, so a second try is refused (user_exists).",
	}, func(ctx context.Context, in *struct {
		Keyed
		Body NewUser
	},
	) (*made[identity.User], error) {
		b := in.Body
		u, err := d.app.AddUser(ctx, d.call(ctx, "", in.Key), app.UserRequest{Name: b.Name, FullName: b.FullName, Email: b.Email, Password: b.Password, Grants: b.Roles})
		if err != nil {
			return nil, err
		}
		return &made[identity.User]{Location: "/api/v1/users/" + url.PathEscape(u.Name), Body: *u}, nil
	})
	userChanges(d)
}

func (d *door) user(ctx context.Context, name string) (*identity.User, error) {
	all, err := d.app.Users(ctx, d.call(ctx, "", ""))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(u identity.User) bool { return u.Name == name })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "there is no user %q", name)
	}
	return &all[i], nil
}

// changeUser changes a user who is as If-Match says; tokens are looked up anew afterwards.
func (d *door) changeUser(ctx context.Context, in UserOf, m Match, change func() error) error {
	defer d.bearers.forget()
	return matching(d, m, "user "+in.Name, func() (any, error) { return d.user(ctx, in.Name) }, change)
}

// UserEmail is an address for mails.
type UserEmail struct {
	Email string `json:"email" maxLength:"254" doc:"Blank: none."`
}

func userChanges(d *door) {
	userEmail(d)
	add(d, operation{
		id: "set-user-roles", method: http.MethodPut, path: "/users/{name}/roles", tag: "Access", permission: identity.Administer, matched: true,
		summary: "Replace the roles of a user", about: "Somebody must stay administrator of every company. If-Match takes the ETag of the user.",
	}, func(ctx context.Context, in *struct {
		UserOf
		Keyed
		Match
		Body Roles
	},
	) (out *reply[identity.User], err error) {
		err = d.changeUser(ctx, in.UserOf, in.Match, func() error {
			u, err := d.app.SetRoles(ctx, d.call(ctx, "", in.Key), in.Name, in.Body.Roles)
			if err == nil {
				out = &reply[identity.User]{*u}
			}
			return err
		})
		return out, err
	})
	add(d, operation{
		id: "set-user-disabled", method: http.MethodPut, path: "/users/{name}/disabled", tag: "Access", permission: identity.Administer, matched: true,
		summary: "Shut a user out, or let the user in again", about: "Sessions and tokens of the user end. If-Match takes the ETag of the user.",
	}, func(ctx context.Context, in *struct {
		UserOf
		Keyed
		Match
		Body Disabled
	},
	) (out *reply[identity.User], err error) {
		err = d.changeUser(ctx, in.UserOf, in.Match, func() error {
			u, err := d.app.SetDisabled(ctx, d.call(ctx, "", in.Key), in.Name, in.Body.Disabled)
			if err == nil {
				out = &reply[identity.User]{*u}
			}
			return err
		})
		return out, err
	})
	add(d, operation{
		id: "set-user-password", method: http.MethodPut, path: "/users/{name}/password", tag: "Access", permission: identity.Administer, status: http.StatusNoContent, matched: true,
		summary: "Give a user another password", about: "Sessions and tokens of the user end. An idempotency key has no effect and is not needed: setting it twice sets it once.",
	}, func(ctx context.Context, in *struct {
		UserOf
		Keyed
		Match
		Body Password
	},
	) (*done, error) {
		return nil, d.changeUser(ctx, in.UserOf, in.Match, func() error {
			return d.app.SetPassword(ctx, d.call(ctx, "", in.Key), in.Name, in.Body.Password)
		})
	})
}

func userEmail(d *door) {
	add(d, operation{
		id: "set-user-email", method: http.MethodPut, path: "/users/{name}/email", tag: "Access", permission: identity.Administer, matched: true,
		summary: "Give a user another address for mails", about: "If-Match takes the ETag of the user.",
	}, func(ctx context.Context, in *struct {
		UserOf
		Keyed
		Match
		Body UserEmail
	},
	) (out *reply[identity.User], err error) {
		err = d.changeUser(ctx, in.UserOf, in.Match, func() error {
			u, err := d.app.SetEmail(ctx, d.call(ctx, "", in.Key), in.Name, in.Body.Email)
			if err == nil {
				out = &reply[identity.User]{*u}
			}
			return err
		})
		return out, err
	})
}
