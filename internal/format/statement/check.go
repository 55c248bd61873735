package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/money"
)

// maxWrong is how many errors are told one by one.
const maxWrong = 50

// Complete completes all statements, and notes where one does not follow the one before it.
func (f *File) Complete() {
	last := map[string]*Statement{}
	for i := range f.Statements {
		s := &f.Statements[i]
		s.Complete()
		key := s.Account.String() + " " + s.Currency
		if before := last[key]; before != nil && s.Nature == Final && s.Opening.From == Told && before.Closing.From == Told && s.Opening.Amount != before.Closing.Amount {
			s.Doubt(s.Place, fmt.Sprintf("it opens at %s, but the statement before it in the file (%s) closes at %s; one between them may be missing",
				s.show(s.Opening.Amount), before.Place, s.show(before.Closing.Amount)))
		}
		last[key] = s
	}
}

// Check refuses a file that does not add up, naming each difference.
func (f *File) Check() error {
	var wrong fault.List
	if len(f.Statements) == 0 {
		wrong.Add(Invalid("", "the file holds no statement; ask the bank for the account's statement"))
	}
	seen := map[string]string{}
	lines := 0
	for i := range f.Statements {
		s := &f.Statements[i]
		if len(wrong) < maxWrong {
			wrong.Add(s.Check())
		}
		for _, key := range s.keys() {
			if first, twice := seen[key]; twice {
				wrong.Add(Invalid(s.Place, "%s stands in the file twice, first at %s; take the second out, or ask the bank for the file again", s.name(), first).ByRule("statement_twice"))
				break
			}
			seen[key] = s.Place
		}
		for j := range s.Lines {
			lines += 1 + len(s.Lines[j].Details)
		}
	}
	if lines > MaxLines || len(f.Statements) > MaxStatements {
		wrong.Add(fault.New(fault.Limited, "the file has %d statements and %d lines; at most %d and %d are read, ask for smaller ones", len(f.Statements), lines, MaxStatements, MaxLines).ByRule("too_large"))
	}
	return wrong.Err()
}

// Check refuses a statement that does not add up.
func (s *Statement) Check() error {
	var wrong fault.List
	if _, err := money.CurrencyOf(s.Currency); err != nil {
		return Invalid(s.Place, "%s: %v", s.name(), err).In("currency")
	}
	if s.Account.String() == "" {
		wrong.Add(Invalid(s.Place, "the statement names no account; ask the bank for one that does").In("account"))
	}
	if s.From != 0 && s.To != 0 && s.From > s.To {
		wrong.Add(Invalid(s.Place, "%s begins on %s, after its end on %s", s.name(), s.From, s.To).In("from"))
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		switch {
		case len(wrong) >= maxWrong:
			return wrong.Err()
		case l.Currency != s.Currency:
			wrong.Add(Invalid(l.Place, "the line is in %q, but %s is in %s; ask the bank for one statement a currency", Short(l.Currency), s.name(), s.Currency).In("currency"))
		case l.Booked == 0 && !l.Pending:
			wrong.Add(Invalid(l.Place, "the line has no booking date").In("booked"))
		}
	}
	if len(wrong) == 0 {
		wrong.Add(s.balances())
		for _, c := range s.Controls {
			wrong.Add(s.control(c))
		}
	}
	return wrong.Err()
}

// balances checks that the lines lead from the opening to the closing balance.
func (s *Statement) balances() error {
	sum, err := s.Sum()
	if err != nil {
		return Invalid(s.Place, "%s: the sum of its lines is too large", s.name())
	}
	if s.Nature != Final || s.Opening.From != Told || s.Closing.From != Told {
		return nil
	}
	end, err := money.Add(s.Opening.Amount, sum)
	if err != nil {
		return Invalid(s.Place, "%s: opening balance and lines are too large", s.name())
	}
	off := s.Closing.Amount - end
	if off == 0 {
		return nil
	}
	return Invalid(s.Place, "%s does not add up: it opens at %s, its %d lines are %s together, which makes %s, but it closes at %s; the difference is %s%s. Ask the bank for it again",
		s.name(), s.show(s.Opening.Amount), len(s.Lines), s.show(sum), s.show(end), s.show(s.Closing.Amount), s.show(off), s.suspect(off)).In("closing").ByRule("statement_balance")
}

// suspect names a line that would explain a difference.
func (s *Statement) suspect(off money.Amount) string {
	for i := range s.Lines {
		l := &s.Lines[i]
		switch {
		case l.Pending:
		case l.Amount == -off/2 && off%2 == 0:
			return fmt.Sprintf(" (as if the sign were wrong at %s)", l.Place)
		case l.Amount == -off:
			return fmt.Sprintf(" (as if a line did not belong to it, that at %s)", l.Place)
		}
	}
	return ""
}

// control compares what the statement says of its lines with the lines: all of them, or the booked ones, as banks count either; and a
// batch as one, or by its transactions.
func (s *Statement) control(c Control) error {
	var counted []int64
	var summed []money.Amount
	for _, pending := range []bool{false, true} {
		var sum money.Sum
		var lines, parts int64
		for i := range s.Lines {
			l := &s.Lines[i]
			if l.Pending && !pending || c.Of == Credits && l.Amount < 0 || c.Of == Debits && l.Amount >= 0 {
				continue
			}
			lines++
			parts += max(1, int64(len(l.Details)), l.Batch.Count)
			if c.Of == Net {
				sum.Add(l.Amount)
			} else {
				sum.Add(l.Amount.Abs())
			}
		}
		total, err := sum.Total()
		if err != nil {
			return Invalid(c.Place, "the sum of the lines is too large")
		}
		counted, summed = append(counted, lines, parts), append(summed, total)
	}
	switch {
	case c.Sums && c.Sum != summed[0] && c.Sum != summed[1]:
		return Invalid(c.Place, "%s says that %s make %s, but they make %s; the difference is %s. Ask the bank for it again",
			s.name(), said[c.Of], s.show(c.Sum), s.show(summed[0]), s.show(c.Sum-summed[0])).In("sum").ByRule("statement_control")
	case c.Count >= 0 && c.Count != counted[0] && c.Count != counted[1] && c.Count != counted[2] && c.Count != counted[3]:
		return Invalid(c.Place, "%s says that the number of %s is %d, but there are %d. Ask the bank for it again", s.name(), said[c.Of], c.Count, counted[0]).In("count").ByRule("statement_control")
	}
	return nil
}

var said = map[string]string{Credits: "its credits", Debits: "its debits", All: "its lines", Net: "credits less debits"}

// difference says how the details of a line differ from it; blank when they do not, or when they cannot be compared.
func (l *Line) difference() string {
	if len(l.Details) == 0 {
		return ""
	}
	var sum money.Sum
	for i := range l.Details {
		if l.Details[i].Currency != l.Currency {
			return ""
		}
		sum.Add(l.Details[i].Amount)
	}
	c, err := money.CurrencyOf(l.Currency)
	total, over := sum.Total()
	if err != nil || over != nil || total == l.Amount {
		return ""
	}
	return fmt.Sprintf("its %d transactions are %s %s together, but the line is %s %s; charges may have been taken off", len(l.Details), c.Format(total), l.Currency, c.Format(l.Amount), l.Currency)
}

// Digest tells a statement by its content: the same statement has the same digest in whatever file it comes, of the same format.
func (s *Statement) Digest() string {
	content := *s
	content.Place, content.Doubts, content.Controls = "", nil, nil
	content.Lines = make([]Line, len(s.Lines))
	for i, l := range s.Lines {
		l.Place, l.Details = "", nil
		content.Lines[i] = l
	}
	b, err := json.Marshal(content)
	if err != nil {
		panic(err) // it is plain data
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// keys gives what no two statements of a file share: the content, and the name where there is one.
func (s *Statement) keys() []string {
	keys := []string{s.Digest()}
	if s.ID+s.Number != "" {
		keys = append(keys, strings.Join([]string{s.Nature, s.Account.String(), s.Currency, s.ID, s.Number, s.From.String(), s.To.String()}, "\x00"))
	}
	return keys
}

func (s *Statement) name() string {
	id := s.Number
	if id == "" {
		id = s.ID
	}
	if id == "" && s.To != 0 {
		id = "to " + s.To.String()
	}
	if id != "" {
		id += " "
	}
	return fmt.Sprintf("statement %sof account %s", id, s.Account)
}

func (s *Statement) show(a money.Amount) string {
	c, err := money.CurrencyOf(s.Currency)
	if err != nil {
		return fmt.Sprint(int64(a))
	}
	return c.Format(a) + " " + c.Code
}

// Invalid is an error of a file, at a place.
func Invalid(place, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).At(place).ByRule("statement_file")
}
