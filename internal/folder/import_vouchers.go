package folder

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// vouchers builds and checks the new vouchers, and compares the known ones.
func (im *importer) vouchers(ctx context.Context) error {
	im.posted, im.broken, im.items = map[string]*ledger.Voucher{}, map[string]bool{}, map[string][]*openitem.Item{}
	im.reversedBy = map[string]string{}
	for i := range im.d.Vouchers {
		if v := &im.d.Vouchers[i]; v.Reverses != "" {
			im.reversedBy[v.Reverses] = v.Number
		}
	}
	if im.existing == nil {
		if err := im.findExisting(ctx); err != nil {
			return err
		}
	}
	series, err := ledger.AllSeries(ctx, im.tx)
	if err != nil {
		return err
	}
	var fresh []*Voucher
	for i := range im.d.Vouchers {
		v := &im.d.Vouchers[i]
		built := im.build(v)
		if had := im.existing[v.Number]; had != nil {
			im.keep("vouchers", v.Number, true, true)
			if built != nil {
				im.compare(v, built, had)
			}
			continue
		}
		im.keep("vouchers", v.Number, false, false)
		im.checkNumber(v, series)
		if built == nil {
			im.broken[v.Number] = true
			continue
		}
		im.posted[v.Number] = built
		fresh = append(fresh, v)
	}
	if err := im.giveIDs(ctx, fresh); err != nil {
		return err
	}
	covered := im.coveredItems()
	reversed := map[string]string{}
	for _, v := range fresh {
		if err := im.reverses(ctx, v, reversed); err != nil {
			return err
		}
		im.add(v, covered)
	}
	return nil
}

// reverses finds the voucher that a new one reverses; reversed says by whom those of the folder are, so far.
func (im *importer) reverses(ctx context.Context, v *Voucher, reversed map[string]string) error {
	if v.Reverses == "" {
		return nil
	}
	first := &v.Lines[0].Row
	by := reversed[v.Reverses]
	reversed[v.Reverses] = v.Number
	switch had := im.existing[v.Reverses]; {
	case im.posted[v.Reverses] != nil:
		im.posted[v.Number].Reverses = im.posted[v.Reverses].ID
	case had != nil:
		im.posted[v.Number].Reverses = had.ID
		if by == "" {
			var err error
			if by, err = ledger.ReversedBy(ctx, im.tx, had.ID); err != nil {
				return err
			}
		}
	case !im.broken[v.Reverses]:
		im.bad(first, "reverses", "there is no voucher %q", v.Reverses)
	}
	if by != "" {
		im.bad(first, "reverses", "voucher %s is already reversed, by %s", v.Reverses, by)
	}
	return nil
}

// findExisting reads the vouchers of the company that the folder names.
func (im *importer) findExisting(ctx context.Context) error {
	im.existing = map[string]*ledger.Stored{}
	if im.isNew {
		return nil
	}
	named := map[string]bool{}
	for i := range im.d.Vouchers {
		named[im.d.Vouchers[i].Number] = true
		named[im.d.Vouchers[i].Reverses] = true
	}
	for i := range im.d.Settlements {
		named[im.d.Settlements[i].DebitVoucher], named[im.d.Settlements[i].CreditVoucher] = true, true
	}
	for i := range im.d.Marks {
		named[im.d.Marks[i].Voucher] = true
	}
	for i := range im.d.Runs {
		named[im.d.Runs[i].Watermark] = true
	}
	for i := range im.d.Accruals {
		named[im.d.Accruals[i].Voucher] = true
	}
	for i := range im.d.Payments {
		named[im.d.Payments[i].Voucher] = true
	}
	for i := range im.d.PaymentApplications {
		named[im.d.PaymentApplications[i].Voucher] = true
	}
	for i := range im.d.Deductions {
		d := &im.d.Deductions[i]
		named[d.Voucher], named[d.Invoice], named[d.Payment] = true, true, true
	}
	for i := range im.d.Resolutions {
		r := &im.d.Resolutions[i]
		named[r.Voucher], named[r.Reversal], named[r.Counterpart] = true, true, true
	}
	delete(named, "")
	return ledger.EachNumbered(ctx, im.tx, im.c, slices.Sorted(maps.Keys(named)), func(s *ledger.Stored) error {
		im.existing[s.Number] = s
		return nil
	})
}

// build makes the voucher that the rows mean; nil when a row has an error.
func (im *importer) build(v *Voucher) *ledger.Voucher {
	before := len(im.errs)
	t, _ := ledger.ParseType(v.Type)
	b := &ledger.Voucher{Number: v.Number, Date: v.Date, Type: t, Text: commonText(v)}
	need := make([]bool, len(v.Lines))
	for i := range v.Lines {
		row := &v.Lines[i]
		e := ledger.Entry{Currency: row.Currency.Code, Amount: row.Debit - row.Credit, Due: row.DueDate}
		if b.Text == "" {
			e.Text = row.Text
		}
		var err error
		if e.Account, err = im.c.Parse(row.Account); err != nil {
			im.because(&row.Row, "account", err)
		}
		if row.Classification != "" {
			id, ok := im.c.Classifications[row.Classification]
			if !ok {
				im.bad(&row.Row, "classification", "there is no billing classification %q", row.Classification)
			}
			e.Classification = id
		}
		if err == nil {
			e.Party = im.partyOf(row, im.c.Accounts[e.Account.Main].Control, b)
		}
		need[i] = row.AccountingDebit == nil && row.AccountingCredit == nil
		e.Accounting = deref(row.AccountingDebit) - deref(row.AccountingCredit)
		b.Entries = append(b.Entries, e)
	}
	if len(im.errs) > before {
		return nil
	}
	if about := im.about[cmp.Or(v.Reverses, v.Number)]; about != "" && im.customers[about] != nil {
		b.Customer = im.customers[about].ID // the lines may name others: who holds the deduction, or one of its customer's family
	}
	first := &v.Lines[0].Row
	if err := im.c.FillAccounting(b, func(i int) bool { return need[i] }); err != nil {
		im.because(first, "currency", err)
		return nil
	}
	if im.existing[v.Number] != nil {
		return b
	}
	im.checkNew(first, b)
	if len(im.errs) > before {
		return nil
	}
	return b
}

// checkNew refuses what may not be posted: a voucher out of balance, or outside an open period.
func (im *importer) checkNew(first *Row, b *ledger.Voucher) {
	if err := im.c.CheckVoucher(b); err != nil {
		var many fault.List
		many.Add(err)
		for _, e := range many {
			im.because(first, "voucher", e)
		}
	}
	if err := im.postable(b.Date, b.Type.Module()); err != nil {
		im.because(first, "date", err)
	}
}

// postable refuses a date that nothing may be posted on. Into a new company what happened in any of its periods is brought in.
func (im *importer) postable(date civil.Date, m ledger.Module) error {
	if im.isNew && im.c.InPeriod(date) {
		return nil
	}
	return im.c.CheckPeriod(date, m, im.tx.Roles)
}

// partyOf gives the id of the party of a control line, and notes who else the row names for information.
func (im *importer) partyOf(row *VoucherLine, control ledger.Control, b *ledger.Voucher) int64 {
	var customer, vendor int64
	if row.Customer != "" {
		if c := im.customers[row.Customer]; c != nil {
			customer, b.Customer = c.ID, c.ID
		} else {
			im.bad(&row.Row, "customer", "there is no customer %q", row.Customer)
			return 0
		}
	}
	if row.Vendor != "" {
		if v := im.vendors[row.Vendor]; v != nil {
			vendor, b.Vendor = v.ID, v.ID
		} else {
			im.bad(&row.Row, "vendor", "there is no vendor %q", row.Vendor)
			return 0
		}
	}
	switch {
	case control == ledger.CustomerControl && customer == 0:
		im.bad(&row.Row, "customer", "is blank on the customer control account %s; expected the customer", row.Account)
	case control == ledger.VendorControl && vendor == 0:
		im.bad(&row.Row, "vendor", "is blank on the vendor control account %s; expected the vendor", row.Account)
	case control == ledger.CustomerControl:
		return customer
	case control == ledger.VendorControl:
		return vendor
	}
	return 0
}

// commonText gives the text that all rows share, blank when they differ.
func commonText(v *Voucher) string {
	for i := range v.Lines {
		if v.Lines[i].Text != v.Lines[0].Text {
			return ""
		}
	}
	return v.Lines[0].Text
}

func deref(a *money.Amount) money.Amount {
	if a == nil {
		return 0
	}
	return *a
}

// checkNumber refuses a number that a series of the company would draw later.
func (im *importer) checkNumber(v *Voucher, series []ledger.Block) {
	for _, b := range series {
		if n, ok := b.Parse(v.Number); ok && n >= b.First && ledger.OfVouchers(b.Series) {
			im.bad(&v.Lines[0].Row, "voucher", "the number %q belongs to the number series %s, which has come to %s only; give the voucher another number, or bring number_series in with it", v.Number, b.Series, b.Number(b.First-1))
		}
	}
}

// compare says how a known voucher differs from the folder, for it must not.
func (im *importer) compare(v *Voucher, b *ledger.Voucher, had *ledger.Stored) {
	first := &v.Lines[0].Row
	differs := func(column, was, is string) {
		im.errs = append(im.errs, fault.New(fault.Invalid, "%s: voucher %s is posted with %q, not %q; a posted voucher does not change, reverse it and post another", column, v.Number, was, is).At(first.At(column)).ByRule("voucher_changed"))
	}
	switch {
	case had.Date != b.Date:
		differs("date", had.Date.String(), b.Date.String())
	case had.Type != b.Type:
		differs("type", had.Type.String(), b.Type.String())
	case had.Customer != b.Customer && b.Type != ledger.Settlement && b.Type != ledger.Reversal && b.Type != ledger.Deduction && b.Type != ledger.Resolution:
		differs("customer", im.parties[had.Customer], im.parties[b.Customer])
	case had.Vendor != b.Vendor:
		differs("vendor", im.parties[had.Vendor], im.parties[b.Vendor])
	case (had.Reverses != 0) != (v.Reverses != ""), v.Reverses != "" && (im.existing[v.Reverses] == nil || im.existing[v.Reverses].ID != had.Reverses):
		im.bad(first, "reverses", "voucher %s does not reverse %q; a posted voucher does not change, reverse it and post another", v.Number, v.Reverses)
	case len(had.Entries) != len(b.Entries):
		im.bad(first, "voucher", "%s is posted with %d lines, not %d; a posted voucher does not change, reverse it and post another", v.Number, len(had.Entries), len(b.Entries))
	default:
		for i := range b.Entries {
			was, is := had.Entries[i], b.Entries[i]
			was.Due, is.Due = dueOf(&had.Voucher, was), dueOf(b, is)
			im.compareLine(&v.Lines[i], v.Number, lineText(&had.Voucher, i), lineText(b, i), was, is)
		}
	}
}

func lineText(v *ledger.Voucher, i int) string {
	if v.Entries[i].Text != "" {
		return v.Entries[i].Text
	}
	return v.Text
}

func (im *importer) compareLine(row *VoucherLine, number, hadText, text string, had, is ledger.Entry) {
	column := ""
	switch {
	case had.Account.Written != is.Account.Written:
		column = "account"
	case had.Party != is.Party:
		column = "customer"
	case had.Currency != is.Currency:
		column = "currency"
	case had.Amount != is.Amount:
		if column = "debit"; row.Credit != 0 {
			column = "credit"
		}
	case had.Accounting != is.Accounting && (row.AccountingDebit != nil || row.AccountingCredit != nil):
		if column = "accounting_debit"; row.AccountingCredit != nil {
			column = "accounting_credit"
		}
	case had.Classification != is.Classification:
		column = "classification"
	case had.Due != is.Due:
		column = "due_date"
	case hadText != text:
		column = "text"
	default:
		return
	}
	im.errs = append(im.errs, fault.New(fault.Invalid, "%s: differs from the posted voucher %s; a posted voucher does not change, reverse it and post another", column, number).At(row.At(column)).ByRule("voucher_changed"))
}

// giveIDs gives the new vouchers and runs their ids in the order in which they came to be: a run stands after the voucher
// that its watermark names, so that what was new to it then is new to it now.
func (im *importer) giveIDs(ctx context.Context, fresh []*Voucher) error {
	ids, err := im.tx.NewIDs(ctx, len(fresh)+len(im.freshRuns))
	if err != nil {
		return err
	}
	after := map[string][]*Run{}
	for _, r := range im.freshRuns {
		mark := r.Watermark
		if im.posted[mark] == nil && im.existing[mark] == nil {
			mark = ""
		}
		if im.existing[mark] != nil { // everything in the folder that is new came later
			im.runs[r.Run], ids = ids[0], ids[1:]
			continue
		}
		after[mark] = append(after[mark], r)
	}
	for _, v := range fresh {
		im.posted[v.Number].ID, ids = ids[0], ids[1:]
		for _, r := range after[v.Number] {
			im.runs[r.Run], ids = ids[0], ids[1:]
		}
	}
	for _, r := range after[""] {
		im.runs[r.Run], ids = ids[0], ids[1:]
	}
	return nil
}

// add adds a new voucher to the changes. A document of both signs is settled within itself, unless the folder brings that
// settlement along.
func (im *importer) add(v *Voucher, covered map[itemKey]money.Amount) {
	b := im.posted[v.Number]
	first := &v.Lines[0].Row
	if b.Type == ledger.Reimbursement {
		b.Source = im.runs[im.runCode(v.Number)]
	}
	if p := im.payouts.of[v.Number]; p != nil {
		b.Source = p.ID
	}
	items := im.ch.Add(b)
	im.items[v.Number] = items
	if b.Type == ledger.Resolution {
		return // its lines settle what they resolve, each other never
	}
	for _, d := range openitem.Documents(items) {
		var minority []*openitem.Item
		for _, it := range d.Items {
			if (it.Open > 0) != (d.Open() > 0) || d.Open() == 0 {
				minority = append(minority, it)
			}
		}
		for _, it := range minority {
			if covered[itemKey{v.Number, it.Line}] == it.Open.Abs() {
				continue
			}
			if err := im.ch.SettleWithin(d.Items, b.Date); err != nil {
				im.because(first, "voucher", err)
			}
			break
		}
	}
}

// itemKey is a line of a voucher.
type itemKey struct {
	number string
	line   int
}

// coveredItems sums what the settlement rows with lines settle of each line.
func (im *importer) coveredItems() map[itemKey]money.Amount {
	covered := map[itemKey]money.Amount{}
	for i := range im.d.Settlements {
		s := &im.d.Settlements[i]
		for _, k := range []itemKey{{s.DebitVoucher, s.DebitLine}, {s.CreditVoucher, s.CreditLine}} {
			v := im.posted[k.number]
			if v == nil || k.line < 1 || k.line > len(v.Entries) {
				continue
			}
			cur, err := money.CurrencyOf(v.Entries[k.line-1].Currency)
			if err != nil {
				continue
			}
			if a, err := s.AmountIn(cur); err == nil {
				covered[k] += a
			}
		}
	}
	return covered
}
