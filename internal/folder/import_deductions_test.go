package folder_test

import (
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
)

// deductionFiles are the files of the set-up of deductions.
func deductionFiles() apptest.Files {
	return apptest.Files{
		"payment_terms":          "terms,name,net_days,discount_days,discount_rate\nN30,2/10 net 30,30,10,2.0\nNET,Net 14,14,,\n",
		"deduction_types":        "type,name,kind,hold,offset_account\nOPEN,Unresolved,unresolved,suspense,44400\nWO,Write-off,write_off,,\n",
		"accrual_plans":          "plan,name,account,from,to,pay_over,pay_over_limit\nSPRING,Spring,24210X,2026-01-01,2026-12-31,limit,50.00\n",
		"accrual_plan_customers": "plan,scope,code\nSPRING,group,RES\nSPRING,party,C-2\n",
		"deduction_reasons":      "reason,name,group,type,account,plan,hold,evidence,owner,team,small_amount,credit_check,active\nDMG,Damaged,QUALITY,WO,101-44200,,customer,claim proof_of_delivery,ann,west,5.00,no,yes\nPROMO,Promotion,,,,SPRING,,,,,,,\n",
		"deduction_codes":        "customer,list,code,from,to,reason,confirmed_by,confirmed_at\nC-1,,22,2026-01-01,2026-06-30,DMG,bob,2026-01-02T03:04:05Z\nC-1,,22,2026-07-01,,PROMO,,\n,x12_426,04,2026-01-01,,DMG,,\n",
		"write_off_limits":       "scope,code,amount\ncompany,,500.00\ncustomer,C-2,0.00\nreason,DMG,100.00\nuser,ann,50.00\n",
		"dispute_rules":          "customer,reason,from,to,window_days,window_from,earliest_days,attempts,answer_days,evidence\n,,2026-01-01,,60,,,,,\nC-2,DMG,2026-01-01,2026-12-31,30,invoice,5,2,14,claim\n",
		"deduction_customers":    "customer,owner,small_amount\nC-1,ann,\nC-2,,0.00\n",
		"work_substates":         "substate,work,name\nCALL,in_research,Call the shop\n",
		"accruals":               "plan,accrual,date,amount,voucher,text,actor,at\nSPRING,1,2026-11-05,20.00,J-A,November,ann,2026-11-05T10:00:00Z\nSPRING,2,2026-11-06,-3.50,,back,,\n",
	}
}

// deductionTown is the town with a set-up of deductions.
func deductionTown() apptest.Files {
	f := town().Append("accounts", "24210X,Accrual,liability,", "11535,Deductions,asset,customer").
		Append("vouchers", "J-A,2026-11-05,journal,,,,,USD,101-44200,20.00,,,,,November\nJ-A,2026-11-05,journal,,,,,USD,101-24210X,,20.00,,,,November").
		Append("parameters", "deduction_customer,DED", "deduction_hold,deduction_customer", "unearned_discount_reason,DMG", "match_propose_score,40", "remittance_bank,101-11020", "deduction_owner,eve").
		Append("customers", "DED,Deductions,,USD,,,no,,,no").Append("posting_profiles", "customer,party,DED,11535,")
	return withTerms(f).With(deductionFiles())
}

// withTerms adds the columns terms of customers and discount_account of posting profiles.
func withTerms(f apptest.Files) apptest.Files {
	return f.With(apptest.Files{"customers": column(f["customers"], "terms", "N30"), "posting_profiles": column(f["posting_profiles"], "discount_account", "44200")})
}

// column adds a column with one value in each row.
func column(text, name, value string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	commas := strings.Count(lines[0], ",")
	for i := range lines {
		lines[i] += strings.Repeat(",", commas-strings.Count(lines[i], ",")) + "," + map[bool]string{true: name, false: value}[i == 0]
	}
	return strings.Join(lines, "\n") + "\n"
}

// accrueMore is what happens to plan and accruals after the round trip.
func accrueMore(t *testing.T, d *apptest.Door) {
	t.Helper()
	if _, err := d.Accrue(ctx, apptest.Call, app.AccrualRequest{Plan: "SPRING", Date: civil.MustParse("2026-11-20"), Amount: "7.00", Expense: "101-44200"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReverseVoucher(ctx, apptest.Call, "J-A", civil.MustParse("2026-11-21"), "wrong"); err != nil {
		t.Fatal(err)
	}
}

// What the rules of deductions refuse is told at its place, all of it at once.
func TestImportReportsDeductions(t *testing.T) {
	at := func(file, from, to string) apptest.Files { return swap(deductionTown(), file, from, to) }
	cases := []wrong{
		{"UnknownOffset", deductionTown().Append("deduction_types", "X,x,unresolved,suspense,99999"), []string{"deduction_types.csv:4:5: offset_account: … 99999"}},
		{"NoOffset", at("parameters", "deduction_hold,deduction_customer", "deduction_hold,suspense"), []string{"deduction_types.csv:3:5: offset_account: … WO"}},
		{"NobodyManages", at("parameters", "deduction_customer,DED\n", ""), []string{"parameters.csv:"}},
		{"NoProfileOfItsOwn", at("posting_profiles", "customer,party,DED,11535", "customer,party,C-1,11535"), []string{"parameters.csv:"}},
		{"PlanOfNoAccount", deductionTown().Append("accrual_plans", "FALL,Fall,1,2026-01-01,2026-12-31,no,"), []string{"accrual_plans.csv:3:3: account: … main account"}},
		{"CustomerOfNoPlan", at("accrual_plan_customers", "SPRING,party", "FALL,party"), []string{"accrual_plan_customers.csv:3:1: plan: … FALL"}},
		{"PlanOfNobody", at("accrual_plan_customers", "C-2", "C-9"), []string{"accrual_plan_customers.csv:3:3: code: … C-9"}},
		{"UnknownEvidence", deductionTown().Append("deduction_reasons", "X,x,,,,,,hearsay,,,,,"), []string{"deduction_reasons.csv:4:8: evidence: … hearsay"}},
		{"CodesOverlap", at("deduction_codes", "2026-06-30", "2026-07-01"), []string{"deduction_codes.csv:3:4: from: … overlap"}},
		{"CodeOfNoReason", at("deduction_codes", ",PROMO", ",NONE"), []string{"deduction_codes.csv:3:6: reason: … NONE"}},
		{"CodeOfNoList", at("deduction_codes", ",04,", ",XX,"), []string{"deduction_codes.csv:4:3: code: … XX"}},
		{"LimitOfNobody", at("write_off_limits", "C-2", "C-9"), []string{"write_off_limits.csv:3:2: code: … C-9"}},
		{"RuleOfNobody", at("dispute_rules", "C-2", "C-9"), []string{"dispute_rules.csv:3:1: customer: … C-9"}},
		{"SubstateOfNoWork", at("work_substates", "in_research", "resting"), []string{"work_substates.csv:2:2: work: … resting"}},
		{"DiscountWithoutDays", deductionTown().Append("payment_terms", "X,x,30,31,2.0"), []string{"payment_terms.csv:4:4: discount_days: … 31"}},
		{"CustomerOfNoTerms", at("payment_terms", "N30", "N31"), []string{"customers.csv:2:", "customers.csv:3:", "customers.csv:4:"}},
		{"AccrualOfNoVoucher", at("accruals", "J-A", "J-B"), []string{"accruals.csv:2:5: voucher: … J-B"}},
		{"AccrualOfNothing", at("accruals", "-3.50", "0.00"), []string{"accruals.csv:3:4: amount: … nothing"}},
		{"ScoresCrossed", at("parameters", "match_propose_score,40", "match_propose_score,95"), []string{"parameters.csv:"}},
		{"BankOfNothing", at("parameters", "101-11020", "101-44200"), []string{"parameters.csv:"}},
	}
	apptest.Each(t, func(t *testing.T, d *apptest.Door) { refuses(t, d, cases) })
}

// An accrual that is known does not change.
func TestImportRefusesAnotherAccrual(t *testing.T) {
	f := deductionTown()
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, f)
		refusesMore(t, d, []wrong{{"OtherAmount", swap(f, "accruals", "-3.50", "-3.51"), []string{"accruals.csv:3:2: accrual: … do not change"}}})
	})
}
