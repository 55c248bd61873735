package app

import (
	"quittance/internal/civil"
)

// PaymentJournalRequest asks for a customer payment journal.
type PaymentJournalRequest struct {
	Text string `json:"text"`
}

// PaymentLineRequest is a payment as it came in. A blank date is today, a blank currency the customer's, else the company's; a blank
// bank account is that of the parameter remittance_bank.
type PaymentLineRequest struct {
	Date      civil.Date `json:"date"`
	Customer  string     `json:"customer"`
	Amount    string     `json:"amount"` // decimal; 0 when credits and deductions alone are applied
	Currency  string     `json:"currency"`
	Bank      string     `json:"bank"` // ledger account
	Reference string     `json:"reference"`
	Text      string     `json:"text"`
}

// PaymentApplyRequest says what of a document a line pays; for a document that it is applied to already, what it pays from now on.
// A document that is a credit (a credit note) is used up by the line and pays the others.
type PaymentApplyRequest struct {
	Customer  string  `json:"customer"` // of the document; blank: the payer, else the one of its family who has a document of that number
	Voucher   string  `json:"voucher"`
	Amount    string  `json:"amount"`               // decimal; blank: all that is open, less the discount that was earned
	Discount  *string `json:"discount,omitempty"`   // decimal that the customer took; nil: as the terms say
	LeaveOpen bool    `json:"leave_open,omitempty"` // what is not paid stays open and is no deduction
}

// PaymentReference is a document that a remittance names, and what it pays of it.
type PaymentReference = PaymentApplyRequest

// PaymentProposal asks for applications: to the oldest documents first, as far as the cash goes, or to those that are named.
type PaymentProposal struct {
	OldestFirst bool               `json:"oldest_first,omitempty"`
	References  []PaymentReference `json:"references,omitempty"`
}

// PaymentProposed is a line after a proposal, and what of it could not be applied, with why.
type PaymentProposed struct {
	Line      PaymentLine        `json:"line"`
	Unmatched []PaymentUnmatched `json:"unmatched"`
}

// PaymentUnmatched is a reference that was not applied.
type PaymentUnmatched struct {
	Voucher string `json:"voucher"`
	Amount  string `json:"amount"`
	Reason  string `json:"reason"`
}

// PaymentDeductionRequest makes or changes a deduction line.
type PaymentDeductionRequest struct {
	Application int    `json:"application"` // the application that it is taken from, when that leaves something open; 0: stand-alone
	Customer    string `json:"customer"`    // of a stand-alone one; blank: the payer
	Type        string `json:"type"`        // blank: the reason's, else unresolved
	Allowed     bool   `json:"allowed"`
	Reason      string `json:"reason"` // blank: as the customer's code says, else not coded yet
	Account     string `json:"account"`
	Plan        string `json:"plan"`
	Amount      string `json:"amount"` // decimal; not of one that the application makes, whose amounts change by application and split
	TheirCode   string `json:"their_code"`
	Claim       string `json:"claim"`
	Note        string `json:"note"`
}

// PaymentReversal asks for the reversal of a posted line, or (line 0) of all posted lines of a journal.
type PaymentReversal struct {
	Line   int        `json:"line"`
	Date   civil.Date `json:"date"` // blank: today
	Reason string     `json:"reason"`
}

// PaymentJournal is a customer payment journal.
type PaymentJournal struct {
	Code       string          `json:"code"`
	Text       string          `json:"text"`
	State      string          `json:"state"`      // draft, posted, reversed, cancelled
	Remittance string          `json:"remittance"` // that it was made from
	CreatedBy  string          `json:"created_by"`
	CreatedAt  string          `json:"created_at"`
	PostedBy   string          `json:"posted_by"`
	PostedAt   string          `json:"posted_at"`
	Totals     []PaymentTotals `json:"totals"`
	Lines      []PaymentLine   `json:"lines"`
}

// PaymentJournalRow is a journal in a list.
type PaymentJournalRow struct {
	Code      string          `json:"code"`
	Text      string          `json:"text"`
	State     string          `json:"state"`
	CreatedBy string          `json:"created_by"`
	CreatedAt string          `json:"created_at"`
	PostedAt  string          `json:"posted_at"`
	Lines     int             `json:"lines"`
	Posted    int             `json:"posted"`   // lines
	Problems  int             `json:"problems"` // lines that could not be posted
	Totals    []PaymentTotals `json:"totals"`
}

// PaymentTotals is the balance, by currency, of a line or of all lines of a journal: cash + stand-alone deductions + credits − applied
// = left. Decimals.
type PaymentTotals struct {
	Currency   string `json:"currency"`
	Cash       string `json:"cash"`
	StandAlone string `json:"stand_alone"` // deductions
	Credits    string `json:"credits"`     // credit notes that are used up
	Applied    string `json:"applied"`     // to documents
	Left       string `json:"left"`        // negative: more is applied than there is, and the line cannot be posted
	Discount   string `json:"discount"`    // earned
	Deducted   string `json:"deducted"`    // from the documents
}

// PaymentLine is a payment of a journal.
type PaymentLine struct {
	Line         int                  `json:"line"`
	Date         civil.Date           `json:"date"`
	Customer     string               `json:"customer"`
	CustomerName string               `json:"customer_name"`
	Amount       string               `json:"amount"`
	Currency     string               `json:"currency"`
	Bank         string               `json:"bank"`
	Reference    string               `json:"reference"`
	Text         string               `json:"text"`
	State        string               `json:"state"`   // draft, posted, reversed
	Problem      string               `json:"problem"` // why it was not posted
	Voucher      string               `json:"voucher"` // the payment, once posted
	Totals       PaymentTotals        `json:"totals"`
	Applications []PaymentApplication `json:"applications"`
	Deductions   []PaymentDeduction   `json:"deductions"`
}

// PaymentApplication is what a line pays of a document.
type PaymentApplication struct {
	N         int        `json:"n"`
	Customer  string     `json:"customer"`
	Voucher   string     `json:"voucher"`
	Type      string     `json:"type"`
	Date      civil.Date `json:"date"`
	Due       civil.Date `json:"due_date"`
	Credit    bool       `json:"credit"`    // the document is a credit that the line uses up
	Available string     `json:"available"` // of a draft: what of the document is open and not marked by others; blank when posted
	Amount    string     `json:"amount"`    // by cash, credits and stand-alone deductions
	Discount  string     `json:"discount"`  // terms discount that was earned
	Deducted  string     `json:"deducted"`
	Left      string     `json:"left"` // of a draft: what stays open; blank when posted
	LeaveOpen bool       `json:"leave_open"`
}

// PaymentDeduction is a deduction line.
type PaymentDeduction struct {
	N           int    `json:"n"`
	Application int    `json:"application"` // 0: stand-alone
	Voucher     string `json:"voucher"`     // the document that it is taken from
	Customer    string `json:"customer"`
	Type        string `json:"type"`
	Allowed     bool   `json:"allowed"`
	Reason      string `json:"reason"`
	Account     string `json:"account"`
	Plan        string `json:"plan"`
	Amount      string `json:"amount"`
	TheirCode   string `json:"their_code"`
	Claim       string `json:"claim"`
	Note        string `json:"note"`
	Deduction   string `json:"deduction"` // its number, once posted
}

// PaymentCandidate is an open document that a line can be applied to.
type PaymentCandidate struct {
	Customer     string     `json:"customer"`
	Voucher      string     `json:"voucher"`
	Type         string     `json:"type"`
	Date         civil.Date `json:"date"`
	Due          civil.Date `json:"due_date"`
	Credit       bool       `json:"credit"`
	Open         string     `json:"open"`      // positive, also of a credit
	Available    string     `json:"available"` // open and not marked by anything but this line
	Discount     string     `json:"discount"`  // that is earned when all of it is paid
	DiscountDate civil.Date `json:"discount_date"`
	Application  int        `json:"application"` // of this line; 0: none
}

// PaymentPosted says what the posting or the reversal of a journal did, line by line.
type PaymentPosted struct {
	Code  string              `json:"code"`
	State string              `json:"state"`
	Lines []PaymentLineResult `json:"lines"`
}

// PaymentLineResult is what became of a line.
type PaymentLineResult struct {
	Line       int      `json:"line"`
	State      string   `json:"state"`
	Voucher    string   `json:"voucher"`    // the payment, or the mirror of it
	Deductions []string `json:"deductions"` // numbers
	Problem    string   `json:"problem"`    // why it was not posted or reversed; blank: it was
}

// PaymentFilter narrows a list of journals; blank is no bound.
type PaymentFilter struct {
	State    string // draft, posted, reversed, cancelled
	Customer string // who has a line in it
}
