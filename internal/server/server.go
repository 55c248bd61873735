// Package server is the program as a service: one process that listens, shows the pages, answers the API, and posts the runs that
// somebody started.
//
//   - It *begins* by opening the database and its doors, and tells on the console where it is to be reached and how to sign in.
//   - It is *ready* while the database answers, the tables are those of the program, and it is not stopping.
//   - It *stops* in order: probes see it first, then nobody new is let in, streams end, requests finish or are cut off at a deadline,
//     the posting of runs leaves its lease to others, and the database is closed.
//
// Invariants: without encryption it listens to the machine itself only, or behind a trusted proxy; what a client was told is done is
// done, however the process ends.
//
// Source: architecture, "Who acts", "Scaling out".
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"quittance/internal/app"
	"quittance/internal/egress"
	"quittance/internal/fault"
	"quittance/internal/gate"
	"quittance/internal/identity"
	"quittance/internal/work"
)

const (
	headerTimeout = 10 * time.Second  // for the header of a request, and for the handshake of TLS
	idleTimeout   = 120 * time.Second // between requests on one connection
	maxHeader     = 32 << 10          // bytes
	cutOff        = 3 * time.Second   // for requests that were cut off, to notice
	tryWorkAgain  = 15 * time.Second  // when another process works on the embedded database
)

// server is one run of the program as a service.
type server struct {
	*settings
	app      *app.App
	out      io.Writer
	gate     *gate.Gate
	stopping atomic.Bool
	failed   chan error // of a listener
	base     string     // where it is to be reached
	group    sync.WaitGroup
}

// Run serves the database at url until the context ends, and writes to out, the console, where and how.
func (c *Config) Run(ctx context.Context, url string, out, log io.Writer) error {
	set, err := c.settings(log)
	if err != nil {
		return err
	}
	before := slog.Default()
	slog.SetDefault(set.log) // what lies below writes there
	defer slog.SetDefault(before)
	endTraces, err := traces(ctx, set.log)
	if err != nil {
		return err
	}
	defer endTraces()
	a, err := app.Open(ctx, url)
	if err != nil {
		return err
	}
	a.Reach(app.Outside{Drops: set.config.Drops, Egress: egress.Options{Allow: set.config.EgressAllow}, Attached: set.config.MailFile << 20})
	s := &server{settings: set, app: a, out: out, failed: make(chan error, 2)}
	err = s.serve(ctx)
	s.group.Wait()
	if cerr := a.Close(); err == nil {
		err = cerr
	}
	set.log.Info("stopped")
	return err
}

// listener is an address that is listened to.
type listener struct {
	net.Listener
	server *http.Server
	tls    bool
}

// serve listens until the context ends, and stops.
func (s *server) serve(ctx context.Context) error {
	requests, cutRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer cutRequests()
	background, endBackground := context.WithCancel(requests)
	defer endBackground()
	listeners, err := s.listen(ctx)
	if err != nil {
		return err
	}
	handler, metrics, err := s.handlers(background)
	if err != nil {
		closeAll(listeners)
		return err
	}
	for i, l := range listeners {
		l.server = s.newServer(requests, handler)
		if i > 0 {
			l.server.Handler = metrics
		}
		s.group.Go(func() { s.accept(l) })
	}
	s.begin(background)
	if err := s.greet(ctx); err != nil {
		s.log.Error("the set-up code cannot be made", "error", err)
	}
	if s.config.Started != nil {
		s.config.Started(s.base)
	}
	select {
	case <-ctx.Done():
	case err = <-s.failed:
	}
	s.stop(listeners, endBackground, cutRequests)
	return err
}

func closeAll(listeners []*listener) {
	for _, l := range listeners {
		l.Close()
	}
}

// listen opens the address of the pages and the API, and that of the metrics when it has its own.
func (s *server) listen(ctx context.Context) ([]*listener, error) {
	var all []*listener
	for i, addr := range []string{s.config.Addr, s.config.MetricsAddr} {
		if addr == "" {
			continue
		}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err != nil && i == 0 && s.config.AnyPort && errors.Is(err, syscall.EADDRINUSE) {
			l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(s.host, "0"))
		}
		if err != nil {
			closeAll(all)
			return nil, fault.New(fault.Unavailable, "the address %s cannot be listened to: %v; name another one with --%s", addr, err, []string{"addr", "metrics-addr"}[i]).ByRule("cannot_listen").Because(err)
		}
		all = append(all, &listener{Listener: l, tls: i == 0 && s.tls != nil})
	}
	s.base = s.address(all[0].Addr())
	return all, nil
}

// address gives the address to type into a browser.
func (s *server) address(a net.Addr) string {
	if s.config.PublicURL != "" {
		return s.config.PublicURL
	}
	scheme, host := "http", s.host
	if s.tls != nil {
		scheme = "https"
	}
	_, port, _ := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		if host, _ = os.Hostname(); host == "" {
			host = "localhost"
		}
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// newServer makes the HTTP server of a listener. Bodies have no timeout here: the gate moves their deadlines on with progress.
func (s *server) newServer(requests context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          slog.NewLogLogger(quieter{s.log.Handler()}, slog.LevelDebug),
	}
}

// accept lets clients in until the server is shut down.
func (s *server) accept(l *listener) {
	var err error
	if l.tls {
		l.server.TLSConfig = s.tls.config()
		err = l.server.ServeTLS(l.Listener, "", "")
	} else {
		err = l.server.Serve(l.Listener)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		s.failed <- fault.New(fault.Unavailable, "the server no longer listens at %s: %v", l.Addr(), err).Because(err)
	}
}

// begin starts what is done in the background until the context ends.
func (s *server) begin(ctx context.Context) {
	if err := s.app.SealLeft(ctx); err != nil {
		s.log.Warn("sealing is delayed", "error", err)
	}
	if !s.config.NoWork {
		s.group.Go(func() { s.work(ctx) })
	}
	hangUp := make(chan os.Signal, 1)
	signal.Notify(hangUp, syscall.SIGHUP)
	s.group.Go(func() {
		defer signal.Stop(hangUp)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangUp:
				if err := s.greet(ctx); err != nil {
					s.log.Error("the set-up code cannot be made", "error", err)
				}
			}
		}
	})
}

// work posts the runs that were started. On the embedded database one process does; while that is another one, it is asked again.
func (s *server) work(ctx context.Context) {
	by := identity.Named("server:work", identity.Names([]identity.Role{identity.Administrator}))
	told := false
	for ctx.Err() == nil {
		err := work.Run(ctx, s.app, by, work.Options{
			Deliver:   s.delivery(),
			Started:   func(run string) { s.log.Info("worked on a run", "run", run) },
			Scheduled: func(schedule string) { s.log.Info("ran a schedule", "schedule", schedule) },
		})
		switch {
		case err == nil:
		case fault.RuleOf(err) == "second_worker":
			if !told {
				s.log.Warn("another process posts the runs of this database; it is asked again from time to time")
			}
			told = true
		default:
			s.log.Error("runs are not posted; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(tryWorkAgain):
		}
	}
}

// stop ends everything in order. What has not finished at the deadline is cut off: its unit of work is rolled back.
func (s *server) stop(listeners []*listener, endBackground, cutRequests func()) {
	s.stopping.Store(true)
	s.log.Info("stopping", "deadline", s.config.StopAfter.String())
	if s.config.StopDelay > 0 {
		time.Sleep(s.config.StopDelay) // whoever asks readyz sends nobody any more
	}
	endBackground()
	s.gate.EndStreams()
	deadline, cancel := context.WithTimeout(context.Background(), s.config.StopAfter)
	defer cancel()
	var all sync.WaitGroup
	for _, l := range listeners {
		all.Go(func() {
			if err := l.server.Shutdown(deadline); err == nil {
				return
			}
			s.log.Warn("requests that did not finish in time are cut off", "address", l.Addr().String())
			cutRequests()
			soon, cancel := context.WithTimeout(context.Background(), cutOff)
			defer cancel()
			_ = l.server.Shutdown(soon) // lets them say so
			_ = l.server.Close()
		})
	}
	all.Wait()
}

// greet tells on the console where the server is to be reached, and how to sign in.
func (s *server) greet(ctx context.Context) error {
	code, err := s.app.SetupCode(ctx)
	if err != nil {
		return err
	}
	if code == "" {
		_, err = fmt.Fprintf(s.out, "Quittance is at %s; sign in there.\n", s.base)
		return err
	}
	_, err = fmt.Fprintf(s.out, "Quittance is at %s\nThere is no user yet. Make the first one, an administrator, at\n\n    %s/setup\n\nby the code\n\n    %s\n\nwhich is good for 30 minutes, once. For another one: quittance users setup-code, or SIGHUP to this process.\n", s.base, s.base, code)
	return err
}
