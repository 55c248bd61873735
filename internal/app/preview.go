package app

import (
	"context"
	"errors"

	"quittance/internal/approval"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
)

// Effect is what a command would do: the settlements that it would make, what would be open again, and the vouchers that it would
// post, with the numbers that they would get if nobody else posted before.
type Effect struct {
	Settled  []Settled `json:"settled"`
	Reopened string    `json:"reopened"` // amount and currency; blank: nothing
	Vouchers []Voucher `json:"vouchers"`
}

// errPreview ends the unit of a preview, so that nothing of it is kept.
var errPreview = errors.New("app: a preview keeps nothing")

// try does what a command does, gives its result, and takes it all back: one way for both, so that what is shown is what will happen.
// It needs the permission of the command.
func try[R any](ctx context.Context, a *App, call Call, cmd command, fn work[R]) (R, error) {
	var result, none R
	if err := cmd.allow(call.Actor); err != nil {
		return none, err
	}
	leave, err := a.admitted(ctx)
	if err != nil {
		return none, err
	}
	defer leave()
	err = a.db.Unit(ctx, a.scope(call), func(ctx context.Context, tx *db.Tx) error {
		c, err := a.enter(ctx, tx, call, cmd)
		if err == nil {
			_, _, result, err = fn(approval.Trying(ctx), tx, c)
		}
		if err == nil {
			err = errPreview
		}
		return err
	})
	if errors.Is(err, errPreview) {
		return result, nil
	}
	return none, plainer(err)
}

// preview tries a command that posts, and looks at the effect.
func preview(ctx context.Context, a *App, call Call, fn func(context.Context, *db.Tx, *ledger.Company, *Effect) error) (*Effect, error) {
	cmd := command{permission: identity.PostVoucher}
	return try(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *Effect, error) {
		effect := &Effect{Settled: []Settled{}, Vouchers: []Voucher{}}
		err := fn(ctx, tx, c, effect)
		if err == nil {
			effect.Vouchers, err = posted(ctx, tx, c)
		}
		return "", nil, effect, err
	})
}

// posted gives the vouchers that the unit posted. Ids grow, so that they stand behind the command's.
func posted(ctx context.Context, tx *db.Tx, c *ledger.Company) ([]Voucher, error) {
	numbers, err := db.List(ctx, tx, func(r *db.Rows, number *string) error { return r.Scan(number) },
		"select number from voucher where company = $1 and id > $2 and command = $2 order by id", c.ID, tx.Command)
	views := []Voucher{}
	for _, number := range numbers {
		v, err := findVoucher(ctx, tx, c, number)
		if err != nil {
			return nil, err
		}
		v.PostedBy, v.PostedAt = "", "" // nobody, never
		views = append(views, *v)
	}
	return views, err
}

// PreviewSettle says what [App.Settle] would do.
func (a *App) PreviewSettle(ctx context.Context, call Call, req SettleRequest) (*Effect, error) {
	return preview(ctx, a, call, func(ctx context.Context, tx *db.Tx, c *ledger.Company, e *Effect) error {
		_, _, s, err := req.settle(ctx, tx, c)
		e.Settled = append(e.Settled, s)
		return err
	})
}

// PreviewAutoSettle says what [App.AutoSettle] would do.
func (a *App) PreviewAutoSettle(ctx context.Context, call Call, side openitem.Side, code string, date civil.Date) (*Effect, error) {
	return preview(ctx, a, call, func(ctx context.Context, tx *db.Tx, c *ledger.Company, e *Effect) (err error) {
		_, _, e.Settled, err = autoSettle(side, code, date)(ctx, tx, c)
		return err
	})
}

// PreviewUnsettle says what [App.Unsettle] would do.
func (a *App) PreviewUnsettle(ctx context.Context, call Call, req SettleRequest) (*Effect, error) {
	return preview(ctx, a, call, func(ctx context.Context, tx *db.Tx, c *ledger.Company, e *Effect) (err error) {
		_, _, e.Reopened, err = req.unsettle(ctx, tx, c)
		return err
	})
}

// PreviewReverseVoucher says what [App.ReverseVoucher] would do.
func (a *App) PreviewReverseVoucher(ctx context.Context, call Call, number string, date civil.Date, reason string) (*Effect, error) {
	return preview(ctx, a, call, func(ctx context.Context, tx *db.Tx, c *ledger.Company, _ *Effect) error {
		_, _, _, err := reversal(number, date, reason)(ctx, tx, c)
		return err
	})
}

// PreviewDocument says what [App.PostDocument] would do.
func (a *App) PreviewDocument(ctx context.Context, call Call, req DocumentRequest) (*Effect, error) {
	return a.previewOne(ctx, call, req.voucher)
}

// PreviewJournal says what [App.PostJournal] would do.
func (a *App) PreviewJournal(ctx context.Context, call Call, req JournalRequest) (*Effect, error) {
	return a.previewOne(ctx, call, req.voucher)
}

func (a *App) previewOne(ctx context.Context, call Call, make func(context.Context, *db.Tx, *ledger.Company) (*ledger.Voucher, error)) (*Effect, error) {
	return preview(ctx, a, call, func(ctx context.Context, tx *db.Tx, c *ledger.Company, _ *Effect) error {
		v, err := make(ctx, tx, c)
		if err != nil {
			return err
		}
		return openitem.Post(ctx, tx, c, v)
	})
}
