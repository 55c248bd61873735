package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
	"quittance/internal/web/chart"
	"quittance/internal/web/ui"
	"quittance/internal/work"
)

const (
	keptDecisions = 2000 // of a simulation; the sums are those of all
	shownTogether = 100
)

// simulated is the result of a simulation: its sums, and the first of its decisions.
type simulated struct {
	choice  choice
	view    *reimbursement.RunView
	kept    reimbursement.Decisions
	bytes   int64
	cut     bool // there were more
	looked  int64
	current string
}

// Size is about what the decisions take in memory.
func (r *simulated) Size() int64 { return 4096 + r.bytes }

// counting tells how many customers were decided on.
func (r *simulated) counting(tell func(work.TaskProgress)) app.Decide {
	return func(d reimbursement.Decisions) error {
		r.looked += int64(len(d.Excluded))
		for i := range d.Reimbursements {
			if key := d.Reimbursements[i].Customer + "\x00" + d.Reimbursements[i].Currency; key != r.current {
				r.current = key
				r.looked++
			}
		}
		tell(work.TaskProgress{Done: r.looked})
		return nil
	}
}

// gather keeps the first decisions and tells how many customers were decided on.
func (r *simulated) gather(tell func(work.TaskProgress)) app.Decide {
	count := r.counting(tell)
	return func(d reimbursement.Decisions) error {
		k := &r.kept
		left := keptDecisions - len(k.Reimbursements) - len(k.Excluded) - len(k.Nettings)
		some := func(n int) int { n = min(n, max(left, 0)); left -= n; return n }
		reimbursements, excluded, nettings := some(len(d.Reimbursements)), some(len(d.Excluded)), some(len(d.Nettings))
		r.cut = r.cut || reimbursements < len(d.Reimbursements) || excluded < len(d.Excluded) || nettings < len(d.Nettings)
		k.Reimbursements = append(k.Reimbursements, d.Reimbursements[:reimbursements]...)
		k.Excluded = append(k.Excluded, d.Excluded[:excluded]...)
		k.Nettings = append(k.Nettings, d.Nettings[:nettings]...)
		for i := range d.Reimbursements[:reimbursements] {
			r.bytes += 400 + 150*int64(len(d.Reimbursements[i].Voucher.Lines)+len(d.Reimbursements[i].Settles))
		}
		r.bytes += 300 * int64(excluded+nettings)
		return count(d)
	}
}

// show is the second step of the wizard.
func (r *simulated) show(v *visit, k *work.Task) error {
	t := r.view.Totals
	w := simulationView{
		steps: v.steps(2, r.choice), stats: v.runStats(t, ""), notes: r.view.Notes, mend: v.path("runs", "new") + "?" + r.choice.query(),
		funnel: v.funnel(t, func(reason reimbursement.Reason) string { return v.taskTab(k, "excluded", string(reason)) }),
	}
	if r.cut {
		w.cut = v.say("simulation.cut", "n", keptDecisions, "all", t.Candidates)
	}
	part := cmp.Or(v.query("show"), "reimbursed")
	w.tabs = []ui.Tab{
		{Text: v.say("simulation.reimbursed"), Count: ui.Number(v.with(), t.Reimbursements), Href: v.taskTab(k, "", ""), Here: part == "reimbursed"},
		{Text: v.say("simulation.excluded"), Count: ui.Number(v.with(), t.Excluded), Href: v.taskTab(k, "excluded", ""), Here: part == "excluded"},
	}
	if len(r.kept.Nettings) > 0 {
		w.tabs = append(w.tabs, ui.Tab{Text: v.say("simulation.nettings"), Href: v.taskTab(k, "nettings", ""), Here: part == "nettings"})
	}
	var err error
	switch part {
	case "excluded":
		w.table = v.excludedTable(r.kept.Excluded, w.mend)
		w.reasons = v.reasonOptions(t)
	case "nettings":
		w.table = v.nettingTable(r.kept.Nettings)
	default:
		if w.table, err = v.voucherTable(r.kept.Reimbursements, t.Reimbursements == 0); err != nil {
			return err
		}
	}
	w.keep = r.choice.Values
	w.part = v.query("show")
	if v.may(identity.Reimburse) && t.Reimbursements > 0 {
		w.propose = &ui.Form{Action: v.path("runs", "propose"), Submit: v.say("wizard.propose", "n", t.Reimbursements, "amount", v.money(t.Amounts))}
	}
	return v.show(ui.Page{Title: v.say("simulation.title"), Lead: v.say("simulation.lead", "date", ui.Day(v.with(), r.view.Date)), Crumbs: []ui.Link{{Text: v.say("nav.runs"), Href: v.path("runs")}}}, simulationBody(w))
}

// taskTab gives the address of a part of a simulation.
func (v *visit) taskTab(k *work.Task, part, reason string) string {
	q := choiceOf(v.r.URL.Query()).Values
	if part != "" {
		q.Set("show", part)
	}
	if reason != "" {
		q.Set("reason", reason)
	}
	return v.path("tasks", "runs", k.ID) + "?" + q.Encode()
}

// runStats are the figures of a run; href leads to its lines.
func (v *visit) runStats(t reimbursement.TotalsView, href string) []ui.Stat {
	ctx := v.with()
	to := func(query string) string {
		if href == "" {
			return ""
		}
		return href + query
	}
	stats := []ui.Stat{{Name: v.say("run.candidates"), Text: ui.Number(ctx, t.Candidates), Sub: v.say("run.candidates_sub"), Href: to("")}}
	for _, a := range t.Amounts {
		stats = append(stats, ui.Stat{Name: v.say("run.total"), Amount: a.Amount, Currency: a.Currency, Href: to("?show=reimbursed")})
	}
	return append(stats,
		ui.Stat{Name: v.say("run.reimbursements"), Text: ui.Number(ctx, t.Reimbursements), Sub: v.say("run.customers", "n", t.ReimbursedCustomers), Href: to("?show=reimbursed")},
		ui.Stat{Name: v.say("run.excluded"), Text: ui.Number(ctx, t.Excluded), Href: to("?show=excluded")})
}

// The reasons in the order in which they are tested.
var reasons = []reimbursement.Reason{
	reimbursement.OnHold, reimbursement.VendorBlocked, reimbursement.NoPayee, reimbursement.PendingSettlement, reimbursement.NoClassification, reimbursement.TooRecent,
	reimbursement.OpenDebit, reimbursement.OpenDeduction, reimbursement.NetDebit, reimbursement.BelowMinimum, reimbursement.CannotPost, reimbursement.TakenOut, reimbursement.Changed,
}

// reasonText says a reason in plain words.
func (v *visit) reasonText(r reimbursement.Reason) string {
	if slices.Contains(reasons, r) {
		return v.say("reason." + string(r))
	}
	return string(r)
}

func (v *visit) reasonOptions(t reimbursement.TotalsView) (options []ui.Option) {
	for _, r := range reasons {
		if n := t.Reasons[r]; n > 0 {
			options = append(options, ui.Choice(string(r), v.reasonText(r)+" ("+ui.Number(v.with(), n)+")"))
		}
	}
	return options
}

// funnel is the picture of what became of the candidates.
func (v *visit) funnel(t reimbursement.TotalsView, href func(reimbursement.Reason) string) chart.Funnel {
	ctx := v.with()
	all := chart.Stage{Point: chart.Point{Label: v.say("run.candidates"), Text: ui.Number(ctx, t.Candidates), Value: float64(t.Candidates)}}
	for _, r := range reasons {
		if n := t.Reasons[r]; n > 0 {
			all.Lost = append(all.Lost, chart.Point{Label: v.reasonText(r), Text: ui.Number(ctx, n), Value: float64(n), Href: href(r)})
		}
	}
	return chart.Funnel{
		Head:   chart.Head{ID: "funnel", Title: v.say("run.funnel"), Desc: v.say("run.funnel_desc"), Table: v.say("chart.table"), Names: []string{v.say("run.outcome"), v.say("run.candidates")}, Empty: v.say("run.none")},
		Stages: []chart.Stage{all, {Point: chart.Point{Label: v.say("run.reimbursed"), Text: ui.Number(ctx, t.ReimbursedCustomers), Value: float64(t.ReimbursedCustomers), Tone: "good"}}},
	}
}

// window cuts the part of a list in memory that is asked for; matches says what belongs to the list.
func window[T any](v *visit, list []T, matches func(*T) bool) (part []T, next string) {
	from, _ := strconv.Atoi(v.query("after"))
	n := 0
	for i := range list {
		if !matches(&list[i]) {
			continue
		}
		if n++; n <= from {
			continue
		}
		if len(part) == shownTogether {
			return part, strconv.Itoa(from + shownTogether)
		}
		part = append(part, list[i])
	}
	return part, ""
}

// customerMatches says whether a customer is among those that are looked for.
func (v *visit) customerMatches(code string) bool {
	return strings.HasPrefix(strings.ToLower(code), strings.ToLower(v.query("q")))
}

// voucherTable shows reimbursements, made or to come, with the lines of their vouchers, and the sums of both sides.
func (v *visit) voucherTable(list []reimbursement.View, none bool) (ui.Table, error) {
	part, next := window(v, list, func(x *reimbursement.View) bool { return v.customerMatches(x.Customer) })
	t := ui.Table{
		ID: "decisions", Caption: v.say("simulation.reimbursed"), Next: next, After: v.query("after") != "",
		Columns: []ui.Column{
			{Title: v.say("run.customer"), Kind: ui.Code},
			{Title: v.say("run.payee"), Kind: ui.Code, Wide: true},
			{Title: v.say("run.settles"), Wide: true},
			{Title: v.say("voucher.account"), Kind: ui.Code},
			{Title: v.say("voucher.debit"), Kind: ui.Amounts},
			{Title: v.say("voucher.credit"), Kind: ui.Amounts},
			{Title: v.say("run.currency")},
		},
		Empty: ui.Empty{Title: v.say("filter.none_match")},
	}
	if none {
		t.Empty = ui.Empty{Title: v.say("simulation.nobody"), Lead: v.say("simulation.nobody_lead")}
	}
	var debit, credit sums
	for i := range part {
		x := &part[i]
		for j, l := range x.Voucher.Lines {
			row := ui.Row{Cells: make([]ui.Cell, len(t.Columns))}
			if j == 0 {
				row.ID, row.Name, row.Href = x.Customer, x.Customer, v.path("customers", x.Customer)
				row.Cells[0] = ui.LinkCell(x.Customer, row.Href)
				row.Cells[0].Sub = x.Classification
				row.Cells[1] = v.payeeCell(x)
				row.Cells[2] = ui.TextCell(settles(x))
			}
			row.Cells[3], row.Cells[4], row.Cells[5], row.Cells[6] = ui.TextCell(l.Account), ui.AmountCell(l.Debit, x.Currency, true), ui.AmountCell(l.Credit, x.Currency, true), ui.TextCell(x.Currency)
			t.Rows = append(t.Rows, row)
			if err := debit.add(x.Currency, l.Debit); err != nil {
				return t, err
			}
			if err := credit.add(x.Currency, l.Credit); err != nil {
				return t, err
			}
		}
	}
	if len(t.Rows) > 0 {
		t.Sums = []ui.Cell{ui.TextCell(v.sumText(next)), {}, {}, {}, debit.cell(), credit.cell(), {}}
	}
	return t, nil
}

// sumText says what a row of sums adds up: the whole list, or the part of it that is shown.
func (v *visit) sumText(next string) string {
	if next == "" && v.query("after") == "" {
		return v.say("table.sum")
	}
	return v.say("table.sum_shown")
}

// payeeCell names who is paid.
func (v *visit) payeeCell(x *reimbursement.View) ui.Cell {
	switch {
	case x.Vendor == "":
		return ui.TextCell(v.say("run.new_one_time"))
	case x.OneTimeVendor:
		return ui.Cell{Text: x.Vendor, Href: v.path("vendors", x.Vendor), Sub: v.say("run.one_time")}
	}
	return ui.LinkCell(x.Vendor, v.path("vendors", x.Vendor))
}

// settles names the credits that a reimbursement settles, each once.
func settles(x *reimbursement.View) string {
	var numbers []string
	for _, s := range x.Settles {
		if !slices.Contains(numbers, s.Voucher) {
			numbers = append(numbers, s.Voucher)
		}
	}
	return strings.Join(numbers, ", ")
}

// excludedTable shows who is left out, why, and where that can be mended; options is the first step of the wizard.
func (v *visit) excludedTable(list []reimbursement.ExcludedView, options string) ui.Table {
	part, next := window(v, list, func(x *reimbursement.ExcludedView) bool {
		return v.customerMatches(x.Customer) && (v.query("reason") == "" || v.query("reason") == string(x.Reason))
	})
	t := ui.Table{
		ID: "decisions", Caption: v.say("simulation.excluded"), Next: next, After: v.query("after") != "",
		Columns: []ui.Column{{Title: v.say("run.customer"), Kind: ui.Code}, {Title: v.say("run.currency")}, {Title: v.say("run.reason")}, {Title: v.say("run.detail"), Wide: true}, {Title: v.say("run.mend")}},
		Empty:   ui.Empty{Title: v.say("simulation.none_excluded")},
	}
	for _, x := range part {
		href := v.path("customers", x.Customer)
		t.Rows = append(t.Rows, ui.Row{ID: x.Customer, Name: x.Customer, Href: href, Cells: []ui.Cell{ui.LinkCell(x.Customer, href), ui.TextCell(x.Currency), {Text: v.reasonText(x.Reason)}, ui.TextCell(x.Detail), v.mend(x.Customer, x.Reason, options)}})
	}
	return t
}

// mend leads to where the reason for leaving a customer out can be taken away; options is where the run's options are chosen.
func (v *visit) mend(customer string, r reimbursement.Reason, options string) ui.Cell {
	switch r {
	case reimbursement.TooRecent, reimbursement.BelowMinimum, reimbursement.NoClassification:
		if options == "" {
			return ui.Cell{}
		}
		return ui.LinkCell(v.say("mend.options"), options)
	case reimbursement.CannotPost:
		return ui.LinkCell(v.say("mend.setup"), v.path("setup"))
	case reimbursement.TakenOut, reimbursement.Changed:
		return ui.Cell{}
	}
	return ui.LinkCell(v.say("mend."+string(r)), v.path("customers", customer))
}

func (v *visit) nettingTable(list []reimbursement.NettingView) ui.Table {
	part, next := window(v, list, func(x *reimbursement.NettingView) bool { return v.customerMatches(x.Customer) })
	t := ui.Table{
		ID: "decisions", Caption: v.say("simulation.nettings"), Next: next, After: v.query("after") != "",
		Columns: []ui.Column{{Title: v.say("run.customer"), Kind: ui.Code}, {Title: v.say("run.debit_voucher"), Kind: ui.Code}, {Title: v.say("run.credit_voucher"), Kind: ui.Code}, {Title: v.say("run.amount"), Kind: ui.Amounts}},
		Empty:   ui.Empty{Title: v.say("filter.none_match")},
	}
	for _, x := range part {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(x.Customer, v.path("customers", x.Customer)), ui.LinkCell(x.DebitVoucher, v.path("vouchers", x.DebitVoucher)), ui.LinkCell(x.CreditVoucher, v.path("vouchers", x.CreditVoucher)), {Text: x.Amount}}})
	}
	return t
}
