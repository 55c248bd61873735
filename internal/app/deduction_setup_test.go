package app_test

import (
	"context"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
)

// desk is a company with what deductions need, but no set-up of deductions yet.
func desk() apptest.Files {
	return apptest.Files{
		"company":          "company,name,country,currency,account_format\nFARM,Farm,US,USD,Fund-Main-Department\n",
		"dimensions":       "dimension,balancing\nFund,yes\nDepartment,no\n",
		"dimension_values": "dimension,value,name\nFund,110,General\nFund,120,Other\nDepartment,VEG,Vegetables\n",
		"accounts": `account,name,type,control
11020,Bank,asset,bank
11530,Receivable,asset,customer
11535,Deductions,asset,customer
11800,Suspense,asset,
23500,Accrual,liability,
65100,Write-off,expense,
65200,Promotion,expense,
70100,Discount,expense,
`,
		"periods":          "start,end,status\n2026-01-01,2026-12-31,open\n",
		"posting_profiles": "ledger,scope,code,summary_account,write_off_account\ncustomer,all,,11530,65100\ncustomer,party,DED,11535,\n",
		"customers":        "customer,name,group\nDED,Deductions,\nC-1,Shop,RETAIL\nC-2,Store,RETAIL\n",
	}
}

func mustSave(t *testing.T, d *apptest.Door, rows ...app.DeductionSetupRow) {
	t.Helper()
	for _, r := range rows {
		if err := d.SaveDeductionSetup(context.Background(), apptest.Call, r); err != nil {
			t.Fatalf("saving %s %+v: %v", r.Kind(), r, err)
		}
	}
}

// refusedAt checks an error's code and field, and that it tells something.
func refusedAt(t *testing.T, err error, code fault.Code, field, telling string) {
	t.Helper()
	e, ok := err.(*fault.Error)
	if !ok || e.Code != code || e.Field != field || !strings.Contains(e.Message, telling) {
		t.Errorf("got %v (%#v), want %s in %q telling %q", err, err, code, field, telling)
	}
}

var (
	writeOff  = &app.DeductionType{Type: "WO", Name: "Write-off", Treat: "write_off"}
	damage    = &app.DeductionReason{Reason: "DMG", Name: "Damaged", Type: "WO", Account: "65100", Evidence: []string{"claim"}, Small: "5.00", CreditCheck: true, Active: true}
	spring    = &app.AccrualPlan{Plan: "SPRING", Name: "Spring", Account: "23500", From: day("2026-01-01"), To: day("2026-12-31"), PayOver: "no", Customers: []app.PlanCustomer{{Scope: "group", Code: "RETAIL"}}}
	theirs    = &app.DeductionCode{Customer: "C-1", Code: "22", From: day("2026-01-01"), To: day("2026-06-30"), Reason: "DMG"}
	anyWindow = &app.DisputeRule{From: day("2026-01-01"), Window: 60, WindowFrom: "payment", Evidence: []string{"claim"}}
)

// What is saved is shown; saving again changes; removing takes away what nothing refers to.
func TestDeductionSetup(t *testing.T) {
	ctx := context.Background()
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, desk())
		mustSave(t, d, writeOff, spring, damage, theirs, anyWindow, &app.WriteOffLimit{Scope: "company", Amount: "500.00"}, &app.WriteOffLimit{Scope: "user", Code: "ann", Amount: "0"},
			&app.DeductionCustomer{Customer: "C-1", Owner: "ann", Small: "2.00"}, &app.WorkSubstate{Substate: "CALL", Work: "in_research", Name: "Call the shop"},
			&app.PaymentTerms{Terms: "N30", Name: "2/10 net 30", NetDays: 30, DiscountDays: 10, DiscountRate: "2.00"}, &app.CustomerTerms{Customer: "C-1", Terms: "N30"},
			&app.DiscountAccount{Scope: "all", Account: "70100"})
		s, err := d.DeductionSetup(ctx, apptest.Call)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Types) != 1 || s.Types[0] != *writeOff || s.Reasons[0].Small != "5.00" || s.Reasons[0].Evidence[0] != "claim" || s.Plans[0].Customers[0] != spring.Customers[0] || s.Plans[0].Unused != "0.00" {
			t.Errorf("kinds are %+v %+v %+v", s.Types, s.Reasons, s.Plans)
		}
		if len(s.Limits) != 2 || s.Limits[1] != (app.WriteOffLimit{Scope: "user", Code: "ann", Amount: "0.00"}) || s.Customers[0].Small != "2.00" || s.Terms[0].DiscountRate != "2" || s.Discounts[0].Account != "70100" || s.Rules[0].Window != 60 || s.Substates[0].Work != "in_research" {
			t.Errorf("the rest is %+v", s)
		}
		codes, err := d.DeductionCodes(ctx, apptest.Call, app.CodeFilter{Customer: "C-1"}, app.Page{})
		if err != nil || len(codes.Items) != 1 || codes.Items[0].ConfirmedBy != "operator:test" || codes.Items[0].ConfirmedAt != "2026-11-21T12:00:00Z" {
			t.Errorf("codes are %+v, %v", codes, err)
		}
		for row, telling := range map[app.DeductionSetupRow]string{
			writeOff: "a reason has it", damage: "codes stand for it", &app.PaymentTerms{Terms: "N30"}: "customers have them",
		} {
			refusedAt(t, d.RemoveDeductionSetup(ctx, apptest.Call, row), fault.Refused, "", telling)
		}
		for _, row := range []app.DeductionSetupRow{
			theirs, damage, writeOff, spring, anyWindow, &app.WriteOffLimit{Scope: "company"}, &app.WriteOffLimit{Scope: "user", Code: "ann"}, &app.DeductionCustomer{Customer: "C-1"},
			&app.WorkSubstate{Substate: "CALL"}, &app.CustomerTerms{Customer: "C-1"}, &app.PaymentTerms{Terms: "N30"}, &app.DiscountAccount{Scope: "all"},
		} {
			if err := d.RemoveDeductionSetup(ctx, apptest.Call, row); err != nil {
				t.Errorf("removing %s: %v", row.Kind(), err)
			}
		}
		s, err = d.DeductionSetup(ctx, apptest.Call)
		if err != nil || len(s.Types)+len(s.Reasons)+len(s.Plans)+len(s.Limits)+len(s.Rules)+len(s.Customers)+len(s.Substates)+len(s.Terms)+len(s.Discounts) != 0 {
			t.Errorf("something is left: %+v, %v", s, err)
		}
		refusedAt(t, d.RemoveDeductionSetup(ctx, apptest.Call, damage), fault.NotFound, "", "DMG")
	})
}

// What cannot be right is refused at its field.
func TestDeductionSetupRefuses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, desk())
		mustSave(t, d, writeOff, spring, damage, theirs, anyWindow)
		for _, x := range []struct {
			name           string
			row            app.DeductionSetupRow
			code           fault.Code
			field, telling string
		}{
			{"KindOfType", &app.DeductionType{Type: "X", Name: "x", Treat: "magic"}, fault.Invalid, "kind", "write_off"},
			{"CodeWithSpace", &app.DeductionType{Type: " X", Name: "x", Treat: "write_off"}, fault.Invalid, "type", "space"},
			{"NoName", &app.DeductionType{Type: "X", Treat: "write_off"}, fault.Invalid, "name", "blank"},
			{"SuspenseWithoutOffset", &app.DeductionType{Type: "X", Name: "x", Treat: "unresolved", Hold: "suspense"}, fault.Invalid, "offset_account", "offset account"},
			{"OffsetOnControlAccount", &app.DeductionType{Type: "X", Name: "x", Treat: "unresolved", Hold: "suspense", Offset: "11530"}, fault.Invalid, "offset_account", "control account"},
			{"NobodyManages", &app.DeductionType{Type: "X", Name: "x", Treat: "unresolved", Hold: "deduction_customer"}, fault.Refused, "deduction_customer", "names none"},
			{"ReasonWithoutType", &app.DeductionReason{Reason: "R", Name: "r", Type: "NO"}, fault.Invalid, "type", "NO"},
			{"ReasonInSuspense", &app.DeductionReason{Reason: "R", Name: "r", Type: "WO", Hold: "suspense"}, fault.Invalid, "hold", "no offset account"},
			{"SmallWithoutAccount", &app.DeductionReason{Reason: "R", Name: "r", Type: "WO", Small: "1.00"}, fault.Invalid, "account", "written off"},
			{"UnknownAccount", &app.DeductionReason{Reason: "R", Name: "r", Account: "110-99999"}, fault.Invalid, "account", "99999"},
			{"UnknownPlan", &app.DeductionReason{Reason: "R", Name: "r", Plan: "NO"}, fault.Invalid, "plan", "NO"},
			{"UnknownEvidence", &app.DeductionReason{Reason: "R", Name: "r", Evidence: []string{"hearsay"}}, fault.Invalid, "evidence", "proof_of_delivery"},
			{"BadAmount", &app.DeductionReason{Reason: "R", Name: "r", Small: "much"}, fault.Invalid, "small_amount", "much"},
			{"ZeroByte", &app.DeductionReason{Reason: "R", Name: "r\x00"}, fault.Invalid, "name", "zero byte"},
			{"CodesOverlap", &app.DeductionCode{Customer: "C-1", Code: "22", From: day("2026-06-30"), Reason: "DMG"}, fault.Invalid, "from", "overlap"},
			{"CodeOfNobody", &app.DeductionCode{Customer: "C-9", Code: "22", From: day("2026-06-30"), Reason: "DMG"}, fault.NotFound, "customer", "C-9"},
			{"CodeEndsBeforeItBegins", &app.DeductionCode{Code: "22", From: day("2026-06-30"), To: day("2026-06-29"), Reason: "DMG"}, fault.Invalid, "to", "before"},
			{"CodeOfNoList", &app.DeductionCode{List: "x12_426", Code: "??", From: day("2026-06-30"), Reason: "DMG"}, fault.Invalid, "code", "x12_426"},
			{"PlanForNobody", &app.AccrualPlan{Plan: "P", Name: "p", Account: "23500", From: day("2026-01-01"), To: day("2026-02-01"), PayOver: "no"}, fault.Invalid, "customers", "nobody"},
			{"PlanWithoutAccount", &app.AccrualPlan{Plan: "P", Name: "p", Account: "23501", From: day("2026-01-01"), To: day("2026-02-01"), PayOver: "no", Customers: spring.Customers}, fault.Invalid, "account", "23501"},
			{"PlanWithLimitButNo", &app.AccrualPlan{Plan: "P", Name: "p", Account: "23500", From: day("2026-01-01"), To: day("2026-02-01"), PayOver: "no", PayOverLimit: "1.00", Customers: spring.Customers}, fault.Invalid, "pay_over_limit", "limit"},
			{"LimitOfNobody", &app.WriteOffLimit{Scope: "customer", Code: "C-9", Amount: "1.00"}, fault.NotFound, "code", "C-9"},
			{"LimitBelowZero", &app.WriteOffLimit{Scope: "company", Amount: "-1.00"}, fault.Invalid, "amount", "negative"},
			{"LimitOfTheCompanyWithCode", &app.WriteOffLimit{Scope: "company", Code: "X", Amount: "1.00"}, fault.Invalid, "code", "company"},
			{"RulesOverlap", &app.DisputeRule{From: day("2026-02-01"), Window: 1, WindowFrom: "due"}, fault.Invalid, "from", "overlap"},
			{"RuleOpensTooLate", &app.DisputeRule{Reason: "DMG", From: day("2026-02-01"), Window: 1, Earliest: 2, WindowFrom: "due"}, fault.Invalid, "earliest_days", "window"},
			{"SubstateOfNoWork", &app.WorkSubstate{Substate: "X", Name: "x", Work: "resting"}, fault.Invalid, "work", "in_research"},
			{"DiscountOver100", &app.PaymentTerms{Terms: "T", Name: "t", NetDays: 30, DiscountDays: 10, DiscountRate: "101"}, fault.Invalid, "discount_rate", "0 to 100"},
			{"DiscountAfterNet", &app.PaymentTerms{Terms: "T", Name: "t", NetDays: 30, DiscountDays: 31, DiscountRate: "1"}, fault.Invalid, "discount_days", "31"},
			{"TermsOfNothing", &app.CustomerTerms{Customer: "C-1", Terms: "NO"}, fault.Invalid, "terms", "NO"},
			{"DiscountOfNoProfile", &app.DiscountAccount{Scope: "group", Code: "NO", Account: "70100"}, fault.NotFound, "code", "posting profile"},
		} {
			t.Run(x.name, func(t *testing.T) {
				refusedAt(t, d.SaveDeductionSetup(context.Background(), apptest.Call, x.row), x.code, x.field, x.telling)
			})
		}
	})
}

// The parameters of deductions fit each other and the set-up, or are refused.
func TestDeductionParameters(t *testing.T) {
	ctx := context.Background()
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, desk().Append("posting_profiles", "customer,party,C-2,11530,"))
		mustSave(t, d, writeOff, damage)
		set := func(name, value string) error { return d.SetParameter(ctx, apptest.Call, name, value) }
		refusedAt(t, set("deduction_hold", "deduction_customer"), fault.Refused, "value", "names none")
		refusedAt(t, set("deduction_customer", "C-1"), fault.Refused, "value", "no posting profile of its own")
		refusedAt(t, set("deduction_customer", "C-2"), fault.Refused, "value", "also that of the posting profile all")
		refusedAt(t, set("deduction_hold", "suspense"), fault.Refused, "value", "offset account")
		refusedAt(t, set("unearned_discount_reason", "NO"), fault.Invalid, "value", "NO")
		refusedAt(t, set("match_apply_score", "40"), fault.Invalid, "value", "40")
		refusedAt(t, set("match_propose_score", "101"), fault.Invalid, "value", "0 to 100")
		refusedAt(t, set("remittance_bank", "110-65100"), fault.Invalid, "value", "not a bank account")
		refusedAt(t, set("deduction_account", "65100"), fault.Invalid, "value", "customer control account")
		for _, x := range [][2]string{
			{"deduction_customer", "DED"},
			{"deduction_hold", "deduction_customer"},
			{"unearned_discount_reason", "DMG"},
			{"match_propose_score", "30"},
			{"match_apply_score", "40"},
			{"remittance_bank", "110-11020"},
			{"deduction_account", "11535"},
			{"deduction_handling_cost", "12.50"},
			{"discount_grace_days", "3"},
			{"deduction_owner", "ann"},
		} {
			if err := set(x[0], x[1]); err != nil {
				t.Errorf("%s = %s: %v", x[0], x[1], err)
			}
		}
		refusedAt(t, set("deduction_customer", ""), fault.Refused, "value", "names none")
		refusedAt(t, d.RemoveDeductionSetup(ctx, apptest.Call, damage), fault.Refused, "", "unearned_discount_reason")
	})
}

// A code of a standard list stands for a reason from a date on; the customer's own codes come first; lists that disagree say nothing.
func TestStandardLists(t *testing.T) {
	ctx := context.Background()
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, desk())
		price := &app.DeductionReason{Reason: "PRICE", Name: "Price", Active: true}
		mustSave(t, d, writeOff, damage, price)
		take := func(list, from string, reasons map[string]string, want int) {
			t.Helper()
			if n, err := d.TakeStandardList(ctx, apptest.Call, app.TakeListRequest{List: list, From: day(from), Reasons: reasons}); n != want || err != nil {
				t.Errorf("took %d, %v; want %d", n, err, want)
			}
		}
		take("x12_426", "2026-01-01", map[string]string{"01": "PRICE", "04": "DMG"}, 2)
		take("x12_426", "2026-01-01", map[string]string{"01": "PRICE", "04": "DMG"}, 0)
		take("x12_426", "2026-07-01", map[string]string{"01": "DMG"}, 1)
		codes, err := d.DeductionCodes(ctx, apptest.Call, app.CodeFilter{List: "x12_426", Search: "01"}, app.Page{Limit: 1})
		if err != nil || len(codes.Items) != 1 || codes.Items[0].To != day("2026-06-30") || codes.Next == "" {
			t.Fatalf("codes are %+v, %v", codes, err)
		}
		codes, err = d.DeductionCodes(ctx, apptest.Call, app.CodeFilter{List: "x12_426", Search: "01"}, app.Page{Limit: 1, After: codes.Next})
		if err != nil || len(codes.Items) != 1 || codes.Items[0].From != day("2026-07-01") || codes.Items[0].Reason != "DMG" || codes.Next != "" {
			t.Errorf("the second page is %+v, %v", codes, err)
		}
		list, err := d.StandardCodes(ctx, apptest.Call, "x12_426")
		if err != nil || list[0].Code != "01" || list[0].Reason != "DMG" {
			t.Errorf("the list begins with %+v, %v", list[0], err)
		}
		_, err = d.TakeStandardList(ctx, apptest.Call, app.TakeListRequest{List: "x12_426", Reasons: map[string]string{"!!": "DMG"}})
		refusedAt(t, err, fault.Invalid, "code", "x12_426")
		_, err = d.TakeStandardList(ctx, apptest.Call, app.TakeListRequest{List: "morse", Reasons: map[string]string{"1": "DMG"}})
		refusedAt(t, err, fault.Invalid, "list", "edifact_4465")
	})
}

// An accrual posts expense against the plan's account; reversing its voucher takes it back; one that is only noted posts nothing.
func TestAccrue(t *testing.T) {
	ctx := context.Background()
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, desk())
		mustSave(t, d, spring)
		req := app.AccrualRequest{Plan: "SPRING", Date: day("2026-03-31"), Amount: "1000.00", Expense: "110-65200-VEG"}
		effect, err := d.PreviewAccrue(ctx, apptest.Call, req)
		if err != nil || len(effect.Vouchers) != 1 {
			t.Fatalf("the preview is %+v, %v", effect, err)
		}
		first, err := d.Accrue(ctx, apptest.Call, req)
		if err != nil {
			t.Fatal(err)
		}
		if got := trialOf(t, d); got != "110-23500-VEG -1000.00, 110-65200-VEG 1000.00" {
			t.Errorf("the books say %s", got)
		}
		if _, err := d.Accrue(ctx, apptest.Call, app.AccrualRequest{Plan: "SPRING", Date: day("2026-03-31"), Amount: "-250.00"}); err != nil {
			t.Fatal(err)
		}
		unused(t, d, "750.00")
		for _, x := range []struct {
			req            app.AccrualRequest
			code           fault.Code
			field, telling string
		}{
			{app.AccrualRequest{Plan: "NO", Amount: "1.00"}, fault.NotFound, "plan", "NO"},
			{app.AccrualRequest{Plan: "SPRING", Amount: "0.00"}, fault.Invalid, "amount", "nothing"},
			{app.AccrualRequest{Plan: "SPRING", Amount: "x"}, fault.Invalid, "amount", "x"},
			{app.AccrualRequest{Plan: "SPRING", Amount: "1.00", Expense: "110-11530"}, fault.Invalid, "expense", "control account"},
			{app.AccrualRequest{Plan: "SPRING", Amount: "1.00", Expense: "110-65200", Account: "110-65100"}, fault.Invalid, "account", "23500"},
			{app.AccrualRequest{Plan: "SPRING", Amount: "1.00", Account: "110-23500"}, fault.Invalid, "expense", "expense"},
		} {
			_, err := d.Accrue(ctx, apptest.Call, x.req)
			refusedAt(t, err, x.code, x.field, x.telling)
		}
		if _, err := d.Accrue(ctx, apptest.Call, app.AccrualRequest{Plan: "SPRING", Amount: "1.00", Expense: "110-65200", Account: "120-23500"}); fault.CodeOf(err) != fault.Refused {
			t.Errorf("a voucher between funds gives %v", err)
		}
		if _, err := d.ReverseVoucher(ctx, apptest.Call, first.Voucher, day("2026-04-30"), "wrong"); err != nil {
			t.Fatal(err)
		}
		unused(t, d, "-250.00")
		all, err := d.Accruals(ctx, apptest.Call, "SPRING", app.Page{Limit: 2})
		if err != nil || len(all.Items) != 2 || all.Items[0].Number != 3 || all.Items[0].Amount != "-1000.00" || all.Items[0].Voucher == "" || all.Items[1].Voucher != "" || all.Next == "" {
			t.Fatalf("accruals are %+v, %v", all, err)
		}
		all, err = d.Accruals(ctx, apptest.Call, "", app.Page{Limit: 2, After: all.Next})
		if err != nil || len(all.Items) != 1 || all.Items[0].Voucher != first.Voucher || all.Next != "" {
			t.Errorf("the second page is %+v, %v", all, err)
		}
		refusedAt(t, d.RemoveDeductionSetup(ctx, apptest.Call, spring), fault.Refused, "", "something was accrued")
		d.MustVerify(t)
	})
}

func unused(t *testing.T, d *apptest.Door, want string) {
	t.Helper()
	s, err := d.DeductionSetup(context.Background(), apptest.Call)
	if err != nil || s.Plans[0].Unused != want {
		t.Errorf("unused is %+v, %v; want %s", s.Plans, err, want)
	}
}

func trialOf(t *testing.T, d *apptest.Door) string {
	t.Helper()
	all, _, err := d.TrialBalance(context.Background(), apptest.Call, 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, b := range all {
		lines = append(lines, b.Account+" "+b.Balance)
	}
	return strings.Join(lines, ", ")
}
