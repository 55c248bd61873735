package bench

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
)

// rowSet is the rows of one table, in the order of its key. A row is only good until the next one is asked for.
type rowSet struct {
	table   string
	columns []string
	rows    iter.Seq[[]any]
}

// books makes the rows of the company.
type books struct {
	*plan
	c        *ledger.Company
	scope    db.Scope
	accounts []ledger.Account
	classes  [classes]int64
}

func newBooks(p *plan, c *ledger.Company) *books {
	b := &books{plan: p, c: c, scope: db.Scope{Company: c.ID, Actor: maker.Name, Command: p.command, Now: made}}
	for i, a := range accountNames(p.mix) {
		b.accounts = append(b.accounts, ledger.Account{ID: p.ids.accounts + int64(i), Written: a[0], Main: a[1]})
	}
	for i, code := range classCodes {
		b.classes[i] = c.Classifications[code]
	}
	return b
}

// tables gives all rows, a table after the other, parents first.
func (b *books) tables() []rowSet {
	return []rowSet{
		{"audit", []string{"company", "id", "at", "actor", "command", "subject", "detail"}, b.audit},
		{"ledger_account", []string{"company", "id", "written", "main_account"}, b.ledgerAccounts},
		{"number_series", []string{"company", "series", "prefix", "width", "next"}, b.numberSeries},
		{"vendor", []string{"company", "id", "code", "name", "grp", "currency", "blocked", "payment_method", "one_time", "street", "city", "state", "postal_code", "country", "email"}, b.vendorRows},
		{"customer", []string{"company", "id", "vendor", "code", "name", "grp", "currency", "hold", "do_not_reimburse", "street", "city", "state", "postal_code", "country", "email"}, b.customerRows},
		{"voucher", []string{"company", "id", "command", "customer", "date", "type", "number", "text", "digest"}, b.voucherRows},
		{"entry", []string{"company", "voucher", "account", "party", "amount", "accounting", "classification", "line", "due_date", "currency"}, b.entryRows},
		{"balance", []string{"company", "account", "batch", "debit", "credit", "date", "first_voucher", "last_voucher"}, b.balanceRows},
		{"unsealed", []string{"company", "first", "last"}, b.unsealed},
		{"open_item", []string{"company", "side", "party", "voucher", "line", "account", "open", "accounting", "marked", "classification", "date", "due_date", "number", "currency"}, b.openRows},
		{"settlement_op", []string{"company", "id", "command", "date", "kind"}, b.operationRows},
		{"settlement", []string{"company", "party", "operation", "credit_voucher", "debit_voucher", "amount", "accounting", "credit_line", "debit_line", "n"}, b.settlementRows},
		{"mark", []string{"company", "id", "party", "voucher", "line", "journal", "holder"}, b.markRows},
		{"mark_item", []string{"company", "mark", "voucher", "line", "amount"}, b.markItemRows},
	}
}

func (b *books) audit(yield func([]any) bool) {
	detail, _ := json.Marshal(map[string]any{"mix": b.mix, "seed": b.seed, "customers": b.n}) // cannot fail: texts and numbers
	yield([]any{b.c.ID, b.command, made.UnixMicro(), maker.Name, "bench.generate", Company, string(detail)})
}

func (b *books) ledgerAccounts(yield func([]any) bool) {
	for _, a := range b.accounts {
		if !yield([]any{b.c.ID, a.ID, a.Written, a.Main}) {
			return
		}
	}
}

func (b *books) numberSeries(yield func([]any) bool) {
	for _, t := range []ledger.Type{ledger.CreditNote, ledger.Invoice, ledger.Payment} {
		used := 0
		for r, size := range b.sizes {
			if roundTypes[r] == t {
				used += size
			}
		}
		s := seriesOf(t)
		if used > 0 && !yield([]any{b.c.ID, s.Series, s.Prefix, s.Width, int64(used + 1)}) {
			return
		}
	}
}

var (
	firstNames  = []string{"Alma", "Ben", "Carla", "Dev", "Elena", "Frank", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mona", "Nils", "Olga", "Paul"}
	familyNames = []string{"Abbott", "Brandt", "Castillo", "Dahl", "Eriksen", "Fischer", "Garcia", "Huang", "Ivanova", "Jensen", "Kowalski", "Lopez", "Meyer", "Nguyen", "Okafor", "Patel"}
	streets     = []string{"Cedar Street", "Elm Avenue", "Harbor Road", "Lake Drive", "Maple Lane", "Oak Street", "Park Avenue", "River Road"}
)

// person gives the name and the street of a customer.
func person(seed uint64, i int) (name, street string) {
	d := diceOf(^seed, i)
	name = firstNames[d.below(len(firstNames))] + " " + familyNames[d.below(len(familyNames))]
	return name, fmt.Sprintf("%d %s", 1+d.below(9999), streets[d.below(len(streets))])
}

func (b *books) vendorRows(yield func([]any) bool) {
	for i := range b.n {
		if s := subjectOf(b.mix, b.seed, i); !s.vendor {
			continue
		}
		name, street := person(b.seed, i)
		if !yield([]any{b.c.ID, b.vendorsFrom + int64(i), code("V", i), name, "REFUND", "USD", false, "check", "no", street, "Lakemont", "OH", "44101", "US", ""}) {
			return
		}
	}
}

func (b *books) customerRows(yield func([]any) bool) {
	for i := range b.n {
		s := subjectOf(b.mix, b.seed, i)
		var vendor any
		if s.vendor {
			vendor = b.vendorsFrom + int64(i)
		}
		name, street := person(b.seed, i)
		if !yield([]any{b.c.ID, b.customers + int64(i), vendor, code("C", i), name, "CITIZEN", "USD", s.hold, s.doNotReimburse, street, "Lakemont", "OH", "44101", "US", ""}) {
			return
		}
	}
}

// documents goes through the documents in the order of their ids.
func (b *books) documents(fn func(round, customer int, doc *document) bool) {
	for r := range rounds {
		if b.sizes[r] == 0 {
			continue
		}
		for _, i := range b.order(r) {
			if b.places[r][i] < 0 {
				continue
			}
			s := subjectOf(b.mix, b.seed, int(i))
			if !fn(r, int(i), &s.docs[r]) {
				return
			}
		}
	}
}

func (b *books) voucherRows(yield func([]any) bool) {
	digest := ledger.Digests(b.c, b.scope)
	entries := make([]ledger.Entry, 0, 4)
	row := make([]any, 9)
	b.documents(func(round, i int, doc *document) bool {
		v := ledger.Voucher{ID: b.voucher(round, i), Number: b.number(round, i), Date: b.date(round, i), Type: roundTypes[round], Customer: b.customers + int64(i), Text: roundTexts[round]}
		entries = entries[:0]
		for _, l := range doc.lines[:doc.n] {
			e := ledger.Entry{Account: b.accounts[l.account], Currency: "USD", Amount: l.amount, Accounting: l.amount, Classification: b.classes[doc.class]}
			if isReceivable(l) {
				e.Party, e.Due = v.Customer, b.due(round, i)
			}
			entries = append(entries, e)
		}
		v.Entries = entries
		row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8] = b.c.ID, v.ID, b.command, v.Customer, v.Date, int16(v.Type), v.Number, v.Text, digest(&v)
		return yield(row)
	})
}

func isReceivable(l line) bool { return l.account%kinds == receivable }

func (b *books) entryRows(yield func([]any) bool) {
	row := make([]any, 10)
	b.documents(func(round, i int, doc *document) bool {
		id := b.voucher(round, i)
		for n, l := range doc.lines[:doc.n] {
			var party any
			due := civil.Date(0)
			if isReceivable(l) {
				party, due = b.customers+int64(i), b.due(round, i)
			}
			row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9] = b.c.ID, id, b.accounts[l.account].ID, party, int64(l.amount), int64(l.amount), db.Null(b.classes[doc.class]), int32(n+1), due, "USD"
			if !yield(row) {
				return false
			}
		}
		return true
	})
}

func (b *books) balanceRows(yield func([]any) bool) {
	keys := slices.SortedFunc(maps.Keys(b.balances), func(x, y dayAccount) int {
		if x.account != y.account {
			return x.account - y.account
		}
		return int(x.day - y.day)
	})
	for _, k := range keys {
		s := b.balances[k]
		if !yield([]any{b.c.ID, b.accounts[k.account].ID, b.batch, int64(s.debit), int64(s.credit), k.day, s.first, s.last}) {
			return
		}
	}
}

// unsealed puts the vouchers, one range, into the queue of the sealer.
func (b *books) unsealed(yield func([]any) bool) {
	yield([]any{b.c.ID, b.vouchers[0], b.vouchers[0] + b.totalVouchers() - 1})
}

func (b *books) openRows(yield func([]any) bool) {
	row := make([]any, 14)
	for i := range b.n {
		s := subjectOf(b.mix, b.seed, i)
		for r := range s.docs {
			doc := &s.docs[r]
			for n, l := range doc.lines[:doc.n] {
				if l.open == 0 {
					continue
				}
				marked := int64(0)
				if doc.marked {
					marked = int64(l.open.Abs())
				}
				date, due := b.date(r, i), b.due(r, i)
				row[0], row[1], row[2], row[3], row[4], row[5], row[6] = b.c.ID, int16(openitem.Customers), b.customers+int64(i), b.voucher(r, i), int32(n+1), b.accounts[l.account].ID, int64(l.open)
				row[7], row[8], row[9], row[10], row[11], row[12], row[13] = int64(l.open), marked, db.Null(b.classes[doc.class]), date, max(date, due), b.number(r, i), "USD"
				if !yield(row) {
					return
				}
			}
		}
	}
}

// operationRows settles each bill with its payment, on the day of the payment.
func (b *books) operationRows(yield func([]any) bool) {
	if b.sizes[paying] == 0 {
		return
	}
	row := make([]any, 5)
	for _, i := range b.order(paying) {
		row[0], row[1], row[2], row[3], row[4] = b.c.ID, b.operation(int(i)), b.command, b.date(paying, int(i)), int16(openitem.Automatic)
		if !yield(row) {
			return
		}
	}
}

func (b *books) operation(customer int) int64 { return b.ops + int64(b.places[paying][customer]) }

func (b *books) settlementRows(yield func([]any) bool) {
	if b.sizes[paying] == 0 {
		return
	}
	row := make([]any, 10)
	for i := range b.n {
		s := subjectOf(b.mix, b.seed, i)
		amount := int64(s.docs[billing].lines[1].amount)
		row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9] = b.c.ID, b.customers+int64(i), b.operation(i), b.voucher(paying, i), b.voucher(billing, i), amount, amount, int32(2), int32(2), int32(1)
		if !yield(row) {
			return
		}
	}
}

// marked goes through the marked documents in the order of their marks.
func (b *books) marked(fn func(mark int64, customer, round int, doc *document) bool) {
	mark := b.marksFrom
	for i := range b.n {
		s := subjectOf(b.mix, b.seed, i)
		for r := range s.docs {
			if s.docs[r].marked {
				if !fn(mark, i, r, &s.docs[r]) {
					return
				}
				mark++
			}
		}
	}
}

func (b *books) markRows(yield func([]any) bool) {
	b.marked(func(mark int64, i, r int, _ *document) bool {
		return yield([]any{b.c.ID, mark, b.customers + int64(i), b.voucher(r, i), "1", fmt.Sprintf("DRAFT-%08d", i+1), "clerk"})
	})
}

func (b *books) markItemRows(yield func([]any) bool) {
	b.marked(func(mark int64, i, r int, doc *document) bool {
		for n, l := range doc.lines[:doc.n] {
			if l.open != 0 && !yield([]any{b.c.ID, mark, b.voucher(r, i), int32(n + 1), int64(l.open.Abs())}) {
				return false
			}
		}
		return true
	})
}
