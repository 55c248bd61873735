package ledger

import (
	"crypto/sha256"
	"encoding/binary"

	"quittance/internal/db"
)

// digester makes the digests of vouchers: SHA-256 over everything that the voucher says, each field with its length in
// front, so that no two vouchers read the same. The form is fixed; a change of it needs a new version in the first field.
type digester struct {
	company string
	actor   string
	micros  int64
	buf     []byte
}

const digestVersion = "quittance voucher 1"

func newDigester(c *Company, s db.Scope) *digester {
	return &digester{company: c.Code, actor: s.Actor, micros: s.Micros()}
}

// by sets who posts.
func (d *digester) by(c *Company, s db.Scope) {
	d.company, d.actor, d.micros = c.Code, s.Actor, s.Micros()
}

func (d *digester) text(s string) {
	d.buf = binary.AppendUvarint(d.buf, uint64(len(s)))
	d.buf = append(d.buf, s...)
}

func (d *digester) number(n int64) { d.buf = binary.AppendVarint(d.buf, n) }

// digest gives the digest of a voucher whose ids are known.
func (d *digester) digest(v *Voucher) []byte {
	d.buf = d.buf[:0]
	d.text(digestVersion)
	d.text(d.company)
	d.number(v.ID)
	d.text(v.Number)
	d.number(int64(v.Date))
	d.number(int64(v.Type))
	d.number(v.Customer)
	d.number(v.Vendor)
	d.number(v.Reverses)
	d.number(v.Source)
	d.text(v.Text)
	d.text(d.actor)
	d.number(d.micros)
	d.number(int64(len(v.Entries)))
	for _, e := range v.Entries {
		d.text(e.Account.Written)
		d.number(e.Party)
		d.text(e.Currency)
		d.number(int64(e.Amount))
		d.number(int64(e.Accounting))
		d.number(e.Classification)
		d.number(int64(e.Due))
		d.text(e.Text)
	}
	sum := sha256.Sum256(d.buf)
	return sum[:]
}

// Digests gives the function that makes the digest of a voucher of the company, posted in the scope, whose ids are known: for
// who writes vouchers in bulk, past [Post]. Not for several goroutines at once.
func Digests(c *Company, s db.Scope) func(*Voucher) []byte { return newDigester(c, s).digest }
