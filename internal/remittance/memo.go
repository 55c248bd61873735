package remittance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// What becomes of a memo.
const (
	asClaim = "claim" // a claim was raised
	asMatch = "match" // it is that of a deduction there is
	asIssue = "issue" // see the issues
)

// memo makes a claim of a debit memo, unless there is a deduction or claim of it already; a credit memo is paired with the open
// deduction that it is for. Neither moves money.
func (im *importing) memo(ctx context.Context, m *Memo) error {
	x := Adjustment{
		Place: m.Place, Reference: m.Number, Date: m.Date, Payer: strings.Join(m.Payer, ", "), Kind: "credit", Number: m.Document, Currency: m.Currency, Amount: m.Amount,
		TheirCode: m.Code, Note: m.Note, Outcome: asIssue,
	}
	if m.Debit {
		x.Kind = "debit"
	}
	err := im.pair(ctx, m, &x)
	im.r.Detail.Adjustments = append(im.r.Detail.Adjustments, x)
	return err
}

func (im *importing) pair(ctx context.Context, m *Memo, x *Adjustment) error {
	issue := func(rule, format string, args ...any) {
		im.r.Detail.Issues = append(im.r.Detail.Issues, Issue{Place: m.Place, Rule: rule, Text: fmt.Sprintf(format, args...), Currency: m.Currency, Amount: x.Amount})
	}
	cur, err := currencyOf(m.Currency, m.Place)
	if err != nil {
		return err
	}
	amount, err := cur.Parse(m.Amount)
	if err != nil {
		return fault.New(fault.Invalid, "the amount of the adjustment: %v", err).At(m.Place).ByRule("amount")
	}
	if amount < 0 { // says the other thing
		amount, m.Debit = -amount, !m.Debit
		x.Kind = map[bool]string{true: "debit", false: "credit"}[m.Debit]
	}
	if x.Amount = cur.Format(amount); amount == 0 {
		issue("no_amount", "the adjustment %s is of nothing", m.Number)
		return nil
	}
	payer, _, err := im.matcher.payer(ctx, im.setup, m.Payer)
	if err != nil {
		return err
	}
	if payer == nil {
		payer = im.payer
	}
	if payer == nil {
		issue("unknown_payer", "nobody is known as %s; set up a partner of that code, or say who sent it", quoted(m.Payer))
		return nil
	}
	if x.Date.IsZero() {
		x.Date = im.tx.Today()
	}
	f, err := im.of(ctx, *payer)
	if err != nil {
		return err
	}
	if m.Debit {
		return im.debitMemo(ctx, m, x, f, cur, amount, issue)
	}
	x.Customer = payer.Code
	for _, number := range []string{m.Document, m.Number} {
		h, err := im.original(ctx, f, number, m.Code, cur.Code, amount)
		if err != nil {
			return err
		}
		if h != nil {
			h.left -= amount
			x.Customer, x.Voucher, x.Outcome, x.Deduction = f.members[h.Customer], h.invoice, asMatch, h.Number
			return nil
		}
	}
	issue("unknown_payback", "%s is given back by %s, and no open deduction is known that it is for", x.Amount, m.Number)
	return nil
}

// debitMemo pairs a debit memo with the deduction or claim of it, or raises a claim.
func (im *importing) debitMemo(ctx context.Context, m *Memo, x *Adjustment, f *family, cur money.Currency, amount money.Amount, issue func(string, string, ...any)) error {
	d := &deduction.Deduction{
		Customer: f.payer.ID, Currency: cur.Code, Amount: amount, Captured: x.Date, TheirCode: cut(m.Code, 60), ClaimNumber: cut(m.Number, 60), Note: cut(m.Note, 250), CreatedBy: im.tx.Actor,
	}
	if m.Document != "" {
		var err error
		if d.Invoice, d.Customer, x.Voucher, err = im.invoice(ctx, f, m.Document, cur.Code); err != nil {
			return err
		}
		if d.Invoice == 0 {
			issue("unknown_document", "the adjustment %s is about %s, which is no document of %s or its family", m.Number, m.Document, f.payer.Code)
		}
	}
	x.Customer = f.members[d.Customer]
	reason, ok := im.codes.ReasonIn(d.Customer, deduction.X12, m.Code, x.Date)
	if ok && im.codes.Reasons[reason].Active {
		d.Reason, x.Reason = reason, reason
	} else if m.Code != "" {
		issue("unknown_code", "the code %q of %s is in no map; the claim has no reason yet", m.Code, x.Customer)
	}
	number, err := im.sameMemo(ctx, d)
	if err != nil {
		return err
	}
	if number != "" {
		x.Outcome, x.Deduction = asMatch, number
		return nil
	}
	if d.Type = im.codes.Reasons[d.Reason].Type; d.Type == "" {
		d.Type = im.unresolved()
	}
	if err := deduction.Raise(ctx, im.tx, im.c, im.codes, d); err != nil {
		return err
	}
	x.Outcome, x.Deduction = asClaim, d.Number
	return nil
}

// unresolved gives the type of deductions of which nothing is known: the first by code that is unresolved.
func (im *importing) unresolved() string {
	var codes []string
	for code, t := range im.codes.Types {
		if t.Kind == deduction.Unresolved {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return ""
	}
	return slices.Min(codes)
}

// invoice finds a document of the family, open or closed, and whose it is; 0 and the payer when there is none.
func (im *importing) invoice(ctx context.Context, f *family, number, currency string) (voucher, customer int64, found string, err error) {
	if d, _, _ := f.find(number, currency); d != nil && d.open > 0 {
		return d.voucher, d.customer, d.number, nil
	}
	v, err := ledger.Lookup(ctx, im.tx, number)
	if fault.CodeOf(err) == fault.NotFound {
		return 0, f.payer.ID, "", nil
	}
	if err != nil {
		return 0, 0, "", err
	}
	those, arg := im.tx.Among("party", "$3", ids(f))
	err = im.tx.Row(ctx, "select party from entry where company = $1 and voucher = $2 and amount > 0 and "+those+" order by line limit 1", im.tx.Company, v.ID, arg).Scan(&customer)
	if errors.Is(err, db.ErrNoRows) {
		return 0, f.payer.ID, "", nil
	}
	return v.ID, customer, v.Number, err
}

func ids(f *family) []int64 {
	all := make([]int64, 0, len(f.members))
	for id := range f.members {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

// sameMemo gives the number of a deduction or claim of the same amount that has the number of a memo, or its document and code.
func (im *importing) sameMemo(ctx context.Context, d *deduction.Deduction) (number string, err error) {
	err = im.tx.Row(ctx, `select number from deduction where company = $1 and customer = $2 and amount = $3 and currency = $7 and state in ('claim', 'held')
		and (upper(claim) = $4 or invoice = $5 and $6 <> '' and upper(their_code) = $6) order by id limit 1`,
		im.tx.Company, d.Customer, d.Amount, strings.ToUpper(d.ClaimNumber), d.Invoice, strings.ToUpper(d.TheirCode), d.Currency).Scan(&number)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return number, err
}

// PostPayback posts a payback that a remittance proposes: the open credit that it left of its payment goes against the deduction. A blank
// date is the payment's.
func PostPayback(ctx context.Context, tx *db.Tx, c *ledger.Company, code string, n int, date civil.Date) (*Payback, error) {
	r, err := lock(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	p, b := r.payback(n)
	if b == nil {
		return nil, fault.New(fault.NotFound, "the remittance %s has no payback %d", code, n)
	}
	if b.State == Posted {
		return nil, fault.New(fault.Refused, "the payback %d of %s is posted already, by %s", n, code, b.Voucher).ByRule("posted_already")
	}
	payment, payer, err := r.postedAs(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	d, err := deduction.Find(ctx, tx, b.Deduction)
	if err != nil {
		return nil, err
	}
	cur, err := money.CurrencyOf(b.Currency)
	if err != nil {
		return nil, err
	}
	amount, err := cur.Parse(b.Amount)
	if err != nil {
		return nil, err
	}
	s, err := deduction.LoadSetup(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	if date.IsZero() {
		date = p.Date
	}
	line := deduction.Line{Kind: deduction.ByPayback, Amount: amount, Credit: payment, Party: payer, Text: "Remittance " + code + ", " + b.Place}
	out, err := deduction.Resolve(ctx, tx, c, s, d, []deduction.Line{line}, date)
	if err != nil {
		return nil, err
	}
	if len(out.Resolutions) == 1 && out.Resolutions[0].Voucher != 0 {
		numbers, err := ledger.Numbers(ctx, tx, []int64{out.Resolutions[0].Voucher})
		if err != nil {
			return nil, err
		}
		b.Voucher = numbers[out.Resolutions[0].Voucher]
	}
	b.State = Posted
	return b, r.update(ctx, tx)
}

// payback gives the payback with the number and its payment; nil when there is none.
func (r *Remittance) payback(n int) (*Payment, *Payback) {
	for i := range r.Detail.Payments {
		p := &r.Detail.Payments[i]
		for j := range p.Paybacks {
			if p.Paybacks[j].N == n {
				return p, &p.Paybacks[j]
			}
		}
	}
	return nil, nil
}

// postedAs gives the voucher of a payment and its customer; it is refused until the journal's line is posted.
func (r *Remittance) postedAs(ctx context.Context, tx *db.Tx, p *Payment) (number string, payer int64, err error) {
	err = tx.Row(ctx, `select coalesce(v.number, ''), l.customer from payment_journal j join payment_line l on l.company = j.company and l.journal = j.id
		left join voucher v on v.company = l.company and v.id = l.voucher where j.company = $1 and j.code = $2 and l.line = $3 and l.state <> 'reversed'`, tx.Company, r.Journal, p.Line).Scan(&number, &payer)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return "", 0, err
	}
	if number == "" {
		return "", 0, fault.New(fault.Refused, "line %d of the payment journal %s is not posted; post it first, so that the money is there", p.Line, r.Journal).ByRule("payment_not_posted")
	}
	return number, payer, nil
}

// PartnerCodes gives the codes of the customers of the partners.
func (s *Setup) PartnerCodes(ctx context.Context, tx *db.Tx) (map[int64]string, error) {
	all := make([]int64, len(s.Partners))
	for i, p := range s.Partners {
		all[i] = p.Customer
	}
	return party.Codes(ctx, tx, all)
}
