package app

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"quittance/internal/approval"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/payout"
	"quittance/internal/policy"
	"quittance/internal/reimbursement"
)

// What stands here is how commands ask for approval: the core refuses what is not approved, and says what would have to be; the command
// then submits that, with a preview of what it would post, so that whatever the door nobody needs to know beforehand.

// evidence is what approvers are shown beside the facts.
type evidence struct {
	Command  string    `json:"command"`
	Vouchers []Voucher `json:"vouchers"` // that the command would post: the first
	More     int       `json:"more"`     // of them
}

const mostEvidence = 20 // vouchers kept with an approval

// hold submits what a command was refused for, and gives the refusal that says so.
func hold[R any](ctx context.Context, a *App, call Call, cmd command, fn func(context.Context, *db.Tx, *ledger.Company) (told[R], error), needed *approval.Needed) error {
	e := evidence{Command: cmd.name, Vouchers: []Voucher{}}
	err := a.db.Unit(ctx, a.scope(call), func(ctx context.Context, tx *db.Tx) error {
		ctx = approval.Trying(ctx)
		c, err := a.enter(ctx, tx, call, cmd)
		if err != nil {
			return err
		}
		if _, err = fn(ctx, tx, c); err != nil {
			return err
		}
		all, err := posted(ctx, tx, c)
		if err != nil {
			return err
		}
		e.Vouchers = append(e.Vouchers, all[:min(len(all), mostEvidence)]...)
		e.More = len(all) - len(e.Vouchers)
		return errPreview
	})
	if !errors.Is(err, errPreview) { // it could not be done even with an approval
		return plainer(err)
	}
	s := needed.Subject
	s.Evidence = e
	ask := command{name: "approval.submit", permission: cmd.permission}
	call.Key = ""
	x, err := do(ctx, a, call, ask, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *approval.Approval, error) {
		x, err := approval.Submit(ctx, tx, s)
		if err != nil {
			return "", nil, nil, err
		}
		return x.Code(), map[string]any{"kind": x.Kind, "subject": x.Name, "rule": x.Rule, "state": x.State}, x, nil
	})
	if err != nil {
		return err
	}
	if x.State == approval.Approved {
		return fault.New(fault.Refused, "%s was approved just now (%s); give the same command again", x.Name, x.Code()).ByRule("approved_now")
	}
	return fault.New(fault.Refused, "%s needs approval by the rule %s and was submitted as %s; once it is approved, somebody who did not approve it gives the same command again. Approvers: quittance approvals inbox", x.Name, x.Rule, x.Code()).ByRule("waits_for_approval")
}

// neededBy gives what an error says must be approved first; nil when it says nothing of the kind.
func neededBy(err error) *approval.Needed {
	var n *approval.Needed
	if errors.As(err, &n) {
		return n
	}
	return nil
}

// digestOf gives the digest of what is to be approved, a plain value.
func digestOf(x any) []byte {
	text, err := json.Marshal(x)
	if err != nil {
		panic(err) // plain values are always written
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

// inAccounting gives an amount in the accounting currency, at the rate of today when it is of another one.
func inAccounting(tx *db.Tx, c *ledger.Company, currency string, amount money.Amount) (money.Amount, error) {
	if currency == c.Currency.Code {
		return amount, nil
	}
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return 0, err
	}
	rate, err := c.Rate(currency, tx.Today())
	if err != nil {
		return 0, err
	}
	return rate.Convert(amount, cur, c.Currency)
}

// paymentSubject is a vendor payment as what is to be approved.
func paymentSubject(ctx context.Context, tx *db.Tx, c *ledger.Company, p *payout.Payment, x payout.Approvable) (approval.Subject, error) {
	worth, err := inAccounting(tx, c, p.Currency, p.Amount)
	if err != nil {
		return approval.Subject{}, err
	}
	cur, err := money.CurrencyOf(p.Currency)
	if err != nil {
		return approval.Subject{}, err
	}
	vendor, err := partyCode(ctx, tx, p.Vendor)
	if err != nil {
		return approval.Subject{}, err
	}
	f := &policy.Fields{
		Method: p.Method, Count: len(p.Items), OtherPayee: p.Payee != p.Vendor, CurrencyAmount: policy.AmountOf(cur, p.Amount), SaleDays: policy.Unknown, CreditDays: policy.Unknown, DetailsDays: policy.Unknown,
	}
	if x.BankChanged != 0 {
		f.DetailsDays = int((tx.Micros() - x.BankChanged) / (24 * 3_600_000_000))
	}
	return approval.Subject{
		Kind: policy.Payment, ID: p.ID, Name: p.Name(), Title: fmt.Sprintf("Payment of %s %s to %s by %s", cur.Format(p.Amount), p.Currency, x.Payee, p.Method), Digest: x.Digest, Fields: f, Submitter: p.CreatedBy,
		Facts: approval.Facts{Type: p.Method, Currency: p.Currency, Amount: p.Amount, Worth: worth, Accounting: c.Currency, Requester: p.CreatedBy, Payee: x.Payee, Payees: []string{vendor}},
	}, nil
}

// partyCode gives the code of a customer or vendor.
func partyCode(ctx context.Context, tx *db.Tx, id int64) (code string, err error) {
	err = tx.Row(ctx, "select code from vendor where company = $1 and id = $2 union all select code from customer where company = $1 and id = $2", tx.Company, id).Scan(&code)
	if errors.Is(err, db.ErrNoRows) {
		err = fault.New(fault.NotFound, "there is no such customer or vendor any more")
	}
	return code, err
}

// eachPayment calls fn with payments as what is to be approved, when anything on payments asks for approval at all.
func eachPayment(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*payout.Payment, fn func(*payout.Payment, approval.Subject) error) (ruled bool, err error) {
	if ruled, err = approval.Ruled(ctx, tx, policy.Payment); err != nil || !ruled {
		return false, err
	}
	contents, err := payout.Approvables(ctx, tx, payments)
	if err != nil {
		return true, err
	}
	for _, p := range payments {
		s, err := paymentSubject(ctx, tx, c, p, contents[p.ID])
		if err == nil {
			err = fn(p, s)
		}
		if err != nil {
			return true, err
		}
	}
	return true, nil
}

// demandPayments refuses payments that approval rules want approved and that are not, or that the actor approved.
func demandPayments(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*payout.Payment) error {
	_, err := eachPayment(ctx, tx, c, payments, func(_ *payout.Payment, s approval.Subject) error { return approval.Demand(ctx, tx, s) })
	return err
}

// approvePayments approves payments: by the approval rules where there are some, as their proposer submitted them; what has all approvals is
// approved.
func approvePayments(ctx context.Context, tx *db.Tx, c *ledger.Company, call Call, payments []*payout.Payment) error {
	var ready []*payout.Payment
	ruled, err := eachPayment(ctx, tx, c, payments, func(p *payout.Payment, s approval.Subject) error {
		if err := payout.MayApprove(ctx, tx, p); err != nil {
			return err
		}
		x, err := approval.Submit(ctx, tx, s)
		if err == nil && x.State == approval.Waiting {
			x, err = approval.Decide(ctx, tx, call.Actor, x.ID, approval.Decision{Verb: approval.Approving, Digest: s.Digest})
		}
		if err == nil && x.State == approval.Approved {
			ready = append(ready, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	if !ruled {
		ready = payments
	}
	if len(ready) == 0 {
		return nil
	}
	return payout.Approve(ctx, tx, ready)
}

// runSubject is a proposed run as what is to be approved.
func runSubject(ctx context.Context, tx *db.Tx, c *ledger.Company, r *reimbursement.Run) (*approval.Subject, error) {
	sum, err := reimbursement.Summarize(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	s := &approval.Subject{Kind: policy.Run, ID: r.ID, Name: r.Code, Fields: &policy.Fields{Count: int(sum.Reimbursements), SaleDays: policy.Unknown, CreditDays: policy.Unknown, DetailsDays: policy.Unknown}}
	s.Facts = approval.Facts{Currency: c.Currency.Code, Accounting: c.Currency, Requester: r.CreatedBy}
	amounts := make([]string, len(sum.Amounts))
	for i, x := range sum.Amounts {
		worth, err := inAccounting(tx, c, x.Currency, x.Amount)
		if err != nil {
			return nil, err
		}
		if s.Facts.Worth, err = money.Add(s.Facts.Worth, worth); err != nil {
			return nil, err
		}
		amounts[i] = amountOf(x.Currency, x.Amount) + " " + x.Currency
	}
	s.Facts.Amount = s.Facts.Worth
	s.Fields.CurrencyAmount = policy.AmountOf(c.Currency, s.Facts.Worth)
	s.Title = fmt.Sprintf("Run of %d reimbursements, %s", sum.Reimbursements, strings.Join(amounts, ", "))
	s.Digest = digestOf([]any{r.ID, r.Selection, r.Policy, r.Candidates, sum.Reimbursements, sum.Excluded, sum.Transfers, sum.Amounts})
	s.Facts.Payees, err = db.List(ctx, tx, func(row *db.Rows, code *string) error { return row.Scan(code) }, `select distinct p.party from approval_person p where p.company = $1 and (
		exists (select 1 from run_line l join customer x on x.company = l.company and x.id = l.customer where l.company = $1 and l.run = $2 and l.reason = '' and x.code = p.party)
		or exists (select 1 from run_line l join vendor x on x.company = l.company and x.id = l.vendor where l.company = $1 and l.run = $2 and l.reason = '' and x.code = p.party))`, tx.Company, r.ID)
	return s, err
}

// demandRun refuses to start a run that must be approved first.
func demandRun(ctx context.Context, tx *db.Tx, c *ledger.Company, r *reimbursement.Run) error {
	if r.State != reimbursement.Proposed {
		return nil // it was started, or will be refused
	}
	ruled, err := approval.Ruled(ctx, tx, policy.Run)
	if err != nil || !ruled {
		return err
	}
	s, err := runSubject(ctx, tx, c, r)
	if err != nil {
		return err
	}
	return approval.Demand(ctx, tx, *s)
}

// demandReversal refuses a reversal that must be approved first, and uses its approval up. vouchers are those that are reversed.
func demandReversal(ctx context.Context, tx *db.Tx, c *ledger.Company, what string, id int64, name string, vouchers []string, content any) error {
	ruled, err := approval.Ruled(ctx, tx, policy.Reversal)
	if err != nil || !ruled {
		return err
	}
	s := approval.Subject{Kind: policy.Reversal, ID: id, Name: name, Title: "Reversal of " + name, Digest: digestOf([]any{what, id, vouchers, content})}
	s.Facts = approval.Facts{Type: what, Currency: c.Currency.Code, Accounting: c.Currency}
	for _, number := range vouchers {
		var worth money.Amount
		if err := tx.Row(ctx, "select cast(coalesce(sum(case when e.accounting > 0 then e.accounting end), 0) as bigint) from entry e join voucher v on v.company = e.company and v.id = e.voucher where v.company = $1 and v.number = $2", tx.Company, number).Scan(&worth); err != nil {
			return err
		}
		if s.Facts.Worth, err = money.Add(s.Facts.Worth, worth); err != nil {
			return err
		}
	}
	s.Facts.Amount = s.Facts.Worth
	return approval.Use(ctx, tx, s)
}
