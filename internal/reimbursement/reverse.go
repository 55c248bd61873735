package reimbursement

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// Reversal says what [Reverse] did.
type Reversal struct {
	Reversed []Reversed
	Notes    []string // such as settlements of debits that stay
}

// Reversed is one reversed reimbursement and its mirror.
type Reversed struct{ Number, By string }

// posted is a reimbursement as reversal sees it.
type posted struct {
	*ledger.Stored
	items      []*openitem.Item // of customer and vendor, by line
	reversedBy string           // number; blank when it is not reversed
}

// Reverse reverses reimbursements, all or none, on date, with a reason: the mirror voucher, the vendor item and the
// reimbursement settled against it, the source credits open again on their own ledger accounts. It is refused for one that
// is reversed already, whose vendor invoice is marked by a payment or paid, or in a period that is not open. Where it was
// the last reimbursement of a customer's part of a net run, the settlements of debits are undone too.
// Source: reimbursement rules, 7.
func Reverse(ctx context.Context, tx *db.Tx, c *ledger.Company, numbers []string, date civil.Date, reason string) (*Reversal, error) {
	if reason == "" {
		return nil, fault.New(fault.Invalid, "a reversal needs a reason").In("reason")
	}
	all, err := readPosted(ctx, tx, c, numbers)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if err := reversible(ctx, tx, r, date); err != nil {
			return nil, err
		}
	}
	links, err := settlementsOf(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	ops, byOp := own(links, all)
	nets, notes, err := nettingsToUndo(ctx, tx, links, all)
	if err != nil {
		return nil, err
	}
	netOps := slices.Sorted(maps.Keys(nets))
	maps.Copy(byOp, nets)
	u, err := openitem.NewUndoer(ctx, tx, c, append(slices.Clone(ops), netOps...), byOp)
	if err != nil {
		return nil, err
	}
	ch := openitem.NewChanges(c)
	for _, op := range ops {
		if err := u.Undo(ch, op, byOp[op], date); err != nil {
			return nil, err
		}
	}
	mirrors := make([]*ledger.Voucher, len(all))
	for i, r := range all {
		for j, it := range r.items {
			if known := u.Item(it); known != nil {
				r.items[j] = known
			}
		}
		mirrors[i] = ch.Mirror(&r.Voucher, r.items, date, reason)
	}
	for _, op := range netOps {
		if err := u.Undo(ch, op, byOp[op], date); err != nil {
			return nil, err
		}
	}
	if err := ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	if err := deduction.Repaid(ctx, tx, c, ch.Paid()); err != nil {
		return nil, err
	}
	out := &Reversal{Notes: notes}
	for i, r := range all {
		out.Reversed = append(out.Reversed, Reversed{r.Number, mirrors[i].Number})
	}
	return out, nil
}

func readPosted(ctx context.Context, tx *db.Tx, c *ledger.Company, numbers []string) ([]posted, error) {
	found, err := ledger.FindAll(ctx, tx, c, slices.Compact(slices.Sorted(slices.Values(numbers))))
	if err != nil {
		return nil, err
	}
	var all []posted
	at := map[int64]int{}
	var ids []int64
	for _, v := range found {
		if v.Type != ledger.Reimbursement {
			return nil, fault.New(fault.Refused, "%s is no reimbursement but a %s", v.Number, v.Type).ByRule("not_a_reimbursement")
		}
		at[v.ID] = len(all)
		all = append(all, posted{Stored: v})
		ids = append(ids, v.ID)
	}
	by, err := ledger.Reversals(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	for id, number := range by {
		all[at[id]].reversedBy = number
	}
	items, err := openitem.OfVouchers(ctx, tx, c, ids)
	for _, it := range items {
		all[at[it.Voucher]].items = append(all[at[it.Voucher]].items, it)
	}
	return all, err
}

// WhyNot says why a reimbursement cannot be reversed on date; nil when it can.
func WhyNot(ctx context.Context, tx *db.Tx, c *ledger.Company, number string, date civil.Date) error {
	all, err := readPosted(ctx, tx, c, []string{number})
	if err != nil {
		return err
	}
	return reversible(ctx, tx, all[0], date)
}

// reversible refuses a reimbursement that cannot be reversed, naming what stands in the way and the way out.
func reversible(ctx context.Context, tx *db.Tx, r posted, date civil.Date) error {
	switch {
	case r.reversedBy != "":
		return fault.New(fault.Refused, "%s is already reversed by %s", r.Number, r.reversedBy).ByRule("already_reversed")
	case date < r.Date:
		return fault.New(fault.Refused, "%s is of %s; it cannot be reversed on %s, before that", r.Number, r.Date, date).ByRule("reversed_before").In("date")
	}
	for _, it := range r.items {
		if it.Side != openitem.Vendors {
			continue
		}
		if it.Marked != 0 {
			return inPayment(ctx, tx, r, it)
		}
		if it.Open != it.Amount {
			return paid(ctx, tx, r, it)
		}
	}
	return nil
}

func inPayment(ctx context.Context, tx *db.Tx, r posted, it *openitem.Item) error {
	marks, err := openitem.Marks(ctx, tx, it.Party)
	if err != nil {
		return err
	}
	for _, m := range marks {
		if m.Voucher == it.Voucher {
			return fault.New(fault.Refused, "the vendor invoice %s is in a payment that is not posted (%s); take it out of that payment first", r.Number, m.Who()).ByRule("in_payment")
		}
	}
	return fault.New(fault.Violation, "the vendor invoice %s is marked, but no mark is there; run quittance verify", r.Number).ByRule("mark_sum")
}

func paid(ctx context.Context, tx *db.Tx, r posted, it *openitem.Item) error {
	links, err := openitem.LiveLinks(ctx, tx, []int64{it.Party})
	if err != nil {
		return err
	}
	var by openitem.Linked
	for _, l := range links {
		if l.CreditVoucher == it.Voucher && l.CreditLine == it.Line {
			by = l
		}
	}
	number := "another voucher"
	for _, l := range links { // the payment itself, not the settlement voucher that moves it to the invoice's fund
		if l.Operation != by.Operation {
			continue
		}
		var t ledger.Type
		var n string
		if err := tx.Row(ctx, "select number, type from voucher where company = $1 and id = $2", tx.Company, l.DebitVoucher).Scan(&n, &t); err != nil {
			return err
		}
		if t != ledger.Settlement {
			number = n
		}
	}
	return fault.New(fault.Refused, "the vendor invoice %s is paid, by %s; void or return that payment first, then reverse the reimbursement", r.Number, number).ByRule("paid")
}

// settlementsOf gives the live links of the customers of the reimbursements.
func settlementsOf(ctx context.Context, tx *db.Tx, all []posted) ([]openitem.Linked, error) {
	customers := map[int64]bool{}
	for _, r := range all {
		customers[r.Customer] = true
	}
	return openitem.LiveLinks(ctx, tx, slices.Sorted(maps.Keys(customers)))
}

// own gives the links between the reimbursements and their sources, by operation.
func own(links []openitem.Linked, all []posted) ([]int64, map[int64][]openitem.Linked) {
	ids := map[int64]bool{}
	for _, r := range all {
		ids[r.ID] = true
	}
	byOp := map[int64][]openitem.Linked{}
	for _, l := range links {
		if ids[l.DebitVoucher] {
			byOp[l.Operation] = append(byOp[l.Operation], l)
		}
	}
	return slices.Sorted(maps.Keys(byOp)), byOp
}

// part is a customer's part of a run, in one currency.
type part struct {
	run, customer int64
	currency      string
}

// nettingsToUndo gives the links of the nettings whose customer's part has no reimbursement left after this reversal, by
// operation, and notes for those that stay.
func nettingsToUndo(ctx context.Context, tx *db.Tx, links []openitem.Linked, all []posted) (map[int64][]openitem.Linked, []string, error) {
	netted := map[[2]int64]bool{} // run and customer
	for _, l := range links {
		if l.Kind == openitem.Netted {
			netted[[2]int64{l.Source, l.Party}] = true
		}
	}
	reversing := map[part]map[int64]bool{}
	for _, r := range all {
		k := part{r.Source, r.Customer, r.Entries[0].Currency}
		if !netted[[2]int64{k.run, k.customer}] {
			continue
		}
		if reversing[k] == nil {
			reversing[k] = map[int64]bool{}
		}
		reversing[k][r.ID] = true
	}
	undo := map[int64][]openitem.Linked{}
	var notes []string
	for _, r := range all {
		k := part{r.Source, r.Customer, r.Entries[0].Currency}
		ids := reversing[k]
		if ids == nil {
			continue
		}
		delete(reversing, k)
		left, err := leftOf(ctx, tx, k, ids)
		if err != nil {
			return nil, nil, err
		}
		if left != "" {
			notes = append(notes, fmt.Sprintf("the settlements of debits that came with %s stay, since %s of the same customer is not reversed", r.Number, left))
			continue
		}
		if err := collectNettings(ctx, tx, links, k, undo); err != nil {
			return nil, nil, err
		}
	}
	return undo, notes, nil
}

// leftOf gives the number of a reimbursement of the part that is neither reversed nor among ids; blank when there is none.
func leftOf(ctx context.Context, tx *db.Tx, k part, ids map[int64]bool) (string, error) {
	left := ""
	// A reimbursement stands among the customer's settlements, all of it, since it was posted; entries are not kept by party.
	err := tx.Each(ctx, `select distinct v.id, v.number from settlement s join voucher v on v.company = s.company and v.id = s.debit_voucher
		join entry e on e.company = s.company and e.voucher = s.debit_voucher and e.line = s.debit_line
		where s.company = $1 and s.party = $2 and e.currency = $3 and v.type = $4 and v.source = $5
		and not exists (select 1 from voucher x where x.company = v.company and x.reverses = v.id) order by v.number`,
		[]any{tx.Company, k.customer, k.currency, int16(ledger.Reimbursement), k.run}, func(r *db.Rows) error {
			var id int64
			var number string
			err := r.Scan(&id, &number)
			if !ids[id] && left == "" {
				left = number
			}
			return err
		})
	return left, err
}

// collectNettings adds the netting links of the part's run, customer and currency.
func collectNettings(ctx context.Context, tx *db.Tx, links []openitem.Linked, k part, undo map[int64][]openitem.Linked) error {
	currencies := map[int64]string{}
	for _, l := range links {
		if l.Kind != openitem.Netted || l.Source != k.run || l.Party != k.customer {
			continue
		}
		cur, known := currencies[l.Operation]
		if !known {
			if err := tx.Row(ctx, "select currency from entry where company = $1 and voucher = $2 and line = $3", tx.Company, l.DebitVoucher, l.DebitLine).Scan(&cur); err != nil {
				return err
			}
			currencies[l.Operation] = cur
		}
		if cur == k.currency {
			undo[l.Operation] = append(undo[l.Operation], l)
		}
	}
	return nil
}

// NumbersOf gives the numbers of the reimbursements of a run that are not reversed, in order, at most limit of them, after
// the number given.
func NumbersOf(ctx context.Context, tx *db.Tx, run int64, after string, limit int) ([]string, error) {
	first, last, err := numberRange(ctx, tx, run)
	if err != nil || first == "" {
		return nil, err
	}
	return db.List(ctx, tx, func(r *db.Rows, n *string) error { return r.Scan(n) },
		`select v.number from voucher v where v.company = $1 and v.number >= $2 and v.number <= $3 and v.number > $4 and v.source = $5 and v.type = $6
		and not exists (select 1 from voucher x where x.company = v.company and x.reverses = v.id) order by v.number limit $7`,
		tx.Company, first, last, after, run, int16(ledger.Reimbursement), limit)
}

// LeftToReverse counts the reimbursements of a run that are not reversed, and adds them up.
func LeftToReverse(ctx context.Context, tx *db.Tx, run int64) (n int64, sum Sum, err error) {
	first, last, err := numberRange(ctx, tx, run)
	if err != nil || first == "" {
		return 0, nil, err
	}
	err = tx.Each(ctx, `select e.currency, count(distinct v.id), cast(sum(case when e.amount > 0 then e.amount else 0 end) as bigint)
		from voucher v join entry e on e.company = v.company and e.voucher = v.id
		where v.company = $1 and v.number >= $2 and v.number <= $3 and v.source = $4 and v.type = $5
		and not exists (select 1 from voucher x where x.company = v.company and x.reverses = v.id) group by e.currency`,
		[]any{tx.Company, first, last, run, int16(ledger.Reimbursement)}, func(r *db.Rows) error {
			n += r.Int64(1)
			return sum.Add(r.Text(0), money.Amount(r.Int64(2)))
		})
	return n, sum, err
}

// numberRange gives the first and last number of the run's block, as written; blank when it has none.
func numberRange(ctx context.Context, tx *db.Tx, run int64) (first, last string, err error) {
	b, err := ledger.Series(ctx, tx, ledger.Reimbursement.String())
	if err != nil {
		return "", "", err
	}
	var from, to int64
	err = tx.Row(ctx, "select coalesce(first_number, 0), coalesce(last_number, 0) from run where company = $1 and id = $2", tx.Company, run).Scan(&from, &to)
	if err != nil || from == 0 || to < from {
		return "", "", err
	}
	return b.Number(from), b.Number(to), nil
}

// NotReversible gives the first reimbursement of a run whose vendor invoice is marked or paid; blank when there is none.
func NotReversible(ctx context.Context, tx *db.Tx, run int64) (string, error) {
	first, last, err := numberRange(ctx, tx, run)
	if err != nil || first == "" {
		return "", err
	}
	var number string
	err = tx.Row(ctx, `select coalesce(min(v.number), '') from voucher v join entry e on e.company = v.company and e.voucher = v.id and e.party = v.vendor
		left join open_item o on o.company = e.company and o.side = 2 and o.party = e.party and o.voucher = e.voucher and o.line = e.line
		where v.company = $1 and v.number >= $2 and v.number <= $3 and v.source = $4 and (o.open is null or o.open <> e.amount or o.marked <> 0)
		and not exists (select 1 from voucher x where x.company = v.company and x.reverses = v.id)`, tx.Company, first, last, run).Scan(&number)
	return number, err
}

// InvoicesOf gives the vouchers of the reimbursements of a run that are not reversed: as vendor invoices they are paid.
func InvoicesOf(ctx context.Context, tx *db.Tx, run int64) (map[int64]bool, error) {
	all := map[int64]bool{}
	first, last, err := numberRange(ctx, tx, run)
	if err != nil || first == "" {
		return all, err
	}
	err = tx.Each(ctx, `select v.id from voucher v where v.company = $1 and v.number >= $2 and v.number <= $3 and v.source = $4 and v.type = $5
		and not exists (select 1 from voucher x where x.company = v.company and x.reverses = v.id)`, []any{tx.Company, first, last, run, int16(ledger.Reimbursement)}, func(r *db.Rows) error {
		all[r.Int64(0)] = true
		return nil
	})
	return all, err
}
