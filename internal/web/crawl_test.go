package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/text"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// lakemont is the sample company, with a run posted.
func lakemont(t *testing.T) *apptest.Door {
	t.Helper()
	a, err := app.Open(context.Background(), sample(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return &apptest.Door{App: a}
}

var (
	number = regexp.MustCompile(`[0-9]+|after=[^&]*|RB-|RV-|C-|V-|(customers|vendors|vouchers|accounts|parties)/[^/?]*|(from|to|subject|fund|currency|reason|account)=[^&]*`)
	aKey   = regexp.MustCompile(`\b[a-z_]+\.[a-z_]+\b`)
)

// Every link of every page leads to a page, and no page shows the key of a text instead of the text. Pages of one kind, whose addresses
// differ by numbers only, are looked at a few times each.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	s := webtest.Serve(t, lakemont(t), web.Options{})
	for _, role := range []identity.Role{identity.Administrator, identity.Viewer} {
		t.Run(string(role), func(t *testing.T) { crawl(t, s.SignedIn(role), 1) })
	}
}

func crawl(t *testing.T, r *webtest.Reader, each int) {
	keys := map[string]bool{}
	for _, k := range text.English.Keys() {
		keys[k] = true
	}
	seen, kinds := map[string]bool{"/": true}, map[string]int{}
	todo := []string{"/"}
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		a := r.Get(path)
		if a.Status != http.StatusOK && !(a.Status == http.StatusConflict && strings.HasSuffix(path, "/reverse")) { // it may not be reversed today
			t.Errorf("%s answers %d: %s", path, a.Status, a.Text())
			continue
		}
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, word := range aKey.FindAllString(a.Text(), -1) {
			if group, _, _ := strings.Cut(word, "."); keys[word] || group == "type" || group == "home" || group == "party" || group == "reason" {
				t.Errorf("%s shows the key %s", path, word)
			}
		}
		for _, link := range a.Links() {
			u, err := url.Parse(link)
			if err != nil || u.Host != "" || u.Path == "" {
				continue
			}
			base, _ := url.Parse(a.Path)
			u = base.ResolveReference(u)
			u.Fragment = ""
			kind := number.ReplaceAllString(u.RequestURI(), "$1$2#")
			if !seen[u.RequestURI()] && kinds[kind] < each {
				seen[u.RequestURI()] = true
				kinds[kind]++
				todo = append(todo, u.RequestURI())
			}
		}
	}
	t.Logf("%d pages of %d kinds", len(seen), len(kinds))
}
