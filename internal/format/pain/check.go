package pain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jacoelho/banking/bic"
	"github.com/jacoelho/banking/iban"
	"github.com/jacoelho/banking/iso3166"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/latin"
	"quittance/internal/money"
)

var (
	code4   = regexp.MustCompile(`^[A-Z0-9]{1,4}$`)
	code35  = regexp.MustCompile(`^[A-Za-z0-9]{1,35}$`)
	oldBIC  = regexp.MustCompile(`^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$`) // of the schemas up to 2013
	plain   = regexp.MustCompile(`^[A-Za-z0-9/?:().,'+ -]{1,34}$`)
	country = regexp.MustCompile(`^[A-Z]{2}$`)
	charges = []string{"SHAR", "SLEV", "DEBT", "CRED"}
)

// members are the numbers of banks by clearing system. Source: ISO 20022 external code sets (clearing system identification).
var members = map[string]*regexp.Regexp{
	"USABA": regexp.MustCompile(`^[0-9]{9}$`), "USPID": regexp.MustCompile(`^[0-9]{4}$`), "CACPA": regexp.MustCompile(`^[0-9]{9}$`), "GBDSC": regexp.MustCompile(`^[0-9]{6}$`),
	"AUBSB": regexp.MustCompile(`^[0-9]{6}$`), "NZNCC": regexp.MustCompile(`^[0-9]{6}$`), "DEBLZ": regexp.MustCompile(`^[0-9]{8}$`), "ATBLZ": regexp.MustCompile(`^[0-9]{5}$`),
	"CHBCC": regexp.MustCompile(`^[0-9]{3,5}$`), "CHSIC": regexp.MustCompile(`^[0-9]{6}$`), "CNAPS": regexp.MustCompile(`^[0-9]{12}$`), "HKNCC": regexp.MustCompile(`^[0-9]{3}$`),
	"INFSC": regexp.MustCompile(`^[A-Z0-9]{11}$`), "PLKNR": regexp.MustCompile(`^[0-9]{8}$`), "ZANCC": regexp.MustCompile(`^[0-9]{6}$`), "JPZGN": regexp.MustCompile(`^[0-9]{7}$`),
}

// checker collects what is wrong.
type checker struct {
	profile Profile
	all     fault.List
}

func (c *checker) wrong(field, format string, args ...any) {
	c.all = append(c.all, fault.New(fault.Invalid, format, args...).In(field).ByRule("pain_field"))
}

// Check says everything that is wrong with a profile.
func (p Profile) Check() error {
	c := &checker{profile: p}
	if p.Version != V03 && p.Version != V09 {
		c.wrong("version", "%q is not a version that is written; expected %s or %s", short(p.Version), V03, V09)
	}
	c.text("initiator", p.Initiator, MaxName, true)
	c.id("initiator_id", p.InitiatorID, MaxID, false)
	c.code("id_scheme", p.IDScheme)
	c.code("service", p.Service)
	c.code("category", p.Category)
	c.code("account_scheme", p.AccountScheme)
	if p.Instrument != "" && !code35.MatchString(p.Instrument) {
		c.wrong("instrument", "%q is no code; expected letters and digits, such as INST", short(p.Instrument))
	}
	c.charges("charges", p.Charges, p.Service)
	c.batch("batch", p.Batch)
	switch p.Address {
	case "", Structured, Hybrid, Lines, Omitted:
	default:
		c.wrong("address", "%q is no way of writing addresses; expected %s, %s, %s or %s", short(p.Address), Structured, Hybrid, Lines, Omitted)
	}
	if p.Address == Lines && p.Version == V09 && p.Service == SEPA {
		c.wrong("address", "SEPA takes no addresses of lines alone in version 09; write them structured or hybrid")
	}
	c.party("debtor.", p.Debtor, p.Service == SEPA)
	return c.all.Err()
}

// check says everything that is wrong with a file.
func (f *File) check(p Profile) error {
	c := &checker{profile: p}
	c.id("id", f.ID, MaxMessageID, true)
	made := civil.FromTime(f.Created)
	if f.Created.Year() < 2000 || f.Created.Year() > 2099 {
		c.wrong("created", "the time of creation is not set, or outside this century")
	}
	switch n := len(f.Payments); {
	case n == 0:
		c.all = append(c.all, fault.New(fault.Invalid, "there is no payment to write").In("payments").ByRule("pain_empty"))
	case n > MaxPayments:
		c.all = append(c.all, fault.New(fault.Limited, "there are %d payments; a file has at most %d, divide them", n, MaxPayments).In("payments").ByRule("pain_total"))
		return c.all
	}
	seen := make(map[string]int, len(f.Payments))
	for i := range f.Payments {
		pay, at := &f.Payments[i], fmt.Sprintf("payments[%d].", i)
		if first, twice := seen[pay.ID]; twice && pay.ID != "" {
			c.wrong(at+"id", "%q is the end-to-end id of payments[%d] too; each payment needs its own", short(pay.ID), first)
		}
		seen[pay.ID] = i
		if pay.Date < made || pay.Date > made.AddDays(366) {
			c.wrong(at+"date", "%q is before the day of the file, %s, or more than a year after it", pay.Date, made)
		}
		c.payment(at, pay)
	}
	return c.all.Err()
}

func (c *checker) payment(at string, p *Payment) {
	service, bearer, _ := c.profile.of(p)
	sepa := service == SEPA
	c.id(at+"id", p.ID, MaxID, true)
	c.id(at+"instruction", p.Instruction, MaxID, false)
	c.code(at+"service", service)
	c.code(at+"purpose", p.Purpose)
	c.charges(at+"charges", bearer, service)
	c.batch(at+"batch", p.Batch)
	c.amount(at, p, sepa)
	c.party(at+"to.", p.To, sepa)
	c.account(at+"from.", p.From, sepa, false)
	c.account(at+"account.", p.Account, sepa, true)
	c.text(at+"text", p.Text, MaxText, false)
	c.reference(at+"reference", p.Reference)
	if sepa && utf8.RuneCountInString(c.profile.Debtor.Name) > MaxSEPAName {
		c.wrong(at+"service", "SEPA has room for %d characters of a name, and that of the debtor has more", MaxSEPAName)
	}
	if sepa && p.Text != "" && p.Reference != "" {
		c.wrong(at+"text", "SEPA takes either a text or a reference, not both")
	}
	if sepa && c.profile.Version == V09 && c.profile.address() == Lines {
		c.wrong(at+"service", "SEPA takes no addresses of lines alone in version 09; write them structured or hybrid")
	}
}

func (c *checker) amount(at string, p *Payment, sepa bool) {
	currency, err := money.CurrencyOf(p.Currency)
	switch {
	case err != nil:
		c.wrong(at+"currency", "%q is not an ISO 4217 currency code, such as EUR", short(p.Currency))
	case sepa && p.Currency != "EUR":
		c.wrong(at+"currency", "%s is not EUR, the only currency of SEPA; pay it by another service level", p.Currency)
	case p.Amount <= 0:
		c.wrong(at+"amount", "%s is not above 0", currency.Format(p.Amount))
	case sepa && p.Amount > MaxSEPAAmount:
		c.wrong(at+"amount", "%s is more than SEPA takes, %s; pay it by another service level", currency.Format(p.Amount), currency.Format(MaxSEPAAmount))
	case p.Amount > money.MaxAmount:
		c.wrong(at+"amount", "%s is more than %s", currency.Format(p.Amount), currency.Format(money.MaxAmount))
	}
}

func (c *checker) code(field, value string) {
	if value != "" && !code4.MatchString(value) {
		c.wrong(field, "%q is no code; expected up to four capital letters and digits", short(value))
	}
}

func (c *checker) charges(field, value, service string) {
	switch {
	case service == SEPA && value != "" && value != "SLEV":
		c.wrong(field, "%q is not SLEV, the only way in SEPA", short(value))
	case value != "" && !slices.Contains(charges, value):
		c.wrong(field, "%q says not who bears the charges; expected one of %s", short(value), strings.Join(charges, ", "))
	}
}

func (c *checker) batch(field, value string) {
	if value != "" && value != "true" && value != "false" {
		c.wrong(field, "%q is neither true nor false nor blank", short(value))
	}
}

// id tests an identification: it is written as it is, or not at all. Source: EPC132-08, 1.4 (no slash at an end, no two in a row).
func (c *checker) id(field, value string, most int, needed bool) {
	switch {
	case value == "" && !needed:
	case strings.TrimSpace(value) == "":
		c.wrong(field, "the id is blank")
	case strings.TrimSpace(value) != value || strings.ContainsFunc(value, func(r rune) bool { return !latin.SEPA(r) }):
		c.wrong(field, "%q holds a character that ids may not; expected letters, digits, spaces within it, and / - ? : ( ) . , ' +", short(value))
	case len(value) > most:
		c.wrong(field, "%q has %d characters; at most %d", short(value), len(value), most)
	case strings.HasPrefix(value, "/") || strings.HasSuffix(value, "/") || strings.Contains(value, "//"):
		c.wrong(field, "%q has a slash at an end, or two in a row, which banks refuse", short(value))
	}
}

// fold gives a text as it is written.
func (p Profile) fold(text string) (folded, lost string) {
	if p.Unicode {
		return latin.Fold(text, func(r rune) bool {
			return r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != utf8.RuneError
		})
	}
	return latin.Fold(text, latin.SEPA)
}

// text tests a text for people.
func (c *checker) text(field, value string, most int, needed bool) {
	folded, lost := c.profile.fold(value)
	switch {
	case lost != "":
		c.wrong(field, "%q holds %q, which has no spelling in the characters that banks take", short(value), short(lost))
	case folded == "" && needed:
		c.wrong(field, "it is blank; give it")
	case utf8.RuneCountInString(folded) > most:
		c.wrong(field, "%q has %d characters as it is written; at most %d", short(value), utf8.RuneCountInString(folded), most)
	}
}

func (c *checker) country(field, value string) {
	if !country.MatchString(value) || !iso3166.IsCountryCode(value) {
		c.wrong(field, "%q is no country; expected two capital letters of ISO 3166, such as DE", short(value))
	}
}

func (c *checker) party(at string, p Party, sepa bool) {
	most := MaxName
	if sepa {
		most = MaxSEPAName
	}
	c.text(at+"name", p.Name, most, true)
	a := p.Address
	if a == (Address{}) || c.profile.address() == Omitted {
		return
	}
	c.country(at+"address.country", a.Country)
	c.text(at+"address.street", a.Street, 70, false)
	c.text(at+"address.building", a.Building, 16, false)
	c.text(at+"address.postcode", a.Postcode, 16, false)
	c.text(at+"address.town", a.Town, 35, c.profile.address() != Lines)
	c.text(at+"address.region", a.Region, 35, false)
	for i, line := range c.profile.lines(a) {
		if n := utf8.RuneCountInString(line); n > 70 {
			c.wrong(at+"address.street", "line %d of the address, %q, has %d characters; at most 70", i+1, short(line), n)
		}
	}
}

// account tests an account and its bank.
func (c *checker) account(at string, a Account, sepa, payee bool) {
	number := cleanIBAN(a.IBAN)
	err := iban.Validate(number)
	switch {
	case number == "" && sepa:
		c.wrong(at+"iban", "SEPA needs an IBAN")
	case number == "" && a.Number == "":
		c.wrong(at+"iban", "there is neither an IBAN nor an account number")
	case number != "" && a.Number != "":
		c.wrong(at+"number", "there is an IBAN and an account number; give one of them")
	case number != "" && err != nil:
		c.wrong(at+"iban", "%q is no IBAN: its length or check digits are wrong; compare it with what the payee gave", short(a.IBAN))
	case number == "" && (!plain.MatchString(a.Number) || strings.TrimSpace(a.Number) != a.Number):
		c.wrong(at+"number", "the account number has more than 34 characters, or one that is neither a letter, a digit nor one of / - ? : ( ) . , ' +")
	case sepa:
		if in, err := iban.IsSEPA(number); err != nil || !in {
			c.wrong(at+"iban", "%q is of a country outside SEPA; pay it by another service level", short(a.IBAN))
		}
	}
	if _, known := accountTypes[a.Type]; !known && a.Type != "" {
		c.wrong(at+"type", "%q is no type of account; expected checking or savings", short(a.Type))
	}
	if _, err := money.CurrencyOf(a.Currency); err != nil && a.Currency != "" {
		c.wrong(at+"currency", "%q is not an ISO 4217 currency code, such as EUR", short(a.Currency))
	}
	c.bank(at+"bank.", a.Bank, !sepa && (!payee || number == ""))
}

func (c *checker) bank(at string, b Bank, needed bool) {
	if needed && b.BIC == "" && b.Member == "" {
		c.wrong(at+"bic", "the bank is not known; give its BIC, or its number in a clearing system")
	}
	if b.BIC != "" {
		if _, err := bic.Parse(b.BIC); err != nil || c.profile.Version == V03 && !oldBIC.MatchString(b.BIC) {
			c.wrong(at+"bic", "%q is no BIC; expected 8 or 11 characters, such as DEUTDEFF", short(b.BIC))
		}
	}
	if (b.Clearing == "") != (b.Member == "") {
		c.wrong(at+"member", "the number of the bank and its clearing system go together; give both or none")
	} else if b.Member != "" {
		c.member(at+"member", b)
	}
	c.text(at+"name", b.Name, MaxName, false)
	if b.Country != "" {
		c.country(at+"country", b.Country)
	}
}

func (c *checker) member(field string, b Bank) {
	pattern, known := members[b.Clearing]
	switch {
	case !known && (len(b.Clearing) != 5 || strings.Trim(b.Clearing, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != ""):
		c.wrong(field, "%q is no clearing system; expected five letters, such as USABA", short(b.Clearing))
	case known && !pattern.MatchString(b.Member):
		c.wrong(field, "%q is no number of a bank in %s", short(b.Member), b.Clearing)
	case b.Clearing == "USABA" && !routing(b.Member):
		c.wrong(field, "%q is no routing number: its last digit does not fit the others", b.Member)
	case !known:
		c.id(field, b.Member, MaxID, true)
	}
}

// routing tests the check digit of nine digits. Source: ABA routing number policy.
func routing(nine string) bool {
	sum := 0
	for i, weight := range []int{3, 7, 1, 3, 7, 1, 3, 7, 1} {
		sum += weight * int(nine[i]-'0')
	}
	return sum > 0 && sum%10 == 0
}

// reference tests a reference of the payee; one that begins by RF and two digits is a creditor reference of ISO 11649, with check digits.
func (c *checker) reference(field, value string) {
	c.id(field, value, MaxID, false)
	if isRF(value) && !rf(value) {
		c.wrong(field, "%q is no creditor reference: its check digits do not fit; compare it with what the payee gave", short(value))
	}
}

func isRF(s string) bool {
	return len(s) > 4 && strings.HasPrefix(s, "RF") && strings.Trim(s[2:4], "0123456789") == ""
}

func rf(s string) bool {
	if len(s) > 25 {
		return false
	}
	rest := 0
	for _, r := range s[4:] + s[:4] {
		switch {
		case r >= '0' && r <= '9':
			rest = (rest*10 + int(r-'0')) % 97
		case r >= 'A' && r <= 'Z':
			rest = (rest*100 + int(r-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

func cleanIBAN(s string) string { return strings.ToUpper(strings.ReplaceAll(s, " ", "")) }
