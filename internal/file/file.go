// Package file keeps what people attach: claims, proofs of delivery, remittances.
//
//   - A *file* is a name, a media type and who brought it when; its *content* is kept once a company, by its SHA-256, however many files
//     have it.
//   - Only media types that a browser shows or stores, but never runs, are taken ([Accept]); a content that is something else than its
//     file says is refused.
//
// Invariants: files and contents are never changed; a content has at most [MaxSize] bytes and is found by its digest.
//
// Source: deduction rules, 3 (attachments).
package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// MaxSize is the most bytes that a file may have.
const MaxSize = 10 << 20

const maxName = 200 // letters

// File is a file without its content.
type File struct {
	ID     int64
	Name   string
	Media  string // media type without parameters
	Size   int64
	SHA256 []byte
	Actor  string
	At     int64 // microseconds
}

// media are the media types that are taken, by the endings of names, with what the content is recognised as; blank: anything that is
// neither markup nor one of the others.
var media = []struct {
	media   string
	endings []string
	looks   []string
}{
	{"application/pdf", []string{".pdf"}, []string{"application/pdf"}},
	{"image/png", []string{".png"}, []string{"image/png"}},
	{"image/jpeg", []string{".jpg", ".jpeg"}, []string{"image/jpeg"}},
	{"image/gif", []string{".gif"}, []string{"image/gif"}},
	{"image/webp", []string{".webp"}, []string{"image/webp"}},
	{"image/tiff", []string{".tif", ".tiff"}, []string{"image/tiff"}},
	{"text/plain", []string{".txt", ".log"}, []string{"text/plain"}},
	{"text/csv", []string{".csv"}, []string{"text/plain"}},
	{"message/rfc822", []string{".eml"}, []string{"text/plain"}},
	{"application/vnd.ms-outlook", []string{".msg"}, []string{oldOffice}},
	{"application/msword", []string{".doc"}, []string{oldOffice}},
	{"application/vnd.ms-excel", []string{".xls"}, []string{oldOffice}},
	{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", []string{".xlsx"}, []string{"application/zip"}},
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", []string{".docx"}, []string{"application/zip"}},
	{"application/zip", []string{".zip"}, []string{"application/zip"}},
	{"application/edi-x12", []string{".edi", ".x12", ".820", ".812"}, []string{"text/plain", "application/octet-stream"}},
}

// Media gives the media types that are taken.
func Media() []string {
	all := make([]string, len(media))
	for i, m := range media {
		all[i] = m.media
	}
	return all
}

const oldOffice = "application/x-ole-storage"

// Accept gives the media type of a file by what it is said to be (blank: by the ending of its name), and refuses one that cannot be kept:
// without content or name, too large, of a type that is not taken, or that is something else than it says.
func Accept(name, said string, content []byte) (string, error) {
	switch {
	case !nameable(name):
		return "", fault.New(fault.Invalid, "%q is no name of a file; give one of at most %d letters, without folders, control signs and signs that turn the direction of writing, that neither begins nor ends with a dot or space and that no system reserves", cut(name), maxName).In("name").ByRule("file_name")
	case len(content) == 0:
		return "", fault.New(fault.Invalid, "the file %s is empty", name).In("content").ByRule("file_empty")
	case len(content) > MaxSize:
		return "", fault.New(fault.Limited, "the file %s has %d bytes; at most %d (10 MB) are kept", name, len(content), MaxSize).In("content").ByRule("file_too_large")
	}
	said, _, _ = mime.ParseMediaType(said)
	if said == "application/octet-stream" { // a browser that does not know says this
		said = ""
	}
	ending := strings.ToLower(path.Ext(name))
	if slices.Contains(runs, strings.TrimPrefix(ending, ".")) { // whoever stores it would open it by its ending, whatever it is said to be
		return "", fault.New(fault.Invalid, "files that end in %s are not kept, whatever they are said to be: systems run them or show them as pages", ending).In("media").ByRule("file_type")
	}
	for _, m := range media {
		if m.media != said && (said != "" || !slices.Contains(m.endings, ending)) {
			continue
		}
		if looks := look(content); !slices.Contains(m.looks, looks) {
			return "", fault.New(fault.Invalid, "the file %s is not the %s that it is said to be; its content looks like %s", name, m.media, looks).In("content").ByRule("file_differs")
		}
		return m.media, nil
	}
	return "", fault.New(fault.Invalid, "files like %s (%s) are not kept; PDF, images, mails, texts, CSV, Word and Excel files are", name, said+ending).In("media").ByRule("file_type")
}

// runs are endings of files that a system runs, or that a browser shows as a page, when somebody opens what was stored.
var runs = []string{
	"html", "htm", "xhtml", "xht", "shtml", "svg", "svgz", "xml", "xsl", "mht", "mhtml", "hta", "js", "mjs", "jse", "vbs", "vbe", "wsf", "wsh", "ps1", "bat", "cmd", "com", "exe", "scr", "pif", "cpl", "dll", "msi", "msp",
	"jar", "lnk", "url", "website", "reg", "sh", "bash", "command", "desktop", "app", "php", "py", "pl", "rb", "docm", "dotm", "xlsm", "xlam", "xltm", "pptm", "iso", "img", "vhd", "one", "chm",
}

// reserved are names that some systems keep for devices, whatever ending they have.
var reserved = []string{"con", "prn", "aux", "nul", "conin$", "conout$"}

// nameable says whether a name can be that of a file on any system, and shows what it is.
func nameable(name string) bool {
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.ContainsAny(name, `/\`) || strings.Trim(name, ". ") != name {
		return false
	}
	if strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == '\ufeff'
	}) {
		return false
	}
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	stem = strings.TrimSpace(stem)
	device := len(stem) == len("com1") && (strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")) && stem[3] >= '0' && stem[3] <= '9'
	return !device && !slices.Contains(reserved, stem)
}

// cut shortens a name that a stranger chose, for a message.
func cut(name string) string {
	if r := []rune(name); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return name
}

// look says what a content looks like.
func look(content []byte) string {
	if bytes.HasPrefix(content, []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}) {
		return oldOffice
	}
	if bytes.HasPrefix(content, []byte("II*\x00")) || bytes.HasPrefix(content, []byte("MM\x00*")) {
		return "image/tiff"
	}
	looks, _, _ := strings.Cut(http.DetectContentType(content), ";")
	return looks
}

// Save keeps a file; see [Accept] for what is refused.
func Save(ctx context.Context, tx *db.Tx, name, said string, content []byte) (*File, error) {
	kind, err := Accept(name, said, content)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	if _, err = tx.Exec(ctx, "insert into file_content (company, sha256, content) values ($1, $2, $3) on conflict (company, sha256) do nothing", tx.Company, sum[:], content); err != nil {
		return nil, err
	}
	f := &File{Name: name, Media: kind, Size: int64(len(content)), SHA256: sum[:], Actor: tx.Actor, At: tx.Micros()}
	if f.ID, err = tx.NewID(ctx); err != nil {
		return nil, err
	}
	return f, insert(ctx, tx, f)
}

// Open gives a file with its content; none is [fault.NotFound].
func Open(ctx context.Context, tx *db.Tx, id int64) (*File, []byte, error) {
	f := &File{ID: id}
	var content []byte
	err := tx.Row(ctx, `select f.name, f.media, f.size, f.sha256, f.actor, f.at, c.content from file f join file_content c on c.company = f.company and c.sha256 = f.sha256
		where f.company = $1 and f.id = $2`, tx.Company, id).Scan(&f.Name, &f.Media, &f.Size, &f.SHA256, &f.Actor, &f.At, &content)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil, fault.New(fault.NotFound, "there is no file of id %d", id)
	}
	return f, content, err
}

// List gives files without their contents, by id.
func List(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]File, error) {
	all := map[int64]File{}
	if len(ids) == 0 {
		return all, nil
	}
	those, arg := tx.Among("id", "$2", ids)
	err := tx.Each(ctx, "select id, name, media, size, sha256, actor, at from file where company = $1 and "+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		var f File
		err := r.Scan(&f.ID, &f.Name, &f.Media, &f.Size, &f.SHA256, &f.Actor, &f.At)
		all[f.ID] = f
		return err
	})
	return all, err
}

// Headers gives the headers with which a file is handed to a browser, so that it stores it and never runs it.
func (f *File) Headers() map[string]string {
	return map[string]string{
		"Content-Type":            f.Media,
		"Content-Disposition":     mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}),
		"X-Content-Type-Options":  "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox",
		"Cache-Control":           "private, no-store",
	}
}

// Check proves the files: each has its content, whose digest and size are those that it says. It gives the first that does not, as a
// text; blank when all is right.
func Check(ctx context.Context, tx *db.Tx) (wrong string, err error) {
	files, err := db.List(ctx, tx, func(r *db.Rows, f *File) error { return r.Scan(&f.ID, &f.Name, &f.Size, &f.SHA256) },
		"select id, name, size, sha256 from file where company = $1 order by id", tx.Company)
	if err != nil {
		return "", err
	}
	sizes := map[string]int64{}
	err = tx.Each(ctx, "select sha256, content from file_content where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		content := r.Bytes(1)
		if sum := sha256.Sum256(content); bytes.Equal(sum[:], r.Bytes(0)) {
			sizes[string(sum[:])] = int64(len(content))
		}
		return nil
	})
	for _, f := range files {
		if size, found := sizes[string(f.SHA256)]; err == nil && (!found || size != f.Size) {
			return f.Name, nil
		}
	}
	return "", err
}

// Content gives a content by its digest; nil when it is not kept.
func Content(ctx context.Context, tx *db.Tx, sum []byte) (content []byte, err error) {
	err = tx.Row(ctx, "select content from file_content where company = $1 and sha256 = $2", tx.Company, sum).Scan(&content)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return content, err
}

// Restore keeps a file that was brought in, with the name, media type, actor and instant that it had; it gets its id. A content that is not
// of its digest and size is refused, and what [Accept] refuses.
func Restore(ctx context.Context, tx *db.Tx, f *File, content []byte) error {
	sum := sha256.Sum256(content)
	if !bytes.Equal(sum[:], f.SHA256) || int64(len(content)) != f.Size {
		return fault.New(fault.Invalid, "the content of %s has %d bytes and the SHA-256 %x, not %d bytes and %x", f.Name, len(content), sum, f.Size, f.SHA256).In("sha256").ByRule("file_differs")
	}
	kind, err := Accept(f.Name, f.Media, content)
	if err != nil {
		return err
	}
	f.Media = kind
	if _, err := tx.Exec(ctx, "insert into file_content (company, sha256, content) values ($1, $2, $3) on conflict (company, sha256) do nothing", tx.Company, sum[:], content); err != nil {
		return err
	}
	if f.ID, err = tx.NewID(ctx); err != nil {
		return err
	}
	return insert(ctx, tx, f)
}

func insert(ctx context.Context, tx *db.Tx, f *File) error {
	_, err := tx.Exec(ctx, "insert into file (company, id, name, media, size, sha256, actor, at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
		tx.Company, f.ID, f.Name, f.Media, f.Size, f.SHA256, f.Actor, f.At)
	return err
}
