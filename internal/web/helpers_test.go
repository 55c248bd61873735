package web_test

import (
	"context"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/db"
)

// sessionsLeft counts the sessions that are stored.
func sessionsLeft(t *testing.T, d *apptest.Door) (n int) {
	t.Helper()
	err := d.DB.Read(context.Background(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		return tx.Row(ctx, "select count(*) from session").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
