package folder

import (
	"context"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// settlementKey is what makes a settlement row known: date, party, both vouchers and lines.
type settlementKey struct {
	date                  civil.Date
	party                 int64
	debit, credit         string
	debitLine, creditLine int
}

// knownAmounts are the amounts that a known key may come with: all that was ever settled under it, and what still holds.
type knownAmounts struct{ ever, live, imported money.Amount }

// settlements applies the settlement rows in the order of the file.
func (im *importer) settlements(ctx context.Context) error {
	im.ops = map[string]*openitem.Operation{}
	known, err := im.knownSettlements(ctx)
	if err != nil {
		return err
	}
	if err := im.addSettled(ctx); err != nil {
		return err
	}
	for i := range im.d.Settlements {
		if err := im.settlement(ctx, &im.d.Settlements[i], known); err != nil {
			return err
		}
	}
	return nil
}

// end is one voucher of a settlement row: its date and its items.
type end struct {
	number string
	date   civil.Date
	items  []*openitem.Item
}

func (im *importer) settlement(ctx context.Context, s *Settlement, known map[settlementKey]*knownAmounts) error {
	party, ok := im.settlementParty(s)
	if !ok || im.broken[s.DebitVoucher] || im.broken[s.CreditVoucher] {
		return nil
	}
	debit, err := im.end(ctx, s, "debit_voucher", s.DebitVoucher)
	if err != nil || debit == nil {
		return err
	}
	credit, err := im.end(ctx, s, "credit_voucher", s.CreditVoucher)
	if err != nil || credit == nil {
		return err
	}
	if err := inOrder(s.Date, debit.date, credit.date); err != nil {
		im.because(&s.Row, "date", err)
		return nil
	}
	k := settlementKey{s.Date, party, s.DebitVoucher, s.CreditVoucher, s.DebitLine, s.CreditLine}
	if was := known[k]; was != nil {
		im.knownSettlement(s, k, was, debit)
		return nil
	}
	im.keep("settlements", "", false, false)
	if !im.journalOf(s) {
		return nil
	}
	switch {
	case im.holds(s, party, debit):
		im.bad(&s.Row, "debit_voucher", "%s holds a deduction, which only its resolutions settle, and its reversal; resolve the deduction instead", s.DebitVoucher)
	case s.DebitLine != 0:
		im.link(s, party, debit, credit)
	case s.Customer != "" && im.typeOf(s.DebitVoucher) == ledger.Reimbursement:
		im.bad(&s.Row, "debit_line", "%s is a reimbursement, which settles credits on its own ledger accounts; name the lines", s.DebitVoucher)
	default:
		im.apply(s, party, debit, credit)
	}
	return nil
}

// holds says whether a row would settle what holds a deduction with something that does not resolve it.
func (im *importer) holds(s *Settlement, party int64, debit *end) bool {
	if by := im.typeOf(s.CreditVoucher); by == ledger.Resolution || by == ledger.Reversal {
		return false
	}
	return slices.ContainsFunc(debit.items, func(it *openitem.Item) bool {
		return it.Held && it.Party == party && (s.DebitLine == 0 || s.DebitLine == it.Line)
	})
}

func (im *importer) typeOf(number string) ledger.Type {
	if v := im.posted[number]; v != nil {
		return v.Type
	}
	if v := im.existing[number]; v != nil {
		return v.Type
	}
	return 0
}

func (im *importer) settlementParty(s *Settlement) (int64, bool) {
	if s.Customer != "" {
		if c := im.customers[s.Customer]; c != nil {
			return c.ID, true
		}
		im.bad(&s.Row, "customer", "there is no customer %q", s.Customer)
		return 0, false
	}
	if v := im.vendors[s.Vendor]; v != nil {
		return v.ID, true
	}
	im.bad(&s.Row, "vendor", "there is no vendor %q", s.Vendor)
	return 0, false
}

// end finds a voucher of the row with its items; nil when there is none, which is then noted.
func (im *importer) end(ctx context.Context, s *Settlement, column, number string) (*end, error) {
	if v := im.posted[number]; v != nil {
		return &end{number, v.Date, im.items[number]}, nil
	}
	had := im.existing[number]
	if had == nil {
		im.bad(&s.Row, column, "there is no voucher %q", number)
		return nil, nil
	}
	if im.items[number] == nil {
		items, err := openitem.OfVouchers(ctx, im.tx, im.c, []int64{had.ID})
		if err != nil {
			return nil, err
		}
		im.items[number] = items
	}
	return &end{number, had.Date, im.items[number]}, nil
}

// knownSettlement wants a known key to come with a known amount.
func (im *importer) knownSettlement(s *Settlement, k settlementKey, was *knownAmounts, debit *end) {
	im.keep("settlements", "", true, true)
	if len(debit.items) == 0 {
		return
	}
	cur, err := money.CurrencyOf(debit.items[0].Currency)
	if err != nil {
		return
	}
	a, err := s.AmountIn(cur)
	if err != nil {
		im.errs.Add(err)
		return
	}
	if sum, several := im.settled[k]; several {
		a = sum
	}
	if a != was.ever && a != was.live && a != was.imported {
		im.bad(&s.Row, "amount", "%s settled with %s on %s is known with %s, not %s; undo that settlement, or date this one otherwise", s.DebitVoucher, s.CreditVoucher, s.Date, cur.Format(max(was.ever, was.imported)), cur.Format(a))
	}
}

// link takes a row with lines as it is.
func (im *importer) link(s *Settlement, party int64, debit, credit *end) {
	d := im.lineOf(s, "debit_line", party, debit, s.DebitLine)
	cr := im.lineOf(s, "credit_line", party, credit, s.CreditLine)
	if d == nil || cr == nil {
		return
	}
	if d.Account.Written != cr.Account.Written || d.Currency != cr.Currency {
		im.bad(&s.Row, "credit_line", "line %d of %s is on %s in %s, but line %d of %s on %s in %s; lines settle on one ledger account in one currency, leave the lines out to have it moved",
			d.Line, d.Number, d.Account.Written, d.Currency, cr.Line, cr.Number, cr.Account.Written, cr.Currency)
		return
	}
	_, amount, ok := im.amountOf(s, d.Currency)
	if !ok {
		return
	}
	l, err := openitem.LinkLines(d, cr, amount)
	if err == nil && s.Accounting != "" {
		err = im.givenAccounting(s, &l)
	}
	if err != nil {
		im.because(&s.Row, "amount", err)
		return
	}
	l.Take()
	op := im.operation(s)
	op.Links = append(op.Links, l)
}

// amountOf reads the amount of a row in the currency of its documents; an error is noted.
func (im *importer) amountOf(s *Settlement, currency string) (cur money.Currency, amount money.Amount, ok bool) {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		im.because(&s.Row, "amount", err)
		return cur, 0, false
	}
	if amount, err = s.AmountIn(cur); err != nil {
		im.errs.Add(err)
		return cur, 0, false
	}
	return cur, amount, true
}

func (im *importer) givenAccounting(s *Settlement, l *openitem.Link) error {
	a, err := im.c.Currency.Parse(s.Accounting)
	if err != nil {
		return err
	}
	if a > l.Debit.Accounting || a > -l.Credit.Accounting {
		return fault.New(fault.Invalid, "the accounting amount %s is more than is open", s.Accounting)
	}
	l.Accounting = a
	return nil
}

func (im *importer) lineOf(s *Settlement, column string, party int64, e *end, line int) *openitem.Item {
	at := slices.IndexFunc(e.items, func(it *openitem.Item) bool { return it.Line == line && it.Party == party })
	if at < 0 {
		im.bad(&s.Row, column, "line %d of %s is no item of this party", line, e.number)
		return nil
	}
	return e.items[at]
}

// operation gives the operation that a row with lines belongs to: rows that name one settlement voucher are one.
func (im *importer) operation(s *Settlement) *openitem.Operation {
	kind, source := im.kindOf(s)
	key := s.SettlementVoucher + " " + s.Date.String() + " " + kind.String() + " " + s.Run
	if ofPayment(s) { // what a payment to a vendor settles is one operation
		key += " " + journalLine{s.Journal, s.JournalLine}.name()
	}
	escheats := kind == openitem.Manual && source != 0 // as does an escheat
	if escheats {
		key += " " + s.DebitVoucher
	}
	if s.SettlementVoucher != "" || kind == openitem.Reimbursed || ofPayment(s) || escheats {
		if op := im.ops[key]; op != nil && op.Source == source {
			return op
		}
	}
	op := &openitem.Operation{Kind: kind, Date: s.Date, Source: source}
	if v := im.posted[s.SettlementVoucher]; v != nil && v.Type == ledger.Settlement && v.Source == 0 {
		op.Owns(v)
	}
	im.ops[key] = op
	im.ch.Operate(op)
	return op
}

// kindOf gives the kind of a row, inferred when it does not say, and the run that it came from.
func (im *importer) kindOf(s *Settlement) (openitem.Kind, int64) {
	debit, credit := im.posted[s.DebitVoucher], im.posted[s.CreditVoucher]
	reimburses := debit != nil && debit.Type == ledger.Reimbursement && s.Vendor == ""
	kind, said := openitem.ParseKind(s.Kind)
	if !said {
		switch dt, ct := im.typeOf(s.DebitVoucher), im.typeOf(s.CreditVoucher); {
		case s.Journal != "":
			kind = openitem.Applied
		case debit != nil && credit != nil && (debit.Reverses == credit.ID || credit.Reverses == debit.ID):
			kind = openitem.Reversed
		case reimburses:
			kind = openitem.Reimbursed
		case dt == ledger.Resolution || ct == ledger.Resolution:
			kind = openitem.Resolved
		case ct == ledger.Deduction:
			kind = openitem.Deducted
		default:
			kind = openitem.Imported
		}
	}
	switch kind {
	case openitem.Netted:
		return kind, im.runs[s.Run]
	case openitem.Manual:
		if p := im.unclaimedIn.by[s.DebitVoucher]; p != nil {
			return kind, p.ID
		}
	case openitem.Reimbursed:
		return kind, im.runs[im.runCode(s.DebitVoucher)]
	case openitem.Applied:
		if ofPayment(s) {
			if p := im.payouts.payments[journalLine{s.Journal, s.JournalLine}]; p != nil {
				return kind, p.ID
			}
		} else if l := im.lines[journalLine{s.Journal, s.JournalLine}]; l != nil {
			return kind, l.Posting
		}
	}
	return kind, 0
}

// apply settles a row without lines by the proportional rule.
func (im *importer) apply(s *Settlement, party int64, debit, credit *end) {
	d := im.documentOf(s, "debit_voucher", party, debit, 1)
	cr := im.documentOf(s, "credit_voucher", party, credit, -1)
	if d == nil || cr == nil {
		return
	}
	if d.Currency != cr.Currency {
		im.bad(&s.Row, "credit_voucher", "%s is in %s and %s in %s; only documents of one currency settle each other", d.Number, d.Currency, cr.Number, cr.Currency)
		return
	}
	cur, amount, ok := im.amountOf(s, d.Currency)
	if !ok {
		return
	}
	if amount == 0 || amount > d.Open() || amount > -cr.Open() {
		im.bad(&s.Row, "amount", "%s cannot be settled: %s is open of %s, %s of %s", cur.Format(amount), cur.Format(d.Open()), d.Number, cur.Format(-cr.Open()), cr.Number)
		return
	}
	app, err := openitem.Apply(im.c, d, cr, amount, s.Date)
	if err != nil {
		im.because(&s.Row, "amount", err)
		return
	}
	if app.Voucher != nil {
		if err := im.postable(s.Date, ledger.ModuleReceivable); err != nil {
			im.because(&s.Row, "date", err)
			return
		}
	}
	kind, source := im.kindOf(s)
	if kind != openitem.Applied && kind != openitem.Deducted && kind != openitem.Resolved {
		kind, source = openitem.Imported, 0
	}
	im.ch.Settle(kind, s.Date, source, app)
}

// documentOf gives the one open document of the party in the voucher with the sign.
func (im *importer) documentOf(s *Settlement, column string, party int64, e *end, sign money.Amount) *openitem.Document {
	var mine []*openitem.Item
	for _, it := range e.items {
		if it.Party == party {
			mine = append(mine, it)
		}
	}
	docs := slices.DeleteFunc(openitem.Documents(mine), func(d *openitem.Document) bool { return d.Open()*sign <= 0 })
	switch {
	case len(mine) == 0:
		im.bad(&s.Row, column, "%s has no items of this party", e.number)
	case len(docs) == 0:
		im.bad(&s.Row, column, "%s has no open %s of this party", e.number, map[money.Amount]string{1: "debit", -1: "credit"}[sign])
	case len(docs) > 1:
		im.bad(&s.Row, column, "%s is open in several currencies; name the lines", e.number)
	default:
		return docs[0]
	}
	return nil
}

// knownSettlements gives the keys that the company knows already.
func (im *importer) knownSettlements(ctx context.Context) (map[settlementKey]*knownAmounts, error) {
	known := map[settlementKey]*knownAmounts{}
	if im.isNew {
		return known, nil
	}
	numbers := map[int64]string{}
	for _, v := range im.existing {
		numbers[v.ID] = v.Number
	}
	at := func(k settlementKey) *knownAmounts {
		if known[k] == nil {
			known[k] = &knownAmounts{}
		}
		return known[k]
	}
	live, all, err := openitem.AllLinks(ctx, im.tx)
	if err != nil {
		return nil, err
	}
	for i, links := range [][]openitem.Linked{all, live} {
		for _, l := range links {
			k := settlementKey{l.Date, l.Party, numbers[l.DebitVoucher], numbers[l.CreditVoucher], l.DebitLine, l.CreditLine}
			if i == 0 && l.Undoes == 0 {
				at(k).ever += l.Amount
			} else if i == 1 {
				at(k).live += l.Amount
			}
		}
	}
	err = im.tx.Each(ctx, "select date, party, debit_voucher, credit_voucher, debit_line, credit_line, amount from imported_settlement where company = $1", []any{im.tx.Company}, func(r *db.Rows) error {
		var k settlementKey
		var debit, credit int64
		var amount money.Amount
		err := r.Scan(&k.date, &k.party, &debit, &credit, &k.debitLine, &k.creditLine, &amount)
		k.debit, k.credit = numbers[debit], numbers[credit]
		at(k).imported = amount
		return err
	})
	return known, err
}

// rememberSettlements notes the keys of the rows, so that they are known when they come again.
func (im *importer) rememberSettlements(ctx context.Context) error {
	b := im.tx.Batch("imported_settlement", "company", "date", "party", "debit_voucher", "credit_voucher", "debit_line", "credit_line", "amount")
	had := map[settlementKey]bool{}
	err := im.tx.Each(ctx, "select date, party, debit_voucher, credit_voucher, debit_line, credit_line from imported_settlement where company = $1", []any{im.tx.Company}, func(r *db.Rows) error {
		var k settlementKey
		var debit, credit int64
		err := r.Scan(&k.date, &k.party, &debit, &credit, &k.debitLine, &k.creditLine)
		k.debit, k.credit = im.numberOf(debit), im.numberOf(credit)
		had[k] = true
		return err
	})
	if err != nil {
		return err
	}
	for i := range im.d.Settlements {
		s := &im.d.Settlements[i]
		k := im.keyOf(s)
		if had[k] || len(im.items[s.DebitVoucher]) == 0 {
			continue
		}
		cur, err := money.CurrencyOf(im.items[s.DebitVoucher][0].Currency)
		if err != nil {
			return err
		}
		amount, err := s.AmountIn(cur)
		if err != nil {
			return err
		}
		if sum, several := im.settled[k]; several {
			amount, had[k] = sum, true
		}
		b.Add(im.tx.Company, s.Date, k.party, im.idOf(s.DebitVoucher), im.idOf(s.CreditVoucher), s.DebitLine, s.CreditLine, amount)
	}
	return b.Flush(ctx)
}

func (im *importer) idOf(number string) int64 {
	if v := im.posted[number]; v != nil {
		return v.ID
	}
	if v := im.existing[number]; v != nil {
		return v.ID
	}
	return 0
}

func (im *importer) numberOf(id int64) string {
	for _, v := range im.existing {
		if v.ID == id {
			return v.Number
		}
	}
	return ""
}
