package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/unclaimed"
	"quittance/internal/web/webtest"
)

const unclaimedAt = "/c/PSUS/unclaimed"

// dormantCity brings the worked example in, so that its credits are dormant on the day of the tests' clock: CN-P of 10.00 is too small for a
// letter, PAY of 50.00 and CN-U of 100.00 need one.
func dormantCity(t *testing.T, d *apptest.Door) {
	t.Helper()
	d.Import(t, apptest.PublicSector().Append("accounts", "25100,Unclaimed property,liability,"))
	treasury(t, d)
	if err := d.SetParameter(t.Context(), apptest.Call, "unclaimed_property_account", "25100"); err != nil {
		t.Fatal(err)
	}
	if err := d.SaveDormancyRule(t.Context(), apptest.Call, app.DormancyRule{
		Jurisdiction: "US-WI", Kind: unclaimed.Credit, From: civil.MustParse("2026-01-01"), Days: 5, Activity: unclaimed.ByContact, CutOff: "11-15", Report: "12-31", LetterFirst: 45, LetterLast: 30, LetterMinimum: "20.00", Code: "MS09",
	}); err != nil {
		t.Fatal(err)
	}
}

// The main path without JavaScript: owners are written to, what is due is escheated after its vouchers were shown, remitted, reported, and
// taken back in order.
func TestUnclaimedMainPath(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		dormantCity(t, d)
		site := webtest.Serve(t, d, options())
		clerk, treasurer, setter := site.SignedIn(identity.Clerk), site.SignedIn(identity.Treasurer), site.SignedIn(identity.Controller)
		says(t, clerk.Get("/c/PSUS/"), http.StatusOK, "1 unclaimed property is to be escheated", "Owners are to be written to about 2 unclaimed properties", "$150.00")
		says(t, clerk.Get(unclaimedAt), http.StatusOK, "CN-P", "CN-U", "too small for a letter", "Brightwater Bakery", "US-WI", "Write all letters that are due")
		says(t, clerk.Get(unclaimedAt+"?show=letter&jurisdiction=US-WI&owner=C-1001&kind=credit"), http.StatusOK, "CN-U", "PAY")
		says(t, clerk.Get(unclaimedAt+"?date=2026-11-08"), http.StatusOK, "Nothing matches the filter")
		if a := clerk.Get(unclaimedAt + "?as=csv"); a.Status != http.StatusOK || !strings.Contains(a.Body, "escheat_due,credit,CN-P") {
			t.Errorf("the file is %d %q", a.Status, a.Body)
		}

		a := clerk.Get(unclaimedAt + "/letters/new?pick=PAY&pick=CN-U")
		says(t, a, http.StatusOK, "Write 1 letter about 2 items, $150.00")
		says(t, submit(t, clerk, a, unclaimedAt+"/letters/new", "seen", "9|x"), http.StatusConflict, "Write 1 letter")
		says(t, submit(t, clerk, a, unclaimedAt+"/letters/new"), http.StatusOK, "1 letter was written: UL-00000001")
		if f := clerk.Post(unclaimedAt+"/letters/UL-00000001", url.Values{}); !strings.HasPrefix(f.Body, "%PDF-") {
			t.Errorf("the letters are %.20q", f.Body)
		}
		says(t, clerk.Get(unclaimedAt+"/letters/new"), http.StatusOK, "No owner is to be written to")

		says(t, clerk.Get(unclaimedAt+"/escheat"), http.StatusForbidden)
		a = treasurer.Get(unclaimedAt + "/escheat?jurisdiction=US-WI")
		says(t, a, http.StatusOK, "Escheat 3 properties, $160.00", "601-25100", "was not answered")
		says(t, submit(t, treasurer, a, unclaimedAt+"/escheat", "seen", "2|x"), http.StatusConflict, "Escheat 3 properties")
		says(t, submit(t, treasurer, a, unclaimedAt+"/escheat"), http.StatusOK, "3 properties were escheated, $160.00", "UP-00000003", "Owed to the state")
		d.MustVerify(t)
		says(t, treasurer.Get(unclaimedAt+"/escheat?jurisdiction=US-WI"), http.StatusOK, "Nothing is due")
		says(t, clerk.Get(unclaimedAt+"?show=escheat"), http.StatusOK, "Owed to states, 101-25100", "Nothing stands there")
		if a := clerk.Get(unclaimedAt + "/properties?as=csv&year=2026"); strings.Count(a.Body, "UP-0") != 3 {
			t.Errorf("the file is %q", a.Body)
		}
		takeBackProperty(t, clerk, treasurer)
		remitAndReport(t, treasurer, setter)
		d.MustVerify(t)
	})
}

// takeBackProperty takes an escheat back, and escheats by exception what is not due any longer.
func takeBackProperty(t *testing.T, clerk, treasurer *webtest.Reader) {
	t.Helper()
	const one = unclaimedAt + "/properties/UP-00000001"
	says(t, clerk.Get(one), http.StatusOK, "Brightwater Bakery", "Nov 15, 2026", "Follow the money", "last activity")
	a := treasurer.Get(one + "/reverse")
	says(t, submit(t, treasurer, a, one+"/reverse"), http.StatusUnprocessableEntity, "reason")
	a = submit(t, treasurer, a, one+"/reverse", "reason", "the owner came")
	says(t, a, http.StatusOK, "Take UP-00000001 back, $", "will be posted")
	f := form(t, a, one+"/reverse")
	f.Set("step", "do")
	f.Set("reason", "the owner came")
	says(t, treasurer.Post(one+"/reverse", f), http.StatusOK, "UP-00000001 was taken back with", "Taken back")
	contact := clerk.Get(unclaimedAt + "/contacts/new?owner=C-1001")
	says(t, submit(t, clerk, contact, unclaimedAt+"/contacts/new", "how", "phone", "date", "2026-13-01"), http.StatusUnprocessableEntity, "not a date")
	says(t, submit(t, clerk, contact, unclaimedAt+"/contacts/new", "how", "phone", "note", "called <b>us</b>"), http.StatusOK, "The contact with C-1001 is logged", "called <b>us</b>", "Phone")
	says(t, treasurer.Get(unclaimedAt+"/escheat?pick=PAY"), http.StatusConflict, "not due to be escheated", "Reason for an exception")
	a = treasurer.Get(unclaimedAt + "/escheat?pick=PAY&exception=the+board+wants+it")
	says(t, submit(t, treasurer, a, unclaimedAt+"/escheat"), http.StatusOK, "1 property was escheated", "the board wants it")
	var id string
	for _, l := range clerk.Get(unclaimedAt + "/contacts").Links() {
		if strings.HasSuffix(l, "/withdraw") {
			id = l
		}
	}
	says(t, submit(t, clerk, clerk.Get(id), id, "reason", "another customer"), http.StatusOK, "is withdrawn", "another customer")
}

// remitAndReport pays the state, takes that back and pays again, and makes the report.
func remitAndReport(t *testing.T, r, setter *webtest.Reader) {
	t.Helper()
	const at = unclaimedAt + "/remittances/new"
	remit := func() *webtest.Answer {
		a := submit(t, r, r.Get(at+"?jurisdiction=US-WI"), at, "bank", "TREASURY", "reference", "WI 2026")
		says(t, a, http.StatusOK, "Remit 3 properties, $160.00 to US-WI", "999-25100", "Paid from TREASURY")
		f := form(t, a, at)
		f.Set("step", "do")
		f.Set("bank", "TREASURY")
		f.Set("jurisdiction", "US-WI")
		return r.Post(at, f)
	}
	says(t, submit(t, r, r.Get(at+"?pick=UP-00000002"), at, "bank", "TREASURY"), http.StatusOK, "Remit 1 property")
	says(t, remit(), http.StatusOK, "3 properties were remitted to US-WI, $160.00", "UR-00000001")
	const one = unclaimedAt + "/remittances/UR-00000001"
	a := submit(t, r, r.Get(one+"/reverse"), one+"/reverse", "reason", "sent back")
	says(t, a, http.StatusOK, "Take UR-00000001 back, $160.00")
	f := form(t, a, one+"/reverse")
	f.Set("step", "do")
	f.Set("reason", "sent back")
	says(t, r.Post(one+"/reverse", f), http.StatusOK, "UR-00000001 was taken back with", "Taken back by")
	says(t, remit(), http.StatusOK, "UR-00000002")
	says(t, r.Get(unclaimedAt+"/remittances"), http.StatusOK, "WI 2026", "UR-00000002", "Taken back")

	report := unclaimedAt + "/reports/new"
	says(t, submit(t, r, r.Get(report), report, "jurisdiction", "US-WI", "year", "2026"), http.StatusConflict, "holder")
	holder := unclaimedAt + "/setup/holder"
	says(t, submit(t, setter, setter.Get(holder), holder, "contact_lines", "a\nb\nc\nd"), http.StatusUnprocessableEntity, "At most 3 lines")
	says(t, submit(t, setter, setter.Get(holder), holder, "tax_id", "391234567", "city", "Lakemont", "state", "WI", "contact_name", "Tom Treasurer", "contact_lines", "2 City Hall Plaza", "contact_city", "Lakemont",
		"contact_state", "WI", "contact_zip", "53551", "contact_country", "USA", "contact_phone", "6085550100"), http.StatusOK, "was saved", "391234567")
	says(t, submit(t, r, r.Get(report), report, "jurisdiction", "US-WI", "year", "2026"), http.StatusOK, "UF-00000001 was made, 2 properties, $110.00")
	if f := r.Post(unclaimedAt+"/reports/UF-00000001", url.Values{}); !strings.Contains(f.Body, "BRIGHTWATER") {
		t.Errorf("the report is %.80q", f.Body)
	}
	const reclaim = unclaimedAt + "/properties/UP-00000002/reclaim"
	says(t, submit(t, r, r.Get(reclaim), reclaim, "note", "claim 17"), http.StatusOK, "Reclaimed by the owner", "claim 17")
}

// Rules, clocks and samples are set up on pages; the ageing shows the clocks, by age and as a file.
func TestUnclaimedSetupPages(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	site := webtest.Serve(t, d, options())
	r, viewer := site.SignedIn(identity.Controller), site.SignedIn(identity.Viewer)
	const setup = unclaimedAt + "/setup"
	says(t, viewer.Get(unclaimedAt), http.StatusOK, "No dormancy rules yet")
	says(t, viewer.Get(setup), http.StatusOK, "No clocks yet", "not set", "Nothing yet")
	says(t, r.Get(setup+"/rules"), http.StatusOK, "Months without activity")
	says(t, submit(t, r, r.Get(setup+"/rules"), setup+"/rules", "jurisdiction", "Wisconsin", "months", "many"), http.StatusUnprocessableEntity, "whole number")
	says(t, submit(t, r, r.Get(setup+"/rules"), setup+"/rules", "jurisdiction", "us-wi", "kind", "credit", "from", "2026-01-01", "days", "5", "activity", "contact", "cut_off", "02-30", "report", "12-31"), http.StatusUnprocessableEntity, "no day of the year")
	says(t, submit(t, r, r.Get(setup+"/rules"), setup+"/rules", "jurisdiction", "us-wi", "kind", "credit", "from", "2026-01-01", "days", "5", "activity", "contact", "cut_off", "11-15", "report", "12-31"), http.StatusOK, "US-WI was saved", "5 days", "only a contact restarts it")
	const rule = setup + "/rules?from=2026-01-01&jurisdiction=US-WI&kind=credit"
	says(t, r.Get(rule), http.StatusOK, "Remove")
	says(t, r.Get(setup+"/rules?jurisdiction=US-TX"), http.StatusNotFound)
	says(t, submit(t, r, r.Get(setup+"/clocks"), setup+"/clocks", "jurisdiction", "US", "from", "2026-01-01", "refund_days", "7", "good_faith_months", "6", "interest_rate", "12", "interest_from", "request", "interest_after_days", "7", "year_days", "360"),
		http.StatusOK, "US was saved", "12 % of 360 days", "from 7 days after the request")
	if _, err := d.LogContact(t.Context(), apptest.Call, app.ContactEntry{Owner: "C-1001", Document: "CN-U", Date: civil.MustParse("2026-11-11"), How: unclaimed.ByRequest}); err != nil {
		t.Fatal(err)
	}
	says(t, viewer.Get("/c/PSUS/credit-ageing?date=2026-12-18"), http.StatusOK, "CN-U", "Overdue", "Nov 18, 2026", "1.00", "31–60", "3 credits", "1 overdue")
	if a := viewer.Get("/c/PSUS/credit-ageing?date=2026-12-18&as=csv"); strings.Count(a.Body, "C-1001") != 3 || !strings.Contains(a.Body, "2026-11-18") {
		t.Errorf("the file is %q", a.Body)
	}
	says(t, viewer.Get("/c/PSUS/credit-ageing?customer=nobody"), http.StatusNotFound)
	says(t, r.Post(setup+"/samples", url.Values{}), http.StatusOK, "They are no law", "US-CA", "Sample, no law")
	says(t, r.Post(setup+"/rules/remove?from=2026-01-01&jurisdiction=US-WI&kind=credit", url.Values{}), http.StatusOK, "US-WI was removed")
	says(t, r.Get(setup+"/clocks?from=2026-01-01&jurisdiction=US"), http.StatusOK, "Remove")
	says(t, r.Post(setup+"/clocks/remove?from=2026-01-01&jurisdiction=US", url.Values{}), http.StatusOK, "US was removed")
}
