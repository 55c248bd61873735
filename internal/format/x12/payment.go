package x12

import (
	"strings"

	"quittance/internal/civil"
)

// Payment is an 820. Amounts are decimals as text, with the sign that they have in the file.
type Payment struct {
	Start       Segment
	Version     string
	Sender      string // of the interchange
	Amount      string // BPR02
	Debit       bool   // BPR03: the money is taken back
	Method      string // BPR04, such as ACH or CHK
	Date        civil.Date
	Currency    string // CUR02; blank: not said
	Trace       string // TRN02
	Payer       Party
	Payee       Party
	Items       []Item
	Adjustments []Adjustment // that stand before any item: of no document, or of the one they name
	Notes       []string
}

// Party is a name and an identification (N1).
type Party struct{ Name, ID string }

// Item is a document that is paid (RMR).
type Item struct {
	Segment     Segment
	Qualifier   string // RMR01: IV invoice, CM credit memo, …
	Number      string
	Action      string // RMR03: PO on account, PP in part, …
	Paid        string // RMR04; blank: not said
	Total       string // RMR05: before discount and adjustments; blank: not said
	Discount    string // RMR06
	Date        civil.Date
	References  []Reference
	Adjustments []Adjustment
	Notes       []string
}

// Reference is a number of some kind (REF).
type Reference struct{ Qualifier, Number string }

// Adjustment is what the payer changed of the payment (ADX, or RMR07 and RMR08).
type Adjustment struct {
	Segment    Segment
	Amount     string
	Reason     string // of X12 element 426
	Qualifier  string
	Number     string // the payer's own number of it, or the document that it is about
	References []Reference
	Notes      []string
}

// Payments reads the 820s among the transaction sets of a file.
func Payments(all []Interchange) ([]Payment, error) {
	var out []Payment
	for _, ic := range all {
		for _, g := range ic.Groups {
			for _, set := range g.Sets {
				if set.ID != "820" {
					continue
				}
				p, err := payment(set)
				if err != nil {
					return nil, err
				}
				p.Version, p.Sender = g.Version, ic.Sender
				out = append(out, *p)
			}
		}
	}
	return out, nil
}

// building is an 820 as it is read: where the next REF, DTM or NTE belongs to.
type building struct {
	*Payment
	item       *Item
	adjustment *Adjustment
	seen       bool // BPR
}

func payment(set Set) (*Payment, error) {
	b := &building{Payment: &Payment{Start: set.Start}}
	for _, s := range set.Segments {
		if err := b.take(s); err != nil {
			return nil, err
		}
	}
	if !b.seen {
		return nil, set.Start.wrong(0, "the payment %s has no BPR, which says its amount", set.Control)
	}
	return b.Payment, nil
}

func (b *building) take(s Segment) (err error) {
	switch s.ID {
	case "BPR":
		return b.begin(s)
	case "TRN":
		if b.Trace == "" {
			b.Trace = s.At(2)
		}
	case "CUR":
		b.Currency = s.At(2)
	case "N1":
		b.party(s)
	case "ENT":
		b.item, b.adjustment = nil, nil
	case "RMR":
		return b.remit(s)
	case "ADX":
		return b.adjust(s)
	case "REF":
		b.refer(Reference{s.At(1), s.At(2)})
	case "DTM":
		return b.date(s)
	case "NTE":
		b.note(s.At(2))
	}
	return nil
}

func (b *building) begin(s Segment) (err error) {
	if b.seen {
		return s.wrong(0, "is there twice; a payment has one")
	}
	b.seen = true
	b.Method, b.Debit = s.At(4), s.At(3) == "D"
	if b.Payment.Amount, err = s.Amount(2); err != nil {
		return err
	}
	if b.Payment.Amount == "" || strings.HasPrefix(b.Payment.Amount, "-") {
		return s.wrong(2, "%q is not the amount of a payment; expected one that is not negative", s.At(2))
	}
	if c := s.At(3); c != "" && c != "C" && c != "D" {
		return s.wrong(3, "%q is neither C (credit) nor D (debit)", c)
	}
	b.Date, err = s.Date(16)
	return err
}

func (b *building) party(s Segment) {
	p := Party{Name: s.At(2), ID: s.At(4)}
	switch s.At(1) {
	case "PR":
		b.Payer = p
	case "PE":
		b.Payee = p
	}
}

func (b *building) remit(s Segment) (err error) {
	i := Item{Segment: s, Qualifier: s.At(1), Number: s.At(2), Action: s.At(3)}
	for n, to := range map[int]*string{4: &i.Paid, 5: &i.Total, 6: &i.Discount} {
		if *to, err = s.Amount(n); err != nil {
			return err
		}
	}
	if i.Number == "" {
		return s.wrong(2, "is blank; expected the number of the document")
	}
	if s.At(7) != "" || s.At(8) != "" {
		a := Adjustment{Segment: s, Reason: s.At(7)}
		if a.Amount, err = s.Amount(8); err != nil {
			return err
		}
		if a.Amount == "" {
			return s.wrong(8, "is blank, although RMR07 gives the reason %q for an adjustment", s.At(7))
		}
		i.Adjustments = append(i.Adjustments, a)
	}
	b.Items = append(b.Items, i)
	b.item, b.adjustment = &b.Items[len(b.Items)-1], nil
	return nil
}

func (b *building) adjust(s Segment) (err error) {
	a := Adjustment{Segment: s, Reason: s.At(2), Qualifier: s.At(3), Number: s.At(4)}
	if a.Amount, err = s.Amount(1); err != nil {
		return err
	}
	if a.Amount == "" {
		return s.wrong(1, "is blank; expected the amount of the adjustment")
	}
	to := &b.Adjustments
	if b.item != nil {
		to = &b.item.Adjustments
	}
	*to = append(*to, a)
	b.adjustment = &(*to)[len(*to)-1]
	return nil
}

func (b *building) refer(r Reference) {
	switch {
	case r.Number == "":
	case b.adjustment != nil:
		b.adjustment.References = append(b.adjustment.References, r)
	case b.item != nil:
		b.item.References = append(b.item.References, r)
	}
}

func (b *building) date(s Segment) error {
	d, err := s.Date(2)
	if err != nil {
		return err
	}
	switch {
	case b.item != nil && b.adjustment == nil && b.item.Date.IsZero():
		b.item.Date = d
	case b.item == nil && b.adjustment == nil && b.Payment.Date.IsZero():
		b.Payment.Date = d
	}
	return nil
}

func (b *building) note(text string) {
	switch {
	case text == "":
	case b.adjustment != nil:
		b.adjustment.Notes = append(b.adjustment.Notes, text)
	case b.item != nil:
		b.item.Notes = append(b.item.Notes, text)
	default:
		b.Notes = append(b.Notes, text)
	}
}
