package work_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/egress"
	"quittance/internal/fault"
	"quittance/internal/outbox"
	"quittance/internal/secret"
	"quittance/internal/work"
)

// deliver delivers what is due, in this process.
func (p *post) deliver(d *work.Delivery) {
	p.t.Helper()
	if err := work.Deliver(p.t.Context(), p.a, d, true); err != nil {
		p.t.Fatal(err)
	}
}

// one gives the only delivery to the receiver of the channel, with its attempts.
func (p *post) one(channel string) *app.DeliveryView {
	p.t.Helper()
	all, err := p.a.Deliveries(p.t.Context(), boss, app.DeliveryQuery{}, app.Page{})
	if err != nil {
		p.t.Fatal(err)
	}
	var found *app.DeliveryView
	for _, d := range all.Items {
		if d.Channel == channel {
			if found != nil {
				p.t.Fatalf("there are several: %+v", all.Items)
			}
			if found, err = p.a.Delivery(p.t.Context(), boss, d.ID); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	if found == nil {
		p.t.Fatalf("there is no %s", channel)
	}
	return found
}

// to lets the webhook be told at another address.
func (p *post) to(url string) {
	p.t.Helper()
	if _, err := p.a.ChangeWebhook(p.t.Context(), boss, p.webhook.ID, app.WebhookChange{URL: &url}); err != nil {
		p.t.Fatal(err)
	}
}

// The sample of the docs verifies what is sent, also with two secrets, and refuses what is changed.
func TestSampleOfTheDocsVerifies(t *testing.T) {
	page, err := os.ReadFile("../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```go\n")
	source, _, _ := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/webhooks.md has no sample")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "sample"), filepath.Join(dir, "main.go"))
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := newPost(t, dbtest.URL(t, "sqlite"))
	sample := func(secret string) (printed func() string) {
		var out strings.Builder
		cmd := exec.Command(filepath.Join(dir, "sample"), p.receiverAddr)
		cmd.Env = append(os.Environ(), "SECRET="+secret)
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		listens(t, p.receiverAddr)
		return func() string { _ = cmd.Process.Kill(); _ = cmd.Wait(); return out.String() }
	}
	forged, err := http.NewRequest(http.MethodPost, "http://"+p.receiverAddr, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	forged.Header.Set("webhook-id", "x")
	forged.Header.Set("webhook-timestamp", "1700000000")
	forged.Header.Set("webhook-signature", "v1,AAAA")

	printed := sample(p.webhook.Secret)
	p.void(1)
	p.deliver(delivery(0))
	d := p.one("webhook")
	if _, err := p.a.ReplayDelivery(t.Context(), boss, d.ID); err != nil {
		t.Fatal(err)
	}
	p.deliver(delivery(0))
	resp, err := http.DefaultClient.Do(forged)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("forged: %v, %v", resp, err)
	}
	if out := printed(); strings.Count(out, "payment.voided") != 1 || strings.Count(out, "\n") != 1 {
		t.Errorf("printed %q", out)
	}
	if d = p.one("webhook"); d.State != outbox.StateDelivered || d.Attempts != 2 || d.Replays != 1 {
		t.Errorf("%+v", d)
	}
	rotated, err := p.a.RotateWebhook(t.Context(), boss, p.webhook.ID, 24)
	if err != nil {
		t.Fatal(err)
	}
	for i, secret := range []string{p.webhook.Secret, rotated.Secret} {
		printed := sample(secret)
		p.void(2 + i)
		p.deliver(delivery(0))
		if out := printed(); strings.Count(out, "payment.voided") != 1 {
			t.Errorf("with secret %d of two: %q", i, out)
		}
	}
}

// Addresses inside are not called, whatever leads there.
func TestWebhooksCallNothingInside(t *testing.T) {
	var calls atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer target.Close()
	leading := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target.URL, http.StatusTemporaryRedirect)
	}))
	defer leading.Close()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		p := newPost(t, url)
		p.to(target.URL)
		p.void(1)
		none := delivery(0)
		none.Egress = egress.Options{}
		p.deliver(none)
		if d := p.one("webhook"); d.State != outbox.StateWaiting || len(d.Log) == 0 || !strings.Contains(d.Log[0].Detail, "egress-allow") {
			t.Errorf("%+v", d)
		}
		time.Sleep(100 * time.Millisecond) // until it is due again
		p.to(leading.URL)
		p.deliver(delivery(0))
		if d := p.one("webhook"); d.State != outbox.StateWaiting || d.Log[len(d.Log)-1].Status != http.StatusTemporaryRedirect {
			t.Errorf("%+v", d)
		}
		if calls.Load() != 0 {
			t.Errorf("called %d times", calls.Load())
		}
		for _, bad := range []string{"http://books.example/x", "ftp://books.example", "https://u:p@books.example", "https://", "https://a b", "javascript:alert(1)"} {
			if _, err := p.a.AddWebhook(t.Context(), boss, app.WebhookEntry{URL: bad}); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: %v", bad, err)
			}
		}
	})
}

// A webhook is sent one message at a time, in the order of the feed, however many workers there are; 410 ends it; what it missed is replayed.
func TestLaneIsInOrder(t *testing.T) {
	var mu sync.Mutex
	var order []string
	var inside, most atomic.Int64
	status := http.StatusOK
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), inside.Add(1)))
		time.Sleep(2 * time.Millisecond)
		mu.Lock()
		order = append(order, r.Header.Get("webhook-id"))
		w.WriteHeader(status)
		mu.Unlock()
		inside.Add(-1)
	}))
	defer receiver.Close()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		order, status = nil, http.StatusOK
		p := newPost(t, url)
		p.to(receiver.URL)
		for n := range 30 {
			p.void(n)
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { p.deliver(delivery(0)) })
		}
		all.Wait()
		p.settle(30)
		if most.Load() != 1 || len(order) != 30 {
			t.Errorf("%d messages, %d at once", len(order), most.Load())
		}
		for i, id := range order {
			if d, err := p.a.Delivery(t.Context(), boss, id); err != nil || d.Seq != int64(i+1) {
				t.Errorf("message %d is of event %+v, %v", i+1, d, err)
			}
		}
		status = http.StatusGone
		p.void(31)
		p.deliver(delivery(0))
		w, err := p.a.Webhook(t.Context(), boss, p.webhook.ID)
		if err != nil || w.Enabled || w.Why == "" {
			t.Errorf("%+v, %v", w, err)
		}
		p.void(32)
		p.deliver(delivery(0))
		if _, err := p.a.ReplayWebhook(t.Context(), boss, w.ID, app.ReplayRange{From: 1}); fault.CodeOf(err) != fault.Refused {
			t.Errorf("replay to a disabled webhook: %v", err)
		}
		yes := true
		if _, err := p.a.ChangeWebhook(t.Context(), boss, w.ID, app.WebhookChange{Enabled: &yes}); err != nil {
			t.Fatal(err)
		}
		status = http.StatusOK
		done, err := p.a.ReplayWebhook(t.Context(), boss, w.ID, app.ReplayRange{From: 1})
		if err != nil || done.Again != 1 || done.New != 1 {
			t.Errorf("%+v, %v", done, err)
		}
		p.deliver(delivery(0))
		if s := p.settle(32); s[outbox.StateDelivered] != 32 {
			t.Errorf("%v", s)
		}
	})
}

// Who is told from now on is told of nothing that happened before, also when no worker gave it its place yet.
func TestNewcomersAreToldOfWhatComes(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		p := newPost(t, url)
		p.void(1)
		late, err := p.a.AddWebhook(t.Context(), boss, app.WebhookEntry{URL: "http://127.0.0.1:1/late"})
		if err != nil {
			t.Fatal(err)
		}
		told := func() int {
			t.Helper()
			if _, err := p.a.Events(t.Context(), boss, app.EventQuery{}, app.Page{}); err != nil { // who looks gives them their places, as a worker does
				t.Fatal(err)
			}
			all, err := p.a.Deliveries(t.Context(), boss, app.DeliveryQuery{Webhook: late.ID}, app.Page{})
			if err != nil {
				t.Fatal(err)
			}
			return len(all.Items)
		}
		if n := told(); n != 0 {
			t.Errorf("a new webhook is told of %d events of before", n)
		}
		p.void(2)
		if n := told(); n != 1 {
			t.Errorf("it is told of %d events, of one that came", n)
		}
		no, yes := false, true
		for _, enabled := range []*bool{&no, &yes} {
			if _, err := p.a.ChangeWebhook(t.Context(), boss, late.ID, app.WebhookChange{Enabled: enabled}); err != nil {
				t.Fatal(err)
			}
			if enabled == &no {
				p.void(3)
			}
		}
		if n := told(); n != 1 {
			t.Errorf("enabled again it is told of %d events, of one that came while it was", n)
		}
	})
}

// No value of an event gets into the head of a mail; readers are told in their language, of what they chose; who is unknown is given up.
func TestMails(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		p := newPost(t, url)
		p.child("smtp")
		if err := p.a.SetMailLanguage(t.Context(), boss, "bea", "de"); err != nil {
			t.Fatal(err)
		}
		hostile := "X\r\nBcc: all@evil.example\r\n\r\n<script>{actor}"
		p.unit(func(_ context.Context, tx *db.Tx) error {
			return outbox.Add(tx, outbox.PaymentVoided, hostile, map[string]string{"amount": "-1234.50", "currency": "USD", "reason": hostile}, "bea", "gone", "ann")
		})
		p.deliver(delivery(p.smtpPort))
		all := p.log("smtp")
		if len(all) != 1 {
			t.Fatalf("%d mails", len(all))
		}
		head, body, _ := strings.Cut(all[0].Body, "\r\n\r\n")
		if strings.Contains(head, "\nBcc") || strings.Contains(body, "<script>") && !strings.Contains(body, "&lt;script&gt;") || strings.Count(strings.ToLower(head), "subject:") != 1 {
			t.Errorf("%s", all[0].Body)
		}
		for _, want := range []string{"Guten Tag Bea Reader", "-1.234,50 USD", "{actor}", "https://books.example"} {
			if !strings.Contains(strings.ReplaceAll(body, "=\r\n", ""), want) {
				t.Errorf("no %q in\n%s", want, body)
			}
		}
		s := p.states()
		if s[outbox.StateDelivered] != 2-1 || s[outbox.StateDead] != 1 { // the webhook has no receiver: it waits
			t.Errorf("%v", s)
		}
		if _, err := p.a.Subscribe(t.Context(), boss, app.SubscriptionView{User: "bea", Kind: "payment.*", How: outbox.ByDigest, Everyone: true}); err != nil {
			t.Fatal(err)
		}
		p.void(2)
		p.void(3)
		p.deliver(delivery(p.smtpPort))
		if n := len(p.log("smtp")); n != 1 {
			t.Errorf("%d mails before the digest", n)
		}
		p.unit(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "update digest_item set due_at = 1")
			return err
		})
		p.deliver(delivery(p.smtpPort))
		all = p.log("smtp")
		if len(all) != 2 || !strings.Contains(all[1].Body, "2 Mitteilungen") || !strings.Contains(all[1].Body, "CHK-2") || !strings.Contains(all[1].Body, "CHK-3") {
			t.Errorf("%d mails: %+v", len(all), all)
		}
	})
}

// The secrets of webhooks follow when keys are rotated.
func TestSecretsFollowKeys(t *testing.T) {
	url := dbtest.URL(t, "sqlite")
	p := newPost(t, url)
	t.Setenv("QUITTANCE_KEY", secret.New()+","+os.Getenv("QUITTANCE_KEY"))
	a := open(t, url)
	r, err := a.RotateKeys(t.Context(), boss, func(app.KeyRotation) error { return nil })
	if err != nil || r.Webhooks != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	newest, _, _ := strings.Cut(os.Getenv("QUITTANCE_KEY"), ",")
	t.Setenv("QUITTANCE_KEY", newest)
	p.a = open(t, url)
	p.child("receiver")
	p.void(1)
	p.deliver(delivery(0))
	if d := p.one("webhook"); d.State != outbox.StateDelivered {
		t.Errorf("%+v", d)
	}
}
