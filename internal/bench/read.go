package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

// ReadOptions say how looks are measured.
type ReadOptions struct {
	Repeat int // how often each is taken
}

// Looked is how long one look takes, over all repetitions.
type Looked struct {
	What   string  `json:"what"`
	Median float64 `json:"median_ms"`
	Max    float64 `json:"maximum_ms"`
}

// Looks is what [Read] measured.
type Looks struct {
	Database  string   `json:"database"`
	Mix       Mix      `json:"mix"`
	Customers int64    `json:"customers"`
	Results   []Looked `json:"results"`
	Machine   Machine  `json:"machine"`
	Versions  Versions `json:"versions"`
}

// look is something that people look at. Each repetition looks at another customer.
type look struct {
	what string
	do   func(ctx context.Context, i int) error
}

const recordsShown = 50 // on the first page of a list

// Read measures what people look at, in the source itself, which it does not change. A run is looked at when the source has one.
func Read(ctx context.Context, source string, o ReadOptions, tell Tell) (r *Looks, err error) {
	if o.Repeat < 1 {
		return nil, fault.New(fault.Usage, "%d repetitions measure nothing; choose 1 or more", o.Repeat).In("repeat")
	}
	info, err := lookAt(ctx, source)
	if err != nil {
		return nil, err
	}
	customers, err := someCustomers(ctx, source)
	if err != nil {
		return nil, err
	}
	if len(customers) == 0 {
		return nil, fault.New(fault.Refused, "the company has too few customers to look at; generate one of 100 or more").ByRule("too_few")
	}
	a, err := app.Open(ctx, source)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	r = &Looks{Database: info.versions.Database, Mix: info.Mix, Customers: info.Customers, Machine: thisMachine(), Versions: info.versions}
	lists, err := listLooks(ctx, a, customers)
	if err != nil {
		return nil, err
	}
	for _, l := range append(lists, looks(a, customers)...) {
		one, err := l.measure(ctx, o.Repeat)
		if err != nil {
			return nil, err
		}
		tell.say("%s: %.1f ms", one.What, one.Median)
		r.Results = append(r.Results, one)
	}
	return r, nil
}

func (l look) measure(ctx context.Context, repeat int) (Looked, error) {
	var took []float64
	for i := range repeat {
		began := time.Now()
		if err := l.do(ctx, i); err != nil {
			return Looked{}, fault.New(fault.CodeOf(err), "looking at %s: %v", l.what, err).Because(err)
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
	}
	return Looked{What: l.what, Median: median(took), Max: slices.Max(took)}, nil
}

// looks gives what there is to look at.
func looks(a *app.App, customers []someone) []look {
	call := app.Call{Actor: maker, Company: Company}
	someone := func(i int) someone { return customers[i*7919%len(customers)] }
	customer := func(i int) string { return someone(i).code }
	simulate := func(ctx context.Context, s reimbursement.Selection) error {
		_, err := a.Simulate(ctx, call, app.RunRequest{Selection: s, Date: RunDate}, func(reimbursement.Decisions) error { return nil })
		return err
	}
	return []look{
		{"companies", func(ctx context.Context, _ int) error { _, err := a.Companies(ctx, call); return err }},
		{"periods", func(ctx context.Context, _ int) error { _, err := a.Periods(ctx, call); return err }},
		{"trial balance", func(ctx context.Context, _ int) error { _, _, err := a.TrialBalance(ctx, call, 0); return err }},
		{"trial balance of a day", func(ctx context.Context, i int) error {
			_, _, err := a.TrialBalance(ctx, call, RunDate.AddDays(-i%100))
			return err
		}},
		{"audit trail, newest records", func(ctx context.Context, _ int) error { _, err := a.Audit(ctx, call, recordsShown); return err }},
		{"runs", func(ctx context.Context, _ int) error { _, err := a.Runs(ctx, call); return err }},
		{"open items, first page", func(ctx context.Context, _ int) error {
			_, _, err := a.OpenItemsPage(ctx, call, openitem.Customers, "", recordsShown)
			return err
		}},
		{"open items, a later page", func(ctx context.Context, i int) error {
			_, _, err := a.OpenItemsPage(ctx, call, openitem.Customers, fmt.Sprintf("%d.0.0", someone(i).id), recordsShown)
			return err
		}},
		{"open items of a customer", func(ctx context.Context, i int) error {
			_, err := a.OpenItems(ctx, call, openitem.Customers, customer(i), false)
			return err
		}},
		{"history of a customer", func(ctx context.Context, i int) error {
			_, err := a.OpenItems(ctx, call, openitem.Customers, customer(i), true)
			return err
		}},
		{"reimbursements of a customer", func(ctx context.Context, i int) error {
			_, err := a.ReimbursementsOf(ctx, call, customer(i))
			return err
		}},
		{"voucher", func(ctx context.Context, i int) error {
			_, err := a.Voucher(ctx, call, creditNote(i))
			return err
		}},
		{"simulation of a customer", func(ctx context.Context, i int) error {
			return simulate(ctx, reimbursement.Selection{Customers: []string{customer(i)}})
		}},
		{"simulation of everybody, summary", func(ctx context.Context, _ int) error { return simulate(ctx, reimbursement.Selection{All: true}) }},
	}
}

// creditNote gives the number of one of the first credit notes, which every mix has.
func creditNote(i int) string { return code("CR-", i%10) }
