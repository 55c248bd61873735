package pospay_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/pospay"
	"quittance/internal/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

var usd = money.MustCurrency("USD")

func day(s string) civil.Date { return civil.MustParse(s) }

func sample(t testing.TB, name string) *pospay.Layout {
	t.Helper()
	for _, l := range pospay.Samples() {
		if l.Name == name {
			return l
		}
	}
	t.Fatalf("there is no sample %q", name)
	return nil
}

func example() pospay.File {
	return pospay.File{
		Company: "City of Example, Treasurer", Routing: "021000021", Account: "790319013", Currency: usd, Date: day("2026-11-22"), Number: 7,
		Items: []pospay.Item{
			{Number: 1042, Date: day("2026-11-20"), Amount: 16000, Payee: "Müller & Söhne, Inc.", Reference: "RB-2026-00417"},
			{Number: 1043, Date: day("2026-11-20"), Amount: 5, Payee: `The "Corner" Store`},
			{Number: 1001, Date: day("2026-10-02"), Void: true, Voided: day("2026-11-21"), Amount: 1_234_567_89, Payee: "A Company With a Name of 37 Characters"},
		},
	}
}

func TestGolden(t *testing.T) {
	for _, l := range pospay.Samples() {
		t.Run(l.Name, func(t *testing.T) {
			if !l.Sample || !strings.HasPrefix(l.Title, "Sample") {
				t.Error("it is not marked as a sample")
			}
			got, err := l.Write(example())
			if l.Name == "sample-bar" { // quotes nothing; the quote in a name is refused there
				if fault.RuleOf(err) != "delimiter" {
					t.Fatalf("a quote in a name: %v", err)
				}
				f := example()
				f.Items[1].Payee = "The Corner Store"
				got, err = l.Write(f)
			}
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", l.Name+".golden")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("differs from %s (-update writes it anew):\n%s", path, got)
			}
			back, err := l.Read(got, usd)
			if err != nil || len(back.Items) != 3 || back.Items[2].Number != 1001 || !back.Items[2].Void || back.Items[0].Amount != 16000 {
				t.Errorf("read back as %+v, %v", back, err)
			}
		})
	}
}

// texts that banks take, without spaces around them.
func texts(most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		s := strings.TrimSpace(rapid.StringOfN(rapid.RuneFrom([]rune("ABCxyz019 ,.;|&'\"/-#")), 0, most, -1).Draw(t, "text"))
		return s
	})
}

// drawn gives a file that a layout can tell whole.
func drawn(t *rapid.T, names *rapid.Generator[string]) pospay.File {
	f := pospay.File{Company: "C", Routing: "021000021", Account: fmt.Sprint(rapid.Int64Range(1, 999_999_999_999).Draw(t, "account")), Currency: usd, Date: civil.Date(rapid.IntRange(730120, 766643).Draw(t, "file date")), Number: rapid.Int64Range(0, 999_999).Draw(t, "file number")}
	numbers := rapid.SliceOfNDistinct(rapid.Int64Range(1, 9_999_999_999), 0, 6, func(n int64) int64 { return n }).Draw(t, "numbers")
	for _, n := range numbers {
		it := pospay.Item{Number: n, Date: civil.Date(rapid.IntRange(730120, 766643).Draw(t, "date")), Amount: money.Amount(rapid.Int64Range(1, 999_999_999_99).Draw(t, "amount")), Payee: names.Draw(t, "payee"), Reference: names.Draw(t, "reference")}
		if rapid.Bool().Draw(t, "void") {
			it.Void, it.Voided = true, it.Date.AddDays(rapid.IntRange(0, 300).Draw(t, "days"))
			if it.Voided > 766643 {
				it.Voided = it.Date
			}
		}
		f.Items = append(f.Items, it)
	}
	return f
}

// layout draws a layout that has all sources of a detail, in any order, widths and formats.
func layout(t *rapid.T) *pospay.Layout {
	l := &pospay.Layout{Name: "drawn", Kind: rapid.SampledFrom([]pospay.Kind{pospay.Delimited, pospay.Fixed}).Draw(t, "kind"), Ending: rapid.SampledFrom([]string{"", "lf"}).Draw(t, "ending"), Issue: "I", Void: "V"}
	if l.Kind == pospay.Delimited {
		l.Delimiter = rapid.SampledFrom([]string{"", ";", "|", "\t"}).Draw(t, "delimiter")
		l.Quote = rapid.SampledFrom([]string{"", "always"}).Draw(t, "quote")
		l.Heading = rapid.Bool().Draw(t, "heading")
	}
	formats := []string{"YYYY-MM-DD", "YYYYMMDD", "MMDDYYYY", "MMDDYY", "YYMMDD", "MM/DD/YYYY", "DD.MM.YYYY"}
	record := func(sources ...string) pospay.Record {
		var r pospay.Record
		at := 1
		for _, of := range rapid.Permutation(sources).Draw(t, "order") {
			f := pospay.Field{Of: of}
			switch of {
			case "date", "void_date", "file_date":
				f.Format = rapid.SampledFrom(formats).Draw(t, "format")
				f.Pad = rapid.SampledFrom([]string{"", " "}).Draw(t, "pad")
				if rapid.Bool().Draw(t, "zeros") {
					f.Justify, f.Pad = "right", "0"
				}
			case "amount", "total", "total_issued", "total_voided":
				f.Format = rapid.SampledFrom([]string{"decimal", "implied"}).Draw(t, "format")
				f.Pad = rapid.SampledFrom([]string{"", " "}).Draw(t, "pad")
			case "constant":
				f.Value = "X1"
			case "payee", "reference":
				f.Justify = rapid.SampledFrom([]string{"", "left", "right"}).Draw(t, "justify")
			}
			if l.Kind == pospay.Fixed {
				f.Start, f.Width = at, 26+rapid.IntRange(0, 4).Draw(t, "more")
				at += f.Width + rapid.IntRange(0, 2).Draw(t, "gap")
				l.Width = max(l.Width, at)
			}
			r.Fields = append(r.Fields, f)
		}
		return r
	}
	if rapid.Bool().Draw(t, "header") {
		l.Headers = []pospay.Record{record("constant", "company", "file_date", "file_number")}
	} else {
		l.Headers = []pospay.Record{record("company", "file_date", "file_number")}
	}
	l.Detail = record("routing", "account", "number", "date", "void_date", "amount", "code", "payee", "reference", "line", "blank")
	l.Trailers = []pospay.Record{record("constant", "records", "count", "total"), record("count_issued", "count_voided", "total_issued", "total_voided")}
	return l
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := layout(t)
		data, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		if l, err = pospay.ParseLayout(data); err != nil {
			t.Fatal(err)
		}
		f := drawn(t, texts(26))
		written, err := l.Write(f)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Items) == 0 { // only details have them
			f.Routing, f.Account = "", ""
		}
		back, err := l.Read(written, usd)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if diff := differ(f, *back); diff != "" {
			t.Fatalf("%s\n%s", diff, written)
		}
	})
}

// TestSamplesRoundTrip does the same with the samples, whose fields are narrower: what is refused is refused as too long.
func TestSamplesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom(pospay.Samples()).Draw(t, "sample")
		f := drawn(t, rapid.SampledFrom([]string{"ACME INC", "J SMITH", "A & B"}))
		written, err := l.Write(f)
		if err != nil {
			t.Fatal(err)
		}
		back, err := l.Read(written, usd)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		again := *back
		again.Routing, again.Account, again.Company, again.Date, again.Number = f.Routing, f.Account, f.Company, f.Date, f.Number
		for i := range again.Items {
			again.Items[i].Reference = f.Items[i].Reference
		}
		if diff := differ(f, again); diff != "" {
			t.Fatalf("%s\n%s", diff, written)
		}
	})
}

func TestWriteRefused(t *testing.T) {
	for name, c := range map[string]struct {
		layout string
		change func(*pospay.File)
		rule   string
		says   []string
	}{
		"ErrNumberTooLong":    {"sample-csv", func(f *pospay.File) { f.Items[0].Number = 12345678901 }, "too_long", []string{"the number of the check", "12345678901", "takes 10", "check 12345678901"}},
		"ErrAmountTooLong":    {"sample-fixed-80", func(f *pospay.File) { f.Items[0].Amount = money.MaxAmount }, "too_long", []string{"1000000000000000", "takes 12"}},
		"ErrPayeeNotCut":      {"sample-fixed-100", func(f *pospay.File) { f.Items[0].Payee = strings.Repeat("n", 41) }, "too_long", []string{"payee", "41"}},
		"ErrPayeeCharacters":  {"sample-csv", func(f *pospay.File) { f.Items[1].Payee = "有限公司" }, "characters", []string{"有"}},
		"ErrRequired":         {"sample-csv", func(f *pospay.File) { f.Account = "" }, "blank", []string{"account"}},
		"ErrNoAmount":         {"sample-csv", func(f *pospay.File) { f.Items[0].Amount = 0 }, "item", nil},
		"ErrNegative":         {"sample-csv", func(f *pospay.File) { f.Items[2].Amount = -1 }, "item", nil},
		"ErrNumberTwice":      {"sample-csv", func(f *pospay.File) { f.Items[1].Number = 1042 }, "item", []string{"twice"}},
		"ErrVoidWithoutDate":  {"sample-csv", func(f *pospay.File) { f.Items[2].Voided = 0 }, "item", nil},
		"ErrCenturyOfTheDate": {"sample-fixed-80", func(f *pospay.File) { f.Items[0].Date = day("1999-12-31") }, "date", []string{"1999-12-31"}},
		"ErrCurrency":         {"sample-csv", func(f *pospay.File) { f.Currency = money.Currency{} }, "currency", nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := example()
			f.Items = slices.Clone(f.Items)
			c.change(&f)
			l := sample(t, c.layout)
			if name == "ErrPayeeNotCut" {
				f.Items = f.Items[:1]
			}
			_, err := l.Write(f)
			if fault.RuleOf(err) != c.rule {
				t.Fatalf("refused by %q (%v), want %q", fault.RuleOf(err), err, c.rule)
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
		})
	}
	t.Run("ErrVoidInLayoutWithoutCode", func(t *testing.T) {
		l := &pospay.Layout{Name: "x", Kind: pospay.Delimited, Detail: pospay.Record{Fields: []pospay.Field{{Of: "number"}, {Of: "amount", Format: "implied"}}}}
		if err := l.Validate(); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Write(example()); fault.RuleOf(err) != "item" || !strings.Contains(err.Error(), "check 1001") {
			t.Error(err)
		}
	})
}

func TestReadRefused(t *testing.T) {
	for name, c := range map[string]struct {
		layout   string
		old, new string
		says     string
	}{
		"ErrTotal":        {"sample-bar", "TRL|3|", "TRL|3|1", "the sum of all amounts is said to be"},
		"ErrCount":        {"sample-bar", "TRL|3", "TRL|4", "the number of checks"},
		"ErrLineMissing":  {"sample-bar", "DTL|320|1043|20261120|5||THE CORNER STORE|\n", "", "the number of checks"},
		"ErrTrailerCut":   {"sample-bar", "TRL|3|123472794\n", "", "has 8 columns"},
		"ErrCode":         {"sample-csv", ",I,", ",X,", `"X" is no code`},
		"ErrDate":         {"sample-csv", "11/20/2026", "20/11/2026", "is no date"},
		"ErrAmount":       {"sample-csv", "160.00", "160.005", "cannot be the amount"},
		"ErrAmountSign":   {"sample-csv", "160.00", "-160.00", "cannot be the amount"},
		"ErrColumns":      {"sample-csv", ",160.00,", ",160.00,,", "has 8 columns"},
		"ErrWidth":        {"sample-fixed-80", "000790319013O", "00790319013O", "has 79 characters"},
		"ErrOtherAccount": {"sample-fixed-80", "000790319013V", "000790319014V", "one file is for one account"},
		"ErrLineNumber":   {"sample-fixed-100", "D000002", "D000003", "is numbered 3"},
		"ErrIssuedVoided": {"sample-csv", "V,A Company", "I,A Company", "issued, but has the date of a void"},
		"ErrQuote":        {"sample-csv", `"The ""Corner"" Store"`, `"The "Corner"" Store"`, "columns parted by"},
		"ErrControlChar":  {"sample-csv", "Store", "Sto\x00re", "control character"},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", c.layout+".golden"))
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(string(data), c.old, c.new, 1)
			if changed == string(data) {
				t.Fatalf("%q does not stand in the file", c.old)
			}
			f, err := sample(t, c.layout).Read([]byte(changed), usd)
			if fault.RuleOf(err) != "pospay" || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %+v, %v; want it refused for %q", f, err, c.says)
			}
		})
	}
}

func TestLayoutRefused(t *testing.T) {
	const good = `{"name":"x","kind":"fixed","width":40,"issue":"I","void":"V","detail":{"fields":[{"of":"number","start":1,"width":10},{"of":"amount","start":11,"width":10,"format":"implied"},{"of":"date","start":21,"width":8,"format":"MMDDYYYY"},{"of":"code","start":30,"width":1}]}}`
	if _, err := pospay.ParseLayout([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, says string }{
		"ErrNotJSON":        {good, `{"name":`, "not as a layout is written"},
		"ErrUnknownKey":     {`"kind"`, `"colour":1,"kind"`, "colour"},
		"ErrTwoObjects":     {good, good + good, "follows the layout"},
		"ErrKind":           {`"fixed"`, `"xml"`, "delimited, fixed"},
		"ErrName":           {`"x"`, `" "`, "needs a name"},
		"ErrNoWidth":        {`"width":40,`, ``, "needs the width"},
		"ErrOutside":        {`"start":21`, `"start":36`, "within 1 to 40"},
		"ErrOverlap":        {`"start":21`, `"start":20`, `"amount" (11 to 20) and "date" (from 20) overlap`},
		"ErrUnknownField":   {`"of":"code"`, `"of":"colour"`, `"colour" can stand in no field`},
		"ErrNoAmount":       {`"of":"amount"`, `"of":"total"`, "cannot stand in this record"},
		"ErrDateFormat":     {`MMDDYYYY`, `DDMMMYY`, "a date needs a format"},
		"ErrDateWidth":      {`MMDDYYYY`, `MM/DD/YYYY`, "wider than its field"},
		"ErrAmountFormat":   {`"implied"`, `"float"`, "decimal (160.00) or implied"},
		"ErrSameCodes":      {`"void":"V"`, `"void":"I"`, "must differ"},
		"ErrCodeTooWide":    {`"void":"V"`, `"void":"VOID"`, "wider than their field"},
		"ErrCodesUnused":    {`,{"of":"code","start":30,"width":1}`, ``, "no field of the detail has the code"},
		"ErrZerosOnRight":   {`"of":"number"`, `"justify":"left","of":"number"`, "another number"},
		"ErrTruncateNumber": {`"of":"number"`, `"truncate":true,"of":"number"`, "may not be cut"},
		"ErrPad":            {`"of":"number"`, `"pad":"**","of":"number"`, "one printable"},
		"ErrHeadingOfFixed": {`"kind"`, `"heading":true,"kind"`, "for delimited layouts"},
		"ErrTwice":          {`"of":"date"`, `"of":"date","format":"MMDDYYYY","start":31,"width":8},{"of":"date"`, "stands in two fields"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(good, c.old, c.new, 1)
			_, err := pospay.ParseLayout([]byte(changed))
			var list fault.List
			if fault.RuleOf(err) != "layout" || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; want it refused for %q", err, c.says)
			}
			if errors.As(err, &list) && list[0].Place == "" {
				t.Error("the place is missing")
			}
		})
	}
	t.Run("ErrSeveralAtOnce", func(t *testing.T) {
		_, err := pospay.ParseLayout([]byte(strings.NewReplacer(`"x"`, `""`, `"implied"`, `"x"`, "MMDDYYYY", "Y").Replace(good)))
		var list fault.List
		if !errors.As(err, &list) || len(list) != 3 {
			t.Errorf("got %v", err)
		}
	})
}

// differ says how two files differ; blank when they do not.
func differ(a, b pospay.File) string {
	if len(a.Items) == 0 && len(b.Items) == 0 {
		a.Items, b.Items = nil, nil
	}
	if reflect.DeepEqual(a, b) {
		return ""
	}
	return fmt.Sprintf("the files differ:\n%+v\n%+v", a, b)
}

func TestSources(t *testing.T) {
	for of, what := range pospay.Sources() {
		if what == "" {
			t.Errorf("%s is not explained", of)
		}
	}
}

// FuzzRead reads anything by the samples; what is taken is written again to the same, where the layout has all that it needs.
func FuzzRead(f *testing.F) {
	for i, l := range pospay.Samples() {
		data, err := os.ReadFile(filepath.Join("testdata", l.Name+".golden"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, byte(i))
	}
	samples := pospay.Samples()
	f.Fuzz(func(t *testing.T, data []byte, which byte) {
		l := samples[int(which)%len(samples)]
		file, err := l.Read(data, usd)
		if err != nil {
			return
		}
		written, err := l.Write(*file)
		if err != nil {
			return // numbers twice, no account: readable, but not to be written
		}
		again, err := l.Read(written, usd)
		if err != nil {
			t.Fatalf("%v\n%q", err, written)
		}
		twice, err := l.Write(*again) // the first may be in small letters, or have spaces around its texts
		if err != nil || string(twice) != string(written) {
			t.Fatalf("%v\n%q\n%q", err, written, twice)
		}
	})
}

func FuzzLayout(f *testing.F) {
	names, err := os.ReadDir("samples")
	if err != nil {
		f.Fatal(err)
	}
	for _, n := range names {
		data, err := os.ReadFile(filepath.Join("samples", n.Name()))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := pospay.ParseLayout(data)
		if err != nil {
			return
		}
		if written, err := l.Write(example()); err == nil {
			if _, err := l.Read(written, usd); err != nil {
				t.Fatalf("%v\n%q", err, written)
			}
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	l := sample(b, "sample-fixed-100")
	f := example()
	f.Items = f.Items[:1]
	for i := range int64(99_999) {
		it := f.Items[0]
		it.Number += i + 1
		f.Items = append(f.Items, it)
	}
	for b.Loop() {
		data, err := l.Write(f)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.Read(data, usd); err != nil {
			b.Fatal(err)
		}
	}
}
