package webtest

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// check fails the test when the page holds what its policy forbids, or its policy forbids too little.
func (a *Answer) check(t testing.TB) {
	t.Helper()
	policy := a.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%s: the policy %q lacks %s", a.Path, policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("%s: the policy %q allows what is unsafe", a.Path, policy)
	}
	ids := map[string]bool{}
	for n := range a.doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "style" || n.Data == "script" && attr(n, "src") == "" {
			t.Errorf("%s: there is a <%s> in the page", a.Path, n.Data)
		}
		for _, at := range n.Attr {
			switch {
			case at.Key == "style", strings.HasPrefix(at.Key, "on"), strings.HasPrefix(at.Key, "hx-on"), strings.HasPrefix(strings.TrimSpace(at.Val), "javascript:"), strings.HasPrefix(at.Val, "js:"):
				t.Errorf("%s: <%s %s=%q> in the page", a.Path, n.Data, at.Key, at.Val)
			case at.Key == "id" && ids[at.Val]:
				t.Errorf("%s: the id %q stands twice in the page", a.Path, at.Val)
			case at.Key == "id":
				ids[at.Val] = true
			}
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text gives the text below a node, with single spaces.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// find gives the nodes of an element with a class; a blank class is any.
func (a *Answer) find(element, class string) (all []*html.Node) {
	if a.doc == nil {
		return nil
	}
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == element && (class == "" || slices.Contains(strings.Fields(attr(n, "class")), class)) {
			all = append(all, n)
		}
	}
	return all
}

// Text gives what the main part of the page says.
func (a *Answer) Text() string {
	for _, n := range a.find("main", "") {
		return text(n)
	}
	return a.Body
}

// Title gives the heading of the page.
func (a *Answer) Title() string {
	for _, n := range a.find("h1", "") {
		return text(n)
	}
	return ""
}

// Notice gives what was said after a change.
func (a *Answer) Notice() string {
	for _, n := range a.find("div", "notice") {
		return text(n)
	}
	return ""
}

// Rows gives the texts of the cells of the data tables, heads and sums left out.
func (a *Answer) Rows() (rows [][]string) {
	for _, table := range a.find("table", "data") {
		for n := range table.Descendants() {
			if n.Data != "tr" || n.Parent.Data != "tbody" {
				continue
			}
			var cells []string
			for c := range n.ChildNodes() {
				if c.Data == "td" {
					cells = append(cells, text(c))
				}
			}
			rows = append(rows, cells)
		}
	}
	return rows
}

// Links gives the addresses of the links in the main part of the page.
func (a *Answer) Links() (links []string) {
	for _, m := range a.find("main", "") {
		for n := range m.Descendants() {
			if n.Data == "a" {
				links = append(links, attr(n, "href"))
			}
		}
	}
	return links
}

// Field gives the value of a form's field, and whether there is such a one.
func (a *Answer) Field(name string) (string, bool) {
	for _, element := range []string{"input", "textarea"} {
		for _, n := range a.find(element, "") {
			if attr(n, "name") == name {
				if element == "textarea" {
					return text(n), true
				}
				return attr(n, "value"), true
			}
		}
	}
	return "", false
}
