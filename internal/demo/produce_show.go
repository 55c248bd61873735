package demo

import (
	"context"
	"fmt"
	"io"
	"strings"

	"quittance/internal/app"
	"quittance/internal/report"
)

// distributor makes the second company, unless it is there, and shows its deduction desk.
func (d *show) distributor(ctx context.Context, out io.Writer) error {
	today := d.clock.today()
	if !d.opened.IsZero() {
		today = d.opened.AddDays(span)
	}
	k := newDesk(d.a, d.clock, today)
	if d.opened.IsZero() {
		call := d.call
		call.Company = produceCode
		if _, err := d.a.Import(ctx, call, &k.market.d); err != nil {
			return err
		}
	}
	draft, err := k.draft(ctx)
	if err == nil && draft == "" {
		if err = k.tell(ctx); err == nil {
			draft, err = k.draft(ctx)
		}
	}
	if err != nil {
		return err
	}
	for _, part := range []func(context.Context, io.Writer, *desk) error{d.firm, d.stories, d.provesToo} {
		if err := part(ctx, out, k); err != nil {
			return err
		}
	}
	return d.lookAt(ctx, out, k, draft)
}

// draft gives the payment journal that the history ends with; blank when it was not told to its end.
func (d *desk) draft(ctx context.Context) (code string, err error) {
	p := app.Page{Limit: 200}
	for {
		part, err := d.a.PaymentJournals(ctx, d.looks(), app.PaymentFilter{Customer: "SSM"}, p)
		if err != nil {
			return "", err
		}
		for _, j := range part.Items {
			if j.Text == morningText {
				return j.Code, nil
			}
		}
		if p.After = part.Next; p.After == "" {
			return "", nil
		}
	}
}

// firm says who the distributor is.
func (d *show) firm(ctx context.Context, out io.Writer, k *desk) error {
	totals, err := d.a.DeductionTotals(ctx, k.looks(), app.DeductionFilter{})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n6. The %s, a second company, and its deduction desk\n", produceName)
	fmt.Fprintf(out, "   A distributor with %d customers, two of them chains whose head offices pay for their stores. They keep\n", len(shoppers)-1)
	fmt.Fprintf(out, "   back what they hold to be short, bad or promised; each time the invoice is closed, and the difference is\n")
	fmt.Fprintf(out, "   a deduction. Half a year of %d documents; payments typed in, an 820, a CSV file, a lockbox; the days up to\n", len(k.market.d.Vouchers))
	open := ""
	for _, s := range totals.Sums {
		open = thousands(s.Remaining) + " " + s.Currency + ", expected to bring " + thousands(s.Expected)
	}
	fmt.Fprintf(out, "   %s. Open are %d deductions of %s.\n", k.market.today, totals.Count, open)
	return nil
}

// found gives the deductions of the stories as they are, by their claim numbers and days.
func (d *show) found(ctx context.Context, k *desk) (map[*story]app.DeductionRow, error) {
	by := map[*story]app.DeductionRow{}
	p := app.Page{Limit: 500}
	for {
		part, err := d.a.Deductions(ctx, k.looks(), app.DeductionFilter{Order: app.ByNumber, Closed: true}, p)
		if err != nil {
			return nil, err
		}
		for _, r := range part.Items {
			for i := range told {
				s := storyOf(told[i].name)
				if r.Number == r.Root && r.ClaimNumber == s.claim && r.Captured == k.market.ago(s.paid) {
					by[s] = r
				}
			}
		}
		if p.After = part.Next; p.After == "" {
			return by, nil
		}
	}
}

// stories tells some of the stories, each by its name.
func (d *show) stories(ctx context.Context, out io.Writer, k *desk) error {
	found, err := d.found(ctx, k)
	if err != nil {
		return err
	}
	rows := [][]string{{"STORY", "DEDUCTION", "CUSTOMER", "AMOUNT", "OPEN", "WHAT IS TO BE SEEN"}}
	for i := range told {
		s := storyOf(told[i].name)
		r, there := found[s]
		if !there || !s.shown { // somebody changed its claim number, or there are enough without it
			continue
		}
		open := ""
		if dollars(r.Remaining) != 0 && r.Financial != "voided" && r.Financial != "reversed" {
			open = thousands(r.Remaining)
		}
		rows = append(rows, []string{s.name, r.Number, r.Customer, thousands(r.Amount), open, s.tells})
	}
	table(out, "<<<>><", rows)
	fmt.Fprintf(out, "   And %d more. The note of each deduction says which story it is.\n", len(told)+1-len(rows))
	return nil
}

// provesToo proves the books of the distributor, and that each deduction is held by what is open of it.
func (d *show) provesToo(ctx context.Context, out io.Writer, k *desk) error {
	call := d.call
	call.Company = produceCode
	reports, err := d.a.Verify(ctx, call, "")
	if err != nil {
		return err
	}
	if err := reports[0].Err(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n   verify read %s vouchers with %s entries: each balances in both divisions, every deduction is what was\n", thousands(fmt.Sprint(reports[0].Vouchers)), thousands(fmt.Sprint(reports[0].Entries)))
	fmt.Fprintf(out, "   resolved of it, split off, and remains; and what holds it has just that open.\n")
	f, err := d.a.DeductionFigures(ctx, k.looks(), report.Filter{From: k.market.ago(89), To: k.market.today})
	if err != nil {
		return err
	}
	var words []string
	for _, name := range []string{"deduction_rate", "days_outstanding", "win_rate", "recovery_rate", "cycle_time"} {
		for _, x := range f.Figures {
			if x.Figure == name && x.Value != "" {
				words = append(words, strings.ReplaceAll(name, "_", " ")+" "+x.Value+map[string]string{"percent": " %", "days": " days"}[x.Unit])
				break
			}
		}
	}
	fmt.Fprintf(out, "   Of the last 90 days: %s.\n", strings.Join(words, ", "))
	return nil
}

// lookAt says what to look at and try at the desk.
func (d *show) lookAt(ctx context.Context, out io.Writer, k *desk, draft string) error {
	found, err := d.found(ctx, k)
	if err != nil {
		return err
	}
	number := func(name string) string { return found[storyOf(name)].Number }
	fmt.Fprintf(out, "\n7. What to look at there, on the pages below /c/%s or by these commands\n", produceCode)
	d.commands(out, produceCode, []try{
		{"deductions list", "the worklist, page deductions"},
		{"payments show " + draft, "payment application, page payments/" + draft + "/lines/1"},
		{"payments preview " + draft, "what posting it would post"},
		{"deductions show " + number("Four days left"), "one deduction, page deductions/" + number("Four days left")},
		{fmt.Sprintf("deductions resolve %s --line write_off,amount=60 --line accrual_plan,amount=25,plan=SPOILS --line return --preview", number("The bruised strawberries")), "resolution, page deductions/" + number("The bruised strawberries") + "/resolve"},
		{"deductions approve " + number("The hail-damaged peaches"), "refused: the command line approves nothing"},
		{"deductions candidates " + number("The rebate that has its credit"), "a match with its reasons, page deductions/matches"},
		{"remittances list", "files, and what did not match, page remittances"},
		{"deductions figures", "the figures, page deduction-figures"},
	})
	return nil
}
