package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// Deductions gives a page of the worklist.
func (a *App) Deductions(ctx context.Context, call Call, f DeductionFilter, p Page) (DeductionPart, error) {
	var after *deduction.Place
	list := "deductions " + cmp.Or(f.Order, ByUrgency)
	limit, err := p.open(list, &after)
	if err := cmp.Or(err, f.plain()); err != nil {
		return DeductionPart{}, err
	}
	part := DeductionPart{Items: []DeductionRow{}}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		by, err := f.filter(ctx, tx, c)
		if err != nil {
			return err
		}
		ds, at, err := deduction.Worklist(ctx, tx, by, after, limit)
		if err != nil {
			return err
		}
		if at != nil {
			part.Next = next(list, at)
		}
		part.Items, err = viewDeductions(ctx, tx, ds)
		return err
	})
	return part, err
}

// DeductionTotals gives count and sums of the deductions that pass the filter.
func (a *App) DeductionTotals(ctx context.Context, call Call, f DeductionFilter) (*DeductionTotals, error) {
	if err := f.plain(); err != nil {
		return nil, err
	}
	totals := &DeductionTotals{Sums: []DeductionCurrencySum{}}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		by, err := f.filter(ctx, tx, c)
		if err != nil {
			return err
		}
		sums, err := deduction.Sums(ctx, tx, by, tx.Today())
		for _, s := range sums {
			cur, err := money.CurrencyOf(s.Currency)
			if err != nil {
				return err
			}
			totals.Count, totals.Ready, totals.Overdue = totals.Count+s.Count, totals.Ready+s.Ready, totals.Overdue+s.Overdue
			totals.Sums = append(totals.Sums, DeductionCurrencySum{s.Currency, s.Count, cur.Format(s.Amount), cur.Format(s.Remaining), cur.Format(s.Expected)})
		}
		return err
	})
	return totals, err
}

// plain refuses a filter that no database can look for.
func (f DeductionFilter) plain() error {
	for _, x := range [][2]string{
		{"owner", f.Owner}, {"team", f.Team}, {"customer", f.Customer}, {"reason", f.Reason}, {"type", f.Type}, {"currency", f.Currency}, {"text", f.Text}, {"watcher", f.Watcher},
	} {
		if err := plain(x[0], x[1]); err != nil {
			return err
		}
	}
	for _, x := range []struct {
		field, value string
		expected     []string
	}{
		{"order", f.Order, deduction.Orders},
		{"work", f.Work, deduction.Works},
		{"dispute", f.Dispute, deduction.Disputes},
		{"financial", f.Financial, deduction.Financials},
		{"hold", f.Hold, deduction.Holds},
	} {
		if x.value != "" && !slices.Contains(x.expected, x.value) {
			return fault.New(fault.Invalid, "%q is unknown; expected one of %s", x.value, strings.Join(x.expected, ", ")).In(x.field)
		}
	}
	if f.Closed && f.Order != ByNumber {
		return fault.New(fault.Invalid, "closed deductions are listed with the order %s only", ByNumber).In("closed")
	}
	return nil
}

const likeText = 200 // customers that a text may mean at most

// filter finds what a filter names.
func (f DeductionFilter) filter(ctx context.Context, tx *db.Tx, c *ledger.Company) (*deduction.Filter, error) {
	by := &deduction.Filter{
		Order: deduction.Order(f.Order), Closed: f.Closed, Owner: f.Owner, Team: f.Team, Reason: f.Reason, Uncoded: f.Uncoded, Type: f.Type, Work: deduction.Work(f.Work),
		Dispute: deduction.Dispute(f.Dispute), Financial: deduction.Financial(f.Financial), Hold: deduction.Hold(f.Hold), Ready: f.Ready, Due: f.Due, Currency: f.Currency, Watcher: f.Watcher, Text: f.Text,
	}
	if f.Customer != "" {
		customer, err := party.FindCustomer(ctx, tx, f.Customer)
		if err != nil {
			return nil, inField(err, "customer")
		}
		by.Customers = []int64{customer.ID}
	}
	cur := c.Currency
	if f.Currency != "" {
		var err error
		if cur, err = money.CurrencyOf(f.Currency); err != nil {
			return nil, inField(err, "currency")
		}
	}
	for _, x := range []struct {
		field, text string
		to          **money.Amount
	}{{"from", f.From, &by.Least}, {"to", f.To, &by.Most}} {
		if x.text == "" {
			continue
		}
		amount, err := cur.Parse(x.text)
		if err != nil {
			return nil, inField(err, x.field)
		}
		*x.to = &amount
	}
	if f.Text != "" {
		like, _, err := party.ListCustomers(ctx, tx, party.Filter{Search: f.Text}, party.Place{}, likeText)
		if err != nil {
			return nil, err
		}
		for _, customer := range like {
			by.TextCustomers = append(by.TextCustomers, customer.ID)
		}
	}
	return by, nil
}

// names are what the ids of deductions stand for.
type names struct {
	customers  map[int64]*party.Customer
	vouchers   map[int64]string
	deductions map[int64]string
}

// namesOf reads the names of what deductions, and more vouchers, refer to.
func namesOf(ctx context.Context, tx *db.Tx, ds []*deduction.Deduction, vouchers ...int64) (*names, error) {
	customers, roots := []int64{}, []int64{}
	for _, d := range ds {
		customers = append(customers, d.Customer, d.Holder)
		vouchers = append(vouchers, d.Invoice, d.Payment, d.Voucher)
		roots = append(roots, d.Root, d.Parent, d.DuplicateOf)
	}
	n := &names{customers: map[int64]*party.Customer{}}
	var err error
	if ids := distinct(customers); len(ids) > 0 {
		if n.customers, err = party.CustomersByID(ctx, tx, ids); err != nil {
			return nil, err
		}
	}
	if n.vouchers, err = deduction.VoucherNumbers(ctx, tx, distinct(vouchers)); err != nil {
		return nil, err
	}
	n.deductions, err = deduction.NumbersByID(ctx, tx, distinct(roots))
	return n, err
}

// distinct gives the ids once each, without 0.
func distinct(ids []int64) []int64 {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > 0 && ids[0] == 0 {
		ids = ids[1:]
	}
	return ids
}

func (n *names) code(id int64) string {
	if c := n.customers[id]; c != nil {
		return c.Code
	}
	return ""
}

func viewDeductions(ctx context.Context, tx *db.Tx, ds []*deduction.Deduction) ([]DeductionRow, error) {
	n, err := namesOf(ctx, tx, ds)
	if err != nil {
		return nil, err
	}
	rows := make([]DeductionRow, 0, len(ds))
	for _, d := range ds {
		row, err := n.row(tx, d)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// row shows a deduction as a row of the worklist.
func (n *names) row(tx *db.Tx, d *deduction.Deduction) (DeductionRow, error) {
	cur, err := money.CurrencyOf(d.Currency)
	if err != nil {
		return DeductionRow{}, err
	}
	row := DeductionRow{
		Number: d.Number, Root: n.deductions[d.Root], Customer: n.code(d.Customer), Currency: d.Currency, Amount: cur.Format(d.Amount), Resolved: cur.Format(d.Resolved), Split: cur.Format(d.Split),
		Remaining: cur.Format(d.Remaining()), Financial: string(d.Financial()), Work: string(d.Work), Substate: d.Substate, Dispute: string(d.Dispute), Type: d.Type, Allowed: d.Allowed, Reason: d.Reason,
		Captured: d.Captured, Invoice: n.vouchers[d.Invoice], TheirCode: d.TheirCode, ClaimNumber: d.ClaimNumber, Owner: d.Owner, Team: d.Team, Priority: d.Priority, FollowUp: d.FollowUp, Expires: d.Expires,
		Expected: cur.Format(d.Expected), Ready: d.Ready, Automatic: d.Automatic, DuplicateOf: n.deductions[d.DuplicateOf], Version: d.Version,
	}
	if c := n.customers[d.Customer]; c != nil {
		row.CustomerName = c.Name
	}
	if !d.Expires.IsZero() {
		days := d.Expires.Sub(tx.Today())
		row.DaysLeft = &days
	}
	return row, nil
}

// DeductionBalances gives the balance of a customer with and without open deductions, by currency.
func (a *App) DeductionBalances(ctx context.Context, call Call, customer string) ([]DeductionBalance, error) {
	if err := plain("customer", customer); err != nil {
		return nil, err
	}
	views := []DeductionBalance{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		c, err := party.FindCustomer(ctx, tx, customer)
		if err == nil {
			views, err = balancesOf(ctx, tx, c.ID)
		}
		return err
	})
	return views, err
}

// balancesOf gives the balances with and without open deductions: what is held on the customer's own items counts once.
func balancesOf(ctx context.Context, tx *db.Tx, customer int64) ([]DeductionBalance, error) {
	sums, err := openitem.SumsOf(ctx, tx, openitem.Customers, []int64{customer})
	if err != nil {
		return nil, err
	}
	open, err := deduction.OpenOf(ctx, tx, customer)
	if err != nil {
		return nil, err
	}
	balances := map[string]money.Amount{}
	held := map[string]deduction.OpenSum{}
	for _, s := range sums[customer] {
		balances[s.Currency] = s.Debits + s.Credits
	}
	for _, s := range open {
		balances[s.Currency] += 0 // a currency with deductions alone
		held[s.Currency] = s
	}
	views := []DeductionBalance{}
	for _, code := range slices.Sorted(maps.Keys(balances)) {
		cur, err := money.CurrencyOf(code)
		if err != nil {
			return nil, err
		}
		with := balances[code] + held[code].Elsewhere
		views = append(views, DeductionBalance{
			Currency: code, With: cur.Format(with), Without: cur.Format(with - held[code].Remaining), Deductions: cur.Format(held[code].Remaining), Count: held[code].Count, Credit: cur.Format(held[code].Counting),
		})
	}
	return views, nil
}
