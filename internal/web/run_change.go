package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/reimbursement"
	"quittance/internal/web/ui"
	"quittance/internal/work"
)

const (
	postAtOnce    = 500 // candidates of a run that is posted within the request
	reverseAtOnce = 200 // reimbursements that are reversed within the request
	takenTogether = 500 // lines that are taken out together
)

// poster owns the tasks of this process that post runs, whoever started them.
const poster = "(posting)"

// runCrumbs lead back to the run.
func (v *visit) runCrumbs(code string) []ui.Link {
	return []ui.Link{{Text: v.say("nav.runs"), Href: v.path("runs")}, {Text: code, Href: v.path("runs", code)}}
}

// takeOut takes the lines that were chosen out of a proposed run: first it shows what that does and asks for the reason, then it does it.
func (s *site) takeOut(v *visit) error {
	code, chosen := v.r.PathValue("code"), v.r.PostForm["line"]
	if err := v.actor.AllowIn(v.code, identity.Reimburse); err != nil {
		return err
	}
	run, err := v.app.RunState(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	if len(chosen) == 0 {
		return v.told(v.path("runs", code), "warn", v.say("take_out.none"))
	}
	if len(chosen) > takenTogether {
		return fault.New(fault.Limited, "%d lines are more than the %d that can be taken out together", len(chosen), takenTogether)
	}
	if v.form("confirm") == "yes" && v.form("reason") != "" {
		return v.takeLinesOut(code, chosen)
	}
	w := takeOutView{form: ui.Form{Action: v.path("runs", code, "exclude"), Cancel: v.path("runs", code), Danger: true, Typed: v.typed()}, lines: chosen}
	if v.form("confirm") == "yes" {
		w.form.Err = fault.New(fault.Invalid, "%s", v.say("take_out.no_reason")).In("reason")
	}
	part, taken, err := v.linesOf(code, chosen)
	if err != nil {
		return err
	}
	if w.table, err = v.lineTable(app.Part[app.RunLine]{Items: part}, run, false); err != nil {
		return err
	}
	if w.table.Rows == nil {
		return v.told(v.path("runs", code), "warn", v.say("take_out.none"))
	}
	left, err := less(run.Totals.Amounts, taken.s)
	if err != nil {
		return err
	}
	n := int64(0)
	for _, l := range part {
		n += int64(l.Reimbursements)
	}
	w.before, w.after = v.say("run.comes_to", "n", run.Totals.Reimbursements, "amount", v.money(run.Totals.Amounts)), v.say("run.comes_to", "n", run.Totals.Reimbursements-n, "amount", v.money(left))
	w.form.Submit = v.say("take_out.submit", "n", len(part), "amount", v.money(taken.s.View()))
	page := ui.Page{Title: v.say("take_out.title"), Crumbs: v.runCrumbs(code)}
	if w.form.Err != nil {
		return v.again(w.form.Err, page, takeOutBody(w))
	}
	return v.show(page, takeOutBody(w))
}

// linesOf gives the lines that were chosen and are still to be reimbursed, with their sum.
func (v *visit) linesOf(code string, chosen []string) (part []app.RunLine, total sums, err error) {
	for _, id := range chosen {
		customer, currency, _ := strings.Cut(id, " ")
		list, err := v.app.RunLinesPage(v.ctx, v.call(), code, app.LineFilter{Customer: customer}, app.Page{Limit: 500})
		if err != nil {
			return nil, total, err
		}
		for _, l := range list.Items {
			if l.Customer != customer || l.Currency != currency || l.Reason != "" {
				continue
			}
			part = append(part, l)
			if err := total.add(l.Currency, l.Amount); err != nil {
				return nil, total, err
			}
		}
	}
	return part, total, nil
}

// less takes a sum from amounts.
func less(from []reimbursement.AmountView, taken reimbursement.Sum) ([]reimbursement.AmountView, error) {
	var left sums
	for _, a := range from {
		if err := left.add(a.Currency, a.Amount); err != nil {
			return nil, err
		}
	}
	for _, a := range taken {
		if err := left.s.Add(a.Currency, -a.Amount); err != nil {
			return nil, err
		}
	}
	var some reimbursement.Sum
	for _, a := range left.s {
		if a.Amount != money.Amount(0) {
			some = append(some, a)
		}
	}
	return some.View(), nil
}

// takeLinesOut takes lines out one by one, each a command of its own; what another took out meanwhile is no error.
func (v *visit) takeLinesOut(code string, chosen []string) error {
	call, taken := v.call(), int64(0)
	for _, id := range chosen {
		customer, currency, _ := strings.Cut(id, " ")
		one := call
		if one.Key != "" {
			one.Key += "/" + id
		}
		n, err := v.app.TakeOut(v.ctx, one, code, customer, currency, v.form("reason"))
		if fault.RuleOf(err) == "not_in_run" {
			continue
		}
		if err != nil {
			return err
		}
		taken += n
	}
	return v.done(v.path("runs", code), v.say("take_out.done", "n", taken))
}

// seen is what the reader was shown of a run before a step.
func seen(n int64, amounts []reimbursement.AmountView) string {
	text := count(n)
	for _, a := range amounts {
		text += "|" + a.Amount + " " + a.Currency
	}
	return text
}

// confirmPost shows what posting will do.
func (s *site) confirmPost(v *visit) error {
	run, err := v.app.RunState(v.ctx, v.call(), v.r.PathValue("code"))
	if err != nil {
		return err
	}
	return v.postStep(run, nil)
}

func (v *visit) postStep(run *reimbursement.RunView, wrong error) error {
	if err := v.actor.AllowIn(v.code, identity.Reimburse); err != nil {
		return err
	}
	if run.State != reimbursement.Proposed {
		return v.redirect(v.path("runs", run.ID))
	}
	f := ui.Form{Action: v.path("runs", run.ID, "post"), Submit: v.postText(run.Totals), Cancel: v.path("runs", run.ID), Err: wrong}
	effect := []ui.Definition{
		{Name: v.say("run.reimbursements"), Value: ui.CountCell(v.with(), run.Totals.Reimbursements)},
		{Name: v.say("run.total"), Value: ui.Cell{Body: ui.AmountLines(lines(run.Totals.Amounts))}},
		{Name: v.say("run.customers_name"), Value: ui.CountCell(v.with(), run.Totals.ReimbursedCustomers)},
		{Name: v.say("run.date"), Value: ui.DayCell(v.with(), run.Date)},
	}
	page := ui.Page{Title: v.say("post.title", "run", run.ID), Crumbs: v.runCrumbs(run.ID), Narrow: true}
	body := confirmBody(confirmView{steps: v.steps(4, choice{}), form: f, effect: effect, says: []string{v.say("post.what"), v.say("post.no_money"), v.say("post.undo")}, seen: seen(run.Totals.Reimbursements, run.Totals.Amounts)})
	if wrong != nil {
		return v.again(wrong, page, body)
	}
	return v.show(page, body)
}

// postRun posts a run, or goes on with its posting: a small one at once, a large one by whoever works in the background.
func (s *site) postRun(v *visit) error {
	code := v.r.PathValue("code")
	run, err := v.app.RunState(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	if run.State == reimbursement.Proposed {
		if err := v.changedSince(v.form("seen"), seen(run.Totals.Reimbursements, run.Totals.Amounts)); err != nil {
			return v.postStep(run, err)
		}
	}
	if run.Totals.Candidates <= postAtOnce {
		run, err = v.app.PostRun(v.ctx, v.call(), code, nil)
		if err != nil {
			return err
		}
		return v.done(v.path("runs", code), v.postedText(run))
	}
	if _, err = v.app.StartRun(v.ctx, v.call(), code); err != nil {
		return err
	}
	if !v.o.Worker {
		err = v.postHere(code)
	}
	if err != nil {
		return err
	}
	return v.done(v.path("runs", code), v.say("post.started", "run", code))
}

func (v *visit) postedText(run *reimbursement.RunView) string {
	return v.say("post.done", "n", run.Totals.Reimbursements, "amount", v.money(run.Totals.Amounts))
}

// postHere posts a run that was started in a task of this process.
func (v *visit) postHere(code string) error {
	call := v.call()
	_, err := v.tasks.Start(work.Job{Owner: poster, Company: v.code, Kind: "post", Key: code + call.Key, Do: func(ctx context.Context, _ func(work.TaskProgress)) (any, error) {
		return v.app.PostRun(ctx, call, code, nil)
	}})
	return err
}

// confirmCancel asks why a run is given up.
func (s *site) confirmCancel(v *visit) error { return v.cancelStep(nil) }

func (v *visit) cancelStep(wrong error) error {
	if err := v.actor.AllowIn(v.code, identity.Reimburse); err != nil {
		return err
	}
	code := v.r.PathValue("code")
	run, err := v.app.RunState(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	f := ui.Form{Action: v.path("runs", code, "cancel"), Submit: v.say("cancel.submit", "run", code), Cancel: v.path("runs", code), Danger: true, Err: wrong, Typed: v.typed()}
	page := ui.Page{Title: v.say("cancel.title", "run", code), Crumbs: v.runCrumbs(code), Narrow: true}
	body := confirmBody(confirmView{form: f, reason: true, says: []string{v.say("cancel.what", "n", run.Totals.Reimbursements, "amount", v.money(run.Totals.Amounts))}})
	if wrong != nil {
		return v.again(wrong, page, body)
	}
	return v.show(page, body)
}

func (s *site) cancelRun(v *visit) error {
	code := v.r.PathValue("code")
	if v.form("reason") == "" {
		return v.cancelStep(fault.New(fault.Invalid, "%s", v.say("cancel.no_reason")).In("reason"))
	}
	if err := v.app.CancelRun(v.ctx, v.call(), code, v.form("reason")); err != nil {
		return v.cancelStep(err)
	}
	return v.done(v.path("runs", code), v.say("cancel.done", "run", code))
}

// confirmReverseRun shows what the reversal of a run takes back, or what stands in its way.
func (s *site) confirmReverseRun(v *visit) error { return v.reverseRunStep(0, nil) }

func (v *visit) reverseRunStep(date civil.Date, wrong error) error {
	code := v.r.PathValue("code")
	run, err := v.app.RunState(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	date = v.notBefore(date, run.Date)
	left, err := v.app.PreviewReverseRun(v.ctx, v.call(), code, date)
	if err != nil {
		return v.blocked(err, ui.Page{Title: v.say("reverse.run", "run", code), Crumbs: v.runCrumbs(code), Narrow: true})
	}
	if left.Reimbursements == 0 {
		return v.told(v.path("runs", code), "warn", v.say("reverse.all_done", "run", code))
	}
	amounts := amountViews(left.Amounts)
	f := ui.Form{Action: v.path("runs", code, "reverse"), Cancel: v.path("runs", code), Danger: true, Err: wrong, Typed: v.typed(), Submit: v.say("reverse.submit", "n", left.Reimbursements, "amount", v.money(amounts))}
	w := confirmView{form: f, reason: true, date: date.String(), seen: seen(left.Reimbursements, amounts), effect: []ui.Definition{
		{Name: v.say("run.reimbursements"), Value: ui.CountCell(v.with(), left.Reimbursements)},
		{Name: v.say("run.total"), Value: ui.Cell{Body: ui.AmountLines(lines(amounts))}},
		{Name: v.say("reverse.numbers"), Value: ui.TextCell(joined(left.Numbers))},
	}, says: []string{v.say("reverse.what"), v.say("reverse.stays")}}
	page := ui.Page{Title: v.say("reverse.run", "run", code), Crumbs: v.runCrumbs(code), Narrow: true}
	if wrong != nil {
		return v.again(wrong, page, confirmBody(w))
	}
	return v.show(page, confirmBody(w))
}

// blocked shows why a step cannot be taken.
func (v *visit) blocked(err error, page ui.Page) error {
	return v.again(err, page, blockedBody(err))
}

func amountViews(amounts []app.AmountIn) []reimbursement.AmountView {
	views := make([]reimbursement.AmountView, len(amounts))
	for i, a := range amounts {
		views[i] = reimbursement.AmountView(a)
	}
	return views
}

// typedDate reads the date of a reversal.
func (v *visit) typedDate() (civil.Date, error) {
	if v.form("date") == "" {
		return 0, fault.New(fault.Invalid, "%s", v.say("reverse.no_date")).In("date")
	}
	return v.day("date")
}

func (s *site) reverseRun(v *visit) error {
	code := v.r.PathValue("code")
	date, err := v.typedDate()
	if err != nil {
		return v.reverseRunStep(0, err)
	}
	reason := v.form("reason")
	if reason == "" {
		return v.reverseRunStep(date, fault.New(fault.Invalid, "%s", v.say("reverse.no_reason")).In("reason"))
	}
	left, err := v.app.PreviewReverseRun(v.ctx, v.call(), code, date)
	if err != nil {
		return v.reverseRunStep(0, err)
	}
	if left.Reimbursements == 0 { // sent twice
		return v.done(v.path("runs", code), v.say("reverse.all_done", "run", code))
	}
	if err := v.changedSince(v.form("seen"), seen(left.Reimbursements, amountViews(left.Amounts))); err != nil {
		return v.reverseRunStep(date, err)
	}
	call := v.call()
	if left.Reimbursements <= reverseAtOnce {
		rev, err := v.app.ReverseRun(v.ctx, call, code, date, reason, nil)
		if err != nil {
			return v.reverseRunStep(date, err)
		}
		return v.done(v.path("runs", code), v.reversedText(rev))
	}
	return v.begin("reverse", call.Key, identity.Reimburse, func(ctx context.Context, tell func(work.TaskProgress)) (any, error) {
		rev, err := s.app.ReverseRun(ctx, call, code, date, reason, func(p app.RunProgress) { tell(work.TaskProgress{Done: p.Done, All: p.All}) })
		return &reversed{code, rev}, err
	})
}

// reversed is the result of a reversal: it leads to the run.
type reversed struct {
	code string
	rev  *reimbursement.Reversal
}

func (r *reversed) show(v *visit, _ *work.Task) error {
	return v.done(v.path("runs", r.code), v.reversedText(r.rev))
}

func (v *visit) reversedText(rev *reimbursement.Reversal) string {
	text := v.say("reverse.done", "n", len(rev.Reversed))
	for _, n := range rev.Notes {
		text += " " + fmt.Sprint(n)
	}
	return text
}

// typed gives what was typed into the form that is answered; nil when none is.
func (v *visit) typed() url.Values {
	if v.r.Method != http.MethodPost {
		return nil
	}
	return v.r.PostForm
}
