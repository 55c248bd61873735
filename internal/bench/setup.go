package bench

import (
	"time"

	"quittance/internal/civil"
	"quittance/internal/folder"
	"quittance/internal/money"
)

// accountNames are the written ledger accounts of a mix, at the places that [account] gives; the yardstick has one fund, unnamed.
func accountNames(m Mix) [][2]string {
	if m == Yardstick {
		return [][2]string{{"11530", "11530"}, {"44200", "44200"}, {"11020", "11020"}}
	}
	var all [][2]string
	for _, fund := range []string{"101", "401", "601", "602"} {
		for _, main := range []string{"11530", "44200", "11020"} {
			all = append(all, [2]string{fund + "-" + main, main})
		}
	}
	return all
}

var classCodes = [classes]string{"", "PARKS", "PERMIT", "UTL"}

// setUp gives the set-up of the company as a company folder: everything but customers, vendors and vouchers.
func setUp(m Mix) *folder.Data {
	usd := money.MustCurrency("USD")
	d := &folder.Data{Company: folder.Company{Company: Company, Name: "Benchmark " + string(m), Country: "US", Currency: usd, AccountFormat: "Main"}}
	for _, p := range [][2]string{{"minimum_reimbursement", "1.00"}, {"one_time_vendor_template", "ONETIME"}, {"netting", "gross"}, {"separate_by_classification", "no"}} {
		d.Parameters = append(d.Parameters, folder.Parameter{Parameter: p[0], Value: p[1]})
	}
	for _, a := range [][4]string{
		{"11010", "Equity in pooled cash", "asset", ""},
		{"11020", "Bank account", "asset", "bank"},
		{"11530", "Accounts receivable", "asset", "customer"},
		{"24210", "Refunds payable", "liability", "vendor"},
		{"24220", "Refunds payable, one-time", "liability", "vendor"},
		{"37001", "Due to funds", "liability", ""},
		{"44200", "Charges and fees", "revenue", ""},
	} {
		d.Accounts = append(d.Accounts, folder.Account{Account: a[0], Name: a[1], Type: a[2], Control: a[3]})
	}
	for _, p := range [][4]string{{"customer", "all", "", "11530"}, {"vendor", "all", "", "24210"}, {"vendor", "group", "ONETIME", "24220"}} {
		d.PostingProfiles = append(d.PostingProfiles, folder.PostingProfile{Ledger: p[0], Scope: p[1], Code: p[2], SummaryAccount: p[3]})
	}
	for _, c := range classCodes[1:] {
		d.BillingClassifications = append(d.BillingClassifications, folder.BillingClassification{Classification: c, Name: c})
	}
	for year := 2026; year <= 2035; year++ {
		d.Periods = append(d.Periods, folder.Period{Start: civil.Of(year, time.January, 1), End: civil.Of(year, time.December, 31), Status: "open"})
	}
	d.Vendors = []folder.Vendor{{Vendor: "ONETIME", Name: "Template of one-time vendors", Group: "ONETIME", Currency: usd, PaymentMethod: "check", OneTime: "template", Country: "US"}}
	if m == City {
		cityDimensions(d)
	}
	return d
}

func cityDimensions(d *folder.Data) {
	d.Company.AccountFormat = "Fund-Main"
	d.Dimensions = []folder.Dimension{{Dimension: "Fund", Balancing: true}}
	for _, f := range [][2]string{{"101", "General fund"}, {"401", "Parks fund"}, {"601", "Water fund"}, {"602", "Sewer fund"}, {"999", "Pooled cash"}} {
		d.DimensionValues = append(d.DimensionValues, folder.DimensionValue{Dimension: "Fund", Value: f[0], Name: f[1]})
		due := "11010"
		if f[0] == "999" {
			due = "37001"
		}
		d.BalancingRules = append(d.BalancingRules, folder.BalancingRule{Dimension: "Fund", Value: f[0], DueFromAccount: due, DueToAccount: due})
	}
}
