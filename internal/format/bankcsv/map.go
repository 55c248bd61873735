// Package bankcsv reads bank statements from CSV files and XLSX workbooks, by a saved column map.
//
//   - A *column map* says which *field* of a line stands in which column, by its header or by its letter after an equals sign (=C), and how dates, decimals
//     and signs are written. A single *cell* of the file, such as the opening balance, is named by its place after an equals sign (=B3), or by the text
//     that stands before it in its row.
//   - The amount stands in one column with its sign, in one column beside a mark of debit or credit, or in a column for debits and one for credits.
//   - The *running balance* is what the account stood at after a line. It is checked line by line; what is blank is passed over.
//
// Invariants: every error is reported with its place (line and column), and nothing is given while there is one; an amount that could be
// read in two ways is refused; lines are given from the oldest to the newest; rows of several accounts or currencies are statements of their own.
//
// Source: RFC 4180; ECMA-376 for workbooks; the maps are like those of remittances.
package bankcsv

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/format/sheet"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

// The fields of a line.
const (
	Booked       = "booked" // the booking date
	Value        = "value"  // the value date
	Amount       = "amount" // with its sign, or beside a mark
	Mark         = "mark"   // debit or credit
	Debit        = "debit"  // what went out, with or without a sign
	Credit       = "credit" // what came in
	Balance      = "balance"
	Currency     = "currency"
	Account      = "account" // of the statement
	Party        = "party"
	PartyAccount = "party_account"
	PartyBank    = "party_bank"
	Reference    = "reference" // the bank's
	EndToEnd     = "end_to_end"
	Customer     = "customer" // the account holder's reference
	Check        = "check"    // number
	Mandate      = "mandate"
	Kind         = "kind"
	Status       = "status"
	Text         = "text"
	MoreText     = "more_text"
)

// Fields gives all fields, in the order of their use.
func Fields() []string {
	return []string{
		Booked, Value, Amount, Mark, Debit, Credit, Balance, Currency, Account, Party, PartyAccount, PartyBank, Reference, EndToEnd, Customer, Check, Mandate, Kind, Status, Text, MoreText,
	}
}

// The single cells.
const (
	Opening = "opening"
	Closing = "closing"
)

// Cells gives the names of all single cells.
func Cells() []string { return []string{Opening, Closing, Account, Currency} }

// The orders of lines, and the rules for the sign of the amount.
const (
	OldestFirst = "oldest_first"
	NewestFirst = "newest_first"
	PositiveIn  = "positive_in"
	PositiveOut = "positive_out"
)

// Map is a column map.
type Map struct {
	Columns  map[string]string `json:"columns"`
	Cells    map[string]string `json:"cells"`
	Header   int               `json:"header"` // row of the headers, from 1; 0: there is none. Rows before it are no lines
	End      string            `json:"end"`    // a row that begins with this text ends the lines
	Sheet    string            `json:"sheet"`
	Comma    string            `json:"comma"`
	Decimal  string            `json:"decimal"`
	Date     string            `json:"date"`
	Encoding string            `json:"encoding"`
	Sign     string            `json:"sign"`     // PositiveIn (also blank) or PositiveOut
	Order    string            `json:"order"`    // OldestFirst (also blank) or NewestFirst
	Bank     string            `json:"bank"`     // of the account
	Account  string            `json:"account"`  // where the file does not tell it
	Currency string            `json:"currency"` // where the file does not tell it
	Pending  string            `json:"pending"`  // status of a line that is not booked
	Kinds    map[string]string `json:"kinds"`    // from the file's word for a kind to ours
}

func (m Map) way() sheet.Way {
	return sheet.Way{Sheet: m.Sheet, Comma: m.Comma, Decimal: m.Decimal, Date: m.Date, Encoding: m.Encoding}
}

var cellForm = regexp.MustCompile(`^=([A-Za-z]{1,3})([1-9][0-9]{0,6})$`)

// address gives the line and the column of a cell that is named by its place; 0 for one that is named by a text.
func address(name string) (line, column int) {
	x := cellForm.FindStringSubmatch(name)
	if x == nil {
		return 0, 0
	}
	line, _ = strconv.Atoi(x[2]) // it is digits
	return line, sheet.ColumnOf(x[1])
}

// Check refuses a map that could not be used.
func (m Map) Check() error {
	var wrong fault.List
	bad := func(field, format string, args ...any) {
		wrong = append(wrong, fault.New(fault.Invalid, format, args...).In(field).ByRule("column_map"))
	}
	for field, name := range m.Columns {
		if !slices.Contains(Fields(), field) {
			bad("columns", "%q is nothing that a line of a statement has; expected one of %s", statement.Short(field), strings.Join(Fields(), ", "))
			continue
		}
		sheet.CheckColumn(field, name, m.Header > 0, bad)
	}
	for name, at := range m.Cells {
		line, column := address(at)
		switch {
		case !slices.Contains(Cells(), name):
			bad("cells", "%q is no cell of a statement; expected one of %s", statement.Short(name), strings.Join(Cells(), ", "))
		case strings.HasPrefix(at, "=") && (line == 0 || column == 0 || column > sheet.MaxColumns), strings.TrimSpace(at) == "":
			bad("cells", "%q, for the %s, is no cell; expected a place such as =B3, or the text before the cell", statement.Short(at), name)
		}
	}
	m.checkAmounts(bad)
	if m.Header < 0 || m.Header > 1000 {
		bad("header", "%d is no row of headers; expected 1 to 1000, or 0 when there is none", m.Header)
	}
	if m.Currency != "" {
		if _, err := money.CurrencyOf(m.Currency); err != nil {
			bad("currency", "%v", err)
		}
	}
	if m.Currency == "" && m.Columns[Currency] == "" && m.Cells[Currency] == "" {
		bad("currency", "no column or cell tells the currency; say it in the column map")
	}
	if m.Account == "" && m.Columns[Account] == "" && m.Cells[Account] == "" {
		bad("account", "no column or cell tells the account; say it in the column map")
	}
	m.way().Check(bad)
	sheet.OneOf("sign", m.Sign, bad, PositiveIn, PositiveOut)
	sheet.OneOf("order", m.Order, bad, OldestFirst, NewestFirst)
	for word, kind := range m.Kinds {
		sheet.OneOf("kinds", kind, bad, statement.Transfer, statement.Check, statement.Deposit, statement.ACH, statement.Card, statement.Fee, statement.Interest, statement.Return, statement.Reversal, statement.Other)
		if strings.TrimSpace(word) == "" {
			bad("kinds", "a word for a kind is blank")
		}
	}
	sheet.SortProblems(wrong)
	return wrong.Err()
}

func (m Map) checkAmounts(bad func(field, format string, args ...any)) {
	has := func(field string) bool { return m.Columns[field] != "" }
	if !has(Booked) {
		bad("columns", "the booking date (%s) has no column", Booked)
	}
	switch {
	case has(Amount) == (has(Debit) || has(Credit)):
		bad("columns", "the amount stands in one column (%s), or in two (%s and %s); name the one or the two", Amount, Debit, Credit)
	case has(Debit) != has(Credit):
		bad("columns", "%s and %s are columns together", Debit, Credit)
	case has(Mark) && !has(Amount):
		bad("columns", "%s belongs to %s", Mark, Amount)
	}
	if has(Status) != (m.Pending != "") {
		bad("pending", "the column %s and the text of a line that is not booked belong together", Status)
	}
}
