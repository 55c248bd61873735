package app

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// PartyFilter narrows a list of customers or vendors.
type PartyFilter struct {
	Search string // what the code (as written, or in capitals) or the name (whatever the case) begins with
	Group  string
	Held   *bool // customers: on hold or not to be reimbursed; vendors: blocked
	Credit bool  // only those with an open credit
}

// Party is a row of a list of customers or vendors, with what is open.
type Party struct {
	Code           string        `json:"code"`
	Name           string        `json:"name"`
	Group          string        `json:"group"`
	Currency       string        `json:"currency"`
	City           string        `json:"city"`
	Country        string        `json:"country"`
	Hold           bool          `json:"hold"`             // customers; vendors: blocked
	DoNotReimburse bool          `json:"do_not_reimburse"` // customers only
	OneTime        string        `json:"one_time"`         // vendors only: no, yes, template
	Vendor         string        `json:"vendor"`           // customers only: who is paid in their stead
	Open           []OpenBalance `json:"open"`             // by currency
}

// OpenBalance is what is open of a party in one currency; credits are negative, and balance is their sum.
type OpenBalance struct {
	Currency string `json:"currency"`
	Debits   string `json:"debits"`
	Credits  string `json:"credits"`
	Marked   string `json:"marked"`
	Balance  string `json:"balance"`
}

// PartyDetail is everything known of a customer or vendor.
type PartyDetail struct {
	Party
	Parent        string    `json:"parent"` // customers only
	Children      []string  `json:"children"`
	Customers     []string  `json:"customers"` // vendors only: in whose stead they are paid
	PaymentMethod string    `json:"payment_method"`
	Street        string    `json:"street"`
	State         string    `json:"state"`
	PostalCode    string    `json:"postal_code"`
	Email         string    `json:"email"`
	Bank          *BankView `json:"bank,omitempty"` // masked, unless asked for by somebody who may see it
	Ages          []AgeBand `json:"ages"`           // of what is open, by due date
}

// BankView is bank details as shown.
type BankView struct {
	IBAN          string `json:"iban"`
	BIC           string `json:"bic"`
	RoutingNumber string `json:"routing_number"`
	AccountNumber string `json:"account_number"`
	AccountType   string `json:"account_type"`
	Verified      bool   `json:"verified"`

	ChangedAt   string `json:"-"` // RFC 3339; blank: they came with the company
	ChangedBy   string `json:"-"`
	ConfirmedBy string `json:"-"` // who else looked at the change; blank: nobody
}

// AgeBand is what is open in one currency between two ages in days after its date, both included (To 0: no end). Those by due date
// have one from −1 to −1 for what is not due yet.
type AgeBand struct {
	Currency string `json:"currency"`
	From     int    `json:"from_days"`
	To       int    `json:"to_days"`
	Debits   string `json:"debits"`
	Credits  string `json:"credits"`
	Items    int64  `json:"items"`
}

// Customers gives customers by code. Where one is looked for, those whose code begins so come first, then those whose name does, by
// name.
func (a *App) Customers(ctx context.Context, call Call, f PartyFilter, p Page) (Part[Party], error) {
	return a.parties(ctx, call, openitem.Customers, f, p)
}

// Vendors gives vendors by code. Where one is looked for, those whose code begins so come first, then those whose name does, by code.
func (a *App) Vendors(ctx context.Context, call Call, f PartyFilter, p Page) (Part[Party], error) {
	return a.parties(ctx, call, openitem.Vendors, f, p)
}

func (a *App) parties(ctx context.Context, call Call, side openitem.Side, f PartyFilter, p Page) (part Part[Party], err error) {
	var after party.Place
	list := side.String() + "s"
	limit, err := p.open(list, &after)
	if err = cmp.Or(err, plain("search", f.Search), plain("group", f.Group)); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		rows, ids, at, err := listParties(ctx, tx, side, party.Filter(f), after, limit)
		if err != nil {
			return err
		}
		part = Part[Party]{Items: rows}
		if at != nil {
			part.Next = next(list, at)
		}
		return fillOpen(ctx, tx, side, part.Items, ids)
	})
	return part, err
}

// listParties gives the rows of a list of parties, without what is open, their ids, and where the list goes on.
func listParties(ctx context.Context, tx *db.Tx, side openitem.Side, f party.Filter, after party.Place, limit int) ([]Party, []int64, *party.Place, error) {
	rows, ids := []Party{}, []int64{}
	if side == openitem.Vendors {
		vendors, at, err := party.ListVendors(ctx, tx, f, after, limit)
		for _, v := range vendors {
			rows, ids = append(rows, vendorRow(v)), append(ids, v.ID)
		}
		return rows, ids, at, err
	}
	customers, at, err := party.ListCustomers(ctx, tx, f, after, limit)
	if err != nil {
		return nil, nil, nil, err
	}
	payees := []int64{}
	for _, c := range customers {
		if c.Vendor != 0 {
			payees = append(payees, c.Vendor)
		}
	}
	codes, err := party.Codes(ctx, tx, payees)
	for _, c := range customers {
		rows, ids = append(rows, customerRow(c, codes[c.Vendor])), append(ids, c.ID)
	}
	return rows, ids, at, err
}

func customerRow(c *party.Customer, vendor string) Party {
	return Party{Code: c.Code, Name: c.Name, Group: c.Group, Currency: c.Currency, City: c.City, Country: c.Country, Hold: c.Hold, DoNotReimburse: c.DoNotReimburse, Vendor: vendor}
}

func vendorRow(v *party.Vendor) Party {
	return Party{Code: v.Code, Name: v.Name, Group: v.Group, Currency: v.Currency, City: v.City, Country: v.Country, Hold: v.Blocked, OneTime: v.OneTime}
}

// fillOpen adds what is open of the parties.
func fillOpen(ctx context.Context, tx *db.Tx, side openitem.Side, rows []Party, ids []int64) error {
	sums, err := openitem.SumsOf(ctx, tx, side, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		rows[i].Open = []OpenBalance{}
		for _, s := range sums[id] {
			cur, err := money.CurrencyOf(s.Currency)
			if err != nil {
				return err
			}
			rows[i].Open = append(rows[i].Open, OpenBalance{s.Currency, cur.Format(s.Debits), cur.Format(s.Credits), cur.Format(s.Marked), cur.Format(s.Debits + s.Credits)})
		}
	}
	return nil
}

// Party gives a customer or a vendor; with bank details in clear when asked for by somebody who may see them, which the audit trail
// shows.
func (a *App) Party(ctx context.Context, call Call, side openitem.Side, code string, bankInClear bool) (*PartyDetail, error) {
	needs := identity.Read
	if bankInClear {
		needs = identity.BankDetails
	}
	if err := plain("code", code); err != nil {
		return nil, err
	}
	var d *PartyDetail
	err := query(ctx, a, call, needs, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		var id int64
		var err error
		if side == openitem.Vendors {
			d, id, err = vendorDetail(ctx, tx, code)
		} else {
			d, id, err = customerDetail(ctx, tx, code)
		}
		if err != nil {
			return err
		}
		if d.Bank, err = a.bankOf(ctx, tx, id, bankInClear); err != nil {
			return err
		}
		if d.Ages, err = agesOf(ctx, tx, side, id); err != nil {
			return err
		}
		one := []Party{d.Party}
		err = fillOpen(ctx, tx, side, one, []int64{id})
		d.Party = one[0]
		return err
	})
	if err == nil && bankInClear && d.Bank != nil {
		err = a.seen(ctx, call, "bank_details.show", code)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// seen records that bank details are about to be seen in clear.
func (a *App) seen(ctx context.Context, call Call, what, subject string) error {
	call.Key = ""
	_, err := do(ctx, a, call, command{name: what, permission: identity.BankDetails}, func(context.Context, *db.Tx, *ledger.Company) (string, any, bool, error) {
		return subject, nil, true, nil
	})
	return err
}

const relatives = 500 // children of a customer, or customers of a vendor, that are named at most

func customerDetail(ctx context.Context, tx *db.Tx, code string) (*PartyDetail, int64, error) {
	c, err := party.FindCustomer(ctx, tx, code)
	if err != nil {
		return nil, 0, err
	}
	var related []int64
	for _, id := range []int64{c.Parent, c.Vendor} {
		if id != 0 {
			related = append(related, id)
		}
	}
	codes, err := party.Codes(ctx, tx, related)
	if err != nil {
		return nil, 0, err
	}
	children, err := party.ChildrenOf(ctx, tx, c.ID, relatives)
	d := detail(customerRow(&c, codes[c.Vendor]), c.Address)
	d.Parent, d.Children = codes[c.Parent], append(d.Children, children...)
	return d, c.ID, err
}

func vendorDetail(ctx context.Context, tx *db.Tx, code string) (*PartyDetail, int64, error) {
	v, err := party.FindVendor(ctx, tx, code)
	if err != nil {
		return nil, 0, err
	}
	customers, err := party.PaidBy(ctx, tx, v.ID, relatives)
	d := detail(vendorRow(&v), v.Address)
	d.PaymentMethod, d.Customers = v.PaymentMethod, append(d.Customers, customers...)
	return d, v.ID, err
}

func detail(p Party, at party.Address) *PartyDetail {
	return &PartyDetail{Party: p, Street: at.Street, State: at.State, PostalCode: at.PostalCode, Email: at.Email, Children: []string{}, Customers: []string{}}
}

// bankOf gives the bank details of a party; nil when it has none.
func (a *App) bankOf(ctx context.Context, tx *db.Tx, id int64, inClear bool) (*BankView, error) {
	banks, err := party.BanksOf(ctx, tx, []int64{id})
	stored, has := banks[id]
	if err != nil || !has {
		return nil, err
	}
	b := stored.Masked
	if inClear {
		if b, err = stored.Open(tx.Company, a.keys); err != nil {
			return nil, err
		}
	}
	v := &BankView{IBAN: b.IBAN, BIC: b.BIC, RoutingNumber: b.RoutingNumber, AccountNumber: b.AccountNumber, AccountType: b.AccountType, Verified: stored.Verified, ChangedBy: stored.ChangedBy, ConfirmedBy: stored.ConfirmedBy}
	if stored.ChangedAt != 0 {
		v.ChangedAt = instant(stored.ChangedAt)
	}
	return v, nil
}

// bands are the ages in days by which what is open is shown, each up to the next; the first one is what is not due yet.
var bands = []int{-1, 0, 31, 61, 91, 181, 366}

// ages adds up what is open by currency and age.
type ages map[string][]openitem.Due

func (x ages) add(d openitem.Due, today civil.Date) error {
	if x[d.Currency] == nil {
		x[d.Currency] = make([]openitem.Due, len(bands))
	}
	n := 0
	for n+1 < len(bands) && today.Sub(d.Date) >= bands[n+1] {
		n++
	}
	b := &x[d.Currency][n]
	var err, err2 error
	b.Debits, err = money.Add(b.Debits, d.Debits)
	b.Credits, err2 = money.Add(b.Credits, d.Credits)
	b.Items += d.Items
	return errors.Join(err, err2)
}

// view gives the bands that have something, by currency and age.
func (x ages) view() ([]AgeBand, error) {
	views := []AgeBand{}
	for _, code := range slices.Sorted(maps.Keys(x)) {
		cur, err := money.CurrencyOf(code)
		if err != nil {
			return nil, err
		}
		for n, b := range x[code] {
			if b.Items == 0 {
				continue
			}
			v := AgeBand{Currency: code, From: bands[n], Debits: cur.Format(b.Debits), Credits: cur.Format(b.Credits), Items: b.Items}
			if n+1 < len(bands) {
				v.To = bands[n+1] - 1
			}
			views = append(views, v)
		}
	}
	return views, nil
}

func agesOf(ctx context.Context, tx *db.Tx, side openitem.Side, id int64) ([]AgeBand, error) {
	dues, err := openitem.DuesOf(ctx, tx, side, id)
	if err != nil {
		return nil, err
	}
	all := ages{}
	for _, d := range dues {
		if err := all.add(d, tx.Today()); err != nil {
			return nil, err
		}
	}
	return all.view()
}
