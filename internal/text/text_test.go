package text_test

import (
	"regexp"
	"slices"
	"testing"

	"quittance/internal/text"
)

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// TestCatalogues holds all languages to the same keys and placeholders.
func TestCatalogues(t *testing.T) {
	for _, l := range text.Languages()[1:] {
		for _, key := range text.English.Keys() {
			if !l.Has(key) {
				t.Errorf("%s lacks %s", l.Code, key)
				continue
			}
			if want, got := placeholders(text.English, key), placeholders(l, key); !slices.Equal(want, got) {
				t.Errorf("%s %s has the placeholders %v, English has %v", l.Code, key, got, want)
			}
		}
		for _, key := range l.Keys() {
			if !text.English.Has(key) {
				t.Errorf("%s has %s, which English lacks", l.Code, key)
			}
		}
	}
}

func placeholders(l *text.Language, key string) []string {
	all := placeholder.FindAllString(l.Raw(key), -1)
	slices.Sort(all)
	return slices.Compact(all)
}

func TestChoose(t *testing.T) {
	for _, c := range []struct{ code, accept, want string }{
		{"de", "en", "de"},
		{"", "de-AT,de;q=0.9,en;q=0.5", "de"},
		{"", "fr,es", "en"},
		{"xx", "", "en"},
		{"", ";;;q=", "en"},
	} {
		if got := text.Choose(c.code, c.accept).Code; got != c.want {
			t.Errorf("Choose(%q, %q) is %s, want %s", c.code, c.accept, got, c.want)
		}
	}
}

func TestSay(t *testing.T) {
	for _, c := range []struct {
		key   string
		pairs []any
		want  string
	}{
		{"count.selected", []any{"n", 1}, "1 selected"},
		{"count.rows", []any{"n", 1}, "1 row"},
		{"count.rows", []any{"n", "1,200"}, "1,200 rows"},
		{"no.such.key", nil, "no.such.key"},
	} {
		if got := text.English.Say(c.key, c.pairs...); got != c.want {
			t.Errorf("%s with %v is %q, want %q", c.key, c.pairs, got, c.want)
		}
	}
}
