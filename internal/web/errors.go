package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"quittance/internal/fault"
	"quittance/internal/gate"
	"quittance/internal/web/ui"
)

// errSignIn sends the reader to sign in, and back afterwards.
var errSignIn = fault.New(fault.Unauthenticated, "sign in first")

// causeOf gives what lies under an error, for the log.
func causeOf(err error) error {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Cause
	}
	return nil
}

func errorsAs[E error](err error, target *E) bool { return errors.As(err, target) }

// fail shows what went wrong, in the reader's words, with what was not done and where to go.
func (v *visit) fail(err error) {
	switch {
	case v.sent:
		v.o.Log.ErrorContext(v.r.Context(), "a page broke off", "path", v.r.URL.Path, "error", err)
		return
	case errors.Is(err, errSignIn):
		v.mustSignIn()
		return
	case v.r.Context().Err() != nil: // the reader has gone
		return
	}
	status := fault.HTTPStatus(err)
	view := problem{lead: v.say("error.nothing_done"), faults: ui.Faults(err)}
	title := v.say("error.title")
	switch fault.CodeOf(err) {
	case fault.NotFound:
		title = v.say("error.not_found")
		view.lead = v.say("error.not_found_lead")
	case fault.Denied:
		title = v.say("error.denied")
		view.lead = v.say("error.denied_lead")
	case fault.Internal:
		id := gate.RequestID(v.r.Context())
		if id == "" {
			id = uuid.NewString()
		}
		v.o.Log.ErrorContext(v.r.Context(), "a page failed", "request", id, "path", v.r.URL.Path, "error", err, "cause", errors.Unwrap(err))
		title = v.say("error.internal")
		view = problem{lead: v.say("error.internal_lead", "request", id)}
	}
	v.problem(status, title, view)
}

// problem is what an error page says.
type problem struct {
	lead   string
	faults []*fault.Error
}

// refuse shows an error page of fixed texts.
func (v *visit) refuse(status int, title, lead string) error {
	v.problem(status, v.say(title), problem{lead: v.say(lead)})
	return nil
}

func (v *visit) notFound() error {
	if v.user != nil && v.frame.User == "" {
		v.place.signed = true
		if err := v.dress(); err != nil {
			return err
		}
	}
	return v.refuse(http.StatusNotFound, "error.not_found", "error.not_found_lead")
}

func (v *visit) problem(status int, title string, p problem) {
	if err := v.send(status, ui.Page{Title: title, Narrow: true}, problemBody(p)); err != nil {
		v.o.Log.ErrorContext(v.r.Context(), "an error page failed", "error", err)
		http.Error(v.w, title, status)
	}
}

// mustSignIn leads to the page for signing in, and from there back to what was looked at.
func (v *visit) mustSignIn() {
	to := "/sign-in"
	if v.r.Method == http.MethodGet && v.r.URL.Path != "/" {
		to += "?" + url.Values{"next": {v.r.URL.RequestURI()}}.Encode()
	}
	if err := v.redirect(to); err != nil {
		v.fail(err)
	}
}
