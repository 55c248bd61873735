package payout

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// PostingPolicy is what holds when payments are generated or posted.
type PostingPolicy struct {
	ApprovalFrom *money.Amount // accounting currency: payments of so much or more need approval; nil: none do
	Cooling      int           // see [Policy]
}

// Post posts payments on date: their marks are released, each gets its voucher, and the invoices are settled. All of them are posted or
// none; what a payment lacks is refused, naming it. A payment that stands for a failed one makes that one reissued.
// Source: payments rules, "Posting".
func Post(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*Payment, date civil.Date, policy PostingPolicy) ([]*ledger.Voucher, error) {
	if err := ready(ctx, tx, c, payments, policy); err != nil {
		return nil, err
	}
	for _, p := range payments {
		if p.Kind != ByHand && (p.Status == Created || p.Status == Approved) {
			return nil, fault.New(fault.Refused, "payment %s is not generated yet; print the check or make the file first: quittance vendor-payments generate %s", p.Name(), p.Code).ByRule("not_generated")
		}
		if date < p.Date {
			return nil, fault.New(fault.Refused, "payment %s is of %s; it cannot be posted on %s, before that", p.Name(), p.Date, date).ByRule("posted_before").In("date")
		}
	}
	if err := release(ctx, tx, payments); err != nil {
		return nil, err
	}
	docs, err := documents(ctx, tx, c, payments)
	if err != nil {
		return nil, err
	}
	banks := map[int64]ledger.Account{}
	ch := openitem.NewChanges(c)
	vouchers := make([]*ledger.Voucher, len(payments))
	for i, p := range payments {
		bank, err := bankLine(ctx, tx, c, banks, p.Bank)
		if err != nil {
			return nil, err
		}
		if vouchers[i], err = p.post(c, ch, bank, docs, date); err != nil {
			return nil, err
		}
	}
	if err := ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	steps := make([]change, len(payments))
	for i, p := range payments {
		if err := p.may(Posted); err != nil {
			return nil, err
		}
		p.Voucher, p.PostedOn, p.PostedBy = vouchers[i].ID, date, tx.Actor
		steps[i] = change{payment: p, to: Posted, voucher: p.Voucher}
	}
	if err := setPosted(ctx, tx, payments); err != nil {
		return nil, err
	}
	for _, p := range payments {
		p.Status = Posted
	}
	if err := note(ctx, tx, steps); err != nil {
		return nil, err
	}
	return vouchers, reissued(ctx, tx, payments)
}

// post adds what one payment posts to the changes.
func (p *Payment) post(c *ledger.Company, ch *openitem.Changes, bank ledger.Account, docs map[docKey]*openitem.Document, date civil.Date) (*ledger.Voucher, error) {
	var pieces []openitem.Piece
	for _, x := range p.Items {
		d := docs[docKey{p.Vendor, x.Voucher, p.Currency}]
		if d == nil || -d.Open() < x.Amount {
			return nil, fault.New(fault.Refused, "payment %s pays %s %s of %s, of which less is open; take the payment out of the journal and propose anew", p.Name(), show(p.Currency, x.Amount), p.Currency, x.Number).ByRule("over_settlement")
		}
		more, err := openitem.Split(d, x.Amount)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, more...)
	}
	v, err := Voucher(c, p, bank, pieces, date, p.text())
	if err != nil {
		return nil, err
	}
	fresh := ch.Add(v)
	ch.Operate(&openitem.Operation{Kind: openitem.Applied, Date: date, Source: p.ID, Links: openitem.LinkPieces(fresh, pieces)})
	return v, nil
}

// text is what the voucher of a payment says.
func (p *Payment) text() string {
	what := map[Kind]string{ByCheck: "Check", ByACH: "ACH payment", ByTransfer: "Transfer", ByHand: "Payment"}[p.Kind]
	return strings.TrimSpace(what+" "+p.Number) + " (" + p.Name() + ")"
}

// docKey is a document of a vendor in a currency.
type docKey struct {
	vendor, voucher int64
	currency        string
}

// documents reads what is open of what the payments pay.
func documents(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*Payment) (map[docKey]*openitem.Document, error) {
	items, err := openitem.OfVouchers(ctx, tx, c, vouchersOf(payments))
	if err != nil {
		return nil, err
	}
	var theirs []*openitem.Item
	for _, it := range items {
		if it.Side == openitem.Vendors && it.Open < 0 {
			theirs = append(theirs, it)
		}
	}
	docs := map[docKey]*openitem.Document{}
	for _, d := range openitem.Documents(theirs) {
		docs[docKey{d.Party, d.Items[0].Voucher, d.Currency}] = d
	}
	return docs, nil
}

func vouchersOf(payments []*Payment) []int64 {
	var all []int64
	for _, p := range payments {
		for _, x := range p.Items {
			all = append(all, x.Voucher)
		}
	}
	return all
}

func vendorsOf(payments []*Payment) []int64 {
	ids := make([]int64, len(payments))
	for i, p := range payments {
		ids[i] = p.Vendor
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// release takes the marks of payments off their invoices.
func release(ctx context.Context, tx *db.Tx, payments []*Payment) error {
	byJournal := map[string][]*Payment{}
	var codes []string
	for _, p := range payments {
		if byJournal[p.Code] == nil {
			codes = append(codes, p.Code)
		}
		byJournal[p.Code] = append(byJournal[p.Code], p)
	}
	for _, code := range codes {
		if err := openitem.ReleaseAll(ctx, tx, openitem.Vendors, code, vendorsOf(byJournal[code]), vouchersOf(byJournal[code])); err != nil {
			return err
		}
	}
	return nil
}

// bankLine gives the ledger account of a bank account, which must be a bank's.
func bankLine(ctx context.Context, tx *db.Tx, c *ledger.Company, known map[int64]ledger.Account, id int64) (ledger.Account, error) {
	if a, ok := known[id]; ok {
		return a, nil
	}
	b, err := bankByID(ctx, tx, id)
	if err != nil {
		return ledger.Account{}, err
	}
	a, err := LedgerAccount(c, b.Account)
	if err != nil {
		return a, fault.New(fault.Refused, "bank account %s: %s", b.Code, err).ByRule("bank_account").Because(err)
	}
	known[id] = a
	return a, nil
}

// LedgerAccount reads the ledger account of a bank account; one that is not a bank's is [fault.Refused].
func LedgerAccount(c *ledger.Company, written string) (ledger.Account, error) {
	a, err := c.Parse(written)
	if err == nil && c.Accounts[a.Main].Control != ledger.BankControl {
		err = fault.New(fault.Refused, "main account %s is not a bank account; expected one whose control is bank", a.Main).ByRule("not_a_bank").In("account")
	}
	return a, err
}

// setPosted notes what was posted, by the set. A payment that is not any longer what it was when it was read makes the unit start afresh.
func setPosted(ctx context.Context, tx *db.Tx, payments []*Payment) error {
	const set = "update vendor_payment set status = 'posted', posted_on = $1, posted_by = $2, voucher = "
	n := int64(0)
	if tx.Postgres() {
		ids, vouchers, was := make([]int64, len(payments)), make([]int64, len(payments)), make([]string, len(payments))
		for i, p := range payments {
			ids[i], vouchers[i], was[i] = p.ID, p.Voucher, string(p.Status)
		}
		done, err := tx.Exec(ctx, set+"x.voucher from unnest($4::bigint[], $5::bigint[], $6::text[]) x(payment, voucher, was) where vendor_payment.company = $3 and id = x.payment and status = x.was",
			payments[0].PostedOn, tx.Actor, tx.Company, ids, vouchers, was)
		if err != nil {
			return err
		}
		n = done
	} else {
		for _, p := range payments {
			done, err := tx.Exec(ctx, set+"$4 where company = $3 and id = $5 and status = $6", p.PostedOn, tx.Actor, tx.Company, p.Voucher, p.ID, p.Status)
			if err != nil {
				return err
			}
			n += done
		}
	}
	if n != int64(len(payments)) {
		return db.Again("a payment was changed by somebody else")
	}
	return nil
}

// reissued ends the failed payments that the posted ones stand for.
func reissued(ctx context.Context, tx *db.Tx, payments []*Payment) error {
	var ids []int64
	by := map[int64]*Payment{}
	for _, p := range payments {
		if p.Replaces != 0 {
			ids = append(ids, p.Replaces)
			by[p.Replaces] = p
		}
	}
	if len(ids) == 0 {
		return nil
	}
	old, err := ByID(ctx, tx, ids)
	if err != nil {
		return err
	}
	var steps []change
	for _, p := range old {
		steps = append(steps, change{payment: p, to: Reissued, detail: fmt.Sprintf("paid again by %s", by[p.ID].Name())})
	}
	return apply(ctx, tx, steps)
}

// ready refuses payments of which one cannot be paid; see [Problems].
func ready(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*Payment, policy PostingPolicy) error {
	_, problems, err := examine(ctx, tx, c, payments, policy)
	if err != nil {
		return err
	}
	for _, p := range payments {
		if err := problems[p.ID]; err != nil {
			return err
		}
	}
	return nil
}

// Problems says why payments cannot be paid by the unit's actor: what they lack, what changed since they were approved, that they need
// approval, or that the actor approved them; who approved a payment does not pay it.
func Problems(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*Payment, policy PostingPolicy) (map[int64]error, error) {
	_, problems, err := examine(ctx, tx, c, payments, policy)
	return problems, err
}

// examine is [Problems] that gives the payees too, as they were read.
func examine(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*Payment, policy PostingPolicy) (all map[int64]*payee, problems map[int64]error, err error) {
	if all, err = payees(ctx, tx, payments); err != nil {
		return nil, nil, err
	}
	problems = map[int64]error{}
	for _, p := range payments {
		if err := p.problem(c, all[p.Payee], policy, tx.Actor); err != nil {
			problems[p.ID] = err
		}
	}
	return all, problems, nil
}

func (p *Payment) problem(c *ledger.Company, s *payee, policy PostingPolicy, actor string) error {
	if s == nil {
		return fault.New(fault.Violation, "the payee of payment %s is not there; run quittance verify", p.Name()).ByRule("payment_payee")
	}
	if s.blocked {
		return fault.New(fault.Refused, "payment %s cannot be made: vendor %s is blocked", p.Name(), s.code).ByRule(string(VendorBlocked))
	}
	if reason, detail := (Policy{Date: p.Date, Cooling: policy.Cooling}).payable(p.Kind, s.address, s.bank); reason != "" {
		return fault.New(fault.Refused, "payment %s cannot be made (%s): %s", p.Name(), reason, detail).ByRule(string(reason))
	}
	return p.approved(c, s, policy, actor)
}

// payee is who gets a payment, as it stands now.
type payee struct {
	code, name string
	group      string
	blocked    bool
	address    *party.Address
	bank       *party.StoredBank
}

// payees reads who gets the payments: vendors, or customers by exception.
func payees(ctx context.Context, tx *db.Tx, payments []*Payment) (map[int64]*payee, error) {
	ids := make([]int64, len(payments))
	for i, p := range payments {
		ids[i] = p.Payee
	}
	vendors, err := party.VendorsByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	customers, err := party.CustomersByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	banks, err := party.BanksOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	all := map[int64]*payee{}
	for id, v := range vendors {
		all[id] = &payee{code: v.Code, name: v.Name, group: v.Group, blocked: v.Blocked, address: &v.Address}
	}
	for id, x := range customers {
		all[id] = &payee{code: x.Code, name: x.Name, group: x.Group, address: &x.Address}
	}
	for id, s := range all {
		if b, has := banks[id]; has {
			s.bank = &b
		}
	}
	return all, nil
}
