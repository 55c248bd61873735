package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/money"
)

// clock is what the door tells the time by: the day of the story while one is told, else the day that it is.
type clock struct {
	now  func() time.Time
	told atomic.Int64 // microseconds; 0: no story is told
}

func (c *clock) time() time.Time {
	if at := c.told.Load(); at != 0 {
		return time.UnixMicro(at)
	}
	return c.now()
}

// today gives the day that it is, story or not.
func (c *clock) today() civil.Date { return civil.FromTime(c.now().UTC()) }

// returned is what a customer owes again.
type returned struct {
	who, voucher string
	amount       money.Amount
	day          int
}

// desk makes the history of the distributor's deduction desk, command by command.
type desk struct {
	a        *app.App
	clock    *clock
	market   *market
	numbers  map[*story]string // of their deductions
	whose    map[string]string // customer, by number of the deduction
	returned []returned
	day      int
	keys     int
}

// newDesk gives the desk of a distributor that stands on a day.
func newDesk(a *app.App, c *clock, today civil.Date) *desk {
	return &desk{a: a, clock: c, market: produce(today), numbers: map[*story]string{}, whose: map[string]string{}}
}

// event is something that happens on a day, so many days before today.
type event struct {
	day int
	do  func(context.Context) error
}

// staff are the people of the distributor, by what they may do.
var staff = map[string]identity.Role{"rosa": identity.Clerk, "dana": identity.Clerk, "luis": identity.Clerk, "maria": identity.Clerk, "helen": identity.Controller}

// by gives the call of one of the staff on a day. Its key makes the same command again give what it gave, so that a history that was cut
// off is gone on with.
func (d *desk) by(who string, day int) app.Call {
	if morning := d.market.ago(day).Time().Add(14 * time.Hour); d.clock.told.Load() == 0 || day != d.day {
		d.clock.told.Store(morning.UnixMicro())
		d.day = day
	}
	d.clock.told.Add(int64(97 * time.Second / time.Microsecond))
	d.keys++
	return app.Call{Actor: identity.Actor{Name: who, Roles: []identity.Role{staff[who]}}, Company: produceCode, Key: fmt.Sprintf("sample/%d", d.keys)}
}

// looks gives a call that changes nothing.
func (d *desk) looks() app.Call {
	return app.Call{Actor: identity.Actor{Name: "dana", Roles: []identity.Role{identity.Clerk}}, Company: produceCode}
}

// tell makes the history, day by day.
func (d *desk) tell(ctx context.Context) error {
	defer d.clock.told.Store(0)
	if err := d.begin(ctx); err != nil {
		return err
	}
	events := d.receipts()
	events = append(events, d.files()...)
	for i := range stories {
		s := &stories[i]
		if s.isClaim {
			events = append(events, event{s.paid, func(ctx context.Context) error { return d.raise(ctx, s) }})
		}
		for _, x := range s.steps {
			events = append(events, event{x.day, func(ctx context.Context) error { return d.step(ctx, s, x) }})
		}
	}
	slices.SortStableFunc(events, func(x, y event) int { return cmp.Compare(y.day, x.day) })
	for _, e := range events {
		if err := e.do(ctx); err != nil {
			return err
		}
	}
	return d.end(ctx)
}

func (d *desk) step(ctx context.Context, s *story, x step) error {
	number := d.numbers[s]
	if number == "" {
		return fault.New(fault.Internal, "the sample tells of %q on a day before it was taken", s.name)
	}
	err := x.do(ctx, d, d.by(x.who, x.day), number)
	if err != nil {
		err = fmt.Errorf("%q, %d days ago: %w", s.name, x.day, err)
	}
	return err
}

// begin takes codes of the standard lists over, accrues for the plans, and says how files are read.
func (d *desk) begin(ctx context.Context) error {
	for _, list := range []string{"x12_426", "edifact_4465"} {
		if _, err := d.a.TakeStandardList(ctx, d.by("helen", span), app.TakeListRequest{List: list, Reasons: standardCodes[list]}); err != nil {
			return err
		}
	}
	for day := 180; day > 0; day -= 30 {
		for _, x := range [][3]string{{"GRILL", "800.00", "Grill season"}, {"SPOILS", "420.00", "1.5 % of deliveries"}, {"VOLUME", "260.00", "Volume rebate"}} {
			if _, err := d.a.Accrue(ctx, d.by("luis", day), app.AccrualRequest{Plan: x[0], Amount: x[1], Expense: "10-65200", Text: x[2]}); err != nil {
				return err
			}
		}
	}
	err := d.a.SetRemittanceMap(ctx, d.by("helen", 100), app.RemittanceMap{Code: "CMG", Name: "Cedar & Main, payment detail", Header: 1, Date: "MM/DD/YYYY", Columns: map[string]string{
		"reference": "Payment", "date": "Paid on", "payer": "Vendor account", "amount": "Payment total", "invoice": "Invoice", "paid": "Net", "total": "Gross", "deduction": "Deducted", "code": "Reason", "claim": "Debit memo", "note": "Remark",
	}})
	for _, p := range []app.RemittancePartner{{Code: "HARVESTLANE", Customer: "HLM"}, {Code: "TGP-0117", Customer: "CMG", Map: "CMG"}, {Code: "Loon Lake Foods", Customer: "LLF", Bank: "10-11050"}, {Code: "Golden Elm", Customer: "GEG", Bank: "10-11050"}} {
		if err == nil {
			err = d.a.SetRemittancePartner(ctx, d.by("helen", 100), p)
		}
	}
	return err
}

// raise raises a claim.
func (d *desk) raise(ctx context.Context, s *story) error {
	req := app.ClaimRequest{Customer: s.who, Amount: s.short, Reason: s.reason, ClaimNumber: s.claim, Note: s.says(), TheirCode: s.code}
	if v := d.market.invoices[s]; v != nil {
		req.Invoice, req.Basis = v.number, "quantity"
	}
	out, err := d.a.RaiseClaim(ctx, d.by("dana", s.paid), req)
	if err == nil {
		d.numbers[s], d.whose[out.Deduction] = out.Deduction, s.who
	}
	return err
}

// receipts are the days on which payments were typed in: of each payer what is due by its deliveries, short by its deductions.
func (d *desk) receipts() (all []event) {
	days := map[int]bool{}
	for _, s := range shoppers {
		for _, day := range payDays(payer(s.code)) {
			days[day] = true
		}
	}
	for i := range stories {
		days[stories[i].paid] = days[stories[i].paid] || !stories[i].isClaim
	}
	for day, pays := range days {
		if !pays {
			continue
		}
		if day > day820 || day == 4 {
			all = append(all, event{day, func(ctx context.Context) error { return d.receive(ctx, day) }})
		}
	}
	return all
}

// receive makes the journal of a day, and posts it.
func (d *desk) receive(ctx context.Context, day int) error {
	j, err := d.a.CreatePaymentJournal(ctx, d.by("rosa", day), app.PaymentJournalRequest{Text: "Receipts of " + d.market.ago(day).String()})
	if err != nil {
		return err
	}
	var paid []*story
	for _, s := range shoppers {
		if s.parent != "" || s.group == "INTERNAL" {
			continue
		}
		for _, p := range d.payments(s.code, day) {
			if err := d.line(ctx, j.Code, day, p); err != nil {
				return fmt.Errorf("the receipt of %s, %d days ago: %w", s.code, day, err)
			}
			paid = append(paid, p.stories()...)
		}
	}
	if err := d.post(ctx, j.Code, day); err != nil {
		return err
	}
	return d.taken(ctx, j.Code, paid)
}

// payment is what a customer pays on a day.
type payment struct {
	who   string
	items []item
	alone []*story // deductions from no document
	cash  money.Amount
}

// item is a document that is paid, short of the deduction of a story, if there is one.
type item struct {
	customer, voucher string
	gross             money.Amount
	story             *story
}

func (i item) paid() money.Amount {
	if i.story == nil {
		return i.gross
	}
	return i.gross - dollars(i.story.short)
}

func (p payment) stories() []*story {
	all := slices.Clone(p.alone)
	for _, i := range p.items {
		if i.story != nil {
			all = append(all, i.story)
		}
	}
	return all
}

// payments gives what a customer pays on a day, if it pays then.
func (d *desk) payments(who string, day int) []payment {
	p := payment{who: who}
	for _, b := range d.market.weekly[who] {
		if b.paid == day {
			p.items = append(p.items, item{b.doc.customer, b.doc.number, b.doc.total(), nil})
		}
	}
	for _, r := range d.returned {
		if payer(r.who) == who && paidOn(who, r.day) == day {
			p.items = append(p.items, item{r.who, r.voucher, r.amount, nil})
		}
	}
	for i := range stories {
		s := &stories[i]
		if s.isClaim || payer(s.who) != who || s.paid != day {
			continue
		}
		if v := d.market.invoices[s]; v != nil {
			p.items = append(p.items, item{s.who, v.number, v.total(), s})
			continue
		}
		p.alone = append(p.alone, s)
		p.cash -= dollars(s.short)
	}
	for _, i := range p.items {
		p.cash += i.paid()
	}
	if len(p.items)+len(p.alone) == 0 {
		return nil
	}
	return []payment{p}
}

// line types a payment in.
func (d *desk) line(ctx context.Context, journal string, day int, p payment) error {
	l, err := d.a.AddPaymentLine(ctx, d.by("rosa", day), journal, app.PaymentLineRequest{Customer: p.who, Amount: usd.Format(p.cash), Reference: fmt.Sprintf("ACH %d", 881200+d.keys)})
	var apply []app.PaymentApplyRequest
	for _, i := range p.items {
		apply = append(apply, app.PaymentApplyRequest{Customer: i.customer, Voucher: i.voucher, Amount: usd.Format(i.paid())})
	}
	if err == nil && len(apply) > 0 {
		l, err = d.a.ApplyPayment(ctx, d.by("rosa", day), journal, l.Line, apply)
	}
	for _, s := range p.stories() {
		if err == nil {
			l, err = d.keep(ctx, journal, day, l, s)
		}
	}
	return err
}

// keep says what a deduction of a payment is.
func (d *desk) keep(ctx context.Context, journal string, day int, l *app.PaymentLine, s *story) (*app.PaymentLine, error) {
	req := app.PaymentDeductionRequest{Customer: s.who, Reason: s.reason, TheirCode: s.code, Claim: s.claim, Note: s.says(), Allowed: s.allowed}
	v := d.market.invoices[s]
	if v == nil {
		req.Amount = s.short
		return d.a.AddPaymentDeduction(ctx, d.by("rosa", day), journal, l.Line, req)
	}
	for _, x := range l.Deductions {
		if x.Voucher != v.number || x.Customer != s.who {
			continue
		}
		req.Application = x.Application
		if req.Reason == "" && req.TheirCode == "" { // as the journal found out
			req.Reason, req.Type = x.Reason, x.Type
		}
		return d.a.ChangePaymentDeduction(ctx, d.by("rosa", day), journal, l.Line, x.N, req)
	}
	return nil, fault.New(fault.Internal, "the payment of %s made no deduction of %s", l.Customer, v.number)
}

// post posts a journal, all of it.
func (d *desk) post(ctx context.Context, journal string, day int) error {
	r, err := d.a.PostPaymentJournal(ctx, d.by("rosa", day), journal)
	if err != nil {
		return err
	}
	for _, l := range r.Lines {
		if l.Problem != "" {
			return fault.New(fault.Internal, "line %d of the sample's payment journal %s was not posted: %s", l.Line, journal, l.Problem)
		}
	}
	return nil
}

// taken notes the numbers of the deductions that a journal captured.
func (d *desk) taken(ctx context.Context, journal string, paid []*story) error {
	j, err := d.a.PaymentJournal(ctx, d.looks(), journal)
	if err != nil {
		return err
	}
	for _, l := range j.Lines {
		for _, x := range l.Deductions {
			for _, s := range paid {
				if s.claim == x.Claim && dollars(x.Amount) == dollars(s.short) {
					d.numbers[s], d.whose[x.Deduction] = x.Deduction, x.Customer
				}
			}
		}
	}
	for _, s := range paid {
		if d.numbers[s] == "" {
			return fault.New(fault.Internal, "the sample's journal %s took no deduction for %q, claim %s", journal, s.name, s.claim)
		}
	}
	return nil
}

// end does what is done every night, and leaves a draft to be gone on with.
func (d *desk) end(ctx context.Context) error {
	d.clock.told.Store(0)
	call := func() app.Call {
		c := d.by("dana", 0)
		d.clock.told.Store(0) // it is today
		return c
	}
	if _, err := d.a.ExpireDeductions(ctx, call()); err != nil {
		return err
	}
	if _, err := d.a.MatchDeductions(ctx, call(), app.MatchRequest{All: true, Date: d.market.today}, nil, nil); err != nil {
		return err
	}
	return d.morning(ctx, call)
}
