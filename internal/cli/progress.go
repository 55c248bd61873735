package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"quittance/internal/app"
)

const (
	quietFor   = time.Second      // work that is done sooner shows no progress
	plainEvery = 10 * time.Second // between plain lines, when standard error is no terminal
)

// progress shows on standard error how far long work has come: a bar on a terminal, else a plain line now and then.
type progress struct {
	w        io.Writer
	what     string // what is being done, such as posting
	terminal bool
	hidden   bool
	began    time.Time
	told     time.Time
	bar      *progressbar.ProgressBar
	run      string // as last told, for the way out of a cut-off command
	amounts  sums
	counted  int // of the amounts that were told, those in the sums
}

func (e *env) progress(what string) *progress {
	now := time.Now()
	return &progress{w: e.stderr, what: what, terminal: isTerminal(e.stderr), hidden: e.Quiet, began: now, told: now}
}

// isTerminal says whether a stream is a person's terminal. A test's stream may say so itself.
func isTerminal(stream any) bool {
	if s, ok := stream.(interface{ IsTerminal() bool }); ok {
		return s.IsTerminal()
	}
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// tell is called after each chunk.
func (p *progress) tell(r app.RunProgress) {
	p.run = r.Run
	for ; p.counted < len(r.Amounts); p.counted++ {
		a := r.Amounts[p.counted]
		_ = p.amounts.addAmount(a.Currency, a.Amount) // an overflow would only spoil a picture
	}
	p.show(r.Done, r.All)
}

func (p *progress) show(done, all int64) {
	now := time.Now()
	switch {
	case p.hidden || now.Sub(p.began) < quietFor:
	case p.terminal:
		p.draw(done, all)
	case now.Sub(p.told) >= plainEvery:
		p.told = now
		fmt.Fprintln(p.w, p.line(done, all, now.Sub(p.began)))
	}
}

func (p *progress) draw(done, all int64) {
	if p.bar == nil {
		if all <= 0 {
			all = -1
		}
		p.bar = progressbar.NewOptions64(all, progressbar.OptionSetWriter(p.w), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("customers"), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	p.bar.Describe(p.title())
	_ = p.bar.Set64(done)
}

func (p *progress) title() string {
	title := p.what
	if p.run != "" {
		title += " " + p.run
	}
	if len(p.amounts.order) > 0 {
		title += ", " + p.amounts.String()
	}
	return title
}

// line is the plain form: customers done of all, amount, rate, time left.
func (p *progress) line(done, all int64, elapsed time.Duration) string {
	rate := float64(done) / elapsed.Seconds()
	if all <= 0 {
		return fmt.Sprintf("%s: %d customers, %.0f/s", p.title(), done, rate)
	}
	left := "?"
	if rate > 0 {
		left = time.Duration(float64(all-done) / rate * float64(time.Second)).Round(time.Second).String()
	}
	return fmt.Sprintf("%s: %d of %d customers, %.0f/s, %s left", p.title(), done, all, rate, left)
}

// end removes the bar.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
