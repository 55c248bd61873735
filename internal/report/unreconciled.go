package report

import (
	"context"
	"fmt"

	"quittance/internal/bank"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/payout"
)

func approvalCode(n int64) string { return fmt.Sprintf("AP-%06d", n) }

// unreconciled is what is on one side only at the end of a day: payments and other entries of bank accounts that are on no statement up to then, and
// lines of statements up to then whose entries are not in the books up to then. It goes by the dates of vouchers and statements, as the control of
// the bank does, to which it ties: an entry that a later statement clears stays open at the earlier day.
func (m *maker) unreconciled(ctx context.Context) error {
	m.made.Columns = []Column{
		{Name: "bank", Type: Text},
		{Name: "item", Type: Word, Words: "report.item."},
		{Name: "document_type", Type: Word, Words: "report.document."},
		{Name: "document", Type: Text, Ref: "*document_type"},
		{Name: "date", Type: Day},
		{Name: "days", Type: Count},
		{Name: "age", Type: Text},
		{Name: "payment_number", Type: Text},
		{Name: "name", Type: Text},
		{Name: "detail", Type: Text},
		{Name: "currency", Type: Text},
		{Name: "amount", Type: Amount},
	}
	banks, err := payout.Banks(ctx, m.tx)
	if err != nil {
		return err
	}
	found := m.p.Bank == ""
	for i := range banks {
		b := &banks[i]
		if m.p.Bank != "" && b.Code != m.p.Bank {
			continue
		}
		found = true
		if err := m.bankItems(ctx, b); err != nil {
			return err
		}
	}
	if !found {
		return fault.New(fault.NotFound, "there is no bank account %q", m.p.Bank).In("bank")
	}
	return nil
}

// bankSums are what the rows of one bank account come to.
type bankSums struct {
	outstanding, unreconciled, after money.Amount
}

func (m *maker) bankItems(ctx context.Context, b *payout.BankAccount) error {
	held, err := bank.Hold(ctx, m.tx, b, m.p.AsAt, 1)
	switch {
	case fault.RuleOf(err) == "no_statement":
		held = nil
		m.note("info", "no_statement", "bank", b.Code, "day", m.p.AsAt.String())
	case err != nil:
		return err
	}
	var last int64
	if err := m.tx.Row(ctx, "select coalesce(max(n), 0) from bank_statement where company = $1 and bank = $2 and to_date <= $3", m.tx.Company, b.ID, m.p.AsAt).Scan(&last); err != nil {
		return err
	}
	until := m.p.AsAt
	if held != nil {
		until = held.Date
	}
	var s bankSums
	if err := m.openEntries(ctx, b, last, until, &s); err != nil {
		return err
	}
	if err := m.openLines(ctx, b, last, until, &s); err != nil {
		return err
	}
	if held == nil {
		return nil
	}
	tone, name := "good", "bank_ties"
	if s.outstanding != held.Outstanding || s.unreconciled != held.Unreconciled+held.Later || held.Off != 0 {
		tone, name = "bad", "bank_differs"
	}
	say := func(a money.Amount) string { return show(b.Currency, a) }
	m.note(tone, name, "bank", b.Code, "currency", b.Currency, "day", held.Date.String(), "ledger", say(held.Ledger), "outstanding", say(held.Outstanding),
		"unreconciled", say(held.Unreconciled+held.Later), "opening", say(held.Opening), "statement", say(held.Statement), "off", say(held.Off))
	return nil
}

// cleared is not null where an entry is reconciled with a line of a statement up to $5.
const clearedBy = `(select 1 from bank_reconciliation_entry r join bank_reconciliation k on k.company = r.company and k.id = r.reconciliation
	join bank_statement s on s.company = k.company and s.id = k.statement where r.company = %[1]s.company and r.voucher = %[1]s.voucher and r.line = %[1]s.line and r.live = 1 and s.n <= $5)`

// openEntries lists the entries up to the day that are on no statement up to then. What was reversed before it came to the bank is left out with its
// mirror: together they are nothing.
func (m *maker) openEntries(ctx context.Context, b *payout.BankAccount, last int64, until civil.Date, s *bankSums) error {
	mirror := `(select 1 from voucher w join entry o on o.company = w.company and o.voucher = w.id and o.line = e.line and o.account = e.account and o.amount = -e.amount
		where w.company = e.company and (w.reverses = v.id or w.id = v.reverses) and w.date <= (case when v.date <= $7 then $7 else $6 end) and ` + fmt.Sprintf(clearedBy, "o") + ` is null limit 1)`
	return m.tx.Each(ctx, `select v.number, v.date, v.text, e.amount, coalesce(j.code || '/' || cast(p.line as text), ''), coalesce(p.number, ''), coalesce(x.name, '')
		from entry e join voucher v on v.company = e.company and v.id = e.voucher
		left join vendor_payment p on p.company = e.company and p.bank = $2 and p.voucher = coalesce(v.reverses, v.id)
		left join vendor_payment_journal j on j.company = p.company and j.id = p.journal
		left join vendor x on x.company = p.company and x.id = p.payee
		where e.company = $1 and e.account = (select id from ledger_account where company = $1 and written = $3) and e.party is null and e.currency = $4 and e.amount <> 0
			and v.date <= $6 and `+fmt.Sprintf(clearedBy, "e")+` is null and `+mirror+` is null order by v.date, e.voucher, e.line`,
		[]any{m.tx.Company, b.ID, b.Account, b.Currency, last, m.p.AsAt, until}, func(r *db.Rows) error {
			number, date, amount, payment := r.Text(0), r.Date(1), money.Amount(r.Int64(3)), r.Text(4)
			item, kind := "entry", "voucher"
			if payment != "" {
				item, kind, number = "payment", "payment", payment
			}
			if date <= until {
				s.outstanding += amount
			} else {
				s.after += amount
			}
			return m.open(b, item, kind, number, date, r.Text(5), r.Text(6), r.Text(2), amount)
		})
}

// openLines lists the lines of statements up to the day whose entries are not in the books up to then.
func (m *maker) openLines(ctx context.Context, b *payout.BankAccount, last int64, until civil.Date, s *bankSums) error {
	return m.tx.Each(ctx, `select t.n, l.n, l.booked, l.kind, l.amount, coalesce((select cast(sum(r.amount) as bigint) from bank_reconciliation_entry r join voucher v on v.company = r.company and v.id = r.voucher
				where r.company = l.company and r.reconciliation = l.reconciliation and r.live = 1 and v.date > $4), 0), case when l.reconciliation is null then 1 else 0 end
		from bank_line l join bank_statement t on t.company = l.company and t.id = l.statement
		where l.company = $1 and l.bank = $2 and t.n <= $3 order by t.n, l.n`, []any{m.tx.Company, b.ID, last, until}, func(r *db.Rows) error {
		amount := money.Amount(r.Int64(4))
		if !r.Bool(6) {
			if amount = money.Amount(r.Int64(5)); amount == 0 {
				return nil
			}
		}
		s.unreconciled += amount
		return m.open(b, "line", "line", fmt.Sprintf("%s/%d/%d", b.Code, r.Int64(0), r.Int64(1)), r.Date(2), "", "", r.Text(3), amount)
	})
}

func (m *maker) open(b *payout.BankAccount, item, kind, document string, date civil.Date, payment, name, detail string, amount money.Amount) error {
	days := max(0, m.p.AsAt.Sub(date))
	age := ageOf(days)
	m.add(sumKey{name: "by_bank", of: b.Code, part: item, currency: b.Currency}, "", amount)
	m.add(sumKey{name: "by_age", of: age, currency: b.Currency}, "", amount)
	return m.row(b.Code, item, kind, document, date.String(), digits(days), age, payment, name, detail, b.Currency, show(b.Currency, amount))
}
