package app

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
	"quittance/internal/request"
)

const proposeChunk = 1000 // vendors that one transaction decides about

// proposer decides about vendors for one proposal.
type proposer struct {
	policy  payout.Policy
	groups  []string
	vendors []int64 // nil: all
}

// newProposer reads what a proposal needs.
func newProposer(ctx context.Context, tx *db.Tx, c *ledger.Company, sel VendorPaymentSelection) (*proposer, error) {
	p := &proposer{groups: sel.Groups}
	p.policy = payout.Policy{Date: orToday(sel.Date, tx), DueBy: sel.DueBy, Method: sel.Method, Methods: map[string]payout.Method{}}
	var err error
	if p.policy.Cooling, err = coolingDays(c); err != nil {
		return nil, err
	}
	if p.policy.Asked, err = request.AskedMethods(ctx, tx); err != nil {
		return nil, err
	}
	methods, err := payout.Methods(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, m := range methods {
		p.policy.Methods[m.Code] = m
	}
	if _, known := p.policy.Methods[sel.Method]; !known && sel.Method != "" {
		return nil, fault.New(fault.NotFound, "there is no method of payment %q", shortened(sel.Method)).In("method")
	}
	if len(methods) == 0 {
		return nil, fault.New(fault.Refused, "the company has no method of payment yet; add a bank account and a method: quittance banks set, quittance banks method").ByRule("no_method")
	}
	if err := p.limits(c, sel); err != nil {
		return nil, err
	}
	for _, code := range sel.Vendors {
		v, err := party.FindVendor(ctx, tx, code)
		if err != nil {
			return nil, inField(err, "vendors")
		}
		p.vendors = append(p.vendors, v.ID)
	}
	slices.Sort(p.vendors)
	p.vendors = slices.Compact(p.vendors)
	if sel.Run != "" {
		err = p.ofRun(ctx, tx, sel.Run)
	}
	return p, err
}

func (p *proposer) limits(c *ledger.Company, sel VendorPaymentSelection) error {
	cur, err := money.CurrencyOf(cmp.Or(sel.Currency, c.Currency.Code))
	if err != nil {
		return inField(err, "currency")
	}
	if sel.Currency != "" {
		p.policy.Currency = cur.Code
	}
	if (sel.Minimum != "" || sel.Maximum != "") && sel.Currency == "" {
		p.policy.Currency = cur.Code // limits are of a currency
	}
	if p.policy.Minimum, err = paymentAmount(cur, sel.Minimum, "minimum"); err != nil {
		return err
	}
	if p.policy.Maximum, err = paymentAmount(cur, sel.Maximum, "maximum"); err == nil && p.policy.Maximum != 0 && p.policy.Maximum < p.policy.Minimum {
		err = fault.New(fault.Invalid, "the maximum %s is below the minimum %s", sel.Maximum, sel.Minimum).In("maximum")
	}
	return err
}

// ofRun limits the proposal to what a reimbursement run made.
func (p *proposer) ofRun(ctx context.Context, tx *db.Tx, code string) error {
	r, err := reimbursement.FindRun(ctx, tx, code)
	if err != nil {
		return inField(err, "run")
	}
	wanted, err := reimbursement.InvoicesOf(ctx, tx, r.ID)
	p.policy.Wanted = func(voucher int64) bool { return wanted[voucher] }
	return err
}

// next gives the vendors to decide about after the one with the id.
func (p *proposer) next(ctx context.Context, tx *db.Tx, after int64) ([]int64, error) {
	if p.vendors == nil {
		return payout.Candidates(ctx, tx, after, proposeChunk)
	}
	i, _ := slices.BinarySearch(p.vendors, after+1)
	return p.vendors[i:min(len(p.vendors), i+proposeChunk)], nil
}

// decide plans for vendors.
func (p *proposer) decide(ctx context.Context, tx *db.Tx, c *ledger.Company, vendors []int64) (planned []payout.Planned, left []payout.Left, err error) {
	subjects, err := payout.Subjects(ctx, tx, c, vendors)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range subjects {
		if len(p.groups) > 0 && !slices.Contains(p.groups, s.Vendor.Group) {
			continue
		}
		ready, out := p.policy.Plan(s)
		planned, left = append(planned, ready...), append(left, out...)
	}
	return planned, left, nil
}

// SimulateVendorPayments says what a proposal would pay and leave out; nothing is written. It shows at most so many of each.
func (a *App) SimulateVendorPayments(ctx context.Context, call Call, sel VendorPaymentSelection, most int) (*VendorPaymentProposal, error) {
	out := &VendorPaymentProposal{Payments: []VendorPayment{}, LeftOut: []VendorPaymentLeft{}, Totals: []VendorPaymentSum{}}
	sums := vendorSums{}
	err := query(ctx, a, call, identity.Prepare, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		p, err := newProposer(ctx, tx, c, sel)
		if err != nil {
			return err
		}
		for after := int64(0); ; {
			vendors, err := p.next(ctx, tx, after)
			if err != nil || len(vendors) == 0 {
				return err
			}
			after = vendors[len(vendors)-1]
			planned, left, err := p.decide(ctx, tx, c, vendors)
			if err != nil {
				return err
			}
			for _, x := range planned {
				sums.add(payout.Created, x.Currency, x.Amount)
			}
			if err := out.add(ctx, tx, planned[:min(len(planned), most-len(out.Payments))], p.policy); err != nil {
				return err
			}
			for _, l := range left {
				if len(out.LeftOut) < most {
					out.LeftOut = append(out.LeftOut, viewLeft(l))
				}
			}
		}
	})
	out.Totals = sums.view()
	return out, err
}

// ProposeVendorPayments makes a vendor payment journal of what is open of vendors. What it pays is marked, what it leaves out stands beside
// it with the reason.
func (a *App) ProposeVendorPayments(ctx context.Context, call Call, sel VendorPaymentSelection) (*VendorPaymentJournal, error) {
	if err := plain("text", sel.Text); err != nil {
		return nil, err
	}
	cmd := command{name: "vendor_payment.propose", permission: identity.Prepare, input: sel}
	if first, found, err := earlier[*VendorPaymentJournal](ctx, a, call, cmd); err != nil || found {
		return first, err
	}
	each := call
	each.Key = ""
	text, err := json.Marshal(sel)
	if err != nil {
		return nil, err
	}
	var p *proposer
	j, err := do(ctx, a, each, command{name: "vendor_payment.begin", permission: identity.Prepare}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *payout.Journal, error) {
		if p, err = newProposer(ctx, tx, c, sel); err != nil {
			return "", nil, nil, err
		}
		j, err := payout.Begin(ctx, tx, p.policy.Date, sel.Text, string(text))
		if err != nil {
			return "", nil, nil, err
		}
		return j.Code, sel, j, nil
	})
	if err != nil {
		return nil, err
	}
	for after := int64(0); ; {
		last, err := a.proposeChunk(ctx, each, p, j, after)
		if err != nil {
			return nil, err
		}
		if last == 0 {
			break
		}
		after = last
	}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *VendorPaymentJournal, error) {
		if err := j.Complete(ctx, tx); err != nil {
			return "", nil, nil, err
		}
		view, err := viewVendorJournal(ctx, tx, j)
		return j.Code, sel, view, err
	})
}

// proposeChunk decides about the next vendors and writes what is proposed; it gives the last of them, 0 when there is none.
func (a *App) proposeChunk(ctx context.Context, call Call, p *proposer, j *payout.Journal, after int64) (last int64, err error) {
	return do(ctx, a, call, command{name: "vendor_payment.add", permission: identity.Prepare}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, int64, error) {
		vendors, err := p.next(ctx, tx, after)
		if err != nil || len(vendors) == 0 {
			return j.Code, nil, 0, err
		}
		planned, left, err := p.decide(ctx, tx, c, vendors)
		if err != nil {
			return "", nil, 0, err
		}
		made, err := j.Add(ctx, tx, c, p.policy.Date, planned, left)
		if err == nil {
			err = followPayments(ctx, tx, made, "vendor payment journal "+j.Code)
		}
		return j.Code, map[string]int{"payments": len(made), "left": len(left)}, vendors[len(vendors)-1], err
	})
}

// coolingDays reads the parameter bank_cooling_days.
func coolingDays(c *ledger.Company) (int, error) {
	text := cmp.Or(c.Parameters["bank_cooling_days"], "5")
	days, err := strconv.Atoi(text)
	if err != nil {
		err = fault.New(fault.Refused, "the parameter bank_cooling_days is %q; expected a number of days", text).ByRule("parameter")
	}
	return days, err
}

// postingPolicy reads what holds when payments are made.
func postingPolicy(c *ledger.Company) (p payout.PostingPolicy, err error) {
	if p.Cooling, err = coolingDays(c); err != nil {
		return p, err
	}
	if text := c.Parameters["payment_approval_from"]; text != "" {
		from, err := c.Currency.Parse(text)
		if err != nil {
			return p, fault.New(fault.Refused, "the parameter payment_approval_from is %q; expected an amount of %s", text, c.Currency.Code).ByRule("parameter")
		}
		p.ApprovalFrom = &from
	}
	return p, nil
}

// add shows what would be paid, with those who share the payee's bank account.
func (v *VendorPaymentProposal) add(ctx context.Context, tx *db.Tx, planned []payout.Planned, p payout.Policy) error {
	payees := make([]int64, len(planned))
	for i, x := range planned {
		payees[i] = x.Vendor.ID
	}
	same, err := payout.SameBank(ctx, tx, payees)
	for _, x := range planned {
		y := viewPlanned(x, p)
		y.SameBank = append(y.SameBank, same[x.Vendor.ID]...)
		v.Payments = append(v.Payments, y)
	}
	return err
}
