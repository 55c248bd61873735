package paper

import (
	"encoding/binary"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// Plain gives a text as it can be set: composed (NFC), its white space made single spaces. When it holds a character that cannot be
// set, it gives the first such one, and false.
func Plain(text string) (string, rune, bool) {
	plain := norm.NFC.String(strings.Join(strings.Fields(text), " "))
	for _, r := range plain {
		if !Printable(r) {
			return "", r, false
		}
	}
	return plain, 0, true
}

// Printable says whether a character can be set: the font has it in both weights, it is not written from right to left, and it
// stands by itself (marks that lie over another character are not placed).
func Printable(r rune) bool {
	if r == ' ' {
		return true
	}
	if r > 0xffff || r == unicode.ReplacementChar || !unicode.IsGraphic(r) || unicode.Is(unicode.M, r) || unicode.Is(unicode.Co, r) {
		return false
	}
	if p, _ := bidi.LookupRune(r); p.Class() == bidi.R || p.Class() == bidi.AL {
		return false
	}
	return covered()[r]
}

// covered gives the characters that the font has in both weights.
var covered = sync.OnceValue(func() map[rune]bool {
	all := map[rune]bool{}
	second := cmap(bold)
	for r := range cmap(regular) {
		if second[r] {
			all[r] = true
		}
	}
	return all
})

// cmap reads which characters a TrueType font has: the table cmap, format 4. Source: the OpenType specification, "cmap". The fonts
// are part of the program, so it is lenient about nothing and checks nothing.
func cmap(font []byte) map[rune]bool {
	u16 := func(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
	u32 := func(b []byte, at int) int { return int(binary.BigEndian.Uint32(b[at:])) }
	all := map[rune]bool{}
	for i := range u16(font, 4) {
		entry := font[12+16*i:]
		if string(entry[:4]) != "cmap" {
			continue
		}
		table := font[u32(entry, 8):]
		for j := range u16(table, 2) {
			sub := table[u32(table, 4+8*j+4):]
			if u16(sub, 0) != 4 {
				continue
			}
			segments := u16(sub, 6) / 2
			for s := range segments {
				end, start := u16(sub, 14+2*s), u16(sub, 16+2*(segments+s))
				delta, at := u16(sub, 16+2*(2*segments+s)), 16+2*(3*segments+s)
				for c := start; c <= end && c < 0xffff; c++ {
					glyph := c
					if offset := u16(sub, at); offset != 0 {
						if glyph = u16(sub, at+offset+2*(c-start)); glyph == 0 {
							continue
						}
					}
					if (glyph+delta)&0xffff != 0 {
						all[rune(c)] = true
					}
				}
			}
		}
	}
	return all
}
