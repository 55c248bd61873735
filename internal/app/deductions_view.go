package app

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/file"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// Deduction gives a deduction by its number.
func (a *App) Deduction(ctx context.Context, call Call, number string) (*DeductionView, error) {
	if err := plain("number", number); err != nil {
		return nil, err
	}
	var view *DeductionView
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		d, err := deduction.Find(ctx, tx, number)
		if err == nil {
			view, err = viewDeduction(ctx, tx, c, d)
		}
		return err
	})
	return view, err
}

// viewDeduction shows everything known of a deduction.
func viewDeduction(ctx context.Context, tx *db.Tx, c *ledger.Company, d *deduction.Deduction) (*DeductionView, error) {
	cur, err := money.CurrencyOf(d.Currency)
	if err != nil {
		return nil, err
	}
	lines, err := deduction.ResolutionLines(ctx, tx, d)
	if err != nil {
		return nil, err
	}
	vouchers := []int64{}
	for i := range lines {
		vouchers = append(vouchers, lines[i].Voucher, lines[i].Reversal, lines[i].Counterpart)
	}
	n, err := namesOf(ctx, tx, []*deduction.Deduction{d}, vouchers...)
	if err != nil {
		return nil, err
	}
	row, err := n.row(tx, d)
	if err != nil {
		return nil, err
	}
	v := &DeductionView{
		DeductionRow: row, Parent: n.deductions[d.Parent], State: string(d.State), Account: d.Account, Plan: d.Plan, Hold: string(d.Hold), Holder: n.code(d.Holder), Voucher: n.vouchers[d.Voucher],
		Payment: n.vouchers[d.Payment], JournalLine: d.JournalLine, Note: d.Note, Basis: d.Basis, Attempts: d.Attempts, DisputedAt: d.DisputedAt, AnswerDue: d.AnswerDue, PaidBack: cur.Format(d.PaidBack),
		NextWork: texts(d.NextWork()), CreatedBy: d.CreatedBy, CreatedAt: instant(d.CreatedAt), ClosedAt: instant(d.ClosedAt), Resolutions: []DeductionResolution{}, Matches: []MatchPart{},
	}
	if v.Journal, err = deduction.JournalCode(ctx, tx, d); err != nil {
		return nil, err
	}
	s, err := deduction.LoadSetup(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	plans := map[int64]string{}
	for code, p := range s.Plans {
		plans[p.ID] = code
	}
	for i := range lines {
		v.Resolutions = append(v.Resolutions, viewResolutionLine(cur, &lines[i], n.vouchers, plans))
	}
	for _, fill := range []func(context.Context, *db.Tx, *ledger.Company, *deduction.Setup, *deduction.Deduction, *DeductionView) error{fillRule, fillFamily, fillDesk, fillMatches} {
		if err := fill(ctx, tx, c, s, d, v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func viewResolutionLine(cur money.Currency, r *deduction.Resolution, vouchers, plans map[int64]string) DeductionResolution {
	return DeductionResolution{
		ID: r.ID, Batch: r.Batch, Date: r.Date, Kind: string(r.Kind), Amount: cur.Format(r.Amount), Account: r.Account, Plan: plans[r.Plan], Counterpart: vouchers[r.Counterpart], Reason: r.Reason, Text: r.Text,
		State: r.State, Voucher: vouchers[r.Voucher], Reversal: vouchers[r.Reversal], Automatic: r.Automatic, Actor: r.Actor, At: instant(r.At), DecidedBy: r.DecidedBy, DecidedAt: instant(r.DecidedAt),
	}
}

// fillRule adds what the dispute rule says, and the evidence.
func fillRule(ctx context.Context, tx *db.Tx, c *ledger.Company, s *deduction.Setup, d *deduction.Deduction, v *DeductionView) error {
	w, has, err := deduction.SpanOf(ctx, tx, c, s, d)
	if err != nil {
		return err
	}
	v.EarliestDispute, v.NextDispute = w.Earliest, texts(d.NextDispute(w, tx.Today()))
	if w.Attempts > 0 {
		left := max(0, w.Attempts-d.Attempts)
		v.AttemptsLeft = &left
	}
	v.EvidenceNeeded = s.Needs(d, w)
	v.EvidenceMissing = deduction.Missing(v.EvidenceNeeded, has)
	attached, err := deduction.EvidenceOf(ctx, tx, d)
	if err != nil {
		return err
	}
	ids := make([]int64, len(attached))
	for i, e := range attached {
		ids[i] = e.File
	}
	files, err := file.List(ctx, tx, ids)
	v.Evidence = []DeductionEvidence{}
	for _, e := range attached {
		v.Evidence = append(v.Evidence, viewEvidence(e, files[e.File]))
	}
	return err
}

func viewEvidence(e deduction.Evidence, f file.File) DeductionEvidence {
	return DeductionEvidence{ID: e.ID, Type: e.Type, Name: f.Name, Media: f.Media, Size: f.Size, By: f.Actor, At: instant(f.At)}
}

// fillFamily adds the children, and what is open of the hold that they share, with its marks.
func fillFamily(ctx context.Context, tx *db.Tx, _ *ledger.Company, _ *deduction.Setup, d *deduction.Deduction, v *DeductionView) error {
	family, err := deduction.Family(ctx, tx, d.Root)
	if err != nil {
		return err
	}
	cur, err := money.CurrencyOf(d.Currency)
	if err != nil {
		return err
	}
	v.Children, v.Marks = []DeductionChild{}, []DeductionMark{}
	root := d
	for _, child := range family {
		if child.Parent == d.ID {
			v.Children = append(v.Children, DeductionChild{child.Number, cur.Format(child.Amount), cur.Format(child.Remaining()), string(child.Financial()), string(child.Work), child.Reason})
		}
		if child.ID == d.Root {
			root = child
		}
	}
	open, held, err := deduction.HeldOpen(ctx, tx, root)
	if err != nil || !held {
		return err
	}
	v.Held = cur.Format(open)
	marks, err := openitem.MarksOn(ctx, tx, root.Holder, root.Voucher)
	for _, m := range marks {
		v.Marks = append(v.Marks, DeductionMark{m.Journal, m.Line, m.Holder, cur.Format(m.Amount)})
	}
	return err
}

// fillDesk adds history and watchers.
func fillDesk(ctx context.Context, tx *db.Tx, _ *ledger.Company, _ *deduction.Setup, d *deduction.Deduction, v *DeductionView) error {
	events, err := deduction.History(ctx, tx, d)
	if err != nil {
		return err
	}
	v.History = []DeductionEvent{}
	for _, e := range events {
		v.History = append(v.History, DeductionEvent{e.ID, instant(e.At), e.Actor, e.Kind, e.Text})
	}
	watchers, err := deduction.Watchers(ctx, tx, d)
	v.Watchers = append([]string{}, watchers...)
	return err
}

// fillMatches adds what the automatic search proposes.
func fillMatches(ctx context.Context, tx *db.Tx, _ *ledger.Company, _ *deduction.Setup, d *deduction.Deduction, v *DeductionView) error {
	if d.ClosedAt != 0 {
		return nil
	}
	proposals, err := deduction.Proposals(ctx, tx, deduction.MatchFilter{}, d.ID-1, 1)
	if err != nil || len(proposals) == 0 || proposals[0].Deduction != d.ID {
		return err
	}
	views, _, err := viewProposals(proposals, 1)
	if err == nil {
		v.Matches = views[0].Parts
	}
	return err
}

// texts gives states as texts.
func texts[S ~string](all []S) []string {
	views := make([]string, len(all))
	for i, s := range all {
		views[i] = string(s)
	}
	return views
}

// DeductionFile gives an attachment of a deduction, by its id.
func (a *App) DeductionFile(ctx context.Context, call Call, number string, id int64) (*DeductionEvidence, []byte, error) {
	if err := plain("number", number); err != nil {
		return nil, nil, err
	}
	var view DeductionEvidence
	var content []byte
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		d, err := deduction.Find(ctx, tx, number)
		if err != nil {
			return err
		}
		e, err := attachment(ctx, tx, d, id)
		if err != nil {
			return err
		}
		f, bytes, err := file.Open(ctx, tx, e.File)
		if err == nil {
			view, content = viewEvidence(e, *f), bytes
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return &view, content, nil
}

// attachment finds an attachment of a deduction.
func attachment(ctx context.Context, tx *db.Tx, d *deduction.Deduction, id int64) (deduction.Evidence, error) {
	all, err := deduction.EvidenceOf(ctx, tx, d)
	for _, e := range all {
		if e.ID == id {
			return e, err
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "deduction %s has no attachment %d", d.Number, id)
	}
	return deduction.Evidence{}, err
}
