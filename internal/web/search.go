package web

import (
	"strings"

	"quittance/internal/app"
	"quittance/internal/web/ui"
)

const hitsMost = 6 // of each kind

// hit is something that was found, and where it is.
type hit struct {
	code, name, kind, href string
}

func (s *site) routesSearch() {
	s.in("", "GET /search", s.search)
}

// search finds pages, parties and documents by how they begin. The palette shows the same hits.
func (s *site) search(v *visit) error {
	text := strings.TrimSpace(v.query("q"))
	hits := v.pages(text)
	if text != "" {
		found, err := v.app.Search(v.ctx, v.call(), text, hitsMost)
		if err != nil {
			return err
		}
		for _, h := range found {
			hits = append(hits, hit{code: h.Code, name: h.Name, kind: v.say("kind." + h.Kind), href: v.hitPath(h)})
		}
	}
	return v.show(ui.Page{Title: v.say("search.title"), Narrow: true}, searchBody(text, hits))
}

// pages gives the pages whose names hold the text.
func (v *visit) pages(text string) (hits []hit) {
	for _, g := range v.frame.Nav {
		for _, item := range g.Items {
			if name := v.say("nav." + item.Key); strings.Contains(strings.ToLower(name), strings.ToLower(text)) {
				hits = append(hits, hit{name: name, kind: v.say("search.pages"), href: item.Href})
			}
		}
	}
	return hits
}

func (v *visit) hitPath(h app.Hit) string {
	switch h.Kind {
	case "account":
		return v.path("accounts", h.Code)
	case "payment_journal":
		return v.path("payments", h.Code)
	case "vendor_payment_journal":
		return v.path("vendor-payments", h.Code)
	case "vendor_payment":
		return v.paymentPath(h.Code)
	case "bank_statement":
		return v.bankPath(h.Code)
	default:
		return v.path(h.Kind+"s", h.Code)
	}
}
