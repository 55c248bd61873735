package folder

import (
	"maps"
	"slices"
	"strings"

	"quittance/internal/money"
)

// form says what the value of a parameter looks like: a column of one kind.
type form struct {
	column
	blank bool // blank is allowed: not set
}

// parameters are the known parameters. Source: the interchange contract, "Parameters". A new one is a line here.
var parameters = map[string]form{
	"minimum_reimbursement":      amountForm,
	"include_outstanding_debits": flagForm,
	"separate_by_classification": flagForm,
	"netting":                    enumForm("gross", "net", "net_due"),
	"summarize_customer":         flagForm,
	"minimum_age_days":           {column: column{kind: numberKind, low: 0, high: 3650}},
	"one_time_vendor_template":   codeForm,
	"deductions_block":           flagForm,
	"deduction_hold":             enumForm("deduction_customer", "customer", "suspense"),
	"deduction_customer":         codeForm,
	"penny_difference":           amountForm,
	"penny_difference_account":   codeForm,
	"exchange_gain_account":      codeForm,
	"exchange_loss_account":      codeForm,
}
