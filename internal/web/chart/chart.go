// Package chart draws pictures of figures: values in, SVG out.
//
//   - A *picture* ([Bar], [Stacked], [Waterfall], [Trend], [Pareto], [Funnel], [Parts], [Trace]) is a plain value that renders itself as a figure:
//     the drawing, and behind it a table with the same figures, for who would rather read or cannot see.
//   - A *point* is a figure with its name: Text is what people read, exact and in their way of writing; Value is only how long the bar is.
//   - A *tone* says what a point means (good, warn, bad, muted) or which series it belongs to; the colours are the style sheet's.
//
// Invariants: no inline style, script or handler, so that the pages' policy may forbid them; every text is escaped; what is drawn can be
// clicked through to what it is made of where the point has an address; whatever the values, every coordinate is a number inside of the
// drawing. Widths are parts of a hundred and heights are pixels, so that a drawing fits a phone without its letters shrinking; only
// [Trace] has a width of its own and scrolls in its frame.
//
// Source: "What people see", Pictures.
package chart

import (
	"context"
	"fmt"
	"html"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Head is what every picture says of itself.
type Head struct {
	ID    string   // of the figure, unique on the page
	Title string   // what the picture is
	Desc  string   // what it shows, for who cannot see it
	Table string   // text that opens the table behind, such as "Show as a table"
	Names []string // heads of the columns of that table
	Empty string   // stands there when there is nothing to draw
	Tick  func(value float64) string
}

// Point is a figure with its name.
type Point struct {
	Label string
	Text  string  // the figure as people read it
	Value float64 // its length; see [Length]
	Href  string  // what it is made of; blank: nowhere
	Tone  string  // good, warn, bad, muted, or blank: the colour of its series
}

// Length gives an exact decimal, such as -12.50, as the length of a bar; what is no number is nothing long. Lengths are for drawing
// only: no figure is ever told from one.
func Length(decimal string) float64 {
	v, err := strconv.ParseFloat(decimal, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	return v
}

// length gives the value as far as it can be drawn.
func (p Point) length() float64 {
	if math.IsNaN(p.Value) {
		return 0
	}
	return max(min(p.Value, longest), -longest)
}

const longest = 1e18 // far beyond any sum of amounts

// Compact writes a value for an axis: 1500 is 1.5k, then M, B and T.
func Compact(v float64) string {
	unit := ""
	for _, u := range []string{"k", "M", "B", "T"} {
		if math.Abs(v) < 999.5 {
			break
		}
		v, unit = v/1000, u
	}
	s := strconv.FormatFloat(v, 'f', 2, 64)
	if math.Abs(v) >= 100 || unit == "" && v == math.Trunc(v) {
		s = strconv.FormatFloat(v, 'f', 0, 64)
	} else if math.Abs(v) >= 10 {
		s = strconv.FormatFloat(v, 'f', 1, 64)
	}
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		s = "0"
	}
	return strings.Replace(s, "-", "−", 1) + unit
}

func (h Head) tick(v float64) string {
	if h.Tick != nil {
		return h.Tick(v)
	}
	return Compact(v)
}

// cells are the rows of the table behind a picture; the first cell of a row is its head, the others are figures.
type cells [][]string

// drawing is SVG in the making.
type drawing struct {
	b      strings.Builder
	height int
	width  int  // pixels; 0: as wide as there is room
	linked bool // something in it can be clicked
}

// figure writes a drawing with its table; a drawing of nothing says so.
func (h Head) figure(w io.Writer, kind string, d *drawing, rows cells) error {
	var b strings.Builder
	fmt.Fprintf(&b, `<figure class="chart chart-%s" id="%s">`, kind, esc(h.ID))
	if len(rows) == 0 {
		fmt.Fprintf(&b, `<p class="chart-empty">%s</p></figure>`, esc(h.Empty))
		_, err := io.WriteString(w, b.String())
		return err
	}
	h.svg(&b, d)
	h.table(&b, rows)
	b.WriteString("</figure>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (h Head) svg(b *strings.Builder, d *drawing) {
	role, frame := "img", ""
	if d.linked {
		role = "group" // an image has no parts that can be reached
	}
	size := fmt.Sprintf(`width="100%%" height="%d"`, d.height)
	if d.width > 0 {
		size = fmt.Sprintf(`width="%d" height="%d" viewBox="0 0 %d %d"`, d.width, d.height, d.width, d.height)
		frame = fmt.Sprintf(`<div class="chart-frame" role="region" tabindex="0" aria-label="%s">`, esc(h.Title))
	}
	fmt.Fprintf(b, "%s\n"+`<svg xmlns="http://www.w3.org/2000/svg" %s role="%s" aria-labelledby="%s-title" aria-describedby="%s-desc" focusable="false">`+"\n", frame, size, role, esc(h.ID), esc(h.ID))
	fmt.Fprintf(b, `<title id="%s-title">%s</title><desc id="%s-desc">%s</desc>`+"\n%s</svg>\n", esc(h.ID), esc(h.Title), esc(h.ID), esc(h.Desc), d.b.String())
	if frame != "" {
		b.WriteString("</div>\n")
	}
}

func (h Head) table(b *strings.Builder, rows cells) {
	fmt.Fprintf(b, `<details class="chart-data"><summary>%s</summary><div class="table-frame" role="region" tabindex="0" aria-label="%s"><table class="data dense"><caption class="visually-hidden">%s</caption>`, esc(h.Table), esc(h.Title), esc(h.Title))
	if len(h.Names) > 0 {
		b.WriteString("<thead><tr>")
		for i, n := range h.Names {
			fmt.Fprintf(b, `<th scope="col"%s>%s</th>`, numeric(i), esc(n))
		}
		b.WriteString("</tr></thead>")
	}
	b.WriteString("<tbody>\n")
	for _, r := range rows {
		b.WriteString("<tr>")
		for i, c := range r {
			if i == 0 {
				fmt.Fprintf(b, `<th scope="row">%s</th>`, esc(c))
			} else {
				fmt.Fprintf(b, "<td%s>%s</td>", numeric(i), esc(c))
			}
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody></table></div></details>\n")
}

func numeric(column int) string {
	if column == 0 {
		return ""
	}
	return ` class="k-money"`
}

// el writes an empty element with its attributes, pairs of name and value.
func (d *drawing) el(name string, pairs ...any) {
	fmt.Fprintf(&d.b, "<%s%s/>\n", name, attributes(pairs))
}

// text writes a text with its attributes.
func (d *drawing) text(s string, pairs ...any) {
	fmt.Fprintf(&d.b, "<text%s>%s</text>\n", attributes(pairs), esc(s))
}

// point opens a group, or a link where the point has an address, with what is said of it; it gives the end. The letters in it are hidden
// from who has that read aloud, since they say the same.
func (d *drawing) point(p Point, said string) (end func()) {
	name := "g"
	if p.Href != "" {
		name, d.linked = "a", true
		fmt.Fprintf(&d.b, `<a class="point" href="%s">`, esc(p.Href))
	} else {
		d.b.WriteString(`<g class="point">`)
	}
	fmt.Fprintf(&d.b, "<title>%s</title>\n", esc(said))
	return func() { fmt.Fprintf(&d.b, "</%s>\n", name) }
}

func attributes(pairs []any) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&b, ` %s="%s"`, pairs[i], esc(value(pairs[i+1])))
	}
	return b.String()
}

// part is a horizontal place or length, in parts of a hundred.
type part float64

func value(x any) string {
	switch v := x.(type) {
	case part:
		return short(float64(v)) + "%"
	case float64:
		return short(v)
	}
	return fmt.Sprint(x)
}

// short writes a coordinate; one that is no number is 0.
func short(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

func esc(s string) string { return html.EscapeString(printable(s)) }

// printable takes out what neither HTML nor XML can hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s)
}

// cut makes a text at most n letters long.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	letters := []rune(s)
	return strings.TrimSpace(string(letters[:max(n-1, 1)])) + "…"
}

// said is what a point says when it is pointed at or read aloud.
func said(label, text string) string {
	if text == "" {
		return label
	}
	return label + ": " + text
}

// rendered is what all pictures share: a component of templ, which needs no more than this.
type rendered interface {
	Render(ctx context.Context, w io.Writer) error
}

var _ = []rendered{Bar{}, Stacked{}, Waterfall{}, Trend{}, Pareto{}, Funnel{}, Parts{}, Trace{}}
