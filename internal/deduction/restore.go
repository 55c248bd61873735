package deduction

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/ledger"
)

// All gives every deduction of the company, in the order in which they came to be: to be written down, and brought in elsewhere.
func All(ctx context.Context, tx *db.Tx) ([]*Deduction, error) { return list(ctx, tx, "id > 0") }

// Named gives the deductions of the company that are named, by number.
func Named(ctx context.Context, tx *db.Tx, numbers []string) (map[string]*Deduction, error) {
	wanted, found := map[string]bool{}, map[string]*Deduction{}
	if len(numbers) == 0 {
		return found, nil
	}
	for _, n := range numbers {
		wanted[n] = true
	}
	d := &Deduction{}
	err := tx.Each(ctx, "select "+columns+" from deduction where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		if err := Scan(r, d); err != nil {
			return err
		}
		if wanted[d.Number] {
			found[d.Number], d = d, &Deduction{}
		}
		return nil
	})
	return found, err
}

// AllResolutions gives every resolution line of the company, by deduction, the newest last.
func AllResolutions(ctx context.Context, tx *db.Tx) ([]*Resolution, error) {
	return db.List(ctx, tx, scanResolution, "select "+resolutionColumns+" from resolution where company = $1 order by deduction, id", tx.Company)
}

// Told is a line of the history, with the deduction that it is of.
type Told struct {
	Deduction int64
	Event
}

// AllEvents gives the whole history of all deductions, by deduction, the newest last.
func AllEvents(ctx context.Context, tx *db.Tx) ([]Told, error) {
	return db.List(ctx, tx, func(r *db.Rows, e *Told) error { return r.Scan(&e.Deduction, &e.ID, &e.At, &e.Actor, &e.Kind, &e.Text) },
		"select deduction, id, at, actor, kind, text from deduction_event where company = $1 order by deduction, id", tx.Company)
}

// Watching is somebody who watches a deduction.
type Watching struct {
	Deduction int64
	Watcher   string
}

// AllWatchers gives who watches what, by deduction and name.
func AllWatchers(ctx context.Context, tx *db.Tx) ([]Watching, error) {
	return db.List(ctx, tx, func(r *db.Rows, w *Watching) error { return r.Scan(&w.Deduction, &w.Watcher) },
		"select deduction, watcher from deduction_watcher where company = $1 order by deduction, watcher", tx.Company)
}

// Attached is an attachment, with the deduction that it is of.
type Attached struct {
	Deduction int64
	Evidence
}

// AllEvidence gives all attachments, by deduction, in the order in which they came.
func AllEvidence(ctx context.Context, tx *db.Tx) ([]Attached, error) {
	return db.List(ctx, tx, func(r *db.Rows, a *Attached) error { return r.Scan(&a.Deduction, &a.ID, &a.Type, &a.File) },
		"select deduction, id, type, file from deduction_evidence where company = $1 order by deduction, id", tx.Company)
}

// Past is what was brought in of deductions: all that a company knows of them but what is derived.
type Past struct {
	Deductions  []*Deduction // with their ids
	Resolutions []*Resolution
	Events      []Told
	Watchers    []Watching
	Evidence    []Attached
}

// Restore writes what was brought in of deductions, which the caller has tested: what is derived of them is derived, and what of them
// counts as an open debit is exposed. Resolutions, events and attachments get their ids in the order given; the batches of resolutions
// are numbers that the caller chose within each deduction.
func Restore(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, p *Past) error {
	if err := insert(ctx, tx, p.Deductions...); err != nil {
		return err
	}
	if err := p.resolutions(ctx, tx); err != nil {
		return err
	}
	if err := p.rest(ctx, tx); err != nil {
		return err
	}
	for from := 0; from < len(p.Deductions); from += someAtOnce {
		some := p.Deductions[from:min(from+someAtOnce, len(p.Deductions))]
		if err := Derive(ctx, tx, c, s, some...); err != nil {
			return err
		}
		for _, d := range some {
			if _, err := tx.Exec(ctx, "update deduction set expires = $1, expected = $2, ready = $3 where company = $4 and id = $5", orNull(d.Expires), d.Expected, d.Ready, tx.Company, d.ID); err != nil {
				return err
			}
			if err := s.Expose(ctx, tx, d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Past) resolutions(ctx context.Context, tx *db.Tx) error {
	ids, err := tx.NewIDs(ctx, 2*len(p.Resolutions))
	if err != nil {
		return err
	}
	type batch struct{ deduction, number int64 }
	batches := map[batch]int64{}
	b := tx.Batch("resolution", resolutionRow...)
	for _, r := range p.Resolutions {
		k := batch{r.Deduction, r.Batch}
		if batches[k] == 0 {
			batches[k], ids = ids[0], ids[1:]
		}
		r.ID, r.Batch, ids = ids[0], batches[k], ids[1:]
		addResolution(b, tx.Company, r)
	}
	return b.Flush(ctx)
}

// rest writes events, watchers and attachments.
func (p *Past) rest(ctx context.Context, tx *db.Tx) error {
	ids, err := tx.NewIDs(ctx, len(p.Events)+len(p.Evidence))
	if err != nil {
		return err
	}
	b := tx.Batch("deduction_event", "company", "deduction", "id", "at", "actor", "kind", "text")
	for _, e := range p.Events {
		b.Add(tx.Company, e.Deduction, ids[0], e.At, e.Actor, e.Kind, e.Text)
		ids = ids[1:]
	}
	if err := b.Flush(ctx); err != nil {
		return err
	}
	b = tx.Batch("deduction_watcher", "company", "deduction", "watcher")
	for _, w := range p.Watchers {
		b.Add(tx.Company, w.Deduction, w.Watcher)
	}
	if err := b.Flush(ctx); err != nil {
		return err
	}
	b = tx.Batch("deduction_evidence", "company", "deduction", "id", "type", "file")
	for _, a := range p.Evidence {
		b.Add(tx.Company, a.Deduction, ids[0], a.Type, a.File)
		ids = ids[1:]
	}
	return b.Flush(ctx)
}
