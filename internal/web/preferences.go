package web

import (
	"net/http"
	"slices"

	"quittance/internal/text"
)

const year = 365 * 24 * 60 * 60 // seconds

func (v *visit) cookie(name string) string {
	c, err := v.r.Cookie("quittance-" + name)
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie keeps a preference, which is no secret.
func (v *visit) setCookie(name, value string) {
	http.SetCookie(v.w, &http.Cookie{Name: "quittance-" + name, Value: value, Path: "/", MaxAge: year, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(v.r)})
}

func (v *visit) theme() string {
	if t := v.cookie("theme"); t == "light" || t == "dark" {
		return t
	}
	return ""
}

// preferences keeps language and colours.
func (s *site) preferences(v *visit) error {
	if t := v.form("theme"); slices.Contains([]string{"system", "light", "dark"}, t) {
		v.setCookie("theme", t)
	}
	for _, l := range text.Languages() {
		if l.Code == v.form("lang") {
			v.setCookie("lang", l.Code)
		}
	}
	return v.redirect(local(v.form("next")))
}
