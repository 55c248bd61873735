package cli

import (
	"strconv"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/unclaimed"
)

// unclaimedCmd holds the commands of unclaimed property.
type unclaimedCmd struct {
	List        unclaimedListCmd        `cmd:"" default:"withargs" help:"List what nobody claims: what to write to owners about, what to escheat; with --all what is left out too, and why."`
	Letters     unclaimedLettersCmd     `cmd:"" help:"Letters to owners before their property is escheated."`
	Escheat     unclaimedEscheatCmd     `cmd:"" help:"Escheat what is due, or what is named: it is owed to the jurisdiction then."`
	Properties  unclaimedPropertiesCmd  `cmd:"" help:"List what was escheated, the newest first."`
	Show        unclaimedShowCmd        `cmd:"" help:"Show a property, and all that happened to it."`
	Remit       unclaimedRemitCmd       `cmd:"" help:"Pay escheated property to its jurisdiction."`
	Remittances unclaimedRemittancesCmd `cmd:"" help:"List what was paid to jurisdictions."`
	Reverse     unclaimedReverseCmd     `cmd:"" help:"Take an escheat or a remittance back."`
	Reclaim     unclaimedReclaimCmd     `cmd:"" help:"Note that the owner had a remitted property from the jurisdiction."`
	Report      unclaimedReportCmd      `cmd:"" help:"Make the report of a jurisdiction for a year (NAUPA II)."`
	Reports     unclaimedReportsCmd     `cmd:"" help:"List the reports, the newest first."`
	File        unclaimedFileCmd        `cmd:"" help:"Write a report to a place; each time is told in the audit trail."`
	Contact     unclaimedContactCmd     `cmd:"" help:"Log that an owner was in contact, which restarts dormancy."`
	Contacts    unclaimedContactsCmd    `cmd:"" help:"List contacts of owners, the newest first."`
	Withdraw    unclaimedWithdrawCmd    `cmd:"" help:"Take back a contact that was logged by mistake."`
	Rules       dormancyRulesCmd        `cmd:"" help:"Dormancy rules by jurisdiction."`
	Clocks      creditClocksCmd         `cmd:"" help:"Statutory clocks on credits by jurisdiction."`
	Samples     unclaimedSamplesCmd     `cmd:"" help:"Add sample rules and clocks of a few jurisdictions; they are no law."`
	Holder      unclaimedHolderCmd      `cmd:"" help:"Show or save what letters and reports say of the company."`
}

type unclaimedListCmd struct {
	Date         civil.Date `help:"The day looked at (default: today)." placeholder:"YYYY-MM-DD"`
	Kind         string     `help:"credit or payment." placeholder:"KIND"`
	Owner        string     `help:"Of this customer or vendor only." placeholder:"CODE"`
	Jurisdiction string     `help:"Of this jurisdiction only, such as US-CA." placeholder:"J"`
	All          bool       `help:"What is left out, too."`
}

const unclaimedColumns = "stage kind document owner >amount currency jurisdiction last_activity dormant cut_off report explanation"

// Run lists what nobody claims.
func (c *unclaimedListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.Unclaimed(e.ctx, call, app.UnclaimedSelection{Date: c.Date, Kind: unclaimed.Kind(c.Kind), Owner: c.Owner, Jurisdiction: c.Jurisdiction, All: c.All}, 0)
		if err != nil {
			return err
		}
		if e.Output == "json" {
			return e.object(x)
		}
		l := e.list(unclaimedColumns)
		for _, y := range x.Items {
			if err := l.add(y, string(y.Stage), string(y.Kind), y.Document, y.Owner, y.Amount, y.Currency, y.Jurisdiction, y.LastActivity.String(), y.Dormant.String(), y.CutOff.String(), y.Report.String(), y.Explanation); err != nil {
				return err
			}
		}
		return l.close("Nothing is due; with --all you see what is looked at.")
	})
}

type unclaimedLettersCmd struct {
	List unclaimedLetterListCmd `cmd:"" default:"withargs" help:"List the letters that were made, the newest first."`
	Make unclaimedLetterMakeCmd `cmd:"" help:"Write to the owners who are due for a letter: one PDF."`
	File unclaimedLetterFileCmd `cmd:"" help:"Write a PDF of letters to a place; each time is told in the audit trail."`
}

type unclaimedLetterListCmd struct{ pageFlags }

// Run lists letters.
func (c *unclaimedLetterListCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, "letters date >count >items made_by >copies", "No letters were made.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.UnclaimedLetters], error) {
		return a.UnclaimedLetters(e.ctx, call, p)
	}, func(x *app.UnclaimedLetters) []string {
		return []string{x.Letters, x.Date.String(), strconv.Itoa(x.Count), strconv.Itoa(x.Items), x.MadeBy, strconv.Itoa(x.Copies)}
	})
}

type unclaimedLetterMakeCmd struct {
	Date         civil.Date `help:"Date of the letters (default: today)." placeholder:"YYYY-MM-DD"`
	Owner        string     `help:"To this customer or vendor only." placeholder:"CODE"`
	Jurisdiction string     `help:"Of this jurisdiction only." placeholder:"J"`
}

// Run makes letters.
func (c *unclaimedLetterMakeCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.MakeUnclaimedLetters(e.ctx, call, app.UnclaimedSelection{Date: c.Date, Owner: c.Owner, Jurisdiction: c.Jurisdiction})
		if err != nil {
			return err
		}
		return e.result(x, "letters date >count >items", []string{x.Letters, x.Date.String(), strconv.Itoa(x.Count), strconv.Itoa(x.Items)},
			"Made %d letters about %d items: quittance unclaimed letters file %s letters.pdf.", x.Count, x.Items, x.Letters)
	})
}

type unclaimedLetterFileCmd struct {
	Letters string `arg:"" help:"Code of the letters, such as UL-00000001."`
	Path    string `arg:"" help:"Where to write it; nothing may be there." type:"path"`
}

// Run writes letters to a place.
func (c *unclaimedLetterFileCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		return e.writeUnclaimed(c.Path, func() (*app.UnclaimedFile, error) { return a.OpenUnclaimedLetters(e.ctx, call, c.Letters) })
	})
}

func (e *env) writeUnclaimed(path string, open func() (*app.UnclaimedFile, error)) error {
	x, err := open()
	if err != nil {
		return err
	}
	if err := writeNew(path, x.Content); err != nil {
		return fault.New(fault.Refused, "%s cannot be written: %v", path, err).In("path").Because(err)
	}
	return e.result(x, "name sha256", []string{x.Name, x.SHA256}, "Wrote %s to %s, SHA-256 %s.", x.Name, path, x.SHA256)
}

type unclaimedEscheatCmd struct {
	Documents    []string   `arg:"" optional:"" help:"Credits by number, payments by name; none: what is due."`
	Date         civil.Date `help:"The day looked at, and that of the vouchers (default: today)." placeholder:"YYYY-MM-DD"`
	Owner        string     `help:"Of this customer or vendor only." placeholder:"CODE"`
	Jurisdiction string     `help:"Of this jurisdiction only." placeholder:"J"`
	All          bool       `help:"Everything that is due."`
	Exception    string     `help:"The reason to escheat named documents that are not due." placeholder:"TEXT"`
}

// Run escheats.
func (c *unclaimedEscheatCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.Escheat(e.ctx, call, app.UnclaimedSelection{Date: c.Date, Owner: c.Owner, Jurisdiction: c.Jurisdiction, Documents: c.Documents, All: c.All}, c.Exception)
		if err != nil {
			return err
		}
		if e.Output == "json" {
			err = e.object(x)
		} else {
			err = e.unclaimedDone(x)
		}
		if err == nil && len(x.Refused) > 0 {
			return fault.New(fault.Refused, "%d of %d were refused", len(x.Refused), len(x.Refused)+len(x.Done)).ByRule("some_refused")
		}
		return err
	})
}

func (e *env) unclaimedDone(x *app.UnclaimedDone) error {
	l := e.list("document property >amount currency voucher problem")
	for _, p := range x.Done {
		if err := l.add(p, p.Document, p.Property, p.Amount, p.Currency, p.Voucher, ""); err != nil {
			return err
		}
	}
	for _, p := range x.Refused {
		if err := l.add(p, p.Document, "", "", "", "", p.Problem); err != nil {
			return err
		}
	}
	return l.close("")
}

type unclaimedPropertiesCmd struct {
	pageFlags
	Jurisdiction string `help:"Of this jurisdiction only." placeholder:"J"`
	Status       string `help:"escheated, remitted, reclaimed or reversed." placeholder:"STATUS"`
	Owner        string `help:"Of this customer or vendor only." placeholder:"CODE"`
	Year         int    `help:"To be reported in this year." placeholder:"YEAR"`
}

const propertyColumns = "property status kind document owner >amount currency jurisdiction escheated report voucher remittance report_file"

func propertyCells(p *app.UnclaimedProperty) []string {
	return []string{p.Property, string(p.Status), string(p.Kind), p.Document, p.Owner, p.Amount, p.Currency, p.Jurisdiction, p.Escheated.String(), p.Report.String(), p.Voucher, p.Remittance, p.ReportCode}
}

// Run lists properties.
func (c *unclaimedPropertiesCmd) Run(e *env) error {
	f := app.UnclaimedFilter{Jurisdiction: c.Jurisdiction, Status: unclaimed.Status(c.Status), Owner: c.Owner, Year: c.Year}
	return listPart(e, c.pageFlags, propertyColumns, "Nothing was escheated.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.UnclaimedProperty], error) {
		return a.UnclaimedProperties(e.ctx, call, f, p)
	}, propertyCells)
}

type unclaimedShowCmd struct {
	Property string `arg:"" help:"The property, such as UP-00000001."`
}

// Run shows a property.
func (c *unclaimedShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		p, err := a.UnclaimedProperty(e.ctx, call, c.Property)
		return e.showProperty(p, err)
	})
}

func (e *env) showProperty(p *app.UnclaimedProperty, err error) error {
	if err != nil {
		return err
	}
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(p)
	}
	l := e.list("what at by >amount voucher detail")
	if err := l.add(p, string(p.Status), p.Escheated.String(), p.Owner, p.Amount, p.Voucher, p.Name+", "+p.Document+", "+p.Jurisdiction+" ("+p.Why+")"); err != nil {
		return err
	}
	for _, x := range p.History {
		if err := l.add(x, string(x.Status), x.At, x.Actor, "", x.Voucher, x.Detail); err != nil {
			return err
		}
	}
	return l.close("")
}

type unclaimedRemitCmd struct {
	Properties   []string   `arg:"" optional:"" help:"The properties; none: all of the jurisdiction that are escheated."`
	Jurisdiction string     `help:"The jurisdiction." placeholder:"J"`
	Bank         string     `required:"" help:"The bank account that pays." placeholder:"CODE"`
	Date         civil.Date `help:"Date of the voucher (default: today)." placeholder:"YYYY-MM-DD"`
	Reference    string     `help:"What the payment was made with." placeholder:"TEXT"`
}

// Run remits.
func (c *unclaimedRemitCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.RemitUnclaimed(e.ctx, call, app.UnclaimedRemitting{Jurisdiction: c.Jurisdiction, Bank: c.Bank, Date: c.Date, Reference: c.Reference, Properties: c.Properties})
		if err != nil {
			return err
		}
		return e.result(x, "remittance jurisdiction >amount currency voucher", []string{x.Remittance, x.Jurisdiction, x.Amount, x.Currency, x.Voucher}, "Remitted %s %s to %s with %s.", x.Amount, x.Currency, x.Jurisdiction, x.Voucher)
	})
}

type unclaimedRemittancesCmd struct{ pageFlags }

const unclaimedRemittanceColumns = "remittance jurisdiction date bank >amount currency >properties voucher reversal reference"

// Run lists remittances.
func (c *unclaimedRemittancesCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, unclaimedRemittanceColumns, "Nothing was remitted.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.UnclaimedRemittance], error) {
		return a.UnclaimedRemittances(e.ctx, call, p)
	}, func(x *app.UnclaimedRemittance) []string {
		return []string{x.Remittance, x.Jurisdiction, x.Date.String(), x.Bank, x.Amount, x.Currency, strconv.Itoa(x.Properties), x.Voucher, x.Reversal, x.Reference}
	})
}

type unclaimedReverseCmd struct {
	Code   string     `arg:"" help:"The property (UP-…) or the remittance (UR-…)."`
	Date   civil.Date `help:"Date of the voucher (default: today)." placeholder:"YYYY-MM-DD"`
	Reason string     `required:"" help:"Why." placeholder:"TEXT"`
}

// Run takes an escheat or a remittance back.
func (c *unclaimedReverseCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		v, err := a.ReverseUnclaimed(e.ctx, call, c.Code, c.Date, c.Reason)
		if err != nil {
			return err
		}
		return e.result(map[string]string{"code": c.Code, "voucher": v}, "code voucher", []string{c.Code, v}, "%s is taken back with %s.", c.Code, v)
	})
}

type unclaimedReclaimCmd struct {
	Property string     `arg:"" help:"The property."`
	Date     civil.Date `help:"When (default: today)." placeholder:"YYYY-MM-DD"`
	Note     string     `help:"Such as the number of the claim." placeholder:"TEXT"`
}

// Run notes that a property was reclaimed.
func (c *unclaimedReclaimCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		p, err := a.ReclaimUnclaimed(e.ctx, call, c.Property, c.Date, c.Note)
		return e.showProperty(p, err)
	})
}
