package file_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/file"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var (
	pdf = []byte("%PDF-1.7\n1 0 obj")
	png = []byte("\x89PNG\x0d\x0a\x1a\x0a rest")
)

func TestAccept(t *testing.T) {
	for _, x := range []struct {
		name, said, content string
		media, rule         string
	}{
		{"claim.pdf", "", string(pdf), "application/pdf", ""},
		{"CLAIM.PDF", "application/octet-stream", string(pdf), "application/pdf", ""},
		{"claim", "application/pdf", string(pdf), "application/pdf", ""},
		{"pod.png", "image/png", string(png), "image/png", ""},
		{"mail.eml", "", "From: a@b.example\nSubject: claim\n\nhello", "message/rfc822", ""},
		{"list.csv", "text/csv; charset=utf-8", "a,b\n1,2\n", "text/csv", ""},
		{"old.xls", "", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", "application/vnd.ms-excel", ""},
		{"scan.tif", "", "II*\x00 rest", "image/tiff", ""},
		{"page.html", "", "<html><script>alert(1)</script>", "", "file_type"},
		{"page.html", "text/html", "<html>", "", "file_type"},
		{"drawing.svg", "image/svg+xml", "<svg onload='x'/>", "", "file_type"},
		{"claim.txt", "text/plain", "<html><script>alert(1)</script>", "", "file_differs"},
		{"mail.eml", "", "<!DOCTYPE html><p>", "", "file_differs"},
		{"claim.pdf", "", "MZ\x90\x00\x03\x00\x00\x00", "", "file_differs"},
		{"claim.pdf", "image/png", string(pdf), "", "file_differs"},
		{"run.exe", "", "MZ\x90\x00", "", "file_type"},
		{"", "application/pdf", string(pdf), "", "file_name"},
		{"../claim.pdf", "", string(pdf), "", "file_name"},
		{"a\nb.pdf", "", string(pdf), "", "file_name"},
		{strings.Repeat("x", 201), "application/pdf", string(pdf), "", "file_name"},
		{"claim.pdf", "", "", "", "file_empty"},
		{"claim.pdf", "", string(pdf) + strings.Repeat("x", file.MaxSize), "", "file_too_large"},
	} {
		media, err := file.Accept(x.name, x.said, []byte(x.content))
		if media != x.media || fault.RuleOf(err) != x.rule {
			t.Errorf("%.20q %q gives %q %v, want %q %q", x.name, x.said, media, err, x.media, x.rule)
		}
	}
}

func TestSave(t *testing.T) {
	ctx := context.Background()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var first, second *file.File
		err := d.Unit(ctx, db.Scope{Actor: "ann", Now: time.Unix(5, 0)}, func(ctx context.Context, tx *db.Tx) (err error) {
			if tx.Company, err = company(ctx, tx); err != nil {
				return err
			}
			if first, err = file.Save(ctx, tx, "claim.pdf", "", pdf); err != nil {
				return err
			}
			if second, err = file.Save(ctx, tx, "again.pdf", "", pdf); err != nil {
				return err
			}
			f, content, err := file.Open(ctx, tx, second.ID)
			if err != nil || f.Name != "again.pdf" || f.Media != "application/pdf" || f.Actor != "ann" || !bytes.Equal(content, pdf) {
				t.Errorf("%+v %q %v", f, content, err)
			}
			var n int
			if err := tx.Row(ctx, "select count(*) from file_content").Scan(&n); err != nil || n != 1 {
				t.Errorf("the content is kept %d times, %v", n, err)
			}
			files, err := file.List(ctx, tx, []int64{first.ID, second.ID, 999999})
			if err != nil || len(files) != 2 || files[first.ID].Name != "claim.pdf" || files[first.ID].Size != int64(len(pdf)) {
				t.Errorf("%+v %v", files, err)
			}
			if _, _, err := file.Open(ctx, tx, 999999); fault.CodeOf(err) != fault.NotFound {
				t.Error(err)
			}
			if wrong, err := file.Check(ctx, tx); wrong != "" || err != nil {
				t.Error(wrong, err)
			}
			if _, err := tx.Exec(ctx, "update file_content set content = $1", []byte("other")); err != nil {
				return err
			}
			if wrong, err := file.Check(ctx, tx); wrong != "claim.pdf" || err != nil {
				t.Error(wrong, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		h := first.Headers()
		if h["X-Content-Type-Options"] != "nosniff" || h["Content-Disposition"] != "attachment; filename=claim.pdf" || !strings.Contains(h["Content-Security-Policy"], "sandbox") {
			t.Error(h)
		}
	})
}

// company makes a company to keep files for.
func company(ctx context.Context, tx *db.Tx) (int64, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, "insert into company (id, code, name, country, currency, account_format) values ($1, 'CO', 'Co', 'US', 'USD', 'x')", id)
	return id, err
}
