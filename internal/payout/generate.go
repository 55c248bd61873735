package payout

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/check"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/secret"
)

// Making is how payments are generated.
type Making struct {
	Keys      *secret.Keyring
	Company   string // name, as payees see it
	Policy    PostingPolicy
	SameDay   bool       // ACH payments settle today
	Effective civil.Date // of ACH payments; blank: the payments' date, the next day at the earliest
}

// maker is a file that is being made of payments of one bank account and kind.
type maker struct {
	Making
	c        *ledger.Company
	bank     BankAccount
	cur      money.Currency
	own      party.Bank // the bank account's own details
	payees   map[int64]*payee
	details  map[int64]party.Bank // of the payees
	payments []*Payment
	file     *File
	turn     int64 // of the trace numbers
}

// Generate makes what pays payments of one bank account and kind: a PDF of checks, an ACH file. The payments get their numbers, and the
// file is kept sealed, with its digest and totals. A payment is generated once: it must be withdrawn, or fail, before it is again. Payments
// that cannot be paid or written are [Unwritable]; nothing is made then.
// Source: payments rules, "Methods".
func Generate(ctx context.Context, tx *db.Tx, c *ledger.Company, with Making, payments []*Payment) (*File, error) {
	first := payments[0]
	for _, p := range payments {
		if p.Bank != first.Bank || p.Kind != first.Kind {
			return nil, fault.New(fault.Refused, "payments %s and %s are of different methods, and so of different files", first.Name(), p.Name()).ByRule("one_method_a_file")
		}
		if err := p.may(Generated); err != nil {
			return nil, err
		}
	}
	all, problems, err := examine(ctx, tx, c, payments, with.Policy)
	if err == nil {
		err = Unready(payments, problems)
	}
	if err != nil {
		return nil, err
	}
	m := &maker{Making: with, c: c, payees: all, payments: payments, file: &File{Journal: first.Journal, Bank: first.Bank, Kind: string(first.Kind), Payments: len(payments)}}
	for _, p := range payments {
		m.file.Total += p.Amount
	}
	if err := m.read(ctx, tx); err != nil {
		return nil, err
	}
	if err := m.equipped(); err != nil {
		return nil, err
	}
	var content []byte
	switch first.Kind {
	case ByCheck:
		content, err = m.checks(ctx, tx)
	case ByACH:
		content, err = m.ach(ctx, tx)
	case ByTransfer:
		content, err = m.transfers(ctx, tx)
	}
	if err != nil {
		return nil, err
	}
	if err := m.file.save(ctx, tx, with.Keys, content); err != nil {
		return nil, err
	}
	return m.file, m.number(ctx, tx)
}

// read reads the bank account and its details.
func (m *maker) read(ctx context.Context, tx *db.Tx) error {
	var err error
	if m.bank, err = bankByID(ctx, tx, m.file.Bank); err != nil {
		return err
	}
	if m.bank.Blocked {
		return fault.New(fault.Refused, "bank account %s is blocked", m.bank.Code).ByRule(string(MethodBlocked))
	}
	if m.cur, err = money.CurrencyOf(m.bank.Currency); err != nil {
		return err
	}
	if err := m.bank.Settings.Validate(m.cur); err != nil {
		return err
	}
	banks, err := party.BanksOf(ctx, tx, []int64{m.bank.ID})
	if err != nil {
		return err
	}
	if s, has := banks[m.bank.ID]; has {
		m.own, err = s.Open(tx.Company, m.Keys)
	}
	return err
}

// Equipped refuses a kind of payment from a bank account that is blocked, or lacks what its checks or files need.
func Equipped(ctx context.Context, tx *db.Tx, keys *secret.Keyring, bank int64, kind Kind) error {
	m := &maker{Making: Making{Keys: keys}, file: &File{Bank: bank, Kind: string(kind)}}
	if err := m.read(ctx, tx); err != nil {
		return err
	}
	return m.equipped()
}

func (m *maker) equipped() error {
	s := &m.bank.Settings
	switch Kind(m.file.Kind) {
	case ByCheck:
		if s.Check == nil {
			return m.missing("settings for checks")
		}
		if m.own.RoutingNumber == "" || m.own.AccountNumber == "" {
			return m.missing("routing and account number, which checks bear")
		}
	case ByACH:
		if s.ACH == nil {
			return m.missing("settings for ACH files")
		}
	case ByTransfer:
		if s.Transfer == nil {
			return m.missing("settings for ISO 20022 files")
		}
		if m.own.IBAN == "" && m.own.AccountNumber == "" {
			return m.missing("IBAN or account number")
		}
	default:
		return fault.New(fault.Refused, "payments by %s make no file; post them with their references", m.file.Kind).ByRule("no_file")
	}
	return nil
}

// missing says that a bank account lacks what a kind of payment needs.
func (m *maker) missing(what string) error {
	return fault.New(fault.Refused, "bank account %s has no %s; set them: quittance banks set %s", m.bank.Code, what, m.bank.Code).ByRule("bank_settings")
}

// checks prints the payments.
func (m *maker) checks(ctx context.Context, tx *db.Tx) ([]byte, error) {
	s := m.bank.Settings.Check
	if err := m.file.begin(ctx, tx, ".pdf"); err != nil {
		return nil, err
	}
	names := map[int64]string{}
	for id, x := range m.payees {
		names[id] = x.name
	}
	if err := NumberChecks(ctx, tx, m.bank.ID, m.payments, names); err != nil {
		return nil, err
	}
	lines, err := m.stubs(ctx, tx)
	if err != nil {
		return nil, err
	}
	all := make([]check.Check, len(m.payments))
	for i, p := range m.payments {
		number := int64(0)
		if _, err := fmt.Sscan(p.Number, &number); err != nil {
			return nil, err
		}
		x := m.payees[p.Payee]
		all[i] = check.Check{Number: number, Date: p.Date, Payee: check.Party{Name: x.name, Lines: addressLines(x.address)}, Amount: p.Amount, Memo: p.Name(), Lines: lines[p.ID]}
	}
	m.file.Totals = map[string]any{"first_check": m.payments[0].Number, "last_check": m.payments[len(m.payments)-1].Number}
	form := check.Form{
		Style: s.Style, Payer: check.Party{Name: cmp.Or(s.Payer, m.Company), Lines: s.PayerLines}, Currency: m.cur, SecondOver: s.second, Legend: s.Legend, SerialDigits: s.SerialDigits, OffsetX: s.OffsetX, OffsetY: s.OffsetY,
		Bank: check.Bank{Name: m.bank.Bank, Lines: s.BankLines, Routing: m.own.RoutingNumber, Account: m.own.AccountNumber, Fraction: s.Fraction, OnUs: s.OnUs},
	}
	if len(form.Bank.Lines) == 0 && m.bank.Address != "" {
		form.Bank.Lines = strings.Split(m.bank.Address, "\n")
	}
	content, err := check.Print(form, tx.Now, all)
	return content, m.explain(err)
}

// stubs gives the lines of each payment: what it pays, with what the invoice says.
func (m *maker) stubs(ctx context.Context, tx *db.Tx) (map[int64][]check.Line, error) {
	type told struct {
		date civil.Date
		text string
	}
	texts := map[int64]told{}
	those, arg := tx.Among("v.id", "$2", vouchersOf(m.payments))
	err := tx.Each(ctx, "select v.id, v.date, v.text, coalesce(c.code, '') from voucher v left join customer c on c.company = v.company and c.id = v.customer where v.company = $1 and "+those,
		[]any{tx.Company, arg}, func(r *db.Rows) error {
			text := r.Text(2)
			if customer := r.Text(3); customer != "" {
				text = strings.TrimSpace("Customer " + customer + " " + text)
			}
			texts[r.Int64(0)] = told{r.Date(1), text}
			return nil
		})
	if err != nil {
		return nil, err
	}
	lines := make(map[int64][]check.Line, len(m.payments))
	for _, p := range m.payments {
		for _, x := range p.Items {
			t := texts[x.Voucher]
			lines[p.ID] = append(lines[p.ID], check.Line{Number: x.Number, Date: t.date, Text: t.text, Gross: x.Amount, Amount: x.Amount})
		}
	}
	return lines, nil
}

// addressLines gives the lines of an address in America.
func addressLines(a *party.Address) []string {
	var lines []string
	if a.Street != "" {
		lines = append(lines, strings.Split(a.Street, "\n")...)
	}
	if place := strings.TrimSpace(strings.TrimSuffix(a.City+", "+a.State+" "+a.PostalCode, ", ")); place != "" && place != "," {
		lines = append(lines, strings.TrimPrefix(place, ", "))
	}
	if a.Country != "" && a.Country != "US" {
		lines = append(lines, a.Country)
	}
	return lines
}

// number notes what was generated, by the set. A payment that is not any longer what it was when it was read makes the unit start afresh.
func (m *maker) number(ctx context.Context, tx *db.Tx) error {
	const set = "update vendor_payment set status = 'generated', file = $1, turn = $2, number = "
	done := int64(0)
	if tx.Postgres() {
		numbers, was := make([]string, len(m.payments)), make([]string, len(m.payments))
		for i, p := range m.payments {
			numbers[i], was[i] = p.Number, string(p.Status)
		}
		n, err := tx.Exec(ctx, set+"x.number from unnest($4::bigint[], $5::text[], $6::text[]) x(payment, number, was) where vendor_payment.company = $3 and id = x.payment and status = x.was",
			m.file.ID, m.turn, tx.Company, idsOf(m.payments), numbers, was)
		if err != nil {
			return err
		}
		done = n
	} else {
		for _, p := range m.payments {
			n, err := tx.Exec(ctx, set+"$4 where company = $3 and id = $5 and status = $6", m.file.ID, m.turn, tx.Company, p.Number, p.ID, p.Status)
			if err != nil {
				return err
			}
			done += n
		}
	}
	if done != int64(len(m.payments)) {
		return db.Again("a payment was changed by somebody else")
	}
	steps := make([]change, len(m.payments))
	for i, p := range m.payments {
		p.Status, p.File = Generated, m.file.ID
		steps[i] = change{payment: p, to: Generated, detail: m.file.Code}
	}
	return note(ctx, tx, steps)
}

// Record gives payments that are made elsewhere their reference, such as the number of a wire.
func Record(ctx context.Context, tx *db.Tx, p *Payment, reference string) error {
	if p.Kind != ByHand || !p.Status.Open() {
		return fault.New(fault.Refused, "payment %s is by %s and %s; only a manual payment that is not posted takes a reference", p.Name(), p.Kind, p.Status).ByRule("no_reference").In("reference")
	}
	p.Number = reference
	_, err := tx.Exec(ctx, "update vendor_payment set number = $1 where company = $2 and id = $3", reference, tx.Company, p.ID)
	if db.IsDuplicate(err) {
		return fault.New(fault.Refused, "another payment of the bank account has the reference %q already", reference).ByRule("reference_used").In("reference")
	}
	return err
}
