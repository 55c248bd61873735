package folder

import (
	"archive/zip"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/file"
)

// filesDir is the directory of a folder that holds the contents of files, each under its SHA-256 in hexadecimal digits.
const filesDir = "files"

// Contents gives the content of a file by its SHA-256 in hexadecimal digits; nil when it is not there.
type Contents func(sha256 string) ([]byte, error)

// checkSHA256 tests the form of a digest.
func checkSHA256(s string) error {
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return invalid("%q is no SHA-256; expected 64 hexadecimal digits in small letters", short(s))
		}
	}
	if len(s) != 64 {
		return invalid("%q is no SHA-256; expected 64 hexadecimal digits in small letters", short(s))
	}
	return nil
}

// digests gives the digest of each content that the folder names, once, with the most bytes that it has. A masked folder has no contents
// of bank files and payment files.
func (d *Data) digests() map[string]int {
	all := map[string]int{}
	name := func(sum string, most int) {
		if !strings.Contains(sum, "*") {
			all[sum] = max(all[sum], most)
		}
	}
	for i := range d.Remittances {
		name(d.Remittances[i].SHA256, file.MaxSize)
	}
	for i := range d.DeductionEvidence {
		name(d.DeductionEvidence[i].SHA256, file.MaxSize)
	}
	for i := range d.PaymentFiles {
		name(d.PaymentFiles[i].SHA256, d.PaymentFiles[i].Size)
	}
	for i := range d.BankFiles {
		name(d.BankFiles[i].SHA256, d.BankFiles[i].Size)
	}
	for i := range d.UnclaimedLetters {
		name(d.UnclaimedLetters[i].SHA256, d.UnclaimedLetters[i].Size)
	}
	for i := range d.UnclaimedReports {
		name(d.UnclaimedReports[i].SHA256, d.UnclaimedReports[i].Size)
	}
	return all
}

// contents tests the names of the contents that a folder has, by their places, and lets them be read one by one.
func (r *reader) contents(has map[string]string, open func(sha256 string) (fs.File, error)) {
	named := r.data.digests()
	for _, sum := range slices.Sorted(maps.Keys(has)) {
		if err := checkSHA256(sum); err != nil {
			r.add(place(has[sum], 1, 1), "is not a file of the company folder; under %s each content has its SHA-256 as its name", filesDir)
		} else if _, known := named[sum]; !known {
			r.add(place(has[sum], 1, 1), "is named by no row of deduction_evidence, remittances, payment_files or bank_files; take it away")
		}
	}
	r.data.Files = func(sha256 string) ([]byte, error) {
		if has[sha256] == "" {
			return nil, nil
		}
		return readContent(sha256, named[sha256], open)
	}
}

func readContent(sha256 string, most int, open func(sha256 string) (fs.File, error)) ([]byte, error) {
	name := path.Join(filesDir, sha256)
	f, err := open(sha256)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "%s cannot be read; look at its permissions", name).Because(err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s %s", name, unreadable(err)).Because(err)
	}
	return content, nil
}

// directoryFiles reads the contents that a directory of CSV files has.
func (r *reader) directoryFiles(fsys fs.FS) {
	entries, err := fs.ReadDir(fsys, filesDir)
	if err != nil {
		r.add(place(filesDir, 1, 1), "is no directory that can be listed; look at its permissions")
		return
	}
	has := map[string]string{}
	for _, e := range entries {
		if e.Name()[0] != '.' {
			has[e.Name()] = path.Join(filesDir, e.Name())
		}
	}
	r.contents(has, func(sha256 string) (fs.File, error) { return fsys.Open(path.Join(filesDir, sha256)) })
}

// zipFiles reads the contents that a zip file of CSV files has.
func (r *reader) zipFiles(z *zip.Reader, packed map[string]*zip.File) {
	has := map[string]string{}
	for sum, f := range packed {
		has[sum] = f.Name
	}
	r.contents(has, func(sha256 string) (fs.File, error) { return z.Open(path.Join(filesDir, sha256)) })
}

// eachContent gives the contents that the folder names, in the order of their digests.
func (d *Data) eachContent(write func(name string, content []byte) error) error {
	named := d.digests()
	for _, sum := range slices.Sorted(maps.Keys(named)) {
		var content []byte
		var err error
		if d.Files != nil {
			content, err = d.Files(sum)
		}
		if err == nil && content == nil {
			err = fault.New(fault.Violation, "the content of SHA-256 %s is not kept; run quittance verify", sum)
		}
		if err == nil {
			err = write(path.Join(filesDir, sum), content)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// saveFile keeps a file that a row brings in; false when it cannot, which is then noted.
func (im *importer) saveFile(ctx context.Context, row *Row, f *file.File, sum string) (bool, error) {
	var err error
	if f.SHA256, err = hex.DecodeString(sum); err != nil {
		return false, err
	}
	content, err := file.Content(ctx, im.tx, f.SHA256)
	if err == nil && content == nil && im.d.Files != nil {
		content, err = im.d.Files(sum)
	}
	if err == nil && content == nil {
		im.bad(row, "sha256", "the content of %s is not there: expected the file %s; a workbook has no files, so bring the folder in as a directory or a zip file", f.Name, path.Join(filesDir, sum))
		return false, nil
	}
	if err == nil {
		err = file.Restore(ctx, im.tx, f, content)
	}
	var refused *fault.Error
	if errors.As(err, &refused) && refused.Code != fault.Internal {
		column := "sha256"
		if refused.Field == "name" || refused.Field == "media" {
			column = refused.Field
		}
		im.because(row, column, err)
		return false, nil
	}
	return err == nil, err
}
