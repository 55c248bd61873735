package sheet_test

import (
	"bytes"
	"encoding/csv"
	"testing"

	"github.com/xuri/excelize/v2"

	"quittance/internal/format/sheet"
)

var columns = []sheet.Column{{Name: "name"}, {Name: "amount", Number: true}}

// What a spreadsheet would run, and what it may add up.
var rows = []struct{ name, amount, wantName, wantAmount string }{
	{"Ann", "12.50", "Ann", "12.50"},
	{"=cmd|' /C calc'!A0", "-12.50", "'=cmd|' /C calc'!A0", "-12.50"},
	{"+1", "=1+1", "'+1", "'=1+1"},
	{"-1", "-1e5", "'-1", "'-1e5"},
	{"@SUM(A1)", "", "'@SUM(A1)", ""},
	{"\tx", "0", "'\tx", "0"},
	{"\rx", "1234567890123.45", "'\rx", "1234567890123.45"},
	{"a=b", "12345678901234567.89", "a=b", "12345678901234567.89"},
}

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\tx": "'\tx", "\rx": "'\rx", "": "", "C-1": "C-1", "'=1": "'=1"} {
		if got := sheet.Escape(text); got != want {
			t.Errorf("%q became %q, expected %q", text, got, want)
		}
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	w := sheet.NewCSV(&b, columns)
	for _, r := range rows {
		if err := w.Row(r.name, r.amount); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(got) != len(rows)+1 {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for i, r := range rows {
		if g := got[i+1]; g[0] != r.wantName || g[1] != r.wantAmount {
			t.Errorf("%q, %q are written as %q", r.name, r.amount, g)
		}
	}
}

func TestXLSX(t *testing.T) {
	var b bytes.Buffer
	w, err := sheet.NewXLSX(&b, "List", columns)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Row(r.name, r.amount); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := f.GetRows("List", excelize.Options{RawCellValue: true})
	if err != nil || len(got) != len(rows)+1 {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for at, want := range map[string]excelize.CellType{"B2": excelize.CellTypeNumber, "B3": excelize.CellTypeNumber, "B4": excelize.CellTypeInlineString, "B9": excelize.CellTypeInlineString, "A3": excelize.CellTypeInlineString} {
		kind, err := f.GetCellType("List", at)
		if err != nil || (kind != want && !(want == excelize.CellTypeNumber && kind == excelize.CellTypeUnset)) {
			t.Errorf("%s is of type %v, expected %v (%v)", at, kind, want, err)
		}
		if formula, err := f.GetCellFormula("List", at); formula != "" || err != nil {
			t.Errorf("%s holds the formula %q (%v)", at, formula, err)
		}
	}
	if shown, err := f.GetCellValue("List", "B2"); shown != "12.50" || err != nil {
		t.Errorf("12.50 is shown as %q (%v)", shown, err)
	}
	if shown, err := f.GetCellValue("List", "B9"); shown != "12345678901234567.89" || err != nil {
		t.Errorf("a long number is shown as %q (%v)", shown, err)
	}
}
