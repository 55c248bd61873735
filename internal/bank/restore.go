package bank

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strconv"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/bankcsv"
	"quittance/internal/money"
	"quittance/internal/secret"
)

// Past is what a company knows of its banks: to be written down, and brought in elsewhere. All are in the order in which they came to be,
// lines and entries in that of their statements and reconciliations.
type Past struct {
	Statements      []*Statement
	Lines           []Line
	Files           []StatementFile
	Reconciliations []Reconciliation
}

// StatementFile is a file that statements came in.
type StatementFile struct {
	ID     int64
	Name   string
	SHA256 []byte
	Size   int64
}

// Reconciliation is a reconciliation, whether it stands or was undone.
type Reconciliation struct {
	ID, Bank, N, Statement, Line int64
	Score                        int
	Reasons                      string
	Difference                   int64 // voucher; 0: none
	MadeBy                       string
	MadeAt                       int64 // UTC microseconds
	UndoneBy                     string
	UndoneAt                     int64
	Entries                      []ReconciledEntry
}

// ReconciledEntry is a bank entry of a reconciliation.
type ReconciledEntry struct {
	Voucher int64
	Line    int
	Amount  money.Amount
}

// ReadPast reads everything.
func ReadPast(ctx context.Context, tx *db.Tx) (p *Past, err error) {
	p = &Past{}
	if p.Statements, err = db.List(ctx, tx, scanStatement, statementQuery+" where s.company = $1 order by s.id", tx.Company); err != nil || len(p.Statements) == 0 {
		return p, err
	}
	if p.Lines, err = db.List(ctx, tx, scanLine, lineQuery+" where l.company = $1 order by l.statement, l.n", tx.Company); err != nil {
		return nil, err
	}
	if p.Files, err = db.List(ctx, tx, func(r *db.Rows, f *StatementFile) error { return r.Scan(&f.ID, &f.Name, &f.SHA256, &f.Size) },
		"select id, name, sha256, length(sealed) - "+strconv.Itoa(secret.Overhead)+" from bank_file where company = $1 and id in (select file from bank_statement where company = $1) order by id", tx.Company); err != nil {
		return nil, err
	}
	if p.Reconciliations, err = db.List(ctx, tx, func(r *db.Rows, x *Reconciliation) error {
		return r.Scan(&x.ID, &x.Bank, &x.N, &x.Statement, &x.Line, &x.Score, &x.Reasons, &x.Difference, &x.MadeBy, &x.MadeAt, &x.UndoneBy, &x.UndoneAt)
	}, "select id, bank, n, statement, line, score, reasons, coalesce(difference, 0), made_by, made_at, undone_by, undone_at from bank_reconciliation where company = $1 order by id", tx.Company); err != nil {
		return nil, err
	}
	at := make(map[int64]*Reconciliation, len(p.Reconciliations))
	for i := range p.Reconciliations {
		at[p.Reconciliations[i].ID] = &p.Reconciliations[i]
	}
	err = tx.Each(ctx, "select reconciliation, voucher, line, amount from bank_reconciliation_entry where company = $1 order by reconciliation, voucher, line", []any{tx.Company}, func(r *db.Rows) error {
		x := at[r.Int64(0)]
		x.Entries = append(x.Entries, ReconciledEntry{Voucher: r.Int64(1), Line: int(r.Int64(2)), Amount: money.Amount(r.Int64(3))})
		return nil
	})
	return p, err
}

// Restore writes statements, their lines and reconciliations that were brought in, which the caller has tested, with the ids that they have.
// The files are kept by [RestoreFile] before. Lines name their bank account by the statement.
func (p *Past) Restore(ctx context.Context, tx *db.Tx) error {
	statements := tx.Batch("bank_statement", "company", "id", "bank", "n", "digest", "file", "format", "number", "from_date", "to_date", "opening", "closing", "lines", "imported_by", "imported_at")
	banks := make(map[int64]int64, len(p.Statements))
	for _, s := range p.Statements {
		banks[s.ID] = s.Bank
		statements.Int(tx.Company).Int(s.ID).Int(s.Bank).Int(s.N).Text(s.Digest).Int(s.File).Text(s.Format).Text(s.Number).Date(s.From).Date(s.To).
			Int(int64(s.Opening)).Int(int64(s.Closing)).Int(int64(s.Lines)).Text(s.ImportedBy).Int(s.ImportedAt)
	}
	lines := tx.Batch("bank_line", "company", "statement", "n", "bank", "booked", "value", "amount", "kind", "detail", "reconciliation")
	for i := range p.Lines {
		l := &p.Lines[i]
		text, err := json.Marshal(l.Detail)
		if err != nil {
			return err
		}
		lines.Int(tx.Company).Int(l.Statement).Int(l.N).Int(banks[l.Statement]).Date(l.Booked).Date(l.Value).Int(int64(l.Amount)).Text(l.Kind).Text(string(text)).Ref(l.Reconciliation)
	}
	heads := tx.Batch("bank_reconciliation", "company", "id", "bank", "n", "statement", "line", "score", "reasons", "difference", "made_by", "made_at", "undone_by", "undone_at")
	entries := tx.Batch("bank_reconciliation_entry", "company", "reconciliation", "voucher", "line", "amount", "live")
	for _, x := range p.Reconciliations {
		heads.Int(tx.Company).Int(x.ID).Int(x.Bank).Int(x.N).Int(x.Statement).Int(x.Line).Int(int64(x.Score)).Text(x.Reasons).Ref(x.Difference).Text(x.MadeBy).Int(x.MadeAt).Text(x.UndoneBy).Int(x.UndoneAt)
		live := int64(1)
		if x.UndoneBy != "" {
			live = 0
		}
		for _, e := range x.Entries {
			entries.Int(tx.Company).Int(x.ID).Int(e.Voucher).Int(int64(e.Line)).Int(int64(e.Amount)).Int(live)
		}
	}
	for _, b := range []*db.Batch{statements, lines, heads, entries} {
		if err := b.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// RestoreFile keeps a file of statements that was brought in; one whose content is not of its digest is refused.
func RestoreFile(ctx context.Context, tx *db.Tx, keys *secret.Keyring, f *StatementFile, content []byte) error {
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:], f.SHA256) {
		return fault.New(fault.Invalid, "the content of %s has the SHA-256 %x, not %x", f.Name, sum, f.SHA256).In("sha256").ByRule("bank_file")
	}
	return f.insert(ctx, tx, keys, content)
}

func (f *StatementFile) insert(ctx context.Context, tx *db.Tx, keys *secret.Keyring, content []byte) error {
	keyID, sealed, err := keys.Seal(content, fileContext(tx.Company, f.ID))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "insert into bank_file (company, id, name, sha256, key_id, sealed) values ($1, $2, $3, $4, $5, $6)", tx.Company, f.ID, f.Name, f.SHA256, keyID, sealed)
	return err
}

// Content gives the content of the file of statements with a digest; nil when there is none.
func Content(ctx context.Context, tx *db.Tx, keys *secret.Keyring, sum []byte) ([]byte, error) {
	var id int64
	var keyID string
	var sealed []byte
	err := tx.Row(ctx, "select id, key_id, sealed from bank_file where company = $1 and sha256 = $2 order by id limit 1", tx.Company, sum).Scan(&id, &keyID, &sealed)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return keys.Open(keyID, sealed, fileContext(tx.Company, id))
}

// NamedMap is a saved column map.
type NamedMap struct {
	Code string
	Map  bankcsv.Map
}

// Maps gives the saved column maps, by code.
func Maps(ctx context.Context, tx *db.Tx) ([]NamedMap, error) {
	return db.List(ctx, tx, func(r *db.Rows, m *NamedMap) error {
		m.Code = r.Text(0)
		return json.Unmarshal([]byte(r.Text(1)), &m.Map)
	}, "select code, map from bank_map where company = $1 order by code", tx.Company)
}

// Known gives the digests of the statements that the company has, by bank account and place, and the numbers of its reconciliations.
func Known(ctx context.Context, tx *db.Tx) (statements map[[2]int64]string, reconciliations map[[2]int64]bool, err error) {
	statements, reconciliations = map[[2]int64]string{}, map[[2]int64]bool{}
	err = tx.Each(ctx, "select bank, n, digest from bank_statement where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		statements[[2]int64{r.Int64(0), r.Int64(1)}] = r.Text(2)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	err = tx.Each(ctx, "select bank, n from bank_reconciliation where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		reconciliations[[2]int64{r.Int64(0), r.Int64(1)}] = true
		return nil
	})
	return statements, reconciliations, err
}
