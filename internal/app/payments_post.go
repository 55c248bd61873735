package app

import (
	"context"
	"fmt"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/journal"
	"quittance/internal/ledger"
)

// PostPaymentJournal posts the lines of a journal that are drafts, each by itself. What keeps a line from being posted is no error
// here: the results say it, it stays with the line, and posting again tries it again.
func (a *App) PostPaymentJournal(ctx context.Context, call Call, code string) (*PaymentPosted, error) {
	cmd := command{name: "payment.post", permission: identity.ApplyCash, input: code}
	if first, found, err := earlier[*PaymentPosted](ctx, a, call, cmd); err != nil || found {
		return first, err
	}
	each := call
	each.Key = "" // posting a line twice posts it once by itself
	lines, err := a.paymentLines(ctx, each, code, journal.Draft)
	if err != nil {
		return nil, err
	}
	posted := &PaymentPosted{Code: code, Lines: []PaymentLineResult{}}
	for _, n := range lines {
		r, err := a.postPaymentLine(ctx, each, code, n)
		if err != nil {
			return nil, err
		}
		posted.Lines = append(posted.Lines, *r)
	}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *PaymentPosted, error) {
		j, err := journal.Finish(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		posted.State = j.State
		problems := 0
		for _, l := range posted.Lines {
			if l.Problem != "" {
				problems++
			}
		}
		return code, map[string]any{"state": j.State, "lines": len(posted.Lines), "problems": problems}, posted, nil
	})
}

// paymentLines gives the numbers of the lines of a journal that are in a state.
func (a *App) paymentLines(ctx context.Context, call Call, code, state string) (lines []int, err error) {
	if err := plain("journal", code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.ApplyCash, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		j, err := journal.Find(ctx, tx, code)
		if err != nil {
			return err
		}
		if j.State == journal.Cancelled {
			return fault.New(fault.Refused, "the payment journal %s is cancelled", code).ByRule("not_a_draft")
		}
		lines, err = journal.LinesIn(ctx, tx, j.ID, state)
		return err
	})
	return lines, err
}

// postPaymentLine posts a line by a command of its own. Its problem is kept with it.
func (a *App) postPaymentLine(ctx context.Context, call Call, code string, line int) (*PaymentLineResult, error) {
	cmd := command{name: "payment.post_line", permission: identity.ApplyCash}
	r, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *journal.Result, error) {
		r, err := journal.PostLine(ctx, tx, c, code, line)
		if err != nil {
			return "", nil, nil, err
		}
		return code, map[string]any{"line": line, "voucher": r.Voucher, "deductions": len(r.Deductions)}, r, nil
	})
	if err == nil {
		return paymentResult(r), nil
	}
	if !ours(err) || fault.CodeOf(err) == fault.Internal || fault.CodeOf(err) == fault.Denied {
		return nil, err
	}
	problem := err.Error()
	_, err = do(ctx, a, call, command{name: "payment.problem", permission: identity.ApplyCash}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		return code, map[string]any{"line": line, "problem": problem}, true, journal.Fail(ctx, tx, code, line, problem)
	})
	return &PaymentLineResult{Line: line, State: journal.Draft, Deductions: []string{}, Problem: problem}, err
}

func paymentResult(r *journal.Result) *PaymentLineResult {
	return &PaymentLineResult{Line: r.Line, State: r.State, Voucher: r.Voucher, Deductions: r.Deductions}
}

// PreviewPaymentJournal says what posting a line, or (line 0) all lines that are drafts, would post.
func (a *App) PreviewPaymentJournal(ctx context.Context, call Call, code string, line int) (*Effect, error) {
	lines := []int{line}
	if line == 0 {
		var err error
		if lines, err = a.paymentLines(ctx, call, code, journal.Draft); err != nil {
			return nil, err
		}
	}
	return a.previewPayment(ctx, call, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		for _, n := range lines {
			if _, err := journal.PostLine(ctx, tx, c, code, n); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *App) previewPayment(ctx context.Context, call Call, fn func(context.Context, *db.Tx, *ledger.Company) error) (*Effect, error) {
	cmd := command{permission: identity.ApplyCash}
	return try(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *Effect, error) {
		effect := &Effect{Settled: []Settled{}}
		err := fn(ctx, tx, c)
		if err == nil {
			effect.Vouchers, err = posted(ctx, tx, c)
		}
		return "", nil, effect, err
	})
}

// ReversePayment reverses posted lines: their applications are undone, their deductions taken back, their payments mirrored. Of all
// lines of a journal each is reversed by itself, and what keeps one from it is no error here; one that is named is reversed or refused.
func (a *App) ReversePayment(ctx context.Context, call Call, code string, req PaymentReversal) (*PaymentPosted, error) {
	cmd := command{name: "payment.reverse", permission: identity.ApplyCash, input: []any{code, req}}
	if first, found, err := earlier[*PaymentPosted](ctx, a, call, cmd); err != nil || found {
		return first, err
	}
	if err := req.check(); err != nil {
		return nil, err
	}
	if req.Line != 0 {
		return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *PaymentPosted, error) {
			r, err := reverseJournalLine(ctx, tx, c, code, req.Line, req)
			if err != nil {
				return "", nil, nil, err
			}
			view, err := reversedPayments(ctx, tx, code, []PaymentLineResult{*paymentResult(r)})
			return code, map[string]any{"line": req.Line, "reversal": r.Voucher, "reason": req.Reason}, view, err
		})
	}
	each := call
	each.Key = ""
	lines, err := a.paymentLines(ctx, each, code, journal.Posted)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, fault.New(fault.Refused, "no line of the payment journal %s is posted", code).ByRule("not_posted")
	}
	results := []PaymentLineResult{}
	for _, n := range lines {
		r, err := a.reversePaymentLine(ctx, each, code, n, req)
		if err != nil {
			return nil, err
		}
		results = append(results, *r)
	}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *PaymentPosted, error) {
		view, err := reversedPayments(ctx, tx, code, results)
		return code, map[string]any{"lines": len(results), "reason": req.Reason}, view, err
	})
}

func (req PaymentReversal) check() error {
	if req.Reason == "" {
		return fault.New(fault.Invalid, "a reversal needs a reason").In("reason")
	}
	return plain("reason", req.Reason)
}

func reversedPayments(ctx context.Context, tx *db.Tx, code string, results []PaymentLineResult) (*PaymentPosted, error) {
	j, err := journal.Find(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	return &PaymentPosted{Code: code, State: j.State, Lines: results}, nil
}

func (a *App) reversePaymentLine(ctx context.Context, call Call, code string, line int, req PaymentReversal) (*PaymentLineResult, error) {
	cmd := command{name: "payment.reverse_line", permission: identity.ApplyCash}
	r, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *journal.Result, error) {
		r, err := reverseJournalLine(ctx, tx, c, code, line, req)
		if err != nil {
			return "", nil, nil, err
		}
		return code, map[string]any{"line": line, "reversal": r.Voucher, "reason": req.Reason}, r, nil
	})
	if ours(err) && fault.CodeOf(err) != fault.Internal && fault.CodeOf(err) != fault.Denied {
		return &PaymentLineResult{Line: line, State: journal.Posted, Deductions: []string{}, Problem: err.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	return paymentResult(r), nil
}

// reverseJournalLine reverses one line, when it needs no approval or has it.
func reverseJournalLine(ctx context.Context, tx *db.Tx, c *ledger.Company, code string, line int, req PaymentReversal) (*journal.Result, error) {
	j, err := journal.Find(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	// Of a journal each line is a subject of its own: their ids lie beside each other below zero.
	id := -(j.ID*mostJournalLines + int64(line))
	if err := demandReversal(ctx, tx, c, "payment", id, fmt.Sprintf("%s/%d", code, line), nil, []any{req.Date, req.Reason}); err != nil {
		return nil, err
	}
	return journal.ReverseLine(ctx, tx, c, code, line, orToday(req.Date, tx), req.Reason)
}

const mostJournalLines = 1_000_000

// PreviewReversePayment says what [App.ReversePayment] would post.
func (a *App) PreviewReversePayment(ctx context.Context, call Call, code string, req PaymentReversal) (*Effect, error) {
	lines := []int{req.Line}
	if req.Line == 0 {
		var err error
		if lines, err = a.paymentLines(ctx, call, code, journal.Posted); err != nil {
			return nil, err
		}
	}
	return a.previewPayment(ctx, call, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		date := orToday(req.Date, tx)
		for _, n := range lines {
			if _, err := journal.ReverseLine(ctx, tx, c, code, n, date, reasonOr(req.Reason, date)); err != nil {
				return err
			}
		}
		return nil
	})
}

// reasonOr gives the reason of a reversal that is only looked at.
func reasonOr(reason string, date civil.Date) string {
	if reason == "" {
		return "Reversal of " + date.String()
	}
	return reason
}
