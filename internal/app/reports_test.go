package app_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	programs "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/sheet"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
	"quittance/internal/report"
	languages "quittance/internal/text"
)

// later gives a door to the same database whose clock is a day at noon.
func later(t *testing.T, d *apptest.Door, day string) *apptest.Door {
	t.Helper()
	return d.At(t, civil.MustParse(day).Time().Add(12*time.Hour))
}

// made makes a report, and gives its rows by column.
func made(t *testing.T, d *apptest.Door, name string, p report.Params) (*report.Made, []map[string]string) {
	t.Helper()
	x, err := d.Report(t.Context(), apptest.Call, name, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	rows := []map[string]string{}
	for row, err := range x.Rows(0) {
		if err != nil {
			t.Fatal(err)
		}
		cells := map[string]string{}
		for i, c := range x.Columns {
			cells[c.Name] = row[i]
		}
		rows = append(rows, cells)
	}
	if int64(len(rows)) != x.Count {
		t.Errorf("%s says it has %d rows, and gives %d", name, x.Count, len(rows))
	}
	return x, rows
}

// reportText gives a report as text, without when it was made: what must not change.
func reportText(t *testing.T, d *apptest.Door, name string, p report.Params) string {
	t.Helper()
	x, rows := made(t, d, name, p)
	for i := range x.Notes {
		x.Notes[i].Text = x.Notes[i].Say(languages.English)
	}
	return fmt.Sprint(rows, x.Totals, x.Notes)
}

func notes(x *report.Made) (names []string) {
	for _, n := range x.Notes {
		names = append(names, n.Tone+" "+n.Note)
	}
	return names
}

// paidRequest takes a request from submission to a posted payment, each step on a day of its own, and gives the payment.
func paidRequest(t *testing.T, d *apptest.Door) (code, payment string) {
	t.Helper()
	ctx := t.Context()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	code = ask(t, later(t, d, "2026-11-21"), preparer, partOfUtilities(), true).Request
	x, err := later(t, d, "2026-11-24").ApproveRequest(ctx, approver, code, 0, app.RequestDecision{})
	must(x, err)
	must(later(t, d, "2026-11-26").PostRequest(ctx, preparer, code, 0))
	pays := later(t, d, "2026-12-01")
	j, err := pays.ProposeVendorPayments(ctx, preparer, app.VendorPaymentSelection{Date: day("2026-12-01")})
	must(j, err)
	must(pays.GenerateVendorPayments(ctx, treasurer, app.VendorPaymentMaking{Choice: app.VendorPaymentChoice{Journal: j.Code}}))
	done, err := pays.PostVendorPayments(ctx, treasurer, app.VendorPaymentChoice{Journal: j.Code}, day("2026-12-01"))
	must(done, err)
	return code, done.Payments[0]
}

// The register ties to the ledger, tells the state of each day, and a day that is gone stays as it was, whatever happens later.
func TestReportAsAt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		code, payment := paidRequest(t, d)
		now := later(t, d, "2026-12-10")
		period := report.Params{From: day("2026-11-01"), To: day("2026-11-30")}
		for at, want := range map[string]string{"2026-11-26": "posted", "2026-11-30": "posted", "2026-12-01": "paid"} {
			period.AsAt = day(at)
			x, rows := made(t, now, "reimbursements", period)
			if len(rows) != 3 || rows[0]["state"] != want || rows[0]["request"] != code || rows[0]["reimbursement"] != "RB-00000001" || rows[0]["customer"] != "C-1001" {
				t.Errorf("as at %s the register has %v, want %s", at, rows, want)
			}
			if want == "paid" && rows[0]["payment"] != payment {
				t.Errorf("the register names the payment %q, want %s", rows[0]["payment"], payment)
			}
			if got := notes(x); !slices.Equal(got, []string{"good register_ties"}) || x.Totals[0].Amount != "40.00" || x.Totals[0].Count != 3 {
				t.Errorf("the register says %v %+v", got, x.Totals)
			}
		}
		for at, want := range map[string]string{"2026-11-20": "", "2026-11-21": "in_review", "2026-11-24": "approved", "2026-11-26": "posted", "2026-12-01": "paid"} {
			_, rows := made(t, now, "request-ageing", report.Params{AsAt: day(at)})
			got := ""
			if len(rows) == 1 {
				got = rows[0]["state"]
			}
			if got != want {
				t.Errorf("as at %s the request is %q, want %q", at, got, want)
			}
		}
		past := map[string]report.Params{
			"reimbursements": {From: day("2026-11-01"), To: day("2026-11-30"), AsAt: day("2026-12-01")}, "request-ageing": {AsAt: day("2026-12-01")},
			"credit-ageing": {AsAt: day("2026-12-01")}, "unreconciled": {AsAt: day("2026-12-01")},
		}
		before := map[string]string{}
		for name, p := range past {
			before[name] = reportText(t, now, name, p)
		}
		lapse := later(t, d, "2026-12-20")
		if _, err := lapse.FailVendorPayments(t.Context(), treasurer, app.VendorPaymentFailure{
			Choice: app.VendorPaymentChoice{Payments: []string{payment}}, As: payout.Stopped, Date: day("2026-12-20"), Reason: "lost", Fate: payout.Reverse,
		}); err != nil {
			t.Fatal(err)
		}
		ask(t, lapse, preparer, partOfUtilities(), false)
		then := later(t, d, "2026-12-31")
		for name, p := range past {
			if after := reportText(t, then, name, p); after != before[name] {
				t.Errorf("%s as at a day that is gone became\n%s\nit was\n%s", name, after, before[name])
			}
		}
		if _, rows := made(t, then, "reimbursements", report.Params{From: day("2026-11-01"), To: day("2026-11-30"), AsAt: day("2026-12-20")}); rows[0]["state"] != "reversed" || rows[0]["reversed_by"] == "" {
			t.Errorf("after the reversal the register has %v", rows[0])
		}
		d.MustVerify(t)
	})
}

// The amount of a request that is edited later is that of the day.
func TestReportOfEditedRequest(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		code := ask(t, later(t, d, "2026-11-21"), preparer, partOfUtilities(), true).Request
		credits := []app.RequestCredit{{Credit: "CN-U", Amount: "15.00"}}
		if _, err := later(t, d, "2026-11-25").EditRequest(t.Context(), preparer, code, 0, app.RequestEdit{Credits: &credits}); err != nil {
			t.Fatal(err)
		}
		for at, want := range map[string]string{"2026-11-24": "40.00", "2026-11-25": "15.00"} {
			x, rows := made(t, later(t, d, "2026-12-01"), "request-ageing", report.Params{AsAt: day(at)})
			if len(rows) != 1 || rows[0]["amount"] != want || x.Totals[0].Amount != want {
				t.Errorf("as at %s the report has %v", at, rows)
			}
		}
	})
}

// All forms of a report have the same figures.
func TestReportForms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		paidRequest(t, d)
		now := later(t, d, "2026-12-10")
		for _, def := range report.Definitions() {
			for _, view := range append(def.Views, "")[:max(len(def.Views), 1)] {
				p := report.Params{View: view}
				if slices.Contains(def.Takes, "from") {
					p.From, p.To = day("2026-11-01"), day("2026-12-10")
				}
				x, rows := made(t, now, def.Name, p)
				forms(t, x, rows)
			}
		}
	})
}

func forms(t *testing.T, x *report.Made, rows []map[string]string) {
	t.Helper()
	var want [][]string
	for row := range x.Rows(0) {
		want = append(want, row)
	}
	var c, b, p bytes.Buffer
	for format, w := range map[string]*bytes.Buffer{"csv": &c, "xlsx": &b, "pdf": &p} {
		if err := x.Write(w, format, languages.English); err != nil {
			t.Fatal(err)
		}
	}
	records, err := csv.NewReader(&c).ReadAll()
	if err != nil || len(records) != len(want)+1 {
		t.Fatalf("%s as CSV has %d rows, want %d: %v", x.Report, len(records)-1, len(want), err)
	}
	for i, row := range want {
		for j, cell := range row {
			if got := records[i+1][j]; got != cell && got != "'"+cell {
				t.Errorf("%s as CSV has %q in row %d, want %q", x.Report, got, i, cell)
			}
		}
	}
	book, err := sheet.OpenBook(bytes.NewReader(b.Bytes()), int64(b.Len()), 10<<20)
	if err != nil {
		t.Fatal(err)
	}
	n := -1
	for record := range book.Records(book.Sheets()[0], func(line, column int, format string, args ...any) {
		t.Errorf("%s as XLSX: "+format, append([]any{x.Report}, args...)...)
	}) {
		for j, cell := range record.Cells {
			if n < 0 || x.Columns[j].Type != report.Amount {
				continue
			}
			if got, want := hundredths(cell.Text), hundredths(want[n][j]); got != want {
				t.Errorf("%s as XLSX has %q in row %d, want %q", x.Report, cell.Text, n, want)
			}
		}
		n++
	}
	if n != len(want) {
		t.Errorf("%s as XLSX has %d rows, want %d", x.Report, n, len(want))
	}
	pages := words(t, p.Bytes())
	for i, row := range rows {
		for _, c := range x.Columns {
			if c.Type == report.Amount && row[c.Name] != "" && !strings.Contains(pages, report.ShowAmount(languages.English, row[c.Name])) {
				t.Errorf("%s as PDF lacks %s of row %d", x.Report, row[c.Name], i)
			}
		}
	}
	for _, total := range x.Totals {
		if total.Amount != "" && !strings.Contains(pages, report.ShowAmount(languages.English, total.Amount)+" "+total.Currency) {
			t.Errorf("%s as PDF lacks the total %+v", x.Report, total)
		}
	}
	if !strings.Contains(pages, "Page 1 of ") || !strings.Contains(pages, x.Title(languages.English)) {
		t.Errorf("%s as PDF has no head or foot:\n%s", x.Report, pages)
	}
}

// hundredths gives a decimal in hundredths, since a sheet writes 40.00 as 40.
func hundredths(s string) string {
	if s == "" {
		return ""
	}
	whole, part, _ := strings.Cut(s, ".")
	return whole + (part + "00")[:2]
}

// words gives the text of a PDF.
func words(t *testing.T, pdf []byte) string {
	t.Helper()
	program, err := programs.LookPath("pdftotext")
	if err != nil {
		t.Fatal("pdftotext (poppler-utils) is needed to read a PDF: ", err)
	}
	cmd := programs.Command(program, "-layout", "-", filepath.Join(t.TempDir(), "x.txt"))
	cmd.Args[3] = "-"
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// What is asked for wrongly is refused at its field, and who may not see a report does not.
func TestReportRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		for name, c := range map[string]struct {
			report string
			p      report.Params
			code   fault.Code
			field  string
		}{
			"unknown":         {"profits", report.Params{}, fault.NotFound, "report"},
			"not taken":       {"credit-ageing", report.Params{Bank: "TREASURY"}, fault.Invalid, "bank"},
			"period":          {"reimbursements", report.Params{From: day("2026-11-02"), To: day("2026-11-01")}, fault.Invalid, "from"},
			"too long":        {"reimbursements", report.Params{From: day("1990-11-02"), To: day("2026-11-01")}, fault.Invalid, "from"},
			"view":            {"separation", report.Params{View: "pets"}, fault.Invalid, "view"},
			"currency":        {"reimbursements", report.Params{Currency: "XXQ"}, fault.Invalid, "currency"},
			"customer":        {"request-ageing", report.Params{Customer: "nobody"}, fault.NotFound, "customer"},
			"bank":            {"unreconciled", report.Params{Bank: "NOWHERE"}, fault.NotFound, "bank"},
			"negative":        {"exceptions", report.Params{Days: -1}, fault.Invalid, "days"},
			"what is no text": {"unreconciled", report.Params{Bank: "a\x00"}, fault.Invalid, "bank"},
		} {
			_, err := d.Report(t.Context(), apptest.Call, c.report, c.p)
			if fault.CodeOf(err) != c.code || fieldOf(err) != " "+c.field {
				t.Errorf("%s gives %v at %q, want %s at %q", name, err, fieldOf(err), c.code, c.field)
			}
		}
		viewer := app.Call{Actor: identity.Actor{Name: "vera", Roles: []identity.Role{identity.Viewer}}}
		if _, err := d.Report(t.Context(), viewer, "separation", report.Params{}); fault.CodeOf(err) != fault.Denied {
			t.Errorf("a viewer sees who may do what: %v", err)
		}
		all, err := d.Reports(t.Context(), viewer)
		if err != nil || len(all) != len(report.Definitions())-1 {
			t.Errorf("a viewer is offered %v, %v", all, err)
		}
	})
}

// The report on separation of duties looks at what is stored: nothing is found of what went through the door, and what somebody changed behind it is.
func TestReportFindsViolations(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		code, payment := paidRequest(t, d)
		now := later(t, d, "2026-12-10")
		period := report.Params{From: day("2026-11-01"), To: day("2026-12-10")}
		x, rows := made(t, now, "separation", period)
		if got := notes(x); len(rows) != 2 || rows[0]["document"] != code || rows[0]["approved_by"] != "ada" || rows[0]["paid_by"] != "tom" || rows[1]["document"] != payment || got[0] != "good no_violation" {
			t.Fatalf("the report has %v %v", got, rows)
		}
		exec(t, d, "update vendor_payment set posted_by = 'ada'")
		x, rows = made(t, now, "separation", period)
		if got := notes(x); rows[0]["finding"] != "approver_paid" || got[0] != "bad violations" || x.Notes[0].Values["n"] != "1" {
			t.Errorf("after the payment was given to who approved, the report has %v %v", got, rows)
		}
	})
}

// Each exception stands in the report with what it is, of whom, since when and why, on the days on which it is one, and on no others.
func TestReportOfExceptions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		ctx := t.Context()
		openRequests(t, d)
		must := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, rows := made(t, later(t, d, "2026-11-21"), "exceptions", report.Params{From: day("2026-11-01"), To: day("2026-11-20")}); len(rows) != 0 {
			t.Errorf("before anything happened there are %v", rows)
		}
		_, payment := paidRequest(t, d)
		ten := partOfUtilities()
		ten.Credits = []app.RequestCredit{{Credit: "CN-U", Amount: "10.00"}}
		returned, err := later(t, d, "2026-12-04").FailVendorPayments(ctx, treasurer, app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{payment}}, As: payout.Returned, Date: day("2026-12-04"), Reason: "R02 account closed", Fate: payout.Reissue})
		must(returned, err)
		held := ask(t, later(t, d, "2026-12-05"), preparer, ten, true).Request
		x, err := later(t, d, "2026-12-06").HoldRequest(ctx, preparer, held, "the customer is on holiday")
		must(x, err)
		waits := ask(t, later(t, d, "2026-12-05"), preparer, ten, true).Request
		voided := ask(t, later(t, d, "2026-12-05"), preparer, ten, true).Request
		x, err = later(t, d, "2026-12-07").CancelRequest(ctx, preparer, voided, "asked twice")
		must(x, err)
		left := later(t, d, "2026-12-08").MustPost(t, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: day("2026-12-08")})

		told := func(at string, days int) (all []string) {
			t.Helper()
			x, rows := made(t, later(t, d, "2026-12-20"), "exceptions", report.Params{From: day("2026-11-01"), To: day(at), Days: days})
			for _, r := range rows {
				all = append(all, strings.Join([]string{r["exception"], r["document"], r["party"], r["since"], r["days"], r["reason"], r["amount"]}, " "))
			}
			sum := int64(0)
			for _, s := range x.Totals {
				sum += s.Count
			}
			if sum != x.Count {
				t.Errorf("%s: the totals count %d of %d", at, sum, x.Count)
			}
			slices.Sort(all)
			return all
		}
		failed := func(days string) string {
			return "payment_failed " + payment + " V-1001 2026-12-04 " + days + " returned 40.00"
		}
		want(t, told("2026-12-03", 5))
		want(t, told("2026-12-04", 5), failed("0"))
		want(t, told("2026-12-07", 5), "approval_void AP-000004 V-1001 2026-12-07 0 request 10.00", failed("3"), "request_on_hold "+held+" C-1001 2026-12-06 1 on_hold 10.00")
		wrong := told("2026-12-12", 5)
		for _, line := range []string{
			failed("8"), "request_waits " + waits + " C-1001 2026-12-05 7 in_review 10.00", "request_on_hold " + held + " C-1001 2026-12-06 6 on_hold 10.00", "left_out " + left.Run.ID,
		} {
			if !slices.ContainsFunc(wrong, func(s string) bool { return strings.HasPrefix(s, line) }) {
				t.Errorf("%q is missing in\n%s", line, strings.Join(wrong, "\n"))
			}
		}
		if got := told("2026-12-12", 7); slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "request_waits") }) {
			t.Errorf("seven days are not more than seven:\n%s", strings.Join(got, "\n"))
		}

		// Paid again, the failed payment is none any more; on the days before it still was.
		again := later(t, d, "2026-12-14")
		j, err := again.ProposeVendorPayments(ctx, preparer, app.VendorPaymentSelection{Date: day("2026-12-14"), Vendors: []string{"V-1001"}})
		must(j, err)
		must(again.GenerateVendorPayments(ctx, treasurer, app.VendorPaymentMaking{Choice: app.VendorPaymentChoice{Journal: j.Code}}))
		must(again.PostVendorPayments(ctx, treasurer, app.VendorPaymentChoice{Journal: j.Code}, day("2026-12-14")))
		for at, is := range map[string]bool{"2026-12-13": true, "2026-12-14": false} {
			if got := slices.ContainsFunc(told(at, 5), func(s string) bool { return strings.HasPrefix(s, "payment_failed") }); got != is {
				t.Errorf("on %s the payment is an exception: %t", at, got)
			}
		}
	})
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
