package gate

import (
	"net/http"
	"net/netip"
	"strings"
)

// addrOf reads the address of a host:port, or an address alone.
func addrOf(text string) netip.Addr {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

func (g *Gate) trusts(a netip.Addr) bool {
	for _, p := range g.o.Trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// way is what a request says of its way here: the hops, the nearest last, and how the client spoke to the nearest proxy.
type way struct {
	hops  []string
	proto string
}

// way reads the headers of the kind that the proxies write. The other kind may come from anybody.
func (g *Gate) way(r *http.Request) way {
	if g.o.Forwarded {
		return forwarded(r.Header.Values("Forwarded"))
	}
	var w way
	for _, line := range r.Header.Values("X-Forwarded-For") {
		for hop := range strings.SplitSeq(line, ",") {
			w.hops = append(w.hops, strings.TrimSpace(hop))
		}
	}
	if protos := r.Header.Values("X-Forwarded-Proto"); len(protos) > 0 {
		last := protos[len(protos)-1]
		w.proto = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
	return w
}

// forwarded reads the lines of the header Forwarded (RFC 7239, 4). An element without for= is a hop that is not known.
func forwarded(lines []string) way {
	var w way
	for _, element := range unquoted(strings.Join(lines, ","), ',') {
		hop := ""
		w.proto = ""
		for _, pair := range unquoted(element, ';') {
			name, value, _ := strings.Cut(pair, "=")
			value = strings.Trim(strings.TrimSpace(value), `"`)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "for":
				hop = value
			case "proto":
				w.proto = value
			}
		}
		w.hops = append(w.hops, hop)
	}
	return w
}

// unquoted splits a text at a separator outside of double quotes.
func unquoted(text string, separator rune) []string {
	quoted, escaped := false, false
	return strings.FieldsFunc(text, func(c rune) bool {
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case c == separator:
			return !quoted
		}
		return false
	})
}

// origin gives the client's address: read from the right, the first hop that is no trusted proxy. What stands to its left was
// written by nobody whom we trust. A hop that cannot be read ends the way at the proxy that wrote it.
func (g *Gate) origin(peer netip.Addr, hops []string) netip.Addr {
	at := peer
	for i := len(hops) - 1; i >= 0; i-- {
		a := addrOf(hops[i])
		if !a.IsValid() {
			return at
		}
		if at = a; !g.trusts(a) {
			return at
		}
	}
	return at
}
