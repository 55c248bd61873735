package folder

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// column is one column of a file, from the tag of its field.
//
// The type of the field says the kind: string is a text, bool yes or no, int a whole number (0 = blank), [civil.Date],
// [time.Time] an instant, [money.Rate], [money.Currency], [money.Amount] (blank = 0) and *money.Amount (blank = nil).
// The options of the tag:
//
//	required      blank is an error
//	code          a text without space at either end, at most maxCode characters
//	key           part of the key of the row, which is unique in the file
//	lines         a text of several lines; line breaks, tabs and other control characters are escaped, see [escape]
//	max=N         at most N characters
//	enum=a|b      one of these
//	default=a     what blank stands for
//	range=A..B    of a whole number
//	unsigned      an amount that is not negative
//	accounting    an amount in the company's currency; others are in the row's
//	format=NAME   a text of one of the formats
type column struct {
	name       string
	field      int // of the struct
	kind       reflect.Type
	required   bool
	code       bool
	key        bool
	unsigned   bool
	accounting bool
	lines      bool
	max        int // characters
	enum       []string
	byDefault  string
	low, high  int
	format     func(string) error
}

var (
	textKind           = reflect.TypeFor[string]()
	flagKind           = reflect.TypeFor[bool]()
	numberKind         = reflect.TypeFor[int]()
	dateKind           = reflect.TypeFor[civil.Date]()
	instantKind        = reflect.TypeFor[time.Time]()
	rateKind           = reflect.TypeFor[money.Rate]()
	currencyKind       = reflect.TypeFor[money.Currency]()
	amountKind         = reflect.TypeFor[money.Amount]()
	optionalAmountKind = reflect.TypeFor[*money.Amount]()
)

// layout is the columns of a file; the currency column, if any, is told apart, because amounts need it.
type layout struct {
	columns  []column
	currency int // index in columns, or -1
}

func layoutOf[T any]() layout {
	t := reflect.TypeFor[T]()
	l := layout{currency: -1}
	for i := range t.NumField() {
		tag, ok := t.Field(i).Tag.Lookup("col")
		if !ok {
			continue
		}
		c := columnOf(tag)
		c.field, c.kind = i, t.Field(i).Type
		if c.kind == currencyKind {
			l.currency = len(l.columns)
		}
		l.columns = append(l.columns, c)
	}
	return l
}

func (l layout) names() []string {
	names := make([]string, len(l.columns))
	for i, c := range l.columns {
		names[i] = c.name
	}
	return names
}

// currencyOf gives the currency of a row, byDefault when it has none.
func (l layout) currencyOf(v reflect.Value, byDefault money.Currency) money.Currency {
	if l.currency >= 0 {
		if cur := v.Field(l.columns[l.currency].field).Interface().(money.Currency); cur.Code != "" {
			return cur
		}
	}
	return byDefault
}

// columnOf reads a tag; a wrong one is a defect of this package and panics when the program starts.
func columnOf(tag string) column {
	name, rest, _ := strings.Cut(tag, ",")
	c := column{name: name}
	for option := range strings.SplitSeq(rest, ",") {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "":
		case "required":
			c.required = true
		case "code":
			c.code = true
		case "key":
			c.key = true
		case "unsigned":
			c.unsigned = true
		case "accounting":
			c.accounting = true
		case "lines":
			c.lines, c.max = true, maxLines
		case "max":
			c.max = mustInt(value)
		case "enum":
			c.enum = strings.Split(value, "|")
		case "default":
			c.byDefault = value
		case "range":
			low, high, _ := strings.Cut(value, "..")
			c.low, c.high = mustInt(low), mustInt(high)
		case "format":
			c.format = formats[value]
			if c.format == nil {
				panic("folder: unknown format in tag " + tag)
			}
		default:
			panic("folder: unknown option in tag " + tag)
		}
	}
	if c.max == 0 {
		c.max = maxText
		if c.code {
			c.max = maxCode
		}
	}
	return c
}

func mustInt(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// invalid makes an error of form; its place is added by the caller.
func invalid(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

// parse sets v, the field of the column, from text; cur is the currency of its amount. An amount whose currency is not
// known, which is another error, is tested for its form and left out.
func (c *column) parse(v reflect.Value, text string, cur money.Currency) error {
	if text == "" {
		text = c.byDefault
	}
	if text == "" {
		if c.required {
			return invalid("is blank; a value is needed here")
		}
		return nil
	}
	if n := utf8.RuneCountInString(text); n > c.max {
		return invalid("has %d characters; at most %d fit", n, c.max)
	}
	if c.kind == textKind {
		if c.lines {
			var err error
			if text, err = unescape(text); err != nil {
				return err
			}
		}
		v.SetString(text)
		return c.checkText(text)
	}
	switch c.kind {
	case flagKind:
		if text != "yes" && text != "no" {
			return invalid("%q is neither yes nor no", text)
		}
		v.SetBool(text == "yes")
	case numberKind:
		n, err := c.parseNumber(text)
		v.SetInt(int64(n))
		return err
	case amountKind, optionalAmountKind:
		if cur.Code == "" {
			return checkDigits(strings.TrimPrefix(text, "-"))
		}
		return c.parseAmount(v, text, cur)
	default:
		value, err := parsers[c.kind](text)
		if err != nil {
			return err
		}
		v.Set(reflect.ValueOf(value))
	}
	return nil
}

// parsers read the kinds that need nothing but the text.
var parsers = map[reflect.Type]func(string) (any, error){
	dateKind:     func(s string) (any, error) { return civil.Parse(s) },
	rateKind:     func(s string) (any, error) { return parseRate(s) },
	currencyKind: func(s string) (any, error) { return money.CurrencyOf(s) },
	instantKind:  func(s string) (any, error) { return parseInstant(s) },
}

// parseRate is stricter than money.ParseRate, which takes exponents.
func parseRate(s string) (money.Rate, error) {
	if checkDigits(s) != nil {
		return money.Rate{}, invalid("%q is not an exchange rate; expected a positive decimal such as 1.0825", s)
	}
	return money.ParseRate(s)
}

func parseInstant(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, invalid("%q is not an instant; expected one such as 2026-11-30T17:05:00Z", s)
	}
	return t.UTC(), nil
}

func (c *column) checkText(text string) error {
	switch {
	case c.enum != nil && !slices.Contains(c.enum, text):
		return invalid("%q is unknown; expected one of %s", text, strings.Join(c.enum, ", "))
	case c.code && strings.TrimSpace(text) != text:
		return invalid("%q begins or ends with a space; take it away", text)
	case c.format != nil:
		return c.format(text)
	}
	return nil
}

func (c *column) parseNumber(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || strings.HasPrefix(text, "+") {
		return 0, invalid("%q is not a whole number", text)
	}
	if n < c.low || n > c.high {
		return 0, invalid("%d is out of range; expected %d to %d", n, c.low, c.high)
	}
	return n, nil
}

func (c *column) parseAmount(v reflect.Value, text string, cur money.Currency) error {
	a, err := cur.Parse(text)
	if err != nil {
		return err
	}
	if c.unsigned && a < 0 {
		return invalid("%q is negative; an amount without sign is expected here", text)
	}
	if c.kind == optionalAmountKind {
		v.Set(reflect.ValueOf(&a))
	} else {
		v.SetInt(int64(a))
	}
	return nil
}

// print gives the text of v, which parse reads back.
func (c *column) print(v reflect.Value, cur money.Currency) string {
	switch value := v.Interface().(type) {
	case string:
		if c.lines {
			return escape(value)
		}
		return value
	case bool:
		if value {
			return "yes"
		}
		return "no"
	case int:
		if value == 0 && !c.required {
			return ""
		}
		return strconv.Itoa(value)
	case money.Amount:
		return cur.Format(value)
	case *money.Amount:
		if value == nil {
			return ""
		}
		return cur.Format(*value)
	case money.Currency:
		return value.Code
	case time.Time:
		if value.IsZero() {
			return ""
		}
		return value.UTC().Format(time.RFC3339Nano)
	case fmt.Stringer: // dates and rates
		return value.String()
	}
	panic("folder: no text for a field of " + v.Type().String())
}

// escape writes a text on one line: a line break is \n, a tab \t, another control character \u and four hexadecimal digits, a
// backslash two.
func escape(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unescape reads what [escape] writes.
func unescape(text string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, `\`)
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		code, most := rest[:min(1, len(rest))], 1
		switch code {
		case `\`:
			b.WriteByte('\\')
		case "n":
			b.WriteByte('\n')
		case "t":
			b.WriteByte('\t')
		default:
			most = 5
			n, err := strconv.ParseUint(rest[min(1, len(rest)):min(most, len(rest))], 16, 16)
			if code != "u" || len(rest) < most || err != nil || !unicode.IsControl(rune(n)) {
				return "", invalid(`a backslash stands before n (a line break), t (a tab), another backslash, or u and four hexadecimal digits of a control character`)
			}
			b.WriteRune(rune(n))
		}
		text = rest[most:]
	}
}
