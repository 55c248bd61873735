package verify_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
	"quittance/internal/verify"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var ctx = context.Background()

// damage is something done behind the program's back, and what verify must say of it: just these rules, and in the first of
// their messages the telling text.
type damage struct {
	name    string
	tables  []string // append-only tables whose protection is taken off for it, and put back
	sql     []string
	do      func(tx *db.Tx, c *ledger.Company) error // instead of sql
	since   bool                                     // verify is given the seal noted before
	rules   []string
	telling string
	note    string // what a note must say
}

// Statements use these short names; see expand.
const (
	anEntry      = "company = CO and voucher = V(%s) and line = %d"
	aSum         = "company = CO and account = (select id from ledger_account where written = '101-44200') and date = '2026-11-12'"
	reimbursedBy = "RB-00000005" // of RUN-000002, which is not reversed
)

var damages = []damage{
	{name: "Nothing"},

	// Vouchers and entries.
	{
		name: "EntryAmounts", tables: []string{"entry"}, rules: []string{"digest", "balance_sum"}, telling: "voucher JNL ",
		sql: []string{"update entry set amount = amount * 2, accounting = accounting * 2 where company = CO and voucher = V(JNL)"},
	},
	{
		name: "ControlEntryAmounts", tables: []string{"entry"}, rules: []string{"digest", "item_open", "control_account", "balance_sum"}, telling: "voucher CN-P ",
		sql: []string{"update entry set amount = amount * 2, accounting = accounting * 2 where company = CO and voucher = V(CN-P)"},
	},
	{
		name: "OneEntryAmount", tables: []string{"entry"}, rules: []string{"unbalanced", "digest", "balance_sum"}, telling: "voucher JNL does not balance: debit less credit is 1.00 USD",
		sql: []string{"update entry set amount = amount + 100, accounting = accounting + 100 where " + fmt.Sprintf(anEntry, "JNL", 1)},
	},
	{
		name: "EntryMovedToAnotherFund", tables: []string{"entry"}, rules: []string{"unbalanced", "digest", "balance_sum"}, telling: `does not balance in Fund`,
		sql: []string{"update entry set account = (select id from ledger_account where company = CO and written = '601-44400') where " + fmt.Sprintf(anEntry, "JNL", 1)},
	},
	{
		name: "EntryAccountUnknown", tables: []string{"entry"}, rules: []string{"entry_damaged", "unbalanced", "digest", "balance_sum"}, telling: "voucher JNL: line 1 is on the ledger account of id 77777777",
		sql: []string{"update entry set account = 77777777 where " + fmt.Sprintf(anEntry, "JNL", 1)},
	},
	{
		name: "EntryClassification", tables: []string{"entry"}, rules: []string{"digest"}, telling: "voucher JNL ",
		sql: []string{"update entry set classification = (select min(id) from billing_classification) where " + fmt.Sprintf(anEntry, "JNL", 1)},
	},
	{
		name: "VoucherText", tables: []string{"voucher"}, rules: []string{"digest"}, telling: "voucher PAY ",
		sql: []string{"update voucher set text = 'Nothing to see' where number = 'PAY'"},
	},
	{
		name: "VoucherDate", tables: []string{"voucher"}, rules: []string{"digest", "balance_sum"}, telling: "voucher JNL ",
		sql: []string{"update voucher set date = '2026-11-20' where number = 'JNL'"},
	},
	{
		name: "VoucherNumber", tables: []string{"voucher"}, rules: []string{"digest", "number_gap", "item_orphan"}, telling: "voucher X-5 ",
		sql: []string{"update voucher set number = 'X-5' where number = '" + reimbursedBy + "'"},
	},
	{
		name: "AuditActor", tables: []string{"audit"}, rules: []string{"digest"}, telling: "voucher " + reimbursedBy + " ",
		sql: []string{"update audit set actor = 'operator:mallory' where company = CO and id = (select command from voucher where number = '" + reimbursedBy + "')"},
	},
	{
		name: "AuditTime", tables: []string{"audit"}, rules: []string{"digest"}, telling: "voucher " + reimbursedBy + " ",
		sql: []string{"update audit set at = at - 1 where company = CO and id = (select command from voucher where number = '" + reimbursedBy + "')"},
	},
	{
		name: "AuditRemoved", tables: []string{"audit"}, rules: []string{"command_missing", "digest"}, telling: "voucher " + reimbursedBy + " was posted by command",
		sql: []string{"delete from audit where company = CO and id = (select command from voucher where number = '" + reimbursedBy + "')"},
	},
	{
		name: "VoucherRemovedWithEntries", tables: []string{"voucher", "entry"}, rules: []string{"voucher_removed", "balance_sum"}, telling: "seal 1 covers the voucher of id ID(JNL), which was removed",
		sql: []string{"delete from entry where company = CO and voucher = V(JNL)", "delete from voucher where number = 'JNL'"},
	},
	{
		name: "LastVoucherRemovedWithEntries", tables: []string{"voucher", "entry"}, rules: []string{"voucher_removed", "balance_sum"}, telling: "ID(LAST)",
		sql: []string{"delete from entry where company = CO and voucher = V(LAST)", "delete from voucher where number = 'LAST'"},
	},
	{
		name: "VoucherRemoved", tables: []string{"voucher"}, rules: []string{"entry_orphan", "voucher_removed", "balance_sum"}, telling: "entry ID(JNL) line 1 belongs to no voucher",
		sql: []string{"delete from voucher where number = 'JNL'"},
	},
	{
		name: "NumberedVoucherRemoved", tables: []string{"voucher", "entry"}, rules: []string{"voucher_removed", "item_orphan", "settlement_orphan", "control_account", "number_gap", "run_posted", "balance_sum"}, telling: "ID(" + reimbursedBy + ")",
		sql: []string{"delete from entry where company = CO and voucher = V(" + reimbursedBy + ")", "delete from voucher where number = '" + reimbursedBy + "'"},
	},
	{
		name: "FirstEntryRemoved", tables: []string{"entry"}, rules: []string{"entry_missing", "unbalanced", "digest", "balance_sum"}, telling: "voucher JNL has no line 1",
		sql: []string{"delete from entry where " + fmt.Sprintf(anEntry, "JNL", 1)},
	},
	{
		name: "LastEntryRemoved", tables: []string{"entry"}, rules: []string{"unbalanced", "digest", "balance_sum"}, telling: "voucher JNL does not balance",
		sql: []string{"delete from entry where " + fmt.Sprintf(anEntry, "JNL", 2)},
	},
	{
		name: "AllEntriesRemoved", tables: []string{"entry"}, rules: []string{"unbalanced", "digest", "balance_sum"}, telling: "voucher JNL has no entries",
		sql: []string{"delete from entry where company = CO and voucher = V(JNL)"},
	},
	{name: "VoucherPutIn", do: putIn, rules: []string{"voucher_put_in"}, telling: "voucher PUT-IN is neither sealed nor waiting"},
	{
		name: "VoucherPutInByHand", rules: []string{"command_missing", "digest", "voucher_put_in", "balance_sum"}, telling: "voucher RAW was posted by command 77777777",
		sql: []string{
			"insert into voucher (company, id, command, date, type, number, text, digest) values (CO, 77777777, 77777777, '2026-11-20', 4, 'RAW', '', BYTES)",
			"insert into entry (company, voucher, account, amount, accounting, line, currency) select company, 77777777, account, amount, accounting, line, currency from entry where company = CO and voucher = V(JNL)",
		},
	},
	{
		name: "EntryOrphan", rules: []string{"entry_orphan"}, telling: "entry 77777777 line 3 belongs to no voucher",
		sql: []string{"insert into entry (company, voucher, account, amount, accounting, line, currency) select company, 77777777, account, 5, 5, 3, currency from entry where " + fmt.Sprintf(anEntry, "JNL", 1)},
	},
	{
		name: "ReversesNothing", tables: []string{"voucher"}, rules: []string{"reversed_missing", "digest"}, telling: "voucher JNL reverses voucher id 77777777",
		sql: []string{"update voucher set reverses = 77777777 where number = 'JNL'"},
	},

	// Sums of entries.
	{
		name: "SumChanged", rules: []string{"balance_sum"}, telling: "ledger account 101-44200 on 2026-11-12: its sums in the trial balance differ from its entries by 100 debit and 0 credit",
		sql: []string{"update balance set debit = debit + 100 where " + aSum},
	},
	{
		name: "SumOfOtherVouchers", rules: []string{"balance_sum"}, telling: "ledger account 101-44200 on 2026-11-12: its sums in the trial balance do not name voucher",
		sql: []string{"update balance set first_voucher = first_voucher - 1, last_voucher = first_voucher - 1 where " + aSum},
	},
	{
		name: "SumOnBothSides", rules: []string{"balance_sum"}, telling: "ledger account 101-44200 on 2026-11-12: its sums in the trial balance differ from its entries by 100 debit and 100 credit",
		sql: []string{"update balance set debit = debit + 100, credit = credit + 100 where " + aSum},
	},
	{
		name: "SumRemoved", rules: []string{"balance_sum"}, telling: "ledger account 101-44200 on 2026-11-12: its sums in the trial balance differ from its entries by -900 debit and 0 credit",
		sql: []string{"delete from balance where " + aSum},
	},
	{
		name: "SumAdded", rules: []string{"balance_sum"}, telling: "ledger account 101-44200 on 2026-11-12: its sums in the trial balance differ from its entries by 0 debit and 7 credit",
		sql: []string{"insert into balance (company, account, batch, debit, credit, date) select company, account, 77777777, 0, 7, date from balance where " + aSum},
	},
	{
		name: "SumOfNothing", rules: []string{"balance_sum"}, telling: "ledger account of id 77777777 on 2026-11-12: its sums in the trial balance differ from its entries by 3 debit and 0 credit",
		sql: []string{"insert into balance (company, account, batch, debit, credit, date) values (CO, 77777777, 77777777, 3, 0, '2026-11-12')"},
	},
	{
		name: "SumOnAnotherDate", rules: []string{"balance_sum"}, telling: "ledger account 101-44200 on 2026-11-11: its sums in the trial balance differ from its entries by 900 debit and 0 credit",
		sql: []string{"update balance set date = '2026-11-11' where " + aSum},
	},
	{
		name: "SumsOfTwoAccountsMixedUp", rules: []string{"balance_sum"}, telling: "ledger account 101-11010 on 2026-11-12: its sums in the trial balance differ from its entries by 0 debit and -900 credit",
		sql: []string{"update balance set account = (select id from ledger_account where written = '601-44400') where company = CO and date = '2026-11-12' and credit = 900"},
	},

	// Seals.
	{
		name: "SealMac", tables: []string{"seal"}, rules: []string{"seal_broken"}, telling: "seal 2 ",
		sql: []string{"update seal set mac = BYTES where company = CO and n = 2"},
	},
	{
		name: "SealTime", tables: []string{"seal"}, rules: []string{"seal_broken"}, telling: "seal 1 ",
		sql: []string{"update seal set at = at + 1 where company = CO and n = 1"},
	},
	{
		name: "SealCount", tables: []string{"seal"}, rules: []string{"seal_broken"}, telling: "seal 1 ",
		sql: []string{"update seal set vouchers = vouchers + 1 where company = CO and n = 1"},
	},
	{
		name: "SealCovers", tables: []string{"seal"}, rules: []string{"seal_damaged", "voucher_put_in"}, telling: `seal 1: a seal covers "all"`,
		sql: []string{"update seal set covers = 'all' where company = CO and n = 1"},
	},
	{
		name: "SealKeyUnknown", tables: []string{"seal"}, rules: []string{"seal_key"}, telling: "seal 1 ",
		sql: []string{"update seal set key_id = 'k0' where company = CO and n = 1"},
	},
	{
		name: "DigestMadeToFit", tables: []string{"voucher", "entry"}, do: refit, rules: []string{"seal_broken", "balance_sum"}, telling: "seal 1 ",
	},
	{
		name: "LastSealRemoved", tables: []string{"seal"}, rules: []string{"voucher_put_in"}, telling: "voucher LAST ",
		sql: []string{"delete from seal where company = CO and n = (select max(n) from seal)"},
	},
	{
		name: "LastSealRemovedSince", tables: []string{"seal"}, since: true, rules: []string{"seal_since", "voucher_put_in"}, telling: "is not in the chain",
		sql: []string{"delete from seal where company = CO and n = (select max(n) from seal)"},
	},
	{
		name: "LastSealsHiddenSince", tables: []string{"seal"}, since: true, rules: []string{"seal_since"}, telling: "is not in the chain",
		sql: []string{"delete from seal where company = CO and n > 1", "insert into unsealed (company, first, last) select company, id, id from voucher where command <> (select command from voucher where number = 'PAY')"},
	},
	{name: "Since", since: true},
	{
		name: "MiddleSealRemoved", tables: []string{"seal"}, rules: []string{"seal_missing", "seal_broken", "voucher_put_in"}, telling: "seal 2 is missing from the chain",
		sql: []string{"delete from seal where company = CO and n = 2"},
	},

	// Open items.
	{
		name: "OpenAmount", rules: []string{"item_open"}, telling: "line 2 of voucher PAY-2 is open with -1499 ",
		sql: []string{"update open_item set open = open + 1 where company = CO and voucher = V(PAY-2)"},
	},
	{
		name: "OpenAccounting", rules: []string{"item_open", "control_account"}, telling: "line 2 of voucher PAY-2 ",
		sql: []string{"update open_item set accounting = accounting + 1 where company = CO and voucher = V(PAY-2)"},
	},
	{
		name: "OpenMoreThanAmount", rules: []string{"item_open", "item_range", "control_account"}, telling: "line 2 of voucher PAY-2 is open with -5000 ",
		sql: []string{"update open_item set open = -5000, accounting = -5000 where company = CO and voucher = V(PAY-2)"},
	},
	{
		name: "OpenItemRemoved", rules: []string{"item_open", "control_account"}, telling: "line 2 of voucher CN-2 is open with 0 ",
		sql: []string{"delete from open_item where company = CO and voucher = V(CN-2)"},
	},
	{
		name: "OpenItemAdded", rules: []string{"item_open", "control_account"}, telling: "line 2 of voucher PAY is open with -5000 ",
		sql: []string{`insert into open_item (company, side, party, voucher, line, account, open, accounting, classification, date, due_date, number, currency)
			select e.company, 1, e.party, e.voucher, e.line, e.account, e.amount, e.accounting, e.classification, v.date, v.date, v.number, e.currency
			from entry e join voucher v on v.company = e.company and v.id = e.voucher where v.number = 'PAY' and e.line = 2`},
	},
	{
		name: "OpenItemOfNothing", rules: []string{"item_orphan", "control_account"}, telling: "voucher id 77777777 line 9 ",
		sql: []string{`insert into open_item (company, side, party, voucher, line, account, open, accounting, date, due_date, number, currency)
			select company, side, party, 77777777, 9, account, open, accounting, date, due_date, number, currency from open_item where company = CO and voucher = V(CN-2)`},
	},
	{
		name: "ItemDueDate", rules: []string{"item_orphan"}, telling: "voucher id ID(INV-2) line 1 does not stand on an entry",
		sql: []string{"update open_item set due_date = '2027-01-31' where company = CO and voucher = V(INV-2) and line = 1"},
	},
	{
		name: "ItemNumber", rules: []string{"item_orphan"}, telling: "voucher id ID(CN-2) line 2 ",
		sql: []string{"update open_item set number = 'CN-02' where company = CO and voucher = V(CN-2)"},
	},
	{
		name: "ItemNumberInOtherCase", rules: []string{"item_orphan"}, telling: "voucher id ID(CN-2) line 2 ",
		sql: []string{"update open_item set number = 'cn-2' where company = CO and voucher = V(CN-2)"},
	},
	{
		name: "ItemDate", rules: []string{"item_orphan"}, telling: "voucher id ID(CN-2) line 2 ",
		sql: []string{"update open_item set date = '2026-11-01' where company = CO and voucher = V(CN-2)"},
	},
	{
		name: "ItemClassification", rules: []string{"item_orphan"}, telling: "voucher id ID(INV-2) line 3 ",
		sql: []string{"update open_item set classification = null where company = CO and voucher = V(INV-2) and line = 3"},
	},
	{
		name: "ItemAccount", rules: []string{"item_orphan", "control_account"}, telling: "voucher id ID(CN-2) line 2 ",
		sql: []string{"update open_item set account = (select id from ledger_account where written = '601-11530') where company = CO and voucher = V(CN-2)"},
	},
	{
		name: "ItemCurrency", rules: []string{"item_orphan"}, telling: "voucher id ID(CN-2) line 2 ",
		sql: []string{"update open_item set currency = 'EUR' where company = CO and voucher = V(CN-2)"},
	},
	{
		name: "ItemParty", rules: []string{"item_open", "item_orphan", "control_account"}, telling: "line 2 of voucher CN-2 is open with 0 ",
		sql: []string{"update open_item set party = (select id from customer where code = 'C-1001') where company = CO and voucher = V(CN-2)"},
	},
	{
		name: "ItemSide", rules: []string{"item_orphan"}, telling: "voucher id ID(CN-2) line 2 ",
		sql: []string{"update open_item set side = 2 where company = CO and voucher = V(CN-2)"},
	},

	// Marks.
	{
		name: "Marked", rules: []string{"mark_sum"}, telling: "line 2 of voucher PAY-2 shows 501 minor units as marked, but its marks sum to 500",
		sql: []string{"update open_item set marked = marked + 1 where company = CO and voucher = V(PAY-2)"},
	},
	{
		name: "MarkItemRemoved", rules: []string{"mark_sum"}, telling: "line 2 of voucher PAY-2 shows 500 minor units as marked, but its marks sum to 0",
		sql: []string{"delete from mark_item where company = CO and voucher = V(PAY-2)"},
	},
	{
		name: "MarkItemAmount", rules: []string{"mark_sum"}, telling: "but its marks sum to 499",
		sql: []string{"update mark_item set amount = amount - 1 where company = CO and voucher = V(PAY-2)"},
	},
	{
		name: "MarkOfClosedItem", rules: []string{"mark_sum", "mark_orphan"}, telling: "line 2 of voucher PAY-2 ",
		sql: []string{"update mark_item set voucher = V(PAY) where company = CO and voucher = V(PAY-2)"},
	},

	// Settlements. INV-2 is settled in part with PAY-2 by ST-00000001.
	{
		name: "SettlementRemoved", tables: []string{"settlement"}, rules: []string{"item_open"}, telling: "line 1 of voucher INV-2 ",
		sql: []string{"delete from settlement where company = CO and debit_voucher = V(INV-2) and debit_line = 1"},
	},
	{
		name: "SettlementAmount", tables: []string{"settlement"}, rules: []string{"item_open"}, telling: "line 2 of voucher PAY-2 ",
		sql: []string{"update settlement set amount = amount + 1 where company = CO and credit_voucher = V(PAY-2) and debit_line = (select min(debit_line) from settlement where credit_voucher = V(PAY-2))"},
	},
	{
		name: "SettlementAccounting", tables: []string{"settlement"}, rules: []string{"item_open"}, telling: "line 1 of voucher INV-2 ",
		sql: []string{"update settlement set accounting = accounting - 1 where company = CO and debit_voucher = V(INV-2) and debit_line = 1"},
	},
	{
		name: "SettlementAdded", rules: []string{"item_open"}, telling: "line 1 of voucher INV-2 ",
		sql: []string{`insert into settlement (company, party, credit_voucher, debit_voucher, credit_line, debit_line, n, operation, amount, accounting)
			select company, party, credit_voucher, debit_voucher, credit_line, debit_line, n + 1000, operation, 100, 100 from settlement where company = CO and debit_voucher = V(INV-2) and debit_line = 1`},
	},
	{
		name: "SettlementOfOtherAccounts", rules: []string{"item_open", "settlement_orphan"}, telling: "line 1 of voucher INV-2 ",
		sql: []string{`insert into settlement (company, party, credit_voucher, debit_voucher, credit_line, debit_line, n, operation, amount, accounting)
			select company, party, V(PAY-2), debit_voucher, 2, debit_line, n + 1000, operation, 100, 100 from settlement where company = CO and debit_voucher = V(INV-2) and debit_line = 1`},
	},
	{
		name: "OperationRemoved", tables: []string{"settlement_op"}, rules: []string{"settlement_orphan"}, telling: "operation OP settles line",
		sql: []string{"delete from settlement_op where company = CO and id = (select operation from settlement where debit_voucher = V(INV-2) and debit_line = 1)"},
	},
	{
		name: "SettledBefore", tables: []string{"settlement_op"}, rules: []string{"settled_before"}, telling: "operation OP of 2026-11-01 settles voucher",
		sql: []string{"update settlement_op set date = '2026-11-01' where company = CO and id = (select operation from settlement where debit_voucher = V(INV-2) and debit_line = 1)"},
	},
	{
		name: "UndoneOfNothing", tables: []string{"settlement_op"}, rules: []string{"undone_otherwise"}, telling: "operation 77777777, which links line",
		sql: []string{"update settlement_op set undoes = 77777777 where company = CO and id = (select min(id) from settlement_op where undoes is not null)"},
	},
	{ // made anew, and then the first one taken back once more: the sums are right
		name: "UndoneTwice", rules: []string{"undone_otherwise"}, telling: "which links line",
		sql: []string{
			`insert into settlement_op (company, id, command, date, kind) select company, 77777777, command, date, 1 from settlement_op
			where id = (select min(id) from settlement_op where undoes is not null)`,
			`insert into settlement (company, party, credit_voucher, debit_voucher, credit_line, debit_line, n, operation, amount, accounting)
			select company, party, credit_voucher, debit_voucher, credit_line, debit_line, n, 77777777, -amount, -accounting from settlement
			where operation = (select min(id) from settlement_op where undoes is not null)`,
			`insert into settlement (company, party, credit_voucher, debit_voucher, credit_line, debit_line, n, operation, amount, accounting)
			select company, party, credit_voucher, debit_voucher, credit_line, debit_line, n + 1000, operation, amount, accounting from settlement
			where operation = (select min(id) from settlement_op where undoes is not null)`,
		},
	},

	// Numbers and periods.
	{
		name: "SeriesForward", rules: []string{"number_gap"}, telling: "RB-00000012 of the series reimbursement is neither",
		sql: []string{"update number_series set next = next + 1 where series = 'reimbursement'"},
	},
	{
		name: "SeriesBackward", rules: []string{"number_ahead"}, telling: "RB-00000011 of the series reimbursement was never drawn",
		sql: []string{"update number_series set next = next - 1 where series = 'reimbursement'"},
	},
	{
		name: "VoidedRemoved", rules: []string{"number_gap"}, telling: "RB-00000010 of the series reimbursement is neither",
		sql: []string{"delete from voided_number where company = CO"},
	},
	{
		name: "VoidedTwice", rules: []string{"number_twice"}, telling: "RB-00000003 of the series reimbursement is used twice",
		sql: []string{"insert into voided_number (company, series, first, last, reason) values (CO, 'reimbursement', 3, 3, 'to hide')"},
	},
	{
		name: "PostedAfterClose", rules: []string{"posted_after_close"}, telling: "voucher PAY of 2026-11-02 was posted after",
		sql: []string{"update period set status = 'closed', closed_at = (select min(at) - 1 from audit) where start_date = '2026-11-01'"},
	},

	// Runs and reimbursements.
	{
		name: "ReimbursementUnsettled", tables: []string{"settlement"}, rules: []string{"item_open", "reimbursement_settles"}, telling: "of voucher ",
		sql: []string{"delete from settlement where company = CO and debit_voucher = V(" + reimbursedBy + ")"},
	},
	{
		name: "RunCandidates", rules: []string{"run_counts"}, telling: "run RUN-000002 says 3 candidates of which 0 are excluded",
		sql: []string{"update run set candidates = candidates + 1 where code = 'RUN-000002'"},
	},
	{
		name: "RunExcluded", rules: []string{"run_counts"}, telling: "run RUN-000001 says 1 candidates of which 1 are excluded",
		sql: []string{"update run set excluded = excluded + 1 where code = 'RUN-000001'"},
	},
	{
		name: "ChunkSummary", tables: []string{"run_chunk"}, rules: []string{"chunk_summary"}, telling: "chunk 1 of run RUN-000001 ",
		sql: []string{"update run_chunk set summary = replace(summary, '16000', '16001') where company = CO and run = (select id from run where code = 'RUN-000001')"},
	},
	{
		name: "RunLineRemoved", rules: []string{"run_counts", "chunk_summary"}, telling: "run RUN-000002 ",
		sql: []string{"delete from run_line where run = (select id from run where code = 'RUN-000002') and line = 1"},
	},
	{
		name: "RunLineTwice", rules: []string{"run_twice"}, telling: "run RUN-000002 decides on customer id",
		sql: []string{
			`insert into run_line (company, run, line, customer, vendor, amount, fingerprint, reimbursements, transfers, currency, reason, detail)
			select company, run, line + 5, customer, vendor, amount, fingerprint, reimbursements, transfers, currency, reason, detail from run_line where run = (select id from run where code = 'RUN-000002') and line = 1`,
			"update run set candidates = candidates + 1 where code = 'RUN-000002'",
		},
	},
	{
		name: "RunLineAmount", rules: []string{"run_posted", "chunk_summary"}, telling: "run RUN-000001 posted reimbursements to customer id",
		sql: []string{"update run_line set amount = amount + 1 where run = (select id from run where code = 'RUN-000001')"},
	},
	{
		name: "RunLineReason", rules: []string{"run_counts", "run_posted", "chunk_summary"}, telling: "run RUN-000001 ",
		sql: []string{"update run_line set reason = 'on_hold' where run = (select id from run where code = 'RUN-000001')"},
	},
}

// putIn posts a voucher as the program would, under a command of the trail, but takes it out of the queue of the sealer.
func putIn(tx *db.Tx, c *ledger.Company) error {
	if err := tx.Row(ctx, "select command from voucher where number = 'LAST'").Scan(&tx.Command); err != nil {
		return err
	}
	v := &ledger.Voucher{Number: "PUT-IN", Date: civil.MustParse("2026-11-20"), Type: ledger.Journal}
	for _, e := range []struct {
		account string
		amount  money.Amount
	}{{"101-44200", 500}, {"101-11010", -500}} {
		a, err := c.Parse(e.account)
		if err != nil {
			return err
		}
		v.Entries = append(v.Entries, ledger.Entry{Account: a, Currency: "USD", Amount: e.amount, Accounting: e.amount})
	}
	if err := openitem.Post(ctx, tx, c, v); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "delete from unsealed where company = $1 and first = $2", c.ID, v.ID)
	return err
}

// refit changes a voucher and gives it the digest that fits: anybody can work it out, but not the seal.
func refit(tx *db.Tx, c *ledger.Company) error {
	v, err := ledger.Find(ctx, tx, c, "JNL")
	if err != nil {
		return err
	}
	changed := v.Voucher
	changed.Text = "Changed"
	if err := tx.Row(ctx, "select command from voucher where number = 'JNL'").Scan(&tx.Command); err != nil {
		return err
	}
	for _, statement := range []string{"delete from entry where company = CO and voucher = V(JNL)", "delete from voucher where number = 'JNL'"} {
		if _, err := tx.Exec(ctx, expand(tx, statement)); err != nil {
			return err
		}
	}
	if err := openitem.Post(ctx, tx, c, &changed); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "delete from unsealed where company = $1 and first = $2", c.ID, v.ID)
	return err
}

var company = regexp.MustCompile(`\bCO\b`)

// expand writes out the short names of the statements: V(number), the voucher's id; CO, the company's; BYTES, some bytes.
func expand(tx *db.Tx, text string) string {
	for {
		before, rest, found := strings.Cut(text, "V(")
		if !found {
			break
		}
		number, after, _ := strings.Cut(rest, ")")
		text = before + "(select id from voucher where number = '" + number + "')" + after
	}
	bytes := "x'00112233'"
	if tx.Postgres() {
		bytes = `'\x00112233'`
	}
	return company.ReplaceAllString(strings.ReplaceAll(text, "BYTES", bytes), "(select id from company)")
}

// books makes the company that is damaged: a posted and reversed run, a posted one, one that left a customer out as changed, a
// settlement with a voucher, marks. It gives the seal noted at the end.
func books(t *testing.T, d *apptest.Door) string {
	t.Helper()
	d.SealNow()
	d.Import(t, apptest.PublicSector().Append("customers", "C-2002,Lakeside Laundry,RES,USD,V-1001,no,no,,,,,US", "C-3003,Corner Shop,RES,USD,,no,no,,,,,US").Append("vouchers",
		"INV-2,2026-11-03,invoice,C-2002,,UTL,2026-12-05,USD,101-11530,30.00,,Invoice",
		"INV-2,2026-11-03,invoice,C-2002,,UTL,,USD,101-44400,,30.00,Invoice",
		"INV-2,2026-11-03,invoice,C-2002,,UTL,2026-12-05,USD,601-11530,10.00,,Invoice",
		"INV-2,2026-11-03,invoice,C-2002,,UTL,,USD,601-44400,,10.00,Invoice",
		"PAY-2,2026-11-04,payment,C-2002,,,,USD,999-11020,25.00,,Payment",
		"PAY-2,2026-11-04,payment,C-2002,,,,USD,999-11530,,25.00,Payment",
		"CN-2,2026-11-10,credit_note,C-2002,,PARKS,,USD,101-44200,5.00,,Credit",
		"CN-2,2026-11-10,credit_note,C-2002,,PARKS,,USD,101-11530,,5.00,Credit",
		"PAY-3,2026-11-10,payment,C-3003,,,,USD,999-11020,12.00,,Payment",
		"PAY-3,2026-11-10,payment,C-3003,,,,USD,999-11530,,12.00,Payment",
		"JNL,2026-11-12,journal,,,,,USD,101-44200,9.00,,Correction",
		"JNL,2026-11-12,journal,,,,,USD,101-11010,,9.00,Correction"))
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	d.SealNow()
	must(d.Settle(ctx, apptest.Call, app.SettleRequest{Side: openitem.Customers, Party: "C-2002", Debit: "INV-2", Credit: "PAY-2", Amount: "10.00", Date: civil.MustParse("2026-11-15")}))
	run := func(date string, customers ...string) app.RunRequest {
		yes := true
		return app.RunRequest{Selection: reimbursement.Selection{Customers: customers}, Date: civil.MustParse(date), IncludeDebits: &yes}
	}
	d.SealNow()
	d.MustPost(t, run("2026-11-30", "C-1001"))
	d.SealNow()
	must(d.ReverseRun(ctx, apptest.Call, "RUN-000001", civil.MustParse("2026-12-01"), "by mistake", nil))
	d.SealNow()
	d.MustPost(t, run("2026-12-02", "C-1001", "C-3003"))
	d.SealNow()
	must(d.Propose(ctx, apptest.Call, run("2026-12-03", "C-2002..C-2003"), func(reimbursement.Decisions) error { return nil }))
	d.SealNow()
	must(d.Mark(ctx, apptest.Call, app.MarkRequest{Side: openitem.Customers, Party: "C-2002", Voucher: "PAY-2", Journal: "PJ-1", Amount: "5.00"}))
	d.SealNow()
	must(d.Mark(ctx, apptest.Call, app.MarkRequest{Side: openitem.Customers, Party: "C-2002", Voucher: "INV-2", Journal: "PJ-2", Amount: "4.00"}))
	d.SealNow()
	must(d.PostRun(ctx, apptest.Call, "RUN-000003", nil))
	d.SealNow()
	must(d.PostVouchers(ctx, apptest.Call, []folder.Voucher{{Number: "LAST", Date: civil.MustParse("2026-12-04"), Type: "journal", Lines: []folder.VoucherLine{
		{Account: "101-44200", Currency: money.MustCurrency("USD"), Debit: 100}, {Account: "101-11010", Currency: money.MustCurrency("USD"), Credit: 100},
	}}}))
	d.MustVerify(t)
	d.SealNow()
	reports, err := d.Verify(ctx, apptest.Call, "")
	must(reports, err)
	return reports[0].LastSeal
}

// each runs fn on both databases, with the company that is damaged.
func each(t *testing.T, fn func(t *testing.T, d *apptest.Door, since string)) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			url := dbtest.URL(t, kind)
			if kind == "postgres" {
				url += "?jit=off" // compiling the queries of verify takes fifty times as long as running them
			}
			d := apptest.New(t, dbtest.Open(t, url))
			fn(t, d, books(t, d))
		})
	}
}

var errUndo = errors.New("undo the damage")

// verified does damage in a unit, verifies there, and undoes all of it.
func verified(t *testing.T, d *apptest.Door, since string, do func(tx *db.Tx, c *ledger.Company) error) (report *verify.Report) {
	t.Helper()
	scope := db.Scope{Actor: apptest.Clerk.Name, Roles: identity.Names(apptest.Clerk.Roles), Now: apptest.Now}
	err := d.DB.Unit(ctx, scope, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.Row(ctx, "select id from company").Scan(&tx.Company); err != nil {
			return err
		}
		c, err := ledger.Load(ctx, tx)
		if err != nil {
			return err
		}
		if err := do(tx, c); err != nil {
			return err
		}
		if c, err = ledger.Load(ctx, tx); err != nil {
			return err
		}
		if report, err = verify.Run(ctx, tx, c, d.Keys, since); err != nil {
			return err
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
	return report
}

// unprotected takes the append-only triggers off tables, does the damage, and puts them back.
func unprotected(tx *db.Tx, tables []string, do func() error) error {
	exec := func(statements ...string) error {
		for _, s := range statements {
			if _, err := tx.Exec(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
	var off, on []string
	for _, table := range tables {
		if tx.Postgres() {
			off, on = append(off, "alter table "+table+" disable trigger user"), append(on, "alter table "+table+" enable trigger user")
			continue
		}
		err := tx.Each(ctx, "select name, sql from sqlite_master where type = 'trigger' and tbl_name = $1", []any{table}, func(r *db.Rows) error {
			var name, text string
			err := r.Scan(&name, &text)
			off, on = append(off, "drop trigger "+name), append(on, text)
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := exec(off...); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return exec(on...)
}

func rulesOf(r *verify.Report) []string {
	rules := []string{}
	for _, f := range r.Findings {
		rules = append(rules, f.Rule)
	}
	return rules
}

// message gives the message of the finding of a rule.
func message(r *verify.Report, rule string) string {
	for _, f := range r.Findings {
		if f.Rule == rule {
			return f.Message
		}
	}
	return ""
}

// idIn writes out ID(number) and OP in a telling text: the id of a voucher, and that of the operation that settles INV-2.
func idIn(tx *db.Tx, text string) (string, error) {
	if before, rest, found := strings.Cut(text, "ID("); found {
		number, after, _ := strings.Cut(rest, ")")
		var id int64
		err := tx.Row(ctx, "select id from voucher where number = $1", number).Scan(&id)
		return fmt.Sprint(before, id, after), err
	}
	if before, after, found := strings.Cut(text, "OP "); found {
		var id int64
		err := tx.Row(ctx, expand(tx, "select operation from settlement where debit_voucher = V(INV-2) and debit_line = 1")).Scan(&id)
		return fmt.Sprint(before, id, " ", after), err
	}
	return text, nil
}

// Each kind of damage is found, names its first bad row, and raises no other alarm than it must.
func TestDamageIsFound(t *testing.T) {
	each(t, func(t *testing.T, d *apptest.Door, since string) {
		for _, x := range damages {
			t.Run(x.name, func(t *testing.T) { x.test(t, d, since) })
		}
		d.MustVerify(t) // the damages were undone
	})
}

func (x *damage) test(t *testing.T, d *apptest.Door, since string) {
	if !x.since {
		since = ""
	}
	telling := ""
	r := verified(t, d, since, func(tx *db.Tx, c *ledger.Company) (err error) {
		if telling, err = idIn(tx, x.telling); err != nil {
			return err
		}
		return unprotected(tx, x.tables, func() error { return x.inflict(tx, c) })
	})
	want := append([]string{}, x.rules...)
	got := rulesOf(r)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("finds %+v\nwant %v", r.Findings, want)
	}
	if len(x.rules) > 0 && !strings.Contains(message(r, x.rules[0]), telling) {
		t.Errorf("%s says %q, want it to tell %q", x.rules[0], message(r, x.rules[0]), telling)
	}
	if err := r.Err(); (err != nil) != (len(want) > 0) || (err != nil && fault.CodeOf(err) != fault.Violation) {
		t.Errorf("the report's error is %v", err)
	}
	if x.note != "" && !slices.Contains(r.Notes, x.note) {
		t.Errorf("notes %q, want %q", r.Notes, x.note)
	}
}

func (x *damage) inflict(tx *db.Tx, c *ledger.Company) error {
	if x.do != nil {
		return x.do(tx, c)
	}
	for _, s := range x.sql {
		n, err := tx.Exec(ctx, expand(tx, s))
		if err != nil {
			return fmt.Errorf("%s: %w", expand(tx, s), err)
		}
		if n == 0 {
			return fmt.Errorf("%s: changes nothing", s)
		}
	}
	return nil
}

var appendOnly = []string{"voucher", "entry", "settlement", "settlement_op", "audit", "seal", "request_event"}

// Triggers that are dropped or switched off are found, for every append-only table.
func TestProtectionOff(t *testing.T) {
	testProtection(t, func(d *apptest.Door, table string) map[string][]string {
		if !postgres(d) {
			return map[string][]string{"update dropped": {"drop trigger " + table + "_no_update"}, "delete dropped": {"drop trigger " + table + "_no_delete"}}
		}
		return map[string][]string{
			"dropped":          {"drop trigger " + table + "_append_only on " + table},
			"truncate dropped": {"drop trigger " + table + "_no_truncate on " + table},
			"disabled":         {"alter table " + table + " disable trigger " + table + "_append_only"},
			"all disabled":     {"alter table " + table + " disable trigger all"},
			"replica only":     {"alter table " + table + " enable replica trigger " + table + "_append_only"},
		}
	})
}

// So are triggers that were replaced by others of the same name that refuse nothing.
func TestProtectionReplaced(t *testing.T) {
	testProtection(t, func(d *apptest.Door, table string) map[string][]string {
		if !postgres(d) {
			return map[string][]string{"does nothing": {"drop trigger " + table + "_no_update", "create trigger " + table + "_no_update before update on " + table + " begin select 1; end"}}
		}
		return map[string][]string{"never fires": {
			"drop trigger " + table + "_append_only on " + table,
			"create trigger " + table + "_append_only before update or delete on " + table + " for each row when (false) execute function append_only()",
		}}
	})
}

func postgres(d *apptest.Door) bool { return strings.HasPrefix(d.DB.Name(), "postgres") }

// testProtection takes the protection off each table in each of the ways.
func testProtection(t *testing.T, ways func(d *apptest.Door, table string) map[string][]string) {
	each(t, func(t *testing.T, d *apptest.Door, _ string) {
		for _, table := range appendOnly {
			for name, statements := range ways(d, table) {
				t.Run(table+" "+name, func(t *testing.T) {
					r := verified(t, d, "", func(tx *db.Tx, _ *ledger.Company) error {
						for _, s := range statements {
							if _, err := tx.Exec(ctx, s); err != nil {
								return fmt.Errorf("%s: %w", s, err)
							}
						}
						return nil
					})
					if got := rulesOf(r); !slices.Equal(got, []string{"append_only_off"}) || !strings.Contains(message(r, "append_only_off"), "the table "+table+" ") {
						t.Errorf("finds %+v", r.Findings)
					}
					if slices.ContainsFunc(r.Notes, func(s string) bool { return strings.HasPrefix(s, "append-only: enforced") }) {
						t.Errorf("notes %q", r.Notes)
					}
				})
			}
		}
	})
}

// What was done in the database is what the command shows: a finding, and exit code 3.
func TestDamageIsReported(t *testing.T) {
	each(t, func(t *testing.T, d *apptest.Door, _ string) {
		err := d.DB.Unit(ctx, db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "update open_item set marked = 1 where marked = 0")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		reports, err := d.Verify(ctx, apptest.Call, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := rulesOf(reports[0]); !slices.Equal(got, []string{"mark_sum"}) || fault.ExitCode(reports[0].Err()) != 3 {
			t.Errorf("finds %+v, exit code %d", reports[0].Findings, fault.ExitCode(reports[0].Err()))
		}
	})
}
