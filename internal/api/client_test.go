package api_test

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"

	"quittance/internal/api"
	"quittance/internal/api/client"
	"quittance/internal/app/apptest"
	"quittance/internal/identity"
)

var update = flag.Bool("update", false, "write the generated client anew")

const generated = "client/client.gen.go"

// TestClientIsGenerated holds the committed client to what the generator makes of the OpenAPI 3.0 form of the document. The failures,
// which are the same problem whatever their status, are put together into one first, or the client would be four times as long.
func TestClientIsGenerated(t *testing.T) {
	w := httptest.NewRecorder()
	api.New(nil, api.Options{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/openapi-3.0.json", nil))
	var doc struct {
		OpenAPI    string                               `json:"openapi"`
		Info       map[string]any                       `json:"info"`
		Paths      map[string]map[string]map[string]any `json:"paths"`
		Components map[string]any                       `json:"components"`
		Security   any                                  `json:"security"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for _, methods := range doc.Paths {
		for _, op := range methods {
			responses := op["responses"].(map[string]any)
			responses["default"] = responses["400"]
			for status := range responses {
				if status >= "400" && status != "default" {
					delete(responses, status)
				}
			}
		}
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := loaded.Validate(context.Background()); err != nil {
		t.Errorf("the OpenAPI 3.0 form: %v", err)
	}
	code, err := codegen.Generate(loaded, codegen.Configuration{PackageName: "client", Generate: codegen.GenerateOptions{Client: true, Models: true}}.UpdateDefaults())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(generated, []byte(code), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	had, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}
	if string(had) != code {
		t.Error("the client is not what the document gives now; run go generate ./internal/api/client")
	}
}

func TestClient(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		token := s.token(t, "carl", "clerk")
		ctx := context.Background()
		c, err := client.NewClientWithResponses(s.url, client.WithHTTPClient(s.client), client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		customers, date, key := []string{"C-1001"}, "2026-11-30", "client-1"
		proposed, err := c.CreateRunWithResponse(ctx, "PSUS", &client.CreateRunParams{IdempotencyKey: &key}, client.NewRun{Selection: client.Selection{Customers: &customers}, Date: &date})
		if err != nil || proposed.JSON201 == nil {
			t.Fatalf("proposing: %v, %s", err, proposed.Body)
		}
		run := proposed.JSON201.Id
		state, err := c.GetRunWithResponse(ctx, "PSUS", run, nil)
		if err != nil || state.JSON200 == nil {
			t.Fatalf("looking at %s: %v, %s", run, err, state.Body)
		}
		tag := state.HTTPResponse.Header.Get("ETag")
		started, err := c.PostRunWithResponse(ctx, "PSUS", run, &client.PostRunParams{IfMatch: &tag})
		if err != nil || started.JSON202 == nil || started.JSON202.State != "posting" {
			t.Fatalf("posting %s: %v, %s", run, err, started.Body)
		}
		s.work(t)
		all, err := c.ListReimbursementsWithResponse(ctx, "PSUS", &client.ListReimbursementsParams{Run: &run})
		if err != nil || all.JSON200 == nil || int64(len(all.JSON200.Items)) != started.JSON202.Totals.Reimbursements {
			t.Fatalf("the reimbursements of %s: %v, %s", run, err, all.Body)
		}
		again, err := c.PostRunWithResponse(ctx, "PSUS", run, &client.PostRunParams{IfMatch: &tag})
		if err != nil || again.ApplicationproblemJSONDefault == nil || again.StatusCode() != http.StatusPreconditionFailed {
			t.Errorf("posting what is not as it was: %v, %s", err, again.Body)
		}
		s.MustVerify(t)
	})
}

// work posts what was started.
func (s *server) work(t testing.TB) {
	t.Helper()
	by := identity.Actor{Name: "operator:worker", Roles: []identity.Role{identity.Administrator}}
	for {
		run, _, err := s.Work(context.Background(), by, nil)
		if err != nil {
			t.Fatal(err)
		}
		if run == "" {
			return
		}
	}
}
