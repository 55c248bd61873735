package payout

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/pospay"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/secret"
)

// PositivePay makes the file that tells the bank of a bank account which checks were issued, and which are void, up to a day: those that
// no file told of yet. Nothing to tell is [fault.Refused]. Source: payments rules, "Positive pay".
func PositivePay(ctx context.Context, tx *db.Tx, keys *secret.Keyring, company string, b *BankAccount, upTo civil.Date) (*File, error) {
	layout := b.Settings.PositivePay
	if layout == nil {
		return nil, fault.New(fault.Refused, "bank account %s has no layout for positive pay; set it: quittance banks set %s", b.Code, b.Code).ByRule("bank_settings")
	}
	cur, err := money.CurrencyOf(b.Currency)
	if err != nil {
		return nil, err
	}
	own, err := party.BanksOf(ctx, tx, []int64{b.ID})
	if err != nil {
		return nil, err
	}
	s, has := own[b.ID]
	if !has {
		return nil, fault.New(fault.Refused, "bank account %s has no account number; set it: quittance banks set %s", b.Code, b.Code).ByRule("bank_settings")
	}
	details, err := s.Open(tx.Company, keys)
	if err != nil {
		return nil, err
	}
	f := &File{Bank: b.ID, Kind: "positive_pay"}
	if err := f.begin(ctx, tx, ".txt"); err != nil {
		return nil, err
	}
	items, err := untold(ctx, tx, b.ID, upTo, tx.Today())
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fault.New(fault.Refused, "the bank was told of all checks of bank account %s up to %s already", b.Code, upTo).ByRule("nothing_to_do")
	}
	issued, void := 0, 0
	for _, x := range items {
		if x.Void {
			void++
			continue
		}
		issued++
		f.Total += x.Amount
	}
	f.Payments, f.Totals = len(items), map[string]any{"issued": issued, "void": void, "up_to": upTo.String()}
	number := int64(0)
	if err := tx.Row(ctx, "select count(*) + 1 from payment_file where company = $1 and bank = $2 and kind = 'positive_pay'", tx.Company, b.ID).Scan(&number); err != nil {
		return nil, err
	}
	content, err := layout.Write(pospay.File{Company: company, Routing: details.RoutingNumber, Account: details.AccountNumber, Currency: cur, Date: tx.Today(), Number: number, Items: items})
	if err != nil {
		return nil, err
	}
	if err := f.save(ctx, tx, keys, content); err != nil {
		return nil, err
	}
	return f, told(ctx, tx, b.ID, f.ID, upTo)
}

// untold gives what the bank was not told of: checks that were issued up to a day, and all that became void since it was told. A check
// that was void before the bank heard of it is told of as void alone.
func untold(ctx context.Context, tx *db.Tx, bank int64, upTo, today civil.Date) ([]pospay.Item, error) {
	return db.List(ctx, tx, func(r *db.Rows, x *pospay.Item) error {
		var state string
		err := r.Scan(&x.Number, &x.Date, &x.Amount, &x.Payee, &state)
		if x.Void = state == "void"; x.Void {
			x.Voided = today
		}
		return err
	}, "select number, date, amount, payee, state from check_number where company = $1 and bank = $2 and date <= $3 and ((state = 'issued' and told is null) or (state = 'void' and untold is null)) order by number",
		tx.Company, bank, upTo)
}

// told notes that the bank was told.
func told(ctx context.Context, tx *db.Tx, bank, file int64, upTo civil.Date) error {
	for _, set := range []string{"told = $1 where state = 'issued' and told is null", "untold = $1 where state = 'void' and untold is null"} {
		if _, err := tx.Exec(ctx, "update check_number set "+set+" and company = $2 and bank = $3 and date <= $4", file, tx.Company, bank, upTo); err != nil {
			return err
		}
	}
	return nil
}
