package app_test

import (
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/identity"
)

// While a request is on hold nobody is reminded of it, and it is escalated to nobody; nothing is noted either. The hours on hold do not count: taken off
// hold, the clock goes on where it stood. What is not on hold is told of in time.
func TestNobodyIsRemindedOfWhatIsOnHold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		clock := apptest.Now
		at := apptest.Of(t, d.DB, d.Keys, func() time.Time { return clock })
		readers(t, d, map[string]identity.Role{"ann": identity.Approver, "cora": identity.Controller})
		step := app.ApprovalRuleStep{Approvers: []string{"role:approver"}, RemindAfter: 1, EscalateAfter: 2, EscalateTo: []string{"user:cora"}}
		if _, err := at.SaveApprovalRule(t.Context(), apptest.Call, app.ApprovalRule{Rule: "R", Kind: "request", Steps: []app.ApprovalRuleStep{step}, Why: "test"}); err != nil {
			t.Fatal(err)
		}
		x, err := at.CreateRequest(t.Context(), apptest.Call, app.RequestEntry{Customer: "C-1001", Kind: "overpayment", Credits: []app.RequestCredit{{Credit: "CN-U", Amount: "1.00"}}, Reason: "twice"}, true)
		if err != nil {
			t.Fatal(err)
		}
		after := func(passed time.Duration, want string) {
			t.Helper()
			clock = apptest.Now.Add(passed)
			n, err := at.RemindDue(t.Context(), identity.Named("server:work", identity.Names([]identity.Role{identity.Administrator})))
			if err != nil {
				t.Fatal(err)
			}
			part, err := at.Events(t.Context(), apptest.Call, app.EventQuery{Kinds: []string{"approval.reminded", "approval.escalated"}}, app.Page{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, e := range part.Items {
				got += string(e.Kind) + " "
			}
			trail, err := at.AuditPage(t.Context(), apptest.Call, app.AuditFilter{Command: "approval.remind"}, app.Page{})
			if err != nil || got != want || len(trail.Items) != len(part.Items) {
				t.Errorf("after %v %d are told of, and so far %q; want %q; the trail has %d, %v", passed, n, got, want, len(trail.Items), err)
			}
		}
		after(30*time.Minute, "")
		if _, err := at.HoldRequest(t.Context(), apptest.Call, x.Request, "the court decides"); err != nil {
			t.Fatal(err)
		}
		after(time.Hour+time.Minute, "")
		after(5*time.Hour, "")
		if n, err := at.RemindApprovers(t.Context(), apptest.Call); err != nil || len(n) != 0 {
			t.Errorf("asked to, it tells of %v, %v", n, err)
		}
		if _, err := at.ResumeRequest(t.Context(), apptest.Call, x.Request, "decided"); err != nil {
			t.Fatal(err)
		}
		trail, err := at.AuditPage(t.Context(), apptest.Call, app.AuditFilter{Command: "approval.remind"}, app.Page{})
		if err != nil || len(trail.Items) != 1 { // of the one that was asked for
			t.Fatalf("the trail has %+v, %v", trail.Items, err)
		}
		told := func(passed time.Duration, want int) {
			t.Helper()
			clock = apptest.Now.Add(passed)
			if n, err := at.RemindDue(t.Context(), identity.Named("server:work", identity.Names([]identity.Role{identity.Administrator}))); err != nil || n != want {
				t.Errorf("after %v %d are told of, %v; want %d", passed, n, err, want)
			}
		}
		told(5*time.Hour+29*time.Minute, 0)
		told(5*time.Hour+31*time.Minute, 1)
		told(6*time.Hour+29*time.Minute, 0)
		told(6*time.Hour+31*time.Minute, 1)
		told(9*time.Hour, 0)
		part, err := at.Events(t.Context(), apptest.Call, app.EventQuery{Kinds: []string{"approval.reminded", "approval.escalated"}}, app.Page{})
		if err != nil || len(part.Items) != 2 || part.Items[0].Kind != "approval.reminded" || part.Items[1].Kind != "approval.escalated" {
			t.Errorf("told is %+v, %v", part.Items, err)
		}
		d.MustVerify(t)
	})
}
