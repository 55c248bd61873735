package camt_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/format/camt"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

var eur = money.MustCurrency("EUR")

// texts are what people write; without spaces at the ends, since those are not kept.
func texts(most int) *rapid.Generator[string] {
	return rapid.StringMatching(fmt.Sprintf(`[A-Za-z0-9<>&"'äöüß/:.-]([A-Za-z0-9 ]{0,%d}[A-Za-z0-9])?`, most)).Filter(func(s string) bool { return !strings.Contains(s, "  ") })
}

func transactions(t *rapid.T, incoming bool) statement.Transaction {
	x := statement.Transaction{Amount: money.Amount(rapid.Int64Range(1, 1e11).Draw(t, "amount")), Currency: "EUR", Kind: statement.Transfer}
	x.Code = statement.Code{Domain: "PMNT", Family: "RCDT", Sub: "ESCT"}
	if !incoming {
		x.Amount = -x.Amount
		x.Code.Family = "ICDT"
	}
	x.EndToEnd = texts(30).Draw(t, "end-to-end")
	x.Party.Name = texts(60).Draw(t, "party")
	x.Texts = rapid.SliceOfN(texts(100), 0, 3).Draw(t, "texts")
	if rapid.Bool().Draw(t, "returned") {
		x.Return = statement.Reason{Code: rapid.SampledFrom([]string{"AC04", "AM04", "MS03"}).Draw(t, "reason"), Text: texts(50).Draw(t, "why")}
		x.Kind = statement.Return
	}
	return x
}

// random draws a statement that adds up.
func random(t *rapid.T) statement.Statement {
	on := civil.MustParse("2026-01-01").AddDays(rapid.IntRange(0, 700).Draw(t, "day"))
	s := statement.Statement{Nature: statement.Final, Account: statement.Account{IBAN: "DE89370400440532013000"}, Currency: "EUR", ID: rapid.StringMatching(`[A-Z0-9]{1,35}`).Draw(t, "id"), From: on, To: on.AddDays(3)}
	s.Opening = statement.Balance{Amount: money.Amount(rapid.Int64Range(-1e12, 1e12).Draw(t, "opening")), Date: on, From: statement.Told}
	s.Closing = statement.Balance{Amount: s.Opening.Amount, Date: on.AddDays(3), From: statement.Told}
	for range rapid.IntRange(0, 8).Draw(t, "lines") {
		incoming := rapid.Bool().Draw(t, "incoming")
		l := statement.Line{Transaction: transactions(t, incoming), Booked: on.AddDays(rapid.IntRange(0, 3).Draw(t, "booked")), Value: on}
		if n := rapid.SampledFrom([]int{0, 0, 2, 5}).Draw(t, "details"); n > 0 {
			l.Transaction = statement.Transaction{Currency: "EUR", Kind: statement.Transfer, Code: l.Code}
			returned := 0
			for range n {
				d := transactions(t, incoming)
				l.Details = append(l.Details, d)
				l.Amount += d.Amount
				if d.Kind == statement.Return {
					returned++
				}
			}
			if returned == n {
				l.Kind = statement.Return
			}
		}
		l.Bank = rapid.StringMatching(`[A-Z0-9]{1,30}`).Draw(t, "bank")
		s.Lines = append(s.Lines, l)
		s.Closing.Amount += l.Amount
	}
	return s
}

func esc(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder never fails
	return b.String()
}

func el(name string, inner ...string) string {
	text := strings.Join(inner, "")
	if text == "" {
		return ""
	}
	return "<" + name + ">" + text + "</" + name + ">"
}

func sum(a money.Amount) string {
	sign := "CRDT"
	if a < 0 {
		sign = "DBIT"
	}
	return `<Amt Ccy="EUR">` + eur.Format(a.Abs()) + "</Amt>" + el("CdtDbtInd", sign)
}

// write writes a transaction as the version has it.
func write(x *statement.Transaction, version string, batch bool) string {
	amount := ""
	switch {
	case version == "02" && batch:
		amount = `<AmtDtls><TxAmt><Amt Ccy="EUR">` + eur.Format(x.Amount.Abs()) + "</Amt></TxAmt></AmtDtls>"
	case version == "04" || version == "08" && batch:
		amount = sum(x.Amount)
	}
	name := el("Nm", esc(x.Party.Name))
	if version == "08" {
		name = el("Pty", name)
	}
	role := "Dbtr"
	if (x.Amount < 0) == (x.Return == statement.Reason{}) {
		role = "Cdtr"
	}
	var said []string
	for _, text := range x.Texts {
		said = append(said, el("Ustrd", esc(text)))
	}
	back := ""
	if x.Return.Code != "" {
		back = el("RtrInf", el("Rsn", el("Cd", x.Return.Code)), el("AddtlInf", esc(x.Return.Text)))
	}
	return el("TxDtls", el("Refs", el("EndToEndId", esc(x.EndToEnd))), amount, el("RltdPties", el(role, name)), el("RmtInf", said...), back)
}

func document(s *statement.Statement, version string) string {
	var b strings.Builder
	for i := range s.Lines {
		l := &s.Lines[i]
		details := write(&l.Transaction, version, false)
		if len(l.Details) > 0 {
			details = ""
			for j := range l.Details {
				details += write(&l.Details[j], version, true)
			}
		}
		status := "BOOK"
		if version == "08" {
			status = el("Cd", status)
		}
		b.WriteString(el("Ntry", sum(l.Amount), el("Sts", status), el("BookgDt", el("Dt", l.Booked.String())), el("ValDt", el("Dt", l.Value.String())), el("AcctSvcrRef", l.Bank),
			el("BkTxCd", el("Domn", el("Cd", l.Code.Domain), el("Fmly", el("Cd", l.Code.Family), el("SubFmlyCd", l.Code.Sub)))), el("NtryDtls", details)))
	}
	balance := func(kind string, x statement.Balance) string {
		return el("Bal", el("Tp", el("CdOrPrtry", el("Cd", kind))), sum(x.Amount), el("Dt", el("Dt", x.Date.String())))
	}
	return `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.` + version + `">` +
		el("BkToCstmrStmt", el("GrpHdr", el("MsgId", "M"), el("CreDtTm", "2026-11-25T06:00:00")), el("Stmt", el("Id", s.ID), el("CreDtTm", "2026-11-25T06:00:00"),
			el("FrToDt", el("FrDtTm", s.From.String()+"T00:00:00"), el("ToDtTm", s.To.String()+"T23:59:59")), el("Acct", el("Id", el("IBAN", s.Account.IBAN)), el("Ccy", s.Currency)),
			balance("OPBD", s.Opening), balance("CLBD", s.Closing), b.String())) + "</Document>\n"
}

// What is written is read again, in every version.
func TestReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := random(t)
		version := rapid.SampledFrom([]string{"02", "04", "08"}).Draw(t, "version")
		text := document(&want, version)
		got, err := camt.Parse([]byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		forget(got)
		file := statement.File{Format: "camt.053.001." + version, ID: "M", Statements: []statement.Statement{want}}
		if got.Text() != file.Text() {
			t.Fatalf("got %s\nwant %s\n%s", got.Text(), file.Text(), text)
		}
	})
}

// forget takes out the places, which the writer does not know.
func forget(f *statement.File) {
	for i := range f.Statements {
		s := &f.Statements[i]
		s.Place = ""
		for j := range s.Lines {
			s.Lines[j].Place = ""
			for k := range s.Lines[j].Details {
				s.Lines[j].Details[k].Place = ""
			}
		}
	}
}

// The writer of these tests writes what the schemas allow, so that it proves something.
func TestWriterIsValid(t *testing.T) {
	dir := schemas(t)
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("SKIPPED: NO xmllint (Debian libxml2-utils); nothing was validated")
	}
	made := rapid.Custom(random)
	for i, version := range []string{"02", "04", "08", "02", "04", "08"} {
		s := made.Example(i)
		file := filepath.Join(t.TempDir(), "a.xml")
		if err := os.WriteFile(file, []byte(document(&s, version)), 0o600); err != nil {
			t.Fatal(err)
		}
		validate(t, dir, file)
	}
}
