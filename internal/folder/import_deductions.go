package folder

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// keepRow brings a row of the set-up of deductions in: it is written when it is new or differs from was. What the rules refuse is
// an error at its column.
func keepRow[V any](im *importer, file, what string, row *Row, value, was V, had bool, write func() error) error {
	if had && reflect.DeepEqual(value, was) {
		im.keep(file, what, true, true)
		return nil
	}
	err := write()
	var many fault.List
	if errors.As(err, &many) {
		for _, e := range many {
			im.because(row, cmp.Or(e.Field, "row"), e)
		}
		return nil
	}
	var refused *fault.Error
	if errors.As(err, &refused) {
		im.because(row, cmp.Or(refused.Field, "row"), err)
		return nil
	}
	im.keep(file, what, had, false)
	return err
}

// paymentTerms also reads the set-up of deductions that the company has; customers refer to terms.
func (im *importer) paymentTerms(ctx context.Context) (err error) {
	if im.deductions, err = deduction.LoadSetup(ctx, im.tx, im.c); err != nil {
		return err
	}
	s := im.deductions
	for i := range im.d.PaymentTerms {
		row := &im.d.PaymentTerms[i]
		t := deduction.Terms{Code: row.Terms, Name: row.Name, NetDays: row.NetDays, DiscountDays: row.DiscountDays, DiscountRate: row.DiscountRate}
		if rate, err := deduction.DiscountRate(row.DiscountRate); err == nil {
			t.DiscountRate = rate.String()
		}
		was, had := s.Terms[t.Code]
		if err := keepRow(im, "payment_terms", "payment terms "+t.Code, &row.Row, t, was, had, func() error { return s.SaveTerms(ctx, im.tx, t) }); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) deductionTypes(ctx context.Context) error {
	s := im.deductions
	for i := range im.d.DeductionTypes {
		row := &im.d.DeductionTypes[i]
		t := deduction.Type{Code: row.Type, Name: row.Name, Kind: deduction.TypeKind(row.Kind), Hold: deduction.Hold(row.Hold), Offset: row.OffsetAccount}
		was, had := s.Types[t.Code]
		if err := keepRow(im, "deduction_types", "deduction type "+t.Code, &row.Row, t, was, had, func() error { return s.SaveType(ctx, im.tx, im.c, t) }); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) plans(ctx context.Context) error {
	s := im.deductions
	for i := range im.d.AccrualPlans {
		row := &im.d.AccrualPlans[i]
		p := deduction.Plan{Code: row.Plan, Name: row.Name, Account: row.Account, From: row.From, To: row.To, PayOver: row.PayOver, PayOverLimit: row.PayOverLimit}
		was := s.Plans[p.Code]
		had := was != nil
		if had {
			p.ID, p.Parties = was.ID, was.Parties
		} else {
			was = &deduction.Plan{}
		}
		if err := keepRow(im, "accrual_plans", "accrual plan "+p.Code, &row.Row, p, *was, had, func() error { return s.SavePlan(ctx, im.tx, im.c, &p) }); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) planCustomers(ctx context.Context) error {
	s := im.deductions
	for i := range im.d.AccrualPlanCustomers {
		row := &im.d.AccrualPlanCustomers[i]
		plan := s.Plans[row.Plan]
		switch {
		case plan == nil:
			im.bad(&row.Row, "plan", "there is no accrual plan %q", row.Plan)
			continue
		case row.Scope == "party" && im.customers[row.Code] == nil:
			im.bad(&row.Row, "code", "there is no customer %q", row.Code)
			continue
		}
		x := deduction.PlanParty{Scope: row.Scope, Code: row.Code}
		had := slices.Contains(plan.Parties, x)
		err := keepRow(im, "accrual_plan_customers", "accrual plan "+row.Plan, &row.Row, x, x, had, func() error {
			more := *plan
			more.Parties = append(slices.Clone(plan.Parties), x)
			return s.SavePlan(ctx, im.tx, im.c, &more)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) reasons(ctx context.Context) error {
	s := im.deductions
	for i := range im.d.DeductionReasons {
		row := &im.d.DeductionReasons[i]
		r := deduction.Reason{
			Code: row.Reason, Name: row.Name, Group: row.Group, Type: row.Type, Account: row.Account, Plan: row.Plan, Hold: deduction.Hold(row.Hold), Evidence: words(row.Evidence),
			Owner: row.Owner, Team: row.Team, Small: row.SmallAmount, CreditCheck: row.CreditCheck, Active: row.Active,
		}
		was, had := s.Reasons[r.Code]
		if err := keepRow(im, "deduction_reasons", "deduction reason "+r.Code, &row.Row, r, was, had, func() error { return s.SaveReason(ctx, im.tx, im.c, r) }); err != nil {
			return err
		}
	}
	return nil
}

// words takes a text apart at its spaces; blank gives none.
func words(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Fields(text)
}

// customer gives the id of a customer that a row names, 0 for a blank one; false when there is none, which is an error of the row.
func (im *importer) customer(row *Row, code string) (int64, bool) {
	c := im.customers[code]
	switch {
	case code == "":
		return 0, true
	case c == nil:
		im.bad(row, "customer", "there is no customer %q", code)
		return 0, false
	}
	return c.ID, true
}

func (im *importer) codes(ctx context.Context) error {
	s := im.deductions
	for i := range im.d.DeductionCodes {
		row := &im.d.DeductionCodes[i]
		id, ok := im.customer(&row.Row, row.Customer)
		if !ok {
			continue
		}
		x := deduction.Code{Customer: id, List: row.List, Theirs: row.Code, From: row.From, To: row.To, Reason: row.Reason, ConfirmedBy: row.ConfirmedBy}
		if !row.ConfirmedAt.IsZero() {
			x.ConfirmedAt = row.ConfirmedAt.UnixMicro()
		}
		var was deduction.Code
		known := s.Code(x)
		if known != nil {
			was = *known
			if x.Reason == was.Reason && x.To == was.To && x.ConfirmedBy == "" {
				x.ConfirmedBy = was.ConfirmedBy
			}
			if x.ConfirmedBy == was.ConfirmedBy && x.ConfirmedAt == 0 {
				x.ConfirmedAt = was.ConfirmedAt
			}
		}
		if err := keepRow(im, "deduction_codes", "deduction code "+x.Theirs, &row.Row, x, was, known != nil, func() error { return s.SaveCode(ctx, im.tx, x) }); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) limits(ctx context.Context) error {
	s := im.deductions
	for i := range im.d.WriteOffLimits {
		row := &im.d.WriteOffLimits[i]
		if row.Scope == "customer" && row.Code != "" && im.customers[row.Code] == nil {
			im.bad(&row.Row, "code", "there is no customer %q", row.Code)
			continue
		}
		l := deduction.Limit{Scope: row.Scope, Code: row.Code}
		was, had := s.Limits[l]
		l.Amount = row.Amount
		if err := keepRow(im, "write_off_limits", "write-off limit of "+l.Scope+" "+l.Code, &row.Row, l.Amount, was, had, func() error { return s.SaveLimit(ctx, im.tx, l) }); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) disputeRules(ctx context.Context) error {
	s := im.deductions
	for i := range im.d.DisputeRules {
		row := &im.d.DisputeRules[i]
		id, ok := im.customer(&row.Row, row.Customer)
		if !ok {
			continue
		}
		x := deduction.Rule{
			Customer: id, Reason: row.Reason, From: row.From, To: row.To, Window: row.WindowDays, WindowFrom: row.WindowFrom, Earliest: row.EarliestDays,
			Attempts: row.Attempts, Answer: row.AnswerDays, Evidence: words(row.Evidence),
		}
		var was deduction.Rule
		at := slices.IndexFunc(s.Rules, func(y deduction.Rule) bool {
			return x.Customer == y.Customer && x.Reason == y.Reason && x.From == y.From
		})
		if at >= 0 {
			was = s.Rules[at]
		}
		what := strings.TrimSpace("dispute rule " + row.Customer + " " + row.Reason)
		if err := keepRow(im, "dispute_rules", what, &row.Row, x, was, at >= 0, func() error { return s.SaveRule(ctx, im.tx, x) }); err != nil {
			return err
		}
	}
	return nil
}

// headOffices reads again whose codes, rules and treatment count for stores, now that those of the folder are there.
func (im *importer) headOffices(ctx context.Context) error {
	return im.deductions.ReadHeads(ctx, im.tx)
}

func (im *importer) deductionCustomers(ctx context.Context) error {
	s := im.deductions
	for i := range im.d.DeductionCustomers {
		row := &im.d.DeductionCustomers[i]
		id, ok := im.customer(&row.Row, row.Customer)
		if !ok {
			continue
		}
		p := deduction.Party{Customer: id, Owner: row.Owner, Small: row.SmallAmount}
		was, had := s.Parties[id]
		if err := keepRow(im, "deduction_customers", "deductions of customer "+row.Customer, &row.Row, p, was, had, func() error { return s.SaveParty(ctx, im.tx, p) }); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) substates(ctx context.Context) error {
	s := im.deductions
	for i := range im.d.WorkSubstates {
		row := &im.d.WorkSubstates[i]
		x := deduction.Substate{Code: row.Substate, Work: deduction.Work(row.Work), Name: row.Name}
		was, had := s.Substates[x.Code]
		if err := keepRow(im, "work_substates", "state of work "+x.Code, &row.Row, x, was, had, func() error { return s.SaveSubstate(ctx, im.tx, x) }); err != nil {
			return err
		}
	}
	return nil
}

// deductionsSound tests what the parameters, types, reasons and posting profiles must be together.
func (im *importer) deductionsSound(context.Context) error {
	if len(im.errs) > 0 {
		return nil
	}
	at := map[string]*Row{}
	for i := range im.d.DeductionTypes {
		if row := &im.d.DeductionTypes[i]; row.OffsetAccount == "" {
			at["offset_account"] = &row.Row
		}
	}
	for i := range im.d.Parameters {
		at[im.d.Parameters[i].Parameter] = &im.d.Parameters[i].Row
	}
	var refused *fault.Error
	if err := CheckDeductionParameters(im.c, im.deductions); errors.As(err, &refused) {
		row, column := at[refused.Field], "value"
		if refused.Field == "offset_account" {
			column = refused.Field
		}
		im.because(cmp.Or(row, at["deduction_hold"], &im.d.Company.Row), column, err)
	}
	return nil
}

// CheckDeductionParameters refuses parameters of deductions that do not fit each other or the set-up; the field of the error is the
// parameter.
func CheckDeductionParameters(c *ledger.Company, s *deduction.Setup) error {
	if code := c.Parameters["unearned_discount_reason"]; code != "" && s.Reasons[code].Code == "" {
		return fault.New(fault.Invalid, "there is no deduction reason %q", code).In("unearned_discount_reason").ByRule("no_reason")
	}
	apply, propose := scoreOf(c, "match_apply_score"), scoreOf(c, "match_propose_score")
	if propose > apply {
		return fault.New(fault.Invalid, "matches would be proposed from %d on, but made by themselves from %d on; the second must not be less", propose, apply).In("match_propose_score").ByRule("scores_crossed")
	}
	return s.CheckHolds(c)
}

// accruals compares the accruals that are known, and gathers the new ones.
func (im *importer) accruals(ctx context.Context) error {
	if len(im.d.Accruals) == 0 {
		return nil
	}
	all, err := deduction.Accruals(ctx, im.tx)
	if err != nil {
		return err
	}
	type key struct{ plan, number int64 }
	known := map[key]deduction.Accrual{}
	for _, a := range all {
		known[key{a.Plan, a.Number}] = a
	}
	im.accrueOn = map[*deduction.Accrual]string{}
	for i := range im.d.Accruals {
		row := &im.d.Accruals[i]
		plan := im.deductions.Plans[row.Plan]
		if plan == nil {
			im.bad(&row.Row, "plan", "there is no accrual plan %q", row.Plan)
			continue
		}
		a := &deduction.Accrual{Plan: plan.ID, Number: int64(row.Accrual), Date: row.Date, Amount: row.Amount, Text: row.Text, Actor: row.Actor}
		if !row.At.IsZero() {
			a.At = row.At.UnixMicro()
		}
		was, had := known[key{a.Plan, a.Number}]
		im.keep("accruals", row.Plan, had, true)
		im.accrual(row, a, was, had)
	}
	return nil
}

// accrual tests one accrual, and keeps a new one for later, when its voucher has been posted.
func (im *importer) accrual(row *Accrual, a *deduction.Accrual, was deduction.Accrual, had bool) {
	number := row.Voucher
	stored, posted := im.existing[number], im.posted[number]
	switch {
	case a.Amount == 0:
		im.bad(&row.Row, "amount", "an accrual of nothing is none")
	case number != "" && stored == nil && posted == nil:
		if !im.broken[number] {
			im.bad(&row.Row, "voucher", "there is no voucher %q", number)
		}
	case had && (was.Date != a.Date || was.Amount != a.Amount || was.Text != a.Text || (stored == nil) != (was.Voucher == 0) || stored != nil && stored.ID != was.Voucher):
		im.bad(&row.Row, "accrual", "accrual %d of the plan %s was %s on %s; accruals do not change, take back by a negative one", row.Accrual, row.Plan, im.c.Currency.Format(was.Amount), was.Date)
	case !had:
		im.accrued = append(im.accrued, a)
		im.accrueOn[a] = number
	}
}

func (im *importer) writeAccruals(ctx context.Context) error {
	for _, a := range im.accrued {
		switch number := im.accrueOn[a]; {
		case im.posted[number] != nil:
			a.Voucher = im.posted[number].ID
		case im.existing[number] != nil:
			a.Voucher = im.existing[number].ID
		}
		if a.Actor != "" && a.At == 0 {
			a.At = im.tx.Micros()
		}
		if err := deduction.SaveAccrual(ctx, im.tx, a); err != nil {
			return err
		}
	}
	return nil
}
