package work_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
)

// What waits too long is reminded of, and escalated, by whichever of several processes comes first, once.
func TestApproversAreRemindedOnce(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
			d.Import(t, apptest.PublicSector())
			ctx := t.Context()
			for name, role := range map[string]identity.Role{"ann": identity.Approver, "cora": identity.Controller} {
				if _, err := d.AddUser(ctx, apptest.Call, app.UserRequest{Name: name, Email: name + "@city.example", Grants: []identity.Grant{{Role: role}}}); err != nil {
					t.Fatal(err)
				}
			}
			step := app.ApprovalRuleStep{Approvers: []string{"role:approver"}, RemindAfter: 1, EscalateAfter: 2, EscalateTo: []string{"user:cora"}}
			if _, err := d.SaveApprovalRule(ctx, apptest.Call, app.ApprovalRule{Rule: "R", Kind: "request", Steps: []app.ApprovalRuleStep{step}, Why: "test"}); err != nil {
				t.Fatal(err)
			}
			if _, err := d.CreateRequest(ctx, app.Call{Actor: apptest.Clerk}, app.RequestEntry{Customer: "C-1001", Kind: "overpayment", Credits: []app.RequestCredit{{Credit: "CN-U", Amount: "1.00"}}, Reason: "twice"}, true); err != nil {
				t.Fatal(err)
			}
			by := identity.Named("server:work", identity.Names([]identity.Role{identity.Administrator}))
			round := func(want int) {
				t.Helper()
				var mu sync.Mutex
				var all sync.WaitGroup
				told := 0
				for range 4 {
					all.Go(func() {
						n, err := d.RemindDue(ctx, by)
						mu.Lock()
						defer mu.Unlock()
						if told += n; err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				if told != want {
					t.Errorf("%d were told of, want %d", told, want)
				}
			}
			round(0)
			overdue(t, d.DB, "remind_at")
			round(1)
			round(0)
			overdue(t, d.DB, "escalate_at")
			round(1)
			round(0)
			part, err := d.Events(ctx, apptest.Call, app.EventQuery{Kinds: []string{"approval.reminded", "approval.escalated"}}, app.Page{})
			if err != nil || len(part.Items) != 2 || part.Items[0].Kind != "approval.reminded" || part.Items[1].Kind != "approval.escalated" {
				t.Errorf("told is %+v, %v", part.Items, err)
			}
			d.MustVerify(t)
		})
	}
}

// overdue lets a clock of all steps run out.
func overdue(t *testing.T, d *db.DB, clock string) {
	t.Helper()
	err := d.Unit(t.Context(), db.Scope{Actor: "test", Now: time.Now()}, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "update approval_step set "+clock+" = 1")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
