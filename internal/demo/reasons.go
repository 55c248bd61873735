package demo

import (
	"context"
	"fmt"
	"io"
	"strings"

	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

const (
	customers = openitem.Customers
	vendors   = openitem.Vendors
)

// meanings say in plain words what a reason is, in the order in which the rules are tested.
var meanings = []struct {
	reason reimbursement.Reason
	words  string
}{
	{reimbursement.OnHold, "on hold, or marked never to be reimbursed"},
	{reimbursement.VendorBlocked, "the vendor who would be paid is blocked"},
	{reimbursement.NoPayee, "there is nobody who could be paid"},
	{reimbursement.PendingSettlement, "somebody is about to settle it in a journal"},
	{reimbursement.NoClassification, "no credit of the billing classifications asked for"},
	{reimbursement.TooRecent, "younger than ten days: a check may still bounce"},
	{reimbursement.OpenDebit, "owes something too"},
	{reimbursement.NetDebit, "owes as much as is to be paid back, or more"},
	{reimbursement.BelowMinimum, "less than the minimum of 5.00"},
	{reimbursement.CannotPost, "the set-up lacks something"},
}

// tally counts the candidates of one kind.
type tally struct {
	count   int
	amounts sums
	example string
}

// reasons prints what the run decides, and why.
func (d *show) reasons(out io.Writer) error {
	open := map[string]sums{} // what each customer has in credit
	for _, x := range d.items {
		if strings.HasPrefix(x.Open, "-") {
			if open[x.Party] == nil {
				open[x.Party] = sums{}
			}
			if err := open[x.Party].add(x.Currency, x.Open[1:]); err != nil {
				return err
			}
		}
	}
	paid := tally{amounts: sums{}}
	seen := map[string]bool{}
	for i := range d.decisions.Reimbursements {
		r := &d.decisions.Reimbursements[i]
		if err := paid.amounts.add(r.Currency, r.Amount); err != nil {
			return err
		}
		if key := r.Customer + r.Currency; !seen[key] {
			seen[key] = true
			paid.count++
		}
	}
	left := tally{amounts: sums{}}
	by := map[reimbursement.Reason]*tally{}
	for _, x := range d.decisions.Excluded {
		t := by[x.Reason]
		if t == nil {
			t = &tally{amounts: sums{}, example: fmt.Sprintf("%s %s: %s", x.Customer, d.names[x.Customer], x.Detail)}
			by[x.Reason] = t
		}
		a := open[x.Customer][x.Currency]
		for _, to := range []*tally{t, &left} {
			to.count++
			to.amounts[x.Currency] += a
		}
	}
	d.printReasons(out, paid, left, by)
	return nil
}

func (d *show) printReasons(out io.Writer, paid, left tally, by map[reimbursement.Reason]*tally) {
	fmt.Fprintf(out, "\n2. Who gets money back on %s? A simulated run, which writes nothing\n", runDate)
	fmt.Fprintf(out, "   %d customers are in credit. %d would be reimbursed; %d are left out, each for one stated reason:\n\n", paid.count+left.count, paid.count, left.count)
	rows := [][]string{{"DECISION", "COUNT", "USD", "CAD", "WHY, AND ONE OF THEM"}}
	row := func(name string, t tally, why string) {
		rows = append(rows, []string{name, fmt.Sprint(t.count), t.amounts.text("USD"), t.amounts.text("CAD"), why})
	}
	row("reimbursed", paid, fmt.Sprintf("in %d reimbursements, one for each receivable account", len(d.decisions.Reimbursements)))
	for _, m := range meanings {
		if t := by[m.reason]; t != nil {
			row(string(m.reason), *t, m.words)
			rows = append(rows, []string{"", "", "", "", "e.g. " + t.example})
		}
	}
	table(out, "<>>><", rows)
}

// ifNetted says what netting would make of those who owe something too.
func (d *show) ifNetted(ctx context.Context, out io.Writer) error {
	req, net := runRequest(), string(reimbursement.Net)
	req.Selection, req.Netting = reimbursement.Selection{}, &net
	for _, x := range d.decisions.Excluded {
		if x.Reason == reimbursement.OpenDebit {
			req.Selection.Customers = append(req.Selection.Customers, x.Customer)
		}
	}
	if len(req.Selection.Customers) == 0 {
		return nil
	}
	var netted decisions
	run, err := d.a.Simulate(ctx, d.call, req, netted.add)
	if err != nil {
		return err
	}
	total := money.Amount(0)
	for _, x := range run.Totals.Amounts {
		if x.Currency == usd.Code {
			if total, err = usd.Parse(x.Amount); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(out, "   Were open bills settled first (--netting net), %d of the %d with open_debit would get the rest, %s USD; %d owe as much or more (net_debit).\n",
		run.Totals.ReimbursedCustomers, len(req.Selection.Customers), decimal(usd.Code, total), run.Totals.Reasons[reimbursement.NetDebit])
	return nil
}
