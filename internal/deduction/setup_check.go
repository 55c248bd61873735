package deduction

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// What columns of the set-up may hold, in the order in which they are shown.
var (
	Holds       = []string{string(OnManagement), string(OnCustomer), string(OnSuspense)}
	TypeKinds   = []string{string(Unresolved), string(WriteOff), string(AccrualPlan)}
	PayOvers    = []string{"no", "limit", "yes"}
	PlanScopes  = []string{"all", "group", "party"}
	LimitScopes = []string{"company", "customer", "reason", "user"}
	WindowFroms = []string{"invoice", "due", "payment", "capture"}
)

// oneOf says that a column holds none of what it may.
func oneOf(field, value string, expected []string) error {
	return fault.New(fault.Invalid, "%q is unknown; expected one of %s", value, strings.Join(expected, ", ")).In(field)
}

const (
	longestCode = 60 // characters, as in the company folder
	longestName = 250
)

// cleanCode refuses a code that is blank, too long, or begins or ends with a space.
func cleanCode(field, code string) error {
	switch {
	case code == "":
		return fault.New(fault.Invalid, "%s is blank; a code is needed", field).In(field)
	case strings.TrimSpace(code) != code:
		return fault.New(fault.Invalid, "%q begins or ends with a space; take it away", code).In(field)
	}
	return short(field, code, longestCode)
}

// named refuses a name that is blank or too long.
func named(field, name string) error {
	if strings.TrimSpace(name) == "" {
		return fault.New(fault.Invalid, "%s is blank; a name is needed", field).In(field)
	}
	return short(field, name, longestName)
}

// short refuses a text that does not fit.
func short(field, text string, most int) error {
	if n := len([]rune(text)); n > most {
		return fault.New(fault.Invalid, "%s has %d characters; at most %d fit", field, n, most).In(field)
	}
	return nil
}

func checkHold(h Hold) error {
	if h != NoHold && !slices.Contains(Holds, string(h)) {
		return oneOf("hold", string(h), Holds)
	}
	return nil
}

func checkEvidence(types []string) error {
	for i, t := range types {
		if !slices.Contains(EvidenceTypes, t) {
			return oneOf("evidence", t, EvidenceTypes)
		}
		if slices.Contains(types[:i], t) {
			return fault.New(fault.Invalid, "%s is asked for twice", t).In("evidence")
		}
	}
	return nil
}

// mainAccount refuses what is no main account, or one that takes entries with their party only.
func mainAccount(c *ledger.Company, field, account string) error {
	a, ok := c.Accounts[account]
	switch {
	case !ok:
		return fault.New(fault.Invalid, "there is no main account %q in accounts", account).In(field)
	case a.Control.OfParty():
		return fault.New(fault.Invalid, "%s is a %s control account, which takes entries with their party only", account, a.Control).In(field)
	}
	return nil
}

// anyAccount refuses what is neither a main account nor a ledger account, or takes entries with their party only.
func anyAccount(c *ledger.Company, field, account string) error {
	if _, ok := c.Accounts[account]; ok {
		return mainAccount(c, field, account)
	}
	a, err := c.Parse(account)
	if err != nil {
		return fault.New(fault.Invalid, "%q is neither a main account nor a ledger account: %v", account, err).In(field)
	}
	return mainAccount(c, field, a.Main)
}

func checkDates(from, to civil.Date) error {
	switch {
	case from.IsZero():
		return fault.New(fault.Invalid, "the first day is blank; a date is needed").In("from")
	case !to.IsZero() && to < from:
		return fault.New(fault.Invalid, "the last day, %s, is before the first, %s", to, from).In("to")
	}
	return nil
}

// overlap says whether two spans of dates have a day in common; a blank end is none.
func overlap(from, to, from2, to2 civil.Date) bool {
	return (to2.IsZero() || from <= to2) && (to.IsZero() || from2 <= to)
}

// until writes the end of a span.
func until(to civil.Date) string {
	if to.IsZero() {
		return "further notice"
	}
	return to.String()
}

func noReason(code string) error {
	return fault.New(fault.Invalid, "there is no deduction reason %q", code).In("reason")
}

// unused refuses to take away what some table still refers to: tables gives, by what follows "from", how to say it.
func unused(ctx context.Context, tx *db.Tx, what, instead, code string, tables map[string]string) error {
	for _, from := range slices.Sorted(maps.Keys(tables)) {
		var used bool
		if err := tx.Row(ctx, "select exists (select 1 from "+from+")", tx.Company, code).Scan(&used); err != nil {
			return err
		}
		if used {
			return fault.New(fault.Refused, "%s cannot be taken away: %s; %s", what, tables[from], instead).ByRule("in_use")
		}
	}
	return nil
}

// HoldOf gives where a deduction of the type and reason (blank: none yet) is held when it is not allowed: as the reason says, then the
// type, then the company's parameter.
func (s *Setup) HoldOf(c *ledger.Company, typ, reason string) Hold {
	for _, h := range []Hold{s.Reasons[reason].Hold, s.Types[typ].Hold, Hold(c.Parameters["deduction_hold"])} {
		if h != NoHold {
			return h
		}
	}
	return OnCustomer
}

// CheckHolds refuses holds that cannot work: the deduction management customer needs a posting profile of its own on a receivable
// control account of its own, where it is a hold; a type that may be held in suspense needs its offset account. The parameters are
// those of c.
func (s *Setup) CheckHolds(c *ledger.Company) error {
	managed := Hold(c.Parameters["deduction_hold"]) == OnManagement
	suspense := Hold(c.Parameters["deduction_hold"]) == OnSuspense
	for _, t := range s.Types {
		managed = managed || t.Hold == OnManagement
	}
	for _, r := range s.Reasons {
		managed = managed || r.Hold == OnManagement
	}
	if code := c.Parameters["deduction_customer"]; code != "" {
		if err := checkManagement(c, code); err != nil {
			return err
		}
	} else if managed {
		return fault.New(fault.Refused, "deductions are held on the deduction management customer, but the parameter deduction_customer names none; set it first").In("deduction_customer").ByRule("no_deduction_customer")
	}
	for _, code := range slices.Sorted(maps.Keys(s.Types)) {
		if t := s.Types[code]; t.Offset == "" && (t.Hold == OnSuspense || t.Hold == NoHold && suspense) {
			return fault.New(fault.Refused, "deductions of the type %s are held in suspense, but the type has no offset account; give it one", code).In("offset_account").ByRule("no_offset_account")
		}
	}
	return nil
}

// checkManagement refuses a deduction management customer without a posting profile of its own on a receivable account of its own.
func checkManagement(c *ledger.Company, code string) error {
	own := slices.IndexFunc(c.Profiles, func(p ledger.Profile) bool {
		return p.Ledger == ledger.CustomerControl && p.Scope == "party" && p.Code == code
	})
	if own < 0 {
		return fault.New(fault.Refused, "the deduction management customer %s has no posting profile of its own; add one of scope party to posting_profiles", code).In("deduction_customer").ByRule("no_own_profile")
	}
	for i, p := range c.Profiles {
		if i != own && p.Ledger == ledger.CustomerControl && p.Summary == c.Profiles[own].Summary {
			return fault.New(fault.Refused, "the receivable account %s of the deduction management customer %s is also that of the posting profile %s %s; give it one of its own", p.Summary, code, p.Scope, p.Code).In("deduction_customer").ByRule("no_own_account")
		}
	}
	return nil
}

// CheckManagementPast refuses as deduction management customer one on whom anything but deductions was ever posted.
func CheckManagementPast(ctx context.Context, tx *db.Tx, customer int64, code string) error {
	var number string
	err := tx.Row(ctx, `select v.number from (select voucher from open_item where company = $1 and side = 1 and party = $2
			union select debit_voucher from settlement where company = $1 and party = $2 union select credit_voucher from settlement where company = $1 and party = $2) k
		join voucher v on v.company = $1 and v.id = k.voucher where v.type not in ($3, $4, $5) order by v.id limit 1`,
		tx.Company, customer, int16(ledger.Deduction), int16(ledger.Resolution), int16(ledger.Reversal)).Scan(&number)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Refused, "%s is posted on the customer %s, who so cannot be the deduction management customer, on whom nothing but deductions stands; name a customer of its own", number, code).In("value").ByRule("deduction_customer_used")
}
