package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/file"
)

// remittancesCmd holds the commands of remittances.
type remittancesCmd struct {
	Import   remittanceImportCmd   `cmd:"" help:"Bring a remittance file in: CSV, XLSX, X12 820 or 812, BAI2. It makes a draft payment journal."`
	List     remittanceListCmd     `cmd:"" help:"List the remittances, the newest first."`
	Show     remittanceShowCmd     `cmd:"" help:"Show what came of a remittance, and what did not match."`
	File     remittanceFileCmd     `cmd:"" help:"Write the file of a remittance as it came."`
	Payback  remittancePaybackCmd  `cmd:"" help:"Post a payback that a remittance proposes."`
	Maps     remittanceMapsCmd     `cmd:"" help:"Column maps of CSV and XLSX files."`
	Partners remittancePartnersCmd `cmd:"" help:"Who sends remittances, and how theirs are read."`
}

type remittanceImportCmd struct {
	File     string     `arg:"" help:"The file." placeholder:"FILE"`
	Format   string     `help:"csv, xlsx, x12_820, x12_812 or bai2; without it, as the file shows." placeholder:"FORMAT"`
	Map      string     `help:"Column map of a CSV or XLSX file." placeholder:"CODE"`
	Customer string     `help:"Who pays, where the file does not say." placeholder:"CODE"`
	Bank     string     `help:"Ledger account that the money is on." placeholder:"A"`
	Date     civil.Date `help:"Date of the payments, where the file does not say." placeholder:"YYYY-MM-DD"`
	Preview  bool       `help:"Only say what would come of it."`
}

// Run imports a file, or says what would come of it.
func (c *remittanceImportCmd) Run(e *env) error {
	info, err := os.Stat(c.File)
	if err != nil || !info.Mode().IsRegular() {
		return fault.New(fault.NotFound, "%s is no file that can be read", c.File).Because(err)
	}
	if info.Size() > file.MaxSize {
		return fault.New(fault.Limited, "%s has %d bytes; at most %d are read", c.File, info.Size(), file.MaxSize)
	}
	content, err := os.ReadFile(c.File)
	if err != nil {
		return fault.New(fault.Unavailable, "%s cannot be read; look at its permissions", c.File).Because(err)
	}
	req := app.RemittanceRequest{Name: filepath.Base(c.File), Content: content, Format: c.Format, Map: c.Map, Customer: c.Customer, Bank: c.Bank, Date: c.Date}
	return e.with(func(a *app.App, call app.Call) error {
		do := a.ImportRemittance
		if c.Preview {
			do = a.PreviewRemittance
		}
		r, err := do(e.ctx, call, req)
		if err != nil {
			return err
		}
		return printRemittance(e, r)
	})
}

type remittanceListCmd struct {
	pageFlags
	Format string `help:"Of this format." placeholder:"FORMAT"`
	Issues bool   `help:"Only those with something to look at."`
}

// Run lists remittances.
func (c *remittanceListCmd) Run(e *env) error {
	f := app.RemittanceFilter{Format: c.Format, Issues: c.Issues}
	return listPart(e, c.pageFlags, "code format name journal >payments >issues by at", "There is no remittance.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.RemittanceRow], error) {
			return a.Remittances(e.ctx, call, f, p)
		},
		func(r *app.RemittanceRow) []string {
			return []string{r.Code, r.Format, r.Name, r.Journal, strconv.Itoa(r.Count), strconv.Itoa(r.IssueCount), r.ImportedBy, r.ImportedAt}
		})
}

type remittanceShowCmd struct {
	Code string `arg:"" help:"The remittance."`
}

// Run shows a remittance.
func (c *remittanceShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		r, err := a.Remittance(e.ctx, call, c.Code)
		if err != nil {
			return err
		}
		return printRemittance(e, r)
	})
}

// printRemittance prints what came of a file: one row a payment, application, deduction, payback, adjustment and issue.
func printRemittance(e *env, r *app.Remittance) error {
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(r)
	}
	l := e.list("what place customer number voucher >amount detail")
	var failed error
	add := func(x any, cells ...string) {
		if err := l.add(x, cells...); failed == nil {
			failed = err
		}
	}
	for _, p := range r.Payments {
		add(p, "payment", p.Place, p.Customer, p.Reference, "", p.Amount, fmt.Sprintf("%s %s, line %d, unapplied %s", p.Date, p.Currency, p.Line, p.Unapplied))
		for _, x := range p.Applications {
			add(x, "application", x.Place, x.Customer, x.Number, x.Voucher, x.Amount, "discount "+x.Discount+", deducted "+x.Deducted)
		}
		for _, x := range p.Deductions {
			detail := "code " + x.TheirCode + ", reason " + x.Reason + ", claim " + x.Claim
			if x.DuplicateOf != "" {
				detail += ", duplicate of " + x.DuplicateOf
			}
			add(x, "deduction", x.Place, x.Customer, x.Number, x.Voucher, x.Amount, detail)
		}
		for _, x := range p.Paybacks {
			add(x, "payback", x.Place, p.Customer, x.Number, x.Voucher, x.Amount, fmt.Sprintf("%d of deduction %s, %s", x.N, x.Deduction, x.State))
		}
	}
	for _, x := range r.Adjustments {
		add(x, "adjustment", x.Place, x.Customer, x.Number, x.Voucher, x.Amount, x.Kind+" "+x.Reference+": "+x.Outcome+" "+x.Deduction)
	}
	for _, x := range r.Issues {
		add(x, "issue", x.Place, "", "", "", x.Amount, x.Rule+": "+x.Text)
	}
	if failed != nil {
		return failed
	}
	if err := l.close("Nothing was read."); err != nil || r.Code == "" {
		return err
	}
	if r.Journal == "" {
		return e.more("remittance %s made no journal", r.Code)
	}
	return e.more("remittance %s made the payment journal %s", r.Code, r.Journal)
}

type remittanceFileCmd struct {
	Code string `arg:"" help:"The remittance."`
	newFile
}

// Run writes the file of a remittance.
func (c *remittanceFileCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		_, content, err := a.RemittanceFile(e.ctx, call, c.Code)
		if err != nil {
			return err
		}
		return c.store(content)
	})
}

type remittancePaybackCmd struct {
	Code string     `arg:"" help:"The remittance."`
	N    int        `arg:"" help:"Number of the payback in it."`
	Date civil.Date `help:"Posting date; without it, the payment's." placeholder:"YYYY-MM-DD"`
}

// Run posts a payback.
func (c *remittancePaybackCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		b, err := a.PostPayback(e.ctx, call, app.PaybackRequest{Remittance: c.Code, N: c.N, Date: c.Date})
		if err != nil {
			return err
		}
		l := e.list("deduction number >amount state voucher")
		if err := l.add(b, b.Deduction, b.Number, b.Amount, b.State, b.Voucher); err != nil {
			return err
		}
		return l.close("")
	})
}

type remittanceMapsCmd struct {
	List   remittanceMapListCmd   `cmd:"" help:"List the column maps."`
	Set    remittanceMapSetCmd    `cmd:"" help:"Make or change a column map."`
	Delete remittanceMapDeleteCmd `cmd:"" help:"Take a column map away that no partner uses."`
}

type remittanceMapListCmd struct{}

// Run lists column maps.
func (c *remittanceMapListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.RemittanceMaps(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("code name >header sheet comma decimal date sign encoding columns")
		for _, m := range all {
			if err := l.add(m, m.Code, m.Name, strconv.Itoa(m.Header), m.Sheet, m.Comma, m.Decimal, m.Date, m.Sign, m.Encode, fmt.Sprint(m.Columns)); err != nil {
				return err
			}
		}
		return l.close("There is no column map.")
	})
}

type remittanceMapSetCmd struct {
	Code     string            `arg:"" help:"Code of the map."`
	Name     string            `help:"Its name." placeholder:"TEXT"`
	Column   map[string]string `help:"What stands in which column: invoice=Invoice No, or paid==C by its letter. reference, date, payer, amount, currency, invoice, paid, total, discount, deduction, code, claim, note." placeholder:"FIELD=HEADER"`
	Header   int               `help:"Row of the headers; 0 when there is none." default:"1" placeholder:"N"`
	Sheet    string            `help:"Sheet of a workbook; without it, the first." placeholder:"NAME"`
	Comma    string            `help:"What parts the columns of a CSV file: a character, or tab." placeholder:"C"`
	Decimal  string            `help:"point or comma." placeholder:"SIGN"`
	Date     string            `help:"Such as YYYY-MM-DD or MM/DD/YYYY." placeholder:"FORM"`
	Sign     string            `help:"Of deductions: positive_reduces or negative_reduces." placeholder:"RULE"`
	Encoding string            `help:"utf-8 or windows-1252." placeholder:"NAME"`
}

// Run makes a column map.
func (c *remittanceMapSetCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		return a.SetRemittanceMap(e.ctx, call, app.RemittanceMap{
			Code: c.Code, Name: c.Name, Columns: c.Column, Header: c.Header, Sheet: c.Sheet, Comma: c.Comma, Decimal: c.Decimal, Date: c.Date, Sign: c.Sign, Encode: c.Encoding,
		})
	})
}

type remittanceMapDeleteCmd struct {
	Code string `arg:"" help:"The map."`
}

// Run takes a column map away.
func (c *remittanceMapDeleteCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error { return a.DeleteRemittanceMap(e.ctx, call, c.Code) })
}

type remittancePartnersCmd struct {
	List   remittancePartnerListCmd   `cmd:"" help:"List the partners."`
	Set    remittancePartnerSetCmd    `cmd:"" help:"Make or change a partner."`
	Delete remittancePartnerDeleteCmd `cmd:"" help:"Take a partner away."`
}

type remittancePartnerListCmd struct{}

// Run lists partners.
func (c *remittancePartnerListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.RemittancePartners(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("code customer sign bank map")
		for _, p := range all {
			if err := l.add(p, p.Code, p.Customer, p.Sign, p.Bank, p.Map); err != nil {
				return err
			}
		}
		return l.close("There is no partner.")
	})
}

type remittancePartnerSetCmd struct {
	Code     string `arg:"" help:"As files name the payer."`
	Customer string `help:"Whose payments they are." required:"" placeholder:"CODE"`
	Sign     string `help:"Of ADX01 of an 820: positive_reduces or negative_reduces; without it, by the version." placeholder:"RULE"`
	Bank     string `help:"Ledger account that the money is on." placeholder:"A"`
	Map      string `help:"Column map." placeholder:"CODE"`
}

// Run makes a partner.
func (c *remittancePartnerSetCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		return a.SetRemittancePartner(e.ctx, call, app.RemittancePartner{Code: c.Code, Customer: c.Customer, Sign: c.Sign, Bank: c.Bank, Map: c.Map})
	})
}

type remittancePartnerDeleteCmd struct {
	Code string `arg:"" help:"The partner."`
}

// Run takes a partner away.
func (c *remittancePartnerDeleteCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error { return a.DeleteRemittancePartner(e.ctx, call, c.Code) })
}
