package web

import (
	"archive/zip"
	"io"
	"mime/multipart"
	"os"
	"strings"

	"quittance/internal/fault"
)

// upload is files that were sent, as one archive in a file without a name: it is gone when the program ends, however it ends.
type upload struct {
	name  string // as the sender named it
	file  *os.File
	size  int64
	files int

	csv *zip.Writer // while CSV files are packed
}

func newUpload() (*upload, error) {
	f, err := os.CreateTemp("", "quittance-upload-*")
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the server has no room for the files just now; nothing was changed").Because(err)
	}
	_ = os.Remove(f.Name()) // where the system lets an open file go; else Close does
	return &upload{file: f}, nil
}

// Close lets the files go.
func (u *upload) Close() error {
	if u == nil || u.file == nil {
		return nil
	}
	err := u.file.Close()
	_ = os.Remove(u.file.Name())
	u.file = nil
	return err
}

// take takes in one file that was sent. Its name is looked at, never used as a path.
func (u *upload) take(part *multipart.Part) error {
	name := part.FileName()
	if u.files++; u.files > uploadFiles {
		return fault.New(fault.Invalid, "more than %d files were sent; a company folder has fewer", uploadFiles).In("files").ByRule("too_many_files")
	}
	var w io.Writer = u.file
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, ".csv"):
		if u.csv == nil && u.files > 1 {
			return mixed()
		}
		if u.csv == nil {
			u.csv = zip.NewWriter(u.file)
		}
		packed, err := u.csv.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return err
		}
		w = packed
	case u.files > 1:
		return mixed()
	case !strings.HasSuffix(lower, ".zip") && !strings.HasSuffix(lower, ".xlsx"):
		return fault.New(fault.Invalid, "%q is neither an .xlsx workbook, a .zip file nor a .csv file", shortName(name)).In("files").ByRule("wrong_file_kind")
	}
	u.name = name
	_, err := io.Copy(w, part)
	return err
}

func mixed() error {
	return fault.New(fault.Invalid, "send one workbook, or one zip file, or the CSV files of a folder; not several kinds together").In("files").ByRule("mixed_files")
}

// end completes the archive.
func (u *upload) end() error {
	if u.csv != nil {
		if err := u.csv.Close(); err != nil {
			return err
		}
	}
	info, err := u.file.Stat()
	if err == nil {
		u.size = info.Size()
	}
	return err
}

// shortName cuts a name that a stranger chose.
func shortName(name string) string {
	const most = 80
	if r := []rune(name); len(r) > most {
		return string(r[:most]) + "…"
	}
	return name
}
