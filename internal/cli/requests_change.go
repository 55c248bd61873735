package cli

import (
	"context"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
)

// requestReason names a request and says why.
type requestReason struct {
	requestCode
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// requestText names a request and says something.
type requestText struct {
	requestCode
	Text string `arg:"" help:"The text."`
}

type (
	requestsRejectCmd   struct{ requestReason }
	requestsHoldCmd     struct{ requestReason }
	requestsWithdrawCmd struct{ requestReason }
	requestsCancelCmd   struct{ requestReason }
	requestsReopenCmd   struct{ requestReason }
	requestsAskCmd      struct{ requestText }
	requestsAnswerCmd   struct{ requestText }
	requestsCommentCmd  struct{ requestText }
)

// by runs a change that a text says all of.
func (e *env) by(code, text string, fn func(a *app.App) func(ctx context.Context, call app.Call, code, text string) (*app.RequestView, error)) error {
	return e.request(func(a *app.App, call app.Call) (*app.RequestView, error) { return fn(a)(e.ctx, call, code, text) })
}

// requestFn is such a change.
type requestFn = func(ctx context.Context, call app.Call, code, text string) (*app.RequestView, error)

// Run rejects a request.
func (c *requestsRejectCmd) Run(e *env) error {
	return e.by(c.Request, c.Reason, func(a *app.App) requestFn { return a.RejectRequest })
}

// Run holds a request.
func (c *requestsHoldCmd) Run(e *env) error {
	return e.by(c.Request, c.Reason, func(a *app.App) requestFn { return a.HoldRequest })
}

// Run withdraws a request.
func (c *requestsWithdrawCmd) Run(e *env) error {
	return e.by(c.Request, c.Reason, func(a *app.App) requestFn { return a.WithdrawRequest })
}

// Run gives a request up.
func (c *requestsCancelCmd) Run(e *env) error {
	return e.by(c.Request, c.Reason, func(a *app.App) requestFn { return a.CancelRequest })
}

// Run asks for approval anew.
func (c *requestsReopenCmd) Run(e *env) error {
	return e.by(c.Request, c.Reason, func(a *app.App) requestFn { return a.ReopenRequest })
}

// Run asks for more.
func (c *requestsAskCmd) Run(e *env) error {
	return e.by(c.Request, c.Text, func(a *app.App) requestFn { return a.AskAboutRequest })
}

// Run answers.
func (c *requestsAnswerCmd) Run(e *env) error {
	return e.by(c.Request, c.Text, func(a *app.App) requestFn { return a.AnswerRequest })
}

// Run comments.
func (c *requestsCommentCmd) Run(e *env) error {
	return e.by(c.Request, c.Text, func(a *app.App) requestFn { return a.CommentRequest })
}

type requestsSubmitCmd struct {
	requestCode
	Note string `help:"Note for the history." placeholder:"TEXT"`
}

// Run hands a draft in.
func (c *requestsSubmitCmd) Run(e *env) error {
	return e.by(c.Request, c.Note, func(a *app.App) requestFn { return a.SubmitRequest })
}

type requestsResumeCmd struct {
	requestCode
	Reason string `help:"Why." placeholder:"TEXT"`
}

// Run takes a request off hold.
func (c *requestsResumeCmd) Run(e *env) error {
	return e.by(c.Request, c.Reason, func(a *app.App) requestFn { return a.ResumeRequest })
}

type requestsApproveCmd struct {
	requestCode
	Debits bool   `help:"Yes, although the customer owes something."`
	Text   string `help:"Comment." placeholder:"TEXT"`
}

// Run approves a request.
func (c *requestsApproveCmd) Run(e *env) error {
	return e.request(func(a *app.App, call app.Call) (*app.RequestView, error) {
		return a.ApproveRequest(e.ctx, call, c.Request, 0, app.RequestDecision{Debits: c.Debits, Text: c.Text})
	})
}

type requestsPostCmd struct {
	requestCode
	Date civil.Date `help:"Date of the vouchers (default: today)." placeholder:"YYYY-MM-DD"`
}

// Run posts a request.
func (c *requestsPostCmd) Run(e *env) error {
	return e.request(func(a *app.App, call app.Call) (*app.RequestView, error) {
		return a.PostRequest(e.ctx, call, c.Request, c.Date)
	})
}

type requestsReverseCmd struct {
	requestReason
	Date civil.Date `help:"Date of the mirrors (default: today)." placeholder:"YYYY-MM-DD"`
}

// Run reverses a request.
func (c *requestsReverseCmd) Run(e *env) error {
	return e.request(func(a *app.App, call app.Call) (*app.RequestView, error) {
		return a.ReverseRequest(e.ctx, call, c.Request, c.Date, c.Reason)
	})
}

type requestsPreviewCmd struct {
	requestCode
	Date civil.Date `help:"Date of the vouchers (default: today)." placeholder:"YYYY-MM-DD"`
}

// Run shows what posting would post.
func (c *requestsPreviewCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.PreviewRequest(e.ctx, call, c.Request, c.Date)
		if err != nil {
			return err
		}
		if e.Output == "json" {
			return e.object(x)
		}
		l := e.list("account >debit >credit settles")
		for _, r := range x.Reimbursements {
			var settles []string
			for _, s := range r.Settles {
				settles = append(settles, s.Voucher+" "+s.Amount)
			}
			for i, y := range r.Lines {
				what := ""
				if i == 0 {
					what = strings.Join(settles, ", ")
				}
				if err := l.add(y, y.Account, y.Debit, y.Credit, what); err != nil {
					return err
				}
			}
		}
		return l.close("")
	})
}

type requestsLinkCmd struct {
	requestCode
	Days    int    `help:"How long it is valid." default:"30" placeholder:"N"`
	Address string `help:"Where browsers reach the server, such as https://books.example.com; without it the path is shown." env:"QUITTANCE_PUBLIC_URL" placeholder:"URL"`
}

// Run makes a link, which nothing keeps.
func (c *requestsLinkCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.MakeRequestLink(e.ctx, call, c.Request, c.Days)
		if err != nil {
			return err
		}
		link := strings.TrimRight(c.Address, "/") + x.Path
		return e.result(x, "request until link", []string{x.Request, x.Until, link}, "%s\nIt is valid until %s; revoke it with: quittance requests unlink %s --reason TEXT", link, x.Until, x.Request)
	})
}

type requestsUnlinkCmd struct{ requestReason }

// Run revokes links.
func (c *requestsUnlinkCmd) Run(e *env) error {
	return e.by(c.Request, c.Reason, func(a *app.App) requestFn { return a.RevokeRequestLinks })
}

type requestsAgeingCmd struct {
	Date civil.Date `help:"The day looked at (default: today)." placeholder:"YYYY-MM-DD"`
}

// Run adds requests up by state and age.
func (c *requestsAgeingCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.RequestAgeing(e.ctx, call, c.Date)
		if err != nil {
			return err
		}
		l := e.list("state days currency >requests >overdue >amount")
		for _, x := range all {
			if err := l.add(x, string(x.State), x.Bucket, x.Currency, strconv.FormatInt(x.Requests, 10), strconv.FormatInt(x.Overdue, 10), x.Amount); err != nil {
				return err
			}
		}
		return l.close("No request is open.")
	})
}
