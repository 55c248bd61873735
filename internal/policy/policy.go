// Package policy decides by rules that are data what is eligible, what must be shown, and who approves.
//
//   - A *policy* has a name and is about one *kind* of subject: requests, runs, payments, write-offs, other resolutions, changes of bank
//     details, reversals. Its *versions* are dated, and nothing of them is changed or removed: another version takes over on its day.
//   - The *rules* of a version are lines of text: a verb, what it needs, and a condition over typed *fields* (see [Parse]). All policies of
//     a kind that are in force hold together: each refusal counts, the first route wins, and whatever asks for a person's look prevents
//     automatic approval.
//   - A *decision* is what the rules said of one subject; it keeps the versions and the values that they saw.
//
// Invariants: evaluating is a pure function of versions and fields, with bounded cost, and reaches nothing outside; rules that do not
// compile are never stored; no policy, no say: then nothing is refused and nothing is approved by it.
//
// Source: requests rules, "Policy".
package policy

import (
	"crypto/sha256"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// Kind is a kind of subject that policies and approvals are about.
type Kind string

// The kinds, as stored.
const (
	Request     Kind = "request"      // a customer's, for money back
	Run         Kind = "run"          // of reimbursements, before it is posted
	Payment     Kind = "payment"      // to a vendor or customer, before it is made
	WriteOff    Kind = "write_off"    // of a deduction
	Resolution  Kind = "resolution"   // of a deduction, in any other way
	PayeeChange Kind = "payee_change" // of bank details, or another payee than the vendor
	Reversal    Kind = "reversal"     // of a voucher, reimbursement or payment
)

// Kinds gives all kinds, in the order of the code.
func Kinds() []Kind {
	return []Kind{Request, Run, Payment, WriteOff, Resolution, PayeeChange, Reversal}
}

// CheckKind refuses with [fault.Invalid] what is no kind.
func CheckKind(k Kind) error {
	if slices.Contains(Kinds(), k) {
		return nil
	}
	names := make([]string, len(Kinds()))
	for i, k := range Kinds() {
		names[i] = string(k)
	}
	return fault.New(fault.Invalid, "%q is not a kind of subject; expected one of %s", k, strings.Join(names, ", ")).In("kind")
}

// Unknown stands for a number of days that is not known.
const Unknown = -1

// Fields are what rules know of a subject. Amounts are of the accounting currency unless said otherwise. What is not known is blank, zero,
// or [Unknown] where zero would mean something.
type Fields struct {
	Kind           string   `json:"kind" expr:"kind"`
	Type           string   `json:"type" expr:"type"`                 // within the kind: expense, return, chargeback, …
	Organisation   string   `json:"organisation" expr:"organisation"` // fund, department, as the company divides itself
	Requester      string   `json:"requester" expr:"requester"`
	Customer       string   `json:"customer" expr:"customer"` // code
	CustomerGroup  string   `json:"customer_group" expr:"customer_group"`
	Payee          string   `json:"payee" expr:"payee"` // code of who is paid
	Country        string   `json:"country" expr:"country"`
	Method         string   `json:"method" expr:"method"` // of payment
	Reason         string   `json:"reason" expr:"reason"`
	Source         string   `json:"source" expr:"source"` // page, api, csv, …
	Currency       string   `json:"currency" expr:"currency"`
	Amount         Amount   `json:"amount" expr:"amount"`
	CurrencyAmount Amount   `json:"currency_amount" expr:"currency_amount"` // in the currency
	OpenDebits     Amount   `json:"open_debits" expr:"open_debits"`         // that the customer owes
	OpenCredit     Amount   `json:"open_credit" expr:"open_credit"`         // of the customer
	Payee30        Amount   `json:"payee_total_30" expr:"payee_total_30"`   // approved to the payee in 30 days, with this
	Payee90        Amount   `json:"payee_total_90" expr:"payee_total_90"`
	Payee365       Amount   `json:"payee_total_365" expr:"payee_total_365"`
	PayeeCount     int      `json:"payee_count_365" expr:"payee_count_365"`               // approvals of 365 days, with this
	Count          int      `json:"count" expr:"count"`                                   // of what the subject is made of: payments of a run
	SaleDays       int      `json:"days_since_sale" expr:"days_since_sale"`               // or Unknown
	CreditDays     int      `json:"days_since_credit" expr:"days_since_credit"`           // of the oldest credit, or Unknown
	DetailsDays    int      `json:"days_since_bank_change" expr:"days_since_bank_change"` // of the payee's bank details, or Unknown
	Duplicates     int      `json:"duplicates" expr:"duplicates"`                         // that look like this
	Partial        bool     `json:"partial" expr:"partial"`                               // a part of a credit
	NewCredit      bool     `json:"new_credit" expr:"new_credit"`                         // that approval makes
	OneTime        bool     `json:"one_time" expr:"one_time"`                             // the payee is a one-time vendor
	OnHold         bool     `json:"on_hold" expr:"on_hold"`                               // the customer is
	OtherPayee     bool     `json:"other_payee" expr:"other_payee"`                       // somebody else than the customer or vendor
	Documents      []string `json:"documents" expr:"documents"`                           // kinds of those attached
	Today          string   `json:"today" expr:"today"`                                   // YYYY-MM-DD
}

// Outcome is what the rules say in one word.
type Outcome string

// The outcomes, as stored.
const (
	Refused    Outcome = "refused"    // not eligible
	Incomplete Outcome = "incomplete" // documents are missing
	Automatic  Outcome = "automatic"  // approved without a person
	Review     Outcome = "review"     // a person decides, or nobody needs to: approval rules say
)

// Outcomes gives all outcomes, in the order of the code.
func Outcomes() []Outcome { return []Outcome{Refused, Incomplete, Automatic, Review} }

// Said is what one line of a policy says.
type Said struct {
	Policy string `json:"policy"`
	Line   int    `json:"line"`
	Text   string `json:"text"`
}

// VersionName names a version of a policy.
type VersionName struct {
	Policy string `json:"policy"`
	N      int    `json:"version"`
}

// Decision is what the policies in force say of a subject.
type Decision struct {
	ID       int64         `json:"-"` // 0: not stored
	Outcome  Outcome       `json:"outcome"`
	Refusals []Said        `json:"refusals"`
	Reviews  []Said        `json:"reviews"`  // why a person must look
	Required []string      `json:"required"` // kinds of documents
	Missing  []string      `json:"missing"`  // of the required
	Route    string        `json:"route"`    // name of the approval rule; blank: by amount, kind and organisation
	Routed   Said          `json:"routed"`   // what chose the route
	Approved Said          `json:"approved"` // what approves, when the outcome is automatic
	Versions []VersionName `json:"versions"`
}

// Err gives what the decision refuses as an error that says why and what helps; nil when it refuses nothing.
func (d *Decision) Err() error {
	var l fault.List
	for _, s := range d.Refusals {
		l = append(l, fault.New(fault.Refused, "%s (policy %s, line %d)", s.Text, s.Policy, s.Line).ByRule("policy"))
	}
	if len(d.Missing) > 0 {
		l = append(l, fault.New(fault.Refused, "by policy these documents are needed and are not attached: %s; attach them and try again", strings.Join(d.Missing, ", ")).ByRule("documents_missing").In("documents"))
	}
	if len(l) == 1 {
		return l[0]
	}
	return l.Err()
}

// Version is one version of a policy.
type Version struct {
	Policy    string     `json:"policy"`
	Kind      Kind       `json:"kind"`
	N         int        `json:"version"`
	ValidFrom civil.Date `json:"valid_from"`
	Rules     string     `json:"rules"` // blank: the policy says nothing
	Why       string     `json:"why"`
	MadeBy    string     `json:"made_by"`
	MadeAt    int64      `json:"-"` // UTC microseconds
	sha256    []byte
}

func digest(rules string) []byte {
	sum := sha256.Sum256([]byte(rules))
	return sum[:]
}
