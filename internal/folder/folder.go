// Package folder is the company folder: bytes to typed rows and back ([Read], [Write]), and typed rows into a company and out
// of it ([Import], [Export]).
//
// The nouns. A *folder* is a directory of CSV files, or one XLSX workbook whose sheets bear the same names; each *file*
// has a header and *rows*, and each row becomes one Go struct whose tags say what its *columns* hold. [Data] is a whole
// folder; the rows of a voucher are grouped into a [Voucher] with its lines. A *place* is `file:line:column`, where the
// line is the physical line (the header is line 1) and the column is the ordinal of the field, from 1; in a workbook
// the file is the name of the sheet.
//
// The *contents* of files (evidence, remittances, payment files, bank statements) are no rows: they stand under files, each named by its SHA-256, in a directory or a zip
// file; a workbook has none.
//
// Invariants. Reading takes all or nothing and reports every error of form at once, each with its place; what needs the
// books (an account that is known, a voucher that balances) is for the importer, which reports at [Row.At]. Reading
// what was written gives the same Data. Nothing is trimmed, escaped or guessed: a text is what stands in the file.
// Memory stays bounded by the rows: every size has a limit below.
//
// The source of the rules is the interchange contract, "The company folder".
package folder

import (
	"fmt"
	"iter"
	"slices"

	"quittance/internal/fault"
)

// Limits of what is read.
const (
	maxFileBytes     = 1 << 30 // of one CSV file
	maxLineBytes     = 1 << 20 // of one physical line of a CSV file
	maxUnzippedBytes = 1 << 30 // of all parts of a workbook together
	maxCellChars     = 32_767  // UTF-16 units in one cell, as in Excel
	maxProblems      = 1000    // errors told one by one
	maxText          = 250     // characters of a text, unless its column says otherwise
	maxCode          = 60      // characters of a code
	maxLines         = 30_000  // characters of a text of several lines
)

// Data is a whole company folder. Order is that of the files.
type Data struct {
	Company                Company
	Parameters             []Parameter
	Dimensions             []Dimension
	DimensionValues        []DimensionValue
	Accounts               []Account
	BalancingRules         []BalancingRule
	Periods                []Period
	PostingProfiles        []PostingProfile
	BillingClassifications []BillingClassification
	ExchangeRates          []ExchangeRate
	Vendors                []Vendor
	Customers              []Customer
	Vouchers               []Voucher
	Settlements            []Settlement
	Marks                  []Mark
	NumberSeries           []NumberSeries
	VoidedNumbers          []VoidedNumbers
	Runs                   []Run
	RunLines               []RunLine
	Reimbursements         []Reimbursement
	PeriodExceptions       []PeriodException
	PaymentTerms           []PaymentTerms
	DeductionTypes         []DeductionType
	AccrualPlans           []AccrualPlan
	AccrualPlanCustomers   []AccrualPlanCustomer
	DeductionReasons       []DeductionReason
	DeductionCodes         []DeductionCode
	WriteOffLimits         []WriteOffLimit
	DisputeRules           []DisputeRule
	DeductionCustomers     []DeductionCustomer
	WorkSubstates          []WorkSubstate
	Accruals               []Accrual
	PaymentJournals        []PaymentJournal
	Payments               []Payment
	PaymentApplications    []PaymentApplication
	PaymentDeductions      []PaymentDeduction
	Deductions             []Deduction
	Resolutions            []Resolution
	DeductionHistory       []DeductionEvent
	DeductionWatchers      []DeductionWatcher
	DeductionEvidence      []DeductionEvidence
	RemittanceMaps         []RemittanceMap
	RemittancePartners     []RemittancePartner
	Remittances            []Remittance
	RemittanceDetails      []RemittanceDetail
	BankAccounts           []BankAccount
	PaymentMethods         []PaymentMethod
	VendorPaymentJournals  []VendorPaymentJournal
	VendorPayments         []VendorPayment
	VendorPaymentItems     []VendorPaymentItem
	VendorPaymentHistory   []VendorPaymentEvent
	VendorPaymentsLeft     []VendorPaymentLeft
	PaymentFiles           []PaymentFile
	CheckNumbers           []CheckNumber
	BankMaps               []BankMap
	BankFiles              []BankFile
	BankStatements         []BankStatement
	BankLines              []BankLine
	BankLineDetails        []BankLineDetail
	Reconciliations        []Reconciliation
	ReconciliationEntries  []ReconciliationEntry
	DormancyRules          []DormancyRule
	CreditClocks           []CreditClock
	UnclaimedHolder        []UnclaimedHolder
	OwnerContacts          []OwnerContact
	UnclaimedLetters       []UnclaimedLetters
	UnclaimedLetterItems   []UnclaimedLetterItem
	UnclaimedRemittances   []UnclaimedRemittance
	UnclaimedReports       []UnclaimedReport
	UnclaimedProperties    []UnclaimedProperty
	UnclaimedLines         []UnclaimedLine
	UnclaimedHistory       []UnclaimedEvent
	PaymentAnswers         []PaymentAnswers
	PaymentAnswerResults   []PaymentAnswerResult
	BankProposals          []BankProposal

	Files Contents `json:"-"` // the contents that evidence, remittances, payment files and bank files name; nil: there are none, as in a workbook

	Beside []Beside `json:"-"` // what the company has that no folder carries; of an export
}

// registry lists the files in the order in which they are read and written; company comes first, because its currency
// is the default of all others. A new file is a struct in spec.go, a field of Data and a line here.
var registry = []*spec{
	newSpec("company", addCompany, func(d *Data) iter.Seq[*Company] { return one(&d.Company) }).require().finally(checkCompany),
	many("parameters", func(d *Data) *[]Parameter { return &d.Parameters }),
	many("dimensions", func(d *Data) *[]Dimension { return &d.Dimensions }),
	many("dimension_values", func(d *Data) *[]DimensionValue { return &d.DimensionValues }),
	many("accounts", func(d *Data) *[]Account { return &d.Accounts }).require(),
	many("balancing_rules", func(d *Data) *[]BalancingRule { return &d.BalancingRules }),
	many("periods", func(d *Data) *[]Period { return &d.Periods }).require().finally(checkPeriods),
	many("posting_profiles", func(d *Data) *[]PostingProfile { return &d.PostingProfiles }),
	many("billing_classifications", func(d *Data) *[]BillingClassification { return &d.BillingClassifications }),
	many("exchange_rates", func(d *Data) *[]ExchangeRate { return &d.ExchangeRates }),
	many("vendors", func(d *Data) *[]Vendor { return &d.Vendors }),
	many("customers", func(d *Data) *[]Customer { return &d.Customers }),
	newSpec("vouchers", addVoucherRow, voucherRows),
	many("settlements", func(d *Data) *[]Settlement { return &d.Settlements }),
	many("marks", func(d *Data) *[]Mark { return &d.Marks }),
	many("number_series", func(d *Data) *[]NumberSeries { return &d.NumberSeries }),
	many("voided_numbers", func(d *Data) *[]VoidedNumbers { return &d.VoidedNumbers }),
	many("runs", func(d *Data) *[]Run { return &d.Runs }),
	many("run_lines", func(d *Data) *[]RunLine { return &d.RunLines }),
	many("reimbursements", func(d *Data) *[]Reimbursement { return &d.Reimbursements }),
	many("period_exceptions", func(d *Data) *[]PeriodException { return &d.PeriodExceptions }),
	many("payment_terms", func(d *Data) *[]PaymentTerms { return &d.PaymentTerms }),
	many("deduction_types", func(d *Data) *[]DeductionType { return &d.DeductionTypes }),
	many("accrual_plans", func(d *Data) *[]AccrualPlan { return &d.AccrualPlans }),
	many("accrual_plan_customers", func(d *Data) *[]AccrualPlanCustomer { return &d.AccrualPlanCustomers }),
	many("deduction_reasons", func(d *Data) *[]DeductionReason { return &d.DeductionReasons }),
	many("deduction_codes", func(d *Data) *[]DeductionCode { return &d.DeductionCodes }),
	many("write_off_limits", func(d *Data) *[]WriteOffLimit { return &d.WriteOffLimits }),
	many("dispute_rules", func(d *Data) *[]DisputeRule { return &d.DisputeRules }),
	many("deduction_customers", func(d *Data) *[]DeductionCustomer { return &d.DeductionCustomers }),
	many("work_substates", func(d *Data) *[]WorkSubstate { return &d.WorkSubstates }),
	many("accruals", func(d *Data) *[]Accrual { return &d.Accruals }),
	many("payment_journals", func(d *Data) *[]PaymentJournal { return &d.PaymentJournals }),
	many("payments", func(d *Data) *[]Payment { return &d.Payments }),
	many("payment_applications", func(d *Data) *[]PaymentApplication { return &d.PaymentApplications }),
	many("payment_deductions", func(d *Data) *[]PaymentDeduction { return &d.PaymentDeductions }),
	many("deductions", func(d *Data) *[]Deduction { return &d.Deductions }),
	many("resolutions", func(d *Data) *[]Resolution { return &d.Resolutions }),
	many("deduction_history", func(d *Data) *[]DeductionEvent { return &d.DeductionHistory }),
	many("deduction_watchers", func(d *Data) *[]DeductionWatcher { return &d.DeductionWatchers }),
	many("deduction_evidence", func(d *Data) *[]DeductionEvidence { return &d.DeductionEvidence }),
	many("remittance_maps", func(d *Data) *[]RemittanceMap { return &d.RemittanceMaps }),
	many("remittance_partners", func(d *Data) *[]RemittancePartner { return &d.RemittancePartners }),
	many("remittances", func(d *Data) *[]Remittance { return &d.Remittances }),
	many("remittance_details", func(d *Data) *[]RemittanceDetail { return &d.RemittanceDetails }),
	many("bank_accounts", func(d *Data) *[]BankAccount { return &d.BankAccounts }),
	many("payment_methods", func(d *Data) *[]PaymentMethod { return &d.PaymentMethods }),
	many("vendor_payment_journals", func(d *Data) *[]VendorPaymentJournal { return &d.VendorPaymentJournals }),
	many("vendor_payments", func(d *Data) *[]VendorPayment { return &d.VendorPayments }),
	many("vendor_payment_items", func(d *Data) *[]VendorPaymentItem { return &d.VendorPaymentItems }),
	many("vendor_payment_history", func(d *Data) *[]VendorPaymentEvent { return &d.VendorPaymentHistory }),
	many("vendor_payments_left", func(d *Data) *[]VendorPaymentLeft { return &d.VendorPaymentsLeft }),
	many("payment_files", func(d *Data) *[]PaymentFile { return &d.PaymentFiles }),
	many("check_numbers", func(d *Data) *[]CheckNumber { return &d.CheckNumbers }),
	many("bank_maps", func(d *Data) *[]BankMap { return &d.BankMaps }),
	many("bank_files", func(d *Data) *[]BankFile { return &d.BankFiles }),
	many("bank_statements", func(d *Data) *[]BankStatement { return &d.BankStatements }),
	many("bank_lines", func(d *Data) *[]BankLine { return &d.BankLines }),
	many("bank_line_details", func(d *Data) *[]BankLineDetail { return &d.BankLineDetails }),
	many("reconciliations", func(d *Data) *[]Reconciliation { return &d.Reconciliations }),
	many("reconciliation_entries", func(d *Data) *[]ReconciliationEntry { return &d.ReconciliationEntries }),
	many("dormancy_rules", func(d *Data) *[]DormancyRule { return &d.DormancyRules }),
	many("credit_clocks", func(d *Data) *[]CreditClock { return &d.CreditClocks }),
	many("unclaimed_holder", func(d *Data) *[]UnclaimedHolder { return &d.UnclaimedHolder }),
	many("owner_contacts", func(d *Data) *[]OwnerContact { return &d.OwnerContacts }),
	many("unclaimed_letters", func(d *Data) *[]UnclaimedLetters { return &d.UnclaimedLetters }),
	many("unclaimed_letter_items", func(d *Data) *[]UnclaimedLetterItem { return &d.UnclaimedLetterItems }),
	many("unclaimed_remittances", func(d *Data) *[]UnclaimedRemittance { return &d.UnclaimedRemittances }),
	many("unclaimed_reports", func(d *Data) *[]UnclaimedReport { return &d.UnclaimedReports }),
	many("unclaimed_properties", func(d *Data) *[]UnclaimedProperty { return &d.UnclaimedProperties }),
	many("unclaimed_lines", func(d *Data) *[]UnclaimedLine { return &d.UnclaimedLines }),
	many("unclaimed_history", func(d *Data) *[]UnclaimedEvent { return &d.UnclaimedHistory }),
	many("payment_answers", func(d *Data) *[]PaymentAnswers { return &d.PaymentAnswers }),
	many("payment_answer_results", func(d *Data) *[]PaymentAnswerResult { return &d.PaymentAnswerResults }),
	many("bank_proposals", func(d *Data) *[]BankProposal { return &d.BankProposals }),
}

// spec is one file of the folder: its name without ending, its columns, and where its rows live in Data.
type spec struct {
	name     string
	required bool
	layout   layout
	fresh    func() row                   // a new row
	add      func(r *reader, row row)     // takes a row that was read
	rows     func(d *Data) iter.Seq[row]  // gives the rows to write
	check    func(r *reader, file string) // looks at all rows together, at the end; may be nil
}

// row is a pointer to a row struct.
type row interface{ base() *Row }

// pointerTo makes a type parameter for *T that is a row.
type pointerTo[T any] interface {
	*T
	row
}

func newSpec[T any, P pointerTo[T]](name string, add func(*reader, P), rows func(*Data) iter.Seq[P]) *spec {
	return &spec{
		name:   name,
		layout: layoutOf[T](),
		fresh:  func() row { return P(new(T)) },
		add:    func(r *reader, row row) { add(r, row.(P)) },
		rows: func(d *Data) iter.Seq[row] {
			return func(yield func(row) bool) {
				rows(d)(func(p P) bool { return yield(p) })
			}
		},
	}
}

// many is the spec of a file whose rows are a slice of Data.
func many[T any, P pointerTo[T]](name string, slot func(*Data) *[]T) *spec {
	add := func(r *reader, row P) {
		s := slot(r.data)
		*s = append(*s, *row)
	}
	rows := func(d *Data) iter.Seq[P] {
		return func(yield func(P) bool) {
			s := *slot(d)
			for i := range s {
				if !yield(&s[i]) {
					return
				}
			}
		}
	}
	return newSpec(name, add, rows)
}

func one[P any](p P) iter.Seq[P] { return slices.Values([]P{p}) }

func (s *spec) require() *spec { s.required = true; return s }

func (s *spec) finally(check func(r *reader, file string)) *spec { s.check = check; return s }

// specOf gives the file of that name, nil when the folder has no such file.
func specOf(name string) *spec {
	i := slices.IndexFunc(registry, func(s *spec) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return registry[i]
}

// fileNames lists the names of all files, for messages.
func fileNames() []string {
	names := make([]string, len(registry))
	for i, s := range registry {
		names[i] = s.name
	}
	return names
}

// Row is where a row was read; every row struct embeds it. The zero Row is one that was not read.
type Row struct {
	File string // "vouchers.csv", or the name of the sheet
	Line int    // physical line, or row of the sheet; the header is 1

	positions map[string]int // column → ordinal of its field in the header
}

func (r *Row) base() *Row { return r }

// At gives the place of a column of the row, `file:line:column`; a column that the file does not have is at 1.
func (r Row) At(column string) string {
	return place(r.File, r.Line, max(r.positions[column], 1))
}

func place(file string, line, column int) string { return fmt.Sprintf("%s:%d:%d", file, line, column) }

// problems gathers errors, up to [maxProblems] by name and the rest by count.
type problems struct {
	list fault.List
	more int
}

func (p *problems) add(place, format string, args ...any) {
	if len(p.list) == maxProblems {
		p.more++
		return
	}
	p.list = append(p.list, fault.New(fault.Invalid, format, args...).At(place))
}

// err gives all problems as a [fault.List], or nil.
func (p *problems) err() error {
	if p.more > 0 {
		return append(p.list, fault.New(fault.Invalid, "and %d more errors; mend these first", p.more))
	}
	return p.list.Err()
}
