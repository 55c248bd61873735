package folder

import (
	"time"

	"quittance/internal/civil"
	"quittance/internal/money"
)

// BankAccount is a row of bank_accounts: a bank account of the company, with its own bank details.
type BankAccount struct {
	Row
	Bank            string         `col:"bank,required,code,key"`
	Name            string         `col:"name,required"`
	Currency        money.Currency `col:"currency"`
	Account         string         `col:"account,required,code,max=250"` // ledger account
	BankName        string         `col:"bank_name"`
	Address         string         `col:"address,lines"`
	NextCheck       int            `col:"next_check,range=1..999999999999999"` // 0 = 1
	NextTrace       int            `col:"next_trace,range=1..9999999"`         // 0 = 1
	TraceTurn       int            `col:"trace_turn,range=0..1000000000"`      // how often its seven digits came round
	StaleDays       int            `col:"stale_days,range=0..3650"`
	Blocked         bool           `col:"blocked"`
	Settings        string         `col:"settings,lines,format=json"`
	IBAN            string         `col:"iban,format=iban"`
	BIC             string         `col:"bic,format=bic"`
	RoutingNumber   string         `col:"routing_number,format=routing"`
	AccountNumber   string         `col:"account_number,format=bank_account,max=34"`
	AccountType     string         `col:"account_type,enum=checking|savings"`
	BankChangedAt   time.Time      `col:"bank_changed_at"`
	BankChangedBy   string         `col:"bank_changed_by"`
	BankConfirmedBy string         `col:"bank_confirmed_by"`
}

func (b *BankAccount) check(c *checks) { checkBank(c, b.RoutingNumber, b.AccountNumber) }

// PaymentMethod is a row of payment_methods.
type PaymentMethod struct {
	Row
	Method   string `col:"method,required,code,key"`
	Name     string `col:"name,required"`
	Kind     string `col:"kind,required,enum=check|ach|iso20022|manual"`
	Bank     string `col:"bank,required,code"`
	Grouping string `col:"grouping,enum=invoice|vendor|date,default=vendor"`
	Blocked  bool   `col:"blocked"`
}

// VendorPaymentJournal is a row of vendor_payment_journals.
type VendorPaymentJournal struct {
	Row
	Journal   string     `col:"journal,required,code,key"`
	Date      civil.Date `col:"date,required"`
	Text      string     `col:"text,lines"`
	State     string     `col:"state,enum=open|posted|cancelled,default=open"`
	Selection string     `col:"selection,lines,format=json"` // that it was proposed by
	CreatedBy string     `col:"created_by"`                  // blank = who imports
	CreatedAt time.Time  `col:"created_at"`
}

// VendorPayment is a row of vendor_payments.
type VendorPayment struct {
	Row
	Journal       string         `col:"journal,required,code,key"`
	Line          int            `col:"line,required,range=1..1000000000,key"`
	Vendor        string         `col:"vendor,required,code"`
	PayeeVendor   string         `col:"payee_vendor,code"`   // by exception
	PayeeCustomer string         `col:"payee_customer,code"` // by exception
	PayeeNote     string         `col:"payee_note,lines"`    // why
	Method        string         `col:"method,required,code"`
	Bank          string         `col:"bank,required,code"`
	Currency      money.Currency `col:"currency"`
	Amount        money.Amount   `col:"amount,required,unsigned"`
	Date          civil.Date     `col:"date,required"`
	Status        string         `col:"status,enum=created|approved|generated|sent|posted|cleared|rejected|voided|returned|stopped|stale|reissued|escheated|cancelled,default=created"`
	ApprovedBy    string         `col:"approved_by"`
	ApprovalHolds bool           `col:"approval_holds"` // an open payment is still what was approved
	Number        string         `col:"number,lines"`
	TraceTurn     int            `col:"trace_turn,range=0..1000000000"` // of the number
	File          string         `col:"file,code"`
	Voucher       string         `col:"voucher,code"`
	PostedBy      string         `col:"posted_by"`
	PostedOn      civil.Date     `col:"posted_on"`
	Replaces      string         `col:"replaces,max=80"` // payment: journal/line
	Fate          string         `col:"fate,enum=reissue|reverse"`
}

func (p *VendorPayment) check(c *checks) {
	if c.sound("payee_vendor", "payee_customer") && p.PayeeVendor != "" && p.PayeeCustomer != "" {
		c.bad("payee_customer", "vendor %q and customer %q are both payee; expected one of them", p.PayeeVendor, p.PayeeCustomer)
	}
	if c.sound("payee_vendor", "payee_customer", "payee_note") && (p.PayeeVendor+p.PayeeCustomer == "") != (p.PayeeNote == "") {
		c.bad("payee_note", "a payee other than the vendor goes with a note that says why; fill both, or none")
	}
	if c.sound("voucher", "posted_on") && (p.Voucher == "") != p.PostedOn.IsZero() {
		c.bad("posted_on", "voucher and posted_on go together; fill both, or none")
	}
}

// VendorPaymentItem is a row of vendor_payment_items: an invoice that a payment pays. Its currency is that of the payment.
type VendorPaymentItem struct {
	Row
	Journal  string         `col:"journal,required,code,key"`
	Line     int            `col:"line,required,range=1..1000000000,key"`
	Item     int            `col:"item,required,range=1..1000000000,key"`
	Voucher  string         `col:"voucher,required,code"`
	Currency money.Currency `col:"currency"`
	Amount   money.Amount   `col:"amount,required,unsigned"`
}

// VendorPaymentEvent is a row of vendor_payment_history.
type VendorPaymentEvent struct {
	Row
	Journal string    `col:"journal,required,code,key"`
	Line    int       `col:"line,required,range=1..1000000000,key"`
	Event   int       `col:"event,required,range=1..1000000000,key"`
	At      time.Time `col:"at"`
	Actor   string    `col:"actor"`                // blank = who imports
	Status  string    `col:"status,required,code"` // after it
	Voucher string    `col:"voucher,code"`         // that was posted
	Detail  string    `col:"detail,lines"`
}

// VendorPaymentLeft is a row of vendor_payments_left: what a proposal left out, and why.
type VendorPaymentLeft struct {
	Row
	Journal  string         `col:"journal,required,code,key"`
	Left     int            `col:"left,required,range=1..1000000000,key"`
	Vendor   string         `col:"vendor,required,code"`
	Voucher  string         `col:"voucher,code"` // blank = everything of the vendor
	Currency money.Currency `col:"currency"`
	Amount   money.Amount   `col:"amount"`
	Reason   string         `col:"reason,required,code"`
	Detail   string         `col:"detail,lines"`
}

// PaymentFile is a row of payment_files; its content stands under files.
type PaymentFile struct {
	Row
	File     string         `col:"file,required,code,key"`
	Journal  string         `col:"journal,code"` // blank = of positive pay
	Bank     string         `col:"bank,required,code"`
	Kind     string         `col:"kind,required,enum=check|ach|iso20022|positive_pay"`
	Name     string         `col:"name,required"`
	SHA256   string         `col:"sha256,required,format=sealed"`
	Size     int            `col:"size,required,range=0..1073741824"`
	MadeBy   string         `col:"made_by"` // blank = who imports
	MadeAt   time.Time      `col:"made_at"`
	Payments int            `col:"payments,range=0..1000000000"`
	Currency money.Currency `col:"currency"` // of the bank account
	Total    money.Amount   `col:"total"`
	Totals   string         `col:"totals,lines,format=json"` // control totals of its format
	Copies   int            `col:"copies,range=0..1000000000"`
}

// CheckNumber is a row of check_numbers: a number that a check of a bank account had, or has.
type CheckNumber struct {
	Row
	Bank     string         `col:"bank,required,code,key"`
	Number   int            `col:"number,required,range=1..999999999999999,key"`
	Journal  string         `col:"journal,code"` // payment; blank = spoiled
	Line     int            `col:"line,range=1..1000000000"`
	Currency money.Currency `col:"currency"` // of the bank account
	Amount   money.Amount   `col:"amount,unsigned"`
	Payee    string         `col:"payee,lines"`
	Date     civil.Date     `col:"date,required"`
	State    string         `col:"state,enum=issued|void,default=issued"`
	Reason   string         `col:"reason,lines"`
	Told     string         `col:"told,code"`   // file that told the bank of its issue
	Untold   string         `col:"untold,code"` // file that told it of the void
}

func (n *CheckNumber) check(c *checks) {
	if c.sound("journal", "line") && (n.Journal == "") != (n.Line == 0) {
		c.bad("line", "journal and line go together; fill both, or none")
	}
}
