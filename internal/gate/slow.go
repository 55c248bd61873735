package gate

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"quittance/internal/fault"
)

const (
	grace       = 20 * time.Second // that a client may stand still, when the options do not say
	lowestRate  = 1 << 10          // bytes a second that a body must come at, beyond the grace
	piece       = 32 << 10         // bytes that are written under one deadline: a client reads them within the grace or is cut off
	leftover    = 5 * time.Second  // for the rest of a body that the door did not read
	streamsType = "text/event-stream"
)

// writer is the response on its way to the client: what is written moves the deadline on.
type writer struct {
	http.ResponseWriter
	control *http.ResponseController
	http2   bool
	grace   time.Duration
	status  int // 0: not written yet
	bytes   int64
	stream  func() // called when the response turns out to be a stream
}

func newWriter(w http.ResponseWriter, r *http.Request, grace time.Duration, stream func()) *writer {
	out := &writer{ResponseWriter: w, control: http.NewResponseController(w), http2: r.ProtoMajor >= 2, grace: grace, stream: stream}
	if !out.http2 {
		_ = out.control.SetWriteDeadline(time.Time{}) // the connection may still have that of the request before
	}
	return out
}

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) WriteHeader(status int) {
	if status >= 200 && w.status == 0 {
		w.status = status
		if strings.HasPrefix(w.Header().Get("Content-Type"), streamsType) {
			w.stream()
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(p []byte) (written int, err error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	for first := true; first || len(p) > 0; first = false {
		part := p[:min(len(p), piece)]
		p = p[len(part):]
		w.hurry()
		n, err := w.ResponseWriter.Write(part)
		w.rest()
		written += n
		w.bytes += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// FlushError sends what is buffered.
func (w *writer) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.hurry()
	defer w.rest()
	return w.control.Flush()
}

// Flush is FlushError for those who ask for an http.Flusher.
func (w *writer) Flush() { _ = w.FlushError() }

func (w *writer) hurry() { _ = w.control.SetWriteDeadline(time.Now().Add(w.grace)) }

// rest takes the deadline away. HTTP/2 ends a stream whose deadline passes even when nothing is being written; HTTP/1 does not.
func (w *writer) rest() {
	if w.http2 {
		_ = w.control.SetWriteDeadline(time.Time{})
	}
}

// finish sets the deadlines for what the server does by itself after the door: it sends what is buffered and reads what is left of the
// body.
func (w *writer) finish(b *body) {
	w.hurry()
	if b != nil && !b.done {
		_ = w.control.SetReadDeadline(time.Now().Add(leftover))
	}
}

// body is a request's body, which must come at the lowest rate.
type body struct {
	io.ReadCloser
	control *http.ResponseController
	grace   time.Duration
	began   time.Time
	n       int64
	done    bool
}

// limitBody bounds the body of a request in size and time; nil when it has none.
func (g *Gate) limitBody(w *writer, r *http.Request) *body {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	b := &body{ReadCloser: r.Body, control: w.control, grace: w.grace}
	r.Body = b
	if limit := g.limit(r); limit > 0 {
		r.Body = http.MaxBytesReader(w.ResponseWriter, b, limit)
	}
	return b
}

func (b *body) Read(p []byte) (int, error) {
	if b.done {
		return b.ReadCloser.Read(p)
	}
	if b.began.IsZero() {
		b.began = time.Now()
	}
	_ = b.control.SetReadDeadline(b.began.Add(b.grace + time.Duration(b.n)*time.Second/lowestRate))
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	if err != nil {
		b.done = true
		_ = b.control.SetReadDeadline(time.Time{})
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fault.New(fault.Limited, "the request came too slowly; send it at more than %d bytes a second", lowestRate).ByRule("too_slow").Because(err)
	}
	return n, err
}
