package demo

import (
	"context"
	"fmt"
	"io"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/request"
)

// asking is the story of one request of the district: what was asked for, and how far it came.
type asking struct {
	title  string
	kind   request.Kind
	credit string // what the customer paid twice before the month; blank: the approval makes the credit
	amount string // what is asked for
	lines  string // the account of the new credit
	reason string
	source string
	paper  string  // a receipt, with the day of the main break for %s; blank: none
	as     int     // the customer of that story, counted from 1; 0: its own
	day    int     // of the month
	then   []asked // what was done about it
	asked  int     // the day on which it was, in writing; 0: not so
	draft  bool
}

// asked is one thing that somebody did about a request.
type asked struct {
	who  string
	day  int
	verb string // approve, reject, ask, withdraw, hold, post
	text string
}

const (
	firstAsker = paidByCheck + paidByACH + paidByWire + 3 // customers before those who ask: a payee of each method cannot be paid
	plumber    = "Plumber's invoice 4471\nClearing of the service line after the main break of %s\nPaid in cash, 612.50 USD\n"
)

// askings are told in the order of their days; what is posted by the tenth is paid on that day, and on the bank's statement of the month.
func askings() []asking {
	yes := func(who string, day int) asked { return asked{who, day, "approve", ""} }
	post := func(day int) asked { return asked{"rosa", day, "post", ""} }
	return []asking{
		{title: "Nobody needs to look", kind: request.Overpayment, credit: "31.40", reason: "Paid the last bill twice", source: "ticket 2201", day: 4, then: []asked{post(7)}},
		{title: "A part of a credit", kind: request.Overpayment, credit: "240.00", amount: "180.00", reason: "Keeps 60.00 for the next bill", source: "ticket 2204", day: 4, then: []asked{yes("ada", 7), post(7)}},
		{title: "Two look at it", kind: request.Expense, amount: "612.50", lines: "999-53100-ADM", reason: "The district's main broke; the customer paid the plumber", source: "claim 88", paper: plumber, day: 4, asked: 2, then: []asked{yes("ada", 7), yes("helen", 7), post(8)}},
		{title: "The same receipt again", kind: request.Expense, amount: "612.50", lines: "999-53100-ADM", reason: "Plumber after the main break", source: "claim 88", paper: plumber, as: 3, day: 8, then: []asked{{"ada", 8, "reject", "paid already, by the request before it: same claim, same receipt"}}},
		{title: "A question is open", kind: request.Return, amount: "145.00", lines: "601-44400-UTB", reason: "Meter of the garden returned", source: "return 310", day: 9, then: []asked{{"ada", 9, "ask", "Which meter? Return 310 names two."}}},
		{title: "Thought better of it", kind: request.Overpayment, credit: "96.10", reason: "Paid twice", source: "ticket 2219", day: 9, then: []asked{{"rosa", 10, "withdraw", "the customer wants it on the next bill"}}},
		{title: "On hold", kind: request.Overpayment, credit: "410.00", reason: "Moved away and paid by standing order", source: "ticket 2226", day: 11, asked: 10, then: []asked{{"rosa", 11, "hold", "two heirs ask for it; the court decides"}}},
		{title: "Waits for one", kind: request.Overpayment, credit: "122.75", reason: "Paid at the counter and by mail", source: "ticket 2230", day: 14, asked: 11},
		{title: "Waits for the second", kind: request.Return, amount: "1840.00", lines: "601-44400-UTB", reason: "Hydrant meter returned, deposit and rent", source: "return 322", day: 15, then: []asked{yes("ada", 16)}},
		{title: "Approved", kind: request.Overpayment, credit: "77.77", reason: "Paid the neighbour's bill", source: "ticket 2238", day: 16, then: []asked{yes("ada", 17)}},
		{title: "Posted, to be paid", kind: request.Overpayment, credit: "205.00", reason: "Paid twice", source: "ticket 2240", day: 16, then: []asked{yes("ada", 17), post(18)}},
		{title: "The policy refuses it", kind: request.Deposit, amount: "750.00", lines: "601-44400-UTB", reason: "Deposit of a tenant who moved", source: "deposit 19", day: 18, draft: true},
	}
}

// asker gives the code of the customer of a story.
func asker(i int, s asking) string {
	if s.as > 0 {
		i = s.as - 1
	}
	return fmt.Sprintf("C-%d", 10001+firstAsker+i)
}

// askers makes the customers who ask for their money: what they paid twice is too recent for the run.
func (b *builder) askers() {
	for _, s := range askings() {
		c := b.customer(scenario{})
		v := b.payee(c, "REFUND")
		v.PaymentMethod, v.RoutingNumber, v.AccountNumber, v.AccountType, v.BankVerified = "ach", routing, b.digits(9), "checking", true
		if s.credit != "" {
			b.payment(c, b.first.AddDays(-7), cents(s.credit), "11530", "Paid twice")
		}
	}
}

const requestRules = `# What the district pays back without a person, and what never by a request.
refuse "deposits above 500 go through the register of deposits" when type == "deposit" && amount > 500.00
minimum 2.00
require receipt when type == "expense"
review "the same was asked for before" when duplicates > 0
approve when type == "overpayment" && amount <= 40.00 && !other_payee
`

// rules says who decides on requests.
func (m *treasury) rules(ctx context.Context) error {
	_, err := m.a.SavePolicy(ctx, m.by("helen", 1, "policy"), app.PolicySaving{Policy: "REFUNDS", Kind: "request", Rules: requestRules, Why: "Resolution 31 of the board"})
	if err != nil {
		return err
	}
	for _, r := range []app.ApprovalRule{
		{Rule: "REQUESTS", Kind: "request", Below: "500.00", Steps: []app.ApprovalRuleStep{{Approvers: []string{"role:approver"}, RemindAfter: 48}}},
		{Rule: "LARGE", Kind: "request", From: "500.00", Steps: []app.ApprovalRuleStep{{Approvers: []string{"role:approver"}, RemindAfter: 48}, {Approvers: []string{"role:controller"}, RemindAfter: 48}}},
	} {
		r.Why = "Resolution 31 of the board"
		if _, err := m.a.SaveApprovalRule(ctx, m.by("helen", 1, "rule "+r.Rule), r); err != nil {
			return err
		}
	}
	return nil
}

// early and late tell the requests of before and after the payments of the tenth.
func (m *treasury) early(ctx context.Context) error {
	if err := m.rules(ctx); err != nil {
		return err
	}
	return m.ask(ctx, 0, 10)
}

func (m *treasury) late(ctx context.Context) error { return m.ask(ctx, 11, monthLength) }

func (m *treasury) ask(ctx context.Context, from, to int) error {
	for i, s := range askings() {
		if s.day < from || s.day > to {
			continue
		}
		if err := m.tellAsking(ctx, i, s); err != nil {
			return fmt.Errorf("the sample's request %q: %w", s.title, err)
		}
	}
	return nil
}

func (m *treasury) tellAsking(ctx context.Context, i int, s asking) error {
	e := app.RequestEntry{Customer: asker(i, s), Kind: s.kind, Amount: s.amount, Reason: s.reason, Source: s.source, Key: fmt.Sprintf("DEMO-%d", i+1)}
	if s.asked > 0 {
		e.Asked = m.on(s.asked)
	}
	if s.credit == "" {
		e.Lines = []app.RequestLine{{Account: s.lines, Amount: s.amount}}
	} else {
		items, err := m.a.OpenItems(ctx, m.looks(), customers, e.Customer, false)
		if err != nil {
			return err
		}
		e.Credits = []app.RequestCredit{{Credit: items[0].Voucher, Amount: s.amount}}
	}
	key := func(what string) string { return fmt.Sprintf("request %d %s", i+1, what) }
	x, err := m.a.CreateRequest(ctx, m.by("rosa", s.day, key("create")), e, false)
	if err != nil {
		return err
	}
	if s.paper != "" {
		at := app.Attachment{Type: "receipt", Name: "plumber.txt", Content: fmt.Appendf(nil, s.paper, m.on(-11))}
		if _, err := m.a.AttachToRequest(ctx, m.by("rosa", s.day, key("attach")), x.Request, at); err != nil {
			return err
		}
	}
	if s.draft {
		return nil
	}
	if _, err := m.a.SubmitRequest(ctx, m.by("rosa", s.day, key("submit")), x.Request, ""); err != nil {
		return err
	}
	for _, t := range s.then {
		if err := m.act(ctx, m.by(t.who, t.day, key(t.verb+" "+t.who)), x.Request, t); err != nil {
			return err
		}
	}
	return nil
}

func (m *treasury) act(ctx context.Context, call app.Call, code string, t asked) (err error) {
	switch t.verb {
	case "approve":
		_, err = m.a.ApproveRequest(ctx, call, code, 0, app.RequestDecision{Text: t.text})
	case "reject":
		_, err = m.a.RejectRequest(ctx, call, code, t.text)
	case "ask":
		_, err = m.a.AskAboutRequest(ctx, call, code, t.text)
	case "withdraw":
		_, err = m.a.WithdrawRequest(ctx, call, code, t.text)
	case "hold":
		_, err = m.a.HoldRequest(ctx, call, code, t.text)
	case "post":
		_, err = m.a.PostRequest(ctx, call, code, m.on(t.day))
	default:
		err = fault.New(fault.Violation, "nobody knows the verb %s", t.verb)
	}
	return err
}

// showRequests says how far each request came.
func (m *treasury) showRequests(ctx context.Context, out io.Writer) error {
	part, err := m.a.Requests(ctx, m.looks(), app.RequestFilter{}, app.Page{Limit: 100})
	if err != nil {
		return err
	}
	found := map[string]*app.RequestView{}
	for i := range part.Items {
		found[part.Items[i].Key] = &part.Items[i]
	}
	count := map[request.State]int{}
	var total money.Amount
	for i, y := range askings() {
		x := found[fmt.Sprintf("DEMO-%d", i+1)]
		if x == nil {
			return fault.New(fault.Violation, "the sample's request %q is not there", y.title)
		}
		count[x.State]++
		total += cents(x.Amount)
	}
	var states []string
	for _, y := range request.States() {
		if count[y] > 0 {
			states = append(states, fmt.Sprintf("%d %s", count[y], strings.ReplaceAll(string(y), "_", " ")))
		}
	}
	fmt.Fprintf(out, "   Asked for by customers: %d requests, %s USD, by the policy REFUNDS and four eyes (from 500.00 on six):\n   %s.\n\n", len(askings()), thousands(usd.Format(total)), strings.Join(states, ", "))
	return nil
}
