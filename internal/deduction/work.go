package deduction

import (
	"slices"
	"strings"

	"quittance/internal/fault"
)

// workMove is a row of the table of moves between states of work.
type workMove struct {
	from    Work
	to      []Work // by hand
	posting []Work // by what is posted, proposed, decided or reversed
}

// workMoves are all moves between states of work. What is posted moves a deduction on from wherever it stands; by hand it cannot be
// brought to where only postings lead. Source: deduction rules, 3.
var workMoves = []workMove{
	{Captured, []Work{Coded, AwaitingEvidence, InResearch, Duplicate, Cancelled}, byPosting},
	{Coded, []Work{AwaitingEvidence, InResearch, InReview, DecidedValid, DecidedInvalid, DecidedPartly, Duplicate, Cancelled}, byPosting},
	{AwaitingEvidence, []Work{InResearch, InReview, DecidedValid, DecidedInvalid, DecidedPartly, Duplicate, Cancelled}, byPosting},
	{InResearch, []Work{AwaitingEvidence, InReview, DecidedValid, DecidedInvalid, DecidedPartly, Duplicate, Cancelled}, byPosting},
	{InReview, []Work{AwaitingEvidence, InResearch, DecidedValid, DecidedInvalid, DecidedPartly, Duplicate, Cancelled}, byPosting},
	{DecidedValid, []Work{InResearch, InReview, DecidedInvalid, DecidedPartly, SettlementPending, Duplicate}, byPosting},
	{DecidedInvalid, []Work{InResearch, InReview, DecidedValid, DecidedPartly, SettlementPending, Duplicate}, byPosting},
	{DecidedPartly, []Work{InResearch, InReview, DecidedValid, DecidedInvalid, SettlementPending, Duplicate}, byPosting},
	{PendingApproval, nil, []Work{ApprovalRejected, SettlementPending, Closed, InResearch, Cancelled}},
	{ApprovalRejected, []Work{InResearch}, byPosting},
	{SettlementPending, []Work{InResearch, InReview}, byPosting},
	{Closed, nil, []Work{InResearch, SettlementPending, PendingApproval, Cancelled}},
	{Duplicate, []Work{InResearch, Cancelled}, byPosting},
	{Cancelled, []Work{InResearch}, byPosting},
}

// byPosting is where what is posted leads from a state in which somebody works on a deduction: proposed over a limit; resolved in
// part; resolved; the capture reversed or the claim withdrawn.
var byPosting = []Work{PendingApproval, SettlementPending, Closed, Cancelled}

// Works are all states of work, in the order in which work goes on.
var Works = func() []string {
	all := make([]string, len(workMoves))
	for i, m := range workMoves {
		all[i] = string(m.from)
	}
	return all
}()

// NextWork gives the states of work that a deduction may be moved to by hand; none when it is no longer open.
func (d *Deduction) NextWork() []Work {
	if !d.workable() {
		return nil
	}
	return movesOf(d.Work).to
}

// workable says whether somebody can still work on a deduction.
func (d *Deduction) workable() bool { return (d.State == Claim || d.State == Held) && d.ClosedAt == 0 }

func movesOf(w Work) workMove {
	for _, m := range workMoves {
		if m.from == w {
			return m
		}
	}
	return workMove{from: w}
}

// MoveWork moves the work on a deduction by hand, to a state and perhaps a substate of it, which a move clears when none is named.
func (s *Setup) MoveWork(d *Deduction, to Work, substate string) error {
	if !slices.Contains(Works, string(to)) {
		return fault.New(fault.Invalid, "%q is no state of work; expected one of %s", to, joined(Works)).In("work").ByRule("work_unknown")
	}
	if to != d.Work {
		if next := d.NextWork(); !slices.Contains(next, to) {
			return fault.New(fault.Refused, "the work on deduction %s is %s and cannot be moved to %s by hand; %s", d.Number, d.Work, to, wayOut(next)).In("work").ByRule("work_move")
		}
		d.Work, d.Substate = to, ""
	}
	return s.setSubstate(d, substate)
}

// setSubstate puts a deduction into a substate of its state of work.
func (s *Setup) setSubstate(d *Deduction, code string) error {
	if code != "" {
		x, ok := s.Substates[code]
		switch {
		case !ok:
			return fault.New(fault.Invalid, "there is no substate %q", code).In("substate").ByRule("substate_unknown")
		case x.Work != d.Work:
			return fault.New(fault.Refused, "the substate %s is one of %s, but the work on deduction %s is %s", code, x.Work, d.Number, d.Work).In("substate").ByRule("substate_elsewhere")
		}
	}
	d.Substate = code
	return nil
}

// PostedWork moves the work on a deduction by what was posted, proposed, decided or reversed. A move that the table does not have
// is a defect of the program.
func (d *Deduction) PostedWork(to Work) error {
	if to == d.Work {
		return nil
	}
	if !slices.Contains(movesOf(d.Work).posting, to) {
		return fault.New(fault.Internal, "the work on deduction %s is %s, and no posting leads from there to %s", d.Number, d.Work, to)
	}
	d.Work, d.Substate = to, ""
	return nil
}

// wayOut says where one can go.
func wayOut[S ~string](next []S) string {
	if len(next) == 0 {
		return "only what is posted moves it on"
	}
	return "it may become " + joined(next)
}

func joined[S ~string](all []S) string {
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = string(s)
	}
	return strings.Join(texts, ", ")
}
