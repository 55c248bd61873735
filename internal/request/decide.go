package request

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/receivable"
	"quittance/internal/secret"
)

// WasDecided is the event of an approver's yes that others must follow.
const WasDecided = "decided"

// automatic begins the name of who approved when a policy did; no user has such a name.
const automatic = "policy:"

func (x *Request) isRequester(ctx context.Context, tx *db.Tx) (bool, error) {
	who, err := Requesters(ctx, tx, x.ID)
	return slices.Contains(who, tx.Actor), err
}

// Approvers gives the persons who said yes to a request as it is approved now.
func (x *Request) Approvers(ctx context.Context, tx *db.Tx) ([]string, error) {
	all, err := db.List(ctx, tx, func(r *db.Rows, s *string) error { return r.Scan(s) },
		"select distinct actor from request_event where company = $1 and request = $2 and what = 'decided' order by actor", tx.Company, x.ID)
	if x.ApprovedBy != "" && !strings.HasPrefix(x.ApprovedBy, automatic) && !slices.Contains(all, x.ApprovedBy) {
		all = append(all, x.ApprovedBy)
	}
	return all, err
}

// CheckApprover refuses who asked: nobody approves a request of theirs.
func (x *Request) CheckApprover(ctx context.Context, tx *db.Tx) error {
	by, err := x.isRequester(ctx, tx)
	if err == nil && by {
		err = fault.New(fault.Denied, "%s made, changed or submitted the request %s, so somebody else decides on it", tx.Actor, x.Code).ByRule("same_person")
	}
	return err
}

// Barred gives, of vouchers, those that the unit's actor may not pay, with the code of the request that posted each: the actor asked for it
// or approved it.
func Barred(ctx context.Context, tx *db.Tx, vouchers []int64) (map[int64]string, error) {
	all := map[int64]string{}
	if len(vouchers) == 0 {
		return all, nil
	}
	those, ids := tx.Among("k.voucher", "$3", vouchers)
	err := tx.Each(ctx, `select k.voucher, min(r.code) from request_reimbursement k join request r on r.company = k.company and r.id = k.request join request_event e on e.company = k.company and e.request = k.request
		where k.company = $1 and e.actor = $2 and `+those+` and (e.what in ('created', 'edited', 'attached', 'detached', 'decided') or e.to_state in ('submitted', 'approved') and e.from_state <> 'on_hold') group by k.voucher`,
		[]any{tx.Company, tx.Actor, ids}, func(r *db.Rows) error {
			all[r.Int64(0)] = r.Text(1)
			return nil
		})
	return all, err
}

// SomebodyElse refuses a payment of what the request with the code posted.
func SomebodyElse(tx *db.Tx, code string) error {
	return fault.New(fault.Denied, "%s asked for the request %s or approved it, so somebody else pays it", tx.Actor, code).ByRule("same_person")
}

// Approval says how a request is approved.
type Approval struct {
	Debits    bool   // the approver says yes although the customer owes something
	Detail    string // comment
	Automatic string // the policy that does it without a person; blank: the actor does
}

// Approve approves a request: it must be possible to post it, and open debits need a yes. A new credit is made now, and marked.
func (x *Request) Approve(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, a Approval) error {
	if x.State != Submitted && x.State != InReview {
		return refused("request_state", "the request %s is %s; what is submitted or in review is approved", x.Code, words(x.State))
	}
	by := tx.Actor
	if a.Automatic != "" {
		by = automatic + a.Automatic
	} else if err := x.CheckApprover(ctx, tx); err != nil {
		return err
	}
	if err := x.complete(); err != nil {
		return err
	}
	debts, err := x.Debts(ctx, tx, c)
	if err != nil {
		return err
	}
	if len(debts) > 0 && !a.Debits {
		return refused("open_debit", "the customer %s owes %s; say that it is repaid all the same (--debits), or settle that first", x.CustomerCode, listed(debts)).In("debits")
	}
	x.Debits = strings.Join(debts, "\n")
	if x.Fresh {
		if err := x.makeCredit(ctx, tx, c); err != nil {
			return err
		}
	}
	if _, err := x.Plan(ctx, tx, c, keys, tx.Today()); err != nil {
		return err
	}
	x.ApprovedBy, x.ApprovedAt, x.ApprovedDigest = by, tx.Micros(), x.digest()
	return x.move(ctx, tx, Approved, strings.TrimSpace(a.Automatic+" "+a.Detail))
}

// Decide notes an approver's yes that others must follow; the request stays in review.
func (x *Request) Decide(ctx context.Context, tx *db.Tx, detail string) error {
	if x.State != Submitted && x.State != InReview {
		return refused("request_state", "the request %s is %s; what is submitted or in review is approved", x.Code, words(x.State))
	}
	if err := x.CheckApprover(ctx, tx); err != nil {
		return err
	}
	return x.tell(ctx, tx, WasDecided, x.State, detail)
}

// Reject rejects a request; who asked may not.
func (x *Request) Reject(ctx context.Context, tx *db.Tx, c *ledger.Company, why string) error {
	if err := reasoned(why, "rejecting a request"); err != nil {
		return err
	}
	if err := x.CheckApprover(ctx, tx); err != nil {
		return err
	}
	return x.end(ctx, tx, c, Rejected, why)
}

// Reopen makes an approval void, so that it is asked for anew.
func (x *Request) Reopen(ctx context.Context, tx *db.Tx, c *ledger.Company, why string) error {
	if err := reasoned(why, "asking for approval anew"); err != nil {
		return err
	}
	if x.State != Approved && x.State != InReview {
		return refused("request_state", "the request %s is %s; there is no approval to ask for anew", x.Code, words(x.State))
	}
	if err := x.unapprove(ctx, tx, c, why); err != nil {
		return err
	}
	return x.move(ctx, tx, Submitted, why)
}

// unapprove makes an approval void: a credit that it made is reversed, and its mark given back. A request that is not approved is left as it is.
func (x *Request) unapprove(ctx context.Context, tx *db.Tx, c *ledger.Company, why string) error {
	if x.ApprovedBy == "" {
		return nil
	}
	if x.State == OnHold && x.HeldFrom == Approved { // it goes back to where the approval is asked for
		if _, err := tx.Exec(ctx, "update request set held_from = 'submitted' where company = $1 and id = $2", tx.Company, x.ID); err != nil {
			return err
		}
		x.HeldFrom = Submitted
	}
	if err := x.tell(ctx, tx, WasVoided, x.State, why); err != nil {
		return err
	}
	if x.Credit != 0 {
		if err := x.release(ctx, tx); err != nil {
			return err
		}
		date, err := x.dateOf(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := openitem.Reverse(ctx, tx, c, x.CreditNumber, max(date, tx.Today()), why); err != nil {
			return err
		}
		x.Credit, x.CreditNumber, x.Credits = 0, "", nil
		if err := x.saveParts(ctx, tx); err != nil {
			return err
		}
	}
	x.ApprovedBy, x.ApprovedAt, x.ApprovedDigest, x.Debits = "", 0, nil, ""
	if x.State == Approved { // written with the state that comes next
		return nil
	}
	return x.clear(ctx, tx)
}

// clear writes that nothing is approved.
func (x *Request) clear(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, "update request set approved_by = '', approved_at = 0, digest = null, debits = '', credit = null where company = $1 and id = $2", tx.Company, x.ID)
	return err
}

// dateOf gives the date of the credit that the approval made.
func (x *Request) dateOf(ctx context.Context, tx *db.Tx) (date civil.Date, err error) {
	err = tx.Row(ctx, "select date from voucher where company = $1 and id = $2", tx.Company, x.Credit).Scan(&date)
	return date, err
}

// makeCredit posts the new credit and marks it.
func (x *Request) makeCredit(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
	customers, err := party.CustomersByID(ctx, tx, []int64{x.Customer})
	if err != nil {
		return err
	}
	d := receivable.Document{
		Type: ledger.CreditNote, Customer: *customers[x.Customer], Date: tx.Today(), Classification: x.Classification, Currency: x.Currency,
		Text: strings.TrimSpace("Request " + x.Code + " (" + words(State(x.Kind)) + ") " + x.Source),
	}
	for _, l := range x.Lines {
		a, err := c.Parse(l.Account)
		if err != nil {
			return in(err, "lines")
		}
		d.Lines = append(d.Lines, receivable.Line{Account: a, Amount: l.Amount})
	}
	v, err := receivable.Voucher(c, d)
	if err != nil {
		return err
	}
	if err := openitem.Post(ctx, tx, c, v); err != nil {
		return err
	}
	x.Credit, x.CreditNumber = v.ID, v.Number
	x.Credits = []Credit{{v.ID, v.Number, x.Amount}}
	if err := x.saveParts(ctx, tx); err != nil {
		return err
	}
	return x.mark(ctx, tx, c)
}

// Debts gives what the customer owes, each as a text, in order: open documents, then open deductions.
func (x *Request) Debts(ctx context.Context, tx *db.Tx, c *ledger.Company) ([]string, error) {
	items, err := openitem.Open(ctx, tx, c, openitem.Customers, x.Customer)
	if err != nil {
		return nil, err
	}
	docs := openitem.Documents(slices.DeleteFunc(items, func(it *openitem.Item) bool { return it.Open <= 0 }))
	slices.SortFunc(docs, openitem.ByDue)
	var all []string
	for _, d := range docs {
		all = append(all, d.Number+" "+show(d.Currency, d.Open()))
	}
	if c.Parameters["deductions_block"] == "no" {
		return all, nil
	}
	exposures, err := openitem.ExposuresOf(ctx, tx, openitem.PartiesOf([]int64{x.Customer}))
	for _, e := range exposures {
		if e.Party == x.Customer {
			all = append(all, e.Text)
		}
	}
	return all, err
}

// CheckApproved refuses a request that is not what was approved.
func (x *Request) CheckApproved() error {
	if !bytes.Equal(x.ApprovedDigest, x.digest()) {
		return refused("approval_void", "the request %s is not what was approved any longer; ask for approval anew: quittance requests reopen %s --reason TEXT", x.Code, x.Code)
	}
	return nil
}
