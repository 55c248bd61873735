package app

import (
	"time"

	"quittance/internal/civil"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/unclaimed"
)

// UnclaimedItem is something that nobody claims, as people see it.
type UnclaimedItem struct {
	Kind         unclaimed.Kind  `json:"kind"`
	Document     string          `json:"document"` // number of the credit, or name of the payment
	Check        string          `json:"check"`
	Owner        string          `json:"owner"` // code of the customer or vendor
	Name         string          `json:"name"`
	Currency     string          `json:"currency"`
	Amount       string          `json:"amount"`
	Jurisdiction string          `json:"jurisdiction"`
	Arose        civil.Date      `json:"arose"`
	LastActivity civil.Date      `json:"last_activity"`
	Activity     string          `json:"activity"` // what it was
	Dormant      civil.Date      `json:"dormant"`
	CutOff       civil.Date      `json:"cut_off"`
	Report       civil.Date      `json:"report"`
	LetterFrom   civil.Date      `json:"letter_from"`
	LetterUntil  civil.Date      `json:"letter_until"`
	Letter       civil.Date      `json:"letter"` // that counts
	Stage        unclaimed.Stage `json:"stage"`
	Late         bool            `json:"late"`
	Explanation  string          `json:"explanation"`
}

func viewUnclaimed(y *unclaimed.Candidate) UnclaimedItem {
	return UnclaimedItem{
		Kind: y.Kind, Document: y.Document, Check: y.Check, Owner: y.Code, Name: y.Name, Currency: y.Currency, Amount: amountOf(y.Currency, y.Amount), Jurisdiction: y.Place.Jurisdiction,
		Arose: y.Arose, LastActivity: y.Activity, Activity: y.What, Dormant: y.Dormant, CutOff: y.CutOff, Report: y.Report, LetterFrom: y.LetterFirst, LetterUntil: y.LetterUntil, Letter: y.LetterOn,
		Stage: y.Stage, Late: y.Late, Explanation: y.Explain(),
	}
}

// UnclaimedList is what was looked at on a day: how much stands at each stage, and the items of the stages asked for.
type UnclaimedList struct {
	Date   civil.Date           `json:"date"`
	Stages []UnclaimedStage     `json:"stages"`
	Items  []UnclaimedItem      `json:"items"`
	More   bool                 `json:"more"` // there are more items than are named
	Owed   []UnclaimedLiability `json:"owed"` // by liability account
}

// UnclaimedStage is how much stands at a stage.
type UnclaimedStage struct {
	Stage    unclaimed.Stage `json:"stage"`
	Currency string          `json:"currency"`
	Items    int64           `json:"items"`
	Amount   string          `json:"amount"`
}

// UnclaimedLiability is what a liability account owes, in accounting currency: by the properties, by the ledger, and what differs, which was
// posted there otherwise.
type UnclaimedLiability struct {
	Account    string `json:"account"`
	Properties int64  `json:"properties"`
	Owed       string `json:"owed"`
	Ledger     string `json:"ledger"`
	Difference string `json:"difference"`
}

// UnclaimedProperty is a property that was escheated, as people see it.
type UnclaimedProperty struct {
	Property     string           `json:"property"`
	Kind         unclaimed.Kind   `json:"kind"`
	Status       unclaimed.Status `json:"status"`
	Owner        string           `json:"owner"`
	Name         string           `json:"name"`
	Document     string           `json:"document"`
	Check        string           `json:"check"`
	Jurisdiction string           `json:"jurisdiction"`
	Why          string           `json:"why"`
	Currency     string           `json:"currency"`
	Amount       string           `json:"amount"`
	Arose        civil.Date       `json:"arose"`
	LastActivity civil.Date       `json:"last_activity"`
	Dormant      civil.Date       `json:"dormant"`
	CutOff       civil.Date       `json:"cut_off"`
	Report       civil.Date       `json:"report"`
	Letter       civil.Date       `json:"letter"`
	Exception    string           `json:"exception"`
	Escheated    civil.Date       `json:"escheated"`
	Voucher      string           `json:"voucher"`
	Remittance   string           `json:"remittance"`
	ReportCode   string           `json:"report_file"`
	History      []UnclaimedEvent `json:"history"` // in what shows one property only
}

// UnclaimedEvent is something that happened to a property.
type UnclaimedEvent struct {
	At      string           `json:"at"` // RFC 3339
	Actor   string           `json:"actor"`
	Status  unclaimed.Status `json:"status"`
	Voucher string           `json:"voucher"`
	Detail  string           `json:"detail"`
}

func viewProperty(p *unclaimed.Property) UnclaimedProperty {
	return UnclaimedProperty{
		Property: p.Code, Kind: p.Kind, Status: p.Status, Owner: p.OwnerCode, Name: p.OwnerName, Document: p.Document, Check: p.Check, Jurisdiction: p.Place.Jurisdiction, Why: p.Place.Why,
		Currency: p.Currency, Amount: amountOf(p.Currency, p.Amount), Arose: p.Arose, LastActivity: p.Activity, Dormant: p.Deadlines.Dormant, CutOff: p.Deadlines.CutOff, Report: p.Deadlines.Report,
		Letter: p.LetterOn, Exception: p.Exception, Escheated: p.On, Voucher: p.Number, Remittance: p.RemittanceCode, ReportCode: p.ReportCode, History: []UnclaimedEvent{},
	}
}

// UnclaimedLetters is a batch of letters, as people see it.
type UnclaimedLetters struct {
	Letters string     `json:"letters"` // code
	Date    civil.Date `json:"date"`
	MadeBy  string     `json:"made_by"`
	MadeAt  string     `json:"made_at"` // RFC 3339
	Count   int        `json:"count"`
	Items   int        `json:"items"`
	SHA256  string     `json:"sha256"`
	Copies  int        `json:"copies"` // how often it was handed out
}

// UnclaimedReport is a report to a jurisdiction, as people see it.
type UnclaimedReport struct {
	Report       string `json:"report"` // code
	Jurisdiction string `json:"jurisdiction"`
	Year         int    `json:"year"`
	Number       int    `json:"number"`
	Name         string `json:"name"`
	MadeBy       string `json:"made_by"`
	MadeAt       string `json:"made_at"` // RFC 3339
	Properties   int    `json:"properties"`
	Total        string `json:"total"`
	SHA256       string `json:"sha256"`
	Copies       int    `json:"copies"` // how often it was handed out
}

// UnclaimedFile is a document with its content.
type UnclaimedFile struct {
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`
	Content []byte `json:"-"`
}

// UnclaimedRemittance is a payment to a jurisdiction, as people see it.
type UnclaimedRemittance struct {
	Remittance   string     `json:"remittance"` // code
	Jurisdiction string     `json:"jurisdiction"`
	Date         civil.Date `json:"date"`
	Bank         string     `json:"bank"`
	Currency     string     `json:"currency"`
	Amount       string     `json:"amount"`
	Reference    string     `json:"reference"`
	Voucher      string     `json:"voucher"`
	MadeBy       string     `json:"made_by"`
	Reversal     string     `json:"reversal"` // voucher; blank: it stands
	Properties   int        `json:"properties"`
}

func viewUnclaimedRemittance(r *unclaimed.Remittance) UnclaimedRemittance {
	return UnclaimedRemittance{
		Remittance: r.Code, Jurisdiction: r.Jurisdiction, Date: r.Date, Bank: r.BankCode, Currency: r.Currency, Amount: amountOf(r.Currency, r.Amount), Reference: r.Reference, Voucher: r.Number,
		MadeBy: r.MadeBy, Reversal: r.Reversal, Properties: r.Properties,
	}
}

// UnclaimedDone is what a change of several properties did.
type UnclaimedDone struct {
	Done     []UnclaimedProperty `json:"done"`
	Refused  []UnclaimedProblem  `json:"refused"`
	Vouchers []string            `json:"vouchers"`
}

// UnclaimedProblem is why nothing was done about an item.
type UnclaimedProblem struct {
	Document string `json:"document"`
	Problem  string `json:"problem"`
}

// DormancyRule is a dormancy rule, as people see it.
type DormancyRule struct {
	Jurisdiction  string             `json:"jurisdiction"`
	Kind          unclaimed.Kind     `json:"kind"`
	From          civil.Date         `json:"from"`
	Months        int                `json:"months"`
	Days          int                `json:"days"`
	Activity      unclaimed.Activity `json:"activity"`
	CutOff        string             `json:"cut_off"`
	Report        string             `json:"report"`
	LetterFirst   int                `json:"letter_first"`
	LetterLast    int                `json:"letter_last"`
	LetterMinimum string             `json:"letter_minimum"`
	ReplyDays     int                `json:"reply_days"`
	Code          string             `json:"code"`
	Sample        bool               `json:"sample"`
	Note          string             `json:"note"`
}

func viewRule(c *ledger.Company, r unclaimed.Rule) DormancyRule {
	return DormancyRule{
		r.Jurisdiction, r.Kind, r.From, r.Months, r.Days, r.Activity, string(r.CutOff), string(r.Report), r.LetterFirst, r.LetterLast, c.Currency.Format(r.LetterMinimum), r.ReplyDays, r.Code, r.Sample, r.Note,
	}
}

func (r DormancyRule) rule(c *ledger.Company) (unclaimed.Rule, error) {
	minimum := money.Amount(0)
	if r.LetterMinimum != "" {
		var err error
		if minimum, err = c.Currency.Parse(r.LetterMinimum); err != nil {
			return unclaimed.Rule{}, inField(err, "letter_minimum")
		}
	}
	return unclaimed.Rule{
		Jurisdiction: r.Jurisdiction, Kind: r.Kind, From: r.From, Months: r.Months, Days: r.Days, Activity: r.Activity, CutOff: unclaimed.Day(r.CutOff), Report: unclaimed.Day(r.Report), LetterFirst: r.LetterFirst,
		LetterLast: r.LetterLast, LetterMinimum: minimum, ReplyDays: r.ReplyDays, Code: r.Code, Sample: r.Sample, Note: r.Note,
	}, nil
}

// CreditClock is what the law of a jurisdiction says of credits, as people see it.
type CreditClock struct {
	Jurisdiction      string                 `json:"jurisdiction"`
	From              civil.Date             `json:"from"`
	RefundDays        int                    `json:"refund_days"`
	GoodFaithMonths   int                    `json:"good_faith_months"`
	InterestFrom      unclaimed.InterestFrom `json:"interest_from"`
	InterestAfterDays int                    `json:"interest_after_days"`
	InterestRate      string                 `json:"interest_rate"`
	YearDays          int                    `json:"year_days"`
	BarMonths         int                    `json:"bar_months"`
	Sample            bool                   `json:"sample"`
	Note              string                 `json:"note"`
}

// OwnerContact is something that an owner did or wrote, as people see it.
type OwnerContact struct {
	ID          int64         `json:"id"`
	Owner       string        `json:"owner"`
	Document    string        `json:"document"` // the credit that it is about; blank: all
	Date        civil.Date    `json:"date"`
	How         unclaimed.How `json:"how"`
	Note        string        `json:"note"`
	Actor       string        `json:"actor"`
	At          string        `json:"at"` // RFC 3339
	WithdrawnBy string        `json:"withdrawn_by"`
	Why         string        `json:"why"` // it was withdrawn
}

// CreditAgeing is the open credits of customers by age on a day.
type CreditAgeing struct {
	Date    civil.Date     `json:"date"`
	Buckets []AgeingBucket `json:"buckets"`
	Credits []AgedCredit   `json:"credits"` // overdue first
	More    bool           `json:"more"`    // there are more credits than are named
}

// AgeingBucket is what is open of an age in a currency.
type AgeingBucket struct {
	Bucket   unclaimed.Bucket `json:"bucket"` // days
	Currency string           `json:"currency"`
	Credits  int64            `json:"credits"`
	Overdue  int64            `json:"overdue"`
	Amount   string           `json:"amount"`
}

// AgedCredit is an open credit with its age and its clocks. Days that are blank are not set.
type AgedCredit struct {
	Customer     string           `json:"customer"`
	Name         string           `json:"name"`
	Document     string           `json:"document"`
	Currency     string           `json:"currency"`
	Amount       string           `json:"amount"`
	Date         civil.Date       `json:"date"`
	Days         int              `json:"days"`
	Bucket       unclaimed.Bucket `json:"bucket"`
	Jurisdiction string           `json:"jurisdiction"`
	Requested    civil.Date       `json:"requested"`
	RefundBy     civil.Date       `json:"refund_by"`
	GoodFaithBy  civil.Date       `json:"good_faith_by"`
	InterestOn   civil.Date       `json:"interest_on"`
	InterestDays int              `json:"interest_days"`
	InterestRate string           `json:"interest_rate"`
	Interest     string           `json:"interest"` // shown, not posted
	BarredOn     civil.Date       `json:"barred_on"`
	Dormant      civil.Date       `json:"dormant"`
	Report       civil.Date       `json:"report"`
	Stage        unclaimed.Stage  `json:"stage"`
	Due          civil.Date       `json:"due"`
	Overdue      bool             `json:"overdue"`
}

func viewAged(x *unclaimed.Aged) AgedCredit {
	v := AgedCredit{
		Customer: x.Code, Name: x.Name, Document: x.Document, Currency: x.Currency, Amount: amountOf(x.Currency, x.Amount), Date: x.Arose, Days: x.Days, Bucket: x.Bucket, Jurisdiction: x.Place.Jurisdiction,
		Requested: x.Requested, RefundBy: x.RefundBy, GoodFaithBy: x.GoodFaithBy, InterestOn: x.InterestOn, InterestDays: x.InterestDays, Interest: amountOf(x.Currency, x.Interest), BarredOn: x.BarredOn,
		Dormant: x.Dormant, Report: x.Report, Stage: x.Stage, Due: x.Due, Overdue: x.Overdue,
	}
	if x.Clock != nil {
		v.InterestRate = x.Clock.InterestRate
	}
	return v
}

// at writes an instant.
func at(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339) }
