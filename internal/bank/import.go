package bank

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/bai2"
	"quittance/internal/format/bankcsv"
	"quittance/internal/format/camt"
	"quittance/internal/format/mt940"
	"quittance/internal/format/ofx"
	"quittance/internal/format/statement"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/secret"
)

// Source is a file of statements.
type Source struct {
	Name string
	Data []byte
	Bank string       // code of the bank account that it is of; blank: the statement says
	Map  *bankcsv.Map // how a CSV file or workbook is read
}

// Read reads a file of any known format; one that does not add up is refused with every error.
func Read(x Source) (*statement.File, error) {
	format, err := statement.Detect(x.Data)
	if err != nil {
		return nil, err
	}
	switch format {
	case statement.Camt:
		return camt.Parse(x.Data)
	case statement.BAI2:
		return bai2.Statements(x.Data)
	case statement.MT940:
		return mt940.Parse(x.Data)
	case statement.OFX:
		return ofx.Parse(x.Data)
	}
	if x.Map == nil {
		return nil, fault.New(fault.Invalid, "a %s file is read by a column map; name a saved one", format).ByRule("no_map").In("map")
	}
	return bankcsv.Read(x.Data, format == statement.XLSX, *x.Map)
}

// Import imports the statements of a file: all of them, or none with every error. A preview writes nothing. What it gives is in the order of the bank account's
// statements.
func Import(ctx context.Context, tx *db.Tx, keys *secret.Keyring, x Source, preview bool) ([]*Statement, error) {
	f, err := Read(x)
	if err != nil {
		return nil, err
	}
	im := &importer{ctx: ctx, tx: tx, keys: keys, x: x, preview: preview, last: map[int64]*Statement{}}
	if err := im.loadBanks(); err != nil {
		return nil, err
	}
	order := make([]*statement.Statement, len(f.Statements))
	for i := range f.Statements {
		order[i] = &f.Statements[i]
	}
	slices.SortStableFunc(order, func(a, b *statement.Statement) int { return cmp.Compare(first(a), first(b)) })
	var wrong fault.List
	var all []*Statement
	var lines [][]statement.Line
	for _, s := range order {
		made, err := im.one(s, f.Format)
		if err != nil && fault.CodeOf(err) == fault.Internal {
			return nil, err
		}
		if err != nil {
			wrong.Add(err)
			continue
		}
		all, lines = append(all, made), append(lines, s.Lines)
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	if preview {
		return all, nil
	}
	return all, im.save(all, lines)
}

type importer struct {
	ctx     context.Context
	tx      *db.Tx
	keys    *secret.Keyring
	x       Source
	preview bool
	banks   []payout.BankAccount
	numbers map[string]*payout.BankAccount // by IBAN and by account number
	last    map[int64]*Statement           // the last statement of a bank account, nil: none
}

// loadBanks reads the bank accounts and their numbers.
func (im *importer) loadBanks() error {
	var err error
	if im.banks, err = payout.Banks(im.ctx, im.tx); err != nil {
		return err
	}
	ids := make([]int64, len(im.banks))
	for i := range im.banks {
		ids[i] = im.banks[i].ID
	}
	details, err := party.BanksOf(im.ctx, im.tx, ids)
	if err != nil {
		return err
	}
	im.numbers = map[string]*payout.BankAccount{}
	for i := range im.banks {
		s, has := details[im.banks[i].ID]
		if !has {
			continue
		}
		d, err := s.Open(im.tx.Company, im.keys)
		if err != nil {
			return err
		}
		for _, number := range []string{d.IBAN, d.AccountNumber} {
			if key := bare(number); key != "" {
				if other := im.numbers[key]; other != nil && other.ID != im.banks[i].ID {
					im.numbers[key] = &payout.BankAccount{} // of two: the statement does not say which
				} else {
					im.numbers[key] = &im.banks[i]
				}
			}
		}
	}
	return nil
}

// bare gives an account number as it is compared: letters and digits, without leading zeros.
func bare(number string) string {
	return strings.TrimLeft(strings.ToUpper(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(number)), "0")
}

// bankOf gives the bank account that a statement is of.
func (im *importer) bankOf(s *statement.Statement) (*payout.BankAccount, error) {
	var told *payout.BankAccount
	for _, number := range []string{s.Account.IBAN, s.Account.Number} {
		if b := im.numbers[bare(number)]; b != nil && bare(number) != "" {
			told = b
			break
		}
	}
	if told == nil { // a column map names a bank account by its code
		if at := slices.IndexFunc(im.banks, func(b payout.BankAccount) bool { return b.Code == s.Account.Number }); at >= 0 {
			told = &im.banks[at]
		}
	}
	masked := secret.Mask(cmp.Or(s.Account.IBAN, s.Account.Number))
	if im.x.Bank == "" {
		if told == nil || told.ID == 0 {
			return nil, fault.New(fault.NotFound, "the statement is of account %s, which is no bank account of the company, or of several; set its number with quittance banks set, or name the bank account", masked).At(s.Place).ByRule("unknown_account").In("bank")
		}
		return told, nil
	}
	at := slices.IndexFunc(im.banks, func(b payout.BankAccount) bool { return b.Code == im.x.Bank })
	if at < 0 {
		_, err := payout.FindBank(im.ctx, im.tx, im.x.Bank)
		return nil, err
	}
	if told != nil && told.ID != 0 && told.ID != im.banks[at].ID {
		return nil, fault.New(fault.Refused, "the statement is of account %s, which is bank account %s, not %s", masked, told.Code, im.x.Bank).At(s.Place).ByRule("other_account").In("bank")
	}
	return &im.banks[at], nil
}

func first(s *statement.Statement) civil.Date {
	d := cmp.Or(s.From, s.Opening.Date)
	for i := range s.Lines {
		if l := &s.Lines[i]; s.From == 0 && !l.Pending && (d == 0 || l.Booked < d) {
			d = l.Booked
		}
	}
	return cmp.Or(d, s.To, s.Closing.Date)
}

func end(s *statement.Statement) civil.Date {
	d := cmp.Or(s.To, s.Closing.Date)
	for i := range s.Lines {
		if l := &s.Lines[i]; s.To == 0 && !l.Pending && l.Booked > d {
			d = l.Booked
		}
	}
	return max(d, first(s))
}

// one looks whether a statement may be imported, as the next one of its bank account.
func (im *importer) one(s *statement.Statement, format string) (*Statement, error) {
	b, err := im.bankOf(s)
	if err != nil {
		return nil, err
	}
	refuse := func(rule, text string, args ...any) error {
		return fault.New(fault.Refused, text, args...).At(s.Place).ByRule(rule)
	}
	if s.Nature != statement.Final {
		return nil, refuse("not_final", "it is a %s, not a final statement; ask the bank for the account's statement (camt.053, the prior day's BAI2)", s.Nature)
	}
	if s.Currency != b.Currency {
		return nil, refuse("statement_currency", "the statement is in %s, but bank account %s is in %s", s.Currency, b.Code, b.Currency).(*fault.Error).In("currency")
	}
	for i := range im.banks {
		if o := &im.banks[i]; o.ID != b.ID && o.Account == b.Account {
			return nil, refuse("shared_account", "bank accounts %s and %s share the ledger account %s, so that neither can be held against its statement; give each its own", b.Code, o.Code, b.Account)
		}
	}
	made := &Statement{Bank: b.ID, BankCode: b.Code, Currency: b.Currency, N: 1, Digest: s.Digest(), Format: format, Number: cmp.Or(s.Number, s.ID), From: first(s), To: end(s), ImportedBy: im.tx.Actor, ImportedAt: im.tx.Micros()}
	if made.From == 0 {
		return nil, refuse("no_date", "the statement has no date")
	}
	last, err := im.lastOf(b, made.Digest)
	if err != nil {
		return nil, err
	}
	sum := money.Amount(0)
	for i := range s.Lines {
		if l := &s.Lines[i]; !l.Pending {
			if sum, err = money.Add(sum, l.Amount); err != nil {
				return nil, err
			}
			made.Lines++
		}
	}
	switch {
	case s.Opening.Known():
		made.Opening = s.Opening.Amount
	case s.Closing.Known():
		made.Opening = s.Closing.Amount - sum
	case last != nil:
		made.Opening = last.Closing
	default:
		return nil, refuse("no_balance", "the statement tells no balance, and it is the first one of bank account %s; ask the bank for one that does, or name its cell in the column map", b.Code)
	}
	if made.Closing, err = money.Add(made.Opening, sum); err != nil {
		return nil, err
	}
	if s.Closing.Known() && s.Closing.Amount != made.Closing {
		return nil, refuse("statement_balance", "the statement opens at %s and its lines make %s, but it closes at %s", show(b.Currency, made.Opening), show(b.Currency, made.Closing), show(b.Currency, s.Closing.Amount))
	}
	if err := follows(last, made); err != nil {
		return nil, err.At(s.Place)
	}
	if last != nil {
		made.N = last.N + 1
	}
	im.last[b.ID] = made
	return made, nil
}

// follows refuses a statement that does not follow the last one.
func follows(last, s *Statement) *fault.Error {
	switch {
	case last == nil:
		return nil
	case s.From < last.To || s.To < last.To:
		return fault.New(fault.Refused, "the statement is of %s to %s, but statement %s goes to %s already; expected one from %s on, which opens at %s",
			s.From, s.To, last.Name(), last.To, last.To.AddDays(1), show(s.Currency, last.Closing)).ByRule("statement_overlap")
	case s.Opening != last.Closing:
		return fault.New(fault.Refused, "the statement of %s to %s opens at %s, but statement %s closes on %s at %s; import the one between them first",
			s.From, s.To, show(s.Currency, s.Opening), last.Name(), last.To, show(s.Currency, last.Closing)).ByRule("statement_gap")
	}
	return nil
}

// lastOf gives the last statement of a bank account, whether imported before or by this file; nil: none. One that is there is refused.
func (im *importer) lastOf(b *payout.BankAccount, digest string) (*Statement, error) {
	var twice []string
	twice, err := db.List(im.ctx, im.tx, func(r *db.Rows, s *string) error {
		*s = fmt.Sprintf("%s/%d", b.Code, r.Int64(0))
		return nil
	}, "select n from bank_statement where company = $1 and bank = $2 and digest = $3", im.tx.Company, b.ID, digest)
	if err != nil {
		return nil, err
	}
	if len(twice) > 0 {
		return nil, fault.New(fault.Refused, "the statement was imported before, it is %s", twice[0]).ByRule("statement_twice")
	}
	if s, known := im.last[b.ID]; known {
		return s, nil
	}
	// The row of the bank account is held, so that no one else imports the same at the same time.
	if !im.preview {
		if _, err := im.tx.Exec(im.ctx, "update bank_account set code = code where company = $1 and id = $2", im.tx.Company, b.ID); err != nil {
			return nil, err
		}
	}
	all, err := db.List(im.ctx, im.tx, scanStatement, statementQuery+" where s.company = $1 and s.bank = $2 order by s.n desc limit 1", im.tx.Company, b.ID)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// save writes the file, the statements and their lines.
func (im *importer) save(all []*Statement, lines [][]statement.Line) error {
	file, err := im.tx.NewID(im.ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(im.x.Data)
	f := &StatementFile{ID: file, Name: im.x.Name, SHA256: sum[:]}
	if err := f.insert(im.ctx, im.tx, im.keys, im.x.Data); err != nil {
		return err
	}
	to := im.tx.Batch("bank_statement", "company", "id", "bank", "n", "digest", "file", "format", "number", "from_date", "to_date", "opening", "closing", "lines", "imported_by", "imported_at")
	rows := im.tx.Batch("bank_line", "company", "statement", "n", "bank", "booked", "value", "amount", "kind", "detail", "reconciliation")
	for i, s := range all {
		if s.ID, err = im.tx.NewID(im.ctx); err != nil {
			return err
		}
		s.File, s.Open = file, s.Lines
		to.Int(im.tx.Company).Int(s.ID).Int(s.Bank).Int(s.N).Text(s.Digest).Int(file).Text(s.Format).Text(s.Number).Date(s.From).Date(s.To).
			Int(int64(s.Opening)).Int(int64(s.Closing)).Int(int64(s.Lines)).Text(s.ImportedBy).Int(s.ImportedAt)
		n := int64(0)
		for j := range lines[i] {
			l := &lines[i][j]
			if l.Pending {
				continue
			}
			n++
			text, err := json.Marshal(detailOf(l))
			if err != nil {
				return err
			}
			rows.Int(im.tx.Company).Int(s.ID).Int(n).Int(s.Bank).Date(l.Booked)
			if l.Value == 0 {
				rows.Null()
			} else {
				rows.Date(l.Value)
			}
			rows.Int(int64(l.Amount)).Text(l.Kind).Text(string(text)).Null()
		}
	}
	if err := to.Flush(im.ctx); err != nil {
		return err
	}
	return rows.Flush(im.ctx)
}

func fileContext(company, file int64) string {
	return fmt.Sprintf("bank statement file %d/%d", company, file)
}

// detailOf keeps of a line what it is matched by, and what people read.
func detailOf(l *statement.Line) Detail {
	d := Detail{Check: l.Check, Party: l.Party.Name, Texts: l.Texts, Count: max(l.Batch.Count, int64(len(l.Details)))}
	add := func(t *statement.Transaction) {
		for _, ref := range []string{t.EndToEnd, t.Customer, t.Order, t.ID, t.Bank, t.Mandate} {
			if ref != "" && !strings.EqualFold(ref, "NOTPROVIDED") && !strings.EqualFold(ref, "NONREF") && !slices.Contains(d.References, ref) && len(d.References) < mostReferences {
				d.References = append(d.References, ref)
			}
		}
		d.Check, d.Party = cmp.Or(d.Check, t.Check), cmp.Or(d.Party, t.Party.Name)
		if t.Return != (statement.Reason{}) && d.Return == "" {
			d.Return = strings.TrimSpace(t.Return.Code + " " + t.Return.Text)
		}
	}
	add(&l.Transaction)
	for _, ref := range []string{l.Batch.Message, l.Batch.Payment} {
		if ref != "" && len(d.References) < mostReferences {
			d.References = append(d.References, ref)
		}
	}
	if len(l.Details) > 1 {
		d.Check = ""
	}
	for i := range l.Details {
		add(&l.Details[i])
	}
	if d.Return == "" && l.Kind == statement.Return {
		d.Return = "returned"
	}
	return d
}

const mostReferences = 1000 // of one line

func show(currency string, a money.Amount) string {
	c, err := money.CurrencyOf(currency)
	if err != nil {
		return fmt.Sprint(int64(a))
	}
	return c.Format(a) + " " + c.Code
}
