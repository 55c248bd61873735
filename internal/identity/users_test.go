package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/identity"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var began = time.Date(2026, 11, 30, 16, 20, 0, 0, time.UTC)

// at runs fn in a unit at an instant after the beginning.
func at(t *testing.T, d *db.DB, after time.Duration, fn db.Work) error {
	t.Helper()
	return d.Unit(t.Context(), db.Scope{Actor: "test", Now: began.Add(after)}, fn)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const good = "correct horse battery"

func hashed(t *testing.T, name, password string) string {
	t.Helper()
	h, err := identity.Hash(name, password)
	must(t, err)
	return h
}

func addAnn(t *testing.T, d *db.DB) {
	t.Helper()
	must(t, at(t, d, 0, func(ctx context.Context, tx *db.Tx) error {
		u := &identity.User{Name: "ann", FullName: "Ann Lee", Grants: []identity.Grant{{Role: identity.Administrator}, {Company: "CITY", Role: identity.Clerk}}}
		return identity.Add(ctx, tx, u, hashed(t, "ann", good))
	}))
}

func TestCheckPassword(t *testing.T) {
	for password, says := range map[string]string{
		"short":                  "12 or more",
		strings.Repeat("x", 129): "at most",
		"xxxxxxxxxxxxxxxx":       "again and again",
		"my name is ann ok":      "user's name",
		"Password1234":           "mostly",
		"quittancequittance":     "mostly",
		good:                     "",
		"pässwörter sind länger": "",
	} {
		err := identity.CheckPassword("ann", password)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%q gives %v, want %q", password, err, says)
		}
		if err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("the message repeats the password: %v", err)
		}
	}
}

func TestUsers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		addAnn(t, d)
		must(t, at(t, d, 0, func(ctx context.Context, tx *db.Tx) error {
			u, err := identity.Find(ctx, tx, "ann")
			must(t, err)
			a := u.Actor()
			if a.Name != "ann" || a.AllowIn("CITY", identity.Reimburse) != nil || a.AllowIn("OTHER", identity.SetUp) != nil || a.Operator() {
				t.Errorf("%+v", a)
			}
			for _, bad := range []identity.User{{Name: "Ann"}, {Name: "a"}, {Name: "operator:ann"}, {Name: "bob", Email: "x"}, {Name: "bob", Grants: []identity.Grant{{Role: "king"}}}} {
				if err := identity.Add(ctx, tx, &bad, ""); fault.CodeOf(err) != fault.Invalid {
					t.Errorf("%+v gives %v", bad, err)
				}
			}
			if err := identity.Add(ctx, tx, &identity.User{Name: "ann"}, ""); fault.RuleOf(err) != "user_exists" {
				t.Errorf("a second ann gives %v", err)
			}
			// A clerk can be shut out although nobody else administers, and an administrator when another one is left.
			bob := &identity.User{Name: "bob", Grants: []identity.Grant{{Role: identity.Administrator}}}
			must(t, identity.Add(ctx, tx, bob, ""))
			must(t, identity.SetDisabled(ctx, tx, bob, true))
			must(t, identity.SetDisabled(ctx, tx, bob, false))
			return identity.SetGrants(ctx, tx, bob, nil)
		}))
		for name, change := range map[string]func(context.Context, *db.Tx, *identity.User) error{
			"roles": func(ctx context.Context, tx *db.Tx, u *identity.User) error {
				return identity.SetGrants(ctx, tx, u, []identity.Grant{{Company: "CITY", Role: identity.Administrator}})
			},
			"disable": func(ctx context.Context, tx *db.Tx, u *identity.User) error {
				return identity.SetDisabled(ctx, tx, u, true)
			},
		} {
			err := at(t, d, 0, func(ctx context.Context, tx *db.Tx) error {
				u, err := identity.Find(ctx, tx, "ann")
				must(t, err)
				return change(ctx, tx, u)
			})
			if fault.RuleOf(err) != "last_administrator" {
				t.Errorf("%s of the last administrator gives %v", name, err)
			}
		}
	})
}

func TestSignInWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		addAnn(t, d)
		try := func(after time.Duration, name, password string) (ok bool, err error) {
			var u *identity.User
			err = at(t, d, after, func(ctx context.Context, tx *db.Tx) (err error) {
				if err := identity.Attempt(ctx, tx, name, "192.0.2.1"); err != nil {
					return err
				}
				u, err = identity.Known(ctx, tx, name)
				return err
			})
			if err != nil {
				return false, err
			}
			if ok, err = identity.Matches(u, password); err == nil && ok {
				err = at(t, d, after, func(ctx context.Context, tx *db.Tx) error { return identity.Succeeded(ctx, tx, name, "192.0.2.1") })
			}
			return ok, err
		}
		in := func(after time.Duration, says string) {
			t.Helper()
			if ok, err := try(after, "ann", good); err != nil || !ok {
				t.Errorf("%s: %t, %v", says, ok, err)
			}
		}
		in(0, "at first")
		if ok, err := try(0, "ann", strings.Repeat("x", 1<<20)); ok || err != nil {
			t.Errorf("a password of a million characters: %t, %v", ok, err)
		}
		in(0, "after one failure")
		for _, name := range []string{"ann", "nobody", "No Name; 'at all'"} { // whether the user exists makes no difference
			for range 5 {
				if ok, err := try(0, name, "wrong wrong wrong"); ok || err != nil {
					t.Fatalf("%s: a wrong password gives %t, %v", name, ok, err)
				}
			}
			if _, err := try(0, name, good); fault.CodeOf(err) != fault.Limited {
				t.Errorf("%s: after five failures: %v", name, err)
			}
		}
		in(2*time.Second, "after a second")
		for i := range 40 { // from one address, under many names
			_, _ = try(3*time.Second, "other"+strings.Repeat("x", i%20), "wrong wrong wrong")
		}
		if _, err := try(3*time.Second, "ann", good); fault.CodeOf(err) != fault.Limited {
			t.Errorf("after many failures from one address: %v", err)
		}
		in(20*time.Minute, "after twenty minutes")
		if ok, err := try(20*time.Minute, "nobody", "wrong wrong wrong"); ok || err != nil {
			t.Errorf("old failures are not forgotten: %v", err)
		}
		in(20*time.Minute, "after one failure from an address that failed often, long ago")
	})
}

func TestTokens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		addAnn(t, d)
		make := func(token identity.Token, life time.Duration) (text string, err error) {
			err = at(t, d, 0, func(ctx context.Context, tx *db.Tx) error {
				u, err := identity.Find(ctx, tx, "ann")
				must(t, err)
				text, err = identity.CreateToken(ctx, tx, u, &token, life)
				return err
			})
			return text, err
		}
		bearer := func(after time.Duration, text string) (a identity.Actor, err error) {
			err = d.Read(t.Context(), db.Scope{Now: began.Add(after)}, func(ctx context.Context, tx *db.Tx) error {
				a, err = identity.Bearer(ctx, tx, text)
				return err
			})
			return a, err
		}
		text, err := make(identity.Token{Name: "nightly", Scopes: []identity.Permission{identity.Read}, Company: "CITY"}, 24*time.Hour)
		must(t, err)
		a, err := bearer(time.Hour, text)
		must(t, err)
		if a.Name != "ann" || a.AllowIn("CITY", identity.Read) != nil || a.AllowIn("CITY", identity.Reimburse) == nil || a.AllowIn("OTHER", identity.Read) == nil || a.Sees("OTHER") || a.AllowIn("", identity.Administer) == nil {
			t.Errorf("the token gives %+v", a)
		}
		for name, bad := range map[string]func() error{
			"unknown": func() error { _, err := bearer(0, text+"x"); return err },
			"over":    func() error { _, err := bearer(25*time.Hour, text); return err },
		} {
			if err := bad(); fault.RuleOf(err) != "bad_token" || fault.CodeOf(err) != fault.Unauthenticated {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, bad := range []identity.Token{{}, {Name: "x", Scopes: []identity.Permission{"fly"}}, {Name: "x", Scopes: []identity.Permission{}}} {
			if _, err := make(bad, time.Hour); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%+v gives %v", bad, err)
			}
		}
		if _, err := make(identity.Token{Name: "x"}, 400*24*time.Hour); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("a token for 400 days gives %v", err)
		}
		second, err := make(identity.Token{Name: "second"}, 24*time.Hour)
		must(t, err)
		must(t, at(t, d, time.Hour, func(ctx context.Context, tx *db.Tx) error {
			tokens, err := identity.Tokens(ctx, tx, "ann")
			must(t, err)
			if len(tokens) != 2 || tokens[0].Name != "second" || tokens[1].Revoked != nil {
				t.Errorf("%+v", tokens)
			}
			if err := identity.Revoke(ctx, tx, "bob", tokens[1].ID); fault.CodeOf(err) != fault.NotFound {
				t.Errorf("somebody else's token: %v", err)
			}
			return identity.Revoke(ctx, tx, "ann", tokens[1].ID)
		}))
		if _, err := bearer(2*time.Hour, text); fault.RuleOf(err) != "bad_token" {
			t.Errorf("a revoked token gives %v", err)
		}
		if _, err := bearer(2*time.Hour, second); err != nil {
			t.Error(err)
		}
		must(t, at(t, d, 3*time.Hour, func(ctx context.Context, tx *db.Tx) error {
			u, err := identity.Find(ctx, tx, "ann")
			must(t, err)
			return identity.SetPassword(ctx, tx, u, hashed(t, "ann", good+"!"))
		}))
		if _, err := bearer(4*time.Hour, second); fault.RuleOf(err) != "bad_token" {
			t.Errorf("after another password a token gives %v", err)
		}
	})
}

func TestSetupCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		code := func(after time.Duration) (text string) {
			must(t, at(t, d, after, func(ctx context.Context, tx *db.Tx) (err error) { text, err = identity.SetupCode(ctx, tx); return err }))
			return text
		}
		use := func(after time.Duration, text string) error {
			return at(t, d, after, func(ctx context.Context, tx *db.Tx) error { return identity.UseSetupCode(ctx, tx, text) })
		}
		old := code(0)
		fresh := code(time.Minute)
		if old == "" || old == fresh {
			t.Fatalf("codes %q and %q", old, fresh)
		}
		for name, err := range map[string]error{"an earlier code": use(2*time.Minute, old), "none": use(2*time.Minute, ""), "late": use(32*time.Minute, fresh)} {
			if fault.RuleOf(err) != "bad_setup_code" {
				t.Errorf("%s: %v", name, err)
			}
		}
		must(t, use(30*time.Minute, fresh))
		if err := use(30*time.Minute, fresh); fault.RuleOf(err) != "bad_setup_code" {
			t.Errorf("a used code: %v", err)
		}
		addAnn(t, d)
		if c := code(0); c != "" {
			t.Errorf("with a user there is a code %q", c)
		}
	})
}
