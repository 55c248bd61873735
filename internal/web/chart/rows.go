package chart

import (
	"cmp"
	"context"
	"io"
	"math"
	"slices"
	"strconv"
)

// The lying pictures: each row has its name and figure above its bar, so that they may be long.
const (
	rowHeight = 42
	rowName   = 14 // base line of the name
	rowBar    = 22 // top of the bar
	barHeight = 12
	maxName   = 34 // letters
)

// Pareto is lying bars from the largest to the smallest, with the share that they make up together: which few reasons are most of it.
type Pareto struct {
	Head
	Points []Point // in any order
}

// Render draws the bars in order. Values below zero count by their size.
func (c Pareto) Render(_ context.Context, w io.Writer) error {
	points := slices.Clone(c.Points)
	slices.SortStableFunc(points, func(a, b Point) int { return cmp.Compare(size(b), size(a)) })
	all, most := 0.0, 0.0
	for _, p := range points {
		all, most = all+size(p), max(most, size(p))
	}
	d := &drawing{height: rowHeight * len(points)}
	var rows cells
	sum := 0.0
	for i, p := range points {
		sum += size(p)
		share := strconv.Itoa(int(math.Round(ratio(sum, all)*100))) + " %"
		top := float64(i * rowHeight)
		end := d.point(p, said(p.Label, p.Text+" ("+share+")"))
		d.row(p, top, tone(p.Tone, "s1"), 0, part(100*ratio(size(p), most)))
		end()
		at := part(100 * ratio(sum, all)) // the share so far, on the same ground
		d.el("line", "class", "share", "x1", at, "x2", at, "y1", top+rowBar-3, "y2", top+rowBar+barHeight+3)
		rows = append(rows, []string{p.Label, p.Text, share})
	}
	return c.figure(w, "pareto", d, rows)
}

// Stage is a stage of a [Funnel]: what came so far, and what fell out here.
type Stage struct {
	Point
	Lost []Point // on the way to the next stage
}

// Funnel shows what became of many: all of them, those that fell out with their reasons, those that were left.
type Funnel struct {
	Head
	Stages []Stage
}

// Render draws the stages from the first, which is the widest; what fell out lies where it broke off.
func (c Funnel) Render(_ context.Context, w io.Writer) error {
	d := &drawing{}
	most := 0.0
	for _, s := range c.Stages {
		most = max(most, size(s.Point))
	}
	var rows cells
	top := 0.0
	for i, s := range c.Stages {
		end := d.point(s.Point, said(s.Label, s.Text))
		d.row(s.Point, top, tone(s.Tone, series(i)), 0, part(100*ratio(size(s.Point), most)))
		end()
		top += rowHeight
		rows = append(rows, []string{s.Label, s.Text})
		left := size(s.Point)
		for _, p := range s.Lost {
			from := max(left-size(p), 0)
			end := d.point(p, said(p.Label, p.Text))
			d.row(p, top, "lost "+tone(p.Tone, "t-muted"), part(100*ratio(from, most)), part(100*ratio(left-from, most)))
			end()
			left, top = from, top+rowHeight
			rows = append(rows, []string{p.Label, p.Text})
		}
	}
	d.height = int(top)
	return c.figure(w, "funnel", d, rows)
}

// row draws a name, a figure, the ground of a bar and the bar.
func (d *drawing) row(p Point, top float64, class string, x, width part) {
	d.text(cut(p.Label, maxName), "aria-hidden", true, "class", "row-name", "x", 0, "y", top+rowName)
	d.text(p.Text, "aria-hidden", true, "class", "row-figure", "x", part(100), "y", top+rowName, "text-anchor", "end")
	d.el("rect", "class", "ground", "x", 0, "width", part(100), "y", top+rowBar, "height", barHeight, "rx", 3)
	if p.length() != 0 {
		width = max(width, 0.4) // a small figure is still there
		d.el("rect", "class", "bar "+class, "x", min(x, 100-width), "width", width, "y", top+rowBar, "height", barHeight, "rx", 3)
	}
}

func size(p Point) float64 { return math.Abs(p.length()) }

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return min(a/b, 1)
}
