package bank

import (
	"context"
	"fmt"
	"strconv"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// Control holds the balance of a bank account's statements against its ledger account on a date. Ledger - Outstanding + Unreconciled + Later + Opening = Statement,
// exactly. Amounts are in minor units of the bank account's currency; what came in is positive.
type Control struct {
	Date         civil.Date   // the end of the last statement up to the date asked for
	Asked        civil.Date   // the date asked for
	Statement    money.Amount // closing balance of that statement
	Ledger       money.Amount // of the ledger account, up to the date
	Opening      money.Amount // where the first statement opened, before which nothing was reconciled
	Outstanding  money.Amount // entries up to the date whose lines came later, or not yet
	Unreconciled money.Amount // lines up to the date that are not reconciled
	Later        money.Amount // entries after the date whose lines came before
	Off          money.Amount // what remains; not 0 is an error of the program, or a changed database
	Entries      []Entry      // those of Outstanding, the oldest first, at most the limit asked for; what was reversed before it came to the bank is left out with its mirror
	Lines        []Line       // those of Unreconciled, the same
	NEntries     int          // how many there are in all
	NLines       int
}

// Hold makes the control of a bank account at the end of the last statement up to a date; one without a statement is refused.
func Hold(ctx context.Context, tx *db.Tx, b *payout.BankAccount, date civil.Date, limit int) (*Control, error) {
	all, err := db.List(ctx, tx, scanStatement, statementQuery+" where s.company = $1 and s.bank = $2 and s.to_date <= $3 order by s.n desc limit 1", tx.Company, b.ID, date)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.Refused, "bank account %s has no statement up to %s; import one with: quittance banks statements import", b.Code, date).ByRule("no_statement").In("date")
	}
	if err != nil {
		return nil, err
	}
	s := all[0]
	x := &Control{Asked: date, Date: s.To, Statement: s.Closing}
	if err := tx.Row(ctx, "select opening from bank_statement where company = $1 and bank = $2 and n = 1", tx.Company, b.ID).Scan(&x.Opening); err != nil {
		return nil, err
	}
	if err := x.entries(ctx, tx, b, s.N, limit); err != nil {
		return nil, err
	}
	if err := x.lines(ctx, tx, b, s.N, limit); err != nil {
		return nil, err
	}
	end, err := money.Add(x.Ledger, -x.Outstanding, x.Unreconciled, x.Later, x.Opening)
	x.Off = x.Statement - end
	return x, err
}

// onStatements is 1 where a bank entry is reconciled with a line of a statement that counts, else null: $5 is the last one's place. It is a
// value, looked up by key for each entry, because PostgreSQL makes a join of an "exists", and a ruinous one while it does not know yet
// that many were reconciled just now: the control of 100,000 entries took it six minutes.
func onStatements(entry string) string {
	return fmt.Sprintf(`(select r.live from bank_reconciliation_entry r join bank_reconciliation k on k.company = r.company and k.id = r.reconciliation
	join bank_statement s on s.company = k.company and s.id = k.statement where r.company = %[1]s.company and r.voucher = %[1]s.voucher and r.line = %[1]s.line and r.live = 1 and s.n <= $5)`, entry)
}

// outstanding wants what is on no statement up to the date, $6. What was reversed before it came to the bank is left out with its mirror:
// together they are nothing.
var outstanding = ` and v.date <= $6 and ` + onStatements("e") + ` is null and (select 1 from voucher w join entry o on o.company = w.company and o.voucher = w.id and o.line = e.line and o.account = e.account and o.amount = -e.amount
	where w.company = e.company and (w.reverses = v.id or w.id = v.reverses) and w.date <= $6 and ` + onStatements("o") + " is null limit 1) is null"

func (x *Control) entries(ctx context.Context, tx *db.Tx, b *payout.BankAccount, n int64, limit int) error {
	args := []any{tx.Company, b.ID, b.Account, b.Currency}
	// The sums do not need to know the payments; the bank account's id, $2, is written for the numbers of what follows only.
	sum := func(to *money.Amount, count *int, where string, more ...any) error {
		return tx.Row(ctx, "select coalesce(cast(sum(e.amount) as bigint), 0), count(*) from entry e join voucher v on v.company = e.company and v.id = e.voucher"+bankEntries+" and cast($2 as bigint) > 0"+where, append(args, more...)...).Scan(to, count)
	}
	var ignored int
	if err := sum(&x.Ledger, &ignored, " and v.date <= $5", x.Date); err != nil {
		return err
	}
	if err := sum(&x.Outstanding, &x.NEntries, outstanding, n, x.Date); err != nil {
		return err
	}
	if err := sum(&x.Later, &ignored, " and v.date > $6 and "+onStatements("e")+" is not null", n, x.Date); err != nil {
		return err
	}
	var err error
	x.Entries, err = db.List(ctx, tx, scanEntry, entryQuery+outstanding+" order by v.date, e.voucher, e.line limit "+strconv.Itoa(limit), append(args, n, x.Date)...)
	return err
}

func (x *Control) lines(ctx context.Context, tx *db.Tx, b *payout.BankAccount, n int64, limit int) error {
	err := tx.Row(ctx, `select coalesce(cast(sum(l.amount) as bigint), 0), count(*) from bank_line l join bank_statement s on s.company = l.company and s.id = l.statement
		where l.company = $1 and l.bank = $2 and s.n <= $3 and l.reconciliation is null`, tx.Company, b.ID, n).Scan(&x.Unreconciled, &x.NLines)
	if err != nil {
		return err
	}
	x.Lines, err = db.List(ctx, tx, scanLine, lineQuery+" where l.company = $1 and l.bank = $2 and s.n <= $3 and l.reconciliation is null order by s.n, l.n limit "+strconv.Itoa(limit), tx.Company, b.ID, n)
	return err
}
