package app_test

import (
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/report"
)

// cells writes some columns of rows, a line each.
func cells(rows []map[string]string, columns ...string) string {
	var b strings.Builder
	for _, r := range rows {
		for i, c := range columns {
			if i > 0 {
				b.WriteString(" | ")
			}
			b.WriteString(r[c])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// deputized takes a request through the hands of six: paul asks, abe approves for ann, pat posts and proposes, cora approves the payment, tom pays.
func deputized(t *testing.T, d *apptest.Door) {
	t.Helper()
	ctx := t.Context()
	call := office(t, d)
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, roles := range map[string][]identity.Role{"tina": {identity.Treasurer, identity.Approver}, "zoe": {identity.Clerk, identity.Treasurer, identity.Approver}} {
		req := app.UserRequest{Name: name}
		for _, r := range roles {
			req.Grants = append(req.Grants, identity.Grant{Role: r})
		}
		must(d.AddUser(ctx, apptest.Call, req))
	}
	must(d.SetDisabled(ctx, apptest.Call, "zoe", true))
	approvalRule(t, d, "request", by("user:ann"))
	must(later(t, d, "2026-11-20").Delegate(ctx, call("ann"), app.Delegation{To: "abe", First: day("2026-11-20"), Last: day("2026-11-30"), Why: "away"}))
	code := ask(t, later(t, d, "2026-11-21"), call("paul"), partOfUtilities(), true).Request
	must(later(t, d, "2026-11-22").ApproveRequest(ctx, call("abe"), code, 0, app.RequestDecision{}))
	must(later(t, d, "2026-11-23").PostRequest(ctx, call("pat"), code, 0))
	pays := later(t, d, "2026-12-01")
	j, err := pays.ProposeVendorPayments(ctx, call("pat"), app.VendorPaymentSelection{Date: day("2026-12-01")})
	must(j, err)
	must(pays.ApproveVendorPayments(ctx, call("cora"), app.VendorPaymentChoice{Journal: j.Code}))
	must(pays.GenerateVendorPayments(ctx, treasurer, app.VendorPaymentMaking{Choice: app.VendorPaymentChoice{Journal: j.Code}}))
	must(pays.PostVendorPayments(ctx, treasurer, app.VendorPaymentChoice{Journal: j.Code}, day("2026-12-01")))
}

// The report on separation of duties names who had which hand in each document, counts what each person did, and tells of deputies and of roles that
// should not be in one hand.
func TestReportOfSeparation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		deputized(t, d)
		now := later(t, d, "2026-12-10")
		look := func(view string) (*report.Made, []map[string]string) {
			t.Helper()
			return made(t, now, "separation", report.Params{From: day("2026-11-01"), To: day("2026-12-10"), View: view})
		}
		x, rows := look("documents")
		want := "request | RQ-00000001 | paul | abe, ann | abe for ann | pat | tom | \npayment | VPJ-00000001/1 | pat | cora |  |  | tom | \n"
		if got := cells(rows, "document_type", "document", "asked_by", "approved_by", "delegation", "posted_by", "paid_by", "finding"); got != want {
			t.Errorf("the documents are\n%s\nwant\n%s", got, want)
		}
		if got := notes(x); !slices.Equal(got, []string{"good no_violation", "bad conflicts", "info delegations_used"}) || x.Notes[0].Values["documents"] != "2" || x.Notes[1].Values["n"] != "3" {
			t.Errorf("the report says %v", x.Notes)
		}
		_, rows = look("people")
		want = ""
		for _, p := range []string{
			"abe |  |  | 0 | 1 | 1 | 0 | 0 | 0", "ann |  |  | 0 | 1 | 0 | 0 | 0 | 0", "carl | asks_and_approves |  | 0 | 0 | 0 | 0 | 0 | 0", "cora | asks_and_approves |  | 0 | 1 | 0 | 0 | 0 | 0",
			"pat |  |  | 1 | 0 | 0 | 1 | 0 | 0", "paul |  |  | 1 | 0 | 0 | 0 | 0 | 0", "tess |  |  | 0 | 0 | 0 | 0 | 0 | 0", "tina | approves_and_pays |  | 0 | 0 | 0 | 0 | 0 | 0",
			"tom |  |  | 0 | 0 | 0 | 0 | 2 | 0", "zoe |  | yes | 0 | 0 | 0 | 0 | 0 | 0",
		} {
			want += p + "\n"
		}
		slices.SortFunc(rows, func(a, b map[string]string) int { return strings.Compare(a["person"], b["person"]) })
		if got := cells(rows, "person", "conflict", "disabled", "asked", "approved", "as_deputy", "posted", "paid", "violations"); got != want {
			t.Errorf("the people are\n%s\nwant\n%s", got, want)
		}
		_, rows = look("delegations")
		if got := cells(rows, "from", "to", "first_day", "last_day", "reason", "made_by", "decisions"); got != "ann | abe | 2026-11-20 | 2026-11-30 | away | ann | 1\n" {
			t.Errorf("the delegations are\n%s", got)
		}
	})
}

// Each rule is looked for in what is stored, whoever changed it behind the door.
func TestReportFindsEachViolation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		deputized(t, d)
		now := later(t, d, "2026-12-10")
		for _, x := range []struct{ change, back, want, guilty string }{
			{"update vendor_payment set posted_by = 'ann'", "update vendor_payment set posted_by = 'tom'", "approver_paid | ", "ann"},
			{"update vendor_payment set posted_by = 'paul'", "update vendor_payment set posted_by = 'tom'", "requester_paid | ", "paul"},
			{"update vendor_payment set posted_by = 'cora'", "update vendor_payment set posted_by = 'tom'", " | approver_paid", "cora"},
			{"update vendor_payment set approved_by = 'pat'", "update vendor_payment set approved_by = 'cora'", " | approved_own", "pat"},
			{"update vendor_payment set approved_by = 'operator:eve'", "update vendor_payment set approved_by = 'cora'", " | operator_approved", "operator:eve"},
			{"update request set posted_by = 'ann'", "update request set posted_by = 'pat'", "approver_posted | ", "ann"},
		} {
			exec(t, d, x.change)
			m, rows := made(t, now, "separation", report.Params{From: day("2026-11-01"), To: day("2026-12-10")})
			if got := rows[0]["finding"] + " | " + rows[1]["finding"]; got != x.want || notes(m)[0] != "bad violations" || m.Notes[0].Values["n"] != "1" {
				t.Errorf("%s: found %q %v, want %q", x.change, got, m.Notes[0], x.want)
			}
			_, rows = made(t, now, "separation", report.Params{From: day("2026-11-01"), To: day("2026-12-10"), View: "people"})
			if at := slices.IndexFunc(rows, func(r map[string]string) bool { return r["person"] == x.guilty }); at < 0 || rows[at]["violations"] == "0" {
				t.Errorf("%s: the people are %v", x.change, rows)
			}
			exec(t, d, x.back)
		}
	})
}
