package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/request"
)

// requestsCmd is everything about requests for reimbursement.
type requestsCmd struct {
	List     requestsListCmd     `cmd:"" default:"withargs" help:"List requests, the newest first."`
	Show     requestsShowCmd     `cmd:"" help:"Show a request with its clocks, duplicates, attachments, approval and history."`
	Create   requestsCreateCmd   `cmd:"" help:"Ask that a customer be paid back: all or part of open credits, or a new credit that approval makes."`
	Import   requestsImportCmd   `cmd:"" help:"Make the requests of a CSV file: all or none."`
	Edit     requestsEditCmd     `cmd:"" help:"Change a request; what was approved of it is void."`
	Attach   requestsAttachCmd   `cmd:"" help:"Attach a file to a request."`
	Detach   requestsDetachCmd   `cmd:"" help:"Take an attachment off a request; the file stays."`
	File     requestsFileCmd     `cmd:"" help:"Store an attachment in a file."`
	Submit   requestsSubmitCmd   `cmd:"" help:"Hand a draft in: what it wants is marked."`
	Approve  requestsApproveCmd  `cmd:"" help:"Approve a request; who asked may not."`
	Reject   requestsRejectCmd   `cmd:"" help:"Reject a request."`
	Ask      requestsAskCmd      `cmd:"" help:"Ask who made a request for more."`
	Answer   requestsAnswerCmd   `cmd:"" help:"Answer what was asked; the request is submitted again."`
	Hold     requestsHoldCmd     `cmd:"" help:"Stop work on a request; its mark stays."`
	Resume   requestsResumeCmd   `cmd:"" help:"Take a request off hold."`
	Comment  requestsCommentCmd  `cmd:"" help:"Note something in the history of a request."`
	Withdraw requestsWithdrawCmd `cmd:"" help:"Take your own request back."`
	Cancel   requestsCancelCmd   `cmd:"" help:"Give a request up."`
	Reopen   requestsReopenCmd   `cmd:"" help:"Make an approval void and ask for it anew."`
	Preview  requestsPreviewCmd  `cmd:"" help:"Show what posting a request would post."`
	Post     requestsPostCmd     `cmd:"" help:"Reimburse an approved request; who approved may not."`
	Reverse  requestsReverseCmd  `cmd:"" help:"Reverse what a request posted: its credits are open again."`
	Link     requestsLinkCmd     `cmd:"" help:"Make a link to the status page of a request, for its customer."`
	Unlink   requestsUnlinkCmd   `cmd:"" help:"Revoke all links to the status page of a request."`
	Ageing   requestsAgeingCmd   `cmd:"" help:"Requests by state and days in it, with those overdue."`
	Figures  requestsFiguresCmd  `cmd:"" help:"How requests stand and how long they take: time in each state, approvers, policies, reasons, service levels, payment."`
}

type requestsListCmd struct {
	pageFlags
	State    []request.State `help:"In these states." placeholder:"STATE,..."`
	Kind     string          `help:"overpayment, return, refund_of_sale, expense, deposit or other." placeholder:"KIND"`
	Customer string          `help:"Of this customer." placeholder:"C"`
	Currency string          `help:"In this currency." placeholder:"CUR"`
	Source   string          `help:"About this invoice, return order or ticket." placeholder:"REF"`
	By       string          `help:"Made or submitted by this user." placeholder:"USER"`
	Due      civil.Date      `help:"Due up to this day." placeholder:"YYYY-MM-DD"`
	From     string          `help:"At least so much." placeholder:"A"`
	To       string          `help:"At most so much." placeholder:"A"`
	Open     bool            `help:"Those that are not ended."`

	SinceFrom    civil.Date      `help:"In their state since this day or later." placeholder:"YYYY-MM-DD"`
	SinceTo      civil.Date      `help:"In their state since this day or earlier." placeholder:"YYYY-MM-DD"`
	ApprovedFrom civil.Date      `help:"Approved on this day or later." placeholder:"YYYY-MM-DD"`
	ApprovedTo   civil.Date      `help:"Approved on this day or earlier." placeholder:"YYYY-MM-DD"`
	DueFrom      civil.Date      `help:"Due on this day or later." placeholder:"YYYY-MM-DD"`
	Why          string          `help:"For this reason in their state, word by word." placeholder:"TEXT"`
	Service      request.Service `help:"How they stand to the day by which they were to be paid: kept, late, overdue, running or ended." placeholder:"HOW"`
	Clock        string          `help:"Which clock set the day that they are due: service_level, or a jurisdiction such as US-CA." placeholder:"WHICH"`
	WaitsFor     string          `help:"A step waits for this user, or role:ROLE." placeholder:"WHO"`
}

const requestRowColumns = "request customer kind >amount currency state >days due overdue source created_by approved_by"

func requestCells(x *app.RequestView) []string {
	return []string{x.Request, x.Customer, string(x.Kind), x.Amount, x.Currency, string(x.State), strconv.Itoa(x.Days), x.Due.String(), yesNo(x.Overdue), x.Source, x.CreatedBy, x.ApprovedBy}
}

// Run lists requests.
func (c *requestsListCmd) Run(e *env) error {
	f := app.RequestFilter{
		States: c.State, Kind: request.Kind(c.Kind), Customer: c.Customer, Currency: c.Currency, Source: c.Source, By: c.By, DueBy: c.Due, From: c.From, To: c.To, Open: c.Open,
		SinceFrom: c.SinceFrom, SinceTo: c.SinceTo, ApprovedFrom: c.ApprovedFrom, ApprovedTo: c.ApprovedTo, DueFrom: c.DueFrom, Why: c.Why, Service: c.Service, Clock: c.Clock, WaitsFor: c.WaitsFor,
	}
	return listPart(e, c.pageFlags, requestRowColumns, "There are no such requests.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.RequestView], error) {
		return a.Requests(e.ctx, call, f, p)
	}, requestCells)
}

type requestCode struct {
	Request string `arg:"" help:"The request, such as RQ-00000001."`
}

type requestsShowCmd struct{ requestCode }

// Run shows a request.
func (c *requestsShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.Request(e.ctx, call, c.Request)
		if err != nil {
			return err
		}
		if e.Output != "table" {
			return e.result(x, requestRowColumns, requestCells(&x.RequestView), "")
		}
		return e.showRequest(x)
	})
}

// showRequest prints a request for a person.
func (e *env) showRequest(x *app.RequestDetail) error {
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintln(e.stdout, clean(fmt.Sprintf("%-15s %s", name, text)))
		}
	}
	line("request", x.Request+" "+strings.ReplaceAll(string(x.State), "_", " "))
	line("customer", x.Customer+" "+x.Name)
	line("kind", string(x.Kind))
	line("amount", x.Amount+" "+x.Currency)
	for _, k := range x.Credits {
		line("credit", k.Credit+" "+k.Amount)
	}
	for _, l := range x.Lines {
		line("new credit", l.Account+" "+l.Amount)
	}
	line("reason", x.Reason)
	line("source", x.Source)
	line("payee", strings.TrimSpace(x.Payee+" "+x.Method))
	line("asked", x.Asked.String())
	line("due", x.Due.String())
	line("approved by", x.ApprovedBy)
	line("run", strings.TrimSpace(x.Run+" "+strings.Join(x.Reimbursements, " ")))
	line("payments", strings.Join(x.Payments, " "))
	for _, text := range x.Debts {
		line("owes", text)
	}
	for _, d := range x.Duplicates {
		line("looks like", d.Request+" ("+string(d.State)+"): "+d.Why)
	}
	for _, f := range x.Files {
		line("attachment "+strconv.Itoa(f.Attachment), f.Type+" "+f.Name+" "+f.SHA256)
	}
	if p := x.Approval; p != nil && p.Approval != "" {
		line("approval", fmt.Sprintf("%s %s, step %d of %d %s", p.Approval, p.State, p.Step, p.Steps, p.Rule))
	}
	fmt.Fprintln(e.stdout)
	l := e.list("at by what from to detail")
	for _, y := range x.History {
		if err := l.add(y, y.At, y.By, y.What, string(y.From), string(y.To), y.Detail); err != nil {
			return err
		}
	}
	return l.close("")
}

// request runs a change of a request and tells where it is now.
func (e *env) request(fn func(a *app.App, call app.Call) (*app.RequestView, error)) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := fn(a, call)
		if err != nil {
			return err
		}
		return e.result(x, requestRowColumns, requestCells(x), "%s of %s %s to %s is %s.", x.Request, x.Amount, x.Currency, x.Customer, strings.ReplaceAll(string(x.State), "_", " "))
	})
}

// requestFlags say what a request is about.
type requestFlags struct {
	Kind           *string     `help:"overpayment, return, refund_of_sale, expense, deposit or other." placeholder:"KIND"`
	Amount         *string     `help:"How much; without it all that the credits or lines say." placeholder:"A"`
	Currency       *string     `help:"Currency (default: that of the credits, else the customer's)." placeholder:"CUR"`
	Credit         []string    `help:"An open credit, all of it or a part: VOUCHER or VOUCHER=AMOUNT; again for more." placeholder:"V[=A]" sep:"none"`
	Line           []string    `help:"A new credit that approval makes: ACCOUNT=AMOUNT, what is debited; again for more." placeholder:"ACC=A" sep:"none"`
	Classification *string     `help:"Billing classification of the new credit." placeholder:"C"`
	Reason         *string     `help:"Why." placeholder:"TEXT"`
	Source         *string     `help:"The invoice, return order or ticket that it is about." placeholder:"REF"`
	Method         *string     `help:"Preferred method of payment." placeholder:"M"`
	Payee          *string     `help:"Another vendor than the customer's." placeholder:"V"`
	Asked          *civil.Date `help:"When the customer asked in writing: it starts the statutory clocks." placeholder:"YYYY-MM-DD"`
}

func (f *requestFlags) edit() (app.RequestEdit, error) {
	x := app.RequestEdit{Kind: (*request.Kind)(f.Kind), Amount: f.Amount, Currency: f.Currency, Classification: f.Classification, Reason: f.Reason, Source: f.Source, Method: f.Method, Payee: f.Payee, Asked: f.Asked}
	if len(f.Credit) > 0 {
		var all []app.RequestCredit
		for _, text := range f.Credit {
			name, amount, _ := strings.Cut(text, "=")
			all = append(all, app.RequestCredit{Credit: name, Amount: amount})
		}
		x.Credits = &all
	}
	if len(f.Line) > 0 {
		var all []app.RequestLine
		for _, text := range f.Line {
			account, amount, found := strings.Cut(text, "=")
			if !found {
				return x, usage("--line %s: expected ACCOUNT=AMOUNT", text)
			}
			all = append(all, app.RequestLine{Account: account, Amount: amount})
		}
		x.Lines = &all
	}
	return x, nil
}

type requestsCreateCmd struct {
	requestFlags
	Customer string `required:"" help:"The customer." placeholder:"C"`
	Key      string `help:"Key of the intake: the same request is never made twice under it." placeholder:"KEY"`
	Submit   bool   `help:"Hand it in at once."`
}

// Run makes a request.
func (c *requestsCreateCmd) Run(e *env) error {
	x, err := c.edit()
	if err != nil {
		return err
	}
	return e.request(func(a *app.App, call app.Call) (*app.RequestView, error) {
		return a.CreateRequest(e.ctx, call, x.Entry(c.Customer, c.Key), c.Submit)
	})
}

type requestsEditCmd struct {
	requestCode
	requestFlags
}

// Run changes a request.
func (c *requestsEditCmd) Run(e *env) error {
	x, err := c.edit()
	if err != nil {
		return err
	}
	return e.request(func(a *app.App, call app.Call) (*app.RequestView, error) {
		return a.EditRequest(e.ctx, call, c.Request, 0, x)
	})
}

type requestsImportCmd struct {
	File    string `arg:"" type:"existingfile" help:"The CSV file; see docs/requests.md for its columns."`
	Submit  bool   `help:"Hand them in at once."`
	Preview bool   `help:"Look only: nothing is made."`
}

// Run makes the requests of a file.
func (c *requestsImportCmd) Run(e *env) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return fault.New(fault.Refused, "%s cannot be read: %v", c.File, err).Because(err)
	}
	return e.with(func(a *app.App, call app.Call) error {
		done, err := a.ImportRequests(e.ctx, call, filepath.Base(c.File), data, c.Submit, c.Preview)
		if err != nil {
			return err
		}
		if e.Output == "json" {
			return e.object(done)
		}
		l := e.list(requestRowColumns)
		for i := range done.Made {
			if err := l.add(&done.Made[i], requestCells(&done.Made[i])...); err != nil {
				return err
			}
		}
		return l.close(fmt.Sprintf("Nothing was made: %d requests were there already.", len(done.Known)))
	})
}

type requestsAttachCmd struct {
	requestCode
	Path  string `arg:"" type:"existingfile" help:"The file."`
	Type  string `required:"" help:"request_letter, receipt, invoice, proof_of_payment, return_note, identification, email, other, or one of your own." placeholder:"TYPE"`
	Media string `help:"Media type (default: by the ending of the name)." placeholder:"TYPE"`
}

// Run attaches a file.
func (c *requestsAttachCmd) Run(e *env) error {
	content, err := os.ReadFile(c.Path)
	if err != nil {
		return fault.New(fault.Refused, "%s cannot be read: %v", c.Path, err).Because(err)
	}
	return e.request(func(a *app.App, call app.Call) (*app.RequestView, error) {
		return a.AttachToRequest(e.ctx, call, c.Request, app.Attachment{Type: c.Type, Name: filepath.Base(c.Path), Media: c.Media, Content: content})
	})
}

type requestsDetachCmd struct {
	requestCode
	Attachment int    `arg:"" help:"Number of the attachment."`
	Reason     string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run takes an attachment off.
func (c *requestsDetachCmd) Run(e *env) error {
	return e.request(func(a *app.App, call app.Call) (*app.RequestView, error) {
		return a.DetachFromRequest(e.ctx, call, c.Request, c.Attachment, c.Reason)
	})
}

type requestsFileCmd struct {
	requestCode
	Attachment int `arg:"" help:"Number of the attachment."`
	newFile
}

// Run stores an attachment.
func (c *requestsFileCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		_, content, err := a.RequestFileContent(e.ctx, call, c.Request, c.Attachment)
		if err != nil {
			return err
		}
		return c.store(content)
	})
}
