package folder_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/money"
)

func TestWriteGivesTheExampleAgain(t *testing.T) {
	d, err := folder.Read("testdata/public-sector")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if err := folder.Write(dir, d); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "vouchers.csv"))
	if err != nil {
		t.Fatal(err)
	}
	want := "voucher,date,type,customer,vendor,classification,due_date,currency,account,debit,credit,accounting_debit,accounting_credit,reverses,text\n" +
		"PAY,2026-11-02,payment,C-1001,,,,USD,999-11020,50.00,,,,,Overpayment\n" +
		"PAY,2026-11-02,payment,C-1001,,,,USD,999-11530,,50.00,,,,Overpayment\n"
	if !strings.HasPrefix(string(got), want) {
		t.Errorf("vouchers.csv is\n%s", got)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 12 {
		t.Errorf("%d files are written, want 12", len(entries))
	}
	sameAgain(t, d, func() (*folder.Data, error) { return folder.Read(dir) })

	err = folder.Write(dir, d)
	if fault.CodeOf(err) != fault.Refused || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("a second export: %v", err)
	}
}

func TestWriteXLSXGivesTheExampleAgain(t *testing.T) {
	d, err := folder.Read("testdata/public-sector")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "book.xlsx")
	if err := folder.WriteXLSX(path, d); err != nil {
		t.Fatal(err)
	}
	sameAgain(t, d, func() (*folder.Data, error) { return folder.Read(path) })
	if err := folder.WriteXLSX(path, d); fault.CodeOf(err) != fault.Refused {
		t.Errorf("a second export: %v", err)
	}
}

func TestWriteXLSXRefusesWhatACellCannotHold(t *testing.T) {
	d := &folder.Data{Company: folder.Company{Company: "C", Name: "_x0041_x0042_", Currency: money.MustCurrency("USD"), AccountFormat: "M"}}
	err := folder.WriteXLSX(filepath.Join(t.TempDir(), "book.xlsx"), d)
	if fault.CodeOf(err) != fault.Refused || !strings.HasPrefix(err.Error(), "company:2:2: ") {
		t.Errorf("got %v", err)
	}
}

// sameAgain fails when what is read differs from d in more than its places.
func sameAgain(t rapid.TB, d *folder.Data, read func() (*folder.Data, error)) {
	t.Helper()
	again, err := read()
	if err != nil {
		t.Fatalf("what was written is not read: %v", err)
	}
	forget(d)
	forget(again)
	if !reflect.DeepEqual(d, again) {
		t.Fatalf("written\n%+v\nread\n%+v", d, again)
	}
}

func TestRoundTrip(t *testing.T) {
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		d := drawData(t)
		n++
		dir := filepath.Join(base, fmt.Sprint(n))
		if err := folder.Write(dir, d); err != nil {
			t.Fatal(err)
		}
		sameAgain(t, d, func() (*folder.Data, error) { return folder.Read(dir) })
		book := dir + ".xlsx"
		if err := folder.WriteXLSX(book, d); err != nil {
			t.Fatal(err)
		}
		sameAgain(t, d, func() (*folder.Data, error) { return folder.Read(book) })
	})
}

var (
	codes      = rapid.StringMatching(`[A-Z0-9][A-Za-z0-9é/-]{0,10}`)
	texts      = rapid.OneOf(rapid.StringMatching(`[ -~äß€😀=+@"',_x]{0,30}`), rapid.Just("_x0041_ 1"), rapid.Just("=SUM(A1)"), rapid.Just("1e5"), rapid.Just("007"))
	names      = rapid.Map(texts, func(s string) string { return s + "." })
	dates      = rapid.Map(rapid.IntRange(1, 3_652_059), func(n int) civil.Date { return civil.Date(n) })
	flags      = rapid.Bool()
	currencies = rapid.SampledFrom([]money.Currency{money.MustCurrency("USD"), money.MustCurrency("JPY"), money.MustCurrency("KWD")})
	amounts    = rapid.Map(rapid.Int64Range(0, int64(money.MaxAmount)), func(n int64) money.Amount { return money.Amount(n) })
	instants   = rapid.Map(rapid.Int64Range(1, 4e15), func(n int64) time.Time { return time.UnixMicro(n).UTC() })
)

// drawData makes data that reading accepts.
func drawData(t *rapid.T) *folder.Data {
	d := &folder.Data{
		Company: folder.Company{
			Company: codes.Draw(t, "company"), Name: names.Draw(t, "name"), Country: "DE", Currency: currencies.Draw(t, "currency"), AccountFormat: "Fund-Main",
		},
		Parameters: []folder.Parameter{{Parameter: "netting", Value: "net"}, {Parameter: "minimum_age_days", Value: "7"}},
	}
	each := func(name string, make func(code string)) {
		for _, code := range rapid.SliceOfNDistinct(codes, 0, 4, rapid.ID).Draw(t, name) {
			make(code)
		}
	}
	each("accounts", func(code string) {
		d.Accounts = append(d.Accounts, folder.Account{Account: code, Name: names.Draw(t, "name"), Type: "asset", Control: rapid.SampledFrom([]string{"", "bank"}).Draw(t, "control")})
	})
	each("vendors", func(code string) {
		d.Vendors = append(d.Vendors, folder.Vendor{
			Vendor: code, Name: names.Draw(t, "name"), Currency: currencies.Draw(t, "currency"), Blocked: flags.Draw(t, "blocked"), OneTime: "no",
			Street: texts.Draw(t, "street"), IBAN: "DE89370400440532013000", BIC: "DEUTDEFF", RoutingNumber: "021000021", AccountNumber: "000123", AccountType: "savings",
		})
	})
	each("customers", func(code string) {
		d.Customers = append(d.Customers, folder.Customer{
			Customer: code, Name: names.Draw(t, "name"), Currency: currencies.Draw(t, "currency"), Hold: flags.Draw(t, "hold"), Email: "a@b", BankVerified: true,
		})
	})
	each("vouchers", func(code string) { d.Vouchers = append(d.Vouchers, drawVoucher(t, code)) })
	each("settlements", func(code string) {
		d.Settlements = append(d.Settlements, folder.Settlement{
			Date: dates.Draw(t, "date"), Customer: "C", DebitVoucher: code, CreditVoucher: "X", Amount: "12.50", DebitLine: 1, CreditLine: 2, SettlementVoucher: code,
		})
	})
	each("marks", func(code string) {
		d.Marks = append(d.Marks, folder.Mark{Journal: code, Line: 3, User: "ann", Customer: "C", Voucher: "V"})
	})
	each("runs", func(code string) { drawRun(t, d, code) })
	rate, err := money.ParseRate("1.0825")
	if err != nil {
		t.Fatal(err)
	}
	d.ExchangeRates = []folder.ExchangeRate{{Currency: currencies.Draw(t, "currency"), Date: dates.Draw(t, "date"), Rate: rate}}
	d.NumberSeries = []folder.NumberSeries{{Series: "S", Prefix: "R-", Next: rapid.IntRange(1, 1e14).Draw(t, "next")}}
	return d
}

func drawVoucher(t *rapid.T, code string) folder.Voucher {
	v := folder.Voucher{Number: code, Date: dates.Draw(t, "date"), Type: "journal", Reverses: rapid.SampledFrom([]string{"", "X"}).Draw(t, "reverses")}
	for range rapid.IntRange(1, 4).Draw(t, "lines") {
		l := folder.VoucherLine{Customer: "C", Currency: currencies.Draw(t, "currency"), Account: codes.Draw(t, "account"), Text: texts.Draw(t, "text")}
		if flags.Draw(t, "side") {
			l.Debit = amounts.Draw(t, "amount")
		} else {
			l.Credit = amounts.Draw(t, "amount")
		}
		if flags.Draw(t, "accounting") {
			a := amounts.Draw(t, "amount")
			l.AccountingCredit = &a
		}
		v.Lines = append(v.Lines, l)
	}
	return v
}

func drawRun(t *rapid.T, d *folder.Data, code string) {
	d.Runs = append(d.Runs, folder.Run{
		Run: code, Date: dates.Draw(t, "date"), State: "posted", Selection: `{"all":true,"a":"b, c"}`, Options: "{}", FirstNumber: 7,
		CreatedBy: names.Draw(t, "by"), CreatedAt: instants.Draw(t, "at"), Watermark: "12",
	})
	d.RunLines = append(d.RunLines, folder.RunLine{
		Run: code, Line: 1, Customer: "C", Currency: currencies.Draw(t, "currency"), Decision: "reimburse", Reimbursements: 2,
		Amount: amounts.Draw(t, "amount"), OneTime: true, State: "posted",
	})
	d.Reimbursements = append(d.Reimbursements, folder.Reimbursement{
		Number: code, Run: code, Customer: "C", Currency: currencies.Draw(t, "currency"), Amount: amounts.Draw(t, "amount"), Date: dates.Draw(t, "date"), State: "posted",
	})
}
