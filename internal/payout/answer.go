package payout

import (
	"context"
	"encoding/json"
	"slices"

	"quittance/internal/db"
)

// AnswerFile is a file of a bank's answers that was read.
type AnswerFile struct {
	N      int64
	SHA256 []byte
	Again  int64 // how often it was read before
	Name   string
	Format Kind // of the payments that it answers to
	ReadBy string
	ReadAt int64 // UTC microseconds
	Result json.RawMessage
}

const answerColumns = "n, sha256, again, name, format, read_by, read_at, result"

func scanAnswer(r *db.Rows, f *AnswerFile) error {
	var result string
	err := r.Scan(&f.N, &f.SHA256, &f.Again, &f.Name, &f.Format, &f.ReadBy, &f.ReadAt, &result)
	f.Result = json.RawMessage(result)
	return err
}

// AnswersBy gives the files of answers with the digest: one for each time that it was read, the latest first.
func AnswersBy(ctx context.Context, tx *db.Tx, digest []byte) ([]AnswerFile, error) {
	return db.List(ctx, tx, scanAnswer, "select "+answerColumns+" from payment_answer where company = $1 and sha256 = $2 order by again desc", tx.Company, digest)
}

// Answers gives files of answers, the newest first: those before the one with the number (0: none), at most limit.
func Answers(ctx context.Context, tx *db.Tx, before int64, limit int) ([]AnswerFile, error) {
	return db.List(ctx, tx, scanAnswer, "select "+answerColumns+" from payment_answer where company = $1 and ($2 = 0 or n < $2) order by n desc limit $3", tx.Company, before, limit)
}

// AnswersAt gives the file of answers with the number, if it is there.
func AnswersAt(ctx context.Context, tx *db.Tx, n int64) ([]AnswerFile, error) {
	return db.List(ctx, tx, scanAnswer, "select "+answerColumns+" from payment_answer where company = $1 and n = $2", tx.Company, n)
}

// NextAnswer gives the number of the next file of answers.
func NextAnswer(ctx context.Context, tx *db.Tx) (n int64, err error) {
	err = tx.Row(ctx, "select coalesce(max(n), 0) + 1 from payment_answer where company = $1", tx.Company).Scan(&n)
	return n, err
}

// SaveAnswers notes that a file of answers was read.
func SaveAnswers(ctx context.Context, tx *db.Tx, f *AnswerFile) error {
	f.ReadBy, f.ReadAt = tx.Actor, tx.Micros()
	n, err := tx.Exec(ctx, "insert into payment_answer (company, "+answerColumns+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
		tx.Company, f.N, f.SHA256, f.Again, f.Name, f.Format, f.ReadBy, f.ReadAt, string(f.Result))
	if err == nil && n == 0 {
		err = db.Again("another file of answers was read at the same moment")
	}
	return err
}

const numbersAtOnce = 500 // that one query looks for

// AllAnswers gives all files of answers, the oldest first.
func AllAnswers(ctx context.Context, tx *db.Tx) ([]AnswerFile, error) {
	return db.List(ctx, tx, scanAnswer, "select "+answerColumns+" from payment_answer where company = $1 order by n", tx.Company)
}

// RestoreAnswers notes that files of answers were read elsewhere, which the caller has tested.
func RestoreAnswers(ctx context.Context, tx *db.Tx, all []AnswerFile) error {
	b := tx.Batch("payment_answer", "company", "n", "sha256", "again", "name", "format", "read_by", "read_at", "result")
	for _, f := range all {
		b.Int(tx.Company).Int(f.N).Bytes(f.SHA256).Int(f.Again).Text(f.Name).Text(string(f.Format)).Text(f.ReadBy).Int(f.ReadAt).Text(string(f.Result))
	}
	return b.Flush(ctx)
}

// ByNumbers gives payments by their numbers (of check or trace, end-to-end reference), the newest first of each.
func ByNumbers(ctx context.Context, tx *db.Tx, numbers []string) (map[string][]*Payment, error) {
	found := map[string][]*Payment{}
	banks, err := Banks(ctx, tx)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(banks))
	for i, b := range banks {
		ids[i] = b.ID
	}
	wanted := slices.Compact(slices.Sorted(slices.Values(numbers)))
	for some := range slices.Chunk(wanted, numbersAtOnce) {
		of, arg := tx.Among("p.bank", "$2", ids)
		those, args := db.AmongTexts("p.number", 3, some)
		all, err := db.List(ctx, tx, scanPayment, "select "+paymentColumns+" where p.company = $1 and "+of+" and "+those+" order by p.turn desc, p.id desc", append([]any{tx.Company, arg}, args...)...)
		if err != nil {
			return nil, err
		}
		if err := fillItems(ctx, tx, all); err != nil {
			return nil, err
		}
		for _, p := range all {
			found[p.Number] = append(found[p.Number], p)
		}
	}
	return found, nil
}

// ShortName names a payment as an ACH entry and its return do, such as VPJ-1/3.
func (p *Payment) ShortName() string { return shortName(p) }

// Note writes into the history of a payment what changes nothing of it.
func Note(ctx context.Context, tx *db.Tx, p *Payment, detail string) error {
	return note(ctx, tx, []change{{payment: p, to: p.Status, detail: detail}})
}
