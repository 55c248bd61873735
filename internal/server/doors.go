package server

import (
	"context"
	"net/http"

	"quittance/internal/api"
	"quittance/internal/gate"
	"quittance/internal/web"
)

// doors adds the pages and the API.
func (s *server) doors(_ context.Context, mux *http.ServeMux) error {
	mux.Handle("/api/", api.New(s.app, api.Options{}))
	mux.Handle("/", web.New(s.app, web.Options{
		Log:     s.log,
		Address: func(r *http.Request) string { return gate.Client(r.Context()).String() },
	}))
	return nil
}
