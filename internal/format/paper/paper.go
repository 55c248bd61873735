// Package paper makes pages to be printed: PDF on US letter paper, measured in inches from the upper left corner.
//
//   - A *document* is a row of pages. The same calls give the same bytes, always and everywhere: it holds no clock and no random
//     number, and its dates are the caller's.
//   - A *face* is a font at a size. There is one font, Liberation Sans, regular and bold, which is put into the document (what is
//     used of it), so that every printer shows what was meant.
//   - A text is *plain* when the font has each of its characters and they can be set one after another from left to right: Latin,
//     Greek and Cyrillic letters, digits, signs. Anything else is refused by [Plain] and never shown as something else.
//
// Callers hand in plain text only. Pages are written by codeberg.org/go-pdf/fpdf; the font is under the SIL Open Font License 1.1,
// which stands beside it.
package paper

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"quittance/internal/fault"
)

//go:embed font/LiberationSans-Regular.ttf
var regular []byte

//go:embed font/LiberationSans-Bold.ttf
var bold []byte

// The size of a page in inches.
const (
	Width  = 8.5
	Height = 11.0
)

// Face is the font at a size in points.
type Face struct {
	Size float64
	Bold bool
}

// Lead gives the height of a line of text in inches.
func (f Face) Lead() float64 { return f.Size * 1.25 / 72 }

// Doc is a document that is being made. Coordinates are inches from the upper left corner of the page; a text stands on its y.
type Doc struct {
	pdf    *fpdf.Fpdf
	dx, dy float64 // added to every place
}

// New begins a document without pages; at is when it is made.
func New(title, author string, at time.Time) *Doc { return begin("P", title, author, at) }

// NewWide is New with pages that lie on their side: [Height] wide and [Width] high. [Doc.Fill] is not for them.
func NewWide(title, author string, at time.Time) *Doc { return begin("L", title, author, at) }

func begin(way, title, author string, at time.Time) *Doc {
	pdf := fpdf.New(way, "in", "Letter", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(at.UTC())
	pdf.SetModificationDate(at.UTC())
	pdf.SetProducer("Quittance", true)
	pdf.SetTitle(title, true)
	pdf.SetAuthor(author, true)
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddUTF8FontFromBytes("sans", "", bytes.Clone(regular))
	pdf.AddUTF8FontFromBytes("sans", "B", bytes.Clone(bold))
	return &Doc{pdf: pdf}
}

// Shift moves everything that is drawn from now on, to the right and down, in inches: a printer's own error is made good by it.
func (d *Doc) Shift(dx, dy float64) { d.dx, d.dy = dx, dy }

// Page begins a page.
func (d *Doc) Page() { d.pdf.AddPage() }

// Pages gives the number of pages so far.
func (d *Doc) Pages() int { return d.pdf.PageCount() }

func (d *Doc) use(f Face) {
	style := ""
	if f.Bold {
		style = "B"
	}
	d.pdf.SetFont("sans", style, f.Size)
}

// Measure gives the width of a text in inches.
func (d *Doc) Measure(f Face, text string) float64 {
	d.use(f)
	return d.pdf.GetStringWidth(text)
}

// Fit gives the face, made smaller down to least points where it must be, in which the text is no wider than width; false when even
// that is too wide.
func (d *Doc) Fit(f Face, least, width float64, text string) (Face, bool) {
	for ; f.Size >= least; f.Size -= 0.5 {
		if d.Measure(f, text) <= width {
			return f, true
		}
	}
	return f, false
}

// Shorten gives the text, or as much of it as fits with an ellipsis that shows that it was cut.
func (d *Doc) Shorten(f Face, width float64, text string) string {
	if d.Measure(f, text) <= width {
		return text
	}
	runes := []rune(text)
	for n := len(runes) - 1; n > 0; n-- {
		if s := strings.TrimRight(string(runes[:n]), " ") + "…"; d.Measure(f, s) <= width {
			return s
		}
	}
	return "…"
}

// Wrap breaks a text into lines at its spaces; a word that is wider than a line is broken too.
func (d *Doc) Wrap(f Face, width float64, text string) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && d.Measure(f, line+" "+word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = word
		for runes := []rune(line); len(runes) > 1 && d.Measure(f, line) > width; runes = []rune(line) {
			n := len(runes) - 1
			for n > 1 && d.Measure(f, string(runes[:n])) > width {
				n--
			}
			lines = append(lines, string(runes[:n]))
			line = string(runes[n:])
		}
	}
	return append(lines, line)
}

// Left sets a text that begins at x.
func (d *Doc) Left(x, y float64, f Face, text string) {
	d.use(f)
	d.pdf.Text(d.dx+x, d.dy+y, text)
}

// Right sets a text that ends at x.
func (d *Doc) Right(x, y float64, f Face, text string) { d.Left(x-d.Measure(f, text), y, f, text) }

// Center sets a text around x.
func (d *Doc) Center(x, y float64, f Face, text string) { d.Left(x-d.Measure(f, text)/2, y, f, text) }

// Line draws a line of a width in points.
func (d *Doc) Line(x1, y1, x2, y2, points float64) {
	d.pdf.SetLineWidth(points / 72)
	d.pdf.Line(d.dx+x1, d.dy+y1, d.dx+x2, d.dy+y2)
}

// Box draws a rectangle of lines of a width in points.
func (d *Doc) Box(x, y, width, height, points float64) {
	d.pdf.SetLineWidth(points / 72)
	d.pdf.Rect(d.dx+x, d.dy+y, width, height, "D")
}

// Shade fills a rectangle with a light grey.
func (d *Doc) Shade(x, y, width, height float64) {
	d.pdf.SetFillColor(236, 236, 236)
	d.pdf.Rect(d.dx+x, d.dy+y, width, height, "F")
	d.pdf.SetFillColor(0, 0, 0)
}

// Overprint sets a text around a point, turned by degrees against the clock, so that what lies under it shows through.
func (d *Doc) Overprint(x, y, degrees float64, f Face, text string) {
	width := d.Measure(f, text)
	d.pdf.TransformBegin()
	d.pdf.TransformRotate(degrees, d.dx+x, d.dy+y)
	d.pdf.SetAlpha(0.4, "Normal")
	d.pdf.SetTextColor(170, 0, 0)
	d.pdf.Text(d.dx+x-width/2, d.dy+y+f.Size*0.36/72, text)
	d.pdf.SetTextColor(0, 0, 0)
	d.pdf.SetAlpha(1, "Normal")
	d.pdf.TransformEnd()
}

// Fill fills a path of PDF operators in black, a line within a line being a hole; its unit is a part of an inch (1/unit), its origin stands at x and y, and its y goes up.
func (d *Doc) Fill(x, y, unit float64, path string) {
	d.pdf.RawWriteStr(fmt.Sprintf("q 0 g %.6f 0 0 %.6f %.4f %.4f cm %s f* Q", 72/unit, 72/unit, (d.dx+x)*72, (Height-d.dy-y)*72, path))
}

// Bytes ends the document.
func (d *Doc) Bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := d.pdf.Output(&b); err != nil {
		return nil, fault.New(fault.Internal, "the pages cannot be made").Because(err)
	}
	return b.Bytes(), nil
}
