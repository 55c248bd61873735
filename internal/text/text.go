// Package text holds what the program says to people, in more than one language.
//
//   - A *catalogue* is the texts of one language by *key*, such as nav.home. It stands in files of lines "key = text" in a folder
//     named after the language; the files of all languages have the same names.
//   - A *placeholder* is {name} in a text. A text with a bar between two forms has one for exactly one and one for any other
//     number of {n}: "{n} credit | {n} credits".
//   - A *language* is chosen by what a person set, else by what the browser accepts, else it is English.
//
// Invariants, tested: every language has the same keys with the same placeholders, and no key twice. Messages of [fault.Error] are
// English; a language may have a text of its own for a rule, under rule.NAME.
package text

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/text/language"
)

//go:embed en de
var files embed.FS

// Language is a language with its catalogue.
type Language struct {
	Code  string // such as en
	Name  string // in itself
	texts map[string]string
}

// The languages. The first is taken when nothing else fits.
var (
	English = load("en", "English")
	German  = load("de", "Deutsch")
)

// Languages gives all languages.
func Languages() []*Language { return []*Language{English, German} }

var matcher = language.NewMatcher([]language.Tag{language.English, language.German})

// Choose gives the language with the code, or, when there is none, the one that fits an Accept-Language header best.
func Choose(code, accept string) *Language {
	for _, l := range Languages() {
		if l.Code == code {
			return l
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return English
	}
	_, i, _ := matcher.Match(wanted...)
	return Languages()[i]
}

// load reads a catalogue, which is part of the program: a line that is wrong stops it at its start.
func load(code, name string) *Language {
	l := &Language{Code: code, Name: name, texts: map[string]string{}}
	entries, err := fs.ReadDir(files, code)
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		b, err := fs.ReadFile(files, code+"/"+e.Name())
		if err != nil {
			panic(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			key, value, ok := strings.Cut(line, " = ")
			if _, twice := l.texts[key]; !ok || twice {
				panic(fmt.Sprintf("text: %s/%s:%d: expected \"key = text\" with a new key, not %q", code, e.Name(), i+1, line))
			}
			l.texts[key] = value
		}
	}
	return l
}

// Has says whether there is a text with the key.
func (l *Language) Has(key string) bool { _, ok := l.texts[key]; return ok }

// Keys gives the keys, in no order.
func (l *Language) Keys() []string {
	keys := make([]string, 0, len(l.texts))
	for k := range l.texts {
		keys = append(keys, k)
	}
	return keys
}

// Raw gives the text with its placeholders.
func (l *Language) Raw(key string) string { return l.texts[key] }

// Say gives the text with the placeholders filled from pairs of name and value. A key without a text is given as it is.
func (l *Language) Say(key string, pairs ...any) string {
	text, ok := l.texts[key]
	if !ok {
		return key
	}
	if one, other, two := strings.Cut(text, " | "); two {
		text = other
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == "n" && fmt.Sprint(pairs[i+1]) == "1" {
				text = one
			}
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+fmt.Sprint(pairs[i])+"}", fmt.Sprint(pairs[i+1]))
	}
	return text
}
