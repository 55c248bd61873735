package folder

import (
	"context"

	"quittance/internal/unclaimed"
)

// unclaimedPast writes what was escheated, with letters, remittances and reports.
func (x *exporter) unclaimedPast(ctx context.Context) error {
	p, err := unclaimed.ReadPast(ctx, x.tx)
	if err != nil {
		return err
	}
	d, codes := x.d, map[int64]string{}
	for _, l := range p.Letters {
		d.UnclaimedLetters = append(d.UnclaimedLetters, UnclaimedLetters{
			Letters: l.Code, Date: l.Date, MadeBy: l.MadeBy, MadeAt: instant(l.MadeAt), Count: l.Letters.Letters, SHA256: x.sealed(l.SHA256), Size: int(l.Size), Copies: l.Copies,
		})
		for _, y := range l.Told {
			row := UnclaimedLetterItem{Letters: l.Code, Item: int(y.N), Document: x.unclaimedDocument(y.Kind, y.Target), Jurisdiction: y.Jurisdiction, Currency: x.currency(y.Currency), Amount: y.Amount}
			row.Customer, row.Vendor = x.owner(y.Kind, y.Owner)
			d.UnclaimedLetterItems = append(d.UnclaimedLetterItems, row)
		}
	}
	for _, r := range p.Remittances {
		codes[r.ID] = r.Code
		d.UnclaimedRemittances = append(d.UnclaimedRemittances, UnclaimedRemittance{
			Remittance: r.Code, Jurisdiction: r.Jurisdiction, Date: r.Date, Bank: x.bankCode(r.Bank), Currency: x.currency(r.Currency), Amount: r.Amount, Reference: r.Reference, Voucher: x.numbers[r.Voucher],
			MadeBy: r.MadeBy, MadeAt: instant(r.MadeAt), Reversal: x.numbers[r.ReversedBy],
		})
	}
	for _, r := range p.Reports {
		codes[r.ID] = r.Code
		d.UnclaimedReports = append(d.UnclaimedReports, UnclaimedReport{
			Report: r.Code, Jurisdiction: r.Jurisdiction, Year: r.Year, Number: r.Number, MadeBy: r.MadeBy, MadeAt: instant(r.MadeAt), Name: r.Name, Properties: r.Properties, Currency: x.currency("USD"),
			Total: r.Total, SHA256: x.sealed(r.SHA256), Size: int(r.Size), Copies: r.Copies,
		})
	}
	for _, y := range p.Properties {
		codes[y.ID] = y.Code
		row := UnclaimedProperty{
			Property: y.Code, Document: x.unclaimedDocument(y.Kind, y.Target), Jurisdiction: y.Place.Jurisdiction, Why: y.Place.Why, Currency: x.currency(y.Currency), Amount: y.Amount, Accounting: y.Accounting,
			Arose: y.Arose, LastActivity: y.Activity, Dormant: y.Deadlines.Dormant, CutOff: y.Deadlines.CutOff, ReportBy: y.Deadlines.Report, Letter: y.LetterOn, Exception: y.Exception, Code: y.PropertyCode,
			Status: string(y.Status), Escheated: y.On, Voucher: x.numbers[y.Voucher], Remittance: codes[y.Remittance], Report: codes[y.Report],
		}
		row.Customer, row.Vendor = x.owner(y.Kind, y.Owner)
		d.UnclaimedProperties = append(d.UnclaimedProperties, row)
	}
	currencies := map[string]string{}
	for _, y := range p.Properties {
		currencies[y.Code] = y.Currency
	}
	for _, l := range p.Lines {
		code := codes[l.Property]
		d.UnclaimedLines = append(d.UnclaimedLines, UnclaimedLine{Property: code, Line: int(l.N), Account: l.Account, Currency: x.currency(currencies[code]), Amount: l.Amount, Accounting: l.Accounting})
	}
	for _, e := range p.Events {
		d.UnclaimedHistory = append(d.UnclaimedHistory, UnclaimedEvent{
			Property: codes[e.Property], Event: int(e.N), At: instant(e.At), Actor: e.Actor, Status: string(e.Status), Voucher: x.numbers[e.Voucher], Detail: e.Detail,
		})
	}
	return nil
}

// unclaimedDocument names what nobody claims: the voucher of a credit, or a payment.
func (x *exporter) unclaimedDocument(kind unclaimed.Kind, target int64) string {
	if kind == unclaimed.Payment {
		return x.payments[target].name()
	}
	return x.numbers[target]
}

func (x *exporter) owner(kind unclaimed.Kind, id int64) (customer, vendor string) {
	if kind == unclaimed.Payment {
		return "", x.vendors[id].Code
	}
	return x.customers[id].Code, ""
}
