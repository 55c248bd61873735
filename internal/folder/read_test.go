package folder_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/money"
)

func TestReadExample(t *testing.T) {
	d, err := folder.Read("testdata/public-sector")
	if err != nil {
		t.Fatal(err)
	}
	if d.Company.Company != "PSUS" || d.Company.Currency != money.MustCurrency("USD") || d.Company.AccountFormat != "Fund-Main-Department-Program" {
		t.Errorf("company %+v", d.Company)
	}
	counts := []int{
		len(d.Parameters), len(d.Dimensions), len(d.DimensionValues), len(d.Accounts), len(d.BalancingRules), len(d.Periods),
		len(d.PostingProfiles), len(d.BillingClassifications), len(d.Vendors), len(d.Customers), len(d.Vouchers),
	}
	for i, want := range []int{2, 3, 4, 7, 4, 3, 2, 2, 2, 1, 3} {
		if counts[i] != want {
			t.Errorf("count %d is %d, want %d", i, counts[i], want)
		}
	}
	if !d.Dimensions[0].Balancing || d.Vendors[0].OneTime != "template" || d.Customers[0].Vendor != "V-1001" || d.Customers[0].Hold {
		t.Error("flags or links are wrong")
	}
	v := d.Vouchers[2]
	if v.Number != "CN-U" || v.Date != civil.MustParse("2026-11-09") || v.Type != "credit_note" || len(v.Lines) != 6 {
		t.Fatalf("voucher %+v", v)
	}
	l := v.Lines[4]
	if l.Credit != 4500 || l.Debit != 0 || l.Account != "601-11530" || l.Customer != "C-1001" || l.Classification != "UTL" || l.AccountingCredit != nil {
		t.Errorf("line %+v", l)
	}
	if at := l.At("credit"); at != "vouchers.csv:10:11" {
		t.Errorf("the line is at %s", at)
	}
	if at := l.At("accounting_debit"); at != "vouchers.csv:10:1" {
		t.Errorf("a column that is not there is at %s", at)
	}
}

func TestReadDefaults(t *testing.T) {
	d, err := folder.ReadFS(with(map[string]string{
		"company.csv":   "\xef\xbb\xbfname,company,currency,account_format\r\n\"Comp, \"\"any\"\"\",C1,EUR,Main\r\n",
		"vendors.csv":   "vendor,name\nV1, Vendor one \n",
		"customers.csv": "customer,name,currency\nA,Anna,\nB,Bert,JPY",
		"vouchers.csv":  "voucher,date,type,customer,account,debit,credit\nI1,2026-01-05,invoice,A,1100,0.00,\nI1,2026-01-05,invoice,,1000,5,0\n",
		".hidden":       "anything",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if d.Company.Name != `Comp, "any"` {
		t.Errorf("name %q", d.Company.Name)
	}
	v := d.Vendors[0]
	if v.OneTime != "no" || v.Blocked || v.Currency.Code != "EUR" || v.Name != " Vendor one " {
		t.Errorf("vendor %+v", v)
	}
	if d.Customers[0].Currency.Code != "EUR" || d.Customers[1].Currency.Code != "JPY" {
		t.Error("currencies are wrong")
	}
	l := d.Vouchers[0].Lines[0]
	if l.DueDate != civil.MustParse("2026-01-05") || l.Currency.Code != "EUR" || l.Debit != 0 {
		t.Errorf("line %+v", l)
	}
}

func TestReadPath(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "data.csv")
	if err := os.WriteFile(other, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Read(other); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "neither") {
		t.Errorf("a file: %v", err)
	}
	if _, err := folder.Read(filepath.Join(dir, "none")); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("nothing: %v", err)
	}
	broken := filepath.Join(dir, "book.xlsx")
	if err := os.WriteFile(broken, []byte("PK no"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := folder.Read(broken)
	wantLines(t, err, "workbook:1:1: … is not an XLSX workbook")
}

func TestReadReportsFiles(t *testing.T) {
	fsys := with(map[string]string{
		"company.csv": "-", "periods.csv": "-", "invoices.csv": "x", "Vendors.CSV": "x", "notes.txt": "x", "marks.csv": "",
		"sub/accounts.csv": "x",
	})
	_, err := folder.ReadFS(fsys)
	wantLines(t, err,
		"Vendors.CSV:1:1: … is not a file of the company folder; expected company.csv, parameters.csv",
		"invoices.csv:1:1: … is not a file",
		"notes.txt:1:1: … is not a file",
		"sub:1:1: … is not a file",
		"company.csv:1:1: … is missing",
		"periods.csv:1:1: … is missing",
		"marks.csv:1:1: … is empty; expected a header with the columns journal, line",
	)
}

func TestReadReportsDirectoryAsFile(t *testing.T) {
	fsys := with(nil)
	fsys["vendors.csv/x"] = &fstest.MapFile{Data: []byte("x")}
	_, err := folder.ReadFS(fsys)
	wantLines(t, err, "vendors.csv:1:1: … is not a regular file")
}

// hugeFS says that every file is larger than what is read.
type hugeFS struct{ fstest.MapFS }

type hugeInfo struct{ fs.FileInfo }

func (hugeInfo) Size() int64 { return 1<<30 + 1 }

func (f hugeFS) Stat(name string) (fs.FileInfo, error) {
	info, err := f.MapFS.Stat(name)
	return hugeInfo{info}, err
}

func TestReadReportsHugeFiles(t *testing.T) {
	_, err := folder.ReadFS(hugeFS{with(nil)})
	wantLines(t, err, "company.csv:1:1: … has 1073741825 bytes; at most 1073741824", "accounts.csv:1:1:", "periods.csv:1:1:")
}

func TestReadReportsAtMostAThousand(t *testing.T) {
	_, err := folder.ReadFS(with(map[string]string{"vendors.csv": "vendor,name\n" + strings.Repeat(",x\n", 1500)}))
	lines := places(t, err)
	if len(lines) != 1001 || !strings.Contains(lines[1000], "and 500 more errors") {
		t.Errorf("%d errors, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestAmountIn(t *testing.T) {
	d, err := folder.ReadFS(with(map[string]string{
		"settlements.csv": "date,customer,debit_voucher,credit_voucher,amount\n2026-01-05,A,I1,P1,12.345\n",
		"marks.csv":       "journal,customer,voucher,amount\nJ1,A,P1,\nJ1,A,P2,7.5\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if a, err := d.Settlements[0].AmountIn(money.MustCurrency("KWD")); err != nil || a != 12345 {
		t.Errorf("in KWD %d, %v", a, err)
	}
	_, err = d.Settlements[0].AmountIn(money.MustCurrency("USD"))
	if err == nil || !strings.HasPrefix(err.Error(), `settlements.csv:2:5: amount: "12.345" has more decimals`) {
		t.Errorf("in USD %v", err)
	}
	if _, whole, err := d.Marks[0].AmountIn(money.MustCurrency("USD")); !whole || err != nil {
		t.Errorf("blank is %v, %v", whole, err)
	}
	if a, whole, err := d.Marks[1].AmountIn(money.MustCurrency("USD")); a != 750 || whole || err != nil {
		t.Errorf("7.5 is %d, %v, %v", a, whole, err)
	}
}
