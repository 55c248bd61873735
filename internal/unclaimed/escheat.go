package unclaimed

import (
	"context"
	"fmt"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/payout"
)

// Escheat escheats a candidate on a day: the open credit, or the invoices of the payment (which becomes stale first, when it is posted),
// are settled against the liability account. One that is not due is refused, unless there is an exception: the reason for it. What is
// marked or not open is refused in any case.
func Escheat(ctx context.Context, tx *db.Tx, c *ledger.Company, y *Candidate, date civil.Date, exception string) (*Property, error) {
	if err := y.may(exception); err != nil {
		return nil, err
	}
	p := &Property{
		Kind: y.Kind, Owner: y.Owner, Target: y.Target, Place: y.Place, Currency: y.Currency, Amount: y.Amount, Arose: y.Arose, Activity: y.Activity, Deadlines: y.Deadlines, LetterOn: y.LetterOn,
		Exception: exception, PropertyCode: y.Rule.Code, Status: Escheated, On: date, Names: Names{OwnerCode: y.Code, OwnerName: y.Name, Document: y.Document, Check: y.Check},
	}
	var err error
	if p.ID, err = tx.NewID(ctx); err != nil {
		return nil, err
	}
	if y.Stage == EscheatDue {
		p.Exception = ""
	}
	if y.payment != nil && y.payment.Status == payout.Posted {
		if _, err := payout.Fail(ctx, tx, c, []*payout.Payment{y.payment}, payout.Stale, date, "never cashed: unclaimed property of "+y.Place.Jurisdiction); err != nil {
			return nil, err
		}
	}
	pieces, err := y.pieces(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	v, lines, err := p.voucher(c, pieces)
	if err != nil {
		return nil, err
	}
	ch := openitem.NewChanges(c)
	fresh := ch.Add(v)
	ch.Operate(&openitem.Operation{Kind: openitem.Manual, Date: date, Source: p.ID, Links: openitem.LinkPieces(fresh, pieces)})
	if err := ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	p.Voucher, p.Number = v.ID, v.Number
	if y.payment != nil {
		if err := payout.Escheat(ctx, tx, []*payout.Payment{y.payment}, []int64{v.ID}, "unclaimed property of "+y.Place.Jurisdiction); err != nil {
			return nil, err
		}
	}
	return p, p.save(ctx, tx, lines)
}

// may refuses what is not to be escheated.
func (y *Candidate) may(exception string) error {
	refuse := func(rule, format string, args ...any) *fault.Error {
		return fault.New(fault.Refused, format, args...).ByRule(rule)
	}
	switch y.Stage {
	case EscheatDue:
		return nil
	case Marked:
		return refuse("marked", "something pending means to settle %s; release it first", y.Document)
	case NothingOpen:
		return refuse("nothing_open", "nothing of payment %s is open: its invoices were paid again or reversed", y.Document)
	case NoJurisdiction, NoRule:
		return refuse(string(y.Stage), "%s cannot be escheated: %s", y.Document, y.Explain())
	}
	if exception == "" {
		return refuse(string(y.Stage), "%s is not due to be escheated: %s. If it must be, give the reason for an exception", y.Document, y.Explain()).In("exception")
	}
	return nil
}

// pieces gives what of the open items is settled: all of the document, or of the payment's invoices.
func (y *Candidate) pieces(ctx context.Context, tx *db.Tx, c *ledger.Company) ([]openitem.Piece, error) {
	if y.payment == nil {
		items, err := openitem.OfVouchers(ctx, tx, c, []int64{y.Target})
		if err != nil {
			return nil, err
		}
		return y.split(documentOf(items, openitem.Customers, y.Owner, y.Target, y.Currency), y.Amount)
	}
	vouchers := make([]int64, len(y.payment.Items))
	for i, x := range y.payment.Items {
		vouchers[i] = x.Voucher
	}
	items, err := openitem.OfVouchers(ctx, tx, c, vouchers)
	if err != nil {
		return nil, err
	}
	var all []openitem.Piece
	for _, x := range y.payment.Items {
		more, err := y.split(documentOf(items, openitem.Vendors, y.Owner, x.Voucher, y.Currency), x.Amount)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

func (y *Candidate) split(d *openitem.Document, amount money.Amount) ([]openitem.Piece, error) {
	if d == nil || -d.Open() < amount {
		return nil, fault.New(fault.Refused, "less than %s %s of %s is open; look again", show(y.Currency, amount), y.Currency, y.Document).ByRule("over_settlement")
	}
	return openitem.Split(d, amount)
}

// documentOf picks the open items in credit of a party's voucher in a currency; nil when there are none.
func documentOf(items []*openitem.Item, side openitem.Side, owner, voucher int64, currency string) *openitem.Document {
	var theirs []*openitem.Item
	for _, it := range items {
		if it.Side == side && it.Party == owner && it.Voucher == voucher && it.Currency == currency && it.Open < 0 && !it.Held {
			theirs = append(theirs, it)
		}
	}
	if all := openitem.Documents(theirs); len(all) == 1 {
		return all[0]
	}
	return nil
}

// voucher makes what escheating posts: it debits the ledger accounts of the items, and credits the liability on each one's own values of
// the dimensions, or on one ledger account, with due-to and due-from lines then.
func (p *Property) voucher(c *ledger.Company, pieces []openitem.Piece) (*ledger.Voucher, []line, error) {
	v := &ledger.Voucher{Date: p.On, Type: ledger.Journal, Text: fmt.Sprintf("Unclaimed property of %s: %s", p.Place.Jurisdiction, p.Document)}
	if p.Kind == Credit {
		v.Customer = p.Owner
	} else {
		v.Vendor = p.Owner
	}
	v.Entries = openitem.Controls(p.Owner, p.Currency, pieces)
	account, err := liability(c)
	if err != nil {
		return nil, nil, err
	}
	var lines []line
	var accounts []ledger.Account
	for _, e := range v.Entries {
		a := account(e.Account)
		n := len(accounts)
		if n == 0 || accounts[n-1].Written != a.Written {
			accounts, lines, n = append(accounts, a), append(lines, line{account: a.Written}), n+1
		}
		lines[n-1].amount += e.Amount
		lines[n-1].accounting += e.Accounting
		p.Accounting += e.Accounting
	}
	for i, x := range lines {
		v.Entries = append(v.Entries, ledger.Entry{Account: accounts[i], Currency: p.Currency, Amount: -x.amount, Accounting: -x.accounting})
	}
	return v, lines, c.AddDueLines(v)
}

// liability gives the account of unclaimed property for what stood on another: a main account takes its dimensions from there.
func liability(c *ledger.Company) (func(ledger.Account) ledger.Account, error) {
	written := c.Parameters["unclaimed_property_account"]
	if written == "" {
		return nil, fault.New(fault.Refused, "the parameter unclaimed_property_account is not set: it is the liability account that unclaimed property is owed on").ByRule("no_unclaimed_account")
	}
	if a, ok := c.Accounts[written]; ok {
		if a.Control != ledger.NoControl {
			return nil, controlAccount(written, a.Control)
		}
		return func(from ledger.Account) ledger.Account { return c.WithMain(from, written) }, nil
	}
	a, err := c.Parse(written)
	if err != nil {
		return nil, fault.New(fault.Refused, "the parameter unclaimed_property_account: %v", err).ByRule("no_unclaimed_account").Because(err)
	}
	if control := c.Accounts[a.Main].Control; control != ledger.NoControl {
		return nil, controlAccount(a.Main, control)
	}
	return func(ledger.Account) ledger.Account { return a }, nil
}

func controlAccount(main string, control ledger.Control) error {
	return fault.New(fault.Refused, "%s, of the parameter unclaimed_property_account, is a %s control account; name a liability account", main, control).ByRule("no_unclaimed_account")
}

// save keeps a property that was escheated, and its first event.
func (p *Property) save(ctx context.Context, tx *db.Tx, lines []line) (err error) {
	if p.Code, err = ledger.DrawCode(ctx, tx, ledger.UnclaimedSeries); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into unclaimed_property (company, id, code, kind, party, target, jurisdiction, why, currency, amount, accounting, arose, last_activity, dormant_on, cut_off, report_on,
		letter_on, exception, property_code, status, escheated_on, voucher, remittance, report) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, null, null)`,
		tx.Company, p.ID, p.Code, p.Kind, p.Owner, p.Target, p.Place.Jurisdiction, p.Place.Why, p.Currency, p.Amount, p.Accounting, p.Arose, p.Activity, p.Deadlines.Dormant, p.Deadlines.CutOff,
		p.Deadlines.Report, p.LetterOn, p.Exception, p.PropertyCode, p.Status, p.On, p.Voucher)
	if db.IsDuplicate(err) {
		return fault.New(fault.Conflict, "%s was escheated by somebody else just now", p.Document).ByRule("taken").Because(err)
	}
	if err != nil {
		return err
	}
	b := tx.Batch("unclaimed_line", "company", "property", "n", "account", "amount", "accounting")
	for i, x := range lines {
		b.Int(tx.Company).Int(p.ID).Int(int64(i + 1)).Text(x.account).Int(int64(x.amount)).Int(int64(x.accounting))
	}
	if err := b.Flush(ctx); err != nil {
		return err
	}
	detail := fmt.Sprintf("last activity %s, dormant from %s, counted on %s, reported by %s", p.Activity, p.Deadlines.Dormant, p.Deadlines.CutOff, p.Deadlines.Report)
	if p.Exception != "" {
		detail += "; by exception: " + p.Exception
	}
	return note(ctx, tx, []*Property{p}, p.Voucher, detail)
}

// Reverse takes an escheat back, on a day and with the reason: the credit or the invoices of the payment are open again. What was remitted
// already is refused: the remittance is reversed first.
func Reverse(ctx context.Context, tx *db.Tx, c *ledger.Company, p *Property, date civil.Date, reason string) (*ledger.Voucher, error) {
	if reason == "" {
		return nil, fault.New(fault.Invalid, "an escheat is taken back with a reason").In("reason")
	}
	if err := p.must(Escheated, "taken back; reverse its remittance first"); err != nil {
		return nil, err
	}
	if date < p.On {
		return nil, fault.New(fault.Refused, "property %s was escheated on %s; that cannot be taken back on %s, before", p.Code, p.On, date).ByRule("reversed_before").In("date")
	}
	links, err := openitem.LiveLinks(ctx, tx, []int64{p.Owner})
	if err != nil {
		return nil, err
	}
	op, byOp := int64(0), map[int64][]openitem.Linked{}
	for _, l := range links {
		if l.Source == p.ID && l.Kind == openitem.Manual {
			op = l.Operation
			byOp[op] = append(byOp[op], l)
		}
	}
	if op == 0 {
		return nil, fault.New(fault.Violation, "the settlement of property %s is not there; run quittance verify", p.Code).ByRule("unclaimed_settled")
	}
	u, err := openitem.NewUndoer(ctx, tx, c, []int64{op}, byOp)
	if err != nil {
		return nil, err
	}
	stored, err := ledger.Get(ctx, tx, c, p.Voucher)
	if err != nil {
		return nil, err
	}
	items, err := openitem.OfVouchers(ctx, tx, c, []int64{p.Voucher})
	if err != nil {
		return nil, err
	}
	ch := openitem.NewChanges(c)
	if err := u.Undo(ch, op, byOp[op], date); err != nil {
		return nil, err
	}
	for i, it := range items {
		if known := u.Item(it); known != nil {
			items[i] = known
		}
	}
	v := ch.Mirror(&stored.Voucher, items, date, reason)
	if err := ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	if p.Kind == Payment {
		all, err := payout.ByID(ctx, tx, []int64{p.Target})
		if err != nil || len(all) != 1 {
			return nil, err
		}
		if err := payout.Unescheat(ctx, tx, all[0], v.ID, reason); err != nil {
			return nil, err
		}
	}
	if err := move(ctx, tx, []*Property{p}, Reversed, 0); err != nil {
		return nil, err
	}
	return v, note(ctx, tx, []*Property{p}, v.ID, reason)
}
