package api

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/fault"
)

//go:embed reference.html reference.css
var reference embed.FS

// describe gives the handler of everything: the operations, the document and the pages that are made of it.
func (d *door) describe() http.Handler {
	doc := d.api.OpenAPI()
	full, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		panic(err)
	}
	older, err := doc.Downgrade()
	if err != nil {
		panic(err)
	}
	style, _ := reference.ReadFile("reference.css")
	pages := template.Must(template.New("").Funcs(template.FuncMap{"id": anchor}).ParseFS(reference, "reference.html"))
	mux := http.NewServeMux()
	mux.Handle("/api/v1/", d)
	mux.Handle("GET /api/openapi.json", still("application/json", full))
	mux.Handle("GET /api/openapi-3.0.json", still("application/json", older))
	mux.Handle("GET /api/docs/reference.css", still("text/css; charset=utf-8", style))
	mux.Handle("GET /api/docs", still("text/html; charset=utf-8", render(pages, "reference", referenceOf(doc))))
	for code, meaning := range meanings {
		mux.Handle("GET /api/problems/"+string(code), still("text/html; charset=utf-8", render(pages, "problem", map[string]any{"Code": code, "Meaning": meaning, "Status": fault.HTTPStatus(fault.New(code, ""))})))
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		newProblem(fault.New(fault.NotFound, "there is nothing at %s; /api/docs lists what there is", r.URL.Path).ByRule("no_such_path")).write(w, r)
	})
	return mux
}

func render(pages *template.Template, name string, data any) []byte {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// still serves what does not change while the program runs.
func still(media string, body []byte) http.Handler {
	tag, _ := tagOf(&body)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", media)
		h.Set("Content-Security-Policy", "default-src 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		if match := r.Header.Get("If-None-Match"); match != "" && names(match, tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(body)
	})
}

// referencePage is what the reference page shows.
type referencePage struct {
	Title, Version, About string
	Tags                  []referenceTag
	Schemas               []referenceSchema
}

type referenceTag struct {
	Name, About string
	Operations  []referenceOperation
}

type referenceOperation struct {
	ID, Method, Path, Summary, About, Permission string
	Parameters                                   []referenceField
	Bodies, Answers                              []referenceContent
}

type referenceContent struct{ Status, About, Media, Type, Link string }

type referenceField struct {
	Name, In, Type, Link, About string
	Required                    bool
}

type referenceSchema struct {
	Name   string
	Fields []referenceField
}

func referenceOf(doc *huma.OpenAPI) referencePage {
	p := referencePage{Title: doc.Info.Title, Version: doc.Info.Version, About: doc.Info.Description}
	byTag := map[string][]referenceOperation{}
	for _, path := range sortedKeys(doc.Paths) {
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op != nil {
				byTag[op.Tags[0]] = append(byTag[op.Tags[0]], referenceOperationOf(op))
			}
		}
	}
	for _, t := range doc.Tags {
		p.Tags = append(p.Tags, referenceTag{t.Name, t.Description, byTag[t.Name]})
	}
	schemas := doc.Components.Schemas.Map()
	for _, name := range sortedKeys(schemas) {
		s := referenceSchema{Name: name}
		for _, field := range sortedKeys(schemas[name].Properties) {
			x := schemas[name].Properties[field]
			kind, link := typeOf(x)
			s.Fields = append(s.Fields, referenceField{Name: field, Type: kind, Link: link, About: x.Description, Required: slices.Contains(schemas[name].Required, field)})
		}
		p.Schemas = append(p.Schemas, s)
	}
	return p
}

func referenceOperationOf(op *huma.Operation) referenceOperation {
	o := referenceOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, About: op.Description, Permission: op.Extensions["x-permission"].(string)}
	for _, p := range op.Parameters {
		kind, link := typeOf(p.Schema)
		o.Parameters = append(o.Parameters, referenceField{p.Name, p.In, kind, link, p.Description, p.Required})
	}
	if op.RequestBody != nil {
		o.Bodies = contents("", "", op.RequestBody.Content)
	}
	for _, status := range sortedKeys(op.Responses) {
		r := op.Responses[status]
		if status >= "400" {
			continue
		}
		o.Answers = append(o.Answers, contents(status, r.Description, r.Content)...)
		if len(r.Content) == 0 {
			o.Answers = append(o.Answers, referenceContent{Status: status, About: r.Description})
		}
	}
	return o
}

func contents(status, about string, all map[string]*huma.MediaType) []referenceContent {
	var list []referenceContent
	for _, media := range sortedKeys(all) {
		kind, link := typeOf(all[media].Schema)
		list = append(list, referenceContent{status, about, media, kind, link})
	}
	return list
}

// typeOf gives a schema in words, and the schema that it points to, if it does.
func typeOf(s *huma.Schema) (kind, link string) {
	switch {
	case s == nil:
		return "", ""
	case s.Ref != "":
		name := s.Ref[strings.LastIndex(s.Ref, "/")+1:]
		return name, name
	case s.Type == huma.TypeArray:
		kind, link = typeOf(s.Items)
		return "list of " + kind, link
	case len(s.Enum) > 0:
		texts := make([]string, len(s.Enum))
		for i, x := range s.Enum {
			texts[i], _ = x.(string)
		}
		return strings.Join(texts, " | "), ""
	case s.Type == "":
		return "any", ""
	case s.Format != "":
		return s.Type + " (" + s.Format + ")", ""
	}
	return s.Type, ""
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// anchor makes of a name what an address can point to.
func anchor(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "-") }
