package secret

import (
	"slices"

	"quittance/internal/fault"
)

// Tries is how many values of each key are opened, to see whether the key that is given is the right one.
const Tries = 3

// Use is how many values of a kind are sealed with a key, and how the tries to open some went.
type Use struct {
	Values         int64
	opened, failed int
}

// Uses are uses by the ids of the keys.
type Uses map[string]*Use

// Try opens a value, to see whether the key that is given is the right one.
func (u *Use) Try(keys *Keyring, keyID string, sealed []byte, context string) {
	if _, err := keys.Open(keyID, sealed, context); err == nil {
		u.opened++
	} else {
		u.failed++
	}
}

// Check refuses keys that are not given, or of which none of the values that were tried opens: it is another key of the same id then.
func (u Uses) Check(keys *Keyring, what string) error {
	given := keys.IDs()
	for id, use := range u {
		switch {
		case !slices.Contains(given, id):
			return fault.New(fault.Refused, "%d %s are sealed with the key %q, which is not given; add it to the keys after the current one. Nothing was changed", use.Values, what, id).ByRule("no_key")
		case use.failed > 0 && use.opened == 0:
			return fault.New(fault.Refused, "the key %q that is given opens none of the %d %s that are sealed with the key of that id: it is another key. Give the right one, and a new key an id of its own. Nothing was changed",
				id, use.Values, what).ByRule("wrong_key")
		}
	}
	return nil
}
