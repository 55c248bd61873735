package deduction

import (
	"cmp"
	"context"
	"errors"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// Part is what a deduction takes from one receivable entry: a part of an open item of the document it is taken from. Item is nil for a
// stand-alone deduction; then Account is the receivable ledger account that its credit stands on, and Amount and Accounting are
// given. The accounting amount is that of the item; nothing is gained or lost by holding it.
type Part struct {
	openitem.Piece
	Account        ledger.Account // of the receivable
	Due            civil.Date     // of the item; a return may keep it
	Classification int64
}

// Taken is a captured deduction: its voucher is among the changes, its record is yet to be saved.
type Taken struct {
	Deduction *Deduction
	Voucher   *ledger.Voucher
	Credits   []*openitem.Item // of stand-alone parts: open credits of the customer, to be applied before cash is

	accounting money.Amount
}

// Capture adds the voucher of a deduction to the changes, dated Captured: the credit of the customer, and what balances it (where it is
// held, or what it is written off to when it is allowed). The credits of parts with an item are linked with them, and the items
// lowered; those of stand-alone parts are given for the caller to apply. The deduction gets its hold. An allowed one of a type that is
// unresolved is refused, and so is one that lacks what its type needs. A small one is written off at once, see [Setup.Small]. CreatedBy
// must be set: limits are tested in [SaveCaptured]. before are those that are posted with it: what a person splits counts together.
func Capture(c *ledger.Company, s *Setup, ch *openitem.Changes, d *Deduction, parts []Part, before []*Taken) (*Taken, error) {
	if err := s.code(c, d); err != nil {
		return nil, err
	}
	var sum money.Sum
	accounting := money.Amount(0)
	for i, p := range parts {
		if p.Item != nil {
			parts[i].Account, parts[i].Due, parts[i].Classification = p.Item.Account, p.Item.Due, p.Item.Classification
		}
		if p.Amount <= 0 || (p.Item != nil && (p.Item.Party != d.Customer || p.Item.Currency != d.Currency)) {
			return nil, fault.New(fault.Internal, "a part of a deduction is not of its customer and currency, or not positive")
		}
		sum.Add(p.Amount)
		accounting += p.Accounting
	}
	total, err := sum.Total()
	if err != nil {
		return nil, err
	}
	if total != d.Amount || len(parts) == 0 {
		return nil, fault.New(fault.Internal, "the parts of a deduction of %d sum to %d", d.Amount, total)
	}
	if typ, account, small := s.Small(d, accounting, s.writtenOffWith(d, before)); small {
		d.Type, d.Account, d.Allowed, d.Automatic = typ, account, true, true
	}
	v := &ledger.Voucher{Date: d.Captured, Type: ledger.Deduction, Customer: d.Customer, Text: captureText(d, parts)}
	if d.Allowed {
		err = s.clear(c, v, d, parts)
	} else {
		err = s.hold(c, v, d, parts)
	}
	if err != nil {
		return nil, err
	}
	return &Taken{Deduction: d, Voucher: v, Credits: link(ch, v, d, parts), accounting: accounting}, nil
}

func captureText(d *Deduction, parts []Part) string {
	text := "Deduction"
	if parts[0].Item != nil {
		text += " from " + parts[0].Item.Number
	}
	if why := cmp.Or(d.Reason, d.TheirCode); why != "" {
		text += ": " + why
	}
	return text
}

// code fills in what the reason says by default, and refuses what cannot be.
func (s *Setup) code(c *ledger.Company, d *Deduction) error {
	reason, known := s.Reasons[d.Reason]
	if d.Reason != "" && (!known || !reason.Active) {
		return fault.New(fault.Invalid, "there is no reason %q for deductions, or it is no longer used", d.Reason).In("reason").ByRule("no_reason")
	}
	d.Type = cmp.Or(d.Type, reason.Type)
	t, known := s.Types[d.Type]
	if !known {
		return fault.New(fault.Invalid, "there is no type of deduction %q; name one, or a reason that has one", d.Type).In("type").ByRule("no_deduction_type")
	}
	switch t.Kind {
	case Unresolved:
		if d.Allowed {
			return fault.New(fault.Refused, "a deduction of type %s is unresolved and cannot be allowed; give it a type of write-off or accrual plan, or leave it to be resolved", d.Type).In("allowed").ByRule("unresolved_allowed")
		}
	case WriteOff:
		d.Account = cmp.Or(d.Account, reason.Account)
		if d.Allowed && d.Account == "" {
			return fault.New(fault.Invalid, "a deduction that is written off needs the account, or a reason that has one").In("account").ByRule("no_account")
		}
	case AccrualPlan:
		d.Plan = cmp.Or(d.Plan, reason.Plan)
		if d.Allowed && d.Plan == "" {
			return fault.New(fault.Invalid, "a deduction that is charged to a plan needs the plan, or a reason that has one").In("plan").ByRule("no_plan")
		}
	}
	if _, known := s.Plans[d.Plan]; d.Plan != "" && !known {
		return fault.New(fault.Invalid, "there is no accrual plan %q", d.Plan).In("plan").ByRule("no_plan")
	}
	if d.Account != "" {
		_, err := writeOffAccount(c, d.Account, ledger.Account{})
		return err
	}
	return nil
}

// writeOffAccount reads an account that is no control account, for a line beside an entry on another.
func writeOffAccount(c *ledger.Company, written string, beside ledger.Account) (ledger.Account, error) {
	a, err := c.Beside(written, beside)
	if err == nil && c.Accounts[a.Main].Control.OfParty() {
		err = fault.New(fault.Refused, "%s is a %s control account, which takes entries with their party only; name another account", a.Main, c.Accounts[a.Main].Control).ByRule("control_account")
	}
	return a, inAccount(err)
}

// inAccount says of an error that it is in the field account.
func inAccount(err error) error {
	var ours *fault.Error
	if errors.As(err, &ours) {
		return ours.In("account")
	}
	return err
}

// hold adds pairs of lines, for each part where it is held and the customer's credit beside it.
func (s *Setup) hold(c *ledger.Company, v *ledger.Voucher, d *Deduction, parts []Part) error {
	t := s.Types[d.Type]
	d.Hold = s.HoldOf(c, d.Type, d.Reason)
	main := ""
	switch d.Hold {
	case OnManagement:
		if s.Management == nil {
			return fault.New(fault.Refused, "deductions are held on the deduction management customer, but there is none: set the parameter deduction_customer, or another deduction_hold").ByRule("no_deduction_customer")
		}
		profile, err := c.Profile(ledger.CustomerControl, s.Management.Code, s.Management.Group)
		if err != nil {
			return err
		}
		main, d.Holder = profile.Summary, s.Management.ID
	case OnCustomer:
		main, d.Holder = c.Parameters["deduction_account"], d.Customer
	case OnSuspense:
		if main = t.Offset; main == "" {
			return fault.New(fault.Refused, "deductions of type %s are held in suspense, but the type has no offset account; set it", d.Type).ByRule("no_offset_account")
		}
	default:
		return fault.New(fault.Refused, "nothing says where a deduction of type %s is held: set the parameter deduction_hold, or the hold of the type", d.Type).ByRule("no_hold")
	}
	if main != "" && c.Accounts[main].Control.OfParty() != (d.Holder != 0) {
		return fault.New(fault.Refused, "%s cannot hold deductions: on a customer they need a customer control account, in suspense an account that is none", main).ByRule("bad_hold_account")
	}
	if s.Management != nil && d.Customer == s.Management.ID {
		return fault.New(fault.Refused, "%s holds the deductions of other customers; it has none of its own", s.Management.Code).ByRule("deduction_customer")
	}
	for _, p := range parts {
		account := p.Account
		if main != "" {
			account = c.WithMain(p.Account, main)
		}
		debit := ledger.Entry{Account: account, Party: d.Holder, Currency: d.Currency, Amount: p.Amount, Accounting: p.Accounting, Classification: p.Classification}
		v.Entries = append(v.Entries, debit, p.credit(d))
	}
	return nil
}

// credit gives the line of the customer's credit.
func (p Part) credit(d *Deduction) ledger.Entry {
	return ledger.Entry{Account: p.Account, Party: d.Customer, Currency: d.Currency, Amount: -p.Amount, Accounting: -p.Accounting, Classification: p.Classification, Due: p.Due}
}

// clear adds the lines of a deduction that is allowed: it is written off, or charged to its plan, at once.
func (s *Setup) clear(c *ledger.Company, v *ledger.Voucher, d *Deduction, parts []Part) error {
	written := d.Account
	if s.Types[d.Type].Kind == AccrualPlan {
		written = s.Plans[d.Plan].Account
	}
	pieces := make([]openitem.Piece, len(parts))
	for i, p := range parts {
		v.Entries = append(v.Entries, p.credit(d))
		pieces[i] = openitem.Piece{Item: &openitem.Item{Account: p.Account, Currency: d.Currency}, Amount: p.Amount, Accounting: p.Accounting}
	}
	return debitBeside(c, v, written, pieces)
}

// debitBeside adds the debit lines of pieces on the account written, beside the account of each, with due lines where they are needed.
func debitBeside(c *ledger.Company, v *ledger.Voucher, written string, pieces []openitem.Piece) error {
	if err := debits(c, v, written, pieces); err != nil {
		return err
	}
	return c.AddDueLines(v)
}

// debits adds the debit lines, one for each ledger account.
func debits(c *ledger.Company, v *ledger.Voucher, written string, pieces []openitem.Piece) error {
	at := map[string]int{}
	for _, p := range pieces {
		to, err := writeOffAccount(c, written, p.Item.Account)
		if err != nil {
			return err
		}
		i, there := at[to.Written]
		if !there {
			i = len(v.Entries)
			at[to.Written] = i
			v.Entries = append(v.Entries, ledger.Entry{Account: to, Currency: p.Item.Currency})
		}
		v.Entries[i].Amount += p.Amount
		v.Entries[i].Accounting += p.Accounting
	}
	return nil
}

// link adds the voucher, and links the credits of parts that have an item; it gives the credits of the others.
func link(ch *openitem.Changes, v *ledger.Voucher, d *Deduction, parts []Part) (standing []*openitem.Item) {
	var credits []*openitem.Item
	for _, it := range ch.Add(v) {
		if it.Open < 0 && it.Party == d.Customer {
			credits = append(credits, it)
		}
	}
	op := &openitem.Operation{Kind: openitem.Deducted, Date: v.Date}
	for i, p := range parts {
		if p.Item == nil {
			standing = append(standing, credits[i])
			continue
		}
		op.Links = append(op.Links, openitem.Link{Debit: p.Item, Credit: credits[i], Amount: p.Amount, Accounting: p.Accounting})
		op.Links[len(op.Links)-1].Take()
	}
	if len(op.Links) > 0 {
		ch.Operate(op)
	}
	return standing
}

// Uncapture mirrors the vouchers of captured deductions on date, and notes that they were reversed, with the children that were split off
// them. The caller has undone, by the undoer, every operation that links their items (those of the kind Deducted, and the applications
// of stand-alone credits). It is refused, naming the deduction and what to do, when anything of it was resolved since, or is proposed to
// be. What is reversed already (allowed, and reversed by itself) is passed over.
func Uncapture(ctx context.Context, tx *db.Tx, c *ledger.Company, ch *openitem.Changes, u *openitem.Undoer, ds []*Deduction, date civil.Date, text string) error {
	for _, d := range ds {
		if d.State == Reversed {
			continue
		}
		if err := lockRoot(ctx, tx, d); err != nil {
			return err
		}
		family, err := Family(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		for _, x := range family {
			if err := canUncapture(ctx, tx, x); err != nil {
				return err
			}
		}
		mirror, err := mirrorVoucher(ctx, tx, c, ch, u, d.Voucher, date, text)
		if err != nil {
			return err
		}
		if d.Allowed {
			if _, err := tx.Exec(ctx, "update resolution set state = 'reversed', reversal = $1 where company = $2 and deduction = $3 and state = 'posted'", mirror.ID, tx.Company, d.ID); err != nil {
				return err
			}
		}
		for _, x := range family {
			if err := x.uncaptured(ctx, tx, text); err != nil {
				return err
			}
			if x.ID == d.ID {
				*d = *x
			}
		}
	}
	return nil
}

// uncaptured notes that the capture of a deduction was reversed.
func (d *Deduction) uncaptured(ctx context.Context, tx *db.Tx, text string) error {
	if d.Allowed {
		d.Resolved = 0
	}
	if err := d.PostedWork(Cancelled); err != nil {
		return err
	}
	d.State, d.ClosedAt, d.Expected = Reversed, tx.Micros(), 0
	if err := Update(ctx, tx, d); err != nil {
		return err
	}
	if err := openitem.SetExposure(ctx, tx, openitem.Exposure{Party: d.Customer, Source: exposed, ID: d.ID}); err != nil {
		return err
	}
	if err := rededuct(ctx, tx, d); err != nil {
		return err
	}
	return AddEvent(ctx, tx, d.ID, "reversed", text)
}

func canUncapture(ctx context.Context, tx *db.Tx, d *Deduction) error {
	pending, err := proposals(ctx, tx, d.ID)
	switch {
	case err != nil:
		return err
	case len(pending) > 0:
		return fault.New(fault.Refused, "a resolution of the deduction %s waits for approval; reject it first: quittance deductions reject %s", d.Number, d.Number).ByRule("pending_approval")
	case d.Resolved != 0 && !d.Allowed:
		return fault.New(fault.Refused, "%s %s of the deduction %s is resolved; reverse those resolutions first: quittance deductions reverse %s RESOLUTION", show(d.Currency, d.Resolved), d.Currency, d.Number, d.Number).ByRule("resolved_since")
	}
	return nil
}

// mirrorVoucher adds the mirror of a voucher, of whose items nothing is settled any more once the undoer has worked.
func mirrorVoucher(ctx context.Context, tx *db.Tx, c *ledger.Company, ch *openitem.Changes, u *openitem.Undoer, id int64, date civil.Date, text string) (*ledger.Voucher, error) {
	v, err := ledger.Get(ctx, tx, c, id)
	if err != nil {
		return nil, err
	}
	if date < v.Date {
		return nil, fault.New(fault.Refused, "%s is of %s; it cannot be reversed on %s, before that", v.Number, v.Date, date).ByRule("reversed_before").In("date")
	}
	items, err := openitem.OfVouchers(ctx, tx, c, []int64{id})
	if err != nil {
		return nil, err
	}
	for i, it := range items {
		if known := u.Item(it); known != nil {
			items[i], it = known, known
		}
		if it.Open != it.Amount {
			return nil, fault.New(fault.Refused, "line %d of %s is settled in part or whole; undo that settlement first", it.Line, v.Number).ByRule("settled_since")
		}
		if it.Marked != 0 {
			return nil, fault.New(fault.Refused, "line %d of %s is marked by a pending settlement; release the mark first", it.Line, v.Number).ByRule("marked")
		}
	}
	m := ch.Mirror(&v.Voucher, items, date, text)
	m.ID, err = tx.NewID(ctx)
	return m, err
}

// show writes an amount of a currency for a message.
func show(currency string, a money.Amount) string {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return "?"
	}
	return cur.Format(a)
}
