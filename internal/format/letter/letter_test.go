package letter_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/letter"
)

var update = flag.Bool("update", false, "write the golden files anew")

var made = time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)

// due is a due-diligence letter with so many rows.
func due(rows int) letter.Letter {
	t := &letter.Table{
		Columns: []letter.Column{{Name: "Number", Share: 1.3}, {Name: "Date"}, {Name: "Description", Share: 2.8}, {Name: "Amount", Right: true}},
		Total:   []string{"Total", "", "", fmt.Sprintf("%d.00", rows*10)},
	}
	for i := range rows {
		text := "Credit memo"
		if i%7 == 3 {
			text = "Credit memo for the deposit of the agreement D-771, which was returned when the agreement ended"
		}
		t.Rows = append(t.Rows, []string{fmt.Sprintf("CM-%05d", 88120+i), "06/30/2023", text, "10.00"})
	}
	return letter.Letter{
		Sender:    letter.Party{Name: "City of Example, Treasurer", Lines: []string{"100 Main Street, Room 210, Springfield, IL 62701", "(217) 555-0100 · treasurer@example.org"}},
		Recipient: letter.Party{Name: "Müller & Söhne Spółka z o.o.", Lines: []string{"Attn: Accounts Receivable", "2218 West Lake Avenue, Suite 400", "Chicago, IL 60647-2201"}},
		Date:      civil.MustParse("2026-11-22"), Reference: "UP-2026-00031", Subject: "Notice of unclaimed property: please answer by January 21, 2027",
		Body: []letter.Block{
			{Text: "Our records show that the amounts listed below are due to you, and that we have not heard from you about them for three years or longer. If you do not answer, the law requires us to hand them over to the State Treasurer as unclaimed property, from whom you would then have to claim them."},
			{Table: t},
			{Text: "Please sign this letter, write your present address under it, and return it to us, or call us at the number above. We shall then pay you by check, or keep the credit on your account, as you choose."},
			{Text: "If the amounts are not yours, or were paid already, please tell us so too."},
		},
		Closing: "Sincerely,", Signature: []string{"Ann O’Brien", "Deputy Treasurer"},
	}
}

func samples() map[string][]letter.Letter {
	return map[string][]letter.Letter{"one": {due(3)}, "batch": {due(75), due(1)}}
}

func TestGolden(t *testing.T) {
	for name, letters := range samples() {
		t.Run(name, func(t *testing.T) {
			pdf, err := letter.Print("Due-diligence letters", made, letters)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := letter.Print("Due-diligence letters", made, letters); err != nil || !bytes.Equal(pdf, again) {
				t.Fatalf("the second print differs from the first (%v)", err)
			}
			source := filepath.Join(t.TempDir(), "letter.pdf")
			if err := os.WriteFile(source, pdf, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("pdftotext", "-layout", source, "-").Output()
			if err != nil {
				t.Fatalf("pdftotext: %v; the tests of printed pages need it: apt-get install poppler-utils", err)
			}
			sum := sha256.Sum256(pdf)
			got := "sha256 " + hex.EncodeToString(sum[:]) + "\n" + string(out)
			path := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				if dir := os.Getenv("LETTER_PDF"); dir != "" {
					if err := os.WriteFile(filepath.Join(dir, "letter-"+name+".pdf"), pdf, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the pages differ from %s (-update writes it anew):\n%s", path, got)
			}
			for _, l := range letters {
				for _, row := range l.Body[1].Table.Rows {
					if !strings.Contains(got, row[0]) {
						t.Errorf("row %s is missing", row[0])
					}
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*letter.Letter)
		rule   string
		says   string
	}{
		"ErrRecipientMissing":    {func(l *letter.Letter) { l.Recipient.Name = " " }, "missing", "recipient"},
		"ErrRecipientUnprinted":  {func(l *letter.Letter) { l.Recipient.Name = "شركة" }, "unprintable", `letter to "شركة"`},
		"ErrParagraphUnprinted":  {func(l *letter.Letter) { l.Body[0].Text = "a 株" }, "unprintable", "'株'"},
		"ErrCellUnprinted":       {func(l *letter.Letter) { l.Body[1].Table.Rows[0][2] = "株" }, "unprintable", "'株'"},
		"ErrAddressTooManyLines": {func(l *letter.Letter) { l.Recipient.Lines = strings.Fields("a b c d e f") }, "too_many_lines", "6 lines"},
		"ErrAddressTooWide":      {func(l *letter.Letter) { l.Recipient.Lines[0] = strings.Repeat("Wide ", 40) }, "too_long", "Müller"},
		"ErrNoDate":              {func(l *letter.Letter) { l.Date = 0 }, "missing", "date"},
		"ErrNoSubject":           {func(l *letter.Letter) { l.Subject = "" }, "missing", "subject"},
		"ErrNoBody":              {func(l *letter.Letter) { l.Body = nil }, "missing", "body"},
		"ErrRowCells":            {func(l *letter.Letter) { l.Body[1].Table.Rows[1] = []string{"x"} }, "table", "row 2 has 1 cells"},
		"ErrTotalCells":          {func(l *letter.Letter) { l.Body[1].Table.Total = []string{"x"} }, "table", "the total has 1 cells"},
		"ErrColumnTooNarrow":     {func(l *letter.Letter) { l.Body[1].Table.Columns[0].Share = 0.01 }, "table", "too narrow"},
		"ErrBothAtOnce":          {func(l *letter.Letter) { l.Body[1].Text = "x" }, "block", "block 2"},
	} {
		t.Run(name, func(t *testing.T) {
			l := due(2)
			c.change(&l)
			if _, err := letter.Print("x", made, []letter.Letter{l}); fault.RuleOf(err) != c.rule || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; want it refused by %s for %q", err, c.rule, c.says)
			}
		})
	}
	t.Run("ErrNone", func(t *testing.T) {
		if _, err := letter.Print("x", made, nil); fault.RuleOf(err) != "nothing_to_print" {
			t.Error(err)
		}
	})
}
