package bank

import (
	"context"
	"fmt"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// Stood is a reconciliation that stands, as it is looked at.
type Stood struct {
	ID         int64
	N          int64 // number, of the bank account's
	Line       int64
	Score      int // 0: by hand
	Reasons    string
	Difference string // number of the voucher that posted it; blank: none
	MadeBy     string
	MadeAt     int64 // UTC microseconds
	Count      int   // of its entries
	Entries    []Entry
}

// Standing gives the reconciliations of lines of a statement, from the one with the number to the other, each with at most limit entries.
func Standing(ctx context.Context, tx *db.Tx, b *payout.BankAccount, s *Statement, from, to int64, limit int) ([]Stood, error) {
	all, err := db.List(ctx, tx, func(r *db.Rows, x *Stood) error {
		return r.Scan(&x.ID, &x.N, &x.Line, &x.Score, &x.Reasons, &x.Difference, &x.MadeBy, &x.MadeAt, &x.Count)
	}, `select k.id, k.n, k.line, k.score, k.reasons, coalesce(v.number, ''), k.made_by, k.made_at,
		(select count(*) from bank_reconciliation_entry e where e.company = k.company and e.reconciliation = k.id)
		from bank_reconciliation k left join voucher v on v.company = k.company and v.id = k.difference
		where k.company = $1 and k.statement = $2 and k.line between $3 and $4 and k.undone_by = '' order by k.line`, tx.Company, s.ID, from, to)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	at := map[int64]*Stood{}
	ids := make([]int64, len(all))
	for i := range all {
		ids[i], at[all[i].ID] = all[i].ID, &all[i]
	}
	type link struct {
		of, voucher int64
		line        int
	}
	those, arg := tx.Among("reconciliation", "$2", ids)
	links, err := db.List(ctx, tx, func(r *db.Rows, x *link) error { return r.Scan(&x.of, &x.voucher, &x.line) }, `select reconciliation, voucher, line from (
		select reconciliation, voucher, line, row_number() over (partition by reconciliation order by voucher, line) as i from bank_reconciliation_entry where company = $1 and `+those+`) q where i <= $3`, tx.Company, arg, limit)
	if err != nil {
		return nil, err
	}
	of, vouchers := map[[2]int64]int64{}, make([]int64, len(links))
	for i, x := range links {
		of[[2]int64{x.voucher, int64(x.line)}], vouchers[i] = x.of, x.voucher
	}
	those, arg = tx.Among("e.voucher", "$5", vouchers)
	entries, err := db.List(ctx, tx, scanEntry, entryQuery+" and "+those+" order by e.voucher, e.line", tx.Company, b.ID, b.Account, b.Currency, arg)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if k := at[of[[2]int64{e.Voucher, int64(e.Line)}]]; k != nil {
			k.Entries = append(k.Entries, e)
		}
	}
	return all, nil
}

// Search says which open entries are looked for; what is blank does not narrow.
type Search struct {
	Text     string // in the voucher's number or text, the payment's name or number, the payee's name
	Amount   *money.Amount
	From, To civil.Date
}

// Place is where a list of entries goes on: behind this one. The zero value is its beginning.
type Place struct {
	Voucher int64 `json:"v"`
	Line    int   `json:"l"`
}

// Find gives the open entries of a bank account that are looked for, those posted last first, at most limit; next is where the list goes
// on, nil at its end.
func (f Search) Find(ctx context.Context, tx *db.Tx, b *payout.BankAccount, after Place, limit int) (all []Entry, next *Place, err error) {
	where, args := notReconciled, []any{tx.Company, b.ID, b.Account, b.Currency}
	and := func(condition string, v any) {
		args = append(args, v)
		where += " and " + strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(args)))
	}
	if f.Text != "" {
		and(`(upper(v.number) like ? escape '\' or upper(v.text) like ? escape '\' or upper(x.name) like ? escape '\' or upper(p.number) like ? escape '\' or upper(j.code || '/' || cast(p.line as text)) like ? escape '\')`,
			"%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToUpper(f.Text))+"%")
	}
	if f.Amount != nil {
		and("e.amount = ?", *f.Amount)
	}
	if f.From != 0 {
		and("v.date >= ?", f.From)
	}
	if f.To != 0 {
		and("v.date <= ?", f.To)
	}
	if after != (Place{}) {
		and("e.voucher <= ?", after.Voucher)
		v := fmt.Sprintf("$%d", len(args))
		and("(e.voucher < "+v+" or e.line > ?)", after.Line)
	}
	all, err = db.List(ctx, tx, scanEntry, entryQuery+where+fmt.Sprintf(" order by e.voucher desc, e.line limit %d", limit+1), args...)
	if err == nil && len(all) > limit {
		all = all[:limit]
		next = &Place{all[limit-1].Voucher, all[limit-1].Line}
	}
	return all, next, err
}
