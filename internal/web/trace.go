package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/payout"
	"quittance/internal/web/ui"
)

func (s *site) routesTrace() {
	s.in("trace", "GET /trace", s.trace)
	s.in("control", "GET /control", s.control)
}

// trace follows the money of a document, from credits to bank lines.
func (s *site) trace(v *visit) error {
	of := v.query("of")
	page := ui.Page{Title: v.say("nav.trace"), Lead: v.say("trace.lead")}
	if of == "" {
		return v.show(page, traceBody("", nil))
	}
	x, err := v.app.Chain(v.ctx, v.call(), of)
	if err != nil {
		return err
	}
	if v.exported() {
		return export(v, "trace", columns([]string{"stage", "document", "type", "date", "party", "currency", "state"}, "amount"), whole(x.Nodes), func(n app.ChainNode) []string {
			return []string{n.Stage, n.Name, n.Type, n.Date.String(), n.Party, n.Currency, n.State, n.Amount}
		})
	}
	page.Actions = v.exports()
	var tables []ui.Table
	for _, stage := range []string{"credit", "invoice", "payment", "voucher", "bank_line"} {
		tables = append(tables, v.stageTable(x, stage))
	}
	note := ""
	if x.Cut {
		note = v.say("trace.cut")
	}
	return v.show(page, traceBody(note, tables))
}

// followed are the buttons that lead from a document (blank: none) to the way of its money, and from its run to the control of it.
func (v *visit) followed(name, run string) (all []ui.Action) {
	if name != "" {
		all = append(all, ui.Action{Text: v.say("trace.follow"), Href: v.path("trace") + "?of=" + escapeQuery(name)})
	}
	if run != "" {
		all = append(all, ui.Action{Text: v.say("trace.to_control"), Href: v.path("control") + "?run=" + escapeQuery(run)})
	}
	return all
}

// stageTable shows the documents of a stage and where their money went.
func (v *visit) stageTable(x *app.Chain, stage string) ui.Table {
	t := ui.Table{ID: "trace-" + stage, Caption: v.say("trace.stage." + stage), Dense: true, Columns: []ui.Column{
		{Title: v.say("trace.document"), Kind: ui.Code},
		{Title: v.say("items.date")},
		{Title: v.say("trace.party"), Kind: ui.Code},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("party.state"), Kind: ui.Status},
		{Title: v.say("trace.goes")},
	}, Empty: ui.Empty{Title: v.say("trace.none." + stage)}}
	for _, n := range x.Stage(stage) {
		href := v.stagePath(n)
		name := ui.Cell{Text: n.Name, Href: href, Sub: v.typeOf(n)}
		if n.Asked {
			name.Sub += " · " + v.say("trace.asked")
		}
		var goes []ui.Cell
		for _, j := range x.Joins {
			if j.Stage == stage && j.From == n.Name {
				goes = append(goes, ui.Cell{Text: j.To, Amount: j.Amount, Currency: j.Currency, Sub: v.stands(j)})
			}
		}
		state := ui.Cell{}
		if n.State != "" {
			state = ui.BadgeCell(v.stageBadge(n))
		}
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{
			name, ui.DayCell(v.with(), n.Date), ui.TextCell(cmp.Or(n.Party, "–")), ui.AmountCell(n.Amount, n.Currency), state, {Body: traceGoes(goes)},
		}})
	}
	return t
}

// stands says what of a join was taken back; blank when nothing was.
func (v *visit) stands(j app.ChainJoin) string {
	if j.Live == j.Amount || j.Live == "-"+j.Amount {
		return ""
	}
	return v.say("trace.stands", "amount", ui.Amount(v.with(), j.Live, j.Currency))
}

func (v *visit) typeOf(n app.ChainNode) string {
	switch n.Stage {
	case "payment":
		return v.say("vpay.kind." + n.Type)
	case "bank_line":
		return n.Type
	}
	return v.say("type." + n.Type)
}

func (v *visit) stagePath(n app.ChainNode) string {
	switch {
	case n.Stage == "payment":
		return v.paymentPath(n.Name)
	case n.Stage == "bank_line":
		if at := strings.LastIndex(n.Name, "/"); at > 0 {
			return v.bankPath(n.Name[:at]) // anybody may see the statement
		}
		return ""
	case n.Type == "reimbursement":
		return v.path("reimbursements", n.Name)
	}
	return v.path("vouchers", n.Name)
}

func (v *visit) stageBadge(n app.ChainNode) ui.Badge {
	if n.Stage == "payment" {
		return v.paymentBadge(payout.Status(n.State))
	}
	tone := "good"
	if n.State == "open" {
		tone = "warn"
	}
	return ui.Badge{Text: v.say("trace.state." + n.State), Tone: tone}
}

// control holds the sums against each other that must be the same.
func (s *site) control(v *visit) error {
	from, err := v.day("from")
	if err != nil {
		return err
	}
	to, err := v.day("to")
	if err != nil {
		return err
	}
	x, err := v.app.Control(v.ctx, v.call(), app.ControlFilter{From: from, To: to, Run: v.query("run")})
	if err != nil {
		return err
	}
	if v.exported() {
		return export(v, "control", columns([]string{"date", "run", "currency"}, "reimbursements", "credits", "reimbursed", "invoiced", "reversed", "paid", "otherwise", "open", "came_back", "off"), whole(x.Ways),
			func(w app.ControlWay) []string {
				return []string{w.Date.String(), w.Run, w.Currency, strconv.Itoa(w.Reimbursements), w.Credits, w.Reimbursed, w.Invoiced, w.Reversed, w.Paid, w.Otherwise, w.Open, w.CameBack, w.Off}
			})
	}
	page := ui.Page{Title: v.say("nav.control"), Lead: v.say("control.lead"), Actions: v.exports(), Badges: []ui.Badge{{Text: v.say("control.right"), Tone: "good"}}}
	if !x.Right {
		page.Badges[0] = ui.Badge{Text: v.say("control.wrong"), Tone: "bad"}
	}
	w := controlView{span: v.say("control.span", "from", ui.Day(v.with(), x.From), "to", ui.Day(v.with(), x.To)), ways: v.wayTable("ways", x.Ways), accounts: v.heldTable(x), banks: v.heldBanks(x)}
	if x.Run != "" {
		w.span = v.say("control.of_run", "run", x.Run)
	}
	if x.NOff > 0 {
		off := v.wayTable("off", x.Off)
		w.off = &off
	}
	return v.show(page, controlBody(w))
}

// controlView is what the page of the control shows.
type controlView struct {
	span            string
	ways            ui.Table
	off             *ui.Table
	accounts, banks ui.Table
}

// wayTable shows what became of the money of reimbursements.
func (v *visit) wayTable(id string, all []app.ControlWay) ui.Table {
	t := ui.Table{ID: "control-" + id, Caption: v.say("control." + id), Dense: true, Columns: []ui.Column{{Title: v.say("items.date"), Kind: ui.Date}, {Title: v.say("control.run"), Kind: ui.Code}}, Empty: ui.Empty{Title: v.say("control.none")}}
	shown := wayColumns(all)
	for _, c := range shown {
		t.Columns = append(t.Columns, ui.Column{Title: v.say("control." + c.key), Kind: ui.Amounts})
	}
	t.Columns = append(t.Columns, ui.Column{Title: v.say("control.differs"), Kind: ui.Amounts})
	for i := range all {
		w := &all[i]
		of := ui.Cell{Text: cmp.Or(w.Run, v.say("control.brought_in")), Sub: v.say("control.count", "n", w.Reimbursements)}
		if w.Run != "" {
			of.Href = v.path("runs", w.Run)
		}
		if w.Number != "" {
			of = ui.LinkCell(w.Number, v.path("reimbursements", w.Number))
		}
		row := ui.Row{Cells: []ui.Cell{ui.DayCell(v.with(), w.Date), of}}
		for _, c := range shown {
			row.Cells = append(row.Cells, ui.AmountCell(c.of(w), w.Currency))
		}
		differs := ui.TextCell("–")
		if !zero(w.Off) {
			differs, row.Tone = ui.AmountCell(w.Off, w.Currency), "bad"
		}
		row.Cells = append(row.Cells, differs)
		t.Rows = append(t.Rows, row)
	}
	return t
}

// wayColumn is a column of amounts.
type wayColumn struct {
	key string
	of  func(*app.ControlWay) string
}

// wayColumns gives the columns that are shown: what is rare only where there is some of it.
func wayColumns(all []app.ControlWay) []wayColumn {
	rare := []string{"otherwise", "reversed", "came_back"}
	return slices.DeleteFunc([]wayColumn{
		{"credits", func(w *app.ControlWay) string { return w.Credits }},
		{"reimbursed", func(w *app.ControlWay) string { return w.Reimbursed }},
		{"invoiced", func(w *app.ControlWay) string { return w.Invoiced }},
		{"paid", func(w *app.ControlWay) string { return w.Paid }},
		{"otherwise", func(w *app.ControlWay) string { return w.Otherwise }},
		{"reversed", func(w *app.ControlWay) string { return w.Reversed }},
		{"open", func(w *app.ControlWay) string { return w.Open }},
		{"came_back", func(w *app.ControlWay) string { return w.CameBack }},
	}, func(c wayColumn) bool {
		return slices.Contains(rare, c.key) && !slices.ContainsFunc(all, func(w app.ControlWay) bool { return !zero(c.of(&w)) })
	})
}

// heldTable shows control accounts and their open items.
func (v *visit) heldTable(x *app.Control) ui.Table {
	t := ui.Table{ID: "control-accounts", Caption: v.say("control.accounts"), Dense: true, Columns: []ui.Column{
		{Title: v.say("voucher.account"), Kind: ui.Code},
		{Title: v.say("control.side")},
		{Title: v.say("control.ledger"), Kind: ui.Amounts, Note: x.Currency},
		{Title: v.say("control.items"), Kind: ui.Amounts, Note: x.Currency},
		{Title: v.say("control.differs"), Kind: ui.Amounts, Note: x.Currency},
	}, Empty: ui.Empty{Title: v.say("control.none")}}
	for _, h := range x.Accounts {
		differs, tone := ui.TextCell("–"), ""
		if !zero(h.Off) {
			differs, tone = ui.AmountCell(h.Off, x.Currency), "bad"
			for _, p := range h.Parties {
				differs.Sub += p + " "
			}
		}
		t.Rows = append(t.Rows, ui.Row{Tone: tone, Cells: []ui.Cell{
			ui.LinkCell(h.Account, v.path("accounts", h.Account)), ui.TextCell(v.say("kind." + h.Side)), ui.AmountCell(h.Ledger, x.Currency), ui.AmountCell(h.Items, x.Currency), differs,
		}})
	}
	return t
}

// heldBanks shows bank accounts and their statements.
func (v *visit) heldBanks(x *app.Control) ui.Table {
	t := ui.Table{ID: "control-banks", Caption: v.say("control.banks"), Dense: true, Columns: []ui.Column{
		{Title: v.say("vpay.bank"), Kind: ui.Code},
		{Title: v.say("control.until"), Kind: ui.Date},
		{Title: v.say("control.ledger"), Kind: ui.Amounts},
		{Title: v.say("control.outstanding"), Kind: ui.Amounts},
		{Title: v.say("control.unreconciled"), Kind: ui.Amounts},
		{Title: v.say("control.later"), Kind: ui.Amounts},
		{Title: v.say("control.opening"), Kind: ui.Amounts},
		{Title: v.say("control.statement"), Kind: ui.Amounts},
		{Title: v.say("control.differs"), Kind: ui.Amounts},
	}, Empty: ui.Empty{Title: v.say("control.no_bank")}}
	for i := range x.Banks {
		b := &x.Banks[i]
		differs, tone := ui.TextCell("–"), ""
		if !zero(b.Off) {
			differs, tone = ui.AmountCell(b.Off, b.Currency), "bad"
		}
		row := ui.Row{Tone: tone, Cells: []ui.Cell{ui.TextCell(b.Bank), ui.DayCell(v.with(), b.Date)}}
		for _, a := range []string{b.Ledger, b.Outstanding, b.Unreconciled, b.Later, b.Opening, b.Statement} {
			row.Cells = append(row.Cells, ui.AmountCell(a, b.Currency))
		}
		t.Rows = append(t.Rows, row)
		t.Rows[len(t.Rows)-1].Cells = append(row.Cells, differs)
	}
	for _, code := range x.Without {
		t.Rows = append(t.Rows, ui.Row{Tone: "muted", Cells: []ui.Cell{ui.TextCell(code), ui.TextCell(v.say("control.no_statement")), {}, {}, {}, {}, {}, {}, {}}})
	}
	return t
}

// zero says whether a decimal is nothing.
func zero(decimal string) bool { return strings.Trim(decimal, "0.") == "" }
