package demo

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// waterDistrict makes the district and its month of paying out, and shows what came of it.
func (d *show) waterDistrict(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "\n8. A month of paying out: the %s\n", districtName)
	if !d.keyed {
		fmt.Fprintf(out, "   It is not told, since bank details need a key, and none is given (QUITTANCE_KEY).\n")
		return nil
	}
	today := d.clock.today()
	m := &treasury{a: d.a, clock: d.clock, begins: d.district.AddDays(opened)}
	if d.district.IsZero() {
		m.begins = tuesday(today)
		call := d.call
		call.Company = districtCode
		if _, err := d.a.Import(ctx, call, district(m.begins, today)); err != nil {
			return err
		}
	}
	told, err := m.ended(ctx)
	if err == nil && !told {
		err = m.tell(ctx)
	}
	if err != nil {
		return err
	}
	for _, part := range []func(context.Context, io.Writer) error{m.showPayments, m.showRequests, m.showBanks} {
		if err := part(ctx, out); err != nil {
			return err
		}
	}
	call := d.call
	call.Company = districtCode
	reports, err := d.a.Verify(ctx, call, "")
	if err != nil {
		return err
	}
	if err := reports[0].Err(); err != nil {
		return err
	}
	fmt.Fprintf(out, "   verify read %s vouchers with %s entries: the books are right.\n\n", thousands(fmt.Sprint(reports[0].Vouchers)), thousands(fmt.Sprint(reports[0].Entries)))
	d.commands(out, districtCode, []try{
		{"requests list --state in_review", "what waits for an approver"},
		{"vendor-payments left VPJ-00000001", "what was not paid, and why"},
		{fmt.Sprintf("vendor-payments show VPJ-00000001/%d", lostCheck+1), "a lost check, and what it was reissued by"},
		{"vendor-payments answered", "what the banks answered"},
		{"banks statements show CHECKS/3", "a statement, line by line"},
		{"banks control CHECKS --date " + m.on(monthLength).String(), "bank against books, each difference named"},
	})
	return nil
}

// ended says whether the month was told to its end: the last statement is there, and all of it is reconciled.
func (m *treasury) ended(ctx context.Context) (bool, error) {
	all, err := m.a.BankStatements(ctx, m.looks(), app.BankStatementFilter{Bank: wireBank}, app.Page{Limit: 1})
	if fault.CodeOf(err) == fault.NotFound {
		return false, nil
	}
	return len(all.Items) > 0 && all.Items[0].To == m.on(monthLength) && all.Items[0].Open == 0, err
}

// showPayments says how many payments ended how, and what was left out.
func (m *treasury) showPayments(ctx context.Context, out io.Writer) error {
	journals, err := m.a.VendorPaymentJournals(ctx, m.looks(), "", app.Page{Limit: 10})
	if err != nil {
		return err
	}
	kinds := []payout.Kind{payout.ByCheck, payout.ByACH, payout.ByTransfer}
	count := map[payout.Status]map[payout.Kind]int{}
	amounts := map[payout.Status]money.Amount{}
	n := 0
	for _, j := range journals.Items {
		all, err := m.list(ctx, j.Code)
		if err != nil {
			return err
		}
		for _, p := range all {
			if count[p.Status] == nil {
				count[p.Status] = map[payout.Kind]int{}
			}
			count[p.Status][p.Kind]++
			amounts[p.Status] += cents(p.Amount)
			n++
		}
	}
	fmt.Fprintf(out, "   What was reimbursed on %s became %d payments in %d journals, proposed by rosa, approved by ada, made and posted by tom.\n", m.on(0), n, len(journals.Items))
	rows := [][]string{{"PAYMENTS", "CHECKS", "ACH", "TRANSFERS", "USD"}}
	for _, s := range payout.Statuses() {
		if count[s] != nil {
			row := []string{string(s)}
			for _, k := range kinds {
				row = append(row, fmt.Sprint(count[s][k]))
			}
			rows = append(rows, append(row, thousands(usd.Format(amounts[s]))))
		}
	}
	table(out, "<>>>>", rows)
	left, err := m.a.VendorPaymentsLeft(ctx, m.looks(), journals.Items[len(journals.Items)-1].Code, app.Page{Limit: 20})
	if err != nil {
		return err
	}
	var why []string
	for _, l := range left.Items {
		why = append(why, l.Vendor+" ("+string(l.Reason)+")")
	}
	fmt.Fprintf(out, "   Left out: %s.\n\n", strings.Join(why, ", "))
	return nil
}

// showBanks holds each bank account against its statements, and names what is between them.
func (m *treasury) showBanks(ctx context.Context, out io.Writer) error {
	rows := [][]string{{"BANK ACCOUNT", "STATEMENTS", "LINES", "IN THE LEDGER", "OUTSTANDING", "ON THE STATEMENT", "UNEXPLAINED"}}
	named := map[string]int{}
	var open []string
	for _, bank := range []string{checksBank, achBank, wireBank} {
		all, err := m.a.BankStatements(ctx, m.looks(), app.BankStatementFilter{Bank: bank}, app.Page{Limit: 100})
		if err != nil {
			return err
		}
		lines := 0
		for _, s := range all.Items {
			lines += s.Lines
		}
		c, err := m.a.BankControl(ctx, m.looks(), bank, m.on(monthLength))
		if err != nil {
			return err
		}
		if c.Off != "0.00" || c.NLines != 0 {
			return fault.New(fault.Violation, "bank account %s is off by %s, with %d lines open; run quittance banks control %[1]s", bank, c.Off, c.NLines).ByRule("bank_control")
		}
		rows = append(rows, []string{bank + " (" + all.Items[0].Format + ")", fmt.Sprint(len(all.Items)), fmt.Sprint(lines), thousands(c.Ledger), thousands(c.Outstanding), thousands(c.Statement), c.Off})
		for _, e := range c.Entries {
			if e.Payment == "" {
				open = append(open, e.Voucher)
			} else {
				p, err := m.a.VendorPayment(ctx, m.looks(), e.Payment)
				if err != nil {
					return err
				}
				named[string(p.Status)]++
			}
		}
	}
	table(out, "<>>>>>>", rows)
	var texts []string
	for _, s := range slices.Sorted(maps.Keys(named)) {
		texts = append(texts, fmt.Sprintf("%d of payments that are %s", named[s], s))
	}
	if len(open) > 0 {
		return fault.New(fault.Violation, "entries of no payment are outstanding: %s", strings.Join(open, ", ")).ByRule("bank_control")
	}
	fmt.Fprintf(out, "   Outstanding at the banks: %s.\n", strings.Join(texts, ", "))
	return nil
}
