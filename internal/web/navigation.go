package web

import (
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

// navigation gives what the reader can go to. What a role lacks is left out here for comfort only: app refuses it.
func (v *visit) navigation() []ui.NavGroup {
	var groups []ui.NavGroup
	if v.code != "" {
		to := func(key, letter string, parts ...string) ui.NavItem {
			return ui.NavItem{Key: key, Letter: letter, Href: ui.CompanyPath(v.code, parts...)}
		}
		groups = []ui.NavGroup{
			{Items: []ui.NavItem{to("home", "h"), to("approvals", "j", "approvals")}},
			{Title: "nav.group.pay", Items: []ui.NavItem{to("requests", "g", "requests"), to("request_figures", "", "requests", "figures"), to("runs", "r", "runs"), to("reimbursements", "b", "reimbursements"), to("credit_ageing", "x", "credit-ageing")}},
			{Title: "nav.group.receive", Items: []ui.NavItem{to("payments", "y", "payments"), to("remittances", "m", "remittances"), to("deductions", "d", "deductions"), to("deduction_figures", "f", "deduction-figures")}},
			{Title: "nav.group.out", Items: []ui.NavItem{to("vendor_payments", "w", "vendor-payments"), to("banks", "q", "bank-statements"), to("unclaimed", "z", "unclaimed"), to("payment_setup", "n", "payment-setup")}},
			{Title: "nav.group.parties", Items: []ui.NavItem{to("customers", "c", "customers"), to("vendors", "v", "vendors")}},
			{Title: "nav.group.ledger", Items: []ui.NavItem{to("vouchers", "o", "vouchers"), to("trial_balance", "t", "trial-balance"), to("control", "l", "control"), to("trace", "k", "trace"), to("periods", "p", "periods"), to("audit", "a", "audit"), to("reports", "", "reports")}},
			{Title: "nav.group.admin", Items: []ui.NavItem{to("import", "i", "import"), to("setup", "s", "setup"), to("deduction_setup", "e", "deduction-setup"), to("integrations", "", "integrations")}},
		}
	}
	if v.actor.AllowIn("", identity.Administer) == nil {
		users := ui.NavItem{Key: "users", Letter: "u", Href: "/users"}
		if len(groups) == 0 {
			return []ui.NavGroup{{Title: "nav.group.admin", Items: []ui.NavItem{users}}}
		}
		last := &groups[len(groups)-1]
		last.Items = append(last.Items, users)
	}
	return groups
}
