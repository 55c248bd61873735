package folder

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"strings"

	"quittance/internal/format/sheet"
)

// archive is the place of what is wrong with a zip file as a whole.
const archive = "archive"

// ReadArchive reads an uploaded folder: a workbook, or a zip file of the CSV files of a folder, which stand at its root under their
// own names. Unpacked it may have so many bytes, however small it is packed. All errors of form come at once, as in [Read].
func ReadArchive(src io.ReaderAt, size, unpacked int64) (*Data, error) {
	r := newReader()
	z, err := sheet.OpenZip(src, size)
	if err != nil {
		r.add(place(archive, 1, 1), "is neither an XLSX workbook nor a zip file; pack the CSV files of the folder, or save the workbook as .xlsx, without a password")
		return r.result()
	}
	if sheet.IsWorkbook(z) {
		return readXLSX(src, size, unpacked)
	}
	files, contents := r.zipped(z)
	left := unpacked
	for _, s := range registry {
		if f := files[s.name]; f != nil && left >= 0 {
			r.unpack(s, f, &left, unpacked)
		}
	}
	if len(contents) > 0 {
		r.zipFiles(z, contents)
	}
	return r.result()
}

// zipped gives the files of the folder that are in the zip file by name, and reports all others. Hidden files are passed over.
// contents gives those under files, by their digests.
func (r *reader) zipped(z *zip.Reader) (files, contents map[string]*zip.File) {
	files, contents = map[string]*zip.File{}, map[string]*zip.File{}
	present := map[string]bool{}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".csv")
		switch {
		case strings.HasPrefix(path.Base(f.Name), ".") && !strings.Contains(f.Name, "..") || f.Name == filesDir+"/":
		case path.Dir(f.Name) == filesDir && f.Mode().IsRegular() && f.Flags&encrypted == 0 && contents[path.Base(f.Name)] == nil:
			contents[path.Base(f.Name)] = f
		case !ok || specOf(name) == nil:
			why := ""
			if strings.ContainsAny(f.Name, `/\`) {
				why = "; pack the files themselves, not the directory that they are in"
			}
			r.add(place(short(printable(f.Name)), 1, 1), "is not a file of the company folder; expected %s.csv%s", strings.Join(fileNames(), ".csv, "), why)
		case present[name]:
			r.add(place(f.Name, 1, 1), "is there twice; pack each file once")
		case !f.Mode().IsRegular():
			r.add(place(f.Name, 1, 1), "is not a regular file; expected a CSV file")
		case f.Flags&encrypted != 0:
			r.add(place(f.Name, 1, 1), "has a password; pack the files without one")
		default:
			files[name] = f
		}
		present[name] = present[name] || ok
	}
	r.needRequired(present, ".csv")
	return files, contents
}

const encrypted = 1 // flag bit of a packed file. Source: APPNOTE.TXT, 4.4.4

// printable takes control characters out of a name that a stranger chose.
func printable(name string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(name, "?"))
}

// unpack reads one packed file, which takes from the bytes that are left.
func (r *reader) unpack(s *spec, f *zip.File, left *int64, all int64) {
	src, err := f.Open()
	if err != nil {
		r.add(place(f.Name, 1, 1), "is packed in a way that is not read here; pack the files with the usual method (deflate)")
		return
	}
	defer src.Close()
	r.table(s, f.Name, r.csvRecords(sheet.Count(src, left, all), f.Name), false)
}

// unreadable says why a file cannot be read to its end.
func unreadable(err error) string {
	var large sheet.TooLarge
	switch {
	case errors.As(err, &large):
		return large.Error()
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm), errors.Is(err, io.ErrUnexpectedEOF):
		return "is damaged; pack the files again"
	}
	return "cannot be read to its end; look at the disk"
}

// WriteZIP writes the folder as a zip file of the CSV files that [Write] makes.
func WriteZIP(w io.Writer, d *Data) error {
	z := zip.NewWriter(w)
	for _, s := range registry {
		records, some := s.records(d)
		if !some && !s.required {
			continue
		}
		f, err := z.Create(s.name + ".csv")
		if err == nil {
			err = writeCSV(f, records)
		}
		if err != nil {
			return err
		}
	}
	err := d.eachContent(func(name string, content []byte) error {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write(content)
		}
		return err
	})
	if err != nil {
		return err
	}
	return z.Close()
}
