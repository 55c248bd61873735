// Package identity says who acts.
//
//   - An *actor* is a person or a program with roles. On the command line without a token it is the operator: the
//     user of the operating system, an administrator who is never approver or payer.
//   - A *permission* is the right to give one kind of command or query; roles are sets of permissions, given in one company or
//     in all.
//   - A *user* is a person who signs in by name and password, and may make *API tokens*: secrets for programs that act as that
//     person, limited to *scopes* (permissions), to a company, and in time. Only their digests are stored.
//
// Invariants: passwords are stored by argon2id only; what failed too often must wait, whether the user exists or not; a token ends
// with its user, with the user's password, and at its time.
//
// Source: architecture, "Who acts".
package identity

import (
	"os"
	"os/user"
	"slices"
	"strings"

	"quittance/internal/fault"
)

// Role is a set of permissions.
type Role string

// The roles.
const (
	Viewer        Role = "viewer"
	Clerk         Role = "clerk"
	Approver      Role = "approver"
	Treasurer     Role = "treasurer"
	Controller    Role = "controller"
	Auditor       Role = "auditor"
	Administrator Role = "administrator"
)

// Permission is the right to do one kind of thing.
type Permission string

// The permissions of what exists so far.
const (
	Read        Permission = "read"             // look at documents, items and balances
	SetUp       Permission = "set_up"           // companies, accounts, parties, periods
	PostVoucher Permission = "post_voucher"     // vouchers, settlements and marks
	Reimburse   Permission = "reimburse"        // propose, post and reverse runs
	ApplyCash   Permission = "apply_cash"       // customer payment journals and remittances
	Deduct      Permission = "deduct"           // work on deductions and resolve them
	Prepare     Permission = "prepare_payments" // propose vendor payments, and change them before they are made
	Pay         Permission = "pay"              // print checks, make files, send, post, void
	Approve     Permission = "approve"          // approve what others ask for
	BankDetails Permission = "bank_details"     // see bank details in clear
	Prove       Permission = "prove"            // verify
	HandOver    Permission = "hand_over"        // export posted vouchers to another ledger
	Administer  Permission = "administer"       // users, their roles and tokens
)

// Permissions gives all permissions, in the order of the code.
func Permissions() []Permission {
	return []Permission{Read, SetUp, PostVoucher, Reimburse, ApplyCash, Deduct, Prepare, Pay, Approve, BankDetails, Prove, HandOver, Administer}
}

// Roles gives all roles, in the order of the code.
func Roles() []Role {
	return []Role{Viewer, Clerk, Approver, Treasurer, Controller, Auditor, Administrator}
}

var granted = map[Role][]Permission{
	Viewer:        {Read},
	Clerk:         {Read, PostVoucher, Reimburse, ApplyCash, Deduct, Prepare},
	Approver:      {Read, Approve},
	Treasurer:     {Read, Prepare, Pay, BankDetails},
	Controller:    {Read, SetUp, PostVoucher, Reimburse, ApplyCash, Deduct, Prepare, Approve, Prove, HandOver},
	Auditor:       {Read, Prove, HandOver},
	Administrator: {Read, SetUp, PostVoucher, Reimburse, ApplyCash, Deduct, Prepare, BankDetails, Prove, HandOver, Administer},
}

// Actor is who acts.
type Actor struct {
	Name   string            // as the audit trail shows it, such as ann or operator:ann
	Roles  []Role            // in every company
	In     map[string][]Role // besides, by code of the company
	Scopes []Permission      // what a token is limited to; nil: not limited
	Only   string            // code of the one company that a token is limited to; blank: not limited
	Token  bool              // acts by a token, which makes no further ones
	Past   bool              // acted once, and what was begun then is gone on with
}

// Operator gives the actor of the command line without a token: operator:NAME of the operating system's user.
func Operator() Actor {
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if name == "" {
		name = "unknown"
	}
	return Actor{Name: operatorPrefix + name, Roles: []Role{Administrator}}
}

// Named gives an actor as it was recorded, with the names of its roles of then.
func Named(name string, roles []string) Actor {
	a := Actor{Name: name, Past: true}
	for _, r := range roles {
		a.Roles = append(a.Roles, Role(r))
	}
	return a
}

// Operator says whether the actor is who runs the command line without a token.
func (a Actor) Operator() bool { return strings.HasPrefix(a.Name, operatorPrefix) }

const operatorPrefix = "operator:" // no user's name has a colon

// RolesIn gives the roles of the actor in a company; a blank code means what is about no company, or about all.
func (a Actor) RolesIn(company string) []Role {
	if a.Only != "" && a.Only != company {
		return nil
	}
	return append(slices.Clone(a.Roles), a.In[company]...)
}

// Sees says whether the actor has any role in the company.
func (a Actor) Sees(company string) bool { return len(a.RolesIn(company)) > 0 }

// AllowIn refuses with [fault.Denied] an actor whose roles in the company do not grant the permission, and names those that would.
func (a Actor) AllowIn(company string, p Permission) error {
	granting := func(r Role) bool { return slices.Contains(granted[r], p) }
	held := slices.ContainsFunc(a.RolesIn(company), granting)
	scoped := a.Scopes == nil || slices.Contains(a.Scopes, p)
	if held && scoped {
		return nil
	}
	way := "which the token is not for"
	if !held {
		roles := strings.Join(Names(slices.DeleteFunc(Roles(), func(r Role) bool { return !granting(r) })), ", ")
		way = "which is of the role " + roles
		if strings.Contains(roles, ",") {
			way = "which is of the roles " + roles
		}
	}
	if a.Operator() {
		way += "; act as a user who has it: QUITTANCE_TOKEN"
	}
	return fault.New(fault.Denied, "%s may not do this: it needs the permission %q, %s", a.Name, p, way).ByRule("permission")
}

// Allow refuses with [fault.Denied] an actor who has the permission in no company.
func (a Actor) Allow(p Permission) error {
	err := a.AllowIn(a.Only, p)
	for company := range a.In {
		if err == nil {
			return nil
		}
		err = a.AllowIn(company, p)
	}
	return err
}

// Names gives roles as text.
func Names(roles []Role) []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return names
}
