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
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
)

const (
	changeChunk = 500 // payments that one transaction changes
	mostNamed   = 100 // payments that a result names
)

// vendorChange is a change to payments: to which of a journal it can be made, and what it does to some of them, all or none.
type vendorChange struct {
	command  command
	statuses []payout.Status
	do       func(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*payout.Payment, done *VendorPaymentsDone) error
}

// changeVendorPayments makes a change to the payments that are chosen, some hundreds in a transaction. What cannot be done to a payment
// keeps the others from nothing: it is told by payment. When one payment alone is chosen, its problem is the error.
func (a *App) changeVendorPayments(ctx context.Context, call Call, choice VendorPaymentChoice, ch vendorChange) (*VendorPaymentsDone, error) {
	if err := choice.check(); err != nil {
		return nil, err
	}
	if first, found, err := earlier[*VendorPaymentsDone](ctx, a, call, ch.command); err != nil || found {
		return first, err
	}
	each := call
	each.Key = "" // done twice, nothing is done the second time: no payment has the status any longer
	all, sums := newVendorDone(), vendorSums{}
	chosen, err := a.chooseVendorPayments(ctx, each, ch, choice)
	if err != nil {
		return nil, err
	}
	for ids := range slices.Chunk(idsOfChosen(chosen), changeChunk) {
		if err := a.changeChunk(ctx, each, ch, ids, len(choice.Payments) == 1, all, sums); err != nil {
			return nil, err
		}
	}
	all.Amounts = sums.view()
	if all.Done == 0 && len(all.Refused) == 0 {
		return nil, fault.New(fault.Refused, "the vendor payment journal %s has no payment that this can be done to", choice.Journal).ByRule("nothing_to_do")
	}
	return do(ctx, a, call, ch.command, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *VendorPaymentsDone, error) {
		return strings.TrimSpace(choice.Journal + " " + strings.Join(choice.Payments[:min(len(choice.Payments), 5)], " ")), map[string]any{"done": all.Done, "refused": len(all.Refused), "amounts": all.Amounts}, all, nil
	})
}

func newVendorDone() *VendorPaymentsDone {
	return &VendorPaymentsDone{Payments: []string{}, Amounts: []VendorPaymentSum{}, Vouchers: []string{}, Reversed: []string{}, Freed: []string{}, Refused: []VendorPaymentProblem{}}
}

func (x VendorPaymentChoice) check() error {
	if (x.Journal == "") == (len(x.Payments) == 0) {
		return fault.New(fault.Invalid, "name either a journal, or payments of it").In("payments")
	}
	for _, name := range x.Payments {
		if _, _, err := payout.ParseName(name); err != nil {
			return inField(err, "payments")
		}
	}
	return plain("journal", x.Journal)
}

// chooseVendorPayments gives the payments to change, in the order in which they were made or named.
func (a *App) chooseVendorPayments(ctx context.Context, call Call, ch vendorChange, choice VendorPaymentChoice) (chosen []payout.Chosen, err error) {
	err = query(ctx, a, call, ch.command.permission, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if choice.Journal == "" {
			for _, name := range choice.Payments {
				p, err := payout.Find(ctx, tx, name)
				if err != nil {
					return err
				}
				if x := (payout.Chosen{ID: p.ID, Bank: p.Bank, Kind: p.Kind}); !slices.Contains(chosen, x) {
					chosen = append(chosen, x)
				}
			}
			return nil
		}
		j, err := payout.FindJournal(ctx, tx, choice.Journal)
		if err != nil {
			return err
		}
		if j.State == payout.Proposing {
			return fault.New(fault.Refused, "the vendor payment journal %s is being proposed; wait until it is open", j.Code).ByRule("journal_state")
		}
		chosen, err = payout.Choose(ctx, tx, j.ID, ch.statuses)
		return err
	})
	return chosen, err
}

func idsOfChosen(chosen []payout.Chosen) []int64 {
	ids := make([]int64, len(chosen))
	for i, p := range chosen {
		ids[i] = p.ID
	}
	return ids
}

// changeChunk changes payments together, or, when that is refused, in halves, down to those that are refused.
func (a *App) changeChunk(ctx context.Context, call Call, ch vendorChange, ids []int64, alone bool, all *VendorPaymentsDone, sums vendorSums) error {
	err := a.changeOnce(ctx, call, ch, ids, all, sums)
	if err == nil || alone || !ours(err) || fault.CodeOf(err) == fault.Internal {
		return err
	}
	if n := len(ids) / 2; n > 0 {
		if err := a.changeChunk(ctx, call, ch, ids[:n], false, all, sums); err != nil {
			return err
		}
		return a.changeChunk(ctx, call, ch, ids[n:], false, all, sums)
	}
	name := ""
	qerr := query(ctx, a, call, ch.command.permission, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		found, err := payout.ByID(ctx, tx, ids)
		if err == nil && len(found) == 1 {
			name = found[0].Name()
		}
		return err
	})
	all.Refused = append(all.Refused, VendorPaymentProblem{name, err.Error()})
	return qerr
}

// changeOnce changes payments in one transaction, all or none.
func (a *App) changeOnce(ctx context.Context, call Call, ch vendorChange, ids []int64, all *VendorPaymentsDone, sums vendorSums) error {
	var payments []*payout.Payment
	cmd := ch.command
	cmd.name += ".some"
	part, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *VendorPaymentsDone, error) {
		part := newVendorDone()
		found, err := payout.ByID(ctx, tx, ids)
		if err != nil {
			return "", nil, nil, err
		}
		payments = found
		if err := ch.do(ctx, tx, c, found, part); err != nil {
			return "", nil, nil, err
		}
		if err := followPayments(ctx, tx, found, "payment "+found[0].Name()); err != nil {
			return "", nil, nil, err
		}
		names := make([]string, len(found))
		for i, p := range found {
			names[i] = p.Name()
		}
		return found[0].Code, map[string]any{"payments": names, "vouchers": part.Vouchers, "reversed": part.Reversed}, part, nil
	})
	if err != nil {
		return err
	}
	for _, p := range payments {
		all.Done++
		if len(all.Payments) < mostNamed {
			all.Payments = append(all.Payments, p.Name())
		}
		sums.add(p.Status, p.Currency, p.Amount)
	}
	all.Vouchers = append(all.Vouchers, part.Vouchers...)
	all.Reversed = append(all.Reversed, part.Reversed...)
	all.Freed = append(all.Freed, part.Freed...)
	return nil
}

// CancelVendorPayments takes payments out of their journals before anything was made of them.
func (a *App) CancelVendorPayments(ctx context.Context, call Call, choice VendorPaymentChoice, reason string) (*VendorPaymentsDone, error) {
	return a.changeVendorPayments(ctx, call, choice, vendorChange{
		command:  command{name: "vendor_payment.cancel", permission: identity.Prepare, input: []any{choice, reason}},
		statuses: []payout.Status{payout.Created, payout.Approved},
		do: func(ctx context.Context, tx *db.Tx, _ *ledger.Company, payments []*payout.Payment, _ *VendorPaymentsDone) error {
			return payout.Cancel(ctx, tx, payments, reason)
		},
	})
}

// ApproveVendorPayments approves payments; who proposed or changed them may not.
func (a *App) ApproveVendorPayments(ctx context.Context, call Call, choice VendorPaymentChoice) (*VendorPaymentsDone, error) {
	return a.changeVendorPayments(ctx, call, choice, vendorChange{
		command:  command{name: "vendor_payment.approve", permission: identity.Approve, input: choice},
		statuses: []payout.Status{payout.Created},
		do: func(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*payout.Payment, _ *VendorPaymentsDone) error {
			return approvePayments(ctx, tx, c, call, payments)
		},
	})
}

// SendVendorPayments notes that what was generated of payments went out; detail may say how.
func (a *App) SendVendorPayments(ctx context.Context, call Call, choice VendorPaymentChoice, detail string) (*VendorPaymentsDone, error) {
	return a.changeVendorPayments(ctx, call, choice, vendorChange{
		command:  command{name: "vendor_payment.send", permission: identity.Pay, input: []any{choice, detail}},
		statuses: []payout.Status{payout.Generated},
		do: func(ctx context.Context, tx *db.Tx, _ *ledger.Company, payments []*payout.Payment, _ *VendorPaymentsDone) error {
			return payout.MarkSent(ctx, tx, payments, detail)
		},
	})
}

// WithdrawVendorPayments takes back what was generated and not sent; the payments get new numbers when they are generated again.
func (a *App) WithdrawVendorPayments(ctx context.Context, call Call, choice VendorPaymentChoice, reason string) (*VendorPaymentsDone, error) {
	return a.changeVendorPayments(ctx, call, choice, vendorChange{
		command:  command{name: "vendor_payment.withdraw", permission: identity.Pay, input: []any{choice, reason}},
		statuses: []payout.Status{payout.Generated},
		do: func(ctx context.Context, tx *db.Tx, _ *ledger.Company, payments []*payout.Payment, _ *VendorPaymentsDone) error {
			return payout.Withdraw(ctx, tx, payments, reason)
		},
	})
}

// PostVendorPayments posts payments on date (blank: today), each with its voucher, and settles their invoices.
func (a *App) PostVendorPayments(ctx context.Context, call Call, choice VendorPaymentChoice, date civil.Date) (*VendorPaymentsDone, error) {
	return a.changeVendorPayments(ctx, call, choice, vendorChange{
		command:  command{name: "vendor_payment.post", permission: identity.Pay, input: []any{choice, date}},
		statuses: []payout.Status{payout.Created, payout.Approved, payout.Generated, payout.Sent},
		do: func(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*payout.Payment, done *VendorPaymentsDone) error {
			return postVendorPayments(ctx, tx, c, payments, date, done)
		},
	})
}

func postVendorPayments(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*payout.Payment, date civil.Date, done *VendorPaymentsDone) error {
	policy, err := postingPolicy(c)
	if err != nil {
		return err
	}
	if err := cmp.Or(mayPay(ctx, tx, payments), demandPayments(ctx, tx, c, payments)); err != nil {
		return err
	}
	vouchers, err := payout.Post(ctx, tx, c, payments, orToday(date, tx), policy)
	if err != nil {
		return err
	}
	for _, v := range vouchers {
		done.Vouchers = append(done.Vouchers, v.Number)
	}
	if err := tellPosted(tx, payments); err != nil {
		return err
	}
	return payout.CloseJournals(ctx, tx, payments)
}

// VendorPaymentFailure says how payments came back.
type VendorPaymentFailure struct {
	Choice VendorPaymentChoice `json:"choice"`
	As     payout.Status       `json:"as"`   // rejected, voided, returned, stopped, stale
	Date   civil.Date          `json:"date"` // blank: today
	Reason string              `json:"reason"`
	Fate   payout.Fate         `json:"fate"` // blank: the payments', else the company's
}

// failures are the ways in which payments come back.
var failures = []payout.Status{payout.Rejected, payout.Voided, payout.Returned, payout.Stopped, payout.Stale}

// FailVendorPayments notes that payments came back. The mirror of each posted one is posted, its invoices are open again, and by its fate
// the reimbursements among them wait to be paid again or are reversed, so that the customers' credits are open again.
func (a *App) FailVendorPayments(ctx context.Context, call Call, f VendorPaymentFailure) (*VendorPaymentsDone, error) {
	if !slices.Contains(failures, f.As) {
		return nil, oneOf("as", string(f.As), failures)
	}
	if f.Fate != "" && f.Fate != payout.Reissue && f.Fate != payout.Reverse {
		return nil, oneOf("fate", string(f.Fate), []payout.Fate{payout.Reissue, payout.Reverse})
	}
	if err := plain("reason", f.Reason); err != nil {
		return nil, err
	}
	var can []payout.Status
	for from := range payout.Next {
		if from.MayFail(f.As) {
			can = append(can, from)
		}
	}
	return a.changeVendorPayments(ctx, call, f.Choice, vendorChange{
		command: command{name: failing[f.As], permission: identity.Pay, input: f}, statuses: can,
		do: func(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*payout.Payment, done *VendorPaymentsDone) error {
			return failVendorPayments(ctx, tx, c, payments, f, done)
		},
	})
}

// failing names the commands that note a failure.
var failing = map[payout.Status]string{
	payout.Rejected: "vendor_payment.reject", payout.Voided: "vendor_payment.void", payout.Returned: "vendor_payment.return", payout.Stopped: "vendor_payment.stop", payout.Stale: "vendor_payment.stale",
}

func failVendorPayments(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*payout.Payment, f VendorPaymentFailure, done *VendorPaymentsDone) error {
	if f.Fate != "" {
		for _, p := range payments {
			if err := payout.SetFate(ctx, tx, p, f.Fate); err != nil {
				return err
			}
		}
	}
	date := orToday(f.Date, tx)
	freed, err := payout.Fail(ctx, tx, c, payments, f.As, date, f.Reason)
	if err != nil {
		return err
	}
	ids := make([]int64, len(freed))
	for i, x := range freed {
		ids[i] = x.Voucher
		done.Freed = append(done.Freed, x.Number)
	}
	types, err := ledger.TypesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	var numbers []string
	for _, x := range freed {
		if x.Fate == payout.Reverse && types[x.Voucher] == ledger.Reimbursement && !slices.Contains(numbers, x.Number) {
			numbers = append(numbers, x.Number)
		}
	}
	if len(numbers) > 0 {
		if _, err := reimbursement.Reverse(ctx, tx, c, numbers, date, f.Reason); err != nil {
			return err
		}
		done.Reversed = numbers
	}
	if err := tellFailures(ctx, tx, payments, f); err != nil {
		return err
	}
	return payout.CloseJournals(ctx, tx, payments)
}

// VendorPaymentEdit changes a payment before anything is made of it. What is nil stays.
type VendorPaymentEdit struct {
	Payee  *string      `json:"payee"`  // code of a vendor or customer; the vendor's own takes an exception back
	Reason string       `json:"reason"` // for another payee
	Method *string      `json:"method"`
	Fate   *payout.Fate `json:"fate"` // blank: the company's
}

// EditVendorPayment changes payee, method or fate of a payment. Its approval is void then, the fate excepted.
func (a *App) EditVendorPayment(ctx context.Context, call Call, name string, e VendorPaymentEdit) (*VendorPayment, error) {
	cmd := command{name: "vendor_payment.edit", permission: identity.Prepare, input: []any{name, e}}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *VendorPayment, error) {
		if err := plain("payment", name); err != nil {
			return "", nil, nil, err
		}
		p, err := payout.Find(ctx, tx, name)
		if err != nil {
			return "", nil, nil, err
		}
		if err := e.apply(ctx, tx, c, p); err != nil {
			return "", nil, nil, err
		}
		view, err := showVendorPayment(ctx, tx, name)
		return name, e, view, err
	})
}

func (e VendorPaymentEdit) apply(ctx context.Context, tx *db.Tx, c *ledger.Company, p *payout.Payment) error {
	if e.Method != nil {
		m, err := payout.FindMethod(ctx, tx, *e.Method)
		if err != nil {
			return err
		}
		if err := payout.SetMethod(ctx, tx, p, m); err != nil {
			return err
		}
	}
	if e.Payee != nil {
		id, err := payeeByCode(ctx, tx, *e.Payee)
		if err != nil {
			return err
		}
		if err := demandPayee(ctx, tx, c, p, *e.Payee, e.Reason); err != nil {
			return err
		}
		if v, err := party.FindVendor(ctx, tx, *e.Payee); err == nil && v.Blocked {
			return fault.New(fault.Refused, "vendor %s is blocked", v.Code).ByRule(string(payout.VendorBlocked)).In("payee")
		}
		if err := payout.SetPayee(ctx, tx, p, id, *e.Payee, e.Reason); err != nil {
			return err
		}
	}
	if e.Fate != nil {
		if *e.Fate != "" && *e.Fate != payout.Reissue && *e.Fate != payout.Reverse {
			return oneOf("fate", string(*e.Fate), []payout.Fate{payout.Reissue, payout.Reverse})
		}
		return payout.SetFate(ctx, tx, p, *e.Fate)
	}
	return nil
}
