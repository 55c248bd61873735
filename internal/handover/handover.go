// Package handover gives posted vouchers to other ledgers, each once.
//
//   - A *target* is another ledger: a code, and the layout of its files.
//   - A *batch* is one file for a target: vouchers that no other batch of the target has, in the order in which they were posted.
//   - A *void* batch was not taken by the other ledger: its vouchers are handed over again by a later one.
//
// Invariants: a posted voucher is in at most one batch of a target that is not void, which an index of the database keeps; the files of a
// target, void ones aside, are together the entries of the ledger from the target's first day on, as far as they were asked for. A batch keeps its
// layout as it was, and the digest of its file: the file is made again, byte for byte, or it is said that it cannot be.
//
// Source: docs/connectors.md.
package handover

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/posted"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Target is another ledger.
type Target struct {
	Code   string
	Layout json.RawMessage // see [posted.Layout]
	Start  civil.Date      // vouchers dated before are not handed over; blank: all are
	Last   int64           // number of the newest batch
}

// Batch is a file for a target.
type Batch struct {
	Target                       string
	N                            int64
	MadeBy, VoidedBy, VoidReason string // VoidedBy is blank while it is not void
	MadeAt, VoidedAt             int64  // UTC microseconds
	First, LastDate              civil.Date
	Vouchers, Lines              int64
	Totals                       map[string]string // debits by currency of the vouchers, as decimals
	SHA256                       []byte
	Schedule                     string // that made it, to write it to its place; blank: somebody did
	SentAt                       int64  // when it was written there; 0: not yet
	layout                       string
}

// Name gives the code of the batch, such as D365-000001.
func (b *Batch) Name() string { return fmt.Sprintf("%s-%06d", b.Target, b.N) }

// SaveTarget makes a target, or changes the one with its code; batches that were made keep their layout.
func SaveTarget(ctx context.Context, tx *db.Tx, t Target) error {
	if _, err := posted.Parse(t.Layout); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into export_target (company, code, layout, start, last) values ($1, $2, $3, $4, 0)
		on conflict (company, code) do update set layout = excluded.layout, start = excluded.start`, tx.Company, t.Code, string(t.Layout), day(t.Start))
	return err
}

func day(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func scanTarget(r interface{ Scan(...any) error }, t *Target) error {
	var layout, start string
	if err := r.Scan(&t.Code, &layout, &start, &t.Last); err != nil {
		return err
	}
	t.Layout = json.RawMessage(layout)
	return parseDay(start, &t.Start)
}

func parseDay(text string, d *civil.Date) (err error) {
	if text != "" {
		*d, err = civil.Parse(text)
	}
	return err
}

// Targets gives the targets of the company, by code.
func Targets(ctx context.Context, tx *db.Tx) ([]Target, error) {
	return db.List(ctx, tx, func(r *db.Rows, t *Target) error { return scanTarget(r, t) },
		"select code, layout, start, last from export_target where company = $1 order by code", tx.Company)
}

// FindTarget gives a target; none is [fault.NotFound].
func FindTarget(ctx context.Context, tx *db.Tx, code string) (*Target, error) {
	t := &Target{}
	err := scanTarget(tx.Row(ctx, "select code, layout, start, last from export_target where company = $1 and code = $2", tx.Company, code), t)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no export target %q", code).In("target")
	}
	return t, err
}

// RemoveTarget removes a target that no batch was made for.
func RemoveTarget(ctx context.Context, tx *db.Tx, code string) error {
	t, err := FindTarget(ctx, tx, code)
	if err != nil {
		return err
	}
	if t.Last > 0 {
		return fault.New(fault.Refused, "batches were made for the target %s; it stays, so that nothing is handed over twice", code).In("target").ByRule("target_used")
	}
	_, err = tx.Exec(ctx, "delete from export_target where company = $1 and code = $2 and last = 0", tx.Company, code)
	return err
}

// Make makes the next batch of a target, of vouchers with dates from and to (blank: no bound) that are in no other; as many as its layout lets
// into a file. A nil batch: there are none left. schedule is the one
// that makes it, to write it to its place; blank: none.
func Make(ctx context.Context, tx *db.Tx, c *ledger.Company, code string, from, to civil.Date, schedule string) (*Batch, []byte, error) {
	// first: who makes another batch of the target at the same time waits here, and sees what this one took
	n, err := tx.Exec(ctx, "update export_target set last = last + 1 where company = $1 and code = $2", tx.Company, code)
	if err != nil {
		return nil, nil, err
	}
	t, err := FindTarget(ctx, tx, code)
	if err != nil || n == 0 {
		return nil, nil, err
	}
	layout, err := posted.Parse(t.Layout)
	if err != nil {
		return nil, nil, err
	}
	resolved, err := json.Marshal(layout)
	if err != nil {
		return nil, nil, err
	}
	b := &Batch{Target: code, N: t.Last, MadeBy: tx.Actor, MadeAt: tx.Micros(), Schedule: schedule, layout: string(resolved)}
	ids, file, err := b.draw(ctx, tx, c, layout, max(from, t.Start), to)
	if err != nil {
		return nil, nil, err
	}
	if len(ids) == 0 {
		_, err := tx.Exec(ctx, "update export_target set last = last - 1 where company = $1 and code = $2", tx.Company, code)
		return nil, nil, err
	}
	return b, file, b.insert(ctx, tx, ids)
}

// draw makes the file of a batch and adds it up; no ids: no voucher is left for it.
func (b *Batch) draw(ctx context.Context, tx *db.Tx, c *ledger.Company, layout *posted.Layout, from, to civil.Date) (ids []int64, content []byte, err error) {
	if ids, err = waiting(ctx, tx, b.Target, from, to, layout.MostLines); err != nil || len(ids) == 0 {
		return nil, nil, err
	}
	lines, err := read(ctx, tx, c, ids)
	if err != nil {
		return nil, nil, err
	}
	var file bytes.Buffer
	if err := layout.Write(&file, b.Name(), lines); err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(file.Bytes())
	b.SHA256, b.Vouchers, b.Lines = sum[:], int64(len(ids)), int64(len(lines))
	return ids, file.Bytes(), b.add(lines)
}

// Preview gives the batch that [Make] would make now, and changes nothing. A nil batch: there are no vouchers left.
func Preview(ctx context.Context, tx *db.Tx, c *ledger.Company, code string, from, to civil.Date) (*Batch, error) {
	t, err := FindTarget(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	layout, err := posted.Parse(t.Layout)
	if err != nil {
		return nil, err
	}
	b := &Batch{Target: code, N: t.Last + 1, MadeBy: tx.Actor, MadeAt: tx.Micros()}
	ids, _, err := b.draw(ctx, tx, c, layout, max(from, t.Start), to)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return b, nil
}

// add adds up what is in the batch.
func (b *Batch) add(lines []posted.Line) error {
	sums := map[string]*money.Sum{}
	for i := range lines {
		x := &lines[i]
		if b.First == 0 || x.Date < b.First {
			b.First = x.Date
		}
		b.LastDate = max(b.LastDate, x.Date)
		if sums[x.Currency] == nil {
			sums[x.Currency] = &money.Sum{}
		}
		sums[x.Currency].Add(max(x.Amount, 0))
	}
	b.Totals = map[string]string{}
	for code, s := range sums {
		cur, err := money.CurrencyOf(code)
		if err != nil {
			return err
		}
		total, err := s.Total()
		if err != nil {
			return err
		}
		b.Totals[code] = cur.Format(total)
	}
	return nil
}

func (b *Batch) insert(ctx context.Context, tx *db.Tx, ids []int64) error {
	totals, err := json.Marshal(b.Totals)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into export_batch (company, target, n, layout, made_by, made_at, first_date, last_date, vouchers, lines, totals, sha256, schedule, sent_at, voided_by, voided_at, void_reason)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, '', 0, '')`,
		tx.Company, b.Target, b.N, b.layout, b.MadeBy, b.MadeAt, day(b.First), day(b.LastDate), b.Vouchers, b.Lines, string(totals), b.SHA256, b.Schedule); err != nil {
		return err
	}
	rows := tx.Batch("export_voucher", "company", "target", "n", "voucher", "void")
	for _, id := range ids {
		rows.Int(tx.Company).Text(b.Target).Int(b.N).Int(id).Int(0)
	}
	return rows.Flush(ctx)
}

// waiting gives vouchers that no batch of the target has, in the order in which they were posted: those whose lines fit into a file, and at least one.
func waiting(ctx context.Context, tx *db.Tx, target string, from, to civil.Date, most int) ([]int64, error) {
	if from == 0 {
		from = civil.Of(1, 1, 1)
	}
	if to == 0 {
		to = civil.Of(9999, 12, 31)
	}
	ids, lines, full := []int64{}, 0, false
	err := tx.Each(ctx, `select v.id, (select count(*) from entry e where e.company = v.company and e.voucher = v.id) from voucher v
		where v.company = $1 and v.date >= $2 and v.date <= $3 and not exists (select 1 from export_voucher x where x.company = v.company and x.target = $4 and x.voucher = v.id and x.void = 0)
		order by v.id limit $5`, []any{tx.Company, from, to, target, most}, func(r *db.Rows) error {
		n := int(r.Int64(1))
		if full = full || len(ids) > 0 && lines+n > most; !full {
			ids, lines = append(ids, r.Int64(0)), lines+n
		}
		return nil
	})
	return ids, err
}
