package app

import (
	"quittance/internal/civil"
)

// The orders of the worklist.
const (
	ByUrgency = "urgency" // days to the end of the window, the fewest first; then those without a window
	ByWorth   = "worth"   // expected value, the highest first
	ByNumber  = "newest"  // the newest first; those that are closed too
)

// DeductionFilter narrows the worklist; blank is no bound. Without Closed, and by urgency or worth, it has open deductions only.
type DeductionFilter struct {
	Order     string // urgency (as when blank), worth, newest
	Closed    bool   // closed ones too; needs the order newest
	Owner     string
	Team      string
	Customer  string
	Reason    string
	Uncoded   bool // those without a reason
	Type      string
	Work      string
	Dispute   string
	Financial string
	Hold      string
	Ready     *bool
	Due       civil.Date // whose window ends, or whose follow-up date is, at the latest on this day
	From, To  string     // amount remaining, decimal
	Currency  string
	Text      string // what the number, the customer's code or name, the claim number or their code begins with
	Watcher   string
}

// DeductionRow is a row of the worklist. Amounts are positive, in the currency beside them.
type DeductionRow struct {
	Number       string     `json:"number"`
	Root         string     `json:"root"`
	Customer     string     `json:"customer"`
	CustomerName string     `json:"customer_name"`
	Currency     string     `json:"currency"`
	Amount       string     `json:"amount"`
	Resolved     string     `json:"resolved"`
	Split        string     `json:"split"`
	Remaining    string     `json:"remaining"`
	Financial    string     `json:"financial"`
	Work         string     `json:"work"`
	Substate     string     `json:"substate"`
	Dispute      string     `json:"dispute"`
	Type         string     `json:"type"`
	Allowed      bool       `json:"allowed"`
	Reason       string     `json:"reason"`
	Captured     civil.Date `json:"captured"`
	Invoice      string     `json:"invoice"` // voucher that it was taken from; blank: stand-alone
	TheirCode    string     `json:"their_code"`
	ClaimNumber  string     `json:"claim_number"`
	Owner        string     `json:"owner"`
	Team         string     `json:"team"`
	Priority     int        `json:"priority"`
	FollowUp     civil.Date `json:"follow_up"`
	Expires      civil.Date `json:"expires"`   // last day on which it can be disputed; blank: no rule says
	DaysLeft     *int       `json:"days_left"` // until then; negative when it is past; null: no rule says
	Expected     string     `json:"expected"`  // remaining × win rate − handling cost
	Ready        bool       `json:"ready"`     // all evidence that is needed is there
	Automatic    bool       `json:"automatic"`
	DuplicateOf  string     `json:"duplicate_of"`
	Version      int64      `json:"version"`
}

// DeductionView is everything known of a deduction.
type DeductionView struct {
	DeductionRow
	Parent          string                `json:"parent"`
	State           string                `json:"state"` // claim, held, reversed, voided
	Account         string                `json:"account"`
	Plan            string                `json:"plan"`
	Hold            string                `json:"hold"`   // blank: nothing is held
	Holder          string                `json:"holder"` // customer whose open item holds it
	Held            string                `json:"held"`   // what is open of the hold, of the root with all its children; blank: suspense, or nothing is held
	Voucher         string                `json:"voucher"`
	Payment         string                `json:"payment"`
	Journal         string                `json:"journal"`
	JournalLine     int                   `json:"journal_line"`
	Note            string                `json:"note"`
	Basis           string                `json:"basis"`
	Attempts        int                   `json:"attempts"`
	AttemptsLeft    *int                  `json:"attempts_left"`    // null: as often as one likes
	EarliestDispute civil.Date            `json:"earliest_dispute"` // blank: at once
	DisputedAt      civil.Date            `json:"disputed_at"`
	AnswerDue       civil.Date            `json:"answer_due"`
	PaidBack        string                `json:"paid_back"`
	EvidenceNeeded  []string              `json:"evidence_needed"` // types
	EvidenceMissing []string              `json:"evidence_missing"`
	Evidence        []DeductionEvidence   `json:"evidence"`
	Resolutions     []DeductionResolution `json:"resolutions"` // the newest last
	Children        []DeductionChild      `json:"children"`
	History         []DeductionEvent      `json:"history"` // the newest first
	Watchers        []string              `json:"watchers"`
	Marks           []DeductionMark       `json:"marks"` // pending settlements of what holds it
	Matches         []MatchPart           `json:"matches"`
	NextWork        []string              `json:"next_work"`    // states of work that it may move to by hand
	NextDispute     []string              `json:"next_dispute"` // states of the dispute that it may move to now
	CreatedBy       string                `json:"created_by"`
	CreatedAt       string                `json:"created_at"`
	ClosedAt        string                `json:"closed_at"`
}

// DeductionResolution is a line of a resolution.
type DeductionResolution struct {
	ID          int64      `json:"id"`
	Batch       int64      `json:"batch"` // of the lines that were posted together
	Date        civil.Date `json:"date"`
	Kind        string     `json:"kind"`
	Amount      string     `json:"amount"`
	Account     string     `json:"account"`
	Plan        string     `json:"plan"`
	Counterpart string     `json:"counterpart"` // voucher of the credit, the new document, or the payment
	Reason      string     `json:"reason"`
	Text        string     `json:"text"`
	State       string     `json:"state"` // proposed, posted, rejected, reversed
	Voucher     string     `json:"voucher"`
	Reversal    string     `json:"reversal"`
	Automatic   bool       `json:"automatic"`
	Actor       string     `json:"actor"`
	At          string     `json:"at"`
	DecidedBy   string     `json:"decided_by"`
	DecidedAt   string     `json:"decided_at"`
}

// DeductionChild is a deduction that was split off.
type DeductionChild struct {
	Number    string `json:"number"`
	Amount    string `json:"amount"`
	Remaining string `json:"remaining"`
	Financial string `json:"financial"`
	Work      string `json:"work"`
	Reason    string `json:"reason"`
}

// DeductionEvent is something that happened to a deduction: a comment, or a change with what was before.
type DeductionEvent struct {
	ID    int64  `json:"id"`
	At    string `json:"at"`
	Actor string `json:"actor"`
	Kind  string `json:"kind"` // comment, captured, changed, work, dispute, evidence, split, resolved, reversed …
	Text  string `json:"text"`
}

// DeductionEvidence is an attachment.
type DeductionEvidence struct {
	ID    int64  `json:"id"`
	Type  string `json:"type"` // claim, proof_of_delivery, bill_of_lading, price_agreement, email, other
	Name  string `json:"name"`
	Media string `json:"media"`
	Size  int64  `json:"size"`
	By    string `json:"by"`
	At    string `json:"at"`
}

// DeductionMark is a pending settlement of what holds a deduction.
type DeductionMark struct {
	Journal string `json:"journal"`
	Line    string `json:"line"`
	Holder  string `json:"holder"`
	Amount  string `json:"amount"`
}

// DeductionTotals are the sums of the deductions that pass a filter.
type DeductionTotals struct {
	Count   int64                  `json:"count"`
	Ready   int64                  `json:"ready"`
	Overdue int64                  `json:"overdue"` // whose window has ended
	Sums    []DeductionCurrencySum `json:"sums"`    // by currency
}

// DeductionCurrencySum is a sum in one currency.
type DeductionCurrencySum struct {
	Currency  string `json:"currency"`
	Count     int64  `json:"count"`
	Amount    string `json:"amount"`
	Remaining string `json:"remaining"`
	Expected  string `json:"expected"`
}

// DeductionPart is a page of the worklist.
type DeductionPart = Part[DeductionRow]

// DeductionBalance is what a customer owes with and without open deductions, whatever holds them. Debits are positive.
type DeductionBalance struct {
	Currency   string `json:"currency"`
	With       string `json:"with"`       // balance with what the customer deducted and nobody allowed yet
	Without    string `json:"without"`    // balance without
	Deductions string `json:"deductions"` // open deductions
	Count      int64  `json:"count"`
	Credit     string `json:"credit"` // of them, what counts in the credit check
}
