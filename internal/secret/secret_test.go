package secret_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"quittance/internal/fault"
	"quittance/internal/secret"
)

func load(t *testing.T, path string) *secret.Keyring {
	t.Helper()
	k, err := secret.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealAndOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	k := load(t, path)
	id, sealed, err := k.Seal([]byte("DE89370400440532013000"), "1/7")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("3704")) {
		t.Error("the ciphertext shows the plain text")
	}
	info, err := os.Stat(path + ".key")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the key file: %v, %v", info, err)
	}
	again := load(t, path) // another process
	if plain, err := again.Open(id, sealed, "1/7"); err != nil || string(plain) != "DE89370400440532013000" {
		t.Errorf("%q, %v", plain, err)
	}
	if _, err := again.Open(id, sealed, "1/8"); fault.CodeOf(err) != fault.Violation {
		t.Errorf("a value moved to another row opens: %v", err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := again.Open(id, sealed, "1/7"); fault.CodeOf(err) != fault.Violation {
		t.Errorf("a changed value opens: %v", err)
	}
	if _, err := again.Open(id, sealed[:3], "1/7"); fault.CodeOf(err) != fault.Violation {
		t.Errorf("a cut value opens: %v", err)
	}
}

func TestRotation(t *testing.T) {
	a := "a:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32))
	b := "b:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{2}, 32))
	t.Setenv("QUITTANCE_KEY", a)
	id, sealed, _ := load(t, "").Seal([]byte("x"), "c")
	t.Setenv("QUITTANCE_KEY", b+","+a)
	both := load(t, "")
	if plain, err := both.Open(id, sealed, "c"); err != nil || string(plain) != "x" {
		t.Errorf("%q, %v", plain, err)
	}
	if id, _, _ := both.Seal([]byte("x"), "c"); id != "b" {
		t.Errorf("new work uses key %s", id)
	}
	t.Setenv("QUITTANCE_KEY", b)
	if _, err := load(t, "").Open(id, sealed, "c"); fault.RuleOf(err) != "no_key" {
		t.Errorf("without the old key: %v", err)
	}
}

func TestNoKey(t *testing.T) {
	k := load(t, "")
	if k.Available() {
		t.Error("a keyring without keys says it has one")
	}
	if _, _, err := k.Seal(nil, ""); fault.RuleOf(err) != "no_key" {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"x", "x:", ":AAAA", "x:AAAA", " "} {
		t.Setenv("QUITTANCE_KEY", bad)
		if _, err := secret.Load(""); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("QUITTANCE_KEY=%q gives %v", bad, err)
		}
	}
	t.Setenv("QUITTANCE_KEY", "")
	t.Setenv("QUITTANCE_KEY_FILE", filepath.Join(t.TempDir(), "none"))
	if _, err := secret.Load(""); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
}

func TestFingerprintAndMAC(t *testing.T) {
	k := load(t, filepath.Join(t.TempDir(), "x.db"))
	a, _ := k.Fingerprint("123")
	b, _ := k.Fingerprint("123")
	c, _ := k.Fingerprint("124")
	if !bytes.Equal(a, b) || bytes.Equal(a, c) {
		t.Error("fingerprints do not tell equal from different")
	}
	id, mac, err := k.MAC([]byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := k.CheckMAC(id, []byte("data"), mac); !ok || err != nil {
		t.Error("a right MAC is refused")
	}
	if ok, _ := k.CheckMAC(id, []byte("Data"), mac); ok {
		t.Error("a wrong MAC is taken")
	}
	if secret.Mask("123456789") != "****6789" || secret.Mask("") != "" || secret.Mask("12") != "****" {
		t.Error("masks are wrong")
	}
}
