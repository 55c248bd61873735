package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/payout"
)

// vendorSums adds payments up by status and currency.
type vendorSums map[[2]string]*vendorSum

type vendorSum struct {
	payments int64
	amount   money.Amount
}

func (s vendorSums) add(status payout.Status, currency string, amount money.Amount) {
	k := [2]string{string(status), currency}
	if s[k] == nil {
		s[k] = &vendorSum{}
	}
	s[k].payments++
	s[k].amount += amount
}

func (s vendorSums) view() []VendorPaymentSum {
	all := []VendorPaymentSum{}
	for _, status := range payout.Statuses() {
		for k, x := range s {
			if k[0] == string(status) {
				all = append(all, VendorPaymentSum{status, k[1], x.payments, amountOf(k[1], x.amount)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b VendorPaymentSum) int { // within a status by currency
		if a.Status != b.Status {
			return 0
		}
		return cmp.Compare(a.Currency, b.Currency)
	})
	return all
}

// amountOf writes an amount of a currency that is known to be one.
func amountOf(currency string, amount money.Amount) string {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return ""
	}
	return cur.Format(amount)
}

func viewPlanned(x payout.Planned, p payout.Policy) VendorPayment {
	v := VendorPayment{
		Vendor: x.Vendor.Code, Name: x.Vendor.Name, Payee: x.Vendor.Code, PayeeName: x.Vendor.Name, Method: x.Method.Code, Kind: x.Method.Kind, Bank: x.Method.BankCode,
		Currency: x.Currency, Amount: amountOf(x.Currency, x.Amount), Date: p.Date, Status: payout.Created, Items: []VendorPaymentItem{}, SameBank: []string{}, History: []VendorPaymentEvent{},
	}
	for _, d := range x.Documents {
		v.Items = append(v.Items, VendorPaymentItem{d.Number, d.Due, amountOf(d.Currency, -d.Open())})
	}
	return v
}

func viewLeft(l payout.Left) VendorPaymentLeft {
	v := VendorPaymentLeft{Vendor: l.Vendor.Code, Currency: l.Currency, Amount: amountOf(l.Currency, l.Amount), Reason: l.Reason, Detail: l.Detail}
	if l.Document != nil {
		v.Voucher = l.Document.Number
	}
	return v
}

func viewVendorJournal(ctx context.Context, tx *db.Tx, j *payout.Journal) (*VendorPaymentJournal, error) {
	sums, left, err := payout.SumsOf(ctx, tx, j.ID)
	if err != nil {
		return nil, err
	}
	v := &VendorPaymentJournal{
		Code: j.Code, Date: j.Date, Text: j.Text, State: j.State, CreatedBy: j.CreatedBy, CreatedAt: time.UnixMicro(j.CreatedAt).UTC().Format(time.RFC3339), Sums: []VendorPaymentSum{}, LeftOut: left,
	}
	for _, s := range sums {
		v.Sums = append(v.Sums, VendorPaymentSum{s.Status, s.Currency, s.Payments, amountOf(s.Currency, s.Amount)})
	}
	return v, nil
}

// VendorPaymentJournals gives vendor payment journals, the newest first: those in a state, or (blank) all.
func (a *App) VendorPaymentJournals(ctx context.Context, call Call, state payout.JournalState, p Page) (Part[VendorPaymentJournal], error) {
	var before struct {
		ID int64 `json:"i"`
	}
	part := Part[VendorPaymentJournal]{Items: []VendorPaymentJournal{}}
	limit, err := p.open("vendor payment journals", &before)
	if states := []payout.JournalState{payout.Proposing, payout.JournalOpen, payout.JournalPosted, payout.JournalVoid}; err == nil && state != "" && !slices.Contains(states, state) {
		err = oneOf("state", string(state), states)
	}
	if err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, at, err := payout.ListJournals(ctx, tx, state, before.ID, limit)
		if err != nil {
			return err
		}
		for i := range all {
			v, err := viewVendorJournal(ctx, tx, &all[i])
			if err != nil {
				return err
			}
			part.Items = append(part.Items, *v)
		}
		if before.ID = at; at != 0 {
			part.Next = next("vendor payment journals", before)
		}
		return nil
	})
	return part, err
}

// VendorPaymentJournal gives one vendor payment journal.
func (a *App) VendorPaymentJournal(ctx context.Context, call Call, code string) (v *VendorPaymentJournal, err error) {
	if err := plain("journal", code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		j, err := payout.FindJournal(ctx, tx, code)
		if err == nil {
			v, err = viewVendorJournal(ctx, tx, j)
		}
		return err
	})
	return v, err
}

// VendorPaymentsLeft gives what the proposal of a journal left out, and why.
func (a *App) VendorPaymentsLeft(ctx context.Context, call Call, code string, p Page) (Part[VendorPaymentLeft], error) {
	var after struct {
		N int64 `json:"n"`
	}
	part := Part[VendorPaymentLeft]{Items: []VendorPaymentLeft{}}
	limit, err := p.open("vendor payments left", &after)
	if err := cmp.Or(err, plain("journal", code)); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		j, err := payout.FindJournal(ctx, tx, code)
		if err != nil {
			return err
		}
		all, err := payout.LeftOuts(ctx, tx, j.ID, after.N, limit+1)
		if err != nil {
			return err
		}
		if len(all) > limit {
			all = all[:limit]
			after.N = all[limit-1].N
			part.Next = next("vendor payments left", after)
		}
		for _, l := range all {
			part.Items = append(part.Items, VendorPaymentLeft{l.Vendor, l.Number, l.Currency, amountOf(l.Currency, money.Amount(l.Amount)), l.Reason, l.Detail})
		}
		return nil
	})
	return part, err
}

// VendorPaymentFilter narrows a list of payments; what is blank does not.
type VendorPaymentFilter struct {
	Journal, Vendor, Bank, Number string
	Status                        []payout.Status
	Kind                          payout.Kind
	Uncashed                      bool // posted checks that are older than their bank account lets them be
}

func (f VendorPaymentFilter) read(ctx context.Context, tx *db.Tx) (to payout.Filter, err error) {
	for _, s := range f.Status {
		if !slices.Contains(payout.Statuses(), s) {
			return to, oneOf("status", string(s), payout.Statuses())
		}
	}
	to.Status, to.Number, to.Kind = f.Status, f.Number, f.Kind
	if f.Kind != "" && !slices.Contains(payout.Kinds(), f.Kind) {
		return to, oneOf("kind", string(f.Kind), payout.Kinds())
	}
	if f.Uncashed {
		banks, err := payout.Banks(ctx, tx)
		if err != nil {
			return to, err
		}
		to.Kind, to.Status, to.UpTo = payout.ByCheck, []payout.Status{payout.Posted}, []payout.UpTo{}
		for _, b := range banks {
			if b.StaleDays > 0 {
				to.UpTo = append(to.UpTo, payout.UpTo{Bank: b.ID, Date: tx.Today().AddDays(-b.StaleDays)})
			}
		}
	}
	if f.Journal != "" {
		j, err := payout.FindJournal(ctx, tx, f.Journal)
		if err != nil {
			return to, inField(err, "journal")
		}
		to.Journal = j.ID
	}
	if f.Vendor != "" {
		v, err := party.FindVendor(ctx, tx, f.Vendor)
		if err != nil {
			return to, inField(err, "vendor")
		}
		to.Vendor = v.ID
	}
	if f.Bank != "" {
		b, err := payout.FindBank(ctx, tx, f.Bank)
		if err != nil {
			return to, err
		}
		to.Bank = b.ID
	}
	return to, nil
}

// VendorPayments gives payments to vendors, the newest first.
func (a *App) VendorPayments(ctx context.Context, call Call, f VendorPaymentFilter, p Page) (Part[VendorPayment], error) {
	var before struct {
		ID int64 `json:"i"`
	}
	part := Part[VendorPayment]{Items: []VendorPayment{}}
	limit, err := p.open("vendor payments", &before)
	if err := cmp.Or(err, plain("journal", f.Journal), plain("vendor", f.Vendor), plain("bank", f.Bank), plain("number", f.Number)); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		of, err := f.read(ctx, tx)
		if err != nil {
			return err
		}
		all, at, err := payout.List(ctx, tx, of, before.ID, limit)
		if err != nil {
			return err
		}
		if part.Items, err = viewVendorPayments(ctx, tx, all); err != nil {
			return err
		}
		if before.ID = at; at != 0 {
			part.Next = next("vendor payments", before)
		}
		return nil
	})
	return part, err
}

// VendorPayment gives one payment, such as VPJ-00000001/1, with what happened to it.
func (a *App) VendorPayment(ctx context.Context, call Call, name string) (v *VendorPayment, err error) {
	if err := plain("payment", name); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		v, err = showVendorPayment(ctx, tx, name)
		return err
	})
	return v, err
}

// VendorPaymentsOf gives the payments that pay, or paid, an invoice, such as that of a reimbursement, the oldest first.
func (a *App) VendorPaymentsOf(ctx context.Context, call Call, voucher string) (views []VendorPayment, err error) {
	if err := plain("voucher", voucher); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		v, err := ledger.Lookup(ctx, tx, voucher)
		if err != nil {
			return err
		}
		all, err := payout.OfInvoice(ctx, tx, v.ID)
		if err == nil {
			views, err = viewVendorPayments(ctx, tx, all)
		}
		return err
	})
	return views, err
}

func showVendorPayment(ctx context.Context, tx *db.Tx, name string) (*VendorPayment, error) {
	p, err := payout.Find(ctx, tx, name)
	if err != nil {
		return nil, err
	}
	views, err := viewVendorPayments(ctx, tx, []*payout.Payment{p})
	if err != nil {
		return nil, err
	}
	events, err := payout.Events(ctx, tx, p.ID)
	for _, e := range events {
		views[0].History = append(views[0].History, VendorPaymentEvent{time.UnixMicro(e.At).UTC().Format(time.RFC3339), e.Actor, e.Status, e.Voucher, e.Detail})
	}
	return &views[0], err
}

// viewVendorPayments shows payments, without their histories.
func viewVendorPayments(ctx context.Context, tx *db.Tx, all []*payout.Payment) ([]VendorPayment, error) {
	named, err := payout.NamesOf(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	views := make([]VendorPayment, len(all))
	for i, p := range all {
		n := named[p.ID]
		views[i] = VendorPayment{
			Payment: p.Name(), Journal: p.Code, Vendor: n.Vendor, Name: n.Name, Payee: n.Payee, PayeeName: n.PayeeName, PayeeNote: p.PayeeNote, Method: p.Method, Kind: p.Kind, Bank: n.Bank,
			Currency: p.Currency, Amount: amountOf(p.Currency, p.Amount), Date: p.Date, Status: p.Status, ApprovedBy: p.ApprovedBy, Number: p.Number, File: n.File, Voucher: n.Voucher,
			PostedBy: p.PostedBy, PostedOn: p.PostedOn, Replaces: n.Replaces, ReplacedBy: n.ReplacedBy, Fate: p.Fate, Items: []VendorPaymentItem{}, SameBank: n.SameBank, History: []VendorPaymentEvent{},
		}
		for _, x := range p.Items {
			views[i].Items = append(views[i].Items, VendorPaymentItem{x.Number, x.Due, amountOf(p.Currency, x.Amount)})
		}
	}
	return views, nil
}
