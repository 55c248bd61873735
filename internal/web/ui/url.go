package ui

import (
	"context"
	"net/url"
	"strings"
)

// escape makes a text one segment of a path; "." and ".." too, which browsers would take for steps.
func escape(part string) string {
	switch part {
	case ".":
		return "%2E"
	case "..":
		return "%2E%2E"
	}
	return url.PathEscape(part)
}

// Segment makes a text one segment of an address.
func Segment(part string) string { return escape(part) }

// Here gives the address of the page with some of its query changed: pairs of name and value; a blank value takes a name away. Where a
// list began is forgotten, unless it is among the pairs.
func Here(ctx context.Context, pairs ...string) string {
	u, err := url.Parse(In(ctx).Path)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Del("after")
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	u.RawQuery = q.Encode()
	return u.RequestURI()
}

// Query gives a value of the page's query.
func Query(ctx context.Context, name string) string {
	u, err := url.Parse(In(ctx).Path)
	if err != nil {
		return ""
	}
	return u.Query().Get(name)
}

// path gives the path of the page, without its query.
func path(ctx context.Context) string {
	at, _, _ := strings.Cut(In(ctx).Path, "?")
	return at
}

// QueryText gives the page's query without where its list begins.
func QueryText(ctx context.Context) string {
	u, err := url.Parse(In(ctx).Path)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Del("after")
	return q.Encode()
}
