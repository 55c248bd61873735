package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/payout"
)

const (
	payoutTag         = "Vendor payments"
	vendorJournals    = "/companies/{company}/vendor-payment-journals"
	vendorJournalPath = vendorJournals + "/{journal}"
	vendorPaymentPath = vendorJournalPath + "/payments/{line}"
	bankAccountsPath  = "/companies/{company}/bank-accounts"
)

// VendorJournalOf names a vendor payment journal.
type VendorJournalOf struct {
	Company
	Journal string `path:"journal" maxLength:"60" doc:"Code of the vendor payment journal."`
}

// VendorPaymentOf names a payment of a vendor payment journal.
type VendorPaymentOf struct {
	VendorJournalOf
	Line int `path:"line" minimum:"1" maximum:"100000000" doc:"Line of the journal: VPJ-00000001/3 is line 3 of VPJ-00000001."`
}

func (p VendorPaymentOf) name() string { return p.Journal + "/" + strconv.Itoa(p.Line) }

// BankAccountOf names a bank account of a company.
type BankAccountOf struct {
	Company
	Bank string `path:"bank" maxLength:"30" doc:"Code of the bank account."`
}

// BankAccountEntry is a bank account of the company. Numbers that are blank or masked stay as they are.
type BankAccountEntry struct {
	Name          string         `json:"name,omitempty" maxLength:"250" doc:"The code when it is not given."`
	Currency      string         `json:"currency,omitempty" pattern:"^([A-Z]{3})?$" doc:"The company's when it is not given."`
	Account       string         `json:"account" minLength:"1" maxLength:"250" doc:"Ledger account of the bank."`
	Bank          string         `json:"bank,omitempty" maxLength:"250" doc:"Name of the bank."`
	Address       string         `json:"address,omitempty" maxLength:"1000" doc:"Of the bank, in lines."`
	IBAN          string         `json:"iban,omitempty" maxLength:"60"`
	BIC           string         `json:"bic,omitempty" maxLength:"60"`
	RoutingNumber string         `json:"routing_number,omitempty" maxLength:"60"`
	AccountNumber string         `json:"account_number,omitempty" maxLength:"60"`
	NextCheck     int64          `json:"next_check,omitempty" minimum:"0" doc:"Number of the next check; as it is when it is not given."`
	StaleDays     int            `json:"stale_days,omitempty" minimum:"0" maximum:"3650" doc:"After which an uncashed check is stale; 0 is never."`
	Blocked       bool           `json:"blocked,omitempty" doc:"Nothing is paid from it."`
	Settings      map[string]any `json:"settings,omitempty" doc:"How checks look and what the bank's files want: check, ach, iso20022, positive_pay. As they are when they are not given."`
}

func (b *BankAccountEntry) row(code string) (app.BankAccountRow, error) {
	row := app.BankAccountRow{
		Code: code, Name: b.Name, Currency: b.Currency, Account: b.Account, Bank: b.Bank, Address: b.Address, IBAN: b.IBAN, BIC: b.BIC, RoutingNumber: b.RoutingNumber, AccountNumber: b.AccountNumber,
		NextCheck: b.NextCheck, StaleDays: b.StaleDays, Blocked: b.Blocked,
	}
	if len(b.Settings) == 0 {
		row.KeepSettings = b.Settings == nil
		return row, nil
	}
	text, err := json.Marshal(b.Settings)
	if err != nil {
		return row, err
	}
	cur := money.Currency{Code: "USD", Digits: 2} // the company's is looked at when the row is saved
	if b.Currency != "" {
		if cur, err = money.CurrencyOf(b.Currency); err != nil {
			return row, err
		}
	}
	row.Settings, err = payout.ParseSettings(text, cur)
	return row, err
}

// PaymentMethodEntry is a method of payment.
type PaymentMethodEntry struct {
	Name     string          `json:"name,omitempty" maxLength:"250" doc:"The code when it is not given."`
	Kind     payout.Kind     `json:"kind" enum:"check,ach,iso20022,manual"`
	Bank     string          `json:"bank" minLength:"1" maxLength:"30" doc:"Code of the bank account."`
	Grouping payout.Grouping `json:"grouping,omitempty" enum:"invoice,vendor,date" doc:"Which invoices of a vendor share a payment; vendor when it is not given."`
	Blocked  bool            `json:"blocked,omitempty"`
}

// SpoiledChecks are check numbers that paid nothing.
type SpoiledChecks struct {
	From   int64  `json:"from" minimum:"1"`
	To     int64  `json:"to,omitempty" minimum:"0" doc:"The first when it is not given."`
	Reason string `json:"reason" minLength:"1" maxLength:"250"`
}

// UpTo says up to which day.
type UpTo struct {
	UpTo civil.Date `json:"up_to,omitempty" doc:"Today when it is not given."`
}

// BankAccounts are the bank accounts of a company.
type BankAccounts struct {
	Items []app.BankAccountRow `json:"items"`
}

// PaymentMethods are the methods of payment of a company.
type PaymentMethods struct {
	Items []app.PaymentMethodRow `json:"items"`
}

// bankBody is the input of a change of a bank account.
type bankBody[B any] struct {
	BankAccountOf
	Keyed
	Body B
}

func payouts(d *door) {
	bankAccounts(d)
	bankChecks(d)
	vendorPaymentJournals(d)
	vendorPaymentLooks(d)
	vendorPaymentChanges(d)
	paymentFiles(d)
	paymentAnswers(d)
	bankProposals(d)
}

func bankAccounts(d *door) {
	add(d, operation{
		id: "get-bank-accounts", method: http.MethodGet, path: bankAccountsPath, tag: payoutTag, permission: identity.Read,
		summary: "The bank accounts", about: "By code, with masked numbers.",
	}, func(ctx context.Context, in *struct{ Company }) (*reply[BankAccounts], error) {
		all, err := d.app.BankAccounts(ctx, d.call(ctx, in.Company.Company, ""))
		return answer(BankAccounts{all}, err)
	})
	add(d, operation{
		id: "set-bank-account", method: http.MethodPut, path: bankAccountsPath + "/{bank}", tag: payoutTag, permission: identity.SetUp, status: http.StatusNoContent,
		summary: "Make or change a bank account", about: "All of it is replaced; its IBAN, BIC, routing and account number stay when they are blank or masked, its settings when they are not given.",
	}, func(ctx context.Context, in *bankBody[BankAccountEntry]) (*struct{}, error) {
		row, err := in.Body.row(in.Bank)
		if err != nil {
			return nil, err
		}
		return nil, d.app.SaveBankAccount(ctx, d.call(ctx, in.Company.Company, in.Key), row)
	})
	add(d, operation{
		id: "get-payment-methods", method: http.MethodGet, path: "/companies/{company}/payment-methods", tag: payoutTag, permission: identity.Read,
		summary: "The methods of payment", about: "By code.",
	}, func(ctx context.Context, in *struct{ Company }) (*reply[PaymentMethods], error) {
		all, err := d.app.PaymentMethods(ctx, d.call(ctx, in.Company.Company, ""))
		return answer(PaymentMethods{all}, err)
	})
	add(d, operation{
		id: "set-payment-method", method: http.MethodPut, path: "/companies/{company}/payment-methods/{method}", tag: payoutTag, permission: identity.SetUp, status: http.StatusNoContent,
		summary: "Make or change a method of payment",
	}, func(ctx context.Context, in *struct {
		Company
		Method string `path:"method" maxLength:"30" doc:"Code of the method."`
		Keyed
		Body PaymentMethodEntry
	},
	) (*struct{}, error) {
		b := in.Body
		return nil, d.app.SavePaymentMethod(ctx, d.call(ctx, in.Company.Company, in.Key), app.PaymentMethodRow{Code: in.Method, Name: b.Name, Kind: b.Kind, Bank: b.Bank, Grouping: b.Grouping, Blocked: b.Blocked})
	})
}

func bankChecks(d *door) {
	add(d, operation{
		id: "spoil-checks", method: http.MethodPost, path: bankAccountsPath + "/{bank}/spoiled-checks", tag: payoutTag, permission: identity.Pay, status: http.StatusNoContent,
		summary: "Note spoiled check numbers", about: "Before they paid anything; the bank is told with the next positive pay file.",
	}, func(ctx context.Context, in *bankBody[SpoiledChecks]) (*struct{}, error) {
		b := in.Body
		if b.To == 0 {
			b.To = b.From
		}
		return nil, d.app.SpoilChecks(ctx, d.call(ctx, in.Company.Company, in.Key), in.Bank, b.From, b.To, b.Reason)
	})
	add(d, operation{
		id: "make-positive-pay", method: http.MethodPost, path: bankAccountsPath + "/{bank}/positive-pay", tag: payoutTag, permission: identity.Pay, status: http.StatusCreated,
		summary: "Make a positive pay file", about: "It tells the bank which checks were issued or voided, each once.",
	}, func(ctx context.Context, in *bankBody[UpTo]) (*reply[*app.PaymentFile], error) {
		return answer(d.app.MakePositivePay(ctx, d.call(ctx, in.Company.Company, in.Key), in.Bank, in.Body.UpTo))
	})
	add(d, operation{
		id: "confirm-payee", method: http.MethodPost, path: "/companies/{company}/payees/{payee}/confirmation", tag: payoutTag, permission: identity.Approve, status: http.StatusNoContent,
		summary: "Confirm changed bank details of a payee", about: "A vendor, or else a customer, of the code; they hold no payment any longer. Who changed them may not.",
	}, func(ctx context.Context, in *struct {
		Company
		Payee string `path:"payee" maxLength:"60" doc:"Code of the vendor or customer."`
		Keyed
	},
	) (*struct{}, error) {
		return nil, d.app.ConfirmBankDetails(ctx, d.call(ctx, in.Company.Company, in.Key), in.Payee)
	})
}
