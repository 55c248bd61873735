// Package pain writes credit transfer initiations of ISO 20022 (pain.001) and reads what the bank says of them (pain.002).
//
//   - A *profile* is what a bank agreed with the company: version, service level, who bears charges, how addresses are written. It is data.
//   - A *file* is one message with an id of its own. Its payments stand in *blocks* (PmtInf): one for each execution date, account of ours,
//     currency, service level, charge bearer and way of booking.
//   - A payment is named by its *end-to-end id*, which goes with it to the payee and comes back in every report.
//   - A payment of *service level* SEPA follows the SEPA rules: EUR between accounts with an IBAN in SEPA, shared charges (SLEV), names of 70
//     characters, 140 characters of remittance information. Any other goes by BIC or by the number of the bank in its clearing system
//     (such as USABA), to an IBAN or to a plain account number.
//   - A *status report* (pain.002) says of a message, of a block or of a payment what became of it, with reasons. What is not said of a payment
//     is said of its block, or of its message: see [Report.Of].
//
// Invariants: a file is valid by its schema; counts and control sums, of the file and of each block, are those of its payments; an end-to-end id
// comes once in a file. Texts for people (names, addresses, remittance) are folded to the basic Latin set of SEPA and SWIFT, unless the profile says
// that the bank takes Unicode; ids and references are never respelled, and nothing is ever cut: what is too long, or has a character without
// known spelling, is refused. A message that is read may have no document type and no entities; its size and depth are bounded.
//
// Source: ISO 20022 message definition reports (Payments Initiation, 2009 and 2019) and schemas; external code sets of ISO 20022; European
// Payments Council, SEPA credit transfer customer-to-PSP implementation guidelines (EPC132-08) and EPC153-10 (hybrid and structured addresses);
// ISO 13616 (IBAN), 9362 (BIC), 11649 (creditor reference). IBAN and BIC are tested by github.com/jacoelho/banking.
package pain

import (
	"time"

	"quittance/internal/civil"
	"quittance/internal/money"
)

// The versions that are written.
const (
	V03 = "pain.001.001.03"
	V09 = "pain.001.001.09"
)

// Limits.
const (
	MaxText       = 140 // characters of unstructured remittance information
	MaxID         = 35  // of an id or reference
	MaxMessageID  = 30  // of a message: the ids of its blocks add up to five
	MaxSEPAName   = 70
	MaxName       = 140
	MaxSEPAAmount = money.Amount(999_999_999_99)
	MaxPayments   = 1_000_000 // of a file
)

// SEPA is the service level that follows the rules of SEPA.
const SEPA = "SEPA"

// How addresses are written.
const (
	Structured = "structured" // street, number, postcode, town, each in an element of its own
	Hybrid     = "hybrid"     // postcode, town and country in elements of their own, the rest in lines
	Lines      = "lines"      // lines and the country
	Omitted    = "omitted"
)

// Profile is what the bank and the company agreed on.
type Profile struct {
	Version       string `json:"version"`        // [V03] or [V09]
	Initiator     string `json:"initiator"`      // name of the initiating party
	InitiatorID   string `json:"initiator_id"`   // such as the number of the customer at the bank; may be blank
	IDScheme      string `json:"id_scheme"`      // of InitiatorID: a code such as CUST or BANK; may be blank
	Debtor        Party  `json:"debtor"`         // who pays
	Service       string `json:"service"`        // service level of payments that name none: SEPA, NURG, URGP; blank: the bank decides
	Instrument    string `json:"instrument"`     // local instrument: a code such as INST or CCD; often blank
	Category      string `json:"category"`       // category purpose, such as SUPP; often blank
	Charges       string `json:"charges"`        // SHAR, SLEV, DEBT or CRED, for payments that name none; SEPA: SLEV
	Batch         string `json:"batch"`          // true: one booking a block; false: one a payment; blank: the bank decides
	Address       string `json:"address"`        // [Structured], [Hybrid], [Lines] or [Omitted]; blank: lines in version 03, structured in 09
	AccountScheme string `json:"account_scheme"` // of account numbers that are no IBAN, such as BBAN; may be blank
	Unicode       bool   `json:"unicode"`        // the bank takes any character
}

// Party is who pays or is paid.
type Party struct {
	Name    string  `json:"name"`
	Address Address `json:"address"`
}

// Address is a postal address; it is left out of a payment when it is blank.
type Address struct {
	Street   string `json:"street"`
	Building string `json:"building"`
	Postcode string `json:"postcode"`
	Town     string `json:"town"`
	Region   string `json:"region"`
	Country  string `json:"country"` // ISO 3166, two letters
}

// Account is an account at a bank: an IBAN, or a number.
type Account struct {
	IBAN     string `json:"iban"`   // spaces are left out
	Number   string `json:"number"` // up to 34 characters
	Type     string `json:"type"`   // checking or savings, or a code of ISO 20022 such as CACC; may be blank
	Currency string `json:"currency"`
	Bank     Bank   `json:"bank"`
}

// Bank is a bank. In SEPA it may be blank: the IBAN tells it.
type Bank struct {
	BIC      string `json:"bic"`
	Clearing string `json:"clearing"` // clearing system, such as USABA
	Member   string `json:"member"`   // number of the bank in it
	Name     string `json:"name"`
	Country  string `json:"country"`
}

// File is what one message has to pay.
type File struct {
	ID       string    // of the message, up to [MaxMessageID] characters, used once
	Created  time.Time // in the time zone of the bank
	Payments []Payment
}

// Payment is a credit transfer.
type Payment struct {
	ID          string // end-to-end id
	Instruction string // for the bank alone; may be blank
	Date        civil.Date
	From        Account // of ours
	To          Party
	Account     Account // of the payee
	Currency    string
	Amount      money.Amount
	Service     string // blank: as the profile has it
	Charges     string // blank: as the profile has it
	Batch       string // blank: as the profile has it
	Purpose     string // code, such as REFU; often blank
	Text        string // remittance information, up to [MaxText] characters
	Reference   string // of the payee: a creditor reference (RF18…), or what the payee asked for; in SEPA instead of Text
}

// Written is a file, and what a log has to keep of it.
type Written struct {
	Data    []byte
	Count   int
	Sum     string // control sum: all amounts added up, whatever their currencies, as the standard has it
	Totals  []Total
	Blocks  []Block
	BlockOf []int // of each payment of [File], its place in Blocks
}

// Total is the sum of the payments in a currency.
type Total struct {
	Currency string
	Count    int
	Amount   money.Amount
}

// Block is what was written as one PmtInf.
type Block struct {
	ID       string
	Date     civil.Date
	Account  string // IBAN or number
	Currency string
	Service  string
	Charges  string
	Batch    string
	Count    int
	Amount   money.Amount
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
