package folder

import (
	"time"

	"quittance/internal/civil"
	"quittance/internal/money"
)

// UnclaimedLetters is a row of unclaimed_letters: a batch of letters to owners; its content stands under files.
type UnclaimedLetters struct {
	Row
	Letters string     `col:"letters,required,code,key"`
	Date    civil.Date `col:"date,required"`
	MadeBy  string     `col:"made_by"` // blank = who imports
	MadeAt  time.Time  `col:"made_at"`
	Count   int        `col:"count,required,range=1..1000000000"`
	SHA256  string     `col:"sha256,required,format=sealed"`
	Size    int        `col:"size,required,range=0..1073741824"`
	Copies  int        `col:"copies,range=0..1000000000"`
}

// UnclaimedLetterItem is a row of unclaimed_letter_items: what an owner was told of.
type UnclaimedLetterItem struct {
	Row
	Letters      string         `col:"letters,required,code,key"`
	Item         int            `col:"item,required,range=1..1000000000,key"`
	Customer     string         `col:"customer,code"`            // of a credit
	Vendor       string         `col:"vendor,code"`              // of a payment
	Document     string         `col:"document,required,max=80"` // voucher of the credit; payment: journal/line
	Jurisdiction string         `col:"jurisdiction,required,code"`
	Currency     money.Currency `col:"currency"`
	Amount       money.Amount   `col:"amount,required,unsigned"`
}

func (i *UnclaimedLetterItem) check(c *checks) { checkOwner(c, i.Customer, i.Vendor) }

// checkOwner wants a customer, who owns a credit, or a vendor, who owns a payment.
func checkOwner(c *checks, customer, vendor string) {
	if c.sound("customer", "vendor") && (customer == "") == (vendor == "") {
		c.bad("customer", "unclaimed property is of a customer (a credit) or of a vendor (a payment); fill one of them")
	}
}

// UnclaimedRemittance is a row of unclaimed_remittances: what was paid to a jurisdiction.
type UnclaimedRemittance struct {
	Row
	Remittance   string         `col:"remittance,required,code,key"`
	Jurisdiction string         `col:"jurisdiction,required,code"`
	Date         civil.Date     `col:"date,required"`
	Bank         string         `col:"bank,required,code"`
	Currency     money.Currency `col:"currency"` // of the bank account
	Amount       money.Amount   `col:"amount,required,unsigned"`
	Reference    string         `col:"reference,lines"`
	Voucher      string         `col:"voucher,required,code"`
	MadeBy       string         `col:"made_by"` // blank = who imports
	MadeAt       time.Time      `col:"made_at"`
	Reversal     string         `col:"reversal,code"` // voucher that took it back
}

// UnclaimedReport is a row of unclaimed_reports; its content stands under files.
type UnclaimedReport struct {
	Row
	Report       string         `col:"report,required,code,key"`
	Jurisdiction string         `col:"jurisdiction,required,code"`
	Year         int            `col:"year,required,range=1900..9999"`
	Number       int            `col:"number,required,range=1..1000000000"` // of the jurisdiction and year
	MadeBy       string         `col:"made_by"`                             // blank = who imports
	MadeAt       time.Time      `col:"made_at"`
	Name         string         `col:"name,required"`
	Properties   int            `col:"properties,range=0..1000000000"`
	Currency     money.Currency `col:"currency"`
	Total        money.Amount   `col:"total,unsigned"`
	SHA256       string         `col:"sha256,required,format=sealed"`
	Size         int            `col:"size,required,range=0..1073741824"`
	Copies       int            `col:"copies,range=0..1000000000"`
}

// UnclaimedProperty is a row of unclaimed_properties: what was escheated.
type UnclaimedProperty struct {
	Row
	Property     string         `col:"property,required,code,key"`
	Customer     string         `col:"customer,code"`            // of a credit
	Vendor       string         `col:"vendor,code"`              // of a payment
	Document     string         `col:"document,required,max=80"` // voucher of the credit; payment: journal/line
	Jurisdiction string         `col:"jurisdiction,required,code"`
	Why          string         `col:"why,lines"` // the jurisdiction is that
	Currency     money.Currency `col:"currency"`
	Amount       money.Amount   `col:"amount,required,unsigned"`
	Accounting   money.Amount   `col:"accounting,required,unsigned,accounting"`
	Arose        civil.Date     `col:"arose,required"`
	LastActivity civil.Date     `col:"last_activity,required"`
	Dormant      civil.Date     `col:"dormant,required"`
	CutOff       civil.Date     `col:"cut_off,required"`
	ReportBy     civil.Date     `col:"report_by,required"`
	Letter       civil.Date     `col:"letter"`          // day of the letter that counts
	Exception    string         `col:"exception,lines"` // why it was escheated before it was due
	Code         string         `col:"code,code"`       // of reports
	Status       string         `col:"status,required,enum=escheated|remitted|reclaimed|reversed"`
	Escheated    civil.Date     `col:"escheated,required"`
	Voucher      string         `col:"voucher,required,code"`
	Remittance   string         `col:"remittance,code"`
	Report       string         `col:"report,code"` // the last that has it
}

func (p *UnclaimedProperty) check(c *checks) {
	checkOwner(c, p.Customer, p.Vendor)
	if c.sound("status", "remittance") && (p.Remittance == "") == (p.Status == "remitted" || p.Status == "reclaimed") {
		c.bad("remittance", "%q does not go with the status %q; what was remitted names its remittance, and nothing else does", p.Remittance, p.Status)
	}
}

// UnclaimedLine is a row of unclaimed_lines: a part of the liability that a property made.
type UnclaimedLine struct {
	Row
	Property   string         `col:"property,required,code,key"`
	Line       int            `col:"line,required,range=1..1000000000,key"`
	Account    string         `col:"account,required,code,max=250"` // ledger account
	Currency   money.Currency `col:"currency"`                      // of the property
	Amount     money.Amount   `col:"amount,required,unsigned"`
	Accounting money.Amount   `col:"accounting,required,unsigned,accounting"`
}

// UnclaimedEvent is a row of unclaimed_history.
type UnclaimedEvent struct {
	Row
	Property string    `col:"property,required,code,key"`
	Event    int       `col:"event,required,range=1..1000000000,key"`
	At       time.Time `col:"at"`
	Actor    string    `col:"actor"` // blank = who imports
	Status   string    `col:"status,required,enum=escheated|remitted|reclaimed|reversed"`
	Voucher  string    `col:"voucher,code"` // that was posted
	Detail   string    `col:"detail,lines"`
}
