package chart

import (
	"context"
	"fmt"
	"io"
)

// Node is a box of a [Trace], such as a document.
type Node struct {
	ID     string
	Column int    // from the left, where the money comes from; 0 is the first
	Kind   string // what it is, small above its name
	Name   string // its number
	Text   string // its amount, below
	Href   string
	Tone   string // good, warn, bad, muted, or blank
	Here   bool   // the one that the page is about
}

// Edge is an arrow between two nodes, by their ids; Text is what went that way.
type Edge struct{ From, To, Text string }

// Trace is boxes and arrows: where money came from and where it went. Who has more nodes of a column than people look at (a dozen or so)
// gives one that says how many more there are.
type Trace struct {
	Head
	Nodes []Node
	Edges []Edge
}

// The drawing, in pixels.
const (
	boxWide   = 152
	boxHigh   = 64
	betweenX  = 78 // columns, where the arrows and their amounts are
	betweenY  = 16 // boxes of a column
	margin    = 4
	maxOnBox  = 22 // letters
	arrowHead = 6
)

type place struct{ x, y float64 }

// Render draws the boxes column by column, each column in the middle of the drawing, then the arrows.
func (c Trace) Render(_ context.Context, w io.Writer) error {
	d := &drawing{}
	at := c.layout(d)
	names := map[string]string{}
	linked := map[string]bool{}
	var rows cells
	for _, n := range c.Nodes {
		names[n.ID] = n.Kind + " " + n.Name
	}
	for _, e := range c.Edges {
		from, ok := at[e.From]
		to, known := at[e.To]
		if !ok || !known {
			continue
		}
		d.arrow(from, to, e.Text)
		linked[e.From], linked[e.To] = true, true
		rows = append(rows, []string{names[e.From], names[e.To], e.Text})
	}
	for _, n := range c.Nodes {
		d.box(n, at[n.ID])
		if !linked[n.ID] {
			rows = append(rows, []string{names[n.ID], "", n.Text})
		}
	}
	return c.figure(w, "trace", d, rows)
}

// layout gives the places of the nodes, and the drawing its size. Columns without a node take no room.
func (c Trace) layout(d *drawing) map[string]place {
	count, last := map[int]int{}, 0
	for _, n := range c.Nodes {
		count[n.Column]++
		last = max(last, n.Column)
	}
	column, tallest := map[int]int{}, 0
	for i := range last + 1 {
		if count[i] > 0 {
			column[i] = len(column)
			tallest = max(tallest, count[i])
		}
	}
	d.width = 2*margin + len(column)*boxWide + max(len(column)-1, 0)*betweenX
	d.height = 2*margin + tallest*boxHigh + max(tallest-1, 0)*betweenY
	at, used := map[string]place{}, map[int]int{}
	for _, n := range c.Nodes {
		x := margin + column[n.Column]*(boxWide+betweenX)
		free := (tallest - count[n.Column]) * (boxHigh + betweenY)
		y := margin + free/2 + used[n.Column]*(boxHigh+betweenY)
		used[n.Column]++
		at[n.ID] = place{float64(x), float64(y)}
	}
	return at
}

func (d *drawing) box(n Node, at place) {
	class := "box " + tone(n.Tone, "plain")
	if n.Here {
		class += " here"
	}
	end := d.point(Point{Href: n.Href}, said(n.Kind+" "+n.Name, n.Text))
	d.el("rect", "class", class, "x", at.x, "y", at.y, "width", boxWide, "height", boxHigh, "rx", 6)
	d.text(cut(n.Kind, maxOnBox+4), "aria-hidden", true, "class", "box-kind", "x", at.x+12, "y", at.y+18)
	d.text(cut(n.Name, maxOnBox), "aria-hidden", true, "class", "box-name", "x", at.x+12, "y", at.y+36)
	d.text(cut(n.Text, maxOnBox), "aria-hidden", true, "class", "box-text", "x", at.x+12, "y", at.y+54)
	end()
}

// arrow draws an arrow from box to box: from side to side, or from foot to head within a column.
func (d *drawing) arrow(from, to place, text string) {
	d.b.WriteString(`<g class="arrow">` + "\n")
	defer d.b.WriteString("</g>\n")
	if from.x == to.x {
		x, y1, y2 := from.x+boxWide/2, from.y+boxHigh, to.y
		turn := 1.0
		if to.y < from.y {
			y1, y2, turn = from.y, to.y+boxHigh, -1
		}
		d.el("path", "class", "line", "d", fmt.Sprintf("M%s %sV%s", short(x), short(y1), short(y2-turn*arrowHead)))
		d.el("path", "class", "head", "d", fmt.Sprintf("M%s %sh%dl%d %sz", short(x-4), short(y2-turn*arrowHead), 8, -4, short(turn*arrowHead)))
		d.text(text, "class", "arrow-text", "x", x+8, "y", (y1+y2)/2+4)
		return
	}
	x1, x2, turn := from.x+boxWide, to.x, 1.0
	if to.x < from.x {
		x1, x2, turn = from.x, to.x+boxWide, -1
	}
	y1, y2 := from.y+boxHigh/2, to.y+boxHigh/2
	end, middle := x2-turn*arrowHead, (x1+x2)/2
	d.el("path", "class", "line", "d", fmt.Sprintf("M%s %sC%s %s %s %s %s %s", short(x1), short(y1), short(middle), short(y1), short(middle), short(y2), short(end), short(y2)))
	d.el("path", "class", "head", "d", fmt.Sprintf("M%s %sv%dl%s %dz", short(end), short(y2-4), 8, short(turn*arrowHead), -4))
	if text != "" {
		d.text(text, "class", "arrow-text", "x", middle, "y", (y1+y2)/2-6, "text-anchor", "middle")
	}
}
