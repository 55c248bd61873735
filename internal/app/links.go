package app

import (
	"context"
	"strings"

	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/identity"
	"quittance/internal/journal"
	"quittance/internal/ledger"
)

// VoucherLink is what a voucher belongs to besides the ledger.
type VoucherLink struct {
	Kind string `json:"kind"` // deduction, payment_journal
	Code string `json:"code"`
	Line int    `json:"line"` // of the journal
}

// VoucherLinks gives what a voucher belongs to: the payment journal that posted it, and the deductions that it captured, resolved or
// reversed, or that were taken from it.
func (a *App) VoucherLinks(ctx context.Context, call Call, number string) ([]VoucherLink, error) {
	links := []VoucherLink{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		v, err := ledger.Find(ctx, tx, c, number)
		if err != nil {
			return err
		}
		lines, err := journal.OfVoucher(ctx, tx, v.ID)
		if err != nil {
			return err
		}
		for _, l := range lines {
			links = append(links, VoucherLink{"payment_journal", l.Journal, l.Line})
		}
		numbers, err := deduction.OfVoucher(ctx, tx, v.ID)
		for _, n := range numbers {
			links = append(links, VoucherLink{"deduction", n, 0})
		}
		return err
	})
	return links, err
}

// findDeductions looks among deductions and payment journals, by number.
func findDeductions(ctx context.Context, tx *db.Tx, _ *ledger.Company, text string, limit int) ([]Hit, error) {
	var journals, deductions []Hit
	for _, number := range asWritten(text) {
		found, err := deduction.Like(ctx, tx, number, limit-len(deductions))
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			deductions = append(deductions, Hit{"deduction", d.Number, strings.TrimSpace(string(d.Financial()) + " " + d.Reason + " " + d.ClaimNumber)})
		}
		some, err := journal.Like(ctx, tx, number, limit-len(journals))
		if err != nil {
			return nil, err
		}
		for i := range some {
			journals = append(journals, Hit{"payment_journal", some[i].Code, strings.TrimSpace(some[i].State + " " + some[i].Text)})
		}
	}
	return append(deductions, journals...), nil
}
