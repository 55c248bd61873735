package audit

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"quittance/internal/civil"
	"quittance/internal/db"
)

// Filter narrows the trail; blank is no bound.
type Filter struct {
	Actor, Subject string
	Command        string // what it begins with
	From, To       civil.Date
}

// Place is where a list of records stands: after that one.
type Place struct {
	At int64 `json:"t"` // UTC microseconds
	ID int64 `json:"i"`
}

// window is how many records a call goes through at most.
const window = 4000

// Page gives the next records of the unit's company (or of what is about none) after the place (nil: from the beginning), the newest
// first, at most limit, and where the list goes on; nil at its end.
func Page(ctx context.Context, tx *db.Tx, f Filter, after *Place, limit int) ([]Record, *Place, error) {
	where, args := "", []any{tx.Company}
	arg := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	if after != nil {
		where += " and (at, id) < (" + arg(after.At) + ", " + arg(after.ID) + ")"
	}
	if !f.From.IsZero() {
		where += " and at >= " + arg(f.From.Time().UnixMicro())
	}
	if !f.To.IsZero() {
		where += " and at < " + arg(f.To.AddDays(1).Time().UnixMicro())
	}
	keep := []string{}
	if f.Actor != "" {
		keep = append(keep, "actor = "+arg(f.Actor))
	}
	if f.Subject != "" {
		keep = append(keep, "subject = "+arg(f.Subject))
	}
	if f.Command != "" {
		keep = append(keep, fmt.Sprintf("substr(command, 1, %d) = %s", utf8.RuneCountInString(f.Command), arg(f.Command)))
	}
	rows := window
	if len(keep) == 0 {
		keep, rows = []string{"1 = 1"}, limit+1
	}
	found, err := db.Sift(ctx, tx, rows, limit, func(r *db.Rows, p *Place) (bool, error) {
		p.At, p.ID = r.Int64(0), r.Int64(1)
		return r.Bool(2), nil
	}, fmt.Sprintf("select at, id, %s from audit where company = $1%s order by at desc, id desc limit %d", strings.Join(keep, " and "), where, rows), args...)
	if err != nil || len(found.Kept) == 0 {
		return nil, place(found), err
	}
	ids := make([]int64, len(found.Kept))
	for i, p := range found.Kept {
		ids[i] = p.ID
	}
	those, these := tx.Among("id", "$2", ids)
	records, err := db.List(ctx, tx, scan, "select id, at, actor, command, subject, detail from audit where company = $1 and "+those+" order by at desc, id desc", tx.Company, these)
	return records, place(found), err
}

func place(found db.Sifted[Place]) *Place {
	if !found.More {
		return nil
	}
	return &found.Last
}

func scan(r *db.Rows, x *Record) error {
	var at int64
	err := r.Scan(&x.ID, &at, &x.Actor, &x.Command, &x.Subject, &x.Detail)
	x.At = time.UnixMicro(at).UTC()
	return err
}
