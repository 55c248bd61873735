package app

import (
	"context"

	"quittance/internal/fault"
)

// Hit is something that was looked for.
type Hit struct {
	Kind string `json:"kind"` // customer, vendor, voucher, reimbursement, run, account
	Code string `json:"code"`
	Name string `json:"name"`
}

// Search gives what has a code, a number or a name that begins with the text, at most limit of each kind.
func (a *App) Search(ctx context.Context, call Call, text string, limit int) ([]Hit, error) {
	return nil, unbuilt()
}

func unbuilt() error { return fault.New(fault.Internal, "not built yet") }
