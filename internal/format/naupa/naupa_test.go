package naupa_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/naupa"
	"quittance/internal/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

func day(s string) civil.Date { return civil.MustParse(s) }

func holder() naupa.Holder {
	return naupa.Holder{
		TaxID: "012345678", Year: 2026, Type: "A", Number: 1, Industry: "921130", Incorporated: "IL", IncorporateOn: day("1840-02-03"), Name: "The City of Example, Treasurer", City: "Springfield", County: "Sangamon", State: "IL",
		Contact: naupa.Contact{Name: "Ann O'Brien", Lines: [3]string{"100 Main Street", "Room 210"}, City: "Springfield", State: "IL", Zip: "62701-1234", Country: "USA", Phone: "(217) 555-0100", Ext: "12", Email: "ann@example.org"},
	}
}

func example() naupa.Report {
	return naupa.Report{Holder: holder(), Properties: []naupa.Property{
		{
			Owner: naupa.Owner{Kind: "OT", Relationship: "SO", Last: "Müller-Lüdenscheidt", First: "Jörg", Middle: "A.", Title: "DR", Lines: [3]string{"2218 West Lake Avenue", "Apt. 4"}, City: "Chicago", County: "Cook", State: "IL", Zip: "60647-2201", Country: "USA", TaxID: "001-23-4567", Born: day("1961-05-01")},
			More:  []naupa.Owner{{Kind: "OT", Relationship: "JT", Last: "Smith", First: "Jane", City: "Chicago", State: "IL", Zip: "60647"}},
			From:  day("2021-01-04"), To: day("2021-06-30"), Type: "MS16", Reported: 25373, DeductionType: "ZZ", Deduction: 373, Description: "Credit balance", Account: "C-1001",
		},
		{
			Owner: naupa.Owner{Kind: "OT", Relationship: "SO", Last: "The Corner Store, Inc.", Lines: [3]string{"1 First St"}, City: "Toronto", State: "ON", Zip: "M5V 2T6", Country: "CAN"},
			From:  day("2020-03-01"), To: day("2020-03-01"), Type: "CK13", Reported: 16000, AdditionType: "IN", Addition: 125, DeletionType: "RO", Deletion: 100, Description: "Uncashed check", Check: "1042",
		},
		{Owner: naupa.Owner{Kind: "AP", Relationship: "UN", State: "IL"}, From: day("2020-01-01"), To: day("2020-12-31"), Type: "MS16", Reported: 4711, Description: "Amounts under $10"},
	}}
}

func TestGolden(t *testing.T) {
	got, err := naupa.Write(example())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "report.golden")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s (-update writes it anew):\n%s", path, got)
	}
	rows := strings.SplitAfter(strings.TrimSuffix(string(got), "\r\n"), "\r\n")
	if len(rows) != 6 || got[0] != '1' || rows[1][0] != '2' || rows[2][0] != '3' || rows[5][0] != '9' {
		t.Errorf("got %d records", len(rows))
	}
	for _, s := range []string{"CITY OF EXAMPLE TREASURER THE", "MULLER LUDENSCHEIDT", "ANN OBRIEN", "CORNER STORE INC THE", "AGGREGATE", "0000025373ZZ00000003730000025000", "M5V2T6"} {
		if !strings.Contains(string(got), s) {
			t.Errorf("%q is missing", s)
		}
	}
	back, err := naupa.Read(got)
	if err != nil {
		t.Fatal(err)
	}
	var remitted money.Amount
	for i := range back.Properties {
		remitted += back.Properties[i].Remitted()
	}
	if remitted != 25000+16025+4711 || !strings.Contains(rows[5], "000000045736N") {
		t.Errorf("%d cents are remitted:\n%s", remitted, rows[5])
	}
}

func TestNegativeReport(t *testing.T) {
	got, err := naupa.Write(naupa.Report{Holder: holder()})
	if err != nil {
		t.Fatal(err)
	}
	back, err := naupa.Read(got)
	if err != nil || len(back.Properties) != 0 || len(got) != 2*627 {
		t.Errorf("got %+v, %v", back, err)
	}
}

func names(most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		s := strings.Join(strings.Fields(rapid.StringOfN(rapid.RuneFrom([]rune("ABCDXYZ019 &")), 0, most, -1).Draw(t, "name")), " ")
		return strings.TrimPrefix(s, "THE ")
	})
}

func owner(t *rapid.T, kind string) naupa.Owner {
	o := naupa.Owner{Kind: kind, Relationship: "SO", Lines: [3]string{names(30).Draw(t, "line")}, City: names(30).Draw(t, "city"), State: "IL", Zip: "60601"}
	if kind == "OT" {
		o.Last, o.First = "N"+names(39).Draw(t, "last"), names(30).Draw(t, "first")
		o.TaxID = rapid.SampledFrom([]string{"", "000000001", "123456789"}).Draw(t, "tax id")
		o.Born = civil.Date(rapid.IntRange(0, 1).Draw(t, "born") * 730120)
	}
	return o
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := naupa.Report{Holder: holder()}
		r.Holder.Name, r.Holder.City, r.Holder.County = "CITY", "SPRINGFIELD", ""
		r.Holder.Contact = naupa.Contact{Name: "ANN", Phone: "2175550100"}
		for range rapid.IntRange(0, 4).Draw(t, "properties") {
			p := naupa.Property{Owner: owner(t, rapid.SampledFrom([]string{"OT", "AP", "UN"}).Draw(t, "kind")), Type: "CK13", From: day("2020-01-01"), To: day("2021-01-01"), Reported: money.Amount(rapid.Int64Range(1000, 99_999_000_00).Draw(t, "reported"))}
			if rapid.Bool().Draw(t, "deducted") {
				p.DeductionType, p.Deduction = "MC", 999
			}
			if rapid.Bool().Draw(t, "added") {
				p.AdditionType, p.Addition = "IN", 5
			}
			if p.Owner.Kind == "OT" {
				for range rapid.IntRange(0, 2).Draw(t, "more") {
					p.More = append(p.More, owner(t, "OT"))
				}
			}
			r.Properties = append(r.Properties, p)
		}
		written, err := naupa.Write(r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := naupa.Read(written)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if !reflect.DeepEqual(r, *back) {
			t.Fatalf("got %+v\nwant %+v", *back, r)
		}
	})
}

func TestWriteRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*naupa.Report)
		rule   string
		says   string
	}{
		"ErrNameTooLong":    {func(r *naupa.Report) { r.Properties[0].Owner.Last = strings.Repeat("N", 41) }, "too_long", "property 1: last"},
		"ErrNameCharacters": {func(r *naupa.Report) { r.Properties[0].Owner.Last = "有限" }, "characters", "有限"},
		"ErrAmountTooLarge": {func(r *naupa.Report) { r.Properties[0].Reported = 1_000_000_000_000 }, "amount", "ten digits"},
		"ErrNegativeRemit":  {func(r *naupa.Report) { r.Properties[1].Deletion = 99999 }, "amount", "property 2"},
		"ErrCodeMissing":    {func(r *naupa.Report) { r.Properties[0].DeductionType = "" }, "code", "deduction"},
		"ErrCodeUnknown":    {func(r *naupa.Report) { r.Properties[0].DeductionType = "XX" }, "code", `"XX"`},
		"ErrRelationship":   {func(r *naupa.Report) { r.Properties[0].Owner.Relationship = "" }, "code", "relationship"},
		"ErrType":           {func(r *naupa.Report) { r.Properties[0].Type = "CK1" }, "type", "CK1"},
		"ErrDates":          {func(r *naupa.Report) { r.Properties[0].To = day("2020-12-31") }, "date", "before"},
		"ErrAggregateNamed": {func(r *naupa.Report) { r.Properties[2].Owner.Last = "Smith" }, "owner", "aggregate"},
		"ErrTaxID":          {func(r *naupa.Report) { r.Properties[0].Owner.TaxID = "12345678X" }, "digits", "12345678X"},
		"ErrHolder":         {func(r *naupa.Report) { r.Holder.TaxID = "1" }, "holder", "nine digits"},
	} {
		t.Run(name, func(t *testing.T) {
			r := example()
			c.change(&r)
			if _, err := naupa.Write(r); fault.RuleOf(err) != c.rule || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; want it refused by %s for %q", err, c.rule, c.says)
			}
		})
	}
}

func TestReadRefused(t *testing.T) {
	good, err := naupa.Write(example())
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.SplitAfter(string(good), "\r\n")
	for name, c := range map[string]struct{ data, says string }{
		"ErrEmpty":         {"", "has 0 characters"},
		"ErrCutOff":        {strings.Join(rows[:4], ""), "no summary"},
		"ErrShort":         {string(good[:600]), "has 600 characters"},
		"ErrNoHolder":      {strings.Join(rows[1:], ""), "the first record is the holder"},
		"ErrAfterSummary":  {string(good) + rows[1], "follows the summary"},
		"ErrRecordMissing": {strings.Join(append(append([]string{}, rows[:4]...), rows[5:]...), ""), "is said to be"},
		"ErrAmountChanged": {strings.Replace(string(good), "0000025373", "0000025374", 1), "are advertised"},
		"ErrTotalChanged":  {strings.Replace(string(good), "000000045736N", "000000045737N", 1), "remitted is said to be"},
		"ErrSecurities":    {strings.Replace(string(good), "\n3", "\n5", 1), "are read"},
		"ErrDigits":        {strings.Replace(string(good), "0000025373", "00000253.3", 1), "expected digits"},
		"ErrDate":          {strings.Replace(string(good), "20210630", "20210631", 1), "expected YYYYMMDD"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := naupa.Read([]byte(c.data))
			if fault.RuleOf(err) != "naupa" || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %+v, %v; want it refused for %q", r, err, c.says)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, r := range []naupa.Report{example(), {Holder: holder()}} {
		data, err := naupa.Write(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := naupa.Read(data)
		if err != nil {
			return
		}
		written, err := naupa.Write(*r)
		if err != nil {
			return // a name with signs: readable, but written otherwise or not at all
		}
		if _, err := naupa.Read(written); err != nil {
			t.Fatalf("%v\n%q", err, written)
		}
	})
}

func ExampleName() {
	name, err := naupa.Name("The Smith-Jones Company, Inc.")
	fmt.Println(name, err)
	// Output: SMITH JONES COMPANY INC THE <nil>
}
