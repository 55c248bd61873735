package app

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// deductionSetup is the set-up in the hands of a command that changes it.
type deductionSetup struct {
	*deduction.Setup
	tx *db.Tx
	c  *ledger.Company
}

func loadDeductionSetup(ctx context.Context, tx *db.Tx, c *ledger.Company) (*deductionSetup, error) {
	s, err := deduction.LoadSetup(ctx, tx, c)
	return &deductionSetup{s, tx, c}, err
}

// SaveDeductionSetup makes or changes a row of the set-up of deductions.
func (a *App) SaveDeductionSetup(ctx context.Context, call Call, row DeductionSetupRow) error {
	return a.changeDeductionSetup(ctx, call, command{name: "deduction_setup.save"}, row, row.save)
}

// RemoveDeductionSetup takes away the row that has the key of the given one. What is in use is [fault.Refused].
func (a *App) RemoveDeductionSetup(ctx context.Context, call Call, row DeductionSetupRow) error {
	return a.changeDeductionSetup(ctx, call, command{name: "deduction_setup.remove"}, row, row.remove)
}

func (a *App) changeDeductionSetup(ctx context.Context, call Call, cmd command, row DeductionSetupRow, change func(context.Context, *deductionSetup) error) error {
	if err := plainFields(row); err != nil {
		return err
	}
	detail := map[string]any{"kind": row.Kind(), "row": row}
	cmd.permission, cmd.input = identity.SetUp, detail
	_, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, bool, error) {
		s, err := loadDeductionSetup(ctx, tx, c)
		if err == nil {
			err = change(ctx, s)
		}
		return strings.TrimSpace(row.Kind() + " " + row.key()), detail, true, err
	})
	return err
}

// plainFields refuses texts in a row that no database can hold.
func plainFields(row any) error {
	v := reflect.ValueOf(row).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		switch x := v.Field(i).Interface().(type) {
		case string:
			if err := plain(name, x); err != nil {
				return err
			}
		case []string:
			if err := plain(name, strings.Join(x, ",")); err != nil {
				return err
			}
		case []PlanCustomer:
			for _, y := range x {
				if err := cmp.Or(plain("scope", y.Scope), plain("code", y.Code)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// amount reads an amount in accounting currency; blank is 0.
func (s *deductionSetup) amount(field, text string) (money.Amount, error) {
	if text == "" {
		return 0, nil
	}
	a, err := s.c.Currency.Parse(text)
	return a, inField(err, field)
}

// customer gives the id of a customer, 0 for a blank code.
func (s *deductionSetup) customer(ctx context.Context, field, code string) (int64, error) {
	if code == "" {
		return 0, nil
	}
	id, err := partyID(ctx, s.tx, openitem.Customers, code)
	return id, inField(err, field)
}

func (r *DeductionType) key() string { return r.Type }

func (r *DeductionType) save(ctx context.Context, s *deductionSetup) error {
	err := s.SaveType(ctx, s.tx, s.c, deduction.Type{Code: r.Type, Name: r.Name, Kind: deduction.TypeKind(r.Treat), Hold: deduction.Hold(r.Hold), Offset: r.Offset})
	return cmp.Or(err, s.CheckHolds(s.c))
}

func (r *DeductionType) remove(ctx context.Context, s *deductionSetup) error {
	return s.RemoveType(ctx, s.tx, r.Type)
}

func (r *DeductionReason) key() string { return r.Reason }

func (r *DeductionReason) save(ctx context.Context, s *deductionSetup) error {
	small, err := s.amount("small_amount", r.Small)
	if err != nil {
		return err
	}
	err = s.SaveReason(ctx, s.tx, s.c, deduction.Reason{
		Code: r.Reason, Name: r.Name, Group: r.Group, Type: r.Type, Account: r.Account, Plan: r.Plan, Hold: deduction.Hold(r.Hold), Evidence: r.Evidence,
		Owner: r.Owner, Team: r.Team, Small: small, CreditCheck: r.CreditCheck, Active: r.Active,
	})
	return cmp.Or(err, s.CheckHolds(s.c))
}

func (r *DeductionReason) remove(ctx context.Context, s *deductionSetup) error {
	return s.RemoveReason(ctx, s.tx, r.Reason)
}

func (r *DeductionCode) key() string {
	return strings.Join(strings.Fields(strings.Join([]string{r.Customer, r.List, r.Code, r.From.String()}, " ")), " ")
}

func (r *DeductionCode) save(ctx context.Context, s *deductionSetup) error {
	id, err := s.customer(ctx, "customer", r.Customer)
	if err != nil {
		return err
	}
	return s.SaveCode(ctx, s.tx, deduction.Code{Customer: id, List: r.List, Theirs: r.Code, From: r.From, To: r.To, Reason: r.Reason, ConfirmedBy: r.ConfirmedBy})
}

func (r *DeductionCode) remove(ctx context.Context, s *deductionSetup) error {
	id, err := s.customer(ctx, "customer", r.Customer)
	if err != nil {
		return err
	}
	return s.RemoveCode(ctx, s.tx, deduction.Code{Customer: id, List: r.List, Theirs: r.Code, From: r.From})
}

func (r *AccrualPlan) key() string { return r.Plan }

func (r *AccrualPlan) save(ctx context.Context, s *deductionSetup) error {
	limit, err := s.amount("pay_over_limit", r.PayOverLimit)
	if err != nil {
		return err
	}
	p := &deduction.Plan{Code: r.Plan, Name: r.Name, Account: r.Account, From: r.From, To: r.To, PayOver: r.PayOver, PayOverLimit: limit}
	if len(r.Customers) == 0 {
		return fault.New(fault.Invalid, "the plan covers nobody; name all, a group or a customer").In("customers")
	}
	for _, x := range r.Customers {
		if x.Scope == "party" {
			if _, err := s.customer(ctx, "customers", x.Code); err != nil {
				return err
			}
		}
		p.Parties = append(p.Parties, deduction.PlanParty(x))
	}
	return s.SavePlan(ctx, s.tx, s.c, p)
}

func (r *AccrualPlan) remove(ctx context.Context, s *deductionSetup) error {
	return s.RemovePlan(ctx, s.tx, r.Plan)
}

func (r *WriteOffLimit) key() string { return strings.TrimSpace(r.Scope + " " + r.Code) }

func (r *WriteOffLimit) save(ctx context.Context, s *deductionSetup) error {
	if r.Amount == "" {
		return fault.New(fault.Invalid, "the limit is blank; 0 allows nothing").In("amount")
	}
	amount, err := s.amount("amount", r.Amount)
	if err == nil && r.Scope == "customer" {
		_, err = s.customer(ctx, "code", r.Code)
	}
	if err != nil {
		return err
	}
	return s.SaveLimit(ctx, s.tx, deduction.Limit{Scope: r.Scope, Code: r.Code, Amount: amount})
}

func (r *WriteOffLimit) remove(ctx context.Context, s *deductionSetup) error {
	return s.RemoveLimit(ctx, s.tx, r.Scope, r.Code)
}

func (r *DisputeRule) key() string {
	return strings.Join(strings.Fields(strings.Join([]string{r.Customer, r.Reason, r.From.String()}, " ")), " ")
}

func (r *DisputeRule) rule(ctx context.Context, s *deductionSetup) (deduction.Rule, error) {
	id, err := s.customer(ctx, "customer", r.Customer)
	return deduction.Rule{
		Customer: id, Reason: r.Reason, From: r.From, To: r.To, Window: r.Window, WindowFrom: r.WindowFrom, Earliest: r.Earliest, Attempts: r.Attempts, Answer: r.Answer, Evidence: r.Evidence,
	}, err
}

func (r *DisputeRule) save(ctx context.Context, s *deductionSetup) error {
	x, err := r.rule(ctx, s)
	if err != nil {
		return err
	}
	return s.SaveRule(ctx, s.tx, x)
}

func (r *DisputeRule) remove(ctx context.Context, s *deductionSetup) error {
	x, err := r.rule(ctx, s)
	if err != nil {
		return err
	}
	return s.RemoveRule(ctx, s.tx, x)
}

func (r *DeductionCustomer) key() string { return r.Customer }

func (r *DeductionCustomer) save(ctx context.Context, s *deductionSetup) error {
	id, err := partyID(ctx, s.tx, openitem.Customers, r.Customer)
	if err != nil {
		return inField(err, "customer")
	}
	p := deduction.Party{Customer: id, Owner: r.Owner}
	if r.Small != "" {
		small, err := s.amount("small_amount", r.Small)
		if err != nil {
			return err
		}
		p.Small = &small
	}
	return s.SaveParty(ctx, s.tx, p)
}

func (r *DeductionCustomer) remove(ctx context.Context, s *deductionSetup) error {
	id, err := partyID(ctx, s.tx, openitem.Customers, r.Customer)
	if err != nil {
		return inField(err, "customer")
	}
	return s.RemoveParty(ctx, s.tx, id)
}

func (r *WorkSubstate) key() string { return r.Substate }

func (r *WorkSubstate) save(ctx context.Context, s *deductionSetup) error {
	return s.SaveSubstate(ctx, s.tx, deduction.Substate{Code: r.Substate, Work: deduction.Work(r.Work), Name: r.Name})
}

func (r *WorkSubstate) remove(ctx context.Context, s *deductionSetup) error {
	return s.RemoveSubstate(ctx, s.tx, r.Substate)
}

func (r *PaymentTerms) key() string { return r.Terms }

func (r *PaymentTerms) save(ctx context.Context, s *deductionSetup) error {
	return s.SaveTerms(ctx, s.tx, deduction.Terms{Code: r.Terms, Name: r.Name, NetDays: r.NetDays, DiscountDays: r.DiscountDays, DiscountRate: r.DiscountRate})
}

func (r *PaymentTerms) remove(ctx context.Context, s *deductionSetup) error {
	return s.RemoveTerms(ctx, s.tx, r.Terms)
}

func (r *CustomerTerms) key() string { return r.Customer }

func (r *CustomerTerms) save(ctx context.Context, s *deductionSetup) error {
	id, err := partyID(ctx, s.tx, openitem.Customers, r.Customer)
	if err != nil {
		return inField(err, "customer")
	}
	if _, ok := s.Terms[r.Terms]; !ok {
		return fault.New(fault.Invalid, "there are no terms of payment %q", r.Terms).In("terms")
	}
	return party.SetTerms(ctx, s.tx, id, r.Terms)
}

func (r *CustomerTerms) remove(ctx context.Context, s *deductionSetup) error {
	id, err := partyID(ctx, s.tx, openitem.Customers, r.Customer)
	if err != nil {
		return inField(err, "customer")
	}
	return party.SetTerms(ctx, s.tx, id, "")
}

func (r *DiscountAccount) key() string { return strings.TrimSpace(r.Scope + " " + r.Code) }

func (r *DiscountAccount) save(ctx context.Context, s *deductionSetup) error {
	switch a, ok := s.c.Accounts[r.Account]; {
	case !ok:
		return fault.New(fault.Invalid, "there is no main account %q in accounts", r.Account).In("discount_account")
	case a.Control.OfParty():
		return fault.New(fault.Invalid, "%s is a %s control account, which takes entries with their party only", r.Account, a.Control).In("discount_account")
	}
	return r.set(ctx, s, r.Account)
}

func (r *DiscountAccount) remove(ctx context.Context, s *deductionSetup) error {
	return r.set(ctx, s, "")
}

// set changes the discount account of the posting profile.
func (r *DiscountAccount) set(ctx context.Context, s *deductionSetup, account string) error {
	at := slices.IndexFunc(s.c.Profiles, func(p ledger.Profile) bool {
		return p.Ledger == ledger.CustomerControl && p.Scope == r.Scope && p.Code == r.Code
	})
	if at < 0 {
		return fault.New(fault.NotFound, "there is no posting profile of customers for %s", r.key()).In("code")
	}
	p := s.c.Profiles[at]
	p.DiscountMain = account
	return ledger.SaveProfile(ctx, s.tx, p)
}

// TakeListRequest asks for codes of a standard list as codes for all customers.
type TakeListRequest struct {
	List    string            `json:"list"`
	From    civil.Date        `json:"from"`    // blank: today
	Reasons map[string]string `json:"reasons"` // code of the list → reason of the company
}

// TakeStandardList makes codes of a standard list codes for all customers; it gives how many were new or changed. What a code stood
// for before ends the day before.
func (a *App) TakeStandardList(ctx context.Context, call Call, req TakeListRequest) (int, error) {
	if err := plain("list", req.List); err != nil {
		return 0, err
	}
	for code, reason := range req.Reasons {
		if err := cmp.Or(plain("reasons", code), plain("reasons", reason)); err != nil {
			return 0, err
		}
	}
	cmd := command{name: "deduction_setup.take_list", permission: identity.SetUp, input: req}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, int, error) {
		s, err := deduction.LoadSetup(ctx, tx, c)
		if err != nil {
			return "", nil, 0, err
		}
		if _, err := deduction.FindList(req.List); err != nil {
			return "", nil, 0, err
		}
		if len(req.Reasons) == 0 {
			return "", nil, 0, fault.New(fault.Invalid, "no code is named; say which codes stand for which reason").In("reasons")
		}
		changed := 0
		for _, code := range sortedKeys(req.Reasons) {
			did, err := s.TakeCode(ctx, tx, req.List, code, req.Reasons[code], orToday(req.From, tx))
			if err != nil {
				return "", nil, 0, inField(err, "reasons")
			}
			if did {
				changed++
			}
		}
		return req.List, map[string]any{"from": orToday(req.From, tx), "reasons": req.Reasons, "changed": changed}, changed, nil
	})
}
