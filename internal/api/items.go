package api

import (
	"context"
	"net/http"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
)

// ItemsAre narrows a list of items.
type ItemsAre struct {
	Credits  string `query:"credits" enum:"true,false" doc:"true: credits only; false: debits only."`
	Currency string `query:"currency" maxLength:"3"`
	Account  string `query:"account" maxLength:"250" doc:"Ledger account as written."`
}

func (f ItemsAre) filter() app.ItemFilter {
	return app.ItemFilter{Credits: flag(f.Credits), Currency: f.Currency, Account: f.Account}
}

// Side says whose.
type Side struct {
	Side string `query:"side" enum:"customer,vendor" default:"customer" doc:"Of customers or of vendors."`
}

func openItems(d *door) {
	add(d, operation{
		id: "list-open-items", method: http.MethodGet, path: "/companies/{company}/open-items", tag: "Open items", permission: identity.Read,
		summary: "Open items", about: "Of everybody, party by party; of one party by date, voucher and line. Debits are positive, credits negative.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Side
		ItemsAre
		Party string `query:"party" maxLength:"60" doc:"Of this customer or vendor only."`
	},
	) (*page[app.OpenItem], error) {
		f := in.filter()
		f.Side, f.Party = sideOf(in.Side.Side), in.Party
		part, err := d.app.Items(ctx, d.call(ctx, in.Company.Company, ""), f, in.page())
		return pageOf(ctx, part, err)
	})
}

// Pair is two vouchers of a party.
type Pair struct {
	Side        string     `json:"side,omitempty" enum:"customer,vendor" default:"customer" doc:"Of a customer or of a vendor."`
	Party       string     `json:"party" minLength:"1" maxLength:"60" doc:"Code of the customer or vendor."`
	CreditParty string     `json:"credit_party,omitempty" maxLength:"60" doc:"The customer of the credit, of the same family."`
	Debit       string     `json:"debit_voucher" minLength:"1" maxLength:"60"`
	Credit      string     `json:"credit_voucher" minLength:"1" maxLength:"60"`
	Amount      string     `json:"amount,omitempty" pattern:"^([0-9]{1,16}(\\.[0-9]{1,4})?)?$" doc:"How much; as much as both have when it is not given."`
	Date        civil.Date `json:"date,omitempty" doc:"Date of the settlement; today when it is not given."`
}

// PairUndone is two vouchers whose settlements are undone.
type PairUndone struct {
	Side   string     `json:"side,omitempty" enum:"customer,vendor" default:"customer" doc:"Of a customer or of a vendor."`
	Party  string     `json:"party" minLength:"1" maxLength:"60" doc:"Code of the customer or vendor."`
	Debit  string     `json:"debit_voucher" minLength:"1" maxLength:"60"`
	Credit string     `json:"credit_voucher" minLength:"1" maxLength:"60"`
	Date   civil.Date `json:"date" minLength:"10" doc:"Date of the undoing, in an open period."`
}

// Reopened says what is open again.
type Reopened struct {
	Debit    string `json:"debit_voucher"`
	Credit   string `json:"credit_voucher"`
	Currency string `json:"currency"`
	Amount   string `json:"amount" doc:"What is open again."`
}

// AutoSettle names whose items are settled.
type AutoSettle struct {
	Side  string     `json:"side,omitempty" enum:"customer,vendor" default:"customer" doc:"Of a customer or of a vendor."`
	Party string     `json:"party" minLength:"1" maxLength:"60" doc:"Code of the customer or vendor."`
	Date  civil.Date `json:"date,omitempty" doc:"Date of the settlements; today when it is not given."`
}

// AutoSettled is what was settled.
type AutoSettled struct {
	Settlements []app.Settled `json:"settlements"`
}

func settlements(d *door) {
	add(d, operation{
		id: "settle", method: http.MethodPost, path: "/companies/{company}/settlements", tag: "Open items", permission: identity.PostVoucher, status: http.StatusCreated,
		summary: "Settle a debit with a credit",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body Pair
	},
	) (*reply[app.Settled], error) {
		b := in.Body
		s, err := d.app.Settle(ctx, d.call(ctx, in.Company.Company, in.Key), app.SettleRequest{
			Side: sideOf(b.Side), Party: b.Party, CreditParty: b.CreditParty, Debit: b.Debit, Credit: b.Credit, Amount: b.Amount, Date: b.Date,
		})
		return &reply[app.Settled]{s}, err
	})
	add(d, operation{
		id: "settle-all", method: http.MethodPost, path: "/companies/{company}/settlements/auto", tag: "Open items", permission: identity.PostVoucher, status: http.StatusCreated,
		summary: "Settle all that is open of a party", about: "By due date, date and number.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body AutoSettle
	},
	) (*reply[AutoSettled], error) {
		all, err := d.app.AutoSettle(ctx, d.call(ctx, in.Company.Company, in.Key), sideOf(in.Body.Side), in.Body.Party, in.Body.Date)
		return &reply[AutoSettled]{AutoSettled{all}}, err
	})
	add(d, operation{
		id: "unsettle", method: http.MethodPost, path: "/companies/{company}/settlements/undone", tag: "Open items", permission: identity.PostVoucher, status: http.StatusCreated,
		summary: "Undo the settlements of two vouchers", about: "Both are open again; nothing is taken out of the books.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body PairUndone
	},
	) (*reply[Reopened], error) {
		b := in.Body
		text, err := d.app.Unsettle(ctx, d.call(ctx, in.Company.Company, in.Key), app.SettleRequest{Side: sideOf(b.Side), Party: b.Party, Debit: b.Debit, Credit: b.Credit, Date: b.Date})
		amount, currency, _ := strings.Cut(text, " ")
		return &reply[Reopened]{Reopened{b.Debit, b.Credit, currency, amount}}, err
	})
}

// NewMark asks for a mark.
type NewMark struct {
	Side    string `json:"side,omitempty" enum:"customer,vendor" default:"customer" doc:"Of a customer or of a vendor."`
	Party   string `json:"party" minLength:"1" maxLength:"60" doc:"Code of the customer or vendor."`
	Voucher string `json:"voucher" minLength:"1" maxLength:"60" doc:"The document."`
	Journal string `json:"journal" minLength:"1" maxLength:"60" doc:"The journal that holds it."`
	Line    string `json:"line,omitempty" pattern:"^([1-9][0-9]{0,8})?$" doc:"The line of the journal."`
	Holder  string `json:"holder,omitempty" maxLength:"60" doc:"Who means to settle it; who sends the request when it is not given."`
	Amount  string `json:"amount,omitempty" pattern:"^([0-9]{1,16}(\\.[0-9]{1,4})?)?$" doc:"How much; all that is available when it is not given."`
}

// Marked is a mark that was placed.
type Marked struct {
	Voucher  string `json:"voucher"`
	Journal  string `json:"journal"`
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// Released says how many marks were released.
type Released struct {
	Journal  string `json:"journal"`
	Released int    `json:"released"`
}

func marks(d *door) {
	add(d, operation{
		id: "list-marks", method: http.MethodGet, path: "/companies/{company}/marks", tag: "Open items", permission: identity.Read,
		summary: "Marks", about: "Pending settlements, by journal.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Side
		Party string `query:"party" maxLength:"60" doc:"Of this customer or vendor only."`
	},
	) (*page[app.MarkRow], error) {
		part, err := d.app.Marks(ctx, d.call(ctx, in.Company.Company, ""), sideOf(in.Side.Side), in.Party, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "mark", method: http.MethodPost, path: "/companies/{company}/marks", tag: "Open items", permission: identity.PostVoucher, status: http.StatusCreated,
		summary: "Mark a document", about: "What is marked is held by a pending settlement; no run reimburses it.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body NewMark
	},
	) (*reply[Marked], error) {
		b := in.Body
		text, err := d.app.Mark(ctx, d.call(ctx, in.Company.Company, in.Key), app.MarkRequest{Side: sideOf(b.Side), Party: b.Party, Voucher: b.Voucher, Journal: b.Journal, Line: b.Line, Holder: b.Holder, Amount: b.Amount})
		amount, currency, _ := strings.Cut(text, " ")
		return &reply[Marked]{Marked{b.Voucher, b.Journal, currency, amount}}, err
	})
	add(d, operation{
		id: "release-marks", method: http.MethodDelete, path: "/companies/{company}/marks/{journal}", tag: "Open items", permission: identity.PostVoucher,
		summary: "Release the marks of a journal", about: "All of them, or those of one party or on one document.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Side
		Journal string `path:"journal" maxLength:"60"`
		Party   string `query:"party" maxLength:"60" doc:"Of this customer or vendor only."`
		Voucher string `query:"voucher" maxLength:"60" doc:"On this document only."`
	},
	) (*reply[Released], error) {
		n, err := d.app.Unmark(ctx, d.call(ctx, in.Company.Company, in.Key), sideOf(in.Side.Side), in.Journal, in.Party, in.Voucher)
		return &reply[Released]{Released{in.Journal, n}}, err
	})
}
