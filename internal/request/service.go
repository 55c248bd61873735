package request

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// Service is how a request stands to the day by which it was to be paid. A request with such a day has just one, apart from drafts, which
// have no day.
type Service string

// What became of the day.
const (
	Kept    Service = "kept"    // paid on the day or before
	Late    Service = "late"    // paid after it
	Missed  Service = "overdue" // not paid, and the day is gone
	Running Service = "running" // not paid, and the day has not gone by
	NotPaid Service = "ended"   // rejected, withdrawn, cancelled or reversed: the day has no meaning any more
)

// Services gives all, in the order of the code.
func Services() []Service { return []Service{Kept, Late, Missed, Running, NotPaid} }

const (
	// EndedStates are the states in which nothing waits any more, as a statement writes them.
	EndedStates = "('cleared', 'reversed', 'rejected', 'withdrawn', 'cancelled')"
	// unpaidStates are the states of [Request.Overdue].
	unpaidStates = "('submitted', 'in_review', 'more_information', 'on_hold', 'approved', 'posted', 'in_payment', 'returned')"
	// paidAt is when the request r was paid, of one that is; that a reconciliation was undone does not change when.
	paidAt = "(select max(y.at) from request_event y where y.company = r.company and y.request = r.id and y.to_state = 'paid' and y.from_state <> 'cleared')"
)

// DueDay gives the day r.due as days since 1970, which the two databases write differently.
func DueDay(tx *db.Tx) string {
	if tx.Postgres() {
		return "(r.due - date '1970-01-01')"
	}
	return "(unixepoch(r.due) / 86400)"
}

// ServiceIs gives the condition that a request r stands so on the day of the parameter, such as $2.
func ServiceIs(tx *db.Tx, s Service, today string) string {
	day := "r.due is not null and "
	switch s {
	case Kept:
		return day + "r.state in ('paid', 'cleared') and " + paidAt + " / 86400000000 <= " + DueDay(tx)
	case Late:
		return day + "r.state in ('paid', 'cleared') and " + paidAt + " / 86400000000 > " + DueDay(tx)
	case Missed:
		return day + "r.due < " + today + " and r.state in " + unpaidStates
	case Running:
		return day + "r.due >= " + today + " and r.state in " + unpaidStates
	}
	return day + "r.state in ('rejected', 'withdrawn', 'cancelled', 'reversed')"
}

// ServiceDays gives within how many days after its submission a request is to be paid by the company's own service level; 0: there is none.
func ServiceDays(c *ledger.Company) int {
	days, _ := strconv.Atoi(c.Parameters["request_service_days"]) // blank: none
	return days
}

// ServiceLevel is the clock of a request that is due by the company's own service level, rather than by the law of a jurisdiction.
const ServiceLevel = "service_level"

// ClockOf gives which clock set the day of a request r: [ServiceLevel], or the jurisdiction of the customer as [unclaimed.PlaceOf] finds it.
// The statutory clock starts with a written request, so without one the day is the company's. days are those of the service level now; home
// and holder are parameters with the company's country and the holder's jurisdiction, each written once, in this order.
func ClockOf(tx *db.Tx, days int, home, holder string) string {
	own := "r.asked is null"
	if days > 0 {
		own += fmt.Sprintf(" or r.submitted_at / 86400000000 + %d = %s", days, DueDay(tx))
	}
	return `(select case when ` + own + ` then '` + ServiceLevel + `'
			when p.street = '' and p.city = '' and p.state = '' then p.holder
			when p.country not in ('', p.home) then p.holder
			when p.state = '' then p.home else p.home || '-' || p.state end
		from (select c.street, c.city, upper(trim(c.state)) as state, upper(trim(c.country)) as country, upper(cast(` + home + ` as text)) as home, cast(` + holder + ` as text) as holder
			from customer c where c.company = r.company and c.id = r.customer) p)`
}

// WaitsIn is the part of a statement after its first "from": the steps at which requests wait for an approver w, who may be a user, a role, or
// one to whom the step is escalated at the instant of the parameter. Nobody decides on what is on hold.
// SQLite reads them in the order written: few wait, and all have approvers.
func WaitsIn(now string) string {
	return ` approval a cross join approval_step s cross join approval_approver w cross join request r
		where s.company = a.company and s.approval = a.id and s.n = a.step and w.company = a.company and w.approval = a.id and w.step = a.step
			and (w.escalated = 0 or (s.escalate_at <> 0 and s.escalate_at <= ` + now + `)) and r.company = a.company and r.id = a.subject and r.state <> 'on_hold'
			and a.kind = 'request' and a.state = 'waiting'`
}

// oneOfServices refuses what is no service.
func oneOfServices(s Service) error {
	if s == "" || slices.Contains(Services(), s) {
		return nil
	}
	return fault.New(fault.Invalid, "%q is not known; expected one of %v", s, Services()).In("service")
}

// further adds the conditions of the figures to those of a filter.
func (f *Filter) further(tx *db.Tx, and func(condition string, values ...any)) error {
	if err := oneOfServices(f.Service); err != nil {
		return err
	}
	switch f.Service {
	case "":
	case Missed, Running:
		and(ServiceIs(tx, f.Service, "?"), tx.Today())
	default:
		and(ServiceIs(tx, f.Service, ""))
	}
	if f.Clock != "" {
		and("r.due is not null and "+ClockOf(tx, f.ServiceDays, "?", "?")+" = ?", f.Home, f.Holder, f.Clock)
	}
	if !f.DueFrom.IsZero() {
		and("r.due >= ?", f.DueFrom)
	}
	for _, x := range []struct {
		column   string
		from, to int64
	}{{"r.since", f.SinceFrom, f.SinceTo}, {"r.approved_at", f.ApprovedFrom, f.ApprovedTo}} {
		if x.from != 0 {
			and(x.column+" >= ?", x.from)
		}
		if x.to != 0 {
			and(fmt.Sprintf("%s < ? and %[1]s <> 0", x.column), x.to)
		}
	}
	if f.Why != "" {
		and("exists (select 1 from request_event y where y.company = r.company and y.request = r.id and y.at = r.since and y.to_state = r.state and y.from_state <> y.to_state and y.detail = ?)", f.Why)
	}
	if f.WaitsFor != "" {
		who, name := "user", f.WaitsFor
		if role, is := strings.CutPrefix(name, "role:"); is {
			who, name = "role", role
		}
		and("r.id in (select a.subject from"+WaitsIn("?")+" and a.company = r.company and w.who = ? and w.name = ?)", tx.Micros(), who, name)
	}
	return nil
}
