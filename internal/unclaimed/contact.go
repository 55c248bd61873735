package unclaimed

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
)

// Contact is something that an owner did or wrote. Each restarts dormancy.
type Contact struct {
	ID          int64
	Party       int64 // customer or vendor
	Voucher     int64 // the credit that it is about; 0: all of the owner's property
	Number      string
	Date        civil.Date
	How         How
	Note        string
	Actor       string
	At          int64  // UTC microseconds
	WithdrawnBy string // blank: it holds
	Why         string // it was withdrawn
}

// How is how an owner was in contact.
type How string

// The ways, as stored.
const (
	ByResponse How = "response" // an answer to a letter of ours
	ByRequest  How = "request"  // the money was asked for in writing: it starts the clocks of refunds
	ByLetter   How = "letter"
	ByPhone    How = "phone"
	ByEmail    How = "email"
	ByVisit    How = "visit"
	ByPortal   How = "portal"
	ByOther    How = "other"
)

// Ways gives all ways, in the order of the code.
func Ways() []How {
	return []How{ByResponse, ByRequest, ByLetter, ByPhone, ByEmail, ByVisit, ByPortal, ByOther}
}

// Log keeps a contact, and gives it its id.
func (x *Contact) Log(ctx context.Context, tx *db.Tx) (err error) {
	switch {
	case !slices.Contains(Ways(), x.How):
		return fault.New(fault.Invalid, "%q is no way of contact; expected one of %v", string(x.How), Ways()).In("how")
	case x.Date.IsZero():
		return fault.New(fault.Invalid, "a contact needs its day").In("date")
	case x.Date > tx.Today():
		return fault.New(fault.Refused, "the contact is of %s, which is not yet", x.Date).ByRule("contact_later").In("date")
	}
	if x.ID, err = tx.NewID(ctx); err != nil {
		return err
	}
	x.Actor, x.At = tx.Actor, tx.Micros()
	_, err = tx.Exec(ctx, "insert into owner_contact (company, id, party, voucher, date, kind, note, actor, at, withdrawn_by, withdrawn_at, why) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0, '')",
		tx.Company, x.ID, x.Party, db.Null(x.Voucher), x.Date, x.How, x.Note, x.Actor, x.At)
	return err
}

// Withdraw takes a contact back that was logged by mistake; it stays in the log, with who did so and why.
func Withdraw(ctx context.Context, tx *db.Tx, id int64, why string) error {
	if why == "" {
		return fault.New(fault.Invalid, "a contact is withdrawn with a reason").In("reason")
	}
	n, err := tx.Exec(ctx, "update owner_contact set withdrawn_by = $1, withdrawn_at = $2, why = $3 where company = $4 and id = $5 and withdrawn_by = ''", tx.Actor, tx.Micros(), why, tx.Company, id)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "there is no contact %d that holds", id)
	}
	return err
}

const contactColumns = `select c.id, c.party, coalesce(c.voucher, 0), coalesce(v.number, ''), c.date, c.kind, c.note, c.actor, c.at, c.withdrawn_by, c.why
	from owner_contact c left join voucher v on v.company = c.company and v.id = c.voucher where c.company = $1`

func scanContact(r *db.Rows, x *Contact) error {
	return r.Scan(&x.ID, &x.Party, &x.Voucher, &x.Number, &x.Date, &x.How, &x.Note, &x.Actor, &x.At, &x.WithdrawnBy, &x.Why)
}

// Contacts gives contacts, the newest first: those before the one with the id before (0: none), of an owner (0: of all), at most limit;
// next is where the list goes on, 0 at its end.
func Contacts(ctx context.Context, tx *db.Tx, owner, before int64, limit int) (all []Contact, next int64, err error) {
	all, err = db.List(ctx, tx, scanContact, contactColumns+" and ($2 = 0 or c.party = $2) and ($3 = 0 or c.id < $3) order by c.id desc limit $4", tx.Company, owner, before, limit+1)
	if err == nil && len(all) > limit {
		all, next = all[:limit], all[limit-1].ID
	}
	return all, next, err
}

// AllContacts gives every contact, the oldest first.
func AllContacts(ctx context.Context, tx *db.Tx) ([]Contact, error) {
	return db.List(ctx, tx, scanContact, contactColumns+" order by c.id", tx.Company)
}

// RestoreContact keeps a contact that a company folder brings in.
func RestoreContact(ctx context.Context, tx *db.Tx, x Contact) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	at := int64(0)
	if x.WithdrawnBy != "" {
		at = tx.Micros()
	}
	_, err = tx.Exec(ctx, "insert into owner_contact (company, id, party, voucher, date, kind, note, actor, at, withdrawn_by, withdrawn_at, why) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		tx.Company, id, x.Party, db.Null(x.Voucher), x.Date, x.How, x.Note, x.Actor, x.At, x.WithdrawnBy, at, x.Why)
	return err
}

// contactsOf gives the contacts of owners that hold, by owner, up to a day.
func contactsOf(ctx context.Context, tx *db.Tx, owners []int64, upTo civil.Date) (map[int64][]Contact, error) {
	those, arg := tx.Among("c.party", "$2", owners)
	all := map[int64][]Contact{}
	rows, err := db.List(ctx, tx, scanContact, contactColumns+" and "+those+" and c.withdrawn_by = '' and c.date <= $3 order by c.date, c.id", tx.Company, arg, upTo)
	for _, x := range rows {
		all[x.Party] = append(all[x.Party], x)
	}
	return all, err
}

func decodeStrictly(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if d.More() {
		return fmt.Errorf("there is more after it")
	}
	return nil
}
