package handover

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/posted"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

const batchColumns = "target, n, layout, made_by, made_at, first_date, last_date, vouchers, lines, totals, sha256, schedule, sent_at, voided_by, voided_at, void_reason"

func scanBatch(r interface{ Scan(...any) error }, b *Batch) error {
	var first, last, totals string
	if err := r.Scan(&b.Target, &b.N, &b.layout, &b.MadeBy, &b.MadeAt, &first, &last, &b.Vouchers, &b.Lines, &totals, &b.SHA256, &b.Schedule, &b.SentAt, &b.VoidedBy, &b.VoidedAt, &b.VoidReason); err != nil {
		return err
	}
	return errors.Join(parseDay(first, &b.First), parseDay(last, &b.LastDate), json.Unmarshal([]byte(totals), &b.Totals))
}

// Batches gives the batches of a target before one (0: the newest), the newest first.
func Batches(ctx context.Context, tx *db.Tx, target string, before int64, limit int) ([]Batch, error) {
	return db.List(ctx, tx, func(r *db.Rows, b *Batch) error { return scanBatch(r, b) },
		"select "+batchColumns+" from export_batch where company = $1 and target = $2 and (n < $3 or $3 = 0) order by n desc limit $4", tx.Company, target, before, limit)
}

// Find gives a batch; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, target string, n int64) (*Batch, error) {
	b := &Batch{}
	err := scanBatch(tx.Row(ctx, "select "+batchColumns+" from export_batch where company = $1 and target = $2 and n = $3", tx.Company, target, n), b)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no batch %d of the target %q", n, target).In("batch")
	}
	return b, err
}

// Open makes the file of a batch again, byte for byte. One that would differ from the file that was made is [fault.Conflict].
func Open(ctx context.Context, tx *db.Tx, c *ledger.Company, target string, n int64) (*Batch, []byte, error) {
	b, err := Find(ctx, tx, target, n)
	if err != nil {
		return nil, nil, err
	}
	layout, err := posted.Parse([]byte(b.layout))
	if err != nil {
		return nil, nil, err
	}
	ids, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) },
		"select voucher from export_voucher where company = $1 and target = $2 and n = $3 order by voucher", tx.Company, target, n)
	if err != nil {
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
	if sum := sha256.Sum256(file.Bytes()); !bytes.Equal(sum[:], b.SHA256) {
		return nil, nil, fault.New(fault.Conflict, "the file of the batch %s can not be made again as it was: what it was made of differs now; verify the books", b.Name()).ByRule("export_differs")
	}
	return b, file.Bytes(), nil
}

// Void says that the other ledger did not take a batch: its vouchers will be in a later one. A void one is [fault.Refused].
func Void(ctx context.Context, tx *db.Tx, target string, n int64, reason string) (*Batch, error) {
	b, err := Find(ctx, tx, target, n)
	if err != nil {
		return nil, err
	}
	done, err := tx.Exec(ctx, "update export_batch set voided_by = $1, voided_at = $2, void_reason = $3 where company = $4 and target = $5 and n = $6 and voided_by = ''",
		tx.Actor, tx.Micros(), reason, tx.Company, target, n)
	if err != nil {
		return nil, err
	}
	if done == 0 {
		return nil, fault.New(fault.Refused, "the batch %s is void already", b.Name()).ByRule("export_void")
	}
	b.VoidedBy, b.VoidedAt, b.VoidReason = tx.Actor, tx.Micros(), reason
	_, err = tx.Exec(ctx, "update export_voucher set void = 1 where company = $1 and target = $2 and n = $3", tx.Company, target, n)
	return b, err
}

// Unsent gives the batches that a schedule made and could not write to its place yet, in their order.
func Unsent(ctx context.Context, tx *db.Tx, target, schedule string) ([]Batch, error) {
	return db.List(ctx, tx, func(r *db.Rows, b *Batch) error { return scanBatch(r, b) },
		"select "+batchColumns+" from export_batch where company = $1 and target = $2 and schedule = $3 and sent_at = 0 and voided_by = '' order by n", tx.Company, target, schedule)
}

// Sent notes that a batch was written to the place of its schedule.
func Sent(ctx context.Context, tx *db.Tx, target string, n int64) error {
	_, err := tx.Exec(ctx, "update export_batch set sent_at = $1 where company = $2 and target = $3 and n = $4", tx.Micros(), tx.Company, target, n)
	return err
}

const readAtOnce = 1000 // vouchers

// read gives the lines of vouchers, in the order of their ids.
func read(ctx context.Context, tx *db.Tx, c *ledger.Company, ids []int64) ([]posted.Line, error) {
	lines := make([]posted.Line, 0, 3*len(ids))
	segments := map[string]map[string]string{}
	for len(ids) > 0 {
		n := min(len(ids), readAtOnce)
		more, parties, err := readSome(ctx, tx, c, ids[:n], segments)
		if err != nil {
			return nil, err
		}
		codes, err := party.Codes(ctx, tx, parties)
		if err != nil {
			return nil, err
		}
		for i := range more {
			more[i].Party = codes[parties[i]]
		}
		lines, ids = append(lines, more...), ids[n:]
	}
	return lines, nil
}

func readSome(ctx context.Context, tx *db.Tx, c *ledger.Company, ids []int64, segments map[string]map[string]string) (lines []posted.Line, parties []int64, err error) {
	those, arg := tx.Among("v.id", "$2", ids)
	err = tx.Each(ctx, `select v.number, v.date, v.type, e.line, e.account, coalesce(e.party, 0), coalesce(b.code, ''), e.due_date, e.currency, e.amount, e.accounting, coalesce(e.text, v.text), coalesce(r.number, '')
		from voucher v join entry e on e.company = v.company and e.voucher = v.id left join voucher r on r.company = v.company and r.id = v.reverses
		left join billing_classification b on b.company = e.company and b.id = e.classification
		where v.company = $1 and `+those+" order by v.id, e.line", []any{tx.Company, arg}, func(r *db.Rows) error {
		account, ok := c.ByID(r.Int64(4))
		if !ok {
			return fault.New(fault.Internal, "an entry of the voucher %s is on an account that is not stored", r.Text(0))
		}
		if segments[account.Written] == nil {
			segments[account.Written] = c.Segments(account)
		}
		due := r.Date(1)
		if !r.IsNull(7) {
			due = r.Date(7)
		}
		main := c.Accounts[account.Main]
		if !main.Control.OfParty() {
			due = civil.Date(0)
		}
		lines = append(lines, posted.Line{
			Voucher: r.Text(0), Date: r.Date(1), Type: ledger.Type(r.Int64(2)).String(), Line: int(r.Int64(3)), Account: account.Written, Main: account.Main, Dimensions: segments[account.Written],
			Control: string(main.Control), Classification: r.Text(6), Due: due, Currency: r.Text(8), AccountingCurrency: c.Currency.Code, Amount: money.Amount(r.Int64(9)), Accounting: money.Amount(r.Int64(10)),
			Text: r.Text(11), Reverses: r.Text(12),
		})
		parties = append(parties, r.Int64(5))
		return nil
	})
	return lines, parties, err
}
