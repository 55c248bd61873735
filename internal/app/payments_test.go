package app_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

// distributor gives the books of a company with deductions: fund 110 with the accounts of the rules' example, three types, two reasons,
// terms of 2 % in 10 days, and a head office with a branch.
func distributor(hold string) apptest.Files {
	f := books().
		Append("accounts", "11535,Deductions receivable,asset,customer", "65100,Deductions written off,expense,", "65200,Discounts,expense,", "23500,Accrued promotions,liability,", "11590,Suspense,asset,").
		Append("dimension_values", "Fund,110,Produce", "Fund,120,Dairy").
		Append("balancing_rules", "Fund,110,,11010,11010", "Fund,120,,11010,11010").
		Append("parameters", "deduction_hold,"+hold, "deduction_customer,DED", "unearned_discount_reason,UD").
		With(apptest.Files{
			"customers": `customer,name,group,currency,parent,vendor,hold,do_not_reimburse,terms
DED,Deduction management,,USD,,,no,no,
C-1,Ann Baker,RES,USD,,V-1,no,no,
HQ,Head office,,USD,,,no,no,
BR,Branch,,USD,HQ,,no,no,
T-1,Prompt payer,,USD,,,no,no,2/10
`,
			"posting_profiles": `ledger,scope,code,summary_account,write_off_account,discount_account
customer,all,,11530,,65200
customer,party,DED,11535,,
vendor,all,,24210,,
`,
			"payment_terms":     "terms,name,net_days,discount_days,discount_rate\n2/10,2 % in 10 days,30,10,2\n",
			"deduction_types":   "type,name,kind,hold,offset_account\nunresolved,Unresolved,unresolved,,11590\nwrite_off,Write-off,write_off,,11590\nplan,Plan,accrual_plan,,11590\n",
			"deduction_reasons": "reason,name,type,account,active\nDMG,Damage,write_off,65100,yes\nUD,Unearned discount,write_off,65200,yes\n",
		})
	return f
}

// A payment is a line of a journal being made for a test.
type payment struct {
	t       *testing.T
	d       *door
	journal string
	line    int
}

// pays makes a journal with one line.
func pays(t *testing.T, d *door, date, customer, amount, currency string) *payment {
	t.Helper()
	j, err := d.CreatePaymentJournal(ctx, d.call, app.PaymentJournalRequest{Text: "test"})
	if err != nil {
		t.Fatal(err)
	}
	p := &payment{t: t, d: d, journal: j.Code}
	return p.another(date, customer, amount, currency)
}

func (p *payment) another(date, customer, amount, currency string) *payment {
	p.t.Helper()
	l, err := p.d.AddPaymentLine(ctx, p.d.call, p.journal, app.PaymentLineRequest{Date: day(date), Customer: customer, Amount: amount, Currency: currency, Bank: "110-11020", Reference: "check 1"})
	if err != nil {
		p.t.Fatal(err)
	}
	return &payment{p.t, p.d, p.journal, l.Line}
}

func (p *payment) apply(reqs ...app.PaymentApplyRequest) *app.PaymentLine {
	p.t.Helper()
	l, err := p.d.ApplyPayment(ctx, p.d.call, p.journal, p.line, reqs)
	if err != nil {
		p.t.Fatal(err)
	}
	return l
}

// post posts the journal, all lines of which must go through.
func (p *payment) post() *app.PaymentPosted {
	p.t.Helper()
	r, err := p.d.PostPaymentJournal(ctx, p.d.call, p.journal)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, l := range r.Lines {
		if l.Problem != "" {
			p.t.Fatalf("line %d: %s", l.Line, l.Problem)
		}
	}
	return r
}

func (p *payment) reverse(date string) *app.PaymentPosted {
	p.t.Helper()
	r, err := p.d.ReversePayment(ctx, p.d.call, p.journal, app.PaymentReversal{Line: p.line, Date: day(date), Reason: "wrong customer"})
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// printed gives vouchers as an accountant writes them.
func printed(all []app.Voucher) string {
	var b strings.Builder
	for _, v := range all {
		b.WriteString(v.Type + ":")
		for _, l := range v.Lines {
			side, amount := "Dr", l.Debit
			if strings.Trim(amount, "0.") == "" {
				side, amount = "Cr", l.Credit
			}
			fmt.Fprintf(&b, " %s %s %s", side, l.Account, amount)
			if l.Party != "" {
				b.WriteString(" " + l.Party)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func wantVouchers(t *testing.T, e *app.Effect, err error, want string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got := printed(e.Vouchers); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("the vouchers are\n%swant\n%s", got, want)
	}
}

func wantRule(t *testing.T, err error, rule string) {
	t.Helper()
	if fault.RuleOf(err) != rule {
		t.Errorf("got %v, want the rule %s", err, rule)
	}
}

const invoice1000 = "INV,2026-11-02,invoice,C-1,,2026-12-02,USD,110-11530 1000.00,110-44200 -1000.00"

func TestPaymentWithDeduction(t *testing.T) {
	for hold, held := range map[string]string{
		"deduction_customer": "Dr 110-11535 100.00 DED",
		"customer":           "Dr 110-11530 100.00 C-1",
		"suspense":           "Dr 110-11590 100.00",
	} {
		t.Run(hold, func(t *testing.T) {
			each(t, func(t *testing.T, d *door) {
				d.Import(t, post(distributor(hold), invoice1000))
				before := booksNow(t, d)
				p := pays(t, d, "2026-11-05", "C-1", "900.00", "")
				l := p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "900.00"})
				if len(l.Deductions) != 1 || l.Deductions[0].Amount != "100.00" || l.Deductions[0].Type != "unresolved" || l.Totals.Left != "0.00" || l.Applications[0].Left != "0.00" {
					t.Fatalf("the line is %+v", l)
				}
				e, err := d.PreviewPaymentJournal(ctx, d.call, p.journal, 0)
				wantVouchers(t, e, err, "payment: Dr 110-11020 900.00 Cr 110-11530 900.00 C-1\ndeduction: "+held+" Cr 110-11530 100.00 C-1")
				r := p.post()
				if r.State != "posted" || r.Lines[0].Voucher == "" || len(r.Lines[0].Deductions) != 1 {
					t.Fatalf("posted %+v", r)
				}
				again := p.post()
				if len(again.Lines) != 0 {
					t.Errorf("posting again posts %+v", again.Lines)
				}
				items := open(t, d, openitem.Customers)
				if strings.Contains(items, "INV ") {
					t.Errorf("the invoice is open: %s", items)
				}
				d.MustVerify(t)
				_, err = d.Unsettle(ctx, d.call, app.SettleRequest{Side: openitem.Customers, Party: "C-1", Debit: "INV", Credit: r.Lines[0].Voucher, Date: day("2026-11-06")})
				wantRule(t, err, "belongs_to_payment")
				_, err = d.ReverseVoucher(ctx, d.call, r.Lines[0].Voucher, day("2026-11-06"), "x")
				wantRule(t, err, "belongs_to_payment")
				back := p.reverse("2026-11-07")
				if back.State != "reversed" {
					t.Errorf("reversed %+v", back)
				}
				if after := booksNow(t, d); after != before {
					t.Errorf("after the reversal the books are\n%s, before\n%s", after, before)
				}
				d.MustVerify(t)
			})
		})
	}
}

func TestPaymentOverFunds(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("deduction_customer"), "INV,2026-11-02,invoice,C-1,,,USD,110-11530 600.00,120-11530 400.00,110-44200 -600.00,120-44200 -400.00"))
		before := booksNow(t, d)
		p := pays(t, d, "2026-11-05", "C-1", "900.00", "")
		p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "900.00"})
		e, err := d.PreviewPaymentJournal(ctx, d.call, p.journal, 1)
		wantVouchers(t, e, err, `
payment: Dr 110-11020 900.00 Cr 110-11530 900.00 C-1
settlement: Cr 120-11530 360.00 C-1 Dr 110-11530 360.00 C-1 Cr 110-11010 360.00 Dr 120-11010 360.00
deduction: Dr 110-11535 60.00 DED Cr 110-11530 60.00 C-1 Dr 120-11535 40.00 DED Cr 120-11530 40.00 C-1`)
		p.post()
		d.MustVerify(t)
		p.reverse("2026-11-07")
		if after := booksNow(t, d); after != before {
			t.Errorf("after the reversal the books are\n%s, before\n%s", after, before)
		}
		d.MustVerify(t)
	})
}

func TestPaymentInForeignCurrency(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("deduction_customer"), "INV,2026-11-02,invoice,C-1,,,EUR,110-11530 1000.00,110-44200 -1000.00"))
		before := open(t, d, openitem.Customers)
		p := pays(t, d, "2026-11-16", "C-1", "900.00", "EUR")
		p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "900.00"})
		p.post()
		d.MustVerify(t)
		if b := balances(t, d); !strings.Contains(b, "110-70100") {
			t.Errorf("no exchange gain in\n%s", b)
		}
		p.reverse("2026-11-20")
		if after := open(t, d, openitem.Customers); after != before {
			t.Errorf("after the reversal the items are\n%s, before\n%s", after, before)
		}
		d.MustVerify(t)
	})
}

func TestPaymentForChildren(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("deduction_customer"), "INV,2026-11-02,invoice,BR,,,USD,110-11530 1000.00,110-44200 -1000.00"))
		p := pays(t, d, "2026-11-05", "HQ", "950.00", "")
		l := p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "900.00"})
		if l.Applications[0].Customer != "BR" || l.Deductions[0].Customer != "BR" || l.Totals.Left != "50.00" {
			t.Fatalf("the line is %+v", l)
		}
		e, err := d.PreviewPaymentJournal(ctx, d.call, p.journal, 1)
		wantVouchers(t, e, err, `
payment: Dr 110-11020 950.00 Cr 110-11530 950.00 HQ
settlement: Cr 110-11530 900.00 BR Dr 110-11530 900.00 HQ
deduction: Dr 110-11535 100.00 DED Cr 110-11530 100.00 BR`)
		p.post()
		if items := open(t, d, openitem.Customers); !strings.Contains(items, "HQ") || strings.Contains(items, "INV ") {
			t.Errorf("open is\n%s", items)
		}
		_, err = d.ApplyPayment(ctx, d.call, pays(t, d, "2026-11-05", "C-1", "1.00", "").journal, 1, []app.PaymentApplyRequest{{Customer: "BR", Voucher: "INV"}})
		wantRule(t, err, "no_family")
		p.reverse("2026-11-07")
		d.MustVerify(t)
	})
}

func TestTermsDiscount(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("customer"), "INV,2026-11-02,invoice,T-1,,2026-12-02,USD,110-11530 1000.00,110-44200 -1000.00"))
		for _, x := range []struct {
			name, date, amount string
			discount           *string
			want               string // discount, then deductions with their reasons
		}{
			{"EarnedAndPaidFull", "2026-11-12", "", nil, "20.00"},
			{"EarnedAndPaidShort", "2026-11-12", "900.00", nil, "20.00 80.00/"},
			{"EarnedAndTakenInPart", "2026-11-12", "990.00", nil, "10.00"},
			{"LateAndJustTheDiscount", "2026-11-13", "980.00", nil, "0.00 20.00/UD"},
			{"LateAndPaidShort", "2026-11-13", "900.00", nil, "0.00 100.00/"},
			{"LateAndSaid", "2026-11-13", "900.00", ref("20.00"), "0.00 20.00/UD 80.00/"},
			{"MoreThanEarned", "2026-11-12", "950.00", ref("50.00"), "20.00 30.00/UD"},
			{"LateAndPaidFull", "2026-11-13", "", nil, "0.00"},
		} {
			t.Run(x.name, func(t *testing.T) {
				p := pays(t, d, x.date, "T-1", "1000.00", "")
				l := p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: x.amount, Discount: x.discount})
				got := l.Applications[0].Discount
				for _, y := range l.Deductions {
					got += " " + y.Amount + "/" + y.Reason
				}
				if got != x.want {
					t.Errorf("got %s, want %s", got, x.want)
				}
				if _, err := d.CancelPaymentJournal(ctx, d.call, p.journal); err != nil {
					t.Fatal(err)
				}
			})
		}
		p := pays(t, d, "2026-11-12", "T-1", "980.00", "")
		p.apply(app.PaymentApplyRequest{Voucher: "INV"})
		e, err := d.PreviewPaymentJournal(ctx, d.call, p.journal, 1)
		wantVouchers(t, e, err, "payment: Dr 110-11020 980.00 Cr 110-11530 980.00 T-1\nsettlement: Cr 110-11530 20.00 T-1 Dr 110-65200 20.00")
		late, err := d.ChangePaymentLine(ctx, d.call, p.journal, 1, app.PaymentLineRequest{Date: day("2026-11-20"), Customer: "T-1", Amount: "980.00", Bank: "110-11020"})
		if err != nil || late.Applications[0].Discount != "0.00" || late.Deductions[0].Reason != "UD" {
			t.Errorf("dated later the line is %+v, %v", late, err)
		}
		p.post()
		d.MustVerify(t)
	})
}

func ref(s string) *string { return &s }

func TestPaymentMarks(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("customer"), invoice1000, "CN,2026-11-03,credit_note,C-1,,,USD,110-44200 50.00,110-11530 -50.00"))
		p := pays(t, d, "2026-11-05", "C-1", "300.00", "")
		p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "300.00", LeaveOpen: true}, app.PaymentApplyRequest{Voucher: "CN"})
		marked := func() string {
			t.Helper()
			items, err := d.OpenItems(ctx, d.call, openitem.Customers, "C-1", false)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, it := range items {
				all = append(all, it.Voucher+" "+it.Marked)
			}
			return strings.Join(all, ", ")
		}
		if got := marked(); got != "INV 300.00, CN 50.00" {
			t.Errorf("marked: %s", got)
		}
		q := pays(t, d, "2026-11-06", "C-1", "900.00", "")
		_, err := d.ApplyPayment(ctx, d.call, q.journal, 1, []app.PaymentApplyRequest{{Voucher: "INV", Amount: "701.00"}})
		wantRule(t, err, "over_applied")
		l := q.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "700.00"})
		if len(l.Deductions) != 0 || l.Applications[0].Available != "700.00" {
			t.Errorf("the other journal takes %+v", l)
		}
		debits := true
		x := d.MustSimulate(t, app.RunRequest{Selection: reimbursement.Selection{All: true}, IncludeDebits: &debits})
		if len(x.Reimbursements) != 0 {
			t.Errorf("a marked credit is reimbursed: %+v", x.Reimbursements)
		}
		_, err = d.Unmark(ctx, d.call, openitem.Customers, p.journal, "", "")
		wantRule(t, err, "belongs_to_payment")
		_, err = d.Mark(ctx, d.call, app.MarkRequest{Side: openitem.Customers, Party: "C-1", Voucher: "INV", Journal: p.journal})
		wantRule(t, err, "belongs_to_payment")
		if _, err := d.UnapplyPayment(ctx, d.call, p.journal, 1, nil); err != nil {
			t.Fatal(err)
		}
		if got := marked(); got != "INV 700.00, CN " {
			t.Errorf("marked after taking back: %s", got)
		}
		if _, err := d.RemovePaymentLine(ctx, d.call, q.journal, 1); err != nil {
			t.Fatal(err)
		}
		if got := marked(); got != "INV , CN " {
			t.Errorf("marked at the end: %s", got)
		}
		d.MustVerify(t)
	})
}

func TestSplitAndStandAlone(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("deduction_customer"), invoice1000, "CN,2026-11-03,credit_note,C-1,,,USD,110-44200 50.00,110-11530 -50.00"))
		before := booksNow(t, d)
		p := pays(t, d, "2026-11-05", "C-1", "800.00", "")
		p.apply(app.PaymentApplyRequest{Voucher: "CN"}, app.PaymentApplyRequest{Voucher: "INV", Amount: "870.00"})
		l, err := d.AddPaymentDeduction(ctx, d.call, p.journal, 1, app.PaymentDeductionRequest{Amount: "40.00", Reason: "DMG", Claim: "K-7"})
		if err != nil || l.Totals.Left != "20.00" {
			t.Fatalf("the line is %+v, %v", l, err)
		}
		if _, err = d.SplitPaymentDeduction(ctx, d.call, p.journal, 1, 1, "30.00"); err != nil {
			t.Fatal(err)
		}
		if _, err = d.ChangePaymentDeduction(ctx, d.call, p.journal, 1, 3, app.PaymentDeductionRequest{Reason: "DMG", Allowed: true}); err != nil {
			t.Fatal(err)
		}
		_, err = d.ChangePaymentDeduction(ctx, d.call, p.journal, 1, 1, app.PaymentDeductionRequest{Type: "unresolved", Allowed: true})
		wantRule(t, err, "unresolved_allowed")
		_, err = d.RemovePaymentDeduction(ctx, d.call, p.journal, 1, 1)
		wantRule(t, err, "deducted_already")
		e, err := d.PreviewPaymentJournal(ctx, d.call, p.journal, 1)
		wantVouchers(t, e, err, `
payment: Dr 110-11020 800.00 Cr 110-11530 800.00 C-1
deduction: Dr 110-11535 40.00 DED Cr 110-11530 40.00 C-1
deduction: Dr 110-11535 100.00 DED Cr 110-11530 100.00 C-1
deduction: Cr 110-11530 30.00 C-1 Dr 110-65100 30.00`)
		p.post()
		if items := open(t, d, openitem.Customers); strings.Contains(items, "INV ") || strings.Contains(items, "CN ") {
			t.Errorf("open is\n%s", items)
		}
		d.MustVerify(t)
		p.reverse("2026-11-07")
		if after := booksNow(t, d); after != before {
			t.Errorf("after the reversal the books are\n%s, before\n%s", after, before)
		}
		d.MustVerify(t)
	})
}

func TestProposals(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("customer"), "A,2026-11-02,invoice,HQ,,2026-11-20,USD,110-11530 100.00,110-44200 -100.00", "B,2026-11-03,invoice,BR,,2026-11-10,USD,110-11530 50.00,110-44200 -50.00",
			"F,2026-11-20,invoice,HQ,,2026-11-21,USD,110-11530 70.00,110-44200 -70.00"))
		p := pays(t, d, "2026-11-05", "HQ", "120.00", "")
		r, err := d.ProposePayment(ctx, d.call, p.journal, 1, app.PaymentProposal{OldestFirst: true})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range r.Line.Applications {
			got = append(got, fmt.Sprintf("%s %s %s %t", x.Customer, x.Voucher, x.Amount, x.LeaveOpen))
		}
		if want := []string{"BR B 50.00 false", "HQ A 70.00 true"}; !slices.Equal(got, want) || r.Line.Totals.Left != "0.00" || len(r.Line.Deductions) != 0 {
			t.Errorf("oldest first gives %v, want %v", got, want)
		}
		q := p.another("2026-11-21", "HQ", "500.00", "")
		r, err = d.ProposePayment(ctx, d.call, p.journal, q.line, app.PaymentProposal{References: []app.PaymentReference{{Voucher: "A", Amount: "40.00"}, {Voucher: "F", Amount: "60.00"}, {Voucher: "Z-9", Amount: "5.00"}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Line.Applications) != 2 || r.Line.Applications[0].Amount != "30.00" || r.Line.Deductions[0].Amount != "10.00" {
			t.Errorf("by references: %+v", r.Line)
		}
		if len(r.Unmatched) != 2 || r.Unmatched[0].Amount != "10.00" || r.Unmatched[1].Voucher != "Z-9" {
			t.Errorf("unmatched: %+v", r.Unmatched)
		}
		c, err := d.PaymentCandidates(ctx, d.call, p.journal, 1, app.Page{Limit: 2})
		if err != nil || len(c.Items) != 2 || c.Next == "" || c.Items[0].Voucher != "B" || c.Items[0].Application != 1 {
			t.Errorf("candidates: %+v, %v", c, err)
		}
		if c, err = d.PaymentCandidates(ctx, d.call, p.journal, 1, app.Page{Limit: 2, After: c.Next}); err != nil || len(c.Items) != 1 {
			t.Errorf("more candidates: %+v, %v", c, err)
		}
		p.post()
		list, err := d.PaymentJournals(ctx, d.call, app.PaymentFilter{State: "posted", Customer: "HQ"}, app.Page{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Totals[0].Cash != "620.00" || list.Items[0].Posted != 2 {
			t.Errorf("the list is %+v, %v", list, err)
		}
		d.MustVerify(t)
	})
}

func TestPaymentProblems(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("customer"), invoice1000))
		p := pays(t, d, "2026-11-05", "C-1", "900.00", "")
		p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "950.00", LeaveOpen: true})
		q := p.another("2026-11-05", "C-1", "20.00", "")
		r, err := d.PostPaymentJournal(ctx, d.call, p.journal)
		if err != nil || r.State != "draft" || r.Lines[0].Problem == "" || r.Lines[1].Problem != "" {
			t.Fatalf("posted %+v, %v", r, err)
		}
		j, err := d.PaymentJournal(ctx, d.call, p.journal)
		if err != nil || j.Lines[0].Problem == "" || j.Lines[0].State != "draft" || j.Lines[1].State != "posted" {
			t.Fatalf("the journal is %+v, %v", j, err)
		}
		_, err = d.CancelPaymentJournal(ctx, d.call, p.journal)
		wantRule(t, err, "partly_posted")
		p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "900.00"})
		if r := p.post(); r.State != "posted" || len(r.Lines) != 1 {
			t.Errorf("posting again: %+v", r)
		}
		_, err = d.ReversePayment(ctx, d.call, p.journal, app.PaymentReversal{Line: q.line, Date: day("2026-11-01"), Reason: "x"})
		wantRule(t, err, "reversed_before")
		back, err := d.ReversePayment(ctx, d.call, p.journal, app.PaymentReversal{Date: day("2026-11-07"), Reason: "x"})
		if err != nil || back.State != "reversed" || len(back.Lines) != 2 {
			t.Errorf("reversed %+v, %v", back, err)
		}
		d.MustVerify(t)
	})
}

func TestTwoJournalsOnOneInvoice(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("customer"), invoice1000))
		const n = 6
		var all []*payment
		for range n {
			all = append(all, pays(t, d, "2026-11-05", "C-1", "300.00", ""))
		}
		var wg sync.WaitGroup
		errs := make([]error, n)
		for i, p := range all {
			wg.Go(func() {
				_, errs[i] = d.ApplyPayment(ctx, d.call, p.journal, 1, []app.PaymentApplyRequest{{Voucher: "INV", Amount: "300.00", LeaveOpen: true}})
			})
		}
		wg.Wait()
		applied := 0
		for _, err := range errs {
			if err == nil {
				applied++
			} else if r := fault.RuleOf(err); r != "over_applied" && r != "over_marked" {
				t.Error(err)
			}
		}
		if applied != 3 {
			t.Errorf("%d journals of 300.00 are applied to an invoice of 1000.00", applied)
		}
		for _, p := range all {
			for range 2 { // the same journal by two at once
				wg.Go(func() {
					if _, err := d.PostPaymentJournal(ctx, d.call, p.journal); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		items, err := d.OpenItems(ctx, d.call, openitem.Customers, "C-1", false)
		if err != nil || len(items) != 4 || items[0].Open != "100.00" {
			t.Errorf("open: %+v, %v", items, err)
		}
		d.MustVerify(t)
	})
}
