package folder

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/file"

	"quittance/internal/bank"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/secret"
	"quittance/internal/unclaimed"
)

// bankAccounts writes the bank accounts, and the methods of payment.
func (x *exporter) bankAccounts(ctx context.Context) error {
	all, err := payout.Banks(ctx, x.tx)
	if err != nil || len(all) == 0 {
		return err
	}
	traces, err := payout.NextTraces(ctx, x.tx)
	if err != nil {
		return err
	}
	ids := make([]int64, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	banks, err := party.BanksOf(ctx, x.tx, ids)
	if err != nil {
		return err
	}
	x.banks = map[int64]*payout.BankAccount{}
	for i := range all {
		b := &all[i]
		x.banks[b.ID] = b
		settings, err := json.Marshal(b.Settings)
		if err != nil {
			return err
		}
		d, t, err := x.bank(banks, b.ID)
		if err != nil {
			return err
		}
		x.d.BankAccounts = append(x.d.BankAccounts, BankAccount{
			Bank: b.Code, Name: b.Name, Currency: x.currency(b.Currency), Account: b.Account, BankName: b.Bank, Address: b.Address, NextCheck: int(b.NextCheck), NextTrace: int(traces[b.ID].Next), TraceTurn: int(traces[b.ID].Turn),
			StaleDays: b.StaleDays, Blocked: b.Blocked, Settings: string(settings), IBAN: d.IBAN, BIC: d.BIC, RoutingNumber: d.RoutingNumber, AccountNumber: d.AccountNumber, AccountType: d.AccountType,
			BankChangedAt: instant(t.ChangedAt), BankChangedBy: t.ChangedBy, BankConfirmedBy: t.ConfirmedBy,
		})
	}
	methods, err := payout.Methods(ctx, x.tx)
	for _, m := range methods {
		x.d.PaymentMethods = append(x.d.PaymentMethods, PaymentMethod{Method: m.Code, Name: m.Name, Kind: string(m.Kind), Bank: m.BankCode, Grouping: string(m.Grouping), Blocked: m.OwnBlocked})
	}
	return err
}

// sealed gives the digest of a content that only the keyring opens; masked unless bank details are asked for, since it holds some.
func (x *exporter) sealed(sum []byte) string {
	text := hex.EncodeToString(sum)
	if x.clear {
		return text
	}
	return secret.Mask(text)
}

// vendorPayments writes the vendor payments with all that belongs to them, and notes which settlements are whose.
func (x *exporter) vendorPayments(ctx context.Context) error {
	p, err := payout.ReadPast(ctx, x.tx)
	if err != nil {
		return err
	}
	codes := map[int64]string{}
	for _, j := range p.Journals {
		if j.State == payout.Proposing {
			return fault.New(fault.Refused, "the vendor payment journal %s is being proposed; wait until it is open, or abandon it: quittance vendor-payments abandon %s", j.Code, j.Code).ByRule("journal_unfinished")
		}
		codes[j.ID] = j.Code
		x.d.VendorPaymentJournals = append(x.d.VendorPaymentJournals, VendorPaymentJournal{
			Journal: j.Code, Date: j.Date, Text: j.Text, State: string(j.State), Selection: j.Selection, CreatedBy: j.CreatedBy, CreatedAt: instant(j.CreatedAt),
		})
	}
	files := map[int64]string{}
	for _, f := range p.Files {
		files[f.ID] = f.Code
		x.d.PaymentFiles = append(x.d.PaymentFiles, PaymentFile{
			File: f.Code, Journal: codes[f.Journal], Bank: x.bankCode(f.Bank), Kind: f.Kind, Name: f.Name, SHA256: x.sealed(f.SHA256), Size: int(f.Size), MadeBy: f.MadeBy, MadeAt: instant(f.MadeAt),
			Payments: f.Payments, Currency: x.currency(x.banks[f.Bank].Currency), Total: f.Total, Totals: f.TotalsText(), Copies: f.Copies,
		})
	}
	at := make(map[int64]journalLine, len(p.Payments))
	for _, y := range p.Payments {
		at[y.ID] = journalLine{y.Code, y.Line}
	}
	x.payments = at
	for _, y := range p.Payments {
		if y.Voucher != 0 {
			x.postings[y.ID] = at[y.ID]
		}
		x.vendorPayment(y, p, files, at)
	}
	x.vendorPaymentPast(p, at, codes, files)
	return nil
}

func (x *exporter) bankCode(id int64) string {
	if b := x.banks[id]; b != nil {
		return b.Code
	}
	return ""
}

func (x *exporter) vendorPayment(y *payout.Payment, p *payout.Past, files map[int64]string, at map[int64]journalLine) {
	cur := x.currency(y.Currency)
	row := VendorPayment{
		Journal: y.Code, Line: y.Line, Vendor: x.vendors[y.Vendor].Code, PayeeNote: y.PayeeNote, Method: y.Method, Bank: x.bankCode(y.Bank), Currency: cur, Amount: y.Amount, Date: y.Date,
		Status: string(y.Status), ApprovedBy: y.ApprovedBy, ApprovalHolds: p.Holds[y.ID], Number: y.Number, TraceTurn: int(p.Turns[y.ID]), File: files[y.File], Voucher: x.numbers[y.Voucher], PostedBy: y.PostedBy, PostedOn: y.PostedOn, Fate: string(y.Fate),
	}
	if y.Payee != y.Vendor {
		row.PayeeVendor, row.PayeeCustomer = x.vendors[y.Payee].Code, x.customers[y.Payee].Code
	}
	if old, ok := at[y.Replaces]; ok {
		row.Replaces = old.name()
	}
	x.d.VendorPayments = append(x.d.VendorPayments, row)
	for i, it := range y.Items {
		x.d.VendorPaymentItems = append(x.d.VendorPaymentItems, VendorPaymentItem{Journal: y.Code, Line: y.Line, Item: i + 1, Voucher: it.Number, Currency: cur, Amount: it.Amount})
	}
}

// name names the line as payments are named.
func (l journalLine) name() string {
	return (&payout.Payment{Code: l.journal, Line: l.line}).Name()
}

// vendorPaymentPast writes the histories, what proposals left out, and the numbers of checks.
func (x *exporter) vendorPaymentPast(p *payout.Past, at map[int64]journalLine, codes, files map[int64]string) {
	d := x.d
	for _, e := range p.Told {
		d.VendorPaymentHistory = append(d.VendorPaymentHistory, VendorPaymentEvent{
			Journal: at[e.Payment].journal, Line: at[e.Payment].line, Event: int(e.N), At: instant(e.At), Actor: e.Actor, Status: string(e.Status), Voucher: x.numbers[e.Voucher], Detail: e.Detail,
		})
	}
	for _, l := range p.Left {
		d.VendorPaymentsLeft = append(d.VendorPaymentsLeft, VendorPaymentLeft{
			Journal: codes[l.Journal], Left: int(l.N), Vendor: x.vendors[l.Vendor].Code, Voucher: x.numbers[l.Voucher], Currency: x.currency(l.Currency), Amount: l.Amount, Reason: string(l.Reason), Detail: l.Detail,
		})
	}
	for _, n := range p.Checks {
		d.CheckNumbers = append(d.CheckNumbers, CheckNumber{
			Bank: x.bankCode(n.Bank), Number: int(n.Number), Journal: at[n.Payment].journal, Line: at[n.Payment].line, Currency: x.currency(x.banks[n.Bank].Currency), Amount: n.Amount, Payee: n.Payee,
			Date: n.Date, State: map[bool]string{true: "void", false: "issued"}[n.Void], Reason: n.Reason, Told: files[n.Told], Untold: files[n.Untold],
		})
	}
}

// statements writes the bank statements, what they were reconciled with, and the column maps.
func (x *exporter) statements(ctx context.Context) error {
	maps, err := bank.Maps(ctx, x.tx)
	if err != nil {
		return err
	}
	for _, m := range maps {
		columns, err := json.Marshal(m.Map)
		if err != nil {
			return err
		}
		x.d.BankMaps = append(x.d.BankMaps, BankMap{Map: m.Code, Columns: string(columns)})
	}
	p, err := bank.ReadPast(ctx, x.tx)
	if err != nil {
		return err
	}
	files := map[int64]int{}
	for i, f := range p.Files {
		files[f.ID] = i + 1
		x.d.BankFiles = append(x.d.BankFiles, BankFile{File: i + 1, Name: f.Name, SHA256: x.sealed(f.SHA256), Size: int(f.Size)})
	}
	at := make(map[int64]*bank.Statement, len(p.Statements))
	for _, s := range p.Statements {
		at[s.ID] = s
		x.d.BankStatements = append(x.d.BankStatements, BankStatement{
			Bank: s.BankCode, Statement: int(s.N), Digest: s.Digest, File: files[s.File], Format: s.Format, Number: s.Number, From: s.From, To: s.To, Currency: x.currency(s.Currency), Opening: s.Opening,
			Closing: s.Closing, Lines: s.Lines, ImportedBy: s.ImportedBy, ImportedAt: instant(s.ImportedAt),
		})
	}
	for i := range p.Lines {
		if err := x.bankLine(&p.Lines[i]); err != nil {
			return err
		}
	}
	for i := range p.Reconciliations {
		x.reconciliation(&p.Reconciliations[i], at)
	}
	return nil
}

// bankLine writes a line of a statement, its detail in parts that fit.
func (x *exporter) bankLine(l *bank.Line) error {
	detail, err := json.Marshal(l.Detail)
	if err != nil {
		return err
	}
	row := BankLine{Bank: l.BankCode, Statement: int(l.StatementN), Line: int(l.N), Booked: l.Booked, Value: l.Value, Amount: l.Amount, Kind: l.Kind}
	row.Currency = x.currency(x.bankCurrency(l.BankCode))
	text := []rune(string(detail))
	first := text[:min(detailPart, len(text))]
	text = text[len(first):]
	row.Detail = string(first)
	x.d.BankLines = append(x.d.BankLines, row)
	for n := 2; len(text) > 0; n++ {
		part := text[:min(detailPart, len(text))]
		text = text[len(part):]
		x.d.BankLineDetails = append(x.d.BankLineDetails, BankLineDetail{Bank: row.Bank, Statement: row.Statement, Line: row.Line, Part: n, Detail: string(part)})
	}
	return nil
}

func (x *exporter) bankCurrency(code string) string {
	for _, b := range x.banks {
		if b.Code == code {
			return b.Currency
		}
	}
	return ""
}

func (x *exporter) reconciliation(r *bank.Reconciliation, at map[int64]*bank.Statement) {
	s := at[r.Statement]
	x.d.Reconciliations = append(x.d.Reconciliations, Reconciliation{
		Bank: s.BankCode, Reconciliation: int(r.N), Statement: int(s.N), Line: int(r.Line), Score: r.Score, Reasons: r.Reasons, Difference: x.numbers[r.Difference], MadeBy: r.MadeBy, MadeAt: instant(r.MadeAt),
		UndoneBy: r.UndoneBy, UndoneAt: instant(r.UndoneAt),
	})
	for _, e := range r.Entries {
		x.d.ReconciliationEntries = append(x.d.ReconciliationEntries, ReconciliationEntry{
			Bank: s.BankCode, Reconciliation: int(r.N), Voucher: x.numbers[e.Voucher], Line: e.Line, Currency: x.currency(s.Currency), Amount: e.Amount,
		})
	}
}

// Content gives a content that the files of a company name, by its digest; nil when it is not kept. Without a keyring it gives none that is sealed.
func Content(ctx context.Context, tx *db.Tx, keys *secret.Keyring, sum []byte) (content []byte, err error) {
	if content, err = file.Content(ctx, tx, sum); err != nil || content != nil || keys == nil {
		return content, err
	}
	if content, err = payout.Content(ctx, tx, keys, sum); err != nil || content != nil {
		return content, err
	}
	if content, err = bank.Content(ctx, tx, keys, sum); err != nil || content != nil {
		return content, err
	}
	return unclaimed.Content(ctx, tx, keys, sum)
}
