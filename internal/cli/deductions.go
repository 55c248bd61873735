package cli

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
)

// deductionsCmd is everything about deductions.
type deductionsCmd struct {
	deductionsSearch

	List     deductionsListCmd     `cmd:"" help:"The worklist: open deductions by urgency or expected value."`
	Show     deductionsShowCmd     `cmd:"" help:"A deduction with its states, amounts, resolutions, evidence and history."`
	Balances deductionsBalancesCmd `cmd:"" help:"What a customer owes with and without open deductions."`
	Claim    deductionsClaimCmd    `cmd:"" help:"Raise a claim before there is a payment."`
	Withdraw deductionsWithdrawCmd `cmd:"" help:"Withdraw a claim."`
	Update   deductionsUpdateCmd   `cmd:"" help:"Change reason, treatment, owner, follow-up, state of work and so on."`
	Dispute  deductionsDisputeCmd  `cmd:"" help:"Move the dispute with the customer."`
	Comment  deductionsCommentCmd  `cmd:"" help:"Comment on a deduction."`
	Watch    deductionsWatchCmd    `cmd:"" help:"Watch a deduction, or no longer."`
	Attach   deductionsAttachCmd   `cmd:"" help:"Attach a file as evidence."`
	Detach   deductionsDetachCmd   `cmd:"" help:"Take evidence off a deduction; the file stays."`
	File     deductionsFileCmd     `cmd:"" help:"Store an attachment in a file."`
	Split    deductionsSplitCmd    `cmd:"" help:"Split children off a deduction."`
	Resolve  deductionsResolveCmd  `cmd:"" help:"Resolve a deduction, in part or whole."`
	Approve  deductionsApproveCmd  `cmd:"" help:"Approve what is proposed for a deduction; it is posted."`
	Reject   deductionsRejectCmd   `cmd:"" help:"Reject what is proposed for a deduction."`
	Reverse  deductionsReverseCmd  `cmd:"" help:"Reverse a resolution line by its mirror."`
	Mass     deductionsMassCmd     `cmd:"" help:"Change, resolve or approve many deductions, each by itself; --preview shows what would happen."`
	Expire   deductionsExpireCmd   `cmd:"" help:"Mark deductions as expired whose window has ended, and make expected values anew; for every day."`
}

// deductionFilter narrows a list of deductions.
type deductionFilter struct {
	Order     string     `help:"urgency, worth or newest." enum:"urgency,worth,newest" default:"urgency" placeholder:"ORDER"`
	Closed    bool       `help:"Closed ones too; with --order newest."`
	Owner     string     `help:"Of this owner." placeholder:"USER"`
	Team      string     `help:"Of this team." placeholder:"TEAM"`
	Customer  string     `help:"Of this customer." placeholder:"C"`
	Reason    string     `help:"Of this reason." placeholder:"R"`
	Uncoded   bool       `help:"Without a reason."`
	Type      string     `help:"Of this type." placeholder:"T"`
	Work      string     `help:"In this state of work." placeholder:"STATE"`
	Dispute   string     `help:"In this state of the dispute." placeholder:"STATE"`
	Financial string     `help:"In this financial state." placeholder:"STATE"`
	Hold      string     `help:"Held there: deduction_customer, customer, suspense." placeholder:"HOLD"`
	Ready     *bool      `help:"All evidence is there, or not (--no-ready)." negatable:""`
	Due       civil.Date `help:"Window ends or follow-up is due up to this day." placeholder:"YYYY-MM-DD"`
	From      string     `help:"At least so much remains." placeholder:"A"`
	To        string     `help:"At most so much remains." placeholder:"A"`
	Currency  string     `help:"In this currency." placeholder:"CUR"`
	Text      string     `help:"What number, customer, claim number or their code begins with." placeholder:"TEXT"`
	Watcher   string     `help:"Watched by this user." placeholder:"USER"`
}

func (f deductionFilter) filter() app.DeductionFilter { return app.DeductionFilter(f) }

type deductionsListCmd struct {
	deductionFilter
	pageFlags
	Totals bool `help:"Count and sums of all of them instead."`
}

const deductionColumns = "number customer currency >amount >remaining financial work dispute type reason owner expires >days >expected ready"

func deductionCells(d *app.DeductionRow) []string {
	days := ""
	if d.DaysLeft != nil {
		days = strconv.Itoa(*d.DaysLeft)
	}
	return []string{
		d.Number, d.Customer, d.Currency, d.Amount, d.Remaining, d.Financial, d.Work, d.Dispute, d.Type, d.Reason, d.Owner, d.Expires.String(), days, d.Expected, yesNo(d.Ready),
	}
}

// Run lists deductions.
func (c *deductionsListCmd) Run(e *env) error {
	if !c.Totals {
		return listPart(e, c.pageFlags, deductionColumns, "There is no such deduction.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.DeductionRow], error) {
			return a.Deductions(e.ctx, call, c.filter(), p)
		}, deductionCells)
	}
	return e.with(func(a *app.App, call app.Call) error {
		t, err := a.DeductionTotals(e.ctx, call, c.filter())
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(t)
		}
		return e.deductionSums(t.Sums, "There is no such deduction.")
	})
}

func (e *env) deductionSums(sums []app.DeductionCurrencySum, none string) error {
	l := e.list("currency >count >amount >remaining >expected")
	for _, s := range sums {
		if err := l.add(s, s.Currency, strconv.FormatInt(s.Count, 10), s.Amount, s.Remaining, s.Expected); err != nil {
			return err
		}
	}
	return l.close(none)
}

type deductionNumber struct {
	Number string `arg:"" help:"Number of the deduction."`
}

type deductionsShowCmd struct{ deductionNumber }

// Run shows a deduction.
func (c *deductionsShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		v, err := a.Deduction(e.ctx, call, c.Number)
		if err != nil {
			return err
		}
		return e.showDeduction(v)
	})
}

// showDeduction prints a deduction.
func (e *env) showDeduction(v *app.DeductionView) error {
	switch e.Output {
	case "json", "jsonl":
		return e.object(v)
	case "csv":
		l := e.list(deductionColumns)
		if err := l.add(v, deductionCells(&v.DeductionRow)...); err != nil {
			return err
		}
		return l.close("")
	}
	for _, line := range [][2]string{
		{"Deduction", v.Number + " of " + v.Customer + " " + v.CustomerName},
		{"Amount", v.Amount + " " + v.Currency + ": resolved " + v.Resolved + ", split off " + v.Split + ", remaining " + v.Remaining},
		{"States", v.Financial + ", " + strings.TrimSuffix(v.Work+"/"+v.Substate, "/") + ", " + v.Dispute},
		{"Taken", v.Captured.String() + joined(" from ", v.Invoice) + joined(" with ", v.Payment)},
		{"Held", joined("", v.Hold) + joined(" by ", v.Holder) + joined(", open ", v.Held)},
		{"Treatment", strings.Join(fieldsOf(v.Type, v.Reason, v.Account, v.Plan), ", ")},
		{"Theirs", strings.Join(fieldsOf(v.TheirCode, v.ClaimNumber), ", ")},
		{"Owner", strings.Join(fieldsOf(v.Owner, v.Team), ", ")},
		{"Dispute", "can be filed until " + dashed(v.Expires.String()) + ", answer due " + dashed(v.AnswerDue.String()) + ", paid back " + v.PaidBack},
		{"Evidence", evidenceLine(v)},
		{"Next", "work: " + dashed(strings.Join(v.NextWork, ", ")) + "; dispute: " + dashed(strings.Join(v.NextDispute, ", "))},
	} {
		if line[1] != "" {
			fmt.Fprintf(e.stdout, "%-10s  %s\n", line[0], clean(line[1]))
		}
	}
	return e.deductionTables(v)
}

func (e *env) deductionTables(v *app.DeductionView) error {
	lines := newTable("id date kind >amount account plan counterpart state voucher reversal by")
	for _, r := range v.Resolutions {
		if err := lines.add(strconv.FormatInt(r.ID, 10), r.Date.String(), r.Kind, r.Amount, r.Account, r.Plan, r.Counterpart, r.State, r.Voucher, r.Reversal, r.Actor); err != nil {
			return err
		}
	}
	children := newTable("number >amount >remaining financial work reason")
	for _, x := range v.Children {
		if err := children.add(x.Number, x.Amount, x.Remaining, x.Financial, x.Work, x.Reason); err != nil {
			return err
		}
	}
	files := newTable("id type name media >size by")
	for _, x := range v.Evidence {
		if err := files.add(strconv.FormatInt(x.ID, 10), x.Type, x.Name, x.Media, strconv.FormatInt(x.Size, 10), x.By); err != nil {
			return err
		}
	}
	history := newTable("at by kind text")
	for _, x := range v.History {
		if err := history.add(x.At, x.Actor, x.Kind, strings.ReplaceAll(x.Text, "\n", "; ")); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		title string
		table *table
	}{{"Resolutions", lines}, {"Children", children}, {"Attachments", files}, {"History", history}} {
		if err := section(e.stdout, part.title, part.table); err != nil {
			return err
		}
	}
	return nil
}

func evidenceLine(v *app.DeductionView) string {
	switch {
	case len(v.EvidenceNeeded) == 0:
		return ""
	case v.Ready:
		return "ready: " + strings.Join(v.EvidenceNeeded, ", ")
	}
	return "not ready, missing: " + strings.Join(v.EvidenceMissing, ", ")
}

// joined puts a word before a text that is not blank.
func joined(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

func dashed(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// fieldsOf gives the texts that are not blank.
func fieldsOf(texts ...string) (some []string) {
	for _, t := range texts {
		if t != "" {
			some = append(some, t)
		}
	}
	return some
}

type deductionsBalancesCmd struct {
	Customer string `arg:"" help:"The customer."`
}

// Run shows the balances of a customer.
func (c *deductionsBalancesCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.DeductionBalances(e.ctx, call, c.Customer)
		if err != nil {
			return err
		}
		l := e.list("currency >with >without >deductions >count >counting")
		for i := range all {
			b := &all[i]
			if err := l.add(b, b.Currency, b.With, b.Without, b.Deductions, strconv.FormatInt(b.Count, 10), b.Credit); err != nil {
				return err
			}
		}
		return l.close("Nothing is open.")
	})
}

// desk runs a command at the desk and shows the deduction as it is then.
func (e *env) desk(fn func(*app.App, app.Call) (*app.DeductionView, error)) error {
	return e.with(func(a *app.App, call app.Call) error {
		v, err := fn(a, call)
		if err != nil {
			return err
		}
		return e.showDeduction(v)
	})
}

// deductionChange are the flags of a change; what is not given stays as it is.
type deductionChange struct {
	Reason      *string     `help:"Reason; a new one may lead to another owner." placeholder:"R"`
	Type        *string     `help:"Type." placeholder:"T"`
	Account     *string     `help:"Account to write off to." placeholder:"A"`
	Plan        *string     `help:"Accrual plan." placeholder:"P"`
	TheirCode   *string     `help:"The customer's own code; names the reason by the map of codes." placeholder:"CODE"`
	ClaimNumber *string     `help:"The customer's number for it." placeholder:"N"`
	Note        *string     `help:"Note." placeholder:"TEXT"`
	Owner       *string     `help:"Owner." placeholder:"USER"`
	Team        *string     `help:"Team." placeholder:"TEAM"`
	Priority    *int        `help:"0 to 9, 9 is the highest." placeholder:"N"`
	FollowUp    *civil.Date `help:"Follow-up date." placeholder:"YYYY-MM-DD"`
	Work        *string     `help:"State of work." placeholder:"STATE"`
	Substate    *string     `help:"Substate of the state of work." placeholder:"STATE"`
	DuplicateOf *string     `help:"Of which it is a duplicate." placeholder:"NUMBER"`
	Comment     string      `help:"Comment." placeholder:"TEXT"`
}

func (c deductionChange) update() app.DeductionUpdate { return app.DeductionUpdate(c) }

type deductionsUpdateCmd struct {
	deductionNumber
	deductionChange
	Version int64 `help:"Only when the deduction still has this version." placeholder:"N"`
}

// Run changes a deduction.
func (c *deductionsUpdateCmd) Run(e *env) error {
	return e.desk(func(a *app.App, call app.Call) (*app.DeductionView, error) {
		return a.UpdateDeduction(e.ctx, call, c.Number, c.Version, c.update())
	})
}

type deductionsDisputeCmd struct {
	deductionNumber
	To       string     `arg:"" help:"State of the dispute: filed, denied, approved …"`
	Date     civil.Date `help:"On which it happened (default: today)." placeholder:"YYYY-MM-DD"`
	PaidBack string     `help:"What the customer repaid by this." placeholder:"A"`
	Text     string     `help:"Comment." placeholder:"TEXT"`
}

// Run moves a dispute.
func (c *deductionsDisputeCmd) Run(e *env) error {
	return e.desk(func(a *app.App, call app.Call) (*app.DeductionView, error) {
		return a.DisputeDeduction(e.ctx, call, c.Number, 0, app.DisputeMove{To: c.To, Date: c.Date, PaidBack: c.PaidBack, Text: c.Text})
	})
}

type deductionsCommentCmd struct {
	deductionNumber
	Text string `arg:"" help:"The comment."`
}

// Run comments on a deduction.
func (c *deductionsCommentCmd) Run(e *env) error {
	return e.desk(func(a *app.App, call app.Call) (*app.DeductionView, error) {
		return a.CommentDeduction(e.ctx, call, c.Number, c.Text)
	})
}

type deductionsWatchCmd struct {
	deductionNumber
	Watcher string `help:"Who watches (default: who acts)." placeholder:"USER"`
	Off     bool   `help:"No longer."`
}

// Run watches a deduction, or no longer.
func (c *deductionsWatchCmd) Run(e *env) error {
	return e.desk(func(a *app.App, call app.Call) (*app.DeductionView, error) {
		return a.WatchDeduction(e.ctx, call, c.Number, c.Watcher, !c.Off)
	})
}

type deductionsAttachCmd struct {
	deductionNumber
	Path  string `arg:"" type:"existingfile" help:"The file."`
	Type  string `required:"" help:"claim, proof_of_delivery, bill_of_lading, price_agreement, email or other." placeholder:"TYPE"`
	Media string `help:"Media type (default: by the ending of the name)." placeholder:"TYPE"`
}

// Run attaches a file.
func (c *deductionsAttachCmd) Run(e *env) error {
	content, err := os.ReadFile(c.Path)
	if err != nil {
		return err
	}
	return e.desk(func(a *app.App, call app.Call) (*app.DeductionView, error) {
		return a.AttachToDeduction(e.ctx, call, c.Number, app.Attachment{Type: c.Type, Name: filepath.Base(c.Path), Media: c.Media, Content: content})
	})
}

type deductionsDetachCmd struct {
	deductionNumber
	ID     int64  `arg:"" help:"The attachment."`
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run takes an attachment off.
func (c *deductionsDetachCmd) Run(e *env) error {
	return e.desk(func(a *app.App, call app.Call) (*app.DeductionView, error) {
		return a.DetachFromDeduction(e.ctx, call, c.Number, c.ID, c.Reason)
	})
}

type deductionsFileCmd struct {
	deductionNumber
	ID int64 `arg:"" help:"The attachment."`
	newFile
}

// Run stores an attachment.
func (c *deductionsFileCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		_, content, err := a.DeductionFile(e.ctx, call, c.Number, c.ID)
		if err != nil {
			return err
		}
		return c.store(content)
	})
}

// newFile is a file that a command makes, named behind it or by a flag.
type newFile struct {
	Path string `arg:"" optional:"" help:"Where to; a file that is there is not overwritten." placeholder:"PATH"`
	To   string `help:"The same, as a flag." placeholder:"PATH"`
}

func (n newFile) store(content []byte) error {
	if (n.Path == "") == (n.To == "") {
		return usage("say once where to store the file: behind the command, or with --to")
	}
	path := cmp.Or(n.Path, n.To)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.New(fault.Refused, "%s cannot be made: it is there already, or the folder is not", path).Because(err)
	}
	_, err = f.Write(content)
	return cmp.Or(err, f.Close())
}

type deductionsExpireCmd struct{}

// Run expires deductions.
func (c *deductionsExpireCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		n, err := a.ExpireDeductions(e.ctx, call)
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(map[string]int{"expired": n})
		}
		_, err = fmt.Fprintf(e.stdout, "%s marked as expired.\n", count(int64(n), "deduction", "deductions"))
		return err
	})
}
