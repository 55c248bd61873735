package reimbursement

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/fnv"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// State is where a run is. Transitions: proposing → proposed → posting → posted; proposed → cancelled.
type State string

// The states. Simulated is that of a plan that is not saved; proposing is that of one that is being saved, which nobody sees.
const (
	Simulated State = "simulated"
	Proposing State = "proposing"
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
	Horizon        int64 // the row id that came next when the plan was made: vouchers from it on are new
	StartedBy      string
	StartedRoles   []string
	StartedAt      int64 // UTC microseconds; 0 when it is not known

	summary string // as stored when the run ended; blank before
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

const runColumns = `id, code, state, selection, policy, created_by, created_at, coalesce(posted_at, 0), candidates, excluded, reimbursements, transfers, coalesce(first_number, 0), coalesce(last_number, 0), coalesce(first_transfer, 0), horizon, coalesce(started_by, ''), coalesce(started_roles, ''), coalesce(started_at, 0), coalesce(summary, '')`

func scanRun(r interface{ Scan(...any) error }, x *Run) error {
	var selection, policy, roles string
	if err := r.Scan(&x.ID, &x.Code, &x.State, &selection, &policy, &x.CreatedBy, &x.CreatedAt, &x.PostedAt, &x.Candidates, &x.Excluded, &x.Reimbursements, &x.Transfers, &x.FirstNumber, &x.LastNumber, &x.FirstTransfer, &x.Horizon, &x.StartedBy, &roles, &x.StartedAt, &x.summary); err != nil {
		return err
	}
	if roles != "" {
		x.StartedRoles = strings.Split(roles, ",")
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
	return db.List(ctx, tx, func(r *db.Rows, x *Run) error { return scanRun(r, x) }, "select "+runColumns+" from run where company = $1 and state <> 'proposing' order by id desc", tx.Company)
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
	if _, err = tx.Exec(ctx, "update run set excluded = excluded + $1, reimbursements = reimbursements - $2, transfers = transfers - $3 where company = $4 and id = $5", n, reimbursements, transfers, tx.Company, r.ID); err != nil {
		return n, err
	}
	return n, resumChunks(ctx, tx, r.ID, "select n from run_chunk k where k.company = $1 and k.run = $2 and exists (select 1 from run_line l where l.company = $1 and l.run = $2 and l.line between k.first_line and k.last_line and l.customer = $3)", customer)
}

// Cancel gives up a proposed run; nothing of it will be posted.
func Cancel(ctx context.Context, tx *db.Tx, r *Run) error {
	n, err := tx.Exec(ctx, "update run set state = 'cancelled' where company = $1 and id = $2 and state = 'proposed'", tx.Company, r.ID)
	if err == nil && n == 0 {
		err = fault.New(fault.Refused, "run %s is %s; only a proposed run can be cancelled, and a started one is finished by posting it again", r.Code, r.State).ByRule("not_proposed")
	}
	if err != nil {
		return err
	}
	return keepSummary(ctx, tx, r.ID)
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

const lineColumns = `l.line, l.customer, coalesce(l.vendor, 0), c.code, c.name, l.currency, coalesce(v.code, ''), l.reason, l.detail, l.amount, l.reimbursements, l.transfers, l.fingerprint
	from run_line l join customer c on c.company = l.company and c.id = l.customer left join vendor v on v.company = l.company and v.id = l.vendor
	where l.company = $1 and l.run = $2`

func scanLine(r *db.Rows, l *LineInfo) error {
	return r.Scan(&l.Line, &l.CustomerID, &l.VendorID, &l.Customer, &l.Name, &l.Currency, &l.Vendor, &l.Reason, &l.Detail, &l.Amount, &l.Reimbursements, &l.Transfers, &l.Fingerprint)
}

// EachLine calls fn with the lines of a run, in order.
func EachLine(ctx context.Context, tx *db.Tx, run int64, fn func(LineInfo) error) error {
	chunks, err := chunksOf(ctx, tx, run)
	if err != nil {
		return err
	}
	for _, k := range chunks {
		err := tx.Each(ctx, "select "+lineColumns+" and l.line between $3 and $4 order by l.line", []any{tx.Company, run, k.firstLine, k.lastLine}, func(r *db.Rows) error {
			l := LineInfo{Posted: k.posted}
			if err := scanLine(r, &l); err != nil {
				return err
			}
			return fn(l)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// date gives the posting date of the run.
func (r *Run) date() civil.Date { return r.Policy.Date }

// isNew says whether an item is new since the plan was made: its voucher's id was not drawn yet then.
func (r *Run) isNew(it *openitem.Item) bool { return it.Voucher >= r.Horizon }
