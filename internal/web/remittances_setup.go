package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/format/remit"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesRemittanceSetup() {
	const nav = "remittances"
	s.in(nav, "GET /remittances/maps", s.remittanceSetup)
	for _, x := range remittanceThings {
		s.in(nav, "GET /remittances/"+x.key+"/edit", needs(identity.SetUp, func(v *visit) error { return x.edit(v) }))
		s.in(nav, "POST /remittances/"+x.key+"/edit", needs(identity.SetUp, func(v *visit) error { return x.save(v) }))
		s.in(nav, "POST /remittances/"+x.key+"/remove", needs(identity.SetUp, func(v *visit) error { return x.remove(v) }))
	}
}

// remittanceThing is a kind of the set-up of remittances: column maps, partners.
type remittanceThing struct {
	key    string
	all    func(*visit) ([]url.Values, error) // each by its fields
	fields func(*visit) ([]ui.Field, error)
	set    func(*visit) error
	drop   func(*visit, string) error
}

var remittanceThings = []remittanceThing{
	{"maps", allMaps, mapFields, setMap, func(v *visit, code string) error { return v.app.DeleteRemittanceMap(v.ctx, v.call(), code) }},
	{"partners", allPartners, partnerFields, setPartner, func(v *visit, code string) error { return v.app.DeleteRemittancePartner(v.ctx, v.call(), code) }},
}

func allMaps(v *visit) (all []url.Values, err error) {
	maps, err := v.app.RemittanceMaps(v.ctx, v.call())
	for _, m := range maps {
		x := fieldsOf("code", m.Code, "name", m.Name, "header", strconv.Itoa(m.Header), "sheet", m.Sheet, "comma", m.Comma, "decimal", m.Decimal, "date", m.Date, "sign", m.Sign, "encoding", m.Encode)
		for what, column := range m.Columns {
			x.Set("column-"+what, column)
		}
		all = append(all, x)
	}
	return all, err
}

func mapFields(v *visit) ([]ui.Field, error) {
	fields := []ui.Field{
		{Name: "code", Label: v.say("setup.code"), Required: true, Mono: true},
		{Name: "name", Label: v.say("customers.name")},
		{Name: "header", Label: v.say("remit.header"), Hint: v.say("remit.header_hint"), Short: true},
		{Name: "sheet", Label: v.say("remit.sheet"), Hint: v.say("remit.sheet_hint")},
		{Name: "comma", Label: v.say("remit.comma"), Hint: v.say("remit.comma_hint"), Short: true},
		{Name: "decimal", Type: "select", Label: v.say("remit.decimal"), Options: []ui.Option{{Value: "point", Text: "1,234.56"}, {Value: "comma", Text: "1.234,56"}}},
		{Name: "date", Label: v.say("remit.date"), Hint: v.say("remit.date_form"), Mono: true},
		{Name: "sign", Type: "select", Label: v.say("remit.sign"), Options: v.optionsOf("remit.sign.", []string{remit.PositiveReduces, remit.NegativeReduces})},
		{Name: "encoding", Type: "select", Label: v.say("remit.encoding"), Options: []ui.Option{{Value: "utf-8", Text: "UTF-8"}, {Value: "windows-1252", Text: "Windows-1252"}}},
	}
	for _, what := range remit.Fields() {
		fields = append(fields, ui.Field{Name: "column-" + what, Label: v.say("remit.column." + what), Mono: true, Quiet: true})
	}
	return fields, nil
}

func setMap(v *visit) error {
	m := app.RemittanceMap{Code: v.form("code"), Name: v.form("name"), Columns: map[string]string{}, Sheet: v.form("sheet"), Comma: v.form("comma"), Decimal: v.form("decimal"), Date: v.form("date"), Sign: v.form("sign"), Encode: v.form("encoding")}
	for _, what := range remit.Fields() {
		if column := v.form("column-" + what); column != "" {
			m.Columns[what] = column
		}
	}
	var err error
	if m.Header, err = v.number("header"); err != nil {
		return err
	}
	return v.app.SetRemittanceMap(v.ctx, v.call(), m)
}

func allPartners(v *visit) (all []url.Values, err error) {
	partners, err := v.app.RemittancePartners(v.ctx, v.call())
	for _, p := range partners {
		all = append(all, fieldsOf("code", p.Code, "customer", p.Customer, "sign", p.Sign, "bank", p.Bank, "map", p.Map))
	}
	return all, err
}

func partnerFields(v *visit) ([]ui.Field, error) {
	maps, err := v.app.RemittanceMaps(v.ctx, v.call())
	choices := []ui.Option{{Text: "–"}}
	for _, m := range maps {
		choices = append(choices, ui.Option{Value: m.Code, Text: codeAndName(m.Code, m.Name)})
	}
	return []ui.Field{
		{Name: "code", Label: v.say("remit.partner_code"), Hint: v.say("remit.partner_hint"), Required: true, Mono: true},
		{Name: "customer", Label: v.say("kind.customer"), Required: true, Mono: true},
		{Name: "map", Type: "select", Label: v.say("remit.map"), Options: choices},
		{Name: "bank", Label: v.say("remit.bank"), Hint: v.say("remit.partner_bank"), Mono: true},
		{Name: "sign", Type: "select", Label: v.say("remit.sign_820"), Hint: v.say("remit.sign_hint"), Options: orNone(v.say("remit.sign.version"), v.optionsOf("remit.sign.", []string{remit.PositiveReduces, remit.NegativeReduces}))},
	}, err
}

func setPartner(v *visit) error {
	return v.app.SetRemittancePartner(v.ctx, v.call(), app.RemittancePartner{Code: v.form("code"), Customer: v.form("customer"), Sign: v.form("sign"), Bank: v.form("bank"), Map: v.form("map")})
}

// remittanceSetup lists the column maps and the partners.
func (s *site) remittanceSetup(v *visit) error {
	var parts []templ.Component
	for _, x := range remittanceThings {
		all, err := x.all(v)
		if err != nil {
			return err
		}
		var adds []ui.Action
		if v.may(identity.SetUp) {
			adds = []ui.Action{{Text: v.say("remit." + x.key + ".new"), Href: v.path("remittances", x.key, "edit"), Icon: "plus"}}
		}
		parts = append(parts, setupInside(v.say("remit."+x.key), v.say("remit."+x.key+".lead"), adds, ui.DataTable(x.table(v, all))))
	}
	return v.show(ui.Page{Title: v.say("remit.maps_title"), Lead: v.say("remit.maps_title_lead"), Crumbs: []ui.Link{{Text: v.say("nav.remittances"), Href: v.path("remittances")}}}, templ.Join(parts...))
}

func (x remittanceThing) table(v *visit, all []url.Values) ui.Table {
	t := ui.Table{ID: x.key, Caption: v.say("remit." + x.key), Empty: ui.Empty{Title: v.say("remit." + x.key + ".empty")}}
	if x.key == "maps" {
		t.Columns = []ui.Column{{Title: v.say("setup.code"), Kind: ui.Code}, {Title: v.say("customers.name")}, {Title: v.say("remit.columns"), Wide: true}}
	} else {
		t.Columns = wide([]ui.Column{{Title: v.say("remit.partner_code"), Kind: ui.Code}, {Title: v.say("kind.customer"), Kind: ui.Code}, {Title: v.say("remit.map"), Kind: ui.Code}, {Title: v.say("remit.bank"), Kind: ui.Code}, {Title: v.say("remit.sign_820")}}, 3, 4)
	}
	for _, f := range all {
		code := ui.TextCell(f.Get("code"))
		r := ui.Row{}
		if v.may(identity.SetUp) {
			r.Href = v.path("remittances", x.key, "edit") + "?code=" + escapeQuery(f.Get("code"))
			code.Href = r.Href
		}
		if x.key == "maps" {
			r.Cells = []ui.Cell{code, ui.TextCell(f.Get("name")), {Sub: mapped(v, f)}}
		} else {
			sign := v.say("remit.sign.version")
			if f.Get("sign") != "" {
				sign = v.say("remit.sign." + f.Get("sign"))
			}
			r.Cells = []ui.Cell{code, ui.LinkCell(f.Get("customer"), v.path("customers", f.Get("customer"))), ui.TextCell(f.Get("map")), ui.TextCell(f.Get("bank")), {Sub: sign}}
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// mapped says which columns a map names.
func mapped(v *visit, f url.Values) string {
	var all []string
	for _, what := range remit.Fields() {
		if c := f.Get("column-" + what); c != "" {
			all = append(all, v.say("remit.column."+what)+": "+c)
		}
	}
	return strings.Join(all, " · ")
}

// find gives the fields of the one with the code; nil when there is none.
func (x remittanceThing) find(v *visit, code string) (url.Values, error) {
	all, err := x.all(v)
	if i := slices.IndexFunc(all, func(f url.Values) bool { return f.Get("code") == code }); err == nil && i >= 0 {
		return all[i], nil
	}
	return nil, err
}

func (x remittanceThing) edit(v *visit) error {
	code := v.query("code")
	typed := url.Values{"header": {"1"}}
	if code != "" {
		var err error
		if typed, err = x.find(v, code); err != nil {
			return err
		}
		if typed == nil {
			return fault.New(fault.NotFound, "%s", v.say("dsetup.gone", "row", shortName(code)))
		}
	}
	return x.show(v, typed, code != "", nil)
}

func (x remittanceThing) show(v *visit, typed url.Values, was bool, wrong error) error {
	fields, err := x.fields(v)
	if err != nil {
		return err
	}
	home := v.path("remittances", "maps")
	w := remittanceThingView{was: was, code: typed.Get("code"), form: ui.Form{Action: v.path("remittances", x.key, "edit"), Submit: v.say("form.save"), Cancel: home, Typed: typed, Err: wrong}}
	title := v.say("remit." + x.key + ".new")
	if was {
		title = w.code
		w.remove = ui.Form{Action: v.path("remittances", x.key, "remove"), Submit: v.say("dsetup.remove_this", "row", w.code), Danger: true}
	}
	for _, f := range fields {
		switch {
		case was && f.Name == "code":
		case strings.HasPrefix(f.Name, "column-"):
			w.columns = append(w.columns, f)
		default:
			w.fields = append(w.fields, f)
		}
	}
	page := ui.Page{Title: title, Lead: v.say("remit." + x.key + ".lead"), Narrow: true, Crumbs: []ui.Link{{Text: v.say("nav.remittances"), Href: v.path("remittances")}, {Text: v.say("remit.maps_title"), Href: home}}}
	if wrong != nil {
		return v.again(wrong, page, remittanceThingBody(w))
	}
	return v.show(page, remittanceThingBody(w))
}

// save saves what was typed; one that is called new is refused when it is there already.
func (x remittanceThing) save(v *visit) error {
	was, code := v.form("was") == "yes", v.form("code")
	var err error
	if !was {
		var known url.Values
		if known, err = x.find(v, code); err == nil && known != nil {
			err = v.wrong("code", "dsetup.known", "row", shortName(code))
		}
	}
	if err == nil {
		err = x.set(v)
	}
	if err != nil {
		return x.show(v, v.r.PostForm, was, err)
	}
	return v.done(v.path("remittances", "maps"), v.say("dsetup.saved", "row", code))
}

func (x remittanceThing) remove(v *visit) error {
	code := v.form("code")
	if err := x.drop(v, code); err != nil {
		typed, ferr := x.find(v, code)
		if ferr != nil || typed == nil {
			return err
		}
		return x.show(v, typed, true, err)
	}
	return v.done(v.path("remittances", "maps"), v.say("dsetup.removed", "row", code))
}
