package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

// OIDC is an identity provider by which people may sign in (OpenID Connect, authorization code with PKCE).
type OIDC struct {
	Issuer, ClientID, Secret string
	Name                     string       // as the button says; blank: the issuer
	Base                     string       // address of the pages as browsers see it, such as https://books.example.org
	NameClaim                string       // claim that is a user's name here, by which the first sign-in links; blank: none
	LinkByEmail              bool         // the first sign-in links by an e-mail address that the provider has verified
	Client                   *http.Client // how the provider is called
}

const signInTime = 10 * time.Minute // that a sign-in at the provider may take

// Names of what a session holds while its reader is at the provider.
const (
	inState    = "oidc_state"
	inNonce    = "oidc_nonce"
	inVerifier = "oidc_verifier"
	inNext     = "oidc_next"
)

// provider is an identity provider, found out when it is first needed.
type provider struct {
	OIDC
	mu    sync.Mutex
	found *oidc.Provider
}

func newProvider(o *OIDC) *provider {
	if o == nil {
		return nil
	}
	p := &provider{OIDC: *o}
	if p.Client == nil {
		p.Client = http.DefaultClient
	}
	if p.Name == "" {
		p.Name = o.Issuer
	}
	return p
}

// config gives what is needed to send readers there. The provider is asked once; when it cannot be reached, at each sign-in again.
func (p *provider) config() (*oauth2.Config, *oidc.IDTokenVerifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		found, err := oidc.NewProvider(oidc.ClientContext(context.Background(), p.Client), p.Issuer)
		if err != nil {
			return nil, nil, fault.New(fault.Unavailable, "the sign-in service %s cannot be reached now; sign in by password, or try again", p.Name).ByRule("provider_unreachable").Because(err)
		}
		p.found = found
	}
	c := &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: p.found.Endpoint(), RedirectURL: p.Base + "/sign-in/callback", Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
	return c, p.found.Verifier(&oidc.Config{ClientID: p.ClientID}), nil
}

func (s *site) routesOIDC() {
	if s.provider == nil {
		return
	}
	s.open("GET /sign-in/provider", s.toProvider)
	s.open("GET /sign-in/callback", s.fromProvider)
}

// toProvider sends the reader to the provider, and remembers what must come back.
func (s *site) toProvider(v *visit) error {
	c, _, err := s.provider.config()
	if err != nil {
		return v.signInRefused(err)
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	for name, value := range map[string]string{inState: state, inNonce: nonce, inVerifier: verifier, inNext: local(v.query("next"))} {
		v.sessions.scs.Put(v.ctx, name, value)
	}
	if v.user == nil {
		v.sessions.scs.SetDeadline(v.ctx, time.Now().Add(signInTime).UTC())
	}
	return v.redirect(c.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)))
}

// fromProvider takes the reader back: what came must be what was asked for, by this very browser.
func (s *site) fromProvider(v *visit) error {
	pop := func(name string) string { return v.sessions.scs.PopString(v.ctx, name) }
	state, nonce, verifier, next := pop(inState), pop(inNonce), pop(inVerifier), pop(inNext)
	if state == "" || subtle.ConstantTimeCompare([]byte(state), []byte(v.query("state"))) != 1 {
		return v.signInRefused(fault.New(fault.Unauthenticated, "this sign-in was not begun here, or took too long; begin again").ByRule("sign_in_stale"))
	}
	if v.query("error") != "" {
		return v.signInRefused(fault.New(fault.Unauthenticated, "the sign-in service did not let you in; begin again, or sign in by password").ByRule("provider_refused"))
	}
	person, err := s.provider.prove(v.r.Context(), v.query("code"), nonce, verifier)
	if err != nil {
		return v.signInRefused(err)
	}
	u, err := v.app.SignInAs(v.ctx, person, v.o.Address(v.r))
	if err != nil {
		return v.signInRefused(err)
	}
	return v.welcome(u, local(next), v.say("sign_in.welcome", "name", named(u)))
}

// prove exchanges the code for who the person is.
func (p *provider) prove(ctx context.Context, code, nonce, verifier string) (who identity.Stranger, err error) {
	c, tokens, err := p.config()
	if err != nil {
		return who, err
	}
	bad := func(err error) error {
		return fault.New(fault.Unauthenticated, "the sign-in service's answer cannot be trusted; begin again").ByRule("provider_answer").Because(err)
	}
	ctx = oidc.ClientContext(ctx, p.Client)
	answer, err := c.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return who, bad(err)
	}
	raw, _ := answer.Extra("id_token").(string)
	token, err := tokens.Verify(ctx, raw)
	if err != nil {
		return who, bad(err)
	}
	if nonce == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1 {
		return who, bad(nil)
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return who, bad(err)
	}
	who = identity.Stranger{Issuer: token.Issuer, Subject: token.Subject}
	if p.NameClaim != "" {
		who.Name, _ = claims[p.NameClaim].(string)
	}
	if verified, _ := claims["email_verified"].(bool); verified && p.LinkByEmail {
		who.Email, _ = claims["email"].(string)
	}
	return who, nil
}

// signInRefused shows the page for signing in with what went wrong.
func (v *visit) signInRefused(err error) error {
	if cause := causeOf(err); cause != nil {
		v.o.Log.WarnContext(v.r.Context(), "a sign-in by the provider failed", "rule", fault.RuleOf(err), "cause", cause)
	}
	return v.send(fault.HTTPStatus(err), ui.Page{Title: v.say("sign_in.title")}, signInBody(v.signInView(v.signInForm(err), "/")))
}
