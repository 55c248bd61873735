package nacha

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// hashModulus keeps the last ten digits of an entry hash.
const hashModulus = 10_000_000_000

// Records by their first character.
const (
	fileHeader, batchHeader, entryRecord, addendaRecord, batchControl, fileControl = '1', '5', '6', '7', '8', '9'
)

// record is a line of a file, of 94 characters.
type record struct {
	line int
	text string
}

func (r record) kind() byte { return r.text[0] }

// at gives the characters from one to another, both counted from 1 as the standard does, without spaces around them.
func (r record) at(from, to int) string {
	if len(r.text) == recordLength {
		return strings.TrimSpace(r.text[from-1 : to])
	}
	return strings.TrimSpace(string([]rune(r.text)[from-1 : to]))
}

// figure gives a number of digits; blank is an error.
func (r record) figure(from, to int, what string) (int64, error) {
	s := r.at(from, to)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, r.wrong("has %q as %s (positions %d to %d); expected digits alone", s, what, from, to)
	}
	return number(s), nil
}

func (r record) wrong(format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).At(fmt.Sprintf("line %d (record %c)", r.line, r.kind())).ByRule("ach")
}

// number reads up to 18 digits, which were tested before.
func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// isCredit says whether a transaction code is of a credit.
func isCredit(code int) bool { return code%10 >= 1 && code%10 <= 4 }

// Is says whether a file looks like ACH.
func Is(data []byte) bool {
	return len(data) >= recordLength && strings.HasPrefix(string(data[:3]), "101")
}

// scan takes a file apart into records, without the lines of nines that fill its last block.
func scan(data []byte) ([]record, error) {
	if len(data) > MaxBytes {
		return nil, fault.New(fault.Limited, "the file has %d bytes; at most %d are read, ask for smaller ones", len(data), MaxBytes).ByRule("too_large")
	}
	text := string(data)
	if !utf8.ValidString(text) { // one character a byte, as banks count them
		var b strings.Builder
		for _, c := range data {
			b.WriteRune(rune(c))
		}
		text = b.String()
	}
	text = strings.TrimPrefix(text, "\ufeff")
	var all []record
	line := 0
	for part := range lines(text) {
		line++
		t := strings.TrimRight(part, " \r")
		if t == "" {
			continue
		}
		n := utf8.RuneCountInString(t)
		if n > recordLength || strings.ContainsFunc(t, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, fault.New(fault.Invalid, "%q has %d characters, or a control character; an ACH record has %d", short(t), n, recordLength).At(fmt.Sprintf("line %d", line)).ByRule("ach")
		}
		if strings.Trim(t, "9") == "" {
			continue
		}
		all = append(all, record{line, t + strings.Repeat(" ", recordLength-n)})
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Invalid, "the file is empty; an ACH file begins with record 1").ByRule("ach")
	}
	return all, nil
}

// lines gives the lines of a text; one without line ends is cut into records.
func lines(text string) func(func(string) bool) {
	if strings.ContainsAny(text, "\r\n") || len(text)%recordLength != 0 || len(text) == recordLength {
		return strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	}
	return func(yield func(string) bool) {
		for i := 0; i < len(text); i += recordLength {
			if !yield(text[i : i+recordLength]) {
				return
			}
		}
	}
}

// entry is a record 6 with its addenda, and the batch that it stands in.
type entry struct {
	batch   record
	record  record
	addenda []record
	code    int
	amount  int64
}

// sums are the figures of a control record.
type sums struct {
	count, hash, debit, credit int64
}

// add adds the figures of a batch to those of the file.
func (s *sums) add(o sums) {
	s.count, s.hash, s.debit, s.credit = s.count+o.count, (s.hash+o.hash)%hashModulus, s.debit+o.debit, s.credit+o.credit
}

// reader walks through the records and checks what they say of each other.
type reader struct {
	header  record
	created civil.Date
	batches int64
	batch   *record // that is open
	own     sums    // of the batch
	file    sums
	ended   bool
	entries []entry
}

func (p *reader) next(r record) error {
	if p.ended {
		return r.wrong("stands after the end of the file (record 9); were two files joined? read each by itself")
	}
	first := p.header.line == 0
	switch {
	case first != (r.kind() == fileHeader):
		if first {
			return r.wrong("stands where the file begins; expected record 1")
		}
		return r.wrong("is a second header; were two files joined? read each by itself")
	case first:
		return p.begin(r)
	case r.kind() == batchHeader && p.batch == nil:
		p.batch, p.own = &r, sums{}
		p.batches++
		return nil
	case r.kind() == entryRecord && p.batch != nil:
		return p.entry(r)
	case r.kind() == addendaRecord && p.batch != nil:
		return p.addenda(r)
	case r.kind() == batchControl && p.batch != nil:
		return p.endBatch(r)
	case r.kind() == fileControl && p.batch == nil:
		return p.end(r)
	}
	return r.wrong("stands where it may not; a batch is records 5, 6, 7 and 8, and a file ends by record 9")
}

func (p *reader) begin(r record) error {
	if r.at(35, 37) != "094" || r.at(2, 3) != "01" {
		return r.wrong("is no ACH header: priority %q and record size %q instead of 01 and 094", r.at(2, 3), r.at(35, 37))
	}
	p.header = r
	d := r.at(24, 29)
	created, err := civil.Parse("20" + d[:min(2, len(d))] + "-" + d[min(2, len(d)):min(4, len(d))] + "-" + d[min(4, len(d)):])
	if err != nil {
		return r.wrong("has %q as its date (positions 24 to 29); expected YYMMDD", d)
	}
	p.created = created
	return nil
}

func (p *reader) entry(r record) error {
	if err := p.whole(); err != nil {
		return err
	}
	code, err := r.figure(2, 3, "transaction code")
	if err != nil {
		return err
	}
	amount, err := r.figure(30, 39, "amount")
	if err != nil {
		return err
	}
	if err := CheckRouting(r.at(4, 12)); err != nil {
		return r.wrong("has the routing number %q (positions 4 to 12), whose check digit is wrong; the file is not whole, ask for it again", r.at(4, 12))
	}
	if i := r.at(79, 79); i != "0" && i != "1" {
		return r.wrong("has %q as addenda indicator (position 79); expected 0 or 1", i)
	}
	p.own.count++
	p.own.hash = (p.own.hash + number(r.at(4, 11))) % hashModulus
	if isCredit(int(code)) {
		p.own.credit += amount
	} else {
		p.own.debit += amount
	}
	p.entries = append(p.entries, entry{batch: *p.batch, record: r, code: int(code), amount: amount})
	return nil
}

// whole checks that the last entry has the addenda that it announces.
func (p *reader) whole() error {
	if p.own.count == 0 {
		return nil
	}
	if e := p.entries[len(p.entries)-1]; e.record.at(79, 79) == "1" && len(e.addenda) == 0 {
		return e.record.wrong("announces addenda (position 79), but none follows; the file is not whole, ask for it again")
	}
	return nil
}

func (p *reader) addenda(r record) error {
	if p.own.count == 0 || p.entries[len(p.entries)-1].record.at(79, 79) != "1" {
		return r.wrong("follows no entry that announces addenda (position 79); the file is not whole, ask for it again")
	}
	e := &p.entries[len(p.entries)-1]
	e.addenda = append(e.addenda, r)
	p.own.count++
	return nil
}

func (p *reader) endBatch(r record) error {
	if err := p.whole(); err != nil {
		return err
	}
	if r.at(80, 94) != p.batch.at(80, 94) {
		return r.wrong("ends the batch %q of bank and number, but line %d began %q; the file is not whole, ask for it again", r.at(80, 94), p.batch.line, p.batch.at(80, 94))
	}
	if err := r.agree(p.own, 5, 10, 11, 20, 21, 33); err != nil {
		return err
	}
	p.file.add(p.own)
	p.batch = nil
	return nil
}

func (p *reader) end(r record) error {
	said, err := r.figure(2, 7, "count of batches")
	if err != nil {
		return err
	}
	if said != p.batches {
		return r.wrong("says %d batches, but there are %d; the file is not whole, ask for it again", said, p.batches)
	}
	p.ended = true
	return r.agree(p.file, 14, 21, 22, 31, 32, 44)
}

// agree compares a control record with what was added up. The positions are those of count, hash, debits and credits (as long as these).
func (r record) agree(own sums, count, countEnd, hash, hashEnd, debit, credit int) error {
	for _, f := range []struct {
		what     string
		from, to int
		own      int64
	}{
		{"count of entries and addenda", count, countEnd, own.count},
		{"entry hash", hash, hashEnd, own.hash},
		{"total of debits", debit, debit + 11, own.debit},
		{"total of credits", credit, credit + 11, own.credit},
	} {
		said, err := r.figure(f.from, f.to, f.what)
		if err != nil {
			return err
		}
		if said != f.own {
			return r.wrong("has %d as %s, but the entries come to %d; the file is not whole, ask for it again", said, f.what, f.own)
		}
	}
	return nil
}
