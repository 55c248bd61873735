package bank

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/bankcsv"
	"quittance/internal/format/statement"
	"quittance/internal/money"
	"quittance/internal/payout"
	"quittance/internal/secret"
)

const statementColumns = "s.id, s.bank, b.code, b.currency, s.n, s.digest, s.file, s.format, s.number, s.from_date, s.to_date, s.opening, s.closing, s.lines, s.imported_by, s.imported_at"

const statementFrom = " from bank_statement s join bank_account b on b.company = s.company and b.id = s.bank"

const statementQuery = "select " + statementColumns + `,
	(select count(*) from bank_line l where l.company = s.company and l.bank = s.bank and l.statement = s.id and l.reconciliation is null),
	(select coalesce(cast(sum(l.amount) as bigint), 0) from bank_line l where l.company = s.company and l.bank = s.bank and l.statement = s.id and l.reconciliation is null)` + statementFrom

func scanStatement(r *db.Rows, x **Statement) error {
	s := &Statement{}
	*x = s
	return r.Scan(&s.ID, &s.Bank, &s.BankCode, &s.Currency, &s.N, &s.Digest, &s.File, &s.Format, &s.Number, &s.From, &s.To, &s.Opening, &s.Closing, &s.Lines, &s.ImportedBy, &s.ImportedAt, &s.Open, &s.OpenAmount)
}

// Filter narrows a list of statements; what is blank does not.
type Filter struct {
	Bank     string     // code of the bank account
	State    State      // open: those with an open line
	From, To civil.Date // those that have a day of these
	Number   string     // the beginning of the bank's number, or of the name, such as MAIN/3
}

// State says whether a line is reconciled, or all lines of a statement are.
type State string

// The states.
const (
	Open       State = "open"
	Reconciled State = "reconciled"
)

// States gives the states.
func States() []State { return []State{Open, Reconciled} }

func (f Filter) where(tx *db.Tx) (string, []any) {
	where, args := "s.company = $1", []any{tx.Company}
	and := func(condition string, v any) {
		args = append(args, v)
		where += " and " + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args)))
	}
	if f.Bank != "" {
		and("b.code = ?", f.Bank)
	}
	const hasOpen = "exists (select 1 from bank_line l where l.company = s.company and l.bank = s.bank and l.statement = s.id and l.reconciliation is null)"
	switch f.State {
	case Open:
		where += " and " + hasOpen
	case Reconciled:
		where += " and not " + hasOpen
	}
	if f.From != 0 {
		and("s.to_date >= ?", f.From)
	}
	if f.To != 0 {
		and("s.from_date <= ?", f.To)
	}
	if f.Number != "" {
		args = append(args, f.Number, f.Number+"\U0010ffff")
		n := strconv.Itoa(len(args) - 1)
		m := strconv.Itoa(len(args))
		where += " and (s.number >= $" + n + " and s.number < $" + m + " or b.code || '/' || cast(s.n as text) >= $" + n + " and b.code || '/' || cast(s.n as text) < $" + m + ")"
	}
	return where, args
}

// List gives statements, the newest first: those before the one with the id before (0: none), at most limit; next is where the list goes
// on, 0 at its end.
func List(ctx context.Context, tx *db.Tx, f Filter, before int64, limit int) (all []*Statement, next int64, err error) {
	where, args := f.where(tx)
	n := len(args)
	all, err = db.List(ctx, tx, scanStatement, fmt.Sprintf("%s where %s and ($%d = 0 or s.id < $%d) order by s.id desc limit $%d", statementQuery, where, n+1, n+1, n+2), append(args, before, limit+1)...)
	if err == nil && len(all) > limit {
		all, next = all[:limit], all[limit-1].ID
	}
	return all, next, err
}

// Find gives the statement with the name; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, name string) (*Statement, error) {
	return find(ctx, tx, name, statementQuery)
}

// FindBare is [Find] without what is open, which is counted line by line.
func FindBare(ctx context.Context, tx *db.Tx, name string) (*Statement, error) {
	return find(ctx, tx, name, "select "+statementColumns+", 0, 0"+statementFrom)
}

func find(ctx context.Context, tx *db.Tx, name, query string) (*Statement, error) {
	bank, n, _, err := ParseName(name)
	if err != nil {
		return nil, err
	}
	all, err := db.List(ctx, tx, scanStatement, query+" where s.company = $1 and b.code = $2 and s.n = $3", tx.Company, bank, n)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "there is no statement %s/%d; list them with: quittance banks statements list", bank, n)
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

const lineQuery = `select l.statement, b.code, s.n, l.n, l.booked, l.value, l.amount, l.kind, l.detail, coalesce(l.reconciliation, 0) from bank_line l
	join bank_statement s on s.company = l.company and s.id = l.statement join bank_account b on b.company = l.company and b.id = l.bank`

func scanLine(r *db.Rows, l *Line) error {
	var detail string
	if err := r.Scan(&l.Statement, &l.BankCode, &l.StatementN, &l.N, &l.Booked, &l.Value, &l.Amount, &l.Kind, &detail, &l.Reconciliation); err != nil {
		return err
	}
	return json.Unmarshal([]byte(detail), &l.Detail)
}

// Lines gives the lines of a statement, in a state (blank: all), after the one with the number, at most limit.
func Lines(ctx context.Context, tx *db.Tx, s *Statement, state State, after int64, limit int) ([]Line, error) {
	where := map[State]string{Open: " and l.bank = s.bank and l.reconciliation is null", Reconciled: " and l.reconciliation is not null"}[state]
	return db.List(ctx, tx, scanLine, lineQuery+" where l.company = $1 and l.statement = $2 and l.n > $3"+where+" order by l.n limit $4", tx.Company, s.ID, after, limit)
}

// FindLine gives the line with the name; none is [fault.NotFound].
func FindLine(ctx context.Context, tx *db.Tx, name string) (*Line, error) {
	bank, n, line, err := ParseName(name)
	if err != nil {
		return nil, err
	}
	all, err := db.List(ctx, tx, scanLine, lineQuery+" where l.company = $1 and b.code = $2 and s.n = $3 and l.n = $4", tx.Company, bank, n, line)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "there is no line %q of a statement; see them with: quittance banks statements show %s/%d", name, bank, n).In("line")
	}
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// OpenLines gives the lines of a bank account, or of one of its statements (0: of all), that are not reconciled, in their order.
func OpenLines(ctx context.Context, tx *db.Tx, bank, statement int64) ([]Line, error) {
	return db.List(ctx, tx, scanLine, lineQuery+" where l.company = $1 and l.bank = $2 and ($3 = 0 or l.statement = $3) and l.reconciliation is null order by l.statement, l.n", tx.Company, bank, statement)
}

// bankEntries are the entries of a bank account's ledger account: $1 company, $3 the ledger account, $4 its currency.
const bankEntries = ` where e.company = $1 and e.account = (select id from ledger_account where company = $1 and written = $3) and e.party is null and e.currency = $4 and e.amount <> 0`

// entryQuery gives the bank entries of a bank account: $1 company, $2 its id, $3 its ledger account, $4 its currency.
const entryQuery = `select e.voucher, e.line, v.number, v.text, v.date, e.amount, coalesce(v.reverses, 0), coalesce(p.id, 0), coalesce(j.code || '/' || cast(p.line as text), ''),
	coalesce(p.status, ''), coalesce(m.kind, ''), coalesce(p.number, ''), coalesce(x.name, ''), coalesce(p.file, 0), coalesce(f.code, '')
	from entry e join voucher v on v.company = e.company and v.id = e.voucher
	left join vendor_payment p on p.company = e.company and p.bank = $2 and p.voucher = coalesce(v.reverses, v.id)
	left join vendor_payment_journal j on j.company = p.company and j.id = p.journal
	left join payment_method m on m.company = p.company and m.code = p.method
	left join vendor x on x.company = p.company and x.id = p.payee
	left join payment_file f on f.company = p.company and f.id = p.file` + bankEntries

func scanEntry(r *db.Rows, e *Entry) error {
	var kind payout.Kind
	var number string
	if err := r.Scan(&e.Voucher, &e.Line, &e.Number, &e.Text, &e.Date, &e.Amount, &e.Reverses, &e.Payment, &e.Name, &e.Status, &kind, &number, &e.Payee, &e.File, &e.FileCode); err != nil {
		return err
	}
	if kind == payout.ByCheck {
		e.Check = number
	} else {
		e.Ref = number
	}
	return nil
}

// notReconciled is no "not exists": PostgreSQL makes a join of that, and one without an index while it does not know yet that many were
// reconciled just now; 20,000 entries took it 16 s. A value of the row is looked up by key each time.
const notReconciled = ` and (select r.live from bank_reconciliation_entry r where r.company = e.company and r.voucher = e.voucher and r.line = e.line and r.live = 1) is null`

// OpenEntries gives the bank entries of a bank account that are not reconciled, in the order of their vouchers.
func OpenEntries(ctx context.Context, tx *db.Tx, b *payout.BankAccount) ([]Entry, error) {
	return db.List(ctx, tx, scanEntry, entryQuery+notReconciled+" order by e.voucher, e.line", tx.Company, b.ID, b.Account, b.Currency)
}

// entriesOf gives the open bank entries of vouchers.
func entriesOf(ctx context.Context, tx *db.Tx, b *payout.BankAccount, vouchers []int64) ([]Entry, error) {
	those, arg := tx.Among("e.voucher", "$5", vouchers)
	return db.List(ctx, tx, scanEntry, entryQuery+notReconciled+" and "+those+" order by e.voucher, e.line", tx.Company, b.ID, b.Account, b.Currency, arg)
}

// File gives the file that a statement came in; one that was changed behind the program's back is [fault.Violation].
func File(ctx context.Context, tx *db.Tx, keys *secret.Keyring, s *Statement) (name string, content []byte, err error) {
	var keyID string
	var sum, sealed []byte
	if err := tx.Row(ctx, "select name, sha256, key_id, sealed from bank_file where company = $1 and id = $2", tx.Company, s.File).Scan(&name, &sum, &keyID, &sealed); err != nil {
		return "", nil, err
	}
	if content, err = keys.Open(keyID, sealed, fileContext(tx.Company, s.File)); err != nil {
		return "", nil, err
	}
	if now := sha256.Sum256(content); !bytes.Equal(now[:], sum) {
		return "", nil, fault.New(fault.Violation, "the file of statement %s is not what was imported", s.Name()).ByRule("bank_file")
	}
	return name, content, nil
}

// OfAccount puts the code of the bank account into a column map that has its number, so that no number is kept in clear. An account that
// is none of the company's is refused.
func OfAccount(ctx context.Context, tx *db.Tx, keys *secret.Keyring, m *bankcsv.Map) error {
	if m.Account == "" {
		return nil
	}
	im := &importer{ctx: ctx, tx: tx, keys: keys}
	if err := im.loadBanks(); err != nil {
		return err
	}
	b, err := im.bankOf(&statement.Statement{Account: statement.Account{Number: m.Account}})
	if err != nil {
		return fault.New(fault.Invalid, "the account of the column map is no bank account of the company, or of several; write the bank account's code").ByRule("unknown_account").In("account").Because(err)
	}
	m.Account = b.Code
	return nil
}

// SaveMap saves a column map of CSV files.
func SaveMap(ctx context.Context, tx *db.Tx, code string, m bankcsv.Map) error {
	if err := m.Check(); err != nil {
		return err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "insert into bank_map (company, code, map) values ($1, $2, $3) on conflict (company, code) do update set map = excluded.map", tx.Company, code, string(text))
	return err
}

// FindMap gives a saved column map; none is [fault.NotFound].
func FindMap(ctx context.Context, tx *db.Tx, code string) (*bankcsv.Map, error) {
	var text string
	err := tx.Row(ctx, "select map from bank_map where company = $1 and code = $2", tx.Company, code).Scan(&text)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no column map %q; save it with: quittance banks statements map %s FILE", code, code).In("map")
	}
	if err != nil {
		return nil, err
	}
	m := &bankcsv.Map{}
	return m, json.Unmarshal([]byte(text), m)
}

// DeleteMap takes a saved column map away; none is [fault.NotFound].
func DeleteMap(ctx context.Context, tx *db.Tx, code string) error {
	n, err := tx.Exec(ctx, "delete from bank_map where company = $1 and code = $2", tx.Company, code)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "there is no column map %q; list them with: quittance banks statements maps", code).In("map")
	}
	return err
}

// sumOf gives the sum of entries.
func sumOf(all []Entry) (money.Amount, error) {
	var sum money.Sum
	for i := range all {
		sum.Add(all[i].Amount)
	}
	return sum.Total()
}
