package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"quittance/internal/fault"
)

// rewriting finds what a step of the program wrote, by comparing every table of the database before it with the one after it, and has the
// database write just that by itself: one insert, update and delete a table, in one transaction, with the same indexes, constraints and
// durability. Nothing is named here that a step writes, so that nothing can be forgotten.
type rewriting struct {
	store
	postgres bool
	tables   []keyed
	rows     int64
	steps    []string
}

// keyed is a table with its key.
type keyed struct {
	name         string
	key, columns []string
}

// rewrite gives how long the database takes by itself, in before, for what makes it after, and how many rows that are. Nobody may be at
// work in either; before is of no use then.
func rewrite(ctx context.Context, before, after string) (took time.Duration, rows int64, err error) {
	s, err := openStore(ctx, before)
	if err != nil {
		return 0, 0, err
	}
	r := &rewriting{store: s, postgres: isPostgres(before)}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := r.bring(ctx, after); err != nil {
		return 0, 0, err
	}
	for _, t := range r.tables {
		if err := r.stage(ctx, t); err != nil {
			return 0, 0, fault.New(fault.Internal, "comparing the table %s failed: %v", t.name, err).Because(err)
		}
	}
	took, err = r.write(ctx)
	return took, r.rows, err
}

// other names a table as it is after the step.
func (r *rewriting) other(table string) string {
	if r.postgres {
		return "now_" + table
	}
	return "after_." + table
}

// bring makes the tables of after readable beside those of before, and lists them, parents before their children.
func (r *rewriting) bring(ctx context.Context, after string) error {
	names := "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by rowid"
	key := "select name from pragma_table_info('%s') where pk > 0 order by pk"
	columns := "select name from pragma_table_info('%s') order by cid"
	if r.postgres {
		names = "select tablename from pg_tables where schemaname = current_schema() order by tablename::regclass::oid"
		key = `select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
			where i.indrelid = '%s'::regclass and i.indisprimary order by array_position(i.indkey::int2[], a.attnum)`
		columns = "select attname from pg_attribute where attrelid = '%s'::regclass and attnum > 0 and not attisdropped order by attnum"
	} else if err := all(ctx, r.store, append(slices.Clone(sqliteSession), "attach '"+strings.ReplaceAll(after, "'", "''")+"' as after_")...); err != nil {
		return err
	}
	list := func(query string) (out []string, err error) {
		err = r.each(ctx, query, func(cells []string) error { out = append(out, cells[0]); return nil })
		return out, err
	}
	found, err := list(names)
	if err != nil {
		return err
	}
	for _, n := range found {
		t := keyed{name: n}
		if t.key, err = list(fmt.Sprintf(key, n)); err != nil {
			return err
		}
		if t.columns, err = list(fmt.Sprintf(columns, n)); err != nil {
			return err
		}
		if len(t.key) > 0 { // the counter of row ids has none: one row
			r.tables = append(r.tables, t)
		}
	}
	if !r.postgres {
		return nil
	}
	from, err := openPostgres(ctx, after)
	if err != nil {
		return err
	}
	defer from.close()
	for _, t := range r.tables {
		if err := r.fetch(ctx, from, t); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return nil
}

// fetch copies a table of another database beside the own one.
func (r *rewriting) fetch(ctx context.Context, from *postgresStore, t keyed) error {
	to := r.store.(*postgresStore)
	if err := all(ctx, to, fmt.Sprintf("create unlogged table now_%s (like %[1]s)", t.name)); err != nil {
		return err
	}
	in, out := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		_, err := from.conn.PgConn().CopyTo(ctx, out, "copy "+t.name+" to stdout (format binary)")
		sent <- errors.Join(err, out.CloseWithError(err))
	}()
	_, err := to.conn.PgConn().CopyFrom(ctx, in, "copy now_"+t.name+" from stdin (format binary)")
	in.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // ends the other side where this one failed
	return errors.Join(err, <-sent, all(ctx, to, "analyze now_"+t.name))
}

// on joins two tables by the key.
func (t keyed) on(a, b string) string {
	parts := make([]string, len(t.key))
	for i, k := range t.key {
		parts[i] = a + "." + k + " = " + b + "." + k
	}
	return strings.Join(parts, " and ")
}

// stage keeps what is new, other and gone of a table, in the order of its key, and notes the statement that writes it.
func (r *rewriting) stage(ctx context.Context, t keyed) error {
	order := strings.Join(t.key, ", ")
	keep := func(what, query string) (int64, error) {
		name := fmt.Sprintf("stage_%s_%s", what, t.name)
		if err := all(ctx, r.store, "create table "+name+" as "+query); err != nil {
			return 0, err
		}
		n, err := number(ctx, r.store, "select count(*) from "+name)
		if err == nil && r.postgres {
			err = all(ctx, r.store, "analyze "+name)
		}
		r.rows += n
		return n, err
	}
	n, err := keep("new", fmt.Sprintf("select * from %s n where not exists (select 1 from %s o where %s) order by %s", r.other(t.name), t.name, t.on("o", "n"), order))
	if err != nil {
		return err
	}
	if n > 0 {
		r.steps = append(r.steps, fmt.Sprintf("insert into %s (%s) select %[2]s from stage_new_%[1]s", t.name, strings.Join(t.columns, ", ")))
	}
	if err := r.stageChanged(ctx, t, keep); err != nil {
		return err
	}
	n, err = keep("gone", fmt.Sprintf("select %s from %s o where not exists (select 1 from %s n where %s) order by %[1]s", order, t.name, r.other(t.name), t.on("n", "o")))
	if n > 0 {
		r.steps = append(r.steps, fmt.Sprintf("delete from %s where (%s) in (select %[2]s from stage_gone_%[1]s)", t.name, order))
	}
	return err
}

// stageChanged keeps the rows that are other, and writes those columns that are so in any of them.
func (r *rewriting) stageChanged(ctx context.Context, t keyed, keep func(what, query string) (int64, error)) error {
	var differs, counts []string
	var rest []string
	for _, c := range t.columns {
		if !slices.Contains(t.key, c) {
			rest = append(rest, c)
			differs = append(differs, fmt.Sprintf("n.%s is distinct from o.%[1]s", c))
			counts = append(counts, fmt.Sprintf("count(case when n.%s is distinct from o.%[1]s then 1 end)", c))
		}
	}
	if len(rest) == 0 {
		return nil
	}
	n, err := keep("other", fmt.Sprintf("select n.* from %s n join %s o on %s where %s order by %s", r.other(t.name), t.name, t.on("o", "n"), strings.Join(differs, " or "), "n."+strings.Join(t.key, ", n.")))
	if err != nil || n == 0 {
		return err
	}
	var set []string
	err = r.each(ctx, fmt.Sprintf("select %s from stage_other_%s n join %[2]s o on %s", strings.Join(counts, ", "), t.name, t.on("o", "n")), func(cells []string) error {
		for i, cell := range cells {
			if cell != "0" {
				set = append(set, rest[i]+" = n."+rest[i])
			}
		}
		return nil
	})
	r.steps = append(r.steps, fmt.Sprintf("update %[1]s set %[2]s from stage_other_%[1]s n where %[3]s", t.name, strings.Join(set, ", "), t.on(t.name, "n")))
	return err
}

// write has the database write what was staged.
func (r *rewriting) write(ctx context.Context) (time.Duration, error) {
	// Inserts first, parents before children; deletes last, children before parents.
	var inserts, updates, deletes []string
	for _, q := range r.steps {
		switch {
		case strings.HasPrefix(q, "insert"):
			inserts = append(inserts, q)
		case strings.HasPrefix(q, "update"):
			updates = append(updates, q)
		default:
			deletes = append(deletes, q)
		}
	}
	slices.Reverse(deletes)
	begin := []string{"begin"}
	settled := []string{"checkpoint"}
	if !r.postgres {
		begin = []string{"begin immediate", "pragma defer_foreign_keys = on"} // a table that was made anew stands behind its children
		settled = []string{"detach after_", "pragma wal_checkpoint(truncate)"}
	}
	if err := all(ctx, r.store, settled...); err != nil {
		return 0, err
	}
	began := time.Now()
	err := all(ctx, r.store, slices.Concat(begin, inserts, updates, deletes, []string{"commit"})...)
	return time.Since(began), err
}

// camt053 writes a statement of the bank account with the number: every payment is a line of its own, as it went out.
func camt053(account string, day string, lines []statementLine) []byte {
	var b bytes.Buffer
	sum := int64(0)
	for _, l := range lines {
		sum += l.amount
	}
	cents := func(n int64) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }
	balance := func(kind string, amount int64) {
		fmt.Fprintf(&b, `<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="USD">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>%s</Dt></Dt></Bal>`, kind, cents(amount), day)
	}
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>BENCH</MsgId><CreDtTm>%sT06:00:00</CreDtTm></GrpHdr>`, day)
	fmt.Fprintf(&b, `<Stmt><Id>BENCH-1</Id><CreDtTm>%sT06:00:00</CreDtTm><Acct><Id><Othr><Id>%s</Id></Othr></Id><Ccy>USD</Ccy></Acct>`, day, account)
	balance("OPBD", sum+100_000)
	balance("CLBD", 100_000)
	for i, l := range lines {
		fmt.Fprintf(&b, `<Ntry><NtryRef>%d</NtryRef><Amt Ccy="USD">%s</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%s</Dt></BookgDt><AcctSvcrRef>BK%09d</AcctSvcrRef>`, i+1, cents(l.amount), day, i+1)
		fmt.Fprintf(&b, `<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>`, l.number)
	}
	b.WriteString(`</Stmt></BkToCstmrStmt></Document>`)
	return b.Bytes()
}

// statementLine is a payment on a statement.
type statementLine struct {
	number string
	amount int64 // minor units that went out
}
