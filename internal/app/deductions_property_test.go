package app_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// randomDesk is a company with a deduction desk, as random steps change it.
type randomDesk struct {
	*door
	dice
	fatalf   func(format string, args ...any)
	journals []string
	history  []string
	did      map[string]int // what went through, by its name
}

// TestRandomDeductions does what a deduction desk does, in any order: after each step the amounts, the holds and the vouchers are right, at
// the end the books are proved, and when everything that was posted is reversed they are what they were.
func TestRandomDeductions(t *testing.T) {
	checks(t, 8)
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			url := dbtest.URL(t, kind)
			if kind == "postgres" {
				url += "?jit=off"
			}
			base := &door{Door: apptest.New(t, dbtest.Open(t, url)), call: apptest.Call}
			company, did := 0, map[string]int{}
			rapid.Check(t, func(rt *rapid.T) {
				d := base.company(company)
				company++
				dice := rapidDice{rt}
				hold := oneOf(dice, deduction.OnManagement, deduction.OnCustomer, deduction.OnSuspense)
				d.Import(t, post(deductionBooks(hold), "INV,2026-11-02,invoice,C-1,,,USD,110-11530 1600.00,210-11530 1400.01,110-44200 -1600.00,210-44200 -1400.01",
					"TWO,2026-11-03,invoice,C-1,,,USD,110-11530 500.00,110-44200 -500.00", "EUR,2026-11-02,invoice,C-1,,,EUR,110-11530 333.34,210-11530 166.67,110-44200 -333.34,210-44200 -166.67",
					"CN,2026-11-04,credit_note,C-1,,,USD,110-44200 75.01,110-11530 -75.01", "CNE,2026-11-04,credit_note,C-1,,,EUR,210-44200 60.00,210-11530 -60.00").
					Append("write_off_limits", "scope,code,amount", "company,,80.00"))
				before := booksNow(t, d)
				x := &randomDesk{door: d, dice: dice, did: did}
				x.fatalf = func(format string, args ...any) {
					rt.Fatalf("%s, held by %s, after\n%s", fmt.Sprintf(format, args...), hold, strings.Join(x.history, "\n"))
				}
				for range 8 + x.N(14) {
					x.step()
					x.sound()
				}
				x.proved("at the end")
				x.undo()
				x.proved("with everything undone")
				if after := booksNow(t, d); after != before {
					x.fatalf("with everything undone the books are\n%s, and were\n%s", after, before)
				}
			})
			t.Log(did)
		})
	}
}

// tried notes a step; what is refused is fine, what fails is not.
func (x *randomDesk) tried(name string, about any, err error) {
	x.history = append(x.history, fmt.Sprintf("%s %+v: %v", name, about, err))
	switch fault.CodeOf(err) {
	case fault.Refused, fault.Invalid, fault.NotFound, fault.Denied:
		x.did[name+" refused: "+fault.RuleOf(err)]++
		return
	}
	if err != nil {
		x.fatalf("%s: %v", name, err)
	}
	x.did[name]++
}

func (x *randomDesk) cents(most int) string {
	n := 1 + x.N(most)
	return fmt.Sprintf("%d.%02d", n/100, n%100)
}

func (x *randomDesk) step() {
	switch deductions := x.rows("select number from deduction where company = $1 order by id"); {
	case len(deductions) == 0 || chance(x, 40/len(deductions)):
		x.pay(oneOf(x.dice, "INV", "INV", "TWO", "EUR"))
	case chance(x, 10):
		x.claim()
	case chance(x, 10):
		n := oneOf(x.dice, deductions...)
		_, err := x.SplitDeduction(ctx, x.call, app.SplitRequest{Deduction: n, Parts: []app.SplitChild{{Amount: x.cents(60_00), Reason: oneOf(x.dice, "", "DAMAGE")}}})
		x.tried("split", n, err)
	case chance(x, 8):
		x.takeBack()
	case chance(x, 8) && len(x.journals) > 0:
		x.reversePayment(oneOf(x.dice, x.journals...))
	case chance(x, 10):
		if given := x.rows("select v.number from resolution r join voucher v on v.company = r.company and v.id = r.voucher where r.company = $1 and r.kind in ('return', 'chargeback') and r.state = 'posted' order by r.id"); len(given) > 0 {
			x.pay(oneOf(x.dice, given...))
		}
	case chance(x, 15):
		x.decide(oneOf(x.dice, deductions...))
	default:
		x.resolve(oneOf(x.dice, deductions...))
	}
}

// pay posts a payment of a document, short or not, with all that a line may have.
func (x *randomDesk) pay(document string) {
	currency := "USD"
	if strings.HasPrefix(document, "EUR") || len(x.rows("select e.currency from entry e join voucher v on v.company = e.company and v.id = e.voucher where e.company = $1 and v.number = '"+document+"' and e.currency = 'EUR'")) > 0 {
		currency = "EUR"
	}
	j, err := x.CreatePaymentJournal(ctx, x.call, app.PaymentJournalRequest{Text: "random"})
	if err == nil {
		_, err = x.AddPaymentLine(ctx, x.call, j.Code, app.PaymentLineRequest{Date: taken, Customer: "C-1", Amount: oneOf(x.dice, "300.00", "300.00", x.cents(300_00)), Currency: currency, Bank: "110-11020"})
	}
	x.tried("payment", document, err)
	x.journals = append(x.journals, j.Code)
	if chance(x, 30) {
		credit := map[string]string{"USD": "CN", "EUR": "CNE"}[currency]
		_, err = x.ApplyPayment(ctx, x.call, j.Code, 1, []app.PaymentApplyRequest{{Voucher: credit, Amount: x.cents(50_00), LeaveOpen: true}})
		x.tried("use a credit", credit, err)
	}
	l, err := x.ApplyPayment(ctx, x.call, j.Code, 1, []app.PaymentApplyRequest{{Voucher: document, Amount: x.cents(300_00), LeaveOpen: chance(x, 10)}})
	x.tried("apply", document, err)
	if chance(x, 25) {
		_, err = x.AddPaymentDeduction(ctx, x.call, j.Code, 1, app.PaymentDeductionRequest{Amount: x.cents(40_00), Type: "OPEN", Claim: "K-1"})
		x.tried("stand-alone", j.Code, err)
	}
	if l != nil && len(l.Deductions) > 0 {
		_, err = x.SplitPaymentDeduction(ctx, x.call, j.Code, 1, 1, x.cents(50_00))
		x.tried("split before posting", j.Code, err)
		_, err = x.ChangePaymentDeduction(ctx, x.call, j.Code, 1, 1+x.N(2), app.PaymentDeductionRequest{Reason: oneOf(x.dice, "DAMAGE", "PROMO", "SHORT"), Allowed: chance(x, 50)})
		x.tried("code", j.Code, err)
	}
	x.post(j.Code)
}

func (x *randomDesk) post(code string) {
	r, err := x.PostPaymentJournal(ctx, x.call, code)
	if err == nil && len(r.Lines) > 0 && r.Lines[0].Problem != "" {
		err = fault.New(fault.Refused, "%s", r.Lines[0].Problem)
	}
	if x.tried("post", code, err); err != nil {
		_, err = x.CancelPaymentJournal(ctx, x.call, code)
		x.tried("cancel", code, err)
	}
}

func (x *randomDesk) claim() {
	out, err := x.RaiseClaim(ctx, x.call, app.ClaimRequest{Customer: "C-1", Amount: x.cents(90_00), Currency: oneOf(x.dice, "USD", "EUR"), Date: taken, Reason: oneOf(x.dice, "DAMAGE", "PROMO"), Invoice: oneOf(x.dice, "", "INV")})
	x.tried("claim", "", err)
	if err == nil && chance(x, 60) {
		x.resolve(out.Deduction)
		x.decide(out.Deduction)
	}
}

// decide approves, refuses or withdraws.
func (x *randomDesk) decide(number string) {
	other := app.Call{Actor: boss, Company: x.call.Company}
	switch what := oneOf(x.dice, "approve", "approve", "reject", "withdraw"); what {
	case "approve":
		_, err := x.ApproveDeduction(ctx, other, app.DecideRequest{Deduction: number, Date: resolved})
		x.tried(what, number, err)
	case "reject":
		_, err := x.RejectDeduction(ctx, other, app.DecideRequest{Deduction: number, Reason: "random"})
		x.tried(what, number, err)
	default:
		_, err := x.WithdrawClaim(ctx, x.call, app.DecideRequest{Deduction: number, Reason: "random"})
		x.tried(what, number, err)
	}
}

// resolve resolves a deduction by one or two lines of any kind.
func (x *randomDesk) resolve(number string) {
	req := app.ResolveRequest{Deduction: number, Date: resolved}
	claim := len(x.rows("select number from deduction where company = $1 and number = $2 and hold = '' and allowed = $3", number, false)) > 0
	for range 1 + x.N(2) {
		l := app.ResolveLine{Kind: oneOf(x.dice, "write_off", "accrual_plan", "match", "credit_note", "return", "chargeback", "paid_back", "correct"), Amount: x.cents(40_00)}
		if chance(x, 25) {
			l.Amount = ""
		}
		switch l.Kind {
		case "write_off":
			l.Account = oneOf(x.dice, "65100", "110-65100", "")
		case "accrual_plan":
			if l.Plan = "SPRING"; claim {
				l.Account = "210-23500"
			}
		case "match":
			l.Credit = oneOf(x.dice, "CN", "CNE")
		case "credit_note":
			l.Account = oneOf(x.dice, "44200", "110-44200")
		case "chargeback":
			l.Account = oneOf(x.dice, "", "11541")
		case "paid_back":
			if l.Account = "11020"; chance(x, 40) {
				l.Account, l.Credit = "", oneOf(x.dice, "CN", "CNE")
			}
		case "return":
			l.KeepDue = chance(x, 50)
		}
		req.Lines = append(req.Lines, l)
	}
	out, err := x.ResolveDeduction(ctx, x.call, req)
	x.tried("resolve", req.Lines, err)
	for _, l := range req.Lines {
		if err == nil && !out.Proposed {
			x.did[l.Kind]++
		}
	}
}

// takeBack reverses a resolution.
func (x *randomDesk) takeBack() {
	posted := x.rows("select d.number || ' ' || cast(r.id as text) || ' ' || r.kind from resolution r join deduction d on d.company = r.company and d.id = r.deduction where r.company = $1 and r.state = 'posted' order by r.id")
	if len(posted) > 0 {
		x.reverse(oneOf(x.dice, posted...))
	}
}

func (x *randomDesk) reverse(posted string) bool {
	f := strings.Fields(posted)
	_, err := x.ReverseResolution(ctx, x.call, app.ReverseResolutionRequest{Deduction: f[0], Resolution: f[1], Date: resolved, Reason: "random"})
	x.tried("reverse "+f[2], f[0], err)
	return err == nil
}

func (x *randomDesk) reversePayment(code string) bool {
	_, err := x.ReversePayment(ctx, x.call, code, app.PaymentReversal{Line: 1, Date: resolved, Reason: "random"})
	x.tried("reverse payment", code, err)
	return err == nil
}

// undo takes back all that was done, the newest first, until nothing is left to be taken back.
func (x *randomDesk) undo() {
	other := app.Call{Actor: boss, Company: x.call.Company}
	for _, n := range x.rows("select d.number from deduction d where d.company = $1 and exists (select 1 from resolution r where r.company = d.company and r.deduction = d.id and r.state = 'proposed') order by d.id") {
		if _, err := x.RejectDeduction(ctx, other, app.DecideRequest{Deduction: n, Reason: "undo"}); err != nil {
			x.fatalf("rejecting %s: %v", n, err)
		}
	}
	for more := true; more; {
		more = false
		for _, r := range x.rows("select d.number || ' ' || cast(r.id as text) || ' ' || r.kind from resolution r join deduction d on d.company = r.company and d.id = r.deduction where r.company = $1 and r.state = 'posted' order by r.id desc") {
			more = x.reverse(r) || more
		}
		for _, j := range x.rows("select j.code from payment_journal j where j.company = $1 and j.state = 'posted' order by j.id desc") {
			more = x.reversePayment(j) || more
		}
	}
	for _, j := range x.rows("select code from payment_journal where company = $1 and state = 'draft' order by id") {
		if _, err := x.CancelPaymentJournal(ctx, x.call, j); err != nil {
			x.fatalf("cancelling %s: %v", j, err)
		}
	}
	for _, left := range x.rows("select 'payment journal ' || code from payment_journal where company = $1 and state = 'posted' union all select 'resolution ' || cast(id as text) from resolution where company = $1 and state = 'posted'") {
		x.fatalf("%s cannot be taken back", left)
	}
}

func (x *randomDesk) proved(when string) {
	reports, err := x.Verify(ctx, x.call, "")
	if err == nil {
		err = reports[0].Err()
	}
	if err != nil {
		x.fatalf("%s: %v", when, err)
	}
}

// rows reads the texts of a query over the company.
func (x *randomDesk) rows(query string, args ...any) (all []string) {
	err := x.DB.Read(ctx, db.Scope{}, func(ctx ctxT, tx *db.Tx) (err error) {
		if tx.Company, err = ledger.FindCompany(ctx, tx, x.call.Company); err != nil {
			return err
		}
		all, err = db.List(ctx, tx, func(r *db.Rows, s *string) error { return r.Scan(s) }, query, append([]any{tx.Company}, args...)...)
		return err
	})
	if err != nil {
		x.fatalf("%s: %v", query, err)
	}
	return all
}

// sound wants what the deduction rules promise, worked out here and not by the code that is judged.
func (x *randomDesk) sound() {
	for promise, query := range map[string]string{
		"amount = posted resolutions + children + remaining": `select d.number from deduction d where d.company = $1 and (d.resolved + d.split > d.amount
			or d.resolved <> (select coalesce(sum(r.amount), 0) from resolution r where r.company = $1 and r.deduction = d.id and r.state = 'posted')
			or d.split <> (select coalesce(sum(c.amount), 0) from deduction c where c.company = $1 and c.parent = d.id))`,
		"what is open of a hold = what remains of the family": `select d.number from deduction d where d.company = $1 and d.id = d.root and d.holder is not null
			and (select coalesce(sum(o.open), 0) from open_item o where o.company = $1 and o.voucher = d.voucher and o.party = d.holder and o.held = 1)
			<> (select sum(case when f.state = 'held' then f.amount - f.resolved - f.split else 0 end) from deduction f where f.company = $1 and f.root = d.id)`,
		"the suspense account = what remains in suspense": `select k.currency from (
			select d.currency, d.amount - d.resolved - d.split as left_over from deduction d where d.company = $1 and d.hold = 'suspense' and d.state = 'held'
			union all select e.currency, -e.amount from entry e join ledger_account a on a.company = e.company and a.id = e.account where e.company = $1 and a.main_account = '11536') k
			group by k.currency having sum(k.left_over) <> 0`,
		"every voucher balances by fund": `select v.number from entry e join voucher v on v.company = e.company and v.id = e.voucher join ledger_account a on a.company = e.company and a.id = e.account
			where e.company = $1 group by v.number, substr(a.written, 1, 3), e.currency having sum(e.amount) <> 0
			union all select v.number from entry e join voucher v on v.company = e.company and v.id = e.voucher join ledger_account a on a.company = e.company and a.id = e.account
			where e.company = $1 group by v.number, substr(a.written, 1, 3) having sum(e.accounting) <> 0`,
		"the control accounts tie to the open items": `select a.main_account from ledger_account a
			left join (select account, sum(accounting) as accounting from entry where company = $1 and party is not null group by account) e on e.account = a.id
			left join (select account, sum(accounting) as accounting from open_item where company = $1 group by account) o on o.account = a.id
			where a.company = $1 and coalesce(e.accounting, 0) <> coalesce(o.accounting, 0)`,
		"a plan is used by what is charged to it": `select p.code from accrual_plan p where p.company = $1
			and (select coalesce(sum(r.accounting), 0) from resolution r where r.company = $1 and r.plan = p.id and r.state = 'posted') > 10000`,
	} {
		if broken := x.rows(query); len(broken) > 0 {
			x.fatalf("it does not hold that %s: %v", promise, broken)
		}
	}
}
