package payout

import (
	"context"
	"errors"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
)

const journalColumns = "id, code, date, text, state, selection, created_by, created_at"

func scanJournal(r interface{ Scan(...any) error }, j *Journal) error {
	return r.Scan(&j.ID, &j.Code, &j.Date, &j.Text, &j.State, &j.Selection, &j.CreatedBy, &j.CreatedAt)
}

// FindJournal gives the journal with the code; none is [fault.NotFound].
func FindJournal(ctx context.Context, tx *db.Tx, code string) (*Journal, error) {
	return journalBy(ctx, tx, "select "+journalColumns+" from vendor_payment_journal where company = $1 and code = $2", code)
}

// lockJournal is FindJournal that keeps the journal for this unit.
func lockJournal(ctx context.Context, tx *db.Tx, code string) (*Journal, error) {
	return journalBy(ctx, tx, "update vendor_payment_journal set state = state where company = $1 and code = $2 returning "+journalColumns, code)
}

func journalBy(ctx context.Context, tx *db.Tx, query, code string) (*Journal, error) {
	j := &Journal{}
	err := scanJournal(tx.Row(ctx, query, tx.Company, code), j)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no vendor payment journal %q", code)
	}
	return j, err
}

// ListJournals gives journals, the newest first: those in the state (blank: all) that were made before the one with the id before (0:
// none), at most limit; next is where the list goes on, 0 at its end.
func ListJournals(ctx context.Context, tx *db.Tx, state JournalState, before int64, limit int) (all []Journal, next int64, err error) {
	all, err = db.List(ctx, tx, func(r *db.Rows, j *Journal) error { return scanJournal(r, j) }, "select "+journalColumns+` from vendor_payment_journal
		where company = $1 and ($2 = '' or state = $2) and ($3 = 0 or id < $3) order by id desc limit $4`, tx.Company, state, before, limit+1)
	if err == nil && len(all) > limit {
		all, next = all[:limit], all[limit-1].ID
	}
	return all, next, err
}

const paymentColumns = `p.id, p.journal, j.code, j.created_by, p.line, p.vendor, p.payee, p.payee_note, p.method, m.kind, p.bank, p.currency, p.amount, p.date, p.status, p.approved_by, p.digest,
	p.number, coalesce(p.file, 0), coalesce(p.voucher, 0), p.posted_by, p.posted_on, coalesce(p.replaces, 0), p.fate
	from vendor_payment p join vendor_payment_journal j on j.company = p.company and j.id = p.journal
	join payment_method m on m.company = p.company and m.code = p.method`

func scanPayment(r *db.Rows, x **Payment) error {
	p := &Payment{}
	*x = p
	return r.Scan(&p.ID, &p.Journal, &p.Code, &p.CreatedBy, &p.Line, &p.Vendor, &p.Payee, &p.PayeeNote, &p.Method, &p.Kind, &p.Bank, &p.Currency, &p.Amount, &p.Date, &p.Status,
		&p.ApprovedBy, &p.Digest, &p.Number, &p.File, &p.Voucher, &p.PostedBy, &p.PostedOn, &p.Replaces, &p.Fate)
}

// Filter says which payments are looked at; what is blank or 0 is not looked at.
type Filter struct {
	Journal int64
	Vendor  int64
	Bank    int64
	File    int64
	Number  string
	Kind    Kind
	Status  []Status
	UpTo    []UpTo // those of one of these
}

// UpTo is payments of a bank account up to a day.
type UpTo struct {
	Bank int64
	Date civil.Date
}

func (f Filter) where(tx *db.Tx) (string, []any) {
	where, args := "p.company = $1", []any{tx.Company}
	and := func(condition string, v any) {
		args = append(args, v)
		where += " and " + condition + " = $" + itoa(len(args))
	}
	if f.Journal != 0 {
		and("p.journal", f.Journal)
	}
	if f.Vendor != 0 {
		and("p.vendor", f.Vendor)
	}
	if f.Bank != 0 {
		and("p.bank", f.Bank)
	}
	if f.File != 0 {
		and("p.file", f.File)
	}
	if f.Number != "" {
		and("p.number", f.Number)
	}
	if f.Kind != "" {
		and("m.kind", string(f.Kind))
	}
	if f.UpTo != nil {
		some := []string{"1 = 0"}
		for _, x := range f.UpTo {
			args = append(args, x.Bank, x.Date)
			some = append(some, "p.bank = $"+itoa(len(args)-1)+" and p.date <= $"+itoa(len(args)))
		}
		where += " and (" + strings.Join(some, " or ") + ")"
	}
	if len(f.Status) > 0 {
		texts := make([]string, len(f.Status))
		for i, s := range f.Status {
			texts[i] = string(s)
		}
		those, more := db.AmongTexts("p.status", len(args)+1, texts)
		where, args = where+" and "+those, append(args, more...)
	}
	return where, args
}

// List gives payments, the newest first: those before the one with the id before (0: none), at most limit; next is where the list goes
// on, 0 at its end.
func List(ctx context.Context, tx *db.Tx, f Filter, before int64, limit int) (all []*Payment, next int64, err error) {
	where, args := f.where(tx)
	n := len(args)
	all, err = db.List(ctx, tx, scanPayment, "select "+paymentColumns+" where "+where+" and ($"+itoa(n+1)+" = 0 or p.id < $"+itoa(n+1)+") order by p.id desc limit $"+itoa(n+2), append(args, before, limit+1)...)
	if err != nil {
		return nil, 0, err
	}
	if len(all) > limit {
		all, next = all[:limit], all[limit-1].ID
	}
	return all, next, fillItems(ctx, tx, all)
}

// After gives payments in the order in which they were made, after the one with the id, at most limit.
func After(ctx context.Context, tx *db.Tx, f Filter, after int64, limit int) ([]*Payment, error) {
	where, args := f.where(tx)
	n := len(args)
	all, err := db.List(ctx, tx, scanPayment, "select "+paymentColumns+" where "+where+" and p.id > $"+itoa(n+1)+" order by p.id limit $"+itoa(n+2), append(args, after, limit)...)
	if err != nil {
		return nil, err
	}
	return all, fillItems(ctx, tx, all)
}

// Chosen is what of a payment says in which file it goes.
type Chosen struct {
	ID, Bank int64
	Kind     Kind
}

// Choose gives the payments of a journal that are in one of the statuses, in the order in which they were made: all of them, of which no
// more is told than that.
func Choose(ctx context.Context, tx *db.Tx, journal int64, statuses []Status) ([]Chosen, error) {
	where, args := Filter{Journal: journal, Status: statuses}.where(tx)
	return db.List(ctx, tx, func(r *db.Rows, x *Chosen) error { return r.Scan(&x.ID, &x.Bank, &x.Kind) },
		"select p.id, p.bank, m.kind from vendor_payment p join payment_method m on m.company = p.company and m.code = p.method where "+where+" order by p.id", args...)
}

// JournalsLike gives journals whose codes begin with the text, by code, at most limit.
func JournalsLike(ctx context.Context, tx *db.Tx, code string, limit int) ([]Journal, error) {
	return db.List(ctx, tx, func(r *db.Rows, j *Journal) error { return scanJournal(r, j) }, "select "+journalColumns+` from vendor_payment_journal
		where company = $1 and code >= $2 and code < $3 order by code limit $4`, tx.Company, code, code+"\U0010ffff", limit)
}

// Numbered gives payments with the number, of whatever bank account, at most limit.
func Numbered(ctx context.Context, tx *db.Tx, number string, limit int) ([]*Payment, error) {
	return db.List(ctx, tx, scanPayment, "select "+paymentColumns+" where p.company = $1 and p.bank in (select id from bank_account where company = $1) and p.number = $2 and p.number <> '' order by p.id desc limit $3", tx.Company, number, limit)
}

// Find gives the payment with the name, such as VPJ-00000001/1; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, name string) (*Payment, error) {
	code, line, err := ParseName(name)
	if err != nil {
		return nil, err
	}
	all, err := db.List(ctx, tx, scanPayment, "select "+paymentColumns+" where p.company = $1 and j.code = $2 and p.line = $3", tx.Company, code, line)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fault.New(fault.NotFound, "there is no payment %q", name)
	}
	return all[0], fillItems(ctx, tx, all)
}

// ByID gives payments by their ids, those that are there.
func ByID(ctx context.Context, tx *db.Tx, ids []int64) ([]*Payment, error) {
	those, arg := tx.Among("p.id", "$2", ids)
	all, err := db.List(ctx, tx, scanPayment, "select "+paymentColumns+" where p.company = $1 and "+those+" order by p.id", tx.Company, arg)
	if err != nil {
		return nil, err
	}
	return all, fillItems(ctx, tx, all)
}

// OfInvoice gives the payments that pay, or paid, an invoice, the oldest first.
func OfInvoice(ctx context.Context, tx *db.Tx, voucher int64) ([]*Payment, error) {
	all, err := db.List(ctx, tx, scanPayment, "select "+paymentColumns+` where p.company = $1 and p.id in (select payment from vendor_payment_item where company = $1 and voucher = $2) order by p.id`, tx.Company, voucher)
	if err != nil {
		return nil, err
	}
	return all, fillItems(ctx, tx, all)
}

// fillItems reads what payments pay.
func fillItems(ctx context.Context, tx *db.Tx, all []*Payment) error {
	if len(all) == 0 {
		return nil
	}
	at := make(map[int64]*Payment, len(all))
	ids := make([]int64, len(all))
	for i, p := range all {
		at[p.ID], ids[i] = p, p.ID
	}
	slices.Sort(ids)
	those, arg := tx.Among("i.payment", "$2", ids)
	return tx.Each(ctx, `select i.payment, i.voucher, v.number, coalesce((select min(e.due_date) from entry e where e.company = i.company and e.voucher = i.voucher and e.party is not null), v.date), i.amount
		from vendor_payment_item i join voucher v on v.company = i.company and v.id = i.voucher
		where i.company = $1 and `+those+" order by i.payment, i.n", []any{tx.Company, arg}, func(r *db.Rows) error {
		var x Item
		var payment int64
		if err := r.Scan(&payment, &x.Voucher, &x.Number, &x.Due, &x.Amount); err != nil {
			return err
		}
		at[payment].Items = append(at[payment].Items, x)
		return nil
	})
}

// Event is something that happened to a payment.
type Event struct {
	At      int64 // UTC microseconds
	Actor   string
	Status  Status // after it
	Voucher string // that was posted, its number; blank: none
	Detail  string
}

// Events gives what happened to a payment, the oldest first.
func Events(ctx context.Context, tx *db.Tx, payment int64) ([]Event, error) {
	return db.List(ctx, tx, func(r *db.Rows, e *Event) error { return r.Scan(&e.At, &e.Actor, &e.Status, &e.Voucher, &e.Detail) },
		`select e.at, e.actor, e.status, coalesce(v.number, ''), e.detail from vendor_payment_event e left join voucher v on v.company = e.company and v.id = e.voucher
		where e.company = $1 and e.payment = $2 order by e.n`, tx.Company, payment)
}

// JournalCode gives the code of a journal by its id.
func JournalCode(ctx context.Context, tx *db.Tx, id int64) (code string, err error) {
	err = tx.Row(ctx, "select code from vendor_payment_journal where company = $1 and id = $2", tx.Company, id).Scan(&code)
	return code, err
}
