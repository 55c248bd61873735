package request

import (
	"context"
	"errors"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
	"quittance/internal/secret"
)

// selection gives what the request reimburses, as a run selects it: what is marked, or, before it is submitted, what would be.
func (x *Request) selection(ctx context.Context, tx *db.Tx, c *ledger.Company) (s reimbursement.Selection, err error) {
	s = reimbursement.Selection{Customers: []string{x.CustomerCode}, Currency: x.Currency, Payee: x.PayeeCode}
	for _, k := range x.Credits {
		s.Credits = append(s.Credits, k.Number)
	}
	if s.Beside, err = marking(ctx, tx, x.Customer); err != nil {
		return s, err
	}
	if x.State.Marks() {
		s.Parts, err = openitem.Portions(ctx, tx, x.Code, x.Customer)
		return s, err
	}
	for _, k := range x.Credits {
		d, err := x.document(ctx, tx, c, k.Number)
		if err != nil {
			return s, err
		}
		if k.Amount > d.Available().Abs() {
			return s, refused("over_marked", "%s of %s are wanted, but %s are open and not marked by others", show(x.Currency, k.Amount), k.Number, show(x.Currency, d.Available().Abs())).In("credits")
		}
		shares, err := openitem.Shares(d, k.Amount)
		if err != nil {
			return s, err
		}
		for i, it := range d.Items {
			if shares[i] > 0 {
				s.Parts = append(s.Parts, openitem.Portion{Number: it.Number, Line: it.Line, Amount: shares[i]})
			}
		}
	}
	return s, nil
}

// marking gives the codes of the requests of a customer that mark credits: they do not hold each other up.
func marking(ctx context.Context, tx *db.Tx, customer int64) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, s *string) error { return r.Scan(s) },
		"select code from request where company = $1 and customer = $2 and state in ('submitted', 'in_review', 'more_information', 'on_hold', 'approved') order by id", tx.Company, customer)
}

// policy gives how the request is reimbursed on a date. Rule E3 does not apply, and rule E4 is the approver's; a credit that the request
// itself made is never too recent.
func (x *Request) policy(c *ledger.Company, date civil.Date) (reimbursement.Policy, error) {
	p, err := reimbursement.DefaultPolicy(c, date)
	p.Minimum, p.Netting, p.IncludeDebits = 0, reimbursement.Gross, true
	if x.Fresh {
		p.MinimumAge = 0
	}
	return p, err
}

// Plan says what posting the request on a date would post, and refuses what could not be posted: rules E5 (marks of others), E7 and E8, and
// whatever a voucher needs. Nothing is written.
func (x *Request) Plan(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, date civil.Date) (*reimbursement.Line, error) {
	if len(x.Credits) == 0 {
		return nil, refused("nothing_open", "the request %s names no credit that could be reimbursed", x.Code)
	}
	s, err := x.selection(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	p, err := x.policy(c, date)
	if err != nil {
		return nil, err
	}
	return x.plan(ctx, tx, c, keys, s, p)
}

func (x *Request) plan(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, s reimbursement.Selection, p reimbursement.Policy) (*reimbursement.Line, error) {
	var lines []reimbursement.Line
	if _, err := reimbursement.Simulate(ctx, tx, c, keys, s, p, func(some []reimbursement.Line) error { lines = append(lines, some...); return nil }); err != nil {
		return nil, err
	}
	if len(lines) != 1 {
		return nil, refused("nothing_open", "nothing of what the request %s wants is open any longer", x.Code)
	}
	l := &lines[0]
	switch {
	case l.Reason == reimbursement.CannotPost:
		return nil, refused(string(l.Reason), "the request %s cannot be posted: %s", x.Code, l.Detail)
	case l.Reason != "":
		return nil, refused(string(l.Reason), "the customer %s is not reimbursed now (%s): %s", x.CustomerCode, words(State(l.Reason)), l.Detail)
	case l.Amount != x.Amount:
		return nil, refused("amount_differs", "the request %s is for %s, but %s of its credits are open", x.Code, show(x.Currency, x.Amount), show(x.Currency, l.Amount))
	}
	return l, nil
}

// CheckPoster refuses who approved: nobody posts a request that they approved.
func (x *Request) CheckPoster(ctx context.Context, tx *db.Tx) error {
	who, err := x.Approvers(ctx, tx)
	if err == nil && slices.Contains(who, tx.Actor) {
		err = fault.New(fault.Denied, "%s approved the request %s, so somebody else posts it", tx.Actor, x.Code).ByRule("same_person")
	}
	return err
}

// Post reimburses an approved request on a date, by a run of one: what it marked is given back and settled. The tests of the approval
// are made again; open debits must be those that the approver said yes to, or fewer. Who approved does not post.
func (x *Request) Post(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, date civil.Date) (*reimbursement.Run, error) {
	if x.State != Approved { // what is in payment may become posted again, too, but not by posting
		return nil, refused("request_state", "the request %s is %s; what is approved is posted", x.Code, words(x.State))
	}
	if err := x.CheckApproved(); err != nil {
		return nil, err
	}
	if err := x.CheckPoster(ctx, tx); err != nil {
		return nil, err
	}
	debts, err := x.Debts(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	accepted := x.Accepted()
	for _, d := range debts {
		if !slices.Contains(accepted, d) {
			return nil, refused("open_debit", "the customer %s owes %s, which the approver did not say yes to; ask for approval anew: quittance requests reopen %s --reason TEXT", x.CustomerCode, d, x.Code)
		}
	}
	s, err := x.selection(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	p, err := x.policy(c, date)
	if err != nil {
		return nil, err
	}
	if err := x.release(ctx, tx); err != nil {
		return nil, err
	}
	if _, err := x.plan(ctx, tx, c, keys, s, p); err != nil {
		return nil, err
	}
	run, _, err := reimbursement.PostAtOnce(ctx, tx, c, keys, s, p)
	if err != nil {
		return nil, err
	}
	x.Run, x.RunCode, x.PostedBy = run.ID, run.Code, tx.Actor
	if err := x.keepVouchers(ctx, tx); err != nil {
		return nil, err
	}
	return run, x.move(ctx, tx, Posted, run.Code)
}

// keepVouchers notes which reimbursements the request posted; they must make its amount.
func (x *Request) keepVouchers(ctx context.Context, tx *db.Tx) error {
	n, err := tx.Exec(ctx, "insert into request_reimbursement (company, request, voucher) select company, $1, id from voucher where company = $2 and source = $3 and type = $4", x.ID, tx.Company, x.Run, int16(ledger.Reimbursement))
	if err != nil {
		return err
	}
	var sum money.Amount
	err = tx.Row(ctx, `select cast(coalesce(sum(e.amount), 0) as bigint) from request_reimbursement k join entry e on e.company = k.company and e.voucher = k.voucher and e.party = $1
		where k.company = $2 and k.request = $3`, x.Customer, tx.Company, x.ID).Scan(&sum)
	if err == nil && (n == 0 || sum != x.Amount) {
		err = fault.New(fault.Internal, "the request %s of %s posted %s", x.Code, show(x.Currency, x.Amount), show(x.Currency, sum))
	}
	return err
}

// Reimbursements gives the numbers of the reimbursements that a request posted, in order.
func (x *Request) Reimbursements(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, s *string) error { return r.Scan(s) },
		"select v.number from request_reimbursement k join voucher v on v.company = k.company and v.id = k.voucher where k.company = $1 and k.request = $2 order by v.number", tx.Company, x.ID)
}

// Standing gives the numbers of the reimbursements of a request that are not reversed, in order.
func (x *Request) Standing(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, s *string) error { return r.Scan(s) }, `select v.number from request_reimbursement k join voucher v on v.company = k.company and v.id = k.voucher
		where k.company = $1 and k.request = $2 and not exists (select 1 from voucher y where y.company = v.company and y.reverses = v.id) order by v.number`, tx.Company, x.ID)
}

// Reverse reverses the reimbursements of a request that are not reversed yet, on a date: its credits are open again.
func (x *Request) Reverse(ctx context.Context, tx *db.Tx, c *ledger.Company, date civil.Date, why string) (*reimbursement.Reversal, error) {
	if err := reasoned(why, "reversing a request"); err != nil {
		return nil, err
	}
	if !x.State.Follows() {
		return nil, refused("request_state", "the request %s is %s; what is posted is reversed", x.Code, words(x.State))
	}
	numbers, err := x.Standing(ctx, tx)
	if err != nil {
		return nil, err
	}
	rev, err := reimbursement.Reverse(ctx, tx, c, numbers, date, why)
	if err != nil {
		return nil, err
	}
	return rev, FollowOne(ctx, tx, x, why)
}

// OfVoucher gives the request that posted a reimbursement; false when none did.
func OfVoucher(ctx context.Context, tx *db.Tx, voucher int64) (code string, found bool, err error) {
	err = tx.Row(ctx, "select r.code from request_reimbursement k join request r on r.company = k.company and r.id = k.request where k.company = $1 and k.voucher = $2", tx.Company, voucher).Scan(&code)
	if errors.Is(err, db.ErrNoRows) {
		return "", false, nil
	}
	return code, err == nil, err
}
