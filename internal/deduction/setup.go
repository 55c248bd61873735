package deduction

import (
	"quittance/internal/civil"
	"quittance/internal/money"
	"quittance/internal/party"
)

// Type is a type of deduction.
type Type struct {
	Code, Name string
	Kind       TypeKind
	Hold       Hold   // blank: as the company's parameter deduction_hold says
	Offset     string // main account that holds it when it is held in suspense
}

// Reason is a reason for which deductions are taken.
type Reason struct {
	Code, Name  string
	Group       string
	Type        string // default type; blank: none
	Account     string // default account to write off to; a main account takes the dimension values of what is held
	Plan        string // default accrual plan
	Hold        Hold   // blank: as the type says
	Evidence    []string
	Owner, Team string
	Small       money.Amount // accounting currency: up to which capture writes off at once; 0: never
	CreditCheck bool         // an open deduction counts in the credit check, and as an open debit of the customer
	Active      bool
}

// Code is a customer's own reason code, or one of a standard list.
type Code struct {
	Customer    int64  // 0: for all customers
	List        string // the standard list it is of, such as [X12]; blank: own
	Theirs      string
	From, To    civil.Date // a blank end: until further notice
	Reason      string
	ConfirmedBy string
	ConfirmedAt int64
}

// Plan is an accrual plan (program). Amounts in minor units of the accounting currency.
type Plan struct {
	ID           int64
	Code, Name   string
	Account      string // main account of the accrual
	From, To     civil.Date
	PayOver      string // no, limit, yes: whether more than the unused accrual may be charged
	PayOverLimit money.Amount
	Parties      []PlanParty
}

// PlanParty is whom a plan covers: all customers, a group, or one.
type PlanParty struct{ Scope, Code string }

// Balance is what was accrued for a plan, and what deductions used of it, in minor units of the accounting currency. A [Setup] does
// not have it, since it changes with every charge: see [LockPlan] for charging a plan, [Balances] for looking.
type Balance struct{ Accrued, Used money.Amount }

// Unused gives what of the accrual is left; negative when more was paid.
func (b Balance) Unused() money.Amount { return b.Accrued - b.Used }

// Limit is the most that may be written off on one deduction with all its children, in minor units of the accounting currency.
type Limit struct {
	Scope  string // company, customer, reason, user
	Code   string // of the customer, reason or user; blank for the company
	Amount money.Amount
}

// Rule is a dispute rule: dated data for a customer and reason.
type Rule struct {
	Customer   int64  // 0: every customer
	Reason     string // blank: every reason
	From, To   civil.Date
	Window     int    // days
	WindowFrom string // invoice, due, payment, capture: the date from which the days count
	Earliest   int    // days after the same date before which a dispute cannot be filed
	Attempts   int    // how often it may be disputed; 0: as often as one likes
	Answer     int    // days that the customer has to answer
	Evidence   []string
}

// Party is how a customer's deductions are treated.
type Party struct {
	Customer int64
	Owner    string
	Small    *money.Amount // instead of the reason's; nil: as the reason says
}

// Substate is a state of work of the company's own.
type Substate struct {
	Code string
	Work Work
	Name string
}

// Terms are terms of payment: when a document is due, and the discount for paying it earlier.
type Terms struct {
	Code, Name   string
	NetDays      int    // after the date of the document
	DiscountDays int    // after the date of the document; up to then the discount is earned
	DiscountRate string // percent, a decimal such as 2 or 1.5; 0: no discount
}

// EvidenceTypes are the types of evidence that a reason or dispute rule may ask for, and a file may be.
var EvidenceTypes = []string{"claim", "proof_of_delivery", "bill_of_lading", "price_agreement", "email", "other"}

// Setup is what a company's deductions are treated by, as a unit of work reads it.
type Setup struct {
	Types     map[string]Type
	Reasons   map[string]Reason
	Plans     map[string]*Plan
	Limits    map[Limit]money.Amount // by scope and code, with Amount 0 in the key
	Parties   map[int64]Party
	Rules     []Rule
	Codes     []Code
	Substates map[string]Substate
	Terms     map[string]Terms

	Management *party.Customer // the deduction management customer (parameter deduction_customer); nil: none is set

	codes   map[codeKey][]Code
	limited map[int64]string // codes of the customers who have a limit of their own
	heads   map[int64]int64  // the parents of customers, of parents who have anything of their own: see [Setup.ReadHeads]
}
