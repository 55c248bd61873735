package app

import (
	"context"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
)

const (
	matchTogether = 256 // customers whose families are searched at once
	applyTogether = 50  // deductions resolved by one command
)

// matching is a search that is under way.
type matching struct {
	a        *App
	call     Call
	req      MatchRequest
	each     func([]DeductionMatch) error
	progress func(MatchProgress)
	search   *deduction.MatchSearch
	setup    *deduction.Setup
	scores   deduction.MatchScores
	all      int64
	out      MatchOutcome
}

// MatchDeductions searches for open credits and plans that fit open deductions, and saves what fits as proposals instead of those that
// were there; with Apply, what fits well enough is resolved at once, within the rules and the limits. each, when not nil, gets what
// was found for every deduction, some at a time. It is a long command: what it saves and applies is done in parts, and counts though
// it be cut off.
func (a *App) MatchDeductions(ctx context.Context, call Call, req MatchRequest, each func([]DeductionMatch) error, progress func(MatchProgress)) (*MatchOutcome, error) {
	cmd := command{name: "deduction.match", permission: identity.Deduct, input: req}
	if first, found, err := earlier[*MatchOutcome](ctx, a, call, cmd); err != nil || found {
		return first, err
	}
	m := &matching{a: a, call: Call{Actor: call.Actor, Company: call.Company}, req: req, each: each, progress: progress}
	m.out.Why = map[string]int64{}
	ids, customer, err := m.begin(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case len(ids) > 0:
		err = m.part(ctx, func(ctx context.Context, tx *db.Tx, c *ledger.Company) ([]*deduction.Match, int64, error) {
			return m.search.Only(ctx, tx, c, ids)
		})
	case customer != 0:
		err = m.customers(ctx, []int64{customer}, 0)
	default:
		err = m.everything(ctx)
	}
	if err != nil {
		return nil, err
	}
	return do(ctx, a, call, cmd, func(context.Context, *db.Tx, *ledger.Company) (string, any, *MatchOutcome, error) {
		return strings.Join(append(slices.Clone(req.Deductions), req.Customer), " "), m.out, &m.out, nil
	})
}

// begin reads what the search needs, and finds what is asked for.
func (m *matching) begin(ctx context.Context) (ids []int64, customer int64, err error) {
	err = query(ctx, m.a, m.call, identity.Deduct, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		asked := 0
		for _, x := range []bool{len(m.req.Deductions) > 0, m.req.Customer != "", m.req.All} {
			if x {
				asked++
			}
		}
		if asked != 1 {
			return fault.New(fault.Invalid, "say what to search for: some deductions, those of a customer, or all").In("deductions").ByRule("no_selection")
		}
		for _, number := range m.req.Deductions {
			d, err := deduction.Find(ctx, tx, number)
			if err != nil {
				return inField(err, "deductions")
			}
			ids = append(ids, d.ID)
		}
		if m.req.Customer != "" {
			if customer, err = partyID(ctx, tx, 1, m.req.Customer); err != nil {
				return inField(err, "customer")
			}
		}
		if m.setup, err = deduction.LoadSetup(ctx, tx, c); err != nil {
			return err
		}
		m.scores, m.req.Date = deduction.Scores(c), orToday(m.req.Date, tx)
		m.search, err = deduction.NewMatchSearch(ctx, tx, c, m.setup)
		if err == nil && m.req.All {
			m.all, err = deduction.CountToMatch(ctx, tx)
		}
		return err
	})
	return ids, customer, err
}

// everything searches for all open deductions, some customers with their families at a time.
func (m *matching) everything(ctx context.Context) error {
	err := m.write(ctx, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error { return deduction.DropMatches(ctx, tx) })
	for after := int64(0); err == nil; {
		var customers []int64
		err = query(ctx, m.a, m.call, identity.Deduct, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (err error) {
			customers, err = deduction.CustomersToMatch(ctx, tx, after, matchTogether)
			return err
		})
		if err != nil || len(customers) == 0 {
			return err
		}
		err = m.customers(ctx, customers, after)
		after = customers[len(customers)-1]
	}
	return err
}

func (m *matching) customers(ctx context.Context, customers []int64, after int64) error {
	return m.part(ctx, func(ctx context.Context, tx *db.Tx, c *ledger.Company) ([]*deduction.Match, int64, error) {
		return m.search.Customers(ctx, tx, c, customers, after)
	})
}

// part searches for some deductions, saves what is proposed, and applies what is to be applied.
func (m *matching) part(ctx context.Context, search func(context.Context, *db.Tx, *ledger.Company) ([]*deduction.Match, int64, error)) error {
	var found []*deduction.Match
	var views []DeductionMatch
	err := query(ctx, m.a, m.call, identity.Deduct, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		var credits int64
		if found, credits, err = search(ctx, tx, c); err != nil {
			return err
		}
		m.out.Credits += credits
		if m.each != nil {
			views, err = viewMatches(ctx, tx, found)
		}
		return err
	})
	if err != nil || len(found) == 0 {
		return err
	}
	err = m.write(ctx, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		return deduction.SaveMatches(ctx, tx, found)
	})
	if err != nil {
		return err
	}
	applied, err := m.applyAll(ctx, found)
	if err != nil {
		return err
	}
	m.count(found, applied)
	if m.progress != nil {
		m.progress(MatchProgress{Done: m.out.Deductions, All: m.all})
	}
	if m.each == nil {
		return nil
	}
	for i := range views {
		if a, tried := applied[found[i].Wanted.ID]; tried {
			views[i].Outcome, views[i].Why = a.outcome, a.why
		}
	}
	return m.each(views)
}

// write runs a part of the command that leaves no record of its own.
func (m *matching) write(ctx context.Context, fn func(context.Context, *db.Tx, *ledger.Company) error) error {
	return plainer(m.a.db.Unit(ctx, m.a.scope(m.call), func(ctx context.Context, tx *db.Tx) error {
		c, err := m.a.into(ctx, tx, m.call, identity.Deduct)
		if err != nil {
			return err
		}
		return fn(ctx, tx, c)
	}))
}

func (m *matching) count(found []*deduction.Match, applied map[int64]applied) {
	m.out.Deductions += int64(len(found))
	for _, x := range found {
		switch a := applied[x.Wanted.ID]; {
		case x.Fit == nil:
			m.out.Nothing++
			m.out.Why[x.Why]++
		case a.outcome == "applied":
			m.out.Applied++
		case a.outcome == "pending":
			m.out.Pending++
		case a.outcome == "refused":
			m.out.Refused++
		default:
			m.out.Proposed++
		}
	}
}

// applied says what became of a match that was to be applied.
type applied struct{ outcome, why string }

// applyAll resolves the deductions whose matches are good enough, when that is asked for: several by one command, and each by itself when
// one of them is refused.
func (m *matching) applyAll(ctx context.Context, found []*deduction.Match) (map[int64]applied, error) {
	outcomes := map[int64]applied{}
	if !m.req.Apply {
		return outcomes, nil
	}
	found = slices.DeleteFunc(slices.Clone(found), func(x *deduction.Match) bool { return x.Fit == nil || x.Fit.Score < m.scores.Apply })
	for some := range slices.Chunk(found, applyTogether) {
		err := m.apply(ctx, some, outcomes)
		for _, x := range some {
			if err == nil {
				break
			}
			if !ours(err) {
				return nil, err
			}
			if one := m.apply(ctx, []*deduction.Match{x}, outcomes); one != nil {
				if !ours(one) || fault.CodeOf(one) == fault.Internal {
					return nil, one
				}
				outcomes[x.Wanted.ID] = applied{"refused", one.Error()}
			}
		}
	}
	return outcomes, nil
}

// apply resolves deductions by their matches, all or none.
func (m *matching) apply(ctx context.Context, some []*deduction.Match, outcomes map[int64]applied) error {
	cmd := command{name: "deduction.match", permission: identity.Deduct}
	done, err := do(ctx, m.a, m.call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, map[int64]applied, error) {
		done, numbers := map[int64]applied{}, make([]string, len(some))
		for i, x := range some {
			numbers[i] = x.Wanted.Number
			outcome, err := applyOne(ctx, tx, c, m.setup, x, m.req.Date)
			if err != nil {
				return "", nil, nil, err
			}
			done[x.Wanted.ID] = applied{outcome: outcome}
		}
		return numbers[0], map[string]any{"applied": numbers}, done, nil
	})
	for id, x := range done {
		outcomes[id] = x
	}
	return err
}

// applyOne resolves a deduction by its match, and takes its proposal away.
func applyOne(ctx context.Context, tx *db.Tx, c *ledger.Company, s *deduction.Setup, x *deduction.Match, date civil.Date) (string, error) {
	d, err := deduction.Get(ctx, tx, x.Wanted.ID)
	if err != nil {
		return "", err
	}
	if d.Remaining() != x.Wanted.Amount || d.State != deduction.Held {
		return "", fault.New(fault.Conflict, "deduction %s changed since it was searched for; search again", d.Number).ByRule("changed")
	}
	out, err := deduction.Resolve(ctx, tx, c, s, d, x.Lines(), date)
	if err != nil {
		return "", err
	}
	if err := deduction.DropMatchesOf(ctx, tx, d.ID); err != nil {
		return "", err
	}
	if out.Proposed {
		return "pending", nil
	}
	return "applied", nil
}
