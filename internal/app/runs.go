package app

import (
	"cmp"
	"context"
	"errors"
	"time"

	"quittance/internal/approval"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/policy"
	"quittance/internal/reimbursement"
)

// RunRequest asks for a run: what is selected, and what differs from the company's parameters (nil: as the parameter says).
type RunRequest struct {
	Selection           reimbursement.Selection
	Date                civil.Date // blank: today
	Minimum             *string    // decimal of the accounting currency
	IncludeDebits       *bool
	Separate            *bool
	Classifications     []string
	IncludeUnclassified bool
	Netting             *string
	Summarize           *bool
	MinimumAge          *int
}

// policy gives the policy of the request in the company.
func (r RunRequest) policy(c *ledger.Company, today civil.Date) (reimbursement.Policy, error) {
	if r.Date.IsZero() {
		r.Date = today
	}
	p, err := reimbursement.DefaultPolicy(c, r.Date)
	if err != nil {
		return p, err
	}
	if r.Minimum != nil {
		if p.Minimum, err = c.Currency.Parse(*r.Minimum); err != nil {
			return p, fault.New(fault.Invalid, "the minimum: %v", err).In("minimum")
		}
	}
	override(&p.IncludeDebits, r.IncludeDebits)
	override(&p.Separate, r.Separate)
	override(&p.Summarize, r.Summarize)
	override(&p.MinimumAge, r.MinimumAge)
	if r.Netting != nil {
		p.Netting = reimbursement.Netting(*r.Netting)
	}
	p.Classifications, p.IncludeUnclassified = r.Classifications, r.IncludeUnclassified
	return p, nil
}

func override[T any](to *T, with *T) {
	if with != nil {
		*to = *with
	}
}

// Decide receives decisions, some at a time, in the order of the rules.
type Decide func(reimbursement.Decisions) error

// Simulate plans a run and writes nothing.
func (a *App) Simulate(ctx context.Context, call Call, req RunRequest, each Decide) (*reimbursement.RunView, error) {
	return a.simulate(ctx, call, each, func(_ context.Context, tx *db.Tx, c *ledger.Company) (reimbursement.Selection, reimbursement.Policy, error) {
		p, err := req.policy(c, tx.Today())
		return req.Selection, p, err
	})
}

// SimulateRun plans the selection of a saved run with its policy as the company is now, and writes nothing.
func (a *App) SimulateRun(ctx context.Context, call Call, code string, each Decide) (*reimbursement.RunView, error) {
	return a.simulate(ctx, call, each, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (reimbursement.Selection, reimbursement.Policy, error) {
		r, err := reimbursement.FindRun(ctx, tx, code)
		return r.Selection, r.Policy, err
	})
}

func (a *App) simulate(ctx context.Context, call Call, each Decide, what func(context.Context, *db.Tx, *ledger.Company) (reimbursement.Selection, reimbursement.Policy, error)) (*reimbursement.RunView, error) {
	var view reimbursement.RunView
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		s, p, err := what(ctx, tx, c)
		if err != nil {
			return err
		}
		var show func([]reimbursement.Line) error
		if each != nil {
			show = func(lines []reimbursement.Line) error { return each(reimbursement.ViewLines(c, lines, p.Date)) }
		}
		sum, err := reimbursement.Simulate(ctx, tx, c, a.keys, s, p, show)
		if err != nil {
			return err
		}
		view = reimbursement.ViewOf(c, &reimbursement.Run{State: reimbursement.Simulated, Selection: s, Policy: p}, sum)
		return nil
	})
	return &view, err
}

// RunProgress says how far a long command has come.
type RunProgress struct {
	Run            string
	Done, All      int64 // customers with currency: done by this process, of those that were left when it began
	Reimbursements int64
	Amounts        reimbursement.Sum // posted by this process so far
	Elapsed        time.Duration
}

// PostSelection posts a run for a selection: the unfinished run with the same selection and options, if there is one (resumed
// says so), else a new one, saved first. A selection of few is planned, saved and posted by one command.
func (a *App) PostSelection(ctx context.Context, call Call, req RunRequest, progress func(RunProgress)) (view *reimbursement.RunView, resumed bool, err error) {
	if req.Selection.Few() {
		if first, found, err := earlier[*reimbursement.RunView](ctx, a, call, atOnce(req)); err != nil || found {
			return first, false, err
		}
	}
	code, err := a.unfinished(ctx, call, req)
	resumed = code != ""
	if err == nil && !resumed {
		if req.Selection.Few() {
			view, err = a.postAtOnce(ctx, call, req, progress)
			if !errors.Is(err, errSavedFirst) {
				return view, false, err
			}
		}
		code, err = a.proposeFor(ctx, call, req)
	}
	if err != nil {
		return nil, false, err
	}
	view, err = a.PostRun(ctx, call, code, progress)
	return view, resumed, err
}

func atOnce(req RunRequest) command {
	return command{name: "reimburse.post", permission: identity.Reimburse, input: req}
}

// errSavedFirst says that a run cannot be posted at once, since somebody must be able to look at it before.
var errSavedFirst = fault.New(fault.Refused, "the run needs approval, and so is proposed first").ByRule("saved_first")

// postAtOnce posts a small run by one command.
func (a *App) postAtOnce(ctx context.Context, call Call, req RunRequest, progress func(RunProgress)) (*reimbursement.RunView, error) {
	began := a.now()
	var last RunProgress
	view, err := do(ctx, a, call, atOnce(req), func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *reimbursement.RunView, error) {
		p, err := req.policy(c, tx.Today())
		if err != nil {
			return "", nil, nil, err
		}
		if ruled, err := approval.Ruled(ctx, tx, policy.Run); err != nil || ruled {
			return "", nil, nil, cmp.Or(err, error(errSavedFirst))
		}
		r, sum, err := reimbursement.PostAtOnce(ctx, tx, c, a.keys, req.Selection, p)
		if err != nil {
			return "", nil, nil, err
		}
		last = RunProgress{Run: r.Code, Done: sum.Candidates, All: sum.Candidates, Reimbursements: sum.Reimbursements, Amounts: sum.Amounts}
		view := reimbursement.ViewOf(c, r, sum)
		return r.Code, view.Totals, &view, nil
	})
	if err == nil && last.Run == view.ID { // not the replay of an earlier one
		a.posted.Add(1)
	}
	if err == nil && progress != nil && last.Run == view.ID {
		last.Elapsed = a.now().Sub(began)
		progress(last)
	}
	return view, err
}

// StartSelection is PostSelection up to the point where the run's numbers are reserved; processes that work on the database
// (see package work) post it.
func (a *App) StartSelection(ctx context.Context, call Call, req RunRequest) (*reimbursement.RunView, error) {
	code, err := a.unfinished(ctx, call, req)
	if err == nil && code == "" {
		code, err = a.proposeFor(ctx, call, req)
	}
	if err != nil {
		return nil, err
	}
	return a.StartRun(ctx, call, code)
}

// unfinished gives the unfinished run for a selection, blank when there is none.
func (a *App) unfinished(ctx context.Context, call Call, req RunRequest) (code string, err error) {
	err = query(ctx, a, call, identity.Reimburse, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		if err := req.Selection.Check(); err != nil {
			return err
		}
		p, err := req.policy(c, tx.Today())
		if err != nil {
			return err
		}
		r, found, err := reimbursement.Unfinished(ctx, tx, req.Selection, p)
		if found {
			code = r.Code
		}
		return err
	})
	return code, err
}

// proposeFor proposes a run for a selection.
func (a *App) proposeFor(ctx context.Context, call Call, req RunRequest) (code string, err error) {
	if call.Key != "" {
		call.Key += "/propose"
	}
	v, err := a.Propose(ctx, call, req, nil)
	if err != nil {
		return "", err
	}
	return v.ID, nil
}

// PostRun posts a saved run, or goes on with one that was cut off; a posted run is left as it is.
func (a *App) PostRun(ctx context.Context, call Call, code string, progress func(RunProgress)) (*reimbursement.RunView, error) {
	call.Key = "" // posting twice posts once by itself
	run, err := a.start(ctx, call, code)
	if err != nil {
		return nil, err
	}
	if err := a.postChunks(ctx, call, run, a.lanes(), progress); err != nil {
		return nil, err
	}
	return a.finish(ctx, call, run)
}

// StartRun begins the posting of a saved run and leaves its chunks to processes that work on the database; a run that is posting
// or posted is left as it is.
func (a *App) StartRun(ctx context.Context, call Call, code string) (view *reimbursement.RunView, err error) {
	call.Key = ""
	if _, err := a.start(ctx, call, code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Reimburse, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		view, err = viewRun(ctx, tx, c, code)
		return err
	})
	return view, err
}

func (a *App) start(ctx context.Context, call Call, code string) (*reimbursement.Run, error) {
	cmd := command{name: "reimburse.start", permission: identity.Reimburse}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *reimbursement.Run, error) {
		r, err := reimbursement.FindRun(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		if err = demandRun(ctx, tx, c, &r); err == nil {
			err = reimbursement.Start(ctx, tx, c, &r)
		}
		return r.Code, map[string]any{"state": r.State}, &r, err
	})
}

// Work helps to post the oldest run that is being posted, in whatever company, one chunk at a time, until none of its chunks is
// left for this process; it says which run, blank when there was nothing to do, and then whether others hold chunks that they may
// yet leave to this process. What it posts is recorded under the name of who started the run, with the roles of then.
func (a *App) Work(ctx context.Context, by identity.Actor, progress func(RunProgress)) (run string, held bool, err error) {
	if err := by.Allow(identity.Reimburse); err != nil {
		return "", false, err
	}
	var names []reimbursement.RunName
	err = plainer(a.db.Read(ctx, db.Scope{Now: a.now().UTC()}, func(ctx context.Context, tx *db.Tx) (err error) {
		names, err = reimbursement.InPosting(ctx, tx)
		return err
	}))
	for _, n := range names {
		if by.AllowIn(n.Company, identity.Reimburse) != nil {
			continue
		}
		call := Call{Actor: by, Company: n.Company}
		var r reimbursement.Run
		one := query(ctx, a, call, identity.Reimburse, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (err error) {
			r, err = reimbursement.FindRun(ctx, tx, n.Code)
			return err
		})
		if one != nil {
			err = errors.Join(err, one)
			continue
		}
		call.Actor = identity.Named(r.StartedBy, r.StartedRoles)
		did, left, one := a.help(ctx, call, &r, progress)
		if did && one == nil {
			return n.Code, false, nil
		}
		err = errors.Join(err, one) // another run is not held up by it
		held = held || left
	}
	return "", held, err
}

func viewRun(ctx context.Context, tx *db.Tx, c *ledger.Company, code string) (*reimbursement.RunView, error) {
	r, err := reimbursement.FindRun(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	sum, err := reimbursement.Summarize(ctx, tx, &r)
	if err != nil {
		return nil, err
	}
	view := reimbursement.ViewOf(c, &r, sum)
	return &view, nil
}

// Run gives a saved run: what it has posted, its nettings, and who is left out. The lines of a proposed run are given by RunLines.
func (a *App) Run(ctx context.Context, call Call, code string, each Decide) (*reimbursement.RunView, error) {
	var view *reimbursement.RunView
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		r, err := reimbursement.FindRun(ctx, tx, code)
		if err != nil {
			return err
		}
		if err := reimbursement.EachPosted(ctx, tx, c, &r, each); err != nil {
			return err
		}
		view, err = viewRun(ctx, tx, c, code)
		return err
	})
	return view, err
}

// RunLines gives the lines of a saved run: every candidate with its decision.
func (a *App) RunLines(ctx context.Context, call Call, code string, each func(reimbursement.LineInfo) error) error {
	return query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		r, err := reimbursement.FindRun(ctx, tx, code)
		if err != nil {
			return err
		}
		return reimbursement.EachLine(ctx, tx, r.ID, each)
	})
}

// Runs gives the saved runs, the newest first.
func (a *App) Runs(ctx context.Context, call Call) ([]reimbursement.RunView, error) {
	views := []reimbursement.RunView{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		runs, err := reimbursement.Runs(ctx, tx)
		if err != nil {
			return err
		}
		for i := range runs {
			sum, err := reimbursement.Summarize(ctx, tx, &runs[i])
			if err != nil {
				return err
			}
			views = append(views, reimbursement.ViewOf(c, &runs[i], sum))
		}
		return nil
	})
	return views, err
}

// TakeOut takes a customer (in one currency, or in all when blank) out of a proposed run, with a reason.
func (a *App) TakeOut(ctx context.Context, call Call, code, customer, currency, reason string) (int64, error) {
	cmd := command{name: "reimburse.exclude", permission: identity.Reimburse, input: []string{code, customer, currency, reason}}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, int64, error) {
		if reason == "" {
			return "", nil, 0, fault.New(fault.Invalid, "taking a customer out of a run needs a reason").In("reason")
		}
		r, err := reimbursement.FindRun(ctx, tx, code)
		if err != nil {
			return "", nil, 0, err
		}
		cust, err := party.FindCustomer(ctx, tx, customer)
		if err != nil {
			return "", nil, 0, err
		}
		n, err := reimbursement.TakeOut(ctx, tx, &r, cust.ID, currency, reason)
		return code, map[string]any{"customer": customer, "currency": currency, "reason": reason, "lines": n}, n, err
	})
}

// CancelRun gives up a proposed run.
func (a *App) CancelRun(ctx context.Context, call Call, code, reason string) error {
	cmd := command{name: "reimburse.cancel", permission: identity.Reimburse, input: []string{code, reason}}
	_, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		r, err := reimbursement.FindRun(ctx, tx, code)
		if err != nil {
			return "", nil, false, err
		}
		return code, map[string]string{"reason": reason}, true, reimbursement.Cancel(ctx, tx, &r)
	})
	return err
}

// Reimbursement gives one posted reimbursement.
func (a *App) Reimbursement(ctx context.Context, call Call, number string) (view reimbursement.View, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		view, err = reimbursement.Show(ctx, tx, c, number)
		return err
	})
	return view, err
}

// ReimbursementsOf gives the posted reimbursements of a customer, the newest first.
func (a *App) ReimbursementsOf(ctx context.Context, call Call, customer string) (views []reimbursement.View, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		cust, err := party.FindCustomer(ctx, tx, customer)
		if err != nil {
			return err
		}
		views, err = reimbursement.OfCustomer(ctx, tx, c, cust.ID)
		return err
	})
	return views, err
}

// Reverse reverses reimbursements, all or none.
func (a *App) Reverse(ctx context.Context, call Call, numbers []string, date civil.Date, reason string) (*reimbursement.Reversal, error) {
	return a.reverse(ctx, call, numbers, date, reason, demandReimbursementReversal)
}

// demandRule refuses what must be approved first.
type demandRule func(ctx context.Context, tx *db.Tx, c *ledger.Company, numbers []string, date civil.Date, reason string) error

func (a *App) reverse(ctx context.Context, call Call, numbers []string, date civil.Date, reason string, demand demandRule) (*reimbursement.Reversal, error) {
	cmd := command{name: "reimburse.reverse", permission: identity.Reimburse, input: []any{numbers, date, reason}}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *reimbursement.Reversal, error) {
		if err := demand(ctx, tx, c, numbers, date, reason); err != nil {
			return "", nil, nil, err
		}
		rev, err := reimbursement.Reverse(ctx, tx, c, numbers, date, reason)
		if err == nil {
			err = followNumbers(ctx, tx, numbers, reason)
		}
		if err == nil {
			err = tellReversal(tx, rev, reason)
		}
		subject := ""
		if len(numbers) > 0 {
			subject = numbers[0]
		}
		return subject, map[string]any{"numbers": len(numbers), "date": date, "reason": reason}, rev, err
	})
}

const reverseTogether = 250 // reimbursements of a run reversed in one transaction

// ReverseRun reverses every reimbursement of a run that is not reversed yet, a chunk at a time; cut off, it goes on when
// called again. When one of them is marked or paid, nothing is reversed.
func (a *App) ReverseRun(ctx context.Context, call Call, code string, date civil.Date, reason string, progress func(RunProgress)) (*reimbursement.Reversal, error) {
	var run reimbursement.Run
	err := query(ctx, a, call, identity.Reimburse, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		run, err = reversibleRun(ctx, tx, c, code, date)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := a.demandRunReversal(ctx, call, &run, date, reason); err != nil {
		return nil, err
	}
	approved := func(context.Context, *db.Tx, *ledger.Company, []string, civil.Date, string) error { return nil } // as a whole
	all := &reimbursement.Reversal{}
	began := a.now()
	for after := ""; ; {
		var numbers []string
		err := query(ctx, a, call, identity.Reimburse, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (err error) {
			numbers, err = reimbursement.NumbersOf(ctx, tx, run.ID, after, reverseTogether)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(numbers) == 0 {
			return all, nil
		}
		rev, err := a.reverse(ctx, Call{Actor: call.Actor, Company: call.Company}, numbers, date, reason, approved)
		if err != nil {
			return nil, err
		}
		all.Reversed, all.Notes = append(all.Reversed, rev.Reversed...), rev.Notes // the last word on what stays
		after = numbers[len(numbers)-1]
		if progress != nil {
			progress(RunProgress{Run: code, Done: int64(len(all.Reversed)), All: run.Reimbursements, Reimbursements: int64(len(all.Reversed)), Elapsed: a.now().Sub(began)})
		}
	}
}
