package app_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// Nobody posts on the deduction management customer by hand, settles or marks there, whatever the door; an exported company comes back.
func TestDeductionCustomerIsNobodys(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d = d.company(0)
		number := paidShort(t, d, deduction.OnManagement)
		usd, err := money.CurrencyOf("USD")
		if err != nil {
			t.Fatal(err)
		}
		for name, posting := range map[string]func() error{
			"Document": func() error {
				_, err := d.PostDocument(ctx, d.call, app.DocumentRequest{Type: "payment", Party: "DEDUCT", Date: taken, Lines: []app.DocumentLine{{"110-11020", "5.00"}}})
				return err
			},
			"JournalOnItsAccount": func() error {
				_, err := d.PostJournal(ctx, d.call, app.JournalRequest{Date: taken, Lines: []app.JournalLine{{Account: "110-11535", Customer: "DEDUCT", Debit: "5.00"}, {Account: "110-44200", Credit: "5.00"}}})
				return err
			},
			"JournalOnAnotherAccount": func() error {
				_, err := d.PostJournal(ctx, d.call, app.JournalRequest{Date: taken, Lines: []app.JournalLine{{Account: "110-11530", Customer: "DEDUCT", Credit: "5.00"}, {Account: "110-44200", Debit: "5.00"}}})
				return err
			},
			"VoucherFile": func() error {
				_, err := d.PostVouchers(ctx, d.call, []folder.Voucher{{Number: "H-1", Date: taken, Type: "journal", Lines: []folder.VoucherLine{
					{Customer: "DEDUCT", Currency: usd, Account: "110-11535", Debit: 5_00}, {Currency: usd, Account: "110-44200", Credit: 5_00},
				}}})
				return err
			},
			"PaymentJournal": func() error {
				j, err := d.CreatePaymentJournal(ctx, d.call, app.PaymentJournalRequest{})
				if err != nil {
					return err
				}
				_, err = d.AddPaymentLine(ctx, d.call, j.Code, app.PaymentLineRequest{Date: taken, Customer: "DEDUCT", Amount: "5.00", Bank: "110-11020"})
				return err
			},
			"Settlement": func() error {
				_, err := d.Settle(ctx, d.call, app.SettleRequest{Side: openitem.Customers, Party: "DEDUCT", Debit: "DV-00000001", Credit: "PAY", Date: resolved})
				return err
			},
			"SettlementOfTheOtherSide": func() error {
				_, err := d.Settle(ctx, d.call, app.SettleRequest{Side: openitem.Customers, Party: "C-1", CreditParty: "DEDUCT", Debit: "INV", Credit: "DV-00000001", Date: resolved})
				return err
			},
			"AutomaticSettlement": func() error {
				_, err := d.AutoSettle(ctx, d.call, openitem.Customers, "DEDUCT", resolved)
				return err
			},
			"Unsettling": func() error {
				_, err := d.Unsettle(ctx, d.call, app.SettleRequest{Side: openitem.Customers, Party: "DEDUCT", Debit: "DV-00000001", Credit: "PAY", Date: resolved})
				return err
			},
			"Mark": func() error {
				_, err := d.Mark(ctx, d.call, app.MarkRequest{Side: openitem.Customers, Party: "DEDUCT", Voucher: "DV-00000001", Journal: "BY-HAND"})
				return err
			},
			"Match": func() error {
				_, err := d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: number, Date: resolved, Lines: []app.ResolveLine{{Kind: "match", Credit: "DV-00000001", Customer: "DEDUCT"}}})
				return err
			},
			"Claim": func() error {
				_, err := d.RaiseClaim(ctx, d.call, app.ClaimRequest{Customer: "DEDUCT", Amount: "5.00", Type: "OPEN"})
				return err
			},
			"ImportedVoucher": func() error {
				return d.brought(t, post(deductionBooks(deduction.OnManagement), "H-2,2026-11-12,journal,DEDUCT,,,USD,110-11535 5.00,110-44200 -5.00"))
			},
		} {
			if err := posting(); fault.RuleOf(err) != "deduction_customer" {
				t.Errorf("%s: got %v (%s), want the rule deduction_customer", name, err, fault.RuleOf(err))
			}
		}
		_, err = d.PostVouchers(ctx, d.call, []folder.Voucher{{Number: "H-3", Date: taken, Type: "deduction", Lines: []folder.VoucherLine{{Customer: "C-1", Currency: usd, Account: "110-11530", Credit: 5_00}, {Currency: usd, Account: "110-44200", Debit: 5_00}}}})
		if fault.CodeOf(err) != fault.Invalid {
			t.Errorf("a capture is posted from a file: %v", err)
		}
		err = d.brought(t, post(deductionBooks(deduction.OnManagement), "H-4,2026-11-12,credit_note,C-1,,,USD,110-44200 5.00,110-11530 -5.00").With(apptest.Files{
			"settlements": "date,customer,vendor,debit_voucher,debit_line,credit_voucher,credit_line,amount\n2026-11-12,DEDUCT,,DV-00000001,,H-4,,5.00\n",
		}))
		if fault.CodeOf(err) != fault.Invalid {
			t.Errorf("what holds a deduction is settled by an import: %v", err)
		}
		refused(t, d.SetParameter(ctx, d.call, "deduction_customer", "C-1"), fault.Refused, "deduction_customer_used", "INV is posted on the customer C-1")
		d.MustVerify(t)
		comesBack(t, d)
	})
}

// brought brings files into the company.
func (d *door) brought(t *testing.T, f apptest.Files) error {
	t.Helper()
	data, err := change(f, "company", "PSUS,", d.code+",").Read()
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.App.Import(ctx, d.call, data)
	return err
}

// comesBack exports a company and brings it in under another code: it has the same open items and balances.
func comesBack(t *testing.T, d *door) {
	t.Helper()
	data, err := d.Export(ctx, d.call, false)
	if err != nil {
		t.Fatal(err)
	}
	copied := &door{d.Door, app.Call{Actor: d.call.Actor, Company: d.code + "-COPY"}, d.code + "-COPY"}
	data.Company.Company = copied.code
	if _, err := d.App.Import(ctx, copied.call, data); err != nil {
		t.Fatalf("the exported company does not come back: %v", err)
	}
	if got, want := booksNow(t, copied), booksNow(t, d); got != want {
		t.Errorf("the copy has\n%swant\n%s", got, want)
	}
	copied.MustVerify(t)
}
