package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/payout"
)

const (
	maxAnswerBytes = 10 << 20 // of a file of answers
	maxAnswers     = 20_000   // that a file has
)

// PaymentAnswersRequest is a file of a bank's answers, and what becomes of the payments that came back.
type PaymentAnswersRequest struct {
	Name    string      `json:"name"`
	Content []byte      `json:"content"`
	Date    civil.Date  `json:"date"`  // of the mirrors; blank: today
	Fate    payout.Fate `json:"fate"`  // blank: the payments', else the company's
	Again   bool        `json:"again"` // the file was read before, and is read once more
}

// PaymentAnswer is what a bank says of a payment, and what was done by it.
type PaymentAnswer struct {
	Line     int    `json:"line"`   // of the file; 0: it has no lines
	Number   string `json:"number"` // trace number, end-to-end id, check number
	Amount   string `json:"amount"` // blank: not said
	Payment  string `json:"payment"`
	Code     string `json:"code"`
	Meaning  string `json:"meaning"`
	Detail   string `json:"detail"`
	Result   string `json:"result"`   // a status of payments that was set; proposed, noted, nothing
	Problem  string `json:"problem"`  // why nothing was done
	Proposal int64  `json:"proposal"` // number of the change of bank details that it proposes; 0: none
}

// The results of an answer that are no status.
const (
	AnswerProposed = "proposed" // bank details wait for somebody to accept them
	AnswerNoted    = "noted"    // in the payment's history
	AnswerNothing  = "nothing"
)

// PaymentAnswers is what came of reading a file of answers.
type PaymentAnswers struct {
	N        int64           `json:"n"`
	Name     string          `json:"name"`
	Format   payout.Kind     `json:"format"` // ach, iso20022, check
	SHA256   string          `json:"sha256"`
	Again    int64           `json:"again"` // how often it was read before
	ReadBy   string          `json:"read_by"`
	ReadAt   string          `json:"read_at"`
	Answers  []PaymentAnswer `json:"answers"`
	Done     int             `json:"done"`  // payments that came back, or were accepted
	Noted    int             `json:"noted"` // in the histories of payments
	Problems int             `json:"problems"`
	Freed    []string        `json:"freed"`    // invoices that are open again
	Reversed []string        `json:"reversed"` // reimbursements
}

// ReadPaymentAnswers reads a file of returns and notifications of change, a status report, or a list of checks: payments that came back
// fail, what was accepted is sent. A change of bank details is proposed, and made by nobody but who accepts it. All of it is done in one
// transaction. An answer that nothing can be done by keeps the others from nothing; it is told with the reason. A file that was read before
// is refused, unless it is to be read again.
func (a *App) ReadPaymentAnswers(ctx context.Context, call Call, req PaymentAnswersRequest) (*PaymentAnswers, error) {
	if err := call.Actor.Allow(identity.Pay); err != nil {
		return nil, err
	}
	switch {
	case len(req.Content) == 0:
		return nil, fault.New(fault.Invalid, "the file is empty").In("content")
	case len(req.Content) > maxAnswerBytes:
		return nil, fault.New(fault.Limited, "the file has more than %d MB", maxAnswerBytes>>20).In("content").ByRule("too_large")
	case req.Fate != "" && req.Fate != payout.Reissue && req.Fate != payout.Reverse:
		return nil, oneOf("fate", string(req.Fate), []payout.Fate{payout.Reissue, payout.Reverse})
	}
	if err := plain("name", req.Name); err != nil {
		return nil, err
	}
	format, all, err := parseAnswers(req.Content)
	if err != nil {
		return nil, err
	}
	if len(all) > maxAnswers {
		return nil, fault.New(fault.Limited, "the file has %d answers; at most %d are read at once", len(all), maxAnswers).In("content").ByRule("too_large")
	}
	skip := map[int64]string{} // payments that cannot come back, and why
	for {
		r := &answerReader{req: req, format: format, all: all, skip: skip, keys: a.keys}
		out, err := do(ctx, a, call, command{name: "vendor_payment.answers", permission: identity.Pay, input: req}, r.work)
		if err == nil || r.failed == nil {
			return out, err
		}
		more, perr := a.tryAnswers(ctx, call, r)
		if perr != nil {
			return nil, perr
		}
		if len(more) == 0 {
			return nil, err
		}
		maps.Copy(skip, more)
	}
}

// work reads a file within a unit.
func (r *answerReader) work(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *PaymentAnswers, error) {
	digest := sha256.Sum256(r.req.Content)
	r.failed, r.out = nil, &PaymentAnswers{Name: r.req.Name, Format: r.format, SHA256: hex.EncodeToString(digest[:]), Answers: []PaymentAnswer{}, Freed: []string{}, Reversed: []string{}}
	f := payout.AnswerFile{SHA256: digest[:], Name: r.req.Name, Format: r.format}
	before, err := payout.AnswersBy(ctx, tx, digest[:])
	if err != nil {
		return "", nil, nil, err
	}
	if len(before) > 0 {
		if f.Again = before[0].Again + 1; !r.req.Again {
			b := before[0]
			return "", nil, nil, fault.New(fault.Refused, "%s read this file on %s as %s, number %d; it is read once, unless you ask for it again", b.ReadBy, time.UnixMicro(b.ReadAt).UTC().Format(time.RFC3339), b.Name, b.N).ByRule("answers_read").In("content")
		}
	}
	if f.N, err = payout.NextAnswer(ctx, tx); err != nil {
		return "", nil, nil, err
	}
	if err := r.do(ctx, tx, c); err != nil {
		return "", nil, nil, err
	}
	out := r.out
	out.N, out.Again, out.ReadBy, out.ReadAt = f.N, f.Again, tx.Actor, time.UnixMicro(tx.Micros()).UTC().Format(time.RFC3339)
	if f.Result, err = json.Marshal(out); err != nil {
		return "", nil, nil, err
	}
	detail := map[string]any{"n": out.N, "sha256": out.SHA256, "done": out.Done, "noted": out.Noted, "problems": out.Problems, "freed": len(out.Freed), "reversed": out.Reversed}
	return cmp.Or(r.req.Name, out.SHA256[:12]), detail, out, payout.SaveAnswers(ctx, tx, &f)
}

// errTried ends a unit that only tried something.
var errTried = fault.New(fault.Refused, "it was only tried").ByRule("tried")

// tryAnswers tries the payments that could not come back together one by one, without keeping anything, and says why some cannot.
func (a *App) tryAnswers(ctx context.Context, call Call, r *answerReader) (map[int64]string, error) {
	call.Key = ""
	problems := map[int64]string{}
	for _, p := range r.failed {
		_, err := do(ctx, a, call, command{name: "vendor_payment.answers.try", permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, bool, error) {
			found, err := payout.ByID(ctx, tx, []int64{p.ID})
			if err == nil {
				f := VendorPaymentFailure{As: r.failedAs, Date: r.req.Date, Reason: r.failedWhy, Fate: r.req.Fate}
				err = cmp.Or(failVendorPayments(ctx, tx, c, found, f, newVendorDone()), error(errTried))
			}
			return "", nil, false, err
		})
		switch {
		case errors.Is(err, errTried):
		case !ours(err) || fault.CodeOf(err) == fault.Internal:
			return nil, err
		default:
			problems[p.ID] = err.Error()
		}
	}
	return problems, nil
}

// PaymentAnswers gives the files of answers that were read, the newest first, each with what was done by it.
func (a *App) PaymentAnswers(ctx context.Context, call Call, p Page) (Part[PaymentAnswers], error) {
	var before struct {
		N int64 `json:"n"`
	}
	part := Part[PaymentAnswers]{Items: []PaymentAnswers{}}
	limit, err := p.open("payment answers", &before)
	if err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := payout.Answers(ctx, tx, before.N, limit+1)
		if err != nil {
			return err
		}
		if len(all) > limit {
			all = all[:limit]
			before.N = all[limit-1].N
			part.Next = next("payment answers", before)
		}
		for _, f := range all {
			var x PaymentAnswers
			if err := json.Unmarshal(f.Result, &x); err != nil {
				return err
			}
			part.Items = append(part.Items, x)
		}
		return nil
	})
	return part, err
}

// PaymentAnswersAt gives a file of answers by its number.
func (a *App) PaymentAnswersAt(ctx context.Context, call Call, n int64) (*PaymentAnswers, error) {
	var x PaymentAnswers
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := payout.AnswersAt(ctx, tx, n)
		if err == nil && len(all) == 0 {
			err = fault.New(fault.NotFound, "there is no file of answers %d", n)
		}
		if err == nil {
			err = json.Unmarshal(all[0].Result, &x)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &x, nil
}

func (x *PaymentAnswer) reason() string {
	return strings.TrimSpace(strings.Join(strings.Fields(x.Code+" "+x.Meaning+" "+x.Detail), " "))
}
