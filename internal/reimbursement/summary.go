package reimbursement

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"quittance/internal/db"
	"quittance/internal/money"
)

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

// Summary is what a plan comes to; candidates, reimbursed and excluded count customers with currency.
type Summary struct {
	Candidates, Reimbursed, Reimbursements, Excluded int64
	Transfers                                        int64 // settlement vouchers of nettings
	Amounts                                          Sum
	Reasons                                          map[Reason]int64
	Notes                                            []string
}

func newSummary() *Summary { return &Summary{Reasons: map[Reason]int64{}} }

// add adds a decision.
func (s *Summary) add(l *Line) error {
	return s.count(1, l.Reason, int64(len(l.Reimbursements)), int64(l.transfers()), l.Currency, l.Amount)
}

// count adds n decisions with the same reason and currency, and what they come to together.
func (s *Summary) count(n int64, why Reason, reimbursements, transfers int64, currency string, a money.Amount) error {
	s.Candidates += n
	if why != "" {
		s.Excluded += n
		s.Reasons[why] += n
		return nil
	}
	s.Reimbursed += n
	s.Reimbursements += reimbursements
	s.Transfers += transfers
	return s.Amounts.Add(currency, a)
}

// merge adds another summary.
func (s *Summary) merge(o *Summary) error {
	s.Candidates += o.Candidates
	s.Reimbursed += o.Reimbursed
	s.Reimbursements += o.Reimbursements
	s.Excluded += o.Excluded
	s.Transfers += o.Transfers
	for r, n := range o.Reasons {
		s.Reasons[r] += n
	}
	for _, a := range o.Amounts {
		if err := s.Amounts.Add(a.Currency, a.Amount); err != nil {
			return err
		}
	}
	return nil
}

// Summarize gives the sums of a saved run as its lines stand now. They are kept with the run when it has ended, before that with
// each chunk, so that no line is read.
func Summarize(ctx context.Context, tx *db.Tx, r *Run) (*Summary, error) {
	if r.summary == "" {
		return sumChunks(ctx, tx, r.ID)
	}
	s := newSummary()
	if err := json.Unmarshal([]byte(r.summary), s); err != nil {
		return nil, fmt.Errorf("reimbursement: the summary of run %s cannot be read: %w", r.Code, err)
	}
	return s, nil
}

// keepSummary keeps the sums of a run that has ended.
func keepSummary(ctx context.Context, tx *db.Tx, run int64) error {
	s, err := sumChunks(ctx, tx, run)
	if err == nil {
		_, err = tx.Exec(ctx, "update run set summary = $1 where company = $2 and id = $3", s.text(), tx.Company, run)
	}
	return err
}

func sumChunks(ctx context.Context, tx *db.Tx, run int64) (*Summary, error) {
	all := newSummary()
	err := tx.Each(ctx, "select summary from run_chunk where company = $1 and run = $2 order by n", []any{tx.Company, run}, func(r *db.Rows) error {
		s := newSummary()
		if err := json.Unmarshal([]byte(r.Text(0)), s); err != nil {
			return fmt.Errorf("reimbursement: the summary of a chunk cannot be read: %w", err)
		}
		return all.merge(s)
	})
	return all, err
}

// resumChunks sums the lines of chunks anew after some of them changed; which selects the numbers of the chunks, with the
// company as $1, the run as $2 and arg as $3.
func resumChunks(ctx context.Context, tx *db.Tx, run int64, which string, arg any) error {
	chunks, err := db.List(ctx, tx, func(r *db.Rows, n *int) error { return r.Scan(n) }, which, tx.Company, run, arg)
	if err != nil {
		return err
	}
	for _, n := range chunks {
		s, err := sumLines(ctx, tx, run, n)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "update run_chunk set summary = $1, reimbursements = $2, transfers = $3 where company = $4 and run = $5 and n = $6",
			s.text(), s.Reimbursements, s.Transfers, tx.Company, run, n)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Summary) text() string {
	b, _ := json.Marshal(s)
	return string(b)
}

// sumLines adds up the lines of one chunk.
func sumLines(ctx context.Context, tx *db.Tx, run int64, chunk int) (*Summary, error) {
	s := newSummary()
	err := tx.Each(ctx, `select l.currency, l.reason, count(*), cast(sum(l.reimbursements) as bigint), cast(sum(l.transfers) as bigint), cast(sum(l.amount) as bigint)
		from run_chunk k join run_line l on l.company = k.company and l.run = k.run and l.line between k.first_line and k.last_line
		where k.company = $1 and k.run = $2 and k.n = $3 group by l.currency, l.reason`, []any{tx.Company, run, chunk}, func(r *db.Rows) error {
		return s.count(r.Int64(2), Reason(r.Text(1)), r.Int64(3), r.Int64(4), r.Text(0), money.Amount(r.Int64(5)))
	})
	return s, err
}
