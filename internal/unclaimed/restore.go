package unclaimed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strconv"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/secret"
)

// Past is what was done about a company's unclaimed property, but for rules and contacts: to be written down, and brought in elsewhere. All
// are in the order in which they came to be.
type Past struct {
	Letters     []*PastLetters
	Remittances []*PastRemittance
	Reports     []*PastReport
	Properties  []*Property
	Lines       []PastLine
	Events      []PastEvent
}

// PastLetters is a batch of letters with what they told, and the size of its content in bytes.
type PastLetters struct {
	Letters
	Size int64
	Told []PastTold
}

// PastTold is what a batch of letters told an owner of; its amount is positive, in minor units of Currency.
type PastTold struct {
	Letters, N    int64
	Kind          Kind
	Owner, Target int64
	Jurisdiction  string
	Currency      string
	Amount        money.Amount
}

// PastRemittance is a remittance with when it was made (UTC microseconds) and the voucher that took it back (0: it stands).
type PastRemittance struct {
	Remittance
	MadeAt, ReversedBy int64
}

// PastReport is a report with the size of its content in bytes.
type PastReport struct {
	Report
	Size int64
}

// PastLine is a part of the liability of a property, on a ledger account as it is written.
type PastLine struct {
	Property, N        int64
	Account            string
	Amount, Accounting money.Amount
}

// PastEvent is an event of a property; N is its number within the property.
type PastEvent struct {
	Property, N int64
	At          int64 // UTC microseconds
	Actor       string
	Status      Status
	Voucher     int64 // 0: none
	Detail      string
}

var sizeColumn = ", length(sealed) - " + strconv.Itoa(secret.Overhead)

// ReadPast reads everything.
func ReadPast(ctx context.Context, tx *db.Tx) (p *Past, err error) {
	p = &Past{}
	if p.Letters, err = db.List(ctx, tx, func(r *db.Rows, x **PastLetters) error {
		*x = &PastLetters{}
		return r.Scan(append((*x).fields(), &(*x).Size)...)
	}, letterColumns+sizeColumn+" from unclaimed_letter where company = $1 order by id", tx.Company); err != nil {
		return nil, err
	}
	if err := p.readTold(ctx, tx); err != nil {
		return nil, err
	}
	if p.Remittances, err = db.List(ctx, tx, func(r *db.Rows, x **PastRemittance) error {
		*x = &PastRemittance{}
		y := *x
		return r.Scan(&y.ID, &y.Code, &y.Jurisdiction, &y.Date, &y.Bank, &y.Currency, &y.Amount, &y.Reference, &y.Voucher, &y.MadeBy, &y.MadeAt, &y.ReversedBy)
	}, "select id, code, jurisdiction, date, bank, currency, amount, reference, voucher, made_by, made_at, coalesce(reversal, 0) from unclaimed_remittance where company = $1 order by id", tx.Company); err != nil {
		return nil, err
	}
	if p.Reports, err = db.List(ctx, tx, func(r *db.Rows, x **PastReport) error {
		*x = &PastReport{}
		return r.Scan(append((*x).fields(), &(*x).Size)...)
	}, "select "+reportColumns+sizeColumn+" from unclaimed_report where company = $1 order by id", tx.Company); err != nil {
		return nil, err
	}
	if p.Properties, err = db.List(ctx, tx, scanProperty, "select "+propertyColumns+" order by p.id", tx.Company); err != nil {
		return nil, err
	}
	if p.Lines, err = db.List(ctx, tx, func(r *db.Rows, x *PastLine) error {
		return r.Scan(&x.Property, &x.N, &x.Account, &x.Amount, &x.Accounting)
	},
		"select property, n, account, amount, accounting from unclaimed_line where company = $1 order by property, n", tx.Company); err != nil {
		return nil, err
	}
	p.Events, err = db.List(ctx, tx, func(r *db.Rows, e *PastEvent) error {
		return r.Scan(&e.Property, &e.N, &e.At, &e.Actor, &e.Status, &e.Voucher, &e.Detail)
	}, "select property, n, at, actor, status, coalesce(voucher, 0), detail from unclaimed_event where company = $1 order by property, n", tx.Company)
	return p, err
}

func (p *Past) readTold(ctx context.Context, tx *db.Tx) error {
	at := map[int64]*PastLetters{}
	for _, x := range p.Letters {
		at[x.ID] = x
	}
	return tx.Each(ctx, "select letter, n, kind, party, target, jurisdiction, currency, amount from unclaimed_letter_item where company = $1 order by letter, n", []any{tx.Company}, func(r *db.Rows) error {
		var y PastTold
		err := r.Scan(&y.Letters, &y.N, &y.Kind, &y.Owner, &y.Target, &y.Jurisdiction, &y.Currency, &y.Amount)
		at[y.Letters].Told = append(at[y.Letters].Told, y)
		return err
	})
}

// Known gives the codes of letters, remittances, reports and properties that the company has.
func Known(ctx context.Context, tx *db.Tx) (map[string]bool, error) {
	all := map[string]bool{}
	err := tx.Each(ctx, `select code from unclaimed_property where company = $1 union all select code from unclaimed_remittance where company = $1
		union all select code from unclaimed_letter where company = $1 union all select code from unclaimed_report where company = $1`, []any{tx.Company}, func(r *db.Rows) error {
		all[r.Text(0)] = true
		return nil
	})
	return all, err
}

// Restore writes what was brought in, which the caller has tested, with the ids that it has. Letters and reports are kept by [RestoreLetters]
// and [RestoreReport] before.
func (p *Past) Restore(ctx context.Context, tx *db.Tx) error {
	told := tx.Batch("unclaimed_letter_item", "company", "letter", "n", "kind", "party", "target", "jurisdiction", "currency", "amount")
	for _, x := range p.Letters {
		for _, y := range x.Told {
			told.Int(tx.Company).Int(x.ID).Int(y.N).Text(string(y.Kind)).Int(y.Owner).Int(y.Target).Text(y.Jurisdiction).Text(y.Currency).Int(int64(y.Amount))
		}
	}
	remittances := tx.Batch("unclaimed_remittance", "company", "id", "code", "jurisdiction", "date", "bank", "currency", "amount", "reference", "voucher", "made_by", "made_at", "reversal")
	for _, r := range p.Remittances {
		remittances.Int(tx.Company).Int(r.ID).Text(r.Code).Text(r.Jurisdiction).Date(r.Date).Int(r.Bank).Text(r.Currency).Int(int64(r.Amount)).Text(r.Reference).Int(r.Voucher).Text(r.MadeBy).
			Int(r.MadeAt).Ref(r.ReversedBy)
	}
	properties := tx.Batch("unclaimed_property", "company", "id", "code", "kind", "party", "target", "jurisdiction", "why", "currency", "amount", "accounting", "arose", "last_activity", "dormant_on",
		"cut_off", "report_on", "letter_on", "exception", "property_code", "status", "escheated_on", "voucher", "remittance", "report")
	for _, x := range p.Properties {
		properties.Int(tx.Company).Int(x.ID).Text(x.Code).Text(string(x.Kind)).Int(x.Owner).Int(x.Target).Text(x.Place.Jurisdiction).Text(x.Place.Why).Text(x.Currency).Int(int64(x.Amount)).
			Int(int64(x.Accounting)).Date(x.Arose).Date(x.Activity).Date(x.Deadlines.Dormant).Date(x.Deadlines.CutOff).Date(x.Deadlines.Report).Date(x.LetterOn).Text(x.Exception).Text(x.PropertyCode).
			Text(string(x.Status)).Date(x.On).Int(x.Voucher).Ref(x.Remittance).Ref(x.Report)
	}
	lines := tx.Batch("unclaimed_line", "company", "property", "n", "account", "amount", "accounting")
	for _, l := range p.Lines {
		lines.Int(tx.Company).Int(l.Property).Int(l.N).Text(l.Account).Int(int64(l.Amount)).Int(int64(l.Accounting))
	}
	events := tx.Batch("unclaimed_event", "company", "property", "n", "at", "actor", "status", "voucher", "detail")
	for _, e := range p.Events {
		events.Int(tx.Company).Int(e.Property).Int(e.N).Int(e.At).Text(e.Actor).Text(string(e.Status)).Ref(e.Voucher).Text(e.Detail)
	}
	for _, b := range []*db.Batch{told, remittances, properties, lines, events} {
		if err := b.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// restore seals the content that a document was brought in with; another one than it names is refused.
func (k *kept) restore(tx *db.Tx, keys *secret.Keyring, content []byte) error {
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:], k.SHA256) {
		return fault.New(fault.Invalid, "the content of %s has the SHA-256 %x, not %x", k.Code, sum, k.SHA256).In("sha256").ByRule("unclaimed_document")
	}
	return k.seal(tx, keys, content)
}

// RestoreLetters keeps a batch of letters that was brought in, with its content.
func RestoreLetters(ctx context.Context, tx *db.Tx, keys *secret.Keyring, x *Letters, content []byte) error {
	if err := x.restore(tx, keys, content); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "insert into unclaimed_letter (company, id, code, date, made_by, made_at, letters, items, sha256, copies, key_id, sealed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		tx.Company, x.ID, x.Code, x.Date, x.MadeBy, x.MadeAt, x.Letters, x.Items, x.SHA256, x.Copies, x.keyID, x.sealed)
	return err
}

// RestoreReport keeps a report that was brought in, with its content.
func RestoreReport(ctx context.Context, tx *db.Tx, keys *secret.Keyring, x *Report, content []byte) error {
	if err := x.restore(tx, keys, content); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into unclaimed_report (company, id, code, jurisdiction, year, number, made_by, made_at, name, properties, total, sha256, copies, key_id, sealed)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		tx.Company, x.ID, x.Code, x.Jurisdiction, x.Year, x.Number, x.MadeBy, x.MadeAt, x.Name, x.Properties, x.Total, x.SHA256, x.Copies, x.keyID, x.sealed)
	return err
}

// Content gives the letters or the report with a digest; nil when there is none.
func Content(ctx context.Context, tx *db.Tx, keys *secret.Keyring, sum []byte) ([]byte, error) {
	k := &kept{}
	err := tx.Row(ctx, `select id, code, sha256, key_id, sealed from unclaimed_letter where company = $1 and sha256 = $2
		union all select id, code, sha256, key_id, sealed from unclaimed_report where company = $1 and sha256 = $2 order by 1 limit 1`, tx.Company, sum).Scan(&k.ID, &k.Code, &k.SHA256, &k.keyID, &k.sealed)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return k.Open(tx, keys)
}
