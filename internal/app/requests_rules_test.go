package app_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/approval"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/openitem"
	"quittance/internal/policy"
	"quittance/internal/reimbursement"
	"quittance/internal/request"
)

// Who asks does not approve, who approves does not post, and neither pays, whatever their roles.
func TestRequestSeparation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		denied := func(what string, err error) {
			t.Helper()
			if fault.CodeOf(err) != fault.Denied || fault.RuleOf(err) != "same_person" {
				t.Errorf("%s: %v", what, err)
			}
		}
		as := func(name string) app.Call {
			return app.Call{Actor: identity.Actor{Name: name, Roles: []identity.Role{identity.Clerk, identity.Approver, identity.Treasurer}}}
		}
		x := ask(t, d, as("ann"), partOfUtilities(), false)
		if _, err := d.EditRequest(ctx, as("ben"), x.Request, 0, app.RequestEdit{Source: new("T-19")}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.AttachToRequest(ctx, as("cid"), x.Request, app.Attachment{Type: "receipt", Name: "r.txt", Content: []byte("paid twice")}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.SubmitRequest(ctx, as("dan"), x.Request, ""); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"ann", "ben", "cid", "dan"} {
			_, err := d.ApproveRequest(ctx, as(name), x.Request, 0, app.RequestDecision{})
			denied(name+" approves", err)
			_, err = d.RejectRequest(ctx, as(name), x.Request, "no")
			denied(name+" rejects", err)
			_, err = d.AskAboutRequest(ctx, as(name), x.Request, "why")
			denied(name+" asks", err)
		}
		for _, call := range []app.Call{preparer, treasurer, apptest.Call} {
			if _, err := d.ApproveRequest(ctx, call, x.Request, 0, app.RequestDecision{}); fault.CodeOf(err) != fault.Denied {
				t.Errorf("%s approves: %v", call.Actor.Name, err)
			}
		}
		if _, err := d.WithdrawRequest(ctx, as("eve"), x.Request, "not mine"); fault.RuleOf(err) != "not_requester" {
			t.Errorf("somebody withdraws what is not theirs: %v", err)
		}
		if _, err := d.ApproveRequest(ctx, as("eve"), x.Request, 0, app.RequestDecision{}); err != nil {
			t.Fatal(err)
		}
		_, err := d.PostRequest(ctx, as("eve"), x.Request, 0)
		denied("who approved posts", err)
		if _, err := d.PostRequest(ctx, as("ann"), x.Request, 0); err != nil {
			t.Fatal(err)
		}
		moneyStep(t, d, "propose")
		all := app.VendorPaymentChoice{Payments: []string{"VPJ-00000001/1"}}
		for _, name := range []string{"ann", "ben", "cid", "dan", "eve"} {
			if made, err := d.GenerateVendorPayments(ctx, as(name), app.VendorPaymentMaking{Choice: all}); err == nil || !strings.Contains(err.Error(), "somebody else pays it") {
				t.Errorf("%s prints the check: %+v, %v", name, made, err)
			}
			_, err := d.PostVendorPayments(ctx, as(name), all, civil.MustParse("2026-12-02"))
			denied(name+" posts the payment", err)
		}
		if _, err := d.GenerateVendorPayments(ctx, as("fay"), app.VendorPaymentMaking{Choice: all}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.PostVendorPayments(ctx, as("fay"), all, civil.MustParse("2026-12-02")); err != nil {
			t.Fatal(err)
		}
		d.MustVerify(t)
	})
}

// The rules of runs are tested on approval and on posting: other marks, hold, block, age, period. The minimum is not. Requests of one
// customer do not hold each other up.
func TestRequestRules(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		set := func(name, value string) { t.Helper(); must(d.SetParameter(ctx, apptest.Call, name, value)) }
		set("minimum_reimbursement", "500.00")
		x := ask(t, d, preparer, partOfUtilities(), true)
		y := ask(t, d, preparer, app.RequestEntry{Customer: "C-1001", Kind: request.Overpayment, Credits: []app.RequestCredit{{Credit: "PAY"}, {Credit: "CN-U"}}, Amount: "70.00", Reason: "wants it all"}, true)
		if y.Credits[0].Amount != "50.00" || y.Credits[1].Amount != "20.00" {
			t.Errorf("the second asks for %+v", y.Credits)
		}
		_, err := d.CreateRequest(ctx, preparer, app.RequestEntry{Customer: "C-1001", Kind: request.Other, Credits: []app.RequestCredit{{Credit: "CN-U", Amount: "40.01"}}, Reason: "too much"}, true)
		wantRule(t, err, "over_marked")
		approve := func(rule string) {
			t.Helper()
			_, err := d.ApproveRequest(ctx, approver, x.Request, 0, app.RequestDecision{})
			wantRule(t, err, rule)
		}
		_, err = d.Mark(ctx, apptest.Call, app.MarkRequest{Side: openitem.Customers, Party: "C-1001", Voucher: "CN-P", Journal: "J-1"})
		must(err)
		approve("pending_settlement")
		_, err = d.Unmark(ctx, apptest.Call, openitem.Customers, "J-1", "", "")
		must(err)
		must(d.SetHold(ctx, apptest.Call, app.HoldRequest{Side: openitem.Customers, Party: "C-1001", Hold: new(true), Reason: "looked at"}))
		approve("on_hold")
		must(d.SetHold(ctx, apptest.Call, app.HoldRequest{Side: openitem.Customers, Party: "C-1001", Hold: new(false), Reason: "fine"}))
		set("minimum_age_days", "300")
		approve("too_recent")
		set("minimum_age_days", "0")
		_, err = d.ApproveRequest(ctx, approver, x.Request, 0, app.RequestDecision{})
		must(err)
		for _, what := range []struct {
			date civil.Date
			rule string
		}{{civil.MustParse("2031-01-01"), "period_not_open"}, {civil.MustParse("2026-11-03"), "too_recent"}} {
			_, err = d.PostRequest(ctx, preparer, x.Request, what.date)
			wantRule(t, err, what.rule)
		}
		must(d.SetHold(ctx, apptest.Call, app.HoldRequest{Side: openitem.Vendors, Party: "V-1001", Hold: new(true), Reason: "looked at"}))
		_, err = d.PostRequest(ctx, preparer, x.Request, 0)
		wantRule(t, err, "vendor_blocked")
		must(d.SetHold(ctx, apptest.Call, app.HoldRequest{Side: openitem.Vendors, Party: "V-1001", Hold: new(false), Reason: "fine"}))

		// What the customer owes since needs the approver's yes.
		_, err = d.PostDocument(ctx, apptest.Call, app.DocumentRequest{Type: "invoice", Number: "INV-9", Party: "C-1001", Date: civil.MustParse("2026-11-20"), Lines: []app.DocumentLine{{Account: "999-44200", Amount: "5.00"}}})
		must(err)
		_, err = d.PostRequest(ctx, preparer, x.Request, 0)
		wantRule(t, err, "open_debit")
		_, err = d.ReopenRequest(ctx, preparer, x.Request, "the customer owes something now")
		must(err)
		approve("open_debit")
		_, err = d.ApproveRequest(ctx, approver, x.Request, 0, app.RequestDecision{Debits: true})
		must(err)
		if full := wantState(t, d, x.Request, request.Approved); !slices.Equal(full.Accepted, []string{"INV-9 5.00 USD"}) {
			t.Errorf("accepted is %q", full.Accepted)
		}
		_, err = d.PostRequest(ctx, preparer, x.Request, 0)
		must(err)
		d.MustVerify(t)
		if got := marked(t, d); !slices.Equal(got, []string{y.Request + " CN-U 20.00", y.Request + " PAY 50.00"}) {
			t.Errorf("marked is %q", got)
		}
		_, err = d.ApproveRequest(ctx, approver, y.Request, 0, app.RequestDecision{Debits: true})
		must(err)
		_, err = d.PostRequest(ctx, preparer, y.Request, 0)
		must(err)
		want := []string{"CN-P 101-11530 -10.00", "CN-U 101-11530 -4.00", "CN-U 601-11530 -18.00", "CN-U 602-11530 -18.00"}
		if got := creditsOf(t, d, "C-1001"); !slices.Equal(got, want) {
			t.Errorf("open are\n%s", strings.Join(got, "\n"))
		}
		d.MustVerify(t)
	})
}

// A new credit is made on approval, reversed when the approval is void, and paid like any other.
func TestRequestNewCredit(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d, "minimum_age_days,30")
		entry := app.RequestEntry{Customer: "C-1001", Kind: request.Return, Lines: []app.RequestLine{{Account: "101-44200", Amount: "8.00"}, {Account: "601-44400", Amount: "4.50"}}, Classification: "PARKS", Reason: "sent back", Source: "RO-1"}
		x := ask(t, d, preparer, entry, true)
		if x.Amount != "12.50" || len(marked(t, d)) != 0 {
			t.Fatalf("asked for %+v", x)
		}
		before := creditsOf(t, d, "C-1001")
		if x, err := d.ApproveRequest(ctx, approver, x.Request, 0, app.RequestDecision{}); err != nil || x.NewCredit != "CR-00000001" {
			t.Fatalf("approved it is %+v, %v", x, err)
		}
		if got := marked(t, d); !slices.Equal(got, []string{x.Request + " CR-00000001 12.50"}) {
			t.Errorf("marked is %q", got)
		}
		d.MustVerify(t)
		if x, err := d.EditRequest(ctx, preparer, x.Request, 0, app.RequestEdit{Lines: &[]app.RequestLine{{Account: "101-44200", Amount: "9.00"}}}); err != nil || x.State != request.InReview || x.Amount != "9.00" || x.NewCredit != "" {
			t.Fatalf("edited it is %+v, %v", x, err)
		}
		if got := creditsOf(t, d, "C-1001"); !slices.Equal(got, before) {
			t.Errorf("open are %q, before %q", got, before)
		}
		d.MustVerify(t)
		if _, err := d.ApproveRequest(ctx, approver, x.Request, 0, app.RequestDecision{}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.WithdrawRequest(ctx, preparer, x.Request, "kept after all"); err != nil {
			t.Fatal(err)
		}
		if got := creditsOf(t, d, "C-1001"); !slices.Equal(got, before) {
			t.Errorf("open are %q, before %q", got, before)
		}
		y := ask(t, d, preparer, entry, true)
		if _, err := d.ApproveRequest(ctx, approver, y.Request, 0, app.RequestDecision{}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.PostRequest(ctx, preparer, y.Request, 0); err != nil {
			t.Fatal(err)
		}
		want := []string{"Cr 101-24210 8.00", "Dr 101-11530 8.00"}
		if got := voucherLines(t, d, "RB-00000001"); !slices.Equal(got, want) {
			t.Errorf("posted %q", got)
		}
		d.MustVerify(t)
		if _, err := d.ReverseRequest(ctx, preparer, y.Request, 0, "wrong"); err != nil {
			t.Fatal(err)
		}
		wantState(t, d, y.Request, request.Reversed)
		d.MustVerify(t)
		_, err := d.CreateRequest(ctx, preparer, app.RequestEntry{Customer: "C-1001", Kind: request.Expense, Lines: []app.RequestLine{{Account: "101-11530", Amount: "1.00"}}}, false)
		wantRule(t, err, "control_account")
	})
}

// Attachments of hostile kinds are refused or harmless; what is attached is a part of what is approved; a scanner may refuse.
func TestRequestAttachments(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		x := ask(t, d, preparer, partOfUtilities(), true)
		attach := func(name, media string, content []byte) error {
			_, err := d.AttachToRequest(ctx, preparer, x.Request, app.Attachment{Type: "receipt", Name: name, Media: media, Content: content})
			return err
		}
		for _, hostile := range []struct{ name, media, content, rule string }{
			{"a.html", "", "<html><script>alert(1)</script>", "file_type"},
			{"a.txt", "", "<html><script>alert(1)</script>", "file_differs"},
			{"a.svg", "image/svg+xml", "<svg onload='x()'/>", "file_type"},
			{"a.pdf", "", "<!DOCTYPE html><script>", "file_differs"},
			{"a.png", "", "%PDF-1.7 and more", "file_differs"},
			{"../a.txt", "", "text", "file_name"},
			{"a\x00.txt", "", "text", "file_name"},
			{"a.exe", "", "MZ\x90", "file_type"},
			{"a.txt", "", "", "file_empty"},
			{"a.txt", "", strings.Repeat("x", 10<<20+1), "file_too_large"},
		} {
			wantRule(t, attach(hostile.name, hostile.media, []byte(hostile.content)), hostile.rule)
		}
		if _, err := d.ApproveRequest(ctx, approver, x.Request, 0, app.RequestDecision{}); err != nil {
			t.Fatal(err)
		}
		if err := attach("r.txt", "", []byte("paid twice")); err != nil {
			t.Fatal(err)
		}
		full := wantState(t, d, x.Request, request.InReview) // the approval was void
		if len(full.Files) != 1 || full.Files[0].Media != "text/plain" || full.Files[0].Size != 10 {
			t.Errorf("the files are %+v", full.Files)
		}
		f, content, err := d.RequestFileContent(ctx, approver, x.Request, 1)
		if err != nil || string(content) != "paid twice" || !strings.HasPrefix(f.Headers()["Content-Disposition"], "attachment") {
			t.Errorf("the file is %q, %v", content, err)
		}
		if _, err := d.DetachFromRequest(ctx, preparer, x.Request, 1, "wrong one"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.RequestFileContent(ctx, approver, x.Request, 1); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("what was taken off is handed out: %v", err)
		}
		script := filepath.Join(t.TempDir(), "scan.sh")
		if err := os.WriteFile(script, []byte("#!/bin/sh\nif grep -q EICAR; then echo \"$QUITTANCE_FILE_NAME is infected\"; exit 1; fi\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		d.SetScanner("/bin/sh " + script)
		if err := attach("b.txt", "", []byte("an EICAR test")); fault.RuleOf(err) != "scanner" || !strings.Contains(err.Error(), "b.txt is infected") {
			t.Errorf("the scanner says %v", err)
		}
		if err := attach("b.txt", "", []byte("clean")); err != nil {
			t.Error(err)
		}
		d.SetScanner("/nowhere/scanner")
		if err := attach("c.txt", "", []byte("clean")); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("without its scanner it says %v", err)
		}
		d.MustVerify(t)
	})
}

// Requests that look alike are told, once each, and not those that came to nothing.
func TestRequestDuplicates(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		a := ask(t, d, preparer, partOfUtilities(), false)
		same := partOfUtilities()
		same.Credits, same.Amount, same.Lines = nil, "", []app.RequestLine{{Account: "101-44200", Amount: "40.00"}}
		b := ask(t, d, otherClerk, same, false)
		same.Source = "T-99"
		c := ask(t, d, otherClerk, same, false)
		e := partOfUtilities()
		e.Source = ""
		f := ask(t, d, preparer, e, false)
		for _, code := range []string{a.Request, c.Request} {
			if _, err := d.AttachToRequest(ctx, preparer, code, app.Attachment{Type: "receipt", Name: "r.txt", Content: []byte("one receipt")}); err != nil {
				t.Fatal(err)
			}
		}
		on := d
		of := func(code string) (all []string) {
			for _, x := range wantState(t, on, code, request.Draft).Duplicates {
				all = append(all, x.Request+" "+x.Why)
			}
			return all
		}
		want := []string{b.Request + " the same customer, amount and source", f.Request + " the same customer, amount and credit", c.Request + " the same attachment"}
		if got := of(a.Request); !slices.Equal(got, want) {
			t.Errorf("like the first are %q", got)
		}
		if _, err := d.CancelRequest(ctx, preparer, b.Request, "twice"); err != nil {
			t.Fatal(err)
		}
		if got := of(a.Request); !slices.Equal(got, want[1:]) {
			t.Errorf("like the first are %q", got)
		}
		on = d.At(t, apptest.Now.AddDate(0, 0, 91))
		if got := of(a.Request); !slices.Equal(got, want[1:]) {
			t.Errorf("like the first are, a long time later, %q", got)
		}
		late := ask(t, on, otherClerk, e, false)
		if got := of(late.Request); len(got) != 0 {
			t.Errorf("like the late one are %q", got)
		}
	})
}

// A file of requests makes all or none, tells every error at its place, and twice the same once. A command with the same key does too.
func TestRequestIntake(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		in := func(text string, preview bool) (*app.RequestImport, error) {
			return d.ImportRequests(ctx, preparer, "/some/where/r.csv", []byte(text), true, preview)
		}
		_, err := in("customer,kind,amount,credits,reason,asked,color\n", false)
		if err == nil || !strings.Contains(err.Error(), "r.csv:1:") {
			t.Errorf("an unknown column: %v", err)
		}
		bad := "customer,kind,amount,credits,reason,asked,key\nC-9,overpayment,,PAY,x,,\nC-1001,gift,,PAY,x,,\nC-1001,other,1.001,PAY,x,,\nC-1001,other,,NOPE,x,,\nC-1001,other,,PAY,,,\nC-1001,other,,PAY,x\n"
		_, err = in(strings.Replace(bad, "C-1001,other,,PAY,x\n", "", 1), false)
		for _, place := range []string{"r.csv:2:1: ", "r.csv:3:8: ", "r.csv:4:14: ", "r.csv:5:15: ", "r.csv:6:19: "} {
			if err == nil || !strings.Contains(err.Error(), place) {
				t.Errorf("nothing is told at %s: %v", place, err)
			}
		}
		if _, err := in(bad, false); err == nil || !strings.Contains(err.Error(), "r.csv:7:1: the row has 5 cells") {
			t.Errorf("a short row: %v", err)
		}
		good := "customer,kind,credits,lines,reason,key\nC-1001,overpayment,PAY=20.00;CN-P,,paid twice,K-1\nC-1001,expense,,101-44200=3.00;601-44400=2.00,taxi,K-2\n"
		if x, err := in(good, true); err != nil || len(x.Made) != 2 {
			t.Fatalf("the preview is %+v, %v", x, err)
		}
		x, err := in(good, false)
		if err != nil || len(x.Made) != 2 || x.Made[0].Request != "RQ-00000001" || x.Made[0].Amount != "30.00" || x.Made[1].Amount != "5.00" {
			t.Fatalf("made %+v, %v", x, err)
		}
		if again, err := in(good, false); err != nil || len(again.Made) != 0 || !slices.Equal(again.Known, []string{"RQ-00000001", "RQ-00000002"}) {
			t.Errorf("again made %+v, %v", again, err)
		}
		_, err = in(strings.Replace(good, "taxi", "train", 1), false)
		wantRule(t, err, "key_reused")
		keyed := preparer
		keyed.Key = "abc"
		one, err := d.CreateRequest(ctx, keyed, app.RequestEntry{Customer: "C-1001", Kind: request.Deposit, Reason: "x"}, false)
		if err != nil {
			t.Fatal(err)
		}
		if two, err := d.CreateRequest(ctx, keyed, app.RequestEntry{Customer: "C-1001", Kind: request.Deposit, Reason: "x"}, false); err != nil || two.Request != one.Request {
			t.Errorf("the second time it is %+v, %v", two, err)
		}
		d.MustVerify(t)
	})
}

// Policies and approval rules on requests: refusals, documents, steps, automatic approval, and an answer that goes on where it was.
func TestRequestPolicies(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		for _, name := range []string{"ada", "bob"} {
			if _, err := d.AddUser(ctx, apptest.Call, app.UserRequest{Name: name, Password: annsPassword, Grants: []identity.Grant{{Company: "PSUS", Role: identity.Approver}}}); err != nil {
				t.Fatal(err)
			}
		}
		inCompany(t, d, func(ctx context.Context, tx *db.Tx) error {
			rules := "refuse \"no expenses\" when type == \"expense\"\nrequire receipt when amount > 20.00\napprove when amount < 10.01\n"
			return policy.Save(ctx, tx, &policy.Version{Policy: "refunds", Kind: policy.Request, ValidFrom: civil.MustParse("2026-01-01"), Rules: rules, Why: "test"})
		})
		_, err := d.CreateRequest(ctx, preparer, app.RequestEntry{Customer: "C-1001", Kind: request.Expense, Lines: []app.RequestLine{{Account: "101-44200", Amount: "1.00"}}, Reason: "taxi"}, true)
		wantRule(t, err, "policy")
		x := ask(t, d, preparer, partOfUtilities(), false)
		_, err = d.SubmitRequest(ctx, preparer, x.Request, "")
		wantRule(t, err, "documents_missing")
		wantState(t, d, x.Request, request.Draft)
		small := ask(t, d, preparer, app.RequestEntry{Customer: "C-1001", Kind: request.Overpayment, Credits: []app.RequestCredit{{Credit: "CN-P"}}, Reason: "small"}, true)
		if small.State != request.Approved || small.ApprovedBy != "policy:refunds" {
			t.Errorf("the small one is %+v", small)
		}
		if _, err := d.PostRequest(ctx, preparer, small.Request, 0); err != nil {
			t.Fatal(err)
		}
		inCompany(t, d, func(ctx context.Context, tx *db.Tx) error {
			step := func(names ...string) approval.Step {
				s := approval.Step{Need: 1}
				for _, n := range names {
					s.Approvers = append(s.Approvers, approval.Who{Name: n})
				}
				return s
			}
			return approval.SaveRule(ctx, tx, &approval.Rule{Name: "two", Kind: policy.Request, ValidFrom: civil.MustParse("2026-01-01"), Active: true, Steps: []approval.Step{step("ada"), step("bob")}, Why: "test"})
		})
		if _, err := d.AttachToRequest(ctx, preparer, x.Request, app.Attachment{Type: "receipt", Name: "r.txt", Content: []byte("paid twice")}); err != nil {
			t.Fatal(err)
		}
		if x, err = d.SubmitRequest(ctx, preparer, x.Request, ""); err != nil || x.State != request.InReview {
			t.Fatalf("submitted it is %+v, %v", x, err)
		}
		bob := app.Call{Actor: identity.Actor{Name: "bob", Roles: []identity.Role{identity.Approver}}}
		if _, err := d.ApproveRequest(ctx, bob, x.Request, 0, app.RequestDecision{}); fault.CodeOf(err) != fault.Denied {
			t.Errorf("the second approves first: %v", err)
		}
		if x, err = d.AskAboutRequest(ctx, approver, x.Request, "which bill?"); err != nil || x.State != request.MoreInformation {
			t.Fatalf("asked it is %+v, %v", x, err)
		}
		if x, err = d.AnswerRequest(ctx, preparer, x.Request, "that of May"); err != nil || x.State != request.InReview {
			t.Fatalf("answered it is %+v, %v", x, err)
		}
		if x, err = d.ApproveRequest(ctx, approver, x.Request, 0, app.RequestDecision{}); err != nil || x.State != request.InReview {
			t.Fatalf("after the first step it is %+v, %v", x, err)
		}
		if x, err = d.ApproveRequest(ctx, bob, x.Request, 0, app.RequestDecision{}); err != nil || x.State != request.Approved {
			t.Fatalf("after the second step it is %+v, %v", x, err)
		}
		if x, err = d.EditRequest(ctx, preparer, x.Request, 0, app.RequestEdit{Amount: new("41.00")}); err != nil || x.State != request.InReview || x.Credits[0].Amount != "41.00" {
			t.Fatalf("changed it is %+v, %v", x, err)
		}
		for _, by := range []app.Call{approver, bob} {
			if x, err = d.ApproveRequest(ctx, by, x.Request, 0, app.RequestDecision{}); err != nil {
				t.Fatal(err)
			}
		}
		if x, err = d.PostRequest(ctx, preparer, x.Request, 0); err != nil || x.State != request.Posted {
			t.Fatalf("posted it is %+v, %v", x, err)
		}
		if full := wantState(t, d, x.Request, request.Posted); full.Approval.State != "used" || !slices.Equal(full.Approval.Approved, []string{"ada", "bob"}) || len(full.Approval.Policies) != 1 {
			t.Errorf("the approval is %+v", full.Approval)
		}
		d.MustVerify(t)
		if left := d.MustSimulate(t, app.RunRequest{Selection: reimbursement.Selection{All: true}}); len(left.Excluded) != 0 {
			t.Errorf("left out are %+v", left.Excluded)
		}
	})
}

// A request that is paid otherwise than by a payment of ours, by a voucher that is brought in, is paid too; and no longer when that is undone.
func TestRequestPaidOtherwise(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		code := walkTo(t, d, request.Posted)
		more := "voucher,date,type,vendor,currency,account,debit,credit\n"
		settled := "date,vendor,debit_voucher,credit_voucher,amount\n"
		for i, part := range []struct{ fund, amount string }{{"101", "4.00"}, {"601", "18.00"}, {"602", "18.00"}} {
			number := "WIRE-" + part.fund
			more += number + ",2026-11-21,vendor_payment,V-1001,USD," + part.fund + "-24210," + part.amount + ",\n" + number + ",2026-11-21,vendor_payment,V-1001,USD," + part.fund + "-11010,," + part.amount + "\n"
			settled += "2026-11-21,V-1001," + number + ",RB-0000000" + string(rune('1'+i)) + "," + part.amount + "\n"
		}
		d.Import(t, apptest.PublicSector().With(apptest.Files{"vouchers": more, "settlements": settled}))
		wantState(t, d, code, request.Paid)
		d.MustVerify(t)
		if _, err := d.Unsettle(ctx, apptest.Call, app.SettleRequest{Side: openitem.Vendors, Party: "V-1001", Debit: "WIRE-101", Credit: "RB-00000001", Date: civil.MustParse("2026-11-21")}); err != nil {
			t.Fatal(err)
		}
		wantState(t, d, code, request.Posted)
		if _, err := d.Settle(ctx, apptest.Call, app.SettleRequest{Side: openitem.Vendors, Party: "V-1001", Debit: "WIRE-101", Credit: "RB-00000001", Date: civil.MustParse("2026-11-21")}); err != nil {
			t.Fatal(err)
		}
		wantState(t, d, code, request.Paid)
		d.MustVerify(t)
	})
}

// Reversing a request needs the approval that reversals need.
func TestRequestReversalApproved(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		code := walkTo(t, d, request.Posted)
		if _, err := d.AddUser(ctx, apptest.Call, app.UserRequest{Name: "ada", Password: annsPassword, Grants: []identity.Grant{{Company: "PSUS", Role: identity.Approver}}}); err != nil {
			t.Fatal(err)
		}
		inCompany(t, d, func(ctx context.Context, tx *db.Tx) error {
			return approval.SaveRule(ctx, tx, &approval.Rule{Name: "back", Kind: policy.Reversal, ValidFrom: civil.MustParse("2026-01-01"), Active: true, Steps: []approval.Step{{Need: 1, Approvers: []approval.Who{{Name: "ada"}}}}, Why: "test"})
		})
		if _, err := d.ReverseRequest(ctx, preparer, code, 0, "wrong"); fault.CodeOf(err) != fault.Refused {
			t.Errorf("reversed without approval: %v", err)
		}
		wantState(t, d, code, request.Posted)
	})
}
