package check_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"quittance/internal/format/check"
)

// modules are the characters E-13B as a reader sees them: 7 by 9 modules of 0.013 inch from the upper left corner, dark (#), light (.),
// or cut by an edge (?). They are written by hand from the drawings of the standard, to be held against the printed page.
var modules = map[string]string{
	"0": "?#####? #.....# #.....# #.....# #.....# #.....# #.....# #.....# ?#####?",
	"1": "...##.. ...?#.. ....#.. ....#.. ....#.. ...#### ...#### ...#### ...####",
	"2": "...#### ......# ......# ......# ...#### ...#... ...#... ...#... ...####",
	"3": "..####. .....#. .....#. .....#. ..####? .....## .....## .....## ..#####",
	"4": ".##.... .##.... .##.... .##.... .##.... .##..## .###### .....## .....##",
	"5": "..##### ..#.... ..#.... ..#.... ..##### ......# ......# ......# ..#####",
	"6": ".####.. .#..#.. .#..?.. .#..... .#..... .###### .#....# .#....# .######",
	"7": "..##### ..#...# ..#...# ....??# ....#?? ....#.. ....#.. ....#.. ....#..",
	"8": ".#####. .#...#. .#...#. .#...#. ?#####? ##...## ##...## ##...## #######",
	"9": ".###### .#....# .#....# .#....# .###### .....## .....## .....## .....##",
	"T": "....### ??..### ##..### ##..... ##..... ##..... ##..### ??..### ....###",
	"O": "....??? ?.?.### #.#.### #.#.### #.#.??? #.#.... #.#.... ?.?.... .......",
	"D": "....... ....... ??.??.? ##.##.# ##.##.# ##.##.# ??.??.? ....... .......",
}

const dpi = 600

// strip is a strip of a page in grey, so many inches from its top.
type strip struct {
	top, width int // dots
	gray       []byte
}

// ink says whether the page is dark at a place, in inches; the strip ends where the paper does.
func (s strip) ink(x, y float64) bool {
	i := (int(y*dpi)-s.top)*s.width + int(x*dpi)
	return i >= 0 && i < len(s.gray) && s.gray[i] < 128
}

// scan gives the strip of the first page of a PDF from 0.75 inch above an edge to it.
func scan(t *testing.T, pdf []byte, edge float64) strip {
	t.Helper()
	path := filepath.Join(t.TempDir(), "check.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	s := strip{top: int((edge - 0.75) * dpi), width: 8.5 * dpi}
	out, err := exec.Command("pdftoppm", "-r", strconv.Itoa(dpi), "-gray", "-singlefile", "-x", "0", "-y", strconv.Itoa(s.top),
		"-W", strconv.Itoa(s.width), "-H", strconv.Itoa(0.75*dpi), path).Output()
	if err != nil {
		t.Fatalf("pdftoppm: %v; the tests of printed pages need it: apt-get install poppler-utils", err)
	}
	head := fmt.Sprintf("P5\n%d %d\n255\n", s.width, int(0.75*dpi))
	gray, ok := bytes.CutPrefix(out, []byte(head))
	if !ok {
		t.Fatalf("pdftoppm gave no strip of %d dots: %q", s.width, out[:min(len(out), 30)])
	}
	s.gray = gray
	return s
}

// read reads the MICR line of a check whose lower edge is at the given inch from the top of the page, and whose print is shifted to the
// right and down: 65 positions of an eighth of an inch, the first of which ends 5/16 inch from the right edge.
func read(t *testing.T, page strip, edge, dx, dy float64) string {
	t.Helper()
	const module, wide, high = 0.013, 7, 9
	foot := edge - 5.0/16 + 0.117/2 + dy // the line stands in the middle of its band
	var all strings.Builder
	for position := 65; position >= 1; position-- {
		left := 8.5 - 5.0/16 - float64(position)/8 + (1.0/8-wide*module)/2 + dx
		var seen strings.Builder
		for row := range high {
			for column := range wide {
				if page.ink(left+(float64(column)+0.5)*module, foot-(float64(high-row)-0.5)*module) {
					seen.WriteByte('#')
				} else {
					seen.WriteByte('.')
				}
			}
			seen.WriteByte(' ')
		}
		all.WriteString(name(t, position, strings.TrimSpace(seen.String())))
	}
	return all.String()
}

// name gives the character that was seen at a position.
func name(t *testing.T, position int, seen string) string {
	t.Helper()
	if !strings.Contains(seen, "#") {
		return " "
	}
next:
	for char, want := range modules {
		for i := range want {
			if want[i] != '?' && want[i] != seen[i] {
				continue next
			}
		}
		return char
	}
	t.Errorf("position %d has no character of E-13B:\n%s", position, strings.ReplaceAll(seen, " ", "\n"))
	return "?"
}

// TestMICR reads the line back from the printed page by the shapes and the places that the standards give.
func TestMICR(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*check.Form, *check.Check)
		want   string // without the blanks on its left
		edge   float64
		dx, dy float64
	}{
		"Top":        {func(*check.Form, *check.Check) {}, "O001042O T021000021T 790D319013O" + strings.Repeat(" ", 20), 3.5, 0, 0},
		"Middle":     {func(f *check.Form, c *check.Check) { f.Style, c.Number = check.Middle, 987654321012 }, "O987654321012O T021000021T 790D319013O" + strings.Repeat(" ", 20), 7, 0, 0},
		"Bottom":     {func(f *check.Form, c *check.Check) { f.Style, f.Bank.Account = check.Bottom, "12345678901234567" }, "O001042O T021000021T 12345678901234567O" + strings.Repeat(" ", 13), 11, 0, 0},
		"Shifted":    {func(f *check.Form, _ *check.Check) { f.OffsetX, f.OffsetY = 127, -254 }, "O001042O T021000021T 790D319013O" + strings.Repeat(" ", 20), 3.5, 0.05, -0.1},
		"BankFormat": {func(f *check.Form, _ *check.Check) { f.Bank.OnUs, f.SerialDigits = "790319013O1042O", 8 }, "O00001042O T021000021T790319013O1042O" + strings.Repeat(" ", 17), 3.5, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f, one := form(check.Top), worked()
			c.change(&f, &one)
			pdf, err := check.Print(f, made, []check.Check{one})
			if err != nil {
				t.Fatal(err)
			}
			page := scan(t, pdf, c.edge)
			if got := read(t, page, c.edge, c.dx, c.dy); strings.TrimLeft(got, " ") != c.want {
				t.Errorf("the line reads\n%q, want\n%q", strings.TrimLeft(got, " "), c.want)
			}
			clear(t, page, c.edge, c.dy)
		})
	}
}

// clear checks that nothing stands in the lowest 5/8 inch of the check but in the band of a quarter inch for the MICR line.
func clear(t *testing.T, page strip, edge, dy float64) {
	t.Helper()
	for y := edge - 0.625 + dy; y < edge+min(dy, 0); y += 1.0 / dpi {
		if inch := edge + dy - y; inch > 3.0/16 && inch < 7.0/16 {
			continue
		}
		for x := range page.width {
			if page.ink(float64(x)/dpi, y) {
				t.Fatalf("the clear band has ink at %.3f, %.3f inch", float64(x)/dpi, y)
			}
		}
	}
}
