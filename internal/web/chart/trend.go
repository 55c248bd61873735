package chart

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// Trend is one figure over time, the oldest first.
type Trend struct {
	Head
	Points []Point
}

const trendWide = 1000 // of the line's own drawing, which is stretched to the room there is

// Render draws the line, its area, and its points.
func (c Trend) Render(_ context.Context, w io.Writer) error {
	d := &drawing{height: height}
	var values []float64
	var labels []string
	var rows cells
	for _, p := range c.Points {
		values, labels, rows = append(values, p.length()), append(labels, p.Label), append(rows, []string{p.Label, p.Text})
	}
	s := scaleOf(values...)
	d.axis(c.Head, s)
	var line []string
	for i, p := range c.Points {
		x, _ := slot(i, len(c.Points))
		line = append(line, short(float64((x-gutter)/(100-gutter))*trendWide)+","+short(s.y(p.length())))
	}
	if n := len(line); n > 1 {
		first, _, _ := strings.Cut(line[0], ",")
		last, _, _ := strings.Cut(line[n-1], ",")
		zero := short(s.y(0))
		fmt.Fprintf(&d.b, `<svg x="%s" y="0" width="%s" height="%d" viewBox="0 0 %d %d" preserveAspectRatio="none">`+"\n", value(gutter), value(100-gutter), height, trendWide, height)
		d.el("polygon", "class", "area", "points", first+","+zero+" "+strings.Join(line, " ")+" "+last+","+zero)
		d.el("polyline", "class", "line", "points", strings.Join(line, " "), "vector-effect", "non-scaling-stroke")
		d.b.WriteString("</svg>\n")
	}
	for i, p := range c.Points {
		x, _ := slot(i, len(c.Points))
		end := d.point(p, said(p.Label, p.Text))
		d.el("circle", "class", "dot "+tone(p.Tone, "s1"), "cx", x, "cy", s.y(p.length()), "r", 3.5)
		end()
	}
	d.names(labels)
	return c.figure(w, "trend", d, rows)
}
