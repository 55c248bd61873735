package deduction

import (
	"context"

	"quittance/internal/db"
)

// ReadHeads reads which customers have a parent who has codes, dispute rules or a treatment of its own: where a store has none, those of
// its head office count. LoadSetup does so; it is to be done again when a parent got its first.
func (s *Setup) ReadHeads(ctx context.Context, tx *db.Tx) error {
	s.heads = map[int64]int64{}
	return tx.Each(ctx, `select id, parent from customer where company = $1 and parent in (select customer from deduction_party where company = $1
		union select customer from dispute_rule where company = $1 and customer <> 0 union select customer from deduction_code where company = $1 and customer <> 0)`,
		[]any{tx.Company}, func(r *db.Rows) error {
			s.heads[r.Int64(0)] = r.Int64(1)
			return nil
		})
}

// whose gives whose codes and rules count for a customer: its own, else those of its parent (0: it has none), else (0) those of everybody.
func (s *Setup) whose(customer int64) [3]int64 { return [3]int64{customer, s.heads[customer], 0} }

// party gives how a customer's deductions are treated: by its own row, else by that of its parent.
func (s *Setup) party(customer int64) Party {
	if own, there := s.Parties[customer]; there {
		return own
	}
	return s.Parties[s.heads[customer]]
}
