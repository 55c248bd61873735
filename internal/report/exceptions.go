package report

import (
	"context"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/money"
	"quittance/internal/payout"
	"quittance/internal/request"
	"quittance/internal/unclaimed"
)

// exception is something that did not go as it should.
type exception struct {
	kind           string
	docType, doc   string
	party, name    string
	since          civil.Date
	reason, detail string
	currency       string
	amount         money.Amount
}

// exceptions is what did not go as it should in a period, and what waits too long at its end. Requests, payments and approvals are as they were then;
// differences of the control, overdue credits and expired windows of deductions as they are.
func (m *maker) exceptions(ctx context.Context) error {
	m.made.Columns = []Column{
		{Name: "exception", Type: Word, Words: "report.exception."},
		{Name: "document_type", Type: Word, Words: "report.document."},
		{Name: "document", Type: Text, Ref: "*document_type"},
		{Name: "party", Type: Text},
		{Name: "name", Type: Text},
		{Name: "since", Type: Day},
		{Name: "days", Type: Count},
		{Name: "reason", Type: Word, Words: "report.reason."},
		{Name: "detail", Type: Text},
		{Name: "currency", Type: Text},
		{Name: "amount", Type: Amount},
	}
	for _, find := range []func(context.Context) error{m.failedPayments, m.slowRequests, m.controlOff, m.voidedApprovals, m.expiredWindows, m.overdueCredits, m.leftOut} {
		if err := find(ctx); err != nil {
			return err
		}
	}
	if m.made.Count == 0 {
		m.note("good", "no_exception")
	}
	return nil
}

// except adds an exception.
func (m *maker) except(x exception) error {
	days, amount := "", ""
	if x.amount == 0 { // a customer who was left out
		m.count(sumKey{name: "by_exception", of: x.kind, part: x.reason}, "report.exception.", 1)
	} else {
		m.add(sumKey{name: "by_exception", of: x.kind, part: x.reason, currency: x.currency}, "report.exception.", x.amount)
		amount = show(x.currency, x.amount)
	}
	if x.since != 0 {
		days = digits(m.p.To.Sub(x.since))
	}
	return m.row(x.kind, x.docType, x.doc, x.party, x.name, x.since.String(), days, x.reason, x.detail, x.currency, amount)
}

// failedPayments are those that failed by the end of the period and are neither paid again nor given to the state.
func (m *maker) failedPayments(ctx context.Context) error {
	return m.tx.Each(ctx, `select x.name, x.code, x.payee, x.currency, x.amount, e.status, e.at, e.detail from (
			select p.company, p.id, p.currency, p.amount, n.code, n.name as payee, j.code || '/' || cast(p.line as text) as name,
				(select max(l.n) from vendor_payment_event l where l.company = p.company and l.payment = p.id and l.at < $2) as last
			from vendor_payment p join vendor_payment_journal j on j.company = p.company and j.id = p.journal join vendor n on n.company = p.company and n.id = p.payee
			where p.company = $1 and p.status in ('rejected', 'returned', 'stopped', 'stale', 'reissued', 'escheated')) x
		join vendor_payment_event e on e.company = x.company and e.payment = x.id and e.n = x.last
		where e.status in ('rejected', 'returned', 'stopped', 'stale') order by x.id`, []any{m.tx.Company, end(m.p.To)}, func(r *db.Rows) error {
		return m.except(exception{
			kind: "payment_failed", docType: "payment", doc: r.Text(0), party: r.Text(1), name: r.Text(2), currency: r.Text(3), amount: money.Amount(r.Int64(4)), reason: string(payout.Status(r.Text(5))),
			since: dayOf(r.Int64(6)), detail: r.Text(7),
		})
	})
}

// slowRequests are those on hold, those that wait longer than they should, and those past their statutory date.
func (m *maker) slowRequests(ctx context.Context) error {
	return m.eachWaiting(ctx, m.p.To, 0, func(x *waiting) error {
		e := exception{docType: "request", doc: x.code, party: x.customer, name: x.name, since: dayOf(x.since), reason: string(x.state), currency: x.currency, amount: x.amount}
		if x.late(m.p.To) > 0 {
			late := e
			late.kind, late.since = "request_overdue", x.due
			if err := m.except(late); err != nil {
				return err
			}
		}
		switch {
		case x.state == request.OnHold:
			e.kind = "request_on_hold"
		case x.state.Marks() && m.p.To.Sub(e.since) > m.p.Days:
			e.kind = "request_waits"
		default:
			return nil
		}
		return m.except(e)
	})
}

// controlOff are the differences that the control finds now.
func (m *maker) controlOff(ctx context.Context) error {
	c, err := ControlOf(ctx, m.tx, m.c, ControlFilter{From: m.p.From, To: m.p.To})
	if err != nil {
		return err
	}
	for _, w := range c.Off {
		if err := m.except(exception{kind: "control_off", docType: "reimbursement", doc: w.Number, since: w.Date, reason: "reimbursement", currency: w.Currency, amount: w.Off()}); err != nil {
			return err
		}
	}
	for _, h := range c.Accounts {
		if h.Ledger != h.Items {
			if err := m.except(exception{kind: "control_off", docType: "account", doc: h.Account, reason: "account", detail: strings.Join(h.Parties, ", "), currency: m.c.Currency.Code, amount: h.Ledger - h.Items}); err != nil {
				return err
			}
		}
	}
	for i := range c.Banks {
		if b := &c.Banks[i]; b.Control != nil && b.Control.Off != 0 {
			if err := m.except(exception{kind: "control_off", docType: "bank", doc: b.Account.Code, since: b.Control.Date, reason: "bank", currency: b.Account.Currency, amount: b.Control.Off}); err != nil {
				return err
			}
		}
	}
	return nil
}

// voidedApprovals are those that became void in the period.
func (m *maker) voidedApprovals(ctx context.Context) error {
	return m.tx.Each(ctx, `select a.n, a.payee, a.name, a.title, a.ended_at, a.kind, a.currency, a.amount from approval a
		where a.company = $1 and a.state = 'void' and a.ended_at >= $2 and a.ended_at < $3 order by a.id`, []any{m.tx.Company, begin(m.p.From), end(m.p.To)}, func(r *db.Rows) error {
		return m.except(exception{
			kind: "approval_void", docType: "approval", doc: approvalCode(r.Int64(0)), party: r.Text(1), detail: strings.TrimSpace(r.Text(2) + " " + r.Text(3)), since: dayOf(r.Int64(4)), reason: r.Text(5),
			currency: r.Text(6), amount: money.Amount(r.Int64(7)),
		})
	})
}

// expiredWindows are open deductions that can no longer be disputed, and never were.
func (m *maker) expiredWindows(ctx context.Context) error {
	return m.tx.Each(ctx, `select d.number, c.code, c.name, d.expires, d.reason, d.currency, d.amount - d.resolved - d.split from deduction d join customer c on c.company = d.company and c.id = d.customer
		where d.company = $1 and d.state = 'held' and d.closed_at is null and d.amount > d.resolved + d.split and d.dispute = 'not_disputed' and d.expires between $2 and $3 order by d.id`,
		[]any{m.tx.Company, m.p.From, m.p.To}, func(r *db.Rows) error {
			return m.except(exception{
				kind: "deduction_expired", docType: "deduction", doc: r.Text(0), party: r.Text(1), name: r.Text(2), since: r.Date(3), detail: r.Text(4), currency: r.Text(5), amount: money.Amount(r.Int64(6)),
			})
		})
}

// overdueCredits are open credits whose clock ran out.
func (m *maker) overdueCredits(ctx context.Context) error {
	_, err := unclaimed.Age(ctx, m.tx, m.c, unclaimed.Selection{On: m.p.To}, func(x *unclaimed.Aged) error {
		if !x.Overdue {
			return nil
		}
		return m.except(exception{kind: "credit_overdue", docType: "voucher", doc: x.Document, party: x.Code, name: x.Name, since: x.Due, detail: x.Place.Jurisdiction, currency: x.Currency, amount: x.Amount})
	})
	return err
}

// leftOut are the customers that runs of the period left out.
func (m *maker) leftOut(ctx context.Context) error {
	return m.tx.Each(ctx, `select u.code, u.date, c.code, c.name, l.reason, l.detail, l.currency, l.amount from run u join run_line l on l.company = u.company and l.run = u.id
		join customer c on c.company = l.company and c.id = l.customer where u.company = $1 and u.date between $2 and $3 and u.state in ('proposed', 'posting', 'posted') and l.reason <> '' order by u.id, l.line`,
		[]any{m.tx.Company, m.p.From, m.p.To}, func(r *db.Rows) error {
			return m.except(exception{
				kind: "left_out", docType: "run", doc: r.Text(0), since: r.Date(1), party: r.Text(2), name: r.Text(3), reason: r.Text(4), detail: r.Text(5), currency: r.Text(6), amount: money.Amount(r.Int64(7)),
			})
		})
}
