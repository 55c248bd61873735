package chart

import "math"

// The plot of the upright pictures: names of the ticks to its left, names of the bars below it.
const (
	gutter   = part(12) // for the names of the ticks
	plotTop  = 22       // room for a figure above the highest bar
	plotFoot = 28       // room for the names
	height   = 240
	ticks    = 4 // about as many steps
)

// scale is an upright axis from low to high, both of which are ticks; nothing is always on it.
type scale struct{ low, high, step float64 }

// scaleOf gives the axis that holds all values.
func scaleOf(values ...float64) scale {
	low, high := 0.0, 0.0
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	if low == 0 && high == 0 {
		high = 1
	}
	step := nice((high - low) / ticks)
	return scale{low: math.Floor(low/step) * step, high: math.Ceil(high/step) * step, step: step}
}

// nice gives the next of 1, 2, 2.5, 5 × 10ⁿ that is not less than v.
func nice(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 2.5, 5} {
		if v <= f*unit*(1+1e-9) {
			return f * unit
		}
	}
	return 10 * unit
}

// ticks gives the places of the axis that have a name.
func (s scale) ticks() []float64 {
	var all []float64
	for i := 0; i <= int(math.Round((s.high-s.low)/s.step)); i++ {
		v := s.low + float64(i)*s.step
		if math.Abs(v) < s.step/1e6 {
			v = 0
		}
		all = append(all, v)
	}
	return all
}

// y gives the height of a value in the plot.
func (s scale) y(v float64) float64 {
	return plotTop + (s.high-v)/(s.high-s.low)*(height-plotTop-plotFoot)
}

// axis draws the ticks with their names.
func (d *drawing) axis(h Head, s scale) {
	for _, v := range s.ticks() {
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		d.el("line", "class", class, "x1", gutter, "x2", part(100), "y1", s.y(v), "y2", s.y(v))
		d.text(h.tick(v), "class", "tick", "x", gutter-1.5, "y", s.y(v)+4, "text-anchor", "end")
	}
}

// slot gives the middle and the width of the i-th of n bars.
func slot(i, n int) (middle, width part) {
	room := (100 - gutter) / part(n)
	return gutter + room*(part(i)+0.5), min(room*0.62, 14)
}

// names writes the names below n bars, as many of them and of their letters as there is room for.
func (d *drawing) names(labels []string) {
	n := len(labels)
	every := (n + 11) / 12
	for i, l := range labels {
		if i%every == 0 {
			middle, _ := slot(i, n)
			d.text(cut(l, max(50*every/n, 3)), "class", "name", "x", middle, "y", height-8, "text-anchor", "middle")
		}
	}
}

// upright draws a bar between two values.
func (d *drawing) upright(s scale, class string, middle, width part, from, to float64) {
	top, bottom := s.y(max(from, to)), s.y(min(from, to))
	tall := bottom - top
	if from != to {
		tall = max(tall, 1) // a small figure is still there
	}
	d.el("rect", "class", class, "x", middle-width/2, "width", width, "y", top, "height", tall, "rx", 2)
}

// figureAt writes a figure above a bar, or below one that hangs.
func (d *drawing) figureAt(text string, middle part, s scale, from, to float64) {
	y := s.y(max(from, to)) - 5
	if to < from {
		y = min(s.y(to)+14, height-plotFoot+12)
	}
	d.text(text, "aria-hidden", true, "class", "figure", "x", middle, "y", y, "text-anchor", "middle")
}

const maxFigures = 8 // with more bars than that their figures would touch

func tone(t, otherwise string) string {
	if t == "" {
		return otherwise
	}
	return "t-" + t
}
