package folder

import (
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/format/sheet"
	"quittance/internal/money"
)

// Read reads the folder at path: a directory of CSV files, or one XLSX workbook. All errors of form come at once, as a
// [fault.List] with places.
func Read(path string) (*Data, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.New(fault.NotFound, "%s does not exist; give a directory of CSV files, or an .xlsx workbook", path).Because(err)
	case err != nil:
		return nil, fault.New(fault.Unavailable, "%s cannot be read; look at its permissions", path).Because(err)
	case info.IsDir():
		return ReadFS(os.DirFS(path))
	case !info.Mode().IsRegular() || !strings.EqualFold(filepath.Ext(path), ".xlsx"):
		return nil, fault.New(fault.Invalid, "%s is neither a directory of CSV files nor an .xlsx workbook", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "%s cannot be read; look at its permissions", path).Because(err)
	}
	defer f.Close()
	return ReadXLSX(f, info.Size())
}

// ReadFS reads a folder of CSV files at the root of fsys. Hidden files (named with a dot) are passed over.
func ReadFS(fsys fs.FS) (*Data, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the folder cannot be listed; look at its permissions").Because(err)
	}
	r := newReader()
	present, files := map[string]bool{}, false
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if e.Name() == filesDir && e.IsDir() {
			files = true
			continue
		}
		name, ok := strings.CutSuffix(e.Name(), ".csv")
		if !ok || specOf(name) == nil {
			r.add(place(e.Name(), 1, 1), "is not a file of the company folder; expected %s.csv", strings.Join(fileNames(), ".csv, "))
			continue
		}
		present[name] = true
	}
	r.needRequired(present, ".csv")
	for _, s := range registry {
		if present[s.name] {
			r.file(fsys, s)
		}
	}
	if files {
		r.directoryFiles(fsys)
	}
	return r.result()
}

// reader is one reading of a folder.
type reader struct {
	problems
	data     *Data
	vouchers map[string]int // number → line where it begins
	customer named          // of the voucher that is being read
	vendor   named          // of the voucher that is being read
}

func newReader() *reader { return &reader{data: &Data{}, vouchers: map[string]int{}} }

func (r *reader) result() (*Data, error) {
	if err := r.err(); err != nil {
		return nil, err
	}
	return r.data, nil
}

// needRequired reports the required files that are missing; ending is that of a file name.
func (r *reader) needRequired(present map[string]bool, ending string) {
	for _, s := range registry {
		if s.required && !present[s.name] {
			r.add(place(s.name+ending, 1, 1), "is missing; company, accounts and periods are needed in every folder")
		}
	}
}

// record is one row as text; its cells are valid until the next record.
type record struct {
	line  int
	cells []cell
}

// table is the reading of one file.
type table struct {
	*reader
	spec      *spec
	file      string         // as places name it
	positions map[string]int // column → ordinal of its field
	header    int            // fields in the header
	keys      map[string]int // key → line
}

// table reads all records of a file; the first is the header. sparse says that a record may be shorter or longer than
// the header by blank cells, as in a workbook.
func (r *reader) table(s *spec, file string, records iter.Seq[record], sparse bool) {
	t := &table{reader: r, spec: s, file: file, keys: map[string]int{}}
	before := len(r.list) + r.more
	for rec := range records {
		if t.positions == nil {
			t.readHeader(rec)
			continue
		}
		if t.fit(&rec, sparse) {
			t.readRow(rec)
		}
	}
	if t.positions == nil && len(r.list)+r.more == before {
		r.add(place(file, 1, 1), "is empty; expected a header with the columns %s", strings.Join(s.layout.names(), ", "))
	}
	if s.check != nil {
		s.check(r, file)
	}
}

func (t *table) readHeader(rec record) {
	t.positions = map[string]int{}
	names := t.spec.layout.names()
	t.header = len(rec.cells)
	for i, c := range rec.cells {
		at := place(t.file, rec.line, i+1)
		switch {
		case c.Blank():
			t.add(at, "has no column name; expected one of %s", strings.Join(names, ", "))
		case c.Kind != sheet.TextCell:
			t.add(at, "is a formula, a number or a date; expected the name of a column, one of %s", strings.Join(names, ", "))
		case !slices.Contains(names, c.Text):
			t.add(at, "column %q is unknown; expected one of %s", short(c.Text), strings.Join(names, ", "))
		case t.positions[c.Text] > 0:
			t.add(at, "column %s is there twice; the first is field %d", c.Text, t.positions[c.Text])
		default:
			t.positions[c.Text] = i + 1
		}
	}
	for _, c := range t.spec.layout.columns {
		if c.required && t.positions[c.name] == 0 {
			t.add(place(t.file, rec.line, 1), "column %s is missing; every row needs a value there", c.name)
		}
	}
}

// fit makes the record as long as the header, or says what is wrong with it.
func (t *table) fit(rec *record, sparse bool) bool {
	n := len(rec.cells)
	if n == t.header {
		return true
	}
	if sparse && n < t.header {
		rec.cells = append(rec.cells, make([]cell, t.header-n)...)
		return true
	}
	t.add(place(t.file, rec.line, n), "the row has %d fields, the header %d; a comma within a text needs quotes around the text", n, t.header)
	return false
}

// checks is where the rules that join columns of one row report.
type checks struct {
	*reader
	row     row
	company money.Currency // zero when not known
	failed  map[string]bool
}

// sound says whether all these columns could be read.
func (c *checks) sound(columns ...string) bool {
	return !slices.ContainsFunc(columns, func(name string) bool { return c.failed[name] })
}

// bad reports that a column is wrong.
func (c *checks) bad(column, format string, args ...any) {
	c.failed[column] = true
	c.add(c.row.base().At(column), column+": "+format, args...)
}

func (t *table) readRow(rec record) {
	row := t.spec.fresh()
	*row.base() = Row{File: t.file, Line: rec.line, positions: t.positions}
	c := &checks{reader: t.reader, row: row, company: t.data.Company.Currency, failed: map[string]bool{}}
	v := reflect.ValueOf(row).Elem()
	l := &t.spec.layout
	cur := c.company
	if l.currency >= 0 {
		cur = t.readCurrency(c, v, rec)
	}
	for i := range l.columns {
		if i != l.currency {
			in := cur
			if l.columns[i].accounting {
				in = c.company
			}
			t.readColumn(c, &l.columns[i], v, rec, in)
		}
	}
	if checker, ok := row.(interface{ check(*checks) }); ok {
		checker.check(c)
	}
	t.checkKey(c, v)
	t.spec.add(t.reader, row)
}

// readCurrency reads the currency of the row; blank is the company's.
func (t *table) readCurrency(c *checks, v reflect.Value, rec record) money.Currency {
	col := &t.spec.layout.columns[t.spec.layout.currency]
	t.readColumn(c, col, v, rec, money.Currency{})
	field := v.Field(col.field)
	if field.IsZero() && c.sound(col.name) {
		field.Set(reflect.ValueOf(c.company))
	}
	return field.Interface().(money.Currency)
}

func (t *table) readColumn(c *checks, col *column, v reflect.Value, rec record, cur money.Currency) {
	position := t.positions[col.name]
	if position == 0 && col.required {
		c.failed[col.name] = true // the header said it
		return
	}
	var source cell
	if position > 0 {
		source = rec.cells[position-1]
	}
	text, err := textFor(source, col)
	if err == nil {
		err = col.parse(v.Field(col.field), text, cur)
	}
	if err != nil {
		c.bad(col.name, "%v", err)
	}
}

// checkKey reports a key that an earlier row has.
func (t *table) checkKey(c *checks, v reflect.Value) {
	var key, told []string
	for i := range t.spec.layout.columns {
		col := &t.spec.layout.columns[i]
		if !col.key {
			continue
		}
		if !c.sound(col.name) {
			return
		}
		text := col.print(v.Field(col.field), money.Currency{})
		key = append(key, text)
		told = append(told, col.name+" "+text)
	}
	if key == nil {
		return
	}
	joined := strings.Join(key, "\x00")
	if first, ok := t.keys[joined]; ok {
		t.add(place(t.file, c.row.base().Line, 1), "%s: is already on line %d; it may be there once", strings.Join(told, ", "), first)
		return
	}
	t.keys[joined] = c.row.base().Line
}

// short cuts a text that is told in a message.
func short(s string) string {
	const most = 60
	for i := range s {
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}
