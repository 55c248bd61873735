package mt940_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/mt940"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

func read(data []byte) string {
	f, err := mt940.Parse(data)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return f.Text()
}

func TestSamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.sta")
	if err != nil || len(files) < 30 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sta"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := read(data)
			if strings.Contains(file, "damaged") != strings.HasPrefix(got, "error: ") {
				t.Errorf("got %s", got)
			}
			golden := strings.TrimSuffix(file, ".sta") + ".golden"
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

func TestHostileFilesAreRefusedSoon(t *testing.T) {
	head := ":20:A\n:25:1/2\n:28C:1\n:60F:C261119EUR1,00\n"
	for name, text := range map[string]string{
		"FieldLines": head + ":86:" + strings.Repeat("x\n", 1_000_000),
		"Lines":      head + strings.Repeat(":61:261119C1,NTRFA\n", statement.MaxLines+1) + ":62F:C261119EUR1,00\n",
		"Words":      head + ":61:261119C1,NTRFA\n:86:" + strings.Repeat("/EREF/", 100_000) + "\n",
		"Subfields":  head + ":61:261119C1,NTRFA\n:86:166?20" + strings.Repeat("?20EREF+", 100_000) + "\n",
		"Bytes":      strings.Repeat(" ", statement.MaxBytes+1),
		"Blank":      "\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := mt940.Parse([]byte(text))
			if c := fault.CodeOf(err); c != fault.Invalid && c != fault.Limited {
				t.Errorf("%v", err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

var eur = money.MustCurrency("EUR")

func comma(a money.Amount) string { return strings.Replace(eur.Format(a.Abs()), ".", ",", 1) }

func mark(a money.Amount) string {
	if a < 0 {
		return "D"
	}
	return "C"
}

func short(on civil.Date) string { return strings.ReplaceAll(on.String(), "-", "")[2:] }

// write writes a statement, each page with so many lines.
func write(s *statement.Statement, page int, blocks bool) string {
	var b strings.Builder
	at := s.Opening.Amount
	for i, number := 0, 1; ; number++ {
		last := i+page >= len(s.Lines)
		opening, closing := "60M", "62M"
		if i == 0 {
			opening = "60F"
		}
		if last {
			closing = "62F"
		}
		if blocks {
			b.WriteString("{1:F01COBADEFFAXXX0000000000}{2:O940}{4:\r\n")
		}
		fmt.Fprintf(&b, ":20:%s\r\n:25:%s\r\n:28C:%s/%d\r\n:%s:%s%sEUR%s\r\n", s.ID, s.Account.IBAN, s.Number, number, opening, mark(at), short(s.From), comma(at))
		for ; i < len(s.Lines) && i < number*page; i++ {
			b.WriteString(line(&s.Lines[i]))
			at += s.Lines[i].Amount
		}
		fmt.Fprintf(&b, ":%s:%s%sEUR%s\r\n", closing, mark(at), short(s.To), comma(at))
		if blocks {
			b.WriteString("-}\r\n")
		} else {
			b.WriteString("-\r\n")
		}
		if last {
			return b.String()
		}
	}
}

// line writes a line, with its text as subfields (by its Own code), or as code words.
func line(l *statement.Line) string {
	direction := mark(l.Amount)
	if l.Reversal {
		direction = map[string]string{"C": "RD", "D": "RC"}[direction]
	}
	text := fmt.Sprintf(":61:%s%s%s%s%s%s//%s\r\n:86:", short(l.Value), short(l.Booked)[2:], direction, comma(l.Amount), l.Code.Type, l.Customer, l.Bank)
	info := "/EREF/" + l.EndToEnd + "/NAME/" + l.Party.Name + "/REMI/" + l.Texts[0]
	if l.Code.Own != "" {
		info = l.Code.Own + "?00" + l.Texts[0]
		purpose := []rune("EREF+" + l.EndToEnd + "SVWZ+" + l.Texts[1])
		for n := 20; len(purpose) > 0; n++ {
			k := min(27, len(purpose))
			info += fmt.Sprintf("?%d%s", n, string(purpose[:k]))
			purpose = purpose[k:]
		}
		info += "?32" + l.Party.Name
	}
	for r := []rune(info); ; {
		k := min(65, len(r))
		text += string(r[:k]) + "\r\n"
		if r = r[k:]; len(r) == 0 {
			return text
		}
	}
}

// random draws a statement that adds up.
func random(t *rapid.T) statement.Statement {
	texts := func(most int) *rapid.Generator[string] {
		return rapid.StringMatching(fmt.Sprintf(`[A-Za-z0-9äöü]([A-Za-z0-9.,]{0,%d}[A-Za-z0-9])?`, most))
	}
	on := civil.MustParse("2026-01-01").AddDays(rapid.IntRange(0, 3000).Draw(t, "day"))
	s := statement.Statement{Nature: statement.Final, Account: statement.Account{IBAN: "DE89370400440532013000"}, Currency: "EUR", ID: rapid.StringMatching(`[A-Z0-9]{1,16}`).Draw(t, "id"), Number: rapid.StringMatching(`[1-9][0-9]{0,4}`).Draw(t, "number"), From: on, To: on.AddDays(1)}
	s.Opening = statement.Balance{Amount: money.Amount(rapid.Int64Range(-1e12, 1e12).Draw(t, "opening")), Date: on, From: statement.Told}
	s.Closing = statement.Balance{Amount: s.Opening.Amount, Date: on.AddDays(1), From: statement.Told}
	for range rapid.IntRange(0, 9).Draw(t, "lines") {
		l := statement.Line{Booked: on.AddDays(rapid.IntRange(0, 1).Draw(t, "booked")), Value: on.AddDays(rapid.IntRange(-40, 40).Draw(t, "value"))}
		l.Amount, l.Currency = money.Amount(rapid.Int64Range(1, 1e11).Draw(t, "amount")), "EUR"
		if rapid.Bool().Draw(t, "debit") {
			l.Amount = -l.Amount
		}
		l.Reversal = rapid.Bool().Draw(t, "reversal")
		l.Code.Type, l.Kind = "NTRF", statement.Transfer
		l.Customer, l.Bank = rapid.StringMatching(`[A-Z]{1,16}`).Draw(t, "customer"), rapid.StringMatching(`[A-Z0-9]{1,16}`).Draw(t, "bank")
		l.EndToEnd, l.Party.Name = texts(20).Draw(t, "end"), texts(24).Draw(t, "name")
		l.Texts = []string{texts(40).Draw(t, "text")}
		if rapid.Bool().Draw(t, "german") {
			l.Code.Own = rapid.SampledFrom([]string{"166", "116"}).Draw(t, "code")
			l.Texts = append(l.Texts, texts(100).Draw(t, "purpose"))
		}
		if l.Reversal {
			l.Kind = statement.Reversal
		}
		s.Lines = append(s.Lines, l)
		s.Closing.Amount += l.Amount
	}
	return s
}

// What is written is read again, on however many pages.
func TestReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := random(t)
		text := write(&want, rapid.IntRange(1, 10).Draw(t, "page"), rapid.Bool().Draw(t, "blocks"))
		got, err := mt940.Parse([]byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for i := range got.Statements {
			got.Statements[i].Place = ""
			for j := range got.Statements[i].Lines {
				got.Statements[i].Lines[j].Place = ""
			}
		}
		file := statement.File{Format: statement.MT940, Statements: []statement.Statement{want}}
		if got.Text() != file.Text() {
			t.Fatalf("got %s\nwant %s\n%s", got.Text(), file.Text(), text)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*.sta", "testdata/crashers/*"} {
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
		file, err := mt940.Parse(data)
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
