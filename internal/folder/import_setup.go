package folder

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/party"
)

func (im *importer) accounts(ctx context.Context) error {
	for i := range im.d.Accounts {
		row := &im.d.Accounts[i]
		a := ledger.MainAccount{Account: row.Account, Name: row.Name, Type: row.Type, Control: ledger.Control(row.Control)}
		was, had := im.c.Accounts[a.Account]
		if strings.Contains(a.Account, "-") {
			im.bad(&row.Row, "account", "%q holds a hyphen, which separates the parts of a ledger account", a.Account)
			continue
		}
		if had && was.Control != a.Control {
			used, err := ledger.HasEntries(ctx, im.tx, a.Account)
			if err != nil {
				return err
			}
			if used {
				im.bad(&row.Row, "control", "%q differs from %q, and entries stand on account %s; use another account", a.Control, was.Control, a.Account)
				continue
			}
		}
		im.c.Accounts[a.Account] = a
		if err := im.save("accounts", "account "+a.Account, had, was == a, func() error { return ledger.SaveAccount(ctx, im.tx, a) }); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) values(ctx context.Context) error {
	for i := range im.d.DimensionValues {
		row := &im.d.DimensionValues[i]
		if !slices.ContainsFunc(im.c.Dimensions, func(d ledger.Dimension) bool { return d.Name == row.Dimension }) {
			im.bad(&row.Row, "dimension", "there is no dimension %q; expected one of those in dimensions", row.Dimension)
			continue
		}
		if strings.Contains(row.Value, "-") {
			im.bad(&row.Row, "value", "%q holds a hyphen, which separates the parts of a ledger account", row.Value)
			continue
		}
		was, had := im.c.Values[row.Dimension][row.Value]
		im.c.AddValue(row.Dimension, row.Value, row.Name)
		err := im.save("dimension_values", row.Dimension+" "+row.Value, had, was == row.Name, func() error {
			return ledger.SaveValue(ctx, im.tx, row.Dimension, row.Value, row.Name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mainAccount says whether the main account exists and has the control kind (or, for none, is no party's control account).
func (im *importer) mainAccount(row *Row, column, account string, want ledger.Control) bool {
	a, ok := im.c.Accounts[account]
	switch {
	case !ok:
		im.bad(row, column, "there is no main account %q in accounts", account)
		return false
	case want == ledger.NoControl && a.Control.OfParty():
		im.bad(row, column, "%s is a %s control account, which takes entries with their party only", account, a.Control)
		return false
	case want != ledger.NoControl && a.Control != want:
		im.bad(row, column, "%s is not a %s control account", account, want)
		return false
	}
	return true
}

func (im *importer) rules(ctx context.Context) error {
	for i := range im.d.BalancingRules {
		row := &im.d.BalancingRules[i]
		r := ledger.Rule{Dimension: row.Dimension, Value: row.Value, Counter: row.CounterValue, DueFrom: row.DueFromAccount, DueTo: row.DueToAccount}
		if !slices.Contains(im.c.Dimensions, ledger.Dimension{Name: r.Dimension, Balancing: true}) {
			im.bad(&row.Row, "dimension", "%q is not a balancing dimension", r.Dimension)
			continue
		}
		ok := im.value(&row.Row, "value", r.Dimension, r.Value)
		ok = (r.Counter == "" || im.value(&row.Row, "counter_value", r.Dimension, r.Counter)) && ok
		ok = im.mainAccount(&row.Row, "due_from_account", r.DueFrom, ledger.NoControl) && ok
		ok = im.mainAccount(&row.Row, "due_to_account", r.DueTo, ledger.NoControl) && ok
		if !ok {
			continue
		}
		at := slices.IndexFunc(im.c.Rules, func(x ledger.Rule) bool {
			return x.Dimension == r.Dimension && x.Value == r.Value && x.Counter == r.Counter
		})
		same := at >= 0 && im.c.Rules[at] == r
		if at >= 0 {
			im.c.Rules[at] = r
		} else {
			im.c.Rules = append(im.c.Rules, r)
		}
		err := im.save("balancing_rules", fmt.Sprintf("balancing rule %s %s", r.Dimension, r.Value), at >= 0, same, func() error { return ledger.SaveRule(ctx, im.tx, r) })
		if err != nil {
			return err
		}
	}
	return im.c.Index()
}

func (im *importer) value(row *Row, column, dimension, value string) bool {
	_, ok := im.c.Values[dimension][value]
	if !ok {
		im.bad(row, column, "there is no %s %q in dimension_values", dimension, value)
	}
	return ok
}

func (im *importer) profiles(ctx context.Context) error {
	for i := range im.d.PostingProfiles {
		row := &im.d.PostingProfiles[i]
		p := ledger.Profile{Ledger: ledger.Control(row.Ledger), Scope: row.Scope, Code: row.Code, Summary: row.SummaryAccount, WriteOffMain: row.WriteOffAccount, DiscountMain: row.DiscountAccount}
		ok := im.mainAccount(&row.Row, "summary_account", p.Summary, p.Ledger)
		ok = (p.WriteOffMain == "" || im.mainAccount(&row.Row, "write_off_account", p.WriteOffMain, ledger.NoControl)) && ok
		ok = (p.DiscountMain == "" || im.mainAccount(&row.Row, "discount_account", p.DiscountMain, ledger.NoControl)) && ok
		if !ok {
			continue
		}
		at := slices.IndexFunc(im.c.Profiles, func(x ledger.Profile) bool { return x.Ledger == p.Ledger && x.Scope == p.Scope && x.Code == p.Code })
		same := at >= 0 && im.c.Profiles[at] == p
		if at >= 0 {
			im.c.Profiles[at] = p
		} else {
			im.c.Profiles = append(im.c.Profiles, p)
		}
		err := im.save("posting_profiles", fmt.Sprintf("%s posting profile %s %s", p.Ledger, p.Scope, p.Code), at >= 0, same, func() error { return ledger.SaveProfile(ctx, im.tx, p) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) rates(ctx context.Context) error {
	for i := range im.d.ExchangeRates {
		row := &im.d.ExchangeRates[i]
		if row.Currency == im.c.Currency {
			im.bad(&row.Row, "currency", "%s is the accounting currency, whose rate is 1", row.Currency.Code)
			continue
		}
		was, had := im.c.RateOn(row.Currency.Code, row.Date)
		im.c.AddRate(row.Currency.Code, row.Date, row.Rate)
		err := im.save("exchange_rates", fmt.Sprintf("exchange rate %s %s", row.Currency.Code, row.Date), had, was.String() == row.Rate.String(), func() error {
			return ledger.SaveRate(ctx, im.tx, row.Currency.Code, row.Date, row.Rate)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) classifications(ctx context.Context) error {
	names, err := ledger.ClassificationNames(ctx, im.tx)
	if err != nil {
		return err
	}
	for i := range im.d.BillingClassifications {
		row := &im.d.BillingClassifications[i]
		name, had := names[row.Classification]
		err := im.save("billing_classifications", "billing classification "+row.Classification, had, name == row.Name, func() error {
			return im.c.SaveClassification(ctx, im.tx, row.Classification, row.Name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) periods(ctx context.Context) error {
	for i := range im.d.Periods {
		row := &im.d.Periods[i]
		p := ledger.Period{Start: row.Start, End: row.End, Status: row.Status}
		at := slices.IndexFunc(im.c.Periods, func(x ledger.Period) bool { return x.Start == p.Start })
		if at < 0 {
			if clash := slices.IndexFunc(im.c.Periods, func(x ledger.Period) bool { return p.Start <= x.End && x.Start <= p.End }); clash >= 0 && !im.isNew {
				im.bad(&row.Row, "start", "the period overlaps that of %s to %s", im.c.Periods[clash].Start, im.c.Periods[clash].End)
				continue
			}
			im.c.Periods = append(im.c.Periods, p)
			im.keep("periods", p.Start.String(), false, false)
			if err := ledger.AddPeriod(ctx, im.tx, p); err != nil {
				return err
			}
			continue
		}
		was := &im.c.Periods[at]
		switch {
		case was.End != p.End:
			im.bad(&row.Row, "end", "%s differs from %s; the bounds of a period are for good", p.End, was.End)
		case was.Status == "closed" && p.Status != "closed":
			im.bad(&row.Row, "status", "the period is closed, which is for good")
		default:
			same := was.Status == p.Status
			was.Status = p.Status
			err := im.save("periods", "period "+p.Start.String(), true, same, func() error { return ledger.SetPeriod(ctx, im.tx, p.Start, p.Status) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (im *importer) exceptions(ctx context.Context) error {
	for i := range im.d.PeriodExceptions {
		row := &im.d.PeriodExceptions[i]
		at := slices.IndexFunc(im.c.Periods, func(p ledger.Period) bool { return p.Start == row.Start })
		if at < 0 {
			im.bad(&row.Row, "start", "no period begins on %s", row.Start)
			continue
		}
		k := ledger.Exception{Module: ledger.Module(row.Module), Role: row.Role}
		was, had := im.c.Periods[at].Exceptions[k]
		err := im.save("period_exceptions", fmt.Sprintf("period exception %s %s", row.Start, row.Module), had, was == row.Status, func() error {
			return ledger.SetException(ctx, im.tx, row.Start, k, row.Status)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) parameters(ctx context.Context) error {
	for i := range im.d.Parameters {
		row := &im.d.Parameters[i]
		if !im.parameterRefers(row) {
			continue
		}
		was, had := im.c.Parameters[row.Parameter]
		im.c.Parameters[row.Parameter] = row.Value
		if row.Parameter == "deduction_customer" {
			if err := im.deductionCustomer(ctx, row, was); err != nil {
				return err
			}
		}
		err := im.save("parameters", "parameter "+row.Parameter, had, was == row.Value, func() error { return ledger.SaveParameter(ctx, im.tx, row.Parameter, row.Value) })
		if err != nil {
			return err
		}
	}
	return nil
}

// deductionCustomer notes who holds deductions, from now on without postings of other kinds.
func (im *importer) deductionCustomer(ctx context.Context, row *Parameter, was string) error {
	im.c.DeductionCustomer = 0
	if row.Value == "" {
		return nil
	}
	im.c.DeductionCustomer = im.customers[row.Value].ID
	if im.isNew || row.Value == was {
		return nil
	}
	err := deduction.CheckManagementPast(ctx, im.tx, im.c.DeductionCustomer, row.Value)
	if fault.CodeOf(err) == fault.Refused {
		im.because(&row.Row, "value", err)
		err = nil
	}
	return err
}

// parameterRefers says whether what a parameter refers to exists.
func (im *importer) parameterRefers(row *Parameter) bool {
	if row.Value == "" {
		return true
	}
	switch row.Parameter {
	case "one_time_vendor_template":
		if v := im.vendors[row.Value]; v == nil || v.OneTime != party.Template {
			im.bad(&row.Row, "value", "%q is not a vendor whose one_time is template", row.Value)
			return false
		}
	case "deduction_customer":
		if im.customers[row.Value] == nil {
			im.bad(&row.Row, "value", "there is no customer %q", row.Value)
			return false
		}
	case "penny_difference_account", "exchange_gain_account", "exchange_loss_account":
		return im.mainAccount(&row.Row, "value", row.Value, ledger.NoControl)
	case "deduction_account":
		return im.mainAccount(&row.Row, "value", row.Value, ledger.CustomerControl)
	case "remittance_bank":
		if err := checkBankAccountOf(im.c, row.Value); err != nil {
			im.bad(&row.Row, "value", "%v", err)
			return false
		}
	}
	return true
}

// series brings in the state of number series and their voided numbers; in a company that exists the further one stays.
func (im *importer) series(ctx context.Context) error {
	im.drawn = map[string]int64{}
	for i := range im.d.NumberSeries {
		row := &im.d.NumberSeries[i]
		b := ledger.Block{Series: row.Series, Prefix: row.Prefix, Width: row.Width, First: int64(row.Next)}
		all, err := ledger.AllSeries(ctx, im.tx)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(x ledger.Block) bool { return x.Series == b.Series })
		if at >= 0 && !im.isNew && (all[at].Prefix != b.Prefix || all[at].Width != b.Width) {
			im.bad(&row.Row, "prefix", "the series %s is written %s in the company", b.Series, all[at].Number(1))
			continue
		}
		if clash := slices.IndexFunc(all, func(x ledger.Block) bool { return x.Series != b.Series && x.Prefix == b.Prefix }); clash >= 0 || b.Prefix == "" || b.Width < 1 || b.Width > 18 {
			im.bad(&row.Row, "prefix", "%q with width %d cannot be told from other numbers; expected a prefix of its own and a width from 1 to 18", b.Prefix, b.Width)
			continue
		}
		had, same := !im.isNew && at >= 0, false
		im.drawn[b.Series] = 1
		if had {
			im.drawn[b.Series] = all[at].First
		}
		if had {
			same = all[at].First >= b.First
			b.First = max(b.First, all[at].First)
		}
		if err := im.save("number_series", "number series "+b.Series, had, same, func() error { return ledger.SetSeries(ctx, im.tx, b) }); err != nil {
			return err
		}
	}
	return im.voided(ctx)
}

func (im *importer) voided(ctx context.Context) error {
	known, err := ledger.Voided(ctx, im.tx)
	if err != nil {
		return err
	}
	all, err := ledger.AllSeries(ctx, im.tx)
	if err != nil {
		return err
	}
	for i := range im.d.VoidedNumbers {
		row := &im.d.VoidedNumbers[i]
		if !slices.ContainsFunc(all, func(b ledger.Block) bool { return b.Series == row.Series }) {
			im.bad(&row.Row, "series", "there is no number series %q", row.Series)
			continue
		}
		v := ledger.VoidedRange{Series: row.Series, First: int64(row.First), Last: int64(row.Last), Reason: row.Reason}
		had := slices.Contains(known, v)
		err := im.save("voided_numbers", row.Series, had, had, func() error { return ledger.Void(ctx, im.tx, v.Series, v.First, v.Last, v.Reason) })
		if err != nil {
			return err
		}
	}
	return nil
}

// seriesFull refuses a series that would have a gap: each number that the folder says was drawn must be a voucher of it or
// voided.
func (im *importer) seriesFull(context.Context) error {
	for i := range im.d.NumberSeries {
		row := &im.d.NumberSeries[i]
		from, known := im.drawn[row.Series]
		if !known || !ledger.OfVouchers(row.Series) {
			continue
		}
		b := ledger.Block{Series: row.Series, Prefix: row.Prefix, Width: row.Width}
		var used [][2]int64
		for j := range im.d.Vouchers {
			if n, ok := b.Parse(im.d.Vouchers[j].Number); ok {
				used = append(used, [2]int64{n, n})
			}
		}
		for _, v := range im.d.VoidedNumbers {
			if v.Series == row.Series {
				used = append(used, [2]int64{int64(v.First), int64(v.Last)})
			}
		}
		slices.SortFunc(used, func(x, y [2]int64) int { return cmp.Compare(x[0], y[0]) })
		next := from
		for _, u := range used {
			if u[0] <= next {
				next = max(next, u[1]+1)
			}
		}
		if next < int64(row.Next) {
			im.bad(&row.Row, "next", "%d leaves a gap: %s is neither a voucher of the folder nor among voided_numbers", row.Next, b.Number(next))
		}
	}
	return nil
}
