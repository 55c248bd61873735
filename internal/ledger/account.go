package ledger

import (
	"context"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// mainSegment is the name of the main account in an account format.
const mainSegment = "Main"

// format is a parsed account format: the segments, and where the main account and the balancing dimensions stand.
type format struct {
	segments  []string
	main      int
	balancing []int // places of the balancing dimensions, in the order of the format
}

// parseFormat reads a format such as Fund-Main-Department; it must name Main once and each dimension once.
func parseFormat(text string, dims []Dimension) (format, error) {
	f := format{segments: strings.Split(text, "-"), main: -1}
	known := map[string]Dimension{}
	for _, d := range dims {
		known[d.Name] = d
	}
	for i, s := range f.segments {
		d, ok := known[s]
		switch {
		case s == mainSegment && f.main < 0:
			f.main = i
			continue
		case !ok:
			return f, fault.New(fault.Invalid, "the account format %q names %q, which is not Main or one of the dimensions, once each", text, s).In("account_format")
		case d.Balancing:
			f.balancing = append(f.balancing, i)
		}
		delete(known, s)
	}
	if f.main < 0 {
		return f, fault.New(fault.Invalid, "the account format %q does not name Main, the main account", text).In("account_format")
	}
	for _, d := range dims {
		if _, left := known[d.Name]; left {
			return f, fault.New(fault.Invalid, "the account format %q leaves out the dimension %q", text, d.Name).In("account_format")
		}
	}
	return f, nil
}

// split gives the segments of a written account, blanks filled in.
func (f format) split(written string) []string {
	return append(strings.Split(written, "-"), make([]string, len(f.segments))...)[:max(len(f.segments), strings.Count(written, "-")+1)]
}

func join(segments []string) string { return strings.TrimRight(strings.Join(segments, "-"), "-") }

// Parse reads a ledger account in the company's format; trailing blanks may be left out. A main account or dimension
// value that does not exist is [fault.Invalid].
func (c *Company) Parse(written string) (Account, error) {
	if a, ok := c.account(written); ok {
		return a, nil
	}
	s := c.format.split(written)
	if len(s) > len(c.format.segments) {
		return Account{}, fault.New(fault.Invalid, "the ledger account %q has more parts than the account format %s", written, c.Format).ByRule("bad_account")
	}
	for i, v := range s {
		if i == c.format.main {
			if _, ok := c.Accounts[v]; !ok {
				return Account{}, fault.New(fault.Invalid, "the ledger account %q names the main account %q, which is not in the chart of accounts", written, v).ByRule("bad_account")
			}
			continue
		}
		dim := c.format.segments[i]
		if _, ok := c.Values[dim][v]; v != "" && !ok {
			return Account{}, fault.New(fault.Invalid, "the ledger account %q names %s %q, which is not among the dimension values", written, dim, v).ByRule("bad_account")
		}
	}
	a := Account{Written: join(s), Main: s[c.format.main]}
	if known, ok := c.account(a.Written); ok {
		return known, nil
	}
	return a, nil
}

// Bank reads a ledger account that money comes in on.
func (c *Company) Bank(written string) (Account, error) {
	if written == "" {
		return Account{}, fault.New(fault.Refused, "which ledger account the money is on is not known; name it, or set the parameter remittance_bank").In("bank").ByRule("no_bank")
	}
	a, err := c.Parse(written)
	if err != nil {
		return a, err
	}
	return a, c.TakesMoney(a.Main)
}

// TakesMoney refuses a main account that money cannot come in on: a control account of customers or vendors, and what is no account of
// the balance sheet, since money on an expense is a write-off by another name.
func (c *Company) TakesMoney(main string) error {
	if a := c.Accounts[main]; a.Control.OfParty() || a.Type != "asset" && a.Type != "liability" {
		return fault.New(fault.Refused, "%q is not a bank account: money comes in on an account of assets (or liabilities) that is no control account of customers or vendors", main).In("bank").ByRule("not_a_bank")
	}
	return nil
}

// WithMain gives the ledger account with the same dimension values and another main account.
func (c *Company) WithMain(a Account, main string) Account {
	s := c.format.split(a.Written)
	s[c.format.main] = main
	return c.known(Account{Written: join(s), Main: main})
}

func (c *Company) known(a Account) Account {
	if k, ok := c.account(a.Written); ok {
		return k
	}
	return a
}

// Balancing gives the combination of values of the balancing dimensions of an account, as a key in byte order:
// "101" for one dimension, "101-A" for two.
func (c *Company) Balancing(a Account) string {
	if len(c.format.balancing) == 0 {
		return ""
	}
	if len(c.format.balancing) == 1 {
		return segment(a.Written, c.format.balancing[0])
	}
	s := c.format.split(a.Written)
	values := make([]string, len(c.format.balancing))
	for i, at := range c.format.balancing {
		values[i] = s[at]
	}
	return strings.Join(values, "-")
}

// SameValues says whether two ledger accounts carry the same dimension values, whatever their main accounts.
func (c *Company) SameValues(a, b Account) bool {
	for i := range c.format.segments {
		if i != c.format.main && segment(a.Written, i) != segment(b.Written, i) {
			return false
		}
	}
	return true
}

// segment gives one part of a written account, blank when it is left out.
func segment(written string, at int) string {
	for ; at > 0; at-- {
		i := strings.IndexByte(written, '-')
		if i < 0 {
			return ""
		}
		written = written[i+1:]
	}
	if i := strings.IndexByte(written, '-'); i >= 0 {
		return written[:i]
	}
	return written
}

// balanced gives the account with the main account and only the values of the balancing key; other dimensions blank.
func (c *Company) balanced(main, key string) Account {
	s := make([]string, len(c.format.segments))
	s[c.format.main] = main
	values := splitKey(key)
	for i, at := range c.format.balancing {
		s[at] = values[i]
	}
	return c.known(Account{Written: join(s), Main: main})
}

// BalancingNames gives the names of the balancing dimensions, as in "Fund" or "Fund-Grant".
func (c *Company) BalancingNames() string {
	names := make([]string, len(c.format.balancing))
	for i, at := range c.format.balancing {
		names[i] = c.format.segments[at]
	}
	return strings.Join(names, "-")
}

// BalancingName gives the names of the values in what [Company.Balancing] gives, for a person; blank when none has one.
func (c *Company) BalancingName(key string) string {
	if len(c.format.balancing) == 0 {
		return ""
	}
	var names []string
	for i, value := range splitKey(key) {
		if i == len(c.format.balancing) {
			break
		}
		if name := c.Values[c.format.segments[c.format.balancing[i]]][value]; name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// ByID gives a stored ledger account.
func (c *Company) ByID(id int64) (Account, bool) {
	if a, ok := c.byID[id]; ok {
		return a, true
	}
	a, ok := c.addedByID[id]
	return a, ok
}

// Store makes sure that the combinations are stored, and fills in their ids. Concurrent units may store the same one.
func (c *Company) Store(ctx context.Context, tx *db.Tx, accounts []*Account) error {
	var missing []string
	for _, a := range accounts {
		if k, ok := c.account(a.Written); ok {
			*a = k
		} else if !slices.Contains(missing, a.Written) {
			missing = append(missing, a.Written)
		}
	}
	slices.Sort(missing) // locks are taken in sorted order
	for _, written := range missing {
		main := c.format.split(written)[c.format.main]
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		// The update that changes nothing makes the row of another unit visible, after waiting for its commit.
		err = tx.Row(ctx, `insert into ledger_account (company, id, written, main_account) values ($1, $2, $3, $4)
			on conflict (company, written) do update set written = excluded.written returning id`, c.ID, id, written, main).Scan(&id)
		if err != nil {
			return err
		}
		c.remember(Account{ID: id, Written: written, Main: main})
	}
	for _, a := range accounts {
		*a, _ = c.account(a.Written)
	}
	return nil
}

func splitKey(key string) []string { return strings.Split(key, "-") }
