package folder_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/secret"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const (
	voucherHead    = "voucher,date,type,customer,vendor,classification,due_date,currency,account,debit,credit,accounting_debit,accounting_credit,reverses,text"
	settlementHead = "date,customer,debit_voucher,credit_voucher,amount,debit_line,credit_line"
	markHead       = "journal,line,user,customer,voucher,amount"
	customerHead   = "customer,name,group,currency,parent,vendor,hold,iban,bic,bank_verified"
	vendorHead     = "vendor,name,group,currency,blocked,payment_method,one_time"
)

// rows is a file of the header and rows.
func rows(head string, rows ...string) string {
	return strings.Join(append([]string{head}, rows...), "\n") + "\n"
}

// town is a small city: a credit note CN-1 of 20.00 (fund 101) and an invoice INV-1 of 30.00 (101: 10.00, 601: 20.00), both
// of C-1.
func town() apptest.Files {
	return apptest.PublicSector().Append("accounts", "70100,Exchange gain,revenue,", "70200,Exchange loss,expense,").
		Append("parameters", "exchange_gain_account,70100", "exchange_loss_account,70200").
		With(apptest.Files{
			"exchange_rates": "currency,date,rate\nEUR,2026-10-01,1.10\nEUR,2026-11-15,1.20\n",
			"vendors":        rows(vendorHead, "ONETIME,Template,ONETIME,USD,no,check,template", "V-1,Ann,REFUND,USD,no,check,no", "V-2,Bob,REFUND,USD,no,check,no"),
			"customers":      rows(customerHead, "C-1,Ann,RES,USD,,V-1,no,,,no", "C-2,Bob,RES,USD,C-1,V-2,no,,,no"),
			"vouchers": rows(voucherHead,
				"CN-1,2026-11-05,credit_note,C-1,,PARKS,,USD,101-44200,20.00,,,,,credit",
				"CN-1,2026-11-05,credit_note,C-1,,PARKS,,USD,101-11530,,20.00,,,,credit",
				"INV-1,2026-11-06,invoice,C-1,,UTL,2026-12-06,USD,101-11530,10.00,,,,,debit",
				"INV-1,2026-11-06,invoice,C-1,,UTL,2026-12-06,USD,601-11530,20.00,,,,,debit",
				"INV-1,2026-11-06,invoice,C-1,,UTL,2026-12-06,USD,101-44400,,10.00,,,,debit",
				"INV-1,2026-11-06,invoice,C-1,,UTL,2026-12-06,USD,601-44400,,20.00,,,,debit"),
		})
}

// swap replaces a text in a file, and panics when it is not there.
func swap(f apptest.Files, file, from, to string) apptest.Files {
	if !strings.Contains(f[file], from) {
		panic(fmt.Sprintf("%s.csv does not hold %q", file, from))
	}
	return f.With(apptest.Files{file: strings.ReplaceAll(f[file], from, to)})
}

// counts gives the number of rows of every table, but for those that grow and shrink in the background.
func counts(t *testing.T, d *apptest.Door, except ...string) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	err := d.DB.Read(context.Background(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		query := "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
		if tx.Postgres() {
			query = "select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'"
		}
		names, err := db.List(ctx, tx, func(r *db.Rows, n *string) error { return r.Scan(n) }, query)
		for _, n := range names {
			var rows int64
			if err := tx.Row(ctx, "select count(*) from "+n).Scan(&rows); err != nil {
				return err
			}
			if !slices.Contains(append(except, "row_id", "seal", "unsealed", "balance"), n) {
				all[n] = rows
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 30 {
		t.Fatalf("only %d tables were found", len(all))
	}
	return all
}

func importErr(t *testing.T, d *apptest.Door, f apptest.Files) error {
	t.Helper()
	data, err := f.Read()
	if err != nil {
		t.Fatalf("reading the folder: %v", err)
	}
	_, err = d.App.Import(context.Background(), apptest.Call, data)
	return err
}

// wrong is a folder that is refused, with every error that it is refused for.
type wrong struct {
	name  string
	files apptest.Files
	want  []string
}

// refuses wants each folder, of a company of its own, refused with just these errors, and nothing written.
func refuses(t *testing.T, d *apptest.Door, cases []wrong) {
	t.Helper()
	cases = slices.Clone(cases)
	for i := range cases {
		cases[i].files = swap(cases[i].files, "company", "PSUS,", fmt.Sprintf("P-%03d,", i))
	}
	refusesMore(t, d, cases)
}

// refusesMore wants each folder refused with just these errors, and nothing written to the company there is.
func refusesMore(t *testing.T, d *apptest.Door, cases []wrong) {
	t.Helper()
	before := counts(t, d)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := importErr(t, d, c.files)
			if after := counts(t, d); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("the refused import wrote: before\n%v\nafter\n%v", before, after)
				before = after
			}
			if err == nil {
				t.Fatal("the folder is not refused")
			}
			wantLines(t, err, c.want...)
		})
	}
}

func settled(rs ...string) apptest.Files {
	return town().With(apptest.Files{"settlements": rows(settlementHead, rs...)})
}

func marked(rs ...string) apptest.Files {
	return town().With(apptest.Files{"marks": rows(markHead, rs...)})
}

// Errors that need the books, in a company that is new.
func TestImportReportsNewCompany(t *testing.T) {
	cn := func(from, to string) apptest.Files { return swap(town(), "vouchers", from, to) }
	cases := []wrong{
		{"Unbalanced", cn("101-11530,,20.00", "101-11530,,19.99"), []string{"vouchers.csv:2:1: voucher: … CN-1 does not balance: debit less credit is 0.01 USD"}},
		{"FundOutOfBalance", cn("USD,101-11530,,20.00", "USD,601-11530,,20.00"), []string{`vouchers.csv:2:1: voucher: … Fund "101": debit less credit is 20.00 USD`, `vouchers.csv:2:1: voucher: … Fund "601": debit less credit is -20.00 USD`}},
		{"UnknownMainAccount", cn("601-44400", "601-99999"), []string{`vouchers.csv:7:9: account: … "99999"`}},
		{"UnknownValue", cn("601-44400", "777-44400"), []string{`vouchers.csv:7:9: account: … Fund "777"`}},
		{"TooManyParts", cn("601-44400", "601-44400-A-B-C"), []string{"vouchers.csv:7:9: account: … more parts"}},
		{
			"UnknownCustomer", cn("credit_note,C-1,,PARKS,,USD,101-11530", "credit_note,,,PARKS,,USD,101-11530").With(apptest.Files{"customers": rows(customerHead, "C-2,Bob,RES,USD,,V-2,no,,,no")}),
			[]string{
				`vouchers.csv:2:4: customer: … "C-1"`, "vouchers.csv:3:4: customer: … is blank on the customer control account 101-11530",
				`vouchers.csv:4:4: customer: … "C-1"`, `vouchers.csv:5:4: customer: … "C-1"`, `vouchers.csv:6:4: customer: … "C-1"`, `vouchers.csv:7:4: customer: … "C-1"`,
			},
		},
		{"UnknownVendor", cn("CN-1,2026-11-05,credit_note,C-1,,PARKS,,USD,101-44200", "CN-1,2026-11-05,credit_note,C-1,V-9,PARKS,,USD,101-44200"), []string{`vouchers.csv:2:5: vendor: … "V-9"`}},
		{"CustomerMissing", cn("credit_note,C-1,,PARKS,,USD,101-11530", "credit_note,,,PARKS,,USD,101-11530"), []string{"vouchers.csv:3:4: customer: … is blank on the customer control account 101-11530"}},
		{
			"VendorMissing", town().Append("vouchers", "VI,2026-11-05,vendor_invoice,,V-1,,,USD,101-44200,5.00,,,,,x", "VI,2026-11-05,vendor_invoice,,,,,USD,101-24210,,5.00,,,,x"),
			[]string{"vouchers.csv:9:5: vendor: … is blank on the vendor control account 101-24210"},
		},
		{"UnknownClassification", cn("C-1,,PARKS,,USD,101-11530", "C-1,,GOLD,,USD,101-11530"), []string{`vouchers.csv:3:6: classification: … "GOLD"`}},
		{"NoPeriod", cn("CN-1,2026-11-05", "CN-1,2027-01-05"), []string{"vouchers.csv:2:2: date: … 2027-01-05 is in no period"}},
		{"NoRate", cn("PARKS,,USD", "PARKS,,SEK"), []string{"vouchers.csv:2:8: currency: … no exchange rate for SEK"}},
		{"RateTooLate", swap(cn("PARKS,,USD", "PARKS,,EUR"), "exchange_rates", "EUR,2026-10-01,1.10\n", ""), []string{"vouchers.csv:2:8: currency: … no exchange rate for EUR on or before 2026-11-05"}},
		{
			"ReversesNothing", cn("101-44200,20.00,,,,,credit\nCN-1,2026-11-05,credit_note,C-1,,PARKS,,USD,101-11530,,20.00,,,,credit", "101-44200,20.00,,,,CN-0,credit\nCN-1,2026-11-05,credit_note,C-1,,PARKS,,USD,101-11530,,20.00,,,CN-0,credit"),
			[]string{`vouchers.csv:2:14: reverses: … "CN-0"`},
		},
		{"NumberOfASeries", cn("CN-1,", "RB-00000001,"), []string{`vouchers.csv:2:1: voucher: … "RB-00000001" belongs to the number series reimbursement`}},

		{"SettledOverOpen", settled("2026-11-10,C-1,INV-1,CN-1,20.01,,"), []string{"settlements.csv:2:5: amount: … 20.01 cannot be settled: 30.00 is open of INV-1, 20.00 of CN-1"}},
		{"SettledOverOpenTogether", settled("2026-11-10,C-1,INV-1,CN-1,12.00,,", "2026-11-11,C-1,INV-1,CN-1,8.01,,"), []string{"settlements.csv:3:5: amount: … 8.01 cannot be settled: 18.00 is open of INV-1, 8.00 of CN-1"}},
		{"SettledOverOpenOfALine", settled("2026-11-10,C-1,INV-1,CN-1,10.01,1,2"), []string{"settlements.csv:2:5: amount: … 10.01"}},
		{"SettledBefore", settled("2026-11-05,C-1,INV-1,CN-1,5.00,,"), []string{"settlements.csv:2:1: date: … 2026-11-05 is before the voucher, which is of 2026-11-06"}},
		{"LinesOnDifferentAccounts", settled("2026-11-10,C-1,INV-1,CN-1,5.00,2,2"), []string{"settlements.csv:2:7: credit_line: … line 2 of INV-1 is on 601-11530"}},
		{"UnknownLines", settled("2026-11-10,C-1,INV-1,CN-1,5.00,9,1"), []string{"settlements.csv:2:6: debit_line: … line 9 of INV-1", "settlements.csv:2:7: credit_line: … line 1 of CN-1"}},
		{"UnknownVouchers", settled("2026-11-10,C-1,INV-9,CN-1,5.00,,", "2026-11-10,C-1,INV-1,CN-9,5.00,,"), []string{`settlements.csv:2:3: debit_voucher: … "INV-9"`, `settlements.csv:3:4: credit_voucher: … "CN-9"`}},
		{"SettledByNobody", settled("2026-11-10,C-9,INV-1,CN-1,5.00,,"), []string{`settlements.csv:2:2: customer: … "C-9"`}},
		{"SettledByAnother", settled("2026-11-10,C-2,INV-1,CN-1,5.00,,"), []string{"settlements.csv:2:3: debit_voucher: … INV-1 has no items of this party", "settlements.csv:2:4: credit_voucher: … CN-1 has no items of this party"}},
		{"SidesSwapped", settled("2026-11-10,C-1,CN-1,INV-1,5.00,,"), []string{"settlements.csv:2:3: debit_voucher: … CN-1 has no open debit", "settlements.csv:2:4: credit_voucher: … INV-1 has no open credit"}},
		{"CurrenciesDiffer", swap(settled("2026-11-10,C-1,INV-1,CN-1,5.00,,"), "vouchers", "PARKS,,USD", "PARKS,,EUR"), []string{"settlements.csv:2:4: credit_voucher: … INV-1 is in USD and CN-1 in EUR"}},
		{"NoBalancingRule", settled("2026-11-10,C-1,INV-1,CN-1,20.00,,").With(apptest.Files{"balancing_rules": ""}), []string{"settlements.csv:2:5: amount: … no balancing rule"}},

		{"MarkOverOpen", marked("PJ-1,1,ann,C-1,CN-1,20.01"), []string{"marks.csv:2:6: amount: … 20.01 USD of CN-1 cannot be marked: 20.00 is available"}},
		{"MarksOverOpenTogether", marked("PJ-1,1,ann,C-1,CN-1,12.00", "PJ-2,,bob,C-1,CN-1,8.01"), []string{"marks.csv:3:6: amount: … 8.00 is available (marked by journal PJ-1 line 1, user ann)"}},
		{"MarkOfNobody", marked("PJ-1,1,ann,C-9,CN-1,1.00"), []string{`marks.csv:2:4: customer: … "C-9"`}},
		{"MarkOnNothing", marked("PJ-1,1,ann,C-1,CN-9,1.00"), []string{`marks.csv:2:5: voucher: … "CN-9"`}},
		{"MarkOnAnothersVoucher", marked("PJ-1,1,ann,C-2,CN-1,1.00"), []string{"marks.csv:2:5: voucher: … CN-1 has no items of this customer"}},

		{"RuleAccounts", town().With(apptest.Files{"balancing_rules": "dimension,value,counter_value,due_from_account,due_to_account\nFund,101,,99998,99999\nFund,777,778,11010,11530\nProgram,101,,11010,11010\n"}), []string{
			`balancing_rules.csv:2:4: due_from_account: … "99998"`, `balancing_rules.csv:2:5: due_to_account: … "99999"`,
			`balancing_rules.csv:3:2: value: … Fund "777"`, `balancing_rules.csv:3:3: counter_value: … Fund "778"`, "balancing_rules.csv:3:5: due_to_account: … 11530 is a customer control account",
			`balancing_rules.csv:4:1: dimension: … "Program" is not a balancing dimension`,
		}},
		{"ProfileOnNoControlAccount", town().With(apptest.Files{"posting_profiles": "ledger,scope,code,summary_account,write_off_account\ncustomer,all,,44200,\nvendor,all,,11530,\nvendor,group,X,24210,99999\n"}), []string{
			"posting_profiles.csv:2:4: summary_account: … 44200 is not a customer control account", "posting_profiles.csv:3:4: summary_account: … 11530 is not a vendor control account",
			`posting_profiles.csv:4:5: write_off_account: … "99999"`,
		}},
		{"Parties", town().With(apptest.Files{"customers": rows(customerHead, "C-1,Ann,RES,USD,C-1,V-1,no,,,no", "C-2,Bob,RES,USD,C-8,V-9,no,,,no")}), []string{
			"customers.csv:2:5: parent: … its own parent", `customers.csv:3:5: parent: … "C-8"`, `customers.csv:3:6: vendor: … "V-9"`,
		}},
		{"Parameters", town().With(apptest.Files{"parameters": "parameter,value\none_time_vendor_template,V-1\ndeduction_customer,C-9\nexchange_gain_account,99999\nexchange_loss_account,11530\n"}), []string{
			"parameters.csv:2:2: value: … one_time is template", `parameters.csv:3:2: value: … "C-9"`, `parameters.csv:4:2: value: … "99999"`, "parameters.csv:5:2: value: … 11530 is a customer control account",
		}},
		{"DimensionValues", town().Append("dimension_values", "Colour,red,", "Fund,1-2,"), []string{`dimension_values.csv:6:1: dimension: … "Colour"`, `dimension_values.csv:7:2: value: … "1-2" holds a hyphen`}},
		{"AccountWithHyphen", town().Append("accounts", "1-2,Odd,asset,"), []string{`accounts.csv:11:1: account: … "1-2" holds a hyphen`}},
		{"RateOfTheAccountingCurrency", town().Append("exchange_rates", "USD,2026-10-01,1"), []string{"exchange_rates.csv:4:1: currency: … whose rate is 1"}},
		{"SeriesNotToBeTold", town().With(apptest.Files{"number_series": "series,prefix,width,next\nreimbursement,ST-,8,1\n"}), []string{`number_series.csv:2:2: prefix: … "ST-"`}},
		{"VoidedOfNoSeries", town().With(apptest.Files{"voided_numbers": "series,first,last,reason\nlottery,1,2,x\n"}), []string{`voided_numbers.csv:2:1: series: … "lottery"`}},
		{"Format", swap(town(), "company", "Fund-Main-Department-Program", "Fund-Main-Colour"), []string{`company.csv:2:5: account_format: … "Colour"`}},

		{"SeveralFilesAtOnce", swap(settled("2026-11-10,C-9,INV-1,CN-1,5.00,,", "2026-11-10,C-1,INV-9,CN-1,5.00,,"), "vouchers", "601-44400", "601-99999").
			Append("balancing_rules", "Fund,101,602,99998,11010").Append("posting_profiles", "vendor,group,X,44200,").Append("vouchers",
			"J-1,2026-11-05,journal,,,,,USD,101-44200,1.00,,,,,x", "J-1,2026-11-05,journal,,,,,USD,101-44400,,2.00,,,,x"), []string{
			`balancing_rules.csv:6:4: due_from_account: … "99998"`, "posting_profiles.csv:4:4: summary_account:", `vouchers.csv:7:9: account: … "99999"`, "vouchers.csv:8:1: voucher: … debit less credit is -1.00 USD",
			`settlements.csv:2:2: customer: … "C-9"`, `settlements.csv:3:3: debit_voucher: … "INV-9"`,
		}},
		{"MarksWithTheOthers", swap(marked("PJ-1,1,ann,C-9,CN-1,1.00"), "vouchers", "601-44400", "601-99999"), []string{`vouchers.csv:7:9: account: … "99999"`, `marks.csv:2:4: customer: … "C-9"`}},
		{"SettlementVoucherInNoPeriod", settled("2027-01-05,C-1,INV-1,CN-1,20.00,,"), []string{"settlements.csv:2:1: date: … 2027-01-05 is in no period"}},
		{"ReversedTwice", town().Append("vouchers", "RX-1,2026-11-07,reversal,C-1,,,,USD,101-44200,,20.00,,,CN-1,x", "RX-1,2026-11-07,reversal,C-1,,,,USD,101-11530,20.00,,,,CN-1,x",
			"RX-2,2026-11-07,reversal,C-1,,,,USD,101-44200,,20.00,,,CN-1,x", "RX-2,2026-11-07,reversal,C-1,,,,USD,101-11530,20.00,,,,CN-1,x"), []string{"vouchers.csv:10:14: reverses: … CN-1"}},
	}
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		if n := counts(t, d)["company"]; n != 0 {
			t.Fatalf("%d companies to begin with", n)
		}
		refuses(t, d, slices.Clone(cases))
	})
}

// Reimbursements that come in by import obey the rules of reimbursements: the two misprinted ones are refused.
func TestImportReportsReimbursements(t *testing.T) {
	series := apptest.PublicSector().With(apptest.Files{
		"number_series": "series,prefix,width,next\nreimbursement,RB-,8,2\n",
		"vouchers": rows(voucherHead,
			"CN-U,2026-11-09,credit_note,C-1001,,UTL,,USD,101-44400,10.00,,,,,x", "CN-U,2026-11-09,credit_note,C-1001,,UTL,,USD,601-44400,45.00,,,,,x", "CN-U,2026-11-09,credit_note,C-1001,,UTL,,USD,602-44400,45.00,,,,,x",
			"CN-U,2026-11-09,credit_note,C-1001,,UTL,,USD,101-11530,,10.00,,,,x", "CN-U,2026-11-09,credit_note,C-1001,,UTL,,USD,601-11530,,45.00,,,,x", "CN-U,2026-11-09,credit_note,C-1001,,UTL,,USD,602-11530,,45.00,,,,x"),
	}).
		Append("dimension_values", "Department,A1,Works")
	with := func(debit, credit, amount string, links ...string) apptest.Files {
		f := series.Append("vouchers", "RB-00000001,2026-11-30,reimbursement,C-1001,V-1001,,,USD,"+debit+","+amount+",,,,,r", "RB-00000001,2026-11-30,reimbursement,C-1001,V-1001,,,USD,"+credit+",,"+amount+",,,,r")
		if len(links) > 0 {
			f = f.With(apptest.Files{"settlements": rows(settlementHead, links...)})
		}
		return f
	}
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		refuses(t, d, []wrong{
			{"Misprint101And601", with("101-11530", "601-24210", "10.00", "2026-11-30,C-1001,RB-00000001,CN-U,10.00,1,4"), []string{
				`vouchers.csv:8:1: voucher: … Fund "101": debit less credit is 10.00 USD`, `vouchers.csv:8:1: voucher: … Fund "601": debit less credit is -10.00 USD`,
			}},
			{"SecondOneOf601Unsettled", with("601-11530", "601-24210", "45.00"), []string{"vouchers.csv:8:9: account: … must equal what it settles on its own ledger account: of line 1 on 601-11530"}},
			{"SecondOneOf601WithTheLineOf602", with("601-11530", "601-24210", "45.00", "2026-11-30,C-1001,RB-00000001,CN-U,45.00,1,6"), []string{
				"settlements.csv:2:7: credit_line: … 602-11530", "vouchers.csv:8:9: account: … must equal what it settles",
			}},
			{"LessThanItSettles", with("601-11530", "601-24210", "45.00", "2026-11-30,C-1001,RB-00000001,CN-U,44.99,1,5"), []string{"vouchers.csv:8:9: account: … must equal what it settles on its own ledger account"}},
			// A row without lines would move the credit of other funds onto the reimbursement's account by a settlement voucher.
			{"SettledAcrossFunds", with("601-11530", "601-24210", "45.00", "2026-11-30,C-1001,RB-00000001,CN-U,45.00,,"), []string{
				"settlements.csv:2:6: debit_line: … name the lines", "vouchers.csv:8:9: account: … must equal what it settles on its own ledger account",
			}},
			{"OtherDepartmentOnThePayable", with("101-11530", "101-24210-A1", "10.00", "2026-11-30,C-1001,RB-00000001,CN-U,10.00,1,4"), []string{"vouchers.csv:9:9: account: … dimension"}},
		})
	})
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, with("601-11530", "601-24210", "45.00", "2026-11-30,C-1001,RB-00000001,CN-U,45.00,1,5")) // the right one
		d.MustVerify(t)
	})
}

// What a clean import lets in must prove right: numbers that the series says were drawn must be there.
func TestImportWantsTheNumbersOfASeries(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		err := importErr(t, d, town().With(apptest.Files{"number_series": "series,prefix,width,next\nreimbursement,RB-,8,4\n", "voided_numbers": "series,first,last,reason\nreimbursement,1,2,x\n"}))
		if err != nil {
			wantLines(t, err, "number_series.csv:2:4: next: … RB-00000003")
			return
		}
		d.MustVerify(t)
	})
}

// Bank details need the key.
func TestImportReportsBankDetailsWithoutKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := apptest.Of(t, database, &secret.Keyring{}, func() time.Time { return apptest.Now })
		refuses(t, d, []wrong{{"Customer", swap(town(), "customers", "V-1,no,,,no", "V-1,no,DE89370400440532013000,COBADEFFXXX,yes"), []string{"customers.csv:2:8: iban: … QUITTANCE_KEY"}}})
	})
}
