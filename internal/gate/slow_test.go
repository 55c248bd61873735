package gate_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"quittance/internal/fault"
	"quittance/internal/gate"
)

const short = 500 * time.Millisecond // that a client may stand still in these tests; less would catch a busy machine

// house is a server behind a gate that has little patience.
func house(t *testing.T, over2 bool, door http.HandlerFunc) (*httptest.Server, *gate.Gate) {
	t.Helper()
	g := gate.New(gate.Options{Grace: short, Log: slog.New(slog.DiscardHandler)}, door)
	s := httptest.NewUnstartedServer(g)
	s.Config.ReadHeaderTimeout = short
	if s.EnableHTTP2 = over2; over2 {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s, g
}

func eachProtocol(t *testing.T, fn func(t *testing.T, over2 bool)) {
	for _, over2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP1", true: "HTTP2"}[over2], func(t *testing.T) { t.Parallel(); fn(t, over2) })
	}
}

// A client that sends its body in drops is cut off; the door is told why.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, over2 bool) {
		told := make(chan error, 1)
		s, _ := house(t, over2, func(w http.ResponseWriter, r *http.Request) {
			_, err := io.Copy(io.Discard, r.Body)
			told <- err
			w.WriteHeader(http.StatusRequestTimeout)
		})
		pr, pw := io.Pipe()
		defer pw.Close()
		go func() {
			for {
				if _, err := pw.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(short / 10) // far below the lowest rate
			}
		}()
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, pr)
		began := time.Now()
		resp, err := s.Client().Do(req)
		if err == nil {
			resp.Body.Close()
		}
		if err := <-told; fault.RuleOf(err) != "too_slow" {
			t.Errorf("the door is told %v", err)
		}
		if took := time.Since(began); took > 20*short {
			t.Errorf("it took %s", took)
		}
	})
}

// A body that takes longer than the patience, but moves on, comes whole.
func TestLongBody(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, over2 bool) {
		s, _ := house(t, over2, func(w http.ResponseWriter, r *http.Request) {
			n, err := io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, n, err)
		})
		pr, pw := io.Pipe()
		go func() {
			for range 10 {
				_, _ = pw.Write([]byte(strings.Repeat("x", 4096)))
				time.Sleep(short / 4)
			}
			pw.Close()
		}()
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, pr)
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if b, _ := io.ReadAll(resp.Body); string(b) != "40960 <nil>" {
			t.Errorf("the door says %s", b)
		}
	})
}

// A stream of events lives on although nothing is sent for longer than the patience, and ends when the server stops.
func TestStream(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, over2 bool) {
		ended := make(chan struct{})
		s, g := house(t, over2, func(w http.ResponseWriter, r *http.Request) {
			defer close(ended)
			w.Header().Set("Content-Type", "text/event-stream")
			for i := 0; ; i++ {
				fmt.Fprintf(w, "data: %d\n\n", i)
				if err := http.NewResponseController(w).Flush(); err != nil {
					t.Error(err)
				}
				wait := 2 * short
				if i == 2 {
					wait = time.Hour
				}
				select {
				case <-r.Context().Done():
					return
				case <-time.After(wait):
				}
			}
		})
		resp, err := s.Client().Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		for _, want := range []string{"data: 0", "", "data: 1", "", "data: 2", ""} {
			if !lines.Scan() || lines.Text() != want {
				t.Fatalf("%q, %v; want %q", lines.Text(), lines.Err(), want)
			}
		}
		g.EndStreams()
		<-ended
		if lines.Scan() || lines.Err() != nil {
			t.Errorf("the stream goes on with %q, %v", lines.Text(), lines.Err())
		}
		if later, err := s.Client().Get(s.URL + "/later"); err == nil { // a stream that begins afterwards ends at once
			_, _ = io.Copy(io.Discard, later.Body)
			later.Body.Close()
		}
	})
}

// A client that does not read is cut off, so that it does not hold a door for ever; one that reads slowly gets everything.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	const size = 32 << 20 // more than the buffers of both ends
	for _, reads := range []bool{true, false} {
		t.Run(map[bool]string{true: "GetsAll", false: "CutOff"}[reads], func(t *testing.T) {
			t.Parallel()
			wrote := make(chan error, 1)
			s, _ := house(t, false, func(w http.ResponseWriter, _ *http.Request) {
				_, err := w.Write(make([]byte, size))
				wrote <- err
			})
			c, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			if !reads {
				if err := <-wrote; err == nil {
					t.Error("the door wrote all of it to nobody")
				}
				return
			}
			began, n, buf := time.Now(), 0, make([]byte, 256<<10)
			for {
				k, err := c.Read(buf)
				n += k
				if err != nil {
					break
				}
				if time.Since(began) < 4*short {
					time.Sleep(short / 10)
				}
			}
			if err := <-wrote; err != nil || n < size {
				t.Errorf("%d of %d bytes in %s, %v", n, size, time.Since(began), err)
			}
		})
	}
}

// Slow loris: a header in drops is cut off.
func TestSlowHeader(t *testing.T) {
	t.Parallel()
	s, _ := house(t, false, func(http.ResponseWriter, *http.Request) { t.Error("the door is opened") })
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() {
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(c, "%s", string("GET / HTTP/1.1\r\nHost: x\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaa"[min(i, 50)])); err != nil {
				return
			}
			time.Sleep(short / 20)
		}
	}()
	_ = c.SetReadDeadline(time.Now().Add(50 * short))
	if _, err := io.ReadAll(c); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		t.Error("the connection is held open")
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// A connection is used again after a body that the door left unread, and after the deadlines of the request before have passed.
func TestConnectionIsUsedAgain(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, over2 bool) {
		s, _ := house(t, over2, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/read" {
				_, _ = io.Copy(io.Discard, r.Body)
			}
			time.Sleep(2 * short) // longer than the patience, which is for clients
			fmt.Fprint(w, "done")
		})
		dials := 0
		tr := s.Client().Transport.(*http.Transport)
		tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials++
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		}
		for _, path := range []string{"/read", "/leave", "/read", "/leave"} {
			resp, err := s.Client().Post(s.URL+path, "text/plain", strings.NewReader("some body"))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if string(b) != "done" || err != nil {
				t.Fatalf("%s: %q, %v", path, b, err)
			}
		}
		if dials != 1 {
			t.Errorf("%d connections were made", dials)
		}
	})
}
