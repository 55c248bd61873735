package folder_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/openitem"
	"quittance/internal/payout"
)

const bankCSV = "what the bank sent\n"

// openPayments is a city's open business with its vendors, brought in from another system: a check that is on its way to the bank, another that the
// bank paid, one that was torn, and a payment that is proposed.
func openPayments(t testing.TB) apptest.Files {
	t.Helper()
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(bankCSV)))
	pay := func(number, invoice, account, amount string) string {
		head := number + ",2026-11-25,vendor_payment,,V-1,,,USD,"
		return head + account + "," + amount + ",,,,,paid\n" + head + "999-11020,," + amount + ",,,,paid"
	}
	f := payer(t)
	return f.With(apptest.Files{"vouchers": f["vouchers"] + "PAY-1,2026-11-25,vendor_payment,,V-1,,,USD,999-24210,100.00,,,,,paid\nPAY-1,2026-11-25,vendor_payment,,V-1,,,USD,999-11020,,100.00,,,,paid\n"}).
		Append("vouchers", pay("PAY-2", "B-9", "999-24210", "15.00"), "B-9,2026-11-20,vendor_invoice,,V-1,,,USD,999-44200,15.00,,,,,x", "B-9,2026-11-20,vendor_invoice,,V-1,,,USD,999-24210,,15.00,,,,x").
		With(apptest.Files{
			"settlements":             "date,vendor,debit_voucher,credit_voucher,amount,debit_line,credit_line,journal,journal_line\n2026-11-25,V-1,PAY-1,A-1,100.00,1,2,OLD-1,1\n2026-11-25,V-1,PAY-2,B-9,15.00,1,2,OLD-1,2\n",
			"vendor_payment_journals": "journal,date,text,state\nOLD-1,2026-11-25,from before,open\n",
			"vendor_payments":         "journal,line,vendor,payee_customer,payee_note,method,bank,amount,date,status,number,voucher,posted_by,posted_on\nOLD-1,1,V-1,,,check,MAIN,100.00,2026-11-25,cleared,490,PAY-1,tom,2026-11-25\nOLD-1,2,V-1,,,check,MAIN,15.00,2026-11-25,posted,491,PAY-2,tom,2026-11-25\nOLD-1,3,V-4,C-2,heirs,hand,MAIN,7.00,2026-11-25,created,,,,\n",
			"vendor_payment_items":    "journal,line,item,voucher,amount\nOLD-1,1,1,A-1,100.00\nOLD-1,2,1,B-9,15.00\nOLD-1,3,1,D-1,7.00\n",
			"vendor_payment_history":  "journal,line,event,at,actor,status,voucher,detail\nOLD-1,1,1,2026-11-25T09:00:00Z,tom,posted,PAY-1,first\\nsecond\n",
			"vendor_payments_left":    "journal,left,vendor,voucher,currency,amount,reason,detail\nOLD-1,1,V-2,B-1,USD,150.00,not_due,later\n",
			"check_numbers":           "bank,number,journal,line,amount,payee,date,state,reason\nMAIN,489,,,,,2026-11-24,void,torn\nMAIN,490,OLD-1,1,100.00,Ann,2026-11-25,issued,\nMAIN,491,OLD-1,2,15.00,Ann,2026-11-25,issued,\n",
			"bank_files":              "file,name,sha256,size\n1,nov.csv," + sum + fmt.Sprintf(",%d\n", len(bankCSV)),
			"bank_statements":         "bank,statement,digest,file,format,number,from,to,opening,closing,lines\nMAIN,1,d1,1,csv,11,2026-11-01,2026-11-30,1000.00,899.00,2\n",
			"bank_lines":              "bank,statement,line,booked,amount,kind,detail\nMAIN,1,1,2026-11-28,-100.00,,\"{\"\"check\"\":\"\"490\"\"}\"\nMAIN,1,2,2026-11-30,-1.00,fee,\n",
			"reconciliations":         "bank,reconciliation,statement,line\nMAIN,1,1,1\n",
			"reconciliation_entries":  "bank,reconciliation,voucher,line,amount\nMAIN,1,PAY-1,2,-100.00\n",
		})
}

// What is open at another system goes on here: the check is cashed, the payment is made, and a reconciliation is undone.
func TestOpenPaymentsAreBroughtIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		data, err := openPayments(t).Read()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.App.Import(ctx, apptest.Call, data); err == nil {
			t.Fatal("the folder is taken in without the file that it names")
		} else {
			wantLines(t, err, "bank_files.csv:2:3: sha256: … bring the folder in as a directory")
		}
		data.Files = func(string) ([]byte, error) { return []byte(bankCSV), nil }
		if _, err := d.App.Import(ctx, apptest.Call, data); err != nil {
			t.Fatal(err)
		}
		d.MustVerify(t)
		c := newCashier(d, "")
		marks, err := d.Marks(ctx, apptest.Call, openitem.Vendors, "V-4", app.Page{})
		if err != nil || len(marks.Items) != 1 || marks.Items[0].Journal != "OLD-1" || marks.Items[0].Amount != "7.00" {
			t.Errorf("the marks are %+v, %v", marks, err)
		}
		if p, err := d.VendorPayment(ctx, apptest.Call, "OLD-1/3"); err != nil || p.Payee != "C-2" || p.Status != payout.Created {
			t.Errorf("the open payment is %+v, %v", p, err)
		}
		if done, err := d.PostVendorPayments(ctx, c.treasurer, app.VendorPaymentChoice{Journal: "OLD-1"}, payDay); err != nil || done.Done != 1 {
			t.Errorf("posted %+v, %v", done, err)
		}
		if x, err := d.UndoBankLine(ctx, c.treasurer, "MAIN/1/1"); err != nil || x.Reconciliation != 1 {
			t.Errorf("undone %+v, %v", x, err)
		}
		if done, err := d.FailVendorPayments(ctx, c.treasurer, app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{"OLD-1/1", "OLD-1/2"}}, As: payout.Voided, Date: payDay, Reason: "lost"}); err != nil || done.Done != 2 || len(done.Freed) != 2 {
			t.Errorf("voided %+v, %v", done, err)
		}
		d.MustVerify(t)
		if err := d.SpoilChecks(ctx, c.treasurer, "MAIN", 491, 491, "again"); err == nil {
			t.Error("a number of a check is given twice")
		}
		if _, err := d.ProposeVendorPayments(ctx, c.preparer, app.VendorPaymentSelection{Date: civil.MustParse("2026-12-02"), Vendors: []string{"V-1"}}); err != nil {
			t.Error(err)
		}
		d.MustVerify(t)
	})
}

// What the files of vendor payments and bank statements must be is told at its place.
func TestImportReportsVendorPayments(t *testing.T) {
	base := openPayments(t)
	at := func(file, from, to string) apptest.Files { return swap(base, file, from, to) }
	add := func(file string, rows ...string) apptest.Files { return base.Append(file, rows...) }
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		refuses(t, d, []wrong{
			{"AccountOfTheBank", at("bank_accounts", "999-11020", "999-44200"), []string{"bank_accounts.csv:2:4: account: … is not a bank account", "reconciliation_entries.csv:2:4: line:"}},
			{"SettingsOfTheBank", at("bank_accounts", `""style"":""middle""`, `""style"":""moon""`), []string{"bank_accounts.csv:2:10: settings: … moon"}},
			{"MethodOfNoBank", at("payment_methods", "sepa,SEPA,iso20022,EURO", "sepa,SEPA,iso20022,NONE"), []string{"payment_methods.csv:5:4: bank: … NONE"}},
			{"CodeOfTheSeries", add("vendor_payment_journals", "VPJ-00000007,2026-11-25,,open"), []string{"vendor_payment_journals.csv:3:1: journal: … number series vendor_payment_journal"}},
			{"PaymentOfNoJournal", add("vendor_payments", "OLD-2,1,V-1,,,check,MAIN,1.00,2026-11-25,created,,,,"), []string{"vendor_payments.csv:5:1: journal: … OLD-2"}},
			{"VendorUnknown", at("vendor_payments", "OLD-1,3,V-4", "OLD-1,3,V-9"), []string{"vendor_payments.csv:4:3: vendor: … V-9"}},
			{"MethodUnknown", at("vendor_payments", "heirs,hand", "heirs,foot"), []string{"vendor_payments.csv:4:6: method: … foot"}},
			{"AmountIsNotTheItems", at("vendor_payments", "MAIN,7.00", "MAIN,8.00"), []string{"vendor_payments.csv:4:8: amount: … 8.00 is not what its items"}},
			{"OtherCurrency", at("vendor_payments", "hand,MAIN", "hand,EURO"), []string{"vendor_payments.csv:4:1: currency: … EUR"}},
			{"PostedWithoutVoucher", at("vendor_payments", "created,,,,", "posted,,,,"), []string{"vendor_payment_items.csv:4:5: amount: … come to 0.00", "vendor_payments.csv:4:12: voucher: … is blank"}},
			{"OpenWithVoucher", at("vendor_payments", "posted,491", "sent,491"), []string{"vendor_payment_items.csv:3:5: amount: … come to 15.00", "vendor_payments.csv:3:12: voucher: … never posted"}},
			{"FailedButNotReversed", at("vendor_payments", "posted,491", "voided,491"), []string{"vendor_payment_items.csv:3:5: amount:", "vendor_payments.csv:3:10: status: … not reversed", "check_numbers.csv:4:8: state: … no payment that stands"}},
			{"ClearedByNobody", at("vendor_payments", "posted,491", "cleared,491"), []string{"vendor_payments.csv:3:10: status: … no reconciliation"}},
			{"PostedButOnTheStatement", at("vendor_payments", "cleared,490", "posted,490"), []string{"vendor_payments.csv:2:10: status: … it is cleared then"}},
			{"NumberTwice", at("vendor_payments", "posted,491", "posted,490"), []string{"vendor_payments.csv:3:11: number: … 490", "check_numbers.csv:4:8: state:"}},
			{"VoucherOfTwo", at("vendor_payments", "491,PAY-2", "491,PAY-1"), []string{"vendor_payments.csv:3:12: voucher: … OLD-1/1 already", "settlements.csv:3:3: debit_voucher:", "vendor_payments.csv:3:12: voucher: … no new payment of 15.00", "vendor_payments.csv:3:10: status:"}},
			{"FileUnknown", base.With(apptest.Files{"vendor_payments": column(base["vendor_payments"], "file", "PF-1")}), []string{"vendor_payments.csv:2:15: file:", "vendor_payments.csv:3:15: file:", "vendor_payments.csv:4:15: file:"}},
			{"ReplacesNothing", base.With(apptest.Files{"vendor_payments": column(base["vendor_payments"], "replaces", "OLD-9/1")}), []string{"vendor_payments.csv:2:15: replaces: … OLD-9/1", "vendor_payments.csv:3:15: replaces:", "vendor_payments.csv:4:15: replaces:"}},
			{"JournalPostedWithOpen", at("vendor_payment_journals", ",open", ",posted"), []string{"vendor_payment_journals.csv:2:4: state: … of which one is open"}},
			{"ItemOfNoPayment", add("vendor_payment_items", "OLD-1,9,1,A-1,1.00"), []string{"vendor_payment_items.csv:5:2: line: … no line 9"}},
			{"InvoiceUnknown", at("vendor_payment_items", ",D-1,", ",D-9,"), []string{"vendor_payment_items.csv:4:4: voucher: … D-9"}},
			{"StatusOfTheHistory", at("vendor_payment_history", "posted", "flown"), []string{"vendor_payment_history.csv:2:6: status: … flown"}},
			{"CheckOfAnotherAmount", at("check_numbers", "2,15.00", "2,15.01"), []string{"check_numbers.csv:4:5: amount: … 15.00"}},
			{"CheckOfNoPayment", at("check_numbers", "490,OLD-1,1", "490,OLD-1,8"), []string{"check_numbers.csv:3:3: journal: … no line 8"}},
			{"SettlementOfNoPayment", at("settlements", "OLD-1,2", "OLD-1,7"), []string{"settlements.csv:3:8: journal: … no line 7", "vendor_payment_items.csv:3:5: amount:"}},
			{"StatementDoesNotAddUp", at("bank_statements", "899.00", "899.01"), []string{"bank_statements.csv:2:10: closing: … 899.01"}},
			{"StatementMissing", at("bank_statements", "MAIN,1,", "MAIN,2,"), []string{"bank_lines.csv:2:2: statement:", "bank_lines.csv:3:2: statement:", "bank_statements.csv:2:10: closing:", "bank_statements.csv:2:11: lines:", "bank_statements.csv:2:2: statement: … MAIN/1 before it", "reconciliations.csv:2:3: statement:", "vendor_payments.csv:2:10: status:"}},
			{"LinesMissing", at("bank_statements", ",2\n", ",3\n"), []string{"bank_statements.csv:2:11: lines: … which is 2"}},
			{"DetailOfALine", at("bank_lines", `"{""check`, `"{{""check`), []string{"bank_lines.csv:2:7: detail:"}},
			{"ReconciledTwice", add("reconciliations", "MAIN,2,1,1").Append("reconciliation_entries", "MAIN,2,PAY-1,2,-100.00"), []string{"reconciliations.csv:3:4: line: … reconciled twice", "reconciliation_entries.csv:3:3: voucher: … reconciliation 1 of MAIN already"}},
			{"ReconciledWithAnotherAccount", at("reconciliation_entries", "PAY-1,2,-100.00", "PAY-1,1,100.00"), []string{"reconciliation_entries.csv:2:4: line: … 999-11020", "reconciliations.csv:2:4: line: … entries of the reconciliation make 100.00"}},
			{"EntryOfAnotherAmount", at("reconciliation_entries", "-100.00", "-99.00"), []string{"reconciliation_entries.csv:2:5: amount: … -100.00", "reconciliations.csv:2:4: line:"}},
		})
	})
}
