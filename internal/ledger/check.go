package ledger

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/secret"
)

// Proof is what [Check] found out about the ledger of one company.
type Proof struct {
	Vouchers, Entries int64
	Seals, Unsealed   int64      // seals in the chain, and vouchers that still wait for one
	Notes             []string   // what could not be checked, and why
	Findings          fault.List // violations, each of code Violation, naming the first bad row of its kind

	outside *fault.Error // an entry that the sums do not name
}

// find keeps the first finding of each rule and object, and counts nothing further: one damage, one line.
func (p *Proof) find(rule, format string, args ...any) {
	for _, f := range p.Findings {
		if f.Rule == rule {
			return
		}
	}
	p.Findings = append(p.Findings, fault.New(fault.Violation, format, args...).ByRule(rule))
}

// Check proves the ledger of the unit's company: each voucher balances four ways and is what its digest says, the seals
// chain them, the sums are those of the entries, series have no gaps, nothing was posted into a period after it closed, and
// the append-only tables are protected. since, when not blank, is a seal noted elsewhere (see [LastSeal]). Source: ledger
// rules, "Proof".
func Check(ctx context.Context, tx *db.Tx, c *Company, keys *secret.Keyring, since string) (*Proof, error) {
	p := &Proof{}
	for _, step := range []func() error{
		func() error { return p.checkProtection(ctx, tx) },
		func() error { return p.checkOrphans(ctx, tx) },
		func() error { p.checkAccounts(c); return nil },
		func() error { return p.checkSeals(ctx, tx, keys, since) },
		func() error { return p.checkVouchers(ctx, tx, c) },
		func() error { return p.checkBalances(ctx, tx) },
		func() error { return p.checkPeriods(ctx, tx) },
		func() error { return p.checkSeries(ctx, tx) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

var appendOnlyTables = []string{"voucher", "entry", "settlement", "settlement_op", "audit", "seal", "request_event"}

// checkProtection says whether the append-only tables still refuse changes.
func (p *Proof) checkProtection(ctx context.Context, tx *db.Tx) error {
	query := `select tbl_name, count(*) from sqlite_master where type = 'trigger' and (name = tbl_name || '_no_update' or name = tbl_name || '_no_delete')
		and lower(sql) like '%begin select raise(abort, ''table ' || tbl_name || ' is append-only''); end' and lower(sql) not like '% when %' group by tbl_name`
	if tx.Postgres() {
		query = `select c.relname, count(*) from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
			where t.tgenabled in ('O', 'A') and t.tgqual is null and t.tgname in (c.relname || '_append_only', c.relname || '_no_truncate')
			and btrim(p.prosrc) like 'begin raise exception ''table % is append-only''%' and pg_table_is_visible(c.oid) group by c.relname`
	}
	active := map[string]int{}
	err := tx.Each(ctx, query, nil, func(r *db.Rows) error {
		var table string
		var n int
		err := r.Scan(&table, &n)
		active[table] = n
		return err
	})
	for _, t := range appendOnlyTables {
		if active[t] < 2 {
			p.find("append_only_off", "the table %s is no longer protected against changes: its append-only triggers are missing or switched off", t)
		}
	}
	if len(p.Findings) == 0 {
		p.Notes = append(p.Notes, "append-only: enforced by triggers on "+strings.Join(appendOnlyTables, ", "))
	}
	return err
}

// checkAccounts proves that each ledger account is on the main account that it is written with.
func (p *Proof) checkAccounts(c *Company) {
	stored := c.allStored()
	for _, written := range slices.Sorted(maps.Keys(stored)) {
		if main := c.format.split(written)[c.format.main]; main != stored[written].Main {
			p.find("account_changed", "the ledger account %s is kept on the main account %s", written, stored[written].Main)
		}
	}
}

func (p *Proof) checkOrphans(ctx context.Context, tx *db.Tx) error {
	for _, q := range []struct{ rule, text, query string }{
		{"entry_orphan", "entry %s line %s belongs to no voucher", "select cast(e.voucher as text), cast(e.line as text) from entry e where e.company = $1 and not exists (select 1 from voucher v where v.company = e.company and v.id = e.voucher) order by e.voucher, e.line limit 1"},
		{"command_missing", "voucher %s was posted by command %s, which the audit trail does not have", "select v.number, cast(v.command as text) from voucher v where v.company = $1 and not exists (select 1 from audit a where a.company = v.company and a.id = v.command) order by v.id limit 1"},
		{"reversed_missing", "voucher %s reverses voucher id %s, which does not exist", "select v.number, cast(v.reverses as text) from voucher v where v.company = $1 and v.reverses is not null and not exists (select 1 from voucher o where o.company = v.company and o.id = v.reverses) order by v.id limit 1"},
	} {
		err := tx.Each(ctx, q.query, []any{tx.Company}, func(r *db.Rows) error {
			var a, b string
			err := r.Scan(&a, &b)
			p.find(q.rule, q.text, a, b)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkVouchers reads every voucher with its entries once, in order of id.
func (p *Proof) checkVouchers(ctx context.Context, tx *db.Tx, c *Company) error {
	covered, err := coveredIDs(ctx, tx)
	if err != nil {
		return err
	}
	ranges, err := sumRanges(ctx, tx)
	if err != nil {
		return err
	}
	d := newDigester(c, tx.Scope)
	return EachVoucher(ctx, tx, c, func(s *Stored) error {
		p.Vouchers++
		p.Entries += int64(len(s.Entries))
		if s.damage != "" {
			p.find("entry_damaged", "voucher %s: %s", s.Number, s.damage)
		}
		for i, line := range s.lines {
			if line != i+1 {
				p.find("entry_missing", "voucher %s has no line %d", s.Number, i+1)
				break
			}
		}
		if err := c.CheckVoucher(&s.Voucher); err != nil {
			p.find("unbalanced", "%v", err)
		}
		d.actor, d.micros = s.Actor, s.At
		if !bytes.Equal(d.digest(&s.Voucher), s.Digest) {
			p.find("digest", "voucher %s is not what was posted: its digest differs", s.Number)
		}
		p.checkRange(ranges, s, c.ID)
		for len(covered) > 0 && covered[0][1] < s.ID {
			covered = covered[1:]
		}
		if len(covered) == 0 || s.ID < covered[0][0] {
			p.find("voucher_put_in", "voucher %s is neither sealed nor waiting for its seal: it was put in behind the program's back", s.Number)
		}
		return nil
	})
}

// coveredIDs gives the merged id ranges that are sealed or wait for it.
func coveredIDs(ctx context.Context, tx *db.Tx) ([][2]int64, error) {
	ranges, err := db.List(ctx, tx, func(r *db.Rows, b *[2]int64) error { return r.Scan(&b[0], &b[1]) },
		"select first, last from unsealed where company = $1", tx.Company)
	if err != nil {
		return nil, err
	}
	all, err := seals(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if more, err := readRanges(s.Covers); err == nil { // a damaged one is told by checkSeals
			ranges = append(ranges, more...)
		}
	}
	if len(ranges) == 0 {
		return nil, nil
	}
	return mergeRanges(ranges), nil
}

// checkSeals proves the chain: each seal over the one before it and the digests it covers.
func (p *Proof) checkSeals(ctx context.Context, tx *db.Tx, keys *secret.Keyring, since string) error {
	all, err := seals(ctx, tx)
	if err != nil {
		return err
	}
	p.Seals = int64(len(all))
	if err := tx.Row(ctx, "select coalesce(cast(sum(last - first + 1) as bigint), 0) from unsealed where company = $1", tx.Company).Scan(&p.Unsealed); err != nil {
		return err
	}
	var prev []byte
	for i, s := range all {
		if s.N != int64(i)+1 {
			p.find("seal_missing", "seal %d is missing from the chain", i+1)
		}
		if err := p.checkSeal(ctx, tx, keys, s, prev); err != nil {
			return err
		}
		prev = s.MAC
	}
	if since == "" {
		return nil
	}
	n, _, _ := strings.Cut(since, ":")
	want, err := strconv.ParseInt(n, 10, 64)
	if err != nil {
		return fault.New(fault.Usage, "%q is not a seal; expected what an earlier verify printed, such as 12:3f9a…", since)
	}
	if want < 1 || want > int64(len(all)) || noted(all[want-1]) != since {
		p.find("seal_since", "the seal %s noted elsewhere is not in the chain: something before it was changed or cut off", since)
	}
	return nil
}

func (p *Proof) checkSeal(ctx context.Context, tx *db.Tx, keys *secret.Keyring, s SealInfo, prev []byte) error {
	ranges, err := readRanges(s.Covers)
	if err != nil {
		p.find("seal_damaged", "seal %d: %v", s.N, err)
		return nil
	}
	content, n, missing, err := digestsOf(ctx, tx, ranges)
	if err != nil {
		return err
	}
	if missing != 0 {
		p.find("voucher_removed", "seal %d covers the voucher of id %d, which was removed", s.N, missing)
		return nil
	}
	if n != s.Vouchers {
		p.find("seal_broken", "seal %d says that it covers %d vouchers, but %d stand under it", s.N, s.Vouchers, n)
		return nil
	}
	ok, err := keys.CheckMAC(s.KeyID, s.message(tx.Company, prev, content), s.MAC)
	if fault.RuleOf(err) == "no_key" && keys.Available() {
		p.find("seal_key", "seal %d names the key %q, which is not among the keys given: add it, or somebody changed the seal", s.N, s.KeyID)
		return nil
	}
	if fault.RuleOf(err) == "no_key" {
		note := "seals not proved: the key " + s.KeyID + " is not given"
		if !slices.Contains(p.Notes, note) {
			p.Notes = append(p.Notes, note)
		}
		return nil
	}
	if err == nil && !ok {
		p.find("seal_broken", "seal %d does not fit: it, the seal before it, or a voucher it covers was changed", s.N)
	}
	return err
}

func (p *Proof) checkPeriods(ctx context.Context, tx *db.Tx) error {
	return tx.Each(ctx, `select v.number, v.date from voucher v join audit a on a.company = v.company and a.id = v.command
		join period p on p.company = v.company and v.date between p.start_date and p.end_date
		where v.company = $1 and p.status = 'closed' and a.at > p.closed_at order by v.id limit 1`, []any{tx.Company}, func(r *db.Rows) error {
		var number string
		var date civil.Date
		err := r.Scan(&number, &date)
		p.find("posted_after_close", "voucher %s of %s was posted after its period had closed", number, date)
		return err
	})
}

// checkSeries proves that each number of a gap-free series is a voucher, reserved or voided, once.
func (p *Proof) checkSeries(ctx context.Context, tx *db.Tx) error {
	all, err := AllSeries(ctx, tx)
	if err != nil {
		return err
	}
	for _, b := range all {
		if !OfVouchers(b.Series) {
			continue
		}
		used, err := usedNumbers(ctx, tx, b)
		if err != nil {
			return err
		}
		slices.SortFunc(used, func(x, y [2]int64) int {
			if x[0] < y[0] {
				return -1
			}
			return 1
		})
		p.checkUsed(b, used)
	}
	return nil
}

func (p *Proof) checkUsed(b Block, used [][2]int64) {
	next := int64(1)
	for _, u := range used {
		switch {
		case u[0] > next:
			p.find("number_gap", "the number %s of the series %s is neither a voucher nor reserved nor voided", b.Number(next), b.Series)
		case u[0] < next && u[1] >= u[0]:
			p.find("number_twice", "the number %s of the series %s is used twice", b.Number(u[0]), b.Series)
		}
		next = max(next, u[1]+1)
	}
	switch {
	case next < b.First:
		p.find("number_gap", "the number %s of the series %s is neither a voucher nor reserved nor voided", b.Number(next), b.Series)
	case next > b.First:
		p.find("number_ahead", "the number %s of the series %s was never drawn", b.Number(next-1), b.Series)
	}
}

// usedNumbers gives the ranges that vouchers, reservations (of numbers not yet used) and voided numbers take.
func usedNumbers(ctx context.Context, tx *db.Tx, b Block) ([][2]int64, error) {
	taken := map[int64]bool{}
	var used [][2]int64
	reserved, err := db.List(ctx, tx, func(r *db.Rows, x *[2]int64) error { return r.Scan(&x[0], &x[1]) },
		"select first, last from number_reservation where company = $1 and series = $2", tx.Company, b.Series)
	if err != nil {
		return nil, err
	}
	inReserve := func(n int64) bool {
		return slices.ContainsFunc(reserved, func(x [2]int64) bool { return x[0] <= n && n <= x[1] })
	}
	add := func(first, last int64) {
		if len(reserved) > 0 {
			for n := first; n <= last; n++ {
				if inReserve(n) {
					taken[n] = true
				}
			}
		}
		used = append(used, [2]int64{first, last})
	}
	err = tx.Each(ctx, "select first, last from voided_number where company = $1 and series = $2", []any{tx.Company, b.Series}, func(r *db.Rows) error {
		var x [2]int64
		err := r.Scan(&x[0], &x[1])
		add(x[0], x[1])
		return err
	})
	if err != nil {
		return nil, err
	}
	err = tx.Each(ctx, "select number from voucher where company = $1 and number > $2 and number < $3", []any{tx.Company, b.Prefix, b.Prefix + "~"}, func(r *db.Rows) error {
		var number string
		err := r.Scan(&number)
		if n, ok := b.Parse(number); ok {
			add(n, n)
		}
		return err
	})
	for _, x := range reserved {
		for n := x[0]; n <= x[1]; n++ {
			if !taken[n] {
				used = append(used, [2]int64{n, n})
			}
		}
	}
	return used, err
}

// Proposition is something that holds for every row of a company. SQL finds the first row for which it does not, as four texts
// that Text is formatted with.
type Proposition struct{ Rule, Text, SQL string }

// Prove tests propositions of the unit's company; the findings are of code Violation.
func Prove(ctx context.Context, tx *db.Tx, all []Proposition) (fault.List, error) {
	var found fault.List
	for _, p := range all {
		err := tx.Each(ctx, p.SQL, []any{tx.Company}, func(r *db.Rows) error {
			var a, b, c, d string
			if err := r.Scan(&a, &b, &c, &d); err != nil {
				return err
			}
			found = append(found, fault.New(fault.Violation, p.Text, a, b, c, d).ByRule(p.Rule))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
