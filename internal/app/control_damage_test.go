package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/reimbursement"
)

// A difference that is really there is named: the reimbursement, the control account with its party, the bank account. It is made behind
// the program's back, and taken back.
func TestControlNamesDifferences(t *testing.T) {
	const payable = "account = (select id from ledger_account where written = '601-24210')"
	last := " and batch = (select max(batch) from balance where " + payable + ")"
	of := func(number string) string { return "(select id from voucher where number = '" + number + "')" }
	damages := []struct {
		name, do, undo string
		off            []string // what is off, and by how much
	}{
		{
			"OpenItemOfVendor", "update open_item set open = open - 700, accounting = accounting - 700 where side = 2 and voucher = " + of("RB-00000005"),
			"update open_item set open = open + 700, accounting = accounting + 700 where side = 2 and voucher = " + of("RB-00000005"),
			[]string{"RB-00000005 7.00", "601-24210 7.00 [V-1001]"},
		},
		{
			"OpenItemOfCustomer", "update open_item set accounting = accounting + 1 where side = 1 and voucher = " + of("X-2"),
			"update open_item set accounting = accounting - 1 where side = 1 and voucher = " + of("X-2"),
			[]string{"602-11530 -0.01 [C-1001]"},
		},
		{"Balance", "update balance set debit = debit + 1 where " + payable + last, "update balance set debit = debit - 1 where " + payable + last, []string{"601-24210 0.01 []"}},
		{
			"Settlement", "update settlement set amount = amount - 1 where credit_voucher = " + of("RB-00000004"), "update settlement set amount = amount + 1 where credit_voucher = " + of("RB-00000004"),
			[]string{"RB-00000004 0.01"},
		},
		{
			"EntryAtTheBank", "update entry set amount = amount - 5, accounting = accounting - 5 where account = (select id from ledger_account where written = '999-11020') and voucher = " + of("VP-00000001"),
			"update entry set amount = amount + 5, accounting = accounting + 5 where account = (select id from ledger_account where written = '999-11020') and voucher = " + of("VP-00000001"),
			[]string{"TREASURY 0.05"},
		},
		{"Statement", "update bank_statement set closing = closing + 5", "update bank_statement set closing = closing - 5", []string{"TREASURY 0.05"}},
		{"Line", "update bank_line set amount = amount - 300 where n = 2", "update bank_line set amount = amount + 300 where n = 2", []string{"TREASURY 3.00"}},
		{"Reconciliation", "update bank_reconciliation_entry set live = 0", "update bank_reconciliation_entry set live = 1", []string{"TREASURY -160.00"}},
	}
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openCity(t, d)
		credit := func(number, account string) {
			t.Helper()
			req := app.DocumentRequest{Type: "credit_note", Number: number, Party: "C-1001", Date: civil.MustParse("2026-12-01"), Lines: []app.DocumentLine{{Account: account, Amount: "30.00"}}}
			if _, err := d.PostDocument(t.Context(), apptest.Call, req); err != nil {
				t.Fatal(err)
			}
		}
		paidCheckOn(t, d, "2026-12-01")
		credit("X-1", "601-44200")
		d.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: civil.MustParse("2026-12-02")})
		credit("X-2", "602-44200")
		if err := d.SaveBankMap(t.Context(), apptest.Call, "first", []byte(bankMap)); err != nil {
			t.Fatal(err)
		}
		if _, err := importCSV(t, d, "1000.00", "2026-12-02,-160.00,1001,,Check paid,,", "2026-12-03,-1.25,,,Service charge,,"); err != nil {
			t.Fatal(err)
		}
		if all, err := d.MatchBank(t.Context(), treasurer, "TREASURY", false); err != nil || len(all) != 1 || !all[0].Done {
			t.Fatalf("matched %+v, %v", all, err)
		}
		sealed := []string{"drop trigger entry_no_update", "drop trigger settlement_no_update"} // what is append-only can be changed by who may take that off
		if postgres(d) {
			sealed = []string{"alter table entry disable trigger user", "alter table settlement disable trigger user"}
		}
		exec(t, d, sealed...)
		if off := offs(t, d); len(off) != 0 {
			t.Fatalf("before any damage is off %q", off)
		}
		for _, x := range damages {
			t.Run(x.name, func(t *testing.T) {
				exec(t, d, x.do)
				if off := offs(t, d); !slices.Equal(off, x.off) {
					t.Errorf("off is %q, want %q", off, x.off)
				}
				exec(t, d, x.undo)
			})
		}
		if off := offs(t, d); len(off) != 0 {
			t.Errorf("all was taken back, and off is %q", off)
		}
	})
}

// exec changes the database behind the program's back; a change of no row fails the test.
func exec(t *testing.T, d *apptest.Door, statements ...string) {
	t.Helper()
	err := d.DB.Unit(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		for _, s := range statements {
			n, err := tx.Exec(ctx, s)
			if err != nil {
				return err
			}
			if n == 0 && s[:6] == "update" {
				t.Errorf("%s: changes nothing", s)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// offs gives everything that a control names as off, and tests that it is right just when there is nothing.
func offs(t *testing.T, d *apptest.Door) (off []string) {
	t.Helper()
	x, err := d.Control(t.Context(), apptest.Call, app.ControlFilter{From: civil.MustParse("2026-01-01"), To: civil.MustParse("2026-12-31")})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range x.Off {
		off = append(off, w.Number+" "+w.Off)
	}
	for _, a := range x.Accounts {
		if a.Off != "0.00" {
			off = append(off, a.Account+" "+a.Off+" ["+strings.Join(a.Parties, " ")+"]")
		}
	}
	for _, b := range x.Banks {
		if b.Off != "0.00" {
			off = append(off, b.Bank+" "+b.Off)
		}
	}
	if x.Right != (len(off) == 0) || x.NOff != len(x.Off) {
		t.Errorf("right is %v, %d ways are off: %+v", x.Right, x.NOff, x)
	}
	return off
}

func postgres(d *apptest.Door) bool { return strings.HasPrefix(d.DB.Name(), "postgres") }
