package check

import (
	"fmt"
	"math"
	"strings"
	"sync"

	"quittance/internal/format/paper"
)

// The MICR line. Positions are counted from 1 at the right edge of the check to 65; each is an eighth of an inch.
//
//   - 1 to 12 is the amount, which the bank of first deposit prints: blank. 13 is blank.
//   - 14 to 31 is the on-us field: the account, then the on-us symbol. 32 is blank, unless a bank wants the field to begin there.
//   - 33 to 43 is the transit field: the routing number between two transit symbols. 44 is blank.
//   - 45 to 65 is the auxiliary on-us field of business checks: the number of the check between two on-us symbols.
//
// Source: ANSI X9.100-160-1, placement and location.
const (
	pitch      = 0.125           // inches from one character to the next
	edge       = 0.3125          // from the right edge of the check to position 1
	base       = 0.254           // from the lower edge of the check to the characters: in the middle of the band from 3/16 to 7/16
	clearBand  = 0.625           // the lower strip of a check in which nothing else is printed
	module     = 0.013           // the grid of the characters
	half       = module / 2      // the unit of the outlines below
	bearing    = 0.0171667       // from the left edge of a position to the character, which is at most seven modules wide
	lastOnUs   = 32              // the leftmost position of the on-us field
	firstOnUs  = 14              // the rightmost
	transitEnd = 33              // the rightmost position of the transit field
	auxEnd     = 45              // the rightmost position of the auxiliary on-us field
	maxSerial  = 65 - auxEnd - 1 // digits in the auxiliary on-us field
)

// The symbols of the MICR line as they are written here.
const (
	symTransit = 'T'
	symAmount  = 'A'
	symOnUs    = 'O'
	symDash    = 'D'
)

// outlines are the fourteen characters E-13B. Each is one or more closed lines through corners x,y in half modules (0.0065 inch);
// x goes to the right from the left edge of a character seven modules wide, y up from the foot. All end at x = 14. A line inside another
// one is a hole. Source: ISO 1004-1 and ANSI X9.100-20, the dimensions of the characters.
var outlines = map[rune]string{
	'0':        "0,0 0,18 14,18 14,0; 12,2 12,16 2,16 2,2",
	'1':        "6,0 6,8 8,8 8,15 6,15 6,18 10,18 10,8 14,8 14,0",
	'2':        "6,0 6,10 12,10 12,16 6,16 6,18 14,18 14,8 8,8 8,2 14,2 14,0",
	'3':        "4,0 4,2 10,2 10,8 4,8 4,10 10,10 10,16 4,16 4,18 12,18 12,9 14,9 14,0",
	'4':        "10,0 10,4 2,4 2,18 6,18 6,6 10,6 10,8 14,8 14,0",
	'5':        "4,0 4,2 12,2 12,8 4,8 4,18 14,18 14,16 6,16 6,10 14,10 14,0",
	'6':        "2,0 2,18 10,18 10,13 8,13 8,16 4,16 4,8 14,8 14,0; 12,2 12,6 4,6 4,2",
	'7':        "8,9.67 12,11.33 12,16 6,16 6,12 4,12 4,18 14,18 14,10 10,8.33 10,0 8,0",
	'8':        "0,0 0,9 2,9 2,18 12,18 12,9 14,9 14,0; 10,2 10,8 4,8 4,2; 10,10 10,16 4,16 4,10",
	'9':        "10,0 10,8 2,8 2,18 14,18 14,0; 12,10 12,16 4,16 4,10",
	symTransit: "0,3 0,15 4,15 4,3; 8,0 8,6 14,6 14,0; 8,12 8,18 14,18 14,12",
	symAmount:  "0,0 0,8 4,8 4,0; 6,4.5 6,13.5 8,13.5 8,4.5; 10,10 10,18 14,18 14,10",
	symOnUs:    "0,3 0,15 2,15 2,3; 4,3 4,15 6,15 6,3; 8,9 8,17 14,17 14,9",
	symDash:    "0,5 0,13 4,13 4,5; 6,5 6,13 10,13 10,5; 12,5 12,13 14,13 14,5",
}

// glyphs are the outlines as paths of PDF operators, their corners rounded.
var glyphs = sync.OnceValue(func() map[rune]string {
	all := map[rune]string{}
	for r, outline := range outlines {
		all[r] = path(outline, r == '0')
	}
	return all
})

// path writes an outline with round corners: of half a module, but of the zero of two modules outside and one inside.
func path(outline string, zero bool) string {
	var b strings.Builder
	for i, contour := range strings.Split(outline, "; ") {
		radius := 1.0
		if zero {
			radius = [2]float64{4, 2}[i]
		}
		var corners [][2]float64
		for _, s := range strings.Fields(contour) {
			var x, y float64
			if _, err := fmt.Sscanf(s, "%g,%g", &x, &y); err != nil {
				panic("check: the outline " + outline + " is not of numbers")
			}
			corners = append(corners, [2]float64{x, y})
		}
		round(&b, corners, radius)
	}
	return strings.TrimSpace(b.String())
}

// round writes a closed line whose corners are quarter circles as near as a cubic curve comes.
func round(b *strings.Builder, corners [][2]float64, radius float64) {
	const arc = 0.5523 // of the radius, from the ends of a quarter circle to its control points
	n := len(corners)
	for i, c := range corners {
		before, after := corners[(i+n-1)%n], corners[(i+1)%n]
		in, out := math.Hypot(c[0]-before[0], c[1]-before[1]), math.Hypot(after[0]-c[0], after[1]-c[1])
		r := min(radius, in/2, out/2)
		at := func(other [2]float64, length, far float64) (float64, float64) {
			return c[0] + (other[0]-c[0])/length*far, c[1] + (other[1]-c[1])/length*far
		}
		x1, y1 := at(before, in, r)
		x2, y2 := at(before, in, r*(1-arc))
		x3, y3 := at(after, out, r*(1-arc))
		x4, y4 := at(after, out, r)
		op := "l"
		if i == 0 {
			op = "m"
		}
		fmt.Fprintf(b, "%s %s %s %s %s %s %s %s %s c ", number(x1), number(y1), op, number(x2), number(y2), number(x3), number(y3), number(x4), number(y4))
	}
	b.WriteString("h ")
}

func number(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", x), "0"), ".")
}

// placed is a character of the MICR line at its position.
type placed struct {
	position int
	char     rune
}

// line gives the characters of the MICR line of a check.
func (f *Form) line(number int64) []placed {
	var all []placed
	put := func(leftmost int, text string) {
		for i, r := range text {
			if r != ' ' {
				all = append(all, placed{leftmost - i, r})
			}
		}
	}
	serial := fmt.Sprintf("%0*d", f.serialDigits(), number)
	put(auxEnd+len(serial)+1, string(symOnUs)+serial+string(symOnUs))
	put(transitEnd+10, string(symTransit)+f.Bank.Routing+string(symTransit))
	put(lastOnUs, f.onUs())
	return all
}

// onUs gives the on-us field from its leftmost position, as the bank has it or in the common form.
func (f *Form) onUs() string {
	if f.Bank.OnUs != "" {
		return f.Bank.OnUs
	}
	return " " + strings.ReplaceAll(f.Bank.Account, "-", string(symDash)) + string(symOnUs)
}

// micr draws the MICR line of a check whose lower edge is at y.
func micr(d *paper.Doc, y float64, line []placed) {
	for _, p := range line {
		left := paper.Width - edge - float64(p.position)*pitch
		d.Fill(left+bearing, y-base, 1/half, glyphs()[p.char])
	}
}
