package naupa

import (
	"fmt"
	"strconv"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/latin"
	"quittance/internal/money"
)

// values are what stands in a record, by field.
type values map[string]string

// Write writes a report. A report without properties is a negative report.
func Write(r Report) ([]byte, error) {
	if len(r.Properties) > MaxProperties {
		return nil, fault.New(fault.Limited, "%d properties are more than a report takes (%d)", len(r.Properties), MaxProperties).ByRule("too_many")
	}
	w := &writer{}
	w.put("the holder", '1', w.holder(&r.Holder))
	var s sums
	for i := range r.Properties {
		p := &r.Properties[i]
		what := fmt.Sprintf("property %d", i+1)
		if err := p.checked(); err != nil {
			w.add(what, err)
			continue
		}
		s.add(p)
		w.put(what, '2', w.property(i+1, p))
		for j := range p.More {
			v := w.owner(&p.More[j])
			v["sequence"], v["owner_number"] = strconv.Itoa(i+1), strconv.Itoa(j+1)
			w.put(fmt.Sprintf("%s, further owner %d", what, j+1), '3', v)
		}
		if len(w.wrong) >= 50 {
			break
		}
	}
	w.put("the summary", '9', s.values(w.records+1))
	if w.records > 99_999 {
		w.add("the report", fault.New(fault.Limited, "the report has %d records; at most 99,999 are taken", w.records).ByRule("too_many"))
	}
	if len(w.wrong) > 0 {
		return nil, w.wrong
	}
	return w.out, nil
}

// sums are what the summary says.
type sums struct {
	properties                                                    int
	reported, deduction, advertised, addition, deletion, remitted int64 // at most 100,000 times ten digits
}

func (s *sums) add(p *Property) {
	s.properties++
	s.reported += int64(p.Reported)
	s.deduction += int64(p.Deduction)
	s.advertised += int64(p.Advertised())
	s.addition += int64(p.Addition)
	s.deletion += int64(p.Deletion)
	s.remitted += int64(p.Remitted())
}

func (s *sums) values(records int) values {
	negative := "N"
	if s.properties == 0 {
		negative = "Y"
	}
	i := func(n int64) string { return strconv.FormatInt(n, 10) }
	return values{
		"records": strconv.Itoa(records), "properties": strconv.Itoa(s.properties), "reported": i(s.reported), "deduction": i(s.deduction), "advertised": i(s.advertised),
		"addition": i(s.addition), "deletion": i(s.deletion), "remitted": i(s.remitted), "negative": negative, "software": "QUITTANCE",
	}
}

// writer writes records.
type writer struct {
	out     []byte
	records int
	wrong   fault.List
}

func (w *writer) add(what string, err error) {
	var all fault.List
	all.Add(err)
	for _, e := range all {
		e.Place = what
		w.wrong.Add(e)
	}
}

// put writes a record; what names it.
func (w *writer) put(what string, code byte, v values) {
	v["code"] = string(code)
	w.records++
	row := []byte(strings.Repeat(" ", Width))
	for _, f := range layouts[code] {
		s := v[f.name]
		switch {
		case len(s) > f.width:
			w.add(what, fault.New(fault.Invalid, "%s, %q, has %d characters; the field takes %d", strings.ReplaceAll(f.name, "_", " "), s, len(s), f.width).ByRule("too_long").In(f.name))
			return
		case f.number && strings.Trim(s, "0123456789") != "":
			w.add(what, fault.New(fault.Invalid, "%s, %q, may hold digits only", strings.ReplaceAll(f.name, "_", " "), s).ByRule("digits").In(f.name))
			return
		case f.number:
			s = strings.Repeat("0", f.width-len(s)) + s
		}
		copy(row[f.from:], s)
	}
	w.out = append(append(w.out, row...), '\r', '\n')
}

func (w *writer) holder(h *Holder) values {
	if h.Year < 1900 || h.Year > 9999 || len(h.TaxID) != 9 || h.Name == "" || len(h.State) != 2 || len(h.Type) != 1 || h.Number < 1 {
		w.add("the holder", fault.New(fault.Invalid, "the holder needs a name, a tax id of nine digits, a state of two letters, and the year, type and number of the report").ByRule("holder"))
	}
	v := values{
		"tax_id": h.TaxID, "year": strconv.Itoa(h.Year), "type": h.Type, "number": strconv.Itoa(h.Number), "industry": h.Industry, "incorporated": h.Incorporated,
		"incorporated_on": compact(h.IncorporateOn), "name": w.name(h.Name), "city": w.text(h.City), "county": w.text(h.County), "state": w.text(h.State),
	}
	k := &h.Contact
	for name, s := range map[string]string{
		"name": w.name(k.Name), "line1": w.text(k.Lines[0]), "line2": w.text(k.Lines[1]), "line3": w.text(k.Lines[2]), "city": w.text(k.City), "state": w.text(k.State),
		"zip": digits(k.Zip), "country": w.text(k.Country), "phone": digits(k.Phone), "ext": digits(k.Ext), "email": w.text(k.Email),
	} {
		v["contact_"+name] = s
	}
	return v
}

func (w *writer) owner(o *Owner) values {
	last := map[string]string{"AP": "AGGREGATE", "UN": "UNKNOWN"}[o.Kind]
	if last == "" {
		last = w.name(o.Last)
	}
	return values{
		"kind": o.Kind, "relationship": o.Relationship, "last": last, "first": w.name(o.First), "middle": w.name(o.Middle), "prefix": w.name(o.Prefix), "suffix": w.name(o.Suffix), "title": w.name(o.Title),
		"line1": w.text(o.Lines[0]), "line2": w.text(o.Lines[1]), "line3": w.text(o.Lines[2]), "city": w.text(o.City), "county": w.text(o.County), "state": w.text(o.State),
		"zip": postal(o), "country": w.text(o.Country), "tax_id": digits(o.TaxID), "born": compact(o.Born),
	}
}

func (w *writer) property(sequence int, p *Property) values {
	i := func(a money.Amount) string { return strconv.FormatInt(int64(a), 10) }
	v := w.owner(&p.Owner)
	for name, s := range map[string]string{
		"sequence": strconv.Itoa(sequence), "from": compact(p.From), "to": compact(p.To), "property_type": p.Type, "reported": i(p.Reported),
		"deduction_type": p.DeductionType, "deduction": i(p.Deduction), "advertised": i(p.Advertised()), "addition_type": p.AdditionType, "addition": i(p.Addition),
		"deletion_type": p.DeletionType, "deletion": i(p.Deletion), "remitted": i(p.Remitted()), "description": w.text(p.Description), "account": w.text(p.Account), "check": w.text(p.Check),
	} {
		v[name] = s
	}
	return v
}

func (w *writer) name(s string) string {
	named, err := Name(s)
	if err != nil {
		w.add("the report", err)
	}
	return named
}

// text gives a text in capitals that a state can read.
func (w *writer) text(s string) string {
	folded, lost := latin.Fold(s, latin.ASCII)
	if lost != "" {
		w.add("the report", fault.New(fault.Invalid, "%q holds characters that the report cannot: %q; write it in Latin letters", s, lost).ByRule("characters"))
	}
	return strings.ToUpper(strings.Join(strings.Fields(folded), " "))
}

// compact gives a date as YYYYMMDD; blank for none.
func compact(d civil.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// postal gives a postal code: digits in the United States, letters and digits elsewhere.
func postal(o *Owner) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(o.Zip))
}

// digits drops the signs between digits; anything else stays and is refused.
func digits(s string) string {
	return strings.NewReplacer("-", "", " ", "", "(", "", ")", "", ".", "").Replace(s)
}
