package request

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/payout"
)

// Content is what a request says. Either credits or lines are named, or, in a draft, neither.
type Content struct {
	Kind           Kind
	Currency       string       // blank: that of the credits, else the customer's, else the company's
	Amount         money.Amount // 0: all that is available of the credits, or the sum of the lines
	Credits        []Credit     // an amount of 0 takes what is left of Amount, in their order, or all that is available
	Lines          []Line       // of a new credit
	Classification string       // of the new credit
	Reason         string
	Source         string
	Method         string
	Payee          string // code of a vendor
	Asked          civil.Date
}

// Create makes a draft for a customer.
func Create(ctx context.Context, tx *db.Tx, c *ledger.Company, customer party.Customer, key string, k Content) (*Request, error) {
	if customer.ID == c.DeductionCustomer {
		return nil, refused("deduction_customer", "%s is the customer on whom deductions are held, who is never reimbursed", customer.Code).In("customer")
	}
	if utf8.RuneCountInString(key) > maxShort {
		return nil, fault.New(fault.Invalid, "the key has more than %d letters", maxShort).In("key")
	}
	x := &Request{Customer: customer.ID, CustomerCode: customer.Code, CustomerName: customer.Name, State: Draft, Key: key, CreatedBy: tx.Actor, CreatedAt: tx.Micros(), Since: tx.Micros(), Events: 1}
	if err := x.take(ctx, tx, c, customer, k); err != nil {
		return nil, err
	}
	var err error
	if x.ID, err = tx.NewID(ctx); err != nil {
		return nil, err
	}
	if x.Code, err = ledger.DrawCode(ctx, tx, ledger.RequestSeries); err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `insert into request (company, id, code, customer, kind, state, held_from, fresh, currency, amount, classification, reason, source, method, payee, asked, due, key,
		created_by, created_at, submitted_by, submitted_at, since, approved_by, approved_at, debits, posted_by, events)
		values ($1, $2, $3, $4, $5, 'draft', '', $6, $7, $8, $9, $10, $11, $12, $13, $14, null, $15, $16, $17, '', 0, $17, '', 0, '', '', 1)`,
		tx.Company, x.ID, x.Code, x.Customer, x.Kind, flag(x.Fresh), x.Currency, x.Amount, db.Null(x.Classification), x.Reason, x.Source, x.Method, db.Null(x.Payee), x.Asked, x.Key, x.CreatedBy, x.CreatedAt)
	if err != nil {
		return nil, err
	}
	if err := x.saveParts(ctx, tx); err != nil {
		return nil, err
	}
	return x, x.event(ctx, tx, WasCreated, Draft, "")
}

func flag(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// editable are the states in which a request can be changed. Under review or approved, a change sends it back to submitted.
var editable = []State{Draft, Submitted, MoreInformation, InReview, Approved}

// Edit changes what a request says; what was approved of it is void, and marks go along.
func (x *Request) Edit(ctx context.Context, tx *db.Tx, c *ledger.Company, customer party.Customer, k Content) error {
	return x.change(ctx, tx, c, func() (string, string, error) {
		before := x.summary()
		if err := x.take(ctx, tx, c, customer, k); err != nil {
			return "", "", err
		}
		if x.State != Draft {
			if err := x.complete(); err != nil {
				return "", "", err
			}
		}
		_, err := tx.Exec(ctx, `update request set kind = $1, fresh = $2, currency = $3, amount = $4, classification = $5, reason = $6, source = $7, method = $8, payee = $9, asked = $10 where company = $11 and id = $12`,
			x.Kind, flag(x.Fresh), x.Currency, x.Amount, db.Null(x.Classification), x.Reason, x.Source, x.Method, db.Null(x.Payee), x.Asked, tx.Company, x.ID)
		if err != nil {
			return "", "", err
		}
		return WasEdited, before + " → " + x.summary(), x.saveParts(ctx, tx)
	})
}

// change lets fn change what a request says: its approval is void, its marks are taken anew, and one under review or approved is
// submitted again.
func (x *Request) change(ctx context.Context, tx *db.Tx, c *ledger.Company, fn func() (what, detail string, err error)) error {
	if !slices.Contains(editable, x.State) {
		return refused("request_state", "the request %s is %s and can no longer be changed", x.Code, words(x.State))
	}
	if err := x.unapprove(ctx, tx, c, "the request was changed"); err != nil {
		return err
	}
	if x.State.Marks() {
		if err := x.release(ctx, tx); err != nil {
			return err
		}
	}
	what, detail, err := fn()
	if err != nil {
		return err
	}
	if x.State.Marks() {
		if err := x.mark(ctx, tx, c); err != nil {
			return err
		}
		if err := x.setDue(ctx, tx, c); err != nil {
			return err
		}
	}
	if err := x.tell(ctx, tx, what, x.State, detail); err != nil {
		return err
	}
	if x.State == InReview || x.State == Approved {
		return x.move(ctx, tx, Submitted, "the request was changed")
	}
	return nil
}

// summary says in a line what the request is about.
func (x *Request) summary() string {
	parts := []string{string(x.Kind), show(x.Currency, x.Amount)}
	for _, k := range x.Credits {
		parts = append(parts, k.Number+" "+show(x.Currency, k.Amount))
	}
	for _, l := range x.Lines {
		parts = append(parts, l.Account+" "+show(x.Currency, l.Amount))
	}
	if x.Source != "" {
		parts = append(parts, x.Source)
	}
	if x.PayeeCode != "" {
		parts = append(parts, "payee "+x.PayeeCode)
	}
	if x.Method != "" {
		parts = append(parts, "by "+x.Method)
	}
	return strings.Join(parts, ", ")
}

// take reads content into the request, and refuses what can never be right.
func (x *Request) take(ctx context.Context, tx *db.Tx, c *ledger.Company, customer party.Customer, k Content) error {
	if err := k.check(); err != nil {
		return err
	}
	class, known := c.Classifications[k.Classification]
	switch {
	case k.Classification != "" && !known:
		return fault.New(fault.Invalid, "there is no billing classification %q", k.Classification).In("classification")
	case k.Classification != "" && len(k.Lines) == 0:
		return fault.New(fault.Invalid, "a classification is that of a new credit; the credits that are open have their own").In("classification")
	case k.Asked > tx.Today():
		return fault.New(fault.Refused, "the customer asked on %s, which is not yet", k.Asked).ByRule("asked_later").In("asked")
	}
	x.Kind, x.Reason, x.Source, x.Method, x.Asked, x.Classification, x.Fresh = k.Kind, k.Reason, k.Source, k.Method, k.Asked, class, len(k.Lines) > 0
	if k.Method != "" {
		if _, err := payout.FindMethod(ctx, tx, k.Method); err != nil {
			return in(err, "method")
		}
	}
	if err := x.takePayee(ctx, tx, customer, k.Payee); err != nil {
		return err
	}
	if x.Currency = k.Currency; x.Currency == "" && len(k.Credits) == 0 {
		if x.Currency = customer.Currency; x.Currency == "" {
			x.Currency = c.Currency.Code
		}
	}
	x.Amount, x.Credits, x.Lines = k.Amount, nil, nil
	if len(k.Credits) > 0 {
		return x.takeCredits(ctx, tx, c, k.Credits)
	}
	return x.takeLines(c, k.Lines)
}

func (k *Content) check() error {
	switch {
	case !slices.Contains(Kinds(), k.Kind):
		return NoKind(k.Kind)
	case k.Amount < 0:
		return fault.New(fault.Invalid, "the amount is negative").In("amount")
	case utf8.RuneCountInString(k.Reason) > maxText:
		return fault.New(fault.Invalid, "the reason has more than %d letters", maxText).In("reason")
	case utf8.RuneCountInString(k.Source) > maxShort:
		return fault.New(fault.Invalid, "the source reference has more than %d letters", maxShort).In("source")
	case len(k.Credits) > 0 && len(k.Lines) > 0:
		return fault.New(fault.Invalid, "a request wants open credits repaid, or a new credit made, not both").In("lines")
	case len(k.Credits) > maxCredits || len(k.Lines) > maxCredits:
		return fault.New(fault.Limited, "a request names at most %d credits or lines", maxCredits).In("credits")
	}
	if k.Currency != "" {
		if _, err := money.CurrencyOf(k.Currency); err != nil {
			return in(err, "currency")
		}
	}
	return nil
}

// in names the field of an error that names none.
func in(err error, field string) error {
	if e, ok := err.(*fault.Error); ok && e.Field == "" {
		return e.In(field)
	}
	return err
}

func (x *Request) takePayee(ctx context.Context, tx *db.Tx, customer party.Customer, code string) error {
	if x.Payee, x.PayeeCode = 0, code; code == "" {
		return nil
	}
	v, err := party.FindVendor(ctx, tx, code)
	switch {
	case err != nil:
		return in(err, "payee")
	case v.OneTime == party.Template, v.OneTime == party.OneTime && v.ID != customer.Vendor:
		return refused("no_payee", "vendor %s is a one-time vendor, not a payee for others", code).In("payee")
	}
	x.Payee = v.ID
	return nil
}

// takeCredits works out how much of each credit is wanted.
func (x *Request) takeCredits(ctx context.Context, tx *db.Tx, c *ledger.Company, credits []Credit) error {
	left, all := x.Amount, x.Amount == 0
	var sum money.Sum
	for i, k := range credits {
		d, err := openitem.Find(ctx, tx, c, openitem.Customers, x.Customer, k.Number)
		if err != nil {
			return in(err, "credits")
		}
		if x.Currency == "" {
			x.Currency = d.Currency
		}
		if d, err = x.document(ctx, tx, c, k.Number); err != nil {
			return err
		}
		if slices.ContainsFunc(credits[:i], func(y Credit) bool { return y.Number == k.Number }) {
			return fault.New(fault.Invalid, "the credit %s is named twice", k.Number).In("credits")
		}
		if k.Amount < 0 {
			return fault.New(fault.Invalid, "the amount of %s is negative", k.Number).In("credits")
		}
		available := d.Available().Abs()
		if k.Amount == 0 {
			if k.Amount = available; !all {
				k.Amount = min(available, left)
			}
		}
		if k.Amount == 0 {
			return refused("over_marked", "nothing of %s is left to ask for: %s is open, and marked by others or not wanted", k.Number, show(x.Currency, d.Open().Abs())).In("credits")
		}
		left -= k.Amount
		sum.Add(k.Amount)
		x.Credits = append(x.Credits, Credit{d.Items[0].Voucher, k.Number, k.Amount})
	}
	total, err := sum.Total()
	if err != nil {
		return err
	}
	if !all && total != x.Amount {
		return refused("amount_differs", "the request is for %s, but its credits make %s", show(x.Currency, x.Amount), show(x.Currency, total)).In("amount")
	}
	x.Amount = total
	return nil
}

// takeLines reads the lines of a new credit.
func (x *Request) takeLines(c *ledger.Company, lines []Line) error {
	var sum money.Sum
	for _, l := range lines {
		a, err := c.Parse(l.Account)
		switch {
		case err != nil:
			return in(err, "lines")
		case c.Accounts[a.Main].Control == ledger.CustomerControl || c.Accounts[a.Main].Control == ledger.VendorControl:
			return refused("control_account", "%s is a control account; name what the new credit is booked on, such as revenue or an expense", a.Written).In("lines")
		case l.Amount <= 0:
			return fault.New(fault.Invalid, "the amount on %s is not positive", l.Account).In("lines")
		}
		sum.Add(l.Amount)
		x.Lines = append(x.Lines, Line{a.Written, l.Amount})
	}
	total, err := sum.Total()
	switch {
	case err != nil:
		return err
	case len(lines) == 0:
		return nil
	case x.Amount != 0 && x.Amount != total:
		return refused("amount_differs", "the request is for %s, but its lines make %s", show(x.Currency, x.Amount), show(x.Currency, total)).In("amount")
	}
	x.Amount = total
	return nil
}

// saveParts writes credits and lines.
func (x *Request) saveParts(ctx context.Context, tx *db.Tx) error {
	for _, table := range []string{"request_credit", "request_line"} {
		if _, err := tx.Exec(ctx, "delete from "+table+" where company = $1 and request = $2", tx.Company, x.ID); err != nil {
			return err
		}
	}
	credits := tx.Batch("request_credit", "company", "request", "n", "voucher", "amount")
	for i, k := range x.Credits {
		credits.Add(tx.Company, x.ID, i+1, k.Voucher, k.Amount)
	}
	lines := tx.Batch("request_line", "company", "request", "n", "account", "amount")
	for i, l := range x.Lines {
		lines.Add(tx.Company, x.ID, i+1, l.Account, l.Amount)
	}
	if err := credits.Flush(ctx); err != nil {
		return err
	}
	return lines.Flush(ctx)
}
