// Package backup copies a database with everything in it, and brings the copy back with a proof.
//
//   - A *backup* is a folder of two files: the copy (quittance.db of the embedded database, quittance.dump of PostgreSQL, made by
//     pg_dump) and its *manifest*, which says what is in it, with the copy's SHA-256.
//   - A *proof* is what verify finds in the restored books, since the last seal that the manifest names.
//
// Invariants: the copy is the database as of one moment, while others work; a backup is there whole or not at all; it never holds a
// key, but names those that it needs; it is restored into an empty place only, and counts as restored when the proof has come out right.
//
// Source: architecture, "The database"; the documentation of pg_dump and of SQLite's backup interface.
package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"quittance/internal/app"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

const (
	format       = 1 // of the manifest
	manifestFile = "manifest.json"
	mostManifest = 16 << 20 // bytes
)

// Manifest says what a backup holds.
type Manifest struct {
	Format    int                `json:"format"`
	Program   string             `json:"program"` // its version
	Created   time.Time          `json:"created"`
	Database  string             `json:"database"` // sqlite or postgres
	Engine    string             `json:"engine"`   // with its version
	Migration int64              `json:"migration"`
	Keys      []string           `json:"keys"` // ids of the keys that it needs; the keys are not in it
	File      string             `json:"file"`
	Bytes     int64              `json:"bytes"`
	SHA256    string             `json:"sha256"`
	Companies []ledger.Inventory `json:"companies"`
}

// kinds of databases, with the file that holds the copy.
var files = map[string]string{"sqlite": "quittance.db", "postgres": "quittance.dump"}

// Make writes a backup of the database at url, which a is the door to, as the new folder dest.
func Make(ctx context.Context, a *app.App, call app.Call, url, dest string) (*Manifest, error) {
	dest = filepath.Clean(dest)
	if _, err := os.Lstat(dest); err == nil {
		return nil, fault.New(fault.Refused, "%s is there already; a backup is a new folder, name another one", dest).ByRule("target_exists")
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dest), "."+filepath.Base(dest)+".unfinished-")
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the backup cannot be written: %v", err).Because(err)
	}
	defer os.RemoveAll(tmp)
	m, err := fill(ctx, a, call, url, tmp)
	if err != nil {
		return nil, err
	}
	if err := writeManifest(tmp, m); err != nil {
		return nil, err
	}
	if err := errors.Join(syncPath(tmp), os.Rename(tmp, dest), syncPath(filepath.Dir(dest))); err != nil {
		return nil, fault.New(fault.Unavailable, "the backup cannot be written: %v", err).Because(err)
	}
	return m, nil
}

// fill writes the copy into the folder.
func fill(ctx context.Context, a *app.App, call app.Call, url, dir string) (*Manifest, error) {
	path := ""
	inventory, err := a.Copy(ctx, call, func(ctx context.Context, tx *db.Tx) error {
		if tx.Postgres() {
			path = filepath.Join(dir, files["postgres"])
			return dump(ctx, tx, url, path)
		}
		path = filepath.Join(dir, files["sqlite"])
		return tx.CopyTo(ctx, path)
	})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, err
	}
	m := &Manifest{
		Format: format, Program: version(), Created: time.Now().UTC().Truncate(time.Second), Database: "sqlite", Engine: inventory.Engine,
		Migration: inventory.Migration, Keys: inventory.Keys, File: filepath.Base(path), Companies: inventory.Companies,
	}
	if inventory.Postgres {
		m.Database = "postgres"
	}
	if m.Bytes, m.SHA256, err = digest(path); err != nil {
		return nil, err
	}
	return m, syncPath(path)
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func digest(path string) (size int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return size, hex.EncodeToString(h.Sum(nil)), err
}

func writeManifest(dir string, m *Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, manifestFile)
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return fault.New(fault.Unavailable, "the manifest cannot be written: %v", err).Because(err)
	}
	return syncPath(path)
}

// syncPath makes a file or a folder durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Read reads the manifest of a backup and compares the copy with it.
func Read(src string) (*Manifest, error) {
	f, err := os.Open(filepath.Join(src, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "%s is no backup: it holds no %s", src, manifestFile).ByRule("no_backup")
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the manifest cannot be read: %v", err).Because(err)
	}
	defer f.Close()
	m := &Manifest{}
	d := json.NewDecoder(io.LimitReader(f, mostManifest))
	if err := d.Decode(m); err != nil {
		return nil, damaged("its manifest cannot be read: %v", err)
	}
	if m.Format != format {
		return nil, fault.New(fault.Refused, "the backup is of the form %d, and this program reads the form %d; use the program that made it (%s)", m.Format, format, m.Program).ByRule("backup_version")
	}
	if m.File == "" || m.File != files[m.Database] {
		return nil, damaged("its manifest names the file %q of a database of the kind %q", m.File, m.Database)
	}
	newest, err := db.NewestMigration()
	if err != nil {
		return nil, err
	}
	if m.Migration > newest {
		return nil, fault.New(fault.Refused, "the backup is of version %d, newer than this program, which knows %d; use the newer program", m.Migration, newest).ByRule("database_newer")
	}
	size, sum, err := digest(filepath.Join(src, m.File))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, damaged("the file %s is not there", m.File)
	case err != nil:
		return nil, fault.New(fault.Unavailable, "the backup cannot be read: %v", err).Because(err)
	case size != m.Bytes:
		return nil, damaged("the file %s has %d bytes, and had %d when it was made", m.File, size, m.Bytes)
	case sum != m.SHA256:
		return nil, damaged("the file %s has changed since it was made", m.File)
	}
	return m, nil
}

func damaged(format string, args ...any) error {
	e := fault.New(fault.Violation, format, args...)
	e.Message = "the backup is damaged: " + e.Message + "; nothing was restored, use another backup"
	return e.ByRule("backup_damaged")
}
