package pain_test

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
	"quittance/internal/format/pain"
)

func read(data []byte) string {
	r, err := pain.ReadReport(data)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(b) + "\n"
}

func TestReports(t *testing.T) {
	files, err := filepath.Glob("testdata/report-*.xml")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".xml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := read(data)
			golden := strings.TrimSuffix(file, ".xml") + ".golden"
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

// report makes a status report.
func report(version, body string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.` + version + `"><CstmrPmtStsRpt>` +
		`<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-11-20T15:00:00+01:00</CreDtTm></GrpHdr>` + body + `</CstmrPmtStsRpt></Document>`
}

const original = `<OrgnlMsgId>MSG-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>`

// Of a payment holds what is said of it, else of its block, else of the message; but a part accepted says nothing of one that is not named.
func TestStatusOfAPayment(t *testing.T) {
	reason := func(code string) string { return `<StsRsnInf><Rsn><Cd>` + code + `</Cd></Rsn></StsRsnInf>` }
	for _, c := range []struct{ name, body, status, reason string }{
		{"message rejected", `<OrgnlGrpInfAndSts>` + original + `<GrpSts>RJCT</GrpSts>` + reason("AM10") + `</OrgnlGrpInfAndSts>`, "RJCT", "AM10"},
		{"message accepted", `<OrgnlGrpInfAndSts>` + original + `<GrpSts>ACCP</GrpSts></OrgnlGrpInfAndSts>`, "ACCP", ""},
		{"message in part, payment not named", `<OrgnlGrpInfAndSts>` + original + `<GrpSts>PART</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>MSG-1-1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>P2</OrgnlEndToEndId><TxSts>RJCT</TxSts></TxInfAndSts></OrgnlPmtInfAndSts>`, "", ""},
		{"payment named", `<OrgnlGrpInfAndSts>` + original + `<GrpSts>PART</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>MSG-1-1</OrgnlPmtInfId><PmtInfSts>PART</PmtInfSts><TxInfAndSts><OrgnlEndToEndId>P1</OrgnlEndToEndId><TxSts>RJCT</TxSts>` + reason("AC04") + `</TxInfAndSts></OrgnlPmtInfAndSts>`, "RJCT", "AC04"},
		{"named in another block", `<OrgnlGrpInfAndSts>` + original + `<GrpSts>ACSP</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>MSG-1-2</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>P1</OrgnlEndToEndId><TxSts>RJCT</TxSts></TxInfAndSts></OrgnlPmtInfAndSts>`, "ACSP", ""},
		{"block", `<OrgnlGrpInfAndSts>` + original + `</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>MSG-1-1</OrgnlPmtInfId><PmtInfSts>PDNG</PmtInfSts></OrgnlPmtInfAndSts>`, "PDNG", ""},
	} {
		for _, version := range []string{"03", "10"} {
			t.Run(c.name+" "+version, func(t *testing.T) {
				r, err := pain.ReadReport([]byte(report(version, c.body)))
				if err != nil {
					t.Fatal(err)
				}
				status, reasons := r.Of("MSG-1-1", "P1")
				code := ""
				if len(reasons) > 0 {
					code = reasons[0].Code
				}
				if string(status) != c.status || code != c.reason || status.Failed() != (c.status == "RJCT") || status.Done() || status != "" && status.Meaning() == "" {
					t.Errorf("%q %q", status, code)
				}
			})
		}
	}
}

func TestBadReports(t *testing.T) {
	group := `<OrgnlGrpInfAndSts>` + original + `<GrpSts>ACCP</GrpSts></OrgnlGrpInfAndSts>`
	payment := func(inner string) string {
		return group + `<OrgnlPmtInfAndSts><OrgnlPmtInfId>B</OrgnlPmtInfId><TxInfAndSts>` + inner + `</TxInfAndSts></OrgnlPmtInfAndSts>`
	}
	good := report("10", group)
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "cut off"},
		{"no XML", "hello", "cut off"},
		{"cut off", good[:len(good)-30], "cut off"},
		{"not well-formed", strings.Replace(good, "</GrpSts>", "</GrpStz>", 1), "not well-formed"},
		{"another message", strings.Replace(good, "pain.002.001.10", "pain.002.001.02", 1), "pain.002.001.03 and pain.002.001.10"},
		{"another document", `<html/>`, "status reports are read as"},
		{"document type", `<!DOCTYPE Document [<!ENTITY a "x">]>` + good, "document type"},
		{"document type from outside", strings.Replace(good, "<Document", `<!DOCTYPE Document SYSTEM "file:///etc/passwd"><Document`, 1), "document type"},
		{"entity", strings.Replace(good, "ACCP", "&xxe;", 1), "not well-formed"},
		{"deep", strings.Replace(good, "<GrpSts>", strings.Repeat("<a>", 50), 1), "nested deeper"},
		{"encoding", strings.Replace(good, "UTF-8", "EBCDIC", 1), `encoded as "EBCDIC"`},
		{"two documents", good + good[38:], "after its document"},
		{"two groups", report("10", group+group), "not one GrpHdr and one OrgnlGrpInfAndSts"},
		{"no group", report("10", ""), "not one GrpHdr and one OrgnlGrpInfAndSts"},
		{"no original", report("10", strings.Replace(group, "MSG-1", "", 1)), "which message"},
		{"of a direct debit", report("10", strings.Replace(group, "pain.001", "pain.008", 1)), "pain.008.001.09"},
		{"says nothing", report("10", strings.Replace(group, "<GrpSts>ACCP</GrpSts>", "", 1)), "no status"},
		{"strange status", report("10", strings.Replace(group, "ACCP", "accepted", 1)), `"accepted" is no status`},
		{"count", report("10", strings.Replace(group, "<GrpSts>", "<OrgnlNbOfTxs>x</OrgnlNbOfTxs><GrpSts>", 1)), "no count"},
		{"time", strings.Replace(good, "2026-11-20T15", "2026-13-20T15", 1), "no time"},
		{"payment without id", report("03", payment("<TxSts>RJCT</TxSts>")), "OrgnlPmtInfAndSts[1]/TxInfAndSts[1]: it does not say which payment"},
		{"payment of a strange status", report("03", payment("<OrgnlEndToEndId>P</OrgnlEndToEndId><TxSts>no</TxSts>")), `OrgnlPmtInfAndSts[1]/TxInfAndSts[1]: "no" is no status`},
		{"amount", report("03", payment(`<OrgnlEndToEndId>P</OrgnlEndToEndId><TxSts>RJCT</TxSts><OrgnlTxRef><Amt><InstdAmt Ccy="EUR">1.234</InstdAmt></Amt></OrgnlTxRef>`)), `"1.234" is not an amount of EUR`},
		{"currency", report("03", payment(`<OrgnlEndToEndId>P</OrgnlEndToEndId><TxSts>RJCT</TxSts><OrgnlTxRef><Amt><InstdAmt Ccy="EUX">1</InstdAmt></Amt></OrgnlTxRef>`)), `"EUX" is not an ISO 4217`},
		{"block without id", report("03", group+`<OrgnlPmtInfAndSts><PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts>`), "which block"},
		{"not UTF-8", strings.Replace(good, "ACCP", "\xff\xfe", 1), "not well-formed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := pain.ReadReport([]byte(c.text))
			if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.want) || fault.RuleOf(err) == "" {
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
}

func TestHostileReportsAreRefusedSoon(t *testing.T) {
	for name, text := range map[string]string{
		"bytes":      strings.Repeat(" ", pain.MaxBytes+1),
		"deep":       strings.Repeat("<a>", 1<<20),
		"attributes": "<a " + strings.Repeat("b='' ", 1<<18) + "/>",
	} {
		start := time.Now()
		_, err := pain.ReadReport([]byte(text))
		if c := fault.CodeOf(err); c != fault.Invalid && c != fault.Limited {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %s", name, took)
		}
	}
}

// What a bank says of payments of ours is found again by block and end-to-end id.
func TestReportsNameThePayment(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p, f := drawFile(r, pain.V09)
		w, err := pain.Write(p, f)
		if err != nil {
			r.Fatal(err)
		}
		version := rapid.SampledFrom([]string{"03", "10"}).Draw(r, "version")
		var body strings.Builder
		fmt.Fprintf(&body, "<OrgnlGrpInfAndSts><OrgnlMsgId>%s</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><OrgnlNbOfTxs>%d</OrgnlNbOfTxs><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>", f.ID, w.Count)
		want := make([]string, len(f.Payments))
		for b := range w.Blocks {
			fmt.Fprintf(&body, "<OrgnlPmtInfAndSts><OrgnlPmtInfId>%s</OrgnlPmtInfId>", w.Blocks[b].ID)
			for i := range f.Payments {
				if w.BlockOf[i] != b {
					continue
				}
				if want[i] = rapid.SampledFrom([]string{"", "ACSC", "RJCT", "PDNG"}).Draw(r, "status"); want[i] != "" {
					fmt.Fprintf(&body, "<TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId><TxSts>%s</TxSts></TxInfAndSts>", f.Payments[i].ID, want[i])
				}
			}
			body.WriteString("</OrgnlPmtInfAndSts>")
		}
		said, err := pain.ReadReport([]byte(report(version, body.String())))
		if err != nil {
			r.Fatal(err)
		}
		for i := range f.Payments {
			if got, _ := said.Of(w.Blocks[w.BlockOf[i]].ID, f.Payments[i].ID); string(got) != want[i] {
				r.Errorf("%s is %q, not %q", f.Payments[i].ID, got, want[i])
			}
		}
		if said.Original != f.ID || said.Count != w.Count {
			r.Errorf("%+v", said)
		}
	})
}

func FuzzReadReport(f *testing.F) {
	for _, pattern := range []string{"testdata/report-*.xml", "testdata/crashers/*"} {
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
		r, err := pain.ReadReport(data)
		var ours *fault.Error
		if err != nil {
			if !errors.As(err, &ours) || ours.Code == fault.Internal {
				t.Errorf("%v is no error for people", err)
			}
			return
		}
		if r.Original == "" || r.Created.IsZero() && !strings.Contains(string(data), "0001") {
			t.Errorf("%+v", r)
		}
		for _, b := range r.Blocks {
			for _, p := range b.Payments {
				if p.ID == "" && p.Instruction == "" {
					t.Errorf("%+v", p)
				}
			}
		}
	})
}
