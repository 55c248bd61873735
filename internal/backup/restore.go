package backup

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/secret"
	"quittance/internal/verify"
)

// Restore brings the backup src into the empty database at url, and proves it. Without a key that the backup names it is refused, unless
// withoutKey says that the proof of the seals and the bank details may be missing. The reports are there also when they hold violations,
// which are the error then; the database stays, for somebody to look at.
func Restore(ctx context.Context, src, url string, withoutKey bool) (*Manifest, []*verify.Report, error) {
	m, err := Read(src)
	if err != nil {
		return nil, nil, err
	}
	postgres := strings.Contains(url, "://")
	if postgres != (m.Database == "postgres") {
		return nil, nil, fault.New(fault.Refused, "the backup is of %s and cannot be restored into another kind of database; restore it into its own kind, and move companies with export and import", m.Database).ByRule("backup_kind")
	}
	if err := keysFor(m, url, withoutKey); err != nil {
		return nil, nil, err
	}
	if postgres {
		err = undump(ctx, filepath.Join(src, m.File), url)
	} else {
		err = place(filepath.Join(src, m.File), url)
	}
	if err != nil {
		return nil, nil, err
	}
	reports, err := prove(ctx, m, url)
	return m, reports, err
}

// keysFor refuses a place at which a key is missing.
func keysFor(m *Manifest, url string, withoutKey bool) error {
	file := url
	if strings.Contains(url, "://") {
		file = ""
	}
	keys, err := secret.Load(file)
	if err != nil {
		return err
	}
	for _, id := range m.Keys {
		if slices.Contains(keys.IDs(), id) || withoutKey {
			continue
		}
		way := "set QUITTANCE_KEY or QUITTANCE_KEY_FILE"
		if file != "" {
			way = "put the key file of then beside it as " + file + ".key, or " + way
		}
		return fault.New(fault.Refused, "the backup needs the key %s, which is not there: without it bank details cannot be read and seals cannot be proved; %s (or restore with --without-key)", id, way).ByRule("no_key")
	}
	return nil
}

// place puts the copy of an embedded database where none is.
func place(from, to string) error {
	for _, name := range []string{to, to + "-wal", to + "-shm"} {
		if _, err := os.Lstat(name); err == nil {
			return fault.New(fault.Refused, "%s is there already; a backup is restored into an empty place only, name another one with --db", name).ByRule("target_exists")
		}
	}
	tmp, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+".unfinished-") // mode 0600
	if err != nil {
		return fault.New(fault.Unavailable, "the database cannot be written: %v", err).Because(err)
	}
	defer os.Remove(tmp.Name())
	f, err := os.Open(from)
	if err == nil {
		_, err = io.Copy(tmp, f)
		err = errors.Join(err, f.Close(), tmp.Sync())
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Link(tmp.Name(), to) // fails when somebody was first
	}
	if err == nil {
		err = syncPath(filepath.Dir(to))
	}
	if err != nil {
		return fault.New(fault.Unavailable, "the database %s cannot be written: %v", to, err).Because(err)
	}
	return nil
}

// prove opens what was restored and proves it, against the manifest and in itself.
func prove(ctx context.Context, m *Manifest, url string) (reports []*verify.Report, err error) {
	a, err := app.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	call := app.Call{Actor: identity.Operator()}
	codes, err := a.Companies(ctx, call)
	if err != nil {
		return nil, err
	}
	var found fault.List
	if len(codes) != len(m.Companies) {
		found.Add(differs("%d companies are restored, and the manifest has %d", len(codes), len(m.Companies)))
	}
	for _, was := range m.Companies {
		call.Company = was.Company
		some, err := a.Verify(ctx, call, was.LastSeal)
		if err != nil {
			return reports, err
		}
		for _, r := range some {
			found.Add(r.Err())
			found.Add(compare(was, r))
			reports = append(reports, r)
		}
	}
	return reports, found.Err()
}

func compare(was ledger.Inventory, r *verify.Report) error {
	if r.Vouchers != was.Vouchers || r.Entries != was.Entries {
		return differs("%s has %d vouchers with %d entries, and the manifest has %d with %d", was.Company, r.Vouchers, r.Entries, was.Vouchers, was.Entries)
	}
	return nil
}

func differs(format string, args ...any) *fault.Error {
	return fault.New(fault.Violation, format, args...).ByRule("backup_differs")
}
