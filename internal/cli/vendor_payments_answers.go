package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/payout"
)

type vpAnswersCmd struct {
	File  string     `arg:"" help:"The bank's file: ACH returns and notifications of change, a status report (pain.002), or a list of checks (CSV)." type:"path"`
	Date  civil.Date `help:"Date of the mirrors (default: today)." placeholder:"YYYY-MM-DD"`
	Fate  string     `help:"What becomes of reimbursements that came back: reissue or reverse." placeholder:"F"`
	Again bool       `help:"Read a file that was read before once more."`
}

// Run reads a file of answers.
func (c *vpAnswersCmd) Run(e *env) error {
	content, err := os.ReadFile(c.File)
	if err != nil {
		return fault.New(fault.Refused, "%s cannot be read: %v", c.File, err).In("file").Because(err)
	}
	return e.with(func(a *app.App, call app.Call) error {
		r, err := a.ReadPaymentAnswers(e.ctx, call, app.PaymentAnswersRequest{Name: filepath.Base(c.File), Content: content, Date: c.Date, Fate: payout.Fate(c.Fate), Again: c.Again})
		if err != nil {
			return err
		}
		return someRefused(e.showAnswers(r), r.Problems, "answers")
	})
}

// showAnswers prints what a file of answers said, and what was done by it.
func (e *env) showAnswers(r *app.PaymentAnswers) error {
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(r)
	}
	l := e.list(">line number payment result code detail")
	for _, x := range r.Answers {
		detail := strings.TrimSpace(x.Meaning + " " + x.Detail)
		switch {
		case x.Problem != "":
			detail = x.Problem
		case x.Proposal != 0:
			detail += "; proposal " + strconv.FormatInt(x.Proposal, 10) + " waits for somebody else: quittance payees accept"
		}
		line := ""
		if x.Line > 0 {
			line = strconv.Itoa(x.Line)
		}
		if err := l.add(x, line, x.Number, x.Payment, x.Result, x.Code, detail); err != nil {
			return err
		}
	}
	return l.close("The file has no answers.")
}

type vpAnsweredCmd struct {
	pageFlags
	N int64 `arg:"" optional:"" help:"Number of a file: show what was done by it."`
}

// Run lists files of answers, or shows one.
func (c *vpAnsweredCmd) Run(e *env) error {
	if c.N != 0 {
		return e.with(func(a *app.App, call app.Call) error {
			r, err := a.PaymentAnswersAt(e.ctx, call, c.N)
			if err != nil {
				return err
			}
			return e.showAnswers(r)
		})
	}
	return listPart(e, c.pageFlags, ">n read by format name >done >noted >problems sha256", "No file of answers was read yet.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.PaymentAnswers], error) {
			return a.PaymentAnswers(e.ctx, call, p)
		}, func(x *app.PaymentAnswers) []string {
			return []string{strconv.FormatInt(x.N, 10), x.ReadAt, x.ReadBy, string(x.Format), x.Name, strconv.Itoa(x.Done), strconv.Itoa(x.Noted), strconv.Itoa(x.Problems), x.SHA256}
		})
}

type payeeProposalsCmd struct {
	pageFlags
	State string `help:"open, accepted or refused." placeholder:"STATE"`
}

const proposalColumns = ">n payee routing account type code payment state by decided_by reason"

func proposalCells(x *app.BankProposal) []string {
	return []string{strconv.FormatInt(x.N, 10), x.Payee, x.RoutingNumber, x.AccountNumber, x.AccountType, x.Code, x.Payment, string(x.State), x.ProposedBy, x.DecidedBy, x.Reason}
}

// Run lists proposed bank details.
func (c *payeeProposalsCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, proposalColumns, "No bank proposed other bank details.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.BankProposal], error) {
			return a.BankProposals(e.ctx, call, c.State, p)
		}, proposalCells)
}

type payeeAcceptCmd struct {
	N      int64  `arg:"" help:"Number of the proposal."`
	Reason string `help:"How it was made sure." placeholder:"TEXT"`
}

// Run accepts proposed bank details.
func (c *payeeAcceptCmd) Run(e *env) error { return decideProposal(e, c.N, true, c.Reason) }

type payeeRefuseCmd struct {
	N      int64  `arg:"" help:"Number of the proposal."`
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run refuses proposed bank details.
func (c *payeeRefuseCmd) Run(e *env) error { return decideProposal(e, c.N, false, c.Reason) }

func decideProposal(e *env, n int64, accept bool, reason string) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.DecideBankProposal(e.ctx, call, n, accept, reason)
		if err != nil {
			return err
		}
		return e.result(x, proposalColumns, proposalCells(x), "The proposal %d is %s.", x.N, x.State)
	})
}
