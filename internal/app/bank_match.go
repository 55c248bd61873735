package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"quittance/internal/bank"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// scoreOf gives a score that a parameter sets.
func scoreOf(c *ledger.Company, name string, unset int) int {
	n, err := strconv.Atoi(cmp.Or(c.Parameters[name], strconv.Itoa(unset)))
	if err != nil {
		return unset
	}
	return n
}

const matchChunk = 500 // lines that one transaction reconciles

// found is what matching found: candidates with what they are of.
type found struct {
	bank    payout.BankAccount
	lines   []bank.Line
	entries []bank.Entry
	paid    []bank.Entry
	all     []bank.Candidate
	rules   bank.Rules
}

// MatchBank matches the open lines of a bank account. Those whose score is high enough are reconciled (unless it is a preview), some
// hundreds in a transaction; the others are proposed.
func (a *App) MatchBank(ctx context.Context, call Call, code string, preview bool) ([]BankMatch, error) {
	cmd := command{name: "bank.match", permission: identity.Pay, input: []any{code, preview}}
	if first, was, err := earlier[[]BankMatch](ctx, a, call, cmd); err != nil || was {
		return first, err
	}
	f := &found{}
	if err := query(ctx, a, call, identity.Pay, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error { return f.load(ctx, tx, c, code, 0) }); err != nil {
		return nil, err
	}
	f.all = bank.Match(f.lines, f.entries, f.paid, f.rules)
	var sure []bank.Candidate
	rows := []BankMatch{}
	for _, x := range f.all {
		own := !x.Return && x.Score >= f.rules.Reconcile && !preview
		if own {
			sure = append(sure, x)
		}
		rows = append(rows, f.view(x, own))
	}
	each := call
	each.Key = ""
	for chunk := range slices.Chunk(sure, matchChunk) {
		if err := a.reconcileChunk(ctx, each, f, chunk); err != nil {
			return nil, err
		}
	}
	if preview {
		return rows, nil
	}
	return do(ctx, a, call, cmd, func(context.Context, *db.Tx, *ledger.Company) (string, any, []BankMatch, error) {
		return "bank account " + code, map[string]int{"lines": len(f.lines), "matched": len(rows), "reconciled": len(sure)}, rows, nil
	})
}

// load reads the open lines of a bank account, or of one of its statements (0: of all), and what they may be.
func (f *found) load(ctx context.Context, tx *db.Tx, c *ledger.Company, code string, statement int64) (err error) {
	if err := plain("bank", code); err != nil {
		return err
	}
	if f.bank, err = payout.FindBank(ctx, tx, code); err != nil {
		return err
	}
	if f.lines, err = bank.OpenLines(ctx, tx, f.bank.ID, statement); err != nil {
		return err
	}
	if f.entries, err = bank.OpenEntries(ctx, tx, &f.bank); err != nil {
		return err
	}
	return f.prepare(ctx, tx, c)
}

// loadPage reads what some lines of a statement may be, and matches them.
func (f *found) loadPage(ctx context.Context, tx *db.Tx, c *ledger.Company, s *bank.Statement, lines []bank.Line) (err error) {
	if f.bank, err = payout.FindBank(ctx, tx, s.BankCode); err != nil {
		return err
	}
	if f.lines, f.entries, err = bank.Near(ctx, tx, &f.bank, s.ID, lines); err != nil || len(f.lines) == 0 {
		return err
	}
	if err := f.prepare(ctx, tx, c); err != nil {
		return err
	}
	f.all = bank.Match(f.lines, f.entries, f.paid, f.rules)
	return nil
}

// prepare reads how the lines are matched, and what may come back.
func (f *found) prepare(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
	f.rules = bank.Rules{Reconcile: scoreOf(c, "bank_match_score", 95), Propose: scoreOf(c, "bank_propose_score", 50)}
	if f.rules.Tolerance, err = differenceLimit(c); err != nil {
		return err
	}
	f.paid, err = bank.MayReturn(ctx, tx, &f.bank, f.lines)
	return err
}

// differenceLimit gives the difference that may be posted.
func differenceLimit(c *ledger.Company) (money.Amount, error) {
	return c.Currency.Parse(cmp.Or(c.Parameters["bank_difference_limit"], c.Currency.Format(0)))
}

func (f *found) view(x bank.Candidate, done bool) BankMatch {
	l := &f.lines[x.Line]
	c := money.MustCurrency(f.bank.Currency)
	row := BankMatch{Line: l.Name(), Amount: c.Format(l.Amount), Score: x.Score, Reasons: x.Reasons, Payments: []string{}, Vouchers: []string{}, Return: x.Return, Done: done, Count: len(x.Entries)}
	all := f.entriesOf(x)
	row.Key = matchKey(l, all)
	off := l.Amount
	for _, e := range all {
		off -= e.Amount
	}
	if row.Difference = c.Format(off); x.Return {
		row.Difference = c.Format(0) // it comes back as it went out
	}
	for _, e := range all {
		if len(row.Vouchers) == mostNamed {
			break
		}
		row.Vouchers = append(row.Vouchers, e.Number)
		if e.Name != "" {
			row.Payments = append(row.Payments, e.Name)
		}
	}
	return row
}

func (f *found) entriesOf(x bank.Candidate) []bank.Entry {
	from := f.entries
	if x.Paid {
		from = f.paid
	}
	all := make([]bank.Entry, len(x.Entries))
	for i, e := range x.Entries {
		all[i] = from[e]
	}
	return all
}

// matchKey tells a match of a line from another one: it is a digest of what the line and the entries are.
func matchKey(l *bank.Line, all []bank.Entry) string {
	h := sha256.New()
	fmt.Fprint(h, l.Statement, l.N, l.Amount)
	for _, e := range all {
		fmt.Fprint(h, "\n", e.Voucher, e.Line, e.Amount)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// reconcileChunk reconciles matches that are sure, or were accepted.
func (a *App) reconcileChunk(ctx context.Context, call Call, f *found, chunk []bank.Candidate) error {
	_, err := do(ctx, a, call, command{name: "bank.reconcile", permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, int64, error) {
		pairs := make([]bank.Pair, len(chunk))
		for i, x := range chunk {
			pairs[i] = bank.Pair{Line: &f.lines[x.Line], Entries: f.entriesOf(x), Score: x.Score, Reasons: x.Reasons}
		}
		n, _, err := bank.Reconcile(ctx, tx, c, &f.bank, pairs, bank.Difference{})
		if err != nil {
			return "", nil, 0, err
		}
		err = followPairs(ctx, tx, pairs, "on a statement of bank account "+f.bank.Code)
		return "bank account " + f.bank.Code, map[string]any{"first": n, "lines": len(chunk)}, n, err
	})
	return err
}

// BankAccept is the match of a line that is accepted.
type BankAccept struct {
	Line  string `json:"line"`
	Match string `json:"match"` // as it was shown; blank: whatever the line's match is now
}

// BankAccepting says which matches of a statement are accepted: those that are named, or (none) all from a score on.
type BankAccepting struct {
	Statement string       `json:"statement"`
	Lines     []BankAccept `json:"lines"`
	Score     int          `json:"score"` // 0: that of the parameter bank_match_score
}

// BankAccepted is what accepting did.
type BankAccepted struct {
	Reconciled []string      `json:"reconciled"` // names of lines, the first of them
	Count      int           `json:"count"`
	Refused    []BankRefusal `json:"refused"`
}

// BankRefusal is a line that was not reconciled, and why.
type BankRefusal struct {
	Line    string `json:"line"`
	Problem string `json:"problem"`
}

// AcceptBankMatches reconciles lines of a statement with what they are proposed to be, some hundreds in a transaction. What cannot be
// accepted keeps the others from nothing: it is told by line.
func (a *App) AcceptBankMatches(ctx context.Context, call Call, x BankAccepting) (*BankAccepted, error) {
	cmd := command{name: "bank.accept", permission: identity.Pay, input: x}
	if x.Score < 0 || x.Score > 100 {
		return nil, fault.New(fault.Invalid, "%d is no score; expected 0 to 100", x.Score).In("score")
	}
	if first, was, err := earlier[*BankAccepted](ctx, a, call, cmd); err != nil || was {
		return first, err
	}
	f := &found{}
	if err := query(ctx, a, call, identity.Pay, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		_, err := f.loadStatement(ctx, tx, c, x.Statement)
		return err
	}); err != nil {
		return nil, err
	}
	take, done := f.accepted(x)
	each := call
	each.Key = ""
	for chunk := range slices.Chunk(take, matchChunk) {
		if err := a.reconcileChunk(ctx, each, f, chunk); err != nil {
			return nil, err
		}
		for _, m := range chunk {
			if done.Count++; len(done.Reconciled) < mostNamed {
				done.Reconciled = append(done.Reconciled, f.lines[m.Line].Name())
			}
		}
	}
	return do(ctx, a, call, cmd, func(context.Context, *db.Tx, *ledger.Company) (string, any, *BankAccepted, error) {
		return "bank statement " + x.Statement, map[string]int{"reconciled": done.Count, "refused": len(done.Refused)}, done, nil
	})
}

// loadStatement reads the open lines of a statement, and matches them.
func (f *found) loadStatement(ctx context.Context, tx *db.Tx, c *ledger.Company, name string) (*bank.Statement, error) {
	if err := plain("statement", name); err != nil {
		return nil, err
	}
	s, err := bank.Find(ctx, tx, name)
	if err != nil {
		return nil, err
	}
	if err := f.load(ctx, tx, c, s.BankCode, s.ID); err != nil {
		return nil, err
	}
	f.all = bank.Match(f.lines, f.entries, f.paid, f.rules)
	return s, nil
}

// accepted gives the matches that are accepted, and names those that cannot be.
func (f *found) accepted(x BankAccepting) (take []bank.Candidate, done *BankAccepted) {
	done = &BankAccepted{Reconciled: []string{}, Refused: []BankRefusal{}}
	matches := map[string]bank.Candidate{}
	for _, m := range f.all {
		matches[f.lines[m.Line].Name()] = m
		if len(x.Lines) == 0 && !m.Return && m.Score >= cmp.Or(x.Score, f.rules.Reconcile) && f.off(m) == 0 {
			take = append(take, m)
		}
	}
	seen := map[string]bool{}
	for _, l := range x.Lines {
		m, has := matches[l.Line]
		problem := ""
		switch {
		case seen[l.Line]:
			continue
		case !slices.ContainsFunc(f.lines, func(o bank.Line) bool { return o.Name() == l.Line }):
			problem = "it is no open line of the statement"
		case !has:
			problem = "nothing matches it any more; reconcile it by hand"
		case l.Match != "" && l.Match != matchKey(&f.lines[m.Line], f.entriesOf(m)):
			problem = "it matches something else now; look at it again"
		case m.Return:
			problem = "a payment came back; note that first, then match again"
		case f.off(m) != 0:
			problem = "the amounts differ; reconcile it by hand, and say where the difference goes"
		}
		seen[l.Line] = true
		if problem == "" {
			take = append(take, m)
		} else {
			done.Refused = append(done.Refused, BankRefusal{l.Line, problem})
		}
	}
	return take, done
}

// off gives what is missing between a line and what it may be.
func (f *found) off(m bank.Candidate) money.Amount {
	off := f.lines[m.Line].Amount
	for _, e := range f.entriesOf(m) {
		off -= e.Amount
	}
	return off
}
