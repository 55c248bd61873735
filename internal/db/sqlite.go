package db

import (
	"context"
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

const (
	sqliteReaders   = 4                     // connections that read the embedded database, at most
	busyTimeout     = 5 * time.Second       // that SQLite waits for another process's lock
	readersWait     = 50 * time.Millisecond // that writers are held up so that readers let go of the log
	writerCache     = 65536                 // KiB of pages that the one writer keeps
	readerCache     = 16384                 // KiB for each reader
	statements      = 400                   // prepared statements kept by one connection
	checkpointPages = 8000                  // of the log before it is carried over into the file: what is written again and again is carried once
	rowsTogether    = 50                    // rows in one insert: more bring no further speed, one at a time costs half as much again
)

// kept is a prepared statement, and when it was asked for last.
type kept struct {
	stmt *sqlite.Stmt
	last int64
}

// lite is one connection to the embedded database. It serves one unit at a time.
type lite struct {
	conn     *sqlite.Conn
	prepared map[string]*kept
	asked    int64 // statements asked for so far
}

func openLite(path string, cache int, readOnly bool) (*lite, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the database file %q cannot be opened: %v", path, err).Because(err)
	}
	conn.SetBusyTimeout(busyTimeout)
	l := &lite{conn: conn, prepared: map[string]*kept{}}
	pragmas := []string{"journal_mode=wal", "synchronous=full", "foreign_keys=on", "temp_store=file", fmt.Sprintf("cache_size=-%d", cache), fmt.Sprintf("wal_autocheckpoint=%d", checkpointPages)}
	if readOnly {
		pragmas = append(pragmas, "query_only=on")
	}
	for _, p := range pragmas {
		err := sqlitex.ExecuteTransient(conn, "pragma "+p, nil)
		for began := time.Now(); retryable(err) && time.Since(began) < busyTimeout; { // SQLite does not wait here by itself
			time.Sleep(5 * time.Millisecond)
			err = sqlitex.ExecuteTransient(conn, "pragma "+p, nil)
		}
		if err != nil {
			conn.Close()
			return nil, fault.New(fault.Unavailable, "the database file %q cannot be opened: %v", path, err).Because(err)
		}
	}
	return l, nil
}

// stmt gives the prepared statement of the text, and what ends its use. Those asked for lately are kept.
func (l *lite) stmt(query string) (*sqlite.Stmt, func() error, error) {
	l.asked++
	if k, ok := l.prepared[query]; ok {
		k.last = l.asked
		return k.stmt, k.stmt.Reset, nil
	}
	s, rest, err := l.conn.PrepareTransient(query)
	if err != nil {
		return nil, nil, err
	}
	if rest > 0 && strings.Trim(query[len(query)-rest:], " \t\n;") != "" {
		s.Finalize()
		return nil, nil, fmt.Errorf("db: more than one statement: %s", query)
	}
	if len(l.prepared) >= statements {
		if err := l.forgetOldest(); err != nil {
			s.Finalize()
			return nil, nil, err
		}
	}
	l.prepared[query] = &kept{s, l.asked}
	return s, s.Reset, nil
}

// forgetOldest ends the statement that was asked for the longest ago.
func (l *lite) forgetOldest() error {
	oldest := ""
	for q, k := range l.prepared {
		if o, ok := l.prepared[oldest]; !ok || k.last < o.last {
			oldest = q
		}
	}
	s := l.prepared[oldest].stmt
	delete(l.prepared, oldest)
	return s.Finalize()
}

// end ends a statement, keeping the first error.
func end(reset func() error, err error) error {
	if rerr := reset(); err == nil {
		err = rerr
	}
	return err
}

func (l *lite) exec(query string, args []any) (int64, error) {
	s, reset, err := l.stmt(query)
	if err != nil {
		return 0, err
	}
	if err := bindAll(s, args); err != nil {
		return 0, end(reset, err)
	}
	for more := true; more && err == nil; {
		more, err = s.Step()
	}
	n := int64(l.conn.Changes())
	return n, end(reset, err)
}

func (l *lite) execInts(query string, values []int64) (changed int64, err error) {
	s, reset, err := l.stmt(query)
	if err != nil {
		return 0, err
	}
	n := s.BindParamCount()
	for ; len(values) >= n && err == nil; values = values[n:] {
		for i, v := range values[:n] {
			s.BindInt64(i+1, v)
		}
		_, err = s.Step()
		changed += int64(l.conn.Changes())
		err = end(s.Reset, err)
	}
	return changed, end(reset, err)
}

func (l *lite) query(query string, args []any) (*Rows, error) {
	s, reset, err := l.stmt(query)
	if err != nil {
		return nil, err
	}
	if err := bindAll(s, args); err != nil {
		return nil, end(reset, err)
	}
	return &Rows{lite: s, done: func(err error) error { return end(reset, err) }}, nil
}

func bindAll(s *sqlite.Stmt, args []any) error {
	if n := s.BindParamCount(); n != len(args) {
		return fmt.Errorf("db: the statement takes %d values, %d were given", n, len(args))
	}
	for i, a := range args {
		v, err := valueOf(a)
		if err != nil {
			return err
		}
		v.bind(s, i+1)
	}
	return nil
}

// value is one value to be stored, without allocation for numbers.
type value struct {
	kind byte // one of the constants below
	n    int64
	s    string // a text, or bytes
}

const (
	isNull byte = iota
	isInt
	isText
	isBytes
	isDate
	isBool
)

func (v *value) bind(s *sqlite.Stmt, i int) {
	switch v.kind {
	case isInt, isBool:
		s.BindInt64(i, v.n)
	case isText:
		s.BindText(i, v.s)
	case isBytes:
		s.BindBytes(i, []byte(v.s))
	case isDate:
		s.BindText(i, civil.Date(v.n).String())
	default:
		s.BindNull(i)
	}
}

// valueOf turns a Go value into one to be stored.
func valueOf(a any) (value, error) {
	switch x := a.(type) {
	case nil:
		return value{}, nil
	case int64:
		return value{kind: isInt, n: x}, nil
	case int:
		return value{kind: isInt, n: int64(x)}, nil
	case string:
		return value{kind: isText, s: x}, nil
	case []byte:
		if x == nil {
			return value{}, nil
		}
		return value{kind: isBytes, s: string(x)}, nil
	case bool:
		v := value{kind: isBool}
		if x {
			v.n = 1
		}
		return v, nil
	case money.Amount:
		return value{kind: isInt, n: int64(x)}, nil
	case civil.Date:
		if x.IsZero() {
			return value{}, nil
		}
		return value{kind: isDate, n: int64(x)}, nil
	case driver.Valuer:
		v, err := x.Value()
		if err != nil {
			return value{}, err
		}
		return valueOf(v)
	}
	switch v := reflect.ValueOf(a); v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return value{kind: isInt, n: v.Int()}, nil
	case reflect.String:
		return value{kind: isText, s: v.String()}, nil
	case reflect.Bool:
		return valueOf(v.Bool())
	}
	return value{}, fmt.Errorf("db: a %T cannot be stored", a)
}

// insert writes the rows of a batch, rowsTogether in a statement. A column that is the same in all rows is bound once.
func (l *lite) insert(b *Batch) error {
	w, n := len(b.columns), b.Len()
	varying := b.varying()
	for from := 0; from < n; {
		step := rowsTogether
		if n-from < step {
			step = 1
		}
		s, reset, err := l.stmt(b.text(step, varying))
		if err != nil {
			return err
		}
		for i, at := range varying {
			if at < 0 {
				b.values[i].bind(s, -at)
			}
		}
		constants := w - b.count(varying)
		for ; n-from >= step && err == nil; from += step {
			param := constants
			for row := from; row < from+step; row++ {
				for i, at := range varying {
					if at > 0 {
						param++
						b.values[row*w+i].bind(s, param)
					}
				}
			}
			_, err = s.Step()
			err = end(s.Reset, err)
		}
		if err = end(reset, err); err != nil {
			return err
		}
	}
	return nil
}

func (l *lite) close() error {
	for _, k := range l.prepared {
		k.stmt.Finalize()
	}
	return l.conn.Close()
}

// litePool is the one writer and the readers of the embedded database.
type litePool struct {
	path    string
	writer  chan *lite // holds the writer when it is free; a nil one is not open yet
	readers chan *lite
	closed  chan struct{} // closed with the pool
	close   func() error
}

func newLitePool(path string) *litePool {
	p := &litePool{path: path, writer: make(chan *lite, 1), readers: make(chan *lite, sqliteReaders), closed: make(chan struct{})}
	p.close = sync.OnceValue(p.end)
	p.writer <- nil
	for range sqliteReaders {
		p.readers <- nil
	}
	return p
}

// take waits for a connection and opens it when it is not open yet.
func (p *litePool) take(ctx context.Context, write bool) (*lite, error) {
	from, cache := p.readers, readerCache
	if write {
		from, cache = p.writer, writerCache
	}
	select {
	case l := <-from:
		if l != nil {
			return l, nil
		}
		l, err := openLite(p.path, cache, !write)
		if err != nil {
			from <- nil
		}
		return l, err
	case <-p.closed:
		return nil, fault.New(fault.Unavailable, "the database %s is closed", p.path)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// give puts a connection back; one that cannot be got out of its transaction is thrown away.
func (p *litePool) give(l *lite, write bool) {
	if !l.conn.AutocommitEnabled() {
		_ = l.close()
		l = nil
	}
	if write {
		p.writer <- l
	} else {
		p.readers <- l
	}
}

// end waits for each connection to come back, and closes it; whoever asks for one from now on is refused.
func (p *litePool) end() error {
	close(p.closed)
	var first error
	for _, c := range []chan *lite{p.writer, p.readers} {
		for range cap(c) {
			if l := <-c; l != nil {
				if err := l.close(); first == nil {
					first = err
				}
			}
		}
	}
	return first
}

// reopen closes every connection, so that each reads anew what the database knows of its tables.
func (p *litePool) reopen(ctx context.Context) error {
	for _, c := range []chan *lite{p.writer, p.readers} {
		for range cap(c) {
			select {
			case l := <-c:
				if l != nil {
					if err := l.close(); err != nil {
						c <- nil
						return err
					}
				}
			case <-ctx.Done():
				return ctx.Err()
			}
			c <- nil
		}
	}
	return nil
}
