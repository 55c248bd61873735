package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
)

// VoucherOf names a voucher of a company.
type VoucherOf struct {
	Company
	Number string `path:"number" maxLength:"60" doc:"Number of the voucher."`
}

// NewJournal is a general-ledger voucher, line by line; it balances within each value of the balancing dimensions.
type NewJournal struct {
	Number   string        `json:"number,omitempty" maxLength:"60" doc:"The next of the series when it is not given."`
	Date     civil.Date    `json:"date,omitempty" doc:"Today when it is not given."`
	Currency string        `json:"currency,omitempty" maxLength:"3" doc:"The company's when it is not given."`
	Text     string        `json:"text,omitempty" maxLength:"250"`
	Lines    []JournalLine `json:"lines" minItems:"1" maxItems:"5000"`
}

// JournalLine is one entry: a positive debit or a positive credit. A line on a control account names its customer or vendor.
type JournalLine struct {
	Account        string     `json:"account" minLength:"1" maxLength:"250" doc:"Ledger account as written."`
	Customer       string     `json:"customer,omitempty" maxLength:"60"`
	Vendor         string     `json:"vendor,omitempty" maxLength:"60"`
	Classification string     `json:"classification,omitempty" maxLength:"60"`
	DueDate        civil.Date `json:"due_date,omitempty"`
	Debit          string     `json:"debit,omitempty" pattern:"^([0-9]{1,16}(\\.[0-9]{1,4})?)?$"`
	Credit         string     `json:"credit,omitempty" pattern:"^([0-9]{1,16}(\\.[0-9]{1,4})?)?$"`
	Text           string     `json:"text,omitempty" maxLength:"250"`
}

func (j *NewJournal) request() app.JournalRequest {
	req := app.JournalRequest{Number: j.Number, Date: j.Date, Currency: j.Currency, Text: j.Text}
	for _, l := range j.Lines {
		req.Lines = append(req.Lines, app.JournalLine{
			Account: l.Account, Customer: l.Customer, Vendor: l.Vendor, Classification: l.Classification, Due: l.DueDate, Debit: l.Debit, Credit: l.Credit, Text: l.Text,
		})
	}
	return req
}

// VoucherRows are rows of the company folder's vouchers.
type VoucherRows struct {
	Rows []FileRow `json:"rows" minItems:"1" maxItems:"20000"`
}

// FileRow is a row of vouchers.csv: one entry. The rows of a voucher stand together.
type FileRow struct {
	Voucher          string `json:"voucher" doc:"Number of the voucher."`
	Date             string `json:"date"`
	Type             string `json:"type" doc:"invoice, credit_note, payment, journal, vendor_invoice, vendor_payment."`
	Customer         string `json:"customer,omitempty"`
	Vendor           string `json:"vendor,omitempty"`
	Classification   string `json:"classification,omitempty"`
	DueDate          string `json:"due_date,omitempty"`
	Currency         string `json:"currency,omitempty"`
	Account          string `json:"account"`
	Debit            string `json:"debit,omitempty"`
	Credit           string `json:"credit,omitempty"`
	AccountingDebit  string `json:"accounting_debit,omitempty"`
	AccountingCredit string `json:"accounting_credit,omitempty"`
	Reverses         string `json:"reverses,omitempty"`
	Text             string `json:"text,omitempty"`
}

// csv writes the rows as the file that they are rows of, so that one reader knows the rules. Row n is line n+1.
func (v *VoucherRows) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"voucher", "date", "type", "customer", "vendor", "classification", "due_date", "currency", "account", "debit", "credit", "accounting_debit", "accounting_credit", "reverses", "text"})
	for i := range v.Rows {
		r := &v.Rows[i]
		_ = w.Write([]string{r.Voucher, r.Date, r.Type, r.Customer, r.Vendor, r.Classification, r.DueDate, r.Currency, r.Account, r.Debit, r.Credit, r.AccountingDebit, r.AccountingCredit, r.Reverses, r.Text})
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// Numbers are the numbers of what was posted.
type Numbers struct {
	Vouchers []string `json:"vouchers"`
}

// Reverse asks for the reversal of a voucher.
type Reverse struct {
	Date   civil.Date `json:"date" minLength:"10" doc:"Date of the reversal, in an open period."`
	Reason string     `json:"reason" minLength:"1" maxLength:"250"`
}

// VoucherReversed is a voucher and its mirror.
type VoucherReversed struct {
	Number     string `json:"number"`
	ReversedBy string `json:"reversed_by"`
}

func vouchers(d *door) {
	voucherLooks(d)
	voucherFiles(d)
	add(d, operation{
		id: "post-journal", method: http.MethodPost, path: "/companies/{company}/vouchers", tag: "Vouchers", permission: identity.PostVoucher, status: http.StatusCreated,
		summary: "Post a general-ledger voucher", about: "Line by line. It balances by itself, within each value of the balancing dimensions too.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body NewJournal
	},
	) (*made[Posted], error) {
		number, err := d.app.PostJournal(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.request())
		return postedAt(in.Company.Company, number), err
	})
	add(d, operation{
		id: "reverse-voucher", method: http.MethodPost, path: "/companies/{company}/vouchers/{number}/reversal", tag: "Vouchers", permission: identity.PostVoucher, status: http.StatusCreated, matched: true,
		summary: "Reverse a voucher", about: "Posts its mirror. A reimbursement is reversed as a reimbursement.",
	}, func(ctx context.Context, in *struct {
		VoucherOf
		Keyed
		Match
		Body Reverse
	},
	) (out *reply[VoucherReversed], err error) {
		look := func() (any, error) { return d.app.Voucher(ctx, d.call(ctx, in.Company.Company, ""), in.Number) }
		err = matching(d, in.Match, in.Company.Company+" voucher "+in.Number, look, func() error {
			by, err := d.app.ReverseVoucher(ctx, d.call(ctx, in.Company.Company, in.Key), in.Number, in.Body.Date, in.Body.Reason)
			out = &reply[VoucherReversed]{VoucherReversed{in.Number, by}}
			return err
		})
		return out, err
	})
}

func voucherLooks(d *door) {
	add(d, operation{
		id: "list-vouchers", method: http.MethodGet, path: "/companies/{company}/vouchers", tag: "Vouchers", permission: identity.Read,
		summary: "List of vouchers", about: "The newest first; by number when the beginning of one is asked for.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Number  string `query:"number" maxLength:"60" doc:"What the number begins with."`
		Type    string `query:"type" enum:"invoice,credit_note,payment,journal,vendor_invoice,vendor_payment,reimbursement,settlement,reversal"`
		Account string `query:"account" maxLength:"250" doc:"Main account, or ledger account as written: vouchers with an entry on it."`
		Between
	},
	) (*page[app.VoucherRow], error) {
		from, to, err := dates(in.From, in.To)
		if err != nil {
			return nil, err
		}
		part, err := d.app.Vouchers(ctx, d.call(ctx, in.Company.Company, ""), app.VoucherFilter{Number: in.Number, Type: in.Type, From: from, To: to, Account: in.Account}, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-voucher", method: http.MethodGet, path: "/companies/{company}/vouchers/{number}", tag: "Vouchers", permission: identity.Read, tagged: true,
		summary: "A voucher", about: "With its entries.",
	}, func(ctx context.Context, in *struct {
		VoucherOf
		NoneMatch
	},
	) (*single[app.Voucher], error) {
		v, err := d.app.Voucher(ctx, d.call(ctx, in.Company.Company, ""), in.Number)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *v)
	})
}

// Between bounds a list by date.
type Between struct {
	From string `query:"from" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"First day; without it, from the beginning."`
	To   string `query:"to" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"Last day; without it, to the end."`
}

func voucherFiles(d *door) {
	post := func(ctx context.Context, company, key string, text []byte) (*reply[Numbers], error) {
		all, err := d.app.ReadVouchers(ctx, d.call(ctx, company, ""), "vouchers.csv", bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		numbers, err := d.app.PostVouchers(ctx, d.call(ctx, company, key), all)
		return &reply[Numbers]{Numbers{numbers}}, err
	}
	add(d, operation{
		id: "post-voucher-rows", method: http.MethodPost, path: "/companies/{company}/vouchers/rows", tag: "Vouchers", permission: identity.PostVoucher, status: http.StatusCreated, maxBody: d.o.MaxImport,
		summary: "Post vouchers by rows", about: "Rows as in vouchers.csv of the company folder, all or none. An error's place is that of the row in such a file: row n is line n+1.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body VoucherRows
	},
	) (*reply[Numbers], error) {
		text, err := in.Body.csv()
		if err != nil {
			return nil, err
		}
		return post(ctx, in.Company.Company, in.Key, text)
	})
	add(d, operation{
		id: "post-voucher-file", method: http.MethodPost, path: "/companies/{company}/vouchers/file", tag: "Vouchers", permission: identity.PostVoucher, status: http.StatusCreated, maxBody: d.o.MaxImport,
		summary: "Post vouchers by a file", about: "vouchers.csv of the company folder, all or none.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		RawBody []byte `contentType:"text/csv"`
	},
	) (*reply[Numbers], error) {
		return post(ctx, in.Company.Company, in.Key, in.RawBody)
	})
}
