package web_test

import (
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

func TestShellInTheBrowser(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		out := s.Browser()
		out.Open("/")
		out.Look("sign-in")
		b := s.Browser(identity.Administrator)
		b.Open("/c/PSUS/customers")
		b.Look("customers")
	})
}
