package ledger

import (
	"context"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// Post writes vouchers, all or none: it draws the numbers that are blank from the series of their types, stores new
// ledger accounts, and fills in IDs and numbers. Each must pass [Company.CheckVoucher] and stand in a period that is
// open for its type's module (anyPeriod skips that, for the opening of a new company only). The unit's command is what
// posted them. Only package openitem calls it, since entries on control accounts need their open items.
func Post(ctx context.Context, tx *db.Tx, c *Company, vouchers []*Voucher, anyPeriod bool) error {
	if tx.Command == 0 {
		return fault.New(fault.Internal, "vouchers can be posted by a command only")
	}
	var errs fault.List
	for _, v := range vouchers {
		if !anyPeriod {
			errs.Add(c.CheckPeriod(v.Date, v.Type.Module(), tx.Roles))
		}
		errs.Add(c.CheckVoucher(v))
	}
	if err := errs.Err(); err != nil {
		return err
	}
	if err := c.storeAccounts(ctx, tx, vouchers); err != nil {
		return err
	}
	if err := drawNumbers(ctx, tx, vouchers); err != nil {
		return err
	}
	if err := giveIDs(ctx, tx, vouchers); err != nil {
		return err
	}
	return c.write(ctx, tx, vouchers)
}

// giveIDs gives an id to the vouchers that have none; an import has given them already, since its vouchers refer to each other.
func giveIDs(ctx context.Context, tx *db.Tx, vouchers []*Voucher) error {
	var without []*Voucher
	for _, v := range vouchers {
		if v.ID == 0 {
			without = append(without, v)
		}
	}
	ids, err := tx.NewIDs(ctx, len(without))
	for i := range ids {
		without[i].ID = ids[i]
	}
	return err
}

func (c *Company) storeAccounts(ctx context.Context, tx *db.Tx, vouchers []*Voucher) error {
	var accounts []*Account
	for _, v := range vouchers {
		for i := range v.Entries {
			if v.Entries[i].Account.ID == 0 {
				accounts = append(accounts, &v.Entries[i].Account)
			}
		}
	}
	return c.Store(ctx, tx, accounts)
}

// drawNumbers gives numbers to the vouchers that have none, in their order, one block a series.
func drawNumbers(ctx context.Context, tx *db.Tx, vouchers []*Voucher) error {
	blank := map[string][]*Voucher{}
	for _, v := range vouchers {
		if v.Number == "" {
			blank[v.Type.String()] = append(blank[v.Type.String()], v)
		}
	}
	series := make([]string, 0, len(blank))
	for s := range blank {
		series = append(series, s)
	}
	slices.Sort(series)
	for _, s := range series {
		if err := ensureSeries(ctx, tx, s); err != nil {
			return err
		}
		n, err := Draw(ctx, tx, s, int64(len(blank[s])))
		if err != nil {
			return err
		}
		for i, v := range blank[s] {
			v.Number = n.Number(n.First + int64(i))
		}
	}
	return nil
}

func (c *Company) write(ctx context.Context, tx *db.Tx, vouchers []*Voucher) error {
	entries := tx.Batch("entry", "company", "voucher", "account", "party", "amount", "accounting", "classification", "line", "due_date", "currency", "text")
	heads := tx.Batch("voucher", "company", "id", "command", "customer", "vendor", "reverses", "source", "date", "type", "number", "text", "digest")
	d := newDigester(c, tx.Scope)
	for _, v := range vouchers {
		for i, e := range v.Entries {
			entries.Add(c.ID, v.ID, e.Account.ID, db.Null(e.Party), e.Amount, e.Accounting, db.Null(e.Classification), i+1, e.Due, e.Currency, orNil(e.Text))
		}
		heads.Add(c.ID, v.ID, tx.Command, db.Null(v.Customer), db.Null(v.Vendor), db.Null(v.Reverses), db.Null(v.Source), v.Date, int16(v.Type), v.Number, v.Text, d.digest(v))
	}
	if err := entries.Flush(ctx); err != nil {
		return err
	}
	if err := heads.Flush(ctx); err != nil {
		if db.IsDuplicate(err) {
			return duplicate(vouchers, err)
		}
		return err
	}
	if err := addBalances(ctx, tx, vouchers); err != nil {
		return err
	}
	return queueForSeal(ctx, tx, vouchers)
}

func duplicate(vouchers []*Voucher, err error) error {
	if len(vouchers) == 1 {
		v := vouchers[0]
		if v.Reverses != 0 {
			return fault.New(fault.Conflict, "the voucher is already reversed, or its number %q is taken; look at it again", v.Number).ByRule("duplicate_voucher").Because(err)
		}
		return fault.New(fault.Conflict, "the voucher number %q is taken; choose another", v.Number).ByRule("duplicate_voucher").Because(err)
	}
	return fault.New(fault.Conflict, "a voucher number among these is taken, or one of them was reversed by somebody else just now").ByRule("duplicate_voucher").Because(err)
}

// queueForSeal notes the posted ids, one row a range, until the sealer takes them.
func queueForSeal(ctx context.Context, tx *db.Tx, vouchers []*Voucher) error {
	b := tx.Batch("unsealed", "company", "first", "last")
	for i := 0; i < len(vouchers); {
		j := i
		for j+1 < len(vouchers) && vouchers[j+1].ID == vouchers[j].ID+1 {
			j++
		}
		b.Add(tx.Company, vouchers[i].ID, vouchers[j].ID)
		i = j + 1
	}
	return b.Flush(ctx)
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
