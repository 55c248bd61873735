package deduction

import (
	"cmp"
	"context"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// isClaim says whether no money was held back: a claim, of which something may be approved.
func (d *Deduction) isClaim() bool { return d.Hold == NoHold && !d.Allowed }

// Raise makes a claim: Customer, Currency, Amount, Captured (its date), Reason, Basis and so on are given. No money moves.
func Raise(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction) error {
	if d.Amount <= 0 {
		return fault.New(fault.Invalid, "a claim is of a positive amount").In("amount").ByRule("bad_amount")
	}
	if d.Basis != "" && d.Basis != "price" && d.Basis != "quantity" {
		return fault.New(fault.Invalid, "%q is no basis of a claim; expected price, quantity or nothing", d.Basis).In("basis")
	}
	d.Allowed, d.State = false, Claim
	if err := s.code(c, d); err != nil {
		return err
	}
	if s.Management != nil && d.Customer == s.Management.ID {
		return fault.New(fault.Refused, "%s holds the deductions of other customers; it has none of its own", s.Management.Code).In("customer").ByRule("deduction_customer")
	}
	if d.Invoice != 0 {
		if parts, err := receivables(ctx, tx, c, d); err != nil || len(parts) == 0 {
			return cmpErr(err, fault.New(fault.Refused, "the document is not one that the customer owes or owed").In("invoice").ByRule("not_a_debit"))
		}
	}
	if err := s.begin(ctx, tx, c, d, ""); err != nil {
		return err
	}
	if err := insert(ctx, tx, d); err != nil {
		return err
	}
	if err := AddEvent(ctx, tx, d.ID, "claim", captureEvent(d)); err != nil {
		return err
	}
	return pair(ctx, tx, d)
}

// cmpErr gives the first of the two.
func cmpErr(err error, otherwise *fault.Error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// Withdraw voids a claim of which nothing is approved.
func Withdraw(ctx context.Context, tx *db.Tx, d *Deduction, why string) error {
	pending, err := proposals(ctx, tx, d.ID)
	switch {
	case err != nil:
		return err
	case d.State != Claim:
		return fault.New(fault.Refused, "%s is not a claim that nothing is approved of; reverse what was approved first", d.Number).ByRule("not_a_claim")
	case len(pending) > 0:
		return fault.New(fault.Refused, "a resolution of the claim %s waits for approval; reject it first: quittance deductions reject %s", d.Number, d.Number).ByRule("pending_approval")
	}
	if err := d.PostedWork(Cancelled); err != nil {
		return err
	}
	d.State, d.ClosedAt, d.Expected = Voided, tx.Micros(), 0
	if err := Update(ctx, tx, d); err != nil {
		return err
	}
	return AddEvent(ctx, tx, d.ID, "withdrawn", why)
}

// claimLine makes what an approved claim posts: Dr what it is written off to, Cr the customer's receivable, an open credit.
func (b *builder) claimLine(ctx context.Context, tx *db.Tx, l *Line, r *Resolution, v *ledger.Voucher) error {
	var notes []NoteLine
	switch l.Kind {
	case ByWriteOff:
		r.Account = cmp.Or(l.Account, b.d.Account, b.s.Reasons[b.d.Reason].Account)
		if r.Account == "" {
			return fault.New(fault.Invalid, "a write-off needs the account, or a reason that has one").In("account").ByRule("no_account")
		}
		notes = []NoteLine{{r.Account, l.Amount}}
	case ByPlan:
		p, err := b.planOf(l)
		if err != nil {
			return err
		}
		r.Plan = p.ID
		notes = []NoteLine{{cmp.Or(l.Account, p.Account), l.Amount}}
		if to, err := b.c.Beside(notes[0].Account, ledger.Account{}); err != nil || to.Main != p.Account {
			return cmpErr(err, fault.New(fault.Refused, "a charge to the plan %s goes to its accrual account %s, not to %s", p.Code, p.Account, l.Account).In("account").ByRule("plan_account"))
		}
	case ByCreditNote:
		note := b.note(l)
		v.Type, v.Number, v.Text = note.Type, note.Number, note.Text
		lines, err := b.noteLines(l)
		if err != nil {
			return err
		}
		notes = lines
		b.documents[len(b.documents)-1] = v
	default:
		return fault.New(fault.Refused, "nothing is held of the claim %s: it can be written off, charged to an accrual plan, or credited", b.d.Number).In("kind").ByRule("nothing_held")
	}
	return b.claimVoucher(ctx, tx, l, r, v, notes)
}

// claimVoucher fills the voucher of an approved claim.
func (b *builder) claimVoucher(ctx context.Context, tx *db.Tx, l *Line, r *Resolution, v *ledger.Voucher, notes []NoteLine) error {
	pieces, err := b.claimPieces(ctx, tx, l, notes[0].Account)
	if err != nil {
		return err
	}
	for _, p := range pieces {
		v.Entries = append(v.Entries, ledger.Entry{Account: p.Item.Account, Party: b.d.Customer, Currency: b.d.Currency, Amount: -p.Amount, Accounting: -p.Accounting, Classification: p.Item.Classification})
	}
	l2 := *l
	l2.Notes = notes
	if err := b.noteDebits(v, &l2, pieces); err != nil {
		return err
	}
	r.Accounting = accountingOf(pieces)
	if r.Kind == ByPlan {
		b.charged[b.s.Plans[cmp.Or(l.Plan, b.d.Plan, b.s.Reasons[b.d.Reason].Plan)]] += r.Accounting
		r.Account = ""
	}
	b.ch.Add(v)
	return nil
}

// claimPieces gives the receivable accounts that a claim is credited on: those of the document that it names, by their amounts; without
// one the customer's, beside the account of the line.
func (b *builder) claimPieces(ctx context.Context, tx *db.Tx, l *Line, account string) ([]openitem.Piece, error) {
	items, err := receivables(ctx, tx, b.c, b.d)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		it, err := b.ownReceivable(ctx, tx, account)
		if err != nil {
			return nil, err
		}
		items = []*openitem.Item{it}
	}
	weights := make([]money.Amount, len(items))
	for i, it := range items {
		weights[i] = it.Amount
	}
	amounts, err := money.Spread(l.Amount, weights)
	if err != nil {
		return nil, err
	}
	cur, err := money.CurrencyOf(b.d.Currency)
	if err != nil {
		return nil, err
	}
	rate, err := b.c.Rate(b.d.Currency, b.date)
	if err != nil {
		return nil, err
	}
	var pieces []openitem.Piece
	for i, it := range items {
		if amounts[i] == 0 {
			continue
		}
		accounting, err := rate.Convert(amounts[i], cur, b.c.Currency)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, openitem.Piece{Item: it, Amount: amounts[i], Accounting: accounting})
	}
	return pieces, nil
}

// receivables gives the debit items of the customer in the document that a deduction names.
func receivables(ctx context.Context, tx *db.Tx, c *ledger.Company, d *Deduction) ([]*openitem.Item, error) {
	if d.Invoice == 0 {
		return nil, nil
	}
	all, err := openitem.OfVouchers(ctx, tx, c, []int64{d.Invoice})
	var own []*openitem.Item
	for _, it := range all {
		if it.Side == openitem.Customers && it.Party == d.Customer && it.Currency == d.Currency && it.Amount > 0 && !it.Held {
			own = append(own, it)
		}
	}
	return own, err
}

// ownReceivable gives the customer's receivable beside an account, as an item would be. A main account alone has no balancing values to
// give it.
func (b *builder) ownReceivable(ctx context.Context, tx *db.Tx, account string) (*openitem.Item, error) {
	if _, main := b.c.Accounts[account]; main && slices.ContainsFunc(b.c.Dimensions, func(d ledger.Dimension) bool { return d.Balancing }) {
		return nil, fault.New(fault.Refused, "the claim %s names no document whose %s the main account %s could take; name a full ledger account", b.d.Number, b.c.BalancingNames(), account).In("account").ByRule("no_balancing_values")
	}
	customers, err := party.CustomersByID(ctx, tx, []int64{b.d.Customer})
	if err != nil {
		return nil, err
	}
	customer := customers[b.d.Customer]
	if customer == nil {
		return nil, fault.New(fault.NotFound, "the customer of the claim %s does not exist; run quittance verify", b.d.Number)
	}
	profile, err := b.c.Profile(ledger.CustomerControl, customer.Code, customer.Group)
	if err != nil {
		return nil, err
	}
	to, err := b.c.Beside(account, ledger.Account{})
	if err != nil {
		return nil, err
	}
	return &openitem.Item{Account: b.c.WithMain(to, profile.Summary), Currency: b.d.Currency, Amount: 1}, nil
}
