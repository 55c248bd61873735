// Package bai2 reads BAI2 files (cash management balance reporting, version 2): as bank statements, or the lockbox receipts in them alone.
//
//   - A *file* has groups of accounts, an account has *details*: transactions with a type, an amount, references and a text.
//   - A *receipt* is a detail that brings money from customers in. A deposit whose items are details too is told by its items alone.
//   - A *statement* is an account: its summaries are the balances (010 opening ledger, 015 closing ledger) and the totals, its details the lines, each a
//     debit or a credit by its type. A deposit whose items are details too is one line, and they are its details.
//   - A receipt's *text* is the text of its record (16) and of each continuation (88), as lines: what a lockbox or a CTX payment tells about
//     the documents that it pays. What stands in it is not for this package.
//
// Invariants: record counts and control totals of account, group and file are checked, and what does not agree is refused whole, naming
// the record; amounts are minor units; sizes are bounded before anything is parsed.
//
// Source: ASC X9 (formerly BAI), Cash Management Balance Reporting Specifications, version 2; the records are parsed by
// github.com/moov-io/bai2, whose reader is lenient: an account without its end, a file without its end, and wrong totals are found here.
package bai2

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/moov-io/bai2/pkg/lib"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// Limits of what is read.
const (
	MaxBytes         = 64 << 20
	maxRecord        = 1024 // bytes of a line
	maxContinuations = 200  // of one record; the parser's time grows with their square
	maxRecords       = 600_000
	maxSlashes       = 100 // of a line; the parser looks back at each
)

// receipts are the types of detail that bring a customer's money in, by deposit or transfer.
var receipts = map[string]string{
	"108": "credit (any type)", "115": "lockbox deposit", "116": "item in lockbox deposit", "118": "lockbox adjustment credit", "142": "ACH credit received",
	"143": "item in ACH deposit", "165": "preauthorized ACH credit", "166": "ACH settlement", "169": "miscellaneous ACH credit", "174": "other deposit", "175": "check deposit package", "176": "item in check deposit package",
	"195": "incoming money transfer", "206": "book transfer credit", "275": "ZBA credit", "301": "commercial deposit", "399": "miscellaneous credit",
}

// items are the types of the items that a deposit of a type consists of.
var items = map[string]string{"115": "116", "142": "143", "175": "176", "301": "176"}

// Receipt is money that came in. Amount is in minor units of the currency.
type Receipt struct {
	Line     int // of its record, from 1
	Type     string
	Account  string // of the bank
	Date     civil.Date
	Currency string // blank: not said
	Amount   int64
	Bank     string // the bank's reference
	Customer string // the customer's reference, such as the number of a cheque
	Text     []Text
}

// Text is a line of text, and the line of the file that it stands on.
type Text struct {
	Line int
	Text string
}

// Skipped is a detail that is no receipt, and why.
type Skipped struct {
	Line   int
	Type   string
	Amount int64
	Why    string
}

// File is what a file has of receipts.
type File struct {
	Receipts []Receipt
	Skipped  []Skipped
}

// Is says whether a file looks like BAI2.
func Is(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n"), []byte("01,"))
}

// Parse reads the receipts of a file.
func Parse(data []byte) (*File, error) {
	out := &File{}
	if _, err := parse(data, func(a *account) error { return out.take(a) }); err != nil {
		return nil, err
	}
	return out, nil
}

// parse reads a file, checks its totals, and hands out its accounts.
func parse(data []byte, take func(*account) error) (*lib.Bai2, error) {
	records, err := scan(data)
	if err != nil {
		return nil, err
	}
	var file lib.Bai2
	scanner := lib.NewBai2Scanner(bytes.NewReader(text(records)))
	if err := file.Read(&scanner); err != nil {
		return nil, fault.New(fault.Invalid, "the file is not as BAI2 has it: %s", strings.TrimPrefix(err.Error(), "ERROR ")).At(fmt.Sprintf("record %d", scanner.GetLineIndex())).ByRule("bai2").Because(err)
	}
	return &file, interpret(&file, records, take)
}

// record is a line of the file with its code.
type record struct {
	line int
	code string
	text string // without the code
}

func (r record) wrong(format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).At(fmt.Sprintf("line %d (record %s)", r.line, r.code)).ByRule("bai2")
}

// under says in which record a record may stand.
var under = map[string]string{"02": "01", "03": "02", "16": "03", "49": "03", "98": "02", "99": "01"}

// scan takes the file apart into lines, and refuses what is too large or is not nested as it should be.
func scan(data []byte) ([]record, error) {
	if len(data) > MaxBytes {
		return nil, fault.New(fault.Limited, "the file has %d bytes; at most %d are read, ask for smaller ones", len(data), MaxBytes).ByRule("too_large")
	}
	var all []record
	var open []string // records that are not ended yet
	continued := 0
	line := 0
	for raw := range strings.SplitSeq(strings.TrimPrefix(string(data), "\ufeff"), "\n") {
		line++
		t := strings.TrimSpace(raw)
		if t == "" {
			continue
		}
		r := record{line: line}
		if len(t) < 3 || t[2] != ',' && t[2] != '/' || strings.Trim(t[:2], "0123456789") != "" {
			return nil, fault.New(fault.Invalid, "%q is no record; expected two digits and a comma", short(t)).At(fmt.Sprintf("line %d", line)).ByRule("bai2")
		}
		r.code, r.text = t[:2], t[3:]
		switch {
		case len(t) > maxRecord:
			return nil, r.wrong("has %d bytes; at most %d are read", len(t), maxRecord)
		case len(all) == maxRecords:
			return nil, fault.New(fault.Limited, "the file has more than %d records; ask for smaller ones", maxRecords).ByRule("too_large")
		case strings.Count(t, "/") > maxSlashes:
			return nil, r.wrong("has more than %d slashes", maxSlashes)
		case !utf8.ValidString(t) || strings.ContainsFunc(t, func(c rune) bool { return c < ' ' && c != '\t' }):
			return nil, r.wrong("holds a control character, or is not UTF-8")
		}
		var err error
		if open, err = r.nest(open); err != nil {
			return nil, err
		}
		if continued++; r.code != "88" {
			continued = 0
		}
		if continued > maxContinuations {
			return nil, r.wrong("is continued more than %d times", maxContinuations)
		}
		all = append(all, r)
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Invalid, "the file is empty; a BAI2 file begins with record 01").ByRule("bai2")
	}
	if len(open) > 0 {
		return nil, all[len(all)-1].wrong("is the last, but record %s has no end; the file was cut off, ask for it again", open[len(open)-1])
	}
	return all, nil
}

// nest checks that a record stands where it may, and gives what is open after it.
func (r record) nest(open []string) ([]string, error) {
	last := ""
	if len(open) > 0 {
		last = open[len(open)-1]
	}
	parent, known := under[r.code]
	switch {
	case r.code == "88" && last != "":
		return open, nil
	case r.code == "01" && last == "":
		return append(open, "01"), nil
	case !known || last != parent:
		return nil, r.wrong("stands where it may not: within record %q", last)
	case r.code == "02" || r.code == "03":
		return append(open, r.code), nil
	case r.code == "16":
		return open, nil
	}
	return open[:len(open)-1], nil
}

// text writes the records as the parser reads them best: each on a line of its own, ended by a slash.
func text(records []record) []byte {
	var b bytes.Buffer
	for _, r := range records {
		fmt.Fprintf(&b, "%s,%s", r.code, strings.TrimSuffix(r.text, "/"))
		if r.code == "88" && r.text == "" {
			b.WriteByte(' ')
		}
		b.WriteString("/\n")
	}
	return b.Bytes()
}

// account is an account of the file, with the records that it stands on.
type account struct {
	*lib.Account
	group    *lib.Group
	header   record
	end      record
	date     civil.Date // of its group
	currency string     // its own, or that of its group; blank: not said
	details  []detail
}

// detail is a detail with its record. The amount has the sign that is written, which says nothing of debit or credit.
type detail struct {
	record
	*lib.Detail
	amount int64
	texts  []Text
}

// interpret checks the totals and hands out the accounts. Records and details go side by side: the parser keeps no line numbers, and
// joins continuations.
func interpret(file *lib.Bai2, records []record, take func(*account) error) error {
	w := &walk{records: records}
	var total int64
	for i := range file.Groups {
		g := &file.Groups[i]
		header := w.to("02")
		date, err := day(header, g.AsOfDate)
		if err != nil {
			return err
		}
		var sum int64
		for j := range g.Accounts {
			a := &account{Account: &g.Accounts[j], group: g, date: date}
			if err := w.account(a, &sum); err != nil {
				return err
			}
			if err := take(a); err != nil {
				return err
			}
		}
		end := w.to("98")
		if err := agree(end, g.GroupControlTotal, sum, g.NumberOfAccounts, int64(len(g.Accounts)), "accounts", g.NumberOfRecords, w.since(header)); err != nil {
			return err
		}
		total += sum
	}
	end := w.to("99")
	return agree(end, file.FileControlTotal, total, file.NumberOfGroups, int64(len(file.Groups)), "groups", file.NumberOfRecords, int64(len(records)))
}

// walk goes through the records.
type walk struct {
	records []record
	i       int // of the next one
}

// to goes to the next record of the code and gives it.
func (w *walk) to(code string) record {
	for ; w.i < len(w.records); w.i++ {
		if r := w.records[w.i]; r.code == code {
			w.i++
			return r
		}
	}
	return record{}
}

// since counts the records from one to the last that was given.
func (w *walk) since(first record) int64 {
	i := slices.IndexFunc(w.records, func(r record) bool { return r.line == first.line })
	return int64(w.i - i)
}

// account reads an account, and adds its control total to sum: that of its summaries and its details, with their signs.
func (w *walk) account(a *account, sum *int64) error {
	a.header = w.to("03")
	a.currency = strings.ToUpper(a.group.CurrencyCode)
	if a.CurrencyCode != "" {
		a.currency = strings.ToUpper(a.CurrencyCode)
	}
	var own int64
	for _, s := range a.Summaries {
		n, err := whole(a.header, s.Amount)
		if err != nil {
			return err
		}
		own += n
	}
	for i := range a.Details {
		d := detail{record: w.to("16"), Detail: &a.Details[i]}
		var err error
		if d.amount, err = whole(d.record, d.Amount); err != nil {
			return err
		}
		own += d.amount
		d.texts = w.text(d.record, d.Detail)
		a.details = append(a.details, d)
	}
	a.end = w.to("49")
	*sum += own
	return agree(a.end, a.AccountControlTotal, own, -1, 0, "", a.NumberRecords, w.since(a.header))
}

// take takes the receipts of an account.
func (f *File) take(a *account) error {
	for _, d := range a.details {
		if why := passed(a.Account, d.TypeCode, d.amount); why != "" {
			f.Skipped = append(f.Skipped, Skipped{d.line, d.TypeCode, d.amount, why})
			continue
		}
		receipt := Receipt{
			Line: d.line, Type: d.TypeCode, Account: a.AccountNumber, Date: a.date, Currency: a.currency, Amount: d.amount,
			Bank: strings.TrimSpace(d.BankReferenceNumber), Customer: strings.TrimSpace(d.CustomerReferenceNumber), Text: d.texts,
		}
		if d.FundsType.TypeCode == lib.FundsTypeV && d.FundsType.Date != "" {
			var err error
			if receipt.Date, err = day(d.record, d.FundsType.Date); err != nil {
				return err
			}
		}
		f.Receipts = append(f.Receipts, receipt)
	}
	return nil
}

// passed says why a detail is no receipt; blank when it is one.
func passed(a *lib.Account, code string, amount int64) string {
	item := items[code]
	switch {
	case receipts[code] == "":
		return "its type is not one of money from a customer"
	case amount <= 0:
		return "its amount is not positive"
	case item != "" && slices.ContainsFunc(a.Details, func(d lib.Detail) bool { return d.TypeCode == item }):
		return "its items (type " + item + ") are there, and counted instead"
	}
	return ""
}

// text gives the lines of text of a detail: what its record has after its references, and its continuations.
func (w *walk) text(r record, d *lib.Detail) []Text {
	var all []Text
	add := func(line int, text string) {
		if text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "/")); text != "" {
			all = append(all, Text{line, text})
		}
	}
	var continued []record
	for ; w.i < len(w.records) && w.records[w.i].code == "88"; w.i++ {
		continued = append(continued, w.records[w.i])
	}
	own, first := strings.TrimSuffix(d.Text, "/"), len(continued)
	for ; first > 0; first-- { // the parser joined them by commas
		rest, ok := strings.CutSuffix(own, strings.TrimSuffix(continued[first-1].text, "/"))
		if !ok { // it has fields of the record, and perhaps the beginning of the text
			break
		}
		own = strings.TrimSuffix(rest, ",")
	}
	add(r.line, own)
	for _, c := range continued[first:] {
		add(c.line, c.text)
	}
	return all
}

// agree compares a control total and counts with what was found; want -1 is a record that has no count of parts.
func agree(r record, control string, sum, said, parts int64, what string, records, counted int64) error {
	total, err := whole(r, control)
	switch {
	case err != nil:
		return err
	case total != sum:
		return r.wrong("has the control total %d, but the amounts add up to %d; the file is not whole, ask for it again", total, sum)
	case said >= 0 && said != parts:
		return r.wrong("says %d %s, but there are %d; the file is not whole, ask for it again", said, what, parts)
	case records != counted:
		return r.wrong("says %d records, but there are %d; the file is not whole, ask for it again", records, counted)
	}
	return nil
}

func whole(r record, amount string) (int64, error) {
	if amount == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(amount, "+"), 10, 64)
	if err != nil || n > 1e15 || n < -1e15 {
		return 0, r.wrong("%q is not an amount; expected digits alone, without a decimal point", short(amount))
	}
	return n, nil
}

func day(r record, yymmdd string) (civil.Date, error) {
	if len(yymmdd) == 6 {
		if d, err := civil.Parse("20" + yymmdd[:2] + "-" + yymmdd[2:4] + "-" + yymmdd[4:]); err == nil {
			return d, nil
		}
	}
	return 0, r.wrong("%q is not a date; expected YYMMDD", short(yymmdd))
}

func short(s string) string {
	const most = 40
	for i := range s {
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}
