package folder

import (
	"context"

	"quittance/internal/money"
	"quittance/internal/openitem"
)

// keyOf gives the key of a row as links have it: without the line of the payment journal that made it.
func (im *importer) keyOf(s *Settlement) settlementKey {
	k := settlementKey{date: s.Date, debit: s.DebitVoucher, credit: s.CreditVoucher, debitLine: s.DebitLine, creditLine: s.CreditLine}
	if c := im.customers[s.Customer]; c != nil && s.Customer != "" {
		k.party = c.ID
	} else if v := im.vendors[s.Vendor]; v != nil && s.Vendor != "" {
		k.party = v.ID
	}
	return k
}

// addSettled adds up the rows of a key where there may be several: those of payment journals, one for each line.
func (im *importer) addSettled(ctx context.Context) error {
	im.settled = map[settlementKey]money.Amount{}
	for i := range im.d.Settlements {
		if s := &im.d.Settlements[i]; s.Journal != "" {
			im.settled[im.keyOf(s)] = 0
		}
	}
	if len(im.settled) == 0 {
		return nil
	}
	for i := range im.d.Settlements {
		s := &im.d.Settlements[i]
		k := im.keyOf(s)
		if _, of := im.settled[k]; !of || im.typeOf(s.DebitVoucher) == 0 {
			continue
		}
		debit, err := im.end(ctx, s, "debit_voucher", s.DebitVoucher)
		if err != nil {
			return err
		}
		if debit == nil || len(debit.items) == 0 {
			continue
		}
		cur, err := money.CurrencyOf(debit.items[0].Currency)
		if err != nil {
			return err
		}
		if a, err := s.AmountIn(cur); err == nil { // an error is told with the row
			im.settled[k] += a
		}
	}
	return nil
}

// journalOf wants the line of a payment journal that a row names to be there, and posted.
func (im *importer) journalOf(s *Settlement) bool {
	if s.Journal == "" && s.JournalLine == 0 {
		return true
	}
	if ofPayment(s) {
		return im.paymentOf(s)
	}
	l := im.lines[journalLine{s.Journal, s.JournalLine}]
	switch {
	case l == nil:
		im.bad(&s.Row, "journal", "there is no line %d of a new payment journal %q in payments", s.JournalLine, s.Journal)
	case l.Posting == 0:
		im.bad(&s.Row, "journal_line", "line %d of %s is a draft, which has settled nothing", s.JournalLine, s.Journal)
	case s.Kind != "" && s.Kind != openitem.Applied.String():
		im.bad(&s.Row, "kind", "%q stands with a payment journal; expected application", s.Kind)
	default:
		return true
	}
	return false
}

// ofPayment says whether a row is of a vendor payment, which it names by journal and line.
func ofPayment(s *Settlement) bool { return s.Vendor != "" && s.Journal != "" }

// paymentOf wants the vendor payment that a row names to be there, and posted by the voucher that settles.
func (im *importer) paymentOf(s *Settlement) bool {
	p := im.payouts.payments[journalLine{s.Journal, s.JournalLine}]
	switch {
	case p == nil:
		im.bad(&s.Row, "journal", "there is no line %d of a new vendor payment journal %q in vendor_payments", s.JournalLine, s.Journal)
	case p.row.Voucher == "" || p.row.Voucher != s.DebitVoucher || p.row.Vendor != s.Vendor:
		im.bad(&s.Row, "debit_voucher", "%s of %s is not what payment %s posted", s.DebitVoucher, s.Vendor, p.Name())
	case s.Kind != "" && s.Kind != openitem.Applied.String():
		im.bad(&s.Row, "kind", "%q stands with a payment; expected application", s.Kind)
	case s.DebitLine == 0:
		im.bad(&s.Row, "debit_line", "is blank; what a vendor payment settles names its lines")
	default:
		return true
	}
	return false
}
