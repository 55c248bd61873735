package statement

import (
	"fmt"
	"strings"

	"quittance/internal/money"
)

// Text gives a file as text, for people to look at and golden files: what is blank is left out.
func (f *File) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "file %s%s\n", f.Format, pair("id", f.ID))
	doubts(&b, "", f.Doubts)
	for i := range f.Statements {
		f.Statements[i].text(&b)
	}
	return b.String()
}

func (s *Statement) text(b *strings.Builder) {
	fmt.Fprintf(b, "%s of %s%s %s%s%s%s%s [%s]\n", s.Nature, s.Account, pair("holder", s.Account.Name), s.Currency,
		pair("id", s.ID), pair("number", s.Number), pair("from", s.From.String()), pair("to", s.To.String()), s.Place)
	for _, x := range []struct {
		name string
		Balance
	}{{"opening", s.Opening}, {"closing", s.Closing}, {"available", s.Available}} {
		if x.Known() {
			fmt.Fprintf(b, "  %s %s%s %s\n", x.name, s.show(x.Amount), pair("on", x.Date.String()), x.From)
		}
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		fmt.Fprintf(b, "  line %s%s%s", l.Booked, pair("value", l.Value.String()), flag("pending", l.Pending))
		l.text(b, s)
		for _, f := range l.Funds {
			fmt.Fprintf(b, "    funds %s%s%s\n", s.show(f.Amount), pair("on", f.Date.String()), flag(fmt.Sprintf("after %d days", f.Days), f.Date == 0))
		}
		if l.Batch != (Batch{}) {
			fmt.Fprintf(b, "    batch%s%s count=%d\n", pair("message", l.Batch.Message), pair("payment", l.Batch.Payment), l.Batch.Count)
		}
		for j := range l.Details {
			b.WriteString("    detail")
			l.Details[j].text(b, s)
		}
	}
	for _, c := range s.Controls {
		fmt.Fprintf(b, "  control of %s count=%d%s\n", c.Of, c.Count, flag("sum="+s.show(c.Sum), c.Sums))
	}
	doubts(b, "  ", s.Doubts)
}

func (t *Transaction) text(b *strings.Builder, s *Statement) {
	amount := s.show(t.Amount)
	if c, err := money.CurrencyOf(t.Currency); err == nil {
		amount = c.Format(t.Amount) + " " + t.Currency
	}
	original := ""
	if c, err := money.CurrencyOf(t.Original.Currency); err == nil {
		original = c.Format(t.Original.Amount) + " " + t.Original.Currency
	}
	fmt.Fprintf(b, " %s %s%s%s", amount, t.Kind, flag("reversal", t.Reversal), pair("original", original))
	for _, x := range [][2]string{
		{"iso", strings.Trim(t.Code.Domain+"/"+t.Code.Family+"/"+t.Code.Sub, "/")},
		{"type", t.Code.Type},
		{"own", t.Code.Own},
		{"bank", t.Bank},
		{"end-to-end", t.EndToEnd},
		{"customer", t.Customer},
		{"order", t.Order},
		{"id", t.ID},
		{"check", t.Check},
		{"mandate", t.Mandate},
		{"party", t.Party.Name},
		{"account", t.Party.Account.String()},
		{"return", strings.TrimSpace(t.Return.Code + " " + t.Return.Text)},
	} {
		b.WriteString(pair(x[0], x[1]))
	}
	fmt.Fprintf(b, " [%s]\n", t.Place)
	for _, text := range t.Texts {
		fmt.Fprintf(b, "      %q\n", text)
	}
}

func doubts(b *strings.Builder, indent string, all []Doubt) {
	for _, d := range all {
		fmt.Fprintf(b, "%sdoubt [%s] %s\n", indent, d.Place, d.Text)
	}
}

func pair(name, value string) string {
	if value == "" {
		return ""
	}
	return " " + name + "=" + value
}

func flag(name string, is bool) string {
	if !is {
		return ""
	}
	return " " + name
}
