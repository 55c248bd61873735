// Package naupa writes reports of unclaimed property in the format NAUPA II, and reads them back.
//
//   - A *holder* is who held the property and now gives it up to a state. A report is of one holder to one state, for one year.
//   - A *property* is an amount due to an *owner*, with what was deducted, added and already paid out of it (*deleted*).
//     Further owners of the same property follow it. Owners may be unknown, or many small amounts be one *aggregate*.
//   - The *summary* ends a report: it counts records and sums amounts.
//
// A record has 625 characters and ends with CR LF. Numbers stand right, filled by zeros, without a point; texts stand left, filled by
// spaces. Record kinds are 1 holder, 2 property, 3 additional owner, 9 summary; 5 (securities) and 6 (tangible property) are not for
// credits and checks, and are refused.
//
// Invariants: advertised = reported − deducted; remitted = advertised + added − deleted; the summary agrees with the records; a value
// that is too long for its field is refused, never cut; names hold capitals, digits, spaces and & only, as the standard wants it.
//
// Source: National Association of Unclaimed Property Administrators, Standard Electronic File Format (NAUPA II, adopted 2002, with the
// codes of 2013). The rules above are taken from it. The places of the fields (layout.go) were written down without the published
// tables at hand: hold them against the standard, and send a test file to the state, before the first report is filed.
package naupa

import (
	"slices"
	"strings"
	"unicode"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/latin"
	"quittance/internal/money"
)

// Limits.
const (
	Width         = 625 // characters of a record
	MaxProperties = 99_990
	MaxBytes      = 100_000 * (Width + 2) // of a file that is read; states take at most 99,999 records
	maxAmount     = 99_999_999_99         // cents that fit in the field of an amount
)

// Report is a report of a holder to a state. Amounts are US cents.
type Report struct {
	Holder     Holder
	Properties []Property
}

// Holder is who reports.
type Holder struct {
	TaxID         string // nine digits
	Year          int    // of the report
	Type          string // A: annual, S: supplemental, and others of the state
	Number        int    // of the report in the year, from 1
	Industry      string // NAICS, six digits; may be blank
	Incorporated  string // the state; may be blank
	IncorporateOn civil.Date
	Name          string
	City          string
	County        string
	State         string
	Contact       Contact
}

// Contact is a person whom the state may ask.
type Contact struct {
	Name    string
	Lines   [3]string // of the address
	City    string
	State   string
	Zip     string // five or nine digits
	Country string // three letters, such as USA
	Phone   string // ten digits
	Ext     string
	Email   string
}

// Owner is to whom a property is due. Aggregates and unknown owners have no names of their own.
type Owner struct {
	Kind         string // OT: a known owner, AP: aggregate, UN: unknown
	Relationship string // code, such as SO (sole owner)
	Last         string // or the name of an organisation
	First        string
	Middle       string
	Prefix       string
	Suffix       string
	Title        string
	Lines        [3]string
	City         string
	County       string
	State        string
	Zip          string
	Country      string
	TaxID        string // nine digits; may be blank
	Born         civil.Date
}

// Property is an amount that is due to an owner.
type Property struct {
	Owner         Owner
	More          []Owner    // further owners
	From, To      civil.Date // of the transactions; To is the last contact, from which dormancy runs
	Type          string     // code, such as CK13 or MS16
	Reported      money.Amount
	DeductionType string
	Deduction     money.Amount
	AdditionType  string
	Addition      money.Amount
	DeletionType  string
	Deletion      money.Amount
	Description   string
	Account       string // of the owner with the holder
	Check         string // number of the check that was not cashed
}

// Advertised gives what is reported less what is deducted.
func (p *Property) Advertised() money.Amount { return p.Reported - p.Deduction }

// Remitted gives what is handed over.
func (p *Property) Remitted() money.Amount { return p.Advertised() + p.Addition - p.Deletion }

// The codes of the standard.
var (
	kinds         = strings.Fields("OT AP UN")
	relationships = strings.Fields("AD AG AF AN BF CP CN CF DF ES EX FB GR HE IN JT JS TC JE OR OT PD PA PO RE SO TE UG UT UN UF")
	deductions    = strings.Fields("DW IW MC SW TW ZZ")
	additions     = strings.Fields("DR DV IN ME SP ZZ")
	deletions     = strings.Fields("ER RO RS ZZ")
)

// Name gives a name as the standard writes names: in capitals, without punctuation, an article at its end (The Smith Company is SMITH
// COMPANY THE). It is refused when it holds a character that has no Latin spelling.
func Name(s string) (string, error) {
	folded, lost := latin.Fold(s, latin.ASCII)
	if lost != "" {
		return "", fault.New(fault.Invalid, "the name %q holds characters that the report cannot: %q; write it in Latin letters", s, lost).ByRule("characters")
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(folded) {
		switch {
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '&' || r == ' ':
			b.WriteRune(r)
		case strings.ContainsRune("-/_+:;|", r):
			b.WriteByte(' ')
		case unicode.IsPunct(r) || unicode.IsSymbol(r):
		}
	}
	words := strings.Fields(b.String())
	if len(words) > 1 && words[0] == "THE" {
		words = append(words[1:], "THE")
	}
	return strings.Join(words, " "), nil
}

// checked says what is wrong with a property, by the rules of the standard.
func (p *Property) checked() error {
	bad := func(rule, field, format string, args ...any) error {
		return fault.New(fault.Invalid, format, args...).ByRule(rule).In(field)
	}
	for _, a := range []money.Amount{p.Reported, p.Deduction, p.Addition, p.Deletion, p.Advertised(), p.Remitted()} {
		if a < 0 || a > maxAmount {
			return bad("amount", "amount", "an amount of a property (%d cents) is negative or has more than ten digits", a)
		}
	}
	for _, c := range []struct {
		field, code string
		amount      money.Amount
		codes       []string
	}{{"deduction", p.DeductionType, p.Deduction, deductions}, {"addition", p.AdditionType, p.Addition, additions}, {"deletion", p.DeletionType, p.Deletion, deletions}} {
		if (c.code != "") != (c.amount != 0) {
			return bad("code", c.field, "the %s of %d cents has the code %q; it has a code when there is an amount, and none otherwise", c.field, c.amount, c.code)
		}
		if c.code != "" && !slices.Contains(c.codes, c.code) {
			return bad("code", c.field, "%q is no code of a %s; choose of %s", c.code, c.field, strings.Join(c.codes, ", "))
		}
	}
	if len(p.Type) != 4 || strings.ToUpper(p.Type) != p.Type {
		return bad("type", "type", "%q is no type of property; expected four characters such as CK13", p.Type)
	}
	if p.To.IsZero() || p.From > p.To {
		return bad("date", "to", "the date of the last transaction is missing, or before that of the first")
	}
	if err := p.Owner.checked(); err != nil {
		return err
	}
	if p.Owner.Kind != "OT" && len(p.More) > 0 {
		return bad("owner", "more", "an aggregate or unknown owner has no further ones")
	}
	for i := range p.More {
		if err := p.More[i].checked(); err != nil {
			return err
		}
		if p.More[i].Kind != "OT" {
			return bad("owner", "kind", "a further owner is known (OT), not %q", p.More[i].Kind)
		}
	}
	return nil
}

// checked says what is wrong with an owner.
func (o *Owner) checked() error {
	switch {
	case !slices.Contains(kinds, o.Kind):
		return fault.New(fault.Invalid, "%q is no kind of owner; choose of %s", o.Kind, strings.Join(kinds, ", ")).ByRule("code").In("kind")
	case !slices.Contains(relationships, o.Relationship):
		return fault.New(fault.Invalid, "%q is no code of a relationship; choose of %s", o.Relationship, strings.Join(relationships, ", ")).ByRule("code").In("relationship")
	case (o.Kind == "OT") != (o.Last != ""):
		return fault.New(fault.Invalid, "a known owner (OT) has a name, an aggregate or unknown one has none; this one is %s and %q", o.Kind, o.Last).ByRule("owner").In("last")
	case o.Kind != "OT" && o.First+o.Middle+o.Prefix+o.Suffix+o.Title != "":
		return fault.New(fault.Invalid, "an aggregate or unknown owner has no name").ByRule("owner").In("first")
	}
	return nil
}
