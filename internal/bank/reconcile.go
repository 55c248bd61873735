package bank

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/payout"
)

// Difference is where what is missing between a line and its entries is posted.
type Difference struct {
	Account string // ledger account as written; blank: a difference is refused
	Limit   money.Amount
	Date    civil.Date // blank: the line's
}

// Pair is a line and what it is.
type Pair struct {
	Line    *Line
	Entries []Entry
	Score   int // 0: by hand
	Reasons []string
}

// Reconcile reconciles lines of a bank account, all or none: each with entries that make its amount, or, within the limit, with a
// difference posted on the line's day. Posted payments become cleared. It gives the number of the first reconciliation and the voucher of
// the last difference (blank: none).
func Reconcile(ctx context.Context, tx *db.Tx, c *ledger.Company, b *payout.BankAccount, pairs []Pair, d Difference) (first int64, difference string, err error) {
	n, err := nextReconciliation(ctx, tx, b.ID)
	if err != nil {
		return 0, "", err
	}
	ids, err := tx.NewIDs(ctx, len(pairs))
	if err != nil {
		return 0, "", err
	}
	heads := tx.Batch("bank_reconciliation", "company", "id", "bank", "n", "statement", "line", "score", "reasons", "difference", "made_by", "made_at", "undone_by", "undone_at")
	rows := tx.Batch("bank_reconciliation_entry", "company", "reconciliation", "voucher", "line", "amount", "live")
	for i, p := range pairs {
		made, err := d.post(ctx, tx, c, b, &p)
		if err != nil {
			return 0, "", err
		}
		voucher := int64(0)
		if made != nil {
			voucher, difference = made.ID, made.Number
		}
		heads.Int(tx.Company).Int(ids[i]).Int(b.ID).Int(n + int64(i)).Int(p.Line.Statement).Int(p.Line.N).Int(int64(p.Score)).Text(strings.Join(p.Reasons, "; ")).Ref(voucher).
			Text(tx.Actor).Int(tx.Micros()).Text("").Int(0)
		for _, e := range p.Entries {
			rows.Int(tx.Company).Int(ids[i]).Int(e.Voucher).Int(int64(e.Line)).Int(int64(e.Amount)).Int(1)
		}
	}
	if err := setLines(ctx, tx, pairs, ids); err != nil {
		return 0, "", err
	}
	if err := heads.Flush(ctx); err != nil {
		return 0, "", err
	}
	if err := rows.Flush(ctx); err != nil {
		if db.IsDuplicate(err) {
			return 0, "", db.Again("a bank entry was reconciled by somebody else")
		}
		return 0, "", err
	}
	return n, difference, clearAll(ctx, tx, pairs)
}

// clearAll makes the posted payments of pairs cleared.
func clearAll(ctx context.Context, tx *db.Tx, pairs []Pair) error {
	lines := map[int64]*Line{}
	var ids []int64
	for _, p := range pairs {
		for _, e := range p.Entries {
			if e.Payment != 0 && e.Reverses == 0 && lines[e.Payment] == nil {
				ids, lines[e.Payment] = append(ids, e.Payment), p.Line
			}
		}
	}
	return changePayments(ctx, tx, ids, payout.Posted, func(those []*payout.Payment) error {
		return payout.Clear(ctx, tx, those, func(p *payout.Payment) string { return "line " + lines[p.ID].Name() + " of the bank statement" })
	})
}

// changePayments does something to those payments that have the status.
func changePayments(ctx context.Context, tx *db.Tx, ids []int64, status payout.Status, do func([]*payout.Payment) error) error {
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	all, err := payout.ByID(ctx, tx, ids)
	if err != nil {
		return err
	}
	return do(slices.DeleteFunc(all, func(p *payout.Payment) bool { return p.Status != status }))
}

// setLines notes the reconciliations of open lines. A line that is not open any longer makes the unit start afresh.
func setLines(ctx context.Context, tx *db.Tx, pairs []Pair, reconciliations []int64) (err error) {
	done := int64(0)
	if tx.Postgres() {
		statements, lines := make([]int64, len(pairs)), make([]int64, len(pairs))
		for i, p := range pairs {
			statements[i], lines[i] = p.Line.Statement, p.Line.N
		}
		done, err = tx.Exec(ctx, `update bank_line set reconciliation = x.id from unnest($2::bigint[], $3::bigint[], $4::bigint[]) x(statement, n, id)
			where bank_line.company = $1 and bank_line.statement = x.statement and bank_line.n = x.n and bank_line.reconciliation is null`, tx.Company, statements, lines, reconciliations)
	} else {
		values := make([]int64, 0, 4*len(pairs))
		for i, p := range pairs {
			values = append(values, reconciliations[i], tx.Company, p.Line.Statement, p.Line.N)
		}
		done, err = tx.ExecInts(ctx, "update bank_line set reconciliation = $1 where company = $2 and statement = $3 and n = $4 and reconciliation is null", values)
	}
	if err == nil && done != int64(len(pairs)) {
		err = db.Again("a line was reconciled by somebody else")
	}
	return err
}

// openLine makes a line open again that has the reconciliation.
func openLine(ctx context.Context, tx *db.Tx, l *Line) error {
	n, err := tx.Exec(ctx, "update bank_line set reconciliation = null where company = $1 and statement = $2 and n = $3 and reconciliation = $4", tx.Company, l.Statement, l.N, l.Reconciliation)
	if err == nil && n != 1 {
		err = db.Again("the line was reconciled by somebody else")
	}
	return err
}

func nextReconciliation(ctx context.Context, tx *db.Tx, bank int64) (n int64, err error) {
	if _, err := tx.Exec(ctx, "update bank_account set code = code where company = $1 and id = $2", tx.Company, bank); err != nil {
		return 0, err // the row is held until the commit: numbers follow each other
	}
	err = tx.Row(ctx, "select coalesce(max(n), 0) + 1 from bank_reconciliation where company = $1 and bank = $2", tx.Company, bank).Scan(&n)
	return n, err
}

// post posts what is missing between a line and its entries, and adds it to them; nil when nothing is.
func (d Difference) post(ctx context.Context, tx *db.Tx, c *ledger.Company, b *payout.BankAccount, p *Pair) (*ledger.Voucher, error) {
	if p.Line.Reconciliation != 0 {
		return nil, fault.New(fault.Refused, "line %s is reconciled already; undo that first: quittance banks undo %s", p.Line.Name(), p.Line.Name()).ByRule("reconciled").In("line")
	}
	sum, err := sumOf(p.Entries)
	if err != nil {
		return nil, err
	}
	off := p.Line.Amount - sum
	switch {
	case off == 0:
		return nil, nil
	case d.Account == "":
		return nil, fault.New(fault.Refused, "line %s is of %s, but what it is reconciled with is of %s; the difference is %s. Name the other entries, or the ledger account of the difference",
			p.Line.Name(), show(b.Currency, p.Line.Amount), show(b.Currency, sum), show(b.Currency, off)).ByRule("reconciliation_difference").In("difference")
	case off.Abs() > d.Limit:
		return nil, fault.New(fault.Refused, "the difference of line %s is %s, more than the %s that the parameter bank_difference_limit lets be posted; post a journal for it, and reconcile with that too",
			p.Line.Name(), show(b.Currency, off), show(b.Currency, d.Limit)).ByRule("bank_difference_limit").In("difference")
	case b.Currency != c.Currency.Code:
		return nil, fault.New(fault.Refused, "the difference of line %s is in %s; post a journal for it, and reconcile with that too", p.Line.Name(), b.Currency).ByRule("bank_difference_currency").In("difference")
	}
	own, err := payout.LedgerAccount(c, b.Account)
	if err != nil {
		return nil, err
	}
	other, err := c.Parse(d.Account)
	if err != nil {
		return nil, err
	}
	if a := c.Accounts[other.Main]; a.Control != ledger.NoControl {
		return nil, fault.New(fault.Refused, "%s is a %s control account, on which no difference can be posted", other.Main, a.Control).ByRule("control_account").In("difference")
	}
	date := d.Date
	if date == 0 {
		date = p.Line.Booked
	}
	text := "Difference of bank line " + p.Line.Name()
	v := &ledger.Voucher{Date: date, Type: ledger.Journal, Text: text, Entries: []ledger.Entry{
		{Account: own, Currency: b.Currency, Amount: off, Accounting: off},
		{Account: other, Currency: b.Currency, Amount: -off, Accounting: -off},
	}}
	if err := c.AddDueLines(v); err != nil {
		return nil, err
	}
	ch := openitem.NewChanges(c)
	ch.Add(v)
	if err := ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	p.Entries = append(p.Entries, Entry{Voucher: v.ID, Line: 1, Number: v.Number, Date: date, Amount: off})
	return v, nil
}

// Undo takes the reconciliation of a line back: the line and the entries are open again, cleared payments are posted, a difference is
// reversed on date. It gives the number of the reconciliation and of the reversal (blank: none).
func Undo(ctx context.Context, tx *db.Tx, c *ledger.Company, l *Line, date civil.Date) (n int64, reversal string, err error) {
	if l.Reconciliation == 0 {
		return 0, "", fault.New(fault.Refused, "line %s is not reconciled", l.Name()).ByRule("not_reconciled").In("line")
	}
	if err := undoable(ctx, tx, l); err != nil {
		return 0, "", err
	}
	var difference int64
	err = tx.Row(ctx, "update bank_reconciliation set undone_by = $1, undone_at = $2 where company = $3 and id = $4 and undone_by = '' returning n, coalesce(difference, 0)", tx.Actor, tx.Micros(), tx.Company, l.Reconciliation).Scan(&n, &difference)
	if errors.Is(err, db.ErrNoRows) {
		return 0, "", db.Again("the reconciliation was undone by somebody else")
	}
	if err != nil {
		return 0, "", err
	}
	ids, err := PaymentsOn(ctx, tx, l)
	if err != nil {
		return 0, "", err
	}
	if err := changePayments(ctx, tx, ids, payout.Cleared, func(those []*payout.Payment) error {
		return payout.Unclear(ctx, tx, those, fmt.Sprintf("the reconciliation of line %s was undone", l.Name()))
	}); err != nil {
		return 0, "", err
	}
	if _, err := tx.Exec(ctx, "update bank_reconciliation_entry set live = 0 where company = $1 and reconciliation = $2", tx.Company, l.Reconciliation); err != nil {
		return 0, "", err
	}
	if err := openLine(ctx, tx, l); err != nil || difference == 0 {
		return n, "", err
	}
	// Somebody may have reversed it by hand already: both are open bank entries then, which make nothing together.
	if err := tx.Row(ctx, "select number from voucher where company = $1 and reverses = $2", tx.Company, difference).Scan(&reversal); err == nil || !errors.Is(err, db.ErrNoRows) {
		return n, reversal, err
	}
	v, err := ledger.Get(ctx, tx, c, difference)
	if err != nil {
		return 0, "", err
	}
	ch := openitem.NewChanges(c)
	m := ch.Mirror(&v.Voucher, nil, max(date, v.Date), "Reconciliation undone")
	if err := ch.Flush(ctx, tx); err != nil {
		return 0, "", err
	}
	return n, m.Number, nil
}

// PaymentsOn gives the ids of the payments whose vouchers a line is reconciled with.
func PaymentsOn(ctx context.Context, tx *db.Tx, l *Line) ([]int64, error) {
	return db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, `select distinct p.id from bank_reconciliation_entry e join vendor_payment p on p.company = e.company and p.voucher = e.voucher
		where e.company = $1 and e.reconciliation = $2 order by p.id`, tx.Company, l.Reconciliation)
}

// undoable refuses to undo the reconciliation of a line while another one rests on it: one that has the mirror of what it has.
func undoable(ctx context.Context, tx *db.Tx, l *Line) error {
	var voucher, mirror string
	other := Line{BankCode: l.BankCode}
	var n int64
	err := tx.Row(ctx, `select v.number, m.number, s.n, k.line, k.n from bank_reconciliation_entry e join voucher v on v.company = e.company and v.id = e.voucher
		join voucher m on m.company = e.company and m.reverses = e.voucher
		join bank_reconciliation_entry x on x.company = m.company and x.voucher = m.id and x.live = 1 join bank_reconciliation k on k.company = x.company and k.id = x.reconciliation
		join bank_statement s on s.company = k.company and s.id = k.statement
		where e.company = $1 and e.reconciliation = $2 and k.id <> $2 order by k.n desc limit 1`, tx.Company, l.Reconciliation).Scan(&voucher, &mirror, &other.StatementN, &other.N, &n)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Refused, "reconciliation %d, of line %s, rests on that of line %s: it has %s, which takes back %s. Undo that first: quittance banks undo %s",
		n, other.Name(), l.Name(), mirror, voucher, other.Name()).ByRule("undo_order").In("line")
}
