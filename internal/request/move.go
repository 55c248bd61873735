package request

import (
	"context"
	"strconv"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
)

// may refuses a change of state that is not to be had.
func (x *Request) may(to State) error {
	if x.State.May(to) {
		return nil
	}
	return refused("request_state", "the request %s is %s and cannot become %s", x.Code, words(x.State), words(to))
}

// words writes a state for people.
func words(s State) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '_' {
			b[i] = ' '
		}
	}
	return string(b)
}

// move changes the state, and notes why; what is known of approval and posting is written along. Marks are the caller's.
func (x *Request) move(ctx context.Context, tx *db.Tx, to State, why string) error {
	if err := x.may(to); err != nil {
		return err
	}
	approvers, err := x.toHear(ctx, tx, to)
	if err != nil {
		return err
	}
	if err := x.tell(ctx, tx, WasChanged, to, why); err != nil {
		return err
	}
	if err := x.tellOthers(tx, to, why, approvers); err != nil {
		return err
	}
	held := State("")
	if to == OnHold {
		held = x.State
	}
	_, err = tx.Exec(ctx, `update request set state = $1, held_from = $2, since = $3, approved_by = $4, approved_at = $5, digest = $6, debits = $7, credit = $8, run = $9, posted_by = $10 where company = $11 and id = $12`,
		to, held, tx.Micros(), x.ApprovedBy, x.ApprovedAt, x.ApprovedDigest, x.Debits, db.Null(x.Credit), db.Null(x.Run), x.PostedBy, tx.Company, x.ID)
	x.State, x.HeldFrom, x.Since = to, held, tx.Micros()
	return err
}

// reasoned refuses a change without a reason.
func reasoned(why, what string) error {
	if why == "" {
		return fault.New(fault.Invalid, "%s needs a reason", what).In("reason")
	}
	if len([]rune(why)) > maxText {
		return fault.New(fault.Invalid, "the reason has more than %d letters", maxText).In("reason")
	}
	return nil
}

// mark marks what the request wants of its credits. It is refused for a credit that has less to give, naming who holds the rest.
func (x *Request) mark(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
	for i, k := range x.Credits {
		d, err := x.document(ctx, tx, c, k.Number)
		if err != nil {
			return err
		}
		if err := openitem.Place(ctx, tx, c, &openitem.Mark{Journal: x.Code, Line: strconv.Itoa(i + 1), Holder: tx.Actor}, d, k.Amount); err != nil {
			return err
		}
	}
	return nil
}

// document gives an open credit of the request's customer and currency.
func (x *Request) document(ctx context.Context, tx *db.Tx, c *ledger.Company, number string) (*openitem.Document, error) {
	d, err := openitem.Find(ctx, tx, c, openitem.Customers, x.Customer, number)
	if err != nil {
		return nil, err
	}
	switch {
	case d.Open() >= 0:
		return nil, refused("not_a_credit", "%s is no credit: %s is open", number, show(d.Currency, d.Open())).In("credits")
	case d.Currency != x.Currency:
		return nil, refused("other_currency", "%s is in %s, and the request in %s", number, d.Currency, x.Currency).In("credits")
	}
	return d, nil
}

// release gives the marks of the request back.
func (x *Request) release(ctx context.Context, tx *db.Tx) error {
	_, err := openitem.Release(ctx, tx, x.Code, x.Customer, 0)
	return err
}

// end gives up a request: its marks are given back, and a credit that its approval made is reversed.
func (x *Request) end(ctx context.Context, tx *db.Tx, c *ledger.Company, to State, why string) error {
	if err := x.may(to); err != nil {
		return err
	}
	if err := x.unapprove(ctx, tx, c, why); err != nil {
		return err
	}
	if x.State.Marks() {
		if err := x.release(ctx, tx); err != nil {
			return err
		}
	}
	return x.move(ctx, tx, to, why)
}

// Withdraw takes a request back; only a requester may.
func (x *Request) Withdraw(ctx context.Context, tx *db.Tx, c *ledger.Company, why string) error {
	if err := reasoned(why, "withdrawing a request"); err != nil {
		return err
	}
	by, err := x.isRequester(ctx, tx)
	if err == nil && !by {
		err = fault.New(fault.Denied, "only who asked withdraws the request %s; cancel it instead: quittance requests cancel %s --reason TEXT", x.Code, x.Code).ByRule("not_requester")
	}
	if err != nil {
		return err
	}
	return x.end(ctx, tx, c, Withdrawn, why)
}

// Cancel gives a request up, a draft included.
func (x *Request) Cancel(ctx context.Context, tx *db.Tx, c *ledger.Company, why string) error {
	if err := reasoned(why, "cancelling a request"); err != nil {
		return err
	}
	return x.end(ctx, tx, c, Cancelled, why)
}

// Hold stops work on a request; its mark stays.
func (x *Request) Hold(ctx context.Context, tx *db.Tx, why string) error {
	if err := reasoned(why, "holding a request"); err != nil {
		return err
	}
	return x.move(ctx, tx, OnHold, why)
}

// Resume takes a request off hold, to the state that it was held in.
func (x *Request) Resume(ctx context.Context, tx *db.Tx, why string) error {
	if x.State != OnHold {
		return refused("request_state", "the request %s is %s, not on hold", x.Code, words(x.State))
	}
	return x.move(ctx, tx, x.HeldFrom, why)
}

// Review notes that a submitted request is being looked at.
func (x *Request) Review(ctx context.Context, tx *db.Tx, detail string) error {
	return x.move(ctx, tx, InReview, detail)
}

// Ask asks the requester for more.
func (x *Request) Ask(ctx context.Context, tx *db.Tx, question string) error {
	if err := reasoned(question, "asking for more"); err != nil {
		return err
	}
	return x.move(ctx, tx, MoreInformation, question)
}

// Answer answers what was asked; the request is submitted again.
func (x *Request) Answer(ctx context.Context, tx *db.Tx, answer string) error {
	if err := reasoned(answer, "an answer"); err != nil {
		return err
	}
	if x.State != MoreInformation {
		return refused("request_state", "the request %s is %s; nobody asked for more", x.Code, words(x.State))
	}
	return x.move(ctx, tx, Submitted, answer)
}

// Comment notes something in the history of a request.
func (x *Request) Comment(ctx context.Context, tx *db.Tx, text string) error {
	if err := reasoned(text, "a comment"); err != nil {
		return err
	}
	return x.tell(ctx, tx, WasCommented, x.State, text)
}
