package app

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/payout"
	"quittance/internal/unclaimed"
)

// UnclaimedSelection says which property is looked at. What is blank is not looked at.
type UnclaimedSelection struct {
	Date         civil.Date        `json:"date"` // the day looked at; blank: today
	Kind         unclaimed.Kind    `json:"kind"`
	Owner        string            `json:"owner"`
	Jurisdiction string            `json:"jurisdiction"`
	Documents    []string          `json:"documents"` // credits by number, payments by name
	Stages       []unclaimed.Stage `json:"stages"`    // of these only; none: the candidates
	All          bool              `json:"all"`       // those that are left out, too
}

const mostUnclaimed = 5000 // items that a list names

func (s UnclaimedSelection) check() error {
	for _, text := range append([]string{s.Owner, s.Jurisdiction}, s.Documents...) {
		if err := plain("documents", text); err != nil {
			return err
		}
	}
	if s.Kind != "" && !slices.Contains(unclaimed.Kinds(), s.Kind) {
		return oneOf("kind", string(s.Kind), unclaimed.Kinds())
	}
	for _, x := range s.Stages {
		if !slices.Contains(unclaimed.Stages(), x) {
			return oneOf("stages", string(x), unclaimed.Stages())
		}
	}
	return nil
}

func (s UnclaimedSelection) wants(y *unclaimed.Candidate) bool {
	switch {
	case s.Jurisdiction != "" && s.Jurisdiction != y.Place.Jurisdiction:
		return false
	case len(s.Stages) > 0:
		return slices.Contains(s.Stages, y.Stage)
	}
	return s.All || y.Stage == unclaimed.EscheatDue || y.Stage == unclaimed.LetterDue
}

// look calls fn with what is selected but for the stages (when only what is due is asked for, what is too young for that is left out);
// today is what a blank date means. It begins after a place, which is not for documents that are named.
func (s UnclaimedSelection) look(ctx context.Context, tx *db.Tx, c *ledger.Company, after unclaimed.Cursor, fn func(*unclaimed.Candidate) error) error {
	owner, err := ownerByCode(ctx, tx, s.Owner)
	if err != nil {
		return err
	}
	at := unclaimed.Selection{On: orToday(s.Date, tx), Kind: s.Kind, Owner: owner, After: after}
	if len(s.Documents) == 0 {
		if s.due() {
			rules, err := unclaimed.Rules(ctx, tx)
			if at.AroseBy = unclaimed.DueBy(rules, at.On); err != nil || at.AroseBy == 0 {
				return err // without a rule nothing is due
			}
		}
		return unclaimed.Look(ctx, tx, c, at, fn)
	}
	at.After = unclaimed.Cursor{}
	for _, name := range s.Documents {
		at.Kind, at.Target = unclaimed.Credit, 0
		if p, err := payout.Find(ctx, tx, name); err == nil {
			at.Kind, at.Target = unclaimed.Payment, p.ID
		} else {
			v, err := ledger.Lookup(ctx, tx, name)
			if err != nil {
				return inField(err, "documents")
			}
			at.Target = v.ID
		}
		n := 0
		if err := unclaimed.Look(ctx, tx, c, at, func(y *unclaimed.Candidate) error { n++; return fn(y) }); err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Refused, "%s is no open credit of a customer and no payment that may be unclaimed", name).ByRule("not_unclaimed").In("documents")
		}
	}
	return nil
}

// Unclaimed looks at everything that may be unclaimed on a day: how much stands at each stage, and the items of the stages asked for.
func (a *App) Unclaimed(ctx context.Context, call Call, s UnclaimedSelection, limit int) (*UnclaimedList, error) {
	list := &UnclaimedList{Stages: []UnclaimedStage{}, Items: []UnclaimedItem{}, Owed: []UnclaimedLiability{}}
	if limit <= 0 || limit > mostUnclaimed {
		limit = mostUnclaimed
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		list.Date = orToday(s.Date, tx)
		type key struct {
			stage    unclaimed.Stage
			currency string
		}
		counts, sums := map[key]int64{}, map[key]money.Amount{}
		everything := s
		everything.All, everything.Stages = true, nil
		err := everything.look(ctx, tx, c, unclaimed.Cursor{}, func(y *unclaimed.Candidate) error {
			if s.Jurisdiction == "" || s.Jurisdiction == y.Place.Jurisdiction {
				k := key{y.Stage, y.Currency}
				counts[k]++
				sums[k] += y.Amount
			}
			if !s.wants(y) {
				return nil
			}
			if list.More = len(list.Items) >= limit; !list.More {
				list.Items = append(list.Items, viewUnclaimed(y))
			}
			return nil
		})
		if err != nil {
			return err
		}
		for k, n := range counts {
			list.Stages = append(list.Stages, UnclaimedStage{k.stage, k.currency, n, amountOf(k.currency, sums[k])})
		}
		order := unclaimed.Stages()
		slices.SortFunc(list.Stages, func(a, b UnclaimedStage) int {
			if d := slices.Index(order, a.Stage) - slices.Index(order, b.Stage); d != 0 {
				return d
			}
			return strings.Compare(a.Currency, b.Currency)
		})
		list.Owed, err = liabilities(ctx, tx, c)
		return err
	})
	return list, err
}

func liabilities(ctx context.Context, tx *db.Tx, c *ledger.Company) ([]UnclaimedLiability, error) {
	rows := []UnclaimedLiability{}
	all, err := unclaimed.Control(ctx, tx)
	for _, x := range all {
		rows = append(rows, UnclaimedLiability{x.Account, x.Properties, c.Currency.Format(x.Items), c.Currency.Format(x.Ledger), c.Currency.Format(x.Ledger - x.Items)})
	}
	return rows, err
}

// MakeUnclaimedLetters writes to the owners of what is selected and due for a letter on the day, as one PDF.
func (a *App) MakeUnclaimedLetters(ctx context.Context, call Call, s UnclaimedSelection) (*UnclaimedLetters, error) {
	return do(ctx, a, call, command{name: "unclaimed.letters", permission: identity.Prepare, input: s}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *UnclaimedLetters, error) {
		if err := s.check(); err != nil {
			return "", nil, nil, err
		}
		if orToday(s.Date, tx) > tx.Today() {
			return "", nil, nil, fault.New(fault.Refused, "letters of %s cannot be made before that day", s.Date).ByRule("letter_later").In("date")
		}
		var all []*unclaimed.Candidate
		s.Stages = []unclaimed.Stage{unclaimed.LetterDue}
		if err := s.look(ctx, tx, c, unclaimed.Cursor{}, func(y *unclaimed.Candidate) error {
			if s.wants(y) {
				all = append(all, y)
			}
			return nil
		}); err != nil {
			return "", nil, nil, err
		}
		x, err := unclaimed.MakeLetters(ctx, tx, c, a.keys, all, orToday(s.Date, tx))
		if err != nil {
			return "", nil, nil, err
		}
		v := viewLetters(x)
		return x.Code, v, &v, nil
	})
}

func viewLetters(x *unclaimed.Letters) UnclaimedLetters {
	return UnclaimedLetters{x.Code, x.Date, x.MadeBy, at(x.MadeAt), x.Letters, x.Items, hex.EncodeToString(x.SHA256), x.Copies}
}

// OpenUnclaimedLetters gives the PDF of letters; each time is told in the audit trail.
func (a *App) OpenUnclaimedLetters(ctx context.Context, call Call, code string) (*UnclaimedFile, error) {
	var content []byte
	call.Key = "" // each time is told
	f, err := do(ctx, a, call, command{name: "unclaimed.letters_open", permission: identity.Prepare}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *UnclaimedFile, error) {
		if err := plain("letters", code); err != nil {
			return "", nil, nil, err
		}
		x, err := unclaimed.TakeLetters(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		content, err = x.Open(tx, a.keys)
		return code, map[string]int{"time": x.Copies}, &UnclaimedFile{Name: code + ".pdf", SHA256: hex.EncodeToString(x.SHA256)}, err
	})
	if err != nil {
		return nil, err
	}
	f.Content = content
	return f, nil
}

// MakeUnclaimedReport makes the report of a jurisdiction for a year; again makes it anew.
func (a *App) MakeUnclaimedReport(ctx context.Context, call Call, jurisdiction string, year int, again bool) (*UnclaimedReport, error) {
	return do(ctx, a, call, command{name: "unclaimed.report", permission: identity.Pay, input: []any{jurisdiction, year, again}}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *UnclaimedReport, error) {
		if err := unclaimed.CheckJurisdiction(jurisdiction); err != nil {
			return "", nil, nil, err
		}
		if year < 1990 || year > 2100 {
			return "", nil, nil, fault.New(fault.Invalid, "%d is no year of a report; expected 1990 to 2100", year).In("year")
		}
		x, err := unclaimed.MakeReport(ctx, tx, c, a.keys, jurisdiction, year, again)
		if err != nil {
			return "", nil, nil, err
		}
		v := viewReport(x)
		return x.Code, v, &v, nil
	})
}

func viewReport(x *unclaimed.Report) UnclaimedReport {
	return UnclaimedReport{x.Code, x.Jurisdiction, x.Year, x.Number, x.Name, x.MadeBy, at(x.MadeAt), x.Properties, amountOf("USD", x.Total), hex.EncodeToString(x.SHA256), x.Copies}
}

// OpenUnclaimedReport gives the file of a report; each time is told in the audit trail.
func (a *App) OpenUnclaimedReport(ctx context.Context, call Call, code string) (*UnclaimedFile, error) {
	var content []byte
	call.Key = "" // each time is told
	f, err := do(ctx, a, call, command{name: "unclaimed.report_open", permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *UnclaimedFile, error) {
		if err := plain("report", code); err != nil {
			return "", nil, nil, err
		}
		x, err := unclaimed.TakeReport(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		content, err = x.Open(tx, a.keys)
		return code, map[string]int{"time": x.Copies}, &UnclaimedFile{Name: x.Name, SHA256: hex.EncodeToString(x.SHA256)}, err
	})
	if err != nil {
		return nil, err
	}
	f.Content = content
	return f, nil
}
