package statement_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

var day = civil.MustParse("2026-11-30")

// sample is a statement of 10.00 that comes to 7.50 by two lines, one of them a batch; a third is not booked.
func sample() *statement.File {
	line := func(place string, amount money.Amount) statement.Line {
		return statement.Line{Booked: day, Transaction: statement.Transaction{Place: place, Amount: amount, Currency: "USD", Kind: statement.Other}}
	}
	batch := line("line 3", -450)
	batch.Details = []statement.Transaction{{Amount: -400, Currency: "USD"}, {Amount: -50, Currency: "USD"}}
	pending := line("line 4", 999)
	pending.Pending = true
	return &statement.File{Format: "x", Statements: []statement.Statement{{
		Place: "line 1", Nature: statement.Final, Account: statement.Account{Bank: "061000104", Number: "4567890"}, Currency: "USD", ID: "A", From: day, To: day,
		Opening: statement.Balance{Amount: 1000, Date: day, From: statement.Told}, Closing: statement.Balance{Amount: 750, Date: day, From: statement.Told},
		Lines: []statement.Line{line("line 2", 200), batch, pending},
		Controls: []statement.Control{
			{Of: statement.All, Count: 2, Sum: 650, Sums: true},
			{Of: statement.Debits, Count: 2, Sum: 450, Sums: true},
			{Of: statement.Credits, Count: 1, Sum: 200, Sums: true},
			{Of: statement.Net, Count: -1, Sum: -250, Sums: true},
		},
	}}}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*statement.File, *statement.Statement)
		want   string // of the error; blank: none
		rule   string
	}{
		"OK":               {func(*statement.File, *statement.Statement) {}, "", ""},
		"Balance":          {func(_ *statement.File, s *statement.Statement) { s.Closing.Amount += 3 }, "opens at 10.00 USD, its 3 lines are -2.50 USD together, which makes 7.50 USD, but it closes at 7.53 USD; the difference is 0.03 USD.", "statement_balance"},
		"Sign":             {func(_ *statement.File, s *statement.Statement) { s.Lines[0].Amount = -200; s.Controls = nil }, "the difference is 4.00 USD (as if the sign were wrong at line 2)", "statement_balance"},
		"Foreign":          {func(_ *statement.File, s *statement.Statement) { s.Closing.Amount -= 200; s.Controls = nil }, "the difference is -2.00 USD (as if a line did not belong to it, that at line 2)", "statement_balance"},
		"Count":            {func(_ *statement.File, s *statement.Statement) { s.Controls[2].Count = 4 }, "the number of its credits is 4, but there are 1", "statement_control"},
		"BatchCountsAsOne": {func(_ *statement.File, s *statement.Statement) { s.Controls[1].Count = 1 }, "", ""},
		"Sum":              {func(_ *statement.File, s *statement.Statement) { s.Controls[1].Sum = 449 }, "its debits make 4.49 USD, but they make 4.50 USD; the difference is -0.01 USD", "statement_control"},
		"PendingCounted": {func(_ *statement.File, s *statement.Statement) {
			s.Controls[2] = statement.Control{Of: statement.Credits, Count: 2, Sum: 1199, Sums: true}
		}, "", ""},
		"Currency":   {func(_ *statement.File, s *statement.Statement) { s.Lines[0].Currency = "EUR" }, `line 2: the line is in "EUR", but statement A of account 061000104/4567890 is in USD`, "statement_file"},
		"NoCurrency": {func(_ *statement.File, s *statement.Statement) { s.Currency = "" }, "not an ISO 4217 currency", "statement_file"},
		"NoAccount":  {func(_ *statement.File, s *statement.Statement) { s.Account = statement.Account{} }, "names no account", "statement_file"},
		"NoDate":     {func(_ *statement.File, s *statement.Statement) { s.Lines[1].Booked = 0 }, "line 3: the line has no booking date", "statement_file"},
		"Days":       {func(_ *statement.File, s *statement.Statement) { s.To = day - 1 }, "begins on 2026-11-30, after its end on 2026-11-29", "statement_file"},
		"None":       {func(f *statement.File, _ *statement.Statement) { f.Statements = nil }, "holds no statement", "statement_file"},
		"Twice":      {func(f *statement.File, s *statement.Statement) { f.Statements = append(f.Statements, *s) }, "stands in the file twice, first at line 1", "statement_twice"},
		"TwiceByName": {func(f *statement.File, s *statement.Statement) {
			other := *s
			other.Lines, other.Closing, other.Controls = nil, s.Opening, nil
			f.Statements = append(f.Statements, other)
		}, "stands in the file twice", "statement_twice"},
		"TwiceOtherwiseNamed": {func(f *statement.File, s *statement.Statement) {
			other := *s
			other.Place = "elsewhere"
			f.Statements = append(f.Statements, other)
		}, "stands in the file twice", "statement_twice"},
		"InterimNeedNotAddUp": {func(_ *statement.File, s *statement.Statement) { s.Nature = statement.Interim; s.Closing.Amount++ }, "", ""},
		"Overflow": {func(_ *statement.File, s *statement.Statement) {
			for range 10_000 {
				l := s.Lines[0]
				l.Amount = money.MaxAmount
				s.Lines = append(s.Lines, l)
			}
		}, "too large", "statement_file"},
	} {
		t.Run(name, func(t *testing.T) {
			f := sample()
			c.change(f, &f.Statements[0])
			err := f.Check()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || fault.RuleOf(err) != c.rule) {
				t.Errorf("got %v (%s)\nwant %s (%s)", err, fault.RuleOf(err), c.want, c.rule)
			}
		})
	}
}

// What is computed is said to be, and is not a check of itself.
func TestComplete(t *testing.T) {
	for name, c := range map[string]struct {
		opening, closing bool
		doubt            string
	}{
		"Opening": {false, true, "the opening balance is not told; it is computed"},
		"Closing": {true, false, "the closing balance is not told; it is computed"},
		"Neither": {false, false, "no balance is told"},
	} {
		t.Run(name, func(t *testing.T) {
			f := sample()
			s := &f.Statements[0]
			if !c.opening {
				s.Opening = statement.Balance{}
			}
			if !c.closing {
				s.Closing = statement.Balance{}
			}
			f.Complete()
			if err := f.Check(); err != nil || len(s.Doubts) != 1 || !strings.Contains(s.Doubts[0].Text, c.doubt) {
				t.Fatal(err, s.Doubts)
			}
			if c.opening != c.closing && (s.Opening.Amount != 1000 || s.Closing.Amount != 750 || s.Opening.From == s.Closing.From) {
				t.Errorf("%+v %+v", s.Opening, s.Closing)
			}
		})
	}
}

func TestDoubts(t *testing.T) {
	f := sample()
	next := f.Statements[0]
	next.ID, next.Place, next.Controls = "B", "line 9", nil
	next.Lines = append([]statement.Line{}, next.Lines...)
	next.Lines[0].Booked = day + 1
	next.Lines[1].Details = next.Lines[1].Details[:1]
	f.Statements = append(f.Statements, next)
	f.Complete()
	text := f.Text()
	for _, want := range []string{
		"[line 2] the line is booked on 2026-12-01, outside of the days", "[line 3] its 1 transactions are -4.00 USD together, but the line is -4.50 USD",
		"[line 9] it opens at 10.00 USD, but the statement before it in the file (line 1) closes at 7.50 USD",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestDetect(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"BAI2":    {"01,A,B,261201,0630,17,,,2/\n", statement.BAI2},
		"Camt":    {"\ufeff<?xml version=\"1.0\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">", statement.Camt},
		"MT940":   {"{1:F01BANKDEFFXXXX}{4:\n:20:A\n", statement.MT940},
		"MT940b":  {"\r\n:20:STARTUMS\r\n:25:1/2\r\n", statement.MT940},
		"OFX1":    {"OFXHEADER:100\nDATA:OFXSGML\n", statement.OFX},
		"OFX2":    {"<?xml version=\"1.0\"?><?OFX OFXHEADER=\"200\"?><OFX>", statement.OFX},
		"CSV":     {"Date;Amount\n", statement.CSV},
		"XLSX":    {"PK\x03\x04....", statement.XLSX},
		"Pain":    {`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03">`, "the file is a message pain.002.001.03, no statement"},
		"XML":     {"<html>", "neither a camt statement nor OFX"},
		"PDF":     {"%PDF-1.7", "the file is a PDF"},
		"Text":    {"hello", "the file is none that is known"},
		"UTF16":   {"\xff\xfe0\x001\x00", "UTF-16"},
		"Nothing": {"", "the file is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := statement.Detect([]byte(c.file))
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	if got := statement.Clean("a\u202e\x00  b\nc"); got != "a b c" {
		t.Errorf("%q", got)
	}
	if got := statement.Clean(strings.Repeat("ä", 1000)); got != strings.Repeat("ä", statement.MaxText) {
		t.Errorf("%d", len(got))
	}
	text, doubts, err := statement.Decode([]byte("M\xfcller\r\nx"))
	if err != nil || text != "Müller\nx" || len(doubts) != 1 {
		t.Error(text, doubts, err)
	}
	for _, iban := range []string{"DE89370400440532013000", "GB82WEST12345698765432"} {
		if !statement.IsIBAN(iban) || statement.IsIBAN(iban[:len(iban)-1]+"9") {
			t.Error(iban)
		}
	}
	if a := statement.AccountOf("B", "de89 3704 0044 0532 0130 00"); a.IBAN != "DE89370400440532013000" || a.Number != "" {
		t.Errorf("%+v", a)
	}
}

func TestAmount(t *testing.T) {
	for text, want := range map[string]money.Amount{"12.5": 1250, "12,50": 1250, "0": 0, "12,": 1200, "1.5000": 150, "-1": -1, "+1": -1, "1.001": -1, "1.000,00": -1, "": -1, "1e5": -1, "9999999999999999999": -1} {
		got, err := statement.Amount("EUR", text)
		if want == -1 && err == nil || want >= 0 && (err != nil || got != want) {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
}

// A statement holds exactly when its lines lead from opening to closing, whatever they are.
func TestCheckHoldsForAllHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := sample()
		s := &f.Statements[0]
		s.Controls, s.Lines = nil, nil
		s.Closing = s.Opening
		for _, a := range rapid.SliceOf(rapid.Int64Range(-1e12, 1e12)).Draw(t, "amounts") {
			l := statement.Line{Booked: day, Transaction: statement.Transaction{Amount: money.Amount(a), Currency: "USD"}}
			l.Pending = rapid.Bool().Draw(t, "pending")
			s.Lines = append(s.Lines, l)
			if !l.Pending {
				s.Closing.Amount += l.Amount
			}
		}
		off := rapid.SampledFrom([]money.Amount{0, 0, 1, -1, 100}).Draw(t, "off")
		s.Closing.Amount += off
		f.Complete()
		if err := f.Check(); (err == nil) != (off == 0) {
			t.Fatalf("off by %d: %v", off, err)
		}
	})
}
