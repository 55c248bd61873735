package ledger

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/money"
)

// Create makes the legal entity (its ID is filled in), with its number series. Dimensions, accounts and the rest are
// saved by the Save functions, which make or change one row each and say nothing of what was there before.
func Create(ctx context.Context, tx *db.Tx, c *Company) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	c.ID, tx.Company = id, id
	c.clear()
	if _, err := tx.Exec(ctx, "insert into company (id, code, name, country, currency, account_format) values ($1, $2, $3, $4, $5, $6)",
		id, c.Code, c.Name, c.Country, c.Currency.Code, c.Format); err != nil {
		return err
	}
	for _, b := range DefaultSeries() {
		if err := SetSeries(ctx, tx, b); err != nil {
			return err
		}
	}
	return nil
}

// SaveCompany changes the name and country of the legal entity; its code, currency and account format are for good.
func SaveCompany(ctx context.Context, tx *db.Tx, name, country string) error {
	_, err := tx.Exec(ctx, "update company set name = $1, country = $2 where id = $3", name, country, tx.Company)
	return err
}

// SaveParameter sets a parameter.
func SaveParameter(ctx context.Context, tx *db.Tx, name, value string) error {
	_, err := tx.Exec(ctx, "insert into parameter (company, name, value) values ($1, $2, $3) on conflict (company, name) do update set value = excluded.value", tx.Company, name, value)
	return err
}

// RemoveParameter takes a parameter back to its default.
func RemoveParameter(ctx context.Context, tx *db.Tx, name string) error {
	_, err := tx.Exec(ctx, "delete from parameter where company = $1 and name = $2", tx.Company, name)
	return err
}

// SaveDimension makes the dimension at its position in the set-up. Whether it balances is for good.
func SaveDimension(ctx context.Context, tx *db.Tx, position int, d Dimension) error {
	_, err := tx.Exec(ctx, "insert into dimension (company, position, name, balancing) values ($1, $2, $3, $4)", tx.Company, position, d.Name, d.Balancing)
	return err
}

// SaveValue makes or renames a dimension value.
func SaveValue(ctx context.Context, tx *db.Tx, dimension, value, name string) error {
	_, err := tx.Exec(ctx, "insert into dimension_value (company, dimension, value, name) values ($1, $2, $3, $4) on conflict (company, dimension, value) do update set name = excluded.name", tx.Company, dimension, value, name)
	return err
}

// SaveAccount makes or changes a main account. Its control kind must not change once entries stand on it.
func SaveAccount(ctx context.Context, tx *db.Tx, a MainAccount) error {
	_, err := tx.Exec(ctx, `insert into main_account (company, account, name, type, control) values ($1, $2, $3, $4, $5)
		on conflict (company, account) do update set name = excluded.name, type = excluded.type, control = excluded.control`, tx.Company, a.Account, a.Name, a.Type, string(a.Control))
	return err
}

// HasEntries says whether any entry stands on the main account.
func HasEntries(ctx context.Context, tx *db.Tx, main string) (has bool, err error) {
	err = tx.Row(ctx, `select exists (select 1 from ledger_account a join balance b on b.company = a.company and b.account = a.id
		where a.company = $1 and a.main_account = $2)`, tx.Company, main).Scan(&has)
	return has, err
}

// SaveRule makes or changes a balancing rule.
func SaveRule(ctx context.Context, tx *db.Tx, r Rule) error {
	_, err := tx.Exec(ctx, `insert into balancing_rule (company, dimension, value, counter_value, due_from_account, due_to_account) values ($1, $2, $3, $4, $5, $6)
		on conflict (company, dimension, value, counter_value) do update set due_from_account = excluded.due_from_account, due_to_account = excluded.due_to_account`,
		tx.Company, r.Dimension, r.Value, r.Counter, r.DueFrom, r.DueTo)
	return err
}

// AddPeriod makes a period.
func AddPeriod(ctx context.Context, tx *db.Tx, p Period) error {
	var closedAt any
	if p.Status == "closed" {
		closedAt = tx.Micros()
	}
	_, err := tx.Exec(ctx, "insert into period (company, start_date, end_date, status, closed_at) values ($1, $2, $3, $4, $5)", tx.Company, p.Start, p.End, p.Status, closedAt)
	return err
}

// SetException lets a module (and a role, or any when blank) post into a period on hold, or keeps it out of an open one.
func SetException(ctx context.Context, tx *db.Tx, start civil.Date, x Exception, status string) error {
	_, err := tx.Exec(ctx, `insert into period_exception (company, start_date, module, role, status) values ($1, $2, $3, $4, $5)
		on conflict (company, start_date, module, role) do update set status = excluded.status`, tx.Company, start, string(x.Module), x.Role, status)
	return err
}

// SaveProfile makes or changes a posting profile.
func SaveProfile(ctx context.Context, tx *db.Tx, p Profile) error {
	_, err := tx.Exec(ctx, `insert into posting_profile (company, ledger, scope, code, summary_account, write_off_account, discount_account) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (company, ledger, scope, code) do update
		set summary_account = excluded.summary_account, write_off_account = excluded.write_off_account, discount_account = excluded.discount_account`,
		tx.Company, string(p.Ledger), p.Scope, p.Code, p.Summary, p.WriteOffMain, p.DiscountMain)
	return err
}

// SaveClassification makes or renames a billing classification, and adds it to the set-up in memory.
func (c *Company) SaveClassification(ctx context.Context, tx *db.Tx, code, name string) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	err = tx.Row(ctx, "insert into billing_classification (company, id, code, name) values ($1, $2, $3, $4) on conflict (company, code) do update set name = excluded.name returning id",
		tx.Company, id, code, name).Scan(&id)
	c.Classifications[code], c.classificationCodes[id] = id, code
	return err
}

// SaveRate makes or changes the exchange rate of a day.
func SaveRate(ctx context.Context, tx *db.Tx, currency string, date civil.Date, rate money.Rate) error {
	_, err := tx.Exec(ctx, "insert into exchange_rate (company, currency, date, rate) values ($1, $2, $3, $4) on conflict (company, currency, date) do update set rate = excluded.rate", tx.Company, currency, date, rate.String())
	return err
}

// ClassificationNames gives the names of the billing classifications by code.
func ClassificationNames(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	names := map[string]string{}
	err := tx.Each(ctx, "select code, name from billing_classification where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		var code, name string
		err := r.Scan(&code, &name)
		names[code] = name
		return err
	})
	return names, err
}
