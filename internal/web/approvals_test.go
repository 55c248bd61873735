package web_test

import (
	"strings"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

// The address in a mail leads to sign-in and back; opening it decides nothing, whoever opens it.
func TestApprovalFromAMail(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	asked(t, d, "10.00")
	const at = "/c/PSUS/approvals/AP-000001"
	site := webtest.Serve(t, d, options())
	state := func() string {
		x, err := d.Approval(t.Context(), apptest.Call, "AP-000001")
		if err != nil {
			t.Fatal(err)
		}
		return x.State
	}
	r := site.SignedIn(identity.Approver)
	for _, path := range []string{at, at + "?verb=approve", at + "?verb=approve&reason=yes"} {
		if a := r.Get(path); !strings.Contains(a.Text(), "AP-000001") || state() != "waiting" {
			t.Errorf("opening %s makes it %s", path, state())
		}
	}
	if a := site.Reader().Get(at); !strings.HasPrefix(a.Path, "/sign-in") || !strings.Contains(a.Path, "AP-000001") {
		t.Errorf("signed out it leads to %q", a.Path)
	}
	if state() != "waiting" {
		t.Errorf("it is %s", state())
	}
}
