package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

var statusLink = regexp.MustCompile(`https?://[^/]+(/status/[A-Za-z0-9_-]+)`)

// A clerk makes a link, the customer follows it without an account, in either language; damaged, expired and revoked ones say the same.
func TestStatusPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		if _, err := d.CreateRequest(t.Context(), apptest.Call, app.RequestEntry{Customer: "C-1001", Kind: "overpayment", Credits: []app.RequestCredit{{Credit: "CN-U", Amount: "40.00"}}, Reason: "inside reason", Source: "T-17"}, true); err != nil {
			t.Fatal(err)
		}
		site := webtest.Serve(t, d, options())
		clerk, customer := site.SignedIn(identity.Clerk), site.Reader()
		const at = oneRequest + "/link"
		says(t, submit(t, clerk, clerk.Get(at), at, "days", "many"), http.StatusUnprocessableEntity, "from 1 to 365")
		says(t, submit(t, clerk, clerk.Get(at), at, "days", "900"), http.StatusConflict, "1 to 365 days")
		made := submit(t, clerk, clerk.Get(at), at, "days", "30")
		says(t, made, http.StatusOK, "It is valid until Dec 21, 2026")
		m := statusLink.FindStringSubmatch(made.Text())
		if m == nil {
			t.Fatalf("there is no link:\n%s", made.Text())
		}
		a := customer.Get(m[1])
		says(t, a, http.StatusOK, "Your refund from", "is looking at your request", "$40.00", "Overpayment", "RQ-00000001", "Nov 21, 2026", "not yet")
		for _, inside := range []string{"inside reason", "T-17", "C-1001", "Brightwater", "operator", "clerk", "/c/PSUS"} {
			if strings.Contains(a.Body, inside) {
				t.Errorf("the customer sees %q", inside)
			}
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Set-Cookie": ""} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		req := must(http.NewRequest(http.MethodGet, customer.URL(m[1]), nil))
		req.Header.Set("Accept-Language", "de")
		says(t, customer.Do(req), http.StatusOK, "Ihre Erstattung von", "prüft Ihren Antrag", "Überzahlung", "noch nicht")

		expired := webtest.Serve(t, d.At(t, apptest.Now.AddDate(0, 0, 30)), web.Options{}).Reader().Get(m[1])
		damaged := customer.Get(m[1][:len(m[1])-1])
		says(t, customer.Get("/status/"), http.StatusNotFound)
		const unlink = oneRequest + "/unlink"
		says(t, submit(t, clerk, clerk.Get(at), unlink), http.StatusUnprocessableEntity, "needs a reason")
		says(t, submit(t, clerk, clerk.Get(at), unlink, "text", "wrong customer"), http.StatusOK, "are void", "Links to the status page revoked", "wrong customer")
		revoked := customer.Get(m[1])
		path := regexp.MustCompile(`/status/[^"&]*|key" value="[^"]*`) // the address that a choice of language leads back to, and the keys of forms
		for what, x := range map[string]*webtest.Answer{"damaged": damaged, "expired": expired, "revoked": revoked} {
			says(t, x, http.StatusNotFound, "This link is not valid", "Ask whoever gave it to you")
			if path.ReplaceAllString(x.Body, "") != path.ReplaceAllString(damaged.Body, "") {
				t.Errorf("the answer to a link that is %s differs from that to a damaged one:\n%s\n%s", what, x.Body, damaged.Body)
			}
		}
		d.MustVerify(t)
	})
}

// The customer's page and the clerk's, as they look.
func TestStatusByMouse(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	if _, err := d.CreateRequest(t.Context(), apptest.Call, app.RequestEntry{Customer: "C-1001", Kind: "overpayment", Credits: []app.RequestCredit{{Credit: "CN-U", Amount: "40.00"}}, Reason: "x"}, true); err != nil {
		t.Fatal(err)
	}
	site := webtest.Serve(t, d, options())
	b := site.Browser(identity.Clerk)
	b.Open(oneRequest)
	b.Click(`.actions a[href$="/link"]`)
	b.Click(".form-buttons .primary")
	b.See("It is valid until Dec 21, 2026")
	b.Look("status-link")
	path := statusLink.FindStringSubmatch(b.Text("main"))[1]
	b.Become(site.Reader())
	b.Open(path)
	b.See("is looking at your request")
	b.Look("status")
	b.Open(path[:len(path)-3])
	b.See("This link is not valid")
	b.Look("status-void")
}
