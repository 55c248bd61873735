package app

import (
	"cmp"
	"context"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/party"
)

// VoucherFilter narrows a list of vouchers.
type VoucherFilter struct {
	Number   string // what the number begins with
	Type     string // invoice, credit_note, …
	From, To civil.Date
	Account  string // ledger account as written, or main account: those with an entry on it
}

// VoucherRow is a row of a list of vouchers; the total is the sum of its debits in accounting currency.
type VoucherRow struct {
	Number   string     `json:"number"`
	Date     civil.Date `json:"date"`
	Type     string     `json:"type"`
	Party    string     `json:"party"`
	Text     string     `json:"text"`
	Total    string     `json:"total"`
	PostedBy string     `json:"posted_by"`
	PostedAt string     `json:"posted_at"`
}

// Vouchers gives vouchers, the newest first, or by number when a beginning of it is asked for.
func (a *App) Vouchers(ctx context.Context, call Call, f VoucherFilter, p Page) (Part[VoucherRow], error) {
	var after *ledger.Place
	list := "vouchers"
	if f.Number != "" {
		list += " by number"
	}
	limit, err := p.open(list, &after)
	if err := cmp.Or(err, plain("number", f.Number), plain("account", f.Account), inOrder(f.From, f.To)); err != nil {
		return Part[VoucherRow]{}, err
	}
	by := ledger.VoucherFilter{Number: f.Number, From: f.From, To: f.To}
	if f.Type != "" {
		var ok bool
		if by.Type, ok = ledger.ParseType(f.Type); !ok {
			return Part[VoucherRow]{}, fault.New(fault.Invalid, "%q is no type of voucher; expected one of %s", f.Type, strings.Join(ledger.TypeNames(), ", ")).In("type")
		}
	}
	part := Part[VoucherRow]{Items: []VoucherRow{}}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		if f.Account != "" {
			if by.Accounts, err = c.AccountsLike(f.Account); err != nil {
				return inField(err, "account")
			}
		}
		vouchers, at, err := ledger.ListVouchers(ctx, tx, by, after, limit)
		if err != nil {
			return err
		}
		if at != nil {
			part.Next = next(list, at)
		}
		part.Items, err = viewListed(ctx, tx, c, vouchers)
		return err
	})
	return part, err
}

func viewListed(ctx context.Context, tx *db.Tx, c *ledger.Company, vouchers []ledger.Listed) ([]VoucherRow, error) {
	parties := []int64{}
	for i := range vouchers {
		if id := cmp.Or(vouchers[i].Customer, vouchers[i].Vendor); id != 0 {
			parties = append(parties, id)
		}
	}
	codes, err := party.Codes(ctx, tx, parties)
	rows := make([]VoucherRow, 0, len(vouchers))
	for i := range vouchers {
		v := &vouchers[i]
		rows = append(rows, VoucherRow{
			Number: v.Number, Date: v.Date, Type: v.Type.String(), Party: codes[cmp.Or(v.Customer, v.Vendor)], Text: v.Text,
			Total: c.Currency.Format(v.Total), PostedBy: v.Actor, PostedAt: instant(v.At),
		})
	}
	return rows, err
}

// instant writes an instant in UTC microseconds; blank for 0.
func instant(micros int64) string {
	if micros == 0 {
		return ""
	}
	return time.UnixMicro(micros).UTC().Format(time.RFC3339)
}
