package bench

import (
	"context"
	"errors"
	"sync"
	"time"

	"quittance/internal/fault"
)

// WorkOptions say how posting processes are measured.
type WorkOptions struct {
	Pairs   int
	Program string // the program to measure; blank is this one
}

// WorkPair is one process and two beside each other.
type WorkPair struct {
	One   float64 `json:"one_seconds"`
	Two   float64 `json:"two_seconds"`
	Ratio float64 `json:"ratio"`
}

// Worked is what [Work] measured: medians over the pairs.
type Worked struct {
	Database       string     `json:"database"`
	Mix            Mix        `json:"mix"`
	Customers      int64      `json:"customers"`
	Reimbursements int64      `json:"reimbursements"`
	One            float64    `json:"one_seconds"`
	Two            float64    `json:"two_seconds"`
	Ratio          float64    `json:"ratio"` // one over two: how many times as fast two are
	Pairs          []WorkPair `json:"pairs"`
	Machine        Machine    `json:"machine"`
	Versions       Versions   `json:"versions"`
}

// Work measures how much faster two posting processes are than one, each on a copy of its own, in turns.
func Work(ctx context.Context, source string, o WorkOptions, tell Tell) (r *Worked, err error) {
	switch {
	case !isPostgres(source):
		return nil, fault.New(fault.Refused, "the embedded database has one writer, so that a second posting process brings nothing; name a postgres:// database").ByRule("postgres_only")
	case o.Pairs < 1:
		return nil, fault.New(fault.Usage, "%d pairs cannot be measured; choose 1 or more", o.Pairs).In("pairs")
	}
	info, err := lookAt(ctx, source)
	if err != nil {
		return nil, err
	}
	if _, err := keyring(source); err != nil {
		return nil, err
	}
	p, err := newProgram(o.Program)
	if err != nil {
		return nil, err
	}
	w := newWorkshop(source)
	defer func() { err = errors.Join(err, w.close()) }()
	r = &Worked{Database: info.versions.Database, Mix: info.Mix, Customers: info.Customers, Machine: thisMachine(), Versions: info.versions}
	for i := range o.Pairs {
		var pair WorkPair
		order := []int{1, 2}
		if i%2 == 1 {
			order = []int{2, 1}
		}
		for _, processes := range order {
			took, err := r.work(ctx, w, p, processes)
			if err != nil {
				return nil, err
			}
			if processes == 1 {
				pair.One = seconds(took)
			} else {
				pair.Two = seconds(took)
			}
		}
		pair.Ratio = ratio(pair.One, pair.Two)
		r.Pairs = append(r.Pairs, pair)
		tell.say("pair %d: one process %.2f s, two %.2f s (%.2f times as fast)", i+1, pair.One, pair.Two, pair.Ratio)
	}
	r.conclude()
	return r, nil
}

func (r *Worked) conclude() {
	var one, two []float64
	for _, p := range r.Pairs {
		one, two = append(one, p.One), append(two, p.Two)
	}
	r.One, r.Two = median(one), median(two)
	r.Ratio = ratio(r.One, r.Two)
}

// work starts a run in a fresh copy, lets processes post it, and gives the time until all of it is posted.
func (r *Worked) work(ctx context.Context, w *workshop, p program, processes int) (time.Duration, error) {
	copied, err := w.copy(ctx, w.source)
	if err != nil {
		return 0, err
	}
	if err := settle(ctx, copied); err != nil {
		return 0, err
	}
	if _, err := p.run(ctx, copied, nil, "reimburse", "post", "--all", "--yes", "--detach", "--date", RunDate.String()); err != nil {
		return 0, err
	}
	var wg sync.WaitGroup
	errs := make([]error, processes)
	began := time.Now()
	for i := range processes {
		wg.Go(func() { _, errs[i] = p.run(ctx, copied, nil, "work", "--until-idle") })
	}
	wg.Wait()
	took := time.Since(began)
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	if err := r.posted(ctx, copied); err != nil {
		return 0, err
	}
	return took, w.drop(ctx, copied)
}

// posted checks that the run is posted, and that it made as many reimbursements as those before.
func (r *Worked) posted(ctx context.Context, copied string) error {
	s, err := openStore(ctx, copied)
	if err != nil {
		return err
	}
	defer s.close()
	unfinished, err := number(ctx, s, "select count(*) from run where state <> 'posted'")
	if err != nil {
		return err
	}
	made, err := number(ctx, s, "select count(*) from voucher where type = 7")
	switch {
	case err != nil:
		return err
	case unfinished > 0 || made == 0:
		return fault.New(fault.Violation, "the processes were idle before the run was posted: %d reimbursements stand there", made).ByRule("run_unfinished")
	case r.Reimbursements != 0 && made != r.Reimbursements:
		return fault.New(fault.Violation, "the run made %d reimbursements, the first one %d", made, r.Reimbursements).ByRule("rows_differ")
	}
	r.Reimbursements = made
	return nil
}
