// Package letter prints letters as PDF on US letter paper: a batch is one PDF, each letter begins a page.
//
//   - A *letter* has a sender (the head of the first page), a recipient in the window of the envelope, date, reference, subject, a body
//     and a signature.
//   - The *body* is a row of *blocks*: paragraphs and tables. A table has columns, rows, and perhaps a total; its head stands again on
//     each page that it goes on to.
//   - Pages are numbered within their letter; those after the first name recipient, reference and date.
//
// Invariants: nothing is cut: texts are broken into lines, and what cannot be broken or shown is refused, naming the recipient; the same
// values give the same bytes.
//
// Sources: the window of the common number 10 envelope (7/8 inch from the left, 1/2 from below, 4 1/2 by 1 1/8), for paper folded in
// three; United States Postal Service, Publication 28 for the lines of an address.
package letter

import (
	"fmt"
	"time"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/paper"
)

// Limits.
const (
	MaxLetters = 5000   // of a batch; its pages are made in memory
	MaxRows    = 5000   // of a table
	MaxText    = 20_000 // characters of a paragraph
	maxColumns = 8
	maxAddress = 5 // lines under the recipient's name
	maxSender  = 4 // lines under the sender's name
)

// Party is a name with the lines of its address.
type Party struct {
	Name  string
	Lines []string
}

// Letter is a letter.
type Letter struct {
	Sender    Party
	Recipient Party
	Date      civil.Date
	Reference string // may be blank
	Subject   string
	Body      []Block
	Closing   string   // such as Sincerely,
	Signature []string // lines under the space for the signature
}

// Block is a paragraph, or a table when there is one.
type Block struct {
	Text  string
	Table *Table
}

// Table lists something. Every row, and the total when there is one, has a cell a column.
type Table struct {
	Columns []Column
	Rows    [][]string
	Total   []string
}

// Column is a column of a table.
type Column struct {
	Name  string
	Right bool    // amounts stand to the right
	Share float64 // of the width; 0: 1
}

// Print makes the pages of letters, in their order; at is the time that the document says it was made.
func Print(title string, at time.Time, letters []Letter) ([]byte, error) {
	switch {
	case len(letters) == 0:
		return nil, fault.New(fault.Invalid, "there is no letter to print").ByRule("nothing_to_print").In("letters")
	case len(letters) > MaxLetters:
		return nil, fault.New(fault.Limited, "%d letters are asked for; at most %d are printed at once, make several batches", len(letters), MaxLetters).ByRule("too_many").In("letters")
	}
	var wrong fault.List
	plain := make([]Letter, 0, len(letters))
	for i := range letters {
		l, err := letters[i].checked()
		if err != nil {
			wrong.Add(err)
		}
		if len(wrong) >= 50 {
			break
		}
		plain = append(plain, l)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	name, _, ok := paper.Plain(title)
	if !ok {
		name = "Letters"
	}
	d, trial := paper.New(name, plain[0].Sender.Name, at), paper.New(name, "", at) // the trial counts pages
	for i := range plain {
		before := trial.Pages()
		if err := (&flow{d: trial, l: &plain[i]}).print(); err != nil {
			wrong.Add(named(err, &plain[i]))
			continue
		}
		if err := (&flow{d: d, l: &plain[i], pages: trial.Pages() - before}).print(); err != nil {
			wrong.Add(named(err, &plain[i]))
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return d.Bytes()
}

// named names the letter that a failure is of.
func named(err error, l *Letter) error {
	var all fault.List
	all.Add(err)
	for _, e := range all {
		e.Place = l.what()
	}
	return all.Err()
}

func (l *Letter) what() string { return fmt.Sprintf("letter to %q", l.Recipient.Name) }
