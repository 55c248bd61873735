package api

import (
	"container/list"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"quittance/internal/fault"
	"quittance/internal/identity"
)

// who gives who acts: the owner of the token in the header Authorization, or who is signed in.
func (d *door) who(r *http.Request) (identity.Actor, error) {
	given := r.Header.Values("Authorization")
	if len(given) == 0 {
		if d.o.Actor != nil {
			if actor, ok := d.o.Actor(r); ok {
				return actor, nil
			}
		}
		return identity.Actor{}, fault.New(fault.Unauthenticated, "it is not known who acts; send the header Authorization: Bearer TOKEN").ByRule("no_token")
	}
	scheme, token, ok := strings.Cut(given[0], " ")
	if len(given) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") {
		return identity.Actor{}, fault.New(fault.Unauthenticated, "the header Authorization is not understood; expected Bearer TOKEN, once").ByRule("bad_token")
	}
	return d.bearers.actor(r.Context(), strings.TrimSpace(token), d.app.Bearer)
}

const (
	bearerAge  = time.Second // that a token which was valid is taken for valid without looking again
	bearerMost = 10_000      // tokens kept
)

// bearers keeps the actors of tokens for a moment, so that a program that asks thousands of times a second does not have its token
// looked up as often. A token that was revoked, or whose owner was shut out or lost a role, is refused within [bearerAge], counted from
// before it was looked up; at once where this process made the change.
type bearers struct {
	mu   sync.Mutex
	kept map[[32]byte]bearer
	era  int // counts [bearers.forget]
}

type bearer struct {
	actor identity.Actor
	until time.Time
}

func (b *bearers) actor(ctx context.Context, token string, look func(context.Context, string) (identity.Actor, error)) (identity.Actor, error) {
	key, now := [32]byte(identity.Digest(token)), time.Now()
	b.mu.Lock()
	x, ok := b.kept[key]
	era := b.era
	b.mu.Unlock()
	if ok && now.Before(x.until) {
		return x.actor, nil
	}
	actor, err := look(ctx, token)
	if err != nil {
		return actor, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.era != era { // what was looked up may be older than a change
		return actor, nil
	}
	if b.kept == nil || len(b.kept) >= bearerMost {
		b.kept = map[[32]byte]bearer{}
	}
	b.kept[key] = bearer{actor, now.Add(bearerAge)}
	return actor, nil
}

// forget makes every token be looked up again.
func (b *bearers) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = nil
	b.era++
}

const ratesMost = 10_000 // actors whose rates are kept

// rates bounds the requests a second of each actor. Of more actors than it keeps, those that asked last are kept.
type rates struct {
	limit rate.Limit
	mu    sync.Mutex
	kept  map[string]*list.Element
	order list.List // of *actorRates, the latest first
}

type actorRates struct {
	name    string
	limiter *rate.Limiter
}

// take counts a request; one too many is [fault.Limited].
func (x *rates) take(name string) error {
	x.mu.Lock()
	if x.kept == nil {
		x.kept = map[string]*list.Element{}
	}
	e := x.kept[name]
	if e == nil {
		if len(x.kept) >= ratesMost {
			last := x.order.Back()
			delete(x.kept, x.order.Remove(last).(*actorRates).name)
		}
		e = x.order.PushFront(&actorRates{name, rate.NewLimiter(x.limit, max(1, int(x.limit)))})
		x.kept[name] = e
	}
	x.order.MoveToFront(e)
	limiter := e.Value.(*actorRates).limiter
	x.mu.Unlock()
	if !limiter.Allow() {
		return fault.New(fault.Limited, "%s sends more than %v requests a second; wait a second", name, float64(x.limit)).ByRule("rate_limit")
	}
	return nil
}

// counts bounds how many things of one name are going on.
type counts struct {
	mu sync.Mutex
	n  map[string]int
}

// begin counts one more unless there are most already; end ends it.
func (c *counts) begin(name string, most int) (end func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	if c.n[name] >= most {
		return nil, false
	}
	c.n[name]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.n[name]--; c.n[name] == 0 {
			delete(c.n, name)
		}
	}, true
}
