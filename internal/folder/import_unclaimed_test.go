package folder_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"quittance/internal/app/apptest"
)

// oldUnclaimed is a town whose other system escheated a credit, told its owner by letter, and remitted and reported it; the bank proposed
// details of a vendor there.
func oldUnclaimed(t testing.TB) apptest.Files {
	t.Helper()
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("a letter")))
	day := "2026-11-12,2026-11-05,2026-11-05,2026-11-10,2026-11-15,2026-12-31"
	return payer(t).Append("accounts", "25100,Unclaimed property,liability,").
		Append("vouchers",
			"ESC-1,2026-11-12,journal,C-1,,,,USD,101-11530,20.00,,,,,escheated", "ESC-1,2026-11-12,journal,C-1,,,,USD,101-25100,,20.00,,,,escheated",
			"REM-1,2026-11-20,journal,,,,,USD,101-25100,20.00,,,,,remitted", "REM-1,2026-11-20,journal,,,,,USD,101-11010,,20.00,,,,remitted",
			"REM-1,2026-11-20,journal,,,,,USD,999-37001,20.00,,,,,remitted", "REM-1,2026-11-20,journal,,,,,USD,999-11020,,20.00,,,,remitted").
		With(apptest.Files{
			"settlements":             "date,customer,vendor,debit_voucher,credit_voucher,amount,debit_line,credit_line,kind\n2026-11-12,C-1,,ESC-1,CN-1,20.00,1,2,manual\n",
			"unclaimed_properties":    "property,customer,vendor,document,jurisdiction,amount,accounting,escheated,arose,last_activity,dormant,cut_off,report_by,status,voucher,remittance,report\nOLD-1,C-1,,CN-1,US-WI,20.00,20.00," + day + ",remitted,ESC-1,OLD-R,OLD-F\n",
			"unclaimed_lines":         "property,line,account,amount,accounting\nOLD-1,1,101-25100,20.00,20.00\n",
			"unclaimed_history":       "property,event,at,actor,status,voucher,detail\nOLD-1,1,2026-11-12T09:00:00Z,tom,escheated,ESC-1,\nOLD-1,2,2026-11-20T09:00:00Z,tom,remitted,REM-1,\n",
			"unclaimed_remittances":   "remittance,jurisdiction,date,bank,amount,voucher\nOLD-R,US-WI,2026-11-20,MAIN,20.00,REM-1\n",
			"unclaimed_reports":       "report,jurisdiction,year,number,name,properties,total,sha256,size\nOLD-F,US-WI,2026,1,wi.txt,1,20.00," + sum + ",8\n",
			"unclaimed_letters":       "letters,date,count,sha256,size\nOLD-L,2026-11-06,1," + sum + ",8\n",
			"unclaimed_letter_items":  "letters,item,customer,vendor,document,jurisdiction,amount\nOLD-L,1,C-1,,CN-1,US-WI,20.00\n",
			"vendor_payment_journals": "journal,date,text,state\nOLD-J,2026-11-25,from before,cancelled\n",
			"vendor_payments":         "journal,line,vendor,method,bank,amount,date,status\nOLD-J,1,V-2,ach,MAIN,150.00,2026-11-25,cancelled\n",
			"vendor_payment_items":    "journal,line,item,voucher,amount\nOLD-J,1,1,B-1,150.00\n",
			"payment_answers":         "answers,sha256,name,format\n1," + sum + ",returns.txt,ach\n",
			"payment_answer_results":  "answers,part,result\n1,1,\"{\"\"n\"\": \"\n1,2,1}\n",
			"bank_proposals":          "proposal,vendor,payment,code,routing_number,account_number,account_type,state,proposed_by\n1,V-2,OLD-J/1,C01,091000019,88880000,checking,open,tom\n",
		})
}

// What was escheated elsewhere is reversed here, and what a bank proposed there is accepted here.
func TestOldUnclaimedPropertyIsBroughtIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		data, err := oldUnclaimed(t).Read()
		if err != nil {
			t.Fatal(err)
		}
		data.Files = func(string) ([]byte, error) { return []byte("a letter"), nil }
		for range 2 {
			if _, err := d.App.Import(ctx, apptest.Call, data); err != nil {
				t.Fatal(err)
			}
		}
		d.MustVerify(t)
		c := newCashier(d, "")
		if f, err := d.OpenUnclaimedLetters(ctx, c.treasurer, "OLD-L"); err != nil || string(f.Content) != "a letter" {
			t.Errorf("the letters are %+v, %v", f, err)
		}
		for _, code := range []string{"OLD-R", "OLD-1"} {
			if _, err := d.ReverseUnclaimed(ctx, c.treasurer, code, payDay, "sent back"); err != nil {
				t.Fatal(err)
			}
		}
		if x, err := d.DecideBankProposal(ctx, c.approver, 1, true, ""); err != nil || x.State != "accepted" {
			t.Errorf("decided %+v, %v", x, err)
		}
		d.MustVerify(t)
	})
}

// What the files of unclaimed property and of answers must be is told at its place.
func TestImportReportsUnclaimed(t *testing.T) {
	base := oldUnclaimed(t)
	at := func(file, from, to string) apptest.Files { return swap(base, file, from, to) }
	add := func(file string, rows ...string) apptest.Files { return base.Append(file, rows...) }
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		refuses(t, d, []wrong{
			{"OwnerUnknown", at("unclaimed_properties", "OLD-1,C-1", "OLD-1,C-7"), []string{"unclaimed_properties.csv:2:2: customer: … C-7"}},
			{"DocumentUnknown", at("unclaimed_properties", ",CN-1,", ",CN-7,"), []string{"unclaimed_properties.csv:2:4: document: … CN-7"}},
			{"PaymentUnknown", at("unclaimed_letter_items", "1,C-1,,CN-1", "1,,V-1,OLD-J/9"), []string{"unclaimed_letter_items.csv:2:5: document: … OLD-J/9"}},
			{"VoucherOfAnotherDay", at("unclaimed_properties", "2026-11-12", "2026-11-13"), []string{"unclaimed_properties.csv:2:15: voucher: … ESC-1"}},
			{"LinesDoNotAddUp", at("unclaimed_lines", "20.00,20.00", "19.00,20.00"), []string{"unclaimed_properties.csv:2:6: amount: … 20.00"}},
			{"LineOfNoProperty", add("unclaimed_lines", "OLD-9,1,101-25100,1.00,1.00"), []string{"unclaimed_lines.csv:3:1: property: … OLD-9"}},
			{"RemittanceUnknown", at("unclaimed_properties", "ESC-1,OLD-R", "ESC-1,OLD-S"), []string{"unclaimed_properties.csv:2:16: remittance: … OLD-S"}},
			{"ReportUnknown", at("unclaimed_properties", "OLD-R,OLD-F", "OLD-R,OLD-G"), []string{"unclaimed_properties.csv:2:17: report: … OLD-G"}},
			{"CodeOfTheSeries", add("unclaimed_remittances", "UR-00000007,US-WI,2026-11-20,MAIN,1.00,REM-1"), []string{"unclaimed_remittances.csv:3:1: remittance: … number series unclaimed_remittance"}},
			{"ItemOfNoLetter", add("unclaimed_letter_items", "OLD-M,1,C-1,,CN-1,US-WI,1.00"), []string{"unclaimed_letter_items.csv:3:1: letters: … OLD-M"}},
			{"LetterOfNothing", add("unclaimed_letters", "OLD-M,2026-11-06,1,"+fmt.Sprintf("%064d", 0)+",8"), []string{"unclaimed_letters.csv:3:3: count: … 0 items"}},
			{"PartsOutOfOrder", at("payment_answer_results", "1,2,1}", "1,3,1}"), []string{"payment_answer_results.csv:3:2: part:", "payment_answers.csv:2:1: answers: … no JSON object"}},
			{"ProposalOfNoPayment", at("bank_proposals", "OLD-J/1", "OLD-J/2"), []string{"bank_proposals.csv:2:3: payment: … OLD-J/2"}},
		})
		data, err := at("unclaimed_remittances", "MAIN,20.00", "MAIN,21.00").Read()
		if err != nil {
			t.Fatal(err)
		}
		data.Files = func(string) ([]byte, error) { return []byte("a letter"), nil }
		_, err = d.App.Import(ctx, apptest.Call, data) // what the books prove is told once everything is there
		wantLines(t, err, "unclaimed_properties.csv:2:14: … remittance OLD-R is of 2100 minor units, but its properties make 2000")
		data.Files = func(string) ([]byte, error) { return []byte("a lettre"), nil }
		_, err = d.App.Import(ctx, apptest.Call, data)
		wantLines(t, err, "unclaimed_letters.csv:2:4: sha256: … the SHA-256 3ed1bee9", "unclaimed_reports.csv:2:8: sha256: … the SHA-256 3ed1bee9")
	})
	for name, x := range map[string]struct {
		files apptest.Files
		says  string
	}{
		"RemittedWithoutRemittance": {at("unclaimed_properties", "ESC-1,OLD-R", "ESC-1,"), "unclaimed_properties.csv:2:16: remittance: … names its remittance"},
		"OwnerMissing":              {at("unclaimed_properties", "OLD-1,C-1", "OLD-1,"), "unclaimed_properties.csv:2:2: customer: … fill one of them"},
		"OpenButDecided":            {at("bank_proposals", "open,tom", "accepted,tom"), "bank_proposals.csv:2:1: decided_by: … accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := x.files.Read()
			if err == nil {
				t.Fatal("it is read")
			}
			wantLines(t, err, x.says)
		})
	}
}
