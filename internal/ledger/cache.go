package ledger

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// Cache keeps the set-up of companies between units. Every change of the set-up, whoever makes it, gives the company a new
// version in the table setup_version (by triggers), which each unit compares; versions never come again. The zero Cache is empty.
type Cache struct {
	mu   sync.Mutex
	kept map[int64]kept
}

type kept struct {
	version int64
	company *Company
}

// version is the version of a company's set-up.
type version struct {
	id, version int64
	code        string
}

// Enter gives the unit its company: the one with the code (blank: the only one), with its set-up, of those that sees is true of. The
// others are not there, and not named. See [FindCompany].
func (k *Cache) Enter(ctx context.Context, tx *db.Tx, code string, sees func(code string) bool) (*Company, error) {
	memo := tx.Memo()
	rows, ok := (*memo).([]version)
	if !ok {
		var err error
		rows, err = db.List(ctx, tx, func(r *db.Rows, x *version) error {
			x.id, x.code, x.version = r.Int64(0), r.Text(1), r.Int64(2)
			return nil
		}, "select c.id, c.code, v.version from company c join setup_version v on v.company = c.id order by c.code")
		if err != nil {
			return nil, err
		}
		*memo = rows
	}
	all := len(rows)
	rows = slices.DeleteFunc(slices.Clone(rows), func(x version) bool { return !sees(x.code) })
	if all > 0 && len(rows) == 0 && code == "" {
		return nil, fault.New(fault.Denied, "you have no role in any company; ask an administrator for one").ByRule("no_role")
	}
	codes := make([]string, len(rows))
	for i, x := range rows {
		if codes[i] = x.code; x.code != code && (code != "" || len(rows) != 1) {
			continue
		}
		tx.Company = x.id
		if c := k.get(x.id, x.version); c != nil {
			return c, nil
		}
		c, err := Load(ctx, tx)
		if err != nil {
			return nil, err
		}
		k.put(x.version, c)
		return c.fork(), nil
	}
	return nil, noCompany(code, codes)
}

func noCompany(code string, codes []string) error {
	switch {
	case len(codes) == 0 && code != "":
		return fault.New(fault.NotFound, "there is no company %q", code)
	case len(codes) == 0:
		return fault.New(fault.NotFound, "the database holds no company yet; bring one in with: quittance import FOLDER").ByRule("no_company")
	case code == "":
		return fault.New(fault.Usage, "the database holds %d companies (%s); name one with --company", len(codes), strings.Join(codes, ", "))
	}
	return fault.New(fault.NotFound, "there is no company %q; there is %s", code, strings.Join(codes, ", "))
}

func (k *Cache) get(id, version int64) *Company {
	k.mu.Lock()
	defer k.mu.Unlock()
	if x, ok := k.kept[id]; ok && x.version == version {
		return x.company.fork()
	}
	return nil
}

// known gives the id of the company with the code (blank: the only one) as it was when it was last entered; 0 when it was not.
func (k *Cache) known(code string) int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, x := range k.kept {
		if x.company.Code == code || (code == "" && len(k.kept) == 1) {
			return id
		}
	}
	return 0
}

func (k *Cache) put(version int64, c *Company) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil {
		k.kept = map[int64]kept{}
	}
	k.kept[c.ID] = kept{version, c}
}

// fork gives a unit a company of its own: the set-up is shared and only read, the ledger accounts that the unit stores are its own.
func (c *Company) fork() *Company {
	f := *c
	f.addedByID, f.added = nil, nil
	return &f
}

// remember notes a ledger account that the unit stored.
func (c *Company) remember(a Account) {
	if c.added == nil {
		c.added, c.addedByID = map[string]Account{}, map[int64]Account{}
	}
	c.added[a.Written], c.addedByID[a.ID] = a, a
}

// account gives the stored ledger account that is written so.
func (c *Company) account(written string) (Account, bool) {
	if a, ok := c.stored[written]; ok {
		return a, true
	}
	a, ok := c.added[written]
	return a, ok
}

// written gives all stored ledger accounts.
func (c *Company) allStored() map[string]Account {
	all := maps.Clone(c.stored)
	maps.Copy(all, c.added)
	return all
}
