package app

import (
	"bytes"
	"context"

	"quittance/internal/db"
	"quittance/internal/drop"
	"quittance/internal/fault"
	"quittance/internal/handover"
	"quittance/internal/identity"
	"quittance/internal/ledger"
)

// ExportedTo is what a scheduled export did.
type ExportedTo struct {
	Written []string `json:"written"` // batches
}

const batchesAtOnce = 100 // that one run makes at most; the next goes on

// exportTo writes the batches of a target to a place: first those that an earlier run made and could not write, then new ones until none are left.
func (a *App) exportTo(ctx context.Context, call Call, schedule, target string, place drop.Place) (any, error) {
	done := &ExportedTo{Written: []string{}}
	var left []handover.Batch
	if err := query(ctx, a, call, identity.HandOver, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (err error) {
		left, err = handover.Unsent(ctx, tx, target, schedule)
		return err
	}); err != nil {
		return done, err
	}
	for i := range left {
		if err := a.send(ctx, call, target, left[i].N, place); err != nil {
			return done, err
		}
		done.Written = append(done.Written, left[i].Name())
	}
	for range batchesAtOnce {
		b, err := a.makeExport(ctx, call, target, 0, 0, schedule)
		if fault.RuleOf(err) == "nothing_to_export" {
			return done, nil
		}
		if err != nil {
			return done, err
		}
		if err := a.send(ctx, call, target, b.Number, place); err != nil {
			return done, err
		}
		done.Written = append(done.Written, b.Batch)
	}
	return done, nil
}

// send writes a batch to a place. A file of the name with the same content is the batch, written by a process that died before it could say so.
func (a *App) send(ctx context.Context, call Call, target string, n int64, place drop.Place) error {
	f, err := a.OpenExport(ctx, call, target, n)
	if err != nil {
		return err
	}
	err = place.Write(ctx, f.Name, f.Content)
	if fault.RuleOf(err) == "place_taken" {
		there, rerr := place.Read(ctx, f.Name, int64(len(f.Content)))
		if rerr == nil && bytes.Equal(there, f.Content) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	_, err = do(ctx, a, call, command{name: "export.sent", permission: identity.HandOver, input: []any{target, n}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		return f.Batch, nil, true, handover.Sent(ctx, tx, target, n)
	})
	return err
}
