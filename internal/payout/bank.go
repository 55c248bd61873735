package payout

import (
	"context"
	"errors"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// BankAccount is a bank account of the company. Its own number is kept under its id as a party's bank details are.
type BankAccount struct {
	ID        int64
	Code      string
	Name      string
	Currency  string
	Account   string // ledger account as written
	Bank      string // name of the bank
	Address   string // of the bank, lines
	NextCheck int64
	StaleDays int // after which an uncashed check is stale; 0: never
	Blocked   bool
	Settings  Settings
}

// Method is a method of payment.
type Method struct {
	Code     string
	Name     string
	Kind     Kind
	Bank     int64
	BankCode string
	Currency string // of the bank account
	Grouping Grouping
	Blocked  bool // or its bank account is

	OwnBlocked bool // itself, whatever its bank account is
}

const bankColumns = "id, code, name, currency, account, bank, address, next_check, stale_days, blocked, settings"

func scanBank(r interface{ Scan(...any) error }, b *BankAccount) error {
	var settings string
	if err := r.Scan(&b.ID, &b.Code, &b.Name, &b.Currency, &b.Account, &b.Bank, &b.Address, &b.NextCheck, &b.StaleDays, &b.Blocked, &settings); err != nil {
		return err
	}
	return b.Settings.read(settings)
}

// Banks gives the bank accounts of the company, by code.
func Banks(ctx context.Context, tx *db.Tx) ([]BankAccount, error) {
	return db.List(ctx, tx, func(r *db.Rows, b *BankAccount) error { return scanBank(r, b) }, "select "+bankColumns+" from bank_account where company = $1 order by code", tx.Company)
}

// FindBank gives the bank account with the code; none is [fault.NotFound].
func FindBank(ctx context.Context, tx *db.Tx, code string) (b BankAccount, err error) {
	err = scanBank(tx.Row(ctx, "select "+bankColumns+" from bank_account where company = $1 and code = $2", tx.Company, code), &b)
	if errors.Is(err, db.ErrNoRows) {
		return b, fault.New(fault.NotFound, "there is no bank account %q; add it with: quittance banks set", code).In("bank")
	}
	return b, err
}

// bankByID gives a bank account by its id, which is known to be there.
func bankByID(ctx context.Context, tx *db.Tx, id int64) (b BankAccount, err error) {
	return b, scanBank(tx.Row(ctx, "select "+bankColumns+" from bank_account where company = $1 and id = $2", tx.Company, id), &b)
}

// SaveBank makes a bank account or changes the one with its code, whose id it gives back. Currency and ledger account stay once payments
// were posted from it.
func SaveBank(ctx context.Context, tx *db.Tx, b *BankAccount) error {
	old, err := FindBank(ctx, tx, b.Code)
	settings := b.Settings.text()
	if fault.CodeOf(err) == fault.NotFound {
		if b.ID, err = tx.NewID(ctx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "insert into bank_account (company, "+bankColumns+", next_trace) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
			tx.Company, b.ID, b.Code, b.Name, b.Currency, b.Account, b.Bank, b.Address, b.NextCheck, b.StaleDays, b.Blocked, settings)
		return err
	}
	if err != nil {
		return err
	}
	b.ID = old.ID
	var used bool
	if err := tx.Row(ctx, "select exists (select 1 from vendor_payment where company = $1 and bank = $2 and status <> 'cancelled')", tx.Company, b.ID).Scan(&used); err != nil {
		return err
	}
	if used && (old.Currency != b.Currency || old.Account != b.Account) {
		return fault.New(fault.Refused, "payments were made from bank account %s, so that its currency (%s) and ledger account (%s) stay; add another bank account", b.Code, old.Currency, old.Account).ByRule("bank_in_use")
	}
	var top int64
	if err := tx.Row(ctx, "select coalesce(max(number), 0) from check_number where company = $1 and bank = $2", tx.Company, b.ID).Scan(&top); err != nil {
		return err
	}
	if b.NextCheck <= top && b.NextCheck != old.NextCheck {
		return fault.New(fault.Refused, "check %d of bank account %s is used already; the next one is %d at least", top, b.Code, top+1).ByRule("check_number_used").In("next_check")
	}
	_, err = tx.Exec(ctx, `update bank_account set name = $1, currency = $2, account = $3, bank = $4, address = $5, next_check = $6, stale_days = $7, blocked = $8, settings = $9 where company = $10 and id = $11`,
		b.Name, b.Currency, b.Account, b.Bank, b.Address, b.NextCheck, b.StaleDays, b.Blocked, settings, tx.Company, b.ID)
	return err
}

// Methods gives the methods of payment, by code.
func Methods(ctx context.Context, tx *db.Tx) ([]Method, error) {
	return db.List(ctx, tx, func(r *db.Rows, m *Method) error {
		return r.Scan(&m.Code, &m.Name, &m.Kind, &m.Bank, &m.BankCode, &m.Currency, &m.Grouping, &m.Blocked, &m.OwnBlocked)
	}, `select m.code, m.name, m.kind, m.bank, b.code, b.currency, m.grouping, m.blocked or b.blocked, m.blocked from payment_method m
		join bank_account b on b.company = m.company and b.id = m.bank where m.company = $1 order by m.code`, tx.Company)
}

// FindMethod gives the method with the code; none is [fault.NotFound].
func FindMethod(ctx context.Context, tx *db.Tx, code string) (Method, error) {
	all, err := Methods(ctx, tx)
	for _, m := range all {
		if m.Code == code {
			return m, nil
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "there is no method of payment %q; add it with: quittance banks method", code).In("method")
	}
	return Method{}, err
}

// SaveMethod makes a method of payment or changes the one with its code.
func SaveMethod(ctx context.Context, tx *db.Tx, m Method) error {
	_, err := tx.Exec(ctx, `insert into payment_method (company, code, name, kind, bank, grouping, blocked) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (company, code) do update set name = excluded.name, kind = excluded.kind, bank = excluded.bank, grouping = excluded.grouping, blocked = excluded.blocked`,
		tx.Company, m.Code, m.Name, m.Kind, m.Bank, m.Grouping, m.Blocked)
	return err
}
