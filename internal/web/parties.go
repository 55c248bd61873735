package web

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/openitem"
	"quittance/internal/web/ui"
)

// party is who a page of customers or vendors is about: both have the same pages.
type party struct {
	side openitem.Side
	key  string // customers or vendors: of the address, the navigation and the texts
	code string // blank on lists
}

var bothSides = []party{{side: openitem.Customers, key: "customers"}, {side: openitem.Vendors, key: "vendors"}}

// routesParties names the pages of one customer or vendor.
func (s *site) routesParties() {
	for _, of := range bothSides {
		one := func(method, path string, p identity.Permission, page func(*visit, party) error) {
			s.in(of.key, method+" /"+of.key+"/{party}"+path, needs(p, func(v *visit) error {
				who := of
				who.code = v.r.PathValue("party")
				return page(v, who)
			}))
		}
		one("GET", "", identity.Read, s.partyOverview)
		one("POST", "/bank", identity.BankDetails, s.partyBank)
		one("POST", "/confirm-bank", identity.Approve, s.confirmBank)
		one("GET", "/items", identity.Read, s.partyItems)
		one("GET", "/settlements", identity.Read, s.partySettlements)
		one("GET", "/marks", identity.Read, s.partyMarks)
		one("GET", "/statement", identity.Read, s.partyStatement)
		one("GET", "/settle", identity.PostVoucher, s.settleForm)
		one("POST", "/settle", identity.PostVoucher, s.settle)
		one("GET", "/auto-settle", identity.PostVoucher, s.autoSettleForm)
		one("POST", "/auto-settle", identity.PostVoucher, s.autoSettle)
		one("GET", "/unsettle", identity.PostVoucher, s.unsettleForm)
		one("POST", "/unsettle", identity.PostVoucher, s.unsettle)
		one("GET", "/mark", identity.PostVoucher, s.markForm)
		one("POST", "/mark", identity.PostVoucher, s.mark)
		one("GET", "/release", identity.PostVoucher, s.releaseForm)
		one("POST", "/release", identity.PostVoucher, s.release)
		one("GET", "/hold", identity.SetUp, s.holdForm)
		one("POST", "/hold", identity.SetUp, s.hold)
		if of.side == openitem.Customers {
			one("GET", "/reimbursements", identity.Read, s.partyReimbursements)
			one("GET", "/deductions", identity.Read, s.partyDeductions)
			one("GET", "/requests", identity.Read, s.partyRequests)
		}
	}
	s.in("vendors", "GET /vendors", s.vendors)
}

// path gives an address of the party.
func (p party) path(v *visit, parts ...string) string {
	return v.path(append([]string{p.key, p.code}, parts...)...)
}

// say gives the text of the side.
func (p party) say(v *visit, key string, pairs ...any) string { return v.say(p.key+"."+key, pairs...) }

// partyPage is the head of all pages of a customer or vendor.
func (v *visit) partyPage(p party, d *app.PartyDetail, tab string) (ui.Page, templ.Component) {
	page := ui.Page{Title: d.Name, Lead: d.Code, Crumbs: []ui.Link{{Text: p.say(v, "title"), Href: v.path(p.key)}, {Text: d.Code}}, Badges: v.stateBadges(p, d.Party)}
	if d.Name == "" {
		page.Title = d.Code
	}
	if v.may(identity.Reimburse) && p.side == openitem.Customers {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("requests.new"), Href: v.path("requests", "new") + "?customer=" + escapeQuery(p.code)})
		page.Actions = append(page.Actions, ui.Action{Text: v.say("party.simulate"), Href: v.path("runs", "new") + "?customers=" + escapeQuery(p.code)})
	}
	if v.may(identity.PostVoucher) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("party.settle"), Href: p.path(v, "items"), Primary: true})
	}
	parts := []string{"overview", "items", "settlements", "marks", "deductions", "requests", "reimbursements", "statement"}
	if p.side == openitem.Vendors {
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "reimbursements" || s == "deductions" || s == "requests" })
	}
	var tabs []ui.Tab
	for _, part := range parts {
		href := p.path(v, part)
		if part == "overview" {
			href = p.path(v)
		}
		tabs = append(tabs, ui.Tab{Text: v.say("party.tab." + part), Href: href, Here: part == tab})
	}
	return page, ui.Tabs(v.say("party.tabs"), tabs)
}

// stateBadges says what keeps a party from being reimbursed or paid, and what kind of party it is.
func (v *visit) stateBadges(p party, row app.Party) []ui.Badge {
	if p.side == openitem.Customers {
		return v.holdBadges(row)
	}
	var b []ui.Badge
	if row.Hold {
		b = append(b, ui.Badge{Text: v.say("vendors.blocked"), Tone: "warn"})
	}
	if row.OneTime == "yes" || row.OneTime == "template" {
		b = append(b, ui.Badge{Text: v.say("vendors.one_time." + row.OneTime), Tone: "info"})
	}
	return b
}

func (s *site) partyOverview(v *visit, p party) error { return v.showOverview(p, false) }

// partyBank shows the bank details in clear, to who may see them and asks for it: by a POST, so that no link leads here.
func (s *site) partyBank(v *visit, p party) error { return v.showOverview(p, true) }

func (v *visit) showOverview(p party, bankInClear bool) error {
	d, err := v.app.Party(v.ctx, v.call(), p.side, p.code, bankInClear)
	if err != nil {
		return err
	}
	page, tabs := v.partyPage(p, d, "overview")
	if v.may(identity.SetUp) {
		page.Actions = append(page.Actions, ui.Action{Text: p.say(v, "hold_change"), Href: p.path(v, "hold")})
	}
	o := overview{p: p, balances: v.balanceStats(p, d), about: v.about(p, d), bank: v.bank(d.Bank), ages: v.agesChart("ages", d.Ages, p.path(v, "items"))}
	deducted, err := v.deductedStats(p)
	if err != nil {
		return err
	}
	o.balances = append(o.balances, deducted...)
	if d.Bank != nil && !bankInClear && v.may(identity.BankDetails) {
		o.reveal = p.path(v, "bank")
	}
	if b := d.Bank; b != nil && b.ChangedAt != "" && b.ConfirmedBy == "" {
		o.waits = v.say("party.bank_waits", "user", b.ChangedBy, "date", v.instant(b.ChangedAt))
		if v.may(identity.Approve) && b.ChangedBy != v.actor.Name {
			o.confirm = p.path(v, "confirm-bank")
		}
	}
	return v.showApproved(page, templ.Join(tabs, overviewBody(o)), "payee_change", p.code)
}

// confirmBank notes that the reader looked at bank details that somebody else changed.
func (s *site) confirmBank(v *visit, p party) error {
	if err := v.app.ConfirmPartyBank(v.ctx, v.call(), p.side, p.code); err != nil {
		return err
	}
	return v.done(p.path(v), v.say("party.bank_confirmed", "party", p.code))
}

// overview is what the first page of a party shows.
type overview struct {
	p        party
	balances []ui.Stat
	about    []ui.Definition
	bank     []ui.Definition
	waits    string // who must look at the bank details, in words; blank: nobody
	confirm  string // where they are confirmed; blank: the reader may not
	reveal   string // where bank details are shown in clear; blank: the reader may not, or sees them already
	ages     []templ.Component
}

// balanceStats are the balances by currency, each a link to the items that it is made of.
func (v *visit) balanceStats(p party, d *app.PartyDetail) (stats []ui.Stat) {
	for _, o := range d.Open {
		items := func(sign string) string {
			q := p.path(v, "items") + "?currency=" + escapeQuery(o.Currency)
			if sign != "" {
				q += "&sign=" + sign
			}
			return q
		}
		stats = append(stats,
			ui.Stat{Name: v.say("party.balance"), Amount: o.Balance, Currency: o.Currency, Href: items("")},
			ui.Stat{Name: v.say("party.debits"), Amount: o.Debits, Currency: o.Currency, Href: items("debit")},
			ui.Stat{Name: v.say("party.credits"), Amount: o.Credits, Currency: o.Currency, Href: items("credit")})
		if !ui.Zero(o.Marked) {
			stats = append(stats, ui.Stat{Name: v.say("party.marked"), Amount: o.Marked, Currency: o.Currency, Href: p.path(v, "marks")})
		}
	}
	return stats
}

func (v *visit) about(p party, d *app.PartyDetail) []ui.Definition {
	place := strings.TrimSpace(strings.Join([]string{d.PostalCode, d.City, d.State}, " "))
	list := []ui.Definition{
		{Name: p.say(v, "code"), Value: ui.TextCell(d.Code)},
		{Name: v.say("party.group"), Value: ui.TextCell(d.Group)},
		{Name: v.say("party.currency"), Value: ui.TextCell(d.Currency)},
		{Name: v.say("party.street"), Value: ui.TextCell(d.Street)},
		{Name: v.say("party.place"), Value: ui.TextCell(place)},
		{Name: v.say("party.country"), Value: ui.TextCell(d.Country)},
		{Name: v.say("party.email"), Value: ui.TextCell(d.Email)},
		{Name: v.say("party.payment_method"), Value: ui.TextCell(d.PaymentMethod)},
	}
	if d.Parent != "" {
		list = append(list, ui.Definition{Name: v.say("party.parent"), Value: ui.LinkCell(d.Parent, v.path("customers", d.Parent))})
	}
	if d.Vendor != "" {
		list = append(list, ui.Definition{Name: v.say("party.vendor"), Value: ui.LinkCell(d.Vendor, v.path("vendors", d.Vendor))})
	}
	for _, r := range []struct {
		name  string
		codes []string
	}{{"party.children", d.Children}, {"party.customers", d.Customers}} {
		if len(r.codes) > 0 {
			list = append(list, ui.Definition{Name: v.say(r.name), Value: ui.Cell{Body: codeLinks(v.links("customers", r.codes))}})
		}
	}
	return list
}

func (v *visit) links(key string, codes []string) (links []ui.Link) {
	for _, c := range codes {
		links = append(links, ui.Link{Text: c, Href: v.path(key, c)})
	}
	return links
}

func (v *visit) bank(b *app.BankView) []ui.Definition {
	if b == nil {
		return nil
	}
	verified := ui.Badge{Text: v.say("party.unverified"), Tone: "warn"}
	if b.Verified {
		verified = ui.Badge{Text: v.say("party.verified"), Tone: "good"}
	}
	return []ui.Definition{
		{Name: "IBAN", Value: ui.TextCell(b.IBAN)},
		{Name: "BIC", Value: ui.TextCell(b.BIC)},
		{Name: v.say("party.routing"), Value: ui.TextCell(b.RoutingNumber)},
		{Name: v.say("party.account"), Value: ui.TextCell(b.AccountNumber)},
		{Name: v.say("party.account_type"), Value: ui.TextCell(b.AccountType)},
		{Name: v.say("party.state"), Value: ui.BadgeCell(verified)},
		{Name: v.say("party.bank_changed_by"), Value: ui.Cell{Text: b.ChangedBy, Sub: v.instant(b.ChangedAt)}},
		{Name: v.say("party.bank_confirmed_by"), Value: ui.TextCell(b.ConfirmedBy)},
	}
}

// vendors lists the vendors with what is open.
func (s *site) vendors(v *visit) error {
	f := v.partyFilter()
	if v.exported() {
		return v.exportParties("vendors", f, v.app.Vendors)
	}
	part, err := v.app.Vendors(v.ctx, v.call(), f, v.part())
	if err != nil {
		return err
	}
	return v.showParties(bothSides[1], v.partyTable(bothSides[1], part, f != app.PartyFilter{}))
}

// partyFilter reads the filter of a list of parties from the address.
func (v *visit) partyFilter() app.PartyFilter {
	f := app.PartyFilter{Search: v.query("q"), Group: v.query("group"), Credit: v.query("credit") == "yes"}
	switch v.query("held") {
	case "yes", "no":
		held := v.query("held") == "yes"
		f.Held = &held
	}
	return f
}

// holdForm asks for a change of what keeps a party from being reimbursed or paid.
func (s *site) holdForm(v *visit, p party) error { return v.showHold(p, nil) }

func (v *visit) showHold(p party, err error) error {
	d, derr := v.app.Party(v.ctx, v.call(), p.side, p.code, false)
	if derr != nil {
		return derr
	}
	page, _ := v.partyPage(p, d, "")
	page.Title, page.Narrow, page.Actions = p.say(v, "hold_change"), true, nil
	page.Crumbs = []ui.Link{{Text: p.say(v, "title"), Href: v.path(p.key)}, {Text: d.Code, Href: p.path(v)}}
	body := holdBody(ui.Form{Action: p.path(v, "hold"), Submit: v.say("form.save"), Cancel: p.path(v), Typed: v.r.PostForm, Err: err}, p, d)
	if err != nil {
		return v.again(err, page, body)
	}
	return v.show(page, body)
}

func (s *site) hold(v *visit, p party) error {
	hold := v.form("hold") == "yes"
	req := app.HoldRequest{Side: p.side, Party: p.code, Hold: &hold, Reason: v.form("reason")}
	if p.side == openitem.Customers {
		not := v.form("do_not_reimburse") == "yes"
		req.DoNotReimburse = &not
	}
	if req.Reason == "" {
		return v.showHold(p, fault.New(fault.Invalid, "%s", v.say("party.reason_needed")).In("reason"))
	}
	if err := v.app.SetHold(v.ctx, v.call(), req); err != nil {
		return v.showHold(p, err)
	}
	return v.done(p.path(v), p.say(v, "hold_done", "code", p.code))
}
