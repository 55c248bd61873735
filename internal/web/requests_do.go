package web

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/request"
	"quittance/internal/web/ui"
)

// requestVerb is something that is done to a request by a form of its own.
type requestVerb struct {
	what       string // of the address and the texts
	permission identity.Permission
	from       []request.State // where it may be done
	needed     bool            // a text is needed
	danger     bool
	money      bool // the button names the amount
	dated      bool
	text       func(a *app.App) func(ctx context.Context, call app.Call, code, text string) (*app.RequestView, error) // nil: it needs more than a text
}

type textFn = func(ctx context.Context, call app.Call, code, text string) (*app.RequestView, error)

// statesBefore gives the states from which a request may come to another.
func statesBefore(to request.State) (all []request.State) {
	for _, s := range request.States() {
		if s.May(to) {
			all = append(all, s)
		}
	}
	return all
}

var underReview = []request.State{request.Submitted, request.InReview}

// requestVerbs are in the order of the buttons: what leads on stands last.
var requestVerbs = []requestVerb{
	{what: "cancel", permission: identity.Reimburse, from: statesBefore(request.Cancelled), needed: true, danger: true, text: func(a *app.App) textFn { return a.CancelRequest }},
	{what: "withdraw", permission: identity.Reimburse, from: statesBefore(request.Withdrawn), needed: true, danger: true, text: func(a *app.App) textFn { return a.WithdrawRequest }},
	{what: "reverse", permission: identity.Reimburse, from: statesBefore(request.Reversed), needed: true, danger: true, money: true, dated: true},
	{what: "hold", permission: identity.Reimburse, from: statesBefore(request.OnHold), needed: true, text: func(a *app.App) textFn { return a.HoldRequest }},
	{what: "reopen", permission: identity.Reimburse, from: []request.State{request.InReview, request.Approved}, needed: true, text: func(a *app.App) textFn { return a.ReopenRequest }},
	{what: "resume", permission: identity.Reimburse, from: []request.State{request.OnHold}, text: func(a *app.App) textFn { return a.ResumeRequest }},
	{what: "ask", permission: identity.Approve, from: underReview, needed: true, text: func(a *app.App) textFn { return a.AskAboutRequest }},
	{what: "reject", permission: identity.Approve, from: underReview, needed: true, danger: true, text: func(a *app.App) textFn { return a.RejectRequest }},
	{what: "approve", permission: identity.Approve, from: underReview, money: true},
	{what: "answer", permission: identity.Reimburse, from: []request.State{request.MoreInformation}, needed: true, text: func(a *app.App) textFn { return a.AnswerRequest }},
	{what: "submit", permission: identity.Reimburse, from: []request.State{request.Draft}, money: true, text: func(a *app.App) textFn { return a.SubmitRequest }},
	{what: "post", permission: identity.Reimburse, from: []request.State{request.Approved}, money: true, dated: true},
}

// requestActions are the buttons of a request: those of the state, for who may.
func (v *visit) requestActions(x *app.RequestDetail) (all []ui.Action) {
	mine := x.CreatedBy == v.user.Name || x.SubmittedBy == v.user.Name
	if x.State.Follows() && len(x.Reimbursements) > 0 {
		all = append(all, v.followed(x.Reimbursements[0], "")...)
	}
	if v.may(identity.Reimburse) && slices.Contains([]request.State{request.Draft, request.Submitted, request.MoreInformation, request.InReview, request.Approved}, x.State) {
		all = append(all, ui.Action{Text: v.say("requests.edit"), Href: v.path("requests", x.Request, "edit")})
	}
	if v.may(identity.Reimburse) && x.State != request.Draft {
		all = append(all, ui.Action{Text: v.say("status.link"), Href: v.path("requests", x.Request, "link")})
	}
	for _, verb := range requestVerbs {
		switch {
		case !v.may(verb.permission), !slices.Contains(verb.from, x.State), verb.what == "withdraw" && !mine, verb.permission == identity.Approve && mine, verb.what == "post" && x.ApprovedBy == v.user.Name:
			continue
		}
		all = append(all, ui.Action{Text: v.say("requests.do." + verb.what), Href: v.path("requests", x.Request, verb.what), Primary: slices.Contains([]string{"resume", "approve", "answer", "submit", "post"}, verb.what)})
	}
	return all
}

// requestStep asks for what a verb needs, and shows what it would do.
func (v *visit) requestStep(verb requestVerb, wrong error) error {
	x, err := v.app.Request(v.ctx, v.call(), v.r.PathValue("request"))
	if err != nil {
		return err
	}
	if !slices.Contains(verb.from, x.State) && wrong == nil {
		return v.told(v.path("requests", x.Request), "warn", v.say("requests.not_now", "request", x.Request, "state", v.say("request.state."+string(x.State))))
	}
	amount, _ := v.requestAmount(&x.RequestView)
	n := max(1, len(x.Reimbursements))
	var effect templ.Component
	if verb.what == "post" || verb.what == "approve" {
		w := requestView{}
		if err := v.fillPosting(&w, x); err != nil {
			return err
		}
		if effect = w.posting; w.refused != "" {
			effect = paragraph(v.say("requests.cannot_post", "why", w.refused))
		}
		if p, err := v.app.PreviewRequest(v.ctx, v.call(), x.Request, 0); err == nil {
			n = len(p.Reimbursements)
		}
	}
	submit := v.say("requests.submit."+verb.what, "request", x.Request)
	if verb.money {
		submit = v.say("requests.submit."+verb.what, "request", x.Request, "amount", amount, "n", n, "customer", x.Customer)
	}
	w := requestStepView{
		form: ui.Form{Action: v.path("requests", x.Request, verb.what), Submit: submit, Cancel: v.path("requests", x.Request), Danger: verb.danger, Typed: v.typed(), Err: wrong},
		lead: v.say("requests.about." + verb.what), warn: v.requestWarnings(x, ""), effect: effect, version: strconv.FormatInt(x.Version, 10), head: v.requestHead(x)[:4],
	}
	if x.State == request.MoreInformation && verb.what == "answer" {
		w.asked = lastDetail(x, request.MoreInformation)
	}
	if verb.what == "approve" && len(x.Debts) > 0 {
		w.fields = append(w.fields, ui.Field{Name: "debits", Type: "checkbox", Label: v.say("requests.debits"), Hint: v.say("requests.debits_hint")})
	}
	if verb.dated {
		w.fields = append(w.fields, ui.Field{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true})
	}
	if verb.what != "post" {
		w.fields = append(w.fields, ui.Field{Name: "text", Label: v.say("requests.text." + textKey(verb)), Type: "textarea", Required: verb.needed})
	}
	page := ui.Page{Title: v.say("requests.title."+verb.what, "request", x.Request), Lead: amount + " · " + x.Customer + " " + x.Name, Narrow: true, Crumbs: v.requestCrumbs(x.Request), Badges: v.requestBadges(&x.RequestView)}
	if wrong != nil {
		return v.again(wrong, page, requestStepBody(w))
	}
	return v.show(page, requestStepBody(w))
}

// textKey names what is typed for a verb.
func textKey(verb requestVerb) string {
	switch {
	case verb.what == "ask" || verb.what == "answer":
		return verb.what
	case verb.needed:
		return "reason"
	}
	return "note"
}

// requestStepView is a step of a request as its page shows it.
type requestStepView struct {
	form    ui.Form
	lead    string
	asked   string
	warn    []string
	head    []ui.Definition
	effect  templ.Component
	fields  []ui.Field
	version string
}

// takeRequestStep does what a verb says.
func (v *visit) takeRequestStep(verb requestVerb) error {
	code, text := v.r.PathValue("request"), v.form("text")
	date, err := v.day("date")
	var x *app.RequestView
	switch {
	case err != nil:
	case verb.text != nil:
		x, err = verb.text(v.app)(v.ctx, v.call(), code, text)
	case verb.what == "approve":
		version, _ := strconv.ParseInt(v.form("version"), 10, 64)
		x, err = v.app.ApproveRequest(v.ctx, v.call(), code, version, app.RequestDecision{Debits: v.form("debits") == "yes", Text: text})
	case verb.what == "post":
		x, err = v.app.PostRequest(v.ctx, v.call(), code, date)
	default:
		x, err = v.app.ReverseRequest(v.ctx, v.call(), code, date, text)
	}
	if err != nil {
		return v.requestStep(verb, textField(err))
	}
	return v.done(v.path("requests", code), v.say("requests.now", "request", code, "state", v.say("request.state."+string(x.State))))
}

// commentRequest notes something in the history.
func (s *site) commentRequest(v *visit) error {
	code := v.r.PathValue("request")
	if _, err := v.app.CommentRequest(v.ctx, v.call(), code, v.form("text")); err != nil {
		return v.showRequest(textField(err), "comment")
	}
	return v.done(v.path("requests", code), v.say("requests.commented"))
}

// textField puts what is wrong with a reason at the field of the page, which is called text.
func textField(err error) error {
	for _, e := range ui.Faults(err) {
		if e.Field == "reason" {
			e.Field = "text"
		}
	}
	return err
}

// jsonOf writes values as JSON, for [recordPairs].
func jsonOf(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}
