package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"quittance/internal/spool"
)

// table is rows in columns for a person: text to the left, numbers to the right (which text/tabwriter cannot do in one
// table, and not in bounded memory). Rows wait in a spool until the widths are known.
type table struct {
	columns []column
	rows    spool.Spool
	count   int
	footer  [][]string
	widths  []int
}

// column is a column of a table or of a CSV list.
type column struct {
	name   string
	number bool
}

// columnsOf reads column names divided by blanks; one that begins with > holds numbers.
func columnsOf(spec string) []column {
	var all []column
	for name := range strings.FieldsSeq(spec) {
		bare, number := strings.CutPrefix(name, ">")
		all = append(all, column{bare, number})
	}
	return all
}

func newTable(spec string) *table {
	t := &table{columns: columnsOf(spec)}
	for _, c := range t.columns {
		t.widths = append(t.widths, len(c.name))
	}
	return t
}

const cellEnd = "\x1f" // ends a cell in the spool; clean keeps it out of the cells

// add appends a row.
func (t *table) add(cells ...string) error {
	t.count++
	t.measure(cells)
	_, err := io.WriteString(&t.rows, strings.Join(cells, cellEnd)+"\n")
	return err
}

// foot appends a row below the others, such as a total.
func (t *table) foot(cells ...string) {
	t.measure(cells)
	t.footer = append(t.footer, cells)
}

func (t *table) measure(cells []string) {
	for i := range cells {
		cells[i] = clean(cells[i])
		t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cells[i]))
	}
}

// print writes the table; without rows it writes nothing.
func (t *table) print(w io.Writer) error {
	if t.count == 0 {
		return nil
	}
	header := make([]string, len(t.columns))
	for i, c := range t.columns {
		header[i] = strings.ToUpper(strings.ReplaceAll(c.name, "_", " "))
	}
	out := bufio.NewWriter(w)
	t.line(out, header)
	r, err := t.rows.Reader()
	if err != nil {
		return err
	}
	for lines := bufio.NewReader(r); ; {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		t.line(out, strings.Split(strings.TrimSuffix(line, "\n"), cellEnd))
	}
	for _, cells := range t.footer {
		t.line(out, cells)
	}
	return out.Flush()
}

func (t *table) line(w io.Writer, cells []string) {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteString("  ")
		}
		pad := strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(cell))
		if t.columns[i].number {
			b.WriteString(pad + cell)
		} else {
			b.WriteString(cell + pad)
		}
	}
	fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
}

// clean replaces control characters, which could move a terminal's cursor or break a row.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
