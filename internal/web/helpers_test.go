package web_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/demo"
)

// sampled is the sample, made once: the files of its database by name.
var sampled = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "quittance-sample-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := demo.Run(context.Background(), filepath.Join(dir, sampleFile), io.Discard); err != nil {
		return nil, err
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, n := range names {
		if files[n.Name()], err = os.ReadFile(filepath.Join(dir, n.Name())); err != nil {
			return nil, err
		}
	}
	return files, nil
})

const sampleFile = "sample.db"

// sample gives a test a database of its own with the sample.
func sample(t *testing.T) string {
	t.Helper()
	files, err := sampled()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, sampleFile)
}

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
