package ofx_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/ofx"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

func read(data []byte) string {
	f, err := ofx.Parse(data)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return f.Text()
}

func TestSamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.ofx")
	if err != nil || len(files) < 30 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".ofx"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := read(data)
			if strings.Contains(file, "damaged") != strings.HasPrefix(got, "error: ") {
				t.Errorf("got %s", got)
			}
			golden := strings.TrimSuffix(file, ".ofx") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("got %s\nwant %s %v", got, want, err)
			}
		})
	}
}

// The same statement as SGML, on one line or on many, and as XML.
func TestFormsAgree(t *testing.T) {
	place := regexp.MustCompile(`line [0-9]+|ofx [0-9]+|M(ü|ue)ller|doubt \[\] .*\n`)
	var texts []string
	for _, name := range []string{"sgml", "sgml-one-line", "sgml-crlf-header-on-one-line", "xml", "cdata"} {
		data, err := os.ReadFile("testdata/" + name + ".ofx")
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, place.ReplaceAllString(read(data), ""))
	}
	for _, text := range texts[1:] {
		if text != texts[0] {
			t.Errorf("differs:\n%s\n%s", text, texts[0])
		}
	}
}

func TestHostileFilesAreRefusedSoon(t *testing.T) {
	for name, text := range map[string]string{
		"Deep":     "OFXHEADER:100\n<OFX>" + strings.Repeat("<A>", 1_000_000),
		"Empty":    "OFXHEADER:100\n<OFX>" + strings.Repeat("<MEMO>", 1_000_000),
		"Elements": "<OFX>" + strings.Repeat("<A>1", 3_000_001),
		"Ends":     "<OFX>" + strings.Repeat("</A>", 1_000_000),
		"Entities": "<OFX><A>" + strings.Repeat("&", 1_000_000),
		"Comments": "<OFX>" + strings.Repeat("<!--", 1_000_000),
		"Bytes":    strings.Repeat(" ", statement.MaxBytes+1),
		"Blank":    " \n",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := ofx.Parse([]byte(text))
			if c := fault.CodeOf(err); c != fault.Invalid && c != fault.Limited {
				t.Errorf("%v", err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// What is written is read again, as SGML and as XML, with ends and without.
func TestReadsWhatWasWritten(t *testing.T) {
	texts := rapid.StringMatching(`[A-Za-z0-9&<>äöü]([A-Za-z0-9 &<>;]{0,30}[A-Za-z0-9])?`).Filter(func(s string) bool { return !strings.Contains(s, "  ") })
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	rapid.Check(t, func(t *rapid.T) {
		on := civil.MustParse("2026-01-01").AddDays(rapid.IntRange(0, 700).Draw(t, "day"))
		want := statement.Statement{Nature: statement.Final, Account: statement.Account{Bank: "061000104", Number: "4567890"}, Currency: "USD", From: on, To: on.AddDays(30)}
		want.Opening = statement.Balance{Amount: money.Amount(rapid.Int64Range(-1e12, 1e12).Draw(t, "opening")), Date: on, From: statement.Computed}
		want.Closing = statement.Balance{Amount: want.Opening.Amount, Date: want.To, From: statement.Told}
		end, usd := rapid.Bool().Draw(t, "ends"), money.MustCurrency("USD")
		var b strings.Builder
		put := func(name, text string) {
			b.WriteString("<" + name + ">" + escape.Replace(text))
			if end {
				b.WriteString("</" + name + ">")
			}
			b.WriteString(rapid.SampledFrom([]string{"", "\n", "\r\n"}).Draw(t, "break"))
		}
		short := func(on civil.Date) string { return strings.ReplaceAll(on.String(), "-", "") }
		b.WriteString("<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>")
		put("CURDEF", "USD")
		b.WriteString("<BANKACCTFROM>")
		put("BANKID", want.Account.Bank)
		put("ACCTID", want.Account.Number)
		b.WriteString("</BANKACCTFROM><BANKTRANLIST>")
		put("DTSTART", short(want.From))
		put("DTEND", short(want.To))
		for i := range rapid.IntRange(0, 8).Draw(t, "lines") {
			l := statement.Line{Booked: on.AddDays(rapid.IntRange(0, 30).Draw(t, "booked"))}
			l.Amount, l.Currency, l.Bank = money.Amount(rapid.Int64Range(-1e11, 1e11).Draw(t, "amount")), "USD", fmt.Sprint("F", i)
			l.Code.Type, l.Kind = "XFER", statement.Transfer
			l.Party.Name, l.Texts = texts.Draw(t, "name"), []string{texts.Draw(t, "memo")}
			b.WriteString("<STMTTRN>")
			put("TRNTYPE", l.Code.Type)
			put("DTPOSTED", short(l.Booked))
			put("TRNAMT", usd.Format(l.Amount))
			put("FITID", l.Bank)
			put("NAME", l.Party.Name)
			put("MEMO", l.Texts[0])
			b.WriteString("</STMTTRN>")
			want.Lines = append(want.Lines, l)
			want.Closing.Amount += l.Amount
		}
		b.WriteString("</BANKTRANLIST><LEDGERBAL>")
		put("BALAMT", usd.Format(want.Closing.Amount))
		put("DTASOF", short(want.To))
		b.WriteString("</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>")
		got, err := ofx.Parse([]byte(b.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		s := &got.Statements[0]
		s.Place, s.Doubts = "", nil
		for i := range s.Lines {
			s.Lines[i].Place = ""
		}
		file := statement.File{Format: "ofx 102", Statements: []statement.Statement{want}}
		if got.Text() != file.Text() {
			t.Fatalf("got %s\nwant %s\n%s", got.Text(), file.Text(), b.String())
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*.ofx", "testdata/crashers/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := ofx.Parse(data)
		if err != nil {
			var one *fault.Error
			var many fault.List
			if !errors.As(err, &one) && !errors.As(err, &many) || fault.CodeOf(err) == fault.Internal {
				t.Errorf("%v is no error for people", err)
			}
			return
		}
		if err := file.Check(); err != nil {
			t.Errorf("what was read does not hold: %v", err)
		}
		if file.Text() == "" {
			t.Error("nothing")
		}
	})
}
