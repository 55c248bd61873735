package request

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
)

const columns = `select r.id, r.code, r.customer, c.code, c.name, r.kind, r.state, r.held_from, r.fresh = 1, r.currency, r.amount, coalesce(r.classification, 0), r.reason, r.source, r.method,
	coalesce(r.payee, 0), coalesce(p.code, ''), r.asked, r.due, r.key, r.created_by, r.created_at, r.submitted_by, r.submitted_at, r.since, r.approved_by, r.approved_at, r.digest, r.debits,
	coalesce(r.credit, 0), coalesce(v.number, ''), coalesce(r.run, 0), coalesce(n.code, ''), r.posted_by, r.events
	from request r join customer c on c.company = r.company and c.id = r.customer left join vendor p on p.company = r.company and p.id = r.payee
	left join voucher v on v.company = r.company and v.id = r.credit left join run n on n.company = r.company and n.id = r.run where r.company = $1`

func scan(r interface{ Scan(...any) error }, x *Request) error {
	return r.Scan(&x.ID, &x.Code, &x.Customer, &x.CustomerCode, &x.CustomerName, &x.Kind, &x.State, &x.HeldFrom, &x.Fresh, &x.Currency, &x.Amount, &x.Classification, &x.Reason, &x.Source, &x.Method,
		&x.Payee, &x.PayeeCode, &x.Asked, &x.Due, &x.Key, &x.CreatedBy, &x.CreatedAt, &x.SubmittedBy, &x.SubmittedAt, &x.Since, &x.ApprovedBy, &x.ApprovedAt, &x.ApprovedDigest, &x.Debits,
		&x.Credit, &x.CreditNumber, &x.Run, &x.RunCode, &x.PostedBy, &x.Events)
}

// Find gives the request with the code, with its credits, lines and files; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, code string) (*Request, error) {
	x, err := one(ctx, tx, "r.code = $2", code)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no request %q; see: quittance requests list", code)
	}
	return x, err
}

// ByID gives the request with the id.
func ByID(ctx context.Context, tx *db.Tx, id int64) (*Request, error) {
	return one(ctx, tx, "r.id = $2", id)
}

// ByKey gives the request of an intake's key; false when there is none.
func ByKey(ctx context.Context, tx *db.Tx, key string) (*Request, bool, error) {
	x, err := one(ctx, tx, "r.key = $2 and r.key <> ''", key)
	if errors.Is(err, db.ErrNoRows) {
		return nil, false, nil
	}
	return x, err == nil, err
}

func one(ctx context.Context, tx *db.Tx, where string, arg any) (*Request, error) {
	x := &Request{}
	if err := scan(tx.Row(ctx, columns+" and "+where, tx.Company, arg), x); err != nil {
		return nil, err
	}
	return x, x.fill(ctx, tx)
}

// fill reads credits, lines and files.
func (x *Request) fill(ctx context.Context, tx *db.Tx) (err error) {
	x.Credits, err = db.List(ctx, tx, func(r *db.Rows, y *Credit) error { return r.Scan(&y.Voucher, &y.Number, &y.Amount) },
		`select k.voucher, v.number, k.amount from request_credit k join voucher v on v.company = k.company and v.id = k.voucher where k.company = $1 and k.request = $2 order by k.n`, tx.Company, x.ID)
	if err != nil {
		return err
	}
	x.Lines, err = db.List(ctx, tx, func(r *db.Rows, y *Line) error { return r.Scan(&y.Account, &y.Amount) },
		"select account, amount from request_line where company = $1 and request = $2 order by n", tx.Company, x.ID)
	if err != nil {
		return err
	}
	x.Files, err = db.List(ctx, tx, func(r *db.Rows, y *File) error { return r.Scan(&y.N, &y.Type, &y.File, &y.SHA256) },
		"select n, type, file, sha256 from request_file where company = $1 and request = $2 and removed_by = '' order by n", tx.Company, x.ID)
	return err
}

// Filter narrows a list of requests; what is blank or 0 does not.
type Filter struct {
	States    []State
	Kind      Kind
	Customer  int64
	Currency  string
	Source    string
	By        string     // who made or submitted it
	DueBy     civil.Date // due up to this day
	From, To  money.Amount
	Unsettled bool       // not ended
	OverdueOn civil.Date // due before this day and not paid

	// What the figures count, so that each can be listed. Instants are UTC microseconds, the last not in it; 0: without end.
	SinceFrom, SinceTo       int64 // in its state
	ApprovedFrom, ApprovedTo int64
	DueFrom                  civil.Date
	Why                      string // it came to its state, word by word
	Service                  Service
	Clock                    string // that set the day; see [ClockOf], which needs the three after it
	ServiceDays              int
	Home, Holder             string
	WaitsFor                 string // the approver whom its step waits for: a user, or role:ROLE
}

// where gives the conditions of the filter, and their arguments with those that stand before them.
func (f Filter) where(tx *db.Tx, args []any) (string, []any, error) {
	q := ""
	and := func(condition string, values ...any) {
		for _, value := range values {
			args = append(args, value)
			if n := fmt.Sprintf("$%d", len(args)); len(values) == 1 {
				condition = strings.ReplaceAll(condition, "?", n)
			} else {
				condition = strings.Replace(condition, "?", n, 1)
			}
		}
		q += " and " + condition
	}
	if len(f.States) > 0 {
		names := make([]string, len(f.States))
		for i, s := range f.States {
			names[i] = string(s)
		}
		those, more := db.AmongTexts("r.state", len(args)+1, names)
		q, args = q+" and "+those, append(args, more...)
	}
	if f.Kind != "" {
		and("r.kind = ?", f.Kind)
	}
	if f.Customer != 0 {
		and("r.customer = ?", f.Customer)
	}
	if f.Currency != "" {
		and("r.currency = ?", f.Currency)
	}
	if f.Source != "" {
		and("r.source = ?", f.Source)
	}
	if f.By != "" {
		and("? in (r.created_by, r.submitted_by)", f.By)
	}
	if !f.DueBy.IsZero() {
		and("r.due <= ?", f.DueBy)
	}
	if f.From != 0 {
		and("r.amount >= ?", f.From)
	}
	if f.To != 0 {
		and("r.amount <= ?", f.To)
	}
	if f.Unsettled {
		q += " and r.state not in " + EndedStates
	}
	if !f.OverdueOn.IsZero() { // the states of [Request.Overdue]
		and("r.due < ? and r.state in "+unpaidStates, f.OverdueOn)
	}
	err := f.further(tx, and)
	return q, args, err
}

// List gives requests, the newest first: those before the one with the id before (0: none), at most limit; next is where the list goes
// on, 0 at its end. Credits, lines and files are not read.
func List(ctx context.Context, tx *db.Tx, f Filter, before int64, limit int) (all []Request, next int64, err error) {
	conditions, args, err := f.where(tx, []any{tx.Company})
	if err != nil {
		return nil, 0, err
	}
	q := columns + conditions
	if before != 0 {
		args = append(args, before)
		q += fmt.Sprintf(" and r.id < $%d", len(args))
	}
	args = append(args, limit+1)
	all, err = db.List(ctx, tx, func(r *db.Rows, x *Request) error { return scan(r, x) }, q+fmt.Sprintf(" order by r.id desc limit $%d", len(args)), args...)
	if err == nil && len(all) > limit {
		all, next = all[:limit], all[limit-1].ID
	}
	return all, next, err
}

// Sum is how many requests of a state and currency there are.
type Sum struct {
	State    State
	Currency string
	Requests int64
	Overdue  int64 // of them, those that were due before the day and are not paid
	Amount   money.Amount
}

// Sums adds up the requests of a filter by state and currency, in the order of states, with those that are overdue on a day.
func Sums(ctx context.Context, tx *db.Tx, f Filter, on civil.Date) ([]Sum, error) {
	conditions, args, err := f.where(tx, []any{tx.Company, on})
	if err != nil {
		return nil, err
	}
	all, err := db.List(ctx, tx, func(r *db.Rows, s *Sum) error {
		return r.Scan(&s.State, &s.Currency, &s.Requests, &s.Overdue, &s.Amount)
	}, `select r.state, r.currency, count(*),
		sum(case when r.due < $2 and r.state in ('submitted', 'in_review', 'more_information', 'on_hold', 'approved', 'posted', 'in_payment', 'returned') then 1 else 0 end), cast(sum(r.amount) as bigint)
		from request r where r.company = $1`+conditions+" group by r.state, r.currency", args...)
	order := States()
	slices.SortFunc(all, func(a, b Sum) int {
		return cmp.Or(slices.Index(order, a.State)-slices.Index(order, b.State), strings.Compare(a.Currency, b.Currency))
	})
	return all, err
}

// Event is something that happened to a request.
type Event struct {
	N        int64
	At       int64 // UTC microseconds
	Actor    string
	What     string
	From, To State // the same when its state did not change
	Detail   string
}

// What happened to a request.
const (
	WasCreated   = "created"
	WasEdited    = "edited"
	WasAttached  = "attached"
	WasDetached  = "detached"
	WasCommented = "commented"
	WasVoided    = "approval_voided"
	WasChanged   = "state"
)

// Events gives the history of a request, the oldest first.
func Events(ctx context.Context, tx *db.Tx, request int64) ([]Event, error) {
	return db.List(ctx, tx, func(r *db.Rows, e *Event) error {
		return r.Scan(&e.N, &e.At, &e.Actor, &e.What, &e.From, &e.To, &e.Detail)
	}, "select n, at, actor, what, from_state, to_state, detail from request_event where company = $1 and request = $2 order by n", tx.Company, request)
}

// tell writes an event, and guards the request against changes since it was read: it must still have as many events.
func (x *Request) tell(ctx context.Context, tx *db.Tx, what string, to State, detail string) error {
	n, err := tx.Exec(ctx, "update request set events = events + 1 where company = $1 and id = $2 and events = $3", tx.Company, x.ID, x.Events)
	if err != nil {
		return err
	}
	if n != 1 {
		return db.Again("the request was changed by somebody else")
	}
	x.Events++
	return x.event(ctx, tx, what, to, detail)
}

func (x *Request) event(ctx context.Context, tx *db.Tx, what string, to State, detail string) error {
	_, err := tx.Exec(ctx, "insert into request_event (company, request, n, at, actor, what, from_state, to_state, detail) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		tx.Company, x.ID, x.Events, tx.Micros(), tx.Actor, what, x.State, to, detail)
	return err
}

// Requesters gives all who made, changed, submitted or answered for a request.
func Requesters(ctx context.Context, tx *db.Tx, request int64) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, s *string) error { return r.Scan(s) }, `select distinct actor from request_event where company = $1 and request = $2
		and (what in ('created', 'edited', 'attached', 'detached') or to_state = 'submitted' and from_state in ('draft', 'more_information')) order by actor`, tx.Company, request)
}

// Accepted gives the open debits that the approver said yes to.
func (x *Request) Accepted() []string {
	if x.Debits == "" {
		return nil
	}
	return strings.Split(x.Debits, "\n")
}

// Codes gives the codes of all requests that mark something now.
func Codes(ctx context.Context, tx *db.Tx) (map[string]bool, error) {
	codes := map[string]bool{}
	err := tx.Each(ctx, "select code from request where company = $1 and state in ('submitted', 'in_review', 'more_information', 'on_hold', 'approved')", []any{tx.Company}, func(r *db.Rows) error {
		codes[r.Text(0)] = true
		return nil
	})
	return codes, err
}

// Like gives requests whose codes begin with the text, the oldest first, then those about the source of just that name.
func Like(ctx context.Context, tx *db.Tx, text string, limit int) ([]Request, error) {
	if limit <= 0 {
		return nil, nil
	}
	read := func(r *db.Rows, x *Request) error { return scan(r, x) }
	all, err := db.List(ctx, tx, read, columns+" and r.code >= $2 and r.code < $3 order by r.code limit $4", tx.Company, text, text+"\U0010ffff", limit)
	if err != nil || len(all) == limit {
		return all, err
	}
	more, err := db.List(ctx, tx, read, columns+" and r.source = $2 and r.source <> '' order by r.id limit $3", tx.Company, text, limit-len(all))
	return append(all, more...), err
}

// Held gives the ids of the requests on hold, on which nobody decides.
func Held(ctx context.Context, tx *db.Tx) ([]int64, error) {
	return db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, "select id from request where company = $1 and state = 'on_hold' order by id", tx.Company)
}
