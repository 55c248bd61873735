package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/payout"
	"quittance/internal/request"
	"quittance/internal/verify"
)

// requestVerbs are what people do to requests, each by somebody who may.
var requestVerbs = map[string]func(d *apptest.Door, code string) error{
	"submit": func(d *apptest.Door, code string) error {
		_, err := d.SubmitRequest(ctx, preparer, code, "")
		return err
	},
	"approve": func(d *apptest.Door, code string) error {
		_, err := d.ApproveRequest(ctx, approver, code, 0, app.RequestDecision{})
		return err
	},
	"reject": func(d *apptest.Door, code string) error {
		_, err := d.RejectRequest(ctx, approver, code, "no")
		return err
	},
	"ask": func(d *apptest.Door, code string) error {
		_, err := d.AskAboutRequest(ctx, approver, code, "why?")
		return err
	},
	"answer": func(d *apptest.Door, code string) error {
		_, err := d.AnswerRequest(ctx, preparer, code, "so")
		return err
	},
	"hold": func(d *apptest.Door, code string) error {
		_, err := d.HoldRequest(ctx, preparer, code, "wait")
		return err
	},
	"resume": func(d *apptest.Door, code string) error {
		_, err := d.ResumeRequest(ctx, preparer, code, "")
		return err
	},
	"withdraw": func(d *apptest.Door, code string) error {
		_, err := d.WithdrawRequest(ctx, preparer, code, "no longer")
		return err
	},
	"cancel": func(d *apptest.Door, code string) error {
		_, err := d.CancelRequest(ctx, preparer, code, "no")
		return err
	},
	"reopen": func(d *apptest.Door, code string) error {
		_, err := d.ReopenRequest(ctx, preparer, code, "anew")
		return err
	},
	"edit": func(d *apptest.Door, code string) error {
		_, err := d.EditRequest(ctx, preparer, code, 0, app.RequestEdit{Source: new("T-18")})
		return err
	},
	"post": func(d *apptest.Door, code string) error { _, err := d.PostRequest(ctx, preparer, code, 0); return err },
	"reverse": func(d *apptest.Door, code string) error {
		_, err := d.ReverseRequest(ctx, preparer, code, 0, "wrong")
		return err
	},
}

// leads says where each verb leads from each state; from all others it is refused.
var leads = map[request.State]map[string]request.State{
	request.Draft:           {"submit": request.InReview, "cancel": request.Cancelled, "edit": request.Draft},
	request.InReview:        {"approve": request.Approved, "reject": request.Rejected, "ask": request.MoreInformation, "hold": request.OnHold, "withdraw": request.Withdrawn, "cancel": request.Cancelled, "reopen": request.InReview, "edit": request.InReview},
	request.MoreInformation: {"answer": request.InReview, "hold": request.OnHold, "withdraw": request.Withdrawn, "cancel": request.Cancelled, "edit": request.MoreInformation},
	request.OnHold:          {"resume": request.InReview, "withdraw": request.Withdrawn, "cancel": request.Cancelled},
	request.Approved:        {"post": request.Posted, "hold": request.OnHold, "withdraw": request.Withdrawn, "cancel": request.Cancelled, "reopen": request.InReview, "edit": request.InReview},
	request.Posted:          {"reverse": request.Reversed},
	request.Returned:        {"reverse": request.Reversed},
}

// ways says by which verbs and payments a request comes to a state.
var ways = map[request.State][]string{
	request.Draft: nil, request.InReview: {"submit"}, request.MoreInformation: {"submit", "ask"}, request.OnHold: {"submit", "hold"}, request.Approved: {"submit", "approve"},
	request.Posted: {"submit", "approve", "post"}, request.InPayment: {"submit", "approve", "post", "propose"}, request.Paid: {"submit", "approve", "post", "propose", "pay"},
	request.Cleared: {"submit", "approve", "post", "propose", "pay", "clear"}, request.Returned: {"submit", "approve", "post", "propose", "pay", "return"}, request.Reversed: {"submit", "approve", "post", "reverse"},
	request.Rejected: {"submit", "reject"}, request.Withdrawn: {"submit", "withdraw"}, request.Cancelled: {"cancel"},
}

// walkTo makes a request and brings it to a state.
func walkTo(t *testing.T, d *apptest.Door, to request.State) string {
	t.Helper()
	code := ask(t, d, preparer, partOfUtilities(), false).Request
	for _, step := range ways[to] {
		if verb := requestVerbs[step]; verb != nil {
			if err := verb(d, code); err != nil {
				t.Fatalf("%s: %v", step, err)
			}
			continue
		}
		moneyStep(t, d, step)
	}
	wantState(t, d, code, to)
	return code
}

// moneyStep does what the payer and the bank do.
func moneyStep(t *testing.T, d *apptest.Door, step string) {
	t.Helper()
	day, choice := civil.MustParse("2026-12-02"), app.VendorPaymentChoice{Journal: "VPJ-00000001"}
	var err error
	switch step {
	case "propose":
		_, err = d.ProposeVendorPayments(ctx, preparer, app.VendorPaymentSelection{Date: day})
	case "pay":
		if _, err = d.GenerateVendorPayments(ctx, treasurer, app.VendorPaymentMaking{Choice: choice}); err == nil {
			_, err = d.PostVendorPayments(ctx, treasurer, choice, day)
		}
	case "clear":
		if err = d.SaveBankMap(ctx, apptest.Call, "first", []byte(bankMap)); err == nil {
			if _, err = importCSV(t, d, "1000.00", "2026-12-03,-40.00,1001,,Check paid,,"); err == nil {
				_, err = d.ReconcileBankLine(ctx, treasurer, app.BankReconciling{Line: "TREASURY/1/1", Payments: []string{"VPJ-00000001/1"}})
			}
		}
	case "return":
		_, err = d.FailVendorPayments(ctx, treasurer, app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{"VPJ-00000001/1"}}, As: payout.Returned, Date: day, Reason: "moved"})
	}
	if err != nil {
		t.Fatalf("%s: %v", step, err)
	}
}

// From every state every verb leads where the table says, or is refused and changes nothing.
func TestRequestVerbs(t *testing.T) {
	for state := range ways {
		t.Run(string(state), func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, d *apptest.Door) {
				openRequests(t, d)
				code := walkTo(t, d, state)
				d.MustVerify(t)
				for name, verb := range requestVerbs {
					if _, leads := leads[state][name]; leads {
						continue
					}
					before := wantState(t, d, code, state)
					if err := verb(d, code); fault.CodeOf(err) != fault.Refused {
						t.Errorf("%s a request that is %s: %v", name, state, err)
					}
					if after := wantState(t, d, code, state); after.Version != before.Version {
						t.Errorf("%s was refused, and changed something", name)
					}
				}
			})
		})
	}
}

// Every step of the table is taken, and the request is then where it says.
func TestRequestSteps(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		for state, verbs := range leads {
			if state == request.Returned { // its payment has a database of its own, below
				continue
			}
			for name, to := range verbs {
				code := walkTo(t, d, state)
				if err := requestVerbs[name](d, code); err != nil {
					t.Errorf("%s a request that is %s: %v", name, state, err)
					continue
				}
				away := ""
				if s := wantState(t, d, code, to).State; s == request.Posted {
					away = "reverse"
				} else if !s.Ended() {
					away = "cancel"
				}
				if away != "" { // so that the next one finds the credit as it was
					if err := requestVerbs[away](d, code); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		d.MustVerify(t)
	})
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		code := walkTo(t, d, request.Cleared)
		if _, err := d.UndoBankLine(ctx, treasurer, "TREASURY/1/1"); err != nil {
			t.Fatal(err)
		}
		wantState(t, d, code, request.Paid)
		moneyStep(t, d, "return")
		wantState(t, d, code, request.Returned)
		if _, err := d.ReverseRequest(ctx, preparer, code, civil.MustParse("2026-12-03"), "moved away"); err != nil {
			t.Fatal(err)
		}
		wantState(t, d, code, request.Reversed)
		d.MustVerify(t)
	})
}

// All pairs of states: the pairs of the table are steps, all others are none; what the database holds is one of the states.
func TestRequestStateTable(t *testing.T) {
	if len(ways)+1 != len(request.States()) { // submitted passes at once into review
		t.Errorf("%d states are walked to, of %d", len(ways), len(request.States()))
	}
	for _, from := range request.States() {
		for _, to := range request.States() {
			if from.May(to) != slices.Contains(request.Next[from], to) {
				t.Errorf("%s to %s", from, to)
			}
		}
		if from.Follows() {
			for _, to := range []request.State{request.Posted, request.InPayment, request.Paid, request.Cleared, request.Returned, request.Reversed} {
				way := request.Path(from, to)
				if from != to && len(way) == 0 {
					t.Errorf("no way leads from %s to %s", from, to)
				}
				at := from
				for _, s := range way {
					if !at.May(s) {
						t.Errorf("the way from %s to %s steps from %s to %s", from, to, at, s)
					}
					at = s
				}
			}
		}
	}
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		code := walkTo(t, d, request.InReview)
		for _, state := range []string{"", "open", "Draft", "in review", "approved", "posted", "cleared"} { // the last three lack what they need
			err := d.DB.Unit(ctx, db.Scope{Actor: "thief", Now: apptest.Now}, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "update request set state = $1 where code = $2", state, code)
				return err
			})
			if err == nil {
				t.Errorf("the database takes the state %q", state)
			}
		}
		for _, q := range []string{"update request_event set detail = 'x'", "delete from request_event"} {
			if err := d.DB.Unit(ctx, db.Scope{Actor: "thief", Now: apptest.Now}, func(ctx context.Context, tx *db.Tx) error { _, err := tx.Exec(ctx, q); return err }); err == nil {
				t.Errorf("the database takes: %s", q)
			}
		}
	})
}

// What verify says of a request that was changed behind the program's back.
func TestRequestDamage(t *testing.T) {
	for rule, damage := range map[string]struct {
		state request.State
		sql   string
	}{
		"request_marks":       {request.InReview, "delete from mark_item; update open_item set marked = 0"},
		"request_amount":      {request.InReview, "update request_credit set amount = amount + 1"},
		"request_history":     {request.InReview, "update request set state = 'submitted'"},
		"request_same_person": {request.Approved, "update request set approved_by = 'pia'"},
		"request_posted":      {request.Posted, "delete from request_reimbursement"},
		"request_followed":    {request.Posted, "update request set state = 'paid'"},
		"request_approved":    {request.Approved, "update request set reason = 'another'"},
		"request_history_gap": {request.InReview, "insert into request_event select company, request, 9, at, actor, what, 'paid', 'cleared', '' from request_event where n = 1; update request set events = 9"},
		"request_step":        {request.InReview, "insert into request_event select company, request, 4, at, actor, 'state', 'in_review', 'cleared', '' from request_event where n = 1; update request set events = 4"},
	} {
		t.Run(rule, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, d *apptest.Door) {
				openRequests(t, d)
				walkTo(t, d, damage.state)
				d.MustVerify(t)
				for q := range strings.SplitSeq(damage.sql, ";") {
					if err := d.DB.Unit(ctx, db.Scope{Actor: "thief", Now: apptest.Now}, func(ctx context.Context, tx *db.Tx) error { _, err := tx.Exec(ctx, q); return err }); err != nil {
						t.Fatal(err)
					}
				}
				reports, err := d.Verify(ctx, apptest.Call, "")
				if err != nil {
					t.Fatal(err)
				}
				if !slices.ContainsFunc(reports[0].Findings, func(f verify.Finding) bool { return f.Rule == rule }) {
					t.Errorf("verify says %+v", reports[0].Findings)
				}
			})
		})
	}
}
