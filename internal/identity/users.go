package identity

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// Grant is a role in a company, or in every company when the code is blank.
type Grant struct {
	Company string `json:"company"`
	Role    Role   `json:"role"`
}

// User is a person who may sign in.
type User struct {
	ID       int64   `json:"-"`
	Name     string  `json:"name"` // by which the person signs in, and which the audit trail shows
	FullName string  `json:"full_name"`
	Email    string  `json:"email"`
	Disabled bool    `json:"disabled"`
	Grants   []Grant `json:"roles"`
	Version  int64   `json:"-"` // sessions and tokens of another one have ended
	password string
	sessions int64 // version of the sessions; see Stamp
}

// Actor gives the user as who acts.
func (u *User) Actor() Actor {
	a := Actor{Name: u.Name, In: map[string][]Role{}}
	for _, g := range u.Grants {
		if g.Company == "" {
			a.Roles = append(a.Roles, g.Role)
		} else {
			a.In[g.Company] = append(a.In[g.Company], g.Role)
		}
	}
	return a
}

var (
	userName = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,39}$`)
	address  = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
)

// Check refuses with [fault.Invalid] a user who could not be stored.
func (u *User) Check() error {
	if !userName.MatchString(u.Name) {
		return fault.New(fault.Invalid, "%q is not a user's name; expected 2 to 40 small letters, digits, dots, hyphens or underscores, a letter first, such as ann.lee", u.Name).In("name")
	}
	if u.Email != "" && !address.MatchString(u.Email) {
		return fault.New(fault.Invalid, "%q is not an e-mail address", u.Email).In("email")
	}
	return CheckGrants(u.Grants)
}

// CheckGrants refuses with [fault.Invalid] roles that do not exist.
func CheckGrants(grants []Grant) error {
	for _, g := range grants {
		if !slices.Contains(Roles(), g.Role) {
			return fault.New(fault.Invalid, "there is no role %q; expected one of %s", g.Role, strings.Join(Names(Roles()), ", ")).In("roles")
		}
	}
	return nil
}

// Add stores a new user with the [Hash] of a password, which may be blank: then nobody can sign in by one yet. A name that is taken is
// [fault.Conflict].
func Add(ctx context.Context, tx *db.Tx, u *User, hash string) (err error) {
	if err := u.Check(); err != nil {
		return err
	}
	var password any
	if hash != "" {
		password = hash
	}
	if u.ID, err = tx.NewID(ctx); err != nil {
		return err
	}
	u.Version, u.sessions = 1, 1
	n, err := tx.Exec(ctx, "insert into app_user (id, name, full_name, email, password, version, created_at) values ($1, $2, $3, $4, $5, 1, $6) on conflict (name) do nothing", u.ID, u.Name, u.FullName, u.Email, password, tx.Micros())
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "there is a user %q already; choose another name", u.Name).In("name").ByRule("user_exists")
	}
	return writeGrants(ctx, tx, u.ID, u.Grants)
}

func writeGrants(ctx context.Context, tx *db.Tx, user int64, grants []Grant) error {
	if _, err := tx.Exec(ctx, "delete from user_role where app_user = $1", user); err != nil {
		return err
	}
	for _, g := range grants {
		if _, err := tx.Exec(ctx, "insert into user_role (app_user, company, role) values ($1, $2, $3) on conflict do nothing", user, g.Company, string(g.Role)); err != nil {
			return err
		}
	}
	return nil
}

// SetGrants replaces the roles of a user. Somebody must stay administrator of every company.
func SetGrants(ctx context.Context, tx *db.Tx, u *User, grants []Grant) error {
	if err := CheckGrants(grants); err != nil {
		return err
	}
	then := *u
	then.Grants = grants
	if err := keepsAdministrator(ctx, tx, u, &then); err != nil {
		return err
	}
	*u = then
	return writeGrants(ctx, tx, u.ID, grants)
}

// SetEmail gives a user another address for mails; blank: none. A text that is no address is [fault.Invalid].
func SetEmail(ctx context.Context, tx *db.Tx, u *User, email string) error {
	then := *u
	then.Email = strings.TrimSpace(email)
	if err := then.Check(); err != nil {
		return err
	}
	*u = then
	_, err := tx.Exec(ctx, "update app_user set email = $1 where id = $2", u.Email, u.ID)
	return err
}

// SetDisabled shuts a user out, with all sessions and tokens, or lets the user in again. Somebody must stay administrator of every
// company.
func SetDisabled(ctx context.Context, tx *db.Tx, u *User, disabled bool) error {
	then := *u
	then.Disabled = disabled
	if err := keepsAdministrator(ctx, tx, u, &then); err != nil {
		return err
	}
	*u = then
	_, err := tx.Exec(ctx, "update app_user set disabled = $1, version = version + 1 where id = $2", disabled, u.ID)
	return err
}

// administers says whether the user is administrator of every company.
func (u *User) administers() bool {
	return !u.Disabled && slices.Contains(u.Grants, Grant{Role: Administrator})
}

// keepsAdministrator refuses to take the last administrator of every company away. It locks all of them, so that two who go at the
// same time do not each count the other.
func keepsAdministrator(ctx context.Context, tx *db.Tx, now, then *User) error {
	if !now.administers() || then.administers() {
		return nil
	}
	const all = "select u.id from user_role r join app_user u on u.id = r.app_user where r.role = 'administrator' and r.company = '' and u.disabled = $1 order by u.id"
	query := all
	if tx.Postgres() {
		query += " for update of u"
	}
	ids, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, query, false)
	if err == nil && !slices.ContainsFunc(ids, func(id int64) bool { return id != now.ID }) {
		err = fault.New(fault.Refused, "nobody would be left who is administrator of every company; make another user one first").ByRule("last_administrator")
	}
	return err
}

// SetPassword gives a user another password by its [Hash]; sessions and tokens end.
func SetPassword(ctx context.Context, tx *db.Tx, u *User, hash string) error {
	_, err := tx.Exec(ctx, "update app_user set password = $1, version = version + 1 where id = $2", hash, u.ID)
	return err
}

const userColumns = "id, name, full_name, email, disabled, version, coalesce(password, ''), session_version from app_user"

func scanUser(r interface{ Scan(...any) error }, u *User) error {
	return r.Scan(&u.ID, &u.Name, &u.FullName, &u.Email, &u.Disabled, &u.Version, &u.password, &u.sessions)
}

// Find gives the user with the name; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, name string) (*User, error) {
	u := &User{}
	err := scanUser(tx.Row(ctx, "select "+userColumns+" where name = $1", name), u)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no user %q", name)
	}
	if err != nil {
		return nil, err
	}
	return u, u.readGrants(ctx, tx)
}

func (u *User) readGrants(ctx context.Context, tx *db.Tx) (err error) {
	u.Grants, err = db.List(ctx, tx, func(r *db.Rows, g *Grant) error { return r.Scan(&g.Company, &g.Role) },
		"select company, role from user_role where app_user = $1 order by company, role", u.ID)
	return err
}

// Users gives all users, by name.
func Users(ctx context.Context, tx *db.Tx) ([]User, error) {
	users, err := db.List(ctx, tx, func(r *db.Rows, u *User) error { return scanUser(r, u) }, "select "+userColumns+" order by name")
	for i := 0; i < len(users) && err == nil; i++ {
		err = users[i].readGrants(ctx, tx)
	}
	return users, err
}

// Any says whether there is a user.
func Any(ctx context.Context, tx *db.Tx) (any bool, err error) {
	err = tx.Row(ctx, "select exists (select 1 from app_user)").Scan(&any)
	return any, err
}
