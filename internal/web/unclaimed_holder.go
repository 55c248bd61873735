package web

import (
	"net/url"
	"strings"

	"quittance/internal/format/naupa"
	"quittance/internal/unclaimed"
	"quittance/internal/web/ui"
)

// holderParts are the fields of the holder by where they stand: in reports, their contact, letters.
var holderParts = []struct {
	title  string
	fields []string
}{
	{"report", []string{"tax_id", "industry", "incorporated", "city", "county", "state"}},
	{"contact", []string{"contact_name", "contact_lines", "contact_city", "contact_state", "contact_zip", "contact_country", "contact_phone", "contact_extension", "contact_email"}},
	{"letters", []string{"lines", "intro", "closing", "signature"}},
}

// holderText are the fields of several lines.
var holderText = map[string]bool{"contact_lines": true, "lines": true, "intro": true, "signature": true}

func (v *visit) holderFields(names []string) (all []ui.Field) {
	for _, name := range names {
		f := ui.Field{Name: name, Label: v.say("unclaimed.holder." + name)}
		if key := "unclaimed.holder.hint." + name; v.frame.Lang.Has(key) {
			f.Hint = v.say(key)
		}
		if holderText[name] {
			f.Type = "textarea"
		}
		all = append(all, f)
	}
	return all
}

// holderForm asks for what letters and reports say of the company.
func (v *visit) holderForm(wrong error) error {
	h, err := v.app.UnclaimedHolder(v.ctx, v.call())
	if err != nil {
		return err
	}
	c := h.Contact
	typed := fieldsOf("tax_id", h.TaxID, "industry", h.Industry, "incorporated", h.Incorporated, "city", h.City, "county", h.County, "state", h.State, "contact_name", c.Name, "contact_lines", strings.TrimSpace(lined(c.Lines[:])),
		"contact_city", c.City, "contact_state", c.State, "contact_zip", c.Zip, "contact_country", c.Country, "contact_phone", c.Phone, "contact_extension", c.Ext, "contact_email", c.Email,
		"lines", lined(h.Lines), "intro", h.Intro, "closing", h.Closing, "signature", lined(h.Signature))
	if wrong != nil {
		typed = v.r.PostForm
	}
	form := ui.Form{Action: v.path("unclaimed", "setup", "holder"), Submit: v.say("form.save"), Cancel: v.path("unclaimed", "setup"), Typed: typed, Err: wrong}
	var parts []holderPart
	for _, p := range holderParts {
		parts = append(parts, holderPart{v.say("unclaimed.holder_part." + p.title), v.holderFields(p.fields)})
	}
	page := ui.Page{Title: v.say("unclaimed.holder_title"), Lead: v.say("unclaimed.holder_lead"), Narrow: true, Crumbs: v.unclaimedCrumb("setup")}
	if wrong != nil {
		return v.again(wrong, page, holderBody(form, parts))
	}
	return v.show(page, holderBody(form, parts))
}

// holderPart is a part of the form of the holder.
type holderPart struct {
	title  string
	fields []ui.Field
}

// linesTyped are the lines of a field that are not blank.
func linesTyped(form url.Values, name string) (all []string) {
	for line := range strings.Lines(form.Get(name)) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

func (s *site) saveHolder(v *visit) error {
	contact := linesTyped(v.r.PostForm, "contact_lines")
	c := naupa.Contact{
		Name: v.form("contact_name"), City: v.form("contact_city"), State: strings.ToUpper(v.form("contact_state")), Zip: v.form("contact_zip"), Country: strings.ToUpper(v.form("contact_country")), Phone: v.form("contact_phone"),
		Ext: v.form("contact_extension"), Email: v.form("contact_email"),
	}
	err := error(nil)
	if copy(c.Lines[:], contact) < len(contact) {
		err = v.wrong("contact_lines", "unclaimed.holder_lines", "n", len(c.Lines))
	}
	if err == nil {
		err = v.app.SaveUnclaimedHolder(v.ctx, v.call(), unclaimed.Holder{
			TaxID: v.form("tax_id"), Industry: v.form("industry"), Incorporated: strings.ToUpper(v.form("incorporated")), City: v.form("city"), County: v.form("county"), State: strings.ToUpper(v.form("state")), Contact: c,
			Lines: linesTyped(v.r.PostForm, "lines"), Intro: v.form("intro"), Closing: v.form("closing"), Signature: linesTyped(v.r.PostForm, "signature"),
		})
	}
	if err != nil {
		return v.holderForm(err)
	}
	return v.done(v.path("unclaimed", "setup"), v.say("unclaimed.holder_saved"))
}
