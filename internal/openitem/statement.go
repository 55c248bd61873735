package openitem

import (
	"context"
	"fmt"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Balance is the sum of the items of a party in one currency; debit positive.
type Balance struct {
	Currency string
	Amount   money.Amount
}

// Movement is what a voucher moved on the account of a party in one currency; both ≥ 0.
type Movement struct {
	Date          civil.Date
	Number        string
	Type          ledger.Type
	Text          string
	Currency      string
	Debit, Credit money.Amount
}

// BalancesBefore gives the balances of a party before the date, by currency.
func BalancesBefore(ctx context.Context, tx *db.Tx, side Side, party int64, date civil.Date) ([]Balance, error) {
	return db.List(ctx, tx, func(r *db.Rows, b *Balance) error { return r.Scan(&b.Currency, &b.Amount) },
		"select e.currency, cast(sum(e.amount) as bigint)"+fromParty+" and v.date < $4 group by e.currency order by e.currency", tx.Company, int16(side), party, date)
}

// Movements gives what vouchers moved on the account of a party between two dates (blank: no bound), by currency, date and number, at
// most limit.
func Movements(ctx context.Context, tx *db.Tx, side Side, party int64, from, to civil.Date, limit int) ([]Movement, error) {
	where, args := "", []any{tx.Company, int16(side), party}
	if !from.IsZero() {
		args = append(args, from)
		where += fmt.Sprintf(" and v.date >= $%d", len(args))
	}
	if !to.IsZero() {
		args = append(args, to)
		where += fmt.Sprintf(" and v.date <= $%d", len(args))
	}
	return db.List(ctx, tx, func(r *db.Rows, m *Movement) error {
		return r.Scan(&m.Currency, &m.Date, &m.Number, &m.Type, &m.Text, &m.Debit, &m.Credit)
	}, `select e.currency, v.date, v.number, v.type, v.text, cast(sum(case when e.amount > 0 then e.amount else 0 end) as bigint), cast(sum(case when e.amount < 0 then -e.amount else 0 end) as bigint)`+
		fromParty+where+fmt.Sprintf(" and e.amount <> 0 group by e.currency, v.date, v.number, v.type, v.text order by e.currency, v.date, v.number limit %d", limit), args...)
}

// Joined is what an operation settled between two vouchers of a party, on its ledger accounts together.
type Joined struct {
	Operation     int64
	Kind          Kind
	Date          civil.Date
	Debit, Credit string // numbers
	Currency      string
	Amount        money.Amount // negative when it undoes another one
	Undoes        int64        // the operation that it undoes; 0 for none
	Undone        bool
	Actor         string
	At            int64 // UTC microseconds

	debit, credit, line int64
}

// JoinedPlace is where a list of settlements stands: after that operation and those vouchers.
type JoinedPlace struct {
	Operation int64 `json:"o"`
	Debit     int64 `json:"d"`
	Credit    int64 `json:"c"`
}

// ListSettlements gives the next settlements of a party after the place (nil: from the beginning), the newest operation first, at most
// limit, and where the list goes on; nil at its end.
func ListSettlements(ctx context.Context, tx *db.Tx, party int64, after *JoinedPlace, limit int) ([]Joined, *JoinedPlace, error) {
	args, where, rest := []any{tx.Company, party}, "", ""
	if after != nil {
		args = append(args, after.Operation, after.Debit, after.Credit)
		where, rest = " and operation <= $3", " having s.operation < $3 or s.debit_voucher > $4 or (s.debit_voucher = $4 and s.credit_voucher > $5)"
	}
	// The operations first: grouping all settlements of the party would take the longer the more there are.
	all, err := db.List(ctx, tx, func(r *db.Rows, j *Joined) error {
		return r.Scan(&j.Operation, &j.debit, &j.credit, &j.line, &j.Amount)
	}, fmt.Sprintf(`with o as materialized (select distinct operation from settlement where company = $1 and party = $2%s order by operation desc limit %d)
		select s.operation, s.debit_voucher, s.credit_voucher, min(s.debit_line), cast(sum(s.amount) as bigint) from o cross join settlement s
		where s.company = $1 and s.party = $2 and s.operation = o.operation group by s.operation, s.debit_voucher, s.credit_voucher%s
		order by s.operation desc, s.debit_voucher, s.credit_voucher limit %d`, where, limit+2, rest, limit+1), args...)
	if err != nil || len(all) == 0 {
		return nil, nil, err
	}
	var next *JoinedPlace
	if len(all) > limit {
		last := all[limit-1]
		all, next = all[:limit], &JoinedPlace{last.Operation, last.debit, last.credit}
	}
	return all, next, fillJoined(ctx, tx, party, all)
}

// fillJoined reads what belongs to settlements: operations, vouchers, and whether they were undone.
func fillJoined(ctx context.Context, tx *db.Tx, party int64, all []Joined) error {
	ops, vouchers := []int64{}, []int64{}
	for _, j := range all {
		ops, vouchers = append(ops, j.Operation), append(vouchers, j.debit, j.credit)
	}
	head, numbers, currencies, undone := map[int64]Joined{}, map[int64]string{}, map[[2]int64]string{}, map[[3]int64]bool{}
	those, arg := tx.Among("p.id", "$2", ops)
	err := tx.Each(ctx, "select p.id, p.kind, p.date, coalesce(p.undoes, 0), coalesce(a.actor, ''), coalesce(a.at, 0) from settlement_op p left join audit a on a.company = p.company and a.id = p.command where p.company = $1 and "+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		head[r.Int64(0)] = Joined{Kind: Kind(r.Int64(1)), Date: r.Date(2), Undoes: r.Int64(3), Actor: r.Text(4), At: r.Int64(5)}
		return nil
	})
	if err != nil {
		return err
	}
	those, arg = tx.Among("v.id", "$2", vouchers)
	err = tx.Each(ctx, "select v.id, v.number, e.line, e.currency from voucher v cross join entry e where v.company = $1 and "+those+" and e.company = $1 and e.voucher = v.id and e.party is not null", []any{tx.Company, arg}, func(r *db.Rows) error {
		id := r.Int64(0)
		numbers[id], currencies[[2]int64{id, r.Int64(2)}] = r.Text(1), r.Text(3)
		return nil
	})
	if err != nil {
		return err
	}
	// What undoes an operation comes after it. Settlements first, by their key.
	err = tx.Each(ctx, `with s as materialized (select distinct operation, debit_voucher, credit_voucher from settlement where company = $1 and party = $2 and operation > $3 and amount <= 0)
		select p.undoes, s.debit_voucher, s.credit_voucher from s join settlement_op p on p.company = $1 and p.id = s.operation where p.undoes is not null`, []any{tx.Company, party, all[len(all)-1].Operation}, func(r *db.Rows) error {
		undone[[3]int64{r.Int64(0), r.Int64(1), r.Int64(2)}] = true
		return nil
	})
	for i := range all {
		j := &all[i]
		h := head[j.Operation]
		j.Kind, j.Date, j.Undoes, j.Actor, j.At = h.Kind, h.Date, h.Undoes, h.Actor, h.At
		j.Debit, j.Credit, j.Currency = numbers[j.debit], numbers[j.credit], currencies[[2]int64{j.debit, j.line}]
		j.Undone = undone[[3]int64{j.Operation, j.debit, j.credit}]
	}
	return err
}

// MarkPlace is where a list of marks stands: after that one.
type MarkPlace struct {
	Journal string `json:"j"`
	Party   int64  `json:"p"`
	Voucher int64  `json:"v"`
}

// ListedMark is a mark in a list.
type ListedMark struct {
	Mark
	Side     Side
	Code     string // of the party
	Currency string
}

// ListMarks gives the next marks after the place (nil: from the beginning), of a party or (0) of all, at most limit, and where the list
// goes on; nil at its end. They come by journal, and in a journal party by party in the order in which these were made.
func ListMarks(ctx context.Context, tx *db.Tx, party int64, after *MarkPlace, limit int) ([]ListedMark, *MarkPlace, error) {
	where, args := "", []any{tx.Company}
	if party != 0 {
		args = append(args, party)
		where = " and m.party = $2"
	}
	if after != nil {
		n := len(args)
		args = append(args, after.Journal, after.Party, after.Voucher)
		where += fmt.Sprintf(" and (m.journal, m.party, m.voucher) > ($%d, $%d, $%d)", n+1, n+2, n+3)
	}
	all, err := db.List(ctx, tx, func(r *db.Rows, m *ListedMark) error {
		var vendor bool
		err := r.Scan(&m.ID, &m.Journal, &m.Line, &m.Holder, &m.Party, &m.Voucher, &m.Number, &m.Amount, &m.Code, &m.Currency, &vendor)
		if m.Side = Customers; vendor {
			m.Side = Vendors
		}
		return err
	}, `select m.id, m.journal, m.line, m.holder, m.party, m.voucher, v.number,
			(select cast(coalesce(sum(i.amount), 0) as bigint) from mark_item i where i.company = $1 and i.mark = m.id),
			coalesce((select code from customer c where c.company = $1 and c.id = m.party), (select code from vendor c where c.company = $1 and c.id = m.party), ''),
			coalesce((select e.currency from mark_item i join entry e on e.company = $1 and e.voucher = i.voucher and e.line = i.line where i.company = $1 and i.mark = m.id limit 1), ''),
			(select 1 from vendor c where c.company = $1 and c.id = m.party) is not null
		from mark m join voucher v on v.company = m.company and v.id = m.voucher where m.company = $1`+where+fmt.Sprintf(" order by m.journal, m.party, m.voucher limit %d", limit+1), args...)
	if err != nil || len(all) <= limit {
		return all, nil, err
	}
	last := all[limit-1]
	return all[:limit], &MarkPlace{last.Journal, last.Party, last.Voucher}, nil
}

// CountMarks says how many marks there are.
func CountMarks(ctx context.Context, tx *db.Tx) (n int64, err error) {
	err = tx.Row(ctx, "select count(*) from mark where company = $1", tx.Company).Scan(&n)
	return n, err
}
