package db

import (
	"context"
	"time"

	"quittance/internal/fault"
)

// Ready says whether the database answers and its tables are those of the program; an error says what is missing.
func (d *DB) Ready(ctx context.Context) error {
	done, err := d.atVersion(ctx)
	if err == nil && !done {
		err = fault.New(fault.Unavailable, "the tables of the database %s are not those of this program; start it anew, so that it brings them up to date", d.Name()).ByRule("database_older")
	}
	return err
}

// Stats are numbers of the connections.
type Stats struct {
	InUse, Idle, Most int           // connections: at work, waiting for work, and at most
	Taken             int64         // how often one was taken so far, on PostgreSQL
	Waited            int64         // how often somebody had to wait for one, on PostgreSQL
	WaitedFor         time.Duration // how long in all, on PostgreSQL
}

// Stats gives the numbers of the connections as they are now.
func (d *DB) Stats() Stats {
	if d.pool != nil {
		s := d.pool.Stat()
		return Stats{
			InUse: int(s.AcquiredConns()), Idle: int(s.IdleConns()), Most: int(s.MaxConns()),
			Taken: s.AcquireCount(), Waited: s.EmptyAcquireCount(), WaitedFor: s.EmptyAcquireWaitTime(),
		}
	}
	most := cap(d.files.readers) + cap(d.files.writer)
	free := len(d.files.readers) + len(d.files.writer) // opened or not yet
	return Stats{InUse: most - free, Idle: free, Most: most}
}
