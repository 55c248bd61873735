package app

import (
	"context"
	"maps"
	"slices"

	"quittance/internal/bank"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/job"
	"quittance/internal/ledger"
	"quittance/internal/outbox"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/secret"
	"quittance/internal/unclaimed"
)

// rotateChunk is how many bank details one transaction seals anew.
const rotateChunk = 500

// KeyUse is what a key is used for, in all companies.
type KeyUse struct {
	Key          string `json:"key"`
	Given        bool   `json:"given"`
	Current      bool   `json:"current"` // for new work
	BankDetails  int64  `json:"bank_details"`
	Proposals    int64  `json:"proposals"` // of bank details
	PaymentFiles int64  `json:"payment_files"`
	BankFiles    int64  `json:"bank_files"`
	Documents    int64  `json:"documents"` // letters and reports of unclaimed property
	Webhooks     int64  `json:"webhooks"`  // secrets
	Schedules    int64  `json:"schedules"` // passwords or keys
	Seals        int64  `json:"seals"`     // made with it for good
}

// KeyRotation is what a rotation of keys did.
type KeyRotation struct {
	Key          string   `json:"key"` // that everything is sealed with now
	BankDetails  int      `json:"bank_details"`
	Proposals    int      `json:"proposals"`
	Approvals    int      `json:"approvals"` // that hold on, although fingerprints changed
	PaymentFiles int      `json:"payment_files"`
	BankFiles    int      `json:"bank_files"`
	Documents    int      `json:"documents"` // letters and reports of unclaimed property
	Webhooks     int      `json:"webhooks"`  // secrets
	Schedules    int      `json:"schedules"` // whose passwords or keys were sealed anew
	SealedBy     []string `json:"sealed_by"` // other keys that seals were made with: needed to prove them
}

// trials are what is sealed, and who tries its keys.
var trials = []struct {
	what  string
	try   func(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (secret.Uses, error)
	count func(u *KeyUse) *int64
}{
	{"bank details", party.TryKeys, func(u *KeyUse) *int64 { return &u.BankDetails }},
	{"proposed bank details", party.TryProposals, func(u *KeyUse) *int64 { return &u.Proposals }},
	{"payment files", payout.TryKeys, func(u *KeyUse) *int64 { return &u.PaymentFiles }},
	{"bank files", bank.TryKeys, func(u *KeyUse) *int64 { return &u.BankFiles }},
	{"letters and reports of unclaimed property", unclaimed.TryKeys, func(u *KeyUse) *int64 { return &u.Documents }},
	{"secrets of schedules", job.TryKeys, func(u *KeyUse) *int64 { return &u.Schedules }},
	{"secrets of webhooks", outbox.TryKeys, func(u *KeyUse) *int64 { return &u.Webhooks }},
}

// Keys says which keys there are, and what is sealed with each, in all companies; the current one comes first.
func (a *App) Keys(ctx context.Context, call Call) ([]KeyUse, error) {
	uses, _, err := a.keyUses(ctx, call)
	return uses, err
}

// keyUses gives the uses of all keys, and refuses nothing: what is wrong with the keys that are given is the second error.
func (a *App) keyUses(ctx context.Context, call Call) (uses []KeyUse, wrong, err error) {
	all := map[string]*KeyUse{}
	at := func(id string) *KeyUse {
		if all[id] == nil {
			all[id] = &KeyUse{Key: id, Current: id == a.keys.Current()}
		}
		return all[id]
	}
	for _, id := range a.keys.IDs() {
		at(id).Given = true
	}
	codes, err := a.companies(ctx, call, identity.Administer)
	for _, code := range codes {
		if err != nil {
			break
		}
		one := call
		one.Company = code
		err = query(ctx, a, one, identity.Administer, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
			for _, t := range trials {
				found, err := t.try(ctx, tx, a.keys)
				if err != nil {
					return err
				}
				for id, use := range found {
					*t.count(at(id)) += use.Values
				}
				if bad := found.Check(a.keys, t.what); bad != nil && wrong == nil {
					wrong = bad
				}
			}
			seals, err := ledger.SealsByKey(ctx, tx)
			for id, n := range seals {
				at(id).Seals += n
			}
			return err
		})
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if all[id].Current {
			uses = slices.Insert(uses, 0, *all[id])
		} else {
			uses = append(uses, *all[id])
		}
	}
	return uses, wrong, err
}

// RotateKeys seals everything that another key sealed with the current one, in all companies, makes the fingerprints of bank details anew,
// and lets the approvals hold that did. Each part is done or not; killed, it goes on where it was when it is started again, and until then
// either key is needed. A key that is missing, or not the one that something was sealed with, is refused before anything is changed.
// progress is told after each part; an error of it ends the rotation.
func (a *App) RotateKeys(ctx context.Context, call Call, progress func(KeyRotation) error) (*KeyRotation, error) {
	if err := call.Actor.Allow(identity.Administer); err != nil {
		return nil, err
	}
	r := &KeyRotation{Key: a.keys.Current(), SealedBy: []string{}}
	if r.Key == "" {
		return nil, fault.New(fault.Refused, "no key is given, and nothing was sealed yet; there is nothing to rotate").ByRule("no_key")
	}
	a.SealNow() // what was posted is sealed with the keys of before
	uses, wrong, err := a.keyUses(ctx, call)
	if err == nil {
		err = wrong
	}
	if err != nil {
		return nil, err
	}
	for _, u := range uses {
		if u.Seals > 0 && !u.Current {
			r.SealedBy = append(r.SealedBy, u.Key)
		}
	}
	codes, err := a.companies(ctx, call, identity.Administer)
	if err != nil {
		return nil, err
	}
	for _, code := range codes {
		one := call
		one.Company, one.Key = code, ""
		for more, after := true, int64(0); more; {
			if after, more, err = a.rotateChunk(ctx, one, after, r); err != nil {
				return nil, err
			}
			if err := progress(*r); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// rotateChunk rotates a part of a company: bank details of the parties after the one given, and says where to go on. When there is nothing
// left it writes nothing.
func (a *App) rotateChunk(ctx context.Context, call Call, after int64, r *KeyRotation) (last int64, more bool, err error) {
	part, err := do(ctx, a, call, command{name: "key.rotate", permission: identity.Administer, input: r.Key}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, KeyRotation, error) {
		var part KeyRotation
		part, last, err = rotatePart(ctx, tx, a.keys, after)
		if err == nil && part.empty() {
			err = fault.New(fault.Refused, "everything is sealed with the key %s already", part.Key).ByRule("nothing_to_do")
		}
		return "key " + part.Key, part, part, err
	})
	if fault.RuleOf(err) == "nothing_to_do" {
		return 0, after > 0, nil // what came before it meanwhile is looked for once more
	}
	r.BankDetails, r.Proposals, r.Approvals = r.BankDetails+part.BankDetails, r.Proposals+part.Proposals, r.Approvals+part.Approvals
	r.PaymentFiles, r.BankFiles, r.Webhooks = r.PaymentFiles+part.PaymentFiles, r.BankFiles+part.BankFiles, r.Webhooks+part.Webhooks
	r.Schedules, r.Documents = r.Schedules+part.Schedules, r.Documents+part.Documents
	return last, true, err
}

func (r *KeyRotation) empty() bool {
	return r.BankDetails+r.Proposals+r.PaymentFiles+r.BankFiles+r.Documents+r.Webhooks+r.Schedules == 0
}

// rotatePart rotates the next part: some bank details with the approvals that hang on them, some proposals, the secrets of webhooks, and a file of each kind.
func rotatePart(ctx context.Context, tx *db.Tx, keys *secret.Keyring, after int64) (part KeyRotation, last int64, err error) {
	part.Key, part.SealedBy = keys.Current(), []string{}
	changed, err := party.RotateBanks(ctx, tx, keys, after, rotateChunk)
	if err != nil {
		return part, 0, err
	}
	if part.BankDetails = len(changed); part.BankDetails > 0 {
		last = changed[len(changed)-1].Party
	}
	if part.Approvals, err = payout.FollowKeys(ctx, tx, changed); err != nil {
		return part, 0, err
	}
	if part.Schedules, err = job.Resealed(ctx, tx, keys); err != nil {
		return part, 0, err
	}
	if part.Proposals, err = party.RotateProposals(ctx, tx, keys, rotateChunk); err != nil {
		return part, 0, err
	}
	if part.Webhooks, err = outbox.RotateKeys(ctx, tx, keys); err != nil {
		return part, 0, err
	}
	done, err := payout.RotateFile(ctx, tx, keys)
	if err != nil {
		return part, 0, err
	}
	if done {
		part.PaymentFiles = 1
	}
	if done, err = bank.RotateFile(ctx, tx, keys); err != nil {
		return part, 0, err
	}
	if done {
		part.BankFiles = 1
	}
	if done, err = unclaimed.RotateDocument(ctx, tx, keys); done {
		part.Documents = 1
	}
	return part, last, err
}
