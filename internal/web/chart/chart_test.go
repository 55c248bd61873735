package chart_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/web/chart"
)

var update = flag.Bool("update", false, "write the golden files anew")

type picture interface {
	Render(ctx context.Context, w io.Writer) error
}

func head(id string) chart.Head {
	return chart.Head{ID: id, Title: "Credits by age", Desc: "Open credits by days since their date.", Table: "Show as a table", Names: []string{"Age", "Credits"}, Empty: "Nothing is open."}
}

func points(values ...float64) (all []chart.Point) {
	for i, v := range values {
		all = append(all, chart.Point{Label: fmt.Sprintf("%d–%d", i*30, i*30+29), Text: strconv.FormatFloat(v, 'f', 2, 64), Value: v, Href: fmt.Sprintf("/c/CITY/customers?age=%d&credit=yes", i)})
	}
	return all
}

const hostile = `"><img src=x onerror=alert(1)><script>alert(2)</script>{{=cmd` + "\x00\x1b"

var cases = map[string]picture{
	"bar":            chart.Bar{Head: head("c"), Points: points(1200, 860.5, 0, 44.25, 3)},
	"bar_one":        chart.Bar{Head: head("c"), Points: points(17)},
	"bar_empty":      chart.Bar{Head: head("c")},
	"bar_negative":   chart.Bar{Head: head("c"), Points: points(-30, 12, -4, 0)},
	"bar_zero":       chart.Bar{Head: head("c"), Points: points(0, 0)},
	"bar_huge":       chart.Bar{Head: head("c"), Points: points(9.2e15, 3, -8e14)},
	"bar_many":       chart.Bar{Head: head("c"), Points: points(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26)},
	"bar_hostile":    chart.Bar{Head: chart.Head{ID: hostile, Title: hostile, Desc: hostile, Table: hostile, Names: []string{hostile}}, Points: []chart.Point{{Label: hostile, Text: hostile, Value: 3, Href: hostile}}},
	"stacked":        chart.Stacked{Head: head("c"), Series: []string{"Debits", "Credits", "Marked"}, Stacks: [][]chart.Point{points(5, -7, 1), points(9, -2, 0), points(0, 0, 0)}},
	"waterfall":      chart.Waterfall{Head: head("c"), Steps: []chart.Delta{{Point: points(100)[0], Total: true}, {Point: points(40)[0]}, {Point: points(-155)[0]}, {Point: points(-15)[0], Total: true}}},
	"trend":          chart.Trend{Head: head("c"), Points: points(31, 30.5, 42, -3, 12)},
	"trend_one":      chart.Trend{Head: head("c"), Points: points(31)},
	"pareto":         chart.Pareto{Head: head("c"), Points: points(3, 120, 44, 0, -9)},
	"pareto_long":    chart.Pareto{Head: head("c"), Points: []chart.Point{{Label: strings.Repeat("the amount is below the least amount ", 6), Text: "4", Value: 4}}},
	"funnel":         funnel(),
	"funnel_nothing": chart.Funnel{Head: head("c"), Stages: []chart.Stage{{Point: chart.Point{Label: "Candidates", Text: "0"}}}},
	"parts":          chart.Parts{Head: head("c"), Points: []chart.Point{{Label: "Written off", Text: "60.00", Value: 60, Tone: "muted"}, {Label: "Split off", Text: "0.00"}, {Label: "Remaining", Text: "40.00", Value: 40, Tone: "warn", Href: "/d/1"}}},
	"parts_nothing":  chart.Parts{Head: head("c")},
	"trace":          trace(),
	"trace_empty":    chart.Trace{Head: head("c")},
	"trace_back":     chart.Trace{Head: head("c"), Nodes: []chart.Node{{ID: "a", Name: "A"}, {ID: "b", Name: "B"}, {ID: "c", Column: 3, Name: "C"}, {ID: "d", Column: 3, Name: "alone"}}, Edges: []chart.Edge{{"c", "a", "back"}, {"a", "b", "down"}, {"b", "a", "up"}, {"a", "nowhere", "none"}}},
}

func funnel() chart.Funnel {
	return chart.Funnel{Head: head("c"), Stages: []chart.Stage{
		{Point: chart.Point{Label: "Candidates", Text: "1,000", Value: 1000, Href: "/all"}, Lost: []chart.Point{{Label: "Below the least amount", Text: "600", Value: 600, Href: "/small"}, {Label: "On hold", Text: "1", Value: 1, Tone: "warn"}}},
		{Point: chart.Point{Label: "Reimbursed", Text: "399", Value: 399, Tone: "good"}},
	}}
}

func trace() chart.Trace {
	return chart.Trace{
		Head: head("c"),
		Nodes: []chart.Node{
			{ID: "c1", Kind: "Credit note", Name: "CN-1", Text: "100.00 USD", Href: "/v/CN-1"},
			{ID: "c2", Kind: "Payment", Name: "PAY-2 with a rather long number", Text: "60.00 USD"},
			{ID: "r", Column: 1, Kind: "Reimbursement", Name: "REIMB-1", Text: "160.00 USD", Here: true},
			{ID: "v", Column: 2, Kind: "Vendor invoice", Name: "REIMB-1", Text: "160.00 USD open", Tone: "warn"},
		},
		Edges: []chart.Edge{{"c1", "r", "100.00"}, {"c2", "r", "60.00"}, {"r", "v", "160.00"}},
	}
}

func render(t interface{ Fatal(...any) }, p picture) string {
	var b bytes.Buffer
	if err := p.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, p := range cases {
		t.Run(name, func(t *testing.T) {
			got := render(t, p)
			path := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the picture is not that of %s; look at the difference and, when it is meant, run with -update\n%s", path, got)
			}
			if err := sound(got); err != nil {
				t.Error(err)
			}
		})
	}
}

// sound reads a picture as XML, and finds what the pages' policy forbids, and coordinates that are none.
func sound(text string) error {
	d := xml.NewDecoder(strings.NewReader("<div>" + text + "</div>"))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if e.Name.Local == "script" || e.Name.Local == "img" || e.Name.Local == "style" {
			return fmt.Errorf("an element %s", e.Name.Local)
		}
		for _, a := range e.Attr {
			if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
				return fmt.Errorf("an attribute %s of %s", a.Name.Local, e.Name.Local)
			}
			if err := inside(a); err != nil {
				return fmt.Errorf("%s of %s: %w", a.Name.Local, e.Name.Local, err)
			}
		}
	}
}

func inside(a xml.Attr) error {
	number, most := a.Value, 1e5
	switch a.Name.Local {
	case "x", "x1", "x2", "cx", "width":
		if rest, ok := strings.CutSuffix(number, "%"); ok {
			number, most = rest, 100
		}
	case "y", "y1", "y2", "cy", "height", "r":
	default:
		return nil
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > most+0.01 {
		return fmt.Errorf("%q is not inside of the drawing", a.Value)
	}
	return nil
}

func TestAnyValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), math.Inf(-1), 1e-300, -1e-9, 1e300, -1e300})
		values := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-1e16, 1e16), odd), 0, 40).Draw(t, "values")
		p := points(values...)
		stage := chart.Stage{Lost: p}
		if len(p) > 0 {
			stage.Point = p[0]
		}
		var steps []chart.Delta
		var stacks [][]chart.Point
		for i, x := range p {
			steps, stacks = append(steps, chart.Delta{Point: x, Total: i%3 == 0}), append(stacks, []chart.Point{x, p[0]})
		}
		for _, c := range []picture{
			chart.Bar{Head: head("c"), Points: p},
			chart.Stacked{Head: head("c"), Stacks: stacks},
			chart.Waterfall{Head: head("c"), Steps: steps},
			chart.Trend{Head: head("c"), Points: p},
			chart.Pareto{Head: head("c"), Points: p},
			chart.Funnel{Head: head("c"), Stages: []chart.Stage{stage, stage}},
			chart.Parts{Head: head("c"), Points: p},
		} {
			if err := sound(render(t, c)); err != nil {
				t.Fatalf("%T of %v: %v", c, values, err)
			}
		}
	})
}

func TestCompact(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 7: "7", 12.5: "12.5", 0.25: "0.25", 999: "999", 1000: "1k", 1500: "1.5k", 12345: "12.3k", 250000: "250k", 999999: "1M", -2500000: "−2.5M", 4e9: "4B", 7.25e15: "7250T"} {
		if got := chart.Compact(v); got != want {
			t.Errorf("%v: %q, not %q", v, got, want)
		}
	}
}

func TestLength(t *testing.T) {
	for s, want := range map[string]float64{"12.50": 12.5, "-3": -3, "": 0, "NaN": 0, "1e999": 0, "Inf": 0, "x": 0} {
		if got := chart.Length(s); got != want {
			t.Errorf("%q: %v, not %v", s, got, want)
		}
	}
}
