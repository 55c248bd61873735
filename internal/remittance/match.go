package remittance

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// Keys gives a number as it is compared: its letters (capitals) and digits, each run of digits without leading zeros and without
// signs; and its digits alone, in the same way. IN-000123 gives IN123 and 123. Letters are passed over only where they tell nothing apart.
func Keys(number string) (letters, digits string) {
	var l, d strings.Builder
	leading := true
	for _, c := range number {
		switch {
		case c >= '0' && c <= '9':
			if c == '0' && leading {
				continue
			}
			leading = false
			l.WriteRune(c)
			d.WriteRune(c)
		case unicode.IsLetter(c):
			leading = true
			l.WriteRune(unicode.ToUpper(c))
		}
	}
	return l.String(), d.String()
}

// doc is an open document of the payer or its family.
type doc struct {
	customer int64
	voucher  int64
	number   string
	currency string
	open     money.Amount // debit positive, credit negative
	free     money.Amount // of it what is marked by nobody, without its sign
}

// family is what a payer's numbers are looked up in.
type family struct {
	payer   party.Customer
	members map[int64]string // codes by id
	docs    []*doc
	exact   map[string][]*doc
	byKey   map[string][]*doc
	byDigit map[string][]*doc
	held    []*held
	read    bool // held was read
}

// held is an open deduction of the family.
type held struct {
	*deduction.Deduction
	invoice string // number
	left    money.Amount
}

// matcher looks up what an import names.
type matcher struct {
	tx       *db.Tx
	c        *ledger.Company
	families map[int64]*family
	docs     map[int64][]*doc // by customer, so that what one payment takes the next one does not find
}

// of gives the family of a payer.
func (m *matcher) of(ctx context.Context, payer party.Customer) (*family, error) {
	if f := m.families[payer.ID]; f != nil {
		return f, nil
	}
	f := &family{payer: payer, members: map[int64]string{payer.ID: payer.Code}, exact: map[string][]*doc{}, byKey: map[string][]*doc{}, byDigit: map[string][]*doc{}}
	others, err := party.FamilyOf(ctx, m.tx, payer)
	if err != nil {
		return nil, err
	}
	for _, member := range append([]party.Customer{payer}, others...) {
		f.members[member.ID] = member.Code
		docs, err := m.open(ctx, member.ID)
		if err != nil {
			return nil, err
		}
		f.docs = append(f.docs, docs...)
	}
	for _, d := range f.docs {
		letters, digits := Keys(d.number)
		f.exact[d.number] = append(f.exact[d.number], d)
		f.byKey[letters] = append(f.byKey[letters], d)
		f.byDigit[digits] = append(f.byDigit[digits], d)
	}
	m.families[payer.ID] = f
	return f, nil
}

func (m *matcher) open(ctx context.Context, customer int64) ([]*doc, error) {
	if docs, known := m.docs[customer]; known {
		return docs, nil
	}
	items, err := openitem.Open(ctx, m.tx, m.c, openitem.Customers, customer)
	if err != nil {
		return nil, err
	}
	docs := []*doc{}
	for _, d := range openitem.Documents(items) {
		docs = append(docs, &doc{customer: customer, voucher: d.Items[0].Voucher, number: d.Number, currency: d.Currency, open: d.Open(), free: d.Available().Abs()})
	}
	m.docs[customer] = docs
	return docs, nil
}

// find gives the open document that a number means, of a currency; nil and the reason when there is none, or more than one.
func (f *family) find(number, currency string) (*doc, string, string) {
	letters, digits := Keys(number)
	for _, found := range [][]*doc{f.exact[number], f.byKey[letters], f.byDigit[digits]} {
		found = slices.DeleteFunc(slices.Clone(found), func(d *doc) bool { return d.currency != currency })
		switch {
		case digits == "" && letters == "":
			return nil, "unknown_document", "it is no number"
		case len(found) == 1:
			return found[0], "", ""
		case len(found) > 1:
			numbers := make([]string, len(found))
			for i, d := range found {
				numbers[i] = d.number + " of " + f.members[d.customer]
			}
			return nil, "ambiguous_document", "it may be any of " + strings.Join(numbers[:min(5, len(numbers))], ", ")
		case digits == "":
			digits = "\x00" // without digits, letters alone do not tell
		}
	}
	return nil, "unknown_document", "no document of " + f.payer.Code + " or its family with that number is open"
}

// payer gives the customer that a payment comes from: the one asked for, that of a partner, or the one whose code or name the file has.
func (m *matcher) payer(ctx context.Context, s *Setup, names []string) (*party.Customer, *Partner, error) {
	if p := s.partner(names); p != nil {
		all, err := party.CustomersByID(ctx, m.tx, []int64{p.Customer})
		return all[p.Customer], p, err
	}
	for _, name := range names {
		c, err := party.FindCustomer(ctx, m.tx, name)
		if err == nil {
			return &c, nil, nil
		}
		if fault.CodeOf(err) != fault.NotFound {
			return nil, nil, err
		}
	}
	for _, name := range names {
		codes, err := db.List(ctx, m.tx, func(r *db.Rows, code *string) error { return r.Scan(code) },
			"select code from customer where company = $1 and lower(name) = $2 order by code limit 2", m.tx.Company, strings.ToLower(name))
		if err != nil {
			return nil, nil, err
		}
		if len(codes) == 1 { // a name that two have names none
			c, err := party.FindCustomer(ctx, m.tx, codes[0])
			return &c, nil, err
		}
	}
	return nil, nil, nil
}

// heldOf gives the open deductions of the family, read once.
func (m *matcher) heldOf(ctx context.Context, f *family) ([]*held, error) {
	if f.read {
		return f.held, nil
	}
	ids := make([]int64, 0, len(f.members))
	for id := range f.members {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	those, arg := m.tx.Among("customer", "$2", ids)
	all, err := db.List(ctx, m.tx, func(r *db.Rows, p **deduction.Deduction) error {
		*p = &deduction.Deduction{}
		return deduction.Scan(r, *p)
	}, "select "+deduction.Columns+" from deduction where company = $1 and "+those+" and closed_at is null and state = 'held' order by id", m.tx.Company, arg)
	if err != nil {
		return nil, err
	}
	vouchers := make([]int64, len(all))
	for i, d := range all {
		vouchers[i] = d.Invoice
	}
	invoices, err := ledger.Numbers(ctx, m.tx, vouchers)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Hold != deduction.NoHold && d.Remaining() > 0 {
			f.held = append(f.held, &held{d, invoices[d.Invoice], d.Remaining()})
		}
	}
	f.read = true
	return f.held, nil
}

// original gives the open deduction that is paid back: of the document (or of its own number, or of the payer's number of it) that is
// named, with the same code when both say one, and at least the amount open. Where several are, the one of just that amount.
func (m *matcher) original(ctx context.Context, f *family, number, code, currency string, amount money.Amount) (*held, error) {
	all, err := m.heldOf(ctx, f)
	if err != nil || number == "" {
		return nil, err
	}
	letters, digits := Keys(number)
	var found, just []*held
	for _, h := range all {
		if h.Currency != currency || h.left < amount || code != "" && h.TheirCode != "" && !strings.EqualFold(code, h.TheirCode) || !h.named(letters, digits) {
			continue
		}
		found = append(found, h)
		if h.left == amount {
			just = append(just, h)
		}
	}
	switch {
	case len(just) == 1:
		return just[0], nil
	case len(found) == 1:
		return found[0], nil
	}
	return nil, nil
}

// named says whether a number is that of the document, of the deduction, or the payer's own.
func (h *held) named(letters, digits string) bool {
	for _, own := range []string{h.invoice, h.Number, h.ClaimNumber} {
		l, d := Keys(own)
		if own != "" && (l == letters && l != "" || d == digits && len(d) >= 3 && own == h.invoice) {
			return true
		}
	}
	return false
}

// marked takes the marker of a payback off a number, such as the PB of 4711-PB; false when it has none.
func marked(number string) (base string, ok bool) {
	upper := strings.ToUpper(number)
	base, ok = strings.CutSuffix(upper, "PB")
	base = strings.TrimRight(base, "-_/ .")
	_, digits := Keys(base)
	return number[:min(len(base), len(number))], ok && digits != ""
}

// twin gives the number of a deduction that was taken before of the same document, code and amount, whatever became of it; for a
// stand-alone one of the same claim. Blank when there is none.
func (m *matcher) twin(ctx context.Context, customer, invoice int64, code, reason, claim, currency string, amount money.Amount) (number string, err error) {
	const from = "select number from deduction where company = $1 and customer = $2 and amount = $3 and currency = $4 and state = 'held' and "
	switch {
	case invoice != 0:
		err = m.tx.Row(ctx, from+"invoice = $5 and (upper(their_code) = $6 or their_code = '' and reason = $7) order by id limit 1", m.tx.Company, customer, amount, currency, invoice, strings.ToUpper(code), reason).Scan(&number)
	case claim != "":
		err = m.tx.Row(ctx, from+"claim = $5 order by id limit 1", m.tx.Company, customer, amount, currency, claim).Scan(&number)
	}
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return number, err
}
