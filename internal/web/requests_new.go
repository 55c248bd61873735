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
	"quittance/internal/openitem"
	"quittance/internal/request"
	"quittance/internal/web/ui"
)

const (
	requestLines  = 4   // rows for lines of a new credit, at least
	creditsListed = 200 // credits that a form names
)

// wantedCredit is a credit that a request may want, with how much of it can be had and what is typed.
type wantedCredit struct {
	number, kind, date, currency string
	open, left                   string // left is what nobody holds
	wanted                       bool
	amount                       string
}

// wantedLine is a row of the new credit.
type wantedLine struct{ account, amount string }

// requestForm is the form of a request.
type requestForm struct {
	form     ui.Form
	choose   bool // no customer is named yet
	customer string
	name     string
	version  string // of the request that is changed; blank: a new one
	credits  []wantedCredit
	table    ui.Table // of them
	more     bool     // there are more credits than are listed
	lines    []wantedLine
	fields   []ui.Field
	about    []ui.Field
	submit   bool // may be handed in at once
	confirm  *ui.Form
	carry    url.Values
	effect   templ.Component
}

// requestTyped reads what is typed of a request; blank says so, for an edit.
func (v *visit) requestTyped() (e app.RequestEntry, err error) {
	f := v.r.PostForm
	e = app.RequestEntry{
		Customer: v.form("customer"), Kind: request.Kind(v.form("kind")), Currency: v.form("currency"), Amount: v.form("amount"), Classification: v.form("classification"), Reason: v.form("reason"), Source: v.form("source"),
		Method: v.form("method"), Payee: v.form("payee"),
	}
	for _, number := range f["credit"] {
		amount := strings.TrimSpace(f.Get("take." + number))
		if slices.Contains(f["pick"], number) || amount != "" {
			e.Credits = append(e.Credits, app.RequestCredit{Credit: number, Amount: amount})
		}
	}
	amounts := f["line_amount"]
	for i, account := range f["line_account"] {
		amount := ""
		if i < len(amounts) {
			amount = strings.TrimSpace(amounts[i])
		}
		if account = strings.TrimSpace(account); account != "" || amount != "" {
			e.Lines = append(e.Lines, app.RequestLine{Account: account, Amount: amount})
		}
	}
	e.Asked, err = v.day("asked")
	return e, err
}

// newRequestForm asks for a request; of a customer when the address says so.
func (s *site) newRequestForm(v *visit) error {
	return v.showRequestForm(app.RequestEntry{Customer: v.query("customer"), Kind: request.Overpayment}, nil, nil, nil)
}

// newRequest looks at what would be made, and makes it when that was seen.
func (s *site) newRequest(v *visit) error {
	e, err := v.requestTyped()
	if err != nil || !v.confirmed() {
		var effect *app.RequestEffect
		if err == nil && e.Customer != "" {
			call := v.call()
			call.Key = ""
			effect, err = v.app.PreviewNewRequest(v.ctx, call, e, v.form("submit") == "yes")
		}
		return v.showRequestForm(e, nil, effect, err)
	}
	submit := v.form("submit") == "yes"
	x, err := v.app.CreateRequest(v.ctx, v.call(), e, submit)
	if err != nil {
		return v.showRequestForm(e, nil, nil, err)
	}
	return v.done(v.path("requests", x.Request), v.say("requests.made", "request", x.Request, "state", v.say("request.state."+string(x.State))))
}

// editRequestForm asks for changes of a request.
func (s *site) editRequestForm(v *visit) error {
	x, err := v.app.Request(v.ctx, v.call(), v.r.PathValue("request"))
	if err != nil {
		return err
	}
	return v.showRequestForm(entryOf(x), x, nil, nil)
}

// entryOf is what a request says, as it was asked for.
func entryOf(x *app.RequestDetail) app.RequestEntry {
	e := app.RequestEntry{
		Customer: x.Customer, Kind: x.Kind, Currency: x.Currency, Credits: x.Credits, Lines: x.Lines, Classification: x.Classification, Reason: x.Reason, Source: x.Source, Method: x.Method, Payee: x.Payee, Asked: x.Asked,
	}
	switch {
	case len(x.Lines) > 0: // the credit that the approval made goes with the approval
		e.Credits = nil
	case len(x.Credits) == 0 && !ui.Zero(x.Amount):
		e.Amount = x.Amount
	}
	return e
}

// editRequest looks at what a request would be, and changes it when that was seen.
func (s *site) editRequest(v *visit) error {
	x, err := v.app.Request(v.ctx, v.call(), v.r.PathValue("request"))
	if err != nil {
		return err
	}
	e, err := v.requestTyped()
	e.Customer = x.Customer
	edit := app.RequestEdit{Kind: &e.Kind, Currency: &e.Currency, Amount: &e.Amount, Classification: &e.Classification, Reason: &e.Reason, Source: &e.Source, Method: &e.Method, Payee: &e.Payee, Asked: &e.Asked}
	if len(e.Lines) > 0 {
		edit.Lines = &e.Lines
	}
	if len(e.Credits) > 0 || len(e.Lines) == 0 {
		edit.Credits = &e.Credits
	}
	if err == nil && len(e.Credits) > 0 && len(e.Lines) > 0 {
		err = v.wrong("lines", "requests.not_both")
	}
	if err != nil || !v.confirmed() {
		var effect *app.RequestEffect
		if err == nil {
			call := v.call()
			call.Key = ""
			effect, err = v.app.PreviewEditRequest(v.ctx, call, x.Request, edit)
		}
		return v.showRequestForm(e, x, effect, err)
	}
	version, _ := strconv.ParseInt(v.form("version"), 10, 64)
	if _, err := v.app.EditRequest(v.ctx, v.call(), x.Request, version, edit); err != nil {
		return v.showRequestForm(e, x, nil, err)
	}
	return v.done(v.path("requests", x.Request), v.say("requests.changed", "request", x.Request))
}

// showRequestForm shows the form of a new request, or of one that is changed, and what it would be.
func (v *visit) showRequestForm(e app.RequestEntry, of *app.RequestDetail, effect *app.RequestEffect, wrong error) error {
	w := requestForm{form: ui.Form{Action: v.path("requests", "new"), Submit: v.say("effect.show"), Cancel: v.path("requests"), Typed: v.typed(), Err: wrong}, customer: e.Customer, submit: of == nil}
	page := ui.Page{Title: v.say("requests.new"), Lead: v.say("requests.new_lead"), Crumbs: v.requestCrumbs()}
	if of != nil {
		w.form.Action, w.form.Cancel, w.version = v.path("requests", of.Request, "edit"), v.path("requests", of.Request), cmp.Or(v.form("version"), strconv.FormatInt(of.Version, 10))
		page = ui.Page{Title: v.say("requests.edit_title", "request", of.Request), Lead: v.say("requests.edit_lead"), Crumbs: v.requestCrumbs(of.Request)}
	}
	if err := v.fillRequestForm(&w, e, of); err != nil {
		return err
	}
	if effect != nil && wrong == nil {
		v.confirmRequest(&w, effect, of)
	}
	body := requestFormBody(w)
	if w.form.Err != nil {
		return v.again(w.form.Err, page, body)
	}
	return v.show(page, body)
}

// fillRequestForm fills in what can be chosen, and what was typed. A customer who does not exist is asked for again.
func (v *visit) fillRequestForm(w *requestForm, e app.RequestEntry, of *app.RequestDetail) error {
	w.choose = e.Customer == ""
	if !w.choose {
		d, err := v.app.Party(v.ctx, v.call(), openitem.Customers, e.Customer, false)
		switch {
		case fault.CodeOf(err) == fault.NotFound || fault.CodeOf(err) == fault.Invalid:
			w.choose, w.form.Err = true, v.wrong("customer", "requests.no_customer", "customer", shortName(e.Customer))
		case err != nil:
			return err
		default:
			w.name = d.Name
		}
	}
	if w.choose {
		return nil
	}
	credits, err := v.wantedCredits(e, of)
	if err != nil {
		return err
	}
	if w.more = len(credits) > creditsListed; w.more {
		credits = credits[:creditsListed]
	}
	w.credits, w.table = credits, v.takeTable(credits)
	for _, l := range e.Lines {
		w.lines = append(w.lines, wantedLine{l.Account, l.Amount})
	}
	for len(w.lines) < max(requestLines, len(e.Lines)+1) {
		w.lines = append(w.lines, wantedLine{})
	}
	methods, err := v.methodOptions()
	if err != nil {
		return err
	}
	w.about = []ui.Field{
		{Name: "kind", Label: v.say("requests.kind"), Type: "select", Options: options(v, "request.kind.", request.Kinds()), Value: string(e.Kind), Required: true},
		{Name: "reason", Label: v.say("requests.reason"), Hint: v.say("requests.reason_hint"), Type: "textarea", Value: e.Reason, Required: true},
		{Name: "source", Label: v.say("requests.source"), Hint: v.say("requests.source_hint"), Value: e.Source},
		{Name: "asked", Label: v.say("requests.asked"), Hint: v.say("requests.asked_hint"), Type: "date", Value: e.Asked.String(), Short: true},
		{Name: "method", Label: v.say("vpay.method"), Hint: v.say("requests.method_hint"), Type: "select", Options: with(append([]ui.Option{{Text: v.say("requests.method_own")}}, methods...), e.Method), Value: e.Method},
		{Name: "payee", Label: v.say("requests.payee"), Hint: v.say("requests.payee_hint"), Value: e.Payee, Mono: true},
	}
	w.fields = []ui.Field{
		{Name: "amount", Label: v.say("items.amount"), Hint: v.say("requests.amount_hint"), Value: e.Amount, Short: true},
		{Name: "currency", Label: v.say("party.currency"), Hint: v.say("requests.currency_hint"), Value: e.Currency, Short: true},
		{Name: "classification", Label: v.say("requests.classification"), Hint: v.say("requests.classification_hint"), Value: e.Classification, Mono: true, Short: true},
	}
	return nil
}

// takeTable lists the credits that can be taken.
func (v *visit) takeTable(credits []wantedCredit) ui.Table {
	t := ui.Table{ID: "take", Caption: v.say("requests.credits"), Dense: true, Columns: []ui.Column{{Title: v.say("items.voucher")}, {Title: v.say("requests.can_be_had"), Kind: ui.Amounts}, {Title: v.say("party.currency")}, {Title: v.say("requests.take")}}}
	for _, k := range credits {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Body: takeBox(k)}, ui.AmountCell(k.left, k.currency), ui.TextCell(k.currency), {Body: takeAmount(k)}}})
	}
	return t
}

// wantedCredits are the open credits of a customer by voucher, with what of each is wanted.
func (v *visit) wantedCredits(e app.RequestEntry, of *app.RequestDetail) ([]wantedCredit, error) {
	credits := true
	part, err := v.app.Items(v.ctx, v.call(), app.ItemFilter{Side: openitem.Customers, Party: e.Customer, Credits: &credits}, app.Page{Limit: 500})
	if err != nil {
		return nil, err
	}
	type open struct{ open, held tally }
	var all []wantedCredit
	byNumber := map[string]*open{}
	for _, it := range part.Items {
		o := byNumber[it.Voucher]
		if o == nil {
			o = &open{}
			byNumber[it.Voucher] = o
			all = append(all, wantedCredit{number: it.Voucher, kind: v.say("type." + it.Type), date: ui.Day(v.with(), it.Date), currency: it.Currency})
		}
		o.open.add(strings.TrimPrefix(it.Open, "-"), it.Currency)
		o.held.add(it.Marked, it.Currency)
	}
	for i := range all {
		x := &all[i]
		o := byNumber[x.number]
		if x.open, err = o.open.text(x.currency); err != nil {
			return nil, err
		}
		held, err := o.held.text(x.currency)
		if err != nil {
			return nil, err
		}
		left := tally{}
		left.add(x.open, x.currency)
		left.add("-"+held, x.currency)
		if of != nil && of.State.Marks() { // what the request itself holds can be had
			for _, k := range of.Credits {
				if k.Credit == x.number {
					left.add(k.Amount, x.currency)
				}
			}
		}
		if x.left, err = left.text(x.currency); err != nil {
			return nil, err
		}
	}
	for _, k := range e.Credits {
		i := slices.IndexFunc(all, func(x wantedCredit) bool { return x.number == k.Credit })
		if i < 0 { // it is settled by now, or of somebody else; app says so
			all, i = append(all, wantedCredit{number: k.Credit}), len(all)
		}
		all[i].wanted, all[i].amount = true, k.Amount
	}
	return all, nil
}

// confirmRequest shows what a request would be, with the button that makes it.
func (v *visit) confirmRequest(w *requestForm, effect *app.RequestEffect, of *app.RequestDetail) {
	amount, _ := v.requestAmount(&effect.RequestView)
	submit := v.form("submit") == "yes"
	text := v.say("requests.save_draft", "amount", amount)
	switch {
	case of != nil:
		text = v.say("requests.save_change", "amount", amount)
	case submit:
		text = v.say("requests.submit_now", "amount", amount)
	}
	w.confirm = &ui.Form{Action: w.form.Action, Submit: text, Cancel: w.form.Cancel}
	w.carry = url.Values{}
	for name, values := range v.r.PostForm {
		if name != "key" && name != "step" {
			w.carry[name] = values
		}
	}
	w.carry.Set("step", "do")
	w.effect = requestEffectBody(v.requestWarnings(&effect.RequestDetail, effect.Refused), v.dueStats(&effect.RequestDetail), v.requestPosting(effect.Posting), len(effect.Lines) > 0)
}

// requestAmount writes the amount of a request; a draft may have none yet, and no currency.
func (v *visit) requestAmount(x *app.RequestView) (text string, some bool) {
	if x.Currency == "" || ui.Zero(x.Amount) {
		return v.say("requests.no_amount"), false
	}
	return ui.Money(v.with(), x.Amount, x.Currency), true
}

// requestLineID is the id of a field of a line of the new credit.
func requestLineID(field string, i int) string { return "f-line-" + field + "-" + strconv.Itoa(i) }
