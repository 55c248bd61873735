package deduction

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// Line is a line of a resolution that is asked for.
type Line struct {
	Kind    Kind         `json:"kind"`
	Amount  money.Amount `json:"amount"`             // positive, minor units of the deduction's currency
	Account string       `json:"account,omitempty"`  // to write off to; the bank of a payback; revenue of a credit note; main account of a chargeback
	Plan    string       `json:"plan,omitempty"`     // code; blank: the deduction's own
	Credit  string       `json:"credit,omitempty"`   // voucher of the open credit to match with, or of the payment that repaid it
	Party   int64        `json:"party,omitempty"`    // whose credit it is; 0: the deduction's customer
	Notes   []NoteLine   `json:"notes,omitempty"`    // of a credit note, with its tax; none: all of it on Account
	Basis   string       `json:"basis,omitempty"`    // of a credit note: price, quantity or blank
	Goods   string       `json:"goods,omitempty"`    // of a credit note by quantity: the returned lines
	Number  string       `json:"number,omitempty"`   // of a new document; blank: from its series
	Due     civil.Date   `json:"due,omitzero"`       // of a returned or charged-back item; blank: the date
	KeepDue bool         `json:"keep_due,omitempty"` // a returned item keeps the due date that the document had
	Reason  string       `json:"reason,omitempty"`   // why it is denied, written off …
	Text    string       `json:"text,omitempty"`

	Automatic bool `json:"automatic,omitempty"` // no person chose it
}

// NoteLine is a line of a credit note.
type NoteLine struct {
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"`
}

// Outcome is what became of a resolution: posted, or proposed because a limit asks for approval.
type Outcome struct {
	Deduction   *Deduction
	Batch       int64
	Proposed    bool
	Limit       *Limit // that was exceeded; nil when none was
	Resolutions []*Resolution
}

// Resolve posts the lines, each a part of what remains, together or not at all, on date. What is over a limit, and every line of a
// claim, is only proposed: see [Approve]. d is brought to its new state.
func Resolve(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, lines []Line, date civil.Date) (*Outcome, error) {
	if err := lockRoot(ctx, tx, d); err != nil {
		return nil, err
	}
	if err := canResolve(ctx, tx, d); err != nil {
		return nil, err
	}
	b, err := build(ctx, tx, c, s, d, lines, date)
	if err != nil {
		return nil, err
	}
	over, err := CheckLimits(ctx, tx, c, s, d, b.writtenOff(), tx.Actor)
	if err != nil {
		return nil, err
	}
	out := &Outcome{Deduction: d, Limit: over, Resolutions: b.resolutions}
	if over != nil || d.isClaim() {
		out.Proposed = true
		return out, propose(ctx, tx, d, lines, out)
	}
	if err := b.demand(ctx, tx, tx.Actor); err != nil {
		return nil, err
	}
	if err := b.post(ctx, tx); err != nil {
		return nil, err
	}
	if err := insertResolutions(ctx, tx, b.resolutions); err != nil {
		return nil, err
	}
	out.Batch = b.resolutions[0].Batch
	return out, b.finish(ctx, tx, "resolved")
}

func canResolve(ctx context.Context, tx *db.Tx, d *Deduction) error {
	pending, err := proposals(ctx, tx, d.ID)
	switch {
	case err != nil:
		return err
	case d.State == Reversed || d.State == Voided:
		return fault.New(fault.Refused, "the deduction %s is %s; nothing of it can be resolved", d.Number, d.State).ByRule("not_held")
	case d.Remaining() == 0:
		return fault.New(fault.Refused, "nothing remains of the deduction %s; reverse a resolution first if it is to end elsewhere", d.Number).ByRule("nothing_remains")
	case len(pending) > 0:
		return fault.New(fault.Refused, "a resolution of the deduction %s waits for approval; it is approved or rejected first: quittance deductions approve %s, or reject", d.Number, d.Number).ByRule("pending_approval")
	}
	return nil
}

// propose notes what is to be posted once somebody approves it.
func propose(ctx context.Context, tx *db.Tx, d *Deduction, lines []Line, out *Outcome) error {
	for i, r := range out.Resolutions {
		request, err := json.Marshal(lines[i])
		if err != nil {
			return err
		}
		r.State, r.Request, r.Voucher, r.Counterpart = "proposed", string(request), 0, 0
	}
	if err := insertResolutions(ctx, tx, out.Resolutions); err != nil {
		return err
	}
	out.Batch = out.Resolutions[0].Batch
	if err := d.PostedWork(PendingApproval); err != nil {
		return err
	}
	if err := Update(ctx, tx, d); err != nil {
		return err
	}
	return AddEvent(ctx, tx, d.ID, "proposed", amounts(d, out.Resolutions))
}

// amounts writes what lines do, for the history.
func amounts(d *Deduction, rs []*Resolution) (text string) {
	for i, r := range rs {
		if i > 0 {
			text += ", "
		}
		text += string(r.Kind) + " " + show(d.Currency, r.Amount) + " " + d.Currency
	}
	return text
}

// Approve posts what is proposed for a deduction, as another person than who asked for it, and within that person's own limit.
func Approve(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, date civil.Date) (*Outcome, error) {
	if err := lockRoot(ctx, tx, d); err != nil {
		return nil, err
	}
	pending, err := pendingOf(ctx, tx, d)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(pending))
	for i, r := range pending {
		if r.Actor == tx.Actor {
			return nil, fault.New(fault.Denied, "%s asked for the resolution of %s; somebody else must approve it", r.Actor, d.Number).ByRule("own_request")
		}
		if err := json.Unmarshal([]byte(r.Request), &lines[i]); err != nil {
			return nil, err
		}
	}
	b, err := build(ctx, tx, c, s, d, lines, date)
	if err != nil {
		return nil, err
	}
	own := &Setup{Limits: map[Limit]money.Amount{}}
	if most, there := s.Limits[Limit{Scope: "user", Code: tx.Actor}]; there {
		own.Limits[Limit{Scope: "user", Code: tx.Actor}] = most
	}
	over, err := CheckLimits(ctx, tx, c, own, d, b.writtenOff(), tx.Actor)
	if err != nil {
		return nil, err
	}
	if over != nil {
		return nil, fault.New(fault.Refused, "approving this would be more than your own limit: %s; somebody with a higher limit must approve it", over.Say(c)).ByRule("over_limit")
	}
	if err := b.demand(ctx, tx, pending[0].Actor); err != nil {
		return nil, err
	}
	if err := b.post(ctx, tx); err != nil {
		return nil, err
	}
	for i, r := range b.resolutions {
		was := pending[i]
		r.ID, r.Batch, r.Actor, r.At, r.Request, r.DecidedBy, r.DecidedAt = was.ID, was.Batch, was.Actor, was.At, was.Request, tx.Actor, tx.Micros()
		if err := decide(ctx, tx, r, "proposed"); err != nil {
			return nil, err
		}
	}
	return &Outcome{Deduction: d, Batch: pending[0].Batch, Resolutions: b.resolutions}, b.finish(ctx, tx, "approved")
}

func pendingOf(ctx context.Context, tx *db.Tx, d *Deduction) ([]*Resolution, error) {
	pending, err := proposals(ctx, tx, d.ID)
	if err == nil && len(pending) == 0 {
		err = fault.New(fault.Refused, "no resolution of the deduction %s waits for approval", d.Number).ByRule("nothing_proposed")
	}
	return pending, err
}

// Reject ends what is proposed for a deduction, saying why.
func Reject(ctx context.Context, tx *db.Tx, d *Deduction, why string) (*Outcome, error) {
	pending, err := pendingOf(ctx, tx, d)
	if err != nil {
		return nil, err
	}
	if why == "" {
		return nil, fault.New(fault.Invalid, "say why it is rejected").In("reason").ByRule("no_reason_given")
	}
	for _, r := range pending {
		r.State, r.DecidedBy, r.DecidedAt = "rejected", tx.Actor, tx.Micros()
		if err := decide(ctx, tx, r, "proposed"); err != nil {
			return nil, err
		}
	}
	if err := d.PostedWork(ApprovalRejected); err != nil {
		return nil, err
	}
	if err := Update(ctx, tx, d); err != nil {
		return nil, err
	}
	return &Outcome{Deduction: d, Batch: pending[0].Batch, Resolutions: pending}, AddEvent(ctx, tx, d.ID, "rejected", why)
}

// builder makes the vouchers of a resolution, in memory; post writes them.
type builder struct {
	c           *ledger.Company
	s           *Setup
	d           *Deduction
	date        civil.Date
	ch          *openitem.Changes
	held        *held                             // nil for a claim
	credits     map[creditName]*openitem.Document // that lines are matched with
	charged     map[*Plan]money.Amount
	lines       []Line
	asked       []Line            // as they were asked for
	vouchers    []*ledger.Voucher // of each line
	documents   []*ledger.Voucher // the new document of each line; nil: none
	resolutions []*Resolution
}

type creditName struct {
	party  int64
	number string
}

// build makes the vouchers of the lines and tests everything but the limits.
func build(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, lines []Line, date civil.Date) (*builder, error) {
	b := &builder{c: c, s: s, d: d, date: date, ch: openitem.NewChanges(c), credits: map[creditName]*openitem.Document{}, charged: map[*Plan]money.Amount{}, lines: lines, asked: slices.Clone(lines)}
	if err := checkLines(d, lines, date); err != nil {
		return nil, err
	}
	if !d.isClaim() {
		var err error
		if b.held, err = loadHeld(ctx, tx, c, d); err != nil {
			return nil, err
		}
	}
	for i := range lines {
		if err := b.line(ctx, tx, &lines[i]); err != nil {
			return nil, err
		}
	}
	for _, p := range plansByID(b.charged) {
		if err := chargePlan(ctx, tx, c, p, d, b.charged[p]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// checkLines tests what needs no look at the books.
func checkLines(d *Deduction, lines []Line, date civil.Date) error {
	if len(lines) == 0 {
		return fault.New(fault.Invalid, "a resolution needs a line").In("lines")
	}
	var sum money.Sum
	corrections := 0
	for _, l := range lines {
		if l.Amount <= 0 {
			return fault.New(fault.Invalid, "a resolution line is of a positive amount").In("amount").ByRule("bad_amount")
		}
		if l.Kind == ByReturn && l.Account != "" {
			return fault.New(fault.Refused, "a return goes back to the customer's own receivable account; leave the account %s out, or write off", l.Account).In("account").ByRule("return_account")
		}
		if l.Kind == ByCorrection {
			corrections++
		}
		sum.Add(l.Amount)
	}
	total, err := sum.Total()
	switch {
	case err != nil:
		return err
	case total > d.Remaining():
		return fault.New(fault.Refused, "the lines come to %s %s, but %s remain of the deduction %s", show(d.Currency, total), d.Currency, show(d.Currency, d.Remaining()), d.Number).In("amount").ByRule("over_resolution")
	case corrections > 1:
		return fault.New(fault.Refused, "a deduction is corrected by one line").In("lines").ByRule("two_corrections")
	case date < d.Captured:
		return fault.New(fault.Refused, "the deduction %s is of %s; it cannot be resolved on %s, before that", d.Number, d.Captured, date).In("date").ByRule("resolved_before")
	}
	return nil
}

// line makes what one line posts.
func (b *builder) line(ctx context.Context, tx *db.Tx, l *Line) error {
	r := &Resolution{Deduction: b.d.ID, Date: b.date, Kind: l.Kind, Amount: l.Amount, Reason: l.Reason, Text: l.Text, State: "posted", Automatic: l.Automatic}
	v := &ledger.Voucher{Date: b.date, Type: ledger.Resolution, Customer: b.d.Customer, Text: cmp.Or(l.Text, resolutionText(b.d, l))}
	b.resolutions, b.vouchers, b.documents = append(b.resolutions, r), append(b.vouchers, v), append(b.documents, nil)
	if b.d.isClaim() {
		return b.claimLine(ctx, tx, l, r, v)
	}
	pieces, err := b.held.take(l.Amount)
	if err != nil {
		return err
	}
	r.Accounting = accountingOf(pieces)
	for _, p := range pieces {
		v.Entries = append(v.Entries, ledger.Entry{Account: p.Item.Account, Party: p.Item.Party, Currency: p.Item.Currency, Amount: -p.Amount, Accounting: -p.Accounting, Classification: p.Item.Classification})
	}
	if err := b.end(ctx, tx, l, r, v, pieces); err != nil {
		return err
	}
	return b.leaves(v, len(pieces))
}

// end adds what a line does with the pieces that it takes off the hold.
func (b *builder) end(ctx context.Context, tx *db.Tx, l *Line, r *Resolution, v *ledger.Voucher, pieces []openitem.Piece) error {
	switch l.Kind {
	case ByWriteOff:
		return b.writeOff(l, r, v, pieces)
	case ByPlan:
		return b.chargeTo(l, r, v, pieces)
	case ByMatch:
		return b.match(ctx, tx, l, r, v, pieces)
	case ByCreditNote:
		return b.creditNote(l, v, pieces)
	case ByReturn, ByChargeback:
		return b.giveBack(l, r, v, pieces)
	case ByPayback:
		return b.payback(ctx, tx, l, r, v, pieces)
	case ByCorrection:
		return b.correct(ctx, tx, v, pieces)
	}
	return fault.New(fault.Invalid, "%q is no kind of resolution; expected write_off, accrual_plan, match, credit_note, return, chargeback, paid_back or correct", l.Kind).In("kind")
}

// leaves refuses a line that comes back to the suspense account that holds the deduction: nothing would be resolved. The first lines of
// its voucher take the deduction off there; where others hold it no line can name their control account.
func (b *builder) leaves(v *ledger.Voucher, taken int) error {
	if b.d.Hold != OnSuspense {
		return nil
	}
	added := v.Entries[taken:]
	if note := b.documents[len(b.documents)-1]; note != nil {
		added = slices.Concat(added, note.Entries)
	}
	for _, e := range added {
		if slices.ContainsFunc(b.held.doc.Items, func(it *openitem.Item) bool { return it.Account.Main == e.Account.Main }) {
			return fault.New(fault.Refused, "%s is the account that holds the deduction %s; name the one that it goes to", e.Account.Main, b.d.Number).In("account").ByRule("held_there")
		}
	}
	return nil
}

func resolutionText(d *Deduction, l *Line) string {
	text := "Deduction " + d.Number + ": " + map[Kind]string{
		ByWriteOff: "written off", ByPlan: "charged to the accrual plan", ByMatch: "matched with " + l.Credit, ByCreditNote: "matched with a credit note",
		ByReturn: "returned to the customer", ByChargeback: "charged back", ByPayback: "paid back", ByCorrection: "taken in error",
	}[l.Kind]
	if l.Reason != "" {
		text += " (" + l.Reason + ")"
	}
	return text
}

// writtenOff gives what the lines write off, in accounting currency.
func (b *builder) writtenOff() (sum money.Amount) {
	for _, r := range b.resolutions {
		if r.Kind == ByWriteOff {
			sum += r.Accounting
		}
	}
	return sum
}

// post writes the vouchers, and says in the lines which they are.
func (b *builder) post(ctx context.Context, tx *db.Tx) error {
	if err := b.ch.Flush(ctx, tx); err != nil {
		return err
	}
	for i, r := range b.resolutions {
		r.Voucher = b.vouchers[i].ID
		if b.documents[i] != nil {
			r.Counterpart = b.documents[i].ID
		}
	}
	return nil
}

// lockRoot makes those wait who work on the same root or a child of it, since limits and the hold are of all of them.
func lockRoot(ctx context.Context, tx *db.Tx, d *Deduction) error {
	if !tx.Postgres() { // a unit that writes is alone
		return nil
	}
	var id int64
	return tx.Row(ctx, "select id from deduction where company = $1 and id = $2 for update", tx.Company, d.Root).Scan(&id)
}

// finish brings the deduction to its new state.
func (b *builder) finish(ctx context.Context, tx *db.Tx, event string) error {
	d := b.d
	repaid := money.Amount(0)
	for _, r := range b.resolutions {
		d.Resolved += r.Amount
		switch r.Kind {
		case ByReturn, ByChargeback:
			d.Dispute = AwaitingPayback
		case ByPayback:
			repaid += r.Amount
		}
	}
	if err := settleState(ctx, tx, d, repaid); err != nil {
		return err
	}
	to := d.Work
	if d.Remaining() == 0 {
		to, d.ClosedAt = Closed, tx.Micros()
	} else if d.Work == PendingApproval {
		to = SettlementPending
	}
	if err := d.PostedWork(to); err != nil {
		return err
	}
	if err := b.s.save(ctx, tx, b.c, d); err != nil {
		return err
	}
	return AddEvent(ctx, tx, d.ID, event, amounts(d, b.resolutions))
}
