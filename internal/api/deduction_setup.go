package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/identity"
)

const setupPath = "/companies/{company}/deduction-setup"

// SetupKey names a row of a list of the set-up of deductions.
type SetupKey struct {
	Code     string `query:"code" maxLength:"60" doc:"Code of a type, reason, plan, state of work or terms; a customer's code; of a limit or discount account, what it is of."`
	Customer string `query:"customer" maxLength:"60" doc:"Customer of a code, dispute rule or treatment; blank: for all."`
	List     string `query:"list" maxLength:"60" doc:"Standard list of a code."`
	Reason   string `query:"reason" maxLength:"60" doc:"Reason of a dispute rule; blank: for every one."`
	Scope    string `query:"scope" maxLength:"60" doc:"Scope of a limit or discount account."`
	From     string `query:"from" maxLength:"10" pattern:"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$" doc:"First day of a code or dispute rule."`
}

// TakenCodes says how many codes were taken over.
type TakenCodes struct {
	Changed int `json:"changed" doc:"Codes that are new or stand for another reason now."`
}

func deductionSetup(d *door) {
	add(d, operation{
		id: "get-deduction-setup", method: http.MethodGet, path: setupPath, tag: "Deductions", permission: identity.Read, tagged: true,
		summary: "Set-up of deductions", about: "Types, reasons, accrual plans with what is left of them, limits, dispute rules, customers, states of work, terms of payment, standard lists. Codes and accruals have lists of their own.",
	}, func(ctx context.Context, in *struct {
		Company
		NoneMatch
	},
	) (*single[app.DeductionSetup], error) {
		s, err := d.app.DeductionSetup(ctx, d.call(ctx, in.Company.Company, ""))
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *s)
	})
	saveRows[app.DeductionType](d, "type", "types", "A type says how deductions are treated and where they are held.")
	saveRows[app.DeductionReason](d, "reason", "reasons", "A reason says why deductions are taken.")
	saveRows[app.DeductionCode](d, "code", "codes", "How a customer calls a reason, for a span of dates that overlaps no other of the same code.")
	saveRows[app.AccrualPlan](d, "plan", "plans", "An accrual plan that deductions are charged to; accrued, used and unused are shown only.")
	saveRows[app.WriteOffLimit](d, "limit", "limits", "The most that may be written off on one deduction with all its children.")
	saveRows[app.DisputeRule](d, "rule", "rules", "How long and how often a deduction can be disputed, by customer and reason, dated.")
	saveRows[app.DeductionCustomer](d, "customer", "customers", "How a customer's deductions are treated.")
	saveRows[app.WorkSubstate](d, "substate", "substates", "A state of work of the company's own.")
	saveRows[app.PaymentTerms](d, "terms", "terms", "Terms of payment with their discount.")
	saveRows[app.CustomerTerms](d, "customer-terms", "customer_terms", "The terms of payment of a customer.")
	saveRows[app.DiscountAccount](d, "discount-account", "discount_accounts", "The main account of terms discounts of a posting profile of customers.")
	deductionCodes(d)
	accruals(d)
}

// saveRows registers the operations that make or change, and remove, a row of one list.
func saveRows[T any, P interface {
	*T
	app.DeductionSetupRow
}](d *door, one, kind, about string,
) {
	add(d, operation{
		id: "save-deduction-" + one, method: http.MethodPut, path: setupPath + "/" + kind, tag: "Deductions", permission: identity.SetUp, status: http.StatusNoContent,
		summary: "Make or change a row of " + kind, about: about + " The row that has the same key is replaced.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body T
	},
	) (*done, error) {
		return nil, d.app.SaveDeductionSetup(ctx, d.call(ctx, in.Company.Company, in.Key), P(&in.Body))
	})
	add(d, operation{
		id: "remove-deduction-" + one, method: http.MethodDelete, path: setupPath + "/" + kind, tag: "Deductions", permission: identity.SetUp, status: http.StatusNoContent,
		summary: "Remove a row of " + kind, about: "Named by what is part of its key. What is in use is refused.",
	}, func(ctx context.Context, in *struct {
		Company
		SetupKey
		Keyed
	},
	) (*done, error) {
		from, err := date("from", in.From)
		if err != nil {
			return nil, err
		}
		row, err := app.DeductionSetupKey{Kind: kind, Code: in.Code, Customer: in.Customer, List: in.List, Reason: in.Reason, Scope: in.Scope, From: from}.Row()
		if err != nil {
			return nil, err
		}
		return nil, d.app.RemoveDeductionSetup(ctx, d.call(ctx, in.Company.Company, in.Key), row)
	})
}

func deductionCodes(d *door) {
	add(d, operation{
		id: "list-deduction-codes", method: http.MethodGet, path: setupPath + "/codes", tag: "Deductions", permission: identity.Read,
		summary: "Reason codes", about: "Customers' own and those of standard lists, by customer, list, code and date.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Customer string `query:"customer" maxLength:"60" doc:"Of this customer."`
		List     string `query:"list" maxLength:"60" doc:"Of this standard list."`
		Reason   string `query:"reason" maxLength:"60" doc:"That stand for this reason."`
		Search   string `query:"search" maxLength:"60" doc:"That begin so."`
	},
	) (*page[app.DeductionCode], error) {
		part, err := d.app.DeductionCodes(ctx, d.call(ctx, in.Company.Company, ""), app.CodeFilter{Customer: in.Customer, List: in.List, Reason: in.Reason, Search: in.Search}, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "list-standard-codes", method: http.MethodGet, path: setupPath + "/lists/{list}", tag: "Deductions", permission: identity.Read,
		summary: "Codes of a standard list", about: "With the reason that each stands for today.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		List string `path:"list" maxLength:"60" doc:"x12_426 or edifact_4465."`
	},
	) (*page[app.StandardCode], error) {
		codes, err := d.app.StandardCodes(ctx, d.call(ctx, in.Company.Company, ""), in.List)
		if err != nil {
			return nil, err
		}
		return pageOf(ctx, cutInOrder(codes, func(c *app.StandardCode) string { return c.Code }, in.Paged), nil)
	})
	add(d, operation{
		id: "take-standard-codes", method: http.MethodPost, path: setupPath + "/lists", tag: "Deductions", permission: identity.SetUp, status: http.StatusOK,
		summary: "Take codes of a standard list over", about: "As codes for all customers, each standing for a reason from a date on; what it stood for before ends the day before.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body app.TakeListRequest
	},
	) (*reply[TakenCodes], error) {
		n, err := d.app.TakeStandardList(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body)
		return &reply[TakenCodes]{TakenCodes{n}}, err
	})
}

func accruals(d *door) {
	add(d, operation{
		id: "list-accruals", method: http.MethodGet, path: setupPath + "/accruals", tag: "Deductions", permission: identity.Read,
		summary: "Accruals", about: "What was accrued for accrual plans, plan by plan, the newest first.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Plan string `query:"plan" maxLength:"60" doc:"Of this plan."`
	},
	) (*page[app.Accrual], error) {
		part, err := d.app.Accruals(ctx, d.call(ctx, in.Company.Company, ""), in.Plan, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "accrue", method: http.MethodPost, path: setupPath + "/accruals", tag: "Deductions", permission: identity.PostVoucher, status: http.StatusOK,
		summary: "Accrue for a plan", about: "With an expense account a voucher is posted (debit the expense, credit the plan's account); without one the accrual is only noted, since it is in the books already.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body app.AccrualRequest
	},
	) (*reply[app.Accrual], error) {
		x, err := d.app.Accrue(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body)
		if err != nil {
			return nil, err
		}
		return &reply[app.Accrual]{*x}, nil
	})
}
