package web

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesStandardLists() {
	const nav = "deduction_setup"
	s.in(nav, "GET /deduction-setup/lists/{code}/codes", s.standardCodes)
	s.in(nav, "POST /deduction-setup/lists/{code}/codes", needs(identity.SetUp, s.takeStandardCodes))
}

// codeList is customers' reason codes and those of standard lists. They are many: app lists them by themselves.
var codeList = setupList{
	kind: "codes", key: []string{"customer", "list", "code", "from"}, names: []string{"customer", "list", "code", "from", "to", "reason", "confirmed_by", "confirmed_at"},
	columns: func(v *visit, _ *app.DeductionSetup) []ui.Column {
		return wide(v.heads("customer", ui.Code, "their_code", ui.Code, "code_reason", ui.Code, "from", ui.Date, "to", ui.Date, "list", ui.Text, "confirmed_by", ui.Text), 5, 6)
	},
	fields: func(v *visit, c *setupChoices) []ui.Field {
		lists := []ui.Option{{Text: v.say("dsetup.own_code")}}
		for _, x := range c.set.Lists {
			lists = append(lists, ui.Option{Value: x.List, Text: x.Name})
		}
		return []ui.Field{
			v.label(ui.Field{Name: "customer", Mono: true, Hint: v.say("dsetup.h.code_customer")}),
			v.label(ui.Field{Name: "list", Type: "select", Options: lists}),
			{Name: "code", Label: v.say("dsetup.f.their_code"), Required: true, Mono: true},
			{Name: "reason", Type: "select", Label: v.say("dsetup.f.code_reason"), Required: true, Options: c.reasons},
			v.label(ui.Field{Name: "from", Type: "date", Required: true, Short: true}),
			v.label(ui.Field{Name: "to", Type: "date", Short: true, Hint: v.say("dsetup.h.until")}),
			v.label(ui.Field{Name: "confirmed_by"}),
		}
	},
	read: func(v *visit) (app.DeductionSetupRow, error) {
		from, err := v.day("from")
		if err != nil {
			return nil, err
		}
		to, err := v.day("to")
		return &app.DeductionCode{Customer: v.form("customer"), List: v.form("list"), Code: v.form("code"), From: from, To: to, Reason: v.form("reason"), ConfirmedBy: v.form("confirmed_by")}, err
	},
}

func (v *visit) codeRow(x *app.DeductionCode) setupRow {
	list := ui.Cell{Sub: v.say("dsetup.own_code")}
	if x.List != "" {
		list = ui.TextCell(x.List)
	}
	return setupRow{
		typed: fieldsOf("customer", x.Customer, "list", x.List, "code", x.Code, "from", x.From.String(), "to", x.To.String(), "reason", x.Reason, "confirmed_by", x.ConfirmedBy, "confirmed_at", x.ConfirmedAt),
		cells: []ui.Cell{v.anyone(x.Customer), ui.TextCell(x.Code), ui.TextCell(x.Reason), ui.DayCell(v.with(), x.From), ui.DayCell(v.with(), x.To), list, {Text: x.ConfirmedBy, Sub: v.instant(x.ConfirmedAt)}},
	}
}

// instant writes an instant; blank stays blank.
func (v *visit) instant(at string) string {
	if at == "" {
		return ""
	}
	return ui.Instant(v.with(), at)
}

// codesOf gives the codes among which the one with the key is.
func (v *visit) codesOf(key url.Values) (all []setupRow, err error) {
	f := app.CodeFilter{Customer: key.Get("customer"), List: key.Get("list"), Search: key.Get("code")}
	for page := (app.Page{Limit: 500}); ; {
		part, err := v.app.DeductionCodes(v.ctx, v.call(), f, page)
		if err != nil {
			return nil, err
		}
		for i := range part.Items {
			all = append(all, v.codeRow(&part.Items[i]))
		}
		if part.Next == "" {
			return all, nil
		}
		page.After = part.Next
	}
}

// reasonCodes lists the codes.
func (v *visit) reasonCodes() error {
	f := app.CodeFilter{Customer: v.query("customer"), List: v.query("list"), Reason: v.query("reason"), Search: v.query("q")}
	list := func(p app.Page) (app.Part[app.DeductionCode], error) {
		return v.app.DeductionCodes(v.ctx, v.call(), f, p)
	}
	if v.exported() {
		return export(v, "deduction-codes", columns(codeList.names), list, func(x app.DeductionCode) []string { return codeList.file(v.codeRow(&x)) })
	}
	set, err := v.app.DeductionSetup(v.ctx, v.call())
	if err != nil {
		return err
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	t := ui.Table{ID: "codes", Caption: v.say("dsetup.codes"), Columns: codeList.columns(v, set), Next: part.Next, After: v.query("after") != "", Empty: ui.Empty{Title: v.say("dsetup.codes.empty"), Lead: v.say("dsetup.codes.lead")}}
	if adds := v.setupAdds(codeList); len(adds) > 0 {
		t.Empty.Action = &adds[0]
	}
	if f != (app.CodeFilter{}) {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: codeList.page(v)}}
	}
	for i := range part.Items {
		t.Rows = append(t.Rows, codeList.row(v, v.codeRow(&part.Items[i])))
	}
	c := v.setupChoices(set)
	var lists []ui.Option
	for _, x := range set.Lists {
		lists = append(lists, ui.Option{Value: x.List, Text: x.Name})
	}
	page := ui.Page{Title: v.say("nav.deduction_setup"), Lead: v.say("dsetup.codes.lead"), Actions: append(v.exports(), v.setupAdds(codeList)...)}
	return v.show(page, templ.Join(v.setupTabs("codes"), codesBody(t, c.reasons[1:], lists)))
}

// standardLists shows the lists that come with the program.
func (v *visit) standardLists() error {
	set, err := v.app.DeductionSetup(v.ctx, v.call())
	if err != nil {
		return err
	}
	t := ui.Table{ID: "lists", Caption: v.say("dsetup.lists"), Columns: wide([]ui.Column{{Title: v.say("dsetup.f.list")}, {Title: v.say("dsetup.f.version")}, {Title: v.say("dsetup.f.source")}, {Title: v.say("dsetup.f.codes"), Kind: ui.Count}, {Title: v.say("dsetup.f.taken"), Kind: ui.Count}}, 2)}
	for _, x := range set.Lists {
		href := v.path("deduction-setup", "lists", x.List, "codes")
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{{Text: x.Name, Href: href, Sub: x.List}, ui.TextCell(x.Version), {Sub: x.Source}, ui.CountCell(v.with(), int64(x.Codes)), ui.CountCell(v.with(), int64(x.Taken))}})
	}
	return v.show(ui.Page{Title: v.say("nav.deduction_setup"), Lead: v.say("dsetup.lists.lead")}, templ.Join(v.setupTabs("lists"), ui.DataTable(t)))
}

// standardView is the codes of a standard list, with the reason that each is for the company.
type standardView struct {
	list    app.StandardList
	form    ui.Form
	codes   []app.StandardCode
	reasons []string
	may     bool
}

func (s *site) standardCodes(v *visit) error { return v.showStandard(nil) }

func (v *visit) showStandard(wrong error) error {
	code := v.r.PathValue("code")
	codes, err := v.app.StandardCodes(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	set, err := v.app.DeductionSetup(v.ctx, v.call())
	if err != nil {
		return err
	}
	w := standardView{codes: codes, may: v.may(identity.SetUp)}
	for _, x := range set.Reasons {
		w.reasons = append(w.reasons, x.Reason)
	}
	for _, x := range set.Lists {
		if x.List == code {
			w.list = x
		}
	}
	w.form = ui.Form{Action: v.path("deduction-setup", "lists", code, "codes"), Submit: v.say("dsetup.take"), Cancel: v.path("deduction-setup", "lists"), Typed: v.r.PostForm, Err: wrong}
	if w.form.Typed == nil {
		w.form.Typed = url.Values{"from": {v.today().String()}}
		for i, x := range codes {
			w.form.Typed.Set("reason"+strconv.Itoa(i), x.Reason)
		}
	}
	page := ui.Page{Title: w.list.Name, Lead: v.say("dsetup.lists.take_lead"), Crumbs: []ui.Link{{Text: v.say("nav.deduction_setup"), Href: v.path("deduction-setup")}, {Text: v.say("dsetup.lists"), Href: v.path("deduction-setup", "lists")}, {Text: code}}}
	if wrong != nil {
		return v.again(wrong, page, standardBody(w))
	}
	return v.show(page, standardBody(w))
}

// takeStandardCodes makes the codes that were given another reason than they have codes for all customers.
func (s *site) takeStandardCodes(v *visit) error {
	code := v.r.PathValue("code")
	codes, err := v.app.StandardCodes(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	req := app.TakeListRequest{List: code, Reasons: map[string]string{}}
	if req.From, err = v.day("from"); err != nil {
		return v.showStandard(err)
	}
	for i, x := range codes {
		if reason := v.form("reason" + strconv.Itoa(i)); reason != "" && reason != x.Reason {
			req.Reasons[x.Code] = reason
		}
	}
	if len(req.Reasons) == 0 {
		return v.showStandard(v.wrong("reason0", "dsetup.take_none"))
	}
	n, err := v.app.TakeStandardList(v.ctx, v.call(), req)
	if err != nil {
		return v.showStandard(err)
	}
	return v.done(codeList.page(v)+"?list="+escapeQuery(code), v.say("dsetup.taken", "n", n))
}
