package app

import (
	"encoding/hex"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/request"
)

// RequestCredit is how much of an open credit a request wants repaid.
type RequestCredit struct {
	Credit string `json:"credit"` // number of the voucher
	Amount string `json:"amount"` // decimal; blank: what is left of the request's amount, else all that is available
}

// RequestLine is a line of the new credit that the approval of a request makes.
type RequestLine struct {
	Account string `json:"account"` // what is debited, such as revenue or an expense
	Amount  string `json:"amount"`  // decimal
}

// RequestEntry is a request for reimbursement as it is asked for. Either credits or lines are named.
type RequestEntry struct {
	Customer       string          `json:"customer"`
	Kind           request.Kind    `json:"kind"`
	Currency       string          `json:"currency"` // blank: that of the credits, else the customer's, else the company's
	Amount         string          `json:"amount"`   // decimal; blank: that of the credits or lines
	Credits        []RequestCredit `json:"credits"`
	Lines          []RequestLine   `json:"lines"`
	Classification string          `json:"classification"` // of the new credit
	Reason         string          `json:"reason"`
	Source         string          `json:"source"` // what it is about: invoice, return order, ticket
	Method         string          `json:"method"` // preferred method of payment; blank: the payee's
	Payee          string          `json:"payee"`  // vendor; blank: the customer's own
	Asked          civil.Date      `json:"asked"`  // when the customer asked in writing; blank: not known
	Key            string          `json:"key"`    // of the intake: the same request is never made twice under it
}

// RequestEdit changes a request; what is nil stays.
type RequestEdit struct {
	Kind           *request.Kind    `json:"kind,omitempty"`
	Currency       *string          `json:"currency,omitempty"`
	Amount         *string          `json:"amount,omitempty"`
	Credits        *[]RequestCredit `json:"credits,omitempty"`
	Lines          *[]RequestLine   `json:"lines,omitempty"`
	Classification *string          `json:"classification,omitempty"`
	Reason         *string          `json:"reason,omitempty"`
	Source         *string          `json:"source,omitempty"`
	Method         *string          `json:"method,omitempty"`
	Payee          *string          `json:"payee,omitempty"`
	Asked          *civil.Date      `json:"asked,omitempty"`
}

// RequestView is a request as people and programs see it.
type RequestView struct {
	Request        string          `json:"request"`
	Customer       string          `json:"customer"`
	Name           string          `json:"name"`
	Kind           request.Kind    `json:"kind"`
	State          request.State   `json:"state"`
	HeldFrom       request.State   `json:"held_from,omitempty"`
	Currency       string          `json:"currency"`
	Amount         string          `json:"amount"`
	Credits        []RequestCredit `json:"credits"`
	Lines          []RequestLine   `json:"lines"`
	Classification string          `json:"classification,omitempty"`
	Reason         string          `json:"reason"`
	Source         string          `json:"source"`
	Method         string          `json:"method"`
	Payee          string          `json:"payee"`
	Asked          civil.Date      `json:"asked"`
	Due            civil.Date      `json:"due"`
	Overdue        bool            `json:"overdue"` // it was due before today and is not paid
	Days           int             `json:"days"`    // in its state
	Key            string          `json:"key,omitempty"`
	CreatedBy      string          `json:"created_by"`
	CreatedAt      string          `json:"created_at"`
	SubmittedBy    string          `json:"submitted_by"`
	SubmittedAt    string          `json:"submitted_at"`
	Since          string          `json:"since"`
	ApprovedBy     string          `json:"approved_by"`
	ApprovedAt     string          `json:"approved_at"`
	NewCredit      string          `json:"new_credit"` // number of the credit that the approval made
	Run            string          `json:"run"`
	PostedBy       string          `json:"posted_by"`
	Version        int64           `json:"version"` // it changes with every change
}

// RequestDetail is a request with all that is known of it.
type RequestDetail struct {
	RequestView
	Reimbursements []string           `json:"reimbursements"`
	Payments       []string           `json:"payments"`
	Debts          []string           `json:"debts"`    // what the customer owes now
	Accepted       []string           `json:"accepted"` // what the approver said yes to
	Duplicates     []RequestDuplicate `json:"duplicates"`
	Clock          RequestClock       `json:"clock"`
	Files          []RequestFile      `json:"files"`
	Approval       *RequestApproval   `json:"approval"`
	History        []RequestEvent     `json:"history"`
}

// RequestDuplicate is a request that looks like another.
type RequestDuplicate struct {
	Request string        `json:"request"`
	State   request.State `json:"state"`
	Why     string        `json:"why"`
	At      string        `json:"at"`
}

// RequestClock is what the clocks of a request show. A blank day is not set.
type RequestClock struct {
	Jurisdiction string     `json:"jurisdiction"`
	Why          string     `json:"why"` // it is that
	Arose        civil.Date `json:"arose"`
	RefundBy     civil.Date `json:"refund_by"`
	GoodFaithBy  civil.Date `json:"good_faith_by"`
	ServiceBy    civil.Date `json:"service_by"`
	InterestOn   civil.Date `json:"interest_on"`
	InterestDays int        `json:"interest_days"`
	Interest     string     `json:"interest"`
	BarredOn     civil.Date `json:"barred_on"`
}

// RequestFile is an attachment of a request.
type RequestFile struct {
	Attachment int    `json:"attachment"`
	Type       string `json:"type"`
	Name       string `json:"name"`
	Media      string `json:"media"`
	Size       int64  `json:"size"`
	SHA256     string `json:"sha256"`
	By         string `json:"by"`
	At         string `json:"at"`
}

// RequestEvent is something that happened to a request.
type RequestEvent struct {
	At     string        `json:"at"`
	By     string        `json:"by"`
	What   string        `json:"what"`
	From   request.State `json:"from"`
	To     request.State `json:"to"`
	Detail string        `json:"detail"`
}

// RequestPreview is what posting a request would post.
type RequestPreview struct {
	Request        string        `json:"request"`
	Amount         string        `json:"amount"`
	Currency       string        `json:"currency"`
	Payee          string        `json:"payee"` // blank: a one-time vendor that is not made yet
	Reimbursements []RequestPost `json:"reimbursements"`
}

// RequestPost is one reimbursement of a request.
type RequestPost struct {
	Lines   []RequestPostLine `json:"lines"`
	Settles []RequestSettles  `json:"settles"`
}

// RequestPostLine is a line of a voucher; one of debit and credit is 0.00.
type RequestPostLine struct {
	Account string `json:"account"`
	Debit   string `json:"debit"`
	Credit  string `json:"credit"`
}

// RequestSettles is how much of a credit is settled on a ledger account.
type RequestSettles struct {
	Voucher string `json:"voucher"`
	Account string `json:"account"`
	Amount  string `json:"amount"`
}

// RequestAge is how many requests have been in a state for how long.
type RequestAge struct {
	State    request.State `json:"state"`
	Bucket   string        `json:"bucket"` // days
	Currency string        `json:"currency"`
	Requests int64         `json:"requests"`
	Overdue  int64         `json:"overdue"`
	Amount   string        `json:"amount"`
}

func viewRequest(c *ledger.Company, x *request.Request, today civil.Date) RequestView {
	v := RequestView{
		Request: x.Code, Customer: x.CustomerCode, Name: x.CustomerName, Kind: x.Kind, State: x.State, HeldFrom: x.HeldFrom, Currency: x.Currency, Amount: amountOf(x.Currency, x.Amount),
		Credits: []RequestCredit{}, Lines: []RequestLine{}, Classification: c.ClassificationCode(x.Classification), Reason: x.Reason, Source: x.Source, Method: x.Method, Payee: x.PayeeCode,
		Asked: x.Asked, Due: x.Due, Key: x.Key, CreatedBy: x.CreatedBy, CreatedAt: at(x.CreatedAt), SubmittedBy: x.SubmittedBy, SubmittedAt: instantOf(x.SubmittedAt), Since: at(x.Since),
		ApprovedBy: x.ApprovedBy, ApprovedAt: instantOf(x.ApprovedAt), NewCredit: x.CreditNumber, Run: x.RunCode, PostedBy: x.PostedBy, Version: x.Events,
		Days: x.DaysInState(today), Overdue: x.Overdue(today),
	}
	for _, k := range x.Credits {
		v.Credits = append(v.Credits, RequestCredit{k.Number, amountOf(x.Currency, k.Amount)})
	}
	for _, l := range x.Lines {
		v.Lines = append(v.Lines, RequestLine{l.Account, amountOf(x.Currency, l.Amount)})
	}
	return v
}

// instantOf writes microseconds; 0 is blank.
func instantOf(micros int64) string {
	if micros == 0 {
		return ""
	}
	return at(micros)
}

func viewRequestFile(n int, kind string, sum []byte) RequestFile {
	return RequestFile{Attachment: n, Type: kind, SHA256: hex.EncodeToString(sum)}
}

// content reads what is asked for; amounts are read in the currency, which is blank when the credits say it.
func (e RequestEntry) content(c *ledger.Company, currency string) (k request.Content, err error) {
	for field, text := range map[string]string{
		"customer": e.Customer, "currency": e.Currency, "classification": e.Classification, "reason": e.Reason, "source": e.Source, "method": e.Method, "payee": e.Payee, "key": e.Key, "kind": string(e.Kind),
	} {
		if err := plain(field, text); err != nil {
			return k, err
		}
	}
	cur := c.Currency
	if currency != "" {
		if cur, err = money.CurrencyOf(currency); err != nil {
			return k, inField(err, "currency")
		}
	}
	k = request.Content{Kind: e.Kind, Currency: currency, Classification: e.Classification, Reason: e.Reason, Source: e.Source, Method: e.Method, Payee: e.Payee, Asked: e.Asked}
	if k.Amount, err = askedAmount(cur, "amount", e.Amount); err != nil {
		return k, err
	}
	for _, x := range e.Credits {
		if err := plain("credits", x.Credit); err != nil {
			return k, err
		}
		amount, err := askedAmount(cur, "credits", x.Amount)
		if err != nil {
			return k, err
		}
		k.Credits = append(k.Credits, request.Credit{Number: x.Credit, Amount: amount})
	}
	for _, x := range e.Lines {
		if err := plain("lines", x.Account); err != nil {
			return k, err
		}
		amount, err := askedAmount(cur, "lines", x.Amount)
		if err != nil {
			return k, err
		}
		k.Lines = append(k.Lines, request.Line{Account: x.Account, Amount: amount})
	}
	return k, nil
}

// askedAmount reads an amount that is blank (0) or positive.
func askedAmount(cur money.Currency, field, text string) (money.Amount, error) {
	if text == "" {
		return 0, nil
	}
	amount, err := cur.Parse(text)
	if err != nil || amount <= 0 {
		return 0, fault.New(fault.Invalid, "%q is no amount of %s; expected a positive decimal", shortened(text), cur.Code).In(field)
	}
	return amount, nil
}

// Entry gives a request as the edit of an empty one.
func (e RequestEdit) Entry(customer, key string) RequestEntry {
	to := e.onto(RequestView{Customer: customer}, false)
	to.Key = key
	return to
}
