package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/unclaimed"
)

// UnclaimedChoice says what may be unclaimed is meant. What is not given does not limit.
type UnclaimedChoice struct {
	Date         civil.Date `json:"date,omitempty" doc:"The day looked at, and that of letters and vouchers; today when it is not given."`
	Kind         string     `json:"kind,omitempty" enum:",credit,payment"`
	Owner        string     `json:"owner,omitempty" maxLength:"60" doc:"Code of a customer or vendor."`
	Jurisdiction string     `json:"jurisdiction,omitempty" maxLength:"10" doc:"Such as US-WI."`
	Documents    []string   `json:"documents,omitempty" maxItems:"5000" doc:"Credits by number, payments by name."`
}

func (c UnclaimedChoice) selection() app.UnclaimedSelection {
	return app.UnclaimedSelection{Date: c.Date, Kind: unclaimed.Kind(c.Kind), Owner: c.Owner, Jurisdiction: c.Jurisdiction, Documents: c.Documents}
}

// EscheatChoice says what is escheated: documents, what is due of an owner or a jurisdiction, or all that is due.
type EscheatChoice struct {
	UnclaimedChoice
	All       bool   `json:"all,omitempty" doc:"Everything that is due."`
	Exception string `json:"exception,omitempty" maxLength:"250" doc:"The reason to escheat named documents that are not due."`
}

func (c EscheatChoice) selection() app.UnclaimedSelection {
	s := c.UnclaimedChoice.selection()
	s.All = c.All
	return s
}

// UnclaimedUndoing takes an escheat or a remittance back.
type UnclaimedUndoing struct {
	Date   civil.Date `json:"date,omitempty" doc:"Of the voucher; today when it is not given."`
	Reason string     `json:"reason" minLength:"1" maxLength:"250"`
}

// UnclaimedUndone is what taking back posted.
type UnclaimedUndone struct {
	Code    string `json:"code" doc:"Of the property or remittance."`
	Voucher string `json:"voucher"`
}

// PropertyReclaiming notes that an owner had a property from the jurisdiction.
type PropertyReclaiming struct {
	Date civil.Date `json:"date,omitempty" doc:"When; today when it is not given."`
	Note string     `json:"note,omitempty" maxLength:"250" doc:"Such as the number of the claim."`
}

// PropertyRemitting says what is paid to a jurisdiction.
type PropertyRemitting struct {
	Jurisdiction string     `json:"jurisdiction,omitempty" maxLength:"10" doc:"Needed unless properties are named."`
	Bank         string     `json:"bank" minLength:"1" maxLength:"30" doc:"Code of the bank account that pays."`
	Date         civil.Date `json:"date,omitempty" doc:"Of the voucher; today when it is not given."`
	Reference    string     `json:"reference,omitempty" maxLength:"60" doc:"What the payment was made with."`
	Properties   []string   `json:"properties,omitempty" maxItems:"20000" doc:"Codes; all of the jurisdiction that are escheated and not remitted when none is given."`
}

func (r PropertyRemitting) request() app.UnclaimedRemitting {
	return app.UnclaimedRemitting{Jurisdiction: r.Jurisdiction, Bank: r.Bank, Date: r.Date, Reference: r.Reference, Properties: r.Properties}
}

// ReportMaking asks for a report to a jurisdiction.
type ReportMaking struct {
	Jurisdiction string `json:"jurisdiction" pattern:"^US-[A-Z]{2}$" doc:"A state of the United States."`
	Year         int    `json:"year" minimum:"1990" maximum:"2100"`
	Again        bool   `json:"again,omitempty" doc:"It was made already, and is made anew."`
}

// ContactLogging is a contact to log.
type ContactLogging struct {
	Owner    string     `json:"owner" minLength:"1" maxLength:"60" doc:"Code of a customer or vendor."`
	Document string     `json:"document,omitempty" maxLength:"60" doc:"The credit that it is about; all of the owner when it is not given."`
	Date     civil.Date `json:"date,omitempty" doc:"Today when it is not given."`
	How      string     `json:"how" enum:"response,request,letter,phone,email,visit,portal,other" doc:"response: an answer to a letter of ours; request: the money was asked for in writing, which starts the clocks of refunds."`
	Note     string     `json:"note,omitempty" maxLength:"500"`
	Reissue  string     `json:"reissue,omitempty" maxLength:"60" doc:"A payment that is to be made again: it becomes stale, and the next proposal takes its invoices. This needs the permission pay."`
}

// ContactWithdrawal takes a contact back.
type ContactWithdrawal struct {
	Reason string `json:"reason" minLength:"1" maxLength:"250"`
}

func unclaimedChanges(d *door) {
	add(d, operation{
		id: "make-unclaimed-letters", method: http.MethodPost, path: unclaimedLetters, tag: unclaimedTag, permission: identity.Prepare, status: http.StatusCreated,
		summary: "Write to the owners who are due for a letter", about: "One letter an owner, all in one PDF, which get-unclaimed-letters-file gives.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body UnclaimedChoice
	},
	) (*reply[*app.UnclaimedLetters], error) {
		return answer(d.app.MakeUnclaimedLetters(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.selection()))
	})
	add(d, operation{
		id: "preview-escheat", method: http.MethodPost, path: unclaimedPath + "/escheat/preview", tag: unclaimedTag, permission: identity.Pay, status: http.StatusOK,
		summary: "What escheating would do", about: "Nothing is kept. All that would be escheated is counted; the first 500 are named, and the vouchers of the first 20 shown.",
	}, func(ctx context.Context, in *struct {
		Company
		Body EscheatChoice
	},
	) (*reply[*app.UnclaimedEffect], error) {
		return answer(d.app.PreviewEscheat(ctx, d.call(ctx, in.Company.Company, ""), in.Body.selection(), in.Body.Exception))
	})
	add(d, operation{
		id: "escheat", method: http.MethodPost, path: unclaimedPath + "/escheat", tag: unclaimedTag, permission: identity.Pay, status: http.StatusOK,
		summary: "Escheat what nobody claimed", about: "It is owed to the jurisdiction then. Each by itself: what is refused keeps the others from nothing, and is told by document.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body EscheatChoice
	},
	) (*reply[*app.UnclaimedDone], error) {
		return answer(d.app.Escheat(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.selection(), in.Body.Exception))
	})
	propertyChanges(d)
}

func propertyChanges(d *door) {
	add(d, operation{
		id: "reclaim-unclaimed-property", method: http.MethodPost, path: propertyPath + "/reclaim", tag: unclaimedTag, permission: identity.Prepare, status: http.StatusOK, matched: true,
		summary: "Note that the owner had a remitted property from the jurisdiction",
	}, func(ctx context.Context, in *struct {
		PropertyOf
		Keyed
		Match
		Body PropertyReclaiming
	},
	) (*reply[*app.UnclaimedProperty], error) {
		var p *app.UnclaimedProperty
		err := d.matchingProperty(ctx, in.Match, in.PropertyOf, func() (err error) {
			p, err = d.app.ReclaimUnclaimed(ctx, d.call(ctx, in.Company.Company, in.Key), in.Property, in.Body.Date, in.Body.Note)
			return err
		})
		return answer(p, err)
	})
	add(d, operation{
		id: "reverse-escheat", method: http.MethodPost, path: propertyPath + "/reversal", tag: unclaimedTag, permission: identity.Pay, status: http.StatusOK, matched: true,
		summary: "Take an escheat back", about: "The credit is open again on its own accounts, or the payment is stale and waits to be paid again. What was remitted is taken back from there first.",
	}, func(ctx context.Context, in *struct {
		PropertyOf
		Keyed
		Match
		Body UnclaimedUndoing
	},
	) (*reply[UnclaimedUndone], error) {
		out := UnclaimedUndone{Code: in.Property}
		err := d.matchingProperty(ctx, in.Match, in.PropertyOf, func() (err error) {
			out.Voucher, err = d.app.ReverseUnclaimed(ctx, d.call(ctx, in.Company.Company, in.Key), in.Property, in.Body.Date, in.Body.Reason)
			return err
		})
		return answer(out, err)
	})
	add(d, operation{
		id: "preview-reverse-escheat", method: http.MethodPost, path: propertyPath + "/reversal/preview", tag: unclaimedTag, permission: identity.Pay, status: http.StatusOK,
		summary: "What taking an escheat back would post", about: "Nothing is kept.",
	}, func(ctx context.Context, in *struct {
		PropertyOf
		Body UnclaimedUndoing
	},
	) (*reply[*app.Effect], error) {
		return answer(d.app.PreviewReverseUnclaimed(ctx, d.call(ctx, in.Company.Company, ""), in.Property, in.Body.Date, in.Body.Reason))
	})
}

// matchingProperty makes a change of a property when it is as If-Match says.
func (d *door) matchingProperty(ctx context.Context, m Match, in PropertyOf, change func() error) error {
	return matching(d, m, in.Company.Company+" property "+in.Property, func() (any, error) { return d.property(ctx, in) }, change)
}

func unclaimedRemitting(d *door) {
	add(d, operation{
		id: "remit-unclaimed", method: http.MethodPost, path: uRemittancesPath, tag: unclaimedTag, permission: identity.Pay, status: http.StatusCreated,
		summary: "Pay escheated property to its jurisdiction", about: "The liability is debited, the bank credited. All or none.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body PropertyRemitting
	},
	) (*reply[*app.UnclaimedRemittance], error) {
		return answer(d.app.RemitUnclaimed(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.request()))
	})
	add(d, operation{
		id: "preview-remit-unclaimed", method: http.MethodPost, path: uRemittancesPath + "/preview", tag: unclaimedTag, permission: identity.Pay, status: http.StatusOK,
		summary: "What remitting would post", about: "Nothing is kept.",
	}, func(ctx context.Context, in *struct {
		Company
		Body PropertyRemitting
	},
	) (*reply[*app.RemittanceEffect], error) {
		return answer(d.app.PreviewRemitUnclaimed(ctx, d.call(ctx, in.Company.Company, ""), in.Body.request()))
	})
	add(d, operation{
		id: "reverse-unclaimed-remittance", method: http.MethodPost, path: uRemittancePath + "/reversal", tag: unclaimedTag, permission: identity.Pay, status: http.StatusOK, matched: true,
		summary: "Take a remittance back", about: "Its properties are owed to the jurisdiction again.",
	}, func(ctx context.Context, in *struct {
		PropertyRemittanceOf
		Keyed
		Match
		Body UnclaimedUndoing
	},
	) (*reply[UnclaimedUndone], error) {
		out := UnclaimedUndone{Code: in.Remittance}
		err := matching(d, in.Match, in.Company.Company+" remittance "+in.Remittance, func() (any, error) { return d.unclaimedRemittance(ctx, in.PropertyRemittanceOf) }, func() (err error) {
			out.Voucher, err = d.app.ReverseUnclaimed(ctx, d.call(ctx, in.Company.Company, in.Key), in.Remittance, in.Body.Date, in.Body.Reason)
			return err
		})
		return answer(out, err)
	})
	add(d, operation{
		id: "preview-reverse-unclaimed-remittance", method: http.MethodPost, path: uRemittancePath + "/reversal/preview", tag: unclaimedTag, permission: identity.Pay, status: http.StatusOK,
		summary: "What taking a remittance back would post", about: "Nothing is kept.",
	}, func(ctx context.Context, in *struct {
		PropertyRemittanceOf
		Body UnclaimedUndoing
	},
	) (*reply[*app.Effect], error) {
		return answer(d.app.PreviewReverseUnclaimed(ctx, d.call(ctx, in.Company.Company, ""), in.Remittance, in.Body.Date, in.Body.Reason))
	})
	add(d, operation{
		id: "make-unclaimed-report", method: http.MethodPost, path: unclaimedReports, tag: unclaimedTag, permission: identity.Pay, status: http.StatusCreated,
		summary: "Make the report of a state for a year", about: "In NAUPA II, of everything escheated that is reported in the year; get-unclaimed-report-file gives it. It is made once, unless again is set.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body ReportMaking
	},
	) (*reply[*app.UnclaimedReport], error) {
		return answer(d.app.MakeUnclaimedReport(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.Jurisdiction, in.Body.Year, in.Body.Again))
	})
}

func ownerContacts(d *door) {
	add(d, operation{
		id: "list-owner-contacts", method: http.MethodGet, path: ownerContactsPath, tag: unclaimedTag, permission: identity.Read,
		summary: "Contacts of owners", about: "The newest first; those that were withdrawn, too.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Owner string `query:"owner" maxLength:"60" doc:"Of this customer or vendor only."`
	},
	) (*page[app.OwnerContact], error) {
		part, err := d.app.OwnerContacts(ctx, d.call(ctx, in.Company.Company, ""), in.Owner, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "log-owner-contact", method: http.MethodPost, path: ownerContactsPath, tag: unclaimedTag, permission: identity.Prepare, status: http.StatusCreated,
		summary: "Log that an owner was in contact", about: "This restarts dormancy.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body ContactLogging
	},
	) (*reply[*app.OwnerContact], error) {
		b := in.Body
		return answer(d.app.LogContact(ctx, d.call(ctx, in.Company.Company, in.Key), app.ContactEntry{Owner: b.Owner, Document: b.Document, Date: b.Date, How: unclaimed.How(b.How), Note: b.Note, Reissue: b.Reissue}))
	})
	add(d, operation{
		id: "withdraw-owner-contact", method: http.MethodPost, path: ownerContactsPath + "/{n}/withdrawal", tag: unclaimedTag, permission: identity.Prepare, status: http.StatusNoContent,
		summary: "Take back a contact that was logged by mistake", about: "It stays in the log.",
	}, func(ctx context.Context, in *struct {
		Company
		N int64 `path:"n" minimum:"1" doc:"Id of the contact."`
		Keyed
		Body ContactWithdrawal
	},
	) (*done, error) {
		return nil, d.app.WithdrawContact(ctx, d.call(ctx, in.Company.Company, in.Key), in.N, in.Body.Reason)
	})
}
