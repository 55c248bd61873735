package bai2_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/bai2"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

func readStatements(data []byte) string {
	f, err := bai2.Statements(data)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return f.Text()
}

func TestStatementSamples(t *testing.T) {
	files, err := filepath.Glob("testdata/statements/*.bai2")
	if err != nil || len(files) < 25 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".bai2"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := readStatements(data)
			if strings.Contains(file, "damaged") != strings.HasPrefix(got, "error: ") {
				t.Errorf("got %s", got)
			}
			golden := strings.TrimSuffix(file, ".bai2") + ".golden"
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

// file counts and adds up the records of a file as it is written.
type file struct {
	text    strings.Builder
	records int64
}

func (f *file) add(format string, args ...any) {
	fmt.Fprintf(&f.text, format+"\n", args...)
	f.records++
}

func write(statements []statement.Statement) string {
	f := &file{}
	f.add("01,BANK,US,261201,0630,1,,,2/")
	var total int64
	for i := range statements {
		s := &statements[i]
		first := f.records
		f.add("02,US,%s,1,%s,,%s,2/", s.Account.Bank, strings.ReplaceAll(s.From.String(), "-", "")[2:], s.Currency)
		second := f.records
		f.add("03,%s,,010,%d,,/", s.Account.Number, s.Opening.Amount)
		f.add("88,015,%d,,/", s.Closing.Amount)
		sum := int64(s.Opening.Amount + s.Closing.Amount)
		detail := func(x *statement.Transaction) {
			f.add("16,%s,%d,Z,%s,%s,%s", x.Code.Type, x.Amount.Abs(), x.Bank, x.Customer+x.Check, strings.Join(x.Texts, "\n88,"))
			f.records += int64(max(len(x.Texts)-1, 0))
			sum += int64(x.Amount.Abs())
		}
		for j := range s.Lines {
			detail(&s.Lines[j].Transaction)
			for k := range s.Lines[j].Details {
				detail(&s.Lines[j].Details[k])
			}
		}
		f.add("49,%d,%d/", sum, f.records-second+1)
		f.add("98,%d,1,%d/", sum, f.records-first+1)
		total += sum
	}
	f.add("99,%d,%d,%d/", total, len(statements), f.records+1)
	return f.text.String()
}

// random draws statements that add up; deposits have items, or none.
func random(t *rapid.T) []statement.Statement {
	texts := rapid.StringMatching(`[A-Za-z0-9]([A-Za-z0-9 .:#*-]{0,50}[A-Za-z0-9])?`).Filter(func(s string) bool { return !strings.Contains(s, "  ") })
	types := map[string]string{"142": statement.ACH, "195": statement.Transfer, "399": statement.Other, "475": statement.Check, "495": statement.Transfer, "698": statement.Fee, "115": statement.Deposit}
	var all []statement.Statement
	for n := range rapid.IntRange(1, 3).Draw(t, "statements") {
		on := civil.MustParse("2026-01-01").AddDays(rapid.IntRange(0, 700).Draw(t, "day"))
		s := statement.Statement{Nature: statement.Final, Account: statement.Account{Bank: "061000104", Number: fmt.Sprint(1000 + n)}, Currency: rapid.SampledFrom([]string{"USD", "JPY", "EUR"}).Draw(t, "currency"), From: on, To: on}
		s.Opening = statement.Balance{Amount: money.Amount(rapid.Int64Range(-1e12, 1e12).Draw(t, "opening")), From: statement.Told}
		s.Closing = statement.Balance{Amount: s.Opening.Amount, Date: on, From: statement.Told}
		for range rapid.IntRange(0, 8).Draw(t, "lines") {
			l := statement.Line{Booked: on}
			l.Code.Type = rapid.SampledFrom([]string{"142", "195", "399", "475", "495", "698", "115"}).Draw(t, "type")
			l.Kind, l.Currency = types[l.Code.Type], s.Currency
			l.Amount = money.Amount(rapid.Int64Range(1, 1e11).Draw(t, "amount"))
			l.Bank = rapid.StringMatching(`[A-Z0-9]{0,12}`).Draw(t, "bank")
			l.Texts = rapid.SliceOfN(texts, 0, 4).Draw(t, "texts")
			switch l.Code.Type {
			case "475":
				l.Check = rapid.StringMatching(`[1-9][0-9]{1,8}`).Draw(t, "check")
				l.Amount = -l.Amount
			case "495", "698":
				l.Amount = -l.Amount
			case "115":
				l.Amount = 0
				for range rapid.IntRange(1, 3).Draw(t, "items") {
					x := statement.Transaction{Amount: money.Amount(rapid.Int64Range(1, 1e9).Draw(t, "item")), Currency: s.Currency, Kind: statement.Deposit, Code: statement.Code{Type: "116"}}
					x.Customer = rapid.StringMatching(`[A-Z]{1,9}`).Draw(t, "reference")
					l.Details = append(l.Details, x)
					l.Amount += x.Amount
				}
			default:
				l.Customer = rapid.StringMatching(`[A-Z]{0,9}`).Draw(t, "customer")
			}
			s.Lines = append(s.Lines, l)
			s.Closing.Amount += l.Amount
		}
		all = append(all, s)
	}
	return all
}

func TestReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := random(t)
		text := write(want)
		got, err := bai2.Statements([]byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for i := range got.Statements {
			s := &got.Statements[i]
			s.Place = ""
			for j := range s.Lines {
				s.Lines[j].Place = ""
				for k := range s.Lines[j].Details {
					s.Lines[j].Details[k].Place = ""
				}
			}
		}
		file := statement.File{Format: statement.BAI2, ID: "BANK-261201-1", Statements: want}
		if got.Text() != file.Text() {
			t.Fatalf("got %s\nwant %s\n%s", got.Text(), file.Text(), text)
		}
	})
}

// As many lines as a large company has in a month are read in seconds.
func TestManyLines(t *testing.T) {
	s := statement.Statement{Account: statement.Account{Bank: "1", Number: "2"}, Currency: "USD", From: civil.MustParse("2026-11-30")}
	for i := range 100_000 {
		l := statement.Line{Transaction: statement.Transaction{Amount: money.Amount(-i), Code: statement.Code{Type: "475"}, Check: fmt.Sprint(100_000 + i), Texts: []string{"CHECK", "PAID"}}}
		s.Lines = append(s.Lines, l)
		s.Closing.Amount += l.Amount
	}
	text := write([]statement.Statement{s})
	start := time.Now()
	f, err := bai2.Statements([]byte(text))
	if err != nil || len(f.Statements[0].Lines) != 100_000 {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
	t.Logf("%d bytes in %s", len(text), time.Since(start))
}

func FuzzStatements(f *testing.F) {
	for _, pattern := range []string{"testdata/*.bai2", "testdata/statements/*.bai2", "testdata/crashers/*"} {
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
		file, err := bai2.Statements(data)
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
	})
}
