package bench

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"quittance/internal/fault"
)

// ReimburseOptions say how a run is measured.
type ReimburseOptions struct {
	Pairs   int    // how often floor and run are measured, in turns
	Keep    bool   // the last copies stay, to be looked at
	Program string // the program to measure; blank is this one
}

// Pair is one floor and one run beside each other.
type Pair struct {
	Floor    float64 `json:"floor_seconds"`
	Run      float64 `json:"run_seconds"`
	Simulate float64 `json:"simulate_seconds"`
	Ratio    float64 `json:"ratio"`
	Peak     float64 `json:"peak_memory_mib"`
}

// Reimbursed is what [Reimburse] measured: medians over the pairs, and the highest peak.
type Reimbursed struct {
	Database       string   `json:"database"`
	Mix            Mix      `json:"mix"`
	Customers      int64    `json:"customers"`
	Credits        int64    `json:"credits"`
	Reimbursements int64    `json:"reimbursements"`
	RowsWritten    int64    `json:"rows_written"`
	Floor          float64  `json:"floor_seconds"`
	Run            float64  `json:"run_seconds"`
	Simulate       float64  `json:"simulate_seconds"`
	Ratio          float64  `json:"ratio"`
	Peak           float64  `json:"peak_memory_mib"`
	Pairs          []Pair   `json:"pairs"`
	RowsSecond     float64  `json:"rows_per_second"`
	CustSecond     float64  `json:"customers_per_second"`
	Rows           counts   `json:"rows"`
	Machine        Machine  `json:"machine"`
	Versions       Versions `json:"versions"`
	Kept           []string `json:"kept,omitempty"`
}

// measurement is one call of [Reimburse].
type measurement struct {
	*workshop
	program
	tell     Tell
	mark     mark
	open     int64 // open items of the source
	template string
	want     counts
	result   *Reimbursed
}

// Reimburse measures a run over everything in the source against its floor. The source is only read.
func Reimburse(ctx context.Context, source string, o ReimburseOptions, tell Tell) (r *Reimbursed, err error) {
	if o.Pairs < 1 {
		return nil, fault.New(fault.Usage, "%d pairs cannot be measured; choose 1 or more", o.Pairs).In("pairs")
	}
	if _, err := keyring(source); err != nil {
		return nil, err
	}
	p, err := newProgram(o.Program)
	if err != nil {
		return nil, err
	}
	m := &measurement{workshop: newWorkshop(source), program: p, tell: tell}
	defer func() {
		if o.Keep && err == nil {
			r.Kept = names(m.made)
			return
		}
		err = errors.Join(err, m.close())
	}()
	if err := m.look(ctx); err != nil {
		return nil, err
	}
	if err := m.prepare(ctx); err != nil {
		return nil, err
	}
	for i := range o.Pairs {
		last := o.Keep && i == o.Pairs-1
		if err := m.pair(ctx, i, last); err != nil {
			return nil, err
		}
	}
	if !o.Keep {
		if err := m.drop(ctx, m.template); err != nil {
			return nil, err
		}
	}
	m.result.conclude()
	return m.result, nil
}

func names(addresses []string) []string {
	all := make([]string, len(addresses))
	for i, a := range addresses {
		all[i] = name(a)
	}
	return all
}

// look reads what the source holds; one that was not generated is refused.
func (m *measurement) look(ctx context.Context) error {
	info, err := lookAt(ctx, m.source)
	if err != nil {
		return err
	}
	s, err := openStore(ctx, m.source)
	if err != nil {
		return err
	}
	defer s.close()
	if m.mark, err = readMark(ctx, s, isPostgres(m.source)); err != nil {
		return err
	}
	if m.open, err = number(ctx, s, "select count(*) from open_item"); err != nil {
		return err
	}
	m.result = &Reimbursed{Database: info.versions.Database, Mix: info.Mix, Customers: info.Customers, Machine: thisMachine(), Versions: info.versions}
	m.result.Credits, err = number(ctx, s, "select count(*) from open_item where side = 1 and open < 0")
	return err
}

// source is what the generating command noted about its database.
type sourceInfo struct {
	Mix       Mix   `json:"mix"`
	Customers int64 `json:"customers"`
	versions  Versions
}

func lookAt(ctx context.Context, source string) (sourceInfo, error) {
	info := sourceInfo{}
	var err error
	if info.versions, err = versionsOf(ctx, source); err != nil {
		return info, err
	}
	s, err := openStore(ctx, source)
	if err != nil {
		return info, err
	}
	defer s.close()
	detail, err := one(ctx, s, "select detail from audit where command = 'bench.generate'")
	if err == nil && detail == "" {
		err = fault.New(fault.Refused, "the database %s was not made by bench generate, and only such a one is measured; make one: quittance --db … bench generate", name(source)).ByRule("not_generated")
	}
	if err != nil {
		return info, err
	}
	return info, json.Unmarshal([]byte(detail), &info)
}

// prepare does one run to learn which rows it writes, and stages them for the floor.
func (m *measurement) prepare(ctx context.Context) error {
	m.tell.say("first run, to learn its rows")
	copied, err := m.copy(ctx, m.source)
	if err != nil {
		return err
	}
	n, _, err := m.post(ctx, copied)
	if err != nil {
		return err
	}
	m.result.Reimbursements = n
	if m.want, err = m.examine(ctx, copied, true); err != nil {
		return err
	}
	m.result.Rows, m.result.RowsWritten = m.want, m.want.sum()
	m.tell.say("staging %d rows", m.result.RowsWritten)
	if m.template, err = m.staging(ctx, copied, m.mark); err != nil {
		return err
	}
	return m.drop(ctx, copied)
}

// pair measures floor and run, the one first and then the other, in turns.
func (m *measurement) pair(ctx context.Context, i int, keep bool) error {
	var p Pair
	steps := []func(context.Context, *Pair, bool) error{m.floor, m.once}
	if i%2 == 1 {
		steps[0], steps[1] = steps[1], steps[0]
	}
	for _, step := range steps {
		if err := step(ctx, &p, keep); err != nil {
			return err
		}
	}
	simulated, err := m.program.run(ctx, m.source, nil, "reimburse", "simulate", "--all", "--summary", "--date", RunDate.String())
	if err != nil {
		return err
	}
	p.Simulate = seconds(simulated.took)
	p.Ratio = ratio(p.Run, p.Floor)
	m.result.Pairs = append(m.result.Pairs, p)
	m.tell.say("pair %d: floor %.2f s, run %.2f s (%.2f times), peak %.0f MiB, simulation %.2f s", i+1, p.Floor, p.Run, p.Ratio, p.Peak, p.Simulate)
	return nil
}

func (m *measurement) floor(ctx context.Context, p *Pair, keep bool) error {
	copied, err := m.copy(ctx, m.template)
	if err != nil {
		return err
	}
	if err := settle(ctx, copied); err != nil {
		return err
	}
	var r FloorResult
	if _, err := m.program.run(ctx, copied, &r, "bench", "floor"); err != nil {
		return err
	}
	p.Floor = seconds(time.Duration(r.Seconds * float64(time.Second)))
	if err := r.Rows.same(m.want, "the floor", true); err != nil || keep {
		return err
	}
	return m.drop(ctx, copied)
}

func (m *measurement) once(ctx context.Context, p *Pair, keep bool) error {
	copied, err := m.copy(ctx, m.source)
	if err != nil {
		return err
	}
	if err := settle(ctx, copied); err != nil {
		return err
	}
	n, how, err := m.post(ctx, copied)
	if err != nil {
		return err
	}
	p.Run, p.Peak = seconds(how.took), how.peakMiB
	if n != m.result.Reimbursements {
		return fault.New(fault.Violation, "the run made %d reimbursements, the first one %d", n, m.result.Reimbursements).ByRule("rows_differ")
	}
	if _, err := m.examine(ctx, copied, false); err != nil || keep {
		return err
	}
	return m.drop(ctx, copied)
}

// post posts everything in a copy, in a process of its own, and gives the number of reimbursements.
func (m *measurement) post(ctx context.Context, copied string) (int64, ran, error) {
	var out struct {
		Run struct {
			Totals struct {
				Reimbursements int64 `json:"reimbursements"`
			} `json:"totals"`
		} `json:"run"`
	}
	how, err := m.program.run(ctx, copied, &out, "reimburse", "post", "--all", "--yes", "--summary", "--date", RunDate.String())
	return out.Run.Totals.Reimbursements, how, err
}

// examine counts what a run wrote and checks that it did its work: as many vouchers as reimbursements were told, every credit of who was
// reimbursed closed, and (but for the first run) as many rows as were staged.
func (m *measurement) examine(ctx context.Context, copied string, first bool) (counts, error) {
	s, err := openStore(ctx, copied)
	if err != nil {
		return nil, err
	}
	defer s.close()
	c, err := count(ctx, s, m.mark, m.open)
	if err != nil {
		return nil, err
	}
	made, err := number(ctx, s, m.mark.sub("select count(*) from voucher where id > $last and type = 7"))
	if err != nil {
		return nil, err
	}
	left, err := number(ctx, s, m.mark.sub("select count(*) from run_line l cross join open_item o where o.company = l.company and o.side = 1 and o.party = l.customer and o.open < 0 and l.run > $last and l.reason = ''"))
	switch {
	case err != nil:
		return nil, err
	case made != m.result.Reimbursements:
		return nil, fault.New(fault.Violation, "the run says that it made %d reimbursements, but %d vouchers stand in the copy", m.result.Reimbursements, made).ByRule("rows_differ")
	case left != 0:
		return nil, fault.New(fault.Violation, "%d credits of reimbursed customers are still open after the run", left).ByRule("credits_open")
	case !first:
		return c, c.same(m.want, "the run", false)
	}
	src, err := openStore(ctx, m.source)
	if err != nil {
		return nil, err
	}
	defer src.close()
	return c, nothingElse(ctx, src, s, isPostgres(m.source), c)
}

// conclude works out medians and rates.
func (r *Reimbursed) conclude() {
	pick := func(of func(Pair) float64) float64 {
		var all []float64
		for _, p := range r.Pairs {
			all = append(all, of(p))
		}
		return median(all)
	}
	r.Floor = pick(func(p Pair) float64 { return p.Floor })
	r.Run = pick(func(p Pair) float64 { return p.Run })
	r.Simulate = pick(func(p Pair) float64 { return p.Simulate })
	r.Ratio = ratio(r.Run, r.Floor)
	for _, p := range r.Pairs {
		r.Peak = max(r.Peak, p.Peak)
	}
	r.RowsSecond, r.CustSecond = whole(float64(r.RowsWritten)/r.Run), whole(float64(r.Customers)/r.Run)
}
