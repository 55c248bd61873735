package db

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// tracer makes the spans of units and statements; nil is none, which costs one load.
var tracer atomic.Pointer[trace.Tracer]

// SetTracer lets units and statements make spans; nil ends it. A span of a statement has its text, never its values.
func SetTracer(t trace.Tracer) {
	if t == nil {
		tracer.Store(nil)
		return
	}
	tracer.Store(&t)
}

// Traced says whether spans are made.
func Traced() bool { return tracer.Load() != nil }

// span begins a span, whose end takes the error that became of it. Without a tracer it gives a nil end.
func (d *DB) span(ctx context.Context, name, text string) (context.Context, func(error)) {
	t := tracer.Load()
	if t == nil {
		return ctx, nil
	}
	attrs := []attribute.KeyValue{attribute.String("db.system.name", d.system())}
	if text != "" {
		attrs = append(attrs, attribute.String("db.query.text", text))
	}
	ctx, s := (*t).Start(ctx, name, trace.WithAttributes(attrs...), trace.WithSpanKind(trace.SpanKindClient))
	return ctx, func(err error) {
		if err != nil {
			s.SetStatus(codes.Error, "") // what the database says may quote a value
		}
		s.End()
	}
}

func (d *DB) system() string {
	if d.pool != nil {
		return "postgresql"
	}
	return "sqlite"
}
