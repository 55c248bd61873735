package ledger

import (
	"cmp"
	"context"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// Prepare says everything that forbids posting the vouchers, but for the numbers: each must pass [Company.CheckVoucher] and stand
// in a period that is open for its type's module (anyPeriod skips that, for the opening of a new company only). It stores new
// ledger accounts. The unit's command is what posts them.
func Prepare(ctx context.Context, tx *db.Tx, c *Company, vouchers []*Voucher, anyPeriod bool) error {
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
	return c.storeAccounts(ctx, tx, vouchers)
}

// Posting is prepared vouchers of one command.
type Posting struct {
	Scope    db.Scope
	Company  *Company
	Vouchers []*Voucher
}

// Post writes prepared vouchers, all or none, of one command or of several that share a transaction: it draws the numbers that
// are blank from the series of their types, and fills in IDs and numbers. The numbers are
// drawn as late as can be, since their series stay locked until the commit. Only package openitem calls it, since entries on
// control accounts need their open items.
func Post(ctx context.Context, tx *db.Tx, postings []Posting) error {
	byCompany := slices.Clone(postings)
	slices.SortStableFunc(byCompany, func(a, b Posting) int { return cmp.Compare(a.Company.ID, b.Company.ID) }) // locks are taken in sorted order
	w := &writer{tx: tx}
	for _, p := range byCompany {
		for _, v := range p.Vouchers {
			w.all = append(w.all, written{v, p})
		}
	}
	if err := w.giveIDs(ctx); err != nil {
		return err
	}
	if err := w.drawNumbers(ctx); err != nil {
		return err
	}
	return w.write(ctx)
}

// written is a voucher with the posting that it belongs to.
type written struct {
	*Voucher
	by Posting
}

// writer writes the vouchers of several postings together, sorted by company.
type writer struct {
	tx    *db.Tx
	all   []written
	batch int64 // id under which the sums of entries are kept
	named bool  // some number was given, or some voucher is reversed: another unit may have been first
}

// giveIDs gives an id to the vouchers that have none; an import has given them already, since its vouchers refer to each other.
func (w *writer) giveIDs(ctx context.Context) error {
	var without []*Voucher
	for _, v := range w.all {
		if v.ID == 0 {
			without = append(without, v.Voucher)
		}
	}
	ids, err := w.tx.NewIDs(ctx, 1+len(without))
	if err != nil {
		return err
	}
	w.batch = ids[0]
	for i, v := range without {
		v.ID = ids[1+i]
	}
	return nil
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

// drawNumbers gives numbers to the vouchers that have none, in their order, one block for each company and series.
func (w *writer) drawNumbers(ctx context.Context) error {
	type series struct {
		company int64
		name    string
	}
	blank := map[series][]*Voucher{}
	var order []series
	for _, v := range w.all {
		w.named = w.named || v.Number != "" || v.Reverses != 0
		if v.Number != "" {
			continue
		}
		k := series{v.by.Company.ID, v.Type.String()}
		if blank[k] == nil {
			order = append(order, k)
		}
		blank[k] = append(blank[k], v.Voucher)
	}
	slices.SortFunc(order, func(a, b series) int { return cmp.Or(cmp.Compare(a.company, b.company), cmp.Compare(a.name, b.name)) })
	for _, k := range order {
		w.tx.Company = k.company
		n, err := drawOrMake(ctx, w.tx, k.name, int64(len(blank[k])))
		if err != nil {
			return err
		}
		for i, v := range blank[k] {
			v.Number = n.Number(n.First + int64(i))
		}
	}
	return nil
}

func (w *writer) write(ctx context.Context) error {
	entries := w.tx.Batch("entry", "company", "voucher", "account", "party", "amount", "accounting", "classification", "line", "due_date", "currency", "text")
	heads := w.tx.Batch("voucher", "company", "id", "command", "customer", "vendor", "reverses", "source", "date", "type", "number", "text", "digest")
	n := 0
	for _, v := range w.all {
		n += len(v.Entries)
	}
	entries.Grow(n)
	heads.Grow(len(w.all))
	d := &digester{}
	for _, v := range w.all {
		company := v.by.Company.ID
		d.by(v.by.Company, v.by.Scope)
		for i := range v.Entries {
			e := &v.Entries[i]
			entries.Int(company).Int(v.ID).Int(e.Account.ID).Ref(e.Party).Int(int64(e.Amount)).Int(int64(e.Accounting)).Ref(e.Classification).Int(int64(i + 1)).Date(e.Due).Text(e.Currency).TextOrNull(e.Text)
		}
		heads.Int(company).Int(v.ID).Int(v.by.Scope.Command).Ref(v.Customer).Ref(v.Vendor).Ref(v.Reverses).Ref(v.Source).Date(v.Date).Int(int64(v.Type)).Text(v.Number).Text(v.Text).Bytes(d.digest(v.Voucher))
	}
	flush := heads.FlushLater
	if w.named {
		flush = heads.Flush
	}
	if err := flush(ctx); err != nil {
		if db.IsDuplicate(err) {
			return duplicate(w.all, err)
		}
		return err
	}
	if err := entries.FlushLater(ctx); err != nil {
		return err
	}
	if err := w.addBalances(ctx); err != nil {
		return err
	}
	return w.queueForSeal(ctx)
}

func duplicate(vouchers []written, err error) error {
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
func (w *writer) queueForSeal(ctx context.Context) error {
	b := w.tx.Batch("unsealed", "company", "first", "last")
	for i := 0; i < len(w.all); {
		j := i
		for j+1 < len(w.all) && w.all[j+1].ID == w.all[j].ID+1 && w.all[j+1].by.Company.ID == w.all[i].by.Company.ID {
			j++
		}
		b.Int(w.all[i].by.Company.ID).Int(w.all[i].ID).Int(w.all[j].ID)
		i = j + 1
	}
	return b.FlushLater(ctx)
}
