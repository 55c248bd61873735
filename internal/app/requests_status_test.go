package app_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/request"
	"quittance/internal/secret"
)

// linkTo makes a link to a request and gives its token.
func linkTo(t *testing.T, d *apptest.Door, call app.Call, code string) string {
	t.Helper()
	l, err := d.MakeRequestLink(t.Context(), call, code, 0)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(l.Path, "/status/")
}

// void wants a link to lead nowhere, with the same answer as any other that does.
func void(t *testing.T, d *apptest.Door, what, token string) {
	t.Helper()
	s, err := d.RequestStatus(t.Context(), token)
	if s != nil || fault.CodeOf(err) != fault.NotFound || fault.RuleOf(err) != "link" || !strings.HasSuffix(err.Error(), "the link is not valid, or no longer") {
		t.Errorf("%s: %+v, %v", what, s, err)
	}
}

// In every state the customer sees where the refund is, in the words for customers, and nothing of what goes on in the house.
func TestRequestStatus(t *testing.T) {
	want := map[request.State]string{
		request.InReview: "received checking*", request.MoreInformation: "received checking*", request.OnHold: "received checking*", request.Approved: "received checking granted*", request.Posted: "received checking granted preparing*",
		request.InPayment: "received checking granted preparing*", request.Paid: "received checking granted preparing sent*", request.Cleared: "received checking granted preparing sent paid_out*",
		request.Returned: "received checking granted preparing sent came_back*", request.Reversed: "received checking granted preparing ended*", request.Rejected: "received checking ended*", request.Withdrawn: "received checking ended*",
	}
	for state := range ways {
		if state == request.Draft || state == request.Cancelled { // neither was ever handed in
			continue
		}
		t.Run(string(state), func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, d *apptest.Door) {
				openRequests(t, d)
				code := walkTo(t, d, state)
				s, err := d.RequestStatus(ctx, linkTo(t, d, preparer, code))
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, x := range s.Steps {
					name := string(x.Stage)
					if x.Here {
						name += "*"
					}
					if !x.On.IsZero() {
						got = append(got, name)
					}
				}
				if strings.Join(got, " ") != want[state] {
					t.Errorf("%s is shown as %s, want %s", state, got, want[state])
				}
				if s.Amount != "40.00" || s.Currency != "USD" || s.Request != code || s.Company == "" || (s.PaidBy == "check") != (state == request.Paid || state == request.Cleared) {
					t.Errorf("the customer sees %+v", s)
				}
				text, _ := json.Marshal(s)
				for _, inside := range []string{"pia", "ada", "tom", "billed twice", "T-17", "C-1001", "V-", "RB-", "VPJ", "hold", "no longer", "why?"} {
					if strings.Contains(string(text), inside) {
						t.Errorf("the customer sees %q: %s", inside, text)
					}
				}
				d.MustVerify(t)
			})
		})
	}
}

// A link that was damaged in any way leads nowhere, and all such answers are the same.
func TestRequestLinkDamaged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		one := ask(t, d, preparer, partOfUtilities(), true).Request
		two := ask(t, d, preparer, app.RequestEntry{Customer: "C-1001", Kind: "other", Credits: []app.RequestCredit{{Credit: "CN-P"}}, Reason: "x"}, true).Request
		token, other := linkTo(t, d, preparer, one), linkTo(t, d, preparer, two)
		text, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			t.Fatal(err)
		}
		another, _ := base64.RawURLEncoding.DecodeString(other)
		at := func(change func(b []byte) []byte) string {
			return base64.RawURLEncoding.EncodeToString(change(slices.Clone(text)))
		}
		for what, damaged := range map[string]string{
			"nothing": "", "one letter": "A", "no base64": "****", "a path": "../../etc/passwd", "a text that is long": strings.Repeat("A", 100_000), "bytes beyond": token + "AA", "a padded one": token + "==", "half of it": token[:len(token)/2],
			"without its signature": at(func(b []byte) []byte { return b[:len(b)-32] }), "with a blank signature": at(func(b []byte) []byte { return append(b[:len(b)-32], make([]byte, 32)...) }),
			"the signature of another": at(func(b []byte) []byte { return append(b[:len(b)-32], another[len(another)-32:]...) }), "what another says, with its signature": at(func(b []byte) []byte { return append(slices.Clone(another[:len(another)-32]), b[len(b)-32:]...) }),
			"another version": at(func(b []byte) []byte { b[0] = 2; return b }), "upper case": strings.ToUpper(token), "a longer one": at(func(b []byte) []byte { return append([]byte{b[0], 0}, b[1:]...) }),
		} {
			void(t, d, what, damaged)
		}
		for i := range len(text) * 8 { // every bit
			void(t, d, fmt.Sprint("bit ", i), at(func(b []byte) []byte { b[i/8] ^= 1 << (i % 8); return b }))
		}
		if s, err := d.RequestStatus(ctx, token); err != nil || s.Request != one {
			t.Errorf("whole it leads to %+v, %v", s, err)
		}
	})
}

// Links end by their day, by being revoked, and with the key that they were made with; they outlive the change to another key.
func TestRequestLinkEnds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		draft := ask(t, d, preparer, partOfUtilities(), false).Request
		if _, err := d.MakeRequestLink(ctx, preparer, draft, 0); fault.RuleOf(err) != "request_state" {
			t.Errorf("a draft is linked: %v", err)
		}
		if _, err := d.SubmitRequest(ctx, preparer, draft, ""); err != nil {
			t.Fatal(err)
		}
		for _, days := range []int{-1, 366} {
			if _, err := d.MakeRequestLink(ctx, preparer, draft, days); fault.RuleOf(err) != "link_days" {
				t.Errorf("%d days: %v", days, err)
			}
		}
		if _, err := d.MakeRequestLink(ctx, app.Call{Actor: identity.Actor{Name: "vic", Roles: []identity.Role{identity.Viewer}}}, draft, 1); fault.CodeOf(err) != fault.Denied {
			t.Errorf("a viewer makes a link: %v", err)
		}
		keyed := preparer
		keyed.Key = "l1"
		first := linkTo(t, d, keyed, draft)
		if again := linkTo(t, d, keyed, draft); again != first {
			t.Errorf("by its key it is %s, then %s", first, again)
		}
		second := linkTo(t, d, otherClerk, draft)
		if _, err := d.RevokeRequestLinks(ctx, preparer, draft, ""); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("revoked without a reason: %v", err)
		}
		if _, err := d.RevokeRequestLinks(ctx, preparer, draft, "sent to another"); err != nil {
			t.Fatal(err)
		}
		void(t, d, "revoked", first)
		void(t, d, "revoked, of another user", second)
		third := linkTo(t, d, preparer, draft)
		if _, err := d.RequestStatus(ctx, third); err != nil {
			t.Errorf("one made after is void: %v", err)
		}
		var told []string
		for _, e := range wantState(t, d, draft, request.InReview).History {
			if e.What == request.WasLinked || e.What == request.WasUnlinked {
				told = append(told, e.By+" "+e.What+" "+e.Detail)
			}
		}
		if got := strings.Join(told, ", "); got != "pia link_made until 2026-12-21, cleo link_made until 2026-12-21, pia links_revoked sent to another, pia link_made until 2026-12-21" {
			t.Errorf("the history says %s", got)
		}
		rows, err := d.AuditPage(ctx, apptest.Call, app.AuditFilter{}, app.Page{Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		made := 0
		for _, r := range rows.Items {
			if r.Command == "request.link" {
				made++
			}
			if strings.Contains(r.Detail, first[:20]) {
				t.Errorf("the audit trail keeps the link: %+v", r)
			}
		}
		if made != 3 {
			t.Errorf("%d links stand in the audit trail", made)
		}
		d.MustVerify(t)
	})
}

// The keys of links.
func TestRequestLinkKeys(t *testing.T) {
	const one, two = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "k2:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
	ring := func(text string) *secret.Keyring {
		t.Setenv("QUITTANCE_KEY", text)
		k, err := secret.Load("")
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	l := request.Link{Company: 7, Request: 1 << 40, Revoked: 2, Until: now.Add(time.Hour)}
	token, err := l.Token(ring(one))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		what, keys string
		now        time.Time
		good       bool
	}{
		{"under its key", one, now, true},
		{"after the change to another key", two + "," + one, now, true},
		{"when its key is given no longer", two, now, false},
		{"in its last second", one, now.Add(time.Hour - time.Second), true},
		{"when it is over", one, now.Add(time.Hour), false},
	} {
		if got, good := request.ReadLink(ring(x.keys), token, x.now); good != x.good || good && got != l {
			t.Errorf("%s: %+v, %v", x.what, got, good)
		}
	}
	if _, good := request.ReadLink(nil, token, now); good {
		t.Error("without keys it is good")
	}
	other := l
	other.Company = 8
	if a, _ := other.Token(ring(one)); a == token {
		t.Error("links of two companies are the same")
	}
}
