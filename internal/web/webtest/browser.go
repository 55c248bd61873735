package webtest

import (
	"context"
	_ "embed"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"quittance/internal/identity"
)

const (
	patience = time.Minute // for one step of a browser; a busy machine is slow
	// Shots names the folder that screenshots are written to; without it none are taken.
	Shots = "QUITTANCE_SHOTS"
)

//go:embed testdata/axe.min.js
var axe string

// Browser is Chromium, one tab with cookies of its own. What it writes to its console as a warning or an error, and every breach of the
// policy, fails the test.
type Browser struct {
	t    testing.TB
	site *Site
	ctx  context.Context
	mu   sync.Mutex
	said []string // on the console, that it should not

	looks      int // how many
	unscripted bool
}

var (
	once     sync.Once
	parent   context.Context // of all tabs of the test binary: one Chromium
	starting error
)

// start starts Chromium, which ends with the test binary.
func start() {
	path := os.Getenv("QUITTANCE_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path == "" {
			path, starting = exec.LookPath(name)
		}
	}
	if path == "" {
		starting = fmt.Errorf("the tests of the pages need Chromium (Debian: apt-get install chromium); QUITTANCE_CHROMIUM may name it: %w", starting)
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("lang", "en-US"), chromedp.Flag("hide-scrollbars", false), chromedp.Flag("font-render-hinting", "none"))
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	parent, _ = chromedp.NewContext(allocator)
	starting = chromedp.Do(parent)
}

// Browser opens Chromium with a fresh user of the roles signed in, named after the first of them; without roles nobody is signed in.
func (s *Site) Browser(roles ...identity.Role) *Browser {
	s.t.Helper()
	if once.Do(start); starting != nil {
		s.t.Fatal(starting)
	}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	s.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context that opens it
		s.t.Fatal(err)
	}
	b := &Browser{t: s.t, site: s, ctx: ctx}
	b.Window(1440, 900)
	b.listen()
	if len(roles) > 0 {
		b.Become(s.SignedIn(roles...))
	}
	return b
}

// Become takes over the session of a reader.
func (b *Browser) Become(r *Reader) {
	b.t.Helper()
	at, err := url.Parse(b.site.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range r.Client.Jar.Cookies(at) {
		b.Cookie(c.Name, c.Value)
	}
}

// Cookie sets a cookie.
func (b *Browser) Cookie(name, value string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.site.URL})
		return err
	}))
}

// listen gathers what the console says.
func (b *Browser) listen() {
	messages := chromedp.Console(b.ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			expected := m.Source == "network" && strings.Contains(m.Text, "the server responded with a status of 4")
			if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning || m.IsException() {
				if !expected {
					b.mu.Lock()
					b.said = append(b.said, m.String()+" ("+m.URL+")")
					b.mu.Unlock()
				}
			}
		}
	}()
	b.t.Cleanup(b.Quiet)
}

// Quiet fails the test when the console said something since the last time.
func (b *Browser) Quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.said {
		b.t.Errorf("the console says: %s", s)
	}
	b.said = nil
}

// Forget forgets what the console said, where the test is about what makes it speak.
func (b *Browser) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = nil
}

// do runs steps and fails the test when one of them cannot be done in time.
func (b *Browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("in the browser at %s: %v", b.At(), err)
	}
}

// Eval gives the value of an expression in the page.
func Eval[T any](b *Browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluating %.200s: %v", expression, err)
	}
	return v
}

// Until waits until an expression in the page is true; a page that is going over into another one is waited for.
func (b *Browser) Until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		if err == nil && is {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("at %s this did not become true: %s: %v\n%s", b.At(), expression, err, b.Text("body"))
		case <-tick.C:
		}
	}
}

// settle waits until the page is there and nothing is asked for.
func (b *Browser) settle() {
	b.t.Helper()
	b.Until(`document.readyState === "complete" && !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling")`)
}

// Open goes to an address.
func (b *Browser) Open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.site.URL + path))
	b.settle()
}

// Click clicks what the CSS selector finds, once that stands still and nothing lies over it: a click is aimed at a place, and a page
// that is just laid out anew would have something else there. One that missed it all the same is made again.
func (b *Browser) Click(selector string) {
	b.t.Helper()
	b.settle()
	for range 5 {
		b.Until(fmt.Sprintf(still, selector))
		if !b.unscripted {
			b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`window.struck = false; document.querySelector(%q)?.addEventListener("click", () => window.struck = true, {capture: true}); void 0`, selector)))
		}
		b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		missed, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("window.struck === false"))
		cancel()
		if err != nil || !missed || b.unscripted { // a page that goes over into another one answers with an error, the other one knows of no click
			b.settle()
			return
		}
	}
	b.t.Fatalf("at %s the clicks miss %s\n%s", b.At(), selector, b.Text("body"))
}

// still says whether what a CSS selector finds stands where it stood a look before, in sight, with nothing over it.
const still = `(e => {
	if (!e) return false;
	e.scrollIntoView({block: "center", behavior: "instant"});
	const r = e.getBoundingClientRect(), at = [r.x, r.y, r.width, r.height, innerWidth].join(), before = window.stoodAt;
	window.stoodAt = at;
	const over = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
	return at === before && !!over && (e.contains(over) || over.contains(e) || over.closest("label")?.control === e);
})(document.querySelector(%q))`

// Fill types a text into a field, in place of what it holds.
func (b *Browser) Fill(selector, text string) {
	b.t.Helper()
	b.settle()
	b.do(chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
	b.settle()
}

// Press presses keys one after the other, wherever the focus is: "j", "gc", kb.Enter. A key and its character are one event, as a
// keyboard makes them: a page that takes the key keeps the character from being typed.
func (b *Browser) Press(keys string, options ...chromedp.KeyOption) {
	b.t.Helper()
	b.settle() // a page whose scripts are not there yet takes no keys
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, r := range keys {
			events := kb.Encode(r)
			down, up := events[0], events[len(events)-1]
			for _, o := range options {
				o(down)
				o(up)
			}
			if len(events) == 3 && down.Modifiers&^int64(chromedp.ModifierShift) == 0 {
				down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
			}
			for _, e := range []*input.DispatchKeyEventParams{down, up} {
				if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, *e); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	b.settle()
}

// Enter presses enter.
func (b *Browser) Enter() { b.t.Helper(); b.Press(kb.Enter) }

// Upload chooses files in a file field.
func (b *Browser) Upload(selector string, files ...string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// At gives the path and query of the page.
func (b *Browser) At() string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	return strings.TrimPrefix(at, b.site.URL)
}

// Text gives the text of what the CSS selector finds, as it is shown; blank when there is none.
func (b *Browser) Text(selector string) string {
	b.t.Helper()
	return Eval[string](b, fmt.Sprintf("(document.querySelector(%q)?.innerText ?? '')", selector))
}

// See waits until the page's main part shows a text, and the rest of the page is there.
func (b *Browser) See(text string) {
	b.t.Helper()
	b.Until(fmt.Sprintf("document.querySelector('main')?.innerText.includes(%q) === true", text))
	b.settle()
}

// Audit runs axe-core over the page and fails the test for each thing that it finds.
func (b *Browser) Audit() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Evaluate[chromedp.Void](axe+"; void 0")(ctx, t)
		return err
	})); err != nil {
		b.t.Fatalf("loading axe-core: %v", err)
	}
	type finding struct {
		ID    string   `json:"id"`
		Help  string   `json:"help"`
		Nodes []string `json:"nodes"`
	}
	for _, f := range Eval[[]finding](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
		r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 5).map(n => n.html.slice(0, 200) + " " + (n.any[0]?.message ?? ""))})))`) {
		b.t.Errorf("axe-core finds %s at %s: %s\n  %s", f.ID, b.At(), f.Help, strings.Join(f.Nodes, "\n  "))
	}
}

// Fits fails the test when the page scrolls sideways.
func (b *Browser) Fits() {
	b.t.Helper()
	if over := Eval[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
		wide := Eval[string](b, `[...document.querySelectorAll("main *, header *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".table-frame")).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join("\n")`)
		b.t.Errorf("%s is %d pixels wider than the window:\n%s", b.At(), over, wide)
	}
}

// Look looks at the page as people see it, at 1440 pixels light and 390 dark: it must fit, and axe-core finds nothing in one of the
// two. With QUITTANCE_SHOTS set, screenshots name-1440-light.png and so on, of all four, are written there, and all are audited.
func (b *Browser) Look(name string) {
	b.t.Helper()
	folder := os.Getenv(Shots)
	b.looks++
	for i, v := range []struct {
		scheme string
		width  int64
	}{{"light", 1440}, {"dark", 390}, {"dark", 1440}, {"light", 390}} {
		if i > 1 && folder == "" {
			break
		}
		b.do(b.scheme(v.scheme))
		b.Window(v.width, map[int64]int64{1440: 900, 390: 844}[v.width])
		b.settle()
		b.Fits()
		if i == b.looks%2 || folder != "" { // each page in one of the two, in turn: axe-core takes most of the time
			b.Audit()
		}
		if folder != "" {
			b.shoot(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", name, v.width, v.scheme)))
		}
	}
	b.do(b.scheme("light"))
	b.Window(1440, 900)
}

// Shot takes a screenshot of the page as it is, when they are taken at all.
func (b *Browser) Shot(name string) {
	b.t.Helper()
	if folder := os.Getenv(Shots); folder != "" {
		b.shoot(filepath.Join(folder, name+".png"))
	}
}

// Window gives the window another size, and waits until the page is laid out in it.
func (b *Browser) Window(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
	b.Until(fmt.Sprintf("innerWidth === %d && innerHeight === %d", width, height))
}

func (b *Browser) scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	})
}

func (b *Browser) shoot(path string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, png, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// NoScript switches JavaScript off in the pages that are opened from now on.
func (b *Browser) NoScript() {
	b.t.Helper()
	b.unscripted = true
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}
