package web

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"quittance/internal/gate"
	"quittance/internal/identity"
)

const (
	idle     = time.Hour
	lifetime = 12 * time.Hour
	touch    = time.Minute // a visit is noted at most this often: noting it is a durable write
)

// Names of what a session holds.
const (
	inUser   = "user"
	inStamp  = "stamp" // of the user when the session began; see identity.User.Stamp
	inBegan  = "began"
	inSeen   = "seen"
	inNotice = "notice"
	inTone   = "tone"
)

// sessions knows the sessions of the browsers. Idle limit and longest time are kept by its own clock; scs only bounds what is stored.
type sessions struct {
	scs            *scs.SessionManager
	idle, lifetime time.Duration
	now            func() time.Time
}

func newSessions(store identity.Sessions, o Options) *sessions {
	s := &sessions{scs: scs.New(), idle: o.Idle, lifetime: o.Lifetime, now: o.Now}
	if s.idle == 0 {
		s.idle = idle
	}
	if s.lifetime == 0 {
		s.lifetime = lifetime
	}
	s.scs.Store = store
	s.scs.Lifetime = s.lifetime
	return s
}

// secure says whether the browser comes by https, to here or to a trusted proxy.
func secure(r *http.Request) bool { return r.TLS != nil || gate.Secure(r.Context()) }

// sessionCookie names the cookie of the session; by https it is bound to this very host.
func sessionCookie(r *http.Request) string {
	if secure(r) {
		return "__Host-quittance-session"
	}
	return "quittance-session"
}

// load gives a context with the session of the request; one that has ended is an empty one.
func (s *sessions) load(r *http.Request) (context.Context, error) {
	token := ""
	if c, err := r.Cookie(sessionCookie(r)); err == nil {
		token = c.Value
	}
	ctx, err := s.scs.Load(r.Context(), token)
	if err != nil || s.scs.GetString(ctx, inUser) == "" {
		return ctx, err
	}
	now := s.now().Unix()
	began, seen := s.scs.GetInt64(ctx, inBegan), s.scs.GetInt64(ctx, inSeen)
	switch {
	case now-began >= int64(s.lifetime.Seconds()), now-seen >= int64(s.idle.Seconds()):
		return ctx, s.scs.Destroy(ctx)
	case now-seen >= int64(touch.Seconds()):
		s.scs.Put(ctx, inSeen, now)
	}
	return ctx, nil
}

// save stores what changed and sets the cookie, before the answer's first byte. The cookie ends with the browser: how long the session
// lasts is known here alone.
func (s *sessions) save(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	c := &http.Cookie{Name: sessionCookie(r), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(r)}
	switch s.scs.Status(ctx) {
	case scs.Modified:
		token, _, err := s.scs.Commit(ctx)
		if err != nil {
			return err
		}
		c.Value = token
	case scs.Destroyed:
		c.MaxAge = -1
	default:
		return nil
	}
	http.SetCookie(w, c)
	return nil
}

// begin makes the session the user's, under a new secret, so that nobody who knew the one before is let in with it.
func (s *sessions) begin(ctx context.Context, u *identity.User) error {
	if err := s.scs.RenewToken(ctx); err != nil {
		return err
	}
	now := s.now().Unix()
	s.scs.Put(ctx, inUser, u.Name)
	s.scs.Put(ctx, inStamp, u.Stamp())
	s.scs.Put(ctx, inBegan, now)
	s.scs.Put(ctx, inSeen, now)
	return nil
}
