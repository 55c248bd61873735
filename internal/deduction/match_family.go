package deduction

import (
	"context"

	"quittance/internal/db"
)

// families are customers with everybody whom they are related to, by parents.
type families struct {
	root    map[int64]int64 // of each member
	parent  map[int64]int64
	members []int64 // ascending by root, then by id
}

// familiesOf gives the families of customers: the head of each, and everybody below it.
func familiesOf(ctx context.Context, tx *db.Tx, customers []int64) (*families, error) {
	f := &families{root: map[int64]int64{}, parent: map[int64]int64{}}
	those, arg := tx.Among("id", "$2", customers)
	heads := map[int64]bool{}
	var roots []int64
	headed := map[int64]bool{}
	err := tx.Each(ctx, `with recursive up (start, id, parent) as (
			select id, id, parent from customer where company = $1 and `+those+`
			union select u.start, c.id, c.parent from up u join customer c on c.company = $1 and c.id = u.parent)
		select start, id from up where parent is null`, []any{tx.Company, arg}, func(r *db.Rows) error {
		headed[r.Int64(0)] = true
		if id := r.Int64(1); !heads[id] {
			heads[id] = true
			roots = append(roots, id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, id := range customers { // parents in a circle have no head
		if !headed[id] && !heads[id] {
			heads[id] = true
			roots = append(roots, id)
		}
	}
	return f, f.descend(ctx, tx, roots)
}

// descend adds everybody below the heads, level by level.
func (f *families) descend(ctx context.Context, tx *db.Tx, heads []int64) error {
	for _, id := range heads {
		f.root[id] = id
		f.members = append(f.members, id)
	}
	for level := heads; len(level) > 0; {
		those, arg := tx.Among("parent", "$2", level)
		level = nil
		err := tx.Each(ctx, "select id, parent from customer where company = $1 and parent is not null and "+those+" order by id", []any{tx.Company, arg}, func(r *db.Rows) error {
			id, parent := r.Int64(0), r.Int64(1)
			f.parent[id] = parent
			if _, known := f.root[id]; !known {
				f.root[id] = f.root[parent]
				f.members, level = append(f.members, id), append(level, id)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// related says whether two customers may settle with each other: one is the parent of the other, or they share one.
func (f *families) related(a, b int64) bool {
	pa, pb := f.parent[a], f.parent[b]
	return a == b || pa == b || pb == a || pa != 0 && pa == pb
}

// of gives the head of a customer's family; of somebody who is in none of them, 0.
func (f *families) of(customer int64) int64 { return f.root[customer] }

// keep drops the families that keep does not name.
func (f *families) keep(keep func(root int64) bool) {
	var members []int64
	for _, id := range f.members {
		if keep(f.root[id]) {
			members = append(members, id)
		}
	}
	f.members = members
}

// FamilyOf gives a customer with everybody whom it is related to, by parents.
func FamilyOf(ctx context.Context, tx *db.Tx, customer int64) ([]int64, error) {
	f, err := familiesOf(ctx, tx, []int64{customer})
	if err != nil {
		return nil, err
	}
	return f.members, nil
}
