package folder

import (
	"iter"

	"quittance/internal/civil"
	"quittance/internal/money"
)

// Voucher is the rows of one voucher number, which stand together in the file.
type Voucher struct {
	Number   string
	Date     civil.Date
	Type     string // invoice, credit_note, payment, journal …
	Reverses string // the voucher that this one reverses; may be blank
	Lines    []VoucherLine
}

// VoucherLine is one entry; Lines[i] is line i+1 of its voucher. Debit and Credit are not negative, in Currency, and at
// most one of them is not zero. The accounting amounts are in the company's currency; both nil means by the rate.
type VoucherLine struct {
	Row
	Customer         string
	Vendor           string
	Classification   string
	DueDate          civil.Date // of an invoice, its date when the column is blank
	Currency         money.Currency
	Account          string // a ledger account, as the company writes it
	Debit            money.Amount
	Credit           money.Amount
	AccountingDebit  *money.Amount
	AccountingCredit *money.Amount
	Text             string
}

func (v *voucherRow) check(c *checks) {
	if c.sound("debit", "credit") && c.sound("currency") && v.Currency.Code != "" {
		if v.Debit == nil && v.Credit == nil {
			c.bad("debit", "debit and credit are both blank; expected one of them")
		}
		checkOneSide(c, "debit", "credit", v.Debit, v.Credit)
	}
	if c.sound("accounting_debit", "accounting_credit") {
		checkOneSide(c, "accounting_debit", "accounting_credit", v.AccountingDebit, v.AccountingCredit)
	}
	if c.sound("due_date", "type", "date") && v.DueDate == 0 && (v.Type == "invoice" || v.Type == "vendor_invoice") {
		v.DueDate = v.Date
	}
	c.joinVoucher(v)
}

// checkOneSide refuses a row that stands on both sides.
func checkOneSide(c *checks, debit, credit string, d, cr *money.Amount) {
	if d != nil && cr != nil && *d != 0 && *cr != 0 {
		c.bad(credit, "%s and %s are both filled; expected one of them, make two rows", debit, credit)
	}
}

// joinVoucher compares the row with the voucher that it belongs to, the last one read or a new one.
func (c *checks) joinVoucher(v *voucherRow) {
	if !c.sound("voucher") {
		return
	}
	first, known := c.vouchers[v.Voucher]
	if !known {
		c.vouchers[v.Voucher] = v.Line
		c.customer, c.vendor = named{}, named{}
	} else if last := &c.data.Vouchers[len(c.data.Vouchers)-1]; last.Number != v.Voucher {
		c.bad("voucher", "%q comes again, first on line %d; the rows of a voucher stand together", v.Voucher, first)
		return
	} else {
		sameAsFirst(c, "date", last.Date.String(), v.Date.String(), first)
		sameAsFirst(c, "type", last.Type, v.Type, first)
		sameAsFirst(c, "reverses", last.Reverses, v.Reverses, first)
	}
	switch v.Type {
	case "settlement", "reversal", "deduction", "resolution":
		return // between the members of a family, or with who holds deductions, they have several customers
	}
	c.customer.join(c, "customer", v.Customer)
	c.vendor.join(c, "vendor", v.Vendor)
}

func sameAsFirst(c *checks, column, want, got string, first int) {
	if c.sound(column) && want != got {
		c.bad(column, "%q differs from %q on line %d; it is the same in all rows of a voucher", got, want, first)
	}
}

// named is the one customer, or vendor, of the voucher that is being read, and the line that named it.
type named struct {
	code string
	line int
}

func (p *named) join(c *checks, column, code string) {
	switch {
	case code == "" || code == p.code || !c.sound(column):
	case p.code == "":
		*p = named{code, c.row.base().Line}
	default:
		c.bad(column, "%q is a second %s beside %q on line %d; a voucher has at most one, split it", code, column, p.code, p.line)
	}
}

// addVoucherRow puts a row into the last voucher, or begins a new one.
func addVoucherRow(r *reader, v *voucherRow) {
	if v.Voucher == "" {
		return // reported already
	}
	vs := r.data.Vouchers
	if len(vs) == 0 || vs[len(vs)-1].Number != v.Voucher {
		r.data.Vouchers = append(vs, Voucher{Number: v.Voucher, Date: v.Date, Type: v.Type, Reverses: v.Reverses})
	}
	last := &r.data.Vouchers[len(r.data.Vouchers)-1]
	line := VoucherLine{
		Row: v.Row, Customer: v.Customer, Vendor: v.Vendor, Classification: v.Classification, DueDate: v.DueDate,
		Currency: v.Currency, Account: v.Account, AccountingDebit: v.AccountingDebit, AccountingCredit: v.AccountingCredit,
		Text: v.Text,
	}
	if v.Debit != nil {
		line.Debit = *v.Debit
	}
	if v.Credit != nil {
		line.Credit = *v.Credit
	}
	last.Lines = append(last.Lines, line)
}

// voucherRows gives the rows to write; a line of nothing (an exchange difference) is written as a debit of zero.
func voucherRows(d *Data) iter.Seq[*voucherRow] {
	return func(yield func(*voucherRow) bool) {
		for i := range d.Vouchers {
			v := &d.Vouchers[i]
			for j := range v.Lines {
				l := &v.Lines[j]
				row := &voucherRow{
					Voucher: v.Number, Date: v.Date, Type: v.Type, Customer: l.Customer, Vendor: l.Vendor,
					Classification: l.Classification, DueDate: l.DueDate, Currency: l.Currency, Account: l.Account,
					AccountingDebit: l.AccountingDebit, AccountingCredit: l.AccountingCredit, Reverses: v.Reverses, Text: l.Text,
				}
				if l.Credit != 0 {
					row.Credit = &l.Credit
				} else {
					row.Debit = &l.Debit
				}
				if !yield(row) {
					return
				}
			}
		}
	}
}
