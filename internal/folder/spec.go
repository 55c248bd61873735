package folder

import (
	"time"

	"quittance/internal/civil"
	"quittance/internal/money"
)

// The structs below are the files of the folder; a field is a column, of the kind that its type and tag say (see
// column.go): `col:"name,option,option=value"`. Blank optional columns are zero values.

// Company is the one row of company.
type Company struct {
	Row
	Company       string         `col:"company,required,code"`
	Name          string         `col:"name,required"`
	Country       string         `col:"country,format=country"`
	Currency      money.Currency `col:"currency,required"` // the accounting currency
	AccountFormat string         `col:"account_format,required,code,max=250"`
}

// Parameter is a row of parameters; its value has the form that the parameter asks for (see parameters.go).
type Parameter struct {
	Row
	Parameter string `col:"parameter,required,code,key"`
	Value     string `col:"value"`
}

// Dimension is a row of dimensions.
type Dimension struct {
	Row
	Dimension string `col:"dimension,required,code,key"`
	Balancing bool   `col:"balancing"`
}

// DimensionValue is a row of dimension_values.
type DimensionValue struct {
	Row
	Dimension string `col:"dimension,required,code,key"`
	Value     string `col:"value,required,code,key"`
	Name      string `col:"name"`
}

// Account is a row of accounts, a main account.
type Account struct {
	Row
	Account string `col:"account,required,code,key"`
	Name    string `col:"name,required"`
	Type    string `col:"type,required,enum=asset|liability|equity|revenue|expense"`
	Control string `col:"control,enum=customer|vendor|bank"` // blank = no control account
}

// BalancingRule is a row of balancing_rules.
type BalancingRule struct {
	Row
	Dimension      string `col:"dimension,required,code,key"`
	Value          string `col:"value,required,code,key"`
	CounterValue   string `col:"counter_value,code,key"` // blank = any
	DueFromAccount string `col:"due_from_account,required,code"`
	DueToAccount   string `col:"due_to_account,required,code"`
}

// Period is a row of periods; periods do not overlap.
type Period struct {
	Row
	Start  civil.Date `col:"start,required"`
	End    civil.Date `col:"end,required"`
	Status string     `col:"status,required,enum=open|on_hold|closed"`
}

// PostingProfile is a row of posting_profiles.
type PostingProfile struct {
	Row
	Ledger          string `col:"ledger,required,enum=customer|vendor,key"`
	Scope           string `col:"scope,required,enum=all|group|party,key"`
	Code            string `col:"code,code,key"` // of the group or party; blank for all
	SummaryAccount  string `col:"summary_account,required,code"`
	WriteOffAccount string `col:"write_off_account,code"`
	DiscountAccount string `col:"discount_account,code"` // of customers
}

// BillingClassification is a row of billing_classifications.
type BillingClassification struct {
	Row
	Classification string `col:"classification,required,code,key"`
	Name           string `col:"name"`
}

// ExchangeRate is a row of exchange_rates: accounting currency per unit of Currency, from Date on.
type ExchangeRate struct {
	Row
	Currency money.Currency `col:"currency,required,key"`
	Date     civil.Date     `col:"date,required,key"`
	Rate     money.Rate     `col:"rate,required"`
}

// Vendor is a row of vendors. Bank details are whole, never masked.
type Vendor struct {
	Row
	Vendor          string         `col:"vendor,required,code,key"`
	Name            string         `col:"name,required"`
	Group           string         `col:"group,code"`
	Currency        money.Currency `col:"currency"`
	Blocked         bool           `col:"blocked"`
	PaymentMethod   string         `col:"payment_method,code"`
	OneTime         string         `col:"one_time,enum=no|yes|template,default=no"`
	Street          string         `col:"street"`
	City            string         `col:"city"`
	State           string         `col:"state"`
	PostalCode      string         `col:"postal_code"`
	Country         string         `col:"country,format=country"`
	Email           string         `col:"email,format=email"`
	IBAN            string         `col:"iban,format=iban"`
	BIC             string         `col:"bic,format=bic"`
	RoutingNumber   string         `col:"routing_number,format=routing"`
	AccountNumber   string         `col:"account_number,format=bank_account,max=34"`
	AccountType     string         `col:"account_type,enum=checking|savings"`
	BankVerified    bool           `col:"bank_verified"` // what is verified already stays so while it is the same
	BankChangedAt   time.Time      `col:"bank_changed_at"`
	BankChangedBy   string         `col:"bank_changed_by"`
	BankConfirmedBy string         `col:"bank_confirmed_by"`
}

// Customer is a row of customers. Bank details are whole, never masked.
type Customer struct {
	Row
	Customer        string         `col:"customer,required,code,key"`
	Name            string         `col:"name,required"`
	Group           string         `col:"group,code"`
	Currency        money.Currency `col:"currency"`
	Parent          string         `col:"parent,code"`
	Vendor          string         `col:"vendor,code"`
	Hold            bool           `col:"hold"`
	DoNotReimburse  bool           `col:"do_not_reimburse"`
	Street          string         `col:"street"`
	City            string         `col:"city"`
	State           string         `col:"state"`
	PostalCode      string         `col:"postal_code"`
	Country         string         `col:"country,format=country"`
	Email           string         `col:"email,format=email"`
	IBAN            string         `col:"iban,format=iban"`
	BIC             string         `col:"bic,format=bic"`
	RoutingNumber   string         `col:"routing_number,format=routing"`
	AccountNumber   string         `col:"account_number,format=bank_account,max=34"`
	AccountType     string         `col:"account_type,enum=checking|savings"`
	BankVerified    bool           `col:"bank_verified"`
	Terms           string         `col:"terms,code"`
	BankChangedAt   time.Time      `col:"bank_changed_at"`
	BankChangedBy   string         `col:"bank_changed_by"`
	BankConfirmedBy string         `col:"bank_confirmed_by"`
}

// voucherRow is a row of vouchers as it stands in the file; [Voucher] is what it means.
type voucherRow struct {
	Row
	Voucher          string         `col:"voucher,required,code"`
	Date             civil.Date     `col:"date,required"`
	Type             string         `col:"type,required,enum=invoice|credit_note|payment|journal|vendor_invoice|vendor_payment|reimbursement|settlement|reversal|deduction|resolution"`
	Customer         string         `col:"customer,code"`
	Vendor           string         `col:"vendor,code"`
	Classification   string         `col:"classification,code"`
	DueDate          civil.Date     `col:"due_date"`
	Currency         money.Currency `col:"currency"`
	Account          string         `col:"account,required,code,max=250"`
	Debit            *money.Amount  `col:"debit,unsigned"`
	Credit           *money.Amount  `col:"credit,unsigned"`
	AccountingDebit  *money.Amount  `col:"accounting_debit,unsigned,accounting"`
	AccountingCredit *money.Amount  `col:"accounting_credit,unsigned,accounting"`
	Reverses         string         `col:"reverses,code"`
	Text             string         `col:"text"`
}

// Settlement is a row of settlements. Its amount is in the currency of its documents, which the row does not say; see
// [Settlement.AmountIn].
type Settlement struct {
	Row
	Date              civil.Date `col:"date,required,key"`
	Customer          string     `col:"customer,code,key"`
	Vendor            string     `col:"vendor,code,key"`
	DebitVoucher      string     `col:"debit_voucher,required,code,key"`
	CreditVoucher     string     `col:"credit_voucher,required,code,key"`
	Amount            string     `col:"amount,required,format=digits"`    // 0 for an exchange difference only
	DebitLine         int        `col:"debit_line,range=1..1000000,key"`  // 0 = by the proportional rule
	CreditLine        int        `col:"credit_line,range=1..1000000,key"` // 0 = by the proportional rule
	SettlementVoucher string     `col:"settlement_voucher,code"`
	Accounting        string     `col:"accounting,format=digits"` // in the company's currency; blank = by the rule
	Kind              string     `col:"kind,enum=manual|automatic|imported|document|reimbursement|netting|reversal|application|deduction|resolution"`
	Run               string     `col:"run,code"`         // of a netting
	Journal           string     `col:"journal,code,key"` // payment journal, of an application
	JournalLine       int        `col:"journal_line,range=1..1000000000,key"`
}

// Mark is a row of marks, a pending settlement. Its amount is in the currency of the voucher; see [Mark.AmountIn].
type Mark struct {
	Row
	Journal  string `col:"journal,required,code,key"`
	Line     int    `col:"line,range=1..1000000000"`
	User     string `col:"user"`
	Customer string `col:"customer,code,key"`
	Voucher  string `col:"voucher,required,code,key"`
	Amount   string `col:"amount,format=decimal"` // blank = the whole document
	Vendor   string `col:"vendor,code,key"`       // instead of the customer
}

// PeriodException is a row of period_exceptions: a module, and a role or (blank) any, that a period is otherwise for.
type PeriodException struct {
	Row
	Start  civil.Date `col:"start,required,key"`
	Module string     `col:"module,required,enum=ledger|receivable|payable,key"`
	Role   string     `col:"role,code,key"`
	Status string     `col:"status,required,enum=open|on_hold"`
}

// NumberSeries is a row of number_series: the next number of a series, and how it is written.
type NumberSeries struct {
	Row
	Series string `col:"series,required,code,key"`
	Prefix string `col:"prefix,code"`
	Width  int    `col:"width,range=0..20"` // digits, filled with zeros; 0 = as many as needed
	Next   int    `col:"next,required,range=1..999999999999999"`
}

// VoidedNumbers is a row of voided_numbers: First to Last of a series will never be used.
type VoidedNumbers struct {
	Row
	Series string `col:"series,required,code,key"`
	First  int    `col:"first,required,range=1..999999999999999,key"`
	Last   int    `col:"last,required,range=1..999999999999999"`
	Reason string `col:"reason,required"`
}

// Run is a row of runs.
type Run struct {
	Row
	Run             string     `col:"run,required,code,key"`
	Date            civil.Date `col:"date,required"`
	State           string     `col:"state,required,code"`
	Selection       string     `col:"selection,format=json,max=30000"`
	Options         string     `col:"options,format=json,max=30000"`
	FirstNumber     int        `col:"first_number,range=1..999999999999999"` // 0 = none reserved
	LastNumber      int        `col:"last_number,range=0..999999999999999"`
	SettlementFirst int        `col:"settlement_first,range=1..999999999999999"` // 0 = none reserved
	CreatedBy       string     `col:"created_by"`
	CreatedAt       time.Time  `col:"created_at"`
	PostedAt        time.Time  `col:"posted_at"`
	Watermark       string     `col:"watermark"`
}

// RunLine is a row of run_lines: the decision on one customer and currency.
type RunLine struct {
	Row
	Run                string         `col:"run,required,code,key"`
	Line               int            `col:"line,required,range=1..1000000000,key"`
	Customer           string         `col:"customer,required,code"`
	Currency           money.Currency `col:"currency"`
	Decision           string         `col:"decision,required,code"`
	Reason             string         `col:"reason"`
	Detail             string         `col:"detail,max=2000"`
	Reimbursements     int            `col:"reimbursements,range=0..1000000000"`      // how many
	SettlementVouchers int            `col:"settlement_vouchers,range=0..1000000000"` // how many
	Amount             money.Amount   `col:"amount"`
	Vendor             string         `col:"vendor,code"`
	OneTime            bool           `col:"one_time"`
	State              string         `col:"state,code"`
}

// Reimbursement is a row of reimbursements.
type Reimbursement struct {
	Row
	Number         string         `col:"number,required,code,key"`
	Run            string         `col:"run,code"`
	Customer       string         `col:"customer,required,code"`
	Vendor         string         `col:"vendor,code"`
	Classification string         `col:"classification,code"`
	Currency       money.Currency `col:"currency"`
	Amount         money.Amount   `col:"amount,required,unsigned"`
	Date           civil.Date     `col:"date,required"`
	State          string         `col:"state,required,code"`
}
