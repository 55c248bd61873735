package approval

import (
	"context"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/money"
)

// within refuses with [fault.Denied] what is more than a person may approve. The limits of the user stand before those of the user's roles, of
// which the largest counts; one of the subject's kind before one of all kinds; without any, there is none.
func (a *Approval) within(ctx context.Context, tx *db.Tx, name string, roles []identity.Role) error {
	query := limitColumns + " and (kind = '' or kind = $2) order by who, name, kind"
	if tx.Postgres() {
		query += " for update" // so that two approvals at the same moment do not each count without the other
	}
	all, err := db.List(ctx, tx, scanLimit, query, tx.Company, string(a.Kind))
	if err != nil {
		return err
	}
	l := limitOf(all, name, roles, a.Kind)
	if l == nil {
		return nil
	}
	worth, cur := a.Facts.Worth.Abs(), a.Facts.Accounting
	if cur.Code == "" {
		if cur, err = accounting(ctx, tx); err != nil {
			return err
		}
	}
	if l.Single != nil && worth > *l.Single {
		return fault.New(fault.Denied, "%s may approve up to %s %s; %s is %s", name, cur.Format(*l.Single), cur.Code, a.Name, cur.Format(worth)).ByRule("approval_limit")
	}
	var sum, payee int64
	if err := tx.Row(ctx, `select cast(coalesce(sum(abs(a.worth)), 0) as bigint), cast(coalesce(sum(case when a.payee = $2 and a.payee <> '' then abs(a.worth) end), 0) as bigint) from approval a
		where a.company = $1 and a.state in ('waiting', 'more_information', 'approved', 'used') and ($3 = '' or a.kind = $3)
		and exists (select 1 from approval_event e where e.company = a.company and e.approval = a.id and e.verb = 'approve' and (e.actor = $4 or e.acting_for = $4) and e.at > $5)`,
		tx.Company, a.Facts.Payee, string(l.Kind), name, tx.Micros()-int64(l.Days)*day).Scan(&sum, &payee); err != nil {
		return err
	}
	if l.Total != nil && money.Amount(sum)+worth > *l.Total {
		return fault.New(fault.Denied, "%s may approve %s %s within %d days and has approved %s; %s is %s more", name, cur.Format(*l.Total), cur.Code, l.Days, cur.Format(money.Amount(sum)), a.Name, cur.Format(worth)).ByRule("approval_limit")
	}
	if l.PayeeTotal != nil && a.Facts.Payee != "" && money.Amount(payee)+worth > *l.PayeeTotal {
		return fault.New(fault.Denied, "%s may approve %s %s to one payee within %d days and has approved %s to %s; %s is %s more", name, cur.Format(*l.PayeeTotal), cur.Code, l.Days, cur.Format(money.Amount(payee)), a.Facts.Payee, a.Name, cur.Format(worth)).ByRule("approval_limit")
	}
	return nil
}

func accounting(ctx context.Context, tx *db.Tx) (money.Currency, error) {
	var code string
	if err := tx.Row(ctx, "select currency from company where id = $1", tx.Company).Scan(&code); err != nil {
		return money.Currency{}, err
	}
	return money.CurrencyOf(code)
}

// limitOf chooses the limit of a person.
func limitOf(all []Limit, name string, roles []identity.Role, k Kind) *Limit {
	for _, kind := range []Kind{k, ""} {
		var most *Limit
		for i := range all {
			l := &all[i]
			switch {
			case l.Kind != kind:
			case !l.Who.Role && l.Who.Name == name:
				return l
			case l.Who.Role && slices.Contains(roles, identity.Role(l.Who.Name)) && (most == nil || larger(l, most)):
				most = l
			}
		}
		if most != nil {
			return most
		}
	}
	return nil
}

// larger says whether a limit allows more than another: of one subject, else in all.
func larger(a, b *Limit) bool {
	switch {
	case a.Single == nil || b.Single == nil:
		if (a.Single == nil) != (b.Single == nil) {
			return a.Single == nil
		}
	case *a.Single != *b.Single:
		return *a.Single > *b.Single
	}
	switch {
	case a.Total == nil || b.Total == nil:
		return a.Total == nil && b.Total != nil
	}
	return *a.Total > *b.Total
}
