package reimbursement

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// The views are what people and programs see, in the form of the interchange contract: amounts are decimals as text,
// numbers are blank while simulated.

// RunView is a run.
type RunView struct {
	ID        string      `json:"id"`
	Company   string      `json:"company"`
	Date      civil.Date  `json:"date"`
	State     State       `json:"state"`
	Totals    TotalsView  `json:"totals"`
	Notes     []string    `json:"notes,omitempty"`
	CreatedBy string      `json:"created_by,omitempty"`
	CreatedAt string      `json:"created_at,omitempty"`
	PostedAt  string      `json:"posted_at,omitempty"`
	Selection *Selection  `json:"selection,omitempty"`
	Policy    *PolicyView `json:"policy,omitempty"`
}

// PolicyView is how a saved run decided, with the minimum as a decimal of the accounting currency.
type PolicyView struct {
	Policy
	Minimum string `json:"minimum"`
}

// TotalsView is what a run comes to; candidates, reimbursed_customers and excluded count customers with currency.
type TotalsView struct {
	Candidates          int64            `json:"candidates"`
	ReimbursedCustomers int64            `json:"reimbursed_customers"`
	Reimbursements      int64            `json:"reimbursements"`
	Excluded            int64            `json:"excluded"`
	Amounts             []AmountView     `json:"amounts"`
	Reasons             map[Reason]int64 `json:"excluded_by_reason,omitempty"`
}

// AmountView is a sum in one currency.
type AmountView struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// View is one reimbursement.
type View struct {
	Number         string        `json:"number"`
	Customer       string        `json:"customer"`
	Vendor         string        `json:"vendor"`
	OneTimeVendor  bool          `json:"one_time_vendor"`
	Classification string        `json:"classification"`
	Currency       string        `json:"currency"`
	Amount         string        `json:"amount"`
	Voucher        VoucherView   `json:"voucher"`
	Settles        []SettlesView `json:"settles"`
	ReversedBy     string        `json:"reversed_by,omitempty"`
}

// VoucherView is the voucher of a reimbursement.
type VoucherView struct {
	Number string     `json:"number"`
	Date   civil.Date `json:"date"`
	Lines  []LineView `json:"lines"`
}

// LineView is one line of a voucher, in the transaction currency.
type LineView struct {
	Account string `json:"account"`
	Debit   string `json:"debit"`
	Credit  string `json:"credit"`
}

// SettlesView is what a reimbursement settles of one credit on one ledger account.
type SettlesView struct {
	Voucher string `json:"voucher"`
	Account string `json:"account"`
	Amount  string `json:"amount"`
}

// NettingView is a debit that was settled with a credit before the rest was reimbursed.
type NettingView struct {
	Customer      string `json:"customer"`
	DebitVoucher  string `json:"debit_voucher"`
	CreditVoucher string `json:"credit_voucher"`
	Amount        string `json:"amount"`
	Voucher       string `json:"voucher"`
}

// ExcludedView is a candidate that is left out, and why.
type ExcludedView struct {
	Customer string `json:"customer"`
	Currency string `json:"currency"`
	Reason   Reason `json:"reason"`
	Detail   string `json:"detail"`
}

// Decisions are the views of some decisions, in their order.
type Decisions struct {
	Reimbursements []View         `json:"reimbursements"`
	Nettings       []NettingView  `json:"nettings"`
	Excluded       []ExcludedView `json:"excluded"`
}

// ViewOf gives the view of a run with its sums.
func ViewOf(c *ledger.Company, r *Run, s *Summary) RunView {
	v := RunView{
		ID: r.Code, Company: c.Code, Date: r.Policy.Date, State: r.State, Notes: s.Notes, CreatedBy: r.CreatedBy, CreatedAt: instant(r.CreatedAt), PostedAt: instant(r.PostedAt),
		Totals: TotalsView{Candidates: s.Candidates, ReimbursedCustomers: s.Reimbursed, Reimbursements: s.Reimbursements, Excluded: s.Excluded, Amounts: s.Amounts.View(), Reasons: s.Reasons},
	}
	if r.ID != 0 {
		for _, l := range []*[]string{&r.Selection.Customers, &r.Selection.Groups, &r.Selection.Credits, &r.Policy.Classifications} {
			*l = tidy(*l)
		}
		v.Selection, v.Policy = &r.Selection, &PolicyView{r.Policy, c.Currency.Format(r.Policy.Minimum)}
	}
	return v
}

// View gives the sums as people and programs see them.
func (s Sum) View() []AmountView {
	views := make([]AmountView, len(s))
	for i, a := range s {
		views[i] = AmountView{a.Currency, show(a.Currency, a.Amount)}
	}
	return views
}

func instant(micros int64) string {
	if micros == 0 {
		return ""
	}
	return time.UnixMicro(micros).UTC().Format(time.RFC3339)
}

// ViewLines gives the views of planned decisions.
func ViewLines(c *ledger.Company, lines []Line, date civil.Date) Decisions {
	d := Decisions{Reimbursements: []View{}, Nettings: []NettingView{}, Excluded: []ExcludedView{}}
	for i := range lines {
		l := &lines[i]
		if l.Reason != "" {
			d.Excluded = append(d.Excluded, ExcludedView{l.Customer.Code, l.Currency, l.Reason, l.Detail})
			continue
		}
		for _, a := range l.Nettings {
			d.Nettings = append(d.Nettings, NettingView{Customer: l.Customer.Code, DebitVoucher: a.Debit.Number, CreditVoucher: a.Credit.Number, Amount: show(l.Currency, a.Amount)})
		}
		for j := range l.Reimbursements {
			d.Reimbursements = append(d.Reimbursements, l.view(c, &l.Reimbursements[j], date))
		}
	}
	return d
}

func (l *Line) view(c *ledger.Company, r *Reimbursement, date civil.Date) View {
	v := View{
		Customer: l.Customer.Code, OneTimeVendor: true, Classification: c.ClassificationCode(r.Classification), Currency: l.Currency, Amount: show(l.Currency, r.Amount),
		Voucher: VoucherView{Date: date, Lines: linesOf(Voucher(l, r, date).Entries)}, Settles: []SettlesView{},
	}
	if l.Vendor != nil {
		v.Vendor, v.OneTimeVendor = l.Vendor.Code, l.Vendor.OneTime == "yes"
	}
	for _, s := range r.sources() {
		v.Settles = append(v.Settles, SettlesView{s.Item.Number, s.Item.Account.Written, show(l.Currency, s.Amount)})
	}
	return v
}

func linesOf(entries []ledger.Entry) []LineView {
	lines := make([]LineView, len(entries))
	for i, e := range entries {
		zero := show(e.Currency, 0)
		lines[i] = LineView{Account: e.Account.Written, Debit: zero, Credit: zero}
		if e.Amount > 0 {
			lines[i].Debit = show(e.Currency, e.Amount)
		} else {
			lines[i].Credit = show(e.Currency, -e.Amount)
		}
	}
	return lines
}

func show(currency string, a money.Amount) string {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return fmt.Sprint(int64(a))
	}
	return cur.Format(a)
}

const viewChunk = 500 // posted reimbursements read together

// EachPosted calls fn with the posted decisions of a run: first the reimbursements and nettings, a chunk at a time, then the
// excluded.
func EachPosted(ctx context.Context, tx *db.Tx, c *ledger.Company, r *Run, fn func(Decisions) error) error {
	first, last, err := numberRange(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	for after := ""; first != ""; {
		views, lastSeen, err := readViews(ctx, tx, c, "v.number >= $2 and v.number <= $3 and v.number > $4 and v.source = $5", "v.number", viewChunk, []any{tx.Company, first, last, after, r.ID})
		if err != nil {
			return err
		}
		if len(views) == 0 {
			break
		}
		if err := fn(Decisions{Reimbursements: views}); err != nil {
			return err
		}
		after = lastSeen
	}
	nettings, err := readNettings(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if len(nettings) > 0 {
		if err := fn(Decisions{Nettings: nettings}); err != nil {
			return err
		}
	}
	return EachLine(ctx, tx, r.ID, func(l LineInfo) error {
		if l.Reason == "" {
			return nil
		}
		return fn(Decisions{Excluded: []ExcludedView{{l.Customer, l.Currency, l.Reason, l.Detail}}})
	})
}

// Show gives one posted reimbursement by its number; none is [fault.NotFound].
func Show(ctx context.Context, tx *db.Tx, c *ledger.Company, number string) (View, error) {
	views, _, err := readViews(ctx, tx, c, "v.number = $2", "v.number", 1, []any{tx.Company, number})
	if err == nil && len(views) == 0 {
		err = fault.New(fault.NotFound, "there is no reimbursement %q", number)
	}
	if err != nil {
		return View{}, err
	}
	return views[0], nil
}

// OfCustomer gives the posted reimbursements of a customer, the newest first, at most viewChunk of them.
func OfCustomer(ctx context.Context, tx *db.Tx, c *ledger.Company, customer int64) ([]View, error) {
	// By number, since the views are read in that order; cross join, since SQLite would begin with the vouchers.
	views, _, err := readViews(ctx, tx, c, `v.customer = $2 and v.number in (select x.number from settlement s cross join voucher x
		where s.company = $1 and s.party = $2 and x.company = $1 and x.id = s.debit_voucher)`, "v.number desc", viewChunk, []any{tx.Company, customer})
	return views, err
}

// readViews reads posted reimbursements, in the order, with their lines and what they settle.
func readViews(ctx context.Context, tx *db.Tx, c *ledger.Company, where, order string, limit int, args []any) ([]View, string, error) {
	var views []View
	at := map[int64]int{}
	customers := map[int64]bool{}
	var ids []int64
	err := tx.Each(ctx, `select v.id, v.number, v.date, c.id, c.code, n.code, n.one_time, coalesce(x.number, '') from voucher v
		join customer c on c.company = v.company and c.id = v.customer join vendor n on n.company = v.company and n.id = v.vendor
		left join voucher x on x.company = v.company and x.reverses = v.id
		where v.company = $1 and v.type = 7 and `+where+fmt.Sprintf(" order by %s limit %d", order, limit), args, func(r *db.Rows) error {
		var id, customer int64
		var oneTime string
		v := View{Settles: []SettlesView{}}
		if err := r.Scan(&id, &v.Number, &v.Voucher.Date, &customer, &v.Customer, &v.Vendor, &oneTime, &v.ReversedBy); err != nil {
			return err
		}
		v.Voucher.Number, v.OneTimeVendor = v.Number, oneTime == "yes"
		at[id], customers[customer] = len(views), true
		ids = append(ids, id)
		views = append(views, v)
		return nil
	})
	if err != nil || len(views) == 0 {
		return nil, "", err
	}
	if err := fillLines(ctx, tx, c, views, at, ids); err != nil {
		return nil, "", err
	}
	return views, views[len(views)-1].Number, fillSettles(ctx, tx, c, views, at, ids, slices.Sorted(maps.Keys(customers)))
}

func fillLines(ctx context.Context, tx *db.Tx, c *ledger.Company, views []View, at map[int64]int, ids []int64) error {
	totals := make([]money.Amount, len(views))
	those, arg := tx.Among("e.voucher", "$2", ids)
	err := tx.Each(ctx, "select e.voucher, e.account, e.currency, e.amount, coalesce(e.classification, 0) from entry e where e.company = $1 and "+those+" order by e.voucher, e.line", []any{tx.Company, arg}, func(r *db.Rows) error {
		var id, account, class int64
		var e ledger.Entry
		if err := r.Scan(&id, &account, &e.Currency, &e.Amount, &class); err != nil {
			return err
		}
		e.Account, _ = c.ByID(account)
		i := at[id]
		views[i].Voucher.Lines = append(views[i].Voucher.Lines, linesOf([]ledger.Entry{e})...)
		views[i].Currency, views[i].Classification = e.Currency, c.ClassificationCode(class)
		totals[i] += max(e.Amount, 0)
		return nil
	})
	for i := range views {
		views[i].Amount = show(views[i].Currency, totals[i])
	}
	return err
}

// fillSettles reads what the reimbursements settle. The key of settlements begins with the party, so they are found by it.
func fillSettles(ctx context.Context, tx *db.Tx, c *ledger.Company, views []View, at map[int64]int, ids, customers []int64) error {
	theirs, parties := tx.Among("party", "$2", customers)
	those, vouchers := tx.Among("debit_voucher", "$3", ids)
	return tx.Each(ctx, "with s as materialized (select * from settlement where company = $1 and "+theirs+" and "+those+`)
		select s.debit_voucher, v.number, e.account, e.currency, s.amount from s
		join settlement_op p on p.company = s.company and p.id = s.operation
		join voucher v on v.company = s.company and v.id = s.credit_voucher
		join entry e on e.company = s.company and e.voucher = s.credit_voucher and e.line = s.credit_line
		where p.kind = 5 and p.undoes is null order by s.debit_voucher, s.debit_line, v.date, v.number, s.credit_line`, []any{tx.Company, parties, vouchers}, func(r *db.Rows) error {
		var id, account int64
		var number, currency string
		var amount money.Amount
		if err := r.Scan(&id, &number, &account, &currency, &amount); err != nil {
			return err
		}
		a, _ := c.ByID(account)
		i := at[id]
		views[i].Settles = append(views[i].Settles, SettlesView{number, a.Written, show(currency, amount)})
		return nil
	})
}

// readNettings gives the nettings of a run that hold, by customer, in the order in which they were made.
func readNettings(ctx context.Context, tx *db.Tx, run int64) ([]NettingView, error) {
	at := map[int64]int{} // operation → view
	var views []NettingView
	sums := map[int]money.Amount{}
	currencies := map[int]string{}
	err := tx.Each(ctx, `select p.id, c.code, d.number, d.type, k.number, k.type, e.currency, s.amount from settlement_op p
		join settlement s on s.company = p.company and s.operation = p.id
		join customer c on c.company = s.company and c.id = s.party
		join voucher d on d.company = s.company and d.id = s.debit_voucher join voucher k on k.company = s.company and k.id = s.credit_voucher
		join entry e on e.company = s.company and e.voucher = s.debit_voucher and e.line = s.debit_line
		where p.company = $1 and p.kind = 6 and p.source = $2 and p.undoes is null and s.party in (select l.customer from run_line l where l.company = $1 and l.run = $2)
		order by c.code, p.id, s.debit_voucher, s.credit_voucher`, []any{tx.Company, run}, func(r *db.Rows) error {
		var op int64
		var v NettingView
		var dt, ct ledger.Type
		var currency string
		var amount money.Amount
		if err := r.Scan(&op, &v.Customer, &v.DebitVoucher, &dt, &v.CreditVoucher, &ct, &currency, &amount); err != nil {
			return err
		}
		i, known := at[op]
		if !known {
			i = len(views)
			at[op] = i
			views = append(views, NettingView{Customer: v.Customer})
		}
		currencies[i] = currency
		if dt == ledger.Settlement {
			views[i].Voucher = v.DebitVoucher
		} else {
			views[i].DebitVoucher = v.DebitVoucher
			sums[i] += amount
		}
		if ct == ledger.Settlement {
			views[i].Voucher = v.CreditVoucher
		} else {
			views[i].CreditVoucher = v.CreditVoucher
		}
		return nil
	})
	for i := range views {
		views[i].Amount = show(currencies[i], sums[i])
	}
	return views, err
}
