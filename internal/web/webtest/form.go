package webtest

import (
	"net/url"

	"golang.org/x/net/html"
)

// Form gives the fields of the form that goes to an address, as a browser would send them, and whether there is such a form.
func (a *Answer) Form(action string) (url.Values, bool) {
	for _, f := range a.find("form", "") {
		if attr(f, "action") == action {
			return fields(f), true
		}
	}
	return nil, false
}

func fields(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		if n.Type != html.ElementNode || attr(n, "name") == "" {
			continue
		}
		name := attr(n, "name")
		switch n.Data {
		case "textarea":
			values.Add(name, text(n))
		case "select":
			values.Add(name, chosen(n))
		case "input":
			switch attr(n, "type") {
			case "submit", "file":
			case "checkbox", "radio":
				if has(n, "checked") {
					values.Add(name, attr(n, "value"))
				}
			default:
				values.Add(name, attr(n, "value"))
			}
		}
	}
	return values
}

// chosen gives the value of a select: that of the option that is selected, else of the first.
func chosen(n *html.Node) string {
	first, some := "", false
	for o := range n.Descendants() {
		if o.Type != html.ElementNode || o.Data != "option" {
			continue
		}
		if has(o, "selected") {
			return attr(o, "value")
		}
		if !some {
			first, some = attr(o, "value"), true
		}
	}
	return first
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// URL gives the whole address of a path of the site.
func (r *Reader) URL(path string) string { return r.site.URL + path }
