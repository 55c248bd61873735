package folder

import (
	"cmp"
	"context"
	"slices"

	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// newPayouts is what the folder brings in of vendor payments.
type newPayouts struct {
	past     payout.Past
	known    map[string]bool // journals that the company has
	journals map[string]*payout.Journal
	payments map[journalLine]*newPayment
	all      []*newPayment          // in the order of the file
	of       map[string]*newPayment // by voucher
	named    map[numberOf]bool      // of payments
	files    map[string]*payout.File
	hadFiles map[string]bool
	contents []*PaymentFile // of past.Files
}

// numberOf is a number that one payment has: of a bank account, and the turn of its digits.
type numberOf struct {
	bank, number string
	turn         int
}

// newPayment is a payment that the folder brings in.
type newPayment struct {
	*payout.Payment
	row   *VendorPayment
	items []*VendorPaymentItem
}

// readVendorPayments finds the vendor payment journals that are new, with their payments and files. A known one is left as it is.
func (im *importer) readVendorPayments(ctx context.Context) (err error) {
	n, d := &im.payouts, im.d
	n.journals, n.payments, n.of, n.files = map[string]*payout.Journal{}, map[journalLine]*newPayment{}, map[string]*newPayment{}, map[string]*payout.File{}
	n.named, n.past.Holds, n.past.Turns = map[numberOf]bool{}, map[int64]bool{}, map[int64]int64{}
	if n.known, n.hadFiles, err = payout.KnownCodes(ctx, im.tx); err != nil {
		return err
	}
	ids, err := im.tx.NewIDs(ctx, len(d.VendorPaymentJournals)+len(d.VendorPayments)+len(d.PaymentFiles))
	if err != nil {
		return err
	}
	for i := range d.VendorPaymentJournals {
		row := &d.VendorPaymentJournals[i]
		im.keep("vendor_payment_journals", "", n.known[row.Journal], true)
		if n.known[row.Journal] {
			continue
		}
		if err := im.checkCode(ctx, &row.Row, "journal", row.Journal, ledger.VendorPaymentJournalSeries); err != nil {
			return err
		}
		j := &payout.Journal{Code: row.Journal, Date: row.Date, Text: row.Text, State: payout.JournalState(row.State), Selection: cmp.Or(row.Selection, "{}"), CreatedBy: cmp.Or(row.CreatedBy, im.tx.Actor), CreatedAt: im.micros(row.CreatedAt)}
		j.ID, ids = ids[0], ids[1:]
		n.journals[j.Code] = j
		n.past.Journals = append(n.past.Journals, j)
	}
	if ids, err = im.paymentFiles(ctx, ids); err != nil {
		return err
	}
	for i := range d.VendorPayments {
		row := &d.VendorPayments[i]
		j := n.journals[row.Journal]
		im.keep("vendor_payments", "", n.known[row.Journal], true)
		switch {
		case n.known[row.Journal]:
		case j == nil:
			im.bad(&row.Row, "journal", "there is no vendor payment journal %q in vendor_payment_journals", row.Journal)
		default:
			im.newVendorPayment(j, row, ids[0])
			ids = ids[1:]
		}
	}
	return nil
}

func (im *importer) newVendorPayment(j *payout.Journal, row *VendorPayment, id int64) {
	n := &im.payouts
	p := &newPayment{row: row, Payment: &payout.Payment{
		ID: id, Journal: j.ID, Code: j.Code, CreatedBy: j.CreatedBy, Line: row.Line, PayeeNote: row.PayeeNote, Method: row.Method, Currency: row.Currency.Code, Amount: row.Amount, Date: row.Date,
		Status: payout.Status(row.Status), ApprovedBy: row.ApprovedBy, Number: row.Number, PostedBy: row.PostedBy, PostedOn: row.PostedOn, Fate: payout.Fate(row.Fate),
	}}
	n.payments[journalLine{row.Journal, row.Line}] = p
	n.all, n.past.Payments = append(n.all, p), append(n.past.Payments, p.Payment)
	if row.Voucher == "" {
		return
	}
	if first := n.of[row.Voucher]; first != nil {
		im.bad(&row.Row, "voucher", "%s is the voucher of payment %s already", row.Voucher, first.Name())
		return
	}
	n.of[row.Voucher] = p
}

// vendorPaymentOf finds the new payment that a row belongs to; nil when it is of a known journal, or there is none, which is then noted.
func (im *importer) vendorPaymentOf(file string, row *Row, code string, line int) *newPayment {
	known := im.payouts.known[code]
	im.keep(file, "", known, true)
	p := im.payouts.payments[journalLine{code, line}]
	if p == nil && !known {
		im.bad(row, "line", "there is no line %d of the vendor payment journal %q in vendor_payments", line, code)
	}
	return p
}

// checkVendorPayments tests the new payments with all that belongs to them, and fills them.
func (im *importer) checkVendorPayments(ctx context.Context) error {
	for i := range im.d.VendorPaymentItems {
		row := &im.d.VendorPaymentItems[i]
		if p := im.vendorPaymentOf("vendor_payment_items", &row.Row, row.Journal, row.Line); p != nil {
			p.items = append(p.items, row)
		}
	}
	settled := im.settledByPayments()
	for _, p := range im.payouts.all {
		if err := im.vendorPayment(ctx, p); err != nil {
			return err
		}
		im.vendorPaymentItems(p, settled)
		im.vendorPaymentVoucher(p)
	}
	im.vendorPaymentHistory()
	im.vendorPaymentsLeft()
	im.journalsSound()
	return im.checkNumbers(ctx)
}

// vendorPayment tests one payment but for its items and its voucher.
func (im *importer) vendorPayment(ctx context.Context, p *newPayment) error {
	row := p.row
	if v := im.vendors[row.Vendor]; v != nil {
		p.Vendor = v.ID
	} else {
		im.bad(&row.Row, "vendor", "there is no vendor %q", row.Vendor)
	}
	p.Payee = p.Vendor
	if row.PayeeVendor != "" {
		if v := im.vendors[row.PayeeVendor]; v != nil && row.PayeeVendor != row.Vendor {
			p.Payee = v.ID
		} else {
			im.bad(&row.Row, "payee_vendor", "there is no other vendor %q", row.PayeeVendor)
		}
	}
	if row.PayeeCustomer != "" {
		if c := im.customers[row.PayeeCustomer]; c != nil {
			p.Payee = c.ID
		} else {
			im.bad(&row.Row, "payee_customer", "there is no customer %q", row.PayeeCustomer)
		}
	}
	m, known := im.methods[row.Method]
	if !known {
		im.bad(&row.Row, "method", "there is no method of payment %q", row.Method)
	}
	p.Kind = m.Kind
	if b := im.bankOf(&row.Row, row.Bank); b != nil {
		p.Bank = b.ID
		im.sameCurrency(&row.Row, row.Currency, b.Currency)
	}
	if row.Amount == 0 {
		im.bad(&row.Row, "amount", "a payment of nothing is none")
	}
	p.File = im.fileOf(&row.Row, "file", row.File)
	im.approval(p)
	if row.TraceTurn != 0 {
		im.payouts.past.Turns[p.ID] = int64(row.TraceTurn)
	}
	if k := (numberOf{row.Bank, row.Number, row.TraceTurn}); row.Number != "" {
		if im.payouts.named[k] {
			im.bad(&row.Row, "number", "another payment of bank account %s has the number %q already", row.Bank, row.Number)
		}
		im.payouts.named[k] = true
	}
	return im.replaces(ctx, p)
}

// approval tests who approved a payment. Into a company that exists no approval is brought in: whoever approves does so there.
func (im *importer) approval(p *newPayment) {
	row := p.row
	switch {
	case p.ApprovedBy != "" && p.Status.Open() && !im.isNew:
		im.bad(&row.Row, "approved_by", "%q approved the payment elsewhere; bring it in as created, without an approval, and let it be approved here", row.ApprovedBy)
	case p.ApprovedBy == "" && (row.ApprovalHolds || p.Status == payout.Approved):
		im.bad(&row.Row, "approved_by", "is blank, but the payment is %s; expected who approved it", payout.Approved)
	case row.ApprovalHolds:
		im.payouts.past.Holds[p.ID] = true
	}
}

// replaces finds the failed payment that a payment stands for.
func (im *importer) replaces(ctx context.Context, p *newPayment) error {
	row := p.row
	if row.Replaces == "" {
		return nil
	}
	code, line, err := payout.ParseName(row.Replaces)
	if err != nil {
		im.because(&row.Row, "replaces", err)
		return nil
	}
	old := im.payouts.payments[journalLine{code, line}]
	if old == nil && im.payouts.known[code] {
		found, err := payout.Find(ctx, im.tx, row.Replaces)
		if err == nil {
			p.Replaces = found.ID
			return nil
		}
		if fault.CodeOf(err) != fault.NotFound {
			return err
		}
	}
	switch {
	case old == nil:
		im.bad(&row.Row, "replaces", "there is no payment %q", row.Replaces)
	case !old.Status.Failed():
		im.bad(&row.Row, "replaces", "payment %q is %s; only one that failed is replaced", row.Replaces, old.Status)
	default:
		p.Replaces = old.ID
	}
	return nil
}

// paidDocument is an invoice of a payment.
type paidDocument struct {
	payment journalLine
	voucher string
}

// settledByPayments sums what the settlements of vendor payments settle of each invoice.
func (im *importer) settledByPayments() map[paidDocument]money.Amount {
	sums := map[paidDocument]money.Amount{}
	for i := range im.d.Settlements {
		s := &im.d.Settlements[i]
		p := im.payouts.payments[journalLine{s.Journal, s.JournalLine}]
		if s.Vendor == "" || p == nil {
			continue
		}
		if a, err := s.AmountIn(p.row.Currency); err == nil { // an error is told with the row
			sums[paidDocument{journalLine{s.Journal, s.JournalLine}, s.CreditVoucher}] += a
		}
	}
	return sums
}

// vendorPaymentItems tests what a payment pays, and that a posted one settled just that.
func (im *importer) vendorPaymentItems(p *newPayment, settled map[paidDocument]money.Amount) {
	slices.SortStableFunc(p.items, func(a, b *VendorPaymentItem) int { return cmp.Compare(a.Item, b.Item) })
	var sum money.Sum
	for _, row := range p.items {
		im.sameCurrency(&row.Row, row.Currency, p.Currency)
		sum.Add(row.Amount)
		it := payout.Item{Amount: row.Amount, Number: row.Voucher}
		v := im.voucherOf(&row.Row, "voucher", row.Voucher)
		switch {
		case row.Amount == 0:
			im.bad(&row.Row, "amount", "an item of nothing is none")
		case v == nil:
		case !slices.ContainsFunc(v.Entries, func(e ledger.Entry) bool { return e.Party == p.Vendor && e.Currency == p.Currency }):
			im.bad(&row.Row, "voucher", "%s has no item of %s in %s", row.Voucher, p.row.Vendor, p.Currency)
		default:
			it.Voucher = v.ID
		}
		want := money.Amount(0)
		if p.Status == payout.Posted || p.Status == payout.Cleared {
			want = row.Amount
		}
		if is := settled[paidDocument{journalLine{p.Code, p.Line}, row.Voucher}]; is != want {
			im.bad(&row.Row, "amount", "payment %s is %s, so it settles %s of %s, but the settlements that name it come to %s", p.Name(), p.Status, row.Currency.Format(want), row.Voucher, row.Currency.Format(is))
		}
		p.Items = append(p.Items, it)
	}
	if total, err := sum.Total(); err != nil || total != p.Amount {
		im.bad(&p.row.Row, "amount", "%s is not what its items in vendor_payment_items come to", p.row.Currency.Format(p.Amount))
	}
}

// vendorPaymentVoucher tests the voucher of a payment, and that it was reversed if the payment failed.
func (im *importer) vendorPaymentVoucher(p *newPayment) {
	row := p.row
	posted := p.Status == payout.Posted || p.Status == payout.Cleared
	if row.Voucher == "" {
		if posted || p.Status.Failed() && p.Status != payout.Rejected && p.Status != payout.Voided {
			im.bad(&row.Row, "voucher", "is blank, but the payment is %s; expected the voucher of the payment", p.Status)
		}
		return
	}
	if !posted && !p.Status.Failed() {
		im.bad(&row.Row, "voucher", "%q stands on a payment that is %s and was never posted; expected blank", row.Voucher, p.Status)
		return
	}
	v := im.voucherOf(&row.Row, "voucher", row.Voucher)
	if v == nil || p.Vendor == 0 {
		return
	}
	var sum money.Amount
	for _, e := range v.Entries {
		if e.Party == p.Vendor && e.Currency == p.Currency {
			sum += e.Amount
		}
	}
	if im.posted[row.Voucher] == nil || v.Type != ledger.VendorPayment || v.Date != row.PostedOn || sum != row.Amount {
		im.bad(&row.Row, "voucher", "%s is no new payment of %s %s to %s on %s", row.Voucher, row.Currency.Format(row.Amount), row.Currency.Code, row.Vendor, row.PostedOn)
		return
	}
	if _, is := im.reversedBy[row.Voucher]; is == posted {
		im.bad(&row.Row, "status", "%q does not go with the voucher %s, which is %s", p.Status, row.Voucher, map[bool]string{true: "reversed", false: "not reversed"}[is])
	}
	p.Voucher = v.ID
}

func (im *importer) vendorPaymentHistory() {
	n := &im.payouts
	for i := range im.d.VendorPaymentHistory {
		row := &im.d.VendorPaymentHistory[i]
		p := im.vendorPaymentOf("vendor_payment_history", &row.Row, row.Journal, row.Line)
		if p == nil {
			continue
		}
		if !slices.Contains(payout.Statuses(), payout.Status(row.Status)) {
			im.bad(&row.Row, "status", "%q is no status of a payment", row.Status)
		}
		e := payout.Told{Payment: p.ID, N: int64(row.Event), At: im.micros(row.At), Actor: cmp.Or(row.Actor, im.tx.Actor), Status: payout.Status(row.Status), Detail: row.Detail}
		if v := im.voucherOf(&row.Row, "voucher", row.Voucher); v != nil {
			e.Voucher = v.ID
		}
		n.past.Told = append(n.past.Told, e)
	}
}

func (im *importer) vendorPaymentsLeft() {
	n := &im.payouts
	for i := range im.d.VendorPaymentsLeft {
		row := &im.d.VendorPaymentsLeft[i]
		j := n.journals[row.Journal]
		im.keep("vendor_payments_left", "", n.known[row.Journal], true)
		if n.known[row.Journal] {
			continue
		}
		if j == nil {
			im.bad(&row.Row, "journal", "there is no vendor payment journal %q in vendor_payment_journals", row.Journal)
			continue
		}
		l := payout.LeftRow{Journal: j.ID, N: int64(row.Left), Currency: row.Currency.Code, Amount: row.Amount, Reason: payout.Reason(row.Reason), Detail: row.Detail}
		if v := im.vendors[row.Vendor]; v != nil {
			l.Vendor = v.ID
		} else {
			im.bad(&row.Row, "vendor", "there is no vendor %q", row.Vendor)
		}
		if v := im.voucherOf(&row.Row, "voucher", row.Voucher); v != nil {
			l.Voucher = v.ID
		}
		n.past.Left = append(n.past.Left, l)
	}
}

// journalsSound tests the states of the new journals against those of their payments.
func (im *importer) journalsSound() {
	open, paid := map[string]bool{}, map[string]bool{}
	for _, p := range im.payouts.all {
		open[p.Code] = open[p.Code] || p.Status.Open()
		paid[p.Code] = paid[p.Code] || p.Status != payout.Cancelled
	}
	for i := range im.d.VendorPaymentJournals {
		row := &im.d.VendorPaymentJournals[i]
		switch state := payout.JournalState(row.State); {
		case im.payouts.journals[row.Journal] == nil:
		case state != payout.JournalOpen && open[row.Journal]:
			im.bad(&row.Row, "state", "%q does not go with the payments of the journal, of which one is open", row.State)
		case state == payout.JournalVoid && paid[row.Journal]:
			im.bad(&row.Row, "state", "%q does not go with the payments of the journal, of which one is not cancelled", row.State)
		}
	}
}

// checkNumbers tests the numbers of checks that are new.
func (im *importer) checkNumbers(ctx context.Context) error {
	if len(im.d.CheckNumbers) == 0 {
		return nil
	}
	known, err := payout.KnownChecks(ctx, im.tx)
	if err != nil {
		return err
	}
	for i := range im.d.CheckNumbers {
		row := &im.d.CheckNumbers[i]
		b := im.bankOf(&row.Row, row.Bank)
		if b == nil {
			continue
		}
		had := known[[2]int64{b.ID, int64(row.Number)}]
		im.keep("check_numbers", "", had, true)
		if !had {
			im.sameCurrency(&row.Row, row.Currency, b.Currency)
			im.newNumber(row, b)
		}
	}
	return nil
}

func (im *importer) newNumber(row *CheckNumber, b *payout.BankAccount) {
	n := payout.CheckNumber{
		Bank: b.ID, Number: int64(row.Number), Amount: row.Amount, Payee: row.Payee, Date: row.Date, Void: row.State == "void", Reason: row.Reason, Told: im.fileOf(&row.Row, "told", row.Told),
		Untold: im.fileOf(&row.Row, "untold", row.Untold),
	}
	p := im.payouts.payments[journalLine{row.Journal, row.Line}]
	if row.Journal != "" && p == nil {
		im.bad(&row.Row, "journal", "there is no line %d of a new vendor payment journal %q in vendor_payments", row.Line, row.Journal)
		return
	}
	bears := false // the payment is paid by this very check
	if p != nil {
		n.Payment = p.ID
		bears = p.row.Number == lineNumber(row.Number) && (p.Status == payout.Generated || p.Status == payout.Sent || p.Status == payout.Posted || p.Status == payout.Cleared)
	}
	switch {
	case n.Void && bears && p.Kind == payout.ByCheck:
		im.bad(&row.Row, "state", "check %d is void, but payment %s is %s with that number", row.Number, p.Name(), p.Status)
	case n.Void:
	case !bears || p.row.Bank != row.Bank:
		im.bad(&row.Row, "state", "check %d is issued, but no payment that stands has that number", row.Number)
	case p.Amount != row.Amount:
		im.bad(&row.Row, "amount", "check %d is of %s, but payment %s of %s", row.Number, row.Currency.Format(row.Amount), p.Name(), row.Currency.Format(p.Amount))
	}
	im.payouts.past.Checks = append(im.payouts.past.Checks, n)
}
