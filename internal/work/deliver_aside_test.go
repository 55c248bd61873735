package work_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"quittance/internal/app"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/outbox"
)

// What is put aside is attempted no more and counts as given up no more, whether it was dead or waited; it may be replayed. What arrives while it is put
// aside has arrived.
func TestDeliveriesArePutAside(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		p := newPost(t, url)
		var calls, status atomic.Int64
		var during func(id string)
		status.Store(http.StatusBadRequest)
		receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			if during != nil {
				during(r.Header.Get("webhook-id"))
			}
			w.WriteHeader(int(status.Load()))
		}))
		defer receiver.Close()
		p.to(receiver.URL)
		once := delivery(0)
		once.Timing.Tries = 1
		stands := func(id string, state outbox.State, why string) {
			t.Helper()
			if d, err := p.a.Delivery(t.Context(), boss, id); err != nil || d.State != state || d.Why != why || (d.EndedAt == "") != (state == outbox.StateWaiting) {
				t.Errorf("it is %+v, %v; want %s %q", d, err, state, why)
			}
		}
		given := func(want int64) {
			t.Helper()
			if q, err := p.a.Outbox(t.Context()); err != nil || q.Dead != want {
				t.Errorf("given up are %+v, %v; want %d", q, err, want)
			}
		}
		p.void(1)
		p.deliver(once)
		id := p.one("webhook").ID
		given(1)
		if _, err := p.a.CancelDelivery(t.Context(), boss, id, " \n "); fault.RuleOf(err) != "reason_needed" {
			t.Errorf("without a reason: %v", err)
		}
		if d, err := p.a.CancelDelivery(t.Context(), boss, id, "they know\nof it"); err != nil || d.State != outbox.StateCancelled {
			t.Fatal(d, err)
		}
		stands(id, outbox.StateCancelled, "they know of it")
		given(0)
		if _, err := p.a.CancelDelivery(t.Context(), boss, id, "again"); fault.RuleOf(err) != "delivery_ended" {
			t.Errorf("a second time: %v", err)
		}
		p.void(2)
		if _, err := p.a.Events(t.Context(), boss, app.EventQuery{}, app.Page{}); err != nil { // who looks gives them their places, as a worker does
			t.Fatal(err)
		}
		waits, err := p.a.Deliveries(t.Context(), boss, app.DeliveryQuery{State: outbox.StateWaiting}, app.Page{})
		if err != nil || len(waits.Items) != 1 {
			t.Fatal(waits, err)
		}
		if _, err := p.a.CancelDelivery(t.Context(), boss, waits.Items[0].ID, "not needed"); err != nil {
			t.Fatal(err)
		}
		p.deliver(once)
		if n := calls.Load(); n != 1 {
			t.Errorf("the receiver was called %d times, of which one was before", n)
		}
		status.Store(http.StatusOK)
		during = func(id string) {
			if _, err := p.a.CancelDelivery(t.Context(), boss, id, "while it is under way"); err != nil {
				t.Error(err)
			}
		}
		if _, err := p.a.ReplayDelivery(t.Context(), boss, id); err != nil {
			t.Fatal(err)
		}
		p.deliver(once)
		stands(id, outbox.StateDelivered, "")
		if _, err := p.a.CancelDelivery(t.Context(), boss, id, "x"); fault.RuleOf(err) != "delivery_ended" {
			t.Errorf("what arrived: %v", err)
		}
		if _, err := p.a.CancelDelivery(t.Context(), boss, "00000000-0000-7000-8000-000000000000", "x"); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("of nobody: %v", err)
		}
	})
}
