package payout

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/money"
	"quittance/internal/party"
)

// Sum is how many payments have a status in a currency, and of how much.
type Sum struct {
	Status   Status
	Currency string
	Payments int64
	Amount   money.Amount
}

// SumsOf adds up the payments of a journal, by status and currency, and counts what its proposal left out.
func SumsOf(ctx context.Context, tx *db.Tx, journal int64) (sums []Sum, left int64, err error) {
	sums, err = db.List(ctx, tx, func(r *db.Rows, s *Sum) error { return r.Scan(&s.Status, &s.Currency, &s.Payments, &s.Amount) },
		"select status, currency, count(*), cast(sum(amount) as bigint) from vendor_payment where company = $1 and journal = $2 group by status, currency order by status, currency", tx.Company, journal)
	if err != nil {
		return nil, 0, err
	}
	err = tx.Row(ctx, "select count(*) from vendor_payment_left where company = $1 and journal = $2", tx.Company, journal).Scan(&left)
	return sums, left, err
}

// Names are the codes and names of what a payment refers to.
type Names struct {
	Vendor, Name, Payee, PayeeName string
	Bank, File, Voucher            string
	Replaces, ReplacedBy           string   // payments
	SameBank                       []string // codes of other parties with the payee's bank account
}

// NamesOf gives what payments refer to, by their codes and names.
func NamesOf(ctx context.Context, tx *db.Tx, all []*Payment) (map[int64]*Names, error) {
	named := make(map[int64]*Names, len(all))
	var payees []int64
	for _, p := range all {
		payees = append(payees, p.Payee)
	}
	those, arg := tx.Among("p.id", "$2", idsOf(all))
	err := tx.Each(ctx, `select p.id, v.code, v.name, coalesce(o.code, c.code, ''), coalesce(o.name, c.name, ''), b.code, coalesce(f.code, ''), coalesce(x.number, ''),
			coalesce((select j.code || '/' || cast(r.line as text) from vendor_payment r join vendor_payment_journal j on j.company = r.company and j.id = r.journal where r.company = p.company and r.id = p.replaces), ''),
			coalesce((select max(j.code || '/' || cast(r.line as text)) from vendor_payment r join vendor_payment_journal j on j.company = r.company and j.id = r.journal
				where r.company = p.company and r.replaces = p.id and r.status <> 'cancelled'), '')
		from vendor_payment p join vendor v on v.company = p.company and v.id = p.vendor join bank_account b on b.company = p.company and b.id = p.bank
		left join vendor o on o.company = p.company and o.id = p.payee left join customer c on c.company = p.company and c.id = p.payee
		left join payment_file f on f.company = p.company and f.id = p.file left join voucher x on x.company = p.company and x.id = p.voucher
		where p.company = $1 and `+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		n := &Names{SameBank: []string{}}
		var id int64
		err := r.Scan(&id, &n.Vendor, &n.Name, &n.Payee, &n.PayeeName, &n.Bank, &n.File, &n.Voucher, &n.Replaces, &n.ReplacedBy)
		named[id] = n
		return err
	})
	if err != nil {
		return nil, err
	}
	same, err := SameBank(ctx, tx, payees)
	for _, p := range all {
		named[p.ID].SameBank = append(named[p.ID].SameBank, same[p.Payee]...)
	}
	return named, err
}

// SameBank gives, of payees, the codes of the other parties that have the same bank account; those with none are left out.
func SameBank(ctx context.Context, tx *db.Tx, payees []int64) (map[int64][]string, error) {
	same, err := party.SameBank(ctx, tx, payees)
	if err != nil {
		return nil, err
	}
	var others []int64
	for _, ids := range same {
		others = append(others, ids...)
	}
	codes, err := party.Codes(ctx, tx, others)
	named := map[int64][]string{}
	for payee, ids := range same {
		for _, id := range ids {
			if code := codes[id]; code != "" { // a bank account of the company has none
				named[payee] = append(named[payee], code)
			}
		}
	}
	return named, err
}
