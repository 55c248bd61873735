package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/format/naupa"
	"quittance/internal/identity"
	"quittance/internal/unclaimed"
)

const (
	rulesPath  = "/companies/{company}/dormancy-rules"
	clocksPath = "/companies/{company}/credit-clocks"
)

// ClockOf names a clock on credits.
type ClockOf struct {
	Company
	Jurisdiction string `path:"jurisdiction" maxLength:"10" doc:"Country or state, such as DE or US-CA."`
	From         string `path:"from" format:"date" maxLength:"10" doc:"The day from which on it holds."`
}

// RuleOf names a dormancy rule.
type RuleOf struct {
	ClockOf
	Kind string `path:"property_kind" enum:"credit,payment" doc:"Kind of property."`
}

// DormancyRules are the dormancy rules of a company.
type DormancyRules struct {
	Items []app.DormancyRule `json:"items"`
}

// DormancyRuleEntry is a dormancy rule. What is not given is 0 or blank.
type DormancyRuleEntry struct {
	Months        int    `json:"months,omitempty" minimum:"0" maximum:"600" doc:"Without activity, until property is dormant."`
	Days          int    `json:"days,omitempty" minimum:"0" maximum:"3660" doc:"Beside the months."`
	Activity      string `json:"activity,omitempty" enum:"contact,payment,document" doc:"What restarts dormancy beside contacts: nothing (contact, also when it is not given), a payment of the customer, or an invoice too."`
	CutOff        string `json:"cut_off" pattern:"^[0-9]{2}-[0-9]{2}$" doc:"Day of the year on which dormant property is counted, such as 06-30."`
	Report        string `json:"report" pattern:"^[0-9]{2}-[0-9]{2}$" doc:"Day of the year on which it is reported."`
	LetterFirst   int    `json:"letter_first,omitempty" minimum:"0" maximum:"366" doc:"Days before the report from which on letters are sent."`
	LetterLast    int    `json:"letter_last,omitempty" minimum:"0" maximum:"366" doc:"And until which."`
	LetterMinimum string `json:"letter_minimum,omitempty" pattern:"^([0-9]{1,16}(\\.[0-9]{1,4})?)?$" doc:"In accounting currency: less needs no letter."`
	ReplyDays     int    `json:"reply_days,omitempty" minimum:"0" maximum:"366" doc:"That an owner has to answer."`
	Code          string `json:"code,omitempty" pattern:"^[A-Z0-9]{0,4}$" doc:"Of the property in reports, such as CK13."`
	Note          string `json:"note,omitempty" maxLength:"500" doc:"Such as where the law stands."`
}

func (b *DormancyRuleEntry) row(of RuleOf, from civil.Date) app.DormancyRule {
	activity := unclaimed.Activity(b.Activity)
	if activity == "" {
		activity = unclaimed.ByContact
	}
	return app.DormancyRule{
		Jurisdiction: of.Jurisdiction, Kind: unclaimed.Kind(of.Kind), From: from, Months: b.Months, Days: b.Days, Activity: activity, CutOff: b.CutOff, Report: b.Report, LetterFirst: b.LetterFirst,
		LetterLast: b.LetterLast, LetterMinimum: b.LetterMinimum, ReplyDays: b.ReplyDays, Code: b.Code, Note: b.Note,
	}
}

// CreditClocks are the clocks on credits of a company.
type CreditClocks struct {
	Items []app.CreditClock `json:"items"`
}

// CreditClockEntry is what the law of a jurisdiction says of credits. What is not given is not said.
type CreditClockEntry struct {
	RefundDays        int    `json:"refund_days,omitempty" minimum:"0" maximum:"3660" doc:"To refund after a written request."`
	GoodFaithMonths   int    `json:"good_faith_months,omitempty" minimum:"0" maximum:"3660" doc:"After the credit, by which a refund is tried unasked."`
	InterestFrom      string `json:"interest_from,omitempty" enum:"request,credit" doc:"What the days before interest count from; request when it is not given."`
	InterestAfterDays int    `json:"interest_after_days,omitempty" minimum:"0" maximum:"3660" doc:"Days without interest."`
	InterestRate      string `json:"interest_rate,omitempty" maxLength:"12" doc:"Percent a year."`
	YearDays          int    `json:"year_days,omitempty" minimum:"0" maximum:"365" doc:"Days of a year of interest: 360 or 365, which it is when it is not given."`
	BarMonths         int    `json:"bar_months,omitempty" minimum:"0" maximum:"3660" doc:"After the credit, from which on the claim is barred."`
	Note              string `json:"note,omitempty" maxLength:"500" doc:"Such as where the law stands."`
}

func (b *CreditClockEntry) row(jurisdiction string, from civil.Date) app.CreditClock {
	k := app.CreditClock{
		Jurisdiction: jurisdiction, From: from, RefundDays: b.RefundDays, GoodFaithMonths: b.GoodFaithMonths, InterestFrom: unclaimed.InterestFrom(b.InterestFrom), InterestAfterDays: b.InterestAfterDays,
		InterestRate: b.InterestRate, YearDays: b.YearDays, BarMonths: b.BarMonths, Note: b.Note,
	}
	if k.InterestFrom == "" {
		k.InterestFrom = unclaimed.FromRequest
	}
	if k.YearDays == 0 {
		k.YearDays = 365
	}
	return k
}

// HolderEntry is what letters and reports say of the company.
type HolderEntry struct {
	TaxID        string        `json:"tax_id" maxLength:"20" doc:"Nine digits."`
	Industry     string        `json:"industry" maxLength:"20" doc:"NAICS, six digits."`
	Incorporated string        `json:"incorporated" maxLength:"10" doc:"State."`
	City         string        `json:"city" maxLength:"100"`
	County       string        `json:"county" maxLength:"100"`
	State        string        `json:"state" maxLength:"10"`
	Contact      HolderContact `json:"contact"`
	Lines        []string      `json:"lines" maxItems:"10" doc:"Address at the head of letters."`
	Intro        string        `json:"intro" maxLength:"2000" doc:"First paragraph of letters; blank: the program's."`
	Closing      string        `json:"closing" maxLength:"100" doc:"Such as Sincerely,"`
	Signature    []string      `json:"signature" maxItems:"10" doc:"Lines under letters."`
}

// HolderContact is whom a state asks about a report.
type HolderContact struct {
	Name      string   `json:"name" maxLength:"100"`
	Lines     []string `json:"lines" maxItems:"3" doc:"Of the address."`
	City      string   `json:"city" maxLength:"100"`
	State     string   `json:"state" maxLength:"10"`
	Zip       string   `json:"zip" maxLength:"10" doc:"Five or nine digits."`
	Country   string   `json:"country" maxLength:"3" doc:"Three letters, such as USA."`
	Phone     string   `json:"phone" maxLength:"20" doc:"Ten digits."`
	Extension string   `json:"extension" maxLength:"10"`
	Email     string   `json:"email" maxLength:"100"`
}

func viewHolder(h *unclaimed.Holder) HolderEntry {
	c := h.Contact
	v := HolderEntry{
		TaxID: h.TaxID, Industry: h.Industry, Incorporated: h.Incorporated, City: h.City, County: h.County, State: h.State, Lines: h.Lines, Intro: h.Intro, Closing: h.Closing, Signature: h.Signature,
		Contact: HolderContact{Name: c.Name, City: c.City, State: c.State, Zip: c.Zip, Country: c.Country, Phone: c.Phone, Extension: c.Ext, Email: c.Email},
	}
	for _, l := range c.Lines {
		if l != "" {
			v.Contact.Lines = append(v.Contact.Lines, l)
		}
	}
	return v
}

func (b *HolderEntry) holder() unclaimed.Holder {
	c := b.Contact
	h := unclaimed.Holder{
		TaxID: b.TaxID, Industry: b.Industry, Incorporated: b.Incorporated, City: b.City, County: b.County, State: b.State, Lines: b.Lines, Intro: b.Intro, Closing: b.Closing, Signature: b.Signature,
		Contact: naupa.Contact{Name: c.Name, City: c.City, State: c.State, Zip: c.Zip, Country: c.Country, Phone: c.Phone, Ext: c.Extension, Email: c.Email},
	}
	copy(h.Contact.Lines[:], c.Lines)
	return h
}

// SampleRules asks for sample rules and clocks.
type SampleRules struct {
	From civil.Date `json:"from,omitempty" doc:"The day from which on they hold; the first of this year when it is not given."`
}

// SampleRulesAdded says how many sample rules and clocks came.
type SampleRulesAdded struct {
	Added int `json:"added"`
}

func unclaimedSetup(d *door) {
	dormancyRules(d)
	creditClocks(d)
	add(d, operation{
		id: "add-unclaimed-samples", method: http.MethodPost, path: unclaimedPath + "/samples", tag: unclaimedTag, permission: identity.SetUp, status: http.StatusOK,
		summary: "Add sample rules and clocks", about: "Of a few jurisdictions, where the company has none yet, marked as samples. They show how a rule is written, and are no law.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body SampleRules
	},
	) (*reply[SampleRulesAdded], error) {
		n, err := d.app.TakeUnclaimedSamples(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.From)
		return answer(SampleRulesAdded{n}, err)
	})
	add(d, operation{id: "get-unclaimed-holder", method: http.MethodGet, path: unclaimedPath + "/holder", tag: unclaimedTag, permission: identity.Read, tagged: true, summary: "What letters and reports say of the company"},
		func(ctx context.Context, in *struct {
			Company
			NoneMatch
		},
		) (*single[HolderEntry], error) {
			v, err := d.holder(ctx, in.Company)
			if err != nil {
				return nil, err
			}
			return show(in.NoneMatch, *v)
		})
	add(d, operation{id: "set-unclaimed-holder", method: http.MethodPut, path: unclaimedPath + "/holder", tag: unclaimedTag, permission: identity.SetUp, status: http.StatusNoContent, matched: true, summary: "Change what letters and reports say of the company"},
		func(ctx context.Context, in *struct {
			Company
			Keyed
			Match
			Body HolderEntry
		},
		) (*done, error) {
			return nil, matching(d, in.Match, in.Company.Company+" holder", func() (any, error) { return d.holder(ctx, in.Company) }, func() error {
				return d.app.SaveUnclaimedHolder(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.holder())
			})
		})
}

func (d *door) holder(ctx context.Context, c Company) (*HolderEntry, error) {
	h, err := d.app.UnclaimedHolder(ctx, d.call(ctx, c.Company, ""))
	if err != nil {
		return nil, err
	}
	return new(viewHolder(&h)), nil
}

func dormancyRules(d *door) {
	const path = rulesPath + "/{jurisdiction}/{property_kind}/{from}"
	add(d, operation{id: "get-dormancy-rules", method: http.MethodGet, path: rulesPath, tag: unclaimedTag, permission: identity.Read, summary: "The dormancy rules", about: "By jurisdiction, kind of property and day."},
		func(ctx context.Context, in *struct{ Company }) (*reply[DormancyRules], error) {
			all, err := d.app.DormancyRules(ctx, d.call(ctx, in.Company.Company, ""))
			return answer(DormancyRules{all}, err)
		})
	add(d, operation{id: "set-dormancy-rule", method: http.MethodPut, path: path, tag: unclaimedTag, permission: identity.SetUp, status: http.StatusNoContent, summary: "Make or change a dormancy rule", about: "It holds from its day on, until the next of its jurisdiction and kind. It is no sample any longer."},
		func(ctx context.Context, in *struct {
			RuleOf
			Keyed
			Body DormancyRuleEntry
		},
		) (*done, error) {
			from, err := date("from", in.From)
			if err != nil {
				return nil, err
			}
			return nil, d.app.SaveDormancyRule(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.row(in.RuleOf, from))
		})
	add(d, operation{id: "delete-dormancy-rule", method: http.MethodDelete, path: path, tag: unclaimedTag, permission: identity.SetUp, status: http.StatusNoContent, summary: "Remove a dormancy rule", about: "What was escheated by it stays."},
		func(ctx context.Context, in *struct {
			RuleOf
			Keyed
		},
		) (*done, error) {
			from, err := date("from", in.From)
			if err != nil {
				return nil, err
			}
			return nil, d.app.RemoveDormancyRule(ctx, d.call(ctx, in.Company.Company, in.Key), in.Jurisdiction, unclaimed.Kind(in.Kind), from)
		})
}

func creditClocks(d *door) {
	const path = clocksPath + "/{jurisdiction}/{from}"
	add(d, operation{id: "get-credit-clocks", method: http.MethodGet, path: clocksPath, tag: unclaimedTag, permission: identity.Read, summary: "The statutory clocks on credits", about: "By jurisdiction and day."},
		func(ctx context.Context, in *struct{ Company }) (*reply[CreditClocks], error) {
			all, err := d.app.CreditClocks(ctx, d.call(ctx, in.Company.Company, ""))
			return answer(CreditClocks{all}, err)
		})
	add(d, operation{id: "set-credit-clock", method: http.MethodPut, path: path, tag: unclaimedTag, permission: identity.SetUp, status: http.StatusNoContent, summary: "Make or change a clock on credits", about: "It holds from its day on, until the next of its jurisdiction. It is no sample any longer."},
		func(ctx context.Context, in *struct {
			ClockOf
			Keyed
			Body CreditClockEntry
		},
		) (*done, error) {
			from, err := date("from", in.From)
			if err != nil {
				return nil, err
			}
			return nil, d.app.SaveCreditClock(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.row(in.Jurisdiction, from))
		})
	add(d, operation{id: "delete-credit-clock", method: http.MethodDelete, path: path, tag: unclaimedTag, permission: identity.SetUp, status: http.StatusNoContent, summary: "Remove a clock on credits"},
		func(ctx context.Context, in *struct {
			ClockOf
			Keyed
		},
		) (*done, error) {
			from, err := date("from", in.From)
			if err != nil {
				return nil, err
			}
			return nil, d.app.RemoveCreditClock(ctx, d.call(ctx, in.Company.Company, in.Key), in.Jurisdiction, from)
		})
}
