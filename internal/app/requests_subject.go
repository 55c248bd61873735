package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/approval"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/policy"
	"quittance/internal/request"
)

// requestEvidence is what approvers of a request are shown, as it was when it was submitted.
type requestEvidence struct {
	Request    RequestView        `json:"request"`
	Debts      []string           `json:"debts"`
	Duplicates []RequestDuplicate `json:"duplicates"`
	Posting    *RequestPreview    `json:"posting"` // null: its approval makes the credit first
}

// subjectOf gives a request as approvals and policies see it; look says why a person must, blank when nothing needs one.
func (a *App) subjectOf(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) (s *approval.Subject, look string, err error) {
	customers, err := party.CustomersByID(ctx, tx, []int64{x.Customer})
	if err != nil {
		return nil, "", err
	}
	customer := customers[x.Customer]
	e := requestEvidence{Request: viewRequest(c, x, tx.Today())}
	if e.Debts, err = x.Debts(ctx, tx, c); err != nil {
		return nil, "", err
	}
	v := &RequestDetail{}
	if err := v.readDuplicates(ctx, tx, c, x); err != nil {
		return nil, "", err
	}
	e.Duplicates = v.Duplicates
	if !x.Fresh && x.State.Marks() {
		l, err := x.Plan(ctx, tx, c, a.keys, tx.Today())
		if err != nil {
			return nil, "", err
		}
		e.Posting = previewRequest(x, l, tx.Today())
	}
	worth, err := worthOf(ctx, tx, c, x)
	if err != nil {
		return nil, "", err
	}
	payee, err := payeeOfRequest(ctx, tx, customer, x)
	if err != nil {
		return nil, "", err
	}
	f, err := requestFields(ctx, tx, c, customer, x, len(e.Duplicates))
	if err != nil {
		return nil, "", err
	}
	s = &approval.Subject{
		Kind: policy.Request, ID: x.ID, Name: x.Code, Title: fmt.Sprintf("%s of %s %s to %s %s", strings.ReplaceAll(string(x.Kind), "_", " "), amountOf(x.Currency, x.Amount), x.Currency, x.CustomerCode, x.CustomerName),
		Digest: x.Digest(), Fields: f, Evidence: e, Submitter: cmp.Or(x.SubmittedBy, x.CreatedBy),
		Facts: approval.Facts{Type: string(x.Kind), Organisation: f.Organisation, Currency: x.Currency, Amount: x.Amount, Worth: worth, Accounting: c.Currency, Requester: x.CreatedBy, Payee: cmp.Or(payee, x.CustomerCode), Payees: []string{x.CustomerCode}},
	}
	switch {
	case len(e.Debts) > 0:
		look = "the customer owes " + strings.Join(e.Debts, ", ")
	case len(e.Duplicates) > 0:
		look = "it looks like " + e.Duplicates[0].Request + ": " + e.Duplicates[0].Why
	}
	return s, look, nil
}

// payeeOfRequest gives the code of the vendor that a request pays; blank when a one-time vendor is still to be made.
func payeeOfRequest(ctx context.Context, tx *db.Tx, customer *party.Customer, x *request.Request) (string, error) {
	if x.PayeeCode != "" || customer.Vendor == 0 {
		return x.PayeeCode, nil
	}
	vendors, err := party.VendorsByID(ctx, tx, []int64{customer.Vendor})
	if err != nil || vendors[customer.Vendor] == nil {
		return "", err
	}
	return vendors[customer.Vendor].Code, nil
}

// worthOf gives the amount of a request in the accounting currency, by the rate of today.
func worthOf(_ context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) (money.Amount, error) {
	if x.Currency == c.Currency.Code {
		return x.Amount, nil
	}
	rate, err := c.Rate(x.Currency, tx.Today())
	if err != nil {
		return 0, err
	}
	cur, err := money.CurrencyOf(x.Currency)
	if err != nil {
		return 0, err
	}
	return rate.Convert(x.Amount, cur, c.Currency)
}

// requestFields gives what policies see of a request beside its facts.
func requestFields(ctx context.Context, tx *db.Tx, c *ledger.Company, customer *party.Customer, x *request.Request, duplicates int) (*policy.Fields, error) {
	cur, err := money.CurrencyOf(x.Currency)
	if err != nil {
		return nil, err
	}
	f := &policy.Fields{
		Customer: customer.Code, CustomerGroup: customer.Group, Country: cmp.Or(customer.Country, c.Country), Method: x.Method, Reason: x.Reason, CurrencyAmount: policy.AmountOf(cur, x.Amount),
		SaleDays: policy.Unknown, CreditDays: policy.Unknown, DetailsDays: policy.Unknown, Duplicates: duplicates, NewCredit: x.Fresh, OnHold: customer.Hold, OtherPayee: x.Payee != 0 && x.Payee != customer.Vendor,
		Organisation: c.ClassificationCode(x.Classification), Documents: []string{}, Count: len(x.Credits),
	}
	for _, y := range x.Files {
		if !slices.Contains(f.Documents, y.Type) {
			f.Documents = append(f.Documents, y.Type)
		}
	}
	if customer.Vendor != 0 {
		vendors, err := party.VendorsByID(ctx, tx, []int64{customer.Vendor})
		if err != nil {
			return nil, err
		}
		f.OneTime = vendors[customer.Vendor] != nil && vendors[customer.Vendor].OneTime == party.OneTime
	}
	if x.Source != "" { // of a sale, when it names the invoice
		v, err := ledger.Lookup(ctx, tx, x.Source)
		if err != nil && fault.CodeOf(err) != fault.NotFound {
			return nil, err
		}
		if err == nil {
			f.SaleDays = max(0, tx.Today().Sub(v.Date))
		}
	}
	return f, openFields(ctx, tx, c, x, f)
}

// openFields adds what is open of the customer, and what the request takes of it.
func openFields(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, f *policy.Fields) error {
	items, err := openitem.Open(ctx, tx, c, openitem.Customers, x.Customer)
	if err != nil {
		return err
	}
	var debits, credits money.Sum
	open, classes := map[int64]money.Amount{}, map[int64]bool{}
	for _, it := range items {
		if it.Open > 0 {
			debits.Add(it.Accounting)
			continue
		}
		credits.Add(-it.Accounting)
		open[it.Voucher] -= it.Open
		for _, k := range x.Credits {
			if k.Voucher == it.Voucher {
				classes[it.Classification] = true
				f.CreditDays = max(f.CreditDays, tx.Today().Sub(it.Date))
			}
		}
	}
	for _, k := range x.Credits {
		f.Partial = f.Partial || k.Amount < open[k.Voucher]
	}
	if len(classes) == 1 && f.Organisation == "" {
		for class := range classes {
			f.Organisation = c.ClassificationCode(class)
		}
	}
	owed, err := debits.Total()
	if err != nil {
		return err
	}
	had, err := credits.Total()
	f.OpenDebits, f.OpenCredit = policy.AmountOf(c.Currency, owed), policy.AmountOf(c.Currency, had)
	return err
}
