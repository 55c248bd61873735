package posted

import (
	"cmp"
	"strconv"
	"strings"

	"quittance/internal/money"
)

// values are what a column may hold, beside dimensions and constants.
var values = []string{
	"batch", "row", "row_10000", "line", "voucher", "date", "type", "document_type", "text", "account", "main", "display", "account_type", "account_number", "party", "classification", "currency",
	"currency_if_foreign", "amount", "debit", "credit", "transaction_currency", "transaction_debit", "transaction_credit", "accounting_currency", "accounting_amount", "accounting_debit", "accounting_credit", "due_date", "reverses",
}

// value gives a field of the n-th line (from 0) of a file, and whether it is a number or date.
func (l *Layout) value(what, batch string, n int, x *Line) (text string, number bool) {
	if text, constant := strings.CutPrefix(what, "="); constant {
		return text, false
	}
	if kind, name, cut := strings.Cut(what, ":"); cut {
		if kind == "const" {
			return l.Constants[name], false
		}
		return l.dimension(name, x), false
	}
	if text, found := l.money(what, x); found {
		return text, true
	}
	switch what {
	case "row":
		return strconv.Itoa(n + 1), true
	case "row_10000":
		return strconv.Itoa((n + 1) * 10000), true
	case "line":
		return strconv.Itoa(x.Line), true
	case "date":
		return l.dateOf(x.Date), true
	case "due_date":
		return l.dateOf(x.Due), true
	}
	return l.word(what, batch, x), false
}

// money gives the fields that are amounts.
func (l *Layout) money(what string, x *Line) (string, bool) {
	currency, amount := x.AccountingCurrency, x.Accounting
	if l.Amounts == "transaction" {
		currency, amount = x.Currency, x.Amount
	}
	side, of := what, ""
	if of, side, _ = strings.Cut(what, "_"); side == "" {
		side, of = what, ""
	}
	switch of {
	case "":
	case "transaction":
		currency, amount = x.Currency, x.Amount
	case "accounting":
		currency, amount = x.AccountingCurrency, x.Accounting
	default:
		return "", false
	}
	switch side {
	case "amount":
		return l.number(currency, amount), true
	case "debit":
		return l.number(currency, max(amount, 0)), true
	case "credit":
		return l.number(currency, money.Amount(max(-amount, 0))), true
	}
	return "", false
}

// word gives the fields that are texts.
func (l *Layout) word(what, batch string, x *Line) string {
	switch what {
	case "batch":
		return batch
	case "voucher":
		return x.Voucher
	case "type":
		return x.Type
	case "document_type":
		if text, ok := l.Documents[x.Type]; ok {
			return text
		}
		return l.Documents["*"]
	case "text":
		return x.Text
	case "account":
		return x.Account
	case "main":
		return cmp.Or(l.Accounts[x.Main], x.Main)
	case "display":
		return l.display(x)
	case "account_type":
		kind := l.kind(x)
		return cmp.Or(l.Types[kind], kind)
	case "account_number":
		switch {
		case l.kind(x) != "ledger":
			return l.party(x)
		case len(l.Display) > 0:
			return l.display(x)
		}
		return cmp.Or(l.Accounts[x.Main], x.Main)
	case "party":
		return l.party(x)
	case "classification":
		return x.Classification
	case "transaction_currency":
		return x.Currency
	case "accounting_currency":
		return x.AccountingCurrency
	case "reverses":
		return x.Reverses
	}
	currency := x.AccountingCurrency
	if l.Amounts == "transaction" {
		currency = x.Currency
	}
	if what == "currency_if_foreign" && currency == x.AccountingCurrency {
		return ""
	}
	return currency
}

// kind says whose account a line is on: ledger, customer or vendor.
func (l *Layout) kind(x *Line) string {
	if l.Subledger && x.Party != "" && (x.Control == "customer" || x.Control == "vendor") {
		return x.Control
	}
	return "ledger"
}

func (l *Layout) party(x *Line) string { return cmp.Or(l.Parties[x.Party], x.Party) }

func (l *Layout) dimension(name string, x *Line) string {
	v := x.Dimensions[name]
	return cmp.Or(l.Values[name][v], v)
}

// display writes main account and dimensions in the order of the layout; one that is blank keeps its place.
func (l *Layout) display(x *Line) string {
	main := cmp.Or(l.Accounts[x.Main], x.Main)
	if len(l.Display) == 0 {
		return main
	}
	parts := make([]string, len(l.Display))
	for i, name := range l.Display {
		if parts[i] = main; name != "main" {
			parts[i] = l.dimension(name, x)
		}
	}
	return strings.Join(parts, l.DisplayMark)
}
