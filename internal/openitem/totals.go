package openitem

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/money"
)

// Total is what is open on a ledger account in one currency with one date: debits ≥ 0, credits ≤ 0.
type Total struct {
	Account                 int64
	Currency                string
	Date                    civil.Date
	Debits, Credits         money.Amount
	DebitItems, CreditItems int64
	AccountingDebits        money.Amount // in the accounting currency
	AccountingCredits       money.Amount
}

// Totals adds up everything that is open on a side, and counts the parties with an open credit. It goes through all items: of a million
// customers in about a second.
func Totals(ctx context.Context, tx *db.Tx, side Side) (all []Total, inCredit int64, err error) {
	if !tx.Postgres() {
		return walkTotals(ctx, tx, side)
	}
	all, err = db.List(ctx, tx, func(r *db.Rows, t *Total) error {
		return r.Scan(&t.Account, &t.Currency, &t.Date, &t.Debits, &t.Credits, &t.DebitItems, &t.CreditItems, &t.AccountingDebits, &t.AccountingCredits)
	}, `select account, currency, date, coalesce(sum(open) filter (where open > 0), 0)::bigint, coalesce(sum(open) filter (where open < 0), 0)::bigint,
			count(*) filter (where open > 0), count(*) filter (where open < 0),
			coalesce(sum(accounting) filter (where open > 0), 0)::bigint, coalesce(sum(accounting) filter (where open < 0), 0)::bigint
		from open_item where company = $1 and side = $2 group by account, currency, date`, tx.Company, int16(side))
	if err != nil {
		return nil, 0, err
	}
	err = tx.Row(ctx, "select count(distinct party) from open_item where company = $1 and side = $2 and open < 0", tx.Company, int16(side)).Scan(&inCredit)
	return all, inCredit, err
}

// walkTotals does it for SQLite, which would sort all items to group them; they come party by party.
func walkTotals(ctx context.Context, tx *db.Tx, side Side) (all []Total, inCredit int64, err error) {
	type key struct {
		account  int64
		currency string
		date     civil.Date
	}
	at, credited, currency, day, date := map[key]int{}, int64(0), "", "", civil.Date(0)
	err = tx.Each(ctx, "select party, account, currency, date, open, accounting from open_item where company = $1 and side = $2 order by party, voucher, line", []any{tx.Company, int16(side)}, func(r *db.Rows) error {
		if text := r.Text(2); text != currency {
			currency = text
		}
		if text := r.Text(3); text != day {
			day, date = text, r.Date(3)
		}
		k := key{r.Int64(1), currency, date}
		i, known := at[k]
		if !known {
			i = len(all)
			at[k], all = i, append(all, Total{Account: k.account, Currency: k.currency, Date: k.date})
		}
		t, open, accounting := &all[i], money.Amount(r.Int64(4)), money.Amount(r.Int64(5))
		if open > 0 {
			t.Debits, t.AccountingDebits, t.DebitItems = t.Debits+open, t.AccountingDebits+accounting, t.DebitItems+1
			return nil
		}
		t.Credits, t.AccountingCredits, t.CreditItems = t.Credits+open, t.AccountingCredits+accounting, t.CreditItems+1
		if party := r.Int64(0); party != credited {
			credited = party
			inCredit++
		}
		return nil
	})
	return all, inCredit, err
}
