package server

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"quittance/internal/gate"
	"quittance/internal/web"
)

const (
	mostBody   = 2 << 20  // bytes of an ordinary request; the doors take less where they can
	mostImport = 66 << 20 // bytes of a company folder that is brought in
	probeTime  = 5 * time.Second
)

// handlers gives what answers on the main address, and what answers on the address of the metrics. What the doors do in the background
// ends with the context.
func (s *server) handlers(background context.Context) (main, metrics http.Handler, err error) {
	registry := s.registry()
	all := http.NewServeMux()
	all.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	all.HandleFunc("GET /readyz", s.ready)
	shown := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	own := http.NewServeMux()
	own.Handle("GET /metrics", shown)
	if s.config.MetricsAddr == "" {
		all.Handle("GET /metrics", onlyHere(shown))
	}
	if err := s.doors(background, all); err != nil {
		return nil, nil, err
	}
	s.gate = gate.New(gate.Options{
		Trusted:   s.trusted,
		Forwarded: s.config.ProxyHeader == "forwarded",
		Hosts:     s.hosts,
		AnyHost:   probe,
		Rate:      s.config.RateLimit,
		Body:      bodyLimit,
		Secrets:   []string{"qtk_"},
		API:       forPrograms,
		Quiet:     probe,
		Page:      web.Refusal,
		Log:       s.log,
		Metrics:   gate.NewMetrics(registry),
	}, gate.Routes(all))
	return traced(s.gate, s.trusted), own, nil
}

// probe says whether a request is one of those that machines ask all the time, by address instead of name.
func probe(r *http.Request) bool {
	return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics"
}

func forPrograms(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

func bodyLimit(r *http.Request) int64 {
	if strings.Contains(r.URL.Path, "/import") {
		return mostImport
	}
	return mostBody
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

// ready answers whether requests should be sent here. Why not stands in the log.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	if s.stopping.Load() {
		plain(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), probeTime)
	defer cancel()
	if err := s.app.Ready(ctx); err != nil {
		s.log.Error("not ready", "error", err)
		plain(w, http.StatusServiceUnavailable, "the database is not ready")
		return
	}
	plain(w, http.StatusOK, "ready")
}

// onlyHere lets through who asks from the machine itself, and not by way of a proxy on it.
func onlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !peer.Addr().Unmap().IsLoopback() || !gate.Direct(r.Context()) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// registry holds the metrics of this server.
func (s *server) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors()...)
	r.MustRegister(&watch{s.app})
	return r
}
