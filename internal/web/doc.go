// Package web is the door for browsers: pages that work as plain links and forms, made quick by htmx.
//
//   - A *visit* is one request with who makes it, in which company, and in which language. A *page* is a function from a visit to what
//     is shown; an error that it returns is shown as a page with the status of its code.
//   - A *session* is what makes a browser a signed-in user. Its cookie holds a secret whose digest alone is stored; it ends after a time
//     without visits, after a longest time in any case, and when its user is shut out, gets another password, or signs out everywhere.
//
// Invariants: no rule and no permission here, all of them stand in app; every change is a POST that answers with 303 and a notice, or
// shows the form again with what was typed (422 or 409) when it is refused; no inline script, style or handler, and a policy that forbids
// them; a POST from another site is refused; what came from outside leads nowhere but to a path of this site.
//
// # How a page is made
//
// One file a noun: handlers in customers.go, components in customers.templ, texts in internal/text/{en,de}/parties.txt, tests in
// customers_test.go. The list of customers is the model:
//
//  1. Name the address in the routes function of the noun, which routes in web.go calls: s.in("customers", "GET /customers", s.customers)
//     stands below /c/{company}, and lights the entry "customers" of the navigation; s.files is the same for a form with files, s.signed
//     for pages about no company, s.open for those before signing in.
//  2. The handler takes a *visit: v.r is the request, v.ctx its context, v.call() the app.Call (with the idempotency key of the form),
//     v.query("q") a value of the address, v.form("reason") one that was typed, v.part() the part of a list that is asked for, v.say("key")
//     a text, v.path("customers", code) an address in the company.
//  3. It asks app, makes values of package ui, and ends with v.show(ui.Page{…}, component). Errors are returned as they come.
//  4. A change: s.in("customers", "POST /customers/{code}/hold", …) calls app, then v.done(address, text) redirects with a notice. When app
//     refuses what was typed, show the form again: v.again(err, page, component) with ui.Form{Typed: v.r.PostForm, Err: err}.
//  5. Components: ui.DataTable, ui.Filter with its fields, ui.Tabs, ui.Definitions, ui.Stats, ui.Timeline, ui.FormBox with ui.Input,
//     ui.Confirm, ui.ProgressBar, ui.EmptyState, ui.Card, ui.AmountLines, ui.VoucherTable. Inside components texts are ui.T(ctx, "key"),
//     addresses ui.Path(ctx, "customers", code), amounts ui.AmountCell(decimal, currency). Layout by classes of app.css: columns, fields,
//     stats, card; never by a style attribute.
//
// After a change of a .templ file: go tool templ generate -path internal/web. The generated Go is committed; a test holds it to its source.
//
// Source: ui.md; architecture, "Who acts".
package web
