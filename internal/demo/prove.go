package demo

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

// prove shows that nothing was made up and nothing lost.
func (d *show) prove(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "\n4. The proof\n")
	if err := d.threeSums(ctx, out); err != nil {
		return err
	}
	if err := d.controls(ctx, out); err != nil {
		return err
	}
	return d.verify(ctx, out)
}

// threeSums compares the reimbursements with what the credits lost and with what the vendors have to get.
func (d *show) threeSums(ctx context.Context, out io.Writer) error {
	reimbursed, lost, payable := sums{}, sums{}, sums{}
	numbers := map[string]bool{}
	reversed := 0
	for i := range d.decisions.Reimbursements {
		r := &d.decisions.Reimbursements[i]
		if r.ReversedBy != "" {
			reversed++
			continue
		}
		numbers[r.Number] = true
		if err := reimbursed.add(r.Currency, r.Amount); err != nil {
			return err
		}
		for _, s := range r.Settles {
			if err := lost.add(r.Currency, s.Amount); err != nil {
				return err
			}
		}
	}
	items, err := d.a.OpenItems(ctx, d.call, vendors, "", true)
	if err != nil {
		return err
	}
	for _, x := range items {
		if numbers[x.Voucher] {
			if err := payable.add(x.Currency, strings.TrimPrefix(x.Amount, "-")); err != nil {
				return err
			}
		}
	}
	rows := [][]string{{"", "USD", "CAD"}}
	for _, x := range []struct {
		name string
		sums sums
	}{{"the reimbursements come to", reimbursed}, {"the customers' credits lost", lost}, {"the vendors' invoices come to", payable}} {
		rows = append(rows, []string{x.name, x.sums.text("USD"), x.sums.text("CAD")})
	}
	table(out, "<>>", rows)
	if reversed > 0 {
		fmt.Fprintf(out, "   (without %d of them, which were reversed since)\n", reversed)
	}
	if !maps.Equal(reimbursed, lost) || !maps.Equal(reimbursed, payable) {
		return fault.New(fault.Violation, "the run %s reimbursed other amounts than the credits lost or the vendors have to get; run quittance verify", d.code).ByRule("control_totals")
	}
	return nil
}

// control is a control account in one currency.
type control struct{ main, currency string }

// controls compares the control accounts with the open items, in the currency of the items.
func (d *show) controls(ctx context.Context, out io.Writer) error {
	ledger, items := map[control]money.Amount{}, map[control]money.Amount{}
	data, err := d.a.Export(ctx, d.call, false)
	if err != nil {
		return err
	}
	kinds := map[string]string{}
	for _, a := range data.Accounts {
		kinds[a.Account] = a.Control
	}
	for i := range data.Vouchers {
		for _, l := range data.Vouchers[i].Lines {
			if k := kinds[mainOf(l.Account)]; k == "customer" || k == "vendor" {
				ledger[control{mainOf(l.Account), l.Currency.Code}] += l.Debit - l.Credit
			}
		}
	}
	for _, side := range []openitem.Side{customers, vendors} {
		open, err := d.a.OpenItems(ctx, d.call, side, "", false)
		if err != nil {
			return err
		}
		for _, x := range open {
			s := sums{}
			if err := s.add(x.Currency, x.Open); err != nil {
				return err
			}
			items[control{mainOf(x.Account), x.Currency}] += s[x.Currency]
		}
	}
	rows := [][]string{{"CONTROL ACCOUNT", "", "", "IN THE LEDGER", "OPEN ITEMS", "DIFFERENCE"}}
	differ := false
	for _, k := range slices.SortedFunc(maps.Keys(ledger), func(a, b control) int {
		return cmp.Or(cmp.Compare(a.main, b.main), cmp.Compare(b.currency, a.currency))
	}) {
		rows = append(rows, []string{k.main, accountName("-" + k.main), k.currency, decimal(k.currency, ledger[k]), decimal(k.currency, items[k]), decimal(k.currency, ledger[k]-items[k])})
		differ = differ || ledger[k] != items[k]
	}
	fmt.Fprintln(out)
	table(out, "<<<>>>", rows)
	if differ {
		return fault.New(fault.Violation, "a control account differs from its open items; run quittance verify").ByRule("control_account")
	}
	return nil
}

// verify proves the books, and gives the seal to be noted elsewhere.
func (d *show) verify(ctx context.Context, out io.Writer) error {
	reports, err := d.a.Verify(ctx, d.call, "")
	if err != nil {
		return err
	}
	r := reports[0]
	if err := r.Err(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n   verify read %s vouchers with %s entries: each balances, no number is missing, the books are right.\n", thousands(fmt.Sprint(r.Vouchers)), thousands(fmt.Sprint(r.Entries)))
	if r.LastSeal == "" {
		fmt.Fprintf(out, "   No seal was made, since no key is given (QUITTANCE_KEY); the vouchers wait for one.\n")
		return nil
	}
	fmt.Fprintf(out, "   The last seal; noted elsewhere, it reveals later whether anything up to here was changed:\n   %s\n", r.LastSeal)
	d.seal = r.LastSeal
	return nil
}

// next says what to try.
func (d *show) next(_ context.Context, out io.Writer) error {
	fmt.Fprintf(out, "\n5. What to try next\n")
	d.commands(out, companyCode, d.tries())
	return nil
}

// commands prints commands worth trying.
func (d *show) commands(out io.Writer, company string, tries []try) {
	rows := make([][]string, 0, len(tries))
	for _, t := range tries {
		rows = append(rows, []string{t.why + ":", d.command(company, t.args)})
	}
	table(out, "<<", rows)
}

// try is a command worth trying.
type try struct {
	args, why string
}

func (d *show) tries() []try {
	first := map[reimbursement.Reason]reimbursement.ExcludedView{}
	for _, x := range d.decisions.Excluded {
		if _, ok := first[x.Reason]; !ok {
			first[x.Reason] = x
		}
	}
	var all []try
	if len(d.decisions.Reimbursements) > 0 {
		r := d.decisions.Reimbursements[0]
		all = append(all,
			try{"reimburse show " + r.Number, "one reimbursement"},
			try{"open-items --code " + r.Customer + " --closed", "the customer's account"},
			try{fmt.Sprintf("unsettle --code %s --debit %s --credit %s --date %s", r.Customer, r.Number, r.Settles[0].Voucher, runDate), "refused, and told the right way"},
			try{fmt.Sprintf("reimburse reverse %s --date %s --reason 'Wrong customer'", r.Number, runDate), "which undoes it in one step"},
			try{fmt.Sprintf("reimburse simulate --customers %s --date %s", r.Customer, runDate), "its credit is open again"})
	}
	if x, ok := first[reimbursement.PendingSettlement]; ok {
		journal, _, _ := strings.Cut(strings.TrimPrefix(x.Detail, "journal "), " ")
		all = append(all,
			try{"unmark --journal " + journal, "release a pending settlement"},
			try{fmt.Sprintf("reimburse post --customers %s --date %s", x.Customer, runDate), "and reimburse that customer"})
	}
	proof := "verify"
	if d.seal != "" {
		proof += " --since " + d.seal
	}
	return append(all,
		try{fmt.Sprintf("reimburse simulate --all --date %s --netting net --summary", runDate), "with open bills settled first"},
		try{fmt.Sprintf("reimburse simulate --all --date %s --classifications PARKS", runDate), "with credits of parks only"},
		try{"trial-balance --date " + runDate.String(), "the balance of every account"},
		try{proof, "the proof, whenever you like"})
}

// command writes a command line for this database and a company in it.
func (d *show) command(company, args string) string {
	db := d.url
	switch {
	case fileOf(db) == "":
		db = `"$QUITTANCE_DB"` // the address may hold a password
	case strings.Trim(db, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") != "":
		db = "'" + strings.ReplaceAll(db, "'", `'\''`) + "'"
	}
	return program() + " --db " + db + " --company " + company + " " + args
}
