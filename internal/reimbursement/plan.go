package reimbursement

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// Subject is everything about one customer that the plan looks at: of customer and vendor their ids, codes, groups and what bars
// them, no names. The items are the plan's to consume.
type Subject struct {
	Customer     party.Customer
	Vendor       *party.Vendor // the vendor named on the customer; nil when none is
	BankUnusable bool          // verified bank details that a one-time vendor needs, but the key is not given
	Items        []*openitem.Item
	Marks        []openitem.Mark
	Exposures    []openitem.Exposure
}

// Source is the part of a credit that a reimbursement settles: all that is open of it. Amounts are positive.
type Source struct {
	Item               *openitem.Item
	Amount, Accounting money.Amount
}

// Part is one receivable ledger account of a reimbursement, with the payable one beside it. Amounts are positive.
type Part struct {
	Receivable, Payable ledger.Account
	Amount, Accounting  money.Amount
	Sources             []Source
}

// Reimbursement is one transaction to be posted.
type Reimbursement struct {
	Classification int64 // 0 unless reimbursed separately by classification
	Amount         money.Amount
	Parts          []Part // one, unless the customer is summarized
}

// Line is the decision on one candidate.
type Line struct {
	Customer       party.Customer
	Currency       string
	Reason         Reason // blank: reimbursed
	Detail         string
	Vendor         *party.Vendor // the payee; nil when a one-time vendor will be made
	Amount         money.Amount  // of the reimbursements, positive
	Reimbursements []Reimbursement
	Nettings       []*openitem.Application
}

// transfers counts the settlement vouchers of the nettings.
func (l *Line) transfers() int {
	n := 0
	for _, a := range l.Nettings {
		if a.Voucher != nil {
			n++
		}
	}
	return n
}

// planner holds what is the same for all customers of a run.
type planner struct {
	c        *ledger.Company
	policy   Policy
	currency string          // of the selection; blank is any
	credits  map[string]bool // of the selection; nil is any
	template *party.Vendor   // usable one-time template; nil when there is none
	classes  map[int64]bool  // of the filter; nil is any
	payables map[[2]string]ledger.Account
	parts    map[portion]money.Amount // of a request: just so much of these items; nil: all that is open
	payee    *party.Vendor            // of a request that names another than the customer's; nil otherwise
	beside   []string                 // journals whose marks hold nothing up
	dropped  *bool                    // set when the classification filter left out an unclassified credit
}

// portion names an item of a request.
type portion struct {
	number string
	line   int
}

// worth gives how much of a credit is wanted, positive: all that is open, but of a request its part.
func (p *planner) worth(it *openitem.Item) money.Amount {
	if p.parts == nil {
		return -it.Open
	}
	return p.parts[portion{it.Number, it.Line}]
}

// source gives what a reimbursement settles of a credit.
func (p *planner) source(it *openitem.Item) (Source, error) {
	src := Source{it, p.worth(it), -it.Accounting}
	if src.Amount == -it.Open {
		return src, nil
	}
	if src.Amount > -it.Open {
		return src, fault.New(fault.Refused, "of line %d of %s less is open than is wanted", it.Line, it.Number)
	}
	var err error
	src.Accounting, err = money.Part(-it.Accounting, src.Amount, -it.Open)
	return src, err
}

// Plan decides on every candidate of one customer, by currency in byte order, and appends the decisions to lines. It consumes
// the items: of those that are reimbursed or netted it lowers the open amounts. Source: reimbursement rules, 1 to 4.
func (p *planner) Plan(s *Subject, lines []Line) []Line {
	var currencies []string
	for _, it := range s.Items {
		if p.selects(it) && !slices.Contains(currencies, it.Currency) {
			currencies = append(currencies, it.Currency)
		}
	}
	slices.Sort(currencies)
	for _, cur := range currencies {
		credits := make([]*openitem.Item, 0, len(s.Items))
		for _, it := range s.Items {
			if it.Currency == cur && p.selects(it) {
				credits = append(credits, it)
			}
		}
		lines = append(lines, p.decide(s, cur, credits))
	}
	return lines
}

// selects says whether an item is a credit inside the selection.
func (p *planner) selects(it *openitem.Item) bool {
	return it.Open < 0 && (p.currency == "" || it.Currency == p.currency) && (p.credits == nil || p.credits[it.Number]) && (p.parts == nil || p.worth(it) > 0)
}

func (p *planner) decide(s *Subject, currency string, credits []*openitem.Item) Line {
	if p.payee != nil {
		s.Vendor = p.payee
	}
	l := Line{Customer: s.Customer, Currency: currency, Vendor: s.Vendor}
	exclude := func(r Reason, detail string) Line { l.Reason, l.Detail = r, detail; return l }
	if r, detail := p.barred(s); r != "" {
		return exclude(r, detail)
	}
	credits = p.ofClass(credits)
	if len(credits) == 0 {
		return exclude(NoClassification, "no credit of the classifications "+strings.Join(p.policy.Classifications, ", "))
	}
	old := credits
	if slices.ContainsFunc(credits, p.young) {
		old = slices.DeleteFunc(slices.Clone(credits), p.young)
	}
	if len(old) == 0 {
		return exclude(TooRecent, p.tooRecent(credits))
	}
	if r, detail := p.owes(s); r != "" {
		return exclude(r, detail)
	}
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return exclude(CannotPost, err.Error())
	}
	debits := p.nettable(s, currency)
	left, err := p.remaining(old, debits)
	if err != nil {
		return exclude(CannotPost, err.Error())
	}
	if left <= 0 {
		return exclude(NetDebit, "owes as much or more: "+describe(debits, cur))
	}
	l.Amount = left
	if r, detail := p.tooLittle(left, cur); r != "" {
		return exclude(r, detail)
	}
	if err := p.build(&l, s, old, debits); err != nil {
		l.Reimbursements, l.Nettings = nil, nil
		return exclude(CannotPost, err.Error())
	}
	return l
}

// barred tests what concerns the customer as a whole: hold, payee and marks.
func (p *planner) barred(s *Subject) (Reason, string) {
	switch {
	case s.Customer.Hold:
		return OnHold, "customer on hold"
	case s.Customer.DoNotReimburse:
		return OnHold, "customer marked do not reimburse"
	case s.Vendor != nil && s.Vendor.Blocked:
		return VendorBlocked, "vendor " + s.Vendor.Code + " is blocked"
	case s.Vendor != nil && s.Vendor.OneTime == party.Template:
		return NoPayee, "vendor " + s.Vendor.Code + " is the one-time template, not a payee"
	case s.Vendor == nil && p.template == nil:
		return NoPayee, "no vendor on the customer, and no usable one-time vendor template"
	}
	if len(s.Marks) > 0 {
		var who []string
		for _, m := range s.Marks {
			if !slices.Contains(who, m.Who()) && !slices.Contains(p.beside, m.Journal) {
				who = append(who, m.Who())
			}
		}
		if len(who) > 0 {
			return PendingSettlement, strings.Join(who, "; ")
		}
	}
	return "", ""
}

func (p *planner) ofClass(credits []*openitem.Item) []*openitem.Item {
	if p.classes == nil {
		return credits
	}
	return slices.DeleteFunc(slices.Clone(credits), func(it *openitem.Item) bool {
		if it.Classification == 0 {
			if !p.policy.IncludeUnclassified {
				*p.dropped = true
			}
			return !p.policy.IncludeUnclassified
		}
		return !p.classes[it.Classification]
	})
}

// young says whether a credit is younger than the minimum age, or dated after the run.
func (p *planner) young(it *openitem.Item) bool {
	return it.Date > p.policy.Date || p.policy.Date.Sub(it.Date) < p.policy.MinimumAge
}

func (p *planner) tooRecent(credits []*openitem.Item) string {
	oldest := slices.MinFunc(credits, func(a, b *openitem.Item) int { return cmp.Compare(a.Date, b.Date) })
	if oldest.Date > p.policy.Date {
		return oldest.Number + " is of " + oldest.Date.String() + ", after the run date"
	}
	return oldest.Number + " is of " + oldest.Date.String() + ", younger than the minimum age"
}

// owes tests open debits (gross only) and unresolved deductions.
func (p *planner) owes(s *Subject) (Reason, string) {
	owed := slices.ContainsFunc(s.Items, func(it *openitem.Item) bool { return it.Open > 0 })
	if owed && p.policy.Netting == Gross && !p.policy.IncludeDebits {
		debits := openitem.Documents(slices.DeleteFunc(slices.Clone(s.Items), func(it *openitem.Item) bool { return it.Open <= 0 }))
		if len(debits) > 0 {
			cur, _ := money.CurrencyOf(debits[0].Currency)
			return OpenDebit, describe(debits, cur)
		}
	}
	letIn := p.policy.Netting == Gross && p.policy.IncludeDebits
	if p.policy.DeductionsBlock && !letIn && len(s.Exposures) > 0 {
		return OpenDeduction, s.Exposures[0].Text
	}
	return "", ""
}

// describe names the first open document and counts the others.
func describe(docs []*openitem.Document, cur money.Currency) string {
	d := slices.MinFunc(docs, openitem.ByDue)
	text := d.Number + " " + cur.Format(d.Open().Abs()) + " " + d.Currency + " due " + d.Due.String()
	if d.Currency != cur.Code {
		other, _ := money.CurrencyOf(d.Currency)
		text = d.Number + " " + other.Format(d.Open().Abs()) + " " + d.Currency + " due " + d.Due.String()
	}
	if n := len(docs) - 1; n > 0 {
		return text + plural(n, " and one more", " and %d more")
	}
	return text
}

// nettable gives the debit documents that netting settles, in its order: due date, date, voucher number. A debit dated after the
// run date is left open, since no settlement may be dated before its document.
func (p *planner) nettable(s *Subject, currency string) []*openitem.Document {
	if p.policy.Netting == Gross {
		return nil
	}
	items := slices.DeleteFunc(slices.Clone(s.Items), func(it *openitem.Item) bool { return it.Open <= 0 || it.Currency != currency })
	docs := slices.DeleteFunc(openitem.Documents(items), func(d *openitem.Document) bool {
		return d.Date > p.policy.Date || (p.policy.Netting == NetDue && d.Due > p.policy.Date)
	})
	slices.SortFunc(docs, openitem.ByDue)
	return docs
}

// remaining gives what is left of the credits after the debits, negative when the debits are more.
func (p *planner) remaining(credits []*openitem.Item, debits []*openitem.Document) (money.Amount, error) {
	var sum money.Sum
	for _, it := range credits {
		sum.Add(p.worth(it))
	}
	for _, d := range debits {
		sum.Add(-d.Open())
	}
	return sum.Total()
}

// tooLittle tests the minimum, on what would be paid to the customer in the currency. Without a rate it cannot be posted.
func (p *planner) tooLittle(amount money.Amount, cur money.Currency) (Reason, string) {
	if p.policy.Minimum == 0 {
		return "", ""
	}
	rate, err := p.c.Rate(cur.Code, p.policy.Date)
	if err != nil {
		return CannotPost, err.Error()
	}
	if rate.AtLeast(amount, cur, p.policy.Minimum, p.c.Currency) {
		return "", ""
	}
	return BelowMinimum, cur.Format(amount) + " " + cur.Code + " is less than " + p.c.Currency.Format(p.policy.Minimum) + " " + p.c.Currency.Code
}

// build nets the debits and groups what is left of the credits into reimbursements.
func (p *planner) build(l *Line, s *Subject, credits []*openitem.Item, debits []*openitem.Document) error {
	vendor := s.Vendor
	if vendor == nil {
		if s.BankUnusable {
			return fault.New(fault.Refused, "the one-time vendor needs the customer's bank details, but their key is not given")
		}
		vendor = p.template
	}
	profile, err := p.profile(vendor)
	if err != nil {
		return err
	}
	if p.c.Accounts[profile.Summary].Control != ledger.VendorControl {
		return fault.New(fault.Refused, "the vendor summary account %s is not a vendor control account", profile.Summary)
	}
	if len(debits) > 0 {
		docs := openitem.Documents(credits)
		slices.SortFunc(docs, openitem.ByDate)
		if l.Nettings, err = openitem.Match(p.c, debits, docs, p.policy.Date); err != nil {
			return err
		}
	}
	l.Reimbursements, err = p.group(credits, profile.Summary)
	return err
}

// profile gives the posting profile of the payee. A one-time vendor without one of its own goes by its template's.
func (p *planner) profile(vendor *party.Vendor) (ledger.Profile, error) {
	code := vendor.Code
	if template := p.c.Parameters["one_time_vendor_template"]; vendor.OneTime == party.OneTime && !p.c.HasProfile(ledger.VendorControl, code) && p.c.HasProfile(ledger.VendorControl, template) {
		code = template
	}
	return p.c.Profile(ledger.VendorControl, code, vendor.Group)
}

// group makes one reimbursement per key: classification (when separate) and receivable ledger account; summarized, one per
// classification with a part per ledger account.
func (p *planner) group(credits []*openitem.Item, payable string) ([]Reimbursement, error) {
	if slices.ContainsFunc(credits, func(it *openitem.Item) bool { return it.Open == 0 }) { // netted away
		credits = slices.DeleteFunc(slices.Clone(credits), func(it *openitem.Item) bool { return it.Open == 0 })
	}
	class := func(it *openitem.Item) int64 {
		if !p.policy.Separate {
			return 0
		}
		return it.Classification
	}
	slices.SortFunc(credits, func(a, b *openitem.Item) int {
		if x, y := class(a), class(b); x != y {
			return cmp.Compare(p.c.ClassificationCode(x), p.c.ClassificationCode(y))
		}
		return cmp.Or(cmp.Compare(a.Account.Written, b.Account.Written), cmp.Compare(a.Date, b.Date), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Line, b.Line))
	})
	var all []Reimbursement
	for _, it := range credits {
		fresh := len(all) == 0 || all[len(all)-1].Classification != class(it)
		var last *Part
		if !fresh {
			parts := all[len(all)-1].Parts
			last = &parts[len(parts)-1]
			if last.Receivable.Written != it.Account.Written {
				last = nil
				fresh = !p.policy.Summarize
			}
		}
		if fresh {
			all = append(all, Reimbursement{Classification: class(it)})
			last = nil
		}
		r := &all[len(all)-1]
		if last == nil {
			r.Parts = append(r.Parts, Part{Receivable: it.Account, Payable: p.payable(it.Account, payable)})
			last = &r.Parts[len(r.Parts)-1]
		}
		src, err := p.source(it)
		if err != nil {
			return nil, err
		}
		if last.Amount, err = money.Add(last.Amount, src.Amount); err != nil {
			return nil, err
		}
		if last.Accounting, err = money.Add(last.Accounting, src.Accounting); err != nil {
			return nil, err
		}
		r.Amount += src.Amount
		last.Sources = append(last.Sources, src)
	}
	return all, nil
}

// payable gives the payable account beside a receivable one; each is worked out once.
func (p *planner) payable(receivable ledger.Account, main string) ledger.Account {
	k := [2]string{receivable.Written, main}
	a, ok := p.payables[k]
	if !ok {
		a = p.c.WithMain(receivable, main)
		p.payables[k] = a
	}
	return a
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return strings.ReplaceAll(many, "%d", strconv.Itoa(n))
}
