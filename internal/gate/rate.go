package gate

import (
	"container/list"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	addresses  = 20000 // whose rates are kept at once; the one that was heard the longest ago makes room
	burstTimes = 4     // seconds' worth of requests that may come at once
	networkV6  = 64    // bits: whoever has one address of IPv6 has all of its network
)

// rates are the limiters of the addresses heard last.
type rates struct {
	mu    sync.Mutex
	limit float64
	most  int
	order *list.List // of *limiter, the one heard last in front
	by    map[netip.Addr]*list.Element
}

type limiter struct {
	addr netip.Addr
	*rate.Limiter
}

func newRates(limit float64, most int) *rates {
	return &rates{limit: limit, most: most, order: list.New(), by: map[netip.Addr]*list.Element{}}
}

// take counts a request of an address; when it is one too many, it says how long to wait.
func (r *rates) take(a netip.Addr, now time.Time) time.Duration {
	if a.Is6() {
		if p, err := a.Prefix(networkV6); err == nil {
			a = p.Addr()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e, known := r.by[a]
	if known {
		r.order.MoveToFront(e)
	} else {
		if r.order.Len() >= r.most {
			oldest := r.order.Back()
			delete(r.by, r.order.Remove(oldest).(*limiter).addr)
		}
		e = r.order.PushFront(&limiter{a, rate.NewLimiter(rate.Limit(r.limit), max(1, int(r.limit*burstTimes)))})
		r.by[a] = e
	}
	l := e.Value.(*limiter)
	if l.AllowN(now, 1) {
		return 0
	}
	return max(time.Duration((1-l.TokensAt(now))/r.limit*float64(time.Second)), time.Millisecond)
}

// retryAfter is the cause of a refusal that ends by itself.
type retryAfter time.Duration

func (d retryAfter) Error() string { return fmt.Sprintf("try again in %s", time.Duration(d)) }

// seconds rounds up, for the header Retry-After.
func (d retryAfter) seconds() int {
	return int((time.Duration(d) + time.Second - 1) / time.Second)
}
