package approval

import (
	"context"
	"errors"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/policy"
)

// Delegation lets a user stand in for another for some days, both in them.
type Delegation struct {
	ID       int64
	From, To string // users
	First    civil.Date
	Last     civil.Date
	Kind     Kind // of subjects; blank: all
	Why      string
	MadeBy   string
	MadeAt   int64  // UTC microseconds
	EndedBy  string // blank: not before its time
	EndedAt  int64
}

const maxDelegation = 366 // days

// Delegate keeps a delegation. A user delegates what is the user's own; an administrator for anybody, as when somebody is ill, but not to
// oneself: admin says that the unit's actor is one.
func Delegate(ctx context.Context, tx *db.Tx, d *Delegation, admin bool) error {
	switch {
	case operator(d.From) || operator(d.To):
		return fault.New(fault.Denied, "the operator approves nothing, and so neither delegates nor stands in").ByRule("separation_of_duties")
	case d.From == d.To:
		return fault.New(fault.Invalid, "%s cannot stand in for oneself", d.From).In("to")
	case d.First.IsZero() || d.Last < d.First || d.Last.Sub(d.First) > maxDelegation:
		return fault.New(fault.Invalid, "a delegation needs its first day and a last day not before it, within %d days", maxDelegation).In("last")
	case d.Last < tx.Today():
		return fault.New(fault.Invalid, "the delegation would have ended on %s already", d.Last).In("last")
	case d.From != tx.Actor && (!admin || d.To == tx.Actor):
		return fault.New(fault.Denied, "%s may delegate for oneself; an administrator for others, but to somebody else than oneself", tx.Actor).ByRule("separation_of_duties")
	}
	if d.Kind != "" {
		if err := policy.CheckKind(d.Kind); err != nil {
			return err
		}
	}
	for _, name := range []string{d.From, d.To} {
		if _, err := identity.Find(ctx, tx, name); err != nil {
			return err
		}
	}
	var err error
	if d.ID, err = tx.NewID(ctx); err != nil {
		return err
	}
	d.MadeBy, d.MadeAt = tx.Actor, tx.Micros()
	_, err = tx.Exec(ctx, "insert into approval_delegation (company, id, from_user, to_user, from_date, to_date, kind, why, made_by, made_at, ended_by, ended_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 0)",
		tx.Company, d.ID, d.From, d.To, d.First, d.Last, string(d.Kind), d.Why, d.MadeBy, d.MadeAt)
	return err
}

// EndDelegation ends a delegation before its time.
func EndDelegation(ctx context.Context, tx *db.Tx, id int64, admin bool) error {
	var from, ended string
	err := tx.Row(ctx, "select from_user, ended_by from approval_delegation where company = $1 and id = $2", tx.Company, id).Scan(&from, &ended)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return fault.New(fault.NotFound, "there is no delegation %d; see: quittance approvals delegations", id)
	case err != nil:
		return err
	case ended != "":
		return fault.New(fault.Refused, "%s ended the delegation already", ended).ByRule("delegation_ended")
	case from != tx.Actor && !admin:
		return fault.New(fault.Denied, "only %s, whose delegation it is, or an administrator may end it", from)
	}
	_, err = tx.Exec(ctx, "update approval_delegation set ended_by = $1, ended_at = $2 where company = $3 and id = $4 and ended_by = ''", tx.Actor, tx.Micros(), tx.Company, id)
	return err
}

// Delegations gives the delegations that hold on or after a day, of a user (blank: all), the last first.
func Delegations(ctx context.Context, tx *db.Tx, user string, on civil.Date) ([]Delegation, error) {
	return db.List(ctx, tx, func(r *db.Rows, d *Delegation) error {
		return r.Scan(&d.ID, &d.From, &d.To, &d.First, &d.Last, &d.Kind, &d.Why, &d.MadeBy, &d.MadeAt, &d.EndedBy, &d.EndedAt)
	}, `select id, from_user, to_user, from_date, to_date, kind, why, made_by, made_at, ended_by, ended_at from approval_delegation
		where company = $1 and to_date >= $2 and ($3 = '' or from_user = $3 or to_user = $3) order by id desc`, tx.Company, on, user)
}

// Limit is how much one person may approve. Amounts are of the accounting currency; nil: any.
type Limit struct {
	Who        Who           // a user, or each who has the role; a user's own limit stands before that of roles
	Kind       Kind          // of subjects; blank: all
	Single     *money.Amount // of one subject
	Days       int           // for the totals
	Total      *money.Amount // of all that the person approves within so many days
	PayeeTotal *money.Amount // the same, to one payee
}

// SaveLimit makes a limit, or changes the one of the same approver and kind; remove takes it away.
func SaveLimit(ctx context.Context, tx *db.Tx, l *Limit, remove bool) error {
	who := kindOf(l.Who)
	if l.Kind != "" {
		if err := policy.CheckKind(l.Kind); err != nil {
			return err
		}
	}
	if remove {
		n, err := tx.Exec(ctx, "delete from approval_limit where company = $1 and who = $2 and name = $3 and kind = $4", tx.Company, who, l.Who.Name, string(l.Kind))
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "there is no limit of %s for that kind of subject", l.Who)
		}
		return err
	}
	if l.Days == 0 {
		l.Days = 30
	}
	for _, a := range []*money.Amount{l.Single, l.Total, l.PayeeTotal} {
		if a != nil && *a < 0 {
			return fault.New(fault.Invalid, "a limit is not below zero").In("single")
		}
	}
	switch {
	case l.Single == nil && l.Total == nil && l.PayeeTotal == nil:
		return fault.New(fault.Invalid, "a limit needs an amount: of one subject, of all, or to one payee").In("single")
	case l.Days < 1 || l.Days > 3660:
		return fault.New(fault.Invalid, "%d days is no period; expected 1 to 3660", l.Days).In("days")
	case l.Who.Role && !isRole(l.Who.Name):
		return fault.New(fault.Invalid, "there is no role %q; expected one of %s", l.Who.Name, strings.Join(identity.Names(identity.Roles()), ", ")).In("who")
	case !l.Who.Role:
		if _, err := identity.Find(ctx, tx, l.Who.Name); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `insert into approval_limit (company, who, name, kind, single, days, total, payee_total) values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (company, who, name, kind) do update set single = excluded.single, days = excluded.days, total = excluded.total, payee_total = excluded.payee_total`,
		tx.Company, who, l.Who.Name, string(l.Kind), orNull(l.Single), l.Days, orNull(l.Total), orNull(l.PayeeTotal))
	return err
}

func isRole(name string) bool {
	for _, r := range identity.Roles() {
		if string(r) == name {
			return true
		}
	}
	return false
}

func kindOf(w Who) string {
	if w.Role {
		return "role"
	}
	return "user"
}

func orNull(a *money.Amount) any {
	if a == nil {
		return nil
	}
	return int64(*a)
}

const limitColumns = "select who, name, kind, single, days, total, payee_total from approval_limit where company = $1"

func scanLimit(r *db.Rows, l *Limit) error {
	var who string
	err := r.Scan(&who, &l.Who.Name, &l.Kind, &l.Single, &l.Days, &l.Total, &l.PayeeTotal)
	l.Who.Role = who == "role"
	return err
}

// Limits gives all limits.
func Limits(ctx context.Context, tx *db.Tx) ([]Limit, error) {
	return db.List(ctx, tx, scanLimit, limitColumns+" order by who desc, name, kind", tx.Company)
}

// Link says that a user is also the customer or vendor with the code, so that the user approves no payment to it.
func Link(ctx context.Context, tx *db.Tx, user, party string, link bool) error {
	if !link {
		n, err := tx.Exec(ctx, "delete from approval_person where company = $1 and actor = $2 and party = $3", tx.Company, user, party)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "the user %s is not linked to %s", user, party)
		}
		return err
	}
	if _, err := identity.Find(ctx, tx, user); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "insert into approval_person (company, actor, party) values ($1, $2, $3) on conflict do nothing", tx.Company, user, party)
	return err
}

// Person is a user who is also a customer or vendor.
type Person struct{ User, Party string }

// People gives the users who are also customers or vendors.
func People(ctx context.Context, tx *db.Tx) ([]Person, error) {
	return db.List(ctx, tx, func(r *db.Rows, p *Person) error { return r.Scan(&p.User, &p.Party) }, "select actor, party from approval_person where company = $1 order by actor, party", tx.Company)
}

// PartiesOf gives the codes of the customers and vendors that a user also is.
func PartiesOf(ctx context.Context, tx *db.Tx, user string) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, code *string) error { return r.Scan(code) }, "select party from approval_person where company = $1 and actor = $2 order by party", tx.Company, user)
}
