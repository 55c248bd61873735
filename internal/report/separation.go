package report

import (
	"context"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/money"
)

// duty is who did what with one document.
type duty struct {
	kind, document, title string // kind of document, its name, what it is
	at                    int64
	state                 string
	currency              string
	amount                money.Amount
	asked, approved       []string // persons; of approved also those who were stood in for
	posted, paid          []string
	deputies              []string // "bob for ann"
	automatic             bool
}

// findings names the rules that the document breaks; the core enforces them, and this looks again at what is stored.
func (d *duty) findings() []string {
	var found []string
	if both(d.approved, d.asked) {
		found = append(found, "approved_own")
	}
	if both(d.posted, d.approved) {
		found = append(found, "approver_posted")
	}
	if both(d.paid, d.approved) {
		found = append(found, "approver_paid")
	}
	if d.kind == "request" && both(d.paid, d.asked) {
		found = append(found, "requester_paid")
	}
	for _, a := range d.approved {
		if strings.HasPrefix(a, "operator:") {
			found = append(found, "operator_approved")
			break
		}
	}
	return found
}

func both(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return s != "" && slices.Contains(b, s) })
}

// separation is the report on approvals and separation of duties: by document, by person, or the delegations that were used. Each view tells of the
// violations among the documents of the period, which it looks for in what is stored, whatever the core enforced.
func (m *maker) separation(ctx context.Context) error {
	people := map[string]*person{}
	violations := 0
	rows := m.p.View == "documents"
	if rows {
		m.made.Columns = []Column{
			{Name: "document_type", Type: Word, Words: "report.document."},
			{Name: "document", Type: Text, Ref: "*document_type"},
			{Name: "title", Type: Text},
			{Name: "date", Type: Day},
			{Name: "state", Type: Word, Words: "report.state."},
			{Name: "asked_by", Type: Text},
			{Name: "approved_by", Type: Text},
			{Name: "delegation", Type: Text},
			{Name: "posted_by", Type: Text},
			{Name: "paid_by", Type: Text},
			{Name: "finding", Type: Word, Words: "report.finding."},
			{Name: "currency", Type: Text},
			{Name: "amount", Type: Amount},
		}
	}
	documents := 0
	take := func(d *duty) error {
		documents++
		found := d.findings()
		violations += len(found)
		for _, f := range found {
			m.count(sumKey{name: "violations", of: f}, "report.finding.", 1)
		}
		note(people, d, len(found) > 0)
		if !rows {
			return nil
		}
		m.add(sumKey{name: "by_document", of: d.kind, currency: d.currency}, "report.document.", d.amount)
		approved := strings.Join(d.approved, ", ")
		return m.row(d.kind, d.document, d.title, dayOf(d.at).String(), d.state, strings.Join(d.asked, ", "), approved, strings.Join(d.deputies, ", "), strings.Join(d.posted, ", "), strings.Join(d.paid, ", "),
			strings.Join(found, " "), d.currency, show(d.currency, d.amount))
	}
	for _, each := range []func(context.Context, func(*duty) error) error{m.requestDuties, m.approvalDuties, m.paymentDuties} {
		if err := each(ctx, take); err != nil {
			return err
		}
	}
	if violations == 0 {
		m.note("good", "no_violation", "documents", digits(documents))
	} else {
		m.note("bad", "violations", "n", digits(violations), "documents", digits(documents))
	}
	return m.conflicts(ctx, people)
}

// requestDuties gives the requests that were submitted in the period, with all who had a hand in them.
func (m *maker) requestDuties(ctx context.Context, fn func(*duty) error) error {
	after := int64(0)
	for {
		at := map[int64]*duty{}
		ids, err := db.List(ctx, m.tx, func(r *db.Rows, id *int64) error {
			d := &duty{kind: "request"}
			var approved, posted string
			if err := r.Scan(id, &d.document, &d.title, &d.at, &d.state, &d.currency, &d.amount, &approved, &posted); err != nil {
				return err
			}
			d.approved, d.posted, d.automatic = once(nil, approved), once(nil, posted), strings.Contains(approved, ":")
			at[*id] = d
			return nil
		}, `select q.id, q.code, c.name, q.submitted_at, q.state, q.currency, q.amount, q.approved_by, q.posted_by from request q join customer c on c.company = q.company and c.id = q.customer
			where q.company = $1 and q.submitted_at >= $2 and q.submitted_at < $3 and q.id > $4 order by q.id limit 500`, m.tx.Company, begin(m.p.From), end(m.p.To), after)
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		if err := m.requestHands(ctx, at, ids); err != nil {
			return err
		}
		for _, id := range ids {
			if err := fn(at[id]); err != nil {
				return err
			}
		}
	}
}

// requestHands reads who asked for requests, who approved them by steps, and who paid them.
func (m *maker) requestHands(ctx context.Context, at map[int64]*duty, ids []int64) error {
	those, arg := m.tx.Among("e.request", "$2", ids)
	err := m.tx.Each(ctx, `select e.request, e.actor from request_event e where e.company = $1 and `+those+` and (e.what in ('created', 'edited', 'attached', 'detached') or e.to_state = 'submitted' and e.from_state in ('draft', 'more_information'))
		order by e.request, e.n`, []any{m.tx.Company, arg}, func(r *db.Rows) error {
		d := at[r.Int64(0)]
		d.asked = once(d.asked, r.Text(1))
		return nil
	})
	if err != nil {
		return err
	}
	those, arg = m.tx.Among("a.subject", "$2", ids)
	err = m.tx.Each(ctx, `select a.subject, e.actor, e.acting_for from approval a join approval_event e on e.company = a.company and e.approval = a.id and e.verb = 'approve'
		where a.company = $1 and a.kind = 'request' and a.state in ('approved', 'used') and `+those+" order by a.id, e.n", []any{m.tx.Company, arg}, func(r *db.Rows) error {
		at[r.Int64(0)].approve(r.Text(1), r.Text(2))
		return nil
	})
	if err != nil {
		return err
	}
	those, arg = m.tx.Among("k.request", "$2", ids)
	return m.tx.Each(ctx, `select distinct k.request, p.posted_by, p.id from request_reimbursement k join vendor_payment_item i on i.company = k.company and i.voucher = k.voucher
		join vendor_payment p on p.company = i.company and p.id = i.payment where k.company = $1 and p.posted_by <> '' and `+those+" order by p.id", []any{m.tx.Company, arg}, func(r *db.Rows) error {
		d := at[r.Int64(0)]
		d.paid = once(d.paid, r.Text(1))
		return nil
	})
}

func (d *duty) approve(actor, instead string) {
	d.approved = once(d.approved, actor)
	if instead != "" {
		d.approved = once(d.approved, instead)
		d.deputies = once(d.deputies, actor+" for "+instead)
	}
}

// approvalDuties gives the approvals of other subjects than requests and payments that were asked for in the period.
func (m *maker) approvalDuties(ctx context.Context, fn func(*duty) error) error {
	after := int64(0)
	for {
		at := map[int64]*duty{}
		ids, err := db.List(ctx, m.tx, func(r *db.Rows, id *int64) error {
			d := &duty{kind: "approval"}
			var n int64
			var requester, submitter, name, title string
			if err := r.Scan(id, &n, &name, &title, &d.at, &d.state, &d.currency, &d.amount, &requester, &submitter, &d.automatic); err != nil {
				return err
			}
			d.document, d.title = approvalCode(n), strings.TrimSpace(name+" "+title)
			d.asked = once(once(nil, requester), submitter)
			at[*id] = d
			return nil
		}, `select id, n, name, title, submitted_at, state, currency, amount, requester, submitted_by, automatic from approval
			where company = $1 and kind not in ('request', 'payment') and submitted_at >= $2 and submitted_at < $3 and id > $4 order by id limit 500`, m.tx.Company, begin(m.p.From), end(m.p.To), after)
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		those, arg := m.tx.Among("approval", "$2", ids)
		err = m.tx.Each(ctx, "select approval, verb, actor, acting_for from approval_event where company = $1 and verb in ('approve', 'use') and "+those+" order by approval, n", []any{m.tx.Company, arg}, func(r *db.Rows) error {
			d := at[r.Int64(0)]
			if r.Text(1) == "use" {
				d.posted = once(d.posted, r.Text(2))
			} else {
				d.approve(r.Text(2), r.Text(3))
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := fn(at[id]); err != nil {
				return err
			}
		}
	}
}

// paymentDuties gives the payments that were made in the period.
func (m *maker) paymentDuties(ctx context.Context, fn func(*duty) error) error {
	return m.tx.Each(ctx, `select j.code || '/' || cast(p.line as text), n.name, p.posted_on, p.status, p.currency, p.amount, j.created_by, p.approved_by, p.posted_by
		from vendor_payment p join vendor_payment_journal j on j.company = p.company and j.id = p.journal join vendor n on n.company = p.company and n.id = p.payee
		where p.company = $1 and p.posted_on between $2 and $3 order by p.id`, []any{m.tx.Company, m.p.From, m.p.To}, func(r *db.Rows) error {
		d := &duty{kind: "payment"}
		var asked, approved, paid string
		var on civil.Date
		if err := r.Scan(&d.document, &d.title, &on, &d.state, &d.currency, &d.amount, &asked, &approved, &paid); err != nil {
			return err
		}
		d.at = on.Time().UnixMicro()
		d.asked, d.approved, d.paid = once(nil, asked), once(nil, approved), once(nil, paid)
		return fn(d)
	})
}

// person is how much one person had to do with documents.
type person struct {
	asked, approved, posted, paid, deputy, violations int
}

// note counts a document for everybody who had a hand in it.
func note(people map[string]*person, d *duty, violates bool) {
	of := func(name string) *person {
		if people[name] == nil {
			people[name] = &person{}
		}
		return people[name]
	}
	hands := map[string]bool{}
	for _, x := range []struct {
		names []string
		n     func(*person) *int
	}{
		{d.asked, func(p *person) *int { return &p.asked }},
		{d.approved, func(p *person) *int { return &p.approved }},
		{d.posted, func(p *person) *int { return &p.posted }},
		{d.paid, func(p *person) *int { return &p.paid }},
	} {
		for _, name := range x.names {
			*x.n(of(name))++
			hands[name] = true
		}
	}
	for _, text := range d.deputies {
		deputy, _, _ := strings.Cut(text, " for ")
		of(deputy).deputy++
	}
	if violates {
		for name := range hands {
			of(name).violations++
		}
	}
}

// pairs are the permissions that one person should not hold together.
var conflicting = []struct {
	name string
	a, b identity.Permission
}{
	{"asks_and_approves", identity.Reimburse, identity.Approve},
	{"approves_and_pays", identity.Approve, identity.Pay},
	{"asks_and_pays", identity.Reimburse, identity.Pay},
}

// conflicts tells who holds permissions that conflict, and, in their views, of persons and of delegations.
func (m *maker) conflicts(ctx context.Context, people map[string]*person) error {
	users, err := identity.Users(ctx, m.tx)
	if err != nil {
		return err
	}
	if m.p.View == "people" {
		m.made.Columns = []Column{
			{Name: "person", Type: Text},
			{Name: "roles", Type: Text},
			{Name: "conflict", Type: Word, Words: "report.conflict."},
			{Name: "disabled", Type: Word, Words: "report.yes."},
			{Name: "asked", Type: Count},
			{Name: "approved", Type: Count},
			{Name: "as_deputy", Type: Count},
			{Name: "posted", Type: Count},
			{Name: "paid", Type: Count},
			{Name: "violations", Type: Count},
		}
	}
	held := 0
	known := map[string]bool{}
	for i := range users {
		u := &users[i]
		known[u.Name] = true
		actor := u.Actor()
		var clash []string
		for _, c := range conflicting {
			if !u.Disabled && actor.AllowIn(m.c.Code, c.a) == nil && actor.AllowIn(m.c.Code, c.b) == nil {
				clash = append(clash, c.name)
				m.count(sumKey{name: "conflicts", of: c.name}, "report.conflict.", 1)
			}
		}
		held += min(len(clash), 1)
		roles := identity.Names(actor.RolesIn(m.c.Code))
		if m.p.View == "people" && (len(roles) > 0 || people[u.Name] != nil) {
			if err := m.personRow(u.Name, strings.Join(roles, ", "), strings.Join(clash, " "), yes(u.Disabled), people[u.Name]); err != nil {
				return err
			}
		}
	}
	if m.p.View == "people" {
		for _, name := range sortedKeys(people) {
			if !known[name] { // the operator, a policy, somebody who is gone
				if err := m.personRow(name, "", "", "", people[name]); err != nil {
					return err
				}
			}
		}
	}
	if held > 0 {
		m.note("bad", "conflicts", "n", digits(held))
	} else {
		m.note("good", "no_conflict")
	}
	return m.delegations(ctx)
}

func (m *maker) personRow(name, roles, clash, disabled string, p *person) error {
	if p == nil {
		p = &person{}
	}
	return m.row(name, roles, clash, disabled, digits(p.asked), digits(p.approved), digits(p.deputy), digits(p.posted), digits(p.paid), digits(p.violations))
}

// delegations counts the delegations that were used in the period, and lists them in their view.
func (m *maker) delegations(ctx context.Context) error {
	if m.p.View == "delegations" {
		m.made.Columns = []Column{
			{Name: "from", Type: Text},
			{Name: "to", Type: Text},
			{Name: "first_day", Type: Day},
			{Name: "last_day", Type: Day},
			{Name: "of", Type: Text},
			{Name: "reason", Type: Text},
			{Name: "made_by", Type: Text},
			{Name: "ended_by", Type: Text},
			{Name: "decisions", Type: Count},
		}
	}
	used := 0
	err := m.tx.Each(ctx, `select d.from_user, d.to_user, d.from_date, d.to_date, d.kind, d.why, d.made_by, d.ended_by,
			(select count(*) from approval_event e join approval a on a.company = e.company and a.id = e.approval
				where e.company = d.company and e.actor = d.to_user and e.acting_for = d.from_user and e.at >= $4 and e.at < $5 and e.at >= d.made_at and (d.ended_at = 0 or e.at < d.ended_at) and (d.kind = '' or a.kind = d.kind))
		from approval_delegation d where d.company = $1 and d.from_date <= $3 and d.to_date >= $2 order by d.id`,
		[]any{m.tx.Company, m.p.From, m.p.To, begin(m.p.From), end(m.p.To)}, func(r *db.Rows) error {
			n := int(r.Int64(8))
			used += n
			if m.p.View != "delegations" {
				return nil
			}
			return m.row(r.Text(0), r.Text(1), r.Date(2).String(), r.Date(3).String(), r.Text(4), r.Text(5), r.Text(6), r.Text(7), digits(n))
		})
	if used > 0 {
		m.note("info", "delegations_used", "n", digits(used))
	}
	return err
}
