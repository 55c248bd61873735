package folder

import (
	"time"

	"quittance/internal/civil"
	"quittance/internal/money"
)

// BankMap is a row of bank_maps: a saved column map of bank statements.
type BankMap struct {
	Row
	Map     string `col:"map,required,code,key"`
	Columns string `col:"columns,required,lines,format=json"`
}

// BankFile is a row of bank_files: a file that statements came in; its content stands under files.
type BankFile struct {
	Row
	File   int    `col:"file,required,range=1..1000000000,key"` // number within the folder
	Name   string `col:"name,required,lines"`
	SHA256 string `col:"sha256,required,format=sealed"`
	Size   int    `col:"size,required,range=0..1073741824"`
}

// BankStatement is a row of bank_statements.
type BankStatement struct {
	Row
	Bank       string         `col:"bank,required,code,key"`
	Statement  int            `col:"statement,required,range=1..1000000000,key"` // place in the row of the bank account's statements
	Digest     string         `col:"digest,required"`                            // of its content
	File       int            `col:"file,required,range=1..1000000000"`
	Format     string         `col:"format,required,code"`
	Number     string         `col:"number,lines"` // as the bank numbers it
	From       civil.Date     `col:"from,required"`
	To         civil.Date     `col:"to,required"`
	Currency   money.Currency `col:"currency"` // of the bank account
	Opening    money.Amount   `col:"opening,required"`
	Closing    money.Amount   `col:"closing,required"`
	Lines      int            `col:"lines,range=0..1000000000"`
	ImportedBy string         `col:"imported_by"` // blank = who imports
	ImportedAt time.Time      `col:"imported_at"`
}

func (s *BankStatement) check(c *checks) {
	if c.sound("from", "to") && s.To < s.From {
		c.bad("to", "%s is before from, %s", s.To, s.From)
	}
}

// BankLine is a row of bank_lines: a line of a statement. Its currency is that of the bank account.
type BankLine struct {
	Row
	Bank      string         `col:"bank,required,code,key"`
	Statement int            `col:"statement,required,range=1..1000000000,key"`
	Line      int            `col:"line,required,range=1..1000000000,key"`
	Booked    civil.Date     `col:"booked,required"`
	Value     civil.Date     `col:"value"`
	Currency  money.Currency `col:"currency"`
	Amount    money.Amount   `col:"amount,required"` // what came in is positive
	Kind      string         `col:"kind"`
	Detail    string         `col:"detail,lines"` // JSON, of which more may stand in bank_line_details
}

// BankLineDetail is a row of bank_line_details: what of the detail of a line did not fit its row.
type BankLineDetail struct {
	Row
	Bank      string `col:"bank,required,code,key"`
	Statement int    `col:"statement,required,range=1..1000000000,key"`
	Line      int    `col:"line,required,range=1..1000000000,key"`
	Part      int    `col:"part,required,range=2..1000000,key"`
	Detail    string `col:"detail,required,lines"`
}

// Reconciliation is a row of reconciliations.
type Reconciliation struct {
	Row
	Bank           string    `col:"bank,required,code,key"`
	Reconciliation int       `col:"reconciliation,required,range=1..1000000000,key"` // number of the bank account's
	Statement      int       `col:"statement,required,range=1..1000000000"`
	Line           int       `col:"line,required,range=1..1000000000"`
	Score          int       `col:"score,range=0..100"` // 0 = by hand
	Reasons        string    `col:"reasons,lines"`
	Difference     string    `col:"difference,code"` // voucher that posted what was missing
	MadeBy         string    `col:"made_by"`         // blank = who imports
	MadeAt         time.Time `col:"made_at"`
	UndoneBy       string    `col:"undone_by"` // blank = it stands
	UndoneAt       time.Time `col:"undone_at"`
}

// ReconciliationEntry is a row of reconciliation_entries: a line of a voucher on the bank's ledger account. Its currency is that of the bank account.
type ReconciliationEntry struct {
	Row
	Bank           string         `col:"bank,required,code,key"`
	Reconciliation int            `col:"reconciliation,required,range=1..1000000000,key"`
	Voucher        string         `col:"voucher,required,code,key"`
	Line           int            `col:"line,required,range=1..1000000,key"`
	Currency       money.Currency `col:"currency"`
	Amount         money.Amount   `col:"amount,required"`
}
