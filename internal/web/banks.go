package web

import (
	"regexp"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/bank"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesBanks() {
	const nav = "banks"
	s.in(nav, "GET /bank-statements", s.bankStatements)
	s.in(nav, "GET /bank-statements/import", needs(identity.Pay, func(v *visit) error { return v.showBankImport(nil, nil) }))
	s.files(nav, "POST /bank-statements/check", bankFileMost+formMost, s.checkBankFile)
	s.in(nav, "POST /bank-statements/import", s.importBankFile)
	s.in(nav, "GET /bank-statements/maps", s.bankMaps)
	s.in(nav, "GET /bank-statements/maps/edit", needs(identity.SetUp, func(v *visit) error { return v.showBankMap(nil, nil) }))
	s.in(nav, "POST /bank-statements/maps/edit", needs(identity.SetUp, s.saveBankMap))
	s.in(nav, "POST /bank-statements/maps/remove", needs(identity.SetUp, s.removeBankMap))
	s.in(nav, "GET /bank-statements/{bank}/{n}", s.bankStatement)
	s.in(nav, "POST /bank-statements/{bank}/{n}/file", needs(identity.Pay, s.bankStatementFile))
	s.in(nav, "GET /bank-statements/{bank}/{n}/accept", needs(identity.Pay, func(v *visit) error { return v.acceptForm(nil) }))
	s.in(nav, "POST /bank-statements/{bank}/{n}/accept", needs(identity.Pay, s.acceptMatches))
	s.in(nav, "GET /bank-statements/{bank}/{n}/{line}", needs(identity.Pay, s.bankLine))
	s.in(nav, "GET /bank-statements/{bank}/{n}/{line}/reconcile", needs(identity.Pay, func(v *visit) error { return v.reconcileForm(nil) }))
	s.in(nav, "POST /bank-statements/{bank}/{n}/{line}/reconcile", needs(identity.Pay, s.reconcileLine))
	s.in(nav, "GET /bank-statements/{bank}/{n}/{line}/undo", needs(identity.Pay, func(v *visit) error { return v.undoBankForm(nil) }))
	s.in(nav, "POST /bank-statements/{bank}/{n}/{line}/undo", needs(identity.Pay, s.undoBankLine))
	s.in(nav, "GET /bank-control/{bank}", s.bankControl)
	s.routesBankChecks()
}

// bankPath gives the page of a statement or a line by its name, such as MAIN/3 or MAIN/3/12.
func (v *visit) bankPath(name string, more ...string) string {
	return v.path(append(append([]string{"bank-statements"}, strings.Split(name, "/")...), more...)...)
}

// thisBankName gives the name of the statement, or line, of the address.
func (v *visit) thisBankName() string {
	name := v.r.PathValue("bank") + "/" + v.r.PathValue("n")
	if line := v.r.PathValue("line"); line != "" {
		name += "/" + line
	}
	return name
}

// bankOptions are the bank accounts.
func (v *visit) bankOptions() (all []ui.Option, err error) {
	banks, err := v.app.BankAccounts(v.ctx, v.call())
	for _, b := range banks {
		all = append(all, ui.Option{Value: b.Code, Text: codeAndName(b.Code, b.Name)})
	}
	return all, err
}

func (v *visit) openBadge(open int) ui.Badge {
	if open == 0 {
		return ui.Badge{Text: v.say("bank.state.reconciled"), Tone: "good"}
	}
	return ui.Badge{Text: v.say("bank.n_open", "n", open), Tone: "warn"}
}

var bankStatementColumns = columns([]string{"statement", "from", "to", "currency", "number", "format", "imported_by", "imported_at"}, "opening", "closing", "lines", "open_lines", "open_amount")

// bankStatements lists the statements, the newest first.
func (s *site) bankStatements(v *visit) error {
	f := app.BankStatementFilter{Bank: v.query("bank"), State: bank.State(v.query("state"))}
	list := func(p app.Page) (app.Part[app.BankStatement], error) {
		return v.app.BankStatements(v.ctx, v.call(), f, p)
	}
	if v.exported() {
		return export(v, "bank-statements", bankStatementColumns, list, func(x app.BankStatement) []string {
			return []string{x.Statement, x.From.String(), x.To.String(), x.Currency, x.Number, x.Format, x.ImportedBy, x.ImportedAt, x.Opening, x.Closing, strconv.Itoa(x.Lines), strconv.Itoa(x.Open), x.OpenAmount}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	banks, err := v.bankOptions()
	if err != nil {
		return err
	}
	t := ui.Table{ID: "bank-statements", Caption: v.say("nav.banks"), Next: part.Next, After: v.query("after") != "", Columns: wide([]ui.Column{
		{Title: v.say("kind.bank_statement"), Kind: ui.Code},
		{Title: v.say("bank.period"), Kind: ui.Date},
		{Title: v.say("party.state"), Kind: ui.Status},
		{Title: v.say("bank.open_amount"), Kind: ui.Amounts},
		{Title: v.say("bank.closing"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
		{Title: v.say("bank.lines"), Kind: ui.Count},
		{Title: v.say("bank.imported")},
	}, 5, 6, 7), Empty: ui.Empty{Title: v.say("bank.empty"), Lead: v.say("bank.empty_lead")}}
	if f != (app.BankStatementFilter{}) {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("bank-statements")}}
	}
	for _, x := range part.Items {
		href := v.bankPath(x.Statement)
		t.Rows = append(t.Rows, ui.Row{ID: x.Statement, Href: href, Cells: []ui.Cell{
			{Text: x.Statement, Href: href, Sub: x.Number},
			{Text: ui.Day(v.with(), x.From) + " – " + ui.Day(v.with(), x.To)},
			ui.BadgeCell(v.openBadge(x.Open)), ui.AmountCell(x.OpenAmount, x.Currency, true), ui.AmountCell(x.Closing, x.Currency), ui.TextCell(x.Currency), ui.CountCell(v.with(), int64(x.Lines)),
			{Text: x.ImportedBy, Sub: ui.Instant(v.with(), x.ImportedAt)},
		}})
	}
	page := ui.Page{Title: v.say("nav.banks"), Lead: v.say("bank.lead"), Actions: append(v.exports(), ui.Action{Text: v.say("bank.maps"), Href: v.path("bank-statements", "maps")})}
	for _, b := range banks {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("bank.control_of", "bank", b.Value), Href: v.path("bank-control", b.Value)})
	}
	if v.may(identity.Pay) {
		imp := ui.Action{Text: v.say("bank.import"), Href: v.path("bank-statements", "import"), Icon: "import", Primary: true}
		page.Actions = append(page.Actions, imp)
		if f == (app.BankStatementFilter{}) {
			t.Empty.Action = &imp
		}
	}
	return v.show(page, bankStatementsBody(t, banks, options(v, "bank.state.", bank.States())))
}

// bankLineView is a line beside what it is, or may be.
type bankLineView struct {
	app.BankLine
	Currency string
	Href     string
	Day      string
	Reasons  []string
	Of       []app.BankEntry
	More     int // entries besides
	Accept   ui.Form
}

// bankStatementView is what the page of a statement shows.
type bankStatementView struct {
	stats []ui.Stat
	head  []ui.Definition
	tabs  []ui.Tab
	lines []bankLineView
	may   bool
	next  string
	after bool
	file  string
}

// bankStatement shows a statement: its lines to the left, what each is or may be to the right.
func (s *site) bankStatement(v *visit) error {
	x, err := v.app.BankStatement(v.ctx, v.call(), v.thisBankName())
	if err != nil {
		return err
	}
	at, state := v.bankPath(x.Statement), bank.State(v.query("state"))
	page := v.part()
	if page.Limit == 0 {
		page.Limit = 50
	}
	part, err := v.app.BankStatementLines(v.ctx, v.call(), x.Statement, app.BankLineFilter{State: state, Explain: true}, page)
	if err != nil {
		return err
	}
	w := bankStatementView{next: part.Next, after: v.query("after") != "", may: v.may(identity.Pay), stats: []ui.Stat{
		{Name: v.say("bank.opening"), Amount: x.Opening, Currency: x.Currency},
		{Name: v.say("bank.closing"), Amount: x.Closing, Currency: x.Currency},
		{Name: v.say("bank.open_lines"), Text: ui.Number(v.with(), int64(x.Open)), Sub: v.say("bank.of_lines", "n", x.Lines), Href: at + "?state=open"},
		{Name: v.say("bank.open_amount"), Amount: x.OpenAmount, Currency: x.Currency, Href: v.path("bank-control", x.Bank) + "?date=" + x.To.String()},
	}}
	if w.may {
		w.file = at + "/file"
	}
	for _, tab := range []bank.State{"", bank.Open, bank.Reconciled} {
		key, href, n := "bank.all", at, x.Lines
		if tab != "" {
			key, href, n = "bank.state."+string(tab), at+"?state="+string(tab), x.Open
		}
		if tab == bank.Reconciled {
			n = x.Lines - x.Open
		}
		w.tabs = append(w.tabs, ui.Tab{Text: v.say(key), Href: href, Count: ui.Number(v.with(), int64(n)), Here: tab == state})
	}
	sure := false
	for i := range part.Items {
		l := v.bankLineView(x, &part.Items[i])
		sure = sure || l.Match != nil && !l.Match.Return
		w.lines = append(w.lines, l)
	}
	w.head = []ui.Definition{
		{Name: v.say("bank.number"), Value: ui.TextCell(x.Number)},
		{Name: v.say("bank.format"), Value: ui.TextCell(x.Format)},
		{Name: v.say("bank.imported"), Value: ui.Cell{Text: x.ImportedBy, Sub: ui.Instant(v.with(), x.ImportedAt)}},
		{Name: v.say("voucher.trail"), Value: ui.LinkCell(v.say("voucher.trail_link"), v.path("audit")+"?subject="+escapeQuery(x.Statement))},
	}
	p := ui.Page{
		Title: x.Statement, Lead: ui.Day(v.with(), x.From) + " – " + ui.Day(v.with(), x.To), Badges: []ui.Badge{v.openBadge(x.Open)}, Crumbs: []ui.Link{v.banksCrumb()},
		Actions: []ui.Action{{Text: v.say("bank.control"), Href: v.path("bank-control", x.Bank) + "?date=" + x.To.String()}},
	}
	if w.may && sure {
		p.Actions = append(p.Actions, ui.Action{Text: v.say("bank.accept_all"), Href: at + "/accept", Primary: true})
	}
	return v.show(p, bankStatementBody(w))
}

func (v *visit) banksCrumb() ui.Link {
	return ui.Link{Text: v.say("nav.banks"), Href: v.path("bank-statements")}
}

func (v *visit) bankLineView(x *app.BankStatement, l *app.BankLine) bankLineView {
	w := bankLineView{BankLine: *l, Currency: x.Currency, Href: v.bankPath(l.Line), Day: ui.Day(v.with(), l.Booked)}
	switch {
	case l.Match != nil:
		w.Reasons, w.Of, w.More = v.whys(l.Match.Reasons), l.Match.Entries, l.Match.Count-len(l.Match.Entries)
		w.Accept = ui.Form{Action: v.bankPath(x.Statement, "accept"), Submit: v.say("bank.accept")}
	case l.Reconciliation != nil:
		w.Reasons, w.Of, w.More = v.whys(strings.Split(l.Reconciliation.Reasons, "; ")), l.Reconciliation.Entries, l.Reconciliation.Count-len(l.Reconciliation.Entries)
	}
	return w
}

// whyForms are the reasons of a match as they are kept, and the texts that say them in the reader's language.
var whyForms = []struct {
	form *regexp.Regexp
	key  string
}{
	{regexp.MustCompile(`^check number (.+)$`), "check"},
	{regexp.MustCompile(`^reference (.+)$`), "reference"},
	{regexp.MustCompile(`^amount$`), "amount"},
	{regexp.MustCompile(`^amount within the tolerance$`), "tolerance"},
	{regexp.MustCompile(`^but another amount$`), "other_amount"},
	{regexp.MustCompile(`^(\d+) days apart$`), "days"},
	{regexp.MustCompile(`^name (.+)$`), "name"},
	{regexp.MustCompile(`^the only one of this amount$`), "only"},
	{regexp.MustCompile(`^payment file (.+)$`), "file"},
	{regexp.MustCompile(`^(?:its|their) total$`), "total"},
	{regexp.MustCompile(`^references of (\d+) payments$`), "references"},
	{regexp.MustCompile(`^total of payment file (.+)$`), "file_total"},
	{regexp.MustCompile(`^number of payments$`), "count"},
	{regexp.MustCompile(`^payment (.+) came back$`), "came_back"},
	{regexp.MustCompile(`^the bank says ?(.*)$`), "bank_says"},
	{regexp.MustCompile(`^another one fits as well$`), "another"},
	{regexp.MustCompile(`^by hand$`), "hand"},
	{regexp.MustCompile(`^but the payment is (.+)$`), "status"},
}

// whys says the reasons of a match in words; one without a text is said as it is kept.
func (v *visit) whys(reasons []string) (all []string) {
	for _, r := range reasons {
		for _, f := range whyForms {
			if m := f.form.FindStringSubmatch(r); m != nil {
				value := ""
				if len(m) > 1 {
					value = m[1]
				}
				r = v.say("bank.why."+f.key, "x", value)
				break
			}
		}
		all = append(all, r)
	}
	return all
}
