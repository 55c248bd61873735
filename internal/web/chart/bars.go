package chart

import (
	"context"
	"io"
	"strconv"
)

// Bar is upright bars, such as credits by age. Values below zero hang.
type Bar struct {
	Head
	Points []Point
}

// Render draws the bars.
func (c Bar) Render(_ context.Context, w io.Writer) error {
	d := &drawing{height: height}
	var values []float64
	var labels []string
	var rows cells
	for _, p := range c.Points {
		values, labels, rows = append(values, p.length()), append(labels, p.Label), append(rows, []string{p.Label, p.Text})
	}
	s := scaleOf(values...)
	d.axis(c.Head, s)
	for i, p := range c.Points {
		middle, width := slot(i, len(c.Points))
		end := d.point(p, said(p.Label, p.Text))
		d.upright(s, "bar "+tone(p.Tone, "s1"), middle, width, 0, p.length())
		if len(c.Points) <= maxFigures {
			d.figureAt(c.tick(p.length()), middle, s, 0, p.length())
		}
		end()
	}
	d.names(labels)
	return c.figure(w, "bar", d, rows)
}

// Stacked is upright bars that are made of several series, such as open debits and credits by age.
type Stacked struct {
	Head
	Series []string  // names of the series
	Stacks [][]Point // by bar: one point a series; Label of the first is the bar's name
}

// Render draws the stacks: what is above zero upwards from it, what is below downwards.
func (c Stacked) Render(_ context.Context, w io.Writer) error {
	d := &drawing{height: height}
	var values []float64
	var labels []string
	var rows cells
	for _, stack := range c.Stacks {
		up, down, row := 0.0, 0.0, []string{""}
		for i, p := range stack {
			up, down = up+max(p.length(), 0), down+min(p.length(), 0)
			row = append(row, p.Text)
			if i == 0 {
				row[0] = p.Label
			}
		}
		values, labels, rows = append(values, up, down), append(labels, row[0]), append(rows, row)
	}
	s := scaleOf(values...)
	d.axis(c.Head, s)
	for i, stack := range c.Stacks {
		middle, width := slot(i, len(c.Stacks))
		up, down := 0.0, 0.0
		for n, p := range stack {
			from := &up
			if p.length() < 0 {
				from = &down
			}
			end := d.point(p, said(labels[i]+", "+c.series(n), p.Text))
			d.upright(s, "bar "+tone(p.Tone, series(n)), middle, width, *from, *from+p.length())
			end()
			*from += p.length()
		}
	}
	d.names(labels)
	return c.figure(legend{w, c.Series, nil}, "stacked", d, rows)
}

func (c Stacked) series(n int) string {
	if n < len(c.Series) {
		return c.Series[n]
	}
	return strconv.Itoa(n + 1)
}

const colours = 6 // of the style sheet

func series(n int) string { return "s" + strconv.Itoa(n%colours+1) }

// legend writes the names of the series before the figure.
type legend struct {
	w     io.Writer
	names []string
	tones []string // classes; nil: those of the series in order
}

func (l legend) Write(b []byte) (int, error) {
	text := `<ul class="legend">`
	for i, n := range l.names {
		class := series(i)
		if l.tones != nil {
			class = l.tones[i]
		}
		text += `<li class="` + class + `">` + esc(n) + `</li>`
	}
	if _, err := io.WriteString(l.w, text+"</ul>\n"); err != nil {
		return 0, err
	}
	return l.w.Write(b)
}

// Delta is a step of a [Waterfall].
type Delta struct {
	Point
	Total bool // stands on zero with its whole value: where it begins, in between, and where it ends
}

// Waterfall shows how one balance became another: each step hangs where the one before ended.
type Waterfall struct {
	Head
	Steps []Delta
}

// Render draws the steps, and what joins them.
func (c Waterfall) Render(_ context.Context, w io.Writer) error {
	d := &drawing{height: height}
	type span struct{ from, to float64 }
	var spans []span
	var values []float64
	var labels []string
	var rows cells
	at := 0.0
	for _, p := range c.Steps {
		from := at
		at += p.length()
		if p.Total {
			from, at = 0, p.length()
		}
		spans, values, labels = append(spans, span{from, at}), append(values, at), append(labels, p.Label)
		rows = append(rows, []string{p.Label, p.Text})
	}
	s := scaleOf(values...)
	d.axis(c.Head, s)
	for i, p := range c.Steps {
		middle, width := slot(i, len(c.Steps))
		class := "s1"
		if !p.Total {
			class = map[bool]string{true: "t-good", false: "t-bad"}[p.length() >= 0]
		}
		end := d.point(p.Point, said(p.Label, p.Text))
		d.upright(s, "bar "+tone(p.Tone, class), middle, width, spans[i].from, spans[i].to)
		if len(c.Steps) <= maxFigures {
			d.figureAt(c.tick(p.length()), middle, s, spans[i].from, spans[i].to)
		}
		end()
		if i+1 < len(c.Steps) {
			next, _ := slot(i+1, len(c.Steps))
			d.el("line", "class", "join", "x1", middle+width/2, "x2", next-width/2, "y1", s.y(spans[i].to), "y2", s.y(spans[i].to))
		}
	}
	d.names(labels)
	return c.figure(w, "waterfall", d, rows)
}
