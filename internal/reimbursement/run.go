package reimbursement

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/fnv"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/secret"
)

// State is where a run is. Transitions: proposed → posting → posted; proposed → cancelled.
type State string

// The states. Simulated is that of a plan that was not saved.
const (
	Simulated State = "simulated"
	Proposed  State = "proposed"
	Posting   State = "posting"
	Posted    State = "posted"
	Cancelled State = "cancelled"
)

// Run is a saved plan.
type Run struct {
	ID             int64
	Code           string // such as RUN-000001
	State          State
	Selection      Selection
	Policy         Policy
	CreatedBy      string
	CreatedAt      int64 // UTC microseconds
	PostedAt       int64 // 0 until posted
	Candidates     int64
	Excluded       int64
	Reimbursements int64 // planned; after posting, posted
	Transfers      int64 // settlement vouchers of nettings
	FirstNumber    int64 // the reserved block; 0 before posting
	LastNumber     int64
	FirstTransfer  int64
}

// Amount is a sum in one currency.
type Amount struct {
	Currency string
	Amount   money.Amount
}

// Sum is amounts by currency, in byte order.
type Sum []Amount

// Add adds an amount; a sum that does not fit is [fault.Refused].
func (s *Sum) Add(currency string, a money.Amount) error {
	i, found := slices.BinarySearchFunc(*s, currency, func(x Amount, c string) int { return cmp.Compare(x.Currency, c) })
	if !found {
		*s = slices.Insert(*s, i, Amount{Currency: currency})
	}
	sum, err := money.Add((*s)[i].Amount, a)
	(*s)[i].Amount = sum
	return err
}

// Summary is what a plan comes to.
type Summary struct {
	Candidates, Reimbursed, Reimbursements, Excluded int64
	Amounts                                          Sum
	Reasons                                          map[Reason]int64
	Notes                                            []string
}

func newSummary() *Summary { return &Summary{Reasons: map[Reason]int64{}} }

func (s *Summary) add(l *Line) error {
	s.Candidates++
	if l.Reason != "" {
		s.Excluded++
		s.Reasons[l.Reason]++
		return nil
	}
	s.Reimbursed++
	s.Reimbursements += int64(len(l.Reimbursements))
	return s.Amounts.Add(l.Currency, l.Amount)
}

// plan runs the plan over everything the selection holds, one chunk of customers at a time, in bounded memory.
func plan(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, s Selection, p Policy, each func([]Line) error) (*Summary, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := checkPolicy(c, p, tx.Roles); err != nil {
		return nil, err
	}
	if err := checkSelection(ctx, tx, c, s, p); err != nil {
		return nil, err
	}
	pl, err := newPlanner(ctx, tx, c, s, p)
	if err != nil {
		return nil, err
	}
	sum := newSummary()
	err = eachChunk(ctx, tx, c, s, keys, func(subjects []*Subject) error {
		var lines []Line
		for _, sub := range subjects {
			lines = append(lines, pl.Plan(sub)...)
		}
		for i := range lines {
			if err := sum.add(&lines[i]); err != nil {
				return err
			}
		}
		return each(lines)
	})
	if *pl.dropped {
		sum.Notes = append(sum.Notes, "the classification filter leaves out every payment and every other credit without a classification, since those without one are not included (--include-unclassified)")
	}
	return sum, err
}

// Simulate plans and writes nothing; each gets the decisions in their order, a chunk of customers at a time.
func Simulate(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, s Selection, p Policy, each func([]Line) error) (*Summary, error) {
	return plan(ctx, tx, c, keys, s, p, each)
}

// Propose plans and saves the plan as a run; each gets the decisions as Simulate gives them. An unfinished run that
// means to reimburse one of the same candidates is refused, naming it.
func Propose(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, s Selection, p Policy, each func([]Line) error) (*Run, *Summary, error) {
	busy, err := planned(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	r := &Run{State: Proposed, Selection: s, Policy: p, CreatedBy: tx.Actor, CreatedAt: tx.Micros()}
	if r.ID, err = tx.NewID(ctx); err != nil {
		return nil, nil, err
	}
	w := &proposalWriter{run: r, busy: busy, chunks: tx.Batch("run_chunk", "company", "run", "n", "first_line", "last_line", "first_customer", "last_customer", "state", "summary")}
	sum, err := plan(ctx, tx, c, keys, s, p, func(lines []Line) error {
		if err := w.write(ctx, tx, lines); err != nil {
			return err
		}
		return each(lines)
	})
	if err != nil {
		return nil, nil, err
	}
	number, err := ledger.Draw(ctx, tx, ledger.RunSeries, 1)
	if err != nil {
		return nil, nil, err
	}
	r.Code = number.Number(number.First)
	r.Candidates, r.Excluded, r.Reimbursements, r.Transfers = sum.Candidates, sum.Excluded, sum.Reimbursements, w.transfers
	_, err = tx.Exec(ctx, `insert into run (company, id, code, date, state, selection, policy, created_by, created_at, candidates, excluded, reimbursements, transfers)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		c.ID, r.ID, r.Code, p.Date, string(r.State), s.canonical(), p.canonical(), r.CreatedBy, r.CreatedAt, r.Candidates, r.Excluded, r.Reimbursements, r.Transfers)
	if err != nil {
		return nil, nil, err
	}
	return r, sum, w.chunks.Flush(ctx)
}

// candidate is a customer and currency.
type candidate struct {
	customer int64
	currency string
}

// planned gives the candidates that unfinished runs mean to reimburse, with the code of the run. The rows of those runs
// are few beside the ledger: finished runs are not looked at.
func planned(ctx context.Context, tx *db.Tx) (map[candidate]string, error) {
	busy := map[candidate]string{}
	err := tx.Each(ctx, `select l.customer, l.currency, r.code from run r join run_line l on l.company = r.company and l.run = r.id
		join run_chunk k on k.company = l.company and k.run = l.run and l.line between k.first_line and k.last_line
		where r.company = $1 and r.state in ('proposed', 'posting') and l.reason = '' and k.state = 'planned'`, []any{tx.Company}, func(r *db.Rows) error {
		var k candidate
		var code string
		err := r.Scan(&k.customer, &k.currency, &code)
		busy[k] = code
		return err
	})
	return busy, err
}

type proposalWriter struct {
	run       *Run
	busy      map[candidate]string
	n         int
	line      int64
	transfers int64
	chunks    *db.Batch
}

// write saves the decisions of one chunk of customers.
func (w *proposalWriter) write(ctx context.Context, tx *db.Tx, lines []Line) error {
	b := tx.Batch("run_line", "company", "run", "line", "customer", "vendor", "amount", "fingerprint", "reimbursements", "transfers", "currency", "reason", "detail")
	first := w.line + 1
	for i := range lines {
		l := &lines[i]
		if code, ok := w.busy[candidate{l.Customer.ID, l.Currency}]; ok && l.Reason == "" {
			return fault.New(fault.Refused, "customer %s in %s is in the unfinished run %s already; post that run (quittance reimburse post --run %s), take the customer out of it, or cancel it, first", l.Customer.Code, l.Currency, code, code).ByRule("overlapping_run")
		}
		var vendor any
		if l.Vendor != nil {
			vendor = l.Vendor.ID
		}
		w.line++
		w.transfers += int64(l.transfers())
		b.Add(tx.Company, w.run.ID, w.line, l.Customer.ID, vendor, l.Amount, l.fingerprint(), len(l.Reimbursements), l.transfers(), l.Currency, string(l.Reason), l.Detail)
	}
	if w.line >= first {
		w.n++
		w.chunks.Add(tx.Company, w.run.ID, w.n, first, w.line, lines[0].Customer.Code, lines[len(lines)-1].Customer.Code, "planned", "")
	}
	return b.Flush(ctx)
}

// fingerprint sums up what the plan would post for the candidate: payee, parts, sources, nettings. Equal fingerprints
// mean that nothing that matters has changed.
func (l *Line) fingerprint() int64 {
	if l.Reason != "" {
		return 0
	}
	h := fnv.New64a()
	var buf []byte
	number := func(n int64) { buf = binary.AppendVarint(buf[:0], n); h.Write(buf) }
	text := func(s string) { number(int64(len(s))); h.Write([]byte(s)) }
	if l.Vendor != nil {
		number(l.Vendor.ID)
	}
	for _, r := range l.Reimbursements {
		number(r.Classification)
		for _, p := range r.Parts {
			text(p.Receivable.Written)
			text(p.Payable.Written)
			number(int64(p.Amount))
			number(int64(p.Accounting))
			for _, s := range p.Sources {
				number(s.Item.Voucher)
				number(int64(s.Item.Line))
				number(int64(s.Amount))
			}
		}
	}
	for _, a := range l.Nettings {
		text(a.Debit.Number)
		text(a.Credit.Number)
		number(int64(a.Amount))
	}
	return int64(h.Sum64())
}

const runColumns = `id, code, state, selection, policy, created_by, created_at, coalesce(posted_at, 0), candidates, excluded, reimbursements, transfers, coalesce(first_number, 0), coalesce(last_number, 0), coalesce(first_transfer, 0)`

func scanRun(r interface{ Scan(...any) error }, x *Run) error {
	var selection, policy string
	if err := r.Scan(&x.ID, &x.Code, &x.State, &selection, &policy, &x.CreatedBy, &x.CreatedAt, &x.PostedAt, &x.Candidates, &x.Excluded, &x.Reimbursements, &x.Transfers, &x.FirstNumber, &x.LastNumber, &x.FirstTransfer); err != nil {
		return err
	}
	return errors.Join(json.Unmarshal([]byte(selection), &x.Selection), json.Unmarshal([]byte(policy), &x.Policy))
}

// FindRun gives the run with the code; none is [fault.NotFound].
func FindRun(ctx context.Context, tx *db.Tx, code string) (r Run, err error) {
	err = scanRun(tx.Row(ctx, "select "+runColumns+" from run where company = $1 and code = $2", tx.Company, code), &r)
	if errors.Is(err, db.ErrNoRows) {
		err = fault.New(fault.NotFound, "there is no run %q; see: quittance reimburse list", code)
	}
	return r, err
}

// Runs gives all runs, the newest first.
func Runs(ctx context.Context, tx *db.Tx) ([]Run, error) {
	return db.List(ctx, tx, func(r *db.Rows, x *Run) error { return scanRun(r, x) }, "select "+runColumns+" from run where company = $1 order by id desc", tx.Company)
}

// Unfinished gives the unfinished run with just this selection and policy (its date included); false when there is none.
func Unfinished(ctx context.Context, tx *db.Tx, s Selection, p Policy) (r Run, found bool, err error) {
	err = scanRun(tx.Row(ctx, "select "+runColumns+" from run where company = $1 and state in ('proposed', 'posting') and selection = $2 and policy = $3 order by id limit 1",
		tx.Company, s.canonical(), p.canonical()), &r)
	if errors.Is(err, db.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

// TakeOut takes a customer (in one currency, or in all when blank) out of a proposed run, by hand, with a reason. It gives
// the number of lines taken out.
func TakeOut(ctx context.Context, tx *db.Tx, r *Run, customer int64, currency, reason string) (int64, error) {
	if r.State != Proposed {
		return 0, fault.New(fault.Refused, "run %s is %s; only a proposed run can be changed", r.Code, r.State).ByRule("not_proposed")
	}
	// Takes the lock of the run, so that its posting cannot start meanwhile.
	if n, err := tx.Exec(ctx, "update run set excluded = excluded where company = $1 and id = $2 and state = 'proposed'", tx.Company, r.ID); err != nil || n != 1 {
		return 0, errors.Join(err, db.Again("the run changed"))
	}
	var reimbursements, transfers int64
	err := tx.Row(ctx, `select coalesce(sum(reimbursements), 0), coalesce(sum(transfers), 0) from run_line where company = $1 and run = $2 and customer = $3 and ($4 = '' or currency = $4) and reason = ''`,
		tx.Company, r.ID, customer, currency).Scan(&reimbursements, &transfers)
	if err != nil {
		return 0, err
	}
	n, err := tx.Exec(ctx, `update run_line set reason = $1, detail = $2 where company = $3 and run = $4 and customer = $5 and ($6 = '' or currency = $6) and reason = ''`,
		string(TakenOut), reason, tx.Company, r.ID, customer, currency)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, fault.New(fault.NotFound, "the run %s does not mean to reimburse that customer", r.Code).ByRule("not_in_run")
	}
	_, err = tx.Exec(ctx, "update run set excluded = excluded + $1, reimbursements = reimbursements - $2, transfers = transfers - $3 where company = $4 and id = $5", n, reimbursements, transfers, tx.Company, r.ID)
	return n, err
}

// Cancel gives up a proposed run; nothing of it will be posted.
func Cancel(ctx context.Context, tx *db.Tx, r *Run) error {
	n, err := tx.Exec(ctx, "update run set state = 'cancelled' where company = $1 and id = $2 and state = 'proposed'", tx.Company, r.ID)
	if err == nil && n == 0 {
		err = fault.New(fault.Refused, "run %s is %s; only a proposed run can be cancelled, and a started one is finished by posting it again", r.Code, r.State).ByRule("not_proposed")
	}
	return err
}

// LineInfo is one line of a saved run.
type LineInfo struct {
	Line                      int64
	CustomerID, VendorID      int64 // VendorID 0: none yet
	Customer, Name, Currency  string
	Vendor                    string
	Reason                    Reason
	Detail                    string
	Amount                    money.Amount
	Reimbursements, Transfers int
	Fingerprint               int64
	Posted                    bool
}

// EachLine calls fn with the lines of a run, in order.
func EachLine(ctx context.Context, tx *db.Tx, run int64, fn func(LineInfo) error) error {
	return tx.Each(ctx, `select l.line, l.customer, coalesce(l.vendor, 0), c.code, c.name, l.currency, coalesce(v.code, ''), l.reason, l.detail, l.amount, l.reimbursements, l.transfers, l.fingerprint, k.state = 'posted'
		from run_line l join customer c on c.company = l.company and c.id = l.customer left join vendor v on v.company = l.company and v.id = l.vendor
		join run_chunk k on k.company = l.company and k.run = l.run and l.line between k.first_line and k.last_line
		where l.company = $1 and l.run = $2 order by l.line`, []any{tx.Company, run}, func(r *db.Rows) error {
		var l LineInfo
		if err := r.Scan(&l.Line, &l.CustomerID, &l.VendorID, &l.Customer, &l.Name, &l.Currency, &l.Vendor, &l.Reason, &l.Detail, &l.Amount, &l.Reimbursements, &l.Transfers, &l.Fingerprint, &l.Posted); err != nil {
			return err
		}
		return fn(l)
	})
}

// Summarize gives the sums of a saved run as its lines stand now.
func Summarize(ctx context.Context, tx *db.Tx, run int64) (*Summary, error) {
	s := newSummary()
	err := tx.Each(ctx, `select currency, reason, count(*), cast(coalesce(sum(reimbursements), 0) as bigint), cast(coalesce(sum(amount), 0) as bigint)
		from run_line where company = $1 and run = $2 group by currency, reason order by currency, reason`, []any{tx.Company, run}, func(r *db.Rows) error {
		var cur string
		var reason Reason
		var n, reimbursements int64
		var amount money.Amount
		if err := r.Scan(&cur, &reason, &n, &reimbursements, &amount); err != nil {
			return err
		}
		s.Candidates += n
		if reason != "" {
			s.Excluded += n
			s.Reasons[reason] += n
			return nil
		}
		s.Reimbursed += n
		s.Reimbursements += reimbursements
		return s.Amounts.Add(cur, amount)
	})
	return s, err
}

// date gives the posting date of the run.
func (r *Run) date() civil.Date { return r.Policy.Date }

// isNew says whether an item is new since the run: its voucher's id is greater than the run's, both drawn from one sequence.
func (r *Run) isNew(it *openitem.Item) bool { return it.Voucher > r.ID }
