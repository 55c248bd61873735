package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/file"
	"quittance/internal/identity"
	"quittance/internal/request"
	"quittance/internal/web/ui"
)

const (
	attachAtOnce = 5                                    // files of one form
	attachMost   = attachAtOnce*file.MaxSize + formMost // bytes of it
	intakeMost   = 4 << 20                              // bytes of the form of an intake
	intakeText   = 1 << 20                              // bytes of its text
)

// fileTypeName names a type of attachment; a company may have types of its own.
func (v *visit) fileTypeName(kind string) string {
	if slices.Contains(request.FileTypes(), kind) {
		return v.say("request.file." + kind)
	}
	return kind
}

func (v *visit) requestFileTable(x *app.RequestDetail) ui.Table {
	t := ui.Table{ID: "files", Caption: v.say("requests.files"), Dense: true, Columns: []ui.Column{
		{Title: v.say("deductions.file")}, {Title: v.say("items.type")}, {Title: v.say("deductions.size"), Kind: ui.Count, Wide: true}, {Title: v.say("deductions.by"), Wide: true}, {Title: v.say("payments.remove"), Quiet: true},
	}, Empty: ui.Empty{Title: v.say("requests.no_files"), Lead: v.say("requests.no_files_lead")}}
	changeable := v.may(identity.Reimburse) && !x.State.Follows() && !x.State.Ended() && x.State != request.OnHold
	for _, f := range x.Files {
		n, take := strconv.Itoa(f.Attachment), ui.Cell{}
		if changeable {
			take = ui.LinkCell(v.say("payments.remove"), v.path("requests", x.Request, "files", n, "remove"))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: f.Name, Href: v.path("requests", x.Request, "files", n), Sub: f.Media}, ui.TextCell(v.fileTypeName(f.Type)), ui.TextCell(v.bytes(f.Size)), {Text: f.By, Sub: ui.Instant(v.with(), f.At)}, take,
		}})
	}
	return t
}

// attachToRequest takes files in, as they come: each by itself, so that one that is refused keeps none of the others out.
func (s *site) attachToRequest(v *visit) error {
	code, kind, key, done := v.r.PathValue("request"), "", "", []string{}
	form, err := v.r.MultipartReader()
	if err != nil {
		return v.showRequest(v.wrong("file", "deductions.no_file"), "attach")
	}
	var wrong fault.List
	for files := 0; ; {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			wrong.Add(attachBroken(v, "", err))
			break
		}
		if part.FormName() != "file" {
			var b []byte
			if b, err = readBounded(part, fieldMost); err == nil && part.FormName() == "type" {
				kind = string(b)
			} else if err == nil && part.FormName() == "key" {
				key = string(b)
			}
			if err != nil {
				wrong.Add(attachBroken(v, "", err))
				break
			}
			continue
		}
		if part.FileName() == "" {
			continue
		}
		if files++; files > attachAtOnce {
			wrong.Add(v.wrong("file", "requests.too_many_files", "n", attachAtOnce))
			break
		}
		name, err := v.attachOne(part, code, kind, key, files)
		if err != nil {
			wrong.Add(attachBroken(v, name, err))
			continue
		}
		done = append(done, shortName(name))
	}
	return v.attached(code, done, wrong)
}

// attached answers with what was attached, and what was not, and why.
func (v *visit) attached(code string, done []string, wrong fault.List) error {
	if len(done) == 0 && len(wrong) == 0 {
		return v.showRequest(v.wrong("file", "deductions.no_file"), "attach")
	}
	if len(done) > 0 && len(wrong) > 0 {
		wrong = append(fault.List{fault.New(fault.Invalid, "%s", v.say("requests.some_attached", "names", strings.Join(done, ", "))).In("file")}, wrong...)
	}
	if len(wrong) > 0 {
		return v.showRequest(wrong, "attach")
	}
	return v.done(v.path("requests", code)+"#files-card", v.say("requests.attached", "n", len(done), "names", strings.Join(done, ", ")))
}

// attachOne attaches one file of a form, under a key of its own. Its name is looked at, never used as a path.
func (v *visit) attachOne(part *multipart.Part, code, kind, key string, n int) (name string, err error) {
	name = part.FileName()
	content, err := readBounded(part, file.MaxSize)
	if err != nil {
		return name, err
	}
	call := v.call()
	if call.Key = ""; key != "" {
		call.Key = key + "." + strconv.Itoa(n)
	}
	_, err = v.app.AttachToRequest(v.ctx, call, code, app.Attachment{Type: kind, Name: name, Content: content}) // what browsers say of types depends on the machine
	return name, err
}

// attachBroken says what is wrong with a file of the form, at the field of files.
func attachBroken(v *visit, name string, err error) *fault.Error {
	var large *http.MaxBytesError
	var e *fault.Error
	switch {
	case errors.Is(err, errLarge) || errors.As(err, &large):
		return fault.New(fault.Invalid, "%s", v.say("requests.file_too_large", "name", shortName(name), "n", file.MaxSize>>20)).In("file").ByRule("file_too_large")
	case errors.As(err, &e):
		if e.Field != "type" {
			e.Field = "file"
		}
		return e
	}
	return fault.New(fault.Invalid, "%s", v.say("remit.broken_off")).In("file").Because(err)
}

// attachmentNumber reads which attachment the address means.
func (v *visit) attachmentNumber() (int, error) {
	n, err := strconv.Atoi(v.r.PathValue("n"))
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "%q is no attachment of a request", v.r.PathValue("n"))
	}
	return n, nil
}

// requestFile hands an attachment out, to be kept, never to be opened in the page: it came from outside.
func (s *site) requestFile(v *visit) error {
	n, err := v.attachmentNumber()
	if err != nil {
		return err
	}
	f, content, err := v.app.RequestFileContent(v.ctx, v.call(), v.r.PathValue("request"), n)
	if err != nil {
		return err
	}
	h := v.w.Header()
	for name, value := range f.Headers() {
		h.Set(name, value)
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	v.sent = true
	_, _ = v.w.Write(content) // the reader may have gone
	return nil
}

// detachRequestForm asks why an attachment is taken off.
func (v *visit) detachRequestForm(wrong error) error {
	n, err := v.attachmentNumber()
	if err != nil {
		return err
	}
	x, err := v.app.Request(v.ctx, v.call(), v.r.PathValue("request"))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(x.Files, func(f app.RequestFile) bool { return f.Attachment == n })
	if i < 0 {
		return fault.New(fault.NotFound, "the request %s has no attachment %d", x.Request, n)
	}
	st := step{
		title: v.say("deductions.detach_title", "name", shortName(x.Files[i].Name)), lead: v.say("requests.detach_lead"),
		form:   ui.Form{Action: v.path("requests", x.Request, "files", strconv.Itoa(n), "remove"), Submit: v.say("deductions.detach"), Cancel: v.path("requests", x.Request), Danger: true},
		fields: []ui.Field{{Name: "text", Label: v.say("requests.text.reason"), Type: "textarea", Required: true}},
	}
	return v.showStep(ui.Page{Narrow: true, Crumbs: v.requestCrumbs(x.Request)}, st, wrong)
}

func (s *site) detachFromRequest(v *visit) error {
	n, err := v.attachmentNumber()
	if err != nil {
		return err
	}
	code := v.r.PathValue("request")
	if _, err := v.app.DetachFromRequest(v.ctx, v.call(), code, n, v.form("text")); err != nil {
		return v.detachRequestForm(textField(err))
	}
	return v.done(v.path("requests", code)+"#files-card", v.say("requests.detached"))
}
