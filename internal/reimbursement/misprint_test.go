package reimbursement_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/reimbursement"
)

var errBack = errors.New("nothing is to be kept")

// pair is a debit on a receivable account with the credit on a payable one, in cents.
type pair struct {
	debit, credit string
	cents         money.Amount
}

// source is what a reimbursement would settle of a credit on a ledger account, in cents.
type source struct {
	voucher, account string
	cents            money.Amount
}

// Section 5: the two vouchers that the published page misprints are refused, although there are balancing rules between all
// funds, and so is every other voucher that is not what a reimbursement must be. The right one passes.
func TestMisprintedVouchersAreRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		files := apptest.PublicSector().Append("dimension_values", "Department,A1,Works")
		d.Import(t, files.Append("customers", "C-2,Bob Cook,RES,USD,,no,no,,,,,").Append("vouchers",
			"CN-2,2026-11-05,credit_note,C-2,,PARKS,,USD,101-44200,5.00,,other", "CN-2,2026-11-05,credit_note,C-2,,PARKS,,USD,101-11530,,5.00,other",
			"INV,2026-11-05,invoice,C-1001,,PARKS,,USD,601-11530,45.00,,a debit", "INV,2026-11-05,invoice,C-1001,,PARKS,,USD,601-44400,,45.00,a debit"))
		for _, c := range []struct {
			name    string
			pairs   []pair
			sources []source
			rule    string
			says    []string
		}{
			{"Right", []pair{{"602-11530", "602-24210", 4500}}, []source{{"CN-U", "602-11530", 4500}}, "", nil},
			{"RightSummarized", []pair{{"101-11530", "101-24210", 2000}, {"601-11530", "601-24210", 4500}}, []source{{"CN-P", "101-11530", 1000}, {"CN-U", "101-11530", 1000}, {"CN-U", "601-11530", 4500}}, "", nil},
			{
				"Misprint101And601",
				[]pair{{"101-11530", "601-24210", 1000}},
				[]source{{"CN-U", "101-11530", 1000}},
				"value_unbalanced",
				[]string{`Fund "101": debit less credit is 10.00 USD`, `Fund "601": debit less credit is -10.00 USD`},
			},
			{"MisprintSecond601", []pair{{"601-11530", "601-24210", 4500}}, []source{{"CN-U", "602-11530", 4500}}, "not_what_it_settles", []string{"must equal what it settles", "601-11530", "45.00"}},
			{"SecondOneOf601SettlesNothing", []pair{{"601-11530", "601-24210", 4500}}, nil, "not_what_it_settles", []string{"must equal what it settles", "601-11530 is debited with 45.00 USD, but 0.00 is settled there"}},
			{"MoreThanItSettles", []pair{{"602-11530", "602-24210", 4501}}, []source{{"CN-U", "602-11530", 4500}}, "not_what_it_settles", []string{"602-11530"}},
			{"LessThanItSettles", []pair{{"602-11530", "602-24210", 4499}}, []source{{"CN-U", "602-11530", 4500}}, "not_what_it_settles", []string{"602-11530"}},
			{"SettlesMoreThanIsOpen", []pair{{"602-11530", "602-24210", 4501}}, []source{{"CN-U", "602-11530", 4501}}, "over_settlement", []string{"CN-U", "602-11530"}},
			{"SettlesADebit", []pair{{"601-11530", "601-24210", 4500}}, []source{{"INV", "601-11530", 4500}}, "over_settlement", []string{"INV"}},
			{"SettlesAnotherCustomersCredit", []pair{{"101-11530", "101-24210", 500}}, []source{{"CN-2", "101-11530", 500}}, "other_customer", []string{"CN-2"}},
			{"OtherDepartmentOnThePayable", []pair{{"101-11530", "101-24210-A1", 1000}}, []source{{"CN-P", "101-11530", 1000}}, "other_dimensions", []string{"101-24210-A1", "101-11530"}},
			{"SettlesOnAnAccountItDoesNotDebit", []pair{{"101-11530", "101-24210", 1000}}, []source{{"CN-P", "101-11530", 1000}, {"CN-U", "602-11530", 4500}}, "not_what_it_settles", []string{"602-11530"}},
		} {
			t.Run(c.name, func(t *testing.T) {
				err := settle(t, d, c.pairs, c.sources)
				if c.rule == "" {
					if err != nil {
						t.Errorf("the right voucher is refused: %v", err)
					}
					return
				}
				if fault.RuleOf(err) != c.rule {
					t.Fatalf("got %v (rule %q), want the rule %s", err, fault.RuleOf(err), c.rule)
				}
				for _, s := range c.says {
					if !strings.Contains(err.Error(), s) {
						t.Errorf("the message %q does not say %q", err, s)
					}
				}
			})
		}
		d.MustVerify(t)
	})
}

// settle gives what [reimbursement.Settle], and then the writing of the changes, says to a voucher made by hand for C-1001;
// nothing is kept.
func settle(t *testing.T, d *apptest.Door, pairs []pair, sources []source) (refused error) {
	t.Helper()
	scope := db.Scope{Actor: apptest.Clerk.Name, Roles: identity.Names(apptest.Clerk.Roles), Now: apptest.Now}
	err := d.DB.Unit(context.Background(), scope, func(ctx context.Context, tx *db.Tx) error {
		c, v, err := prepare(ctx, tx, pairs)
		if err != nil {
			return err
		}
		var from []reimbursement.Source
		for _, s := range sources {
			src, err := find(ctx, tx, c, s)
			if err != nil {
				return err
			}
			from = append(from, src)
		}
		ch := openitem.NewChanges(c)
		links, err := reimbursement.Settle(c, ch, v, from)
		if err == nil {
			ch.Operate(&openitem.Operation{Kind: openitem.Reimbursed, Date: v.Date, Links: links})
			err = ch.Flush(ctx, tx)
		}
		refused = err
		return errBack
	})
	if !errors.Is(err, errBack) {
		t.Fatal(err)
	}
	return refused
}

// prepare makes the voucher.
func prepare(ctx context.Context, tx *db.Tx, pairs []pair) (*ledger.Company, *ledger.Voucher, error) {
	var err error
	if tx.Company, err = ledger.FindCompany(ctx, tx, ""); err != nil {
		return nil, nil, err
	}
	if tx.Command, err = tx.NewID(ctx); err != nil {
		return nil, nil, err
	}
	c, err := ledger.Load(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	customer, err := party.FindCustomer(ctx, tx, "C-1001")
	if err != nil {
		return nil, nil, err
	}
	v := &ledger.Voucher{Date: c.Periods[1].End, Type: ledger.Reimbursement, Customer: customer.ID, Vendor: customer.Vendor}
	for _, p := range pairs {
		d, err := c.Parse(p.debit)
		if err != nil {
			return nil, nil, err
		}
		cr, err := c.Parse(p.credit)
		if err != nil {
			return nil, nil, err
		}
		v.Entries = append(v.Entries, ledger.Entry{Account: d, Party: customer.ID, Currency: "USD", Amount: p.cents, Accounting: p.cents},
			ledger.Entry{Account: cr, Party: customer.Vendor, Currency: "USD", Amount: -p.cents, Accounting: -p.cents})
	}
	return c, v, nil
}

// find gives the source on the open item of a voucher, whoever's it is.
func find(ctx context.Context, tx *db.Tx, c *ledger.Company, s source) (reimbursement.Source, error) {
	var found reimbursement.Source
	items, err := openitem.History(ctx, tx, c, openitem.Customers, 0, false)
	for _, it := range items {
		if it.Number == s.voucher && it.Account.Written == s.account {
			found = reimbursement.Source{Item: it, Amount: s.cents, Accounting: s.cents}
		}
	}
	if err == nil && found.Item == nil {
		err = errors.New("no open item of " + s.voucher + " on " + s.account)
	}
	return found, err
}
