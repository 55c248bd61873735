package nacha

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// BankFile writes returns and notifications of change as a bank does, for demonstrations and tests: those of one company, in one batch a
// service class. Of each answer it takes line 0, trace, code, amount, id, name, account, text, and of a change what is corrected. bank is the
// nine digits of the bank that sends, which is also taken for that of every payee.
func BankFile(bank, company, companyID string, created time.Time, returns []Return, changes []Change) []byte {
	w := &bankFile{bank: bank, company: company, id: companyID, created: created}
	w.add("101 %s %s%s%sA094101%-23.23s%-23.23s%8s", bank, bank, created.Format("060102"), created.Format("1504"), company, "BANK", "")
	var entries []string
	for i := range returns {
		r := &returns[i]
		entries = append(entries, w.entry(int64(r.Amount), r.ID, r.Name, r.Account), w.addenda("99", r.Code, r.Trace, r.Text))
		w.credit += int64(r.Amount)
	}
	if len(returns) > 0 {
		w.batch("CCD", entries)
	}
	entries = nil
	for i := range changes {
		c := &changes[i]
		entries = append(entries, w.entry(0, c.ID, c.Name, c.OldAccount), w.addenda("98", c.Code, c.Trace, c.Corrected))
	}
	if len(changes) > 0 {
		w.batch("COR", entries)
	}
	return w.end()
}

type bankFile struct {
	bank, company, id string
	created           time.Time
	lines             []string
	n, batches        int
	entries           int
	credit, all       int64 // of the batch, of the file
}

func (w *bankFile) add(format string, args ...any) {
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

func (w *bankFile) entry(amount int64, id, name, account string) string {
	w.n++
	return fmt.Sprintf("621%s%-17.17s%010d%-15.15s%-22.22s  1%s%07d", w.bank, account, amount, id, name, w.bank[:8], w.n)
}

func (w *bankFile) addenda(kind, code, trace, text string) string {
	if kind == "99" {
		return fmt.Sprintf("799%s%s      %s%-44.44s%s%07d", code, trace, w.bank[:8], text, w.bank[:8], w.n)
	}
	return fmt.Sprintf("798%s%s      %s%-29.29s%15s%s%07d", code, trace, w.bank[:8], text, "", w.bank[:8], w.n)
}

func (w *bankFile) batch(class string, entries []string) {
	w.batches++
	w.add("5200%-16.16s%20s%-10.10s%s%-10.10s%6s%s%s1%s%07d", w.company, "", w.id, class, "ANSWERS", "", w.created.Format("060102"), "001", w.bank[:8], w.batches)
	w.lines = append(w.lines, entries...)
	w.add("8200%06d%010d%012d%012d%-10.10s%25s%s%07d", len(entries), w.hash(len(entries)/2), 0, w.credit, w.id, "", w.bank[:8], w.batches)
	w.entries, w.all, w.credit = w.entries+len(entries), w.all+w.credit, 0
}

// hash is the sum of the bank's number in so many entries.
func (w *bankFile) hash(entries int) int64 {
	return number(w.bank[:8]) * int64(entries) % hashModulus
}

func (w *bankFile) end() []byte {
	blocks := (len(w.lines) + 1 + 9) / 10
	w.add("9%06d%06d%08d%010d%012d%012d%39s", w.batches, blocks, w.entries, w.hash(w.n), 0, w.all, "")
	w.lines = append(w.lines, slices.Repeat([]string{strings.Repeat("9", recordLength)}, blocks*10-len(w.lines))...)
	return []byte(strings.Join(w.lines, "\n") + "\n")
}
