package deduction

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
)

// X12 and EDIFACT are the standard lists of reason codes: ASC X12 element 426, UN/EDIFACT element 4465.
const (
	X12     = "x12_426"
	EDIFACT = "edifact_4465"
)

type codeKey struct {
	customer     int64
	list, theirs string
}

// key is what a code is found by: letters are alike, spaces around do not count, zeros do.
func (x Code) key() codeKey { return codeKey{x.Customer, x.List, normal(x.Theirs)} }

func normal(theirs string) string { return strings.ToUpper(strings.TrimSpace(theirs)) }

// ReasonFor gives the company's reason for the code that a customer gave on a date: by the customer's own codes, then its parent's, then the company's
// codes for all customers, then the standard lists that were taken over. False when none says, or when the lists disagree.
func (s *Setup) ReasonFor(customer int64, theirs string, date civil.Date) (reason string, ok bool) {
	if reason, ok = s.own(customer, theirs, date); ok {
		return reason, true
	}
	x12, inX12 := s.in(codeKey{0, X12, normal(theirs)}, date)
	edifact, inEDIFACT := s.in(codeKey{0, EDIFACT, normal(theirs)}, date)
	switch {
	case inX12 && inEDIFACT:
		return x12, x12 == edifact
	case inX12:
		return x12, true
	}
	return edifact, inEDIFACT
}

// ReasonIn is ReasonFor for a code that is known to be of a standard list, as in an X12 file, unless the customer's own codes say
// otherwise.
func (s *Setup) ReasonIn(customer int64, list, theirs string, date civil.Date) (reason string, ok bool) {
	if reason, ok = s.own(customer, theirs, date); ok {
		return reason, true
	}
	return s.in(codeKey{0, list, normal(theirs)}, date)
}

// Taken gives the company's reason for a code of a standard list on a date.
func (s *Setup) Taken(list, theirs string, date civil.Date) (reason string, ok bool) {
	return s.in(codeKey{0, list, normal(theirs)}, date)
}

// own looks at the codes of the customer, then at those of its parent, then at the company's own for all customers.
func (s *Setup) own(customer int64, theirs string, date civil.Date) (reason string, ok bool) {
	for _, whose := range s.whose(customer) {
		if reason, ok = s.in(codeKey{whose, "", normal(theirs)}, date); ok {
			return reason, true
		}
	}
	return "", false
}

func (s *Setup) in(k codeKey, date civil.Date) (reason string, ok bool) {
	if k.theirs == "" {
		return "", false
	}
	for _, x := range s.codes[k] {
		if x.From <= date && (x.To.IsZero() || date <= x.To) {
			return x.Reason, true
		}
	}
	return "", false
}

// index prepares the codes for look-up.
func (s *Setup) index() {
	s.codes = make(map[codeKey][]Code, len(s.Codes))
	for _, x := range s.Codes {
		s.codes[x.key()] = append(s.codes[x.key()], x)
	}
}

// SaveCode makes or changes a code, confirmed by who does it unless it says by whom and when.
func (s *Setup) SaveCode(ctx context.Context, tx *db.Tx, x Code) error {
	if err := s.checkCode(x); err != nil {
		return err
	}
	if x.ConfirmedBy == "" {
		x.ConfirmedBy = tx.Actor
	}
	if x.ConfirmedAt == 0 {
		x.ConfirmedAt = tx.Micros()
	}
	_, err := tx.Exec(ctx, `insert into deduction_code (company, customer, list, code, from_date, to_date, reason, confirmed_by, confirmed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (company, customer, list, code, from_date) do update
		set to_date = excluded.to_date, reason = excluded.reason, confirmed_by = excluded.confirmed_by, confirmed_at = excluded.confirmed_at`,
		tx.Company, x.Customer, x.List, x.Theirs, x.From, orNull(x.To), x.Reason, x.ConfirmedBy, x.ConfirmedAt)
	if err != nil {
		return err
	}
	if old := s.Code(x); old != nil {
		*old = x
	} else {
		s.Codes = append(s.Codes, x)
	}
	s.index()
	return nil
}

// Code gives the code with the customer, list, code and first day of x; nil when there is none.
func (s *Setup) Code(x Code) *Code {
	i := slices.IndexFunc(s.Codes, func(y Code) bool { return x.same(y) })
	if i < 0 {
		return nil
	}
	return &s.Codes[i]
}

// same says whether two codes are one row.
func (x Code) same(y Code) bool {
	return x.Customer == y.Customer && x.List == y.List && x.Theirs == y.Theirs && x.From == y.From
}

func (s *Setup) checkCode(x Code) error {
	if err := cleanCode("code", x.Theirs); err != nil {
		return err
	}
	if _, ok := s.Reasons[x.Reason]; !ok {
		return noReason(x.Reason)
	}
	if err := cmp.Or(checkDates(x.From, x.To), short("confirmed_by", x.ConfirmedBy, longestName)); err != nil {
		return err
	}
	if x.List != "" {
		l, err := FindList(x.List)
		if err != nil {
			return err
		}
		if x.Customer != 0 {
			return fault.New(fault.Invalid, "a code of the standard list %s is for all customers; leave the customer blank, or the list when it is the customer's own code", x.List).In("customer")
		}
		if _, ok := l.Find(x.Theirs); !ok {
			return fault.New(fault.Invalid, "%q is no code of the standard list %s", x.Theirs, x.List).In("code")
		}
	}
	s.index()
	for _, y := range s.codes[x.key()] {
		if !x.same(y) && overlap(x.From, x.To, y.From, y.To) {
			return fault.New(fault.Invalid, "the code %s is %s from %s to %s already; its dates must not overlap", y.Theirs, y.Reason, y.From, until(y.To)).In("from").ByRule("overlap")
		}
	}
	return nil
}

// RemoveCode takes a code away. What was coded by it stays as it is.
func (s *Setup) RemoveCode(ctx context.Context, tx *db.Tx, x Code) error {
	n, err := tx.Exec(ctx, "delete from deduction_code where company = $1 and customer = $2 and list = $3 and code = $4 and from_date = $5", tx.Company, x.Customer, x.List, x.Theirs, x.From)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "there is no code %q from %s", x.Theirs, x.From)
	}
	s.Codes = slices.DeleteFunc(s.Codes, x.same)
	s.index()
	return err
}

// TakeCode makes a code of a standard list stand for a reason from a date on; what it stood for before ends the day before. It says
// whether anything changed.
func (s *Setup) TakeCode(ctx context.Context, tx *db.Tx, list, theirs, reason string, from civil.Date) (bool, error) {
	l, err := FindList(list)
	if err != nil {
		return false, err
	}
	standard, ok := l.Find(theirs)
	if !ok {
		return false, fault.New(fault.Invalid, "%q is no code of the standard list %s", theirs, list).In("code")
	}
	x := Code{List: list, Theirs: standard.Code, From: from, Reason: reason}
	if err := checkDates(from, 0); err != nil {
		return false, err
	}
	for _, y := range s.codes[x.key()] {
		switch {
		case !overlap(from, from, y.From, y.To):
		case y.Reason == reason:
			return false, nil
		case y.From < from:
			x.To = y.To
			y.To = from.AddDays(-1)
			if err := s.SaveCode(ctx, tx, y); err != nil {
				return false, err
			}
		default:
			x.To = y.To
		}
	}
	return true, s.SaveCode(ctx, tx, x)
}
