package egress_test

import (
	"testing"

	"quittance/internal/egress"
)

func TestRefuses(t *testing.T) {
	o := egress.Options{Allow: []string{"10.1.0.0/16", "hooks.internal", "localhost"}}
	for host, want := range map[string]string{
		"169.254.169.254": "link-local", "fe80::1%eth0": "link-local", "10.2.0.1": "private", "10.1.0.1": "", "127.0.0.1": "loopback", "LOCALHOST": "", "books.example.com": "", "hooks.internal": "", "::ffff:169.254.1.1": "link-local",
	} {
		if why, err := egress.Refuses(o, host); why != want || err != nil {
			t.Errorf("%s is refused as %q, want %q, %v", host, why, want, err)
		}
	}
	if why, _ := egress.Refuses(egress.Options{}, "localhost"); why != "loopback" {
		t.Errorf("localhost is refused as %q", why)
	}
	if _, err := egress.Refuses(egress.Options{Allow: []string{"a b"}}, "x"); err == nil {
		t.Error("wrong options pass")
	}
}
