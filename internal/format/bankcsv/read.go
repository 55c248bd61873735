package bankcsv

import (
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/sheet"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

// Limits of what is read, besides those of all statements.
const (
	maxUnzip = 512 << 20 // of a workbook
	maxWrong = 100       // errors told one by one
)

// Read reads a file by a map.
func Read(data []byte, workbook bool, m Map) (*statement.File, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	if err := statement.Size(data); err != nil {
		return nil, err
	}
	r := &reader{Map: m, cells: map[string]found{}}
	for rec := range m.way().Records(data, workbook, maxUnzip, r.bad) {
		if len(r.rows) == statement.MaxLines {
			return nil, fault.New(fault.Limited, "the file has more than %d lines; split it", statement.MaxLines).ByRule("too_large")
		}
		r.take(rec)
		if len(r.wrong) >= maxWrong {
			break
		}
	}
	f := &statement.File{Format: statement.CSV}
	if workbook {
		f.Format = statement.XLSX
	}
	r.statements(f)
	if err := r.wrong.Err(); err != nil {
		return nil, err
	}
	f.Complete()
	if err := f.Check(); err != nil {
		return nil, err
	}
	return f, nil
}

// reader is the reading of a file.
type reader struct {
	Map
	at    map[string]int // field → index of its column; nil: the header is still to come
	wide  int            // columns of the header; 0: it has none
	ended bool
	cells map[string]found // single cells
	rows  []row
	wrong fault.List
}

// found is a single cell, where it was found.
type found struct {
	place string
	cell  sheet.Cell
}

// row is a line with what says which statement it belongs to.
type row struct {
	statement.Line
	account string
	place   string // of the running balance
	balance *money.Amount
}

func (r *reader) bad(place, format string, args ...any) {
	r.wrong = append(r.wrong, statement.Invalid(place, format, args...))
}

// take takes a row of the file: one with a single cell, the header, or a line.
func (r *reader) take(rec sheet.Record) {
	if r.single(rec) || rec.Line < r.Header || rec.Empty() || r.ended {
		return
	}
	if r.at == nil {
		if r.Header > 0 && rec.Line != r.Header {
			r.at = map[string]int{}
			r.bad(fmt.Sprintf("line %d", r.Header), "the row of headers is blank; look at the column map")
			return
		}
		r.at = sheet.Find(r.Columns, Fields(), rec, r.bad)
		if len(r.wrong) > 0 {
			r.at = map[string]int{} // there is no sense in reading lines
		}
		if r.Header > 0 {
			r.wide = len(rec.Cells)
			return
		}
	}
	i := slices.IndexFunc(rec.Cells, func(c sheet.Cell) bool { return strings.TrimSpace(c.Text) != "" })
	if r.End != "" && i >= 0 && hasPrefix(rec.Cells[i].Text, r.End) {
		r.ended = true
		return
	}
	if len(r.at) > 0 {
		r.row(rec)
	}
}

func hasPrefix(text, prefix string) bool {
	text, prefix = strings.ToLower(strings.TrimSpace(text)), strings.ToLower(strings.TrimSpace(prefix))
	return strings.HasPrefix(text, prefix)
}

// single keeps the single cells of a row, and says whether one was found by its text: then the row is no line.
func (r *reader) single(rec sheet.Record) bool {
	labelled := false
	for _, name := range Cells() {
		at, mapped := r.Cells[name]
		if !mapped {
			continue
		}
		if line, column := address(at); line > 0 {
			if line == rec.Line && column <= len(rec.Cells) {
				r.cells[name] = found{sheet.Place(line, column), rec.Cells[column-1]}
			}
			continue
		}
		label := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(at), ":"))
		for i, c := range rec.Cells {
			if !strings.EqualFold(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(c.Text), ":")), label) {
				continue
			}
			for j := i + 1; j < len(rec.Cells); j++ {
				if !rec.Cells[j].Blank() && strings.TrimSpace(rec.Cells[j].Text) != "" {
					r.cells[name] = found{sheet.Place(rec.Line, j+1), rec.Cells[j]}
					labelled = true
					break
				}
			}
			break
		}
	}
	return labelled
}

// cell reads a single cell as a text; blank when the map names none. One that the map names and the file has not is reported.
func (r *reader) cell(name string, read func(sheet.Cell) (string, error)) string {
	at, mapped := r.Cells[name]
	if !mapped {
		return ""
	}
	x, there := r.cells[name]
	value, err := x.cell.Value()
	text := ""
	if err == nil {
		text, err = read(value)
	}
	switch {
	case !there || err == nil && text == "":
		r.bad(x.place, "%s: the file has nothing at %q, where the column map looks for it", name, statement.Short(at))
	case err != nil:
		r.bad(x.place, "%s: %v", name, err)
	}
	return text
}

// statements makes statements of the rows, one an account and currency.
func (r *reader) statements(f *statement.File) {
	if len(r.wrong) > 0 {
		return
	}
	account, currency := r.Account, r.Map.Currency
	if text := r.cell(Account, r.way().Text); text != "" {
		account = text
	}
	if text := r.cell(Currency, r.way().Text); text != "" {
		currency = strings.ToUpper(text)
	}
	opening, closing := r.cell(Opening, r.way().Amount), r.cell(Closing, r.way().Amount)
	if len(r.wrong) > 0 {
		return
	}
	byKey := map[string]int{}
	var groups [][]row
	for i := range r.rows {
		x := &r.rows[i]
		if x.account == "" {
			x.account = account
		}
		key := x.account + "\x00" + x.Currency
		if _, known := byKey[key]; !known {
			byKey[key] = len(groups)
			groups = append(groups, nil)
		}
		groups[byKey[key]] = append(groups[byKey[key]], *x)
	}
	if len(groups) == 0 && opening+closing == "" {
		r.bad("", "the file has no row with a line; look at the column map's row of headers (%d)", r.Header)
		return
	}
	if len(groups) == 0 { // nothing was booked
		groups = append(groups, nil)
	}
	if len(groups) > 1 && opening+closing != "" {
		r.bad("", "the file has lines of %d accounts or currencies, but one opening or closing balance; take the cells out of the column map, or load one account", len(groups))
		return
	}
	for _, rows := range groups {
		s := statement.Statement{Place: fmt.Sprintf("line %d", r.Header+1), Nature: statement.Final, Currency: currency, Account: statement.AccountOf(r.Bank, account)}
		if len(rows) > 0 {
			s.Place, s.Currency, s.Account = rows[0].Place, rows[0].Currency, statement.AccountOf(r.Bank, rows[0].account)
		}
		r.fill(&s, rows, opening, closing)
		f.Statements = append(f.Statements, s)
	}
}

// fill puts lines and balances into a statement.
func (r *reader) fill(s *statement.Statement, rows []row, opening, closing string) {
	if r.Order == NewestFirst {
		slices.Reverse(rows)
	}
	for _, x := range rows {
		s.Lines = append(s.Lines, x.Line)
		if s.From == 0 || x.Booked < s.From {
			s.From = x.Booked
		}
		s.To = max(s.To, x.Booked)
	}
	r.running(s, rows)
	s.Opening = r.told(s, Opening, opening, s.Opening, s.From)
	s.Closing = r.told(s, Closing, closing, s.Closing, s.To)
}

// told takes a balance of a cell; it must be the one that the running balance gave, when there is one.
func (r *reader) told(s *statement.Statement, name, text string, before statement.Balance, on civil.Date) statement.Balance {
	if text == "" {
		return before
	}
	c, err := money.CurrencyOf(s.Currency)
	if err != nil {
		return before // Check tells it
	}
	amount, err := c.Parse(text)
	switch {
	case err != nil:
		r.bad(r.cells[name].place, "%s: %v", name, err)
	case before.Known() && before.Amount != amount:
		r.bad(r.cells[name].place, "%s: the balance is %s, but by the running balance it is %s; the file is not whole, load it from the bank again", name, c.Format(amount), c.Format(before.Amount))
	}
	return statement.Balance{Amount: amount, Date: on, From: statement.Told}
}

// running checks the running balance line by line, and gives opening and closing by it.
func (r *reader) running(s *statement.Statement, rows []row) {
	c, err := money.CurrencyOf(s.Currency)
	if err != nil {
		return // Check tells it
	}
	var now money.Amount
	known := false
	var since money.Sum // of the lines before the first balance
	for _, x := range rows {
		if x.Pending {
			continue
		}
		now += x.Amount
		since.Add(x.Amount)
		if x.balance == nil {
			continue
		}
		if total, err := since.Total(); !known && err == nil {
			s.Opening = statement.Balance{Amount: *x.balance - total, Date: s.From, From: statement.Computed}
		}
		if known && now != *x.balance {
			hint := "a line is missing before it, or an amount is wrong"
			if r.backwards(rows) {
				hint = "the lines fit in the other order; say so in the column map (order)"
			}
			r.bad(x.place, "balance: it is %s, but by the balance before it and the amount it would be %s; the difference is %s: %s", c.Format(*x.balance), c.Format(now), c.Format(*x.balance-now), hint)
			return
		}
		now, known = *x.balance, true
	}
	if known {
		s.Closing = statement.Balance{Amount: now, Date: s.To, From: statement.Told}
	}
}

// backwards says whether the running balance fits in the other order.
func (r *reader) backwards(rows []row) bool {
	var before *row
	for i := len(rows) - 1; i >= 0; i-- {
		x := &rows[i]
		if x.Pending {
			continue
		}
		if x.balance == nil || before != nil && *before.balance+x.Amount != *x.balance {
			return false
		}
		before = x
	}
	return true
}
