package demo

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// files are the days on which customers and the bank sent files.
func (d *desk) files() []event {
	return []event{
		{day820, func(ctx context.Context) error { return d.file(ctx, day820, "HLM", "harvest-lane-820.x12", d.x820()) }},
		{dayCSV, func(ctx context.Context) error {
			return d.file(ctx, dayCSV, "CMG", "cedar-main-remittance.csv", d.csv())
		}},
		{dayCSV - 1, d.payback},
		{dayMemo, func(ctx context.Context) error { return d.bringIn(ctx, dayMemo, "harvest-lane-812.x12", d.x812(), nil) }},
		{dayLockbox, func(ctx context.Context) error { return d.bringIn(ctx, dayLockbox, "lockbox.bai2", d.lockbox(), nil) }},
	}
}

// bringIn imports a file.
func (d *desk) bringIn(ctx context.Context, day int, name, text string, got func(*app.Remittance) error) error {
	r, err := d.a.ImportRemittance(ctx, d.by("rosa", day), app.RemittanceRequest{Name: name, Content: []byte(text)})
	if err == nil && got != nil {
		err = got(r)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return err
}

// file imports a remittance of a payer and posts what came of it.
func (d *desk) file(ctx context.Context, day int, who, name, text string) error {
	return d.bringIn(ctx, day, name, text, func(r *app.Remittance) error {
		if err := d.post(ctx, r.Journal, day); err != nil {
			return err
		}
		var paid []*story
		for _, p := range d.payments(who, day) {
			paid = append(paid, p.stories()...)
		}
		return d.taken(ctx, r.Journal, paid)
	})
}

// payback posts what came back by the CSV file, against the deduction of the story.
func (d *desk) payback(ctx context.Context) error {
	all, err := d.a.Remittances(ctx, d.looks(), app.RemittanceFilter{Format: "csv"}, app.Page{})
	if err == nil && len(all.Items) != 1 {
		err = fault.New(fault.Internal, "the sample has %d remittances as CSV, not one", len(all.Items))
	}
	if err != nil {
		return err
	}
	_, err = d.a.PostPayback(ctx, d.by("dana", dayCSV-1), app.PaybackRequest{Remittance: all.Items[0].Code, N: 1, Date: d.market.ago(dayCSV - 1)})
	return err
}

func compact(d civil.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// segments are those of an X12 file.
type segments struct{ all []string }

func (s *segments) add(format string, args ...any) {
	s.all = append(s.all, strings.ReplaceAll(fmt.Sprintf(format, args...), "~", ""))
}

// wrap puts the envelopes around a transaction set.
func (s *segments) wrap(kind, group string, day civil.Date, control int) string {
	date := compact(day)
	head := []string{
		fmt.Sprintf("ISA*00*          *00*          *ZZ*HARVESTLANE    *ZZ*TALLGRASS      *%s*0615*U*00401*%09d*0*P*>", date[2:], control),
		fmt.Sprintf("GS*%s*HARVESTLANE*TALLGRASS*%s*0615*%d*X*004010", group, date, control),
		fmt.Sprintf("ST*%s*0001", kind),
	}
	tail := []string{fmt.Sprintf("SE*%d*0001", len(s.all)+2), fmt.Sprintf("GE*1*%d", control), fmt.Sprintf("IEA*1*%09d", control)}
	all := append(append(head, s.all...), tail...)
	return strings.Join(all, "~\n") + "~\n"
}

// x820 is the payment order and remittance advice of Harvest Lane.
func (d *desk) x820() string {
	p := d.payments("HLM", day820)[0]
	on := d.market.ago(day820)
	var s segments
	s.add("BPR*C*%s*C*ACH*CTX*01*021000021*DA*4410*1234567890**01*026009593*DA*2208*%s", usd.Format(p.cash), compact(on))
	s.add("TRN*1*HL-%s", compact(on))
	s.add("CUR*PR*USD")
	s.add("N1*PR*Harvest Lane Markets*92*HARVESTLANE")
	s.add("N1*PE*%s*92*TGP", produceName)
	s.add("ENT*1")
	for _, x := range p.alone { // negative takes off, since release 003060
		s.add("ADX*-%s*%s*CM*%s", x.short, x.code, x.claim)
		s.add("NTE*ADD*%s", x.says())
	}
	for _, i := range p.items {
		s.add("RMR*IV*%s**%s*%s", i.voucher, usd.Format(i.paid()), usd.Format(i.gross))
		if i.story != nil {
			s.add("ADX*-%s*%s*CM*%s", i.story.short, i.story.code, i.story.claim)
			s.add("NTE*ADD*%s", i.story.says())
		}
	}
	return s.wrap("820", "RA", on, 401)
}

// csv is the payment detail of Cedar & Main: with a payback, and more than is open of one document.
func (d *desk) csv() string {
	p := d.payments("CMG", dayCSV)[0]
	on := d.market.ago(dayCSV).Time().Format("01/02/2006")
	back, over := dollars("420.00"), dollars("135.00")
	rows := [][]string{{"Payment", "Paid on", "Vendor account", "Payment total", "Invoice", "Gross", "Deducted", "Net", "Reason", "Debit memo", "Remark"}}
	total := usd.Format(p.cash + back + over)
	add := func(invoice, gross, deducted, net, code, claim, remark string) {
		rows = append(rows, []string{"CM-77120", on, "TGP-0117", total, invoice, gross, deducted, net, code, claim, remark})
	}
	for _, x := range p.alone {
		add("", "", x.short, "", x.code, x.claim, x.says())
	}
	for n, i := range p.items {
		deducted, code, claim, remark, paid := "", "", "", "", i.paid()
		if x := i.story; x != nil {
			deducted, code, claim, remark = x.short, x.code, x.claim, x.says()
		}
		if n == 0 {
			paid += over // somebody typed it wrong
		}
		add(i.voucher, usd.Format(i.gross), deducted, usd.Format(paid), code, claim, remark)
	}
	add(d.market.invoices[storyOf("The missing pallet")].number+"-PB", "", "", usd.Format(back), "MS", "", "Pallet found at Southgate")
	var text strings.Builder
	_ = csv.NewWriter(&text).WriteAll(rows) // a builder takes everything
	return text.String()
}

// x812 is a debit memo of Harvest Lane, for goods whose price it disputes.
func (d *desk) x812() string {
	v := d.market.invoices[storyOf("Bad corn")]
	on := d.market.ago(dayMemo)
	var s segments
	s.add("BCD*%s*DM-20499*C*5700*D*%s*%s", compact(on), compact(v.date), v.number)
	s.add("N1*BY*Harvest Lane Markets*92*HARVESTLANE")
	s.add("CDD*01*D*1*5700")
	return s.wrap("812", "CD", on, 402)
}

// lockbox is what the bank received: three checks, one of somebody whom nobody knows.
func (d *desk) lockbox() string {
	on := d.market.ago(dayLockbox)
	var rows []string
	var sum money.Amount
	check := func(amount money.Amount, n int, texts ...string) {
		rows = append(rows, fmt.Sprintf("16,116,%d,Z,LB%03d,CHK%d,%s", amount, n, 5500+7*n, texts[0]))
		for _, t := range texts[1:] {
			rows = append(rows, "88,"+t)
		}
		sum += amount
	}
	for n, who := range []string{"LLF", "GEG"} {
		p := d.payments(who, dayLockbox)
		if len(p) == 0 {
			continue
		}
		name := map[string]string{"LLF": "Loon Lake Foods", "GEG": "Golden Elm"}[who]
		texts := []string{"PAYER: " + name}
		cash := p[0].cash
		for at, i := range p[0].items {
			if at == 0 && who == "LLF" {
				cash -= 4500
				texts = append(texts, fmt.Sprintf("INV %s %s DED 45.00 CODE 06 CLAIM LL-0088", i.voucher, usd.Format(i.gross-4500)))
				continue
			}
			texts = append(texts, fmt.Sprintf("INV %s %s", i.voucher, usd.Format(i.gross)))
		}
		check(cash, n+1, texts...)
	}
	check(18_800, 3, "PAYER: Heron Cafe", "for the catering")
	date := compact(on)[2:]
	head := []string{"01,LAKEBANK,TALLGRASS," + date + ",0630,17,,,2/", "02,TALLGRASS,LAKEBANK,1," + date + ",0600,USD,2/", "03,11050,USD,,,,/"}
	tail := []string{fmt.Sprintf("49,%d,%d/", sum, len(rows)+2), fmt.Sprintf("98,%d,1,%d/", sum, len(rows)+4), fmt.Sprintf("99,%d,1,%d/", sum, len(rows)+6)}
	return strings.Join(append(append(head, rows...), tail...), "\n") + "\n"
}

// morning is the draft that waits today: a check, applied to two invoices, short of one by two causes, of which one is allowed.
func (d *desk) morning(ctx context.Context, call func() app.Call) error {
	as := func() app.Call {
		c := call()
		c.Actor.Name = "rosa"
		return c
	}
	j, err := d.a.CreatePaymentJournal(ctx, as(), app.PaymentJournalRequest{Text: morningText})
	if err != nil {
		return err
	}
	var open []bill
	for _, b := range d.market.weekly["SSM"] {
		if b.paid < 0 {
			open = append(open, b)
		}
	}
	first, second := open[0].doc, open[1].doc
	short := dollars("90.00")
	l, err := d.a.AddPaymentLine(ctx, as(), j.Code, app.PaymentLineRequest{Date: d.market.today, Customer: "SSM", Amount: usd.Format(first.total() + second.total() - short), Reference: "Check 10418"})
	if err == nil {
		l, err = d.a.ApplyPayment(ctx, as(), j.Code, l.Line, []app.PaymentApplyRequest{{Voucher: first.number}, {Voucher: second.number, Amount: usd.Format(second.total() - short)}})
	}
	if err == nil {
		l, err = d.a.SplitPaymentDeduction(ctx, as(), j.Code, l.Line, l.Deductions[0].N, "30.00")
	}
	for i, req := range []app.PaymentDeductionRequest{
		{TheirCode: "04", Claim: "SM-1021", Note: "Two crates bruised"},
		{Reason: "SPOILS", Claim: "SM-1021-A", Note: "As agreed", Allowed: true},
	} {
		if err == nil {
			x := l.Deductions[i]
			req.Application = x.Application
			l, err = d.a.ChangePaymentDeduction(ctx, as(), j.Code, l.Line, x.N, req)
		}
	}
	return err
}

const morningText = "Checks of this morning"
