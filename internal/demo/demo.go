// Package demo is the sample: three companies that a newcomer can look at, work in, and take apart. All in them is made up, but shaped
// like real ones.
//
//   - The *city* of a few hundred customers reimburses them. It is one company folder, the same each time (a fixed seed and a fixed
//     calendar), brought in through the door like any other.
//   - The *distributor* of produce has a living deduction desk. Its set-up and documents are a company folder too; then its *stories*
//     happen, command by command, each on its day: payments short, over and alone, files of customers and the bank, evidence, disputes,
//     resolutions of every kind. The last day is that on which it is made, so that what is urgent is urgent then.
//   - The *water district* pays out for a month, by check, ACH and transfer, and hears what comes back: returns, a rejection, a lost, a
//     stopped and a stale check; three banks send statements of three formats, and everything is reconciled. A dozen requests of customers
//     are decided on meanwhile.
//   - [Run] makes them, simulates a reimbursement run of the city, posts it, proves the books, tells the stories, and says what to try
//     next. Each company is known again by the number of its opening voucher.
//
// Invariants: running it again changes nothing and shows the same, and goes on where it was cut off; a database that holds another
// company is refused. Every reason for which a plan can leave a customer of the city out appears, but for open_deduction: net_debit
// and no_classification_match appear with the options that make them. Every story has what the table of stories says of it.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
	"quittance/internal/secret"
)

// Run makes the sample companies in the database at url, posts a reimbursement run and writes to out what happened and why.
// Where it was done before it changes nothing and writes the same.
func Run(ctx context.Context, url string, out io.Writer) error { return At(ctx, url, time.Now, out) }

// At is Run by the clock given.
func At(ctx context.Context, url string, now func() time.Time, out io.Writer) error {
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	keys, err := secret.Load(d.Path())
	if err != nil {
		return errors.Join(err, d.Close())
	}
	c := &clock{now: now}
	a := app.New(d, keys, c.time)
	s, err := newShow(ctx, a, app.Call{Actor: identity.Operator(), Company: companyCode}, url, keys.Available(), c.today())
	if err == nil {
		s.clock = c
		err = s.run(ctx, out)
	}
	return errors.Join(err, a.Close())
}

// show is one showing of the sample.
type show struct {
	a     *app.App
	clock *clock
	call  app.Call
	url   string
	fresh bool         // the city is not in the database yet
	data  *folder.Data // the city, as it was brought in
	names map[string]string

	code      string // of the run
	decisions decisions
	items     []app.OpenItem // of customers, as they stand now
	seal      string         // the last one; blank without a key

	keyed    bool       // bank details can be kept
	district civil.Date // the opening of the bank accounts of the district; blank: it is not in the database yet
	opened   civil.Date // the opening of the distributor's books; blank: it is not in the database yet
}

// decisions gathers the decisions of a run.
type decisions struct{ reimbursement.Decisions }

func (d *decisions) add(x reimbursement.Decisions) error {
	d.Reimbursements = append(d.Reimbursements, x.Reimbursements...)
	d.Nettings = append(d.Nettings, x.Nettings...)
	d.Excluded = append(d.Excluded, x.Excluded...)
	return nil
}

// newShow looks at what the database holds. Anything but nothing or the sample is refused.
func newShow(ctx context.Context, a *app.App, call app.Call, url string, withBanks bool, today civil.Date) (*show, error) {
	codes, err := a.Companies(ctx, call)
	if err != nil {
		return nil, err
	}
	d := &show{a: a, call: call, url: url, fresh: true, keyed: withBanks, data: city(withBanks, today), names: map[string]string{}}
	for i := range d.data.Customers {
		d.names[d.data.Customers[i].Customer] = d.data.Customers[i].Name
	}
	for _, code := range codes {
		opening := map[string]string{companyCode: marker, produceCode: produceMarker, districtCode: districtMarker}[code]
		if opening == "" {
			return nil, d.foreign(ctx, codes)
		}
		call.Company = code
		v, err := a.Voucher(ctx, call, opening)
		if fault.CodeOf(err) == fault.NotFound {
			return nil, d.foreign(ctx, codes)
		}
		if err != nil {
			return nil, err
		}
		switch code {
		case companyCode:
			d.fresh = false
		case districtCode:
			d.district = v.Date
		default:
			d.opened = v.Date
		}
	}
	return d, nil
}

// foreign refuses a database that holds what is not the sample.
func (d *show) foreign(ctx context.Context, codes []string) error {
	name, _, err := d.a.Database(ctx)
	if err != nil {
		return err
	}
	return fault.New(fault.Refused, "the database %s holds %s, which is not the sample alone; nothing was changed, name another database: quittance demo --db FILE", name, strings.Join(codes, ", ")).ByRule("not_the_sample")
}

// fileOf gives the file of the embedded database, blank for PostgreSQL.
func fileOf(url string) string {
	if strings.Contains(url, "://") {
		return ""
	}
	return url
}

func (d *show) run(ctx context.Context, out io.Writer) error {
	for _, part := range []func(context.Context, io.Writer) error{d.books, d.plan, d.post, d.prove, d.next, d.distributor, d.waterDistrict} {
		if err := part(ctx, out); err != nil {
			return err
		}
	}
	return nil
}

// books brings the sample in, unless it is there.
func (d *show) books(ctx context.Context, out io.Writer) error {
	name, version, err := d.a.Database(ctx)
	if err != nil {
		return err
	}
	if d.fresh {
		fmt.Fprintf(out, "Making the sample city in %s (%s).\n", name, version)
		if _, err := d.a.Import(ctx, d.call, d.data); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "The sample city is in %s (%s) already; nothing is changed.\n", name, version)
	}
	abroad := 0
	for i := range d.data.Customers {
		if d.data.Customers[i].Currency == cad {
			abroad++
		}
	}
	fmt.Fprintf(out, "\n1. The books of the %s, brought in as one company folder\n", companyName)
	fmt.Fprintf(out, "   %d customers, %d of whom pay in Canadian dollars, and %d vendors. %s documents of 2026\n", len(d.data.Customers), abroad, len(d.data.Vendors), thousands(fmt.Sprint(len(d.data.Vouchers))))
	fmt.Fprintf(out, "   (bills, payments, credit notes, journals) in five funds, each of which must balance by itself,\n")
	fmt.Fprintf(out, "   and %s settlements between them. Months up to September are closed.\n", thousands(fmt.Sprint(len(d.data.Settlements))))
	return nil
}

// runRequest asks for a run over everybody on the sample's business date.
func runRequest() app.RunRequest {
	return app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: runDate}
}

// plan simulates the run, or takes up the one that was posted before.
func (d *show) plan(ctx context.Context, out io.Writer) error {
	runs, err := d.a.Runs(ctx, d.call)
	if err != nil {
		return err
	}
	for _, r := range runs { // the newest first
		if r.Date == runDate && r.Selection.All && r.State == reimbursement.Posted {
			d.code = r.ID
		}
	}
	if d.code == "" {
		_, err = d.a.Simulate(ctx, d.call, runRequest(), d.decisions.add)
	} else {
		_, err = d.a.Run(ctx, d.call, d.code, d.decisions.add)
	}
	if err != nil {
		return err
	}
	if d.items, err = d.a.OpenItems(ctx, d.call, customers, "", false); err != nil {
		return err
	}
	if err := d.reasons(out); err != nil {
		return err
	}
	return d.ifNetted(ctx, out)
}

// post posts the run and shows some of what it posted.
func (d *show) post(ctx context.Context, out io.Writer) error {
	if d.code == "" {
		run, _, err := d.a.PostSelection(ctx, d.call, runRequest(), nil)
		if err != nil {
			return err
		}
		d.code, d.decisions = run.ID, decisions{}
		if _, err := d.a.Run(ctx, d.call, d.code, d.decisions.add); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\n3. The run %s, posted\n", d.code)
	if err := d.vouchers(out); err != nil {
		return err
	}
	return d.funds(ctx, out)
}

// program gives the words that call this program again.
func program() string {
	exe := os.Args[0]
	switch {
	case strings.Contains(exe, "go-build") && strings.HasSuffix(exe, "/quittance"):
		return "go run ./cmd/quittance"
	case strings.HasSuffix(exe, "/quittance"):
		return exe
	}
	return "quittance"
}
