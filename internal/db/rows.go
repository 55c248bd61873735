package db

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"reflect"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"zombiezen.com/go/sqlite"

	"quittance/internal/civil"
)

// ErrNoRows is what scanning a [Row] gives when there is none.
var ErrNoRows = sql.ErrNoRows

// Rows is the current row of a query, columns counted from 0. What it gives is a copy, unless said otherwise.
type Rows struct {
	lite *sqlite.Stmt
	pg   pgx.Rows
	raw  [][]byte
	err  error
	done func(error) error // ends the query
}

const pgEpoch = 730120 // civil.Date of 2000-01-01, from which PostgreSQL counts days

// next goes to the next row; false at the end or on an error.
func (r *Rows) next() bool {
	if r.err != nil { // a column of the row before could not be read
		return false
	}
	if r.lite != nil {
		var more bool
		more, r.err = r.lite.Step()
		return more && r.err == nil
	}
	if !r.pg.Next() {
		r.err = r.pg.Err()
		return false
	}
	r.raw = r.pg.RawValues()
	return true
}

func (r *Rows) close() error {
	if r.done == nil {
		return r.err
	}
	done := r.done
	r.done = nil
	return done(r.err)
}

func (r *Rows) columns() int {
	if r.lite != nil {
		return r.lite.ColumnCount()
	}
	return len(r.raw)
}

// IsNull says whether the column is NULL.
func (r *Rows) IsNull(i int) bool {
	if r.lite != nil {
		return r.lite.ColumnType(i) == sqlite.TypeNull
	}
	return r.raw[i] == nil
}

// Int64 gives a column of whole numbers (or a boolean, as 0 or 1); NULL is 0.
func (r *Rows) Int64(i int) int64 {
	if r.lite != nil {
		return r.lite.ColumnInt64(i)
	}
	b, f := r.raw[i], r.pg.FieldDescriptions()[i]
	if f.DataTypeOID == pgtype.NumericOID && r.err == nil {
		r.err = fmt.Errorf("db: column %d (%s) is numeric, as sums of bigint are; cast it to bigint in the query", i, f.Name)
	}
	if f.Format != pgtype.BinaryFormatCode || f.DataTypeOID == pgtype.TextOID {
		n, err := strconv.ParseInt(string(b), 10, 64)
		if err != nil && b != nil && r.err == nil {
			r.err = fmt.Errorf("db: column %d is %q, no whole number", i, b)
		}
		return n
	}
	switch len(b) {
	case 8:
		return int64(binary.BigEndian.Uint64(b))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(b)))
	case 2:
		return int64(int16(binary.BigEndian.Uint16(b)))
	case 1:
		return int64(b[0])
	}
	return 0
}

// Bool gives a boolean column; NULL is false.
func (r *Rows) Bool(i int) bool { return r.Int64(i) != 0 }

// Text gives a column as text; NULL is blank.
func (r *Rows) Text(i int) string {
	if r.lite != nil {
		return r.lite.ColumnText(i)
	}
	if r.raw[i] == nil {
		return ""
	}
	switch f := r.pg.FieldDescriptions()[i]; f.DataTypeOID {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		if f.Format == pgtype.BinaryFormatCode {
			return strconv.FormatInt(r.Int64(i), 10)
		}
	case pgtype.DateOID:
		return r.Date(i).String()
	}
	return string(r.raw[i])
}

// Bytes gives a column of bytes; NULL is nil.
func (r *Rows) Bytes(i int) []byte {
	if r.IsNull(i) {
		return nil
	}
	if r.lite != nil {
		b := make([]byte, r.lite.ColumnLen(i))
		r.lite.ColumnBytes(i, b)
		return b
	}
	return append([]byte{}, r.raw[i]...)
}

// Place gives a column that holds where PostgreSQL keeps a row (its ctid), as PostgreSQL writes it.
func (r *Rows) Place(i int) string {
	b := r.raw[i]
	if len(b) != 6 {
		return string(b)
	}
	return "(" + strconv.FormatUint(uint64(binary.BigEndian.Uint32(b)), 10) + "," + strconv.FormatUint(uint64(binary.BigEndian.Uint16(b[4:])), 10) + ")"
}

// Date gives a column of dates; NULL is the blank date.
func (r *Rows) Date(i int) civil.Date {
	if r.IsNull(i) {
		return 0
	}
	if r.lite == nil && r.pg.FieldDescriptions()[i].DataTypeOID == pgtype.DateOID && r.pg.FieldDescriptions()[i].Format == pgtype.BinaryFormatCode {
		return civil.Date(int32(binary.BigEndian.Uint32(r.raw[i]))) + pgEpoch
	}
	var d civil.Date
	text := ""
	if r.lite != nil {
		text = r.lite.ColumnText(i)
	} else {
		text = string(r.raw[i])
	}
	d, err := civil.Parse(text)
	if err != nil && r.err == nil {
		r.err = err
	}
	return d
}

// Scan reads the columns of the row, one for each pointer. NULL fits only dates, bytes and pointers to pointers.
func (r *Rows) Scan(dest ...any) error {
	if n := r.columns(); n != len(dest) {
		return fmt.Errorf("db: the row has %d columns, %d were asked for", n, len(dest))
	}
	for i, d := range dest {
		if err := r.scan(i, d); err != nil {
			return err
		}
	}
	return r.err
}

func (r *Rows) scan(i int, dest any) error {
	switch d := dest.(type) {
	case *civil.Date:
		*d = r.Date(i)
		return nil
	case *[]byte:
		*d = r.Bytes(i)
		return nil
	}
	if r.IsNull(i) {
		return r.scanNull(i, dest)
	}
	switch d := dest.(type) {
	case *int64:
		return r.scanInt(i, func(n int64) { *d = n })
	case *int:
		return r.scanInt(i, func(n int64) { *d = int(n) })
	case *string:
		*d = r.Text(i)
	case *bool:
		*d = r.Bool(i)
	default:
		return r.scanKind(i, reflect.ValueOf(dest).Elem())
	}
	return nil
}

func (r *Rows) scanNull(i int, dest any) error {
	if v := reflect.ValueOf(dest).Elem(); v.Kind() == reflect.Pointer {
		v.SetZero()
		return nil
	}
	return fmt.Errorf("db: column %d is NULL, which does not fit %T", i, dest)
}

func (r *Rows) scanInt(i int, set func(int64)) error {
	if r.lite != nil && r.lite.ColumnType(i) != sqlite.TypeInteger {
		n, err := strconv.ParseInt(r.lite.ColumnText(i), 10, 64)
		if err != nil {
			return fmt.Errorf("db: column %d is %q, no whole number", i, r.lite.ColumnText(i))
		}
		set(n)
		return nil
	}
	set(r.Int64(i))
	return r.err
}

// scanKind reads into a named type by what it is made of.
func (r *Rows) scanKind(i int, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.scanInt(i, v.SetInt)
	case reflect.String:
		v.SetString(r.Text(i))
	case reflect.Bool:
		v.SetBool(r.Bool(i))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return r.scan(i, v.Interface())
	default:
		return fmt.Errorf("db: column %d cannot be read into %s", i, v.Type())
	}
	return nil
}

// Row is the only row of a query.
type Row struct {
	rows *Rows
	err  error
}

// Scan reads the columns of the row and ends the query; no row is [ErrNoRows].
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	if !r.rows.next() {
		if err := r.rows.close(); err != nil {
			return err
		}
		return ErrNoRows
	}
	err := r.rows.Scan(dest...)
	if cerr := r.rows.close(); err == nil {
		err = cerr
	}
	return err
}
