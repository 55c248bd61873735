package web

import (
	"mime"
	"net/http"
	"time"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/sheet"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

// may says whether the reader has the permission in the company, so that no button is shown that app would refuse.
func (v *visit) may(p identity.Permission) bool { return v.actor.AllowIn(v.code, p) == nil }

// day reads a date that was asked for or typed; blank is the zero date.
func (v *visit) day(name string) (civil.Date, error) {
	text := v.r.FormValue(name)
	if text == "" {
		return 0, nil
	}
	d, err := civil.Parse(text)
	if err != nil {
		return 0, fault.New(fault.Invalid, "%q is not a date; expected YYYY-MM-DD", text).In(name)
	}
	return d, nil
}

// from reads a span of days from the address.
func (v *visit) span() (from, to civil.Date, err error) {
	if from, err = v.day("from"); err == nil {
		to, err = v.day("to")
	}
	return from, to, err
}

// exports are the buttons that give a list, as it is filtered, as a file.
func (v *visit) exports() []ui.Action {
	return []ui.Action{
		{Text: "CSV", Href: ui.Here(v.with(), "as", "csv"), Icon: "download"},
		{Text: "XLSX", Href: ui.Here(v.with(), "as", "xlsx"), Icon: "download"},
	}
}

// exported says whether the reader asks for the list as a file.
func (v *visit) exported() bool { return v.query("as") != "" }

const exportTime = time.Minute // for writing a part of a file

// export answers with a list as a file, part by part, so that its length costs no memory. A list that breaks off on the way is not
// mistaken for a whole one: the connection breaks off with it.
func export[T any](v *visit, name string, columns []sheet.Column, part func(app.Page) (app.Part[T], error), row func(T) []string) error {
	page := app.Page{Limit: 500}
	p, err := part(page)
	if err != nil {
		return err
	}
	w, err := v.sheet(name, columns)
	if err != nil {
		return err
	}
	for {
		_ = http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(exportTime)) // where there is one to be moved
		for _, x := range p.Items {
			if err == nil {
				err = w.Row(row(x)...)
			}
		}
		if p.Next == "" || err != nil {
			break
		}
		page.After = p.Next
		if p, err = part(page); err != nil {
			break
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		v.o.Log.ErrorContext(v.r.Context(), "a file broke off", "path", v.r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// sheet begins a file of the kind that was asked for.
func (v *visit) sheet(name string, columns []sheet.Column) (sheet.Writer, error) {
	kind, kindType := v.query("as"), map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	if kindType[kind] == "" {
		return nil, fault.New(fault.Invalid, "%q is no kind of file; expected csv or xlsx", kind).In("as")
	}
	v.sent = true
	h := v.w.Header()
	h.Set("Content-Type", kindType[kind])
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + "." + kind}))
	h.Set("Cache-Control", "no-store")
	if kind == "csv" {
		return sheet.NewCSV(v.w, columns), nil
	}
	return sheet.NewXLSX(v.w, "List", columns)
}

// whole gives a list that is there already, such as a statement, as the only part of it.
func whole[T any](items []T) func(app.Page) (app.Part[T], error) {
	return func(app.Page) (app.Part[T], error) { return app.Part[T]{Items: items}, nil }
}

// texts and numbers name the columns of a file.
func columns(texts []string, numbers ...string) (all []sheet.Column) {
	for _, n := range texts {
		all = append(all, sheet.Column{Name: n})
	}
	for _, n := range numbers {
		all = append(all, sheet.Column{Name: n, Number: true})
	}
	return all
}
