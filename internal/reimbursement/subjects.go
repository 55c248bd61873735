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
	texts map[string]string // that came before

	byID map[int64]*Subject // the customers read last
	of   openitem.Parties
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

// customers reads the next customers, by code: their ids from the index of codes, then their rows and their vendors in the order
// in which they are stored, which costs a third of looking each up.
func (r *reader) customers(ctx context.Context, tx *db.Tx) ([]*Subject, error) {
	above, code := "> $2", r.after
	if r.after == "" && r.from != "" {
		above, code = ">= $2", r.from
	}
	var subjects []*Subject
	var slab []Subject
	var ids []int64
	err := tx.Each(ctx, "select c.id, c.code from customer c where c.company = $1 and c.code "+above+r.where+" order by c.code limit $3", append([]any{tx.Company, code, readCustomers}, r.args...), func(row *db.Rows) error {
		if len(slab) == 0 {
			slab = make([]Subject, max(1, min(len(subjects), readCustomers-len(subjects))))
		}
		s := &slab[0]
		slab = slab[1:]
		s.Customer.ID, s.Customer.Code = row.Int64(0), row.Text(1)
		subjects, ids = append(subjects, s), append(ids, s.Customer.ID)
		return nil
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	r.byID = make(map[int64]*Subject, len(subjects))
	for _, s := range subjects {
		r.byID[s.Customer.ID] = s
	}
	r.of = openitem.PartiesOf(ids)
	vendors, err := r.readCustomers(ctx, tx)
	if err != nil || len(vendors) == 0 {
		return subjects, err
	}
	return subjects, r.readVendors(ctx, tx, subjects, vendors)
}

// readCustomers reads what bars a customer, and gives the vendors that are named.
func (r *reader) readCustomers(ctx context.Context, tx *db.Tx) (vendors []int64, err error) {
	where, args := r.of.Where(tx, "id", 2)
	err = tx.Each(ctx, "select id, grp, hold, do_not_reimburse, vendor from customer where company = $1 and "+where, append([]any{tx.Company}, args...), func(row *db.Rows) error {
		s := r.byID[row.Int64(0)]
		if s == nil {
			return nil
		}
		s.Customer.Group, s.Customer.Hold, s.Customer.DoNotReimburse, s.Customer.Vendor = r.known(row.Text(1)), row.Bool(2), row.Bool(3), row.Int64(4)
		if s.Customer.Vendor != 0 {
			vendors = append(vendors, s.Customer.Vendor)
		}
		return nil
	})
	return vendors, err
}

func (r *reader) readVendors(ctx context.Context, tx *db.Tx, subjects []*Subject, ids []int64) error {
	named := make(map[int64]*party.Vendor, len(ids))
	slab := make([]party.Vendor, len(ids))
	for i, id := range ids {
		if named[id] == nil {
			named[id] = &slab[i]
		}
	}
	where, args := openitem.PartiesOf(ids).Where(tx, "id", 2)
	err := tx.Each(ctx, "select id, code, grp, blocked, one_time from vendor where company = $1 and "+where, append([]any{tx.Company}, args...), func(row *db.Rows) error {
		if v := named[row.Int64(0)]; v != nil {
			v.ID, v.Code, v.Group, v.Blocked, v.OneTime = row.Int64(0), row.Text(1), r.known(row.Text(2)), row.Bool(3), r.known(row.Text(4))
		}
		return nil
	})
	for _, s := range subjects {
		if v := named[s.Customer.Vendor]; v != nil && v.ID != 0 {
			s.Vendor = v
		}
	}
	return err
}

// known gives one copy of texts that come again and again.
func (r *reader) known(s string) string {
	if k, ok := r.texts[s]; ok {
		return k
	}
	if r.texts == nil || len(r.texts) > 1000 {
		r.texts = map[string]string{}
	}
	r.texts[s] = s
	return s
}

// fill reads the items, marks, exposures and bank details of the customers, and drops those who have no open credit.
func (r *reader) fill(ctx context.Context, tx *db.Tx, subjects []*Subject) ([]*Subject, error) {
	credit := make(map[int64]bool, len(subjects))
	var last *Subject
	err := openitem.EachOpen(ctx, tx, r.c, openitem.Customers, r.of, func(it *openitem.Item) {
		if last == nil || last.Customer.ID != it.Party {
			last = r.byID[it.Party]
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
	return kept, r.fillRest(ctx, tx, r.byID, r.of)
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
