package deduction

import (
	"context"
	"errors"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
)

const columns = `id, number, root, coalesce(parent, 0), customer, currency, amount, resolved, split, state, type, allowed, reason, account, plan, hold, coalesce(holder, 0),
	coalesce(voucher, 0), coalesce(invoice, 0), coalesce(payment, 0), coalesce(journal, 0), coalesce(journal_line, 0), coalesce(journal_n, 0), captured, their_code, claim, note, basis,
	work, substate, dispute, attempts, disputed_at, answer_due, paid_back, owner, team, priority, follow_up, expires, expected, ready, automatic, coalesce(duplicate_of, 0),
	version, created_by, created_at, coalesce(closed_at, 0)`

// Columns gives the columns of table deduction that [Scan] reads.
const Columns = columns

// Scan reads a deduction by its [Columns].
func Scan(r interface{ Scan(...any) error }, d *Deduction) error {
	return r.Scan(&d.ID, &d.Number, &d.Root, &d.Parent, &d.Customer, &d.Currency, &d.Amount, &d.Resolved, &d.Split, &d.State, &d.Type, &d.Allowed, &d.Reason, &d.Account, &d.Plan, &d.Hold, &d.Holder,
		&d.Voucher, &d.Invoice, &d.Payment, &d.Journal, &d.JournalLine, &d.JournalN, &d.Captured, &d.TheirCode, &d.ClaimNumber, &d.Note, &d.Basis,
		&d.Work, &d.Substate, &d.Dispute, &d.Attempts, &d.DisputedAt, &d.AnswerDue, &d.PaidBack, &d.Owner, &d.Team, &d.Priority, &d.FollowUp, &d.Expires, &d.Expected, &d.Ready, &d.Automatic, &d.DuplicateOf,
		&d.Version, &d.CreatedBy, &d.CreatedAt, &d.ClosedAt)
}

// Find gives the deduction with the number; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, number string) (*Deduction, error) {
	d := &Deduction{}
	err := Scan(tx.Row(ctx, "select "+columns+" from deduction where company = $1 and number = $2", tx.Company, number), d)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no deduction %q", number)
	}
	return d, err
}

// Get gives the deduction with the id; none is [fault.NotFound].
func Get(ctx context.Context, tx *db.Tx, id int64) (*Deduction, error) {
	d := &Deduction{}
	err := Scan(tx.Row(ctx, "select "+columns+" from deduction where company = $1 and id = $2", tx.Company, id), d)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no deduction of id %d", id)
	}
	return d, err
}

// list gives the deductions that a condition names, by id.
func list(ctx context.Context, tx *db.Tx, where string, args ...any) ([]*Deduction, error) {
	return db.List(ctx, tx, func(r *db.Rows, p **Deduction) error {
		*p = &Deduction{}
		return Scan(r, *p)
	}, "select "+columns+" from deduction where company = $1 and "+where+" order by id", append([]any{tx.Company}, args...)...)
}

// OfLine gives the deductions that the line of a journal captured, by id.
func OfLine(ctx context.Context, tx *db.Tx, journal int64, line int) ([]*Deduction, error) {
	return list(ctx, tx, "journal = $2 and journal_line = $3 and id = root", journal, line)
}

// Family gives the root of a deduction and all its children, by id.
func Family(ctx context.Context, tx *db.Tx, root int64) ([]*Deduction, error) {
	return list(ctx, tx, "root = $2", root)
}

// Update writes what may change of a deduction, and its new version. When somebody else changed it since it was read, the unit starts
// afresh.
func Update(ctx context.Context, tx *db.Tx, d *Deduction) error {
	n, err := tx.Exec(ctx, `update deduction set resolved = $1, split = $2, state = $3, type = $4, reason = $5, account = $6, plan = $7, their_code = $8, claim = $9, note = $10,
		work = $11, substate = $12, dispute = $13, attempts = $14, disputed_at = $15, answer_due = $16, paid_back = $17, owner = $18, team = $19, priority = $20, follow_up = $21,
		expires = $22, expected = $23, ready = $24, duplicate_of = $25, closed_at = $26, version = version + 1 where company = $27 and id = $28 and version = $29`,
		d.Resolved, d.Split, string(d.State), d.Type, d.Reason, d.Account, d.Plan, d.TheirCode, d.ClaimNumber, d.Note,
		string(d.Work), d.Substate, string(d.Dispute), d.Attempts, orNull(d.DisputedAt), orNull(d.AnswerDue), d.PaidBack, d.Owner, d.Team, d.Priority, orNull(d.FollowUp),
		orNull(d.Expires), d.Expected, d.Ready, db.Null(d.DuplicateOf), db.Null(d.ClosedAt), tx.Company, d.ID, d.Version)
	if err != nil {
		return err
	}
	if n != 1 {
		return db.Again("deduction " + d.Number + " changed")
	}
	d.Version++
	return nil
}

func orNull(d civil.Date) any {
	if d.IsZero() {
		return nil
	}
	return d
}

// AddEvent writes a line of the history of a deduction.
func AddEvent(ctx context.Context, tx *db.Tx, deduction int64, kind, text string) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "insert into deduction_event (company, deduction, id, at, actor, kind, text) values ($1, $2, $3, $4, $5, $6, $7)", tx.Company, deduction, id, tx.Micros(), tx.Actor, kind, text)
	return err
}

// insert writes new deductions.
func insert(ctx context.Context, tx *db.Tx, ds ...*Deduction) error {
	b := tx.Batch("deduction", "company", "id", "number", "root", "parent", "customer", "currency", "amount", "resolved", "split", "state", "type", "allowed", "reason", "account", "plan", "hold", "holder",
		"voucher", "invoice", "payment", "journal", "journal_line", "journal_n", "captured", "their_code", "claim", "note", "basis", "work", "substate", "dispute", "attempts", "disputed_at", "answer_due",
		"paid_back", "owner", "team", "priority", "follow_up", "expires", "expected", "ready", "automatic", "duplicate_of", "version", "created_by", "created_at", "closed_at")
	for _, d := range ds {
		b.Add(tx.Company, d.ID, d.Number, d.Root, db.Null(d.Parent), d.Customer, d.Currency, d.Amount, d.Resolved, d.Split, string(d.State), d.Type, d.Allowed, d.Reason, d.Account, d.Plan, string(d.Hold), db.Null(d.Holder),
			db.Null(d.Voucher), db.Null(d.Invoice), db.Null(d.Payment), db.Null(d.Journal), db.Null(int64(d.JournalLine)), db.Null(int64(d.JournalN)), d.Captured, d.TheirCode, d.ClaimNumber, d.Note, d.Basis, string(d.Work), d.Substate, string(d.Dispute), d.Attempts, orNull(d.DisputedAt), orNull(d.AnswerDue),
			d.PaidBack, d.Owner, d.Team, d.Priority, orNull(d.FollowUp), orNull(d.Expires), d.Expected, d.Ready, d.Automatic, db.Null(d.DuplicateOf), d.Version, d.CreatedBy, d.CreatedAt, db.Null(d.ClosedAt))
	}
	return b.Flush(ctx)
}

const resolutionColumns = `id, deduction, batch, date, kind, amount, accounting, account, coalesce(plan, 0), coalesce(counterpart, 0), reason, text, state, coalesce(voucher, 0), coalesce(reversal, 0),
	automatic, request, actor, at, decided_by, coalesce(decided_at, 0)`

func scanResolution(r *db.Rows, p **Resolution) error {
	x := &Resolution{}
	*p = x
	return r.Scan(&x.ID, &x.Deduction, &x.Batch, &x.Date, &x.Kind, &x.Amount, &x.Accounting, &x.Account, &x.Plan, &x.Counterpart, &x.Reason, &x.Text, &x.State, &x.Voucher, &x.Reversal,
		&x.Automatic, &x.Request, &x.Actor, &x.At, &x.DecidedBy, &x.DecidedAt)
}

// Resolutions gives the resolution lines of a deduction, the newest last.
func Resolutions(ctx context.Context, tx *db.Tx, deduction int64) ([]*Resolution, error) {
	return db.List(ctx, tx, scanResolution, "select "+resolutionColumns+" from resolution where company = $1 and deduction = $2 order by id", tx.Company, deduction)
}

// proposals gives the lines that wait for approval.
func proposals(ctx context.Context, tx *db.Tx, deduction int64) ([]*Resolution, error) {
	return db.List(ctx, tx, scanResolution, "select "+resolutionColumns+" from resolution where company = $1 and deduction = $2 and state = 'proposed' order by id", tx.Company, deduction)
}

var resolutionRow = []string{
	"company", "id", "deduction", "batch", "date", "kind", "amount", "accounting", "account", "plan", "counterpart", "reason", "text", "state", "voucher", "reversal",
	"automatic", "request", "actor", "at", "decided_by", "decided_at",
}

func addResolution(b *db.Batch, company int64, r *Resolution) {
	b.Add(company, r.ID, r.Deduction, r.Batch, r.Date, string(r.Kind), r.Amount, r.Accounting, r.Account, db.Null(r.Plan), db.Null(r.Counterpart), r.Reason, r.Text, r.State, db.Null(r.Voucher), db.Null(r.Reversal),
		r.Automatic, r.Request, r.Actor, r.At, r.DecidedBy, db.Null(r.DecidedAt))
}

// insertResolutions writes lines that belong together: their ids, batch, actor and time are filled in.
func insertResolutions(ctx context.Context, tx *db.Tx, rs []*Resolution) error {
	ids, err := tx.NewIDs(ctx, len(rs)+1)
	if err != nil {
		return err
	}
	b := tx.Batch("resolution", resolutionRow...)
	for i, r := range rs {
		r.ID, r.Batch, r.Actor, r.At = ids[i+1], ids[0], tx.Actor, tx.Micros()
		addResolution(b, tx.Company, r)
	}
	return b.Flush(ctx)
}

// decide brings a line from one state to another; somebody else may have been first.
func decide(ctx context.Context, tx *db.Tx, r *Resolution, from string) error {
	n, err := tx.Exec(ctx, `update resolution set date = $1, accounting = $2, counterpart = $3, state = $4, voucher = $5, reversal = $6, text = $7, decided_by = $8, decided_at = $9
		where company = $10 and id = $11 and state = $12`, r.Date, r.Accounting, db.Null(r.Counterpart), r.State, db.Null(r.Voucher), db.Null(r.Reversal), r.Text, r.DecidedBy, db.Null(r.DecidedAt), tx.Company, r.ID, from)
	if err == nil && n != 1 {
		err = db.Again("a resolution was decided by somebody else")
	}
	return err
}
