package app

import (
	"context"
	"encoding/hex"
	"log/slog"
	"slices"
	"time"

	"quittance/internal/audit"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/request"
	"quittance/internal/secret"
	"quittance/internal/verify"
)

// Import brings a company folder in: all of it or nothing. It sets a new company up, or adds to the one there is.
func (a *App) Import(ctx context.Context, call Call, d *folder.Data) (*folder.Result, error) {
	if err := mayImport(call, d); err != nil {
		return nil, err
	}
	r, err := do(ctx, a, call, importing(d), a.bringIn(d))
	if err == nil && len(d.Vouchers) >= manyVouchers {
		if err := a.db.Analyze(ctx); err != nil {
			slog.WarnContext(ctx, "the database keeps its old statistics", "error", err)
		}
	}
	return r, err
}

// mayImport refuses an import of what the actor could not post.
func mayImport(call Call, d *folder.Data) error {
	needs := map[identity.Permission]bool{
		identity.PostVoucher: len(d.Vouchers)+len(d.Settlements)+len(d.Marks) > 0, identity.Reimburse: len(d.Runs) > 0,
		identity.ApplyCash: len(d.PaymentJournals) > 0, identity.Prepare: len(d.VendorPaymentJournals)+len(d.BankStatements) > 0, identity.Deduct: len(d.Deductions)+len(d.Resolutions)+len(d.DeductionHistory) > 0,
	}
	for p, needed := range needs {
		if err := call.Actor.AllowIn(d.Company.Company, p); needed && err != nil {
			return err
		}
	}
	return nil
}

func importing(d *folder.Data) command {
	return command{name: "import", permission: identity.SetUp, input: d, noCompany: true, about: d.Company.Company}
}

func (a *App) bringIn(d *folder.Data) work[*folder.Result] {
	return func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *folder.Result, error) {
		r, err := folder.Import(ctx, tx, a.keys, d)
		if err == nil {
			err = request.FollowAll(ctx, tx, "a company folder was brought in")
		}
		if err != nil {
			return "", nil, nil, err
		}
		return d.Company.Company, r, r, tellImport(tx, d.Company.Company, "folder", 1)
	}
}

const manyVouchers = 1000 // brought in at once, after which the database counts its rows anew

// Export gives the company as a folder. Bank details are masked unless they are asked for by somebody who may see them, which the
// audit trail shows.
func (a *App) Export(ctx context.Context, call Call, withBankDetails bool) (*folder.Data, error) {
	p := identity.Read
	if withBankDetails {
		p = identity.BankDetails
	}
	var d *folder.Data
	err := query(ctx, a, call, p, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		d, err = folder.Export(ctx, tx, c, a.keys, withBankDetails)
		return err
	})
	if err == nil {
		one := call
		one.Company = d.Company.Company
		d.Files = a.contents(ctx, one, withBankDetails)
	}
	if err == nil && withBankDetails {
		err = a.seen(ctx, call, "bank_details.export", d.Company.Company)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// contents reads the contents of files one by one, when they are written: they never change. With bank details also those that are sealed.
func (a *App) contents(ctx context.Context, call Call, withBankDetails bool) folder.Contents {
	p, keys := identity.Read, (*secret.Keyring)(nil)
	if withBankDetails {
		p, keys = identity.BankDetails, a.keys
	}
	return func(sha256 string) (content []byte, err error) {
		sum, err := hex.DecodeString(sha256)
		if err != nil {
			return nil, err
		}
		err = query(ctx, a, call, p, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
			content, err = folder.Content(ctx, tx, keys, sum)
			return err
		})
		return content, err
	}
}

// PostVouchers posts vouchers as the company folder writes them, all or none; it gives their numbers.
func (a *App) PostVouchers(ctx context.Context, call Call, vouchers []folder.Voucher) ([]string, error) {
	cmd := command{name: "voucher.post", permission: identity.PostVoucher, input: vouchers}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, []string, error) {
		numbers, err := folder.PostVouchers(ctx, tx, c, vouchers)
		subject := ""
		if len(numbers) > 0 {
			subject = numbers[0]
		}
		return subject, map[string]any{"vouchers": numbers}, numbers, err
	})
}

// Voucher is a posted voucher as people and programs see it.
type Voucher struct {
	Number     string        `json:"number"`
	Date       civil.Date    `json:"date"`
	Type       string        `json:"type"`
	Text       string        `json:"text"`
	PostedBy   string        `json:"posted_by"`
	PostedAt   string        `json:"posted_at"`
	Reverses   string        `json:"reverses"`
	ReversedBy string        `json:"reversed_by"`
	Lines      []VoucherLine `json:"lines"`
}

// VoucherLine is an entry of a voucher.
type VoucherLine struct {
	Account          string     `json:"account"`
	Party            string     `json:"party"`
	Classification   string     `json:"classification"`
	DueDate          civil.Date `json:"due_date"`
	Currency         string     `json:"currency"`
	Debit            string     `json:"debit"`
	Credit           string     `json:"credit"`
	AccountingDebit  string     `json:"accounting_debit"`
	AccountingCredit string     `json:"accounting_credit"`
	Text             string     `json:"text"`
}

// Voucher gives a posted voucher.
func (a *App) Voucher(ctx context.Context, call Call, number string) (*Voucher, error) {
	var view *Voucher
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		view, err = findVoucher(ctx, tx, c, number)
		return err
	})
	return view, err
}

func findVoucher(ctx context.Context, tx *db.Tx, c *ledger.Company, number string) (*Voucher, error) {
	s, err := ledger.Find(ctx, tx, c, number)
	if err != nil {
		return nil, err
	}
	return viewVoucher(ctx, tx, c, s)
}

func viewVoucher(ctx context.Context, tx *db.Tx, c *ledger.Company, s *ledger.Stored) (*Voucher, error) {
	v := &Voucher{Number: s.Number, Date: s.Date, Type: s.Type.String(), Text: s.Text, PostedBy: s.Actor, PostedAt: time.UnixMicro(s.At).UTC().Format(time.RFC3339), Lines: []VoucherLine{}}
	var err error
	if v.ReversedBy, err = ledger.ReversedBy(ctx, tx, s.ID); err != nil {
		return nil, err
	}
	if s.Reverses != 0 {
		o, err := ledger.Get(ctx, tx, c, s.Reverses)
		if err != nil {
			return nil, err
		}
		v.Reverses = o.Number
	}
	for _, e := range s.Entries {
		cur, err := money.CurrencyOf(e.Currency)
		if err != nil {
			return nil, err
		}
		l := VoucherLine{Account: e.Account.Written, Classification: c.ClassificationCode(e.Classification), DueDate: e.Due, Currency: e.Currency, Text: e.Text}
		l.Debit, l.Credit = sides(cur, e.Amount)
		l.AccountingDebit, l.AccountingCredit = sides(c.Currency, e.Accounting)
		if e.Party != 0 {
			if err := tx.Row(ctx, "select code from customer where company = $1 and id = $2 union all select code from vendor where company = $1 and id = $2", c.ID, e.Party).Scan(&l.Party); err != nil {
				return nil, err
			}
		}
		v.Lines = append(v.Lines, l)
	}
	return v, nil
}

// sides writes an amount as debit and credit.
func sides(cur money.Currency, a money.Amount) (debit, credit string) {
	if a < 0 {
		return cur.Format(0), cur.Format(-a)
	}
	return cur.Format(a), cur.Format(0)
}

// ReverseVoucher posts the mirror of a voucher and gives its number.
func (a *App) ReverseVoucher(ctx context.Context, call Call, number string, date civil.Date, reason string) (string, error) {
	cmd := command{name: "voucher.reverse", permission: identity.PostVoucher, input: []any{number, date, reason}}
	return do(ctx, a, call, cmd, reversal(number, date, reason))
}

func reversal(number string, date civil.Date, reason string) work[string] {
	return func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, string, error) {
		if reason == "" {
			return "", nil, "", fault.New(fault.Invalid, "a reversal needs a reason").In("reason")
		}
		if v, err := ledger.Lookup(ctx, tx, number); err == nil { // else the reversal says what is wrong
			if err := demandReversal(ctx, tx, c, "voucher", v.ID, number, []string{number}, []any{date, reason}); err != nil {
				return "", nil, "", err
			}
		}
		m, err := openitem.Reverse(ctx, tx, c, number, orToday(date, tx), reason)
		if err != nil {
			return "", nil, "", err
		}
		if err := deduction.ReverseAccrual(ctx, tx, m.Reverses, m.ID, m.Date, reason); err != nil {
			return "", nil, "", err
		}
		return number, map[string]string{"reversal": m.Number, "reason": reason}, m.Number, nil
	}
}

// Balance is a line of the trial balance, in accounting currency; debit less credit is the balance.
type Balance struct {
	Account string `json:"account"`
	Debit   string `json:"debit"`
	Credit  string `json:"credit"`
	Balance string `json:"balance"`
}

// TrialBalance gives the sums of every ledger account up to and including the date (blank: all), by account, and the
// accounting currency.
func (a *App) TrialBalance(ctx context.Context, call Call, upTo civil.Date) (lines []Balance, currency string, err error) {
	lines = []Balance{}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		all, err := ledger.TrialBalance(ctx, tx, upTo)
		currency = c.Currency.Code
		for _, b := range all {
			lines = append(lines, Balance{b.Account, c.Currency.Format(b.Debit), c.Currency.Format(b.Credit), c.Currency.Format(b.Debit - b.Credit)})
		}
		return err
	})
	return lines, currency, err
}

// Verify proves the books of one company, or of every company when call names none. A violation is no error here: the
// reports say it, and [verify.Report.Err] makes one of it. What this process posted is sealed first.
func (a *App) Verify(ctx context.Context, call Call, since string) ([]*verify.Report, error) {
	if err := call.Actor.Allow(identity.Prove); err != nil {
		return nil, err
	}
	codes := []string{call.Company}
	if call.Company == "" {
		var err error
		if codes, err = a.companies(ctx, call, identity.Prove); err != nil {
			return nil, err
		}
	}
	a.SealNow()
	reports := []*verify.Report{}
	for _, code := range codes {
		one := call
		one.Company = code
		err := query(ctx, a, one, identity.Prove, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
			r, err := verify.Run(ctx, tx, c, a.keys, since)
			reports = append(reports, r)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return reports, nil
}

// Companies gives the codes of the companies, in byte order.
func (a *App) Companies(ctx context.Context, call Call) (codes []string, err error) {
	return a.companies(ctx, call, identity.Read)
}

// companies gives the codes of the companies in which the actor has the permission.
func (a *App) companies(ctx context.Context, call Call, p identity.Permission) (codes []string, err error) {
	if err := call.Actor.Allow(p); err != nil {
		return nil, err
	}
	err = a.db.Read(ctx, db.Scope{Actor: call.Actor.Name, Now: a.now()}, func(ctx context.Context, tx *db.Tx) error {
		codes, err = ledger.CompanyCodes(ctx, tx)
		codes = slices.DeleteFunc(codes, func(code string) bool { return call.Actor.AllowIn(code, p) != nil })
		return err
	})
	return codes, plainer(err)
}

// Periods gives the fiscal periods of the company, by start.
func (a *App) Periods(ctx context.Context, call Call) (all []ledger.Period, err error) {
	err = query(ctx, a, call, identity.Read, func(_ context.Context, _ *db.Tx, c *ledger.Company) error {
		all = c.Periods
		return nil
	})
	return all, err
}

// SetPeriod changes the status of the period that begins on start: open, on_hold, or closed for good. With a module it
// changes that module's exception only (and a role's, when one is named).
func (a *App) SetPeriod(ctx context.Context, call Call, start civil.Date, status string, module ledger.Module, role string) error {
	cmd := command{name: "period.set", permission: identity.SetUp, input: []any{start, status, module, role}}
	_, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		detail := map[string]string{"status": status, "module": string(module), "role": role}
		if module != "" {
			return start.String(), detail, true, ledger.SetException(ctx, tx, start, ledger.Exception{Module: module, Role: role}, status)
		}
		return start.String(), detail, true, ledger.SetPeriod(ctx, tx, start, status)
	})
	return err
}

// Audit gives the newest records of the audit trail, at most limit of them.
func (a *App) Audit(ctx context.Context, call Call, limit int) (records []audit.Record, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		records, err = audit.List(ctx, tx, limit)
		return err
	})
	return records, err
}

// Currency gives the accounting currency of the company.
func (a *App) Currency(ctx context.Context, call Call) (cur money.Currency, err error) {
	err = query(ctx, a, call, identity.Read, func(_ context.Context, _ *db.Tx, c *ledger.Company) error {
		cur = c.Currency
		return nil
	})
	return cur, err
}
