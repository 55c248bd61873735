package db

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	unitsTogether = 128                   // units in one commit, at most
	timeTogether  = 25 * time.Millisecond // after which a commit takes no further unit
	pgLeaders     = 1                     // shared transactions at once on PostgreSQL: two would wait for each other at the number series
)

// errAlone says that a shared transaction failed, so that each of its units must be tried in one of its own to learn
// whose error it was.
var errAlone = errors.New("db: try the unit alone")

// crew lets units that wait at the same time share a transaction. The first becomes *leader*: it begins the transaction,
// runs its own unit, then gives each waiting unit its turn (which it runs in its own goroutine), writes what they put off,
// commits, hands out the results, and makes the next waiting unit leader.
type crew struct {
	mu      sync.Mutex
	waiting []*ticket
	leaders int
	most    int // leaders at once
}

// ticket is a unit that waits.
type ticket struct {
	scope   Scope
	fn      Work
	small   bool
	appends bool // see [DB.Append]
	alone   bool
	turn    chan *shared // the transaction to run in; nil: lead
	ran     chan struct{}
	done    chan error
	later   []put
	err     error
}

// shared is a transaction of several units.
type shared struct {
	pg   *pgSession
	lite *lite
	dead bool // the transaction is broken; all its units must be tried again

	ids       []int64 // row ids for small units
	forgetful bool    // some of them were drawn inside a savepoint
	memo      any
	held      map[any]any // rows that are locked for all, see [Tx.Hold]
}

func (c *crew) join(ctx context.Context, d *DB, t *ticket) error {
	t.turn, t.ran, t.done = make(chan *shared, 1), make(chan struct{}), make(chan error, 1)
	c.mu.Lock()
	lead := c.leaders < c.most
	if lead {
		c.leaders++
	} else {
		c.waiting = append(c.waiting, t)
	}
	c.mu.Unlock()
	if lead {
		return c.lead(ctx, d, t)
	}
	var s *shared
	select {
	case s = <-t.turn:
	case <-ctx.Done():
		if c.leave(t) {
			return ctx.Err()
		}
		s = <-t.turn // too late to leave: the turn has come
	}
	if s == nil {
		return c.lead(ctx, d, t)
	}
	t.run(ctx, d, s)
	return <-t.done
}

// leave takes a ticket out of the line; false when it stands there no longer.
func (c *crew) leave(t *ticket) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.waiting, t)
	if i >= 0 {
		c.waiting = slices.Delete(c.waiting, i, i+1)
	}
	return i >= 0
}

// next gives the next waiting unit that may share; nil when none does.
func (c *crew) next(s *shared) *ticket {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 || c.waiting[0].alone || (s.held != nil && !c.waiting[0].appends) {
		return nil
	}
	t := c.waiting[0]
	c.waiting = slices.Delete(c.waiting, 0, 1)
	return t
}

// pass makes the next waiting unit leader.
func (c *crew) pass() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		c.leaders--
		return
	}
	t := c.waiting[0]
	c.waiting = slices.Delete(c.waiting, 0, 1)
	t.turn <- nil
}

func (c *crew) lead(ctx context.Context, d *DB, own *ticket) error {
	s, end, err := d.open(ctx)
	if err != nil {
		c.pass()
		return err
	}
	concluded := false
	defer func() {
		if !concluded { // the unit's goroutine ends in it
			_ = end(errAlone)
			c.pass()
		}
	}()
	began := time.Now()
	group := []*ticket{own}
	own.run(ctx, d, s)
	for !own.alone && !s.dead && len(group) < unitsTogether && time.Since(began) < timeTogether {
		t := c.next(s)
		if t == nil {
			break
		}
		group = append(group, t)
		t.turn <- s
		<-t.ran
	}
	err = end(c.conclude(ctx, d, s, group))
	concluded = true
	c.pass()
	for _, t := range group {
		t.done <- t.outcome(err, len(group) == 1)
	}
	return <-own.done
}

// outcome gives a unit's own error, else what became of the commit.
func (t *ticket) outcome(commit error, single bool) error {
	if t.err != nil || commit == nil {
		return t.err
	}
	if single || retryable(commit) {
		return commit
	}
	return errAlone
}

// conclude writes what the units put off; an error means that nothing may be committed.
func (c *crew) conclude(ctx context.Context, d *DB, s *shared, group []*ticket) error {
	if s.dead {
		return Again("the transaction that several units shared was broken by one of them")
	}
	var later []put
	for _, t := range group {
		if t.err == nil {
			later = append(later, t.later...)
		}
	}
	return finish(context.WithoutCancel(ctx), &Tx{db: d, pg: s.pg, lite: s.lite, ids: s.ids, held: s.held}, later)
}

// run runs the unit in the shared transaction, in the goroutine that asked for it.
func (t *ticket) run(ctx context.Context, d *DB, s *shared) {
	finished := false
	defer func() {
		if !finished { // the goroutine ends here
			t.err, s.dead = errAlone, true
		}
		if s.lite != nil {
			s.lite.conn.SetInterrupt(nil)
		}
		close(t.ran)
	}()
	tx := &Tx{Scope: t.scope, db: d, pg: s.pg, lite: s.lite, share: s, small: t.small, appends: t.appends}
	if !t.small {
		s.memo = nil
	}
	if s.lite != nil {
		s.lite.conn.SetInterrupt(ctx.Done())
	} else {
		tx.from = s.pg.place()
	}
	err := t.fn(ctx, tx)
	t.err, t.later = orCancelled(ctx, err), tx.later
	if !t.small {
		s.memo = nil
	}
	if err != nil && s.forgetful {
		s.ids = nil
	}
	s.forgetful = false
	if s.lite != nil {
		s.lite.conn.SetInterrupt(nil)
		s.dead = s.dead || !tx.releaseLite(err == nil)
	} else {
		s.dead = s.dead || !tx.releasePg(context.WithoutCancel(ctx), err == nil)
	}
	finished = true
}

// releaseLite ends the unit's savepoint: what it wrote stays, or goes. False means that the whole transaction is broken.
func (t *Tx) releaseLite(keep bool) bool {
	if t.lite.conn.AutocommitEnabled() {
		return false // the database gave it up
	}
	if !t.saved {
		return true
	}
	if !keep {
		if _, err := t.lite.exec("rollback to "+savepoint, nil); err != nil {
			return false
		}
	}
	_, err := t.lite.exec("release "+savepoint, nil)
	return err == nil
}

// releasePg is releaseLite for PostgreSQL, where part of what the unit did may not have been sent yet.
func (t *Tx) releasePg(ctx context.Context, keep bool) bool {
	s := t.pg
	switch {
	case s.conn.Conn().IsClosed():
		return false
	case keep:
		if t.saved {
			s.queue("release " + savepoint)
		}
		return true
	case s.sends == t.from.sends:
		s.forget(t.from.queued) // nothing of it was sent
		return true
	}
	s.queued = nil
	if !t.saved || s.sends == t.savedAt {
		return s.conn.Conn().PgConn().TxStatus() == 'T'
	}
	if _, err := s.conn.Exec(ctx, "rollback to "+savepoint); err != nil {
		return false
	}
	s.queue("release " + savepoint)
	return true
}

// open begins a transaction for several units; end commits it, or rolls it back when given an error.
func (d *DB) open(ctx context.Context) (s *shared, end func(error) error, err error) {
	if d.pool != nil {
		pg, err := d.acquire(ctx)
		if err != nil {
			return nil, nil, err
		}
		pg.queue(beginText())
		pg.queue("set local plan_cache_mode = force_generic_plan") // small statements are planned for longer than they run
		s := &shared{pg: pg}
		pg.ahead = &ahead{ids: &s.ids}
		return s, func(err error) error {
			defer pg.conn.Release()
			return d.endPg(context.WithoutCancel(ctx), pg, err, "commit")
		}, nil
	}
	l, err := d.files.take(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	l.conn.SetInterrupt(ctx.Done())
	_, err = l.exec("begin immediate", nil)
	l.conn.SetInterrupt(nil)
	if err != nil {
		d.files.give(l, true)
		return nil, nil, orCancelled(ctx, err)
	}
	return &shared{lite: l}, func(err error) error {
		defer d.files.give(l, true)
		if err == nil {
			_, err = l.exec("commit", nil)
		}
		if err != nil {
			if rerr := l.rollback(); rerr != nil {
				return errors.Join(err, rerr)
			}
		}
		return err
	}, nil
}
