package app

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

// Page asks for a part of a list.
type Page struct {
	After string // blank: from the beginning; else Next of the part before
	Limit int    // at most 500; 0 is 50
}

// Part is a part of a list. A list whose filter no index serves is gone through a bounded way at a time, so that a part may have
// fewer rows than asked for, or none, and still name what comes Next; the list has ended when Next is blank.
type Part[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// PartyFilter narrows a list of customers or vendors.
type PartyFilter struct {
	Search string // what the code or the name begins with, whatever the case
	Group  string
	Held   *bool // customers: on hold or not to be reimbursed; vendors: blocked
	Credit bool  // only those with an open credit
}

// Party is a row of a list of customers or vendors, with what is open.
type Party struct {
	Code           string        `json:"code"`
	Name           string        `json:"name"`
	Group          string        `json:"group"`
	Currency       string        `json:"currency"`
	City           string        `json:"city"`
	Country        string        `json:"country"`
	Hold           bool          `json:"hold"`             // customers; vendors: blocked
	DoNotReimburse bool          `json:"do_not_reimburse"` // customers only
	OneTime        string        `json:"one_time"`         // vendors only: no, yes, template
	Vendor         string        `json:"vendor"`           // customers only: who is paid in their stead
	Open           []OpenBalance `json:"open"`             // by currency
}

// OpenBalance is what is open of a party in one currency; credits are negative, and balance is their sum.
type OpenBalance struct {
	Currency string `json:"currency"`
	Debits   string `json:"debits"`
	Credits  string `json:"credits"`
	Marked   string `json:"marked"`
	Balance  string `json:"balance"`
}

// PartyDetail is everything known of a customer or vendor.
type PartyDetail struct {
	Party
	Parent        string    `json:"parent"` // customers only
	Children      []string  `json:"children"`
	Customers     []string  `json:"customers"` // vendors only: in whose stead they are paid
	PaymentMethod string    `json:"payment_method"`
	Street        string    `json:"street"`
	State         string    `json:"state"`
	PostalCode    string    `json:"postal_code"`
	Email         string    `json:"email"`
	Bank          *BankView `json:"bank,omitempty"` // masked, unless asked for by somebody who may see it
	Ages          []AgeBand `json:"ages"`           // of what is open, by due date
}

// BankView is bank details as shown.
type BankView struct {
	IBAN          string `json:"iban"`
	BIC           string `json:"bic"`
	RoutingNumber string `json:"routing_number"`
	AccountNumber string `json:"account_number"`
	AccountType   string `json:"account_type"`
	Verified      bool   `json:"verified"`
}

// AgeBand is what is open in one currency between two ages in days after its date (To 0: no end).
type AgeBand struct {
	Currency string `json:"currency"`
	From     int    `json:"from_days"`
	To       int    `json:"to_days"`
	Debits   string `json:"debits"`
	Credits  string `json:"credits"`
	Items    int64  `json:"items"`
}

// Customers gives customers by code.
func (a *App) Customers(ctx context.Context, call Call, f PartyFilter, p Page) (Part[Party], error) {
	return Part[Party]{}, unbuilt()
}

// Vendors gives vendors by code.
func (a *App) Vendors(ctx context.Context, call Call, f PartyFilter, p Page) (Part[Party], error) {
	return Part[Party]{}, unbuilt()
}

// Party gives a customer or a vendor; with bank details in clear when asked for by somebody who may see them.
func (a *App) Party(ctx context.Context, call Call, side openitem.Side, code string, bankInClear bool) (*PartyDetail, error) {
	return nil, unbuilt()
}

// ItemFilter narrows a list of items.
type ItemFilter struct {
	Side     openitem.Side
	Party    string // blank: all
	Closed   bool   // closed ones too; needs a party
	Credits  *bool  // true: credits only, false: debits only
	Currency string
	Account  string // ledger account as written
}

// Items gives items, the open ones unless closed ones are asked for too: of one party by date, voucher and line; of all of them
// party by party.
func (a *App) Items(ctx context.Context, call Call, f ItemFilter, p Page) (Part[OpenItem], error) {
	return Part[OpenItem]{}, unbuilt()
}

// StatementLine is one movement of a party's account; debit positive, and the balance after it.
type StatementLine struct {
	Date     civil.Date `json:"date"`
	Voucher  string     `json:"voucher"`
	Type     string     `json:"type"`
	Text     string     `json:"text"`
	Currency string     `json:"currency"`
	Debit    string     `json:"debit"`
	Credit   string     `json:"credit"`
	Balance  string     `json:"balance"`
}

// Statement is the account of a party between two dates, by currency, date and voucher.
type Statement struct {
	Party   string          `json:"party"`
	From    civil.Date      `json:"from"`
	To      civil.Date      `json:"to"`
	Opening []AmountIn      `json:"opening"` // by currency; debit positive
	Lines   []StatementLine `json:"lines"`
	Closing []AmountIn      `json:"closing"`
}

// AmountIn is an amount in a currency.
type AmountIn struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// Statement gives the account of a party; blank dates are no bounds.
func (a *App) Statement(ctx context.Context, call Call, side openitem.Side, code string, from, to civil.Date) (*Statement, error) {
	return nil, unbuilt()
}

// SettlementRow is one settlement of a party's account: what it joined, and whether it still holds.
type SettlementRow struct {
	ID       int64      `json:"id"`
	Date     civil.Date `json:"date"`
	Kind     string     `json:"kind"`
	Debit    string     `json:"debit_voucher"`
	Credit   string     `json:"credit_voucher"`
	Currency string     `json:"currency"`
	Amount   string     `json:"amount"`
	By       string     `json:"by"`
	At       string     `json:"at"`
	Undone   bool       `json:"undone"`
	Undoes   int64      `json:"undoes,omitempty"`
}

// Settlements gives the settlements of a party, the newest first.
func (a *App) Settlements(ctx context.Context, call Call, side openitem.Side, code string, p Page) (Part[SettlementRow], error) {
	return Part[SettlementRow]{}, unbuilt()
}

// MarkRow is a pending settlement: who means to settle what, and how much.
type MarkRow struct {
	Journal  string `json:"journal"`
	Line     string `json:"line"`
	Holder   string `json:"holder"`
	Side     string `json:"side"` // customer or vendor
	Party    string `json:"party"`
	Voucher  string `json:"voucher"`
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// Marks gives the marks, by journal, of one party or (blank) of all.
func (a *App) Marks(ctx context.Context, call Call, side openitem.Side, party string, p Page) (Part[MarkRow], error) {
	return Part[MarkRow]{}, unbuilt()
}

// VoucherFilter narrows a list of vouchers.
type VoucherFilter struct {
	Number   string // what the number begins with
	Type     string // invoice, credit_note, …
	From, To civil.Date
	Account  string // main account, or ledger account as written: those with an entry on it
}

// VoucherRow is a row of a list of vouchers; the total is the sum of its debits in accounting currency.
type VoucherRow struct {
	Number   string     `json:"number"`
	Date     civil.Date `json:"date"`
	Type     string     `json:"type"`
	Party    string     `json:"party"`
	Text     string     `json:"text"`
	Total    string     `json:"total"`
	PostedBy string     `json:"posted_by"`
	PostedAt string     `json:"posted_at"`
}

// Vouchers gives vouchers, the newest first, or by number when a beginning of it is asked for.
func (a *App) Vouchers(ctx context.Context, call Call, f VoucherFilter, p Page) (Part[VoucherRow], error) {
	return Part[VoucherRow]{}, unbuilt()
}

// EntryFilter names the entries of an account.
type EntryFilter struct {
	Account  string // ledger account as written, or main account: all ledger accounts of it
	From, To civil.Date
}

// EntryRow is one entry of an account.
type EntryRow struct {
	Date             civil.Date `json:"date"`
	Voucher          string     `json:"voucher"`
	Type             string     `json:"type"`
	Account          string     `json:"account"`
	Party            string     `json:"party"`
	Text             string     `json:"text"`
	Currency         string     `json:"currency"`
	Debit            string     `json:"debit"`
	Credit           string     `json:"credit"`
	AccountingDebit  string     `json:"accounting_debit"`
	AccountingCredit string     `json:"accounting_credit"`
}

// Entries gives the entries of an account, the newest date first.
func (a *App) Entries(ctx context.Context, call Call, f EntryFilter, p Page) (Part[EntryRow], error) {
	return Part[EntryRow]{}, unbuilt()
}

// AccountDay is what an account moved on one day, in accounting currency.
type AccountDay struct {
	Date    civil.Date `json:"date"`
	Account string     `json:"account"`
	Debit   string     `json:"debit"`
	Credit  string     `json:"credit"`
}

// AccountDays gives the sums of an account by day, the newest first: what the trial balance is made of.
func (a *App) AccountDays(ctx context.Context, call Call, f EntryFilter, p Page) (Part[AccountDay], error) {
	return Part[AccountDay]{}, unbuilt()
}

// RunsPage gives the saved runs, the newest first, those in one state or (blank) all.
func (a *App) RunsPage(ctx context.Context, call Call, state string, p Page) (Part[reimbursement.RunView], error) {
	return Part[reimbursement.RunView]{}, unbuilt()
}

// LineFilter narrows the lines of a run.
type LineFilter struct {
	Customer string // what the code begins with
	Excluded *bool
	Reason   string
}

// RunLine is a line of a saved run: a customer in one currency, and what was decided.
type RunLine struct {
	Customer       string `json:"customer"`
	Name           string `json:"name"`
	Currency       string `json:"currency"`
	Vendor         string `json:"vendor"`
	Reason         string `json:"reason"`
	Detail         string `json:"detail"`
	Amount         string `json:"amount"`
	Reimbursements int    `json:"reimbursements"`
	Posted         bool   `json:"posted"`
}

// RunLinesPage gives the lines of a saved run, in its order.
func (a *App) RunLinesPage(ctx context.Context, call Call, code string, f LineFilter, p Page) (Part[RunLine], error) {
	return Part[RunLine]{}, unbuilt()
}

// RunState gives a saved run with its sums, without its decisions.
func (a *App) RunState(ctx context.Context, call Call, code string) (*reimbursement.RunView, error) {
	return nil, unbuilt()
}

// RunPosting says how far the posting of a run has come, whoever posts it: candidates done and all, reimbursements posted and all, and
// when it was started.
type RunPosting struct {
	State          reimbursement.State `json:"state"`
	Done           int64               `json:"done"`
	All            int64               `json:"all"`
	Posted         int64               `json:"posted"`
	Reimbursements int64               `json:"reimbursements"`
	StartedAt      string              `json:"started_at"`
}

// Posting says how far the posting of a run has come.
func (a *App) Posting(ctx context.Context, call Call, code string) (*RunPosting, error) {
	return nil, unbuilt()
}

// ReimbursementFilter narrows a list of reimbursements; blank is no bound.
type ReimbursementFilter struct {
	Run      string
	Customer string
	Number   string // what the number begins with
}

// Reimbursements gives posted reimbursements by number, those of a customer the newest first.
func (a *App) Reimbursements(ctx context.Context, call Call, f ReimbursementFilter, p Page) (Part[reimbursement.View], error) {
	return Part[reimbursement.View]{}, unbuilt()
}

// Step is one thing that happened to a document.
type Step struct {
	At       string     `json:"at"`   // instant; blank when only the date is known
	Date     civil.Date `json:"date"` // posting date
	What     string     `json:"what"` // posted, settled, unsettled, reversed, marked …
	Voucher  string     `json:"voucher"`
	By       string     `json:"by"`
	Currency string     `json:"currency,omitempty"`
	Amount   string     `json:"amount,omitempty"`
	Detail   string     `json:"detail,omitempty"`
}

// Trace is a reimbursement with where its money came from and where it went.
type Trace struct {
	reimbursement.View
	Run       string `json:"run"`
	PayeeOpen string `json:"payee_open"` // what is open of the vendor invoice, positive
	History   []Step `json:"history"`
}

// Trace gives a posted reimbursement with its history.
func (a *App) Trace(ctx context.Context, call Call, number string) (*Trace, error) {
	return nil, unbuilt()
}

// AuditFilter narrows the audit trail; blank is no bound.
type AuditFilter struct {
	Actor, Command, Subject string // Command: what it begins with, such as reimburse
	From, To                civil.Date
	Users                   bool // what is about no company: users, tokens, sign-ins
}

// AuditRow is a record of the audit trail.
type AuditRow struct {
	ID      int64  `json:"id"`
	At      string `json:"at"`
	Actor   string `json:"actor"`
	Command string `json:"command"`
	Subject string `json:"subject"`
	Detail  string `json:"detail"` // JSON
}

// AuditPage gives the audit trail, the newest first.
func (a *App) AuditPage(ctx context.Context, call Call, f AuditFilter, p Page) (Part[AuditRow], error) {
	return Part[AuditRow]{}, unbuilt()
}

// Setup is the set-up of a company.
type Setup struct {
	Company         string           `json:"company"`
	Name            string           `json:"name"`
	Country         string           `json:"country"`
	Currency        string           `json:"currency"`
	AccountFormat   string           `json:"account_format"`
	Parameters      []SetupParameter `json:"parameters"`
	Dimensions      []SetupDimension `json:"dimensions"`
	Accounts        []SetupAccount   `json:"accounts"`
	Rules           []SetupRule      `json:"balancing_rules"`
	Profiles        []SetupProfile   `json:"posting_profiles"`
	Classifications []SetupNamed     `json:"billing_classifications"`
	Rates           []SetupRate      `json:"exchange_rates"`
	Series          []SetupSeries    `json:"number_series"`
}

// SetupParameter is a parameter with its value (blank: Default holds) and what it means.
type SetupParameter struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Meaning string `json:"meaning"`
}

// SetupDimension is a financial dimension with its values.
type SetupDimension struct {
	Name      string       `json:"name"`
	Balancing bool         `json:"balancing"`
	Values    []SetupNamed `json:"values"`
}

// SetupNamed is a code with its name.
type SetupNamed struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// SetupAccount is a main account.
type SetupAccount struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	Type    string `json:"type"`
	Control string `json:"control"`
}

// SetupRule is a balancing rule.
type SetupRule struct {
	Dimension string `json:"dimension"`
	Value     string `json:"value"`
	Counter   string `json:"counter_value"`
	DueFrom   string `json:"due_from_account"`
	DueTo     string `json:"due_to_account"`
}

// SetupProfile is a posting profile.
type SetupProfile struct {
	Ledger   string `json:"ledger"`
	Scope    string `json:"scope"`
	Code     string `json:"code"`
	Summary  string `json:"summary_account"`
	WriteOff string `json:"write_off_account"`
}

// SetupRate is an exchange rate: accounting currency per unit.
type SetupRate struct {
	Currency string     `json:"currency"`
	Date     civil.Date `json:"date"`
	Rate     string     `json:"rate"`
}

// SetupSeries is a number series with the number that comes next.
type SetupSeries struct {
	Series string `json:"series"`
	Next   string `json:"next"`
}

// Setup gives the set-up of the company.
func (a *App) Setup(ctx context.Context, call Call) (*Setup, error) { return nil, unbuilt() }

// SetParameter sets a parameter of the company; a blank value takes it back to its default. An unknown parameter, or a value that it
// cannot have, is [fault.Invalid].
func (a *App) SetParameter(ctx context.Context, call Call, name, value string) error {
	return unbuilt()
}

// HoldRequest asks for a change of what keeps a party from being reimbursed or paid; nil leaves it.
type HoldRequest struct {
	Side           openitem.Side
	Party          string
	Hold           *bool // vendors: blocked
	DoNotReimburse *bool
	Reason         string
}

// SetHold changes what keeps a party from being reimbursed or paid, with a reason for the audit trail.
func (a *App) SetHold(ctx context.Context, call Call, req HoldRequest) error { return unbuilt() }

// Figures are what the home page shows of a company, as of an instant not long ago.
type Figures struct {
	AsOf           string           `json:"as_of"`
	Pending        bool             `json:"pending"` // being added up for the first time: nothing else is known yet
	CreditsByAge   []AgeBand        `json:"credits_by_age"`
	CreditsByFund  []FundFigure     `json:"credits_by_fund"` // by balancing dimension value
	BalancesByFund []FundFigure     `json:"balances_by_fund"`
	Customers      int64            `json:"customers"`
	InCredit       int64            `json:"customers_in_credit"`
	PayableOpen    []AmountIn       `json:"payable_open"` // open vendor invoices, positive
	Marks          int64            `json:"marks"`
	Runs           map[string]int64 `json:"runs"` // by state
}

// FundFigure is a sum for a value of the balancing dimensions, in accounting currency.
type FundFigure struct {
	Fund   string `json:"fund"`
	Name   string `json:"name"`
	Debit  string `json:"debit"`
	Credit string `json:"credit"`
	Items  int64  `json:"items"`
}

// Figures gives the figures of the home page. They are kept a while, since they go through all that is open.
func (a *App) Figures(ctx context.Context, call Call) (*Figures, error) { return nil, unbuilt() }

// Hit is something that was looked for.
type Hit struct {
	Kind string `json:"kind"` // customer, vendor, voucher, reimbursement, run, account
	Code string `json:"code"`
	Name string `json:"name"`
}

// Search gives what has a code, a number or a name that begins with the text, at most limit of each kind.
func (a *App) Search(ctx context.Context, call Call, text string, limit int) ([]Hit, error) {
	return nil, unbuilt()
}

func unbuilt() error { return fault.New(fault.Internal, "not built yet") }
