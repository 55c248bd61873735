package app

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/reimbursement"
)

const (
	figuresWait    = 50 * time.Millisecond // how long a call waits for figures that are being made
	figuresKept    = 60 * time.Second      // how long figures are good at most
	figuresPerMade = 20                    // and for so many times as long as they took to make
)

// figureKeeper keeps the figures of companies, and makes them in the background: one company at a time, so that it never takes more than
// one connection, and each at most once at a time.
type figureKeeper struct {
	a      *App
	ctx    context.Context // ends with [App.Close]
	end    context.CancelFunc
	making sync.WaitGroup
	turn   chan struct{}

	mu     sync.Mutex
	closed bool
	of     map[int64]*keptFigures
}

// keptFigures are the figures of one company.
type keptFigures struct {
	made *Figures // nil until they are made for the first time
	good time.Time
	err  error
	done chan struct{} // closed when those that are being made are; nil when none are
}

func newFigureKeeper(a *App) *figureKeeper {
	k := &figureKeeper{a: a, turn: make(chan struct{}, 1), of: map[int64]*keptFigures{}}
	k.ctx, k.end = context.WithCancel(context.Background())
	return k
}

// close ends what is being made, and waits for its end.
func (k *figureKeeper) close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.end()
	k.making.Wait()
}

// get gives the figures of a company: those that are kept while they are good, else fresh ones if these are made soon enough, else
// the old ones, or what says that there are none yet.
func (k *figureKeeper) get(ctx context.Context, company int64, code string) (*Figures, error) {
	k.mu.Lock()
	f := k.of[company]
	if f == nil {
		f = &keptFigures{}
		k.of[company] = f
	}
	if f.made != nil && time.Now().Before(f.good) {
		defer k.mu.Unlock()
		return f.made, nil
	}
	if f.done == nil && !k.closed {
		f.done = make(chan struct{})
		k.making.Add(1)
		go k.make(company, code, f)
	}
	done := f.done
	k.mu.Unlock()
	select {
	case <-done:
	case <-time.After(figuresWait):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case f.made != nil:
		return f.made, nil
	case f.err != nil:
		return nil, plainer(f.err)
	}
	return &Figures{Pending: true, CreditsByAge: []AgeBand{}, CreditsByFund: []FundFigure{}, BalancesByFund: []FundFigure{}, PayableOpen: []AmountIn{}, Runs: map[string]int64{}}, nil
}

// make makes the figures of a company.
func (k *figureKeeper) make(company int64, code string, f *keptFigures) {
	defer k.making.Done()
	var made *Figures
	var took time.Duration
	var err error
	select {
	case k.turn <- struct{}{}:
		began := time.Now()
		scope := db.Scope{Company: company, Now: k.a.now().UTC()}
		err = k.a.db.Read(k.ctx, scope, func(ctx context.Context, tx *db.Tx) (err error) {
			c, err := k.a.setup.Enter(ctx, tx, code, func(string) bool { return true })
			if err == nil {
				made, err = figuresOf(ctx, tx, c)
			}
			return err
		})
		took = time.Since(began)
		<-k.turn
	case <-k.ctx.Done():
		err = k.ctx.Err()
	}
	if err != nil && k.ctx.Err() == nil {
		slog.Warn("the figures of a company cannot be made", "company", code, "error", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	close(f.done)
	f.done, f.err = nil, err
	if err == nil {
		f.made, f.good = made, time.Now().Add(min(figuresKept, figuresPerMade*took))
	}
}

// figuresOf adds up the figures of a company.
func figuresOf(ctx context.Context, tx *db.Tx, c *ledger.Company) (*Figures, error) {
	f := &Figures{AsOf: tx.Now.Format(time.RFC3339), Runs: map[string]int64{}, PayableOpen: []AmountIn{}}
	customers, inCredit, err := openitem.Totals(ctx, tx, openitem.Customers)
	if err != nil {
		return nil, err
	}
	f.InCredit = inCredit
	if err := f.addCustomers(c, tx, customers); err != nil {
		return nil, err
	}
	vendors, _, err := openitem.Totals(ctx, tx, openitem.Vendors)
	if err != nil {
		return nil, err
	}
	payable := map[string]money.Amount{}
	for _, t := range vendors {
		if t.CreditItems > 0 {
			payable[t.Currency] -= t.Credits
		}
	}
	if f.PayableOpen, err = amountsIn(payable); err != nil {
		return nil, err
	}
	if f.Customers, err = party.CountCustomers(ctx, tx); err != nil {
		return nil, err
	}
	if f.Marks, err = openitem.CountMarks(ctx, tx); err != nil {
		return nil, err
	}
	runs, err := reimbursement.CountRuns(ctx, tx)
	for state, n := range runs {
		f.Runs[string(state)] = n
	}
	return f, err
}

// addCustomers adds what is open of customers, by age and by fund.
func (f *Figures) addCustomers(c *ledger.Company, tx *db.Tx, totals []openitem.Total) (err error) {
	byAge := ages{}
	credits, balances := funds{}, funds{}
	for _, t := range totals {
		if t.CreditItems > 0 {
			if err := byAge.add(openitem.Due{Currency: t.Currency, Date: t.Date, Credits: t.Credits, Items: t.CreditItems}, tx.Today()); err != nil {
				return err
			}
			credits.add(c, t.Account, 0, -t.AccountingCredits, t.CreditItems)
		}
		balances.add(c, t.Account, t.AccountingDebits, -t.AccountingCredits, t.DebitItems+t.CreditItems)
	}
	f.CreditsByFund, f.BalancesByFund = credits.view(c), balances.view(c)
	f.CreditsByAge, err = byAge.view()
	return err
}

// funds adds up by the value of the balancing dimensions.
type funds map[string]*fundSum

type fundSum struct {
	debit, credit money.Amount
	items         int64
}

func (x funds) add(c *ledger.Company, account int64, debit, credit money.Amount, items int64) {
	a, _ := c.ByID(account)
	fund := c.Balancing(a)
	if x[fund] == nil {
		x[fund] = &fundSum{}
	}
	s := x[fund]
	s.debit, s.credit, s.items = s.debit+debit, s.credit+credit, s.items+items
}

func (x funds) view(c *ledger.Company) []FundFigure {
	views := []FundFigure{}
	for _, fund := range slices.Sorted(maps.Keys(x)) {
		s := x[fund]
		views = append(views, FundFigure{fund, c.BalancingName(fund), c.Currency.Format(s.debit), c.Currency.Format(s.credit), s.items})
	}
	return views
}
