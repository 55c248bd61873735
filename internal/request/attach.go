package request

import (
	"context"
	"strings"
	"unicode/utf8"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/file"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Attach attaches a kept file to a request. What was approved is void.
func (x *Request) Attach(ctx context.Context, tx *db.Tx, c *ledger.Company, kind string, f *file.File) error {
	switch {
	case kind == "" || utf8.RuneCountInString(kind) > maxShort || strings.ContainsAny(kind, ",\n"):
		return fault.New(fault.Invalid, "%q is no type of an attachment; expected one such as %s", kind, listed(FileTypes())).In("type")
	case len(x.Files) >= maxFiles:
		return fault.New(fault.Limited, "the request %s has %d attachments; more are not kept", x.Code, maxFiles)
	}
	return x.change(ctx, tx, c, func() (string, string, error) {
		y := File{Type: kind, File: f.ID, SHA256: f.SHA256}
		if err := tx.Row(ctx, "select coalesce(max(n), 0) + 1 from request_file where company = $1 and request = $2", tx.Company, x.ID).Scan(&y.N); err != nil {
			return "", "", err
		}
		x.Files = append(x.Files, y)
		_, err := tx.Exec(ctx, "insert into request_file (company, request, n, type, file, sha256, removed_by) values ($1, $2, $3, $4, $5, $6, '')", tx.Company, x.ID, y.N, y.Type, y.File, y.SHA256)
		return WasAttached, kind + ": " + f.Name, err
	})
}

// Detach takes an attachment off a request; the file stays, and the history says so. What was approved is void.
func (x *Request) Detach(ctx context.Context, tx *db.Tx, c *ledger.Company, n int, why string) error {
	if err := reasoned(why, "taking an attachment off"); err != nil {
		return err
	}
	for i, y := range x.Files {
		if y.N != n {
			continue
		}
		return x.change(ctx, tx, c, func() (string, string, error) {
			x.Files = append(x.Files[:i:i], x.Files[i+1:]...)
			_, err := tx.Exec(ctx, "update request_file set removed_by = $1 where company = $2 and request = $3 and n = $4", tx.Actor, tx.Company, x.ID, n)
			return WasDetached, y.Type + ": " + why, err
		})
	}
	return fault.New(fault.NotFound, "the request %s has no attachment %d", x.Code, n).In("attachment")
}

// Twin is a request that looks like another.
type Twin struct {
	Code  string
	State State
	Why   string
	At    int64 // when it was made
}

const (
	duplicateDays = 90 // unless the parameter request_duplicate_days says otherwise
	mostTwins     = 20
)

// Duplicates gives other requests that look like this one, the newest first: of the same customer and amount with the same source reference
// or a credit in common, or with the same attachment, whoever's they are. They are of the days (of the company's parameter) before this one
// was made, or younger, so that whoever looks later sees what its approvers saw. Those that came to nothing do not count.
func (x *Request) Duplicates(ctx context.Context, tx *db.Tx, days int) ([]Twin, error) {
	if days == 0 {
		days = duplicateDays
	}
	made := x.CreatedAt
	if made == 0 { // it is not kept yet
		made = tx.Micros()
	}
	since := made - int64(days)*24*3600*1e6
	alive := " and r.company = $1 and r.id <> $2 and r.created_at >= $3 and r.state not in ('rejected', 'withdrawn', 'cancelled', 'reversed')"
	read := func(why string) func(*db.Rows, *Twin) error {
		return func(r *db.Rows, t *Twin) error { t.Why = why; return r.Scan(&t.Code, &t.State, &t.At) }
	}
	var all []Twin
	for _, q := range []struct {
		why, sql string
		args     []any
		skip     bool
	}{
		{"the same customer, amount and source", "select r.code, r.state, r.created_at from request r where r.customer = $4 and r.amount = $5 and r.source = $6", []any{x.Customer, x.Amount, x.Source}, x.Source == ""},
		{"the same customer, amount and credit", `select r.code, r.state, r.created_at from request r where r.customer = $4 and r.amount = $5 and exists (select 1 from request_credit k join request_credit m
			on m.company = k.company and m.voucher = k.voucher where k.company = r.company and k.request = r.id and m.request = $2)`, []any{x.Customer, x.Amount}, len(x.Credits) == 0},
		{"the same attachment", `select r.code, r.state, r.created_at from request r where exists (select 1 from request_file f join request_file g on g.company = f.company and g.sha256 = f.sha256
			where f.company = r.company and f.request = r.id and f.removed_by = '' and g.request = $2 and g.removed_by = '')`, nil, len(x.Files) == 0},
	} {
		if q.skip {
			continue
		}
		found, err := db.List(ctx, tx, read(q.why), q.sql+alive+" order by r.id desc limit 20", append([]any{tx.Company, x.ID, since}, q.args...)...)
		if err != nil {
			return nil, err
		}
		for _, t := range found {
			if !containsTwin(all, t.Code) && len(all) < mostTwins {
				all = append(all, t)
			}
		}
	}
	return all, nil
}

func containsTwin(all []Twin, code string) bool {
	for _, t := range all {
		if t.Code == code {
			return true
		}
	}
	return false
}

// Age is how many requests have been in a state for how long.
type Age struct {
	State    State
	Bucket   string
	Currency string
	Requests int64
	Overdue  int64 // of them, those that were due before the day
	Amount   money.Amount
}

// ages are the buckets of ageing, in days that a request has been in its state.
var ages = []struct {
	name string
	most int
}{{"0-2", 2}, {"3-7", 7}, {"8-14", 14}, {"15-30", 30}, {"over 30", 1 << 30}}

// Ageing adds up the requests that are not ended by state, days in it and currency, on a day.
func Ageing(ctx context.Context, tx *db.Tx, on civil.Date) ([]Age, error) {
	type key struct{ state, bucket, currency string }
	sums := map[key]*Age{}
	err := tx.Each(ctx, "select state, since, currency, amount, due from request where company = $1 and state not in "+EndedStates, []any{tx.Company}, func(r *db.Rows) error {
		var state, currency string
		var since int64
		var amount money.Amount
		var due civil.Date
		if err := r.Scan(&state, &since, &currency, &amount, &due); err != nil {
			return err
		}
		days, bucket := on.Sub(civil.FromTime(instant(since))), ""
		for _, b := range ages {
			if days <= b.most {
				bucket = b.name
				break
			}
		}
		k := key{state, bucket, currency}
		if sums[k] == nil {
			sums[k] = &Age{State: State(state), Bucket: bucket, Currency: currency}
		}
		a := sums[k]
		a.Requests, a.Amount = a.Requests+1, a.Amount+amount
		if !due.IsZero() && due < on {
			a.Overdue++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	currencies := map[string]bool{}
	for k := range sums {
		currencies[k.currency] = true
	}
	var all []Age
	for _, s := range States() {
		for _, b := range ages {
			for _, cur := range sortedKeys(currencies) {
				if a := sums[key{string(s), b.name, cur}]; a != nil {
					all = append(all, *a)
				}
			}
		}
	}
	return all, nil
}
