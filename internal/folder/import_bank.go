package folder

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"quittance/internal/bank"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/payout"
	"quittance/internal/unclaimed"
)

// newStatements is what the folder brings in of bank statements.
type newStatements struct {
	past     bank.Past
	known    map[statementAt]bool // that the company has
	at       map[statementAt]*newStatement
	all      []*newStatement
	files    map[int]*BankFile
	used     map[int]int64 // ids of the files that new statements came in
	order    []int         // of those
	numbers  map[[2]int64]bool
	entered  map[entryAt]*Reconciliation // the reconciliation that stands of a bank entry
	entryOf  map[reconciliationAt][]*ReconciliationEntry
	clearing map[string]bool // vouchers that a reconciliation that stands names
}

// statementAt is a statement: bank account and place; reconciliationAt a reconciliation, by its number; entryAt a line of a voucher.
type (
	statementAt struct {
		bank string
		n    int
	}
	reconciliationAt struct {
		bank string
		n    int
	}
	entryAt struct {
		voucher string
		line    int
	}
)

// newStatement is a statement that the folder brings in.
type newStatement struct {
	*bank.Statement
	row   *BankStatement
	b     *payout.BankAccount
	lines map[int]int // index in past.Lines
	sum   money.Sum
}

// checkStatements tests the new statements with all that belongs to them, and fills them. A known one is left as it is.
func (im *importer) checkStatements(ctx context.Context) error {
	n := &im.bankIn
	n.known, n.at, n.files, n.used = map[statementAt]bool{}, map[statementAt]*newStatement{}, map[int]*BankFile{}, map[int]int64{}
	n.entered, n.entryOf, n.clearing = map[entryAt]*Reconciliation{}, map[reconciliationAt][]*ReconciliationEntry{}, map[string]bool{}
	if len(im.d.BankStatements) > 0 {
		if err := im.statementHeads(ctx); err != nil {
			return err
		}
	}
	im.bankLines()
	for _, s := range n.all {
		im.statementSound(s)
	}
	if err := im.reconciliations(ctx); err != nil {
		return err
	}
	im.cleared()
	return nil
}

func (im *importer) statementHeads(ctx context.Context) error {
	n := &im.bankIn
	digests, numbers, err := bank.Known(ctx, im.tx)
	if err != nil {
		return err
	}
	n.numbers = numbers
	for i := range im.d.BankFiles {
		n.files[im.d.BankFiles[i].File] = &im.d.BankFiles[i]
		im.keep("bank_files", "", !im.isNew, true)
	}
	for i := range im.d.BankStatements {
		row := &im.d.BankStatements[i]
		b := im.bankOf(&row.Row, row.Bank)
		if b == nil {
			continue
		}
		digest, had := digests[[2]int64{b.ID, int64(row.Statement)}]
		im.keep("bank_statements", "", had, true)
		switch {
		case had && digest == row.Digest:
			n.known[statementAt{row.Bank, row.Statement}] = true
			continue
		case had:
			im.bad(&row.Row, "digest", "statement %s/%d is known with another content; a statement does not change", row.Bank, row.Statement)
			continue
		}
		if err := im.newStatement(ctx, row, b); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) newStatement(ctx context.Context, row *BankStatement, b *payout.BankAccount) (err error) {
	n := &im.bankIn
	s := &newStatement{row: row, b: b, lines: map[int]int{}, Statement: &bank.Statement{
		Bank: b.ID, BankCode: row.Bank, Currency: b.Currency, N: int64(row.Statement), Digest: row.Digest, Format: row.Format, Number: row.Number, From: row.From, To: row.To,
		Opening: row.Opening, Closing: row.Closing, Lines: row.Lines, ImportedBy: cmp.Or(row.ImportedBy, im.tx.Actor), ImportedAt: im.micros(row.ImportedAt),
	}}
	im.sameCurrency(&row.Row, row.Currency, b.Currency)
	for _, o := range n.all {
		if o.Bank == s.Bank && o.Digest == s.Digest {
			im.bad(&row.Row, "digest", "is that of statement %s too; a statement is brought in once", o.Name())
		}
	}
	if s.ID, err = im.tx.NewID(ctx); err != nil {
		return err
	}
	switch f := n.files[row.File]; {
	case f == nil:
		im.bad(&row.Row, "file", "there is no file %d in bank_files", row.File)
	case n.used[row.File] == 0:
		if n.used[row.File], err = im.tx.NewID(ctx); err != nil {
			return err
		}
		n.order = append(n.order, row.File)
	}
	s.File = n.used[row.File]
	n.at[statementAt{row.Bank, row.Statement}] = s
	n.all, n.past.Statements = append(n.all, s), append(n.past.Statements, s.Statement)
	return nil
}

// bankLines reads the lines of new statements, each with the parts of its detail.
func (im *importer) bankLines() {
	n := &im.bankIn
	type lineAt struct {
		at   statementAt
		line int
	}
	more := map[lineAt]*strings.Builder{}
	parts := map[lineAt]int{}
	for i := range im.d.BankLineDetails {
		row := &im.d.BankLineDetails[i]
		k := lineAt{statementAt{row.Bank, row.Statement}, row.Line}
		if more[k] == nil {
			more[k], parts[k] = &strings.Builder{}, 1
		}
		if parts[k]++; row.Part != parts[k] {
			im.bad(&row.Row, "part", "%d does not follow %d; the parts of a detail stand in their order", row.Part, parts[k]-1)
		}
		more[k].WriteString(row.Detail)
	}
	for i := range im.d.BankLines {
		row := &im.d.BankLines[i]
		k := statementAt{row.Bank, row.Statement}
		s := n.at[k]
		im.keep("bank_lines", "", n.known[k], true)
		switch {
		case n.known[k]:
			continue
		case s == nil:
			im.bad(&row.Row, "statement", "there is no statement %s/%d in bank_statements", row.Bank, row.Statement)
			continue
		}
		l := bank.Line{Statement: s.ID, N: int64(row.Line), Booked: row.Booked, Value: row.Value, Amount: row.Amount, Kind: row.Kind}
		im.sameCurrency(&row.Row, row.Currency, s.Currency)
		text := cmp.Or(row.Detail, "{}")
		if m := more[lineAt{k, row.Line}]; m != nil {
			text += m.String()
			delete(more, lineAt{k, row.Line})
		}
		if err := json.Unmarshal([]byte(text), &l.Detail); err != nil {
			im.bad(&row.Row, "detail", "is not the detail of a line; take it as export wrote it, with its parts in bank_line_details")
		}
		s.lines[row.Line] = len(n.past.Lines)
		s.sum.Add(row.Amount)
		n.past.Lines = append(n.past.Lines, l)
	}
	for i := range im.d.BankLineDetails {
		row := &im.d.BankLineDetails[i]
		k := lineAt{statementAt{row.Bank, row.Statement}, row.Line}
		if im.keep("bank_line_details", "", n.known[k.at], true); more[k] != nil && !n.known[k.at] {
			im.bad(&row.Row, "line", "there is no line %d of statement %s/%d in bank_lines", row.Line, row.Bank, row.Statement)
		}
	}
}

// statementSound tests the sums of a statement, and that it opens where the one before closed.
func (im *importer) statementSound(s *newStatement) {
	row := s.row
	sum, err := s.sum.Total()
	if end, also := money.Add(s.Opening, sum); err != nil || also != nil || end != s.Closing {
		im.bad(&row.Row, "closing", "the statement opens at %s and its lines make %s, but it closes at %s", row.Currency.Format(s.Opening), row.Currency.Format(sum), row.Currency.Format(s.Closing))
	}
	if len(s.lines) != s.Lines {
		im.bad(&row.Row, "lines", "%d is not the number of its lines in bank_lines, which is %d", s.Lines, len(s.lines))
	}
	before := statementAt{row.Bank, row.Statement - 1}
	switch last := im.bankIn.at[before]; {
	case row.Statement == 1:
	case last == nil && !im.bankIn.known[before]:
		im.bad(&row.Row, "statement", "there is no statement %s/%d before it", row.Bank, row.Statement-1)
	case last != nil && last.Closing != s.Opening:
		im.bad(&row.Row, "opening", "%s is not where statement %s closed, at %s", row.Currency.Format(s.Opening), last.Name(), row.Currency.Format(last.Closing))
	case last != nil && s.To < last.To:
		im.bad(&row.Row, "to", "%s is before %s, where statement %s ends", s.To, last.To, last.Name())
	}
}

// reconciliations tests the reconciliations of lines of new statements.
func (im *importer) reconciliations(ctx context.Context) error {
	n := &im.bankIn
	for i := range im.d.ReconciliationEntries {
		row := &im.d.ReconciliationEntries[i]
		k := reconciliationAt{row.Bank, row.Reconciliation}
		n.entryOf[k] = append(n.entryOf[k], row)
	}
	ids, err := im.tx.NewIDs(ctx, len(im.d.Reconciliations))
	if err != nil {
		return err
	}
	for i := range im.d.Reconciliations {
		row := &im.d.Reconciliations[i]
		k := reconciliationAt{row.Bank, row.Reconciliation}
		known := n.known[statementAt{row.Bank, row.Statement}]
		im.keep("reconciliations", "", known, true)
		for range n.entryOf[k] {
			im.keep("reconciliation_entries", "", known, true)
		}
		entries := n.entryOf[k]
		delete(n.entryOf, k)
		if known {
			continue
		}
		s := n.at[statementAt{row.Bank, row.Statement}]
		if s == nil {
			im.bad(&row.Row, "statement", "there is no statement %s/%d in bank_statements", row.Bank, row.Statement)
			continue
		}
		im.reconciliation(s, row, ids[i], entries)
	}
	for i := range im.d.ReconciliationEntries {
		row := &im.d.ReconciliationEntries[i]
		if n.entryOf[reconciliationAt{row.Bank, row.Reconciliation}] != nil {
			im.bad(&row.Row, "reconciliation", "there is no reconciliation %d of bank account %s in reconciliations", row.Reconciliation, row.Bank)
		}
	}
	return nil
}

func (im *importer) reconciliation(s *newStatement, row *Reconciliation, id int64, entries []*ReconciliationEntry) {
	n := &im.bankIn
	r := bank.Reconciliation{
		ID: id, Bank: s.Bank, N: int64(row.Reconciliation), Statement: s.ID, Line: int64(row.Line), Score: row.Score, Reasons: row.Reasons, MadeBy: cmp.Or(row.MadeBy, im.tx.Actor), MadeAt: im.micros(row.MadeAt),
		UndoneBy: row.UndoneBy,
	}
	if n.numbers[[2]int64{s.Bank, r.N}] {
		im.bad(&row.Row, "reconciliation", "bank account %s has a reconciliation %d already", row.Bank, row.Reconciliation)
	}
	if (row.UndoneBy == "") != row.UndoneAt.IsZero() {
		im.bad(&row.Row, "undone_at", "undone_by and undone_at go together; fill both, or none")
	}
	if row.UndoneBy != "" && !row.UndoneAt.IsZero() {
		r.UndoneAt = row.UndoneAt.UnixMicro()
	}
	if v := im.voucherOf(&row.Row, "difference", row.Difference); v != nil {
		r.Difference = v.ID
	}
	at, there := s.lines[row.Line]
	if !there {
		im.bad(&row.Row, "line", "there is no line %d of statement %s in bank_lines", row.Line, s.Name())
		return
	}
	l := &n.past.Lines[at]
	if row.UndoneBy == "" {
		if l.Reconciliation != 0 {
			im.bad(&row.Row, "line", "line %d of statement %s is reconciled twice; of several one stands at most", row.Line, s.Name())
		}
		l.Reconciliation = id
	}
	var sum money.Sum
	for _, e := range entries {
		sum.Add(e.Amount)
		r.Entries = append(r.Entries, im.reconciledEntry(s, row, e))
	}
	if total, err := sum.Total(); err != nil || total != l.Amount {
		im.bad(&row.Row, "line", "line %d of statement %s is of %s, but the entries of the reconciliation make %s", row.Line, s.Name(), s.row.Currency.Format(l.Amount), s.row.Currency.Format(total))
	}
	n.past.Reconciliations = append(n.past.Reconciliations, r)
}

// reconciledEntry tests an entry of a reconciliation: it is a line of the voucher on the bank's ledger account.
func (im *importer) reconciledEntry(s *newStatement, row *Reconciliation, e *ReconciliationEntry) bank.ReconciledEntry {
	n := &im.bankIn
	x := bank.ReconciledEntry{Line: e.Line, Amount: e.Amount}
	im.sameCurrency(&e.Row, e.Currency, s.Currency)
	v := im.voucherOf(&e.Row, "voucher", e.Voucher)
	switch {
	case v == nil:
		return x
	case e.Line > len(v.Entries) || v.Entries[e.Line-1].Account.Written != s.b.Account || v.Entries[e.Line-1].Currency != s.Currency:
		im.bad(&e.Row, "line", "line %d of %s is not on %s, the ledger account of bank account %s", e.Line, e.Voucher, s.b.Account, e.Bank)
	case v.Entries[e.Line-1].Amount != e.Amount:
		im.bad(&e.Row, "amount", "%s is not the amount of line %d of %s, which is %s", e.Currency.Format(e.Amount), e.Line, e.Voucher, e.Currency.Format(v.Entries[e.Line-1].Amount))
	}
	x.Voucher = v.ID
	if row.UndoneBy != "" {
		return x
	}
	k := entryAt{e.Voucher, e.Line}
	if first := n.entered[k]; first != nil {
		im.bad(&e.Row, "voucher", "line %d of %s is reconciled by reconciliation %d of %s already", e.Line, e.Voucher, first.Reconciliation, first.Bank)
	}
	n.entered[k], n.clearing[e.Voucher] = row, true
	return x
}

// cleared wants just those new payments to be cleared that the bank has.
func (im *importer) cleared() {
	for _, p := range im.payouts.all {
		has := im.bankIn.clearing[p.row.Voucher]
		switch {
		case p.Status == payout.Cleared && !has:
			im.bad(&p.row.Row, "status", "the payment is %s, but no reconciliation that stands names its voucher %s", p.Status, p.row.Voucher)
		case p.Status == payout.Posted && has:
			im.bad(&p.row.Row, "status", "the payment is %s, but a reconciliation names its voucher %s; it is %s then", p.Status, p.row.Voucher, payout.Cleared)
		}
	}
}

// writeStatements writes the new statements with all that belongs to them.
func (im *importer) writeStatements(ctx context.Context) error {
	n := &im.bankIn
	for _, number := range n.order {
		row := n.files[number]
		content, err := im.sealedContent(&row.Row, row.Name, row.SHA256, row.Size)
		if err != nil {
			return err
		}
		if content == nil {
			continue
		}
		f := &bank.StatementFile{ID: n.used[number], Name: row.Name}
		if f.SHA256, err = hex.DecodeString(row.SHA256); err != nil {
			return err
		}
		if err := im.noted(&row.Row, "sha256", bank.RestoreFile(ctx, im.tx, im.keys, f, content)); err != nil {
			return err
		}
	}
	if len(im.errs) > 0 {
		return nil
	}
	err := n.past.Restore(ctx, im.tx)
	if db.IsDuplicate(err) {
		im.bad(&n.all[0].row.Row, "statement", "a statement, or an entry that is reconciled, is known to the company already")
		return nil
	}
	return err
}

// provePayouts proves what was brought in of payments and statements, as verify does: what the rows cannot show is told at the first one.
func (im *importer) provePayouts(ctx context.Context) error {
	if len(im.errs) > 0 || len(im.payouts.all) == 0 && len(im.bankIn.all) == 0 && len(im.unclaimedIn.past.Properties) == 0 {
		return nil
	}
	found, err := payout.Check(ctx, im.tx)
	if err != nil {
		return err
	}
	more, err := bank.Check(ctx, im.tx)
	if err != nil {
		return err
	}
	escheated, err := unclaimed.Check(ctx, im.tx)
	if err != nil {
		return err
	}
	row := &Row{File: "vendor_payments.csv", Line: 1}
	if len(im.payouts.all) > 0 {
		row = &im.payouts.all[0].row.Row
	} else if len(im.bankIn.all) > 0 {
		row = &im.bankIn.all[0].row.Row
	}
	tell := func(row *Row, all fault.List) {
		for _, e := range all {
			im.errs = append(im.errs, fault.New(fault.Invalid, "%s", e.Error()).At(row.At("status")).ByRule(fault.RuleOf(e)))
		}
	}
	tell(row, slices.Concat(found, more))
	if all := im.unclaimedIn.past.Properties; len(all) > 0 {
		row = &im.unclaimedIn.properties[all[0].Code].row.Row
	}
	tell(row, escheated)
	return nil
}
