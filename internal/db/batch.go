package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

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
func (b *Batch) Grow(n int) {
	if b.values == nil {
		if v, ok := valuePool.Get().(*[]value); ok {
			b.values = (*v)[:0]
		}
	}
	b.values = slices.Grow(b.values, n*len(b.columns))
}

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

func (b *Batch) flush(ctx context.Context, later bool) (err error) {
	if len(b.values)%len(b.columns) != 0 {
		panic(fmt.Sprintf("db: %d values do not fill the %d columns of %s", len(b.values), len(b.columns), b.table))
	}
	if b.Len() == 0 {
		return nil
	}
	if Traced() {
		spanned, end := b.tx.db.span(ctx, "insert", "insert into "+b.target())
		ctx = spanned
		if end != nil {
			defer func() { end(err) }()
		}
	}
	if err := b.tx.beforeWrite(ctx); err != nil {
		return err
	}
	if b.tx.pg != nil {
		err = b.tx.pg.insert(ctx, b, later)
	} else {
		err = b.tx.lite.insert(b)
	}
	b.texts = [2]string{}
	if cap(b.values) <= pooledValues {
		clear(b.values) // lets go of the texts
		valuePool.Put(&b.values)
	}
	b.values = nil
	return err
}

const pooledValues = 1 << 20 // values of a batch whose memory is used again, at most

var valuePool sync.Pool

// target names the table and its columns.
func (b *Batch) target() string { return b.table + " (" + strings.Join(b.columns, ", ") + ")" }

// varying says of each column whether it differs between rows (1), or which parameter holds it for all of them (−1, −2 …).
func (b *Batch) varying() []int {
	w := len(b.columns)
	at := make([]int, w)
	constants := 0
	for i := range w {
		at[i] = 1
		first := b.values[i]
		same := true
		for j := i + w; j < len(b.values) && same; j += w {
			same = b.values[j] == first
		}
		if same {
			constants++
			at[i] = -constants
		}
	}
	return at
}

// count gives the number of columns that differ between rows.
func (b *Batch) count(varying []int) int {
	n := 0
	for _, at := range varying {
		if at > 0 {
			n++
		}
	}
	return n
}

// text writes the statement that inserts n rows.
func (b *Batch) text(n int, varying []int) string {
	t := &b.texts[0]
	if n > 1 {
		t = &b.texts[1]
	}
	if *t != "" {
		return *t
	}
	q := []byte("insert into " + b.target() + " values ")
	param := len(b.columns) - b.count(varying)
	for row := range n {
		if row > 0 {
			q = append(q, ',')
		}
		q = append(q, '(')
		for i, at := range varying {
			if i > 0 {
				q = append(q, ',')
			}
			if at > 0 {
				param++
				at = -param
			}
			q = strconv.AppendInt(append(q, '?'), int64(-at), 10)
		}
		q = append(q, ')')
	}
	*t = string(q)
	return *t
}
