package ledger

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// Control says what parties a main account is the control account of.
type Control string

// The kinds of control account; blank is none.
const (
	NoControl       Control = ""
	CustomerControl Control = "customer"
	VendorControl   Control = "vendor"
	BankControl     Control = "bank"
)

// OfParty says whether entries on the account must name their party.
func (c Control) OfParty() bool { return c == CustomerControl || c == VendorControl }

// MainAccount is a main account of the chart.
type MainAccount struct {
	Account, Name, Type string
	Control             Control
}

// Dimension is a financial dimension; vouchers balance within each value of a balancing one.
type Dimension struct {
	Name      string
	Balancing bool
}

// Rule says on which main accounts due-to and due-from lines are posted for a value of a balancing dimension; a blank
// counter value is any.
type Rule struct {
	Dimension, Value, Counter string
	DueFrom, DueTo            string
}

// Profile is a posting profile: the control account of a party, a group, or all.
type Profile struct {
	Ledger                Control // customer or vendor
	Scope                 string  // all, group, party
	Code                  string
	Summary, WriteOffMain string
	DiscountMain          string // terms discounts
}

// Period is a fiscal period with its status: open, on_hold, closed.
type Period struct {
	Start, End civil.Date
	Status     string
	Exceptions map[Exception]string
}

// Exception is whom a period's own status does not hold for: one module, and one role or (blank) any.
type Exception struct {
	Module Module
	Role   string
}

// Excepted is an exception of a period, with the status that holds instead.
type Excepted struct {
	Exception
	Status string
}

// Excepted gives the exceptions of the period, by module and role.
func (p Period) Excepted() []Excepted {
	all := make([]Excepted, 0, len(p.Exceptions))
	for x, status := range p.Exceptions {
		all = append(all, Excepted{x, status})
	}
	slices.SortFunc(all, func(a, b Excepted) int {
		return cmp.Or(cmp.Compare(a.Module, b.Module), cmp.Compare(a.Role, b.Role))
	})
	return all
}

type ratePoint struct {
	date civil.Date
	rate money.Rate
}

// Company is the set-up of a legal entity as one unit of work sees it. Read-only after [Load], but for the ledger
// accounts that [Company.Store] adds.
type Company struct {
	ID                  int64
	Code, Name, Country string
	Currency            money.Currency
	Format              string
	Dimensions          []Dimension
	Accounts            map[string]MainAccount
	Values              map[string]map[string]string // dimension → value → name
	Rules               []Rule
	Profiles            []Profile
	Periods             []Period // by start
	Parameters          map[string]string
	DeductionCustomer   int64            // id of the customer of the parameter deduction_customer, on whom only deductions are posted; 0: none is set
	Classifications     map[string]int64 // code → id
	classificationCodes map[int64]string
	rates               map[string][]ratePoint
	rules               map[Rule]Rule // keyed without accounts
	format              format
	stored              map[string]Account
	byID                map[int64]Account
	added               map[string]Account // stored by the unit itself
	addedByID           map[int64]Account
	profiles            map[Profile]Profile // keyed by ledger, scope and code
}

// FindCompany gives the id of the legal entity with the code. A blank code means the only one there is.
func FindCompany(ctx context.Context, tx *db.Tx, code string) (int64, error) {
	codes, err := db.List(ctx, tx, func(r *db.Rows, c *Company) error { return r.Scan(&c.ID, &c.Code) },
		"select id, code from company order by code")
	if err != nil {
		return 0, err
	}
	names := make([]string, len(codes))
	for i, c := range codes {
		if c.Code == code || (code == "" && len(codes) == 1) {
			return c.ID, nil
		}
		names[i] = c.Code
	}
	return 0, noCompany(code, names)
}

// CompanyIDs gives the ids of all companies.
func CompanyIDs(ctx context.Context, tx *db.Tx) ([]int64, error) {
	return db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, "select id from company order by id")
}

// CompanyCodes gives the codes of all legal entities, in byte order.
func CompanyCodes(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, code *string) error { return r.Scan(code) }, "select code from company order by code")
}

// Load reads the set-up of the unit's company.
func Load(ctx context.Context, tx *db.Tx) (*Company, error) {
	c := &Company{ID: tx.Company}
	c.clear()
	var currency string
	err := tx.Row(ctx, "select code, name, country, currency, account_format from company where id = $1", c.ID).
		Scan(&c.Code, &c.Name, &c.Country, &currency, &c.Format)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no company with id %d", c.ID)
	}
	if err != nil {
		return nil, err
	}
	if c.Currency, err = money.CurrencyOf(currency); err != nil {
		return nil, err
	}
	for _, load := range []func(context.Context, *db.Tx) error{c.loadAccounts, c.loadRules, c.loadPeriods, c.loadRest, c.loadStored} {
		if err := load(ctx, tx); err != nil {
			return nil, err
		}
	}
	return c, c.Index()
}

// clear makes the maps of the set-up, empty.
func (c *Company) clear() {
	c.Accounts, c.Values, c.Parameters = map[string]MainAccount{}, map[string]map[string]string{}, map[string]string{}
	c.Classifications, c.classificationCodes = map[string]int64{}, map[int64]string{}
	c.rates, c.stored, c.byID = map[string][]ratePoint{}, map[string]Account{}, map[int64]Account{}
}

func (c *Company) loadAccounts(ctx context.Context, tx *db.Tx) error {
	err := tx.Each(ctx, "select account, name, type, control from main_account where company = $1", []any{c.ID}, func(r *db.Rows) error {
		var a MainAccount
		err := r.Scan(&a.Account, &a.Name, &a.Type, &a.Control)
		c.Accounts[a.Account] = a
		return err
	})
	if err != nil {
		return err
	}
	c.Dimensions, err = db.List(ctx, tx, func(r *db.Rows, d *Dimension) error { return r.Scan(&d.Name, &d.Balancing) },
		"select name, balancing from dimension where company = $1 order by position", c.ID)
	if err != nil {
		return err
	}
	return tx.Each(ctx, "select dimension, value, name from dimension_value where company = $1", []any{c.ID}, func(r *db.Rows) error {
		var d, v, n string
		err := r.Scan(&d, &v, &n)
		c.AddValue(d, v, n)
		return err
	})
}

// AddValue adds a dimension value to the set-up in memory.
func (c *Company) AddValue(dimension, value, name string) {
	if c.Values[dimension] == nil {
		c.Values[dimension] = map[string]string{}
	}
	c.Values[dimension][value] = name
}

func (c *Company) loadRules(ctx context.Context, tx *db.Tx) (err error) {
	c.Rules, err = db.List(ctx, tx, func(r *db.Rows, x *Rule) error {
		return r.Scan(&x.Dimension, &x.Value, &x.Counter, &x.DueFrom, &x.DueTo)
	}, "select dimension, value, counter_value, due_from_account, due_to_account from balancing_rule where company = $1", c.ID)
	if err != nil {
		return err
	}
	c.Profiles, err = db.List(ctx, tx, func(r *db.Rows, p *Profile) error {
		return r.Scan(&p.Ledger, &p.Scope, &p.Code, &p.Summary, &p.WriteOffMain, &p.DiscountMain)
	}, "select ledger, scope, code, summary_account, write_off_account, discount_account from posting_profile where company = $1", c.ID)
	return err
}

func (c *Company) loadPeriods(ctx context.Context, tx *db.Tx) (err error) {
	c.Periods, err = db.List(ctx, tx, func(r *db.Rows, p *Period) error { return r.Scan(&p.Start, &p.End, &p.Status) },
		"select start_date, end_date, status from period where company = $1 order by start_date", c.ID)
	if err != nil {
		return err
	}
	return tx.Each(ctx, "select start_date, module, role, status from period_exception where company = $1", []any{c.ID}, func(r *db.Rows) error {
		var start civil.Date
		var x Exception
		var status string
		if err := r.Scan(&start, &x.Module, &x.Role, &status); err != nil {
			return err
		}
		for i := range c.Periods {
			if p := &c.Periods[i]; p.Start == start {
				if p.Exceptions == nil {
					p.Exceptions = map[Exception]string{}
				}
				p.Exceptions[x] = status
			}
		}
		return nil
	})
}

func (c *Company) loadRest(ctx context.Context, tx *db.Tx) error {
	err := tx.Each(ctx, "select name, value from parameter where company = $1", []any{c.ID}, func(r *db.Rows) error {
		var n, v string
		err := r.Scan(&n, &v)
		c.Parameters[n] = v
		return err
	})
	if err != nil {
		return err
	}
	if code := c.Parameters["deduction_customer"]; code != "" {
		err := tx.Row(ctx, "select id from customer where company = $1 and code = $2", c.ID, code).Scan(&c.DeductionCustomer)
		if err != nil && !errors.Is(err, db.ErrNoRows) {
			return err
		}
	}
	err = tx.Each(ctx, "select id, code from billing_classification where company = $1", []any{c.ID}, func(r *db.Rows) error {
		var id int64
		var code string
		err := r.Scan(&id, &code)
		c.Classifications[code], c.classificationCodes[id] = id, code
		return err
	})
	if err != nil {
		return err
	}
	return tx.Each(ctx, "select currency, date, rate from exchange_rate where company = $1 order by currency, date", []any{c.ID}, func(r *db.Rows) error {
		var cur, text string
		var date civil.Date
		if err := r.Scan(&cur, &date, &text); err != nil {
			return err
		}
		rate, err := money.ParseRate(text)
		c.AddRate(cur, date, rate)
		return err
	})
}

func (c *Company) loadStored(ctx context.Context, tx *db.Tx) error {
	return tx.Each(ctx, "select id, written, main_account from ledger_account where company = $1", []any{c.ID}, func(r *db.Rows) error {
		var a Account
		err := r.Scan(&a.ID, &a.Written, &a.Main)
		c.stored[a.Written], c.byID[a.ID] = a, a
		return err
	})
}

// Index prepares the account format and the rules for look-up, after the set-up in memory was made or changed.
func (c *Company) Index() error {
	c.rules = map[Rule]Rule{}
	for _, r := range c.Rules {
		c.rules[Rule{Dimension: r.Dimension, Value: r.Value, Counter: r.Counter}] = r
	}
	c.profiles = map[Profile]Profile{}
	for _, p := range c.Profiles {
		c.profiles[Profile{Ledger: p.Ledger, Scope: p.Scope, Code: p.Code}] = p
	}
	f, err := parseFormat(c.Format, c.Dimensions)
	c.format = f
	return err
}

// ClassificationCode gives the code of a billing classification, blank for 0.
func (c *Company) ClassificationCode(id int64) string { return c.classificationCodes[id] }

// AddRate adds an exchange rate to the set-up in memory.
func (c *Company) AddRate(currency string, date civil.Date, rate money.Rate) {
	if c.rates == nil {
		c.rates = map[string][]ratePoint{}
	}
	points := c.rates[currency]
	i, found := slices.BinarySearchFunc(points, date, func(p ratePoint, d civil.Date) int { return int(p.date) - int(d) })
	if found {
		points[i].rate = rate
	} else {
		points = slices.Insert(points, i, ratePoint{date, rate})
	}
	c.rates[currency] = points
}

// Rate gives the exchange rate of the currency: the latest on or before the date. The accounting currency has rate 1.
// None is [fault.Refused].
func (c *Company) Rate(currency string, date civil.Date) (money.Rate, error) {
	if currency == c.Currency.Code {
		return money.One, nil
	}
	points := c.rates[currency]
	i, found := slices.BinarySearchFunc(points, date, func(p ratePoint, d civil.Date) int { return int(p.date) - int(d) })
	if found {
		return points[i].rate, nil
	}
	if i == 0 {
		return money.Rate{}, fault.New(fault.Refused, "there is no exchange rate for %s on or before %s; add one to exchange_rates", currency, date).ByRule("no_exchange_rate")
	}
	return points[i-1].rate, nil
}

// Profile gives the posting profile of a party: its own, else its group's, else that for all. None is [fault.Refused].
func (c *Company) Profile(ledger Control, party, group string) (Profile, error) {
	for _, want := range []Profile{{Scope: "party", Code: party}, {Scope: "group", Code: group}, {Scope: "all"}} {
		want.Ledger = ledger
		if p, ok := c.profiles[want]; ok && (want.Code != "" || want.Scope == "all") {
			return p, nil
		}
	}
	return Profile{}, fault.New(fault.Refused, "there is no posting profile for the %s %s, its group %q or all; add one to posting_profiles", ledger, party, group).ByRule("no_posting_profile")
}

// HasProfile says whether the party has a posting profile of its own.
func (c *Company) HasProfile(ledger Control, party string) bool {
	_, ok := c.profiles[Profile{Ledger: ledger, Scope: "party", Code: party}]
	return ok
}

// CheckPeriod refuses a date that is in no period, or in one that is not open for the module and any of the roles.
func (c *Company) CheckPeriod(date civil.Date, m Module, roles []string) error {
	for _, p := range c.Periods {
		if date < p.Start || date > p.End {
			continue
		}
		if status := p.statusFor(m, roles); status != "open" {
			return fault.New(fault.Refused, "the period %s to %s is %s for %s; choose a date in an open period, or open it", p.Start, p.End, strings.ReplaceAll(status, "_", " "), m).ByRule("period_not_open").In("date")
		}
		return nil
	}
	return fault.New(fault.Refused, "%s is in no period; choose a date in an open period, or add it to periods", date).ByRule("period_not_open").In("date")
}

// statusFor gives the most generous of the exceptions that hold for the roles, else the period's own status. A closed
// period has no exceptions.
func (p Period) statusFor(m Module, roles []string) string {
	if p.Status == "closed" {
		return p.Status
	}
	status := p.Status
	if s, ok := p.Exceptions[Exception{m, ""}]; ok {
		status = s
	}
	for _, r := range roles {
		if s, ok := p.Exceptions[Exception{m, r}]; ok {
			status = s
			if s == "open" {
				break
			}
		}
	}
	return status
}

// InPeriod says whether the date is in any period, whatever its status.
func (c *Company) InPeriod(date civil.Date) bool {
	return slices.ContainsFunc(c.Periods, func(p Period) bool { return p.Start <= date && date <= p.End })
}

// EachRate calls fn with every exchange rate, by currency and date.
func (c *Company) EachRate(fn func(currency string, date civil.Date, rate money.Rate)) {
	for _, cur := range slices.Sorted(maps.Keys(c.rates)) {
		for _, p := range c.rates[cur] {
			fn(cur, p.date, p.rate)
		}
	}
}

// RateOn gives the exchange rate of just that day; false when there is none.
func (c *Company) RateOn(currency string, date civil.Date) (money.Rate, bool) {
	for _, p := range c.rates[currency] {
		if p.date == date {
			return p.rate, true
		}
	}
	return money.Rate{}, false
}
