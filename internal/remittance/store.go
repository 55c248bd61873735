package remittance

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// save writes a new remittance, and draws its number when no line needed it.
func (im *importing) save(ctx context.Context) (err error) {
	r := im.r
	if r.Code == "" {
		if r.Code, err = ledger.DrawCode(ctx, im.tx, ledger.RemittanceSeries); err != nil {
			return err
		}
	}
	var j int64
	if im.editor != nil {
		j = im.editor.ID
	}
	return r.insert(ctx, im.tx, j)
}

// insert writes the remittance with the payment journal that it made; 0: none.
func (r *Remittance) insert(ctx context.Context, tx *db.Tx, journal int64) error {
	text, err := json.Marshal(r.Detail)
	if err != nil {
		return err
	}
	sums, err := r.Totals()
	if err != nil {
		return err
	}
	totals, err := json.Marshal(sums)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "insert into remittance (company, id, code, format, name, sha256, file, journal, detail, totals, payments, issues, actor, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
		tx.Company, r.ID, r.Code, r.Format, r.Name, r.SHA256, r.File, db.Null(journal), string(text), string(totals), len(r.Detail.Payments), len(r.Detail.Issues), r.Actor, r.At)
	return err
}

// Total is a sum in a currency.
type Total struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// Totals gives the sums of the payments by currency.
func (r *Remittance) Totals() ([]Total, error) {
	sums := map[string]*money.Sum{}
	for _, p := range r.Detail.Payments {
		cur, err := money.CurrencyOf(p.Currency)
		if err != nil {
			return nil, err
		}
		amount, err := cur.Parse(p.Amount)
		if err != nil {
			return nil, err
		}
		if sums[cur.Code] == nil {
			sums[cur.Code] = &money.Sum{}
		}
		sums[cur.Code].Add(amount)
	}
	all := []Total{}
	for _, code := range slices.Sorted(maps.Keys(sums)) {
		total, err := sums[code].Total()
		if err != nil {
			return nil, err
		}
		all = append(all, Total{code, money.MustCurrency(code).Format(total)})
	}
	return all, nil
}

// update writes the detail.
func (r *Remittance) update(ctx context.Context, tx *db.Tx) error {
	text, err := json.Marshal(r.Detail)
	if err == nil {
		_, err = tx.Exec(ctx, "update remittance set detail = $1 where company = $2 and id = $3", string(text), tx.Company, r.ID)
	}
	return err
}

const columns = "r.id, r.code, r.format, r.name, r.sha256, r.file, coalesce(j.code, ''), r.detail, r.actor, r.at from remittance r left join payment_journal j on j.company = r.company and j.id = r.journal"

func scan(row interface{ Scan(...any) error }, r *Remittance) error {
	var detail string
	if err := row.Scan(&r.ID, &r.Code, &r.Format, &r.Name, &r.SHA256, &r.File, &r.Journal, &detail, &r.Actor, &r.At); err != nil {
		return err
	}
	return json.Unmarshal([]byte(detail), &r.Detail)
}

// Find gives the remittance with the code; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, code string) (*Remittance, error) {
	r := &Remittance{}
	err := scan(tx.Row(ctx, "select "+columns+" where r.company = $1 and r.code = $2", tx.Company, code), r)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no remittance %q", code)
	}
	return r, err
}

// lock is Find that keeps the remittance for this unit.
func lock(ctx context.Context, tx *db.Tx, code string) (*Remittance, error) {
	if _, err := tx.Exec(ctx, "update remittance set code = code where company = $1 and code = $2", tx.Company, code); err != nil {
		return nil, err
	}
	return Find(ctx, tx, code)
}

// Filter narrows a list; blank is no bound.
type Filter struct {
	Format string
	Issues bool // only those with something to look at
}

// Row is a remittance in a list, without its detail.
type Row struct {
	ID                          int64
	Code, Format, Name, Journal string
	Actor                       string
	At                          int64
	Totals                      []Total
	Payments, Issues            int
}

// List gives the remittances before an id (0: from the newest), the newest first, at most so many.
func List(ctx context.Context, tx *db.Tx, f Filter, before int64, limit int) ([]Row, error) {
	return db.List(ctx, tx, func(r *db.Rows, x *Row) error {
		var totals string
		if err := r.Scan(&x.ID, &x.Code, &x.Format, &x.Name, &x.Journal, &x.Actor, &x.At, &totals, &x.Payments, &x.Issues); err != nil {
			return err
		}
		return json.Unmarshal([]byte(totals), &x.Totals)
	}, `select r.id, r.code, r.format, r.name, coalesce(j.code, ''), r.actor, r.at, r.totals, r.payments, r.issues from remittance r left join payment_journal j on j.company = r.company and j.id = r.journal
		where r.company = $1 and ($2 = 0 or r.id < $2) and ($3 = '' or r.format = $3) and r.issues >= $4 order by r.id desc limit $5`,
		tx.Company, before, f.Format, map[bool]int{true: 1}[f.Issues], limit)
}
