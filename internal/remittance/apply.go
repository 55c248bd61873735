package remittance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/journal"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// noDeductionType is the rule by which a journal says that deductions are not set up: then nothing can be imported.
const noDeductionType = "no_deduction_type"

// apply makes the line of the payment and applies it, all of it or (when it would take more than it has) nothing.
func (w *work) apply(ctx context.Context, payer *party.Customer) error {
	if w.cash == 0 && len(w.steps) == 0 {
		return nil
	}
	if err := w.addLine(ctx, payer); err != nil {
		return err
	}
	w.complete()
	for i := range w.steps {
		if err := w.step(ctx, &w.steps[i]); err != nil {
			return err
		}
	}
	if left := w.line.Balance().Left; left < 0 {
		w.issue(w.p.Place, "over_applied", fmt.Sprintf("what is said to be paid is %s more than the payment and its deductions; nothing was applied", w.cur.Format(-left)), -left)
		w.line.Applications, w.line.Deductions = nil, nil
		w.p.Applications, w.p.Deductions = []Application{}, []Deduction{}
	}
	if err := w.line.Save(ctx); err != nil {
		return err
	}
	b := w.line.Balance()
	w.p.Applied, w.p.Unapplied = w.cur.Format(b.Applied), w.cur.Format(b.Left)
	for _, a := range w.line.Applications { // later payments find less
		for _, d := range w.fam.docs {
			if d.customer == a.Customer && d.voucher == a.Voucher {
				d.free -= w.line.Takes(a)
			}
		}
	}
	return nil
}

func (w *work) addLine(ctx context.Context, payer *party.Customer) (err error) {
	if w.editor == nil {
		if w.r.Code, err = ledger.DrawCode(ctx, w.tx, ledger.RemittanceSeries); err != nil {
			return err
		}
		if w.editor, err = journal.New(ctx, w.tx, w.c, "Remittance "+w.r.Code+": "+w.r.Name, w.r.ID); err != nil {
			return err
		}
	}
	l := &journal.Line{Date: w.p.Date, Customer: payer.ID, Amount: w.cash, Currency: w.cur.Code, Bank: w.p.Bank, Reference: cut(w.p.Reference, 100), Text: cut("Remittance "+w.r.Code+", "+w.p.Place, 250)}
	if w.line, err = w.editor.Add(ctx, l); err == nil {
		w.p.Line = w.line.Line.Line
	}
	return err
}

func cut(s string, most int) string {
	for i := range s {
		if most--; most < 0 {
			return s[:i]
		}
	}
	return s
}

// complete says what is paid of the items of which the file does not say it: all that is open, when that is just what the payment has
// left for them.
func (w *work) complete() {
	var missing []*step
	left, open := w.cash-w.back, money.Amount(0)
	for i := range w.steps {
		s := &w.steps[i]
		switch {
		case s.paid != nil:
			left -= *s.paid - s.given
		case s.doc != nil:
			missing, open = append(missing, s), open+s.doc.free
		case len(s.kept) > 0:
			left += s.kept[0].amount
		}
	}
	for _, s := range missing {
		if open == left {
			all := s.doc.free + s.given
			s.paid = &all
			continue
		}
		w.issue(s.item.Place, "amount_unknown", fmt.Sprintf("%s is not applied: the file does not say how much of it is paid, and %s is left for what is open with %s", s.item.Number, w.cur.Format(left), w.cur.Format(open)), 0)
	}
}

// step applies the line to a document, or takes a stand-alone deduction.
func (w *work) step(ctx context.Context, s *step) error {
	switch {
	case s.doc == nil && s.item.Number == "":
		return w.standAlone(ctx, s.kept[0].Kept, s.kept[0].amount, "")
	case s.doc == nil: // a negative item that is no document here is the payer's own debit memo
		code := cmp.Or(s.item.Code, firstCode(s.item.Kept))
		return w.standAlone(ctx, Kept{Place: s.item.Place, Code: code, Number: s.item.Number, Note: s.item.Note, List: listOf(s.item.Kept)}, -*s.paid, s.item.Number)
	case s.paid == nil:
		return nil
	}
	paid := *s.paid - s.given
	if credit := s.doc.open < 0; credit != (paid < 0) && paid != 0 {
		w.issue(s.item.Place, "sign_differs", fmt.Sprintf("%s is not applied: %s of it is open, and %s is said to be paid", s.doc.number, w.cur.Format(s.doc.open), w.cur.Format(paid)), paid)
		return nil
	}
	amount := min(paid.Abs(), s.doc.free)
	if s.doc.free == 0 {
		w.issue(s.item.Place, "nothing_open", fmt.Sprintf("%s is not applied: all of it is marked by pending settlements", s.doc.number), paid)
		return nil
	}
	if over := paid.Abs() - amount; over > 0 {
		w.issue(s.item.Place, "overpaid", fmt.Sprintf("%s is paid with %s, and %s of it can be; the rest stays unapplied", s.doc.number, w.cur.Format(paid.Abs()), w.cur.Format(amount)), over)
	}
	return w.document(ctx, s, amount)
}

func listOf(all []Kept) string {
	if len(all) > 0 {
		return all[0].List
	}
	return ""
}

// document applies the line to a document, and says what its deductions are.
func (w *work) document(ctx context.Context, s *step, amount money.Amount) error {
	for _, a := range w.line.Applications {
		if a.Customer == s.doc.customer && a.Voucher == s.doc.voucher {
			w.issue(s.item.Place, "named_twice", fmt.Sprintf("%s is paid more than once by the same payment; only the first is applied", s.doc.number), amount)
			return nil
		}
	}
	discount, err := w.parse(s.item.Place, "discount", s.item.Discount)
	if err != nil {
		return err
	}
	req := journal.Request{Customer: s.doc.customer, Voucher: s.doc.number, Amount: &amount, LeaveOpen: s.item.Partial}
	if s.doc.open > 0 && (discount > 0 || len(s.kept) > 0) {
		discount = max(0, min(discount, s.doc.free-amount))
		req.Discount = &discount
	}
	a, err := w.line.Apply(ctx, req)
	if known, err := w.refused(s.item.Place, s.item.Number, amount, err); known || err != nil {
		return err
	}
	if err := w.codeAll(ctx, s, a); err != nil {
		return err
	}
	_, deducted := w.line.DeductionsOf(a.N)
	w.p.Applications = append(w.p.Applications, Application{
		Place: s.item.Place, Number: s.item.Number, Customer: w.fam.members[a.Customer], Voucher: a.Number, Credit: a.Credit, Open: w.cur.Format(s.doc.open),
		Amount: w.cur.Format(a.Amount), Discount: w.cur.Format(a.Discount), Deducted: w.cur.Format(deducted),
	})
	return nil
}

// refused makes an issue of what the journal refuses; true when it did.
func (w *work) refused(place, number string, amount money.Amount, err error) (bool, error) {
	var ours *fault.Error
	if err == nil || !errors.As(err, &ours) || ours.Rule == noDeductionType || ours.Code == fault.Internal {
		return false, err
	}
	w.issue(place, cmp.Or(ours.Rule, "refused"), fmt.Sprintf("%s is not applied: %s", number, ours.Message), amount)
	return true, nil
}

// codeAll says what the deductions of an application are: one for each amount that was kept back, and one for what nobody explains.
func (w *work) codeAll(ctx context.Context, s *step, a *journal.Application) error {
	var rest *journal.Deduction
	of, _ := w.line.DeductionsOf(a.N)
	for _, d := range of {
		if d.Reason == "" || d.Reason != w.c.Parameters["unearned_discount_reason"] {
			rest = d
		} else {
			w.show(s, Kept{Place: s.item.Place, Note: "discount that was not earned"}, d)
		}
	}
	for i, k := range s.kept {
		if rest == nil || rest.Amount < k.amount && a.LeaveOpen {
			w.issue(k.Place, "deduction_differs", fmt.Sprintf("%s of %s is said to be kept back, but nothing of it is left to deduct", w.cur.Format(k.amount), s.doc.number), k.amount)
			continue
		}
		d := rest
		switch {
		case rest.Amount > k.amount:
			part, err := w.line.Split(rest.N, k.amount)
			if err != nil {
				return err
			}
			d = part
		case rest.Amount < k.amount:
			w.issue(k.Place, "deduction_differs", fmt.Sprintf("%s of %s is said to be kept back, but only %s is missing", w.cur.Format(k.amount), s.doc.number, w.cur.Format(rest.Amount)), k.amount-rest.Amount)
			rest = nil
		default:
			rest = nil
		}
		if err := w.code(ctx, s, k.Kept, d); err != nil {
			return err
		}
		if rest != nil && i == len(s.kept)-1 {
			w.issue(s.item.Place, "unexplained_short", fmt.Sprintf("%s of %s is missing, which the file does not explain", w.cur.Format(rest.Amount), s.doc.number), rest.Amount)
		}
	}
	if rest == nil {
		return nil
	}
	return w.code(ctx, s, Kept{Place: s.item.Place, Code: s.item.Code, Number: s.item.Claim, Note: s.item.Note}, rest)
}

// code gives a deduction of the line its code, number and note, and shows it.
func (w *work) code(ctx context.Context, s *step, k Kept, d *journal.Deduction) error {
	to := *d
	to.TheirCode, to.ClaimNumber, to.Note = cut(k.Code, 60), cut(k.Number, 60), cut(k.Note, 250)
	to.Type, to.Reason, to.Account, to.Plan = "", w.reason(to.Customer, k), "", ""
	changed, err := w.line.ChangeDeduction(ctx, d.N, to)
	var ours *fault.Error
	if errors.As(err, &ours) && ours.Rule != noDeductionType && ours.Code != fault.Internal { // a reason that is not in use any more, say
		w.issue(k.Place, cmp.Or(ours.Rule, "code_refused"), fmt.Sprintf("the code %s gives no reason: %s", k.Code, ours.Message), d.Amount)
		to.Note = strings.TrimSpace("code " + to.TheirCode + " " + to.Note)
		to.TheirCode, to.Reason = "", ""
		changed, err = w.line.ChangeDeduction(ctx, d.N, to)
	}
	if err != nil {
		return err
	}
	w.show(s, k, changed)
	return w.compare(ctx, s, k, changed)
}

// reason gives the company's reason for a code; blank when no map has it, or it is not in use.
func (w *work) reason(customer int64, k Kept) string {
	reason, ok := w.codes.ReasonFor(customer, k.Code, w.p.Date)
	if k.List == x12List {
		reason, ok = w.codes.ReasonIn(customer, deduction.X12, k.Code, w.p.Date)
	}
	if ok && w.codes.Reasons[reason].Active {
		return reason
	}
	return ""
}

// show shows a deduction.
func (w *work) show(s *step, k Kept, d *journal.Deduction) {
	x := Deduction{
		Place: k.Place, Customer: w.fam.members[d.Customer], Amount: w.cur.Format(d.Amount), TheirCode: d.TheirCode, Reason: d.Reason, Claim: d.ClaimNumber, Note: d.Note,
	}
	if s != nil {
		x.Number, x.Voucher = s.item.Number, s.doc.number
	}
	w.p.Deductions = append(w.p.Deductions, x)
	if d.TheirCode != "" && d.Reason == "" {
		w.issue(k.Place, "unknown_code", fmt.Sprintf("the code %q of %s is in no map; the deduction has no reason yet", d.TheirCode, x.Customer), d.Amount)
	}
}

// compare flags a deduction that was taken before, also by this file.
func (w *work) compare(ctx context.Context, s *step, k Kept, d *journal.Deduction) error {
	var invoice int64
	what := "the claim " + d.ClaimNumber
	if s != nil {
		invoice, what = s.doc.voucher, s.doc.number
	}
	twin, err := w.twin(ctx, d.Customer, invoice, d.TheirCode, d.Reason, d.ClaimNumber, w.cur.Code, d.Amount)
	if err != nil {
		return err
	}
	key := fmt.Sprint(d.Customer, "/", w.cur.Code, "/", invoice, "/", strings.ToUpper(d.TheirCode), "/", d.Amount)
	if invoice == 0 {
		key = fmt.Sprint(d.Customer, "/", w.cur.Code, "/", strings.ToUpper(d.ClaimNumber), "/", d.Amount)
	}
	first := w.matched[key]
	if invoice != 0 || d.ClaimNumber != "" {
		w.matched[key] = k.Place
	}
	switch {
	case twin != "":
		w.p.Deductions[len(w.p.Deductions)-1].DuplicateOf = twin
		w.issue(k.Place, "duplicate", fmt.Sprintf("%s was kept back of %s before, with the same code: deduction %s", w.cur.Format(d.Amount), what, twin), d.Amount)
	case first != "":
		w.issue(k.Place, "duplicate", fmt.Sprintf("%s is kept back of %s twice in this file, first at %s", w.cur.Format(d.Amount), what, first), d.Amount)
	}
	return nil
}

// standAlone takes a deduction of no open document. number is the payer's debit memo, if it was paid like a document.
func (w *work) standAlone(ctx context.Context, k Kept, amount money.Amount, number string) error {
	d := journal.Deduction{Customer: w.fam.payer.ID, Amount: amount, TheirCode: cut(k.Code, 60), ClaimNumber: cut(k.Number, 60), Note: cut(k.Note, 250)}
	d.Reason = w.reason(d.Customer, k)
	made, err := w.line.Deduct(ctx, d)
	if known, err := w.refused(k.Place, cmp.Or(number, "the deduction"), amount, err); known || err != nil {
		return err
	}
	w.show(nil, k, made)
	return w.compare(ctx, nil, k, made)
}
