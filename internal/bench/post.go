package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

// PostOptions say how everyday postings are measured.
type PostOptions struct {
	Clients []int   // how many post at once, one measurement each
	Seconds float64 // of each measurement, on each side
}

// Posted is what one kind of posting came to at one number of clients.
type Posted struct {
	What    string  `json:"what"`
	Clients int     `json:"clients"`
	App     float64 `json:"app_per_second"`
	Bare    float64 `json:"bare_per_second"`
	Ratio   float64 `json:"ratio"` // bare over app: how many times as fast the bare SQL is
}

// Posts is what [Post] measured.
type Posts struct {
	Database string   `json:"database"`
	Mix      Mix      `json:"mix"`
	Results  []Posted `json:"results"`
	Machine  Machine  `json:"machine"`
	Versions Versions `json:"versions"`
}

// errUsedUp says that no customer is left for the posting.
var errUsedUp = errors.New("bench: no customer is left for this posting")

// counter is one side of a comparison: it does the n-th posting.
type counter func(ctx context.Context, n int64) error

// Post measures the everyday path, one posting a command, beside the bare SQL of the same in one round trip: in one copy of the
// source, in turns, so that both see the same sizes.
func Post(ctx context.Context, source string, o PostOptions, tell Tell) (p *Posts, err error) {
	if o.Seconds <= 0 || len(o.Clients) == 0 {
		return nil, fault.New(fault.Usage, "nothing is measured in %g seconds with %d numbers of clients", o.Seconds, len(o.Clients)).In("seconds")
	}
	for _, n := range o.Clients {
		if n < 1 {
			return nil, fault.New(fault.Usage, "%d clients cannot post; choose 1 or more", n).In("clients")
		}
	}
	info, err := lookAt(ctx, source)
	if err != nil {
		return nil, err
	}
	if _, err := keyring(source); err != nil {
		return nil, err
	}
	w := newWorkshop(source)
	defer func() { err = errors.Join(err, w.close()) }()
	copied, err := w.copy(ctx, source)
	if err != nil {
		return nil, err
	}
	d := &desk{address: copied, rushes: int64(4 * len(o.Clients))}
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	defer d.close()
	p = &Posts{Database: info.versions.Database, Mix: info.Mix, Machine: thisMachine(), Versions: info.versions}
	for _, kind := range d.kinds() {
		if d.none[kind.at] {
			tell.say("%s: left out, since this company has no customer for it", kind.name)
			continue
		}
		for _, clients := range o.Clients {
			r, err := d.measure(ctx, kind, clients, o.Seconds)
			if err != nil {
				return nil, err
			}
			tell.say("%s, %d clients: app %.0f a second, bare %.0f a second", r.What, clients, r.App, r.Bare)
			p.Results = append(p.Results, r)
		}
	}
	return p, nil
}

// desk is where postings are made, by the program and by bare SQL, in one database.
type desk struct {
	address string
	a       *app.App
	call    app.Call
	bare    bare
	facts   facts
	next    [3]atomic.Int64 // of each kind: the posting that comes next
	none    [3]bool         // of which the company has nothing to post
	rushes  int64           // measurements of each kind, among which what there is to post is shared out
}

// posting is a kind of posting.
type posting struct {
	name      string
	at        int // place in next
	app, bare counter
}

func (d *desk) open(ctx context.Context) (err error) {
	if d.facts, err = readFacts(ctx, d.address); err != nil {
		return err
	}
	actor := identity.Actor{Name: "operator:bench", Roles: maker.Roles}
	if d.a, err = app.Open(ctx, d.address); err != nil {
		return err
	}
	d.call = app.Call{Actor: actor, Company: Company}
	for _, k := range d.kinds() { // makes number series and ledger accounts, which come to be once
		if err := k.app(ctx, d.next[k.at].Add(1)-1); errors.Is(err, errUsedUp) {
			d.none[k.at] = true
		} else if err != nil {
			return errors.Join(err, d.a.Close())
		}
	}
	if d.bare, err = openBare(ctx, d.address, &d.facts); err != nil {
		return errors.Join(err, d.a.Close())
	}
	return nil
}

func (d *desk) close() error { return errors.Join(d.bare.close(), d.a.Close()) }

func (d *desk) kinds() []posting {
	bare := func(kind int) counter {
		return func(ctx context.Context, n int64) error { return d.bare.post(ctx, kind, n) }
	}
	return []posting{
		{"voucher", kindVoucher, d.voucher, bare(kindVoucher)},
		{"payment with settlement", kindPayment, d.payment, bare(kindPayment)},
		{"reimbursement of one customer", kindReimbursement, d.reimbursement, bare(kindReimbursement)},
	}
}

// key gives an idempotency key that no other posting has.
func (d *desk) key(kind string, n int64) app.Call {
	call := d.call
	call.Key = fmt.Sprintf("bench-%s-%d", kind, n)
	return call
}

// voucher posts a voucher of two entries.
func (d *desk) voucher(ctx context.Context, n int64) error {
	_, err := d.a.PostJournal(ctx, d.key("voucher", n), app.JournalRequest{Date: RunDate, Lines: []app.JournalLine{
		{Account: d.facts.bank.written, Debit: "1.00"}, {Account: d.facts.revenue.written, Credit: "1.00"},
	}})
	return err
}

// payment posts a payment of a customer and settles it with a bill that is open.
func (d *desk) payment(ctx context.Context, n int64) error {
	b, err := d.facts.bill(n)
	if err != nil {
		return err
	}
	number, err := d.a.PostDocument(ctx, d.key("payment", n), app.DocumentRequest{Type: "payment", Party: b.code, Date: RunDate, Lines: []app.DocumentLine{{Account: b.bank, Amount: "0.01"}}})
	if err != nil {
		return err
	}
	_, err = d.a.Settle(ctx, d.key("settle", n), app.SettleRequest{Side: openitem.Customers, Party: b.code, Debit: b.number, Credit: number, Date: RunDate})
	return err
}

// reimbursement reimburses one customer.
func (d *desk) reimbursement(ctx context.Context, n int64) error {
	c, err := d.facts.credit(n)
	if err != nil {
		return err
	}
	_, _, err = d.a.PostSelection(ctx, d.key("reimbursement", n), app.RunRequest{Selection: reimbursement.Selection{Customers: []string{c.code}}, Date: RunDate}, nil)
	return err
}

// measure measures one kind at a number of clients: half of the program's time, all of the bare time, the other half.
func (d *desk) measure(ctx context.Context, k posting, clients int, secs float64) (Posted, error) {
	half := time.Duration(secs * float64(time.Second) / 2)
	var done [2]int64
	var took [2]time.Duration
	for i, side := range []int{0, 1, 1, 0} {
		do := k.app
		if side == 1 {
			do = k.bare
		}
		n, t, err := d.rush(ctx, k, do, clients, half)
		if err != nil {
			return Posted{}, fault.New(fault.CodeOf(err), "%s with %d clients: %v", k.name, clients, err).Because(err)
		}
		done[side], took[side] = done[side]+n, took[side]+t
		if i == 3 && (done[0] == 0 || done[1] == 0) {
			return Posted{}, fault.New(fault.Refused, "no customers are left to measure %q; make a larger company, or measure for fewer seconds", k.name).ByRule("used_up")
		}
	}
	r := Posted{What: k.name, Clients: clients, App: tenth(float64(done[0]) / took[0].Seconds()), Bare: tenth(float64(done[1]) / took[1].Seconds())}
	r.Ratio = ratio(r.Bare, r.App)
	return r, nil
}

// share gives how many postings of a kind one measurement may make, so that something is left for the others.
func (d *desk) share(kind int) int64 {
	switch kind {
	case kindPayment:
		return int64(len(d.facts.bills)) * centsEach / d.rushes
	case kindReimbursement:
		return int64(len(d.facts.credits)-1) / d.rushes
	}
	return math.MaxInt64
}

// rush lets clients post, each one posting after the other, until the time is over or its share is used up.
func (d *desk) rush(ctx context.Context, k posting, do counter, clients int, length time.Duration) (done int64, took time.Duration, err error) {
	var wg sync.WaitGroup
	var count, begun atomic.Int64
	share := d.share(k.at)
	errs := make(chan error, clients)
	began := time.Now()
	for range clients {
		wg.Go(func() {
			for time.Since(began) < length && begun.Add(1) <= share {
				if err := do(ctx, d.next[k.at].Add(1)-1); errors.Is(err, errUsedUp) {
					return
				} else if err != nil {
					errs <- err
					return
				}
				count.Add(1)
			}
		})
	}
	wg.Wait()
	took = time.Since(began)
	close(errs)
	return count.Load(), took, <-errs
}
