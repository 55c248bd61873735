// Package unclaimed has the property that nobody claims, and the clocks that the law sets on credits.
//
//   - A *property* is what a customer or vendor could have and does not take: a *credit* that was never paid, or a *payment* that was
//     never cashed or came back. Its *owner* is that customer or vendor.
//   - A *jurisdiction* is a state (US-CA) or a country (DE). That of a property is the owner's last known address; without one, or abroad,
//     the holder's own.
//   - A *dormancy rule* says, for a jurisdiction and kind of property, after how long without *activity* of the owner property is dormant,
//     on which day of the year (*cut-off*) dormant property is counted, when it is reported, and when the owner must be written to
//     before. A *clock* says by when credits are repaid, what interest runs, and when a claim is barred. Both are dated data.
//   - A *contact* is something that the owner did or wrote; it restarts dormancy. One of kind *request* asks in writing for the money.
//   - To *escheat* is to owe a property to the jurisdiction instead of the owner: the credit or the payable is settled against the
//     *liability* account. A *remittance* pays the jurisdiction; a *report* tells it whose money that is.
//
// Invariants: a property is escheated whole, once; what is dormant is decided by pure functions ([Rule.Deadlines], [Clock.On]), and
// whatever is left out has its reason; liability = escheated − remitted, by ledger account; each step is kept, and undone in order.
//
// Source: payments rules, "Unclaimed property", "Statutory clocks". Rules of jurisdictions are the company's own data: the samples are no law.
package unclaimed

import (
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/party"
)

// Kind is what a property is.
type Kind string

// The kinds of property, as stored.
const (
	Credit  Kind = "credit"  // an open credit of a customer
	Payment Kind = "payment" // of a vendor, not cashed or failed
)

// Kinds gives all kinds, in the order of the code.
func Kinds() []Kind { return []Kind{Credit, Payment} }

// Status is how far a property is.
type Status string

// The statuses, as stored.
const (
	Escheated Status = "escheated" // owed to the jurisdiction
	Remitted  Status = "remitted"  // paid to it
	Reclaimed Status = "reclaimed" // the owner had it from the jurisdiction
	Reversed  Status = "reversed"  // taken back before it was remitted: owed to the owner again
)

// Statuses gives all statuses, in the order of the code.
func Statuses() []Status { return []Status{Escheated, Remitted, Reclaimed, Reversed} }

// Place is a jurisdiction, and why it is that of a property.
type Place struct {
	Jurisdiction string // blank: none is known
	Why          string
}

// PlaceOf gives the jurisdiction of an owner: that of the last known address, else the holder's. home is the country of the holder, for
// addresses without one.
func PlaceOf(a party.Address, home, holder string) Place {
	country, state := strings.ToUpper(strings.TrimSpace(a.Country)), strings.ToUpper(strings.TrimSpace(a.State))
	if country == "" {
		country = strings.ToUpper(home)
	}
	switch {
	case a.Street == "" && a.City == "" && state == "":
		return Place{holder, "no address is known: the holder's jurisdiction"}
	case country != strings.ToUpper(home):
		return Place{holder, "the last known address is abroad: the holder's jurisdiction"}
	case state == "":
		return Place{country, "last known address"}
	}
	return Place{country + "-" + state, "last known address"}
}

// CheckJurisdiction refuses what is neither a country (US) nor a part of one (US-CA).
func CheckJurisdiction(text string) error {
	country, state, parted := strings.Cut(text, "-")
	if len(country) != 2 || !capital(country) || (parted && (state == "" || len(state) > 3 || !capital(state))) {
		return fault.New(fault.Invalid, "%q is no jurisdiction; expected a country such as DE, or a state such as US-CA", text).In("jurisdiction")
	}
	return nil
}

func capital(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
}

// countryOf gives the country of a jurisdiction.
func countryOf(jurisdiction string) string {
	country, _, _ := strings.Cut(jurisdiction, "-")
	return country
}

// addMonths gives the same day some months later, or the last day of that month where it has no such day.
func addMonths(d civil.Date, months int) civil.Date {
	t := d.Time()
	first := civil.Of(t.Year(), t.Month(), 1).Time().AddDate(0, months, 0)
	last := first.AddDate(0, 1, -1)
	return civil.Of(first.Year(), first.Month(), min(t.Day(), last.Day()))
}

// show writes an amount of a currency for a message.
func show(currency string, a money.Amount) string {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return "?"
	}
	return cur.Format(a)
}
