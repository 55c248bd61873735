package folder

import (
	"time"

	"quittance/internal/civil"
	"quittance/internal/money"
)

// PaymentTerms is a row of payment_terms.
type PaymentTerms struct {
	Row
	Terms        string `col:"terms,required,code,key"`
	Name         string `col:"name,required"`
	NetDays      int    `col:"net_days,required,range=0..36500"`
	DiscountDays int    `col:"discount_days,range=0..36500"`
	DiscountRate string `col:"discount_rate,format=digits"` // percent
}

// DeductionType is a row of deduction_types.
type DeductionType struct {
	Row
	Type          string `col:"type,required,code,key"`
	Name          string `col:"name,required"`
	Kind          string `col:"kind,required,enum=unresolved|write_off|accrual_plan"`
	Hold          string `col:"hold,enum=deduction_customer|customer|suspense"` // blank = as the parameter says
	OffsetAccount string `col:"offset_account,code"`
}

// DeductionReason is a row of deduction_reasons.
type DeductionReason struct {
	Row
	Reason      string       `col:"reason,required,code,key"`
	Name        string       `col:"name,required"`
	Group       string       `col:"group,code"`
	Type        string       `col:"type,code"`
	Account     string       `col:"account,code,max=250"` // main or ledger account
	Plan        string       `col:"plan,code"`
	Hold        string       `col:"hold,enum=deduction_customer|customer|suspense"` // blank = as the type says
	Evidence    string       `col:"evidence"`                                       // types, with spaces between
	Owner       string       `col:"owner,code"`
	Team        string       `col:"team,code"`
	SmallAmount money.Amount `col:"small_amount,unsigned,accounting"`
	CreditCheck bool         `col:"credit_check,default=yes"`
	Active      bool         `col:"active,default=yes"`
}

// DeductionCode is a row of deduction_codes: a customer's own reason code, or one of a standard list.
type DeductionCode struct {
	Row
	Customer    string     `col:"customer,code,key"` // blank = for all
	List        string     `col:"list,enum=x12_426|edifact_4465,key"`
	Code        string     `col:"code,required,code,key"`
	From        civil.Date `col:"from,required,key"`
	To          civil.Date `col:"to"`
	Reason      string     `col:"reason,required,code"`
	ConfirmedBy string     `col:"confirmed_by"` // blank = who imports
	ConfirmedAt time.Time  `col:"confirmed_at"`
}

// AccrualPlan is a row of accrual_plans.
type AccrualPlan struct {
	Row
	Plan         string       `col:"plan,required,code,key"`
	Name         string       `col:"name,required"`
	Account      string       `col:"account,required,code"` // main account
	From         civil.Date   `col:"from,required"`
	To           civil.Date   `col:"to,required"`
	PayOver      string       `col:"pay_over,enum=no|limit|yes,default=no"`
	PayOverLimit money.Amount `col:"pay_over_limit,unsigned,accounting"`
}

// AccrualPlanCustomer is a row of accrual_plan_customers: whom a plan covers.
type AccrualPlanCustomer struct {
	Row
	Plan  string `col:"plan,required,code,key"`
	Scope string `col:"scope,required,enum=all|group|party,key"`
	Code  string `col:"code,code,key"` // of the group or party; blank for all
}

// Accrual is a row of accruals: what was accrued for a plan.
type Accrual struct {
	Row
	Plan    string       `col:"plan,required,code,key"`
	Accrual int          `col:"accrual,required,range=1..1000000000,key"` // number within the plan
	Date    civil.Date   `col:"date,required"`
	Amount  money.Amount `col:"amount,required,accounting"` // a negative one takes back
	Voucher string       `col:"voucher,code"`               // blank = it has none
	Text    string       `col:"text"`
	Actor   string       `col:"actor"` // blank = who imports
	At      time.Time    `col:"at"`
}

// WriteOffLimit is a row of write_off_limits.
type WriteOffLimit struct {
	Row
	Scope  string       `col:"scope,required,enum=company|customer|reason|user,key"`
	Code   string       `col:"code,code,key"` // blank for the company
	Amount money.Amount `col:"amount,required,unsigned,accounting"`
}

// DisputeRule is a row of dispute_rules.
type DisputeRule struct {
	Row
	Customer     string     `col:"customer,code,key"` // blank = every one
	Reason       string     `col:"reason,code,key"`   // blank = every one
	From         civil.Date `col:"from,required,key"`
	To           civil.Date `col:"to"`
	WindowDays   int        `col:"window_days,required,range=0..36500"`
	WindowFrom   string     `col:"window_from,enum=invoice|due|payment|capture,default=payment"`
	EarliestDays int        `col:"earliest_days,range=0..36500"`
	Attempts     int        `col:"attempts,range=0..36500"` // 0 = as often as one likes
	AnswerDays   int        `col:"answer_days,range=0..36500"`
	Evidence     string     `col:"evidence"` // types, with spaces between
}

// DeductionCustomer is a row of deduction_customers: how a customer's deductions are treated.
type DeductionCustomer struct {
	Row
	Customer    string        `col:"customer,required,code,key"`
	Owner       string        `col:"owner,code"`
	SmallAmount *money.Amount `col:"small_amount,unsigned,accounting"` // blank = as the reason says
}

// WorkSubstate is a row of work_substates.
type WorkSubstate struct {
	Row
	Substate string `col:"substate,required,code,key"`
	Work     string `col:"work,required,code"`
	Name     string `col:"name,required"`
}
