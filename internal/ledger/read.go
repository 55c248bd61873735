package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
)

// Stored is a voucher as the database holds it.
type Stored struct {
	Voucher
	Actor  string // who posted it
	At     int64  // when: UTC microseconds
	Digest []byte

	lines  []int  // the line numbers as stored; 1, 2, 3 … unless damaged
	damage string // what could not be read, such as an unknown ledger account
}

const storedColumns = `v.id, v.number, v.date, v.type, coalesce(v.customer, 0), coalesce(v.vendor, 0), coalesce(v.reverses, 0), coalesce(v.source, 0), v.text, v.digest,
	coalesce(a.actor, ''), coalesce(a.at, 0),
	coalesce(e.line, 0), coalesce(e.account, 0), coalesce(e.party, 0), coalesce(e.currency, ''), coalesce(e.amount, 0), coalesce(e.accounting, 0), coalesce(e.classification, 0), e.due_date, coalesce(e.text, '')
	from voucher v left join audit a on a.company = v.company and a.id = v.command
	left join entry e on e.company = v.company and e.voucher = v.id`

// EachVoucher calls fn with every voucher of the unit's company in order of id, in bounded memory.
func EachVoucher(ctx context.Context, tx *db.Tx, c *Company, fn func(*Stored) error) error {
	return eachStored(ctx, tx, c, "select "+storedColumns+" where v.company = $1 order by v.id, e.line", []any{tx.Company}, fn)
}

func eachStored(ctx context.Context, tx *db.Tx, c *Company, query string, args []any, fn func(*Stored) error) error {
	var cur *Stored
	err := tx.Each(ctx, query, args, func(r *db.Rows) error {
		var s Stored
		var e Entry
		var line int
		var account int64
		if err := r.Scan(&s.ID, &s.Number, &s.Date, &s.Type, &s.Customer, &s.Vendor, &s.Reverses, &s.Source, &s.Text, &s.Digest, &s.Actor, &s.At,
			&line, &account, &e.Party, &e.Currency, &e.Amount, &e.Accounting, &e.Classification, &e.Due, &e.Text); err != nil {
			return err
		}
		if cur == nil || cur.ID != s.ID {
			if cur != nil {
				if err := fn(cur); err != nil {
					return err
				}
			}
			cur = &s
		}
		if line == 0 {
			return nil
		}
		var known bool
		if e.Account, known = c.ByID(account); !known {
			cur.damage = fmt.Sprintf("line %d is on the ledger account of id %d, which does not exist", line, account)
		}
		cur.Entries = append(cur.Entries, e)
		cur.lines = append(cur.lines, line)
		return nil
	})
	if err == nil && cur != nil {
		err = fn(cur)
	}
	return err
}

// Find gives the voucher with the number; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, c *Company, number string) (*Stored, error) {
	return findOne(ctx, tx, c, "select "+storedColumns+" where v.company = $1 and v.number = $2 order by e.line", number, "voucher "+number)
}

const numbersTogether = 400 // numbers looked up by one query

// EachNumbered calls fn with those vouchers of the unit's company that have one of the numbers.
func EachNumbered(ctx context.Context, tx *db.Tx, c *Company, numbers []string, fn func(*Stored) error) error {
	for some := range slices.Chunk(numbers, numbersTogether) {
		those, args := db.AmongTexts("v.number", 2, some)
		if err := eachStored(ctx, tx, c, "select "+storedColumns+" where v.company = $1 and "+those+" order by v.id, e.line", append([]any{tx.Company}, args...), fn); err != nil {
			return err
		}
	}
	return nil
}

// FindAll gives the vouchers with the numbers, by id; one that is missing is [fault.NotFound].
func FindAll(ctx context.Context, tx *db.Tx, c *Company, numbers []string) ([]*Stored, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	missing := map[string]bool{}
	for _, n := range numbers {
		missing[n] = true
	}
	var found []*Stored
	err := EachNumbered(ctx, tx, c, numbers, func(s *Stored) error {
		found = append(found, s)
		delete(missing, s.Number)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b *Stored) int { return cmp.Compare(a.ID, b.ID) })
	for _, n := range numbers {
		if missing[n] {
			return nil, fault.New(fault.NotFound, "there is no voucher %s in company %s", n, c.Code)
		}
	}
	return found, nil
}

// Reversals gives the numbers of the vouchers that reverse those of the ids, by the id that they reverse.
func Reversals(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]string, error) {
	by := map[int64]string{}
	those, arg := tx.Among("reverses", "$2", ids)
	err := tx.Each(ctx, "select reverses, number from voucher where company = $1 and "+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		var id int64
		var number string
		err := r.Scan(&id, &number)
		by[id] = number
		return err
	})
	return by, err
}

// EachOf calls fn with the vouchers of the ids, those of one type or (0) of all, in order of id.
func EachOf(ctx context.Context, tx *db.Tx, c *Company, ids []int64, of Type, fn func(*Stored) error) error {
	those, arg := tx.Among("v.id", "$2", ids)
	return eachStored(ctx, tx, c, "select "+storedColumns+" where v.company = $1 and "+those+" and ($3 = 0 or v.type = $3) order by v.id, e.line", []any{tx.Company, arg, int16(of)}, fn)
}

// Get gives the voucher with the id; none is [fault.NotFound].
func Get(ctx context.Context, tx *db.Tx, c *Company, id int64) (*Stored, error) {
	return findOne(ctx, tx, c, "select "+storedColumns+" where v.company = $1 and v.id = $2 order by e.line", id, fmt.Sprintf("voucher of id %d", id))
}

func findOne(ctx context.Context, tx *db.Tx, c *Company, query string, key any, name string) (*Stored, error) {
	var found *Stored
	err := eachStored(ctx, tx, c, query, []any{tx.Company, key}, func(s *Stored) error { found = s; return nil })
	if err == nil && found == nil {
		err = fault.New(fault.NotFound, "there is no %s in company %s", name, c.Code)
	}
	return found, err
}

// Lookup gives the id, date and type of the voucher with the number; none is [fault.NotFound].
func Lookup(ctx context.Context, tx *db.Tx, number string) (v Voucher, err error) {
	v.Number = number
	err = tx.Row(ctx, "select id, date, type, coalesce(source, 0) from voucher where company = $1 and number = $2", tx.Company, number).Scan(&v.ID, &v.Date, &v.Type, &v.Source)
	if errors.Is(err, db.ErrNoRows) {
		err = fault.New(fault.NotFound, "there is no voucher %q", number)
	}
	return v, err
}

// ReversedBy gives the number of the voucher that reverses the one of the id; blank when none does.
func ReversedBy(ctx context.Context, tx *db.Tx, id int64) (number string, err error) {
	err = tx.Row(ctx, "select number from voucher where company = $1 and reverses = $2", tx.Company, id).Scan(&number)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return number, err
}

// SetPeriod changes the status of the period that begins on start. A closed period stays closed.
func SetPeriod(ctx context.Context, tx *db.Tx, start civil.Date, status string) error {
	var closedAt any
	if status == "closed" {
		closedAt = tx.Micros()
	}
	n, err := tx.Exec(ctx, "update period set status = $1, closed_at = $2 where company = $3 and start_date = $4 and status <> 'closed'", status, closedAt, tx.Company, start)
	if err == nil && n == 0 {
		err = fault.New(fault.Refused, "no period begins on %s, or it is closed, which is for good", start).ByRule("period_closed")
	}
	return err
}

// Numbers gives the numbers of the vouchers with the ids.
func Numbers(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]string, error) {
	numbers := map[int64]string{}
	those, arg := tx.Among("id", "$2", ids)
	err := tx.Each(ctx, "select id, number from voucher where company = $1 and "+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		var id int64
		var number string
		err := r.Scan(&id, &number)
		numbers[id] = number
		return err
	})
	return numbers, err
}

// TypesOf gives the types of the vouchers with the ids.
func TypesOf(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]Type, error) {
	types := map[int64]Type{}
	if len(ids) == 0 {
		return types, nil
	}
	those, arg := tx.Among("id", "$2", ids)
	err := tx.Each(ctx, "select id, type from voucher where company = $1 and "+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		types[r.Int64(0)] = Type(r.Int64(1))
		return nil
	})
	return types, err
}
