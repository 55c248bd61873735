package identity

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// Stranger is who an identity provider says somebody is. A person is known by issuer and subject alone, once linked to a user; name and
// e-mail serve to link the first time, and are blank when they must not.
type Stranger struct {
	Issuer, Subject string
	Name            string // of the user whom the operator lets it link to
	Email           string // verified by the provider
}

// Unknown is what is said to a person whom the provider knows and we do not.
func Unknown() error {
	return fault.New(fault.Unauthenticated, "the sign-in service knows you, but there is no user here that belongs to you; ask an administrator to add one with your e-mail address").ByRule("unknown_person")
}

// Meet gives the user who is linked to the person, and links the first time; nobody who fits, or more than one, is nil.
func Meet(ctx context.Context, tx *db.Tx, p Stranger) (u *User, linked bool, err error) {
	u, err = one(ctx, tx, "where id = (select app_user from app_user_link where issuer = $1 and subject = $2)", p.Issuer, p.Subject)
	if u != nil || err != nil {
		return u, false, err
	}
	if p.Name != "" {
		u, err = one(ctx, tx, "where name = $1", p.Name)
	}
	if u == nil && err == nil && p.Email != "" {
		u, err = one(ctx, tx, "where lower(email) = lower($1)", p.Email)
	}
	if u == nil || err != nil || u.Disabled {
		return u, false, err
	}
	// One user belongs to one person of an issuer: another subject with the same address is somebody else.
	n, err := tx.Exec(ctx, "insert into app_user_link (issuer, subject, app_user, linked_at) select $1, $2, $3, $4 where not exists (select 1 from app_user_link where issuer = $1 and app_user = $3)",
		p.Issuer, p.Subject, u.ID, tx.Micros())
	if err != nil || n == 0 {
		return nil, false, err
	}
	return u, true, nil
}

// one gives the only user whom the condition finds; nil when there is none, or are several.
func one(ctx context.Context, tx *db.Tx, where string, args ...any) (*User, error) {
	users, err := db.List(ctx, tx, func(r *db.Rows, u *User) error { return scanUser(r, u) }, "select "+userColumns+" "+where+" limit 2", args...)
	if err != nil || len(users) != 1 {
		return nil, err
	}
	return &users[0], users[0].readGrants(ctx, tx)
}
