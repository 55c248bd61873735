package payout

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/nacha"
	"quittance/internal/format/pain"
	"quittance/internal/party"
)

// ach makes an ACH file.
func (m *maker) ach(ctx context.Context, tx *db.Tx) ([]byte, error) {
	profile := m.bank.Settings.ACH
	if err := m.file.begin(ctx, tx, ".ach"); err != nil {
		return nil, err
	}
	f := nacha.File{Created: tx.Now.UTC(), Effective: m.effective(tx.Today()), SameDay: m.SameDay}
	var today, turn int64
	err := tx.Row(ctx, "select b.next_trace, b.trace_turn, (select count(*) from payment_file f where f.company = b.company and f.bank = b.id and f.kind = 'ach' and f.made_at >= $3) from bank_account b where b.company = $1 and b.id = $2",
		tx.Company, m.bank.ID, tx.Now.UTC().Truncate(24*time.Hour).UnixMicro()).Scan(&f.FirstTrace, &turn, &today)
	if err != nil {
		return nil, err
	}
	const modifiers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	if today >= int64(len(modifiers)) {
		return nil, fault.New(fault.Refused, "%d ACH files were made for bank account %s today; more cannot be told apart, make the next tomorrow", today, m.bank.Code).ByRule("file_modifier")
	}
	f.Modifier = modifiers[today : today+1]
	for _, p := range m.payments {
		d, err := m.open(tx, p)
		if err != nil {
			return nil, err
		}
		x := m.payees[p.Payee]
		f.Payments = append(f.Payments, nacha.Payment{
			ID: shortName(p), Name: x.name, Business: !slices.Contains(profile.PersonGroups, x.group), Routing: d.RoutingNumber, Account: d.AccountNumber, Savings: d.AccountType == "savings", Amount: p.Amount, Text: m.remittance(p, nacha.MaxAddenda),
		})
	}
	first := f.FirstTrace
	w, err := nacha.Write(profile.Profile, f)
	if fault.RuleOf(err) == "ach_trace" && first > 1 { // a file's numbers ascend: it begins the next turn as a whole
		f.FirstTrace, m.turn = 1, turn+1
		w, err = nacha.Write(profile.Profile, f)
	} else {
		m.turn = turn
	}
	if err != nil {
		return nil, m.explain(err)
	}
	for i, p := range m.payments {
		p.Number = w.Traces[i]
	}
	m.file.Totals = map[string]any{"batches": len(w.Batches), "entries": w.Entries, "addenda": w.Addenda, "hash": w.Hash, "debit": m.cur.Format(w.Debit), "credit": m.cur.Format(w.Credit), "modifier": f.Modifier, "effective": f.Effective.String()}
	next := m.turn
	if w.NextTrace <= f.FirstTrace {
		next++ // its last number was the last one
	}
	n, err := tx.Exec(ctx, "update bank_account set next_trace = $1, trace_turn = $5 where company = $2 and id = $3 and next_trace = $4 and trace_turn = $6", w.NextTrace, tx.Company, m.bank.ID, first, next, turn)
	if err == nil && n != 1 {
		err = db.Again("another ACH file was made at the same moment")
	}
	return w.Data, err
}

// open opens the bank details of the payee of a payment.
func (m *maker) open(tx *db.Tx, p *Payment) (party.Bank, error) {
	if d, known := m.details[p.Payee]; known {
		return d, nil
	}
	d, err := m.payees[p.Payee].bank.Open(tx.Company, m.Keys)
	if err != nil {
		return d, err
	}
	if m.details == nil {
		m.details = map[int64]party.Bank{}
	}
	m.details[p.Payee] = d
	return d, nil
}

// effective is the day on which ACH payments settle.
func (m *maker) effective(today civil.Date) civil.Date {
	if m.SameDay {
		return today
	}
	return max(cmp.Or(m.Effective, m.payments[0].Date), today.AddDays(1))
}

// shortName names a payment in the 15 characters of an ACH entry: VPJ-00000001/3 is VPJ-1/3.
func shortName(p *Payment) string {
	prefix, digits, ok := strings.Cut(p.Code, "-")
	name := p.Name()
	if ok {
		name = fmt.Sprintf("%s-%s/%d", prefix, strings.TrimLeft(digits, "0"), p.Line)
	}
	return name[:min(len(name), nacha.MaxID)]
}

// transfers makes a pain.001 file.
func (m *maker) transfers(ctx context.Context, tx *db.Tx) ([]byte, error) {
	profile := m.bank.Settings.Transfer
	if err := m.file.begin(ctx, tx, ".xml"); err != nil {
		return nil, err
	}
	f := pain.File{ID: m.file.Code, Created: tx.Now.UTC()}
	for _, p := range m.payments {
		d, err := m.open(tx, p)
		if err != nil {
			return nil, err
		}
		x := m.payees[p.Payee]
		p.Number = strings.ReplaceAll(p.Name(), "/", "-") // a slash means something else to banks
		f.Payments = append(f.Payments, pain.Payment{
			ID: p.Number, Date: max(p.Date, tx.Today()), From: transferAccount(m.own, m.bank.Currency), Account: transferAccount(d, ""), Currency: p.Currency, Amount: p.Amount, Text: m.remittance(p, pain.MaxText),
			To: pain.Party{Name: x.name, Address: pain.Address{Street: x.address.Street, Postcode: x.address.PostalCode, Town: x.address.City, Region: x.address.State, Country: x.address.Country}},
		})
	}
	w, err := pain.Write(*profile, f)
	if err != nil {
		return nil, m.explain(err)
	}
	m.file.Totals = map[string]any{"message": f.ID, "version": profile.Version, "blocks": len(w.Blocks), "payments": len(f.Payments), "control_sum": m.cur.Format(m.file.Total)}
	return w.Data, nil
}

// transferAccount gives bank details as transfers name them: by IBAN, or by account number and the bank's number in its clearing system.
func transferAccount(d party.Bank, currency string) pain.Account {
	a := pain.Account{IBAN: d.IBAN, Type: d.AccountType, Currency: currency, Bank: pain.Bank{BIC: d.BIC}}
	if d.IBAN == "" {
		a.Number = d.AccountNumber
		if d.RoutingNumber != "" {
			a.Bank.Clearing, a.Bank.Member, a.Bank.Country = "USABA", d.RoutingNumber, "US"
		}
	}
	return a
}

// remittance says what a payment pays, as much as a message takes.
func (m *maker) remittance(p *Payment, most int) string {
	text := ""
	for i, x := range p.Items {
		next := strings.TrimSpace(text + " " + x.Number)
		if rest := len(p.Items) - i; len(next) > most-len(" +99999 MORE") && rest > 1 {
			return fmt.Sprintf("%s +%d MORE", text, rest)
		}
		text = next
	}
	return text[:min(len(text), most)]
}
