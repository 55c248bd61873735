// Package secret keeps what must not be read from the database: bank details are stored encrypted, and seals and
// fingerprints are made with keys that the database never holds.
//
//   - A *keyring* is a list of 32-byte keys, each with an id. The first is used for new work, all can read. It comes from the
//     environment (QUITTANCE_KEY, "id:base64" or several with commas), from a file that QUITTANCE_KEY_FILE names, or,
//     for the embedded database only, from FILE.key beside it, made with mode 0600 on first need.
//   - A *sealed* value is AES-256-GCM ciphertext bound to a context (company and party), so that it cannot be moved to
//     another row.
//   - A *fingerprint* is an HMAC that tells equal values apart from different ones without showing them.
//
// From each key the purposes derive keys of their own by HKDF-SHA256. Source: architecture, "The database".
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"

	"quittance/internal/fault"
)

const keyBytes = 32

// Overhead is how many bytes a sealed value has more than what is sealed.
const Overhead = 12 + 16 // nonce and tag of AES-GCM

// Keyring holds the keys. The zero value has none: asking it for a key is refused with the way out. A nil Keyring
// is one without keys too.
type Keyring struct {
	mu   sync.Mutex
	keys []key
	file string // where a first key may be made; blank when it must be given
}

type key struct {
	id                                string
	cipher, mac, fingerprinter, links []byte
}

// Load reads the keyring: from the environment, else the file that the environment names, else the file beside the
// embedded database at dbPath (blank for PostgreSQL), which is made when a key is first needed.
func Load(dbPath string) (*Keyring, error) {
	if text := os.Getenv("QUITTANCE_KEY"); text != "" {
		return parse(text, "the environment variable QUITTANCE_KEY")
	}
	if file := os.Getenv("QUITTANCE_KEY_FILE"); file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, fault.New(fault.Unavailable, "the key file %q, named by QUITTANCE_KEY_FILE, cannot be read: %v", file, err)
		}
		return parse(string(b), "the key file "+file)
	}
	if dbPath == "" {
		return &Keyring{}, nil
	}
	file := dbPath + ".key"
	b, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Keyring{file: file}, nil
	case err != nil:
		return nil, fault.New(fault.Unavailable, "the key file %q beside the database cannot be read: %v", file, err)
	}
	return parse(string(b), "the key file "+file)
}

func parse(text, where string) (*Keyring, error) {
	k := &Keyring{}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' || r == ' ' || r == '\r' }) {
		id, b64, ok := strings.Cut(part, ":")
		raw, err := base64.StdEncoding.DecodeString(b64)
		if !ok || id == "" || err != nil || len(raw) != keyBytes {
			return nil, fault.New(fault.Invalid, "%s holds something that is not a key; expected id:base64 of %d bytes", where, keyBytes)
		}
		k.keys = append(k.keys, derive(id, raw))
	}
	if len(k.keys) == 0 {
		return nil, fault.New(fault.Invalid, "%s holds no key; expected id:base64 of %d bytes", where, keyBytes)
	}
	return k, nil
}

func derive(id string, raw []byte) key {
	sub := func(purpose string) []byte {
		b, err := hkdf.Key(sha256.New, raw, nil, "quittance "+purpose, keyBytes)
		if err != nil {
			panic(err) // only for lengths that are not ours
		}
		return b
	}
	return key{id: id, cipher: sub("bank details"), mac: sub("seals"), fingerprinter: sub("fingerprints"), links: sub("links")}
}

// Available says whether a key is there or may be made.
func (k *Keyring) Available() bool {
	if k == nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.keys) > 0 || k.file != ""
}

// IDs gives the ids of the keys that are there, the one for new work first.
func (k *Keyring) IDs() []string {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	ids := make([]string, len(k.keys))
	for i, x := range k.keys {
		ids[i] = x.id
	}
	return ids
}

// current gives the key for new work, making the first one beside the embedded database.
func (k *Keyring) current() (key, error) {
	if k == nil {
		k = &Keyring{}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.keys) > 0 {
		return k.keys[0], nil
	}
	if k.file == "" {
		return key{}, errNoKey()
	}
	text := New() + "\n"
	f, err := os.OpenFile(k.file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // another process was first
		b, err := os.ReadFile(k.file)
		if err != nil {
			return key{}, err
		}
		other, err := parse(string(b), "the key file "+k.file)
		if err != nil {
			return key{}, err
		}
		k.keys = other.keys
		return k.keys[0], nil
	}
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return key{}, fault.New(fault.Unavailable, "the key file %q cannot be made: %v", k.file, err)
	}
	made, err := parse(text, "the key file "+k.file)
	if err != nil {
		return key{}, err
	}
	k.keys = made.keys
	return k.keys[0], nil
}

func errNoKey() error {
	return fault.New(fault.Refused, "no key is given for bank details and seals; set QUITTANCE_KEY to id:base64 of %d random bytes (such as k1:$(head -c %d /dev/urandom | base64)), and keep it outside the database", keyBytes, keyBytes).ByRule("no_key")
}

func (k *Keyring) byID(id string) (key, error) {
	if k != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		for _, x := range k.keys {
			if x.id == id {
				return x, nil
			}
		}
	}
	return key{}, fault.New(fault.Refused, "the key %q, which this was made with, is not given; add it to QUITTANCE_KEY after the current one", id).ByRule("no_key")
}

// Seal encrypts plain, bound to context, and gives the id of the key with the ciphertext.
func (k *Keyring) Seal(plain []byte, context string) (keyID string, sealed []byte, err error) {
	cur, err := k.current()
	if err != nil {
		return "", nil, err
	}
	aead, err := newAEAD(cur)
	if err != nil {
		return "", nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	return cur.id, aead.Seal(nonce, nonce, plain, []byte(context)), nil
}

// Open decrypts what Seal gave; a value that was changed or moved is refused.
func (k *Keyring) Open(keyID string, sealed []byte, context string) ([]byte, error) {
	cur, err := k.byID(keyID)
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(cur)
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errDamaged()
	}
	n := aead.NonceSize()
	plain, err := aead.Open(nil, sealed[:n], sealed[n:], []byte(context))
	if err != nil {
		return nil, errDamaged()
	}
	return plain, nil
}

func errDamaged() error {
	return fault.New(fault.Violation, "encrypted bank details were changed or moved behind the program's back").ByRule("bank_details_damaged")
}

func newAEAD(k key) (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.cipher)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Fingerprint gives an HMAC of value under the current key, for equality.
func (k *Keyring) Fingerprint(value string) ([]byte, error) {
	cur, err := k.current()
	if err != nil {
		return nil, err
	}
	return sum(cur.fingerprinter, []byte(value)), nil
}

// MAC gives an HMAC-SHA256 of data under the current key, with that key's id; it is what seals are made of.
func (k *Keyring) MAC(data []byte) (keyID string, mac []byte, err error) {
	cur, err := k.current()
	if err != nil {
		return "", nil, err
	}
	return cur.id, sum(cur.mac, data), nil
}

// CheckMAC says whether mac is what MAC gave for data under the key keyID.
func (k *Keyring) CheckMAC(keyID string, data, mac []byte) (bool, error) {
	cur, err := k.byID(keyID)
	if err != nil {
		return false, err
	}
	return hmac.Equal(sum(cur.mac, data), mac), nil
}

// SignLink gives an HMAC-SHA256 of what a link says, under the current key, for links that are followed without an account.
func (k *Keyring) SignLink(data []byte) ([]byte, error) {
	cur, err := k.current()
	if err != nil {
		return nil, err
	}
	return sum(cur.links, data), nil
}

// CheckLink says whether mac is what SignLink gave for data under any key that is given: links outlive the change to another key, and end with
// the key that they were made with.
func (k *Keyring) CheckLink(data, mac []byte) bool {
	if k == nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	good := false
	for _, x := range k.keys {
		good = hmac.Equal(sum(x.links, data), mac) || good
	}
	return good
}

func sum(key, data []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(data)
	return h.Sum(nil)
}

// Mask shows the last four characters of an account number, for pages and logs: "****6789". Of a number shorter than
// eight characters it shows none.
func Mask(s string) string {
	switch {
	case s == "":
		return ""
	case len(s) < 8:
		return "****"
	}
	return "****" + s[len(s)-4:]
}

// Current gives the id of the key for new work; blank when there is none yet.
func (k *Keyring) Current() string {
	if ids := k.IDs(); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// Reseal opens a sealed value and seals it anew, with the key for new work.
func (k *Keyring) Reseal(keyID string, sealed []byte, context string) (newID string, again []byte, err error) {
	plain, err := k.Open(keyID, sealed, context)
	if err != nil {
		return "", nil, err
	}
	return k.Seal(plain, context)
}

// New gives a new key, as keyrings have it, with an id of its own.
func New() string {
	raw := make([]byte, keyBytes)
	_, _ = rand.Read(raw)
	sum := sha256.Sum256(raw)
	return "k" + hex.EncodeToString(sum[:4]) + ":" + base64.StdEncoding.EncodeToString(raw)
}
