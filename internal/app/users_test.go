package app_test

import (
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
)

const annsPassword = "correct horse battery"

// second is the example company under another code.
func second() apptest.Files {
	f := apptest.PublicSector()
	return f.With(apptest.Files{"company": strings.ReplaceAll(f["company"], "PSUS", "OTHER")})
}

// A user acts in the companies of his or her roles only, and the others are not there.
func TestUsersActInTheirCompanies(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		d.Import(t, second())
		admin := app.Call{Actor: identity.Operator()}
		u, err := d.AddUser(ctx, admin, app.UserRequest{Name: "ann", Password: annsPassword, Grants: []identity.Grant{{Company: "PSUS", Role: identity.Clerk}}})
		if err != nil {
			t.Fatal(err)
		}
		ann := app.Call{Actor: u.Actor()}
		if codes, err := d.Companies(ctx, ann); err != nil || !slices.Equal(codes, []string{"PSUS"}) {
			t.Errorf("ann sees %v, %v", codes, err)
		}
		if _, err := d.Simulate(ctx, ann, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: runDate}, nil); err != nil {
			t.Errorf("in the only company she has: %v", err)
		}
		ann.Company = "OTHER"
		for name, err := range map[string]error{
			"query":   errOf(d.Runs(ctx, ann)),
			"command": errOf(d.PostJournal(ctx, ann, app.JournalRequest{})),
			"export":  errOf(d.Export(ctx, ann, false)),
		} {
			if fault.CodeOf(err) != fault.NotFound || err.Error() != `there is no company "OTHER"; there is PSUS` {
				t.Errorf("%s in a company of others gives %v", name, err)
			}
		}
		data, err := second().Read()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.App.Import(ctx, ann, data); fault.CodeOf(err) != fault.Denied {
			t.Errorf("importing into a company of others gives %v", err)
		}
		ann.Company = ""
		for name, err := range map[string]error{
			"users":                   errOf(d.Users(ctx, ann)),
			"add a user":              errOf(d.AddUser(ctx, ann, app.UserRequest{Name: "bob"})),
			"set roles":               errOf(d.SetRoles(ctx, ann, "ann", []identity.Grant{{Role: identity.Administrator}})),
			"her period":              d.SetPeriod(ctx, ann, runDate, "open", "", ""),
			"verify":                  errOf(d.Verify(ctx, ann, "")),
			"all tokens":              errOf(d.Tokens(ctx, ann, "")),
			"a token of another user": errOf(d.CreateToken(ctx, ann, app.TokenRequest{User: "bob", Name: "x", Days: 1})),
		} {
			if fault.CodeOf(err) != fault.Denied {
				t.Errorf("%s gives %v", name, err)
			}
		}
		made, err := d.CreateToken(ctx, ann, app.TokenRequest{Name: "reader", Scopes: []identity.Permission{identity.Read}, Days: 1})
		if err != nil {
			t.Fatal(err)
		}
		reader, err := d.Bearer(ctx, made.Text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Runs(ctx, app.Call{Actor: reader}); err != nil {
			t.Error(err)
		}
		for name, err := range map[string]error{
			"posting":       errOf(d.PostJournal(ctx, app.Call{Actor: reader}, app.JournalRequest{})),
			"another token": errOf(d.CreateToken(ctx, app.Call{Actor: reader}, app.TokenRequest{Name: "more", Days: 1})),
		} {
			if fault.CodeOf(err) != fault.Denied {
				t.Errorf("%s by a token that may only read gives %v", name, err)
			}
		}
		whole, err := d.CreateToken(ctx, ann, app.TokenRequest{Name: "whole", Company: "PSUS", Days: 1})
		if err != nil {
			t.Fatal(err)
		}
		program, err := d.Bearer(ctx, whole.Text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.CreateToken(ctx, app.Call{Actor: program}, app.TokenRequest{Name: "wider", Days: 300}); fault.CodeOf(err) != fault.Denied {
			t.Errorf("a token that makes a wider one gives %v", err)
		}
		setter := u.Actor()
		setter.Roles, setter.Scopes = []identity.Role{identity.Administrator}, []identity.Permission{identity.SetUp}
		if data, err = apptest.PublicSector().Read(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.App.Import(ctx, app.Call{Actor: setter}, data); fault.CodeOf(err) != fault.Denied {
			t.Errorf("importing vouchers by a token that may only set up gives %v", err)
		}
		ann.Key = "revoke"
		if err := d.RevokeToken(ctx, ann, made.ID); err != nil {
			t.Error(err)
		}
		if err := d.RevokeToken(ctx, ann, whole.ID); fault.RuleOf(err) != "key_reused" {
			t.Errorf("another token under the same key gives %v", err)
		}
		if _, err := d.Bearer(ctx, made.Text); fault.RuleOf(err) != "bad_token" {
			t.Errorf("the revoked token gives %v", err)
		}
	})
}

func errOf[T any](_ T, err error) error { return err }

// With require_token the operator may only verify, once there are users.
func TestRequireToken(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector().Append("parameters", "require_token,yes"))
		operator := app.Call{Actor: identity.Operator()}
		if _, err := d.Runs(ctx, operator); err != nil {
			t.Errorf("without users: %v", err)
		}
		u, err := d.AddUser(ctx, operator, app.UserRequest{Name: "ann", Grants: []identity.Grant{{Role: identity.Administrator}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Runs(ctx, operator); fault.RuleOf(err) != "token_required" {
			t.Errorf("with a user: %v", err)
		}
		if _, err := d.PostJournal(ctx, operator, app.JournalRequest{}); fault.RuleOf(err) != "token_required" {
			t.Errorf("with a user, a command: %v", err)
		}
		data, err := apptest.PublicSector().Read()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.App.Import(ctx, operator, data); fault.RuleOf(err) != "token_required" {
			t.Errorf("with a user, an import: %v", err)
		}
		if reports, err := d.Verify(ctx, operator, ""); err != nil || reports[0].Err() != nil {
			t.Errorf("verify: %v", err)
		}
		if _, err := d.Runs(ctx, app.Call{Actor: u.Actor()}); err != nil {
			t.Error(err)
		}
	})
}

func TestSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		if _, err := d.FirstUser(ctx, "setup-guess", app.UserRequest{Name: "eve", Password: annsPassword}); fault.RuleOf(err) != "bad_setup_code" {
			t.Errorf("a guessed code gives %v", err)
		}
		code, err := d.SetupCode(ctx)
		if err != nil || code == "" {
			t.Fatal(code, err)
		}
		if _, err := d.FirstUser(ctx, code, app.UserRequest{Name: "ann"}); fault.RuleOf(err) != "weak_password" {
			t.Errorf("no password gives %v", err)
		}
		if _, err := d.FirstUser(ctx, code, app.UserRequest{Name: "ann", Password: annsPassword}); err != nil {
			t.Fatalf("after a refusal the code must hold: %v", err)
		}
		if _, err := d.FirstUser(ctx, code, app.UserRequest{Name: "eve", Password: annsPassword}); fault.RuleOf(err) != "bad_setup_code" {
			t.Errorf("the code a second time gives %v", err)
		}
		for range 5 {
			if _, err := d.SignIn(ctx, "ann", "wrong wrong wrong", "192.0.2.7"); fault.CodeOf(err) != fault.Unauthenticated {
				t.Errorf("a wrong password gives %v", err)
			}
		}
		if _, err := d.SignIn(ctx, "ann", annsPassword, "192.0.2.7"); fault.CodeOf(err) != fault.Limited {
			t.Errorf("after five failures: %v", err)
		}
		if u, err := d.AddUser(ctx, app.Call{Actor: identity.Operator()}, app.UserRequest{Name: "bob", Password: annsPassword}); err != nil || u.Name != "bob" {
			t.Fatal(err)
		}
		u, err := d.SignIn(ctx, "bob", annsPassword, "192.0.2.8")
		if err != nil || u.Name != "bob" {
			t.Errorf("bob signs in: %v, %v", u, err)
		}
		if _, err := d.SetDisabled(ctx, app.Call{Actor: identity.Operator()}, "bob", true); err != nil {
			t.Fatal(err)
		}
		if _, err := d.SignIn(ctx, "bob", annsPassword, "192.0.2.8"); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("bob, shut out: %v", err)
		}
		records, err := d.UserAudit(ctx, app.Call{Actor: identity.Operator()}, 50)
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, r := range records {
			count[r.Command]++
			if strings.Contains(r.Detail, "correct") || strings.Contains(r.Detail, "wrong") {
				t.Errorf("the record holds a password: %+v", r)
			}
		}
		if count["sign_in"] != 1 || count["sign_in.failed"] != 6 || count["user.first"] != 1 || count["user.add"] != 1 || count["user.disable"] != 1 {
			t.Errorf("the trail has %v", count)
		}
	})
}
