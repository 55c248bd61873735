package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// traces switches traces on when the standard variables name where they go (OTEL_EXPORTER_OTLP_ENDPOINT, or …_TRACES_ENDPOINT), and
// gives what ends them.
func traces(ctx context.Context, log *slog.Logger) (end func(), err error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" || os.Getenv("OTEL_SDK_DISABLED") == "true" {
		return func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fault.New(fault.Usage, "traces cannot be sent to where OTEL_EXPORTER_OTLP_ENDPOINT says: %v", err).Because(err)
	}
	if os.Getenv("OTEL_SERVICE_NAME") == "" {
		_ = os.Setenv("OTEL_SERVICE_NAME", "quittance")
	}
	what, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		log.Warn("traces say less of this process", "error", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces are not sent", "error", err) }))
	p := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(what))
	use(p)
	log.Info("traces are sent")
	return func() {
		db.SetTracer(nil)
		soon, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := p.Shutdown(soon); err != nil {
			log.Warn("the last traces were not sent", "error", err)
		}
	}, nil
}

// use makes spans by the provider, from HTTP to SQL.
func use(p trace.TracerProvider) {
	otel.SetTracerProvider(p)
	db.SetTracer(p.Tracer("quittance/internal/db"))
}

// traced makes a span of each request when traces are on. What a request says of the trace it belongs to is taken from trusted proxies
// only; of others it becomes a link.
func traced(next http.Handler, trusted []netip.Prefix) http.Handler {
	if !db.Traced() {
		return next
	}
	stranger := func(r *http.Request) bool {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		for _, p := range trusted {
			if err == nil && p.Contains(peer.Addr().Unmap()) {
				return false
			}
		}
		return true
	}
	return otelhttp.NewHandler(next, "request",
		otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithPublicEndpointFn(stranger),
		otelhttp.WithFilter(func(r *http.Request) bool { return !probe(r) }),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method }))
}
