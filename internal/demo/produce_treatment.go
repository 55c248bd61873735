package demo

import (
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/folder"
)

// month gives the month of a day.
func month(d civil.Date) time.Month { return d.Time().Month() }

// treatment says how deductions are treated: types, reasons, the customers' codes, plans, limits, dispute rules.
func (m *market) treatment() {
	d := &m.d
	d.DeductionTypes = []folder.DeductionType{
		{Type: "OPEN", Name: "To be looked into", Kind: "unresolved"},
		{Type: "WO", Name: "Write-off", Kind: "write_off"},
		{Type: "PROG", Name: "Promotion or allowance", Kind: "accrual_plan"},
		{Type: "FRT", Name: "Freight claim", Kind: "write_off", Hold: "suspense", OffsetAccount: "12900"},
	}
	for _, r := range produceReasons {
		d.DeductionReasons = append(d.DeductionReasons, folder.DeductionReason{
			Reason: r.code, Name: r.name, Group: r.group, Type: r.typ, Account: r.account, Plan: r.plan, Hold: r.hold, Evidence: r.evidence, Owner: r.owner, Team: r.team, SmallAmount: dollars(r.small),
			CreditCheck: true, Active: true,
		})
	}
	m.plans()
	m.codes()
	for _, l := range [][3]string{{"company", "", "2500.00"}, {"customer", "BHB", "400.00"}, {"reason", "QUALITY", "900.00"}, {"user", "dana", "250.00"}, {"user", "luis", "250.00"}} {
		d.WriteOffLimits = append(d.WriteOffLimits, folder.WriteOffLimit{Scope: l[0], Code: l[1], Amount: dollars(l[2])})
	}
	from := m.ago(span)
	d.DisputeRules = []folder.DisputeRule{{From: from, WindowDays: 60, WindowFrom: "payment", Attempts: 2, AnswerDays: 21}}
	for _, store := range family("HLM") { // Harvest Lane closes its books early
		d.DisputeRules = append(d.DisputeRules, folder.DisputeRule{Customer: store, From: from, WindowDays: 50, WindowFrom: "payment", Attempts: 1, AnswerDays: 14})
	}
	for _, store := range family("CMG") {
		d.DisputeRules = append(d.DisputeRules, folder.DisputeRule{Customer: store, Reason: "QUALITY", From: from, WindowDays: 30, WindowFrom: "payment", EarliestDays: 2, Attempts: 2, AnswerDays: 10, Evidence: "email"})
	}
	small := dollars("20.00")
	for _, store := range append(family("HLM"), family("CMG")...) {
		c := folder.DeductionCustomer{Customer: store, Owner: "maria"}
		if payer(store) == "CMG" {
			c.Owner, c.SmallAmount = "", &small
		}
		d.DeductionCustomers = append(d.DeductionCustomers, c)
	}
	d.WorkSubstates = []folder.WorkSubstate{
		{Substate: "CARRIER", Work: "awaiting_evidence", Name: "Carrier was asked for the signed receipt"},
		{Substate: "BUYER", Work: "in_research", Name: "Buyer was asked"},
		{Substate: "GRADER", Work: "in_research", Name: "With quality control"},
	}
}

// family gives the codes of a head office and its stores.
func family(head string) (codes []string) {
	for _, s := range shoppers {
		if s.code == head || s.parent == head {
			codes = append(codes, s.code)
		}
	}
	return codes
}

var produceReasons = []struct {
	code, name, group, typ, account, plan, hold, evidence, owner, team, small string
}{
	{"SHORTWT", "Short weight", "QUANTITY", "WO", "65000", "", "", "claim proof_of_delivery", "", "claims", "10.00"},
	{"MISSING", "Cases missing", "QUANTITY", "WO", "65000", "", "", "proof_of_delivery bill_of_lading", "", "claims", "10.00"},
	{"QUALITY", "Quality claim", "QUALITY", "WO", "65000", "", "", "claim other", "", "claims", "0.00"},
	{"PRICE", "Price differs from the quote", "PRICING", "WO", "65100", "", "customer", "price_agreement", "luis", "pricing", "5.00"},
	{"PROMO", "Promotion", "PROGRAM", "PROG", "", "GRILL", "", "price_agreement", "luis", "programs", "0.00"},
	{"SPOILS", "Spoils allowance", "PROGRAM", "PROG", "", "SPOILS", "", "", "luis", "programs", "0.00"},
	{"REBATE", "Volume rebate", "PROGRAM", "PROG", "", "VOLUME", "", "", "luis", "programs", "0.00"},
	{"FREIGHT", "Freight and pallets", "FREIGHT", "FRT", "65300", "", "", "bill_of_lading", "", "claims", "0.00"},
	{"DISC", "Terms discount not earned", "TERMS", "WO", "65500", "", "", "", "", "claims", "2.00"},
	{"LATE", "Fine for late delivery", "COMPLIANCE", "WO", "65300", "", "", "proof_of_delivery email", "", "claims", "0.00"},
}

// plans are promotions and allowances that are accrued month by month.
func (m *market) plans() {
	first, last := m.ago(span), m.today.AddDays(90)
	for _, p := range []struct{ code, name, account, over, limit, scope, of string }{
		{"GRILL", "Grill season promotion", "23500", "no", "", "group", "CHAIN"},
		{"SPOILS", "Spoils allowance, 1.5 % of deliveries", "23600", "limit", "250.00", "all", ""},
		{"VOLUME", "Volume rebate of Cedar & Main", "23700", "no", "", "party", "CMG-N"},
	} {
		plan := folder.AccrualPlan{Plan: p.code, Name: p.name, Account: p.account, From: first, To: last, PayOver: p.over}
		if p.limit != "" {
			plan.PayOverLimit = dollars(p.limit)
		}
		m.d.AccrualPlans = append(m.d.AccrualPlans, plan)
		m.d.AccrualPlanCustomers = append(m.d.AccrualPlanCustomers, folder.AccrualPlanCustomer{Plan: p.code, Scope: p.scope, Code: p.of})
	}
	m.d.AccrualPlanCustomers = append(m.d.AccrualPlanCustomers, folder.AccrualPlanCustomer{Plan: "VOLUME", Scope: "party", Code: "CMG-S"})
}

// theirCodes are what the two chains call the reasons.
var theirCodes = map[string][]string{
	"HLM": {"22 SHORTWT", "23 MISSING", "31 QUALITY", "50 PRICE", "61 PROMO", "62 SPOILS", "70 FREIGHT"},
	"CMG": {"SW SHORTWT", "MS MISSING", "QC QUALITY", "PX PRICE", "RB REBATE", "FT FREIGHT", "LT LATE"},
}

func (m *market) codes() {
	from, changed := m.ago(span), m.ago(120)
	for _, head := range []string{"CMG", "HLM"} {
		for _, store := range family(head) {
			for _, c := range theirCodes[head] {
				theirs, reason, _ := strings.Cut(c, " ")
				code := folder.DeductionCode{Customer: store, Code: theirs, From: from, Reason: reason, ConfirmedBy: "maria"}
				if theirs == "22" { // until then it stood for missing cases too
					old := code
					old.Reason, old.To = "MISSING", changed.AddDays(-1)
					m.d.DeductionCodes = append(m.d.DeductionCodes, old)
					code.From = changed
				}
				m.d.DeductionCodes = append(m.d.DeductionCodes, code)
			}
		}
	}
}

// Codes of the standard lists, for all who use those.
var standardCodes = map[string]map[string]string{
	"x12_426":      {"01": "PRICE", "04": "QUALITY", "05": "QUALITY", "06": "SHORTWT", "10": "FREIGHT", "75": "MISSING", "A4": "MISSING", "A8": "PROMO", "B2": "REBATE"},
	"edifact_4465": {"2": "QUALITY", "3": "QUALITY", "32": "MISSING", "33": "LATE"},
}
