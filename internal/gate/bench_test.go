package gate_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"quittance/internal/gate"
)

// What the gate adds to a request, its log line included.
func BenchmarkGate(b *testing.B) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /x/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "{}")
	})
	g := gate.New(gate.Options{
		Hosts: []string{"example.com"}, Rate: 1e9, Body: func(*http.Request) int64 { return 1 << 20 }, Secrets: []string{"qtk_"},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Metrics: gate.NewMetrics(prometheus.NewRegistry()),
	}, gate.Routes(mux))
	for name, h := range map[string]http.Handler{"without": mux, "with": g} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/x/1", strings.NewReader("{}")))
			}
		})
	}
}
