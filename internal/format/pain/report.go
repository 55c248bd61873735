package pain

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"quittance/internal/fault"
	"quittance/internal/money"
)

// Reports are the versions of pain.002 that are read.
var Reports = []string{"pain.002.001.03", "pain.002.001.10"}

// MaxBytes is the largest report that is read.
const MaxBytes = 64 << 20

// Status is what became of a message, a block or a payment.
type Status string

// The statuses that decide something. All others (see [Status.Meaning]) are stations on the way.
const (
	Rejected  Status = "RJCT"
	Partly    Status = "PART" // some of its parts are rejected or not decided yet; each says it for itself
	Pending   Status = "PDNG"
	Cancelled Status = "CANC"
	Settled   Status = "ACSC" // taken from our account
	Credited  Status = "ACCC" // on the payee's account
)

// meanings are the statuses. Source: ISO 20022 external code sets (payment group, transaction status).
var meanings = map[Status]string{
	"RCVD": "received", "ACTC": "accepted, technical checks passed", "ACCP": "accepted, customer profile checked", "ACSP": "accepted, settlement in process", "ACSC": "settled, taken from the debtor's account",
	"ACCC": "settled, on the creditor's account", "ACWC": "accepted with a change", "ACWP": "accepted, not yet posted to the creditor's account", "ACFC": "accepted, funds checked", "PART": "accepted in part", "PATC": "accepted in part, technical checks passed",
	"PDNG": "pending", "RJCT": "rejected", "CANC": "cancelled", "BLCK": "blocked",
}

// Meaning says what a status means; blank when it is not known.
func (s Status) Meaning() string { return meanings[s] }

// Failed says whether the payment will not arrive.
func (s Status) Failed() bool { return s == Rejected || s == Cancelled }

// Done says whether the money has left.
func (s Status) Done() bool { return s == Settled || s == Credited }

// Reason says why.
type Reason struct {
	Code    string   // of ISO 20022, such as AC04; blank when the bank uses its own
	Own     string   // of the bank
	Meaning string   // of Code; blank: not known
	Texts   []string // of the bank
}

// Report is what a bank says of a message of ours.
type Report struct {
	Version  string
	ID       string // of the report
	Created  time.Time
	Original string // id of our message
	Name     string // of our message, such as pain.001.001.03
	Status   Status // of the whole message; blank: its parts say it
	Reasons  []Reason
	Count    int // of payments, as the bank repeats it; 0: not said
	Blocks   []BlockReport
}

// BlockReport is what a bank says of a block.
type BlockReport struct {
	ID       string
	Status   Status // blank: its payments, or the message, say it
	Reasons  []Reason
	Payments []PaymentReport
}

// PaymentReport is what a bank says of a payment.
type PaymentReport struct {
	ID          string // end-to-end id
	Instruction string
	StatusID    string // the bank's
	Status      Status // blank: the block says it
	Reasons     []Reason
	Bank        string       // the bank's reference of the booking
	Currency    string       // as the bank repeats it; blank: not said
	Amount      money.Amount // as the bank repeats it
}

// Of gives what a report says of a payment of a block: of itself, else of its block, else of the message. Blank is nothing: a message or block of
// which only a part is accepted says nothing of a payment that is not named.
func (r *Report) Of(block, payment string) (Status, []Reason) {
	for _, b := range r.Blocks {
		if b.ID != block {
			continue
		}
		for _, p := range b.Payments {
			if p.ID == payment && p.Status != "" {
				return p.Status, p.Reasons
			}
		}
		if b.Status != "" {
			return parts(b.Status, b.Reasons)
		}
	}
	return parts(r.Status, r.Reasons)
}

func parts(s Status, reasons []Reason) (Status, []Reason) {
	if s == Partly || s == "PATC" {
		return "", nil
	}
	return s, reasons
}

// ReadReport reads a status report. One that could be about something else than a message of ours is refused.
func ReadReport(data []byte) (*Report, error) {
	var doc reportDocument
	version, err := decode(data, &doc)
	if err != nil {
		return nil, err
	}
	m := doc.Message
	if m == nil || len(m.Header) != 1 || len(m.Original) != 1 {
		return nil, wrong("CstmrPmtStsRpt", "the report has not one GrpHdr and one OrgnlGrpInfAndSts, as the standard asks")
	}
	h, o := m.Header[0], m.Original[0]
	r := &Report{Version: version, ID: h.ID, Original: o.ID, Name: o.Name}
	if r.Created, err = moment(h.Created); err != nil {
		return nil, err
	}
	at := "OrgnlGrpInfAndSts"
	if r.Original == "" || len(r.Original) > 4*MaxID {
		return nil, wrong(at, "the report does not say which message it is about (OrgnlMsgId)")
	}
	if !strings.HasPrefix(r.Name, "pain.001") {
		return nil, wrong(at, "the report is about a message %q; those that are sent from here are pain.001", short(r.Name))
	}
	if r.Status, r.Reasons, err = judged(at, o.Status, o.Reasons); err != nil {
		return nil, err
	}
	if o.Count != "" {
		if r.Count, err = strconv.Atoi(o.Count); err != nil || r.Count < 0 {
			return nil, wrong(at, "%q is no count of payments (OrgnlNbOfTxs)", short(o.Count))
		}
	}
	for i := range m.Blocks {
		b, err := m.Blocks[i].read(fmt.Sprintf("OrgnlPmtInfAndSts[%d]", i+1))
		if err != nil {
			return nil, err
		}
		r.Blocks = append(r.Blocks, *b)
	}
	return r, r.say()
}

// say checks that the report says anything.
func (r *Report) say() error {
	said := r.Status != ""
	for _, b := range r.Blocks {
		said = said || b.Status != "" || slices.ContainsFunc(b.Payments, func(p PaymentReport) bool { return p.Status != "" })
	}
	if !said {
		return wrong("CstmrPmtStsRpt", "the report has no status, neither of the message nor of a part of it")
	}
	return nil
}

func (b *blockXML) read(at string) (*BlockReport, error) {
	out := &BlockReport{ID: b.ID}
	if b.ID == "" {
		return nil, wrong(at, "it does not say which block it is about (OrgnlPmtInfId)")
	}
	var err error
	if out.Status, out.Reasons, err = judged(at, b.Status, b.Reasons); err != nil {
		return nil, err
	}
	for i := range b.Payments {
		p, err := b.Payments[i].read(fmt.Sprintf("%s/TxInfAndSts[%d]", at, i+1))
		if err != nil {
			return nil, err
		}
		out.Payments = append(out.Payments, *p)
	}
	return out, nil
}

func (x *paymentXML) read(at string) (*PaymentReport, error) {
	out := &PaymentReport{ID: x.EndToEnd, Instruction: x.Instruction, StatusID: x.StatusID, Bank: x.Bank}
	if x.EndToEnd == "" && x.Instruction == "" {
		return nil, wrong(at, "it does not say which payment it is about (OrgnlEndToEndId)")
	}
	var err error
	if out.Status, out.Reasons, err = judged(at, x.Status, x.Reasons); err != nil {
		return nil, err
	}
	if a := x.Amount; a.Value != "" {
		currency, err := money.CurrencyOf(a.Currency)
		if err != nil {
			return nil, wrong(at, "%q is not an ISO 4217 currency code", short(a.Currency))
		}
		out.Currency = a.Currency
		if out.Amount, err = currency.Parse(a.Value); err != nil {
			return nil, wrong(at, "%q is not an amount of %s", short(a.Value), a.Currency)
		}
	}
	return out, nil
}

var status = regexp.MustCompile(`^[A-Z0-9]{1,4}$`)

// judged gives a status and its reasons.
func judged(at, code string, all []reasonXML) (Status, []Reason, error) {
	if code != "" && !status.MatchString(code) {
		return "", nil, wrong(at, "%q is no status; expected a code such as ACCP or RJCT", short(code))
	}
	var out []Reason
	for _, r := range all {
		if r.Code != "" || r.Own != "" || len(r.Texts) > 0 {
			out = append(out, Reason{r.Code, r.Own, reasons[r.Code], r.Texts})
		}
	}
	return Status(code), out, nil
}

// moment reads a time of the standard, with or without a zone.
func moment(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, wrong("GrpHdr", "%q is no time (CreDtTm); expected such as 2026-11-30T10:00:00", short(s))
}

func wrong(at, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).At(at).ByRule("pain")
}
