package web_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/format/naupa"
	"quittance/internal/identity"
	"quittance/internal/unclaimed"
	"quittance/internal/web/webtest"
)

// The main path by mouse: a letter, the escheat, the remittance, the report; then the ageing and the set-up.
func TestUnclaimedByMouse(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	dormantCity(t, d)
	ctx := t.Context()
	if err := d.SaveUnclaimedHolder(ctx, apptest.Call, unclaimed.Holder{
		TaxID: "391234567", City: "Lakemont", State: "WI", Contact: naupa.Contact{Name: "Tom Treasurer", Lines: [3]string{"2 City Hall Plaza"}, City: "Lakemont", State: "WI", Zip: "53551", Country: "USA", Phone: "6085550100"},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.TakeUnclaimedSamples(ctx, apptest.Call, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := d.LogContact(ctx, apptest.Call, app.ContactEntry{Owner: "C-1001", Document: "CN-P", Date: civil.MustParse("2026-11-11"), How: unclaimed.ByRequest, Note: "asked for it by letter"}); err != nil {
		t.Fatal(err)
	}
	site := webtest.Serve(t, d, options())
	b := site.Browser(identity.Clerk)
	b.Open("/c/PSUS/")
	b.See("Owners are to be written to")
	b.Press("gx")
	b.See("Credits by age")
	b.Look("credit-ageing")
	b.Press("gz")
	b.See("To write to")
	b.Look("unclaimed")
	b.Click(`.tabs a[href*="show=letter"]`)
	b.Click(`input[name="pick"][value="CN-U"]`)
	b.Click(`input[name="pick"][value="PAY"]`)
	b.Click(`.choosing button[formaction$="/letters/new"]`)
	b.See("Write 1 letter about 2 items, $150.00")
	b.Look("unclaimed-letters-new")
	b.Click(".confirm .primary")
	b.See("1 letter was written")
	b.Look("unclaimed-letters")

	b.Become(site.SignedIn(identity.Treasurer))
	b.Open("/c/PSUS/unclaimed?show=escheat")
	b.Click(`.actions a.primary`)
	b.See("Escheat 2 properties, $150.00")
	b.Look("unclaimed-escheat")
	b.Click(".confirm .primary")
	b.See("2 properties were escheated, $150.00")
	b.Look("unclaimed-properties")
	b.Click(`.actions a.primary`)
	b.Fill("#f-reference", "WI 2026")
	choose(b, "#f-jurisdiction", "US-WI")
	b.Click(".form-buttons .primary")
	b.See("Remit 2 properties, $150.00 to US-WI")
	b.Look("unclaimed-remit")
	b.Click(".confirm .primary")
	b.See("2 properties were remitted to US-WI")
	b.Look("unclaimed-remittance")
	b.Click(`main table.data a[href$="/UP-00000002"]`)
	b.See("Remitted JN-")
	b.Look("unclaimed-property")
	b.Click(`.actions a[href*="/trace?of="]`)
	b.See("Follow the money")
	b.Open("/c/PSUS/unclaimed/reports/new")
	choose(b, "#f-jurisdiction", "US-WI")
	b.Look("unclaimed-report-new")
	b.Click(".form-buttons .primary")
	b.See("UF-00000001 was made, 2 properties, $150.00")
	b.Look("unclaimed-reports")
	b.Open("/c/PSUS/unclaimed/contacts")
	b.Look("unclaimed-contacts")
	b.Become(site.SignedIn(identity.Controller))
	b.Open("/c/PSUS/unclaimed/setup")
	b.Look("unclaimed-setup")
	b.Open("/c/PSUS/unclaimed/setup/rules?from=2026-01-01&jurisdiction=US-WI&kind=credit")
	b.Look("unclaimed-rule")
	b.Open("/c/PSUS/unclaimed/setup/holder")
	b.Look("unclaimed-holder")
	d.MustVerify(t)
}
