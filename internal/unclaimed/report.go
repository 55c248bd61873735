package unclaimed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/naupa"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/secret"
)

// Report is a report to a jurisdiction for a year, in the format NAUPA II, kept sealed.
type Report struct {
	kept
	Jurisdiction string
	Year         int
	Number       int // of the jurisdiction and year
	MadeBy       string
	MadeAt       int64 // UTC microseconds
	Name         string
	Properties   int
	Total        money.Amount // cents
	Copies       int          // how often it was handed out
}

// MakeReport tells a state of the United States what was escheated to it and is reported in a year. It is made once; made again, which must
// be asked for, it has all that it had, and what came since.
func MakeReport(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, jurisdiction string, year int, again bool) (*Report, error) {
	_, state, ok := strings.Cut(jurisdiction, "-")
	if !ok || countryOf(jurisdiction) != "US" {
		return nil, fault.New(fault.Refused, "reports are made for states of the United States, such as US-CA, not for %q", jurisdiction).ByRule("no_report_format").In("jurisdiction")
	}
	x := &Report{Jurisdiction: jurisdiction, Year: year, MadeBy: tx.Actor, MadeAt: tx.Micros()}
	err := tx.Row(ctx, "select coalesce(max(number), 0) + 1 from unclaimed_report where company = $1 and jurisdiction = $2 and year = $3", tx.Company, jurisdiction, year).Scan(&x.Number)
	if err != nil {
		return nil, err
	}
	if x.Number > 1 && !again {
		return nil, fault.New(fault.Refused, "the report of %s for %d is made already; ask for it again if it must be made anew", jurisdiction, year).ByRule("report_made").In("again")
	}
	all, err := db.List(ctx, tx, scanProperty, "select "+propertyColumns+" and p.jurisdiction = $2 and p.status <> 'reversed' and p.report_on between $3 and $4 order by p.id limit $5",
		tx.Company, jurisdiction, civil.Of(year, 1, 1), civil.Of(year, 12, 31), naupa.MaxProperties+1)
	if err != nil {
		return nil, err
	}
	content, err := x.write(ctx, tx, c, state, all)
	if err != nil {
		return nil, err
	}
	return x, x.save(ctx, tx, keys, content, all)
}

// write writes the report.
func (x *Report) write(ctx context.Context, tx *db.Tx, c *ledger.Company, state string, all []*Property) ([]byte, error) {
	h, err := FindHolder(ctx, tx)
	if err != nil {
		return nil, err
	}
	r := naupa.Report{Holder: naupa.Holder{
		TaxID: h.TaxID, Year: x.Year, Type: "A", Number: x.Number, Industry: h.Industry, Incorporated: h.Incorporated, Name: c.Name, City: h.City, County: h.County, State: h.State, Contact: h.Contact,
	}}
	owners, err := addressesOf(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	var total money.Sum
	for _, p := range all {
		if p.Currency != "USD" {
			return nil, fault.New(fault.Refused, "property %s is in %s, but the report of %s is in USD; report it by hand", p.Code, p.Currency, state).ByRule("other_currency")
		}
		a := owners[p.Owner]
		o := naupa.Owner{Kind: "OT", Relationship: "SO", Last: p.OwnerName, City: a.City, State: a.State, Zip: strings.ReplaceAll(a.PostalCode, "-", ""), Country: countries[a.Country]}
		o.Lines[0] = a.Street
		r.Properties = append(r.Properties, naupa.Property{
			Owner: o, From: p.Arose, To: p.Activity, Type: cmp.Or(p.PropertyCode, map[Kind]string{Credit: "MS09", Payment: "CK13"}[p.Kind]), Reported: p.Amount, Description: string(p.Kind), Account: p.OwnerCode, Check: p.Check,
		})
		total.Add(p.Amount)
	}
	if x.Total, err = total.Total(); err != nil {
		return nil, err
	}
	x.Properties = len(all)
	content, err := naupa.Write(r)
	if err != nil {
		return nil, fault.New(fault.Refused, "the report of %s for %d cannot be written: %v. What is of the company stands in the holder (quittance unclaimed holder), what is of owners with them", x.Jurisdiction, x.Year, err).ByRule("report_data") // the cause is a list that would be shown instead, without the way out
	}
	return content, nil
}

// countries are the three letters that reports write of the countries that addresses of reported owners are in.
var countries = map[string]string{"": "USA", "US": "USA", "CA": "CAN", "MX": "MEX", "DE": "DEU", "GB": "GBR", "FR": "FRA"}

// addressesOf gives the addresses of the owners of properties.
func addressesOf(ctx context.Context, tx *db.Tx, all []*Property) (map[int64]party.Address, error) {
	ids := map[Kind][]int64{}
	for _, p := range all {
		ids[p.Kind] = append(ids[p.Kind], p.Owner)
	}
	found := map[int64]party.Address{}
	if len(ids[Credit]) > 0 {
		customers, err := party.CustomersByID(ctx, tx, sorted(ids[Credit]))
		if err != nil {
			return nil, err
		}
		for id, x := range customers {
			found[id] = x.Address
		}
	}
	if len(ids[Payment]) > 0 {
		vendors, err := party.VendorsByID(ctx, tx, sorted(ids[Payment]))
		if err != nil {
			return nil, err
		}
		for id, x := range vendors {
			found[id] = x.Address
		}
	}
	return found, nil
}

func (x *Report) save(ctx context.Context, tx *db.Tx, keys *secret.Keyring, content []byte, all []*Property) (err error) {
	if x.ID, err = tx.NewID(ctx); err != nil {
		return err
	}
	if x.Code, err = ledger.DrawCode(ctx, tx, ledger.UnclaimedReportSeries); err != nil {
		return err
	}
	x.Name = fmt.Sprintf("%s-%s-%d.txt", x.Code, x.Jurisdiction, x.Year)
	if err := x.seal(tx, keys, content); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into unclaimed_report (company, id, code, jurisdiction, year, number, made_by, made_at, name, properties, total, sha256, copies, key_id, sealed)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14)`,
		tx.Company, x.ID, x.Code, x.Jurisdiction, x.Year, x.Number, x.MadeBy, x.MadeAt, x.Name, x.Properties, x.Total, x.SHA256, x.keyID, x.sealed)
	if db.IsDuplicate(err) {
		return fault.New(fault.Conflict, "the report of %s for %d was made by somebody else just now", x.Jurisdiction, x.Year).ByRule("taken").Because(err)
	}
	if err != nil || len(all) == 0 {
		return err
	}
	ids := make([]int64, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	those, arg := tx.Among("id", "$3", ids)
	if _, err := tx.Exec(ctx, "update unclaimed_property set report = $1 where company = $2 and "+those, x.ID, tx.Company, arg); err != nil {
		return err
	}
	return note(ctx, tx, all, 0, "reported with "+x.Code)
}

func (x *Report) fields() []any {
	return []any{&x.ID, &x.Code, &x.Jurisdiction, &x.Year, &x.Number, &x.MadeBy, &x.MadeAt, &x.Name, &x.Properties, &x.Total, &x.SHA256, &x.Copies}
}

const reportColumns = "id, code, jurisdiction, year, number, made_by, made_at, name, properties, total, sha256, copies"

// Reports gives the reports, the newest first: those before the one with the id before (0: none), at most limit; next is where the list
// goes on, 0 at its end.
func Reports(ctx context.Context, tx *db.Tx, before int64, limit int) (all []Report, next int64, err error) {
	all, err = db.List(ctx, tx, func(r *db.Rows, x *Report) error { return r.Scan(x.fields()...) },
		"select "+reportColumns+" from unclaimed_report where company = $1 and ($2 = 0 or id < $2) order by id desc limit $3", tx.Company, before, limit+1)
	if err == nil && len(all) > limit {
		all, next = all[:limit], all[limit-1].ID
	}
	return all, next, err
}

// TakeReport gives a report, to be opened, and counts that it was handed out; none is [fault.NotFound].
func TakeReport(ctx context.Context, tx *db.Tx, code string) (*Report, error) {
	x := &Report{}
	err := tx.Row(ctx, "update unclaimed_report set copies = copies + 1 where company = $1 and code = $2 returning "+reportColumns+", key_id, sealed", tx.Company, code).Scan(append(x.fields(), &x.keyID, &x.sealed)...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no report of unclaimed property %q", code)
	}
	return x, err
}
