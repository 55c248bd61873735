// Package egress is how the server calls out, to addresses that people set up: sign-in services now, webhooks later.
//
//   - An address is *inside* when it is one of the machine, of its link or of a private network: loopback, link-local, private,
//     shared (carrier NAT), multicast, unspecified, reserved, and the forms of IPv6 that hide one of these (mapped, translated, 6to4,
//     Teredo).
//   - A call to an address inside is refused unless it is *listed*: by host name, address, or range (CIDR).
//
// Invariants: the address is looked at after the name is resolved, on the very connection that is made, so that a name which resolves
// to something else a moment later gains nothing; redirects pass the same gate, and there are few of them; no proxy is taken from the
// environment; a call ends in time, and its answer has a bounded size.
//
// Source: RFC 6890 and the IANA registries of special-purpose addresses; OWASP, server-side request forgery.
package egress

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"quittance/internal/fault"
)

// Options say what may be called. The zero value is for the open internet.
type Options struct {
	Allow     []string      // listed: names, addresses, ranges such as 10.1.0.0/16
	Proxy     string        // address of a proxy that calls out instead; blank: none
	Timeout   time.Duration // for a whole call with its redirects; 0: 15 seconds
	MaxAnswer int64         // bytes; 0: 4 MiB
}

const (
	defaultTimeout   = 15 * time.Second
	defaultMaxAnswer = 4 << 20
	redirects        = 5
)

// listed is what may be called although it is inside.
type listed struct {
	names  map[string]bool
	ranges []netip.Prefix
}

func parse(allow []string) (*listed, error) {
	l := &listed{names: map[string]bool{}}
	for _, text := range allow {
		if p, err := netip.ParsePrefix(text); err == nil {
			l.ranges = append(l.ranges, p.Masked())
			continue
		}
		if a, err := netip.ParseAddr(text); err == nil {
			l.ranges = append(l.ranges, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		if text == "" || strings.ContainsAny(text, "/: *") {
			return nil, fault.New(fault.Invalid, "%q is no host that can be allowed; expected a name, an address, or a range such as 10.1.0.0/16", text)
		}
		l.names[strings.ToLower(text)] = true
	}
	return l, nil
}

// Client makes the client.
func Client(o Options) (*http.Client, error) {
	l, err := parse(o.Allow)
	if err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxAnswer == 0 {
		o.MaxAnswer = defaultMaxAnswer
	}
	t := &http.Transport{
		DialContext:            l.dial,
		TLSHandshakeTimeout:    5 * time.Second,
		ResponseHeaderTimeout:  o.Timeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           16,
		IdleConnTimeout:        30 * time.Second,
		ForceAttemptHTTP2:      true,
	}
	if o.Proxy != "" {
		u, err := url.Parse(o.Proxy)
		if err != nil || u.Host == "" {
			return nil, fault.New(fault.Invalid, "%q is no address of a proxy; expected http://host:port", o.Proxy)
		}
		l.names[strings.ToLower(u.Hostname())] = true // the proxy stands inside; what it lets through is its own matter
		t.Proxy = http.ProxyURL(u)
	}
	return &http.Client{Transport: &bounded{t, l, o.MaxAnswer}, Timeout: o.Timeout, CheckRedirect: redirect}, nil
}

func redirect(r *http.Request, via []*http.Request) error {
	if len(via) > redirects {
		return fault.New(fault.Refused, "the address leads on more than %d times", redirects).ByRule("egress")
	}
	if via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
		return fault.New(fault.Refused, "the address leads from https on to %s, which is not encrypted", r.URL.Scheme).ByRule("egress")
	}
	return nil
}

// dial connects; the address is looked at when the name is resolved, just before the connection is made.
func (l *listed) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	if !l.names[strings.ToLower(strings.TrimSuffix(host, "."))] {
		d.Control = func(_, resolved string, _ syscall.RawConn) error { return l.check(host, resolved) }
	}
	return d.DialContext(ctx, network, address)
}

func (l *listed) check(host, resolved string) error {
	ap, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return fault.New(fault.Refused, "the host %q has no address that is known", host).ByRule("egress").Because(err)
	}
	why := Inside(ap.Addr())
	if why == "" || l.allows(ap.Addr()) {
		return nil
	}
	return fault.New(fault.Refused, "the host %q is at %s (%s), which the server does not call; the operator can list it with --egress-allow", host, ap.Addr(), why).ByRule("egress")
}

func (l *listed) allows(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range l.ranges {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// bounded cuts off answers that are too large, and refuses other schemes than http and https.
type bounded struct {
	next *http.Transport
	l    *listed
	most int64
}

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && r.URL.Scheme != "http" {
		return nil, fault.New(fault.Refused, "the address begins with %s:, which the server does not call; expected https", r.URL.Scheme).ByRule("egress")
	}
	if b.next.Proxy != nil { // the proxy resolves names; addresses are looked at here
		if a, err := netip.ParseAddr(r.URL.Hostname()); err == nil {
			if err := b.l.check(r.URL.Hostname(), netip.AddrPortFrom(a, 0).String()); err != nil {
				return nil, err
			}
		}
	}
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.ContentLength > b.most {
		resp.Body.Close()
		return nil, tooLarge(b.most)
	}
	resp.Body = &limited{resp.Body, b.most, b.most}
	return resp, nil
}

// CloseIdleConnections is for http.Client.
func (b *bounded) CloseIdleConnections() { b.next.CloseIdleConnections() }

func tooLarge(most int64) error {
	return fault.New(fault.Limited, "the answer is larger than %d bytes", most).ByRule("egress")
}

// limited reads at most so many bytes.
type limited struct {
	io.ReadCloser
	most, left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if l.left -= int64(n); l.left < 0 {
		l.left = 0
		return n - 1, tooLarge(l.most)
	}
	return n, err
}
