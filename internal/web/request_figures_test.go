package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

// The figures stand with their lists: each number leads to what it counts; a filter narrows them, they go out as files, and mistakes are told.
func TestRequestFiguresPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		treasury(t, d)
		clerk := webtest.Serve(t, d, options()).SignedIn(identity.Clerk)
		const at = "/c/PSUS/requests/figures"
		says(t, clerk.Get(at), http.StatusOK, "Request figures", "There is nothing in this period", "Open requests")
		says(t, clerk.Get(at+"?kind=gift"), http.StatusUnprocessableEntity, "is no kind of request")
		says(t, clerk.Get(at+"?from=soon"), http.StatusUnprocessableEntity, "is not a date")
		says(t, clerk.Get(at+"?as=tape"), http.StatusUnprocessableEntity, "is no kind of file")
		if _, err := d.CreateRequest(t.Context(), apptest.Call, app.RequestEntry{Customer: "C-1001", Kind: "other", Credits: []app.RequestCredit{{Credit: "CN-U", Amount: "40.00"}}, Reason: "moved away"}, true); err != nil {
			t.Fatal(err)
		}
		a := clerk.Get(at)
		says(t, a, http.StatusOK, "In review", "0-2", "40.00", "Time in each state", "Role Approver")
		links := regexp.MustCompile(`href="(/c/PSUS/requests\?[^"]*state=in_review[^"]*)"`).FindAllStringSubmatch(a.Body, -1)
		if len(links) == 0 {
			t.Fatal("no number leads to a list")
		}
		for _, l := range links {
			says(t, clerk.Get(strings.ReplaceAll(l[1], "&amp;", "&")), http.StatusOK, "RQ-00000001")
		}
		says(t, clerk.Get(at+"?kind=deposit"), http.StatusOK, "There is nothing in this period")
		if a := clerk.Get(at + "?as=csv"); a.Status != http.StatusOK || !strings.Contains(a.Body, "open,in_review,,0-2,requests,1,USD") {
			t.Errorf("the file is %d\n%s", a.Status, a.Body)
		}
		if a := clerk.Get(at + "?as=xlsx"); a.Status != http.StatusOK {
			t.Errorf("the workbook is %d", a.Status)
		}
	})
}
