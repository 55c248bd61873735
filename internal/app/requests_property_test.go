package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
	"quittance/internal/request"
)

// askWorld is a company whose requests live through a random history, beside runs on the same customers.
type askWorld struct {
	*apptest.Door
	t     *rapid.T
	n     int
	given money.Amount // of all credits that were ever posted
}

// Whatever happens to requests, runs and payments: what is marked is what requests under way want, nothing is reimbursed twice, credits
// that are open and those that were reimbursed make all that there were, states are those of the payments, and verify is clean.
func TestRequestHistories(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			checks(t, 10)
			rapid.Check(t, func(rt *rapid.T) {
				d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
				openRequests(t, d)
				w := &askWorld{Door: d, t: rt, given: 16000}
				for range rapid.IntRange(10, 25).Draw(rt, "steps") {
					w.step(t)
					w.check(t)
				}
				d.MustVerify(t)
			})
		})
	}
}

// codes gives the codes of all requests.
func (w *askWorld) all(t *testing.T) []app.RequestView {
	t.Helper()
	part, err := w.Requests(ctx, apptest.Call, app.RequestFilter{}, app.Page{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return part.Items
}

// some draws one of few.
func (w *askWorld) some(what string, of ...string) string {
	return rapid.SampledFrom(of).Draw(w.t, what)
}

// step does one thing; what is refused is fine, what fails is not.
func (w *askWorld) step(t *testing.T) {
	what := w.some("what", "credit", "ask", "ask", "ask", "verb", "verb", "verb", "verb", "verb", "verb", "run", "propose", "pay", "fail", "cancel", "settle", "reverse")
	day := civil.MustParse("2026-11-21")
	var err error
	switch what {
	case "credit":
		w.n++
		cents := money.Amount(rapid.Int64Range(1, 9999).Draw(w.t, "cents"))
		_, err = w.PostDocument(ctx, apptest.Call, app.DocumentRequest{
			Type: w.some("type", "credit_note", "credit_note", "payment"), Number: fmt.Sprintf("X-%d", w.n), Party: "C-1001", Date: day,
			Lines: []app.DocumentLine{{Account: w.some("fund", "101-44200", "601-44400"), Amount: cent(cents)}, {Account: "602-44400", Amount: "0.01"}},
		})
		if err == nil {
			w.given += cents + 1
		}
	case "ask":
		err = w.ask(t)
	case "verb":
		err = w.verb(t)
	case "run":
		_, _, err = w.PostSelection(ctx, apptest.Call, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: day, IncludeDebits: new(true)}, nil)
	default:
		err = w.pay(what, day)
	}
	if code := fault.CodeOf(err); err != nil && code != fault.Refused && code != fault.NotFound && code != fault.Denied && code != fault.Invalid {
		w.t.Fatalf("%s: %v (%v)", what, err, code)
	}
}

func cent(n money.Amount) string { return money.MustCurrency("USD").Format(n) }

// ask asks for a part of some credits, or for a new one.
func (w *askWorld) ask(t *testing.T) error {
	e := app.RequestEntry{Customer: "C-1001", Kind: request.Overpayment, Reason: "paid twice"}
	if rapid.Bool().Draw(w.t, "new") {
		e.Kind, e.Lines = request.Return, []app.RequestLine{{Account: "101-44200", Amount: "7.77"}, {Account: "601-44400", Amount: cent(money.Amount(rapid.Int64Range(1, 500).Draw(w.t, "line")))}}
	} else {
		items, err := w.OpenItems(ctx, apptest.Call, openitem.Customers, "C-1001", false)
		if err != nil {
			t.Fatal(err)
		}
		var numbers []string
		for _, it := range items {
			if !slices.Contains(numbers, it.Voucher) {
				numbers = append(numbers, it.Voucher)
			}
		}
		if len(numbers) == 0 {
			return nil
		}
		for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom(numbers), 1, min(2, len(numbers)), rapid.ID[string]).Draw(w.t, "credits") {
			k := app.RequestCredit{Credit: n}
			if rapid.Bool().Draw(w.t, "part") {
				k.Amount = cent(money.Amount(rapid.Int64Range(1, 6000).Draw(w.t, "cents")))
			}
			e.Credits = append(e.Credits, k)
		}
	}
	_, err := w.CreateRequest(ctx, preparer, e, rapid.Bool().Draw(w.t, "submit"))
	return err
}

// verb does something to a request.
func (w *askWorld) verb(t *testing.T) error {
	all := w.all(t)
	if len(all) == 0 {
		return nil
	}
	x := rapid.SampledFrom(all).Draw(w.t, "request")
	likely := map[request.State][]string{
		request.Draft: {"submit", "submit", "cancel"}, request.InReview: {"approve", "approve", "approve", "reject", "ask", "hold", "withdraw", "edit"}, request.MoreInformation: {"answer", "edit"}, request.OnHold: {"resume", "cancel"},
		request.Approved: {"post", "post", "post", "reopen", "edit", "withdraw", "hold"}, request.Posted: {"reverse", "hold"}, request.Returned: {"reverse"},
	}[x.State]
	name := rapid.SampledFrom(append(likely, "edit", "post")).Draw(w.t, "verb")
	if name == "edit" && rapid.Bool().Draw(w.t, "amount") {
		_, err := w.EditRequest(ctx, preparer, x.Request, 0, app.RequestEdit{Amount: new(cent(money.Amount(rapid.Int64Range(1, 5000).Draw(w.t, "to"))))})
		return err
	}
	return requestVerbs[name](w.Door, x.Request)
}

// pay does what the payer does.
func (w *askWorld) pay(what string, day civil.Date) error {
	part, err := w.VendorPayments(ctx, apptest.Call, app.VendorPaymentFilter{}, app.Page{Limit: 500})
	if err != nil {
		return err
	}
	choice := app.VendorPaymentChoice{Payments: []string{"VPJ-00000001/1"}}
	if len(part.Items) > 0 {
		choice.Payments[0] = rapid.SampledFrom(part.Items).Draw(w.t, "payment").Payment
	}
	switch what {
	case "propose":
		_, err = w.ProposeVendorPayments(ctx, preparer, app.VendorPaymentSelection{Date: day})
	case "pay":
		if _, err = w.GenerateVendorPayments(ctx, treasurer, app.VendorPaymentMaking{Choice: choice}); err == nil {
			_, err = w.PostVendorPayments(ctx, treasurer, choice, day)
		}
	case "fail":
		f := app.VendorPaymentFailure{Choice: choice, As: rapid.SampledFrom([]payout.Status{payout.Voided, payout.Returned, payout.Stopped, payout.Stale, payout.Rejected}).Draw(w.t, "as"), Date: day, Reason: "came back"}
		f.Fate = rapid.SampledFrom([]payout.Fate{payout.Reissue, payout.Reverse}).Draw(w.t, "fate")
		_, err = w.FailVendorPayments(ctx, treasurer, f)
	case "cancel":
		_, err = w.CancelVendorPayments(ctx, preparer, choice, "no")
	case "settle":
		_, err = w.AutoSettle(ctx, apptest.Call, openitem.Customers, "C-1001", day)
	case "reverse":
		_, err = w.Reverse(ctx, apptest.Call, []string{fmt.Sprintf("RB-%08d", rapid.IntRange(1, 12).Draw(w.t, "number"))}, day, "wrong")
	}
	return err
}

// check tests what must be true after each step.
func (w *askWorld) check(t *testing.T) {
	t.Helper()
	wanted := map[string]money.Amount{}
	var made money.Amount // new credits that approvals made and that stand
	for _, x := range w.all(t) {
		full, err := w.Request(ctx, apptest.Call, x.Request)
		if err != nil {
			t.Fatal(err)
		}
		if x.State.Marks() {
			for _, k := range full.Credits {
				wanted[x.Request+" "+k.Credit] = cents(t, k.Amount)
			}
		}
		if x.NewCredit != "" {
			made += cents(t, x.Amount)
		}
		if last := full.History[len(full.History)-1]; last.To != x.State || int64(len(full.History)) != x.Version {
			w.t.Errorf("%s is %s after %d changes, but its history ends with %+v of %d", x.Request, x.State, x.Version, last, len(full.History))
		}
		if (x.State.Follows() || x.State == request.Reversed) != (len(full.Reimbursements) > 0) {
			w.t.Errorf("%s is %s with the reimbursements %q", x.Request, x.State, full.Reimbursements)
		}
	}
	part, err := w.Marks(ctx, apptest.Call, openitem.Customers, "", app.Page{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range part.Items {
		if !strings.HasPrefix(m.Journal, "RQ-") { // of payments
			continue
		}
		k := m.Journal + " " + m.Voucher
		if wanted[k] != cents(t, m.Amount) {
			w.t.Errorf("%s marks %s, but %s is wanted", k, m.Amount, cent(wanted[k]))
		}
		delete(wanted, k)
	}
	for k := range wanted {
		w.t.Errorf("%s is wanted and not marked", k)
	}
	w.sums(t, made)
}

// sums tests that credits that are open and reimbursements that stand make all credits that there were.
func (w *askWorld) sums(t *testing.T, made money.Amount) {
	t.Helper()
	items, err := w.OpenItems(ctx, apptest.Call, openitem.Customers, "", false)
	if err != nil {
		t.Fatal(err)
	}
	var open, reimbursed money.Amount
	for _, it := range items {
		open -= cents(t, it.Open)
	}
	views, err := w.ReimbursementsOf(ctx, apptest.Call, "C-1001")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		if v.ReversedBy == "" {
			reimbursed += cents(t, v.Amount)
		}
	}
	if open+reimbursed != w.given+made {
		w.t.Errorf("%s is open and %s reimbursed, but %s were given and %s made", cent(open), cent(reimbursed), cent(w.given), cent(made))
	}
}
