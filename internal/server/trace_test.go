package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/server"
)

// One request makes a span of HTTP, one of the unit under it, and one of each statement under that, without a value.
func TestTraceFromHTTPToSQL(t *testing.T) {
	before := otel.GetTracerProvider()
	t.Cleanup(func() {
		db.SetTracer(nil)
		otel.SetTracerProvider(before)
	})
	dbtest.EachURL(t, func(t *testing.T, url string) {
		token := books(t, url)
		spans := tracetest.NewInMemoryExporter()
		server.Use(sdk.NewTracerProvider(sdk.WithSyncer(spans)))
		s := serve(t, url, nil)
		s.token = token
		resp, err := s.post(t.Context(), documents, "traced", strings.NewReader(strings.Replace(document, "12.50", "8675.31", 1)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		s.get(t, "/healthz")
		s.stop()
		s.wait(t)
		all := spans.GetSpans()
		find := func(name string) (found tracetest.SpanStubs) {
			for _, x := range all {
				if strings.HasPrefix(x.Name, name) {
					found = append(found, x)
				}
			}
			return found
		}
		https := find("POST /api/v1/companies/{company}/documents")
		if len(https) != 1 || len(find("GET")) != 0 {
			t.Fatalf("the spans are %v", names(all))
		}
		root := https[0]
		if root.Parent.IsValid() || attribute(root, "http.route") == "" || attribute(root, "quittance.request_id") != resp.Header.Get("X-Request-Id") {
			t.Errorf("the root is %+v", root)
		}
		var unit tracetest.SpanStub
		for _, u := range find("unit together") {
			if u.Parent.SpanID() == root.SpanContext.SpanID() {
				unit = u
			}
		}
		if !unit.SpanContext.IsValid() {
			t.Fatalf("there is no unit under the request: %v", names(all))
		}
		statements := 0
		for _, x := range all {
			if x.Parent.SpanID() != unit.SpanContext.SpanID() {
				continue
			}
			statements++
			if text := attribute(x, "db.query.text"); !strings.Contains(text, "$1") && !strings.Contains(text, "select") && !strings.Contains(text, "insert") {
				t.Errorf("%s has the text %q", x.Name, text)
			}
		}
		if statements < 2 {
			t.Errorf("%d statements under the unit: %v", statements, names(all))
		}
		for _, x := range all {
			for _, a := range x.Attributes {
				if v := a.Value.String(); strings.Contains(v, "8675") || strings.Contains(v, token) || v == "C-1001" {
					t.Errorf("%s has %s = %s", x.Name, a.Key, v)
				}
			}
		}
	})
}

func names(all tracetest.SpanStubs) (out []string) {
	for _, x := range all {
		out = append(out, x.Name)
	}
	return out
}

func attribute(x tracetest.SpanStub, key string) string {
	for _, a := range x.Attributes {
		if string(a.Key) == key {
			return a.Value.String()
		}
	}
	return ""
}

// The standard variable switches traces on, and names where they go.
func TestTracesAreSent(t *testing.T) {
	before := otel.GetTracerProvider()
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	sent := make(chan string, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		sent <- r.URL.Path + " " + string(b)
	}))
	defer collector.Close()
	url := dbtest.URL(t, "sqlite")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
	s := serve(t, url, nil)
	s.get(t, "/sign-in")
	s.stop()
	s.wait(t)
	select {
	case got := <-sent:
		if !strings.HasPrefix(got, "/v1/traces ") || !strings.Contains(got, "GET /sign-in") || !strings.Contains(got, "quittance") {
			t.Errorf("the collector got %q", got)
		}
	default:
		t.Error("the collector got nothing by the time the server had stopped")
	}
	if db.Traced() {
		t.Error("traces are on after the server has stopped")
	}
}
