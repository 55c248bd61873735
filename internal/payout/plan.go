package payout

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// Reason is why something of a vendor is not proposed. The codes are stable.
type Reason string

// The reasons, in the order in which they are tested.
const (
	VendorBlocked  Reason = "vendor_blocked"
	NoMethod       Reason = "no_method"       // neither the selection nor the vendor names one that exists
	MethodBlocked  Reason = "method_blocked"  // it, or its bank account
	OtherCurrency  Reason = "other_currency"  // than the method's bank account has
	NoAddress      Reason = "no_address"      // a check needs a place to go to
	NoBankDetails  Reason = "no_bank_details" // of the kind that the method needs
	BankUnverified Reason = "bank_unverified"
	BankCooling    Reason = "bank_cooling" // changed lately, and confirmed by nobody else
	VendorInDebit  Reason = "vendor_in_debit"
	Marked         Reason = "marked" // by another journal, request or proposal
	NotDue         Reason = "not_due"
	BelowMinimum   Reason = "below_minimum"
	AboveMaximum   Reason = "above_maximum"
)

// Reasons gives all reasons, in the order of the code.
func Reasons() []Reason {
	return []Reason{VendorBlocked, NoMethod, MethodBlocked, OtherCurrency, NoAddress, NoBankDetails, BankUnverified, BankCooling, VendorInDebit, Marked, NotDue, BelowMinimum, AboveMaximum}
}

// Policy is what a proposal decides by. Amounts are in minor units of Currency.
type Policy struct {
	Date     civil.Date // of the payments
	DueBy    civil.Date // what is due later is left; blank: nothing is
	Currency string     // blank: all
	Method   string     // of all payments; blank: what was asked for, else the vendor's own
	Minimum  money.Amount
	Maximum  money.Amount      // of one payment; 0: none
	Methods  map[string]Method // by code
	Cooling  int               // days for which changed bank details hold payments, unless somebody else confirmed them
	Wanted   func(voucher int64) bool
	Asked    map[int64]string // method that was asked for with what a voucher pays, by voucher; it goes before the vendor's own
}

// Subject is a vendor with all that a decision needs.
type Subject struct {
	Vendor    *party.Vendor
	Bank      *party.StoredBank // nil: none
	Documents []*openitem.Document
	Marks     []openitem.Mark // on its documents
}

// Planned is a payment that is proposed: the documents that it pays whole.
type Planned struct {
	Vendor    *party.Vendor
	Method    Method
	Currency  string
	Amount    money.Amount // positive
	Documents []*openitem.Document
}

// Left is what a proposal leaves out. Amount is positive: what the vendor is owed there.
type Left struct {
	Vendor   *party.Vendor
	Document *openitem.Document // nil: everything of the vendor in the currency
	Currency string
	Amount   money.Amount
	Reason   Reason
	Detail   string
}

// Plan decides about one vendor: what is paid together, and what is left out with the first reason that holds. It is a pure function:
// nothing is read or written.
func (p Policy) Plan(s *Subject) (payments []Planned, left []Left) {
	byCurrency := map[string][]*openitem.Document{}
	for _, d := range s.Documents {
		if p.Currency == "" || p.Currency == d.Currency {
			byCurrency[d.Currency] = append(byCurrency[d.Currency], d)
		}
	}
	for _, currency := range slices.Sorted(maps.Keys(byCurrency)) {
		ready, out := p.ofCurrency(s, currency, byCurrency[currency])
		payments, left = append(payments, ready...), append(left, out...)
	}
	return payments, left
}

func (p Policy) ofCurrency(s *Subject, currency string, docs []*openitem.Document) ([]Planned, []Left) {
	var wanted []*openitem.Document
	var balance, owed money.Amount
	for _, d := range docs {
		balance += d.Open()
		if d.Open() < 0 && (p.Wanted == nil || p.Wanted(d.Items[0].Voucher)) {
			wanted = append(wanted, d)
			owed -= d.Open()
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	slices.SortFunc(wanted, func(a, b *openitem.Document) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Number, b.Number))
	})
	by := map[string][]*openitem.Document{}
	for _, d := range wanted {
		code := p.methodFor(s, d)
		by[code] = append(by[code], d)
	}
	var payments []Planned
	var left []Left
	for _, code := range slices.Sorted(maps.Keys(by)) {
		method, reason, detail := p.method(s, currency, code)
		if reason == "" && balance >= 0 {
			reason, detail = VendorInDebit, fmt.Sprintf("the vendor owes as much as is owed to it in %s, or more; settle its items first", currency)
		}
		switch {
		case reason != "" && len(by) == 1:
			return nil, []Left{{Vendor: s.Vendor, Currency: currency, Amount: owed, Reason: reason, Detail: detail}}
		case reason != "":
			for _, d := range by[code] {
				left = append(left, Left{s.Vendor, d, currency, -d.Open(), reason, detail})
			}
			continue
		}
		ready, out := p.byMethod(s, method, currency, by[code])
		payments, left = append(payments, ready...), append(left, out...)
	}
	return payments, left
}

// methodFor gives the code of the method that pays a document: that of the proposal, else what was asked for with it, else the vendor's own.
func (p Policy) methodFor(s *Subject, d *openitem.Document) string {
	return cmp.Or(p.Method, p.Asked[d.Items[0].Voucher], s.Vendor.PaymentMethod)
}

// byMethod decides about documents that one method pays.
func (p Policy) byMethod(s *Subject, m Method, currency string, docs []*openitem.Document) (payments []Planned, left []Left) {
	var ready []*openitem.Document
	for _, d := range docs {
		if reason, detail := p.holds(s, d); reason != "" {
			left = append(left, Left{s.Vendor, d, currency, -d.Open(), reason, detail})
		} else {
			ready = append(ready, d)
		}
	}
	payments, out := p.group(s, m, currency, ready)
	return payments, append(left, out...)
}

// holds says why a document is not paid now.
func (p Policy) holds(s *Subject, d *openitem.Document) (Reason, string) {
	if d.Marked() {
		who := "pending settlement"
		for _, m := range s.Marks {
			if m.Voucher == d.Items[0].Voucher {
				who = m.Who()
			}
		}
		return Marked, who
	}
	if d.Date > p.Date {
		return NotDue, "it is of " + d.Date.String() + ", after the payment"
	}
	if !p.DueBy.IsZero() && d.Due > p.DueBy {
		return NotDue, "due " + d.Due.String()
	}
	return "", ""
}

// group makes payments of what is ready.
func (p Policy) group(s *Subject, m Method, currency string, ready []*openitem.Document) (payments []Planned, left []Left) {
	var open []Planned
	for _, d := range ready {
		n := len(open) - 1
		together := n >= 0 && (m.Grouping == PerVendor || (m.Grouping == PerDate && open[n].Documents[0].Due == d.Due))
		if !together {
			open = append(open, Planned{Vendor: s.Vendor, Method: m, Currency: currency})
			n++
		}
		open[n].Documents = append(open[n].Documents, d)
		open[n].Amount -= d.Open()
	}
	for _, x := range open {
		var reason Reason
		switch {
		case x.Amount < p.Minimum:
			reason = BelowMinimum
		case p.Maximum > 0 && x.Amount > p.Maximum:
			reason = AboveMaximum
		default:
			payments = append(payments, x)
			continue
		}
		for _, d := range x.Documents {
			left = append(left, Left{s.Vendor, d, currency, -d.Open(), reason, fmt.Sprintf("the payment would be %s %s", show(currency, x.Amount), currency)})
		}
	}
	return payments, left
}

// method finds how the vendor is paid by the method with the code, or why it cannot be.
func (p Policy) method(s *Subject, currency, code string) (m Method, reason Reason, detail string) {
	m, known := p.Methods[code]
	switch {
	case s.Vendor.Blocked:
		return m, VendorBlocked, "vendor " + s.Vendor.Code + " is blocked"
	case !known && code == "":
		return m, NoMethod, "the vendor has no method of payment; set one, or propose with --method"
	case !known:
		return m, NoMethod, fmt.Sprintf("there is no method of payment %q; add it with: quittance banks method", code)
	case m.Blocked:
		return m, MethodBlocked, "method " + m.Code + ", or its bank account " + m.BankCode + ", is blocked"
	case m.Currency != currency:
		return m, OtherCurrency, fmt.Sprintf("bank account %s of method %s is in %s", m.BankCode, m.Code, m.Currency)
	}
	reason, detail = p.payable(m.Kind, &s.Vendor.Address, s.Bank)
	return m, reason, detail
}

// payable says what a payee lacks to be paid by a kind of method.
func (p Policy) payable(kind Kind, address *party.Address, bank *party.StoredBank) (Reason, string) {
	switch kind {
	case ByHand:
		return "", ""
	case ByCheck:
		if strings.TrimSpace(address.Street) == "" || strings.TrimSpace(address.City) == "" {
			return NoAddress, "a check needs street and city of the payee"
		}
		return "", ""
	}
	switch {
	case bank == nil:
		return NoBankDetails, "the payee has no bank details"
	case kind == ByACH && (bank.Masked.RoutingNumber == "" || bank.Masked.AccountNumber == ""):
		return NoBankDetails, "an ACH payment needs routing and account number of the payee"
	case kind == ByTransfer && bank.Masked.IBAN == "" && (bank.Masked.AccountNumber == "" || (bank.Masked.BIC == "" && bank.Masked.RoutingNumber == "")):
		return NoBankDetails, "a transfer needs the payee's IBAN, or its account number with BIC or routing number"
	case !bank.Verified:
		return BankUnverified, "the payee's bank details are not verified; let somebody confirm them: quittance payees confirm"
	}
	if until := bank.CoolingUntil(p.Cooling); bank.ConfirmedBy == "" && p.Date < until {
		return BankCooling, fmt.Sprintf("%s changed the payee's bank details; pay from %s, or let somebody else confirm them: quittance payees confirm", bank.ChangedBy, until)
	}
	return "", ""
}

func show(currency string, a money.Amount) string {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return fmt.Sprint(int64(a))
	}
	return cur.Format(a)
}
