package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"quittance/internal/bank"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/bankcsv"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// BankStatement is a bank statement, as people see it.
type BankStatement struct {
	Statement  string     `json:"statement"` // bank account and place
	Bank       string     `json:"bank"`
	Number     string     `json:"number"` // as the bank numbers it
	Format     string     `json:"format"`
	From       civil.Date `json:"from"`
	To         civil.Date `json:"to"`
	Currency   string     `json:"currency"`
	Opening    string     `json:"opening"`
	Closing    string     `json:"closing"`
	Lines      int        `json:"lines"`
	Open       int        `json:"open_lines"` // not reconciled
	ImportedBy string     `json:"imported_by"`
	ID         int64      `json:"-"`
}

// BankLine is a line of a statement, as people see it.
type BankLine struct {
	Line       string      `json:"line"` // bank account, place of the statement, place of the line
	Booked     civil.Date  `json:"booked"`
	Amount     string      `json:"amount"` // what came in is positive
	Kind       string      `json:"kind"`
	Detail     bank.Detail `json:"detail"`
	Reconciled bool        `json:"reconciled"`
}

// BankMatch is what a line may be.
type BankMatch struct {
	Line     string   `json:"line"`
	Amount   string   `json:"amount"`
	Score    int      `json:"score"`
	Reasons  []string `json:"reasons"`
	Payments []string `json:"payments"`
	Vouchers []string `json:"vouchers"`
	Return   bool     `json:"return"`     // a payment came back: note it, then match again
	Done     bool     `json:"reconciled"` // by itself
}

// BankImport is a file of statements to import.
type BankImport struct {
	Name    string
	Data    []byte
	Bank    string // blank: the file says
	Map     string // code of the column map of a CSV file or workbook
	Preview bool   // nothing is imported
}

// SaveBankMap saves a column map of CSV files and workbooks, which is JSON.
func (a *App) SaveBankMap(ctx context.Context, call Call, code string, text []byte) error {
	_, err := do(ctx, a, call, command{name: "bank_map.save", permission: identity.SetUp, input: []any{code, text}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := checkCode("code", code); err != nil {
			return "", nil, false, err
		}
		var m bankcsv.Map
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&m); err != nil {
			return "", nil, false, fault.New(fault.Invalid, "the file is no column map: %v", err).In("file").Because(err)
		}
		return "column map " + code, m, true, bank.SaveMap(ctx, tx, code, m)
	})
	return err
}

// ImportBankStatements imports the statements of a file, all or none.
func (a *App) ImportBankStatements(ctx context.Context, call Call, x BankImport) ([]BankStatement, error) {
	source := bank.Source{Name: x.Name, Data: x.Data, Bank: x.Bank}
	work := func(ctx context.Context, tx *db.Tx) ([]BankStatement, error) {
		for field, text := range map[string]string{"bank": x.Bank, "map": x.Map, "name": x.Name} {
			if err := plain(field, text); err != nil {
				return nil, err
			}
		}
		if x.Map != "" {
			m, err := bank.FindMap(ctx, tx, x.Map)
			if err != nil {
				return nil, err
			}
			source.Map = m
		}
		all, err := bank.Import(ctx, tx, a.keys, source, x.Preview)
		rows := make([]BankStatement, len(all))
		for i, s := range all {
			rows[i] = viewStatement(s)
		}
		return rows, err
	}
	if x.Preview {
		var rows []BankStatement
		err := query(ctx, a, call, identity.Pay, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (err error) {
			rows, err = work(ctx, tx)
			return err
		})
		return rows, err
	}
	return do(ctx, a, call, command{name: "bank_statement.import", permission: identity.Pay, input: x}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, []BankStatement, error) {
		rows, err := work(ctx, tx)
		if err != nil {
			return "", nil, nil, err
		}
		return rows[0].Statement, rows[:min(len(rows), mostNamed)], rows, nil
	})
}

func viewStatement(s *bank.Statement) BankStatement {
	c := money.MustCurrency(s.Currency)
	return BankStatement{
		Statement: s.Name(), Bank: s.BankCode, Number: s.Number, Format: s.Format, From: s.From, To: s.To, Currency: s.Currency, Opening: c.Format(s.Opening), Closing: c.Format(s.Closing),
		Lines: s.Lines, Open: s.Open, ImportedBy: s.ImportedBy, ID: s.ID,
	}
}

func viewBankLine(c money.Currency, l *bank.Line) BankLine {
	return BankLine{Line: l.Name(), Booked: l.Booked, Amount: c.Format(l.Amount), Kind: l.Kind, Detail: l.Detail, Reconciled: l.Reconciliation != 0}
}

// BankStatements gives statements of a bank account (blank: of all), the newest first, at most limit; next is where the list goes on.
func (a *App) BankStatements(ctx context.Context, call Call, code string, before int64, limit int) (rows []BankStatement, next int64, err error) {
	rows = []BankStatement{}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if err := plain("bank", code); err != nil {
			return err
		}
		var all []*bank.Statement
		var err error
		if all, next, err = bank.List(ctx, tx, code, before, limit); err != nil {
			return err
		}
		for _, s := range all {
			rows = append(rows, viewStatement(s))
		}
		return nil
	})
	return rows, next, err
}

// BankStatement gives a statement and its lines after the one with the number, at most limit.
func (a *App) BankStatement(ctx context.Context, call Call, name string, after int64, limit int) (row BankStatement, lines []BankLine, err error) {
	lines = []BankLine{}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if err := plain("statement", name); err != nil {
			return err
		}
		s, err := bank.Find(ctx, tx, name)
		if err != nil {
			return err
		}
		row = viewStatement(s)
		all, err := bank.Lines(ctx, tx, s.ID, after, limit)
		for i := range all {
			lines = append(lines, viewBankLine(money.MustCurrency(s.Currency), &all[i]))
		}
		return err
	})
	return row, lines, err
}

// scoreOf gives a score that a parameter sets.
func scoreOf(c *ledger.Company, name string, unset int) int {
	n, err := strconv.Atoi(cmp.Or(c.Parameters[name], strconv.Itoa(unset)))
	if err != nil {
		return unset
	}
	return n
}

const matchChunk = 500 // lines that one transaction reconciles

// found is what matching found: candidates with what they are of.
type found struct {
	bank    payout.BankAccount
	lines   []bank.Line
	entries []bank.Entry
	paid    []bank.Entry
	all     []bank.Candidate
	rules   bank.Rules
}

// MatchBank matches the open lines of a bank account. Those whose score is high enough are reconciled (unless it is a preview), some
// hundreds in a transaction; the others are proposed.
func (a *App) MatchBank(ctx context.Context, call Call, code string, preview bool) ([]BankMatch, error) {
	cmd := command{name: "bank.match", permission: identity.Pay, input: []any{code, preview}}
	if first, was, err := earlier[[]BankMatch](ctx, a, call, cmd); err != nil || was {
		return first, err
	}
	f := &found{}
	if err := query(ctx, a, call, identity.Pay, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error { return f.load(ctx, tx, c, code) }); err != nil {
		return nil, err
	}
	f.all = bank.Match(f.lines, f.entries, f.paid, f.rules)
	var sure []bank.Candidate
	rows := []BankMatch{}
	for _, x := range f.all {
		own := !x.Return && x.Score >= f.rules.Reconcile && !preview
		if own {
			sure = append(sure, x)
		}
		rows = append(rows, f.view(x, own))
	}
	each := call
	each.Key = ""
	for chunk := range slices.Chunk(sure, matchChunk) {
		if err := a.reconcileChunk(ctx, each, f, chunk); err != nil {
			return nil, err
		}
	}
	if preview {
		return rows, nil
	}
	return do(ctx, a, call, cmd, func(context.Context, *db.Tx, *ledger.Company) (string, any, []BankMatch, error) {
		return "bank account " + code, map[string]int{"lines": len(f.lines), "matched": len(rows), "reconciled": len(sure)}, rows, nil
	})
}

func (f *found) load(ctx context.Context, tx *db.Tx, c *ledger.Company, code string) (err error) {
	if err := plain("bank", code); err != nil {
		return err
	}
	if f.bank, err = payout.FindBank(ctx, tx, code); err != nil {
		return err
	}
	if f.lines, err = bank.OpenLines(ctx, tx, f.bank.ID); err != nil {
		return err
	}
	if f.entries, err = bank.OpenEntries(ctx, tx, &f.bank); err != nil {
		return err
	}
	f.rules = bank.Rules{Reconcile: scoreOf(c, "bank_match_score", 95), Propose: scoreOf(c, "bank_propose_score", 50)}
	if f.rules.Tolerance, err = differenceLimit(c); err != nil {
		return err
	}
	f.paid, err = bank.MayReturn(ctx, tx, &f.bank, f.lines)
	return err
}

// differenceLimit gives the difference that may be posted.
func differenceLimit(c *ledger.Company) (money.Amount, error) {
	return c.Currency.Parse(cmp.Or(c.Parameters["bank_difference_limit"], c.Currency.Format(0)))
}

func (f *found) view(x bank.Candidate, done bool) BankMatch {
	l := &f.lines[x.Line]
	row := BankMatch{Line: l.Name(), Amount: money.MustCurrency(f.bank.Currency).Format(l.Amount), Score: x.Score, Reasons: x.Reasons, Payments: []string{}, Vouchers: []string{}, Return: x.Return, Done: done}
	for _, e := range f.entriesOf(x) {
		if len(row.Vouchers) == mostNamed {
			break
		}
		row.Vouchers = append(row.Vouchers, e.Number)
		if e.Name != "" {
			row.Payments = append(row.Payments, e.Name)
		}
	}
	return row
}

func (f *found) entriesOf(x bank.Candidate) []bank.Entry {
	from := f.entries
	if x.Paid {
		from = f.paid
	}
	all := make([]bank.Entry, len(x.Entries))
	for i, e := range x.Entries {
		all[i] = from[e]
	}
	return all
}

// reconcileChunk reconciles matches that are sure.
func (a *App) reconcileChunk(ctx context.Context, call Call, f *found, chunk []bank.Candidate) error {
	_, err := do(ctx, a, call, command{name: "bank.reconcile", permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, int64, error) {
		pairs := make([]bank.Pair, len(chunk))
		for i, x := range chunk {
			pairs[i] = bank.Pair{Line: &f.lines[x.Line], Entries: f.entriesOf(x), Score: x.Score, Reasons: x.Reasons}
		}
		n, _, err := bank.Reconcile(ctx, tx, c, &f.bank, pairs, bank.Difference{})
		return "bank account " + f.bank.Code, map[string]any{"first": n, "lines": len(chunk)}, n, err
	})
	return err
}

// BankReconciling is a line to reconcile by hand, with payments or vouchers.
type BankReconciling struct {
	Line       string   `json:"line"`
	Payments   []string `json:"payments"` // names
	Vouchers   []string `json:"vouchers"` // numbers
	Difference string   `json:"difference"`
}

// BankReconciled is what reconciling or undoing did.
type BankReconciled struct {
	Line           string `json:"line"`
	Reconciliation int64  `json:"reconciliation"` // number, of the bank account's
	Voucher        string `json:"voucher"`        // of the difference, or of its reversal; blank: none
}

// ReconcileBankLine reconciles a line by hand.
func (a *App) ReconcileBankLine(ctx context.Context, call Call, x BankReconciling) (*BankReconciled, error) {
	return do(ctx, a, call, command{name: "bank.reconcile", permission: identity.Pay, input: x}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *BankReconciled, error) {
		for _, text := range append([]string{x.Line, x.Difference}, append(x.Payments, x.Vouchers...)...) {
			if err := plain("line", text); err != nil {
				return "", nil, nil, err
			}
		}
		l, err := bank.FindLine(ctx, tx, x.Line)
		if err != nil {
			return "", nil, nil, err
		}
		b, err := payout.FindBank(ctx, tx, l.BankCode)
		if err != nil {
			return "", nil, nil, err
		}
		if len(x.Payments)+len(x.Vouchers) == 0 && x.Difference == "" {
			return "", nil, nil, fault.New(fault.Invalid, "name the payments or vouchers that line %s is", x.Line).In("payments")
		}
		entries, err := bank.Choose(ctx, tx, &b, x.Payments, x.Vouchers)
		if err != nil {
			return "", nil, nil, err
		}
		limit, err := differenceLimit(c)
		if err != nil {
			return "", nil, nil, err
		}
		n, voucher, err := bank.Reconcile(ctx, tx, c, &b, []bank.Pair{{Line: l, Entries: entries, Reasons: []string{"by hand"}}}, bank.Difference{Account: x.Difference, Limit: limit})
		done := &BankReconciled{Line: l.Name(), Reconciliation: n, Voucher: voucher}
		return l.Name(), x, done, err
	})
}

// UndoBankLine takes the reconciliation of a line back.
func (a *App) UndoBankLine(ctx context.Context, call Call, line string) (*BankReconciled, error) {
	return do(ctx, a, call, command{name: "bank.undo", permission: identity.Pay, input: line}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *BankReconciled, error) {
		if err := plain("line", line); err != nil {
			return "", nil, nil, err
		}
		l, err := bank.FindLine(ctx, tx, line)
		if err != nil {
			return "", nil, nil, err
		}
		n, voucher, err := bank.Undo(ctx, tx, c, l, tx.Today())
		done := &BankReconciled{Line: l.Name(), Reconciliation: n, Voucher: voucher}
		return l.Name(), done, done, err
	})
}
