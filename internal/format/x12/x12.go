// Package x12 reads ANSI ASC X12 interchanges: the envelopes of any transaction set, and two sets whole, 820 (payment order and
// remittance advice) and 812 (credit or debit adjustment).
//
//   - A *segment* is a code and its *elements*, numbered from 1; RMR04 is the fourth element of a segment RMR.
//   - An *interchange* (ISA to IEA) has *groups* (GS to GE), a group has *sets* (ST to SE). Each envelope says at its end how much was in
//     it, and repeats its control number.
//   - The separators of elements and components and the end of a segment are what the interchange says they are: bytes 4, 105 and
//     106 of it.
//   - The *version* of a group is GS08, such as 004010 or 004010UCS. What ADX01 means depends on it: see [ReducesPayment].
//
// Invariants: what does not agree with its envelope is refused whole, naming the segment and the element; amounts stay the decimals that
// they were written as; sizes are bounded.
//
// Source: ASC X12.5 (interchange control structures), X12.22 (segment directory), releases 003030 to 005010.
package x12

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// Limits of what is read.
const (
	MaxBytes    = 16 << 20
	maxElements = 64   // of a segment; the longest of the standard has fewer
	maxElement  = 4096 // bytes of an element
	maxSegments = 500_000
	isaBytes    = 106
)

// Segment is a segment. N counts from 1 in its file, so that an error can name it.
type Segment struct {
	ID       string
	N        int
	elements []string
}

// At gives element i, from 1; blank when the segment is shorter.
func (s Segment) At(i int) string {
	if i > len(s.elements) {
		return ""
	}
	return s.elements[i-1]
}

// Place names the segment for a person.
func (s Segment) Place() string { return fmt.Sprintf("segment %d (%s)", s.N, s.ID) }

// wrong makes an error about an element of the segment, or (0) about all of it.
func (s Segment) wrong(element int, format string, args ...any) error {
	place := s.Place()
	if element > 0 {
		place += fmt.Sprintf(", %s%02d", s.ID, element)
	}
	return fault.New(fault.Invalid, format, args...).At(place).ByRule("x12")
}

// Interchange is what stands between ISA and IEA.
type Interchange struct {
	Sender, Receiver string // identifications, without their qualifiers
	Control          string
	Groups           []Group
}

// Group is what stands between GS and GE.
type Group struct {
	Code             string // RA of an 820, CD of an 812
	Sender, Receiver string
	Date             civil.Date
	Control          string
	Version          string
	Sets             []Set
}

// Set is what stands between ST and SE, without them.
type Set struct {
	ID       string // such as 820
	Control  string
	Start    Segment
	Segments []Segment
}

// Is says whether a file looks like an interchange.
func Is(data []byte) bool {
	return strings.HasPrefix(strings.TrimLeft(string(data[:min(len(data), 64)]), "\ufeff \t\r\n"), "ISA")
}

// Parse reads the interchanges of a file.
func Parse(data []byte) ([]Interchange, error) {
	if len(data) > MaxBytes {
		return nil, fault.New(fault.Limited, "the file has %d bytes; at most %d are read, ask for smaller ones", len(data), MaxBytes).ByRule("too_large")
	}
	text := string(data)
	if !utf8.ValidString(text) {
		text = latin1(data)
	}
	p := &parser{text: strings.TrimPrefix(text, "\ufeff")}
	var all []Interchange
	for {
		p.text = strings.TrimLeft(p.text, " \t\r\n")
		if p.text == "" {
			break
		}
		ic, err := p.interchange()
		if err != nil {
			return nil, err
		}
		all = append(all, *ic)
	}
	if all == nil {
		return nil, fault.New(fault.Invalid, "the file is empty; an X12 file begins with ISA").ByRule("x12")
	}
	return all, nil
}

// latin1 reads a file that is not UTF-8 as ISO 8859-1, as older senders write names.
func latin1(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// parser is the reading of a file.
type parser struct {
	text      string // what is left
	element   string // separator
	end       string // of a segment
	component string
	n         int // segments so far
}

// isaWidths are the lengths of ISA01 to ISA16, which are fixed.
var isaWidths = [...]int{2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1}

// header reads ISA, whose own bytes say how the rest is parted.
func (p *parser) header() (Segment, error) {
	p.n++
	isa := Segment{ID: "ISA", N: p.n}
	if !strings.HasPrefix(p.text, "ISA") {
		return isa, fault.New(fault.Invalid, "%q stands where an interchange begins; expected ISA", short(p.text)).At(fmt.Sprintf("segment %d", p.n)).ByRule("x12")
	}
	if len(p.text) < isaBytes {
		return isa, isa.wrong(0, "has %d bytes; ISA has %d", len(p.text), isaBytes)
	}
	p.element, p.component, p.end = p.text[3:4], p.text[104:105], p.text[105:106]
	at := 3
	for i, width := range isaWidths {
		if p.text[at:at+1] != p.element || strings.Contains(p.text[at+1:at+1+width], p.element) {
			return isa, isa.wrong(i+1, "does not have its %d characters, so that ISA is not %d bytes long; ask the sender for a file that was not changed", width, isaBytes)
		}
		isa.elements = append(isa.elements, strings.TrimSpace(p.text[at+1:at+1+width]))
		at += 1 + width
	}
	for what, c := range map[string]string{"elements": p.element, "components": p.component, "segments": p.end} {
		if c == " " || c[0] >= utf8.RuneSelf || strings.ContainsAny(c, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
			return isa, isa.wrong(0, "parts its %s by %q; expected a sign such as * or ~", what, c)
		}
	}
	if p.element == p.end || p.element == p.component || p.end == p.component {
		return isa, isa.wrong(0, "parts two things by the same sign %q; elements, components and segments need one each", p.element)
	}
	p.text = p.text[isaBytes:]
	return isa, nil
}

// next reads a segment.
func (p *parser) next(within string) (Segment, error) {
	p.text = strings.TrimLeft(p.text, "\r\n")
	if strings.TrimSpace(p.text) == "" {
		return Segment{}, fault.New(fault.Invalid, "the file ends after segment %d, within %s; it was cut off, ask for it again", p.n, within).At(fmt.Sprintf("segment %d", p.n)).ByRule("x12_cut_off")
	}
	p.n++
	if p.n > maxSegments {
		return Segment{}, fault.New(fault.Limited, "the file has more than %d segments; ask for smaller ones", maxSegments).ByRule("too_large")
	}
	raw, rest, found := strings.Cut(p.text, p.end)
	s := Segment{N: p.n}
	if !found {
		return s, fault.New(fault.Invalid, "%q has no end (%q); the file was cut off, ask for it again", short(raw), p.end).At(fmt.Sprintf("segment %d", p.n)).ByRule("x12_cut_off")
	}
	p.text = rest
	parts := strings.SplitN(raw, p.element, maxElements+2)
	s.ID = strings.TrimSpace(parts[0])
	if !isCode(s.ID) {
		return s, fault.New(fault.Invalid, "%q is no segment; one begins with two or three letters and digits", short(raw)).At(fmt.Sprintf("segment %d", p.n)).ByRule("x12")
	}
	if len(parts) > maxElements+1 {
		return s, s.wrong(0, "has more than %d elements", maxElements)
	}
	for i, e := range parts[1:] {
		if len(e) > maxElement {
			return s, s.wrong(i+1, "has %d bytes; at most %d are read", len(e), maxElement)
		}
		if bad := strings.IndexFunc(e, func(r rune) bool { return r < ' ' || r == 0x7f }); bad >= 0 {
			return s, s.wrong(i+1, "holds the control character U+%04X", e[bad])
		}
		s.elements = append(s.elements, strings.TrimSpace(e))
	}
	return s, nil
}

func isCode(id string) bool {
	return (len(id) == 2 || len(id) == 3) && id[0] >= 'A' && id[0] <= 'Z' &&
		strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

func (p *parser) interchange() (*Interchange, error) {
	isa, err := p.header()
	if err != nil {
		return nil, err
	}
	ic := &Interchange{Sender: isa.At(6), Receiver: isa.At(8), Control: isa.At(13)}
	for {
		s, err := p.next("the interchange " + ic.Control)
		if err != nil {
			return nil, err
		}
		switch s.ID {
		case "GS":
			g, err := p.group(s)
			if err != nil {
				return nil, err
			}
			ic.Groups = append(ic.Groups, *g)
		case "IEA":
			if err := s.counts(len(ic.Groups), "groups"); err != nil {
				return nil, err
			}
			return ic, s.repeats(isa, 13)
		case "TA1":
		default:
			return nil, s.wrong(0, "stands where a group (GS) or the end of the interchange (IEA) is expected")
		}
	}
}

// counts compares the first element of a trailer with what was counted.
func (s Segment) counts(n int, what string) error {
	if said, err := strconv.Atoi(s.At(1)); err != nil || said != n {
		return s.wrong(1, "says %q %s, but there are %d; the file is not whole, ask for it again", s.At(1), what, n)
	}
	return nil
}

// repeats compares the control number of a trailer with that of its header.
func (s Segment) repeats(header Segment, element int) error {
	was, is := header.At(element), s.At(2)
	a, aerr := strconv.Atoi(was)
	b, berr := strconv.Atoi(is)
	if was == is || aerr == nil && berr == nil && a == b {
		return nil
	}
	return s.wrong(2, "is %q, but %s%02d is %q; the file is not whole, ask for it again", is, header.ID, element, was)
}

func (p *parser) group(gs Segment) (*Group, error) {
	g := &Group{Code: gs.At(1), Sender: gs.At(2), Receiver: gs.At(3), Control: gs.At(6), Version: gs.At(8)}
	var err error
	if g.Date, err = gs.Date(4); err != nil {
		return nil, err
	}
	if len(g.Version) < 6 || strings.Trim(g.Version[:6], "0123456789") != "" {
		return nil, gs.wrong(8, "%q is no version; expected one such as 004010", g.Version)
	}
	for {
		s, err := p.next("the group " + g.Control)
		if err != nil {
			return nil, err
		}
		switch s.ID {
		case "ST":
			set, err := p.set(s)
			if err != nil {
				return nil, err
			}
			g.Sets = append(g.Sets, *set)
		case "GE":
			if err := s.counts(len(g.Sets), "transaction sets"); err != nil {
				return nil, err
			}
			return g, s.repeats(gs, 6)
		default:
			return nil, s.wrong(0, "stands where a transaction set (ST) or the end of the group (GE) is expected")
		}
	}
}

func (p *parser) set(st Segment) (*Set, error) {
	set := &Set{ID: st.At(1), Control: st.At(2), Start: st}
	for {
		s, err := p.next("the transaction set " + set.Control)
		if err != nil {
			return nil, err
		}
		switch s.ID {
		case "SE":
			if err := s.counts(len(set.Segments)+2, "segments"); err != nil {
				return nil, err
			}
			return set, s.repeats(st, 2)
		case "ISA", "IEA", "GS", "GE", "ST":
			return nil, s.wrong(0, "stands within the transaction set %s, which has no end (SE)", set.Control)
		}
		set.Segments = append(set.Segments, s)
	}
}

func short(s string) string {
	const most = 40
	for i := range s {
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}
