package camt

import (
	"encoding/xml"
	"fmt"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

// reading is the reading of one statement.
type reading struct {
	*reader
	s       *statement.Statement
	path    string
	entries int
	between []statement.Balance // interim balances, in order
}

// statement reads a statement, element by element.
func (r *reader) statement() error {
	path := fmt.Sprintf("line %d, %s %d", r.at(), r.one, len(r.file.Statements)+1)
	if len(r.file.Statements) == statement.MaxStatements {
		return fault.New(fault.Limited, "the file has more than %d statements; ask for smaller ones", statement.MaxStatements).At(path).ByRule("too_large")
	}
	x := &reading{reader: r, path: path, s: &statement.Statement{Place: path, Nature: r.nature}}
	page := r.page
	err := r.children(func(start xml.StartElement) error {
		if start.Name.Local == "StmtPgntn" || start.Name.Local == "RptPgntn" || start.Name.Local == "NtfctnPgntn" {
			var p pagination
			err := r.xml.DecodeElement(&p, &start)
			page = p.String()
			return err
		}
		return x.element(start)
	})
	if err != nil {
		return err
	}
	if page != "" && page != "1" {
		x.s.Number += "/" + page
	}
	x.settle()
	r.file.Statements = append(r.file.Statements, *x.s)
	return nil
}

// element reads one element of a statement.
func (x *reading) element(start xml.StartElement) error {
	switch start.Name.Local {
	case "Id":
		return x.text(&x.s.ID, start)
	case "ElctrncSeqNb":
		return x.text(&x.s.Number, start)
	case "LglSeqNb":
		if x.s.Number != "" {
			return x.xml.Skip()
		}
		return x.text(&x.s.Number, start)
	case "CpyDplctInd":
		var copied string
		err := x.text(&copied, start)
		x.s.Doubt(x.path, "the bank marks the statement as a copy or duplicate ("+statement.Short(copied)+")")
		return err
	case "FrToDt":
		return x.days(start)
	case "Acct":
		return x.account(start)
	case "Bal":
		return x.balance(start)
	case "TxsSummry":
		return x.summary(start)
	case "Ntry":
		return x.entry(start)
	}
	return x.xml.Skip()
}

func (x *reading) text(into *string, start xml.StartElement) error {
	var s string
	err := x.xml.DecodeElement(&s, &start)
	*into = statement.Clean(s)
	return err
}

func (x *reading) days(start xml.StartElement) error {
	var d struct {
		From string `xml:"FrDtTm"`
		To   string `xml:"ToDtTm"`
	}
	if err := x.xml.DecodeElement(&d, &start); err != nil {
		return err
	}
	var err error
	if x.s.From, err = x.day(x.path+", FrToDt", "from", date{Moment: d.From}); err != nil {
		return err
	}
	x.s.To, err = x.day(x.path+", FrToDt", "to", date{Moment: d.To})
	return err
}

func (x *reading) account(start xml.StartElement) error {
	var a account
	if err := x.xml.DecodeElement(&a, &start); err != nil {
		return err
	}
	iban := strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(a.IBAN), " ", ""))
	if iban != "" && !statement.IsIBAN(iban) {
		return x.wrong(x.path+", Acct", "%q is no IBAN: its check digits are wrong; ask the bank for the statement again", statement.Short(iban)).In("account")
	}
	x.s.Account = a.value()
	x.s.Currency = strings.TrimSpace(a.Ccy)
	if name := a.Owner.String(); name != "" {
		x.s.Account.Name = statement.Clean(name)
	}
	x.s.Account.Bank = statement.Clean(a.Bank.String())
	return nil
}

func (a account) value() statement.Account {
	if a.IBAN != "" {
		return statement.Account{IBAN: strings.ToUpper(statement.Clean(strings.ReplaceAll(a.IBAN, " ", ""))), Name: statement.Clean(a.Name)}
	}
	return statement.Account{Number: statement.Clean(a.Other), Name: statement.Clean(a.Name)}
}

// balance keeps the balances of the account. Source: ExternalBalanceType1Code.
func (x *reading) balance(start xml.StartElement) error {
	var b balance
	if err := x.xml.DecodeElement(&b, &start); err != nil {
		return err
	}
	kind := b.Type.String()
	path := x.path + ", Bal " + statement.Short(kind)
	amount, err := x.amount(path, b.Amount, b.Sign)
	if err != nil {
		return err
	}
	on, err := x.day(path, "date", b.Date)
	if err != nil {
		return err
	}
	is := statement.Balance{Amount: amount, Date: on, From: statement.Told}
	var into *statement.Balance
	switch kind {
	case "OPBD", "PRCD":
		into = &x.s.Opening
	case "CLBD":
		into = &x.s.Closing
	case "CLAV", "ITAV":
		into = &x.s.Available
	case "ITBD":
		x.between = append(x.between, is)
		return nil
	default:
		return nil
	}
	if kind != "ITAV" && into.Known() && into.Amount != amount {
		return x.wrong(path, "the balance is %s, but was told before as %s; ask the bank for the statement again", x.show(amount), x.show(into.Amount)).In("balance")
	}
	*into = is
	return nil
}

// settle takes interim balances where there are no others, and the days of the balances where no others are told.
func (x *reading) settle() {
	s := x.s
	if n := len(x.between); n > 0 {
		if !s.Opening.Known() && (n > 1 || s.Closing.Known()) {
			s.Opening = x.between[0]
		}
		if !s.Closing.Known() {
			s.Closing = x.between[n-1]
		}
	}
	if s.Nature == statement.Final && s.To == 0 {
		s.To = s.Closing.Date
	}
}

func (x *reading) show(a money.Amount) string {
	c, err := money.CurrencyOf(x.s.Currency)
	if err != nil {
		return fmt.Sprint(int64(a))
	}
	return c.Format(a) + " " + c.Code
}

func (x *reading) summary(start xml.StartElement) error {
	var all summary
	if err := x.xml.DecodeElement(&all, &start); err != nil {
		return err
	}
	if x.s.Currency == "" { // sums have none of their own
		return nil
	}
	path := x.path + ", TxsSummry"
	for _, t := range []struct {
		of string
		*total
	}{{statement.All, all.All}, {statement.Credits, all.Credits}, {statement.Debits, all.Debits}} {
		if t.total == nil {
			continue
		}
		c := statement.Control{Place: path, Of: t.of, Count: -1, Sums: strings.TrimSpace(t.Sum) != ""}
		var err error
		if c.Count, err = x.count(path, t.Count); err != nil {
			return err
		}
		if c.Sums {
			if c.Sum, err = x.amount(path, amount{t.Sum, x.s.Currency}, "CRDT"); err != nil {
				return err
			}
		}
		x.s.Controls = append(x.s.Controls, c)
		if net := strings.TrimSpace(t.FlatNet + t.Net); net != "" {
			sum, err := x.amount(path, amount{net, x.s.Currency}, t.Flat+t.NetSign)
			if err != nil {
				return err
			}
			x.s.Controls = append(x.s.Controls, statement.Control{Place: path, Of: statement.Net, Count: -1, Sum: sum, Sums: true})
		}
	}
	return nil
}

// count reads a number of entries; -1: not said.
func (x *reading) count(path, text string) (int64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return -1, nil
	}
	var n int64
	for _, c := range text {
		if c < '0' || c > '9' || n > 1e12 {
			return 0, x.wrong(path, "%q is not a number of transactions; expected digits", statement.Short(text)).In("count")
		}
		n = n*10 + int64(c-'0')
	}
	return n, nil
}

// amount reads an amount with its sign. The first amount with a currency says that of the statement, when its account does not.
func (x *reading) amount(path string, a amount, sign string) (money.Amount, error) {
	if x.s.Currency == "" {
		x.s.Currency = strings.TrimSpace(a.Currency)
	}
	if c := strings.TrimSpace(a.Currency); c != x.s.Currency {
		return 0, x.wrong(path, "the amount is in %q, but the account is in %q; ask the bank for the statement again", statement.Short(c), statement.Short(x.s.Currency)).In("currency")
	}
	n, err := statement.Amount(x.s.Currency, strings.TrimSpace(a.Text))
	if err != nil {
		return 0, x.wrong(path, "%v", err).In("amount")
	}
	return x.signed(path, n, sign)
}

func (x *reading) signed(path string, n money.Amount, sign string) (money.Amount, error) {
	switch strings.TrimSpace(sign) {
	case "CRDT":
		return n, nil
	case "DBIT":
		return -n, nil
	}
	return 0, x.wrong(path, "%q says neither credit nor debit; expected CRDT or DBIT", statement.Short(sign)).In("amount")
}

// day reads the day of a date or moment; blank when there is none.
func (x *reading) day(path, field string, d date) (civil.Date, error) {
	text := strings.TrimSpace(d.Day)
	if text == "" {
		text, _, _ = strings.Cut(strings.TrimSpace(d.Moment), "T")
	}
	if text == "" {
		return 0, nil
	}
	if len(text) > 10 { // an xs:date may have a zone
		text = text[:10]
	}
	on, err := statement.Day(text)
	if err != nil || len(text) != 10 {
		return 0, x.wrong(path, "%q is not a date; expected one such as 2026-11-30", statement.Short(text)).In(field)
	}
	return on, nil
}
