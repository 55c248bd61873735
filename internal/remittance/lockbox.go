package remittance

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"quittance/internal/format/bai2"
	"quittance/internal/format/x12"
)

// The text of a lockbox receipt is free. What is read of it:
//
//   - segments of an 820, as the addenda of a CTX payment have them (RMR*IV*4711*PI*900*1000\);
//   - a label with a colon: who pays (PAYER, ORIG, DBNM), and the payment's reference (REF, TRN, CHECK);
//   - a document (INV 4711), the amount that is paid of it (900.00), what was kept back (DED 100.00) with its code (CODE 24) and number
//     (CLAIM DM-88), and a discount (DISC 20.00). Several stand on lines of their own, or are parted by semicolons.
//
// Everything else is an issue.
var (
	labelled = regexp.MustCompile(`(?i)^(payer|orig|dbnm|ref|trn|check|eref)\s*:\s*(.+)$`)
	document = regexp.MustCompile(`(?i)^inv(?:oice)?\.?\s*[#:]?\s*([A-Z0-9][A-Z0-9/_.-]*)((?:\s.*)?)$`)
	clause   = regexp.MustCompile(`(?i)^\s*(?:(ded|less|disc|code|claim|paid)\s+)?([A-Z0-9$][A-Z0-9/_.,-]*)`)
)

// readLockbox reads a BAI2 file: each receipt is a payment.
func (s *Setup) readLockbox(src Source) (*Advice, error) {
	file, err := bai2.Parse(src.Content)
	if err != nil {
		return nil, err
	}
	a := &Advice{Format: BAI2}
	for _, k := range file.Skipped {
		a.Issues = append(a.Issues, Issue{Place: fmt.Sprintf("line %d", k.Line), Rule: "no_receipt", Text: fmt.Sprintf("the transaction of type %s is no receipt: %s", k.Type, k.Why), Currency: src.Currency.Code, Amount: src.Currency.Format(minor(k.Amount))})
	}
	for _, r := range file.Receipts {
		cur, err := currencyOf(cmp.Or(r.Currency, src.Currency.Code), fmt.Sprintf("line %d", r.Line))
		if err != nil {
			return nil, err
		}
		x := Advised{Place: fmt.Sprintf("line %d", r.Line), Reference: cmp.Or(r.Customer, r.Bank), Date: r.Date, Currency: cur.Code, Amount: cur.Format(minor(r.Amount))}
		if err := x.readText(r.Text, s); err != nil {
			return nil, err
		}
		a.Payments = append(a.Payments, x)
	}
	return a, nil
}

// readText reads the text of a receipt.
func (x *Advised) readText(lines []bai2.Text, s *Setup) error {
	var segments strings.Builder
	first := 0
	for _, l := range lines {
		if cut, _, ok := strings.Cut(l.Text, "*"); ok && len(cut) <= 3 || segments.Len() > 0 && !strings.HasSuffix(segments.String(), `\`) {
			if first == 0 {
				first = l.Line
			}
			segments.WriteString(l.Text)
			continue
		}
		for part := range strings.SplitSeq(l.Text, ";") {
			x.readPart(strings.TrimSpace(part), fmt.Sprintf("line %d", l.Line))
		}
	}
	if segments.Len() == 0 {
		return nil
	}
	p, others, err := x12.Addenda(segments.String(), 1)
	if err != nil {
		return err
	}
	x.Payer = slices.Concat(payers(p.Payer, ""), x.Payer)
	x.Reference = cmp.Or(p.Trace, x.Reference)
	x.Currency = cmp.Or(p.Currency, x.Currency)
	had := len(x.Items)
	x.take(*p, s.positiveReduces(x.Payer, ""))
	place := fmt.Sprintf("line %d, ", first)
	for i := had; i < len(x.Items); i++ {
		x.Items[i].Place = place + x.Items[i].Place
	}
	for _, text := range others {
		x.unread(text, fmt.Sprintf("line %d", first))
	}
	return nil
}

func (x *Advised) unread(text, place string) {
	x.issues = append(x.issues, Issue{Place: place, Rule: "unread_text", Text: fmt.Sprintf("%q is not understood", text)})
}

// readPart reads a label or a document.
func (x *Advised) readPart(text, place string) {
	if text == "" {
		return
	}
	if m := labelled.FindStringSubmatch(text); m != nil {
		switch strings.ToUpper(m[1]) {
		case "PAYER", "ORIG", "DBNM":
			x.Payer = append(x.Payer, m[2])
		default:
			x.Reference = m[2]
		}
		return
	}
	m := document.FindStringSubmatch(text)
	if m == nil {
		x.unread(text, place)
		return
	}
	i := Item{Place: place, Number: m[1]}
	k := Kept{Place: place}
	rest := m[2]
	for strings.TrimSpace(rest) != "" {
		c := clause.FindStringSubmatch(rest)
		if c == nil || !i.clause(&k, strings.ToUpper(c[1]), c[2]) {
			x.unread(strings.TrimSpace(rest), place)
			return
		}
		rest = rest[len(c[0]):]
	}
	if k.Amount != "" {
		i.Kept = append(i.Kept, k)
	} else {
		i.Code, i.Claim = k.Code, k.Number
	}
	x.Items = append(x.Items, i)
}

// clause takes one thing that is said of a document; false when it makes no sense, or is said twice.
func (i *Item) clause(k *Kept, word, value string) bool {
	to := map[string]*string{"": &i.Paid, "PAID": &i.Paid, "DED": &k.Amount, "LESS": &k.Amount, "DISC": &i.Discount, "CODE": &k.Code, "CLAIM": &k.Number}[word]
	if *to != "" {
		return false
	}
	if word != "CODE" && word != "CLAIM" {
		if value = strings.ReplaceAll(strings.TrimPrefix(value, "$"), ",", ""); !plainAmount.MatchString(value) {
			return false
		}
	}
	*to = value
	return true
}

var plainAmount = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,4})?$`)
