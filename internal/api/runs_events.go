package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
)

// streamed gives the operation of an answer that comes in pieces.
func streamed[I any](d *door, o operation, media, about string, fn func(context.Context, *I, *stream) error) {
	op := o.describe(d)
	op.Responses["200"] = &huma.Response{Description: about, Content: map[string]*huma.MediaType{media: {}}}
	huma.Register(d.api, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(huma.Context) {
			v := visitOf(ctx)
			s := &stream{w: v.w, media: media, control: http.NewResponseController(v.w)}
			if err := fn(ctx, in, s); err != nil {
				s.fail(v, err)
			}
		}}, nil
	})
}

// stream is an answer that comes in pieces.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	media   string
	begun   bool
}

// write writes a piece, and lets it go at once.
func (s *stream) write(format string, args ...any) error {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", s.media)
		s.w.WriteHeader(http.StatusOK)
	}
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return err
	}
	return s.control.Flush()
}

// fail tells a failure: as the answer, or as the last piece of one that has begun.
func (s *stream) fail(v *visit, err error) {
	p := problemOf(v, err)
	if !s.begun {
		p.write(s.w, v.r)
		return
	}
	if b, merr := json.Marshal(p); merr == nil && s.media == eventStream {
		_ = s.write("event: problem\ndata: %s\n\n", b)
	} else if merr == nil {
		_ = s.write("{\"problem\":%s}\n", b)
	}
}

const (
	eventStream = "text/event-stream"
	jsonLines   = "application/jsonl"

	progressEvery = 300 * time.Millisecond
	beatEvery     = 15 * time.Second // so that nobody between takes the connection for dead
	streamLongest = 30 * time.Minute // then the client asks again
)

func runEvents(d *door) {
	streamed(d, operation{
		id: "watch-run", method: http.MethodGet, path: "/companies/{company}/runs/{run}/events", tag: "Runs", permission: identity.Read,
		summary: "Follow the posting of a run", about: "Server-sent events: progress, whenever it changes, with what get-run-posting gives as data; then done, or problem. It ends when the run is not being posted, and after half an hour.",
	}, eventStream, "Events.", func(ctx context.Context, in *RunOf, s *stream) error {
		v := visitOf(ctx)
		end, ok := d.streams.begin(v.actor.Name, streamsOfOne)
		if !ok {
			return fault.New(fault.Limited, "%s follows %d runs already; end one of these streams", v.actor.Name, streamsOfOne).ByRule("streams")
		}
		defer end()
		ctx, cancel := context.WithTimeout(ctx, streamLongest)
		defer cancel()
		return d.watch(ctx, *in, s)
	})
	streamed(d, operation{
		id: "stream-simulation", method: http.MethodPost, path: "/companies/{company}/runs/simulations/stream", tag: "Runs", permission: identity.Read,
		summary: "Show all that a run would do", about: "One JSON value a line, as they come: {\"reimbursement\": …}, {\"netting\": …}, {\"excluded\": …}; the last is {\"run\": …}. When it is cut off, the last is {\"problem\": …}. Writes nothing.",
	}, jsonLines, "Decisions, one a line.", func(ctx context.Context, in *struct {
		Company
		Body RunRequest
	}, s *stream,
	) error {
		req, err := in.Body.request()
		if err != nil {
			return err
		}
		run, err := d.app.Simulate(ctx, d.call(ctx, in.Company.Company, ""), req, s.decide)
		return s.end(run, err)
	})
	streamed(d, operation{
		id: "stream-run-decisions", method: http.MethodGet, path: "/companies/{company}/runs/{run}/decisions", tag: "Runs", permission: identity.Read,
		summary: "All that a run did", about: "What it posted, its nettings and who is left out, one JSON value a line, as stream-simulation gives them.",
	}, jsonLines, "Decisions, one a line.", func(ctx context.Context, in *RunOf, s *stream) error {
		run, err := d.app.Run(ctx, d.call(ctx, in.Company.Company, ""), in.Run, s.decide)
		return s.end(run, err)
	})
}

// decide is an [app.Decide] that writes the decisions as they come.
func (s *stream) decide(d reimbursement.Decisions) error {
	for i := range d.Reimbursements {
		if err := s.line("reimbursement", &d.Reimbursements[i]); err != nil {
			return err
		}
	}
	for i := range d.Nettings {
		if err := s.line("netting", &d.Nettings[i]); err != nil {
			return err
		}
	}
	for i := range d.Excluded {
		if err := s.line("excluded", &d.Excluded[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *stream) line(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.write("{%q:%s}\n", name, b)
}

func (s *stream) end(run *reimbursement.RunView, err error) error {
	if err != nil {
		return err
	}
	return s.line("run", run)
}

// watch writes how far the posting of a run is until it ends, the client goes or may no longer look.
func (d *door) watch(ctx context.Context, in RunOf, s *stream) error {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	var last app.RunPosting
	wrote := time.Now()
	for {
		actor, err := d.who(visitOf(ctx).r) // the token may have been revoked
		if err != nil {
			return err
		}
		p, err := d.app.Posting(ctx, app.Call{Actor: actor, Company: in.Company.Company}, in.Run)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		ended := p.State != reimbursement.Posting
		if !s.begun || *p != last || ended {
			b, err := json.Marshal(p)
			if err != nil {
				return err
			}
			name := "progress"
			if ended {
				name = "done"
			}
			if err := s.write("event: %s\ndata: %s\n\n", name, b); err != nil || ended {
				return nil //nolint:nilerr // the client is gone
			}
			last, wrote = *p, time.Now()
		}
		if time.Since(wrote) > beatEvery {
			if s.write(": still here\n\n") != nil {
				return nil
			}
			wrote = time.Now()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
