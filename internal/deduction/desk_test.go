package deduction_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

func dayOf(text string) civil.Date { return civil.MustParse(text) }

func TestExpect(t *testing.T) {
	for _, x := range []struct {
		remaining, cost money.Amount
		rate            int
		want            money.Amount
	}{
		{100_00, 0, 5000, 50_00},
		{100_00, 20_00, 5000, 30_00},
		{10_00, 20_00, 5000, -15_00},
		{1, 0, 5000, 1}, // half a cent is rounded away from zero
		{100_00, 0, 12_000, 100_00},
		{100_00, 5, -1, -5},
		{0, 7, 9000, -7},
	} {
		if got, err := deduction.Expect(x.remaining, x.rate, x.cost); got != x.want || err != nil {
			t.Errorf("%+v gives %d %v", x, got, err)
		}
	}
}

func TestWindow(t *testing.T) {
	rules := []deduction.Rule{
		{From: dayOf("2026-01-01"), Window: 30, WindowFrom: "capture"},
		{Reason: "FRT", From: dayOf("2026-01-01"), Window: 60, WindowFrom: "invoice", Earliest: 5, Attempts: 2, Answer: 14, Evidence: []string{"claim"}},
		{Customer: 7, From: dayOf("2026-01-01"), To: dayOf("2026-06-30"), Window: 90, WindowFrom: "due"},
		{Customer: 7, From: dayOf("2026-07-01"), Window: 10, WindowFrom: "payment"},
		{Customer: 9, From: dayOf("2026-07-01"), Window: 5, WindowFrom: "payment"},
		{Customer: 7, Reason: "FRT", From: dayOf("2026-09-01"), Window: 1, WindowFrom: "payment"},
	}
	d := deduction.Dates{Invoice: dayOf("2026-05-01"), Due: dayOf("2026-05-31"), Payment: dayOf("2026-06-10"), Capture: dayOf("2026-06-12")}
	later := deduction.Dates{Payment: dayOf("2026-09-10"), Capture: dayOf("2026-09-12")}
	for _, x := range []struct {
		name     string
		customer int64
		head     int64
		reason   string
		d        deduction.Dates
		expires  string
	}{
		{"EveryCustomer", 1, 0, "", d, "2026-07-12"},
		{"Reason", 1, 0, "FRT", d, "2026-06-30"},
		{"CustomerBeforeReason", 7, 0, "FRT", d, "2026-08-29"},
		{"LaterRule", 7, 0, "DMG", later, "2026-09-20"},
		{"CustomerAndReason", 7, 0, "FRT", later, "2026-09-11"},
		{"HeadBeforeEverybody", 8, 7, "FRT", d, "2026-08-29"},
		{"StoreBeforeHead", 9, 7, "FRT", later, "2026-09-15"},
		{"AnotherHead", 8, 1, "FRT", d, "2026-06-30"},
		{"StandAloneHasNoInvoice", 1, 0, "FRT", later, "2026-11-09"},
		{"BeforeAllRules", 1, 0, "", deduction.Dates{Capture: dayOf("2025-12-31")}, ""},
	} {
		w := deduction.Window(rules, [3]int64{x.customer, x.head, 0}, x.reason, x.d)
		if w.Expires.String() != x.expires || (x.expires == "") != (w.Rule == nil) {
			t.Errorf("%s gives %s, want %q", x.name, w.Expires, x.expires)
		}
	}
	if w := deduction.Window(rules, [3]int64{1}, "FRT", d); w.Earliest != dayOf("2026-05-06") || w.Attempts != 2 || w.Answer != 14 || !slices.Equal(w.Evidence, []string{"claim"}) {
		t.Errorf("%+v", w)
	}
}

// Whatever moves are tried, a state of work is one of the table, and by hand nobody gets to where only postings lead.
func TestMovesOfWork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &deduction.Setup{Substates: map[string]deduction.Substate{"CARRIER": {Code: "CARRIER", Work: deduction.InResearch}}}
		d := &deduction.Deduction{Number: "D-1", State: deduction.Held, Work: deduction.Captured}
		for range rapid.IntRange(1, 30).Draw(t, "moves") {
			to := deduction.Work(rapid.SampledFrom(deduction.Works).Draw(t, "to"))
			substate := rapid.SampledFrom([]string{"", "CARRIER"}).Draw(t, "substate")
			before := *d
			if rapid.Bool().Draw(t, "posted") {
				if err := d.PostedWork(to); err == nil && d.Work != to {
					t.Fatalf("%s is %s", to, d.Work)
				}
				continue
			}
			may := slices.Contains(d.NextWork(), to) || to == d.Work
			err := s.MoveWork(d, to, substate)
			switch {
			case err == nil && (!may || d.Work != to || d.Substate != substate || (substate != "" && to != deduction.InResearch)):
				t.Fatalf("%s moved to %s/%s", before.Work, d.Work, d.Substate)
			case err != nil && may && substate == "":
				t.Fatalf("%s → %s: %v", before.Work, to, err)
			case err == nil && before.Work != to && slices.Contains([]deduction.Work{deduction.PendingApproval, deduction.ApprovalRejected, deduction.Closed}, to):
				t.Fatalf("%s by hand", to)
			}
			*d = deduction.Deduction{Number: "D-1", State: deduction.Held, Work: d.Work, Substate: d.Substate}
			if err != nil {
				*d = before
			}
		}
		over := &deduction.Deduction{Number: "D-2", State: deduction.Held, Work: deduction.Closed, ClosedAt: 1}
		if len(over.NextWork()) != 0 || s.MoveWork(over, deduction.InResearch, "") == nil {
			t.Fatal("what is over was moved by hand")
		}
	})
}

func TestDispute(t *testing.T) {
	today := dayOf("2026-11-21")
	w := deduction.Span{Rule: &deduction.Rule{}, Earliest: dayOf("2026-11-05"), Expires: dayOf("2026-11-20"), Attempts: 2, Answer: 10}
	d := &deduction.Deduction{Number: "D-1", Currency: "USD", Amount: 100_00, State: deduction.Held, Captured: dayOf("2026-11-01"), Dispute: deduction.NotDisputed}
	for _, x := range []struct {
		to, on string
		repaid money.Amount
		rule   string
	}{
		{"filed", "2026-11-04", 0, "dispute_too_early"},
		{"filed", "2026-11-21", 0, "dispute_window_ended"},
		{"filed", "2026-11-22", 0, "dispute_date"},
		{"filed", "2026-10-31", 0, "dispute_date"},
		{"expired", "2026-11-20", 0, "window_open"},
		{"denied", "2026-11-10", 0, "dispute_move"},
		{"lost", "2026-11-10", 0, "dispute_unknown"},
		{"filed", "2026-11-05", 0, ""},
		{"filed", "2026-11-06", 0, "dispute_move"},
		{"customer_researching", "2026-11-06", 0, ""},
		{"denied", "2026-11-10", 0, ""},
		{"filed", "2026-11-20", 0, ""}, // again
		{"denied", "2026-11-20", 0, ""},
		{"filed", "2026-11-20", 0, "dispute_attempts_used"},
		{"partly_paid_back", "2026-11-21", 30_00, ""}, // unasked
		{"partly_paid_back", "2026-11-21", 70_01, "dispute_amount"},
		{"paid_back", "2026-11-21", 20_00, "dispute_amount"},
		{"paid_back", "2026-11-21", 0, ""},
		{"re_deducted", "2026-11-21", 5, "dispute_amount"},
		{"re_deducted", "2026-11-21", 0, ""},
		{"expired", "2026-11-21", 0, ""},
	} {
		before := *d
		err := d.MoveDispute(deduction.Dispute(x.to), w, dayOf(x.on), today, x.repaid)
		if fault.RuleOf(err) != x.rule || (x.rule == "") != (err == nil) || (err != nil && *d != before) {
			t.Fatalf("%s on %s: %v, want %q", x.to, x.on, err, x.rule)
		}
		if x.to == "filed" && err == nil && (d.DisputedAt.String() != x.on || d.AnswerDue != d.DisputedAt.AddDays(10)) {
			t.Errorf("%+v", d)
		}
	}
	if d.Attempts != 2 || d.PaidBack != 100_00 || d.Dispute != deduction.Expired || !d.AnswerDue.IsZero() {
		t.Errorf("%+v", d)
	}
	if d.Repay(-100_00); d.PaidBack != 0 || d.Dispute != deduction.Expired {
		t.Errorf("%+v", d)
	}
}

func TestApply(t *testing.T) {
	text := func(s string) *string { return &s }
	c := &ledger.Company{Parameters: map[string]string{deduction.OwnerParameter: "desk"}}
	s := &deduction.Setup{
		Types: map[string]deduction.Type{
			"UN": {Code: "UN", Kind: deduction.Unresolved, Offset: "1"}, "WO": {Code: "WO", Kind: deduction.WriteOff, Offset: "1"}, "AP": {Code: "AP", Kind: deduction.AccrualPlan, Offset: "2"},
		},
		Reasons: map[string]deduction.Reason{
			"FRT": {Code: "FRT", Type: "WO", Account: "65100", Owner: "freda", Team: "freight", Active: true},
			"DMG": {Code: "DMG", Owner: "dan", Team: "quality", Active: true}, "OLD": {Code: "OLD"},
		},
		Parties: map[int64]deduction.Party{9: {Customer: 9, Owner: "kim"}},
	}
	fresh := func() *deduction.Deduction {
		return &deduction.Deduction{ID: 5, Number: "D-1", Customer: 1, Type: "UN", State: deduction.Held, Work: deduction.Captured, Owner: "desk", Captured: dayOf("2026-11-01")}
	}
	apply := func(t *testing.T, d *deduction.Deduction, x deduction.Change) error {
		t.Helper()
		return s.Apply(c, d, x)
	}
	t.Run("AReasonLeadsOn", func(t *testing.T) {
		d := fresh()
		if err := apply(t, d, deduction.Change{Reason: text("FRT")}); err != nil || d.Reason != "FRT" || d.Owner != "freda" || d.Team != "freight" || d.Work != deduction.Coded || d.Type != "WO" || d.Account != "65100" {
			t.Errorf("%+v %v", d, err)
		}
		if err := apply(t, d, deduction.Change{Reason: text("DMG")}); err != nil || d.Owner != "dan" || d.Team != "quality" || d.Account != "65100" {
			t.Errorf("another reason does not lead elsewhere: %+v %v", d, err)
		}
	})
	t.Run("AnOwnerByHandStays", func(t *testing.T) {
		d := fresh()
		d.Owner = "ben"
		if err := apply(t, d, deduction.Change{Reason: text("FRT")}); err != nil || d.Owner != "ben" || d.Team != "freight" {
			t.Errorf("%+v %v", d, err)
		}
	})
	t.Run("TheCustomersOwnerGoesFirst", func(t *testing.T) {
		d := fresh()
		d.Customer, d.Owner = 9, "kim"
		if err := apply(t, d, deduction.Change{Reason: text("FRT")}); err != nil || d.Owner != "kim" {
			t.Errorf("%+v %v", d, err)
		}
	})
	t.Run("SuspenseKeepsItsAccount", func(t *testing.T) {
		d := fresh()
		d.Hold = deduction.OnSuspense
		if err := apply(t, d, deduction.Change{Type: text("AP")}); fault.RuleOf(err) != "type_offset" {
			t.Error(err)
		}
		if err := apply(t, d, deduction.Change{Type: text("WO")}); err != nil {
			t.Error(err)
		}
	})
	for name, x := range map[string]struct {
		change deduction.Change
		rule   string
	}{
		"reason_unknown": {deduction.Change{Reason: text("NONE")}, "reason_unknown"}, "ended": {deduction.Change{Reason: text("OLD")}, "reason_unknown"}, "type_unknown": {deduction.Change{Type: text("X")}, "type_unknown"},
		"plan_unknown": {deduction.Change{Plan: text("X")}, "plan_unknown"}, "work": {deduction.Change{Work: text("closed")}, "work_move"}, "substate": {deduction.Change{Substate: text("X")}, "substate_unknown"},
		"itself": {deduction.Change{DuplicateOf: new(int64(5))}, "duplicate_of_itself"}, "priority": {deduction.Change{Priority: new(10)}, "priority_range"}, "control": {deduction.Change{Owner: text("a\x01")}, "text"},
	} {
		if err := apply(t, fresh(), x.change); fault.RuleOf(err) != x.rule {
			t.Errorf("%s: %v", name, err)
		}
	}
	pending, closed, gone := fresh(), fresh(), fresh()
	pending.Work, closed.ClosedAt, gone.State = deduction.PendingApproval, 1, deduction.Reversed
	for _, x := range []struct {
		d    *deduction.Deduction
		rule string
	}{{pending, "deduction_pending"}, {closed, "deduction_closed"}, {gone, "deduction_over"}} {
		if err := apply(t, x.d, deduction.Change{Reason: text("FRT")}); fault.RuleOf(err) != x.rule {
			t.Errorf("%v, want %s", err, x.rule)
		}
	}
	if err := apply(t, closed, deduction.Change{Note: text("kept"), Owner: text("ann")}); err != nil || closed.Note != "kept" {
		t.Error(err)
	}
}
