package report

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"quittance/internal/db"
	"quittance/internal/ledger"
)

// How the documents of a stage are read: the id by which they are joined, id, number in the statement, name, type, date, party, text, currency, amount, state. Of a voucher
// with entries in several currencies the first counts.
var nodeQueries = [stages]string{
	OfCredit: voucherQuery + `, coalesce(cast(abs((select sum(e.amount) from entry e where e.company = v.company and e.voucher = v.id and e.party is not null)) as bigint), 0), '' ` + voucherFrom,
	OfInvoice: voucherQuery + `, coalesce(cast(abs((select sum(e.amount) from entry e where e.company = v.company and e.voucher = v.id and e.party = v.vendor)) as bigint), 0),
		case when exists (select 1 from open_item o where o.company = v.company and o.side = 2 and o.party = v.vendor and o.voucher = v.id) then 'open' else 'closed' end ` + voucherFrom,
	OfPayment: `select p.id, p.id, 0, j.code || '/' || cast(p.line as text), m.kind, p.date, x.code, p.number, p.currency, p.amount, p.status from vendor_payment p
		join vendor_payment_journal j on j.company = p.company and j.id = p.journal join payment_method m on m.company = p.company and m.code = p.method
		join vendor x on x.company = p.company and x.id = p.vendor where p.company = $1 and `,
	OfVoucher: voucherQuery + `, coalesce((select cast(sum(e.amount) as bigint) from entry e join ledger_account l on l.company = e.company and l.id = e.account
		join bank_account b on b.company = l.company and b.account = l.written and b.currency = e.currency where e.company = v.company and e.voucher = v.id), 0), '' ` + voucherFrom,
	OfLine: `select coalesce(l.reconciliation, 0), l.statement, l.n, b.code || '/' || cast(s.n as text) || '/' || cast(l.n as text), l.kind, l.booked, '', '', b.currency, l.amount,
		case when l.reconciliation is null then 'open' else 'reconciled' end from bank_line l join bank_statement s on s.company = l.company and s.id = l.statement
		join bank_account b on b.company = l.company and b.id = l.bank where l.company = $1 and `,
}

const voucherQuery = `select v.id, v.id, 0, v.number, cast(v.type as text), v.date, coalesce(c.code, x.code, ''), v.text,
	coalesce((select min(e.currency) from entry e where e.company = v.company and e.voucher = v.id), '')`

const voucherFrom = `from voucher v left join customer c on c.company = v.company and c.id = v.customer left join vendor x on x.company = v.company and x.id = v.vendor
	where v.company = $1 and `

// chain reads the documents that were found, and joins them.
func (t *tracer) chain(ctx context.Context, start place) (c *Chain, err error) {
	c = &Chain{Nodes: []*Node{}, Joins: []Join{}, Cut: t.cut}
	var nodes [stages]map[int64]*Node // by the id that they are joined by
	for s := range Stage(stages) {
		ids := map[int64]bool{}
		if s < stages-1 {
			for _, p := range t.pairs[s] {
				ids[p.a] = true
			}
		}
		if s > 0 {
			for _, p := range t.pairs[s-1] {
				ids[p.b] = true
			}
		}
		if start.stage == s && s != OfLine {
			ids[start.id] = true
		}
		if nodes[s], err = t.nodes(ctx, s, slices.Sorted(maps.Keys(ids)), start); err != nil {
			return nil, err
		}
		theirs := slices.Collect(maps.Values(nodes[s]))
		slices.SortFunc(theirs, func(a, b *Node) int {
			return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.at.id, b.at.id), cmp.Compare(a.at.n, b.at.n))
		})
		c.Nodes = append(c.Nodes, theirs...)
	}
	for s := range t.pairs {
		for _, p := range t.pairs[s] {
			from, to := nodes[s][p.a], nodes[s+1][p.b]
			if from != nil && to != nil {
				c.Joins = append(c.Joins, Join{from, to, cmp.Or(p.currency, to.Currency), p.amount, p.live})
			}
		}
	}
	slices.SortFunc(c.Joins, func(a, b Join) int {
		return cmp.Or(cmp.Compare(a.From.Stage, b.From.Stage), cmp.Compare(a.From.Name, b.From.Name), cmp.Compare(a.To.Name, b.To.Name))
	})
	return c, nil
}

// nodes reads the documents of a stage, by the ids by which they are joined: lines by their reconciliations.
func (t *tracer) nodes(ctx context.Context, s Stage, ids []int64, start place) (map[int64]*Node, error) {
	if s == OfLine {
		return t.lines(ctx, ids, start)
	}
	column := "v.id"
	if s == OfPayment {
		column = "p.id"
	}
	those, arg := t.tx.Among(column, "$2", ids)
	return t.read(ctx, s, start, nodeQueries[s]+those, arg)
}

// lines reads the lines of reconciliations, and the one that the chain begins with when it is not reconciled.
func (t *tracer) lines(ctx context.Context, reconciliations []int64, start place) (map[int64]*Node, error) {
	if start.stage == OfLine && len(reconciliations) == 0 {
		return t.read(ctx, OfLine, start, nodeQueries[OfLine]+"l.statement = $2 and l.n = $3", start.id, start.n)
	}
	those, arg := t.tx.Among("k.id", "$2", reconciliations)
	return t.read(ctx, OfLine, start, nodeQueries[OfLine]+"(l.statement, l.n) in (select k.statement, k.line from bank_reconciliation k where k.company = $1 and "+those+")", arg)
}

func (t *tracer) read(ctx context.Context, s Stage, start place, query string, args ...any) (map[int64]*Node, error) {
	nodes := map[int64]*Node{}
	err := t.tx.Each(ctx, query, append([]any{t.tx.Company}, args...), func(r *db.Rows) error {
		n := &Node{Stage: s, at: place{stage: s}}
		var joint int64
		if err := r.Scan(&joint, &n.at.id, &n.at.n, &n.Name, &n.Type, &n.Date, &n.Party, &n.Text, &n.Currency, &n.Amount, &n.State); err != nil {
			return err
		}
		if kind, err := strconv.Atoi(n.Type); err == nil {
			n.Type = ledger.Type(kind).String()
		}
		n.Asked = n.at == start
		nodes[joint] = n
		return nil
	})
	return nodes, err
}
