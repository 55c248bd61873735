package unclaimed

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/naupa"
	"quittance/internal/money"
)

// Rules gives the dormancy rules, by jurisdiction, kind and day.
func Rules(ctx context.Context, tx *db.Tx) ([]Rule, error) {
	return db.List(ctx, tx, func(r *db.Rows, x *Rule) error {
		return r.Scan(&x.Jurisdiction, &x.Kind, &x.From, &x.Months, &x.Days, &x.Activity, &x.CutOff, &x.Report, &x.LetterFirst, &x.LetterLast, &x.LetterMinimum, &x.ReplyDays, &x.Code, &x.Sample, &x.Note)
	}, `select jurisdiction, kind, valid_from, months, days, activity, cut_off, report, letter_first, letter_last, letter_minimum, reply_days, code, sample = 1, note
		from dormancy_rule where company = $1 order by jurisdiction, kind, valid_from`, tx.Company)
}

// SaveRule makes a dormancy rule, or changes the one of its jurisdiction, kind and day.
func SaveRule(ctx context.Context, tx *db.Tx, x Rule) error {
	if err := x.Validate(); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into dormancy_rule (company, jurisdiction, kind, valid_from, months, days, activity, cut_off, report, letter_first, letter_last, letter_minimum, reply_days, code, sample, note)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		on conflict (company, jurisdiction, kind, valid_from) do update set months = excluded.months, days = excluded.days, activity = excluded.activity, cut_off = excluded.cut_off, report = excluded.report,
		letter_first = excluded.letter_first, letter_last = excluded.letter_last, letter_minimum = excluded.letter_minimum, reply_days = excluded.reply_days, code = excluded.code,
		sample = excluded.sample, note = excluded.note`,
		tx.Company, x.Jurisdiction, x.Kind, x.From, x.Months, x.Days, x.Activity, x.CutOff, x.Report, x.LetterFirst, x.LetterLast, x.LetterMinimum, x.ReplyDays, x.Code, flag(x.Sample), x.Note)
	return err
}

// RemoveRule removes a dormancy rule; none is [fault.NotFound].
func RemoveRule(ctx context.Context, tx *db.Tx, jurisdiction string, kind Kind, from civil.Date) error {
	n, err := tx.Exec(ctx, "delete from dormancy_rule where company = $1 and jurisdiction = $2 and kind = $3 and valid_from = $4", tx.Company, jurisdiction, kind, from)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "there is no dormancy rule of %s for a %s from %s on", jurisdiction, kind, from)
	}
	return err
}

// Clocks gives the clocks, by jurisdiction and day.
func Clocks(ctx context.Context, tx *db.Tx) ([]Clock, error) {
	return db.List(ctx, tx, func(r *db.Rows, x *Clock) error {
		return r.Scan(&x.Jurisdiction, &x.From, &x.RefundDays, &x.GoodFaithMonths, &x.InterestFrom, &x.InterestAfterDays, &x.InterestRate, &x.YearDays, &x.BarMonths, &x.Sample, &x.Note)
	}, `select jurisdiction, valid_from, refund_days, good_faith_months, interest_from, interest_after_days, interest_rate, year_days, bar_months, sample = 1, note
		from credit_clock where company = $1 order by jurisdiction, valid_from`, tx.Company)
}

// SaveClock makes a clock, or changes the one of its jurisdiction and day.
func SaveClock(ctx context.Context, tx *db.Tx, x Clock) error {
	if err := x.Validate(); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into credit_clock (company, jurisdiction, valid_from, refund_days, good_faith_months, interest_from, interest_after_days, interest_rate, year_days, bar_months, sample, note)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		on conflict (company, jurisdiction, valid_from) do update set refund_days = excluded.refund_days, good_faith_months = excluded.good_faith_months, interest_from = excluded.interest_from,
		interest_after_days = excluded.interest_after_days, interest_rate = excluded.interest_rate, year_days = excluded.year_days, bar_months = excluded.bar_months, sample = excluded.sample, note = excluded.note`,
		tx.Company, x.Jurisdiction, x.From, x.RefundDays, x.GoodFaithMonths, x.InterestFrom, x.InterestAfterDays, x.InterestRate, x.YearDays, x.BarMonths, flag(x.Sample), x.Note)
	return err
}

// RemoveClock removes a clock; none is [fault.NotFound].
func RemoveClock(ctx context.Context, tx *db.Tx, jurisdiction string, from civil.Date) error {
	n, err := tx.Exec(ctx, "delete from credit_clock where company = $1 and jurisdiction = $2 and valid_from = $3", tx.Company, jurisdiction, from)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "there is no clock of %s from %s on", jurisdiction, from)
	}
	return err
}

// Holder is what letters and reports say of the company. Blank fields are left out where that can be.
type Holder struct {
	TaxID        string        `json:"tax_id,omitempty"`       // nine digits
	Industry     string        `json:"industry,omitempty"`     // NAICS, six digits
	Incorporated string        `json:"incorporated,omitempty"` // state
	City         string        `json:"city,omitempty"`
	County       string        `json:"county,omitempty"`
	State        string        `json:"state,omitempty"`
	Contact      naupa.Contact `json:"contact"`
	Lines        []string      `json:"lines,omitempty"`     // address at the head of letters
	Intro        string        `json:"intro,omitempty"`     // first paragraph of letters; blank: the program's
	Closing      string        `json:"closing,omitempty"`   // such as Sincerely,
	Signature    []string      `json:"signature,omitempty"` // lines under letters
}

const maxHolder = 8192 // bytes, as JSON

// ParseHolder reads a holder as people write it: JSON, without fields that are unknown.
func ParseHolder(text []byte) (h Holder, err error) {
	if err := decodeStrictly(text, &h); err != nil {
		return h, fault.New(fault.Invalid, "the holder cannot be read: %v", err).In("holder").Because(err)
	}
	return h, nil
}

// FindHolder gives the holder, blank when it was never saved.
func FindHolder(ctx context.Context, tx *db.Tx) (h Holder, err error) {
	data, err := HolderText(ctx, tx)
	if err != nil || data == "" {
		return h, err
	}
	return h, json.Unmarshal([]byte(data), &h)
}

// HolderText gives the holder as it is kept, JSON; blank when it was never saved.
func HolderText(ctx context.Context, tx *db.Tx) (data string, err error) {
	err = tx.Row(ctx, "select data from unclaimed_holder where company = $1", tx.Company).Scan(&data)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return data, err
}

// SaveHolder keeps the holder.
func SaveHolder(ctx context.Context, tx *db.Tx, h Holder) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if len(data) > maxHolder {
		return fault.New(fault.Invalid, "the holder takes %d bytes; expected at most %d", len(data), maxHolder).In("holder")
	}
	_, err = tx.Exec(ctx, "insert into unclaimed_holder (company, data) values ($1, $2) on conflict (company) do update set data = excluded.data", tx.Company, string(data))
	return err
}

func flag(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Samples gives dormancy rules and clocks of a few jurisdictions, to try the program with and as a pattern for one's own. They are no
// law: periods, days and amounts change, and differ by kind of property and holder.
func Samples(from civil.Date) ([]Rule, []Clock) {
	const note = "Sample data, not law: hold it against the statute before use."
	var rules []Rule
	for _, x := range []struct {
		state           string
		credit, payment int
		cutOff, report  Day
		minimum         money.Amount
		first, last     int
	}{
		{"US-CA", 36, 36, "06-30", "11-01", 5000, 365, 180},
		{"US-DE", 60, 60, "12-31", "03-01", 5000, 120, 60},
		{"US-NY", 36, 36, "12-31", "03-10", 1000, 120, 90},
		{"US-TX", 36, 36, "03-01", "07-01", 25000, 120, 60},
		{"US-WI", 60, 60, "06-30", "11-01", 5000, 120, 60},
	} {
		for _, kind := range Kinds() {
			r := Rule{Jurisdiction: x.state, Kind: kind, From: from, Months: x.credit, Activity: ByPayment, CutOff: x.cutOff, Report: x.report, LetterFirst: x.first, LetterLast: x.last, ReplyDays: 30, Code: "CK13", Sample: true, Note: note}
			r.LetterMinimum = x.minimum
			if kind == Credit {
				r.Code = "MS09"
			} else {
				r.Months = x.payment
			}
			rules = append(rules, r)
		}
	}
	clocks := []Clock{
		{Jurisdiction: "US", From: from, RefundDays: 7, GoodFaithMonths: 6, InterestFrom: FromRequest, YearDays: 365, Sample: true, Note: note},
		{Jurisdiction: "US-CA", From: from, RefundDays: 10, GoodFaithMonths: 6, InterestFrom: FromRequest, InterestAfterDays: 30, InterestRate: "10", YearDays: 365, BarMonths: 48, Sample: true, Note: note},
		{Jurisdiction: "DE", From: from, RefundDays: 30, InterestFrom: FromRequest, InterestAfterDays: 30, InterestRate: "5", YearDays: 365, BarMonths: 36, Sample: true, Note: note},
	}
	return slices.Clip(rules), clocks
}
