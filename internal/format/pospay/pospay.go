// Package pospay writes positive pay files, which tell a bank the checks that were issued, so that it pays no others, and those that
// were voided; and reads them back.
//
//   - A *layout* is data: how the file of a bank looks. There is no standard; each bank publishes its own.
//   - A layout is *delimited* (columns parted by a character) or *fixed* (fields at places in lines of one width). It has header
//     records, a detail record for each check, and trailer records.
//   - A *field* says what stands in it (see [Sources]) and how that is written: place and width, justification and padding, the format
//     of dates and amounts.
//   - An *item* is a check that was issued or voided.
//
// Invariants: a layout is checked whole before it is used; a value that is too long for its field is refused, naming both, and never
// cut, unless the layout says so of a text; a character that the bank cannot take is spelled (é as e) or refused, never dropped; what is
// written can be read back, and counts and totals of trailers are checked on reading.
//
// Source: the published file specifications of American banks, which have these parts in common; RFC 4180 for quoting.
package pospay

import (
	"bytes"
	"embed"
	"encoding/json"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// Limits.
const (
	MaxBytes  = 128 << 20 // of a file that is read
	MaxItems  = 1_000_000
	MaxLayout = 256 << 10 // bytes of a layout
	maxWidth  = 4096      // of a line
	maxFields = 200       // of a record
)

// Kind says how the values of a record are parted.
type Kind string

// The kinds.
const (
	Delimited Kind = "delimited"
	Fixed     Kind = "fixed"
)

// Layout is how the file of a bank looks.
type Layout struct {
	Name      string   `json:"name"`
	Title     string   `json:"title"`
	Sample    bool     `json:"sample,omitempty"` // made up to learn from, not of a bank
	Kind      Kind     `json:"kind"`
	Ending    string   `json:"ending,omitempty"`    // of lines: crlf (when blank) or lf
	Delimiter string   `json:"delimiter,omitempty"` // one character; a comma when blank
	Quote     string   `json:"quote,omitempty"`     // needed (when blank), always (texts), never
	Heading   bool     `json:"heading,omitempty"`   // the first line has the labels of the columns
	Width     int      `json:"width,omitempty"`     // of the lines of a fixed layout
	Upper     bool     `json:"upper,omitempty"`     // texts are written in capitals
	Issue     string   `json:"issue,omitempty"`     // the code of an issued check
	Void      string   `json:"void,omitempty"`      // the code of a voided one
	Headers   []Record `json:"headers,omitempty"`
	Detail    Record   `json:"detail"`
	Trailers  []Record `json:"trailers,omitempty"`
}

// Record is a line of a file.
type Record struct {
	Fields []Field `json:"fields"`
}

// Field is a place in a record.
type Field struct {
	Of       string `json:"of"`                 // what stands in it; see Sources
	Label    string `json:"label,omitempty"`    // in the heading; what stands in it when blank
	Value    string `json:"value,omitempty"`    // of a constant
	Start    int    `json:"start,omitempty"`    // its first place in a fixed record, from 1
	Width    int    `json:"width,omitempty"`    // its width in a fixed record; the most that a delimited one takes, 0: any
	Format   string `json:"format,omitempty"`   // of a date, such as MMDDYYYY; of an amount: decimal (160.00) or implied (16000)
	Justify  string `json:"justify,omitempty"`  // left or right; when blank, texts left and numbers right
	Pad      string `json:"pad,omitempty"`      // one character; when blank, a space for texts and a zero for numbers
	Truncate bool   `json:"truncate,omitempty"` // a text that is too long is cut
	Required bool   `json:"required,omitempty"` // may not be blank
}

// Item is a check.
type Item struct {
	Void      bool
	Number    int64
	Date      civil.Date // of issue
	Voided    civil.Date // blank when it is not void
	Amount    money.Amount
	Payee     string
	Reference string
}

// File is what a file tells. Not every layout has everything.
type File struct {
	Company  string // that issued the checks
	Routing  string
	Account  string
	Currency money.Currency
	Date     civil.Date // of the file
	Number   int64      // of the file
	Items    []Item
}

// class is how a value is written.
type class int

const (
	text class = iota
	number
	amount
	date
)

// source is something that can stand in a field.
type source struct {
	class   class
	records string // where: h(eader), d(etail), t(railer)
	cut     bool   // a text that may be cut
	what    string
}

var sources = map[string]source{
	"blank":        {text, "hdt", false, "nothing"},
	"constant":     {text, "hdt", false, "what value says"},
	"company":      {text, "hdt", true, "the name of the company"},
	"routing":      {text, "hdt", false, "the routing number of the bank"},
	"account":      {text, "hdt", false, "the number of the bank account"},
	"file_date":    {date, "hdt", false, "the date of the file"},
	"file_number":  {number, "hdt", false, "the number of the file"},
	"code":         {text, "d", false, "the code for issued or void"},
	"number":       {number, "d", false, "the number of the check"},
	"date":         {date, "d", false, "the date of issue"},
	"void_date":    {date, "d", false, "the date of the void"},
	"amount":       {amount, "d", false, "the amount of the check"},
	"payee":        {text, "d", true, "the name of the payee"},
	"reference":    {text, "d", true, "a reference"},
	"line":         {number, "d", false, "the number of the item in the file, from 1"},
	"records":      {number, "ht", false, "the number of all lines, with headers and trailers"},
	"count":        {number, "ht", false, "the number of checks"},
	"count_issued": {number, "ht", false, "the number of issued checks"},
	"count_voided": {number, "ht", false, "the number of voided checks"},
	"total":        {amount, "ht", false, "the sum of all amounts"},
	"total_issued": {amount, "ht", false, "the sum of issued amounts"},
	"total_voided": {amount, "ht", false, "the sum of voided amounts"},
}

// Sources gives what may stand in a field, by name, with what it is.
func Sources() map[string]string {
	all := make(map[string]string, len(sources))
	for name, s := range sources {
		all[name] = s.what
	}
	return all
}

// dates are the formats of dates, with how the time package has them.
var dates = map[string]string{
	"YYYY-MM-DD": "2006-01-02", "YYYYMMDD": "20060102", "MMDDYYYY": "01022006", "MMDDYY": "010206", "YYMMDD": "060102",
	"MM/DD/YYYY": "01/02/2006", "MM/DD/YY": "01/02/06", "MM-DD-YYYY": "01-02-2006", "DD.MM.YYYY": "02.01.2006",
}

// ParseLayout reads a layout as JSON and checks it.
func ParseLayout(data []byte) (*Layout, error) {
	if len(data) > MaxLayout {
		return nil, fault.New(fault.Limited, "the layout has %d bytes; at most %d are read", len(data), MaxLayout).ByRule("too_large")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	l := &Layout{}
	if err := d.Decode(l); err != nil {
		return nil, fault.New(fault.Invalid, "the layout is not as a layout is written: %s", strings.TrimPrefix(err.Error(), "json: ")).ByRule("layout").Because(err)
	}
	if d.More() {
		return nil, fault.New(fault.Invalid, "something follows the layout; expected one JSON object").ByRule("layout")
	}
	return l, l.Validate()
}

//go:embed samples/*.json
var files embed.FS

// Samples gives layouts to learn from and to change, by name. They are made up: a bank's own specification decides.
func Samples() []*Layout {
	names, err := files.ReadDir("samples")
	if err != nil {
		panic(err) // they are part of the program
	}
	var all []*Layout
	for _, n := range names {
		data, err := files.ReadFile("samples/" + n.Name())
		if err != nil {
			panic(err)
		}
		l, err := ParseLayout(data)
		if err != nil {
			panic("pospay: " + n.Name() + ": " + err.Error())
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b *Layout) int { return strings.Compare(a.Name, b.Name) })
	return all
}
