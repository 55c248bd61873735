package app

import (
	"cmp"
	"context"

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

// BankEntry is an entry on the ledger account of a bank account, as people see it.
type BankEntry struct {
	Voucher string     `json:"voucher"`
	Date    civil.Date `json:"date"`
	Text    string     `json:"text"`
	Payment string     `json:"payment"` // blank: of none
	Check   string     `json:"check"`
	Payee   string     `json:"payee"`
	Amount  string     `json:"amount"` // what came in is positive
}

func viewEntry(c money.Currency, e *bank.Entry) BankEntry {
	return BankEntry{Voucher: e.Number, Date: e.Date, Text: e.Text, Payment: e.Name, Check: e.Check, Payee: e.Payee, Amount: c.Format(e.Amount)}
}

// BankReconciliation is a reconciliation that stands, as people see it.
type BankReconciliation struct {
	Number     int64       `json:"number"` // of the bank account's
	Score      int         `json:"score"`  // 0: by hand
	Reasons    string      `json:"reasons"`
	Difference string      `json:"difference"` // number of the voucher that posted it; blank: none
	MadeBy     string      `json:"made_by"`
	MadeAt     string      `json:"made_at"`
	Count      int         `json:"count"` // of its entries
	Entries    []BankEntry `json:"entries"`
}

func viewStatement(s *bank.Statement) BankStatement {
	c := money.MustCurrency(s.Currency)
	return BankStatement{
		Statement: s.Name(), Bank: s.BankCode, Number: s.Number, Format: s.Format, From: s.From, To: s.To, Currency: s.Currency, Opening: c.Format(s.Opening), Closing: c.Format(s.Closing),
		Lines: s.Lines, Open: s.Open, OpenAmount: c.Format(s.OpenAmount), ImportedBy: s.ImportedBy, ImportedAt: instant(s.ImportedAt), ID: s.ID,
	}
}

func viewBankLine(c money.Currency, l *bank.Line) BankLine {
	return BankLine{Line: l.Name(), Booked: l.Booked, Amount: c.Format(l.Amount), Kind: l.Kind, Detail: l.Detail, Reconciled: l.Reconciliation != 0}
}

// BankStatementFilter narrows a list of statements; what is blank does not.
type BankStatementFilter struct {
	Bank     string     // code of the bank account
	State    bank.State // open: those with an open line
	From, To civil.Date // those that have a day of these
}

// BankStatements gives statements, the newest first.
func (a *App) BankStatements(ctx context.Context, call Call, f BankStatementFilter, p Page) (Part[BankStatement], error) {
	var before struct {
		ID int64 `json:"i"`
	}
	part := Part[BankStatement]{Items: []BankStatement{}}
	limit, err := p.open("bank statements", &before)
	if err := cmp.Or(err, plain("bank", f.Bank), bankState(f.State)); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if f.Bank != "" {
			if _, err := payout.FindBank(ctx, tx, f.Bank); err != nil {
				return err
			}
		}
		all, at, err := bank.List(ctx, tx, bank.Filter{Bank: f.Bank, State: f.State, From: f.From, To: f.To}, before.ID, limit)
		for _, s := range all {
			part.Items = append(part.Items, viewStatement(s))
		}
		if before.ID = at; at != 0 {
			part.Next = next("bank statements", before)
		}
		return err
	})
	return part, err
}

func bankState(s bank.State) error {
	if s == "" || s == bank.Open || s == bank.Reconciled {
		return nil
	}
	return oneOf("state", string(s), bank.States())
}

// BankStatement gives a statement.
func (a *App) BankStatement(ctx context.Context, call Call, name string) (row *BankStatement, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if err := plain("statement", name); err != nil {
			return err
		}
		s, err := bank.Find(ctx, tx, name)
		if err == nil {
			row = new(viewStatement(s))
		}
		return err
	})
	return row, err
}

// BankLineFilter says which lines of a statement are looked at, and how closely.
type BankLineFilter struct {
	State   bank.State // blank: all
	Explain bool       // with what open lines may be, and what reconciled ones are
}

// BankStatementLines gives lines of a statement in their order.
func (a *App) BankStatementLines(ctx context.Context, call Call, name string, x BankLineFilter, p Page) (Part[BankLine], error) {
	var after struct {
		N int64 `json:"n"`
	}
	part := Part[BankLine]{Items: []BankLine{}}
	limit, err := p.open("bank lines "+name, &after)
	if err := cmp.Or(err, plain("statement", name), bankState(x.State)); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		s, err := bank.FindBare(ctx, tx, name)
		if err != nil {
			return err
		}
		lines, err := bank.Lines(ctx, tx, s, x.State, after.N, limit+1)
		if err != nil {
			return err
		}
		if len(lines) > limit {
			lines = lines[:limit]
			after.N = lines[limit-1].N
			part.Next = next("bank lines "+name, after)
		}
		for i := range lines {
			part.Items = append(part.Items, viewBankLine(money.MustCurrency(s.Currency), &lines[i]))
		}
		if !x.Explain || len(lines) == 0 {
			return nil
		}
		return explain(ctx, tx, c, s, lines, part.Items)
	})
	return part, err
}

const entriesShown = 20 // of a match or a reconciliation

// explain says of lines what they may be, or are.
func explain(ctx context.Context, tx *db.Tx, c *ledger.Company, s *bank.Statement, lines []bank.Line, rows []BankLine) error {
	at := map[int64]*BankLine{}
	for i := range lines {
		at[lines[i].N] = &rows[i]
	}
	cur := money.MustCurrency(s.Currency)
	f := &found{}
	if err := f.loadPage(ctx, tx, c, s, lines); err != nil {
		return err
	}
	for _, x := range f.all {
		row := at[f.lines[x.Line].N]
		if row == nil {
			continue
		}
		m := f.view(x, false)
		for i, e := range f.entriesOf(x) {
			if i < entriesShown {
				m.Entries = append(m.Entries, viewEntry(cur, &e))
			}
		}
		row.Match = &m
	}
	all, err := bank.Standing(ctx, tx, &f.bank, s, lines[0].N, lines[len(lines)-1].N, entriesShown)
	for _, k := range all {
		row := at[k.Line]
		if row == nil {
			continue
		}
		v := &BankReconciliation{Number: k.N, Score: k.Score, Reasons: k.Reasons, Difference: k.Difference, MadeBy: k.MadeBy, MadeAt: instant(k.MadeAt), Count: k.Count, Entries: []BankEntry{}}
		for i := range k.Entries {
			v.Entries = append(v.Entries, viewEntry(cur, &k.Entries[i]))
		}
		row.Reconciliation = v
	}
	return err
}

// BankLine gives one line, such as MAIN/3/12, with what it may be, or is.
func (a *App) BankLine(ctx context.Context, call Call, name string) (row *BankLine, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		if err := plain("line", name); err != nil {
			return err
		}
		l, err := bank.FindLine(ctx, tx, name)
		if err != nil {
			return err
		}
		code, n, _, err := bank.ParseName(name)
		if err != nil {
			return err
		}
		s, err := bank.FindBare(ctx, tx, bankStatementName(code, n))
		if err != nil {
			return err
		}
		rows := []BankLine{viewBankLine(money.MustCurrency(s.Currency), l)}
		row = &rows[0]
		return explain(ctx, tx, c, s, []bank.Line{*l}, rows)
	})
	return row, err
}

func bankStatementName(code string, n int64) string {
	s := bank.Statement{BankCode: code, N: n}
	return s.Name()
}

// BankEntrySearch says which open entries of a bank account are looked for; what is blank does not narrow.
type BankEntrySearch struct {
	Text     string // in the voucher's number or text, the payment's name or number, the payee's name
	Amount   string // decimal; what came in is positive
	From, To civil.Date
}

// BankEntries gives the open entries of a bank account that are looked for, those posted last first.
func (a *App) BankEntries(ctx context.Context, call Call, code string, x BankEntrySearch, p Page) (Part[BankEntry], error) {
	var after bank.Place
	part := Part[BankEntry]{Items: []BankEntry{}}
	limit, err := p.open("bank entries", &after)
	if err := cmp.Or(err, plain("bank", code), plain("text", x.Text), plain("amount", x.Amount)); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		b, err := payout.FindBank(ctx, tx, code)
		if err != nil {
			return err
		}
		c := money.MustCurrency(b.Currency)
		f := bank.Search{Text: x.Text, From: x.From, To: x.To}
		if x.Amount != "" {
			amount, err := c.Parse(x.Amount)
			if err != nil {
				return inField(err, "amount")
			}
			f.Amount = &amount
		}
		all, at, err := f.Find(ctx, tx, &b, after, limit)
		for i := range all {
			part.Items = append(part.Items, viewEntry(c, &all[i]))
		}
		if at != nil {
			part.Next = next("bank entries", *at)
		}
		return err
	})
	return part, err
}

// BankStatementFile gives the file that a statement came in, as it came. That it was handed out stands in the audit trail.
func (a *App) BankStatementFile(ctx context.Context, call Call, name string) (file string, content []byte, err error) {
	call.Key = "" // each time is told
	file, err = do(ctx, a, call, command{name: "bank_statement.file", permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, string, error) {
		if err := plain("statement", name); err != nil {
			return "", nil, "", err
		}
		s, err := bank.Find(ctx, tx, name)
		if err != nil {
			return "", nil, "", err
		}
		file, data, err := bank.File(ctx, tx, a.keys, s)
		content = data
		return name, map[string]string{"file": file}, file, err
	})
	return file, content, err
}

// BankMap is a saved column map of CSV files and workbooks.
type BankMap struct {
	Code string      `json:"code"`
	Map  bankcsv.Map `json:"map"`
}

// BankMaps gives the saved column maps, by code.
func (a *App) BankMaps(ctx context.Context, call Call) ([]BankMap, error) {
	rows := []BankMap{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := bank.Maps(ctx, tx)
		for _, m := range all {
			rows = append(rows, BankMap{m.Code, m.Map})
		}
		return err
	})
	return rows, err
}

// DeleteBankMap takes a saved column map away. What was imported by it stays.
func (a *App) DeleteBankMap(ctx context.Context, call Call, code string) error {
	_, err := do(ctx, a, call, command{name: "bank_map.delete", permission: identity.SetUp, input: code}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := plain("map", code); err != nil {
			return "", nil, false, err
		}
		if code == "" {
			return "", nil, false, fault.New(fault.Invalid, "name the column map").In("map")
		}
		return "column map " + code, nil, true, bank.DeleteMap(ctx, tx, code)
	})
	return err
}
