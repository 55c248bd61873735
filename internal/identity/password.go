package identity

import (
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"quittance/internal/fault"
)

const (
	passwordLeast = 12  // characters
	passwordMost  = 128 // characters; hashing longer ones would be a gift to who wants to keep us busy
)

// hashing follows the advice of OWASP for argon2id: 19 MiB, two passes, one lane.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobodys is the hash that is compared when there is no user, so that the answer takes as long.
const nobodys = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdA$UzQKJ0RjJm4CzxLnN8xoUoK4lC6sQJ8e0o0dQw1Zs2E"

// common are the beginnings of passwords that everybody tries first.
var common = []string{"password", "passwort", "quittance", "123456789", "qwertyuiop", "letmein", "welcome", "administrator", "changeme", "iloveyou"}

// CheckPassword refuses with [fault.Invalid] a password that is too short, too long, or easily guessed.
func CheckPassword(name, password string) error {
	n := utf8.RuneCountInString(password)
	lower := strings.ToLower(password)
	bad := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "the password "+format, args...).In("password").ByRule("weak_password")
	}
	switch {
	case n < passwordLeast:
		return bad("has %d characters; use %d or more, such as four or five words", n, passwordLeast)
	case n > passwordMost:
		return bad("has %d characters; use %d at most", n, passwordMost)
	case name != "" && strings.Contains(lower, strings.ToLower(name)):
		return bad("holds the user's name; choose another")
	case len(strings.Trim(lower, lower[:1])) == 0:
		return bad("is one character again and again; choose another")
	}
	for _, c := range common {
		if rest := strings.ReplaceAll(lower, c, ""); utf8.RuneCountInString(rest) <= n/2 && rest != lower {
			return bad("is mostly %q, which is tried first; choose another", c)
		}
	}
	return nil
}

// Hash gives what is stored of a password, which must pass [CheckPassword]. It is slow on purpose, so it stands outside of units.
func Hash(name, password string) (string, error) {
	if err := CheckPassword(name, password); err != nil {
		return "", err
	}
	return argon2id.CreateHash(password, hashing)
}

// matches compares a password with a hash; a blank hash, of a user who has none, matches nothing and takes as long.
func matches(password, hash string) (bool, error) {
	if utf8.RuneCountInString(password) > passwordMost {
		password, hash = "", "" // hashing it would be a gift
	}
	if hash == "" {
		_, err := argon2id.ComparePasswordAndHash(password, nobodys)
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}
