package web

import (
	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/web/ui"
)

// vendorJournalPart is a part of the page of a journal.
type vendorJournalPart string

// The parts; the first is shown unless another is asked for.
const (
	partPayments vendorJournalPart = ""
	partLeft     vendorJournalPart = "left"
	partFiles    vendorJournalPart = "files"
)

// vendorJournalView is what the page of a journal shows.
type vendorJournalView struct {
	code     string
	stats    []ui.Stat
	head     []ui.Definition
	tabs     []ui.Tab
	part     vendorJournalPart
	table    ui.Table
	choosing []ui.Action // for the payments that are chosen; none: they cannot be chosen
	statuses []ui.Option
	waiting  bool // for the end of its proposal
}

// vendorPaymentJournal shows a journal: its payments, what was left out, the files made of it.
func (s *site) vendorPaymentJournal(v *visit) error {
	j, err := v.app.VendorPaymentJournal(v.ctx, v.call(), v.r.PathValue("journal"))
	if err != nil {
		return err
	}
	at := v.path("vendor-payments", j.Code)
	w := vendorJournalView{code: j.Code, part: vendorJournalPart(v.query("show")), waiting: j.State == payout.Proposing, statuses: options(v, "vpay.status.", payout.Statuses())}
	n, _, err := paymentSums(j.Sums)
	if err != nil {
		return err
	}
	for _, s := range j.Sums {
		w.stats = append(w.stats, ui.Stat{Name: v.say("vpay.status." + string(s.Status)), Amount: s.Amount, Currency: s.Currency, Sub: v.say("vpay.n_payments", "n", s.Payments), Href: at + "?status=" + string(s.Status)})
	}
	for _, tab := range []struct {
		part  vendorJournalPart
		key   string
		count string
	}{{partPayments, "vpay.payments", ui.Number(v.with(), n)}, {partLeft, "vpay.left_out", ui.Number(v.with(), j.LeftOut)}, {partFiles, "vpay.files", ""}} {
		href := at
		if tab.part != partPayments {
			href += "?show=" + string(tab.part)
		}
		w.tabs = append(w.tabs, ui.Tab{Text: v.say(tab.key), Href: href, Count: tab.count, Here: tab.part == w.part})
	}
	w.head = []ui.Definition{
		{Name: v.say("vpay.date"), Value: ui.DayCell(v.with(), j.Date)},
		{Name: v.say("vpay.proposed_by"), Value: ui.Cell{Text: j.CreatedBy, Sub: ui.Instant(v.with(), j.CreatedAt)}},
		{Name: v.say("voucher.trail"), Value: ui.LinkCell(v.say("voucher.trail_link"), v.path("audit")+"?subject="+escapeQuery(j.Code))},
	}
	switch w.part {
	case partLeft:
		part, lerr := v.app.VendorPaymentsLeft(v.ctx, v.call(), j.Code, v.part())
		w.table, err = v.leftTable(part.Items), lerr
		w.table.Next = part.Next
	case partFiles:
		part, ferr := v.app.PaymentFiles(v.ctx, v.call(), app.PaymentFileFilter{Journal: j.Code}, v.part())
		w.table, err = v.fileList(part.Items), ferr
		w.table.Next = part.Next
	default:
		err = v.fillPayments(&w, j)
	}
	if err != nil {
		return err
	}
	w.table.After = v.query("after") != ""
	page := ui.Page{Title: j.Code, Lead: j.Text, Badges: []ui.Badge{v.paymentStateBadge(j.State)}, Crumbs: []ui.Link{v.vendorPaymentsCrumb()}, Actions: v.vendorJournalActions(j)}
	note, err := v.journalNote(j)
	if err != nil {
		return err
	}
	return v.show(page, v.noted(note, vendorJournalBody(w)))
}

func (v *visit) fillPayments(w *vendorJournalView, j *app.VendorPaymentJournal) error {
	f := app.VendorPaymentFilter{Journal: j.Code, Vendor: v.query("vendor")}
	if status := v.query("status"); status != "" {
		f.Status = []payout.Status{payout.Status(status)}
	}
	part, err := v.app.VendorPayments(v.ctx, v.call(), f, v.part())
	if err != nil {
		return err
	}
	w.table = v.vendorPaymentTable(part.Items)
	w.table.Next = part.Next
	if f.Vendor != "" || f.Status != nil {
		w.table.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("vendor-payments", j.Code)}}
	}
	if w.choosing = v.vendorSteps(j, nil); len(w.choosing) > 0 && len(w.table.Rows) > 1 {
		w.table.Select = "pick"
	} else {
		w.choosing = nil
	}
	return nil
}

func (v *visit) vendorPaymentTable(list []app.VendorPayment) ui.Table {
	t := ui.Table{ID: "payments", Caption: v.say("vpay.payments"), Columns: []ui.Column{
		{Title: v.say("vpay.payment"), Kind: ui.Code},
		{Title: v.say("vpay.payee"), Kind: ui.Code},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
		{Title: v.say("party.state"), Kind: ui.Status},
		{Title: v.say("vpay.method"), Kind: ui.Code, Wide: true},
		{Title: v.say("vpay.number"), Kind: ui.Code, Wide: true},
		{Title: v.say("items.voucher"), Kind: ui.Code, Wide: true},
	}, Empty: ui.Empty{Title: v.say("vpay.none"), Lead: v.say("vpay.none_lead")}}
	for i := range list {
		x := &list[i]
		href := v.paymentPath(x.Payment)
		state := ui.BadgeCell(v.paymentBadge(x.Status))
		if len(x.SameBank) > 0 {
			state.Badges = append(state.Badges, ui.Badge{Text: v.say("vpay.same_bank"), Tone: "warn"})
		}
		payee := ui.Cell{Text: x.Vendor, Href: v.path("vendors", x.Vendor), Sub: x.Name}
		if x.Payee != x.Vendor {
			payee = ui.Cell{Text: x.Payee, Href: v.path("parties", x.Payee), Sub: v.say("vpay.instead_of", "vendor", x.Vendor)}
		}
		t.Rows = append(t.Rows, ui.Row{ID: x.Payment, Name: x.Payment, Href: href, Cells: []ui.Cell{
			ui.LinkCell(x.Payment, href), payee, ui.AmountCell(x.Amount, x.Currency), ui.TextCell(x.Currency), state, ui.TextCell(x.Method), ui.TextCell(x.Number), ui.LinkCell(x.Voucher, v.path("vouchers", x.Voucher)),
		}})
	}
	return t
}

// fileList shows payment files, with the button that hands each out.
func (v *visit) fileList(list []app.PaymentFile) ui.Table {
	t := ui.Table{ID: "files", Caption: v.say("vpay.files"), Columns: wide([]ui.Column{
		{Title: v.say("vpay.file"), Kind: ui.Code},
		{Title: v.say("vpay.file_kind")},
		{Title: v.say("vpay.bank"), Kind: ui.Code},
		{Title: v.say("vpay.payments"), Kind: ui.Count},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
		{Title: v.say("vpay.made"), Kind: ui.Date},
		{Title: v.say("vpay.handed_out"), Kind: ui.Count},
		{Title: v.say("vpay.download"), Quiet: true},
	}, 2, 6, 7), Empty: ui.Empty{Title: v.say("vpay.no_files"), Lead: v.say("vpay.no_files_lead")}}
	for _, f := range list {
		var get ui.Cell
		if v.may(identity.Pay) {
			get.Body = fileButton(v.path("payment-files", f.Code), f.Code)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: f.Code, Sub: f.Name},
			{Text: v.say("vpay.filekind." + f.Kind), Sub: "SHA-256 " + f.SHA256[:min(len(f.SHA256), 12)] + "…"},
			ui.TextCell(f.Bank), ui.CountCell(v.with(), int64(f.Payments)), ui.AmountCell(f.Total, f.Currency), ui.TextCell(f.Currency),
			{Text: ui.Instant(v.with(), f.MadeAt), Machine: f.MadeAt, Sub: f.MadeBy},
			ui.CountCell(v.with(), int64(f.Copies)), get,
		}})
	}
	return t
}
