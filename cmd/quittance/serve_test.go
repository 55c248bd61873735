package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/folder"
)

// service is a server in a process of its own.
type service struct {
	*exec.Cmd
	base string
	errs *strings.Builder
}

var where = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// serve starts a server at a free port and waits until it says where it is.
func (p program) serve() *service {
	p.t.Helper()
	s := &service{Cmd: p.command(context.Background(), "serve", "--addr", "127.0.0.1:0", "--log-level", "warn"), errs: &strings.Builder{}}
	s.Stderr = s.errs
	out, err := s.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = s.Process.Kill() })
	lines := bufio.NewScanner(out)
	for s.base == "" && lines.Scan() {
		s.base = where.FindString(lines.Text())
	}
	if s.base == "" {
		_ = s.Wait()
		p.t.Fatalf("the server does not start: %s", s.errs)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return s
}

// ledger is what the clients know: by idempotency key the number that was acknowledged, blank when no answer came.
type ledger struct {
	mu    sync.Mutex
	acked map[string]string
}

func (l *ledger) note(key, number string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[key] = number
}

// poster posts invoices over HTTP, each with a key and a text of its own.
type poster struct {
	client *http.Client
	token  string
}

func (x *poster) post(base, key string) (number string, status int, err error) {
	body := fmt.Sprintf(`{"type":"invoice","party":"C-1001","date":"2026-11-10","text":"%s","lines":[{"account":"101-44400","amount":"1.25"}]}`, key)
	r, err := http.NewRequest(http.MethodPost, base+"/api/v1/companies/PSUS/documents", strings.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	r.Header.Set("Authorization", "Bearer "+x.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	resp, err := x.client.Do(r)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", 0, err
	}
	var posted struct{ Number string }
	if resp.StatusCode == http.StatusCreated {
		err = json.Unmarshal(text, &posted)
	}
	return posted.Number, resp.StatusCode, err
}

// load lets clients post until the server is gone, and ends it meanwhile.
func (x *poster) load(t *testing.T, l *ledger, s *service, round int, end os.Signal) {
	t.Helper()
	var clients sync.WaitGroup
	var acked atomic.Int64
	for c := range 8 {
		clients.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("round-%d-client-%d-%d", round, c, i)
				l.note(key, "")
				number, status, err := x.post(s.base, key)
				switch {
				case err != nil:
					return // the server is gone
				case status == http.StatusCreated:
					l.note(key, number)
					acked.Add(1)
				case status == http.StatusServiceUnavailable:
				default:
					t.Errorf("%s is answered %d", key, status)
					return
				}
			}
		})
	}
	enough := int64(50 + rand.IntN(150))
	for began := time.Now(); acked.Load() < enough; time.Sleep(time.Millisecond) {
		if time.Since(began) > 5*time.Minute {
			t.Errorf("the clients got %d answers in five minutes", acked.Load())
			break
		}
	}
	if err := s.Process.Signal(end); err != nil {
		t.Fatal(err)
	}
	err := s.Wait()
	clients.Wait()
	if end == syscall.SIGTERM && err != nil {
		t.Errorf("told to stop, the server ends with %v: %s", err, s.errs)
	}
}

// Under load the server is told to stop, or killed, again and again: what was acknowledged is there exactly once, and what was not is
// there exactly once after the client tries again with the same key.
func TestServerEndsUnderLoad(t *testing.T) {
	data, err := apptest.PublicSector().Read()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() + "/company"
	if err := folder.Write(dir, data); err != nil {
		t.Fatal(err)
	}
	for _, kind := range dbtest.Kinds() {
		for _, end := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
			t.Run(kind+"/"+end.String(), func(t *testing.T) {
				p := program{t, dbtest.URL(t, kind)}
				p.run("import", dir)
				p.run("users", "add", "ann", "--role", "clerk", "--no-password")
				x := &poster{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}, token: p.tokenOf("ann")}
				l := &ledger{acked: map[string]string{}}
				for round := range 4 {
					s := p.serve()
					x.load(t, l, s, round, end)
					p.run("verify")
				}
				p.settle(x, l)
			})
		}
	}
}

func (p program) tokenOf(user string) string {
	p.t.Helper()
	var made struct{ Token string }
	if err := json.Unmarshal([]byte(p.run("tokens", "create", "load", "--user", user, "--days", "1", "-o", "json")), &made); err != nil || made.Token == "" {
		p.t.Fatalf("the token: %v", err)
	}
	return made.Token
}

// settle looks for what was acknowledged, tries the rest again, and counts.
func (p program) settle(x *poster, l *ledger) {
	t := p.t
	t.Helper()
	posted := p.texts()
	again := 0
	for key, number := range l.acked {
		if number == "" {
			again++
			continue
		}
		if got := posted[key]; len(got) != 1 || got[0] != number {
			t.Errorf("%s was acknowledged as %s, and stands there as %v", key, number, got)
		}
	}
	s := p.serve()
	for key := range l.acked {
		number, status, err := x.post(s.base, key)
		if err != nil || status != http.StatusCreated || (l.acked[key] != "" && l.acked[key] != number) {
			t.Fatalf("%s, acknowledged as %q, is answered %d %q when tried again, %v", key, l.acked[key], status, number, err)
		}
	}
	_ = s.Process.Signal(syscall.SIGTERM)
	if err := s.Wait(); err != nil {
		t.Errorf("the server ends with %v: %s", err, s.errs)
	}
	posted = p.texts()
	if len(posted) != len(l.acked) {
		t.Errorf("%d vouchers for %d keys", len(posted), len(l.acked))
	}
	for key, numbers := range posted {
		if len(numbers) != 1 {
			t.Errorf("%s was posted as %v", key, numbers)
		}
	}
	p.run("verify")
	t.Logf("%d keys, of which %d were not acknowledged at first", len(l.acked), again)
}

// texts gives the numbers of the clients' vouchers by their text, which is the key.
func (p program) texts() map[string][]string {
	p.t.Helper()
	dir := p.t.TempDir() + "/out"
	p.run("export", dir)
	data, err := folder.Read(dir)
	if err != nil {
		p.t.Fatal(err)
	}
	seen := map[string]map[string]bool{}
	for i := range data.Vouchers {
		v := &data.Vouchers[i]
		for j := range v.Lines {
			if text := v.Lines[j].Text; strings.HasPrefix(text, "round-") {
				if seen[text] == nil {
					seen[text] = map[string]bool{}
				}
				seen[text][v.Number] = true
			}
		}
	}
	out := map[string][]string{}
	for text, numbers := range seen {
		for n := range numbers {
			out[text] = append(out[text], n)
		}
	}
	return out
}
