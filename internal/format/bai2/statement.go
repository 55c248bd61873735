package bai2

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/moov-io/bai2/pkg/lib"

	"quittance/internal/format/statement"
	"quittance/internal/money"
)

// Statements reads a file as bank statements, one an account. Details that are debits or credits by no rule are refused, since the balance could not
// be checked.
func Statements(data []byte) (*statement.File, error) {
	out := &statement.File{Format: statement.BAI2}
	file, err := parse(data, func(a *account) error {
		s, err := a.statement()
		if err == nil {
			out.Statements = append(out.Statements, *s)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out.ID = statement.Clean(strings.Trim(file.Sender+"-"+file.FileCreatedDate+"-"+file.FileIdNumber, "-"))
	out.Complete()
	if err := out.Check(); err != nil {
		return nil, err
	}
	return out, nil
}

// The states of a group, and the modifiers of its date. Source: BAI2, record 02.
const (
	deletion      = 2
	correction    = 3
	testOnly      = 4
	interimBefore = 1 // of the day before, not final
	interimToday  = 3
)

// defaultCurrency is that of a group that names none. Source: BAI2, record 02.
const defaultCurrency = "USD"

// statement gives the statement of an account.
func (a *account) statement() (*statement.Statement, error) {
	switch a.group.GroupStatus {
	case deletion, testOnly:
		return nil, a.header.wrong("its group has the status %d, which takes data back or is a test; it is no statement, ask the bank for one (status 1)", a.group.GroupStatus)
	}
	if a.currency == "" {
		a.currency = defaultCurrency
	}
	s := &statement.Statement{
		Place: place(a.header), Nature: statement.Final, Currency: a.currency, From: a.date, To: a.date,
		Account: statement.AccountOf(statement.Clean(a.group.Originator), a.AccountNumber),
	}
	switch a.group.AsOfDateModifier {
	case interimToday:
		s.Nature = statement.Interim
	case interimBefore:
		s.Doubt(s.Place, "the bank says that the data of the day are not final yet")
	}
	if a.group.GroupStatus == correction {
		s.Doubt(s.Place, "the bank sends the statement as a correction of one before")
	}
	if err := a.summaries(s); err != nil {
		return nil, err
	}
	var lines []statement.Line
	for i := range a.details {
		l, err := a.line(&a.details[i])
		if err != nil {
			return nil, err
		}
		if l != nil {
			lines = append(lines, *l)
		}
	}
	var err error
	s.Lines, err = a.deposits(lines)
	return s, err
}

func place(r record) string { return fmt.Sprintf("line %d (record %s)", r.line, r.code) }

// summaries takes balances and totals. Source: BAI2, uniform type codes, account status and activity summary.
func (a *account) summaries(s *statement.Statement) error {
	for _, x := range a.Summaries {
		if x.TypeCode == "" || x.Amount == "" {
			continue
		}
		n, err := whole(a.header, x.Amount)
		if err != nil {
			return err
		}
		b := statement.Balance{Amount: money.Amount(n), Date: a.date, From: statement.Told}
		var into *statement.Balance
		switch x.TypeCode {
		case "010":
			into, b.Date = &s.Opening, 0 // at the beginning of the day
		case "015":
			into = &s.Closing
		case "030":
			if s.Nature != statement.Interim {
				continue
			}
			into = &s.Closing
		case "045", "060":
			into = &s.Available
		case "100", "400":
			c := statement.Control{Place: s.Place, Of: statement.Credits, Count: -1, Sum: b.Amount.Abs(), Sums: true}
			if x.TypeCode == "400" {
				c.Of = statement.Debits
			}
			if x.ItemCount > 0 {
				c.Count = x.ItemCount
			}
			s.Controls = append(s.Controls, c)
			continue
		default:
			continue
		}
		if into.Known() && into.Amount != b.Amount && x.TypeCode != "060" {
			return a.header.wrong("the balance %s is told twice, as %d and as %d", x.TypeCode, into.Amount, b.Amount)
		}
		*into = b
	}
	return nil
}

// direction says whether a type is a credit (1) or a debit (-1); 0 is neither. Source: BAI2, uniform type codes: 100 to 399 credits, 400 to 699 debits,
// 720 to 729 payments of a loan, 760 its disbursement, 920 to 959 and 960 to 999 credits and debits of the bank's own.
func direction(code string) int64 {
	n, err := strconv.Atoi(code)
	switch {
	case err != nil:
	case n >= 100 && n <= 399, n >= 720 && n <= 729, n >= 920 && n <= 959:
		return 1
	case n >= 400 && n <= 699, n == 760, n >= 960 && n <= 999:
		return -1
	}
	return 0
}

// line gives the line of a detail; nil for one that moves nothing.
func (a *account) line(d *detail) (*statement.Line, error) {
	sign := direction(d.TypeCode)
	if sign == 0 {
		if d.amount == 0 { // such as 890, a text
			return nil, nil
		}
		return nil, d.wrong("type %q is neither a credit (100 to 399) nor a debit (400 to 699), so that the balance cannot be checked; ask the bank what it is", short(d.TypeCode))
	}
	l := &statement.Line{Booked: a.date, Transaction: statement.Transaction{
		Place: place(d.record), Amount: money.Amount(sign * d.amount), Currency: a.currency, Code: statement.Code{Type: d.TypeCode},
		Bank: statement.Clean(d.BankReferenceNumber), Customer: statement.Clean(d.CustomerReferenceNumber),
	}}
	l.Kind = kindOf(d.TypeCode)
	for _, t := range d.texts {
		l.Say(t.Text)
	}
	if l.Kind == statement.Check || d.TypeCode == "255" || d.TypeCode == "395" { // the last two take a check back
		l.Check = checkNumber(l.Customer, l.Texts)
	}
	if l.Kind == statement.Return {
		l.Return = statement.Reason{Code: returnForm.FindString(strings.Join(l.Texts, " "))}
	}
	if l.Customer == l.Check {
		l.Customer = ""
	}
	return l, a.funds(d, l, sign)
}

var (
	returnForm = regexp.MustCompile(`\bR[0-9]{2}\b`) // reason of a returned ACH entry
	checkForm  = regexp.MustCompile(`(?i)\bche(?:ck|que)\s*(?:no\.?|number|#)?\s*:?\s*0*([1-9][0-9]{1,14})\b`)
)

// checkNumber finds the number of a check: the customer's reference, or what the text says.
func checkNumber(reference string, texts []string) string {
	if reference != "" && strings.Trim(reference, "0123456789") == "" {
		return strings.TrimLeft(reference, "0")
	}
	if m := checkForm.FindStringSubmatch(strings.Join(append([]string{reference}, texts...), " ")); m != nil {
		return m[1]
	}
	return ""
}

// funds says when the amount is at one's disposal. Source: BAI2, funds type.
func (a *account) funds(d *detail, l *statement.Line, sign int64) error {
	f := &d.FundsType
	add := func(days, amount int64) {
		if amount != 0 {
			l.Funds = append(l.Funds, statement.Funds{Days: int(days), Amount: money.Amount(sign * amount)})
		}
	}
	switch strings.ToUpper(string(f.TypeCode)) {
	case lib.FundsType0:
		l.Value = a.date
	case lib.FundsType1:
		add(1, d.amount)
	case lib.FundsType2:
		add(2, d.amount)
	case lib.FundsTypeS:
		add(0, f.ImmediateAmount)
		add(1, f.OneDayAmount)
		add(2, f.TwoDayAmount)
	case lib.FundsTypeV:
		if f.Date != "" {
			var err error
			l.Value, err = day(d.record, f.Date)
			return err
		}
	case lib.FundsTypeD:
		for _, x := range f.Distributions {
			if x.Day < 0 || x.Day > 999 {
				return d.wrong("%d is not a number of days", x.Day)
			}
			add(x.Day, x.Amount)
		}
	}
	var sum money.Sum
	for _, x := range l.Funds {
		sum.Add(x.Amount)
	}
	if total, err := sum.Total(); len(l.Funds) > 0 && (err != nil || total != l.Amount) {
		return d.wrong("its funds of the days make %d, but its amount is %d; ask the bank for the file again", total.Abs(), l.Amount.Abs())
	}
	return nil
}

// deposits puts the items of deposits under the lines of the deposits, so that no money is counted twice: each deposit has the items of its type after it,
// or all before it. When the items are not those of the deposits, that is told.
func (a *account) deposits(lines []statement.Line) ([]statement.Line, error) {
	for _, item := range itemTypes {
		deposits, parts := sums(lines, item)
		if deposits == 0 || parts == 0 {
			continue
		}
		after, ok := nest(lines, item)
		if !ok {
			turned, before := nest(turn(lines), item)
			if after, ok = turn(turned), before; !ok {
				return nil, a.header.wrong("its deposits make %d, but the items in them (type %s) make %d, or do not stand by their deposits; ask the bank for the file again", deposits, item, parts)
			}
			for i := range after {
				after[i].Details = turn(after[i].Details)
			}
		}
		lines = after
	}
	return lines, nil
}

// itemTypes are the types of items, each once.
var itemTypes = []string{"116", "143", "176"}

// sums adds up the deposits that may have items of a type, and the items.
func sums(lines []statement.Line, item string) (deposits, parts money.Amount) {
	for i := range lines {
		switch code := lines[i].Code.Type; {
		case items[code] == item:
			deposits += lines[i].Amount
		case code == item:
			parts += lines[i].Amount
		}
	}
	return deposits, parts
}

// nest gives each deposit the items that follow it; false when a deposit and its items differ. A deposit that no item follows keeps its amount alone.
func nest(lines []statement.Line, item string) ([]statement.Line, bool) {
	var out []statement.Line
	deposit := -1
	var rest money.Amount // of the deposit, that no item has told yet
	for _, l := range lines {
		switch {
		case l.Code.Type == item && deposit < 0:
			return nil, false
		case l.Code.Type == item:
			out[deposit].Details = append(out[deposit].Details, l.Transaction)
			rest -= l.Amount
			continue
		case items[l.Code.Type] == item:
			if deposit >= 0 && rest != 0 && len(out[deposit].Details) > 0 {
				return nil, false
			}
			l.Details = nil
			deposit, rest = len(out), l.Amount
		}
		out = append(out, l)
	}
	return out, deposit < 0 || rest == 0 || len(out[deposit].Details) == 0
}

func turn[T any](all []T) []T {
	var out []T
	for i := len(all) - 1; i >= 0; i-- {
		out = append(out, all[i])
	}
	return out
}

// kinds are the common kinds of the types. Source: BAI2, uniform type codes.
var kinds = map[string]string{}

func init() {
	for kind, codes := range map[string]string{
		statement.ACH:      "142 143 145 163 164 165 166 169 445 447 451 452 455 462 463 464 466 469",
		statement.Check:    "472 474 475",
		statement.Deposit:  "115 116 118 172 173 174 175 176 301 366",
		statement.Transfer: "191 195 196 198 201 206 208 275 277 491 495 496 498 501 506 508 575 577",
		statement.Return:   "168 255 257 266 268 468 555 557 566",
		statement.Reversal: "252 258 395 552 558",
		statement.Interest: "346 354 359 654",
		statement.Fee:      "398 661 698",
	} {
		for code := range strings.FieldsSeq(codes) {
			kinds[code] = kind
		}
	}
}

func kindOf(code string) string {
	if k := kinds[code]; k != "" {
		return k
	}
	return statement.Other
}
