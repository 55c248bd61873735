package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/api"
	"quittance/internal/db/dbtest"
)

// meaning are texts that mean something in the company of the walk, and some that are meant badly.
var meaning = []string{
	"C-1001", "V-1001", "RUN-000001", "CN-P", "CN-U", "PAY", "101-44400", "101-11530", "101-24210", "USD", "EUR", "UTL", "RES", "2026-11-01", "J1", "victim",
	"minimum_reimbursement", "clerk", "0", "-1", "1.00", "' or 1=1 --", "../../etc/passwd", "<script>", "%00", "\u202e", "=1+1", "Ω", "",
}

// TestAnyRequest sends requests that are drawn from the document's own schemas: none is answered by 500, and every answer is as the
// document says.
func TestAnyRequest(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			s := serve(t, dbtest.Open(t, dbtest.URL(t, kind)), api.Options{})
			s.company(t, "PSUS")
			s.token(t, "victim", "viewer")
			token := s.token(t, "adam", "administrator")
			doc, all := readDocument(t)
			all = slices.DeleteFunc(all, func(op *documented) bool { return strings.HasPrefix(op.ID, "set-user") || op.ID == "import-company" })
			ids := make([]string, len(all))
			for i := range all {
				ids[i] = all[i].ID
			}
			rapid.Check(t, func(rt *rapid.T) {
				id := rapid.SampledFrom(ids).Draw(rt, "operation")
				op := all[slices.Index(ids, id)]
				r := doc.drawRequest(rt, op)
				r.Header.Set("Authorization", "Bearer "+token)
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				resp := w.Result()
				if w.Code >= 500 {
					rt.Fatalf("%s %s gives %d: %s", r.Method, r.URL, w.Code, w.Body)
				}
				if resp.Header.Get("Content-Type") == "text/event-stream" {
					return
				}
				if err := conforms(r, resp, w.Body.Bytes()); err != nil {
					rt.Fatal(err)
				}
			})
			s.MustVerify(t)
		})
	}
}

// drawRequest draws a request to an operation. Most fit the document; some do not.
func (d document) drawRequest(t *rapid.T, op *documented) *http.Request {
	path, query := op.path, url.Values{}
	headers := http.Header{}
	for _, p := range op.Parameters {
		switch {
		case p.In == "path" && p.Name == "company":
			path = strings.ReplaceAll(path, "{company}", "PSUS")
		case p.In == "path":
			text := rapid.SampledFrom(append(meaning, names[p.Name], names[p.Name], names[p.Name])).Draw(t, p.Name)
			if text == "" || strings.Contains(text, "..") {
				text = "x"
			}
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(text))
		case !p.Required && rapid.IntRange(0, 3).Draw(t, p.Name+"?") > 0:
		case p.In == "query":
			query.Set(p.Name, textOf(d.draw(t, p.Schema, meaning)))
		case p.In == "header":
			headers.Set(p.Name, strings.Map(printable, textOf(d.draw(t, p.Schema, meaning))))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var body []byte
	if op.RequestBody != nil {
		for media, content := range op.RequestBody.Content {
			if headers.Set("Content-Type", media); media == "application/json" {
				body, _ = json.Marshal(d.draw(t, content.Schema, meaning))
			} else {
				body = []byte(rapid.String().Draw(t, "body"))
			}
		}
		if rapid.IntRange(0, 19).Draw(t, "damage?") == 0 {
			body = body[:len(body)/2]
		}
	}
	r := httptest.NewRequest(op.method, path, bytes.NewReader(body))
	for name := range headers {
		r.Header.Set(name, headers.Get(name))
	}
	return r
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}

func textOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, _ := json.Marshal(v)
	return string(b)
}
