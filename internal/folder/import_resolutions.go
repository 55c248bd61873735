package folder

import (
	"cmp"
	"context"
	"encoding/json"

	"quittance/internal/deduction"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// recordOfRow finds the new deduction that a row belongs to; nil when it is a known one, or there is none, which is then noted.
func (im *importer) recordOfRow(file string, row *Row, number string) *newDeduction {
	r := im.recordAt[number]
	im.keep(file, "", r == nil, true)
	if r == nil && im.known[number] == nil {
		im.bad(row, "deduction", "there is no deduction %q", number)
	}
	return r
}

// resolutionRows tests the resolutions of new deductions, and fills them.
func (im *importer) resolutionRows() {
	of := map[string]string{}
	for i := range im.d.Resolutions {
		row := &im.d.Resolutions[i]
		r := im.recordOfRow("resolutions", &row.Row, row.Deduction)
		if r == nil {
			continue
		}
		x := &deduction.Resolution{
			Deduction: r.d.ID, Batch: int64(cmp.Or(row.Batch, row.Resolution)), Date: row.Date, Kind: deduction.Kind(row.Kind), Amount: row.Amount, Account: row.Account, Reason: row.Reason, Text: row.Text,
			State: row.State, Automatic: row.Automatic, Actor: cmp.Or(row.Actor, im.tx.Actor), At: im.micros(row.At), DecidedBy: row.DecidedBy,
		}
		if !row.DecidedAt.IsZero() {
			x.DecidedAt = row.DecidedAt.UnixMicro()
		}
		r.resolutions = append(r.resolutions, x)
		im.resolution(r, x, row)
		im.resolutionVouchers(r, x, row, of)
	}
}

// resolution tests one row but for its vouchers.
func (im *importer) resolution(r *newDeduction, x *deduction.Resolution, row *Resolution) {
	im.sameCurrency(&row.Row, row.Currency, r.row.Currency.Code)
	switch {
	case row.Amount == 0:
		im.bad(&row.Row, "amount", "a resolution of nothing is none")
	case row.Accounting != nil:
		x.Accounting = *row.Accounting
	case row.Currency == im.c.Currency:
		x.Accounting = row.Amount
	default:
		im.bad(&row.Row, "accounting", "is blank; expected the amount in %s", im.c.Currency.Code)
	}
	if p := im.deductions.Plans[row.Plan]; p != nil {
		x.Plan = p.ID
	} else if row.Plan != "" || x.Kind == deduction.ByPlan {
		im.bad(&row.Row, "plan", "there is no accrual plan %q", row.Plan)
	}
	if v := im.voucherOf(&row.Row, "counterpart", row.Counterpart); v != nil {
		x.Counterpart = v.ID
	}
	var err error
	if x.Request, err = im.requested(row); err != nil {
		im.bad(&row.Row, "request", "is not what a proposed line asks for; take it as export wrote it")
	}
	if row.State == "proposed" && row.Request == "" {
		im.bad(&row.Row, "request", "is blank; a proposed line says what is to be posted, as export writes it")
	}
	if row.State == "posted" {
		r.resolved += row.Amount
		if x.Kind == deduction.ByCorrection {
			r.corrected += row.Amount
		}
	}
}

// requested gives what a proposed line asks for, with its party as an id.
func (im *importer) requested(row *Resolution) (string, error) {
	if row.Request == "" {
		return "", nil
	}
	var l deduction.Line
	if err := json.Unmarshal([]byte(row.Request), &l); err != nil {
		return "", err
	}
	if row.Party != "" {
		if c := im.customers[row.Party]; c != nil {
			l.Party = c.ID
		} else {
			im.bad(&row.Row, "party", "there is no customer %q", row.Party)
		}
	}
	b, err := json.Marshal(l)
	return string(b), err
}

// resolutionVouchers tests the voucher of a row, and that of its reversal; of says whose each is.
func (im *importer) resolutionVouchers(r *newDeduction, x *deduction.Resolution, row *Resolution, of map[string]string) {
	posted := row.State == "posted" || row.State == "reversed"
	if posted != (row.Voucher != "") {
		im.bad(&row.Row, "voucher", "%q does not go with the state %s; a line that was posted has its voucher, another none", row.Voucher, row.State)
		return
	}
	if (row.State == "reversed") != (row.Reversal != "") {
		im.bad(&row.Row, "reversal", "%q does not go with the state %s; a reversed line has the voucher that reversed it, another none", row.Reversal, row.State)
		return
	}
	v := im.voucherOf(&row.Row, "voucher", row.Voucher)
	if v == nil {
		return
	}
	x.Voucher = v.ID
	right := v.Type == ledger.Resolution || v.Type == ledger.CreditNote && x.Kind == deduction.ByCreditNote
	if r.d.Allowed {
		right = row.Voucher == r.row.Voucher
	}
	switch by := im.reversedBy[row.Voucher]; {
	case !right || im.posted[row.Voucher] == nil:
		im.bad(&row.Row, "voucher", "%s is no new voucher of such a line; bring the voucher of a resolution in with it", row.Voucher)
	case of[row.Voucher] != "":
		im.bad(&row.Row, "voucher", "%s is the voucher of a resolution of %s already", row.Voucher, of[row.Voucher])
	case by != row.Reversal:
		im.bad(&row.Row, "reversal", "%q did not reverse %s, but %q (blank: nothing did)", row.Reversal, row.Voucher, by)
	case v.Date != row.Date:
		im.bad(&row.Row, "date", "%s differs from %s, the date of %s", row.Date, v.Date, row.Voucher)
	}
	of[row.Voucher] = row.Deduction
	r.vouchers = append(r.vouchers, v)
	if m := im.posted[row.Reversal]; m != nil {
		x.Reversal = m.ID
		r.vouchers = append(r.vouchers, m)
	}
}

// onlyWithRecords refuses new vouchers of deductions that no record brings along: nobody would know of what they hold or resolve.
func (im *importer) onlyWithRecords(captures map[string]string) {
	resolved := map[string]bool{}
	for i := range im.d.Resolutions {
		if row := &im.d.Resolutions[i]; im.recordAt[row.Deduction] != nil {
			resolved[row.Voucher] = true
		}
	}
	for i := range im.d.Vouchers {
		v := &im.d.Vouchers[i]
		number, what := v.Number, v.Type
		if v.Type == ledger.Reversal.String() {
			number, what = v.Reverses, im.typeOf(v.Reverses).String()
		}
		if im.posted[v.Number] == nil {
			continue
		}
		switch {
		case what == ledger.Deduction.String() && captures[number] == "":
			im.bad(&v.Lines[0].Row, "type", "no new row of deductions has %s as the voucher of its capture; bring the deduction in with it, or post it by a payment journal", number)
		case what == ledger.Resolution.String() && !resolved[number]:
			im.bad(&v.Lines[0].Row, "type", "no row of resolutions of a new deduction has %s as its voucher; a known deduction is resolved by command: quittance deductions resolve", number)
		}
	}
}

// holdings proves that what holds a deduction has open what remains of it and its children.
func (im *importer) holdings() {
	remaining := map[*newDeduction]money.Amount{}
	vouchers := map[*newDeduction][]*ledger.Voucher{}
	for _, r := range im.records {
		if r.d.State == deduction.Held || r.d.State == deduction.Voided {
			remaining[r.root()] += r.d.Remaining()
		}
		vouchers[r.root()] = append(vouchers[r.root()], r.vouchers...)
	}
	for _, r := range im.records {
		if r.parent != nil || r.d.Hold == deduction.NoHold {
			continue
		}
		var open money.Amount
		if r.d.Holder != 0 {
			for _, it := range im.items[r.row.Voucher] {
				if it.Held {
					open += it.Open
				}
			}
		} else if r.d.State != deduction.Reversed {
			open = suspended(r.capture, vouchers[r])
		}
		if open != remaining[r] {
			im.bad(&r.row.Row, "amount", "%s %s are open of what holds the deduction, but %s remain of it and what was split off it; the settlements or vouchers of its resolutions are missing, or differ",
				r.row.Currency.Format(open), r.row.Currency.Code, r.row.Currency.Format(remaining[r]))
		}
	}
}

// suspended sums what the vouchers left on the suspense accounts of a capture.
func suspended(capture *ledger.Voucher, vouchers []*ledger.Voucher) (sum money.Amount) {
	accounts := map[string]bool{}
	for _, e := range capture.Entries {
		if e.Amount > 0 {
			accounts[e.Account.Written], sum = true, sum+e.Amount
		}
	}
	for _, v := range vouchers {
		for _, e := range v.Entries {
			if e.Party == 0 && accounts[e.Account.Written] {
				sum += e.Amount
			}
		}
	}
	return sum
}

// writeRecords writes the new deductions with all that belongs to them.
func (im *importer) writeRecords(ctx context.Context) error {
	p := &deduction.Past{}
	for _, r := range im.records {
		p.Deductions = append(p.Deductions, r.d)
		p.Resolutions = append(p.Resolutions, r.resolutions...)
	}
	for i := range im.d.DeductionHistory {
		row := &im.d.DeductionHistory[i]
		if r := im.recordOfRow("deduction_history", &row.Row, row.Deduction); r != nil {
			p.Events = append(p.Events, deduction.Told{Deduction: r.d.ID, Event: deduction.Event{At: im.micros(row.At), Actor: cmp.Or(row.Actor, im.tx.Actor), Kind: row.Kind, Text: row.Text}})
		}
	}
	for i := range im.d.DeductionWatchers {
		row := &im.d.DeductionWatchers[i]
		if r := im.recordOfRow("deduction_watchers", &row.Row, row.Deduction); r != nil {
			p.Watchers = append(p.Watchers, deduction.Watching{Deduction: r.d.ID, Watcher: row.Watcher})
		}
	}
	if err := im.evidence(ctx, p); err != nil || len(im.errs) > 0 {
		return err
	}
	return deduction.Restore(ctx, im.tx, im.c, im.deductions, p)
}
