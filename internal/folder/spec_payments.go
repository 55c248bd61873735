package folder

import (
	"time"

	"quittance/internal/civil"
	"quittance/internal/money"
)

// PaymentJournal is a row of payment_journals.
type PaymentJournal struct {
	Row
	Journal    string    `col:"journal,required,code,key"`
	Text       string    `col:"text,lines"`
	State      string    `col:"state,enum=draft|posted|reversed|cancelled,default=draft"`
	Remittance string    `col:"remittance,code"` // that it was made from
	CreatedBy  string    `col:"created_by"`      // blank = who imports
	CreatedAt  time.Time `col:"created_at"`
	PostedBy   string    `col:"posted_by"`
	PostedAt   time.Time `col:"posted_at"`
}

// Payment is a row of payments: a line of a payment journal.
type Payment struct {
	Row
	Journal   string         `col:"journal,required,code,key"`
	Line      int            `col:"line,required,range=1..1000000000,key"`
	Date      civil.Date     `col:"date,required"`
	Customer  string         `col:"customer,required,code"`
	Currency  money.Currency `col:"currency"`
	Amount    money.Amount   `col:"amount,unsigned"` // 0: credits and deductions alone
	Bank      string         `col:"bank,required,code,max=250"`
	Reference string         `col:"reference,lines"`
	Text      string         `col:"text,lines"`
	State     string         `col:"state,enum=draft|posted|reversed,default=draft"`
	Problem   string         `col:"problem,lines"` // why it was not posted
	Voucher   string         `col:"voucher,code"`  // the payment, once posted
	PostedAt  time.Time      `col:"posted_at"`
}

// PaymentApplication is a row of payment_applications: what a line pays of a document. Its currency is that of the line.
type PaymentApplication struct {
	Row
	Journal     string         `col:"journal,required,code,key"`
	Line        int            `col:"line,required,range=1..1000000000,key"`
	Application int            `col:"application,required,range=1..1000000000,key"`
	Customer    string         `col:"customer,required,code"`
	Voucher     string         `col:"voucher,required,code"`
	Currency    money.Currency `col:"currency"`
	Amount      money.Amount   `col:"amount,unsigned"`
	Discount    money.Amount   `col:"discount,unsigned"`
	LeaveOpen   bool           `col:"leave_open"` // what is not paid is no deduction
	Credit      bool           `col:"credit"`     // the document is a credit that the line uses up
}

// PaymentDeduction is a row of payment_deductions: a deduction that is captured with a line. Its currency is that of the line.
type PaymentDeduction struct {
	Row
	Journal     string         `col:"journal,required,code,key"`
	Line        int            `col:"line,required,range=1..1000000000,key"`
	Deduction   int            `col:"deduction,required,range=1..1000000000,key"` // number within the line
	Application int            `col:"application,range=1..1000000000"`            // 0 = stand-alone
	Customer    string         `col:"customer,required,code"`
	Type        string         `col:"type,code"`
	Allowed     bool           `col:"allowed"`
	Reason      string         `col:"reason,code"`
	Account     string         `col:"account,code,max=250"`
	Plan        string         `col:"plan,code"`
	Currency    money.Currency `col:"currency"`
	Amount      money.Amount   `col:"amount,required,unsigned"`
	TheirCode   string         `col:"their_code,lines"`
	Claim       string         `col:"claim,lines"`
	Note        string         `col:"note,lines"`
}

// Deduction is a row of deductions. What is derived of it is not there: what was resolved and split off, the end of its window, its expected
// value, whether its evidence is there.
type Deduction struct {
	Row
	Deduction        string         `col:"deduction,required,code,key"`
	Parent           string         `col:"parent,code"` // that it was split off
	Customer         string         `col:"customer,required,code"`
	Currency         money.Currency `col:"currency"`
	Amount           money.Amount   `col:"amount,required,unsigned"`
	Date             civil.Date     `col:"date,required"`                                  // on which it was captured
	State            string         `col:"state,enum=claim|held|reversed|voided"`          // blank = held with a voucher, else claim
	Type             string         `col:"type,code"`                                      // blank = the reason's
	Allowed          bool           `col:"allowed"`                                        // cleared at capture
	Reason           string         `col:"reason,code"`                                    //
	Account          string         `col:"account,code,max=250"`                           //
	Plan             string         `col:"plan,code"`                                      //
	Hold             string         `col:"hold,enum=deduction_customer|customer|suspense"` // blank = as the set-up says, where something is held
	Voucher          string         `col:"voucher,code"`                                   // of the capture
	Invoice          string         `col:"invoice,code"`                                   // that it was taken from
	Payment          string         `col:"payment,code"`
	Journal          string         `col:"journal,code"` // line, and number within the line
	JournalLine      int            `col:"journal_line,range=1..1000000000"`
	JournalDeduction int            `col:"journal_deduction,range=1..1000000000"`
	TheirCode        string         `col:"their_code,lines"`
	Claim            string         `col:"claim,lines"`
	Note             string         `col:"note,lines"`
	Basis            string         `col:"basis,enum=price|quantity"`
	Work             string         `col:"work,enum=captured|coded|awaiting_evidence|in_research|in_review|decided_valid|decided_invalid|decided_partly|pending_approval|approval_rejected|settlement_pending|closed|duplicate|cancelled"`
	Substate         string         `col:"substate,code"`
	Dispute          string         `col:"dispute,enum=not_disputed|filed|customer_researching|supplier_action_needed|approved|partly_approved|denied|awaiting_payback|paid_back|partly_paid_back|re_deducted|expired,default=not_disputed"`
	Attempts         int            `col:"attempts,range=0..1000000"`
	DisputedAt       civil.Date     `col:"disputed_at"`
	AnswerDue        civil.Date     `col:"answer_due"`
	PaidBack         money.Amount   `col:"paid_back,unsigned"`
	Owner            string         `col:"owner"`
	Team             string         `col:"team"`
	Priority         int            `col:"priority,range=0..9"`
	FollowUp         civil.Date     `col:"follow_up"`
	Automatic        bool           `col:"automatic"`
	DuplicateOf      string         `col:"duplicate_of,code"`
	CreatedBy        string         `col:"created_by"` // blank = who imports
	CreatedAt        time.Time      `col:"created_at"`
	ClosedAt         time.Time      `col:"closed_at"`
}

// Resolution is a row of resolutions: a line of a resolution. Its currency is that of the deduction.
type Resolution struct {
	Row
	Deduction   string         `col:"deduction,required,code,key"`
	Resolution  int            `col:"resolution,required,range=1..1000000000,key"` // number within the deduction
	Batch       int            `col:"batch,range=1..1000000000"`                   // of lines that were asked for together
	Date        civil.Date     `col:"date,required"`
	Kind        string         `col:"kind,required,enum=write_off|accrual_plan|match|credit_note|return|chargeback|paid_back|correct"`
	Currency    money.Currency `col:"currency"`
	Amount      money.Amount   `col:"amount,required,unsigned"`
	Accounting  *money.Amount  `col:"accounting,accounting"` // blank = the amount, which is then in accounting currency
	Account     string         `col:"account,code,max=250"`
	Plan        string         `col:"plan,code"`
	Counterpart string         `col:"counterpart,code"` // voucher
	Reason      string         `col:"reason,lines"`
	Text        string         `col:"text,lines"`
	State       string         `col:"state,enum=proposed|posted|rejected|reversed,default=posted"`
	Voucher     string         `col:"voucher,code"`
	Reversal    string         `col:"reversal,code"` // voucher
	Automatic   bool           `col:"automatic"`
	Request     string         `col:"request,lines,format=json"` // of a proposed one: what is to be posted
	Party       string         `col:"party,code"`                // of the request: whose credit it is matched with
	Actor       string         `col:"actor"`                     // blank = who imports
	At          time.Time      `col:"at"`
	DecidedBy   string         `col:"decided_by"`
	DecidedAt   time.Time      `col:"decided_at"`
}

// DeductionEvent is a row of deduction_history: a comment, or a change.
type DeductionEvent struct {
	Row
	Deduction string    `col:"deduction,required,code,key"`
	Event     int       `col:"event,required,range=1..1000000000,key"` // number within the deduction
	At        time.Time `col:"at"`
	Actor     string    `col:"actor"` // blank = who imports
	Kind      string    `col:"kind,code,default=comment"`
	Text      string    `col:"text,lines"`
}

// DeductionWatcher is a row of deduction_watchers.
type DeductionWatcher struct {
	Row
	Deduction string `col:"deduction,required,code,key"`
	Watcher   string `col:"watcher,required,key"`
}
