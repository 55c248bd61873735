package folder

import (
	"context"
	"encoding/json"
	"time"

	"quittance/internal/deduction"
	"quittance/internal/journal"
)

// instant writes microseconds; 0 is blank.
func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// journalLine is a line of a payment journal.
type journalLine struct {
	journal string
	line    int
}

// journals writes the payment journals, and notes which postings are whose.
func (x *exporter) journals(ctx context.Context) error {
	all, err := journal.All(ctx, x.tx)
	if err != nil {
		return err
	}
	x.journalCodes, x.postings = map[int64]string{}, map[int64]journalLine{}
	for _, j := range all {
		x.journalCodes[j.ID] = j.Code
		x.d.PaymentJournals = append(x.d.PaymentJournals, PaymentJournal{
			Journal: j.Code, Text: j.Text, State: j.State, Remittance: x.remittanceCodes[j.Remittance], CreatedBy: j.CreatedBy, CreatedAt: instant(j.CreatedAt), PostedBy: j.PostedBy, PostedAt: instant(j.PostedAt),
		})
		for _, l := range j.Lines {
			if l.Posting != 0 {
				x.postings[l.Posting] = journalLine{j.Code, l.Line}
			}
			x.payment(j, l)
		}
	}
	return nil
}

// payment writes a line with what it is applied to and deducts.
func (x *exporter) payment(j *journal.Journal, l *journal.Line) {
	cur, d := x.currency(l.Currency), x.d
	d.Payments = append(d.Payments, Payment{
		Journal: j.Code, Line: l.Line, Date: l.Date, Customer: x.customers[l.Customer].Code, Currency: cur, Amount: l.Amount, Bank: l.Bank, Reference: l.Reference, Text: l.Text,
		State: l.State, Problem: l.Problem, Voucher: l.Number, PostedAt: instant(l.PostedAt),
	})
	for _, a := range l.Applications {
		d.PaymentApplications = append(d.PaymentApplications, PaymentApplication{
			Journal: j.Code, Line: l.Line, Application: a.N, Customer: x.customers[a.Customer].Code, Voucher: a.Number, Currency: cur, Amount: a.Amount, Discount: a.Discount,
			LeaveOpen: a.LeaveOpen, Credit: a.Credit,
		})
	}
	for _, y := range l.Deductions {
		d.PaymentDeductions = append(d.PaymentDeductions, PaymentDeduction{
			Journal: j.Code, Line: l.Line, Deduction: y.N, Application: y.Application, Customer: x.customers[y.Customer].Code, Type: y.Type, Allowed: y.Allowed, Reason: y.Reason,
			Account: y.Account, Plan: y.Plan, Currency: cur, Amount: y.Amount, TheirCode: y.TheirCode, Claim: y.ClaimNumber, Note: y.Note,
		})
	}
}

// records writes the deductions.
func (x *exporter) records(ctx context.Context) error {
	all, err := deduction.All(ctx, x.tx)
	if err != nil || len(all) == 0 {
		return err
	}
	x.deductionNumbers = make(map[int64]string, len(all))
	for _, d := range all {
		x.deductionNumbers[d.ID] = d.Number
	}
	currencies := make(map[int64]string, len(all))
	for _, d := range all {
		currencies[d.ID] = d.Currency
		x.d.Deductions = append(x.d.Deductions, Deduction{
			Deduction: d.Number, Parent: x.deductionNumbers[d.Parent], Customer: x.customers[d.Customer].Code, Currency: x.currency(d.Currency), Amount: d.Amount, Date: d.Captured, State: string(d.State),
			Type: d.Type, Allowed: d.Allowed, Reason: d.Reason, Account: d.Account, Plan: d.Plan, Hold: string(d.Hold), Voucher: x.numbers[d.Voucher], Invoice: x.numbers[d.Invoice],
			Payment: x.numbers[d.Payment], Journal: x.journalCodes[d.Journal], JournalLine: d.JournalLine, JournalDeduction: d.JournalN, TheirCode: d.TheirCode, Claim: d.ClaimNumber,
			Note: d.Note, Basis: d.Basis, Work: string(d.Work), Substate: d.Substate, Dispute: string(d.Dispute), Attempts: d.Attempts, DisputedAt: d.DisputedAt, AnswerDue: d.AnswerDue,
			PaidBack: d.PaidBack, Owner: d.Owner, Team: d.Team, Priority: d.Priority, FollowUp: d.FollowUp, Automatic: d.Automatic, DuplicateOf: x.deductionNumbers[d.DuplicateOf],
			CreatedBy: d.CreatedBy, CreatedAt: instant(d.CreatedAt), ClosedAt: instant(d.ClosedAt),
		})
	}
	if err := x.resolutions(ctx, currencies); err != nil {
		return err
	}
	if err := x.history(ctx); err != nil {
		return err
	}
	return x.evidence(ctx)
}

// resolutions writes the resolution lines, with lines and batches numbered within each deduction.
func (x *exporter) resolutions(ctx context.Context, currencies map[int64]string) error {
	all, err := deduction.AllResolutions(ctx, x.tx)
	if err != nil {
		return err
	}
	s, err := deduction.LoadSetup(ctx, x.tx, x.c)
	if err != nil {
		return err
	}
	plans := map[int64]string{}
	for _, p := range s.Plans {
		plans[p.ID] = p.Code
	}
	of, n, batches := int64(0), 0, map[int64]int{}
	for _, r := range all {
		if r.Deduction != of {
			of, n = r.Deduction, 0
			clear(batches)
		}
		n++
		if batches[r.Batch] == 0 {
			batches[r.Batch] = len(batches) + 1
		}
		row := Resolution{
			Deduction: x.deductionNumbers[r.Deduction], Resolution: n, Batch: batches[r.Batch], Date: r.Date, Kind: string(r.Kind), Currency: x.currency(currencies[r.Deduction]), Amount: r.Amount,
			Accounting: &r.Accounting, Account: r.Account, Plan: plans[r.Plan], Counterpart: x.numbers[r.Counterpart], Reason: r.Reason, Text: r.Text, State: r.State, Voucher: x.numbers[r.Voucher],
			Reversal: x.numbers[r.Reversal], Automatic: r.Automatic, Actor: r.Actor, At: instant(r.At), DecidedBy: r.DecidedBy, DecidedAt: instant(r.DecidedAt),
		}
		if r.Request != "" {
			if row.Request, row.Party, err = x.request(r.Request); err != nil {
				return err
			}
		}
		x.d.Resolutions = append(x.d.Resolutions, row)
	}
	return nil
}

// request writes what a proposed line asks for; the party, an id, stands beside it by its code.
func (x *exporter) request(text string) (request, party string, err error) {
	var l deduction.Line
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return "", "", err
	}
	party, l.Party = x.customers[l.Party].Code, 0
	b, err := json.Marshal(l)
	return string(b), party, err
}

// history writes the events, numbered within each deduction, and who watches.
func (x *exporter) history(ctx context.Context) error {
	events, err := deduction.AllEvents(ctx, x.tx)
	if err != nil {
		return err
	}
	n := 0
	for i, e := range events {
		if i == 0 || events[i-1].Deduction != e.Deduction {
			n = 0
		}
		n++
		x.d.DeductionHistory = append(x.d.DeductionHistory, DeductionEvent{Deduction: x.deductionNumbers[e.Deduction], Event: n, At: instant(e.At), Actor: e.Actor, Kind: e.Kind, Text: e.Text})
	}
	watchers, err := deduction.AllWatchers(ctx, x.tx)
	for _, w := range watchers {
		x.d.DeductionWatchers = append(x.d.DeductionWatchers, DeductionWatcher{Deduction: x.deductionNumbers[w.Deduction], Watcher: w.Watcher})
	}
	return err
}
