package bank

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/payout"
)

const (
	mostOfAmount = 200 // open lines, or bank entries, of one amount that are looked at for a page
	nearChunk    = 200 // references that one query looks for
)

// Near gives what is needed to match some open lines of a statement, without reading all that is open: the bank entries that they may be,
// found by amount, by the references that the lines tell, or as a payment file, and the lines of their amounts, which may be the same
// entries. [Match] finds for those lines what it would find among everything, but for two things: a reference that stands only in the text
// of a voucher of another amount, and more than mostOfAmount lines or entries of one amount.
func Near(ctx context.Context, tx *db.Tx, b *payout.BankAccount, statement int64, page []Line) ([]Line, []Entry, error) {
	page = slices.DeleteFunc(slices.Clone(page), func(l Line) bool { return l.Reconciliation != 0 })
	if len(page) == 0 {
		return nil, nil, nil
	}
	n := &near{ctx: ctx, tx: tx, bank: b}
	amounts := amountsOf(page)
	lines, err := n.rivals(statement, page, amounts)
	if err != nil {
		return nil, nil, err
	}
	entries, err := n.entries(lines)
	if err != nil {
		return nil, nil, err
	}
	// An entry of another amount, found by its number, may be a line of its own amount rather.
	for i := range entries {
		amounts = append(amounts, int64(entries[i].Amount))
	}
	all, err := n.rivals(statement, page, amounts)
	if err == nil && len(all) > len(lines) {
		lines = all
		entries, err = n.entries(lines)
	}
	if err != nil {
		return nil, nil, err
	}
	if err := n.byFile(page, entries); err != nil || len(n.files) == 0 {
		return lines, entries, err
	}
	entries, err = entriesOf(ctx, tx, b, n.found())
	return lines, entries, err
}

// entries gives the bank entries that lines may be, but for payment files.
func (n *near) entries(lines []Line) ([]Entry, error) {
	for _, find := range []func([]Line) error{n.byAmount, n.byNumber, n.byName, n.mirrors} {
		if err := find(lines); err != nil {
			return nil, err
		}
	}
	return entriesOf(n.ctx, n.tx, n.bank, n.found())
}

// near collects the vouchers whose entries lines may be.
type near struct {
	ctx      context.Context
	tx       *db.Tx
	bank     *payout.BankAccount
	vouchers []int64
	files    []int64
}

func (n *near) found() []int64 {
	slices.Sort(n.vouchers)
	n.vouchers = slices.Compact(n.vouchers)
	return n.vouchers
}

// add notes the vouchers that a query gives.
func (n *near) add(query string, args ...any) error {
	return n.tx.Each(n.ctx, query, args, func(r *db.Rows) error { n.vouchers = append(n.vouchers, r.Int64(0)); return nil })
}

func amountsOf(lines []Line) []int64 {
	all := make([]int64, len(lines))
	for i := range lines {
		all[i] = int64(lines[i].Amount)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// rivals gives lines with those of some amounts, in the order of the statement.
func (n *near) rivals(statement int64, page []Line, amounts []int64) ([]Line, error) {
	those, arg := n.tx.Among("amount", "$4", amounts)
	numbers, err := db.List(n.ctx, n.tx, func(r *db.Rows, at *int64) error { return r.Scan(at) }, `select n from (select n, row_number() over (partition by amount order by n) as i from bank_line
		where company = $1 and bank = $2 and statement = $3 and reconciliation is null and `+those+") q where i <= $5", n.tx.Company, n.bank.ID, statement, arg, mostOfAmount)
	if err != nil {
		return nil, err
	}
	has := map[int64]bool{}
	for i := range page {
		has[page[i].N] = true
	}
	numbers = slices.DeleteFunc(numbers, func(at int64) bool { return has[at] })
	if len(numbers) == 0 {
		return slices.Clone(page), nil
	}
	those, arg = n.tx.Among("l.n", "$3", numbers)
	others, err := db.List(n.ctx, n.tx, scanLine, lineQuery+" where l.company = $1 and l.statement = $2 and "+those, n.tx.Company, statement, arg)
	all := append(slices.Clone(page), others...)
	slices.SortFunc(all, func(a, b Line) int { return cmp.Compare(a.N, b.N) })
	return all, err
}

func (n *near) byAmount(lines []Line) error {
	those, arg := n.tx.Among("e.amount", "$4", amountsOf(lines))
	return n.add(`select voucher from (select e.voucher, row_number() over (partition by e.amount order by e.voucher) as i from entry e
		where e.company = $1 and e.account = (select id from ledger_account where company = $1 and written = $2) and e.party is null and e.currency = $3 and `+those+notReconciled+") q where i <= $5",
		n.tx.Company, n.bank.Account, n.bank.Currency, arg, mostOfAmount)
}

// told gives the references of lines as they stand there, and as they are compared.
func told(lines []Line) []string {
	var all []string
	for i := range lines {
		d := &lines[i].Detail
		refs := append([]string{d.Check}, d.References...)
		for _, text := range d.Texts {
			refs = append(refs, strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n,;:()[]\"?", r) })...)
		}
		for _, r := range refs {
			if r = strings.TrimSpace(r); r != "" {
				all = append(all, r, strings.ToUpper(r), reference(r), number(r))
			}
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
}

// byNumber finds payments and vouchers by the numbers that lines tell.
func (n *near) byNumber(lines []Line) error {
	for chunk := range slices.Chunk(told(lines), nearChunk) {
		those, args := db.AmongTexts("number", 3, chunk)
		if err := n.add("select voucher from vendor_payment where company = $1 and bank = $2 and number <> '' and voucher is not null and "+those, append([]any{n.tx.Company, n.bank.ID}, args...)...); err != nil {
			return err
		}
		those, args = db.AmongTexts("number", 2, chunk)
		if err := n.add("select id from voucher where company = $1 and "+those, append([]any{n.tx.Company}, args...)...); err != nil {
			return err
		}
	}
	return nil
}

// byName finds payments by their names.
func (n *near) byName(lines []Line) error {
	for _, name := range told(lines) {
		if _, _, err := payout.ParseName(name); err != nil {
			continue
		}
		p, err := payout.Find(n.ctx, n.tx, name)
		switch {
		case fault.CodeOf(err) == fault.NotFound:
		case err != nil:
			return err
		case p.Voucher != 0:
			n.vouchers = append(n.vouchers, p.Voucher)
		}
	}
	return nil
}

// mirrors adds the vouchers that take back those that were found.
func (n *near) mirrors([]Line) error {
	those, arg := n.tx.Among("reverses", "$2", n.found())
	return n.add("select id from voucher where company = $1 and reverses is not null and "+those, n.tx.Company, arg)
}

// byFile finds the payment files that lines may be, by code or by what is open of them; lines of one transaction, and those that tell a
// payment of their amount, are none.
func (n *near) byFile(page []Line, entries []Entry) error {
	m := newMatcher(page, entries, nil, Rules{})
	totals, codes := map[money.Amount]bool{}, map[string]bool{}
	for i := range page {
		l := &page[i]
		refs := l.refs()
		if l.Detail.Count == 1 || slices.ContainsFunc(append(refs, number(l.Detail.Check)), func(ref string) bool { return m.tells(l, ref) }) {
			continue
		}
		totals[l.Amount] = true
		for _, ref := range refs {
			codes[ref] = true
		}
	}
	if len(totals) == 0 {
		return nil
	}
	err := n.tx.Each(n.ctx, `select f.id, f.code, -cast(sum(p.amount) as bigint) from vendor_payment p join payment_file f on f.company = p.company and f.id = p.file
		where p.company = $1 and p.bank = $2 and p.status in ('posted', 'rejected', 'voided', 'returned', 'stopped', 'stale', 'reissued') and p.voucher is not null and f.kind <> 'check'
		and (select 1 from bank_reconciliation_entry r where r.company = p.company and r.voucher = p.voucher and r.live = 1 limit 1) is null group by f.id, f.code`,
		[]any{n.tx.Company, n.bank.ID}, func(r *db.Rows) error {
			if totals[money.Amount(r.Int64(2))] || codes[reference(r.Text(1))] {
				n.files = append(n.files, r.Int64(0))
			}
			return nil
		})
	if err != nil || len(n.files) == 0 {
		return err
	}
	those, arg := n.tx.Among("file", "$3", n.files)
	return n.add("select voucher from vendor_payment where company = $1 and bank = $2 and voucher is not null and "+those, n.tx.Company, n.bank.ID, arg)
}

// tells says that a reference of a line is that of an entry of its amount.
func (m *matcher) tells(l *Line, ref string) bool {
	return slices.ContainsFunc(append(slices.Clone(m.byRef[ref]), m.byCheck[ref]...), func(e int) bool { return m.entries[e].Amount == l.Amount })
}
