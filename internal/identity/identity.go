// Package identity says who acts.
//
//   - An *actor* is a person or a program with roles. On the command line without a token it is the operator: the
//     user of the operating system, an administrator who is never approver or payer.
//   - A *permission* is the right to give one kind of command or query; roles are sets of permissions.
//
// Source: architecture, "Who acts".
package identity

import (
	"os"
	"os/user"
	"slices"

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
	Read        Permission = "read"         // look at documents, items and balances
	SetUp       Permission = "set_up"       // companies, accounts, parties, periods
	PostVoucher Permission = "post_voucher" // vouchers, settlements and marks
	Reimburse   Permission = "reimburse"    // propose, post and reverse runs
	BankDetails Permission = "bank_details" // see bank details in clear
	Prove       Permission = "prove"        // verify
)

var granted = map[Role][]Permission{
	Viewer:        {Read},
	Clerk:         {Read, PostVoucher, Reimburse},
	Approver:      {Read},
	Treasurer:     {Read, BankDetails},
	Controller:    {Read, SetUp, PostVoucher, Reimburse, Prove},
	Auditor:       {Read, Prove},
	Administrator: {Read, SetUp, PostVoucher, Reimburse, BankDetails, Prove},
}

// Actor is who acts.
type Actor struct {
	Name  string // as the audit trail shows it, such as operator:ann
	Roles []Role
}

// Operator gives the actor of the command line without a token: operator:NAME of the operating system's user.
func Operator() (Actor, error) {
	if os.Getenv("QUITTANCE_TOKEN") != "" {
		return Actor{}, fault.New(fault.Unauthenticated, "QUITTANCE_TOKEN is set, but this database knows no tokens; unset it to act as the operator").ByRule("unknown_token")
	}
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if name == "" {
		name = "unknown"
	}
	return Actor{Name: "operator:" + name, Roles: []Role{Administrator}}, nil
}

// Named gives an actor as it was recorded, with the names of its roles of then.
func Named(name string, roles []string) Actor {
	a := Actor{Name: name}
	for _, r := range roles {
		a.Roles = append(a.Roles, Role(r))
	}
	return a
}

// Allow refuses with [fault.Denied] an actor whose roles do not grant the permission.
func (a Actor) Allow(p Permission) error {
	for _, r := range a.Roles {
		if slices.Contains(granted[r], p) {
			return nil
		}
	}
	return fault.New(fault.Denied, "%s may not do this: it needs the permission %q", a.Name, p).ByRule("permission")
}

// RoleNames gives the roles as text, for what depends on them.
func (a Actor) RoleNames() []string {
	names := make([]string, len(a.Roles))
	for i, r := range a.Roles {
		names[i] = string(r)
	}
	return names
}
