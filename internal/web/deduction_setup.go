package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesDeductionSetup() {
	const nav = "deduction_setup"
	s.in(nav, "GET /deduction-setup", s.deductionSetup)
	s.in(nav, "GET /deduction-setup/{list}", s.deductionSetup)
	s.in(nav, "GET /deduction-setup/{list}/edit", needs(identity.SetUp, s.setupRowForm))
	s.in(nav, "POST /deduction-setup/{list}/edit", needs(identity.SetUp, s.saveSetupRow))
	s.in(nav, "GET /deduction-setup/{list}/remove", needs(identity.SetUp, s.removeSetupForm))
	s.in(nav, "POST /deduction-setup/{list}/remove", needs(identity.SetUp, s.removeSetupRow))
	s.routesPlans()
	s.routesStandardLists()
}

// setupList is a list of the set-up of deductions: its table, and the form of a row. A row is known by the values of its fields as the
// form has them, so that a link to it, the form, and the file of the list say the same.
type setupList struct {
	kind    string   // as app names it, such as types
	inside  string   // the list on whose page it stands; blank: it has a page of its own
	key     []string // names of the fields that are its key
	names   []string // of all fields, in the order of a file
	columns func(*visit, *app.DeductionSetup) []ui.Column
	rows    func(*visit, *app.DeductionSetup) []setupRow // nil: app does not list them with the rest
	fields  func(*visit, *setupChoices) []ui.Field
	fresh   url.Values // what a new row has
	read    func(*visit) (app.DeductionSetupRow, error)
}

// setupRow is a row of a list: what is shown, and its fields.
type setupRow struct {
	cells []ui.Cell
	typed url.Values
	tone  string
	href  string // where it leads, unless to its form
}

// setupChoices are what fields may be chosen from.
type setupChoices struct {
	set                   *app.DeductionSetup
	types, reasons, plans []ui.Option
}

func (v *visit) setupChoices(set *app.DeductionSetup) *setupChoices {
	none := ui.Option{Text: "–"}
	c := &setupChoices{set: set, types: []ui.Option{none}, reasons: []ui.Option{none}, plans: []ui.Option{none}}
	for _, x := range set.Types {
		c.types = append(c.types, ui.Option{Value: x.Type, Text: codeAndName(x.Type, x.Name)})
	}
	for _, x := range set.Reasons {
		c.reasons = append(c.reasons, ui.Option{Value: x.Reason, Text: codeAndName(x.Reason, x.Name)})
	}
	for _, x := range set.Plans {
		c.plans = append(c.plans, ui.Option{Value: x.Plan, Text: codeAndName(x.Plan, x.Name)})
	}
	return c
}

// setupLists are all lists, in the order of their tabs.
func setupLists() []setupList {
	return []setupList{typeList, reasonList, codeList, planList, limitList, ruleList, setupCustomerList, substateList, termsList, customerTermsList, discountList}
}

func findSetupList(kind string) (setupList, bool) {
	all := setupLists()
	i := slices.IndexFunc(all, func(l setupList) bool { return l.kind == kind })
	if i < 0 {
		return setupList{}, false
	}
	return all[i], true
}

// page is the page that the list stands on.
func (l setupList) page(v *visit) string { return v.path("deduction-setup", cmp.Or(l.inside, l.kind)) }

// at is an address about a row: its form, or its removal.
func (l setupList) at(v *visit, what string, typed url.Values) string {
	key := url.Values{}
	for _, k := range l.key {
		key.Set(k, typed.Get(k))
	}
	return v.path("deduction-setup", l.kind, what) + "?" + key.Encode()
}

// is says whether the fields are those of the row with the key.
func (l setupList) is(typed, key url.Values) bool {
	return !slices.ContainsFunc(l.key, func(k string) bool { return typed.Get(k) != key.Get(k) })
}

// named says what a row is called: the values of its key.
func (l setupList) named(v *visit, key url.Values) string {
	var parts []string
	for _, k := range l.key {
		x := key.Get(k)
		if k == "scope" && x != "" {
			x = v.say("dsetup.scope." + x)
		}
		if x != "" {
			parts = append(parts, x)
		}
	}
	return cmp.Or(strings.Join(parts, " · "), v.say("dsetup.everyone"))
}

// setupTabs lead to the lists.
func (v *visit) setupTabs(here string) templ.Component {
	var tabs []ui.Tab
	for _, l := range setupLists() {
		if l.inside == "" {
			tabs = append(tabs, ui.Tab{Text: v.say("dsetup." + l.kind), Href: l.page(v), Here: l.kind == here})
		}
		if l.kind == codeList.kind {
			tabs = append(tabs, ui.Tab{Text: v.say("dsetup.lists"), Href: v.path("deduction-setup", "lists"), Here: here == "lists"})
		}
	}
	return ui.Tabs(v.say("nav.deduction_setup"), tabs)
}

// deductionSetup shows a list of the set-up, with those that stand on its page.
func (s *site) deductionSetup(v *visit) error {
	here := cmp.Or(v.r.PathValue("list"), typeList.kind)
	switch here {
	case codeList.kind:
		return v.reasonCodes()
	case "lists":
		return v.standardLists()
	}
	l, known := findSetupList(here)
	if !known || l.inside != "" {
		return v.notFound()
	}
	set, err := v.app.DeductionSetup(v.ctx, v.call())
	if err != nil {
		return err
	}
	if v.exported() {
		return export(v, "deduction-"+l.kind, columns(l.names), whole(l.rows(v, set)), l.file)
	}
	page := ui.Page{Title: v.say("nav.deduction_setup"), Lead: v.say("dsetup." + l.kind + ".lead"), Actions: append(v.exports(), v.setupAdds(l)...)}
	parts := []templ.Component{v.setupTabs(here), ui.DataTable(l.table(v, set))}
	for _, x := range setupLists() {
		if x.inside == l.kind {
			parts = append(parts, setupInside(v.say("dsetup."+x.kind), v.say("dsetup."+x.kind+".lead"), v.setupAdds(x), x.insideTable(v, set)))
		}
	}
	return v.show(page, templ.Join(parts...))
}

// file gives the fields of a row as a file has them.
func (l setupList) file(r setupRow) (cells []string) {
	for _, n := range l.names {
		cells = append(cells, strings.Join(r.typed[n], "; "))
	}
	return cells
}

// setupAdds is the button that makes a row of the list.
func (v *visit) setupAdds(l setupList) []ui.Action {
	if !v.may(identity.SetUp) {
		return nil
	}
	return []ui.Action{{Text: v.say("dsetup." + l.kind + ".new"), Href: v.path("deduction-setup", l.kind, "edit"), Icon: "plus", Primary: l.inside == ""}}
}

// insideTable is the table of a list on the page of another one; nil where app does not list it.
func (l setupList) insideTable(v *visit, set *app.DeductionSetup) templ.Component {
	if l.rows == nil {
		return nil
	}
	t := l.table(v, set)
	t.Empty.Lead, t.Empty.Action = "", nil // they stand beside it
	return ui.DataTable(t)
}

func (l setupList) table(v *visit, set *app.DeductionSetup) ui.Table {
	t := ui.Table{ID: l.kind, Caption: v.say("dsetup." + l.kind), Columns: l.columns(v, set), Empty: ui.Empty{Title: v.say("dsetup." + l.kind + ".empty"), Lead: v.say("dsetup." + l.kind + ".lead")}}
	if adds := v.setupAdds(l); len(adds) > 0 {
		t.Empty.Action = &adds[0]
	}
	for _, r := range l.rows(v, set) {
		t.Rows = append(t.Rows, l.row(v, r))
	}
	return t
}

// row shows a row; its first cell leads to its form.
func (l setupList) row(v *visit, r setupRow) ui.Row {
	href := r.href
	if href == "" && v.may(identity.SetUp) {
		href = l.at(v, "edit", r.typed)
	}
	row := ui.Row{Href: href, Cells: r.cells, Tone: r.tone}
	row.Cells[0].Href = href
	return row
}

// find gives the fields of the row with the key.
func (l setupList) find(v *visit, set *app.DeductionSetup, key url.Values) (url.Values, error) {
	var rows []setupRow
	switch {
	case l.kind == codeList.kind:
		some, err := v.codesOf(key)
		if err != nil {
			return nil, err
		}
		rows = some
	case l.rows == nil:
		return key, nil
	default:
		rows = l.rows(v, set)
	}
	for _, r := range rows {
		if l.is(r.typed, key) {
			return r.typed, nil
		}
	}
	return nil, fault.New(fault.NotFound, "%s", v.say("dsetup.gone", "row", l.named(v, key)))
}

// asked says whether the values name a row: any of its key stands among them.
func (l setupList) asked(values url.Values) bool {
	return slices.ContainsFunc(l.key, func(k string) bool { return values.Has(k) })
}

// setupRowForm asks for a new row, or changes the one with the key in the address.
func (s *site) setupRowForm(v *visit) error {
	l, known := findSetupList(v.r.PathValue("list"))
	if !known {
		return v.notFound()
	}
	set, err := v.app.DeductionSetup(v.ctx, v.call())
	if err != nil {
		return err
	}
	typed := l.fresh
	q := v.r.URL.Query()
	was := l.asked(q) && q.Get("as") != "new"
	if was {
		if typed, err = l.find(v, set, q); err != nil {
			return err
		}
	} else if len(q) > 0 { // a new one with something filled in
		typed = url.Values{}
		for _, n := range l.names {
			typed[n] = append(slices.Clone(q[n]), l.fresh[n]...)
		}
	}
	return v.showSetupRow(l, set, typed, was, nil)
}

// showSetupRow shows the form of a row. The key of a row that is there already stays as it is.
func (v *visit) showSetupRow(l setupList, set *app.DeductionSetup, typed url.Values, was bool, wrong error) error {
	title := v.say("dsetup." + l.kind + ".new")
	if was {
		title = l.named(v, typed)
	}
	if typed == nil {
		typed = url.Values{}
	}
	home := cmp.Or(l.inside, l.kind)
	w := setupRowView{
		form: ui.Form{Action: v.path("deduction-setup", l.kind, "edit"), Submit: v.say("form.save"), Cancel: l.page(v), Typed: typed, Err: wrong},
		was:  was, key: url.Values{},
	}
	choices := v.setupChoices(set)
	for _, f := range l.fields(v, choices) {
		switch {
		case was && slices.Contains(l.key, f.Name):
			w.key[f.Name] = []string{typed.Get(f.Name)}
			w.known = append(w.known, ui.Definition{Name: f.Label, Value: ui.TextCell(cmp.Or(optionText(f, typed.Get(f.Name)), v.say("dsetup.everyone")))})
		case f.Name == "evidence":
			w.evidence = true
		default:
			w.fields = append(w.fields, f)
		}
	}
	if was {
		w.remove = l.at(v, "remove", typed)
	}
	page := ui.Page{Title: title, Lead: v.say("dsetup." + l.kind + ".lead"), Narrow: true, Crumbs: []ui.Link{{Text: v.say("nav.deduction_setup"), Href: v.path("deduction-setup")}, {Text: v.say("dsetup." + home), Href: l.page(v)}, {Text: title}}}
	if wrong != nil {
		return v.again(wrong, page, setupRowBody(w))
	}
	return v.show(page, setupRowBody(w))
}

// optionText gives what the value of a field says: the text of its option, where it has some.
func optionText(f ui.Field, value string) string {
	for _, o := range f.Options {
		if o.Value == value && value != "" {
			return o.Text
		}
	}
	return value
}

// saveSetupRow saves a row. One that is called new is refused when it is there already, so that nobody overwrites what they do not see.
func (s *site) saveSetupRow(v *visit) error {
	l, known := findSetupList(v.r.PathValue("list"))
	if !known {
		return v.notFound()
	}
	was := v.form("was") == "yes"
	row, err := l.read(v)
	if err == nil && !was {
		err = v.setupIsNew(l)
	}
	if err == nil {
		err = v.app.SaveDeductionSetup(v.ctx, v.call(), row)
	}
	if err == nil {
		return v.done(l.page(v), v.say("dsetup.saved", "row", l.named(v, v.r.PostForm)))
	}
	set, serr := v.app.DeductionSetup(v.ctx, v.call())
	if serr != nil {
		return serr
	}
	return v.showSetupRow(l, set, v.r.PostForm, was, l.atFields(v, err))
}

// setupIsNew refuses the key of a row that is there.
func (v *visit) setupIsNew(l setupList) error {
	if l.rows == nil && l.kind != codeList.kind {
		return nil // they come and go with what they are about
	}
	set, err := v.app.DeductionSetup(v.ctx, v.call())
	if err != nil {
		return err
	}
	key := url.Values{}
	for _, k := range l.key {
		key.Set(k, v.form(k))
	}
	_, err = l.find(v, set, key)
	switch {
	case err == nil:
		return v.wrong(l.key[len(l.key)-1], "dsetup.known", "row", l.named(v, key))
	case fault.CodeOf(err) == fault.NotFound:
		return nil
	}
	return err
}

// atFields moves errors of fields that the form has under another name.
func (l setupList) atFields(v *visit, err error) error {
	if l.kind != planList.kind {
		return err
	}
	var list fault.List
	for _, e := range ui.Faults(err) {
		one := *e
		if one.Field == "code" || one.Field == "scope" {
			one.Field = "customers"
		}
		list = append(list, &one)
	}
	return list.Err()
}

// removeSetupForm asks whether a row is to go.
func (s *site) removeSetupForm(v *visit) error {
	l, known := findSetupList(v.r.PathValue("list"))
	if !known {
		return v.notFound()
	}
	return v.showRemoveSetup(l, v.r.URL.Query(), nil)
}

func (v *visit) showRemoveSetup(l setupList, key url.Values, wrong error) error {
	carry := url.Values{}
	for _, k := range l.key {
		carry.Set(k, key.Get(k))
	}
	name := l.named(v, carry)
	f := ui.Form{Action: v.path("deduction-setup", l.kind, "remove"), Submit: v.say("dsetup.remove_this", "row", name), Cancel: l.page(v), Danger: true, Err: wrong}
	page := ui.Page{Title: v.say("dsetup.remove_title", "row", name), Narrow: true, Crumbs: []ui.Link{{Text: v.say("nav.deduction_setup"), Href: v.path("deduction-setup")}, {Text: v.say("dsetup." + cmp.Or(l.inside, l.kind)), Href: l.page(v)}, {Text: name}}}
	body := removeSetupBody(f, carry, v.say("dsetup."+l.kind))
	if wrong != nil {
		return v.again(wrong, page, body)
	}
	return v.show(page, body)
}

// removeSetupRow takes a row away.
func (s *site) removeSetupRow(v *visit) error {
	l, known := findSetupList(v.r.PathValue("list"))
	if !known {
		return v.notFound()
	}
	row, err := l.keyOnly(v)
	if err == nil {
		err = v.app.RemoveDeductionSetup(v.ctx, v.call(), row)
	}
	if err != nil {
		return v.showRemoveSetup(l, v.r.PostForm, err)
	}
	return v.done(l.page(v), v.say("dsetup.removed", "row", l.named(v, v.r.PostForm)))
}

// keyOnly reads a row of which only the key was sent.
func (l setupList) keyOnly(v *visit) (app.DeductionSetupRow, error) {
	for _, n := range l.names {
		if !slices.Contains(l.key, n) {
			v.r.PostForm.Del(n)
		}
	}
	return l.read(v)
}

// number reads a whole number that was typed; blank is 0.
func (v *visit) number(name string) (int, error) {
	text := v.form(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	const most = 36500 // days in a hundred years
	if err != nil || n < 0 || n > most {
		return 0, v.wrong(name, "dsetup.no_number", "value", shortName(text))
	}
	return n, nil
}

// someNumber writes a number that may be none.
func someNumber(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
