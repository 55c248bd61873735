package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
	"quittance/internal/web/ui"
	"quittance/internal/work"
)

func (s *site) routesWizard() {
	s.in("runs", "GET /runs/new", s.newRun)
	s.in("runs", "GET /runs/simulate", s.simulate)
	s.in("runs", "POST /runs/propose", s.propose)
}

// choice is what was chosen in the first step of the wizard, as it stands in the address: going back loses nothing.
type choice struct{ url.Values }

// The names of the values of a choice.
var chosen = []string{"who", "customers", "groups", "currency", "credits", "date", "minimum", "debits", "separate", "classifications", "unclassified", "netting", "summarize", "age"}

// choiceOf takes the choice out of an address or a form; blank values are left out.
func choiceOf(from url.Values) choice {
	c := choice{url.Values{}}
	for _, name := range chosen {
		for _, value := range from[name] {
			if value = strings.TrimSpace(value); value != "" {
				c.Add(name, value)
			}
		}
	}
	return c
}

// list gives the codes of a field, set apart by commas, semicolons, spaces or lines.
func (c choice) list(name string) []string {
	return strings.FieldsFunc(c.Get(name), func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) })
}

// maxCodes is how many codes one may type into a field.
const maxCodes = 1000

// request gives the request of the choice, or all that is wrong with it.
func (c choice) request() (app.RunRequest, error) {
	var wrong fault.List
	bad := func(field, rule, format string, args ...any) {
		wrong = append(wrong, fault.New(fault.Invalid, format, args...).In(field).ByRule(rule))
	}
	r := app.RunRequest{Classifications: c.Values["classifications"], IncludeUnclassified: c.Get("unclassified") == "yes"}
	some := reimbursement.Selection{Customers: c.list("customers"), Groups: c.list("groups"), Currency: strings.ToUpper(c.Get("currency")), Credits: c.list("credits")}
	empty := len(some.Customers)+len(some.Groups)+len(some.Credits) == 0 && some.Currency == ""
	switch who := c.Get("who"); {
	case who == "all":
		r.Selection.All = true
	case who != "some":
		bad("who", "choose_who", "choose whom the run is about: everybody in credit, or those whom you name")
	case empty:
		bad("customers", "name_some", "name customers, groups, a currency or credits; or choose everybody in credit")
	default:
		r.Selection = some
	}
	for _, name := range []string{"customers", "groups", "credits"} {
		if n := len(c.list(name)); n > maxCodes {
			bad(name, "too_many_codes", "%d codes are more than the %d that can be named here; name a range A..B or a group", n, maxCodes)
		}
	}
	if err := r.Selection.Check(); err != nil && len(wrong) == 0 {
		field := map[string]string{"bad_range": "customers"}[fault.RuleOf(err)]
		bad(cmp.Or(field, "currency"), fault.RuleOf(err), "%s", err)
	}
	if text := c.Get("date"); text != "" {
		var err error
		if r.Date, err = civil.Parse(text); err != nil {
			bad("date", "bad_date", "%q is not a date; expected YYYY-MM-DD", text)
		}
	}
	if text := c.Get("minimum"); text != "" {
		r.Minimum = &text
	}
	r.IncludeDebits, r.Separate, r.Summarize = c.flag("debits"), c.flag("separate"), c.flag("summarize")
	if text := c.Get("netting"); text != "" {
		r.Netting = &text
	}
	if text := c.Get("age"); text != "" {
		days, err := strconv.Atoi(text)
		if err != nil || days < 0 || days > 3650 {
			bad("age", "bad_age", "%q is not a number of days; expected 0 to 3650", text)
		}
		r.MinimumAge = &days
	}
	return r, wrong.Err()
}

// flag gives what was chosen of yes and no; nil: as the parameter says.
func (c choice) flag(name string) *bool {
	if c.Get(name) == "" {
		return nil
	}
	yes := c.Get(name) == "yes"
	return &yes
}

// query gives the choice as the query of an address.
func (c choice) query() string { return c.Encode() }

// newRun is the first step: whom and what.
func (s *site) newRun(v *visit) error {
	return v.selectStep(choiceOf(v.r.URL.Query()), nil)
}

// selectStep shows the first step, with what is wrong with the choice.
func (v *visit) selectStep(c choice, wrong error) error {
	if err := v.actor.AllowIn(v.code, identity.Read); err != nil {
		return err
	}
	setup, err := v.app.Setup(v.ctx, v.call())
	if err != nil {
		return err
	}
	w := wizardView{form: ui.Form{Action: v.path("runs", "simulate"), Typed: c.Values, Err: wrong}, company: setup.Currency, steps: v.steps(1, c), all: c.Get("who") == "all", some: c.Get("who") == "some"}
	says := func(name string) string {
		for _, p := range setup.Parameters {
			if p.Name == name {
				return cmp.Or(p.Value, p.Default)
			}
		}
		return ""
	}
	w.minimum, w.age = says("minimum_reimbursement"), says("minimum_age_days")
	byDefault := func(value string) string { return v.say("wizard.default", "value", value) }
	flag := func(name string) []ui.Option {
		return []ui.Option{ui.Choice("", byDefault(v.say("state."+cmp.Or(says(name), "no")))), ui.Choice("yes", v.say("state.yes")), ui.Choice("no", v.say("state.no"))}
	}
	w.debits, w.separate, w.summarize = flag("include_outstanding_debits"), flag("separate_by_classification"), flag("summarize_customer")
	w.netting = []ui.Option{ui.Choice("", byDefault(v.say("netting."+cmp.Or(says("netting"), "gross"))))}
	for _, n := range []reimbursement.Netting{reimbursement.Gross, reimbursement.Net, reimbursement.NetDue} {
		w.netting = append(w.netting, ui.Choice(string(n), v.say("netting."+string(n))))
	}
	for _, x := range setup.Classifications {
		w.classes = append(w.classes, ui.Choice(x.Code, x.Code+" "+x.Name))
	}
	w.today = v.today().String()
	w.more = slices.ContainsFunc(chosen[6:], func(name string) bool { return c.Has(name) })
	page := ui.Page{Title: v.say("wizard.title"), Crumbs: []ui.Link{{Text: v.say("nav.runs"), Href: v.path("runs")}}, Narrow: true}
	if wrong != nil {
		return v.again(wrong, page, selectBody(w))
	}
	return v.show(page, selectBody(w))
}

// steps are the steps of the wizard, with the way back to those that are done.
func (v *visit) steps(here int, c choice) []ui.Tab {
	names := []string{"select", "simulate", "propose", "post"}
	steps := make([]ui.Tab, len(names))
	for i, n := range names {
		steps[i] = ui.Tab{Text: v.say("wizard.step." + n), Here: i+1 == here, Count: strconv.Itoa(i + 1)}
	}
	if here == 2 {
		steps[0].Href = v.path("runs", "new") + "?" + c.query()
	}
	return steps
}

// simulate starts the simulation of a choice. It writes nothing, so that it has an address of its own; one that another site leads to
// is not begun before the reader has seen it.
func (s *site) simulate(v *visit) error {
	c := choiceOf(v.r.URL.Query())
	if v.r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return v.redirect(v.path("runs", "new") + "?" + c.query())
	}
	req, err := c.request()
	if err != nil {
		return v.selectStep(c, err)
	}
	call := v.call()
	return v.begin("simulate", "", identity.Read, func(ctx context.Context, tell func(work.TaskProgress)) (any, error) {
		r := &simulated{choice: c}
		view, err := s.app.Simulate(ctx, call, req, r.gather(tell))
		r.view = view
		return r, err
	})
}

// propose saves a run for a choice.
func (s *site) propose(v *visit) error {
	c := choiceOf(v.r.PostForm)
	req, err := c.request()
	if err != nil {
		return v.selectStep(c, err)
	}
	v.r.URL.RawQuery = c.query() // the way back from the task
	call := v.call()
	return v.begin("propose", call.Key, identity.Reimburse, func(ctx context.Context, tell func(work.TaskProgress)) (any, error) {
		view, err := s.app.Propose(ctx, call, req, (&simulated{}).counting(tell))
		return &proposed{choice: c, view: view}, err
	})
}

// proposed is the result of a proposal: it leads to the run.
type proposed struct {
	choice choice
	view   *reimbursement.RunView
}

func (p *proposed) show(v *visit, _ *work.Task) error {
	return v.done(v.path("runs", p.view.ID), v.say("run.proposed", "run", p.view.ID))
}

func (p *proposed) failed(v *visit, err error) error { return v.selectStep(p.choice, mendable(err)) }

// failed shows the first step again when what was chosen cannot be simulated.
func (r *simulated) failed(v *visit, err error) error { return v.selectStep(r.choice, mendable(err)) }

// mendable puts an error of the choice at the field that it is about.
func mendable(err error) error {
	faults := ui.Faults(err)
	if fault.HTTPStatus(err) >= http.StatusInternalServerError || fault.CodeOf(err) == fault.Denied {
		return err
	}
	for _, e := range faults {
		if !slices.Contains(chosen, e.Field) {
			e.Field = ""
		}
	}
	return fault.List(faults)
}
