package statement

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// Size refuses a file that is too large or empty, before it is read.
func Size(data []byte) error {
	switch {
	case len(data) > MaxBytes:
		return fault.New(fault.Limited, "the file has %d bytes; at most %d are read, ask for smaller ones", len(data), MaxBytes).ByRule("too_large")
	case len(bytes.TrimSpace(data)) == 0:
		return Invalid("", "the file is empty; load it from the bank again")
	}
	return nil
}

// Decode gives the text of a file that does not say how it is encoded: UTF-8, or else Windows-1252, which is told as a doubt. Line ends
// become \n.
func Decode(data []byte) (text string, doubts []Doubt, err error) {
	if err := Size(data); err != nil {
		return "", nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if i := bytes.IndexByte(data, 0); i >= 0 || bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return "", nil, Invalid(fmt.Sprintf("byte %d", max(i, 0)+1), "the file is in UTF-16 or not a text; save it as UTF-8, or load it from the bank again")
	}
	if !utf8.Valid(data) {
		if data, err = charmap.Windows1252.NewDecoder().Bytes(data); err != nil {
			return "", nil, Invalid("", "the file is neither UTF-8 nor Windows-1252; save it as UTF-8")
		}
		doubts = append(doubts, Doubt{"", "the file is not UTF-8; it was read as Windows-1252. Look at names with accents"})
	}
	return strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\r", "\n"), doubts, nil
}

// Clean takes control characters out of a text that a stranger wrote, makes one space of several, and cuts it.
func Clean(s string) string {
	if clean(s) {
		return s
	}
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t' || c == '\r' || c == '\u00a0':
			return ' '
		case unicode.IsControl(c) || c == utf8.RuneError || unicode.Is(unicode.Bidi_Control, c):
			return -1
		}
		return c
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	n := 0
	for i := range s {
		if n++; n > MaxText {
			return strings.TrimSpace(s[:i])
		}
	}
	return s
}

// clean says that there is nothing to do, which is so for nearly every text.
func clean(s string) bool {
	if len(s) > MaxText {
		return false
	}
	space := true // also at the beginning
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return s == "" || !space
}

// Say adds texts that are not blank.
func (t *Transaction) Say(texts ...string) {
	for _, s := range texts {
		if s = Clean(s); s != "" && len(t.Texts) < MaxTexts {
			t.Texts = append(t.Texts, s)
		}
	}
}

// Amount reads a decimal of a currency, with a point or a comma, no sign and no thousands separator.
func Amount(code, text string) (money.Amount, error) {
	c, err := money.CurrencyOf(code)
	if err != nil {
		return 0, err
	}
	if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
		return 0, fault.New(fault.Invalid, "%q is not an amount here; expected a decimal without a sign", Short(text))
	}
	text = strings.Replace(text, ",", ".", 1)
	if len(text) > 40 {
		return 0, fault.New(fault.Invalid, "%q is not an amount; it has %d digits", Short(text), len(text))
	}
	return c.Parse(strings.TrimSuffix(text, "."))
}

// Day reads the date of YYYY-MM-DD, YYYYMMDD or YYMMDD, refusing what no statement is of.
func Day(text string) (civil.Date, error) {
	iso := text
	switch len(text) {
	case 6:
		iso = "20" + text[:2] + "-" + text[2:4] + "-" + text[4:]
	case 8:
		iso = text[:4] + "-" + text[4:6] + "-" + text[6:]
	}
	d, err := civil.Parse(iso)
	if err != nil || d < firstDay || d > lastDay {
		return 0, fault.New(fault.Invalid, "%q is not a date of a statement; expected one such as 2026-11-30, from %s to %s", Short(text), firstDay, lastDay)
	}
	return d, nil
}

var firstDay, lastDay = civil.MustParse("1970-01-01"), civil.MustParse("2199-12-31")

var ibanForm = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`)

// AccountOf tells whether an account number is an IBAN, by its form and its check digits; otherwise it is a number.
func AccountOf(bank, number string) Account {
	compact := strings.ToUpper(strings.ReplaceAll(number, " ", ""))
	if IsIBAN(compact) {
		return Account{IBAN: compact, Bank: bank}
	}
	return Account{Bank: bank, Number: Clean(number)}
}

// IsIBAN says whether a text has the form and the check digits of an IBAN. Source: ISO 13616, ISO 7064 (mod 97-10).
func IsIBAN(s string) bool {
	if !ibanForm.MatchString(s) {
		return false
	}
	rest := 0
	for _, c := range s[4:] + s[:4] {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}

// Short cuts a value that is repeated in an error.
func Short(s string) string {
	const most = 60
	for i := range s {
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}
