package bench

import (
	"context"
	"strconv"
)

const factsKept = 200_000 // customers of a kind that are kept ready for postings

// facts is what postings need to know of the company.
type facts struct {
	company       int64
	bank, revenue ledgerAccount
	payable       int64 // the id of any ledger account of vendors, for the bare SQL
	bills         []openBill
	credits       []openCredit
}

type ledgerAccount struct {
	id      int64
	written string
}

// openBill is an invoice that is open: it is paid cent by cent.
type openBill struct {
	party, voucher, line, account int64
	code, number, bank            string
	bankID                        int64
}

// openCredit is a customer all of whose open items are credits, on one ledger account: one reimbursement.
type openCredit struct {
	party, vendor, account, open int64
	code                         string
}

func cellInt(cell string) int64 {
	n, _ := strconv.ParseInt(cell, 10, 64) // the columns are numbers
	return n
}

func readFacts(ctx context.Context, address string) (f facts, err error) {
	s, err := openStore(ctx, address)
	if err != nil {
		return f, err
	}
	defer s.close()
	if f.company, err = number(ctx, s, "select id from company where code = '"+Company+"'"); err != nil {
		return f, err
	}
	banks := map[int64]ledgerAccount{} // by the receivable account of the same fund
	err = s.each(ctx, `select r.id, b.id, b.written, v.id, v.written from ledger_account r
		join ledger_account b on b.company = r.company and b.written = replace(r.written, '11530', '11020') join ledger_account v on v.company = r.company and v.written = replace(r.written, '11530', '44200')
		where r.main_account = '11530' order by r.id desc`, func(c []string) error {
		banks[cellInt(c[0])] = ledgerAccount{cellInt(c[1]), c[2]}
		f.bank, f.revenue = ledgerAccount{cellInt(c[1]), c[2]}, ledgerAccount{cellInt(c[3]), c[4]}
		return nil
	})
	if err != nil {
		return f, err
	}
	err = s.each(ctx, `select o.party, o.voucher, o.line, o.account, c.code, o.number from open_item o join customer c on c.company = o.company and c.id = o.party
		where o.side = 1 and o.open >= 1000 and o.marked = 0 order by o.voucher limit `+strconv.Itoa(factsKept), func(c []string) error {
		b := openBill{party: cellInt(c[0]), voucher: cellInt(c[1]), line: cellInt(c[2]), account: cellInt(c[3]), code: c[4], number: c[5]}
		b.bank, b.bankID = banks[b.account].written, banks[b.account].id
		f.bills = append(f.bills, b)
		return nil
	})
	if err != nil {
		return f, err
	}
	err = s.each(ctx, `select o.party, min(c.vendor), min(o.account), sum(o.open), min(c.code) from open_item o join customer c on c.company = o.company and c.id = o.party
		where o.side = 1 and c.vendor is not null and not c.hold and not c.do_not_reimburse group by o.party having min(o.account) = max(o.account) and max(o.open) < 0 and max(o.marked) = 0
		order by min(o.voucher) limit `+strconv.Itoa(factsKept), func(c []string) error {
		f.credits = append(f.credits, openCredit{cellInt(c[0]), cellInt(c[1]), cellInt(c[2]), cellInt(c[3]), c[4]})
		return nil
	})
	return f, err
}

const centsEach = 900 // postings for each bill: it must not close, so that the first and the last posting are alike

// bill gives the bill for the n-th payment.
func (f *facts) bill(n int64) (*openBill, error) {
	if int(n) >= len(f.bills)*centsEach {
		return nil, errUsedUp
	}
	return &f.bills[int(n)%len(f.bills)], nil
}

// credit gives the customer for the n-th reimbursement.
func (f *facts) credit(n int64) (*openCredit, error) {
	if int(n) >= len(f.credits) {
		return nil, errUsedUp
	}
	return &f.credits[n], nil
}

// someone is a customer to look at.
type someone struct {
	id   int64
	code string
}

// someCustomers gives customers from all over the company, those who were reimbursed too.
func someCustomers(ctx context.Context, address string) (all []someone, err error) {
	s, err := openStore(ctx, address)
	if err != nil {
		return nil, err
	}
	defer s.close()
	err = s.each(ctx, "select id, code from customer where company = (select id from company where code = '"+Company+"') and id % 7 = 0 order by id", func(c []string) error {
		all = append(all, someone{cellInt(c[0]), c[1]})
		return nil
	})
	return all, err
}

// readPayable notes a ledger account of vendors, of which there is one after the first reimbursement.
func (f *facts) readPayable(ctx context.Context, s store) (err error) {
	f.payable, err = number(ctx, s, "select coalesce(min(id), 0) from ledger_account where main_account = '24210'")
	return err
}
