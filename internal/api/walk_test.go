package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/api"
	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
)

// documented is an operation as the document has it.
type documented struct {
	ID          string `json:"operationId"`
	Summary     string
	Description string
	Tags        []string
	Permission  string `json:"x-permission"`
	Parameters  []parameter
	RequestBody *struct {
		Required bool
		Content  map[string]struct{ Schema schema }
	}
	Responses map[string]struct {
		Description string
		Content     map[string]struct{ Schema schema }
	}
	method, path string
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                schema
}

// schema is what the generator and the lint need of a schema.
type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Properties           map[string]schema
	Required             []string
	AdditionalProperties any
	Items                *schema
	Enum                 []string
	Pattern              string
	ContentEncoding      string
	Minimum, Maximum     *float64
	MinLength, MaxLength *int
	MinItems             int
	Nullable             bool
}

type document struct {
	Paths      map[string]map[string]*documented
	Components struct{ Schemas map[string]schema }
}

func readDocument(t testing.TB) (doc document, all []*documented) {
	t.Helper()
	text, _ := spec()
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			op.method, op.path = strings.ToUpper(method), path
			all = append(all, op)
		}
	}
	slices.SortFunc(all, func(a, b *documented) int { return strings.Compare(a.ID, b.ID) })
	return doc, all
}

func (d document) resolve(s schema) schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.Components.Schemas[name]
	}
	return s
}

func TestLint(t *testing.T) {
	doc, all := readDocument(t)
	if len(all) < 60 {
		t.Errorf("there are %d operations", len(all))
	}
	ids := map[string]bool{}
	for _, op := range all {
		bad := func(format string, args ...any) {
			t.Errorf("%s %s: "+format, append([]any{op.method, op.path}, args...)...)
		}
		if op.ID == "" || ids[op.ID] {
			bad("the operation id %q is blank or comes twice", op.ID)
		}
		ids[op.ID] = true
		if op.Summary == "" || len(op.Tags) != 1 || op.Permission == "" {
			bad("has the summary %q, the tags %v and the permission %q", op.Summary, op.Tags, op.Permission)
		}
		for _, status := range []string{"400", "401", "403", "404", "409", "422", "429", "500", "503"} {
			if s := op.Responses[status].Content["application/problem+json"].Schema; s.Ref != "#/components/schemas/Problem" {
				bad("%s is not documented as a problem", status)
			}
		}
		has := func(in, name string) bool {
			return slices.ContainsFunc(op.Parameters, func(p parameter) bool { return p.In == in && p.Name == name })
		}
		if change := op.method != http.MethodGet; change && !strings.Contains(op.ID, "simulat") && !strings.Contains(op.ID, "preview") && !has("header", "Idempotency-Key") {
			bad("takes no Idempotency-Key")
		}
		if has("header", "If-Match") != (op.Responses["412"].Description != "") || has("header", "If-None-Match") != (op.Responses["304"].Description != "") {
			bad("412 goes with If-Match, 304 with If-None-Match")
		}
		if strings.HasPrefix(op.ID, "list-") && !(has("query", "after") && has("query", "limit")) {
			bad("is a list without pages")
		}
		for _, p := range op.Parameters {
			if s := doc.resolve(p.Schema); s.Type == "string" && s.MaxLength == nil && s.Enum == nil && s.Pattern == "" {
				bad("the parameter %s is not bounded", p.Name)
			}
		}
	}
	for name, s := range doc.Components.Schemas {
		if s.Type == "object" && len(s.Properties) > 0 && s.AdditionalProperties != false {
			t.Errorf("the schema %s takes unknown members", name)
		}
		for member, p := range s.Properties {
			if p.Type == "number" {
				t.Errorf("%s.%s is a floating number", name, member)
			}
		}
	}
}

// company puts a company of the public sector into the database, with a proposed run.
func (s *server) company(t testing.TB, code string) {
	t.Helper()
	f := apptest.PublicSector().Append("accounts", "25100,Unclaimed property,liability,")
	s.Import(t, f.With(apptest.Files{"company": strings.ReplaceAll(f["company"], "PSUS", code)}))
	call := app.Call{Actor: apptest.Clerk, Company: code}
	if _, err := s.Propose(context.Background(), call, app.RunRequest{Selection: reimbursement.Selection{Customers: []string{"C-1001"}}, Date: civil.MustParse("2026-11-30")}, nil); err != nil {
		t.Fatal(err)
	}
}

// folderZip gives the set-up of a company as a zip file.
func folderZip(t testing.TB, code string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f := apptest.PublicSector()
	for _, name := range []string{"company", "dimensions", "dimension_values", "accounts", "periods"} {
		w, err := z.Create(name + ".csv")
		if err == nil {
			_, err = w.Write([]byte(strings.TrimLeft(strings.ReplaceAll(f[name], "PSUS", code), "\n")))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// names are what the parameters of paths stand for in a walk.
var names = map[string]string{
	"code": "C-1001", "run": "RUN-000001", "number": "CN-P", "name": "victim", "start": "2026-11-01", "journal": "J1", "account": "101-11530", "id": "1",
	"deduction": "DED-1", "line": "1", "n": "1", "kind": "types", "list": "x12_426", "bank": "TREASURY", "method": "check", "payee": "V-1001", "file": "PF-1", "statement": "1",
	"jurisdiction": "US-WI", "from": "2026-01-01", "property_kind": "credit", "property": "UP-00000001", "remittance": "UR-00000001", "letters": "UL-00000001", "report": "UF-00000001",
	"approval": "AP-000001", "rule": "LARGE", "policy": "REFUNDS", "delegation": "1", "user": "victim", "party": "C-1001",
	"request": "RQ-00000001", "report_name": "reimbursements", "webhook": "1", "event": "00000000-0000-7000-8000-000000000000", "delivery": "00000000-0000-7000-8000-000000000000",
	"schedule": "DROP", "target": "GEN", "batch": "1", "event_kind": "run.posted",
}

// request makes a request to an operation that fits the document; seed chooses among those that do.
func (op *documented) request(t testing.TB, doc document, company string, seed int) (path, media string, body []byte) {
	t.Helper()
	path = op.path
	query := url.Values{}
	for _, p := range op.Parameters {
		switch {
		case p.In == "path" && p.Name == "company":
			path = strings.ReplaceAll(path, "{company}", url.PathEscape(company))
		case p.In == "path" && p.Name == "name" && strings.Contains(op.ID, "parameter"):
			path = strings.ReplaceAll(path, "{name}", "minimum_reimbursement")
		case p.In == "path" && p.Name == "deduction" && strings.Contains(op.path, "/payment-journals/"): // its place in the line
			path = strings.ReplaceAll(path, "{deduction}", "1")
		case p.In == "path" && p.Name == "code" && strings.Contains(op.ID, "vendor"):
			path = strings.ReplaceAll(path, "{code}", "V-1001")
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(names[p.Name]))
		case p.In == "query" && p.Required:
			query.Set(p.Name, "C-1")
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if op.RequestBody == nil {
		return path, "", nil
	}
	switch row := `"voucher":"W-%d","date":"2026-11-30","type":"journal","account":"101-44400",%s`; op.ID {
	case "import-company":
		return path, "application/zip", folderZip(t, company)
	case "import-bank-statements":
		return path, "application/octet-stream", []byte("x")
	case "post-voucher-file":
		return path, "text/csv", fmt.Appendf(nil, "voucher,date,type,account,debit,credit\nF-%d,2026-11-30,journal,101-44400,1.00,\nF-%[1]d,2026-11-30,journal,101-44200,,1.00\n", seed)
	case "post-voucher-rows":
		return path, "application/json", []byte(`{"rows":[{` + fmt.Sprintf(row, seed, `"debit":"1.00"`) + `},{` + fmt.Sprintf(row, seed, `"credit":"1.00"`) + `}]}`)
	case "create-run", "simulate-run", "stream-simulation":
		return path, "application/json", []byte(`{"selection":{"customers":["C-1001"]},"date":"2026-11-30"}`)
	case "set-customer-hold", "set-vendor-hold":
		return path, "application/json", []byte(`{"hold":true,"reason":"walk"}`)
	case "create-token":
		return path, "application/json", []byte(`{"user":"victim","name":"walk"}`)
	}
	value := rapid.Custom(func(rt *rapid.T) any {
		rapid.Bool().Draw(rt, "something") // a body may have nothing that must be there
		return doc.draw(rt, op.RequestBody.Content["application/json"].Schema, nil)
	}).Example(seed)
	body, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return path, "application/json", body
}

// draw draws a value of the schema; known are texts that mean something.
func (d document) draw(t *rapid.T, s schema, known []string) any {
	s = d.resolve(s)
	switch s.Type {
	case "object":
		v := map[string]any{}
		for _, name := range sorted(s.Properties) {
			if slices.Contains(s.Required, name) || (known != nil && rapid.IntRange(0, 2).Draw(t, name+"?") == 0) {
				v[name] = d.draw(t, s.Properties[name], known)
			}
		}
		return v
	case "array":
		v := []any{}
		for range rapid.IntRange(max(s.MinItems, 1), s.MinItems+2).Draw(t, "items") {
			v = append(v, d.draw(t, *s.Items, known))
		}
		return v
	case "boolean":
		return rapid.Bool().Draw(t, "flag")
	case "integer":
		from, to := -10, 1000
		if s.Minimum != nil {
			from = int(*s.Minimum)
		}
		if s.Maximum != nil {
			to = int(*s.Maximum)
		}
		return rapid.IntRange(from, to).Draw(t, "number")
	}
	return d.drawText(t, s, known)
}

func (d document) drawText(t *rapid.T, s schema, known []string) string {
	most, least := 30, 1
	if s.MaxLength != nil {
		most = min(most, *s.MaxLength)
	}
	if s.MinLength != nil {
		least = *s.MinLength
	}
	switch {
	case len(s.Enum) > 0:
		return rapid.SampledFrom(s.Enum).Draw(t, "enum")
	case s.ContentEncoding == "base64" && known == nil:
		return "YWJj"
	case strings.Contains(s.Pattern, "[0-9]{4}-") && known == nil:
		return "2026-11-30"
	case strings.Contains(s.Pattern, "[0-9]{4}-"):
		return rapid.SampledFrom([]string{"2026-11-30", "2026-11-21", "2026-12-01", "2026-02-31", "0000-00-00", "9999-12-31"}).Draw(t, "date")
	case s.Pattern != "":
		return rapid.StringMatching(s.Pattern).Draw(t, "text")
	case known != nil && rapid.Bool().Draw(t, "known?"):
		return rapid.SampledFrom(known).Draw(t, "known")
	}
	if known == nil {
		return rapid.StringOfN(rapid.RuneFrom([]rune("abc")), least, max(most, least), -1).Draw(t, "text")
	}
	return rapid.StringOfN(rapid.Rune(), least, max(most, least), -1).Draw(t, "text")
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// walkable makes a server on one database, as the walk needs it.
func walkable(t *testing.T) *server {
	t.Helper()
	s := serve(t, dbtest.Open(t, dbtest.URL(t, dbtest.Kinds()[0])), api.Options{})
	s.company(t, "PSUS")
	s.company(t, "OTHR")
	s.token(t, "victim", "viewer")
	return s
}

// TestPermissions walks all operations of the document as every role, and as an administrator with a token of every one scope: each is
// refused exactly when the permission that the document names is lacking.
func TestPermissions(t *testing.T) {
	s := walkable(t)
	doc, all := readDocument(t)
	type who struct {
		name, token string
		identity.Actor
	}
	var actors []who
	for i, role := range identity.Roles() {
		name := fmt.Sprintf("role%d", i)
		actors = append(actors, who{string(role), s.token(t, name, string(role)), identity.Actor{Name: name, Roles: []identity.Role{role}}})
	}
	s.token(t, "admin", "administrator")
	for _, p := range identity.Permissions() {
		made, err := s.CreateToken(context.Background(), apptest.Call, app.TokenRequest{User: "admin", Name: "scoped", Scopes: []identity.Permission{p}, Days: 1})
		if err != nil {
			t.Fatal(err)
		}
		actors = append(actors, who{"administrator with scope " + string(p), made.Text, identity.Actor{Name: "admin", Roles: []identity.Role{identity.Administrator}, Scopes: []identity.Permission{p}}})
	}
	for i, op := range all {
		for j, a := range actors {
			path, media, body := op.request(t, doc, "PSUS", 100*i+j)
			p := identity.Permission(op.Permission)
			allowed := false
			switch {
			case op.Permission == "signed_in":
				allowed = true
			case op.Permission == "own_or_admin":
				if p = identity.Administer; op.ID == "list-tokens" {
					path += "?user=victim"
				}
				allowed = a.AllowIn("", p) == nil
			case slices.Contains(identity.Permissions(), p):
				allowed = a.AllowIn("", p) == nil
			default:
				t.Fatalf("%s names the permission %q, which is none", op.ID, op.Permission)
			}
			r := s.do(t, a.token, op.method, path, body, "Content-Type", media)
			if refused := r.status == http.StatusForbidden; refused == allowed || r.status == http.StatusUnauthorized {
				t.Errorf("%s (%s) as %s gives %d, want allowed %v: %s", op.ID, op.Permission, a.name, r.status, allowed, r.body)
			}
		}
	}
}

// TestOtherCompanies walks all operations as somebody who may do everything in another company: nothing of the company is seen or
// changed, nor whether it exists.
func TestOtherCompanies(t *testing.T) {
	s := walkable(t)
	doc, all := readDocument(t)
	stranger := s.token(t, "stranger", "OTHR:administrator")
	before := auditLength(t, s.DB)
	for i, op := range all {
		path, media, body := op.request(t, doc, "PSUS", i)
		if op.Permission == "own_or_admin" && op.ID == "list-tokens" {
			path += "?user=victim"
		}
		r := s.do(t, stranger, op.method, path, body, "Content-Type", media)
		switch {
		case !strings.Contains(op.path, "{company}") && r.status < 300 && !bytes.Contains(r.body, []byte("PSUS")) && !bytes.Contains(r.body, []byte("victim")):
		case r.status != http.StatusForbidden && r.status != http.StatusNotFound:
			t.Errorf("%s gives a stranger %d: %s", op.ID, r.status, r.body)
		}
		if !strings.Contains(op.path, "{company}") {
			continue
		}
		path, media, body = op.request(t, doc, "NONE", i)
		n := s.do(t, stranger, op.method, path, body, "Content-Type", media)
		p, q := r.problem(t), n.problem(t)
		p.RequestID, q.RequestID = "", ""
		p.Detail = strings.ReplaceAll(p.Detail, "PSUS", "NONE")
		if fmt.Sprint(p.Status, p.Code, p.Rule, p.Detail) != fmt.Sprint(q.Status, q.Code, q.Rule, q.Detail) {
			t.Errorf("%s tells a company of others (%+v) from none (%+v)", op.ID, p, q)
		}
	}
	if after := auditLength(t, s.DB); after != before {
		t.Errorf("the stranger left %d records in the audit trail", after-before)
	}
}

func auditLength(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	err := d.Read(context.Background(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		return tx.Row(ctx, "select count(*) from audit").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
