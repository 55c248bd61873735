package web_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// shell runs a test of what stands before any database: one is enough. The ways through the pages are tested on both.
func shell(t *testing.T, fn func(*apptest.Door)) {
	t.Helper()
	fn(apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite"))))
}

func TestShellInTheBrowser(t *testing.T) {
	shell(t, func(d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		out := s.Browser()
		out.Open("/")
		out.Look("sign-in")
		out.Open("/setup")
		out.Look("first-user")
		b := s.Browser(identity.Administrator)
		s.AddUser("ann.lee", identity.Clerk, identity.Approver)
		for name, path := range map[string]string{
			"customers": "/c/PSUS/customers", "users": "/users", "user": "/users/ann.lee", "user-new": "/users/new",
			"tokens": "/account/tokens", "password": "/account/password", "not-found": "/c/PSUS/no/such/page",
		} {
			b.Open(path)
			b.Look(name)
		}
		b.Open("/account/tokens")
		b.Fill("#f-name", "payroll")
		b.Click("main .form-buttons .primary")
		b.See("It is shown this once")
		b.Look("token-made")
		b.Open("/account/tokens")
		b.Look("tokens-one")
	})
}

// TestKeyboard goes through the shell without a mouse.
func TestKeyboard(t *testing.T) {
	shell(t, func(d *apptest.Door) {
		d.Import(t, apptest.PublicSector().Append("customers", "C-2001,Aspen Mill,RES,USD,,no,no,1 Elm Street,Lakemont,WI,53551,US", "C-2002,Birch Works,RES,USD,,no,no,2 Elm Street,Lakemont,WI,53551,US"))
		s := webtest.Serve(t, d, web.Options{})
		b := s.Browser(identity.Administrator)
		b.Open("/c/PSUS/")

		b.Press("gc")
		b.Until(`location.pathname === "/c/PSUS/customers"`)
		b.See("Birch Works")
		b.Press("jjk")
		if row := b.Text("tr.current"); !strings.Contains(row, "C-1001") {
			t.Errorf("j, j and k lead to %q", row)
		}
		b.Press("/")
		b.Press("asp")
		b.Until(`document.querySelectorAll("table.data tbody tr").length === 1 && location.search.includes("q=asp")`)
		if at := webtest.Eval[string](b, "document.activeElement.id"); at != "q-q" {
			t.Errorf("typing in the filter lost the focus to %q", at)
		}
		b.Press(kb.Escape)
		b.Press("?")
		b.Until(`document.querySelector("#help").open`)
		b.Audit()
		if h := b.Text("#help"); !strings.Contains(h, "Go to Customers") {
			t.Errorf("the help says %q", h)
		}
		b.Press(kb.Escape)
		b.Until(`!document.querySelector("#help").open`)

		b.Press("k", chromedp.KeyModifiers(chromedp.ModifierCtrl))
		b.Until(`document.querySelector("#palette").open`)
		b.Press("birch")
		b.Until(`document.querySelector("#palette-hits")?.innerText.includes("Birch Works") === true`)
		b.Shot("palette")
		b.Audit()
		b.Press(kb.ArrowDown + kb.ArrowUp)
		b.Enter()
		b.Until(`location.pathname === "/c/PSUS/customers/C-2002"`)

		b.Open("/users")
		b.Press("gs")
		b.Until(`location.pathname.startsWith("/c/PSUS/setup")`)
	})
}

// TestQuickPages looks at what htmx makes of links and forms: one page goes over into the next, and back.
func TestQuickPages(t *testing.T) {
	shell(t, func(d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		b := s.Browser(identity.Administrator)
		b.Open("/c/PSUS/customers")
		webtest.Eval[bool](b, "window.kept = true")
		b.Click(`.sidebar a[href="/users"]`)
		b.Until(`location.pathname === "/users" && document.title.startsWith("Users")`)
		b.Click(`.actions a`)
		b.Until(`location.pathname === "/users/new"`)
		b.Fill("#f-name", "Not A Name")
		b.Click(".form-buttons .primary")
		b.Until(`document.activeElement?.classList.contains("error-summary") === true`)
		if v := webtest.Eval[string](b, `document.querySelector("#f-name").value`); v != "Not A Name" {
			t.Errorf("what was typed became %q", v)
		}
		b.Look("form-errors")
		b.Fill("#f-name", "ann")
		b.Click(".form-buttons .primary")
		b.Until(`location.pathname === "/users/ann"`)
		b.See("ann is added.")
		b.Shot("notice")
		if !webtest.Eval[bool](b, "window.kept === true") {
			t.Error("a link or a form loaded the page anew")
		}
		webtest.Eval[bool](b, "history.back(), true")
		b.Until(`location.pathname !== "/users/ann"`)
		b.See("Users")

		b.Open("/users")
		b.Click(".user-menu summary")
		b.Shot("user-menu")
		b.Audit()
		b.Click(`.user-menu button[value="dark"]`)
		b.Until(`document.documentElement.dataset.theme === "dark"`)
		b.Click(".user-menu summary")
		b.Click(`.user-menu button[value="de"]`)
		b.Until(`document.documentElement.lang === "de" && document.title.startsWith("Benutzer")`)
		b.Look("users-german")
		b.Window(390, 844)
		b.Click(".menu-button")
		b.Until(`document.querySelector("#nav").matches(":popover-open")`)
		b.Shot("menu-narrow")
		b.Audit()
		b.Click(`#nav a[href="/c/PSUS/customers"]`)
		b.Until(`location.pathname === "/c/PSUS/customers" && !document.querySelector("#nav").matches(":popover-open")`)
	})
}

// TestWhatQuickPagesMustNotHide looks at answers that are not what was asked for.
func TestWhatQuickPagesMustNotHide(t *testing.T) {
	shell(t, func(d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		b := s.Browser(identity.Administrator)

		b.Window(1440, 500)
		b.Open("/users/administrator")
		webtest.Eval[bool](b, `(scrollTo(0, 300), true)`)
		b.Until("scrollY > 100")
		b.Click(`.topbar .user-menu summary`)
		b.Click(`.user-menu a[href="/account/tokens"]`)
		b.Until(`location.pathname === "/account/tokens" && scrollY === 0`)

		b.Open("/c/PSUS/customers")
		if _, err := d.SetDisabled(t.Context(), apptest.Call, "administrator", false); err != nil { // ends the session
			t.Fatal(err)
		}
		b.Press("/bri")
		b.Until(`location.pathname === "/sign-in" && location.search.includes("q%3Dbri")`)
	})
}

// TestUnreachable looks at what is said when the server has gone.
func TestUnreachable(t *testing.T) {
	shell(t, func(d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		b := s.Browser(identity.Administrator)
		b.Open("/users/new")
		b.Fill("#f-name", "typed")
		s.Close()
		b.Click(".form-buttons .primary")
		b.See("The server cannot be reached")
		if v := webtest.Eval[string](b, `document.querySelector("#f-name").value`); v != "typed" {
			t.Errorf("what was typed became %q", v)
		}
		b.Forget()
	})
}

// TestZoom looks at the list when it is zoomed, which leaves a part of the width.
func TestZoom(t *testing.T) {
	shell(t, func(d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		b := webtest.Serve(t, d, web.Options{}).Browser(identity.Administrator)
		b.Open("/c/PSUS/customers")
		for _, width := range []int64{720, 320} { // 1440 pixels at 200 %, 1280 at 400 %
			b.Window(width, 450)
			b.Fits()
			b.Audit()
		}
		b.Shot("zoomed")
	})
}
