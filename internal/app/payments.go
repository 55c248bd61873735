package app

import (
	"context"
	"fmt"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/journal"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// CreatePaymentJournal makes an empty customer payment journal.
func (a *App) CreatePaymentJournal(ctx context.Context, call Call, req PaymentJournalRequest) (*PaymentJournal, error) {
	cmd := command{name: "payment.create", permission: identity.ApplyCash, input: req}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *PaymentJournal, error) {
		if err := plain("text", req.Text); err != nil {
			return "", nil, nil, err
		}
		j, err := journal.Create(ctx, tx, req.Text, 0)
		if err != nil {
			return "", nil, nil, err
		}
		view, err := viewPaymentJournal(ctx, tx, c, j)
		return j.Code, map[string]string{"text": j.Text}, view, err
	})
}

// CancelPaymentJournal cancels a draft of which nothing is posted, and releases its marks.
func (a *App) CancelPaymentJournal(ctx context.Context, call Call, code string) (*PaymentJournal, error) {
	cmd := command{name: "payment.cancel", permission: identity.ApplyCash, input: code}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *PaymentJournal, error) {
		e, err := editPayments(ctx, tx, c, code)
		if err == nil {
			err = e.Cancel(ctx)
		}
		if err != nil {
			return "", nil, nil, err
		}
		view, err := readPaymentJournal(ctx, tx, c, code)
		return code, nil, view, err
	})
}

func editPayments(ctx context.Context, tx *db.Tx, c *ledger.Company, code string) (*journal.Editor, error) {
	if err := plain("journal", code); err != nil {
		return nil, err
	}
	return journal.Edit(ctx, tx, c, code)
}

// AddPaymentLine adds a line to a draft.
func (a *App) AddPaymentLine(ctx context.Context, call Call, code string, req PaymentLineRequest) (*PaymentLine, error) {
	cmd := command{name: "payment.line.add", permission: identity.ApplyCash, input: []any{code, req}}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *PaymentLine, error) {
		e, err := editPayments(ctx, tx, c, code)
		if err != nil {
			return "", nil, nil, err
		}
		l, err := req.line(ctx, tx, c)
		if err != nil {
			return "", nil, nil, err
		}
		x, err := e.Add(ctx, l)
		if err != nil {
			return "", nil, nil, err
		}
		view, err := viewPaymentLine(ctx, tx, c, x.Line)
		return code, map[string]any{"line": x.Line.Line, "customer": req.Customer, "amount": req.Amount}, view, err
	})
}

// line reads the request.
func (req PaymentLineRequest) line(ctx context.Context, tx *db.Tx, c *ledger.Company) (*journal.Line, error) {
	for field, text := range map[string]string{"reference": req.Reference, "text": req.Text, "bank": req.Bank, "customer": req.Customer} {
		if err := plain(field, text); err != nil {
			return nil, err
		}
	}
	customer, err := party.FindCustomer(ctx, tx, req.Customer)
	if err != nil {
		return nil, inField(err, "customer")
	}
	l := &journal.Line{Date: orToday(req.Date, tx), Customer: customer.ID, Currency: req.Currency, Bank: req.Bank, Reference: req.Reference, Text: req.Text}
	for _, currency := range []string{customer.Currency, c.Currency.Code} {
		if l.Currency == "" {
			l.Currency = currency
		}
	}
	if l.Bank == "" {
		l.Bank = c.Parameters["remittance_bank"]
	}
	cur, err := money.CurrencyOf(l.Currency)
	if err != nil {
		return nil, inField(err, "currency")
	}
	l.Amount, err = paymentAmount(cur, req.Amount, "amount")
	return l, err
}

// paymentAmount reads an amount that is not negative; blank is zero.
func paymentAmount(cur money.Currency, text, field string) (money.Amount, error) {
	if text == "" {
		return 0, nil
	}
	amount, err := cur.Parse(text)
	if err != nil || amount < 0 {
		return 0, fault.New(fault.Invalid, "%q is not an amount of %s here; expected a decimal that is not negative", shortened(text), cur.Code).In(field)
	}
	return amount, nil
}

// changePayment changes a line by fn, writes it, and gives it as it is then. The detail of the record is what fn gives, and the line.
func (a *App) changePayment(ctx context.Context, call Call, cmd command, code string, line int, fn func(context.Context, *db.Tx, *ledger.Company, *journal.LineEditor) (map[string]any, error)) (*PaymentLine, error) {
	cmd.permission = identity.ApplyCash
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *PaymentLine, error) {
		detail, x, err := changeLine(ctx, tx, c, code, line, fn)
		if err != nil {
			return "", nil, nil, err
		}
		view, err := viewPaymentLine(ctx, tx, c, x.Line)
		return code, detail, view, err
	})
}

func changeLine(ctx context.Context, tx *db.Tx, c *ledger.Company, code string, line int, fn func(context.Context, *db.Tx, *ledger.Company, *journal.LineEditor) (map[string]any, error)) (map[string]any, *journal.LineEditor, error) {
	e, err := editPayments(ctx, tx, c, code)
	if err != nil {
		return nil, nil, err
	}
	x, err := e.Line(ctx, line)
	if err != nil {
		return nil, nil, err
	}
	detail, err := fn(ctx, tx, c, x)
	if err != nil {
		return nil, nil, err
	}
	if detail == nil {
		detail = map[string]any{}
	}
	detail["line"] = line
	return detail, x, x.Save(ctx)
}

// ChangePaymentLine changes a line that is not posted. Its customer and currency stay while it is applied to anything; with its date,
// discounts are looked at anew.
func (a *App) ChangePaymentLine(ctx context.Context, call Call, code string, line int, req PaymentLineRequest) (*PaymentLine, error) {
	cmd := command{name: "payment.line.change", input: []any{code, line, req}}
	return a.changePayment(ctx, call, cmd, code, line, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *journal.LineEditor) (map[string]any, error) {
		l, err := req.line(ctx, tx, c)
		if err != nil {
			return nil, err
		}
		return map[string]any{"amount": req.Amount}, x.Change(ctx, l)
	})
}

// RemovePaymentLine takes a line that is not posted out of its journal, with its applications and marks.
func (a *App) RemovePaymentLine(ctx context.Context, call Call, code string, line int) (*PaymentJournal, error) {
	cmd := command{name: "payment.line.remove", permission: identity.ApplyCash, input: []any{code, line}}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *PaymentJournal, error) {
		e, err := editPayments(ctx, tx, c, code)
		if err != nil {
			return "", nil, nil, err
		}
		x, err := e.Line(ctx, line)
		if err == nil {
			err = x.Remove(ctx)
		}
		if err != nil {
			return "", nil, nil, err
		}
		view, err := readPaymentJournal(ctx, tx, c, code)
		return code, map[string]any{"line": line}, view, err
	})
}

// ApplyPayment applies a line to documents, or changes what it pays of them: all of them or none.
func (a *App) ApplyPayment(ctx context.Context, call Call, code string, line int, reqs []PaymentApplyRequest) (*PaymentLine, error) {
	cmd := command{name: "payment.apply", input: []any{code, line, reqs}}
	return a.changePayment(ctx, call, cmd, code, line, func(ctx context.Context, tx *db.Tx, _ *ledger.Company, x *journal.LineEditor) (map[string]any, error) {
		var vouchers []string
		for i, req := range reqs {
			r, err := req.request(ctx, tx, x.Currency)
			if err == nil {
				_, err = x.Apply(ctx, r)
			}
			if err != nil && len(reqs) > 1 {
				err = placed(err, fmt.Sprintf("document %d", i+1))
			}
			if err != nil {
				return nil, err
			}
			vouchers = append(vouchers, req.Voucher)
		}
		return map[string]any{"vouchers": strings.Join(vouchers, " ")}, nil
	})
}

func (req PaymentApplyRequest) request(ctx context.Context, tx *db.Tx, currency string) (journal.Request, error) {
	r := journal.Request{Voucher: req.Voucher, LeaveOpen: req.LeaveOpen}
	if err := plain("voucher", req.Voucher); err != nil {
		return r, err
	}
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return r, err
	}
	if req.Customer != "" {
		c, err := party.FindCustomer(ctx, tx, req.Customer)
		if err != nil {
			return r, inField(err, "customer")
		}
		r.Customer = c.ID
	}
	if req.Amount != "" {
		amount, err := paymentAmount(cur, req.Amount, "amount")
		if err != nil {
			return r, err
		}
		r.Amount = &amount
	}
	if req.Discount != nil {
		discount, err := paymentAmount(cur, *req.Discount, "discount")
		if err != nil {
			return r, err
		}
		r.Discount = &discount
	}
	return r, nil
}

// UnapplyPayment takes applications of a line back (none named: all of them), with their deductions and marks.
func (a *App) UnapplyPayment(ctx context.Context, call Call, code string, line int, applications []int) (*PaymentLine, error) {
	cmd := command{name: "payment.unapply", input: []any{code, line, applications}}
	return a.changePayment(ctx, call, cmd, code, line, func(_ context.Context, _ *db.Tx, _ *ledger.Company, x *journal.LineEditor) (map[string]any, error) {
		those := applications
		if len(those) == 0 {
			for _, y := range x.Applications {
				those = append(those, y.N)
			}
		}
		for _, n := range those {
			if err := x.Unapply(n); err != nil {
				return nil, err
			}
		}
		return map[string]any{"applications": len(those)}, nil
	})
}

// ProposePayment applies a line by a rule, and says what could not be applied.
func (a *App) ProposePayment(ctx context.Context, call Call, code string, line int, req PaymentProposal) (*PaymentProposed, error) {
	cmd := command{name: "payment.propose", permission: identity.ApplyCash, input: []any{code, line, req}}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *PaymentProposed, error) {
		done := &PaymentProposed{Unmatched: []PaymentUnmatched{}}
		detail, x, err := changeLine(ctx, tx, c, code, line, func(ctx context.Context, tx *db.Tx, _ *ledger.Company, x *journal.LineEditor) (_ map[string]any, err error) {
			if !req.OldestFirst && len(req.References) == 0 {
				return nil, fault.New(fault.Invalid, "say how to apply: oldest first, or the documents that the customer names").In("references")
			}
			if done.Unmatched, err = req.refer(ctx, tx, x); err == nil && req.OldestFirst {
				err = x.OldestFirst(ctx)
			}
			return map[string]any{"applications": len(x.Applications), "unmatched": len(done.Unmatched)}, err
		})
		if err != nil {
			return "", nil, nil, err
		}
		view, err := viewPaymentLine(ctx, tx, c, x.Line)
		if err == nil {
			done.Line = *view
		}
		return code, detail, done, err
	})
}

// refer applies a line to what is named; what is named wrongly is not matched.
func (req PaymentProposal) refer(ctx context.Context, tx *db.Tx, x *journal.LineEditor) ([]PaymentUnmatched, error) {
	unmatched := []PaymentUnmatched{}
	for _, ref := range req.References {
		r, err := ref.request(ctx, tx, x.Currency)
		if ours(err) {
			unmatched = append(unmatched, PaymentUnmatched{ref.Voucher, ref.Amount, err.Error()})
			continue
		}
		if err != nil {
			return nil, err
		}
		left, err := x.ByReferences(ctx, []journal.Request{r})
		if err != nil {
			return nil, err
		}
		for _, u := range left {
			amount := ref.Amount
			if u.Amount != nil {
				cur, err := money.CurrencyOf(x.Currency)
				if err != nil {
					return nil, err
				}
				amount = cur.Format(*u.Amount)
			}
			unmatched = append(unmatched, PaymentUnmatched{ref.Voucher, amount, u.Reason.Error()})
		}
	}
	return unmatched, nil
}

// AddPaymentDeduction adds a stand-alone deduction to a line, or one of a document that the line leaves open in part.
func (a *App) AddPaymentDeduction(ctx context.Context, call Call, code string, line int, req PaymentDeductionRequest) (*PaymentLine, error) {
	cmd := command{name: "payment.deduct", input: []any{code, line, req}}
	return a.changePayment(ctx, call, cmd, code, line, func(ctx context.Context, tx *db.Tx, _ *ledger.Company, x *journal.LineEditor) (map[string]any, error) {
		d, err := req.deduction(ctx, tx, x.Currency)
		if err != nil {
			return nil, err
		}
		made, err := x.Deduct(ctx, d)
		if err != nil {
			return nil, err
		}
		return map[string]any{"deduction": made.N, "amount": req.Amount}, nil
	})
}

func (req PaymentDeductionRequest) deduction(ctx context.Context, tx *db.Tx, currency string) (journal.Deduction, error) {
	d := journal.Deduction{
		Application: req.Application, Type: req.Type, Allowed: req.Allowed, Reason: req.Reason, Account: req.Account, Plan: req.Plan,
		TheirCode: req.TheirCode, ClaimNumber: req.Claim, Note: req.Note,
	}
	for field, text := range map[string]string{"their_code": req.TheirCode, "claim": req.Claim, "note": req.Note, "account": req.Account} {
		if err := plain(field, text); err != nil {
			return d, err
		}
	}
	if req.Customer != "" {
		c, err := party.FindCustomer(ctx, tx, req.Customer)
		if err != nil {
			return d, inField(err, "customer")
		}
		d.Customer = c.ID
	}
	cur, err := money.CurrencyOf(currency)
	if err == nil {
		d.Amount, err = paymentAmount(cur, req.Amount, "amount")
	}
	return d, err
}

// ChangePaymentDeduction changes what a deduction line says.
func (a *App) ChangePaymentDeduction(ctx context.Context, call Call, code string, line, n int, req PaymentDeductionRequest) (*PaymentLine, error) {
	cmd := command{name: "payment.deduction.change", input: []any{code, line, n, req}}
	return a.changePayment(ctx, call, cmd, code, line, func(ctx context.Context, tx *db.Tx, _ *ledger.Company, x *journal.LineEditor) (map[string]any, error) {
		d, err := req.deduction(ctx, tx, x.Currency)
		if err != nil {
			return nil, err
		}
		_, err = x.ChangeDeduction(ctx, n, d)
		return map[string]any{"deduction": n}, err
	})
}

// RemovePaymentDeduction takes a deduction line out that no application makes.
func (a *App) RemovePaymentDeduction(ctx context.Context, call Call, code string, line, n int) (*PaymentLine, error) {
	cmd := command{name: "payment.deduction.remove", input: []any{code, line, n}}
	return a.changePayment(ctx, call, cmd, code, line, func(_ context.Context, _ *db.Tx, _ *ledger.Company, x *journal.LineEditor) (map[string]any, error) {
		return map[string]any{"deduction": n}, x.RemoveDeduction(n)
	})
}

// SplitPaymentDeduction splits a deduction line in two: one of the amount (decimal), and what is left.
func (a *App) SplitPaymentDeduction(ctx context.Context, call Call, code string, line, n int, amount string) (*PaymentLine, error) {
	cmd := command{name: "payment.deduction.split", input: []any{code, line, n, amount}}
	return a.changePayment(ctx, call, cmd, code, line, func(_ context.Context, _ *db.Tx, _ *ledger.Company, x *journal.LineEditor) (map[string]any, error) {
		cur, err := money.CurrencyOf(x.Currency)
		if err != nil {
			return nil, err
		}
		part, err := paymentAmount(cur, amount, "amount")
		if err == nil {
			_, err = x.Split(n, part)
		}
		return map[string]any{"deduction": n, "amount": amount}, err
	})
}
