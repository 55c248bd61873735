package cli

import (
	"fmt"
	"strings"

	"quittance/internal/app"
)

// customersCmd holds the commands of customers.
type customersCmd struct {
	List customerListCmd `cmd:"" default:"withargs" help:"List customers, with what is open."`
	Show customerShowCmd `cmd:"" help:"Show a customer: address, payee, family, what is open by age."`
	Hold customerHoldCmd `cmd:"" help:"Put a customer on hold or out of reimbursement, or take that away."`
}

// vendorsCmd holds the commands of vendors.
type vendorsCmd struct {
	List  vendorListCmd  `cmd:"" default:"withargs" help:"List vendors, with what is open."`
	Show  vendorShowCmd  `cmd:"" help:"Show a vendor: address, who is paid by it, what is open by age."`
	Block vendorBlockCmd `cmd:"" help:"Block a vendor, or take that away."`
}

// partyListFlags narrow a list of parties.
type partyListFlags struct {
	pageFlags
	Search string `help:"Whose code or name begins so." placeholder:"TEXT"`
	Group  string `help:"Of this group." placeholder:"G"`
	Held   *bool  `negatable:"" help:"On hold, not to be reimbursed, or blocked; or (--no-held) not."`
	Credit bool   `help:"With an open credit."`
}

func (f partyListFlags) list(e *env, vendors bool) error {
	by := app.PartyFilter{Search: f.Search, Group: f.Group, Held: f.Held, Credit: f.Credit}
	get, columns := (*app.App).Customers, "customer name group city hold do_not_reimburse vendor open"
	if vendors {
		get, columns = (*app.App).Vendors, "vendor name group city blocked one_time open"
	}
	return listPart(e, f.pageFlags, columns, "There is nobody such.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.Party], error) {
			return get(a, e.ctx, call, by, p)
		},
		func(p *app.Party) []string {
			if vendors {
				return []string{p.Code, p.Name, p.Group, p.City, yesNo(p.Hold), p.OneTime, openText(p.Open)}
			}
			return []string{p.Code, p.Name, p.Group, p.City, yesNo(p.Hold), yesNo(p.DoNotReimburse), p.Vendor, openText(p.Open)}
		})
}

// openText writes what is open in one cell.
func openText(open []app.OpenBalance) string {
	all := make([]string, len(open))
	for i, o := range open {
		all[i] = o.Balance + " " + o.Currency
	}
	return strings.Join(all, ", ")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

type customerListCmd struct{ partyListFlags }

// Run lists customers.
func (c *customerListCmd) Run(e *env) error { return c.list(e, false) }

type vendorListCmd struct{ partyListFlags }

// Run lists vendors.
func (c *vendorListCmd) Run(e *env) error { return c.list(e, true) }

// partyShowFlags say who is shown.
type partyShowFlags struct {
	Code        string `arg:"" help:"The code."`
	BankDetails bool   `help:"Bank details in clear, for who may see them."`
}

type customerShowCmd struct{ partyShowFlags }

// Run shows a customer.
func (c *customerShowCmd) Run(e *env) error { return c.show(e, false) }

type vendorShowCmd struct{ partyShowFlags }

// Run shows a vendor.
func (c *vendorShowCmd) Run(e *env) error { return c.show(e, true) }

func (f partyShowFlags) show(e *env, vendors bool) error {
	return e.with(func(a *app.App, call app.Call) error {
		d, err := a.Party(e.ctx, call, sideOfVendors(vendors), f.Code, f.BankDetails)
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(d)
		}
		l := e.list("what value")
		for _, x := range partyRows(d, vendors) {
			if x[1] == "" {
				continue
			}
			if err := l.add(x, x[0], x[1]); err != nil {
				return err
			}
		}
		return l.close("")
	})
}

// partyRows gives what is known of a party, a row each.
func partyRows(d *app.PartyDetail, vendors bool) [][2]string {
	address := strings.Join(strings.Fields(strings.Join([]string{d.Street, d.PostalCode, d.City, d.State, d.Country}, " ")), " ")
	rows := [][2]string{{"code", d.Code}, {"name", d.Name}, {"group", d.Group}, {"currency", d.Currency}, {"address", address}, {"email", d.Email}}
	if vendors {
		rows = append(rows, [][2]string{{"blocked", yesNo(d.Hold)}, {"one_time", d.OneTime}, {"payment_method", d.PaymentMethod}, {"customers", strings.Join(d.Customers, " ")}}...)
	} else {
		rows = append(rows, [][2]string{{"hold", yesNo(d.Hold)}, {"do_not_reimburse", yesNo(d.DoNotReimburse)}, {"vendor", d.Vendor}, {"parent", d.Parent}, {"children", strings.Join(d.Children, " ")}}...)
	}
	if b := d.Bank; b != nil {
		rows = append(rows, [2]string{"bank", strings.TrimSpace(strings.Join([]string{b.IBAN, b.BIC, b.RoutingNumber, b.AccountNumber, b.AccountType}, " "))}, [2]string{"bank_verified", yesNo(b.Verified)})
	}
	for _, o := range d.Open {
		rows = append(rows, [2]string{"open", fmt.Sprintf("%s %s (debits %s, credits %s, marked %s)", o.Balance, o.Currency, o.Debits, o.Credits, o.Marked)})
	}
	for _, x := range d.Ages {
		rows = append(rows, [2]string{"due", fmt.Sprintf("%s: debits %s, credits %s %s", ageText(x), x.Debits, x.Credits, x.Currency)})
	}
	return rows
}

// ageText writes an age.
func ageText(x app.AgeBand) string {
	switch {
	case x.From < 0:
		return "not yet"
	case x.To == 0:
		return fmt.Sprintf("%d days ago and more", x.From)
	}
	return fmt.Sprintf("%d to %d days ago", x.From, x.To)
}

type customerHoldCmd struct {
	Code           string `arg:"" help:"The customer."`
	Hold           *bool  `negatable:"" help:"On hold; or (--no-hold) no longer."`
	DoNotReimburse *bool  `negatable:"" help:"Not to be reimbursed; or (--no-do-not-reimburse) to be."`
	Reason         string `required:"" help:"Why, for the audit trail." placeholder:"TEXT"`
}

// Run changes what keeps a customer from being reimbursed.
func (c *customerHoldCmd) Run(e *env) error {
	if c.Hold == nil && c.DoNotReimburse == nil {
		return usage("say what is to change: --hold, --no-hold, --do-not-reimburse or --no-do-not-reimburse")
	}
	return hold(e, app.HoldRequest{Side: sideOfVendors(false), Party: c.Code, Hold: c.Hold, DoNotReimburse: c.DoNotReimburse, Reason: c.Reason})
}

type vendorBlockCmd struct {
	Code   string `arg:"" help:"The vendor."`
	Off    bool   `help:"Take the block away."`
	Reason string `required:"" help:"Why, for the audit trail." placeholder:"TEXT"`
}

// Run blocks a vendor.
func (c *vendorBlockCmd) Run(e *env) error {
	blocked := !c.Off
	return hold(e, app.HoldRequest{Side: sideOfVendors(true), Party: c.Code, Hold: &blocked, Reason: c.Reason})
}

func hold(e *env, req app.HoldRequest) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.SetHold(e.ctx, call, req); err != nil {
			return err
		}
		return e.result(map[string]string{req.Side.String(): req.Party, "reason": req.Reason}, req.Side.String()+" reason", []string{req.Party, req.Reason}, "Changed %s %s.", req.Side, req.Party)
	})
}
