package unclaimed

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/secret"
)

// kept is a document that is kept sealed, with its digest.
type kept struct {
	ID     int64
	Code   string
	SHA256 []byte
	keyID  string
	sealed []byte
}

func (k *kept) context(company int64) string {
	return fmt.Sprintf("unclaimed document %d/%d", company, k.ID)
}

func (k *kept) seal(tx *db.Tx, keys *secret.Keyring, content []byte) (err error) {
	sum := sha256.Sum256(content)
	k.SHA256 = sum[:]
	k.keyID, k.sealed, err = keys.Seal(content, k.context(tx.Company))
	return err
}

// Open gives the content; one that was changed behind the program's back is [fault.Violation].
func (k *kept) Open(tx *db.Tx, keys *secret.Keyring) ([]byte, error) {
	content, err := keys.Open(k.keyID, k.sealed, k.context(tx.Company))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:], k.SHA256) {
		return nil, fault.New(fault.Violation, "%s is not what was made", k.Code).ByRule("unclaimed_document")
	}
	return content, nil
}
