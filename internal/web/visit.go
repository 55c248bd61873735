package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/gate"
	"quittance/internal/identity"
	"quittance/internal/text"
	"quittance/internal/web/static"
	"quittance/internal/web/ui"
)

const formMost = 1 << 20 // bytes of a form without files

// place says what kind of address a page has.
type place struct {
	nav     string // key of the navigation
	signed  bool   // only for who is signed in
	company bool   // below /c/{company}
	files   int64  // bytes of a form with files; 0: it has none
}

// visit is one request with who makes it.
type visit struct {
	*site
	w     http.ResponseWriter
	r     *http.Request
	ctx   context.Context
	place place
	user  *identity.User // nil: nobody is signed in
	actor identity.Actor
	code  string // of the company
	frame *ui.Frame
	sent  bool // the answer has begun
}

type page func(*visit) error

// in names an address below /c/{company}, with the entry of the navigation that it belongs to: in("runs", "GET /runs/{code}", …).
func (s *site) in(nav, pattern string, p page) {
	method, path, _ := strings.Cut(pattern, " ")
	s.handle(method+" /c/{company}"+path, place{nav: nav, signed: true, company: true}, p)
}

// files is in for a form with files of at most that many bytes together.
func (s *site) files(nav, pattern string, most int64, p page) {
	method, path, _ := strings.Cut(pattern, " ")
	s.handle(method+" /c/{company}"+path, place{nav: nav, signed: true, company: true, files: most}, p)
}

// needs is a page that is of no use to who lacks the permission. The change itself is refused by app in any case.
func needs(p identity.Permission, show page) page {
	return func(v *visit) error {
		if err := v.actor.AllowIn(v.code, p); err != nil {
			return err
		}
		return show(v)
	}
}

// signed names an address about no company, for who is signed in.
func (s *site) signed(nav, pattern string, p page) {
	s.handle(pattern, place{nav: nav, signed: true}, p)
}

// open names an address for everybody.
func (s *site) open(pattern string, p page) { s.handle(pattern, place{}, p) }

func (s *site) handle(pattern string, at place, p page) {
	s.patterns = append(s.patterns, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, at, p) })
}

// serve runs a page; what it returns as an error is shown as one.
func (s *site) serve(w http.ResponseWriter, r *http.Request, at place, p page) {
	v := &visit{site: s, w: w, r: r, place: at}
	err := v.enter()
	if err == nil {
		err = p(v)
	}
	if err != nil {
		v.fail(err)
	}
}

// enter finds out who comes, and reads the form.
func (v *visit) enter() (err error) {
	v.ctx = v.r.Context()
	v.frame = &ui.Frame{Lang: text.Choose(v.cookie("lang"), v.r.Header.Get("Accept-Language")), Theme: v.theme(), Path: v.r.URL.RequestURI(), Asset: static.URL, Here: v.place.nav, Key: func() string { return uuid.NewString() }}
	if v.ctx, err = v.sessions.load(v.r); err != nil {
		v.ctx = v.r.Context()
		return err
	}
	if name := v.sessions.scs.GetString(v.ctx, inUser); name != "" {
		u, err := v.app.InSession(v.ctx, name, v.sessions.scs.GetString(v.ctx, inStamp))
		switch {
		case err == nil:
			v.user, v.actor = u, u.Actor()
			gate.SetUser(v.r.Context(), u.ID)
		case fault.CodeOf(err) != fault.Unauthenticated:
			return err
		default:
			if err := v.sessions.scs.Destroy(v.ctx); err != nil {
				return err
			}
		}
	}
	if err := v.readForm(); err != nil {
		return err
	}
	if !v.place.signed {
		return nil
	}
	if v.user == nil {
		return errSignIn
	}
	return v.dress()
}

// readForm reads what was typed, bounded.
func (v *visit) readForm() error {
	if v.r.Method != http.MethodPost {
		return nil
	}
	most := max(v.place.files, formMost)
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, most)
	var err error
	if v.place.files > 0 {
		return nil // the page reads the files as they come
	}
	if err = v.r.ParseForm(); err != nil {
		var big *http.MaxBytesError
		if errorsAs(err, &big) {
			return fault.New(fault.Limited, "the form is larger than %d bytes", most).Because(err)
		}
		return fault.New(fault.Invalid, "the form cannot be read").Because(err)
	}
	return nil
}

// dress fills the frame for who is signed in: the companies and the navigation.
func (v *visit) dress() error {
	v.frame.User, v.frame.FullName = v.user.Name, v.user.FullName
	codes, err := v.app.Companies(v.ctx, app.Call{Actor: v.actor})
	if err != nil && fault.CodeOf(err) != fault.Denied {
		return err
	}
	v.frame.Companies = codes
	if v.place.company {
		v.code = v.r.PathValue("company")
		known := false
		for _, c := range codes {
			known = known || c == v.code
		}
		if !known {
			v.code = ""
			return fault.New(fault.NotFound, "there is no company %q", v.r.PathValue("company"))
		}
	} else if last := v.cookie("company"); last != "" {
		for _, c := range codes {
			if c == last {
				v.code = c
			}
		}
	}
	if v.code == "" && len(codes) > 0 {
		v.code = codes[0]
	}
	v.frame.Company = v.code
	v.frame.Nav = v.navigation()
	if v.place.company && v.cookie("company") != v.code {
		v.setCookie("company", v.code)
	}
	return nil
}

// call gives the call of the visit to app, with the idempotency key of the form.
func (v *visit) call() app.Call {
	c := app.Call{Actor: v.actor}
	if v.place.company {
		c.Company = v.code
	}
	if v.r.PostForm != nil {
		c.Key = v.r.PostForm.Get("key")
	}
	return c
}

// query gives a value of the address.
func (v *visit) query(name string) string { return v.r.URL.Query().Get(name) }

// form gives a value that was typed, without spaces around it.
func (v *visit) form(name string) string { return strings.TrimSpace(v.r.PostForm.Get(name)) }

// part gives the part of a list that is asked for.
func (v *visit) part() app.Page {
	n, _ := strconv.Atoi(v.query("limit"))
	return app.Page{After: v.query("after"), Limit: min(max(n, 0), 500)}
}

// say gives a text in the reader's language.
func (v *visit) say(key string, pairs ...any) string { return ui.T(v.with(), key, pairs...) }

// path gives an address in the company.
func (v *visit) path(parts ...string) string { return ui.CompanyPath(v.code, parts...) }

func (v *visit) with() context.Context { return ui.With(v.ctx, v.frame) }

// show answers with a page.
func (v *visit) show(p ui.Page, body templ.Component) error { return v.send(http.StatusOK, p, body) }

// again answers with a form that was refused, for the reader to mend it. What is no fault of the input is an error page.
func (v *visit) again(err error, p ui.Page, body templ.Component) error {
	switch fault.CodeOf(err) {
	case fault.Invalid, fault.Refused, fault.Conflict, fault.NotFound, fault.Limited, fault.Unauthenticated, fault.Usage:
		return v.send(fault.HTTPStatus(err), p, body)
	}
	return err
}

// done answers a change: the reader goes to the address and is told there what was done.
func (v *visit) done(to, notice string) error { return v.told(to, "good", notice) }

func (v *visit) told(to, tone, notice string) error {
	if notice != "" {
		v.sessions.scs.Put(v.ctx, inNotice, notice)
		v.sessions.scs.Put(v.ctx, inTone, tone)
	}
	return v.redirect(to)
}

// redirect answers a form with the address of a page.
func (v *visit) redirect(to string) error {
	if err := v.sessions.save(v.ctx, v.w, v.r); err != nil {
		return err
	}
	v.sent = true
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// send writes a page as a whole: when it cannot be made, nothing of it was sent.
func (v *visit) send(status int, p ui.Page, body templ.Component) error {
	if text := v.sessions.scs.PopString(v.ctx, inNotice); text != "" {
		v.frame.Notice = &ui.Notice{Tone: v.sessions.scs.PopString(v.ctx, inTone), Text: text}
	}
	var b bytes.Buffer
	ctx := v.with()
	if err := ui.Document(p).Render(templ.WithChildren(ctx, body), &b); err != nil {
		return err
	}
	if err := v.sessions.save(v.ctx, v.w, v.r); err != nil {
		return err
	}
	v.sent = true
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", v.frame.Lang.Code)
	h.Set("Vary", "Accept-Encoding, Accept-Language, Cookie")
	if strings.Contains(v.r.Header.Get("Accept-Encoding"), "gzip") && h.Get("Content-Encoding") == "" {
		h.Set("Content-Encoding", "gzip")
		v.w.WriteHeader(status)
		z := gzip.NewWriter(v.w)
		_, _ = z.Write(b.Bytes()) // the reader may have gone
		_ = z.Close()
		return nil
	}
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes())
	return nil
}
