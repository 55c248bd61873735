package folder

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/secret"
)

// Result says what an import did.
type Result struct {
	Company string       `json:"company"`
	Created bool         `json:"created"` // the company is new
	Files   []FileResult `json:"files"`
	Changes []string     `json:"changes"` // master data that were updated, one line each
}

// FileResult counts the rows of a file (vouchers are counted whole).
type FileResult struct {
	File      string `json:"file"`
	Created   int    `json:"created"`
	Updated   int    `json:"updated"`
	Unchanged int    `json:"unchanged"`
}

// importer is one import. Errors are gathered, each with its place; the unit is rolled back when there is one, so stages may
// write as they go.
type importer struct {
	tx    *db.Tx
	keys  *secret.Keyring
	d     *Data
	c     *ledger.Company
	isNew bool
	errs  fault.List
	res   *Result

	deductions *deduction.Setup
	accrued    []*deduction.Accrual          // new ones
	accrueOn   map[*deduction.Accrual]string // their vouchers

	customers map[string]*party.Customer
	vendors   map[string]*party.Vendor
	parties   map[int64]string // codes by id
	runs      map[string]int64 // ids by code
	freshRuns []*Run
	drawn     map[string]int64 // the next number of each series before this import

	remittances      map[string]int64 // ids by code
	freshRemittances []*newRemittance

	journals      map[string]*newJournal // new ones, by code
	freshJournals []*newJournal
	knownJournals map[string]bool
	lines         map[journalLine]*newLine // of new journals
	freshLines    []*newLine
	records       []*newDeduction // new deductions
	recordAt      map[string]*newDeduction
	known         map[string]*deduction.Deduction // that the folder names
	captured      map[journalPlace]*newDeduction  // by what of a payment journal they are
	about         map[string]string               // customers of deductions, by their vouchers
	blocks        map[string]ledger.Block         // number series
	reversedBy    map[string]string               // vouchers of the folder that others of it reverse
	settled       map[settlementKey]money.Amount  // by all rows of a key that came of payment journals

	banks   map[string]*payout.BankAccount
	methods map[string]payout.Method
	payouts newPayouts
	bankIn  newStatements

	unclaimedIn newUnclaimed
	answered    newAnswers

	ch       *openitem.Changes
	posted   map[string]*ledger.Voucher  // new vouchers by number
	broken   map[string]bool             // vouchers of the folder that have errors
	existing map[string]*ledger.Stored   // vouchers of the company that the folder names
	items    map[string][]*openitem.Item // by voucher number
	ops      map[string]*openitem.Operation
}

// Import brings the folder into the company, which it makes when it is new: all or nothing, every error at once with its
// place. What is known already is compared: master data that differ are updated and listed, vouchers and settlements must be
// equal. Source: the interchange contract, "The company folder".
func Import(ctx context.Context, tx *db.Tx, keys *secret.Keyring, d *Data) (*Result, error) {
	im := &importer{tx: tx, keys: keys, d: d, res: &Result{Company: d.Company.Company, Changes: []string{}}}
	if err := im.company(ctx); err != nil || len(im.errs) > 0 {
		return nil, errorOr(err, im.errs)
	}
	for _, stage := range []func(context.Context) error{
		im.accounts, im.values, im.rules, im.profiles, im.rates, im.classifications, im.periods, im.exceptions, im.paymentTerms, im.vendorRows, im.customerRows, im.parameters,
		im.deductionTypes, im.plans, im.planCustomers, im.reasons, im.codes, im.limits, im.disputeRules, im.deductionCustomers, im.headOffices, im.substates, im.deductionsSound, im.series, im.bankAccounts, im.paymentMethods, im.bankMaps,
		im.unclaimedRules, im.readRuns, im.remittanceMaps, im.remittancePartners, im.readRemittances, im.readJournals, im.readVendorPayments, im.readUnclaimed, im.readRecords, im.vouchers, im.seriesFull, im.accruals, im.settlements, im.reimbursementsSettle, im.checkMarks, im.checkRunLines,
		im.checkJournals, im.checkRecords, im.checkVendorPayments, im.checkUnclaimed, im.checkAnswers, im.checkStatements,
	} {
		if err := stage(ctx); err != nil {
			return nil, errorOr(err, im.errs)
		}
	}
	if err := im.errs.Err(); err != nil {
		return nil, err
	}
	if err := im.ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	if !im.isNew { // what was repaid of deductions that are brought in stands in their rows
		if err := deduction.Repaid(ctx, tx, im.c, im.ch.Paid()); err != nil {
			return nil, err
		}
	}
	for _, stage := range []func(context.Context) error{im.rememberSettlements, im.writeRuns, im.writeAccruals, im.writeRemittances, im.writeJournals, im.writeRecords, im.writeVendorPayments, im.writeUnclaimed, im.writeAnswers, im.writeStatements, im.marks, im.contacts, im.provePayouts} {
		if err := stage(ctx); err != nil {
			return nil, errorOr(err, im.errs)
		}
	}
	if err := im.errs.Err(); err != nil {
		return nil, err
	}
	return im.res, nil
}

func errorOr(err error, list fault.List) error {
	if err != nil {
		return err
	}
	return list.Err()
}

// bad notes an error at the column of a row.
func (im *importer) bad(r *Row, column, format string, args ...any) {
	im.errs = append(im.errs, fault.New(fault.Invalid, column+": "+format, args...).At(r.At(column)))
}

// because notes an error that another package found, at the column of a row.
func (im *importer) because(r *Row, column string, err error) {
	e := fault.New(fault.Invalid, "%s: %v", column, err).At(r.At(column)).ByRule(fault.RuleOf(err))
	im.errs = append(im.errs, e)
}

// counter counts the rows of one file.
func (im *importer) counter(file string) *FileResult {
	for i := range im.res.Files {
		if im.res.Files[i].File == file {
			return &im.res.Files[i]
		}
	}
	im.res.Files = append(im.res.Files, FileResult{File: file})
	return &im.res.Files[len(im.res.Files)-1]
}

// keep counts a row by what became of it: had says that it was known, same that it did not differ.
func (im *importer) keep(file, what string, had, same bool) {
	f := im.counter(file)
	switch {
	case !had:
		f.Created++
	case same:
		f.Unchanged++
	default:
		f.Updated++
		im.res.Changes = append(im.res.Changes, what+" updated")
	}
}

// save writes a row of master data when it is new or differs, and counts it.
func (im *importer) save(file, what string, had, same bool, write func() error) error {
	im.keep(file, what, had, same)
	if had && same {
		return nil
	}
	return write()
}

// company finds the company or makes it. Its currency, account format and dimensions are for good.
func (im *importer) company(ctx context.Context) error {
	row := &im.d.Company
	codes, err := ledger.CompanyCodes(ctx, im.tx)
	if err != nil {
		return err
	}
	if !slices.Contains(codes, row.Company) {
		return im.newCompany(ctx)
	}
	if im.tx.Company, err = ledger.FindCompany(ctx, im.tx, row.Company); err != nil {
		return err
	}
	if im.c, err = ledger.Load(ctx, im.tx); err != nil {
		return err
	}
	if im.c.Currency != row.Currency {
		im.bad(&row.Row, "currency", "%q differs from %s, which is the company's for good", row.Currency.Code, im.c.Currency.Code)
	}
	if im.c.Format != row.AccountFormat {
		im.bad(&row.Row, "account_format", "%q differs from %s, which is the company's for good", row.AccountFormat, im.c.Format)
	}
	for i := range im.d.Dimensions {
		d := &im.d.Dimensions[i]
		if !slices.Contains(im.c.Dimensions, ledger.Dimension{Name: d.Dimension, Balancing: d.Balancing}) {
			im.bad(&d.Row, "dimension", "%q is new to the company, or balances otherwise; dimensions are for good", d.Dimension)
		}
		im.keep("dimensions", d.Dimension, true, true)
	}
	if len(im.errs) > 0 {
		return nil
	}
	im.ch = openitem.NewChanges(im.c)
	same := im.c.Name == row.Name && im.c.Country == row.Country
	return im.save("company", "company "+row.Company, true, same, func() error { return ledger.SaveCompany(ctx, im.tx, row.Name, row.Country) })
}

func (im *importer) newCompany(ctx context.Context) error {
	row := &im.d.Company
	im.isNew, im.res.Created = true, true
	im.c = &ledger.Company{Code: row.Company, Name: row.Name, Country: row.Country, Currency: row.Currency, Format: row.AccountFormat}
	for _, d := range im.d.Dimensions {
		im.c.Dimensions = append(im.c.Dimensions, ledger.Dimension{Name: d.Dimension, Balancing: d.Balancing})
	}
	if err := im.c.Index(); err != nil {
		im.because(&row.Row, "account_format", err)
		return nil
	}
	if err := ledger.Create(ctx, im.tx, im.c); err != nil {
		return err
	}
	im.keep("company", row.Company, false, false)
	for i, d := range im.c.Dimensions {
		im.keep("dimensions", d.Name, false, false)
		if err := ledger.SaveDimension(ctx, im.tx, i+1, d); err != nil {
			return err
		}
	}
	im.ch = openitem.NewChanges(im.c)
	im.ch.AnyPeriod = true
	return nil
}

// PostVouchers posts vouchers that the company folder writes, all or none; it gives their numbers. Those that only commands
// make (reimbursements, settlements, reversals) are refused.
func PostVouchers(ctx context.Context, tx *db.Tx, c *ledger.Company, vouchers []Voucher) ([]string, error) {
	im := &importer{tx: tx, d: &Data{Vouchers: vouchers}, c: c, res: &Result{}, ch: openitem.NewChanges(c)}
	for _, stage := range []func(context.Context) error{im.namedParties, im.onlyDocuments, im.newOnly, im.vouchers} {
		if err := stage(ctx); err != nil {
			return nil, err
		}
	}
	if err := im.errs.Err(); err != nil {
		return nil, err
	}
	if err := im.ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	numbers := make([]string, len(vouchers))
	for i, v := range vouchers {
		numbers[i] = v.Number
	}
	return numbers, nil
}

// namedParties reads the customers and vendors that the vouchers name.
func (im *importer) namedParties(ctx context.Context) error {
	im.customers, im.vendors, im.parties = map[string]*party.Customer{}, map[string]*party.Vendor{}, map[int64]string{}
	customers, vendors := map[string]bool{}, map[string]bool{}
	for i := range im.d.Vouchers {
		for j := range im.d.Vouchers[i].Lines {
			l := &im.d.Vouchers[i].Lines[j]
			customers[l.Customer], vendors[l.Vendor] = true, true
		}
	}
	delete(customers, "")
	delete(vendors, "")
	cs, err := party.CustomersByCode(ctx, im.tx, slices.Sorted(maps.Keys(customers)))
	if err != nil {
		return err
	}
	for i := range cs {
		im.customers[cs[i].Code], im.parties[cs[i].ID] = &cs[i], cs[i].Code
	}
	vs, err := party.VendorsByCode(ctx, im.tx, slices.Sorted(maps.Keys(vendors)))
	for i := range vs {
		im.vendors[vs[i].Code], im.parties[vs[i].ID] = &vs[i], vs[i].Code
	}
	return err
}

// newOnly refuses vouchers that were posted before, whatever they say.
func (im *importer) newOnly(ctx context.Context) error {
	if err := im.findExisting(ctx); err != nil {
		return err
	}
	for i := range im.d.Vouchers {
		v := &im.d.Vouchers[i]
		if im.existing[v.Number] != nil {
			im.errs = append(im.errs, fault.New(fault.Refused, "voucher %s was posted before; a posted voucher does not change, reverse it and post another; nothing was posted now", v.Number).At(v.Lines[0].At("voucher")).ByRule("duplicate_voucher"))
		}
	}
	return im.errs.Err()
}

func (im *importer) onlyDocuments(context.Context) error {
	for i := range im.d.Vouchers {
		switch v := &im.d.Vouchers[i]; v.Type {
		case "reimbursement", "settlement", "reversal", "deduction", "resolution":
			im.bad(&v.Lines[0].Row, "type", "%s vouchers are made by commands only (reimburse, settle, reverse, payments post, deductions resolve)", v.Type)
		}
	}
	return nil
}

// ReadVouchers reads one CSV file of the form of vouchers, for a company of the currency.
func ReadVouchers(path string, currency money.Currency) ([]Voucher, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.NotFound, "%s cannot be read: %v", path, err).Because(err)
	}
	defer f.Close()
	return ParseVouchers(f, filepath.Base(path), currency)
}

// ParseVouchers is ReadVouchers for what is open already; name is what places call it.
func ParseVouchers(f io.Reader, name string, currency money.Currency) ([]Voucher, error) {
	r := newReader()
	r.data.Company.Currency = currency
	r.table(specOf("vouchers"), name, r.csvRecords(f, name), false)
	d, err := r.result()
	if err != nil {
		return nil, err
	}
	if len(d.Vouchers) == 0 {
		return nil, fault.New(fault.Invalid, "%s holds no voucher", name)
	}
	return d.Vouchers, nil
}

// inOrder says that a settlement or mark may be dated so: not before the vouchers.
func inOrder(date civil.Date, vouchers ...civil.Date) error {
	for _, d := range vouchers {
		if date < d {
			return fmt.Errorf("%s is before the voucher, which is of %s", date, d)
		}
	}
	return nil
}
