package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
)

// Batch collects rows of one table and inserts them together: COPY on PostgreSQL, statements of several rows on SQLite.
// Values are appended one by one in the order of the columns; a row is complete when it has them all.
type Batch struct {
	tx      *Tx
	table   string
	columns []string
	values  []value
	texts   [2]string // of the statements of one row and of rowsTogether rows
}

// Batch starts a batch for the columns of a table.
func (t *Tx) Batch(table string, columns ...string) *Batch {
	return &Batch{tx: t, table: table, columns: columns}
}

// Grow makes room for n more rows.
func (b *Batch) Grow(n int) { b.values = slices.Grow(b.values, n*len(b.columns)) }

// Add appends one row, its values in the order of the columns.
func (b *Batch) Add(values ...any) {
	if len(values) != len(b.columns) {
		panic(fmt.Sprintf("db: %d values for %d columns of %s", len(values), len(b.columns), b.table))
	}
	for _, v := range values {
		x, err := valueOf(v)
		if err != nil {
			panic(fmt.Sprintf("db: %s: %v", b.table, err))
		}
		b.values = append(b.values, x)
	}
}

// Int appends a whole number.
func (b *Batch) Int(n int64) *Batch { b.values = append(b.values, value{kind: isInt, n: n}); return b }

// Ref appends a reference, NULL when it is 0.
func (b *Batch) Ref(id int64) *Batch {
	if id == 0 {
		return b.Null()
	}
	return b.Int(id)
}

// Text appends a text.
func (b *Batch) Text(s string) *Batch {
	b.values = append(b.values, value{kind: isText, s: s})
	return b
}

// TextOrNull appends a text, NULL when it is blank.
func (b *Batch) TextOrNull(s string) *Batch {
	if s == "" {
		return b.Null()
	}
	return b.Text(s)
}

// Bytes appends bytes.
func (b *Batch) Bytes(x []byte) *Batch {
	b.values = append(b.values, value{kind: isBytes, s: string(x)})
	return b
}

// Date appends a date, NULL when it is blank.
func (b *Batch) Date(d civil.Date) *Batch {
	if d.IsZero() {
		return b.Null()
	}
	b.values = append(b.values, value{kind: isDate, n: int64(d)})
	return b
}

// Null appends NULL.
func (b *Batch) Null() *Batch { b.values = append(b.values, value{}); return b }

// Len gives the number of rows waiting.
func (b *Batch) Len() int { return len(b.values) / len(b.columns) }

// Flush inserts the rows waiting. A duplicate key fails the whole batch; see [IsDuplicate].
func (b *Batch) Flush(ctx context.Context) error { return b.flush(ctx, false) }

// FlushLater inserts the rows waiting before the unit's next query or its commit, whichever comes first, and an error
// comes with that: on PostgreSQL they wait for no round trip of their own.
func (b *Batch) FlushLater(ctx context.Context) error { return b.flush(ctx, true) }

func (b *Batch) flush(ctx context.Context, later bool) error {
	if len(b.values)%len(b.columns) != 0 {
		panic(fmt.Sprintf("db: %d values do not fill the %d columns of %s", len(b.values), len(b.columns), b.table))
	}
	if b.Len() == 0 {
		return nil
	}
	if err := b.tx.beforeWrite(ctx); err != nil {
		return err
	}
	var err error
	if b.tx.pg != nil {
		err = b.tx.pg.insert(ctx, b, later)
	} else {
		err = b.tx.lite.insert(b)
	}
	b.values = b.values[:0]
	return err
}

// target names the table and its columns.
func (b *Batch) target() string { return b.table + " (" + strings.Join(b.columns, ", ") + ")" }

// text writes the statement that inserts n rows.
func (b *Batch) text(n int) string {
	t := &b.texts[0]
	if n > 1 {
		t = &b.texts[1]
	}
	if *t == "" {
		row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(b.columns)), ",") + ")"
		*t = "insert into " + b.target() + " values " + strings.TrimSuffix(strings.Repeat(row+",", n), ",")
	}
	return *t
}
