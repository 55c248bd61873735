package nacha

import (
	"fmt"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/latin"
	"quittance/internal/money"
)

// reserved are descriptions by which the rules tell entries that are no payments of ours.
var reserved = []string{"REVERSAL", "RECLAIM", "NONSETTLED", "RETRY PYMT", "RETURN FEE"}

// Check says everything that is wrong with a profile.
func (p Profile) Check() error {
	var all fault.List
	for _, f := range []struct {
		field, value string
		most         int
		needed       bool
	}{
		{"destination_name", p.DestinationName, 23, false},
		{"origin", p.Origin, 10, true},
		{"origin_name", p.OriginName, 23, false},
		{"reference", p.Reference, 8, false},
		{"company", p.Company, 16, true},
		{"company_id", p.CompanyID, 10, true},
		{"company_data", p.CompanyData, 20, false},
		{"description", p.Description, 10, true},
	} {
		all.Add(exact(f.field, f.value, f.most, f.needed))
	}
	all.Add(routing("destination", p.Destination))
	all.Add(routing("bank", p.Bank))
	switch {
	case len(p.Origin) == 9:
		all.Add(routing("origin", p.Origin))
	case p.Origin != "" && len(p.Origin) != 10:
		all.Add(wrong("origin", "%q is neither a routing number of nine digits nor ten characters as the bank gives them", short(p.Origin)))
	}
	for _, r := range reserved {
		if strings.HasPrefix(strings.ToUpper(p.Description), r) {
			all.Add(wrong("description", "%q is for entries of another kind by the rules; describe the payments otherwise, such as REFUND", p.Description))
		}
	}
	if t := p.SameDayTime; t != "" && (!digits(t, 4) || t[:2] > "23" || t[2:] > "59") {
		all.Add(wrong("same_day_time", "%q is not a time; expected HHMM, such as 1300", short(t)))
	}
	if p.SameDayLimit < 0 {
		all.Add(wrong("same_day_limit", "%d is below 0", p.SameDayLimit))
	}
	if o := p.Offset; o != nil {
		all.Add(routing("offset.routing", o.Routing))
		_, err := account("offset.account", o.Account)
		all.Add(err)
	}
	return all.Err()
}

// check says everything that is wrong with a file but its payments.
func (f *File) check(p Profile) error {
	var all fault.List
	if len(f.Modifier) != 1 || !strings.Contains("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", f.Modifier) {
		all.Add(wrong("modifier", "%q is no file id modifier; expected one of A to Z and 0 to 9", short(f.Modifier)))
	}
	made := civil.FromTime(f.Created)
	switch {
	case f.Created.IsZero() || f.Created.Year() < 2000 || f.Created.Year() > 2099:
		all.Add(wrong("created", "the time of creation is not set, or outside this century"))
	case f.Effective.IsZero():
		all.Add(wrong("effective", "the effective date is not set"))
	case f.SameDay && f.Effective != made:
		all.Add(wrong("effective", "%s is not the day of the file, %s, on which same-day payments settle", f.Effective, made))
	case !f.SameDay && f.Effective <= made:
		all.Add(wrong("effective", "%s is not after the day of the file, %s; banks would settle it on the same day: ask for that, or take a later date", f.Effective, made))
	case f.Effective > made.AddDays(90):
		all.Add(wrong("effective", "%s is more than 90 days after the day of the file, %s", f.Effective, made))
	}
	if len(f.Payments) == 0 {
		all.Add(fault.New(fault.Invalid, "there is no payment to write").In("payments").ByRule("ach_empty"))
	}
	if f.FirstTrace < 1 || f.FirstTrace > MaxTrace {
		all.Add(wrong("first_trace", "%d is no trace number; expected 1 to %d", f.FirstTrace, MaxTrace))
	}
	for i := range f.Payments {
		all.Add(f.Payments[i].check(fmt.Sprintf("payments[%d].", i), f.SameDay, p))
	}
	return all.Err()
}

// check says everything that is wrong with a payment.
func (p *Payment) check(at string, sameDay bool, profile Profile) error {
	var all fault.List
	all.Add(exact(at+"id", p.ID, MaxID, false))
	all.Add(routing(at+"routing", p.Routing))
	_, err := account(at+"account", p.Account)
	all.Add(err)
	_, err = name(at+"name", p.Name)
	all.Add(err)
	limit := profile.SameDayLimit
	if limit == 0 {
		limit = SameDayLimit
	}
	usd := money.MustCurrency("USD")
	switch {
	case p.Prenote && p.Amount != 0:
		all.Add(wrong(at+"amount", "a prenote is of nothing, but %s was asked for", usd.Format(p.Amount)))
	case !p.Prenote && p.Amount <= 0:
		all.Add(wrong(at+"amount", "%s is not above 0", usd.Format(p.Amount)))
	case p.Amount > MaxAmount:
		all.Add(wrong(at+"amount", "%s is more than an ACH entry holds, %s; pay it otherwise", usd.Format(p.Amount), usd.Format(MaxAmount)))
	case sameDay && p.Amount > limit:
		all.Add(wrong(at+"amount", "%s is more than is paid on the same day, %s; pay it on the next", usd.Format(p.Amount), usd.Format(limit)))
	}
	if profile.Addenda {
		_, err = addenda(at+"text", p.Text)
		all.Add(err)
	}
	return all.Err()
}

func wrong(field, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).In(field).ByRule("ach_field")
}

// exact tests a value that is written as it is, or not at all.
func exact(field, value string, most int, needed bool) error {
	switch {
	case strings.Trim(value, " 0") == "" && (needed || value != ""):
		return wrong(field, "%q says nothing; give it", value)
	case strings.TrimSpace(value) != value:
		return wrong(field, "%q begins or ends with a space", short(value))
	case strings.ContainsFunc(value, func(r rune) bool { return !latin.ASCII(r) }):
		return wrong(field, "%q holds a character that ACH files cannot; write it with letters, digits and signs of ASCII", short(value))
	case len(value) > most:
		return wrong(field, "%q has %d characters; ACH files have room for %d, and cutting it would change what it says", short(value), len(value), most)
	}
	return nil
}

func routing(field, value string) error {
	if err := CheckRouting(value); err != nil {
		return err.(*fault.Error).In(field) //nolint:errorlint // it is made there
	}
	return nil
}

// account gives an account number as it is written: without spaces.
func account(field, value string) (string, error) {
	written := strings.ReplaceAll(value, " ", "")
	switch {
	case strings.Trim(written, "0-") == "":
		return "", wrong(field, "the account number is blank")
	case strings.ContainsFunc(written, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-'
	}):
		return "", wrong(field, "the account number holds something else than letters, digits and hyphens")
	case len(written) > MaxAccount:
		return "", wrong(field, "the account number has %d characters; ACH files have room for %d", len(written), MaxAccount)
	}
	return written, nil
}

// name gives a receiver's name as it is written: respelled in ASCII, cut to [MaxName].
func name(field, value string) (string, error) {
	written, lost := latin.Fold(value, latin.ASCII)
	switch {
	case lost != "":
		return "", wrong(field, "the name %q holds %q, which has no spelling in ACH files; give the name as the bank account has it", short(value), short(lost))
	case strings.Trim(written, " 0") == "":
		return "", wrong(field, "the name is blank; give the name as the bank account has it")
	case len(written) > MaxName:
		return strings.TrimSpace(written[:MaxName]), nil
	}
	return written, nil
}

// addenda gives a text as it is written: respelled in ASCII.
func addenda(field, value string) (string, error) {
	written, lost := latin.Fold(value, latin.ASCII)
	switch {
	case lost != "":
		return "", wrong(field, "the text %q holds %q, which has no spelling in ACH files", short(value), short(lost))
	case len(written) > MaxAddenda:
		return "", wrong(field, "the text has %d characters; an addenda record has room for %d, and the service for one of them", len(written), MaxAddenda)
	}
	return written, nil
}
