package check_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/check"
	"quittance/internal/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	usd  = money.MustCurrency("USD")
	made = time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)
	day  = civil.MustParse("2026-11-22")
)

func form(style check.Style) check.Form {
	return check.Form{
		Style: style,
		Payer: check.Party{Name: "City of Example, Treasurer", Lines: []string{"100 Main Street, Room 210", "Springfield, IL 62701", "(217) 555-0100"}},
		Bank: check.Bank{
			Name: "First Example Bank, N.A.", Lines: []string{"1 Bank Plaza", "New York, NY 10001"},
			Routing: "021000021", Account: "790-319013", Fraction: "1-2/210",
		},
		Currency: usd, SecondOver: 1_000_000, Legend: "VOID AFTER 180 DAYS",
	}
}

// lines gives n lines that are paid, and their sum.
func lines(n int) (all []check.Line, total money.Amount) {
	for i := range n {
		gross := money.Amount(10_000 + 137*i)
		discount := money.Amount(0)
		if i%3 == 1 {
			discount = 250
		}
		all = append(all, check.Line{
			Number: fmt.Sprintf("RB-2026-%05d", 417+i), Date: day.AddDays(-30 + i%28), Text: fmt.Sprintf("Credit memo CM-%d, returned deposit, account 4471-%03d", 88120+i, i),
			Gross: gross, Discount: discount, Amount: gross - discount,
		})
		total += gross - discount
	}
	return all, total
}

func worked() check.Check {
	return check.Check{
		Number: 1042, Date: day, Payee: check.Party{Name: "Müller & Söhne Spółka z o.o.", Lines: []string{"Attn: Accounts Receivable", "2218 West Lake Avenue, Suite 400", "Chicago, IL 60647-2201"}},
		Amount: 16000, Memo: "Reimbursement of credits, account C-1001",
		Lines: []check.Line{
			{Number: "RB-2026-00417", Date: day.AddDays(-3), Text: "Credit memo CM-88120, overpaid invoice 5512", Gross: 10000, Amount: 10000},
			{Number: "RB-2026-00418", Date: day.AddDays(-3), Text: "Returned deposit, agreement D-771", Gross: 6250, Discount: 250, Amount: 6000},
		},
	}
}

// samples are the batches whose pages are golden, and were looked at.
func samples() map[string]func() ([]byte, error) {
	with := func(f check.Form, change func(*check.Check), more ...check.Check) func() ([]byte, error) {
		return func() ([]byte, error) {
			c := worked()
			if change != nil {
				change(&c)
			}
			return check.Print(f, made, append([]check.Check{c}, more...))
		}
	}
	long := worked()
	long.Number, long.Payee = 1043, check.Party{Name: "Wojewódzkie Przedsiębiorstwo Robót Inżynieryjnych Ελλάς Холдинг", Lines: []string{"Line one of the address", "Line two of the address", "Line three of the address", "Line four of the address", "Anchorage, AK 99501"}}
	long.Lines, long.Amount = lines(90)
	long.Memo = ""
	own := form(check.Bottom)
	own.Bank.OnUs = " 790D319013O 04"
	own.OffsetX, own.OffsetY = 120, -80
	own.SerialDigits = 10
	dinar := form(check.Top)
	dinar.Currency, dinar.SecondOver = money.MustCurrency("KWD"), 0
	return map[string]func() ([]byte, error){
		"dinar":  with(dinar, func(c *check.Check) { c.Lines, c.Amount = nil, 1_234_005 }),
		"top":    with(form(check.Top), nil, long),
		"middle": with(form(check.Middle), func(c *check.Check) { c.Reprint = 2 }),
		"bottom": with(own, func(c *check.Check) {
			c.Lines, c.Amount = nil, 123_456_789_012_345
			c.Payee.Lines = c.Payee.Lines[:2]
		}),
		"void": with(form(check.Middle), func(c *check.Check) { c.Void = true; c.Lines, c.Amount = lines(30) }),
	}
}

// text gives the text of a PDF as a person reads it.
func text(t *testing.T, pdf []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "check.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v; the tests of printed pages need it: apt-get install poppler-utils", err)
	}
	return string(out)
}

// TestGolden compares text and bytes of the sample pages. The hash changes with fpdf and with the compressor of the Go release too;
// the text only when what is printed does.
func TestGolden(t *testing.T) {
	for name, make := range samples() {
		t.Run(name, func(t *testing.T) {
			pdf, err := make()
			if err != nil {
				t.Fatal(err)
			}
			again, err := make()
			if err != nil || !bytes.Equal(pdf, again) {
				t.Fatalf("the second print differs from the first (%v)", err)
			}
			sum := sha256.Sum256(pdf)
			got := "sha256 " + hex.EncodeToString(sum[:]) + "\n" + text(t, pdf)
			path := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				if dir := os.Getenv("CHECK_PDF"); dir != "" {
					if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the page differs from %s (-update writes it anew):\n%s", path, got)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*check.Form, *check.Check)
		rule   string
		says   []string
	}{
		"ErrRoutingDigits":      {func(f *check.Form, _ *check.Check) { f.Bank.Routing = "02100002" }, "routing", []string{"02100002"}},
		"ErrRoutingCheckDigit":  {func(f *check.Form, _ *check.Check) { f.Bank.Routing = "021000022" }, "routing", []string{"021000022", "check digit"}},
		"ErrRoutingDistrict":    {func(f *check.Form, _ *check.Check) { f.Bank.Routing = "991000023" }, "routing", nil},
		"ErrFractionDiffers":    {func(f *check.Form, _ *check.Check) { f.Bank.Fraction = "1-3/210" }, "fraction", []string{"-2/210"}},
		"ErrFractionForm":       {func(f *check.Form, _ *check.Check) { f.Bank.Fraction = "210" }, "fraction", nil},
		"ErrAccount":            {func(f *check.Form, _ *check.Check) { f.Bank.Account = "12A" }, "account", nil},
		"ErrAccountTooLong":     {func(f *check.Form, _ *check.Check) { f.Bank.Account = "123456789012345678" }, "account", []string{"at most 17"}},
		"ErrOnUsOtherAccount":   {func(f *check.Form, _ *check.Check) { f.Bank.OnUs = "1234O" }, "on_us", nil},
		"ErrStyle":              {func(f *check.Form, _ *check.Check) { f.Style = "left" }, "style", []string{"left"}},
		"ErrOffset":             {func(f *check.Form, _ *check.Check) { f.OffsetY = -1001 }, "offset", nil},
		"ErrNumber":             {func(_ *check.Form, c *check.Check) { c.Number = 0 }, "number", nil},
		"ErrAmountZero":         {func(_ *check.Form, c *check.Check) { c.Amount, c.Lines = 0, nil }, "amount", nil},
		"ErrLinesTotal":         {func(_ *check.Form, c *check.Check) { c.Amount++ }, "lines_total", []string{"160.00", "160.01"}},
		"ErrLineAmount":         {func(_ *check.Form, c *check.Check) { c.Lines[1].Discount++ }, "line_amount", []string{"line 2"}},
		"ErrPayeeMissing":       {func(_ *check.Form, c *check.Check) { c.Payee.Name = " " }, "missing", nil},
		"ErrPayeeArabic":        {func(_ *check.Form, c *check.Check) { c.Payee.Name = "Smith شركة" }, "unprintable", []string{"'ش'", "U+0634", "check 1042", "Smith"}},
		"ErrPayeeChinese":       {func(_ *check.Form, c *check.Check) { c.Payee.Name = "有限公司" }, "unprintable", []string{"有"}},
		"ErrPayeeHebrew":        {func(_ *check.Form, c *check.Check) { c.Payee.Name = "אברהם" }, "unprintable", nil},
		"ErrPayeeLooseMark":     {func(_ *check.Form, c *check.Check) { c.Payee.Name = "q\u0308" }, "unprintable", nil},
		"ErrPayeeEmoji":         {func(_ *check.Form, c *check.Check) { c.Payee.Name = "A 😀" }, "unprintable", nil},
		"ErrPayeeTooLong":       {func(_ *check.Form, c *check.Check) { c.Payee.Name = strings.Repeat("Wide Name ", 14) }, "payee_too_long", []string{"Wide"}},
		"ErrAddressTooLong":     {func(_ *check.Form, c *check.Check) { c.Payee.Lines[0] = strings.Repeat("Street ", 20) }, "payee_too_long", nil},
		"ErrAddressTooManyRows": {func(_ *check.Form, c *check.Check) { c.Payee.Lines = strings.Fields("a b c d e f") }, "too_many_lines", nil},
		"ErrMemoTooLong":        {func(_ *check.Form, c *check.Check) { c.Memo = strings.Repeat("memo ", 40) }, "memo_too_long", nil},
	} {
		t.Run(name, func(t *testing.T) {
			f, one := form(check.Top), worked()
			c.change(&f, &one)
			_, err := check.Print(f, made, []check.Check{one})
			if fault.RuleOf(err) != c.rule {
				t.Fatalf("refused by %q (%v), want %q", fault.RuleOf(err), err, c.rule)
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
		})
	}
	t.Run("ErrNumberTwice", func(t *testing.T) {
		if _, err := check.Print(form(check.Top), made, []check.Check{worked(), worked()}); fault.RuleOf(err) != "number_twice" {
			t.Error(err)
		}
	})
	t.Run("ErrSeveralAtOnce", func(t *testing.T) {
		a, b := worked(), worked()
		a.Amount, b.Payee.Name, b.Number = 1, "株", 7
		_, err := check.Print(form(check.Top), made, []check.Check{a, b})
		var all fault.List
		if !errors.As(err, &all) || len(all) != 2 || !strings.Contains(all[0].Place, "1042") || !strings.Contains(all[1].Place, "check 7") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ErrNone", func(t *testing.T) {
		if _, err := check.Print(form(check.Top), made, nil); fault.RuleOf(err) != "nothing_to_print" {
			t.Error(err)
		}
	})
}

func BenchmarkPrint(b *testing.B) {
	checks := make([]check.Check, 1000)
	for i := range checks {
		checks[i] = worked()
		checks[i].Number += int64(i)
	}
	for b.Loop() {
		pdf, err := check.Print(form(check.Top), made, checks)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(pdf))/1000, "bytes/check")
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/check")
	}
}
