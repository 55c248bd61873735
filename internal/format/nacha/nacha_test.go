package nacha_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moov-io/ach"
	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/nacha"
	"quittance/internal/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

func profile() nacha.Profile {
	return nacha.Profile{
		Destination: "091000019", DestinationName: "FIRST BANK", Origin: "1234567890", OriginName: "EXAMPLE COUNTY",
		Company: "EXAMPLE COUNTY", CompanyID: "1234567890", Bank: "091000019", Description: "REFUND",
	}
}

func file(payments ...nacha.Payment) nacha.File {
	return nacha.File{
		Created: time.Date(2026, 11, 20, 14, 5, 0, 0, time.UTC), Modifier: "A", Effective: civil.MustParse("2026-11-23"), FirstTrace: 101, Payments: payments,
	}
}

var (
	person   = nacha.Payment{ID: "PAY-000001", Name: "Zoë Müller-Lüdenscheidt", Routing: "021000021", Account: "12 3456-78", Amount: 12345, Text: `RMR*IV*RB-17**123.45\`}
	business = nacha.Payment{ID: "PAY-000002", Name: "Łódź & Sons, Incorporated (Delaware)", Business: true, Routing: "011401533", Account: "000123456789", Savings: true, Amount: 9_999_999_999}
	second   = nacha.Payment{ID: "PAY-000003", Name: "O'Brien", Routing: "121042882", Account: "98-7", Savings: true, Amount: 1}
	prenote  = nacha.Payment{ID: "PAY-000004", Name: "OFFSET", Routing: "121042882", Account: "555", Prenote: true}
)

// reread reads a file by the library, strictly but for an origin that is no routing number.
func reread(t testing.TB, data []byte) ach.File {
	t.Helper()
	r := ach.NewReader(bytes.NewReader(data))
	r.SetValidation(&ach.ValidateOpts{BypassOriginValidation: true})
	f, err := r.Read()
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if err := f.Validate(); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return f
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s %v", got, want, err)
	}
}

func TestWrittenFiles(t *testing.T) {
	offset := &nacha.Offset{Routing: "091000019", Account: "777-1"}
	for _, c := range []struct {
		name   string
		change func(*nacha.Profile, *nacha.File)
	}{
		{"credits", func(*nacha.Profile, *nacha.File) {}},
		{"balanced", func(p *nacha.Profile, f *nacha.File) { p.Offset = offset; f.Payments[2].Business = true }},
		{"same-day", func(p *nacha.Profile, f *nacha.File) {
			p.SameDayTime, p.Origin, p.CRLF = "1300", "091000019", true
			f.SameDay, f.Effective, f.Payments = true, civil.MustParse("2026-11-20"), f.Payments[:1]
		}},
		{"addenda", func(p *nacha.Profile, f *nacha.File) {
			p.Addenda, p.Reference, p.CompanyData = true, "REF00001", "AP"
			f.Payments = append(f.Payments, prenote)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, f := profile(), file(person, business, second)
			c.change(&p, &f)
			w, err := nacha.Write(p, f)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, c.name+".ach", w.Data)
			log := *w
			log.Data = nil
			golden(t, c.name+".golden", fmt.Appendf(nil, "%+v\n", log))
			same(t, p, f, w)
		})
	}
}

// same reads a file by the library and compares it with what was to be written.
func same(t testing.TB, p nacha.Profile, f nacha.File, w *nacha.Written) {
	t.Helper()
	lib := reread(t, w.Data)
	lines := bytes.Split(bytes.TrimRight(bytes.ReplaceAll(w.Data, []byte("\r"), nil), "\n"), []byte("\n"))
	if len(lines)%10 != 0 {
		t.Errorf("%d lines are no whole blocks", len(lines))
	}
	for i, l := range lines {
		if len(l) != 94 {
			t.Fatalf("line %d has %d characters", i+1, len(l))
		}
	}
	if lib.Header.ImmediateOrigin != p.Origin || lib.Header.ImmediateDestination != p.Destination || lib.Header.FileIDModifier != f.Modifier {
		t.Errorf("header %+v", lib.Header)
	}
	found := map[string]*ach.EntryDetail{}
	services := map[string]string{}
	var debit, credit, hash int
	for _, b := range lib.Batches {
		for _, e := range b.GetEntries() {
			if found[e.TraceNumber] != nil {
				t.Fatalf("trace number %s comes twice", e.TraceNumber)
			}
			found[e.TraceNumber] = e
			services[e.TraceNumber] = b.GetHeader().StandardEntryClassCode
			var n int
			if _, err := fmt.Sscanf(e.RDFIIdentification, "%d", &n); err != nil {
				t.Fatal(err)
			}
			hash = (hash + n) % 10_000_000_000
			if e.TransactionCode%10 >= 5 {
				debit += e.Amount
			} else {
				credit += e.Amount
			}
		}
	}
	var sum money.Amount
	for i, want := range f.Payments {
		sum += want.Amount
		e := found[w.Traces[i]]
		if e == nil {
			t.Fatalf("payment %d is not in the file", i)
		}
		service := map[bool]string{false: "PPD", true: "CCD"}[want.Business]
		code := map[[2]bool]int{{}: 22, {true}: 32, {false, true}: 23, {true, true}: 33}[[2]bool{want.Savings, want.Prenote}]
		if money.Amount(e.Amount) != want.Amount || e.RDFIIdentification+e.CheckDigit != want.Routing || e.DFIAccountNumber != strings.ReplaceAll(want.Account, " ", "") ||
			strings.TrimSpace(e.IdentificationNumber) != want.ID || e.TransactionCode != code || services[w.Traces[i]] != service || len(e.Addenda05) > 0 != (p.Addenda && want.Text != "") {
			t.Errorf("%+v is written as %+v in %s", want, e, services[w.Traces[i]])
		}
	}
	if p.Offset != nil != (debit == credit && debit > 0) {
		t.Errorf("debits %d, credits %d", debit, credit)
	}
	if w.Credit != sum || int(w.Credit) != credit || int(w.Debit) != debit || int(w.Hash) != hash || w.Entries != len(found) || len(w.Batches) != len(lib.Batches) ||
		int(w.Credit) != lib.Control.TotalCreditEntryDollarAmountInFile || int(w.Hash) != lib.Control.EntryHash || w.Entries+w.Addenda != lib.Control.EntryAddendaCount {
		t.Errorf("%+v, but the payments come to %d and the file to %+v", w, sum, lib.Control)
	}
}

// numbers draws routing numbers that are well formed.
func routingNumber(t *rapid.T) string {
	eight := fmt.Sprintf("%08d", rapid.IntRange(1, 12_999_999).Draw(t, "routing"))
	return fmt.Sprintf("%s%d", eight, ach.CalculateCheckDigit(eight))
}

func drawFile(t *rapid.T) (nacha.Profile, nacha.File) {
	p, f := profile(), file()
	p.Addenda = rapid.Bool().Draw(t, "addenda")
	f.FirstTrace = rapid.IntRange(1, 9_000_000).Draw(t, "first trace")
	for range rapid.IntRange(1, 40).Draw(t, "payments") {
		pay := nacha.Payment{
			ID: rapid.StringMatching(`P[0-9]{1,14}`).Draw(t, "id"), Name: rapid.StringMatching(`[A-Za-zÀ-ÖÜà-öü][A-Za-z ÉÖß&'.-]{0,40}`).Draw(t, "name"),
			Business: rapid.Bool().Draw(t, "business"), Routing: routingNumber(t), Account: rapid.StringMatching(`[1-9A-Z][0-9A-Z-]{0,16}`).Draw(t, "account"),
			Savings: rapid.Bool().Draw(t, "savings"), Prenote: rapid.IntRange(0, 9).Draw(t, "prenote") == 0,
		}
		if !pay.Prenote {
			pay.Amount = money.Amount(rapid.Int64Range(1, int64(nacha.MaxAmount)).Draw(t, "amount"))
		}
		if rapid.Bool().Draw(t, "text") {
			pay.Text = rapid.StringMatching(`[!-~][ -~]{0,78}[!-~]`).Draw(t, "text")
		}
		f.Payments = append(f.Payments, pay)
	}
	if rapid.Bool().Draw(t, "balanced") {
		for _, pay := range f.Payments {
			if pay.Amount > 0 {
				p.Offset = &nacha.Offset{Routing: "091000019", Account: "1-2", Savings: rapid.Bool().Draw(t, "offset")}
			}
		}
	}
	return p, f
}

type fatal struct {
	*testing.T
	r *rapid.T
}

func (f fatal) Fatalf(format string, args ...any) { f.r.Fatalf(format, args...) }
func (f fatal) Errorf(format string, args ...any) { f.r.Errorf(format, args...) }
func (f fatal) Fatal(args ...any)                 { f.r.Fatal(args...) }

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p, f := drawFile(r)
		w, err := nacha.Write(p, f)
		if err != nil {
			r.Fatal(err)
		}
		same(fatal{t, r}, p, f, w)
	})
}

func TestRefusedToWrite(t *testing.T) {
	for _, c := range []struct {
		name, field, message string
		change               func(*nacha.Profile, *nacha.File)
	}{
		{"no payments", "payments", "no payment", func(_ *nacha.Profile, f *nacha.File) { f.Payments = nil }},
		{"check digit", "payments[0].routing", "last digit", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Routing = "021000022" }},
		{"routing letters", "payments[0].routing", "nine digits", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Routing = "02100002X" }},
		{"routing zeros", "payments[0].routing", "nine digits", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Routing = "000000000" }},
		{"account blank", "payments[0].account", "blank", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Account = " 000" }},
		{"account long", "payments[0].account", "18 characters", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Account = strings.Repeat("1", 18) }},
		{"account signs", "payments[0].account", "hyphens", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Account = "12é4" }},
		{"name blank", "payments[0].name", "blank", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Name = " " }},
		{"name without spelling", "payments[0].name", "株", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Name = "株式会社" }},
		{"id long", "payments[0].id", "16 characters", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].ID = strings.Repeat("1", 16) }},
		{"id not ASCII", "payments[0].id", "cannot", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].ID = "Ä1" }},
		{"amount zero", "payments[0].amount", "not above 0", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Amount = 0 }},
		{"amount negative", "payments[0].amount", "not above 0", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Amount = -1 }},
		{"amount large", "payments[0].amount", "99999999.99", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Amount = nacha.MaxAmount + 1 }},
		{"prenote with amount", "payments[0].amount", "prenote", func(_ *nacha.Profile, f *nacha.File) { f.Payments[0].Prenote = true }},
		{"text long", "payments[0].text", "81 characters", func(p *nacha.Profile, f *nacha.File) {
			p.Addenda, f.Payments[0].Text = true, strings.Repeat("x", 81)
		}},
		{"same day large", "payments[0].amount", "1000000.00", func(_ *nacha.Profile, f *nacha.File) {
			f.SameDay, f.Effective, f.Payments[0].Amount = true, civil.MustParse("2026-11-20"), 100_000_001
		}},
		{"same day later", "effective", "not the day", func(_ *nacha.Profile, f *nacha.File) { f.SameDay = true }},
		{"on the day though not same-day", "effective", "not after", func(_ *nacha.Profile, f *nacha.File) { f.Effective = civil.MustParse("2026-11-20") }},
		{"far", "effective", "90 days", func(_ *nacha.Profile, f *nacha.File) { f.Effective = civil.MustParse("2027-11-20") }},
		{"modifier", "modifier", "A to Z", func(_ *nacha.Profile, f *nacha.File) { f.Modifier = "a" }},
		{"trace", "first_trace", "9999999", func(_ *nacha.Profile, f *nacha.File) { f.FirstTrace = 10_000_000 }},
		{"traces at their end", "first_trace", "do not suffice", func(_ *nacha.Profile, f *nacha.File) {
			f.FirstTrace, f.Payments = 9_999_999, append(f.Payments, second)
		}},
		{"company long", "company", "17 characters", func(p *nacha.Profile, _ *nacha.File) { p.Company = strings.Repeat("C", 17) }},
		{"company missing", "company", "says nothing", func(p *nacha.Profile, _ *nacha.File) { p.Company = "" }},
		{"description reserved", "description", "another kind", func(p *nacha.Profile, _ *nacha.File) { p.Description = "Reversal" }},
		{"origin", "origin", "ten characters", func(p *nacha.Profile, _ *nacha.File) { p.Origin = "12345" }},
		{"bank", "bank", "last digit", func(p *nacha.Profile, _ *nacha.File) { p.Bank = "091000018" }},
		{"offset", "offset.account", "blank", func(p *nacha.Profile, _ *nacha.File) { p.Offset = &nacha.Offset{Routing: "091000019"} }},
		{"time", "same_day_time", "HHMM", func(p *nacha.Profile, _ *nacha.File) { p.SameDayTime = "2460" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, f := profile(), file(person)
			c.change(&p, &f)
			_, err := nacha.Write(p, f)
			var all fault.List
			all.Add(err)
			if len(all) != 1 || all[0].Field != c.field || !strings.Contains(all[0].Message, c.message) || all[0].Rule == "" || all[0].Code == fault.Internal {
				t.Errorf("%v (%+v)", err, all)
			}
		})
	}
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	bad := person
	bad.Routing, bad.Name = "1", ""
	_, err := nacha.Write(profile(), file(person, bad, bad))
	var all fault.List
	if all.Add(err); len(all) != 4 || all[2].Field != "payments[2].routing" {
		t.Errorf("%v", err)
	}
}

// The sum of a batch can be too large for the amount of one entry; the offset is then of several.
func TestOffsetOfALargeBatch(t *testing.T) {
	p, f := profile(), file(business, business, business)
	p.Offset = &nacha.Offset{Routing: "091000019", Account: "1", Savings: true}
	w, err := nacha.Write(p, f)
	if err != nil {
		t.Fatal(err)
	}
	if w.Entries != 6 || w.Debit != w.Credit || w.NextTrace != 107 {
		t.Errorf("%+v", w)
	}
	same(t, p, f, w)
}

// A file holds twelve digits.
func TestTotalTooLarge(t *testing.T) {
	var all []nacha.Payment
	for range 101 {
		all = append(all, business)
	}
	if _, err := nacha.Write(profile(), file(all...)); fault.RuleOf(err) != "ach_total" {
		t.Error(err)
	}
}

func BenchmarkWriteHundredThousand(b *testing.B) {
	f := file()
	for i := range 100_000 {
		p := person
		p.ID, p.Business = fmt.Sprintf("PAY-%06d", i), i%3 == 0
		f.Payments = append(f.Payments, p)
	}
	p := profile()
	p.Addenda, p.Offset = true, &nacha.Offset{Routing: "091000019", Account: "1"}
	var w *nacha.Written
	for b.Loop() {
		var err error
		if w, err = nacha.Write(p, f); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(w.Data)))
	}
}

// A file of the size of ours is read as it is, entry by entry.
func TestManyPayments(t *testing.T) {
	f := file()
	for i := range 10_000 {
		p := person
		p.ID, p.Business = fmt.Sprintf("PAY-%06d", i), i%3 == 0
		f.Payments = append(f.Payments, p)
	}
	w, err := nacha.Write(profile(), f)
	if err != nil {
		t.Fatal(err)
	}
	a, err := nacha.Read(w.Data)
	if err != nil || len(a.Skipped) != w.Entries {
		t.Fatal(err)
	}
}
