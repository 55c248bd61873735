package folder_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/folder"
	"quittance/internal/openitem"
)

var ctx = context.Background()

const (
	known1 = "INV-9,2026-11-05,invoice,C-1,,PARKS,2026-12-05,EUR,101-11530,10.00,,11.00,,,hello"
	known2 = "INV-9,2026-11-05,invoice,C-1,,PARKS,2026-12-05,EUR,101-44200,,10.00,,11.00,,hello"
)

// known is the town with one more voucher that fills every column, a settlement, a mark, and October closed, December on hold.
func known() apptest.Files {
	f := swap(swap(town(), "periods", "2026-10-31,open", "2026-10-31,closed"), "periods", "2026-12-31,open", "2026-12-31,on_hold")
	return f.Append("vouchers", known1, known2, "CN-9,2026-11-05,credit_note,C-1,,PARKS,,EUR,101-44200,9.00,,,,,x", "CN-9,2026-11-05,credit_note,C-1,,PARKS,,EUR,101-11530,,9.00,,,,x",
		"VI-1,2026-11-05,vendor_invoice,,V-1,,2026-11-25,USD,101-44200,5.00,,,,,x", "VI-1,2026-11-05,vendor_invoice,,V-1,,2026-11-25,USD,101-24210,,5.00,,,,x").With(apptest.Files{
		"settlements": rows(settlementHead, "2026-11-10,C-1,INV-1,CN-1,5.00,,", "2026-11-10,C-1,INV-9,CN-9,2.00,1,2"), "marks": rows(markHead, "PJ-1,1,ann,C-1,CN-1,1.00"),
		"number_series": "series,prefix,width,next\nreimbursement,RB-,8,1\n",
	})
}

// Errors that need the books, in a company that is there.
func TestImportReportsKnownCompany(t *testing.T) {
	j := func(date string) apptest.Files {
		return known().Append("vouchers", "J-1,"+date+",journal,,,,,USD,101-44200,1.00,,,,,x", "J-1,"+date+",journal,,,,,USD,101-44400,,1.00,,,,x")
	}
	both := func(from, to string) apptest.Files { // in both rows of INV-9
		f := swap(known(), "vouchers", known1, strings.Replace(known1, from, to, 1))
		return swap(f, "vouchers", known2, strings.Replace(known2, from, to, 1))
	}
	one := func(from, to string) apptest.Files { return swap(known(), "vouchers", from, to) }
	cases := []wrong{
		{"ClosedPeriod", j("2026-10-15"), []string{"vouchers.csv:14:2: date: … closed"}},
		{"PeriodOnHold", j("2026-12-15"), []string{"vouchers.csv:14:2: date: … on hold"}},
		{"NoPeriod", j("2027-01-15"), []string{"vouchers.csv:14:2: date: … 2027-01-15 is in no period"}},
		{"SettlementVoucherInPeriodOnHold", known().Append("settlements", "2026-12-15,C-1,INV-1,CN-1,14.00,,"), []string{"settlements.csv:4:1: date: … on hold"}},

		{"OtherDate", both("2026-11-05", "2026-11-06"), []string{`vouchers.csv:8:2: date: … "2026-11-05", not "2026-11-06"`}},
		{"OtherType", both("invoice", "journal"), []string{`vouchers.csv:8:3: type: … "invoice", not "journal"`}},
		{"OtherCustomer", both("C-1", "C-2"), []string{`vouchers.csv:8:4: customer: … "C-1", not "C-2"`}},
		{"OtherVendor", both("C-1,,", "C-1,V-1,"), []string{`vouchers.csv:8:5: vendor: … "", not "V-1"`}},
		{"OtherClassification", one("INV-9,2026-11-05,invoice,C-1,,PARKS,2026-12-05,EUR,101-11530", "INV-9,2026-11-05,invoice,C-1,,UTL,2026-12-05,EUR,101-11530"), []string{"vouchers.csv:8:6: classification:"}},
		{"OtherDueDate", one("PARKS,2026-12-05,EUR,101-11530", "PARKS,2026-12-06,EUR,101-11530"), []string{"vouchers.csv:8:7: due_date:"}},
		{"OtherCurrency", both("EUR", "GBP"), []string{"vouchers.csv:8:8: currency:", "vouchers.csv:9:8: currency:"}},
		{"OtherAccount", one("EUR,101-44200,,10.00", "EUR,101-44400,,10.00"), []string{"vouchers.csv:9:9: account:"}},
		{"OtherDimension", one("EUR,101-44200,,10.00", "EUR,601-44200,,10.00"), []string{"vouchers.csv:9:9: account:"}},
		{"OtherText", both("hello", "bye"), []string{"vouchers.csv:8:15: text:", "vouchers.csv:9:15: text:"}},
		{"MoreLines", one(known2, known2+"\n"+known1+"\n"+known2), []string{"vouchers.csv:8:1: voucher: … posted with 2 lines, not 4"}},
		{"OtherPartyOfAVendorLine", one("vendor_invoice,,V-1", "vendor_invoice,,V-2"), []string{`vouchers.csv:12:5: vendor: … "V-1", not "V-2"`}},
		{"OtherAmount", both("10.00", "12.00"), []string{"vouchers.csv:8:10: debit:", "vouchers.csv:9:11: credit:"}},
		{"OtherAccountingAmount", both("11.00", "11.01"), []string{"vouchers.csv:8:12: accounting_debit:", "vouchers.csv:9:13: accounting_credit:"}},
		{"OtherReverses", both(",,hello", ",CN-1,hello"), []string{"vouchers.csv:8:14: reverses:"}},

		{"OtherSettlementAmount", swap(known(), "settlements", "INV-1,CN-1,5.00", "INV-1,CN-1,5.01"), []string{"settlements.csv:2:5: amount: … known with 5.00, not 5.01"}},
		{"OtherSettlementAmountOfALine", swap(known(), "settlements", "CN-9,2.00", "CN-9,2.50"), []string{"settlements.csv:3:5: amount: … known with 2.00, not 2.50"}},
		{"OtherMarkAmount", swap(known(), "marks", "1.00", "2.00"), []string{"marks.csv:2:6: amount: … PJ-1 marks 1.00 of CN-1 already, not 2.00"}},
		{"SettledIntoTheMark", known().Append("settlements", "2026-11-12,C-1,INV-1,CN-1,14.01,,"), []string{"settlements.csv:4:5: amount: … marked"}},

		{"OtherCurrencyOfTheCompany", swap(known(), "company", "USD", "EUR"), []string{"company.csv:2:4: currency: … for good"}},
		{"OtherFormat", swap(known(), "company", "Fund-Main-Department-Program", "Fund-Main-Department"), []string{"company.csv:2:5: account_format: … for good"}},
		{"OtherDimensionOfTheCompany", known().Append("dimensions", "Colour,no"), []string{`dimensions.csv:5:1: dimension: … "Colour"`}},
		{"OtherBalancing", swap(known(), "dimensions", "Fund,yes", "Fund,no"), []string{`dimensions.csv:2:1: dimension: … "Fund"`}},
		{"OtherControl", swap(known(), "accounts", "11530,Accounts receivable,asset,customer", "11530,Accounts receivable,asset,vendor"), []string{`accounts.csv:4:4: control: … entries stand on account 11530`}},
		{"OtherEndOfAPeriod", swap(known(), "periods", "2026-11-30,open", "2026-11-29,open"), []string{"periods.csv:3:2: end: … for good"}},
		{"ClosedPeriodOpened", swap(known(), "periods", "2026-10-31,closed", "2026-10-31,open"), []string{"periods.csv:2:3: status: … for good"}},
		{"PeriodOverlaps", known().With(apptest.Files{"periods": "start,end,status\n2026-11-15,2027-01-15,open\n"}), []string{"periods.csv:2:1: start: … overlaps that of 2026-11-01 to 2026-11-30"}},
		{"OtherPrefix", swap(known(), "number_series", "RB-", "RX-"), []string{"number_series.csv:2:2: prefix: … RB-00000001"}},
		{"NumberOfASeries", swap(j("2026-11-15"), "vouchers", "J-1,", "ST-00000002,"), []string{`vouchers.csv:14:1: voucher: … "ST-00000002" belongs to the number series settlement, which has come to ST-00000001 only`}},
	}
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, known())
		d.MustVerify(t)
		refusesMore(t, d, cases)
		d.MustVerify(t)
	})
}

// A second import of the same folder changes nothing.
func TestImportTwiceChangesNothing(t *testing.T) {
	full := swap(known(), "customers", "V-1,no,,,no", "V-1,no,DE89370400440532013000,COBADEFFXXX,yes")
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		first := d.Import(t, full)
		if !first.Created || len(first.Files) < 15 {
			t.Errorf("the first import did %+v", first)
		}
		before, items := counts(t, d, "audit", "event"), openItems(t, d)
		second := d.Import(t, full)
		if after := counts(t, d, "audit", "event"); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("the second import wrote: before\n%v\nafter\n%v", before, after)
		}
		if again := openItems(t, d); again != items {
			t.Errorf("the items were\n%s\nand are\n%s", items, again)
		}
		if second.Created || len(second.Changes) > 0 {
			t.Errorf("the second import did %+v", second)
		}
		for _, f := range second.Files {
			if f.Created != 0 || f.Updated != 0 || f.Unchanged == 0 {
				t.Errorf("the second import says %+v", f)
			}
		}
		d.MustVerify(t)
	})
}

func openItems(t *testing.T, d *apptest.Door) string {
	t.Helper()
	var all []string
	for _, side := range []openitem.Side{openitem.Customers, openitem.Vendors} {
		items, err := d.OpenItems(ctx, apptest.Call, side, "", true)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			all = append(all, fmt.Sprintf("%+v", it))
		}
	}
	return strings.Join(all, "\n")
}

// Known master data that differ are updated and listed, one line each.
func TestImportUpdatesMasterData(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, known())
		f := swap(known(), "company", "City of Lakemont", "Town of Lakemont")
		f = swap(f, "accounts", "Park fees", "Parks")
		f = swap(f, "dimension_values", "Water fund", "Waters")
		f = swap(f, "balancing_rules", "999,,37001,37001", "999,,37001,11010")
		f = swap(f, "posting_profiles", "customer,all,,11530,", "customer,all,,11530,44200")
		f = swap(f, "exchange_rates", "2026-11-15,1.20", "2026-11-15,1.25")
		f = swap(f, "billing_classifications", "Utilities", "Utility bills")
		f = swap(f, "periods", "2026-12-31,on_hold", "2026-12-31,open")
		f = swap(f, "vendors", "V-2,Bob", "V-2,Bob & Sons")
		f = swap(f, "customers", "C-2,Bob,RES,USD,C-1,V-2,no,,,no", "C-2,Bob,COM,USD,,V-1,yes,DE89370400440532013000,COBADEFFXXX,yes")
		f = swap(f, "parameters", "minimum_reimbursement,0.00", "minimum_reimbursement,7.50")
		r := d.Import(t, f)
		want := []string{
			"company PSUS updated", "account 44200 updated", "Fund 601 updated", "balancing rule Fund 999 updated", "customer posting profile all  updated", "exchange rate EUR 2026-11-15 updated",
			"billing classification UTL updated", "period 2026-12-01 updated", "vendor V-2 updated", "customer C-2 updated", "parameter minimum_reimbursement updated",
		}
		slices.Sort(want)
		if got := slices.Sorted(slices.Values(r.Changes)); !slices.Equal(got, want) {
			t.Errorf("the import lists\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		data, err := d.Export(ctx, apptest.Call, true)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(data.Customers, func(c folder.Customer) bool { return c.Customer == "C-2" })
		if c := data.Customers[i]; c.Group != "COM" || c.Parent != "" || c.Vendor != "V-1" || !c.Hold || c.IBAN != "DE89370400440532013000" || !c.BankVerified {
			t.Errorf("the customer is %+v", c)
		}
		if data.Company.Name != "Town of Lakemont" || data.BillingClassifications[1].Name != "Utility bills" || data.Periods[2].Status != "open" {
			t.Errorf("the company is %+v %+v %+v", data.Company, data.BillingClassifications, data.Periods)
		}
		r = d.Import(t, swap(f, "customers", "DE89370400440532013000", "GB82WEST12345698765432"))
		if !slices.Equal(r.Changes, []string{"bank details of customer C-2 updated"}) {
			t.Errorf("other bank details are listed as %q", r.Changes)
		}
		d.MustVerify(t)
	})
}

// Foreign currency: accounting amounts as given, else by the rate of the day, the rounding difference on the largest row.
func TestImportForeignCurrency(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, town().Append("vouchers",
			"A,2026-11-05,credit_note,C-1,,,,EUR,101-44200,0.05,,,,,x", "A,2026-11-05,credit_note,C-1,,,,EUR,101-44400,0.05,,,,,x", "A,2026-11-05,credit_note,C-1,,,,EUR,101-11530,,0.10,,,,x",
			"B,2026-11-05,credit_note,C-1,,,,EUR,101-44200,5.00,,6.66,,,x", "B,2026-11-05,credit_note,C-1,,,,EUR,101-11530,,5.00,,6.66,,x",
			"C,2026-11-16,credit_note,C-1,,,,EUR,101-44200,5.00,,,,,x", "C,2026-11-16,credit_note,C-1,,,,EUR,101-11530,,5.00,,,,x",
			"D,2026-11-05,credit_note,C-1,,,,JPY,101-44200,500,,3.21,,,x", "D,2026-11-05,credit_note,C-1,,,,JPY,101-11530,,500,,3.21,,x"))
		for number, want := range map[string]string{"A": "0.06 0.06 -0.12", "B": "6.66 -6.66", "C": "6.00 -6.00", "D": "3.21 -3.21"} {
			v, err := d.Voucher(ctx, apptest.Call, number)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range v.Lines {
				if l.AccountingCredit != "0.00" {
					got = append(got, "-"+l.AccountingCredit)
				} else {
					got = append(got, l.AccountingDebit)
				}
			}
			if g := strings.Join(got, " "); g != want {
				t.Errorf("%s is booked at %s, want %s", number, g, want)
			}
		}
		d.MustVerify(t)
	})
}

// A settlement, or a mark, that was undone since is known and skipped; another amount under its key is an error.
func TestImportSkipsWhatWasUndone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, known())
		if _, err := d.Unmark(ctx, apptest.Call, openitem.Customers, "PJ-1", "", ""); err != nil {
			t.Fatal(err)
		}
		for _, p := range [][2]string{{"INV-1", "CN-1"}, {"INV-9", "CN-9"}} {
			req := app.SettleRequest{Side: openitem.Customers, Party: "C-1", Debit: p[0], Credit: p[1], Date: civil.MustParse("2026-11-12")}
			if _, err := d.Unsettle(ctx, apptest.Call, req); err != nil {
				t.Fatal(err)
			}
		}
		before, items := counts(t, d, "audit", "event"), openItems(t, d)
		if !strings.Contains(items, "Open:-20.00") || !strings.Contains(items, "Open:-9.00") {
			t.Fatalf("the settlements were not undone:\n%s", items)
		}
		d.Import(t, known())
		if after := counts(t, d, "audit", "event"); fmt.Sprint(after) != fmt.Sprint(before) || openItems(t, d) != items {
			t.Errorf("importing again wrote: before\n%v\nafter\n%v", before, after)
		}
		refusesMore(t, d, []wrong{
			{"OtherAmount", swap(known(), "settlements", "INV-1,CN-1,5.00", "INV-1,CN-1,6.00"), []string{"settlements.csv:2:5: amount: … known with 5.00, not 6.00"}},
			{"OtherAmountOfALine", swap(known(), "settlements", "CN-9,2.00", "CN-9,3.00"), []string{"settlements.csv:3:5: amount: … known with 2.00, not 3.00"}},
			{"OtherMark", swap(known(), "marks", "1.00", "3.00"), []string{"marks.csv:2:6: amount: … not 3.00"}},
		})
		d.MustVerify(t)
	})
}
