package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/policy"
)

// approvalRows puts three of everything about approvals into the company, of which the users adam and victim must be there.
func approvalRows(t *testing.T, s *server, call app.Call) {
	t.Helper()
	ctx := t.Context()
	for i, who := range []string{"approver", "controller", "treasurer"} {
		name := fmt.Sprintf("R%d", i)
		_, err := s.SaveApprovalRule(ctx, call, app.ApprovalRule{Rule: name, Kind: "payment", Why: "test", Steps: []app.ApprovalRuleStep{{Approvers: []string{"role:" + who}}}})
		if err == nil {
			err = s.SaveApprovalLimit(ctx, call, app.ApprovalLimit{Who: "role:" + who, Single: "10.00"}, false)
		}
		if err == nil {
			_, err = s.SavePolicy(ctx, call, app.PolicySaving{Policy: name, Kind: "run", Rules: "minimum 1", Why: "test"})
		}
		if err == nil {
			err = s.LinkPerson(ctx, call, app.ApprovalPerson{User: []string{"victim", "adam", "victim"}[i], Party: []string{"C-1001", "C-1001", "V-1001"}[i]}, false)
		}
		if err == nil {
			_, err = s.Delegate(ctx, call, app.Delegation{From: "adam", To: "victim", Last: civil.FromTime(apptest.Now).AddDays(30 + i)})
		}
		if err == nil {
			_, err = s.CreateRequest(ctx, app.Call{Actor: apptest.Clerk, Company: call.Company}, app.RequestEntry{Customer: "C-1001", Kind: "overpayment", Credits: []app.RequestCredit{{Credit: "CN-U", Amount: "1.00"}}, Reason: name}, true)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// desk is a company with people who ask, approve, and do both, over HTTP.
type desk struct {
	*server
	token map[string]string
}

func newDesk(t *testing.T, s *server) *desk {
	t.Helper()
	s.Import(t, apptest.PublicSector())
	k := &desk{s, map[string]string{}}
	for name, roles := range map[string][]string{
		"pia": {"clerk"}, "both": {"clerk", "approver"}, "ada": {"approver"}, "abe": {"approver"}, "cora": {"controller"}, "tess": {"treasurer"}, "adam": {"administrator"},
	} {
		k.token[name] = s.token(t, name, roles...)
	}
	return k
}

func (k *desk) do(t *testing.T, who, method, path string, body any, status int, headers ...string) answer {
	t.Helper()
	return k.must(t, k.token[who], method, psus+path, body, status, headers...)
}

// refused sees that a decision is refused by the rule.
func (k *desk) refused(t *testing.T, who, path string, body any, rule string) {
	t.Helper()
	a := k.server.do(t, k.token[who], "POST", psus+path, body)
	if p := a.problem(t); a.status < 400 || p.Rule != rule {
		t.Errorf("%s gets %d from %s by %q, want %q: %s", who, a.status, path, p.Rule, rule, p.Detail)
	}
}

// ask makes a request for reimbursement and gives its approval.
func (k *desk) ask(t *testing.T, who, amount string) (request, code string) {
	t.Helper()
	var x app.RequestView
	k.do(t, who, "POST", "/requests", fmt.Sprintf(`{"customer":"C-1001","kind":"overpayment","credits":[{"credit":"CN-U","amount":%q}],"reason":"billed twice","submit":true}`, amount), http.StatusCreated).into(t, &x)
	var part app.Part[app.Approval]
	k.do(t, who, "GET", "/approvals?subject="+x.Request, nil, http.StatusOK).into(t, &part)
	if len(part.Items) == 0 {
		t.Fatalf("%s has no approval", x.Request)
	}
	return x.Request, part.Items[0].Code
}

// Who may not decide is refused over HTTP too, each shortcut by its rule: with a rule on requests, and without any.
func TestApprovalSeparation(t *testing.T) {
	for _, ruled := range []bool{false, true} {
		t.Run(fmt.Sprintf("ruled=%v", ruled), func(t *testing.T) {
			each(t, func(t *testing.T, s *server) {
				k := newDesk(t, s)
				if ruled {
					k.do(t, "cora", "PUT", "/approval-rules/EACH", `{"kind":"request","steps":[{"approvers":["role:approver","role:controller"]}],"why":"test"}`, http.StatusOK)
				}
				const sod = "separation_of_duties"
				rq, code := k.ask(t, "both", "10.00")
				at := "/approvals/" + code
				k.refused(t, "both", at+"/approval", `{}`, "same_person")
				k.refused(t, "both", "/requests/"+rq+"/approval", `{}`, "same_person")
				k.refused(t, "tess", at+"/approval", `{}`, "permission")
				k.refused(t, "adam", at+"/approval", `{}`, "permission")

				// The deputy of who asked.
				k.do(t, "both", "POST", "/approval-delegations", map[string]any{"to": "abe", "last_day": civil.FromTime(apptest.Now).AddDays(9).String(), "why": "away"}, http.StatusCreated)
				k.do(t, "cora", "PUT", "/approval-rules/NAMED", `{"kind":"request","type":"deposit","steps":[{"approvers":["user:both"]}],"why":"test"}`, http.StatusOK)
				var dep app.RequestView
				k.do(t, "both", "POST", "/requests", `{"customer":"C-1001","kind":"deposit","credits":[{"credit":"CN-U","amount":"5.00"}],"reason":"left","submit":true}`, http.StatusCreated).into(t, &dep)
				var part app.Part[app.Approval]
				k.do(t, "abe", "GET", "/approvals?subject="+dep.Request, nil, http.StatusOK).into(t, &part)
				k.refused(t, "abe", "/approvals/"+part.Items[0].Code+"/approval", `{}`, sod)

				// Who is paid.
				k.do(t, "adam", "PUT", "/approval-people/ada/C-1001", nil, http.StatusNoContent)
				k.refused(t, "ada", at+"/approval", `{}`, sod)
				k.refused(t, "ada", "/requests/"+rq+"/approval", `{}`, sod)
				var many app.ApprovalsDecided
				k.do(t, "ada", "POST", "/approval-decisions", fmt.Sprintf(`{"approvals":[%q],"verb":"approve"}`, code), http.StatusOK).into(t, &many)
				if many.Done != 0 || many.Items[0].Rule != sod {
					t.Errorf("many by who is paid are %+v", many)
				}

				// What was approved is void when it is changed, and who approved it carries nothing out.
				k.do(t, "cora", "POST", at+"/approval", `{}`, http.StatusOK)
				k.refused(t, "cora", "/requests/"+rq+"/posting", `{}`, "same_person")
				k.do(t, "pia", "PATCH", "/requests/"+rq, `{"amount":"11.00"}`, http.StatusOK)
				k.refused(t, "pia", "/requests/"+rq+"/posting", `{}`, "waits_for_approval")
				var x app.ApprovalDetail
				k.do(t, "pia", "GET", at, nil, http.StatusOK).into(t, &x)
				if x.State != "void" {
					t.Errorf("changed after approval it is %s", x.State)
				}
				s.MustVerify(t)
			})
		})
	}
}

// The whole of approvals over HTTP: rules with versions, the inbox, questions, decisions on a tag, many with a preview, what was told.
func TestApprovals(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		k := newDesk(t, s)
		const rule = `{"kind":"request","from":"5.00","steps":[{"approvers":["role:approver"],"remind_after":24},{"approvers":["user:cora"],"escalate_after":48,"escalate_to":["user:abe"]}],"why":"board"}`
		k.do(t, "cora", "PUT", "/approval-rules/TWO", rule, http.StatusOK)
		tag := k.do(t, "pia", "GET", "/approval-rules/TWO", nil, http.StatusOK).header.Get("ETag")
		k.do(t, "cora", "PUT", "/approval-rules/TWO", rule, http.StatusOK, "If-Match", tag)
		k.do(t, "cora", "PUT", "/approval-rules/TWO", rule, http.StatusPreconditionFailed, "If-Match", tag)
		k.do(t, "cora", "PUT", "/approval-rules/BAD", strings.Replace(rule, "user:cora", "user:nobody", 1), http.StatusNotFound)

		_, code := k.ask(t, "pia", "10.00")
		_, small := k.ask(t, "pia", "4.00") // below the band one approver is enough, and needed
		var part app.Part[app.Approval]
		k.do(t, "ada", "GET", "/approval-inbox?kind=request&from=5.00", nil, http.StatusOK).into(t, &part)
		if len(part.Items) != 1 || part.Items[0].Code != code || part.Items[0].DueAt == "" || part.Items[0].Steps != 2 {
			t.Fatalf("the inbox is %+v", part.Items)
		}
		k.do(t, "pia", "GET", "/approval-inbox", nil, http.StatusForbidden)
		var figures struct{ Items []app.InboxFigure }
		k.do(t, "ada", "GET", "/approval-inbox-figures", nil, http.StatusOK).into(t, &figures)
		if fmt.Sprintf("%s %d %s", figures.Items[0].Kind, figures.Items[0].Count, figures.Items[0].Worth) != "request 2 14.00" {
			t.Errorf("the figures are %+v", figures)
		}
		at := "/approvals/" + code
		k.do(t, "ada", "POST", at+"/question", `{"reason":"which bill?"}`, http.StatusOK)
		k.do(t, "abe", "POST", at+"/answer", `{"reason":"not mine"}`, http.StatusForbidden)
		k.do(t, "pia", "POST", at+"/answer", `{"reason":"of May"}`, http.StatusOK)
		a := k.do(t, "ada", "GET", at, nil, http.StatusOK)
		var x app.ApprovalDetail
		a.into(t, &x)
		if !x.May || len(x.History) != 3 || x.Digest == "" || !strings.Contains(string(x.Evidence), `"posting"`) {
			t.Errorf("the approval is %+v", x)
		}
		k.do(t, "ada", "POST", at+"/approval", `{}`, http.StatusPreconditionFailed, "If-Match", `"other"`)
		k.do(t, "ada", "POST", at+"/approval", map[string]any{"digest": strings.Repeat("0", 64)}, http.StatusConflict)
		k.do(t, "ada", "POST", at+"/approval", map[string]any{"digest": x.Digest}, http.StatusOK, "If-Match", a.header.Get("ETag"), "Idempotency-Key", "a1")
		k.refused(t, "abe", at+"/approval", `{}`, "not_approver")

		body := fmt.Sprintf(`{"approvals":[%q,%q,"AP-999999"],"verb":"approve"}`, code, small)
		var before, after app.ApprovalsDecided
		k.do(t, "cora", "POST", "/approval-decisions/preview", body, http.StatusOK).into(t, &before)
		k.do(t, "cora", "POST", "/approval-decisions", body, http.StatusOK, "Idempotency-Key", "m1").into(t, &after)
		if before.Done != 2 || before.Not != 1 || before.Worth != "14.00" || fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("many are %+v after the preview %+v", after, before)
		}
		_, third := k.ask(t, "pia", "6.00")
		k.do(t, "pia", "POST", "/approvals/"+third+"/withdrawal", `{"reason":"twice"}`, http.StatusOK)
		_, fourth := k.ask(t, "pia", "7.00")
		k.do(t, "ada", "POST", "/approvals/"+fourth+"/rejection", `{"reason":"too late"}`, http.StatusOK)
		k.do(t, "ada", "GET", "/approvals?state=rejected&decider=ada", nil, http.StatusOK).into(t, &part)
		if len(part.Items) != 1 || part.Items[0].Code != fourth {
			t.Errorf("rejected are %+v", part.Items)
		}
		k.events(t)
		s.MustVerify(t)
	})
}

// events sees that the feed tells of what happened, with the approval's code.
func (k *desk) events(t *testing.T) {
	t.Helper()
	var part app.Part[app.EventView]
	k.do(t, "pia", "GET", "/events?kinds=approval.*&limit=100", nil, http.StatusOK).into(t, &part)
	n := map[string]int{}
	for _, e := range part.Items {
		n[string(e.Kind)]++
		if !strings.HasPrefix(fmt.Sprint(e.Data["approval"]), "AP-") {
			t.Errorf("%s says %s", e.Kind, e.Data)
		}
	}
	if got := fmt.Sprint(n); got != "map[approval.approved:2 approval.more_information:1 approval.rejected:1 approval.requested:6 approval.withdrawn:1]" {
		t.Errorf("told is %s", got)
	}
}

// What is split to stay below a limit is added up: by approver, and by payee.
func TestApprovalLimitOfParts(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		k := newDesk(t, s)
		k.do(t, "cora", "PUT", "/approval-limits", `{"who":"role:approver","single":"10.00","total":"15.00","payee_total":"12.00","days":30}`, http.StatusNoContent)
		k.do(t, "cora", "PUT", "/approval-limits", `{"who":"user:cora","single":"10.00"}`, http.StatusForbidden)
		_, whole := k.ask(t, "pia", "20.00")
		k.refused(t, "ada", "/approvals/"+whole+"/approval", `{}`, "approval_limit")
		_, one := k.ask(t, "pia", "9.00")
		_, two := k.ask(t, "pia", "9.00")
		k.do(t, "ada", "POST", "/approvals/"+one+"/approval", `{}`, http.StatusOK)
		k.refused(t, "ada", "/approvals/"+two+"/approval", `{}`, "approval_limit")
		var many app.ApprovalsDecided
		k.do(t, "ada", "POST", "/approval-decisions", fmt.Sprintf(`{"approvals":[%q],"verb":"approve"}`, two), http.StatusOK).into(t, &many)
		if many.Done != 0 || many.Items[0].Rule != "approval_limit" {
			t.Errorf("many are %+v", many)
		}
		k.do(t, "cora", "DELETE", "/approval-limits?who=role:approver", nil, http.StatusNoContent)
		k.do(t, "ada", "POST", "/approvals/"+two+"/approval", `{}`, http.StatusOK)
		s.MustVerify(t)
	})
}

// Policies are saved, tested and simulated over HTTP, with what is wrong at its place.
func TestPolicies(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		k := newDesk(t, s)
		p := k.do(t, "cora", "PUT", "/policies/SMALL", `{"kind":"request","rules":"approve when amuont < 5","why":"test"}`, http.StatusUnprocessableEntity).problem(t)
		if !strings.Contains(p.Detail+fmt.Sprint(p.Errors), "line 1, column 14") {
			t.Errorf("refused by %+v", p)
		}
		k.do(t, "cora", "PUT", "/policies/SMALL", `{"kind":"request","rules":"approve when amount < 5","why":"test"}`, http.StatusOK)
		k.do(t, "pia", "PUT", "/policies/SMALL", `{"rules":"approve when true","why":"test"}`, http.StatusForbidden)
		tag := k.do(t, "pia", "GET", "/policies/SMALL", nil, http.StatusOK).header.Get("ETag")
		k.ask(t, "pia", "4.00")
		k.ask(t, "pia", "6.00")
		var d policy.Decision
		k.do(t, "pia", "POST", "/policy-tests", `{"policy":"SMALL","fields":{"amount":"4.99"}}`, http.StatusOK).into(t, &d)
		if d.Outcome != policy.Automatic {
			t.Errorf("the test says %+v", d)
		}
		k.do(t, "pia", "POST", "/policy-tests", `{"policy":"SMALL","fields":{"amount":"much","one_time":"perhaps"}}`, http.StatusUnprocessableEntity)
		var sim app.PolicySimulation
		k.do(t, "pia", "POST", "/policy-simulations", `{"policy":"SMALL","rules":"approve when amount < 1\nrefuse \"too much\" when amount > 5"}`, http.StatusOK).into(t, &sim)
		if sim.Subjects != 2 || len(sim.Changed) != 2 || sim.Changed[1].Because != "too much" || sim.Changed[0].From != policy.Automatic {
			t.Errorf("the simulation is %+v", sim)
		}
		k.do(t, "cora", "PUT", "/policies/SMALL", `{"rules":"","why":"over"}`, http.StatusOK, "If-Match", tag)
		k.do(t, "cora", "PUT", "/policies/SMALL", `{"rules":"","why":"over"}`, http.StatusPreconditionFailed, "If-Match", tag)
		var fields struct{ Items []policy.FieldInfo }
		k.must(t, k.token["pia"], "GET", "/api/v1/policy-fields", nil, http.StatusOK).into(t, &fields)
		if len(fields.Items) != 32 || fields.Items[12] != (policy.FieldInfo{Name: "amount", Type: "amount"}) {
			t.Errorf("the fields are %+v", fields.Items)
		}
	})
}
