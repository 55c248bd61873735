package reimbursement

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// rows that one call goes through at most.
const (
	runWindow     = 1000
	lineWindow    = 4000
	voucherWindow = 4000
)

// ListRuns gives the next saved runs before the one with the id (0: from the newest on), the newest first, at most limit: those in the
// state, or all when it is blank. before says where the list goes on; 0 at its end.
func ListRuns(ctx context.Context, tx *db.Tx, state State, before int64, limit int) (runs []Run, next int64, err error) {
	where, args := "", []any{tx.Company}
	if before != 0 {
		where, args = " and id < $2", append(args, before)
	}
	found, err := db.Sift(ctx, tx, runWindow, limit, func(r *db.Rows, x *Run) (bool, error) {
		return state == "" || State(r.Text(2)) == state, scanRun(r, x)
	}, fmt.Sprintf("select %s from run where company = $1%s and state <> 'proposing' order by id desc limit %d", runColumns, where, runWindow), args...)
	if err != nil || !found.More {
		return found.Kept, 0, err
	}
	return found.Kept, found.Last.ID, nil
}

// RunsLike gives the saved runs whose code begins so, by code, at most limit.
func RunsLike(ctx context.Context, tx *db.Tx, code string, limit int) ([]Run, error) {
	return db.List(ctx, tx, func(r *db.Rows, x *Run) error { return scanRun(r, x) },
		"select "+runColumns+" from run where company = $1 and code >= $2 and code < $3 and state <> 'proposing' order by code limit $4", tx.Company, code, code+"\U0010ffff", limit)
}

// CountRuns says how many saved runs there are in each state.
func CountRuns(ctx context.Context, tx *db.Tx) (map[State]int64, error) {
	counts := map[State]int64{}
	err := tx.Each(ctx, "select state, count(*) from run where company = $1 and state <> 'proposing' group by state", []any{tx.Company}, func(r *db.Rows) error {
		counts[State(r.Text(0))] = r.Int64(1)
		return nil
	})
	return counts, err
}

// LineFilter narrows the lines of a run.
type LineFilter struct {
	Customer string // what the code begins with
	Excluded *bool
	Reason   Reason
}

func (f LineFilter) any() bool { return f.Customer != "" || f.Excluded != nil || f.Reason != "" }

// keep writes the filter as a condition on the line, with its arguments.
func (f LineFilter) keep(args *[]any) string {
	arg := func(v any) string { *args = append(*args, v); return fmt.Sprintf("$%d", len(*args)) }
	keep := "1 = 1"
	switch {
	case f.Excluded == nil:
	case *f.Excluded:
		keep += " and l.reason <> ''"
	default:
		keep += " and l.reason = ''"
	}
	if f.Reason != "" {
		keep += " and l.reason = " + arg(string(f.Reason))
	}
	if f.Customer != "" {
		keep += " and (select c.code from customer c where c.company = $1 and c.id = l.customer and c.code >= " + arg(f.Customer) + " and c.code < " + arg(f.Customer+"\U0010ffff") + ") is not null"
	}
	return keep
}

// holds says whether a chunk with these sums has a decision that passes the filter, but for the customer.
func (f LineFilter) holds(s *Summary) bool {
	switch {
	case f.Reason != "" && s.Reasons[f.Reason] == 0:
		return false
	case f.Excluded != nil && *f.Excluded && s.Excluded == 0:
		return false
	case f.Excluded != nil && !*f.Excluded && s.Reimbursed == 0:
		return false
	}
	return true
}

// ListLines gives the next lines of a run after the line, in order, at most limit, and the line after which the list goes on; 0 at its
// end. Chunks in which no line passes the filter are passed over.
func ListLines(ctx context.Context, tx *db.Tx, run int64, f LineFilter, after int64, limit int) (lines []LineInfo, next int64, err error) {
	chunks, err := chunksAfter(ctx, tx, run, f, after)
	if err != nil {
		return nil, 0, err
	}
	left := int64(lineWindow)
	for _, k := range chunks {
		if left <= 0 || len(lines) == limit {
			return lines, max(after, k.firstLine-1), nil
		}
		from := max(k.firstLine, after+1)
		rows := int(min(left, k.lastLine-from+1))
		if !f.any() {
			rows = min(rows, limit-len(lines)+1)
		}
		found, err := siftLines(ctx, tx, run, f, from, k.lastLine, rows, limit-len(lines))
		if err != nil {
			return nil, 0, err
		}
		some, err := readLines(ctx, tx, run, found.Kept, k.posted)
		if err != nil {
			return nil, 0, err
		}
		lines = append(lines, some...)
		if found.More && found.Last < k.lastLine {
			return lines, found.Last, nil
		}
		left -= int64(rows)
	}
	return lines, 0, nil
}

// siftLines gives the lines that pass the filter.
func siftLines(ctx context.Context, tx *db.Tx, run int64, f LineFilter, from, to int64, rows, limit int) (db.Sifted[int64], error) {
	args := []any{tx.Company, run, from, to}
	keep := f.keep(&args)
	return db.Sift(ctx, tx, rows, limit, func(r *db.Rows, line *int64) (bool, error) {
		*line = r.Int64(0)
		return r.Bool(1), nil
	}, fmt.Sprintf("select l.line, %s from run_line l where l.company = $1 and l.run = $2 and l.line between $3 and $4 order by l.line limit %d", keep, rows), args...)
}

// readLines reads lines, in their order.
func readLines(ctx context.Context, tx *db.Tx, run int64, lines []int64, posted bool) ([]LineInfo, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	those, arg := tx.Among("l.line", "$3", lines)
	return db.List(ctx, tx, func(r *db.Rows, l *LineInfo) error {
		l.Posted = posted
		return scanLine(r, l)
	}, "select "+lineColumns+" and "+those+" order by l.line", tx.Company, run, arg)
}

// chunksAfter gives the chunks of a run that have lines after the line and may have some that pass the filter.
func chunksAfter(ctx context.Context, tx *db.Tx, run int64, f LineFilter, after int64) ([]chunk, error) {
	where, args := "", []any{tx.Company, run, after}
	if f.Customer != "" { // a chunk's customers stand in the order of their codes
		where = " and last_customer >= $4 and first_customer < $5"
		args = append(args, f.Customer, f.Customer+"\U0010ffff")
	}
	var chunks []chunk
	err := tx.Each(ctx, "select "+chunkColumns+", summary from run_chunk where company = $1 and run = $2 and last_line > $3"+where+" order by n", args, func(r *db.Rows) error {
		k := chunk{n: int(r.Int64(0)), firstLine: r.Int64(1), lastLine: r.Int64(2), posted: r.Bool(7)}
		if f.Reason != "" || f.Excluded != nil {
			s := newSummary()
			if err := json.Unmarshal([]byte(r.Text(8)), s); err != nil {
				return fmt.Errorf("reimbursement: the summary of a chunk cannot be read: %w", err)
			}
			if !f.holds(s) {
				return nil
			}
		}
		chunks = append(chunks, k)
		return nil
	})
	return chunks, err
}

// PostedOf gives how many reimbursements stand in the posted chunks of a run.
func PostedOf(ctx context.Context, tx *db.Tx, run int64) (n int64, err error) {
	err = tx.Row(ctx, "select cast(coalesce(sum(reimbursements), 0) as bigint) from run_chunk where company = $1 and run = $2 and state = 'posted'", tx.Company, run).Scan(&n)
	return n, err
}

// Filter narrows a list of posted reimbursements; blank is no bound.
type Filter struct {
	Run      *Run
	Customer int64
	Number   string // what the number begins with
}

// Place is where a list of reimbursements stands: after that number, of a stage.
type Place struct {
	Stage  int    `json:"s,omitempty"`
	Number string `json:"n"`
}

// List gives the next posted reimbursements after the place (nil: from the beginning), at most limit, and where the list goes on; nil at
// its end. They come by number, those of the number series first; those of a customer the newest number first.
func List(ctx context.Context, tx *db.Tx, c *ledger.Company, f Filter, after *Place, limit int) ([]View, *Place, error) {
	if f.Customer != 0 {
		return listOfCustomer(ctx, tx, c, f, after, limit)
	}
	ranges, err := f.ranges(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	at := Place{}
	if after != nil {
		at = *after
	}
	var all []numbered
	for left := voucherWindow; at.Stage < len(ranges); at = (Place{Stage: at.Stage + 1}) {
		if left <= 0 || len(all) == limit {
			break
		}
		found, err := f.sift(ctx, tx, ranges[at.Stage], at.Number, limit-len(all))
		if err != nil {
			return nil, nil, err
		}
		all = append(all, found.Kept...)
		if found.More {
			at.Number = found.Last.number
			break
		}
		left -= found.Seen
	}
	views, err := viewsOf(ctx, tx, c, all)
	if at.Stage >= len(ranges) {
		return views, nil, err
	}
	return views, &at, err
}

// numbers is a range of numbers in byte order: from the first one on, and below or up to the second one.
type numbers struct {
	from, to string
	upTo     bool
}

// ranges gives where reimbursements are looked for: in the run's block; else in their series first, and then in the other numbers, since
// a folder may have brought some in that bear others.
func (f Filter) ranges(ctx context.Context, tx *db.Tx) ([]numbers, error) {
	if f.Run != nil {
		first, last, err := numberRange(ctx, tx, f.Run.ID)
		if err != nil || first == "" {
			return nil, err
		}
		return []numbers{{first, last, true}}, nil
	}
	const beyond = "\U0010ffff"
	b, err := ledger.Series(ctx, tx, ledger.Reimbursement.String())
	if err != nil {
		return nil, err
	}
	all := []numbers{{b.Prefix, b.Prefix + beyond, false}, {"", b.Prefix, false}, {b.Prefix + beyond, beyond, false}}
	if f.Number == "" {
		return all, nil
	}
	var some []numbers
	for _, n := range all {
		if n.from, n.to = max(n.from, f.Number), min(n.to, f.Number+beyond); n.from < n.to {
			some = append(some, n)
		}
	}
	return some, nil
}

// numbered is a voucher by number.
type numbered struct {
	id     int64
	number string
}

func (f Filter) sift(ctx context.Context, tx *db.Tx, in numbers, after string, limit int) (db.Sifted[numbered], error) {
	from, to := "v.number >= $2", "v.number < $3"
	if in.upTo {
		to = "v.number <= $3"
	}
	args := []any{tx.Company, in.from, in.to}
	if after != "" {
		from, args[1] = "v.number > $2", after
	}
	keep := "v.type = 7"
	if f.Run != nil {
		keep, args = keep+" and v.source = $4", append(args, f.Run.ID)
	}
	if f.Number != "" {
		n := len(args)
		keep, args = keep+fmt.Sprintf(" and v.number >= $%d and v.number < $%d", n+1, n+2), append(args, f.Number, f.Number+"\U0010ffff")
	}
	return db.Sift(ctx, tx, voucherWindow, limit, func(r *db.Rows, n *numbered) (bool, error) {
		n.id, n.number = r.Int64(0), r.Text(1)
		return r.Bool(2), nil
	}, fmt.Sprintf("select v.id, v.number, %s from voucher v where v.company = $1 and %s and %s order by v.number limit %d", keep, from, to, voucherWindow), args...)
}

// listOfCustomer finds them by what was settled with them: vouchers are not kept by customer.
func listOfCustomer(ctx context.Context, tx *db.Tx, c *ledger.Company, f Filter, after *Place, limit int) ([]View, *Place, error) {
	where, args := "", []any{tx.Company, f.Customer}
	if after != nil {
		args = append(args, after.Number)
		where = fmt.Sprintf(" and v.number < $%d", len(args))
	}
	if f.Run != nil {
		args = append(args, f.Run.ID)
		where += fmt.Sprintf(" and v.source = $%d", len(args))
	}
	if f.Number != "" {
		args = append(args, f.Number, f.Number+"\U0010ffff")
		where += fmt.Sprintf(" and v.number >= $%d and v.number < $%d", len(args)-1, len(args))
	}
	// Cross join, since without statistics SQLite would begin with the vouchers.
	found, err := db.List(ctx, tx, func(r *db.Rows, n *numbered) error { return r.Scan(&n.id, &n.number) }, fmt.Sprintf(`select v.id, v.number from
		(select distinct debit_voucher as id from settlement where company = $1 and party = $2) s cross join voucher v
		where v.company = $1 and v.id = s.id and v.type = 7 and v.customer = $2%s order by v.number desc limit %d`, where, limit+1), args...)
	if err != nil {
		return nil, nil, err
	}
	var next *Place
	if len(found) > limit {
		found = found[:limit]
		next = &Place{Number: found[limit-1].number}
	}
	views, err := viewsOf(ctx, tx, c, found)
	return views, next, err
}

// viewsOf gives the reimbursements, in their order.
func viewsOf(ctx context.Context, tx *db.Tx, c *ledger.Company, all []numbered) ([]View, error) {
	if len(all) == 0 {
		return nil, nil
	}
	ids, at := make([]int64, len(all)), map[string]int{}
	for i, n := range all {
		ids[i], at[n.number] = n.id, i
	}
	those, arg := tx.Among("v.id", "$2", ids)
	views, _, err := readViews(ctx, tx, c, those, "v.number", len(ids), []any{tx.Company, arg})
	slices.SortFunc(views, func(a, b View) int { return at[a.Number] - at[b.Number] })
	return views, err
}

// CheckState refuses what is no state of a saved run; blank is any.
func CheckState(state string) (State, error) {
	switch s := State(state); s {
	case "", Proposed, Posting, Posted, Cancelled:
		return s, nil
	}
	return "", fault.New(fault.Invalid, "%q is no state of a run; expected proposed, posting, posted or cancelled", state).In("state")
}
