package web

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"quittance/internal/fault"
	"quittance/internal/gate"
	"quittance/internal/text"
	"quittance/internal/web/static"
	"quittance/internal/web/ui"
)

// Refusal shows a person what the gate refused, before any page was asked: nothing is known of the reader.
func Refusal(w http.ResponseWriter, n gate.Notice) {
	ctx := ui.With(context.Background(), &ui.Frame{Lang: text.English, Asset: static.URL, Key: func() string { return "" }})
	h := w.Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(n.Status)
	view := problem{lead: ui.T(ctx, "error.request", "request", n.RequestID), faults: []*fault.Error{fault.New(fault.Refused, "%s", n.Text)}}
	_ = ui.Document(ui.Page{Title: n.Title}).Render(templ.WithChildren(ctx, problemBody(view)), w) // the reader may have gone
}
