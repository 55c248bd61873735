package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/outbox"
	"quittance/internal/request"
)

// toldOf gives what the feed has of a request, each kind without its noun, the oldest first.
func toldOf(t *testing.T, d *apptest.Door, code string) (kinds []string, events []app.EventView) {
	t.Helper()
	part, err := d.Events(t.Context(), apptest.Call, app.EventQuery{Kinds: []string{"request.*"}, Subject: code}, app.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range part.Items {
		kinds = append(kinds, strings.TrimPrefix(string(e.Kind), "request."))
	}
	return kinds, part.Items
}

// concerns gives whom the events of a request are meant for, by kind.
func concerns(t *testing.T, d *apptest.Door, code string) map[outbox.Kind]string {
	t.Helper()
	all := map[outbox.Kind]string{}
	err := d.DB.Read(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		return tx.Each(ctx, "select kind, concerns from event where subject = $1 order by id", []any{code}, func(r *db.Rows) error {
			all[outbox.Kind(r.Text(0))] = r.Text(1)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Each step of a request is told exactly once, whichever command makes it, and steps back are not told again.
func TestRequestTold(t *testing.T) {
	want := map[request.State]string{
		request.Draft: "", request.InReview: "submitted", request.MoreInformation: "submitted more_information", request.OnHold: "submitted", request.Approved: "submitted approved",
		request.Posted: "submitted approved posted", request.InPayment: "submitted approved posted", request.Paid: "submitted approved posted paid", request.Cleared: "submitted approved posted paid cleared",
		request.Returned: "submitted approved posted paid returned", request.Reversed: "submitted approved posted reversed", request.Rejected: "submitted rejected", request.Withdrawn: "submitted withdrawn", request.Cancelled: "cancelled",
	}
	for state := range ways {
		t.Run(string(state), func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, d *apptest.Door) {
				openRequests(t, d)
				code := walkTo(t, d, state)
				kinds, events := toldOf(t, d, code)
				if got := strings.Join(kinds, " "); got != want[state] {
					t.Errorf("told is %q, want %q", got, want[state])
				}
				for _, e := range events {
					if e.Data["customer"] != "C-1001" || e.Data["amount"] != "40.00" || e.Data["currency"] != "USD" {
						t.Errorf("%s has %v", e.Kind, e.Data)
					}
				}
			})
		})
	}
}

// What is refused is not told, nor what is only tried; going back is not told, and going on anew is.
func TestRequestToldBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		if _, err := d.PreviewNewRequest(ctx, preparer, partOfUtilities(), true); err != nil {
			t.Fatal(err)
		}
		code := ask(t, d, preparer, partOfUtilities(), false).Request
		if _, err := d.ApproveRequest(ctx, approver, code, 0, app.RequestDecision{}); fault.CodeOf(err) != fault.Refused {
			t.Fatal(err)
		}
		call := otherClerk
		call.Key = "twice"
		for range 2 { // the second time by its key
			if _, err := d.SubmitRequest(ctx, call, code, ""); err != nil {
				t.Fatal(err)
			}
		}
		for _, verb := range []string{"hold", "resume", "ask", "answer", "approve", "edit", "approve", "hold"} {
			if err := requestVerbs[verb](d, code); err != nil {
				t.Fatalf("%s: %v", verb, err)
			}
		}
		if _, err := d.CancelRequest(ctx, otherClerk, code, "enough"); err != nil {
			t.Fatal(err)
		}
		kinds, events := toldOf(t, d, code)
		if got := strings.Join(kinds, " "); got != "submitted more_information submitted approved submitted approved cancelled" {
			t.Errorf("told is %s", got)
		}
		if last := events[len(events)-1]; last.Data["reason"] != "enough" || last.Actor != "cleo" {
			t.Errorf("the end is told as %+v", last)
		}
		for kind, who := range map[outbox.Kind]string{outbox.RequestSubmitted: `["cleo","pia"]`, outbox.RequestApproved: `["cleo","pia"]`, outbox.RequestCancelled: `["ada","cleo","pia"]`} {
			if got := concerns(t, d, code)[kind]; got != who {
				t.Errorf("%s is meant for %s, want %s", kind, got, who)
			}
		}
	})
}

// A file of requests tells of each, and its preview of none.
func TestRequestToldByImport(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		file := []byte("customer,kind,credits,reason\nC-1001,overpayment,CN-U=1.00,a\nC-1001,overpayment,CN-U=2.00,b\n")
		for _, preview := range []bool{true, false} {
			if _, err := d.ImportRequests(ctx, preparer, "r.csv", file, true, preview); err != nil {
				t.Fatal(err)
			}
		}
		part, err := d.Events(ctx, apptest.Call, app.EventQuery{Kinds: []string{"request.*"}}, app.Page{})
		var got []string
		for _, e := range part.Items {
			got = append(got, fmt.Sprint(e.Kind, " ", e.Subject, " ", e.Data["amount"]))
		}
		if slices.Sort(got); err != nil || !slices.Equal(got, []string{"request.submitted RQ-00000001 1.00", "request.submitted RQ-00000002 2.00"}) {
			t.Errorf("told is %q, %v", got, err)
		}
	})
}
