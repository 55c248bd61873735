package bankcsv_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/bankcsv"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

func read(data []byte, workbook bool, m bankcsv.Map) string {
	f, err := bankcsv.Read(data, workbook, m)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return f.Text()
}

// sample gives a sample and its map.
func sample(t testing.TB, file string) ([]byte, bankcsv.Map) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(strings.TrimSuffix(file, ".csv") + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var m bankcsv.Map
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return data, m
}

func samples(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(files) < 30 {
		t.Fatal(files, err)
	}
	return files
}

func TestSamples(t *testing.T) {
	for _, file := range samples(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".csv"), func(t *testing.T) {
			data, m := sample(t, file)
			got := read(data, false, m)
			if strings.Contains(file, "damaged") != strings.HasPrefix(got, "error: ") {
				t.Errorf("got %s", got)
			}
			golden := strings.TrimSuffix(file, ".csv") + ".golden"
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

// A workbook tells the same as the CSV file; its dates and amounts are numbers.
func TestWorkbook(t *testing.T) {
	data, m := sample(t, "testdata/us-two-columns.csv")
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	book := excelize.NewFile()
	date, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	line := 0
	for i, r := range rows {
		if line++; i == 4 {
			line++ // the blank one
		}
		for j, text := range r {
			at, _ := excelize.CoordinatesToCellName(j+1, line)
			var value any = text
			var amount float64
			if _, err := fmt.Sscanf(strings.ReplaceAll(text, ",", ""), "%f", &amount); i > 0 && j >= 5 && err == nil {
				value = amount
			}
			if day, err := time.Parse("01/02/2006", text); err == nil {
				value = day
				if err := book.SetCellStyle("Sheet1", at, at, date); err != nil {
					t.Fatal(err)
				}
			}
			if text != "" {
				if err := book.SetCellValue("Sheet1", at, value); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, want := read(b.Bytes(), true, m), read(data, false, m)
	if strings.Replace(got, "file xlsx", "file csv", 1) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if err := book.SetCellFormula("Sheet1", "H2", "=1+1"); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	if got := read(b.Bytes(), true, m); !strings.Contains(got, "line 2, column H: balance: is a formula") {
		t.Errorf("got %s", got)
	}
	if got := read(b.Bytes()[:b.Len()/2], true, m); !strings.Contains(got, "is not an XLSX workbook") {
		t.Errorf("got %s", got)
	}
}

func TestHostileFilesAreRefusedSoon(t *testing.T) {
	_, m := sample(t, "testdata/us-two-columns.csv")
	for name, text := range map[string]string{
		"Columns": strings.Repeat(",", 1_000_000),
		"Lines":   "Date,Type,Check No,Description,Ref,Withdrawals,Deposits,Balance\n" + strings.Repeat("11/20/2026,,,,,1,,\n", statement.MaxLines+1),
		"Wrong":   "Date,Type,Check No,Description,Ref,Withdrawals,Deposits,Balance\n" + strings.Repeat("x,,,,,1,,\n", statement.MaxLines),
		"Quote":   `"` + strings.Repeat("x\n", 1_000_000),
		"Bytes":   strings.Repeat(" ", statement.MaxBytes+1),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := bankcsv.Read([]byte(text), false, m)
			if c := fault.CodeOf(err); c != fault.Invalid && c != fault.Limited {
				t.Errorf("%v", err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// What is written is read again, in whichever order, way of decimals and columns.
func TestReadsWhatWasWritten(t *testing.T) {
	texts := rapid.StringMatching(`[A-Za-z0-9äöü",;]([A-Za-z0-9 ,;"]{0,40}[A-Za-z0-9])?`).Filter(func(s string) bool { return !strings.Contains(s, "  ") })
	rapid.Check(t, func(t *rapid.T) {
		comma, newest, two, balances := rapid.Bool().Draw(t, "comma"), rapid.Bool().Draw(t, "newest"), rapid.Bool().Draw(t, "two"), rapid.Bool().Draw(t, "balances")
		m := bankcsv.Map{Header: 2, Account: "4567890", Currency: "EUR", Date: rapid.SampledFrom([]string{"", "DD.MM.YYYY", "M/D/YY"}).Draw(t, "date"), Cells: map[string]string{bankcsv.Opening: "=B1", bankcsv.Closing: "Closing"}}
		m.Columns = map[string]string{bankcsv.Booked: "=A", bankcsv.Text: "Text", bankcsv.Amount: "Amount", bankcsv.Reference: "Ref"}
		if two {
			delete(m.Columns, bankcsv.Amount)
			m.Columns[bankcsv.Debit], m.Columns[bankcsv.Credit] = "Debit", "Credit"
		}
		if balances {
			m.Columns[bankcsv.Balance] = "Balance"
		}
		layout := map[string]string{"": "2006-01-02", "DD.MM.YYYY": "02.01.2006", "M/D/YY": "1/2/06"}[m.Date]
		eur := money.MustCurrency("EUR")
		show := func(a money.Amount) string {
			if comma {
				return strings.Replace(eur.Format(a), ".", ",", 1)
			}
			return eur.Format(a)
		}
		if comma {
			m.Comma, m.Decimal = ";", "comma"
		}
		on := civil.MustParse("2026-01-01")
		want := statement.Statement{Nature: statement.Final, Account: statement.Account{Number: "4567890"}, Currency: "EUR"}
		want.Opening = statement.Balance{Amount: money.Amount(rapid.Int64Range(-1e12, 1e12).Draw(t, "opening")), From: statement.Told}
		want.Closing = want.Opening
		var rows [][]string
		for i := range rapid.IntRange(1, 8).Draw(t, "lines") {
			l := statement.Line{Booked: on.AddDays(i)}
			l.Amount, l.Currency, l.Kind, l.Bank = money.Amount(rapid.Int64Range(-1e11, 1e11).Draw(t, "amount")), "EUR", statement.Other, fmt.Sprint("R", i)
			l.Texts = []string{texts.Draw(t, "text")}
			want.Lines = append(want.Lines, l)
			want.Closing.Amount += l.Amount
			debit, credit := show(l.Amount.Abs()), ""
			if l.Amount >= 0 {
				debit, credit = "", show(l.Amount)
			}
			rows = append(rows, []string{l.Booked.Time().Format(layout), l.Texts[0], show(l.Amount), debit, credit, l.Bank, show(want.Closing.Amount)})
		}
		want.From, want.To = want.Lines[0].Booked, want.Lines[len(want.Lines)-1].Booked
		want.Opening.Date, want.Closing.Date = want.From, want.To
		if newest {
			m.Order = bankcsv.NewestFirst
			for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
				rows[i], rows[j] = rows[j], rows[i]
			}
		}
		var b bytes.Buffer
		out := csv.NewWriter(&b)
		if comma {
			out.Comma = ';'
		}
		rows = append([][]string{{"Opening", show(want.Opening.Amount)}, {"Day", "Text", "Amount", "Debit", "Credit", "Ref", "Balance"}}, append(rows, []string{"Closing", "", show(want.Closing.Amount)})...)
		if err := out.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		got, err := bankcsv.Read(b.Bytes(), false, m)
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		s := &got.Statements[0]
		s.Place = ""
		for i := range s.Lines {
			s.Lines[i].Place = ""
		}
		file := statement.File{Format: statement.CSV, Statements: []statement.Statement{want}}
		if got.Text() != file.Text() {
			t.Fatalf("got %s\nwant %s\n%s", got.Text(), file.Text(), b.String())
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, file := range samples(f) {
		data, m := sample(f, file)
		b, err := json.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, b, false)
	}
	f.Fuzz(func(t *testing.T, data, columns []byte, workbook bool) {
		var m bankcsv.Map
		if json.Unmarshal(columns, &m) != nil {
			return
		}
		file, err := bankcsv.Read(data, workbook, m)
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
