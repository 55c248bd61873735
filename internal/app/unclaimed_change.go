package app

import (
	"context"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/payout"
	"quittance/internal/unclaimed"
)

// Escheat escheats what is selected and due (or, with an exception, what is named), each by itself: what is refused keeps the others
// from nothing. When one document alone is named, its problem is the error. Selection.Date is the day looked at, and that of the vouchers.
func (a *App) Escheat(ctx context.Context, call Call, s UnclaimedSelection, exception string) (*UnclaimedDone, error) {
	cmd := command{name: "unclaimed.escheat", permission: identity.Pay, input: []any{s, exception}}
	if first, found, err := earlier[*UnclaimedDone](ctx, a, call, cmd); err != nil || found {
		return first, err
	}
	var all []escheating
	if err := a.eachEscheat(ctx, call, s, exception, func(_ *unclaimed.Candidate, x escheating) { all = append(all, x) }); err != nil {
		return nil, err
	}
	each := call
	each.Key = "" // done twice, nothing is open the second time
	done := &UnclaimedDone{Done: []UnclaimedProperty{}, Refused: []UnclaimedProblem{}, Vouchers: []string{}}
	for _, x := range all {
		one, err := a.escheatOne(ctx, each, x.Selection, exception)
		switch {
		case err == nil:
			for _, p := range one {
				done.Done, done.Vouchers = append(done.Done, p), append(done.Vouchers, p.Voucher)
			}
		case len(all) == 1 || !ours(err) || fault.CodeOf(err) == fault.Internal:
			return nil, err
		default:
			done.Refused = append(done.Refused, UnclaimedProblem{x.document, err.Error()})
		}
	}
	return do(ctx, a, call, cmd, func(context.Context, *db.Tx, *ledger.Company) (string, any, *UnclaimedDone, error) {
		return "unclaimed property", map[string]any{"done": len(done.Done), "refused": len(done.Refused)}, done, nil
	})
}

// checkEscheat refuses what does not say what is to be escheated.
func (s UnclaimedSelection) checkEscheat(exception string) error {
	if err := s.check(); err != nil {
		return err
	}
	if err := plain("exception", exception); err != nil {
		return err
	}
	named := len(s.Documents) > 0
	switch {
	case !named && !s.All && s.Jurisdiction == "" && s.Owner == "":
		return fault.New(fault.Invalid, "name the documents, an owner or a jurisdiction, or ask for all").In("documents")
	case !named && exception != "":
		return fault.New(fault.Invalid, "an exception is made for documents that are named").In("exception")
	}
	return nil
}

// escheating is a document of an owner to escheat.
type escheating struct {
	unclaimed.Selection
	document string
}

// eachEscheat calls fn with what is to be escheated: what is named, or what is due. Nothing at all is refused.
func (a *App) eachEscheat(ctx context.Context, call Call, s UnclaimedSelection, exception string, fn func(*unclaimed.Candidate, escheating)) error {
	n := 0
	err := query(ctx, a, call, identity.Pay, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		if err := s.checkEscheat(exception); err != nil {
			return err
		}
		if len(s.Documents) == 0 {
			s.Stages = []unclaimed.Stage{unclaimed.EscheatDue}
		}
		s.All = true
		return s.look(ctx, tx, c, unclaimed.Cursor{}, func(y *unclaimed.Candidate) error {
			if s.wants(y) {
				n++
				fn(y, escheating{unclaimed.Selection{On: orToday(s.Date, tx), Kind: y.Kind, Owner: y.Owner, Target: y.Target}, y.Document})
			}
			return nil
		})
	})
	if err == nil && n == 0 {
		err = fault.New(fault.Refused, "nothing is due to be escheated").ByRule("nothing_to_do")
	}
	return err
}

// escheatOne escheats a document of an owner by itself.
func (a *App) escheatOne(ctx context.Context, call Call, s unclaimed.Selection, exception string) ([]UnclaimedProperty, error) {
	return do(ctx, a, call, command{name: "unclaimed.escheat_one", permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, []UnclaimedProperty, error) {
		rows, err := escheatEach(ctx, tx, c, s, exception)
		if err != nil {
			return "", nil, nil, err
		}
		if s.Kind == unclaimed.Payment {
			if err := followPaid(ctx, tx, []int64{s.Target}, "unclaimed property "+rows[0].Property); err != nil {
				return "", nil, nil, err
			}
		}
		return rows[0].Property, rows, rows, nil
	})
}

// escheatEach escheats a document of an owner in each of its currencies.
func escheatEach(ctx context.Context, tx *db.Tx, c *ledger.Company, s unclaimed.Selection, exception string) ([]UnclaimedProperty, error) {
	var found []*unclaimed.Candidate
	if err := unclaimed.Look(ctx, tx, c, s, func(y *unclaimed.Candidate) error { found = append(found, y); return nil }); err != nil {
		return nil, err
	}
	rows := []UnclaimedProperty{}
	for _, y := range found {
		p, err := unclaimed.Escheat(ctx, tx, c, y, s.On, exception)
		if err != nil {
			return nil, err
		}
		rows = append(rows, viewProperty(p))
	}
	if len(rows) == 0 {
		return nil, fault.New(fault.Refused, "nothing is open any longer").ByRule("nothing_open")
	}
	return rows, nil
}

// UnclaimedFilter says which properties are looked at; what is blank or 0 is not looked at.
type UnclaimedFilter struct {
	Jurisdiction string
	Status       unclaimed.Status
	Owner        string
	Year         int // of the report
	Remittance   string
}

// UnclaimedProperties gives what was escheated, the newest first.
func (a *App) UnclaimedProperties(ctx context.Context, call Call, f UnclaimedFilter, p Page) (Part[UnclaimedProperty], error) {
	const list = "unclaimed properties"
	var before struct {
		ID int64 `json:"i"`
	}
	part := Part[UnclaimedProperty]{Items: []UnclaimedProperty{}}
	limit, err := p.open(list, &before)
	if err == nil && f.Status != "" && !slices.Contains(unclaimed.Statuses(), f.Status) {
		err = oneOf("status", string(f.Status), unclaimed.Statuses())
	}
	if err == nil {
		err = plain("jurisdiction", f.Jurisdiction+f.Remittance)
	}
	if err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		owner, err := ownerByCode(ctx, tx, f.Owner)
		if err != nil {
			return err
		}
		x := unclaimed.Filter{Jurisdiction: f.Jurisdiction, Status: f.Status, Owner: owner, Year: f.Year}
		if f.Remittance != "" {
			r, err := unclaimed.FindRemittance(ctx, tx, f.Remittance)
			if err != nil {
				return inField(err, "remittance")
			}
			x.Remittance = r.ID
		}
		all, at, err := unclaimed.List(ctx, tx, x, before.ID, limit)
		for _, p := range all {
			part.Items = append(part.Items, viewProperty(p))
		}
		if before.ID = at; at != 0 {
			part.Next = next(list, before)
		}
		return err
	})
	return part, err
}

// UnclaimedProperty gives one property, with all that happened to it.
func (a *App) UnclaimedProperty(ctx context.Context, call Call, code string) (v *UnclaimedProperty, err error) {
	if err := plain("property", code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		v, err = showProperty(ctx, tx, code)
		return err
	})
	return v, err
}

func showProperty(ctx context.Context, tx *db.Tx, code string) (*UnclaimedProperty, error) {
	p, err := unclaimed.Find(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	v := viewProperty(p)
	events, err := unclaimed.Events(ctx, tx, p.ID)
	for _, e := range events {
		v.History = append(v.History, UnclaimedEvent{at(e.At), e.Actor, e.Status, e.Voucher, e.Detail})
	}
	return &v, err
}

// ReverseUnclaimed takes an escheat back (UP-…), or a remittance (UR-…) with which properties are owed to the jurisdiction again. It gives
// the number of the voucher.
func (a *App) ReverseUnclaimed(ctx context.Context, call Call, code string, date civil.Date, reason string) (string, error) {
	return do(ctx, a, call, command{name: "unclaimed.reverse", permission: identity.Pay, input: []any{code, date, reason}}, unclaimedReversal(code, date, reason))
}

func unclaimedReversal(code string, date civil.Date, reason string) work[string] {
	return func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, string, error) {
		for field, text := range map[string]string{"property": code, "reason": reason} {
			if err := plain(field, text); err != nil {
				return "", nil, "", err
			}
		}
		on := orToday(date, tx)
		p, err := unclaimed.Find(ctx, tx, code)
		var v *ledger.Voucher
		switch {
		case err == nil:
			if v, err = unclaimed.Reverse(ctx, tx, c, p, on, reason); err == nil && p.Kind == unclaimed.Payment {
				err = followPaid(ctx, tx, []int64{p.Target}, reason)
			}
		case fault.CodeOf(err) == fault.NotFound:
			r, rerr := unclaimed.FindRemittance(ctx, tx, code)
			if rerr != nil {
				return "", nil, "", err
			}
			v, err = unclaimed.ReverseRemittance(ctx, tx, c, r, on, reason)
		}
		if err != nil {
			return "", nil, "", err
		}
		return code, map[string]any{"voucher": v.Number, "reason": reason}, v.Number, nil
	}
}

// UnclaimedRemitting says what is paid to a jurisdiction.
type UnclaimedRemitting struct {
	Jurisdiction string     `json:"jurisdiction"`
	Bank         string     `json:"bank"`
	Date         civil.Date `json:"date"` // blank: today
	Reference    string     `json:"reference"`
	Properties   []string   `json:"properties"` // none: all that are escheated and not remitted
}

const mostRemitted = 20_000 // properties of one remittance

// RemitUnclaimed pays escheated properties to their jurisdiction.
func (a *App) RemitUnclaimed(ctx context.Context, call Call, x UnclaimedRemitting) (*UnclaimedRemittance, error) {
	return do(ctx, a, call, command{name: "unclaimed.remit", permission: identity.Pay, input: x}, x.remit)
}

func (x *UnclaimedRemitting) remit(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *UnclaimedRemittance, error) {
	for _, text := range append([]string{x.Jurisdiction, x.Bank, x.Reference}, x.Properties...) {
		if err := plain("properties", text); err != nil {
			return "", nil, nil, err
		}
	}
	b, err := payout.FindBank(ctx, tx, x.Bank)
	if err != nil {
		return "", nil, nil, inField(err, "bank")
	}
	var all []*unclaimed.Property
	for _, code := range x.Properties {
		p, err := unclaimed.Find(ctx, tx, code)
		if err != nil {
			return "", nil, nil, inField(err, "properties")
		}
		if slices.ContainsFunc(all, func(q *unclaimed.Property) bool { return q.ID == p.ID }) {
			continue
		}
		if x.Jurisdiction != "" && p.Place.Jurisdiction != x.Jurisdiction {
			return "", nil, nil, fault.New(fault.Refused, "property %s is of %s, not of %s", code, p.Place.Jurisdiction, x.Jurisdiction).ByRule("several_jurisdictions").In("properties")
		}
		all = append(all, p)
	}
	if len(x.Properties) == 0 {
		if all, err = unclaimed.Open(ctx, tx, x.Jurisdiction, b.Currency, mostRemitted); err != nil {
			return "", nil, nil, err
		}
	}
	r, err := unclaimed.Remit(ctx, tx, c, &b, all, orToday(x.Date, tx), x.Reference)
	if err != nil {
		return "", nil, nil, err
	}
	v := viewUnclaimedRemittance(r)
	return r.Code, v, &v, nil
}

// ReclaimUnclaimed notes that the owner had a remitted property from the jurisdiction.
func (a *App) ReclaimUnclaimed(ctx context.Context, call Call, code string, date civil.Date, note string) (*UnclaimedProperty, error) {
	return do(ctx, a, call, command{name: "unclaimed.reclaim", permission: identity.Prepare, input: []any{code, date, note}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *UnclaimedProperty, error) {
		for field, text := range map[string]string{"property": code, "note": note} {
			if err := plain(field, text); err != nil {
				return "", nil, nil, err
			}
		}
		p, err := unclaimed.Find(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		if err := unclaimed.Reclaim(ctx, tx, p, orToday(date, tx), note); err != nil {
			return "", nil, nil, err
		}
		v, err := showProperty(ctx, tx, code)
		return code, map[string]any{"note": note}, v, err
	})
}

const mostAged = 100_000 // credits that an ageing names

// CreditAgeing gives the open credits of customers (or of one) by age on a day (blank: today), with the clocks that run on them, overdue
// first, at most limit (0: 100,000); the buckets count all.
func (a *App) CreditAgeing(ctx context.Context, call Call, owner string, on civil.Date, limit int) (*CreditAgeing, error) {
	if limit <= 0 || limit > mostAged {
		limit = mostAged
	}
	x := &CreditAgeing{Buckets: []AgeingBucket{}, Credits: []AgedCredit{}}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		id, err := ownerByCode(ctx, tx, owner)
		if err != nil {
			return err
		}
		x.Date = orToday(on, tx)
		var all []*unclaimed.Aged
		sums, err := unclaimed.Age(ctx, tx, c, unclaimed.Selection{On: x.Date, Owner: id}, func(y *unclaimed.Aged) error {
			if all = append(all, y); len(all) >= 2*limit { // what is least urgent goes
				slices.SortFunc(all, unclaimed.ByUrgency)
				all, x.More = slices.Clip(all[:limit]), true
			}
			return nil
		})
		if err != nil {
			return err
		}
		slices.SortFunc(all, unclaimed.ByUrgency)
		if len(all) > limit {
			all, x.More = all[:limit], true
		}
		for _, y := range all {
			x.Credits = append(x.Credits, viewAged(y))
		}
		for _, s := range sums {
			x.Buckets = append(x.Buckets, AgeingBucket{s.Bucket, s.Currency, s.Credits, s.Overdue, amountOf(s.Currency, s.Amount)})
		}
		return nil
	})
	return x, err
}
