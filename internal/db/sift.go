package db

import (
	"context"
	"errors"
)

// Sifted is what [Sift] found.
type Sifted[T any] struct {
	Kept []T
	Last T    // where to go on: the last one kept, or the last one looked at when the rows ran out first
	More bool // there may be more
	Seen int  // rows gone through
}

// Sift goes through the rows of a query, which has at most so many (its own limit), and collects at most limit of those that scan
// keeps. It looks one further than it collects, so that More is false at the end of what the query would find.
func Sift[T any](ctx context.Context, t *Tx, rows, limit int, scan func(*Rows, *T) (keep bool, err error), query string, args ...any) (s Sifted[T], err error) {
	last := *new(T)
	err = t.Each(ctx, query, args, func(r *Rows) error {
		s.Seen++
		var v T
		keep, err := scan(r, &v)
		switch {
		case err != nil:
			return err
		case keep && len(s.Kept) == limit:
			return errEnough
		case keep:
			s.Kept = append(s.Kept, v)
		}
		last = v
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		s.Last, s.More, err = s.Kept[limit-1], true, nil
	default:
		s.Last, s.More = last, s.Seen >= rows
	}
	return s, err
}

var errEnough = errors.New("db: enough rows")
