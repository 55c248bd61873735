package deduction

import (
	"slices"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// disputeMove is a row of the table of moves between states of a dispute.
type disputeMove struct {
	from Dispute
	to   []Dispute
}

// disputeMoves are all moves between states of a dispute. Money is not asked: a customer may pay back what nobody disputed, and
// a deduction that is resolved may be paid back, or taken again. Source: deduction rules, 3.
var disputeMoves = []disputeMove{
	{NotDisputed, []Dispute{Filed, Expired, PartlyPaidBack, PaidBack}},
	{Filed, []Dispute{CustomerResearching, ActionNeeded, Approved, PartlyApproved, Denied, PartlyPaidBack, PaidBack}},
	{CustomerResearching, []Dispute{ActionNeeded, Approved, PartlyApproved, Denied, PartlyPaidBack, PaidBack}},
	{ActionNeeded, []Dispute{CustomerResearching, Approved, PartlyApproved, Denied, Expired, PartlyPaidBack, PaidBack}},
	{Approved, []Dispute{AwaitingPayback, PartlyPaidBack, PaidBack}},
	{PartlyApproved, []Dispute{Filed, AwaitingPayback, PartlyPaidBack, PaidBack}},
	{Denied, []Dispute{Filed, Expired, PartlyPaidBack, PaidBack}},
	{AwaitingPayback, []Dispute{PartlyPaidBack, PaidBack, Denied}},
	{PaidBack, []Dispute{Rededucted}},
	{PartlyPaidBack, []Dispute{Filed, AwaitingPayback, PartlyPaidBack, PaidBack, Rededucted}},
	{Rededucted, []Dispute{Filed, Expired, PartlyPaidBack, PaidBack}},
	{Expired, []Dispute{PartlyPaidBack, PaidBack}},
}

// Disputes are all states of a dispute.
var Disputes = func() []string {
	all := make([]string, len(disputeMoves))
	for i, m := range disputeMoves {
		all[i] = string(m.from)
	}
	return all
}()

func disputeMovesOf(from Dispute) []Dispute {
	for _, m := range disputeMoves {
		if m.from == from {
			return m.to
		}
	}
	return nil
}

// NextDispute gives the states that the dispute of a deduction may move to on a day, as its rule allows.
func (d *Deduction) NextDispute(w Span, today civil.Date) []Dispute {
	next := []Dispute{}
	for _, to := range disputeMovesOf(d.Dispute) {
		if d.allowed(to, w, today) == nil {
			next = append(next, to)
		}
	}
	return next
}

// allowed says why the dispute rule forbids a move that the table has.
func (d *Deduction) allowed(to Dispute, w Span, on civil.Date) error {
	switch {
	case d.State == Reversed || d.State == Voided:
		return fault.New(fault.Refused, "deduction %s is %s; there is nothing to dispute", d.Number, d.State).ByRule("dispute_over")
	case to == Expired && (w.Expires.IsZero() || on <= w.Expires):
		return fault.New(fault.Refused, "the window to dispute deduction %s has not ended; it can be disputed %s", d.Number, disputable(w.Expires)).In("to").ByRule("window_open")
	case to != Filed:
		return nil
	case !w.Earliest.IsZero() && on < w.Earliest:
		return fault.New(fault.Refused, "deduction %s cannot be disputed before %s", d.Number, w.Earliest).In("date").ByRule("dispute_too_early")
	case !w.Expires.IsZero() && on > w.Expires:
		return fault.New(fault.Refused, "deduction %s could be disputed until %s", d.Number, w.Expires).In("date").ByRule("dispute_window_ended")
	case w.Attempts > 0 && d.Attempts >= w.Attempts:
		return fault.New(fault.Refused, "deduction %s was disputed %d times already, as often as the dispute rule allows", d.Number, d.Attempts).In("to").ByRule("dispute_attempts_used")
	}
	return nil
}

func disputable(d civil.Date) string {
	if d.IsZero() {
		return "without end, since no rule bounds it"
	}
	return "until " + d.String()
}

// MoveDispute moves the dispute of a deduction, on a day that is not in the future, as table and rule allow. Repaid is what the customer
// repaid by this (minor units, with paid_back and partly_paid_back only; 0 with paid_back is all that is not repaid yet).
func (d *Deduction) MoveDispute(to Dispute, w Span, on, today civil.Date, repaid money.Amount) error {
	if !slices.Contains(Disputes, string(to)) {
		return fault.New(fault.Invalid, "%q is no state of a dispute; expected one of %s", to, joined(Disputes)).In("to").ByRule("dispute_unknown")
	}
	if on > today || on < d.Captured {
		return fault.New(fault.Refused, "%s is no day on which the dispute of deduction %s can have moved; expected one from %s to %s", on, d.Number, d.Captured, today).In("date").ByRule("dispute_date")
	}
	next := disputeMovesOf(d.Dispute)
	if !slices.Contains(next, to) {
		return fault.New(fault.Refused, "the dispute of deduction %s is %s and cannot be moved to %s; it may become %s", d.Number, d.Dispute, to, joined(next)).In("to").ByRule("dispute_move")
	}
	if err := d.allowed(to, w, on); err != nil {
		return err
	}
	if to == PaidBack || to == PartlyPaidBack {
		return d.repayByHand(to, repaid)
	}
	if repaid != 0 {
		return fault.New(fault.Invalid, "an amount paid back goes with paid_back and partly_paid_back only").In("paid_back").ByRule("dispute_amount")
	}
	d.Dispute = to
	switch to {
	case Filed:
		d.Attempts++
		d.DisputedAt, d.AnswerDue = on, 0
		if w.Answer > 0 {
			d.AnswerDue = on.AddDays(w.Answer)
		}
	case CustomerResearching: // the answer stays due
	default:
		d.AnswerDue = 0
	}
	return nil
}

// repayByHand notes what a person says that the customer repaid.
func (d *Deduction) repayByHand(to Dispute, repaid money.Amount) error {
	left := d.own() - d.PaidBack
	if to == PaidBack && repaid == 0 {
		repaid = left
	}
	switch {
	case repaid <= 0 || repaid > left:
		return fault.New(fault.Invalid, "%s of deduction %s cannot be paid back: expected more than 0 and at most %s", told(d.Currency, repaid), d.Number, told(d.Currency, left)).In("paid_back").ByRule("dispute_amount")
	case to == PaidBack && repaid < left:
		return fault.New(fault.Refused, "with %s, deduction %s is paid back in part only; %s is missing", told(d.Currency, repaid), d.Number, told(d.Currency, left-repaid)).In("to").ByRule("dispute_amount")
	}
	d.Repay(repaid)
	return nil
}

// Repay notes that the customer repaid an amount (negative: that a payback was taken back), whether it was asked for or not. The dispute
// follows from the sum: it is over when all is repaid that did not end otherwise.
func (d *Deduction) Repay(amount money.Amount) {
	d.PaidBack += amount
	switch {
	case d.PaidBack > 0 && d.PaidBack >= d.own()-d.conceded:
		d.Dispute = PaidBack
	case d.PaidBack > 0:
		d.Dispute = PartlyPaidBack
	case d.Dispute == PaidBack || d.Dispute == PartlyPaidBack:
		d.Dispute = AwaitingPayback
	}
	d.AnswerDue = 0
}

// told writes an amount for a person.
func told(currency string, a money.Amount) string {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return "?"
	}
	return cur.Format(a) + " " + cur.Code
}

// own gives what of a deduction is its own, and no child's.
func (d *Deduction) own() money.Amount { return d.Amount - d.Split }
