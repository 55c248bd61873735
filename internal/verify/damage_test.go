package verify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
	"quittance/internal/verify"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var ctx = context.Background()

// books makes a company with a posted run, a reversal, a settlement with its voucher, a mark and a voided number.
func books(t *testing.T, d *apptest.Door) {
	t.Helper()
	d.Import(t, apptest.PublicSector().
		Append("customers", "C-2,Two,RES,USD,,no,no,,,,,US", "C-3,Three,RES,USD,V-1001,no,no,,,,,US").
		Append("vouchers",
			"INV-2,2026-11-03,invoice,C-2,,UTL,,USD,601-44400,,30.00,x", "INV-2,2026-11-03,invoice,C-2,,UTL,2026-11-20,USD,601-11530,30.00,,x",
			"PAY-2,2026-11-04,payment,C-2,,,,USD,999-11020,50.00,,x", "PAY-2,2026-11-04,payment,C-2,,,,USD,999-11530,,50.00,x",
			"CN-3,2026-11-04,credit_note,C-3,,UTL,,USD,601-44400,8.00,,x", "CN-3,2026-11-04,credit_note,C-3,,UTL,,USD,601-11530,,8.00,x",
			"CN-4,2026-11-04,credit_note,C-3,,UTL,,USD,601-44400,9.00,,x", "CN-4,2026-11-04,credit_note,C-3,,UTL,,USD,601-11530,,9.00,x"))
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	date := civil.MustParse("2026-11-30")
	_, err := d.Settle(ctx, apptest.Call, app.SettleRequest{Side: openitem.Customers, Party: "C-2", Debit: "INV-2", Credit: "PAY-2", Date: civil.MustParse("2026-11-05")})
	must(nil, err)
	run, err := d.Propose(ctx, apptest.Call, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: date}, nil)
	must(run, err)
	must(d.Mark(ctx, apptest.Call, app.MarkRequest{Side: openitem.Customers, Party: "C-3", Voucher: "CN-4", Journal: "PJ-1", Amount: "4.00"}))
	must(d.PostRun(ctx, apptest.Call, run.ID, nil)) // leaves C-3 out as changed
	must(d.Reverse(ctx, apptest.Call, []string{"RB-00000002"}, date, "wrong"))
	d.MustVerify(t)
}

// unprotected takes the append-only triggers of a table off, damages it, and puts them back.
func unprotected(postgres bool, table, damage string) []string {
	if postgres {
		return []string{"alter table " + table + " disable trigger user", damage, "alter table " + table + " enable trigger user"}
	}
	var off, on []string
	for _, op := range []string{"update", "delete"} {
		off = append(off, fmt.Sprintf("drop trigger %s_no_%s", table, op))
		on = append(on, fmt.Sprintf("create trigger %s_no_%s before %s on %s begin select raise(abort, 'table %s is append-only'); end", table, op, op, table, table))
	}
	return append(append(off, damage), on...)
}

// damages are done behind the program's back. table is blank where nothing protects against the damage.
var damages = []struct{ name, table, sql, rule, tells string }{
	{"EntryAmountsChanged", "entry", "update entry set amount = amount * 2, accounting = accounting * 2 where voucher = (select id from voucher where number = 'CN-P')", "digest", "CN-P"},
	{"EntryUnbalanced", "entry", "update entry set amount = amount + 1, accounting = accounting + 1 where line = 1 and voucher = (select id from voucher where number = 'CN-P')", "unbalanced", "CN-P"},
	{"EntryMovedToAnotherAccount", "entry", "update entry set account = (select id from ledger_account where written = '602-44400') where line = 2 and voucher = (select id from voucher where number = 'CN-U')", "digest", "CN-U"},
	{"EntryRemoved", "entry", "delete from entry where line = 1 and voucher = (select id from voucher where number = 'CN-U')", "entry_missing", "CN-U"},
	{"EntryPutIn", "entry", "insert into entry (company, voucher, line, account, amount, accounting, currency) select company, 999999, 1, account, 5, 5, 'USD' from entry limit 1", "entry_orphan", "999999"},
	{"EntryOnUnknownAccount", "entry", "update entry set account = 999999 where line = 1 and voucher = (select id from voucher where number = 'PAY')", "entry_damaged", "PAY"},
	{"VoucherTextChanged", "voucher", "update voucher set text = 'Nothing to see' where number = 'PAY'", "digest", "PAY"},
	{"VoucherDateChanged", "voucher", "update voucher set date = '2026-11-06' where number = 'CN-P'", "digest", "CN-P"},
	{"VoucherDigestChangedToo", "voucher", "update voucher set digest = (select digest from voucher where number = 'PAY') where number = 'CN-P'", "seal_broken", "seal 1"},
	{"VoucherRemoved", "voucher", "delete from voucher where number = 'RB-00000001'", "voucher_removed", "seal"},
	{"VoucherPutIn", "voucher", "insert into voucher (company, id, command, date, type, number, text, digest) select company, 999999, command, date, 4, 'SLY-1', '', digest from voucher where number = 'PAY'", "voucher_put_in", "SLY-1"},
	{"ReversedVoucherMissing", "voucher", "update voucher set reverses = 999999 where number = 'RV-00000001'", "reversed_missing", "RV-00000001"},
	{"AuditActorChanged", "audit", "update audit set actor = 'operator:somebody' where id = (select command from voucher where number = 'RB-00000001')", "digest", "RB-00000001"},
	{"AuditRecordRemoved", "audit", "delete from audit where id = (select command from voucher where number = 'RB-00000001')", "command_missing", "RB-00000001"},
	{"SealChanged", "seal", "update seal set at = at + 1 where n = 2", "seal_broken", "seal 2"},
	{"SealCoversNonsense", "seal", "update seal set covers = 'x' where n = 1", "seal_damaged", "seal 1"},
	{"SealRemovedFromTheMiddle", "seal", "delete from seal where n = 1", "seal_missing", "seal 1"},
	{"LastSealRemoved", "seal", "delete from seal where n = (select max(n) from seal)", "voucher_put_in", "RV-00000001"},
	{"OpenAmountChanged", "", "update open_item set open = open + 1 where voucher = (select id from voucher where number = 'CN-3')", "item_open", "CN-3"},
	{"OpenItemRemoved", "", "delete from open_item where voucher = (select id from voucher where number = 'CN-3')", "item_open", "CN-3"},
	{"OpenItemPutIn", "", "insert into open_item (company, side, party, voucher, line, account, open, accounting, date, due_date, currency) select company, side, party, voucher, 9, account, open, accounting, date, due_date, currency from open_item where voucher = (select id from voucher where number = 'CN-3')", "item_orphan", "line 9"},
	{"OpenItemDueDateChanged", "", "update open_item set due_date = '2026-11-29' where voucher = (select id from voucher where number = 'CN-3')", "item_orphan", "line 2"},
	{"OpenItemClassificationTaken", "", "update open_item set classification = null where voucher = (select id from voucher where number = 'CN-3')", "item_orphan", "line 2"},
	{"OpenItemGrewBeyondItsAmount", "", "update open_item set open = open - 5000 where voucher = (select id from voucher where number = 'CN-3')", "item_range", "CN-3"},
	{"ClosedItemOpenedAgain", "", "insert into open_item (company, side, party, voucher, line, account, open, accounting, date, due_date, currency) select v.company, 1, e.party, e.voucher, e.line, e.account, e.amount, e.accounting, v.date, v.date, e.currency from voucher v join entry e on e.company = v.company and e.voucher = v.id where v.number = 'PAY' and e.line = 2", "item_open", "PAY"},
	{"ControlAccountOff", "", "update open_item set accounting = accounting + 1 where voucher = (select id from voucher where number = 'CN-3')", "control_account", "601-11530"},
	{"MarkedAmountChanged", "", "update open_item set marked = marked - 1 where marked > 0", "mark_sum", "CN-4"},
	{"MarkItemRemoved", "", "delete from mark_item", "mark_sum", "CN-4"},
	{"MarkOnAClosedItem", "", "insert into mark_item (company, mark, voucher, line, amount) select m.company, m.id, v.id, 2, 1 from mark m join voucher v on v.company = m.company and v.number = 'PAY'", "mark_orphan", "PJ-1"},
	{"SettlementRemoved", "settlement", "delete from settlement where debit_voucher = (select id from voucher where number = 'RB-00000001')", "reimbursement_settles", "RB-00000001"},
	{"SettlementAmountChanged", "settlement", "update settlement set amount = amount - 1 where credit_voucher = (select id from voucher where number = 'PAY-2') and n = 1", "item_open", "line"},
	{"SettlementPutIn", "settlement", "insert into settlement (company, party, credit_voucher, credit_line, debit_voucher, debit_line, n, operation, amount, accounting) select company, party, credit_voucher, 9, debit_voucher, debit_line, n, operation, 1, 1 from settlement limit 1", "settlement_orphan", "settles line"},
	{"OperationRemoved", "settlement_op", "delete from settlement_op where id = (select min(id) from settlement_op)", "settlement_orphan", "operation"},
	{"OperationDatedBefore", "settlement_op", "update settlement_op set date = '2026-11-01'", "settled_before", "2026-11-01"},
	{"SeriesMovedOn", "", "update number_series set next = next + 1 where series = 'reimbursement'", "number_gap", "RB-000000"},
	{"SeriesMovedBack", "", "update number_series set next = next - 1 where series = 'reversal'", "number_ahead", "RV-"},
	{"VoidedNumberRemoved", "", "delete from voided_number", "number_gap", "RB-000000"},
	{"VoidedNumberOfAVoucher", "", "insert into voided_number (company, series, first, last, reason) select id, 'reimbursement', 1, 1, 'x' from company", "number_twice", "RB-00000001"},
	{"PeriodClosedInThePast", "", "update period set status = 'closed', closed_at = 1 where start_date = '2026-11-01'", "posted_after_close", "its period had closed"},
	{"RunCountsChanged", "", "update run set candidates = candidates + 1", "run_counts", "RUN-000001"},
	{"RunLineTwice", "", "insert into run_line (company, run, line, customer, vendor, amount, fingerprint, reimbursements, transfers, currency, reason, detail) select company, run, 999, customer, vendor, amount, fingerprint, reimbursements, transfers, currency, reason, detail from run_line where line = 1", "run_twice", "RUN-000001"},
	{"RunLineAmountChanged", "", "update run_line set amount = amount + 1 where reason = ''", "run_posted", "RUN-000001"},
}

func TestVerifyFindsDamage(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			for _, dm := range damages {
				t.Run(dm.name, func(t *testing.T) {
					t.Parallel()
					d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
					books(t, d)
					statements := []string{dm.sql}
					if dm.table != "" {
						statements = unprotected(d.DB.Postgres(), dm.table, dm.sql)
					}
					harm(t, d, statements)
					wantFinding(t, prove(t, d, ""), dm.rule, dm.tells)
				})
			}
		})
	}
}

func harm(t *testing.T, d *apptest.Door, statements []string) {
	t.Helper()
	err := d.DB.Unit(ctx, db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		for _, s := range statements {
			n, err := tx.Exec(ctx, s)
			if err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
			if word, _, _ := strings.Cut(s, " "); n == 0 && (word == "update" || word == "delete" || word == "insert") {
				return fmt.Errorf("%s changed nothing", s)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func prove(t *testing.T, d *apptest.Door, since string) *verify.Report {
	t.Helper()
	reports, err := d.Verify(ctx, apptest.Call, since)
	if err != nil {
		t.Fatal(err)
	}
	return reports[0]
}

func wantFinding(t *testing.T, r *verify.Report, rule, tells string) {
	t.Helper()
	for _, f := range r.Findings {
		if f.Rule == rule {
			if !strings.Contains(f.Message, tells) {
				t.Errorf("the finding %s does not tell %q: %s", rule, tells, f.Message)
			}
			return
		}
	}
	t.Errorf("no finding %s; found %+v", rule, r.Findings)
}

// Protection that was switched off is found by itself.
func TestVerifyFindsMissingProtection(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		books(t, d)
		off := "drop trigger entry_no_update"
		if d.DB.Postgres() {
			off = "alter table entry disable trigger entry_append_only"
		}
		harm(t, d, []string{off})
		wantFinding(t, prove(t, d, ""), "append_only_off", "entry")
	})
}

// A seal noted elsewhere reveals who cut the end off and queued the vouchers for a new seal.
func TestVerifySinceANotedSeal(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		books(t, d)
		noted := prove(t, d, "").LastSeal
		if r := prove(t, d, noted); len(r.Findings) != 0 {
			t.Fatalf("an honest chain gives %+v", r.Findings)
		}
		requeue := "insert into unsealed (company, first, last) select v.company, v.id, v.id from voucher v where v.number = 'RV-00000001'"
		harm(t, d, append(unprotected(d.DB.Postgres(), "seal", "delete from seal where n = (select max(n) from seal)"), requeue))
		if r := prove(t, d, ""); len(r.Findings) != 0 || r.Unsealed != 1 {
			t.Fatalf("without the noted seal: %+v", r)
		}
		wantFinding(t, prove(t, d, noted), "seal_since", "was changed or cut off")
	})
}
