package app

import (
	"context"
	"strconv"

	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// onDeduction is a command on one deduction.
type onDeduction func(ctx context.Context, tx *db.Tx, c *ledger.Company, s *deduction.Setup, d *deduction.Deduction) (*deduction.Outcome, error)

// deductionWork runs a command on the deduction with the number.
func deductionWork(number string, fn onDeduction) work[*DeductionOutcome] {
	return func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *DeductionOutcome, error) {
		s, err := deduction.LoadSetup(ctx, tx, c)
		if err != nil {
			return "", nil, nil, err
		}
		d, err := deduction.Find(ctx, tx, number)
		if err != nil {
			return "", nil, nil, err
		}
		out, err := fn(ctx, tx, c, s, d)
		if err != nil {
			return "", nil, nil, err
		}
		view, err := viewOutcome(ctx, tx, c, s, out)
		return number, view, view, err
	}
}

// previewDeduction tries a command on a deduction and looks at what it would do.
func previewDeduction(ctx context.Context, a *App, call Call, p identity.Permission, fn work[*DeductionOutcome]) (*DeductionEffect, error) {
	return try(ctx, a, call, command{permission: p}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *DeductionEffect, error) {
		_, _, out, err := fn(ctx, tx, c)
		if err != nil {
			return "", nil, nil, err
		}
		e := &DeductionEffect{Outcome: out}
		e.Vouchers, err = posted(ctx, tx, c)
		return "", nil, e, err
	})
}

func viewOutcome(ctx context.Context, tx *db.Tx, c *ledger.Company, s *deduction.Setup, out *deduction.Outcome) (*DeductionOutcome, error) {
	d := out.Deduction
	cur, err := money.CurrencyOf(d.Currency)
	if err != nil {
		return nil, err
	}
	view := &DeductionOutcome{
		Deduction: d.Number, Currency: d.Currency, Amount: cur.Format(d.Amount), Resolved: cur.Format(d.Resolved), Split: cur.Format(d.Split), Remaining: cur.Format(d.Remaining()),
		Financial: string(d.Financial()), Work: string(d.Work), Dispute: string(d.Dispute), Version: d.Version, Proposed: out.Proposed, Lines: []ResolutionView{}, Children: []string{},
	}
	if out.Limit != nil {
		view.Limit = out.Limit.Say(c)
	}
	view.Lines, err = viewResolutions(ctx, tx, s, d, out.Resolutions)
	return view, err
}

// viewResolutions shows resolution lines of a deduction.
func viewResolutions(ctx context.Context, tx *db.Tx, s *deduction.Setup, d *deduction.Deduction, rs []*deduction.Resolution) ([]ResolutionView, error) {
	cur, err := money.CurrencyOf(d.Currency)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, r := range rs {
		ids = append(ids, r.Voucher, r.Reversal, r.Counterpart)
	}
	numbers, err := ledger.Numbers(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	plans := map[int64]string{}
	for code, p := range s.Plans {
		plans[p.ID] = code
	}
	views := []ResolutionView{}
	for _, r := range rs {
		views = append(views, ResolutionView{
			ID: strconv.FormatInt(r.ID, 10), Deduction: d.Number, Date: r.Date, Kind: string(r.Kind), Currency: d.Currency, Amount: cur.Format(r.Amount), Account: r.Account, Plan: plans[r.Plan],
			Counterpart: numbers[r.Counterpart], Reason: r.Reason, Text: r.Text, State: r.State, Voucher: numbers[r.Voucher], Reversal: numbers[r.Reversal], Automatic: r.Automatic,
			Actor: r.Actor, At: instant(r.At), DecidedBy: r.DecidedBy, DecidedAt: instant(r.DecidedAt),
		})
	}
	return views, nil
}

// ResolveDeduction resolves a deduction, in part or whole: deduction.resolve.
func (a *App) ResolveDeduction(ctx context.Context, call Call, req ResolveRequest) (*DeductionOutcome, error) {
	return do(ctx, a, call, command{name: "deduction.resolve", permission: identity.Deduct, input: req}, req.work())
}

// PreviewResolveDeduction says what [App.ResolveDeduction] would do.
func (a *App) PreviewResolveDeduction(ctx context.Context, call Call, req ResolveRequest) (*DeductionEffect, error) {
	return previewDeduction(ctx, a, call, identity.Deduct, req.work())
}

func (req ResolveRequest) work() work[*DeductionOutcome] {
	return deductionWork(req.Deduction, func(ctx context.Context, tx *db.Tx, c *ledger.Company, s *deduction.Setup, d *deduction.Deduction) (*deduction.Outcome, error) {
		lines, err := req.lines(ctx, tx, d)
		if err != nil {
			return nil, err
		}
		return deduction.Resolve(ctx, tx, c, s, d, lines, orToday(req.Date, tx))
	})
}

// lines reads the lines that are asked for; one of them may leave its amount to the others.
func (req ResolveRequest) lines(ctx context.Context, tx *db.Tx, d *deduction.Deduction) ([]deduction.Line, error) {
	lines := make([]deduction.Line, len(req.Lines))
	blank, left := -1, d.Remaining()
	for i, l := range req.Lines {
		line, err := l.line(ctx, tx, d)
		if err != nil {
			return nil, placed(err, "line "+strconv.Itoa(i+1))
		}
		lines[i] = line
		left -= line.Amount
		if l.Amount != "" {
			continue
		}
		if blank >= 0 {
			return nil, fault.New(fault.Invalid, "lines %d and %d have no amount; only one may take what the others leave", blank+1, i+1).In("amount")
		}
		blank = i
	}
	if blank >= 0 {
		if left <= 0 {
			return nil, fault.New(fault.Invalid, "line %d has no amount, and the others leave nothing", blank+1).In("amount").ByRule("over_resolution")
		}
		lines[blank].Amount = left
	}
	return lines, nil
}

func (l ResolveLine) line(ctx context.Context, tx *db.Tx, d *deduction.Deduction) (deduction.Line, error) {
	line := deduction.Line{
		Kind: deduction.Kind(l.Kind), Account: l.Account, Plan: l.Plan, Credit: l.Credit, Basis: l.Basis, Goods: l.Goods, Number: l.Number, Due: l.Due, KeepDue: l.KeepDue, Reason: l.Reason, Text: l.Text,
	}
	var err error
	if l.Amount != "" {
		if line.Amount, err = positive(d.Currency, l.Amount); err != nil {
			return line, err
		}
	}
	for _, n := range l.NoteLines {
		amount, err := positive(d.Currency, n.Amount)
		if err != nil {
			return line, err
		}
		line.Notes = append(line.Notes, deduction.NoteLine{Account: n.Account, Amount: amount})
	}
	if l.Customer != "" {
		customer, err := party.FindCustomer(ctx, tx, l.Customer)
		if err != nil {
			return line, err
		}
		line.Party = customer.ID
	}
	return line, nil
}

// positive reads a positive amount of a currency.
func positive(currency, text string) (money.Amount, error) {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return 0, err
	}
	amount, err := cur.Parse(text)
	if err != nil || amount <= 0 {
		return 0, fault.New(fault.Invalid, "%q is not an amount; expected a positive decimal", text).In("amount")
	}
	return amount, nil
}

// SplitDeduction splits children off a deduction: deduction.split.
func (a *App) SplitDeduction(ctx context.Context, call Call, req SplitRequest) (*DeductionOutcome, error) {
	return do(ctx, a, call, command{name: "deduction.split", permission: identity.Deduct, input: req}, req.work())
}

// PreviewSplitDeduction says what [App.SplitDeduction] would do.
func (a *App) PreviewSplitDeduction(ctx context.Context, call Call, req SplitRequest) (*DeductionEffect, error) {
	return previewDeduction(ctx, a, call, identity.Deduct, req.work())
}

func (req SplitRequest) work() work[*DeductionOutcome] {
	var children []string
	split := deductionWork(req.Deduction, func(ctx context.Context, tx *db.Tx, c *ledger.Company, s *deduction.Setup, d *deduction.Deduction) (*deduction.Outcome, error) {
		children = []string{}
		parts := make([]deduction.Child, len(req.Parts))
		for i, p := range req.Parts {
			amount, err := positive(d.Currency, p.Amount)
			if err != nil {
				return nil, placed(err, "part "+strconv.Itoa(i+1))
			}
			parts[i] = deduction.Child{Amount: amount, Type: p.Type, Reason: p.Reason, Note: p.Note}
		}
		made, err := deduction.SplitOff(ctx, tx, c, s, d, parts)
		for _, x := range made {
			children = append(children, x.Number)
		}
		return &deduction.Outcome{Deduction: d}, err
	})
	return func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *DeductionOutcome, error) {
		subject, _, out, err := split(ctx, tx, c)
		if err != nil {
			return "", nil, nil, err
		}
		out.Children = children
		return subject, out, out, nil
	}
}

// RaiseClaim raises a claim: deduction.claim.
func (a *App) RaiseClaim(ctx context.Context, call Call, req ClaimRequest) (*DeductionOutcome, error) {
	return do(ctx, a, call, command{name: "deduction.claim", permission: identity.Deduct, input: req}, req.claim)
}

// PreviewRaiseClaim says what [App.RaiseClaim] would do.
func (a *App) PreviewRaiseClaim(ctx context.Context, call Call, req ClaimRequest) (*DeductionEffect, error) {
	return previewDeduction(ctx, a, call, identity.Deduct, req.claim)
}

func (req ClaimRequest) claim(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *DeductionOutcome, error) {
	s, err := deduction.LoadSetup(ctx, tx, c)
	if err != nil {
		return "", nil, nil, err
	}
	customer, err := party.FindCustomer(ctx, tx, req.Customer)
	if err != nil {
		return "", nil, nil, err
	}
	d := &deduction.Deduction{
		Customer: customer.ID, Currency: req.Currency, Type: req.Type, Reason: req.Reason, Basis: req.Basis, Captured: orToday(req.Date, tx),
		ClaimNumber: req.ClaimNumber, TheirCode: req.TheirCode, Note: req.Note, CreatedBy: tx.Actor,
	}
	if d.Currency == "" {
		d.Currency = c.Currency.Code
	}
	if d.Amount, err = positive(d.Currency, req.Amount); err != nil {
		return "", nil, nil, err
	}
	if req.Invoice != "" {
		v, err := ledger.Lookup(ctx, tx, req.Invoice)
		if err != nil {
			return "", nil, nil, err
		}
		d.Invoice = v.ID
	}
	if d.Reason == "" && d.TheirCode != "" {
		d.Reason, _ = s.ReasonFor(customer.ID, d.TheirCode, d.Captured)
	}
	if err := deduction.Raise(ctx, tx, c, s, d); err != nil {
		return "", nil, nil, err
	}
	view, err := viewOutcome(ctx, tx, c, s, &deduction.Outcome{Deduction: d})
	return d.Number, view, view, err
}

// WithdrawClaim voids a claim of which nothing is approved: deduction.withdraw.
func (a *App) WithdrawClaim(ctx context.Context, call Call, req DecideRequest) (*DeductionOutcome, error) {
	return do(ctx, a, call, command{name: "deduction.withdraw", permission: identity.Deduct, input: req}, req.withdraw())
}

// PreviewWithdrawClaim says what [App.WithdrawClaim] would do.
func (a *App) PreviewWithdrawClaim(ctx context.Context, call Call, req DecideRequest) (*DeductionEffect, error) {
	return previewDeduction(ctx, a, call, identity.Deduct, req.withdraw())
}

func (req DecideRequest) withdraw() work[*DeductionOutcome] {
	return deductionWork(req.Deduction, func(ctx context.Context, tx *db.Tx, _ *ledger.Company, _ *deduction.Setup, d *deduction.Deduction) (*deduction.Outcome, error) {
		return &deduction.Outcome{Deduction: d}, deduction.Withdraw(ctx, tx, d, req.Reason)
	})
}

// ApproveDeduction posts what is proposed for a deduction: deduction.approve.
func (a *App) ApproveDeduction(ctx context.Context, call Call, req DecideRequest) (*DeductionOutcome, error) {
	return do(ctx, a, call, command{name: "deduction.approve", permission: identity.Approve, input: req}, req.approve())
}

// PreviewApproveDeduction says what [App.ApproveDeduction] would do.
func (a *App) PreviewApproveDeduction(ctx context.Context, call Call, req DecideRequest) (*DeductionEffect, error) {
	return previewDeduction(ctx, a, call, identity.Approve, req.approve())
}

func (req DecideRequest) approve() work[*DeductionOutcome] {
	return deductionWork(req.Deduction, func(ctx context.Context, tx *db.Tx, c *ledger.Company, s *deduction.Setup, d *deduction.Deduction) (*deduction.Outcome, error) {
		return deduction.Approve(ctx, tx, c, s, d, orToday(req.Date, tx))
	})
}

// RejectDeduction ends what is proposed for a deduction: deduction.reject.
func (a *App) RejectDeduction(ctx context.Context, call Call, req DecideRequest) (*DeductionOutcome, error) {
	return do(ctx, a, call, command{name: "deduction.reject", permission: identity.Approve, input: req}, req.reject())
}

// PreviewRejectDeduction says what [App.RejectDeduction] would do.
func (a *App) PreviewRejectDeduction(ctx context.Context, call Call, req DecideRequest) (*DeductionEffect, error) {
	return previewDeduction(ctx, a, call, identity.Approve, req.reject())
}

func (req DecideRequest) reject() work[*DeductionOutcome] {
	return deductionWork(req.Deduction, func(ctx context.Context, tx *db.Tx, _ *ledger.Company, _ *deduction.Setup, d *deduction.Deduction) (*deduction.Outcome, error) {
		return deduction.Reject(ctx, tx, d, req.Reason)
	})
}

// ReverseResolution posts the mirror of a resolution line, which reopens the deduction: deduction.reverse.
func (a *App) ReverseResolution(ctx context.Context, call Call, req ReverseResolutionRequest) (*DeductionOutcome, error) {
	return do(ctx, a, call, command{name: "deduction.reverse", permission: identity.Deduct, input: req}, req.work())
}

// PreviewReverseResolution says what [App.ReverseResolution] would do.
func (a *App) PreviewReverseResolution(ctx context.Context, call Call, req ReverseResolutionRequest) (*DeductionEffect, error) {
	return previewDeduction(ctx, a, call, identity.Deduct, req.work())
}

func (req ReverseResolutionRequest) work() work[*DeductionOutcome] {
	return deductionWork(req.Deduction, func(ctx context.Context, tx *db.Tx, c *ledger.Company, s *deduction.Setup, d *deduction.Deduction) (*deduction.Outcome, error) {
		id, err := req.find(ctx, tx, d)
		if err != nil {
			return nil, err
		}
		if err := demandReversal(ctx, tx, c, "resolution", id, d.Number+" "+req.Resolution, nil, req); err != nil {
			return nil, err
		}
		return deduction.Reverse(ctx, tx, c, s, d, id, orToday(req.Date, tx), req.Reason)
	})
}

// find gives the id of the resolution that is named by its id or by its voucher.
func (req ReverseResolutionRequest) find(ctx context.Context, tx *db.Tx, d *deduction.Deduction) (int64, error) {
	all, err := deduction.Resolutions(ctx, tx, d.ID)
	if err != nil {
		return 0, err
	}
	var ids []int64
	for _, r := range all {
		ids = append(ids, r.Voucher)
	}
	numbers, err := ledger.Numbers(ctx, tx, ids)
	for _, r := range all {
		if (r.Voucher != 0 && numbers[r.Voucher] == req.Resolution) || strconv.FormatInt(r.ID, 10) == req.Resolution {
			return r.ID, err
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "the deduction %s has no resolution %q; name its id or its voucher", d.Number, req.Resolution).In("resolution")
	}
	return 0, err
}
