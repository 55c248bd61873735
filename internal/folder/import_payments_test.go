package folder_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/folder"
	"quittance/internal/openitem"
)

const proof = "pallet 7 came without 3 cases\n"

// opening is a distributor's open business, brought in from another system: a deduction that is held, with a child and its history, a claim,
// a draft of a payment, and what is left of the invoices.
func opening() apptest.Files {
	return trader("deduction_customer").
		Append("vouchers", debit("OLD", "2026-10-05", "C-1", "", "USD", "101-11530", "100.00"),
			"OLD-D,2026-10-20,deduction,DED,,,,USD,101-11535,100.00,,,,,taken by check 88", "OLD-D,2026-10-20,deduction,C-1,,,,USD,101-11530,,100.00,,,,taken by check 88").
		With(apptest.Files{
			"settlements":          "date,customer,debit_voucher,credit_voucher,amount\n2026-10-20,C-1,OLD,OLD-D,100.00\n",
			"deductions":           "deduction,parent,customer,amount,date,reason,voucher,invoice,their_code,note,owner\nX-1,,C-1,100.00,2026-10-20,DMG,OLD-D,OLD,22,two\\nlines,ann\nX-1/1,X-1,C-1,30.00,2026-10-20,PROMO,OLD-D,OLD,,,\nX-2,,BR,7.00,2026-11-01,DMG,,BR1,,,\n",
			"deduction_history":    "deduction,event,at,actor,text\nX-1,1,2026-10-21T09:00:00Z,ann,called them\n",
			"deduction_watchers":   "deduction,watcher\nX-1,bob\n",
			"payment_journals":     "journal,text\nOPEN-1,on the way\n",
			"payments":             "journal,line,date,customer,amount,bank\nOPEN-1,1,2026-11-06,C-1,900.00,101-11020\n",
			"payment_applications": "journal,line,application,customer,voucher,amount\nOPEN-1,1,1,C-1,INV,900.00\n",
			"payment_deductions":   "journal,line,deduction,application,customer,their_code,amount\nOPEN-1,1,1,1,C-1,22,100.00\n",
		})
}

// What is open at another system goes on here.
func TestOpenDeductionsAreBroughtIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, opening())
		d.MustVerify(t)
		v, err := d.Deduction(ctx, apptest.Call, "X-1")
		if err != nil || v.Remaining != "70.00" || v.Work != "coded" || v.Hold != "deduction_customer" || v.Note != "two\nlines" || v.Expires.IsZero() || v.Ready {
			t.Fatalf("the deduction is %+v, %v", v, err)
		}
		marks, err := d.Marks(ctx, apptest.Call, openitem.Customers, "C-1", app.Page{})
		if err != nil || len(marks.Items) != 1 || marks.Items[0].Journal != "OPEN-1" || marks.Items[0].Amount != "1000.00" {
			t.Errorf("the marks are %+v, %v", marks, err)
		}
		if p, err := d.PostPaymentJournal(ctx, apptest.Call, "OPEN-1"); err != nil || p.State != "posted" {
			t.Errorf("posting the draft gives %+v, %v", p, err)
		}
		for _, r := range []app.ResolveRequest{
			{Deduction: "X-1", Lines: []app.ResolveLine{{Kind: "write_off", Amount: "30.00"}, {Kind: "return", Amount: "20.00"}, {Kind: "correct", Amount: "20.00"}}},
			{Deduction: "X-1/1", Lines: []app.ResolveLine{{Kind: "accrual_plan", Amount: "30.00"}}},
		} {
			if _, err := d.ResolveDeduction(ctx, apptest.Call, r); err != nil {
				t.Errorf("resolving %s: %v", r.Deduction, err)
			}
		}
		d.MustVerify(t)
		d.Import(t, opening())
		d.MustVerify(t)
	})
}

// What the files of payments and deductions must be is told at its place.
func TestImportReportsPayments(t *testing.T) {
	at := func(file, from, to string) apptest.Files { return swap(opening(), file, from, to) }
	add := func(file string, rows ...string) apptest.Files { return opening().Append(file, rows...) }
	with := func(file, text string) apptest.Files { return opening().With(apptest.Files{file: text}) }
	cases := []wrong{
		{"LineOfNoJournal", add("payments", "OPEN-2,1,2026-11-06,C-1,1.00,101-11020"), []string{"payments.csv:3:1: journal: … OPEN-2"}},
		{"PayerUnknown", at("payments", "C-1", "C-9"), []string{"payments.csv:2:4: customer: … C-9"}},
		{"NoBank", at("payments", "101-11020", "101-11530"), []string{"payments.csv:2:6: bank: … is not a bank account"}},
		{"PostedWithoutVoucher", with("payments", "journal,line,date,customer,amount,bank,state\nOPEN-1,1,2026-11-06,C-1,900.00,101-11020,posted\n"), []string{"payment_deductions.csv:2:3: deduction: … no row of deductions", "payments.csv:2:1: voucher: … is blank"}},
		{"JournalPostedWithDrafts", with("payment_journals", "journal,state\nOPEN-1,posted\n"), []string{"payment_journals.csv:2:2: state: … has drafts"}},
		{"CodeOfTheSeries", with("payment_journals", "journal\nCPJ-00000007\n"), []string{"payment_journals.csv:2:1: journal: … number series payment_journal", "payments.csv:2:1: journal: … OPEN-1", "payment_applications.csv:2:2: line:", "payment_deductions.csv:2:2: line:"}},
		{"ApplicationOfNoLine", add("payment_applications", "OPEN-1,2,1,C-1,INV,1.00"), []string{"payment_applications.csv:3:2: line: … no line 2"}},
		{"DocumentUnknown", at("payment_applications", "INV", "INV-0"), []string{"payment_applications.csv:2:5: voucher: … INV-0"}},
		{"DocumentOfAnother", at("payment_applications", "INV", "T"), []string{"payment_applications.csv:2:5: voucher: … no item of C-1"}},
		{"MoreThanIsOpen", at("payment_applications", "900.00", "901.00"), []string{"payment_applications.csv:2:6: amount: … 1001.00 USD of INV cannot be marked"}},
		{"DeductionOfNoApplication", at("payment_deductions", "1,1,1,C-1", "1,1,2,C-1"), []string{"payment_deductions.csv:2:4: application: … no application 2"}},
		{"DeductionOfNothing", at("payment_deductions", "100.00", "0.00"), []string{"payment_deductions.csv:2:7: amount: … nothing"}},
		{"MarkOfNoDraft", with("marks", rows(markHead, "OPEN-1,1,ann,C-1,TWO,1.00")), []string{"marks.csv:2:5: voucher: … OPEN-1 is applied to TWO"}},
		{"SettlementOfADraft", with("settlements", "date,customer,debit_voucher,credit_voucher,amount,journal,journal_line\n2026-10-20,C-1,OLD,OLD-D,100.00,OPEN-1,1\n"), []string{"settlements.csv:2:7: journal_line: … draft"}},

		{"DeductionWithoutVoucher", at("deductions", "OLD-D,OLD,22", ",OLD,22"), []string{"deductions.csv:3:7: voucher: … X-1", "vouchers.csv:20:3: type: … OLD-D as the voucher of its capture"}},
		{"VoucherWithoutDeduction", opening().With(apptest.Files{"deductions": "", "deduction_history": "", "deduction_watchers": ""}), []string{"vouchers.csv:20:3: type: … OLD-D as the voucher of its capture"}},
		{"NoCapture", at("deductions", "DMG,OLD-D,OLD", "DMG,OLD,OLD"), []string{"deductions.csv:2:7: voucher: … no new voucher of type deduction", "deductions.csv:3:7: voucher:", "vouchers.csv:20:3: type:"}},
		{"OtherAmount", at("deductions", "C-1,100.00", "C-1,99.00"), []string{"deductions.csv:2:7: voucher: … credits C-1 by 100.00"}},
		{"OtherHold", at("vouchers", "DED,,,,USD,101-11535", "C-1,,,,USD,101-11530"), []string{"deductions.csv:2:7: voucher: … does not hold the deduction on deduction_customer"}},
		{"ParentUnknown", at("deductions", "X-1/1,X-1", "X-1/1,X-0"), []string{"deductions.csv:3:2: parent: … X-0", "deductions.csv:3:7: voucher: … X-1"}},
		{"ItsOwnParent", at("deductions", "X-1/1,X-1,", "X-1/1,X-1/1,"), []string{"deductions.csv:3:2: parent: … split off itself", "deductions.csv:3:7: voucher:"}},
		{"MoreSplitOff", at("deductions", "X-1,C-1,30.00", "X-1,C-1,130.00"), []string{"deductions.csv:2:4: amount: … 130.00"}},
		{"ReasonUnknown", at("deductions", "PROMO", "WHY"), []string{"deductions.csv:3:6: reason: … WHY"}},
		{"TypeOfNothing", at("deductions", "PROMO", ""), []string{"deductions.csv:3:1: type: … is blank"}},
		{"WatchedUnknown", add("deduction_watchers", "X-9,bob"), []string{"deduction_watchers.csv:3:1: deduction: … X-9"}},
		{"ResolutionWithoutVoucher", with("resolutions", "deduction,resolution,date,kind,amount\nX-1,1,2026-11-01,write_off,10.00\n"), []string{"resolutions.csv:2:1: voucher: … state posted"}},
		{"ResolvedByAnything", with("resolutions", "deduction,resolution,date,kind,amount,voucher\nX-1,1,2026-11-02,write_off,10.00,INV\n"), []string{"resolutions.csv:2:6: voucher: … no new voucher of such a line"}},
		{"ResolvedMore", opening().Append("vouchers", "R-1,2026-11-02,resolution,C-1,,,,USD,101-65100,10.00,,,,,w", "R-1,2026-11-02,resolution,DED,,,,USD,101-11535,,10.00,,,,w").
			With(apptest.Files{"resolutions": "deduction,resolution,date,kind,amount,voucher\nX-1,1,2026-11-02,write_off,10.00,R-1\n"}), []string{"deductions.csv:2:4: amount: … 100.00 USD are open of what holds the deduction, but 90.00 remain"}},
		{"ProposedNothing", with("resolutions", "deduction,resolution,date,kind,amount,state\nX-1,1,2026-11-02,write_off,10.00,proposed\n"), []string{"resolutions.csv:2:1: request: … is blank"}},

		{"EvidenceWithoutContent", with("deduction_evidence", "deduction,evidence,type,name,sha256,size\nX-1,1,claim,c.txt,"+strings.Repeat("ab", 32)+",9\n"), []string{"deduction_evidence.csv:2:5: sha256: … expected the file files/abab"}},
		{"PartnerOfNobody", with("remittance_partners", "partner,customer\nP,C-9\n"), []string{"remittance_partners.csv:2:2: customer: … C-9"}},
		{"NoColumnMap", with("remittance_maps", "map,columns\nFM,\"{\"\"columns\"\":{\"\"colour\"\":\"\"A\"\"},\"\"header\"\":1}\"\n"), []string{"remittance_maps.csv:2:2: columns: … colour", "remittance_maps.csv:2:2: columns:", "remittance_maps.csv:2:2: columns:", "remittance_partners.csv:2:5: map:"}},
		{"DetailOfNothing", with("remittance_details", "remittance,part,detail\nRX,1,{}\n"), []string{"remittance_details.csv:2:1: remittance: … RX"}},
	}
	apptest.Each(t, func(t *testing.T, d *apptest.Door) { refuses(t, d, cases) })
	for _, form := range []struct{ file, from, to, want string }{
		{"deductions", "DMG,OLD-D,OLD,22,two\\nlines", "DMG,OLD-D,OLD,22,two\\lines", "deductions.csv:2:10: note: … a backslash stands before"},
		{"payment_journals", "on the way", "100 \\u00zz", "payment_journals.csv:2:2: text: … a backslash stands before"},
		{"deduction_watchers", "X-1,bob", "X-1,", "deduction_watchers.csv:2:2: watcher: … blank"},
	} {
		_, err := at(form.file, form.from, form.to).Read()
		wantLines(t, err, form.want)
	}
}

// The contents of files come with a directory and with a zip file; a workbook has none, and says so when it is brought in.
func TestContentsOfFiles(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, opening())
		if _, err := d.AttachToDeduction(ctx, apptest.Call, "X-1", app.Attachment{Type: "proof_of_delivery", Name: "proof.txt", Content: []byte(proof)}); err != nil {
			t.Fatal(err)
		}
		data := as(mustExport(t, d), "P-2")
		dir := filepath.Join(t.TempDir(), "out")
		if err := folder.Write(dir, data); err != nil {
			t.Fatal(err)
		}
		content := filepath.Join(dir, "files", data.DeductionEvidence[0].SHA256)
		if b, err := os.ReadFile(content); err != nil || string(b) != proof {
			t.Errorf("the content is %q, %v", b, err)
		}
		var packed bytes.Buffer
		if err := folder.WriteZIP(&packed, as(data, "P-3")); err != nil {
			t.Fatal(err)
		}
		fromZIP, err := folder.ReadArchive(bytes.NewReader(packed.Bytes()), int64(packed.Len()), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, from := range []*folder.Data{mustRead(t, dir), fromZIP} {
			call := app.Call{Actor: apptest.Clerk, Company: from.Company.Company}
			if _, err := d.App.Import(ctx, call, from); err != nil {
				t.Fatal(err)
			}
			v, err := d.Deduction(ctx, call, "X-1")
			if err != nil || len(v.Evidence) != 1 || !v.Ready {
				t.Fatalf("the deduction is %+v, %v", v, err)
			}
			if _, b, err := d.DeductionFile(ctx, call, "X-1", v.Evidence[0].ID); err != nil || string(b) != proof {
				t.Errorf("the file is %q, %v", b, err)
			}
		}
		_, book := throughFiles(t, as(data, "P-4"))
		_, err = d.App.Import(ctx, apptest.Call, book)
		wantLines(t, err, "deduction_evidence:2:6: sha256: … a workbook has no files")

		if err := os.WriteFile(content, []byte("another"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = d.App.Import(ctx, apptest.Call, as(mustRead(t, dir), "P-5"))
		wantLines(t, err, "deduction_evidence.csv:2:6: sha256: … has 7 bytes")
		for _, name := range []string{strings.Repeat("0", 64), "proof.txt"} {
			if err := os.WriteFile(filepath.Join(dir, "files", name), []byte(proof), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err = folder.Read(dir)
		wantLines(t, err, "files/"+strings.Repeat("0", 64)+":1:1: … named by no row", "files/proof.txt:1:1: … SHA-256 as its name")
		d.MustVerify(t)
	})
}

// What was captured of a known deduction does not change, nor are new resolutions of it brought in.
func TestImportRefusesAnotherDeduction(t *testing.T) {
	f := opening()
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, f)
		refusesMore(t, d, []wrong{
			{"OtherAmount", swap(f, "deductions", "BR,7.00", "BR,8.00"), []string{"deductions.csv:4:4: amount: … known with 7.00"}},
			{"OtherCustomer", swap(f, "deductions", "BR,7.00", "T-1,7.00"), []string{"deductions.csv:4:3: customer: … known with BR"}},
			{"ChildOfAKnownOne", f.Append("deductions", "X-1/2,X-1,C-1,1.00,2026-10-20,DMG,OLD-D,OLD,,,"), []string{"deductions.csv:5:2: parent: … quittance deductions split", "deductions.csv:5:7: voucher: … OLD-D is"}},
			{"ResolvedElsewhere", f.Append("vouchers", "R-1,2026-11-02,resolution,C-1,,,,USD,101-65100,10.00,,,,,w", "R-1,2026-11-02,resolution,DED,,,,USD,101-11535,,10.00,,,,w").
				With(apptest.Files{"resolutions": "deduction,resolution,date,kind,amount,voucher\nX-1,1,2026-11-02,write_off,10.00,R-1\n"}), []string{"vouchers.csv:22:3: type: … quittance deductions resolve"}},
		})
	})
}

func mustRead(t *testing.T, path string) *folder.Data {
	t.Helper()
	d, err := folder.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
