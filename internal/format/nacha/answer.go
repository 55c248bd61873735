package nacha

import (
	"strings"

	"github.com/moov-io/ach"

	"quittance/internal/civil"
	"quittance/internal/money"
)

// Answer is what came back in a file.
type Answer struct {
	Created civil.Date // of the file
	From    string     // immediate origin
	Returns []Return
	Changes []Change
	Skipped []Skipped // entries that are neither
}

// Kind says how far a return has gone.
type Kind string

// The kinds.
const (
	Returned   Kind = "returned"   // the payee's bank sent it back
	Dishonored Kind = "dishonored" // our bank refused the return (R61 to R70): the payment stands, for now
	Contested  Kind = "contested"  // the payee's bank insists (R71 to R77): the return stands
)

// Return is a payment that came back, or the quarrel about it.
type Return struct {
	Line    int // of its entry
	Kind    Kind
	Trace   string // of the payment as it was written
	Code    string // R01 to R99
	Meaning string // blank: the code is not known
	First   string // when dishonored or contested: the code of the return that it is about; may be blank
	Amount  money.Amount
	Debit   bool   // a debit came back, such as an offset; our payments are credits
	Service string // PPD, CCD
	Company string // identification
	ID      string // that the payment was written with
	Name    string
	Account string
	Routing string // of the payee's bank, eight digits
	Died    civil.Date
	Text    string // of the payee's bank
}

// Change is a payment that arrived, and what is to be mended before the next. Only what the code speaks of is set.
type Change struct {
	Line       int
	Trace      string // of the payment as it was written
	Code       string // C01 to C14; C61 to C69 say that a notification was itself refused
	Meaning    string // blank: the code is not known
	Refused    bool
	Service    string
	Company    string
	ID         string
	Name       string
	OldAccount string
	OldRouting string // eight digits
	NewAccount string
	NewRouting string // nine digits, tested
	NewName    string
	NewID      string
	NewType    string // checking or savings; "general ledger" and "loan" are accounts that [Payment] does not know
	Corrected  string // the data as it came
	Unreadable string // why nothing could be taken from it; blank when all could
}

// Skipped is an entry that is no answer to a payment of ours, and why.
type Skipped struct {
	Line   int
	Amount money.Amount
	Why    string
}

// Read reads the returns and notifications of change of a file. A file that is not whole is refused.
func Read(data []byte) (*Answer, error) {
	records, err := scan(data)
	if err != nil {
		return nil, err
	}
	p := &reader{}
	for _, r := range records {
		if err := p.next(r); err != nil {
			return nil, err
		}
	}
	if !p.ended {
		return nil, records[len(records)-1].wrong("is the last, but the file has no end (record 9); it was cut off, ask for it again")
	}
	a := &Answer{Created: p.created, From: p.header.at(14, 23)}
	for i := range p.entries {
		if err := a.take(&p.entries[i]); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// take adds what an entry says.
func (a *Answer) take(e *entry) error {
	skip := func(why string) error {
		a.Skipped = append(a.Skipped, Skipped{e.record.line, money.Amount(e.amount), why})
		return nil
	}
	service := e.batch.at(51, 53)
	if service == ach.IAT || e.batch.at(5, 20) == ach.IATCOR {
		return skip("it is international (IAT), which is not sent from here")
	}
	for _, r := range e.addenda {
		switch r.at(2, 3) {
		case "99":
			return a.takeReturn(e, r)
		case "98":
			return a.takeChange(e, r)
		}
	}
	return skip("it is no return and no notification of change, but an entry of its own")
}

// trace gives the trace number of the payment that an addenda record is about.
func (r record) trace() (string, error) {
	t := r.at(7, 21)
	if !digits(t, 15) || strings.Trim(t, "0") == "" {
		return "", r.wrong("names the payment %q (positions 7 to 21); a trace number has 15 digits", t)
	}
	return t, nil
}

// code gives the code of an addenda record, a letter and two digits.
func (r record) code(letter string) (string, error) {
	c := r.at(4, 6)
	if !strings.HasPrefix(c, letter) || !digits(c[1:], 2) {
		return "", r.wrong("has %q as its code (positions 4 to 6); expected %s and two digits", c, letter)
	}
	return c, nil
}

// parsed gives what all answers repeat of the payment.
func (e *entry) parsed() *ach.EntryDetail {
	d := ach.NewEntryDetail()
	d.SetSECCode(e.batch.at(51, 53))
	d.Parse(e.record.text)
	d.IdentificationNumber, d.IndividualName = strings.TrimSpace(d.IdentificationNumber), strings.TrimSpace(d.IndividualName)
	return d
}

func (a *Answer) takeReturn(e *entry, r record) error {
	code, err := r.code("R")
	if err != nil {
		return err
	}
	trace, err := r.trace()
	if err != nil {
		return err
	}
	d := e.parsed()
	back := Return{
		Line: e.record.line, Kind: Returned, Trace: trace, Code: code, Meaning: ReturnMeaning(code), Amount: money.Amount(e.amount), Debit: !isCredit(e.code),
		Service: e.batch.at(51, 53), Company: e.batch.at(41, 50), ID: d.IdentificationNumber, Name: d.IndividualName, Account: d.DFIAccountNumber,
	}
	switch {
	case ach.IsDishonoredReturnCode(code):
		x := ach.NewAddenda99Dishonored()
		x.Parse(r.text)
		back.Kind, back.First, back.Routing, back.Text = Dishonored, reason(x.ReturnReasonCode), strings.TrimSpace(x.OriginalReceivingDFIIdentification), strings.TrimSpace(x.AddendaInformation)
	case ach.IsContestedReturnCode(code):
		x := ach.NewAddenda99Contested()
		x.Parse(r.text)
		back.Kind, back.First, back.Routing = Contested, reason(x.ReturnReasonCode), strings.TrimSpace(x.OriginalReceivingDFIIdentification)
	default:
		x := ach.NewAddenda99()
		x.Parse(r.text)
		back.Routing, back.Text = x.OriginalDFI, strings.TrimSpace(x.AddendaInformation)
		if died := x.DateOfDeath; len(died) == 6 && died != "000000" {
			if back.Died, err = civil.Parse("20" + died[:2] + "-" + died[2:4] + "-" + died[4:]); err != nil {
				return r.wrong("has %q as a date of death (positions 22 to 27); expected YYMMDD", died)
			}
		}
	}
	a.Returns = append(a.Returns, back)
	return nil
}

// reason gives the code of the return before, which is written without its letter.
func reason(digits2 string) string {
	if digits(digits2, 2) {
		return "R" + digits2
	}
	return ""
}

func (a *Answer) takeChange(e *entry, r record) error {
	code, err := r.code("C")
	if err != nil {
		return err
	}
	trace, err := r.trace()
	if err != nil {
		return err
	}
	d := e.parsed()
	c := Change{
		Line: e.record.line, Trace: trace, Code: code, Meaning: ChangeMeaning(code), Refused: ach.IsRefusedChangeCode(code), Service: e.batch.at(51, 53),
		Company: e.batch.at(41, 50), ID: d.IdentificationNumber, Name: d.IndividualName, OldAccount: d.DFIAccountNumber, OldRouting: r.at(28, 35), Corrected: r.at(36, 64),
	}
	c.read(r)
	a.Changes = append(a.Changes, c)
	return nil
}

// read takes the corrected data apart. Its fields have fixed positions, but some banks write the last one to the right of its place, and
// some close up the gaps between them. Source: Nacha Operating Rules, Appendix Five, 5.3 (corrected data by change code).
func (c *Change) read(r record) {
	at := func(from, to int) string { return r.at(35+from, 35+to) }
	transaction := ""
	switch c.Code {
	case "C01":
		c.NewAccount = at(1, 17)
	case "C02":
		c.NewRouting = at(1, 9)
	case "C03":
		c.NewRouting, c.NewAccount = at(1, 9), at(10, 29)
	case "C04":
		c.NewName = at(1, 22)
	case "C05":
		transaction = at(1, 2)
	case "C06":
		c.NewAccount, transaction = at(1, 17), at(18, 29)
	case "C07":
		c.NewRouting, c.NewAccount, transaction = at(1, 9), at(10, 26), at(27, 29)
	case "C09":
		c.NewID = at(1, 22)
	default:
		return
	}
	c.test(transaction)
}

// types are the accounts by the first digit of a transaction code.
var types = map[byte]string{'2': checkingAccount, '3': savingsAccount, '4': "general ledger", '5': "loan"}

// test says why the data cannot be taken over, and then takes all of it back: half a correction is none.
func (c *Change) test(transaction string) {
	why := ""
	needs := map[string][3]bool{"C01": {true}, "C02": {false, true}, "C03": {true, true}, "C05": {false, false, true}, "C06": {true, false, true}, "C07": {true, true, true}}[c.Code]
	if needs[2] {
		if digits(transaction, 2) {
			c.NewType = types[transaction[0]]
		}
		if c.NewType == "" {
			why = "the transaction code \"" + transaction + "\" is of no account type"
		}
	}
	if needs[1] && CheckRouting(c.NewRouting) != nil {
		why = "the routing number \"" + c.NewRouting + "\" has a wrong check digit"
	}
	if needs[0] {
		var err error
		if c.NewAccount, err = account("account", c.NewAccount); err != nil {
			why = "the account number is blank, too long or holds strange signs"
		}
	}
	if c.Code == "C04" && c.NewName == "" || c.Code == "C09" && c.NewID == "" {
		why = "it is blank"
	}
	if c.Unreadable = why; why != "" {
		c.NewAccount, c.NewRouting, c.NewName, c.NewID, c.NewType = "", "", "", "", ""
	}
}
