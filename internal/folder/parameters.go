package folder

import (
	"reflect"
	"strings"

	"quittance/internal/money"
)

// parameterForms says what the value of each known parameter looks like, in the grammar of columns; its values are
// not kept. Source: the interchange contract, "Parameters"; a new parameter is a line here.
type parameterForms struct {
	MinimumReimbursement     money.Amount `col:"minimum_reimbursement,required,unsigned,accounting"`
	IncludeOutstandingDebits bool         `col:"include_outstanding_debits,required"`
	SeparateByClassification bool         `col:"separate_by_classification,required"`
	Netting                  string       `col:"netting,required,enum=gross|net|net_due"`
	SummarizeCustomer        bool         `col:"summarize_customer,required"`
	MinimumAgeDays           int          `col:"minimum_age_days,required,range=0..3650"`
	OneTimeVendorTemplate    string       `col:"one_time_vendor_template,code"`
	RequireToken             bool         `col:"require_token,required"`
	DeductionsBlock          bool         `col:"deductions_block,required"`
	DeductionHold            string       `col:"deduction_hold,required,enum=deduction_customer|customer|suspense"`
	DeductionCustomer        string       `col:"deduction_customer,code"`
	PennyDifference          money.Amount `col:"penny_difference,required,unsigned,accounting"`
	PennyDifferenceAccount   string       `col:"penny_difference_account,code,max=250"`
	ExchangeGainAccount      string       `col:"exchange_gain_account,code,max=250"`
	ExchangeLossAccount      string       `col:"exchange_loss_account,code,max=250"`
}

var parameterLayout = layoutOf[parameterForms]()

// check tests the value in the form that the parameter asks for.
func (p *Parameter) check(c *checks) {
	if !c.sound("parameter", "value") {
		return
	}
	for i := range parameterLayout.columns {
		form := &parameterLayout.columns[i]
		if form.name != p.Parameter {
			continue
		}
		v := reflect.ValueOf(&parameterForms{}).Elem().Field(form.field)
		if err := form.parse(v, p.Value, c.company); err != nil {
			c.bad("value", "of %s: %v", p.Parameter, err)
		}
		return
	}
	c.bad("parameter", "%q is unknown; expected one of %s", p.Parameter, strings.Join(parameterLayout.names(), ", "))
}
