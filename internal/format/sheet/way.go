package sheet

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// Way is how a table that a stranger wrote is to be read: the part of a column map that does not say what stands in which column.
// An amount that could be read in two ways is refused (1,50 where the point parts the decimals), and so is a formula.
type Way struct {
	Sheet    string // of a workbook; blank: the first
	Comma    string // parts the columns of a CSV file; blank: a comma; "tab"
	Decimal  string // "point" (also blank) or "comma"
	Date     string // such as MM/DD/YYYY; blank: YYYY-MM-DD
	Encoding string // "utf-8" (also blank) or "windows-1252"
}

// MaxColumns is how many columns a table may have; MaxCell how many characters a text in it.
const (
	MaxColumns = maxSheetColumns
	MaxCell    = 1000
)

// Wrong takes what is wrong with a table, at a place of it.
type Wrong func(place, format string, args ...any)

// Place names a cell, by line and column from 1.
func Place(line, column int) string {
	return fmt.Sprintf("line %d, column %s", line, Letters(column))
}

// Letters names a column, from 1, as a spreadsheet does.
func Letters(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return cmp.Or(s, "?")
}

// ColumnOf gives the column, from 1, that letters name; 0 for what is none.
func ColumnOf(letters string) int {
	n := 0
	for _, c := range strings.ToUpper(letters) {
		if c < 'A' || c > 'Z' || n > MaxColumns {
			return 0
		}
		n = n*26 + int(c-'A') + 1
	}
	return n
}

// Records gives the rows of a CSV file or of a sheet of a workbook, which may unzip to so many bytes. What is wrong is told, and ends them.
func (w Way) Records(data []byte, workbook bool, unzipped int64, wrong Wrong) iter.Seq[Record] {
	if workbook {
		return w.book(data, unzipped, wrong)
	}
	return w.csv(data, wrong)
}

func (w Way) csv(data []byte, wrong Wrong) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		text, err := w.decode(data)
		if err != nil {
			wrong("", "%v", err)
			return
		}
		if line := narrow(text, w.comma()); line > 0 {
			wrong(fmt.Sprintf("line %d", line), "the row has more than %d columns", MaxColumns)
			return
		}
		in := csv.NewReader(bytes.NewReader(text))
		in.Comma, in.FieldsPerRecord, in.ReuseRecord = w.comma(), -1, true
		rec := Record{}
		for {
			fields, err := in.Read()
			var broken *csv.ParseError
			if errors.As(err, &broken) {
				wrong(fmt.Sprintf("line %d", broken.Line), "%v; a text with quotes is written as \"…\", and a quote in it is doubled", broken.Err)
			}
			if err != nil { // or the end
				return
			}
			rec.Line, _ = in.FieldPos(0)
			rec.Cells = rec.Cells[:0]
			for _, f := range fields {
				rec.Cells = append(rec.Cells, Cell{Text: f})
			}
			if !yield(rec) {
				return
			}
		}
	}
}

// narrow finds a row of too many columns before the file is taken apart; 0: there is none.
func narrow(text []byte, comma rune) int {
	line, columns, quoted := 1, 1, false
	for _, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n':
			line++
			if !quoted {
				columns = 1
			}
		case rune(c) == comma && !quoted:
			if columns++; columns > MaxColumns {
				return line
			}
		}
	}
	return 0
}

func (w Way) decode(data []byte) ([]byte, error) {
	if w.Encoding == "windows-1252" {
		return charmap.Windows1252.NewDecoder().Bytes(data)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, invalid("the file is not UTF-8; save it so, or say windows-1252 in the column map")
	}
	return data, nil
}

func (w Way) comma() rune {
	switch w.Comma {
	case "":
		return ','
	case "tab":
		return '\t'
	}
	c, _ := utf8.DecodeRuneInString(w.Comma)
	return c
}

func (w Way) book(data []byte, unzipped int64, wrong Wrong) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		b, err := OpenBook(bytes.NewReader(data), int64(len(data)), unzipped)
		if err != nil {
			wrong("", "the file %v", err)
			return
		}
		names := b.Sheets()
		name := w.Sheet
		if name == "" && len(names) > 0 {
			name = names[0]
		}
		if !slices.Contains(names, name) {
			wrong("", "the workbook has no sheet %q; it has %s", name, strings.Join(names, ", "))
			return
		}
		b.Records(name, func(line, column int, format string, args ...any) {
			wrong(Place(line, column), "the sheet %s "+format, append([]any{name}, args...)...)
		})(yield)
	}
}

// Empty says that all cells of a row are blank.
func (r Record) Empty() bool {
	return !slices.ContainsFunc(r.Cells, func(c Cell) bool { return strings.TrimSpace(c.Text) != "" || c.Kind == FormulaCell })
}

// Value gives a cell that may be read, with its text trimmed.
func (c Cell) Value() (Cell, error) {
	switch c.Kind {
	case FormulaCell:
		return Cell{}, invalid("is a formula; copy the column and paste its values")
	case ErrorCell, FlagCell:
		return Cell{}, invalid("holds %s; expected a text, a number or a date", short(c.Text))
	}
	c.Text = strings.TrimSpace(c.Text)
	return c, nil
}

// Text reads a text; a number is written with the digits that it has.
func (w Way) Text(c Cell) (string, error) {
	switch {
	case c.Text == "" || c.Kind == TextCell:
		return Printable(c.Text), nil
	case c.Kind == DateCell:
		return "", invalid("is a date; expected a text")
	}
	return c.Decimal()
}

// Amount reads a decimal and writes it with a point and without zeros at its end; blank stays blank.
func (w Way) Amount(c Cell) (string, error) {
	switch {
	case c.Text == "":
		return "", nil
	case c.Kind == DateCell:
		return "", invalid("is a date; expected an amount")
	case c.Kind == TextCell:
		return w.ParseDecimal(c.Text)
	}
	return c.Decimal()
}

// The ways to write a decimal: groups of three digits or none, and at most one sign that parts the decimals.
var (
	pointed = regexp.MustCompile(`^([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,18})(\.[0-9]{1,18})?$`)
	commaed = regexp.MustCompile(`^([0-9]{1,3}([. ][0-9]{3})+|[0-9]{1,18})(,[0-9]{1,18})?$`)
)

// ParseDecimal reads an amount as the map writes it: with a minus before or after it, or in parentheses.
func (w Way) ParseDecimal(text string) (string, error) {
	digits, negative := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text), false
	if inner, ok := strings.CutPrefix(digits, "("); ok && strings.HasSuffix(inner, ")") {
		digits, negative = strings.TrimSuffix(inner, ")"), true
	} else if rest, ok := strings.CutPrefix(digits, "-"); ok {
		digits, negative = rest, true
	} else if rest, ok := strings.CutSuffix(digits, "-"); ok {
		digits, negative = rest, true
	}
	digits = strings.TrimSpace(strings.TrimLeft(digits, "$€£+ "))
	way, groups, example := pointed, ",", "1,234.50"
	if w.Decimal == "comma" {
		way, groups, example = commaed, ". ", "1.234,50"
	}
	if !way.MatchString(digits) {
		return "", invalid("%q is not an amount; the column map expects one such as %s", short(text), example)
	}
	digits = strings.ReplaceAll(strings.Map(func(c rune) rune {
		if strings.ContainsRune(groups, c) {
			return -1
		}
		return c
	}, digits), ",", ".")
	if strings.Contains(digits, ".") {
		digits = strings.TrimRight(strings.TrimRight(digits, "0"), ".")
	}
	if negative && strings.Trim(digits, "0.") != "" {
		digits = "-" + digits
	}
	return digits, nil
}

// Day reads a date; blank is none.
func (w Way) Day(c Cell) (civil.Date, error) {
	switch {
	case c.Text == "":
		return 0, nil
	case c.Kind == DateCell:
		return c.Date()
	case c.Kind == TextCell:
		return w.parseDay(c.Text)
	}
	text, err := c.Decimal() // 20261130, as a number
	if err != nil {
		return 0, err
	}
	return w.parseDay(text)
}

// layouts of dates, from how people write them to how Go does.
var layouts = strings.NewReplacer("YYYY", "2006", "YY", "06", "MMM", "Jan", "MM", "01", "DD", "02", "M", "1", "D", "2")

func (w Way) parseDay(text string) (civil.Date, error) {
	pattern := cmp.Or(w.Date, "YYYY-MM-DD")
	t, err := time.Parse(layouts.Replace(pattern), text)
	if err != nil || t.Year() < 1900 || t.Year() > 2999 {
		return 0, invalid("%q is not a date; the column map expects %s", short(text), pattern)
	}
	return civil.FromTime(t), nil
}

var patternForm = regexp.MustCompile(`^(YYYY|YY|MMM|MM|M|DD|D|[-./ ])+$`)

// Check tells what of the way could not be used, each with its field.
func (w Way) Check(bad func(field, format string, args ...any)) {
	if c := w.comma(); w.Comma != "" && w.Comma != "tab" && (utf8.RuneCountInString(w.Comma) != 1 || c >= utf8.RuneSelf || c < ' ' || c == '"') {
		bad("comma", "%q cannot part columns; expected one character, or tab", short(w.Comma))
	}
	OneOf("decimal", w.Decimal, bad, "point", "comma")
	OneOf("encoding", w.Encoding, bad, "utf-8", "windows-1252")
	if w.Date != "" && !(patternForm.MatchString(w.Date) && strings.Contains(w.Date, "YY") && strings.Contains(w.Date, "M") && strings.Contains(w.Date, "D")) {
		bad("date", "%q is no way to write a date; expected one such as YYYY-MM-DD, MM/DD/YYYY or DD.MM.YY", short(w.Date))
	}
}

// OneOf tells when a value is neither blank nor one of those that may be.
func OneOf(field, is string, bad func(field, format string, args ...any), may ...string) {
	if is != "" && !slices.Contains(may, is) {
		bad(field, "%q is unknown; expected %s", short(is), strings.Join(may, " or "))
	}
}

// CheckColumn tells when the name of a column, for a field, cannot be one: a header, or a letter after an equals sign.
func CheckColumn(field, name string, headers bool, bad func(field, format string, args ...any)) {
	letter, byLetter := strings.CutPrefix(name, "=")
	switch {
	case byLetter && (ColumnOf(letter) == 0 || ColumnOf(letter) > MaxColumns):
		bad("columns", "%q, for the %s, is no column; expected a letter after the equals sign, such as =C", short(name), field)
	case !byLetter && !headers:
		bad("columns", "%q, for the %s, is the header of a column, but the map has no row of headers; name the column by its letter (=C), or set the header", short(name), field)
	case strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > MaxCell:
		bad("columns", "the column of the %s is blank or too long; leave it out when there is none", field)
	}
}

// Find says at which index of its cells the columns of the fields stand: by letter, or by the header rec.
func Find(columns map[string]string, fields []string, rec Record, wrong Wrong) map[string]int {
	at := map[string]int{}
	for _, field := range fields {
		name, mapped := columns[field]
		if !mapped {
			continue
		}
		if letter, ok := strings.CutPrefix(name, "="); ok {
			at[field] = ColumnOf(letter) - 1
			continue
		}
		var found []int
		for i, c := range rec.Cells {
			if strings.EqualFold(strings.TrimSpace(c.Text), strings.TrimSpace(name)) {
				found = append(found, i)
			}
		}
		switch len(found) {
		case 0:
			wrong(fmt.Sprintf("line %d", rec.Line), "there is no column %q, where the column map looks for the %s", name, field)
		case 1:
			at[field] = found[0]
		default:
			wrong(Place(rec.Line, found[1]+1), "the column %q is there twice; name the one for the %s by its letter (=%s)", name, field, Letters(found[0]+1))
		}
	}
	return at
}

// SortProblems orders what is wrong with a map, which is found in no order.
func SortProblems(wrong fault.List) {
	slices.SortFunc(wrong, func(a, b *fault.Error) int {
		return strings.Compare(fmt.Sprint(a.Field, a.Message), fmt.Sprint(b.Field, b.Message))
	})
}

// Printable takes control characters out of a text that a stranger wrote, and cuts it.
func Printable(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return ' '
		case unicode.IsControl(c):
			return -1
		}
		return c
	}, s)
	n := 0
	for i := range s {
		if n++; n > MaxCell {
			return s[:i]
		}
	}
	return strings.TrimSpace(s)
}
