package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/payout"
)

// BankAccounts gives the bank accounts of the company, their numbers masked.
func (a *App) BankAccounts(ctx context.Context, call Call) ([]BankAccountRow, error) {
	rows := []BankAccountRow{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := payout.Banks(ctx, tx)
		if err != nil {
			return err
		}
		ids := make([]int64, len(all))
		for i := range all {
			ids[i] = all[i].ID
		}
		details, err := party.BanksOf(ctx, tx, ids)
		for _, b := range all {
			d := details[b.ID].Masked
			rows = append(rows, BankAccountRow{
				Code: b.Code, Name: b.Name, Currency: b.Currency, Account: b.Account, Bank: b.Bank, Address: b.Address, IBAN: d.IBAN, BIC: d.BIC, RoutingNumber: d.RoutingNumber,
				AccountNumber: d.AccountNumber, NextCheck: b.NextCheck, StaleDays: b.StaleDays, Blocked: b.Blocked, Settings: b.Settings,
			})
		}
		return err
	})
	return rows, err
}

// SaveBankAccount makes a bank account, or changes the one with its code.
func (a *App) SaveBankAccount(ctx context.Context, call Call, row BankAccountRow) error {
	if err := plainFields(&row); err != nil {
		return err
	}
	shown := row
	shown.IBAN, shown.AccountNumber = party.Bank{IBAN: row.IBAN}.Masked().IBAN, party.Bank{AccountNumber: row.AccountNumber}.Masked().AccountNumber
	_, err := do(ctx, a, call, command{name: "bank_account.save", permission: identity.SetUp, input: row}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, bool, error) {
		return "bank account " + row.Code, shown, true, row.save(ctx, tx, c, a)
	})
	return err
}

func (row BankAccountRow) save(ctx context.Context, tx *db.Tx, c *ledger.Company, a *App) error {
	if err := checkCode("code", row.Code); err != nil {
		return err
	}
	cur, err := money.CurrencyOf(cmp.Or(row.Currency, c.Currency.Code))
	if err != nil {
		return inField(err, "currency")
	}
	account, err := payout.LedgerAccount(c, row.Account)
	if err != nil {
		return inField(err, "account")
	}
	if row.StaleDays < 0 || row.StaleDays > 3650 {
		return fault.New(fault.Invalid, "%d days is no age of a stale check; expected 0 (never) to 3650", row.StaleDays).In("stale_days")
	}
	if err := row.Settings.Validate(cur); err != nil {
		return err
	}
	b := payout.BankAccount{
		Code: row.Code, Name: cmp.Or(row.Name, row.Code), Currency: cur.Code, Account: account.Written, Bank: row.Bank, Address: row.Address, NextCheck: row.NextCheck, StaleDays: row.StaleDays,
		Blocked: row.Blocked, Settings: row.Settings,
	}
	old, err := payout.FindBank(ctx, tx, row.Code)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	if b.NextCheck == 0 {
		b.NextCheck = max(old.NextCheck, 1)
	}
	if row.KeepSettings {
		b.Settings = old.Settings
		if err := b.Settings.Validate(cur); err != nil {
			return err
		}
	}
	if b.NextCheck < 1 {
		return fault.New(fault.Invalid, "%d is no check number; expected 1 or more", b.NextCheck).In("next_check")
	}
	if err := payout.SaveBank(ctx, tx, &b); err != nil {
		return err
	}
	return row.saveDetails(ctx, tx, a, b.ID)
}

// saveDetails saves the account's own number. Blank and masked texts keep what is there.
func (row BankAccountRow) saveDetails(ctx context.Context, tx *db.Tx, a *App, id int64) error {
	had, err := party.BanksOf(ctx, tx, []int64{id})
	if err != nil {
		return err
	}
	var was party.Bank
	if s, has := had[id]; has {
		if was, err = s.Open(tx.Company, a.keys); err != nil {
			return err
		}
	}
	now := was
	for _, x := range []struct {
		to        *string
		text      string
		mask, had string
	}{
		{&now.IBAN, row.IBAN, was.Masked().IBAN, was.IBAN},
		{&now.BIC, row.BIC, was.BIC, was.BIC},
		{&now.RoutingNumber, row.RoutingNumber, was.RoutingNumber, was.RoutingNumber},
		{&now.AccountNumber, row.AccountNumber, was.Masked().AccountNumber, was.AccountNumber},
	} {
		text := strings.ReplaceAll(x.text, " ", "")
		if text != "" && text != x.mask {
			*x.to = text
		}
	}
	if now == was {
		return nil
	}
	if err := folder.CheckBank(now); err != nil {
		return err
	}
	return party.SaveBank(ctx, tx, a.keys, id, now, party.Changed(tx, true))
}

// PaymentMethods gives the methods of payment.
func (a *App) PaymentMethods(ctx context.Context, call Call) ([]PaymentMethodRow, error) {
	rows := []PaymentMethodRow{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := payout.Methods(ctx, tx)
		for _, m := range all {
			rows = append(rows, PaymentMethodRow{m.Code, m.Name, m.Kind, m.BankCode, m.Grouping, m.Blocked})
		}
		return err
	})
	return rows, err
}

// SavePaymentMethod makes a method of payment, or changes the one with its code.
func (a *App) SavePaymentMethod(ctx context.Context, call Call, row PaymentMethodRow) error {
	if err := plainFields(&row); err != nil {
		return err
	}
	_, err := do(ctx, a, call, command{name: "payment_method.save", permission: identity.SetUp, input: row}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := checkCode("code", row.Code); err != nil {
			return "", nil, false, err
		}
		row.Grouping = cmp.Or(row.Grouping, payout.PerVendor)
		if !slices.Contains(payout.Kinds(), row.Kind) {
			return "", nil, false, oneOf("kind", string(row.Kind), payout.Kinds())
		}
		if !slices.Contains(payout.Groupings(), row.Grouping) {
			return "", nil, false, oneOf("grouping", string(row.Grouping), payout.Groupings())
		}
		bank, err := payout.FindBank(ctx, tx, row.Bank)
		if err != nil {
			return "", nil, false, err
		}
		m := payout.Method{Code: row.Code, Name: cmp.Or(row.Name, row.Code), Kind: row.Kind, Bank: bank.ID, Grouping: row.Grouping, Blocked: row.Blocked}
		return "payment method " + row.Code, row, true, payout.SaveMethod(ctx, tx, m)
	})
	return err
}

// oneOf refuses a text that is none of those that a field knows.
func oneOf[T ~string](field, text string, known []T) error {
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return fault.New(fault.Invalid, "%q is none of %s", shortened(text), strings.Join(names, ", ")).In(field)
}

// ConfirmBankDetails notes that somebody else than who changed a party's bank details looked at them.
func (a *App) ConfirmBankDetails(ctx context.Context, call Call, code string) error {
	_, err := do(ctx, a, call, command{name: "bank_details.confirm", permission: identity.Approve, input: code}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, bool, error) {
		id, err := payeeByCode(ctx, tx, code)
		if err == nil {
			err = demandBankChange(ctx, tx, c, id, code)
		}
		if err != nil {
			return "", nil, false, err
		}
		return code, nil, true, cmp.Or(party.ConfirmBank(ctx, tx, id, code), tellBankDetails(tx, code, "confirmed"))
	})
	return err
}

// ConfirmPartyBank is [App.ConfirmBankDetails] of a customer or a vendor, where one of each may have the same code.
func (a *App) ConfirmPartyBank(ctx context.Context, call Call, side openitem.Side, code string) error {
	if side == openitem.Vendors {
		return a.ConfirmBankDetails(ctx, call, code) // vendors come first there
	}
	_, err := do(ctx, a, call, command{name: "bank_details.confirm", permission: identity.Approve, input: []string{"customer", code}}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, bool, error) {
		if err := plain("customer", code); err != nil {
			return "", nil, false, err
		}
		x, err := party.FindCustomer(ctx, tx, code)
		if err == nil {
			err = demandBankChange(ctx, tx, c, x.ID, code)
		}
		if err != nil {
			return "", nil, false, err
		}
		return code, nil, true, cmp.Or(party.ConfirmBank(ctx, tx, x.ID, code), tellBankDetails(tx, code, "confirmed"))
	})
	return err
}

// payeeByCode gives the vendor, or else the customer, with the code.
func payeeByCode(ctx context.Context, tx *db.Tx, code string) (int64, error) {
	if err := plain("payee", code); err != nil {
		return 0, err
	}
	v, err := party.FindVendor(ctx, tx, code)
	if err == nil {
		if v.OneTime == party.Template {
			return 0, fault.New(fault.Refused, "vendor %s is the one-time template, which is paid nothing", code).In("payee")
		}
		return v.ID, nil
	}
	c, err := party.FindCustomer(ctx, tx, code)
	if fault.CodeOf(err) == fault.NotFound {
		return 0, fault.New(fault.NotFound, "there is neither a vendor nor a customer %q", code).In("payee")
	}
	return c.ID, err
}

const longestCode = 30 // letters

// checkCode refuses what is no code of a row of the set-up.
func checkCode(field, code string) error {
	if code == "" || len(code) > longestCode || strings.TrimSpace(code) != code || strings.ContainsFunc(code, func(r rune) bool { return unicode.IsControl(r) || r == '/' }) {
		return fault.New(fault.Invalid, "%q is no code; expected 1 to %d letters without a slash", shortened(code), longestCode).In(field)
	}
	return nil
}
