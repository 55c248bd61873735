package folder_test

import (
	"strings"
	"testing"

	"quittance/internal/folder"
)

const voucherHeader = "voucher,date,type,customer,vendor,currency,account,debit,credit,accounting_debit,accounting_credit,reverses\n"

// Every kind of bad row: the file, its text, and the errors it gives.
func TestReadReportsRows(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		want             []string
	}{
		{"UnknownColumn", "accounts", "account,name,type,colour\n1,A,asset,red\n", []string{`accounts.csv:1:4: … column "colour" is unknown; expected one of account, name, type, control`}},
		{"UnknownColumnAndBadRow", "accounts", "account,name,type,colour\n1,A,assets,red\n", []string{"accounts.csv:1:4: … colour", `accounts.csv:2:3: type: "assets" is unknown; … asset, liability`}},
		{"DuplicateColumn", "accounts", "account,name,type,name\n1,A,asset,B\n", []string{"accounts.csv:1:4: … column name is there twice; the first is field 2"}},
		{"BlankColumn", "accounts", "account,name,type,\n1,A,asset,\n", []string{"accounts.csv:1:4: … has no column name"}},
		{"MissingColumn", "accounts", "account,type\n1,asset\n2,wrong\n", []string{"accounts.csv:1:1: … column name is missing", "accounts.csv:3:2: … wrong"}},
		{"HeaderWithSpace", "accounts", "account, name,type\n1,A,asset\n", []string{`accounts.csv:1:2: … " name" is unknown`, "accounts.csv:1:1: … column name is missing"}},
		{"UTF16", "vendors", "\xff\xfev\x00", []string{"vendors.csv:1:1: … UTF-16"}},
		{"Latin1", "vendors", "vendor,name\nV1,Caf\xe9\n", []string{"vendors.csv:2:2: … is not UTF-8"}},
		{"NUL", "vendors", "vendor,name\nV1,\"a,b\"\nV2,x\x00\n", []string{"vendors.csv:3:2: … control character U+0000"}},
		{"Tab", "vendors", "vendor,name\nV1,a\tb\n", []string{"vendors.csv:2:2: … U+0009"}},
		{"OldMacLineEnds", "vendors", "vendor,name\rV1,a\r", []string{"vendors.csv:1:2: … U+000D"}},
		{"BareQuote", "vendors", "vendor,name\nV1,5\" pipe\nV2,ok\n,x\n", []string{"vendors.csv:2:2: … quote within a text", "vendors.csv:4:1: vendor: … is blank"}},
		{"OpenQuote", "vendors", "vendor,name\nV1,\"open\nV2,ok\n", []string{"vendors.csv:2:2: … do not end on this line"}},
		{"AfterQuote", "vendors", "vendor,name\nV1,\"a\"b\n", []string{"vendors.csv:2:2: … goes on after its closing quote"}},
		{"TooFewFields", "vendors", "vendor,name\nV1\n", []string{"vendors.csv:2:1: … has 1 fields, the header 2"}},
		{"TooManyFields", "vendors", "vendor,name\nV1,a,b\n", []string{"vendors.csv:2:3: … has 3 fields, the header 2"}},
		{"LongLine", "vendors", "vendor,name\nV1," + strings.Repeat("x", 1<<20) + "\n,y\n", []string{"vendors.csv:2:1: … more than 1048576 bytes", "vendors.csv:3:1: vendor: … blank"}},
		{"LongText", "vendors", "vendor,name\n" + strings.Repeat("x", 61) + "," + strings.Repeat("é", 251) + "\n", []string{"vendors.csv:2:1: vendor: … has 61 characters; at most 60", "vendors.csv:2:2: name: … has 251 characters"}},
		{"SpaceInCode", "vendors", "vendor,name\n\" V1\",x\n", []string{`vendors.csv:2:1: vendor: … " V1" begins or ends with a space`}},
		{"BadFlag", "vendors", "vendor,name,blocked\nV1,x,true\n", []string{`vendors.csv:2:3: blocked: "true" … neither yes nor no`}},
		{"BadCurrency", "vendors", "vendor,name,currency\nV1,x,usd\n", []string{`vendors.csv:2:3: currency: … "usd" is not an ISO 4217`}},
		{"BadCountry", "vendors", "vendor,name,country\nV1,x,USA\n", []string{`vendors.csv:2:3: country: … "USA"`}},
		{"BadEmail", "vendors", "vendor,name,email\nV1,x,a@b@c\nV2,x,nobody\n", []string{"vendors.csv:2:3: email: … name@host", "vendors.csv:3:3: email:"}},
		{"BadBank", "vendors", "vendor,name,iban,bic,routing_number,account_number,account_type\nV1,x,DE89370400440532013001,DEUT,123456789,1_2,giro\n", []string{"vendors.csv:2:3: iban: … not a valid IBAN", "vendors.csv:2:4: bic: … not a valid BIC", "vendors.csv:2:5: routing_number: … not a routing number", "vendors.csv:2:6: account_number: … holds '_'", "vendors.csv:2:7: account_type: … checking, savings"}},
		{"MaskedBank", "customers", "customer,name,iban,account_number\nA,x,DE89****,••••6789\n", []string{"customers.csv:2:3: iban: … export --with-bank-details", "customers.csv:2:4: account_number: … masked"}},
		{"RoutingAlone", "customers", "customer,name,routing_number\nA,x,021000021\n", []string{"customers.csv:2:1: account_number: … needs the account_number"}},
		{"TwoCompanies", "company", "company,name,currency,account_format\nA,x,USD,M\nB,y,USD,M\n", []string{"company.csv:3:1: company: … a second company"}},
		{"NoCompany", "company", "company,name,currency,account_format\n", []string{"company.csv:2:1: … has no row"}},
		{"PeriodReversed", "periods", "start,end,status\n2026-02-01,2026-01-31,opened\n", []string{"periods.csv:2:3: status: … opened", "periods.csv:2:2: end: … 2026-01-31 is before the start"}},
		{"PeriodsOverlap", "periods", "start,end,status\n2026-02-01,2026-02-28,open\n2026-01-01,2026-02-01,open\n", []string{"periods.csv:2:1: start: … overlaps that of line 3"}},
		{"BadDate", "periods", "start,end,status\n2026-02-30,31.1.2026,open\n", []string{`periods.csv:2:1: start: … "2026-02-30" is not a date; expected YYYY-MM-DD`, "periods.csv:2:2: end: … 31.1.2026"}},
		{"ProfileCode", "posting_profiles", "ledger,scope,code,summary_account\ncustomer,all,X,1\nvendor,group,,1\n", []string{"posting_profiles.csv:2:3: code: … expected blank", "posting_profiles.csv:3:3: code: … expected the group"}},
		{"BadRate", "exchange_rates", "currency,date,rate\nEUR,2026-01-01,0\nEUR,2026-01-02,1e3\n", []string{"exchange_rates.csv:2:3: rate:", "exchange_rates.csv:3:3: rate:"}},
		{"BadSeries", "number_series", "series,width,next\nS,99,0\nT,x,+1\n", []string{"number_series.csv:2:2: width: … expected 0 to 20", "number_series.csv:2:3: next:", "number_series.csv:3:2: width: … not a whole number", "number_series.csv:3:3: next:"}},
		{"BadVoided", "voided_numbers", "series,first,last,reason\nS,5,4,x\n", []string{"voided_numbers.csv:2:3: last: … before the first"}},
		{"BadRun", "runs", "run,date,state,selection,created_at\n1,2026-01-01,posted,{,yesterday\n", []string{"runs.csv:2:4: selection: … not valid JSON", "runs.csv:2:5: created_at: … not an instant"}},
		{"SettlementParties", "settlements", "date,customer,vendor,debit_voucher,credit_voucher,amount\n2026-01-01,,,A,B,1\n2026-01-01,X,Y,A,B,1\n", []string{"settlements.csv:2:2: customer: … neither", "settlements.csv:3:3: vendor: … stand in one"}},
		{"SettlementAmount", "settlements", "date,customer,debit_voucher,credit_voucher,amount,debit_line\n2026-01-01,A,A,B,1e30,\n2026-01-01,A,A,C,0.00,\n2026-01-01,A,A,D,-1,\n2026-01-01,A,A,E,1,2\n", []string{"settlements.csv:2:5: amount: … 1e30", "settlements.csv:3:5: amount: … greater than zero", "settlements.csv:4:5: amount:", "settlements.csv:5:6: debit_line: … fill both"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := folder.ReadFS(with(map[string]string{c.file + ".csv": c.text}))
			wantLines(t, err, c.want...)
		})
	}
}

func TestReadReportsKeys(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"parameters", "parameter,value\nnetting,net\nnetting,net\n", "parameters.csv:3:1: parameter netting: … already on line 2"},
		{"dimensions", "dimension\nFund\nFund\n", "dimensions.csv:3:1: dimension Fund:"},
		{"dimension_values", "dimension,value\nFund,1\nDep,1\nFund,1\n", "dimension_values.csv:4:1: dimension Fund, value 1:"},
		{"accounts", "account,name,type\n1,a,asset\n1,b,asset\n", "accounts.csv:3:1: account 1:"},
		{"balancing_rules", "dimension,value,counter_value,due_from_account,due_to_account\nF,1,,a,b\nF,1,2,a,b\nF,1,,c,d\n", "balancing_rules.csv:4:1: … line 2"},
		{"posting_profiles", "ledger,scope,code,summary_account\ncustomer,all,,1\nvendor,all,,1\ncustomer,all,,2\n", "posting_profiles.csv:4:1: … line 2"},
		{"exchange_rates", "currency,date,rate\nEUR,2026-01-01,1\nEUR,2026-01-02,1\nEUR,2026-01-01,2\n", "exchange_rates.csv:4:1: currency EUR, date 2026-01-01: … line 2"},
		{"vendors", "vendor,name\nV,a\nV,b\n", "vendors.csv:3:1: vendor V:"},
		{"customers", "customer,name\nV,a\nV,b\n", "customers.csv:3:1: customer V:"},
		{"settlements", "date,customer,debit_voucher,credit_voucher,amount,debit_line,credit_line,settlement_voucher\n2026-01-01,A,I,P,1,1,1,X\n2026-01-01,A,I,P,1,1,2,X\n2026-01-01,A,I,P,2,1,1,Y\n", "settlements.csv:4:1: … line 2"},
		{"marks", "journal,customer,voucher,amount\nJ,A,P,\nK,A,P,\nJ,A,P,1\n", "marks.csv:4:1: … line 2"},
	} {
		t.Run(c.file, func(t *testing.T) {
			_, err := folder.ReadFS(with(map[string]string{c.file + ".csv": c.text}))
			wantLines(t, err, c.want)
		})
	}
}

func TestReadReportsParameters(t *testing.T) {
	_, err := folder.ReadFS(with(map[string]string{"parameters.csv": `parameter,value
minimum_reimbursement,1.005
minimum_age_days,4000
netting,some
include_outstanding_debits,
deduction_hold,cellar
penny_difference,-0.01
one_time_vendor_template,
speed,fast
`}))
	wantLines(t, err,
		"parameters.csv:2:2: value: of minimum_reimbursement: … more decimals than USD",
		"parameters.csv:3:2: value: of minimum_age_days: … expected 0 to 3650",
		"parameters.csv:4:2: value: of netting: … gross, net, net_due",
		"parameters.csv:5:2: value: of include_outstanding_debits: … is blank",
		"parameters.csv:6:2: value: of deduction_hold: … deduction_customer, customer, suspense",
		"parameters.csv:7:2: value: of penny_difference: … negative",
		`parameters.csv:9:1: parameter: "speed" is unknown; … minimum_reimbursement, include_outstanding_debits`,
	)
}

func TestReadReportsVouchers(t *testing.T) {
	_, err := folder.ReadFS(with(map[string]string{"vouchers.csv": voucherHeader +
		"A,2026-01-05,journal,,,,1000,1e30,,,,\n" +
		"A,2026-01-05,journal,,,,1000,,,,,\n" +
		"A,2026-01-06,payment,,,,1000,1.00,2.00,,,B\n" +
		"A,2026-01-05,journal,,,,1000,-1.00,,,,\n" +
		"B,2026-01-05,refund,,,JPY,1000,1.5,0,,,\n" +
		"B,2026-01-05,journal,C1,V1,,1000,0.00,,1.00,1.00,\n" +
		"A,2026-01-05,journal,,,,1000,,1,,,\n" +
		"C,2026-01-05,journal,C1,,,1000,0,0,,0,\n" +
		"C,2026-01-05,journal,C2,V1,,1000,,0.00,-1,x,\n" +
		"C,2026-01-05,journal,C1,V2,XXX0,1000,1,y,,,\n"}))
	wantLines(t, err,
		`vouchers.csv:2:8: debit: "1e30" is not an amount`,
		"vouchers.csv:3:8: debit: … both blank",
		"vouchers.csv:4:9: credit: … both filled",
		`vouchers.csv:4:2: date: "2026-01-06" differs from "2026-01-05" on line 2`,
		`vouchers.csv:4:3: type: "payment" differs`,
		`vouchers.csv:4:12: reverses: "B" differs`,
		"vouchers.csv:5:8: debit: … is negative",
		`vouchers.csv:6:3: type: "refund" is unknown`,
		"vouchers.csv:6:8: debit: … more decimals than JPY",
		"vouchers.csv:7:11: accounting_credit: … both filled",
		"vouchers.csv:7:3: type: … differs",
		`vouchers.csv:8:1: voucher: "A" comes again, first on line 2`,
		"vouchers.csv:10:10: accounting_debit: … negative",
		"vouchers.csv:10:11: accounting_credit: … not an amount",
		`vouchers.csv:10:4: customer: "C2" is a second customer beside "C1" on line 9`,
		"vouchers.csv:11:6: currency: … XXX0",
		`vouchers.csv:11:9: credit: "y" is not an amount`,
		`vouchers.csv:11:5: vendor: "V2" is a second vendor beside "V1" on line 10`,
	)
}
