package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/web/ui"
)

// intakeView is the form of an intake, with what would come of it.
type intakeView struct {
	form    ui.Form
	fields  []ui.Field
	table   *ui.Table // what would be made
	known   []ui.Link // what is there already
	confirm *ui.Form
	carry   url.Values
}

func (s *site) requestIntakeForm(v *visit) error { return v.showIntake(url.Values{}, nil, nil) }

// requestIntake looks at a file of requests, or at the text of one that stands in the form, and takes it in when that was seen.
func (s *site) requestIntake(v *visit) error {
	typed, err := v.intakeTyped()
	if err != nil {
		return v.showIntake(typed, nil, err)
	}
	call := v.call()
	call.Key = ""
	do := typed.Get("step") == "do"
	if do {
		call.Key = typed.Get("key")
	}
	name := typed.Get("name")
	if name == "" {
		name = "requests.csv"
	}
	done, err := v.app.ImportRequests(v.ctx, call, name, []byte(typed.Get("text")), typed.Get("submit") == "yes", !do)
	if err != nil || !do {
		return v.showIntake(typed, done, err)
	}
	return v.done(v.path("requests")+"?show=mine", v.say("requests.imported", "n", len(done.Made)))
}

// intakeTyped reads the form: small fields, the text, and a file that takes its place.
func (v *visit) intakeTyped() (typed url.Values, err error) {
	typed = url.Values{}
	form, err := v.r.MultipartReader()
	if err != nil {
		return typed, v.wrong("file", "deductions.no_file")
	}
	broken := func(err error) error {
		var large *http.MaxBytesError
		if errors.Is(err, errLarge) || errors.As(err, &large) {
			return v.wrong("file", "requests.intake_too_large", "n", intakeText>>20)
		}
		return fault.New(fault.Invalid, "%s", v.say("remit.broken_off")).In("file").Because(err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return typed, broken(err)
		}
		most := int64(fieldMost)
		if part.FormName() == "text" || part.FormName() == "file" {
			most = intakeText
		}
		b, err := readBounded(part, most)
		switch {
		case err != nil:
			return typed, broken(err)
		case part.FormName() != "file":
			typed.Set(part.FormName(), string(b))
		case part.FileName() != "":
			typed.Set("text", string(b))
			typed.Set("name", shortName(part.FileName()))
		}
	}
	if typed.Get("text") == "" {
		return typed, v.wrong("file", "deductions.no_file")
	}
	return typed, nil
}

// showIntake shows the form, and what would come of what was sent.
func (v *visit) showIntake(typed url.Values, look *app.RequestImport, wrong error) error {
	w := intakeView{form: ui.Form{Action: v.path("requests", "import"), Submit: v.say("effect.show"), Cancel: v.path("requests"), Files: true, Typed: typed, Err: wrong}}
	w.fields = []ui.Field{
		{Name: "file", Type: "file", Label: v.say("remit.file"), Hint: v.say("requests.intake_hint"), Accept: ".csv,text/csv"},
		{Name: "text", Type: "textarea", Label: v.say("requests.intake_text"), Hint: v.say("requests.intake_text_hint"), Mono: true, Rows: 8},
		{Name: "submit", Type: "checkbox", Label: v.say("requests.submit_all")},
	}
	if look != nil && wrong == nil {
		t := v.requestTable(app.Part[app.RequestView]{Items: look.Made}, true)
		t.Empty = ui.Empty{Title: v.say("requests.nothing_new")}
		for i := range t.Rows { // none of them is there yet
			t.Rows[i].Href, t.Rows[i].Cells[0].Href = "", ""
		}
		w.table, w.known = &t, v.links("requests", look.Known)
		if len(look.Made) > 0 {
			var total sums
			for _, x := range look.Made {
				if x.Currency == "" {
					continue
				}
				if err := total.add(x.Currency, x.Amount); err != nil {
					return err
				}
			}
			w.carry = url.Values{"text": {typed.Get("text")}, "name": {typed.Get("name")}, "submit": {typed.Get("submit")}, "step": {"do"}}
			w.confirm = &ui.Form{Action: w.form.Action, Submit: v.say("requests.intake_do", "n", len(look.Made), "amount", v.money(total.s.View())), Cancel: v.path("requests"), Files: true}
		}
	}
	page := ui.Page{Title: v.say("requests.import_title"), Lead: v.say("requests.import_lead"), Crumbs: v.requestCrumbs()}
	if wrong != nil {
		return v.again(wrong, page, intakeBody(w))
	}
	return v.show(page, intakeBody(w))
}
