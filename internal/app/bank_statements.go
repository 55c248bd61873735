package app

import (
	"bytes"
	"context"
	"encoding/json"

	"quittance/internal/bank"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/bankcsv"
	"quittance/internal/identity"
	"quittance/internal/ledger"
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
	Open       int        `json:"open_lines"`  // not reconciled
	OpenAmount string     `json:"open_amount"` // of those: what the control of the bank account is off by, for this statement
	ImportedBy string     `json:"imported_by"`
	ImportedAt string     `json:"imported_at"`
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

	Match          *BankMatch          `json:"match,omitempty"`          // of an open line, where it is asked for: what it may be
	Reconciliation *BankReconciliation `json:"reconciliation,omitempty"` // of a reconciled line, where it is asked for
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

	Key        string      `json:"match"`             // tells this match from another one of the line; who accepts it names it
	Difference string      `json:"difference"`        // between the line and what it may be
	Entries    []BankEntry `json:"entries,omitempty"` // of a single statement: the first of them
	Count      int         `json:"count"`             // of all of them
}

// BankImport is a file of statements to import.
type BankImport struct {
	Name    string
	Data    []byte
	Bank    string // blank: the file says
	Map     string // code of the column map of a CSV file or workbook
	Preview bool   // nothing is imported
}

// SaveBankMap saves a column map of CSV files and workbooks, which is JSON. The number of a bank account in it becomes the account's code.
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
		if err := bank.OfAccount(ctx, tx, a.keys, &m); err != nil {
			return "", nil, false, err
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
		return rows[0].Statement, rows[:min(len(rows), mostNamed)], rows, tellImport(tx, rows[0].Statement, "bank_statement", len(rows))
	})
}
