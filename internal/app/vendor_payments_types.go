package app

import (
	"quittance/internal/civil"
	"quittance/internal/payout"
)

// BankAccountRow is a bank account of the company, as people set it up.
type BankAccountRow struct {
	Code          string          `json:"code"`
	Name          string          `json:"name"`
	Currency      string          `json:"currency"`       // blank: the company's
	Account       string          `json:"account"`        // ledger account of the bank
	Bank          string          `json:"bank"`           // name of the bank
	Address       string          `json:"address"`        // of the bank, lines
	IBAN          string          `json:"iban"`           // masked when shown; when set, masked or blank keeps what is there
	BIC           string          `json:"bic"`            //
	RoutingNumber string          `json:"routing_number"` //
	AccountNumber string          `json:"account_number"` // as iban
	NextCheck     int64           `json:"next_check"`     // number; 0: 1, or what it is
	StaleDays     int             `json:"stale_days"`     // after which an uncashed check is stale; 0: never
	Blocked       bool            `json:"blocked"`
	Settings      payout.Settings `json:"settings"`
	KeepSettings  bool            `json:"-"` // the settings stay as they are
}

// PaymentMethodRow is a method of payment, as people set it up.
type PaymentMethodRow struct {
	Code     string          `json:"code"`
	Name     string          `json:"name"`
	Kind     payout.Kind     `json:"kind"`
	Bank     string          `json:"bank"`     // code of the bank account
	Grouping payout.Grouping `json:"grouping"` // blank: vendor
	Blocked  bool            `json:"blocked"`
}

// VendorPaymentSelection says what a proposal looks at. What is blank does not limit.
type VendorPaymentSelection struct {
	Date     civil.Date `json:"date"`     // of the payments; blank: today
	DueBy    civil.Date `json:"due_by"`   // what is due later is left out
	Vendors  []string   `json:"vendors"`  // codes
	Groups   []string   `json:"groups"`   // of vendors
	Method   string     `json:"method"`   // blank: the vendor's own
	Run      string     `json:"run"`      // only what this reimbursement run made
	Currency string     `json:"currency"` //
	Minimum  string     `json:"minimum"`  // of one payment, in its currency
	Maximum  string     `json:"maximum"`
	Text     string     `json:"text"`
}

// VendorPaymentItem is an invoice that a payment pays.
type VendorPaymentItem struct {
	Voucher string     `json:"voucher"`
	Due     civil.Date `json:"due_date"`
	Amount  string     `json:"amount"`
}

// VendorPayment is a payment to a vendor, as people see it.
type VendorPayment struct {
	Payment    string               `json:"payment"` // journal and line
	Journal    string               `json:"journal"`
	Vendor     string               `json:"vendor"`
	Name       string               `json:"name"` // of the vendor
	Payee      string               `json:"payee"`
	PayeeName  string               `json:"payee_name"`
	PayeeNote  string               `json:"payee_note"`
	Method     string               `json:"method"`
	Kind       payout.Kind          `json:"kind"`
	Bank       string               `json:"bank"`
	Currency   string               `json:"currency"`
	Amount     string               `json:"amount"`
	Date       civil.Date           `json:"date"`
	Status     payout.Status        `json:"status"`
	ApprovedBy string               `json:"approved_by"`
	Number     string               `json:"number"`
	File       string               `json:"file"`
	Voucher    string               `json:"voucher"`
	PostedBy   string               `json:"posted_by"`
	PostedOn   civil.Date           `json:"posted_on"`
	Replaces   string               `json:"replaces"`
	ReplacedBy string               `json:"replaced_by"`
	Fate       payout.Fate          `json:"fate"`
	Items      []VendorPaymentItem  `json:"items"`
	SameBank   []string             `json:"same_bank"` // codes of other parties with the payee's bank account
	History    []VendorPaymentEvent `json:"history"`   // in what shows one payment only
}

// VendorPaymentEvent is something that happened to a payment.
type VendorPaymentEvent struct {
	At      string        `json:"at"` // RFC 3339
	Actor   string        `json:"actor"`
	Status  payout.Status `json:"status"`
	Voucher string        `json:"voucher"`
	Detail  string        `json:"detail"`
}

// VendorPaymentSum is how many payments have a status in a currency, and of how much.
type VendorPaymentSum struct {
	Status   payout.Status `json:"status"`
	Currency string        `json:"currency"`
	Payments int64         `json:"payments"`
	Amount   string        `json:"amount"`
}

// VendorPaymentJournal is a vendor payment journal.
type VendorPaymentJournal struct {
	Code      string              `json:"code"`
	Date      civil.Date          `json:"date"`
	Text      string              `json:"text"`
	State     payout.JournalState `json:"state"`
	CreatedBy string              `json:"created_by"`
	CreatedAt string              `json:"created_at"`
	Sums      []VendorPaymentSum  `json:"sums"`
	LeftOut   int64               `json:"left_out"`
}

// VendorPaymentLeft is what a proposal left out, and why.
type VendorPaymentLeft struct {
	Vendor   string        `json:"vendor"`
	Voucher  string        `json:"voucher"` // blank: everything of the vendor in the currency
	Currency string        `json:"currency"`
	Amount   string        `json:"amount"`
	Reason   payout.Reason `json:"reason"`
	Detail   string        `json:"detail"`
}

// VendorPaymentProposal is what a simulation of a proposal shows.
type VendorPaymentProposal struct {
	Payments []VendorPayment     `json:"payments"`
	LeftOut  []VendorPaymentLeft `json:"left_out"`
	Totals   []VendorPaymentSum  `json:"totals"`
}

// VendorPaymentChoice names payments: by name, or all of a journal that the change can be made to.
type VendorPaymentChoice struct {
	Journal  string   `json:"journal"`
	Payments []string `json:"payments"`
}

// VendorPaymentProblem is a payment that something was not done to, and why.
type VendorPaymentProblem struct {
	Payment string `json:"payment"`
	Problem string `json:"problem"`
}

// VendorPaymentsDone is what a change to payments did.
type VendorPaymentsDone struct {
	Payments []string               `json:"payments"` // names, at most the first hundred
	Done     int                    `json:"done"`
	Amounts  []VendorPaymentSum     `json:"amounts"` // what the payments are now
	Vouchers []string               `json:"vouchers"`
	Reversed []string               `json:"reversed"` // reimbursements, by the fate of their payments
	Freed    []string               `json:"freed"`    // invoices that are open again
	Refused  []VendorPaymentProblem `json:"refused"`
}
