package app

import (
	"context"
	"io"

	"quittance/internal/db"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// ReadVouchers reads vouchers as the company folder writes them, for who may post them with [App.PostVouchers]; name is what places
// call the file.
func (a *App) ReadVouchers(ctx context.Context, call Call, name string, file io.Reader) ([]folder.Voucher, error) {
	var currency money.Currency
	err := query(ctx, a, call, identity.PostVoucher, func(_ context.Context, _ *db.Tx, c *ledger.Company) error {
		currency = c.Currency
		return nil
	})
	if err != nil {
		return nil, err
	}
	return folder.ParseVouchers(file, name, currency)
}
