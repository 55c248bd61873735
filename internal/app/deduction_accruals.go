package app

import (
	"cmp"
	"context"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
)

// AccrualRequest asks for an accrual of a plan: by a voucher (debit the expense, credit the plan's account), or only noted.
type AccrualRequest struct {
	Plan    string     `json:"plan"`
	Date    civil.Date `json:"date,omitempty"`    // blank: today
	Amount  string     `json:"amount"`            // accounting currency; a negative one takes back
	Expense string     `json:"expense,omitempty"` // ledger account; the plan's account takes its dimension values. Blank: no voucher, it is in the books already
	Account string     `json:"account,omitempty"` // ledger account of the accrual, when its dimension values are others; its main account is the plan's
	Text    string     `json:"text,omitempty"`
}

// Accrual is what was accrued for a plan.
type Accrual struct {
	Plan    string     `json:"plan"`
	Number  int        `json:"number"` // within the plan
	Date    civil.Date `json:"date"`
	Amount  string     `json:"amount"`
	Voucher string     `json:"voucher"` // blank: it has none
	Text    string     `json:"text"`
	Actor   string     `json:"actor"`
	At      string     `json:"at"`
}

func viewAccrual(c *ledger.Company, plan string, a deduction.Accrual) Accrual {
	return Accrual{Plan: plan, Number: int(a.Number), Date: a.Date, Amount: c.Currency.Format(a.Amount), Voucher: a.Posted, Text: a.Text, Actor: a.Actor, At: instant(a.At)}
}

// Accrue accrues for a plan. Reversing its voucher takes the accrual back.
func (a *App) Accrue(ctx context.Context, call Call, req AccrualRequest) (*Accrual, error) {
	return do(ctx, a, call, command{name: "deduction_setup.accrue", permission: identity.PostVoucher, input: req}, req.accrue)
}

// PreviewAccrue says what [App.Accrue] would do.
func (a *App) PreviewAccrue(ctx context.Context, call Call, req AccrualRequest) (*Effect, error) {
	return preview(ctx, a, call, func(ctx context.Context, tx *db.Tx, c *ledger.Company, _ *Effect) error {
		_, _, _, err := req.accrue(ctx, tx, c)
		return err
	})
}

func (req AccrualRequest) accrue(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *Accrual, error) {
	done, err := req.post(ctx, tx, c)
	return req.Plan, done, done, err
}

func (req AccrualRequest) post(ctx context.Context, tx *db.Tx, c *ledger.Company) (*Accrual, error) {
	if err := plainFields(&req); err != nil {
		return nil, err
	}
	s, err := deduction.LoadSetup(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	plan := s.Plans[req.Plan]
	if plan == nil {
		return nil, fault.New(fault.NotFound, "there is no accrual plan %q", req.Plan).In("plan")
	}
	amount, err := c.Currency.Parse(req.Amount)
	if err != nil {
		return nil, inField(err, "amount")
	}
	x := deduction.Accrual{Plan: plan.ID, Date: orToday(req.Date, tx), Amount: amount, Text: cmp.Or(strings.TrimSpace(req.Text), plan.Name)}
	if len([]rune(x.Text)) > longestText {
		return nil, fault.New(fault.Invalid, "the text has more than %d characters", longestText).In("text")
	}
	switch {
	case req.Expense != "":
		v, err := req.voucher(c, plan, x)
		if err != nil {
			return nil, err
		}
		if err := openitem.Post(ctx, tx, c, v); err != nil {
			return nil, err
		}
		x.Voucher, x.Posted = v.ID, v.Number
	case req.Account != "":
		return nil, fault.New(fault.Invalid, "an account of the accrual needs the expense to post against").In("expense")
	}
	if err := deduction.SaveAccrual(ctx, tx, &x); err != nil {
		return nil, err
	}
	view := viewAccrual(c, plan.Code, x)
	return &view, nil
}

const longestText = 250 // as in the company folder

func (req AccrualRequest) voucher(c *ledger.Company, plan *deduction.Plan, x deduction.Accrual) (*ledger.Voucher, error) {
	expense, err := c.Parse(req.Expense)
	if err != nil {
		return nil, inField(err, "expense")
	}
	var account ledger.Account
	if req.Account != "" {
		if account, err = c.Parse(req.Account); err != nil {
			return nil, inField(err, "account")
		}
	}
	return deduction.AccrualVoucher(c, plan, x, expense, account)
}

// Accruals lists what was accrued, of one plan or (blank) of all, plan by plan, the newest first.
func (a *App) Accruals(ctx context.Context, call Call, plan string, p Page) (Part[Accrual], error) {
	part := Part[Accrual]{Items: []Accrual{}}
	var after *deduction.AccrualPlace
	limit, err := p.open("accruals", &after)
	if err := cmp.Or(err, plain("plan", plan)); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		s, err := deduction.LoadSetup(ctx, tx, c)
		if err != nil {
			return err
		}
		codes := map[int64]string{}
		for _, x := range s.Plans {
			codes[x.ID] = x.Code
		}
		var id int64
		if plan != "" {
			if s.Plans[plan] == nil {
				return fault.New(fault.NotFound, "there is no accrual plan %q", plan).In("plan")
			}
			id = s.Plans[plan].ID
		}
		all, err := deduction.AccrualsPage(ctx, tx, id, after, limit+1)
		if len(all) > limit {
			all = all[:limit]
			part.Next = next("accruals", deduction.AccrualPlace{Plan: all[limit-1].Plan, Number: all[limit-1].Number})
		}
		for _, x := range all {
			part.Items = append(part.Items, viewAccrual(c, codes[x.Plan], x))
		}
		return err
	})
	return part, err
}
