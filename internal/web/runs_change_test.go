package web_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
	"quittance/internal/web/webtest"
)

var runDay = must(civil.Parse("2026-11-21"))

// proposedRun proposes a run over everybody.
func proposedRun(t *testing.T, d *apptest.Door) string {
	t.Helper()
	run, err := d.Propose(t.Context(), apptest.Call, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: runDay}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return run.ID
}

func TestSelectionIsExplicit(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Clerk)
		for query, want := range map[string]string{
			"":                                     "Choose whom the run is about",
			"who=some":                             "Name customers, groups",
			"who=some&customers=B..A":              "A customer, or a range A..B",
			"who=all&date=tomorrow":                "is not a date",
			"who=all&age=-1":                       "not a number of days",
			"who=all&minimum=much":                 "much",
			"who=some&currency=US%24":              "US$",
			"who=some&customers=%3Cscript%3E..%3C": "A customer, or a range A..B",
		} {
			a := r.Get("/c/PSUS/runs/simulate?" + query)
			says(t, a, http.StatusUnprocessableEntity, want, "Who is reimbursed")
		}
		a := r.Get("/c/PSUS/runs/simulate?who=some&customers=C-9,X..Z&date=tomorrow&netting=net&minimum=3.00")
		f := form(t, a, "/c/PSUS/runs/simulate")
		for name, want := range map[string]string{"who": "some", "customers": "C-9,X..Z", "date": "tomorrow", "netting": "net", "minimum": "3.00"} {
			if f.Get(name) != want {
				t.Errorf("%s is %q after the refusal, typed was %q", name, f.Get(name), want)
			}
		}
		a = r.Get("/c/PSUS/runs/simulate?who=some&customers=C-1001&minimum=1000")
		says(t, a, http.StatusOK, "Nobody would be reimbursed", "Left out 1")
		if _, ok := a.Form("/c/PSUS/runs/propose"); ok {
			t.Error("nothing can be proposed, but there is a button")
		}
		var left string
		for _, l := range a.Links() {
			if strings.Contains(l, "show=excluded") {
				left = l
			}
		}
		says(t, r.Get(left), http.StatusOK, "Below the minimum", "Change the options", "C-1001")
		says(t, r.Get(left+"&q=zz"), http.StatusOK, "Nobody is left out")
		runs, err := d.Runs(t.Context(), apptest.Call)
		if err != nil || len(runs) != 0 {
			t.Errorf("simulating saved %v, %v", runs, err)
		}
	})
}

// A simulation that another site leads to is not begun.
func TestSimulationOfOtherSites(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := city(t, d)
		r := s.SignedIn(identity.Clerk)
		req := must(http.NewRequest(http.MethodGet, s.URL+"/c/PSUS/runs/simulate?who=all", nil))
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		a := r.Do(req)
		says(t, a, http.StatusOK, "Who is reimbursed")
		if f := form(t, a, "/c/PSUS/runs/simulate"); f.Get("who") != "all" {
			t.Errorf("the choice is lost: %v", f)
		}
	})
}

func TestTakeOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Clerk)
		code := proposedRun(t, d)
		at := "/c/PSUS/runs/" + code
		says(t, r.Post(at+"/exclude", url.Values{}), http.StatusOK, "Choose lines")
		a := r.Post(at+"/exclude", url.Values{"line": {"C-1001 USD"}})
		says(t, a, http.StatusOK, "Take out 1 line, $160.00", "4 reimbursements, $160.00", "0 reimbursements, nothing")
		f := form(t, a, at+"/exclude")
		a = r.Post(at+"/exclude", f)
		says(t, a, http.StatusUnprocessableEntity, "needs a reason", "Take out 1 line")
		f.Set("reason", `<script>alert(1)</script>`)
		says(t, r.Post(at+"/exclude", f), http.StatusOK, "1 line was taken out.", "Taken out by hand", "<script>alert(1)</script>")
		says(t, r.Post(at+"/exclude", f), http.StatusOK, "line") // sent twice: nothing more
		a = r.Get(at)
		if strings.Contains(a.Text(), "Post 4") {
			t.Error("posting still speaks of 4")
		}
		says(t, r.Get(at+"/cancel"), http.StatusOK, "Nothing of it was posted")
		says(t, r.Post(at+"/cancel", url.Values{"reason": {" "}}), http.StatusUnprocessableEntity, "needs a reason")
		says(t, r.Post(at+"/cancel", url.Values{"reason": {"not now"}}), http.StatusOK, "is given up", "Given up")
		says(t, r.Post(at+"/cancel", url.Values{"reason": {"not now"}}), http.StatusConflict, "only a proposed run")
		says(t, r.Get(at+"?show=trail"), http.StatusOK, "reimburse.cancel", "reason not now")
	})
}

// What the reader saw is what is posted: when the run changed meanwhile, the step is shown again.
func TestPostOnlyWhatWasSeen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Clerk)
		at := "/c/PSUS/runs/" + proposedRun(t, d)
		f := form(t, r.Get(at+"/post"), at+"/post")
		f.Set("seen", "9|999.00 USD")
		says(t, r.Post(at+"/post", f), http.StatusConflict, "This changed since you looked at it", "Post 4 reimbursements, $160.00")
		f.Del("seen")
		says(t, r.Post(at+"/post", f), http.StatusConflict, "This changed since you looked at it")
		if run := must(d.RunState(t.Context(), apptest.Call, "RUN-000001")); run.State != reimbursement.Proposed {
			t.Errorf("the run is %s", run.State)
		}
	})
}

func TestReverseReimbursementAndRun(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Clerk)
		x := d.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: runDay})
		at := "/c/PSUS/reimbursements/RB-00000001"
		says(t, r.Get(at), http.StatusOK, "101-11530", "CN-P", "The way of the money", "nothing yet", "$20.00 open", "What happened", x.Run.ID)
		a := r.Get(at + "/reverse")
		says(t, a, http.StatusOK, "The voucher that takes it back: RV-00000001", "Reverse RB-00000001, $20.00")
		f := form(t, a, at+"/reverse")
		says(t, r.Post(at+"/reverse", f), http.StatusUnprocessableEntity, "needs a reason")
		f.Set("reason", "paid by mistake")
		f.Set("date", "2026-11-20")
		says(t, r.Post(at+"/reverse", f), http.StatusConflict, "before that")
		f.Set("date", "2026-11-22")
		says(t, r.Post(at+"/reverse", f), http.StatusOK, "1 reimbursement was reversed", "Reversed by", "RV-00000001")
		says(t, r.Post(at+"/reverse", f), http.StatusOK, "1 reimbursement was reversed") // sent twice: done once
		run := "/c/PSUS/runs/" + x.Run.ID
		if _, err := d.Mark(t.Context(), apptest.Call, app.MarkRequest{Side: openitem.Vendors, Party: "V-1001", Voucher: "RB-00000003", Journal: "PAY-7"}); err != nil {
			t.Fatal(err)
		}
		says(t, r.Get(run+"/reverse"), http.StatusConflict, "RB-00000003", "PAY-7", "Nothing was changed")
		if _, err := d.Unmark(t.Context(), apptest.Call, openitem.Vendors, "PAY-7", "", ""); err != nil {
			t.Fatal(err)
		}
		a = r.Get(run + "/reverse")
		says(t, a, http.StatusOK, "Reverse 3 reimbursements, $140.00")
		f = form(t, a, run+"/reverse")
		f.Set("reason", "wrong date")
		says(t, r.Post(run+"/reverse", f), http.StatusOK, "3 reimbursements were reversed")
		says(t, r.Post(run+"/reverse", f), http.StatusOK, "is reversed")
		says(t, r.Get(run+"?show=vouchers"), http.StatusOK, "Reversed")
		d.MustVerify(t)
	})
}

func TestRunExports(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		f := apptest.PublicSector()
		f["customers"] = strings.Replace(f["customers"], "Brightwater Bakery", "=cmd|' /C calc'!A0", 1)
		d.Import(t, f)
		r := webtest.Serve(t, d, options()).SignedIn(identity.Viewer)
		code := proposedRun(t, d)
		a := r.Get("/c/PSUS/runs/" + code + "?as=csv")
		rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][1] != "'=cmd|' /C calc'!A0" || rows[1][7] != "160.00" {
			t.Errorf("%d %q %v", a.Status, rows, err)
		}
		if a := r.Get("/c/PSUS/runs/" + code + "?show=excluded&as=csv"); strings.Count(a.Body, "\n") != 1 {
			t.Errorf("more than is shown is given: %s", a.Body)
		}
		for _, path := range []string{"/c/PSUS/runs?as=xlsx", "/c/PSUS/reimbursements?as=xlsx", "/c/PSUS/runs/" + code + "?show=trail&as=xlsx"} {
			if a := r.Get(path); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "PK") {
				t.Errorf("%s answers %d", path, a.Status)
			}
		}
		says(t, r.Get("/c/PSUS/runs?as=exe"), http.StatusUnprocessableEntity, "no kind of file")
	})
}

// Roles that may not do something see no button for it, and are refused when they ask all the same.
func TestRunsByRole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := city(t, d)
		x := d.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{Customers: []string{"C-1001"}, Credits: []string{"PAY"}}, Date: runDay})
		code := proposedRun(t, d)
		for _, role := range identity.Roles() {
			r := s.SignedIn(role)
			may := identity.Actor{Roles: []identity.Role{role}}.AllowIn("PSUS", identity.Reimburse) == nil
			for path, button := range map[string]string{
				"/c/PSUS/runs": "New run", "/c/PSUS/runs/" + code: "Take the chosen out", "/c/PSUS/runs/" + x.Run.ID: "Reverse the run",
				"/c/PSUS/reimbursements/RB-00000001": "Reverse", "/c/PSUS/runs/simulate?who=all&date=2026-11-21": "Propose 3",
			} {
				a := r.Get(path)
				if a.Status != http.StatusOK || strings.Contains(a.Text(), button) != may {
					t.Errorf("%s at %s: %d, button %q, may %t", role, path, a.Status, button, may)
				}
			}
			if may {
				continue
			}
			for _, path := range []string{"/runs/" + code + "/post", "/runs/" + code + "/cancel", "/runs/" + x.Run.ID + "/reverse", "/reimbursements/RB-00000001/reverse"} {
				if a := r.Get("/c/PSUS" + path); a.Status != http.StatusForbidden {
					t.Errorf("%s looks at %s: %d", role, path, a.Status)
				}
			}
			typed := url.Values{"reason": {"x"}, "date": {"2026-11-22"}, "line": {"C-1001 USD"}, "confirm": {"yes"}, "who": {"all"}, "seen": {"3|110.00 USD"}}
			for _, path := range []string{"/runs/propose", "/runs/" + code + "/exclude", "/runs/" + code + "/post", "/runs/" + code + "/cancel", "/runs/" + x.Run.ID + "/reverse", "/reimbursements/RB-00000001/reverse"} {
				if a := r.Post("/c/PSUS"+path, typed); a.Status != http.StatusForbidden {
					t.Errorf("%s posts to %s: %d at %s\n%s", role, path, a.Status, a.Path, a.Text())
				}
			}
		}
	})
}

// A task is of who began it: nobody else sees or stops it.
func TestTasksOfOthers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := city(t, d)
		a := s.SignedIn(identity.Clerk).Get("/c/PSUS/runs/simulate?who=all&date=2026-11-21")
		says(t, a, http.StatusOK, "Simulation")
		other := s.SignedIn(identity.Controller)
		task, _, _ := strings.Cut(a.Path, "?")
		says(t, other.Get(a.Path), http.StatusNotFound, "not kept any more", "Begin again")
		if b := other.Get(task + "/events"); b.Status != http.StatusNotFound {
			t.Errorf("the events of another's task answer %d", b.Status)
		}
		says(t, other.Post(task+"/cancel", nil), http.StatusNotFound, "not kept any more")
	})
}
