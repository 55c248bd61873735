package app

import (
	"context"

	"quittance/internal/fault"
	"quittance/internal/report"
)

// DeductionFigures gives the figures of the deduction desk, each with its definition. They are added up anew with each call.
func (a *App) DeductionFigures(ctx context.Context, call Call, f report.Filter) (*report.Deductions, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}
