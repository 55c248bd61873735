package pospay

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// Outcome is what became of a check.
type Outcome string

// The outcomes, as they are written.
const (
	Paid          Outcome = "paid"
	Undeliverable Outcome = "undeliverable" // the mail brought it back
	Stopped       Outcome = "stopped"
	Stale         Outcome = "stale" // never cashed
	Voided        Outcome = "void"
)

// Outcomes gives all outcomes.
func Outcomes() []Outcome { return []Outcome{Paid, Undeliverable, Stopped, Stale, Voided} }

// CheckAnswer is what a bank, or the mail room, says of a check.
type CheckAnswer struct {
	Line    int    // of the file
	Account string // number or code of the bank account; blank: not said
	Check   string // digits, without leading zeros
	Outcome Outcome
	Amount  string // decimal with a point; blank: not said
	Date    civil.Date
	Reason  string
}

// MaxAnswers is the most checks that a list has.
const MaxAnswers = 100_000

// columns of a list of checks; the first two must be there.
var columns = []string{"check", "result", "account", "amount", "date", "reason"}

// ReadAnswers reads a list of checks: CSV in UTF-8 with a header row, columns in any order. Every error is told with its line.
func ReadAnswers(data []byte) ([]CheckAnswer, error) {
	if len(data) > MaxBytes {
		return nil, fault.New(fault.Limited, "the file has %d bytes; at most %d are read", len(data), MaxBytes).ByRule("too_large")
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, fault.New(fault.Invalid, "the file is no list of checks: it has no header row with the columns %s", strings.Join(columns, ", ")).At("line 1").ByRule("check_list")
	}
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := at[name]; twice || !slices.Contains(columns, name) {
			return nil, fault.New(fault.Invalid, "column %q is not known, or comes twice; a list of checks has %s", name, strings.Join(columns, ", ")).At("line 1").ByRule("check_list")
		}
		at[name] = i
	}
	for _, name := range columns[:2] {
		if _, has := at[name]; !has {
			return nil, fault.New(fault.Invalid, "the list has no column %q", name).At("line 1").ByRule("check_list")
		}
	}
	var all []CheckAnswer
	var wrong fault.List
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "%v", err).At(lineOf(err)).ByRule("check_list")
		}
		line, _ := r.FieldPos(0)
		if len(cells) != len(head) {
			wrong.Add(fault.New(fault.Invalid, "it has %d cells, the header %d", len(cells), len(head)).At(fmt.Sprintf("line %d", line)).ByRule("check_list"))
			continue
		}
		x, err := readAnswer(line, func(name string) string {
			if i, has := at[name]; has {
				return strings.TrimSpace(cells[i])
			}
			return ""
		})
		wrong.Add(err)
		if all = append(all, x); len(all) > MaxAnswers {
			return nil, fault.New(fault.Limited, "the list has more than %d checks", MaxAnswers).ByRule("too_large")
		}
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Invalid, "the list names no check").ByRule("check_list")
	}
	return all, nil
}

func lineOf(err error) string {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return fmt.Sprintf("line %d", p.Line)
	}
	return ""
}

// readAnswer reads a row; of what is wrong in it, the first is told.
func readAnswer(line int, cell func(string) string) (CheckAnswer, error) {
	x := CheckAnswer{Line: line, Account: cell("account"), Check: strings.TrimLeft(cell("check"), "0"), Outcome: Outcome(strings.ToLower(cell("result"))), Reason: cell("reason")}
	bad := func(field, text string, args ...any) (CheckAnswer, error) {
		return x, fault.New(fault.Invalid, field+": "+text, args...).At(fmt.Sprintf("line %d", line)).ByRule("check_list")
	}
	if x.Check == "" || len(x.Check) > 18 || strings.Trim(x.Check, "0123456789") != "" {
		return bad("check", "%q is no check number", shown(cell("check")))
	}
	if !slices.Contains(Outcomes(), x.Outcome) {
		return bad("result", "%q is none of %v", shown(string(x.Outcome)), Outcomes())
	}
	if text := cell("amount"); text != "" {
		whole, part, dotted := strings.Cut(text, ".")
		if whole == "" || strings.Trim(whole+part, "0123456789") != "" || dotted && part == "" || len(text) > 20 {
			return bad("amount", "%q is no amount; expected digits with a point, such as 160.00", shown(text))
		}
		x.Amount = text
	}
	if text := cell("date"); text != "" {
		var err error
		if x.Date, err = civil.Parse(text); err != nil {
			return bad("date", "%q is no date; expected YYYY-MM-DD", shown(text))
		}
	}
	if len(x.Reason) > 500 {
		return bad("reason", "it has more than 500 bytes")
	}
	return x, nil
}

// shown cuts what a stranger wrote.
func shown(text string) string { return text[:min(len(text), 40)] }
