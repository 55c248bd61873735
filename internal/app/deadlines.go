package app

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/request"
)

const (
	noticeDays    = 5   // before a deadline, when the company does not say
	mostDeadlines = 200 // told of in one command
)

// TellDeadlines tells of the deadlines of requests that come due within the days of notice, or have passed, once for each clock and threshold, and says of
// how many: deadline.tell.
func (a *App) TellDeadlines(ctx context.Context, call Call) (n int, err error) {
	for {
		some := false
		if err := query(ctx, a, call, identity.Administer, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
			due, err := deadlines(ctx, tx, c, 1)
			some = len(due) > 0
			return err
		}); err != nil || !some {
			return n, err
		}
		told, err := do(ctx, a, call, command{name: "deadline.tell", permission: identity.Administer}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, int, error) {
			due, err := deadlines(ctx, tx, c, mostDeadlines)
			if err != nil {
				return "", nil, 0, err
			}
			told := 0
			for i := range due {
				did, err := due[i].Tell(ctx, tx)
				if err != nil {
					return "", nil, 0, err
				}
				if did {
					told++
				}
			}
			return "deadlines", map[string]any{"told": told}, told, nil
		})
		if n += told; err != nil || told == 0 {
			return n, err
		}
	}
}

func deadlines(ctx context.Context, tx *db.Tx, c *ledger.Company, limit int) ([]request.Deadline, error) {
	notice, err := daysOr(c, "deadline_notice_days", noticeDays)
	if err != nil {
		return nil, err
	}
	return request.Deadlines(ctx, tx, c, notice, limit)
}
