package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/fault"
)

// Problem is how a failure is told (RFC 9457).
type Problem struct {
	Type      string         `json:"type" doc:"Address of what the code means."`
	Title     string         `json:"title" doc:"What the code means, in a few words."`
	Status    int            `json:"status" doc:"The HTTP status."`
	Detail    string         `json:"detail" doc:"What went wrong and the way out, for a person."`
	Code      string         `json:"code" doc:"Kind of the failure; the set is closed, programs may rely on it." enum:"usage,invalid,not_found,conflict,refused,denied,unauthenticated,limited,unavailable,violation,internal"`
	Rule      string         `json:"rule,omitempty" doc:"Stable name of the rule that refused, such as period_not_open."`
	Errors    []ProblemError `json:"errors,omitempty" doc:"Everything that is wrong, when it is more than one thing or has a place."`
	RequestID string         `json:"request_id,omitempty" doc:"By which the server's log finds the request."`

	headers http.Header
}

// ProblemError is one thing that is wrong.
type ProblemError struct {
	Field   string `json:"field,omitempty" doc:"The member or parameter, such as lines[0].amount."`
	Place   string `json:"place,omitempty" doc:"Where in the input: file:line:column of a company folder, or body, query, path, header."`
	Message string `json:"message" doc:"What is wrong with it."`
	Code    string `json:"code" doc:"Kind of the failure, as above."`
	Rule    string `json:"rule,omitempty" doc:"The rule, as above."`
}

// Error gives the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders gives the headers of the answer.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType makes JSON application/problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// meanings say what a code means.
var meanings = map[fault.Code]string{
	fault.Usage: "The request is not understood", fault.Invalid: "The input is not valid", fault.NotFound: "What is named does not exist",
	fault.Conflict: "Somebody else changed it", fault.Refused: "A rule forbids it", fault.Denied: "You may not do that",
	fault.Unauthenticated: "It is not known who acts", fault.Limited: "Too large or too often", fault.Unavailable: "Not to be reached now",
	fault.Violation: "The books are not right", fault.Internal: "A defect of the program",
}

// newProblem makes a problem of an error. What is no fault of ours is told as an internal one, without its text.
func newProblem(err error) *Problem {
	var one *fault.Error
	var many fault.List
	switch {
	case errors.As(err, &many) && len(many) > 0:
		one = many[0]
	case errors.As(err, &one):
		if one.Field != "" || one.Place != "" {
			many = fault.List{one}
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		one = fault.New(fault.Unavailable, "the request took too long or was given up; what it was to change is not changed").ByRule("deadline")
	default:
		slog.Error("unexpected error", "error", err)
		one = fault.New(fault.Internal, "the program met an error that it does not know; the log says more")
	}
	p := &Problem{
		Type: "/api/problems/" + string(one.Code), Title: meanings[one.Code], Status: fault.HTTPStatus(one), Detail: one.Message,
		Code: string(one.Code), Rule: one.Rule, headers: http.Header{},
	}
	for _, e := range many {
		p.Errors = append(p.Errors, ProblemError{Field: e.Field, Place: e.Place, Message: e.Message, Code: string(e.Code), Rule: e.Rule})
	}
	if len(many) > 1 {
		p.Detail = fmt.Sprintf("%d things are wrong; the first: %s", len(many), many[0].Error())
	}
	switch one.Code {
	case fault.Unauthenticated:
		p.headers.Set("WWW-Authenticate", `Bearer realm="quittance"`)
	case fault.Limited, fault.Unavailable:
		p.headers.Set("Retry-After", "1")
	}
	return p
}

// of puts the id of the request into the problem.
func (p *Problem) of(v *visit) *Problem {
	if v != nil {
		p.RequestID = v.id
	}
	return p
}

func problemOf(v *visit, err error) *Problem { return newProblem(err).of(v) }

// write writes the problem as the whole answer.
func (p *Problem) write(w http.ResponseWriter, r *http.Request) {
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(p)
	}
}

// The framework's own errors are made problems here, for the whole program: it has no other place for it.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError { return framework(status, msg, errs) }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return framework(status, msg, errs).of(visitOf(ctx.Context()))
	}
}

// framework makes a problem of an error that the framework found: an input that does not fit the document.
func framework(status int, msg string, errs []error) *Problem {
	code, rule := fault.Invalid, "schema"
	switch status {
	case http.StatusBadRequest:
		code, rule = fault.Usage, "malformed"
	case http.StatusRequestTimeout:
		code, rule = fault.Unavailable, "body_timeout"
	case http.StatusRequestEntityTooLarge:
		code, rule = fault.Limited, "body_too_large"
	case http.StatusUnsupportedMediaType:
		code, rule = fault.Invalid, "media_type"
	case http.StatusInternalServerError: // the body could not be read to its end
		var large *http.MaxBytesError
		if code, rule, status = fault.Usage, "malformed", http.StatusBadRequest; errors.As(errors.Join(errs...), &large) {
			code, rule, status = fault.Limited, "body_too_large", http.StatusRequestEntityTooLarge
		} else if err := errors.Join(errs...); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			slog.Warn("the body of a request was cut off", "error", err)
		}
		errs = nil
	}
	var l fault.List
	for _, err := range errs {
		var detail *huma.ErrorDetail
		if !errors.As(err, &detail) {
			detail = &huma.ErrorDetail{Message: err.Error()}
		}
		e := fault.New(code, "%s", detail.Message).ByRule(rule)
		place, field, _ := strings.Cut(detail.Location, ".")
		l = append(l, e.In(field).At(place))
	}
	var err error = fault.New(code, "%s", msg).ByRule(rule)
	if len(l) > 0 {
		err = l
	}
	p := newProblem(err)
	p.Status = status
	if len(l) == 1 {
		p.Detail = strings.TrimPrefix(l[0].Field+": ", ": ") + l[0].Message
	}
	return p
}
