package remit_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/remit"
)

// byHeader is the map of the samples.
func byHeader() remit.Map {
	return remit.Map{Header: 1, Date: "MM/DD/YYYY", Columns: map[string]string{
		remit.Reference: "Check", remit.Date: "Date", remit.Payer: "Vendor", remit.Amount: "Total", remit.Invoice: "Invoice", remit.Paid: "Paid", remit.Deduction: "Deducted", remit.Code: "Code", remit.Claim: "=I",
	}}
}

const header = "Check,Date,Vendor,Total,Invoice,Paid,Deducted,Code,Memo\n"

func TestReadCSV(t *testing.T) {
	text := header + "881,11/20/2026,FM,\"1,530.00\",4711,900.00,100.00,04,DM-1\n\n881,11/20/2026,FM,,4712,(600.00),,,\"two\nlines\"\n882,11/21/2026,FM,$10,,,20.00-,99,\n"
	got, err := remit.Read([]byte("\ufeff"+text), false, byHeader())
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	p, q := got[0], got[1]
	if p.Amount != "1530" || p.Date != civil.MustParse("2026-11-20") || len(p.Rows) != 2 || p.Rows[0].Deduction != "100" || p.Rows[1].Paid != "-600" || p.Rows[1].Claim != "two lines" || p.Rows[1].Place != "line 4" {
		t.Errorf("%+v", p)
	}
	if q.Amount != "10" || q.Rows[0].Deduction != "-20" || q.Rows[0].Invoice != "" {
		t.Errorf("%+v", q)
	}
}

func TestReadByLetterWithCommas(t *testing.T) {
	m := remit.Map{Comma: ";", Decimal: "comma", Date: "DD.MM.YY", Encoding: "windows-1252", Sign: remit.NegativeReduces, Columns: map[string]string{
		remit.Date: "=A", remit.Invoice: "=B", remit.Paid: "=C", remit.Deduction: "=D", remit.Note: "=E",
	}}
	got, err := remit.Read([]byte("20.11.26;4711;1.234,50;-65,5;besch\xe4digt\n"), false, m)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if r := got[0].Rows[0]; r.Paid != "1234.5" || r.Deduction != "65.5" || r.Note != "beschädigt" || got[0].Date != civil.MustParse("2026-11-20") {
		t.Errorf("%+v", got)
	}
}

func TestReadReports(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"AmbiguousDecimal":   {header + "1,11/20/2026,F,10,4711,\"1,50\",,,\n", `line 2, column F: paid: "1,50" is not an amount; the column map expects one such as 1,234.50`},
		"Date":               {header + "1,2026-11-20,F,10,4711,10,,,\n", `line 2, column B: date: "2026-11-20" is not a date; the column map expects MM/DD/YYYY`},
		"CommaWithoutQuotes": {header + "1,11/20/2026,F,1,500.00,4711,10,,,late\n", "line 2, column J: the row has more cells than the header, which has 9"},
		"NoReference":        {header + ",11/20/2026,F,10,4711,10,,,\n", "line 2, column A: reference: is blank"},
		"TwoTotals":          {header + "1,11/20/2026,F,10,4711,5,,,\n1,11/20/2026,F,11,4712,5,,,\n", `line 3, column D: amount: "11" differs from "10", which the row of line 2 says`},
		"NoColumn":           {"Check,Date,Vendor,Total,Invoice,Paid,Deducted\n1,,,,,,\n", `line 1: there is no column "Code", where the column map looks for the code`},
		"TwiceAColumn":       {"Check,Check" + header[5:] + "\n", `line 1, column B: the column "Check" is there twice; name the one for the reference by its letter (=A)`},
		"Quotes":             {header + "1,\"x,F,10,4711,10,,,\n", "line 2: extraneous"},
		"Empty":              {header, "the file has no row with a payment"},
		"NotUTF8":            {"\xff\xfe", "the file is not UTF-8"},
		"Columns":            {strings.Repeat(",", 1000), "line 1: the row has more than 256 columns"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := remit.Read([]byte(c.text), false, byHeader())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestCheckOfMaps(t *testing.T) {
	for name, m := range map[string]remit.Map{
		"NoPaid":        {Columns: map[string]string{remit.Invoice: "=A"}},
		"NoDocument":    {Columns: map[string]string{remit.Paid: "=A"}},
		"UnknownField":  {Columns: map[string]string{remit.Invoice: "=A", remit.Paid: "=B", "color": "=C"}},
		"HeaderOfNone":  {Columns: map[string]string{remit.Invoice: "Invoice", remit.Paid: "=B"}},
		"UnknownLetter": {Columns: map[string]string{remit.Invoice: "=1", remit.Paid: "=B"}},
		"Comma":         {Comma: "ab", Columns: map[string]string{remit.Invoice: "=A", remit.Paid: "=B"}},
		"Date":          {Date: "yesterday", Columns: map[string]string{remit.Invoice: "=A", remit.Paid: "=B"}},
		"Sign":          {Sign: "maybe", Columns: map[string]string{remit.Invoice: "=A", remit.Paid: "=B"}},
	} {
		if fault.RuleOf(m.Check()) != "column_map" {
			t.Errorf("%s: %v", name, m.Check())
		}
	}
}

// book makes a workbook with the rows of the samples.
func book(t *testing.T, change func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range [][]any{{"Check", "Date", "Vendor", "Total", "Invoice", "Paid", "Deducted", "Code", "Memo"}, {881, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), "FM", 900.10, "004711", 900.1, 99.9, "04", "DM-1"}} {
		if err := f.SetSheetRow("Sheet1", []string{"A1", "A2"}[i], &row); err != nil {
			t.Fatal(err)
		}
	}
	change(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadXLSX(t *testing.T) {
	got, err := remit.Read(book(t, func(*excelize.File) {}), true, byHeader())
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if p := got[0]; p.Reference != "881" || p.Amount != "900.1" || p.Date != civil.MustParse("2026-11-20") || p.Rows[0].Invoice != "004711" || p.Rows[0].Deduction != "99.9" {
		t.Errorf("%+v", p)
	}
}

func TestReadXLSXRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*excelize.File)
		want   string
	}{
		"Formula": {func(f *excelize.File) { _ = f.SetCellFormula("Sheet1", "F2", "D2+1") }, "line 2, column F: paid: is a formula"},
		"DateAsPaid": {func(f *excelize.File) {
			_ = f.SetCellValue("Sheet1", "F2", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		}, "line 2, column F: paid: is a date"},
	} {
		if _, err := remit.Read(book(t, c.change), true, byHeader()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := byHeader()
	m.Sheet = "Other"
	if _, err := remit.Read(book(t, func(*excelize.File) {}), true, m); err == nil || !strings.Contains(err.Error(), `has no sheet "Other"`) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(header+"881,11/20/2026,FM,900,4711,900.00,100.00,04,DM-1\n"), false)
	f.Add([]byte("PK\x03\x04"), true)
	crashers, err := filepath.Glob("testdata/crashers/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range crashers {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, bytes.HasPrefix(data, []byte("PK")))
	}
	f.Fuzz(func(t *testing.T, data []byte, workbook bool) {
		got, err := remit.Read(data, workbook, byHeader())
		var one *fault.Error
		var many fault.List
		if err != nil {
			if !errors.As(err, &one) && !errors.As(err, &many) || fault.CodeOf(err) == fault.Internal {
				t.Errorf("%v is no error for people", err)
			}
			return
		}
		for _, p := range got {
			if p.Reference == "" {
				t.Errorf("%+v", p)
			}
		}
	})
}
