package web

import (
	"context"
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

func (s *site) routesPosting() {
	s.in("vouchers", "GET /new-journal", needs(identity.PostVoucher, s.journalForm))
	s.in("vouchers", "POST /new-journal", needs(identity.PostVoucher, s.journal))
	s.in("vouchers", "GET /new-document", needs(identity.PostVoucher, s.documentForm))
	s.in("vouchers", "POST /new-document", needs(identity.PostVoucher, s.document))
}

const (
	rowsAtFirst = 4
	rowsMost    = 100
)

// entryForm is a form with rows: the head of a voucher, and its lines.
type entryForm struct {
	title, lead string
	form        ui.Form
	head        []ui.Field
	columns     []ui.Field // of a row; their names end with the number of the row
	rows        int

	effect *app.Effect
	do     ui.Form
}

// cell is the field of a column in a row.
func (f entryForm) cell(c ui.Field, row int) ui.Field {
	c.Name += strconv.Itoa(row)
	return c
}

func (v *visit) rows() int {
	n, _ := strconv.Atoi(v.form("rows"))
	n = min(max(n, rowsAtFirst), rowsMost)
	if v.form("step") == "more" {
		n = min(n+rowsAtFirst, rowsMost)
	}
	return n
}

// showEntry shows the form, with the effect when it was asked for and with errors at their rows.
func (v *visit) showEntry(f entryForm, err error) error {
	page := ui.Page{Title: f.title, Lead: f.lead, Crumbs: []ui.Link{{Text: v.say("nav.vouchers"), Href: v.path("vouchers")}, {Text: f.title}}}
	f.rows = v.rows()
	f.form.Typed, f.form.Err = v.r.PostForm, inRows(err)
	if err != nil {
		return v.again(err, page, entryBody(f, nil, nil))
	}
	if f.effect == nil {
		return v.show(page, entryBody(f, nil, nil))
	}
	carry := url.Values{}
	for name, values := range v.r.PostForm {
		if name != "key" {
			carry[name] = values
		}
	}
	carry["step"] = []string{"do"}
	return v.show(page, entryBody(f, carry, v.effect(&app.Effect{Vouchers: f.effect.Vouchers})))
}

// inRows moves an error of a line, which app places as "line 3", to the field of that row.
func inRows(err error) error {
	var list fault.List
	for _, e := range ui.Faults(err) {
		one := *e
		if n, ok := rowOf(one.Place); ok {
			if one.Field == "" {
				one.Field = "account"
			}
			one.Field += n
		}
		list = append(list, &one)
	}
	return list.Err()
}

func rowOf(place string) (string, bool) {
	const line = "line "
	if len(place) > len(line) && place[:len(line)] == line {
		if n, err := strconv.Atoi(place[len(line):]); err == nil {
			return strconv.Itoa(n - 1), true
		}
	}
	return "", false
}

// postingOptions are what can be chosen in the forms for posting.
func (v *visit) postingOptions() (accounts []string, classes []ui.Option, err error) {
	set, err := v.app.Setup(v.ctx, v.call())
	if err != nil {
		return nil, nil, err
	}
	classes = []ui.Option{{Text: "–"}}
	for _, c := range set.Classifications {
		classes = append(classes, ui.Option{Value: c.Code, Text: c.Code + " " + c.Name})
	}
	lines, _, err := v.app.TrialBalance(v.ctx, v.call(), 0)
	const most = 500 // that a browser is given to choose from
	for _, l := range lines[:min(len(lines), most)] {
		accounts = append(accounts, l.Account)
	}
	return accounts, classes, err
}

func (v *visit) journalEntry() (entryForm, error) {
	accounts, classes, err := v.postingOptions()
	return entryForm{
		title: v.say("posting.journal"), lead: v.say("posting.journal_lead"),
		form: ui.Form{Action: v.path("new-journal"), Submit: v.say("effect.show"), Cancel: v.path("vouchers")},
		head: []ui.Field{
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
			{Name: "text", Label: v.say("voucher.text")},
			{Name: "currency", Label: v.say("party.currency"), Hint: v.say("posting.currency_hint"), Short: true},
			{Name: "number", Label: v.say("posting.number"), Hint: v.say("posting.number_hint"), Mono: true},
		},
		columns: []ui.Field{
			{Name: "account", Label: v.say("voucher.account"), Mono: true, List: accounts},
			{Name: "customer", Label: v.say("kind.customer"), Mono: true},
			{Name: "vendor", Label: v.say("kind.vendor"), Mono: true},
			{Name: "classification", Label: v.say("posting.classification"), Type: "select", Options: classes},
			{Name: "linetext", Label: v.say("voucher.text")},
			{Name: "debit", Label: v.say("items.debit"), Short: true},
			{Name: "credit", Label: v.say("items.credit"), Short: true},
		},
	}, err
}

// journalRequest reads the form; at gives the row of each line, since rows left blank are none.
func (v *visit) journalRequest() (req app.JournalRequest, at []int, err error) {
	req = app.JournalRequest{Number: v.form("number"), Currency: v.form("currency"), Text: v.form("text")}
	if req.Date, err = v.day("date"); err != nil {
		return req, nil, err
	}
	for i := range v.rows() {
		n := strconv.Itoa(i)
		l := app.JournalLine{Account: v.form("account" + n), Customer: v.form("customer" + n), Vendor: v.form("vendor" + n), Classification: v.form("classification" + n), Debit: v.form("debit" + n), Credit: v.form("credit" + n), Text: v.form("linetext" + n)}
		if l != (app.JournalLine{}) {
			req.Lines = append(req.Lines, l)
			at = append(at, i)
		}
	}
	if len(req.Lines) == 0 {
		return req, nil, v.wrong("account0", "posting.no_lines")
	}
	return req, at, nil
}

// atRows moves the places of errors from lines to the rows that they were typed in.
func atRows(err error, at []int) error {
	var list fault.List
	for _, e := range ui.Faults(err) {
		one := *e
		if n, ok := rowOf(one.Place); ok {
			if i, _ := strconv.Atoi(n); i < len(at) {
				one.Place = "line " + strconv.Itoa(at[i]+1)
			}
		}
		list = append(list, &one)
	}
	return list.Err()
}

func (s *site) journalForm(v *visit) error {
	f, err := v.journalEntry()
	if err != nil {
		return err
	}
	return v.showEntry(f, nil)
}

func (s *site) journal(v *visit) error {
	f, err := v.journalEntry()
	if err != nil {
		return err
	}
	if v.form("step") == "more" {
		return v.showEntry(f, nil)
	}
	req, at, err := v.journalRequest()
	if err != nil {
		return v.showEntry(f, err)
	}
	if v.confirmed() {
		number, err := v.app.PostJournal(v.ctx, v.call(), req)
		if err != nil {
			return v.showEntry(f, atRows(err, at))
		}
		return v.done(v.path("vouchers", number), v.say("posting.done", "voucher", number))
	}
	if f.effect, err = v.app.PreviewJournal(v.ctx, v.call(), req); err != nil {
		return v.showEntry(f, atRows(err, at))
	}
	f.do = v.postButton(f)
	return v.showEntry(f, nil)
}

// postButton says what will be posted.
func (v *visit) postButton(f entryForm) ui.Form {
	form := ui.Form{Action: f.form.Action, Submit: v.say("posting.submit")}
	if len(f.effect.Vouchers) == 0 {
		return form
	}
	x := f.effect.Vouchers[0]
	var debits tally
	code := x.Lines[0].Currency
	for _, l := range x.Lines {
		if l.Currency == code {
			debits.add(l.Debit, code)
		}
	}
	if total, err := debits.text(code); err == nil {
		form.Submit = v.say("posting.submit_amount", "type", v.say("type."+x.Type), "amount", ui.Money(v.with(), total, code))
	}
	return form
}

var documentTypes = []string{"invoice", "credit_note", "payment", "vendor_invoice"}

func (v *visit) documentEntry() (entryForm, error) {
	accounts, classes, err := v.postingOptions()
	var types []ui.Option
	for _, t := range documentTypes {
		types = append(types, ui.Option{Value: t, Text: v.say("type." + t)})
	}
	kind := v.query("type")
	if !slices.Contains(documentTypes, kind) {
		kind = documentTypes[0]
	}
	return entryForm{
		title: v.say("posting.document"), lead: v.say("posting.document_lead"),
		form: ui.Form{Action: v.path("new-document"), Submit: v.say("effect.show"), Cancel: v.path("vouchers")},
		head: []ui.Field{
			{Name: "type", Type: "select", Label: v.say("items.type"), Options: types, Value: kind, Required: true},
			{Name: "party", Label: v.say("posting.party"), Hint: v.say("posting.party_hint"), Value: v.query("party"), Required: true, Mono: true},
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
			{Name: "due", Type: "date", Label: v.say("items.due"), Short: true},
			{Name: "classification", Type: "select", Label: v.say("posting.classification"), Options: classes},
			{Name: "currency", Label: v.say("party.currency"), Hint: v.say("posting.currency_hint"), Short: true},
			{Name: "text", Label: v.say("voucher.text")},
			{Name: "number", Label: v.say("posting.number"), Hint: v.say("posting.number_hint"), Mono: true},
		},
		columns: []ui.Field{
			{Name: "account", Label: v.say("voucher.account"), Mono: true, List: accounts},
			{Name: "amount", Label: v.say("items.amount"), Short: true},
		},
	}, err
}

func (v *visit) documentRequest() (req app.DocumentRequest, err error) {
	req = app.DocumentRequest{Type: v.form("type"), Number: v.form("number"), Party: v.form("party"), Classification: v.form("classification"), Currency: v.form("currency"), Text: v.form("text")}
	if req.Date, err = v.day("date"); err != nil {
		return req, err
	}
	if req.Due, err = v.day("due"); err != nil {
		return req, err
	}
	for i := range v.rows() {
		n := strconv.Itoa(i)
		if l := (app.DocumentLine{Account: v.form("account" + n), Amount: v.form("amount" + n)}); l != (app.DocumentLine{}) {
			req.Lines = append(req.Lines, l)
		}
	}
	if len(req.Lines) == 0 {
		return req, v.wrong("account0", "posting.no_lines")
	}
	return req, nil
}

func (s *site) documentForm(v *visit) error {
	f, err := v.documentEntry()
	if err != nil {
		return err
	}
	return v.showEntry(f, nil)
}

func (s *site) document(v *visit) error {
	f, err := v.documentEntry()
	if err != nil {
		return err
	}
	if v.form("step") == "more" {
		return v.showEntry(f, nil)
	}
	req, err := v.documentRequest()
	if err != nil {
		return v.showEntry(f, err)
	}
	if v.confirmed() {
		number, err := v.app.PostDocument(v.ctx, v.call(), req)
		if err != nil {
			return v.showEntry(f, err)
		}
		return v.done(v.path("vouchers", number), v.say("posting.done", "voucher", number))
	}
	if f.effect, err = v.app.PreviewDocument(v.ctx, v.call(), req); err != nil {
		return v.showEntry(f, err)
	}
	f.do = v.postButton(f)
	return v.showEntry(f, nil)
}

// rowLabel names a field of a row for who cannot see the heads of the columns.
func rowLabel(ctx context.Context, x ui.Field, row int) string {
	return ui.T(ctx, "posting.row", "field", x.Label, "row", row+1)
}

// wrongAt gives what is wrong with a field; blank when nothing is.
func wrongAt(f ui.Form, name string) string {
	for _, e := range ui.Faults(f.Err) {
		if e.Field == name {
			return e.Message
		}
	}
	return ""
}

func invalid(f ui.Form, name string) templ.Attributes {
	if wrongAt(f, name) == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "f-" + name + "-error"}
}

// listed names the list that a field can be chosen from.
func listed(x ui.Field, row int) templ.Attributes {
	if len(x.List) == 0 {
		return nil
	}
	return templ.Attributes{"list": "list-" + strings.TrimSuffix(x.Name, strconv.Itoa(row))}
}
