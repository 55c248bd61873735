// Package nacha writes payments to ACH files, and reads what comes back: returns and notifications of change.
//
//   - A *profile* is what a bank agreed with the company: who sends to whom, under which names. It is data, the same for each file.
//   - A *service* is PPD (to a person) or CCD (to a business), the standard entry class; a file has one *batch* a service.
//   - A *trace number* is the bank's routing number without its check digit and seven digits of ours. Returns name a payment by it
//     and by nothing else: it must not come twice while a return may come.
//   - A *prenote* is an entry of nothing that tests an account before the first payment.
//   - An *offset* is the entry that takes the sum of a batch from the company's own account, so that the file is balanced. Banks want
//     either that or a file of credits alone; an agreement says which.
//   - A *return* is a payment that did not arrive, with a code R01 to R99; an ODFI can *dishonor* it (R61 to R70), and the other bank
//     *contest* that (R71 to R77). A *notification of change* (C01 to C14) is a payment that did arrive, with what to mend before the next.
//
// Invariants: amounts are minor units of USD; counts, hashes and totals of what is written are sums of its payments; of what is read
// they are checked, and what does not agree is refused whole, naming the line. Only names of receivers are cut, to the 22 characters that
// the standard has for them (it tells banks to go by the account alone). Everything else that is too long is refused, and so is a
// character that has no known spelling in ASCII (see package latin); account and identification numbers are never respelled.
//
// Source: Nacha Operating Rules 2026, Appendix Three (record formats, field requirements), Four (returns), Five (notifications of change),
// article two, 2.5 (PPD, CCD); Same Day ACH. Records are written and parsed by github.com/moov-io/ach; that library cuts what is too
// long, reads bad figures as 0 and takes a payee named OFFSET for an offset, so all that is tested and made here.
package nacha

import (
	"time"

	"github.com/moov-io/ach"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// Limits of the format and of what is taken.
const (
	MaxName         = 22 // characters of a receiver's name; longer ones are cut
	MaxID           = 15
	MaxAccount      = 17
	MaxAddenda      = 80
	MaxAmount       = money.Amount(99_999_999_99)    // of an entry, ten digits
	MaxTotal        = money.Amount(9_999_999_999_99) // of a batch or file, twelve digits
	MaxTrace        = 9_999_999
	maxBatch        = 999_999   // entries and addenda, six digits
	SameDayLimit    = 100000000 // of a payment in minor units, since March 2022
	MaxBytes        = 64 << 20  // of a file that is read
	recordLength    = 94
	checkingAccount = "checking"
	savingsAccount  = "savings"
)

// Profile is what the bank and the company agreed on. All of it is written as it stands here, so nothing of it is ever cut.
type Profile struct {
	Destination     string       `json:"destination"`      // routing number of the bank or processor that gets the file, nine digits
	DestinationName string       `json:"destination_name"` // up to 23 characters
	Origin          string       `json:"origin"`           // a routing number, or the ten characters that the bank gave
	OriginName      string       `json:"origin_name"`      // up to 23 characters
	Reference       string       `json:"reference"`        // up to 8; often blank
	Company         string       `json:"company"`          // name that payees see, up to 16
	CompanyID       string       `json:"company_id"`       // up to 10, such as 1 and the employer's number
	CompanyData     string       `json:"company_data"`     // discretionary, up to 20; often blank
	Bank            string       `json:"bank"`             // routing number of the originating bank (ODFI), nine digits
	Description     string       `json:"description"`      // of the entries, such as REFUND, up to 10
	Addenda         bool         `json:"addenda"`          // write the text of a payment as addenda (05)
	Offset          *Offset      `json:"offset,omitempty"` // set for a balanced file
	SameDayTime     string       `json:"same_day_time"`    // HHMM: same-day batches have SDHHMM as descriptive date; blank: they have none
	SameDayLimit    money.Amount `json:"same_day_limit"`   // of a payment; 0 is [SameDayLimit]
	CRLF            bool         `json:"crlf"`             // lines end by carriage return and line feed
}

// Offset is the company's own account, which balances the file.
type Offset struct {
	Routing string `json:"routing"`
	Account string `json:"account"`
	Savings bool   `json:"savings"`
}

// File is what one file has to pay.
type File struct {
	Created    time.Time  // in the time zone of the bank
	Modifier   string     // A to Z, 0 to 9: files of one day are told apart by it
	Effective  civil.Date // when the payments are to settle; after the day of creation, unless SameDay
	SameDay    bool       // settles on the day of creation; what the bank calls it by, see [Profile].SameDayTime
	FirstTrace int        // the seven digits of the first trace number, from a series that no other file uses
	Payments   []Payment
}

// Payment is a credit to an account in USD.
type Payment struct {
	ID       string // such as the number of the payment, up to [MaxID] characters; the payee sees it
	Name     string // of the payee
	Business bool   // CCD; otherwise PPD
	Routing  string // nine digits, the last of which is the check digit
	Account  string // spaces are left out
	Savings  bool
	Amount   money.Amount
	Prenote  bool   // Amount is 0
	Text     string // of the addenda, up to [MaxAddenda] characters; what the bank's agreement asks for, such as a segment of X12
}

// Written is a file, and what a log has to keep of it.
type Written struct {
	Data      []byte
	Batches   []Batch
	Entries   int // with those of the offset
	Addenda   int
	Hash      int64 // sum of the routing numbers without check digits, its last ten digits
	Debit     money.Amount
	Credit    money.Amount
	Traces    []string // of each payment of [File], in that order
	NextTrace int      // of the next file; 1 when the series is at its end
}

// Batch is what was written of a service.
type Batch struct {
	Number  int
	Service string // PPD or CCD
	Entries int
	Addenda int
	Hash    int64
	Debit   money.Amount
	Credit  money.Amount
}

// CheckRouting tests a routing number: nine digits, the last of which is the check digit of the others.
func CheckRouting(routing string) error {
	if !digits(routing, 9) || routing == "000000000" {
		return fault.New(fault.Invalid, "%q is no routing number; expected nine digits, such as 021000021", short(routing)).ByRule("routing_number")
	}
	if err := ach.CheckRoutingNumber(routing); err != nil {
		return fault.New(fault.Invalid, "%q is no routing number: its last digit does not fit the others; compare it with the payee's check or bank", routing).ByRule("routing_number")
	}
	return nil
}

// meanings are those that the library has wrong.
var meanings = map[string]string{
	"C06": "Incorrect bank account number and transaction code",
	"R15": "Beneficiary or account holder deceased",
	"R17": "File record edit criteria, or entry initiated under questionable circumstances",
	"R62": "Return of erroneous or reversing debit",
}

// ReturnMeaning says what a return code (R01) means; blank when it is not known.
func ReturnMeaning(code string) string {
	if m := meanings[code]; m != "" {
		return m
	}
	if c := ach.LookupReturnCode(code); c != nil {
		return c.Reason
	}
	return ""
}

// ChangeMeaning says what a change code (C01) means; blank when it is not known.
func ChangeMeaning(code string) string {
	if m := meanings[code]; m != "" {
		return m
	}
	if c := ach.LookupChangeCode(code); c != nil {
		return c.Reason
	}
	return ""
}

func digits(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func short(s string) string {
	const most = 40
	for i := range s {
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}
