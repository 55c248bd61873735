package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/web/ui"
)

// applyView is the page on which a payment is applied: open items above, deduction lines below, the balance always in sight.
type applyView struct {
	journal  *app.PaymentJournal
	line     *app.PaymentLine
	form     ui.Form
	items    []applyItem
	next     string // where the open items go on
	choices  *deductionChoices
	payers   []ui.Option // whose stand-alone deductions can be
	balance  []balanceFigure
	digits   int // of the currency's fraction
	preview  templ.Component
	head     []ui.Definition
	applied  ui.Table // of a line that is no draft
	deducted ui.Table
}

// balanceFigure is a figure of the strip that is always in sight; Key is what the script fills in while somebody types.
type balanceFigure struct {
	Name, Key, Amount string
}

// applyItem is an open document that the payment can be applied to.
type applyItem struct {
	doc       string // customer|voucher: of the fields' names
	customer  string
	voucher   string
	kind      string
	due       ui.Cell
	credit    bool
	available string
	earned    string // the discount that is earned when all of it is paid
	until     ui.Cell
	applied   *app.PaymentApplication // nil: not yet
	rest      string                  // what becomes a deduction
}

func docKey(customer, voucher string) string { return customer + "|" + voucher }

// paymentLine shows a line: as a form while it can be applied, else what it did.
func (s *site) paymentLine(v *visit) error {
	n, err := v.lineNumber()
	if err != nil {
		return err
	}
	return v.showLine(n, nil)
}

func (v *visit) showLine(n int, wrong error) error {
	code := v.r.PathValue("code")
	j, err := v.app.PaymentJournal(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(j.Lines, func(l app.PaymentLine) bool { return l.Line == n })
	if at < 0 {
		return fault.New(fault.NotFound, "the journal %s has no line %d", code, n)
	}
	l := &j.Lines[at]
	line := strconv.Itoa(n)
	w := applyView{journal: j, line: l, head: v.lineHead(l), balance: v.balanceOf(l)}
	page := ui.Page{Title: v.say("payments.line_of", "line", line, "journal", code), Lead: strings.Trim(l.Customer+" "+l.CustomerName, " "), Badges: []ui.Badge{v.journalBadge(l.State)}, Crumbs: v.journalCrumbs(code), Actions: v.lineActions(j, at)}
	if l.State != "draft" || j.State != "draft" || !v.may(identity.ApplyCash) {
		w.applied, w.deducted = v.appliedTable(l), v.deductedTable(l)
		return v.show(page, lineBody(w))
	}
	w.form = ui.Form{Action: v.path("payments", code, "lines", line), Submit: v.say("payments.save"), Typed: v.typed(), Err: wrong}
	if err := v.fillApply(&w, n); err != nil {
		return err
	}
	if wrong != nil {
		return v.again(wrong, page, applyBody(w))
	}
	return v.show(page, applyBody(w))
}

// fillApply reads what the form needs: open items, what can be chosen, and the vouchers when they were asked for.
func (v *visit) fillApply(w *applyView, n int) (err error) {
	if w.choices, err = v.deductionChoices(); err != nil {
		return err
	}
	part, err := v.app.PaymentCandidates(v.ctx, v.call(), w.journal.Code, n, v.part())
	if err != nil {
		return err
	}
	w.items, w.next = v.applyItems(w.line, part.Items), part.Next
	family := []string{w.line.Customer}
	for _, x := range w.items {
		if !slices.Contains(family, x.customer) {
			family = append(family, x.customer)
		}
	}
	for _, c := range family {
		w.payers = append(w.payers, ui.Option{Value: c, Text: c})
	}
	cur, err := money.CurrencyOf(w.line.Currency)
	if err != nil {
		return err
	}
	w.digits = int(cur.Digits)
	if v.query("show") == "vouchers" && w.form.Err == nil {
		effect, err := v.app.PreviewPaymentJournal(v.ctx, v.call(), w.journal.Code, n)
		switch fault.CodeOf(err) {
		case fault.Denied, fault.Internal, fault.Unavailable:
			return err
		}
		if err != nil {
			w.preview = blockedBody(err)
		} else {
			w.preview = v.vouchersToCome(effect.Vouchers)
		}
	}
	return nil
}

func (v *visit) lineHead(l *app.PaymentLine) []ui.Definition {
	return []ui.Definition{
		{Name: v.say("kind.customer"), Value: ui.Cell{Text: l.Customer, Href: v.path("customers", l.Customer), Sub: l.CustomerName}},
		{Name: v.say("items.date"), Value: ui.DayCell(v.with(), l.Date)},
		{Name: v.say("payments.reference"), Value: ui.TextCell(l.Reference)},
		{Name: v.say("payments.bank"), Value: ui.LinkCell(l.Bank, v.path("accounts", l.Bank))},
		{Name: v.say("voucher.text"), Value: ui.TextCell(l.Text)},
		{Name: v.say("type.payment"), Value: ui.LinkCell(l.Voucher, v.path("vouchers", l.Voucher))},
	}
}

func (v *visit) balanceOf(l *app.PaymentLine) []balanceFigure {
	t := l.Totals
	all := []balanceFigure{{v.say("payments.cash"), "cash", l.Amount}}
	if !ui.Zero(t.Credits) {
		all = append(all, balanceFigure{v.say("payments.credits_used"), "credits", t.Credits})
	}
	if !ui.Zero(t.StandAlone) {
		all = append(all, balanceFigure{v.say("payments.stand_alone"), "alone", t.StandAlone})
	}
	return append(all, balanceFigure{v.say("payments.applied"), "applied", t.Applied}, balanceFigure{v.say("payments.deducted"), "deducted", t.Deducted}, balanceFigure{v.say("payments.discount"), "discount", t.Discount}, balanceFigure{v.say("payments.left"), "left", t.Left})
}

// lineActions are the ways on from a line, and to those before and after it.
func (v *visit) lineActions(j *app.PaymentJournal, at int) (all []ui.Action) {
	l := &j.Lines[at]
	href := func(l *app.PaymentLine, part ...string) string {
		return v.path(append([]string{"payments", j.Code, "lines", strconv.Itoa(l.Line)}, part...)...)
	}
	if at > 0 {
		all = append(all, ui.Action{Text: v.say("payments.before"), Href: href(&j.Lines[at-1])})
	}
	if at+1 < len(j.Lines) {
		all = append(all, ui.Action{Text: v.say("payments.after"), Href: href(&j.Lines[at+1])})
	}
	if !v.may(identity.ApplyCash) {
		return all
	}
	switch {
	case l.State == "draft" && j.State == "draft":
		all = append(all, ui.Action{Text: v.say("payments.edit"), Href: href(l, "edit")}, ui.Action{Text: v.say("payments.remove"), Href: href(l, "remove")}, ui.Action{Text: v.say("payments.post"), Href: v.path("payments", j.Code, "post"), Primary: true})
	case l.State == "posted":
		all = append(all, ui.Action{Text: v.say("payments.reverse"), Href: v.path("payments", j.Code, "reverse") + "?line=" + strconv.Itoa(l.Line), Icon: "undo"})
	}
	return all
}

// applyItems are the documents of the form: first those that the line is applied to, then the others by due date.
func (v *visit) applyItems(l *app.PaymentLine, open []app.PaymentCandidate) (all []applyItem) {
	known := map[string]app.PaymentCandidate{}
	for _, c := range open {
		known[docKey(c.Customer, c.Voucher)] = c
	}
	for i := range l.Applications {
		a := &l.Applications[i]
		c := known[docKey(a.Customer, a.Voucher)]
		delete(known, docKey(a.Customer, a.Voucher))
		all = append(all, applyItem{
			doc: docKey(a.Customer, a.Voucher), customer: a.Customer, voucher: a.Voucher, kind: a.Type, due: ui.DayCell(v.with(), a.Due),
			credit: a.Credit, available: a.Available, earned: c.Discount, until: ui.DayCell(v.with(), c.DiscountDate), applied: a, rest: a.Deducted,
		})
	}
	for _, c := range open {
		if _, left := known[docKey(c.Customer, c.Voucher)]; left {
			all = append(all, applyItem{
				doc: docKey(c.Customer, c.Voucher), customer: c.Customer, voucher: c.Voucher, kind: c.Type, due: ui.DayCell(v.with(), c.Due),
				credit: c.Credit, available: c.Available, earned: c.Discount, until: ui.DayCell(v.with(), c.DiscountDate),
			})
		}
	}
	return all
}

// pays, discount and leaves are what stands in the fields of an item: what was typed, else how it is.
func (x applyItem) pays(f ui.Form) string {
	if f.Typed != nil {
		return f.Typed.Get("pay." + x.doc)
	}
	if x.applied != nil {
		return x.applied.Amount
	}
	return ""
}

func (x applyItem) discount(f ui.Form) string {
	if f.Typed != nil {
		return f.Typed.Get("disc." + x.doc)
	}
	if x.applied != nil && !ui.Zero(x.applied.Discount) {
		return x.applied.Discount
	}
	return ""
}

func (x applyItem) leaves(f ui.Form) bool {
	if f.Typed != nil {
		return f.Typed.Get("leave."+x.doc) != ""
	}
	return x.applied != nil && x.applied.LeaveOpen
}

func (x applyItem) on(f ui.Form) bool {
	if f.Typed != nil {
		return f.Typed.Get("on."+x.doc) != ""
	}
	return x.applied != nil
}

// applyPayment saves what was typed on the page, and does what its button says.
func (s *site) applyPayment(v *visit) error {
	code := v.r.PathValue("code")
	n, err := v.lineNumber()
	if err != nil {
		return err
	}
	l, err := v.app.PaymentLine(v.ctx, v.call(), code, n)
	if err != nil {
		return err
	}
	what, of, _ := strings.Cut(v.form("step"), ".")
	if err := v.saveLine(code, l, what); err != nil {
		return v.showLine(n, err)
	}
	number, _ := strconv.Atoi(of)
	notice := ""
	switch what {
	case "oldest":
		_, err = v.app.ProposePayment(v.ctx, v.keyed("oldest"), code, n, app.PaymentProposal{OldestFirst: true})
	case "clear":
		_, err = v.app.UnapplyPayment(v.ctx, v.keyed("clear"), code, n, nil)
	case "split":
		_, err = v.app.SplitPaymentDeduction(v.ctx, v.keyed("split"), code, n, number, v.form("split."+of))
		err = atField(err, "split", "."+of, "amount")
	case "remove":
		_, err = v.app.RemovePaymentDeduction(v.ctx, v.keyed("remove"), code, n, number)
	}
	if err != nil {
		return v.showLine(n, err)
	}
	to := v.path("payments", code, "lines", strconv.Itoa(n))
	if what == "preview" {
		to += "?show=vouchers"
	}
	return v.done(to, notice)
}

// keyed is the call of the visit for one of several commands of a form.
func (v *visit) keyed(part string) app.Call {
	c := v.call()
	if c.Key != "" {
		c.Key += "/" + part
	}
	return c
}

// saveLine brings the line to what was typed: deduction lines first, since their amounts follow the applications.
func (v *visit) saveLine(code string, l *app.PaymentLine, what string) error {
	if what == "clear" {
		return nil
	}
	for i := range l.Deductions {
		d := &l.Deductions[i]
		suffix := "." + strconv.Itoa(d.N)
		if _, typed := v.r.PostForm["type"+suffix]; !typed {
			continue
		}
		req := v.deductionTyped(suffix)
		req.Application = d.Application
		was := app.PaymentDeductionRequest{Application: d.Application, Customer: d.Customer, Type: d.Type, Allowed: d.Allowed, Reason: d.Reason, Account: d.Account, Plan: d.Plan, Amount: d.Amount, TheirCode: d.TheirCode, Claim: d.Claim, Note: d.Note}
		if d.Application != 0 {
			was.Amount, was.Customer, req.Amount, req.Customer = "", "", "", ""
		}
		if req == was {
			continue
		}
		if _, err := v.app.ChangePaymentDeduction(v.ctx, v.keyed("change"+suffix), code, l.Line, d.N, req); err != nil {
			return atField(err, "", suffix, "type")
		}
	}
	if err := v.saveApplied(code, l); err != nil {
		return err
	}
	if req := v.deductionTyped(".new"); req.Amount != "" {
		if _, err := v.app.AddPaymentDeduction(v.ctx, v.keyed("add"), code, l.Line, req); err != nil {
			return atField(err, "", ".new", "amount")
		}
	}
	return nil
}

func (v *visit) deductionTyped(suffix string) app.PaymentDeductionRequest {
	from, _ := strconv.Atoi(v.form("from" + suffix))
	return app.PaymentDeductionRequest{
		Application: from, Customer: v.form("customer" + suffix), Type: v.form("type" + suffix), Allowed: v.form("allowed"+suffix) != "", Reason: v.form("reason" + suffix), Account: v.form("account" + suffix), Plan: v.form("plan" + suffix),
		Amount: v.form("amount" + suffix), TheirCode: v.form("their_code" + suffix), Claim: v.form("claim" + suffix), Note: v.form("note" + suffix),
	}
}

// saveApplied applies what was chosen, and takes back what no longer is.
func (v *visit) saveApplied(code string, l *app.PaymentLine) error {
	var take []int
	var reqs []app.PaymentApplyRequest
	for _, doc := range v.r.PostForm["doc"] {
		at := slices.IndexFunc(l.Applications, func(a app.PaymentApplication) bool { return docKey(a.Customer, a.Voucher) == doc })
		on := v.form("on."+doc) != "" || at < 0 && v.form("pay."+doc) != ""
		switch {
		case !on && at >= 0:
			take = append(take, l.Applications[at].N)
		case on:
			if req := v.applyTyped(doc); at < 0 || changed(&l.Applications[at], req) {
				reqs = append(reqs, req)
			}
		}
	}
	if len(take) > 0 {
		if _, err := v.app.UnapplyPayment(v.ctx, v.keyed("unapply"), code, l.Line, take); err != nil {
			return err
		}
	}
	if len(reqs) > 0 {
		if _, err := v.app.ApplyPayment(v.ctx, v.keyed("apply"), code, l.Line, reqs); err != nil {
			return atItem(err, reqs)
		}
	}
	return nil
}

func (v *visit) applyTyped(doc string) app.PaymentApplyRequest {
	customer, voucher, _ := strings.Cut(doc, "|")
	req := app.PaymentApplyRequest{Customer: customer, Voucher: voucher, Amount: v.form("pay." + doc), LeaveOpen: v.form("leave."+doc) != ""}
	if d := v.form("disc." + doc); d != "" {
		req.Discount = &d
	}
	return req
}

// changed says whether an application differs from what was typed.
func changed(a *app.PaymentApplication, req app.PaymentApplyRequest) bool {
	discount := ""
	if !ui.Zero(a.Discount) {
		discount = a.Discount
	}
	typed := ""
	if req.Discount != nil && !ui.Zero(*req.Discount) {
		typed = *req.Discount
	}
	return a.Amount != req.Amount || a.LeaveOpen != req.LeaveOpen || discount != typed
}

// atField moves errors to the fields of one of several like parts of a form: their names end with the suffix. A blank field is that one.
func atField(err error, field, suffix, otherwise string) error {
	var list fault.List
	for _, e := range ui.Faults(err) {
		one := *e
		switch {
		case field != "":
			one.Field = field
		case one.Field == "":
			one.Field = otherwise
		}
		one.Field += suffix
		list = append(list, &one)
	}
	return list.Err()
}

// atItem moves errors to the fields of the document that they name.
func atItem(err error, reqs []app.PaymentApplyRequest) error {
	var list fault.List
	for _, e := range ui.Faults(err) {
		one := *e
		for _, r := range reqs {
			if len(reqs) == 1 || strings.Contains(one.Place+" "+one.Message, r.Voucher) {
				name := map[string]string{"discount": "disc.", "leave_open": "leave."}[one.Field]
				if name == "" {
					name = "pay."
				}
				one.Field = name + docKey(r.Customer, r.Voucher)
				break
			}
		}
		list = append(list, &one)
	}
	return list.Err()
}

// deductionForm is the form as one deduction line sees it: what was typed, else what the line says.
func deductionForm(f ui.Form, d *app.PaymentDeduction) ui.Form {
	if f.Typed != nil {
		if _, typed := f.Typed["type."+strconv.Itoa(d.N)]; typed {
			return f
		}
	}
	f.Typed = url.Values{}
	set := func(name, value string) { f.Typed.Set(name+"."+strconv.Itoa(d.N), value) }
	set("type", d.Type)
	set("allowed", on(d.Allowed))
	set("reason", d.Reason)
	set("account", d.Account)
	set("plan", d.Plan)
	set("amount", d.Amount)
	set("customer", d.Customer)
	set("their_code", d.TheirCode)
	set("claim", d.Claim)
	set("note", d.Note)
	return f
}

// leftOpen are the documents that a further deduction can be taken from: those of which something stays open.
func (w applyView) leftOpen(ctx context.Context) []ui.Option {
	all := []ui.Option{{Value: "0", Text: ui.T(ctx, "payments.alone")}}
	for _, a := range w.line.Applications {
		if a.LeaveOpen && !a.Credit {
			all = append(all, ui.Option{Value: strconv.Itoa(a.N), Text: a.Voucher})
		}
	}
	return all
}

// types are those that a deduction line can have; a new one may leave it to its reason.
func (w applyView) types(f ui.Form, suffix string, fresh bool) []ui.Option {
	all := with(w.choices.types, f.Typed.Get("type"+suffix))
	if fresh {
		return optional(all)
	}
	return all
}
