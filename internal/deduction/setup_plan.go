package deduction

import (
	"context"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// Accrual is what was accrued for a plan.
type Accrual struct {
	Plan    int64
	Number  int64 // within the plan, from 1
	Date    civil.Date
	Amount  money.Amount // accounting currency; a negative one takes back
	Voucher int64        // 0: it has none
	Posted  string       // number of the voucher, when read
	Text    string
	Actor   string
	At      int64 // microseconds
}

// LockPlan gives the balance of a plan as it is now, and keeps others from charging the plan until the unit ends.
func LockPlan(ctx context.Context, tx *db.Tx, plan int64) (b Balance, err error) {
	if tx.Postgres() { // on SQLite a unit that writes is alone
		var id int64
		if err := tx.Row(ctx, "select id from accrual_plan where company = $1 and id = $2 for update", tx.Company, plan).Scan(&id); err != nil {
			return b, err
		}
	}
	err = tx.Row(ctx, `select (select cast(coalesce(sum(amount), 0) as bigint) from accrual where company = $1 and plan = $2),
		(select cast(coalesce(sum(accounting), 0) as bigint) from resolution where company = $1 and plan = $2 and state = 'posted')`, tx.Company, plan).Scan(&b.Accrued, &b.Used)
	return b, err
}

// Balances gives the balances of all plans that have any, by the id of the plan.
func Balances(ctx context.Context, tx *db.Tx) (map[int64]Balance, error) {
	all := map[int64]Balance{}
	err := tx.Each(ctx, `select plan, cast(sum(accrued) as bigint), cast(sum(used) as bigint) from (
			select plan, amount as accrued, 0 as used from accrual where company = $1
			union all select plan, 0, accounting from resolution where company = $1 and plan is not null and state = 'posted') x
		group by plan`, []any{tx.Company}, func(r *db.Rows) error {
		var id int64
		var b Balance
		err := r.Scan(&id, &b.Accrued, &b.Used)
		all[id] = b
		return err
	})
	return all, err
}

// Covers says whether the plan is for the customer on the date.
func (p *Plan) Covers(customer party.Customer, date civil.Date) bool {
	if date < p.From || date > p.To {
		return false
	}
	return slices.ContainsFunc(p.Parties, func(x PlanParty) bool {
		switch x.Scope {
		case "group":
			return x.Code == customer.Group
		case "party":
			return x.Code == customer.Code
		}
		return true
	})
}

// SavePlan makes or changes a plan, whom it covers included. Its ID is filled in. Whether those that it names exist, the caller knows.
func (s *Setup) SavePlan(ctx context.Context, tx *db.Tx, c *ledger.Company, p *Plan) error {
	if err := s.checkPlan(c, p); err != nil {
		return err
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	err = tx.Row(ctx, `insert into accrual_plan (company, id, code, name, account, from_date, to_date, pay_over, pay_over_limit) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (company, code) do update set name = excluded.name, account = excluded.account, from_date = excluded.from_date, to_date = excluded.to_date,
		pay_over = excluded.pay_over, pay_over_limit = excluded.pay_over_limit returning id`,
		tx.Company, id, p.Code, p.Name, p.Account, p.From, p.To, p.PayOver, p.PayOverLimit).Scan(&p.ID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "delete from accrual_plan_party where company = $1 and plan = $2", tx.Company, p.ID); err != nil {
		return err
	}
	b := tx.Batch("accrual_plan_party", "company", "plan", "scope", "code")
	for _, x := range p.Parties {
		b.Add(tx.Company, p.ID, x.Scope, x.Code)
	}
	s.Plans[p.Code] = p
	return b.Flush(ctx)
}

func (s *Setup) checkPlan(c *ledger.Company, p *Plan) error {
	if err := cleanCode("plan", p.Code); err != nil {
		return err
	}
	if err := named("name", p.Name); err != nil {
		return err
	}
	if err := mainAccount(c, "account", p.Account); err != nil {
		return err
	}
	switch {
	case p.To.IsZero():
		return fault.New(fault.Invalid, "a plan needs its last day").In("to")
	case !slices.Contains(PayOvers, p.PayOver):
		return oneOf("pay_over", p.PayOver, PayOvers)
	case p.PayOverLimit < 0 || p.PayOver != "limit" && p.PayOverLimit != 0:
		return fault.New(fault.Invalid, "a limit of what may be paid over is an amount, and stands with pay_over = limit").In("pay_over_limit")
	}
	if err := checkDates(p.From, p.To); err != nil {
		return err
	}
	for i, x := range p.Parties {
		switch {
		case !slices.Contains(PlanScopes, x.Scope):
			return oneOf("scope", x.Scope, PlanScopes)
		case (x.Scope == "all") != (x.Code == ""):
			return fault.New(fault.Invalid, "the scope %s stands with the code %q; a group or party has a code, all has none", x.Scope, x.Code).In("code")
		case slices.Contains(p.Parties[:i], x):
			return fault.New(fault.Invalid, "%s %s is named twice", x.Scope, x.Code).In("code")
		}
	}
	return nil
}

// RemovePlan takes a plan away that nothing was accrued for and nothing refers to.
func (s *Setup) RemovePlan(ctx context.Context, tx *db.Tx, code string) error {
	p := s.Plans[code]
	if p == nil {
		return fault.New(fault.NotFound, "there is no accrual plan %q", code)
	}
	err := unused(ctx, tx, "the accrual plan "+code, "end it by its last day", code, map[string]string{
		"deduction_reason where company = $1 and plan = $2":                                                                "a reason has it",
		"deduction where company = $1 and plan = $2":                                                                       "deductions name it",
		"payment_deduction where company = $1 and plan = $2":                                                               "lines of payment journals name it",
		"accrual a join accrual_plan p on p.company = a.company and p.id = a.plan where a.company = $1 and p.code = $2":    "something was accrued for it",
		"resolution a join accrual_plan p on p.company = a.company and p.id = a.plan where a.company = $1 and p.code = $2": "deductions were charged to it",
	})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "delete from accrual_plan_party where company = $1 and plan = $2", tx.Company, p.ID); err != nil {
		return err
	}
	delete(s.Plans, code)
	_, err = tx.Exec(ctx, "delete from accrual_plan where company = $1 and id = $2", tx.Company, p.ID)
	return err
}

// AccrualVoucher gives the voucher of an accrual: debit the expense, credit the plan's account with the expense's dimension values, or
// credit the given ledger account of it. A negative amount is the other way round.
func AccrualVoucher(c *ledger.Company, p *Plan, a Accrual, expense, account ledger.Account) (*ledger.Voucher, error) {
	if account.Written == "" {
		account = c.WithMain(expense, p.Account)
	}
	switch {
	case a.Amount == 0:
		return nil, fault.New(fault.Invalid, "an accrual of nothing is none").In("amount")
	case c.Accounts[expense.Main].Control.OfParty():
		return nil, fault.New(fault.Invalid, "%s is a control account, which takes entries with their party only", expense.Main).In("expense")
	case account.Main != p.Account:
		return nil, fault.New(fault.Invalid, "%s is not on the accrual account of the plan %s, which is %s", account.Written, p.Code, p.Account).In("account")
	}
	entry := func(on ledger.Account, amount money.Amount) ledger.Entry {
		return ledger.Entry{Account: on, Currency: c.Currency.Code, Amount: amount, Accounting: amount}
	}
	return &ledger.Voucher{Date: a.Date, Type: ledger.Journal, Text: a.Text, Entries: []ledger.Entry{entry(expense, a.Amount), entry(account, -a.Amount)}}, nil
}

// SaveAccrual notes an accrual. Its number is the next of the plan, unless it has one.
func SaveAccrual(ctx context.Context, tx *db.Tx, a *Accrual) error {
	if a.Amount == 0 {
		return fault.New(fault.Invalid, "an accrual of nothing is none").In("amount")
	}
	if _, err := LockPlan(ctx, tx, a.Plan); err != nil {
		return err
	}
	if a.Number == 0 {
		if err := tx.Row(ctx, "select coalesce(max(id), 0) + 1 from accrual where company = $1 and plan = $2", tx.Company, a.Plan).Scan(&a.Number); err != nil {
			return err
		}
	}
	if a.Actor == "" {
		a.Actor, a.At = tx.Actor, tx.Micros()
	}
	_, err := tx.Exec(ctx, "insert into accrual (company, plan, id, date, amount, voucher, text, actor, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		tx.Company, a.Plan, a.Number, a.Date, a.Amount, db.Null(a.Voucher), a.Text, a.Actor, a.At)
	return err
}

// ReverseAccrual takes back what was accrued by a voucher that was reversed; a voucher of no accrual does nothing.
func ReverseAccrual(ctx context.Context, tx *db.Tx, voucher, reversal int64, date civil.Date, reason string) error {
	all, err := accruals(ctx, tx, "a.voucher = $2 order by a.plan, a.id", voucher)
	for _, a := range all {
		if err == nil {
			err = SaveAccrual(ctx, tx, &Accrual{Plan: a.Plan, Date: date, Amount: -a.Amount, Voucher: reversal, Text: reason})
		}
	}
	return err
}

// AccrualPlace is where a page of accruals ends.
type AccrualPlace struct{ Plan, Number int64 }

// AccrualsPage gives accruals of a plan (0: of all), by plan, the newest first; after is nil for the first page.
func AccrualsPage(ctx context.Context, tx *db.Tx, plan int64, after *AccrualPlace, limit int) ([]Accrual, error) {
	if after == nil {
		after = &AccrualPlace{}
	}
	return accruals(ctx, tx, "($2 = 0 or a.plan = $2) and (a.plan > $3 or a.plan = $3 and a.id < $4) order by a.plan, a.id desc limit $5", plan, after.Plan, after.Number, limit)
}

// Accruals gives all accruals, by plan and number.
func Accruals(ctx context.Context, tx *db.Tx) ([]Accrual, error) {
	return accruals(ctx, tx, "a.plan > $2 order by a.plan, a.id", 0)
}

func accruals(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Accrual, error) {
	return db.List(ctx, tx, func(r *db.Rows, a *Accrual) error {
		return r.Scan(&a.Plan, &a.Number, &a.Date, &a.Amount, &a.Voucher, &a.Posted, &a.Text, &a.Actor, &a.At)
	}, `select a.plan, a.id, a.date, a.amount, coalesce(a.voucher, 0), coalesce(v.number, ''), a.text, a.actor, a.at
		from accrual a left join voucher v on v.company = a.company and v.id = a.voucher where a.company = $1 and `+where, append([]any{tx.Company}, args...)...)
}
