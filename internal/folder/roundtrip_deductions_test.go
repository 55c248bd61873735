package folder_test

import (
	"cmp"
	"flag"
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
	"quittance/internal/folder"
	"quittance/internal/identity"
)

// trader is a distributor with deductions: two funds, a head office with a branch, every kind of type and hold, a limit that is soon
// exceeded, a plan with accruals, a customer with terms.
func trader(hold string) apptest.Files {
	return town().
		Append("accounts", "11535,Deductions receivable,asset,customer", "11540,Chargebacks,asset,customer", "65100,Written off,expense,", "65200,Discounts,expense,", "23500,Promotions,liability,", "11590,Suspense,asset,").
		Append("parameters", "deduction_hold,"+hold, "deduction_customer,DED", "unearned_discount_reason,UD", "deduction_handling_cost,3.00", "remittance_bank,101-11020").
		With(apptest.Files{
			"customers":        "customer,name,group,currency,parent,vendor,hold,terms\nBR,Branch,,USD,HQ,,no,\nC-1,Ann,RES,USD,,V-1,no,\nDED,Deduction management,,USD,,,no,\nHQ,Head office,,USD,,,no,\nT-1,Prompt,,USD,,,no,2/10\n",
			"posting_profiles": "ledger,scope,code,summary_account,write_off_account,discount_account\ncustomer,all,,11530,,65200\ncustomer,party,DED,11535,,\nvendor,all,,24210,,\n",
			"payment_terms":    "terms,name,net_days,discount_days,discount_rate\n2/10,2 % in 10 days,30,10,2\n",
			"deduction_types":  "type,name,kind,hold,offset_account\nunresolved,Unresolved,unresolved,,11590\nwrite_off,Write-off,write_off,,11590\nplan,Plan,accrual_plan,,11590\nz_parked,Parked,unresolved,suspense,11590\n",
			"accrual_plans":    "plan,name,account,from,to,pay_over\nFALL,Fall,23500,2026-01-01,2026-12-31,yes\n", "accrual_plan_customers": "plan,scope,code\nFALL,all,\n",
			"accruals":            "plan,accrual,date,amount,voucher,text\nFALL,1,2026-10-31,100.00,,brought in\n",
			"deduction_reasons":   "reason,name,type,account,plan,evidence,owner,small_amount,credit_check\nDMG,Damage,write_off,65100,,proof_of_delivery,ann,2.00,yes\nUD,Unearned discount,write_off,65200,,,,,no\nPROMO,Promotion,plan,,FALL,,bob,,yes\n",
			"deduction_codes":     "customer,list,code,from,to,reason\nC-1,,22,2026-01-01,,DMG\n",
			"write_off_limits":    "scope,code,amount\nreason,DMG,60.00\n",
			"dispute_rules":       "customer,reason,from,window_days,window_from\n,,2026-01-01,30,payment\n",
			"deduction_customers": "customer,owner,small_amount\nC-1,eve,1.00\n", "work_substates": "substate,work,name\nCALL,in_research,Call\n",
			"remittance_maps": `map,name,columns
FM,Market,"{""columns"":{""reference"":""Check"",""date"":""Date"",""amount"":""Total"",""invoice"":""Invoice"",""paid"":""Paid"",""deduction"":""Deducted"",""code"":""Code""},""header"":1}"
`,
			"remittance_partners": "partner,customer,sign,bank,map\nFRESH,C-1,negative_reduces,101-11020,FM\n",
			"vouchers": rows(voucherHead,
				debit("INV", "2026-11-02", "C-1", "", "USD", "101-11530", "1000.00"), debit("EUR", "2026-11-02", "C-1", "", "EUR", "101-11530", "700.07"),
				"TWO,2026-11-03,invoice,C-1,,UTL,2026-12-03,USD,101-11530,333.34,,,,,dr", "TWO,2026-11-03,invoice,C-1,,UTL,2026-12-03,USD,601-11530,166.67,,,,,dr",
				"TWO,2026-11-03,invoice,C-1,,UTL,2026-12-03,USD,101-44200,,333.34,,,,dr", "TWO,2026-11-03,invoice,C-1,,UTL,2026-12-03,USD,601-44200,,166.67,,,,dr",
				credit("CN", "2026-11-03", "C-1", "", "USD", "101-11530", "75.01"), credit("CNB", "2026-11-03", "BR", "", "USD", "601-11530", "40.00"),
				debit("BR1", "2026-11-04", "BR", "", "USD", "601-11530", "250.00"), debit("T", "2026-11-05", "T-1", "", "USD", "101-11530", "400.00")),
		})
}

// act is one thing that is done at a company; its numbers say to what, counted round what there is.
type act struct {
	What         string
	A, B, C      int
	Whole, Cents int
	Yes          bool
}

func (a act) amount() string { return fmt.Sprintf("%d.%02d", a.Whole, a.Cents) }

func drawActs(t *rapid.T, label string, most int) []act {
	one := rapid.Custom(func(t *rapid.T) act {
		return act{
			What: rapid.SampledFrom([]string{"pay", "pay", "pay", "draft", "alone", "post", "reverse", "reverse", "resolve", "resolve", "resolve", "resolve", "resolve", "resolve", "resolve", "resolve", "split", "undo", "undo", "undo", "update", "dispute", "comment", "watch", "claim", "decide", "withdraw", "attach", "detach", "remit", "remit"}).Draw(t, "what"),
			A:    rapid.IntRange(0, 99).Draw(t, "a"), B: rapid.IntRange(0, 99).Draw(t, "b"), C: rapid.IntRange(0, 99).Draw(t, "c"),
			Whole: rapid.IntRange(0, 300).Draw(t, "whole"), Cents: rapid.IntRange(0, 99).Draw(t, "cents"), Yes: rapid.Bool().Draw(t, "yes"),
		}
	})
	return rapid.SliceOfN(one, most/2, most).Draw(t, label)
}

// desk does acts at one company; what is refused is fine, what fails is not.
type desk struct {
	*apptest.Door
	call, boss app.Call
	data       *folder.Data // before the act
}

func newDesk(d *apptest.Door, company string) *desk {
	boss := identity.Actor{Name: "boss", Roles: []identity.Role{identity.Controller}}
	return &desk{Door: d, call: app.Call{Actor: apptest.Clerk, Company: company}, boss: app.Call{Actor: boss, Company: company}}
}

func (d *desk) export(t *rapid.T) *folder.Data {
	t.Helper()
	data, err := d.Export(ctx, d.call, true)
	if err != nil {
		t.Fatalf("export: %v", err)
	}
	return data
}

func (d *desk) do(t *rapid.T, acts []act) {
	t.Helper()
	for _, a := range acts {
		d.data = d.export(t)
		err := d.one(a)
		if code := fault.CodeOf(err); err != nil && code != fault.Refused && code != fault.Invalid && code != fault.NotFound && code != fault.Denied {
			t.Fatalf("%+v: %v", a, err)
		}
	}
}

func pick[T any](of []T, n int) T { return of[n%len(of)] }

func (d *desk) one(a act) (err error) {
	date := pick([]civil.Date{civil.MustParse("2026-11-10"), civil.MustParse("2026-11-18"), civil.MustParse("2026-11-21")}, a.B)
	switch a.What {
	case "pay", "draft", "alone":
		return d.pay(a, date)
	case "remit":
		table := fmt.Sprintf("Check,Date,Total,Invoice,Paid,Deducted,Code\n%d,2026-11-19,%s,%s,%s,5.00,22\n%[1]d,2026-11-19,,NONE,1.00,,\n", a.A, a.amount(), pick([]string{"INV", "TWO", "TWO-PB"}, a.B), a.amount())
		_, err = d.ImportRemittance(ctx, d.call, app.RemittanceRequest{Name: "r.csv", Content: []byte(table), Customer: "C-1"})
		return err
	case "claim":
		_, err = d.RaiseClaim(ctx, d.call, app.ClaimRequest{Customer: "C-1", Amount: a.amount(), Type: "write_off", Reason: "DMG", Invoice: pick([]string{"", "INV", "TWO"}, a.A), Basis: "price"})
		return err
	}
	if len(d.data.PaymentJournals) > 0 {
		j := pick(d.data.PaymentJournals, a.A).Journal
		switch a.What {
		case "post":
			_, err = d.PostPaymentJournal(ctx, d.call, j)
			return err
		case "reverse":
			_, err = d.ReversePayment(ctx, d.call, j, app.PaymentReversal{Line: 1, Date: civil.MustParse("2026-11-21"), Reason: "wrong"})
			return err
		}
	}
	if len(d.data.Deductions) == 0 {
		return nil
	}
	return d.atDeduction(a, pick(d.data.Deductions, a.A).Deduction, date)
}

// pay makes a journal with a line that pays some document short, and posts it unless it is to be a draft.
func (d *desk) pay(a act, date civil.Date) error {
	who := pick([]string{"C-1", "C-1", "HQ", "T-1"}, a.C)
	doc := map[string][]string{"C-1": {"INV", "TWO", "EUR"}, "HQ": {"BR1"}, "T-1": {"T"}}[who]
	voucher, currency := pick(doc, a.A), "USD"
	if voucher == "EUR" {
		currency = "EUR"
	}
	j, err := d.CreatePaymentJournal(ctx, d.call, app.PaymentJournalRequest{Text: "lockbox \\ 7"})
	if err != nil {
		return err
	}
	if _, err := d.AddPaymentLine(ctx, d.call, j.Code, app.PaymentLineRequest{Date: date, Customer: who, Amount: a.amount(), Currency: currency, Bank: "101-11020", Reference: "check, 1"}); err != nil {
		return err
	}
	if a.What == "alone" {
		if _, err := d.AddPaymentDeduction(ctx, d.call, j.Code, 1, app.PaymentDeductionRequest{Amount: fmt.Sprintf("%d.50", a.B), TheirCode: "22", Claim: "K-1", Type: pick([]string{"", "z_parked"}, a.B)}); err != nil {
			return err
		}
	}
	reqs := []app.PaymentApplyRequest{{Voucher: voucher, Amount: a.amount(), LeaveOpen: a.B%5 == 0}}
	if a.B%3 == 0 && who == "C-1" && currency == "USD" {
		reqs = append(reqs, app.PaymentApplyRequest{Voucher: "CN", Amount: "10.00"})
		reqs[0].Amount = fmt.Sprintf("%d.%02d", a.Whole+10, a.Cents)
	}
	if _, err := d.ApplyPayment(ctx, d.call, j.Code, 1, reqs); err != nil {
		return err
	}
	if a.Yes {
		l, err := d.PaymentLine(ctx, d.call, j.Code, 1)
		if err != nil {
			return err
		}
		if len(l.Deductions) > 0 {
			part := "1.99"
			if _, err := d.SplitPaymentDeduction(ctx, d.call, j.Code, 1, l.Deductions[0].N, part); err == nil {
				_, _ = d.ChangePaymentDeduction(ctx, d.call, j.Code, 1, l.Deductions[0].N+1, app.PaymentDeductionRequest{Reason: pick([]string{"DMG", "PROMO"}, a.C), Allowed: a.C%2 == 0, Note: "short\n\"weight\""})
			}
		}
	}
	if a.What == "draft" {
		return nil
	}
	_, err = d.PostPaymentJournal(ctx, d.call, j.Code)
	return err
}

func (d *desk) atDeduction(a act, number string, date civil.Date) (err error) {
	if a.Cents%4 > 0 {
		date = civil.MustParse("2026-11-21")
	}
	switch a.What {
	case "resolve":
		line := pick([]app.ResolveLine{
			{Kind: "write_off", Account: "65100"},
			{Kind: "accrual_plan", Plan: "FALL"},
			{Kind: "match", Credit: "CN"},
			{Kind: "match", Credit: "CNB", Customer: "BR"},
			{Kind: "credit_note", Account: "101-44200"},
			{Kind: "return", KeepDue: true, Reason: "not ours"},
			{Kind: "chargeback", Account: "11540", Number: fmt.Sprintf("CB-%s-%d", strings.ReplaceAll(number, "/", "."), a.B)},
			{Kind: "paid_back", Account: "101-11020"},
			{Kind: "correct"},
		}, a.C)
		line.Amount = pick([]string{a.amount(), "", "1.00"}, a.B)
		lines := []app.ResolveLine{line}
		if line.Amount != "" && a.Yes {
			lines = append(lines, app.ResolveLine{Kind: "write_off", Account: "65100", Amount: "0.50", Text: "the rest"})
		}
		_, err = d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: number, Date: date, Lines: lines})
	case "split":
		_, err = d.SplitDeduction(ctx, d.call, app.SplitRequest{Deduction: number, Parts: []app.SplitChild{{Amount: a.amount(), Reason: pick([]string{"", "PROMO"}, a.B), Note: "part"}, {Amount: "0.25"}}})
	case "undo":
		v, err := d.Deduction(ctx, d.call, number)
		if err != nil || len(v.Resolutions) == 0 {
			return err
		}
		_, err = d.ReverseResolution(ctx, d.call, app.ReverseResolutionRequest{Deduction: number, Resolution: fmt.Sprint(pick(v.Resolutions, a.B).ID), Date: civil.MustParse("2026-11-21"), Reason: "again"})
		return err
	case "update":
		_, err = d.UpdateDeduction(ctx, d.call, number, 0, app.DeductionUpdate{
			Reason: pick([]*string{nil, ptr("DMG"), ptr("PROMO")}, a.B), Owner: pick([]*string{nil, ptr("dan")}, a.C), Note: ptr("line one\nline\ttwo \\n"), Work: pick([]*string{nil, ptr("in_research"), ptr("decided_invalid")}, a.Cents), Priority: ptr(a.Whole % 10),
		})
	case "dispute":
		_, err = d.DisputeDeduction(ctx, d.call, number, 0, app.DisputeMove{To: pick([]string{"filed", "denied", "approved", "paid_back"}, a.B), Text: "sent"})
	case "comment":
		_, err = d.CommentDeduction(ctx, d.call, number, "what they say:\n\t\"rotten\"")
	case "watch":
		_, err = d.WatchDeduction(ctx, d.call, number, pick([]string{"ann", "bob"}, a.B), a.Yes)
	case "attach":
		_, err = d.AttachToDeduction(ctx, d.call, number, app.Attachment{Type: pick([]string{"claim", "proof_of_delivery"}, a.B), Name: "proof.txt", Content: fmt.Appendf(nil, "pallet %d\n", a.C%3)})
	case "detach":
		v, err := d.Deduction(ctx, d.call, number)
		if err != nil || len(v.Evidence) == 0 {
			return err
		}
		_, err = d.DetachFromDeduction(ctx, d.call, number, v.Evidence[0].ID, "another one's")
		return err
	case "decide":
		if a.Yes {
			_, err = d.ApproveDeduction(ctx, d.boss, app.DecideRequest{Deduction: number, Date: date})
		} else {
			_, err = d.RejectDeduction(ctx, d.boss, app.DecideRequest{Deduction: number, Reason: "no"})
		}
	case "withdraw":
		_, err = d.WithdrawClaim(ctx, d.call, app.DecideRequest{Deduction: number, Reason: "late"})
	}
	return err
}

// as gives the folder of another company.
func as(d *folder.Data, code string) *folder.Data {
	other := *d
	other.Company.Company = code
	return &other
}

// Export → import → export gives an equal folder whatever was done to payments and deductions, by CSV and by workbook; the books are
// proved; a second import changes nothing; and the copy goes on as the original does.
func TestPaymentsAndDeductionsComeBack(t *testing.T) {
	fewChecks(t, "5")
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			door := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
			n := 0
			rapid.Check(t, func(rt *rapid.T) {
				n++
				one, two := newDesk(door, fmt.Sprintf("A-%03d", n)), newDesk(door, fmt.Sprintf("B-%03d", n))
				first, err := trader(rapid.SampledFrom([]string{"deduction_customer", "customer", "suspense"}).Draw(rt, "hold")).Read()
				if err != nil {
					t.Fatal(err)
				}
				one.bring(rt, first)
				one.do(rt, []act{{What: "pay", Whole: 900}, {What: "pay", A: 1, C: 1, Whole: 300, Cents: 1, Yes: true}, {What: "pay", C: 2, Whole: 100, B: 1}})
				one.do(rt, drawActs(rt, "past", 14))
				data := one.export(rt)
				fromCSV, fromXLSX := throughFiles(t, data)
				equal(rt, "the folder read again", data, fromCSV)
				equal(rt, "the workbook read again", data, fromXLSX)
				fromXLSX.Files = data.Files // which a workbook has none of
				two.bring(rt, fromXLSX)
				equal(rt, "the second export", as(data, ""), as(two.export(rt), ""))
				before := counts(t, door, "audit", "event")
				if again := two.bring(rt, fromCSV); len(again.Changes) > 0 || fmt.Sprint(before) != fmt.Sprint(counts(t, door, "audit", "event")) {
					rt.Fatalf("importing it again changes %v: %v, before %v", again.Changes, counts(t, door, "audit", "event"), before)
				}
				future := drawActs(rt, "future", 6)
				one.do(rt, future)
				two.do(rt, future)
				equal(rt, "the export afterwards", inOrder(as(one.export(rt), "")), inOrder(as(two.export(rt), "")))
				one.prove(rt)
				two.prove(rt)
			})
		})
	}
}

// bring imports a folder under the name of the company.
func (d *desk) bring(t *rapid.T, data *folder.Data) *folder.Result {
	t.Helper()
	r, err := d.App.Import(ctx, d.call, as(data, d.call.Company))
	if err != nil {
		t.Fatalf("the folder is not taken in: %v", err)
	}
	return r
}

func (d *desk) prove(t *rapid.T) {
	t.Helper()
	reports, err := d.Verify(ctx, d.call, "")
	if err != nil || len(reports[0].Findings) > 0 {
		t.Fatalf("verify of %s finds %+v, %v", d.call.Company, reports, err)
	}
}

func equal(t *rapid.T, what string, want, got *folder.Data) {
	t.Helper()
	if all := differences(want, got); len(all) > 0 {
		t.Fatalf("%s: %s", what, strings.Join(all, "\n"))
	}
}

// inOrder brings the settlements into an order that does not hang on ids.
func inOrder(d *folder.Data) *folder.Data {
	slices.SortStableFunc(d.Settlements, func(a, b folder.Settlement) int { return cmp.Compare(settlementText(a), settlementText(b)) })
	return d
}

// fewChecks makes a property be tried a few times only, unless the command line says otherwise: each is a company with a long history, twice.
func fewChecks(t *testing.T, checks string) {
	t.Helper()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if given {
		return
	}
	for name, value := range map[string]string{"rapid.checks": checks, "rapid.shrinktime": "20s", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
}
