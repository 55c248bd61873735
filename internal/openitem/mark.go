package openitem

import (
	"context"
	"errors"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Mark is a pending settlement of a document: a journal that is not posted means to settle it.
type Mark struct {
	ID      int64
	Journal string
	Line    string // of the journal; may be blank
	Holder  string // the user
	Party   int64
	Voucher int64  // the document
	Number  string // of the document
	Amount  money.Amount
}

// Who names the holder of a mark: journal, line and user.
func (m Mark) Who() string {
	if m.Line == "" {
		return fmt.Sprintf("journal %s, user %s", m.Journal, m.Holder)
	}
	return fmt.Sprintf("journal %s line %s, user %s", m.Journal, m.Line, m.Holder)
}

// Place marks amount (positive; 0 is all that is available) of a document. It is refused when less is open and not
// marked, naming who holds the marks, or when the journal holds a mark on it already.
func Place(ctx context.Context, tx *db.Tx, c *ledger.Company, m *Mark, d *Document, amount money.Amount) error {
	available := d.Available().Abs()
	if amount == 0 {
		amount = available
	}
	if amount <= 0 || amount > available {
		held := "nothing of it is marked"
		if marks, err := Marks(ctx, tx, d.Party); err != nil {
			return err
		} else {
			for _, o := range marks {
				if o.Number == d.Number {
					held = "marked by " + o.Who()
				}
			}
		}
		return fault.New(fault.Refused, "%s %s of %s cannot be marked: %s is available (%s)", show(d.Currency, amount), d.Currency, d.Number, show(d.Currency, available), held).ByRule("over_marked")
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	m.ID, m.Party, m.Voucher, m.Number, m.Amount = id, d.Party, d.Items[0].Voucher, d.Number, amount
	_, err = tx.Exec(ctx, "insert into mark (company, id, party, voucher, line, journal, holder) values ($1, $2, $3, $4, $5, $6, $7)", c.ID, id, m.Party, m.Voucher, m.Line, m.Journal, m.Holder)
	if db.IsDuplicate(err) {
		return fault.New(fault.Refused, "the journal %s holds a mark on %s already; release it first", m.Journal, m.Number).ByRule("duplicate_mark")
	}
	if err != nil {
		return err
	}
	return placeItems(ctx, tx, c, id, d, amount)
}

// Shares gives what a mark of amount (positive) takes of each item of a document, by what is available of each: the proportional rule, as
// a settlement would spread it.
func Shares(d *Document, amount money.Amount) ([]money.Amount, error) {
	weights := make([]money.Amount, len(d.Items))
	for i, it := range d.Items {
		weights[i] = it.Available().Abs()
	}
	shares, err := money.Spread(d.Available().Abs()-amount, weights)
	for i := range shares {
		shares[i] = weights[i] - shares[i]
	}
	return shares, err
}

// placeItems spreads the marked amount over the items.
func placeItems(ctx context.Context, tx *db.Tx, c *ledger.Company, id int64, d *Document, amount money.Amount) error {
	shares, err := Shares(d, amount)
	if err != nil {
		return err
	}
	b := tx.Batch("mark_item", "company", "mark", "voucher", "line", "amount")
	for i, it := range d.Items {
		x := shares[i]
		if x == 0 {
			continue
		}
		n, err := tx.Exec(ctx, `update open_item set marked = marked + $1 where company = $2 and side = $3 and party = $4 and voucher = $5 and line = $6
			and open = $7 and marked = $8`, x, c.ID, int16(it.Side), it.Party, it.Voucher, it.Line, it.Open, it.Marked)
		if err != nil {
			return err
		}
		if n != 1 {
			return db.Again("an item changed while it was marked")
		}
		b.Add(c.ID, id, it.Voucher, it.Line, x)
		it.Marked += x
	}
	return b.Flush(ctx)
}

// Release takes the marks of a journal off a document (or, with voucher 0, off everything it marked) and says how many.
func Release(ctx context.Context, tx *db.Tx, journal string, party, voucher int64) (int, error) {
	ids, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) },
		"select id from mark where company = $1 and journal = $2 and ($3 = 0 or party = $3) and ($4 = 0 or voucher = $4) order by id", tx.Company, journal, party, voucher)
	if err != nil {
		return 0, err
	}
	released := 0
	for _, id := range ids {
		done, err := releaseOne(ctx, tx, id)
		if err != nil {
			return 0, err
		}
		if done {
			released++
		}
	}
	return released, nil
}

// releaseOne takes one mark off. Its rows are deleted first: who deletes them lowers the items, whoever else waits finds none.
func releaseOne(ctx context.Context, tx *db.Tx, id int64) (bool, error) {
	type part struct {
		voucher int64
		line    int
		amount  money.Amount
	}
	parts, err := db.List(ctx, tx, func(r *db.Rows, p *part) error { return r.Scan(&p.voucher, &p.line, &p.amount) },
		"delete from mark_item where company = $1 and mark = $2 returning voucher, line, amount", tx.Company, id)
	if err != nil {
		return false, err
	}
	var party int64
	err = tx.Row(ctx, "delete from mark where company = $1 and id = $2 returning party", tx.Company, id).Scan(&party)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, p := range parts {
		n, err := tx.Exec(ctx, "update open_item set marked = marked - $1 where company = $2 and side in (1, 2) and party = $3 and voucher = $4 and line = $5 and marked >= $1",
			p.amount, tx.Company, party, p.voucher, p.line)
		if err != nil {
			return false, err
		}
		if n != 1 {
			return false, fault.New(fault.Violation, "line %d of voucher id %d is not marked as the mark says; run quittance verify", p.line, p.voucher).ByRule("mark_sum")
		}
	}
	return true, nil
}

const markColumns = `m.id, m.journal, m.line, m.holder, m.party, m.voucher, v.number, (select cast(coalesce(sum(i.amount), 0) as bigint) from mark_item i where i.company = m.company and i.mark = m.id)
	from mark m join voucher v on v.company = m.company and v.id = m.voucher where m.company = $1`

func scanMark(r *db.Rows, m *Mark) error {
	return r.Scan(&m.ID, &m.Journal, &m.Line, &m.Holder, &m.Party, &m.Voucher, &m.Number, &m.Amount)
}

// Marks gives the marks on the documents of a party, or of all parties when it is 0, by journal and voucher.
func Marks(ctx context.Context, tx *db.Tx, party int64) ([]Mark, error) {
	return db.List(ctx, tx, scanMark, "select "+markColumns+" and ($2 = 0 or m.party = $2) order by m.journal, v.number, m.id", tx.Company, party)
}

// MarksOn gives the marks on one document of a party, by journal.
func MarksOn(ctx context.Context, tx *db.Tx, party, voucher int64) ([]Mark, error) {
	return db.List(ctx, tx, scanMark, "select "+markColumns+" and m.party = $2 and m.voucher = $3 order by m.journal, m.id", tx.Company, party, voucher)
}

// Portion is how much of an item a journal has marked.
type Portion struct {
	Number string       `json:"voucher"` // of the document
	Line   int          `json:"line"`
	Amount money.Amount `json:"amount"` // positive, minor units
}

// Portions gives what a journal has marked of the items of a party, by voucher and line.
func Portions(ctx context.Context, tx *db.Tx, journal string, party int64) ([]Portion, error) {
	return db.List(ctx, tx, func(r *db.Rows, p *Portion) error { return r.Scan(&p.Number, &p.Line, &p.Amount) },
		`select v.number, i.line, i.amount from mark m join mark_item i on i.company = m.company and i.mark = m.id join voucher v on v.company = m.company and v.id = i.voucher
		where m.company = $1 and m.journal = $2 and m.party = $3 order by i.voucher, i.line`, tx.Company, journal, party)
}

// MarksOf gives the marks on the documents of the parties (and perhaps of others, see [Parties]), by journal and voucher.
func MarksOf(ctx context.Context, tx *db.Tx, parties Parties) ([]Mark, error) {
	where, args := parties.Where(tx, "m.party", 2)
	return db.List(ctx, tx, scanMark, "select "+markColumns+" and "+where+" order by m.journal, v.number, m.id", append([]any{tx.Company}, args...)...)
}

// Exposure is a debit of a customer that is held outside its open items, such as a deduction on a holding account.
type Exposure struct {
	Party    int64
	Source   string // what holds it, such as deduction
	ID       int64  // of the thing that holds it
	Currency string
	Amount   money.Amount // positive
	Text     string       // for a person: what it is
}

// SetExposure makes or changes an exposure; an amount of 0 removes it.
func SetExposure(ctx context.Context, tx *db.Tx, x Exposure) error {
	if x.Amount == 0 {
		_, err := tx.Exec(ctx, "delete from exposure where company = $1 and party = $2 and source = $3 and id = $4", tx.Company, x.Party, x.Source, x.ID)
		return err
	}
	_, err := tx.Exec(ctx, `insert into exposure (company, party, source, id, currency, amount, text) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (company, party, source, id) do update set currency = excluded.currency, amount = excluded.amount, text = excluded.text`,
		tx.Company, x.Party, x.Source, x.ID, x.Currency, x.Amount, x.Text)
	return err
}

// ExposuresOf gives the exposures of the parties (and perhaps of others, see [Parties]), by party, source and id.
func ExposuresOf(ctx context.Context, tx *db.Tx, parties Parties) ([]Exposure, error) {
	where, args := parties.Where(tx, "party", 2)
	return db.List(ctx, tx, func(r *db.Rows, x *Exposure) error {
		return r.Scan(&x.Party, &x.Source, &x.ID, &x.Currency, &x.Amount, &x.Text)
	}, "select party, source, id, currency, amount, text from exposure where company = $1 and "+where+" order by party, source, id", append([]any{tx.Company}, args...)...)
}
