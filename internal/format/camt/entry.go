package camt

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/format/statement"
)

// entry reads an entry.
func (x *reading) entry(start xml.StartElement) error {
	x.entries++
	path := fmt.Sprintf("line %d, %s %d, Ntry %d", x.at(), x.one, len(x.file.Statements)+1, x.entries)
	var e entry
	if err := x.xml.DecodeElement(&e, &start); err != nil {
		return err
	}
	l, err := x.line(path, &e)
	if err != nil {
		return err
	}
	if x.lines += 1 + len(l.Details); x.lines > statement.MaxLines {
		return fault.New(fault.Limited, "the file has more than %d entries and transactions; ask for smaller ones", statement.MaxLines).At(path).ByRule("too_large")
	}
	x.s.Lines = append(x.s.Lines, *l)
	return nil
}

// line gives the line of an entry.
func (x *reading) line(path string, e *entry) (*statement.Line, error) {
	l := &statement.Line{Transaction: statement.Transaction{Place: path, Bank: statement.Clean(e.Bank), Reversal: strings.TrimSpace(e.Reversal) == "true" || strings.TrimSpace(e.Reversal) == "1"}}
	var err error
	if l.Amount, err = x.amount(path, e.Amount, e.Sign); err != nil {
		return nil, err
	}
	l.Currency = x.s.Currency
	if l.Booked, err = x.day(path+", BookgDt", "booked", e.Booked); err != nil {
		return nil, err
	}
	if l.Value, err = x.day(path+", ValDt", "value", e.Value); err != nil {
		return nil, err
	}
	if l.Booked == 0 && x.nature == statement.Notice {
		l.Booked = l.Value
	}
	switch s := e.Status.String(); s {
	case "BOOK":
	case "PDNG", "INFO", "FUTR":
		l.Pending = true
	default:
		return nil, x.wrong(path+", Sts", "the status is %q; expected BOOK, PDNG, INFO or FUTR", statement.Short(s)).In("status")
	}
	if err := x.funds(path, l, e.Funds); err != nil {
		return nil, err
	}
	l.Code = e.Code.value()
	x.original(&l.Transaction, e.Amounts)
	if err := x.details(path, l, e); err != nil {
		return nil, err
	}
	if l.Bank == "" {
		l.Bank = statement.Clean(e.Ref)
	}
	l.Say(e.Info)
	l.Kind = kind(&l.Transaction)
	for i := range l.Details {
		d := &l.Details[i]
		if d.Code == (statement.Code{}) {
			d.Code = l.Code
		}
		d.Kind = kind(d)
	}
	if n := len(l.Details); n > 0 && l.Kind != statement.Reversal && all(l.Details, statement.Return) {
		l.Kind = statement.Return
	}
	return l, nil
}

func all(details []statement.Transaction, kind string) bool {
	for i := range details {
		if details[i].Kind != kind {
			return false
		}
	}
	return true
}

func (x *reading) funds(path string, l *statement.Line, all []availability) error {
	for _, a := range all {
		f := statement.Funds{}
		var err error
		if f.Amount, err = x.amount(path+", Avlbty", a.Amount, a.Sign); err != nil {
			return err
		}
		if f.Date, err = x.day(path+", Avlbty", "funds", date{Day: a.Actual}); err != nil {
			return err
		}
		if days := strings.TrimPrefix(strings.TrimSpace(a.Days), "+"); days != "" {
			if f.Days, err = strconv.Atoi(days); err != nil || f.Days < 0 || f.Days > 999 {
				return x.wrong(path+", Avlbty", "%q is not a number of days", statement.Short(a.Days)).In("funds")
			}
		}
		if len(l.Funds) < statement.MaxTexts {
			l.Funds = append(l.Funds, f)
		}
	}
	return nil
}

// details reads the transactions of an entry.
func (x *reading) details(path string, l *statement.Line, e *entry) error {
	n := 0
	for i := range e.Details {
		n += len(e.Details[i].All)
	}
	at := 0
	for i := range e.Details {
		d := &e.Details[i]
		if err := x.batch(path, l, d); err != nil {
			return err
		}
		for j := range d.All {
			at++
			if n == 1 {
				if err := x.transaction(path, &l.Transaction, &d.All[j], ""); err != nil {
					return err
				}
				continue
			}
			t := statement.Transaction{Place: fmt.Sprintf("%s, TxDtls %d", path, at), Reversal: l.Reversal}
			if err := x.transaction(t.Place, &t, &d.All[j], e.Sign); err != nil {
				return err
			}
			l.Details = append(l.Details, t)
		}
	}
	return nil
}

// batch reads what is said of a batch; its own count must be that of its transactions, where they are told.
func (x *reading) batch(path string, l *statement.Line, d *details) error {
	b := &d.Batch
	path += ", Btch"
	n, err := x.count(path, b.Count)
	if err != nil {
		return err
	}
	if n > 0 && len(d.All) > 1 && n != int64(len(d.All)) {
		return x.wrong(path, "the batch says %d transactions, but has %d; the file is not whole, load it from the bank again", n, len(d.All)).In("count")
	}
	l.Batch.Message, l.Batch.Payment = first(l.Batch.Message, b.Message), first(l.Batch.Payment, b.Payment)
	l.Batch.Count += max(n, 0)
	return nil
}

func first(all ...string) string {
	for _, s := range all {
		if s = statement.Clean(s); s != "" {
			return s
		}
	}
	return ""
}

// reference is a reference that is not said to be none.
func reference(all ...string) string {
	for _, s := range all {
		if s = statement.Clean(s); s != "" && !strings.EqualFold(s, "NOTPROVIDED") && !strings.EqualFold(s, "NONREF") {
			return s
		}
	}
	return ""
}

// transaction adds what a transaction tells. sign is that of the entry, for a transaction with an amount of its own; blank: it has the entry's.
func (x *reading) transaction(path string, t *statement.Transaction, d *transaction, sign string) error {
	if sign != "" {
		if err := x.own(path, t, d, sign); err != nil {
			return err
		}
	}
	r := &d.Refs
	t.Bank = first(t.Bank, r.Bank, r.BanksOwn)
	t.EndToEnd, t.Customer = reference(r.EndToEnd), reference(r.Order, r.Holder)
	t.Order, t.ID = reference(r.Payment, r.Message), reference(r.ID, r.UETR, r.Clearing, r.MarketsID)
	t.Check, t.Mandate = strings.TrimLeft(reference(r.Check), "0"), reference(r.Mandate)
	if c := d.Code.value(); c != (statement.Code{}) {
		t.Code = c
	}
	x.original(t, d.Amounts)
	if d.Amount != nil && t.Original == (statement.Original{}) {
		x.original(t, amounts{Transaction: *d.Amount})
	}
	t.Return = statement.Reason{Code: statement.Clean(d.Return.Reason.String()), Text: statement.Clean(strings.Join(d.Return.Info, " "))}
	came := t.Amount >= 0 && sign != "DBIT"
	debtor := statement.Party{Name: statement.Clean(d.Parties.Debtor.String()), Account: d.Parties.DebtorAccount.value()}
	debtor.Account.Bank = statement.Clean(d.Agents.Debtor.String())
	creditor := statement.Party{Name: statement.Clean(d.Parties.Creditor.String()), Account: d.Parties.CreditorAccount.value()}
	creditor.Account.Bank = statement.Clean(d.Agents.Creditor.String())
	back := t.Return != statement.Reason{} || t.Reversal
	t.Party = creditor
	if came != back {
		t.Party = debtor
	}
	if none := (statement.Party{}); back && t.Party == none {
		if came {
			t.Party = debtor
		} else {
			t.Party = creditor
		}
	}
	t.Say(d.Remittance.Texts...)
	for _, s := range d.Remittance.Structured {
		t.Say(s.Documents...)
		t.Say(s.Reference)
		t.Say(s.Info...)
	}
	t.Say(d.Info)
	return nil
}

// own reads the amount of a transaction in a batch: its own since 001.04, the one of its details before. It stays blank when it is not said.
func (x *reading) own(path string, t *statement.Transaction, d *transaction, sign string) error {
	a := d.Amounts.Transaction
	if a.Text == "" && strings.TrimSpace(d.Amounts.Instructed.Currency) == x.s.Currency {
		a = d.Amounts.Instructed
	}
	if d.Amount != nil {
		a = *d.Amount
	}
	if a.Text == "" {
		return nil
	}
	if s := strings.TrimSpace(d.Sign); s != "" {
		sign = s
	}
	currency := strings.TrimSpace(a.Currency)
	n, err := statement.Amount(currency, strings.TrimSpace(a.Text))
	if err != nil {
		return x.wrong(path, "%v", err).In("amount")
	}
	t.Currency = currency
	t.Amount, err = x.signed(path, n, sign)
	return err
}

// original keeps the amount in another currency that was ordered.
func (x *reading) original(t *statement.Transaction, a amounts) {
	for _, a := range []amount{a.Instructed, a.Transaction} {
		currency := strings.TrimSpace(a.Currency)
		if currency == "" || currency == x.s.Currency {
			continue
		}
		if n, err := statement.Amount(currency, strings.TrimSpace(a.Text)); err == nil {
			t.Original = statement.Original{Amount: n, Currency: currency}
			return
		}
	}
}

func (c code) value() statement.Code {
	return statement.Code{Domain: statement.Clean(c.Domain), Family: statement.Clean(c.Family), Sub: statement.Clean(c.Sub), Own: statement.Clean(c.Own)}
}
