package demo_test

import (
	"context"
	"testing"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/request"
)

// Each request of the district has come as far as its story says, with a person's look where the policy wants one.
func TestRequestsOfTheDistrict(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		run(t, url)
		a := open(t, url)
		call := app.Call{Actor: identity.Actor{Name: "helen", Roles: []identity.Role{identity.Controller}}, Company: "MILLRACE"}
		for _, x := range []struct {
			request   string
			state     request.State
			approvers int
		}{
			{"RQ-00000001", request.Cleared, 0},
			{"RQ-00000002", request.Cleared, 1},
			{"RQ-00000003", request.Cleared, 2},
			{"RQ-00000004", request.Rejected, 0},
			{"RQ-00000005", request.MoreInformation, 0},
			{"RQ-00000006", request.Withdrawn, 0},
			{"RQ-00000007", request.OnHold, 0},
			{"RQ-00000008", request.InReview, 0},
			{"RQ-00000009", request.InReview, 1},
			{"RQ-00000010", request.Approved, 1},
			{"RQ-00000011", request.Posted, 1},
			{"RQ-00000012", request.Draft, 0},
		} {
			v, err := a.Request(context.Background(), call, x.request)
			if err != nil {
				t.Fatal(err)
			}
			if v.State != x.state || v.Approval == nil || len(v.Approval.Approved) != x.approvers {
				t.Errorf("%s is %s, approved by %v, and should be %s by %d", x.request, v.State, v.Approval, x.state, x.approvers)
			}
		}
		same, err := a.Request(context.Background(), call, "RQ-00000004")
		if err != nil || len(same.Duplicates) != 1 || same.Duplicates[0].Request != "RQ-00000003" {
			t.Errorf("the same receipt again looks like %v (%v)", same.Duplicates, err)
		}
	})
}
