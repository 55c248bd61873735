package openitem

import (
	"context"
	"errors"
	"maps"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Post posts vouchers of any type through the one door: open items are made for their control lines, and documents of
// both signs are settled within themselves.
func Post(ctx context.Context, tx *db.Tx, c *ledger.Company, vouchers ...*ledger.Voucher) error {
	ch := NewChanges(c)
	for _, v := range vouchers {
		if _, err := ch.Post(v); err != nil {
			return err
		}
	}
	return ch.Flush(ctx, tx)
}

// PostLater is Post, written at the end of the transaction; see [Changes.FlushLater].
func PostLater(ctx context.Context, tx *db.Tx, c *ledger.Company, v *ledger.Voucher) error {
	ch := NewChanges(c)
	if _, err := ch.Post(v); err != nil {
		return err
	}
	return ch.FlushLater(ctx, tx)
}

// Settle settles a debit document with a credit document of the same currency on date. amount is positive; 0 means as much
// as both have available, and then what is left within the penny difference is closed too.
func Settle(ctx context.Context, tx *db.Tx, c *ledger.Company, debit, credit *Document, amount money.Amount, date civil.Date) (*Application, error) {
	if err := canSettle(debit, credit, date); err != nil {
		return nil, err
	}
	whole := amount == 0
	if most := min(debit.Available(), -credit.Available()); whole {
		amount = most
	} else if amount > most {
		return nil, fault.New(fault.Refused, "%s and %s can settle %s %s at most, by what is open and not marked", debit.Number, credit.Number, show(debit.Currency, most), debit.Currency).ByRule("over_settlement")
	}
	if amount <= 0 {
		return nil, fault.New(fault.Refused, "%s or %s is marked by a pending settlement; nothing is available", debit.Number, credit.Number).ByRule("marked")
	}
	app, err := Apply(c, debit, credit, amount, date)
	if err != nil {
		return nil, err
	}
	if whole {
		if err := app.closePennies(c, date); err != nil {
			return nil, err
		}
	}
	ch := NewChanges(c)
	ch.Settle(Manual, date, 0, app)
	return app, ch.Flush(ctx, tx)
}

func canSettle(debit, credit *Document, date civil.Date) error {
	switch {
	case debit.Open() <= 0:
		return fault.New(fault.Refused, "%s is not a debit: its open amount is %s %s", debit.Number, show(debit.Currency, debit.Open()), debit.Currency).ByRule("not_a_debit")
	case credit.Open() >= 0:
		return fault.New(fault.Refused, "%s is not a credit: its open amount is %s %s", credit.Number, show(credit.Currency, credit.Open()), credit.Currency).ByRule("not_a_credit")
	case debit.Currency != credit.Currency:
		return fault.New(fault.Refused, "%s is in %s and %s in %s; only documents of one currency settle each other", debit.Number, debit.Currency, credit.Number, credit.Currency).ByRule("currencies_differ")
	case date < debit.Date || date < credit.Date:
		return fault.New(fault.Refused, "the settlement of %s would be dated before %s (%s) or %s (%s)", date, debit.Number, debit.Date, credit.Number, credit.Date).ByRule("settled_before").In("date")
	}
	return nil
}

func (app *Application) closePennies(c *ledger.Company, date civil.Date) error {
	text := c.Parameters["penny_difference"]
	if text == "" || app.Debit.Currency != c.Currency.Code {
		return nil
	}
	limit, err := c.Currency.Parse(text)
	if err != nil {
		return err
	}
	closed := false
	for _, d := range []*Document{app.Debit, app.Credit} {
		did, err := app.ApplyPenny(c, d, limit, date)
		if err != nil {
			return err
		}
		closed = closed || did
	}
	if closed {
		return c.AddDueLines(app.Voucher)
	}
	return nil
}

// Auto settles what is open of a party by the priority order: due date, then date, then voucher number, credits by date. Marked
// documents are left alone, and so is what is dated after date.
func Auto(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, party int64, date civil.Date) ([]*Application, error) {
	items, err := Open(ctx, tx, c, side, party)
	if err != nil {
		return nil, err
	}
	byCurrency := map[string][2][]*Document{}
	var currencies []string
	for _, d := range Documents(items) {
		if d.Date > date {
			continue
		}
		if _, ok := byCurrency[d.Currency]; !ok {
			currencies = append(currencies, d.Currency)
		}
		sides := byCurrency[d.Currency]
		if d.Open() > 0 {
			sides[0] = append(sides[0], d)
		} else {
			sides[1] = append(sides[1], d)
		}
		byCurrency[d.Currency] = sides
	}
	slices.Sort(currencies)
	ch := NewChanges(c)
	var all []*Application
	for _, cur := range currencies {
		sides := byCurrency[cur]
		first, second := ByDue, ByDate
		if side == Vendors { // a vendor's credits are the invoices
			first, second = ByDate, ByDue
		}
		slices.SortFunc(sides[0], first)
		slices.SortFunc(sides[1], second)
		apps, err := Match(c, sides[0], sides[1], date)
		if err != nil {
			return nil, err
		}
		for _, app := range apps {
			if err := app.closePennies(c, date); err != nil {
				return nil, err
			}
		}
		ch.Settle(Automatic, date, 0, apps...)
		all = append(all, apps...)
	}
	return all, ch.Flush(ctx, tx)
}

// Unsettle undoes the settlements of a debit voucher with a credit voucher of a party, on date: closed-transaction editing.
// What they posted is mirrored. Settlements that belong to a reimbursement are refused with the right way. It gives the amount
// that is open again, in minor units, positive, and what is no longer paid.
func Unsettle(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, party int64, debit, credit string, date civil.Date) (money.Amount, []Paid, error) {
	dv, err := ledger.Lookup(ctx, tx, debit)
	if err != nil {
		return 0, nil, err
	}
	cv, err := ledger.Lookup(ctx, tx, credit)
	if err != nil {
		return 0, nil, err
	}
	parties, err := partiesOf(ctx, tx, c, side, party, dv.ID, cv.ID)
	if err != nil {
		return 0, nil, err
	}
	links, err := LiveLinks(ctx, tx, parties)
	if err != nil {
		return 0, nil, err
	}
	debitOps, creditOps := map[int64]bool{}, map[int64]bool{}
	for _, l := range links {
		if l.DebitVoucher == dv.ID {
			debitOps[l.Operation] = true
		}
		if l.CreditVoucher == cv.ID {
			creditOps[l.Operation] = true
		}
	}
	byOp := map[int64][]Linked{}
	var ops []int64
	for _, l := range links {
		if !debitOps[l.Operation] || !creditOps[l.Operation] {
			continue
		}
		if err := undoable(ctx, tx, side, l, dv, cv); err != nil {
			return 0, nil, err
		}
		if date < l.Date {
			return 0, nil, fault.New(fault.Refused, "the settlement of %s with %s is of %s; it cannot be undone on %s, before that", debit, credit, l.Date, date).ByRule("undone_before").In("date")
		}
		if byOp[l.Operation] == nil {
			ops = append(ops, l.Operation)
		}
		byOp[l.Operation] = append(byOp[l.Operation], l)
	}
	if len(ops) == 0 {
		return 0, nil, fault.New(fault.NotFound, "%s and %s are not settled with each other", debit, credit).ByRule("not_settled")
	}
	return undo(ctx, tx, c, ops, byOp, dv.ID, date)
}

// partiesOf gives the party and those of its family that have items in the two vouchers.
func partiesOf(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, party int64, vouchers ...int64) ([]int64, error) {
	items, err := OfVouchers(ctx, tx, c, vouchers)
	all := map[int64]bool{party: true}
	for _, it := range items {
		if it.Side == side {
			all[it.Party] = true
		}
	}
	return slices.Sorted(maps.Keys(all)), err
}

func undo(ctx context.Context, tx *db.Tx, c *ledger.Company, ops []int64, byOp map[int64][]Linked, debit int64, date civil.Date) (money.Amount, []Paid, error) {
	ch := NewChanges(c)
	u, err := NewUndoer(ctx, tx, c, ops, byOp)
	if err != nil {
		return 0, nil, err
	}
	for _, op := range ops {
		if err := u.Undo(ch, op, byOp[op], date); err != nil {
			return 0, nil, err
		}
	}
	var reopened money.Amount
	for _, it := range u.items {
		if it.Voucher == debit && it.from == nil {
			reopened += it.Open - it.was
		}
	}
	if err := ch.Flush(ctx, tx); err != nil {
		return 0, nil, err
	}
	return reopened, ch.Paid(), nil
}

// undoable refuses the settlements that closed-transaction editing must not touch, naming the right way.
func undoable(ctx context.Context, tx *db.Tx, side Side, l Linked, dv, cv ledger.Voucher) error {
	if side == Customers && (dv.Type == ledger.Reimbursement || l.Kind == Reimbursed) {
		return fault.New(fault.Refused, "the settlement of %s belongs to the reimbursement %s and cannot be undone by itself; reverse the reimbursement instead: quittance reimburse reverse %s --date DATE --reason TEXT", cv.Number, dv.Number, dv.Number).ByRule("belongs_to_reimbursement")
	}
	switch l.Kind {
	case Manual:
		if l.Source != 0 {
			return ofUnclaimed(ctx, tx, "id", l.Source, dv.Number)
		}
	case Netted:
		var run string
		if err := tx.Row(ctx, "select code from run where company = $1 and id = $2", tx.Company, l.Source).Scan(&run); err != nil {
			return err
		}
		return fault.New(fault.Refused, "the settlement of %s with %s was made by the run %s before it reimbursed the rest; it is undone when the customer's last reimbursement of that run is reversed: quittance reimburse reverse", dv.Number, cv.Number, run).ByRule("belongs_to_reimbursement")
	case Deducted, Resolved:
		return fault.New(fault.Refused, "the settlement of %s with %s belongs to a deduction; reverse its resolution (quittance deductions reverse), correct the deduction, or reverse the payment that it came with", dv.Number, cv.Number).ByRule("belongs_to_deduction")
	case Applied:
		if side == Vendors {
			name, err := vendorPayment(ctx, tx, "id", l.Source)
			if err != nil {
				return err
			}
			return fault.New(fault.Refused, "the settlement of %s with %s was made by the vendor payment %s; void or return that payment instead: quittance vendor-payments void %s --reason TEXT", dv.Number, cv.Number, name, name).ByRule("belongs_to_payment")
		}
		journal, line, err := payment(ctx, tx, "posting", l.Source)
		if err != nil {
			return err
		}
		return fault.New(fault.Refused, "the settlement of %s with %s was made by line %d of the payment journal %s; reverse that line instead: quittance payments reverse %s --line %d --date DATE --reason TEXT", dv.Number, cv.Number, line, journal, journal, line).ByRule("belongs_to_payment")
	case OfDocument:
		return fault.New(fault.Refused, "the settlement within %s came with its posting; reverse the voucher instead", dv.Number).ByRule("belongs_to_document")
	case Reversed:
		return fault.New(fault.Refused, "%s and %s are mirrors of each other; a reversal is not undone, post the document again instead", dv.Number, cv.Number).ByRule("belongs_to_reversal")
	}
	return nil
}

// Undoer undoes operations: it has read the items that their links join, and the settlement vouchers that they posted.
type Undoer struct {
	c        *ledger.Company
	items    map[[2]int64]*Item
	vouchers map[int64][]*ledger.Stored // by operation
}

// NewUndoer reads what is needed to undo the links of the operations.
func NewUndoer(ctx context.Context, tx *db.Tx, c *ledger.Company, ops []int64, byOp map[int64][]Linked) (*Undoer, error) {
	u := &Undoer{c: c, items: map[[2]int64]*Item{}, vouchers: map[int64][]*ledger.Stored{}}
	ids := map[int64]bool{}
	for _, op := range ops {
		for _, l := range byOp[op] {
			ids[l.DebitVoucher], ids[l.CreditVoucher] = true, true
		}
	}
	list, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) },
		"select value from json_each(cast($1 as text)) order by value", idSet(ids))
	if err != nil {
		return nil, err
	}
	items, err := OfVouchers(ctx, tx, c, list)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		u.items[[2]int64{it.Voucher, int64(it.Line)}] = it
	}
	wanted := map[int64]bool{}
	for _, op := range ops {
		wanted[op] = true
	}
	return u, ledger.EachOf(ctx, tx, c, list, ledger.Settlement, func(v *ledger.Stored) error {
		if wanted[v.Source] {
			u.vouchers[v.Source] = append(u.vouchers[v.Source], v)
		}
		return nil
	})
}

// Undo takes back the links of one operation on date, and mirrors the settlement vouchers that it posted.
func (u *Undoer) Undo(ch *Changes, op int64, links []Linked, date civil.Date) error {
	back := &Operation{Kind: links[0].Kind, Date: date, Source: links[0].Source, Undoes: op}
	for _, l := range links {
		d, cr := u.items[[2]int64{l.DebitVoucher, int64(l.DebitLine)}], u.items[[2]int64{l.CreditVoucher, int64(l.CreditLine)}]
		if d == nil || cr == nil {
			return fault.New(fault.Violation, "a settlement joins items that do not exist; run quittance verify").ByRule("settlement_orphan")
		}
		back.Links = append(back.Links, Link{d, cr, -l.Amount, -l.Accounting})
		d.Open, d.Accounting = d.Open+l.Amount, d.Accounting+l.Accounting
		cr.Open, cr.Accounting = cr.Open-l.Amount, cr.Accounting-l.Accounting
	}
	ch.Operate(back)
	for _, v := range u.vouchers[op] {
		var items []*Item
		for line := range v.Entries {
			if it := u.items[[2]int64{v.ID, int64(line + 1)}]; it != nil {
				items = append(items, it)
			}
		}
		ch.Mirror(&v.Voucher, items, date, "Undoes the settlement "+v.Number)
	}
	return nil
}

// Mirror adds the exact mirror of a posted voucher and settles its open items (items, with their full amounts open) with
// those of the mirror. It gives the mirror.
func (ch *Changes) Mirror(v *ledger.Voucher, items []*Item, date civil.Date, text string) *ledger.Voucher {
	m := &ledger.Voucher{Date: date, Type: ledger.Reversal, Customer: v.Customer, Vendor: v.Vendor, Reverses: v.ID, Text: text, Entries: ledger.Mirror(v.Entries)}
	fresh := ch.Add(m)
	op := &Operation{Kind: Reversed, Date: date}
	for i, it := range items {
		f := fresh[i]
		l := Link{Debit: it, Credit: f}
		if f.Open > 0 || (f.Open == 0 && f.Accounting > 0) {
			l = Link{Debit: f, Credit: it}
		}
		l.Amount, l.Accounting = it.Open.Abs(), it.Accounting.Abs()
		op.Links = append(op.Links, l)
		it.Open, it.Accounting, f.Open, f.Accounting = 0, 0, 0, 0
	}
	ch.Operate(op)
	return m
}

// Reverse posts the exact mirror of a voucher on date. It is refused when the voucher is a reimbursement, a settlement or a
// reversal, is reversed already, or when anything of it has been settled or marked since, naming the way out.
func Reverse(ctx context.Context, tx *db.Tx, c *ledger.Company, number string, date civil.Date, reason string) (*ledger.Voucher, error) {
	v, err := ledger.Find(ctx, tx, c, number)
	if err != nil {
		return nil, err
	}
	switch v.Type {
	case ledger.Reimbursement:
		return nil, fault.New(fault.Refused, "%s is a reimbursement; reverse it with: quittance reimburse reverse %s --date DATE --reason TEXT", number, number).ByRule("belongs_to_reimbursement")
	case ledger.Deduction:
		return nil, fault.New(fault.Refused, "%s is the capture of a deduction; correct the deduction (quittance deductions resolve, kind correct), or reverse the payment that it came with", number).ByRule("belongs_to_deduction")
	case ledger.Resolution:
		return nil, fault.New(fault.Refused, "%s is a resolution of a deduction; reverse it with: quittance deductions reverse DEDUCTION %s --date DATE --reason TEXT", number, number).ByRule("belongs_to_deduction")
	case ledger.Payment:
		if err := ofJournal(ctx, tx, v.ID, number); err != nil {
			return nil, err
		}
	case ledger.Journal:
		if err := ofUnclaimed(ctx, tx, "voucher", v.ID, number); err != nil {
			return nil, err
		}
	case ledger.VendorPayment:
		name, err := vendorPayment(ctx, tx, "voucher", v.ID)
		if err == nil {
			return nil, fault.New(fault.Refused, "%s was posted by the vendor payment %s; void or return that payment instead: quittance vendor-payments void %s --reason TEXT", number, name, name).ByRule("belongs_to_payment")
		}
		if !errors.Is(err, db.ErrNoRows) {
			return nil, err
		}
	case ledger.Settlement, ledger.Reversal:
		return nil, fault.New(fault.Refused, "%s is a %s, which is not reversed by itself; undo the settlement it belongs to, or post the document again", number, v.Type).ByRule("not_reversible")
	}
	by, err := ledger.ReversedBy(ctx, tx, v.ID)
	if err != nil {
		return nil, err
	}
	if by != "" {
		return nil, fault.New(fault.Refused, "%s is already reversed by %s", number, by).ByRule("already_reversed")
	}
	if date < v.Date {
		return nil, fault.New(fault.Refused, "%s is of %s; it cannot be reversed on %s, before that", number, v.Date, date).ByRule("reversed_before").In("date")
	}
	ch := NewChanges(c)
	items, err := undoWithin(ctx, tx, c, ch, v.ID, date)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		if it.Open != it.Amount {
			return nil, fault.New(fault.Refused, "line %d of %s is settled in part or whole; undo that settlement first: quittance unsettle", it.Line, number).ByRule("settled_since")
		}
		if it.Marked != 0 {
			return nil, fault.New(fault.Refused, "line %d of %s is marked by a pending settlement; release the mark first: quittance unmark", it.Line, number).ByRule("marked")
		}
	}
	m := ch.Mirror(&v.Voucher, items, date, reason)
	return m, ch.Flush(ctx, tx)
}

// ofJournal refuses a payment that a payment journal posted, with the right way.
func ofJournal(ctx context.Context, tx *db.Tx, voucher int64, number string) error {
	journal, line, err := payment(ctx, tx, "voucher", voucher)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Refused, "%s was posted by line %d of the payment journal %s; reverse that line instead: quittance payments reverse %s --line %d --date DATE --reason TEXT", number, line, journal, journal, line).ByRule("belongs_to_payment")
}

// payment finds the line of a payment journal by its voucher, or by its posting, which its settlements name as their source.
func payment(ctx context.Context, tx *db.Tx, by string, id int64) (journal string, line int, err error) {
	err = tx.Row(ctx, "select j.code, l.line from payment_line l join payment_journal j on j.company = l.company and j.id = l.journal where l.company = $1 and l."+by+" = $2", tx.Company, id).Scan(&journal, &line)
	return journal, line, err
}

// undoWithin undoes what the posting of a document of both signs settled within itself, and gives its items.
func undoWithin(ctx context.Context, tx *db.Tx, c *ledger.Company, ch *Changes, voucher int64, date civil.Date) ([]*Item, error) {
	items, err := OfVouchers(ctx, tx, c, []int64{voucher})
	if err != nil {
		return nil, err
	}
	parties := map[int64]bool{}
	for _, it := range items {
		parties[it.Party] = true
	}
	links, err := LiveLinks(ctx, tx, slices.Sorted(maps.Keys(parties)))
	if err != nil {
		return nil, err
	}
	touches := map[int64]bool{}
	for _, l := range links {
		if l.Kind == OfDocument && (l.DebitVoucher == voucher || l.CreditVoucher == voucher) {
			touches[l.Operation] = true
		}
	}
	if len(touches) == 0 {
		return items, nil
	}
	byOp := map[int64][]Linked{}
	for _, l := range links {
		if touches[l.Operation] {
			byOp[l.Operation] = append(byOp[l.Operation], l)
		}
	}
	ops := slices.Sorted(maps.Keys(touches))
	u, err := NewUndoer(ctx, tx, c, ops, byOp)
	if err != nil {
		return nil, err
	}
	for _, op := range ops {
		if err := u.Undo(ch, op, byOp[op], date); err != nil {
			return nil, err
		}
	}
	for i, it := range items {
		if known := u.items[[2]int64{it.Voucher, int64(it.Line)}]; known != nil {
			items[i] = known
		}
	}
	return items, nil
}

// show writes an amount of a currency for a message.
func show(currency string, a money.Amount) string {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return "?"
	}
	return cur.Format(a)
}

// Item gives the undoer's own view of an item, nil when its links do not touch it.
func (u *Undoer) Item(it *Item) *Item { return u.items[[2]int64{it.Voucher, int64(it.Line)}] }
