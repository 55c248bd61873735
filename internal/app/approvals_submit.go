package app

import (
	"context"
	"slices"
	"strings"

	"quittance/internal/approval"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
)

// SubmitForApproval submits a proposed run (RUN-…), a vendor payment (VPJ-…/1), or all payments of a journal (VPJ-…) that are not made yet:
// approval.submit. What is submitted already stays as it is. All are submitted, or none; payments by at most so many as a chunk at a time.
func (a *App) SubmitForApproval(ctx context.Context, call Call, name string) ([]Approval, error) {
	if strings.HasPrefix(name, "RUN-") {
		return a.SubmitRunForApproval(ctx, call, name)
	}
	return a.SubmitPaymentsForApproval(ctx, call, name)
}

// SubmitPaymentsForApproval is [App.SubmitForApproval] for a vendor payment or a journal of them.
func (a *App) SubmitPaymentsForApproval(ctx context.Context, call Call, name string) ([]Approval, error) {
	if err := plain("name", name); err != nil {
		return nil, err
	}
	choice := VendorPaymentChoice{Journal: name}
	if strings.Contains(name, "/") {
		choice = VendorPaymentChoice{Payments: []string{name}}
	}
	if err := choice.check(); err != nil {
		return nil, err
	}
	ch := vendorChange{command: command{permission: identity.Prepare}, statuses: []payout.Status{payout.Created, payout.Approved}}
	views := []Approval{}
	call.Key = "" // submitting twice submits once
	chosen, err := a.chooseVendorPayments(ctx, call, ch, choice)
	if err != nil {
		return nil, err
	}
	for ids := range slices.Chunk(idsOfChosen(chosen), changeChunk) {
		some, err := a.submitPayments(ctx, call, name, ids)
		if err != nil {
			return nil, err
		}
		views = append(views, some...)
	}
	return views, nil
}

// SubmitRunForApproval is [App.SubmitForApproval] for a run.
func (a *App) SubmitRunForApproval(ctx context.Context, call Call, code string) ([]Approval, error) {
	if err := plain("run", code); err != nil {
		return nil, err
	}
	call.Key = ""
	return do(ctx, a, call, command{name: "approval.submit", permission: identity.Reimburse}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, []Approval, error) {
		r, err := reimbursement.FindRun(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		if r.State != reimbursement.Proposed {
			return "", nil, nil, fault.New(fault.Refused, "run %s is %s; only a proposed run is submitted for approval", r.Code, r.State).ByRule("not_proposed")
		}
		s, err := runSubject(ctx, tx, c, &r)
		if err != nil {
			return "", nil, nil, err
		}
		x, err := approval.Submit(ctx, tx, *s)
		if err != nil {
			return "", nil, nil, err
		}
		return code, map[string]any{"approval": x.Code(), "state": x.State}, []Approval{viewApproval(c, x)}, nil
	})
}

func (a *App) submitPayments(ctx context.Context, call Call, name string, ids []int64) ([]Approval, error) {
	return do(ctx, a, call, command{name: "approval.submit", permission: identity.Prepare}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, []Approval, error) {
		payments, err := payout.ByID(ctx, tx, ids)
		if err != nil {
			return "", nil, nil, err
		}
		views, asked := []Approval{}, []*approval.Approval{}
		ruled, err := eachPayment(ctx, tx, c, payments, func(_ *payout.Payment, s approval.Subject) error {
			s.Submitter, s.Untold = call.Actor.Name, true
			had, err := approval.Of(ctx, tx, s.Kind, s.ID)
			if err != nil {
				return err
			}
			x, err := approval.Submit(ctx, tx, s)
			if err == nil {
				views = append(views, viewApproval(c, x))
			}
			if err == nil && (had == nil || had.ID != x.ID) {
				asked = append(asked, x)
			}
			return err
		})
		if err == nil {
			err = approval.TellMany(ctx, tx, name, asked)
		}
		if err == nil && !ruled {
			err = fault.New(fault.Refused, "nothing asks for approval of vendor payments; make an approval rule first, or approve them: quittance vendor-payments approve").ByRule("no_rule")
		}
		return name, map[string]any{"approvals": len(views)}, views, err
	})
}
