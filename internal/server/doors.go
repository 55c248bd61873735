package server

import (
	"context"
	"net/http"
)

// doors adds the pages and the API.
func (s *server) doors(_ context.Context, _ *http.ServeMux) error {
	return nil
}
