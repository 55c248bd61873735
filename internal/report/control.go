package report

import (
	"context"
	"fmt"

	"quittance/internal/bank"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
)

// Way is what became of the money of reimbursements: of one, of those of a day and run in a currency. Amounts are positive, in minor units
// of Currency. Three equations hold:
//
//	Reimbursed = Credits + Reversed
//	Reimbursed = Invoiced
//	Invoiced   = Paid + Otherwise + Reversed + Open
type Way struct {
	Date           civil.Date
	Run            string // code; blank: a reimbursement that was brought in
	Number         string // of the reimbursement; blank of a sum
	Currency       string
	Reimbursements int
	Credits        money.Amount // source credits that are settled with them
	Reimbursed     money.Amount // what they charge the customers' accounts with
	Invoiced       money.Amount // what they owe the vendors
	Reversed       money.Amount
	Paid           money.Amount // settled with vendor payments
	Otherwise      money.Amount // settled with something else of the vendor
	Open           money.Amount
	CameBack       money.Amount // of Open: paid once, and the last payment failed
}

// Off says by how much the equations are missed; 0 when they hold.
func (w *Way) Off() money.Amount {
	off := (w.Reimbursed - w.Credits - w.Reversed).Abs() + (w.Reimbursed - w.Invoiced).Abs() + (w.Invoiced - w.Paid - w.Otherwise - w.Reversed - w.Open).Abs()
	return off
}

func (w *Way) add(x *Way) {
	w.Reimbursements++
	w.Credits, w.Reimbursed, w.Invoiced, w.Reversed = w.Credits+x.Credits, w.Reimbursed+x.Reimbursed, w.Invoiced+x.Invoiced, w.Reversed+x.Reversed
	w.Paid, w.Otherwise, w.Open, w.CameBack = w.Paid+x.Paid, w.Otherwise+x.Otherwise, w.Open+x.Open, w.CameBack+x.CameBack
}

// Held is a ledger account of customers or vendors held against its open items, in minor units of the accounting currency: debits less
// credits.
type Held struct {
	Account       string
	Side          ledger.Control
	Ledger, Items money.Amount
	Parties       []string // codes of those that make the difference, at most [mostNamed]
}

// HeldBank is the control of a bank account; nil when it has no statement up to the date.
type HeldBank struct {
	Account payout.BankAccount
	Control *bank.Control
}

// Control holds the sums against each other that must be the same: from the credits to the payments, sub-ledgers and their control accounts,
// banks and their statements. Source: payments rules, "Tracing and reconciling".
type Control struct {
	Ways     []*Way // by date, run and currency
	Off      []*Way // the reimbursements that are off, at most [mostNamed]
	NOff     int
	Accounts []Held
	Banks    []HeldBank
}

// ControlFilter says of which reimbursements the sums are: of a run, else of the days from From to To, both in it.
type ControlFilter struct {
	From, To civil.Date
	Run      string
}

const mostNamed = 100

// Right says whether everything adds up. What is open on either side of a bank's control is no difference.
func (c *Control) Right() bool {
	for i := range c.Accounts {
		if c.Accounts[i].Ledger != c.Accounts[i].Items {
			return false
		}
	}
	for _, b := range c.Banks {
		if b.Control != nil && b.Control.Off != 0 {
			return false
		}
	}
	return c.NOff == 0
}

// ControlOf makes the control. A run that is not there is [fault.NotFound].
func ControlOf(ctx context.Context, tx *db.Tx, c *ledger.Company, f ControlFilter) (*Control, error) {
	x := &Control{Ways: []*Way{}, Off: []*Way{}, Accounts: []Held{}, Banks: []HeldBank{}}
	if err := x.ways(ctx, tx, f); err != nil {
		return nil, err
	}
	if err := x.accounts(ctx, tx, c); err != nil {
		return nil, err
	}
	banks, err := payout.Banks(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, b := range banks {
		held, err := bank.Hold(ctx, tx, &b, f.To, mostNamed)
		if err != nil && fault.RuleOf(err) != "no_statement" {
			return nil, err
		}
		x.Banks = append(x.Banks, HeldBank{b, held})
	}
	return x, nil
}

// wayQuery gives each reimbursement with its sums. Settlements are kept by party: those of the reimbursements' parties are read once.
const wayQuery = `with r as materialized (select v.id, v.customer, v.vendor, v.date, v.source, v.number from voucher v where v.company = $1 and v.type = 7 and %s),
	e as (select r.id, min(e.currency) as currency, sum(case when e.party = r.customer and e.amount > 0 then e.amount else 0 end) as reimbursed,
		-sum(case when e.party = r.vendor and e.amount < 0 then e.amount else 0 end) as invoiced from r join entry e on e.company = $1 and e.voucher = r.id group by r.id),
	c as (select r.id, sum(s.amount) as credits from r join settlement s on s.company = $1 and s.party = r.customer and s.debit_voucher = r.id
		join settlement_op p on p.company = $1 and p.id = s.operation where p.kind = 5 group by r.id),
	x as materialized (select distinct vendor from r),
	s as (select r.id, sum(case when p.kind = 7 then s.amount else 0 end) as reversed, sum(case when p.kind <> 7 and d.type = 6 then s.amount else 0 end) as paid,
		sum(case when p.kind <> 7 and d.type <> 6 then s.amount else 0 end) as otherwise from x join settlement s on s.company = $1 and s.party = x.vendor
		join r on r.id = s.credit_voucher join settlement_op p on p.company = $1 and p.id = s.operation join voucher d on d.company = $1 and d.id = s.debit_voucher group by r.id),
	o as (select r.id, -sum(o.open) as open from r join open_item o on o.company = $1 and o.side = 2 and o.party = r.vendor and o.voucher = r.id group by r.id)
	select r.date, coalesce(run.code, ''), r.number, coalesce(e.currency, ''), cast(coalesce(c.credits, 0) as bigint), cast(coalesce(e.reimbursed, 0) as bigint), cast(coalesce(e.invoiced, 0) as bigint),
		cast(coalesce(s.reversed, 0) as bigint), cast(coalesce(s.paid, 0) as bigint), cast(coalesce(s.otherwise, 0) as bigint), cast(coalesce(o.open, 0) as bigint),
		coalesce((select max(i.payment) from vendor_payment_item i join vendor_payment p on p.company = i.company and p.id = i.payment where i.company = $1 and i.voucher = r.id
			and p.status in ('rejected', 'voided', 'returned', 'stopped', 'stale')), 0)
	from r left join e on e.id = r.id left join c on c.id = r.id left join s on s.id = r.id left join o on o.id = r.id
	left join run on run.company = $1 and run.id = r.source order by r.date, run.code, e.currency, r.number`

func (x *Control) ways(ctx context.Context, tx *db.Tx, f ControlFilter) error {
	where, args := "v.date between $2 and $3", []any{tx.Company, f.From, f.To}
	if f.Run != "" {
		r, err := reimbursement.FindRun(ctx, tx, f.Run)
		if err != nil {
			return err
		}
		where, args = "v.source = $2", []any{tx.Company, r.ID}
	}
	return tx.Each(ctx, fmt.Sprintf(wayQuery, where), args, func(r *db.Rows) error {
		w := &Way{}
		var failed int64
		if err := r.Scan(&w.Date, &w.Run, &w.Number, &w.Currency, &w.Credits, &w.Reimbursed, &w.Invoiced, &w.Reversed, &w.Paid, &w.Otherwise, &w.Open, &failed); err != nil {
			return err
		}
		if failed != 0 {
			w.CameBack = w.Open
		}
		if w.Off() != 0 {
			x.NOff++
			if len(x.Off) < mostNamed {
				x.Off = append(x.Off, w)
			}
		}
		n := len(x.Ways) - 1
		if n < 0 || x.Ways[n].Date != w.Date || x.Ways[n].Run != w.Run || x.Ways[n].Currency != w.Currency {
			x.Ways, n = append(x.Ways, &Way{Date: w.Date, Run: w.Run, Currency: w.Currency}), n+1
		}
		x.Ways[n].add(w)
		return nil
	})
}

// accounts holds the control accounts against the open items.
func (x *Control) accounts(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
	err := tx.Each(ctx, `select a.written, a.main_account, cast(coalesce(b.amount, 0) as bigint), cast(coalesce(o.amount, 0) as bigint) from ledger_account a
		left join (select account, sum(debit - credit) as amount from balance where company = $1 group by account) b on b.account = a.id
		left join (select account, sum(accounting) as amount from open_item where company = $1 group by account) o on o.account = a.id
		where a.company = $1 and (b.account is not null or o.account is not null) order by a.written`, []any{tx.Company}, func(r *db.Rows) error {
		var h Held
		var main string
		if err := r.Scan(&h.Account, &main, &h.Ledger, &h.Items); err != nil {
			return err
		}
		if h.Side = c.Accounts[main].Control; h.Side.OfParty() {
			x.Accounts = append(x.Accounts, h)
		}
		return nil
	})
	for i := range x.Accounts {
		if h := &x.Accounts[i]; err == nil && h.Ledger != h.Items {
			h.Parties, err = differing(ctx, tx, h.Account)
		}
	}
	return err
}

// differing gives the codes of the parties whose entries on an account differ from their open items.
func differing(ctx context.Context, tx *db.Tx, account string) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, code *string) error { return r.Scan(code) }, fmt.Sprintf(`select coalesce(max(c.code), max(v.code), cast(x.party as text)) from (
			select e.party, e.accounting as entries, 0 as items from entry e join ledger_account a on a.company = e.company and a.id = e.account where e.company = $1 and a.written = $2 and e.party is not null
			union all select o.party, 0, o.accounting from open_item o join ledger_account a on a.company = o.company and a.id = o.account where o.company = $1 and a.written = $2) x
		left join customer c on c.company = $1 and c.id = x.party left join vendor v on v.company = $1 and v.id = x.party
		group by x.party having sum(x.entries) <> sum(x.items) order by 1 limit %d`, mostNamed), tx.Company, account)
}
