package server

import (
	"context"
	"log/slog"
)

// quieter is for what net/http says of clients: connections that broke off, handshakes that failed. It names their addresses, so
// the line is kept, at level debug, without its text beyond what is ours to say.
type quieter struct{ slog.Handler }

// Handle logs that something was said.
func (q quieter) Handle(ctx context.Context, r slog.Record) error {
	plainer := slog.NewRecord(r.Time, slog.LevelDebug, "a connection failed", r.PC)
	return q.Handler.Handle(ctx, plainer)
}
