package ui

import (
	"context"

	"github.com/a-h/templ"

	"quittance/internal/civil"
)

// Kind is what a column holds, and so how it is set.
type Kind string

// The kinds.
const (
	Text    Kind = "text"
	Code    Kind = "code"   // codes and numbers of documents
	Amounts Kind = "money"  // right-aligned, tabular
	Count   Kind = "count"  // whole numbers, set as amounts are
	Date    Kind = "date"   // days and instants
	Status  Kind = "status" // badges
)

// Column is a column of a table.
type Column struct {
	Title string
	Kind  Kind
	Wide  bool   // left out on narrow screens
	Note  string // told once behind the title, such as the currency
	Quiet bool   // the title is heard, not seen: a column of buttons
}

// Cell is what stands where a row and a column meet: Body, or Badges, or Text, as a link when there is an Href. Sub is a second line in
// small.
type Cell struct {
	Text, Href, Sub string
	Amount          string // exact decimal, shown in the reader's way and marked when negative
	Currency        string
	Machine         string // for dates: what machines read
	Badges          []Badge
	Body            templ.Component
}

// Row is a row of a table. Href is where enter goes; ID is what is selected.
type Row struct {
	ID, Name, Href string
	Cells          []Cell
	Tone           string // muted, warn, bad or blank
}

// Table is a list or the lines of a document.
type Table struct {
	ID      string // of the element; what a filter swaps
	Caption string // said to who cannot see it
	Columns []Column
	Rows    []Row
	Sums    []Cell // a last row; nil: none
	Select  string // name of the check boxes; blank: none
	Next    string // where the list goes on; see [Part]
	After   bool   // this is not its beginning
	Empty   Empty  // when there are no rows
	Dense   bool
}

// Empty says what a list is for while it is empty, and the next step.
type Empty struct {
	Title, Lead string
	Action      *Action
}

// TextCell is a cell with a text.
func TextCell(text string) Cell { return Cell{Text: text} }

// LinkCell is a cell with a text that leads somewhere.
func LinkCell(text, href string) Cell { return Cell{Text: text, Href: href} }

// AmountCell is a cell with an amount; nothing is shown for zero when blankZero.
func AmountCell(decimal, currency string, blankZero ...bool) Cell {
	if len(blankZero) > 0 && blankZero[0] && Zero(decimal) {
		return Cell{}
	}
	return Cell{Amount: decimal, Currency: currency}
}

// CountCell is a cell with a whole number.
func CountCell(ctx context.Context, n int64) Cell { return Cell{Text: Number(ctx, n)} }

// DayCell is a cell with a date.
func DayCell(ctx context.Context, d civil.Date) Cell {
	if d.IsZero() {
		return Cell{}
	}
	return Cell{Text: Day(ctx, d), Machine: d.String()}
}

// InstantCell is a cell with an instant, as RFC 3339.
func InstantCell(ctx context.Context, at string) Cell {
	return Cell{Text: Instant(ctx, at), Machine: at}
}

// BadgeCell is a cell with badges; those without a text are left out.
func BadgeCell(badges ...Badge) Cell {
	var c Cell
	for _, b := range badges {
		if b.Text != "" {
			c.Badges = append(c.Badges, b)
		}
	}
	return c
}

func (t Table) label(r Row) string {
	if r.Name != "" {
		return r.Name
	}
	return r.ID
}

// kindAt gives the kind of a column.
func (t Table) kindAt(i int) Kind {
	if i < len(t.Columns) {
		return t.Columns[i].Kind
	}
	return Text
}

func (t Table) cellClass(i int) string {
	class := "k-" + string(t.kindAt(i))
	if i < len(t.Columns) && t.Columns[i].Wide {
		class += " wide"
	}
	return class
}

// shown gives what a cell says.
func (c Cell) shown(ctx context.Context) string {
	if c.Amount != "" {
		return Amount(ctx, c.Amount, c.Currency)
	}
	return c.Text
}
