//go:build unix

package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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
	resp, err := http.ReadResponse(l.r, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusCreated {
		err = fmt.Errorf("%d: %s", resp.StatusCode, text)
	}
	return err
}

// BenchmarkPost posts invoices by 8 clients on each database: through Go calls, and over HTTP on the loopback, each with an idempotency
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
				_, err := d.PostDocument(context.Background(), call, app.DocumentRequest{Type: "invoice", Party: "C-1001", Date: day, Lines: []app.DocumentLine{{Account: "101-44400", Amount: "12.50"}}})
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
				return lines[c].post(psus+"/documents", token, fmt.Sprintf("http-%d-%d", run, i), `{"type":"invoice","party":"C-1001","date":"2026-11-30","lines":[{"account":"101-44400","amount":"12.50"}]}`)
			})
		})
		h.Close()
	}
}
