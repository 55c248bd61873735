// Package latin writes texts with the few characters that payment systems take.
//
//   - A *set* says which characters a system takes: [ASCII] (printable, as in ACH files), [SEPA] (the basic set of the European
//     schemes).
//   - To *fold* a text is to write what is outside a set with what is inside it, as people of that language would in a telegram:
//     é as e, ß as ss, Θ as TH, Ж as ZH.
//
// Invariants: what is folded holds characters of the set alone; a character that has no known spelling is never dropped or replaced by
// a filler, it is given back as lost, so that the caller can refuse the text.
//
// Source: European Payments Council, EPC217-08 (SEPA requirements for an extended character set, best practices: conversion table).
package latin

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Set says whether a system takes a character.
type Set func(r rune) bool

// ASCII is every printable character of ASCII, the set of ACH files. Source: Nacha Operating Rules, Appendix Three.
func ASCII(r rune) bool { return r >= ' ' && r <= '~' }

// SEPA is the basic Latin set of the SEPA schemes, which is that of SWIFT (x). Source: EPC132-08, 1.4.
func SEPA(r rune) bool {
	switch r {
	case ' ', '/', '-', '?', ':', '(', ')', '.', ',', '\'', '+':
		return true
	}
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// spellings are tried in order; the first that is in the set is taken.
var spellings = map[rune][]string{
	'ß': {"ss"}, 'ẞ': {"SS"}, 'Æ': {"AE"}, 'æ': {"ae"}, 'Œ': {"OE"}, 'œ': {"oe"}, 'Ø': {"O"}, 'ø': {"o"}, 'Ł': {"L"}, 'ł': {"l"},
	'Đ': {"D"}, 'đ': {"d"}, 'Ð': {"D"}, 'ð': {"d"}, 'Þ': {"TH"}, 'þ': {"th"}, 'Ħ': {"H"}, 'ħ': {"h"}, 'ı': {"i"}, 'ĸ': {"k"}, 'Ŋ': {"N"}, 'ŋ': {"n"}, 'Ŧ': {"T"}, 'ŧ': {"t"}, 'ŉ': {"'n"}, 'ſ': {"s"},
	'‘': {"'"}, '’': {"'"}, '‚': {","}, '“': {`"`, "'"}, '”': {`"`, "'"}, '„': {`"`, "'"}, '«': {`"`, "'"}, '»': {`"`, "'"}, '‹': {"'"}, '›': {"'"}, '`': {"'"}, '´': {"'"},
	'‐': {"-"}, '‑': {"-"}, '‒': {"-"}, '–': {"-"}, '—': {"-"}, '−': {"-"}, '…': {"..."}, '·': {"."}, '•': {"."}, '€': {"EUR"}, '£': {"GBP"}, '№': {"No"}, 'ª': {"a"}, 'º': {"o"}, '°': {"o"}, '×': {"x"},
	'\t': {" "}, '\n': {" "}, '\r': {" "}, '\u00a0': {" "}, '\u2009': {" "}, '\u202f': {" "},
	'!': {"."}, '"': {"'"}, '#': {"."}, '$': {"."}, '%': {"."}, '&': {"+"}, '*': {"."}, ';': {","}, '<': {"."}, '=': {"."}, '>': {"."}, '@': {"."},
	'[': {"("}, ']': {")"}, '{': {"("}, '}': {")"}, '\\': {"/"}, '|': {"/"}, '^': {"."}, '_': {"-"}, '~': {"-"},
	'Α': {"A"}, 'Β': {"V"}, 'Γ': {"G"}, 'Δ': {"D"}, 'Ε': {"E"}, 'Ζ': {"Z"}, 'Η': {"I"}, 'Θ': {"TH"}, 'Ι': {"I"}, 'Κ': {"K"}, 'Λ': {"L"}, 'Μ': {"M"},
	'Ν': {"N"}, 'Ξ': {"X"}, 'Ο': {"O"}, 'Π': {"P"}, 'Ρ': {"R"}, 'Σ': {"S"}, 'Τ': {"T"}, 'Υ': {"Y"}, 'Φ': {"F"}, 'Χ': {"CH"}, 'Ψ': {"PS"}, 'Ω': {"O"}, 'ς': {"s"},
	'А': {"A"}, 'Б': {"B"}, 'В': {"V"}, 'Г': {"G"}, 'Д': {"D"}, 'Е': {"E"}, 'Ж': {"ZH"}, 'З': {"Z"}, 'И': {"I"}, 'Й': {"Y"}, 'К': {"K"}, 'Л': {"L"}, 'М': {"M"}, 'Н': {"N"}, 'О': {"O"},
	'П': {"P"}, 'Р': {"R"}, 'С': {"S"}, 'Т': {"T"}, 'У': {"U"}, 'Ф': {"F"}, 'Х': {"H"}, 'Ц': {"TS"}, 'Ч': {"CH"}, 'Ш': {"SH"}, 'Щ': {"SHT"}, 'Ъ': {"A"}, 'Ь': {"Y"}, 'Ю': {"YU"}, 'Я': {"YA"},
}

// Fold writes s with characters of the set alone, in NFC and without spaces at its ends. lost has each character once that could not be
// written; it is blank when all could.
func Fold(s string, in Set) (folded, lost string) {
	if plain(s, in) {
		return strings.TrimSpace(s), ""
	}
	var b, bad strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFC.String(s) {
		if in(r) {
			b.WriteRune(r)
			continue
		}
		written, ok := spell(r, in)
		switch {
		case ok:
			b.WriteString(written)
		case !strings.ContainsRune(bad.String(), r):
			bad.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String()), bad.String()
}

// plain says whether a text is of ASCII and of the set: most are.
func plain(s string, in Set) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || !in(rune(s[i])) {
			return false
		}
	}
	return true
}

// spell writes a character with those of a set.
func spell(r rune, in Set) (string, bool) {
	if in(r) {
		return string(r), true
	}
	for _, s := range spellings[r] {
		if all(s, in) {
			return s, true
		}
	}
	if upper := unicode.ToUpper(r); upper != r { // the tables of Greek and Cyrillic have capitals
		for _, s := range spellings[upper] {
			if s = strings.ToLower(s); all(s, in) {
				return s, true
			}
		}
	}
	base, marks := rune(0), true
	for i, d := range []rune(norm.NFD.String(string(r))) {
		if i == 0 {
			base = d
		} else {
			marks = marks && unicode.Is(unicode.Mn, d)
		}
	}
	if base == r || !marks {
		return "", unicode.Is(unicode.Mn, r) // a mark that NFC could not join: its letter stands before it
	}
	return spell(base, in)
}

func all(s string, in Set) bool {
	for _, r := range s {
		if !in(r) {
			return false
		}
	}
	return true
}
