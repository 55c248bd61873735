package web_test

import (
	"testing"

	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// The business pages of the sample company, as people see them.
func TestBusinessPagesInTheBrowser(t *testing.T) {
	s := webtest.Serve(t, lakemont(t), web.Options{})
	b := s.Browser(identity.Administrator)
	const at = "/c/LAKEMONT"
	for _, p := range []struct{ name, path string }{
		{"home", "/"},
		{"customers", "/customers"},
		{"vendors", "/vendors"},
		{"vouchers", "/vouchers"},
		{"new-journal", "/new-journal"},
		{"new-document", "/new-document"},
		{"trial-balance", "/trial-balance"},
		{"trial-balance-fund", "/trial-balance?by=fund"},
		{"periods", "/periods"},
		{"setup", "/setup"},
		{"parameters", "/setup/parameters"},
		{"accounts", "/setup/accounts"},
		{"audit", "/audit"},
		{"verify", "/verify"},
	} {
		b.Open(at + p.path)
		b.Look(p.name)
	}
}
