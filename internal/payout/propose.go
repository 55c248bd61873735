package payout

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// Begin makes the journal that a proposal fills; until [Complete] it is proposing, and nobody changes it.
func Begin(ctx context.Context, tx *db.Tx, date civil.Date, text, selection string) (*Journal, error) {
	j := &Journal{Date: date, Text: text, State: Proposing, Selection: selection, CreatedBy: tx.Actor, CreatedAt: tx.Micros()}
	var err error
	if j.ID, err = tx.NewID(ctx); err != nil {
		return nil, err
	}
	for taken := true; taken; { // a mark that was made by hand may bear the code
		if j.Code, err = ledger.DrawCode(ctx, tx, ledger.VendorPaymentJournalSeries); err != nil {
			return nil, err
		}
		if err := tx.Row(ctx, "select exists (select 1 from mark where company = $1 and journal = $2)", tx.Company, j.Code).Scan(&taken); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec(ctx, "insert into vendor_payment_journal (company, "+journalColumns+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		tx.Company, j.ID, j.Code, j.Date, j.Text, j.State, j.Selection, j.CreatedBy, j.CreatedAt)
	return j, err
}

// Candidates gives the vendors who have open items, in the order of their ids, after the one given, at most limit.
func Candidates(ctx context.Context, tx *db.Tx, after int64, limit int) ([]int64, error) {
	return db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) },
		"select distinct party from open_item where company = $1 and side = 2 and party > $2 order by party limit $3", tx.Company, after, limit)
}

// Subjects reads what a decision about vendors needs: those of the vendors that are vendors still, in the order of their ids.
func Subjects(ctx context.Context, tx *db.Tx, c *ledger.Company, vendors []int64) ([]*Subject, error) {
	known, err := party.VendorsByID(ctx, tx, vendors)
	if err != nil {
		return nil, err
	}
	banks, err := party.BanksOf(ctx, tx, vendors)
	if err != nil {
		return nil, err
	}
	parties := openitem.PartiesOf(vendors)
	marks, err := openitem.MarksOf(ctx, tx, parties)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*Subject, len(known))
	for id, v := range known {
		s := &Subject{Vendor: v}
		if b, has := banks[id]; has {
			s.Bank = &b
		}
		byID[id] = s
	}
	for _, m := range marks {
		if s := byID[m.Party]; s != nil {
			s.Marks = append(s.Marks, m)
		}
	}
	items := map[int64][]*openitem.Item{}
	if err := openitem.EachOpen(ctx, tx, c, openitem.Vendors, parties, func(it *openitem.Item) { items[it.Party] = append(items[it.Party], it) }); err != nil {
		return nil, err
	}
	all := make([]*Subject, 0, len(byID))
	for id, s := range byID {
		s.Documents = openitem.Documents(items[id])
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *Subject) int { return cmp.Compare(a.Vendor.ID, b.Vendor.ID) })
	return all, nil
}

// Add writes planned payments into a journal that is being proposed, after its lines so far, with what was left out, and marks their
// invoices. It gives the payments.
func (j *Journal) Add(ctx context.Context, tx *db.Tx, c *ledger.Company, date civil.Date, planned []Planned, left []Left) ([]*Payment, error) {
	var line, n int64
	if err := tx.Row(ctx, "select (select coalesce(max(line), 0) from vendor_payment where company = $1 and journal = $2), (select coalesce(max(n), 0) from vendor_payment_left where company = $1 and journal = $2)",
		tx.Company, j.ID).Scan(&line, &n); err != nil {
		return nil, err
	}
	ids, err := tx.NewIDs(ctx, len(planned))
	if err != nil {
		return nil, err
	}
	replaced, err := failedBefore(ctx, tx, planned)
	if err != nil {
		return nil, err
	}
	b := tx.Batch("vendor_payment", "company", "id", "journal", "line", "vendor", "payee", "payee_note", "method", "bank", "currency", "amount", "date", "status", "approved_by", "number", "posted_by", "replaces", "fate")
	items := tx.Batch("vendor_payment_item", "company", "payment", "n", "voucher", "amount")
	var marks []openitem.Whole
	steps := make([]change, len(planned))
	all := make([]*Payment, len(planned))
	for i, x := range planned {
		line++
		p := &Payment{
			ID: ids[i], Journal: j.ID, Code: j.Code, CreatedBy: j.CreatedBy, Line: int(line), Vendor: x.Vendor.ID, Payee: x.Vendor.ID, Method: x.Method.Code, Kind: x.Method.Kind,
			Bank: x.Method.Bank, Currency: x.Currency, Amount: x.Amount, Date: date, Status: Created, Replaces: replaced[i],
		}
		b.Int(c.ID).Int(p.ID).Int(j.ID).Int(line).Int(p.Vendor).Int(p.Payee).Text("").Text(p.Method).Int(p.Bank).Text(p.Currency).Int(int64(p.Amount)).Date(date).Text(string(Created)).
			Text("").Text("").Text("").Ref(p.Replaces).Text("")
		for k, d := range x.Documents {
			p.Items = append(p.Items, Item{Voucher: d.Items[0].Voucher, Number: d.Number, Due: d.Due, Amount: -d.Open()})
			items.Int(c.ID).Int(p.ID).Int(int64(k + 1)).Int(d.Items[0].Voucher).Int(int64(-d.Open()))
			marks = append(marks, openitem.Whole{Line: strconv.FormatInt(line, 10), Document: d})
		}
		steps[i], all[i] = change{payment: p, to: Created}, p
	}
	out := tx.Batch("vendor_payment_left", "company", "journal", "n", "vendor", "voucher", "currency", "amount", "reason", "detail")
	for _, l := range left {
		n++
		voucher := int64(0)
		if l.Document != nil {
			voucher = l.Document.Items[0].Voucher
		}
		out.Int(c.ID).Int(j.ID).Int(n).Int(l.Vendor.ID).Ref(voucher).Text(l.Currency).Int(int64(l.Amount)).Text(string(l.Reason)).Text(l.Detail)
	}
	for _, x := range []*db.Batch{b, items, out} {
		if err := x.Flush(ctx); err != nil {
			return nil, err
		}
	}
	if err := openitem.PlaceWhole(ctx, tx, c, openitem.Vendors, j.Code, tx.Actor, marks); err != nil {
		return nil, err
	}
	return all, noteAfter(ctx, tx, steps, map[int64]int64{}) // they are new: nothing is noted of them yet
}

// failedBefore gives, of each planned payment, the failed one that it stands for: the latest that paid one of its documents and was not
// replaced yet; 0 where there is none. One that was never posted paid nothing, so that nothing stands for it.
func failedBefore(ctx context.Context, tx *db.Tx, planned []Planned) ([]int64, error) {
	at := map[int64]int{}
	var vouchers []int64
	for i, x := range planned {
		for _, d := range x.Documents {
			at[d.Items[0].Voucher] = i
			vouchers = append(vouchers, d.Items[0].Voucher)
		}
	}
	failed := make([]int64, len(planned))
	taken := map[int64]bool{}
	those, arg := tx.Among("i.voucher", "$2", vouchers)
	err := tx.Each(ctx, `select i.voucher, p.id from vendor_payment_item i join vendor_payment p on p.company = i.company and p.id = i.payment
		where i.company = $1 and `+those+` and p.voucher is not null and p.status in ('rejected', 'voided', 'returned', 'stopped', 'stale')
		and not exists (select 1 from vendor_payment x where x.company = p.company and x.replaces = p.id and x.status <> 'cancelled') order by p.id`,
		[]any{tx.Company, arg}, func(r *db.Rows) error {
			if id := r.Int64(1); !taken[id] {
				taken[id] = true
				failed[at[r.Int64(0)]] = id
			}
			return nil
		})
	return failed, err
}

// Complete opens a journal that was filled. One without a payment is cancelled: there is nothing to do with it, but what it left out can
// be looked at.
func (j *Journal) Complete(ctx context.Context, tx *db.Tx) error {
	var any bool
	if err := tx.Row(ctx, "select exists (select 1 from vendor_payment where company = $1 and journal = $2)", tx.Company, j.ID).Scan(&any); err != nil {
		return err
	}
	j.State = JournalOpen
	if !any {
		j.State = JournalVoid
	}
	n, err := tx.Exec(ctx, "update vendor_payment_journal set state = $1 where company = $2 and id = $3 and state = 'proposing'", j.State, tx.Company, j.ID)
	if err == nil && n != 1 {
		err = fault.New(fault.Conflict, "the vendor payment journal %s was cancelled while it was proposed", j.Code).ByRule("journal_state")
	}
	return err
}

// LeftOut is what a proposal left out, as it is kept.
type LeftOut struct {
	N              int64
	Vendor, Number string // codes; the number of the document is blank when everything of the vendor was left
	Currency       string
	Amount         int64 // minor units, positive
	Reason         Reason
	Detail         string
}

// LeftOuts gives what the proposal of a journal left out, after the n-th, at most limit.
func LeftOuts(ctx context.Context, tx *db.Tx, journal, after int64, limit int) ([]LeftOut, error) {
	return db.List(ctx, tx, func(r *db.Rows, l *LeftOut) error {
		return r.Scan(&l.N, &l.Vendor, &l.Number, &l.Currency, &l.Amount, &l.Reason, &l.Detail)
	}, `select l.n, x.code, coalesce(v.number, ''), l.currency, l.amount, l.reason, l.detail from vendor_payment_left l join vendor x on x.company = l.company and x.id = l.vendor
		left join voucher v on v.company = l.company and v.id = l.voucher where l.company = $1 and l.journal = $2 and l.n > $3 order by l.n limit $4`, tx.Company, journal, after, limit)
}
