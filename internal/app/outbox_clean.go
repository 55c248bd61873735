package app

import (
	"context"
	"time"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/outbox"
)

// keepDays gives for how many days the company keeps its log of deliveries; 0: for good.
func keepDays(c *ledger.Company) (int, error) { return daysOr(c, "keep_deliveries_days", 365) }

// daysOr gives a parameter that is a number of days, or what holds when it is not set.
func daysOr(c *ledger.Company, name string, unset int) (int, error) {
	if c.Parameters[name] == "" {
		return unset, nil
	}
	return numberParameter(c, name)
}

// DeliveriesKept gives for how many days events and deliveries are kept; 0: for good.
func (a *App) DeliveriesKept(ctx context.Context, call Call) (days int, err error) {
	err = query(ctx, a, call, identity.Read, func(_ context.Context, _ *db.Tx, c *ledger.Company) error {
		days, err = keepDays(c)
		return err
	})
	return days, err
}

// CleanDeliveries takes events and deliveries that are older than the parameter keep_deliveries_days says out of the log, in batches, each with its audit
// record: delivery.clean. What waits to be delivered, and what was given up and nobody dealt with, stays.
func (a *App) CleanDeliveries(ctx context.Context, call Call) (all outbox.Cleaned, err error) {
	for {
		some := false
		if err := query(ctx, a, call, identity.Administer, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
			before, err := keptSince(c, tx)
			if err == nil && !before.IsZero() {
				some, err = outbox.Old(ctx, tx, before)
			}
			return err
		}); err != nil || !some {
			return all, err
		}
		c, err := do(ctx, a, call, command{name: "delivery.clean", permission: identity.Administer}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, outbox.Cleaned, error) {
			before, err := keptSince(c, tx)
			if err != nil || before.IsZero() {
				return "deliveries", nil, outbox.Cleaned{}, err
			}
			n, err := outbox.Clean(ctx, tx, before)
			return "deliveries", map[string]any{"before": instant(before.UnixMicro()), "events": n.Events, "deliveries": n.Deliveries, "attempts": n.Attempts, "reports": n.Reports}, n, err
		})
		if err != nil || !c.Any() {
			return all, err
		}
		all.Events, all.Deliveries, all.Attempts, all.Reports = all.Events+c.Events, all.Deliveries+c.Deliveries, all.Attempts+c.Attempts, all.Reports+c.Reports
	}
}

// keptSince gives the moment before which the log is cleaned; zero: it is not.
func keptSince(c *ledger.Company, tx *db.Tx) (time.Time, error) {
	days, err := keepDays(c)
	if err != nil || days == 0 {
		return time.Time{}, err
	}
	return tx.Now.AddDate(0, 0, -days), nil
}

// eachCompany does something in each company on behalf of the program, and ends with the first error.
func (a *App) eachCompany(ctx context.Context, by identity.Actor, fn func(call Call) error) error {
	var codes []string
	if err := plainer(a.db.Read(ctx, a.scope(Call{Actor: by}), func(ctx context.Context, tx *db.Tx) (err error) {
		codes, err = db.List(ctx, tx, func(r *db.Rows, code *string) error { return r.Scan(code) }, "select code from company order by code")
		return err
	})); err != nil {
		return err
	}
	for _, code := range codes {
		if err := fn(Call{Actor: by, Company: code}); err != nil {
			return err
		}
	}
	return nil
}

// Keep does in all companies what is done once in a while: it tells of deadlines, and cleans the log of deliveries.
func (a *App) Keep(ctx context.Context, by identity.Actor) error {
	if by.Allow(identity.Administer) != nil {
		return nil // who may post runs only leaves it to others
	}
	return a.eachCompany(ctx, by, func(call Call) error {
		if _, err := a.TellDeadlines(ctx, call); err != nil {
			return err
		}
		_, err := a.CleanDeliveries(ctx, call)
		return err
	})
}
