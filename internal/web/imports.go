package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
	"quittance/internal/work"
)

const (
	uploadMost   = 64 << 20  // bytes of an upload
	unpackedMost = 256 << 20 // bytes of what it unpacks to
	uploadFiles  = 64        // files sent together
	shownFaults  = 200       // errors that are shown one by one
)

func (s *site) routesImport() {
	s.in("import", "GET /import", s.importPage)
	s.files("import", "POST /import/check", uploadMost+formMost, s.checkImport)
	s.in("import", "POST /import", s.importFolder)
	s.in("import", "GET /export", s.exportFolder)
	// The first company comes in where there is none yet.
	s.signed("import", "GET /import", s.importPage)
	s.handle("POST /import/check", place{nav: "import", signed: true, files: uploadMost + formMost}, s.checkImport)
	s.signed("import", "POST /import", s.importFolder)
}

// importPath gives an address of the import, in a company or where there is none.
func (v *visit) importPath(parts ...string) string {
	if v.place.company {
		return v.path(append([]string{"import"}, parts...)...)
	}
	return strings.Join(append([]string{"/import"}, parts...), "/")
}

// mayImport says whether the reader may bring something in anywhere, or in the company.
func (v *visit) mayImport() bool {
	if v.place.company {
		return v.may(identity.SetUp)
	}
	return v.actor.Allow(identity.SetUp) == nil
}

// importPage is where a company folder is brought in and taken out.
func (s *site) importPage(v *visit) error { return v.importForm(nil) }

func (v *visit) importForm(wrong error) error {
	w := importView{
		form: ui.Form{Action: v.importPath("check"), Submit: v.say("import.check"), Files: true, Err: wrong}, may: v.mayImport(),
		export: v.place.company && v.may(identity.Read), bank: v.place.company && v.may(identity.BankDetails),
	}
	if !w.may && !w.export {
		return v.actor.Allow(identity.SetUp)
	}
	page := ui.Page{Title: v.say("nav.import"), Lead: v.say("import.lead"), Narrow: true}
	if wrong != nil {
		return v.again(wrong, page, importBody(w))
	}
	return v.show(page, importBody(w))
}

// checkImport takes files in and looks at them: what is wrong, or what they would change. Nothing is changed yet.
func (s *site) checkImport(v *visit) error {
	if !v.mayImport() {
		return v.actor.AllowIn(v.taskCompany(), identity.SetUp)
	}
	u, err := v.receive()
	if err != nil {
		return v.importForm(err)
	}
	call := v.call()
	err = v.begin("check", "", identity.SetUp, func(ctx context.Context, _ func(work.TaskProgress)) (any, error) {
		c := &checked{upload: u}
		data, err := folder.ReadArchive(u.file, u.size, unpackedMost)
		if err == nil {
			c.company = data.Company.Company
			c.result, err = s.app.PreviewImport(ctx, call, data)
		}
		if err != nil && !c.broken(err) {
			_ = u.Close()
			return nil, err
		}
		return c, nil
	})
	if fault.CodeOf(err) == fault.Limited || fault.CodeOf(err) == fault.Denied {
		_ = u.Close()
		return v.importForm(err)
	}
	return err
}

// checked is the result of a check: what is wrong, in its rows, or what would change.
type checked struct {
	*upload
	company  string
	faults   []*fault.Error
	excerpts map[string]folder.Excerpt
	result   *folder.Result
}

// Size counts the errors; the files are on the disk.
func (c *checked) Size() int64 { return 8192 + 300*int64(len(c.faults)) }

// broken keeps what is wrong with a folder, with the rows where it stands; false for an error of another kind.
func (c *checked) broken(err error) bool {
	code := fault.CodeOf(err)
	if code != fault.Invalid && code != fault.Refused && code != fault.Conflict && code != fault.NotFound {
		return false
	}
	c.faults = ui.Faults(err)
	wanted := map[string][]int{}
	for _, e := range c.faults[:min(len(c.faults), shownFaults)] {
		if file, line, _, ok := folder.ParsePlace(e.Place); ok {
			wanted[file] = append(wanted[file], line)
		}
	}
	c.excerpts = folder.Excerpts(c.file, c.size, unpackedMost, wanted)
	return true
}

// show shows what is wrong in its place, or what the import would do.
func (c *checked) show(v *visit, k *work.Task) error {
	crumbs := []ui.Link{{Text: v.say("nav.import"), Href: v.importPath()}}
	if len(c.faults) > 0 {
		page := ui.Page{Title: v.say("import.broken", "n", len(c.faults)), Lead: v.say("import.broken_lead"), Crumbs: crumbs}
		return v.send(http.StatusUnprocessableEntity, page, brokenBody(c.groups(v), v.importPath(), len(c.faults) > shownFaults))
	}
	w := checkedView{name: c.name, files: v.fileTable(c.result), changes: c.result.Changes, lead: v.say("import.adds", "company", c.result.Company)}
	if c.result.Created {
		w.lead = v.say("import.creates", "company", c.result.Company)
	}
	created, updated, _ := totals(c.result)
	w.nothing = created+updated == 0
	w.form = ui.Form{Action: v.importPath(), Cancel: v.importPath(), Submit: v.say("import.submit", "created", created, "updated", updated, "company", c.result.Company)}
	w.task = k.ID
	return v.show(ui.Page{Title: v.say("import.checked"), Lead: v.say("import.checked_lead"), Crumbs: crumbs}, checkedBody(w))
}

func totals(r *folder.Result) (created, updated, unchanged int) {
	for _, f := range r.Files {
		created, updated, unchanged = created+f.Created, updated+f.Updated, unchanged+f.Unchanged
	}
	return created, updated, unchanged
}

func (v *visit) fileTable(r *folder.Result) ui.Table {
	t := ui.Table{ID: "files", Caption: v.say("import.files"), Dense: true, Columns: []ui.Column{{Title: v.say("import.file"), Kind: ui.Code}, {Title: v.say("import.created"), Kind: ui.Count}, {Title: v.say("import.updated"), Kind: ui.Count}, {Title: v.say("import.unchanged"), Kind: ui.Count}}, Empty: ui.Empty{Title: v.say("import.nothing")}}
	ctx := v.with()
	cell := func(n int) ui.Cell { return ui.CountCell(ctx, int64(n)) }
	for _, f := range r.Files {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(f.File), cell(f.Created), cell(f.Updated), cell(f.Unchanged)}})
	}
	if len(t.Rows) > 1 {
		created, updated, unchanged := totals(r)
		t.Sums = []ui.Cell{ui.TextCell(v.say("table.sum")), cell(created), cell(updated), cell(unchanged)}
	}
	return t
}

// faultGroup is what is wrong with one file.
type faultGroup struct {
	file   string
	header []string
	faults []faultRow
}

// faultRow is one error with the row where it stands; column is the ordinal of its field.
type faultRow struct {
	line, column int
	message      string
	value        string
	cells        []string
}

// groups gives the errors by file, in the order in which the files come.
func (c *checked) groups(v *visit) (groups []faultGroup) {
	at := map[string]int{}
	for _, e := range c.faults[:min(len(c.faults), shownFaults)] {
		file, line, column, ok := folder.ParsePlace(e.Place)
		if !ok {
			file = cmp.Or(e.Place, v.say("import.whole"))
		}
		i, known := at[file]
		if !known {
			i = len(groups)
			at[file] = i
			groups = append(groups, faultGroup{file: file, header: c.excerpts[file].Header})
		}
		row := faultRow{line: line, column: column, message: e.Message, cells: c.excerpts[file].Rows[line]}
		if column >= 1 && column <= len(row.cells) {
			row.value = row.cells[column-1]
		}
		groups[i].faults = append(groups[i].faults, row)
	}
	for i := range groups {
		slices.SortStableFunc(groups[i].faults, func(a, b faultRow) int { return cmp.Compare(a.line, b.line) })
	}
	return groups
}

// name gives the name of the column that an error is about.
func (g faultGroup) name(r faultRow) string {
	if r.column >= 1 && r.column <= len(g.header) {
		return g.header[r.column-1]
	}
	return ""
}

// importFolder brings in what was checked.
func (s *site) importFolder(v *visit) error {
	k, err := s.tasks.Find(v.actor.Name, v.taskCompany(), v.form("task"))
	if err != nil {
		return v.gone(err)
	}
	c, ok := k.State().Result.(*checked)
	if !ok || len(c.faults) > 0 {
		return v.gone(fault.New(fault.NotFound, "the files that were checked are not kept any more; send them again"))
	}
	call := v.call()
	return v.begin("import", call.Key, identity.SetUp, func(ctx context.Context, _ func(work.TaskProgress)) (any, error) {
		data, err := folder.ReadArchive(c.file, c.size, unpackedMost)
		if err != nil {
			return nil, err
		}
		r, err := s.app.Import(ctx, call, data)
		return &imported{r}, err
	})
}

// imported is the result of an import.
type imported struct{ result *folder.Result }

func (r *imported) show(v *visit, _ *work.Task) error {
	w := checkedView{files: v.fileTable(r.result), changes: r.result.Changes, company: r.result.Company, lead: v.say("import.done_lead")}
	return v.show(ui.Page{Title: v.say("import.done", "company", r.result.Company), Crumbs: []ui.Link{{Text: v.say("nav.import"), Href: v.importPath()}}}, importedBody(w))
}

// failed shows what the import refused, in the words of a check.
func (r *imported) failed(v *visit, err error) error {
	return v.again(err, ui.Page{Title: v.say("import.refused"), Lead: v.say("error.nothing_done"), Crumbs: []ui.Link{{Text: v.say("nav.import"), Href: v.importPath()}}}, blockedBody(err))
}

// receive takes the files of a form in: a workbook, a zip file, or the CSV files of a folder, which are packed into one.
func (v *visit) receive() (u *upload, err error) {
	form, err := v.r.MultipartReader()
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s", v.say("import.no_file")).In("files").Because(err)
	}
	u, err = newUpload()
	if err != nil {
		return nil, err
	}
	err = u.takeAll(form)
	if err == nil && u.files == 0 {
		err = fault.New(fault.Invalid, "%s", v.say("import.no_file")).In("files")
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		err = fault.New(fault.Invalid, "%s", v.say("import.too_large", "n", uploadMost>>20)).In("files").ByRule("upload_too_large")
	}
	if err != nil {
		_ = u.Close()
		return nil, err
	}
	return u, nil
}

// takeAll takes the files of a form in, one by one.
func (u *upload) takeAll(form *multipart.Reader) error {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return u.end()
		}
		if err != nil {
			return formBroken(err)
		}
		if part.FormName() != "files" || part.FileName() == "" {
			continue
		}
		if err := u.take(part); err != nil {
			return formBroken(err)
		}
	}
}

// formBroken keeps an error of ours, and that of a form that is too large; any other says that the form broke off.
func formBroken(err error) error {
	var one *fault.Error
	var large *http.MaxBytesError
	if errors.As(err, &one) || errors.As(err, &large) {
		return err
	}
	return fault.New(fault.Invalid, "the files did not arrive whole; send them again").In("files").Because(err)
}

// exportFolder gives the company as a folder: a zip file of the CSV files, or a workbook.
func (s *site) exportFolder(v *visit) error {
	kind := cmp.Or(v.query("as"), "zip")
	kinds := map[string]string{"zip": "application/zip", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	if kinds[kind] == "" {
		return fault.New(fault.Invalid, "%q is no kind of folder; expected zip or xlsx", kind).In("as")
	}
	data, err := v.app.Export(v.ctx, v.call(), v.query("bank") == "yes")
	if err != nil {
		return err
	}
	var book bytes.Buffer
	if kind == "xlsx" { // what a cell cannot hold is refused before anything is sent
		if err := folder.WriteBook(&book, data); err != nil {
			return err
		}
	}
	v.sent = true
	name := safeName(data.Company.Company) + "-" + v.today().String() + "." + kind
	h := v.w.Header()
	h.Set("Content-Type", kinds[kind])
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "no-store")
	_ = http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(exportLong)) // where there is one to be moved
	if kind == "xlsx" {
		_, err = book.WriteTo(v.w)
	} else {
		err = folder.WriteZIP(v.w, data)
	}
	if err != nil {
		v.o.Log.ErrorContext(v.r.Context(), "an export broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

const exportLong = 10 * time.Minute // for sending a folder

// safeName makes a code a part of a file's name.
func safeName(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, path.Base("/"+code))
}
