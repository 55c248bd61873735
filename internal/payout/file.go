package payout

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/secret"
)

// File is a payment file: what a bank or a printer was given. Total is in minor units of the bank account's currency.
type File struct {
	ID       int64
	Code     string
	Journal  int64 // 0: of no journal
	Bank     int64
	Kind     string // check, ach, iso20022, positive_pay
	Name     string
	MadeBy   string
	MadeAt   int64 // UTC microseconds
	SHA256   []byte
	Payments int
	Total    money.Amount
	Totals   map[string]any // control totals of the format
	Copies   int            // how often it was made again
	Size     int64          // bytes; 0 where it was not asked for
	keyID    string
	sealed   []byte
}

// begin draws the code of a file that is about to be made.
func (f *File) begin(ctx context.Context, tx *db.Tx, ending string) error {
	var err error
	if f.ID, err = tx.NewID(ctx); err != nil {
		return err
	}
	if f.Code, err = ledger.DrawCode(ctx, tx, ledger.PaymentFileSeries); err != nil {
		return err
	}
	f.Name, f.MadeBy, f.MadeAt = f.Code+ending, tx.Actor, tx.Micros()
	return nil
}

// save keeps the file with its content, which only the keyring opens.
func (f *File) save(ctx context.Context, tx *db.Tx, keys *secret.Keyring, content []byte) error {
	sum := sha256.Sum256(content)
	f.SHA256 = sum[:]
	return f.insert(ctx, tx, keys, content)
}

func (f *File) insert(ctx context.Context, tx *db.Tx, keys *secret.Keyring, content []byte) error {
	var err error
	if f.keyID, f.sealed, err = keys.Seal(content, f.context(tx.Company)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into payment_file (company, id, code, journal, bank, kind, name, made_by, made_at, sha256, payments, total, totals, copies, key_id, sealed)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		tx.Company, f.ID, f.Code, f.Journal, f.Bank, f.Kind, f.Name, f.MadeBy, f.MadeAt, f.SHA256, f.Payments, f.Total, f.TotalsText(), f.Copies, f.keyID, f.sealed)
	return err
}

func (f *File) context(company int64) string { return fmt.Sprintf("payment file %d/%d", company, f.ID) }

// Open gives the content of a file; one that was changed behind the program's back is [fault.Violation].
func (f *File) Open(tx *db.Tx, keys *secret.Keyring) ([]byte, error) {
	content, err := keys.Open(f.keyID, f.sealed, f.context(tx.Company))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:], f.SHA256) {
		return nil, fault.New(fault.Violation, "payment file %s is not what was made", f.Code).ByRule("payment_file")
	}
	return content, nil
}

const fileColumns = "id, code, journal, bank, kind, name, made_by, made_at, sha256, payments, total, totals, copies"

func scanFile(r interface{ Scan(...any) error }, f *File, more ...any) error {
	var totals string
	to := append([]any{&f.ID, &f.Code, &f.Journal, &f.Bank, &f.Kind, &f.Name, &f.MadeBy, &f.MadeAt, &f.SHA256, &f.Payments, &f.Total, &totals, &f.Copies}, more...)
	if err := r.Scan(to...); err != nil {
		return err
	}
	return json.Unmarshal([]byte(totals), &f.Totals)
}

// FileFilter narrows a list of payment files; what is blank or 0 does not.
type FileFilter struct {
	Journal int64
	Bank    int64
	Kind    string
}

// Files gives the payment files, the newest first: those before the one with the id before (0: none), at most limit; next is where the
// list goes on, 0 at its end. They are not opened.
func Files(ctx context.Context, tx *db.Tx, f FileFilter, before int64, limit int) (all []File, next int64, err error) {
	all, err = db.List(ctx, tx, func(r *db.Rows, f *File) error { return scanFile(r, f) },
		"select "+fileColumns+" from payment_file where company = $1 and ($2 = 0 or journal = $2) and ($3 = 0 or id < $3) and ($4 = 0 or bank = $4) and ($5 = '' or kind = $5) order by id desc limit $6",
		tx.Company, f.Journal, before, f.Bank, f.Kind, limit+1)
	if err == nil && len(all) > limit {
		all, next = all[:limit], all[limit-1].ID
	}
	return all, next, err
}

// FindFile gives the payment file with the code; none is [fault.NotFound].
func FindFile(ctx context.Context, tx *db.Tx, code string) (*File, error) {
	f := &File{}
	err := scanFile(tx.Row(ctx, "select "+fileColumns+", key_id, sealed from payment_file where company = $1 and code = $2", tx.Company, code), f, &f.keyID, &f.sealed)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no payment file %q", code)
	}
	return f, err
}

// Copied counts that a file was handed out once more, and says how often that was.
func (f *File) Copied(ctx context.Context, tx *db.Tx) (int, error) {
	return f.Copies, tx.Row(ctx, "update payment_file set copies = copies + 1 where company = $1 and id = $2 returning copies", tx.Company, f.ID).Scan(&f.Copies)
}
