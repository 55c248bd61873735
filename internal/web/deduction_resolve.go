package web

import (
	"net/url"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

var resolutionKinds = []string{"write_off", "accrual_plan", "return", "match", "credit_note", "chargeback", "paid_back", "correct"}

// routesResolve names what moves the money of a deduction.
func (s *site) routesResolve() {
	both := func(path string, p identity.Permission, form, do page) {
		s.in("deductions", "GET /deductions/{number}"+path, needs(p, form))
		s.in("deductions", "POST /deductions/{number}"+path, needs(p, do))
	}
	both("/resolve", identity.Deduct, s.resolveForm, s.resolve)
	both("/split", identity.Deduct, s.splitForm, s.splitDeduction)
	both("/resolutions/{id}/reverse", identity.Deduct, s.reverseResolutionForm, s.reverseResolution)
	both("/approve", identity.Approve, s.approveForm, s.approve)
	both("/reject", identity.Approve, s.rejectForm, s.reject)
	both("/withdraw", identity.Deduct, s.withdrawForm, s.withdraw)
}

// resolveParts is the resolution page of a deduction.
func (v *visit) resolveParts(number string) (partsForm, *app.DeductionView, error) {
	d, err := v.app.Deduction(v.ctx, v.call(), number)
	if err != nil {
		return partsForm{}, nil, err
	}
	choices, err := v.deductionChoices()
	if err != nil {
		return partsForm{}, nil, err
	}
	field := func(name, key, kinds string) partField {
		return partField{ui.Field{Name: name, Label: v.say(key)}, kinds}
	}
	f := partsForm{
		title: v.say("deductions.resolve_title", "number", number), lead: v.say("deductions.resolve_lead"), card: "deductions.line_n", whole: d.Remaining, currency: d.Currency, accounts: choices.accounts,
		form: ui.Form{Action: v.path("deductions", number, "resolve"), Submit: v.say("effect.show"), Cancel: v.path("deductions", number)},
		head: []ui.Field{{Name: "date", Type: "date", Label: v.say("deductions.posting_date"), Hint: v.say("settle.date_hint"), Short: true}},
		fields: []partField{
			{ui.Field{Name: "kind", Label: v.say("deductions.kind"), Type: "select", Options: v.optionsOf("deduction.kind.", resolutionKinds)}, ""},
			{ui.Field{Name: "amount", Label: v.say("items.amount"), Hint: v.say("deductions.amount_hint")}, ""},
			{ui.Field{Name: "account", Label: v.say("deductions.account"), Mono: true, ListID: "accounts", Hint: v.say("deductions.account_hint")}, "write_off credit_note chargeback paid_back"},
			{ui.Field{Name: "plan", Label: v.say("deductions.plan"), Type: "select", Options: choices.plans}, "accrual_plan"},
			{ui.Field{Name: "credit", Label: v.say("deductions.credit"), Mono: true, Hint: v.say("deductions.credit_hint")}, "match paid_back"},
			{ui.Field{Name: "customer", Label: v.say("deductions.credit_of"), Mono: true, Hint: v.say("deductions.credit_of_hint")}, "match"},
			{ui.Field{Name: "basis", Label: v.say("deductions.basis"), Type: "select", Options: optional(v.optionsOf("deduction.basis.", []string{"price", "quantity"}))}, "credit_note"},
			{ui.Field{Name: "goods", Label: v.say("deductions.goods"), Hint: v.say("deductions.goods_hint")}, "credit_note"},
			{ui.Field{Name: "notes", Label: v.say("deductions.note_lines"), Type: "textarea", Hint: v.say("deductions.note_lines_hint"), Mono: true}, "credit_note"},
			{ui.Field{Name: "number", Label: v.say("posting.number"), Mono: true, Hint: v.say("posting.number_hint")}, "credit_note chargeback return"},
			{ui.Field{Name: "due", Label: v.say("items.due"), Type: "date"}, "return chargeback"},
			{ui.Field{Name: "keep_due", Label: v.say("deductions.keep_due"), Type: "checkbox"}, "return"},
			field("reason", "deductions.denial", "return write_off chargeback"),
			field("text", "voucher.text", ""),
		},
	}
	f.form.Typed = url.Values{"kind0": {"write_off"}, "account0": {d.Account}, "amount0": {d.Remaining}}
	if d.Plan != "" {
		f.form.Typed.Set("kind0", "accrual_plan")
		f.form.Typed.Set("plan0", d.Plan)
	}
	if kind := v.query("kind"); kind != "" {
		f.form.Typed = url.Values{"kind0": {kind}, "credit0": {v.query("credit")}, "customer0": {v.query("party")}, "plan0": {v.query("plan")}, "amount0": {v.query("amount")}}
	}
	return f, d, nil
}

// resolveRequest reads the lines; at gives the card of each, since cards without an amount and anything else are none.
func (v *visit) resolveRequest(number string) (req app.ResolveRequest, at []int, err error) {
	req.Deduction = number
	if req.Date, err = v.day("date"); err != nil {
		return req, nil, err
	}
	for i := range v.parts() {
		n := strconv.Itoa(i)
		text := func(name string) string { return v.form(name + n) }
		l := app.ResolveLine{
			Kind: text("kind"), Amount: text("amount"), Account: text("account"), Plan: text("plan"), Credit: text("credit"), Customer: text("customer"), Basis: text("basis"), Goods: text("goods"),
			Number: text("number"), KeepDue: text("keep_due") != "", Reason: text("reason"), Text: text("text"),
		}
		if l.Due, err = v.day("due" + n); err != nil {
			return req, nil, err
		}
		if l.Amount == "" && i > 0 && l.Account+l.Plan+l.Credit+l.Text+l.Reason+text("notes") == "" {
			continue
		}
		for _, line := range strings.Split(text("notes"), "\n") {
			if words := strings.Fields(line); len(words) > 0 {
				note := app.NoteLine{Account: words[0]}
				if len(words) > 1 {
					note.Amount = words[len(words)-1]
				}
				l.NoteLines = append(l.NoteLines, note)
			}
		}
		req.Lines, at = append(req.Lines, l), append(at, i)
	}
	return req, at, nil
}

func (s *site) resolveForm(v *visit) error {
	number := v.r.PathValue("number")
	f, d, err := v.resolveParts(number)
	if err != nil {
		return err
	}
	if ui.Zero(d.Remaining) {
		return v.told(v.path("deductions", number), "info", v.say("deductions.nothing_remains"))
	}
	return v.showParts(ui.Page{Crumbs: v.deductionCrumbs(number)}, f, nil)
}

func (s *site) resolve(v *visit) error {
	number := v.r.PathValue("number")
	page := ui.Page{Crumbs: v.deductionCrumbs(number)}
	f, d, err := v.resolveParts(number)
	if err != nil {
		return err
	}
	if v.form("step") == "more" {
		return v.showParts(page, f, nil)
	}
	req, at, err := v.resolveRequest(number)
	if err != nil {
		return v.showParts(page, f, err)
	}
	if v.confirmed() {
		out, err := v.app.ResolveDeduction(v.ctx, v.call(), req)
		if err != nil {
			return v.showParts(page, f, atParts(err, at, "amount"))
		}
		if out.Proposed {
			return v.told(v.path("deductions", number), "warn", v.say("deductions.proposed", "limit", out.Limit))
		}
		return v.done(v.path("deductions", number), v.say("deductions.resolved_done", "amount", v.outcomeSum(out), "remaining", ui.Money(v.with(), out.Remaining, out.Currency)))
	}
	effect, err := v.app.PreviewResolveDeduction(v.ctx, v.call(), req)
	if err != nil {
		return v.showParts(page, f, atParts(err, at, "amount"))
	}
	f.effect = v.effectOf(effect)
	f.do = ui.Form{Action: f.form.Action, Submit: v.say("deductions.resolve_submit", "n", len(effect.Outcome.Lines), "amount", v.outcomeSum(effect.Outcome))}
	if effect.Outcome.Proposed {
		f.do.Submit = v.say("deductions.propose_submit", "n", len(effect.Outcome.Lines), "amount", v.outcomeSum(effect.Outcome))
	}
	_ = d
	return v.showParts(page, f, nil)
}

// outcomeSum is what the lines of a command come to.
func (v *visit) outcomeSum(o *app.DeductionOutcome) string {
	var t tally
	for _, l := range o.Lines {
		t.add(l.Amount, o.Currency)
	}
	sum, err := t.text(o.Currency)
	if err != nil {
		return ""
	}
	return ui.Money(v.with(), sum, o.Currency)
}

func (v *visit) splitParts(number string) (partsForm, error) {
	d, err := v.app.Deduction(v.ctx, v.call(), number)
	if err != nil {
		return partsForm{}, err
	}
	choices, err := v.deductionChoices()
	if err != nil {
		return partsForm{}, err
	}
	return partsForm{
		title: v.say("deductions.split_title", "number", number), lead: v.say("deductions.split_lead"), card: "deductions.part_n", whole: d.Remaining, currency: d.Currency,
		form: ui.Form{Action: v.path("deductions", number, "split"), Submit: v.say("effect.show"), Cancel: v.path("deductions", number)},
		fields: []partField{
			{ui.Field{Name: "amount", Label: v.say("items.amount")}, ""},
			{ui.Field{Name: "type", Label: v.say("deductions.type"), Type: "select", Options: optional(choices.types)}, ""},
			{ui.Field{Name: "reason", Label: v.say("deductions.reason"), Type: "select", Options: choices.reasons}, ""},
			{ui.Field{Name: "note", Label: v.say("deductions.note")}, ""},
		},
	}, nil
}

func (s *site) splitForm(v *visit) error {
	number := v.r.PathValue("number")
	f, err := v.splitParts(number)
	if err != nil {
		return err
	}
	return v.showParts(ui.Page{Crumbs: v.deductionCrumbs(number)}, f, nil)
}

func (s *site) splitDeduction(v *visit) error {
	number := v.r.PathValue("number")
	page := ui.Page{Crumbs: v.deductionCrumbs(number)}
	f, err := v.splitParts(number)
	if err != nil {
		return err
	}
	if v.form("step") == "more" {
		return v.showParts(page, f, nil)
	}
	req := app.SplitRequest{Deduction: number}
	var at []int
	for i := range v.parts() {
		n := strconv.Itoa(i)
		if c := (app.SplitChild{Amount: v.form("amount" + n), Type: v.form("type" + n), Reason: v.form("reason" + n), Note: v.form("note" + n)}); c.Amount != "" || c.Note != "" {
			req.Parts, at = append(req.Parts, c), append(at, i)
		}
	}
	if len(req.Parts) == 0 {
		return v.showParts(page, f, v.wrong("amount0", "deductions.split_none"))
	}
	if v.confirmed() {
		out, err := v.app.SplitDeduction(v.ctx, v.call(), req)
		if err != nil {
			return v.showParts(page, f, atParts(err, at, "amount"))
		}
		return v.done(v.path("deductions", number), v.say("deductions.split_done", "children", strings.Join(out.Children, ", ")))
	}
	effect, err := v.app.PreviewSplitDeduction(v.ctx, v.call(), req)
	if err != nil {
		return v.showParts(page, f, atParts(err, at, "amount"))
	}
	f.effect = v.effectOf(effect)
	f.do = ui.Form{Action: f.form.Action, Submit: v.say("deductions.split_submit", "n", len(req.Parts))}
	return v.showParts(page, f, nil)
}

// reverseResolutionStep asks for the mirror of a resolution line.
func (v *visit) reverseResolutionStep(number, id string) step {
	return step{
		title: v.say("deductions.reverse_title", "number", number), lead: v.say("deductions.reverse_lead"),
		form: ui.Form{Action: v.path("deductions", number, "resolutions", id, "reverse"), Submit: v.say("effect.show"), Cancel: v.path("deductions", number)},
		fields: []ui.Field{
			{Name: "reason", Label: v.say("party.reason"), Hint: v.say("undo.reason_hint"), Required: true},
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
		},
	}
}

func (s *site) reverseResolutionForm(v *visit) error {
	number := v.r.PathValue("number")
	if _, err := v.app.Deduction(v.ctx, v.call(), number); err != nil {
		return err
	}
	return v.showStep(v.deductionPage(number), v.reverseResolutionStep(number, v.r.PathValue("id")), nil)
}

func (s *site) reverseResolution(v *visit) error {
	number, id := v.r.PathValue("number"), v.r.PathValue("id")
	st := v.reverseResolutionStep(number, id)
	date, err := v.day("date")
	req := app.ReverseResolutionRequest{Deduction: number, Resolution: id, Date: date, Reason: v.form("reason")}
	switch {
	case err != nil:
	case req.Reason == "":
		err = v.wrong("reason", "party.reason_needed")
	case v.confirmed():
		out, rerr := v.app.ReverseResolution(v.ctx, v.call(), req)
		if err = rerr; err == nil {
			return v.done(v.path("deductions", number), v.say("deductions.reversed", "amount", v.outcomeSum(out), "remaining", ui.Money(v.with(), out.Remaining, out.Currency)))
		}
	default:
		effect, perr := v.app.PreviewReverseResolution(v.ctx, v.call(), req)
		if err = perr; err == nil {
			st.shown = v.effectOf(effect)
			st.do = ui.Form{Action: st.form.Action, Submit: v.say("deductions.reverse_submit", "amount", v.outcomeSum(effect.Outcome)), Danger: true}
		}
	}
	return v.showStep(ui.Page{Crumbs: v.deductionCrumbs(number)}, st, err)
}

// decisionStep asks for the date or the reason of a decision about what is proposed.
func (v *visit) decisionStep(number, what string, fields ...ui.Field) step {
	return step{
		title: v.say("deductions."+what+"_title", "number", number), lead: v.say("deductions." + what + "_lead"),
		form:   ui.Form{Action: v.path("deductions", number, what), Submit: v.say("effect.show"), Cancel: v.path("deductions", number)},
		fields: fields,
	}
}

func (v *visit) dateField() ui.Field {
	return ui.Field{Name: "date", Type: "date", Label: v.say("deductions.posting_date"), Hint: v.say("settle.date_hint"), Short: true}
}

func (v *visit) reasonField() ui.Field {
	return ui.Field{Name: "reason", Label: v.say("party.reason"), Hint: v.say("undo.reason_hint"), Required: true}
}

// approveForm shows at once what approval would post, today.
func (s *site) approveForm(v *visit) error { return v.showApprove(nil) }

func (v *visit) showApprove(wrong error) error {
	number := v.r.PathValue("number")
	st := v.decisionStep(number, "approve", v.dateField())
	date, err := v.day("date")
	if wrong == nil {
		wrong = err
	}
	if wrong == nil {
		effect, err := v.app.PreviewApproveDeduction(v.ctx, v.call(), app.DecideRequest{Deduction: number, Date: date})
		if err != nil {
			wrong = err
		} else {
			st.shown = v.effectOf(effect)
			st.do = ui.Form{Action: st.form.Action, Submit: v.say("deductions.approve_submit", "n", len(effect.Outcome.Lines), "amount", v.outcomeSum(effect.Outcome))}
		}
	}
	return v.showStep(ui.Page{Crumbs: v.deductionCrumbs(number)}, st, wrong)
}

func (s *site) approve(v *visit) error {
	number := v.r.PathValue("number")
	if !v.confirmed() {
		return v.showApprove(nil)
	}
	date, err := v.day("date")
	if err != nil {
		return v.showApprove(err)
	}
	out, err := v.app.ApproveDeduction(v.ctx, v.call(), app.DecideRequest{Deduction: number, Date: date})
	if err != nil {
		return v.showApprove(err)
	}
	return v.done(v.path("deductions", number), v.say("deductions.approved", "amount", v.outcomeSum(out)))
}

func (v *visit) showReject(wrong error) error {
	number := v.r.PathValue("number")
	if _, err := v.app.Deduction(v.ctx, v.call(), number); err != nil {
		return err
	}
	st := v.decisionStep(number, "reject", v.reasonField())
	st.form.Submit, st.form.Danger = v.say("deductions.reject"), true
	return v.showStep(v.deductionPage(number), st, wrong)
}

func (s *site) rejectForm(v *visit) error { return v.showReject(nil) }

func (s *site) reject(v *visit) error {
	number := v.r.PathValue("number")
	if v.form("reason") == "" {
		return v.showReject(v.wrong("reason", "party.reason_needed"))
	}
	if _, err := v.app.RejectDeduction(v.ctx, v.call(), app.DecideRequest{Deduction: number, Reason: v.form("reason")}); err != nil {
		return v.showReject(err)
	}
	return v.done(v.path("deductions", number), v.say("deductions.rejected"))
}

func (v *visit) showWithdraw(wrong error) error {
	number := v.r.PathValue("number")
	d, err := v.app.Deduction(v.ctx, v.call(), number)
	if err != nil {
		return err
	}
	st := v.decisionStep(number, "withdraw", v.reasonField())
	st.form.Submit, st.form.Danger = v.say("deductions.withdraw_submit", "amount", ui.Money(v.with(), d.Remaining, d.Currency)), true
	return v.showStep(v.deductionPage(number), st, wrong)
}

func (s *site) withdrawForm(v *visit) error { return v.showWithdraw(nil) }

func (s *site) withdraw(v *visit) error {
	number := v.r.PathValue("number")
	if v.form("reason") == "" {
		return v.showWithdraw(v.wrong("reason", "party.reason_needed"))
	}
	if _, err := v.app.WithdrawClaim(v.ctx, v.call(), app.DecideRequest{Deduction: number, Reason: v.form("reason")}); err != nil {
		return v.showWithdraw(err)
	}
	return v.done(v.path("deductions", number), v.say("deductions.withdrawn", "number", number))
}
