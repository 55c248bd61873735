package pain_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jacoelho/banking/iban"
	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/latin"
	"quittance/internal/format/pain"
	"quittance/internal/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

// schemas gives the folder of the schemas: that of QUITTANCE_XSD, or shared/xsd beside the module or a folder above it. Without them
// the test is skipped, and says so.
func schemas(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("SKIPPED: NO xmllint (Debian libxml2-utils); nothing was validated")
	}
	if dir := os.Getenv("QUITTANCE_XSD"); dir != "" {
		return dir
	}
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		found := filepath.Join(dir, "shared", "xsd")
		if _, err := os.Stat(filepath.Join(found, pain.V09+".xsd")); err == nil {
			return found
		}
	}
	t.Skip("SKIPPED: NO SCHEMAS FOUND (pain.001.001.03.xsd, pain.001.001.09.xsd). Set QUITTANCE_XSD to the folder of the ISO 20022 schemas; nothing was validated")
	return ""
}

// validate holds files of a version to its schema.
func validate(t *testing.T, version string, files ...string) {
	t.Helper()
	args := append([]string{"--noout", "--nonet", "--schema", filepath.Join(schemas(t), version+".xsd")}, files...)
	if out, err := exec.Command("xmllint", args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

var (
	ours   = pain.Account{IBAN: "DE89 3704 0044 0532 0130 00", Currency: "EUR", Bank: pain.Bank{BIC: "COBADEFFXXX"}}
	usOurs = pain.Account{Number: "000123456789", Type: "checking", Currency: "USD", Bank: pain.Bank{Clearing: "USABA", Member: "021000021", Name: "First Bank", Country: "US"}}
	today  = civil.MustParse("2026-11-23")
)

func sepa(version string) pain.Profile {
	return pain.Profile{
		Version: version, Initiator: "Stadtwerke Beispiel GmbH & Co. KG", InitiatorID: "KUNDE-4711", IDScheme: "CUST", Service: pain.SEPA, Batch: "true",
		Debtor: pain.Party{Name: "Stadtwerke Beispiel GmbH & Co. KG", Address: pain.Address{Street: "Werkstraße", Building: "1", Postcode: "50667", Town: "Köln", Country: "DE"}},
	}
}

func wire(version string) pain.Profile {
	return pain.Profile{
		Version: version, Initiator: "Example County", Service: "URGP", Charges: "SHAR", Batch: "false", AccountScheme: "BBAN",
		Debtor: pain.Party{Name: "Example County", Address: pain.Address{Street: "Main Street", Building: "100", Postcode: "12207", Town: "Albany", Region: "NY", Country: "US"}},
	}
}

func sepaFile() pain.File {
	return pain.File{ID: "MSG-20261120-1", Created: time.Date(2026, 11, 20, 14, 5, 6, 0, time.UTC), Payments: []pain.Payment{
		{
			ID: "PAY-000001", Date: today, From: ours, To: pain.Party{Name: "Zoë Müller-Lüdenscheidt", Address: pain.Address{Street: "Ölgasse", Building: "7a", Postcode: "10115", Town: "Berlin", Country: "DE"}},
			Account: pain.Account{IBAN: "DE75512108001245126199"}, Currency: "EUR", Amount: 12345, Text: "Erstattung Nr. 17 – Guthaben „Strom“ [2026]", Purpose: "REFU",
		},
		{
			ID: "PAY-000002", Date: today, From: ours, To: pain.Party{Name: "Łódzkie Zakłady"}, Account: pain.Account{IBAN: "PL61109010140000071219812874", Bank: pain.Bank{BIC: "WBKPPLPP"}},
			Currency: "EUR", Amount: 1, Reference: "RF18539007547034",
		},
		{
			ID: "PAY-000003", Instruction: "I-3", Date: today.AddDays(1), From: ours, To: pain.Party{Name: "Müller"}, Account: pain.Account{IBAN: "FR14 2004 1010 0505 0001 3M02 606"},
			Currency: "EUR", Amount: 99_999_999_999, Batch: "false",
		},
	}}
}

func wireFile() pain.File {
	return pain.File{ID: "MSG-20261120-2", Created: time.Date(2026, 11, 20, 14, 5, 6, 0, time.UTC), Payments: []pain.Payment{
		{
			ID: "PAY-000011", Date: today, From: usOurs, To: pain.Party{Name: "O'Brien & Sons", Address: pain.Address{Street: "Elm St", Postcode: "94105", Town: "San Francisco", Region: "CA", Country: "US"}},
			Account: pain.Account{Number: "98-7654", Type: "savings", Bank: pain.Bank{Clearing: "USABA", Member: "121042882"}}, Currency: "USD", Amount: 16000, Text: "Credit memo CM-17",
		},
	}}
}

func manyFile() pain.File {
	f := wireFile()
	f.ID = "MSG-20261120-3"
	foreign := func(id, currency string, amount money.Amount, charges string, a pain.Account) pain.Payment {
		return pain.Payment{
			ID: id, Date: today, From: usOurs, Currency: currency, Amount: amount, Charges: charges, Account: a,
			To: pain.Party{Name: "Payee " + id, Address: pain.Address{Town: "Town", Country: "GB"}}, Text: "a", Reference: "INV-1",
		}
	}
	f.Payments = append(
		f.Payments,
		foreign("P-GBP", "GBP", 1050, "DEBT", pain.Account{Number: "31926819", Bank: pain.Bank{Clearing: "GBDSC", Member: "601613"}}),
		foreign("P-JPY", "JPY", 100_000, "", pain.Account{Number: "1234567", Bank: pain.Bank{BIC: "BOTKJPJT"}}),
		foreign("P-KWD", "KWD", 1234, "", pain.Account{IBAN: "KW81CBKU0000000000001234560101"}),
		foreign("P-USD", "USD", 50, "SHAR", pain.Account{Number: "5", Bank: pain.Bank{BIC: "CHASUS33XXX", Country: "US"}}),
	)
	return f
}

func TestWrittenFiles(t *testing.T) {
	for _, c := range []struct {
		name    string
		file    pain.File
		profile func(version string) pain.Profile
	}{
		{"sepa", sepaFile(), sepa},
		{"sepa-hybrid", sepaFile(), func(v string) pain.Profile {
			p := sepa(v)
			p.Address, p.Instrument, p.Category = pain.Hybrid, "INST", "SUPP"
			return p
		}},
		{"us-wire", wireFile(), wire},
		{"currencies", manyFile(), wire},
		{"unicode", sepaFile(), func(v string) pain.Profile { p := sepa(v); p.Unicode, p.Address = true, pain.Omitted; return p }},
	} {
		for _, version := range []string{pain.V03, pain.V09} {
			t.Run(c.name+" "+version, func(t *testing.T) {
				p := c.profile(version)
				w, err := pain.Write(p, c.file)
				if err != nil {
					t.Fatal(err)
				}
				path := "testdata/" + c.name + "." + version + ".xml"
				if *update {
					if err := os.WriteFile(path, w.Data, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil || !bytes.Equal(w.Data, want) {
					t.Errorf("got\n%s\nwant\n%s %v", w.Data, want, err)
				}
				same(t, p, c.file, w)
				validate(t, version, path)
			})
		}
	}
}

// message is a file as it is read back, without the structs that wrote it.
type message struct {
	XMLName xml.Name
	Count   int    `xml:"CstmrCdtTrfInitn>GrpHdr>NbOfTxs"`
	Sum     string `xml:"CstmrCdtTrfInitn>GrpHdr>CtrlSum"`
	ID      string `xml:"CstmrCdtTrfInitn>GrpHdr>MsgId"`
	Blocks  []struct {
		ID      string `xml:"PmtInfId"`
		Count   int    `xml:"NbOfTxs"`
		Sum     string `xml:"CtrlSum"`
		Batch   string `xml:"BtchBookg"`
		Service string `xml:"PmtTpInf>SvcLvl>Cd"`
		Charges string `xml:"ChrgBr"`
		Date    struct {
			Old string `xml:",chardata"`
			New string `xml:"Dt"`
		} `xml:"ReqdExctnDt"`
		IBAN   string `xml:"DbtrAcct>Id>IBAN"`
		Number string `xml:"DbtrAcct>Id>Othr>Id"`
		All    []struct {
			ID     string `xml:"PmtId>EndToEndId"`
			Amount struct {
				Currency string `xml:"Ccy,attr"`
				Value    string `xml:",chardata"`
			} `xml:"Amt>InstdAmt"`
			Name      string `xml:"Cdtr>Nm"`
			IBAN      string `xml:"CdtrAcct>Id>IBAN"`
			Number    string `xml:"CdtrAcct>Id>Othr>Id"`
			BIC       string `xml:"CdtrAgt>FinInstnId>BIC"`
			BICFI     string `xml:"CdtrAgt>FinInstnId>BICFI"`
			Member    string `xml:"CdtrAgt>FinInstnId>ClrSysMmbId>MmbId"`
			Text      string `xml:"RmtInf>Ustrd"`
			Reference string `xml:"RmtInf>Strd>CdtrRefInf>Ref"`
		} `xml:"CdtTrfTxInf"`
	} `xml:"CstmrCdtTrfInitn>PmtInf"`
}

type failer interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func clean(s string) string { return strings.ToUpper(strings.ReplaceAll(s, " ", "")) }

// same reads a file and compares it with what was to be written.
func same(t failer, p pain.Profile, f pain.File, w *pain.Written) {
	var m message
	if err := xml.Unmarshal(w.Data, &m); err != nil {
		t.Fatalf("%v", err)
	}
	if m.XMLName.Space != "urn:iso:std:iso:20022:tech:xsd:"+p.Version || m.ID != f.ID || m.Count != len(f.Payments) || m.Count != w.Count || m.Sum != w.Sum || len(m.Blocks) != len(w.Blocks) {
		t.Fatalf("%+v", m)
	}
	fold := func(s string) string {
		if p.Unicode {
			return s
		}
		s, _ = latin.Fold(s, latin.SEPA)
		return s
	}
	var whole, all big.Rat
	taken := make([]int, len(m.Blocks))
	for i := range f.Payments {
		pay := &f.Payments[i]
		b := m.Blocks[w.BlockOf[i]]
		x := b.All[taken[w.BlockOf[i]]]
		taken[w.BlockOf[i]]++
		amount := money.MustCurrency(pay.Currency).Format(pay.Amount)
		service := pay.Service
		if service == "" {
			service = p.Service
		}
		if x.ID != pay.ID || x.Amount.Currency != pay.Currency || x.Amount.Value != amount || x.Name != fold(pay.To.Name) || x.IBAN != clean(pay.Account.IBAN) || x.Number != pay.Account.Number ||
			x.Text != fold(pay.Text) || x.Reference != pay.Reference || x.BIC+x.BICFI != pay.Account.Bank.BIC || x.Member != pay.Account.Bank.Member {
			t.Errorf("%+v is written as %+v", pay, x)
		}
		if b.IBAN != clean(pay.From.IBAN) || b.Number != pay.From.Number || strings.TrimSpace(b.Date.Old)+b.Date.New != pay.Date.String() || b.Service != service || b.ID != w.Blocks[w.BlockOf[i]].ID {
			t.Errorf("%+v is written in %+v", pay, b)
		}
		if v, ok := new(big.Rat).SetString(amount); ok {
			all.Add(&all, v)
		}
	}
	for i, b := range m.Blocks {
		var sum big.Rat
		for _, x := range b.All {
			v, ok := new(big.Rat).SetString(x.Amount.Value)
			if !ok || x.Amount.Currency != w.Blocks[i].Currency {
				t.Fatalf("%+v", x)
			}
			sum.Add(&sum, v)
		}
		said, ok := new(big.Rat).SetString(b.Sum)
		if !ok || said.Cmp(&sum) != 0 || b.Count != len(b.All) || b.Count != taken[i] || b.Count != w.Blocks[i].Count {
			t.Errorf("block %d says %d and %s, but has %d and %s", i, b.Count, b.Sum, len(b.All), sum.FloatString(5))
		}
		whole.Add(&whole, &sum)
	}
	if said, ok := new(big.Rat).SetString(m.Sum); !ok || said.Cmp(&all) != 0 || whole.Cmp(&all) != 0 {
		t.Errorf("the file says %s, but has %s", m.Sum, all.FloatString(5))
	}
	for _, total := range w.Totals {
		n, sum := 0, money.Amount(0)
		for i := range f.Payments {
			if f.Payments[i].Currency == total.Currency {
				n, sum = n+1, sum+f.Payments[i].Amount
			}
		}
		if n != total.Count || sum != total.Amount {
			t.Errorf("%+v, but there are %d of %d", total, n, sum)
		}
	}
}

func drawFile(t *rapid.T, version string) (pain.Profile, pain.File) {
	p := wire(version)
	p.Address = rapid.SampledFrom([]string{"", pain.Hybrid, pain.Structured, pain.Omitted}).Draw(t, "address")
	p.Unicode = rapid.Bool().Draw(t, "unicode")
	f := pain.File{ID: rapid.StringMatching(`[A-Z0-9][A-Za-z0-9-]{0,29}`).Draw(t, "message"), Created: time.Date(2026, 11, 20, 1, 2, 3, 0, time.UTC)}
	name := `[A-Za-zÀ-ÖØ-öø-ÿŁĞΘΨЖЩ][A-Za-zÀ-ÖØ-öø-ÿ&<>"'.-]{0,17}`
	for i := range rapid.IntRange(1, 30).Draw(t, "payments") {
		pay := pain.Payment{
			ID: fmt.Sprintf("P%d", i), Date: today.AddDays(rapid.IntRange(0, 2).Draw(t, "days")), From: rapid.SampledFrom([]pain.Account{ours, usOurs}).Draw(t, "from"),
			To:       pain.Party{Name: rapid.StringMatching(name).Draw(t, "name")},
			Currency: rapid.SampledFrom([]string{"USD", "JPY", "KWD", "GBP"}).Draw(t, "currency"),
			Amount:   money.Amount(rapid.Int64Range(1, 1_000_000_000_000).Draw(t, "amount")),
			Charges:  rapid.SampledFrom([]string{"", "SHAR", "DEBT"}).Draw(t, "charges"), Batch: rapid.SampledFrom([]string{"", "true"}).Draw(t, "batch"),
			Text: rapid.StringMatching(`([A-Za-z0-9<&>ü][ -~]{0,60}[A-Za-z0-9ü&])?`).Draw(t, "text"), Reference: rapid.SampledFrom([]string{"", "RF18539007547034", "X-1"}).Draw(t, "reference"),
		}
		if rapid.Bool().Draw(t, "place") {
			pay.To.Address = pain.Address{Street: rapid.StringMatching(`([A-Za-zß ]{0,30}[a-z])?`).Draw(t, "street"), Town: rapid.StringMatching(`[A-Z][a-zü]{0,30}`).Draw(t, "town"), Country: "US"}
		}
		if rapid.Bool().Draw(t, "number") {
			pay.Account = pain.Account{Number: rapid.StringMatching(`[A-Z0-9-]{1,34}`).Draw(t, "account"), Bank: rapid.SampledFrom([]pain.Bank{{BIC: "CHASUS33XXX"}, {Clearing: "USABA", Member: "121042882"}}).Draw(t, "bank")}
		} else {
			pay.Account.IBAN = "DE75512108001245126199"
		}
		if rapid.IntRange(0, 2).Draw(t, "sepa") == 0 {
			pay.Service, pay.Charges, pay.Currency, pay.From, pay.Account = pain.SEPA, "SLEV", "EUR", ours, pain.Account{IBAN: rapid.SampledFrom([]string{"DE75512108001245126199", "NL91 ABNA 0417 1643 00"}).Draw(t, "iban")}
			pay.Amount = min(pay.Amount, pain.MaxSEPAAmount)
			if pay.Text != "" {
				pay.Reference = ""
			}
		}
		f.Payments = append(f.Payments, pay)
	}
	return p, f
}

// What is written is read back, sums up, and is valid by its schema.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for _, version := range []string{pain.V03, pain.V09} {
		t.Run(version, func(t *testing.T) {
			dir := t.TempDir()
			var files []string
			rapid.Check(t, func(r *rapid.T) {
				p, f := drawFile(r, version)
				w, err := pain.Write(p, f)
				if err != nil {
					r.Fatal(err)
				}
				same(r, p, f, w)
				files = append(files, filepath.Join(dir, fmt.Sprintf("%d.xml", len(files))))
				if err := os.WriteFile(files[len(files)-1], w.Data, 0o600); err != nil {
					r.Fatal(err)
				}
			})
			validate(t, version, files...)
		})
	}
}

func TestRefusedToWrite(t *testing.T) {
	long := strings.Repeat("x", 36)
	for _, c := range []struct {
		name, field, message string
		change               func(*pain.Profile, *pain.File, *pain.Payment)
	}{
		{"version", "version", "pain.001.001.09", func(p *pain.Profile, _ *pain.File, _ *pain.Payment) { p.Version = "pain.001.001.02" }},
		{"initiator", "initiator", "blank", func(p *pain.Profile, _ *pain.File, _ *pain.Payment) { p.Initiator = " " }},
		{"address of lines", "address", "structured or hybrid", func(p *pain.Profile, _ *pain.File, _ *pain.Payment) { p.Address = pain.Lines }},
		{"address unknown", "address", "no way", func(p *pain.Profile, _ *pain.File, _ *pain.Payment) { p.Address = "x" }},
		{"debtor's country", "debtor.address.country", "ISO 3166", func(p *pain.Profile, _ *pain.File, _ *pain.Payment) { p.Debtor.Address.Country = "XX" }},
		{"no payments", "payments", "no payment", func(_ *pain.Profile, f *pain.File, _ *pain.Payment) { f.Payments = nil }},
		{"message id", "id", "31 characters", func(_ *pain.Profile, f *pain.File, _ *pain.Payment) { f.ID = long[:31] }},
		{"end-to-end id long", "payments[0].id", "36 characters", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.ID = long }},
		{"end-to-end id blank", "payments[0].id", "blank", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.ID = "" }},
		{"end-to-end id with slashes", "payments[0].id", "slash", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.ID = "a//b" }},
		{"end-to-end id with signs", "payments[0].id", "may not", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.ID = "ä" }},
		{"end-to-end id twice", "payments[1].id", "payments[0]", func(_ *pain.Profile, f *pain.File, p *pain.Payment) { f.Payments = append(f.Payments, *p) }},
		{"date past", "payments[0].date", "before", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Date = civil.MustParse("2026-11-19") }},
		{"amount zero", "payments[0].amount", "not above 0", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Amount = 0 }},
		{"amount large", "payments[0].amount", "more than SEPA", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Amount = pain.MaxSEPAAmount + 1 }},
		{"currency unknown", "payments[0].currency", "ISO 4217", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Currency = "EUX" }},
		{"currency outside SEPA", "payments[0].currency", "not EUR", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Currency = "USD" }},
		{"IBAN check digits", "payments[0].account.iban", "check digits", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Account.IBAN = "DE76512108001245126199" }},
		{"IBAN outside SEPA", "payments[0].account.iban", "outside SEPA", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) {
			p.Account.IBAN = "KW81CBKU0000000000001234560101"
		}},
		{"IBAN missing", "payments[0].account.iban", "needs an IBAN", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) {
			p.Account = pain.Account{Number: "1", Bank: pain.Bank{BIC: "COBADEFF"}}
		}},
		{"IBAN and number", "payments[0].account.number", "one of them", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Account.Number = "1" }},
		{"BIC", "payments[0].account.bank.bic", "no BIC", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Account.Bank.BIC = "COBAXXFF1" }},
		{"charges in SEPA", "payments[0].charges", "SLEV", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Charges = "SHAR" }},
		{"charges of nobody", "payments[0].charges", "one of", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Service, p.Charges = "URGP", "SHA" }},
		{"service", "payments[0].service", "no code", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Service = "urgent" }},
		{"name long", "payments[0].to.name", "at most 70", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.To.Name = strings.Repeat("n", 71) }},
		{"name without spelling", "payments[0].to.name", "株", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.To.Name = "株式会社" }},
		{"town missing", "payments[0].to.address.town", "blank", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.To.Address.Town = "" }},
		{"text long", "payments[0].text", "141 characters", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Text = strings.Repeat("t", 141) }},
		{"text and reference", "payments[0].text", "not both", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Reference = "X" }},
		{"reference", "payments[0].reference", "check digits", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) { p.Text, p.Reference = "", "RF19539007547034" }},
		{"bank of ours", "payments[0].from.bank.bic", "not known", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) {
			p.Service, p.Charges, p.From.Bank = "URGP", "SHAR", pain.Bank{}
		}},
		{"routing number", "payments[0].account.bank.member", "last digit", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) {
			p.Service, p.Charges, p.Account = "URGP", "SHAR", pain.Account{Number: "1", Bank: pain.Bank{Clearing: "USABA", Member: "121042883"}}
		}},
		{"sort code", "payments[0].account.bank.member", "GBDSC", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) {
			p.Service, p.Charges, p.Account = "URGP", "SHAR", pain.Account{Number: "1", Bank: pain.Bank{Clearing: "GBDSC", Member: "12-34"}}
		}},
		{"member without system", "payments[0].account.bank.member", "go together", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) {
			p.Service, p.Charges, p.Account = "URGP", "SHAR", pain.Account{Number: "1", Bank: pain.Bank{Member: "12"}}
		}},
		{"account number", "payments[0].account.number", "34 characters", func(_ *pain.Profile, _ *pain.File, p *pain.Payment) {
			p.Service, p.Charges, p.Account = "URGP", "SHAR", pain.Account{Number: "1\n2", Bank: pain.Bank{BIC: "COBADEFF"}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, f := sepa(pain.V09), sepaFile()
			f.Payments = f.Payments[:1]
			c.change(&p, &f, &f.Payments[0])
			_, err := pain.Write(p, f)
			var all fault.List
			all.Add(err)
			if len(all) != 1 || all[0].Field != c.field || !strings.Contains(all[0].Message, c.message) || all[0].Rule == "" || all[0].Code == fault.Internal {
				t.Errorf("%v (%d)", err, len(all))
			}
		})
	}
}

// A BIC of 2014 and later may have digits in its first part by the newer schema, but no bank has one; the older schema also has no 0, 1 or O
// in the place of the location.
func TestBICOfTheOlderSchema(t *testing.T) {
	for version, ok := range map[string]bool{pain.V03: false, pain.V09: true} {
		f := wireFile()
		f.Payments[0].Account.Bank = pain.Bank{BIC: "CHASUS0OXXX"}
		if _, err := pain.Write(wire(version), f); (err == nil) != ok {
			t.Errorf("%s: %v", version, err)
		}
	}
}

// A control sum has 18 digits at most.
func TestControlSumTooLarge(t *testing.T) {
	f := wireFile()
	for i := range 300 {
		p := f.Payments[0]
		p.ID, p.Currency, p.Amount = fmt.Sprint("J", i), "JPY", money.MaxAmount
		f.Payments = append(f.Payments, p)
	}
	if _, err := pain.Write(wire(pain.V09), f); fault.RuleOf(err) != "pain_total" {
		t.Error(err)
	}
}

func BenchmarkWriteHundredThousand(b *testing.B) {
	f := sepaFile()
	first := f.Payments[0]
	f.Payments = nil
	for i := range 100_000 {
		p := first
		p.ID = fmt.Sprintf("PAY-%07d", i)
		f.Payments = append(f.Payments, p)
	}
	for b.Loop() {
		w, err := pain.Write(sepa(pain.V09), f)
		if err != nil || w.Count != len(f.Payments) {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(w.Data)))
	}
}

// FuzzWrite looks for payments that are written as something else than what was asked for.
func FuzzWrite(f *testing.F) {
	f.Add("PAY-1", "Zoë <&>", "Grund ]]> \u2028 „x“", "RF18539007547034", "Köln", int64(1), true)
	f.Add("a", "\x00", "\ufffe", "-", "", int64(-1), false)
	f.Fuzz(func(t *testing.T, id, name, text, reference, town string, amount int64, unicode bool) {
		p, file := wire(pain.V09), wireFile()
		p.Unicode = unicode
		pay := &file.Payments[0]
		pay.ID, pay.To.Name, pay.Text, pay.Reference, pay.To.Address.Town, pay.Amount = id, name, text, reference, town, money.Amount(amount)
		w, err := pain.Write(p, file)
		if err != nil {
			if fault.CodeOf(err) == fault.Internal {
				t.Error(err)
			}
			return
		}
		if unicode { // as it is written: composed, without spaces at its ends
			pay.To.Name, pay.Text = composed(pay.To.Name), composed(pay.Text)
		}
		same(t, p, file, w)
	})
}

func composed(s string) string {
	s, _ = latin.Fold(s, func(r rune) bool { return r == ' ' || !strings.ContainsRune("\t\n\r\u00a0\u2009\u202f", r) })
	return s
}

func TestTheExamplesAreRight(t *testing.T) {
	for _, p := range append(sepaFile().Payments, manyFile().Payments...) {
		if n := clean(p.Account.IBAN); n != "" {
			if err := iban.Validate(n); err != nil {
				t.Error(n, err)
			}
		}
	}
}
