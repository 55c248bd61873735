package folder

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// newDeduction is a deduction that the folder brings in.
type newDeduction struct {
	row     *Deduction
	d       *deduction.Deduction
	parent  *newDeduction
	journal int64 // that it was captured with
	placed  bool  // a deduction of a payment journal is it

	capture     *ledger.Voucher
	resolved    money.Amount // by posted resolutions
	split       money.Amount // by children
	corrected   money.Amount // by posted resolutions
	resolutions []*deduction.Resolution
	vouchers    []*ledger.Voucher // of its resolutions and their reversals
}

// root gives the deduction that was captured.
func (r *newDeduction) root() *newDeduction {
	for r.parent != nil {
		r = r.parent
	}
	return r
}

// readRecords finds the deductions that are new. A known one is left as it is; what cannot change of it must be equal.
func (im *importer) readRecords(ctx context.Context) error {
	im.recordAt, im.about = map[string]*newDeduction{}, map[string]string{}
	if err := im.readKnown(ctx); err != nil {
		return err
	}
	for i := range im.d.Deductions {
		row := &im.d.Deductions[i]
		had := im.known[row.Deduction]
		im.keep("deductions", "", had != nil, true)
		if had != nil {
			im.compareRecord(row, had)
			continue
		}
		if err := im.checkCode(ctx, &row.Row, "deduction", row.Deduction, ledger.DeductionSeries); err != nil {
			return err
		}
		id, err := im.tx.NewID(ctx)
		if err != nil {
			return err
		}
		r := &newDeduction{row: row, d: &deduction.Deduction{ID: id, Number: row.Deduction}}
		im.records = append(im.records, r)
		im.recordAt[row.Deduction] = r
		im.about[row.Voucher] = row.Customer
	}
	for i := range im.d.Resolutions {
		row := &im.d.Resolutions[i]
		if r := im.recordAt[row.Deduction]; r != nil {
			im.about[row.Voucher] = r.row.Customer
		} else if had := im.known[row.Deduction]; had != nil {
			im.about[row.Voucher] = im.parties[had.Customer]
		}
	}
	delete(im.about, "")
	im.parents()
	return nil
}

// readKnown reads the deductions of the company that the folder names.
func (im *importer) readKnown(ctx context.Context) (err error) {
	im.known = map[string]*deduction.Deduction{}
	if im.isNew {
		return nil
	}
	named := map[string]bool{}
	for i := range im.d.Deductions {
		named[im.d.Deductions[i].Deduction], named[im.d.Deductions[i].DuplicateOf], named[im.d.Deductions[i].Parent] = true, true, true
	}
	for i := range im.d.Resolutions {
		named[im.d.Resolutions[i].Deduction] = true
	}
	for i := range im.d.DeductionHistory {
		named[im.d.DeductionHistory[i].Deduction] = true
	}
	for i := range im.d.DeductionWatchers {
		named[im.d.DeductionWatchers[i].Deduction] = true
	}
	for i := range im.d.DeductionEvidence {
		named[im.d.DeductionEvidence[i].Deduction] = true
	}
	delete(named, "")
	im.known, err = deduction.Named(ctx, im.tx, slices.Sorted(maps.Keys(named)))
	return err
}

func (im *importer) compareRecord(row *Deduction, had *deduction.Deduction) {
	differs := func(column, was string) {
		im.bad(&row.Row, column, "the deduction %s is known with %s; what was captured does not change", row.Deduction, was)
	}
	switch {
	case row.Customer != im.parties[had.Customer]:
		differs("customer", im.parties[had.Customer])
	case row.Currency.Code != had.Currency:
		differs("currency", had.Currency)
	case row.Amount != had.Amount:
		differs("amount", row.Currency.Format(had.Amount))
	case row.Date != had.Captured:
		differs("date", had.Captured.String())
	}
}

// parents finds what was split off what.
func (im *importer) parents() {
	for _, r := range im.records {
		if r.row.Parent == "" {
			continue
		}
		if r.parent = im.recordAt[r.row.Parent]; r.parent == nil {
			if im.known[r.row.Parent] != nil {
				im.bad(&r.row.Row, "parent", "the deduction %s is known, and nothing is split off it by an import; split it there: quittance deductions split", r.row.Parent)
			} else {
				im.bad(&r.row.Row, "parent", "there is no deduction %q", r.row.Parent)
			}
		}
	}
	for _, r := range im.records {
		steps := 0
		for p := r.parent; p != nil; p = p.parent {
			if steps++; steps > len(im.records) {
				im.bad(&r.row.Row, "parent", "%q was split off itself, by others", r.row.Deduction)
				r.parent = nil
				break
			}
		}
	}
}

// checkRecords tests the new deductions and fills them: each by itself, then with its resolutions, then what is left of each family.
func (im *importer) checkRecords(context.Context) error {
	for _, r := range im.records {
		im.fill(r)
		im.references(r)
	}
	captures := map[string]string{}
	for _, r := range im.records {
		if r.parent == nil {
			im.captureOf(r, captures)
		}
	}
	for _, r := range im.records {
		if r.parent != nil {
			im.child(r)
		}
	}
	im.resolutionRows()
	for _, r := range im.records {
		im.sums(r)
	}
	im.onlyWithRecords(captures)
	if len(im.errs) == 0 {
		im.holdings()
	}
	return nil
}

// fill makes the deduction of a row.
func (im *importer) fill(r *newDeduction) {
	row, d := r.row, r.d
	d.Root, d.Currency, d.Amount, d.Captured, d.Allowed = r.root().d.ID, row.Currency.Code, row.Amount, row.Date, row.Allowed
	if r.parent != nil {
		d.Parent = r.parent.d.ID
		r.parent.split += row.Amount
	}
	d.Type, d.Reason, d.Account, d.Plan = cmp.Or(row.Type, im.deductions.Reasons[row.Reason].Type), row.Reason, row.Account, row.Plan
	if d.State = deduction.State(row.State); row.State == "" {
		d.State = deduction.Claim
		if row.Voucher != "" {
			d.State = deduction.Held
		}
	}
	if d.Hold = deduction.Hold(row.Hold); row.Hold == "" && row.Voucher != "" && !row.Allowed {
		d.Hold = im.deductions.HoldOf(im.c, d.Type, d.Reason)
	}
	d.TheirCode, d.ClaimNumber, d.Note, d.Basis = row.TheirCode, row.Claim, row.Note, row.Basis
	d.Work, d.Substate, d.Dispute = deduction.Work(row.Work), row.Substate, deduction.Dispute(row.Dispute)
	d.Attempts, d.DisputedAt, d.AnswerDue, d.PaidBack = row.Attempts, row.DisputedAt, row.AnswerDue, row.PaidBack
	d.Owner, d.Team, d.Priority, d.FollowUp, d.Automatic = row.Owner, row.Team, row.Priority, row.FollowUp, row.Automatic
	d.JournalLine, d.JournalN, d.Version = row.JournalLine, row.JournalDeduction, 1
	d.CreatedBy, d.CreatedAt = cmp.Or(row.CreatedBy, im.tx.Actor), im.micros(row.CreatedAt)
}

// references wants what a deduction names to exist.
func (im *importer) references(r *newDeduction) {
	row, d := r.row, r.d
	if c := im.customers[row.Customer]; c != nil {
		d.Customer = c.ID
	} else {
		im.bad(&row.Row, "customer", "there is no customer %q", row.Customer)
	}
	if row.Amount == 0 {
		im.bad(&row.Row, "amount", "a deduction of nothing is none")
	}
	im.coded(&row.Row, d.Type, row.Reason, row.Plan)
	if x, ok := im.deductions.Substates[row.Substate]; row.Substate != "" && (!ok || row.Work != "" && x.Work != d.Work) {
		im.bad(&row.Row, "substate", "there is no substate %q of %s", row.Substate, cmp.Or(row.Work, "that work"))
	}
	if v := im.voucherOf(&row.Row, "invoice", row.Invoice); v != nil {
		d.Invoice = v.ID
	}
	if v := im.voucherOf(&row.Row, "payment", row.Payment); v != nil {
		d.Payment = v.ID
	}
	switch first := im.recordAt[row.DuplicateOf]; {
	case row.DuplicateOf == "":
	case first != nil && first != r:
		d.DuplicateOf = first.d.ID
	case im.known[row.DuplicateOf] != nil:
		d.DuplicateOf = im.known[row.DuplicateOf].ID
	default:
		im.bad(&row.Row, "duplicate_of", "there is no other deduction %q", row.DuplicateOf)
	}
	if root := r.root(); row.Journal != "" && !root.placed {
		im.bad(&row.Row, "journal", "no deduction %d of line %d of a new payment journal %q is in payment_deductions", row.JournalDeduction, row.JournalLine, row.Journal)
	} else if root.placed {
		d.Journal = root.journal
	}
	if (row.Journal == "") != (row.JournalLine == 0) || (row.Journal == "") != (row.JournalDeduction == 0) {
		im.bad(&row.Row, "journal", "journal, journal_line and journal_deduction go together; fill all, or none")
	}
}

// captureOf tests the voucher with which a deduction was captured; of says whose each is.
func (im *importer) captureOf(r *newDeduction, of map[string]string) {
	row, d := r.row, r.d
	switch {
	case row.Voucher == "":
		if d.Allowed || d.Hold != deduction.NoHold {
			im.bad(&row.Row, "voucher", "is blank, but the deduction is held, or was allowed; expected the voucher of its capture")
		}
		if d.State == deduction.Reversed {
			im.bad(&row.Row, "state", "%q goes with the voucher of a capture", row.State)
		}
		return
	case of[row.Voucher] != "":
		im.bad(&row.Row, "voucher", "%s is the capture of the deduction %s already", row.Voucher, of[row.Voucher])
		return
	case d.Allowed && d.Hold != deduction.NoHold:
		im.bad(&row.Row, "hold", "%q stands with a deduction that is allowed, of which nothing is held", row.Hold)
		return
	case d.State == deduction.Claim:
		im.bad(&row.Row, "state", "%q goes without the voucher of a capture", row.State)
		return
	}
	of[row.Voucher] = row.Deduction
	v := im.voucherOf(&row.Row, "voucher", row.Voucher)
	if v == nil || d.Customer == 0 {
		return
	}
	r.capture, d.Voucher = v, v.ID
	if im.posted[row.Voucher] == nil || v.Type != ledger.Deduction {
		im.bad(&row.Row, "voucher", "%s is no new voucher of type deduction; bring the voucher of a capture in with it", row.Voucher)
		return
	}
	if err := im.heldBy(r); err != nil {
		im.because(&row.Row, "voucher", err)
	}
	if _, is := im.reversedBy[row.Voucher]; is != (d.State == deduction.Reversed) {
		im.bad(&row.Row, "state", "%q does not go with its capture %s, which is %s", d.State, row.Voucher, map[bool]string{true: "reversed", false: "not reversed"}[is])
	}
}

// heldBy finds who holds a captured deduction: the lines of its voucher are pairs, where it is held and the customer's credit beside it.
func (im *importer) heldBy(r *newDeduction) error {
	d, v := r.d, r.capture
	var credits money.Amount
	for _, e := range v.Entries {
		if e.Amount < 0 && e.Party == d.Customer && e.Currency == d.Currency {
			credits -= e.Amount
		}
	}
	if credits != d.Amount || v.Date != d.Captured {
		return fault.New(fault.Invalid, "credits %s by %s on %s, not by %s on %s", r.row.Customer, r.row.Currency.Format(credits), v.Date, r.row.Currency.Format(d.Amount), d.Captured)
	}
	if d.Hold == deduction.NoHold {
		return nil
	}
	for i, e := range v.Entries {
		if i%2 == 1 {
			continue
		}
		if i+1 == len(v.Entries) || e.Amount <= 0 || v.Entries[i+1].Amount != -e.Amount || v.Entries[i+1].Party != d.Customer || i > 0 && e.Party != d.Holder {
			return fault.New(fault.Invalid, "line %d: the lines of a capture are pairs: a debit where the deduction is held, and the customer's credit of the same amount", i+1)
		}
		d.Holder = e.Party
	}
	right := map[deduction.Hold]bool{deduction.OnManagement: d.Holder != 0 && d.Holder != d.Customer, deduction.OnCustomer: d.Holder == d.Customer, deduction.OnSuspense: d.Holder == 0}
	if !right[d.Hold] {
		return fault.New(fault.Invalid, "does not hold the deduction on %s", d.Hold)
	}
	return nil
}

// child wants a deduction that was split off to be like its root, whose hold it shares.
func (im *importer) child(r *newDeduction) {
	row, root := r.row, r.root()
	for _, x := range []struct{ column, is, want string }{
		{"customer", row.Customer, root.row.Customer},
		{"currency", row.Currency.Code, root.row.Currency.Code},
		{"date", row.Date.String(), root.row.Date.String()},
		{"voucher", row.Voucher, root.row.Voucher},
		{"journal", row.Journal, root.row.Journal},
	} {
		if x.is != x.want {
			im.bad(&row.Row, x.column, "%q differs from %q of %s, which it was split off", x.is, x.want, root.row.Deduction)
		}
	}
	d := r.d
	if row.Hold != "" && d.Hold != root.d.Hold || d.Allowed || d.State == deduction.Reversed && root.d.State != deduction.Reversed {
		im.bad(&row.Row, "hold", "the deduction shares the hold of %s, which it was split off; it is neither allowed nor reversed by itself", root.row.Deduction)
	}
	d.Hold, d.Holder, d.Voucher = root.d.Hold, root.d.Holder, root.d.Voucher
}

// sums tests the amounts of a deduction, and what follows from them.
func (im *importer) sums(r *newDeduction) {
	row, d := r.row, r.d
	d.Resolved, d.Split = r.resolved, r.split
	closed := d.Remaining() == 0 || d.State == deduction.Reversed || d.State == deduction.Voided
	switch {
	case d.Remaining() < 0:
		im.bad(&row.Row, "amount", "%s %s is less than what was resolved and split off, %s", row.Currency.Format(d.Amount), row.Currency.Code, row.Currency.Format(d.Resolved+d.Split))
	case d.State == deduction.Claim && d.Resolved != 0, d.State == deduction.Voided && d.Hold != deduction.NoHold && r.corrected != d.Amount, d.State == deduction.Reversed && d.Resolved != 0, // what was split off was reversed with it
		d.State == deduction.Held && d.Allowed && d.Resolved != d.Amount:
		im.bad(&row.Row, "state", "%q does not go with the resolutions of the deduction, which come to %s", d.State, row.Currency.Format(d.Resolved))
	case !closed && !row.ClosedAt.IsZero():
		im.bad(&row.Row, "closed_at", "the deduction is not closed: %s %s remain of it", row.Currency.Format(d.Remaining()), row.Currency.Code)
	}
	if closed {
		d.ClosedAt = im.micros(row.ClosedAt)
	}
	if row.Work == "" {
		d.Work = deduction.Captured
		if d.Reason != "" {
			d.Work = deduction.Coded
		}
		if closed {
			d.Work = deduction.Closed
		}
	}
}
