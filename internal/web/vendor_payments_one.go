package web

import (
	"mime"
	"net/http"
	"strings"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/web/ui"
)

// paymentPath gives the page of a payment by its name, such as VPJ-00000001/1.
func (v *visit) paymentPath(name string) string {
	journal, line, _ := strings.Cut(name, "/")
	return v.path("vendor-payments", journal, line)
}

// thisPayment gives the payment of the address.
func (v *visit) thisPayment() (*app.VendorPayment, error) {
	return v.app.VendorPayment(v.ctx, v.call(), v.r.PathValue("journal")+"/"+v.r.PathValue("line"))
}

// vendorPaymentView is what the page of a payment shows.
type vendorPaymentView struct {
	stats  []ui.Stat
	head   []ui.Definition
	warn   []string
	same   []ui.Link // other parties with the payee's bank account
	items  ui.Table
	events []ui.Event
}

// vendorPayment shows a payment: whom it pays, what, how far it is, and what happened to it.
func (s *site) vendorPayment(v *visit) error {
	p, err := v.thisPayment()
	if err != nil {
		return err
	}
	j, err := v.app.VendorPaymentJournal(v.ctx, v.call(), p.Journal)
	if err != nil {
		return err
	}
	w := vendorPaymentView{
		stats: []ui.Stat{{Name: v.say("items.amount"), Amount: p.Amount, Currency: p.Currency}}, head: v.vendorPaymentHead(p), same: v.links("parties", p.SameBank),
		items: v.vendorPaymentItems(p), events: v.vendorPaymentHistory(p),
	}
	if p.Status.Failed() && p.ReplacedBy == "" && p.Status != payout.Escheated {
		w.warn = append(w.warn, v.say("vpay.came_back"))
	}
	if p.Payee != p.Vendor {
		w.warn = append(w.warn, v.say("vpay.other_payee", "payee", p.Payee, "vendor", p.Vendor, "reason", p.PayeeNote))
	}
	page := ui.Page{
		Title: p.Payment, Lead: p.PayeeName, Badges: []ui.Badge{v.paymentBadge(p.Status)},
		Crumbs: []ui.Link{v.vendorPaymentsCrumb(), {Text: p.Journal, Href: v.path("vendor-payments", p.Journal)}}, Actions: v.paymentActions(p, j),
	}
	note, err := v.approvalNotes("payment", p.Payment, p.Status == payout.Created, identity.Prepare)
	if err != nil {
		return err
	}
	return v.show(page, v.noted(note, vendorPaymentBody(w)))
}

// paymentActions are what can be done with one payment.
func (v *visit) paymentActions(p *app.VendorPayment, j *app.VendorPaymentJournal) []ui.Action {
	all := append(v.followed(p.Payment, ""), ui.Action{Text: v.say("trace.to_control"), Href: v.path("control")})
	if v.may(identity.Pay) {
		for _, as := range failuresOf(p.Status) {
			all = append(all, ui.Action{Text: v.say("vpay.as." + string(as)), Href: v.paymentPath(p.Payment) + "/fail?as=" + string(as)})
		}
		if p.Kind == payout.ByHand && (p.Status == payout.Created || p.Status == payout.Approved) {
			all = append(all, ui.Action{Text: v.say("vpay.reference"), Href: v.paymentPath(p.Payment) + "/reference"})
		}
	}
	if v.may(identity.Prepare) && !p.Status.Failed() && p.Status != payout.Cancelled {
		all = append(all, ui.Action{Text: v.say("vpay.edit"), Href: v.paymentPath(p.Payment) + "/edit"})
	}
	steps := v.vendorSteps(j, p)
	if n := len(steps); n > 0 {
		steps[n-1].Primary = n > 1 || p.Status == payout.Created
	}
	return append(all, steps...)
}

// failuresOf gives the ways in which a payment of the status can come back.
func failuresOf(status payout.Status) (all []payout.Status) {
	for _, as := range []payout.Status{payout.Rejected, payout.Returned, payout.Stopped, payout.Stale, payout.Voided} {
		if status.MayFail(as) {
			all = append(all, as)
		}
	}
	return all
}

func (v *visit) vendorPaymentHead(p *app.VendorPayment) []ui.Definition {
	link := func(code, key string) ui.Cell { return ui.LinkCell(code, v.path(key, code)) }
	head := []ui.Definition{
		{Name: v.say("kind.vendor"), Value: ui.Cell{Text: p.Vendor, Href: v.path("vendors", p.Vendor), Sub: p.Name}},
		{Name: v.say("vpay.payee"), Value: ui.Cell{Text: p.Payee, Href: v.path("parties", p.Payee), Sub: p.PayeeName}},
		{Name: v.say("vpay.method"), Value: ui.Cell{Text: p.Method, Sub: v.say("vpay.kind." + string(p.Kind))}},
		{Name: v.say("vpay.bank"), Value: ui.TextCell(p.Bank)},
		{Name: v.say("vpay.date"), Value: ui.DayCell(v.with(), p.Date)},
		{Name: v.say("vpay.number_of." + string(p.Kind)), Value: ui.TextCell(p.Number)},
		{Name: v.say("vpay.approved_by"), Value: ui.TextCell(p.ApprovedBy)},
		{Name: v.say("vpay.file"), Value: ui.LinkCell(p.File, v.path("vendor-payments", p.Journal)+"?show=files")},
		{Name: v.say("items.voucher"), Value: link(p.Voucher, "vouchers")},
		{Name: v.say("payments.posted_by"), Value: ui.Cell{Text: p.PostedBy, Sub: ui.Day(v.with(), p.PostedOn)}},
		{Name: v.say("vpay.fate"), Value: ui.TextCell(v.say("vpay.fate." + fateKey(p.Fate)))},
	}
	for _, x := range []struct{ key, name string }{{"vpay.replaces", p.Replaces}, {"vpay.replaced_by", p.ReplacedBy}} {
		if x.name != "" {
			head = append(head, ui.Definition{Name: v.say(x.key), Value: ui.LinkCell(x.name, v.paymentPath(x.name))})
		}
	}
	return append(head, ui.Definition{Name: v.say("voucher.trail"), Value: ui.LinkCell(v.say("voucher.trail_link"), v.path("audit")+"?subject="+escapeQuery(p.Journal))})
}

// fateKey names a fate among the texts.
func fateKey(f payout.Fate) string {
	if f == "" {
		return "company"
	}
	return string(f)
}

func (v *visit) vendorPaymentItems(p *app.VendorPayment) ui.Table {
	t := ui.Table{ID: "items", Caption: v.say("vpay.pays"), Dense: true, Columns: []ui.Column{
		{Title: v.say("items.voucher"), Kind: ui.Code}, {Title: v.say("items.due"), Kind: ui.Date}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: p.Currency},
	}}
	for _, x := range p.Items {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(x.Voucher, v.path("vouchers", x.Voucher)), ui.DayCell(v.with(), x.Due), ui.AmountCell(x.Amount, p.Currency)}})
	}
	t.Sums = []ui.Cell{ui.TextCell(v.say("table.sum")), {}, ui.AmountCell(p.Amount, p.Currency)}
	return t
}

func (v *visit) vendorPaymentHistory(p *app.VendorPayment) (events []ui.Event) {
	for _, e := range p.History {
		what := ui.TextCell(v.say("vpay.status." + string(e.Status)))
		if e.Voucher != "" {
			what = ui.LinkCell(what.Text+" "+e.Voucher, v.path("vouchers", e.Voucher))
		}
		events = append(events, ui.Event{When: ui.Instant(v.with(), e.At), By: e.Actor, Detail: e.Detail, What: what, Tone: v.paymentBadge(e.Status).Tone})
	}
	return events
}

// paymentFile hands a payment file out; that it was, stands in the audit trail. It is never something that a browser shows.
func (s *site) paymentFile(v *visit) error {
	f, err := v.app.OpenPaymentFile(v.ctx, v.call(), v.r.PathValue("file"))
	if err != nil {
		return err
	}
	v.attach(f.Name, f.Content)
	return nil
}

// attach answers with a file to keep, never something that a browser shows.
func (v *visit) attach(name string, content []byte) {
	v.sent = true
	h := v.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "no-store")
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(content) // the reader may have gone
}
