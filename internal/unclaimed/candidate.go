package unclaimed

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/payout"
)

// Candidate is something that nobody claims so far, with what is to be done about it.
type Candidate struct {
	Facts
	Decision
	Owner    int64 // customer of a credit, vendor of a payment
	Code     string
	Name     string
	Address  party.Address
	Target   int64  // the voucher of a credit, or the payment
	Document string // its number, or the name of the payment
	Check    string // number of the check
	Currency string
	Amount   money.Amount // positive
	Arose    civil.Date
	What     string // the last activity was
	payment  *payout.Payment
}

// Selection says which property is looked at; what is blank or 0 is not looked at.
type Selection struct {
	On      civil.Date
	Kind    Kind
	Owner   int64
	Target  int64
	AroseBy civil.Date // what arose later is not looked at; see [DueBy]
	After   Cursor     // what stands up to here in the order of [Look] is not looked at
}

// Cursor is a place in the order of [Look]; the zero value is its beginning.
type Cursor struct {
	Kind     Kind   `json:"k"`
	Owner    int64  `json:"o,omitempty"`
	Target   int64  `json:"t"`
	Currency string `json:"c,omitempty"`
}

// Cursor gives the place of a candidate.
func (y *Candidate) Cursor() Cursor {
	if y.Kind == Payment {
		return Cursor{Kind: Payment, Target: y.Target}
	}
	return Cursor{y.Kind, y.Owner, y.Target, y.Currency}
}

const chunk = 1000 // properties that are read together

// Look decides about everything that is selected, and calls fn with each: credits by customer, then payments in the order in which they
// were made. It reads a part at a time.
func Look(ctx context.Context, tx *db.Tx, c *ledger.Company, s Selection, fn func(*Candidate) error) error {
	rules, err := Rules(ctx, tx)
	if err != nil {
		return err
	}
	l := &looker{tx: tx, c: c, s: s, rules: rules, holder: c.Parameters["unclaimed_holder_state"]}
	if s.Kind != Payment && s.After.Kind != Payment {
		if err := l.credits(ctx, fn); err != nil {
			return err
		}
	}
	if s.Kind != Credit {
		return l.payments(ctx, fn)
	}
	return nil
}

type looker struct {
	tx     *db.Tx
	c      *ledger.Company
	s      Selection
	rules  []Rule
	holder string
}

// openCredit is a document in credit, as read.
type openCredit struct {
	party, voucher           int64
	currency, number         string
	date                     civil.Date
	open, accounting, marked money.Amount
}

// until gives the last day on which what is looked at may have arisen.
func (l *looker) until() civil.Date {
	if l.s.AroseBy != 0 {
		return min(l.s.On, l.s.AroseBy)
	}
	return l.s.On
}

// eachCredits reads the open credits of customers, of so many items at a time: the items in the order in which they are kept, so that none is looked
// at twice, added up by document here.
func (l *looker) eachCredits(ctx context.Context, together int, fn func([]openCredit) error) error {
	after := l.s.After
	party, voucher := after.Owner, after.Target-1 // the document of the cursor may have other currencies, which stand after it
	for most := together; ; {
		items, err := db.List(ctx, l.tx, func(r *db.Rows, x *openCredit) error {
			return r.Scan(&x.party, &x.voucher, &x.currency, &x.number, &x.date, &x.open, &x.accounting, &x.marked)
		}, `select party, voucher, currency, number, date, open, accounting, marked from open_item
			where company = $1 and side = 1 and held = 0 and ($2 = 0 or party = $2) and ($3 = 0 or voucher = $3) and (party, voucher) > ($4, $5) and date <= $6
			order by party, voucher, line limit $7`, l.tx.Company, l.s.Owner, l.s.Target, party, voucher, l.until(), most)
		if err != nil || len(items) == 0 {
			return err
		}
		end := len(items)
		if end == most { // the last document may go on: it is read anew
			last := items[end-1]
			for end > 0 && items[end-1].party == last.party && items[end-1].voucher == last.voucher {
				end--
			}
			if end == 0 {
				most *= 2
				continue
			}
		}
		credits := slices.DeleteFunc(creditsOf(items[:end]), func(x openCredit) bool {
			return x.party == after.Owner && x.voucher == after.Target && x.currency <= after.Currency
		})
		if len(credits) > 0 {
			if err := fn(credits); err != nil {
				return err
			}
		}
		if len(items) < most {
			return nil
		}
		party, voucher, most = items[end-1].party, items[end-1].voucher, together
	}
}

// creditsOf adds items up to documents by currency, in the order of both, and leaves those that are in credit.
func creditsOf(items []openCredit) []openCredit {
	var all []openCredit
	slices.SortStableFunc(items, func(a, b openCredit) int {
		return cmp.Or(cmp.Compare(a.party, b.party), cmp.Compare(a.voucher, b.voucher), cmp.Compare(a.currency, b.currency))
	})
	for _, x := range items {
		if n := len(all); n > 0 && all[n-1].party == x.party && all[n-1].voucher == x.voucher && all[n-1].currency == x.currency {
			sum := &all[n-1]
			sum.open, sum.accounting, sum.marked = sum.open+x.open, sum.accounting+x.accounting, sum.marked+x.marked
			continue
		}
		all = append(all, x)
	}
	return slices.DeleteFunc(all, func(x openCredit) bool { return x.open >= 0 })
}

func (l *looker) credits(ctx context.Context, fn func(*Candidate) error) error {
	return l.eachCredits(ctx, chunk, func(all []openCredit) error {
		var owners, targets []int64
		for _, x := range all {
			if n := len(owners); n == 0 || owners[n-1] != x.party {
				owners = append(owners, x.party)
			}
			targets = append(targets, x.voucher)
		}
		customers, err := party.CustomersByID(ctx, l.tx, owners)
		if err != nil {
			return err
		}
		known, err := l.history(ctx, owners, targets)
		if err != nil {
			return err
		}
		for _, x := range all {
			owner := customers[x.party]
			y := &Candidate{
				Owner: x.party, Code: owner.Code, Name: owner.Name, Address: owner.Address, Target: x.voucher, Document: x.number, Currency: x.currency, Amount: -x.open, Arose: x.date,
				Facts: Facts{Kind: Credit, Worth: -x.accounting, Marked: x.marked != 0, Place: PlaceOf(owner.Address, l.c.Country, l.holder)},
			}
			l.decide(y, known, []int64{x.party})
			if err := fn(y); err != nil {
				return err
			}
		}
		return nil
	})
}

// decide finds the last activity and the last letter, and decides.
func (l *looker) decide(y *Candidate, known *history, owners []int64) {
	y.Activity, y.What = y.Arose, "it arose"
	if y.Kind == Payment {
		y.What = "it was paid"
	}
	r := RuleFor(l.rules, y.Place.Jurisdiction, y.Kind, l.s.On)
	later := func(on civil.Date, what string) {
		if on > y.Activity {
			y.Activity, y.What = on, what
		}
	}
	for _, owner := range owners {
		for _, x := range known.contacts[owner] {
			if x.Voucher == 0 || x.Voucher == y.Target {
				later(x.Date, "contact: "+string(x.How))
			}
		}
		if r != nil && r.Activity != ByContact {
			later(known.paid[owner], "a payment of the customer")
		}
		if r != nil && r.Activity == ByDocument {
			later(known.bought[owner], "an invoice of the customer")
		}
	}
	y.LastLetter = known.letters[targetKey{y.Target, y.Owner, y.Currency}]
	y.Decision = Decide(l.rules, y.Facts, l.s.On)
}

// history is what is known of owners up to the day looked at.
type history struct {
	contacts     map[int64][]Contact
	paid, bought map[int64]civil.Date // the last payment, the last invoice
	letters      map[targetKey]civil.Date
}

type targetKey struct {
	target, owner int64
	currency      string
}

func (l *looker) history(ctx context.Context, owners, targets []int64) (*history, error) {
	h := &history{paid: map[int64]civil.Date{}, bought: map[int64]civil.Date{}, letters: map[targetKey]civil.Date{}}
	if len(owners) == 0 {
		return h, nil
	}
	var err error
	if h.contacts, err = contactsOf(ctx, l.tx, owners, l.s.On); err != nil {
		return nil, err
	}
	those, arg := l.tx.Among("party", "$2", owners)
	err = l.tx.Each(ctx, `select x.party, v.type, max(v.date) from (select party, voucher from open_item where company = $1 and side = 1 and `+those+`
		union select party, credit_voucher from settlement where company = $1 and `+those+` union select party, debit_voucher from settlement where company = $1 and `+those+`) x
		join voucher v on v.company = $1 and v.id = x.voucher where v.type in ($3, $4) and v.date <= $5 group by x.party, v.type`,
		[]any{l.tx.Company, arg, int16(ledger.Payment), int16(ledger.Invoice), l.s.On}, func(r *db.Rows) error {
			var owner int64
			var of int16
			var on civil.Date
			if err := r.Scan(&owner, &of, &on); err != nil {
				return err
			}
			if ledger.Type(of) == ledger.Payment {
				h.paid[owner] = on
			} else {
				h.bought[owner] = on
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	those, arg = l.tx.Among("i.target", "$2", targets)
	return h, l.tx.Each(ctx, `select i.target, i.party, i.currency, max(l.date) from unclaimed_letter_item i join unclaimed_letter l on l.company = i.company and l.id = i.letter
		where i.company = $1 and `+those+" and l.date <= $3 group by i.target, i.party, i.currency", []any{l.tx.Company, arg, l.s.On}, func(r *db.Rows) error {
		var k targetKey
		var on civil.Date
		err := r.Scan(&k.target, &k.owner, &k.currency, &on)
		h.letters[k] = on
		return err
	})
}

// uncashed are the statuses of payments whose money is not with the payee, so far as is known.
var uncashed = []payout.Status{payout.Posted, payout.Rejected, payout.Voided, payout.Returned, payout.Stopped, payout.Stale}

func (l *looker) payments(ctx context.Context, fn func(*Candidate) error) error {
	if l.s.Target != 0 {
		all, err := payout.ByID(ctx, l.tx, []int64{l.s.Target})
		if err != nil {
			return err
		}
		return l.paymentsOf(ctx, all, fn)
	}
	after := int64(0)
	if l.s.After.Kind == Payment {
		after = l.s.After.Target
	}
	for {
		all, err := payout.After(ctx, l.tx, payout.Filter{Vendor: l.s.Owner, Status: uncashed}, after, chunk)
		if err != nil || len(all) == 0 {
			return err
		}
		if err := l.paymentsOf(ctx, all, fn); err != nil {
			return err
		}
		after = all[len(all)-1].ID
	}
}

// mayBe says whether a payment can be unclaimed: a check that was not cashed, or any payment that came back after it was posted.
func (l *looker) mayBe(p *payout.Payment) bool {
	return p.PostedOn != 0 && p.PostedOn <= l.until() && slices.Contains(uncashed, p.Status) && (p.Status != payout.Posted || p.Kind == payout.ByCheck)
}

func (l *looker) paymentsOf(ctx context.Context, read []*payout.Payment, fn func(*Candidate) error) error {
	var all []*payout.Payment
	var vendors, targets, vouchers []int64
	seen := map[int64]bool{}
	for _, p := range read {
		if !l.mayBe(p) {
			continue
		}
		if !seen[p.Vendor] {
			vendors = append(vendors, p.Vendor)
		}
		seen[p.Vendor] = true
		all, targets = append(all, p), append(targets, p.ID)
		for _, x := range p.Items {
			vouchers = append(vouchers, x.Voucher)
		}
	}
	if len(all) == 0 {
		return nil
	}
	owners, err := party.VendorsByID(ctx, l.tx, vendors)
	if err != nil {
		return err
	}
	of, everyone, err := l.customersOf(ctx, vendors)
	if err != nil {
		return err
	}
	known, err := l.history(ctx, everyone, targets)
	if err != nil {
		return err
	}
	open, err := openOf(ctx, l.tx, l.c, vouchers)
	if err != nil {
		return err
	}
	for _, p := range all {
		v := owners[p.Vendor]
		worth, err := l.worth(p)
		if err != nil {
			return err
		}
		y := &Candidate{
			Owner: p.Vendor, Code: v.Code, Name: v.Name, Address: v.Address, Target: p.ID, Document: p.Name(), Currency: p.Currency, Amount: p.Amount, Arose: p.PostedOn, payment: p,
			Facts: Facts{Kind: Payment, Worth: worth, Place: PlaceOf(v.Address, l.c.Country, l.holder)},
		}
		if p.Kind == payout.ByCheck {
			y.Check = p.Number
		}
		if p.Status != payout.Posted {
			y.Settled, y.Marked = open.lacks(p)
		}
		l.decide(y, known, append([]int64{p.Vendor}, of[p.Vendor]...))
		if err := fn(y); err != nil {
			return err
		}
	}
	return nil
}

// customersOf gives the customers that vendors are paid for, and all of both together.
func (l *looker) customersOf(ctx context.Context, vendors []int64) (of map[int64][]int64, everyone []int64, err error) {
	those, arg := l.tx.Among("vendor", "$2", vendors)
	of, everyone = map[int64][]int64{}, append(everyone, vendors...)
	err = l.tx.Each(ctx, "select vendor, id from customer where company = $1 and "+those+" order by id", []any{l.tx.Company, arg}, func(r *db.Rows) error {
		of[r.Int64(0)] = append(of[r.Int64(0)], r.Int64(1))
		everyone = append(everyone, r.Int64(1))
		return nil
	})
	return of, everyone, err
}

// worth gives a payment in accounting currency, at the rate of its day.
func (l *looker) worth(p *payout.Payment) (money.Amount, error) {
	if p.Currency == l.c.Currency.Code {
		return p.Amount, nil
	}
	cur, err := money.CurrencyOf(p.Currency)
	if err != nil {
		return 0, err
	}
	rate, err := l.c.Rate(p.Currency, p.PostedOn)
	if err != nil {
		return 0, err
	}
	return rate.Convert(p.Amount, cur, l.c.Currency)
}

// openItems is what is open of invoices, by vendor, voucher and currency.
type openItems map[targetKey]struct{ open, marked money.Amount }

func openOf(ctx context.Context, tx *db.Tx, c *ledger.Company, vouchers []int64) (openItems, error) {
	items, err := openitem.OfVouchers(ctx, tx, c, vouchers)
	all := openItems{}
	for _, it := range items {
		if it.Side == openitem.Vendors {
			k := targetKey{it.Voucher, it.Party, it.Currency}
			x := all[k]
			x.open, x.marked = x.open-it.Open, x.marked+it.Marked
			all[k] = x
		}
	}
	return all, err
}

// lacks says whether less is open of the invoices of a failed payment than it paid, and whether something is marked.
func (o openItems) lacks(p *payout.Payment) (settled, marked bool) {
	for _, x := range p.Items {
		have := o[targetKey{x.Voucher, p.Vendor, p.Currency}]
		settled, marked = settled || have.open < x.Amount, marked || have.marked != 0
	}
	return settled, marked
}

// Explain says in words why a property stands where it does.
func (y *Candidate) Explain() string {
	d := func(on civil.Date) string { return on.String() }
	last := fmt.Sprintf("last activity %s (%s)", d(y.Activity), y.What)
	switch y.Stage {
	case NoJurisdiction:
		return y.Place.Why + ", which the parameter unclaimed_holder_state does not say"
	case NoRule:
		return fmt.Sprintf("%s has no dormancy rule for a %s (%s)", y.Place.Jurisdiction, y.Kind, y.Place.Why)
	case NothingOpen:
		return "its invoices were paid again or reversed"
	}
	text := fmt.Sprintf("%s, %s: %s, dormant from %s, counted on %s, reported by %s", y.Place.Jurisdiction, y.Place.Why, last, d(y.Dormant), d(y.CutOff), d(y.Report))
	switch y.Stage {
	case Marked:
		text += "; something pending means to settle it"
	case LetterDue, BeforeLetters:
		text += fmt.Sprintf("; the owner is written to from %s to %s", d(y.LetterFirst), d(y.LetterUntil))
	case ReplyOpen:
		text += fmt.Sprintf("; the owner may answer the letter of %s until %s", d(y.LetterOn), d(y.LetterOn.AddDays(y.Rule.ReplyDays)))
	case EscheatDue, BeforeCutOff:
		switch {
		case !y.LetterNeeded:
			text += "; too small for a letter"
		case y.LetterOn != 0:
			text += "; the letter of " + d(y.LetterOn) + " was not answered"
		}
	}
	if y.Late {
		text += "; late"
	}
	return text
}
