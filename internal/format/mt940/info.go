package mt940

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"quittance/internal/format/statement"
)

// info reads :86:, which belongs to the line before it, or to the statement after its closing balance.
func (p *page) info(f field) error {
	if p.told || len(p.Lines) == 0 {
		return nil // a text for the whole statement
	}
	l := (*lineText)(&p.Lines[len(p.Lines)-1])
	switch text := strings.Join(f.text, ""); {
	case subfieldForm.MatchString(text):
		l.subfields(text)
	case wordForm.MatchString(text):
		l.words(unfold(f.text, 65))
	default:
		l.Say(f.text...)
	}
	finish((*statement.Line)(l))
	return nil
}

// lineText is a line whose texts are being read.
type lineText statement.Line

// Say adds texts that are not blank.
func (l *lineText) Say(texts ...string) { l.Transaction.Say(texts...) }

// unfold joins lines that were broken because they were full; others are parted by a space.
func unfold(lines []string, width int) string {
	var b strings.Builder
	for i, s := range lines {
		b.WriteString(s)
		if i < len(lines)-1 && utf8.RuneCountInString(s) < width {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// subfieldForm: three digits, then what parts the subfields, then a number of two digits.
var subfieldForm = regexp.MustCompile(`^[0-9]{3}([?<>~@&|])[0-9]{2}`)

// subfields reads the subfields of the German banks: 166?00TEXT?20...?30BANK?31ACCOUNT?32NAME.
func (l *lineText) subfields(text string) {
	by := string(text[3])
	l.Code.Own = text[:3]
	var purpose []string
	name := ""
	for _, s := range strings.Split(text[4:], by) {
		if len(s) < 2 || strings.Trim(s[:2], "0123456789") != "" {
			if n := len(purpose); n > 0 {
				purpose[n-1] += by + s
			}
			continue
		}
		n, value := s[:2], s[2:]
		switch {
		case n == "00":
			l.Say(value)
		case n >= "20" && n <= "29", n >= "60" && n <= "63":
			purpose = append(purpose, value)
		case n == "30":
			l.Party.Account.Bank = statement.Clean(value)
		case n == "31":
			l.Party.Account = statement.AccountOf(l.Party.Account.Bank, value)
		case n == "32":
			name = value
		case n == "33":
			name = unfold([]string{name, value}, 27)
		case n == "34":
			l.Code.Own = text[:3] + "+" + statement.Clean(value)
		}
	}
	l.Party.Name = statement.Clean(name)
	l.purpose(unfold(purpose, 27))
}

var purposeForm = regexp.MustCompile(`(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|SQTP|RREF)\+`)

// purpose reads the purpose, which has fields of its own in SEPA: EREF+...MREF+...SVWZ+...
func (l *lineText) purpose(text string) {
	at := purposeForm.FindAllStringSubmatchIndex(text, -1)
	if len(at) == 0 {
		l.Say(text)
		return
	}
	l.Say(text[:at[0][0]])
	for i, x := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		value := text[x[1]:end]
		switch word := text[x[2]:x[3]]; word {
		case "EREF":
			l.EndToEnd = reference(value)
		case "KREF":
			l.Customer = reference(value)
		case "MREF":
			l.Mandate = reference(value)
		case "RREF":
			l.ID = reference(value)
		case "IBAN":
			l.Party.Account = statement.AccountOf(l.Party.Account.Bank, value)
		case "BIC":
			l.Party.Account.Bank = statement.Clean(value)
		case "OAMT":
			l.original("/OCMT/" + value)
		case "SVWZ":
			l.Say(value)
		default:
			l.Say(word + "+" + value)
		}
	}
}

// wordForm finds the code words of a structured :86:.
var wordForm = regexp.MustCompile(`/(EREF|KREF|IREF|PREF|MARF|CSID|CNTP|REMI|PURP|ULTC|ULTD|ULTB|RTRN|CHGS|OCMT|EXCH|BENM|ORDP|TRTP|TRCD|IBAN|BIC|NAME|ACCW|ISDT|ADDR|CHQN)/`)

// words reads the code words: /EREF/.../CNTP/IBAN/BIC/NAME/.../REMI/...
func (l *lineText) words(text string) {
	at := wordForm.FindAllStringSubmatchIndex(text, -1)
	l.Say(text[:at[0][0]])
	for i, x := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		if x[1] > end { // two words share a slash: /BENM//NAME/ is written so, /BENM/NAME/ is not
			continue
		}
		l.word(text[x[2]:x[3]], strings.Trim(text[x[1]:end], "/ "))
	}
}

// word reads what stands after a code word.
func (l *lineText) word(word, value string) {
	switch word {
	case "EREF":
		l.EndToEnd = reference(value)
	case "KREF", "ACCW":
		l.Customer = reference(value)
	case "IREF":
		l.ID = reference(value)
	case "PREF":
		l.Order = reference(value)
	case "MARF":
		l.Mandate = reference(value)
	case "CHQN":
		l.Check = strings.TrimLeft(reference(value), "0")
	case "IBAN":
		l.Party.Account = statement.AccountOf(l.Party.Account.Bank, value)
	case "BIC":
		l.Party.Account.Bank = statement.Clean(value)
	case "NAME":
		l.Party.Name = statement.Clean(value)
	case "CNTP":
		parts := append(strings.Split(value, "/"), "", "", "")
		l.Party = statement.Party{Name: statement.Clean(parts[2]), Account: statement.AccountOf(statement.Clean(parts[1]), parts[0])}
	case "RTRN":
		code, why, _ := strings.Cut(value, "/")
		l.Return = statement.Reason{Code: statement.Clean(code), Text: statement.Clean(strings.Trim(why, "/"))}
	case "TRTP", "TRCD":
		l.Code.Own = statement.Clean(value)
	case "OCMT":
		l.original("/OCMT/" + value)
	case "REMI":
		value = strings.TrimPrefix(strings.TrimPrefix(value, "USTD//"), "USTD/")
		l.Say(strings.TrimPrefix(value, "STRD/CUR/"))
	case "BENM", "ORDP":
	default:
		l.Say("/" + word + "/" + value)
	}
}
