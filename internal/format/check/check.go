// Package check prints checks: a batch is one PDF, a page of US letter a check.
//
//   - A *form* is what all checks of a batch share: payer, bank and account, currency, signatures, the *style* of the paper, and
//     the offsets that make good a printer's own error.
//   - A *voucher check* is a check of 3.5 inches and one or two *stubs* for the payee and for the file, which list what is paid. The
//     style says where the check stands: at the top or in the middle, with two stubs, or at the bottom, with one large stub.
//   - What does not fit on the stub follows on *further pages*, which are marked NON-NEGOTIABLE and have no check.
//   - The *MICR line* is what banks read: routing number, account and number of the check in the characters E-13B.
//   - A check may be marked *void* (overprinted, without the MICR line) or as the n-th *reprint*.
//
// Invariants: the lines of a check add up to its amount, which is positive; a routing number has the right check digit and agrees with
// its fraction; the amount stands in figures and, guarded by asterisks, in words; nothing but the MICR line stands in the clear band;
// a text that cannot be shown, or does not fit where it matters, is refused by name and never shown wrongly; the same values give the
// same bytes.
//
// Sources: ANSI X9.100-160-1 (placement of the MICR line), ISO 1004-1 and ANSI X9.100-20 (its characters), ABA routing number policy
// (check digit, fraction), UCC § 3-104 and 3-114 (what a check must say). MICR toner and check paper are the printer's matter.
package check

import (
	"fmt"
	"time"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/paper"
	"quittance/internal/money"
)

// Style says where the check stands on the page.
type Style string

// The styles.
const (
	Top    Style = "top"
	Middle Style = "middle"
	Bottom Style = "bottom"
)

// Limits.
const (
	MaxChecks  = 5000 // of a batch; its pages are made in memory
	MaxLines   = 5000 // of a check
	MaxOffset  = 1000 // hundredths of a millimetre
	MaxNumber  = 999_999_999_999
	maxAddress = 5 // lines under a payee's name
	maxOrigin  = 4 // lines under the payer's or the bank's name
)

// Form is what the checks of a batch share.
type Form struct {
	Style        Style
	Payer        Party
	Bank         Bank
	Currency     money.Currency
	SecondOver   money.Amount // amounts above it have a second line to sign; 0: one line always
	Legend       string       // such as VOID AFTER 180 DAYS; may be blank
	SerialDigits int          // digits of the number in the MICR line; 0: 6. A longer number takes what it needs
	OffsetX      int          // hundredths of a millimetre to the right
	OffsetY      int          // hundredths of a millimetre down
}

// Party is a name with the lines of its address.
type Party struct {
	Name  string
	Lines []string
}

// Bank is the bank and the account that a check is drawn on.
type Bank struct {
	Name     string
	Lines    []string
	Routing  string // nine digits
	Account  string // digits and dashes
	Fraction string // such as 1-2/210; may be blank
	OnUs     string // the on-us field from position 32, where the bank wants its own: digits, spaces, O (on-us), D (dash); else blank
}

// Check is a check. Amount is in minor units of the form's currency.
type Check struct {
	Number  int64
	Date    civil.Date
	Payee   Party
	Amount  money.Amount
	Memo    string
	Lines   []Line
	Void    bool
	Reprint int // 0: the first print
}

// Line is what a check pays, such as a reimbursement. Amount is Gross less Discount.
type Line struct {
	Number   string // of the reimbursement or invoice
	Date     civil.Date
	Text     string // what it is, such as the customer's reference
	Gross    money.Amount
	Discount money.Amount
	Amount   money.Amount
}

func (f *Form) serialDigits() int {
	if f.SerialDigits == 0 {
		return 6
	}
	return f.SerialDigits
}

// what gives how errors name a check.
func (c *Check) what() string { return fmt.Sprintf("check %d for %q", c.Number, c.Payee.Name) }

// Print makes the pages of a batch of checks, in their order; at is the time that the document says it was made.
func Print(f Form, at time.Time, checks []Check) ([]byte, error) {
	switch {
	case len(checks) == 0:
		return nil, fault.New(fault.Invalid, "there is no check to print").ByRule("nothing_to_print").In("checks")
	case len(checks) > MaxChecks:
		return nil, fault.New(fault.Limited, "%d checks are asked for; at most %d are printed at once, make several batches", len(checks), MaxChecks).ByRule("too_many").In("checks")
	}
	form, err := f.checked()
	if err != nil {
		return nil, err
	}
	var wrong fault.List
	plain := make([]Check, 0, len(checks))
	numbers := map[int64]bool{}
	for i := range checks {
		c, err := checks[i].checked(form)
		if err == nil && numbers[c.Number] {
			err = fault.New(fault.Invalid, "the number %d is used twice in this batch", c.Number).ByRule("number_twice").In("number").At(checks[i].what())
		}
		if wrong.Add(err); len(wrong) >= 50 {
			break
		}
		numbers[c.Number] = true
		plain = append(plain, c)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	title := fmt.Sprintf("Check %d", checks[0].Number)
	if len(checks) > 1 {
		title = fmt.Sprintf("Checks %d to %d", checks[0].Number, checks[len(checks)-1].Number)
	}
	d := paper.New(title, form.Payer.Name, at)
	d.Shift(float64(f.OffsetX)/2540, float64(f.OffsetY)/2540)
	p := printer{d: d, form: form}
	for i := range plain {
		wrong.Add(p.print(&plain[i]))
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return d.Bytes()
}
