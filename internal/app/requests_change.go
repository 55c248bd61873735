package app

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"quittance/internal/approval"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/file"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/policy"
	"quittance/internal/request"
)

// CreateRequest makes a request, as a draft or submitted at once. Under the key of an intake that is there already, the same request is
// given again, and another one is refused.
func (a *App) CreateRequest(ctx context.Context, call Call, e RequestEntry, submit bool) (*RequestView, error) {
	return do(ctx, a, call, command{name: "request.create", permission: identity.Reimburse, input: []any{e, submit}}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *RequestView, error) {
		x, _, err := a.createRequest(ctx, tx, c, e, submit)
		if err != nil {
			return "", nil, nil, err
		}
		v := viewRequest(c, x, tx.Today())
		return x.Code, v, &v, nil
	})
}

// createRequest makes a request, or finds the one of the intake's key; fresh says which.
func (a *App) createRequest(ctx context.Context, tx *db.Tx, c *ledger.Company, e RequestEntry, submit bool) (x *request.Request, fresh bool, err error) {
	k, err := e.content(c, e.Currency)
	if err != nil {
		return nil, false, err
	}
	customer, err := party.FindCustomer(ctx, tx, e.Customer)
	if err != nil {
		return nil, false, inField(err, "customer")
	}
	if e.Key != "" {
		old, found, err := request.ByKey(ctx, tx, e.Key)
		if err != nil || found {
			if err == nil && !sameRequest(c, old, e) {
				err = fault.New(fault.Conflict, "the key %s is that of the request %s, which is another one; use a new key", e.Key, old.Code).In("key").ByRule("key_reused")
			}
			return old, false, err
		}
	}
	if x, err = request.Create(ctx, tx, c, customer, e.Key, k); err != nil || !submit {
		return x, true, err
	}
	return x, true, a.submitRequest(ctx, tx, c, x, "")
}

// sameRequest says whether a request is what an entry asks for: what the entry leaves blank may be anything.
func sameRequest(c *ledger.Company, x *request.Request, e RequestEntry) bool {
	v := viewRequest(c, x, 0)
	same := func(said, is string) bool { return said == "" || said == is }
	if v.Customer != e.Customer || v.Kind != e.Kind || v.Reason != e.Reason || v.Source != e.Source || v.Asked != e.Asked || !same(e.Amount, v.Amount) || !same(e.Currency, v.Currency) || v.Method != e.Method || v.Payee != e.Payee {
		return false
	}
	if x.Credit == 0 && len(e.Lines) == 0 && !slices.EqualFunc(e.Credits, v.Credits, func(a, b RequestCredit) bool { return a.Credit == b.Credit && same(a.Amount, b.Amount) }) {
		return false
	}
	return slices.EqualFunc(e.Lines, v.Lines, func(a, b RequestLine) bool { return a == b })
}

// requestWork changes a request.
type requestWork func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error

// onRequest changes a request by a command. Version is that of the request when it was looked at; 0: whatever it is now.
func (a *App) onRequest(ctx context.Context, call Call, cmd command, code string, version int64, detail any, fn requestWork) (*RequestView, error) {
	if err := plain("request", code); err != nil {
		return nil, err
	}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *RequestView, error) {
		x, err := request.Find(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		if version != 0 && version != x.Events {
			return "", nil, nil, fault.New(fault.Conflict, "the request %s was changed since you looked at it; look again", code).ByRule("changed_since")
		}
		if err := fn(ctx, tx, c, x); err != nil {
			return "", nil, nil, err
		}
		v := viewRequest(c, x, tx.Today())
		return code, detail, &v, nil
	})
}

// EditRequest changes what a request says. What was approved of it is void, and one under review or approved is submitted again.
func (a *App) EditRequest(ctx context.Context, call Call, code string, version int64, e RequestEdit) (*RequestView, error) {
	cmd := command{name: "request.edit", permission: identity.Reimburse, input: []any{code, version, e}}
	return a.onRequest(ctx, call, cmd, code, version, e, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error {
		customer, err := party.FindCustomer(ctx, tx, x.CustomerCode)
		if err != nil {
			return err
		}
		entry := e.onto(viewRequest(c, x, 0), x.Fresh)
		k, err := entry.content(c, entry.Currency)
		if err != nil {
			return err
		}
		return a.changeRequest(ctx, tx, c, x, func() error { return x.Edit(ctx, tx, c, customer, k) })
	})
}

// onto gives what the request says after the edit. A new amount alone is spread anew over the credits.
func (e RequestEdit) onto(v RequestView, fresh bool) RequestEntry {
	to := RequestEntry{
		Customer: v.Customer, Kind: v.Kind, Currency: v.Currency, Credits: v.Credits, Lines: v.Lines, Classification: v.Classification, Reason: v.Reason, Source: v.Source, Method: v.Method, Payee: v.Payee, Asked: v.Asked,
	}
	if fresh { // the credit that the approval made goes with the approval
		to.Credits = nil
	}
	if len(to.Credits)+len(to.Lines) == 0 && v.Currency != "" && v.Amount != amountOf(v.Currency, 0) {
		to.Amount = v.Amount
	}
	override(&to.Kind, e.Kind)
	override(&to.Currency, e.Currency)
	override(&to.Classification, e.Classification)
	override(&to.Reason, e.Reason)
	override(&to.Source, e.Source)
	override(&to.Method, e.Method)
	override(&to.Payee, e.Payee)
	override(&to.Asked, e.Asked)
	if e.Credits != nil {
		to.Credits, to.Lines, to.Amount, to.Classification = *e.Credits, nil, "", ""
		if e.Currency == nil {
			to.Currency = ""
		}
	}
	if e.Lines != nil {
		to.Lines, to.Credits, to.Amount = *e.Lines, nil, ""
	}
	if e.Amount != nil {
		to.Amount = *e.Amount
		if e.Credits == nil {
			kept := make([]RequestCredit, len(to.Credits))
			for i, k := range to.Credits {
				kept[i].Credit = k.Credit
			}
			to.Credits = kept
		}
	}
	return to
}

// AttachToRequest attaches a file to a request. When a scanner is configured, it looks at the content first.
func (a *App) AttachToRequest(ctx context.Context, call Call, code string, at Attachment) (*RequestView, error) {
	cmd := command{name: "request.attach", permission: identity.Reimburse, input: []any{code, at}}
	if err := cmp.Or(a.mayEnter(ctx, call, cmd), plain("type", at.Type)); err != nil {
		return nil, err
	}
	if _, err := file.Accept(at.Name, at.Media, at.Content); err != nil {
		return nil, err
	}
	if err := a.scan(ctx, at.Name, at.Content); err != nil {
		return nil, err
	}
	return a.onRequest(ctx, call, cmd, code, 0, map[string]any{"type": at.Type, "name": at.Name, "size": len(at.Content)}, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error {
		f, err := file.Save(ctx, tx, at.Name, at.Media, at.Content)
		if err != nil {
			return err
		}
		return a.changeRequest(ctx, tx, c, x, func() error { return x.Attach(ctx, tx, c, at.Type, f) })
	})
}

// mayEnter refuses who may not give the command in its company, for commands that look at what they are given before their unit.
func (a *App) mayEnter(ctx context.Context, call Call, cmd command) error {
	return query(ctx, a, call, cmd.permission, func(context.Context, *db.Tx, *ledger.Company) error { return nil })
}

// DetachFromRequest takes an attachment off a request; the file stays, and the history says so.
func (a *App) DetachFromRequest(ctx context.Context, call Call, code string, n int, reason string) (*RequestView, error) {
	cmd := command{name: "request.detach", permission: identity.Reimburse, input: []any{code, n, reason}}
	return a.onRequest(ctx, call, cmd, code, 0, map[string]any{"attachment": n, "reason": reason}, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error {
		return a.changeRequest(ctx, tx, c, x, func() error { return x.Detach(ctx, tx, c, n, reason) })
	})
}

// byDesk runs a change that needs only a text, by whoever works on requests.
func (a *App) byDesk(ctx context.Context, call Call, name, code, text string, fn func(context.Context, *db.Tx, *ledger.Company, *request.Request, string) error) (*RequestView, error) {
	return a.withText(ctx, call, command{name: "request." + name, permission: identity.Reimburse, input: []string{code, text}}, code, text, fn)
}

func (a *App) withText(ctx context.Context, call Call, cmd command, code, text string, fn func(context.Context, *db.Tx, *ledger.Company, *request.Request, string) error) (*RequestView, error) {
	if err := plain("reason", text); err != nil {
		return nil, err
	}
	return a.onRequest(ctx, call, cmd, code, 0, map[string]string{"reason": text}, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error {
		return fn(ctx, tx, c, x, text)
	})
}

// SubmitRequest hands a draft in.
func (a *App) SubmitRequest(ctx context.Context, call Call, code, note string) (*RequestView, error) {
	return a.byDesk(ctx, call, "submit", code, note, a.submitRequest)
}

// AnswerRequest answers what an approver asked; the request is submitted again.
func (a *App) AnswerRequest(ctx context.Context, call Call, code, answer string) (*RequestView, error) {
	return a.byDesk(ctx, call, "answer", code, answer, a.answerRequest)
}

// CommentRequest notes something in the history of a request.
func (a *App) CommentRequest(ctx context.Context, call Call, code, text string) (*RequestView, error) {
	return a.byDesk(ctx, call, "comment", code, text, func(ctx context.Context, tx *db.Tx, _ *ledger.Company, x *request.Request, text string) error {
		return x.Comment(ctx, tx, text)
	})
}

// HoldRequest stops work on a request; ResumeRequest goes on with it.
func (a *App) HoldRequest(ctx context.Context, call Call, code, reason string) (*RequestView, error) {
	return a.byDesk(ctx, call, "hold", code, reason, func(ctx context.Context, tx *db.Tx, _ *ledger.Company, x *request.Request, reason string) error {
		return x.Hold(ctx, tx, reason)
	})
}

// ResumeRequest takes a request off hold. The clock of its approval, by which approvers are reminded and others told, stood still meanwhile; the days by
// which the customer is to be paid did not.
func (a *App) ResumeRequest(ctx context.Context, call Call, code, reason string) (*RequestView, error) {
	return a.byDesk(ctx, call, "resume", code, reason, func(ctx context.Context, tx *db.Tx, _ *ledger.Company, x *request.Request, reason string) error {
		since := x.Since
		if err := x.Resume(ctx, tx, reason); err != nil {
			return err
		}
		return approval.Pause(ctx, tx, policy.Request, x.ID, time.Duration(tx.Micros()-since)*time.Microsecond)
	})
}

// WithdrawRequest takes a request back; only who asked may.
func (a *App) WithdrawRequest(ctx context.Context, call Call, code, reason string) (*RequestView, error) {
	return a.byDesk(ctx, call, "withdraw", code, reason, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, reason string) error {
		return a.endRequest(ctx, tx, x, reason, func() error { return x.Withdraw(ctx, tx, c, reason) })
	})
}

// CancelRequest gives a request up.
func (a *App) CancelRequest(ctx context.Context, call Call, code, reason string) (*RequestView, error) {
	return a.byDesk(ctx, call, "cancel", code, reason, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, reason string) error {
		return a.endRequest(ctx, tx, x, reason, func() error { return x.Cancel(ctx, tx, c, reason) })
	})
}

// ReopenRequest makes the approval of a request void, so that it is asked for anew.
func (a *App) ReopenRequest(ctx context.Context, call Call, code, reason string) (*RequestView, error) {
	return a.byDesk(ctx, call, "reopen", code, reason, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, reason string) error {
		return a.changeRequest(ctx, tx, c, x, func() error { return x.Reopen(ctx, tx, c, reason) })
	})
}

// PostRequest reimburses an approved request on date (blank: today).
func (a *App) PostRequest(ctx context.Context, call Call, code string, date civil.Date) (*RequestView, error) {
	cmd := command{name: "request.post", permission: identity.Reimburse, input: []any{code, date}}
	return a.onRequest(ctx, call, cmd, code, 0, map[string]any{"date": date}, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error {
		return a.postRequest(ctx, tx, c, x, orToday(date, tx))
	})
}

// ReverseRequest reverses what a request posted, on date (blank: today): its credits are open again.
func (a *App) ReverseRequest(ctx context.Context, call Call, code string, date civil.Date, reason string) (*RequestView, error) {
	cmd := command{name: "request.reverse", permission: identity.Reimburse, input: []any{code, date, reason}}
	if err := plain("reason", reason); err != nil {
		return nil, err
	}
	return a.onRequest(ctx, call, cmd, code, 0, map[string]any{"date": date, "reason": reason}, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error {
		numbers, err := x.Standing(ctx, tx)
		if err != nil {
			return err
		}
		if x.State.Follows() { // what cannot be reversed needs no approval
			if err := demandReimbursementReversal(ctx, tx, c, numbers, orToday(date, tx), reason); err != nil {
				return err
			}
		}
		_, err = x.Reverse(ctx, tx, c, orToday(date, tx), reason)
		return err
	})
}

// numberParameter reads a parameter that is a number; 0 when it is not set.
func numberParameter(c *ledger.Company, name string) (int, error) {
	text := c.Parameters[name]
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		err = fault.New(fault.Refused, "the parameter %s is %q; expected a number", name, text).ByRule("parameter")
	}
	return n, err
}
