package api

import (
	"context"
	"fmt"
	"math"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/identity"
)

// TokenRequest asks for a token.
type TokenRequest struct {
	User    string                `json:"user,omitempty" maxLength:"40" doc:"Whose; one's own when it is not given. A token makes no tokens of its own user."`
	Name    string                `json:"name" minLength:"1" maxLength:"80" doc:"What will use it."`
	Scopes  []identity.Permission `json:"scopes,omitempty" maxItems:"50" doc:"Permissions that it is limited to; all that the user may when it is not given."`
	Company string                `json:"company,omitempty" maxLength:"60" doc:"The company that it is limited to."`
	Days    int                   `json:"days,omitempty" minimum:"1" maximum:"366" default:"90" doc:"How long it is valid."`
}

func tokens(d *door) {
	add(d, operation{
		id: "list-tokens", method: http.MethodGet, path: "/tokens", tag: "Access", permission: ownOrOthers,
		summary: "Tokens", about: "One's own; with administer those of a user, or of all. The newest first; scopes that are empty do not limit. The tokens themselves are not known any more.",
	}, func(ctx context.Context, in *struct {
		Paged
		User string `query:"user" maxLength:"40" doc:"Those of this user."`
	},
	) (*page[identity.Token], error) {
		call := d.call(ctx, "", "")
		if in.User == "" && call.Actor.AllowIn("", identity.Administer) != nil {
			in.User = call.Actor.Name
		}
		all, err := d.app.Tokens(ctx, call, in.User)
		newest := func(t *identity.Token) string { return fmt.Sprintf("%019d", math.MaxInt64-t.ID) }
		return pageOf(ctx, cut(all, newest, in.Paged), err)
	})
	add(d, operation{
		id: "create-token", method: http.MethodPost, path: "/tokens", tag: "Access", permission: ownOrOthers, status: http.StatusCreated,
		summary: "Make a token", about: "The answer shows it this once. An idempotency key has no effect, since the token is not kept: a request that is sent twice makes two; revoke the one whose answer was lost. Who acts by a token makes tokens for others only, with administer.",
	}, func(ctx context.Context, in *struct {
		Keyed
		Body TokenRequest
	},
	) (*reply[app.MadeToken], error) {
		b := in.Body
		m, err := d.app.CreateToken(ctx, d.call(ctx, "", in.Key), app.TokenRequest{User: b.User, Name: b.Name, Scopes: b.Scopes, Company: b.Company, Days: b.Days})
		if err != nil {
			return nil, err
		}
		return &reply[app.MadeToken]{*m}, nil
	})
	add(d, operation{
		id: "revoke-token", method: http.MethodDelete, path: "/tokens/{id}", tag: "Access", permission: ownOrOthers, status: http.StatusNoContent,
		summary: "End a token", about: "At once in the process that is asked, within a second in others. One's own is revoked by who signed in by password, others' with administer.",
	}, func(ctx context.Context, in *struct {
		Keyed
		ID int64 `path:"id" minimum:"1"`
	},
	) (*done, error) {
		defer d.bearers.forget()
		return nil, d.app.RevokeToken(ctx, d.call(ctx, "", in.Key), in.ID)
	})
}

// Me is who acts.
type Me struct {
	Name      string                           `json:"name"`
	Roles     []identity.Role                  `json:"roles" doc:"In every company."`
	In        map[string][]identity.Role       `json:"roles_in" doc:"Besides, by company."`
	Scopes    []identity.Permission            `json:"scopes" doc:"What the token is limited to; none: not limited."`
	Company   string                           `json:"company" doc:"The one company that the token is limited to; blank: not limited."`
	Token     bool                             `json:"token" doc:"Acts by a token."`
	Companies []string                         `json:"companies" doc:"The first 500 companies in which one may look."`
	May       map[string][]identity.Permission `json:"may" doc:"Permissions by company; under a blank name those for what is about no company."`
}

const companiesShown = 500

func me(d *door) {
	add(d, operation{
		id: "get-me", method: http.MethodGet, path: "/me", tag: "Access", permission: signedIn,
		summary: "Who acts", about: "The owner of the token, with what it may do where.",
	}, func(ctx context.Context, _ *struct{}) (*reply[Me], error) {
		a := visitOf(ctx).actor
		m := Me{Name: a.Name, Roles: a.Roles, In: map[string][]identity.Role{}, Scopes: a.Scopes, Company: a.Only, Token: a.Token, May: map[string][]identity.Permission{}}
		for company, roles := range a.In {
			if a.Only == "" || a.Only == company {
				m.In[company] = roles
			}
		}
		if a.Allow(identity.Read) == nil {
			var err error
			if m.Companies, err = d.app.Companies(ctx, d.call(ctx, "", "")); err != nil {
				return nil, err
			}
			m.Companies = m.Companies[:min(len(m.Companies), companiesShown)]
		}
		for _, company := range append([]string{""}, m.Companies...) {
			m.May[company] = []identity.Permission{}
			for _, p := range identity.Permissions() {
				if a.AllowIn(company, p) == nil {
					m.May[company] = append(m.May[company], p)
				}
			}
		}
		return &reply[Me]{m}, nil
	})
	add(d, operation{
		id: "get-version", method: http.MethodGet, path: "/version", tag: "Access", permission: signedIn,
		summary: "Versions of the program and of its database",
	}, func(ctx context.Context, _ *struct{}) (*reply[Version], error) {
		_, version, err := d.app.Database(ctx)
		return &reply[Version]{Version{d.o.Version, version}}, err
	})
}

// Version is what answers.
type Version struct {
	Version  string `json:"version"`
	Database string `json:"database"`
}
