// Package reimbursement is the reimbursement run: it finds open credits, decides for every candidate with a reason,
// posts one transaction per unique receivable ledger account (and billing classification), makes the vendor invoice,
// and settles the credits to zero.
//
//   - A *candidate* is a customer and currency with at least one open credit inside the *selection*.
//   - A *decision* ([Line]) reimburses a candidate or excludes it with the first *reason* that holds. Every candidate
//     gets exactly one.
//   - A *reimbursement* is one voucher: it debits the very receivable ledger accounts of the credits it settles, and
//     credits the vendor summary account with the same dimension values. Its number is also the vendor's invoice number.
//   - A *run* is a saved plan: proposed, then posting (chunk by chunk, each one transaction), then posted; or cancelled.
//   - A *draft* is a run that is being saved (proposing); nobody sees it until it is whole.
//   - A *chunk* is some thousand decisions of a run that are saved, and posted, together. Processes that share a run *lease* its
//     chunks: each for a few seconds, after which another one may take them over.
//
// [Plan] is a pure function of the policy and one customer's items; simulation, proposal and posting all call it, so what
// was simulated is what is posted. A line whose customer changed between proposal and posting is left out as changed.
//
// Invariants: section 8 of the reimbursement rules; [Check] proves those that a database can show.
package reimbursement

import (
	"encoding/json"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// Reason is why a candidate is left out; blank means that it is reimbursed. The codes are stable.
type Reason string

// The reasons in the order in which they are tested; the last two arise after the plan.
const (
	OnHold            Reason = "on_hold"
	VendorBlocked     Reason = "vendor_blocked"
	NoPayee           Reason = "no_payee"
	PendingSettlement Reason = "pending_settlement"
	NoClassification  Reason = "no_classification_match"
	TooRecent         Reason = "too_recent"
	OpenDebit         Reason = "open_debit"
	OpenDeduction     Reason = "open_deduction"
	NetDebit          Reason = "net_debit"
	BelowMinimum      Reason = "below_minimum"
	CannotPost        Reason = "cannot_post"
	TakenOut          Reason = "taken_out"
	Changed           Reason = "changed"
)

// Netting says what becomes of a customer's open debits.
type Netting string

// The kinds of netting.
const (
	Gross  Netting = "gross"   // credits are reimbursed in full
	Net    Netting = "net"     // debits are settled against the credits first
	NetDue Netting = "net_due" // the same, with debits due on or before the run date
)

// Policy is how a run decides: parameters of the company, overridden for the run.
type Policy struct {
	Date                civil.Date   `json:"date"`
	Minimum             money.Amount `json:"minimum"` // minor units of the accounting currency; ≥ passes
	IncludeDebits       bool         `json:"include_outstanding_debits"`
	Separate            bool         `json:"separate_by_classification"`
	Classifications     []string     `json:"classifications"` // none: no filter
	IncludeUnclassified bool         `json:"include_unclassified"`
	Netting             Netting      `json:"netting"`
	Summarize           bool         `json:"summarize_customer"`
	MinimumAge          int          `json:"minimum_age_days"`
	DeductionsBlock     bool         `json:"deductions_block"`
}

// Selection is which customers and credits a run looks at. It must not be empty; All says that everything is meant.
type Selection struct {
	All       bool     `json:"all"`
	Customers []string `json:"customers"` // codes, or ranges A..B in byte order, both ends included
	Groups    []string `json:"groups"`
	Currency  string   `json:"currency"`
	Credits   []string `json:"credits"` // voucher numbers

	// Of a request, which reimburses a part of a customer's credits.
	Parts  []openitem.Portion `json:"parts,omitempty"` // just so much of these items; none: all that is open
	Payee  string             `json:"payee,omitempty"` // code of the vendor; blank: the customer's
	Beside []string           `json:"-"`               // journals whose marks do not hold it up: those of the customer's requests
}

// Check refuses an empty selection and one that contradicts itself.
func (s Selection) Check() error {
	some := len(s.Customers)+len(s.Groups)+len(s.Credits) > 0 || s.Currency != ""
	switch {
	case !some && !s.All:
		return fault.New(fault.Usage, "nothing is selected; name --customers, --groups, --currency or --credits, or say --all to mean every customer in credit").ByRule("nothing_selected")
	case some && s.All:
		return fault.New(fault.Usage, "--all means every customer in credit, so it cannot stand beside --customers, --groups, --currency or --credits").ByRule("selection_contradicts")
	}
	for _, c := range s.Customers {
		from, to, isRange := strings.Cut(c, "..")
		if c == "" || (isRange && (from == "" || to == "" || from > to)) {
			return fault.New(fault.Usage, "%q is not a customer or a range of customers; expected A or A..B with A not after B", c).ByRule("bad_range")
		}
	}
	if s.Currency != "" {
		if _, err := money.CurrencyOf(s.Currency); err != nil {
			return err
		}
	}
	return nil
}

// canonical writes the selection so that equal ones read equal.
func (s Selection) canonical() string {
	for _, l := range []*[]string{&s.Customers, &s.Groups, &s.Credits} {
		*l = tidy(*l)
	}
	b, _ := json.Marshal(s)
	return string(b)
}

func (p Policy) canonical() string {
	p.Classifications = tidy(p.Classifications)
	b, _ := json.Marshal(p)
	return string(b)
}

// tidy gives the values sorted, each once, and never nil.
func tidy(values []string) []string {
	return slices.Compact(slices.AppendSeq([]string{}, slices.Values(slices.Sorted(slices.Values(values)))))
}
