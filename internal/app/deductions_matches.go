package app

import (
	"context"
	"encoding/json"
	"slices"

	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// viewMatches shows what was found.
func viewMatches(ctx context.Context, tx *db.Tx, found []*deduction.Match) ([]DeductionMatch, error) {
	var fits []*deduction.Fit
	for _, m := range found {
		if m.Fit != nil {
			fits = append(fits, m.Fit)
		}
	}
	codes, err := codesOfCredits(ctx, tx, fits, nil)
	if err != nil {
		return nil, err
	}
	views := make([]DeductionMatch, len(found))
	for i, m := range found {
		views[i] = viewMatch(m.Wanted, m.Fit, codes)
		if m.Fit == nil {
			views[i].Outcome, views[i].Why, views[i].Score = "nothing", m.Why, m.Best
		}
	}
	return views, nil
}

// codesOfCredits gives the codes of the customers whose credits are meant.
func codesOfCredits(ctx context.Context, tx *db.Tx, fits []*deduction.Fit, left []deduction.LeftOut) (map[int64]string, error) {
	var ids []int64
	for _, f := range fits {
		for _, o := range f.Credits {
			ids = append(ids, o.Party)
		}
	}
	for _, l := range left {
		ids = append(ids, l.Credit.Party)
	}
	slices.Sort(ids)
	customers, err := party.CustomersByID(ctx, tx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	codes := map[int64]string{}
	for id, c := range customers {
		codes[id] = c.Code
	}
	return codes, nil
}

// viewMatch shows a way to resolve a deduction; fit nil is none.
func viewMatch(w *deduction.Wanted, fit *deduction.Fit, codes map[int64]string) DeductionMatch {
	cur, _ := money.CurrencyOf(w.Currency) // as the database holds it
	v := DeductionMatch{Deduction: w.Number, Customer: w.CustomerCode, Reason: w.Reason, Currency: w.Currency, Amount: cur.Format(w.Amount), Parts: []MatchPart{}}
	if fit == nil {
		return v
	}
	v.Outcome, v.Score = "proposed", fit.Score
	for i, amount := range fit.Amounts {
		p := MatchPart{Kind: "plan", Amount: cur.Format(amount), Score: fit.Score, Reasons: viewPoints(fit.Points)}
		if fit.Plan != nil {
			p.Plan, p.Text, p.Open = fit.Plan.Plan.Code, fit.Plan.Plan.Name, cur.Format(fit.Plan.Left)
		} else {
			o := fit.Credits[i]
			p.Kind, p.Party, p.Voucher, p.Type, p.Text, p.Date, p.Open = "credit", codes[o.Party], o.Number, o.Type.String(), o.Text, o.Date, cur.Format(o.Open)
		}
		v.Parts = append(v.Parts, p)
	}
	return v
}

func viewPoints(points deduction.Points) []MatchReason {
	views := make([]MatchReason, len(points))
	for i, p := range points {
		views[i] = MatchReason(p)
	}
	return views
}

// DeductionMatches gives the saved proposals, by deduction.
func (a *App) DeductionMatches(ctx context.Context, call Call, f MatchFilter, p Page) (Part[DeductionMatch], error) {
	var after int64
	limit, err := p.open("matches", &after)
	if err != nil {
		return Part[DeductionMatch]{}, err
	}
	part := Part[DeductionMatch]{Items: []DeductionMatch{}}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		by := deduction.MatchFilter{Least: f.Least}
		if f.Customer != "" {
			if by.Customer, err = partyID(ctx, tx, 1, f.Customer); err != nil {
				return inField(err, "customer")
			}
		}
		all, err := deduction.Proposals(ctx, tx, by, after, limit+1)
		if err != nil {
			return err
		}
		part.Items, after, err = viewProposals(all, limit)
		if after != 0 {
			part.Next = next("matches", after)
		}
		return err
	})
	return part, err
}

// viewProposals shows saved proposals of at most limit deductions; last is the id of the last one shown when there are more, else 0.
func viewProposals(all []deduction.Proposal, limit int) (views []DeductionMatch, last int64, err error) {
	views = []DeductionMatch{}
	var id int64
	for _, p := range all {
		if p.Deduction != id && len(views) == limit {
			return views, id, nil
		}
		cur, err := money.CurrencyOf(p.Currency)
		if err != nil {
			return nil, 0, err
		}
		if p.Deduction != id {
			id = p.Deduction
			views = append(views, DeductionMatch{
				Deduction: p.Number, Customer: p.Customer, Reason: p.Reason, Currency: p.Currency, Amount: cur.Format(p.Remaining), Score: p.Score, Outcome: "proposed", Parts: []MatchPart{},
			})
		}
		var points deduction.Points
		if err := json.Unmarshal([]byte(p.Reasons), &points); err != nil {
			return nil, 0, err
		}
		v := &views[len(views)-1]
		part := MatchPart{Kind: p.Kind, Party: p.Party, Voucher: p.Voucher, Text: p.Text, Plan: p.Plan, Amount: cur.Format(p.Amount), Score: p.Score, Reasons: viewPoints(points)}
		if p.Type != 0 {
			part.Type = p.Type.String()
		}
		v.Parts = append(v.Parts, part)
	}
	return views, 0, nil
}

// MatchCandidates searches for one deduction and writes nothing.
func (a *App) MatchCandidates(ctx context.Context, call Call, number string) (*MatchCandidates, error) {
	var view *MatchCandidates
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		d, err := deduction.Find(ctx, tx, number)
		if err != nil {
			return err
		}
		s, err := deduction.LoadSetup(ctx, tx, c)
		if err != nil {
			return err
		}
		search, err := deduction.NewMatchSearch(ctx, tx, c, s)
		if err != nil {
			return err
		}
		found, err := search.Candidates(ctx, tx, c, d)
		if err != nil {
			return err
		}
		view, err = viewCandidates(ctx, tx, found, deduction.Scores(c))
		return err
	})
	return view, err
}

func viewCandidates(ctx context.Context, tx *db.Tx, found *deduction.Candidates, scores deduction.MatchScores) (*MatchCandidates, error) {
	codes, err := codesOfCredits(ctx, tx, found.Fits, found.LeftOut)
	if err != nil {
		return nil, err
	}
	w := found.Wanted
	cur, err := money.CurrencyOf(w.Currency)
	if err != nil {
		return nil, err
	}
	view := &MatchCandidates{
		Deduction: w.Number, Currency: w.Currency, Amount: cur.Format(w.Amount), ApplyScore: scores.Apply, ProposeScore: scores.Propose,
		Best: viewMatch(w, found.Best.Fit, codes), Candidates: []DeductionMatch{}, LeftOut: []MatchLeftOut{},
	}
	if found.Best.Fit == nil {
		view.Best.Outcome, view.Best.Why, view.Best.Score = "nothing", found.Best.Why, found.Best.Best
	}
	for _, f := range found.Fits {
		v := viewMatch(w, f, codes)
		if v.Outcome = "proposed"; f.Score < scores.Propose {
			v.Outcome, v.Why = "nothing", "below"
		}
		view.Candidates = append(view.Candidates, v)
	}
	for _, l := range found.LeftOut {
		credit, err := money.CurrencyOf(l.Credit.Currency)
		if err != nil {
			return nil, err
		}
		view.LeftOut = append(view.LeftOut, MatchLeftOut{Party: codes[l.Credit.Party], Voucher: l.Credit.Number, Amount: credit.Format(l.Credit.Open), Why: l.Why, Detail: l.Detail})
	}
	return view, nil
}
