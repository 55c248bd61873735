package verify_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/ledger"
)

const (
	aDeduction  = "company = CO and number = 'D-00000001'"
	ofDeduction = "company = CO and deduction = (select id from deduction where number = 'D-00000001')"
	aWriteOff   = ofDeduction + " and kind = 'write_off'"
)

// What is done to deductions, resolutions, plans, evidence and payment journals behind the program's back.
var deductionDamages = []damage{
	{name: "Nothing"},
	{name: "ResolvedRaised", rules: []string{"deduction_amount", "deduction_hold", "deduction_exposure"}, telling: "deduction D-00000001 shows 3500 minor units as resolved", sql: []string{"update deduction set resolved = resolved + 500 where " + aDeduction}},
	{name: "SplitLowered", rules: []string{"deduction_amount", "deduction_hold", "deduction_exposure"}, telling: "deduction D-00000001 shows 3000 minor units as resolved and 0 as split off", sql: []string{"update deduction set split = 0 where " + aDeduction}},
	{name: "AmountRaised", rules: []string{"deduction_hold", "deduction_exposure", "payment_deduction"}, telling: "what holds deduction D-00000001 has 7000 minor units open, but 7100 remain", sql: []string{"update deduction set amount = amount + 100 where " + aDeduction}},
	{name: "ChildOfAnotherRoot", rules: []string{"deduction_family", "deduction_hold"}, telling: "deduction D-00000001/1 is of root id", sql: []string{"update deduction set root = id where company = CO and number = 'D-00000001/1'"}},
	{name: "HeldByAnother", rules: []string{"deduction_family"}, telling: "deduction D-00000001/1 ", sql: []string{"update deduction set holder = null where company = CO and number = 'D-00000001/1'"}},
	{name: "SuspenseResolved", rules: []string{"deduction_amount", "deduction_suspense", "deduction_exposure"}, telling: "deduction D-00000002 shows 700 minor units", sql: []string{"update deduction set resolved = 700 where company = CO and number = 'D-00000002'"}},
	{name: "DeductionRemoved", rules: []string{"deduction_voucher", "payment_deduction"}, telling: "is a deduction, but there is no such", sql: []string{"delete from deduction_event where company = CO and deduction = (select id from deduction where number = 'D-00000003')", "delete from resolution where company = CO and deduction = (select id from deduction where number = 'D-00000003')", "delete from deduction where company = CO and number = 'D-00000003'"}},
	{name: "ResolutionRemoved", rules: []string{"deduction_amount", "deduction_voucher"}, telling: "deduction D-00000001 shows 3000", sql: []string{"delete from resolution where " + aWriteOff}},
	{name: "ResolutionRaised", rules: []string{"resolution_amount", "deduction_amount"}, telling: "a resolution (write_off) of deduction D-00000001 is of 2100 minor units, but its voucher takes 2000", sql: []string{"update resolution set amount = amount + 100 where " + aWriteOff}},
	{name: "ResolutionAccounting", rules: []string{"resolution_amount"}, telling: "a resolution (write_off) of deduction D-00000001 is of 2000", sql: []string{"update resolution set accounting = accounting + 100 where " + aWriteOff}},
	{name: "ResolutionWithoutVoucher", rules: []string{"resolution_voucher", "deduction_voucher"}, telling: "a resolution (write_off) of deduction D-00000001 is posted", sql: []string{"update resolution set voucher = null where " + aWriteOff}},
	{name: "ResolutionReversedByNothing", rules: []string{"resolution_voucher", "deduction_amount"}, telling: "a resolution (write_off) of deduction D-00000001 is reversed", sql: []string{"update resolution set state = 'reversed' where " + aWriteOff}},
	{name: "PlanTakenOff", rules: []string{"resolution_plan"}, telling: "a resolution (accrual_plan) of deduction D-00000001", sql: []string{"update resolution set plan = null where " + ofDeduction + " and kind = 'accrual_plan'"}},
	{name: "ChargedToAPlan", rules: []string{"resolution_plan"}, telling: "a resolution (write_off) of deduction D-00000001", sql: []string{"update resolution set plan = (select id from accrual_plan) where " + aWriteOff}},
	{name: "AccrualOfNoVoucher", rules: []string{"accrual_voucher"}, telling: "accrual 1 of the plan SPRING was posted by a voucher of id 77777777", sql: []string{"update accrual set voucher = 77777777 where company = CO and id = 1"}},
	{name: "ExposureRaised", rules: []string{"deduction_exposure"}, telling: "800 minor units are exposed", sql: []string{"update exposure set amount = 800 where company = CO and id = (select id from deduction where number = 'D-00000002')"}},
	{name: "EvidenceFileGone", rules: []string{"evidence_file"}, telling: "the evidence (claim) of deduction D-00000001", sql: []string{"update deduction_evidence set file = 77777777 where company = CO"}},
	{name: "EvidenceCut", rules: []string{"evidence_file", "evidence_content"}, telling: "the evidence (claim) of deduction D-00000001", sql: []string{"update file_content set content = BYTES where company = CO"}},
	{name: "EvidenceReplaced", rules: []string{"evidence_content"}, telling: "the content of the file claim.txt", do: func(tx *db.Tx, _ *ledger.Company) error {
		_, err := tx.Exec(ctx, "update file_content set content = $1", []byte("Seven boxes"))
		return err
	}},
	{name: "CustomerBecomesTheHolder", rules: []string{"deduction_customer_used", "unbalanced"}, telling: "is posted on the deduction management customer C-1001", sql: []string{"update parameter set value = 'C-1001' where company = CO and name = 'deduction_customer'"}},
	{name: "ApplicationRaised", rules: []string{"payment_marks"}, telling: "marks 500 minor units of voucher OTHER, but its drafts take 600 of it", sql: []string{"update payment_application set amount = amount + 100 where company = CO and voucher = V(OTHER) and journal = (select id from payment_journal where state = 'draft')"}},
	{name: "MarkMovedAway", rules: []string{"payment_marks"}, telling: "but its drafts take 500 of it", sql: []string{"update mark set journal = 'X' where company = CO"}},
	{name: "PaymentOfAnother", rules: []string{"payment_voucher"}, telling: "line 1 of the payment journal", sql: []string{"update payment_line set voucher = null where company = CO and journal = (select min(id) from payment_journal)"}},
	{name: "LineReversedByNothing", rules: []string{"payment_voucher", "payment_deduction", "payment_state"}, telling: "is reversed, but its payment voucher", sql: []string{"update payment_line set state = 'reversed' where company = CO and journal = (select min(id) from payment_journal)", "update payment_journal set state = 'cancelled' where company = CO and id = (select min(id) from payment_journal)"}},
	{name: "DeductionLineOfAnother", rules: []string{"payment_deduction"}, telling: "deduction 1 of line 1 of the payment journal", sql: []string{"update payment_deduction set deduction = (select id from deduction where number = 'D-00000002') where company = CO and deduction = (select id from deduction where number = 'D-00000001')"}},
	{name: "JournalPostedTooEarly", rules: []string{"payment_state", "payment_marks"}, telling: "is posted, but its lines are otherwise", sql: []string{"update payment_journal set state = 'posted' where company = CO and state = 'draft'"}},
}

// desk makes the company whose deductions are damaged: one held by an open item, split and resolved in part, one in suspense, one allowed at
// once, and a draft that marks a document.
func desk(t *testing.T, d *apptest.Door) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	f := apptest.PublicSector().
		Append("accounts", "11535,Deductions receivable,asset,customer", "11536,Deductions in suspense,asset,", "65100,Written off,expense,", "23500,Promotions accrued,liability,").
		Append("customers", "DEDUCT,Deductions,,USD,,no,no,,,,,US").Append("posting_profiles", "customer,party,DEDUCT,11535,").
		Append("parameters", "deduction_customer,DEDUCT", "deduction_hold,deduction_customer").
		With(apptest.Files{
			"deduction_types":        "type,name,kind,hold,offset_account\nOPEN,Unresolved,unresolved,,11536\nSUS,In suspense,unresolved,suspense,11536\nWO,Write-off,write_off,,11536\n",
			"accrual_plans":          "plan,name,account,from,to,pay_over\nSPRING,Spring programme,23500,2026-10-01,2026-12-31,no\n",
			"accrual_plan_customers": "plan,scope,code\nSPRING,all,\n",
		})
	rows := []string{}
	for _, number := range []string{"ONE", "TWO", "THREE", "OTHER"} {
		rows = append(rows, number+",2026-11-03,invoice,C-1001,,UTL,,USD,101-11530,100.00,,Invoice", number+",2026-11-03,invoice,C-1001,,UTL,,USD,101-44400,,100.00,Invoice")
	}
	d.Import(t, f.Append("vouchers", rows...))
	_, err := d.Accrue(ctx, apptest.Call, app.AccrualRequest{Plan: "SPRING", Date: civil.MustParse("2026-11-01"), Amount: "100.00", Expense: "101-65100"})
	must(err)
	var drafts []string
	for i, change := range []app.PaymentDeductionRequest{{Type: "OPEN"}, {Type: "SUS"}, {Type: "WO", Account: "65100", Allowed: true}, {}} {
		j, err := d.CreatePaymentJournal(ctx, apptest.Call, app.PaymentJournalRequest{})
		must(err)
		_, err = d.AddPaymentLine(ctx, apptest.Call, j.Code, app.PaymentLineRequest{Date: civil.MustParse("2026-11-10"), Customer: "C-1001", Amount: "93.00", Bank: "999-11020"})
		must(err)
		amount, voucher := []string{"0.00", "93.00", "93.00", "5.00"}[i], []string{"ONE", "TWO", "THREE", "OTHER"}[i]
		_, err = d.ApplyPayment(ctx, apptest.Call, j.Code, 1, []app.PaymentApplyRequest{{Voucher: voucher, Amount: amount, LeaveOpen: voucher == "OTHER"}})
		must(err)
		if voucher == "OTHER" {
			drafts = append(drafts, j.Code)
			continue
		}
		_, err = d.ChangePaymentDeduction(ctx, apptest.Call, j.Code, 1, 1, change)
		must(err)
		r, err := d.PostPaymentJournal(ctx, apptest.Call, j.Code)
		must(err)
		if r.State != "posted" || len(drafts) > 0 {
			t.Fatalf("posted %+v", r)
		}
	}
	_, err = d.SplitDeduction(ctx, apptest.Call, app.SplitRequest{Deduction: "D-00000001", Parts: []app.SplitChild{{Amount: "25.00"}}})
	must(err)
	_, err = d.ResolveDeduction(ctx, apptest.Call, app.ResolveRequest{Deduction: "D-00000001", Date: civil.MustParse("2026-11-20"), Lines: []app.ResolveLine{{Kind: "write_off", Amount: "20.00", Account: "65100"}, {Kind: "accrual_plan", Amount: "10.00", Plan: "SPRING"}}})
	must(err)
	_, err = d.AttachToDeduction(ctx, apptest.Call, "D-00000001", app.Attachment{Type: "claim", Name: "claim.txt", Content: []byte("Three boxes")})
	must(err)
	d.MustVerify(t)
}

// Each kind of damage to deductions is found and names its first bad row.
func TestDamageOfDeductionsIsFound(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			url := dbtest.URL(t, kind)
			if kind == "postgres" {
				url += "?jit=off"
			}
			d := apptest.New(t, dbtest.Open(t, url))
			desk(t, d)
			for _, x := range deductionDamages {
				t.Run(x.name, func(t *testing.T) { x.test(t, d, "") })
			}
			d.MustVerify(t)
		})
	}
}
