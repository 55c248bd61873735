package reimbursement

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/secret"
)

const readCustomers = 2000 // customers read together

// reader reads the customers of a selection by code in byte order, some thousand at a time, each with everything that the
// plan looks at. Only those with an open credit come.
type reader struct {
	c     *ledger.Company
	keys  *secret.Keyring // says whether bank details can be read; nil does not look
	where string          // conditions on customer c, with arguments from $4
	args  []any
	from  string // the first customer; blank: any
	after string // the last customer read
	done  bool
}

// newReader reads what is selected.
func newReader(c *ledger.Company, s Selection, keys *secret.Keyring) *reader {
	where, args := s.where(5)
	// Rule E9: the deduction management customer is never a candidate.
	return &reader{c: c, keys: keys, where: " and c.code <> $4" + where, args: append([]any{c.Parameters["deduction_customer"]}, args...)}
}

// newRangeReader reads the customers from one code to another, both included.
func newRangeReader(c *ledger.Company, first, last string, keys *secret.Keyring) *reader {
	return &reader{c: c, keys: keys, from: first, where: " and c.code <= $4", args: []any{last}}
}

// next gives the next customers with open credits; none at the end.
func (r *reader) next(ctx context.Context, tx *db.Tx) ([]*Subject, error) {
	for !r.done {
		subjects, err := r.customers(ctx, tx)
		if err != nil {
			return nil, err
		}
		r.done = len(subjects) < readCustomers
		if len(subjects) == 0 {
			break
		}
		r.after = subjects[len(subjects)-1].Customer.Code
		if subjects, err = r.fill(ctx, tx, subjects); err != nil || len(subjects) > 0 {
			return subjects, err
		}
	}
	return nil, nil
}

const subjectColumns = `select c.id, c.code, c.grp, c.hold, c.do_not_reimburse, v.id, v.code, v.grp, v.blocked, v.one_time
	from customer c left join vendor v on v.company = c.company and v.id = c.vendor where c.company = $1 and c.code `

func (r *reader) customers(ctx context.Context, tx *db.Tx) ([]*Subject, error) {
	subjects := make([]*Subject, 0, readCustomers)
	slab, vendors := make([]Subject, readCustomers), make([]party.Vendor, readCustomers)
	above, code := "> $2", r.after
	if r.after == "" && r.from != "" {
		above, code = ">= $2", r.from
	}
	err := tx.Each(ctx, subjectColumns+above+r.where+" order by c.code limit $3", append([]any{tx.Company, code, readCustomers}, r.args...), func(row *db.Rows) error {
		s, v := &slab[len(subjects)], &vendors[len(subjects)]
		c := &s.Customer
		c.ID, c.Code, c.Group, c.Hold, c.DoNotReimburse = row.Int64(0), row.Text(1), row.Text(2), row.Bool(3), row.Bool(4)
		if !row.IsNull(5) {
			v.ID, v.Code, v.Group, v.Blocked, v.OneTime = row.Int64(5), row.Text(6), row.Text(7), row.Bool(8), row.Text(9)
			c.Vendor, s.Vendor = v.ID, v
		}
		subjects = append(subjects, s)
		return nil
	})
	return subjects, err
}

// fill reads the items, marks, exposures and bank details of the customers, and drops those who have no open credit.
func (r *reader) fill(ctx context.Context, tx *db.Tx, subjects []*Subject) ([]*Subject, error) {
	byID := make(map[int64]*Subject, len(subjects))
	ids := make([]int64, len(subjects))
	for i, s := range subjects {
		ids[i], byID[s.Customer.ID] = s.Customer.ID, s
	}
	of := openitem.PartiesOf(ids)
	credit := make(map[int64]bool, len(subjects))
	var last *Subject
	err := openitem.EachOpen(ctx, tx, r.c, openitem.Customers, of, func(it *openitem.Item) {
		if last == nil || last.Customer.ID != it.Party {
			last = byID[it.Party]
		}
		if last == nil {
			return
		}
		last.Items = append(last.Items, it)
		if it.Open < 0 && !credit[it.Party] {
			credit[it.Party] = true
		}
	})
	if err != nil {
		return nil, err
	}
	kept := subjects[:0]
	for _, s := range subjects {
		if credit[s.Customer.ID] {
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return kept, r.fillRest(ctx, tx, byID, of)
}

func (r *reader) fillRest(ctx context.Context, tx *db.Tx, byID map[int64]*Subject, of openitem.Parties) error {
	marks, err := openitem.MarksOf(ctx, tx, of)
	if err != nil {
		return err
	}
	for _, m := range marks {
		if s := byID[m.Party]; s != nil {
			s.Marks = append(s.Marks, m)
		}
	}
	exposures, err := openitem.ExposuresOf(ctx, tx, of)
	if err != nil {
		return err
	}
	for _, x := range exposures {
		if s := byID[x.Party]; s != nil {
			s.Exposures = append(s.Exposures, x)
		}
	}
	if r.keys.Available() {
		return nil
	}
	var without []int64
	for id, s := range byID {
		if s.Vendor == nil || s.Vendor.OneTime == party.OneTime {
			without = append(without, id)
		}
	}
	if len(without) == 0 {
		return nil
	}
	verified, err := party.VerifiedBanks(ctx, tx, without)
	for _, id := range verified {
		byID[id].BankUnusable = true
	}
	return err
}
