package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// told writes a chain: its documents, that which was asked for with a star, and its joins.
func told(x *app.Chain) string {
	var b strings.Builder
	for _, n := range x.Nodes {
		star := ""
		if n.Asked {
			star = "*"
		}
		fmt.Fprintf(&b, "%s %s%s %s %s %s %s\n", n.Stage, n.Name, star, n.Type, n.Party, n.Amount, n.State)
	}
	for _, j := range x.Joins {
		fmt.Fprintf(&b, "%s > %s %s %s\n", j.From, j.To, j.Amount, j.Live)
	}
	return b.String()
}

// From every document on the way the chain leads to all others, both ways, and to none beside it.
func TestChain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openCity(t, d)
		p := paidCheckOn(t, d, "2026-12-01")
		if err := d.SaveBankMap(t.Context(), apptest.Call, "first", []byte(bankMap)); err != nil {
			t.Fatal(err)
		}
		if _, err := importCSV(t, d, "1000.00", "2026-12-02,-160.00,1001,,Check paid,,", "2026-12-03,-1.25,,,Service charge,,"); err != nil {
			t.Fatal(err)
		}
		if _, err := d.MatchBank(t.Context(), treasurer, "TREASURY", false); err != nil {
			t.Fatal(err)
		}
		chain := func(of string) string {
			t.Helper()
			x, err := d.Chain(t.Context(), apptest.Call, of)
			if err != nil || x.Of != of || x.Cut {
				t.Fatalf("the chain of %s is of %s: %v", of, x.Of, err)
			}
			return told(x)
		}
		star := func(s, name string) string { return strings.Replace(s, " "+name+" ", " "+name+"* ", 1) }
		const whole = `credit PAY payment C-1001 50.00 
credit CN-P credit_note C-1001 10.00 
credit CN-U credit_note C-1001 100.00 
invoice RB-00000001 reimbursement C-1001 20.00 closed
invoice RB-00000002 reimbursement C-1001 45.00 closed
invoice RB-00000003 reimbursement C-1001 45.00 closed
invoice RB-00000004 reimbursement C-1001 50.00 closed
payment VPJ-00000001/1 check V-1001 160.00 cleared
voucher VP-00000001 vendor_payment V-1001 -160.00 
bank_line TREASURY/1/1 check  -160.00 reconciled
CN-P > RB-00000001 10.00 10.00
CN-U > RB-00000001 10.00 10.00
CN-U > RB-00000002 45.00 45.00
CN-U > RB-00000003 45.00 45.00
PAY > RB-00000004 50.00 50.00
RB-00000001 > VPJ-00000001/1 20.00 20.00
RB-00000002 > VPJ-00000001/1 45.00 45.00
RB-00000003 > VPJ-00000001/1 45.00 45.00
RB-00000004 > VPJ-00000001/1 50.00 50.00
VPJ-00000001/1 > VP-00000001 160.00 160.00
VP-00000001 > TREASURY/1/1 -160.00 -160.00
`
		for _, of := range []string{"VPJ-00000001/1", "VP-00000001", "TREASURY/1/1"} {
			if got, want := chain(of), star(whole, of); got != want {
				t.Errorf("the chain of %s is\n%s\nwant\n%s", of, got, want)
			}
		}
		keep := func(of string, without ...string) string {
			lines := slices.DeleteFunc(strings.SplitAfter(star(whole, of), "\n"), func(l string) bool {
				return slices.ContainsFunc(without, func(w string) bool { return strings.Contains(l, w) })
			})
			return strings.Join(lines, "")
		}
		// A credit has only what paid it; a reimbursement only its own credits.
		if got, want := chain("CN-P"), keep("CN-P", "PAY", "CN-U", "RB-00000002", "RB-00000003", "RB-00000004"); got != want {
			t.Errorf("the chain of a credit is\n%s\nwant\n%s", got, want)
		}
		if got, want := chain("RB-00000004"), keep("RB-00000004", "CN-", "RB-00000001", "RB-00000002", "RB-00000003"); got != want {
			t.Errorf("the chain of a reimbursement is\n%s\nwant\n%s", got, want)
		}
		if got := chain("TREASURY/1/2"); got != "bank_line TREASURY/1/2* other  -1.25 open\n" {
			t.Errorf("the chain of an open line is\n%s", got)
		}
		for _, of := range []string{"NONE", "VPJ-00000001/2", "TREASURY/1/3", "TREASURY/x/3"} {
			if _, err := d.Chain(t.Context(), apptest.Call, of); fault.CodeOf(err) != fault.NotFound && fault.CodeOf(err) != fault.Invalid {
				t.Errorf("the chain of %s gives %v", of, err)
			}
		}

		// The check comes back, and the receivable is told: nothing of what went stands any longer.
		if _, err := d.UndoBankLine(t.Context(), treasurer, "TREASURY/1/1"); err != nil {
			t.Fatal(err)
		}
		failure := app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{p.Payment}}, As: payout.Voided, Date: civil.MustParse("2026-12-04"), Reason: "lost", Fate: payout.Reverse}
		if _, err := d.FailVendorPayments(t.Context(), treasurer, failure); err != nil {
			t.Fatal(err)
		}
		for _, of := range []string{"PAY", "RB-00000004", p.Payment} {
			x, err := d.Chain(t.Context(), apptest.Call, of)
			if err != nil || len(x.Stage("voucher")) != 2 || len(x.Stage("bank_line")) != 0 || x.Stage("payment")[0].State != "voided" {
				t.Fatalf("the chain of %s is %v, %v", of, x, err)
			}
			left := map[string]int64{}
			for _, j := range x.Joins {
				a, err := money.MustCurrency(j.Currency).Parse(j.Live)
				if err != nil {
					t.Fatal(err)
				}
				left[j.Stage] += int64(a)
			}
			if len(left) != 3 || left["credit"] != 0 || left["invoice"] != 0 || left["payment"] != 0 {
				t.Errorf("of the chain of %s stands %v:\n%s", of, left, told(x))
			}
		}
	})
}

// A payment that stands for a failed one is in the chain of either, and an outstanding entry that was reversed before it came to the bank
// is in no control.
func TestChainOfAReissuedPayment(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openCity(t, d)
		p := paidCheckOn(t, d, "2026-12-01")
		failure := app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{p.Payment}}, As: payout.Voided, Date: civil.MustParse("2026-12-02"), Reason: "lost", Fate: payout.Reissue}
		if _, err := d.FailVendorPayments(t.Context(), treasurer, failure); err != nil {
			t.Fatal(err)
		}
		again := paidCheckOn(t, d, "2026-12-03")
		for _, of := range []string{p.Payment, again.Payment} {
			x, err := d.Chain(t.Context(), apptest.Call, of)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, n := range x.Stage("payment") {
				names = append(names, n.Name)
			}
			if !slices.Equal(names, []string{p.Payment, again.Payment}) || len(x.Stage("voucher")) != 3 || len(x.Stage("credit")) != 3 {
				t.Errorf("the chain of %s is\n%s", of, told(x))
			}
		}
		if err := d.SaveBankMap(t.Context(), apptest.Call, "first", []byte(bankMap)); err != nil {
			t.Fatal(err)
		}
		if _, err := importCSV(t, d, "1000.00", "2026-12-04,-1.25,,,Service charge,,"); err != nil {
			t.Fatal(err)
		}
		control, err := d.BankControl(t.Context(), treasurer, "TREASURY", civil.MustParse("2026-12-31"))
		if err != nil || control.Off != "0.00" || control.Outstanding != "-110.00" || control.NEntries != 2 || len(control.Entries) != 2 || control.Entries[0].Voucher != "PAY" || control.Entries[1].Payment != again.Payment {
			t.Errorf("the control is %+v, %v; want what the customer paid and the new check outstanding, and nothing of the voided one", control, err)
		}
	})
}
