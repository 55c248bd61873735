package x12_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quittance/internal/fault"
	"quittance/internal/format/x12"
)

var update = flag.Bool("update", false, "write the golden files anew")

// read gives what a file says, as the golden files have it: payments and memos, or the error.
func read(data []byte) string {
	all, err := x12.Parse(data)
	var payments []x12.Payment
	var memos []x12.Memo
	if err == nil {
		payments, err = x12.Payments(all)
	}
	if err == nil {
		memos, err = x12.Memos(all)
	}
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	b, err := json.MarshalIndent(map[string]any{"payments": payments, "memos": memos}, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(b) + "\n"
}

func TestSamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.x12")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".x12"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := read(data)
			if strings.Contains(file, "damaged") != strings.HasPrefix(got, "error: ") && !strings.Contains(file, "not-x12") {
				t.Errorf("got %s", got)
			}
			golden := strings.TrimSuffix(file, ".x12") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("got %s\nwant %s %v", got, want, err)
			}
		})
	}
}

// The separators, the line breaks and the version change nothing of what is read, but for what ADX01 means.
func TestSeparatorsTellTheSame(t *testing.T) {
	first := payments(t, "820-4010-short")
	for _, other := range []string{"820-5010-separators", "820-newline-terminated"} {
		p := payments(t, other)
		if p.Amount != first.Amount || p.Trace != first.Trace || p.Payer != first.Payer || len(p.Items) != 1 || p.Items[0].Number != "0004711" || p.Items[0].Adjustments[0].Amount != "-100" || p.Items[0].Adjustments[0].Notes[0] != "10 cases arrived crushed" {
			t.Errorf("%s: %+v", other, p)
		}
	}
}

func payments(t *testing.T, name string) x12.Payment {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".x12")
	if err != nil {
		t.Fatal(err)
	}
	all, err := x12.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := x12.Payments(all)
	if err != nil || len(p) != 1 {
		t.Fatal(p, err)
	}
	return p[0]
}

func TestReducesPayment(t *testing.T) {
	for version, want := range map[string]bool{
		"003030": true, "003040": true, "003050": true, "003060": false, "004010": false, "004010UCS": false, "005010X218": false, "": false, "x": false,
	} {
		if x12.ReducesPayment(version) != want {
			t.Errorf("%q gives %t", version, !want)
		}
	}
}

func TestTooLargeIsRefused(t *testing.T) {
	head, err := os.ReadFile("testdata/820-4010-short.x12")
	if err != nil {
		t.Fatal(err)
	}
	isa := string(head[:106])
	for name, c := range map[string]struct {
		text string
		want fault.Code
	}{
		"bytes":    {strings.Repeat(" ", x12.MaxBytes+1), fault.Limited},
		"elements": {isa + "GS" + strings.Repeat("*", 1000) + "~", fault.Invalid},
		"element":  {isa + "GS*" + strings.Repeat("x", 5000) + "~", fault.Invalid},
		"segments": {isa + "GS*RA*A*B*20261130*1015*1*X*004010~ST*820*1~" + strings.Repeat("N1*PR~", 500_001), fault.Limited},
		"zero":     {isa + "GS*R\x00A~", fault.Invalid},
	} {
		if _, err := x12.Parse([]byte(c.text)); fault.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddenda(t *testing.T) {
	p, others, err := x12.Addenda(`RMR*IV*4711**900*1000\ADX*-100*04*CM*DM-1\hello\N1*PR*Fresh Mart\`, 1)
	if err != nil || len(p.Items) != 1 || p.Items[0].Adjustments[0].Number != "DM-1" || p.Payer.Name != "Fresh Mart" || len(others) != 1 || others[0] != "hello" {
		t.Errorf("%+v %q %v", p, others, err)
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.x12")
	if err != nil {
		f.Fatal(err)
	}
	crashers, err := filepath.Glob("testdata/crashers/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, crashers...) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := x12.Parse(data)
		var ours *fault.Error
		if err != nil {
			if !errors.As(err, &ours) || ours.Code == fault.Internal {
				t.Errorf("%v is no error for people", err)
			}
			return
		}
		for _, ic := range all { // what was read agrees with its envelopes
			for _, g := range ic.Groups {
				for _, s := range g.Sets {
					if s.Start.ID != "ST" || s.Start.At(1) != s.ID {
						t.Errorf("%+v", s)
					}
				}
			}
		}
		_, perr := x12.Payments(all)
		_, merr := x12.Memos(all)
		for _, err := range []error{perr, merr} {
			if err != nil && (!errors.As(err, &ours) || ours.Place == "") {
				t.Errorf("%v has no place", err)
			}
		}
	})
}
