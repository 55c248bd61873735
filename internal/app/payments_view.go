package app

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/journal"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// PaymentJournal gives a journal with its lines.
func (a *App) PaymentJournal(ctx context.Context, call Call, code string) (view *PaymentJournal, err error) {
	if err := plain("journal", code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		view, err = readPaymentJournal(ctx, tx, c, code)
		return err
	})
	return view, err
}

// PaymentLine gives a line of a journal.
func (a *App) PaymentLine(ctx context.Context, call Call, code string, line int) (view *PaymentLine, err error) {
	if err := plain("journal", code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		_, l, err := journal.ReadLine(ctx, tx, code, line)
		if err != nil {
			return err
		}
		view, err = viewPaymentLine(ctx, tx, c, l)
		return err
	})
	return view, err
}

func readPaymentJournal(ctx context.Context, tx *db.Tx, c *ledger.Company, code string) (*PaymentJournal, error) {
	j, err := journal.Read(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	return viewPaymentJournal(ctx, tx, c, j)
}

func viewPaymentJournal(ctx context.Context, tx *db.Tx, c *ledger.Company, j *journal.Journal) (*PaymentJournal, error) {
	view := &PaymentJournal{
		Code: j.Code, Text: j.Text, State: j.State, CreatedBy: j.CreatedBy, CreatedAt: instant(j.CreatedAt), PostedBy: j.PostedBy, PostedAt: instant(j.PostedAt),
		Totals: []PaymentTotals{},
	}
	if j.Remittance != 0 {
		if err := tx.Row(ctx, "select code from remittance where company = $1 and id = $2", tx.Company, j.Remittance).Scan(&view.Remittance); err != nil {
			return nil, err
		}
	}
	var err error
	if view.Lines, err = viewPaymentLines(ctx, tx, c, j.Lines); err != nil {
		return nil, err
	}
	sums := map[string]*journal.Balance{}
	var currencies []string
	for _, l := range j.Lines {
		if sums[l.Currency] == nil {
			sums[l.Currency], currencies = &journal.Balance{}, append(currencies, l.Currency)
		}
		sums[l.Currency].Add(l.Balance())
	}
	slices.Sort(currencies)
	for _, cur := range currencies {
		t, err := viewBalance(cur, *sums[cur])
		if err != nil {
			return nil, err
		}
		view.Totals = append(view.Totals, t)
	}
	return view, nil
}

func viewBalance(currency string, b journal.Balance) (PaymentTotals, error) {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return PaymentTotals{}, err
	}
	return PaymentTotals{
		Currency: currency, Cash: cur.Format(b.Cash), StandAlone: cur.Format(b.StandAlone), Credits: cur.Format(b.Credits), Applied: cur.Format(b.Applied),
		Left: cur.Format(b.Left), Discount: cur.Format(b.Discount), Deducted: cur.Format(b.Deducted),
	}, nil
}

func viewPaymentLine(ctx context.Context, tx *db.Tx, c *ledger.Company, l *journal.Line) (*PaymentLine, error) {
	views, err := viewPaymentLines(ctx, tx, c, []*journal.Line{l})
	if err != nil {
		return nil, err
	}
	return &views[0], nil
}

func viewPaymentLines(ctx context.Context, tx *db.Tx, c *ledger.Company, lines []*journal.Line) ([]PaymentLine, error) {
	views := []PaymentLine{}
	if len(lines) == 0 {
		return views, nil
	}
	customers, err := journal.Customers(ctx, tx, lines)
	if err != nil {
		return nil, err
	}
	shown, err := journal.Show(ctx, tx, c, lines)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		view, err := viewOneLine(l, customers, shown)
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

func viewOneLine(l *journal.Line, customers map[int64]*party.Customer, shown map[[2]int]journal.Shown) (PaymentLine, error) {
	cur, err := money.CurrencyOf(l.Currency)
	if err != nil {
		return PaymentLine{}, err
	}
	payer := customers[l.Customer]
	view := PaymentLine{
		Line: l.Line, Date: l.Date, Customer: payer.Code, CustomerName: payer.Name, Amount: cur.Format(l.Amount), Currency: l.Currency, Bank: l.Bank,
		Reference: l.Reference, Text: l.Text, State: l.State, Problem: l.Problem, Voucher: l.Number,
		Applications: []PaymentApplication{}, Deductions: []PaymentDeduction{},
	}
	if view.Totals, err = viewBalance(l.Currency, l.Balance()); err != nil {
		return view, err
	}
	for _, x := range l.Applications {
		s := shown[[2]int{l.Line, x.N}]
		_, deducted := l.DeductionsOf(x.N)
		y := PaymentApplication{
			N: x.N, Customer: customers[x.Customer].Code, Voucher: x.Number, Type: s.Type.String(), Date: s.Date, Due: s.Due, Credit: x.Credit,
			Amount: cur.Format(x.Amount), Discount: cur.Format(x.Discount), Deducted: cur.Format(deducted), LeaveOpen: x.LeaveOpen,
		}
		if l.State == journal.Draft {
			y.Available, y.Left = cur.Format(s.Available), cur.Format(s.Available-l.Takes(x))
		}
		view.Applications = append(view.Applications, y)
	}
	for _, d := range l.Deductions {
		y := PaymentDeduction{
			N: d.N, Application: d.Application, Customer: customers[d.Customer].Code, Type: d.Type, Allowed: d.Allowed, Reason: d.Reason, Account: d.Account, Plan: d.Plan,
			Amount: cur.Format(d.Amount), TheirCode: d.TheirCode, Claim: d.ClaimNumber, Note: d.Note, Deduction: d.Number,
		}
		if x := l.Application(d.Application); x != nil {
			y.Voucher = x.Number
		}
		view.Deductions = append(view.Deductions, y)
	}
	return view, nil
}

// PaymentJournals gives the journals, the newest first.
func (a *App) PaymentJournals(ctx context.Context, call Call, f PaymentFilter, p Page) (Part[PaymentJournalRow], error) {
	var before struct {
		ID int64 `json:"i"`
	}
	list := "payment journals " + f.State
	limit, err := p.open(list, &before)
	if err := cmp.Or(err, plain("customer", f.Customer), paymentState(f.State)); err != nil {
		return Part[PaymentJournalRow]{}, err
	}
	part := Part[PaymentJournalRow]{Items: []PaymentJournalRow{}}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		by := journal.Filter{State: f.State}
		if f.Customer != "" {
			customer, err := party.FindCustomer(ctx, tx, f.Customer)
			if err != nil {
				return err
			}
			by.Customer = customer.ID
		}
		all, at, err := journal.List(ctx, tx, by, before.ID, limit)
		if err != nil {
			return err
		}
		for _, j := range all {
			row := PaymentJournalRow{Code: j.Code, Text: j.Text, State: j.State, CreatedBy: j.CreatedBy, CreatedAt: instant(j.CreatedAt), PostedAt: instant(j.PostedAt), Lines: j.Count, Posted: j.Posted, Problems: j.Problems, Totals: []PaymentTotals{}}
			for _, b := range j.Balances {
				t, err := viewBalance(b.Currency, b.Balance)
				if err != nil {
					return err
				}
				row.Totals = append(row.Totals, t)
			}
			part.Items = append(part.Items, row)
		}
		if before.ID = at; at != 0 {
			part.Next = next(list, before)
		}
		return nil
	})
	return part, err
}

func paymentState(state string) error {
	if state != "" && !slices.Contains(journal.States(), state) {
		return fault.New(fault.Invalid, "%q is no state of a payment journal; expected one of %s", shortened(state), strings.Join(journal.States(), ", ")).In("state")
	}
	return nil
}

// PaymentCandidates gives the open documents, of the payer and its family, that a line can be applied to, by due date.
func (a *App) PaymentCandidates(ctx context.Context, call Call, code string, line int, p Page) (Part[PaymentCandidate], error) {
	var after struct {
		Due    civil.Date `json:"d"`
		Date   civil.Date `json:"t"`
		Number string     `json:"n"`
		Party  int64      `json:"p"`
	}
	limit, err := p.open("payment candidates", &after)
	if err := cmp.Or(err, plain("journal", code)); err != nil {
		return Part[PaymentCandidate]{}, err
	}
	part := Part[PaymentCandidate]{Items: []PaymentCandidate{}}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		_, l, err := journal.ReadLine(ctx, tx, code, line)
		if err != nil {
			return err
		}
		all, err := journal.Candidates(ctx, tx, c, l)
		if err != nil {
			return err
		}
		cur, err := money.CurrencyOf(l.Currency)
		if err != nil {
			return err
		}
		for _, x := range all {
			d := x.Document
			if p.After != "" && cmp.Or(cmp.Compare(d.Due, after.Due), cmp.Compare(d.Date, after.Date), cmp.Compare(d.Number, after.Number), cmp.Compare(d.Party, after.Party)) <= 0 {
				continue
			}
			if len(part.Items) == limit {
				part.Next = next("payment candidates", after)
				break
			}
			after.Due, after.Date, after.Number, after.Party = d.Due, d.Date, d.Number, d.Party
			y := PaymentCandidate{
				Customer: x.Customer.Code, Voucher: d.Number, Type: x.Type.String(), Date: d.Date, Due: d.Due, Credit: d.Open() < 0,
				Open: cur.Format(d.Open().Abs()), Available: cur.Format(x.Available), Discount: cur.Format(x.Discount), DiscountDate: x.DiscountUntil, Application: x.Application,
			}
			part.Items = append(part.Items, y)
		}
		return nil
	})
	return part, err
}
