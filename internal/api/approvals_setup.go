package api

import (
	"context"
	"fmt"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
)

const (
	approvalRulesPath = "/companies/{company}/approval-rules"
	delegationsPath   = "/companies/{company}/approval-delegations"
	limitsPath        = "/companies/{company}/approval-limits"
	peoplePath        = "/companies/{company}/approval-people"
)

// ApprovalRuleOf names an approval rule of a company.
type ApprovalRuleOf struct {
	Company
	Rule string `path:"rule" maxLength:"40" doc:"Name of the approval rule." example:"LARGE"`
}

// ApprovalRuleVersions are the versions of an approval rule.
type ApprovalRuleVersions struct {
	Items []app.ApprovalRule `json:"items" doc:"The newest first."`
}

// ApprovalRuleStepBody is one step of a rule.
type ApprovalRuleStepBody struct {
	Approvers     []string `json:"approvers" minItems:"1" maxItems:"20" doc:"user:NAME or role:NAME." example:"role:controller"`
	Need          int      `json:"need,omitempty" minimum:"0" maximum:"20" doc:"Persons of them that must approve; one when it is not given."`
	RemindAfter   int      `json:"remind_after,omitempty" minimum:"0" maximum:"8760" doc:"Hours; 0: never."`
	EscalateAfter int      `json:"escalate_after,omitempty" minimum:"0" maximum:"8760" doc:"Hours; 0: never."`
	EscalateTo    []string `json:"escalate_to,omitempty" maxItems:"20" doc:"Who may decide too from then on."`
}

// ApprovalRuleBody is a version of an approval rule.
type ApprovalRuleBody struct {
	Kind         string                 `json:"kind" enum:"request,run,payment,write_off,resolution,payee_change,reversal"`
	Organisation string                 `json:"organisation,omitempty" maxLength:"60" doc:"Of this one only."`
	Type         string                 `json:"type,omitempty" maxLength:"60" doc:"Of this type within the kind only."`
	From         string                 `json:"from,omitempty" maxLength:"30" doc:"Smallest amount, accounting currency."`
	Below        string                 `json:"below,omitempty" maxLength:"30" doc:"Amounts below this; without end when it is not given."`
	ValidFrom    civil.Date             `json:"valid_from,omitempty" doc:"Today or later; today when it is not given."`
	Ended        bool                   `json:"ended,omitempty" doc:"From that day on there is no such rule."`
	ByName       bool                   `json:"by_name,omitempty" doc:"Only where a policy routes to it."`
	Steps        []ApprovalRuleStepBody `json:"steps,omitempty" maxItems:"10"`
	Why          string                 `json:"why" minLength:"1" maxLength:"500"`
}

func (b *ApprovalRuleBody) rule(name string) app.ApprovalRule {
	x := app.ApprovalRule{Rule: name, Kind: b.Kind, Organisation: b.Organisation, Type: b.Type, From: b.From, Below: b.Below, ValidFrom: b.ValidFrom, Ended: b.Ended, ByName: b.ByName, Why: b.Why}
	for _, s := range b.Steps {
		x.Steps = append(x.Steps, app.ApprovalRuleStep(s))
	}
	return x
}

func approvalRules(d *door) {
	add(d, operation{id: "list-approval-rules", method: http.MethodGet, path: approvalRulesPath, tag: approvalTag, permission: identity.Read, summary: "Approval rules", about: "Those in force, by name; or all versions."},
		func(ctx context.Context, in *struct {
			Company
			All bool `query:"all" doc:"All versions, the newest of each rule first."`
			Paged
		},
		) (*page[app.ApprovalRule], error) {
			all, err := d.app.ApprovalRules(ctx, d.call(ctx, in.Company.Company, ""), in.All)
			return pageOf(ctx, cutInOrder(all, func(r *app.ApprovalRule) string { return fmt.Sprintf("%s/%d", r.Rule, r.Version) }, in.Paged), err)
		})
	add(d, operation{id: "get-approval-rule", method: http.MethodGet, path: approvalRulesPath + "/{rule}", tag: approvalTag, permission: identity.Read, tagged: true, summary: "The versions of an approval rule"},
		func(ctx context.Context, in *struct {
			ApprovalRuleOf
			NoneMatch
		},
		) (*single[ApprovalRuleVersions], error) {
			all, err := d.ruleVersions(ctx, in.ApprovalRuleOf)
			if err == nil && len(all.Items) == 0 {
				err = fault.New(fault.NotFound, "there is no approval rule %q", in.Rule)
			}
			if err != nil {
				return nil, err
			}
			return show(in.NoneMatch, *all)
		})
	add(d, operation{
		id: "save-approval-rule", method: http.MethodPut, path: approvalRulesPath + "/{rule}", tag: approvalTag, permission: identity.SetUp, matched: true,
		summary: "Save a version of an approval rule", about: "A rule is never changed: each save adds a version that holds from a day on; what was submitted goes on by the version of then.",
	}, func(ctx context.Context, in *struct {
		ApprovalRuleOf
		Keyed
		Match
		Body ApprovalRuleBody
	},
	) (out *reply[*app.ApprovalRule], err error) {
		err = matching(d, in.Match, in.Company.Company+" approval rule "+in.Rule, func() (any, error) { return d.ruleVersions(ctx, in.ApprovalRuleOf) }, func() (err error) {
			out, err = answer(d.app.SaveApprovalRule(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.rule(in.Rule)))
			return err
		})
		return out, err
	})
}

func (d *door) ruleVersions(ctx context.Context, in ApprovalRuleOf) (*ApprovalRuleVersions, error) {
	all, err := d.app.ApprovalRules(ctx, d.call(ctx, in.Company.Company, ""), true)
	v := &ApprovalRuleVersions{}
	for _, r := range all {
		if r.Rule == in.Rule {
			v.Items = append(v.Items, r)
		}
	}
	return v, err
}

// NewDelegation lets a user stand in for another one for some days.
type NewDelegation struct {
	From  string     `json:"from,omitempty" maxLength:"60" doc:"User; the caller when it is not given. For others an administrator."`
	To    string     `json:"to" minLength:"1" maxLength:"60" doc:"User who stands in."`
	First civil.Date `json:"first_day,omitempty" doc:"Today when it is not given."`
	Last  civil.Date `json:"last_day"`
	Kind  string     `json:"kind,omitempty" enum:"request,run,payment,write_off,resolution,payee_change,reversal" doc:"Of this kind only."`
	Why   string     `json:"why,omitempty" maxLength:"500"`
}

func delegations(d *door) {
	add(d, operation{id: "list-approval-delegations", method: http.MethodGet, path: delegationsPath, tag: approvalTag, permission: identity.Read, summary: "Who stands in for whom", about: "Today or later, the last first."},
		func(ctx context.Context, in *struct {
			Company
			Paged
		},
		) (*page[app.Delegation], error) {
			all, err := d.app.Delegations(ctx, d.call(ctx, in.Company.Company, ""))
			return pageOf(ctx, cutInOrder(all, func(x *app.Delegation) string { return x.ID }, in.Paged), err)
		})
	add(d, operation{
		id: "delegate-approvals", method: http.MethodPost, path: delegationsPath, tag: approvalTag, permission: identity.Approve, status: http.StatusCreated,
		summary: "Let somebody stand in", about: "Approvers for themselves; an administrator for others, but not to oneself.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body NewDelegation
	},
	) (*reply[*app.Delegation], error) {
		b := in.Body
		return answer(d.app.Delegate(ctx, d.call(ctx, in.Company.Company, in.Key), app.Delegation{From: b.From, To: b.To, First: b.First, Last: b.Last, Kind: b.Kind, Why: b.Why}))
	})
	add(d, operation{
		id: "end-approval-delegation", method: http.MethodDelete, path: delegationsPath + "/{delegation}", tag: approvalTag, permission: identity.Read, status: http.StatusNoContent,
		summary: "End a delegation before its time", about: "Who delegated, or an administrator.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Delegation string `path:"delegation" maxLength:"20" doc:"Id of the delegation."`
	},
	) (*done, error) {
		return nil, d.app.EndDelegation(ctx, d.call(ctx, in.Company.Company, in.Key), in.Delegation)
	})
}

// ApprovalLimitOf names a limit of approvers.
type ApprovalLimitOf struct {
	Who  string `query:"who" required:"true" maxLength:"60" doc:"user:NAME or role:NAME."`
	Kind string `query:"kind" enum:"request,run,payment,write_off,resolution,payee_change,reversal" doc:"Of subjects; all when it is not given."`
}

// ApprovalLimitBody is how much one person may approve; what is not given is not limited.
type ApprovalLimitBody struct {
	Who        string `json:"who" minLength:"1" maxLength:"60" doc:"user:NAME or role:NAME."`
	Kind       string `json:"kind,omitempty" enum:"request,run,payment,write_off,resolution,payee_change,reversal" doc:"Of subjects; all when it is not given."`
	Single     string `json:"single,omitempty" maxLength:"30" doc:"Of one subject, accounting currency."`
	Days       int    `json:"days,omitempty" minimum:"0" maximum:"3660" doc:"For the totals; 30 when it is not given."`
	Total      string `json:"total,omitempty" maxLength:"30" doc:"Of all that the person approves within so many days."`
	PayeeTotal string `json:"payee_total,omitempty" maxLength:"30" doc:"The same, to one payee."`
}

func approvalLimits(d *door) {
	add(d, operation{id: "list-approval-limits", method: http.MethodGet, path: limitsPath, tag: approvalTag, permission: identity.Read, summary: "How much one person may approve"},
		func(ctx context.Context, in *struct {
			Company
			Paged
		},
		) (*page[app.ApprovalLimit], error) {
			all, err := d.app.ApprovalLimits(ctx, d.call(ctx, in.Company.Company, ""))
			return pageOf(ctx, cutInOrder(all, func(x *app.ApprovalLimit) string { return x.Who + " " + x.Kind }, in.Paged), err)
		})
	add(d, operation{
		id: "save-approval-limit", method: http.MethodPut, path: limitsPath, tag: approvalTag, permission: identity.SetUp, status: http.StatusNoContent,
		summary: "Make or change a limit", about: "Of one approver and kind. A user's own limit stands before that of roles, of which the largest counts. Nobody sets one's own.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body ApprovalLimitBody
	},
	) (*done, error) {
		return nil, d.app.SaveApprovalLimit(ctx, d.call(ctx, in.Company.Company, in.Key), app.ApprovalLimit(in.Body), false)
	})
	add(d, operation{id: "remove-approval-limit", method: http.MethodDelete, path: limitsPath, tag: approvalTag, permission: identity.SetUp, status: http.StatusNoContent, summary: "Take a limit away"},
		func(ctx context.Context, in *struct {
			Company
			Keyed
			ApprovalLimitOf
		},
		) (*done, error) {
			return nil, d.app.SaveApprovalLimit(ctx, d.call(ctx, in.Company.Company, in.Key), app.ApprovalLimit{Who: in.Who, Kind: in.Kind}, true)
		})
}

func approvalPeople(d *door) {
	type person struct {
		Company
		Keyed
		User  string `path:"user" maxLength:"60" doc:"Name of the user."`
		Party string `path:"party" maxLength:"60" doc:"Code of the customer or vendor."`
	}
	add(d, operation{id: "list-approval-people", method: http.MethodGet, path: peoplePath, tag: approvalTag, permission: identity.Read, summary: "Users who are also customers or vendors"},
		func(ctx context.Context, in *struct {
			Company
			Paged
		},
		) (*page[app.ApprovalPerson], error) {
			all, err := d.app.People(ctx, d.call(ctx, in.Company.Company, ""))
			return pageOf(ctx, cutInOrder(all, func(x *app.ApprovalPerson) string { return x.User + " " + x.Party }, in.Paged), err)
		})
	for _, o := range []struct {
		id, method, summary, about string
		remove                     bool
	}{
		{"link-approval-person", http.MethodPut, "Say that a user is also a customer or vendor", "The user approves no payment to it.", false},
		{"unlink-approval-person", http.MethodDelete, "Take that back", "Nobody takes one's own away.", true},
	} {
		add(d, operation{id: o.id, method: o.method, path: peoplePath + "/{user}/{party}", tag: approvalTag, permission: identity.Administer, status: http.StatusNoContent, summary: o.summary, about: o.about},
			func(ctx context.Context, in *person) (*done, error) {
				return nil, d.app.LinkPerson(ctx, d.call(ctx, in.Company.Company, in.Key), app.ApprovalPerson{User: in.User, Party: in.Party}, o.remove)
			})
	}
}
