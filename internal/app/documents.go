package app

import (
	"context"
	"errors"
	"fmt"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/payable"
	"quittance/internal/receivable"
)

// DocumentRequest asks for the posting of a document by its lines; the control lines follow from the posting profile.
type DocumentRequest struct {
	Type           string // invoice, credit_note, payment, vendor_invoice
	Number         string // blank: from the number series
	Party          string // code of the customer, or of the vendor
	Date, Due      civil.Date
	Classification string
	Currency       string // blank: the company's
	Text           string
	Lines          []DocumentLine
}

// DocumentLine is a line that is not on the control account.
type DocumentLine struct{ Account, Amount string }

// PostDocument posts an invoice, a credit note, a payment or a vendor invoice and gives its number.
func (a *App) PostDocument(ctx context.Context, call Call, req DocumentRequest) (string, error) {
	return a.postOne(ctx, call, command{name: "document.post", permission: identity.PostVoucher, input: req, small: true, blind: true, draws: drawsFrom(req.Type, req.Number)}, map[string]string{"type": req.Type, "party": req.Party}, req.voucher)
}

// drawsFrom gives the number series that a voucher takes its number from; blank when it has one.
func drawsFrom(series, number string) string {
	if number != "" {
		return ""
	}
	return series
}

// postOne posts one voucher and gives its number.
func (a *App) postOne(ctx context.Context, call Call, cmd command, detail any, make func(context.Context, *db.Tx, *ledger.Company) (*ledger.Voucher, error)) (string, error) {
	return doTogether(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (told[string], error) {
		v, err := make(ctx, tx, c)
		if err != nil {
			return nil, err
		}
		if err := openitem.PostLater(ctx, tx, c, v); err != nil {
			return nil, err
		}
		return func() (string, any, string) { return v.Number, detail, v.Number }, nil
	})
}

// JournalRequest asks for the posting of a general-ledger voucher, line by line.
type JournalRequest struct {
	Number   string // blank: from the number series
	Date     civil.Date
	Currency string // blank: the company's
	Text     string
	Lines    []JournalLine
}

// JournalLine is one entry; Debit and Credit are decimals, one of them blank or zero. A line on a control account names its
// customer or vendor.
type JournalLine struct {
	Account, Customer, Vendor, Classification string
	Due                                       civil.Date
	Debit, Credit                             string
	Text                                      string
}

// PostJournal posts a general-ledger voucher and gives its number.
func (a *App) PostJournal(ctx context.Context, call Call, req JournalRequest) (string, error) {
	return a.postOne(ctx, call, command{name: "journal.post", permission: identity.PostVoucher, input: req, small: true, blind: true, draws: drawsFrom(ledger.Journal.String(), req.Number)}, map[string]int{"lines": len(req.Lines)}, req.voucher)
}

func (req JournalRequest) voucher(ctx context.Context, tx *db.Tx, c *ledger.Company) (*ledger.Voucher, error) {
	cur := c.Currency
	if req.Currency != "" {
		var err error
		if cur, err = money.CurrencyOf(req.Currency); err != nil {
			return nil, err
		}
	}
	v := &ledger.Voucher{Number: req.Number, Date: orToday(req.Date, tx), Type: ledger.Journal, Text: req.Text}
	for i, l := range req.Lines {
		e, err := l.entry(ctx, tx, c, cur)
		if err != nil {
			return nil, placed(err, fmt.Sprintf("line %d", i+1))
		}
		v.Entries = append(v.Entries, e)
	}
	return v, c.FillAccounting(v, func(int) bool { return true })
}

// placed names the place of an error for people.
func placed(err error, place string) error {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.At(place)
	}
	return err
}

func (l JournalLine) entry(ctx context.Context, tx *db.Tx, c *ledger.Company, cur money.Currency) (e ledger.Entry, err error) {
	e = ledger.Entry{Currency: cur.Code, Due: l.Due, Text: l.Text}
	if e.Account, err = c.Parse(l.Account); err != nil {
		return e, err
	}
	debit, credit := money.Amount(0), money.Amount(0)
	if l.Debit != "" {
		if debit, err = cur.Parse(l.Debit); err != nil {
			return e, err
		}
	}
	if l.Credit != "" {
		if credit, err = cur.Parse(l.Credit); err != nil {
			return e, err
		}
	}
	if debit < 0 || credit < 0 || (debit == 0) == (credit == 0) {
		return e, fault.New(fault.Invalid, "debit %q and credit %q: expected one positive amount on one side", l.Debit, l.Credit).In("debit")
	}
	e.Amount = debit - credit
	if l.Classification != "" {
		id, ok := c.Classifications[l.Classification]
		if !ok {
			return e, fault.New(fault.Invalid, "there is no billing classification %q", l.Classification).In("classification")
		}
		e.Classification = id
	}
	control := c.Accounts[e.Account.Main].Control
	switch {
	case l.Customer != "" && control == ledger.CustomerControl:
		customer, err := party.FindCustomer(ctx, tx, l.Customer)
		e.Party = customer.ID
		return e, err
	case l.Vendor != "" && control == ledger.VendorControl:
		vendor, err := party.FindVendor(ctx, tx, l.Vendor)
		e.Party = vendor.ID
		return e, err
	case l.Customer != "" || l.Vendor != "":
		return e, fault.New(fault.Refused, "%s is not the control account of such a party", e.Account.Written).In("account").ByRule("party_unexpected")
	}
	return e, nil
}

func (req DocumentRequest) voucher(ctx context.Context, tx *db.Tx, c *ledger.Company) (*ledger.Voucher, error) {
	t, ok := ledger.ParseType(req.Type)
	if !ok {
		return nil, fault.New(fault.Invalid, "%q is no type of document; expected invoice, credit_note, payment or vendor_invoice", req.Type).In("type")
	}
	class, ok := c.Classifications[req.Classification]
	if !ok && req.Classification != "" {
		return nil, fault.New(fault.Invalid, "there is no billing classification %q", req.Classification).In("classification")
	}
	cur := c.Currency
	if req.Currency != "" {
		var err error
		if cur, err = money.CurrencyOf(req.Currency); err != nil {
			return nil, err
		}
	}
	lines, err := req.lines(c, cur)
	if err != nil {
		return nil, err
	}
	if t == ledger.VendorInvoice {
		d := payable.Invoice{Number: req.Number, Date: orToday(req.Date, tx), Due: req.Due, Currency: cur.Code, Text: req.Text, Lines: lines}
		if d.Vendor, err = party.FindVendor(ctx, tx, req.Party); err != nil {
			return nil, err
		}
		return payable.Voucher(c, d)
	}
	d := receivable.Document{Type: t, Number: req.Number, Date: orToday(req.Date, tx), Due: req.Due, Classification: class, Currency: cur.Code, Text: req.Text}
	for _, l := range lines {
		d.Lines = append(d.Lines, receivable.Line(l))
	}
	if d.Customer, err = party.FindCustomer(ctx, tx, req.Party); err != nil {
		return nil, err
	}
	return receivable.Voucher(c, d)
}

func (req DocumentRequest) lines(c *ledger.Company, cur money.Currency) ([]payable.Line, error) {
	if len(req.Lines) == 0 {
		return nil, fault.New(fault.Invalid, "the document has no lines").In("lines")
	}
	var lines []payable.Line
	for _, l := range req.Lines {
		account, err := c.Parse(l.Account)
		if err != nil {
			return nil, err
		}
		amount, err := cur.Parse(l.Amount)
		if err != nil {
			return nil, err
		}
		lines = append(lines, payable.Line{Account: account, Amount: amount})
	}
	return lines, nil
}
