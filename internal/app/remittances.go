package app

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// RemittanceRequest asks for the import of a remittance file, or for what would come of it.
type RemittanceRequest struct {
	Name     string     `json:"name"`     // of the file
	Content  []byte     `json:"content"`  // of the file
	Format   string     `json:"format"`   // csv, xlsx, x12_820, x12_812, bai2; blank: as the file shows
	Map      string     `json:"map"`      // column map of a CSV or XLSX file; blank: the partner's, or the only one there is
	Customer string     `json:"customer"` // who pays, where the file does not say, or says it in a way nobody knows
	Bank     string     `json:"bank"`     // ledger account that the money is on; blank: the partner's, else the parameter remittance_bank
	Date     civil.Date `json:"date"`     // of the payments, where the file does not say; blank: today
}

// Remittance is a remittance file with what came of it. In a preview it has no code, and its journal none.
type Remittance struct {
	RemittanceRow
	SHA256      string                 `json:"sha256"`
	Payments    []RemittancePayment    `json:"payments"`
	Adjustments []RemittanceAdjustment `json:"adjustments"` // of an 812: debits and credits without a payment
	Issues      []RemittanceIssue      `json:"issues"`
}

// RemittanceRow is a remittance file in a list.
type RemittanceRow struct {
	Code       string  `json:"code"`
	Format     string  `json:"format"`
	Name       string  `json:"name"`
	Journal    string  `json:"journal"` // code of the payment journal that it made; blank: none
	ImportedBy string  `json:"imported_by"`
	ImportedAt string  `json:"imported_at"`
	Totals     []Total `json:"totals"` // by currency
	Count      int     `json:"payment_count"`
	IssueCount int     `json:"issue_count"`
}

// Total is a sum of payments in a currency.
type Total struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// RemittancePayment is a payment of the file: a line of the journal, unless an issue says why it is none.
type RemittancePayment struct {
	N            int                     `json:"n"`
	Place        string                  `json:"place"` // in the file
	Reference    string                  `json:"reference"`
	Date         civil.Date              `json:"date"`
	Payer        string                  `json:"payer"`    // as the file names it
	Customer     string                  `json:"customer"` // blank: not known
	Bank         string                  `json:"bank"`
	Currency     string                  `json:"currency"`
	Amount       string                  `json:"amount"`
	Line         int                     `json:"line"`    // of the journal; 0: none
	Applied      string                  `json:"applied"` // to documents, by cash
	Unapplied    string                  `json:"unapplied"`
	Applications []RemittanceApplication `json:"applications"`
	Deductions   []RemittanceDeduction   `json:"deductions"`
	Paybacks     []RemittancePayback     `json:"paybacks"`
}

// RemittanceApplication is what a payment pays of a document.
type RemittanceApplication struct {
	Place    string `json:"place"`
	Number   string `json:"number"` // as the file has it
	Customer string `json:"customer"`
	Voucher  string `json:"voucher"`
	Open     string `json:"open"`     // of the document, when it was read
	Amount   string `json:"amount"`   // paid by cash and by what was deducted alone
	Discount string `json:"discount"` // terms discount that was earned
	Deducted string `json:"deducted"`
}

// RemittanceDeduction is what the payer kept back, as the journal has it.
type RemittanceDeduction struct {
	Place       string `json:"place"`
	Number      string `json:"number"`   // of the document it was taken from, as the file has it; blank: stand-alone
	Voucher     string `json:"voucher"`  // of the document; blank: stand-alone
	Customer    string `json:"customer"` // whose deduction it is
	Amount      string `json:"amount"`
	TheirCode   string `json:"their_code"`
	Reason      string `json:"reason"` // blank: the customer's code is in no map
	Claim       string `json:"claim"`
	Note        string `json:"note"`
	DuplicateOf string `json:"duplicate_of"` // number of a deduction of the same invoice, code and amount taken before
}

// RemittancePayback is money that the payer gave back for a deduction taken before. It is no part of the payment's line: accepted, it
// is posted as a resolution of the deduction, of kind paid_back.
type RemittancePayback struct {
	N         int    `json:"n"` // in the remittance
	Place     string `json:"place"`
	Number    string `json:"number"`    // of the document, as the file has it
	Deduction string `json:"deduction"` // number of the original
	Currency  string `json:"currency"`
	Amount    string `json:"amount"`
	State     string `json:"state"` // proposed, posted
	Voucher   string `json:"voucher"`
}

// RemittanceAdjustment is a debit or credit adjustment without a payment, and what came of it.
type RemittanceAdjustment struct {
	Place     string     `json:"place"`
	Reference string     `json:"reference"` // the customer's number of it
	Date      civil.Date `json:"date"`
	Payer     string     `json:"payer"`
	Customer  string     `json:"customer"`
	Kind      string     `json:"kind"`   // debit: the customer claims; credit: the customer gives back
	Number    string     `json:"number"` // of the document, as the file has it
	Voucher   string     `json:"voucher"`
	Currency  string     `json:"currency"`
	Amount    string     `json:"amount"`
	TheirCode string     `json:"their_code"`
	Reason    string     `json:"reason"`
	Note      string     `json:"note"`
	Outcome   string     `json:"outcome"`   // claim: a claim was raised; match: of a deduction there is; issue: see the issues
	Deduction string     `json:"deduction"` // number of the claim or deduction
}

// RemittanceIssue is what of a file did not match, or is to be looked at, with its reason and place.
type RemittanceIssue struct {
	Place    string `json:"place"`
	Rule     string `json:"rule"` // stable name, such as unknown_invoice
	Text     string `json:"text"`
	Payment  int    `json:"payment"` // that it is about; 0: none
	Currency string `json:"currency"`
	Amount   string `json:"amount"` // that it is about; blank: none
}

// RemittanceFilter narrows a list of remittances; blank is no bound.
type RemittanceFilter struct {
	Format string
	Issues bool // only those with something to look at
}

// PaybackRequest asks for the posting of a payback that a remittance proposes.
type PaybackRequest struct {
	Remittance string     `json:"remittance"`
	N          int        `json:"n"`
	Date       civil.Date `json:"date"` // blank: the payment's
}

// RemittanceMap says what of a remittance stands in which column of a CSV or XLSX file.
type RemittanceMap struct {
	Code    string            `json:"code"`
	Name    string            `json:"name"`
	Columns map[string]string `json:"columns"`  // what it is (reference, date, payer, amount, invoice, paid, …) → header of the column, or its letter after an equals sign (=C)
	Header  int               `json:"header"`   // row of the headers, from 1; 0: there is none
	Sheet   string            `json:"sheet"`    // of a workbook; blank: the first
	Comma   string            `json:"comma"`    // what parts the columns of a CSV file: a character, or tab; blank: a comma
	Decimal string            `json:"decimal"`  // point (1,234.56) or comma (1.234,56); blank: point
	Date    string            `json:"date"`     // such as YYYY-MM-DD, MM/DD/YYYY, DD.MM.YY; blank: YYYY-MM-DD
	Sign    string            `json:"sign"`     // of what was deducted: positive_reduces or negative_reduces; blank: positive_reduces
	Encode  string            `json:"encoding"` // utf-8 or windows-1252; blank: utf-8
}

// RemittancePartner is who sends remittances, and how theirs are read.
type RemittancePartner struct {
	Code     string `json:"code"` // as the file names the payer
	Customer string `json:"customer"`
	Sign     string `json:"sign"` // of ADX01 of an 820: positive_reduces, negative_reduces; blank: by the version
	Bank     string `json:"bank"` // ledger account; blank: the parameter remittance_bank
	Map      string `json:"map"`
}

// ImportRemittance brings a remittance file in: a draft payment journal with lines, applications and deductions, and what did not match.
func (a *App) ImportRemittance(ctx context.Context, call Call, req RemittanceRequest) (*Remittance, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// PreviewRemittance says what [App.ImportRemittance] would make of a file.
func (a *App) PreviewRemittance(ctx context.Context, call Call, req RemittanceRequest) (*Remittance, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// PostPayback posts a payback that a remittance proposes, as a resolution of the deduction that it pays back.
func (a *App) PostPayback(ctx context.Context, call Call, req PaybackRequest) (*RemittancePayback, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// Remittances gives the remittances, the newest first.
func (a *App) Remittances(ctx context.Context, call Call, f RemittanceFilter, p Page) (Part[RemittanceRow], error) {
	return Part[RemittanceRow]{}, fault.New(fault.Internal, "not built yet")
}

// Remittance gives a remittance with what came of it.
func (a *App) Remittance(ctx context.Context, call Call, code string) (*Remittance, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// RemittanceFile gives the file of a remittance as it came.
func (a *App) RemittanceFile(ctx context.Context, call Call, code string) (name string, content []byte, err error) {
	return "", nil, fault.New(fault.Internal, "not built yet")
}

// RemittanceMaps gives the column maps, by code.
func (a *App) RemittanceMaps(ctx context.Context, call Call) ([]RemittanceMap, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// SetRemittanceMap makes or changes a column map.
func (a *App) SetRemittanceMap(ctx context.Context, call Call, m RemittanceMap) error {
	return fault.New(fault.Internal, "not built yet")
}

// DeleteRemittanceMap takes a column map away that no partner uses.
func (a *App) DeleteRemittanceMap(ctx context.Context, call Call, code string) error {
	return fault.New(fault.Internal, "not built yet")
}

// RemittancePartners gives the partners, by code.
func (a *App) RemittancePartners(ctx context.Context, call Call) ([]RemittancePartner, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// SetRemittancePartner makes or changes a partner.
func (a *App) SetRemittancePartner(ctx context.Context, call Call, p RemittancePartner) error {
	return fault.New(fault.Internal, "not built yet")
}

// DeleteRemittancePartner takes a partner away.
func (a *App) DeleteRemittancePartner(ctx context.Context, call Call, code string) error {
	return fault.New(fault.Internal, "not built yet")
}
