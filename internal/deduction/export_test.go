package deduction

// SearchAll searches for deductions among credits and plans, all of one family, as the search over a database does.
func SearchAll(wanted []*Wanted, offered func() []*Offered, plans func(*Wanted) []*Fit, least int) []*Match {
	s := newSearch(wanted, func(int64) int64 { return 1 }, func(a, b int64) bool { return true })
	s.plans = plans
	_ = s.rounds(least, func(offer func(*Offered)) error {
		for _, o := range offered() {
			offer(o)
		}
		return nil
	})
	return s.all
}

// Refer makes the keys of both, so that [Score] can compare them.
func Refer(w *Wanted, o *Offered) { w.refer(); o.refer() }

// Head makes a customer the parent of another.
func (s *Setup) Head(store, head int64) { s.heads = map[int64]int64{store: head} }

// LimitCustomer says which customer the limits of a code are of.
func (s *Setup) LimitCustomer(id int64, code string) { s.limited = map[int64]string{id: code} }
