package web

import "quittance/internal/app"

// Patterns gives every address of the pages.
func Patterns(a *app.App) []string { return newSite(a, Options{}).patterns }
