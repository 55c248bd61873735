package db

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

const copyFrom = 64 // rows from which COPY beats one statement over arrays

// pgSession is one transaction on a connection to PostgreSQL. Statements whose result nobody waits for are queued and go
// to the server with the next one that is waited for, so that a small unit needs two or three round trips in all.
type pgSession struct {
	conn   *pgxpool.Conn
	queued *pgx.Batch
	sends  int       // how often something was sent
	ahead  *ahead    // what comes with the first query, in its round trip; nil: nothing
	tables *sync.Map // "table (columns)" → []uint32, the types of the columns
}

// ahead is what the first query of a shared transaction brings along.
type ahead struct {
	ids   *[]int64 // where row ids go
	query string   // a row to hold; blank: none is
	args  []any
	take  func(*Rows) error
}

// queue puts a statement off until the next one that is waited for; its error comes with that one's.
func (s *pgSession) queue(query string, args ...any) {
	if s.queued == nil {
		s.queued = &pgx.Batch{}
	}
	s.queued.Queue(query, args...)
}

// send sends what is queued and then the query, with what it brings along; the results of the queued statements are read.
func (s *pgSession) send(ctx context.Context, query string, args []any, along *ahead) (pgx.BatchResults, error) {
	s.sends++
	waiting := s.queued.Len()
	s.queued.Queue(query, args...)
	if along != nil {
		s.queued.Queue(drawBlocks, idsPool/idStep)
		if along.query != "" {
			s.queued.Queue(along.query, along.args...)
		}
	}
	results := s.conn.SendBatch(ctx, s.queued)
	s.queued = nil
	for range waiting {
		if _, err := results.Exec(); err != nil {
			results.Close()
			return nil, err
		}
	}
	return results, nil
}

// drawBlocks draws as many blocks of row ids as it is told.
const drawBlocks = "select nextval('row_id') from generate_series(1, $1::bigint)"

func blocks(rows pgx.Rows) ([]int64, error) {
	var ids []int64
	first := int64(0)
	_, err := pgx.ForEachRow(rows, []any{&first}, func() error {
		for i := range int64(idStep) {
			ids = append(ids, first+i)
		}
		return nil
	})
	return ids, err
}

func (s *pgSession) flush(ctx context.Context) error {
	if s.queued == nil {
		return nil
	}
	s.sends++
	results := s.conn.SendBatch(ctx, s.queued)
	s.queued = nil
	return results.Close()
}

// place is how far a session has come.
type place struct{ sends, queued int }

func (s *pgSession) place() place {
	p := place{sends: s.sends}
	if s.queued != nil {
		p.queued = s.queued.Len()
	}
	return p
}

// forget takes back the statements queued after the first n.
func (s *pgSession) forget(n int) {
	if s.queued != nil {
		s.queued.QueuedQueries = s.queued.QueuedQueries[:n]
	}
	if n == 0 {
		s.queued = nil
	}
}

func pgArgs(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		switch a.(type) {
		case []int64, []int32, []string:
			out[i] = a
			continue
		}
		v, err := valueOf(a)
		if err != nil {
			return nil, err
		}
		switch v.kind {
		case isInt:
			out[i] = v.n
		case isText:
			if !utf8.ValidString(v.s) || strings.ContainsRune(v.s, 0) {
				return nil, fault.New(fault.Invalid, "%q is no text that can be kept or looked for: it has a zero byte, or is not UTF-8", v.s[:min(len(v.s), 60)]).ByRule("text")
			}
			out[i] = v.s
		case isBytes:
			out[i] = []byte(v.s)
		case isBool:
			out[i] = v.n != 0
		case isDate:
			out[i] = pgtype.Date{Time: civil.Date(v.n).Time(), Valid: true}
		}
	}
	return out, nil
}

func (s *pgSession) exec(ctx context.Context, query string, args []any) (int64, error) {
	args, err := pgArgs(args)
	if err != nil {
		return 0, err
	}
	if s.queued == nil {
		s.sends++
		tag, err := s.conn.Exec(ctx, query, args...)
		return tag.RowsAffected(), err
	}
	results, err := s.send(ctx, query, args, nil)
	if err != nil {
		return 0, err
	}
	tag, err := results.Exec()
	if cerr := results.Close(); err == nil {
		err = cerr
	}
	return tag.RowsAffected(), err
}

func (s *pgSession) query(ctx context.Context, query string, args []any) (*Rows, error) {
	args, err := pgArgs(args)
	if err != nil {
		return nil, err
	}
	if s.queued == nil {
		s.sends++
		rows, err := s.conn.Query(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		return &Rows{pg: rows, done: func(err error) error { return closePg(rows, nil, nil, err) }}, nil
	}
	along := s.ahead
	s.ahead = nil
	results, err := s.send(ctx, query, args, along)
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		results.Close()
		return nil, err
	}
	return &Rows{pg: rows, done: func(err error) error { return closePg(rows, results, along, err) }}, nil
}

// closePg ends a query, and takes what it brought along.
func closePg(rows pgx.Rows, results pgx.BatchResults, along *ahead, err error) error {
	rows.Close()
	if rerr := rows.Err(); err == nil {
		err = rerr
	}
	if along != nil && err == nil {
		err = along.read(results)
	}
	if results != nil {
		if cerr := results.Close(); err == nil {
			err = cerr
		}
	}
	return err
}

func (a *ahead) read(results pgx.BatchResults) error {
	drawn, err := results.Query()
	if err != nil {
		return err
	}
	if *a.ids, err = blocks(drawn); err != nil || a.query == "" {
		return err
	}
	held, err := results.Query()
	if err != nil {
		return err
	}
	err = a.take(&Rows{pg: held})
	held.Close()
	if rerr := held.Err(); err == nil {
		err = rerr
	}
	return err
}

// types gives the types of the columns of a batch, asked for once.
func (s *pgSession) types(ctx context.Context, b *Batch) ([]uint32, error) {
	target := b.target()
	if known, ok := s.tables.Load(target); ok {
		return known.([]uint32), nil
	}
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	d, err := s.conn.Conn().Prepare(ctx, "", "select "+strings.Join(b.columns, ", ")+" from "+b.table)
	if err != nil {
		return nil, err
	}
	oids := make([]uint32, len(d.Fields))
	for i, f := range d.Fields {
		oids[i] = f.DataTypeOID
	}
	s.tables.Store(target, oids)
	return oids, nil
}

// insert writes the rows of a batch: many by COPY, few by one statement over arrays. later puts the few off.
func (s *pgSession) insert(ctx context.Context, b *Batch, later bool) error {
	oids, err := s.types(ctx, b)
	if err != nil {
		return err
	}
	n := b.Len()
	if n >= copyFrom {
		return s.copy(ctx, b, oids)
	}
	args := make([]any, len(b.columns))
	for i := range b.columns {
		if args[i], err = b.array(i, oids[i]); err != nil {
			return err
		}
	}
	if later {
		s.queue(b.unnest(oids), args...)
		return nil
	}
	if s.queued == nil {
		s.sends++
		_, err = s.conn.Exec(ctx, b.unnest(oids), args...)
		return err
	}
	s.queue(b.unnest(oids), args...)
	return s.flush(ctx)
}

var typeNames = map[uint32]string{
	pgtype.Int8OID: "int8", pgtype.Int4OID: "int4", pgtype.Int2OID: "int2", pgtype.BoolOID: "bool", pgtype.TextOID: "text", pgtype.DateOID: "date", pgtype.ByteaOID: "bytea",
}

// unnest writes the insert over one array a column.
func (b *Batch) unnest(oids []uint32) string {
	var q strings.Builder
	q.WriteString("insert into " + b.target() + " select * from unnest(")
	for i, oid := range oids {
		if i > 0 {
			q.WriteString(", ")
		}
		fmt.Fprintf(&q, "$%d::%s[]", i+1, typeNames[oid])
	}
	q.WriteString(")")
	return q.String()
}

// array gives the values of one column as an argument.
func (b *Batch) array(column int, oid uint32) (any, error) {
	w, n := len(b.columns), b.Len()
	var bad error
	at := func(row int) *value {
		v := &b.values[row*w+column]
		if err := b.fits(v, column, oid); err != nil {
			bad = err
		}
		return v
	}
	switch oid {
	case pgtype.Int8OID, pgtype.Int4OID, pgtype.Int2OID:
		a := make([]pgtype.Int8, n)
		for i := range a {
			v := at(i)
			a[i] = pgtype.Int8{Int64: v.n, Valid: v.kind != isNull}
		}
		return pgtype.FlatArray[pgtype.Int8](a), bad
	case pgtype.BoolOID:
		a := make([]pgtype.Bool, n)
		for i := range a {
			v := at(i)
			a[i] = pgtype.Bool{Bool: v.n != 0, Valid: v.kind != isNull}
		}
		return pgtype.FlatArray[pgtype.Bool](a), bad
	case pgtype.DateOID:
		a := make([]pgtype.Date, n)
		for i := range a {
			if v := at(i); v.kind != isNull {
				a[i] = pgtype.Date{Time: civil.Date(v.n).Time(), Valid: true}
			}
		}
		return pgtype.FlatArray[pgtype.Date](a), bad
	case pgtype.ByteaOID:
		a := make([][]byte, n)
		for i := range a {
			if v := at(i); v.kind != isNull {
				a[i] = []byte(v.s)
			}
		}
		return a, bad
	}
	a := make([]pgtype.Text, n)
	for i := range a {
		v := at(i)
		a[i] = pgtype.Text{String: v.s, Valid: v.kind != isNull}
	}
	return pgtype.FlatArray[pgtype.Text](a), bad
}

// fits refuses a value that the column's type cannot hold.
func (b *Batch) fits(v *value, column int, oid uint32) error {
	want := byte(isText)
	bits := 63
	switch oid {
	case pgtype.Int8OID:
		want = isInt
	case pgtype.Int4OID:
		want, bits = isInt, 31
	case pgtype.Int2OID:
		want, bits = isInt, 15
	case pgtype.BoolOID:
		want = isBool
	case pgtype.DateOID:
		want = isDate
	case pgtype.ByteaOID:
		want = isBytes
	case pgtype.TextOID:
	default:
		return fault.New(fault.Internal, "the column %s of %s has a type that is not written in bulk", b.columns[column], b.table)
	}
	if want == isInt && v.n>>bits != 0 && v.n>>bits != -1 {
		return fault.New(fault.Internal, "%d does not fit the column %s of %s", v.n, b.columns[column], b.table)
	}
	if v.kind != isNull && v.kind != want {
		return fault.New(fault.Internal, "a value of another type was given for the column %s of %s", b.columns[column], b.table)
	}
	return nil
}

// copy writes the rows by COPY in PostgreSQL's binary form.
func (s *pgSession) copy(ctx context.Context, b *Batch, oids []uint32) error {
	if err := s.flush(ctx); err != nil {
		return err
	}
	w, n := len(b.columns), b.Len()
	buf := append(make([]byte, 0, n*w*14+32), "PGCOPY\n\377\r\n\000"...)
	buf = append(buf, 0, 0, 0, 0, 0, 0, 0, 0)
	for row := range n {
		buf = binary.BigEndian.AppendUint16(buf, uint16(w))
		for i := range w {
			v := &b.values[row*w+i]
			if err := b.fits(v, i, oids[i]); err != nil {
				return err
			}
			buf = appendBinary(buf, v, oids[i])
		}
	}
	buf = append(buf, 0xff, 0xff)
	s.sends++
	tag, err := s.conn.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(buf), "copy "+b.target()+" from stdin binary")
	if err == nil && tag.RowsAffected() != int64(n) {
		err = fault.New(fault.Internal, "%d of %d rows reached the table %s", tag.RowsAffected(), n, b.table)
	}
	return err
}

// appendBinary appends a value as COPY takes it: its length, -1 for NULL, and its bytes.
func appendBinary(buf []byte, v *value, oid uint32) []byte {
	switch {
	case v.kind == isNull:
		return binary.BigEndian.AppendUint32(buf, 0xffffffff)
	case v.kind == isText || v.kind == isBytes:
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(v.s)))
		return append(buf, v.s...)
	case v.kind == isBool:
		return append(binary.BigEndian.AppendUint32(buf, 1), byte(v.n))
	case v.kind == isDate:
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(buf, 4), uint32(int32(v.n-pgEpoch)))
	case oid == pgtype.Int4OID:
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(buf, 4), uint32(int32(v.n)))
	case oid == pgtype.Int2OID:
		return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(buf, 2), uint16(int16(v.n)))
	}
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(buf, 8), uint64(v.n))
}
