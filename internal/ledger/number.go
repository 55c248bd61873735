package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// Block is a range of numbers of a series.
type Block struct {
	Series, Prefix string
	Width          int
	First, Last    int64
}

// Number writes one number of the series: prefix and zero-padded digits.
func (b Block) Number(n int64) string { return fmt.Sprintf("%s%0*d", b.Prefix, b.Width, n) }

// Parse reads what Number writes; false for a number that is not of the series.
func (b Block) Parse(number string) (int64, bool) {
	digits, ok := strings.CutPrefix(number, b.Prefix)
	if !ok || len(digits) < b.Width || strings.Trim(digits, "0123456789") != "" || (len(digits) > b.Width && digits[0] == '0') {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n > 0
}

// DefaultSeries are the number series that a new company gets; First is the number that comes next.
func DefaultSeries() []Block {
	return []Block{
		{Series: Reimbursement.String(), Prefix: "RB-", Width: 8, First: 1},
		{Series: Settlement.String(), Prefix: "ST-", Width: 8, First: 1},
		{Series: Reversal.String(), Prefix: "RV-", Width: 8, First: 1},
		{Series: RunSeries, Prefix: "RUN-", Width: 6, First: 1},
	}
}

// documentPrefixes are the series that come to be when a document of the type first needs a number.
var documentPrefixes = map[string]string{
	Invoice.String(): "IN", CreditNote.String(): "CR", Payment.String(): "PM", Journal.String(): "JN", VendorInvoice.String(): "VI", VendorPayment.String(): "VP",
	Deduction.String(): "DV", Resolution.String(): "RS", JournalSeries: "CPJ", DeductionSeries: "D", RemittanceSeries: "RM",
	VendorPaymentJournalSeries: "VPJ", PaymentFileSeries: "PF", UnclaimedSeries: "UP", UnclaimedLetterSeries: "UL", UnclaimedRemittanceSeries: "UR", UnclaimedReportSeries: "UF",
	RequestSeries: "RQ",
}

// makeSeries makes the series of a document type, with a prefix that no voucher bears.
func makeSeries(ctx context.Context, tx *db.Tx, series string) error {
	prefix, ok := documentPrefixes[series]
	if !ok {
		return nil
	}
	for n := 1; ; n++ {
		b := Block{Series: series, Prefix: prefix + "-", Width: 8, First: 1}
		if n > 1 {
			b.Prefix = fmt.Sprintf("%s%d-", prefix, n)
		}
		var taken bool
		err := tx.Row(ctx, `select exists (select 1 from voucher where company = $1 and number > $2 and number < $3) or exists (select 1 from number_series where company = $1 and prefix = $2)`,
			tx.Company, b.Prefix, b.Prefix+"~").Scan(&taken)
		if err != nil {
			return err
		}
		if !taken {
			_, err := tx.Exec(ctx, "insert into number_series (company, series, prefix, width, next) values ($1, $2, $3, $4, 1) on conflict do nothing", tx.Company, series, b.Prefix, b.Width)
			return err // somebody else may have been first, with the same series
		}
	}
}

// drawOrMake draws from a series and makes it first when a document of its type needs a number for the first time.
func drawOrMake(ctx context.Context, tx *db.Tx, series string, n int64) (Block, error) {
	b, err := Draw(ctx, tx, series, n)
	if fault.RuleOf(err) != "no_number_series" {
		return b, err
	}
	if err := makeSeries(ctx, tx, series); err != nil {
		return b, err
	}
	return Draw(ctx, tx, series, n)
}

// The series whose numbers are no vouchers: reimbursement runs, customer payment journals, deductions, remittances, vendor payment
// journals, payment files, unclaimed property with its letters, remittances and reports, requests.
const (
	RunSeries        = "run"
	JournalSeries    = "payment_journal"
	DeductionSeries  = "deductions"
	RemittanceSeries = "remittance"

	VendorPaymentJournalSeries = "vendor_payment_journal"
	PaymentFileSeries          = "payment_file"

	UnclaimedSeries           = "unclaimed_property"
	UnclaimedLetterSeries     = "unclaimed_letter"
	UnclaimedRemittanceSeries = "unclaimed_remittance"
	UnclaimedReportSeries     = "unclaimed_report"

	RequestSeries = "request"
)

// ofCodes are the series whose numbers are no vouchers.
var ofCodes = []string{RunSeries, JournalSeries, DeductionSeries, RemittanceSeries, VendorPaymentJournalSeries, PaymentFileSeries, UnclaimedSeries, UnclaimedLetterSeries, UnclaimedRemittanceSeries, UnclaimedReportSeries, RequestSeries}

// OfVouchers says whether the numbers of a series are those of vouchers.
func OfVouchers(series string) bool {
	return !slices.Contains(ofCodes, series)
}

// DrawCode draws one number of a series whose numbers are no vouchers, and makes the series when it is needed for the first time.
func DrawCode(ctx context.Context, tx *db.Tx, series string) (string, error) {
	b, err := drawOrMake(ctx, tx, series, 1)
	return b.Number(b.First), err
}

// FirstBlock gives the series of codes that comes to be when the first is drawn, as it is written unless vouchers bear its prefix.
func FirstBlock(series string) Block {
	return Block{Series: series, Prefix: documentPrefixes[series] + "-", Width: 8, First: 1}
}

// Draw takes the next n numbers of a series. They are gone when the unit commits, so each must become a voucher in the
// same unit, be reserved, or be voided.
func Draw(ctx context.Context, tx *db.Tx, series string, n int64) (Block, error) {
	b := Block{Series: series}
	if held, ok := tx.Held(heldSeries{tx.Company, series}).(*Block); ok {
		b = *held
		b.Last = b.First + n - 1
		held.First += n
		return b, tx.Put(ctx, "update number_series set next = $1 where company = $2 and series = $3", held.First, tx.Company, series)
	}
	err := tx.Row(ctx, "update number_series set next = next + $1 where company = $2 and series = $3 returning prefix, width, next", n, tx.Company, series).
		Scan(&b.Prefix, &b.Width, &b.Last)
	if errors.Is(err, db.ErrNoRows) {
		return b, fault.New(fault.Refused, "there is no number series for %s, so the voucher needs a number of its own", strings.ReplaceAll(series, "_", " ")).ByRule("no_number_series")
	}
	b.Last--
	b.First = b.Last - n + 1
	return b, err
}

// heldSeries is the key of a series whose next number is known and locked: its value is a *Block, and First the number that comes next.
type heldSeries struct {
	company int64
	series  string
}

// Hold locks the number series of a document type for a unit that will draw from it, when that saves a round trip; see [db.Tx.Hold].
// The company is named by its code, as it was when it was last entered: should that be wrong, nothing comes of it.
func (k *Cache) Hold(tx *db.Tx, code, series string) {
	id := k.known(code)
	if id == 0 {
		return
	}
	key := heldSeries{id, series}
	tx.Hold(key, "select prefix, width, next from number_series where company = $1 and series = $2 for update", []any{id, series}, func(r *db.Rows) (any, error) {
		b := &Block{Series: series}
		return b, r.Scan(&b.Prefix, &b.Width, &b.First)
	})
}

// Series gives the state of a series without drawing: First is the number that comes next.
func Series(ctx context.Context, tx *db.Tx, series string) (Block, error) {
	b := Block{Series: series}
	err := tx.Row(ctx, "select prefix, width, next from number_series where company = $1 and series = $2", tx.Company, series).
		Scan(&b.Prefix, &b.Width, &b.First)
	return b, err
}

// AllSeries gives the number series of the company; First is the number that comes next.
func AllSeries(ctx context.Context, tx *db.Tx) ([]Block, error) {
	return db.List(ctx, tx, func(r *db.Rows, b *Block) error { return r.Scan(&b.Series, &b.Prefix, &b.Width, &b.First) },
		"select series, prefix, width, next from number_series where company = $1 order by series", tx.Company)
}

// Reserve draws n numbers and notes that they belong to owner (a run), which will use or void each of them.
func Reserve(ctx context.Context, tx *db.Tx, series string, n, owner int64) (Block, error) {
	b, err := Draw(ctx, tx, series, n)
	if err != nil || n == 0 {
		return b, err
	}
	_, err = tx.Exec(ctx, "insert into number_reservation (company, series, first, last, owner) values ($1, $2, $3, $4, $5)", tx.Company, series, b.First, b.Last, owner)
	return b, err
}

// Release ends the reservations of owner: by now each number is a voucher or voided.
func Release(ctx context.Context, tx *db.Tx, owner int64) error {
	_, err := tx.Exec(ctx, "delete from number_reservation where company = $1 and owner = $2", tx.Company, owner)
	return err
}

// Void notes that the numbers first to last of a series will never be vouchers, and why.
func Void(ctx context.Context, tx *db.Tx, series string, first, last int64, reason string) error {
	_, err := tx.Exec(ctx, "insert into voided_number (company, series, first, last, reason) values ($1, $2, $3, $4, $5)", tx.Company, series, first, last, reason)
	return err
}

// SetSeries puts a series into the given state, as when a company is brought in; First is the number that comes next.
func SetSeries(ctx context.Context, tx *db.Tx, b Block) error {
	_, err := tx.Exec(ctx, `insert into number_series (company, series, prefix, width, next) values ($1, $2, $3, $4, $5)
		on conflict (company, series) do update set prefix = excluded.prefix, width = excluded.width, next = excluded.next`,
		tx.Company, b.Series, b.Prefix, b.Width, b.First)
	return err
}

// VoidedRange is a range of numbers that will never be vouchers, and why.
type VoidedRange struct {
	Series      string
	First, Last int64
	Reason      string
}

// Voided gives the voided numbers of the company, by series and number.
func Voided(ctx context.Context, tx *db.Tx) ([]VoidedRange, error) {
	return db.List(ctx, tx, func(r *db.Rows, v *VoidedRange) error { return r.Scan(&v.Series, &v.First, &v.Last, &v.Reason) },
		"select series, first, last, reason from voided_number where company = $1 order by series, first", tx.Company)
}
