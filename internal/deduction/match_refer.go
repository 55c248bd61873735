package deduction

import (
	"slices"
	"strings"
	"unicode"

	"github.com/xrash/smetrics"
)

const (
	leastDigits  = 3  // of a number that says something
	leastLiteral = 5  // letters and digits of a number that is compared as it is written
	leastSimilar = 6  // digits of numbers that may differ by a misprint
	mostKeys     = 12 // of one text
)

// References gives the numbers in a text, by which a credit and a deduction find each other: each number without its letters, signs and
// leading zeros, and, when it has letters, as it is written too, without signs: "CM-000123" gives 123 and CM000123. In free text a
// number that may be a year says nothing.
func References(text string, free bool) []string {
	var keys []string
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:()[]\"", r) }) {
		literal, digits := normalised(field)
		if digits == "" {
			continue
		}
		if d := strings.TrimLeft(digits, "0"); len(d) >= leastDigits && !(free && isYear(d)) {
			keys = append(keys, d)
		}
		if len(literal) >= leastLiteral && literal != digits {
			keys = append(keys, literal)
		}
		if len(keys) >= mostKeys {
			break
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// normalised gives the letters and digits of a number, and its digits.
func normalised(field string) (literal, digits string) {
	var l, d strings.Builder
	for _, r := range field {
		switch {
		case r >= '0' && r <= '9':
			l.WriteRune(r)
			d.WriteRune(r)
		case unicode.IsLetter(r):
			l.WriteRune(unicode.ToUpper(r))
		}
	}
	return l.String(), d.String()
}

func isYear(digits string) bool {
	return len(digits) == 4 && (strings.HasPrefix(digits, "19") || strings.HasPrefix(digits, "20"))
}

// common gives the longest key that both have; blank when none is. Both are sorted.
func common(a, b []string) (longest string) {
	for _, k := range a {
		if _, found := slices.BinarySearch(b, k); found && len(k) > len(longest) {
			longest = k
		}
	}
	return longest
}

// similar gives a key of a that differs from one of b by a single misprint, both being long enough for that to mean something.
func similar(a, b []string) string {
	for _, x := range a {
		for _, y := range b {
			if len(x) < leastSimilar || len(y) < leastSimilar || len(x)-len(y) > 1 || len(y)-len(x) > 1 {
				continue
			}
			if smetrics.WagnerFischer(x, y, 1, 1, 1) == 1 {
				return x
			}
		}
	}
	return ""
}
