package gate

import (
	"net/netip"
	"testing"
	"time"
)

// Memory stays bounded, whoever comes: the address heard the longest ago makes room, the busy one stays limited.
func TestRatesAreBounded(t *testing.T) {
	r := newRates(1, 100)
	now := time.Now()
	busy := netip.MustParseAddr("203.0.113.7")
	for i := range 100000 {
		if i%50 == 0 {
			r.take(busy, now)
		}
		r.take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if len(r.by) != 100 || r.order.Len() != 100 {
		t.Errorf("%d addresses are kept, %d in order", len(r.by), r.order.Len())
	}
	if r.take(busy, now) == 0 {
		t.Error("the busy address got away with it")
	}
	if wait := r.take(busy, now.Add(time.Hour)); wait != 0 {
		t.Errorf("after an hour it waits %s", wait)
	}
}

func TestRetryAfter(t *testing.T) {
	for d, want := range map[time.Duration]int{time.Millisecond: 1, time.Second: 1, 1001 * time.Millisecond: 2} {
		if got := retryAfter(d).seconds(); got != want {
			t.Errorf("%s: %d, want %d", d, got, want)
		}
	}
}
