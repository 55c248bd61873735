package web

import (
	"net/http"

	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesHome() {
	s.signed("home", "GET /{$}", s.start)
	s.in("home", "GET /{$}", s.home)
	s.mux.HandleFunc("GET /c/{company}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, ui.CompanyPath(r.PathValue("company"))+"/", http.StatusMovedPermanently)
	})
}

// start leads to the company looked at last, or says how to get one.
func (s *site) start(v *visit) error {
	if v.code != "" {
		return v.redirect(v.path())
	}
	e := ui.Empty{Title: v.say("company.none"), Lead: v.say("company.none_lead")}
	if v.actor.Allow(identity.Read) != nil {
		e = ui.Empty{Title: v.say("company.none_role"), Lead: v.say("company.none_role_lead")}
	}
	return v.show(ui.Page{Title: v.say("nav.home"), Narrow: true}, ui.EmptyState(e))
}

// home is the company's first page.
func (s *site) home(v *visit) error {
	return v.show(ui.Page{Title: v.say("nav.home")}, ui.Tabs(v.say("nav.main"), []ui.Tab{{Text: v.say("nav.customers"), Href: v.path("customers")}}))
}
