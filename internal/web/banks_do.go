package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/bank"
	"quittance/internal/fault"
	"quittance/internal/web/ui"
)

const (
	matchesLooked = 500 // that a page of acceptance names
	usualScore    = 95
)

// nameParts are the parts of a name, such as VPJ-00000001/1.
func nameParts(name string) []string { return strings.Split(name, "/") }

// sentence sets reasons one after the other.
func sentence(reasons []string) string { return strings.Join(reasons, ", ") }

func scoreTone(score int) string {
	switch {
	case score >= usualScore:
		return "good"
	case score >= 75:
		return "info"
	}
	return "warn"
}

// byHand leads to the page that looks for what a line is; what is proposed but off is chosen already.
func byHand(l bankLineView) string {
	if l.Match == nil || l.Match.Return {
		return l.Href + "?amount=" + url.QueryEscape(l.Amount)
	}
	return l.Href + "?" + url.Values{"pick": l.Match.Vouchers}.Encode()
}

// score reads the score from which matches are accepted.
func (v *visit) score() int {
	n, err := strconv.Atoi(v.r.FormValue("score"))
	if err != nil || n < 1 || n > 100 {
		return usualScore
	}
	return n
}

// acceptable gives the matches of a statement from a score on, at most so many as a page names.
func (v *visit) acceptable(name string, score int) (list []app.BankLine, currency string, total sums, err error) {
	x, err := v.app.BankStatement(v.ctx, v.call(), name)
	if err != nil {
		return nil, "", total, err
	}
	part, err := v.app.BankStatementLines(v.ctx, v.call(), name, app.BankLineFilter{State: bank.Open, Explain: true}, app.Page{Limit: matchesLooked})
	if err != nil {
		return nil, "", total, err
	}
	for _, l := range part.Items {
		if l.Match != nil && !l.Match.Return && l.Match.Score >= score && ui.Zero(l.Match.Difference) {
			list = append(list, l)
			if err := total.add(x.Currency, l.Amount); err != nil {
				return nil, "", total, err
			}
		}
	}
	return list, x.Currency, total, nil
}

// acceptForm shows what is accepted from a score on.
func (v *visit) acceptForm(wrong error) error {
	name, score := v.thisBankName(), v.score()
	list, currency, total, err := v.acceptable(name, score)
	if err != nil {
		return err
	}
	at := v.bankPath(name)
	t := ui.Table{ID: "matches", Caption: v.say("bank.matches"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("bank.line"), Kind: ui.Code}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: currency}, {Title: v.say("bank.score_title"), Kind: ui.Count}, {Title: v.say("bank.right"), Kind: ui.Code}, {Title: v.say("vpay.why")},
	}, 4), Empty: ui.Empty{Title: v.say("bank.none_sure"), Lead: v.say("bank.none_sure_lead")}}
	for _, l := range list {
		of := l.Match.Payments
		if len(of) == 0 {
			of = l.Match.Vouchers
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: l.Line, Sub: ui.Day(v.with(), l.Booked)}, ui.AmountCell(l.Amount, currency), ui.CountCell(v.with(), int64(l.Match.Score)), ui.TextCell(joined(of)), ui.TextCell(sentence(v.whys(l.Match.Reasons))),
		}})
	}
	amount := v.money(total.s.View())
	f := ui.Form{Action: at + "/accept", Submit: v.say("bank.accept_submit", "n", len(list), "amount", amount), Cancel: at, Typed: v.typed(), Err: wrong}
	page := ui.Page{Title: v.say("bank.accept_all"), Crumbs: []ui.Link{v.banksCrumb(), {Text: name, Href: at}}}
	body := bankAcceptBody(f, strconv.Itoa(score), seenJournal(len(list), amount), v.say("bank.accept_what", "n", len(list), "score", score), t)
	if wrong != nil {
		return v.again(wrong, page, body)
	}
	return v.show(page, body)
}

// acceptMatches accepts one match, or all from a score on, as they were seen.
func (s *site) acceptMatches(v *visit) error {
	name := v.thisBankName()
	at := v.bankPath(name)
	x := app.BankAccepting{Statement: name}
	if line := v.form("line"); line != "" {
		x.Lines = []app.BankAccept{{Line: line, Match: v.form("match")}}
	} else {
		list, _, total, err := v.acceptable(name, v.score())
		if err != nil {
			return err
		}
		if len(list) > 0 { // else it was sent twice
			if err := v.changedSince(v.form("seen"), seenJournal(len(list), v.money(total.s.View()))); err != nil {
				return v.acceptForm(err)
			}
		}
		for _, l := range list {
			x.Lines = append(x.Lines, app.BankAccept{Line: l.Line, Match: l.Match.Key})
		}
		if len(list) == 0 {
			return v.told(at, "warn", v.say("bank.none_sure"))
		}
	}
	done, err := v.app.AcceptBankMatches(v.ctx, v.call(), x)
	if err != nil {
		return err
	}
	text := v.say("bank.accepted", "n", done.Count)
	tone := "good"
	for _, r := range done.Refused[:min(len(done.Refused), 3)] {
		tone = "warn"
		text += " " + r.Line + ": " + r.Problem + "."
	}
	return v.told(at, tone, text)
}

// thisBankLine gives the line of the address with the statement that it is of.
func (v *visit) thisBankLine() (*app.BankStatement, bankLineView, error) {
	l, err := v.app.BankLine(v.ctx, v.call(), v.thisBankName())
	if err != nil {
		return nil, bankLineView{}, err
	}
	x, err := v.app.BankStatement(v.ctx, v.call(), v.r.PathValue("bank")+"/"+v.r.PathValue("n"))
	if err != nil {
		return nil, bankLineView{}, err
	}
	return x, v.bankLineView(x, l), nil
}

func (v *visit) bankLinePage(x *app.BankStatement, title string) ui.Page {
	return ui.Page{Title: title, Crumbs: []ui.Link{v.banksCrumb(), {Text: x.Statement, Href: v.bankPath(x.Statement)}}}
}

// bankLine looks for what a line is, by hand.
func (s *site) bankLine(v *visit) error {
	x, l, err := v.thisBankLine()
	if err != nil {
		return err
	}
	at := v.bankPath(x.Statement)
	if l.Reconciled {
		return v.told(at, "info", v.say("bank.is_reconciled", "line", l.Line))
	}
	part, err := v.app.BankEntries(v.ctx, v.call(), x.Bank, app.BankEntrySearch{Text: v.query("q"), Amount: v.query("amount")}, v.part())
	if err != nil {
		return err
	}
	picks := v.r.URL.Query()["pick"]
	chosen := map[string]bool{}
	for _, p := range picks[:min(len(picks), matchesLooked)] {
		if more, err := v.app.BankEntries(v.ctx, v.call(), x.Bank, app.BankEntrySearch{Text: p}, app.Page{Limit: 10}); err == nil && !chosen[p] {
			for _, e := range more.Items {
				if e.Voucher == p {
					chosen[p] = true
					part.Items = append([]app.BankEntry{e}, part.Items...)
				}
			}
		}
	}
	t := ui.Table{ID: "entries", Caption: v.say("bank.entries"), Next: part.Next, After: v.query("after") != "", Columns: wide([]ui.Column{
		{Title: v.say("bank.choose"), Quiet: true}, {Title: v.say("items.voucher"), Kind: ui.Code}, {Title: v.say("items.date"), Kind: ui.Date}, {Title: v.say("vpay.payee")}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: x.Currency}, {Title: v.say("vpay.payment"), Kind: ui.Code},
	}, 5), Empty: ui.Empty{Title: v.say("bank.no_entries"), Lead: v.say("bank.no_entries_lead")}}
	seen := map[string]bool{}
	for _, e := range part.Items {
		if seen[e.Voucher] {
			continue
		}
		seen[e.Voucher] = true
		payment := ui.Cell{}
		if e.Payment != "" {
			payment = ui.Cell{Text: e.Payment, Href: v.paymentPath(e.Payment), Sub: e.Check}
		}
		t.Rows = append(t.Rows, ui.Row{ID: e.Voucher, Cells: []ui.Cell{
			{Body: pickBox(e.Voucher, chosen[e.Voucher])}, ui.LinkCell(e.Voucher, v.path("vouchers", e.Voucher)), ui.DayCell(v.with(), e.Date), {Text: e.Payee, Sub: e.Text}, ui.AmountCell(e.Amount, x.Currency), payment,
		}})
	}
	difference := ui.Field{Name: "difference", Label: v.say("bank.difference_account"), Hint: v.say("bank.difference_hint"), Mono: true, Value: v.query("difference")}
	page := v.bankLinePage(x, v.say("bank.by_hand_title", "line", l.Line))
	page.Lead = v.say("bank.by_hand_lead")
	return v.show(page, bankHandBody(l, t, at, difference))
}

// reconcileForm shows what reconciling a line by hand would do, as its address or the form says.
func (v *visit) reconcileForm(wrong error) error {
	x, l, err := v.thisBankLine()
	if err != nil {
		return err
	}
	picks, difference := v.r.URL.Query()["pick"], v.query("difference")
	if v.r.Method == http.MethodPost {
		picks, difference = v.r.PostForm["pick"], v.form("difference")
	}
	if len(picks) > matchesLooked {
		return fault.New(fault.Limited, "%d vouchers are more than the %d that can be chosen together", len(picks), matchesLooked)
	}
	page := v.bankLinePage(x, v.say("bank.by_hand_title", "line", l.Line))
	back := l.Href + "?" + url.Values{"pick": picks, "difference": {difference}}.Encode()
	page.Crumbs = append(page.Crumbs, ui.Link{Text: l.Line, Href: back})
	req := app.BankReconciling{Line: l.Line, Vouchers: picks, Difference: difference}
	var shown templ.Component
	if wrong == nil {
		effect, err := v.app.PreviewReconcileBankLine(v.ctx, v.call(), req)
		if err != nil {
			wrong = err
		} else {
			shown = v.vouchersToCome(effect.Vouchers)
		}
	}
	if wrong != nil {
		return v.again(wrong, page, bankRefusedBody(wrong, back))
	}
	f := ui.Form{Action: l.Href + "/reconcile", Submit: v.say("bank.reconcile_submit", "line", l.Line, "amount", ui.Money(v.with(), l.Amount, x.Currency)), Cancel: back}
	says := []string{v.say("bank.reconcile_what", "n", len(picks), "vouchers", joined(picks))}
	if difference != "" {
		says = append(says, v.say("bank.reconcile_difference", "account", difference))
	}
	return v.show(page, bankReconcileBody(f, picks, difference, says, shown))
}

func (s *site) reconcileLine(v *visit) error {
	name := v.thisBankName()
	done, err := v.app.ReconcileBankLine(v.ctx, v.call(), app.BankReconciling{Line: name, Vouchers: v.r.PostForm["pick"], Difference: v.form("difference")})
	if err != nil {
		return v.reconcileForm(err)
	}
	text := v.say("bank.reconciled_line", "line", name)
	if done.Voucher != "" {
		text += " " + v.say("bank.difference_posted", "voucher", done.Voucher)
	}
	return v.done(v.bankPath(v.r.PathValue("bank")+"/"+v.r.PathValue("n")), text)
}

// undoBankForm says what undoing means; what must be undone first is told when it is refused.
func (v *visit) undoBankForm(wrong error) error {
	x, l, err := v.thisBankLine()
	if err != nil {
		return err
	}
	at := v.bankPath(x.Statement)
	if !l.Reconciled && wrong == nil {
		return v.told(at, "info", v.say("bank.is_open", "line", l.Line))
	}
	says := []string{v.say("bank.undo_what")}
	if l.Reconciliation != nil && l.Reconciliation.Difference != "" {
		says = append(says, v.say("bank.undo_difference", "voucher", l.Reconciliation.Difference))
	}
	f := ui.Form{Action: l.Href + "/undo", Submit: v.say("bank.undo_submit", "line", l.Line, "amount", ui.Money(v.with(), l.Amount, x.Currency)), Cancel: at, Danger: true, Err: wrong}
	page := v.bankLinePage(x, v.say("bank.undo"))
	page.Narrow = true
	body := paymentStepBody(f, "", says, nil)
	if wrong != nil {
		return v.again(wrong, page, body)
	}
	return v.show(page, body)
}

func (s *site) undoBankLine(v *visit) error {
	name := v.thisBankName()
	done, err := v.app.UndoBankLine(v.ctx, v.call(), name)
	if err != nil {
		return v.undoBankForm(err)
	}
	text := v.say("bank.undone", "line", name)
	if done.Voucher != "" {
		text += " " + v.say("bank.difference_reversed", "voucher", done.Voucher)
	}
	return v.done(v.bankPath(v.r.PathValue("bank")+"/"+v.r.PathValue("n")), text)
}

// bankStatementFile hands the file of a statement out; that it was, stands in the audit trail.
func (s *site) bankStatementFile(v *visit) error {
	name, content, err := v.app.BankStatementFile(v.ctx, v.call(), v.thisBankName())
	if err != nil {
		return err
	}
	v.attach(name, content)
	return nil
}

// bankControl holds a bank account's statements against its ledger account, with each difference by name.
func (s *site) bankControl(v *visit) error {
	date, err := v.day("date")
	if err != nil {
		return err
	}
	code := v.r.PathValue("bank")
	page := ui.Page{Title: v.say("bank.control_of", "bank", code), Lead: v.say("bank.control_lead"), Crumbs: []ui.Link{v.banksCrumb()}}
	x, err := v.app.BankControl(v.ctx, v.call(), code, date)
	if fault.RuleOf(err) == "no_statement" {
		return v.show(page, ui.EmptyState(ui.Empty{Title: v.say("bank.empty"), Lead: v.say("bank.empty_lead")}))
	}
	if err != nil {
		return err
	}
	if ui.Zero(x.Off) {
		page.Badges = []ui.Badge{{Text: v.say("bank.adds_up"), Tone: "good"}}
	} else {
		page.Badges = []ui.Badge{{Text: v.say("bank.off"), Tone: "bad"}}
	}
	stats := []ui.Stat{
		{Name: v.say("bank.ledger"), Amount: x.Ledger, Currency: x.Currency, Sub: x.Account, Href: v.path("accounts", x.Account)},
		{Name: v.say("bank.statement_balance"), Amount: x.Statement, Currency: x.Currency, Sub: ui.Day(v.with(), x.Date)},
		{Name: v.say("bank.off"), Amount: x.Off, Currency: x.Currency},
	}
	sums := ui.Table{ID: "control-sums", Caption: v.say("bank.control"), Dense: true, Columns: []ui.Column{{Title: v.say("remit.what")}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: x.Currency}}}
	for _, r := range []struct{ key, amount string }{{"bank.ledger", x.Ledger}, {"bank.less_outstanding", x.Outstanding}, {"bank.plus_unreconciled", x.Unreconciled}, {"bank.plus_later", x.Later}, {"bank.plus_opening", x.Opening}} {
		sums.Rows = append(sums.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(v.say(r.key)), ui.AmountCell(r.amount, x.Currency)}})
	}
	sums.Sums = []ui.Cell{ui.TextCell(v.say("bank.statement_balance")), ui.AmountCell(x.Statement, x.Currency)}
	return v.show(page, bankControlBody(stats, sums, v.outstandingTable(x), v.unreconciledTable(x)))
}

func (v *visit) outstandingTable(x *app.BankControl) ui.Table {
	t := ui.Table{ID: "outstanding", Caption: v.say("bank.outstanding"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("items.voucher"), Kind: ui.Code}, {Title: v.say("items.date"), Kind: ui.Date}, {Title: v.say("vpay.payee")}, {Title: v.say("vpay.number_of.check"), Kind: ui.Code}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: x.Currency},
	}, 3), Empty: ui.Empty{Title: v.say("bank.none_outstanding")}}
	for _, e := range x.Entries {
		what := ui.Cell{Text: e.Voucher, Href: v.path("vouchers", e.Voucher)}
		if e.Payment != "" {
			what = ui.Cell{Text: e.Payment, Href: v.paymentPath(e.Payment), Sub: e.Voucher}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{what, ui.DayCell(v.with(), e.Date), {Text: e.Payee, Sub: e.Text}, ui.TextCell(e.Check), ui.AmountCell(e.Amount, x.Currency)}})
	}
	if len(t.Rows) > 0 {
		t.Sums = []ui.Cell{ui.TextCell(v.say("count.rows", "n", x.NEntries)), {}, {}, {}, ui.AmountCell(x.Outstanding, x.Currency)}
	}
	return t
}

func (v *visit) unreconciledTable(x *app.BankControl) ui.Table {
	t := ui.Table{ID: "unreconciled", Caption: v.say("bank.unreconciled"), Dense: true, Columns: []ui.Column{
		{Title: v.say("bank.line"), Kind: ui.Code}, {Title: v.say("items.date"), Kind: ui.Date}, {Title: v.say("voucher.text")}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: x.Currency},
	}, Empty: ui.Empty{Title: v.say("bank.none_unreconciled")}}
	for _, l := range x.Lines {
		statement := l.Line[:strings.LastIndex(l.Line, "/")]
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(l.Line, v.bankPath(statement)+"?state=open"), ui.DayCell(v.with(), l.Booked), {Text: strings.Join(l.Detail.Texts, " "), Sub: l.Detail.Party}, ui.AmountCell(l.Amount, x.Currency)}})
	}
	if len(t.Rows) > 0 {
		t.Sums = []ui.Cell{ui.TextCell(v.say("count.rows", "n", x.NLines)), {}, {}, ui.AmountCell(x.Unreconciled, x.Currency)}
	}
	return t
}

// unfielded takes the fields off errors, for a page that has none of them.
func unfielded(err error) error {
	var list fault.List
	for _, e := range ui.Faults(err) {
		one := *e
		one.Field = ""
		list = append(list, &one)
	}
	return list.Err()
}

func sorted(texts []string) []string {
	slices.Sort(texts)
	return texts
}
