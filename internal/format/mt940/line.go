package mt940

import (
	"regexp"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

// lineForm: value date, entry date, mark, funds code, amount, type, references.
var lineForm = regexp.MustCompile(`^([0-9]{6})([0-9]{4})?(R?[CD])([A-Z])?([0-9]{1,15}(?:,[0-9]{0,3})?)([NFS][A-Z0-9]{3})(.*)$`)

// line reads :61:.
func (p *page) line(f field) error {
	x := lineForm.FindStringSubmatch(strings.TrimSpace(f.text[0]))
	switch {
	case p.first.tag == "":
		return f.wrong("the line stands before the opening balance (:60F:)")
	case p.told:
		return f.wrong("the line stands after the closing balance (:62F:)")
	case x == nil:
		return f.wrong("%q is no line; expected value date, entry date, C or D, amount, type and reference, such as 2611301130C12,50NTRFNONREF", statement.Short(f.text[0])).In("line")
	}
	l := statement.Line{Transaction: statement.Transaction{Place: f.place(), Currency: p.Currency}}
	var err error
	if l.Value, err = statement.Day(x[1]); err != nil {
		return f.wrong("%q is not a date; expected YYMMDD", x[1]).In("value")
	}
	if l.Booked = booked(l.Value, x[2]); l.Booked == 0 {
		return f.wrong("%q is not a day of the year; expected MMDD", x[2]).In("booked")
	}
	if l.Amount, err = statement.Amount(p.Currency, x[5]); err != nil {
		return f.wrong("%v", err).In("amount")
	}
	if x[3] == "D" || x[3] == "RC" {
		l.Amount = -l.Amount
	}
	l.Reversal = x[3][0] == 'R'
	l.Code.Type = x[6]
	customer, bank, _ := strings.Cut(x[7], "//")
	l.Customer, l.Bank = reference(customer), reference(bank)
	for _, more := range f.text[1:] {
		(*lineText)(&l).original(more)
		l.Say(more)
	}
	finish(&l)
	p.Lines = append(p.Lines, l)
	return nil
}

// booked gives the day of an entry date, which has no year: the nearest one to the value date. 0: there is none.
func booked(value civil.Date, mmdd string) civil.Date {
	if mmdd == "" {
		return value
	}
	best := civil.Date(0)
	year := value.Time().Year()
	for y := year - 1; y <= year+1; y++ {
		d, err := civil.Parse(civil.Of(y, 1, 1).String()[:5] + mmdd[:2] + "-" + mmdd[2:])
		if err == nil && (best == 0 || money.Amount(d-value).Abs() < money.Amount(best-value).Abs()) {
			best = d
		}
	}
	return best
}

// reference is a reference that is not said to be none, or to stand in :86:.
func reference(s string) string {
	switch s = statement.Clean(s); strings.ToUpper(s) {
	case "NONREF", "NOTPROVIDED", "EREF", "PREF", "MARF":
		return ""
	}
	return s
}

var originalForm = regexp.MustCompile(`/?(?:OCMT|OAMT)[/+]?/?([A-Z]{3})([0-9]{1,15}(?:,[0-9]{0,3})?)`)

// original finds the amount that was ordered in another currency.
func (l *lineText) original(text string) {
	x := originalForm.FindStringSubmatch(text)
	if x == nil || x[1] == l.Currency {
		return
	}
	if n, err := statement.Amount(x[1], x[2]); err == nil {
		l.Original = statement.Original{Amount: n, Currency: x[1]}
	}
}

// types gives kinds by the type of :61:, after N, F or S; business by the business transaction code of the German banks.
// Source: SWIFT, field 61, subfield 6; Die Deutsche Kreditwirtschaft, annex 3, business transaction codes.
var (
	types = map[string]string{
		"TRF": statement.Transfer, "STO": statement.Transfer, "DDT": statement.Transfer, "RTR": statement.Return, "RTI": statement.Return, "CHK": statement.Check, "CLR": statement.Deposit,
		"CHG": statement.Fee, "COM": statement.Fee, "BRF": statement.Fee, "INT": statement.Interest, "CRD": statement.Card,
		"103": statement.Transfer, "202": statement.Transfer,
	}
	business = map[string]string{
		"101": statement.Check, "102": statement.Check, "106": statement.Card, "110": statement.Card, "108": statement.Return, "109": statement.Return, "159": statement.Return, "181": statement.Return, "184": statement.Return,
		"104": statement.Transfer, "105": statement.Transfer, "116": statement.Transfer, "117": statement.Transfer, "166": statement.Transfer, "169": statement.Transfer, "171": statement.Transfer, "177": statement.Transfer, "191": statement.Transfer,
		"808": statement.Fee, "809": statement.Fee, "814": statement.Interest,
	}
)

// finish gives the kind of a line and its check number, by all that is known of it.
func finish(l *statement.Line) {
	kind, own := types[l.Code.Type[1:]], l.Code.Own
	if own, _, _ = strings.Cut(own, "+"); business[own] != "" {
		kind = business[own]
	}
	switch {
	case l.Return != statement.Reason{}:
		kind = statement.Return
	case kind == statement.Return:
	case l.Reversal:
		kind = statement.Reversal
	case kind == "":
		kind = statement.Other
	}
	l.Kind = kind
	if kind == statement.Check && l.Check == "" && l.Customer != "" && strings.Trim(l.Customer, "0123456789") == "" {
		l.Check = strings.TrimLeft(l.Customer, "0")
	}
}
