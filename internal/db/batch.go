package db

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

const (
	copyFrom  = 8   // rows from which COPY beats one multi-row statement
	valuesMax = 800 // values in one multi-row statement on SQLite
)

// Batch collects rows of one table and inserts them together.
type Batch struct {
	tx      *Tx
	table   string
	columns []string
	values  []any
}

// Batch starts a batch for the columns of a table.
func (t *Tx) Batch(table string, columns ...string) *Batch {
	return &Batch{tx: t, table: table, columns: columns}
}

// Add appends one row, its values in the order of the columns.
func (b *Batch) Add(values ...any) {
	if len(values) != len(b.columns) {
		panic(fmt.Sprintf("db: %d values for %d columns of %s", len(values), len(b.columns), b.table))
	}
	b.values = append(b.values, values...)
}

// Len gives the number of rows waiting.
func (b *Batch) Len() int { return len(b.values) / len(b.columns) }

// Flush inserts the rows waiting. A duplicate key fails the whole batch; see [IsDuplicate].
func (b *Batch) Flush(ctx context.Context) error {
	n := b.Len()
	if n == 0 {
		return nil
	}
	defer func() { b.values = b.values[:0] }()
	for i, v := range b.values {
		plain, err := b.plain(v)
		if err != nil {
			return err
		}
		b.values[i] = plain
	}
	if b.tx.db.postgres {
		if n >= copyFrom {
			return b.copy(ctx, n)
		}
		return b.insert(ctx, 0, n)
	}
	step := max(1, valuesMax/len(b.columns))
	for from := 0; from < n; from += step {
		if err := b.insert(ctx, from, min(from+step, n)); err != nil {
			return err
		}
	}
	return nil
}

// plain turns our types into those that both drivers take without reflection.
func (b *Batch) plain(v any) (any, error) {
	switch x := v.(type) {
	case civil.Date:
		if x.IsZero() {
			return nil, nil
		}
		if b.tx.db.postgres {
			return pgtype.Date{Time: x.Time(), Valid: true}, nil
		}
		return x.String(), nil
	case money.Amount:
		return int64(x), nil
	case driver.Valuer:
		return x.Value()
	}
	return v, nil
}

func (b *Batch) copy(ctx context.Context, n int) error {
	w := len(b.columns)
	source := pgx.CopyFromSlice(n, func(i int) ([]any, error) { return b.values[i*w : (i+1)*w], nil })
	return pgConn(b.tx.conn, func(c *pgx.Conn) error {
		done, err := c.CopyFrom(ctx, pgx.Identifier{b.table}, b.columns, source)
		if err == nil && done != int64(n) {
			err = fault.New(fault.Internal, "%d of %d rows reached the table %s", done, n, b.table)
		}
		return err
	})
}

func (b *Batch) insert(ctx context.Context, from, to int) error {
	w := len(b.columns)
	var q strings.Builder
	fmt.Fprintf(&q, "insert into %s (%s) values ", b.table, strings.Join(b.columns, ", "))
	for i := range (to - from) * w {
		switch {
		case i == 0:
			q.WriteString("(")
		case i%w == 0:
			q.WriteString("), (")
		default:
			q.WriteString(", ")
		}
		if b.tx.db.postgres {
			fmt.Fprintf(&q, "$%d", i+1)
		} else {
			q.WriteByte('?')
		}
	}
	q.WriteString(")")
	_, err := b.tx.tx.ExecContext(ctx, q.String(), b.values[from*w:to*w]...)
	return err
}
