package folder

import (
	"context"
	"encoding/json"
	"errors"

	"quittance/internal/bank"
	"quittance/internal/fault"
	"quittance/internal/party"
	"quittance/internal/payout"
)

// bankAccounts brings the bank accounts in, each with its own bank details. Of one that is known the next numbers never go back.
func (im *importer) bankAccounts(ctx context.Context) error {
	known, err := payout.Banks(ctx, im.tx)
	if err != nil {
		return err
	}
	im.banks = map[string]*payout.BankAccount{}
	ids := make([]int64, len(known))
	for i := range known {
		im.banks[known[i].Code], ids[i] = &known[i], known[i].ID
	}
	if len(im.d.BankAccounts) == 0 {
		return nil
	}
	traces, err := payout.NextTraces(ctx, im.tx)
	if err != nil {
		return err
	}
	details, err := party.BanksOf(ctx, im.tx, ids)
	if err != nil {
		return err
	}
	for i := range im.d.BankAccounts {
		if err := im.bankAccount(ctx, &im.d.BankAccounts[i], traces, details); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) bankAccount(ctx context.Context, row *BankAccount, traces map[int64]payout.Trace, details map[int64]party.StoredBank) error {
	b := payout.BankAccount{
		Code: row.Bank, Name: row.Name, Currency: row.Currency.Code, Account: row.Account, Bank: row.BankName, Address: row.Address, NextCheck: max(int64(row.NextCheck), 1), StaleDays: row.StaleDays,
		Blocked: row.Blocked,
	}
	was, had := im.banks[row.Bank]
	if !had {
		im.banks[row.Bank] = &b // so that what refers to it is not told, should it be refused
	}
	account, err := payout.LedgerAccount(im.c, row.Account)
	if err != nil {
		im.because(&row.Row, "account", err)
		return nil
	}
	b.Account = account.Written
	if row.Settings != "" {
		if b.Settings, err = payout.ParseSettings([]byte(row.Settings), row.Currency); err != nil {
			im.because(&row.Row, "settings", err)
			return nil
		}
	}
	trace, same := payout.Trace{Turn: int64(row.TraceTurn), Next: max(int64(row.NextTrace), 1)}, false
	if had {
		b.ID, b.NextCheck = was.ID, max(b.NextCheck, was.NextCheck)
		same = sameSettings(&b, was) && !traces[was.ID].Before(trace)
	}
	save := func() error {
		err := payout.SaveBank(ctx, im.tx, &b)
		if err == nil {
			err = payout.SetNextTrace(ctx, im.tx, b.ID, trace)
		}
		return err
	}
	if err := im.save("bank_accounts", "bank account "+row.Bank, had, same, save); err != nil {
		var refused *fault.Error
		if !errors.As(err, &refused) || refused.Code == fault.Internal {
			return err
		}
		im.because(&row.Row, "bank", err)
		return nil
	}
	im.banks[row.Bank] = &b
	d := party.Bank{IBAN: row.IBAN, BIC: row.BIC, RoutingNumber: row.RoutingNumber, AccountNumber: row.AccountNumber, AccountType: row.AccountType}
	return im.bank(ctx, &row.Row, "bank account "+row.Bank, b.ID, d, trusted{verified: true, at: row.BankChangedAt, by: row.BankChangedBy, confirmed: row.BankConfirmedBy}, false, details)
}

// sameSettings compares two bank accounts with what their settings say.
func sameSettings(a, b *payout.BankAccount) bool {
	x, _ := json.Marshal(a) // of plain values
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// paymentMethods brings the methods of payment in.
func (im *importer) paymentMethods(ctx context.Context) error {
	known, err := payout.Methods(ctx, im.tx)
	if err != nil {
		return err
	}
	im.methods = map[string]payout.Method{}
	for _, m := range known {
		im.methods[m.Code] = m
	}
	for i := range im.d.PaymentMethods {
		row := &im.d.PaymentMethods[i]
		b := im.banks[row.Bank]
		if b == nil {
			im.bad(&row.Row, "bank", "there is no bank account %q", row.Bank)
			continue
		}
		m := payout.Method{
			Code: row.Method, Name: row.Name, Kind: payout.Kind(row.Kind), Bank: b.ID, BankCode: b.Code, Currency: b.Currency, Grouping: payout.Grouping(row.Grouping), Blocked: row.Blocked || b.Blocked,
			OwnBlocked: row.Blocked,
		}
		was, had := im.methods[m.Code]
		if im.methods[m.Code] = m; b.ID == 0 {
			continue // its bank account was refused
		}
		stored := m
		stored.Blocked = row.Blocked
		if err := im.save("payment_methods", "method of payment "+m.Code, had, was == m, func() error { return payout.SaveMethod(ctx, im.tx, stored) }); err != nil {
			return err
		}
	}
	return nil
}

// bankMaps brings the column maps of bank statements in.
func (im *importer) bankMaps(ctx context.Context) error {
	if len(im.d.BankMaps) == 0 {
		return nil
	}
	all, err := bank.Maps(ctx, im.tx)
	if err != nil {
		return err
	}
	known := map[string]bank.NamedMap{}
	for _, m := range all {
		known[m.Code] = m
	}
	for i := range im.d.BankMaps {
		row := &im.d.BankMaps[i]
		m := bank.NamedMap{Code: row.Map}
		if err := json.Unmarshal([]byte(row.Columns), &m.Map); err != nil {
			im.bad(&row.Row, "columns", "is no column map; take it as export wrote it")
			continue
		}
		was, had := known[m.Code]
		if err := keepRow(im, "bank_maps", "column map of bank statements "+m.Code, &row.Row, m, was, had, func() error { return bank.SaveMap(ctx, im.tx, m.Code, m.Map) }); err != nil {
			return err
		}
	}
	return nil
}

// bankOf finds the bank account that a row names; nil when there is none, which is then noted.
func (im *importer) bankOf(row *Row, code string) *payout.BankAccount {
	b := im.banks[code]
	if b == nil {
		im.bad(row, "bank", "there is no bank account %q", code)
	}
	return b
}
