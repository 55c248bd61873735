package remittance

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/file"
	"quittance/internal/journal"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// Given is what the importer says where the file does not.
type Given struct {
	Customer string     // code of who pays
	Bank     string     // ledger account
	Date     civil.Date // of the payments
}

// importing is the import of one file.
type importing struct {
	*matcher
	setup   *Setup
	codes   *deduction.Setup
	given   Given
	payer   *party.Customer // that is given
	editor  *journal.Editor
	r       *Remittance
	matched map[string]string // deductions of this file: key → its place, to find those that it has twice
}

// Import makes a remittance of what was read of a file: a draft journal of its payments, claims of its memos, and what did not match.
// The same content again is refused.
func Import(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, src Source, a *Advice, given Given) (*Remittance, error) {
	sum := sha256.Sum256(src.Content)
	if err := known(ctx, tx, sum[:]); err != nil {
		return nil, err
	}
	im := &importing{
		matcher: &matcher{tx: tx, c: c, families: map[int64]*family{}, docs: map[int64][]*doc{}}, setup: s, given: given, matched: map[string]string{},
		r: &Remittance{Format: a.Format, Name: src.Name, SHA256: sum[:], Actor: tx.Actor, At: tx.Micros()},
	}
	im.r.Detail = Detail{Payments: []Payment{}, Adjustments: []Adjustment{}, Issues: append([]Issue{}, a.Issues...)}
	if err := im.prepare(ctx, src); err != nil {
		return nil, err
	}
	for i := range a.Payments {
		if err := im.payment(ctx, &a.Payments[i]); err != nil {
			return nil, err
		}
	}
	for i := range a.Memos {
		if err := im.memo(ctx, &a.Memos[i]); err != nil {
			return nil, err
		}
	}
	if im.editor != nil {
		im.r.Journal = im.editor.Code
	}
	return im.r, im.save(ctx)
}

// known refuses a content that was imported before.
func known(ctx context.Context, tx *db.Tx, sum []byte) error {
	var code, name string
	err := tx.Row(ctx, "select code, name from remittance where company = $1 and sha256 = $2", tx.Company, sum).Scan(&code, &name)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = fault.New(fault.Conflict, "the same file was imported already, as remittance %s (%s); nothing was done", code, name).ByRule("remittance_known")
	}
	return err
}

// prepare keeps the file and reads what all payments need.
func (im *importing) prepare(ctx context.Context, src Source) error {
	var err error
	if im.codes, err = deduction.LoadSetup(ctx, im.tx, im.c); err != nil {
		return err
	}
	if im.given.Customer != "" {
		x, err := party.FindCustomer(ctx, im.tx, im.given.Customer)
		if err != nil {
			return err
		}
		im.payer = &x
	}
	kept, err := file.Save(ctx, im.tx, src.Name, mediaOf[im.r.Format], src.Content)
	if err != nil {
		return err
	}
	im.r.File = kept.ID
	im.r.ID, err = im.tx.NewID(ctx)
	return err
}

// mediaOf says what the files of a format are kept as.
var mediaOf = map[string]string{
	CSV: "text/csv", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", X12820: "application/edi-x12", X12812: "application/edi-x12", BAI2: "text/plain",
}

// work is the matching of one payment.
type work struct {
	*importing
	p     *Payment
	a     *Advised
	cur   money.Currency
	cash  money.Amount // of the payment
	back  money.Amount // of it, paybacks
	fam   *family
	line  *journal.LineEditor
	steps []step
	sum   money.Amount // of what the file says to be paid, with its signs
	exact bool         // every item said what is paid of it
}

// step is an item with what it was found to be.
type step struct {
	item  Item
	doc   *doc
	paid  *money.Amount // nil: not said
	kept  []kept        // kept back
	given money.Amount  // given back, in all
}

// kept is what was kept back (positive), in minor units.
type kept struct {
	Kept
	amount money.Amount
}

// payment makes a line of a payment.
func (im *importing) payment(ctx context.Context, a *Advised) error {
	w := &work{importing: im, a: a, exact: true}
	w.p = &Payment{
		N: len(im.r.Detail.Payments) + 1, Place: a.Place, Reference: a.Reference, Payer: strings.Join(a.Payer, ", "), Currency: a.Currency,
		Applications: []Application{}, Deductions: []Deduction{}, Paybacks: []Payback{},
	}
	for _, i := range a.issues {
		w.issue(i.Place, i.Rule, i.Text, 0)
		im.r.Detail.Issues[len(im.r.Detail.Issues)-1].Amount = i.Amount
	}
	err := w.work(ctx)
	im.r.Detail.Payments = append(im.r.Detail.Payments, *w.p)
	return err
}

// issue notes what did not match.
func (w *work) issue(place, rule, text string, amount money.Amount) {
	i := Issue{Place: place, Rule: rule, Text: text, Payment: w.p.N, Currency: w.p.Currency}
	if amount != 0 {
		i.Amount = w.cur.Format(amount)
	}
	w.r.Detail.Issues = append(w.r.Detail.Issues, i)
}

// parse reads an amount of the file; one that is none of the currency is refused with its place.
func (w *work) parse(place, what, text string) (money.Amount, error) {
	if text == "" {
		return 0, nil
	}
	a, err := w.cur.Parse(text)
	if err != nil {
		return 0, fault.New(fault.Invalid, "%s: %v", what, err).At(place).ByRule("amount")
	}
	return a, nil
}

func (w *work) work(ctx context.Context) (err error) {
	if w.cur, err = currencyOf(w.a.Currency, w.a.Place); err != nil {
		return err
	}
	total, err := w.total()
	if err != nil {
		return err
	}
	w.p.Amount, w.p.Applied, w.p.Unapplied = w.cur.Format(total), w.cur.Format(0), w.cur.Format(total)
	w.cash = total
	if slices.ContainsFunc(w.a.issues, func(i Issue) bool { return i.Rule == "debit_payment" }) {
		return nil
	}
	payer, partner, err := w.who(ctx)
	if err != nil {
		return err
	}
	if payer == nil {
		w.issue(w.a.Place, "unknown_payer", fmt.Sprintf("nobody is known as %s; set up a partner of that code, or say who pays", quoted(w.a.Payer)), total)
		return nil
	}
	w.p.Customer = payer.Code
	w.p.Date = w.a.Date
	if w.p.Date.IsZero() {
		w.p.Date = cmp.Or(w.given.Date, w.tx.Today())
	}
	if w.p.Bank, err = w.bank(partner); err != nil {
		return err
	}
	if w.fam, err = w.of(ctx, *payer); err != nil {
		return err
	}
	if err := w.resolve(ctx); err != nil {
		return err
	}
	return w.apply(ctx, payer)
}

func quoted(names []string) string {
	if len(names) == 0 {
		return "the payer, since the file does not name one"
	}
	return fmt.Sprintf("%q", names)
}

// total gives the amount of the payment: what the file says, or the sum of its items.
func (w *work) total() (money.Amount, error) {
	if w.a.Amount != "" {
		total, err := w.parse(w.a.Place, "the amount of the payment", w.a.Amount)
		if err == nil && total < 0 {
			err = fault.New(fault.Invalid, "the payment has the amount %s; expected one that is not negative", w.a.Amount).At(w.a.Place).ByRule("amount")
		}
		return total, err
	}
	var sum money.Sum
	for _, i := range w.a.Items {
		paid, err := w.parse(i.Place, "paid", i.Paid)
		if err != nil {
			return 0, err
		}
		sum.Add(paid)
	}
	for _, k := range w.a.Kept {
		amount, err := w.parse(k.Place, "deduction", k.Amount)
		if err != nil {
			return 0, err
		}
		sum.Add(-amount)
	}
	total, err := sum.Total()
	if err == nil && total < 0 {
		err = fault.New(fault.Invalid, "the rows of the payment add up to %s; expected a sum that is not negative", w.cur.Format(total)).At(w.a.Place).ByRule("amount")
	}
	return total, err
}

// who gives the payer: the partner or customer that the file names, else the one given.
func (w *work) who(ctx context.Context) (*party.Customer, *Partner, error) {
	found, partner, err := w.matcher.payer(ctx, w.setup, w.a.Payer)
	if err == nil && found == nil {
		found = w.importing.payer
	}
	return found, partner, err
}

func (w *work) bank(p *Partner) (string, error) {
	bank := w.given.Bank
	if bank == "" && p != nil {
		bank = p.Bank
	}
	account, err := w.c.Bank(cmp.Or(bank, w.c.Parameters[BankParameter]))
	return account.Written, err
}

// resolve finds what the items are, and the paybacks among them.
func (w *work) resolve(ctx context.Context) error {
	for _, i := range w.a.Items {
		s, err := w.read(i)
		if err != nil {
			return err
		}
		taken, err := w.paybacks(ctx, s)
		if err != nil {
			return err
		}
		if !taken {
			w.steps = append(w.steps, *s)
		}
	}
	for _, k := range w.a.Kept {
		amount, err := w.parse(k.Place, "adjustment", k.Amount)
		if err != nil {
			return err
		}
		w.sum -= amount
		if amount >= 0 {
			if amount > 0 {
				w.steps = append(w.steps, step{item: Item{Place: k.Place}, kept: []kept{{k, amount}}})
			}
			continue
		}
		paid, err := w.payback(ctx, k.Place, k.Number, k.Code, -amount)
		if err != nil {
			return err
		}
		if !paid {
			w.issue(k.Place, "unknown_payback", fmt.Sprintf("%s is given back, and no open deduction is known that it is for (%s, code %s); it stays unapplied", w.cur.Format(-amount), orNone(k.Number), orNone(k.Code)), -amount)
		}
	}
	if said, err := w.parse(w.a.Place, "amount", w.a.Amount); err != nil {
		return err
	} else if w.exact && w.a.Amount != "" && said != w.sum && len(w.a.Items)+len(w.a.Kept) > 0 {
		w.issue(w.a.Place, "total_differs", fmt.Sprintf("the payment is of %s, and what it pays and keeps back adds up to %s", w.cur.Format(said), w.cur.Format(w.sum)), said-w.sum)
	}
	return nil
}

func orNone(s string) string { return cmp.Or(s, "none") }

// read reads the amounts of an item.
func (w *work) read(i Item) (*step, error) {
	s := &step{item: i}
	var back money.Amount
	for _, k := range i.Kept {
		amount, err := w.parse(k.Place, "adjustment", k.Amount)
		if err != nil {
			return nil, err
		}
		if amount > 0 {
			s.kept = append(s.kept, kept{k, amount})
			back += amount
		} else {
			s.given -= amount
		}
	}
	paid, err := w.parse(i.Place, "paid", i.Paid)
	if err != nil {
		return nil, err
	}
	whole, err := w.parse(i.Place, "total", i.Total)
	if err != nil {
		return nil, err
	}
	discount, err := w.parse(i.Place, "discount", i.Discount)
	if err != nil {
		return nil, err
	}
	should := whole - discount - back + s.given
	switch {
	case i.Paid != "":
		s.paid = &paid
		if i.Total != "" && should != paid {
			w.issue(i.Place, "item_differs", fmt.Sprintf("%s: %s less discount and adjustments is %s, but %s is said to be paid; what is paid is taken", i.Number, w.cur.Format(whole), w.cur.Format(should), w.cur.Format(paid)), paid-should)
		}
	case i.Total != "":
		s.paid = &should
	case len(w.a.Items) == 1 && len(w.a.Kept) == 0 && w.a.Amount != "": // the only one takes all of the payment
		all := w.cash
		s.paid = &all
	default:
		w.exact = false
		return s, nil
	}
	w.sum += *s.paid
	return s, nil
}

// paybacks takes what an item gives back. It is true when the item is nothing but a payback.
func (w *work) paybacks(ctx context.Context, s *step) (bool, error) {
	i := s.item
	for _, k := range i.Kept {
		amount, err := w.parse(k.Place, "adjustment", k.Amount)
		if err != nil || amount >= 0 {
			if err != nil {
				return false, err
			}
			continue
		}
		paid, err := w.payback(ctx, k.Place, cmp.Or(k.Number, i.Number), k.Code, -amount)
		if err == nil && !paid && k.Number != "" {
			paid, err = w.payback(ctx, k.Place, i.Number, k.Code, -amount)
		}
		if err != nil {
			return false, err
		}
		if !paid {
			w.issue(k.Place, "unknown_payback", fmt.Sprintf("%s is given back with %s, and no open deduction is known that it is for; it stays unapplied", w.cur.Format(-amount), i.Number), -amount)
		}
	}
	d, rule, why := w.fam.find(i.Number, w.cur.Code)
	s.doc = d
	if d != nil || s.paid == nil || *s.paid <= 0 {
		if d == nil && (s.paid == nil || *s.paid == 0) {
			w.issue(i.Place, rule, fmt.Sprintf("%s is not applied: %s", i.Number, why), 0)
			return true, nil
		}
		return false, nil
	}
	rest := *s.paid - s.given
	number, code := i.Number, cmp.Or(i.Code, firstCode(i.Kept))
	base, isMarked := marked(number)
	if rest > 0 && (isMarked || code != "") {
		if isMarked {
			number = base
		}
		if paid, err := w.payback(ctx, i.Place, number, code, rest); err != nil || paid {
			return true, err
		}
	}
	if isMarked {
		rule, why = "unknown_payback", "it is marked as a payback, and no open deduction of "+base+" is known"
	}
	if rest != 0 {
		w.issue(i.Place, rule, fmt.Sprintf("%s is not applied: %s; the money stays unapplied", i.Number, why), rest)
	}
	if len(s.kept) > 0 {
		w.issue(i.Place, "deduction_without_document", fmt.Sprintf("what was kept back of %s is no deduction yet, since the document is not known", i.Number), s.kept[0].amount)
	}
	return true, nil
}

func firstCode(all []Kept) string {
	for _, k := range all {
		if k.Code != "" {
			return k.Code
		}
	}
	return ""
}

// payback proposes a payback; false when no open deduction is known that it is for.
func (w *work) payback(ctx context.Context, place, number, code string, amount money.Amount) (bool, error) {
	if base, ok := marked(number); ok {
		number = base
	}
	h, err := w.original(ctx, w.fam, number, code, w.cur.Code, amount)
	if err != nil || h == nil || amount > w.cash-w.back {
		return false, err
	}
	h.left -= amount
	w.back += amount
	n := 1
	for _, p := range w.r.Detail.Payments {
		n += len(p.Paybacks)
	}
	w.p.Paybacks = append(w.p.Paybacks, Payback{N: n + len(w.p.Paybacks), Place: place, Number: number, Deduction: h.Number, Currency: w.cur.Code, Amount: w.cur.Format(amount), State: Proposed})
	return true, nil
}
