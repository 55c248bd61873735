package nacha_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quittance/internal/fault"
	"quittance/internal/format/latin"
	"quittance/internal/format/nacha"
	"quittance/internal/money"
)

// item is an entry of a file from the bank.
type item struct {
	code    string
	amount  int64
	account string
	id      string
	name    string
	addenda string // from position 2 to 79
	plain   bool   // without addenda
}

// returned gives the addenda of a return.
func returned(code, trace, died, bank, text string) string {
	return fmt.Sprintf("99%-3s%-15s%-6s%-8s%-44s", code, trace, died, bank, text)
}

// changed gives the addenda of a notification of change.
func changed(code, trace, bank, corrected string) string {
	return fmt.Sprintf("98%-3s%-15s      %-8s%-44s", code, trace, bank, corrected)
}

// fromBank makes a file of a bank with a batch for each service.
func fromBank(services []string, batches ...[]item) string {
	var b strings.Builder
	b.WriteString("101 091000019 0910000192611250630A094101EXAMPLE COUNTY         FIRST BANK                     \n")
	var lines, hash, debit, credit int64
	seq := 0
	for i, batch := range batches {
		fmt.Fprintf(&b, "5200EXAMPLE COUNTY                      1234567890%3s%-10s      261125329109100001%07d\n", services[i], "REFUND", i+1)
		var n, h, d, c int64
		for _, it := range batch {
			seq++
			fmt.Fprintf(&b, "6%2s091000019%-17s%010d%-15s%-22s  %d02100002%07d\n", it.code, it.account, it.amount, it.id, it.name, map[bool]int{false: 1}[it.plain], seq)
			if !it.plain {
				fmt.Fprintf(&b, "7%-78s02100002%07d\n", it.addenda, seq)
				n++
			}
			n, h = n+1, h+9100001
			if it.code[1] < '5' {
				c += it.amount
			} else {
				d += it.amount
			}
		}
		fmt.Fprintf(&b, "8200%06d%010d%012d%012d1234567890%25s09100001%07d\n", n, h, d, c, "", i+1)
		lines, hash, debit, credit = lines+n, hash+h, debit+d, credit+c
	}
	fmt.Fprintf(&b, "9%06d%06d%08d%010d%012d%012d%39s\n", len(batches), (strings.Count(b.String(), "\n")+10)/10, lines, hash, debit, credit, "")
	for strings.Count(b.String(), "\n")%10 != 0 {
		b.WriteString(strings.Repeat("9", 94) + "\n")
	}
	return b.String()
}

const trace = "091000010000101"

func item2(code string, amount int64, addenda string) item {
	return item{code: code, amount: amount, account: "123456-78", id: "PAY-000001", name: "Zoe Muller-Ludenscheid", addenda: addenda}
}

func samples() map[string]string {
	plain := item2("22", 500, "")
	plain.plain = true
	return map[string]string{
		"returns": fromBank([]string{"PPD", "CCD"}, []item{
			item2("21", 12345, returned("R03", trace, "", "02100002", "")),
			item2("31", 1, returned("R15", "091000010000102", "261101", "12104288", "DECEASED")),
			item2("21", 0, returned("R04", "091000010000103", "000000", "12104288", "PRENOTE")),
		}, []item{
			item2("21", 9_999_999_999, returned("R99", "091000010000104", "", "01140153", "")),
			item2("26", 12345, returned("R02", "091000010000105", "", "09100001", "")),
		}),
		"dishonored": fromBank([]string{"PPD"}, []item{
			item2("21", 12345, "99R68"+trace+"      02100002   02100002000000732903UNTIMELY             "),
			item2("21", 12345, "99R73"+trace+"26112502100002"+"329"+"021000020000007"+"330"+"03"+"091000010000009"+"331"+"68"+" "),
		}),
		"changes": fromBank([]string{"COR", "COR"}, []item{
			item2("21", 0, changed("C01", trace, "02100002", "1918171614")),
			item2("21", 0, changed("C02", trace, "02100002", "121042882")),
			item2("21", 0, changed("C03", trace, "02100002", "121042882   19 18-1")),
			item2("21", 0, changed("C04", trace, "02100002", "Zoe Muller")),
			item2("21", 0, changed("C05", trace, "02100002", "32")),
			item2("21", 0, changed("C06", trace, "02100002", "1918171614          32")),
			item2("21", 0, changed("C07", trace, "02100002", "1210428821918171614       32")),
			item2("21", 0, changed("C09", trace, "02100002", "PAY-1")),
			item2("21", 0, changed("C13", trace, "02100002", "")),
		}, []item{
			item2("21", 0, changed("C02", trace, "02100002", "121042883")),
			item2("21", 0, changed("C03", trace, "02100002", "121042882")),
			item2("21", 0, changed("C05", trace, "02100002", "99")),
			item2("21", 0, changed("C06", trace, "02100002", "1918171614")),
			item2("21", 0, changed("C07", trace, "02100002", "121042882                 32")),
			item2("21", 0, changed("C04", trace, "02100002", "")),
			item2("21", 0, changed("C62", trace, "02100002", "121042882")),
			item2("21", 0, changed("C77", trace, "02100002", "?")),
		}),
		"others": fromBank([]string{"PPD", "IAT"}, []item{plain}, []item{item2("22", 700, "10ANN")}),
	}
}

func read(data []byte) string {
	a, err := nacha.Read(data)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	b, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(b) + "\n"
}

func TestAnswers(t *testing.T) {
	for name, text := range samples() {
		t.Run(name, func(t *testing.T) {
			golden(t, "bank-"+name+".ach", []byte(text))
			golden(t, "bank-"+name+".golden", []byte(read([]byte(text))))
			flat := strings.ReplaceAll(text, "\n", "")
			short := strings.ReplaceAll(strings.ReplaceAll(strings.TrimRight(text, "9\n"), " \n", "\r\n"), "  \r\n", "\r\n")
			for _, other := range []string{flat, short} {
				if a, b := read([]byte(text)), read([]byte(other)); strings.HasPrefix(b, "error") || len(a) != len(b) && !strings.Contains(b, `"Line"`) {
					t.Errorf("%s\n%s", a, b)
				}
			}
		})
	}
}

func TestDamagedFiles(t *testing.T) {
	good := samples()["returns"]
	lines := strings.SplitAfter(good, "\n")
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
		{"only nines", strings.Repeat("9", 94), "the file is empty"},
		{"another format", "hello\n", "line 1 (record h): stands where the file begins"},
		{"cut off", strings.Join(lines[:5], ""), "line 5 (record 6): is the last, but the file has no end"},
		{"cut in a line", good[:200], "line 3 (record 6): has \"\" as amount"},
		{"long line", strings.Replace(good, "REFUND", "REFUNDx", 1), "line 2: "},
		{"control character", strings.Replace(good, "REFUND", "REF\x01ND", 1), "line 2: "},
		{"an entry lost", strings.Join(lines[:2], "") + strings.Join(lines[4:], ""), "line 7 (record 8): has 6 as count of entries and addenda, but the entries come to 4"},
		{"an amount changed", strings.Replace(good, "0000012345PAY", "0000012344PAY", 1), "line 9 (record 8): has 12346 as total of credits, but the entries come to 12345"},
		{"an amount of letters", strings.Replace(good, "0000012345PAY", "000001234OPAY", 1), `line 3 (record 6): has "000001234O" as amount (positions 30 to 39)`},
		{"a routing number changed", strings.Replace(good, "621091000019", "621091000018", 1), `line 3 (record 6): has the routing number "091000018"`},
		{"another routing number", strings.Replace(good, "621091000019", "621121042882", 1), "line 9 (record 8): has 27300003 as entry hash"},
		{"the file's total changed", strings.Replace(good, "\n9000002", "\n9000003", 1), "line 16 (record 9): says 3 batches, but there are 2"},
		{"the file's sum changed", strings.Replace(good, "010000012345 ", "010000012346 ", 1), "line 16 (record 9): has 10000012346 as total of credits"},
		{"another batch's end", strings.Replace(good, "091000010000001\n", "091000010000002\n", 1), "line 9 (record 8): ends the batch"},
		{"addenda lost", strings.Join(lines[:3], "") + strings.Join(lines[4:], ""), "line 3 (record 6): announces addenda"},
		{"addenda not announced", strings.Replace(good, "scheid  1", "scheid  0", 1), "line 4 (record 7): follows no entry"},
		{"no batch", lines[0] + lines[2], "line 2 (record 6): stands where it may not"},
		{"batch in batch", lines[0] + lines[1] + lines[1], "line 3 (record 5): stands where it may not"},
		{"header twice", lines[0] + lines[0], "line 2 (record 1): is a second header"},
		{"two files", good + good, "(record 1): stands after the end"},
		{"trace of letters", strings.Replace(good, "R03"+trace, "R0309100001000010X", 1), `line 4 (record 7): names the payment "09100001000010X"`},
		{"code of letters", strings.Replace(good, "99R03", "99X03", 1), `line 4 (record 7): has "X03" as its code`},
		{"date of death", strings.Replace(good, "261101", "261301", 1), ""},
		{"date of the file", strings.Replace(good, "2611250630", "2613250630", 1), `line 1 (record 1): has "261325" as its date`},
		{"record size", strings.Replace(good, "A094101", "A095101", 1), "line 1 (record 1): is no ACH header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := nacha.Read([]byte(c.text))
			if c.want == "" { // a date that is none is no reason to lose the return
				if err != nil || !a.Returns[1].Died.IsZero() {
					t.Errorf("%v", err)
				}
				return
			}
			if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
}

func TestHostileFilesAreRefusedSoon(t *testing.T) {
	for name, text := range map[string]string{
		"bytes": strings.Repeat(" ", nacha.MaxBytes+1),
		"line":  "101" + strings.Repeat("9", 1<<20),
		"blank": strings.Repeat("\n", 1<<20),
	} {
		start := time.Now()
		_, err := nacha.Read([]byte(text))
		if c := fault.CodeOf(err); c != fault.Invalid && c != fault.Limited {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %s", name, took)
		}
	}
}

// What a bank sends back about any file of ours is found again by its trace number.
func TestReturnsNameThePayment(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p, f := drawFile(r)
		w, err := nacha.Write(p, f)
		if err != nil {
			r.Fatal(err)
		}
		batches := map[bool][]item{}
		want := map[string]int{}
		for i, pay := range f.Payments {
			if rapid.Bool().Draw(r, "returned") {
				code := map[bool]string{false: "21", true: "31"}[pay.Savings]
				batches[pay.Business] = append(batches[pay.Business], item{code: code, amount: int64(pay.Amount), account: pay.Account, id: pay.ID, addenda: returned("R03", w.Traces[i], "", pay.Routing[:8], "")})
				want[w.Traces[i]] = i
			}
		}
		var services []string
		var all [][]item
		for business, service := range map[bool]string{false: "PPD", true: "CCD"} {
			if len(batches[business]) > 0 {
				services, all = append(services, service), append(all, batches[business])
			}
		}
		a, err := nacha.Read([]byte(fromBank(services, all...)))
		if err != nil || len(a.Returns) != len(want) {
			r.Fatalf("%v %+v", err, a)
		}
		for _, back := range a.Returns {
			pay := f.Payments[want[back.Trace]]
			if back.Amount != pay.Amount || back.ID != pay.ID || back.Account != pay.Account || back.Routing != pay.Routing[:8] || back.Debit || back.Kind != nacha.Returned {
				r.Errorf("%+v came back as %+v", pay, back)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"testdata/*.ach", "testdata/crashers/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := nacha.Read(data)
		var ours *fault.Error
		if err != nil {
			if !errors.As(err, &ours) || ours.Code == fault.Internal {
				t.Errorf("%v is no error for people", err)
			}
			return
		}
		for _, r := range a.Returns {
			if len(r.Trace) != 15 || r.Line <= 0 || r.Amount < 0 || r.Code[0] != 'R' {
				t.Errorf("%+v", r)
			}
		}
		for _, c := range a.Changes {
			if len(c.Trace) != 15 || c.Line <= 0 || c.Code[0] != 'C' || c.NewRouting != "" && nacha.CheckRouting(c.NewRouting) != nil {
				t.Errorf("%+v", c)
			}
		}
	})
}

// FuzzWrite looks for payments that are written as something else than what was asked for.
func FuzzWrite(f *testing.F) {
	f.Add("PAY-1", "Zoë", "123-4", "RMR*IV*1\\", int64(100), false)
	f.Add("OFFSET", "OFFSET", "0 1", "", int64(1), true)
	f.Fuzz(func(t *testing.T, id, name, account, text string, amount int64, business bool) {
		p := profile()
		p.Addenda = true
		file := file(nacha.Payment{ID: id, Name: name, Business: business, Routing: "021000021", Account: account, Text: text})
		file.Payments[0].Amount = money.Amount(amount)
		w, err := nacha.Write(p, file)
		if err != nil {
			if fault.CodeOf(err) == fault.Internal {
				t.Errorf("%+v: %v", file.Payments[0], errors.Unwrap(err))
			}
			return
		}
		file.Payments[0].Text, _ = latin.Fold(text, latin.ASCII)
		same(t, p, file, w)
	})
}
