package chart

import (
	"context"
	"io"
)

const partsHeight = 18

// Parts is one bar cut into the parts that a whole consists of, with what each is and comes to above it.
type Parts struct {
	Head
	Points []Point // in order; their sizes together are the whole
}

// Render draws the parts from the left, each as long as its share of the whole.
func (c Parts) Render(_ context.Context, w io.Writer) error {
	all := 0.0
	for _, p := range c.Points {
		all += size(p)
	}
	d := &drawing{height: partsHeight}
	var rows cells
	var names []string
	var tones []string
	at := 0.0
	d.el("rect", "class", "ground", "x", 0, "width", part(100), "y", 0, "height", partsHeight, "rx", 3)
	for i, p := range c.Points {
		class := tone(p.Tone, series(i))
		names, tones = append(names, said(p.Label, p.Text)), append(tones, class)
		rows = append(rows, []string{p.Label, p.Text})
		width := min(100*ratio(size(p), all), 100-at)
		if width <= 0 {
			continue
		}
		end := d.point(p, said(p.Label, p.Text))
		d.el("rect", "class", "bar "+class, "x", part(at), "width", part(width), "y", 0, "height", partsHeight)
		end()
		at += width
	}
	return c.figure(legend{w, names, tones}, "parts", d, rows)
}
