package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/secret"
)

// SealInfo is one seal of the chain.
type SealInfo struct {
	N        int64
	At       int64 // UTC microseconds
	Vouchers int64
	Covers   string // the voucher ids, as ranges: 1-5000,5003
	KeyID    string
	MAC      []byte
}

const sealRanges = 4000 // ranges of vouchers under one seal, at most

// Seal appends seals over the vouchers of the scope's company that are posted and not yet sealed, and gives how many they
// were. Each seal is an HMAC, under a key kept outside the database, over the seal before it and the digests it covers.
// Without a key nothing is sealed and the vouchers wait. Vouchers never change, so their digests are read before the short
// unit that writes the seal; when another sealer was first, that one's seal holds, and what it left is read anew. Source: architecture, "Seals".
func Seal(ctx context.Context, d *db.DB, scope db.Scope, keys *secret.Keyring) (sealed int64, err error) {
	for keys.Available() {
		n, err := sealOnce(ctx, d, scope, keys)
		if errors.Is(err, errSealed) {
			continue
		}
		if err != nil || n == 0 {
			return sealed, err
		}
		sealed += n
	}
	return sealed, nil
}

func sealOnce(ctx context.Context, d *db.DB, scope db.Scope, keys *secret.Keyring) (n int64, err error) {
	var waiting, ranges [][2]int64
	var content []byte
	var firsts []int64
	err = d.Read(ctx, scope, func(ctx context.Context, tx *db.Tx) (err error) {
		waiting, err = db.List(ctx, tx, func(r *db.Rows, b *[2]int64) error { return r.Scan(&b[0], &b[1]) },
			"select first, last from unsealed where company = $1 order by first limit $2", tx.Company, sealRanges)
		if err != nil || len(waiting) == 0 {
			return err
		}
		for _, w := range waiting {
			firsts = append(firsts, w[0])
		}
		ranges = mergeRanges(waiting)
		content, n, _, err = digestsOf(ctx, tx, ranges)
		return err
	})
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	err = d.Unit(ctx, scope, func(ctx context.Context, tx *db.Tx) error {
		those, arg := tx.Among("first", "$2", firsts)
		taken, err := tx.Exec(ctx, "delete from unsealed where company = $1 and "+those, tx.Company, arg)
		if err != nil {
			return err
		}
		if taken != int64(len(firsts)) {
			return errSealed
		}
		return appendSeal(ctx, tx, keys, SealInfo{At: tx.Micros(), Vouchers: n, Covers: writeRanges(ranges)}, content)
	})
	return n, err
}

// errSealed leaves the unit of a sealer that was not the first: what the other one did not cover waits still.
var errSealed = errors.New("ledger: another sealer was first")

func appendSeal(ctx context.Context, tx *db.Tx, keys *secret.Keyring, s SealInfo, content []byte) error {
	prev, err := lastSeal(ctx, tx)
	if err != nil {
		return err
	}
	s.N = prev.N + 1
	if s.KeyID, s.MAC, err = keys.MAC(s.message(tx.Company, prev.MAC, content)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "insert into seal (company, n, at, vouchers, covers, key_id, mac) values ($1, $2, $3, $4, $5, $6, $7)",
		tx.Company, s.N, s.At, s.Vouchers, s.Covers, s.KeyID, s.MAC)
	if db.IsDuplicate(err) {
		return db.Again("another sealer was first")
	}
	return err
}

func (s SealInfo) message(company int64, prev, content []byte) []byte {
	m := binary.AppendVarint([]byte("quittance seal 1\n"), company)
	m = binary.AppendVarint(m, s.N)
	m = binary.AppendVarint(m, s.At)
	m = binary.AppendVarint(m, s.Vouchers)
	m = binary.AppendUvarint(m, uint64(len(s.Covers)))
	m = append(m, s.Covers...)
	m = binary.AppendUvarint(m, uint64(len(prev)))
	m = append(m, prev...)
	return append(m, content...)
}

const nearIDs = 16_384 // ids, of vouchers and all else, among which the vouchers of several ranges are read together

// digestsOf hashes the ids and digests of the vouchers in the ranges, which ascend, and says the first id that is missing (0: none).
func digestsOf(ctx context.Context, tx *db.Tx, ranges [][2]int64) (content []byte, n, missing int64, err error) {
	w := &digestWalk{h: sha256.New()}
	for len(ranges) > 0 {
		near := 1
		for near < len(ranges) && ranges[near][1]-ranges[0][0] < nearIDs {
			near++
		}
		w.ranges, w.next = ranges[:near], ranges[0][0]
		err := tx.Each(ctx, "select id, digest from voucher where company = $1 and id between $2 and $3 order by id", []any{tx.Company, ranges[0][0], ranges[near-1][1]}, func(r *db.Rows) error {
			var id int64
			var digest []byte
			if err := r.Scan(&id, &digest); err != nil {
				return err
			}
			w.add(id, digest)
			return nil
		})
		if err != nil {
			return nil, 0, 0, err
		}
		for len(w.ranges) > 0 {
			w.endRange()
		}
		ranges = ranges[near:]
	}
	return w.h.Sum(nil), w.n, w.missing, nil
}

// digestWalk goes through vouchers by id, and hashes those that stand in the ranges.
type digestWalk struct {
	h          hash.Hash
	ranges     [][2]int64 // what is left of them
	next       int64      // the id that the first of them wants next
	n, missing int64
}

func (w *digestWalk) add(id int64, digest []byte) {
	for len(w.ranges) > 0 && id > w.ranges[0][1] {
		w.endRange()
	}
	if len(w.ranges) == 0 || id < w.ranges[0][0] {
		return
	}
	if id != w.next && w.missing == 0 {
		w.missing = w.next
	}
	w.next = id + 1
	var id8 [8]byte
	binary.BigEndian.PutUint64(id8[:], uint64(id))
	w.h.Write(id8[:])
	w.h.Write(digest)
	w.n++
}

func (w *digestWalk) endRange() {
	if w.next != w.ranges[0][1]+1 && w.missing == 0 {
		w.missing = w.next
	}
	if w.ranges = w.ranges[1:]; len(w.ranges) > 0 {
		w.next = w.ranges[0][0]
	}
}

func lastSeal(ctx context.Context, tx *db.Tx) (SealInfo, error) {
	var s SealInfo
	err := tx.Row(ctx, "select n, mac from seal where company = $1 order by n desc limit 1", tx.Company).Scan(&s.N, &s.MAC)
	if errors.Is(err, db.ErrNoRows) {
		return SealInfo{}, nil
	}
	return s, err
}

// LastSeal gives the newest seal as text to be noted elsewhere, such as "12:3f9a…"; blank when there is none.
// [Check] proves from it later that nothing before it was changed or cut off.
func LastSeal(ctx context.Context, tx *db.Tx) (string, error) {
	s, err := lastSeal(ctx, tx)
	if err != nil || s.N == 0 {
		return "", err
	}
	return noted(s), nil
}

func noted(s SealInfo) string { return fmt.Sprintf("%d:%x", s.N, s.MAC) }

func seals(ctx context.Context, tx *db.Tx) ([]SealInfo, error) {
	return db.List(ctx, tx, func(r *db.Rows, s *SealInfo) error {
		return r.Scan(&s.N, &s.At, &s.Vouchers, &s.Covers, &s.KeyID, &s.MAC)
	}, "select n, at, vouchers, covers, key_id, mac from seal where company = $1 order by n", tx.Company)
}

func mergeRanges(ranges [][2]int64) [][2]int64 {
	slices.SortFunc(ranges, func(a, b [2]int64) int {
		if a[0] < b[0] {
			return -1
		}
		return 1
	})
	merged := ranges[:1]
	for _, r := range ranges[1:] {
		if last := &merged[len(merged)-1]; r[0] == last[1]+1 {
			last[1] = r[1]
		} else {
			merged = append(merged, r)
		}
	}
	return merged
}

func writeRanges(ranges [][2]int64) string {
	parts := make([]string, len(ranges))
	for i, r := range ranges {
		if parts[i] = strconv.FormatInt(r[0], 10); r[1] != r[0] {
			parts[i] += "-" + strconv.FormatInt(r[1], 10)
		}
	}
	return strings.Join(parts, ",")
}

func readRanges(s string) ([][2]int64, error) {
	var ranges [][2]int64
	for part := range strings.SplitSeq(s, ",") {
		a, b, both := strings.Cut(part, "-")
		if !both {
			b = a
		}
		first, err1 := strconv.ParseInt(a, 10, 64)
		last, err2 := strconv.ParseInt(b, 10, 64)
		if err1 != nil || err2 != nil || last < first {
			return nil, fault.New(fault.Violation, "a seal covers %q, which is not a list of ranges", part)
		}
		ranges = append(ranges, [2]int64{first, last})
	}
	return ranges, nil
}

// SealsByKey counts the seals by the ids of the keys that made them.
func SealsByKey(ctx context.Context, tx *db.Tx) (map[string]int64, error) {
	all := map[string]int64{}
	err := tx.Each(ctx, "select key_id, count(*) from seal where company = $1 group by key_id", []any{tx.Company}, func(r *db.Rows) error {
		all[r.Text(0)] = r.Int64(1)
		return nil
	})
	return all, err
}
