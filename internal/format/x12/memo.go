package x12

import (
	"quittance/internal/civil"
)

// Memo is an 812: a debit or credit adjustment that a customer sends without a payment.
type Memo struct {
	Segment  Segment // BCD
	Version  string
	Sender   string // of the interchange
	Date     civil.Date
	Number   string // the customer's own
	Amount   string // the net of all details
	Debit    bool   // a debit memo: the customer will keep it back; else it gives it back
	Document string // number of the invoice
	Currency string
	Issuer   Party // who sends it: the buyer, or the one named first
	Details  []Detail
	Notes    []string
}

// Detail is a line of a memo (CDD).
type Detail struct {
	Segment Segment
	Reason  string // of X12 element 426
	Debit   bool
	Number  string // CDD03
	Amount  string // blank: a quantity alone was said
	Notes   []string
}

// Memos reads the 812s among the transaction sets of a file.
func Memos(all []Interchange) ([]Memo, error) {
	var out []Memo
	for _, ic := range all {
		for _, g := range ic.Groups {
			for _, set := range g.Sets {
				if set.ID != "812" {
					continue
				}
				m, err := memo(set)
				if err != nil {
					return nil, err
				}
				m.Version, m.Sender = g.Version, ic.Sender
				out = append(out, *m)
			}
		}
	}
	return out, nil
}

func memo(set Set) (*Memo, error) {
	m := &Memo{}
	for _, s := range set.Segments {
		if err := m.take(s); err != nil {
			return nil, err
		}
	}
	if m.Segment.ID == "" {
		return nil, set.Start.wrong(0, "the adjustment %s has no BCD, which says its amount", set.Control)
	}
	return m, nil
}

func (m *Memo) take(s Segment) error {
	switch s.ID {
	case "BCD":
		return m.begin(s)
	case "CUR":
		m.Currency = s.At(2)
	case "N1":
		if p := (Party{Name: s.At(2), ID: s.At(4)}); m.Issuer == (Party{}) || s.At(1) == "BY" {
			m.Issuer = p
		}
	case "N9":
		if m.Document == "" && (s.At(1) == "IV" || s.At(1) == "IK") {
			m.Document = s.At(2)
		}
	case "CDD":
		return m.detail(s)
	case "NTE", "MSG":
		text := s.At(2)
		if s.ID == "MSG" {
			text = s.At(1)
		}
		if n := len(m.Details); n > 0 {
			m.Details[n-1].Notes = append(m.Details[n-1].Notes, text)
		} else {
			m.Notes = append(m.Notes, text)
		}
	}
	return nil
}

func (m *Memo) begin(s Segment) (err error) {
	if m.Segment.ID != "" {
		return s.wrong(0, "is there twice; an adjustment has one")
	}
	m.Segment, m.Number, m.Document = s, s.At(2), s.At(7)
	if m.Number == "" {
		return s.wrong(2, "is blank; expected the number of the adjustment")
	}
	if m.Date, err = s.Date(1); err != nil {
		return err
	}
	if m.Amount, err = s.Implied(4); err != nil {
		return err
	}
	if m.Amount == "" {
		return s.wrong(4, "is blank; expected the amount of the adjustment")
	}
	if m.Debit, err = s.debit(5); err != nil {
		return err
	}
	if m.Document == "" && (s.At(13) == "IV" || s.At(13) == "IK") {
		m.Document = s.At(14)
	}
	return nil
}

// debit reads element 478: C credit, D debit.
func (s Segment) debit(element int) (bool, error) {
	switch s.At(element) {
	case "D":
		return true, nil
	case "C":
		return false, nil
	}
	return false, s.wrong(element, "%q is neither C (credit) nor D (debit)", s.At(element))
}

func (m *Memo) detail(s Segment) (err error) {
	if m.Segment.ID == "" {
		return s.wrong(0, "stands before BCD")
	}
	d := Detail{Segment: s, Reason: s.At(1), Number: s.At(3)}
	if d.Debit, err = s.debit(2); err != nil {
		return err
	}
	d.Amount, err = s.Implied(4)
	m.Details = append(m.Details, d)
	return err
}
