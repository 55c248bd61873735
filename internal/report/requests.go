package report

import (
	"context"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/money"
	"quittance/internal/request"
	"quittance/internal/unclaimed"
)

// creditAgeing is every open credit of customers by age, with its clocks. That of a day that is gone is made of what was
// in the books and known at its end; clocks are told of today only, since they go by addresses and letters of today.
func (m *maker) creditAgeing(ctx context.Context) error {
	m.made.Columns = []Column{
		{Name: "customer", Type: Text, Ref: "customer"},
		{Name: "name", Type: Text},
		{Name: "document", Type: Text, Ref: "voucher"},
		{Name: "date", Type: Day},
		{Name: "days", Type: Count},
		{Name: "bucket", Type: Text},
		{Name: "jurisdiction", Type: Text},
		{Name: "requested", Type: Day},
		{Name: "refund_by", Type: Day},
		{Name: "good_faith_by", Type: Day},
		{Name: "due", Type: Day},
		{Name: "overdue", Type: Word, Words: "report.yes."},
		{Name: "currency", Type: Text},
		{Name: "amount", Type: Amount},
	}
	owner, err := m.customerID(ctx)
	if err != nil {
		return err
	}
	if m.p.AsAt < m.tx.Today() {
		m.note("info", "without_clocks", "day", m.p.AsAt.String())
		return m.creditsThen(ctx, owner)
	}
	_, err = unclaimed.Age(ctx, m.tx, m.c, unclaimed.Selection{On: m.p.AsAt, Owner: owner}, func(x *unclaimed.Aged) error {
		m.add(sumKey{name: "sum", currency: x.Currency}, "", x.Amount)
		if x.Overdue {
			m.add(sumKey{name: "overdue", currency: x.Currency}, "", x.Amount)
		}
		m.add(sumKey{name: "by_age", of: string(x.Bucket), currency: x.Currency}, "", x.Amount)
		return m.row(x.Code, x.Name, x.Document, x.Arose.String(), digits(x.Days), string(x.Bucket), x.Place.Jurisdiction, x.Requested.String(), x.RefundBy.String(), x.GoodFaithBy.String(), x.Due.String(),
			yes(x.Overdue), x.Currency, show(x.Currency, x.Amount))
	})
	return err
}

// creditsThen gives the credits that were open at the end of a day that is gone: what was posted, less what was settled of it.
func (m *maker) creditsThen(ctx context.Context, owner int64) error {
	return m.tx.Each(ctx, `with p as materialized (select s.credit_voucher, s.credit_line, sum(s.amount) as amount from settlement s join settlement_op o on o.company = s.company and o.id = s.operation
			where s.company = $1 and o.date <= $2 and not exists (select 1 from audit a where a.company = o.company and a.id = o.command and a.at >= $3) and ($4 = 0 or s.party = $4) group by s.credit_voucher, s.credit_line)
		select c.code, c.name, v.number, v.date, e.currency, cast(-e.amount - coalesce(p.amount, 0) as bigint) from entry e join voucher v on v.company = e.company and v.id = e.voucher
		join customer c on c.company = e.company and c.id = e.party left join p on p.credit_voucher = e.voucher and p.credit_line = e.line
		where e.company = $1 and e.party is not null and ($4 = 0 or e.party = $4) and e.amount < 0 and v.date <= $2 and -e.amount > coalesce(p.amount, 0)
			and not exists (select 1 from audit a where a.company = v.company and a.id = v.command and a.at >= $3)
		order by c.code, v.date, v.number, e.line`, []any{m.tx.Company, m.p.AsAt, end(m.p.AsAt), owner}, func(r *db.Rows) error {
		date, currency, amount := r.Date(3), r.Text(4), money.Amount(r.Int64(5))
		days := m.p.AsAt.Sub(date)
		bucket := string(unclaimed.BucketOf(days))
		m.add(sumKey{name: "sum", currency: currency}, "", amount)
		m.add(sumKey{name: "by_age", of: bucket, currency: currency}, "", amount)
		return m.row(r.Text(0), r.Text(1), r.Text(2), date.String(), digits(days), bucket, "", "", "", "", "", "", currency, show(currency, amount))
	})
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// waiting is a request as it was at the end of a day.
type waiting struct {
	id             int64
	code           string
	customer, name string
	kind           string
	state          request.State
	since          int64
	submitted      int64
	created        int64
	due            civil.Date
	by             string
	currency       string
	amount         money.Amount
	edited         string // what an edit after the day says that it was before
}

// was gives currency and amount as they were before the first edit after the day, from what the history says of that edit.
func (x *waiting) was() {
	before, _, ok := strings.Cut(x.edited, " → ")
	parts := strings.Split(before, ", ")
	if !ok || len(parts) < 2 {
		return
	}
	amount, currency, ok := strings.Cut(parts[1], " ")
	if !ok {
		return
	}
	if cur, err := money.CurrencyOf(currency); err == nil {
		if a, err := cur.Parse(amount); err == nil {
			x.currency, x.amount = currency, a
			if request.Kind(parts[0]) != "" {
				x.kind = parts[0]
			}
		}
	}
}

// ageOfRequest gives the age by the days that it has been in its state, as the ageing of requests does.
func ageOfRequest(days int) string {
	for _, b := range []struct {
		name string
		most int
	}{{"0-2", 2}, {"3-7", 7}, {"8-14", 14}, {"15-30", 30}} {
		if days <= b.most {
			return b.name
		}
	}
	return "31+"
}

// requestAgeing is every request that was not ended at the end of a day, by state and age. State and time come from the history, which is never
// changed, and so does the amount of one that was edited later.
func (m *maker) requestAgeing(ctx context.Context) error {
	m.made.Columns = []Column{
		{Name: "request", Type: Text, Ref: "request"},
		{Name: "customer", Type: Text, Ref: "customer"},
		{Name: "name", Type: Text},
		{Name: "kind", Type: Word, Words: "report.kind."},
		{Name: "state", Type: Word, Words: "report.state."},
		{Name: "since", Type: Day},
		{Name: "days", Type: Count},
		{Name: "age", Type: Text},
		{Name: "asked", Type: Day},
		{Name: "total_days", Type: Count},
		{Name: "requester", Type: Text},
		{Name: "due", Type: Day},
		{Name: "days_overdue", Type: Count},
		{Name: "currency", Type: Text},
		{Name: "amount", Type: Amount},
	}
	customer, err := m.customerID(ctx)
	if err != nil {
		return err
	}
	err = m.eachWaiting(ctx, m.p.AsAt, customer, m.waitingRow)
	if err == nil && m.made.Count == 0 {
		m.note("info", "nothing_open")
	}
	return err
}

// eachWaiting gives every request that was made by the end of the day and was not ended then.
func (m *maker) eachWaiting(ctx context.Context, day civil.Date, customer int64, fn func(*waiting) error) error {
	return m.tx.Each(ctx, `select q.id, q.code, c.code, c.name, q.kind, e.to_state, 
			coalesce((select max(s.at) from request_event s where s.company = q.company and s.request = q.id and s.at < $2 and s.from_state <> s.to_state), q.created_at),
			coalesce((select min(s.at) from request_event s where s.company = q.company and s.request = q.id and s.to_state = 'submitted' and s.at < $2), 0), q.created_at,
			q.due, q.created_by, q.currency, q.amount,
			coalesce((select s.detail from request_event s where s.company = q.company and s.request = q.id and s.at >= $2 and s.what = 'edited' order by s.n limit 1), '')
		from request q join customer c on c.company = q.company and c.id = q.customer
		join request_event e on e.company = q.company and e.request = q.id and e.n = (select max(l.n) from request_event l where l.company = q.company and l.request = q.id and l.at < $2)
		where q.company = $1 and q.created_at < $2 and ($3 = 0 or q.customer = $3) and e.to_state not in `+request.EndedStates+" order by q.id",
		[]any{m.tx.Company, end(day), customer}, func(r *db.Rows) error {
			x := &waiting{}
			var state string
			err := r.Scan(&x.id, &x.code, &x.customer, &x.name, &x.kind, &state, &x.since, &x.submitted, &x.created, &x.due, &x.by, &x.currency, &x.amount, &x.edited)
			if err != nil {
				return err
			}
			x.state = request.State(state)
			x.was()
			return fn(x)
		})
}

// late gives the days since a request was due, 0 when it was not; what is paid is not late.
func (x *waiting) late(day civil.Date) int {
	if x.due.IsZero() || x.due >= day || x.state == request.Paid {
		return 0
	}
	return day.Sub(x.due)
}

func (m *maker) waitingRow(x *waiting) error {
	if m.p.Currency != "" && x.currency != m.p.Currency {
		return nil
	}
	days, age, total := m.p.AsAt.Sub(dayOf(x.since)), "", ""
	age = ageOfRequest(days)
	if x.submitted != 0 {
		total = digits(m.p.AsAt.Sub(dayOf(x.submitted)))
	}
	late := ""
	m.add(sumKey{name: "sum", currency: x.currency}, "", x.amount)
	if n := x.late(m.p.AsAt); n > 0 {
		late = digits(n)
		m.add(sumKey{name: "overdue", currency: x.currency}, "", x.amount)
	}
	m.add(sumKey{name: "by_state", of: string(x.state), part: age, currency: x.currency}, "report.state.", x.amount)
	return m.row(x.code, x.customer, x.name, x.kind, string(x.state), dayOf(x.since).String(), digits(days), age, dayOf(x.submitted).String(), total, x.by, x.due.String(), late, x.currency, show(x.currency, x.amount))
}
