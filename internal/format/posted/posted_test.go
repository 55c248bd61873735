package posted_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/posted"
)

const columns = `"columns":[{"name":"V","value":"voucher"},{"name":"D","value":"date"},{"name":"A","value":"account"},{"name":"T","value":"text","max":5%s},{"name":"C","value":"currency"},{"name":"X","value":"amount"}]`

// voucher is one of 10.00 EUR, kept in dollars.
func voucher(text string) []posted.Line {
	l := posted.Line{Voucher: "V1", Text: text, Date: civil.MustParse("2026-11-30"), Account: "100", Main: "100", Currency: "EUR", AccountingCurrency: "USD", Amount: 1000, Accounting: 1100}
	other := l
	other.Amount, other.Accounting, other.Account = -1000, -1100, "200"
	return []posted.Line{l, other}
}

func file(t *testing.T, layout string, lines []posted.Line) ([][]string, error) {
	t.Helper()
	l, err := posted.Parse([]byte(layout))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := l.Write(&b, "B1", lines); err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows, nil
}

func with(cut, more string) string { return "{" + strings.Replace(columns, "%s", cut, 1) + more + "}" }

func TestTooLong(t *testing.T) {
	if _, err := file(t, with("", ""), voucher("äöüßéx")); fault.RuleOf(err) != "layout_too_long" || !strings.Contains(err.Error(), "V1") {
		t.Errorf("six letters in five give %v", err)
	}
	if rows, err := file(t, with("", ""), voucher("äöüßé")); err != nil || rows[1][3] != "äöüßé" {
		t.Errorf("five letters give %v, %v", rows, err)
	}
	if rows, err := file(t, with(`,"cut":true`, ""), voucher("äöüßéx")); err != nil || rows[1][3] != "äöüßé" {
		t.Errorf("cut off they are %v, %v", rows, err)
	}
}

func TestSpreadsheet(t *testing.T) {
	for text, want := range map[string]string{"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "a=1": "a=1", "": ""} {
		rows, err := file(t, with("", `,"spreadsheet":true`), voucher(text))
		if err != nil || rows[1][3] != want || rows[2][5] != "-11.00" {
			t.Errorf("%q is written as %v, %v", text, rows, err)
		}
		if rows, err = file(t, with("", ""), voucher(text)); err != nil || rows[1][3] != text {
			t.Errorf("for programs %q is written as %v, %v", text, rows, err)
		}
	}
}

func TestAmounts(t *testing.T) {
	rows, err := file(t, with("", ""), voucher("x"))
	if err != nil || rows[1][4] != "USD" || rows[1][5] != "11.00" || rows[2][5] != "-11.00" {
		t.Errorf("in accounting currency it is %v, %v", rows, err)
	}
	rows, err = file(t, with("", `,"amounts":"transaction","decimal":","`), voucher("x"))
	if err != nil || rows[1][4] != "EUR" || rows[1][5] != "10,00" || rows[2][5] != "-10,00" {
		t.Errorf("in its own currency it is %v, %v", rows, err)
	}
	two := voucher("x")
	two[1].Currency, two[1].Amount = "USD", -1100
	if _, err := file(t, with("", `,"amounts":"transaction"`), two); fault.RuleOf(err) != "layout_currency" {
		t.Errorf("a voucher of two currencies gives %v", err)
	}
	gain := append(voucher("x"), posted.Line{Voucher: "V1", Currency: "EUR", AccountingCurrency: "USD", Accounting: 5}, posted.Line{Voucher: "V1", Currency: "EUR", AccountingCurrency: "USD", Accounting: -5})
	if _, err := file(t, with("", `,"amounts":"transaction"`), gain); fault.RuleOf(err) != "layout_currency" {
		t.Errorf("a difference of exchange gives %v", err)
	}
}

// A layout that is taken writes a file of as many rows and columns as it says, or refuses a line by name; nothing else happens.
func FuzzParse(f *testing.F) {
	for _, name := range posted.Names() {
		f.Add([]byte(`{"base":"` + name + `"}`))
	}
	f.Add([]byte(with("", `,"amounts":"transaction"`)))
	f.Add([]byte(`{"base":"general","delimiter":";","date_format":"DD.MM.YYYY"}`))
	f.Add([]byte(`{"columns":[{"name":"x","value":"const:y","max":-1}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := posted.Parse(text)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%q is refused as %v", text, err)
			}
			return
		}
		var b bytes.Buffer
		if err := l.Write(&b, "B1", voucher("=x")); err != nil {
			if fault.CodeOf(err) != fault.Refused {
				t.Errorf("%q fails: %v", text, err)
			}
			return
		}
		r := csv.NewReader(&b)
		r.Comma = []rune(l.Delimiter)[0]
		rows, err := r.ReadAll()
		if err != nil || len(rows) != 3 || len(rows[0]) != len(l.Columns) {
			t.Errorf("%q writes %v, %v", text, rows, err)
		}
	})
}
