package folder

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/unclaimed"
)

// DormancyRule is a row of dormancy_rules.
type DormancyRule struct {
	Row
	Jurisdiction  string       `col:"jurisdiction,required,code,key"`
	Kind          string       `col:"kind,required,enum=credit|payment,key"`
	From          civil.Date   `col:"from,required,key"`
	Months        int          `col:"months,range=0..600"`
	Days          int          `col:"days,range=0..3660"`
	Activity      string       `col:"activity,enum=contact|payment|document,default=contact"`
	CutOff        string       `col:"cut_off,required"` // MM-DD
	Report        string       `col:"report,required"`  // MM-DD
	LetterFirst   int          `col:"letter_first,range=0..366"`
	LetterLast    int          `col:"letter_last,range=0..366"`
	LetterMinimum money.Amount `col:"letter_minimum,unsigned,accounting"`
	ReplyDays     int          `col:"reply_days,range=0..366"`
	Code          string       `col:"code,code"`
	Sample        bool         `col:"sample"`
	Note          string       `col:"note,lines"`
}

// CreditClock is a row of credit_clocks.
type CreditClock struct {
	Row
	Jurisdiction      string     `col:"jurisdiction,required,code,key"`
	From              civil.Date `col:"from,required,key"`
	RefundDays        int        `col:"refund_days,range=0..3660"`
	GoodFaithMonths   int        `col:"good_faith_months,range=0..3660"`
	InterestFrom      string     `col:"interest_from,enum=request|credit,default=request"`
	InterestAfterDays int        `col:"interest_after_days,range=0..3660"`
	InterestRate      string     `col:"interest_rate"`                     // percent a year; blank = none
	YearDays          int        `col:"year_days,range=360..365,required"` // 360 or 365
	BarMonths         int        `col:"bar_months,range=0..3660"`          // 0 = never
	Sample            bool       `col:"sample"`
	Note              string     `col:"note,lines"`
}

// OwnerContact is a row of owner_contacts.
type OwnerContact struct {
	Row
	Contact     int        `col:"contact,required,range=1..1000000000,key"` // number
	Customer    string     `col:"customer,code"`                            // either the customer
	Vendor      string     `col:"vendor,code"`                              // or the vendor
	Voucher     string     `col:"voucher,code"`                             // the credit that it is about; blank = all
	Date        civil.Date `col:"date,required"`
	How         string     `col:"how,required,enum=response|request|letter|phone|email|visit|portal|other"`
	Note        string     `col:"note,lines"`
	Actor       string     `col:"actor"` // blank = who imports
	At          time.Time  `col:"at"`
	WithdrawnBy string     `col:"withdrawn_by"` // blank = it holds
	Why         string     `col:"why,lines"`
}

// UnclaimedHolder is the row of unclaimed_holder: what letters and reports say of the company.
type UnclaimedHolder struct {
	Row
	Part   int    `col:"part,required,range=1..1,key"`
	Holder string `col:"holder,required,lines,format=json"`
}

// unclaimed writes the rules, clocks and contacts of unclaimed property.
func (x *exporter) unclaimed(ctx context.Context) error {
	rules, err := unclaimed.Rules(ctx, x.tx)
	if err != nil {
		return err
	}
	for _, r := range rules {
		x.d.DormancyRules = append(x.d.DormancyRules, DormancyRule{
			Jurisdiction: r.Jurisdiction, Kind: string(r.Kind), From: r.From, Months: r.Months, Days: r.Days, Activity: string(r.Activity), CutOff: string(r.CutOff), Report: string(r.Report),
			LetterFirst: r.LetterFirst, LetterLast: r.LetterLast, LetterMinimum: r.LetterMinimum, ReplyDays: r.ReplyDays, Code: r.Code, Sample: r.Sample, Note: r.Note,
		})
	}
	clocks, err := unclaimed.Clocks(ctx, x.tx)
	if err != nil {
		return err
	}
	for _, k := range clocks {
		x.d.CreditClocks = append(x.d.CreditClocks, CreditClock{
			Jurisdiction: k.Jurisdiction, From: k.From, RefundDays: k.RefundDays, GoodFaithMonths: k.GoodFaithMonths, InterestFrom: string(k.InterestFrom), InterestAfterDays: k.InterestAfterDays,
			InterestRate: k.InterestRate, YearDays: k.YearDays, BarMonths: k.BarMonths, Sample: k.Sample, Note: k.Note,
		})
	}
	holder, err := unclaimed.HolderText(ctx, x.tx)
	if err != nil {
		return err
	}
	if holder != "" {
		x.d.UnclaimedHolder = append(x.d.UnclaimedHolder, UnclaimedHolder{Part: 1, Holder: holder})
	}
	contacts, err := unclaimed.AllContacts(ctx, x.tx)
	for i, k := range contacts {
		x.d.OwnerContacts = append(x.d.OwnerContacts, OwnerContact{
			Contact: i + 1, Customer: x.customers[k.Party].Code, Vendor: x.vendors[k.Party].Code, Voucher: k.Number, Date: k.Date, How: string(k.How), Note: k.Note, Actor: k.Actor, At: instant(k.At),
			WithdrawnBy: k.WithdrawnBy, Why: k.Why,
		})
	}
	return err
}

// unclaimedRules brings the rules, the clocks and the holder in.
func (im *importer) unclaimedRules(ctx context.Context) error {
	rules, err := unclaimed.Rules(ctx, im.tx)
	if err != nil {
		return err
	}
	for i := range im.d.DormancyRules {
		row := &im.d.DormancyRules[i]
		r := unclaimed.Rule{
			Jurisdiction: row.Jurisdiction, Kind: unclaimed.Kind(row.Kind), From: row.From, Months: row.Months, Days: row.Days, Activity: unclaimed.Activity(row.Activity), CutOff: unclaimed.Day(row.CutOff),
			Report: unclaimed.Day(row.Report), LetterFirst: row.LetterFirst, LetterLast: row.LetterLast, LetterMinimum: row.LetterMinimum, ReplyDays: row.ReplyDays, Code: row.Code, Sample: row.Sample, Note: row.Note,
		}
		was, had := unclaimed.Rule{}, false
		for _, x := range rules {
			if x.Jurisdiction == r.Jurisdiction && x.Kind == r.Kind && x.From == r.From {
				was, had = x, true
			}
		}
		if err := keepRow(im, "dormancy_rules", "dormancy rule of "+r.Jurisdiction, &row.Row, r, was, had, func() error { return unclaimed.SaveRule(ctx, im.tx, r) }); err != nil {
			return err
		}
	}
	clocks, err := unclaimed.Clocks(ctx, im.tx)
	if err != nil {
		return err
	}
	for i := range im.d.CreditClocks {
		row := &im.d.CreditClocks[i]
		k := unclaimed.Clock{
			Jurisdiction: row.Jurisdiction, From: row.From, RefundDays: row.RefundDays, GoodFaithMonths: row.GoodFaithMonths, InterestFrom: unclaimed.InterestFrom(row.InterestFrom),
			InterestAfterDays: row.InterestAfterDays, InterestRate: row.InterestRate, YearDays: row.YearDays, BarMonths: row.BarMonths, Sample: row.Sample, Note: row.Note,
		}
		was, had := unclaimed.Clock{}, false
		for _, x := range clocks {
			if x.Jurisdiction == k.Jurisdiction && x.From == k.From {
				was, had = x, true
			}
		}
		if err := keepRow(im, "credit_clocks", "clock of "+k.Jurisdiction, &row.Row, k, was, had, func() error { return unclaimed.SaveClock(ctx, im.tx, k) }); err != nil {
			return err
		}
	}
	return im.unclaimedHolder(ctx)
}

func (im *importer) unclaimedHolder(ctx context.Context) error {
	text, err := unclaimed.HolderText(ctx, im.tx)
	if err != nil {
		return err
	}
	for i := range im.d.UnclaimedHolder {
		row := &im.d.UnclaimedHolder[i]
		h, err := unclaimed.ParseHolder([]byte(row.Holder))
		if err != nil {
			im.because(&row.Row, "holder", err)
			continue
		}
		now, err := json.Marshal(h)
		if err != nil {
			return err
		}
		if err := keepRow(im, "unclaimed_holder", "holder", &row.Row, string(now), text, text != "", func() error { return unclaimed.SaveHolder(ctx, im.tx, h) }); err != nil {
			return err
		}
	}
	return nil
}

// contacts brings the contacts of owners in, once the vouchers are there. A known one (owner, day, way, note) is left as it is.
func (im *importer) contacts(ctx context.Context) error {
	if len(im.d.OwnerContacts) == 0 {
		return nil
	}
	type key struct {
		party     int64
		date      civil.Date
		how, note string
	}
	known := map[key]bool{}
	all, err := unclaimed.AllContacts(ctx, im.tx)
	if err != nil {
		return err
	}
	for _, k := range all {
		known[key{k.Party, k.Date, string(k.How), k.Note}] = true
	}
	for i := range im.d.OwnerContacts {
		row := &im.d.OwnerContacts[i]
		k := unclaimed.Contact{Date: row.Date, How: unclaimed.How(row.How), Note: row.Note, Actor: cmp.Or(row.Actor, im.tx.Actor), At: im.micros(row.At), WithdrawnBy: row.WithdrawnBy, Why: row.Why}
		ok := false
		switch {
		case (row.Customer == "") == (row.Vendor == ""):
			im.bad(&row.Row, "customer", "a contact is of a customer or of a vendor; name one of them")
		case row.Customer != "":
			k.Party, ok = im.customer(&row.Row, row.Customer)
		case im.vendors[row.Vendor] == nil:
			im.bad(&row.Row, "vendor", "there is no vendor %q", row.Vendor)
		default:
			k.Party, ok = im.vendors[row.Vendor].ID, true
		}
		if !ok {
			continue
		}
		if row.Voucher != "" {
			v, err := ledger.Lookup(ctx, im.tx, row.Voucher)
			if fault.CodeOf(err) == fault.NotFound {
				im.because(&row.Row, "voucher", err)
				continue
			}
			if err != nil {
				return err
			}
			k.Voucher = v.ID
		}
		had := known[key{k.Party, k.Date, row.How, row.Note}]
		if im.keep("owner_contacts", "", had, true); had {
			continue
		}
		if err := unclaimed.RestoreContact(ctx, im.tx, k); err != nil {
			return err
		}
	}
	return nil
}
