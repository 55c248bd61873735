package deduction

import (
	"context"
	"strings"

	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// LoadSetup reads the set-up of the unit's company. What is left of a plan's accrual is not part of it; see [LockPlan].
func LoadSetup(ctx context.Context, tx *db.Tx, c *ledger.Company) (*Setup, error) {
	s := &Setup{
		Types: map[string]Type{}, Reasons: map[string]Reason{}, Plans: map[string]*Plan{}, Limits: map[Limit]money.Amount{},
		Parties: map[int64]Party{}, Substates: map[string]Substate{}, Terms: map[string]Terms{},
	}
	for _, load := range []func(context.Context, *db.Tx) error{s.loadKinds, s.loadPlans, s.loadLimits, s.loadRules, s.loadCodes, s.loadRest, s.ReadHeads} {
		if err := load(ctx, tx); err != nil {
			return nil, err
		}
	}
	if code := c.Parameters["deduction_customer"]; code != "" {
		customer, err := party.FindCustomer(ctx, tx, code)
		if err != nil {
			return nil, err
		}
		s.Management = &customer
	}
	return s, nil
}

func (s *Setup) loadKinds(ctx context.Context, tx *db.Tx) error {
	err := tx.Each(ctx, "select code, name, kind, hold, offset_account from deduction_type where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		var t Type
		err := r.Scan(&t.Code, &t.Name, &t.Kind, &t.Hold, &t.Offset)
		s.Types[t.Code] = t
		return err
	})
	if err != nil {
		return err
	}
	return tx.Each(ctx, `select code, name, grp, coalesce(type, ''), account, plan, hold, evidence, owner, team, small_amount, credit_check, active
		from deduction_reason where company = $1`, []any{tx.Company}, func(r *db.Rows) error {
		var x Reason
		var evidence string
		err := r.Scan(&x.Code, &x.Name, &x.Group, &x.Type, &x.Account, &x.Plan, &x.Hold, &evidence, &x.Owner, &x.Team, &x.Small, &x.CreditCheck, &x.Active)
		x.Evidence = listed(evidence)
		s.Reasons[x.Code] = x
		return err
	})
}

func (s *Setup) loadPlans(ctx context.Context, tx *db.Tx) error {
	byID := map[int64]*Plan{}
	err := tx.Each(ctx, "select id, code, name, account, from_date, to_date, pay_over, pay_over_limit from accrual_plan where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		p := &Plan{}
		err := r.Scan(&p.ID, &p.Code, &p.Name, &p.Account, &p.From, &p.To, &p.PayOver, &p.PayOverLimit)
		s.Plans[p.Code], byID[p.ID] = p, p
		return err
	})
	if err != nil {
		return err
	}
	return tx.Each(ctx, "select plan, scope, code from accrual_plan_party where company = $1 order by plan, scope, code", []any{tx.Company}, func(r *db.Rows) error {
		var plan int64
		var x PlanParty
		err := r.Scan(&plan, &x.Scope, &x.Code)
		if p := byID[plan]; p != nil {
			p.Parties = append(p.Parties, x)
		}
		return err
	})
}

func (s *Setup) loadLimits(ctx context.Context, tx *db.Tx) error {
	s.limited = map[int64]string{}
	return tx.Each(ctx, `select l.scope, l.code, l.amount, coalesce(c.id, 0) from write_off_limit l
		left join customer c on l.scope = 'customer' and c.company = l.company and c.code = l.code where l.company = $1`, []any{tx.Company}, func(r *db.Rows) error {
		var l Limit
		var amount money.Amount
		var customer int64
		err := r.Scan(&l.Scope, &l.Code, &amount, &customer)
		s.Limits[l] = amount
		if customer != 0 {
			s.limited[customer] = l.Code
		}
		return err
	})
}

func (s *Setup) loadRules(ctx context.Context, tx *db.Tx) (err error) {
	s.Rules, err = db.List(ctx, tx, func(r *db.Rows, x *Rule) error {
		var evidence string
		err := r.Scan(&x.Customer, &x.Reason, &x.From, &x.To, &x.Window, &x.WindowFrom, &x.Earliest, &x.Attempts, &x.Answer, &evidence)
		x.Evidence = listed(evidence)
		return err
	}, `select customer, reason, from_date, to_date, window_days, window_from, earliest_days, attempts, answer_days, evidence
		from dispute_rule where company = $1 order by customer, reason, from_date`, tx.Company)
	return err
}

func (s *Setup) loadCodes(ctx context.Context, tx *db.Tx) (err error) {
	s.Codes, err = db.List(ctx, tx, func(r *db.Rows, x *Code) error {
		return r.Scan(&x.Customer, &x.List, &x.Theirs, &x.From, &x.To, &x.Reason, &x.ConfirmedBy, &x.ConfirmedAt)
	}, `select customer, list, code, from_date, to_date, reason, confirmed_by, confirmed_at
		from deduction_code where company = $1 order by customer, list, code, from_date`, tx.Company)
	s.index()
	return err
}

func (s *Setup) loadRest(ctx context.Context, tx *db.Tx) error {
	err := tx.Each(ctx, "select customer, owner, small_amount from deduction_party where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		var p Party
		err := r.Scan(&p.Customer, &p.Owner, &p.Small)
		s.Parties[p.Customer] = p
		return err
	})
	if err != nil {
		return err
	}
	err = tx.Each(ctx, "select code, work, name from work_substate where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		var x Substate
		err := r.Scan(&x.Code, &x.Work, &x.Name)
		s.Substates[x.Code] = x
		return err
	})
	if err != nil {
		return err
	}
	return tx.Each(ctx, "select code, name, net_days, discount_days, discount_rate from payment_terms where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		var t Terms
		err := r.Scan(&t.Code, &t.Name, &t.NetDays, &t.DiscountDays, &t.DiscountRate)
		s.Terms[t.Code] = t
		return err
	})
}

// listed takes a text apart at its commas; blank gives none.
func listed(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
