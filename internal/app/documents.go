package app

import (
	"context"

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
	cmd := command{name: "document.post", permission: identity.PostVoucher, input: req}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, string, error) {
		v, err := req.voucher(ctx, tx, c)
		if err != nil {
			return "", nil, "", err
		}
		if err := openitem.Post(ctx, tx, c, v); err != nil {
			return "", nil, "", err
		}
		return v.Number, map[string]string{"type": req.Type, "party": req.Party}, v.Number, nil
	})
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
