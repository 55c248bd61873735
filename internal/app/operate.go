package app

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/ledger"
)

// Ready says whether the database answers and its tables are those of the program; an error says what is missing. It is for probes, and
// tells nothing of what the database holds.
func (a *App) Ready(ctx context.Context) error { return a.db.Ready(ctx) }

// SealLeft asks for the sealing of what another process posted and could not seal, because it was killed say.
func (a *App) SealLeft(ctx context.Context) error {
	ids := []int64{}
	err := a.db.Read(ctx, a.scope(Call{}), func(ctx context.Context, tx *db.Tx) (err error) {
		ids, err = ledger.CompanyIDs(ctx, tx)
		return err
	})
	for _, id := range ids {
		a.seals.soon(id)
	}
	return plainer(err)
}

// Stats are numbers for whoever watches the process.
type Stats struct {
	DB         db.Stats
	RunsPosted int64 // whose posting ended in this process
}

// Stats gives the numbers as they are now.
func (a *App) Stats() Stats {
	return Stats{DB: a.db.Stats(), RunsPosted: a.posted.Load()}
}
