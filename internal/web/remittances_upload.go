package web

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/file"
	"quittance/internal/identity"
	"quittance/internal/remittance"
	"quittance/internal/web/ui"
	"quittance/internal/work"
)

const (
	remittanceMost = file.MaxSize // bytes of a file
	fieldMost      = 1 << 10      // bytes of a field beside it
)

// remittanceOptions is the form that says how a file is to be read.
type remittanceOptions struct {
	form   ui.Form
	fields []ui.Field
	task   string // that keeps the file; blank: the file is to be chosen
	none   bool   // there is no column map yet
}

// remittanceOptions asks for a file, or for another reading of the one that a task keeps.
func (v *visit) remittanceOptions(typed url.Values, task string, wrong error) (*remittanceOptions, error) {
	maps, err := v.app.RemittanceMaps(v.ctx, v.call())
	if err != nil {
		return nil, err
	}
	choices := []ui.Option{{Text: v.say("remit.map_partner")}}
	for _, m := range maps {
		choices = append(choices, ui.Option{Value: m.Code, Text: codeAndName(m.Code, m.Name)})
	}
	o := &remittanceOptions{task: task, none: len(maps) == 0}
	o.form = ui.Form{Action: v.path("remittances", "check"), Submit: v.say("remit.check"), Files: true, Typed: typed, Err: wrong}
	if task == "" {
		o.form.Cancel = v.path("remittances")
		o.fields = append(o.fields, ui.Field{Name: "content", Type: "file", Label: v.say("remit.file"), Hint: v.say("remit.file_hint", "n", remittanceMost>>20), Required: true})
	} else {
		o.form.Submit = v.say("remit.check_again")
	}
	o.fields = append(o.fields,
		ui.Field{Name: "format", Type: "select", Label: v.say("remit.format"), Options: orNone(v.say("remit.format_shown"), v.optionsOf("remit.format.", remittance.Formats()))},
		ui.Field{Name: "map", Type: "select", Label: v.say("remit.map"), Hint: v.say("remit.map_hint"), Options: choices},
		ui.Field{Name: "customer", Label: v.say("kind.customer"), Hint: v.say("remit.customer_hint"), Mono: true},
		ui.Field{Name: "bank", Label: v.say("remit.bank"), Hint: v.say("remit.bank_hint"), Mono: true},
		ui.Field{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("remit.date_hint"), Short: true},
	)
	return o, nil
}

// remittanceForm asks for a file.
func (s *site) remittanceForm(v *visit) error { return v.showRemittanceForm(nil, nil) }

func (v *visit) showRemittanceForm(typed url.Values, wrong error) error {
	o, err := v.remittanceOptions(typed, "", wrong)
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.say("remit.new"), Lead: v.say("remit.new_lead"), Narrow: true, Crumbs: []ui.Link{{Text: v.say("nav.remittances"), Href: v.path("remittances")}}}
	if wrong != nil {
		return v.again(wrong, page, remittanceFormBody(o))
	}
	return v.show(page, remittanceFormBody(o))
}

// readRemittance is a file that was looked at: what would come of it, or what is wrong with it. It keeps the file for the import, and
// for another reading.
type readRemittance struct {
	req    app.RemittanceRequest
	typed  url.Values
	result *app.Remittance
	err    error
}

// Size counts the file and what was read of it.
func (c *readRemittance) Size() int64 { return 8192 + 3*int64(len(c.req.Content)) }

// checkRemittance takes a file in, or one that is kept, and looks at what would come of it. Nothing is changed yet.
func (s *site) checkRemittance(v *visit) error {
	if err := v.actor.AllowIn(v.code, identity.ApplyCash); err != nil {
		return err
	}
	req, typed, err := v.receiveRemittance()
	if err != nil {
		return v.showRemittanceForm(typed, err)
	}
	if task := typed.Get("task"); len(req.Content) == 0 && task != "" {
		k, err := s.tasks.Find(v.actor.Name, v.code, task)
		if err != nil {
			return v.gone(err)
		}
		kept, ok := k.State().Result.(*readRemittance)
		if !ok {
			return v.gone(fault.New(fault.NotFound, "the file is not kept any more; send it again"))
		}
		req.Name, req.Content = kept.req.Name, kept.req.Content
	}
	if len(req.Content) == 0 {
		return v.showRemittanceForm(typed, v.wrong("content", "remit.no_file"))
	}
	call := v.call()
	call.Key = ""
	err = v.begin("remittance", "", identity.ApplyCash, func(ctx context.Context, _ func(work.TaskProgress)) (any, error) {
		c := &readRemittance{req: req, typed: typed}
		c.result, c.err = s.app.PreviewRemittance(ctx, call, req)
		switch fault.CodeOf(c.err) {
		case fault.Invalid, fault.Refused, fault.Conflict, fault.NotFound, fault.Limited:
			return c, nil
		}
		return c, c.err
	})
	if fault.CodeOf(err) == fault.Limited {
		return v.showRemittanceForm(typed, err)
	}
	return err
}

// receiveRemittance reads the form: small fields, and one file, bounded.
func (v *visit) receiveRemittance() (req app.RemittanceRequest, typed url.Values, err error) {
	typed = url.Values{}
	form, err := v.r.MultipartReader()
	if err != nil {
		return req, typed, v.wrong("content", "remit.no_file")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && part.FormName() == "content" {
			if part.FileName() != "" {
				req.Name = part.FileName()
				req.Content, err = readBounded(part, remittanceMost)
			}
		} else if err == nil {
			var b []byte
			if b, err = readBounded(part, fieldMost); err == nil {
				typed.Add(part.FormName(), string(b))
			}
		}
		if err != nil {
			return req, typed, v.uploadBroken(err)
		}
	}
	v.r.Form, v.r.PostForm = typed, typed
	req.Format, req.Map, req.Customer, req.Bank = v.form("format"), v.form("map"), v.form("customer"), v.form("bank")
	req.Date, err = v.day("date")
	return req, typed, err
}

var errLarge = errors.New("web: a part of a form is too large")

// readBounded reads a part of a form that has at most so many bytes.
func readBounded(part *multipart.Part, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(part, most+1))
	if err == nil && int64(len(b)) > most {
		err = errLarge
	}
	return b, err
}

// uploadBroken says that a file is too large, or did not arrive whole.
func (v *visit) uploadBroken(err error) error {
	var large *http.MaxBytesError
	if errors.Is(err, errLarge) || errors.As(err, &large) {
		return v.wrong("content", "remit.too_large", "n", remittanceMost>>20)
	}
	return fault.New(fault.Invalid, "%s", v.say("remit.broken_off")).In("content").Because(err)
}

// show shows what would come of a file, or every problem in its place; and lets it be read in another way.
func (c *readRemittance) show(v *visit, k *work.Task) error {
	crumbs := []ui.Link{{Text: v.say("nav.remittances"), Href: v.path("remittances")}, {Text: v.say("remit.new"), Href: v.path("remittances", "new")}}
	o, err := v.remittanceOptions(c.typed, k.ID, nil)
	if err != nil {
		return err
	}
	if c.err != nil {
		n := len(ui.Faults(c.err))
		page := ui.Page{Title: v.say("remit.wrong", "n", n), Lead: v.say("remit.wrong_lead", "name", shortName(c.req.Name)), Crumbs: crumbs}
		o.form.Err = inOptions(c.err, o.fields)
		return v.send(http.StatusUnprocessableEntity, page, remittanceWrongBody(c.problems(v), o))
	}
	w := v.remittanceView(c.result)
	w.task, w.options = k.ID, o
	w.confirm = &ui.Form{Action: v.path("remittances"), Submit: v.remittanceButton(c.result), Cancel: v.path("remittances", "new")}
	page := ui.Page{Title: v.say("remit.checked"), Lead: v.say("remit.checked_lead"), Badges: []ui.Badge{v.issuesBadge(len(c.result.Issues))}, Crumbs: crumbs}
	return v.show(page, remittanceBody(w))
}

// inOptions keeps the errors that are about a field of the form; the others stand in the list of problems.
func inOptions(err error, fields []ui.Field) error {
	var list fault.List
	for _, e := range ui.Faults(err) {
		for _, f := range fields {
			if e.Field == f.Name && e.Place == "" {
				list = append(list, e)
			}
		}
	}
	return list.Err()
}

// remittanceButton says what the import will make.
func (v *visit) remittanceButton(x *app.Remittance) string {
	lines := 0
	for i := range x.Payments {
		if x.Payments[i].Line > 0 {
			lines++
		}
	}
	if lines == 0 {
		return v.say("remit.submit_none", "n", len(x.Adjustments))
	}
	text := v.say("remit.submit", "n", lines)
	for _, t := range x.Totals {
		text += ", " + ui.Money(v.with(), t.Amount, t.Currency)
	}
	return text
}

// problems lists what is wrong with a file, in its place.
func (c *readRemittance) problems(v *visit) ui.Table {
	t := ui.Table{ID: "problems", Caption: v.say("remit.problems"), Columns: []ui.Column{{Title: v.say("remit.place"), Kind: ui.Code}, {Title: v.say("remit.what")}}}
	for i, e := range ui.Faults(c.err) {
		if i == issuesShown {
			break
		}
		place := ui.TextCell(e.Place)
		if e.Place == "" {
			place = ui.Cell{Sub: v.say("remit.whole")}
		}
		what := ui.TextCell(ui.FaultText(v.with(), e))
		if e.Rule == "no_map" && v.may(identity.SetUp) {
			what.Href = v.path("remittances", "maps")
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{place, what}})
	}
	return t
}

// importRemittance brings in what was looked at.
func (s *site) importRemittance(v *visit) error {
	k, err := s.tasks.Find(v.actor.Name, v.code, v.form("task"))
	if err != nil {
		if denied := v.actor.AllowIn(v.code, identity.ApplyCash); denied != nil {
			return denied
		}
		return v.gone(err)
	}
	c, ok := k.State().Result.(*readRemittance)
	if !ok || c.err != nil {
		return v.gone(fault.New(fault.NotFound, "the file is not kept any more; send it again"))
	}
	call, req := v.call(), c.req
	return v.begin("remittance_import", call.Key, identity.ApplyCash, func(ctx context.Context, _ func(work.TaskProgress)) (any, error) {
		x, err := s.app.ImportRemittance(ctx, call, req)
		return &broughtIn{x}, err
	})
}

// broughtIn is the result of an import of a remittance.
type broughtIn struct{ result *app.Remittance }

func (b *broughtIn) show(v *visit, _ *work.Task) error {
	return v.done(v.path("remittances", b.result.Code), v.say("remit.done", "code", b.result.Code, "n", b.result.Count))
}

// failed shows what the import refused.
func (b *broughtIn) failed(v *visit, err error) error {
	return v.showRemittanceForm(url.Values{}, err)
}
