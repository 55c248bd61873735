package web

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/unclaimed"
	"quittance/internal/web/ui"
)

const escheatsNamed = 500 // documents that can be chosen together

// unclaimedDoView is the last look before something is done about unclaimed property.
type unclaimedDoView struct {
	ask     ui.Form // its fields stand in the address: the page is looked at again
	fields  []ui.Field
	confirm *ui.Form // nil: it cannot be done so
	carry   map[string][]string
	says    []string
	effect  templ.Component
	table   *ui.Table
	wrong   error
}

// unclaimedChoice reads what is meant, from the address or the form: documents that were chosen, or all that is due of an owner, a
// jurisdiction or everybody.
func (v *visit) unclaimedChoice() (s app.UnclaimedSelection, carry map[string][]string, err error) {
	if err := v.r.ParseForm(); err != nil {
		return s, nil, fault.New(fault.Invalid, "the form cannot be read").Because(err)
	}
	s = app.UnclaimedSelection{
		Kind: unclaimed.Kind(v.r.FormValue("kind")), Owner: strings.TrimSpace(v.r.FormValue("owner")), Jurisdiction: v.r.FormValue("jurisdiction"), Documents: v.r.Form["pick"],
	}
	if len(s.Documents) > escheatsNamed {
		return s, nil, fault.New(fault.Limited, "%d documents are more than the %d that can be chosen together", len(s.Documents), escheatsNamed)
	}
	s.All = len(s.Documents) == 0
	carry = map[string][]string{}
	for _, name := range []string{"kind", "owner", "jurisdiction", "pick"} {
		for _, x := range v.r.Form[name] {
			if x != "" {
				carry[name] = append(carry[name], x)
			}
		}
	}
	s.Date, err = v.day("date")
	if err == nil && s.Date != 0 {
		carry["date"] = []string{s.Date.String()}
	}
	return s, carry, err
}

// escheatView looks at what would be escheated.
func (v *visit) escheatView() (w unclaimedDoView, seen string, err error) {
	s, carry, err := v.unclaimedChoice()
	if err != nil {
		return w, "", err
	}
	exception := strings.TrimSpace(v.r.FormValue("exception"))
	w.ask = ui.Form{Action: v.path("unclaimed", "escheat"), Submit: v.say("effect.show"), Typed: v.r.Form}
	w.fields = []ui.Field{{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("unclaimed.date_hint"), Short: true}}
	if len(s.Documents) > 0 {
		w.fields = append(w.fields, ui.Field{Name: "exception", Label: v.say("unclaimed.exception"), Hint: v.say("unclaimed.exception_hint")})
	}
	w.carry = carry
	e, err := v.app.PreviewEscheat(v.ctx, v.call(), s, exception)
	if err != nil {
		w.wrong, w.ask.Err = err, err
		return w, "", err
	}
	if exception != "" {
		carry["exception"] = []string{exception}
	}
	n, total := e.Count, v.amountsIn(e.Sums)
	seen = seenJournal(n, total)
	t := v.unclaimedTable(e.Items)
	t.Dense, w.table = true, &t
	w.says = []string{v.say("unclaimed.escheat_what")}
	if n > len(e.Items) {
		w.says = append(w.says, v.say("unclaimed.named", "n", len(e.Items)))
	}
	var parts []templ.Component
	if len(e.Refused) > 0 {
		parts = append(parts, ui.DataTable(v.unclaimedRefused(e.Refused)))
	}
	if len(e.Vouchers) > 0 {
		parts = append(parts, v.effect(&app.Effect{Vouchers: e.Vouchers}))
	}
	if n > len(e.Vouchers)+len(e.Refused) {
		parts = append(parts, paragraph(v.say("unclaimed.first_vouchers", "n", len(e.Vouchers))))
	}
	w.effect = templ.Join(parts...)
	if len(e.Vouchers) > 0 {
		w.confirm = &ui.Form{Action: v.path("unclaimed", "escheat"), Submit: v.say("unclaimed.escheat_submit", "n", n, "amount", total), Cancel: v.path("unclaimed")}
	}
	return w, seen, nil
}

// amountsIn writes sums by currency.
func (v *visit) amountsIn(all []app.AmountIn) string {
	var parts []string
	for _, a := range all {
		parts = append(parts, ui.Money(v.with(), a.Amount, a.Currency))
	}
	if len(parts) == 0 {
		return v.say("run.nothing")
	}
	return strings.Join(parts, ", ")
}

func (v *visit) unclaimedRefused(list []app.UnclaimedProblem) ui.Table {
	t := ui.Table{ID: "refused", Caption: v.say("unclaimed.refused"), Dense: true, Columns: []ui.Column{{Title: v.say("trace.document"), Kind: ui.Code}, {Title: v.say("vpay.why")}}}
	for _, p := range list {
		t.Rows = append(t.Rows, ui.Row{Tone: "warn", Cells: []ui.Cell{ui.TextCell(p.Document), ui.TextCell(p.Problem)}})
	}
	return t
}

// escheatForm shows what escheating would do; wrong is why it was not done.
func (v *visit) escheatForm(wrong error) error {
	w, seen, err := v.escheatView()
	page := ui.Page{Title: v.say("unclaimed.escheat_title"), Crumbs: v.unclaimedCrumb()}
	switch {
	case err != nil && w.wrong == nil:
		return err
	case fault.RuleOf(err) == "nothing_to_do" && wrong == nil:
		return v.told(v.path("unclaimed"), "warn", v.say("unclaimed.none_due"))
	case err != nil:
		return v.again(err, page, unclaimedDoBody(w))
	}
	if w.confirm != nil {
		w.confirm.Err = wrong
		w.carry["seen"] = []string{seen}
	}
	if wrong != nil {
		return v.again(wrong, page, unclaimedDoBody(w))
	}
	return v.show(page, unclaimedDoBody(w))
}

// escheat escheats what was seen, unless it is something else by now.
func (s *site) escheat(v *visit) error {
	choice, _, err := v.unclaimedChoice()
	if err != nil {
		return err
	}
	_, seen, err := v.escheatView()
	if err == nil { // else it was sent twice, or is refused where it is done
		if err := v.changedSince(v.form("seen"), seen); err != nil {
			return v.escheatForm(err)
		}
	}
	done, err := v.app.Escheat(v.ctx, v.call(), choice, v.form("exception"))
	if err != nil {
		return v.escheatForm(err)
	}
	var total sums
	for _, p := range done.Done {
		if err := total.add(p.Currency, p.Amount); err != nil {
			return err
		}
	}
	text := v.say("unclaimed.escheated", "n", len(done.Done), "amount", v.money(total.s.View()))
	if len(done.Refused) == 0 {
		if len(done.Done) == 1 {
			return v.done(v.path("unclaimed", "properties", done.Done[0].Property), text)
		}
		return v.done(v.path("unclaimed", "properties")+"?status=escheated", text)
	}
	return v.show(ui.Page{Title: v.say("unclaimed.escheat_title"), Crumbs: v.unclaimedCrumb()}, unclaimedRefusedBody(text, v.unclaimedRefused(done.Refused), v.path("unclaimed")))
}

// writing is to whom letters are about to be written.
type writing struct {
	items  []app.UnclaimedItem // the first 500
	n      int
	owners map[string]bool
	total  sums
}

// toWrite looks at who is due for a letter.
func (v *visit) toWrite(s app.UnclaimedSelection) (w writing, err error) {
	s.Stages, w.owners = []unclaimed.Stage{unclaimed.LetterDue}, map[string]bool{}
	for p := (app.Page{Limit: escheatsNamed}); ; {
		part, err := v.app.UnclaimedItems(v.ctx, v.call(), s, p)
		if err != nil {
			return w, err
		}
		for _, y := range part.Items {
			w.n++
			w.owners[y.Owner] = true
			if err := w.total.add(y.Currency, y.Amount); err != nil {
				return w, err
			}
			if len(w.items) < escheatsNamed {
				w.items = append(w.items, y)
			}
		}
		if p.After = part.Next; p.After == "" {
			return w, nil
		}
	}
}

// lettersForm shows to whom letters would be written, and about what.
func (v *visit) lettersForm(wrong error) error {
	s, carry, err := v.unclaimedChoice()
	if err != nil {
		return err
	}
	x, err := v.toWrite(s)
	if err != nil {
		return err
	}
	home := v.path("unclaimed")
	if x.n == 0 && wrong == nil {
		return v.told(home, "warn", v.say("unclaimed.none_to_write"))
	}
	amount := v.money(x.total.s.View())
	t := v.unclaimedTable(x.items)
	t.Dense = true
	w := unclaimedDoView{
		carry: carry, table: &t, says: []string{v.say("unclaimed.letters_what")},
		ask:    ui.Form{Action: v.path("unclaimed", "letters", "new"), Submit: v.say("effect.show"), Typed: v.r.Form},
		fields: []ui.Field{{Name: "date", Type: "date", Label: v.say("unclaimed.letters_date"), Hint: v.say("unclaimed.letters_date_hint"), Short: true}},
	}
	if x.n > len(x.items) {
		w.says = append(w.says, v.say("unclaimed.named", "n", len(x.items)))
	}
	if x.n > 0 {
		w.confirm = &ui.Form{Action: w.ask.Action, Submit: v.say("unclaimed.letters_submit", "n", len(x.owners), "items", v.say("unclaimed.n_items", "n", x.n), "amount", amount), Cancel: home, Err: wrong}
		w.carry["seen"] = []string{seenJournal(x.n, amount)}
	} else {
		w.wrong = wrong
		w.ask.Err = wrong
	}
	page := ui.Page{Title: v.say("unclaimed.write_title"), Crumbs: v.unclaimedCrumb("letters")}
	if wrong != nil {
		return v.again(wrong, page, unclaimedDoBody(w))
	}
	return v.show(page, unclaimedDoBody(w))
}

// makeLetters writes to the owners that were seen.
func (s *site) makeLetters(v *visit) error {
	choice, _, err := v.unclaimedChoice()
	if err != nil {
		return err
	}
	x, err := v.toWrite(choice)
	if err != nil {
		return err
	}
	if x.n > 0 { // else it was sent twice
		if err := v.changedSince(v.form("seen"), seenJournal(x.n, v.money(x.total.s.View()))); err != nil {
			return v.lettersForm(err)
		}
	}
	made, err := v.app.MakeUnclaimedLetters(v.ctx, v.call(), choice)
	if err != nil {
		return v.lettersForm(err)
	}
	return v.done(v.path("unclaimed", "letters"), v.say("unclaimed.letters_made", "letters", made.Letters, "n", made.Count))
}

// unclaimedLetters lists the batches of letters, with the button that hands each out to be printed.
func (s *site) unclaimedLetters(v *visit) error {
	part, err := v.app.UnclaimedLetters(v.ctx, v.call(), v.part())
	if err != nil {
		return err
	}
	t := ui.Table{ID: "letters", Caption: v.say("unclaimed.part.letters"), Next: part.Next, After: v.query("after") != "", Columns: wide([]ui.Column{
		{Title: v.say("unclaimed.letters"), Kind: ui.Code},
		{Title: v.say("items.date"), Kind: ui.Date},
		{Title: v.say("unclaimed.count"), Kind: ui.Count},
		{Title: v.say("unclaimed.items"), Kind: ui.Count},
		{Title: v.say("vpay.made"), Kind: ui.Date},
		{Title: v.say("vpay.handed_out"), Kind: ui.Count},
		{Title: v.say("vpay.download"), Quiet: true},
	}, 3, 4, 5), Empty: ui.Empty{Title: v.say("unclaimed.no_letters"), Lead: v.say("unclaimed.no_letters_lead")}}
	for _, x := range part.Items {
		var get ui.Cell
		if v.may(identity.Prepare) {
			get.Body = fileButton(v.path("unclaimed", "letters", x.Letters), x.Letters)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.TextCell(x.Letters),
			ui.DayCell(v.with(), x.Date), ui.CountCell(v.with(), int64(x.Count)), ui.CountCell(v.with(), int64(x.Items)),
			{Text: ui.Instant(v.with(), x.MadeAt), Machine: x.MadeAt, Sub: madeBy(x.MadeBy, x.SHA256)},
			ui.CountCell(v.with(), int64(x.Copies)), get,
		}})
	}
	return v.show(ui.Page{Title: v.say("unclaimed.part.letters"), Lead: v.say("unclaimed.letters_lead"), Crumbs: v.unclaimedCrumb()}, unclaimedPartBody(v.unclaimedTabs("letters"), t))
}

// madeBy says who made a file, and the beginning of its digest.
func madeBy(name, digest string) string {
	return name + " · SHA-256 " + digest[:min(len(digest), 12)] + "…"
}

// lettersFile hands letters out; that they were, stands in the audit trail.
func (s *site) lettersFile(v *visit) error {
	f, err := v.app.OpenUnclaimedLetters(v.ctx, v.call(), v.r.PathValue("letters"))
	if err != nil {
		return err
	}
	v.attach(f.Name, f.Content)
	return nil
}

// asked says whether a name is a field that is asked for.
func asked(fields []ui.Field, name string) bool {
	return slices.ContainsFunc(fields, func(f ui.Field) bool { return f.Name == name })
}
