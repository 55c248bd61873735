package folder

import (
	"context"
	"reflect"
	"strconv"
	"strings"

	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/unclaimed"
)

// parameterForms says what the value of each known parameter looks like, in the grammar of columns; its values are
// not kept. Source: the interchange contract, "Parameters"; a new parameter is a line here.
type parameterForms struct {
	MinimumReimbursement     money.Amount `col:"minimum_reimbursement,required,unsigned,accounting" unset:"0.00" means:"the smallest reimbursement, in accounting currency"`
	IncludeOutstandingDebits bool         `col:"include_outstanding_debits,required" unset:"no" means:"customers with open debits are reimbursed too"`
	SeparateByClassification bool         `col:"separate_by_classification,required" unset:"no" means:"a reimbursement for each billing classification"`
	Netting                  string       `col:"netting,required,enum=gross|net|net_due" unset:"gross" means:"whether open debits are settled first: gross (no), net (all), net_due (those that are due)"`
	SummarizeCustomer        bool         `col:"summarize_customer,required" unset:"no" means:"one reimbursement for each customer and currency"`
	MinimumAgeDays           int          `col:"minimum_age_days,required,range=0..3650" unset:"0" means:"days that a credit must be old"`
	OneTimeVendorTemplate    string       `col:"one_time_vendor_template,code" means:"the vendor that one-time vendors are made from; without one, a customer without a vendor is left out"`
	RequireToken             bool         `col:"require_token,required" unset:"no" means:"once there are users, the command line needs a token"`
	DeductionsBlock          bool         `col:"deductions_block,required" unset:"yes" means:"an unresolved deduction counts as an open debit"`
	DeductionHold            string       `col:"deduction_hold,required,enum=deduction_customer|customer|suspense" unset:"customer" means:"where a deduction is held that is not allowed, unless its reason or type says otherwise: on the deduction management customer, on the same customer, in suspense"`
	DeductionCustomer        string       `col:"deduction_customer,code" means:"the deduction management customer, on whom deductions are held; it has a posting profile of its own, on a receivable account of its own"`
	DeductionAccount         string       `col:"deduction_account,code" means:"the receivable account of deductions that are held on the same customer; without one, the account that they were taken from"`
	DeductionOwner           string       `col:"deduction_owner,code" means:"who works on a deduction when neither its customer nor its reason says"`
	DeductionHandlingCost    money.Amount `col:"deduction_handling_cost,required,unsigned,accounting" unset:"0.00" means:"what the work on a deduction costs, taken off its expected value"`
	UnearnedDiscountReason   string       `col:"unearned_discount_reason,code" means:"the reason of terms discounts that were taken and not earned"`
	DiscountGraceDays        int          `col:"discount_grace_days,required,range=0..365" unset:"0" means:"days after the last day of a terms discount on which it is still earned"`
	MatchApplyScore          int          `col:"match_apply_score,required,range=0..100" unset:"90" means:"the score from which a deduction is matched by itself"`
	MatchProposeScore        int          `col:"match_propose_score,required,range=0..100" unset:"50" means:"the score from which a match is proposed"`
	RemittanceBank           string       `col:"remittance_bank,code,max=250" means:"the ledger account of the bank to which remittances are paid, unless the partner has another"`
	PaymentApprovalFrom      money.Amount `col:"payment_approval_from,unsigned,accounting" means:"vendor payments of so much or more need approval by somebody else, 0.00: all; without it, none do"`
	PaymentFailed            string       `col:"payment_failed,required,enum=reissue|reverse" unset:"reissue" means:"what becomes of a reimbursement whose payment failed: reissue (it waits to be paid again), reverse (the customer's credit is open again)"`
	BankCoolingDays          int          `col:"bank_cooling_days,required,range=0..90" unset:"5" means:"days for which changed bank details hold transfers, unless somebody else confirms them"`
	BankMatchScore           int          `col:"bank_match_score,required,range=0..100" unset:"95" means:"the score from which a line of a bank statement is reconciled by itself"`
	BankProposeScore         int          `col:"bank_propose_score,required,range=0..100" unset:"50" means:"the score from which a match of a bank line is proposed"`
	BankDifferenceLimit      money.Amount `col:"bank_difference_limit,required,unsigned,accounting" unset:"0.00" means:"the difference between a bank line and what it is reconciled with that may be posted at most"`
	UnclaimedPropertyAccount string       `col:"unclaimed_property_account,code,max=250" means:"the liability account of unclaimed property: a main account, with the dimensions of what is escheated, or a whole ledger account"`
	UnclaimedHolderState     string       `col:"unclaimed_holder_state,code,max=6" means:"the holder's own jurisdiction, such as US-WI, for unclaimed property of owners whose address is not known or abroad"`
	RequestDuplicateDays     int          `col:"request_duplicate_days,required,range=1..3650" unset:"90" means:"days in which requests that look alike are told as duplicates"`
	RequestServiceDays       int          `col:"request_service_days,required,range=0..365" unset:"0" means:"days after submission in which a request is to be paid, 0: no such aim"`
	DeadlineNoticeDays       int          `col:"deadline_notice_days,required,range=0..90" unset:"5" means:"days before a deadline at which it is told of, 0: only when it has passed"`
	KeepDeliveriesDays       int          `col:"keep_deliveries_days,required,range=0..3650" unset:"365" means:"days for which events and deliveries that need nobody any more are kept, 0: for good"`
	PennyDifference          money.Amount `col:"penny_difference,required,unsigned,accounting" means:"what is left of a document, up to this amount, is closed when it is settled; without it, nothing is"`
	PennyDifferenceAccount   string       `col:"penny_difference_account,code,max=250" means:"the main account of penny differences"`
	ExchangeGainAccount      string       `col:"exchange_gain_account,code,max=250" means:"the main account of gains when rates differ; without it, such a settlement is refused"`
	ExchangeLossAccount      string       `col:"exchange_loss_account,code,max=250" means:"the main account of losses when rates differ; without it, such a settlement is refused"`
}

var parameterLayout = layoutOf[parameterForms]()

// ParameterInfo describes a parameter of a company.
type ParameterInfo struct {
	Name    string
	Default string // what holds when it is not set; blank: nothing does
	Meaning string
}

// ParameterInfos describes all parameters, in the order of the interchange contract.
func ParameterInfos() []ParameterInfo {
	all := make([]ParameterInfo, len(parameterLayout.columns))
	for i, c := range parameterLayout.columns {
		tag := reflect.TypeFor[parameterForms]().Field(c.field).Tag
		all[i] = ParameterInfo{c.name, tag.Get("unset"), tag.Get("means")}
	}
	return all
}

// CheckParameterName refuses a parameter that is unknown.
func CheckParameterName(name string) error {
	if formOf(name) == nil {
		return fault.New(fault.Invalid, "the parameter %q is unknown; expected one of %s", name, strings.Join(parameterLayout.names(), ", ")).In("name")
	}
	return nil
}

// CheckParameter refuses a value (not blank) that a parameter of the company cannot have, or a parameter that is unknown.
func CheckParameter(ctx context.Context, tx *db.Tx, c *ledger.Company, name, value string) error {
	if err := CheckParameterName(name); err != nil {
		return err
	}
	form := formOf(name)
	v := reflect.ValueOf(&parameterForms{}).Elem().Field(form.field)
	if err := form.parse(v, value, c.Currency); err != nil {
		return fault.New(fault.Invalid, "the parameter %s: %v", name, err).In("value")
	}
	switch name {
	case "one_time_vendor_template":
		found, err := party.FindVendor(ctx, tx, value)
		if err != nil && fault.CodeOf(err) != fault.NotFound {
			return err
		}
		if err != nil || found.OneTime != party.Template {
			return fault.New(fault.Invalid, "%q is not a vendor whose one_time is template", value).In("value")
		}
	case "deduction_customer":
		customer, err := party.FindCustomer(ctx, tx, value)
		if fault.CodeOf(err) == fault.NotFound {
			return fault.New(fault.Invalid, "there is no customer %q", value).In("value")
		}
		if err != nil {
			return err
		}
		return deduction.CheckManagementPast(ctx, tx, customer.ID, value)
	case "deduction_account":
		if a := c.Accounts[value]; a.Control != ledger.CustomerControl {
			return fault.New(fault.Invalid, "%q is not a customer control account", value).In("value")
		}
	case "unclaimed_property_account":
		if _, ok := c.Accounts[value]; ok {
			return checkNoControl(c, value)
		}
		a, err := c.Parse(value)
		if err != nil {
			return fault.New(fault.Invalid, "%v", err).In("value")
		}
		return checkNoControl(c, a.Main)
	case "unclaimed_holder_state":
		if err := unclaimed.CheckJurisdiction(value); err != nil {
			return fault.New(fault.Invalid, "%v", err).In("value")
		}
	case "remittance_bank":
		return checkBankAccountOf(c, value)
	case "penny_difference_account", "exchange_gain_account", "exchange_loss_account":
		a, ok := c.Accounts[value]
		switch {
		case !ok:
			return fault.New(fault.Invalid, "there is no main account %q", value).In("value")
		case a.Control.OfParty():
			return fault.New(fault.Invalid, "%s is a %s control account, which takes entries with their party only", value, a.Control).In("value")
		}
	}
	return nil
}

// formOf gives the form of a parameter; nil when it is unknown.
func formOf(name string) *column {
	for i := range parameterLayout.columns {
		if c := &parameterLayout.columns[i]; c.name == name {
			return c
		}
	}
	return nil
}

// check tests the value in the form that the parameter asks for.
func (p *Parameter) check(c *checks) {
	if !c.sound("parameter", "value") {
		return
	}
	form := formOf(p.Parameter)
	if form == nil {
		c.bad("parameter", "%q is unknown; expected one of %s", p.Parameter, strings.Join(parameterLayout.names(), ", "))
		return
	}
	v := reflect.ValueOf(&parameterForms{}).Elem().Field(form.field)
	if err := form.parse(v, p.Value, c.company); err != nil {
		c.bad("value", "of %s: %v", p.Parameter, err)
	}
}

// checkNoControl refuses a main account that is a control account.
func checkNoControl(c *ledger.Company, main string) error {
	if control := c.Accounts[main].Control; control != ledger.NoControl {
		return fault.New(fault.Invalid, "%s is a %s control account; name a liability account", main, control).In("value")
	}
	return nil
}

// checkBankAccountOf refuses what is no ledger account of a bank.
func checkBankAccountOf(c *ledger.Company, value string) error {
	a, err := c.Parse(value)
	if err != nil {
		return fault.New(fault.Invalid, "%v", err).In("value")
	}
	if c.Accounts[a.Main].Control != ledger.BankControl {
		return fault.New(fault.Invalid, "%s is not a bank account", a.Written).In("value")
	}
	return nil
}

// scoreOf gives a parameter that is a score, or its default.
func scoreOf(c *ledger.Company, name string) int {
	text := c.Parameters[name]
	if text == "" {
		for _, p := range ParameterInfos() {
			if p.Name == name {
				text = p.Default
			}
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0 // refused where it is set
	}
	return n
}
