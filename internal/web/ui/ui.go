// Package ui is what all pages are made of: the frame around them, and the components in them.
//
//   - The *frame* is what one response knows of its reader: language, colours, user, company, navigation, notice. It goes with the
//     context, so that every component can say its texts and figures in the reader's way.
//   - A *component* is a templ function over a plain value (a [Table], a [Form], a [Page]); it knows no business.
//
// Invariants: no inline script, style attribute or event handler, since the pages' policy forbids them; whatever a component does with
// JavaScript it does without it too; amounts are exact decimal texts until they are shown, never floats.
package ui

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bojanz/currency"

	"quittance/internal/civil"
	"quittance/internal/text"
)

// Frame is what a response knows of its reader.
type Frame struct {
	Lang      *text.Language
	Theme     string // light, dark, or blank: as the system has it
	User      string // blank: nobody is signed in
	FullName  string
	Company   string   // blank: the page is about no company
	Companies []string // that the user sees
	Nav       []NavGroup
	Here      string // key of the navigation that the page belongs to
	Path      string // of the request, with its query
	Notice    *Notice
	Asset     func(name string) string // address of a static file
	Key       func() string            // a fresh idempotency key for a form
}

// NavGroup is a part of the navigation.
type NavGroup struct {
	Title string // key; blank: none
	Items []NavItem
}

// NavItem is an entry of the navigation: Key is nav.KEY among the texts, Letter goes there after g.
type NavItem struct {
	Key, Href, Letter string
}

// Notice is said once, after something was done.
type Notice struct {
	Tone string // good, warn, bad or info
	Text string
}

// Link is a text that leads somewhere; without Href it is only a text.
type Link struct{ Text, Href string }

// Action is a button of a page: a link, or, with Post, a form that changes something.
type Action struct {
	Text, Href string
	For        string // what it is about, where the same button stands for several things; heard, not seen
	Icon       string
	Primary    bool
	Danger     bool
	Post       bool
}

// Page is the head of a page.
type Page struct {
	Title   string
	Lead    string // one line below the title
	Crumbs  []Link // from the navigation to the page, without the page
	Badges  []Badge
	Actions []Action
	Narrow  bool // forms and texts, which are hard to read when wide
}

// Badge is a state in a word. Its tone is good, warn, bad, info, or blank.
type Badge struct{ Text, Tone string }

type frameKey struct{}

// With gives a context that carries the frame.
func With(ctx context.Context, f *Frame) context.Context {
	return context.WithValue(ctx, frameKey{}, f)
}

// In gives the frame of the context.
func In(ctx context.Context) *Frame {
	if f, ok := ctx.Value(frameKey{}).(*Frame); ok {
		return f
	}
	return &Frame{Lang: text.English, Asset: func(name string) string { return "/static/" + name }, Key: func() string { return "" }}
}

// T gives a text in the reader's language; pairs fill its placeholders, numbers as the reader writes them.
func T(ctx context.Context, key string, pairs ...any) string {
	for i := 1; i < len(pairs); i += 2 {
		switch n := pairs[i].(type) {
		case int:
			pairs[i] = Number(ctx, int64(n))
		case int64:
			pairs[i] = Number(ctx, n)
		}
	}
	return In(ctx).Lang.Say(key, pairs...)
}

// Number gives a whole number with its thousands set apart.
func Number(ctx context.Context, n int64) string {
	return group(strconv.FormatInt(n, 10), separator(ctx))
}

func separator(ctx context.Context) string {
	if In(ctx).Lang == text.German {
		return "."
	}
	return ","
}

func group(digits, by string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "−", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + by + digits[i:]
	}
	return sign + digits
}

var formatters sync.Map // by language and whether the currency is told

// Amount gives an exact decimal in a currency as the reader writes it, negative in accounting style, without the currency.
func Amount(ctx context.Context, decimal, code string) string {
	return amount(ctx, decimal, code, currency.DisplayNone)
}

// Money is Amount with the currency told, for texts and buttons.
func Money(ctx context.Context, decimal, code string) string {
	return amount(ctx, decimal, code, currency.DisplaySymbol)
}

func amount(ctx context.Context, decimal, code string, display currency.Display) string {
	if decimal == "" {
		return ""
	}
	a, err := currency.NewAmount(decimal, code)
	if err != nil { // a currency that the tables do not know: as it is
		if display == currency.DisplayNone {
			return decimal
		}
		return decimal + " " + code
	}
	type key struct {
		lang    string
		display currency.Display
	}
	k := key{In(ctx).Lang.Code, display}
	f, ok := formatters.Load(k)
	if !ok {
		fresh := currency.NewFormatter(currency.NewLocale(k.lang))
		fresh.AccountingStyle, fresh.CurrencyDisplay = true, display
		f, _ = formatters.LoadOrStore(k, fresh)
	}
	return f.(*currency.Formatter).Format(a)
}

// Negative says whether an exact decimal is below zero.
func Negative(decimal string) bool { return strings.HasPrefix(decimal, "-") && !Zero(decimal) }

// Zero says whether an exact decimal is blank or nothing.
func Zero(decimal string) bool { return strings.Trim(decimal, "-0.") == "" }

// Day gives a date as the reader writes it; a blank date is blank.
func Day(ctx context.Context, d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format(dayFormat(ctx))
}

func dayFormat(ctx context.Context) string {
	if In(ctx).Lang == text.German {
		return "02.01.2006"
	}
	return "Jan 2, 2006"
}

// Instant gives an instant, written as RFC 3339, as the reader writes it, in UTC.
func Instant(ctx context.Context, at string) string {
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return at
	}
	return t.UTC().Format(dayFormat(ctx) + " 15:04")
}

// At is Instant for a time.
func At(ctx context.Context, t time.Time) string { return Instant(ctx, t.Format(time.RFC3339Nano)) }

// Of gives an instant's machine form, for the datetime attribute.
func Of(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Path gives an address in the company of the page: Path(ctx, "customers", code).
func Path(ctx context.Context, parts ...string) string { return CompanyPath(In(ctx).Company, parts...) }

// CompanyPath gives an address in a company, its parts escaped.
func CompanyPath(company string, parts ...string) string {
	var b strings.Builder
	b.WriteString("/c/" + escape(company))
	if len(parts) == 0 {
		b.WriteString("/")
	}
	for _, p := range parts {
		b.WriteString("/" + escape(p))
	}
	return b.String()
}

func str(n any) string { return fmt.Sprint(n) }
