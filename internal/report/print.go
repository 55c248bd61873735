package report

import (
	"io"
	"iter"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/listing"
	"quittance/internal/format/sheet"
	"quittance/internal/text"
)

// Formats are the formats of files, as their names end.
func Formats() []string { return []string{"csv", "xlsx", "pdf"} }

// Write writes the report as a file of a format. CSV and XLSX have every row, with the names and words of programs; a PDF is for people, in their
// language, and has at most [listing.MostRows] rows.
func (x *Made) Write(w io.Writer, format string, l *text.Language) error {
	switch format {
	case "csv":
		return x.write(sheet.NewCSV(w, x.sheet()))
	case "xlsx":
		if x.Count >= sheet.MaxRows {
			return fault.New(fault.Refused, "the report has %d rows, and a sheet has at most %d; take it as CSV", x.Count, sheet.MaxRows-1).ByRule("too_many_rows")
		}
		s, err := sheet.NewXLSX(w, strings.ReplaceAll(x.Report, "-", " "), x.sheet())
		if err != nil {
			return err
		}
		return x.write(s)
	case "pdf":
		b, err := listing.Print(x.list(l))
		if err == nil {
			_, err = w.Write(b)
		}
		return err
	}
	return fault.New(fault.Invalid, "%q is no format of a report; expected %s", format, strings.Join(Formats(), ", ")).In("format")
}

// Fits refuses a format that the report is too long for, before anything of it is written.
func (x *Made) Fits(format string) error {
	switch {
	case format == "pdf" && x.Count > listing.MostRows:
		return fault.New(fault.Refused, "the report has %d rows, and a PDF has at most %d; narrow it, or take it as CSV or XLSX", x.Count, listing.MostRows).ByRule("too_many_rows")
	case format == "xlsx" && x.Count >= sheet.MaxRows:
		return fault.New(fault.Refused, "the report has %d rows, and a sheet has at most %d; take it as CSV", x.Count, sheet.MaxRows-1).ByRule("too_many_rows")
	case format != "csv" && format != "xlsx" && format != "pdf":
		return fault.New(fault.Invalid, "%q is no format of a report; expected %s", format, strings.Join(Formats(), ", ")).In("format")
	}
	return nil
}

// FileName names the file of a format.
func (x *Made) FileName(format string) string {
	parts := []string{x.Company, x.Report}
	if x.Params.View != "" {
		parts = append(parts, x.Params.View)
	}
	switch {
	case x.Params.From != 0:
		parts = append(parts, x.Params.From.String(), x.Params.To.String())
	case x.Params.AsAt != 0:
		parts = append(parts, x.Params.AsAt.String())
	}
	return strings.Join(parts, "-") + "." + format
}

func (x *Made) sheet() []sheet.Column {
	columns := make([]sheet.Column, len(x.Columns))
	for i, c := range x.Columns {
		columns[i] = sheet.Column{Name: c.Name, Number: c.Type == Amount || c.Type == Count}
	}
	return columns
}

func (x *Made) write(w sheet.Writer) error {
	for row, err := range x.Rows(0) {
		if err == nil {
			err = w.Row(row...)
		}
		if err != nil {
			return err
		}
	}
	return w.Close()
}

// list is the report for people.
func (x *Made) list(l *text.Language) *listing.List {
	p := &listing.List{
		Title: x.Title(l), Company: x.Name + " (" + x.Company + ")", Facts: x.Facts(l), Count: x.Count, Empty: l.Say("report.empty"), SumsTitle: l.Say("report.totals"), At: x.MadeAt, Author: x.MadeBy,
		Made: l.Say("report.made", "at", ShowDay(l, dayOf(x.MadeAt.UnixMicro()))+" "+x.MadeAt.UTC().Format("15:04")+" UTC", "by", x.MadeBy),
		Page: func(n, of int) string { return l.Say("report.page", "n", n, "of", of) },
	}
	for i := range x.Notes {
		p.Notes = append(p.Notes, listing.Note{Text: x.Notes[i].Say(l), Bad: x.Notes[i].Tone == "bad"})
	}
	var shown []int
	for i, c := range x.Columns {
		if !c.Quiet {
			shown = append(shown, i)
			p.Columns = append(p.Columns, listing.Column{Title: l.Say("report.column." + c.Name), Right: c.Type == Amount || c.Type == Count, Whole: c.Type == Day})
		}
	}
	p.Rows = func() iter.Seq2[[]string, error] {
		return func(yield func([]string, error) bool) {
			for row, err := range x.Rows(0) {
				cells := make([]string, len(shown))
				for n, i := range shown {
					if err == nil {
						cells[n] = x.Columns[i].Show(l, row[i])
					}
				}
				if !yield(cells, err) {
					return
				}
			}
		}
	}
	for i := range x.Totals {
		t := &x.Totals[i]
		s := listing.Sum{Name: t.Say(l), Count: ShowCount(l, t.Count), Bold: t.Of == ""}
		if t.Amount != "" {
			s.Amount = ShowAmount(l, t.Amount) + " " + t.Currency
		}
		p.Sums = append(p.Sums, s)
	}
	return p
}

// Title gives the report's title in a language.
func (x *Made) Title(l *text.Language) string {
	title := l.Say("report.title." + x.Report)
	if x.Params.View != "" {
		title += ": " + l.Say("report.view."+x.Params.View)
	}
	return title
}

// Facts gives what the report was asked for, in a language.
func (x *Made) Facts(l *text.Language) []string {
	var all []string
	p := &x.Params
	if p.From != 0 {
		all = append(all, l.Say("report.fact.period", "from", ShowDay(l, p.From), "to", ShowDay(l, p.To)))
	}
	if p.AsAt != 0 {
		all = append(all, l.Say("report.fact.as_at", "day", ShowDay(l, p.AsAt)))
	}
	for _, f := range [][2]string{{"currency", p.Currency}, {"customer", p.Customer}, {"bank", p.Bank}} {
		if f[1] != "" {
			all = append(all, l.Say("report.fact."+f[0], "code", f[1]))
		}
	}
	if p.Days != 0 {
		all = append(all, l.Say("report.fact.days", "n", p.Days))
	}
	return append(all, l.Say("report.fact.rows", "n", x.Count, "rows", ShowCount(l, x.Count)))
}

// Say gives the note in a language.
func (n *Note) Say(l *text.Language) string {
	var pairs []string
	for _, name := range sortedKeys(n.Values) {
		v := n.Values[name]
		switch name {
		case "listed", "ledger", "difference", "outstanding", "unreconciled", "opening", "statement", "off":
			v = ShowAmount(l, v)
		case "day":
			if d, err := civil.Parse(v); err == nil {
				v = ShowDay(l, d)
			}
		}
		pairs = append(pairs, name, v)
	}
	return fillIn(l, "report.note."+n.Note, pairs)
}

// fillIn fills placeholders in one go, so that a value is never read as one.
func fillIn(l *text.Language, key string, pairs []string) string {
	raw := l.Raw(key)
	if one, other, two := strings.Cut(raw, " | "); two {
		raw = other
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == "n" && pairs[i+1] == "1" {
				raw = one
			}
		}
	}
	var all []string
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(all...).Replace(raw)
}

// Say names the total in a language.
func (t *Total) Say(l *text.Language) string {
	name := l.Say("report.total." + t.Total)
	if t.Of != "" {
		of := t.Of
		if t.words != "" && l.Has(t.words+t.Of) {
			of = l.Say(t.words + t.Of)
		}
		name += ": " + of
	}
	if t.Part != "" {
		part := t.Part
		for _, words := range []string{"report.reason.", "report.item."} {
			if l.Has(words + part) {
				part = l.Say(words + part)
				break
			}
		}
		if t.Total == "by_state" {
			part = l.Say("report.days", "days", part)
		}
		name += ", " + part
	}
	return name
}

// Show gives a cell as people read it.
func (c *Column) Show(l *text.Language, cell string) string {
	switch {
	case cell == "":
		return ""
	case c.Type == Amount || c.Type == Count:
		return ShowAmount(l, cell)
	case c.Type == Day:
		if d, err := civil.Parse(cell); err == nil {
			return ShowDay(l, d)
		}
	case c.Type == Word:
		var all []string
		for word := range strings.FieldsSeq(cell) {
			if l.Has(c.Words + word) {
				word = l.Say(c.Words + word)
			}
			all = append(all, word)
		}
		return strings.Join(all, ", ")
	}
	return cell
}

// ShowDay writes a day.
func ShowDay(l *text.Language, d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	if l == text.German {
		return d.Time().Format("02.01.2006")
	}
	return d.Time().Format("Jan 2, 2006")
}

// ShowCount writes a whole number.
func ShowCount(l *text.Language, n int64) string { return ShowAmount(l, digits(int(n))) }

// ShowAmount writes a decimal with its thousands apart; negative ones have a minus sign.
func ShowAmount(l *text.Language, s string) string {
	rest, minus := strings.CutPrefix(s, "-")
	whole, part, has := strings.Cut(rest, ".")
	if whole == "" || strings.Trim(whole+part, "0123456789") != "" {
		return s
	}
	group, point := ",", "."
	if l == text.German {
		group, point = ".", ","
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + group + whole[i:]
	}
	if has {
		whole += point + part
	}
	if minus {
		whole = "−" + whole
	}
	return whole
}
