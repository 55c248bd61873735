package db

import (
	"context"
	gotest "testing" // this package has a testing of its own
)

// What tracing costs a statement while it is off.
func BenchmarkSpanOff(b *gotest.B) {
	d, ctx := &DB{}, context.Background()
	for b.Loop() {
		if spanned, end := d.span(ctx, "query", "select 1"); end != nil {
			ctx = spanned
		}
	}
}
