package bench

import (
	"context"
	"errors"
	"slices"
	"time"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/report"
)

// DeductionOptions say what deduction desk is made and measured.
type DeductionOptions struct {
	Deductions, Credits int
	Customers           int
	Seed                uint64
	Repeat              int // how often each page is looked at
}

// DeskLook is how long a look takes, beside the bare SQL that reads the same rows; 0 where there is no such SQL.
type DeskLook struct {
	What string  `json:"what"`
	App  float64 `json:"app_ms"` // medians
	Max  float64 `json:"maximum_ms"`
	Bare float64 `json:"bare_ms"`
}

// Desk is what [Deductions] measured.
type Desk struct {
	Database   string           `json:"database"`
	Deductions int64            `json:"deductions"`
	Credits    int64            `json:"credits"`
	Outcome    app.MatchOutcome `json:"outcome"`
	Match      float64          `json:"match_seconds"` // a process that searches for all, from its start to its end
	Peak       float64          `json:"peak_mib"`
	Floor      float64          `json:"floor_seconds"` // the database joining them by customer and amount alone
	Ratio      float64          `json:"ratio"`
	Results    []DeskLook       `json:"results"`
	Machine    Machine          `json:"machine"`
	Versions   Versions         `json:"versions"`
}

// Deductions measures the search for matches of all open deductions, and what people look at, in a company that it makes where the
// database has none. The search leaves its proposals there, instead of those of the time before.
func Deductions(ctx context.Context, url string, o DeductionOptions, tell Tell) (*Desk, error) {
	if o.Deductions < 1 || o.Credits < 0 || o.Customers < 1 || o.Repeat < 1 {
		return nil, fault.New(fault.Usage, "%d deductions, %d credits, %d customers, %d repetitions measure nothing", o.Deductions, o.Credits, o.Customers, o.Repeat).In("deductions")
	}
	if _, err := keyring(url); err != nil {
		return nil, err
	}
	_, err := Generate(ctx, url, GenerateOptions{Customers: o.Customers, Seed: o.Seed, Mix: Yardstick}, tell)
	var one *fault.Error
	if err != nil && (!errors.As(err, &one) || one.Rule != "not_empty") {
		return nil, err
	}
	d := &Desk{Machine: thisMachine()}
	if d.Deductions, d.Credits, err = furnish(ctx, url, o, tell); err != nil {
		return nil, err
	}
	if d.Versions, err = versionsOf(ctx, url); err != nil {
		return nil, err
	}
	d.Database = d.Versions.Database
	tell.say("%d open deductions, %d open credits: searching", d.Deductions, d.Credits)
	p, err := newProgram("")
	if err != nil {
		return nil, err
	}
	r, err := p.run(ctx, url, &d.Outcome, "deductions", "match", "--all", "--summary")
	if err != nil {
		return nil, err
	}
	d.Match, d.Peak = seconds(r.took), r.peakMiB
	tell.say("searched in %.1f s; the floor", d.Match)
	if d.Outcome.Deductions != d.Deductions {
		return nil, fault.New(fault.Violation, "%d deductions are open, and %d were searched for", d.Deductions, d.Outcome.Deductions)
	}
	if d.Floor, err = joined(ctx, url); err != nil {
		return nil, err
	}
	d.Ratio = ratio(d.Match, d.Floor)
	d.Results, err = deskLooks(ctx, url, o.Repeat, tell)
	return d, err
}

// joined is the floor: the database itself joins deductions and credits by customer and amount and keeps what it finds, with the texts that
// a score is made from.
func joined(ctx context.Context, url string) (float64, error) {
	s, err := openStore(ctx, url)
	if err != nil {
		return 0, err
	}
	defer s.close()
	if err := all(ctx, s, "drop table if exists bench_match"); err != nil {
		return 0, err
	}
	began := time.Now()
	// Cross joins, so that SQLite takes the tables in this order: deductions, the items of their customers, vouchers.
	err = all(ctx, s, `create table bench_match as select d.id, o.party, o.voucher, d.claim, d.note, v.number, v.text from deduction d cross join open_item o cross join voucher v
		where d.closed_at is null and d.state = 'held' and o.company = d.company and o.side = 1 and o.party = d.customer and o.open = -(d.amount - d.resolved - d.split)
		and v.company = o.company and v.id = o.voucher`)
	took := seconds(time.Since(began))
	return took, errors.Join(err, all(ctx, s, "drop table bench_match"))
}

// deskLooks measures what people look at, and the bare SQL of it.
func deskLooks(ctx context.Context, url string, repeat int, tell Tell) (looked []DeskLook, err error) {
	a, err := app.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	s, err := openStore(ctx, url)
	if err != nil {
		return nil, err
	}
	defer s.close()
	call := app.Call{Actor: maker, Company: Company}
	page := func(f app.DeductionFilter) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error {
			_, err := a.Deductions(ctx, call, f, app.Page{Limit: recordsShown})
			return err
		}
	}
	of := func(i int) string { return code("DED-", i*7919%100) }
	const first = "select * from deduction where company = (select id from company) and closed_at is null order by "
	for _, l := range []struct {
		look
		bare func(i int) string
	}{
		{look{"worklist by urgency, first page", page(app.DeductionFilter{})}, func(int) string { return first + "coalesce(expires, '9999-12-31'), id limit 50" }},
		{look{"worklist by expected value", page(app.DeductionFilter{Order: "worth"})}, func(int) string { return first + "expected desc, id desc limit 50" }},
		{look{"worklist of an owner", page(app.DeductionFilter{Owner: "clerk3"})}, func(int) string {
			return "select * from deduction where company = (select id from company) and closed_at is null and owner = 'clerk3' order by coalesce(expires, '9999-12-31'), id limit 50"
		}},
		{look{"deduction", func(ctx context.Context, i int) error { _, err := a.Deduction(ctx, call, of(i)); return err }}, func(i int) string {
			return "select * from deduction where company = (select id from company) and number = '" + of(i) + "'"
		}},
		{look{"what may fit a deduction", func(ctx context.Context, i int) error { _, err := a.MatchCandidates(ctx, call, of(i)); return err }}, nil},
		{look{"proposals, first page", func(ctx context.Context, _ int) error {
			_, err := a.DeductionMatches(ctx, call, app.MatchFilter{}, app.Page{Limit: recordsShown})
			return err
		}}, nil},
		{look{"figures", func(ctx context.Context, _ int) error {
			_, err := a.DeductionFigures(ctx, call, report.Filter{To: RunDate})
			return err
		}}, nil},
	} {
		one, err := l.measure(ctx, repeat)
		if err != nil {
			return nil, err
		}
		x := DeskLook{What: one.What, App: one.Median, Max: one.Max}
		if l.bare != nil {
			if x.Bare, err = bareLook(ctx, s, repeat, l.bare); err != nil {
				return nil, err
			}
		}
		tell.say("%s: %.1f ms, bare %.1f ms", x.What, x.App, x.Bare)
		looked = append(looked, x)
	}
	return looked, nil
}

func bareLook(ctx context.Context, s store, repeat int, query func(i int) string) (float64, error) {
	var took []float64
	for i := range repeat {
		began := time.Now()
		if err := s.each(ctx, query(i), func([]string) error { return nil }); err != nil {
			return 0, err
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
	}
	return median(slices.Clone(took)), nil
}
