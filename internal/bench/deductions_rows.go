package bench

import (
	"context"
	"fmt"
	"strconv"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
)

// deductionDesk makes open deductions and open credits. Of twenty deductions, twelve have a credit of their amount that names their claim, three
// one of their amount, two have two credits that are it together, and three have none; all other credits are of any amount. Vouchers have
// no entries: what is measured does not read them.
type deductionDesk struct {
	company, account, management int64
	first                        int64   // id of the first row
	customers                    []int64 // ids
	deductions, credits          int
	seed                         uint64
}

// kept is a deduction: a pure function of its place, so that each table makes it anew.
type kept struct {
	kind   int // of twenty
	amount int64
	claim  int
	day    civil.Date
	party  int // place of the customer
}

const (
	named = 12 // of twenty deductions
	equal = 15
	two   = 17
)

func (k *deductionDesk) kept(j int) kept {
	d := diceOf(k.seed, j)
	return kept{kind: d.below(20), amount: int64(1000 + d.below(100_000)), claim: 4_000_000 + j, day: RunDate.AddDays(-d.below(150)), party: j % len(k.customers)}
}

func (k *deductionDesk) voucherOf(j int) int64 { return k.first + int64(k.deductions) + int64(j) }

// offered is an open credit.
type offered struct {
	id     int64
	party  int64
	amount int64
	day    civil.Date
	text   string
}

// each goes through the credits, by customer: first those that fit its deductions.
func (k *deductionDesk) each(fn func(offered) bool) {
	id := k.first + 2*int64(k.deductions)
	n := len(k.customers)
	for c, party := range k.customers {
		left := k.credits / n
		if c < k.credits%n {
			left++
		}
		more := func(amount int64, day civil.Date, text string) bool {
			if left == 0 || amount <= 0 {
				return true
			}
			left--
			id++
			return fn(offered{id - 1, party, amount, day, text})
		}
		for j := c; j < k.deductions; j += n {
			x := k.kept(j)
			near, ok := x.day.AddDays(-x.claim%20), true
			switch {
			case x.kind < named:
				ok = more(x.amount, near, fmt.Sprintf("Credit for claim %d", x.claim))
			case x.kind < equal:
				ok = more(x.amount, near, "Credit")
			case x.kind < two:
				ok = more(x.amount/3, near, "Rebate") && more(x.amount-x.amount/3, near, "Rebate")
			}
			if !ok {
				return
			}
		}
		d := diceOf(^k.seed, c)
		for left > 0 {
			if !more(int64(1000+d.below(100_000)), RunDate.AddDays(-d.below(300)), "Credit note "+strconv.Itoa(100_000+d.below(900_000))) {
				return
			}
		}
	}
}

// tables gives all rows, each table in the order of its key but for the items of the management customer, who comes first.
func (k *deductionDesk) tables() []rowSet {
	return []rowSet{
		{"voucher", []string{"company", "id", "command", "customer", "date", "type", "number", "text", "digest"}, k.vouchers},
		{"open_item", []string{"company", "side", "party", "voucher", "line", "account", "open", "accounting", "marked", "date", "due_date", "number", "currency"}, k.items},
		{"deduction", []string{
			"company", "id", "number", "root", "customer", "currency", "amount", "state", "type", "allowed", "reason", "account", "plan", "hold", "holder", "voucher", "captured", "their_code", "claim", "note", "basis",
			"work", "substate", "dispute", "owner", "team", "expires", "expected", "ready", "automatic", "created_by", "created_at",
		}, k.records},
	}
}

func (k *deductionDesk) vouchers(yield func([]any) bool) {
	row := make([]any, 9)
	for j := range k.deductions {
		x := k.kept(j)
		row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8] = k.company, k.voucherOf(j), k.first, k.customers[x.party], x.day, int16(ledger.Deduction), code("BD-", j), "Deduction", []byte{0}
		if !yield(row) {
			return
		}
	}
	i := 0
	k.each(func(o offered) bool {
		row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8] = k.company, o.id, k.first, o.party, o.day, int16(ledger.CreditNote), code("BC-", i), o.text, []byte{0}
		i++
		return yield(row)
	})
}

func (k *deductionDesk) items(yield func([]any) bool) {
	row := make([]any, 13)
	put := func(party, voucher, open int64, day civil.Date, number string) bool {
		row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8] = k.company, int16(openitem.Customers), party, voucher, int32(1), k.account, open, open, int64(0)
		row[9], row[10], row[11], row[12] = day, day, number, "USD"
		return yield(row)
	}
	for j := range k.deductions {
		if x := k.kept(j); !put(k.management, k.voucherOf(j), x.amount, x.day, code("BD-", j)) {
			return
		}
	}
	i := 0
	k.each(func(o offered) bool {
		i++
		return put(o.party, o.id, -o.amount, o.day, code("BC-", i-1))
	})
}

var deskReasons = []string{"DMG", "PRC", "SHT", "PRO"}

func (k *deductionDesk) records(yield func([]any) bool) {
	row := make([]any, 32)
	for j := range k.deductions {
		x := k.kept(j)
		for i, v := range []any{
			k.company, k.first + int64(j), code("DED-", j), k.first + int64(j), k.customers[x.party], "USD", x.amount, "held", "BENCH", false, deskReasons[j%len(deskReasons)], "", "", "deduction_customer", k.management, k.voucherOf(j), x.day,
			"", strconv.Itoa(x.claim), "", "", "coded", "", "not_disputed", fmt.Sprintf("clerk%d", j%7), "", x.day.AddDays(30 + j%60), x.amount / 2, j%3 == 0, false, maker.Name, made.UnixMicro(),
		} {
			row[i] = v
		}
		if !yield(row) {
			return
		}
	}
}

// furnish adds deductions and credits to a generated company that has none; it says how many there are.
func furnish(ctx context.Context, url string, o DeductionOptions, tell Tell) (deductions, credits int64, err error) {
	s, err := openStore(ctx, url)
	if err != nil {
		return 0, 0, err
	}
	defer s.close()
	k := &deductionDesk{deductions: o.Deductions, credits: o.Credits, seed: o.Seed}
	if k.company, err = number(ctx, s, "select id from company where code = '"+Company+"'"); err != nil {
		return 0, 0, err
	}
	if deductions, err = number(ctx, s, "select count(*) from deduction"); err != nil {
		return 0, 0, err
	}
	if deductions == 0 {
		tell.say("making %d deductions and %d credits", o.Deductions, o.Credits)
		if err := k.fill(ctx, s, isPostgres(url)); err != nil {
			return 0, 0, fault.New(fault.Unavailable, "making the deductions failed: %v; the database is of no use now, delete it and begin again", err).Because(err)
		}
	}
	if deductions, err = number(ctx, s, "select count(*) from deduction where closed_at is null"); err != nil {
		return 0, 0, err
	}
	credits, err = number(ctx, s, "select count(*) from open_item where side = 1 and open < 0")
	return deductions, credits, err
}

func (k *deductionDesk) fill(ctx context.Context, s store, postgres bool) error {
	err := s.each(ctx, "select id from customer order by id", func(c []string) error { k.customers = append(k.customers, cellInt(c[0])); return nil })
	if err != nil {
		return err
	}
	if k.account, err = number(ctx, s, "select min(id) from ledger_account where main_account = '11530'"); err != nil {
		return err
	}
	next := "select next from row_id"
	if postgres {
		next = "select nextval('row_id')"
	}
	if k.management, err = number(ctx, s, next); err != nil {
		return err
	}
	k.first = k.management + 1
	last := k.first + 2*int64(k.deductions) + int64(k.credits)
	before, after := bulk(postgres, last)
	before = append(before,
		fmt.Sprintf(`insert into customer (company, id, code, name, grp, currency, hold, do_not_reimburse, street, city, state, postal_code, country, email)
			select company, %d, 'DEDUCTIONS', 'Deductions', 'DEDUCTIONS', 'USD', hold, do_not_reimburse, '', '', '', '', 'US', '' from customer order by id limit 1`, k.management),
		fmt.Sprintf("insert into deduction_type (company, code, name, kind, hold, offset_account) values (%d, 'BENCH', 'Benchmark', 'unresolved', '', '')", k.company),
		// Of every five customers one is the parent of the other four.
		fmt.Sprintf("update customer set parent = (select max(p.id) from customer p where p.company = customer.company and p.id <= customer.id and p.id %% 5 = 0 and p.id >= %d) where id %% 5 <> 0 and id > %[1]d + 5 and id < %d", k.customers[0], k.management),
	)
	if err := all(ctx, s, before...); err != nil {
		return err
	}
	for _, set := range k.tables() {
		if _, err := s.load(ctx, set); err != nil {
			return err
		}
	}
	if err := all(ctx, s, after...); err != nil {
		return err
	}
	if postgres {
		return all(ctx, s, "vacuum analyze")
	}
	return all(ctx, s, "analyze", "pragma wal_checkpoint(truncate)")
}
