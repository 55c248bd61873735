package ofx

import (
	"regexp"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

func (e *element) wrong(format string, args ...any) *fault.Error {
	return statement.Invalid(e.place(), format, args...)
}

// responses reads the statements of all message sets.
func responses(root *element, f *statement.File) error {
	if err := refused(root.get("SIGNONMSGSRSV1", "SONRS")); err != nil {
		return err
	}
	for _, set := range []struct{ set, response, statement, account string }{
		{"BANKMSGSRSV1", "STMTTRNRS", "STMTRS", "BANKACCTFROM"},
		{"CREDITCARDMSGSRSV1", "CCSTMTTRNRS", "CCSTMTRS", "CCACCTFROM"},
	} {
		for _, messages := range root.all(set.set) {
			for _, r := range messages.all(set.response) {
				if err := refused(r); err != nil {
					return err
				}
				for _, rs := range r.all(set.statement) {
					s, err := read(rs, rs.get(set.account))
					if err != nil {
						return err
					}
					f.Statements = append(f.Statements, *s)
				}
			}
		}
	}
	return nil
}

// refused gives the error that the bank put into the response.
func refused(e *element) error {
	if e == nil {
		return nil
	}
	if code := e.say("STATUS", "CODE"); code != "" && strings.Trim(code, "0") != "" && e.say("STATUS", "SEVERITY") == "ERROR" {
		return e.wrong("the bank did not give the statement: %s %s; ask for it again", statement.Short(code), statement.Short(e.say("STATUS", "MESSAGE")))
	}
	return nil
}

// read reads a statement.
func read(rs, account *element) (*statement.Statement, error) {
	s := &statement.Statement{Place: rs.place(), Nature: statement.Final, Currency: strings.ToUpper(rs.say("CURDEF"))}
	if account == nil || account.say("ACCTID") == "" {
		return nil, rs.wrong("the statement names no account (ACCTID); ask the bank for one that does").In("account")
	}
	s.Account = statement.AccountOf(account.say("BANKID"), account.say("ACCTID"))
	if branch := account.say("BRANCHID"); branch != "" && s.Account.Bank != "" {
		s.Account.Bank += "-" + branch
	}
	if _, err := money.CurrencyOf(s.Currency); err != nil {
		return nil, rs.wrong("CURDEF: %v", err).In("currency")
	}
	var err error
	if s.Closing, err = balance(s, rs.get("LEDGERBAL")); err != nil {
		return nil, err
	}
	if s.Available, err = balance(s, rs.get("AVAILBAL")); err != nil {
		return nil, err
	}
	list := rs.get("BANKTRANLIST")
	if list == nil {
		list = &element{name: "BANKTRANLIST", line: rs.line}
	}
	if s.From, err = day(list, "DTSTART"); err != nil {
		return nil, err
	}
	if s.To, err = day(list, "DTEND"); err != nil {
		return nil, err
	}
	switch asOf := s.Closing.Date; {
	case s.To == 0:
		s.To = asOf
	case asOf > s.To:
		s.Doubt(rs.get("LEDGERBAL").place(), "the closing balance is of "+asOf.String()+", after the last day of the lines, "+s.To.String()+"; what was booked between is not in the statement")
	}
	return s, lines(s, rs, list)
}

// lines reads the transactions, booked and pending.
func lines(s *statement.Statement, rs, list *element) error {
	seen := map[string]*element{}
	for _, e := range list.all("STMTTRN") {
		if len(s.Lines) == statement.MaxLines {
			return fault.New(fault.Limited, "the statement has more than %d lines; ask for smaller ones", statement.MaxLines).At(e.place()).ByRule("too_large")
		}
		l, err := line(s, e)
		if err != nil {
			return err
		}
		if first := seen[l.Bank]; first != nil {
			return e.wrong("the transaction FITID %s stands in the statement twice, first at %s; take the second out, or ask the bank for the file again", statement.Short(l.Bank), first.place()).In("fitid").ByRule("line_twice")
		}
		seen[l.Bank] = e
		s.Lines = append(s.Lines, *l)
	}
	if pending := rs.get("BANKTRANLISTP"); pending != nil {
		for _, e := range pending.all("STMTTRNP") {
			l, err := amounts(s, e)
			if err != nil {
				return err
			}
			l.Pending, l.Kind = true, statement.Other
			l.Say(e.say("NAME"), e.say("MEMO"))
			s.Lines = append(s.Lines, *l)
		}
	}
	return nil
}

// kinds are the common kinds by TRNTYPE. Source: OFX, 11.4.4.3.
var kinds = map[string]string{
	"CREDIT": statement.Other, "DEBIT": statement.Other, "INT": statement.Interest, "DIV": statement.Other, "FEE": statement.Fee, "SRVCHG": statement.Fee, "DEP": statement.Deposit,
	"ATM": statement.Other, "POS": statement.Card, "XFER": statement.Transfer, "CHECK": statement.Check, "PAYMENT": statement.Transfer, "CASH": statement.Other, "DIRECTDEP": statement.ACH,
	"DIRECTDEBIT": statement.ACH, "REPEATPMT": statement.Transfer, "HOLD": statement.Other, "OTHER": statement.Other,
}

// line reads a transaction.
func line(s *statement.Statement, e *element) (*statement.Line, error) {
	l, err := amounts(s, e)
	if err != nil {
		return nil, err
	}
	l.Bank = e.say("FITID")
	if l.Bank == "" {
		return nil, e.wrong("the transaction has no id (FITID), which tells it from others; ask the bank for the file again").In("fitid")
	}
	if l.Booked, err = day(e, "DTPOSTED"); err != nil {
		return nil, err
	}
	if l.Value, err = day(e, "DTAVAIL"); err != nil {
		return nil, err
	}
	kind, known := kinds[l.Code.Type]
	if !known {
		return nil, e.wrong("%q is no type of a transaction; expected CREDIT, DEBIT, CHECK or another of OFX", statement.Short(l.Code.Type)).In("type")
	}
	l.Kind, l.Pending = kind, l.Code.Type == "HOLD"
	l.Check = strings.TrimLeft(e.say("CHECKNUM"), "0")
	if l.Check != "" && l.Kind == statement.Other && l.Amount < 0 {
		l.Kind = statement.Check
	}
	l.Customer, l.ID = e.say("REFNUM"), e.say("SRVRTID")
	l.Party.Name = e.say("NAME")
	if name := e.say("PAYEE", "NAME"); name != "" {
		l.Party.Name = name
	}
	if name := e.say("EXTDNAME"); strings.HasPrefix(name, l.Party.Name) {
		l.Party.Name = name
	}
	if to := e.get("BANKACCTTO"); to != nil {
		l.Party.Account = statement.AccountOf(to.say("BANKID"), to.say("ACCTID"))
	}
	l.Say(e.say("MEMO"))
	if code := returnForm.FindString(l.Party.Name + " " + e.say("MEMO")); code != "" && l.Kind == statement.ACH {
		l.Kind, l.Return.Code = statement.Return, code
	}
	if first := e.say("CORRECTFITID"); first != "" {
		s.Doubt(e.place(), "the bank corrects the transaction "+first+" ("+e.say("CORRECTACTION")+") by this one; look at the first one yourself")
	}
	return l, nil
}

var returnForm = regexp.MustCompile(`\bR[0-9]{2}\b`) // reason of a returned ACH entry

// amounts reads the amount of a transaction. One that is told in another currency (CURRENCY) is converted by the bank's rate, which is said.
func amounts(s *statement.Statement, e *element) (*statement.Line, error) {
	l := &statement.Line{Transaction: statement.Transaction{Place: e.place(), Currency: s.Currency, Code: statement.Code{Type: strings.ToUpper(e.say("TRNTYPE"))}}}
	foreign := e.get("CURRENCY")
	if foreign == nil || strings.EqualFold(foreign.say("CURSYM"), s.Currency) {
		var err error
		l.Amount, err = amount(e, "TRNAMT", s.Currency)
		return l, err
	}
	code := strings.ToUpper(foreign.say("CURSYM"))
	n, err := amount(e, "TRNAMT", code)
	if err != nil {
		return nil, err
	}
	rate, err := money.ParseRate(foreign.say("CURRATE"))
	if err != nil {
		return nil, foreign.wrong("CURRATE: %v", err).In("rate")
	}
	from, to := money.MustCurrency(code), money.MustCurrency(s.Currency) // both were looked up
	if l.Amount, err = rate.Convert(n, from, to); err != nil {
		return nil, foreign.wrong("%v", err).In("amount")
	}
	l.Original = statement.Original{Amount: n.Abs(), Currency: code}
	s.Doubt(e.place(), "the amount is told in "+code+"; it was converted to "+s.Currency+" by the rate of the bank, "+rate.String())
	return l, nil
}

var amountForm = regexp.MustCompile(`^([+-]?)([0-9]*)(?:[.,]([0-9]*))?$`)

// amount reads a signed amount, with a point or a comma.
func amount(e *element, name, currency string) (money.Amount, error) {
	text := e.say(name)
	x := amountForm.FindStringSubmatch(text)
	if x == nil || x[2]+x[3] == "" {
		return 0, e.wrong("%s: %q is not an amount; expected one such as -12.50", name, statement.Short(text)).In("amount")
	}
	if x[2] == "" {
		x[2] = "0"
	}
	n, err := statement.Amount(currency, x[2]+"."+x[3])
	if err != nil {
		return 0, e.wrong("%s: %v", name, err).In("amount")
	}
	if x[1] == "-" {
		n = -n
	}
	return n, nil
}

// balance reads a balance; there is none when its element is not there.
func balance(s *statement.Statement, e *element) (statement.Balance, error) {
	if e == nil {
		return statement.Balance{}, nil
	}
	n, err := amount(e, "BALAMT", s.Currency)
	if err != nil {
		return statement.Balance{}, err
	}
	on, err := day(e, "DTASOF")
	return statement.Balance{Amount: n, Date: on, From: statement.Told}, err
}

// day reads the day of a moment, in the zone that it is written in: 20261130, 20261130120000.000[-5:EST]. Blank when there is none.
func day(e *element, name string) (civil.Date, error) {
	text := e.say(name)
	if text == "" || text == "0" {
		return 0, nil
	}
	if digits := strings.TrimLeft(text[:min(8, len(text))], "0123456789"); len(text) >= 8 && digits == "" {
		if d, err := statement.Day(text[:8]); err == nil {
			return d, nil
		}
	}
	return 0, e.wrong("%s: %q is not a date; expected one such as 20261130", name, statement.Short(text)).In("date")
}
