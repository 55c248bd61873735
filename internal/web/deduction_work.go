package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

const evidenceMost = 10 << 20 // bytes of a file that is attached

// routesDeductionWork names what is done about a deduction while no money moves.
func (s *site) routesDeductionWork() {
	work := func(pattern string, p page) { s.in("deductions", pattern, needs(identity.Deduct, p)) }
	work("GET /deductions/{number}/edit", s.editDeductionForm)
	work("POST /deductions/{number}/edit", s.editDeduction)
	work("GET /deductions/{number}/dispute", s.disputeForm)
	work("POST /deductions/{number}/dispute", s.dispute)
	work("POST /deductions/{number}/comment", s.comment)
	work("POST /deductions/{number}/watch", s.watch)
	work("POST /deductions/{number}/unwatch", s.watch)
	work("POST /deductions/{number}/match", s.searchMatches)
	s.files("deductions", "POST /deductions/{number}/evidence", evidenceMost+formMost, needs(identity.Deduct, s.attach))
	s.in("deductions", "GET /deductions/{number}/evidence/{id}", s.evidenceFile)
	work("GET /deductions/{number}/evidence/{id}/remove", s.detachForm)
	work("POST /deductions/{number}/evidence/{id}/remove", s.detach)
}

func (v *visit) deductionPage(number string) ui.Page {
	return ui.Page{Narrow: true, Crumbs: v.deductionCrumbs(number)}
}

// editStep asks for changes of a deduction.
func (v *visit) editStep(d *app.DeductionView) (step, error) {
	choices, err := v.deductionChoices()
	if err != nil {
		return step{}, err
	}
	work := []ui.Option{{Text: v.say("deductions.stays", "state", v.say("deduction.work."+d.Work))}}
	work = append(work, v.optionsOf("deduction.work.", d.NextWork)...)
	substates := []ui.Option{{Text: "–"}}
	for _, x := range choices.setup.Substates {
		substates = append(substates, ui.Option{Value: x.Substate, Text: codeAndName(x.Substate, x.Name)})
	}
	return step{
		title: v.say("deductions.edit_title", "number", d.Number),
		form:  ui.Form{Action: v.path("deductions", d.Number, "edit"), Submit: v.say("form.save"), Cancel: v.path("deductions", d.Number)},
		fields: []ui.Field{
			{Name: "reason", Label: v.say("deductions.reason"), Type: "select", Options: with(choices.reasons, d.Reason), Value: d.Reason, Hint: v.say("deductions.reason_hint")},
			{Name: "type", Label: v.say("deductions.type"), Type: "select", Options: with(choices.types, d.Type), Value: d.Type},
			{Name: "account", Label: v.say("deductions.account"), Mono: true, Value: d.Account},
			{Name: "plan", Label: v.say("deductions.plan"), Type: "select", Options: with(choices.plans, d.Plan), Value: d.Plan},
			{Name: "their_code", Label: v.say("deductions.their_code"), Mono: true, Value: d.TheirCode},
			{Name: "claim_number", Label: v.say("deductions.claim_number"), Mono: true, Value: d.ClaimNumber},
			{Name: "work", Label: v.say("deductions.work"), Type: "select", Options: work},
			{Name: "substate", Label: v.say("deductions.substate"), Type: "select", Options: with(substates, d.Substate), Value: d.Substate},
			{Name: "duplicate_of", Label: v.say("deductions.duplicate_field"), Hint: v.say("deductions.duplicate_hint"), Mono: true, Value: d.DuplicateOf},
			{Name: "owner", Label: v.say("deductions.owner"), Value: d.Owner},
			{Name: "team", Label: v.say("deductions.team"), Value: d.Team},
			{Name: "priority", Label: v.say("deductions.priority"), Hint: v.say("deductions.priority_hint"), Value: strconv.Itoa(d.Priority), Short: true},
			{Name: "follow_up", Label: v.say("deductions.follow_up"), Type: "date", Value: d.FollowUp.String(), Short: true},
			{Name: "note", Label: v.say("deductions.note"), Type: "textarea", Value: d.Note},
			{Name: "comment", Label: v.say("deductions.comment"), Type: "textarea"},
		},
		hidden: map[string]string{"version": strconv.FormatInt(d.Version, 10)},
	}, nil
}

func (s *site) editDeductionForm(v *visit) error { return v.showEditDeduction(nil) }

func (v *visit) showEditDeduction(wrong error) error {
	d, err := v.app.Deduction(v.ctx, v.call(), v.r.PathValue("number"))
	if err != nil {
		return err
	}
	st, err := v.editStep(d)
	if err != nil {
		return err
	}
	return v.showStep(v.deductionPage(d.Number), st, wrong)
}

// different gives what was typed when it is not what the record says; a field that the form lacks changes nothing.
func (v *visit) different(name, was string) *string {
	if _, typed := v.r.PostForm[name]; !typed {
		return nil
	}
	if text := v.form(name); text != was {
		return &text
	}
	return nil
}

func (v *visit) deductionUpdate(d *app.DeductionView) (u app.DeductionUpdate, err error) {
	u = app.DeductionUpdate{
		Reason: v.different("reason", d.Reason), Type: v.different("type", d.Type), Account: v.different("account", d.Account), Plan: v.different("plan", d.Plan), TheirCode: v.different("their_code", d.TheirCode), ClaimNumber: v.different("claim_number", d.ClaimNumber),
		Note: v.different("note", d.Note), Owner: v.different("owner", d.Owner), Team: v.different("team", d.Team), Substate: v.different("substate", d.Substate), DuplicateOf: v.different("duplicate_of", d.DuplicateOf), Comment: v.form("comment"),
	}
	if work := v.form("work"); work != "" && work != d.Work {
		u.Work = &work
	}
	u.Priority, err = v.priority(v.different("priority", strconv.Itoa(d.Priority)))
	if err != nil {
		return u, err
	}
	if v.different("follow_up", d.FollowUp.String()) != nil {
		day, err := v.day("follow_up")
		if err != nil {
			return u, err
		}
		u.FollowUp = &day
	}
	return u, nil
}

// priority reads a priority that was typed; nil is none.
func (v *visit) priority(text *string) (*int, error) {
	if text == nil {
		return nil, nil //nolint:nilnil // none
	}
	n, err := strconv.Atoi(*text)
	if err != nil {
		return nil, v.wrong("priority", "deductions.priority_wrong")
	}
	return &n, nil
}

func (s *site) editDeduction(v *visit) error {
	number := v.r.PathValue("number")
	d, err := v.app.Deduction(v.ctx, v.call(), number)
	if err != nil {
		return err
	}
	u, err := v.deductionUpdate(d)
	if err == nil {
		version, _ := strconv.ParseInt(v.form("version"), 10, 64)
		_, err = v.app.UpdateDeduction(v.ctx, v.call(), number, version, u)
	}
	if err != nil {
		return v.showEditDeduction(err)
	}
	return v.done(v.path("deductions", number), v.say("deductions.changed", "number", number))
}

func (s *site) disputeForm(v *visit) error { return v.showDispute(nil) }

func (v *visit) showDispute(wrong error) error {
	d, err := v.app.Deduction(v.ctx, v.call(), v.r.PathValue("number"))
	if err != nil {
		return err
	}
	st := step{
		title: v.say("deductions.dispute_title", "number", d.Number), lead: v.say("deductions.dispute_lead"),
		form: ui.Form{Action: v.path("deductions", d.Number, "dispute"), Submit: v.say("form.save"), Cancel: v.path("deductions", d.Number)},
		fields: []ui.Field{
			{Name: "to", Label: v.say("deductions.dispute_to"), Type: "select", Options: v.optionsOf("deduction.dispute.", d.NextDispute), Required: true},
			{Name: "date", Label: v.say("items.date"), Type: "date", Hint: v.say("settle.date_hint"), Short: true},
			{Name: "paid_back", Label: v.say("deductions.paid_back"), Hint: v.say("deductions.paid_back_hint"), Short: true},
			{Name: "text", Label: v.say("deductions.comment"), Type: "textarea"},
		},
		hidden: map[string]string{"version": strconv.FormatInt(d.Version, 10)},
	}
	return v.showStep(v.deductionPage(d.Number), st, wrong)
}

func (s *site) dispute(v *visit) error {
	number := v.r.PathValue("number")
	date, err := v.day("date")
	if err == nil {
		version, _ := strconv.ParseInt(v.form("version"), 10, 64)
		_, err = v.app.DisputeDeduction(v.ctx, v.call(), number, version, app.DisputeMove{To: v.form("to"), Date: date, PaidBack: v.form("paid_back"), Text: v.form("text")})
	}
	if err != nil {
		return v.showDispute(err)
	}
	return v.done(v.path("deductions", number), v.say("deductions.changed", "number", number))
}

func (s *site) comment(v *visit) error {
	number := v.r.PathValue("number")
	if v.form("text") == "" {
		return v.showDeduction(v.wrong("text", "deductions.comment_blank"), "comment")
	}
	if _, err := v.app.CommentDeduction(v.ctx, v.call(), number, v.form("text")); err != nil {
		return v.showDeduction(err, "comment")
	}
	return v.redirect(v.path("deductions", number))
}

// watch makes the reader watch a deduction, or no longer.
func (s *site) watch(v *visit) error {
	number := v.r.PathValue("number")
	on := v.r.URL.Path == v.path("deductions", number, "watch")
	if _, err := v.app.WatchDeduction(v.ctx, v.call(), number, "", on); err != nil {
		return err
	}
	return v.redirect(v.path("deductions", number))
}

// searchMatches searches for what fits the deduction, and shows it there.
func (s *site) searchMatches(v *visit) error {
	number := v.r.PathValue("number")
	out, err := v.app.MatchDeductions(v.ctx, v.call(), app.MatchRequest{Deductions: []string{number}}, nil, nil)
	if err != nil {
		return err
	}
	if out.Proposed == 0 {
		return v.told(v.path("deductions", number), "info", v.say("deductions.nothing_found"))
	}
	return v.redirect(v.path("deductions", number))
}

// attach takes a file in as evidence.
func (s *site) attach(v *visit) error {
	number := v.r.PathValue("number")
	at, err := v.attachment()
	if err == nil {
		_, err = v.app.AttachToDeduction(v.ctx, v.call(), number, at)
	}
	if err != nil {
		return v.showDeduction(err, "attach")
	}
	return v.done(v.path("deductions", number)+"#evidence-card", v.say("deductions.attached", "name", shortName(at.Name)))
}

// attachment reads the form of a file.
func (v *visit) attachment() (at app.Attachment, err error) {
	const inMemory = 1 << 20
	if err = v.r.ParseMultipartForm(inMemory); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return at, fault.New(fault.Limited, "the file is larger than %d MB", evidenceMost>>20).In("file")
		}
		return at, fault.New(fault.Invalid, "the form cannot be read").Because(err)
	}
	defer func() { _ = v.r.MultipartForm.RemoveAll() }()
	f, head, err := v.r.FormFile("file")
	if err != nil {
		return at, v.wrong("file", "deductions.no_file")
	}
	defer f.Close()
	at = app.Attachment{Type: v.form("type"), Name: head.Filename}
	if at.Content, err = io.ReadAll(io.LimitReader(f, evidenceMost+1)); err != nil {
		return at, fault.New(fault.Invalid, "the file cannot be read").Because(err)
	}
	if len(at.Content) > evidenceMost {
		return at, fault.New(fault.Limited, "the file is larger than %d MB", evidenceMost>>20).In("file")
	}
	return at, nil
}

func (v *visit) evidenceID() (int64, error) {
	id, err := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, fault.New(fault.NotFound, "%q is no file of a deduction", v.r.PathValue("id"))
	}
	return id, nil
}

// evidenceFile gives an attachment to be kept, never to be opened in the page: it came from outside.
func (s *site) evidenceFile(v *visit) error {
	id, err := v.evidenceID()
	if err != nil {
		return err
	}
	e, content, err := v.app.DeductionFile(v.ctx, v.call(), v.r.PathValue("number"), id)
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": e.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Cache-Control", "no-store")
	v.sent = true
	_, _ = v.w.Write(content) // the reader may have gone
	return nil
}

func (s *site) detachForm(v *visit) error { return v.showDetach(nil) }

func (v *visit) showDetach(wrong error) error {
	number := v.r.PathValue("number")
	id, err := v.evidenceID()
	if err != nil {
		return err
	}
	d, err := v.app.Deduction(v.ctx, v.call(), number)
	if err != nil {
		return err
	}
	name := ""
	for _, e := range d.Evidence {
		if e.ID == id {
			name = e.Name
		}
	}
	if name == "" && wrong == nil {
		return fault.New(fault.NotFound, "%s has no file %d", number, id)
	}
	st := step{
		title: v.say("deductions.detach_title", "name", shortName(name)), lead: v.say("deductions.detach_lead"),
		form:   ui.Form{Action: v.path("deductions", number, "evidence", strconv.FormatInt(id, 10), "remove"), Submit: v.say("deductions.detach"), Cancel: v.path("deductions", number), Danger: true},
		fields: []ui.Field{{Name: "reason", Label: v.say("party.reason"), Hint: v.say("undo.reason_hint"), Required: true}},
	}
	return v.showStep(v.deductionPage(number), st, wrong)
}

func (s *site) detach(v *visit) error {
	number := v.r.PathValue("number")
	id, err := v.evidenceID()
	if err != nil {
		return err
	}
	if v.form("reason") == "" {
		return v.showDetach(v.wrong("reason", "party.reason_needed"))
	}
	if _, err := v.app.DetachFromDeduction(v.ctx, v.call(), number, id, v.form("reason")); err != nil {
		return v.showDetach(err)
	}
	return v.done(v.path("deductions", number), v.say("deductions.detached"))
}

// claimStep asks for a claim that there is no payment for yet.
func (v *visit) claimStep() (step, error) {
	choices, err := v.deductionChoices()
	if err != nil {
		return step{}, err
	}
	return step{
		title: v.say("deductions.new_claim"), lead: v.say("deductions.claim_lead"),
		form: ui.Form{Action: v.path("deductions", "new-claim"), Submit: v.say("deductions.raise"), Cancel: v.path("deductions")},
		fields: []ui.Field{
			{Name: "customer", Label: v.say("kind.customer"), Value: v.query("customer"), Required: true, Mono: true},
			{Name: "amount", Label: v.say("items.amount"), Required: true, Short: true},
			{Name: "currency", Label: v.say("party.currency"), Hint: v.say("posting.currency_hint"), Short: true},
			{Name: "date", Label: v.say("items.date"), Type: "date", Hint: v.say("settle.date_hint"), Short: true},
			{Name: "claim_number", Label: v.say("deductions.claim_number"), Mono: true},
			{Name: "invoice", Label: v.say("deductions.invoice"), Hint: v.say("deductions.invoice_hint"), Mono: true},
			{Name: "reason", Label: v.say("deductions.reason"), Type: "select", Options: choices.reasons},
			{Name: "their_code", Label: v.say("deductions.their_code"), Mono: true},
			{Name: "type", Label: v.say("deductions.type"), Type: "select", Options: optional(choices.types)},
			{Name: "basis", Label: v.say("deductions.basis"), Type: "select", Options: optional(v.optionsOf("deduction.basis.", []string{"price", "quantity"}))},
			{Name: "note", Label: v.say("deductions.note"), Type: "textarea"},
		},
	}, nil
}

func (s *site) claimForm(v *visit) error { return v.showClaim(nil) }

func (v *visit) showClaim(wrong error) error {
	st, err := v.claimStep()
	if err != nil {
		return err
	}
	return v.showStep(ui.Page{Narrow: true, Crumbs: []ui.Link{{Text: v.say("nav.deductions"), Href: v.path("deductions")}}}, st, wrong)
}

func (s *site) claim(v *visit) error {
	date, err := v.day("date")
	if err != nil {
		return v.showClaim(err)
	}
	req := app.ClaimRequest{
		Customer: v.form("customer"), Amount: v.form("amount"), Currency: v.form("currency"), Date: date, Type: v.form("type"), Reason: v.form("reason"), Basis: v.form("basis"),
		Invoice: v.form("invoice"), ClaimNumber: v.form("claim_number"), TheirCode: v.form("their_code"), Note: v.form("note"),
	}
	out, err := v.app.RaiseClaim(v.ctx, v.call(), req)
	if err != nil {
		return v.showClaim(err)
	}
	return v.done(v.path("deductions", out.Deduction), v.say("deductions.raised", "number", out.Deduction, "amount", ui.Money(v.with(), out.Amount, out.Currency)))
}

// dayOr gives the day, or otherwise when it is blank.
func dayOr(d, otherwise civil.Date) civil.Date {
	if d.IsZero() {
		return otherwise
	}
	return d
}
