package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"quittance/internal/fault"
)

// Problem is the answer of a refusal to a program (RFC 9457), in the same shape as those of the API.
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	Rule      string `json:"rule,omitempty"`
	RequestID string `json:"request_id"`
}

// answer tells of a refusal: by problem details to a program, by a page to a person.
func (g *Gate) answer(w http.ResponseWriter, r *http.Request, status int, e *fault.Error) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	var wait retryAfter
	if errors.As(e.Cause, &wait) {
		h.Set("Retry-After", strconv.Itoa(wait.seconds()))
	}
	if status == http.StatusRequestEntityTooLarge {
		h.Set("Connection", "close") // the body is not read
	}
	id := RequestID(r.Context())
	switch {
	case g.o.API != nil && g.o.API(r):
		h.Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(Problem{"/api/problems/" + string(e.Code), http.StatusText(status), status, e.Message, string(e.Code), e.Rule, id})
	case g.o.Page != nil:
		g.o.Page(w, Notice{status, http.StatusText(status), e.Message, id})
	default:
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		fmt.Fprintf(w, "%s\n\n%s.\n\nRequest %s\n", http.StatusText(status), e.Message, id)
	}
}

func typeName(x any) string { return fmt.Sprintf("%T", x) }
