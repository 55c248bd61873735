package web_test

import (
	"archive/zip"
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"quittance/internal/app/apptest"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

// sent is a file of a form.
type sent struct {
	name string
	body []byte
}

// upload sends files to the check of an import.
func upload(t *testing.T, r *webtest.Reader, at string, files ...sent) *webtest.Answer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		part := must(w.CreateFormFile("files", f.name))
		_ = must(part.Write(f.body))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req := must(http.NewRequest(http.MethodPost, r.URL(at), &b))
	req.Header.Set("Content-Type", w.FormDataContentType())
	return r.Do(req)
}

// zipped packs files; a name may be anything.
func zipped(t *testing.T, f apptest.Files, more ...sent) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range f {
		more = append(more, sent{name + ".csv", []byte(strings.TrimLeft(text, "\n"))})
	}
	for _, f := range more {
		w := must(z.Create(f.name))
		_ = must(w.Write(f.body))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// book makes a workbook of files.
func book(t *testing.T, f apptest.Files) []byte {
	t.Helper()
	data, err := f.Read()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := folder.WriteBook(&b, data); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestImportChecksThenDoes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := webtest.Serve(t, d, options())
		r := s.SignedIn(identity.Controller)
		says(t, r.Get("/import"), http.StatusOK, "Check the files") // there is no company yet
		a := upload(t, r, "/import/check", sent{"lakemont.zip", zipped(t, apptest.PublicSector())})
		says(t, a, http.StatusOK, "Checked: nothing is wrong", "Company PSUS is new", "lakemont.zip")
		if codes := must(d.Companies(t.Context(), apptest.Call)); len(codes) != 0 {
			t.Fatalf("checking made %v", codes)
		}
		f := form(t, a, "/import")
		a = r.Post("/import", f)
		says(t, a, http.StatusOK, "PSUS is brought in", "New run")
		says(t, r.Post("/import", f), http.StatusOK, "PSUS is brought in") // sent twice: the same answer
		d.MustVerify(t)
		more := apptest.PublicSector().Append("customers", "C-2002,Hilltop Cafe,RES,USD,,no,no,,,,,US")
		more["vendors"] = strings.Replace(more["vendors"], "Brightwater Bakery", "Brightwater & Sons", 1)
		a = upload(t, r, "/c/PSUS/import/check", sent{"book.xlsx", book(t, more)})
		says(t, a, http.StatusOK, "Import 1 new and 1 changed rows into PSUS", "vendor V-1001 updated")
		says(t, r.Post("/c/PSUS/import", form(t, a, "/c/PSUS/import")), http.StatusOK, "PSUS is brought in")
		a = upload(t, r, "/c/PSUS/import/check", csvs(more)...)
		says(t, a, http.StatusOK, "Everything in it is known already")
		if _, ok := a.Form("/c/PSUS/import"); ok {
			t.Error("there is a button to import nothing")
		}
		d.MustVerify(t)
	})
}

// csvs are the files one by one.
func csvs(f apptest.Files) (files []sent) {
	for name, text := range f {
		files = append(files, sent{name + ".csv", []byte(strings.TrimLeft(text, "\n"))})
	}
	return files
}

// A broken folder shows every error in its place, and changes nothing.
func TestImportShowsErrorsInPlace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Controller)
		broken := apptest.PublicSector().Append("customers", `C-3003,"<script>alert(1)</script>",RES,EURO,,no,maybe,,,,,US`)
		broken["vouchers"] = strings.Replace(broken["vouchers"], "2026-11-05", "2026-13-05", 1)
		for name, file := range map[string]sent{"Zip": {"x.zip", zipped(t, broken)}, "Files": {}} {
			t.Run(name, func(t *testing.T) {
				files := []sent{file}
				if file.name == "" {
					files = csvs(broken)
				}
				a := upload(t, r, "/c/PSUS/import/check", files...)
				says(t, a, http.StatusUnprocessableEntity, "things to mend", "customers.csv", "Line 3", "maybe", "EURO", "<script>alert(1)</script>", "vouchers.csv", "2026-13-05", "Nothing was changed")
			})
		}
		unbalanced := apptest.PublicSector().Append("vouchers", "CN-9,2026-11-09,credit_note,C-1001,,UTL,,USD,101-44400--,10.00,,x", "CN-9,2026-11-09,credit_note,C-1001,,UTL,,USD,101-11530,,11.00,x")
		says(t, upload(t, r, "/c/PSUS/import/check", sent{"x.zip", zipped(t, unbalanced)}), http.StatusUnprocessableEntity, "vouchers.csv", "CN-9")
		sheet := excelize.NewFile()
		var b bytes.Buffer
		if err := sheet.Write(&b); err != nil {
			t.Fatal(err)
		}
		says(t, upload(t, r, "/c/PSUS/import/check", sent{"x.xlsx", b.Bytes()}), http.StatusUnprocessableEntity, "Sheet1", "is missing")
		a := d.Import(t, apptest.PublicSector())
		for _, f := range a.Files {
			if f.Created+f.Updated > 0 {
				t.Errorf("the broken folders changed the company: %+v", a)
			}
		}
	})
}

// Hostile files are refused, told and left no trace of.
func TestImportRefusesHostileFiles(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		temp := t.TempDir()
		t.Setenv("TMPDIR", temp)
		r := city(t, d).SignedIn(identity.Controller)
		at := "/c/PSUS/import/check"
		good := apptest.PublicSector()
		bomb := zipped(t, good.With(apptest.Files{"billing_classifications": ""}), sent{"billing_classifications.csv", bytes.Repeat([]byte("x"), 257<<20)})
		for name, c := range map[string]struct {
			files  []sent
			status int
			want   string
		}{
			"None":         {nil, 422, "Choose a file first"},
			"WrongKind":    {[]sent{{"x.exe", []byte("MZ")}}, 422, "neither an .xlsx workbook"},
			"NoArchive":    {[]sent{{"x.zip", []byte("PK nothing")}}, 422, "is neither an XLSX workbook nor a zip file"},
			"Several":      {[]sent{{"a.zip", zipped(t, good)}, {"b.zip", zipped(t, good)}}, 422, "not several kinds together"},
			"Mixed":        {[]sent{{"company.csv", []byte("x")}, {"b.zip", zipped(t, good)}}, 422, "not several kinds together"},
			"PathUpwards":  {[]sent{{"x.zip", zipped(t, good, sent{"../../etc/cron.d/x.csv", []byte("x")})}}, 422, "pack the files themselves"},
			"UnknownFile":  {[]sent{{"x.zip", zipped(t, good, sent{"<img onerror>.csv", []byte("x")})}}, 422, "<img onerror>.csv"},
			"CSVElsewhere": {append(csvs(good), sent{"..\\..\\secret.csv", []byte("x")}), 422, "is not a file of the company folder"},
			"Bomb":         {[]sent{{"x.zip", bomb}}, 422, "unzips to more than"},
		} {
			t.Run(name, func(t *testing.T) {
				says(t, upload(t, r, at, c.files...), c.status, c.want)
			})
		}
		t.Run("TooLarge", func(t *testing.T) {
			says(t, upload(t, r, at, sent{"x.zip", bytes.Repeat([]byte("x"), 66<<20)}), http.StatusUnprocessableEntity, "larger than 64 MB")
		})
		t.Run("NoForm", func(t *testing.T) {
			says(t, r.Post(at, url.Values{"files": {"x"}}), http.StatusUnprocessableEntity, "Choose a file first")
		})
		if left := must(filepath.Glob(filepath.Join(temp, "quittance-upload-*"))); len(left) != 0 {
			t.Errorf("files are left behind: %v", left)
		}
	})
}

func TestImportByRole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := city(t, d)
		for _, role := range identity.Roles() {
			r := s.SignedIn(role)
			may := identity.Actor{Roles: []identity.Role{role}}.AllowIn("PSUS", identity.SetUp) == nil
			if a := r.Get("/c/PSUS/import"); a.Status != http.StatusOK || strings.Contains(a.Text(), "Check the files") != may {
				t.Errorf("%s at the import: %d, may %t", role, a.Status, may)
			}
			bank := identity.Actor{Roles: []identity.Role{role}}.AllowIn("PSUS", identity.BankDetails) == nil
			if a := r.Get("/c/PSUS/import"); strings.Contains(a.Text(), "Bank details in clear") != bank {
				t.Errorf("%s: bank details in clear are offered, may %t", role, bank)
			}
			if a := r.Get("/c/PSUS/export?as=zip&bank=yes"); (a.Status == http.StatusOK) != bank {
				t.Errorf("%s exports bank details in clear: %d", role, a.Status)
			}
			if may {
				continue
			}
			if a := upload(t, r, "/c/PSUS/import/check", sent{"x.zip", zipped(t, apptest.PublicSector())}); a.Status != http.StatusForbidden {
				t.Errorf("%s sends files: %d", role, a.Status)
			}
			if a := r.Post("/c/PSUS/import", url.Values{"task": {"x"}}); a.Status == http.StatusOK {
				t.Errorf("%s imports: %d", role, a.Status)
			}
		}
	})
}

func TestExportComesBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Viewer)
		for _, kind := range []string{"zip", "xlsx"} {
			a := r.Get("/c/PSUS/export?as=" + kind)
			if want := `attachment; filename=PSUS-2026-11-21.` + kind; a.Header.Get("Content-Disposition") != want {
				t.Errorf("%d %q, want %q", a.Status, a.Header.Get("Content-Disposition"), want)
			}
			data, err := folder.ReadArchive(strings.NewReader(a.Body), int64(len(a.Body)), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			result, err := d.App.Import(t.Context(), apptest.Call, data)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range result.Files {
				if f.Created+f.Updated > 0 {
					t.Errorf("%s: %+v", kind, f)
				}
			}
		}
		says(t, r.Get("/c/PSUS/export?as=exe"), http.StatusUnprocessableEntity, "no kind of folder")
	})
}
