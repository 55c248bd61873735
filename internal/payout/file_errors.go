package payout

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"quittance/internal/fault"
)

// ofPayment is how the formats name a field of the payment at a place of the file.
var ofPayment = regexp.MustCompile(`^payments\[(\d+)\]\.(?:to\.)?(.+)$`)

// Unwritable is why a file cannot be written: what of which payments, or of the bank account.
type Unwritable struct {
	Problems map[int64]string // by payment; none: it is the bank account's
	all      fault.List
}

func (u *Unwritable) Error() string { return u.all.Error() }

// Unwrap gives the errors, each of code [fault.Refused].
func (u *Unwritable) Unwrap() error { return u.all }

// Unready gives an [Unwritable] of what keeps payments from being paid, by payment; nil where nothing does.
func Unready(payments []*Payment, problems map[int64]error) error {
	u := &Unwritable{Problems: map[int64]string{}}
	for _, p := range payments {
		err := problems[p.ID]
		if err == nil {
			continue
		}
		var e *fault.Error
		if !errors.As(err, &e) {
			return err
		}
		u.Problems[p.ID], u.all = err.Error(), append(u.all, e)
	}
	if len(u.all) == 0 {
		return nil
	}
	return u
}

// explain says of what a format refuses which payment it is, whose field, and what to do: the formats know places in a file only.
func (m *maker) explain(err error) error {
	var all fault.List
	var single *fault.Error
	switch {
	case errors.As(err, &all):
	case errors.As(err, &single) && (single.Code == fault.Invalid || single.Code == fault.Limited):
		all = fault.List{single}
	default:
		return err
	}
	u := &Unwritable{Problems: map[int64]string{}, all: make(fault.List, len(all))}
	for i, e := range all {
		p, field := m.paymentIn(e)
		if p == nil {
			u.all[i] = fault.New(fault.Refused, "bank account %s: %s: %s; set it: quittance banks set %s", m.bank.Code, e.Field, e.Message, m.bank.Code)
		} else {
			x := m.payees[p.Payee]
			u.all[i] = fault.New(fault.Refused, "payment %s to %s (%s): %s: %s. Change that of %s, or leave the payment out: quittance vendor-payments cancel %s", p.Name(), x.code, x.name, field, e.Message, x.code, p.Name())
			u.Problems[p.ID] = strings.TrimSpace(u.Problems[p.ID] + " " + u.all[i].Message)
		}
		u.all[i] = u.all[i].ByRule(e.Rule).In(field).Because(e)
	}
	return u
}

// paymentIn finds the payment that an error is about, and the field of it; nil when it is about the file, and so about the bank account.
func (m *maker) paymentIn(e *fault.Error) (*Payment, string) {
	if found := ofPayment.FindStringSubmatch(e.Field); found != nil {
		if i, err := strconv.Atoi(found[1]); err == nil && i < len(m.payments) {
			return m.payments[i], found[2]
		}
	}
	for _, p := range m.payments {
		if p.Kind == ByCheck && strings.HasPrefix(e.Place, "check "+p.Number+" for ") {
			return p, e.Field
		}
	}
	return nil, e.Field
}
