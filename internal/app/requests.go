package app

import (
	"context"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/file"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/reimbursement"
	"quittance/internal/request"
)

// RequestFilter narrows a list of requests; what is blank does not.
type RequestFilter struct {
	States   []request.State
	Kind     request.Kind
	Customer string
	Currency string
	Source   string
	By       string     // who made or submitted it
	DueBy    civil.Date // due up to this day
	From, To string     // amounts, with Currency
	Open     bool       // not ended
	Overdue  bool       // due before today and not paid

	// What the figures count, so that each can be listed; both ends of a span are in it.
	SinceFrom, SinceTo       civil.Date // in its state
	ApprovedFrom, ApprovedTo civil.Date
	DueFrom                  civil.Date
	Why                      string // it came to its state, word by word
	Service                  request.Service
	Clock                    string // that set the day that it is due: service_level, or a jurisdiction
	WaitsFor                 string // the approver whom its step waits for: a user, or role:ROLE
}

// first and after give the first instant of a day, and the first after it; 0 for no day.
func first(d civil.Date) int64 {
	if d.IsZero() {
		return 0
	}
	return d.Time().UnixMicro()
}

func after(d civil.Date) int64 {
	if d.IsZero() {
		return 0
	}
	return first(d.AddDays(1))
}

func (f RequestFilter) read(ctx context.Context, tx *db.Tx, c *ledger.Company) (to request.Filter, err error) {
	for field, text := range map[string]string{"customer": f.Customer, "currency": f.Currency, "source": f.Source, "by": f.By, "why": f.Why, "waits_for": f.WaitsFor, "clock": f.Clock} {
		if err := plain(field, text); err != nil {
			return to, err
		}
	}
	for _, s := range f.States {
		if !slices.Contains(request.States(), s) {
			return to, oneOf("state", string(s), request.States())
		}
	}
	if f.Kind != "" && !slices.Contains(request.Kinds(), f.Kind) {
		return to, oneOf("kind", string(f.Kind), request.Kinds())
	}
	to = request.Filter{States: f.States, Kind: f.Kind, Currency: f.Currency, Source: f.Source, By: f.By, DueBy: f.DueBy, Unsettled: f.Open}
	to.SinceFrom, to.SinceTo, to.ApprovedFrom, to.ApprovedTo = first(f.SinceFrom), after(f.SinceTo), first(f.ApprovedFrom), after(f.ApprovedTo)
	to.DueFrom, to.Why, to.Service, to.WaitsFor = f.DueFrom, f.Why, f.Service, f.WaitsFor
	to.Clock, to.Home, to.Holder = f.Clock, c.Country, c.Parameters["unclaimed_holder_state"]
	to.ServiceDays = request.ServiceDays(c)
	if f.Overdue {
		to.OverdueOn = tx.Today()
	}
	if f.Customer != "" {
		customer, err := party.FindCustomer(ctx, tx, f.Customer)
		if err != nil {
			return to, err
		}
		to.Customer = customer.ID
	}
	if f.From+f.To == "" {
		return to, nil
	}
	e := RequestEntry{Currency: f.Currency}
	from, err := e.withAmount(f.From).content(c, f.Currency)
	if err != nil {
		return to, err
	}
	most, err := e.withAmount(f.To).content(c, f.Currency)
	to.From, to.To = from.Amount, most.Amount
	return to, err
}

func (e RequestEntry) withAmount(amount string) RequestEntry { e.Amount = amount; return e }

// Requests gives requests, the newest first, without their credits and lines.
func (a *App) Requests(ctx context.Context, call Call, f RequestFilter, p Page) (Part[RequestView], error) {
	const list = "requests"
	var before struct {
		ID int64 `json:"i"`
	}
	part := Part[RequestView]{Items: []RequestView{}}
	limit, err := p.open(list, &before)
	if err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		of, err := f.read(ctx, tx, c)
		if err != nil {
			return err
		}
		all, at, err := request.List(ctx, tx, of, before.ID, limit)
		for i := range all {
			part.Items = append(part.Items, viewRequest(c, &all[i], tx.Today()))
		}
		if before.ID = at; at != 0 {
			part.Next = next(list, before)
		}
		return err
	})
	return part, err
}

// Request gives one request with all that is known of it.
func (a *App) Request(ctx context.Context, call Call, code string) (v *RequestDetail, err error) {
	if err := plain("request", code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		x, err := request.Find(ctx, tx, code)
		if err != nil {
			return err
		}
		v, err = detailRequest(ctx, tx, c, x)
		return err
	})
	return v, err
}

func detailRequest(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) (*RequestDetail, error) {
	v := &RequestDetail{RequestView: viewRequest(c, x, tx.Today()), Reimbursements: []string{}, Payments: []string{}, Debts: []string{}, Accepted: []string{}, Duplicates: []RequestDuplicate{}, Files: []RequestFile{}, History: []RequestEvent{}}
	for _, get := range []func() error{
		func() (err error) {
			v.Reimbursements, err = appended(v.Reimbursements)(x.Reimbursements(ctx, tx))
			return err
		},
		func() (err error) { v.Payments, err = appended(v.Payments)(x.Payments(ctx, tx)); return err },
		func() (err error) { v.Debts, err = appended(v.Debts)(x.Debts(ctx, tx, c)); return err },
		func() error { return v.readDuplicates(ctx, tx, c, x) },
		func() error { return v.readClock(ctx, tx, c, x) },
		func() error { return v.readFiles(ctx, tx, x) },
		func() error { return v.readHistory(ctx, tx, x) },
		func() error { return v.readApproval(ctx, tx, x) },
	} {
		if err := get(); err != nil {
			return nil, err
		}
	}
	if x.Debits != "" {
		v.Accepted = append(v.Accepted, x.Accepted()...)
	}
	return v, nil
}

// appended keeps an empty list from becoming none.
func appended(to []string) func([]string, error) ([]string, error) {
	return func(more []string, err error) ([]string, error) { return append(to, more...), err }
}

func (v *RequestDetail) readDuplicates(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error {
	days, err := numberParameter(c, "request_duplicate_days")
	if err != nil {
		return err
	}
	all, err := x.Duplicates(ctx, tx, days)
	for _, d := range all {
		v.Duplicates = append(v.Duplicates, RequestDuplicate{d.Code, d.State, d.Why, at(d.At)})
	}
	return err
}

func (v *RequestDetail) readClock(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error {
	t, err := x.Clock(ctx, tx, c, tx.Today())
	v.Clock = RequestClock{
		Jurisdiction: t.Jurisdiction, Why: t.Why, Arose: t.Arose, RefundBy: t.RefundBy, GoodFaithBy: t.GoodFaithBy, ServiceBy: t.ServiceBy,
		InterestOn: t.InterestOn, InterestDays: t.InterestDays, Interest: amountOf(x.Currency, t.Interest), BarredOn: t.BarredOn,
	}
	return err
}

func (v *RequestDetail) readFiles(ctx context.Context, tx *db.Tx, x *request.Request) error {
	ids := make([]int64, len(x.Files))
	for i, f := range x.Files {
		ids[i] = f.File
	}
	files, err := file.List(ctx, tx, ids)
	for _, y := range x.Files {
		f, row := files[y.File], viewRequestFile(y.N, y.Type, y.SHA256)
		row.Name, row.Media, row.Size, row.By, row.At = f.Name, f.Media, f.Size, f.Actor, at(f.At)
		v.Files = append(v.Files, row)
	}
	return err
}

func (v *RequestDetail) readHistory(ctx context.Context, tx *db.Tx, x *request.Request) error {
	events, err := request.Events(ctx, tx, x.ID)
	for _, e := range events {
		v.History = append(v.History, RequestEvent{at(e.At), e.Actor, e.What, e.From, e.To, e.Detail})
	}
	return err
}

// RequestFileContent gives an attachment of a request, for download.
func (a *App) RequestFileContent(ctx context.Context, call Call, code string, n int) (f *file.File, content []byte, err error) {
	if err := plain("request", code); err != nil {
		return nil, nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		x, err := request.Find(ctx, tx, code)
		if err != nil {
			return err
		}
		for _, y := range x.Files {
			if y.N == n {
				f, content, err = file.Open(ctx, tx, y.File)
				return err
			}
		}
		return fault.New(fault.NotFound, "the request %s has no attachment %d", code, n).In("attachment")
	})
	return f, content, err
}

// PreviewRequest says what posting a request on date (blank: today) would post, and refuses what could not be posted.
func (a *App) PreviewRequest(ctx context.Context, call Call, code string, date civil.Date) (v *RequestPreview, err error) {
	if err := plain("request", code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		x, err := request.Find(ctx, tx, code)
		if err != nil {
			return err
		}
		if x.State.Follows() || x.State.Ended() {
			return fault.New(fault.Refused, "the request %s is %s; nothing of it is left to post", code, x.State).ByRule("request_state")
		}
		l, err := x.Plan(ctx, tx, c, a.keys, orToday(date, tx))
		if err != nil {
			return err
		}
		v = previewRequest(x, l, orToday(date, tx))
		return nil
	})
	return v, err
}

func previewRequest(x *request.Request, l *reimbursement.Line, date civil.Date) *RequestPreview {
	v := &RequestPreview{Request: x.Code, Amount: amountOf(x.Currency, l.Amount), Currency: x.Currency, Reimbursements: []RequestPost{}}
	if l.Vendor != nil {
		v.Payee = l.Vendor.Code
	}
	for i := range l.Reimbursements {
		post := RequestPost{}
		for _, e := range reimbursement.Voucher(l, &l.Reimbursements[i], date).Entries {
			post.Lines = append(post.Lines, RequestPostLine{e.Account.Written, amountOf(x.Currency, max(e.Amount, 0)), amountOf(x.Currency, max(-e.Amount, 0))})
		}
		for _, part := range l.Reimbursements[i].Parts {
			for _, s := range part.Sources {
				post.Settles = append(post.Settles, RequestSettles{s.Item.Number, part.Receivable.Written, amountOf(x.Currency, s.Amount)})
			}
		}
		v.Reimbursements = append(v.Reimbursements, post)
	}
	return v
}

// RequestAgeing adds up the requests that are not ended by state, days in it and currency, on a day (blank: today).
func (a *App) RequestAgeing(ctx context.Context, call Call, on civil.Date) ([]RequestAge, error) {
	rows := []RequestAge{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := request.Ageing(ctx, tx, orToday(on, tx))
		for _, x := range all {
			rows = append(rows, RequestAge{x.State, x.Bucket, x.Currency, x.Requests, x.Overdue, amountOf(x.Currency, x.Amount)})
		}
		return err
	})
	return rows, err
}
