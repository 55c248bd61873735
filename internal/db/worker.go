package db

import (
	"context"
	"errors"
	"time"

	"zombiezen.com/go/sqlite"

	"quittance/internal/fault"
)

// OnlyWorker makes sure that one process at a time works on the embedded database, until end is called or the process ends,
// however it ends: it holds the lock of a small file beside the database. A second one is [fault.Refused]. On PostgreSQL, where
// processes share the work, there is nothing to hold.
func (d *DB) OnlyWorker(ctx context.Context) (end func(), err error) {
	if d.files == nil {
		return func() {}, nil
	}
	conn, err := sqlite.OpenConn(d.url+"-work", sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the file %q cannot be opened: %v", d.url+"-work", err).Because(err)
	}
	conn.SetBusyTimeout(100 * time.Millisecond)
	s, _, err := conn.PrepareTransient("begin exclusive")
	if err == nil {
		_, err = s.Step()
		err = errors.Join(err, s.Finalize())
	}
	if err != nil {
		conn.Close()
		return nil, fault.New(fault.Refused, "another process works on the database %s already, and SQLite is written by one process at a time: let that one work, or use PostgreSQL", d.Name()).ByRule("second_worker").Because(err)
	}
	return func() { conn.Close() }, nil
}
