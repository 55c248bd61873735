package request

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/money"
	"quittance/internal/outbox"
)

// told says of which change of state others are told, by the state that it leads to. One that leads back is told of no second time: off
// hold, from the bank's statement, from a payment that was taken back before it was made.
func told(from, to State) (outbox.Kind, bool) {
	kind, some := map[State]outbox.Kind{
		Submitted: outbox.RequestSubmitted, Approved: outbox.RequestApproved, Rejected: outbox.RequestRejected, MoreInformation: outbox.RequestAsked, Withdrawn: outbox.RequestWithdrawn,
		Cancelled: outbox.RequestCancelled, Posted: outbox.RequestPosted, Paid: outbox.RequestPaid, Cleared: outbox.RequestCleared, Returned: outbox.RequestReturned, Reversed: outbox.RequestReversed,
	}[to]
	back := (from == OnHold && !to.Ended()) || (from == Cleared && to == Paid) || (from == InPayment && to == Posted)
	return kind, some && !back
}

// toldOf is what the outbox tells of a request. Reason is that of an end, or what is asked.
type toldOf struct {
	Customer string `json:"customer"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Reason   string `json:"reason,omitempty"`
}

// toHear gives those who had approved a request that is given up.
func (x *Request) toHear(ctx context.Context, tx *db.Tx, to State) ([]string, error) {
	if to != Withdrawn && to != Cancelled {
		return nil, nil
	}
	return db.List(ctx, tx, func(r *db.Rows, s *string) error { return r.Scan(s) }, `select distinct actor from request_event where company = $1 and request = $2
		and (what = 'decided' or what = 'state' and to_state = 'approved' and from_state <> 'on_hold') order by actor`, tx.Company, x.ID)
}

// tellOthers tells of a change of state in the unit that makes it. It is meant for who made and who submitted the request; what ends it, also
// for who had approved it. Every change of state passes here, so that each is told exactly once, whichever command made it.
func (x *Request) tellOthers(tx *db.Tx, to State, why string, approvers []string) error {
	kind, some := told(x.State, to)
	if !some {
		return nil
	}
	cur, err := money.CurrencyOf(x.Currency)
	if err != nil {
		return err
	}
	data := toldOf{Customer: x.CustomerCode, Amount: cur.Format(x.Amount), Currency: x.Currency}
	if to == Rejected || to == MoreInformation || to == Withdrawn || to == Cancelled || to == Returned || to == Reversed {
		data.Reason = why
	}
	who := []string{x.CreatedBy}
	if x.SubmittedBy != "" {
		who = append(who, x.SubmittedBy)
	}
	return outbox.Add(tx, kind, x.Code, data, append(who, approvers...)...)
}
