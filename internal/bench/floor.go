package bench

import (
	"context"
	"fmt"
	"time"

	"quittance/internal/fault"
)

// step is one statement of the floor, and the name under which its rows are counted.
type step struct{ counted, sql string }

// floorSteps gives the statements of the floor: one a table, within one transaction.
func floorSteps(postgres bool) []step {
	var steps []step
	for _, t := range writtenTables {
		steps = append(steps, step{t.table, fmt.Sprintf("insert into %s select * from stage_%[1]s", t.table)})
	}
	gone := "delete from open_item as o where exists (select 1 from stage_deleted d where d.company = o.company and d.side = o.side and d.party = o.party and d.voucher = o.voucher and d.line = o.line)"
	if postgres {
		gone = "delete from open_item as o where (" + openKey + ") in (select " + openKey + " from stage_deleted)"
	}
	steps = append(steps, step{deletedItems, gone})
	for _, u := range updates {
		steps = append(steps, step{u.counted, u.apply})
	}
	return steps
}

// FloorSQL gives the floor as text: what the database executes, on PostgreSQL or on SQLite.
func FloorSQL(postgres bool) []string {
	lines := []string{"begin"}
	if !postgres {
		lines = append([]string{}, sqliteSession...)
		lines = append(lines, "begin immediate")
	}
	for _, s := range floorSteps(postgres) {
		lines = append(lines, s.sql)
	}
	return append(lines, "commit")
}

// sqliteSession are the settings of the product's own writer.
var sqliteSession = []string{"pragma journal_mode=wal", "pragma synchronous=full", "pragma foreign_keys=on", "pragma temp_store=file", "pragma cache_size=-65536", "pragma wal_autocheckpoint=8000"}

// FloorResult is what one execution of the floor took and wrote.
type FloorResult struct {
	Seconds float64 `json:"seconds"`
	Rows    counts  `json:"rows"`
}

// Floor executes the floor in a database that has the staging tables: it is what a child process does.
func Floor(ctx context.Context, address string) (*FloorResult, error) {
	s, err := openStore(ctx, address)
	if err != nil {
		return nil, err
	}
	defer s.close()
	begin := "begin"
	if !isPostgres(address) {
		begin = "begin immediate"
		if err := all(ctx, s, sqliteSession...); err != nil {
			return nil, err
		}
	}
	r := &FloorResult{Rows: counts{}}
	began := time.Now()
	if err := all(ctx, s, begin); err != nil {
		return nil, err
	}
	for _, step := range floorSteps(isPostgres(address)) {
		n, err := s.exec(ctx, step.sql)
		if err != nil {
			return nil, fault.New(fault.Internal, "the floor failed at %s: %v", step.sql, err).Because(err)
		}
		if step.counted != "" {
			r.Rows[step.counted] = n
		}
	}
	if err := all(ctx, s, "commit"); err != nil {
		return nil, err
	}
	r.Seconds = time.Since(began).Seconds()
	return r, nil
}
