package app

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/identity"
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
	Delivered  int64 // messages that this process delivered
	Failed     int64 // attempts of this process that delivered nothing
}

// Stats gives the numbers as they are now.
func (a *App) Stats() Stats {
	return Stats{DB: a.db.Stats(), RunsPosted: a.posted.Load(), Delivered: a.attempts.delivered.Load(), Failed: a.attempts.failed.Load()}
}

// Inventory is what a database holds, for comparing a copy with it.
type Inventory struct {
	Postgres  bool
	Engine    string // with its version
	Migration int64
	Keys      []string // ids of the keys for bank details and seals, the current one first
	Companies []ledger.Inventory
}

// Copy lets take copy the database, all companies and users, as of one moment: that of the inventory. It seals first what this process
// posted, and is recorded. It needs no token, whatever the companies say.
func (a *App) Copy(ctx context.Context, call Call, take func(context.Context, *db.Tx) error) (*Inventory, error) {
	_, err := do(ctx, a, call, everywhere("backup", identity.Administer, nil), func(context.Context, *db.Tx, *ledger.Company) (string, any, bool, error) {
		return "", nil, true, nil
	})
	if err != nil {
		return nil, err
	}
	if err := a.SealLeft(ctx); err != nil {
		return nil, err
	}
	a.SealNow()
	i := &Inventory{Postgres: a.db.Postgres(), Keys: a.keys.IDs()}
	if i.Engine, err = a.db.Version(ctx); err != nil {
		return nil, plainer(err)
	}
	err = a.queryEverywhere(ctx, call, identity.Administer, func(ctx context.Context, tx *db.Tx) (err error) {
		if i.Migration, err = tx.Migration(ctx); err != nil {
			return err
		}
		if i.Companies, err = ledger.Inventories(ctx, tx); err != nil {
			return err
		}
		return take(ctx, tx)
	})
	return i, err
}
