package deduction

import (
	"cmp"
	"context"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Child is a part to be split off a deduction. Type and Reason are the parent's when they are blank.
type Child struct {
	Amount       money.Amount
	Type, Reason string
	Note         string
}

// SplitOff makes children of a deduction, which share the hold of its root; the parent keeps the rest, which must be something.
func SplitOff(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, parts []Child) ([]*Deduction, error) {
	if err := lockRoot(ctx, tx, d); err != nil {
		return nil, err
	}
	if err := canResolve(ctx, tx, d); err != nil {
		return nil, err
	}
	total, err := childrenTotal(parts)
	switch {
	case err != nil:
		return nil, err
	case total >= d.Remaining():
		return nil, fault.New(fault.Refused, "%s remain of the deduction %s, and it must keep something: %s cannot be split off", show(d.Currency, d.Remaining()), d.Number, show(d.Currency, total)).In("amount").ByRule("over_split")
	}
	root, n, err := rootOf(ctx, tx, d)
	if err != nil {
		return nil, err
	}
	children := make([]*Deduction, len(parts))
	for i, p := range parts {
		if children[i], err = s.child(ctx, tx, c, d, p, fmt.Sprintf("%s/%d", root, n+i+1)); err != nil {
			return nil, err
		}
	}
	d.Split += total
	if err := s.save(ctx, tx, c, d); err != nil {
		return nil, err
	}
	for _, child := range children {
		if err := AddEvent(ctx, tx, d.ID, "split", child.Number+" "+show(d.Currency, child.Amount)+" "+d.Currency); err != nil {
			return nil, err
		}
	}
	return children, nil
}

func childrenTotal(parts []Child) (money.Amount, error) {
	if len(parts) == 0 {
		return 0, fault.New(fault.Invalid, "a split needs the parts that are split off").In("parts")
	}
	var sum money.Sum
	for _, p := range parts {
		if p.Amount <= 0 {
			return 0, fault.New(fault.Invalid, "a part that is split off is of a positive amount").In("amount").ByRule("bad_amount")
		}
		sum.Add(p.Amount)
	}
	return sum.Total()
}

// rootOf gives the number of the root, and how many children it has.
func rootOf(ctx context.Context, tx *db.Tx, d *Deduction) (number string, children int, err error) {
	err = tx.Row(ctx, "select (select number from deduction where company = $1 and id = $2), (select count(*) from deduction where company = $1 and root = $2 and id <> $2)", tx.Company, d.Root).Scan(&number, &children)
	return number, children, err
}

// child makes one child.
func (s *Setup) child(ctx context.Context, tx *db.Tx, c *ledger.Company, d *Deduction, p Child, number string) (*Deduction, error) {
	x := *d
	x.Parent, x.Amount, x.Resolved, x.Split, x.PaidBack = d.ID, p.Amount, 0, 0, 0
	if p.Type != "" || p.Reason != "" {
		x.Type, x.Account, x.Plan = p.Type, "", ""
	}
	if p.Reason != "" && p.Reason != d.Reason {
		x.Reason, x.Owner, x.Team = p.Reason, "", ""
	} else if p.Type == "" {
		x.Type, x.Account, x.Plan = d.Type, d.Account, d.Plan
	}
	if x.Type == "" && s.Reasons[x.Reason].Type == "" {
		x.Type = d.Type
	}
	x.Note = cmp.Or(p.Note, d.Note)
	if err := s.code(c, &x); err != nil {
		return nil, err
	}
	dispute, root := x.Dispute, x.Root
	x.CreatedBy = tx.Actor
	if err := s.begin(ctx, tx, c, &x, number); err != nil {
		return nil, err
	}
	x.Dispute, x.Root = dispute, root
	if x.isClaim() { // nothing of this part is approved
		x.State = Claim
	}
	if err := insert(ctx, tx, &x); err != nil {
		return nil, err
	}
	if err := s.Expose(ctx, tx, &x); err != nil {
		return nil, err
	}
	return &x, AddEvent(ctx, tx, x.ID, "split", "from "+d.Number)
}
