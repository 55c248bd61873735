package work_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/egress"
	"quittance/internal/identity"
	"quittance/internal/outbox"
	"quittance/internal/secret"
	"quittance/internal/work"
)

// The test binary is also the processes that the tests of delivery need, by QUITTANCE_TEST_CHILD: a worker, a mail server, and a receiver of
// webhooks. What a server does is told by a word in a file, read anew for each message; what it took is a file of JSON lines.

const childEnv = "QUITTANCE_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		dbtest.Main(m)
	case "worker":
		childWorker()
	case "schedules":
		childSchedules()
	case "smtp":
		childSMTP()
	case "receiver":
		childReceiver()
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// impatient is a timing for tests.
var impatient = outbox.Timing{First: 30 * time.Millisecond, Longest: 300 * time.Millisecond, Tries: 10000, Pause: 100 * time.Millisecond, Lease: 1500 * time.Millisecond}

// patience is the time that a receiver has for its answer where none is meant to be without one: a busy machine is slow.
const patience = 20 * time.Second

// delivery says how tests deliver: to the machine itself.
func delivery(smtpPort int) *work.Delivery {
	d := &work.Delivery{Egress: egress.Options{Allow: []string{"127.0.0.0/8"}, Timeout: patience}, Timing: impatient, Base: "https://books.example"}
	if smtpPort != 0 {
		d.SMTP = outbox.SMTP{Host: "127.0.0.1", Port: smtpPort, TLS: "none", From: "Quittance <quittance@books.example>"}
	}
	return d
}

func childWorker() {
	a, err := app.Open(context.Background(), os.Getenv("URL"))
	check(err)
	port, err := strconv.Atoi(os.Getenv("SMTP_PORT"))
	check(err)
	d := delivery(port)
	d.Egress.Timeout, err = time.ParseDuration(os.Getenv("PATIENCE"))
	check(err)
	check(work.Deliver(context.Background(), a, d, false))
}

// mode gives what the server of this process does now.
func mode() string {
	b, err := os.ReadFile(os.Getenv("MODE"))
	check(err)
	return strings.TrimSpace(string(b))
}

var logging sync.Mutex

// took writes down a message that the server of this process has.
func took(v any) {
	logging.Lock()
	defer logging.Unlock()
	f, err := os.OpenFile(os.Getenv("LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	check(err)
	b, err := json.Marshal(v)
	check(err)
	_, err = f.Write(append(b, '\n'))
	check(err)
	check(f.Close())
}

// taken is a message that a server has.
type taken struct {
	ID, Event, To, Body string
	Answered            bool // it said so
}

func childReceiver() {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("SECRET"), "whsec_"))
	check(err)
	check(http.ListenAndServe(os.Getenv("ADDR"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // who sent it is gone
		}
		h := hmac.New(sha256.New, key)
		fmt.Fprintf(h, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body)
		if r.Header.Get("webhook-signature") != "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)) {
			took(taken{ID: "forged", Body: string(body)})
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var m struct{ ID string }
		check(json.Unmarshal(body, &m))
		x := taken{ID: r.Header.Get("webhook-id"), Event: m.ID, Body: string(body)}
		switch mode() {
		case "refuse":
			w.WriteHeader(http.StatusInternalServerError)
		case "hang": // it has the message, and its answer is lost
			took(x)
			time.Sleep(time.Second)
		case "close":
			took(x)
			panic(http.ErrAbortHandler)
		default:
			x.Answered = true
			took(x)
		}
	})))
}

func childSMTP() {
	l, err := net.Listen("tcp", os.Getenv("ADDR"))
	check(err)
	for {
		c, err := l.Accept()
		check(err)
		go smtpSession(c)
	}
}

// smtpSession is a mail server's side of a session.
func smtpSession(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(s string) { fmt.Fprintf(c, "%s\r\n", s) }
	say("220 test")
	to := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		switch verb := strings.ToUpper(strings.Fields(line + " x")[0]); verb {
		case "EHLO":
			say("250 test")
		case "MAIL":
			if mode() == "busy" {
				say("451 try later")
				return
			}
			say("250 ok")
		case "RCPT":
			to = line
			if strings.Contains(line, "nobody@") {
				say("550 no such user")
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			if mode() == "cut" {
				_, _ = in.ReadString('\n')
				return
			}
			text, whole := readData(in)
			if !whole {
				return // who sent it is gone
			}
			m, err := mail.ReadMessage(strings.NewReader(text))
			check(err)
			x := taken{ID: m.Header.Get("Message-Id"), To: to, Body: text}
			if mode() == "lose" { // it has the message, and its answer is lost
				took(x)
				return
			}
			if mode() == "stall" { // it has the message, and never answers
				took(x)
				time.Sleep(time.Minute)
				return
			}
			x.Answered = true
			took(x)
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// readData reads the text of a mail, and says whether it came to its end.
func readData(in *bufio.Reader) (text string, whole bool) {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return b.String(), err == nil
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

// post is a company with somebody to mail to, a webhook, and the servers.
type post struct {
	t                      *testing.T
	url, dir               string
	a                      *app.App
	d                      *db.DB
	company                int64
	webhook                *app.WebhookView
	receiverAddr, smtpAddr string
	smtpPort               int
	patience               time.Duration // of the workers that are processes; 0: [patience]
}

var boss = app.Call{Actor: identity.Actor{Name: "operator:test", Roles: []identity.Role{identity.Administrator}}}

// port gives an address that nobody listens to, for a server that comes and goes.
func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func newPost(t *testing.T, url string) *post {
	t.Helper()
	t.Setenv("QUITTANCE_KEY", secret.New())
	p := &post{t: t, url: url, dir: t.TempDir(), a: open(t, url), d: dbtest.Open(t, url), company: 7, receiverAddr: port(t), smtpAddr: port(t)}
	_, text, _ := net.SplitHostPort(p.smtpAddr)
	p.smtpPort, _ = strconv.Atoi(text)
	p.unit(func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "insert into company (id, code, name, country, currency, account_format) values (7, 'CO', 'Company', 'US', 'USD', 'Main')"); err != nil {
			return err
		}
		for name, u := range map[string]*identity.User{"bea": {FullName: "Bea Reader", Email: "bea@books.example"}, "gone": {Email: "nobody@books.example"}} {
			u.Name, u.Grants = name, []identity.Grant{{Company: "CO", Role: identity.Viewer}}
			if err := identity.Add(ctx, tx, u, ""); err != nil {
				return err
			}
		}
		return nil
	})
	var err error
	if p.webhook, err = p.a.AddWebhook(t.Context(), boss, app.WebhookEntry{URL: "http://" + p.receiverAddr + "/hook", Kinds: []string{"payment.*"}}); err != nil {
		t.Fatal(err)
	}
	p.mode("receiver", "ok")
	p.mode("smtp", "ok")
	return p
}

func (p *post) unit(fn db.Work) {
	p.t.Helper()
	if err := p.d.Unit(p.t.Context(), db.Scope{Company: p.company, Actor: "ann", Command: 3, Now: time.Now()}, fn); err != nil {
		p.t.Fatal(err)
	}
}

// void tells of a payment that was voided, which concerns bea.
func (p *post) void(n int, concerns ...string) {
	p.t.Helper()
	p.unit(func(_ context.Context, tx *db.Tx) error {
		return outbox.Add(tx, outbox.PaymentVoided, fmt.Sprintf("CHK-%d", n), map[string]string{"amount": "1234.50", "currency": "USD", "reason": "lost"}, concerns...)
	})
}

func (p *post) mode(server, word string) {
	p.t.Helper()
	path := filepath.Join(p.dir, server+".mode")
	if err := os.WriteFile(path+".new", []byte(word), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		p.t.Fatal(err)
	}
}

// child starts a process, and gives what kills it as a power cut would. A server listens when this returns.
func (p *post) child(kind string) (kill func()) {
	p.t.Helper()
	cmd := exec.Command(os.Args[0])
	addr := map[string]string{"receiver": p.receiverAddr, "smtp": p.smtpAddr}[kind]
	cmd.Env = append(os.Environ(), childEnv+"="+kind, "PATIENCE="+cmp.Or(p.patience, patience).String(), "URL="+p.url, "ADDR="+addr, "SMTP_PORT="+strconv.Itoa(p.smtpPort), "SECRET="+p.webhook.Secret,
		"MODE="+filepath.Join(p.dir, kind+".mode"), "LOG="+filepath.Join(p.dir, kind+".log"))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	once := sync.OnceFunc(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	p.t.Cleanup(once)
	if addr != "" {
		listens(p.t, addr)
	}
	return once
}

// listens waits until somebody listens at an address.
func listens(t *testing.T, addr string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// log gives what a server has.
func (p *post) log(server string) (all []taken) {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(p.dir, server+".log"))
	if err != nil && !os.IsNotExist(err) {
		p.t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if !strings.HasSuffix(line, "\n") {
			break // it is being written
		}
		var x taken
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			p.t.Fatal(err)
		}
		all = append(all, x)
	}
	return all
}

// states counts the deliveries by state.
func (p *post) states() map[outbox.State]int {
	p.t.Helper()
	counts := map[outbox.State]int{}
	for after := ""; ; {
		part, err := p.a.Deliveries(p.t.Context(), boss, app.DeliveryQuery{}, app.Page{Limit: 500, After: after})
		if err != nil {
			p.t.Fatal(err)
		}
		for _, d := range part.Items {
			counts[d.State]++
		}
		if after = part.Next; after == "" {
			return counts
		}
	}
}

// settle waits until so many deliveries are there and none waits.
func (p *post) settle(n int) map[outbox.State]int {
	p.t.Helper()
	for deadline := time.Now().Add(4 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		s := p.states()
		if s[outbox.StateWaiting] == 0 && s[outbox.StateDelivered]+s[outbox.StateDead]+s[outbox.StateCancelled] == n {
			return s
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("of %d deliveries there are %v", n, s)
		}
	}
}

// Events are told while receivers are down, fail, lose their answers and recover, and while workers are killed: nothing is lost, and what comes
// twice has the same id.
func TestNothingIsLostAndNothingHasTwoIDs(t *testing.T) {
	events, workers := 60, 3
	if testing.Short() {
		events = 20
	}
	dbtest.EachURL(t, func(t *testing.T, url string) {
		p := newPost(t, url)
		p.patience = 500 * time.Millisecond // less than a receiver hangs
		if !strings.Contains(url, "://") {
			workers = 1 // as on the embedded database
		}
		kills := make([]func(), workers)
		for i := range kills {
			kills[i] = p.child("worker")
		}
		var receiver, smtp func() // not there at first
		steps := map[int]func(){
			events / 6: func() {
				p.mode("receiver", "refuse")
				receiver = p.child("receiver")
				p.mode("smtp", "busy")
				smtp = p.child("smtp")
			},
			events / 3:     func() { p.mode("receiver", "hang"); p.mode("smtp", "cut") },
			events / 2:     func() { p.mode("receiver", "close"); p.mode("smtp", "lose") },
			events * 2 / 3: func() { receiver(); smtp() },
			events * 5 / 6: func() { p.mode("receiver", "ok"); p.child("receiver"); p.mode("smtp", "ok"); p.child("smtp") },
		}
		for n := range events {
			if step := steps[n]; step != nil {
				step()
			}
			p.void(n, "bea")
			time.Sleep(time.Duration(rand.N(80)) * time.Millisecond)
			if n%5 == 4 {
				i := rand.N(len(kills))
				kills[i]()
				kills[i] = p.child("worker")
			}
		}
		if s := p.settle(2 * events); s[outbox.StateDelivered] != 2*events {
			t.Errorf("%v", s)
		}
		p.proveHooks(events)
		p.proveMails(events)
	})
}

// proveHooks fails the test unless each event reached the receiver, under one id, with one content.
func (p *post) proveHooks(events int) {
	p.t.Helper()
	ids, bodies, answered, all := map[string]string{}, map[string]string{}, map[string]bool{}, p.log("receiver")
	for _, x := range all {
		if had, is := ids[x.Event]; is && had != x.ID {
			p.t.Errorf("the event %s came as %s and as %s", x.Event, had, x.ID)
		}
		if had, is := bodies[x.ID]; is && had != x.Body {
			p.t.Errorf("the message %s said\n%s and\n%s", x.ID, had, x.Body)
		}
		ids[x.Event], bodies[x.ID], answered[x.Event] = x.ID, x.Body, answered[x.Event] || x.Answered
	}
	if len(ids) != events || len(bodies) != events || ids["forged"] != "" || len(answered) != events {
		p.t.Errorf("%d events came as %d messages of %d", len(ids), len(bodies), events)
	}
	for event, was := range answered {
		if !was {
			p.t.Errorf("the event %s counts as delivered, and was never answered", event)
		}
	}
	p.t.Logf("%d messages to the webhook for %d events", len(all), events)
	feed, err := p.a.Events(p.t.Context(), boss, app.EventQuery{}, app.Page{Limit: 500})
	if err != nil || len(feed.Items) != events {
		p.t.Fatalf("%d events in the feed, %v", len(feed.Items), err)
	}
	for i, e := range feed.Items {
		if e.Seq != int64(i+1) || ids[e.ID] == "" {
			p.t.Errorf("event %d of the feed is %d, %s", i+1, e.Seq, ids[e.ID])
		}
	}
}

// proveMails fails the test unless each mail reached the server, under one id.
func (p *post) proveMails(events int) {
	p.t.Helper()
	subjects, all := map[string]map[string]bool{}, p.log("smtp")
	for _, x := range all {
		m, err := mail.ReadMessage(strings.NewReader(x.Body))
		if err != nil {
			p.t.Fatal(err)
		}
		s := m.Header.Get("Subject")
		if subjects[s] == nil {
			subjects[s] = map[string]bool{}
		}
		subjects[s][x.ID] = true
		if !strings.HasSuffix(x.ID, "@books.example>") || !strings.Contains(x.To, "bea@books.example") {
			p.t.Errorf("%s to %s", x.ID, x.To)
		}
	}
	if len(subjects) != events {
		p.t.Errorf("%d mails of %d: %v", len(subjects), events, slices.Sorted(maps.Keys(subjects)))
	}
	for s, ids := range subjects {
		if len(ids) != 1 {
			p.t.Errorf("%q came under %v", s, ids)
		}
	}
	p.t.Logf("%d mails for %d events", len(all), events)
}
