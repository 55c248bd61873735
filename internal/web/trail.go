package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/verify"
	"quittance/internal/web/ui"
	"quittance/internal/work"
)

func (s *site) routesTrail() {
	s.in("audit", "GET /audit", s.trail)
	s.in("audit", "GET /verify", needs(identity.Prove, s.verifyPage))
	s.in("audit", "POST /verify", needs(identity.Prove, s.verify))
}

// trail lists who did what, the newest first.
func (s *site) trail(v *visit) error {
	f := app.AuditFilter{Actor: v.query("actor"), Command: v.query("command"), Subject: v.query("subject"), Users: v.query("users") == "yes"}
	var err error
	if f.From, f.To, err = v.span(); err != nil {
		return err
	}
	list := func(page app.Page) (app.Part[app.AuditRow], error) {
		return v.app.AuditPage(v.ctx, v.call(), f, page)
	}
	if v.exported() {
		return export(v, "audit", columns([]string{"id", "at", "actor", "command", "subject", "detail"}), list, func(x app.AuditRow) []string {
			return []string{fmt.Sprint(x.ID), x.At, x.Actor, x.Command, x.Subject, x.Detail}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.say("nav.audit"), Lead: v.say("audit.lead"), Actions: v.exports()}
	if v.may(identity.Prove) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("verify.title"), Href: v.path("verify"), Primary: true})
	}
	return v.show(page, trailBody(v.trailTable(part, f), v.actor.AllowIn("", identity.Administer) == nil))
}

func (v *visit) trailTable(part app.Part[app.AuditRow], f app.AuditFilter) ui.Table {
	t := ui.Table{
		ID: "trail", Caption: v.say("nav.audit"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{{Title: v.say("audit.at"), Kind: ui.Date}, {Title: v.say("audit.actor")}, {Title: v.say("audit.command")}, {Title: v.say("audit.subject"), Kind: ui.Code}, {Title: v.say("audit.detail"), Wide: true}},
		Empty:   ui.Empty{Title: v.say("audit.empty"), Lead: v.say("audit.empty_lead")},
	}
	if f != (app.AuditFilter{}) {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("audit")}}
	}
	for _, x := range part.Items {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.InstantCell(v.with(), x.At), ui.TextCell(x.Actor), {Text: v.commandName(x.Command), Sub: x.Command}, ui.LinkCell(x.Subject, v.subjectPath(x)), {Body: details(detailOf(x.Detail))},
		}})
	}
	return t
}

// commandName says what a command did, where there is a text for it.
func (v *visit) commandName(command string) string {
	if key := "command." + command; v.frame.Lang.Has(key) {
		return v.say(key)
	}
	return command
}

// subjectPath leads to what a record is about, where that has a page.
func (v *visit) subjectPath(x app.AuditRow) string {
	group, _, _ := strings.Cut(x.Command, ".")
	switch {
	case x.Subject == "":
		return ""
	case group == "voucher", group == "journal", group == "document", group == "settle", group == "unsettle", group == "mark":
		return v.path("vouchers", x.Subject)
	case group == "reimburse" && strings.HasPrefix(x.Subject, "RUN-"):
		return v.path("runs", x.Subject)
	case group == "request" && strings.HasPrefix(x.Subject, "RQ-"):
		return v.path("requests", x.Subject)
	case strings.HasPrefix(x.Subject, "UP-"):
		return v.path("unclaimed", "properties", x.Subject)
	case strings.HasPrefix(x.Subject, "UR-"):
		return v.path("unclaimed", "remittances", x.Subject)
	case group == "period":
		return v.path("periods", x.Subject)
	}
	return ""
}

// detail is a name and a value of a record.
type detail struct{ name, value string }

// detailOf reads the detail of a record; what is no object stays one value.
func detailOf(text string) (all []detail) {
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		if text == "" || text == "null" {
			return nil
		}
		return []detail{{"", text}}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if value := plainValue(fields[name]); value != "" {
			all = append(all, detail{strings.ReplaceAll(name, "_", " "), value})
		}
	}
	return all
}

const mostOfDetail = 8 // values of a list that are told

// plainValue writes a value of JSON for reading.
func plainValue(x any) string {
	switch x := x.(type) {
	case nil:
		return ""
	case []any:
		var parts []string
		for i, y := range x {
			if i == mostOfDetail {
				parts = append(parts, fmt.Sprintf("… (%d)", len(x)))
				break
			}
			parts = append(parts, plainValue(y))
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		return plainFields(x)
	}
	return fmt.Sprint(x)
}

// plainFields writes an object of JSON for reading: an amount with its currency, a file with its counts, and no zeros.
func plainFields(x map[string]any) string {
	if amount, ok := x["amount"].(string); ok && len(x) == 2 && x["currency"] != nil {
		return amount + " " + plainValue(x["currency"])
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(x)) {
		switch value := plainValue(x[k]); {
		case value == "" || value == "0" || k == "file":
		default:
			parts = append(parts, strings.ReplaceAll(k, "_", " ")+" "+value)
		}
	}
	text := strings.Join(parts, "; ")
	if file := plainValue(x["file"]); file != "" {
		text = strings.TrimSpace(file + " " + text)
	}
	return text
}

// verifyPage says what the proof is, with the button that runs it.
func (s *site) verifyPage(v *visit) error { return v.showVerify(nil, nil) }

func (v *visit) showVerify(body templ.Component, err error) error {
	page := ui.Page{Title: v.say("verify.title"), Lead: v.say("verify.lead"), Narrow: true, Crumbs: []ui.Link{{Text: v.say("nav.audit"), Href: v.path("audit")}, {Text: v.say("verify.title")}}}
	f := ui.Form{Action: v.path("verify"), Submit: v.say("verify.submit"), Typed: v.r.PostForm, Err: err}
	form := verifyForm(f, ui.Field{Name: "since", Label: v.say("verify.since"), Hint: v.say("verify.since_hint"), Mono: true})
	if err != nil {
		return v.again(err, page, form)
	}
	if body == nil {
		return v.show(page, form)
	}
	return v.show(page, templ.Join(body, form))
}

// verify proves the books in the background, since large ones take a while.
func (s *site) verify(v *visit) error {
	call, since := v.call(), v.form("since")
	return v.begin("verify", "", identity.Prove, func(ctx context.Context, _ func(work.TaskProgress)) (any, error) {
		reports, err := s.app.Verify(ctx, call, since)
		return &proved{reports, since}, err
	})
}

// proved is the result of a proof.
type proved struct {
	reports []*verify.Report
	since   string
}

// failed shows the form again: a seal that is none, say.
func (r *proved) failed(v *visit, err error) error {
	v.r.PostForm = url.Values{"since": {r.since}}
	return v.showVerify(nil, err)
}

// show shows what the proof found.
func (r *proved) show(v *visit, _ *work.Task) error {
	var parts []templ.Component
	for _, x := range r.reports {
		head := []ui.Definition{
			{Name: v.say("verify.vouchers"), Value: ui.CountCell(v.with(), x.Vouchers)},
			{Name: v.say("verify.entries"), Value: ui.CountCell(v.with(), x.Entries)},
			{Name: v.say("verify.seals"), Value: ui.CountCell(v.with(), x.Seals)},
			{Name: v.say("verify.unsealed"), Value: ui.CountCell(v.with(), x.Unsealed)},
		}
		var findings []ui.Row
		for _, f := range x.Findings {
			findings = append(findings, ui.Row{Tone: "bad", Cells: []ui.Cell{ui.TextCell(f.Rule), ui.TextCell(f.Message)}})
		}
		t := ui.Table{ID: "findings", Caption: v.say("verify.findings"), Columns: v.columns("verify.rule", "verify.message"), Rows: findings}
		parts = append(parts, verifyReport(x, head, t))
	}
	return v.showVerify(templ.Join(parts...), nil)
}
