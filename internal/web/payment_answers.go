package web

import (
	"errors"
	"io"
	"net/url"
	"strconv"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/web/ui"
)

const answersMost = 10 << 20 // bytes of a file of answers

func (s *site) routesPaymentAnswers() {
	const nav = "vendor_payments"
	s.in(nav, "GET /payment-answers", s.paymentAnswers)
	s.in(nav, "GET /payment-answers/new", needs(identity.Pay, func(v *visit) error { return v.answersForm(nil, nil) }))
	s.files(nav, "POST /payment-answers/new", answersMost+formMost, needs(identity.Pay, s.readAnswers))
	s.in(nav, "GET /payment-answers/{n}", s.paymentAnswer)
	s.in(nav, "GET /bank-proposals", s.bankProposals)
	s.in(nav, "GET /bank-proposals/{n}", needs(identity.Approve, func(v *visit) error { return v.decideForm(nil) }))
	s.in(nav, "POST /bank-proposals/{n}", needs(identity.Approve, s.decideProposal))
}

// numbered gives the number of the address; what is none is not found.
func (v *visit) numbered() (int64, error) {
	n, err := strconv.ParseInt(v.r.PathValue("n"), 10, 64)
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "%q is no number", shortName(v.r.PathValue("n")))
	}
	return n, nil
}

// paymentAnswers lists the files of answers that were read, the newest first.
func (s *site) paymentAnswers(v *visit) error {
	part, err := v.app.PaymentAnswers(v.ctx, v.call(), v.part())
	if err != nil {
		return err
	}
	read := ui.Action{Text: v.say("panswer.new"), Href: v.path("payment-answers", "new"), Icon: "plus", Primary: true}
	page := ui.Page{Title: v.say("panswer.title"), Lead: v.say("panswer.lead"), Crumbs: []ui.Link{v.vendorPaymentsCrumb()}, Actions: []ui.Action{{Text: v.say("panswer.proposals"), Href: v.path("bank-proposals")}}}
	t := ui.Table{
		ID: "payment-answers", Caption: v.say("panswer.title"), Next: part.Next, After: v.query("after") != "",
		Columns: wide([]ui.Column{
			{Title: v.say("vpay.file"), Kind: ui.Code},
			{Title: v.say("vpay.file_kind")},
			{Title: v.say("panswer.done"), Kind: ui.Count},
			{Title: v.say("panswer.noted"), Kind: ui.Count},
			{Title: v.say("panswer.problems"), Kind: ui.Count},
			{Title: v.say("panswer.read"), Kind: ui.Date},
		}, 1, 3),
		Empty: ui.Empty{Title: v.say("panswer.empty"), Lead: v.say("panswer.empty_lead")},
	}
	if v.may(identity.Pay) {
		page.Actions = append(page.Actions, read)
		t.Empty.Action = &read
	}
	for _, x := range part.Items {
		href := v.path("payment-answers", count(x.N))
		t.Rows = append(t.Rows, ui.Row{ID: count(x.N), Href: href, Cells: []ui.Cell{
			{Text: count(x.N), Href: href, Sub: x.Name},
			ui.TextCell(v.say("panswer.format." + string(x.Format))),
			ui.CountCell(v.with(), int64(x.Done)), ui.CountCell(v.with(), int64(x.Noted)), ui.CountCell(v.with(), int64(x.Problems)),
			{Text: ui.Instant(v.with(), x.ReadAt), Machine: x.ReadAt, Sub: x.ReadBy},
		}})
	}
	return v.show(page, tableBody(t))
}

// answersForm asks for a file.
func (v *visit) answersForm(typed url.Values, wrong error) error {
	form := ui.Form{Action: v.path("payment-answers", "new"), Submit: v.say("panswer.submit"), Cancel: v.path("payment-answers"), Files: true, Typed: typed, Err: wrong}
	fields := []ui.Field{
		{Name: "content", Type: "file", Label: v.say("vpay.file"), Hint: v.say("panswer.file_hint", "n", answersMost>>20), Required: true},
		{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
		{Name: "fate", Type: "select", Label: v.say("vpay.fate"), Hint: v.say("vpay.fate_hint"), Options: orNone(v.say("vpay.fate.company"), options(v, "vpay.fate.", fates))},
		{Name: "again", Type: "checkbox", Label: v.say("panswer.again"), Hint: v.say("panswer.again_hint"), Value: "yes"},
	}
	page := ui.Page{Title: v.say("panswer.new"), Lead: v.say("panswer.new_lead"), Narrow: true, Crumbs: []ui.Link{v.vendorPaymentsCrumb(), {Text: v.say("panswer.title"), Href: v.path("payment-answers")}}}
	if wrong != nil {
		return v.again(wrong, page, fieldsBody(form, fields))
	}
	return v.show(page, fieldsBody(form, fields))
}

// readAnswers reads a file that was sent, and shows what was done by it.
func (s *site) readAnswers(v *visit) error {
	req, typed, err := v.receiveAnswers()
	if err == nil && len(req.Content) == 0 {
		err = v.wrong("content", "remit.no_file")
	}
	if err != nil {
		return v.answersForm(typed, err)
	}
	out, err := v.app.ReadPaymentAnswers(v.ctx, v.call(), req)
	if err != nil {
		return v.answersForm(typed, err)
	}
	tone := "good"
	if out.Problems > 0 {
		tone = "warn"
	}
	return v.told(v.path("payment-answers", count(out.N)), tone, v.say("panswer.was_read", "done", out.Done, "noted", out.Noted, "problems", out.Problems))
}

// receiveAnswers reads the form: small fields, and one file, bounded.
func (v *visit) receiveAnswers() (req app.PaymentAnswersRequest, typed url.Values, err error) {
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
			req.Name = shortName(part.FileName())
			req.Content, err = readBounded(part, answersMost)
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
	req.Fate, req.Again = payout.Fate(v.form("fate")), v.form("again") == "yes"
	req.Date, err = v.day("date")
	return req, typed, err
}

// paymentAnswer shows what a file said, and what was done by each answer.
func (s *site) paymentAnswer(v *visit) error {
	n, err := v.numbered()
	if err != nil {
		return err
	}
	x, err := v.app.PaymentAnswersAt(v.ctx, v.call(), n)
	if err != nil {
		return err
	}
	t := ui.Table{ID: "answers", Caption: v.say("panswer.answers"), Columns: wide([]ui.Column{
		{Title: v.say("vpay.number"), Kind: ui.Code}, {Title: v.say("vpay.payment"), Kind: ui.Code}, {Title: v.say("panswer.result"), Kind: ui.Status}, {Title: v.say("panswer.says")}, {Title: v.say("panswer.line"), Kind: ui.Count},
	}, 4), Empty: ui.Empty{Title: v.say("panswer.none")}}
	for i := range x.Answers {
		t.Rows = append(t.Rows, v.answerRow(&x.Answers[i]))
	}
	head := []ui.Definition{
		{Name: v.say("vpay.file"), Value: ui.Cell{Text: x.Name, Sub: "SHA-256 " + x.SHA256}},
		{Name: v.say("vpay.file_kind"), Value: ui.TextCell(v.say("panswer.format." + string(x.Format)))},
		{Name: v.say("panswer.read"), Value: ui.Cell{Text: x.ReadBy, Sub: ui.Instant(v.with(), x.ReadAt)}},
		{Name: v.say("panswer.freed"), Value: ui.CountCell(v.with(), int64(len(x.Freed)))},
		{Name: v.say("panswer.reversed"), Value: ui.CountCell(v.with(), int64(len(x.Reversed)))},
	}
	page := ui.Page{
		Title: v.say("panswer.one", "n", x.N), Lead: v.say("panswer.was_read", "done", x.Done, "noted", x.Noted, "problems", x.Problems),
		Crumbs: []ui.Link{v.vendorPaymentsCrumb(), {Text: v.say("panswer.title"), Href: v.path("payment-answers")}},
	}
	return v.show(page, headedTableBody(t, head))
}

func (v *visit) answerRow(x *app.PaymentAnswer) ui.Row {
	says := ui.Cell{Text: (x.Code + " " + x.Meaning), Sub: x.Detail}
	badge := ui.Badge{Text: v.say("panswer.result." + x.Result), Tone: "info"}
	switch {
	case x.Problem != "":
		says.Sub, badge.Tone = x.Problem, "warn"
	case x.Result != app.AnswerNoted && x.Result != app.AnswerProposed:
		badge = v.paymentBadge(payout.Status(x.Result))
	}
	state := ui.BadgeCell(badge)
	if x.Proposal != 0 {
		state.Href = v.path("bank-proposals", count(x.Proposal))
	}
	payment := ui.Cell{}
	if x.Payment != "" {
		payment = ui.LinkCell(x.Payment, v.paymentPath(x.Payment))
	}
	line := ui.Cell{}
	if x.Line > 0 {
		line = ui.CountCell(v.with(), int64(x.Line))
	}
	return ui.Row{Cells: []ui.Cell{ui.TextCell(x.Number), payment, state, says, line}}
}

var proposalStates = []string{proposalOpen, "accepted", "refused"}

const proposalOpen = "open" // nobody decided yet

// bankProposals lists bank details that banks propose.
func (s *site) bankProposals(v *visit) error {
	part, err := v.app.BankProposals(v.ctx, v.call(), v.query("state"), v.part())
	if err != nil {
		return err
	}
	t := ui.Table{
		ID: "bank-proposals", Caption: v.say("panswer.proposals"), Next: part.Next, After: v.query("after") != "",
		Columns: wide([]ui.Column{
			{Title: v.say("vpay.payee"), Kind: ui.Code},
			{Title: v.say("panswer.account"), Kind: ui.Code},
			{Title: v.say("party.state"), Kind: ui.Status},
			{Title: v.say("vpay.payment"), Kind: ui.Code},
			{Title: v.say("panswer.read")},
			{Title: v.say("panswer.decide"), Quiet: true},
		}, 3, 4),
		Empty: ui.Empty{Title: v.say("panswer.no_proposals"), Lead: v.say("panswer.no_proposals_lead")},
	}
	for i := range part.Items {
		x := &part.Items[i]
		tone := map[string]string{proposalOpen: "warn", "accepted": "good"}[string(x.State)]
		decide := ui.Cell{}
		if x.State == proposalOpen && v.may(identity.Approve) {
			decide = ui.LinkCell(v.say("panswer.decide"), v.path("bank-proposals", count(x.N)))
		}
		t.Rows = append(t.Rows, ui.Row{ID: count(x.N), Cells: []ui.Cell{
			ui.LinkCell(x.Payee, v.path("parties", x.Payee)),
			{Text: x.AccountNumber, Sub: x.RoutingNumber + " " + x.AccountType},
			ui.BadgeCell(ui.Badge{Text: v.say("panswer.state." + string(x.State)), Tone: tone}),
			ui.LinkCell(x.Payment, v.paymentPath(x.Payment)),
			{Text: x.ProposedBy, Sub: ui.Instant(v.with(), x.ProposedAt)},
			decide,
		}})
	}
	page := ui.Page{Title: v.say("panswer.proposals"), Lead: v.say("panswer.proposals_lead"), Crumbs: []ui.Link{v.vendorPaymentsCrumb(), {Text: v.say("panswer.title"), Href: v.path("payment-answers")}}}
	return v.show(page, vendorJournalsBody(t, options(v, "panswer.state.", proposalStates)))
}

// decideForm asks whether proposed bank details are the payee's.
func (v *visit) decideForm(wrong error) error {
	n, err := v.numbered()
	if err != nil {
		return err
	}
	x, err := v.app.BankProposal(v.ctx, v.call(), n)
	if err != nil {
		return err
	}
	if x.State != proposalOpen && wrong == nil {
		return v.told(v.path("bank-proposals"), "warn", v.say("panswer.decided", "n", n, "user", x.DecidedBy))
	}
	form := ui.Form{Action: v.path("bank-proposals", count(n)), Submit: v.say("panswer.decide_submit"), Cancel: v.path("bank-proposals"), Err: wrong}
	if wrong != nil {
		form.Typed = v.r.PostForm
	}
	fields := []ui.Field{
		{Name: "decision", Type: "select", Label: v.say("panswer.decision"), Required: true, Options: []ui.Option{{Text: v.say("panswer.choose")}, {Value: "accept", Text: v.say("panswer.accept")}, {Value: "refuse", Text: v.say("panswer.refuse")}}},
		{Name: "reason", Label: v.say("party.reason"), Hint: v.say("panswer.reason_hint")},
	}
	page := ui.Page{
		Title: v.say("panswer.decide_title", "payee", x.Payee), Narrow: true, Crumbs: []ui.Link{{Text: v.say("panswer.proposals"), Href: v.path("bank-proposals")}},
		Lead: v.say("panswer.decide_lead", "payee", x.Payee, "account", x.AccountNumber, "routing", x.RoutingNumber, "code", x.Code),
	}
	if wrong != nil {
		return v.again(wrong, page, fieldsBody(form, fields))
	}
	return v.show(page, fieldsBody(form, fields))
}

// decideProposal accepts or refuses proposed bank details.
func (s *site) decideProposal(v *visit) error {
	n, err := v.numbered()
	if err != nil {
		return err
	}
	decision := v.form("decision")
	if decision != "accept" && decision != "refuse" {
		return v.decideForm(v.wrong("decision", "panswer.choose"))
	}
	x, err := v.app.DecideBankProposal(v.ctx, v.call(), n, decision == "accept", v.form("reason"))
	if err != nil {
		return v.decideForm(err)
	}
	return v.done(v.path("bank-proposals"), v.say("panswer.was."+decision, "payee", x.Payee))
}
