package payout

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strconv"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/secret"
)

// Past is what a company's vendor payments are, but for the bank accounts, the methods and the marks: to be written down, and brought in
// elsewhere. All are in the order in which they came to be.
type Past struct {
	Journals []*Journal
	Payments []*Payment
	Holds    map[int64]bool // of open payments that were approved: they are still what was approved
	Told     []Told
	Left     []LeftRow
	Files    []*File
	Checks   []CheckNumber
	Turns    map[int64]int64 // of the trace numbers of payments, where it is not the first
}

// Told is an event of a payment; N is its number within the payment.
type Told struct {
	Payment, N int64
	At         int64 // UTC microseconds
	Actor      string
	Status     Status
	Voucher    int64 // 0: none
	Detail     string
}

// LeftRow is what a proposal left out, by ids; see [LeftOut].
type LeftRow struct {
	Journal, N, Vendor int64
	Voucher            int64 // 0: everything of the vendor
	Currency           string
	Amount             money.Amount
	Reason             Reason
	Detail             string
}

// CheckNumber is a number that a check of a bank account had, or has.
type CheckNumber struct {
	Bank, Number int64
	Payment      int64 // 0: spoiled before it was a payment
	Amount       money.Amount
	Payee        string
	Date         civil.Date
	Void         bool
	Reason       string
	Told, Untold int64 // the files that told the bank of issue and void; 0: none did
}

const pastChunk = 5000 // payments that one query reads

// ReadPast reads everything.
func ReadPast(ctx context.Context, tx *db.Tx) (p *Past, err error) {
	p = &Past{Holds: map[int64]bool{}, Turns: map[int64]int64{}}
	p.Journals, err = db.List(ctx, tx, func(r *db.Rows, j **Journal) error {
		*j = &Journal{}
		return scanJournal(r, *j)
	}, "select "+journalColumns+" from vendor_payment_journal where company = $1 order by id", tx.Company)
	if err != nil {
		return nil, err
	}
	for after := int64(0); err == nil; {
		var some []*Payment
		if some, err = After(ctx, tx, Filter{}, after, pastChunk); len(some) == 0 {
			break
		}
		after = some[len(some)-1].ID
		p.Payments = append(p.Payments, some...)
		err = p.readHolds(ctx, tx, some)
	}
	if err != nil {
		return nil, err
	}
	if err := tx.Each(ctx, "select id, turn from vendor_payment where company = $1 and turn <> 0", []any{tx.Company}, func(r *db.Rows) error {
		p.Turns[r.Int64(0)] = r.Int64(1)
		return nil
	}); err != nil {
		return nil, err
	}
	if p.Told, err = db.List(ctx, tx, func(r *db.Rows, e *Told) error {
		return r.Scan(&e.Payment, &e.N, &e.At, &e.Actor, &e.Status, &e.Voucher, &e.Detail)
	}, "select payment, n, at, actor, status, coalesce(voucher, 0), detail from vendor_payment_event where company = $1 order by payment, n", tx.Company); err != nil {
		return nil, err
	}
	if p.Left, err = db.List(ctx, tx, func(r *db.Rows, l *LeftRow) error {
		return r.Scan(&l.Journal, &l.N, &l.Vendor, &l.Voucher, &l.Currency, &l.Amount, &l.Reason, &l.Detail)
	}, "select journal, n, vendor, coalesce(voucher, 0), currency, amount, reason, detail from vendor_payment_left where company = $1 order by journal, n", tx.Company); err != nil {
		return nil, err
	}
	if p.Files, err = db.List(ctx, tx, func(r *db.Rows, f **File) error {
		*f = &File{}
		return scanFile(r, *f, &(*f).Size)
	}, "select "+fileColumns+", length(sealed) - "+strconv.Itoa(secret.Overhead)+" from payment_file where company = $1 order by id", tx.Company); err != nil {
		return nil, err
	}
	p.Checks, err = db.List(ctx, tx, func(r *db.Rows, c *CheckNumber) error {
		return r.Scan(&c.Bank, &c.Number, &c.Payment, &c.Amount, &c.Payee, &c.Date, &c.Void, &c.Reason, &c.Told, &c.Untold)
	}, `select bank, number, coalesce(payment, 0), amount, payee, date, case when state = 'void' then 1 else 0 end, reason, coalesce(told, 0), coalesce(untold, 0)
		from check_number where company = $1 order by bank, number`, tx.Company)
	return p, err
}

// readHolds notes which approvals of open payments hold.
func (p *Past) readHolds(ctx context.Context, tx *db.Tx, some []*Payment) error {
	approved := openApproved(some)
	if len(approved) == 0 {
		return nil
	}
	all, err := payees(ctx, tx, approved)
	for _, x := range approved {
		if s := all[x.Payee]; s != nil && bytes.Equal(x.Digest, x.digest(s)) {
			p.Holds[x.ID] = true
		}
	}
	return err
}

func openApproved(all []*Payment) []*Payment {
	var some []*Payment
	for _, x := range all {
		if x.ApprovedBy != "" && x.Status.Open() {
			some = append(some, x)
		}
	}
	return some
}

// Restore writes what was brought in, which the caller has tested, with the ids that it has; bank details are there already. The contents
// of the files are kept by [RestoreFile] before.
func (p *Past) Restore(ctx context.Context, tx *db.Tx) error {
	journals := tx.Batch("vendor_payment_journal", "company", "id", "code", "date", "text", "state", "selection", "created_by", "created_at")
	for _, j := range p.Journals {
		journals.Int(tx.Company).Int(j.ID).Text(j.Code).Date(j.Date).Text(j.Text).Text(string(j.State)).Text(j.Selection).Text(j.CreatedBy).Int(j.CreatedAt)
	}
	if err := journals.Flush(ctx); err != nil {
		return err
	}
	if err := p.restorePayments(ctx, tx); err != nil {
		return err
	}
	told := tx.Batch("vendor_payment_event", "company", "payment", "n", "at", "actor", "status", "voucher", "detail")
	for _, e := range p.Told {
		told.Int(tx.Company).Int(e.Payment).Int(e.N).Int(e.At).Text(e.Actor).Text(string(e.Status)).Ref(e.Voucher).Text(e.Detail)
	}
	left := tx.Batch("vendor_payment_left", "company", "journal", "n", "vendor", "voucher", "currency", "amount", "reason", "detail")
	for _, l := range p.Left {
		left.Int(tx.Company).Int(l.Journal).Int(l.N).Int(l.Vendor).Ref(l.Voucher).Text(l.Currency).Int(int64(l.Amount)).Text(string(l.Reason)).Text(l.Detail)
	}
	checks := tx.Batch("check_number", "company", "bank", "number", "payment", "amount", "payee", "date", "state", "reason", "told", "untold")
	for _, c := range p.Checks {
		state := "issued"
		if c.Void {
			state = "void"
		}
		checks.Int(tx.Company).Int(c.Bank).Int(c.Number).Ref(c.Payment).Int(int64(c.Amount)).Text(c.Payee).Date(c.Date).Text(state).Text(c.Reason).Ref(c.Told).Ref(c.Untold)
	}
	for _, b := range []*db.Batch{told, left, checks} {
		if err := b.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *Past) restorePayments(ctx context.Context, tx *db.Tx) error {
	digests := map[int64][]byte{}
	if approved := openApproved(p.Payments); len(approved) > 0 {
		all, err := payees(ctx, tx, approved)
		if err != nil {
			return err
		}
		for _, x := range approved {
			if s := all[x.Payee]; s != nil && p.Holds[x.ID] {
				digests[x.ID] = x.digest(s)
			}
		}
	}
	b := tx.Batch("vendor_payment", "company", "id", "journal", "line", "vendor", "payee", "payee_note", "method", "bank", "currency", "amount", "date", "status", "approved_by", "digest",
		"number", "file", "voucher", "posted_by", "posted_on", "replaces", "fate", "turn")
	items := tx.Batch("vendor_payment_item", "company", "payment", "n", "voucher", "amount")
	for _, x := range p.Payments {
		b.Int(tx.Company).Int(x.ID).Int(x.Journal).Int(int64(x.Line)).Int(x.Vendor).Int(x.Payee).Text(x.PayeeNote).Text(x.Method).Int(x.Bank).Text(x.Currency).Int(int64(x.Amount)).
			Date(x.Date).Text(string(x.Status)).Text(x.ApprovedBy)
		if d := digests[x.ID]; d != nil {
			b.Bytes(d)
		} else {
			b.Null()
		}
		b.Text(x.Number).Ref(x.File).Ref(x.Voucher).Text(x.PostedBy).Date(x.PostedOn).Ref(x.Replaces).Text(string(x.Fate)).Int(p.Turns[x.ID])
		for i, it := range x.Items {
			items.Int(tx.Company).Int(x.ID).Int(int64(i + 1)).Int(it.Voucher).Int(int64(it.Amount))
		}
	}
	if err := b.Flush(ctx); err != nil {
		return err
	}
	return items.Flush(ctx)
}

// RestoreFile keeps a file that was brought in, with its content; one whose content is not of its digest is refused.
func RestoreFile(ctx context.Context, tx *db.Tx, keys *secret.Keyring, f *File, content []byte) (err error) {
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:], f.SHA256) {
		return fault.New(fault.Invalid, "the content of %s has the SHA-256 %x, not %x", f.Name, sum, f.SHA256).In("sha256").ByRule("payment_file")
	}
	return f.insert(ctx, tx, keys, content)
}

// Content gives the content of the payment file with a digest; nil when there is none.
func Content(ctx context.Context, tx *db.Tx, keys *secret.Keyring, sum []byte) ([]byte, error) {
	f := &File{}
	err := scanFile(tx.Row(ctx, "select "+fileColumns+", key_id, sealed from payment_file where company = $1 and sha256 = $2 order by id limit 1", tx.Company, sum), f, &f.keyID, &f.sealed)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return f.Open(tx, keys)
}

// Trace is the next trace number of the ACH payments of a bank account. Seven digits come round: Turn says how often they did.
type Trace struct{ Turn, Next int64 }

// Before says whether a trace number comes before another one.
func (t Trace) Before(o Trace) bool { return t.Turn < o.Turn || t.Turn == o.Turn && t.Next < o.Next }

// NextTraces gives the next trace number of each bank account.
func NextTraces(ctx context.Context, tx *db.Tx) (map[int64]Trace, error) {
	all := map[int64]Trace{}
	err := tx.Each(ctx, "select id, trace_turn, next_trace from bank_account where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		all[r.Int64(0)] = Trace{r.Int64(1), r.Int64(2)}
		return nil
	})
	return all, err
}

// SetNextTrace sets the next trace number of a bank account; it never goes back.
func SetNextTrace(ctx context.Context, tx *db.Tx, bank int64, next Trace) error {
	_, err := tx.Exec(ctx, "update bank_account set next_trace = $1, trace_turn = $4 where company = $2 and id = $3 and (trace_turn < $4 or trace_turn = $4 and next_trace < $1)", next.Next, tx.Company, bank, next.Turn)
	return err
}

// KnownCodes gives the codes of journals and files that the company has.
func KnownCodes(ctx context.Context, tx *db.Tx) (journals, files map[string]bool, err error) {
	journals, files = map[string]bool{}, map[string]bool{}
	err = tx.Each(ctx, "select 1, code from vendor_payment_journal where company = $1 union all select 2, code from payment_file where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		if r.Int64(0) == 1 {
			journals[r.Text(1)] = true
		} else {
			files[r.Text(1)] = true
		}
		return nil
	})
	return journals, files, err
}

// KnownChecks says which numbers of checks of a bank account the company has.
func KnownChecks(ctx context.Context, tx *db.Tx) (map[[2]int64]bool, error) {
	all := map[[2]int64]bool{}
	err := tx.Each(ctx, "select bank, number from check_number where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		all[[2]int64{r.Int64(0), r.Int64(1)}] = true
		return nil
	})
	return all, err
}

// TotalsText writes the control totals of a file.
func (f *File) TotalsText() string {
	b, _ := json.Marshal(f.Totals) // of plain values
	return string(b)
}
