package app

import (
	"quittance/internal/civil"
)

// MatchRequest asks for a search of open credits and plans that fit open deductions.
type MatchRequest struct {
	Deductions []string   `json:"deductions,omitempty"` // numbers
	Customer   string     `json:"customer,omitempty"`   // all open ones of this customer
	All        bool       `json:"all,omitempty"`        // all open ones; one of the three must be asked for
	Apply      bool       `json:"apply,omitempty"`      // resolve those above the threshold match_apply_score; else all are proposed
	Date       civil.Date `json:"date,omitempty"`       // of the resolutions; blank: today
}

// MatchReason is a part of a score.
type MatchReason struct {
	Reason string `json:"reason"` // party, amount, reference, date, account, classification, plan
	Points int    `json:"points"`
	Detail string `json:"detail"` // key of what fits, such as exact; the words are texts match.REASON.DETAIL
	Value  string `json:"value"`  // such as the number that both have, the days between, the difference
}

// MatchPart is a credit or a plan that a deduction can be resolved by, and how much of it.
type MatchPart struct {
	Kind    string        `json:"kind"` // credit, plan
	Party   string        `json:"party,omitempty"`
	Voucher string        `json:"voucher,omitempty"`
	Type    string        `json:"type,omitempty"` // of the voucher
	Text    string        `json:"text,omitempty"`
	Date    civil.Date    `json:"date,omitempty"`
	Open    string        `json:"open,omitempty"` // what the credit (or the plan's accrual) has left, positive
	Plan    string        `json:"plan,omitempty"`
	Amount  string        `json:"amount"`
	Score   int           `json:"score"`
	Reasons []MatchReason `json:"reasons"`
}

// DeductionMatch is what was found for a deduction: parts that are taken together.
type DeductionMatch struct {
	Deduction string      `json:"deduction"`
	Customer  string      `json:"customer"`
	Reason    string      `json:"reason"`
	Currency  string      `json:"currency"`
	Amount    string      `json:"amount"` // what remains of it
	Score     int         `json:"score"`
	Outcome   string      `json:"outcome"` // proposed, applied, pending (over a limit: waits for approval), refused, nothing
	Why       string      `json:"why"`     // of nothing: no_credit, below, taken, marked; of refused: what was said
	Parts     []MatchPart `json:"parts"`
}

// MatchOutcome says how a search ended.
type MatchOutcome struct {
	Deductions int64            `json:"deductions"` // searched for
	Credits    int64            `json:"credits"`    // looked at
	Proposed   int64            `json:"proposed"`
	Applied    int64            `json:"applied"`
	Pending    int64            `json:"pending"`
	Refused    int64            `json:"refused"`
	Nothing    int64            `json:"nothing"`
	Why        map[string]int64 `json:"why"` // of nothing
}

// MatchProgress says how far a search has come.
type MatchProgress struct{ Done, All int64 }

// MatchFilter narrows the list of proposals.
type MatchFilter struct {
	Customer string
	Least    int // score
}

// MatchCandidates are what may fit one deduction, the best first, and what was left out.
type MatchCandidates struct {
	Deduction    string           `json:"deduction"`
	Currency     string           `json:"currency"`
	Amount       string           `json:"amount"`
	ApplyScore   int              `json:"apply_score"`
	ProposeScore int              `json:"propose_score"`
	Best         DeductionMatch   `json:"best"`       // what the search would propose
	Candidates   []DeductionMatch `json:"candidates"` // each by itself, the best first, below the threshold too
	LeftOut      []MatchLeftOut   `json:"left_out"`
}

// MatchLeftOut is a credit that is not looked at, and why.
type MatchLeftOut struct {
	Party   string `json:"party"`
	Voucher string `json:"voucher"`
	Amount  string `json:"amount"`
	Why     string `json:"why"`    // marked, proposed, payment, deduction, family, currency
	Detail  string `json:"detail"` // who marked it
}
