package app_test

import (
	"fmt"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

var (
	boss     = identity.Actor{Name: "bob", Roles: []identity.Role{identity.Controller}}
	taken    = day("2026-11-10")
	resolved = day("2026-11-20")
)

// deductionBooks is the company of the worked example (deduction rules, 7), with a plan of 100.00 accrued, whatever the hold.
func deductionBooks(hold deduction.Hold) apptest.Files {
	return books().
		Append("accounts", "11535,Deductions receivable,asset,customer", "11536,Deductions in suspense,asset,", "65100,Deductions written off,expense,", "23500,Promotions accrued,liability,", "11541,Chargebacks,asset,customer").
		Append("dimension_values", "Fund,110,Produce", "Fund,210,Dairy").
		Append("balancing_rules", "Fund,110,,11010,11010", "Fund,210,,11010,11010").
		Append("customers", "DEDUCT,Deductions,,USD,,no,no").
		Append("posting_profiles", "customer,party,DEDUCT,11535,").
		Append("parameters", "deduction_customer,DEDUCT", "deduction_hold,"+string(hold)).
		With(apptest.Files{
			"deduction_types":        "type,name,kind,hold,offset_account\nOPEN,Unresolved,unresolved,,11536\nWO,Write-off,write_off,,11536\nPLAN,Accrual plan,accrual_plan,,11536\n",
			"deduction_reasons":      "reason,name,type,account,plan,credit_check\nSHORT,Short,OPEN,,,yes\nDAMAGE,Damaged,WO,65100,,yes\nPROMO,Promotion,PLAN,,SPRING,yes\nQUIET,Counts not,OPEN,65100,,no\n",
			"accrual_plans":          "plan,name,account,from,to,pay_over\nSPRING,Spring programme,23500,2026-10-01,2026-12-31,no\n",
			"accrual_plan_customers": "plan,scope,code\nSPRING,all,\n",
			"accruals":               "plan,accrual,date,amount,voucher,text\nSPRING,1,2026-10-15,100.00,,brought in\n",
		})
}

// eachHold runs a test for every hold with each of the variants, in a company of its own.
func eachHold(t *testing.T, test func(t *testing.T, d *door, hold deduction.Hold, variant string), variants ...string) {
	t.Helper()
	each(t, func(t *testing.T, d *door) {
		i := 0
		for _, hold := range []deduction.Hold{deduction.OnManagement, deduction.OnCustomer, deduction.OnSuspense} {
			for _, variant := range variants {
				d := d.company(i)
				i++
				t.Run(strings.TrimSpace(string(hold)+" "+variant), func(t *testing.T) { test(t, d, hold, variant) })
			}
		}
	})
}

// short is an invoice of which a customer pays less.
type short struct {
	invoice string
	amount  money.Amount
	change  func(*deduction.Deduction)
}

// capture captures deductions from invoices of C-1 as a payment journal does, each with its own voucher.
func capture(t *testing.T, d *door, shorts ...short) (numbers []string, err error) {
	t.Helper()
	var scope db.Scope
	err = within(t, d, func(ctx ctxT, tx *db.Tx, c *ledger.Company) error {
		numbers, scope = nil, tx.Scope
		s, err := deduction.LoadSetup(ctx, tx, c)
		if err != nil {
			return err
		}
		customer, err := party.FindCustomer(ctx, tx, "C-1")
		if err != nil {
			return err
		}
		ch := openitem.NewChanges(c)
		var all []*deduction.Taken
		for _, x := range shorts {
			doc, err := openitem.Find(ctx, tx, c, openitem.Customers, customer.ID, x.invoice)
			if err != nil {
				return err
			}
			pieces, err := openitem.Split(doc, x.amount)
			if err != nil {
				return err
			}
			parts := make([]deduction.Part, len(pieces))
			for i, p := range pieces {
				parts[i].Piece = p
			}
			ded := &deduction.Deduction{Customer: customer.ID, Currency: doc.Currency, Amount: x.amount, Type: "OPEN", Captured: taken, Invoice: doc.Items[0].Voucher, CreatedBy: tx.Actor}
			if x.change != nil {
				x.change(ded)
			}
			one, err := deduction.Capture(c, s, ch, ded, parts, all)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		if err := ch.Flush(ctx, tx); err != nil {
			return err
		}
		if err := deduction.SaveCaptured(ctx, tx, c, s, all); err != nil {
			return err
		}
		for _, one := range all {
			numbers = append(numbers, one.Deduction.Number)
		}
		_, err = tx.Exec(ctx, "insert into audit (company, id, actor, at, command, subject, detail) values ($1, $2, $3, $4, 'test', '', '{}')", tx.Company, tx.Command, tx.Actor, tx.Micros())
		return err
	})
	if err == nil { // as the door does after each command
		_, err = ledger.Seal(ctx, d.DB, scope, d.Keys)
	}
	return numbers, err
}

func captured(t *testing.T, d *door, shorts ...short) []string {
	t.Helper()
	numbers, err := capture(t, d, shorts...)
	if err != nil {
		t.Fatalf("capture: %v", err)
	}
	return numbers
}

// paidShort brings in the invoice of 1,000.00 and the payment of 900.00 that is applied to it, and captures the rest.
func paidShort(t *testing.T, d *door, hold deduction.Hold) string {
	t.Helper()
	d.Import(t, post(deductionBooks(hold), "INV,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00", "PAY,2026-11-10,payment,C-1,,,USD,110-11020 900.00,110-11530 -900.00"))
	if _, err := d.Settle(ctx, d.call, app.SettleRequest{Side: openitem.Customers, Party: "C-1", Debit: "INV", Credit: "PAY", Date: taken}); err != nil {
		t.Fatal(err)
	}
	return captured(t, d, short{invoice: "INV", amount: 100_00})[0]
}

func resolve(t *testing.T, d *door, number string, lines ...app.ResolveLine) *app.DeductionOutcome {
	t.Helper()
	out, err := d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: number, Date: resolved, Lines: lines})
	if err != nil {
		t.Fatalf("resolve: %v", err)
	}
	return out
}

// lines gives what a voucher posted, a line each: account, party, amount.
func journalOf(t *testing.T, d *door, number string) string {
	t.Helper()
	v, err := d.Voucher(ctx, d.call, number)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range v.Lines {
		amount := l.Debit
		if amount == "0.00" || amount == "" {
			amount = "-" + l.Credit
		}
		fmt.Fprintf(&b, "%s %s %s\n", l.Account, l.Party, amount)
	}
	return b.String()
}

// The worked example of the deduction rules, 7, to the cent, wherever the deduction is held.
func TestDeductionWorkedExample(t *testing.T) {
	eachHold(t, workedExample, "")
}

func workedExample(t *testing.T, d *door, hold deduction.Hold, _ string) {
	holder := map[deduction.Hold]string{deduction.OnManagement: "110-11535 DEDUCT", deduction.OnCustomer: "110-11530 C-1", deduction.OnSuspense: "110-11536 "}[hold]
	number := paidShort(t, d, hold)
	if got, want := journalOf(t, d, "DV-00000001"), holder+" 100.00\n110-11530 C-1 -100.00\n"; got != want {
		t.Errorf("the capture posted\n%swant\n%s", got, want)
	}
	out := resolve(t, d, number, app.ResolveLine{Kind: "write_off", Amount: "60.00", Account: "110-65100"}, app.ResolveLine{Kind: "accrual_plan", Amount: "25.00", Plan: "SPRING"}, app.ResolveLine{Kind: "return"})
	if out.Remaining != "0.00" || out.Financial != "resolved" || out.Work != "closed" || out.Dispute != "awaiting_payback" {
		t.Errorf("resolved, the deduction is %+v", out)
	}
	for i, want := range []string{holder + " -60.00\n110-65100  60.00\n", holder + " -25.00\n110-23500  25.00\n", holder + " -15.00\n110-11530 C-1 15.00\n"} {
		if got := journalOf(t, d, out.Lines[i].Voucher); got != want {
			t.Errorf("line %d posted\n%swant\n%s", i+1, got, want)
		}
	}
	if got, want := open(t, d, openitem.Customers), "C-1 "+out.Lines[2].Voucher+" 110-11530 15.00\n"; got != want {
		t.Errorf("open are\n%swant\n%s", got, want)
	}
	if got := unusedOf(t, d, "SPRING"); got != "75.00" {
		t.Errorf("the plan has %s left, want 75.00", got)
	}
	back, err := d.ReverseResolution(ctx, d.call, app.ReverseResolutionRequest{Deduction: number, Resolution: out.Lines[0].Voucher, Date: resolved, Reason: "wrong account"})
	if err != nil {
		t.Fatal(err)
	}
	if back.Remaining != "60.00" || back.Financial != "partly_resolved" || back.Work != "in_research" {
		t.Errorf("the write-off reversed, the deduction is %+v", back)
	}
	if got, want := journalOf(t, d, back.Lines[0].Reversal), holder+" 60.00\n110-65100  -60.00\n"; got != want {
		t.Errorf("the reversal posted\n%swant\n%s", got, want)
	}
	d.MustVerify(t)
}

// unusedOf gives what is left of a plan's accrual.
func unusedOf(t *testing.T, d *door, plan string) (left string) {
	t.Helper()
	err := within(t, d, func(ctx ctxT, tx *db.Tx, c *ledger.Company) error {
		s, err := deduction.LoadSetup(ctx, tx, c)
		if err != nil {
			return err
		}
		b, err := deduction.LockPlan(ctx, tx, s.Plans[plan].ID)
		left = c.Currency.Format(b.Unused())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// What the rules forbid, with the way out.
func TestDeductionRefusals(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		number := paidShort(t, d, deduction.OnManagement)
		resolving := func(l app.ResolveLine) error {
			_, err := d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: number, Date: resolved, Lines: []app.ResolveLine{l}})
			return err
		}
		refused(t, resolving(app.ResolveLine{Kind: "return", Account: "110-65100"}), fault.Refused, "return_account")
		refused(t, resolving(app.ResolveLine{Kind: "write_off", Amount: "100.01", Account: "65100"}), fault.Refused, "over_resolution")
		refused(t, resolving(app.ResolveLine{Kind: "write_off", Account: "11530"}), fault.Refused, "control_account")
		refused(t, resolving(app.ResolveLine{Kind: "write_off"}), fault.Invalid, "no_account")
		_, err := capture(t, d, short{invoice: "INV", amount: 1})
		refused(t, err, fault.Refused, "nothing_open")
		_, err = d.ReverseVoucher(ctx, d.call, "DV-00000001", resolved, "by hand")
		refused(t, err, fault.Refused, "belongs_to_deduction")
		d.MustVerify(t)
	})
}

// An unresolved deduction is not allowed at capture; a write-off is, at once.
func TestDeductionAllowedAtCapture(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(deductionBooks(deduction.OnManagement), "INV,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00"))
		_, err := capture(t, d, short{"INV", 10_00, func(x *deduction.Deduction) { x.Allowed = true }})
		refused(t, err, fault.Refused, "unresolved_allowed")
		number := captured(t, d, short{"INV", 10_00, func(x *deduction.Deduction) { x.Type, x.Reason, x.Allowed = "WO", "DAMAGE", true }})[0]
		if got, want := journalOf(t, d, "DV-00000001"), "110-11530 C-1 -10.00\n110-65100  10.00\n"; got != want {
			t.Errorf("the capture posted\n%swant\n%s", got, want)
		}
		out, err := d.ReverseResolution(ctx, d.call, app.ReverseResolutionRequest{Deduction: number, Resolution: "DV-00000001", Date: resolved, Reason: "not so"})
		if err != nil || out.Financial != "reversed" {
			t.Errorf("reversed it is %+v, %v", out, err)
		}
		if got, want := open(t, d, openitem.Customers), "C-1 INV 110-11530 1000.00\n"; got != want {
			t.Errorf("open are\n%swant\n%s", got, want)
		}
		d.MustVerify(t)
	})
}

// Two funds: each voucher balances by fund, children share the hold, every kind ends and is reversed again.
func TestDeductionKindsAndReversals(t *testing.T) {
	eachHold(t, everyKind, "USD", "EUR")
}

func everyKind(t *testing.T, d *door, hold deduction.Hold, currency string) {
	d.Import(t, post(deductionBooks(hold), "INV,2026-11-02,invoice,C-1,,,"+currency+",110-11530 600.00,210-11530 400.01,110-44200 -600.00,210-44200 -400.01",
		"CN,2026-11-16,credit_note,C-1,,,"+currency+",110-44200 50.00,110-11530 -50.00"))
	number := captured(t, d, short{invoice: "INV", amount: 333_33})[0]
	before := booksNow(t, d)
	for _, l := range []app.ResolveLine{
		{Kind: "write_off", Amount: "10.01", Account: "65100"},
		{Kind: "write_off", Amount: "7.03", Account: "110-65100"},
		{Kind: "accrual_plan", Amount: "33.33", Plan: "SPRING"},
		{Kind: "match", Amount: "20.00", Credit: "CN"},
		{Kind: "credit_note", Amount: "11.11", Account: "44200"},
		{Kind: "credit_note", Amount: "11.11", NoteLines: []app.NoteLine{{Account: "44200", Amount: "10.00"}, {Account: "110-37001", Amount: "1.11"}}, Basis: "quantity", Goods: "2 boxes"},
		{Kind: "return", Amount: "99.99", KeepDue: true},
		{Kind: "chargeback", Amount: "5.55", Account: "11541"},
		{Kind: "paid_back", Amount: "1.01", Account: "11020"},
		{Kind: "paid_back", Amount: "1.01", Credit: "CN"},
		{Kind: "correct", Amount: "66.67"},
		{Kind: "correct"},
	} {
		out := resolve(t, d, number, l)
		d.MustVerify(t)
		if _, err := d.ReverseResolution(ctx, d.call, app.ReverseResolutionRequest{Deduction: number, Resolution: out.Lines[0].Voucher, Date: resolved}); err != nil {
			t.Fatalf("reversing %s: %v", l.Kind, err)
		}
		d.MustVerify(t)
		if after := booksNow(t, d); after != before {
			t.Errorf("%s and its reversal leave\n%swant\n%s", l.Kind, after, before)
		}
	}
	children, err := d.SplitDeduction(ctx, d.call, app.SplitRequest{Deduction: number, Parts: []app.SplitChild{{Amount: "100.00"}, {Amount: "50.00", Reason: "DAMAGE"}}})
	if err != nil || len(children.Children) != 2 || children.Children[1] != number+"/2" {
		t.Fatalf("split gives %+v, %v", children, err)
	}
	for _, n := range append(children.Children, number) {
		resolve(t, d, n, app.ResolveLine{Kind: "return"})
	}
	d.MustVerify(t)
}

// What is over the most restrictive limit, on the original and all its children, is only proposed, and approved by another person.
func TestDeductionLimits(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		number := paidShort(t, d, deduction.OnManagement)
		if err := within(t, d, func(ctx ctxT, tx *db.Tx, c *ledger.Company) error {
			s, err := deduction.LoadSetup(ctx, tx, c)
			if err != nil {
				return err
			}
			return s.SaveLimit(ctx, tx, deduction.Limit{Scope: "company", Amount: 50_00})
		}); err != nil {
			t.Fatal(err)
		}
		split, err := d.SplitDeduction(ctx, d.call, app.SplitRequest{Deduction: number, Parts: []app.SplitChild{{Amount: "40.00"}}})
		if err != nil {
			t.Fatal(err)
		}
		if out := resolve(t, d, split.Children[0], app.ResolveLine{Kind: "write_off", Account: "65100"}); out.Proposed {
			t.Errorf("40.00 of 50.00 were only proposed: %+v", out)
		}
		out := resolve(t, d, number, app.ResolveLine{Kind: "write_off", Amount: "10.01", Account: "65100"})
		if !out.Proposed || out.Limit == "" || out.Work != "pending_approval" || out.Remaining != "60.00" {
			t.Errorf("50.01 of 50.00 gave %+v", out)
		}
		_, err = d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: number, Date: resolved, Lines: []app.ResolveLine{{Kind: "return"}}})
		refused(t, err, fault.Refused, "pending_approval")
		other := app.Call{Actor: boss, Company: d.call.Company}
		own := app.Call{Actor: identity.Actor{Name: apptest.Clerk.Name, Roles: []identity.Role{identity.Approver}}, Company: d.call.Company}
		_, err = d.ApproveDeduction(ctx, own, app.DecideRequest{Deduction: number, Date: resolved})
		refused(t, err, fault.Denied, "own_request")
		if _, err = d.RejectDeduction(ctx, other, app.DecideRequest{Deduction: number, Reason: "prove it"}); err != nil {
			t.Fatal(err)
		}
		resolve(t, d, number, app.ResolveLine{Kind: "write_off", Amount: "10.01", Account: "65100"})
		done, err := d.ApproveDeduction(ctx, other, app.DecideRequest{Deduction: number, Date: resolved})
		if err != nil || done.Remaining != "49.99" || done.Lines[0].DecidedBy != "bob" {
			t.Errorf("approved: %+v, %v", done, err)
		}
		d.MustVerify(t)
	})
}

// Wherever it is held, an open deduction counts as an open debit of a run, unless its reason says otherwise; netting leaves what holds it
// alone; and one that is returned after the run was proposed changes the line.
func TestDeductionBlocksRun(t *testing.T) {
	eachHold(t, blocksRun, "SHORT", "QUIET")
}

func blocksRun(t *testing.T, d *door, hold deduction.Hold, reason string) {
	d.Import(t, post(deductionBooks(hold), "INV,2026-11-02,invoice,C-1,,,USD,110-11530 30.00,110-44200 -30.00", "CN,2026-11-03,credit_note,C-1,,,USD,110-44200 100.00,110-11530 -100.00"))
	number := captured(t, d, short{"INV", 30_00, func(x *deduction.Deduction) { x.Reason = reason }})[0]
	for _, netting := range []string{"gross", "net"} {
		x := d.MustSimulate(t, app.RunRequest{Selection: all, Date: resolved, Netting: &netting})
		blocked := len(x.Excluded) == 1 && x.Excluded[0].Reason == "open_deduction"
		paid := len(x.Reimbursements) == 1 && len(x.Nettings) == 0
		if blocked != (reason == "SHORT") || paid != (reason == "QUIET") {
			t.Errorf("%s: the run decides %s", netting, story(x))
		}
	}
	if reason == "QUIET" {
		run, err := d.Propose(ctx, d.call, app.RunRequest{Selection: all, Date: resolved}, nil)
		if err != nil {
			t.Fatal(err)
		}
		resolve(t, d, number, app.ResolveLine{Kind: "return"})
		if _, err := d.PostRun(ctx, d.call, run.ID, nil); err != nil {
			t.Fatal(err)
		}
		x := &apptest.Decisions{}
		if _, err := d.Run(ctx, d.call, run.ID, x.Add); err != nil {
			t.Fatal(err)
		}
		if len(x.Excluded) != 1 || x.Excluded[0].Reason != "changed" {
			t.Errorf("after the return the run decides %s", story(x))
		}
	}
	d.MustVerify(t)
}
