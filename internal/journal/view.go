package journal

import (
	"context"
	"fmt"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// Filter narrows a list of journals.
type Filter struct {
	State    string // blank: all
	Customer int64  // who has a line in it; 0: all
}

// Listed is a journal in a list, with what its lines come to by currency.
type Listed struct {
	Journal
	Count, Posted, Problems int // lines
	Balances                []CurrencyBalance
}

// CurrencyBalance is a balance in a currency.
type CurrencyBalance struct {
	Currency string
	Balance
}

// List gives the next journals before the id (0: from the newest), at most limit, the newest first, and where the list goes on; 0 at its
// end.
func List(ctx context.Context, tx *db.Tx, f Filter, before int64, limit int) ([]*Listed, int64, error) {
	where, args := "", []any{tx.Company}
	add := func(condition string, v any) {
		args = append(args, v)
		where += fmt.Sprintf(" and "+condition, len(args))
	}
	if before != 0 {
		add("id < $%d", before)
	}
	if f.State != "" {
		add("state = $%d", f.State)
	}
	if f.Customer != 0 {
		add("id in (select journal from payment_line where company = $1 and customer = $%d)", f.Customer)
	}
	at := map[int64]*Listed{}
	var ids []int64
	all, err := db.List(ctx, tx, func(r *db.Rows, p **Listed) error {
		*p = &Listed{}
		err := scanJournal(r, &(*p).Journal)
		at[(*p).ID], ids = *p, append(ids, (*p).ID)
		return err
	}, fmt.Sprintf("select %s from payment_journal where company = $1%s order by id desc limit %d", journalColumns, where, limit+1), args...)
	if err != nil || len(all) == 0 {
		return nil, 0, err
	}
	next := int64(0)
	if len(all) > limit {
		all, ids = all[:limit], ids[:limit]
		next = all[limit-1].ID
	}
	return all, next, sumUp(ctx, tx, ids, at)
}

// sumUp adds up the lines of journals, by currency.
func sumUp(ctx context.Context, tx *db.Tx, ids []int64, at map[int64]*Listed) error {
	sums := map[int64]map[string]*Balance{}
	of := func(journal int64, currency string) *Balance {
		if sums[journal] == nil {
			sums[journal] = map[string]*Balance{}
		}
		if sums[journal][currency] == nil {
			sums[journal][currency] = &Balance{}
			at[journal].Balances = append(at[journal].Balances, CurrencyBalance{Currency: currency})
		}
		return sums[journal][currency]
	}
	those, arg := tx.Among("l.journal", "$2", ids)
	err := tx.Each(ctx, `select l.journal, l.currency, count(*), sum(case when l.state = 'draft' then 0 else 1 end), sum(case when l.problem = '' then 0 else 1 end), cast(sum(l.amount) as bigint)
		from payment_line l where l.company = $1 and `+those+" group by l.journal, l.currency order by l.journal, l.currency", []any{tx.Company, arg}, func(r *db.Rows) error {
		x := at[r.Int64(0)]
		b := of(x.ID, r.Text(1))
		x.Count, x.Posted, x.Problems = x.Count+int(r.Int64(2)), x.Posted+int(r.Int64(3)), x.Problems+int(r.Int64(4))
		b.Cash = money.Amount(r.Int64(5))
		return nil
	})
	if err != nil {
		return err
	}
	err = tx.Each(ctx, `select l.journal, l.currency, cast(sum(case when a.credit then a.amount else 0 end) as bigint), cast(sum(case when a.credit then 0 else a.amount end) as bigint), cast(sum(a.discount) as bigint)
		from payment_line l join payment_application a on a.company = l.company and a.journal = l.journal and a.line = l.line
		where l.company = $1 and `+those+" group by l.journal, l.currency", []any{tx.Company, arg}, func(r *db.Rows) error {
		b := of(r.Int64(0), r.Text(1))
		b.Credits, b.Applied, b.Discount = money.Amount(r.Int64(2)), money.Amount(r.Int64(3)), money.Amount(r.Int64(4))
		return nil
	})
	if err != nil {
		return err
	}
	err = tx.Each(ctx, `select l.journal, l.currency, cast(sum(case when d.application is null then d.amount else 0 end) as bigint), cast(sum(case when d.application is null then 0 else d.amount end) as bigint)
		from payment_line l join payment_deduction d on d.company = l.company and d.journal = l.journal and d.line = l.line
		where l.company = $1 and `+those+" group by l.journal, l.currency", []any{tx.Company, arg}, func(r *db.Rows) error {
		b := of(r.Int64(0), r.Text(1))
		b.StandAlone, b.Deducted = money.Amount(r.Int64(2)), money.Amount(r.Int64(3))
		return nil
	})
	for id, x := range at {
		for i := range x.Balances {
			b := sums[id][x.Balances[i].Currency]
			b.Left = b.Cash + b.StandAlone + b.Credits - b.Applied
			x.Balances[i].Balance = *b
		}
	}
	return err
}

// Shown is what of a document a person sees beside an application.
type Shown struct {
	Type      ledger.Type
	Date, Due civil.Date
	Available money.Amount // of a draft: what is open and not marked by others, not negative
}

// Show gives what to show of the documents that lines are applied to, by line and application.
func Show(ctx context.Context, tx *db.Tx, c *ledger.Company, lines []*Line) (map[[2]int]Shown, error) {
	var vouchers []int64
	for _, l := range lines {
		for _, a := range l.Applications {
			vouchers = append(vouchers, a.Voucher)
		}
	}
	shown := map[[2]int]Shown{}
	if len(vouchers) == 0 {
		return shown, nil
	}
	items, err := openitem.OfVouchers(ctx, tx, c, vouchers)
	if err != nil {
		return nil, err
	}
	of := map[docKey]*Shown{}
	for _, it := range items {
		if it.Held || it.Side != openitem.Customers {
			continue
		}
		k := docKey{it.Party, it.Voucher}
		if of[k] == nil {
			of[k] = &Shown{Type: it.Type, Date: it.Date, Due: it.Due}
		}
		of[k].Due = min(of[k].Due, it.Due)
		of[k].Available += it.Available().Abs()
	}
	for _, l := range lines {
		for _, a := range l.Applications {
			if x := of[docKey{a.Customer, a.Voucher}]; x != nil {
				one := *x
				one.Available += l.Takes(a)
				shown[[2]int{l.Line, a.N}] = one
			}
		}
	}
	return shown, nil
}

// Candidate is an open document that a line can be applied to.
type Candidate struct {
	Customer      party.Customer
	Document      *openitem.Document
	Type          ledger.Type
	Available     money.Amount
	Discount      money.Amount // that is earned when all of it is paid
	DiscountUntil civil.Date   // blank: the terms grant none
	Application   int          // of this line; 0: none
}

// Candidates gives the open documents of the payer and its family in the currency of a line, by due date.
func Candidates(ctx context.Context, tx *db.Tx, c *ledger.Company, l *Line) ([]Candidate, error) {
	s, err := deduction.LoadSetup(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	own := map[docKey]money.Amount{}
	application := map[docKey]int{}
	for _, a := range l.Applications {
		k := docKey{a.Customer, a.Voucher}
		application[k] = a.N
		if l.State == Draft {
			own[k] = l.Takes(a)
		}
	}
	docs, family, err := documentsOf(ctx, tx, c, l, func(k docKey) money.Amount { return own[k] })
	if err != nil {
		return nil, err
	}
	all := make([]Candidate, 0, len(docs))
	for _, d := range docs {
		x := Candidate{Customer: family[d.Party], Document: d.Document, Type: d.voucher.Type, Available: d.available, Application: application[d.key()]}
		terms, err := termsOf(c, s, x.Customer.Terms, d)
		if err != nil {
			return nil, err
		}
		if terms.part > 0 {
			x.DiscountUntil = terms.until
		}
		if terms.earned(l.Date) {
			if x.Discount, err = terms.of(d.available); err != nil {
				return nil, err
			}
		}
		all = append(all, x)
	}
	return all, nil
}

// Customers gives the codes and names of all customers that lines name, by id.
func Customers(ctx context.Context, tx *db.Tx, lines []*Line) (map[int64]*party.Customer, error) {
	seen := map[int64]bool{}
	var ids []int64
	add := func(id int64) {
		if !seen[id] {
			seen[id], ids = true, append(ids, id)
		}
	}
	for _, l := range lines {
		add(l.Customer)
		for _, a := range l.Applications {
			add(a.Customer)
		}
		for _, d := range l.Deductions {
			add(d.Customer)
		}
	}
	return party.CustomersByID(ctx, tx, ids)
}

// States are the states of journals.
func States() []string {
	return strings.Fields(Draft + " " + Posted + " " + Reversed + " " + Cancelled)
}
