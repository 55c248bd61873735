package web

import (
	"cmp"
	"maps"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/web/ui"
)

// step is a form of two pages in one: what is typed, then what it would do, and the button that does it.
type step struct {
	title  string
	form   ui.Form // what is typed; its button shows the effect
	fields []ui.Field
	effect *app.Effect // nil: not asked for yet
	do     ui.Form     // its button says what will be done
	carry  url.Values  // what was typed, for the second form
	lead   string
	hidden map[string]string // what both forms carry besides
	shown  templ.Component   // the effect, where it is more than settlements and vouchers; nil: as effect says
}

// previewed says whether the second button was pressed: the effect was seen, and is wanted.
func (v *visit) confirmed() bool { return v.form("step") == "do" }

// showStep shows a step; an error shows the form again.
func (v *visit) showStep(page ui.Page, s step, err error) error {
	page.Title = cmp.Or(s.title, page.Title)
	s.form.Typed, s.form.Err = v.typed(), err
	if s.effect == nil && s.shown == nil || err != nil {
		body := stepBody(s, nil)
		if err != nil {
			return v.again(err, page, body)
		}
		return v.show(page, body)
	}
	s.carry = url.Values{"step": {"do"}}
	for _, f := range s.fields {
		s.carry[f.Name] = v.r.PostForm[f.Name]
	}
	for name, value := range s.hidden {
		s.carry[name] = []string{value}
	}
	if s.shown == nil {
		s.shown = v.effect(s.effect)
	}
	return v.show(page, stepBody(s, s.shown))
}

// within is the page of a step about a party.
func (v *visit) within(p party, tab string) ui.Page {
	return ui.Page{Narrow: true, Crumbs: []ui.Link{{Text: p.say(v, "title"), Href: v.path(p.key)}, {Text: p.code, Href: p.path(v)}, {Text: v.say("party.tab." + tab), Href: p.path(v, tab)}}}
}

// effect shows what a command would do: settlements, then vouchers.
func (v *visit) effect(e *app.Effect) templ.Component {
	t := ui.Table{ID: "effect", Caption: v.say("settle.effect"), Dense: true, Columns: []ui.Column{
		{Title: v.say("items.debit"), Kind: ui.Code},
		{Title: v.say("items.credit"), Kind: ui.Code},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("settle.debit_left"), Kind: ui.Amounts},
		{Title: v.say("settle.credit_left"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
	}}
	for _, s := range e.Settled {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.LinkCell(s.Debit, v.path("vouchers", s.Debit)), ui.LinkCell(s.Credit, v.path("vouchers", s.Credit)), ui.AmountCell(s.Amount, s.Currency),
			ui.AmountCell(s.Left, s.Currency), ui.AmountCell(s.Over, s.Currency), ui.TextCell(s.Currency),
		}})
	}
	var parts []templ.Component
	if len(t.Rows) > 0 {
		parts = append(parts, ui.DataTable(t))
	}
	if e.Reopened != "" {
		parts = append(parts, paragraph(v.say("settle.reopened", "amount", e.Reopened)))
	}
	if len(e.Vouchers) == 0 {
		parts = append(parts, paragraph(v.say("settle.no_voucher")))
	}
	for _, x := range e.Vouchers {
		parts = append(parts, previewVoucher(v.say("type."+x.Type), v.voucherTables(x.Lines, "preview-"+x.Number, x.Number)))
	}
	return templ.Join(parts...)
}

// settleForm asks how to settle the two documents that were chosen.
func (s *site) settleForm(v *visit, p party) error {
	debit, credit, err := v.pair(p)
	if err != nil {
		return v.told(p.path(v, "items"), "warn", fault.List(ui.Faults(err)).Error())
	}
	return v.showStep(v.within(p, "items"), v.settleStep(p, debit, credit), nil)
}

// pair finds the debit and the credit among the items that were chosen.
func (v *visit) pair(p party) (debit, credit string, err error) {
	chosen := v.r.URL.Query()["item"]
	slices.Sort(chosen)
	chosen = slices.Compact(chosen) // a voucher with several items is one
	if len(chosen) == 0 {
		return v.query("debit"), v.query("credit"), nil
	}
	if len(chosen) != 2 {
		return "", "", v.wrong("item", "settle.choose_two")
	}
	for _, number := range chosen {
		sign, err := v.signOf(p, number)
		switch {
		case err != nil:
			return "", "", err
		case sign == "debit":
			debit = number
		case sign == "credit":
			credit = number
		}
	}
	if debit == "" || credit == "" {
		return "", "", v.wrong("item", "settle.choose_both")
	}
	return debit, credit, nil
}

// signOf says whether a voucher is a debit or a credit of the party.
func (v *visit) signOf(p party, number string) (string, error) {
	x, err := v.app.Voucher(v.ctx, v.call(), number)
	if err != nil {
		return "", err
	}
	for _, l := range x.Lines {
		if l.Party == p.code {
			if ui.Zero(l.Debit) {
				return "credit", nil
			}
			return "debit", nil
		}
	}
	return "", v.wrong("item", "settle.not_of_party", "voucher", number)
}

func (v *visit) settleStep(p party, debit, credit string) step {
	return step{
		title: v.say("settle.title"), lead: v.say("settle.lead"),
		form: ui.Form{Action: p.path(v, "settle"), Submit: v.say("effect.show"), Cancel: p.path(v, "items")},
		fields: []ui.Field{
			{Name: "debit", Label: v.say("settle.debit"), Value: debit, Required: true, Mono: true},
			{Name: "credit", Label: v.say("settle.credit"), Value: credit, Required: true, Mono: true},
			{Name: "amount", Label: v.say("items.amount"), Hint: v.say("settle.amount_hint"), Short: true},
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
		},
	}
}

func (s *site) settle(v *visit, p party) error {
	st := v.settleStep(p, "", "")
	date, err := v.day("date")
	req := app.SettleRequest{Side: p.side, Party: p.code, Debit: v.form("debit"), Credit: v.form("credit"), Amount: v.form("amount"), Date: date}
	switch {
	case err != nil:
	case v.confirmed():
		done, derr := v.app.Settle(v.ctx, v.call(), req)
		if err = derr; err == nil {
			return v.done(p.path(v, "items"), v.say("settle.done", "amount", ui.Money(v.with(), done.Amount, done.Currency), "debit", done.Debit, "credit", done.Credit))
		}
	default:
		if st.effect, err = v.app.PreviewSettle(v.ctx, v.call(), req); err == nil {
			x := st.effect.Settled[0]
			st.do = ui.Form{Action: st.form.Action, Submit: v.say("settle.submit", "amount", ui.Money(v.with(), x.Amount, x.Currency))}
		}
	}
	return v.showStep(v.within(p, "items"), st, err)
}

func (v *visit) autoStep(p party) step {
	return step{
		title: v.say("settle.auto"), lead: v.say("settle.auto_lead"),
		form:   ui.Form{Action: p.path(v, "auto-settle"), Submit: v.say("effect.show"), Cancel: p.path(v, "items")},
		fields: []ui.Field{{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true}},
	}
}

func (s *site) autoSettleForm(v *visit, p party) error {
	return v.showStep(v.within(p, "items"), v.autoStep(p), nil)
}

func (s *site) autoSettle(v *visit, p party) error {
	st := v.autoStep(p)
	date, err := v.day("date")
	switch {
	case err != nil:
	case v.confirmed():
		done, derr := v.app.AutoSettle(v.ctx, v.call(), p.side, p.code, date)
		if err = derr; err == nil {
			return v.done(p.path(v, "items"), v.say("settle.auto_done", "n", len(done)))
		}
	default:
		if st.effect, err = v.app.PreviewAutoSettle(v.ctx, v.call(), p.side, p.code, date); err == nil {
			if len(st.effect.Settled) == 0 {
				return v.told(p.path(v, "items"), "info", v.say("settle.auto_nothing"))
			}
			st.do = ui.Form{Action: st.form.Action, Submit: v.say("settle.auto_submit", "n", len(st.effect.Settled))}
		}
	}
	return v.showStep(v.within(p, "items"), st, err)
}

func (v *visit) unsettleStep(p party) step {
	return step{
		title: v.say("unsettle.title"), lead: v.say("unsettle.lead"),
		form: ui.Form{Action: p.path(v, "unsettle"), Submit: v.say("effect.show"), Cancel: p.path(v, "settlements")},
		fields: []ui.Field{
			{Name: "debit", Label: v.say("settle.debit"), Value: v.query("debit"), Required: true, Mono: true},
			{Name: "credit", Label: v.say("settle.credit"), Value: v.query("credit"), Required: true, Mono: true},
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
		},
	}
}

func (s *site) unsettleForm(v *visit, p party) error {
	return v.showStep(v.within(p, "settlements"), v.unsettleStep(p), nil)
}

func (s *site) unsettle(v *visit, p party) error {
	st := v.unsettleStep(p)
	date, err := v.day("date")
	req := app.SettleRequest{Side: p.side, Party: p.code, Debit: v.form("debit"), Credit: v.form("credit"), Date: date}
	switch {
	case err != nil:
	case v.confirmed():
		reopened, derr := v.app.Unsettle(v.ctx, v.call(), req)
		if err = derr; err == nil {
			return v.done(p.path(v, "settlements"), v.say("unsettle.done", "amount", reopened, "debit", req.Debit, "credit", req.Credit))
		}
	default:
		if st.effect, err = v.app.PreviewUnsettle(v.ctx, v.call(), req); err == nil {
			st.do = ui.Form{Action: st.form.Action, Submit: v.say("unsettle.submit", "amount", st.effect.Reopened), Danger: true}
		}
	}
	return v.showStep(v.within(p, "settlements"), st, err)
}

// markStep asks for a mark; it changes nothing but what else can be done with the document, so that its effect is its own words.
func (v *visit) markStep(p party) step {
	return step{
		title: v.say("marks.place"), lead: v.say("marks.lead"),
		form: ui.Form{Action: p.path(v, "mark"), Submit: v.say("marks.place"), Cancel: p.path(v, "marks")},
		fields: []ui.Field{
			{Name: "voucher", Label: v.say("items.voucher"), Value: v.query("voucher"), Required: true, Mono: true},
			{Name: "journal", Label: v.say("marks.journal"), Hint: v.say("marks.journal_hint"), Required: true},
			{Name: "line", Label: v.say("marks.line"), Short: true},
			{Name: "amount", Label: v.say("items.amount"), Hint: v.say("marks.amount_hint"), Short: true},
		},
	}
}

func (s *site) markForm(v *visit, p party) error {
	return v.showStep(v.within(p, "marks"), v.markStep(p), nil)
}

func (s *site) mark(v *visit, p party) error {
	req := app.MarkRequest{Side: p.side, Party: p.code, Voucher: v.form("voucher"), Journal: v.form("journal"), Line: v.form("line"), Amount: v.form("amount")}
	text, err := v.app.Mark(v.ctx, v.call(), req)
	if err != nil {
		return v.showStep(v.within(p, "marks"), v.markStep(p), err)
	}
	return v.done(p.path(v, "marks"), v.say("marks.done", "amount", text, "voucher", req.Voucher))
}

func (v *visit) releaseStep(p party) step {
	return step{
		title: v.say("marks.release"), lead: v.say("marks.release_lead"),
		form: ui.Form{Action: p.path(v, "release"), Submit: v.say("marks.release"), Cancel: p.path(v, "marks"), Danger: true},
		fields: []ui.Field{
			{Name: "journal", Label: v.say("marks.journal"), Value: v.query("journal"), Required: true},
			{Name: "voucher", Label: v.say("items.voucher"), Value: v.query("voucher"), Hint: v.say("marks.release_hint"), Mono: true},
		},
	}
}

func (s *site) releaseForm(v *visit, p party) error {
	return v.showStep(v.within(p, "marks"), v.releaseStep(p), nil)
}

func (s *site) release(v *visit, p party) error {
	n, err := v.app.Unmark(v.ctx, v.call(), p.side, v.form("journal"), p.code, v.form("voucher"))
	if err != nil {
		return v.showStep(v.within(p, "marks"), v.releaseStep(p), err)
	}
	return v.done(p.path(v, "marks"), v.say("marks.released", "n", n, "journal", v.form("journal")))
}

// names gives the names of values in order.
func names(values url.Values) []string { return slices.Sorted(maps.Keys(values)) }
