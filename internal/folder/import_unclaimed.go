package folder

import (
	"cmp"
	"context"
	"encoding/hex"

	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/payout"
	"quittance/internal/unclaimed"
)

// newUnclaimed is what the folder brings in of unclaimed property.
type newUnclaimed struct {
	past        unclaimed.Past
	known       map[string]bool // codes of letters, remittances, reports and properties that the company has
	letters     map[string]*unclaimed.PastLetters
	remittances map[string]*unclaimed.PastRemittance
	reports     map[string]*unclaimed.PastReport
	properties  map[string]*newProperty
	by          map[string]*newProperty // by the voucher that escheated it

	letterRows     []*UnclaimedLetters // of past.Letters
	remittanceRows []*UnclaimedRemittance
	reportRows     []*UnclaimedReport
}

// newProperty is an unclaimed property that the folder brings in.
type newProperty struct {
	*unclaimed.Property
	row                *UnclaimedProperty
	amount, accounting money.Sum // of its lines
}

// readUnclaimed finds the letters, remittances, reports and properties that are new. A known one is left as it is.
func (im *importer) readUnclaimed(ctx context.Context) (err error) {
	n, d := &im.unclaimedIn, im.d
	n.letters, n.remittances, n.reports = map[string]*unclaimed.PastLetters{}, map[string]*unclaimed.PastRemittance{}, map[string]*unclaimed.PastReport{}
	n.properties, n.by = map[string]*newProperty{}, map[string]*newProperty{}
	if n.known, err = unclaimed.Known(ctx, im.tx); err != nil {
		return err
	}
	ids, err := im.tx.NewIDs(ctx, len(d.UnclaimedLetters)+len(d.UnclaimedRemittances)+len(d.UnclaimedReports)+len(d.UnclaimedProperties))
	if err != nil {
		return err
	}
	fresh := func(file string, row *Row, column, code, series string) (id int64, is bool, err error) {
		im.keep(file, "", n.known[code], true)
		if n.known[code] {
			return 0, false, nil
		}
		id, ids = ids[0], ids[1:]
		return id, true, im.checkCode(ctx, row, column, code, series)
	}
	for i := range d.UnclaimedLetters {
		row := &d.UnclaimedLetters[i]
		if id, is, err := fresh("unclaimed_letters", &row.Row, "letters", row.Letters, ledger.UnclaimedLetterSeries); err != nil {
			return err
		} else if is {
			im.newLetters(row, id)
		}
	}
	for i := range d.UnclaimedRemittances {
		row := &d.UnclaimedRemittances[i]
		if id, is, err := fresh("unclaimed_remittances", &row.Row, "remittance", row.Remittance, ledger.UnclaimedRemittanceSeries); err != nil {
			return err
		} else if is {
			im.newUnclaimedRemittance(row, id)
		}
	}
	for i := range d.UnclaimedReports {
		row := &d.UnclaimedReports[i]
		if id, is, err := fresh("unclaimed_reports", &row.Row, "report", row.Report, ledger.UnclaimedReportSeries); err != nil {
			return err
		} else if is {
			im.newUnclaimedReport(row, id)
		}
	}
	for i := range d.UnclaimedProperties {
		row := &d.UnclaimedProperties[i]
		if id, is, err := fresh("unclaimed_properties", &row.Row, "property", row.Property, ledger.UnclaimedSeries); err != nil {
			return err
		} else if is {
			im.newProperty(row, id)
		}
	}
	return nil
}

func (im *importer) newLetters(row *UnclaimedLetters, id int64) {
	x := &unclaimed.PastLetters{Letters: unclaimed.Letters{Date: row.Date, MadeBy: cmp.Or(row.MadeBy, im.tx.Actor), MadeAt: im.micros(row.MadeAt), Letters: row.Count, Copies: row.Copies}, Size: int64(row.Size)}
	x.ID, x.Code = id, row.Letters
	n := &im.unclaimedIn
	n.letters[x.Code], n.past.Letters, n.letterRows = x, append(n.past.Letters, x), append(n.letterRows, row)
}

func (im *importer) newUnclaimedRemittance(row *UnclaimedRemittance, id int64) {
	x := &unclaimed.PastRemittance{Remittance: unclaimed.Remittance{
		ID: id, Code: row.Remittance, Jurisdiction: row.Jurisdiction, Date: row.Date, Currency: row.Currency.Code, Amount: row.Amount, Reference: row.Reference, MadeBy: cmp.Or(row.MadeBy, im.tx.Actor),
	}, MadeAt: im.micros(row.MadeAt)}
	if b := im.bankOf(&row.Row, row.Bank); b != nil {
		x.Bank = b.ID
		im.sameCurrency(&row.Row, row.Currency, b.Currency)
	}
	n := &im.unclaimedIn
	n.remittances[x.Code], n.past.Remittances, n.remittanceRows = x, append(n.past.Remittances, x), append(n.remittanceRows, row)
}

func (im *importer) newUnclaimedReport(row *UnclaimedReport, id int64) {
	x := &unclaimed.PastReport{Report: unclaimed.Report{
		Jurisdiction: row.Jurisdiction, Year: row.Year, Number: row.Number, MadeBy: cmp.Or(row.MadeBy, im.tx.Actor), MadeAt: im.micros(row.MadeAt), Name: row.Name, Properties: row.Properties, Total: row.Total,
		Copies: row.Copies,
	}, Size: int64(row.Size)}
	x.ID, x.Code = id, row.Report
	im.sameCurrency(&row.Row, row.Currency, "USD")
	n := &im.unclaimedIn
	n.reports[x.Code], n.past.Reports, n.reportRows = x, append(n.past.Reports, x), append(n.reportRows, row)
}

func (im *importer) newProperty(row *UnclaimedProperty, id int64) {
	n := &im.unclaimedIn
	p := &newProperty{row: row, Property: &unclaimed.Property{
		ID: id, Code: row.Property, Place: unclaimed.Place{Jurisdiction: row.Jurisdiction, Why: row.Why}, Currency: row.Currency.Code, Amount: row.Amount, Accounting: row.Accounting, Arose: row.Arose,
		Activity: row.LastActivity, LetterOn: row.Letter, Exception: row.Exception, PropertyCode: row.Code, Status: unclaimed.Status(row.Status), On: row.Escheated,
	}}
	p.Deadlines.Dormant, p.Deadlines.CutOff, p.Deadlines.Report = row.Dormant, row.CutOff, row.ReportBy
	if r := n.remittances[row.Remittance]; r != nil {
		p.Remittance = r.ID
	} else if row.Remittance != "" {
		im.bad(&row.Row, "remittance", "there is no new remittance %q in unclaimed_remittances", row.Remittance)
	}
	if r := n.reports[row.Report]; r != nil {
		p.Report = r.ID
	} else if row.Report != "" {
		im.bad(&row.Row, "report", "there is no new report %q in unclaimed_reports", row.Report)
	}
	if first := n.by[row.Voucher]; first != nil {
		im.bad(&row.Row, "voucher", "%s is the voucher of property %s already", row.Voucher, first.Code)
	}
	n.properties[p.Code], n.by[row.Voucher], n.past.Properties = p, p, append(n.past.Properties, p.Property)
}

// checkUnclaimed tests the new properties with all that belongs to them, and fills them, once the vouchers are there.
func (im *importer) checkUnclaimed(ctx context.Context) error {
	n := &im.unclaimedIn
	for _, p := range n.past.Properties {
		if err := im.property(ctx, n.properties[p.Code]); err != nil {
			return err
		}
	}
	im.unclaimedLines()
	for i, r := range n.past.Remittances {
		row := n.remittanceRows[i]
		if v := im.voucherOf(&row.Row, "voucher", row.Voucher); v != nil {
			r.Voucher = v.ID
		}
		if v := im.voucherOf(&row.Row, "reversal", row.Reversal); v != nil {
			r.ReversedBy = v.ID
		}
	}
	for i := range im.d.UnclaimedHistory {
		row := &im.d.UnclaimedHistory[i]
		if p := im.propertyOf("unclaimed_history", &row.Row, row.Property); p != nil {
			e := unclaimed.PastEvent{Property: p.ID, N: int64(row.Event), At: im.micros(row.At), Actor: cmp.Or(row.Actor, im.tx.Actor), Status: unclaimed.Status(row.Status), Detail: row.Detail}
			if v := im.voucherOf(&row.Row, "voucher", row.Voucher); v != nil {
				e.Voucher = v.ID
			}
			n.past.Events = append(n.past.Events, e)
		}
	}
	return im.letterItems(ctx)
}

// property finds what a property refers to. Sums and settlements are proved once everything is written.
func (im *importer) property(ctx context.Context, p *newProperty) (err error) {
	row := p.row
	if p.Kind, p.Owner, p.Target, err = im.unclaimedDocument(ctx, &row.Row, row.Customer, row.Vendor, row.Document); err != nil {
		return err
	}
	switch v := im.voucherOf(&row.Row, "voucher", row.Voucher); {
	case v == nil:
	case im.posted[row.Voucher] == nil || v.Type != ledger.Journal || v.Date != row.Escheated:
		im.bad(&row.Row, "voucher", "%s is no new journal voucher of %s, which escheats", row.Voucher, row.Escheated)
	default:
		p.Voucher = v.ID
	}
	return nil
}

// unclaimedDocument finds what nobody claims: the voucher of a customer's credit, or a payment to a vendor.
func (im *importer) unclaimedDocument(ctx context.Context, row *Row, customer, vendor, document string) (kind unclaimed.Kind, owner, target int64, err error) {
	if customer != "" {
		c := im.customers[customer]
		if c == nil {
			im.bad(row, "customer", "there is no customer %q", customer)
			return unclaimed.Credit, 0, 0, nil
		}
		if v := im.voucherOf(row, "document", document); v != nil {
			target = v.ID
		}
		return unclaimed.Credit, c.ID, target, nil
	}
	v := im.vendors[vendor]
	if v == nil {
		im.bad(row, "vendor", "there is no vendor %q", vendor)
		return unclaimed.Payment, 0, 0, nil
	}
	target, err = im.paymentNamed(ctx, row, "document", document)
	return unclaimed.Payment, v.ID, target, err
}

// paymentNamed finds the vendor payment that a row names, a new one or one of the company; 0 when there is none, which is then noted.
func (im *importer) paymentNamed(ctx context.Context, row *Row, column, name string) (int64, error) {
	code, line, err := payout.ParseName(name)
	if err != nil {
		im.because(row, column, err)
		return 0, nil
	}
	if p := im.payouts.payments[journalLine{code, line}]; p != nil {
		return p.ID, nil
	}
	p, err := payout.Find(ctx, im.tx, name)
	if fault.CodeOf(err) == fault.NotFound {
		im.because(row, column, err)
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return p.ID, nil
}

// propertyOf finds the new property that a row belongs to; nil when it is known, or there is none, which is then noted.
func (im *importer) propertyOf(file string, row *Row, code string) *newProperty {
	known := im.unclaimedIn.known[code]
	im.keep(file, "", known, true)
	p := im.unclaimedIn.properties[code]
	if p == nil && !known {
		im.bad(row, "property", "there is no property %q in unclaimed_properties", code)
	}
	return p
}

// unclaimedLines reads what the properties owe, and tests that it is what they are of.
func (im *importer) unclaimedLines() {
	n := &im.unclaimedIn
	for i := range im.d.UnclaimedLines {
		row := &im.d.UnclaimedLines[i]
		p := im.propertyOf("unclaimed_lines", &row.Row, row.Property)
		if p == nil {
			continue
		}
		im.sameCurrency(&row.Row, row.Currency, p.Currency)
		a, err := im.c.Parse(row.Account)
		if err != nil {
			im.because(&row.Row, "account", err)
			continue
		}
		p.amount.Add(row.Amount)
		p.accounting.Add(row.Accounting)
		n.past.Lines = append(n.past.Lines, unclaimed.PastLine{Property: p.ID, N: int64(row.Line), Account: a.Written, Amount: row.Amount, Accounting: row.Accounting})
	}
	for _, x := range n.past.Properties {
		p := n.properties[x.Code]
		amount, err := p.amount.Total()
		accounting, also := p.accounting.Total()
		if err != nil || also != nil || amount != p.Amount || accounting != p.Accounting {
			im.bad(&p.row.Row, "amount", "%s is not what its lines in unclaimed_lines come to", p.row.Currency.Format(p.Amount))
		}
	}
}

// letterItems reads what the new letters told.
func (im *importer) letterItems(ctx context.Context) error {
	n := &im.unclaimedIn
	for i := range im.d.UnclaimedLetterItems {
		row := &im.d.UnclaimedLetterItems[i]
		x := n.letters[row.Letters]
		im.keep("unclaimed_letter_items", "", n.known[row.Letters], true)
		switch {
		case n.known[row.Letters]:
			continue
		case x == nil:
			im.bad(&row.Row, "letters", "there are no letters %q in unclaimed_letters", row.Letters)
			continue
		}
		y := unclaimed.PastTold{N: int64(row.Item), Jurisdiction: row.Jurisdiction, Currency: row.Currency.Code, Amount: row.Amount}
		var err error
		if y.Kind, y.Owner, y.Target, err = im.unclaimedDocument(ctx, &row.Row, row.Customer, row.Vendor, row.Document); err != nil {
			return err
		}
		x.Told, x.Items = append(x.Told, y), x.Items+1
	}
	for i, x := range n.past.Letters {
		if x.Items < x.Letters.Letters {
			im.bad(&n.letterRows[i].Row, "count", "%d letters told of %d items in unclaimed_letter_items; each tells of one at least", x.Letters.Letters, x.Items)
		}
	}
	return nil
}

// writeUnclaimed writes the new letters, remittances, reports and properties.
func (im *importer) writeUnclaimed(ctx context.Context) error {
	n := &im.unclaimedIn
	for i, x := range n.past.Letters {
		row := n.letterRows[i]
		err := im.keepSealed(&row.Row, row.Letters, row.SHA256, row.Size, func(sum, content []byte) error {
			x.SHA256 = sum
			return unclaimed.RestoreLetters(ctx, im.tx, im.keys, &x.Letters, content)
		})
		if err != nil {
			return err
		}
	}
	for i, x := range n.past.Reports {
		row := n.reportRows[i]
		err := im.keepSealed(&row.Row, row.Name, row.SHA256, row.Size, func(sum, content []byte) error {
			x.SHA256 = sum
			return unclaimed.RestoreReport(ctx, im.tx, im.keys, &x.Report, content)
		})
		if err != nil {
			return err
		}
	}
	if len(im.errs) > 0 {
		return nil
	}
	return n.past.Restore(ctx, im.tx)
}

// keepSealed hands the content that a row names, with its digest, to what keeps it.
func (im *importer) keepSealed(row *Row, name, sum string, size int, keep func(sum, content []byte) error) error {
	content, err := im.sealedContent(row, name, sum, size)
	if err != nil || content == nil {
		return err
	}
	digest, err := hex.DecodeString(sum)
	if err != nil {
		return err
	}
	return im.noted(row, "sha256", keep(digest, content))
}
