package server

import (
	"context"
	"net/http"
	"runtime/debug"

	"quittance/internal/api"
	"quittance/internal/gate"
	"quittance/internal/web"
	"quittance/internal/work"
)

// doors adds the pages and the API.
func (s *server) doors(ctx context.Context, mux *http.ServeMux) error {
	tasks := work.NewTasks(work.TasksOptions{})
	s.group.Go(func() {
		<-ctx.Done()
		_ = tasks.Close() // nothing of a task outlives the process
	})
	pages := web.New(s.app, web.Options{
		OIDC:    s.oidc(),
		Tasks:   tasks,
		Worker:  !s.config.NoWork,
		Log:     s.log,
		Address: func(r *http.Request) string { return gate.Client(r.Context()).String() },
	})
	mux.Handle("/", pages)
	mux.Handle("/api/", api.New(s.app, api.Options{Version: version(), Actor: pages.Actor}))
	return nil
}

// oidc gives what the pages need for sign-in by an identity provider; nil when there is none.
func (s *server) oidc() *web.OIDC {
	c := &s.config
	if c.OIDCIssuer == "" {
		return nil
	}
	return &web.OIDC{
		Issuer: c.OIDCIssuer, ClientID: c.OIDCClientID, Secret: s.secret, Name: c.OIDCName, Base: c.PublicURL,
		NameClaim: c.OIDCNameClaim, LinkByEmail: c.OIDCLinkByEmail, Client: s.client,
	}
}

// version gives the version of the program; blank when it was built from a working folder.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return ""
}
