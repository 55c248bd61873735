package bench

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"time"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/secret"
)

// GenerateOptions say what company is made.
type GenerateOptions struct {
	Customers int
	Seed      uint64
	Mix       Mix
}

// Generated says what was made.
type Generated struct {
	Database    string     `json:"database"`
	Company     string     `json:"company"`
	Mix         Mix        `json:"mix"`
	Seed        uint64     `json:"seed"`
	Customers   int        `json:"customers"`
	Vendors     int        `json:"vendors"`
	Vouchers    int64      `json:"vouchers"`
	Entries     int64      `json:"entries"`
	OpenItems   int64      `json:"open_items"`
	OpenCredits int64      `json:"open_credits"`
	Settlements int64      `json:"settlements"`
	Marks       int        `json:"marks"`
	RunDate     civil.Date `json:"run_date"`
	Rows        int64      `json:"rows"`
	Seconds     float64    `json:"seconds"`
}

// Generate makes the company in the database at url, which must hold no company. The same options give the same rows, but for the
// seals, whose key is the database's own.
func Generate(ctx context.Context, url string, o GenerateOptions, tell Tell) (*Generated, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	began := time.Now()
	keys, err := keyring(url)
	if err != nil {
		return nil, err
	}
	c, version, err := found(ctx, url, keys, o.Mix)
	if err != nil {
		return nil, err
	}
	g := &Generated{Database: version, Company: Company, Mix: o.Mix, Seed: o.Seed, Customers: o.Customers, RunDate: RunDate}
	if err := g.fill(ctx, url, c, o, tell); err != nil {
		return nil, fault.New(fault.Unavailable, "making the company failed: %v; the database is of no use now, delete it and begin again", err).Because(err)
	}
	tell.say("sealing, counting")
	if err := finish(ctx, url, c, keys); err != nil {
		return nil, err
	}
	g.Seconds = seconds(time.Since(began))
	return g, nil
}

// keyring gives the keys of a database. Where PostgreSQL is given none, the benchmark has one of its own, so that what it makes and
// what it runs is sealed as in earnest; child processes get it by the environment.
func keyring(url string) (*secret.Keyring, error) {
	file := url
	if isPostgres(url) {
		file = ""
		if os.Getenv("QUITTANCE_KEY") == "" && os.Getenv("QUITTANCE_KEY_FILE") == "" {
			raw := sha256.Sum256([]byte("quittance bench")) // guards nothing but made-up figures
			if err := os.Setenv("QUITTANCE_KEY", "bench:"+base64.StdEncoding.EncodeToString(raw[:])); err != nil {
				return nil, err
			}
		}
	}
	return secret.Load(file)
}

// found makes the company with its set-up, through the door, and gives it; a database that holds one already is refused.
func found(ctx context.Context, url string, keys *secret.Keyring, m Mix) (c *ledger.Company, version string, err error) {
	d, err := db.Open(ctx, url)
	if err != nil {
		return nil, "", err
	}
	a := app.New(d, keys, func() time.Time { return made })
	defer a.Close()
	call := app.Call{Actor: maker, Company: Company}
	codes, err := a.Companies(ctx, call)
	if err != nil {
		return nil, "", err
	}
	if len(codes) > 0 {
		return nil, "", fault.New(fault.Refused, "the database %s holds %s already; a benchmark needs a database of its own, name an empty one with --db", d.Name(), strings.Join(codes, ", ")).ByRule("not_empty")
	}
	if version, err = d.Version(ctx); err != nil {
		return nil, "", err
	}
	if _, err = a.Import(ctx, call, setUp(m)); err != nil {
		return nil, "", err
	}
	err = d.Read(ctx, db.Scope{Actor: maker.Name, Now: made}, func(ctx context.Context, tx *db.Tx) error {
		if tx.Company, err = ledger.FindCompany(ctx, tx, Company); err != nil {
			return err
		}
		c, err = ledger.Load(ctx, tx)
		return err
	})
	return c, version, err
}

// fill writes everything else in bulk.
func (g *Generated) fill(ctx context.Context, url string, c *ledger.Company, o GenerateOptions, tell Tell) error {
	s, err := openStore(ctx, url)
	if err != nil {
		return err
	}
	defer s.close()
	next := "select next from row_id"
	if isPostgres(url) {
		next = "select nextval('row_id')"
	}
	first, err := number(ctx, s, next)
	if err != nil {
		return err
	}
	tell.say("planning %d customers", o.Customers)
	p := newPlan(o.Mix, o.Seed, o.Customers, first)
	g.Vendors, g.Vouchers, g.Entries, g.OpenItems, g.OpenCredits, g.Settlements, g.Marks = p.vendors, p.totalVouchers(), p.lines, p.open, p.credits, p.settled, p.marks
	before, after := bulk(isPostgres(url), p.last)
	if err := all(ctx, s, before...); err != nil {
		return err
	}
	for _, set := range newBooks(p, c).tables() {
		n, err := s.load(ctx, set)
		if err != nil {
			return err
		}
		g.Rows += n
		if n > 0 {
			tell.say("%s: %d rows", set.table, n)
		}
	}
	return all(ctx, s, after...)
}

// bulk gives the statements around the bulk. Nobody else looks at the database, and a failure spoils it anyway, so that the embedded
// one needs no journal.
func bulk(postgres bool, last int64) (before, after []string) {
	if postgres {
		return []string{"begin"}, []string{fmt.Sprintf("select setval('row_id', %d)", last), "commit"}
	}
	return []string{"pragma journal_mode = off", "pragma synchronous = off", "pragma locking_mode = exclusive", "pragma cache_size = -65536", "begin"},
		[]string{fmt.Sprintf("update row_id set next = %d", last+1), "commit", "pragma locking_mode = normal", "pragma synchronous = full", "pragma journal_mode = wal"}
}

// finish seals the vouchers and lets the database count its rows, so that a run begins as on any other day.
func finish(ctx context.Context, url string, c *ledger.Company, keys *secret.Keyring) error {
	if err := sealAndCount(ctx, url, c, keys); err != nil {
		return err
	}
	s, err := openStore(ctx, url)
	if err != nil {
		return err
	}
	defer s.close()
	if isPostgres(url) {
		return all(ctx, s, "vacuum analyze")
	}
	return all(ctx, s, "pragma wal_checkpoint(truncate)")
}

func sealAndCount(ctx context.Context, url string, c *ledger.Company, keys *secret.Keyring) error {
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := ledger.Seal(ctx, d, db.Scope{Company: c.ID, Actor: maker.Name, Now: made}, keys); err != nil {
		return err
	}
	return d.Analyze(ctx)
}
