package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/format/bankcsv"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
	"quittance/internal/work"
)

const bankFileMost = 64 << 20 // bytes of a file of statements

// bankImportForm asks for a file of statements, or for another reading of the one that a task keeps.
type bankImportForm struct {
	form    ui.Form
	fields  []ui.Field
	task    string
	table   *ui.Table // what would be imported, or what is wrong
	wrong   bool
	confirm *ui.Form
}

func (v *visit) bankImportForm(typed url.Values, task string, wrong error) (*bankImportForm, error) {
	maps, err := v.app.BankMaps(v.ctx, v.call())
	if err != nil {
		return nil, err
	}
	banks, err := v.bankOptions()
	if err != nil {
		return nil, err
	}
	var choices []ui.Option
	for _, m := range maps {
		choices = append(choices, ui.Option{Value: m.Code, Text: m.Code})
	}
	o := &bankImportForm{task: task, form: ui.Form{Action: v.path("bank-statements", "check"), Submit: v.say("remit.check"), Files: true, Typed: typed, Err: wrong}}
	if task == "" {
		o.form.Cancel = v.path("bank-statements")
		o.fields = append(o.fields, ui.Field{Name: "content", Type: "file", Label: v.say("remit.file"), Hint: v.say("bank.file_hint"), Required: true})
	} else {
		o.form.Submit = v.say("remit.check_again")
	}
	o.fields = append(o.fields,
		ui.Field{Name: "bank", Type: "select", Label: v.say("vpay.bank"), Hint: v.say("bank.bank_hint"), Options: orNone(v.say("bank.file_says"), banks)},
		ui.Field{Name: "map", Type: "select", Label: v.say("remit.map"), Hint: v.say("bank.map_hint"), Options: orNone("–", choices)})
	return o, nil
}

func (v *visit) showBankImport(typed url.Values, wrong error) error {
	o, err := v.bankImportForm(typed, "", wrong)
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.say("bank.import"), Lead: v.say("bank.import_lead"), Narrow: true, Crumbs: []ui.Link{v.banksCrumb()}}
	if wrong != nil {
		return v.again(wrong, page, bankImportBody(o))
	}
	return v.show(page, bankImportBody(o))
}

// readBankFile is a file of statements that was looked at. It keeps the file for the import, and for another reading.
type readBankFile struct {
	req    app.BankImport
	typed  url.Values
	result []app.BankStatement
	err    error
}

// Size counts the file and what was read of it.
func (c *readBankFile) Size() int64 { return 8192 + 3*int64(len(c.req.Data)) }

// receiveBankFile reads the form: small fields, and one file, bounded.
func (v *visit) receiveBankFile() (req app.BankImport, typed url.Values, err error) {
	typed = url.Values{}
	form, err := v.r.MultipartReader()
	if err != nil {
		return req, typed, v.wrong("content", "remit.no_file")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && part.FormName() == "content" {
			if part.FileName() != "" {
				req.Name = part.FileName()
				req.Data, err = readBounded(part, bankFileMost)
			}
		} else if err == nil {
			var b []byte
			if b, err = readBounded(part, fieldMost); err == nil {
				typed.Add(part.FormName(), string(b))
			}
		}
		if err != nil {
			return req, typed, v.uploadBroken(err)
		}
	}
	v.r.Form, v.r.PostForm = typed, typed
	req.Bank, req.Map, req.Preview = v.form("bank"), v.form("map"), true
	return req, typed, nil
}

// checkBankFile takes a file in, or one that is kept, and looks at what would come of it. Nothing is changed yet.
func (s *site) checkBankFile(v *visit) error {
	if err := v.actor.AllowIn(v.code, identity.Pay); err != nil {
		return err
	}
	req, typed, err := v.receiveBankFile()
	if err != nil {
		return v.showBankImport(typed, err)
	}
	if task := typed.Get("task"); len(req.Data) == 0 && task != "" {
		k, err := s.tasks.Find(v.actor.Name, v.code, task)
		if err != nil {
			return v.gone(err)
		}
		kept, ok := k.State().Result.(*readBankFile)
		if !ok {
			return v.gone(fault.New(fault.NotFound, "the file is not kept any more; send it again"))
		}
		req.Name, req.Data = kept.req.Name, kept.req.Data
	}
	if len(req.Data) == 0 {
		return v.showBankImport(typed, v.wrong("content", "remit.no_file"))
	}
	call := v.call()
	call.Key = ""
	err = v.begin("bank_check", "", identity.Pay, func(ctx context.Context, _ func(work.TaskProgress)) (any, error) {
		c := &readBankFile{req: req, typed: typed}
		c.result, c.err = s.app.ImportBankStatements(ctx, call, req)
		switch fault.CodeOf(c.err) {
		case fault.Invalid, fault.Refused, fault.Conflict, fault.NotFound, fault.Limited:
			return c, nil
		}
		return c, c.err
	})
	if fault.CodeOf(err) == fault.Limited {
		return v.showBankImport(typed, err)
	}
	return err
}

// show shows what would come of a file, or every problem in its place; and lets it be read in another way.
func (c *readBankFile) show(v *visit, k *work.Task) error {
	crumbs := []ui.Link{v.banksCrumb(), {Text: v.say("bank.import"), Href: v.path("bank-statements", "import")}}
	o, err := v.bankImportForm(c.typed, k.ID, nil)
	if err != nil {
		return err
	}
	if c.err != nil {
		o.wrong, o.table = true, v.problemTable(c.err)
		return v.again(c.err, ui.Page{Title: v.say("remit.wrong", "n", len(ui.Faults(c.err))), Lead: v.say("remit.wrong_lead", "name", shortName(c.req.Name)), Crumbs: crumbs}, bankImportBody(o))
	}
	t := ui.Table{ID: "statements", Caption: v.say("nav.banks"), Columns: wide([]ui.Column{
		{Title: v.say("kind.bank_statement"), Kind: ui.Code}, {Title: v.say("bank.period"), Kind: ui.Date}, {Title: v.say("bank.opening"), Kind: ui.Amounts}, {Title: v.say("bank.closing"), Kind: ui.Amounts}, {Title: v.say("party.currency")}, {Title: v.say("bank.lines"), Kind: ui.Count},
	}, 4)}
	lines := 0
	for _, x := range c.result {
		lines += x.Lines
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: x.Statement, Sub: x.Number}, {Text: ui.Day(v.with(), x.From) + " – " + ui.Day(v.with(), x.To)}, ui.AmountCell(x.Opening, x.Currency), ui.AmountCell(x.Closing, x.Currency), ui.TextCell(x.Currency), ui.CountCell(v.with(), int64(x.Lines)),
		}})
	}
	o.table = &t
	o.confirm = &ui.Form{Action: v.path("bank-statements", "import"), Submit: v.say("bank.import_submit", "n", len(c.result), "lines", lines), Cancel: v.path("bank-statements", "import")}
	return v.show(ui.Page{Title: v.say("remit.checked"), Lead: shortName(c.req.Name), Crumbs: crumbs}, bankImportBody(o))
}

// problemTable lists what is wrong with a file, in its place.
func (v *visit) problemTable(err error) *ui.Table {
	t := &ui.Table{ID: "problems", Caption: v.say("remit.problems"), Columns: []ui.Column{{Title: v.say("remit.place"), Kind: ui.Code}, {Title: v.say("remit.what")}}}
	for i, e := range ui.Faults(err) {
		if i == issuesShown {
			break
		}
		place := ui.TextCell(e.Place)
		if e.Place == "" {
			place = ui.Cell{Sub: v.say("remit.whole")}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{place, ui.TextCell(ui.FaultText(v.with(), e))}})
	}
	return t
}

// importBankFile brings in what was looked at.
func (s *site) importBankFile(v *visit) error {
	if denied := v.actor.AllowIn(v.code, identity.Pay); denied != nil {
		return denied
	}
	k, err := s.tasks.Find(v.actor.Name, v.code, v.form("task"))
	if err != nil {
		return v.gone(err)
	}
	c, ok := k.State().Result.(*readBankFile)
	if !ok || c.err != nil {
		return v.gone(fault.New(fault.NotFound, "the file is not kept any more; send it again"))
	}
	call, req := v.call(), c.req
	req.Preview = false
	return v.begin("bank_import", call.Key, identity.Pay, func(ctx context.Context, _ func(work.TaskProgress)) (any, error) {
		x, err := s.app.ImportBankStatements(ctx, call, req)
		return &bankBrought{x}, err
	})
}

// bankBrought is the result of an import of statements.
type bankBrought struct{ result []app.BankStatement }

func (b *bankBrought) show(v *visit, _ *work.Task) error {
	return v.done(v.bankPath(b.result[0].Statement), v.say("bank.imported_n", "n", len(b.result)))
}

// failed shows what the import refused.
func (b *bankBrought) failed(v *visit, err error) error { return v.showBankImport(url.Values{}, err) }

// bankMaps lists the column maps.
func (s *site) bankMaps(v *visit) error {
	maps, err := v.app.BankMaps(v.ctx, v.call())
	if err != nil {
		return err
	}
	t := ui.Table{
		ID: "maps", Caption: v.say("bank.maps"), Columns: []ui.Column{{Title: v.say("setup.code"), Kind: ui.Code}, {Title: v.say("vpay.bank"), Kind: ui.Code}, {Title: v.say("party.currency")}, {Title: v.say("bank.columns"), Kind: ui.Count}},
		Empty: ui.Empty{Title: v.say("bank.no_maps"), Lead: v.say("bank.no_maps_lead")},
	}
	page := ui.Page{Title: v.say("bank.maps"), Lead: v.say("bank.maps_lead"), Crumbs: []ui.Link{v.banksCrumb()}}
	edit := v.path("bank-statements", "maps", "edit")
	if v.may(identity.SetUp) {
		page.Actions = []ui.Action{{Text: v.say("bank.map_new"), Href: edit, Icon: "plus", Primary: true}}
	}
	for _, m := range maps {
		code := ui.TextCell(m.Code)
		if v.may(identity.SetUp) {
			code.Href = edit + "?code=" + escapeQuery(m.Code)
		}
		t.Rows = append(t.Rows, ui.Row{ID: m.Code, Href: code.Href, Cells: []ui.Cell{code, ui.TextCell(m.Map.Account), ui.TextCell(m.Map.Currency), ui.CountCell(v.with(), int64(len(m.Map.Columns)))}})
	}
	return v.show(page, ui.DataTable(t))
}

// mapValues are the plain fields of a column map.
func mapValues(m *bankcsv.Map) map[string]*string {
	return map[string]*string{"account": &m.Account, "currency": &m.Currency, "sheet": &m.Sheet, "comma": &m.Comma, "date": &m.Date, "end": &m.End, "pending": &m.Pending, "decimal": &m.Decimal, "encoding": &m.Encoding, "sign": &m.Sign, "order": &m.Order}
}

func (v *visit) bankMapFields() (fields, columns []ui.Field, err error) {
	banks, err := v.bankOptions()
	word := func(key string) string { return v.say("bank.map." + key) }
	choice := func(values ...string) (all []ui.Option) {
		for _, x := range values {
			all = append(all, ui.Option{Value: x, Text: word("value." + x)})
		}
		return all
	}
	fields = []ui.Field{
		{Name: "code", Label: v.say("setup.code"), Required: true, Mono: true, Short: true},
		{Name: "account", Type: "select", Label: v.say("vpay.bank"), Hint: v.say("bank.map_account"), Options: orNone(v.say("bank.file_says"), banks)},
		{Name: "currency", Label: v.say("party.currency"), Short: true},
		{Name: "header", Label: v.say("remit.header"), Hint: v.say("remit.header_hint"), Short: true},
		{Name: "date", Label: v.say("remit.date"), Hint: v.say("remit.date_form"), Mono: true},
		{Name: "decimal", Type: "select", Label: v.say("remit.decimal"), Quiet: true, Options: []ui.Option{{Value: "point", Text: "1,234.56"}, {Value: "comma", Text: "1.234,56"}}},
		{Name: "sign", Type: "select", Label: word("sign"), Quiet: true, Options: choice(bankcsv.PositiveIn, bankcsv.PositiveOut)},
		{Name: "order", Type: "select", Label: word("order"), Quiet: true, Options: choice(bankcsv.OldestFirst, bankcsv.NewestFirst)},
		{Name: "comma", Label: v.say("remit.comma"), Hint: v.say("remit.comma_hint"), Short: true},
		{Name: "encoding", Type: "select", Label: v.say("remit.encoding"), Quiet: true, Options: []ui.Option{{Value: "utf-8", Text: "UTF-8"}, {Value: "windows-1252", Text: "Windows-1252"}}},
		{Name: "sheet", Label: v.say("remit.sheet"), Hint: v.say("remit.sheet_hint")},
		{Name: "end", Label: word("end")},
		{Name: "pending", Label: word("pending")},
		{Name: "kinds", Type: "textarea", Label: word("kinds"), Hint: word("kinds_hint"), Mono: true},
	}
	for _, x := range bankcsv.Cells()[:2] {
		columns = append(columns, ui.Field{Name: "cell-" + x, Label: word("cell." + x), Mono: true, Quiet: true})
	}
	for _, x := range bankcsv.Fields() {
		columns = append(columns, ui.Field{Name: "column-" + x, Label: word("column." + x), Mono: true, Quiet: true})
	}
	return fields, columns, err
}

// showBankMap shows the form of a column map; typed is what was typed, nil: as the map is.
func (v *visit) showBankMap(typed url.Values, wrong error) error {
	code := v.query("code")
	if typed != nil && v.form("was") == "yes" {
		code = typed.Get("code")
	}
	if typed == nil && code != "" {
		maps, err := v.app.BankMaps(v.ctx, v.call())
		if err != nil {
			return err
		}
		for _, m := range maps {
			if m.Code == code {
				typed = mapTyped(m)
			}
		}
		if typed == nil {
			return fault.New(fault.NotFound, "%s", v.say("dsetup.gone", "row", shortName(code)))
		}
	}
	fields, columns, err := v.bankMapFields()
	if err != nil {
		return err
	}
	at := v.path("bank-statements", "maps")
	w := remittanceThingView{was: code != "", code: code, fields: fields, columns: columns, form: ui.Form{Action: at + "/edit", Submit: v.say("form.save"), Cancel: at, Typed: typed, Err: wrong}}
	title := v.say("bank.map_new")
	if w.was {
		title, w.fields = code, fields[1:]
		w.remove = ui.Form{Action: at + "/remove", Submit: v.say("dsetup.remove"), Danger: true}
	}
	page := ui.Page{Title: title, Lead: v.say("bank.map_lead"), Crumbs: []ui.Link{v.banksCrumb(), {Text: v.say("bank.maps"), Href: at}}}
	if wrong != nil {
		return v.again(wrong, page, remittanceThingBody(w))
	}
	return v.show(page, remittanceThingBody(w))
}

func mapTyped(m app.BankMap) url.Values {
	typed := url.Values{"code": {m.Code}, "header": {strconv.Itoa(m.Map.Header)}}
	for name, value := range mapValues(&m.Map) {
		typed.Set(name, *value)
	}
	for x, column := range m.Map.Columns {
		typed.Set("column-"+x, column)
	}
	for x, cell := range m.Map.Cells {
		typed.Set("cell-"+x, cell)
	}
	var kinds []string
	for word, kind := range m.Map.Kinds {
		kinds = append(kinds, word+" = "+kind)
	}
	typed.Set("kinds", strings.Join(sorted(kinds), "\n"))
	return typed
}

func (s *site) saveBankMap(v *visit) error {
	code := v.form("code")
	m := bankcsv.Map{Columns: map[string]string{}, Cells: map[string]string{}, Kinds: map[string]string{}}
	var err error
	if m.Header, err = v.number("header"); err != nil {
		return v.showBankMap(v.r.PostForm, err)
	}
	for name, to := range mapValues(&m) {
		*to = v.form(name)
	}
	for _, x := range bankcsv.Fields() {
		if column := v.form("column-" + x); column != "" {
			m.Columns[x] = column
		}
	}
	for _, x := range bankcsv.Cells() {
		if cell := v.form("cell-" + x); cell != "" {
			m.Cells[x] = cell
		}
	}
	for line := range strings.Lines(v.form("kinds")) {
		if word, kind, ok := strings.Cut(line, "="); ok {
			m.Kinds[strings.TrimSpace(word)] = strings.TrimSpace(kind)
		}
	}
	text, err := json.Marshal(m)
	if err == nil {
		err = v.app.SaveBankMap(v.ctx, v.call(), code, text)
	}
	if err != nil {
		return v.showBankMap(v.r.PostForm, err)
	}
	return v.done(v.path("bank-statements", "maps"), v.say("dsetup.saved", "row", code))
}

func (s *site) removeBankMap(v *visit) error {
	code := v.form("code")
	if err := v.app.DeleteBankMap(v.ctx, v.call(), code); err != nil {
		return err
	}
	return v.done(v.path("bank-statements", "maps"), v.say("dsetup.removed", "row", code))
}
