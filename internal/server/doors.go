package server

import (
	"context"
	"net/http"

	"quittance/internal/api"
	"quittance/internal/gate"
	"quittance/internal/web"
	"quittance/internal/work"
)

// doors adds the pages and the API.
func (s *server) doors(ctx context.Context, mux *http.ServeMux) error {
	mux.Handle("/api/", api.New(s.app, api.Options{}))
	tasks := work.NewTasks(work.TasksOptions{})
	s.group.Go(func() {
		<-ctx.Done()
		_ = tasks.Close() // nothing of a task outlives the process
	})
	mux.Handle("/", web.New(s.app, web.Options{
		Tasks:   tasks,
		Worker:  !s.config.NoWork,
		Log:     s.log,
		Address: func(r *http.Request) string { return gate.Client(r.Context()).String() },
	}))
	return nil
}
