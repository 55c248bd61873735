package demo

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"quittance/internal/folder"
	"quittance/internal/money"
	"quittance/internal/reimbursement"
)

// vouchers shows the reimbursements of two customers, as an accountant reads them.
func (d *show) vouchers(out io.Writer) error {
	by := map[string][]*reimbursement.View{}
	for i := range d.decisions.Reimbursements {
		r := &d.decisions.Reimbursements[i]
		by[r.Customer] = append(by[r.Customer], r)
	}
	several, abroad := "", ""
	for _, c := range slices.Sorted(maps.Keys(by)) {
		if n := len(by[c]); n >= 4 && (several == "" || n < len(by[several])) {
			several = c
		}
		if abroad == "" && by[c][0].Currency == cad.Code && by[c][0].OneTimeVendor {
			abroad = c
		}
	}
	fmt.Fprintf(out, "   For each credit, its very receivable account is debited, and the payable account of the same fund\n   credited: so every voucher balances within its fund, and no fund pays for another.\n")
	rows := [][]string{{"VOUCHER", "ACCOUNT", "", "DEBIT", "CREDIT", "", "SETTLES"}}
	for _, c := range []string{several, abroad} {
		if c == "" {
			continue
		}
		payee := "the vendor " + by[c][0].Vendor
		if by[c][0].OneTimeVendor {
			payee += ", made for this"
		}
		rows = append(rows, []string{fmt.Sprintf("%s %s, paid as %s:", c, d.names[c], payee)})
		for _, r := range by[c] {
			rows = append(rows, d.journal(r)...)
		}
	}
	table(out, "<<<>><<", rows)
	return nil
}

// journal gives the lines of a reimbursement, what it settles beside its debits.
func (d *show) journal(r *reimbursement.View) [][]string {
	var rows [][]string
	number := r.Number
	for _, l := range r.Voucher.Lines {
		row := []string{number, l.Account, accountName(l.Account), blank(l.Debit), blank(l.Credit), r.Currency, ""}
		if row[3] != "" {
			row[6] = settles(r, l.Account)
		} else {
			row[1] = "  " + row[1]
		}
		rows, number = append(rows, row), ""
	}
	return rows
}

func settles(r *reimbursement.View, account string) string {
	var parts []string
	for _, s := range r.Settles {
		if s.Account == account {
			parts = append(parts, s.Voucher+" "+thousands(s.Amount))
		}
	}
	return strings.Join(parts, ", ")
}

func blank(amount string) string {
	if strings.Trim(amount, "0.") == "" {
		return ""
	}
	return thousands(amount)
}

// accountName gives the name of the main account of a ledger account.
func accountName(written string) string {
	main := mainOf(written)
	for _, a := range accounts {
		if a[0] == main {
			return a[1]
		}
	}
	return ""
}

func mainOf(written string) string { return strings.Split(written+"-", "-")[1] }

// funds prints what the run came to in each fund, in accounting currency.
func (d *show) funds(ctx context.Context, out io.Writer) error {
	type fund struct {
		count                  int
		receivable, oneTime, v sums
	}
	by := map[string]*fund{}
	for i := range d.decisions.Reimbursements {
		r := &d.decisions.Reimbursements[i]
		lines := r.Voucher.Lines
		for j := range lines {
			code := strings.Split(lines[j].Account, "-")[0]
			f := by[code]
			if f == nil {
				f = &fund{receivable: sums{}, oneTime: sums{}, v: sums{}}
				by[code] = f
			}
			debit, credit := lines[j].Debit, lines[j].Credit
			if r.Currency != usd.Code { // in foreign currency the debit is worth what its credit was booked at
				v, err := d.a.Voucher(ctx, d.call, r.Number)
				if err != nil {
					return err
				}
				debit, credit = v.Lines[j].AccountingDebit, v.Lines[j].AccountingCredit
			}
			to := f.v
			if r.OneTimeVendor {
				to = f.oneTime
			}
			if blank(debit) != "" {
				f.count++
				to = f.receivable
			}
			if err := to.add(usd.Code, max(debit, credit)); err != nil {
				return err
			}
		}
	}
	rows := [][]string{{"FUND", "", "VOUCHERS", "RECEIVABLES CLEARED", "TO VENDORS", "TO ONE-TIME VENDORS"}}
	all, count := [3]money.Amount{}, 0
	for _, code := range slices.Sorted(maps.Keys(by)) {
		f := by[code]
		a := [3]money.Amount{f.receivable["USD"], f.v["USD"], f.oneTime["USD"]}
		rows = append(rows, []string{code, d.fundName(code), fmt.Sprint(f.count), decimal("USD", a[0]), decimal("USD", a[1]), decimal("USD", a[2])})
		for i := range all {
			all[i] += a[i]
		}
		count += f.count
	}
	rows = append(rows, []string{"", "in all, in USD", fmt.Sprint(count), decimal("USD", all[0]), decimal("USD", all[1]), decimal("USD", all[2])})
	fmt.Fprintln(out)
	table(out, "<<>>>>", rows)
	return nil
}

func (d *show) fundName(code string) string {
	i := slices.IndexFunc(d.data.DimensionValues, func(v folder.DimensionValue) bool { return v.Dimension == "Fund" && v.Value == code })
	if i < 0 {
		return ""
	}
	return d.data.DimensionValues[i].Name
}
