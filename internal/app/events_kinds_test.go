package app_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/openitem"
	"quittance/internal/outbox"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
	"quittance/internal/request"
)

// The kinds of the code and those of the docs are the same, with the same meaning and the same fields.
func TestKindsOfEventsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, k := range outbox.Kinds() {
		want = append(want, "| `"+string(k.Kind)+"` | "+k.Means+" | "+k.Fields+" |")
	}
	for _, line := range regexp.MustCompile("(?m)^\\| `[a-z_]+\\.[a-z_]+` \\|.*$").FindAllString(string(page), -1) {
		got = append(got, strings.TrimSpace(line))
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/webhooks.md has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// seen are the kinds of events that were told, with the fields of their data.
type seen map[outbox.Kind]map[string]bool

// note notes the events of a company. Each comes with its change: it names the audit record of the command that told of it, which is of the same
// transaction, with the same instant and actor.
func (s seen) note(t *testing.T, d *apptest.Door) {
	t.Helper()
	documented := map[outbox.Kind][]string{}
	for _, k := range outbox.Kinds() {
		documented[k.Kind] = strings.Fields(k.Fields)
	}
	err := d.DB.Read(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		return tx.Each(ctx, "select e.kind, e.subject, e.data, e.at, e.actor, coalesce(a.at, 0), coalesce(a.actor, '') from event e left join audit a on a.company = e.company and a.id = e.command order by e.id", nil, func(r *db.Rows) error {
			kind := outbox.Kind(r.Text(0))
			data := map[string]any{}
			if err := json.Unmarshal([]byte(r.Text(2)), &data); err != nil {
				return err
			}
			if s[kind] == nil {
				s[kind] = map[string]bool{}
			}
			for field := range data {
				s[kind][field] = true
				if !slices.Contains(documented[kind], field) {
					t.Errorf("%s of %s has the field %s, which is not documented", kind, r.Text(1), field)
				}
			}
			if r.Text(1) == "" || r.Int64(3) != r.Int64(5) || r.Text(4) != r.Text(6) {
				t.Errorf("%s of %q at %d by %s; its command is of %d by %s", kind, r.Text(1), r.Int64(3), r.Text(4), r.Int64(5), r.Text(6))
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tellers are commands, by name, that tell of every kind of event between them, each in a company of its own.
var tellers = map[string]func(t *testing.T, d *apptest.Door){
	"requests": func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		approvalRule(t, d, "request", by("role:approver"))
		for _, verbs := range []string{"submit reject", "submit ask answer withdraw", "submit approve edit cancel", "submit approve post reverse"} {
			code := ask(t, d, preparer, partOfUtilities(), false).Request
			for _, verb := range strings.Fields(verbs) {
				if err := requestVerbs[verb](d, code); err != nil {
					t.Fatalf("%s: %v", verb, err)
				}
			}
		}
	},
	"cleared":  func(t *testing.T, d *apptest.Door) { openRequests(t, d); walkTo(t, d, request.Cleared) },
	"returned": func(t *testing.T, d *apptest.Door) { openRequests(t, d); walkTo(t, d, request.Returned) },
	"reminded": func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		readers(t, d, map[string]identity.Role{"ann": identity.Approver, "cora": identity.Controller})
		approvalRule(t, d, "request", app.ApprovalRuleStep{Approvers: []string{"role:approver"}, RemindAfter: 1, EscalateAfter: 2, EscalateTo: []string{"user:cora"}})
		ask(t, d, preparer, partOfUtilities(), true)
		for _, hours := range []time.Duration{1, 2} {
			at := d.At(t, apptest.Now.Add(hours*time.Hour+time.Minute))
			if n, err := at.RemindApprovers(t.Context(), apptest.Call); err != nil || len(n) != 1 {
				t.Fatal(n, err)
			}
		}
	},
	"deadlines": func(t *testing.T, d *apptest.Door) {
		openRequests(t, d, "request_service_days,10")
		ask(t, d, preparer, partOfUtilities(), true)
		for _, days := range []int{6, 11} {
			at := d.At(t, apptest.Now.AddDate(0, 0, days))
			if n, err := at.TellDeadlines(t.Context(), apptest.Call); err != nil || n == 0 {
				t.Fatal(n, err)
			}
		}
	},
	"run": func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		x := d.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: payDay, IncludeDebits: new(true)})
		if _, err := d.Reverse(t.Context(), apptest.Call, []string{x.Reimbursements[0].Number}, payDay, "wrong customer"); err != nil {
			t.Fatal(err)
		}
	},
	"voided": func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		walkTo(t, d, request.Paid)
		if _, err := d.FailVendorPayments(t.Context(), treasurer, app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{"VPJ-00000001/1"}}, As: payout.Voided, Date: civil.MustParse("2026-12-04"), Reason: "lost"}); err != nil {
			t.Fatal(err)
		}
	},
	"withdrawn": func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		call := office(t, d)
		approvalRule(t, d, "run", by("role:approver"))
		req := app.RunRequest{Selection: reimbursement.Selection{Customers: []string{"C-1001"}}, Date: payDay}
		_, _, err := d.PostSelection(t.Context(), call("pat"), req, nil)
		mustRule(t, err, "waits_for_approval")
		for _, x := range []struct{ who, verb, state string }{{"ann", "ask", "asked"}, {"pat", "withdraw", "withdrawn"}} {
			if _, err := decideAs(t, d, call(x.who), x.verb, "AP-000001"); err != nil {
				t.Fatalf("%s: %v", x.verb, err)
			}
		}
	},
	"payments": func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		call := office(t, d)
		approvalRule(t, d, "payment", by("role:approver"))
		x, err := d.ProposeVendorPayments(t.Context(), call("pat"), app.VendorPaymentSelection{Date: payDay})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.SubmitForApproval(t.Context(), call("paul"), x.Code); err != nil {
			t.Fatal(err)
		}
	},
	"bank details": func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		call := office(t, d)
		d.Import(t, apptest.PublicSector().With(apptest.Files{"vendors": "vendor,name,group,currency,blocked,payment_method,one_time,street,city,state,postal_code,country,iban,bic,routing_number,account_number,account_type,bank_verified\nV-2,Second Supply,TRADE,USD,no,ach,no,2 Road,Lakemont,WI,53551,US,,,091000019,20009999,checking,no\n"}))
		if err := d.ConfirmPartyBank(t.Context(), call("ann"), openitem.Vendors, "V-2"); err != nil {
			t.Fatal(err)
		}
	},
	"deductions": func(t *testing.T, d *apptest.Door) {
		d.Import(t, aChain())
		keepBack(t, d, aDeduction{number: "D-1", customer: "C-3000", amount: 75_00, owner: "ann"})
		ben := "ben"
		if _, err := d.UpdateDeduction(t.Context(), apptest.Call, "D-1", 1, app.DeductionUpdate{Owner: &ben}); err != nil {
			t.Fatal(err)
		}
	},
}

// Every kind of event that there is, is told by some command, in its transaction, with each of its documented fields and no other.
func TestEveryKindOfEventIsTold(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			all := seen{}
			for _, name := range sortedNames(tellers) {
				d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
				tellers[name](t, d)
				all.note(t, d)
			}
			for _, k := range outbox.Kinds() {
				for _, field := range strings.Fields(k.Fields) {
					if !all[k.Kind][field] {
						t.Errorf("%s with the field %s was told by no command", k.Kind, field)
					}
				}
				delete(all, k.Kind)
			}
			if len(all) > 0 {
				t.Errorf("told, and not documented: %v", all)
			}
		})
	}
}

func sortedNames[V any](m map[string]V) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
