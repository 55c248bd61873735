// Package mt940 reads the customer statement message MT940 of SWIFT.
//
//   - A file has *messages*, with or without the blocks of SWIFT around them; a message has *fields* (:61:), each with one line or several.
//   - A statement may go over several messages, its *pages*: all but the first begin with an intermediate balance (:60M:), all but the last end with one
//     (:62M:). They are joined into one.
//   - A line is a field :61:, and what the field :86: after it tells: in subfields as the German banks have them (?20), by code words (/EREF/), or as it is.
//
// Invariants: the pages of a statement follow one another without a gap, and each opens as the one before it closed; the balances are in one currency;
// what is not as the standard has it is refused with its line. RC takes back a credit, so that it is a debit, and RD the other way round.
//
// Source: SWIFT Standards, Category 9, MT940; for the subfields of :86:, the data formats of Die Deutsche Kreditwirtschaft (annex 3), and the code words
// of the structured field 86 that the banks of the Netherlands use.
package mt940

import (
	"fmt"
	"regexp"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

const maxFieldLines = 100

// field is a field of a message, with its line in the file.
type field struct {
	line int
	tag  string
	text []string
}

func (f field) place() string { return fmt.Sprintf("line %d (:%s:)", f.line, f.tag) }

func (f field) wrong(format string, args ...any) *fault.Error {
	return statement.Invalid(f.place(), format, args...)
}

// message is the fields of one message.
type message []field

// Parse reads a file.
func Parse(data []byte) (*statement.File, error) {
	text, doubts, err := statement.Decode(data)
	if err != nil {
		return nil, err
	}
	messages, err := split(text)
	if err != nil {
		return nil, err
	}
	r := &reader{file: &statement.File{Format: statement.MT940, Doubts: doubts}}
	for _, m := range messages {
		if err := r.message(m); err != nil {
			return nil, err
		}
	}
	if err := r.complete(); err != nil {
		return nil, err
	}
	r.file.Complete()
	if err := r.file.Check(); err != nil {
		return nil, err
	}
	return r.file, nil
}

var tagForm = regexp.MustCompile(`^:([0-9]{2}[A-Z]?|NS):(.*)$`)

// split takes the file apart into messages and fields.
func split(text string) ([]message, error) {
	var all []message
	var now message
	block := 0 // line where block 4 began; 0: none is open
	n := 0
	end := func() {
		if len(now) > 0 {
			all = append(all, now)
		}
		now = nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		n++
		line = strings.Trim(line, "\x01\x03")
		if strings.HasPrefix(line, "-}") || strings.TrimSpace(line) == "-" {
			end()
			block = 0
			line = strings.TrimPrefix(strings.TrimPrefix(line, "-"), "}")
		}
		if strings.HasPrefix(line, "{") && (len(now) == 0 || strings.HasPrefix(line, "{1:")) {
			if block > 0 {
				return nil, statement.Invalid(fmt.Sprintf("line %d", n), "a message begins, but the one of line %d has no end (-}); the file was cut off, load it from the bank again", block)
			}
			_, rest, found := strings.Cut(line, "{4:")
			if line = rest; found {
				end()
				block = n
			}
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		tag := tagForm.FindStringSubmatch(line)
		switch {
		case tag != nil && tag[1] == "20" && len(now) > 0:
			if block > 0 {
				return nil, statement.Invalid(fmt.Sprintf("line %d (:20:)", n), "a message begins, but the one of line %d has no end (-}); the file was cut off, load it from the bank again", block)
			}
			end()
			fallthrough
		case tag != nil:
			now = append(now, field{n, tag[1], []string{tag[2]}})
		case len(now) == 0:
			return nil, statement.Invalid(fmt.Sprintf("line %d", n), "%q is no field of a message; expected one such as :20:", statement.Short(statement.Clean(line)))
		default:
			last := &now[len(now)-1]
			if last.text = append(last.text, line); len(last.text) > maxFieldLines {
				return nil, last.wrong("the field has more than %d lines", maxFieldLines)
			}
		}
	}
	if block > 0 {
		return nil, statement.Invalid(fmt.Sprintf("line %d", n), "the message of line %d has no end (-}); the file was cut off, load it from the bank again", block)
	}
	end()
	return all, nil
}

// reader joins the pages of statements.
type reader struct {
	file  *statement.File
	open  *page // that the next message must follow
	lines int
}

// page is one message.
type page struct {
	statement.Statement
	first, last         field // the balances that it begins and ends with
	fromMiddle, toBreak bool
	number, sequence    string
	currency            money.Currency
	told                bool // an :86: belongs to the statement, since its end was told
}

// message reads one message, and joins it to the page before it.
func (r *reader) message(m message) error {
	p := &page{Statement: statement.Statement{Place: m[0].place(), Nature: statement.Final}}
	for _, f := range m {
		if err := p.take(f); err != nil {
			return err
		}
	}
	end := m[len(m)-1]
	switch {
	case p.first.tag == "":
		return end.wrong("the message of line %d has no opening balance (:60F:); it was cut off, load it from the bank again", m[0].line)
	case p.last.tag == "":
		return end.wrong("the message of line %d has no closing balance (:62F:); it was cut off, load it from the bank again", m[0].line)
	case p.Account.String() == "":
		return end.wrong("the message of line %d names no account (:25:)", m[0].line)
	}
	if r.lines += len(p.Lines); r.lines > statement.MaxLines {
		return fault.New(fault.Limited, "the file has more than %d lines; ask for smaller ones", statement.MaxLines).At(m[0].place()).ByRule("too_large")
	}
	return r.join(p)
}

// join adds a page to the one that is open, or begins a statement.
func (r *reader) join(p *page) error {
	was := r.open
	switch {
	case was == nil && p.fromMiddle:
		return p.first.wrong("the statement begins with an intermediate balance, but the page before it is not in the file; load all pages of statement %s as one file", p.number)
	case was == nil:
	case !p.fromMiddle || was.Account != p.Account || was.number != p.number:
		return r.complete()
	case was.Closing.Amount != p.Opening.Amount || was.currency != p.currency:
		return p.first.wrong("the page opens at %s %s, but the one before it closed at %s %s (%s); load the statement from the bank again",
			p.currency.Format(p.Opening.Amount), p.currency.Code, was.currency.Format(was.Closing.Amount), was.currency.Code, was.last.place()).In("opening")
	case !follows(was.sequence, p.sequence):
		return p.first.wrong("page %s follows page %s; the pages between are missing, load all of them as one file", p.sequence, was.sequence).In("sequence")
	}
	if was != nil {
		was.Lines = append(was.Lines, p.Lines...)
		was.Doubts = append(was.Doubts, p.Doubts...)
		was.Closing, was.Available, was.To, was.last, was.toBreak, was.sequence = p.Closing, p.Available, p.To, p.last, p.toBreak, p.sequence
		p = was
	}
	r.open = p
	if !p.toBreak {
		r.file.Statements = append(r.file.Statements, p.Statement)
		r.open = nil
	}
	return nil
}

// complete refuses a statement whose last page is missing.
func (r *reader) complete() error {
	if r.open == nil {
		return nil
	}
	return r.open.last.wrong("statement %s of account %s goes on after this intermediate balance, but its next page does not follow; load all pages as one file", r.open.number, r.open.Account)
}

// follows says whether one page number is next after another; pages without a number follow.
func follows(was, is string) bool {
	if was == "" || is == "" {
		return true
	}
	var a, b int
	_, err1 := fmt.Sscanf(was, "%d", &a)
	_, err2 := fmt.Sscanf(is, "%d", &b)
	return err1 == nil && err2 == nil && b == a+1
}

var numberForm = regexp.MustCompile(`^([0-9]{1,9})(?:/([0-9]{1,5}))?$`)

// take reads a field.
func (p *page) take(f field) error {
	switch f.tag {
	case "20":
		p.ID = statement.Clean(f.text[0])
	case "25", "25P":
		return p.account(f)
	case "28C", "28":
		n := numberForm.FindStringSubmatch(strings.TrimSpace(f.text[0]))
		if n == nil {
			return f.wrong("%q is no number of a statement; expected one such as 00211/001", statement.Short(f.text[0])).In("number")
		}
		p.number, p.sequence = n[1], n[2]
		p.Number = n[1]
	case "60F", "60M":
		if p.first.tag != "" {
			return f.wrong("the opening balance is told twice, first at %s", p.first.place())
		}
		p.first, p.fromMiddle = f, f.tag == "60M"
		if err := p.balance(f, &p.Opening); err != nil {
			return err
		}
		p.From = p.Opening.Date
	case "61":
		return p.line(f)
	case "62F", "62M":
		if p.last.tag != "" {
			return f.wrong("the closing balance is told twice, first at %s", p.last.place())
		}
		p.last, p.toBreak, p.told = f, f.tag == "62M", true
		if err := p.balance(f, &p.Closing); err != nil {
			return err
		}
		p.To = p.Closing.Date
	case "64":
		p.told = true
		return p.balance(f, &p.Available)
	case "65":
		p.told = true
		var forward statement.Balance
		return p.balance(f, &forward)
	case "86":
		return p.info(f)
	case "34F", "90C", "90D", "37H", "11":
		return f.wrong("the field belongs to another message than MT940 (an interim report MT942, an advice MT900 or MT910); ask the bank for MT940")
	case "21", "13", "13D", "NS":
	default:
		p.Doubt(f.place(), "the field is none of MT940; it was not read")
	}
	return nil
}

// account reads :25:, an IBAN or a bank code and a number, sometimes with the currency at its end.
func (p *page) account(f field) error {
	text := strings.TrimSpace(f.text[0])
	bank, number, found := strings.Cut(text, "/")
	if !found {
		bank, number = "", text
	}
	if n := len(number) - 3; n > 0 && !statement.IsIBAN(number) && statement.IsIBAN(strings.TrimSpace(number[:n])) {
		number = strings.TrimSpace(number[:n])
	}
	p.Account = statement.AccountOf(statement.Clean(bank), number)
	if len(f.text) > 1 && f.tag == "25P" {
		p.Account.Bank = statement.Clean(f.text[1])
	}
	if p.Account.Number == "" && p.Account.IBAN == "" {
		return f.wrong("%q names no account", statement.Short(text)).In("account")
	}
	return nil
}

var balanceForm = regexp.MustCompile(`^([CD])([0-9]{6})([A-Z]{3})([0-9]{1,15}(?:,[0-9]{0,3})?)$`)

// balance reads a balance; the first says the currency of the statement.
func (p *page) balance(f field, into *statement.Balance) error {
	b := balanceForm.FindStringSubmatch(strings.TrimSpace(f.text[0]))
	if b == nil {
		return f.wrong("%q is no balance; expected one such as C261130EUR1234,56", statement.Short(f.text[0])).In("balance")
	}
	c, err := money.CurrencyOf(b[3])
	if err != nil {
		return f.wrong("%v", err).In("currency")
	}
	if p.Currency == "" {
		p.Currency, p.currency = c.Code, c
	}
	if c != p.currency {
		return f.wrong("the balance is in %s, but the statement opens in %s; ask the bank for it again", c.Code, p.Currency).In("currency")
	}
	amount, err := statement.Amount(c.Code, b[4])
	if err != nil {
		return f.wrong("%v", err).In("balance")
	}
	if b[1] == "D" {
		amount = -amount
	}
	var on civil.Date
	if on, err = statement.Day(b[2]); err != nil {
		return f.wrong("%q is not a date; expected YYMMDD", b[2]).In("date")
	}
	*into = statement.Balance{Amount: amount, Date: on, From: statement.Told}
	return nil
}
