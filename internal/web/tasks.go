package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
	"quittance/internal/work"
)

const (
	eventEvery = 300 * time.Millisecond
	eventsMost = 10 * time.Minute // a stream ends after it; the browser asks again
)

func (s *site) routesTasks() {
	for _, nav := range []string{"runs", "import", "audit", "remittances", "deductions", "banks"} {
		s.in(nav, "GET /tasks/"+nav+"/{id}", s.task)
		s.in(nav, "GET /tasks/"+nav+"/{id}/events", s.taskEvents)
		s.in(nav, "POST /tasks/"+nav+"/{id}/cancel", s.cancelTask)
	}
	s.signed("import", "GET /tasks/import/{id}", s.task)
	s.signed("import", "GET /tasks/import/{id}/events", s.taskEvents)
	s.signed("import", "POST /tasks/import/{id}/cancel", s.cancelTask)
}

// shown is the result of a task that has something to show.
type shown interface {
	show(v *visit, k *work.Task) error
}

// taskCompany gives the company that the tasks of the visit are about.
func (v *visit) taskCompany() string {
	if v.place.company {
		return v.code
	}
	return ""
}

// taskPath gives the address of a task, with the query that the page keeps.
func (v *visit) taskPath(k *work.Task, parts ...string) string {
	path := "/tasks/" + v.place.nav + "/" + k.ID
	if v.place.company {
		path = v.path("tasks", v.place.nav, k.ID)
	}
	for _, p := range parts {
		path += "/" + p
	}
	if q := v.r.URL.RawQuery; q != "" {
		path += "?" + q
	}
	return path
}

// begin starts a task on behalf of the reader, and leads to its page. One with the same key is not begun twice.
func (v *visit) begin(kind, key string, p identity.Permission, do func(ctx context.Context, tell func(work.TaskProgress)) (any, error)) error {
	if err := v.actor.AllowIn(v.taskCompany(), p); err != nil && v.place.company {
		return err
	}
	k, err := v.tasks.Start(work.Job{Owner: v.actor.Name, Company: v.taskCompany(), Kind: kind, Key: key, Do: do})
	if err != nil {
		return err
	}
	k.Wait(v.ctx, v.o.Soon)
	return v.redirect(v.taskPath(k))
}

// task shows how far a task is, or what came of it.
func (s *site) task(v *visit) error {
	k, err := s.tasks.Find(v.actor.Name, v.taskCompany(), v.r.PathValue("id"))
	if err != nil {
		return v.gone(err)
	}
	state := k.State()
	switch {
	case state.Ended.IsZero():
		page := ui.Page{Title: v.say("task." + k.Kind), Lead: v.say("task.lead"), Narrow: true}
		return v.show(page, taskBody(taskView{
			progress: ui.Progress{Done: state.Done, All: state.All, Events: v.taskPath(k, "events")},
			text:     v.taskText(k, state).Text, cancel: v.taskPath(k, "cancel"),
		}))
	case state.Gone():
		return v.show(ui.Page{Title: v.say("task." + k.Kind), Narrow: true}, ui.EmptyState(ui.Empty{Title: v.say("task.cancelled"), Lead: v.say("error.nothing_done"), Action: v.restart()}))
	case state.Err != nil:
		if f, ok := k.State().Result.(failing); ok {
			return f.failed(v, state.Err)
		}
		return state.Err
	}
	if r, ok := state.Result.(shown); ok {
		return r.show(v, k)
	}
	return v.gone(fault.New(fault.NotFound, "%s", v.say("task.gone")))
}

// failing is the result of a task that failed in a way that the reader can mend, such as a selection that is refused.
type failing interface {
	failed(v *visit, err error) error
}

// gone says that a task is not kept any more, and where to begin again.
func (v *visit) gone(err error) error {
	if fault.CodeOf(err) != fault.NotFound {
		return err
	}
	return v.send(http.StatusNotFound, ui.Page{Title: v.say("task.gone"), Narrow: true}, ui.EmptyState(ui.Empty{Title: v.say("task.gone"), Lead: v.say("task.gone_lead"), Action: v.restart()}))
}

// restart is the button that leads to the beginning, with what was chosen.
func (v *visit) restart() *ui.Action {
	a := &ui.Action{Text: v.say("task.again"), Primary: true}
	switch {
	case v.place.nav == "runs":
		a.Href = v.path("runs", "new")
		if q := v.r.URL.RawQuery; q != "" {
			a.Href += "?" + q
		}
	case v.place.nav == "audit":
		a.Href = v.path("verify")
	case v.place.nav == "remittances":
		a.Href = v.path("remittances", "new")
	case v.place.nav == "banks":
		a.Href = v.path("bank-statements", "import")
	case v.place.nav == "deductions":
		a.Href = v.path("deductions", "matches")
	case v.place.company:
		a.Href = v.path("import")
	default:
		a.Href = "/import"
	}
	return a
}

func (s *site) cancelTask(v *visit) error {
	k, err := s.tasks.Find(v.actor.Name, v.taskCompany(), v.r.PathValue("id"))
	if err != nil {
		return v.gone(err)
	}
	k.Cancel()
	k.Wait(v.ctx, v.o.Soon)
	return v.redirect(v.taskPath(k))
}

// taskEvents tells how far a task is until it ends.
func (s *site) taskEvents(v *visit) error {
	k, err := s.tasks.Find(v.actor.Name, v.taskCompany(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.events(func() (ui.ProgressEvent, error) { return v.taskText(k, k.State()), nil })
}

// taskText is how far a task is, in the reader's language.
func (v *visit) taskText(k *work.Task, s work.TaskState) ui.ProgressEvent {
	e := ui.ProgressEvent{Done: s.Done, All: s.All, Text: v.say("task."+k.Kind+".done", "n", s.Done), End: !s.Ended.IsZero()}
	if s.All > 0 {
		e.Text = v.say("progress.of", "done", s.Done, "all", s.All)
	}
	rate, left := s.Rate(time.Now())
	e.Rate = v.rate(rate, left)
	return e
}

// rate says how quick something goes, and how long it will still take; blank while that is not known.
func (v *visit) rate(perSecond float64, left time.Duration) string {
	text := ""
	if perSecond >= 1 {
		text = v.say("progress.rate", "n", int64(perSecond))
	}
	if left >= time.Second {
		text += " · " + v.say("progress.left", "time", clock(left))
	}
	return text
}

// clock writes a duration as minutes and seconds.
func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// events sends how far something is, as server-sent events, until it says that it has ended, or the reader goes.
func (v *visit) events(now func() (ui.ProgressEvent, error)) error {
	e, err := now()
	if err != nil {
		return err
	}
	v.sent = true
	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(v.w)
	ctx, cancel := context.WithTimeout(v.r.Context(), eventsMost)
	defer cancel()
	for last := ""; ; {
		b, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if text := string(b); text != last {
			last = text
			_ = out.SetWriteDeadline(time.Now().Add(time.Minute)) // where there is one to be moved
			_, err = fmt.Fprintf(v.w, "data: %s\n\n", b)
			if err = errors.Join(err, out.Flush()); err != nil {
				return nil // the reader has gone
			}
		}
		if e.End {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(eventEvery):
		}
		if e, err = now(); err != nil {
			return err
		}
	}
}
