package web_test

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/file"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

// onPages is what becomes of names that are folders, and of types that browsers say, on pages: of a path the last part is the name, and what is
// said of the type is passed over.
var onPages = map[string]string{"a name in folders": "passwd.pdf", "an absolute name": "passwd.pdf", "another type than it says": "letter.pdf", "a type that browsers run": "letter.pdf"}

// Whatever is attached on the page is refused with what is wrong, or handed out so that no browser runs it.
func TestHostileAttachments(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		script := filepath.Join(t.TempDir(), "scan")
		if err := os.WriteFile(script, []byte("#!/bin/sh\nif grep -q EICAR; then echo infected; exit 1; fi\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		d.SetScanner("/bin/sh " + script)
		if _, err := d.CreateRequest(t.Context(), apptest.Call, app.RequestEntry{Customer: "C-1001", Kind: "other", Reason: "x"}, false); err != nil {
			t.Fatal(err)
		}
		clerk := webtest.Serve(t, d, options()).SignedIn(identity.Clerk)
		kept := 0
		for _, h := range apptest.HostileFiles() {
			t.Run(h.What, func(t *testing.T) {
				quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r\n", "%0D%0A").Replace(h.Name) // as browsers do
				a := sendFiles(t, clerk, oneRequest+"/files", []sent{{quoted, h.Content}}, "type", "other")
				if name, taken := onPages[h.What]; taken {
					h.Name, h.Rule, h.Taken = name, "", "application/pdf"
				}
				if h.Rule != "" {
					if a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusRequestEntityTooLarge && a.Status != http.StatusConflict {
						t.Errorf("answers %d", a.Status)
					}
					if strings.Contains(a.Body, "<script>alert") || strings.Contains(a.Body, "onload=alert") {
						t.Error("the page shows what was sent")
					}
					return
				}
				says(t, a, http.StatusOK, "Attached: ")
				kept++
				got := clerk.Get(oneRequest + "/files/" + strconv.Itoa(kept))
				_, params, err := mime.ParseMediaType(got.Header.Get("Content-Disposition"))
				if got.Body != string(h.Content) || err != nil || params["filename"] != h.Name || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment;") {
					t.Errorf("%.40q is handed out by %v, %v", got.Body, got.Header, err)
				}
				for name, want := range map[string]string{"Content-Type": h.Taken, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "private, no-store"} {
					if values := got.Header.Values(name); len(values) != 1 || values[0] != want {
						t.Errorf("%s is %q, want %q", name, values, want)
					}
				}
			})
		}
		x, err := d.Request(t.Context(), apptest.Call, "RQ-00000001")
		if err != nil || len(x.Files) != kept {
			t.Errorf("%d files are kept, want %d: %v", len(x.Files), kept, err)
		}
		d.MustVerify(t)
	})
}

// A form that is larger than all files together may be, and one that breaks off, keep nothing, and say so.
func TestHostileForms(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	if _, err := d.CreateRequest(t.Context(), apptest.Call, app.RequestEntry{Customer: "C-1001", Kind: "other", Reason: "x"}, false); err != nil {
		t.Fatal(err)
	}
	clerk := webtest.Serve(t, d, options()).SignedIn(identity.Clerk)
	const head = "--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nother\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7\n"
	post := func(body io.Reader, length int64) int {
		req := must(http.NewRequest(http.MethodPost, clerk.URL(oneRequest+"/files"), body))
		req.ContentLength = length
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		resp, err := clerk.Client.Do(req)
		if err != nil { // the server has hung up
			return http.StatusRequestEntityTooLarge
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for what, body := range map[string]io.Reader{
		"breaks off":     strings.NewReader(head),
		"one large file": io.MultiReader(strings.NewReader(head), bytes.NewReader(make([]byte, file.MaxSize+1)), strings.NewReader("\r\n--b--\r\n")),
		"all too large":  io.MultiReader(strings.NewReader(head), bytes.NewReader(make([]byte, 6*file.MaxSize)), strings.NewReader("\r\n--b--\r\n")),
		"six files":      strings.NewReader(strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.exe\"\r\n\r\nMZ\r\n", 6) + "--b--\r\n"),
		"no form":        strings.NewReader("x"),
	} {
		if status := post(body, -1); status != http.StatusUnprocessableEntity && status != http.StatusRequestEntityTooLarge {
			t.Errorf("a form that is %q is answered with %d", what, status)
		}
	}
	if x, err := d.Request(t.Context(), apptest.Call, "RQ-00000001"); err != nil || len(x.Files) != 0 {
		t.Errorf("kept is %+v, %v", x.Files, err)
	}
}
