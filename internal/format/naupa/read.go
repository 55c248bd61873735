package naupa

import (
	"fmt"
	"strconv"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

func bad(line int, format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).ByRule("naupa").At(fmt.Sprintf("record %d", line))
}

// Read reads a report of one holder, and checks its summary.
func Read(data []byte) (*Report, error) {
	if len(data) > MaxBytes {
		return nil, fault.New(fault.Limited, "the file has %d bytes; at most %d are read", len(data), MaxBytes).ByRule("too_large")
	}
	rows := strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"), "\n")
	r := &reader{}
	for i, row := range rows {
		r.line = i + 1
		if len(row) != Width {
			return nil, bad(r.line, "has %d characters; a record has %d", len(row), Width)
		}
		if strings.ContainsFunc(row, func(c rune) bool { return c < ' ' || c > '~' }) {
			return nil, bad(r.line, "holds a control character, or others than ASCII")
		}
		if err := r.record(row); err != nil {
			return nil, err
		}
	}
	if !r.ended {
		return nil, bad(r.line, "is the last, but no summary (9); the file was cut off")
	}
	return &r.report, nil
}

// reader reads records.
type reader struct {
	report Report
	s      sums
	line   int
	ended  bool
	wrong  error // the first value that cannot be
	v      values
}

// record reads the next record.
func (r *reader) record(row string) error {
	code := row[0]
	layout, known := layouts[code]
	switch {
	case r.ended:
		return bad(r.line, "follows the summary; one file is of one holder")
	case (code == '1') != (r.line == 1):
		return bad(r.line, "has the code %q; the first record is the holder (1), and no other", string(code))
	case !known:
		return bad(r.line, "has the code %q; only holder (1), property (2), additional owner (3) and summary (9) are read", string(code))
	}
	r.v = values{}
	end := 0
	for _, f := range layout {
		s := row[f.from : f.from+f.width]
		end = f.from + f.width
		if f.number {
			if strings.Trim(s, "0123456789") != "" {
				return bad(r.line, "%s is %q; expected digits", f.name, s)
			}
			s = strings.TrimLeft(s, "0")
		} else {
			s = strings.TrimRight(s, " ")
		}
		r.v[f.name] = s
	}
	if strings.TrimSpace(row[end:]) != "" {
		return bad(r.line, "has something after its last field, at %d", end+1)
	}
	switch code {
	case '1':
		r.holder()
	case '2':
		r.property()
	case '3':
		r.further()
	default:
		r.summary()
	}
	return r.wrong
}

func (r *reader) fail(format string, args ...any) {
	if r.wrong == nil {
		r.wrong = bad(r.line, format, args...)
	}
}

// number gives the number in a field.
func (r *reader) number(name string) int64 {
	if r.v[name] == "" {
		return 0
	}
	n, err := strconv.ParseInt(r.v[name], 10, 64)
	if err != nil {
		r.fail("%s is %q; expected a number", name, r.v[name])
	}
	return n
}

func (r *reader) amount(name string) money.Amount { return money.Amount(r.number(name)) }

// date gives the date in a field; blank for zeros.
func (r *reader) date(name string) civil.Date {
	s := r.v[name]
	if s == "" {
		return 0
	}
	s = strings.Repeat("0", max(0, 8-len(s))) + s
	d, err := civil.Parse(s[:4] + "-" + s[4:6] + "-" + s[6:])
	if err != nil {
		r.fail("%s is %q; expected YYYYMMDD", name, s)
	}
	return d
}

// nine gives a number of nine digits with its zeros; blank for none.
func nine(s string) string {
	if s == "" {
		return ""
	}
	return strings.Repeat("0", max(0, 9-len(s))) + s
}

func (r *reader) holder() {
	v := r.v
	r.report.Holder = Holder{
		TaxID: nine(v["tax_id"]), Year: int(r.number("year")), Type: v["type"], Number: int(r.number("number")), Industry: v["industry"], Incorporated: v["incorporated"],
		IncorporateOn: r.date("incorporated_on"), Name: v["name"], City: v["city"], County: v["county"], State: v["state"],
		Contact: Contact{
			Name: v["contact_name"], Lines: [3]string{v["contact_line1"], v["contact_line2"], v["contact_line3"]}, City: v["contact_city"], State: v["contact_state"],
			Zip: v["contact_zip"], Country: v["contact_country"], Phone: v["contact_phone"], Ext: v["contact_ext"], Email: v["contact_email"],
		},
	}
}

func (r *reader) owner() Owner {
	v := r.v
	o := Owner{
		Kind: v["kind"], Relationship: v["relationship"], Last: v["last"], First: v["first"], Middle: v["middle"], Prefix: v["prefix"], Suffix: v["suffix"], Title: v["title"],
		Lines: [3]string{v["line1"], v["line2"], v["line3"]}, City: v["city"], County: v["county"], State: v["state"], Zip: v["zip"], Country: v["country"],
		TaxID: nine(v["tax_id"]), Born: r.date("born"),
	}
	if want := map[string]string{"AP": "AGGREGATE", "UN": "UNKNOWN"}[o.Kind]; want != "" {
		if o.Last != want {
			r.fail("the owner is %s, but named %q; expected %s", o.Kind, o.Last, want)
		}
		o.Last = ""
	}
	return o
}

func (r *reader) property() {
	v := r.v
	p := Property{
		Owner: r.owner(), From: r.date("from"), To: r.date("to"), Type: v["property_type"], Reported: r.amount("reported"),
		DeductionType: v["deduction_type"], Deduction: r.amount("deduction"), AdditionType: v["addition_type"], Addition: r.amount("addition"),
		DeletionType: v["deletion_type"], Deletion: r.amount("deletion"), Description: v["description"], Account: v["account"], Check: v["check"],
	}
	if n := r.number("sequence"); n != int64(len(r.report.Properties)+1) {
		r.fail("the property is numbered %d; expected %d", n, len(r.report.Properties)+1)
	}
	if err := p.checked(); err != nil {
		r.fail("%v", err)
		return
	}
	if a, m := r.amount("advertised"), r.amount("remitted"); a != p.Advertised() || m != p.Remitted() {
		r.fail("%d cents are advertised and %d remitted; by the other amounts it is %d and %d", a, m, p.Advertised(), p.Remitted())
	}
	r.s.add(&p)
	r.report.Properties = append(r.report.Properties, p)
}

func (r *reader) further() {
	count := len(r.report.Properties)
	if count == 0 || r.number("sequence") != int64(count) {
		r.fail("a further owner does not follow its property")
		return
	}
	p := &r.report.Properties[count-1]
	if n := r.number("owner_number"); n != int64(len(p.More)+1) {
		r.fail("the further owner is numbered %d; expected %d", n, len(p.More)+1)
	}
	p.More = append(p.More, r.owner())
	if err := p.checked(); err != nil {
		r.fail("%v", err)
	}
}

func (r *reader) summary() {
	r.ended = true
	said := r.s.values(r.line)
	for _, f := range layouts['9'] {
		if want, got := said[f.name], r.v[f.name]; f.name != "software" && f.name != "code" && got != strings.TrimLeft(want, "0") {
			r.fail("%s is said to be %q, but it is %s; the file is not whole", f.name, got, want)
		}
	}
}
