package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/format/naupa"
	"quittance/internal/identity"
	"quittance/internal/unclaimed"
)

const (
	dormancyRule = `{"days":5,"cut_off":"11-15","report":"12-31","letter_first":45,"letter_last":30,"letter_minimum":"20.00","reply_days":0,"code":"MS09"}`
	holderEntry  = `{"tax_id":"391234567","industry":"","incorporated":"","city":"Lakemont","county":"","state":"WI","lines":["2 City Hall Plaza"],"intro":"","closing":"","signature":[],` +
		`"contact":{"name":"Tom Treasurer","lines":["2 City Hall Plaza"],"city":"Lakemont","state":"WI","zip":"53551","country":"USA","phone":"6085550100","extension":"","email":""}}`
)

// dormant sets the worked example up over HTTP so that its credits are dormant on the day of the tests' clock. It gives the tokens of who
// prepares, pays and sets up.
func (s *server) dormant(t *testing.T) (prepare, pay, admin string) {
	t.Helper()
	s.Import(t, apptest.PublicSector().Append("accounts", "25100,Unclaimed property,liability,"))
	admin = s.token(t, "adam", "administrator")
	s.must(t, admin, "PUT", psus+"/bank-accounts/TREASURY", `{"account":"999-11020","routing_number":"091000019","account_number":"123456789"}`, http.StatusNoContent)
	s.must(t, admin, "PUT", psus+"/parameters/unclaimed_property_account", `{"value":"25100"}`, http.StatusNoContent)
	s.must(t, admin, "PUT", psus+"/dormancy-rules/US-WI/credit/2026-01-01", dormancyRule, http.StatusNoContent)
	return s.token(t, "pia", "clerk"), s.token(t, "tom", "treasurer"), admin
}

// Credits that nobody claims: owners are written to, what is not answered is escheated, remitted and reported, and all is taken back in
// order.
func TestUnclaimedProperty(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		prepare, pay, admin := s.dormant(t)
		var figures app.UnclaimedFigures
		s.must(t, prepare, "GET", psus+"/unclaimed", nil, http.StatusOK).into(t, &figures)
		if len(figures.Sums) != 2 || figures.Sums[0].Amount != "10.00" || figures.Sums[1].Items != 2 || figures.Looked != 3 || figures.More {
			t.Errorf("the figures are %+v", figures)
		}
		var items app.Part[app.UnclaimedItem]
		s.must(t, prepare, "GET", psus+"/unclaimed/items?stage=letter_due&limit=1&jurisdiction=US-WI&kind=credit", nil, http.StatusOK).into(t, &items)
		if len(items.Items) != 1 || items.Next == "" || items.Items[0].Explanation == "" {
			t.Errorf("the items are %+v", items)
		}
		if a := s.must(t, pay, "GET", psus+"/unclaimed/items?date=2026-11-08", nil, http.StatusOK); !bytes.Contains(a.body, []byte(`{"items":[]`)) {
			t.Errorf("on a day on which nothing is due there is %s", a.body)
		}

		var letters app.UnclaimedLetters
		for range 2 { // the second time by its key
			s.must(t, prepare, "POST", psus+"/unclaimed/letters", `{"owner":"C-1001"}`, http.StatusCreated, "Idempotency-Key", "l1").into(t, &letters)
		}
		if letters.Count != 1 || letters.Items != 2 {
			t.Errorf("the letters are %+v", letters)
		}
		if a := s.must(t, prepare, "GET", psus+"/unclaimed/letters/"+letters.Letters+"/file", nil, http.StatusOK); !bytes.HasPrefix(a.body, []byte("%PDF-")) {
			t.Errorf("the letters are %.20q", a.body)
		}
		done := s.escheatAll(t, prepare, pay)
		s.undoOne(t, prepare, pay, done)
		s.remitAndReport(t, pay, admin)
		s.MustVerify(t)
	})
}

// escheatAll escheats what is due after the preview of it; letters leave no days to reply here.
func (s *server) escheatAll(t *testing.T, prepare, pay string) *app.UnclaimedDone {
	t.Helper()
	const all = `{"jurisdiction":"US-WI"}`
	s.must(t, prepare, "POST", psus+"/unclaimed/escheat", all, http.StatusForbidden)
	var effect app.UnclaimedEffect
	s.must(t, pay, "POST", psus+"/unclaimed/escheat/preview", all, http.StatusOK).into(t, &effect)
	if effect.Count != 3 || len(effect.Items) != 3 || len(effect.Vouchers) != 3 || fmt.Sprint(effect.Sums) != "[{USD 160.00}]" || len(effect.Refused) != 0 {
		t.Fatalf("the preview is %+v", effect)
	}
	if p := s.must(t, pay, "POST", psus+"/unclaimed/escheat", `{}`, http.StatusUnprocessableEntity).problem(t); p.Detail == "" {
		t.Errorf("refused by %+v", p)
	}
	var done app.UnclaimedDone
	for range 2 {
		s.must(t, pay, "POST", psus+"/unclaimed/escheat", all, http.StatusOK, "Idempotency-Key", "e1").into(t, &done)
	}
	if len(done.Done) != 3 || done.Vouchers[0] != effect.Vouchers[0].Number || len(done.Refused) != 0 {
		t.Fatalf("escheated %+v after the preview %+v", done, effect)
	}
	s.MustVerify(t)
	return &done
}

// undoOne takes an escheat back on what it was when it was looked at, and escheats again by exception.
func (s *server) undoOne(t *testing.T, prepare, pay string, done *app.UnclaimedDone) {
	t.Helper()
	one := psus + "/unclaimed/properties/" + done.Done[0].Property
	tag := s.must(t, prepare, "GET", one, nil, http.StatusOK).header.Get("ETag")
	s.must(t, prepare, "GET", one, nil, http.StatusNotModified, "If-None-Match", tag)
	const why = `{"reason":"the owner came"}`
	var effect app.Effect
	s.must(t, pay, "POST", one+"/reversal/preview", why, http.StatusOK).into(t, &effect)
	s.must(t, pay, "POST", one+"/reversal", why, http.StatusPreconditionFailed, "If-Match", `"other"`)
	var undone struct{ Code, Voucher string }
	s.must(t, pay, "POST", one+"/reversal", why, http.StatusOK, "If-Match", tag).into(t, &undone)
	if len(effect.Vouchers) != 1 || undone.Voucher != effect.Vouchers[0].Number {
		t.Errorf("taken back by %+v after the preview %+v", undone, effect)
	}
	document := done.Done[0].Document
	var x app.OwnerContact
	s.must(t, prepare, "POST", psus+"/owner-contacts", `{"owner":"C-1001","document":"`+document+`","how":"phone","note":"called"}`, http.StatusCreated).into(t, &x)
	refused := s.must(t, pay, "POST", psus+"/unclaimed/escheat", `{"documents":["`+document+`"]}`, http.StatusConflict).problem(t)
	if refused.Rule != "not_dormant" {
		t.Errorf("refused by %+v", refused)
	}
	s.must(t, pay, "POST", psus+"/unclaimed/escheat", `{"documents":["`+document+`"],"exception":"the board wants it"}`, http.StatusOK)
	s.must(t, prepare, "POST", fmt.Sprintf("%s/owner-contacts/%d/withdrawal", psus, x.ID), `{"reason":"another customer"}`, http.StatusNoContent)
	if a := s.must(t, prepare, "GET", psus+"/owner-contacts?owner=C-1001", nil, http.StatusOK); !bytes.Contains(a.body, []byte(`"withdrawn_by":"pia"`)) {
		t.Errorf("the contacts are %s", a.body)
	}
}

// remitAndReport pays the state, takes that back and pays again, reports, and notes what an owner reclaimed.
func (s *server) remitAndReport(t *testing.T, pay, admin string) {
	t.Helper()
	const body = `{"jurisdiction":"US-WI","bank":"TREASURY","reference":"WI 2026"}`
	var effect app.RemittanceEffect
	s.must(t, pay, "POST", psus+"/unclaimed/remittances/preview", body, http.StatusOK).into(t, &effect)
	var r app.UnclaimedRemittance
	s.must(t, pay, "POST", psus+"/unclaimed/remittances", body, http.StatusCreated).into(t, &r)
	if len(effect.Vouchers) != 1 || r.Voucher != effect.Vouchers[0].Number || r.Amount != "160.00" || effect.Remittance.Amount != "160.00" {
		t.Errorf("remitted %+v after the preview %+v", r, effect)
	}
	one := psus + "/unclaimed/remittances/" + r.Remittance
	tag := s.must(t, pay, "GET", one, nil, http.StatusOK).header.Get("ETag")
	s.must(t, pay, "POST", one+"/reversal/preview", `{"reason":"sent back"}`, http.StatusOK)
	s.must(t, pay, "POST", one+"/reversal", `{"reason":"sent back"}`, http.StatusOK, "If-Match", tag)
	s.must(t, pay, "POST", one+"/reversal", `{"reason":"sent back"}`, http.StatusPreconditionFailed, "If-Match", tag)
	s.must(t, pay, "POST", psus+"/unclaimed/remittances", body, http.StatusCreated).into(t, &r)

	s.must(t, pay, "POST", psus+"/unclaimed/reports", `{"jurisdiction":"US-WI","year":2026}`, http.StatusConflict)
	tag = s.must(t, admin, "GET", psus+"/unclaimed/holder", nil, http.StatusOK).header.Get("ETag")
	s.must(t, admin, "PUT", psus+"/unclaimed/holder", holderEntry, http.StatusNoContent, "If-Match", tag)
	s.must(t, admin, "PUT", psus+"/unclaimed/holder", holderEntry, http.StatusPreconditionFailed, "If-Match", tag)
	var report app.UnclaimedReport
	s.must(t, pay, "POST", psus+"/unclaimed/reports", `{"jurisdiction":"US-WI","year":2026}`, http.StatusCreated).into(t, &report)
	file := s.must(t, pay, "GET", psus+"/unclaimed/reports/"+report.Report+"/file", nil, http.StatusOK)
	if read, err := naupa.Read(file.body); err != nil || len(read.Properties) != 2 || // the contact moved the third into the next year
		!strings.Contains(file.header.Get("Content-Disposition"), report.Name) {
		t.Errorf("the report reads %+v, %v", read, err)
	}
	var properties app.Part[app.UnclaimedProperty]
	s.must(t, pay, "GET", psus+"/unclaimed/properties?status=remitted&jurisdiction=US-WI&owner=C-1001", nil, http.StatusOK).into(t, &properties)
	if len(properties.Items) != 3 || properties.Items[0].Exception != "the board wants it" || properties.Items[0].Remittance != r.Remittance {
		t.Fatalf("the properties are %+v", properties)
	}
	if a := s.must(t, pay, "GET", psus+"/unclaimed/properties?year=2027", nil, http.StatusOK); bytes.Count(a.body, []byte(`"property":`)) != 1 {
		t.Errorf("in the next year there is %s", a.body)
	}
	var p app.UnclaimedProperty
	s.must(t, pay, "POST", psus+"/unclaimed/properties/"+properties.Items[1].Property+"/reclaim", `{"note":"claim 17"}`, http.StatusOK).into(t, &p)
	if p.Status != "reclaimed" {
		t.Errorf("reclaimed %+v", p)
	}
	var figures app.UnclaimedFigures
	s.must(t, pay, "GET", psus+"/unclaimed", nil, http.StatusOK).into(t, &figures)
	if len(figures.Owed) != 4 || figures.Owed[0].Owed != "0.00" || figures.Owed[0].Difference != "0.00" {
		t.Errorf("owed is %+v", figures.Owed)
	}
}

// Rules and clocks are set, looked at and removed; the ageing shows the clocks.
func TestUnclaimedSetup(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		prepare, pay, admin := s.dormant(t)
		clock := psus + "/credit-clocks/US/2026-01-01"
		const body = `{"refund_days":7,"good_faith_months":6,"interest_after_days":7,"interest_rate":"12","year_days":360}`
		s.must(t, pay, "PUT", clock, body, http.StatusForbidden)
		s.must(t, admin, "PUT", clock, body, http.StatusNoContent)
		s.must(t, prepare, "POST", psus+"/owner-contacts", `{"owner":"C-1001","document":"CN-U","date":"2026-11-11","how":"request"}`, http.StatusCreated)
		var ageing app.CreditAgeing
		s.must(t, prepare, "GET", psus+"/credit-ageing?date=2026-12-18&limit=2", nil, http.StatusOK).into(t, &ageing)
		if len(ageing.Credits) != 2 || !ageing.More || ageing.Credits[0].Interest != "1.00" || ageing.Buckets[0].Overdue != 1 {
			t.Errorf("the ageing is %+v", ageing)
		}
		var credits app.Part[app.AgedCredit]
		s.must(t, prepare, "GET", psus+"/credit-ageing/credits?date=2026-12-18&owner=C-1001", nil, http.StatusOK).into(t, &credits)
		if len(credits.Items) != 3 || credits.Next != "" {
			t.Errorf("the credits are %+v", credits)
		}
		var added struct{ Added int }
		s.must(t, admin, "POST", psus+"/unclaimed/samples", `{"from":"2026-01-01"}`, http.StatusOK).into(t, &added)
		if added.Added != 9+2 {
			t.Errorf("%d samples came", added.Added)
		}
		for path, want := range map[string]string{"/dormancy-rules": `"jurisdiction":"US-CA"`, "/credit-clocks": `"interest_rate":"12"`} {
			if a := s.must(t, prepare, "GET", psus+path, nil, http.StatusOK); !bytes.Contains(a.body, []byte(want)) {
				t.Errorf("%s is %s", path, a.body)
			}
		}
		s.must(t, admin, "DELETE", clock, nil, http.StatusNoContent)
		s.must(t, admin, "DELETE", clock, nil, http.StatusNotFound)
		s.must(t, admin, "DELETE", psus+"/dormancy-rules/US-WI/credit/2026-01-01", nil, http.StatusNoContent)
		if p := s.must(t, admin, "PUT", psus+"/dormancy-rules/Wisconsin/credit/2026-01-01", dormancyRule, http.StatusUnprocessableEntity).problem(t); len(p.Errors) == 0 && p.Detail == "" {
			t.Errorf("refused by %+v", p)
		}
		s.must(t, admin, "PUT", psus+"/dormancy-rules/US-WI/credit/2026-02-30", dormancyRule, http.StatusUnprocessableEntity)
	})
}

// escheatedRows leaves some rows in every list of unclaimed property: small credits that are due, letters, properties, remittances, reports
// and contacts.
func escheatedRows(t *testing.T, s *server, call app.Call) {
	t.Helper()
	ctx := t.Context()
	tom := app.Call{Company: call.Company, Actor: identity.Actor{Name: "tom", Roles: []identity.Role{identity.Treasurer}}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.SetParameter(ctx, call, "unclaimed_property_account", "25100"))
	must(s.SaveDormancyRule(ctx, call, app.DormancyRule{
		Jurisdiction: "US-WI", Kind: "credit", From: civil.MustParse("2026-01-01"), Days: 5, Activity: "contact", CutOff: "11-15", Report: "12-31", LetterFirst: 45, LetterLast: 30, LetterMinimum: "6.00",
	}))
	must(s.SaveUnclaimedHolder(ctx, call, unclaimed.Holder{
		TaxID: "391234567", City: "Lakemont", State: "WI", Contact: naupa.Contact{Name: "Tom Treasurer", Lines: [3]string{"2 City Hall Plaza"}, City: "Lakemont", State: "WI", Zip: "53551", Country: "USA", Phone: "6085550100"},
	}))
	var credits []string
	for i := range 9 {
		amount := []string{"5.00", "7.00", "5.50"}[i/3] // escheated, written to, and left as due
		n, err := s.PostDocument(ctx, call, app.DocumentRequest{Type: "credit_note", Party: "C-1001", Date: civil.MustParse("2026-11-01"), Lines: []app.DocumentLine{{Account: "101-44400", Amount: amount}}})
		must(err)
		credits = append(credits, n)
	}
	for i := range 3 {
		done, err := s.Escheat(ctx, tom, app.UnclaimedSelection{Documents: credits[i : i+1]}, "")
		must(err)
		_, err = s.RemitUnclaimed(ctx, tom, app.UnclaimedRemitting{Bank: "TREASURY", Properties: []string{done.Done[0].Property}})
		must(err)
		_, err = s.MakeUnclaimedLetters(ctx, call, app.UnclaimedSelection{Documents: credits[3+i : 4+i]})
		must(err)
		_, err = s.MakeUnclaimedReport(ctx, tom, "US-WI", 2026, i > 0)
		must(err)
		_, err = s.LogContact(ctx, call, app.ContactEntry{Owner: "V-1001", How: "phone"})
		must(err)
	}
}
