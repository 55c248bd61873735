package egress_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"quittance/internal/egress"
	"quittance/internal/fault"
)

func TestInside(t *testing.T) {
	for _, c := range []struct {
		addr   string
		inside bool
	}{
		{"127.0.0.1", true},
		{"127.255.255.254", true},
		{"0.0.0.0", true},
		{"0.1.2.3", true},
		{"10.0.0.1", true},
		{"172.16.0.1", true},
		{"172.31.255.255", true},
		{"172.32.0.1", false},
		{"192.168.1.1", true},
		{"169.254.169.254", true},
		{"100.64.0.1", true},
		{"100.127.255.255", true},
		{"100.128.0.1", false},
		{"224.0.0.1", true},
		{"255.255.255.255", true},
		{"240.0.0.1", true},
		{"198.18.0.1", true},
		{"192.0.2.1", true},
		{"8.8.8.8", false},
		{"93.184.215.14", false},
		{"::", true},
		{"::1", true},
		{"::127.0.0.1", true},
		{"::ffff:127.0.0.1", true},
		{"::ffff:10.0.0.1", true},
		{"::ffff:8.8.8.8", false},
		{"64:ff9b::7f00:1", true},
		{"64:ff9b::808:808", true},
		{"64:ff9b:1::1", true},
		{"2002:7f00:1::", true},
		{"2001:0:7f00:1::", true},
		{"2001:db8::1", true},
		{"fe80::1%eth0", true},
		{"fec0::1", true},
		{"fc00::1", true},
		{"fd12:3456::1", true},
		{"ff02::1", true},
		{"100::1", true},
		{"4000::1", true},
		{"2606:4700:4700::1111", false},
		{"2a00:1450:4001:80e::200e", false},
	} {
		if why := egress.Inside(netip.MustParseAddr(c.addr)); (why != "") != c.inside {
			t.Errorf("%s is inside: %q, want %v", c.addr, why, c.inside)
		}
	}
}

func client(t *testing.T, o egress.Options) *http.Client {
	t.Helper()
	c, err := egress.Client(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// refused says whether a call was refused by the rule of this package.
func refused(err error) bool { return fault.RuleOf(err) == "egress" }

func TestClient(t *testing.T) {
	var there *httptest.Server
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 2000)) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for range 200 {
			io.WriteString(w, strings.Repeat("x", 100))
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(there.URL, "127.0.0.1", "127.0.0.2", 1)+"/", http.StatusFound)
	})
	there = httptest.NewServer(mux)
	defer there.Close()
	get := func(t *testing.T, o egress.Options, url string) (string, error) {
		t.Helper()
		resp, err := client(t, o).Get(url)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return string(b), err
	}
	local := strings.Replace(there.URL, "127.0.0.1", "localhost", 1)

	t.Run("RefusedLoopback", func(t *testing.T) {
		for _, url := range []string{there.URL, local, strings.Replace(there.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1), strings.Replace(there.URL, "127.0.0.1", "0.0.0.0", 1), strings.Replace(there.URL, "127.0.0.1", "0x7f.1", 1)} {
			if _, err := get(t, egress.Options{}, url); err == nil || (!refused(err) && !isLookup(err)) {
				t.Errorf("%s: %v", url, err)
			}
		}
	})
	t.Run("OKListed", func(t *testing.T) {
		for _, allow := range []string{"127.0.0.1", "127.0.0.0/8"} {
			if body, err := get(t, egress.Options{Allow: []string{allow}}, there.URL); err != nil || body != "hello" {
				t.Errorf("%s: %q, %v", allow, body, err)
			}
		}
		if body, err := get(t, egress.Options{Allow: []string{"localhost"}}, local); err != nil || body != "hello" {
			t.Errorf("by name: %q, %v", body, err)
		}
	})
	t.Run("RefusedByAnotherName", func(t *testing.T) {
		if _, err := get(t, egress.Options{Allow: []string{"localhost"}}, there.URL); !refused(err) {
			t.Error(err)
		}
	})
	t.Run("RefusedRedirectInside", func(t *testing.T) {
		if _, err := get(t, egress.Options{Allow: []string{"127.0.0.1"}}, there.URL+"/away"); !refused(err) {
			t.Error(err)
		}
	})
	t.Run("RefusedManyRedirects", func(t *testing.T) {
		if _, err := get(t, egress.Options{Allow: []string{"127.0.0.1"}}, there.URL+"/loop"); !refused(err) {
			t.Error(err)
		}
	})
	t.Run("RefusedLargeAnswer", func(t *testing.T) {
		for _, path := range []string{"/large", "/endless"} {
			if body, err := get(t, egress.Options{Allow: []string{"127.0.0.1"}, MaxAnswer: 1000}, there.URL+path); !refused(err) || len(body) > 1000 {
				t.Errorf("%s: %d bytes, %v", path, len(body), err)
			}
		}
		if body, err := get(t, egress.Options{Allow: []string{"127.0.0.1"}, MaxAnswer: 2000}, there.URL+"/large"); err != nil || len(body) != 2000 {
			t.Errorf("%d bytes, %v", len(body), err)
		}
	})
	t.Run("NoProxyFromEnvironment", func(t *testing.T) {
		t.Setenv("HTTP_PROXY", there.URL)
		if _, err := get(t, egress.Options{}, "http://127.0.0.3:1/"); !refused(err) {
			t.Error(err)
		}
	})
	t.Run("OKThroughProxy", func(t *testing.T) {
		body, err := get(t, egress.Options{Proxy: there.URL}, "http://books.example/")
		if err != nil || body != "hello" {
			t.Errorf("%q, %v", body, err)
		}
		if _, err := get(t, egress.Options{Proxy: there.URL}, "http://169.254.169.254/"); !refused(err) {
			t.Error(err)
		}
	})
	t.Run("RefusedScheme", func(t *testing.T) {
		if _, err := get(t, egress.Options{}, "ftp://books.example/"); !refused(err) {
			t.Error(err)
		}
	})
}

func isLookup(err error) bool {
	var lookup *net.DNSError
	return errors.As(err, &lookup)
}

func TestWrongOptions(t *testing.T) {
	for _, o := range []egress.Options{{Allow: []string{"*.example"}}, {Allow: []string{""}}, {Allow: []string{"https://a"}}, {Proxy: "::"}} {
		if _, err := egress.Client(o); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
