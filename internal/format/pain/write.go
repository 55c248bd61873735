package pain

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math/big"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/money"
)

// namespace stands before the name of a message.
const namespace = "urn:iso:std:iso:20022:tech:xsd:"

// accountTypes are the codes of account types; both schemas know them.
var accountTypes = map[string]string{"checking": "CACC", "savings": "SVGS", "CACC": "CACC", "SVGS": "SVGS", "CASH": "CASH", "LOAN": "LOAN", "MOMA": "MOMA", "ONDP": "ONDP", "SACC": "SACC"}

// of gives what holds for a payment: its own wishes, or those of the profile.
func (p Profile) of(pay *Payment) (service, charges, batch string) {
	service, charges, batch = pay.Service, pay.Charges, pay.Batch
	if service == "" {
		service = p.Service
	}
	if charges == "" {
		charges = p.Charges
	}
	if charges == "" && service == SEPA {
		charges = "SLEV"
	}
	if batch == "" {
		batch = p.Batch
	}
	return service, charges, batch
}

// address gives the way in which addresses are written.
func (p Profile) address() string {
	switch {
	case p.Address != "":
		return p.Address
	case p.Version == V03:
		return Lines
	}
	return Structured
}

// Write writes a file. Errors are a [fault.List] with every field that is wrong, such as payments[3].account.iban.
func Write(p Profile, f File) (*Written, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if err := f.check(p); err != nil {
		return nil, err
	}
	w := &writer{profile: p, out: &Written{Count: len(f.Payments), BlockOf: make([]int, len(f.Payments))}}
	for i := range f.Payments {
		if err := w.add(&f, i); err != nil {
			return nil, err
		}
	}
	var total big.Int
	for i, b := range w.out.Blocks {
		w.blocks[i].Count, w.blocks[i].Sum = b.Count, money.MustCurrency(b.Currency).Format(b.Amount)
		total.Add(&total, scaled(b.Currency, b.Amount))
	}
	var err error
	if w.out.Sum, err = decimal(&total); err != nil {
		return nil, err
	}
	doc := document{Space: namespace + p.Version, Message: initiation{Blocks: w.blocks, Header: groupHeader{
		MsgID: f.ID, Created: f.Created.Format("2006-01-02T15:04:05"), Count: w.out.Count, Sum: w.out.Sum, InitgPty: w.initiator(),
	}}}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", " ")
	if err := e.Encode(doc); err != nil {
		return nil, fault.New(fault.Internal, "the file could not be written").ByRule("pain").Because(err)
	}
	b.WriteByte('\n')
	w.out.Data = b.Bytes()
	return w.out, nil
}

// digits is the scale of control sums, which go over currencies with as many decimals.
const digits = 5

// scaled gives an amount in units of 10 to the power of -[digits].
func scaled(currency string, a money.Amount) *big.Int {
	n := big.NewInt(int64(a))
	return n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits-money.MustCurrency(currency).Digits)), nil))
}

// decimal writes a control sum, which has at most 18 digits, with two decimals or as many as it needs.
func decimal(n *big.Int) (string, error) {
	s := fmt.Sprintf("%0*s", digits+1, n.String())
	whole, rest := s[:len(s)-digits], strings.TrimRight(s[len(s)-digits:], "0")
	for len(rest) < 2 {
		rest += "0"
	}
	if len(whole)+len(rest) > 18 {
		return "", fault.New(fault.Refused, "the payments come to more than a control sum holds, 18 digits; divide them").In("payments").ByRule("pain_total")
	}
	return whole + "." + rest, nil
}

// writer makes a file.
type writer struct {
	profile Profile
	out     *Written
	blocks  []*paymentBlock
	at      map[key]int // of blocks
}

// key is what all payments of a block have in common.
type key struct {
	block Block
	from  Account
}

// add writes a payment into its block, and makes the block when it is the first.
func (w *writer) add(f *File, i int) error {
	p := &f.Payments[i]
	service, charges, batch := w.profile.of(p)
	k := key{from: p.From, block: Block{Date: p.Date, Currency: p.Currency, Service: service, Charges: charges, Batch: batch, Account: p.From.Number}}
	if k.from.IBAN = cleanIBAN(p.From.IBAN); k.from.IBAN != "" {
		k.block.Account = k.from.IBAN
	}
	at, known := w.at[k]
	if !known {
		if w.at == nil {
			w.at = map[key]int{}
		}
		at = len(w.blocks)
		w.at[k] = at
		if at == 9999 {
			return fault.New(fault.Refused, "the payments need more than 9999 blocks, of date, account, currency and service each; divide them").In("payments").ByRule("pain_total")
		}
		b := k.block
		b.ID = fmt.Sprintf("%s-%d", f.ID, at+1)
		w.out.Blocks = append(w.out.Blocks, b)
		w.blocks = append(w.blocks, w.block(b, p.From))
	}
	b := &w.out.Blocks[at]
	b.Count++
	sum, err := money.Add(b.Amount, p.Amount)
	if err != nil {
		return err
	}
	b.Amount, w.out.BlockOf[i] = sum, at
	w.blocks[at].Transfers = append(w.blocks[at].Transfers, w.transfer(p))
	return w.total(p)
}

// total adds a payment to the total of its currency.
func (w *writer) total(p *Payment) error {
	for i := range w.out.Totals {
		if t := &w.out.Totals[i]; t.Currency == p.Currency {
			sum, err := money.Add(t.Amount, p.Amount)
			t.Count, t.Amount = t.Count+1, sum
			return err
		}
	}
	w.out.Totals = append(w.out.Totals, Total{p.Currency, 1, p.Amount})
	return nil
}

func (w *writer) block(b Block, from Account) *paymentBlock {
	out := &paymentBlock{
		ID: b.ID, Method: "TRF", Batch: b.Batch, Charges: b.Charges, Debtor: w.party(w.profile.Debtor), Account: w.account(from), Agent: *w.agent(from.Bank, true),
		Type: &paymentType{Service: coded(b.Service), Instrument: coded(w.profile.Instrument), Category: coded(w.profile.Category)},
	}
	if *out.Type == (paymentType{}) {
		out.Type = nil
	}
	if w.profile.Version == V03 {
		out.Date.Text = b.Date.String()
	} else {
		out.Date.Dt = b.Date.String()
	}
	return out
}

func (w *writer) transfer(p *Payment) transfer {
	t := transfer{
		Instruction: p.Instruction, EndToEnd: p.ID, Amount: amount{p.Currency, money.MustCurrency(p.Currency).Format(p.Amount)},
		Agent: w.agent(p.Account.Bank, false), Creditor: w.party(p.To), Account: w.account(p.Account), Purpose: coded(p.Purpose),
	}
	r := &remittance{Text: w.text(p.Text)}
	if p.Reference != "" {
		r.Reference = &reference{Code: "SCOR", Value: p.Reference}
		if isRF(p.Reference) {
			r.Reference.Issuer = "ISO"
		}
	}
	if r.Text != "" || r.Reference != nil {
		t.Remittance = r
	}
	return t
}

// text gives a text as it is written; that nothing is lost was tested.
func (w *writer) text(s string) string {
	folded, _ := w.profile.fold(s)
	return folded
}

func (w *writer) initiator() party {
	out := party{Name: w.text(w.profile.Initiator)}
	if w.profile.InitiatorID != "" {
		out.ID = &partyID{generic{w.profile.InitiatorID, coded(w.profile.IDScheme)}}
	}
	return out
}

func (w *writer) party(p Party) party {
	out := party{Name: w.text(p.Name)}
	a := p.Address
	if a == (Address{}) || w.profile.address() == Omitted {
		return out
	}
	out.Address = &address{Country: a.Country, Lines: w.profile.lines(a)}
	if w.profile.address() != Lines {
		out.Address.Postcode, out.Address.Town, out.Address.Region = w.text(a.Postcode), w.text(a.Town), w.text(a.Region)
	}
	if w.profile.address() == Structured {
		out.Address.Street, out.Address.Building = w.text(a.Street), w.text(a.Building)
	}
	return out
}

// lines gives the lines of an address, at most two, folded.
func (p Profile) lines(a Address) []string {
	var all []string
	add := func(parts ...string) {
		folded, _ := p.fold(strings.Join(strings.Fields(strings.Join(parts, " ")), " "))
		if folded != "" {
			all = append(all, folded)
		}
	}
	switch p.address() {
	case Hybrid:
		add(a.Street, a.Building)
	case Lines:
		add(a.Street, a.Building)
		add(a.Postcode, a.Town, a.Region)
	}
	return all
}

func (w *writer) account(a Account) account {
	out := account{IBAN: cleanIBAN(a.IBAN), Currency: a.Currency, Type: coded(accountTypes[a.Type])}
	if out.IBAN == "" {
		out.Other = &generic{a.Number, coded(w.profile.AccountScheme)}
	}
	return out
}

// agent gives a bank; nil when nothing is known of the payee's. Ours must be there: what is not known is NOTPROVIDED, as in SEPA.
func (w *writer) agent(b Bank, ours bool) *agent {
	out := &agent{institution{Name: w.text(b.Name)}}
	i := &out.Institution
	if w.profile.Version == V03 {
		i.BIC = b.BIC
	} else {
		i.BICFI = b.BIC
	}
	if b.Member != "" {
		i.Member = &member{choice{b.Clearing}, b.Member}
	}
	switch known := b.BIC != "" || b.Member != ""; {
	case !known && !ours:
		return nil
	case !known:
		*i = institution{Other: &generic{ID: "NOTPROVIDED"}}
	case b.Country != "":
		i.Address = &address{Country: b.Country}
	}
	return out
}

func coded(code string) *choice {
	if code == "" {
		return nil
	}
	return &choice{code}
}
