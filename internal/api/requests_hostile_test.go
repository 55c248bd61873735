package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
)

// scanned sets a scanner that refuses the text by which scanners are tested.
func scanned(t *testing.T, d *apptest.Door) {
	t.Helper()
	script := filepath.Join(t.TempDir(), "scan")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nif grep -q EICAR; then echo infected; exit 1; fi\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	d.SetScanner("/bin/sh " + script)
}

// Whatever is attached over the API is refused by its rule, or handed out so that no browser runs it.
func TestHostileAttachments(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		scanned(t, s.Door)
		clerk := s.token(t, "pia", "clerk")
		var x app.RequestView
		s.must(t, clerk, "POST", psus+"/requests", newRequest, http.StatusCreated).into(t, &x)
		one := psus + "/requests/" + x.Request
		kept := 0
		for _, h := range apptest.HostileFiles() {
			t.Run(h.What, func(t *testing.T) {
				a := s.do(t, clerk, "POST", one+"/attachments", map[string]any{"type": "other", "name": h.Name, "media": h.Media, "content": append([]byte{}, h.Content...)}) // none is "", not null
				if h.Rule != "" {
					if a.status < 400 || a.status >= 500 || len(a.body) > 4<<10 {
						t.Fatalf("answers %d: %.300s", a.status, a.body)
					}
					if p := a.problem(t); p.Rule != h.Rule && h.What != "a very long name" && h.What != "more than is kept" { // those the document refuses
						t.Errorf("refused by %+v, want %s", p, h.Rule)
					}
					return
				}
				if a.status != http.StatusCreated {
					t.Fatalf("answers %d: %.300s", a.status, a.body)
				}
				kept++
				s.harmless(t, clerk, fmt.Sprintf("%s/attachments/%d", one, kept), h)
			})
		}
		var detail app.RequestDetail
		s.must(t, clerk, "GET", one, nil, http.StatusOK).into(t, &detail)
		if len(detail.Files) != kept {
			t.Errorf("%d files are kept, want %d", len(detail.Files), kept)
		}
		s.MustVerify(t)
	})
}

// harmless wants a file to be handed out as it came, to be stored only.
func (s *server) harmless(t *testing.T, token, path string, h apptest.HostileFile) {
	t.Helper()
	a := s.must(t, token, "GET", path, nil, http.StatusOK)
	if !bytes.Equal(a.body, h.Content) {
		t.Errorf("it comes back as %.80q", a.body)
	}
	for name, want := range map[string]string{"Content-Type": h.Taken, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, no-store"} {
		if got := a.header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	kind, params, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" || params["filename"] != h.Name || len(params) != 1 {
		t.Errorf("handed out by %q: %s %v, %v", a.header.Get("Content-Disposition"), kind, params, err)
	}
}

// A length that lies, and a body that never ends, are refused before they are kept.
func TestHostileLengths(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		clerk := s.token(t, "pia", "clerk")
		s.must(t, clerk, "POST", psus+"/requests", newRequest, http.StatusCreated)
		at := s.url + psus + "/requests/RQ-00000001/attachments"
		send := func(body io.Reader, length int64) (status int, err error) {
			req, err := http.NewRequest(http.MethodPost, at, body)
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = length
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+clerk)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return 0, err
			}
			defer resp.Body.Close()
			_, _ = io.Copy(io.Discard, resp.Body)
			return resp.StatusCode, nil
		}
		head := `{"type":"other","name":"a.pdf","content":"` + base64.StdEncoding.EncodeToString([]byte("%PDF-1.7\n1 0 obj "))
		for what, x := range map[string]struct {
			body   io.Reader
			length int64
		}{
			"a body that does not end, of no length": {io.LimitReader(io.MultiReader(strings.NewReader(head), zeros{}), 64<<20), -1},
			"a length of many gigabytes":             {strings.NewReader(head + `"}`), 1 << 40},
			"a length that is too short":             {strings.NewReader(head + `"}`), 20},
			"base64 that is none":                    {strings.NewReader(`{"type":"other","name":"a.pdf","content":"****"}`), -1},
		} {
			if status, err := send(x.body, x.length); err == nil && (status < 400 || status >= 500) {
				t.Errorf("%s: answered with %d", what, status)
			}
		}
		var detail app.RequestDetail
		s.must(t, clerk, "GET", psus+"/requests/RQ-00000001", nil, http.StatusOK).into(t, &detail)
		if len(detail.Files) != 0 {
			t.Errorf("kept is %+v", detail.Files)
		}
	})
}

// zeros is a text of letters A without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}
