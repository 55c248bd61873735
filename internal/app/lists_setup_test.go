package app_test

import (
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/openitem"
)

// A parameter is set, holds for the next run, and goes back to its default; what it cannot have is refused.
func TestSetParameter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		value := func(name string) string {
			s, err := d.Setup(ctx, apptest.Call)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range s.Parameters {
				if p.Name == name {
					return p.Value
				}
			}
			return "unknown"
		}
		for _, x := range [][2]string{{"netting", "net"}, {"minimum_reimbursement", "1000.00"}, {"minimum_age_days", "3"}, {"penny_difference_account", "11010"}, {"one_time_vendor_template", "ONETIME"}} {
			if err := d.SetParameter(ctx, apptest.Call, x[0], x[1]); err != nil || value(x[0]) != x[1] {
				t.Errorf("%s is %q, %v", x[0], value(x[0]), err)
			}
		}
		if x := d.MustSimulate(t, app.RunRequest{Selection: all, Date: runDate}); len(x.Reimbursements) != 0 || x.Excluded[0].Reason != "below_minimum" {
			t.Errorf("%+v", x)
		}
		if err := d.SetParameter(ctx, apptest.Call, "minimum_reimbursement", ""); err != nil || value("minimum_reimbursement") != "" {
			t.Error(value("minimum_reimbursement"), err)
		}
		for _, x := range [][3]string{
			{"nothing", "1", "name"},
			{"nothing", "", "name"},
			{"netting", "sideways", "value"},
			{"minimum_reimbursement", "-1.00", "value"},
			{"minimum_reimbursement", "1.001", "value"},
			{"one_time_vendor_template", "V-1001", "value"},
			{"deduction_customer", "nobody", "value"},
			{"penny_difference_account", "11530", "value"},
			{"exchange_gain_account", "99999", "value"},
		} {
			if err := d.SetParameter(ctx, apptest.Call, x[0], x[1]); fault.CodeOf(err) != fault.Invalid || fieldsOf(err)[0] != x[2] {
				t.Errorf("%v gives %v in %v", x, err, fieldsOf(err))
			}
		}
		viewer := app.Call{Actor: identity.Actor{Name: "vera", Roles: []identity.Role{identity.Viewer}}}
		if err := d.SetParameter(ctx, viewer, "netting", "net"); fault.CodeOf(err) != fault.Denied {
			t.Errorf("a viewer sets a parameter: %v", err)
		}
	})
}

// A customer on hold is left out, also of what was proposed before; a blocked vendor is not paid; the trail says why.
func TestSetHold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		yes, no := true, false
		run, err := d.Propose(ctx, apptest.Call, app.RunRequest{Selection: all, Date: runDate}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.SetHold(ctx, apptest.Call, app.HoldRequest{Side: openitem.Customers, Party: "C-1001", Hold: &yes, Reason: "moved away"}); err != nil {
			t.Fatal(err)
		}
		view, err := d.PostRun(ctx, apptest.Call, run.ID, nil)
		if err != nil || view.Totals.Reimbursements != 0 {
			t.Errorf("%+v, %v", view, err)
		}
		trail, err := d.AuditPage(ctx, apptest.Call, app.AuditFilter{Command: "customer.hold"}, app.Page{})
		if err != nil || len(trail.Items) != 1 || trail.Items[0].Subject != "C-1001" || !strings.Contains(trail.Items[0].Detail, "moved away") {
			t.Errorf("%+v, %v", trail, err)
		}
		for _, x := range []struct {
			req    app.HoldRequest
			reason string
		}{
			{app.HoldRequest{Side: openitem.Customers, Party: "C-1001", Hold: &no, DoNotReimburse: &yes, Reason: "asked for it"}, "on_hold"},
			{app.HoldRequest{Side: openitem.Customers, Party: "C-1001", DoNotReimburse: &no, Reason: "no longer"}, ""},
			{app.HoldRequest{Side: openitem.Vendors, Party: "V-1001", Hold: &yes, Reason: "elsewhere"}, "vendor_blocked"},
		} {
			if err := d.SetHold(ctx, apptest.Call, x.req); err != nil {
				t.Fatal(err)
			}
			got := d.MustSimulate(t, app.RunRequest{Selection: all, Date: runDate})
			if reason := reasonOf(got); reason != x.reason {
				t.Errorf("%+v gives %q", x, reason)
			}
		}
		for field, req := range map[string]app.HoldRequest{
			"reason": {Side: openitem.Customers, Party: "C-1001", Hold: &yes}, "hold": {Side: openitem.Customers, Party: "C-1001", Reason: "x"},
			"do_not_reimburse": {Side: openitem.Vendors, Party: "V-1001", Hold: &yes, DoNotReimburse: &yes, Reason: "x"},
		} {
			if err := d.SetHold(ctx, apptest.Call, req); fault.CodeOf(err) != fault.Invalid || fieldsOf(err)[0] != field {
				t.Errorf("%+v gives %v", req, err)
			}
		}
		if err := d.SetHold(ctx, apptest.Call, app.HoldRequest{Side: openitem.Vendors, Party: "C-1001", Hold: &yes, Reason: "x"}); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("a customer among the vendors gives %v", err)
		}
	})
}

// reasonOf gives the reason of the first who is left out; blank when nobody is.
func reasonOf(x *apptest.Decisions) string {
	if len(x.Excluded) == 0 {
		return ""
	}
	return string(x.Excluded[0].Reason)
}
