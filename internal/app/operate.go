package app

import (
	"context"

	"quittance/internal/db"
)

// Ready says whether the database answers and its tables are those of the program; an error says what is missing. It is for probes, and
// tells nothing of what the database holds.
func (a *App) Ready(ctx context.Context) error { return a.db.Ready(ctx) }

// Stats are numbers for whoever watches the process.
type Stats struct {
	DB         db.Stats
	RunsPosted int64 // whose posting ended in this process
}

// Stats gives the numbers as they are now.
func (a *App) Stats() Stats {
	return Stats{DB: a.db.Stats(), RunsPosted: a.posted.Load()}
}
