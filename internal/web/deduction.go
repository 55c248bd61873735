package web

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/web/chart"
	"quittance/internal/web/ui"
)

// deductionView is the record of a deduction as its page shows it.
type deductionView struct {
	d           *app.DeductionView
	stats       []ui.Stat
	axes        []axis
	parts       chart.Parts
	source      []ui.Definition
	held        []ui.Definition
	work        []ui.Definition
	dispute     []ui.Definition
	resolutions ui.Table
	children    ui.Table
	evidence    ui.Table
	missing     []string
	types       []ui.Option // of evidence
	matches     ui.Table
	events      []ui.Event
	may         bool // the reader may work on it
	open        bool // something of it remains
	watching    bool
	attach      ui.Form
	comment     ui.Form
}

// axis is one of the three states of a deduction.
type axis struct {
	name  string
	badge ui.Badge
}

func (v *visit) deductionCrumbs(number string) []ui.Link {
	return []ui.Link{{Text: v.say("nav.deductions"), Href: v.path("deductions")}, {Text: number, Href: v.path("deductions", number)}}
}

// deduction shows a record.
func (s *site) deduction(v *visit) error { return v.showDeduction(nil, "") }

// showDeduction shows a record; wrong is what was refused of the form of that name on its page.
func (v *visit) showDeduction(wrong error, form string) error {
	d, err := v.app.Deduction(v.ctx, v.call(), v.r.PathValue("number"))
	if err != nil {
		return err
	}
	w := deductionView{
		d: d, stats: v.recordStats(d), axes: v.axes(d), parts: v.amountParts(d), source: v.recordSource(d), held: v.recordHold(d), work: v.recordWork(d), dispute: v.recordDispute(d),
		resolutions: v.resolutionTable(d), children: v.childTable(d), evidence: v.evidenceTable(d), matches: v.matchTable(d), events: v.deductionHistory(d),
		may: v.may(identity.Deduct), open: !ui.Zero(d.Remaining) && (d.State == "held" || d.State == "claim"), watching: slices.Contains(d.Watchers, v.user.Name),
		attach:  ui.Form{Action: v.path("deductions", d.Number, "evidence"), Submit: v.say("deductions.attach"), Files: true},
		comment: ui.Form{Action: v.path("deductions", d.Number, "comment"), Submit: v.say("deductions.comment_add")},
	}
	for _, x := range d.EvidenceMissing {
		w.missing = append(w.missing, v.evidenceName(x))
	}
	types := slices.Clone(d.EvidenceMissing)
	for _, x := range evidenceTypes {
		if !slices.Contains(types, x) {
			types = append(types, x)
		}
	}
	for _, x := range types {
		w.types = append(w.types, ui.Option{Value: x, Text: v.evidenceName(x)})
	}
	if form == "comment" {
		w.comment.Err, w.comment.Typed = wrong, v.typed()
	} else if wrong != nil {
		w.attach.Err, w.attach.Typed = wrong, v.typed()
	}
	page := ui.Page{Title: d.Number, Lead: strings.TrimSpace(d.Customer + " " + d.CustomerName), Badges: v.recordBadges(d), Crumbs: []ui.Link{{Text: v.say("nav.deductions"), Href: v.path("deductions")}}, Actions: v.recordActions(d, w.open)}
	if wrong != nil {
		return v.again(wrong, page, deductionBody(w))
	}
	return v.showApproved(page, deductionBody(w), "", d.Number)
}

var evidenceTypes = []string{"claim", "proof_of_delivery", "bill_of_lading", "price_agreement", "email", "other"}

// evidenceName names a type of evidence; a company may have types of its own.
func (v *visit) evidenceName(kind string) string {
	if slices.Contains(evidenceTypes, kind) {
		return v.say("deduction.evidence." + kind)
	}
	return kind
}

func (v *visit) axes(d *app.DeductionView) []axis {
	dispute := v.disputeBadge(d.Dispute)
	if dispute.Text == "" {
		dispute = ui.Badge{Text: v.say("deduction.dispute.not_disputed")}
	}
	return []axis{{v.say("deductions.financial"), v.financialBadge(d.Financial)}, {v.say("deductions.work"), v.workBadge(&d.DeductionRow)}, {v.say("deductions.dispute"), dispute}}
}

func (v *visit) recordBadges(d *app.DeductionView) (all []ui.Badge) {
	if d.DuplicateOf != "" {
		all = append(all, ui.Badge{Text: v.say("deductions.duplicate_of", "number", d.DuplicateOf), Tone: "bad"})
	}
	if d.Automatic {
		all = append(all, ui.Badge{Text: v.say("deductions.automatic"), Tone: "info"})
	}
	if b := v.windowBadge(&d.DeductionRow); b.Text != "" && d.ClosedAt == "" {
		all = append(all, b)
	}
	return all
}

func (v *visit) recordActions(d *app.DeductionView, open bool) (all []ui.Action) {
	at := func(part string) string { return v.path("deductions", d.Number, part) }
	pending := d.Work == "pending_approval"
	if v.may(identity.Approve) && pending {
		all = append(all, ui.Action{Text: v.say("deductions.reject"), Href: at("reject")}, ui.Action{Text: v.say("deductions.approve"), Href: at("approve"), Primary: true})
	}
	if !v.may(identity.Deduct) || d.State == "reversed" || d.State == "voided" {
		return all
	}
	all = append(all, ui.Action{Text: v.say("deductions.edit"), Href: at("edit")})
	if d.State == "claim" && open {
		all = append(all, ui.Action{Text: v.say("deductions.withdraw"), Href: at("withdraw")})
	}
	if len(d.NextDispute) > 0 {
		all = append(all, ui.Action{Text: v.say("deductions.move_dispute"), Href: at("dispute")})
	}
	if open && d.State == "held" {
		all = append(all, ui.Action{Text: v.say("payments.split"), Href: at("split"), Icon: "split"})
	}
	if open && !pending {
		all = append(all, ui.Action{Text: v.say("deductions.resolve"), Href: at("resolve"), Primary: true})
	}
	return all
}

func (v *visit) recordStats(d *app.DeductionView) []ui.Stat {
	all := []ui.Stat{{Name: v.say("deductions.original"), Amount: d.Amount, Currency: d.Currency}, {Name: v.say("deductions.remaining"), Amount: d.Remaining, Currency: d.Currency}}
	if !ui.Zero(d.Remaining) {
		all = append(all, ui.Stat{Name: v.say("deductions.expected"), Amount: d.Expected, Currency: d.Currency, Sub: v.say("deductions.expected_sub")})
	}
	if !ui.Zero(d.PaidBack) {
		all = append(all, ui.Stat{Name: v.say("deductions.paid_back"), Amount: d.PaidBack, Currency: d.Currency})
	}
	return all
}

// amountParts draws what became of the amount: resolved by kind, split off, remaining.
func (v *visit) amountParts(d *app.DeductionView) chart.Parts {
	c := chart.Parts{Head: chart.Head{ID: "amounts", Title: v.say("deductions.amounts"), Desc: v.say("deductions.amounts_desc"), Table: v.say("table.as_table"), Names: []string{v.say("deductions.part"), v.say("items.amount")}}}
	byKind := map[string]*tally{}
	for _, r := range d.Resolutions {
		if r.State == "posted" {
			if byKind[r.Kind] == nil {
				byKind[r.Kind] = &tally{}
			}
			byKind[r.Kind].add(r.Amount, d.Currency)
		}
	}
	point := func(label, amount, tone string) {
		if !ui.Zero(amount) {
			c.Points = append(c.Points, chart.Point{Label: label, Text: ui.Money(v.with(), amount, d.Currency), Value: chart.Length(amount), Tone: tone})
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		if sum, err := byKind[kind].text(d.Currency); err == nil {
			point(v.say("deduction.kind."+kind), sum, "")
		}
	}
	point(v.say("deductions.split_off"), d.Split, "muted")
	point(v.say("deductions.remaining"), d.Remaining, "warn")
	return c
}

func (v *visit) recordSource(d *app.DeductionView) []ui.Definition {
	allowed := v.say("state.no")
	if d.Allowed {
		allowed = v.say("state.yes")
	}
	journal := ui.Cell{}
	if d.Journal != "" {
		journal = ui.LinkCell(v.say("payments.line_of", "journal", d.Journal, "line", strconv.Itoa(d.JournalLine)), v.path("payments", d.Journal, "lines", strconv.Itoa(d.JournalLine)))
	}
	list := []ui.Definition{
		{Name: v.say("kind.customer"), Value: ui.Cell{Text: d.Customer, Href: v.path("customers", d.Customer), Sub: d.CustomerName}},
		{Name: v.say("payments.taken_from"), Value: v.voucherLink(d.Invoice)},
		{Name: v.say("type.payment"), Value: v.voucherLink(d.Payment)},
		{Name: v.say("kind.payment_journal"), Value: journal},
		{Name: v.say("deductions.capture"), Value: v.voucherLink(d.Voucher)},
		{Name: v.say("deductions.captured"), Value: ui.DayCell(v.with(), d.Captured)},
		{Name: v.say("deductions.type"), Value: ui.TextCell(d.Type)},
		{Name: v.say("deductions.allowed"), Value: ui.TextCell(allowed)},
		{Name: v.say("deductions.reason"), Value: ui.TextCell(d.Reason)},
		{Name: v.say("deductions.their_code"), Value: ui.TextCell(d.TheirCode)},
		{Name: v.say("deductions.claim_number"), Value: ui.TextCell(d.ClaimNumber)},
		{Name: v.say("deductions.account"), Value: ui.TextCell(d.Account)},
		{Name: v.say("deductions.plan"), Value: ui.TextCell(d.Plan)},
		{Name: v.say("deductions.note"), Value: ui.TextCell(d.Note)},
	}
	if d.Basis != "" {
		list = append(list, ui.Definition{Name: v.say("deductions.basis"), Value: ui.TextCell(v.say("deduction.basis." + d.Basis))})
	}
	if d.Parent != "" {
		list = append(list, ui.Definition{Name: v.say("deductions.parent"), Value: ui.LinkCell(d.Parent, v.path("deductions", d.Parent))})
	}
	if d.DuplicateOf != "" {
		list = append(list, ui.Definition{Name: v.say("deduction.work.duplicate"), Value: ui.LinkCell(d.DuplicateOf, v.path("deductions", d.DuplicateOf))})
	}
	return list
}

// voucherLink leads to a voucher; blank is blank.
func (v *visit) voucherLink(number string) ui.Cell {
	if number == "" {
		return ui.Cell{}
	}
	return ui.LinkCell(number, v.path("vouchers", number))
}

// recordHold says where the deduction is held.
func (v *visit) recordHold(d *app.DeductionView) []ui.Definition {
	if d.Hold == "" {
		return nil
	}
	list := []ui.Definition{{Name: v.say("deductions.hold"), Value: ui.TextCell(v.say("deduction.hold." + d.Hold))}}
	if d.Holder != "" {
		list = append(list, ui.Definition{Name: v.say("deductions.holder"), Value: ui.LinkCell(d.Holder, v.path("customers", d.Holder))})
	}
	if d.Held != "" {
		list = append(list, ui.Definition{Name: v.say("deductions.held_open"), Value: ui.Cell{Amount: d.Held, Currency: d.Currency, Sub: d.Currency}})
	}
	for _, m := range d.Marks {
		list = append(list, ui.Definition{Name: v.say("marks.title"), Value: ui.Cell{Text: strings.TrimSpace(m.Journal + " " + m.Line), Sub: m.Holder + " · " + ui.Money(v.with(), m.Amount, d.Currency)}})
	}
	return list
}

func (v *visit) recordWork(d *app.DeductionView) []ui.Definition {
	list := []ui.Definition{
		{Name: v.say("deductions.owner"), Value: ui.TextCell(d.Owner)},
		{Name: v.say("deductions.team"), Value: ui.TextCell(d.Team)},
		{Name: v.say("deductions.follow_up"), Value: ui.DayCell(v.with(), d.FollowUp)},
		{Name: v.say("deductions.watchers"), Value: ui.TextCell(strings.Join(d.Watchers, ", "))},
		{Name: v.say("payments.created"), Value: ui.Cell{Text: d.CreatedBy, Sub: ui.Instant(v.with(), d.CreatedAt)}},
	}
	if d.Priority != 0 {
		list = append(list, ui.Definition{Name: v.say("deductions.priority"), Value: ui.TextCell(strconv.Itoa(d.Priority))})
	}
	if d.ClosedAt != "" {
		list = append(list, ui.Definition{Name: v.say("deductions.closed"), Value: ui.InstantCell(v.with(), d.ClosedAt)})
	}
	return list
}

func (v *visit) recordDispute(d *app.DeductionView) []ui.Definition {
	list := []ui.Definition{
		{Name: v.say("deductions.window_until"), Value: ui.DayCell(v.with(), d.Expires)},
		{Name: v.say("deductions.earliest"), Value: ui.DayCell(v.with(), d.EarliestDispute)},
		{Name: v.say("deductions.disputed_at"), Value: ui.DayCell(v.with(), d.DisputedAt)},
		{Name: v.say("deductions.answer_due"), Value: ui.DayCell(v.with(), d.AnswerDue)},
	}
	if d.Attempts > 0 || d.AttemptsLeft != nil {
		text := strconv.Itoa(d.Attempts)
		if d.AttemptsLeft != nil {
			text = v.say("deductions.attempts_left", "done", strconv.Itoa(d.Attempts), "left", strconv.Itoa(*d.AttemptsLeft))
		}
		list = append(list, ui.Definition{Name: v.say("deductions.attempts"), Value: ui.TextCell(text)})
	}
	return list
}

// resolutionTable lists what became of parts of the deduction, each with its voucher and the way back.
func (v *visit) resolutionTable(d *app.DeductionView) ui.Table {
	t := ui.Table{ID: "resolutions", Caption: v.say("deductions.resolutions"), Dense: true, Columns: []ui.Column{
		{Title: v.say("items.date"), Kind: ui.Date},
		{Title: v.say("deductions.how")},
		{Title: v.say("deductions.charged_to"), Kind: ui.Code, Wide: true},
		{Title: v.say("party.state"), Kind: ui.Status},
		{Title: v.say("items.amount"), Kind: ui.Amounts, Note: d.Currency},
		{Title: v.say("items.voucher"), Kind: ui.Code},
		{Title: v.say("deductions.by"), Wide: true},
		{Title: v.say("deductions.undo"), Quiet: true},
	}, Empty: ui.Empty{Title: v.say("deductions.resolutions_none")}}
	for _, r := range d.Resolutions {
		how := ui.Cell{Text: v.say("deduction.kind." + r.Kind), Sub: strings.TrimSpace(r.Reason + " " + r.Text)}
		to := ui.TextCell(strings.TrimSpace(r.Account + " " + r.Plan))
		if r.Counterpart != "" {
			to = v.voucherLink(r.Counterpart)
			to.Sub = strings.TrimSpace(r.Account + " " + r.Plan)
		}
		voucher := v.voucherLink(r.Voucher)
		row := ui.Row{}
		undo := ui.Cell{}
		switch r.State {
		case "reversed":
			row.Tone, undo = "muted", v.voucherLink(r.Reversal)
		case "posted":
			if v.may(identity.Deduct) {
				undo = ui.LinkCell(v.say("payments.reverse"), v.path("deductions", d.Number, "resolutions", strconv.FormatInt(r.ID, 10), "reverse"))
			}
		}
		by := ui.Cell{Text: r.Actor, Sub: ui.Instant(v.with(), r.At)}
		if r.DecidedBy != "" {
			by.Text += " · " + r.DecidedBy
		}
		tone := map[string]string{"proposed": "warn", "posted": "good", "rejected": "bad"}[r.State]
		row.Cells = []ui.Cell{ui.DayCell(v.with(), r.Date), how, to, ui.BadgeCell(ui.Badge{Text: v.say("deduction.resolution." + r.State), Tone: tone}), ui.AmountCell(r.Amount, d.Currency), voucher, by, undo}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (v *visit) childTable(d *app.DeductionView) ui.Table {
	t := ui.Table{ID: "children", Caption: v.say("deductions.children"), Dense: true, Columns: []ui.Column{
		{Title: v.say("kind.deduction"), Kind: ui.Code}, {Title: v.say("deductions.reason")}, {Title: v.say("deductions.financial"), Kind: ui.Status}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: d.Currency}, {Title: v.say("deductions.remaining"), Kind: ui.Amounts, Note: d.Currency},
	}}
	for _, c := range d.Children {
		href := v.path("deductions", c.Number)
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{ui.LinkCell(c.Number, href), ui.TextCell(c.Reason), ui.BadgeCell(v.financialBadge(c.Financial)), ui.AmountCell(c.Amount, d.Currency), ui.AmountCell(c.Remaining, d.Currency)}})
	}
	return t
}

func (v *visit) evidenceTable(d *app.DeductionView) ui.Table {
	t := ui.Table{ID: "evidence", Caption: v.say("deductions.evidence"), Dense: true, Columns: []ui.Column{
		{Title: v.say("deductions.file")}, {Title: v.say("items.type")}, {Title: v.say("deductions.size"), Kind: ui.Count, Wide: true}, {Title: v.say("deductions.by"), Wide: true}, {Title: v.say("payments.remove"), Quiet: true},
	}, Empty: ui.Empty{Title: v.say("deductions.evidence_none"), Lead: v.say("deductions.evidence_none_lead")}}
	for _, e := range d.Evidence {
		id := strconv.FormatInt(e.ID, 10)
		take := ui.Cell{}
		if v.may(identity.Deduct) {
			take = ui.LinkCell(v.say("payments.remove"), v.path("deductions", d.Number, "evidence", id, "remove"))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: e.Name, Href: v.path("deductions", d.Number, "evidence", id)}, ui.TextCell(v.evidenceName(e.Type)), ui.TextCell(v.bytes(e.Size)), {Text: e.By, Sub: ui.Instant(v.with(), e.At)}, take,
		}})
	}
	return t
}

// bytes writes the size of a file.
func (v *visit) bytes(n int64) string {
	const kilo = 1024
	if n < kilo {
		return ui.Number(v.with(), n) + " B"
	}
	return ui.Number(v.with(), (n+kilo/2)/kilo) + " kB"
}

// matchTable lists what the search proposes, with why.
func (v *visit) matchTable(d *app.DeductionView) ui.Table {
	t := ui.Table{ID: "matches", Caption: v.say("deductions.matches"), Dense: true, Columns: []ui.Column{
		{Title: v.say("deductions.score"), Kind: ui.Count}, {Title: v.say("deductions.candidate"), Kind: ui.Code}, {Title: v.say("deductions.why")}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: d.Currency}, {Title: v.say("deductions.resolve"), Quiet: true},
	}, Empty: ui.Empty{Title: v.say("deductions.matches_none")}}
	for _, m := range d.Matches {
		q := url.Values{"kind": {"match"}, "credit": {m.Voucher}, "party": {m.Party}, "amount": {m.Amount}}
		what := v.voucherLink(m.Voucher)
		what.Sub = m.Party
		if m.Kind == "plan" {
			q = url.Values{"kind": {"accrual_plan"}, "plan": {m.Plan}, "amount": {m.Amount}}
			what = ui.Cell{Text: m.Plan, Sub: v.say("deductions.plan")}
		}
		use := ui.Cell{}
		if v.may(identity.Deduct) {
			use = ui.LinkCell(v.say("deductions.use"), v.path("deductions", d.Number, "resolve")+"?"+q.Encode())
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(strconv.Itoa(m.Score)), what, {Body: matchReasons(v.reasonTexts(m.Reasons))}, ui.AmountCell(m.Amount, d.Currency), use}})
	}
	return t
}

// reasonTexts say what a score is made of.
func (v *visit) reasonTexts(reasons []app.MatchReason) (all []string) {
	for _, r := range reasons {
		text := strings.TrimSpace(r.Reason + " " + r.Detail)
		if key := "match." + r.Reason + "." + r.Detail; v.frame.Lang.Has(key) {
			text = v.say(key, "value", r.Value)
		}
		all = append(all, v.say("deductions.points", "text", text, "points", strconv.Itoa(r.Points)))
	}
	return all
}
