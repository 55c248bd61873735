package app_test

import (
	"context"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
	"quittance/internal/identity"
)

func TestSessionsOfUsers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		ctx := context.Background()
		const password = "four short words here"
		if _, err := d.AddUser(ctx, apptest.Call, app.UserRequest{Name: "ann", Password: password}); err != nil {
			t.Fatal(err)
		}
		signIn := func(password string) *identity.User {
			t.Helper()
			u, err := d.SignIn(ctx, "ann", password, "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		u := signIn(password)
		call := app.Call{Actor: u.Actor()}

		if _, err := d.InSession(ctx, "ann", u.Stamp()); err != nil {
			t.Errorf("a session that just began: %v", err)
		}
		for _, bad := range [][2]string{{"ann", ""}, {"ann", "9.9"}, {"bob", u.Stamp()}, {"", ""}} {
			if _, err := d.InSession(ctx, bad[0], bad[1]); fault.CodeOf(err) != fault.Unauthenticated {
				t.Errorf("a session of %q with the stamp %q: %v", bad[0], bad[1], err)
			}
		}
		if err := d.SignOut(ctx, call, false); err != nil {
			t.Errorf("signing out: %v", err)
		}
		if _, err := d.InSession(ctx, "ann", u.Stamp()); err != nil {
			t.Errorf("signing out of one session ended another: %v", err)
		}
		if err := d.SignOut(ctx, call, true); err != nil {
			t.Errorf("signing out everywhere: %v", err)
		}
		if _, err := d.InSession(ctx, "ann", u.Stamp()); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("a session after signing out everywhere: %v", err)
		}

		token := call
		token.Actor.Token = true
		if err := d.SignOut(ctx, token, true); fault.CodeOf(err) != fault.Denied {
			t.Errorf("a token signs out: %v", err)
		}
		if _, err := d.ChangePassword(ctx, token, password, "five other short words", ""); fault.CodeOf(err) != fault.Denied {
			t.Errorf("a token changes the password: %v", err)
		}
		if _, err := d.ChangePassword(ctx, call, "wrong", "five other short words", ""); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("without the old password: %v", err)
		}
		made, err := d.CreateToken(ctx, call, app.TokenRequest{Name: "x", Days: 1})
		if err != nil {
			t.Fatal(err)
		}
		changed, err := d.ChangePassword(ctx, call, password, "five other short words", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.InSession(ctx, "ann", changed.Stamp()); err != nil {
			t.Errorf("the session that changed the password: %v", err)
		}
		if _, err := d.Bearer(ctx, made.Text); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("a token from before: %v", err)
		}
		signIn("five other short words")
	})
}
