package app

import (
	"context"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// DeductionSetup is what the company's deductions are treated by, each list by its key. Codes and accruals are many, and have lists of
// their own; see [App.DeductionCodes], [App.Accruals].
type DeductionSetup struct {
	Currency  string              `json:"currency"` // accounting currency, of all amounts
	Types     []DeductionType     `json:"types"`
	Reasons   []DeductionReason   `json:"reasons"`
	Plans     []AccrualPlan       `json:"plans"`
	Limits    []WriteOffLimit     `json:"limits"`
	Rules     []DisputeRule       `json:"rules"`
	Customers []DeductionCustomer `json:"customers"`
	Substates []WorkSubstate      `json:"substates"`
	Terms     []PaymentTerms      `json:"terms"`
	Discounts []DiscountAccount   `json:"discount_accounts"`
	Lists     []StandardList      `json:"lists"`
}

// DeductionSetupRow is a row of the set-up of deductions: a [*DeductionType], [*DeductionReason], [*DeductionCode], [*AccrualPlan],
// [*WriteOffLimit], [*DisputeRule], [*DeductionCustomer], [*WorkSubstate], [*PaymentTerms], [*CustomerTerms] or [*DiscountAccount].
type DeductionSetupRow interface {
	// Kind gives the name of its list, such as types.
	Kind() string

	key() string // for the audit trail
	save(context.Context, *deductionSetup) error
	remove(context.Context, *deductionSetup) error
}

// DeductionType is a type of deduction; its key is Type.
type DeductionType struct {
	Type   string `json:"type"`
	Name   string `json:"name"`
	Treat  string `json:"kind"`                     // unresolved, write_off, accrual_plan
	Hold   string `json:"hold,omitempty"`           // deduction_customer, customer, suspense; blank: as the parameter deduction_hold says
	Offset string `json:"offset_account,omitempty"` // main account, of what is held in suspense
}

// DeductionReason is a reason for deductions; its key is Reason.
type DeductionReason struct {
	Reason      string   `json:"reason"`
	Name        string   `json:"name"`
	Group       string   `json:"group,omitempty"`
	Type        string   `json:"type,omitempty"`
	Account     string   `json:"account,omitempty"` // main or ledger account
	Plan        string   `json:"plan,omitempty"`
	Hold        string   `json:"hold,omitempty"`
	Evidence    []string `json:"evidence,omitempty"`
	Owner       string   `json:"owner,omitempty"`
	Team        string   `json:"team,omitempty"`
	Small       string   `json:"small_amount,omitempty"` // blank: 0
	CreditCheck bool     `json:"credit_check"`
	Active      bool     `json:"active"`
}

// DeductionCode is a customer's own reason code; its key is Customer, List, Code and From.
type DeductionCode struct {
	Customer    string     `json:"customer,omitempty"` // blank: for all
	List        string     `json:"list,omitempty"`     // standard list; blank: own
	Code        string     `json:"code"`
	From        civil.Date `json:"from"`
	To          civil.Date `json:"to,omitempty"`
	Reason      string     `json:"reason"`
	ConfirmedBy string     `json:"confirmed_by,omitempty"` // blank, when it is saved: who saves it
	ConfirmedAt string     `json:"confirmed_at,omitempty"` // shown only
}

// AccrualPlan is an accrual plan; its key is Plan.
type AccrualPlan struct {
	Plan         string         `json:"plan"`
	Name         string         `json:"name"`
	Account      string         `json:"account"` // main account
	From         civil.Date     `json:"from"`
	To           civil.Date     `json:"to"`
	PayOver      string         `json:"pay_over"`                 // no, limit, yes
	PayOverLimit string         `json:"pay_over_limit,omitempty"` // blank: 0
	Customers    []PlanCustomer `json:"customers"`
	Accrued      string         `json:"accrued,omitempty"` // these three are shown only
	Used         string         `json:"used,omitempty"`
	Unused       string         `json:"unused,omitempty"`
}

// PlanCustomer is whom a plan covers.
type PlanCustomer struct {
	Scope string `json:"scope"` // all, group, party
	Code  string `json:"code,omitempty"`
}

// WriteOffLimit is the most that may be written off on one deduction with all its children; its key is Scope and Code.
type WriteOffLimit struct {
	Scope  string `json:"scope"` // company, customer, reason, user
	Code   string `json:"code,omitempty"`
	Amount string `json:"amount"`
}

// DisputeRule is a dispute rule; its key is Customer, Reason and From.
type DisputeRule struct {
	Customer   string     `json:"customer,omitempty"` // blank: every one
	Reason     string     `json:"reason,omitempty"`   // blank: every one
	From       civil.Date `json:"from"`
	To         civil.Date `json:"to,omitempty"`
	Window     int        `json:"window_days"`
	WindowFrom string     `json:"window_from"` // invoice, due, payment, capture
	Earliest   int        `json:"earliest_days,omitempty"`
	Attempts   int        `json:"attempts,omitempty"` // 0: as often as one likes
	Answer     int        `json:"answer_days,omitempty"`
	Evidence   []string   `json:"evidence,omitempty"`
}

// DeductionCustomer is how a customer's deductions are treated; its key is Customer.
type DeductionCustomer struct {
	Customer string `json:"customer"`
	Owner    string `json:"owner,omitempty"`
	Small    string `json:"small_amount,omitempty"` // blank: as the reason says
}

// WorkSubstate is a state of work of the company's own; its key is Substate.
type WorkSubstate struct {
	Substate string `json:"substate"`
	Work     string `json:"work"`
	Name     string `json:"name"`
}

// PaymentTerms are terms of payment; the key is Terms.
type PaymentTerms struct {
	Terms        string `json:"terms"`
	Name         string `json:"name"`
	NetDays      int    `json:"net_days"`
	DiscountDays int    `json:"discount_days,omitempty"`
	DiscountRate string `json:"discount_rate,omitempty"` // percent; blank: 0
}

// CustomerTerms says which terms of payment a customer has; removing it gives the customer none.
type CustomerTerms struct {
	Customer string `json:"customer"`
	Terms    string `json:"terms"`
}

// DiscountAccount is the main account of the terms discounts of a posting profile of customers; removing it takes the account away.
type DiscountAccount struct {
	Scope   string `json:"scope"` // all, group, party
	Code    string `json:"code,omitempty"`
	Account string `json:"discount_account"`
}

// StandardList is a standard list of reason codes.
type StandardList struct {
	List    string `json:"list"` // x12_426, edifact_4465
	Name    string `json:"name"`
	Version string `json:"version"`
	Source  string `json:"source"`
	Codes   int    `json:"codes"` // how many it has
	Taken   int    `json:"taken"` // how many the company has taken over
}

// StandardCode is a code of a standard list.
type StandardCode struct {
	Code   string `json:"code"`
	Group  string `json:"group"` // what it is about, such as price or freight
	Name   string `json:"name"`
	Reason string `json:"reason,omitempty"` // that the company has mapped it to, today
}

// Kind gives types.
func (*DeductionType) Kind() string { return "types" }

// Kind gives reasons.
func (*DeductionReason) Kind() string { return "reasons" }

// Kind gives codes.
func (*DeductionCode) Kind() string { return "codes" }

// Kind gives plans.
func (*AccrualPlan) Kind() string { return "plans" }

// Kind gives limits.
func (*WriteOffLimit) Kind() string { return "limits" }

// Kind gives rules.
func (*DisputeRule) Kind() string { return "rules" }

// Kind gives customers.
func (*DeductionCustomer) Kind() string { return "customers" }

// Kind gives substates.
func (*WorkSubstate) Kind() string { return "substates" }

// Kind gives terms.
func (*PaymentTerms) Kind() string { return "terms" }

// Kind gives customer_terms.
func (*CustomerTerms) Kind() string { return "customer_terms" }

// Kind gives discount_accounts.
func (*DiscountAccount) Kind() string { return "discount_accounts" }

// DeductionSetupKey names a row of the set-up of deductions by its list and what is part of its key there.
type DeductionSetupKey struct {
	Kind     string     // types, reasons, codes …
	Code     string     // of a type, reason, plan, substate, terms; the customer's code; what a limit or discount account is of
	Customer string     // of a code, rule, customer
	List     string     // of a code
	Reason   string     // of a rule
	Scope    string     // of a limit, discount account
	From     civil.Date // of a code, rule
}

// DeductionSetupKinds are the lists of the set-up of deductions.
func DeductionSetupKinds() []string {
	return []string{"types", "reasons", "codes", "plans", "limits", "rules", "customers", "substates", "terms", "customer_terms", "discount_accounts"}
}

// Row gives a row that has the key and nothing else.
func (k DeductionSetupKey) Row() (DeductionSetupRow, error) {
	switch k.Kind {
	case "types":
		return &DeductionType{Type: k.Code}, nil
	case "reasons":
		return &DeductionReason{Reason: k.Code}, nil
	case "codes":
		return &DeductionCode{Customer: k.Customer, List: k.List, Code: k.Code, From: k.From}, nil
	case "plans":
		return &AccrualPlan{Plan: k.Code}, nil
	case "limits":
		return &WriteOffLimit{Scope: k.Scope, Code: k.Code}, nil
	case "rules":
		return &DisputeRule{Customer: k.Customer, Reason: k.Reason, From: k.From}, nil
	case "customers":
		return &DeductionCustomer{Customer: k.Customer}, nil
	case "substates":
		return &WorkSubstate{Substate: k.Code}, nil
	case "terms":
		return &PaymentTerms{Terms: k.Code}, nil
	case "customer_terms":
		return &CustomerTerms{Customer: k.Customer}, nil
	case "discount_accounts":
		return &DiscountAccount{Scope: k.Scope, Code: k.Code}, nil
	}
	return nil, fault.New(fault.Invalid, "%q is no list of the set-up of deductions; expected one of %s", k.Kind, strings.Join(DeductionSetupKinds(), ", ")).In("kind")
}
