package ui

import (
	"strings"
	"unicode/utf8"

	"quittance/internal/text"
)

func languages() []*text.Language { return text.Languages() }

// keys are the keys that work on every page, with the keys of their texts.
func keys() [][2]string {
	return [][2]string{
		{"/", "help.search"},
		{"Ctrl K", "help.palette"},
		{"j", "help.next"},
		{"k", "help.previous"},
		{"x", "help.select"},
		{"Enter", "help.open"},
		{"?", "help.help"},
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func initial(code string) string {
	r, n := utf8.DecodeRuneInString(code)
	if n == 0 {
		return "·"
	}
	return strings.ToUpper(string(r))
}
