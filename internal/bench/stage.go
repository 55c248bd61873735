package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"quittance/internal/fault"
)

// written is a table into which a run inserts, and how its new rows are known: every row id that the run drew is greater than the last
// one of the source ($last); seals count by themselves ($seal).
type written struct {
	table, fresh string
	exact        bool // the number of rows follows from the data alone, not from how the run divided its work
}

// writtenTables are in the order in which the floor fills them: parents first.
var writtenTables = []written{
	{"ledger_account", "id > $last", true},
	{"vendor", "id > $last", true},
	{"bank_detail", "party > $last", true},
	{"audit", "id > $last", false},
	{"event", "command > $last", true},
	{"run", "id > $last", true},
	{"run_chunk", "run > $last", false},
	{"run_line", "run > $last", true},
	{"number_reservation", "owner > $last", false},
	{"voucher", "id > $last", true},
	{"entry", "voucher > $last", true},
	{"balance", "batch > $last", false},
	{"settlement_op", "id > $last", false},
	{"settlement", "operation > $last", true},
	{"open_item", "voucher > $last", true},
	{"unsealed", "first > $last", false},
	{"seal", "n > $seal", false},
}

const openKey = "company, side, party, voucher, line"

// updates are the few rows that a run changes in place. They are staged under the name of their table, too.
type update struct {
	table, staged, apply string
	counted              string // the name under which its rows are counted; blank for a handful
}

var updates = []update{
	{
		table: "customer", counted: updatedCustomers, staged: "select company, id, vendor from customer where vendor > $last",
		apply: "update customer set vendor = s.vendor from stage_customer s where customer.company = s.company and customer.id = s.id",
	},
	{
		table: "number_series", staged: "select company, series, next from number_series",
		apply: "update number_series set next = s.next from stage_number_series s where number_series.company = s.company and number_series.series = s.series and number_series.next <> s.next",
	},
}

// counts is a number of rows by table; what is deleted or updated has names of its own.
type counts map[string]int64

const (
	deletedItems     = "open_item_deleted"
	updatedCustomers = "customer_updated"
)

// mark is how far the ids of the source had come.
type mark struct{ last, seal int64 }

// sub puts the marks into a condition.
func (m mark) sub(condition string) string {
	return strings.NewReplacer("$last", fmt.Sprint(m.last), "$seal", fmt.Sprint(m.seal)).Replace(condition)
}

// readMark reads the marks of a database.
func readMark(ctx context.Context, s store, postgres bool) (m mark, err error) {
	last := "select next - 1 from row_id"
	if postgres {
		last = "select last_value + 63 from row_id"
	}
	if m.last, err = number(ctx, s, last); err != nil {
		return m, err
	}
	m.seal, err = number(ctx, s, "select coalesce(max(n), 0) from seal")
	return m, err
}

// staging makes the template of the floor: a copy of the source with the rows of a run in staging tables, without indexes, each in the
// order of the key of its table.
func (w *workshop) staging(ctx context.Context, ran string, m mark) (template string, err error) {
	if template, err = w.copy(ctx, w.source); err != nil {
		return "", err
	}
	if isPostgres(template) {
		err = stagePostgres(ctx, ran, template, m)
	} else {
		err = stageSQLite(ctx, ran, template, m)
	}
	return template, err
}

// ordered gives the query of the new rows of a table in the order of its key.
func ordered(ctx context.Context, s store, postgres bool, t written, m mark, schema string) (string, error) {
	query := fmt.Sprintf("select name from pragma_table_info('%s') where pk > 0 order by pk", t.table)
	if postgres {
		query = fmt.Sprintf(`select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
			where i.indrelid = '%s'::regclass and i.indisprimary order by array_position(i.indkey::int2[], a.attnum)`, t.table)
	}
	var key []string
	err := s.each(ctx, query, func(cells []string) error { key = append(key, cells[0]); return nil })
	return fmt.Sprintf("select * from %s%s where %s order by %s", schema, t.table, m.sub(t.fresh), strings.Join(key, ", ")), err
}

// sqliteDeleted is the only staging table with a key: of the forms of the delete that were measured, the one that looks each open item
// up in it was the fastest (33,000 of 39,000 rows: 0.26 s; by a list of row values 0.38 s).
const sqliteDeleted = `create table stage_deleted (company integer not null, side integer not null, party integer not null, voucher integer not null, line integer not null,
	primary key (company, side, party, voucher, line)) without rowid`

func stageSQLite(ctx context.Context, ran, template string, m mark) error {
	s, err := openSQLite(ctx, template)
	if err != nil {
		return err
	}
	defer s.close()
	if err := all(ctx, s, "attach '"+strings.ReplaceAll(ran, "'", "''")+"' as ran", "begin"); err != nil {
		return err
	}
	for _, t := range writtenTables {
		q, err := ordered(ctx, s, false, t, m, "ran.")
		if err != nil {
			return err
		}
		if err := all(ctx, s, "create table main.stage_"+t.table+" as "+q); err != nil {
			return err
		}
	}
	for _, u := range updates {
		if err := all(ctx, s, "create table main.stage_"+u.table+" as "+strings.Replace(m.sub(u.staged), " from ", " from ran.", 1)); err != nil {
			return err
		}
	}
	return all(ctx, s, sqliteDeleted,
		`insert into stage_deleted select `+openKey+` from main.open_item o where not exists (select 1 from ran.open_item r
			where r.company = o.company and r.side = o.side and r.party = o.party and r.voucher = o.voucher and r.line = o.line) order by `+openKey,
		"commit", "analyze stage_deleted", "detach ran", "pragma wal_checkpoint(truncate)")
}

func stagePostgres(ctx context.Context, ran, template string, m mark) error {
	from, err := openPostgres(ctx, ran)
	if err != nil {
		return err
	}
	defer from.close()
	to, err := openPostgres(ctx, template)
	if err != nil {
		return err
	}
	defer to.close()
	for _, t := range writtenTables {
		q, err := ordered(ctx, from, true, t, m, "")
		if err != nil {
			return err
		}
		if err := all(ctx, to, "create table stage_"+t.table+" (like "+t.table+")"); err != nil {
			return err
		}
		if err := pipe(ctx, from, q, to, "stage_"+t.table); err != nil {
			return err
		}
	}
	for _, u := range updates {
		if err := all(ctx, to, "create table stage_"+u.table+" as "+m.sub(u.staged)+" limit 0"); err != nil {
			return err
		}
		if err := pipe(ctx, from, m.sub(u.staged), to, "stage_"+u.table); err != nil {
			return err
		}
	}
	if err := all(ctx, to, "create table stage_left as select "+openKey+" from open_item limit 0"); err != nil {
		return err
	}
	if err := pipe(ctx, from, "select "+openKey+" from open_item", to, "stage_left"); err != nil {
		return err
	}
	return all(ctx, to, "analyze stage_left", `create table stage_deleted as select `+openKey+` from open_item o where not exists (select 1 from stage_left r
		where r.company = o.company and r.side = o.side and r.party = o.party and r.voucher = o.voucher and r.line = o.line) order by `+openKey,
		"drop table stage_left")
}

// pipe copies the rows of a query into a table of another database.
func pipe(ctx context.Context, from *postgresStore, query string, to *postgresStore, table string) error {
	r, w := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		_, err := from.conn.PgConn().CopyTo(ctx, w, "copy ("+query+") to stdout (format binary)")
		w.CloseWithError(err)
		failed <- err
	}()
	_, err := to.conn.PgConn().CopyFrom(ctx, r, "copy "+table+" from stdin (format binary)")
	r.CloseWithError(err)
	return errors.Join(err, <-failed)
}

// count gives what a run wrote, by table. before is the number of open items of the source.
func count(ctx context.Context, s store, m mark, before int64) (counts, error) {
	c := counts{}
	for _, t := range writtenTables {
		n, err := number(ctx, s, "select count(*) from "+t.table+" where "+m.sub(t.fresh))
		if err != nil {
			return nil, err
		}
		c[t.table] = n
	}
	updated, err := number(ctx, s, m.sub("select count(*) from customer where vendor > $last"))
	if err != nil {
		return nil, err
	}
	c[updatedCustomers] = updated
	left, err := number(ctx, s, m.sub("select count(*) from open_item where voucher <= $last"))
	c[deletedItems] = before - left
	return c, err
}

// sum gives all rows together.
func (c counts) sum() (n int64) {
	for _, x := range c {
		n += x
	}
	return n
}

// same refuses counts that differ where they must not. strict compares every table; else those are left out whose rows follow from how
// a run divided its work, which the clock decides.
func (c counts) same(want counts, who string, strict bool) error {
	tables := append([]written{{table: deletedItems, exact: true}, {table: updatedCustomers, exact: true}}, writtenTables...)
	for _, t := range tables {
		if (strict || t.exact) && c[t.table] != want[t.table] {
			return fault.New(fault.Violation, "%s wrote %d rows of %s, but the rows staged for the floor are %d; the ratio would mean nothing", who, c[t.table], t.table, want[t.table]).ByRule("rows_differ")
		}
	}
	return nil
}

// nothingElse proves that the tables named above are all that a run writes into: every table of the copy has as many rows as in the
// source, but for what was counted.
func nothingElse(ctx context.Context, source, ran store, postgres bool, c counts) error {
	query := "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name"
	if postgres {
		query = "select tablename from pg_tables where schemaname = current_schema() order by tablename"
	}
	var tables []string
	if err := source.each(ctx, query, func(cells []string) error { tables = append(tables, cells[0]); return nil }); err != nil {
		return err
	}
	for _, t := range tables {
		before, err := number(ctx, source, "select count(*) from "+t)
		if err != nil {
			return err
		}
		after, err := number(ctx, ran, "select count(*) from "+t)
		if err != nil {
			return err
		}
		want := before + c[t]
		if t == "open_item" {
			want -= c[deletedItems]
		}
		if after != want {
			return fault.New(fault.Internal, "the run wrote into the table %s, which the floor does not know: %d rows, expected %d; add it to the tables of the benchmark", t, after, want).ByRule("table_unknown")
		}
	}
	return nil
}
