package db

import (
	"strconv"
	"strings"
	"sync"
)

// queryCache keeps, per query text, the form for SQLite: binding $n there costs time quadratic in the length of the
// statement, so every $n becomes a plain ? and the arguments are laid out in that order.
type queryCache struct{ m sync.Map }

type compiled struct {
	text  string
	order []int
}

func (d *DB) compile(query string, args []any) (string, []any) {
	if d.pool != nil || len(args) == 0 {
		return query, args
	}
	q := d.compiled(query)
	laid := make([]any, len(q.order))
	for i, n := range q.order {
		laid[i] = args[n]
	}
	return q.text, laid
}

// compiled gives the form of a query text for SQLite.
func (d *DB) compiled(query string) compiled {
	c, ok := d.queries.m.Load(query)
	if !ok {
		c = compileQuery(query)
		d.queries.m.Store(query, c)
	}
	return c.(compiled)
}

// compileQuery replaces each $n outside quotes and comments by ?.
func compileQuery(query string) compiled {
	var b strings.Builder
	var order []int
	for i := 0; i < len(query); i++ {
		switch ch := query[i]; {
		case ch == '\'' || ch == '"':
			end := strings.IndexByte(query[i+1:], ch)
			if end < 0 {
				end = len(query) - i - 2
			}
			b.WriteString(query[i : i+end+2])
			i += end + 1
		case ch == '-' && strings.HasPrefix(query[i:], "--"):
			end := strings.IndexByte(query[i:], '\n')
			if end < 0 {
				return compiled{b.String(), order}
			}
			i += end
			b.WriteByte('\n')
		case ch == '$' && i+1 < len(query) && query[i+1] >= '1' && query[i+1] <= '9':
			n := 0
			for i+1 < len(query) && query[i+1] >= '0' && query[i+1] <= '9' {
				n = n*10 + int(query[i+1]-'0')
				i++
			}
			order = append(order, n-1)
			b.WriteByte('?')
		default:
			b.WriteByte(ch)
		}
	}
	return compiled{b.String(), order}
}

// Null gives the id as a value to store, NULL when it is 0: an absent reference.
func Null(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// IDs writes ids as the list that json_each takes apart: select value from json_each(cast($1 as text)).
func IDs(ids []int64) string {
	b := []byte{'['}
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(append(b, ']'))
}
