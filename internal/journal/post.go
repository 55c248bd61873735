package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/receivable"
)

// Result is what became of a line.
type Result struct {
	Line       int
	State      string
	Voucher    string   // the payment, or the mirror of it
	Deductions []string // numbers
}

// PostLine posts a line of a draft, all of it or (when it fails) nothing; one that is posted already is left as it is. In the unit of a
// line nothing else is done.
func PostLine(ctx context.Context, tx *db.Tx, c *ledger.Company, code string, line int) (*Result, error) {
	j, err := lock(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	l, err := readLine(ctx, tx, j, line)
	if err != nil {
		return nil, err
	}
	if l.State != Draft {
		return l.result(), nil
	}
	if j.State != Draft {
		return nil, fault.New(fault.Refused, "the payment journal %s is %s; only a draft is posted", code, j.State).ByRule("not_a_draft")
	}
	s, err := deduction.LoadSetup(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	p := &poster{tx: tx, c: c, setup: s, j: j, l: l, ch: openitem.NewChanges(c), docs: map[int]*openitem.Document{}}
	if err := p.post(ctx); err != nil {
		return nil, err
	}
	return l.result(), nil
}

func (l *Line) result() *Result {
	r := &Result{Line: l.Line, State: l.State, Voucher: l.Number, Deductions: []string{}}
	for _, d := range l.Deductions {
		if d.Number != "" {
			r.Deductions = append(r.Deductions, d.Number)
		}
	}
	return r
}

// poster posts one line.
type poster struct {
	tx      *db.Tx
	c       *ledger.Company
	setup   *deduction.Setup
	j       *Journal
	l       *Line
	ch      *openitem.Changes
	parties map[int64]*party.Customer
	bank    ledger.Account
	payment *ledger.Voucher            // nil without cash
	docs    map[int]*openitem.Document // by application
	taken   []*deduction.Taken
	lines   []*Deduction // of what was taken, in the same order
}

func (p *poster) post(ctx context.Context) error {
	if err := p.ready(ctx); err != nil {
		return err
	}
	cash, err := p.cash()
	if err != nil {
		return err
	}
	if err := p.pay(cash); err != nil {
		return err
	}
	for _, a := range p.l.Applications {
		if err := p.rest(a); err != nil {
			return err
		}
	}
	if err := p.ch.Flush(ctx, p.tx); err != nil {
		return err
	}
	if err := deduction.Repaid(ctx, p.tx, p.c, p.ch.Paid()); err != nil { // before what is taken of the same document is paired with it
		return err
	}
	if len(p.taken) > 0 {
		for _, t := range p.taken {
			if p.payment != nil {
				t.Deduction.Payment = p.payment.ID
			}
		}
		if err := deduction.SaveCaptured(ctx, p.tx, p.c, p.setup, p.taken); err != nil {
			return err
		}
	}
	return p.write(ctx)
}

// ready tests the line, takes its marks off, and reads its documents.
func (p *poster) ready(ctx context.Context) error {
	l := p.l
	if err := p.balanced(); err != nil {
		return err
	}
	var err error
	if l.Posting, err = p.tx.NewID(ctx); err != nil {
		return err
	}
	if p.bank, err = p.c.Bank(l.Bank); err != nil {
		return err
	}
	ids := []int64{l.Customer}
	for _, a := range l.Applications {
		ids = append(ids, a.Customer)
	}
	for _, d := range l.Deductions {
		ids = append(ids, d.Customer)
	}
	if p.parties, err = party.CustomersByID(ctx, p.tx, ids); err != nil {
		return err
	}
	for _, id := range ids {
		if x := p.parties[id]; x == nil || !party.OneFamily(*p.parties[l.Customer], *x) {
			return fault.New(fault.Refused, "a customer that line %d is applied to is no longer of the family of its payer; take that application back", l.Line).ByRule("no_family")
		}
	}
	for _, a := range l.Applications {
		if _, err := openitem.Release(ctx, p.tx, p.j.Code, a.Customer, a.Voucher); err != nil {
			return err
		}
		d, err := openDocument(ctx, p.tx, p.c, docKey{a.Customer, a.Voucher}, l.Currency)
		if err != nil {
			return err
		}
		if err := p.holds(a, d); err != nil {
			return err
		}
		p.docs[a.N] = d
	}
	return nil
}

// balanced refuses a line that does nothing, or applies more than it has.
func (p *poster) balanced() error {
	b := p.l.Balance()
	cur, err := money.CurrencyOf(p.l.Currency)
	if err != nil {
		return err
	}
	switch {
	case b.Cash == 0 && b.StandAlone == 0 && len(p.l.Applications) == 0:
		return fault.New(fault.Refused, "line %d pays nothing and is applied to nothing", p.l.Line).ByRule("empty_line")
	case b.Left < 0:
		return fault.New(fault.Refused, "line %d applies %s %s more than it has: cash %s, credits %s, stand-alone deductions %s, applied %s", p.l.Line, cur.Format(-b.Left), cur.Code,
			cur.Format(b.Cash), cur.Format(b.Credits), cur.Format(b.StandAlone), cur.Format(b.Applied)).ByRule("over_applied")
	case b.Credits > b.Applied:
		return fault.New(fault.Refused, "line %d uses up credits of %s %s, but pays documents of %s only; use less of the credits", p.l.Line, cur.Format(b.Credits), cur.Code, cur.Format(b.Applied)).ByRule("over_applied")
	}
	return nil
}

// holds refuses an application whose document is not what it was: settled, marked by others, dated later.
func (p *poster) holds(a *Application, d *openitem.Document) error {
	cur, err := money.CurrencyOf(p.l.Currency)
	if err != nil {
		return err
	}
	switch takes := p.l.Takes(a); {
	case d == nil:
		return fault.New(fault.Refused, "%s is settled already; take it out of line %d", a.Number, p.l.Line).ByRule("nothing_open")
	case d.Open() < 0 != a.Credit:
		return fault.New(fault.Refused, "%s changed its side since line %d was applied to it; take it out and apply it anew", a.Number, p.l.Line).ByRule("wrong_side")
	case takes > d.Available().Abs():
		return fault.New(fault.Refused, "%s %s of %s is more than is open and not marked by others, which is %s", cur.Format(takes), cur.Code, a.Number, cur.Format(d.Available().Abs())).ByRule("over_applied")
	case d.Date > p.l.Date:
		return fault.New(fault.Refused, "%s is of %s, after the payment of %s; date the line on that day or later", a.Number, d.Date, p.l.Date).ByRule("settled_before")
	}
	return nil
}

// cash adds the voucher of the payment, and gives its open credit; nil without cash.
func (p *poster) cash() (*openitem.Document, error) {
	l := p.l
	if l.Amount == 0 {
		return nil, nil
	}
	v, err := receivable.Voucher(p.c, receivable.Document{
		Type: ledger.Payment, Customer: *p.parties[l.Customer], Date: l.Date, Currency: l.Currency, Text: cmp.Or(l.Text, l.Reference, "Payment"),
		Lines: []receivable.Line{{Account: p.bank, Amount: l.Amount}},
	})
	if err != nil {
		return nil, err
	}
	p.payment = v
	return p.named(p.ch.Add(v)), nil
}

// named makes the document of items that have no number yet: for texts it goes by the journal and the line.
func (p *poster) named(items []*openitem.Item) *openitem.Document {
	docs := openitem.Documents(items)
	if len(docs) == 0 {
		return nil
	}
	docs[0].Number = fmt.Sprintf("%s/%d", p.j.Code, p.l.Line)
	return docs[0]
}

// source is something that documents are paid from: a credit, a stand-alone deduction, or the cash.
type source struct {
	left      money.Amount
	document  *openitem.Document // of a credit, or the cash
	deduction *Deduction
}

// share is what a source pays of an application's document.
type share struct {
	of     *Application
	amount money.Amount
}

// pay pays the documents in the order of their applications from credits, stand-alone deductions and cash, in this order: what is left
// is money, which what the payer gives back for an earlier deduction can be taken from.
func (p *poster) pay(cash *openitem.Document) error {
	var sources []*source
	for _, a := range p.l.Applications {
		if a.Credit {
			sources = append(sources, &source{left: a.Amount, document: p.docs[a.N]})
		}
	}
	alone, _ := p.l.DeductionsOf(0)
	for _, d := range alone {
		sources = append(sources, &source{left: d.Amount, deduction: d})
	}
	if cash != nil {
		sources = append(sources, &source{left: p.l.Amount, document: cash})
	}
	plan := spread(p.l, sources)
	for _, s := range sources {
		if s.deduction != nil {
			if err := p.capture(s.deduction, plan[s]); err != nil {
				return err
			}
			continue
		}
		for _, x := range plan[s] {
			if err := p.apply(x, s.document); err != nil {
				return err
			}
		}
	}
	return nil
}

// spread says what each source pays.
func spread(l *Line, sources []*source) map[*source][]share {
	plan, i := map[*source][]share{}, 0
	for _, a := range l.Applications {
		if a.Credit {
			continue
		}
		for need := a.Amount; need > 0 && i < len(sources); {
			s := sources[i]
			x := min(need, s.left)
			if x > 0 {
				plan[s] = append(plan[s], share{a, x})
			}
			need, s.left = need-x, s.left-x
			if s.left == 0 {
				i++
			}
		}
	}
	return plan
}

func (p *poster) apply(x share, credit *openitem.Document) error {
	app, err := openitem.Apply(p.c, p.docs[x.of.N], credit, x.amount, p.l.Date)
	if err != nil {
		return err
	}
	p.ch.Settle(openitem.Applied, p.l.Date, p.l.Posting, app)
	return nil
}

// capture captures a stand-alone deduction. Its credit takes the ledger accounts of the documents that it pays; what pays nothing
// stands on the account of the customer's posting profile, with the dimension values of the bank.
func (p *poster) capture(d *Deduction, shares []share) error {
	var parts []deduction.Part
	var ends []int // of the parts of each share
	left := d.Amount
	for _, x := range shares {
		pieces, err := openitem.Split(p.docs[x.of.N], x.amount)
		if err != nil {
			return err
		}
		for _, q := range pieces {
			parts = append(parts, deduction.Part{Piece: openitem.Piece{Amount: q.Amount, Accounting: q.Accounting}, Account: q.Item.Account, Classification: q.Item.Classification})
		}
		ends = append(ends, len(parts))
		left -= x.amount
	}
	if left > 0 {
		part, err := p.unplaced(d, left)
		if err != nil {
			return err
		}
		parts = append(parts, part)
	}
	t, err := p.take(d, parts, 0)
	if err != nil {
		return err
	}
	if len(t.Credits) != len(parts) {
		return fault.New(fault.Internal, "a stand-alone deduction of %d parts has %d credits", len(parts), len(t.Credits))
	}
	from := 0
	for i, x := range shares {
		if err := p.apply(x, p.named(t.Credits[from:ends[i]])); err != nil {
			return err
		}
		from = ends[i]
	}
	return nil
}

// unplaced gives the part of a stand-alone deduction that pays nothing.
func (p *poster) unplaced(d *Deduction, amount money.Amount) (deduction.Part, error) {
	x := p.parties[d.Customer]
	profile, err := p.c.Profile(ledger.CustomerControl, x.Code, x.Group)
	if err != nil {
		return deduction.Part{}, err
	}
	rate, err := p.c.Rate(p.l.Currency, p.l.Date)
	if err != nil {
		return deduction.Part{}, err
	}
	cur, err := money.CurrencyOf(p.l.Currency)
	if err != nil {
		return deduction.Part{}, err
	}
	accounting, err := rate.Convert(amount, cur, p.c.Currency)
	return deduction.Part{Piece: openitem.Piece{Amount: amount, Accounting: accounting}, Account: p.c.WithMain(p.bank, profile.Summary)}, err
}

// rest takes the discount and the deductions of an application.
func (p *poster) rest(a *Application) error {
	doc := p.docs[a.N]
	if a.Discount > 0 {
		if err := p.discount(a, doc); err != nil {
			return err
		}
	}
	of, _ := p.l.DeductionsOf(a.N)
	for _, d := range of {
		pieces, err := openitem.Split(doc, d.Amount)
		if err != nil {
			return err
		}
		parts := make([]deduction.Part, len(pieces))
		for i, q := range pieces {
			parts[i] = deduction.Part{Piece: q}
		}
		if _, err := p.take(d, parts, a.Voucher); err != nil {
			return err
		}
	}
	return nil
}

func (p *poster) discount(a *Application, doc *openitem.Document) error {
	x := p.parties[a.Customer]
	profile, err := p.c.Profile(ledger.CustomerControl, x.Code, x.Group)
	if err != nil {
		return err
	}
	if profile.DiscountMain == "" {
		return fault.New(fault.Refused, "the posting profile of %s has no discount account, so the discount on %s cannot be posted; set discount_account in posting_profiles", x.Code, a.Number).ByRule("no_discount_account")
	}
	app, err := openitem.Grant(p.c, doc, a.Discount, profile.DiscountMain, p.l.Date)
	if err != nil {
		return err
	}
	p.ch.Settle(openitem.Applied, p.l.Date, p.l.Posting, app)
	return nil
}

// take captures a deduction.
func (p *poster) take(d *Deduction, parts []deduction.Part, invoice int64) (*deduction.Taken, error) {
	t, err := deduction.Capture(p.c, p.setup, p.ch, &deduction.Deduction{
		Customer: d.Customer, Currency: p.l.Currency, Amount: d.Amount, Type: d.Type, Allowed: d.Allowed, Reason: d.Reason, Account: d.Account, Plan: d.Plan,
		Invoice: invoice, Journal: p.j.ID, JournalLine: p.l.Line, JournalN: d.N, Captured: p.l.Date,
		TheirCode: d.TheirCode, ClaimNumber: d.ClaimNumber, Note: d.Note, CreatedBy: p.tx.Actor,
	}, parts, p.taken)
	if err != nil {
		var ours *fault.Error
		if errors.As(err, &ours) {
			return nil, ours.At(fmt.Sprintf("deduction %d", d.N))
		}
		return nil, err
	}
	p.taken, p.lines = append(p.taken, t), append(p.lines, d)
	return t, nil
}

// write notes that the line is posted, and brings the marks of other lines on its documents in step.
func (p *poster) write(ctx context.Context) error {
	l := p.l
	l.State, l.Problem, l.PostedAt = Posted, "", p.tx.Micros()
	var voucher any
	if p.payment != nil {
		l.Voucher, l.Number = p.payment.ID, p.payment.Number
		voucher = l.Voucher
	}
	_, err := p.tx.Exec(ctx, "update payment_line set state = $1, problem = '', voucher = $2, posting = $3, posted_at = $4 where company = $5 and journal = $6 and line = $7",
		l.State, voucher, l.Posting, l.PostedAt, p.tx.Company, p.j.ID, l.Line)
	if err != nil {
		return err
	}
	for i, t := range p.taken {
		d := p.lines[i]
		d.Deduction, d.Number = t.Deduction.ID, t.Deduction.Number
		if _, err := p.tx.Exec(ctx, "update payment_deduction set deduction = $1 where company = $2 and journal = $3 and line = $4 and n = $5", d.Deduction, p.tx.Company, p.j.ID, l.Line, d.N); err != nil {
			return err
		}
	}
	keys := make([]docKey, len(l.Applications))
	for i, a := range l.Applications {
		keys[i] = docKey{a.Customer, a.Voucher}
	}
	return syncMarks(ctx, p.tx, p.c, p.j, keys)
}

// Finish notes that a journal is posted when none of its lines is a draft any more. One without lines is refused.
func Finish(ctx context.Context, tx *db.Tx, code string) (*Journal, error) {
	j, err := lock(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	var all, drafts int
	if err := tx.Row(ctx, "select count(*), coalesce(sum(case when state = 'draft' then 1 else 0 end), 0) from payment_line where company = $1 and journal = $2", tx.Company, j.ID).Scan(&all, &drafts); err != nil {
		return nil, err
	}
	if all == 0 {
		return nil, fault.New(fault.Refused, "the payment journal %s has no lines", code).ByRule("no_lines")
	}
	if j.State == Draft && drafts == 0 {
		err = setState(ctx, tx, j, Posted)
	}
	return j, err
}

// Fail notes why a line was not posted.
func Fail(ctx context.Context, tx *db.Tx, code string, line int, problem string) error {
	j, err := lock(ctx, tx, code)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "update payment_line set problem = $1 where company = $2 and journal = $3 and line = $4 and state = 'draft'", problem, tx.Company, j.ID, line)
	return err
}
