package party

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"quittance/internal/db"
)

// Filter narrows a list of customers or vendors.
type Filter struct {
	Search string // what the code or the name begins with; names whatever the case, codes as written and in capitals
	Group  string
	Held   *bool // customers: on hold or not to be reimbursed; vendors: blocked
	Credit bool  // only those with an open credit
}

// Place is where a list stands: after that code, or name and code, of a stage. A list without Search has one stage, by code; with
// it those whose code begins so come first, then those whose name does.
type Place struct {
	Stage int    `json:"s"`
	Name  string `json:"n,omitempty"`
	Code  string `json:"c"`
}

// beyond is greater than what may follow a beginning in byte order.
const beyond = string(utf8.MaxRune)

// Beginning gives the range, in byte order, of the texts that begin so: from the first one on, and below the second one.
func Beginning(text string) (from, below string) { return text, text + beyond }

// kind is what the lists of customers and of vendors differ in.
type kind struct {
	table, held string
	side        int
	named       bool // names are in an index
}

var (
	customers = kind{"customer", "(p.hold or p.do_not_reimburse)", 1, true}
	vendors   = kind{"vendor", "p.blocked", 2, false}
)

const window = 2000 // rows that one call goes through at most

// ListCustomers gives the next customers of a list after the place, at most limit, and where the list goes on; nil at its end.
func ListCustomers(ctx context.Context, tx *db.Tx, f Filter, after Place, limit int) ([]*Customer, *Place, error) {
	ids, next, err := customers.list(ctx, tx, f, after, limit)
	if err != nil || len(ids) == 0 {
		return nil, next, err
	}
	found, err := CustomersByID(ctx, tx, ids)
	return inOrder(ids, found), next, err
}

// ListVendors is [ListCustomers] for vendors. Their names are in no index, so that looking for one goes through all vendors.
func ListVendors(ctx context.Context, tx *db.Tx, f Filter, after Place, limit int) ([]*Vendor, *Place, error) {
	ids, next, err := vendors.list(ctx, tx, f, after, limit)
	if err != nil || len(ids) == 0 {
		return nil, next, err
	}
	found, err := VendorsByID(ctx, tx, ids)
	return inOrder(ids, found), next, err
}

func inOrder[P any](ids []int64, found map[int64]*P) []*P {
	all := make([]*P, 0, len(ids))
	for _, id := range ids {
		if p := found[id]; p != nil {
			all = append(all, p)
		}
	}
	return all
}

// stage is a part of a list that is in one order.
type stage struct {
	from, below string // of the code, or of the name in small letters
	name        bool
	rest        bool // all of them, of which those are kept whose name begins so
}

// stages gives the stages of a list.
func (k kind) stages(tx *db.Tx, search string) []stage {
	if search == "" {
		return []stage{{below: beyond}}
	}
	var all []stage
	for _, code := range codesLike(search) {
		from, below := Beginning(code)
		all = append(all, stage{from: from, below: below})
	}
	if !k.named {
		return append(all, stage{below: beyond, rest: true})
	}
	for _, name := range namesLike(search, tx.Postgres()) {
		from, below := Beginning(name)
		all = append(all, stage{from: from, below: below, name: true})
	}
	return all
}

func codesLike(search string) []string {
	if upper := strings.ToUpper(search); upper != search {
		return []string{search, upper}
	}
	return []string{search}
}

// namesLike gives what a name in small letters may begin with. PostgreSQL knows the small letters of all scripts; SQLite those
// of ASCII only, so that the usual ways to write the others are tried.
func namesLike(search string, all bool) []string {
	if all {
		return []string{strings.ToLower(search)}
	}
	small := func(other func(rune) rune) string {
		return strings.Map(func(r rune) rune {
			if r < utf8.RuneSelf {
				return unicode.ToLower(r)
			}
			return other(r)
		}, search)
	}
	begins := true
	names := []string{}
	for _, name := range []string{
		small(unicode.ToLower), small(unicode.ToUpper), small(func(r rune) rune { return r }),
		strings.Map(func(r rune) rune { // the first letter of each word is a capital
			first := begins
			begins = !unicode.IsLetter(r)
			switch {
			case r < utf8.RuneSelf, !first:
				return unicode.ToLower(r)
			}
			return unicode.ToUpper(r)
		}, search),
	} {
		known := false
		for _, n := range names {
			known = known || n == name
		}
		if !known {
			names = append(names, name)
		}
	}
	return names
}

// row is a party that a list goes through.
type row struct {
	id         int64
	code, name string
}

// list gives the ids of the next parties, stage after stage, until there are enough or a call's share of rows was gone through.
func (k kind) list(ctx context.Context, tx *db.Tx, f Filter, after Place, limit int) (ids []int64, next *Place, err error) {
	stages := k.stages(tx, f.Search)
	for after.Stage < len(stages) {
		found, more, at, err := k.sift(ctx, tx, f, stages[after.Stage], after, limit-len(ids))
		if err != nil {
			return nil, nil, err
		}
		for _, r := range found {
			ids = append(ids, r.id)
		}
		after.Name, after.Code = at.name, at.code
		if more {
			return ids, &after, nil
		}
		after = Place{Stage: after.Stage + 1}
		if len(ids) == limit && after.Stage < len(stages) {
			return ids, &after, nil
		}
	}
	return ids, nil, nil
}

func (k kind) sift(ctx context.Context, tx *db.Tx, f Filter, s stage, after Place, limit int) ([]row, bool, row, error) {
	args := []any{tx.Company, s.below}
	arg := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	name, where, order := "''", "", "p.code"
	switch {
	case s.rest:
		name = "p.name"
	case s.name:
		if name = "lower(p.name)"; tx.Postgres() {
			name = `lower(p.name) collate "C"`
		}
		order = name + ", p.code"
	}
	from := s.from
	switch {
	case s.name:
		if after.Code != "" {
			from = after.Name
		}
		n := arg(from)
		where = fmt.Sprintf("%[1]s >= %[2]s and %[1]s < $2 and (%[1]s > %[2]s or p.code > %[3]s)", name, n, arg(after.Code))
	case after.Code != "":
		where = "p.code > " + arg(after.Code) + " and p.code < $2"
	default:
		where = "p.code >= " + arg(from) + " and p.code < $2"
	}
	ok, sifted := k.conditions(f, arg)
	rows := limit + 1
	if sifted || s.name || s.rest {
		rows = window
	}
	query := fmt.Sprintf("select p.id, p.code, %s, %s from %s p where p.company = $1 and %s order by %s limit %d", name, ok, k.table, where, order, rows)
	found, err := db.Sift(ctx, tx, rows, limit, func(r *db.Rows, x *row) (bool, error) {
		x.id, x.code, x.name = r.Int64(0), r.Text(1), r.Text(2)
		return r.Bool(3) && s.keeps(*x, f.Search), nil
	}, query, args...)
	return found.Kept, found.More, found.Last, err
}

// keeps says whether a party belongs to the stage: whose code begins so came before.
func (s stage) keeps(r row, search string) bool {
	if !s.name && !s.rest {
		return true
	}
	for _, code := range codesLike(search) {
		if strings.HasPrefix(r.code, code) {
			return false
		}
	}
	return s.name || strings.HasPrefix(strings.ToLower(r.name), strings.ToLower(search))
}

// conditions writes what a row must fulfil, and says whether that is anything.
func (k kind) conditions(f Filter, arg func(any) string) (string, bool) {
	var all []string
	if f.Group != "" {
		all = append(all, "p.grp = "+arg(f.Group))
	}
	if f.Held != nil {
		not := ""
		if !*f.Held {
			not = "not "
		}
		all = append(all, not+k.held)
	}
	if f.Credit { // not exists: PostgreSQL would go through all items once, for the sake of a few rows
		all = append(all, fmt.Sprintf("(select 1 from open_item o where o.company = $1 and o.side = %d and o.party = p.id and o.open < 0 limit 1) is not null", k.side))
	}
	if len(all) == 0 {
		return "1 = 1", false
	}
	return strings.Join(all, " and "), true
}

// ChildrenOf gives the codes of the customers whose parent is the customer, at most limit.
func ChildrenOf(ctx context.Context, tx *db.Tx, customer int64, limit int) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, code *string) error { return r.Scan(code) },
		"select code from customer where company = $1 and parent = $2 order by code limit $3", tx.Company, customer, limit)
}

// PaidBy gives the codes of the customers in whose stead the vendor is paid, at most limit.
func PaidBy(ctx context.Context, tx *db.Tx, vendor int64, limit int) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, code *string) error { return r.Scan(code) },
		"select code from customer where company = $1 and vendor = $2 order by code limit $3", tx.Company, vendor, limit)
}

// Codes gives the codes of parties of either side by id.
func Codes(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]string, error) {
	codes := map[int64]string{}
	if len(ids) == 0 {
		return codes, nil
	}
	those, arg := tx.Among("id", "$2", ids)
	err := tx.Each(ctx, "select id, code from customer where company = $1 and "+those+" union all select id, code from vendor where company = $1 and "+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		codes[r.Int64(0)] = r.Text(1)
		return nil
	})
	return codes, err
}

// CountCustomers says how many customers there are.
func CountCustomers(ctx context.Context, tx *db.Tx) (n int64, err error) {
	err = tx.Row(ctx, "select count(*) from customer where company = $1", tx.Company).Scan(&n)
	return n, err
}
