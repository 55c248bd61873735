//go:build unix

package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"quittance/internal/api"
	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
)

const clients = 8

// together lets the clients work until b.N things are done, and reports how many a second.
func together(b *testing.B, one func(client, i int) error) {
	var next atomic.Int64
	var group sync.WaitGroup
	b.ResetTimer()
	began, busy := time.Now(), cpu()
	for c := range clients {
		group.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := one(c, int(i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "vouchers/s")
	b.ReportMetric(float64((cpu()-busy).Microseconds())/float64(b.N), "cpu-µs/voucher") // of this process, clients included
}

// cpu gives the processor time that this process took so far.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// line is a client with one connection that stays open. It is as lean as a client can be, since it takes from the same processors.
type line struct {
	net.Conn
	r *bufio.Reader
}

func dial(b *testing.B, address string) *line {
	b.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return &line{conn, bufio.NewReader(conn)}
}

func (l *line) post(path, token, key, body string) error {
	if _, err := fmt.Fprintf(l, "POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s", path, token, key, len(body), body); err != nil {
		return err
	}
	status, err := l.r.ReadString('\n')
	if err != nil {
		return err
	}
	size := 0
	for {
		header, err := l.r.ReadString('\n')
		if err != nil {
			return err
		}
		if header = strings.TrimSpace(header); header == "" {
			break
		}
		if n, ok := strings.CutPrefix(header, "Content-Length: "); ok {
			if size, err = strconv.Atoi(n); err != nil {
				return err
			}
		}
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(l.r, text); err != nil {
		return err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 201 ") || !strings.Contains(string(text), `"number":"`) {
		return fmt.Errorf("%s: %s", status, text)
	}
	return nil
}

// BenchmarkPost posts vouchers of two entries by 8 clients on each database: through Go calls, and over HTTP on the loopback, each with an idempotency
// key, audited. The clients run in the same process, so that what they take is counted too.
func BenchmarkPost(b *testing.B) {
	for _, kind := range dbtest.Kinds() {
		d := apptest.New(b, dbtest.Open(b, dbtest.URL(b, kind)))
		d.Import(b, apptest.PublicSector())
		s := &server{Door: d}
		token := s.token(b, "carl", "clerk")
		h := httptest.NewServer(api.New(d.App, api.Options{}))
		day := civil.MustParse("2026-11-30")
		run := 0
		b.Run(kind+"/calls", func(b *testing.B) {
			run++
			together(b, func(c, i int) error {
				call := apptest.Call
				call.Key = fmt.Sprintf("calls-%d-%d", run, i)
				_, err := d.PostJournal(context.Background(), call, app.JournalRequest{Date: day, Lines: []app.JournalLine{{Account: "101-11020", Debit: "12.50"}, {Account: "101-44400", Credit: "12.50"}}})
				return err
			})
		})
		b.Run(kind+"/http", func(b *testing.B) {
			run++
			lines := make([]*line, clients)
			for c := range lines {
				lines[c] = dial(b, h.Listener.Addr().String())
			}
			together(b, func(c, i int) error {
				return lines[c].post(psus+"/vouchers", token, fmt.Sprintf("http-%d-%d", run, i), `{"date":"2026-11-30","lines":[{"account":"101-11020","debit":"12.50"},{"account":"101-44400","credit":"12.50"}]}`)
			})
		})
		h.Close()
	}
}
