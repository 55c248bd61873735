package folder

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
	"quittance/internal/request"
	"quittance/internal/secret"
)

// exporter is one export.
type exporter struct {
	tx        *db.Tx
	c         *ledger.Company
	keys      *secret.Keyring
	clear     bool // bank details in clear
	d         *Data
	customers map[int64]party.Customer
	vendors   map[int64]party.Vendor
	numbers   map[int64]string // vouchers
	ids       []int64          // of the vouchers, ascending
	sources   map[int64]int64  // settlement voucher → operation
	opVoucher map[int64]string // operation → its settlement voucher
	runCodes  map[int64]string

	journalCodes     map[int64]string
	postings         map[int64]journalLine // by what their settlements name as their source
	deductionNumbers map[int64]string
	remittanceCodes  map[int64]string
	banks            map[int64]*payout.BankAccount
	payments         map[int64]journalLine // vendor payments
}

// Export gives the company as a folder: importing it gives the same company. Bank details are masked unless clear says
// otherwise. A run that is being posted is refused: it must be finished first. Source: the interchange contract.
func Export(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, clear bool) (*Data, error) {
	x := &exporter{
		tx: tx, c: c, keys: keys, clear: clear, d: &Data{}, customers: map[int64]party.Customer{}, vendors: map[int64]party.Vendor{}, numbers: map[int64]string{},
		sources: map[int64]int64{}, opVoucher: map[int64]string{}, runCodes: map[int64]string{},
	}
	x.setUp()
	for _, stage := range []func(context.Context) error{x.classifications, x.parties, x.series, x.runs, x.vouchers, x.remittances, x.journals, x.bankAccounts, x.vendorPayments, x.statements, x.settlements, x.marks, x.watermarks, x.deductions, x.accruals, x.records, x.unclaimed, x.unclaimedPast, x.answers, x.beside} {
		if err := stage(ctx); err != nil {
			return nil, err
		}
	}
	return x.d, nil
}

func (x *exporter) setUp() {
	c, d := x.c, x.d
	d.Company = Company{Company: c.Code, Name: c.Name, Country: c.Country, Currency: c.Currency, AccountFormat: c.Format}
	for _, name := range slices.Sorted(maps.Keys(c.Parameters)) {
		d.Parameters = append(d.Parameters, Parameter{Parameter: name, Value: c.Parameters[name]})
	}
	for _, dim := range c.Dimensions {
		d.Dimensions = append(d.Dimensions, Dimension{Dimension: dim.Name, Balancing: dim.Balancing})
		for _, v := range slices.Sorted(maps.Keys(c.Values[dim.Name])) {
			d.DimensionValues = append(d.DimensionValues, DimensionValue{Dimension: dim.Name, Value: v, Name: c.Values[dim.Name][v]})
		}
	}
	for _, code := range slices.Sorted(maps.Keys(c.Accounts)) {
		a := c.Accounts[code]
		d.Accounts = append(d.Accounts, Account{Account: a.Account, Name: a.Name, Type: a.Type, Control: string(a.Control)})
	}
	for _, r := range c.Rules {
		d.BalancingRules = append(d.BalancingRules, BalancingRule{Dimension: r.Dimension, Value: r.Value, CounterValue: r.Counter, DueFromAccount: r.DueFrom, DueToAccount: r.DueTo})
	}
	for _, p := range c.Periods {
		d.Periods = append(d.Periods, Period{Start: p.Start, End: p.End, Status: p.Status})
		for k, status := range p.Exceptions {
			d.PeriodExceptions = append(d.PeriodExceptions, PeriodException{Start: p.Start, Module: string(k.Module), Role: k.Role, Status: status})
		}
	}
	slices.SortFunc(d.PeriodExceptions, func(a, b PeriodException) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Module, b.Module), cmp.Compare(a.Role, b.Role))
	})
	for _, p := range c.Profiles {
		d.PostingProfiles = append(d.PostingProfiles, PostingProfile{Ledger: string(p.Ledger), Scope: p.Scope, Code: p.Code, SummaryAccount: p.Summary, WriteOffAccount: p.WriteOffMain, DiscountAccount: p.DiscountMain})
	}
	c.EachRate(func(currency string, date civil.Date, rate money.Rate) {
		cur, err := money.CurrencyOf(currency)
		if err == nil {
			d.ExchangeRates = append(d.ExchangeRates, ExchangeRate{Currency: cur, Date: date, Rate: rate})
		}
	})
}

func (x *exporter) classifications(ctx context.Context) error {
	names, err := ledger.ClassificationNames(ctx, x.tx)
	for _, code := range slices.Sorted(maps.Keys(names)) {
		x.d.BillingClassifications = append(x.d.BillingClassifications, BillingClassification{Classification: code, Name: names[code]})
	}
	return err
}

func (x *exporter) parties(ctx context.Context) error {
	vendors, err := party.Vendors(ctx, x.tx)
	if err != nil {
		return err
	}
	customers, err := party.Customers(ctx, x.tx)
	if err != nil {
		return err
	}
	banks, err := party.Banks(ctx, x.tx)
	if err != nil {
		return err
	}
	for _, v := range vendors {
		x.vendors[v.ID] = v
		b, trust, err := x.bank(banks, v.ID)
		if err != nil {
			return err
		}
		x.d.Vendors = append(x.d.Vendors, Vendor{
			Vendor: v.Code, Name: v.Name, Group: v.Group, Currency: x.currency(v.Currency), Blocked: v.Blocked, PaymentMethod: v.PaymentMethod, OneTime: v.OneTime,
			Street: v.Street, City: v.City, State: v.State, PostalCode: v.PostalCode, Country: v.Country, Email: v.Email,
			IBAN: b.IBAN, BIC: b.BIC, RoutingNumber: b.RoutingNumber, AccountNumber: b.AccountNumber, AccountType: b.AccountType, BankVerified: trust.Verified,
			BankChangedAt: instant(trust.ChangedAt), BankChangedBy: trust.ChangedBy, BankConfirmedBy: trust.ConfirmedBy,
		})
	}
	for _, c := range customers {
		x.customers[c.ID] = c
	}
	for _, c := range customers {
		b, trust, err := x.bank(banks, c.ID)
		if err != nil {
			return err
		}
		x.d.Customers = append(x.d.Customers, Customer{
			Customer: c.Code, Name: c.Name, Group: c.Group, Currency: x.currency(c.Currency), Parent: x.customers[c.Parent].Code, Vendor: x.vendors[c.Vendor].Code,
			Hold: c.Hold, DoNotReimburse: c.DoNotReimburse, Street: c.Street, City: c.City, State: c.State, PostalCode: c.PostalCode, Country: c.Country, Email: c.Email,
			IBAN: b.IBAN, BIC: b.BIC, RoutingNumber: b.RoutingNumber, AccountNumber: b.AccountNumber, AccountType: b.AccountType, BankVerified: trust.Verified, Terms: c.Terms,
			BankChangedAt: instant(trust.ChangedAt), BankChangedBy: trust.ChangedBy, BankConfirmedBy: trust.ConfirmedBy,
		})
	}
	return nil
}

func (x *exporter) bank(banks map[int64]party.StoredBank, id int64) (party.Bank, party.Trust, error) {
	s, ok := banks[id]
	if !ok {
		return party.Bank{}, party.Trust{}, nil
	}
	if !x.clear {
		return s.Masked, s.Trust, nil
	}
	b, err := s.Open(x.tx.Company, x.keys)
	return b, s.Trust, err
}

func (x *exporter) currency(code string) money.Currency {
	cur, err := money.CurrencyOf(code)
	if err != nil {
		return x.c.Currency
	}
	return cur
}

func (x *exporter) series(ctx context.Context) error {
	all, err := ledger.AllSeries(ctx, x.tx)
	if err != nil {
		return err
	}
	for _, b := range all {
		x.d.NumberSeries = append(x.d.NumberSeries, NumberSeries{Series: b.Series, Prefix: b.Prefix, Width: b.Width, Next: int(b.First)})
	}
	voided, err := ledger.Voided(ctx, x.tx)
	for _, v := range voided {
		x.d.VoidedNumbers = append(x.d.VoidedNumbers, VoidedNumbers{Series: v.Series, First: int(v.First), Last: int(v.Last), Reason: v.Reason})
	}
	return err
}

func (x *exporter) runs(ctx context.Context) error {
	runs, err := reimbursement.Runs(ctx, x.tx)
	if err != nil {
		return err
	}
	slices.Reverse(runs)
	for _, r := range runs {
		if r.State == reimbursement.Posting {
			return fault.New(fault.Refused, "run %s is being posted; finish it first: quittance reimburse post --run %s", r.Code, r.Code).ByRule("run_unfinished")
		}
		x.runCodes[r.ID] = r.Code
		selection, err := json.Marshal(r.Selection)
		if err != nil {
			return err
		}
		options, err := json.Marshal(r.Policy)
		if err != nil {
			return err
		}
		row := Run{
			Run: r.Code, Date: r.Policy.Date, State: string(r.State), Selection: string(selection), Options: string(options), FirstNumber: int(r.FirstNumber), LastNumber: int(r.LastNumber),
			SettlementFirst: int(r.FirstTransfer), CreatedBy: r.CreatedBy, CreatedAt: time.UnixMicro(r.CreatedAt).UTC(), Watermark: strconv.FormatInt(r.ID, 10),
		}
		if r.PostedAt != 0 {
			row.PostedAt = time.UnixMicro(r.PostedAt).UTC()
		}
		x.d.Runs = append(x.d.Runs, row)
		err = reimbursement.EachLine(ctx, x.tx, r.ID, func(l reimbursement.LineInfo) error {
			decision, state := "reimburse", "planned"
			if l.Reason != "" {
				decision = "exclude"
			}
			if l.Posted {
				state = "posted"
			}
			x.d.RunLines = append(x.d.RunLines, RunLine{
				Run: r.Code, Line: int(l.Line), Customer: l.Customer, Currency: x.currency(l.Currency), Decision: decision, Reason: string(l.Reason), Detail: l.Detail,
				Reimbursements: l.Reimbursements, SettlementVouchers: l.Transfers, Amount: l.Amount, Vendor: l.Vendor, OneTime: l.Reason == "" && l.Vendor == "", State: state,
			})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// vouchers writes the vouchers in the order of their ids, which is that of their posting.
func (x *exporter) vouchers(ctx context.Context) error {
	reverses := map[int64]string{}
	err := ledger.EachVoucher(ctx, x.tx, x.c, func(s *ledger.Stored) error {
		x.numbers[s.ID] = s.Number
		x.ids = append(x.ids, s.ID)
		if s.Type == ledger.Settlement && s.Source != 0 {
			x.opVoucher[s.Source] = s.Number
		}
		if s.Reverses != 0 && x.numbers[s.Reverses] == "" {
			return fault.New(fault.Violation, "voucher %s reverses one that was not posted before it; run quittance verify", s.Number)
		}
		reverses[s.ID] = x.numbers[s.Reverses]
		x.d.Vouchers = append(x.d.Vouchers, x.voucher(s, reverses[s.ID]))
		if s.Type == ledger.Reimbursement {
			x.reimbursement(s)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return x.reversed()
}

func (x *exporter) voucher(s *ledger.Stored, reverses string) Voucher {
	v := Voucher{Number: s.Number, Date: s.Date, Type: s.Type.String(), Reverses: reverses}
	for _, e := range s.Entries {
		l := VoucherLine{
			Customer: x.customers[s.Customer].Code, Vendor: x.vendors[s.Vendor].Code, Classification: x.c.ClassificationCode(e.Classification), DueDate: dueOf(&s.Voucher, e),
			Currency: x.currency(e.Currency), Account: e.Account.Written, Text: e.Text,
		}
		if l.Text == "" {
			l.Text = s.Text
		}
		if c, ok := x.customers[e.Party]; ok {
			l.Customer = c.Code
		} else if w, ok := x.vendors[e.Party]; ok {
			l.Vendor = w.Code
		}
		if e.Amount < 0 {
			l.Credit = -e.Amount
		} else {
			l.Debit = e.Amount
		}
		if e.Currency != x.c.Currency.Code || e.Amount == 0 {
			acc := e.Accounting.Abs()
			if e.Accounting < 0 {
				l.AccountingCredit = &acc
			} else {
				l.AccountingDebit = &acc
			}
		}
		v.Lines = append(v.Lines, l)
	}
	return v
}

// dueOf gives the due date of an entry as it is read back: that of an invoice is its date where there is none.
func dueOf(v *ledger.Voucher, e ledger.Entry) civil.Date {
	if v.Type == ledger.Invoice || v.Type == ledger.VendorInvoice {
		return cmp.Or(e.Due, v.Date)
	}
	return e.Due
}

func (x *exporter) reimbursement(s *ledger.Stored) {
	r := Reimbursement{Number: s.Number, Run: x.runCodes[s.Source], Customer: x.customers[s.Customer].Code, Vendor: x.vendors[s.Vendor].Code, Date: s.Date, State: "posted"}
	for _, e := range s.Entries {
		r.Currency, r.Classification = x.currency(e.Currency), x.c.ClassificationCode(e.Classification)
		r.Amount += max(e.Amount, 0)
	}
	x.d.Reimbursements = append(x.d.Reimbursements, r)
}

// reversed sets the state of the reimbursements that were reversed.
func (x *exporter) reversed() error {
	by := map[string]bool{}
	for i := range x.d.Vouchers {
		by[x.d.Vouchers[i].Reverses] = true
	}
	for i := range x.d.Reimbursements {
		if by[x.d.Reimbursements[i].Number] {
			x.d.Reimbursements[i].State = "reversed"
		}
	}
	return nil
}

// settlements writes the links that hold, one row a key: what was undone is not business any more.
func (x *exporter) settlements(ctx context.Context) error {
	links, _, err := openitem.AllLinks(ctx, x.tx)
	if err != nil {
		return err
	}
	currencies, err := x.currencies(ctx)
	if err != nil {
		return err
	}
	type sum struct {
		row                Settlement
		amount, accounting money.Amount
		currency           money.Currency
	}
	at := map[linkOf]*sum{}
	var rows []*sum
	for _, l := range links {
		k := linkOf{key: settlementKey{l.Date, l.Party, x.numbers[l.DebitVoucher], x.numbers[l.CreditVoucher], l.DebitLine, l.CreditLine}}
		if l.Kind == openitem.Applied {
			k.line = x.postings[l.Source]
		}
		s := at[k]
		if s == nil {
			s = &sum{currency: currencies[itemID{l.DebitVoucher, l.DebitLine}], row: Settlement{
				Date: l.Date, Customer: x.customers[l.Party].Code, Vendor: x.vendors[l.Party].Code, DebitVoucher: k.key.debit, CreditVoucher: k.key.credit,
				DebitLine: l.DebitLine, CreditLine: l.CreditLine, SettlementVoucher: x.opVoucher[l.Operation], Kind: l.Kind.String(), Journal: k.line.journal, JournalLine: k.line.line,
			}}
			if l.Kind == openitem.Netted {
				s.row.Run = x.runCodes[l.Source]
			}
			at[k] = s
			rows = append(rows, s)
		}
		s.amount, s.accounting = s.amount+l.Amount, s.accounting+l.Accounting
	}
	for _, s := range rows {
		s.row.Amount, s.row.Accounting = s.currency.Format(s.amount), x.c.Currency.Format(s.accounting)
		x.d.Settlements = append(x.d.Settlements, s.row)
	}
	return nil
}

// linkOf is the key of a settlement row: that of its link, and the line of a payment journal that made it.
type linkOf struct {
	key  settlementKey
	line journalLine
}

type itemID struct {
	voucher int64
	line    int
}

// currencies gives the currency of every line of every voucher.
func (x *exporter) currencies(context.Context) (map[itemID]money.Currency, error) {
	all := map[itemID]money.Currency{}
	for i := range x.d.Vouchers {
		for j := range x.d.Vouchers[i].Lines {
			all[itemID{x.ids[i], j + 1}] = x.d.Vouchers[i].Lines[j].Currency
		}
	}
	return all, nil
}

func (x *exporter) marks(ctx context.Context) error {
	marks, err := openitem.Marks(ctx, x.tx, 0)
	if err != nil {
		return err
	}
	currencies, err := x.currencies(ctx)
	if err != nil {
		return err
	}
	requests, err := request.Codes(ctx, x.tx)
	if err != nil {
		return err
	}
	for _, m := range marks {
		if requests[m.Journal] { // it would be held there by what is not there
			continue
		}
		line, _ := strconv.Atoi(m.Line)
		x.d.Marks = append(x.d.Marks, Mark{Journal: m.Journal, Line: line, User: m.Holder, Customer: x.customers[m.Party].Code, Vendor: x.vendors[m.Party].Code, Voucher: m.Number, Amount: currencies[itemID{m.Voucher, 1}].Format(m.Amount)})
	}
	return nil
}

// watermarks names, for each run, the last voucher that was posted before it was proposed.
func (x *exporter) watermarks(context.Context) error {
	for i := range x.d.Runs {
		id, err := strconv.ParseInt(x.d.Runs[i].Watermark, 10, 64)
		if err != nil {
			return err
		}
		at, _ := slices.BinarySearch(x.ids, id)
		x.d.Runs[i].Watermark = ""
		if at > 0 {
			x.d.Runs[i].Watermark = x.numbers[x.ids[at-1]]
		}
	}
	return nil
}

// Beside is something that a folder does not carry, and how many of it the company has.
type Beside struct {
	What string
	N    int
}

// beside counts what the folder leaves behind: what people decide on and by, and the ways to other programs, which are set up where they
// are used.
func (x *exporter) beside(ctx context.Context) error {
	all, err := db.List(ctx, x.tx, func(r *db.Rows, b *Beside) error { return r.Scan(&b.What, &b.N) }, `select what, n from (
		select 1 as i, 'requests' as what, count(*) as n from request where company = $1
		union all select 2, 'approvals', count(*) from approval where company = $1
		union all select 3, 'policies', count(*) from policy where company = $1
		union all select 4, 'approval rules', count(distinct name) from approval_rule where company = $1
		union all select 5, 'webhooks', count(*) from webhook where company = $1
		union all select 6, 'schedules', count(*) from schedule where company = $1
		union all select 7, 'targets of exports', count(*) from export_target where company = $1) q where n > 0 order by i`, x.tx.Company)
	x.d.Beside = all
	return err
}
