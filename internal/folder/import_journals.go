package folder

import (
	"cmp"
	"context"
	"slices"
	"time"

	"quittance/internal/deduction"
	"quittance/internal/journal"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// newJournal is a payment journal that the folder brings in.
type newJournal struct {
	*journal.Journal
	row *PaymentJournal
}

// newLine is a line of one.
type newLine struct {
	*journal.Line
	row *Payment
	j   *newJournal
}

// journalPlace is a deduction of a line of a payment journal.
type journalPlace struct {
	journalLine
	n int
}

// micros gives an instant as it is stored; blank is now.
func (im *importer) micros(t time.Time) int64 {
	if t.IsZero() {
		return im.tx.Micros()
	}
	return t.UnixMicro()
}

// readJournals finds the payment journals that are new, with their lines. A known one is left as it is.
func (im *importer) readJournals(ctx context.Context) error {
	im.journals, im.knownJournals, im.lines = map[string]*newJournal{}, map[string]bool{}, map[journalLine]*newLine{}
	for i := range im.d.PaymentJournals {
		row := &im.d.PaymentJournals[i]
		known := false
		if !im.isNew {
			var err error
			if known, err = journal.Exists(ctx, im.tx, row.Journal); err != nil {
				return err
			}
		}
		im.keep("payment_journals", "", known, true)
		if known {
			im.knownJournals[row.Journal] = true
			continue
		}
		if err := im.newJournal(ctx, row); err != nil {
			return err
		}
	}
	for i := range im.d.Payments {
		row := &im.d.Payments[i]
		j := im.journals[row.Journal]
		im.keep("payments", "", im.knownJournals[row.Journal], true)
		switch {
		case im.knownJournals[row.Journal]:
		case j == nil:
			im.bad(&row.Row, "journal", "there is no payment journal %q in payment_journals", row.Journal)
		default:
			if err := im.newLine(ctx, j, row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (im *importer) newJournal(ctx context.Context, row *PaymentJournal) error {
	if err := im.checkCode(ctx, &row.Row, "journal", row.Journal, ledger.JournalSeries); err != nil {
		return err
	}
	marked, err := journal.MarkedBy(ctx, im.tx, row.Journal)
	if err != nil {
		return err
	}
	if marked {
		im.bad(&row.Row, "journal", "marks that were made by hand bear the name %q; release them first, or name the journal otherwise", row.Journal)
	}
	j := &newJournal{row: row, Journal: &journal.Journal{Code: row.Journal, Text: row.Text, State: row.State, CreatedBy: cmp.Or(row.CreatedBy, im.tx.Actor), CreatedAt: im.micros(row.CreatedAt)}}
	if j.State == journal.Posted || j.State == journal.Reversed {
		j.PostedBy, j.PostedAt = cmp.Or(row.PostedBy, j.CreatedBy), im.micros(row.PostedAt)
	}
	if j.Remittance = im.remittances[row.Remittance]; row.Remittance != "" && j.Remittance == 0 {
		im.bad(&row.Row, "remittance", "there is no remittance %q", row.Remittance)
	}
	if j.ID, err = im.tx.NewID(ctx); err != nil {
		return err
	}
	im.journals[row.Journal] = j
	im.freshJournals = append(im.freshJournals, j)
	return nil
}

func (im *importer) newLine(ctx context.Context, j *newJournal, row *Payment) (err error) {
	l := &newLine{row: row, j: j, Line: &journal.Line{
		Line: row.Line, Date: row.Date, Amount: row.Amount, Currency: row.Currency.Code, Bank: row.Bank, Reference: row.Reference, Text: row.Text, State: row.State, Problem: row.Problem,
	}}
	if row.State != journal.Draft {
		l.PostedAt = im.micros(row.PostedAt)
		if l.Posting, err = im.tx.NewID(ctx); err != nil {
			return err
		}
	}
	j.Lines = append(j.Lines, l.Line)
	im.lines[journalLine{row.Journal, row.Line}] = l
	im.freshLines = append(im.freshLines, l)
	return nil
}

// checkCode refuses a code that a number series of the company would draw later.
func (im *importer) checkCode(ctx context.Context, row *Row, column, code, series string) error {
	if im.blocks == nil {
		all, err := ledger.AllSeries(ctx, im.tx)
		if err != nil {
			return err
		}
		im.blocks = map[string]ledger.Block{}
		for _, b := range all {
			im.blocks[b.Series] = b
		}
	}
	b, there := im.blocks[series]
	if !there {
		b = ledger.FirstBlock(series)
	}
	if n, ok := b.Parse(code); ok && n >= b.First {
		came := "has not begun"
		if b.First > 1 {
			came = "has come to " + b.Number(b.First-1) + " only"
		}
		im.bad(row, column, "%q belongs to the number series %s, which %s; give it another number, or bring number_series in with it", code, series, came)
	}
	return nil
}

// lineOfRow finds the new line that a row belongs to; nil when it is of a known journal, or there is none, which is then noted.
func (im *importer) lineOfRow(file string, row *Row, code string, line int) *newLine {
	known := im.knownJournals[code]
	im.keep(file, "", known, true)
	l := im.lines[journalLine{code, line}]
	if l == nil && !known {
		im.bad(row, "line", "there is no line %d of the payment journal %q in payments", line, code)
	}
	return l
}

// checkJournals tests the new journals, and fills their lines.
func (im *importer) checkJournals(context.Context) error {
	for i := range im.d.PaymentApplications {
		row := &im.d.PaymentApplications[i]
		if l := im.lineOfRow("payment_applications", &row.Row, row.Journal, row.Line); l != nil {
			im.application(l, row)
		}
	}
	im.captured = map[journalPlace]*newDeduction{}
	for _, r := range im.records {
		if r.row.Journal != "" && r.row.Parent == "" {
			im.captured[journalPlace{journalLine{r.row.Journal, r.row.JournalLine}, r.row.JournalDeduction}] = r
		}
	}
	for i := range im.d.PaymentDeductions {
		row := &im.d.PaymentDeductions[i]
		if l := im.lineOfRow("payment_deductions", &row.Row, row.Journal, row.Line); l != nil {
			im.paymentDeduction(l, row)
		}
	}
	of := map[string]string{}
	for _, l := range im.freshLines {
		im.payment(l, of)
	}
	for _, j := range im.freshJournals {
		im.journalState(j)
	}
	return nil
}

// payment tests one line; of says which line has which payment voucher.
func (im *importer) payment(l *newLine, of map[string]string) {
	row := l.row
	if c := im.customers[row.Customer]; c != nil {
		l.Customer = c.ID
	} else {
		im.bad(&row.Row, "customer", "there is no customer %q", row.Customer)
	}
	posted := row.State != journal.Draft
	account, err := im.c.Parse(row.Bank)
	if err == nil && !posted {
		err = im.c.TakesMoney(account.Main)
	}
	if l.Bank = account.Written; err != nil {
		im.because(&row.Row, "bank", err)
	}
	switch {
	case posted && row.Amount > 0 && row.Voucher == "":
		im.bad(&row.Row, "voucher", "is blank, but the line is %s; expected the voucher of the payment", row.State)
	case (!posted || row.Amount == 0) && row.Voucher != "":
		im.bad(&row.Row, "voucher", "%q stands on a line that is a draft, or pays nothing; expected blank", row.Voucher)
	case row.Voucher == "":
	case of[row.Voucher] != "":
		im.bad(&row.Row, "voucher", "%s is the payment of %s already", row.Voucher, of[row.Voucher])
	default:
		of[row.Voucher] = row.Journal + " line " + lineNumber(row.Line)
		im.paymentVoucher(l)
	}
}

// paymentVoucher tests the voucher of a line that was posted.
func (im *importer) paymentVoucher(l *newLine) {
	row := l.row
	v := im.voucherOf(&row.Row, "voucher", row.Voucher)
	if v == nil || l.Customer == 0 {
		return
	}
	var sum money.Amount
	for _, e := range v.Entries {
		if e.Party == l.Customer && e.Currency == l.Currency {
			sum -= e.Amount
		}
	}
	if v.Type != ledger.Payment || v.Date != row.Date || sum != row.Amount {
		im.bad(&row.Row, "voucher", "%s is no payment of %s %s by %s on %s", row.Voucher, row.Currency.Format(row.Amount), row.Currency.Code, row.Customer, row.Date)
		return
	}
	if _, is := im.reversedBy[row.Voucher]; is != (row.State == journal.Reversed) {
		im.bad(&row.Row, "state", "%q does not go with the payment %s, which is %s", row.State, row.Voucher, map[bool]string{true: "reversed", false: "not reversed"}[is])
	}
	l.Voucher, l.Number = v.ID, row.Voucher
}

// voucherOf finds a voucher that a row names, new or known; nil when there is none, which is noted unless the voucher has errors itself.
func (im *importer) voucherOf(row *Row, column, number string) *ledger.Voucher {
	switch {
	case number == "":
	case im.posted[number] != nil:
		return im.posted[number]
	case im.existing[number] != nil:
		return &im.existing[number].Voucher
	case !im.broken[number]:
		im.bad(row, column, "there is no voucher %q", number)
	}
	return nil
}

// sameCurrency wants the currency of a row to be that of what it belongs to.
func (im *importer) sameCurrency(row *Row, is money.Currency, want string) {
	if is.Code != want {
		im.bad(row, "currency", "%q differs from %s, which is that of what the row belongs to", is.Code, want)
	}
}

func (im *importer) application(l *newLine, row *PaymentApplication) {
	a := &journal.Application{N: row.Application, Amount: row.Amount, Discount: row.Discount, LeaveOpen: row.LeaveOpen, Credit: row.Credit, Number: row.Voucher}
	l.Applications = append(l.Applications, a)
	im.sameCurrency(&row.Row, row.Currency, l.Currency)
	v := im.voucherOf(&row.Row, "voucher", row.Voucher)
	c := im.customers[row.Customer]
	switch {
	case c == nil:
		im.bad(&row.Row, "customer", "there is no customer %q", row.Customer)
	case v == nil:
	case !slices.ContainsFunc(v.Entries, func(e ledger.Entry) bool { return e.Party == c.ID && e.Currency == l.Currency }):
		im.bad(&row.Row, "voucher", "%s has no item of %s in %s", row.Voucher, row.Customer, l.Currency)
	default:
		a.Customer, a.Voucher = c.ID, v.ID
	}
	for _, o := range l.Applications {
		if o != a && o.Voucher == a.Voucher && o.Customer == a.Customer && a.Voucher != 0 {
			im.bad(&row.Row, "voucher", "line %d is applied to %s already; one row says all that it pays of it", row.Line, row.Voucher)
		}
	}
}

func (im *importer) paymentDeduction(l *newLine, row *PaymentDeduction) {
	d := &journal.Deduction{
		N: row.Deduction, Application: row.Application, Type: row.Type, Allowed: row.Allowed, Reason: row.Reason, Account: row.Account, Plan: row.Plan, Amount: row.Amount,
		TheirCode: row.TheirCode, ClaimNumber: row.Claim, Note: row.Note,
	}
	l.Deductions = append(l.Deductions, d)
	im.sameCurrency(&row.Row, row.Currency, l.Currency)
	if c := im.customers[row.Customer]; c != nil {
		d.Customer = c.ID
	} else {
		im.bad(&row.Row, "customer", "there is no customer %q", row.Customer)
	}
	if row.Amount == 0 {
		im.bad(&row.Row, "amount", "a deduction of nothing is none")
	}
	a := l.Application(row.Application)
	switch {
	case row.Application != 0 && a == nil:
		im.bad(&row.Row, "application", "line %d has no application %d", row.Line, row.Application)
	case a != nil && a.Customer != 0 && a.Customer != d.Customer:
		im.bad(&row.Row, "customer", "%q is not the customer of the document that it is taken from", row.Customer)
	}
	if row.Type == "" {
		if err := journal.Complete(im.c, im.deductions, l.Date, d); err != nil {
			im.because(&row.Row, "type", err)
		}
	} else {
		im.coded(&row.Row, row.Type, row.Reason, row.Plan)
	}
	im.capturedWith(l, d, row)
}

// coded wants the type, reason and plan of a row to exist.
func (im *importer) coded(row *Row, typ, reason, plan string) {
	s := im.deductions
	_, known := s.Types[typ]
	if _, ok := s.Reasons[reason]; reason != "" && !ok {
		im.bad(row, "reason", "there is no deduction reason %q", reason)
	} else if typ == "" {
		im.bad(row, "type", "is blank; expected a deduction type, or a reason that has one")
	} else if !known {
		im.bad(row, "type", "there is no deduction type %q", typ)
	}
	if plan != "" && s.Plans[plan] == nil {
		im.bad(row, "plan", "there is no accrual plan %q", plan)
	}
}

// capturedWith finds the record of a deduction that was captured with its line.
func (im *importer) capturedWith(l *newLine, d *journal.Deduction, row *PaymentDeduction) {
	r := im.captured[journalPlace{journalLine{row.Journal, row.Line}, row.Deduction}]
	switch {
	case l.State == journal.Draft:
		if r != nil {
			im.bad(&r.row.Row, "journal", "line %d of %s is a draft, with which nothing is captured yet", row.Line, row.Journal)
		}
	case r == nil:
		im.bad(&row.Row, "deduction", "the line is %s, but no row of deductions is the record of this one; it names journal, line and number", l.State)
	case r.row.Amount != row.Amount || r.row.Customer != row.Customer || r.row.Currency != row.Currency:
		im.bad(&r.row.Row, "journal_deduction", "deduction %d of line %d of %s is of %s %s of %s; the record differs", row.Deduction, row.Line, row.Journal, row.Currency.Format(row.Amount), row.Currency.Code, row.Customer)
	case l.State == journal.Reversed && r.row.State != string(deduction.Reversed):
		im.bad(&r.row.Row, "state", "the line %d of %s that it was captured with is reversed, so it is reversed too", row.Line, row.Journal)
	default:
		d.Deduction, d.Number = r.d.ID, r.row.Deduction
		r.journal, r.placed = l.j.ID, true
	}
}

// journalState tests the state of a journal against those of its lines.
func (im *importer) journalState(j *newJournal) {
	has := map[string]bool{}
	for _, l := range j.Lines {
		has[l.State] = true
	}
	wrong := ""
	switch j.State {
	case journal.Posted:
		if has[journal.Draft] || len(j.Lines) == 0 {
			wrong = "has drafts, or no lines"
		}
	case journal.Reversed:
		if has[journal.Draft] || has[journal.Posted] || len(j.Lines) == 0 {
			wrong = "has lines that are not reversed, or no lines"
		}
	case journal.Cancelled:
		if has[journal.Posted] || has[journal.Reversed] {
			wrong = "has lines that were posted"
		}
	}
	if wrong != "" {
		im.bad(&j.row.Row, "state", "%q does not go with the payments of the journal: it %s", j.State, wrong)
	}
	slices.SortFunc(j.Lines, func(a, b *journal.Line) int { return cmp.Compare(a.Line, b.Line) })
}

// writeJournals writes the new journals.
func (im *importer) writeJournals(ctx context.Context) error {
	all := make([]*journal.Journal, len(im.freshJournals))
	for i, j := range im.freshJournals {
		all[i] = j.Journal
	}
	return journal.Restore(ctx, im.tx, all)
}

// draftDocument is a document that the drafts of a journal are applied to.
type draftDocument struct {
	row               *PaymentApplication
	customer, voucher int64
}

// draftDocuments gives the documents of the drafts of a journal, each once.
func (im *importer) draftDocuments() map[*newJournal][]draftDocument {
	docs := map[*newJournal][]draftDocument{}
	for i := range im.d.PaymentApplications {
		row := &im.d.PaymentApplications[i]
		l := im.lines[journalLine{row.Journal, row.Line}]
		if l == nil || l.State != journal.Draft || l.j.State != journal.Draft {
			continue
		}
		for _, a := range l.Applications {
			x := draftDocument{row, a.Customer, a.Voucher}
			if a.N == row.Application && !slices.ContainsFunc(docs[l.j], func(o draftDocument) bool { return o.customer == x.customer && o.voucher == x.voucher }) {
				docs[l.j] = append(docs[l.j], x)
			}
		}
	}
	return docs
}
