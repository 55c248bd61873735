package journal

import (
	"context"
	"errors"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

const journalColumns = "id, code, text, state, coalesce(remittance, 0), created_by, created_at, coalesce(posted_by, ''), coalesce(posted_at, 0)"

func scanJournal(r interface{ Scan(...any) error }, j *Journal) error {
	return r.Scan(&j.ID, &j.Code, &j.Text, &j.State, &j.Remittance, &j.CreatedBy, &j.CreatedAt, &j.PostedBy, &j.PostedAt)
}

// Create makes an empty journal; remittance is what it is made from, 0 for nothing.
func Create(ctx context.Context, tx *db.Tx, text string, remittance int64) (*Journal, error) {
	j := &Journal{Text: text, State: Draft, Remittance: remittance, CreatedBy: tx.Actor, CreatedAt: tx.Micros()}
	var err error
	if j.ID, err = tx.NewID(ctx); err != nil {
		return nil, err
	}
	for taken := true; taken; { // a mark that was made by hand may bear the code
		if j.Code, err = ledger.DrawCode(ctx, tx, ledger.JournalSeries); err != nil {
			return nil, err
		}
		if err := tx.Row(ctx, "select exists (select 1 from mark where company = $1 and journal = $2)", tx.Company, j.Code).Scan(&taken); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec(ctx, "insert into payment_journal (company, id, code, text, state, remittance, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
		tx.Company, j.ID, j.Code, j.Text, j.State, db.Null(remittance), j.CreatedBy, j.CreatedAt)
	return j, err
}

// Find gives the journal with the code, without its lines; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, code string) (*Journal, error) {
	return findBy(ctx, tx, "select "+journalColumns+" from payment_journal where company = $1 and code = $2", code)
}

// lock is Find that keeps the journal for this unit: of those that change a journal or post of it, one works at a time.
func lock(ctx context.Context, tx *db.Tx, code string) (*Journal, error) {
	return findBy(ctx, tx, "update payment_journal set state = state where company = $1 and code = $2 returning "+journalColumns, code)
}

func findBy(ctx context.Context, tx *db.Tx, query, code string) (*Journal, error) {
	j := &Journal{}
	err := scanJournal(tx.Row(ctx, query, tx.Company, code), j)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no payment journal %q", code)
	}
	return j, err
}

// Exists says whether there is a journal with the code.
func Exists(ctx context.Context, tx *db.Tx, code string) (is bool, err error) {
	err = tx.Row(ctx, "select exists (select 1 from payment_journal where company = $1 and code = $2)", tx.Company, code).Scan(&is)
	return is, err
}

// Read gives the journal with the code with all its lines.
func Read(ctx context.Context, tx *db.Tx, code string) (*Journal, error) {
	j, err := Find(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	j.Lines, err = readLines(ctx, tx, j.ID, 0)
	return j, err
}

// ReadLine gives the journal with the code with one of its lines.
func ReadLine(ctx context.Context, tx *db.Tx, code string, line int) (*Journal, *Line, error) {
	j, err := Find(ctx, tx, code)
	if err != nil {
		return nil, nil, err
	}
	l, err := readLine(ctx, tx, j, line)
	return j, l, err
}

func readLine(ctx context.Context, tx *db.Tx, j *Journal, line int) (*Line, error) {
	lines, err := readLines(ctx, tx, j.ID, line)
	if err != nil {
		return nil, err
	}
	if line <= 0 || len(lines) == 0 {
		return nil, fault.New(fault.NotFound, "the payment journal %s has no line %d", j.Code, line)
	}
	return lines[0], nil
}

// readLines gives the lines of a journal, or (not 0) one of them, with what they are applied to and deduct.
func readLines(ctx context.Context, tx *db.Tx, journal int64, only int) ([]*Line, error) {
	at := map[int]*Line{}
	const these = " where x.company = $1 and x.journal = $2 and ($3 = 0 or x.line = $3) order by x.line"
	args := []any{tx.Company, journal, only}
	lines, err := db.List(ctx, tx, func(r *db.Rows, p **Line) error {
		l := &Line{}
		*p = l
		err := r.Scan(&l.Line, &l.Date, &l.Customer, &l.Amount, &l.Currency, &l.Bank, &l.Reference, &l.Text, &l.State, &l.Problem, &l.Voucher, &l.Number, &l.Posting, &l.PostedAt)
		at[l.Line] = l
		return err
	}, `select x.line, x.date, x.customer, x.amount, x.currency, x.bank, x.reference, x.text, x.state, x.problem, coalesce(x.voucher, 0), coalesce(v.number, ''), coalesce(x.posting, 0), coalesce(x.posted_at, 0)
		from payment_line x left join voucher v on v.company = x.company and v.id = x.voucher`+these, args...)
	if err != nil {
		return nil, err
	}
	err = tx.Each(ctx, `select x.line, x.n, x.customer, x.voucher, v.number, x.amount, x.discount, x.leave_open, x.credit
		from payment_application x join voucher v on v.company = x.company and v.id = x.voucher`+these+", x.n", args, func(r *db.Rows) error {
		a, line := &Application{}, 0
		err := r.Scan(&line, &a.N, &a.Customer, &a.Voucher, &a.Number, &a.Amount, &a.Discount, &a.LeaveOpen, &a.Credit)
		at[line].Applications = append(at[line].Applications, a)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = tx.Each(ctx, `select x.line, x.n, coalesce(x.application, 0), x.customer, x.type, x.allowed, x.reason, x.account, x.plan, x.amount, x.their_code, x.claim, x.note, coalesce(x.deduction, 0), coalesce(d.number, '')
		from payment_deduction x left join deduction d on d.company = x.company and d.id = x.deduction`+these+", x.n", args, func(r *db.Rows) error {
		d, line := &Deduction{}, 0
		err := r.Scan(&line, &d.N, &d.Application, &d.Customer, &d.Type, &d.Allowed, &d.Reason, &d.Account, &d.Plan, &d.Amount, &d.TheirCode, &d.ClaimNumber, &d.Note, &d.Deduction, &d.Number)
		at[line].Deductions = append(at[line].Deductions, d)
		return err
	})
	return lines, err
}

// insertLine writes a new line.
func insertLine(ctx context.Context, tx *db.Tx, journal int64, l *Line) error {
	err := tx.Row(ctx, "select coalesce(max(line), 0) + 1 from payment_line where company = $1 and journal = $2", tx.Company, journal).Scan(&l.Line)
	if err != nil {
		return err
	}
	l.State = Draft
	_, err = tx.Exec(ctx, `insert into payment_line (company, journal, line, date, customer, amount, currency, bank, reference, text, state, problem) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '')`,
		tx.Company, journal, l.Line, l.Date, l.Customer, l.Amount, l.Currency, l.Bank, l.Reference, l.Text, l.State)
	return err
}

// updateLine writes a line of a draft, which has no problem until it is posted again.
func updateLine(ctx context.Context, tx *db.Tx, journal int64, l *Line) error {
	l.Problem = ""
	_, err := tx.Exec(ctx, `update payment_line set date = $1, customer = $2, amount = $3, currency = $4, bank = $5, reference = $6, text = $7, problem = '' where company = $8 and journal = $9 and line = $10`,
		l.Date, l.Customer, l.Amount, l.Currency, l.Bank, l.Reference, l.Text, tx.Company, journal, l.Line)
	return err
}

// writeDetails writes the applications and deductions of a line in place of those that it had.
func writeDetails(ctx context.Context, tx *db.Tx, journal int64, l *Line) error {
	if err := deleteDetails(ctx, tx, journal, l.Line); err != nil {
		return err
	}
	b := tx.Batch("payment_application", "company", "journal", "line", "n", "customer", "voucher", "amount", "discount", "leave_open", "credit")
	for _, a := range l.Applications {
		b.Add(tx.Company, journal, l.Line, a.N, a.Customer, a.Voucher, a.Amount, a.Discount, a.LeaveOpen, a.Credit)
	}
	if err := b.Flush(ctx); err != nil {
		return err
	}
	b = tx.Batch("payment_deduction", "company", "journal", "line", "n", "application", "customer", "type", "allowed", "reason", "account", "plan", "amount", "their_code", "claim", "note")
	for _, d := range l.Deductions {
		b.Add(tx.Company, journal, l.Line, d.N, db.Null(int64(d.Application)), d.Customer, d.Type, d.Allowed, d.Reason, d.Account, d.Plan, d.Amount, d.TheirCode, d.ClaimNumber, d.Note)
	}
	return b.Flush(ctx)
}

func deleteDetails(ctx context.Context, tx *db.Tx, journal int64, line int) error {
	for _, table := range []string{"payment_application", "payment_deduction"} {
		if _, err := tx.Exec(ctx, "delete from "+table+" where company = $1 and journal = $2 and line = $3", tx.Company, journal, line); err != nil {
			return err
		}
	}
	return nil
}

// setState writes the state of a journal; who posted it, when that is what it is now.
func setState(ctx context.Context, tx *db.Tx, j *Journal, state string) error {
	j.State = state
	if state == Posted {
		j.PostedBy, j.PostedAt = tx.Actor, tx.Micros()
	}
	var by, at any
	if j.PostedAt != 0 {
		by, at = j.PostedBy, j.PostedAt
	}
	_, err := tx.Exec(ctx, "update payment_journal set state = $1, posted_by = $2, posted_at = $3 where company = $4 and id = $5", state, by, at, tx.Company, j.ID)
	return err
}
