package journal

import (
	"strconv"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// discountTerms are the terms of an invoice: a part of it, for paying until a day. The zero value grants nothing.
type discountTerms struct {
	part, whole money.Amount // part/whole of the amount
	until       civil.Date
	grace       int // days after until on which it is still granted
}

// terms gives the terms of a document: those of its customer, when it is an invoice.
func (x *LineEditor) terms(d *document) (discountTerms, error) {
	return termsOf(x.e.c, x.e.Setup, x.family[d.Party].Terms, d)
}

func termsOf(c *ledger.Company, s *deduction.Setup, code string, d *document) (discountTerms, error) {
	t, ok := s.Terms[code]
	if !ok || d.voucher.Type != ledger.Invoice {
		return discountTerms{}, nil
	}
	part, whole, err := percent(t.DiscountRate)
	if err != nil {
		return discountTerms{}, fault.New(fault.Internal, "the terms of payment %s have the discount %q, which is no percentage", t.Code, t.DiscountRate).Because(err)
	}
	grace, _ := strconv.Atoi(c.Parameters["discount_grace_days"]) // blank: none
	return discountTerms{part: part, whole: whole, until: d.Date.AddDays(t.DiscountDays), grace: grace}, nil
}

// percent reads a decimal as a part of a whole.
func percent(rate string) (part, whole money.Amount, err error) {
	before, after, _ := strings.Cut(rate, ".")
	n, err := strconv.ParseInt(before+after, 10, 64)
	if err != nil || len(after) > 9 || n < 0 {
		return 0, 1, fault.New(fault.Invalid, "%q is no percentage", rate)
	}
	whole = 100
	for range after {
		whole *= 10
	}
	return money.Amount(n), whole, nil
}

// earned says whether a payment on the date earns the discount.
func (t discountTerms) earned(date civil.Date) bool {
	return t.part > 0 && date <= t.until.AddDays(t.grace)
}

// of gives the discount on an amount, whether earned or not.
func (t discountTerms) of(amount money.Amount) (money.Amount, error) {
	if t.part == 0 {
		return 0, nil
	}
	return money.Part(amount, t.part, t.whole)
}

// guess gives the discount that a customer took who paid short without saying why: as much as is granted when it was earned; when
// not, the discount only if it is just what is missing.
func (t discountTerms) guess(amount, short money.Amount, date civil.Date) (money.Amount, error) {
	whole, err := t.of(amount)
	if err != nil || short <= 0 {
		return 0, err
	}
	if t.earned(date) {
		return min(whole, short), nil
	}
	if whole == short {
		return whole, nil
	}
	return 0, nil
}
