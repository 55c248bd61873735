package report

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"quittance/internal/bank"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// Stage is how far on its way to the customer money is.
type Stage int

// The stages, in their order.
const (
	OfCredit  Stage = iota // a voucher with a customer's credit
	OfInvoice              // a reimbursement, which is the vendor invoice too; or another vendor invoice
	OfPayment              // a vendor payment
	OfVoucher              // the voucher of a payment, or the mirror of one
	OfLine                 // a line of a bank statement
	stages    = iota
)

var stageNames = [stages]string{"credit", "invoice", "payment", "voucher", "bank_line"}

// String gives the stage as programs write it.
func (s Stage) String() string { return stageNames[s] }

// Node is a document on the way. Amounts are positive, in minor units of Currency; of a voucher and a bank line, what came in is
// positive.
type Node struct {
	Stage    Stage
	Name     string // number of the voucher; name of the payment or the line
	Type     string // of the voucher, kind of the payment or the line
	Date     civil.Date
	Party    string // code; blank for a line
	Text     string
	Currency string
	Amount   money.Amount
	State    string // open or closed of an invoice, status of a payment, reconciled of a line; blank otherwise
	Asked    bool   // the chain was asked for by it
	at       place
}

// Join says that money went from one document to another. Amount is what went by it; Live, what of that still stands.
type Join struct {
	From, To     *Node
	Currency     string
	Amount, Live money.Amount
}

// Chain is where the money of a document came from and where it went: from credits over reimbursements, which are vendor invoices too,
// payments and their vouchers to lines of bank statements. What is beside the document is not in it: of a bank line all that it paid, of a
// credit only the payments that paid it. Of a payment, those that it replaced, or that replaced it, are in it too. Source: payments rules, "Tracing and reconciling".
type Chain struct {
	Nodes []*Node // by stage and name
	Joins []Join
	Cut   bool // there is more than the limit in a stage
}

// place is where a document is kept: id, and of a bank line its statement in id.
type place struct {
	stage Stage
	id, n int64
}

// pair is a join as it is read.
type pair struct {
	a, b         int64
	amount, live money.Amount
	currency     string
}

type tracer struct {
	tx    *db.Tx
	limit int
	pairs [stages - 1]map[[2]int64]pair
	cut   bool
}

// ChainOf gives the chain of a voucher, a vendor payment, or a line of a statement, by its number or name; limit is how many joins of a
// stage it has at most. A document that is not there is [fault.NotFound].
func ChainOf(ctx context.Context, tx *db.Tx, c *ledger.Company, name string, limit int) (*Chain, error) {
	t := &tracer{tx: tx, limit: limit}
	for i := range t.pairs {
		t.pairs[i] = map[[2]int64]pair{}
	}
	start, err := t.find(ctx, c, name)
	if err != nil {
		return nil, err
	}
	id, err := t.joint(ctx, start)
	if err == nil && id != 0 {
		from := []int64{id}
		if start.stage == OfPayment {
			from, err = t.replacements(ctx, id)
		}
		if err == nil {
			err = t.walk(ctx, start.stage, from)
		}
	}
	if err != nil {
		return nil, err
	}
	return t.chain(ctx, start)
}

// find finds where the chain begins.
func (t *tracer) find(ctx context.Context, c *ledger.Company, name string) (at place, err error) {
	if !strings.Contains(name, "/") {
		v, err := ledger.Find(ctx, t.tx, c, name)
		if err != nil {
			return at, err
		}
		return t.ofVoucher(ctx, v)
	}
	if code, line, err := payout.ParseName(name); err == nil {
		at.stage = OfPayment
		err := t.tx.Row(ctx, "select coalesce(max(p.id), 0) from vendor_payment p join vendor_payment_journal j on j.company = p.company and j.id = p.journal where p.company = $1 and j.code = $2 and p.line = $3",
			t.tx.Company, code, line).Scan(&at.id)
		if err != nil || at.id != 0 {
			return at, err
		}
		return at, fault.New(fault.NotFound, "there is no payment %q; expected the number of a voucher, a payment such as VPJ-00000001/1, or a line of a statement such as MAIN/3/12", name)
	}
	l, err := bank.FindLine(ctx, t.tx, name)
	if err != nil {
		return at, err
	}
	return place{OfLine, l.Statement, l.N}, nil
}

// ofVoucher says what a voucher is on the way.
func (t *tracer) ofVoucher(ctx context.Context, v *ledger.Stored) (place, error) {
	switch v.Type {
	case ledger.Reimbursement, ledger.VendorInvoice:
		return place{OfInvoice, v.ID, 0}, nil
	}
	var n int
	err := t.tx.Row(ctx, "select count(*) from vendor_payment where company = $1 and voucher in ($2, $3)", t.tx.Company, v.ID, v.Reverses).Scan(&n)
	if err != nil || n > 0 || v.Type == ledger.VendorPayment {
		return place{OfVoucher, v.ID, 0}, err
	}
	err = t.tx.Row(ctx, "select count(*) from bank_reconciliation_entry where company = $1 and voucher = $2 and live = 1", t.tx.Company, v.ID).Scan(&n)
	if n > 0 && v.Customer == 0 {
		return place{OfVoucher, v.ID, 0}, err
	}
	return place{OfCredit, v.ID, 0}, err
}

// joint gives the id by which a place is joined with others: of a line its reconciliation, 0 when there is none.
func (t *tracer) joint(ctx context.Context, at place) (id int64, err error) {
	if at.stage != OfLine {
		return at.id, nil
	}
	err = t.tx.Row(ctx, "select coalesce(reconciliation, 0) from bank_line where company = $1 and statement = $2 and n = $3", t.tx.Company, at.id, at.n).Scan(&id)
	return id, err
}

// replacements gives a payment, those that it replaced, and those that replaced it.
func (t *tracer) replacements(ctx context.Context, id int64) ([]int64, error) {
	return db.List(ctx, t.tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, `with recursive before (id) as (select cast($2 as bigint)
			union select p.replaces from before b join vendor_payment p on p.company = $1 and p.id = b.id where p.replaces is not null),
		after (id) as (select cast($2 as bigint)
			union select p.id from after a join vendor_payment p on p.company = $1 and p.replaces = a.id where p.status <> 'cancelled')
		select id from before union select id from after order by 1`, t.tx.Company, id)
}

// walk goes from documents of a stage to the bank, and from them to the credits.
func (t *tracer) walk(ctx context.Context, stage Stage, ids []int64) error {
	for s, from := stage, ids; s < stages-1 && len(from) > 0; s++ {
		all, err := t.step(ctx, s, from, false)
		if err != nil {
			return err
		}
		from = ends(all, func(p pair) int64 { return p.b })
	}
	for s, from := stage, ids; s > 0 && len(from) > 0; s-- {
		all, err := t.step(ctx, s-1, from, true)
		if err != nil {
			return err
		}
		from = ends(all, func(p pair) int64 { return p.a })
	}
	return nil
}

func ends(all []pair, end func(pair) int64) []int64 {
	set := map[int64]bool{}
	for _, p := range all {
		set[end(p)] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// What is joined with what, by the ids of the one side (%s). Settlements are kept by party: those of the vouchers' parties are looked at.
var joins = [stages - 1]struct{ text, left, right string }{
	OfCredit: {`with x as materialized (select distinct party from entry where company = $1 and party is not null and %s)
		select s.credit_voucher, s.debit_voucher, cast(sum(case when s.amount > 0 then s.amount else 0 end) as bigint), cast(sum(s.amount) as bigint), '' from settlement s
		join x on x.party = s.party join settlement_op p on p.company = s.company and p.id = s.operation where s.company = $1 and p.kind = 5 and %s
		group by s.credit_voucher, s.debit_voucher order by 1, 2`, "s.credit_voucher", "s.debit_voucher"},
	OfInvoice: {`select i.voucher, i.payment, i.amount, case when p.status in ('sent', 'posted', 'cleared') then i.amount else 0 end, p.currency from vendor_payment_item i
		join vendor_payment p on p.company = i.company and p.id = i.payment where i.company = $1 and %s and p.status <> 'cancelled' order by 1, 2`, "i.voucher", "i.payment"},
	OfPayment: {`select p.id, v.id, p.amount, case when v.reverses is null then p.amount else -p.amount end, p.currency from vendor_payment p
		join voucher v on v.company = p.company and (v.id = p.voucher or v.reverses = p.voucher) where p.company = $1 and p.voucher is not null and %s order by 1, 2`, "p.id", "v.id"},
	OfVoucher: {`select r.voucher, r.reconciliation, cast(sum(r.amount) as bigint), cast(sum(r.amount) as bigint), b.currency from bank_reconciliation_entry r
		join bank_reconciliation k on k.company = r.company and k.id = r.reconciliation join bank_account b on b.company = k.company and b.id = k.bank
		where r.company = $1 and r.live = 1 and %s group by r.voucher, r.reconciliation, b.currency order by 1, 2`, "r.voucher", "r.reconciliation"},
}

// step reads what the documents of one side of a join are joined with; back: those of its right side.
func (t *tracer) step(ctx context.Context, s Stage, ids []int64, back bool) ([]pair, error) {
	column := joins[s].left
	if back {
		column = joins[s].right
	}
	those, arg := t.tx.Among(column, "$2", ids)
	text := fmt.Sprintf(joins[s].text, those)
	if s == OfCredit {
		theirs, _ := t.tx.Among("voucher", "$2", ids)
		text = fmt.Sprintf(joins[s].text, theirs, those)
	}
	all, err := db.List(ctx, t.tx, func(r *db.Rows, p *pair) error { return r.Scan(&p.a, &p.b, &p.amount, &p.live, &p.currency) }, text+fmt.Sprintf(" limit %d", t.limit+1), t.tx.Company, arg)
	if len(all) > t.limit {
		all, t.cut = all[:t.limit], true
	}
	for _, p := range all {
		t.pairs[s][[2]int64{p.a, p.b}] = p
	}
	return all, err
}
