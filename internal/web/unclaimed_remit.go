package web

import (
	"strconv"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (v *visit) remittanceBadge(r *app.UnclaimedRemittance) ui.Badge {
	if r.Reversal != "" {
		return ui.Badge{Text: v.say("unclaimed.remittance_reversed"), Tone: "bad"}
	}
	return ui.Badge{Text: v.say("unclaimed.status.remitted"), Tone: "good"}
}

// unclaimedRemittances lists what was paid to jurisdictions, the newest first.
func (s *site) unclaimedRemittances(v *visit) error {
	part, err := v.app.UnclaimedRemittances(v.ctx, v.call(), v.part())
	if err != nil {
		return err
	}
	t := ui.Table{ID: "unclaimed-remittances", Caption: v.say("unclaimed.part.remittances"), Next: part.Next, After: v.query("after") != "", Columns: wide([]ui.Column{
		{Title: v.say("unclaimed.remittance"), Kind: ui.Code},
		{Title: v.say("unclaimed.jurisdiction")},
		{Title: v.say("items.date"), Kind: ui.Date},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
		{Title: v.say("unclaimed.part.properties"), Kind: ui.Count},
		{Title: v.say("vpay.bank"), Kind: ui.Code},
		{Title: v.say("party.state"), Kind: ui.Status},
		{Title: v.say("items.voucher"), Kind: ui.Code},
	}, 4, 5, 6, 8), Empty: ui.Empty{Title: v.say("unclaimed.no_remittances"), Lead: v.say("unclaimed.no_remittances_lead")}}
	for i := range part.Items {
		r := &part.Items[i]
		href := v.path("unclaimed", "remittances", r.Remittance)
		t.Rows = append(t.Rows, ui.Row{ID: r.Remittance, Href: href, Cells: []ui.Cell{
			{Text: r.Remittance, Href: href, Sub: r.Reference},
			ui.TextCell(r.Jurisdiction), ui.DayCell(v.with(), r.Date), ui.AmountCell(r.Amount, r.Currency), ui.TextCell(r.Currency),
			ui.CountCell(v.with(), int64(r.Properties)), ui.TextCell(r.Bank), ui.BadgeCell(v.remittanceBadge(r)), ui.LinkCell(r.Voucher, v.path("vouchers", r.Voucher)),
		}})
	}
	page := ui.Page{Title: v.say("unclaimed.part.remittances"), Lead: v.say("unclaimed.remittances_lead"), Crumbs: v.unclaimedCrumb()}
	if v.may(identity.Pay) {
		remit := ui.Action{Text: v.say("unclaimed.remit"), Href: v.path("unclaimed", "remittances", "new"), Icon: "plus", Primary: true}
		page.Actions = []ui.Action{remit}
		t.Empty.Action = &remit
	}
	return v.show(page, unclaimedPartBody(v.unclaimedTabs("remittances"), t))
}

// unclaimedRemittance shows what was paid to a jurisdiction, property by property.
func (s *site) unclaimedRemittance(v *visit) error {
	r, err := v.app.UnclaimedRemittance(v.ctx, v.call(), v.r.PathValue("remittance"))
	if err != nil {
		return err
	}
	part, err := v.app.UnclaimedProperties(v.ctx, v.call(), app.UnclaimedFilter{Remittance: r.Remittance}, v.part())
	if err != nil {
		return err
	}
	t := v.propertyTable(part.Items)
	t.Next, t.After, t.Empty = part.Next, v.query("after") != "", ui.Empty{Title: v.say("unclaimed.remittance_empty")}
	head := []ui.Definition{
		{Name: v.say("unclaimed.jurisdiction"), Value: ui.TextCell(r.Jurisdiction)},
		{Name: v.say("items.date"), Value: ui.DayCell(v.with(), r.Date)},
		{Name: v.say("vpay.bank"), Value: ui.TextCell(r.Bank)},
		{Name: v.say("payments.reference"), Value: ui.TextCell(r.Reference)},
		{Name: v.say("items.voucher"), Value: ui.LinkCell(r.Voucher, v.path("vouchers", r.Voucher))},
		{Name: v.say("unclaimed.made_by"), Value: ui.TextCell(r.MadeBy)},
	}
	page := ui.Page{Title: r.Remittance, Badges: []ui.Badge{v.remittanceBadge(r)}, Crumbs: v.unclaimedCrumb("remittances"), Actions: v.followed(r.Voucher, "")}
	if r.Reversal != "" {
		head = append(head, ui.Definition{Name: v.say("unclaimed.reversed_by"), Value: ui.LinkCell(r.Reversal, v.path("vouchers", r.Reversal))})
	} else if v.may(identity.Pay) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("unclaimed.take_back"), Href: v.path("unclaimed", "remittances", r.Remittance) + "/reverse", Icon: "undo"})
	}
	stats := []ui.Stat{{Name: v.say("items.amount"), Amount: r.Amount, Currency: r.Currency, Sub: v.say("unclaimed.n_properties", "n", r.Properties)}}
	return v.show(page, remittanceOfBody(stats, head, t))
}

func (v *visit) unclaimedRemittanceStep() (r *app.UnclaimedRemittance, page ui.Page, st step, err error) {
	r, err = v.app.UnclaimedRemittance(v.ctx, v.call(), v.r.PathValue("remittance"))
	if err != nil {
		return nil, page, st, err
	}
	at := v.path("unclaimed", "remittances", r.Remittance)
	page = ui.Page{Narrow: true, Crumbs: append(v.unclaimedCrumb("remittances"), ui.Link{Text: r.Remittance, Href: at})}
	st = v.undoStep(v.say("unclaimed.take_back_title", "property", r.Remittance), v.say("unclaimed.remittance_back_lead"), at+"/reverse",
		v.say("unclaimed.take_back_submit", "property", r.Remittance, "amount", ui.Money(v.with(), r.Amount, r.Currency)), at)
	return r, page, st, nil
}

func (v *visit) reverseUnclaimedForm(wrong error) error {
	_, page, st, err := v.unclaimedRemittanceStep()
	if err != nil {
		return err
	}
	return v.showStep(page, st, wrong)
}

func (s *site) reverseUnclaimed(v *visit) error {
	r, page, st, err := v.unclaimedRemittanceStep()
	if err != nil {
		return err
	}
	return v.takeBack(page, st, r.Remittance, v.path("unclaimed", "remittances", r.Remittance), v.say("unclaimed.taken_back", "property", r.Remittance, "voucher", "{voucher}"))
}

// remitStep asks what is paid from which bank account.
func (v *visit) remitStep() (st step, req app.UnclaimedRemitting, err error) {
	if err := v.r.ParseForm(); err != nil {
		return st, req, fault.New(fault.Invalid, "the form cannot be read").Because(err)
	}
	req = app.UnclaimedRemitting{Jurisdiction: v.r.FormValue("jurisdiction"), Bank: v.form("bank"), Reference: v.form("reference"), Properties: v.r.Form["pick"]}
	if len(req.Properties) == 0 {
		req.Properties = codesTyped(v.r.FormValue("properties"))
	}
	places, err := v.jurisdictions(req.Jurisdiction)
	if err != nil {
		return st, req, err
	}
	banks, err := v.bankOptions()
	if err != nil {
		return st, req, err
	}
	at := v.path("unclaimed", "remittances", "new")
	st = step{title: v.say("unclaimed.remit_title"), lead: v.say("unclaimed.remit_lead"), form: ui.Form{Action: at, Submit: v.say("effect.show"), Cancel: v.path("unclaimed", "remittances")}, do: ui.Form{Action: at}}
	if len(req.Properties) > 0 {
		st.fields = []ui.Field{{Name: "properties", Type: "textarea", Rows: 4, Mono: true, Label: v.say("unclaimed.part.properties"), Hint: v.say("unclaimed.remit_properties_hint"), Value: lined(req.Properties)}}
	} else {
		st.fields = []ui.Field{{Name: "jurisdiction", Type: "select", Label: v.say("unclaimed.jurisdiction"), Hint: v.say("unclaimed.remit_all_hint"), Options: places, Value: req.Jurisdiction, Required: true}}
	}
	st.fields = append(st.fields,
		ui.Field{Name: "bank", Type: "select", Label: v.say("vpay.bank"), Options: banks, Required: true},
		ui.Field{Name: "reference", Label: v.say("payments.reference"), Hint: v.say("unclaimed.reference_hint")},
		ui.Field{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true})
	return st, req, nil
}

// lined writes codes one a line.
func lined(codes []string) (text string) {
	for _, c := range codes {
		text += c + "\n"
	}
	return text
}

func (v *visit) remitForm(wrong error) error {
	st, _, err := v.remitStep()
	if err != nil {
		return err
	}
	return v.showStep(ui.Page{Narrow: true, Crumbs: v.unclaimedCrumb("remittances")}, st, wrong)
}

// remit shows what remitting would post, and does it when that was seen and is wanted.
func (s *site) remit(v *visit) error {
	st, req, err := v.remitStep()
	if err != nil {
		return err
	}
	page := ui.Page{Narrow: true, Crumbs: v.unclaimedCrumb("remittances")}
	if req.Date, err = v.day("date"); err != nil {
		return v.showStep(page, st, err)
	}
	if !v.confirmed() {
		e, err := v.app.PreviewRemitUnclaimed(v.ctx, v.call(), req)
		if err == nil {
			r := &e.Remittance
			amount := ui.Money(v.with(), r.Amount, r.Currency)
			st.do.Submit = v.say("unclaimed.remit_submit", "n", r.Properties, "amount", amount, "jurisdiction", r.Jurisdiction)
			st.hidden = map[string]string{"seen": seenJournal(r.Properties, amount)}
			st.shown = effectsBody([]string{v.say("unclaimed.remit_what", "bank", r.Bank)}, v.effect(&app.Effect{Vouchers: e.Vouchers}))
		}
		return v.showStep(page, st, err)
	}
	if e, perr := v.app.PreviewRemitUnclaimed(v.ctx, v.call(), req); perr == nil { // else it was sent twice, or is refused where it is done
		if err := v.changedSince(v.form("seen"), seenJournal(e.Remittance.Properties, ui.Money(v.with(), e.Remittance.Amount, e.Remittance.Currency))); err != nil {
			return v.showStep(page, st, err)
		}
	}
	r, err := v.app.RemitUnclaimed(v.ctx, v.call(), req)
	if err != nil {
		return v.showStep(page, st, err)
	}
	return v.done(v.path("unclaimed", "remittances", r.Remittance), v.say("unclaimed.remitted", "n", r.Properties, "amount", ui.Money(v.with(), r.Amount, r.Currency), "jurisdiction", r.Jurisdiction, "voucher", r.Voucher))
}

// unclaimedReports lists the reports to jurisdictions, with the button that hands each out.
func (s *site) unclaimedReports(v *visit) error {
	part, err := v.app.UnclaimedReports(v.ctx, v.call(), v.part())
	if err != nil {
		return err
	}
	t := ui.Table{ID: "unclaimed-reports", Caption: v.say("unclaimed.part.reports"), Next: part.Next, After: v.query("after") != "", Columns: wide([]ui.Column{
		{Title: v.say("unclaimed.report_file"), Kind: ui.Code},
		{Title: v.say("unclaimed.jurisdiction")},
		{Title: v.say("unclaimed.year")},
		{Title: v.say("unclaimed.part.properties"), Kind: ui.Count},
		{Title: v.say("items.amount"), Kind: ui.Amounts, Note: "USD"},
		{Title: v.say("vpay.made"), Kind: ui.Date},
		{Title: v.say("vpay.handed_out"), Kind: ui.Count},
		{Title: v.say("vpay.download"), Quiet: true},
	}, 3, 5, 6), Empty: ui.Empty{Title: v.say("unclaimed.no_reports"), Lead: v.say("unclaimed.no_reports_lead")}}
	for _, x := range part.Items {
		var get ui.Cell
		if v.may(identity.Pay) {
			get.Body = fileButton(v.path("unclaimed", "reports", x.Report), x.Report)
		}
		year := ui.TextCell(strconv.Itoa(x.Year))
		if x.Number > 1 {
			year.Sub = v.say("unclaimed.nth", "n", x.Number)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.TextCell(x.Report),
			ui.TextCell(x.Jurisdiction), year, ui.CountCell(v.with(), int64(x.Properties)), ui.AmountCell(x.Total, "USD"),
			{Text: ui.Instant(v.with(), x.MadeAt), Machine: x.MadeAt, Sub: madeBy(x.MadeBy, x.SHA256)},
			ui.CountCell(v.with(), int64(x.Copies)), get,
		}})
	}
	page := ui.Page{Title: v.say("unclaimed.part.reports"), Lead: v.say("unclaimed.reports_lead"), Crumbs: v.unclaimedCrumb()}
	if v.may(identity.Pay) {
		report := ui.Action{Text: v.say("unclaimed.report_new"), Href: v.path("unclaimed", "reports", "new"), Icon: "plus", Primary: true}
		page.Actions = []ui.Action{report}
		t.Empty.Action = &report
	}
	return v.show(page, unclaimedPartBody(v.unclaimedTabs("reports"), t))
}

// reportForm asks for state and year.
func (v *visit) reportForm(wrong error) error {
	places, err := v.jurisdictions("")
	if err != nil {
		return err
	}
	return v.showStep(ui.Page{Narrow: true, Crumbs: v.unclaimedCrumb("reports")}, step{
		title: v.say("unclaimed.report_new"), lead: v.say("unclaimed.report_lead"),
		form: ui.Form{Action: v.path("unclaimed", "reports", "new"), Submit: v.say("unclaimed.report_submit"), Cancel: v.path("unclaimed", "reports")},
		fields: []ui.Field{
			{Name: "jurisdiction", Type: "select", Label: v.say("unclaimed.jurisdiction"), Options: places, Required: true},
			{Name: "year", Label: v.say("unclaimed.year"), Hint: v.say("unclaimed.year_hint"), Value: strconv.Itoa(v.today().Time().Year()), Required: true, Short: true},
			{Name: "again", Type: "checkbox", Label: v.say("unclaimed.again"), Hint: v.say("unclaimed.again_hint")},
		},
	}, wrong)
}

func (s *site) makeReport(v *visit) error {
	year, err := v.number("year")
	var x *app.UnclaimedReport
	if err == nil {
		x, err = v.app.MakeUnclaimedReport(v.ctx, v.call(), v.form("jurisdiction"), year, v.form("again") == "yes")
	}
	if err != nil {
		return v.reportForm(err)
	}
	return v.done(v.path("unclaimed", "reports"), v.say("unclaimed.report_made", "report", x.Report, "n", x.Properties, "amount", ui.Money(v.with(), x.Total, "USD")))
}

// reportFile hands a report out; that it was, stands in the audit trail.
func (s *site) reportFile(v *visit) error {
	f, err := v.app.OpenUnclaimedReport(v.ctx, v.call(), v.r.PathValue("report"))
	if err != nil {
		return err
	}
	v.attach(f.Name, f.Content)
	return nil
}
