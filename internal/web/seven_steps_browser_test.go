package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// paidStatement is the bank's word, after the last statement of the sample, that it paid one transfer of money.
func paidStatement(day, opening, amount, closing, file string) string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M99</MsgId><CreDtTm>%[1]sT20:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S99</Id><CreDtTm>%[1]sT20:00:00</CreDtTm><FrToDt><FrDtTm>%[1]sT00:00:00</FrDtTm><ToDtTm>%[1]sT23:59:59</ToDtTm></FrToDt><Acct><Id><Othr><Id>7001002</Id></Othr></Id><Ccy>USD</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">%[2]s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>%[1]s</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">%[4]s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>%[1]s</Dt></Dt></Bal>
<Ntry><Amt Ccy="USD">%[3]s</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%[1]s</Dt></BookgDt><ValDt><Dt>%[1]s</Dt></ValDt><BkTxCd><Prtry><Cd>ACH</Cd></Prtry></BkTxCd>
<NtryDtls><TxDtls><Refs><EndToEndId>%[5]s</EndToEndId></Refs></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>`, day, opening, amount, closing, file)
}

// The seven steps of a request of the sample district, from the open credit to the line on the bank's statement, by four people with one
// role each: identify, policy, request, review and approve, pay, track, reconcile.
func TestSevenStepsByMouse(t *testing.T) {
	d, today := lakemont(t), civil.FromTime(time.Now().UTC()).String()
	site := webtest.Serve(t, d, web.Options{})
	people := map[string]*webtest.Reader{}
	for name, role := range map[string]identity.Role{"rosa": identity.Clerk, "ada": identity.Approver, "tom": identity.Treasurer, "helen": identity.Controller} {
		site.AddUserIn(name, "MILLRACE", role)
		people[name] = site.Reader()
		people[name].SignIn(name)
	}
	b := site.Browser()
	is := func(name string) { t.Helper(); b.Become(people[name]) }
	const at = "/c/MILLRACE"

	// 1. Identify: who is in credit, since when, and what the law says.
	is("rosa")
	b.Open(at + "/")
	b.Press("gx")
	b.See("C-10279")
	b.Look("seven-1-identify")

	// 2. Policy: what the rules would say of it.
	is("helen")
	b.Open(at + "/policies/REFUNDS")
	b.See("What the district pays back without a person")
	b.Look("seven-2-policy")

	// 3. Request.
	is("rosa")
	b.Open(at + "/requests/new?customer=C-10279")
	b.Click(`input[name="pick"]`)
	choose(b, "#f-reason", "Wants the money after all")
	b.Fill("#f-source", "ticket 2250")
	b.Click("#f-submit")
	b.Click(".form-buttons .primary")
	b.See("Submit the request for $96.10")
	b.Look("seven-3-request-effect")
	b.Click(".confirm .primary")
	b.See("RQ-00000013 was made")
	b.See("In review")

	// 4. Review and approve: not by who asked, in the inbox of who may, with what will be posted.
	b.Open(at + "/requests/RQ-00000013/approve")
	b.See("may not")
	is("ada")
	b.Open(at + "/")
	b.Press("gj")
	b.See("RQ-00000013")
	b.Look("seven-4-inbox")
	b.Open(webtest.Eval[string](b, `[...document.querySelectorAll("main table.data tr")].find(r => r.textContent.includes("RQ-00000013")).querySelector('a[href*="/approvals/AP-"]').getAttribute("href")`))
	b.See("will be posted")
	b.Look("seven-4-approval")
	b.Click(`main form[action$="/decide"] button.primary`)
	b.See("Approved")

	// 5. Pay: posted and proposed by rosa, approved by ada, made, sent and posted by tom.
	is("rosa")
	b.Open(at + "/requests/RQ-00000013/post")
	b.See("Post 1 reimbursement, $96.10")
	b.Click(".confirm .primary")
	b.See("RQ-00000013: Posted")
	b.Open(at + "/vendor-payments/new?vendors=V-10279")
	choose(b, "#f-date", today)
	b.Click(".form-buttons .primary")
	b.See("Propose 1 payment, $96.10")
	b.Click(".confirm .primary")
	b.See("1 payment was proposed, $96.10")
	is("ada")
	b.Open(at + "/vendor-payments/VPJ-00000003/approve")
	b.See("Approve 1 payment, $96.10")
	b.Click(".confirm .primary")
	is("tom")
	b.Open(at + "/vendor-payments/VPJ-00000003/generate")
	b.See("Generate 1 payment, $96.10")
	b.Click(".confirm .primary")
	b.See("1 file was made")
	b.Open(at + "/vendor-payments/VPJ-00000003/post")
	choose(b, "#f-date", today)
	b.Click(".confirm .primary")
	b.See("Posted: 1 payment, $96.10")

	// 6. Track: by rosa on the request, by the customer on the page of its own, whose link needs no account.
	is("rosa")
	b.Open(at + "/requests/RQ-00000013")
	b.See("Paid")
	b.Look("seven-6-track")
	b.Click(`.actions a[href$="/link"]`)
	b.Click(".form-buttons .primary")
	b.See("It is valid until")
	link := statusLink.FindStringSubmatch(b.Text("main"))[1]
	b.Become(site.Reader())
	b.Open(link)
	b.See("Your refund from")
	b.See("$96.10")
	b.Look("seven-6-status")

	// 7. Reconcile: the bank's statement, line by line.
	p, err := d.VendorPayment(t.Context(), app.Call{Actor: identity.Actor{Name: "tom", Roles: []identity.Role{identity.Treasurer}}, Company: "MILLRACE"}, "VPJ-00000003/1")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "statement.xml")
	if err := os.WriteFile(file, []byte(paidStatement(today, "35174.69", "96.10", "35078.59", p.Number)), 0o600); err != nil {
		t.Fatal(err)
	}
	is("tom")
	b.Open(at + "/bank-statements/import")
	b.Upload("#f-content", file)
	b.Click(".form-buttons .primary")
	b.See("ACH")
	b.Click(".confirm .primary")
	b.Open(at + "/bank-statements/ACH/4/accept")
	b.Look("seven-7-accept")
	b.Open(at + "/bank-statements/ACH/4")
	b.Click(`.recon button.primary`)
	b.See("1 line was reconciled")
	is("helen")
	b.Open(at + "/requests/RQ-00000013")
	b.See("Cleared")
	b.Look("seven-7-cleared")
	b.Open(at + "/bank-control/ACH?date=" + today)
	b.See("35,078.59")
	b.Look("seven-7-control")
	reports, err := d.Verify(t.Context(), app.Call{Actor: identity.Operator()}, "")
	if err != nil || len(reports) != 3 {
		t.Fatalf("verified were %d companies, %v", len(reports), err)
	}
	for _, r := range reports {
		if err := r.Err(); err != nil {
			t.Error(err)
		}
	}
}
