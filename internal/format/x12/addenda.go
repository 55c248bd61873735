package x12

import (
	"strings"
)

// Addenda reads the segments of an 820 that a bank hands on without their envelopes, as in the addenda of a CTX payment: their elements
// are parted by asterisks, and each ends with a backslash or a tilde. It gives what they say as a payment without an amount, the texts
// that are no segments, and their places; n is the number of the first segment.
func Addenda(text string, n int) (*Payment, []string, error) {
	b := &building{Payment: &Payment{}}
	var others []string
	for raw := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == '\\' || c == '~' }) {
		raw = strings.TrimSpace(raw)
		id, rest, found := strings.Cut(raw, "*")
		if !found || !isCode(id) || strings.Count(rest, "*") >= maxElements {
			if raw != "" {
				others = append(others, raw)
			}
			continue
		}
		s := Segment{ID: id, N: n, elements: strings.Split(rest, "*")}
		n++
		if id == "BPR" || id == "ST" || id == "SE" {
			continue
		}
		if err := b.take(s); err != nil {
			return nil, nil, err
		}
	}
	return b.Payment, others, nil
}
