// Package verify proves that the books of a company are right: it calls each package's Check and gathers what they find.
//
// A *finding* names the first bad row of its kind. Notes say what protects the books and what could not be proved, so that
// nothing is passed over in silence. Source: ledger rules, "Proof"; reimbursement rules, 8.
package verify

import (
	"context"

	"quittance/internal/approval"
	"quittance/internal/bank"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/journal"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/payout"
	"quittance/internal/policy"
	"quittance/internal/reimbursement"
	"quittance/internal/request"
	"quittance/internal/secret"
	"quittance/internal/unclaimed"
)

// Report is the result for one company.
type Report struct {
	Company  string    `json:"company"`
	Vouchers int64     `json:"vouchers"`
	Entries  int64     `json:"entries"`
	Seals    int64     `json:"seals"`
	Unsealed int64     `json:"unsealed"`
	LastSeal string    `json:"last_seal"` // to be noted elsewhere, for a later verify --since
	Notes    []string  `json:"notes"`
	Findings []Finding `json:"findings"`
}

// Finding is one violation.
type Finding struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// Run proves the unit's company. since, when not blank, is a seal noted elsewhere.
func Run(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, since string) (*Report, error) {
	if err := bySets(ctx, tx); err != nil {
		return nil, err
	}
	p, err := ledger.Check(ctx, tx, c, keys, since)
	if err != nil {
		return nil, err
	}
	found := p.Findings
	for _, check := range []func(context.Context, *db.Tx) (fault.List, error){openitem.Check, payout.Check, bank.Check, unclaimed.Check, deduction.Check, journal.Check, reimbursement.Check, request.Check, policy.Check, approval.Check} {
		more, err := check(ctx, tx)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	r := &Report{Company: c.Code, Vouchers: p.Vouchers, Entries: p.Entries, Seals: p.Seals, Unsealed: p.Unsealed, Notes: p.Notes, Findings: []Finding{}}
	if r.LastSeal, err = ledger.LastSeal(ctx, tx); err != nil {
		return nil, err
	}
	for _, f := range found {
		r.Findings = append(r.Findings, Finding{f.Rule, f.Message})
	}
	return r, nil
}

// bySets keeps PostgreSQL from proving row by row: the checks join whole tables, and where it has no statistics yet (right after
// an import, say) it would guess that they are small and loop over them.
func bySets(ctx context.Context, tx *db.Tx) error {
	if !tx.Postgres() {
		return nil
	}
	_, err := tx.Exec(ctx, "set local enable_nestloop = off")
	return err
}

// Err gives the violations as one error of code Violation, or nil.
func (r *Report) Err() error {
	var l fault.List
	for _, f := range r.Findings {
		l = append(l, fault.New(fault.Violation, "%s: %s", f.Rule, f.Message).ByRule(f.Rule))
	}
	return l.Err()
}
