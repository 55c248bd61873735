package remittance

import (
	"cmp"
	"fmt"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/bai2"
	"quittance/internal/format/remit"
	"quittance/internal/format/x12"
	"quittance/internal/money"
)

// Source is a file that came, and what is said about it where it does not say so itself.
type Source struct {
	Name     string
	Content  []byte
	Format   string // blank: as the content shows
	Map      string // code of a column map; blank: the only one there is
	Currency money.Currency
}

// Advice is what a file says, whatever its format. Amounts are decimals as text, in the currency that stands beside them.
type Advice struct {
	Format   string
	Payments []Advised
	Memos    []Memo
	Issues   []Issue
}

// Advised is a payment that a file tells of.
type Advised struct {
	Place     string
	Reference string
	Date      civil.Date
	Payer     []string // how the file names the payer, the surest first
	Currency  string
	Amount    string
	Items     []Item
	Kept      []Kept // of no document
	issues    []Issue
}

// Item is a document that a payment pays.
type Item struct {
	Place    string
	Number   string
	Paid     string // after discount and what was kept back; blank: not said
	Total    string // before them; blank: not said
	Discount string
	Partial  bool // it is said to be paid in part, so that the rest stays open
	Code     string
	Claim    string
	Note     string
	Kept     []Kept
}

// Kept is what the payer kept back, or (negative) gave back.
type Kept struct {
	Place  string
	Amount string
	Code   string
	List   string // that the code is of: x12, or blank
	Number string // the payer's own number, or a document
	Note   string
}

// Memo is an adjustment without a payment.
type Memo struct {
	Place, Number, Document string
	Date                    civil.Date
	Payer                   []string
	Debit                   bool
	Currency, Amount, Code  string
	Note                    string
}

// Read reads a file by the set-up. Nothing of it is matched yet.
func (s *Setup) Read(src Source) (*Advice, error) {
	format := src.Format
	if format == "" {
		format = guess(src.Content)
	}
	switch format {
	case CSV, XLSX:
		return s.readTable(src, format)
	case X12820, X12812:
		return s.readX12(src, format)
	case BAI2:
		return s.readLockbox(src)
	}
	return nil, invalid("format", "%q is no format of remittances; expected one of %s", format, strings.Join(Formats(), ", "))
}

// guess says what a content looks like.
func guess(content []byte) string {
	switch {
	case x12.Is(content):
		return X12820
	case strings.HasPrefix(string(content[:min(4, len(content))]), "PK\x03\x04"):
		return XLSX
	case bai2.Is(content):
		return BAI2
	}
	return CSV
}

func (s *Setup) readTable(src Source, format string) (*Advice, error) {
	m, err := s.mapFor(src.Map)
	if err != nil {
		return nil, err
	}
	payments, err := remit.Read(src.Content, format == XLSX, m.Map)
	if err != nil {
		return nil, err
	}
	a := &Advice{Format: format}
	for _, p := range payments {
		x := Advised{Place: p.Place, Reference: p.Reference, Date: p.Date, Currency: cmp.Or(p.Currency, src.Currency.Code), Amount: p.Amount}
		if p.Payer != "" {
			x.Payer = []string{p.Payer}
		}
		for _, r := range p.Rows {
			k := Kept{Place: r.Place, Amount: r.Deduction, Code: r.Code, Number: r.Claim, Note: r.Note}
			if r.Invoice == "" {
				if r.Deduction == "" { // something was paid of nothing that is named
					x.issues = append(x.issues, Issue{Place: r.Place, Rule: "no_document", Text: "the row names no document; what it pays stays unapplied", Amount: r.Paid})
				} else {
					x.Kept = append(x.Kept, k)
				}
				continue
			}
			i := Item{Place: r.Place, Number: r.Invoice, Paid: r.Paid, Total: r.Total, Discount: r.Discount, Code: r.Code, Claim: r.Claim, Note: r.Note}
			if r.Deduction != "" && !isZero(r.Deduction) {
				i.Kept = append(i.Kept, k)
			}
			x.Items = append(x.Items, i)
		}
		a.Payments = append(a.Payments, x)
	}
	return a, nil
}

func isZero(amount string) bool { return strings.Trim(amount, "-0.") == "" }

func (s *Setup) readX12(src Source, format string) (*Advice, error) {
	all, err := x12.Parse(src.Content)
	if err != nil {
		return nil, err
	}
	payments, err := x12.Payments(all)
	if err != nil {
		return nil, err
	}
	memos, err := x12.Memos(all)
	if err != nil {
		return nil, err
	}
	a := &Advice{Format: X12820}
	if len(payments) == 0 {
		a.Format = X12812
	}
	if src.Format != "" && a.Format != format && len(payments)+len(memos) > 0 {
		return nil, invalid("format", "the file has no transaction set %s", strings.TrimPrefix(format, "x12_"))
	}
	for _, p := range payments {
		a.Payments = append(a.Payments, s.advised(p, src.Currency))
	}
	for _, m := range memos {
		a.Memos = append(a.Memos, memosOf(m, src.Currency)...)
	}
	for _, ic := range all {
		for _, g := range ic.Groups {
			for _, set := range g.Sets {
				if set.ID != "820" && set.ID != "812" {
					a.Issues = append(a.Issues, Issue{Place: set.Start.Place(), Rule: "not_read", Text: fmt.Sprintf("the transaction set %s (%s) is neither an 820 nor an 812 and was passed over", set.Control, set.ID)})
				}
			}
		}
	}
	if len(a.Payments)+len(a.Memos) == 0 {
		return nil, fault.New(fault.Invalid, "the file has neither an 820 nor an 812").ByRule("x12")
	}
	return a, nil
}

// payers gives how a file names a party, the surest first.
func payers(p x12.Party, sender string) []string {
	var all []string
	for _, name := range []string{p.ID, p.Name, sender} {
		if name != "" {
			all = append(all, name)
		}
	}
	return all
}

func (s *Setup) advised(p x12.Payment, company money.Currency) Advised {
	x := Advised{
		Place: p.Start.Place(), Reference: cmp.Or(p.Trace, p.Start.At(2)), Date: p.Date, Payer: payers(p.Payer, p.Sender), Currency: cmp.Or(p.Currency, company.Code), Amount: p.Amount,
	}
	if p.Debit {
		x.issues = append(x.issues, Issue{Place: x.Place, Rule: "debit_payment", Text: "the payment takes money back (BPR03 is D); it is no line of the journal, look at it by hand", Amount: p.Amount})
		return x
	}
	positive := s.positiveReduces(x.Payer, p.Version)
	x.take(p, positive)
	return x
}

// take takes the items and adjustments of an 820; positive says that a positive adjustment reduces the payment.
func (x *Advised) take(p x12.Payment, positive bool) {
	kept := func(a x12.Adjustment) Kept {
		k := Kept{Place: a.Segment.Place(), Amount: a.Amount, Code: a.Reason, List: x12List, Number: a.Number, Note: strings.Join(a.Notes, " ")}
		if !positive {
			k.Amount = negate(k.Amount)
		}
		for _, r := range a.References {
			k.Number = cmp.Or(k.Number, r.Number)
		}
		return k
	}
	for _, r := range p.Items {
		i := Item{Place: r.Segment.Place(), Number: r.Number, Paid: r.Paid, Total: r.Total, Discount: r.Discount, Partial: r.Action == "PP", Note: strings.Join(r.Notes, " ")}
		for _, a := range r.Adjustments {
			i.Kept = append(i.Kept, kept(a))
		}
		if r.Action == "PO" {
			x.issues = append(x.issues, Issue{Place: i.Place, Rule: "on_account", Text: fmt.Sprintf("%s is said to be paid on account; it stays unapplied", r.Number), Amount: r.Paid})
			continue
		}
		x.Items = append(x.Items, i)
	}
	for _, a := range p.Adjustments {
		x.Kept = append(x.Kept, kept(a))
	}
}

const x12List = "x12"

func negate(amount string) string {
	if rest, ok := strings.CutPrefix(amount, "-"); ok || amount == "" || isZero(amount) {
		return rest
	}
	return "-" + amount
}

// memosOf gives the adjustments of an 812: each of its details, or the whole when they do not say their amounts.
func memosOf(m x12.Memo, company money.Currency) []Memo {
	whole := Memo{
		Place: m.Segment.Place(), Number: m.Number, Document: m.Document, Date: m.Date, Payer: payers(m.Issuer, m.Sender), Debit: m.Debit,
		Currency: cmp.Or(m.Currency, company.Code), Amount: m.Amount, Note: strings.Join(m.Notes, " "),
	}
	var all []Memo
	for _, d := range m.Details {
		one := whole
		one.Place, one.Debit, one.Amount, one.Code = d.Segment.Place(), d.Debit, d.Amount, d.Reason
		one.Note = strings.TrimSpace(strings.Join(append([]string{whole.Note}, d.Notes...), " "))
		if d.Amount == "" {
			whole.Code = d.Reason
			return []Memo{whole}
		}
		all = append(all, one)
	}
	if all == nil {
		return []Memo{whole}
	}
	return all
}
