package folder_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"quittance/internal/folder"
)

const unpacked = 1 << 20

// packed is one file of a zip file that a test makes.
type packed struct {
	name, text string
	mode       fs.FileMode
	flags      uint16
}

func pack(t *testing.T, files ...packed) *bytes.Reader {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Flags: f.flags}
		if f.mode != 0 {
			h.SetMode(f.mode)
		}
		w, err := z.CreateHeader(h)
		check(t, err)
		_, err = w.Write([]byte(f.text))
		check(t, err)
	}
	check(t, z.Close())
	return bytes.NewReader(b.Bytes())
}

// minimalFiles are the files of the minimal folder.
func minimalFiles(more ...packed) []packed {
	var all []packed
	for name, text := range minimal {
		all = append(all, packed{name: name, text: text})
	}
	slices.SortFunc(all, func(a, b packed) int { return strings.Compare(a.name, b.name) })
	return append(all, more...)
}

func readPacked(r *bytes.Reader) (*folder.Data, error) {
	return folder.ReadArchive(r, r.Size(), unpacked)
}

func TestReadArchiveGivesWhatWasWritten(t *testing.T) {
	want, err := folder.ReadFS(with(nil))
	check(t, err)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"Zip":  func(b *bytes.Buffer) error { return folder.WriteZIP(b, want) },
		"Book": func(b *bytes.Buffer) error { return folder.WriteBook(b, want) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			check(t, write(&b))
			got, err := readPacked(bytes.NewReader(b.Bytes()))
			check(t, err)
			forget(got)
			forget(want)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestReadArchiveReports(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []packed
		want  []string
	}{
		{"PathUpwards", minimalFiles(packed{name: "../customers.csv"}), []string{"../customers.csv:1:1 … pack the files themselves"}},
		{"Directory", []packed{{name: "demo/company.csv"}}, []string{"demo/company.csv:1:1 … pack the files themselves", "company.csv:1:1 … missing", "accounts.csv:1:1 … missing", "periods.csv:1:1 … missing"}},
		{"AbsolutePath", minimalFiles(packed{name: "/etc/passwd"}), []string{"/etc/passwd:1:1 … is not a file of the company folder"}},
		{"HiddenUpwards", minimalFiles(packed{name: "../.profile"}), []string{"../.profile:1:1 … pack the files themselves"}},
		{"Backslashes", minimalFiles(packed{name: `..\customers.csv`}), []string{`..\customers.csv:1:1 … pack the files themselves`}},
		{"ControlCharacters", minimalFiles(packed{name: "a\x1b[31m\n.csv"}), []string{"a[31m.csv:1:1 … is not a file"}},
		{"UnknownFile", minimalFiles(packed{name: "budget.csv"}), []string{"budget.csv:1:1 … is not a file of the company folder"}},
		{"SameFileTwice", minimalFiles(packed{name: "company.csv"}), []string{"company.csv:1:1 … is there twice"}},
		{"Link", minimalFiles(packed{name: "customers.csv", text: "/etc/passwd", mode: fs.ModeSymlink | 0o777}), []string{"customers.csv:1:1 … is not a regular file"}},
		{"Password", minimalFiles(packed{name: "customers.csv", flags: 1}), []string{"customers.csv:1:1 … has a password"}},
		{"BrokenRow", minimalFiles(packed{name: "dimensions.csv", text: "dimension,balancing\n\"Fund\"x,yes\n"}), []string{"dimensions.csv:2:1 … goes on after its closing quote"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readPacked(pack(t, c.files...))
			wantLines(t, err, c.want...)
		})
	}
	t.Run("HiddenFilesArePassedOver", func(t *testing.T) {
		_, err := readPacked(pack(t, minimalFiles(packed{name: ".DS_Store", text: "x"}, packed{name: "__MACOSX/._company.csv", text: "x"})...))
		check(t, err)
	})
	t.Run("NoArchive", func(t *testing.T) {
		_, err := readPacked(bytes.NewReader([]byte("company,name\n")))
		wantLines(t, err, "archive:1:1: … is neither an XLSX workbook nor a zip file")
	})
	t.Run("CutOff", func(t *testing.T) {
		r := pack(t, minimalFiles()...)
		_, err := folder.ReadArchive(r, r.Size()-10, unpacked)
		wantLines(t, err, "archive:1:1: … is neither")
	})
}

// A small archive must not fill the memory, and one that lies about its sizes neither.
func TestReadArchiveRefusesBomb(t *testing.T) {
	var rows strings.Builder
	for i := range 3 * unpacked / 200 {
		fmt.Fprintf(&rows, "%07d,%s\n", i, strings.Repeat("x", 200))
	}
	bomb := packed{name: "billing_classifications.csv", text: "classification,name\n" + rows.String()}
	r := pack(t, minimalFiles(bomb)...)
	if r.Size() > unpacked/10 {
		t.Fatalf("the archive is no bomb: %d bytes", r.Size())
	}
	_, err := readPacked(r)
	wantLines(t, err, "billing_classifications.csv: … unzips to more than the 1048576 bytes")
	t.Run("Book", func(t *testing.T) {
		d, err := folder.ReadFS(with(nil))
		check(t, err)
		var b bytes.Buffer
		check(t, folder.WriteBook(&b, d))
		_, err = folder.ReadArchive(bytes.NewReader(b.Bytes()), int64(b.Len()), 1000)
		if lines := places(t, err); !strings.Contains(lines[0], "unzips to more than the 1000 bytes") {
			t.Errorf("got %v", lines)
		}
	})
}

func TestExcerptsShowTheRows(t *testing.T) {
	wanted := map[string][]int{"accounts.csv": {3, 9}, "dimensions.csv": {2}, "../company.csv": {1}}
	r := pack(t, minimalFiles(packed{name: "dimensions.csv", text: "\ufeffdimension,balancing\r\n\"Fund\"x,yes\r\n"})...)
	got := folder.Excerpts(r, r.Size(), unpacked, wanted)
	want := map[string]folder.Excerpt{
		"accounts.csv":   {Header: []string{"account", "name", "type", "control"}, Rows: map[int][]string{3: {"1100", "Receivable", "asset", "customer"}}},
		"dimensions.csv": {Header: []string{"dimension", "balancing"}, Rows: map[int][]string{2: {`"Fund"x,yes`}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	t.Run("Book", func(t *testing.T) {
		d, err := folder.ReadFS(with(nil))
		check(t, err)
		var b bytes.Buffer
		check(t, folder.WriteBook(&b, d))
		got := folder.Excerpts(bytes.NewReader(b.Bytes()), int64(b.Len()), unpacked, map[string][]int{"accounts": {3}})
		if !slices.Equal(got["accounts"].Rows[3], []string{"1100", "Receivable", "asset", "customer"}) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("NoArchive", func(t *testing.T) {
		if got := folder.Excerpts(strings.NewReader("x"), 1, unpacked, wanted); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
}

func TestParsePlace(t *testing.T) {
	if file, line, column, ok := folder.ParsePlace("a:b.csv:12:9"); file != "a:b.csv" || line != 12 || column != 9 || !ok {
		t.Error(file, line, column, ok)
	}
	for _, text := range []string{"", "12:9", "a:b:c", "line 3"} {
		if _, _, _, ok := folder.ParsePlace(text); ok {
			t.Errorf("%q is taken for a place", text)
		}
	}
}
