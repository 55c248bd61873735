package app

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/nacha"
	"quittance/internal/format/pain"
	"quittance/internal/format/pospay"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/secret"
)

// said is what a file says of one payment, or of the rest of a payment file.
type said struct {
	PaymentAnswer
	as      payout.Status // that it asks for; blank: it is noted only
	id      string        // of an ACH entry, which tells payments of one trace number apart
	account string        // of a check: number or code of the bank account
	paid    bool          // of a check: the bank paid it
	file    string        // of a status report: the payment file that it is about
	rest    bool          // of all payments of that file that are not named
	change  *nacha.Change
	payment *payout.Payment
}

// answerReader does what a file of answers says.
type answerReader struct {
	req    PaymentAnswersRequest
	format payout.Kind
	all    []said
	skip   map[int64]string
	keys   *secret.Keyring
	out    *PaymentAnswers

	failed    []*payout.Payment // that could not come back together
	failedAs  payout.Status
	failedWhy string
}

// parseAnswers reads a file of any known format: XML is a status report, lines of an ACH file begin with 101, all else is a list of checks.
func parseAnswers(content []byte) (payout.Kind, []said, error) {
	text := bytes.TrimLeft(bytes.TrimPrefix(content, []byte("\ufeff")), " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("<")):
		report, err := pain.ReadReport(content)
		if err != nil {
			return "", nil, err
		}
		return payout.ByTransfer, reported(report), nil
	case bytes.HasPrefix(text, []byte("101")):
		answer, err := nacha.Read(content)
		if err != nil {
			return "", nil, err
		}
		return payout.ByACH, returned(answer), nil
	case bytes.Contains(text[:min(len(text), 300)], []byte(",")):
		list, err := pospay.ReadAnswers(content)
		return payout.ByCheck, checked(list), err
	}
	return "", nil, fault.New(fault.Invalid, "the file is no answer of a bank: neither an ACH file (its first line begins with 101), nor a status report (pain.002), nor a list of checks (CSV)").In("content").ByRule("answers_format")
}

// returned takes the answers of an ACH file apart.
func returned(answer *nacha.Answer) (all []said) {
	for i := range answer.Returns {
		s := &answer.Returns[i]
		x := said{PaymentAnswer: PaymentAnswer{Line: s.Line, Number: s.Trace, Code: s.Code, Meaning: s.Meaning, Detail: s.Text, Amount: amountOf("USD", s.Amount)}, id: s.ID, as: payout.Returned}
		if s.Kind != nacha.Returned { // the quarrel of two banks changes no payment by itself
			x.as, x.Detail = "", strings.TrimSpace("the return is "+string(s.Kind)+" "+s.Text)
		}
		if s.Debit {
			x.Problem = "a debit came back, and payments are credits; look at the offset with the bank"
		}
		all = append(all, x)
	}
	for i := range answer.Changes {
		s := &answer.Changes[i]
		x := said{PaymentAnswer: PaymentAnswer{Line: s.Line, Number: s.Trace, Code: s.Code, Meaning: s.Meaning}, id: s.ID, change: s}
		var mend []string
		shown := party.Bank{AccountNumber: s.NewAccount}.Masked().AccountNumber
		for _, part := range [][2]string{{"account number", shown}, {"routing number", s.NewRouting}, {"name", s.NewName}, {"identification", s.NewID}, {"account type", s.NewType}} {
			if part[1] != "" {
				mend = append(mend, part[0]+" "+part[1])
			}
		}
		if x.Detail = "correct to: " + strings.Join(mend, ", "); len(mend) == 0 {
			x.Detail = cmp.Or(s.Unreadable, "nothing to correct is named")
		}
		all = append(all, x)
	}
	for _, s := range answer.Skipped {
		all = append(all, said{PaymentAnswer: PaymentAnswer{Line: s.Line, Amount: amountOf("USD", s.Amount), Problem: s.Why}})
	}
	return all
}

// checked takes a list of checks apart.
func checked(list []pospay.CheckAnswer) (all []said) {
	as := map[pospay.Outcome]payout.Status{pospay.Undeliverable: payout.Returned, pospay.Stopped: payout.Stopped, pospay.Stale: payout.Stale, pospay.Voided: payout.Voided}
	for _, s := range list {
		x := said{PaymentAnswer: PaymentAnswer{Line: s.Line, Number: s.Check, Amount: s.Amount, Code: string(s.Outcome), Detail: s.Reason}, account: s.Account, as: as[s.Outcome], paid: s.Outcome == pospay.Paid}
		if !s.Date.IsZero() {
			x.Detail = strings.TrimSpace(s.Date.String() + " " + x.Detail)
		}
		all = append(all, x)
	}
	return all
}

// reported takes a status report apart: what it says of each payment, then of all that it does not name.
func reported(report *pain.Report) (all []said) {
	add := func(x said, status pain.Status, reasons []pain.Reason) {
		x.Code, x.Meaning, x.file = string(status), status.Meaning(), report.Original
		var why []string
		for _, s := range reasons {
			why = append(why, strings.TrimSpace(cmp.Or(s.Code, s.Own)+" "+s.Meaning+" "+strings.Join(s.Texts, " ")))
		}
		x.Detail = strings.Join(why, "; ")
		switch {
		case status.Failed():
			x.as = payout.Rejected
		case status != "" && status != pain.Pending && status != pain.Partly:
			x.as = payout.Sent
		}
		all = append(all, x)
	}
	for _, b := range report.Blocks {
		for _, p := range b.Payments {
			status, reasons := p.Status, p.Reasons
			if status == "" {
				status, reasons = report.Of(b.ID, "")
			}
			x := said{PaymentAnswer: PaymentAnswer{Number: cmp.Or(p.ID, p.Instruction)}}
			if p.Currency != "" {
				x.Amount = amountOf(p.Currency, p.Amount)
			}
			add(x, status, reasons)
		}
	}
	status, reasons := report.Status, report.Reasons
	if len(report.Blocks) == 1 && report.Blocks[0].Status != "" {
		status, reasons = report.Blocks[0].Status, report.Blocks[0].Reasons
	}
	if status != "" && status != pain.Partly && status != "PATC" {
		add(said{rest: true}, status, reasons)
	}
	for _, b := range report.Blocks {
		if len(report.Blocks) > 1 && b.Status.Failed() && report.Status != b.Status && len(b.Payments) == 0 {
			all = append(all, said{PaymentAnswer: PaymentAnswer{Number: b.ID, Code: string(b.Status), Meaning: b.Status.Meaning(), Problem: "a block of " + report.Original + " was rejected that names no payment; note what came back by hand"}})
		}
	}
	return all
}

// do matches the answers with payments, and does what they say.
func (r *answerReader) do(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
	all, err := r.match(ctx, tx)
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	for i := range all {
		x := &all[i]
		if x.decide(r.skip); x.as != "" && seen[x.payment.ID] {
			x.as, x.Problem = "", "the file names payment "+x.Payment+" twice"
		}
		if x.as != "" {
			seen[x.payment.ID] = true
		}
	}
	if err := r.change(ctx, tx, c, all); err != nil {
		return err
	}
	for i := range all {
		if err := r.note(ctx, tx, &all[i]); err != nil {
			return err
		}
		r.out.Answers = append(r.out.Answers, all[i].PaymentAnswer)
		switch all[i].Result {
		case AnswerNothing:
			r.out.Problems++
		case AnswerNoted, AnswerProposed:
			r.out.Noted++
		default:
			r.out.Done++
		}
	}
	return nil
}

// decide says what is done to a payment, by its status: it may have come back before it was posted, or after the bank had paid it.
func (x *said) decide(skip map[int64]string) {
	p := x.payment
	switch {
	case x.Problem != "" || p == nil:
		x.as = ""
		return
	case skip[p.ID] != "" && x.as != "" && x.as != payout.Sent:
		x.as, x.Problem = "", skip[p.ID]
		return
	case x.paid && p.Status.Failed():
		x.Problem = "the bank paid it, but payment " + p.Name() + " is " + string(p.Status) + "; speak with the bank"
		return
	case x.as == "":
		return
	case x.as == payout.Sent:
		if p.Status != payout.Generated {
			x.as = "" // it is past that
		}
		return
	case p.Status.Failed():
		x.as, x.Problem = "", "payment "+p.Name()+" is "+string(p.Status)+" already"
		return
	case p.Voucher == 0 && p.Kind == payout.ByCheck:
		x.as = payout.Voided // before it was posted there is nothing that could come back
	case p.Voucher == 0:
		x.as = payout.Rejected
	case p.Status == payout.Cleared && x.as == payout.Rejected:
		x.as = payout.Returned
	}
	if !slices.Contains(payout.Next[p.Status], x.as) {
		x.as, x.Problem = "", "payment "+p.Name()+" is "+string(p.Status)+" and cannot become "+string(x.as)
	}
}

// change fails and sends payments, those of one status and reason together.
func (r *answerReader) change(ctx context.Context, tx *db.Tx, c *ledger.Company, all []said) error {
	type key struct {
		as  payout.Status
		why string
	}
	groups := map[key][]*payout.Payment{}
	var order []key
	for i := range all {
		x := &all[i]
		if x.as == "" {
			continue
		}
		k := key{x.as, cmp.Or(x.reason(), "the bank says so")}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], x.payment)
		x.Result = string(x.as)
	}
	for _, k := range order {
		if k.as == payout.Sent {
			if err := payout.MarkSent(ctx, tx, groups[k], k.why); err != nil {
				return err
			}
			continue
		}
		done := newVendorDone()
		if err := failVendorPayments(ctx, tx, c, groups[k], VendorPaymentFailure{As: k.as, Date: r.req.Date, Reason: k.why, Fate: r.req.Fate}, done); err != nil {
			if ours(err) && fault.CodeOf(err) != fault.Internal {
				r.failed, r.failedAs, r.failedWhy = groups[k], k.as, k.why
			}
			return err
		}
		if err := followPayments(ctx, tx, groups[k], k.why); err != nil {
			return err
		}
		r.out.Freed, r.out.Reversed = append(r.out.Freed, done.Freed...), append(r.out.Reversed, done.Reversed...)
	}
	return nil
}

// note writes what changes nothing into the history of the payment, and proposes changed bank details.
func (r *answerReader) note(ctx context.Context, tx *db.Tx, x *said) error {
	switch {
	case x.Result != "":
		return nil
	case x.payment == nil || x.Problem != "":
		x.Result = AnswerNothing
		return nil
	}
	x.Result = AnswerNoted
	if x.change != nil && !x.change.Refused && x.change.Unreadable == "" {
		if err := r.propose(ctx, tx, x); err != nil {
			return err
		}
	}
	return payout.Note(ctx, tx, x.payment, cmp.Or(x.reason(), "the bank answered"))
}

// propose keeps the bank details that a notification of change corrects, for somebody to accept.
func (r *answerReader) propose(ctx context.Context, tx *db.Tx, x *said) error {
	s := x.change
	banks, err := party.BanksOf(ctx, tx, []int64{x.payment.Payee})
	old, has := banks[x.payment.Payee]
	if err != nil || !has || s.NewAccount+s.NewRouting+s.NewType == "" {
		return err
	}
	b, err := old.Open(tx.Company, r.keys)
	if err != nil {
		return err
	}
	if was := strings.TrimSpace(s.OldAccount); was != "" && was != strings.ReplaceAll(b.AccountNumber, " ", "") {
		x.Detail += "; the payee's bank details are others by now"
		return nil
	}
	now := b
	now.AccountNumber, now.RoutingNumber = cmp.Or(s.NewAccount, b.AccountNumber), cmp.Or(s.NewRouting, b.RoutingNumber)
	if s.NewType == "checking" || s.NewType == "savings" {
		now.AccountType = s.NewType
	}
	if now == b {
		x.Detail += "; the payee's bank details are so already"
		return nil
	}
	if x.Proposal, err = party.ProposeBank(ctx, tx, r.keys, old, now, x.payment.ID, s.Code); err == nil {
		x.Result = AnswerProposed
	}
	return err
}
