package cli

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
)

type deductionsClaimCmd struct {
	Customer    string     `required:"" help:"The customer." placeholder:"C"`
	Amount      string     `required:"" help:"The amount." placeholder:"A"`
	Currency    string     `help:"Currency (default: the company's)." placeholder:"CUR"`
	Date        civil.Date `help:"Date (default: today)." placeholder:"YYYY-MM-DD"`
	Type        string     `help:"Type." placeholder:"T"`
	Reason      string     `help:"Reason." placeholder:"R"`
	Basis       string     `help:"price or quantity." placeholder:"BASIS"`
	Invoice     string     `help:"The invoice that it is about." placeholder:"V"`
	ClaimNumber string     `help:"The customer's number for it." placeholder:"N"`
	TheirCode   string     `help:"The customer's own code." placeholder:"CODE"`
	Note        string     `help:"Note." placeholder:"TEXT"`
}

// Run raises a claim.
func (c *deductionsClaimCmd) Run(e *env) error {
	return e.outcome(func(a *app.App, call app.Call) (*app.DeductionOutcome, error) {
		return a.RaiseClaim(e.ctx, call, app.ClaimRequest(*c))
	})
}

// decideFlags say of a decision when and why.
type decideFlags struct {
	deductionNumber
	Date   civil.Date `help:"Date of the vouchers (default: today)." placeholder:"YYYY-MM-DD"`
	Reason string     `help:"Why." placeholder:"TEXT"`
}

func (f decideFlags) request() app.DecideRequest {
	return app.DecideRequest{Deduction: f.Number, Date: f.Date, Reason: f.Reason}
}

type (
	deductionsWithdrawCmd struct{ decideFlags }
	deductionsApproveCmd  struct{ decideFlags }
	deductionsRejectCmd   struct{ decideFlags }
)

// Run withdraws a claim.
func (c *deductionsWithdrawCmd) Run(e *env) error {
	return e.outcome(func(a *app.App, call app.Call) (*app.DeductionOutcome, error) {
		return a.WithdrawClaim(e.ctx, call, c.request())
	})
}

// Run approves what is proposed.
func (c *deductionsApproveCmd) Run(e *env) error {
	return e.outcome(func(a *app.App, call app.Call) (*app.DeductionOutcome, error) {
		return a.ApproveDeduction(e.ctx, call, c.request())
	})
}

// Run rejects what is proposed.
func (c *deductionsRejectCmd) Run(e *env) error {
	return e.outcome(func(a *app.App, call app.Call) (*app.DeductionOutcome, error) {
		return a.RejectDeduction(e.ctx, call, c.request())
	})
}

type deductionsSplitCmd struct {
	deductionNumber
	Part []string `required:"" sep:"none" help:"A part: amount, then type=T, reason=R, note=TEXT as wanted, divided by commas; repeat it." placeholder:"AMOUNT[,reason=R]"`
}

// Run splits a deduction.
func (c *deductionsSplitCmd) Run(e *env) error {
	req := app.SplitRequest{Deduction: c.Number}
	for _, text := range c.Part {
		part := app.SplitChild{}
		if err := members("--part", text, &part.Amount, map[string]*string{"type": &part.Type, "reason": &part.Reason, "note": &part.Note}, nil); err != nil {
			return err
		}
		req.Parts = append(req.Parts, part)
	}
	return e.outcome(func(a *app.App, call app.Call) (*app.DeductionOutcome, error) {
		return a.SplitDeduction(e.ctx, call, req)
	})
}

// members reads a first word and members name=value, divided by commas; of dates too. What follows a comma and has no name belongs to the
// text before it.
func members(flag, text string, first *string, texts map[string]*string, dates map[string]*civil.Date) error {
	var last *string
	for i, member := range strings.Split(text, ",") {
		name, value, found := strings.Cut(member, "=")
		if i == 0 && !found {
			*first = strings.TrimSpace(member)
			continue
		}
		if !found && last != nil {
			*last += "," + member
			continue
		}
		name = strings.TrimSpace(name)
		if last = texts[name]; last != nil && found {
			*last = value
			continue
		}
		if to := dates[name]; to != nil && found {
			date, err := civil.Parse(value)
			if err != nil {
				return usage("%s %q: %v", flag, text, err)
			}
			*to = date
			continue
		}
		return usage("%s %q: %q is not understood; see the help of the command", flag, text, member)
	}
	return nil
}

type deductionsResolveCmd struct {
	deductionNumber
	Line    []string   `required:"" sep:"none" help:"A line: write_off, accrual_plan, match, credit_note, return, chargeback, paid_back or correct, then amount=A, account=A, plan=P, credit=V, customer=C, basis=B, goods=G, number=N, due_date=D, keep_due_date=yes, reason=R, text=T as wanted, divided by commas; repeat it. Without an amount it is all that the others leave." placeholder:"KIND[,amount=A,…]"`
	Date    civil.Date `help:"Date of the vouchers (default: today)." placeholder:"YYYY-MM-DD"`
	Preview bool       `help:"Show what would be posted; nothing is kept."`
}

func (c *deductionsResolveCmd) request() (app.ResolveRequest, error) {
	req := app.ResolveRequest{Deduction: c.Number, Date: c.Date}
	for _, text := range c.Line {
		l, keep := app.ResolveLine{}, ""
		err := members("--line", text, &l.Kind, map[string]*string{
			"amount": &l.Amount, "account": &l.Account, "plan": &l.Plan, "credit": &l.Credit, "customer": &l.Customer, "basis": &l.Basis, "goods": &l.Goods, "number": &l.Number,
			"keep_due_date": &keep, "reason": &l.Reason, "text": &l.Text,
		}, map[string]*civil.Date{"due_date": &l.Due})
		if err != nil {
			return req, err
		}
		l.KeepDue = keep == "yes"
		req.Lines = append(req.Lines, l)
	}
	return req, nil
}

// Run resolves a deduction, or says what that would do.
func (c *deductionsResolveCmd) Run(e *env) error {
	req, err := c.request()
	if err != nil {
		return err
	}
	if !c.Preview {
		return e.outcome(func(a *app.App, call app.Call) (*app.DeductionOutcome, error) {
			return a.ResolveDeduction(e.ctx, call, req)
		})
	}
	return e.with(func(a *app.App, call app.Call) error {
		v, err := a.PreviewResolveDeduction(e.ctx, call, req)
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(v)
		}
		for i := range v.Outcome.Lines { // nothing is posted yet
			x := &v.Outcome.Lines[i]
			x.State = cmp.Or(toCome[x.State], x.State)
		}
		if err := e.showOutcome(v.Outcome); err != nil {
			return err
		}
		t := newTable("voucher account party >debit >credit")
		for _, x := range v.Vouchers {
			for _, l := range x.Lines {
				if err := t.add(x.Number, l.Account, l.Party, blankZero(l.Debit), blankZero(l.Credit)); err != nil {
					return err
				}
			}
		}
		if err := section(e.stdout, "Vouchers", t); err != nil {
			return err
		}
		return e.hint("\nNothing is posted yet; leave --preview out to do it.")
	})
}

// toCome says of the states of resolution lines what they will be.
var toCome = map[string]string{"posted": "to be posted", "proposed": "to be approved"}

type deductionsReverseCmd struct {
	deductionNumber
	Resolution string     `arg:"" help:"Id of the resolution line, or the number of its voucher."`
	Date       civil.Date `help:"Date of the mirror (default: today)." placeholder:"YYYY-MM-DD"`
	Reason     string     `required:"" help:"Why." placeholder:"TEXT"`
}

// Run reverses a resolution line.
func (c *deductionsReverseCmd) Run(e *env) error {
	return e.outcome(func(a *app.App, call app.Call) (*app.DeductionOutcome, error) {
		return a.ReverseResolution(e.ctx, call, app.ReverseResolutionRequest{Deduction: c.Number, Resolution: c.Resolution, Date: c.Date, Reason: c.Reason})
	})
}

// outcome runs a command that moves money and says how the deduction stands.
func (e *env) outcome(fn func(*app.App, app.Call) (*app.DeductionOutcome, error)) error {
	return e.with(func(a *app.App, call app.Call) error {
		o, err := fn(a, call)
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(o)
		}
		return e.showOutcome(o)
	})
}

func (e *env) showOutcome(o *app.DeductionOutcome) error {
	l := e.list("deduction kind currency >amount account plan counterpart state voucher")
	for i := range o.Lines {
		x := &o.Lines[i]
		if err := l.add(x, o.Deduction, x.Kind, x.Currency, x.Amount, x.Account, x.Plan, x.Counterpart, x.State, x.Voucher); err != nil {
			return err
		}
	}
	if err := l.close(""); err != nil || e.Output == "csv" {
		return err
	}
	fmt.Fprintf(e.stdout, "Deduction %s: %s %s, resolved %s, split off %s, remaining %s (%s, %s, %s)\n", o.Deduction, o.Amount, o.Currency, o.Resolved, o.Split, o.Remaining, o.Financial, o.Work, o.Dispute)
	if len(o.Children) > 0 {
		fmt.Fprintf(e.stdout, "Split off: %s\n", strings.Join(o.Children, ", "))
	}
	if o.Proposed {
		fmt.Fprintf(e.stdout, "Nothing is posted yet: somebody else must approve it (%s).\n", clean(o.Limit))
	}
	return nil
}

type deductionsMassCmd struct {
	Update  deductionsMassUpdateCmd  `cmd:"" help:"Change many deductions."`
	Resolve deductionsMassResolveCmd `cmd:"" help:"Resolve all that remains of many deductions."`
	Approve deductionsMassApproveCmd `cmd:"" help:"Approve what is proposed for many deductions."`
}

// massFlags say which deductions are meant.
type massFlags struct {
	Numbers []string        `arg:"" optional:"" name:"number" help:"Numbers of deductions."`
	Which   deductionFilter `embed:"" prefix:"which-"`
	All     bool            `help:"Those that the --which flags say, instead of numbers."`
	Preview bool            `help:"Show what would happen; nothing is kept."`
}

// run makes a mass change, or shows what it would do.
func (f massFlags) run(e *env, m app.MassDeductions) error {
	if f.All == (len(f.Numbers) > 0) {
		return usage("name deductions by their numbers, or say --all with --which flags that narrow them")
	}
	if m.Numbers = f.Numbers; f.All {
		filter := f.Which.filter()
		m.Filter = &filter
	}
	return e.with(func(a *app.App, call app.Call) error {
		change := a.MassDeductions
		if f.Preview {
			change = a.PreviewMassDeductions
		}
		r, err := change(e.ctx, call, m)
		if err != nil {
			return err
		}
		return e.showMass(r, f.Preview)
	})
}

// showMass prints what came of each. When some were refused it ends with an error, so that scripts notice.
func (e *env) showMass(r *app.MassResult, preview bool) error {
	refused := r.Not
	if preview {
		refused = 0
	}
	if e.Output == "json" || e.Output == "jsonl" {
		return someRefused(e.object(r), refused, "deductions")
	}
	return someRefused(e.listMass(r, preview), refused, "deductions")
}

func (e *env) listMass(r *app.MassResult, preview bool) error {
	l := e.list("number customer currency >remaining ok what why")
	for i := range r.Items {
		x := &r.Items[i]
		if err := l.add(x, x.Number, x.Customer, x.Currency, x.Remaining, yesNo(x.OK), x.What, x.Error); err != nil {
			return err
		}
	}
	if err := l.close("There is no such deduction."); err != nil || e.Output == "csv" {
		return err
	}
	done := "done"
	if preview {
		done = "would be done"
	}
	_, err := fmt.Fprintf(e.stdout, "%s %s, %s not.\n", strconv.Itoa(r.Done), done, strconv.Itoa(r.Not))
	return err
}

type deductionsMassUpdateCmd struct {
	massFlags
	deductionChange
}

// Run changes many deductions.
func (c *deductionsMassUpdateCmd) Run(e *env) error {
	u := c.update()
	return c.run(e, app.MassDeductions{Update: &u})
}

type deductionsMassResolveCmd struct {
	massFlags
	Kind    string     `required:"" help:"write_off, accrual_plan, return or chargeback." placeholder:"KIND"`
	Account string     `help:"Account (default: the deduction's, else the reason's)." placeholder:"A"`
	Plan    string     `help:"Accrual plan (default: the deduction's, else the reason's)." placeholder:"P"`
	Reason  string     `help:"Why." placeholder:"R"`
	Text    string     `help:"Text of the vouchers." placeholder:"TEXT"`
	Date    civil.Date `help:"Date of the vouchers (default: today)." placeholder:"YYYY-MM-DD"`
}

// Run resolves many deductions.
func (c *deductionsMassResolveCmd) Run(e *env) error {
	return c.run(e, app.MassDeductions{Resolve: &app.MassResolve{Kind: c.Kind, Account: c.Account, Plan: c.Plan, Reason: c.Reason, Text: c.Text, Date: c.Date}})
}

type deductionsMassApproveCmd struct{ massFlags }

// Run approves many deductions.
func (c *deductionsMassApproveCmd) Run(e *env) error {
	return c.run(e, app.MassDeductions{Approve: true})
}
