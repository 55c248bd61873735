package report

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/request"
)

const chunk = 500 // documents that are looked up together

// reimbursed is a reimbursement in the register.
type reimbursed struct {
	id, customer, vendor int64
	number               string
	date                 civil.Date
	code, name           string // of the customer
	payee, payeeName     string
	run, request         string
	reversal             string // number of the reversing voucher; blank: none was known
	currency             string
	amount               money.Amount // what it charges the customer's account with
	from, to             []string     // ledger accounts of the customer, of the vendor
	funds                []string
	payment, payNumber   string // the newest payment
	status               payout.Status
	settled              money.Amount // of the vendor invoice
	invoiced             money.Amount
}

// state gives what became of it, in the words of requests.
func (x *reimbursed) state() request.State {
	switch {
	case x.reversal != "":
		return request.Reversed
	case x.status.Open():
		return request.InPayment
	case x.status == payout.Posted:
		return request.Paid
	case x.status == payout.Cleared:
		return request.Cleared
	case x.status != "":
		return request.Returned
	case x.settled >= x.invoiced:
		return request.Paid
	}
	return request.Posted
}

// reimbursements is the register of what was reimbursed in a period, with the state of each as it was known at the end of a day. The sum is held
// against what the vouchers of the period charged the accounts of vendors with, which is read by another way.
func (m *maker) reimbursements(ctx context.Context) error {
	m.made.Columns = []Column{
		{Name: "reimbursement", Type: Text, Ref: "reimbursement"},
		{Name: "date", Type: Day},
		{Name: "customer", Type: Text, Ref: "customer"},
		{Name: "name", Type: Text},
		{Name: "payee", Type: Text, Ref: "vendor"},
		{Name: "payee_name", Type: Text, Quiet: true},
		{Name: "customer_account", Type: Text},
		{Name: "vendor_account", Type: Text},
		{Name: "fund", Type: Text},
		{Name: "voucher", Type: Text, Ref: "voucher", Quiet: true},
		{Name: "request", Type: Text, Ref: "request"},
		{Name: "run", Type: Text, Ref: "run"},
		{Name: "payment", Type: Text, Ref: "payment"},
		{Name: "payment_number", Type: Text},
		{Name: "state", Type: Word, Words: "report.state."},
		{Name: "reversed_by", Type: Text, Ref: "voucher"},
		{Name: "currency", Type: Text},
		{Name: "amount", Type: Amount},
	}
	customer, err := m.customerID(ctx)
	if err != nil {
		return err
	}
	first, last, err := m.vouchers(ctx)
	if err != nil {
		return err
	}
	for after := first - 1; first > 0; {
		part, err := m.reimbursedPart(ctx, customer, after, last)
		if err != nil || len(part) == 0 {
			if err != nil {
				return err
			}
			break
		}
		after = part[len(part)-1].id
		for _, x := range part {
			if err := m.register(x); err != nil {
				return err
			}
		}
	}
	return m.tieRegister(ctx, customer, first, last)
}

// vouchers gives between which vouchers the period lies; 0 when it has none.
func (m *maker) vouchers(ctx context.Context) (first, last int64, err error) {
	var a, b *int64
	err = m.tx.Row(ctx, "select min(first_voucher), max(last_voucher) from balance where company = $1 and date between $2 and $3", m.tx.Company, m.p.From, m.p.To).Scan(&a, &b)
	if err != nil || a == nil {
		return 0, 0, err
	}
	return max(*a, 1), *b, nil
}

// register adds a reimbursement to the rows and sums.
func (m *maker) register(x *reimbursed) error {
	if m.p.Currency != "" && x.currency != m.p.Currency {
		return nil
	}
	state := string(x.state())
	m.add(sumKey{name: "sum", currency: x.currency}, "", x.amount)
	m.add(sumKey{name: "by_state", of: state, currency: x.currency}, "report.state.", x.amount)
	return m.row(x.number, x.date.String(), x.code, x.name, x.payee, x.payeeName, strings.Join(x.from, " "), strings.Join(x.to, " "), strings.Join(x.funds, " "), x.number, x.request, x.run,
		x.payment, x.payNumber, state, x.reversal, x.currency, show(x.currency, x.amount))
}

// reimbursedPart reads the next reimbursements, with all that belongs to them.
func (m *maker) reimbursedPart(ctx context.Context, customer, after, last int64) ([]*reimbursed, error) {
	theirs := ""
	args := []any{m.tx.Company, m.p.From, m.p.To, after, last, end(m.p.AsAt)}
	if customer != 0 {
		theirs, args = " and v.customer = $7", append(args, customer)
	}
	at := map[int64]*reimbursed{}
	all, err := db.List(ctx, m.tx, func(r *db.Rows, p **reimbursed) error {
		x := &reimbursed{}
		*p = x
		return r.Scan(&x.id, &x.number, &x.date, &x.customer, &x.code, &x.name, &x.vendor, &x.payee, &x.payeeName, &x.run, &x.request, &x.reversal)
	}, `select v.id, v.number, v.date, c.id, c.code, c.name, n.id, n.code, n.name, coalesce(u.code, ''), coalesce(q.code, ''), coalesce(x.number, '')
		from voucher v join customer c on c.company = v.company and c.id = v.customer join vendor n on n.company = v.company and n.id = v.vendor
		left join run u on u.company = v.company and u.id = v.source
		left join request_reimbursement k on k.company = v.company and k.voucher = v.id
		left join request q on q.company = k.company and q.id = k.request
		left join voucher x on x.company = v.company and x.reverses = v.id and not exists (select 1 from audit a where a.company = x.company and a.id = x.command and a.at >= $6)
		where v.company = $1 and v.type = 7 and v.date between $2 and $3 and v.id > $4 and v.id <= $5`+theirs+" order by v.id limit "+strconv.Itoa(chunk), args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	ids := make([]int64, len(all))
	vendors := make([]int64, len(all))
	for i, x := range all {
		ids[i], vendors[i], at[x.id] = x.id, x.vendor, x
	}
	for _, read := range []func() error{
		func() error { return m.readAccounts(ctx, at, ids) },
		func() error { return m.readPayments(ctx, at, ids) },
		func() error { return m.readSettled(ctx, at, ids, vendors) },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// readAccounts reads the lines of the vouchers.
func (m *maker) readAccounts(ctx context.Context, at map[int64]*reimbursed, ids []int64) error {
	those, arg := m.tx.Among("e.voucher", "$2", ids)
	return m.tx.Each(ctx, "select e.voucher, e.account, coalesce(e.party, 0), e.currency, e.amount from entry e where e.company = $1 and "+those+" order by e.voucher, e.line", []any{m.tx.Company, arg}, func(r *db.Rows) error {
		x, by, amount := at[r.Int64(0)], r.Int64(2), money.Amount(r.Int64(4))
		account, _ := m.c.ByID(r.Int64(1))
		switch {
		case by == x.customer && amount > 0:
			x.currency, x.amount, x.from = r.Text(3), x.amount+amount, once(x.from, account.Written)
			x.funds = once(x.funds, m.c.Balancing(account))
		case by == x.vendor && amount < 0:
			x.invoiced, x.to = x.invoiced-amount, once(x.to, account.Written)
		}
		return nil
	})
}

func once(all []string, s string) []string {
	if s == "" || slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

// readPayments reads the newest payment of each invoice that was not cancelled, in the status that it had at the end of the day.
func (m *maker) readPayments(ctx context.Context, at map[int64]*reimbursed, ids []int64) error {
	those, arg := m.tx.Among("i.voucher", "$3", ids)
	return m.tx.Each(ctx, `select i.voucher, j.code || '/' || cast(p.line as text), p.number,
			coalesce((select s.status from vendor_payment_event s where s.company = p.company and s.payment = p.id and s.at < $2 order by s.n desc limit 1), '')
		from vendor_payment_item i join vendor_payment p on p.company = i.company and p.id = i.payment join vendor_payment_journal j on j.company = p.company and j.id = p.journal
		where i.company = $1 and `+those+" order by p.id", []any{m.tx.Company, end(m.p.AsAt), arg}, func(r *db.Rows) error {
		x, status := at[r.Int64(0)], payout.Status(r.Text(3))
		if status != "" && status != payout.Cancelled {
			x.payment, x.payNumber, x.status = r.Text(1), r.Text(2), status
		}
		return nil
	})
}

// readSettled reads how much of each invoice was settled at the end of the day. The key of settlements begins with the party.
func (m *maker) readSettled(ctx context.Context, at map[int64]*reimbursed, ids, vendors []int64) error {
	slices.Sort(vendors)
	theirs, parties := m.tx.Among("s.party", "$3", slices.Compact(vendors))
	those, vouchers := m.tx.Among("s.credit_voucher", "$4", ids)
	return m.tx.Each(ctx, `select s.credit_voucher, cast(sum(s.amount) as bigint) from settlement s join settlement_op p on p.company = s.company and p.id = s.operation
		where s.company = $1 and not exists (select 1 from audit a where a.company = p.company and a.id = p.command and a.at >= $2) and `+theirs+" and "+those+" group by s.credit_voucher",
		[]any{m.tx.Company, end(m.p.AsAt), parties, vouchers}, func(r *db.Rows) error {
			at[r.Int64(0)].settled = money.Amount(r.Int64(1))
			return nil
		})
}

// tieRegister holds the sums against the ledger: what reimbursements of the period owe vendors, by currency.
func (m *maker) tieRegister(ctx context.Context, customer, first, last int64) error {
	owed := map[string]money.Amount{}
	counts := map[string]int64{}
	if first > 0 {
		err := m.tx.Each(ctx, `select e.currency, cast(-sum(e.amount) as bigint), count(distinct v.id) from voucher v join entry e on e.company = v.company and e.voucher = v.id
			where v.company = $1 and v.type = 7 and v.date between $2 and $3 and v.id between $4 and $5 and e.party = v.vendor and ($6 = 0 or v.customer = $6) group by e.currency`,
			[]any{m.tx.Company, m.p.From, m.p.To, first, last, customer}, func(r *db.Rows) error {
				if m.p.Currency == "" || r.Text(0) == m.p.Currency {
					owed[r.Text(0)], counts[r.Text(0)] = money.Amount(r.Int64(1)), r.Int64(2)
				}
				return nil
			})
		if err != nil {
			return err
		}
	}
	listed := map[string]money.Amount{}
	for k, s := range m.sums {
		if k.name == "sum" {
			total, err := s.amount.Total()
			if err != nil {
				return err
			}
			listed[k.currency] = total
		}
	}
	for currency := range listed {
		if _, there := owed[currency]; !there {
			owed[currency] = 0
		}
	}
	for _, currency := range sortedKeys(owed) {
		m.tie("register", currency, listed[currency], owed[currency], strconv.FormatInt(counts[currency], 10))
	}
	return nil
}

// tie notes that what is listed is what the ledger has, or by how much it is not.
func (m *maker) tie(name, currency string, listed, has money.Amount, count string) {
	tone, what := "good", name+"_ties"
	if listed != has {
		tone, what = "bad", name+"_differs"
	}
	m.note(tone, what, "currency", currency, "listed", show(currency, listed), "ledger", show(currency, has), "difference", show(currency, listed-has), "count", count)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	var keys []K
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// customerID gives the id of the customer that the report is limited to; 0: all.
func (m *maker) customerID(ctx context.Context) (int64, error) {
	if m.p.Customer == "" {
		return 0, nil
	}
	c, err := party.FindCustomer(ctx, m.tx, m.p.Customer)
	if fault.CodeOf(err) == fault.NotFound {
		err = fault.New(fault.NotFound, "there is no customer %q", m.p.Customer).In("customer")
	}
	return c.ID, err
}
