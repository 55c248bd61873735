package app_test

import (
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
	"quittance/internal/request"
)

var otherClerk = app.Call{Actor: identity.Actor{Name: "cleo", Roles: []identity.Role{identity.Clerk}}}

// openRequests brings the public-sector example in, with its treasurer's bank account.
func openRequests(t *testing.T, d *apptest.Door, parameters ...string) {
	t.Helper()
	d.Import(t, apptest.PublicSector().Append("parameters", parameters...))
	setCity(t, d)
}

// partOfUtilities asks for 40.00 of the utility credit of 100.00.
func partOfUtilities() app.RequestEntry {
	return app.RequestEntry{Customer: "C-1001", Kind: request.Overpayment, Credits: []app.RequestCredit{{Credit: "CN-U", Amount: "40.00"}}, Reason: "billed twice", Source: "T-17"}
}

func ask(t *testing.T, d *apptest.Door, by app.Call, e app.RequestEntry, submit bool) *app.RequestView {
	t.Helper()
	x, err := d.CreateRequest(t.Context(), by, e, submit)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func wantState(t *testing.T, d *apptest.Door, code string, want request.State) *app.RequestDetail {
	t.Helper()
	x, err := d.Request(t.Context(), apptest.Call, code)
	if err != nil {
		t.Fatal(err)
	}
	if x.State != want {
		t.Errorf("%s is %s, want %s: %+v", code, x.State, want, x.History)
	}
	return x
}

// marked gives what is marked of C-1001's items, by voucher.
func marked(t *testing.T, d *apptest.Door) []string {
	t.Helper()
	part, err := d.Marks(t.Context(), apptest.Call, 1, "", app.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range part.Items {
		all = append(all, m.Journal+" "+m.Voucher+" "+m.Amount)
	}
	slices.Sort(all)
	return all
}

// From the draft to the line on the bank's statement, and back: a part of a credit, by the proportional rule.
func TestRequestLife(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		ctx := t.Context()
		x := ask(t, d, preparer, partOfUtilities(), false)
		if x.Request != "RQ-00000001" || x.State != request.Draft || x.Amount != "40.00" || x.Currency != "USD" || len(marked(t, d)) != 0 {
			t.Fatalf("the draft is %+v", x)
		}
		x, err := d.SubmitRequest(ctx, preparer, x.Request, "")
		if err != nil || x.State != request.InReview {
			t.Fatalf("submitted it is %+v, %v", x, err)
		}
		if got := marked(t, d); !slices.Equal(got, []string{"RQ-00000001 CN-U 40.00"}) {
			t.Errorf("marked is %q", got)
		}
		d.MustVerify(t)
		left := d.MustSimulate(t, app.RunRequest{Selection: reimbursement.Selection{All: true}})
		if len(left.Excluded) != 1 || left.Excluded[0].Reason != "pending_settlement" || !strings.Contains(left.Excluded[0].Detail, "RQ-00000001") {
			t.Errorf("a run decides %+v", left.Excluded)
		}
		if _, err := d.Unmark(ctx, apptest.Call, 1, "RQ-00000001", "", ""); fault.RuleOf(err) != "belongs_to_request" {
			t.Errorf("its mark is released by hand: %v", err)
		}
		p, err := d.PreviewRequest(ctx, approver, x.Request, 0)
		if err != nil || len(p.Reimbursements) != 3 || p.Reimbursements[1].Lines[0] != (app.RequestPostLine{Account: "601-11530", Debit: "18.00", Credit: "0.00"}) {
			t.Fatalf("the preview is %+v, %v", p, err)
		}
		if x, err = d.ApproveRequest(ctx, approver, x.Request, x.Version, app.RequestDecision{}); err != nil || x.State != request.Approved || x.ApprovedBy != "ada" {
			t.Fatalf("approved it is %+v, %v", x, err)
		}
		if x, err = d.PostRequest(ctx, preparer, x.Request, 0); err != nil || x.State != request.Posted || x.Run == "" {
			t.Fatalf("posted it is %+v, %v", x, err)
		}
		full := wantState(t, d, x.Request, request.Posted)
		if !slices.Equal(full.Reimbursements, []string{"RB-00000001", "RB-00000002", "RB-00000003"}) || len(full.History) != 5 {
			t.Errorf("it has %+v", full)
		}
		want := []string{"CN-P 101-11530 -10.00", "CN-U 101-11530 -6.00", "CN-U 601-11530 -27.00", "CN-U 602-11530 -27.00", "PAY 999-11530 -50.00"}
		if got := creditsOf(t, d, "C-1001"); !slices.Equal(got, want) {
			t.Errorf("open are\n%s", strings.Join(got, "\n"))
		}
		d.MustVerify(t)
		payRequest(t, d, x.Request)
	})
}

// payRequest follows the payment of a posted request: cleared, no longer, returned, paid again, returned, reversed.
func payRequest(t *testing.T, d *apptest.Door, code string) {
	t.Helper()
	ctx, pay := t.Context(), civil.MustParse("2026-12-02")
	propose := func() string {
		j, err := d.ProposeVendorPayments(ctx, preparer, app.VendorPaymentSelection{Date: pay})
		if err != nil {
			t.Fatal(err)
		}
		wantState(t, d, code, request.InPayment)
		return j.Code
	}
	post := func(j string) string {
		choice := app.VendorPaymentChoice{Journal: j}
		if _, err := d.GenerateVendorPayments(ctx, treasurer, app.VendorPaymentMaking{Choice: choice}); err != nil {
			t.Fatal(err)
		}
		done, err := d.PostVendorPayments(ctx, treasurer, choice, pay)
		if err != nil || done.Done != 1 {
			t.Fatalf("paid %+v, %v", done, err)
		}
		wantState(t, d, code, request.Paid)
		return done.Payments[0]
	}
	j := propose()
	if _, err := d.CancelVendorPayments(ctx, preparer, app.VendorPaymentChoice{Journal: j}, "not today"); err != nil {
		t.Fatal(err)
	}
	wantState(t, d, code, request.Posted)
	if _, err := d.ReverseRequest(ctx, approver, code, pay, "x"); fault.CodeOf(err) != fault.Denied {
		t.Errorf("an approver reverses: %v", err)
	}
	name := post(propose())
	if _, err := d.ReverseRequest(ctx, preparer, code, pay, "x"); fault.RuleOf(err) != "paid" {
		t.Errorf("a paid request is reversed: %v", err)
	}
	_, err := d.FailVendorPayments(ctx, treasurer, app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{name}}, As: payout.Returned, Date: pay, Reason: "no such address"})
	if err != nil {
		t.Fatal(err)
	}
	if x := wantState(t, d, code, request.Returned); x.History[len(x.History)-1].By != "tom" {
		t.Errorf("the history is %+v", x.History)
	}
	d.MustVerify(t)
	name = post(propose())
	_, err = d.FailVendorPayments(ctx, treasurer, app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{name}}, As: payout.Stopped, Date: pay, Reason: "lost", Fate: payout.Reverse})
	if err != nil {
		t.Fatal(err)
	}
	x := wantState(t, d, code, request.Reversed)
	var way []string
	for _, e := range x.History {
		way = append(way, string(e.To))
	}
	if got := strings.Join(way, " "); got != "draft submitted in_review approved posted in_payment posted in_payment paid returned in_payment paid returned reversed" {
		t.Errorf("it went %s", got)
	}
	want := []string{"CN-P 101-11530 -10.00", "CN-U 101-11530 -10.00", "CN-U 601-11530 -45.00", "CN-U 602-11530 -45.00", "PAY 999-11530 -50.00"}
	if got := creditsOf(t, d, "C-1001"); !slices.Equal(got, want) {
		t.Errorf("open are\n%s", strings.Join(got, "\n"))
	}
	d.MustVerify(t)
}

// A company folder carries no requests, so neither what they mark; the export says how many there are.
func TestRequestsStayBehind(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		x := ask(t, d, preparer, partOfUtilities(), true)
		if _, err := d.Mark(t.Context(), apptest.Call, app.MarkRequest{Side: 1, Party: "C-1001", Journal: "PJ-9", Line: "1", Voucher: "CN-P", Amount: "3.00"}); err != nil {
			t.Fatal(err)
		}
		data, err := d.Export(t.Context(), apptest.Call, false)
		if err != nil {
			t.Fatal(err)
		}
		if len(data.Marks) != 1 || data.Marks[0].Journal != "PJ-9" || !slices.Equal(data.Beside, []folder.Beside{{What: "requests", N: 1}, {What: "approvals", N: 1}}) {
			t.Errorf("the folder has the marks %+v, and leaves %+v", data.Marks, data.Beside)
		}
		if _, err := d.RejectRequest(t.Context(), approver, x.Request, "no"); err != nil {
			t.Fatal(err)
		}
		d.MustVerify(t)
	})
}
