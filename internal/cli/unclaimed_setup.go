package cli

import (
	"encoding/json"
	"os"
	"strconv"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/unclaimed"
)

type unclaimedReportCmd struct {
	Jurisdiction string `arg:"" help:"The state, such as US-CA."`
	Year         int    `arg:"" help:"The year of the report."`
	Again        bool   `help:"Make it anew, though it was made already."`
}

// Run makes a report.
func (c *unclaimedReportCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.MakeUnclaimedReport(e.ctx, call, c.Jurisdiction, c.Year, c.Again)
		if err != nil {
			return err
		}
		return e.result(x, "report jurisdiction >year >properties >total sha256", []string{x.Report, x.Jurisdiction, strconv.Itoa(x.Year), strconv.Itoa(x.Properties), x.Total, x.SHA256},
			"Made the report %s of %d properties, %s: quittance unclaimed file %s %s.", x.Report, x.Properties, x.Total, x.Report, x.Name)
	})
}

type unclaimedReportsCmd struct{ pageFlags }

// Run lists reports.
func (c *unclaimedReportsCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, "report jurisdiction >year >number >properties >total made_by >copies sha256", "No report was made.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.UnclaimedReport], error) {
		return a.UnclaimedReports(e.ctx, call, p)
	}, func(x *app.UnclaimedReport) []string {
		return []string{x.Report, x.Jurisdiction, strconv.Itoa(x.Year), strconv.Itoa(x.Number), strconv.Itoa(x.Properties), x.Total, x.MadeBy, strconv.Itoa(x.Copies), x.SHA256}
	})
}

type unclaimedFileCmd struct {
	Report string `arg:"" help:"Code of the report, such as UF-00000001."`
	Path   string `arg:"" help:"Where to write it; nothing may be there." type:"path"`
}

// Run writes a report to a place.
func (c *unclaimedFileCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		return e.writeUnclaimed(c.Path, func() (*app.UnclaimedFile, error) { return a.OpenUnclaimedReport(e.ctx, call, c.Report) })
	})
}

type unclaimedContactCmd struct {
	Owner    string     `arg:"" help:"The customer or vendor."`
	How      string     `required:"" help:"response (to a letter of ours), request (for the money, in writing: it starts the clocks of the refund), letter, phone, email, visit, portal or other." placeholder:"HOW"`
	Document string     `help:"The credit that it is about (default: all)." placeholder:"NUMBER"`
	Date     civil.Date `help:"When (default: today)." placeholder:"YYYY-MM-DD"`
	Note     string     `help:"What was said." placeholder:"TEXT"`
	Reissue  string     `help:"A payment to make again: it becomes stale, and the next proposal takes its invoices." placeholder:"PAYMENT"`
}

// Run logs a contact.
func (c *unclaimedContactCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.LogContact(e.ctx, call, app.ContactEntry{Owner: c.Owner, Document: c.Document, Date: c.Date, How: unclaimed.How(c.How), Note: c.Note, Reissue: c.Reissue})
		if err != nil {
			return err
		}
		return e.result(x, "id owner date how", []string{strconv.FormatInt(x.ID, 10), x.Owner, x.Date.String(), string(x.How)}, "Logged the contact %d with %s.", x.ID, x.Owner)
	})
}

type unclaimedContactsCmd struct {
	pageFlags
	Owner string `help:"Of this customer or vendor only." placeholder:"CODE"`
}

// Run lists contacts.
func (c *unclaimedContactsCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, "id owner document date how note actor withdrawn_by", "There is no contact.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.OwnerContact], error) {
		return a.OwnerContacts(e.ctx, call, c.Owner, p)
	}, func(x *app.OwnerContact) []string {
		return []string{strconv.FormatInt(x.ID, 10), x.Owner, x.Document, x.Date.String(), string(x.How), x.Note, x.Actor, x.WithdrawnBy}
	})
}

type unclaimedWithdrawCmd struct {
	ID     int64  `arg:"" help:"The contact."`
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run takes a contact back.
func (c *unclaimedWithdrawCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.WithdrawContact(e.ctx, call, c.ID, c.Reason); err != nil {
			return err
		}
		return e.result(map[string]int64{"id": c.ID}, ">id", []string{strconv.FormatInt(c.ID, 10)}, "The contact %d is withdrawn.", c.ID)
	})
}

type dormancyRulesCmd struct {
	List   dormancyRuleListCmd   `cmd:"" default:"withargs" help:"List the dormancy rules."`
	Set    dormancyRuleSetCmd    `cmd:"" help:"Add a dormancy rule, or change the one of its jurisdiction, kind and day."`
	Remove dormancyRuleRemoveCmd `cmd:"" help:"Remove a dormancy rule."`
}

type dormancyRuleListCmd struct{}

// Run lists rules.
func (*dormancyRuleListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.DormancyRules(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("jurisdiction kind from >months >days activity cut_off report >letter_first >letter_last >letter_minimum >reply_days code sample")
		for _, r := range all {
			if err := l.add(r, r.Jurisdiction, string(r.Kind), r.From.String(), strconv.Itoa(r.Months), strconv.Itoa(r.Days), string(r.Activity), r.CutOff, r.Report, strconv.Itoa(r.LetterFirst),
				strconv.Itoa(r.LetterLast), r.LetterMinimum, strconv.Itoa(r.ReplyDays), r.Code, sampleText(r.Sample)); err != nil {
				return err
			}
		}
		return l.close("There is no dormancy rule; add one with: quittance unclaimed rules set, or samples with: quittance unclaimed samples.")
	})
}

func sampleText(sample bool) string {
	if sample {
		return "sample, no law"
	}
	return ""
}

type ruleKey struct {
	Jurisdiction string     `arg:"" help:"Country or state, such as DE or US-CA."`
	Kind         string     `arg:"" help:"credit or payment."`
	From         civil.Date `arg:"" help:"The day from which on it holds."`
}

type dormancyRuleSetCmd struct {
	ruleKey
	Months        int    `help:"Months without activity until property is dormant." placeholder:"N"`
	Days          int    `help:"Days beside the months." placeholder:"N"`
	Activity      string `help:"What restarts dormancy beside contacts: contact (nothing), payment (of the customer), document (an invoice too)." default:"contact" placeholder:"A"`
	CutOff        string `required:"" help:"Day of the year on which dormant property is counted." placeholder:"MM-DD"`
	Report        string `required:"" help:"Day of the year on which it is reported." placeholder:"MM-DD"`
	LetterFirst   int    `help:"Days before the report from which on letters are sent." default:"120" placeholder:"N"`
	LetterLast    int    `help:"Days before the report until which they are." default:"60" placeholder:"N"`
	LetterMinimum string `help:"Amount below which no letter is needed." default:"0.00" placeholder:"AMOUNT"`
	ReplyDays     int    `help:"Days that an owner has to answer." default:"30" placeholder:"N"`
	Code          string `help:"Code of the property in reports, such as CK13." placeholder:"CODE"`
	Note          string `help:"Such as where the law stands." placeholder:"TEXT"`
}

// Run saves a rule.
func (c *dormancyRuleSetCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		r := app.DormancyRule{
			Jurisdiction: c.Jurisdiction, Kind: unclaimed.Kind(c.Kind), From: c.From, Months: c.Months, Days: c.Days, Activity: unclaimed.Activity(c.Activity), CutOff: c.CutOff, Report: c.Report,
			LetterFirst: c.LetterFirst, LetterLast: c.LetterLast, LetterMinimum: c.LetterMinimum, ReplyDays: c.ReplyDays, Code: c.Code, Note: c.Note,
		}
		if err := a.SaveDormancyRule(e.ctx, call, r); err != nil {
			return err
		}
		return e.result(r, "jurisdiction kind from", []string{r.Jurisdiction, c.Kind, c.From.String()}, "Saved the dormancy rule of %s for a %s from %s on.", r.Jurisdiction, c.Kind, c.From)
	})
}

type dormancyRuleRemoveCmd struct{ ruleKey }

// Run removes a rule.
func (c *dormancyRuleRemoveCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.RemoveDormancyRule(e.ctx, call, c.Jurisdiction, unclaimed.Kind(c.Kind), c.From); err != nil {
			return err
		}
		return e.result(map[string]string{"jurisdiction": c.Jurisdiction}, "jurisdiction", []string{c.Jurisdiction}, "Removed the dormancy rule of %s for a %s from %s on.", c.Jurisdiction, c.Kind, c.From)
	})
}

type creditClocksCmd struct {
	List   creditClockListCmd   `cmd:"" default:"withargs" help:"List the clocks."`
	Set    creditClockSetCmd    `cmd:"" help:"Add a clock, or change the one of its jurisdiction and day."`
	Remove creditClockRemoveCmd `cmd:"" help:"Remove a clock."`
}

type creditClockListCmd struct{}

// Run lists clocks.
func (*creditClockListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.CreditClocks(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("jurisdiction from >refund_days >good_faith_months interest_from >interest_after_days >interest_rate >year_days >bar_months sample")
		for _, k := range all {
			if err := l.add(k, k.Jurisdiction, k.From.String(), strconv.Itoa(k.RefundDays), strconv.Itoa(k.GoodFaithMonths), string(k.InterestFrom), strconv.Itoa(k.InterestAfterDays), k.InterestRate,
				strconv.Itoa(k.YearDays), strconv.Itoa(k.BarMonths), sampleText(k.Sample)); err != nil {
				return err
			}
		}
		return l.close("There is no clock; add one with: quittance unclaimed clocks set, or samples with: quittance unclaimed samples.")
	})
}

type clockKey struct {
	Jurisdiction string     `arg:"" help:"Country or state, such as DE or US-CA."`
	From         civil.Date `arg:"" help:"The day from which on it holds."`
}

type creditClockSetCmd struct {
	clockKey
	RefundDays        int    `help:"Days to refund after a written request; 0: none." placeholder:"N"`
	GoodFaithMonths   int    `help:"Months after the credit by which a refund is tried unasked; 0: none." placeholder:"N"`
	InterestFrom      string `help:"What the days before interest count from: request or credit." default:"request" placeholder:"WHAT"`
	InterestAfterDays int    `help:"Days without interest." placeholder:"N"`
	InterestRate      string `help:"Percent a year; blank: none." placeholder:"RATE"`
	YearDays          int    `help:"Days of a year of interest: 360 or 365." default:"365" placeholder:"N"`
	BarMonths         int    `help:"Months after the credit from which on the claim is barred; 0: never." placeholder:"N"`
	Note              string `help:"Such as where the law stands." placeholder:"TEXT"`
}

// Run saves a clock.
func (c *creditClockSetCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		k := app.CreditClock{
			Jurisdiction: c.Jurisdiction, From: c.From, RefundDays: c.RefundDays, GoodFaithMonths: c.GoodFaithMonths, InterestFrom: unclaimed.InterestFrom(c.InterestFrom), InterestAfterDays: c.InterestAfterDays,
			InterestRate: c.InterestRate, YearDays: c.YearDays, BarMonths: c.BarMonths, Note: c.Note,
		}
		if err := a.SaveCreditClock(e.ctx, call, k); err != nil {
			return err
		}
		return e.result(k, "jurisdiction from", []string{k.Jurisdiction, c.From.String()}, "Saved the clock of %s from %s on.", k.Jurisdiction, c.From)
	})
}

type creditClockRemoveCmd struct{ clockKey }

// Run removes a clock.
func (c *creditClockRemoveCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.RemoveCreditClock(e.ctx, call, c.Jurisdiction, c.From); err != nil {
			return err
		}
		return e.result(map[string]string{"jurisdiction": c.Jurisdiction}, "jurisdiction", []string{c.Jurisdiction}, "Removed the clock of %s from %s on.", c.Jurisdiction, c.From)
	})
}

type unclaimedSamplesCmd struct {
	From civil.Date `help:"The day from which on they hold (default: the first of this year)." placeholder:"YYYY-MM-DD"`
}

// Run adds samples.
func (c *unclaimedSamplesCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		n, err := a.TakeUnclaimedSamples(e.ctx, call, c.From)
		if err != nil {
			return err
		}
		return e.result(map[string]int{"added": n}, ">added", []string{strconv.Itoa(n)}, "Added %d sample rules and clocks. They are no law: hold them against the statutes before use.", n)
	})
}

type unclaimedHolderCmd struct {
	File string `arg:"" optional:"" help:"File with the holder, as JSON; none: show it." type:"path"`
}

// Run shows or saves the holder.
func (c *unclaimedHolderCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if c.File != "" {
			text, err := os.ReadFile(c.File)
			if err != nil {
				return fault.New(fault.Refused, "%s cannot be read: %v", c.File, err).In("file").Because(err)
			}
			h, err := unclaimed.ParseHolder(text)
			if err != nil {
				return err
			}
			if err := a.SaveUnclaimedHolder(e.ctx, call, h); err != nil {
				return err
			}
		}
		h, err := a.UnclaimedHolder(e.ctx, call)
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(h)
		}
		text, err := json.Marshal(h)
		if err != nil {
			return err
		}
		l := e.list("holder")
		if err := l.add(h, string(text)); err != nil {
			return err
		}
		return l.close("")
	})
}

// creditAgeingCmd lists open credits by age, with the clocks that run on them.
type creditAgeingCmd struct {
	Customer string     `help:"Of this customer only." placeholder:"CODE"`
	Date     civil.Date `help:"The day looked at (default: today)." placeholder:"YYYY-MM-DD"`
	Buckets  bool       `help:"The sums by age only."`
}

// Run lists the credits, overdue first.
func (c *creditAgeingCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.CreditAgeing(e.ctx, call, c.Customer, c.Date, 0)
		if err != nil {
			return err
		}
		if e.Output == "json" && !c.Buckets {
			return e.object(x)
		}
		if c.Buckets {
			l := e.list("bucket currency >credits >overdue >amount")
			for _, b := range x.Buckets {
				if err := l.add(b, string(b.Bucket), b.Currency, strconv.FormatInt(b.Credits, 10), strconv.FormatInt(b.Overdue, 10), b.Amount); err != nil {
					return err
				}
			}
			return l.close("No credit is open.")
		}
		l := e.list("customer document date >days bucket >amount currency jurisdiction requested refund_by good_faith_by interest_on >interest barred_on dormant report due overdue")
		for _, y := range x.Credits {
			overdue := ""
			if y.Overdue {
				overdue = "overdue"
			}
			if err := l.add(y, y.Customer, y.Document, y.Date.String(), strconv.Itoa(y.Days), string(y.Bucket), y.Amount, y.Currency, y.Jurisdiction, y.Requested.String(), y.RefundBy.String(), y.GoodFaithBy.String(),
				y.InterestOn.String(), y.Interest, y.BarredOn.String(), y.Dormant.String(), y.Report.String(), y.Due.String(), overdue); err != nil {
				return err
			}
		}
		return l.close("No credit is open.")
	})
}
