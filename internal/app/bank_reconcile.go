package app

import (
	"cmp"
	"context"
	"slices"

	"quittance/internal/bank"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/payout"
)

// BankReconciling is a line to reconcile by hand, with payments or vouchers.
type BankReconciling struct {
	Line       string   `json:"line"`
	Payments   []string `json:"payments"` // names
	Vouchers   []string `json:"vouchers"` // numbers
	Difference string   `json:"difference"`
}

// BankReconciled is what reconciling or undoing did.
type BankReconciled struct {
	Line           string `json:"line"`
	Reconciliation int64  `json:"reconciliation"` // number, of the bank account's
	Voucher        string `json:"voucher"`        // of the difference, or of its reversal; blank: none
}

// ReconcileBankLine reconciles a line by hand.
func (a *App) ReconcileBankLine(ctx context.Context, call Call, x BankReconciling) (*BankReconciled, error) {
	return do(ctx, a, call, command{name: "bank.reconcile", permission: identity.Pay, input: x}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *BankReconciled, error) {
		done, err := x.reconcile(ctx, tx, c)
		return x.Line, x, done, err
	})
}

// PreviewReconcileBankLine says what [App.ReconcileBankLine] would post.
func (a *App) PreviewReconcileBankLine(ctx context.Context, call Call, x BankReconciling) (*Effect, error) {
	return try(ctx, a, call, command{permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *Effect, error) {
		effect := &Effect{Settled: []Settled{}, Vouchers: []Voucher{}}
		_, err := x.reconcile(ctx, tx, c)
		if err == nil {
			effect.Vouchers, err = posted(ctx, tx, c)
		}
		return "", nil, effect, err
	})
}

func (x *BankReconciling) reconcile(ctx context.Context, tx *db.Tx, c *ledger.Company) (*BankReconciled, error) {
	for _, text := range append([]string{x.Line, x.Difference}, append(x.Payments, x.Vouchers...)...) {
		if err := plain("line", text); err != nil {
			return nil, err
		}
	}
	l, err := bank.FindLine(ctx, tx, x.Line)
	if err != nil {
		return nil, err
	}
	b, err := payout.FindBank(ctx, tx, l.BankCode)
	if err != nil {
		return nil, err
	}
	if len(x.Payments)+len(x.Vouchers) == 0 && x.Difference == "" {
		return nil, fault.New(fault.Invalid, "name the payments or vouchers that line %s is", x.Line).In("payments")
	}
	entries, err := bank.Choose(ctx, tx, &b, x.Payments, x.Vouchers)
	if err != nil {
		return nil, err
	}
	limit, err := differenceLimit(c)
	if err != nil {
		return nil, err
	}
	pairs := []bank.Pair{{Line: l, Entries: entries, Reasons: []string{"by hand"}}}
	n, voucher, err := bank.Reconcile(ctx, tx, c, &b, pairs, bank.Difference{Account: x.Difference, Limit: limit})
	if err != nil {
		return nil, err
	}
	if err := followPairs(ctx, tx, pairs, "line "+l.Name()+" of the bank statement"); err != nil {
		return nil, err
	}
	return &BankReconciled{Line: l.Name(), Reconciliation: n, Voucher: voucher}, nil
}

// UndoBankLine takes the reconciliation of a line back.
func (a *App) UndoBankLine(ctx context.Context, call Call, line string) (*BankReconciled, error) {
	return do(ctx, a, call, command{name: "bank.undo", permission: identity.Pay, input: line}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *BankReconciled, error) {
		if err := plain("line", line); err != nil {
			return "", nil, nil, err
		}
		l, err := bank.FindLine(ctx, tx, line)
		if err != nil {
			return "", nil, nil, err
		}
		n, voucher, err := undoBankLine(ctx, tx, c, l)
		done := &BankReconciled{Line: l.Name(), Reconciliation: n, Voucher: voucher}
		return l.Name(), done, done, err
	})
}

// UndoBankLines takes the reconciliations of lines back, all or none, those made last first.
func (a *App) UndoBankLines(ctx context.Context, call Call, names []string) ([]BankReconciled, error) {
	return do(ctx, a, call, command{name: "bank.undo", permission: identity.Pay, input: names}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, []BankReconciled, error) {
		if len(names) == 0 || len(names) > mostUndone {
			return "", nil, nil, fault.New(fault.Invalid, "%d lines cannot be undone together; name 1 to %d", len(names), mostUndone).In("lines")
		}
		lines := make([]*bank.Line, len(names))
		for i, name := range names {
			if err := plain("line", name); err != nil {
				return "", nil, nil, err
			}
			var err error
			if lines[i], err = bank.FindLine(ctx, tx, name); err != nil {
				return "", nil, nil, err
			}
		}
		slices.SortStableFunc(lines, func(a, b *bank.Line) int { return cmp.Compare(b.Reconciliation, a.Reconciliation) })
		done := make([]BankReconciled, 0, len(lines))
		for _, l := range lines {
			n, voucher, err := undoBankLine(ctx, tx, c, l)
			if err != nil {
				return "", nil, nil, err
			}
			done = append(done, BankReconciled{Line: l.Name(), Reconciliation: n, Voucher: voucher})
		}
		return done[0].Line, done, done, nil
	})
}

const mostUndone = 500 // lines
