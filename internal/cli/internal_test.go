package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/reimbursement"
	figures "quittance/internal/report"
)

func TestTable(t *testing.T) {
	tb := newTable("name >amount note")
	for _, row := range [][]string{{"Ä\x1b[2J", "5.00", "a\nb"}, {"Longer name", "-1250.00", ""}} {
		if err := tb.add(row...); err != nil {
			t.Fatal(err)
		}
	}
	tb.foot("TOTAL", "-1245.00", "")
	var b bytes.Buffer
	if err := tb.print(&b); err != nil {
		t.Fatal(err)
	}
	want := "NAME           AMOUNT  NOTE\nÄ [2J            5.00  a b\nLonger name  -1250.00\nTOTAL        -1245.00\n"
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

func decision(customer, reason string) reimbursement.Decisions {
	return reimbursement.Decisions{Excluded: []reimbursement.ExcludedView{{Customer: customer, Currency: "USD", Reason: reimbursement.Reason(reason)}}}
}

// When the database makes a unit try again, the decisions of the first try are not shown.
func TestPatientStartsOver(t *testing.T) {
	var out bytes.Buffer
	p := &patient{e: &env{globals: globals{Output: "csv"}, stdout: &out}}
	for _, d := range []reimbursement.Decisions{decision("A", "first"), decision("B", "first"), {}, decision("A", "second"), decision("B", "second"), decision("C", "second")} {
		if err := p.add(d); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() != 0 {
		t.Error("it showed something before the end")
	}
	if err := p.close(&reimbursement.RunView{}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "first") || strings.Count(got, "second") != 3 || strings.Count(got, "kind,number") != 1 {
		t.Errorf("got %s", got)
	}
}

func TestThreeStates(t *testing.T) {
	var f selectionFlags
	if f.given() {
		t.Error("no flag counts as one")
	}
	no := false
	f.SeparateByClassification = &no
	if !f.given() || *f.request().Separate || f.request().IncludeDebits != nil || f.request().Netting != nil {
		t.Errorf("%+v", f.request())
	}
}

func TestProgress(t *testing.T) {
	var b bytes.Buffer
	e := &env{stderr: &b}
	p := e.progress("posting")
	p.tell(app.RunProgress{Run: "RUN-000001", Done: 10, All: 100})
	if b.Len() != 0 {
		t.Errorf("short work shows %q", b.String())
	}
	p.began, p.told = p.began.Add(-20*time.Second), p.told.Add(-20*time.Second)
	amounts := []reimbursement.Amount{{Currency: "USD", Amount: 1000}, {Currency: "USD", Amount: 250}}
	p.tell(app.RunProgress{Run: "RUN-000001", Done: 20, All: 100, Amounts: amounts})
	p.tell(app.RunProgress{Run: "RUN-000001", Done: 30, All: 100, Amounts: amounts})
	want := "posting RUN-000001, 12.50 USD: 20 of 100 customers, 1/s, 1m20s left\n"
	if b.String() != want {
		t.Errorf("got %q, expected one line %q", b.String(), want)
	}
}

// On a terminal there is a bar, which goes away at the end.
func TestProgressBar(t *testing.T) {
	var b terminal
	p := (&env{stderr: &b}).progress("posting")
	p.began = p.began.Add(-2 * time.Second)
	p.tell(app.RunProgress{Run: "RUN-000001", Done: 20, All: 100})
	p.end()
	if !strings.Contains(b.String(), "posting RUN-000001") || strings.Contains(b.String(), "\n") {
		t.Errorf("got %q", b.String())
	}
}

type terminal struct{ bytes.Buffer }

func (*terminal) IsTerminal() bool { return true }

func TestSameWith(t *testing.T) {
	e := &env{args: []string{"reimburse", "simulate", "--customers", "it's me", "--all"}}
	if got, want := e.sameWith("post"), `quittance reimburse post --customers 'it'\''s me' --all`; got != want {
		t.Errorf("got %s", got)
	}
}

func TestMembers(t *testing.T) {
	var kind, amount, reason string
	var due civil.Date
	read := func(text string) error {
		kind, amount, reason, due = "", "", "", 0
		return members("--line", text, &kind, map[string]*string{"amount": &amount, "reason": &reason}, map[string]*civil.Date{"due_date": &due})
	}
	if err := read("write_off,amount=60,reason=Hail, inspection 4460, and late,due_date=2026-11-30"); err != nil || kind != "write_off" || amount != "60" || reason != "Hail, inspection 4460, and late" || due.String() != "2026-11-30" {
		t.Errorf("read %q %q %q %s: %v", kind, amount, reason, due, err)
	}
	for _, wrong := range []string{"write_off,60", "write_off,sum=60", "return,due_date=tomorrow", "return,due_date=2026-11-30,soon"} {
		if err := read(wrong); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q gives %v", wrong, err)
		}
	}
}

// A time of a timing is told in its two largest units.
func TestTook(t *testing.T) {
	for seconds, want := range map[int64]string{0: "0s", 59: "59s", 60: "1m 0s", 3599: "59m 59s", 3600: "1h 0m", 93_780: "26h 3m", 172_799: "47h 59m", 172_800: "2d 0h", 1_808_411: "20d 22h"} {
		if got := took(figures.Timing{Number: 1}, seconds); got != want {
			t.Errorf("%d seconds are %q, want %q", seconds, got, want)
		}
	}
	if got := took(figures.Timing{}, 5); got != "" {
		t.Errorf("nothing took %q", got)
	}
}
