package cli

import (
	"fmt"
	"strings"
	"time"

	"quittance/internal/app"
	"quittance/internal/backup"
	"quittance/internal/fault"
)

type backupCmd struct {
	Dest string `arg:"" name:"folder" help:"New folder to write the backup into."`
}

// Run makes a backup.
func (c *backupCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		url, _ := e.database()
		m, err := backup.Make(e.ctx, a, call, url, c.Dest)
		if err != nil {
			return err
		}
		if e.Output != "table" {
			return e.showManifest(m)
		}
		fmt.Fprintf(e.stdout, "The backup is in %s (%s, %d bytes).\n", clean(c.Dest), m.File, m.Bytes)
		if err := e.showManifest(m); err != nil {
			return err
		}
		if len(m.Keys) > 0 {
			return e.hint("The key is not in it (%s): keep it in another place. Note the last seals elsewhere. Try the backup: quittance --db NEW restore %s", strings.Join(m.Keys, ", "), c.Dest)
		}
		return nil
	})
}

func (e *env) showManifest(m *backup.Manifest) error {
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(m)
	}
	l := e.list("company >vouchers >entries last_seal")
	for _, c := range m.Companies {
		if err := l.add(c, c.Company, fmt.Sprint(c.Vouchers), fmt.Sprint(c.Entries), c.LastSeal); err != nil {
			return err
		}
	}
	return l.close("There is no company in it.")
}

type restoreCmd struct {
	Src        string `arg:"" name:"folder" help:"The backup."`
	WithoutKey bool   `help:"Restore although a key is missing: bank details cannot be read and seals not be proved."`
}

// Run restores a backup into the empty database that --db names, and proves it.
func (c *restoreCmd) Run(e *env) error {
	url, _ := e.database()
	m, reports, err := backup.Restore(e.ctx, c.Src, url, c.WithoutKey)
	if len(reports) == 0 && err != nil {
		return err
	}
	if e.Output == "table" {
		fmt.Fprintf(e.stdout, "Restored the backup of %s, and proved it:\n\n", m.Created.Format(time.RFC3339))
	}
	if serr := e.showReports(reports); serr != nil {
		return serr
	}
	if err != nil {
		if fault.CodeOf(err) == fault.Violation {
			fmt.Fprintln(e.stderr, "the restored books are not right; do not use them, the database is left for you to look at")
		}
		return err
	}
	for _, was := range m.Companies {
		if was.LastSeal != "" && !c.WithoutKey {
			if err := e.hint("%s: nothing before the seal %s was changed or cut off.", was.Company, was.LastSeal); err != nil {
				return err
			}
		}
	}
	return nil
}
